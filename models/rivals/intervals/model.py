"""The model while it is being built: the solver's model, its variables under the names of the page, and the terms."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ortools.sat.python import cp_model

from models.rota.facts import runs, union
from models.rota.model import Decisions, Held

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.rota.facts import Facts
    from models.rota.model import Key
    from optimiser.rota.data import Group, Priority, RuleId

Literal = Any
"""A Boolean variable of the solver, or its negation."""

Guard = tuple[str, str, str]
"""A rule (B2, T1 or C1), a person and a date (none for C1) for which it is watched."""


@dataclass
class Session:
    """A session that may be held: the individual session of a need, or a group's.

    Its place on the single timeline is ``lane of the giver × slots of the week + slot``; ``starts`` are the slots at which each possible
    giver, and whoever must be there, can begin, by site (the blank site where no room is needed).
    """

    key: Key
    name: str
    kind: str
    minutes: int
    length: int
    starts: dict[str, dict[str, int]]
    held: Literal
    by: dict[str, Literal]
    need: int | None = None
    group: Group | None = None
    place: Any = None
    slot: Any = None
    site: dict[str, Literal] = field(default_factory=dict)
    could: dict[int, dict[str, int]] = field(default_factory=dict)
    members: dict[int, Literal] = field(default_factory=dict)

    def slots_of(self, giver: str) -> int:
        """Slots at which the giver can begin."""
        return union(self.starts[giver].values())

    @property
    def slots(self) -> int:
        """Slots at which it can begin at all."""
        return union(self.slots_of(giver) for giver in self.starts)


@dataclass
class Model:
    """Variables and terms. ``guarded`` are the people and dates for which breaks (B2) and travel (T1) are watched, and whom C1 and C2 watch."""

    facts: Facts
    guarded: frozenset[Guard]
    cp: Any = field(default_factory=cp_model.CpModel)
    sessions: list[Session] = field(default_factory=list)
    individual: dict[int, Session] = field(default_factory=dict)
    groups: dict[str, Session] = field(default_factory=dict)
    unmet: dict[int, Literal] = field(default_factory=dict)
    givers: frozenset[str] = frozenset()
    crowded: frozenset[str] = frozenset()
    """People whose lane can hold more than one thing, so that it must be watched; the givers among them."""
    exact: bool = True
    """Whether C1 and C2 count everyone seen in a group; where not, only for the supervisors that are watched."""
    seen: dict[str, dict[str, Literal]] = field(default_factory=dict)
    """Whom each supervisor sees (C1, C2)."""
    duty: dict[tuple[str, int], Literal] = field(default_factory=dict)
    timeline: list[Any] = field(default_factory=list)
    """Sessions on the single timeline: those given, and those received by people who give sessions too."""
    own: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """Sessions of everyone else, person by person."""
    other: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """What no session may overlap: duty and lunch."""
    breaks: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """What sessions may not overlap, but duty and lunch may: breaks."""
    terms: dict[tuple[RuleId, str], list[tuple[int, Literal]]] = field(default_factory=lambda: defaultdict(list))

    def literal(self, name: str) -> Literal:
        """Give a new Boolean variable."""
        return self.cp.new_bool_var(name)

    def on(self, rule: RuleId, kind: str = "") -> bool:
        """Whether a rule holds for a kind."""
        return self.facts.rule(rule, kind).on

    def bend(self, rule: RuleId, amount: int, literal: Literal, kind: str = "") -> None:
        """Count an amount under a rule where the literal is true."""
        self.terms[rule, self.facts.rule(rule, kind).kind].append((amount, literal))

    def level(self, level: Priority) -> Any:
        """Sum of the points of a level."""
        rules = [rule for rule in self.facts.rules if rule.priority == level]
        return sum(rule.weight * amount * literal for rule in rules for amount, literal in self.terms[rule.rule, rule.kind])

    def lane(self, person: str) -> int:
        """Where a person's lane begins on the single timeline."""
        return self.facts.lane[person] * self.facts.slots

    def occupy(self, person: str, slot: Any, length: int, literal: Literal, name: str) -> None:
        """Put a session on a person's lane from a slot on, where the literal is true."""
        interval = self._interval(person, slot, length, literal, name)
        if person in self.givers:
            self.timeline.append(interval)
        else:
            self.own[person].append(interval)

    def beside(self, where: dict[str, list[Any]], person: str, slot: Any, length: int, literal: Literal, name: str) -> None:
        """Put something else on a person's lane, where the literal is true."""
        where[person].append(self._interval(person, slot, length, literal, name))

    def _interval(self, person: str, slot: Any, length: int, literal: Literal, name: str) -> Any:
        lane = self.lane(person) if person in self.givers else 0
        return self.cp.new_optional_fixed_size_interval_var(slot + lane, length, literal, name)

    def watched(self, rule: RuleId) -> list[tuple[str, str]]:
        """People and dates watched for a rule, where it is on."""
        return sorted((person, day) for name, person, day in self.guarded if name == rule and self.on(rule))


def decisions(m: Model, values: Sequence[int]) -> Decisions:
    """Read a solution."""
    sessions: dict[Key, Held] = {}
    for session in m.sessions:
        if values[session.held.index]:
            giver = next(v for v, literal in session.by.items() if values[literal.index])
            slot = values[session.slot.index] if session.place is None else values[session.place.index] - m.lane(giver)
            needs = (session.need,) if session.need is not None else tuple(n for n, literal in session.members.items() if values[literal.index])
            sessions[session.key] = Held(giver, slot, needs)
    return Decisions(sessions, frozenset(turn for turn, literal in m.duty.items() if values[literal.index]))


def domain(mask: int, offset: int = 0) -> Any:
    """Bit set as a domain of the solver."""
    return cp_model.Domain.from_intervals([[offset + first, offset + last] for first, last in runs(mask)])


def hint(m: Model, decided: Decisions) -> dict[int, int]:
    """Values of the variables that a rota decides, by number."""
    found: dict[int, int] = {}
    for session in m.sessions:
        held = decided.sessions.get(session.key)
        found[session.held.index] = int(held is not None)
        for giver, literal in session.by.items():
            found[literal.index] = int(held is not None and held.giver == giver)
        for n, literal in session.members.items():
            found[literal.index] = int(held is not None and n in held.needs)
        if held is not None and session.slot is not None:
            found[session.slot.index] = held.slot
        if held is not None and session.place is not None:
            found[session.place.index] = m.lane(held.giver) + held.slot
    met = {n for held in decided.sessions.values() for n in held.needs}
    found |= {literal.index: int(n not in met) for n, literal in m.unmet.items()}
    return found | {literal.index: int(turn in decided.duty) for turn, literal in m.duty.items()}
