"""The record that is judged: input and decisions of a rota, indexed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optimiser.rota.week import clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimiser.rota.data import DutyTurn, Group, Kind, RotaInput, Session, Staff
    from optimiser.rota.week import Due, Span, Stretch

Key = tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """A session with who attends it."""

    row: Session
    kind: Kind
    span: Span
    people: tuple[str, ...]

    @property
    def everyone(self) -> tuple[str, ...]:
        """Who is in it, the supervisor last."""
        return tuple(dict.fromkeys(name for name in (*self.people, self.row.supervisor) if name))

    @property
    def from_supervisor(self) -> bool:
        """Whether it is of a kind given by a supervisor."""
        return self.kind.given_by == "supervisor"

    @property
    def when(self) -> str:
        """Date and time."""
        return f"{self.row.date} {clock(self.span)}"


@dataclass(frozen=True)
class Rota:
    """Input and decisions, indexed."""

    data: RotaInput
    people: dict[str, Staff]
    groups: dict[str, Group]
    work: Mapping[str, tuple[Stretch, ...]]
    there: dict[Key, tuple[Stretch, ...]]
    """Stretches at work by person and date."""
    needs: tuple[Due, ...]
    need: dict[Key, Due]
    """Need by person, kind and form of the session that would meet it."""
    pool: tuple[str, ...]
    fair: dict[str, int]
    fair_turns: dict[str, int]
    of_late: dict[str, int]
    """Early and late sessions each person had in the weeks before, for their hours (W4)."""
    sessions: tuple[Held, ...]
    duty: tuple[DutyTurn, ...]
    engaged: dict[Key, list[Held]] = field(default_factory=lambda: defaultdict(list))
    """Sessions, received or given, by person and date, in order of time."""
    on_duty: dict[Key, list[Span]] = field(default_factory=lambda: defaultdict(list))
    given: dict[str, list[Held]] = field(default_factory=lambda: defaultdict(list))
    """Supervision given by each supervisor: sessions of the kinds given by a supervisor."""
    met: Counter[Due] = field(default_factory=Counter)
    """How many sessions meet each need."""
