"""How a rule says that it is broken (a finding) or bent (a place)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from optimiser.result import Finding

if TYPE_CHECKING:
    from optimiser.rota.data import RuleId


def fault(code: str, place: str, what: str, amount: float | None = None) -> Finding:
    """A finding under a rule's code, or one that is no rule's; ``amount`` is how far the rule is from being kept."""
    return Finding("error", code, f"{code} {place}" if code[1:].isdigit() else place, what, amount=amount)


class Place(NamedTuple):
    """A place where a rule is bent, whether or not it is on; ``kind`` says which of its rows in Rules holds."""

    rule: RuleId
    amount: int = 1
    kind: str = ""
    staff: str = ""
    session: str = ""
    item: str = ""
    date: str = ""
    start: str = ""
