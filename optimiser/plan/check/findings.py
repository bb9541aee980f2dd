"""How a rule says that it is broken (a finding) or falls short (a gap), and how near is near enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimiser.result import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optimiser.plan.check.simulation import Key
    from optimiser.plan.data import Shortfall

# Solvers work to 1e-6 on rows scaled as they see fit, and a quarter's error is carried into later quarters: 1e-4 of the size of what
# is compared is far above that and far below a person, an hour or a course that anybody would miss. Money is charged in whole pence
# on posts that are whole units, so a pound plus a millionth of a budget is as much as rounding can explain.
NEAR = 1e-4
_NEAR_POUNDS = 1.0
_NEAR_POUNDS_SHARE = 1e-6


def tolerance(*scale: float) -> float:
    """Tolerance on people and hours of the size of ``scale``."""
    return NEAR * max((1.0, *map(abs, scale)))


def tolerance_pounds(*scale: float) -> float:
    """Tolerance on money of the size of ``scale``."""
    return _NEAR_POUNDS + _NEAR_POUNDS_SHARE * max(map(abs, scale))


def fault(code: str, place: str, what: str, amount: float) -> Finding:
    """A finding under a rule's code; ``amount`` is how far the rule is from being kept."""
    return Finding("error", code, f"{code} {place}", what, amount=amount)


def above(code: str, place: str, what: str, value: float, bound: float, unit: str) -> Iterator[Finding]:
    """A finding if a value is above its bound by more than the tolerance."""
    if value > bound + tolerance(value, bound):
        yield fault(code, place, f"{what}: {value:,.6g} {unit}, at most {bound:,.6g} possible, {value - bound:,.4g} too many.", value - bound)


def differs(code: str, place: str, what: str, stated: float, own: float, room: float) -> Iterator[Finding]:
    """A finding if the answer states another figure than the decisions lead to."""
    if abs(stated - own) > room:
        apart = abs(stated - own)
        yield fault(code, place, f"{what}: the answer states {stated:,.6g}, its decisions lead to {own:,.6g}: {apart:,.4g} apart.", apart)


def stated_in(table: Mapping[Key, Any], key: Key, name: str) -> float:
    """Figure that the answer states under a key; 0 where it has no row."""
    row = table.get(key)
    return 0.0 if row is None else float(getattr(row, name))


@dataclass(frozen=True)
class Gap:
    """How far a rule is from being met; ``row.short`` is 0 where it is. ``room`` is the tolerance, ``points`` a unit's price."""

    code: str
    row: Shortfall
    room: float
    points: float
    text: str


def gap_of(code: str, row: Shortfall, points: float, text: str, *, pounds: bool = False, scale: tuple[float, ...]) -> Gap:
    """How far a rule is from being met, with the tolerance on figures of the size of ``scale``."""
    room = tolerance_pounds(*scale) if pounds else tolerance(*scale)
    return Gap(code, row, room, points, text)
