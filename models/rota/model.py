"""The model while it is being built: a program of yes-or-no columns under the names of the page, and the terms.

Time is in the columns: for every session one for each giver and start that all who must be there can make. What a session costs at a place
is then the cost of a column, "one place at a time" is a row for each person and moment, and the relaxation without whole numbers is close.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimiser.program import Program
from optimiser.rota.data import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.rota.facts import Facts
    from models.rota.people import Item
    from optimiser.rota.data import Group, Priority, RuleId

PEERS = ""
"""Who gives a session that nobody gives."""

Key = int | str
"""A session: the number of the need it is for, or the name of its group."""

Guard = tuple[str, str, str]
"""A rule that hardly ever binds, and the person (B2) or site (R1) and the date for which it is written out."""


class Held(NamedTuple):
    """A session that is held: by whom (blank: peers), from which slot, and the needs met in it."""

    giver: str
    slot: int
    needs: tuple[int, ...]


@dataclass(frozen=True)
class Decisions:
    """What is decided: sessions held, and who is on duty at which turn."""

    sessions: Mapping[Key, Held]
    duty: frozenset[tuple[str, int]]


class Start(NamedTuple):
    """A column: the session is given by somebody (blank: peers) from a slot on, at a site (blank where it needs no room)."""

    column: int
    giver: str
    slot: int
    site: str


class Seat(NamedTuple):
    """A column: a need is met in the group from a slot on, at a site."""

    column: int
    need: int
    slot: int
    site: str


class Place(NamedTuple):
    """A slot and site at which a session could be held: starts of each giver, seats of all who could come to a group."""

    slot: int
    site: str
    starts: list[Start]
    seats: list[Seat]


@dataclass
class Session:
    """A session that may be held: the individual session of a need, or a group's. ``by`` has a column for each giver: 1 where they give it."""

    key: Key
    name: str
    kind: str
    minutes: int
    length: int
    starts: list[Start]
    by: dict[str, int]
    need: int | None = None
    group: Group | None = None
    seats: list[Seat] = field(default_factory=list)
    member: dict[int, int] = field(default_factory=dict)
    """Column for each need that may be met in the group: 1 where it is."""

    def __post_init__(self) -> None:
        self._places: dict[tuple[int, str], Place] = {}
        for start in self.starts:
            self.place(start.slot, start.site).starts.append(start)

    def place(self, slot: int, site: str) -> Place:
        """Give the place at a slot and site."""
        found = self._places.get((slot, site))
        if found is None:
            found = self._places[slot, site] = Place(slot, site, [], [])
        return found

    @property
    def places(self) -> list[Place]:
        """Slots and sites at which it could be held."""
        return list(self._places.values())


@dataclass
class Model:
    """Columns and terms."""

    facts: Facts
    program: Program = field(default_factory=Program)
    sessions: list[Session] = field(default_factory=list)
    individual: dict[int, Session] = field(default_factory=dict)
    groups: dict[str, Session] = field(default_factory=dict)
    unmet: dict[int, int] = field(default_factory=dict)
    duty: dict[tuple[str, int], int] = field(default_factory=dict)
    seen: dict[str, dict[str, int]] = field(default_factory=dict)
    """Whom each supervisor sees (C1, C2)."""
    engaged: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    """What may take each person's time, of which only one can at a time: sessions, duty, lunch."""
    terms: dict[tuple[RuleId, str], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    """Amount and column of everything that bends a rule, by rule and kind of its row."""

    def on(self, rule: RuleId, kind: str = "") -> bool:
        """Whether a rule holds for a kind."""
        return self.facts.rule(rule, kind).on

    def bend(self, rule: RuleId, amount: int, column: int, kind: str = "") -> None:
        """Count an amount under a rule for each unit of a column."""
        self.terms[rule, self.facts.rule(rule, kind).kind].append((amount, column))

    def cost(self, level: Priority) -> NDArray[np.int64]:
        """Points of each column at a level."""
        found = np.zeros(len(self.program.most), dtype=np.int64)
        for (rule, kind), parts in self.terms.items():
            row = self.facts.rule(rule, kind)
            if row.on and row.priority == level and parts:
                amounts, columns = np.array(parts, dtype=np.int64).T
                np.add.at(found, columns, row.weight * amounts)
        return found

    def costs(self) -> dict[Priority, NDArray[np.int64]]:
        """Points of each column at every level."""
        return {level: self.cost(level) for level in LEVELS}


def decisions(m: Model, values: NDArray[np.int64]) -> Decisions:
    """Read a solution: the value of every column."""
    sessions: dict[Key, Held] = {}
    for session in m.sessions:
        start = next((s for s in session.starts if values[s.column]), None)
        if start is not None:
            met = (session.need,) if session.need is not None else tuple(seat.need for seat in session.seats if values[seat.column])
            sessions[session.key] = Held(start.giver, start.slot, met)
    return Decisions(sessions, frozenset(turn for turn, column in m.duty.items() if values[column]))


def hint(m: Model, decided: Decisions) -> dict[int, int]:
    """Values of the columns that a rota decides."""
    found: dict[int, int] = {}
    for session in m.sessions:
        held = decided.sessions.get(session.key)
        for start in session.starts:
            found[start.column] = int(held is not None and start.giver == held.giver and start.slot == held.slot)
        for giver, column in session.by.items():
            found[column] = int(held is not None and held.giver == giver)
        for seat in session.seats:
            found[seat.column] = int(held is not None and seat.need in held.needs and seat.slot == held.slot)
        for n, column in session.member.items():
            found[column] = int(held is not None and n in held.needs)
    met = {n for held in decided.sessions.values() for n in held.needs}
    found |= {column: int(n not in met) for n, column in m.unmet.items()}
    return found | {column: int(turn in decided.duty) for turn, column in m.duty.items()}
