"""The sets and data of the page, indexed for the model. Times are slots of the week; sets of start times are whole numbers used as bit sets."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from optimiser.rota import week
from optimiser.rota.data import DAY_ENDS, DAY_STARTS, DEFAULT_RULES, minutes_of
from optimiser.rota.week import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from optimiser.rota.data import Group, Kind, Lock, Pair, RotaInput, Rule, RuleId, Staff
    from optimiser.rota.week import Due, Stretch, Turn

FIRST, LAST = minutes_of(DAY_STARTS), minutes_of(DAY_ENDS)


def bits(mask: int) -> Iterator[int]:
    """Members of a bit set, in order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def runs(mask: int) -> Iterator[tuple[int, int]]:
    """Members of a bit set as closed intervals, in order."""
    base = 0
    while mask:
        skip = (mask & -mask).bit_length() - 1
        mask >>= skip
        length = (~mask & (mask + 1)).bit_length() - 1
        yield base + skip, base + skip + length - 1
        mask >>= length
        base += skip + length


@dataclass(frozen=True)
class Possible:
    """Sessions that may be held: starts by giver and site of each need's individual session and of each group; who could attend a group when."""

    individual: dict[int, dict[str, dict[str, int]]]
    groups: dict[str, dict[str, dict[str, int]]]
    members: dict[str, dict[int, dict[str, int]]]


@dataclass
class Facts:
    """What is known before anything is decided."""

    data: RotaInput
    work: Mapping[str, tuple[Stretch, ...]]
    needs: tuple[Due, ...]
    turns: tuple[Turn, ...]
    unit: int
    """Minutes of a slot: every start, end and length is a whole number of slots."""
    days: tuple[str, ...]
    """Dates on which anybody is at work or duty is due; the slots of the week are theirs, one day after the other."""
    grid: int = 0
    """Slots at which a session may start (S3)."""
    possible: Possible | None = None
    """Sessions that may be held, once worked out."""
    lunches: tuple[tuple[str, str, int, int], ...] = ()
    """Person, date, length in slots and starts of every lunch that could be had if there were no rota (B1)."""
    unwished: dict[tuple[str, int, str], int] = field(default_factory=dict)
    """Starts of a session of so many slots that go against a person's marks, as worked out so far (W1, W2)."""
    odd: dict[int, int] = field(default_factory=dict)
    """Starts of a session of so many slots that are early or late, as worked out so far (W4)."""
    starts: dict[tuple[str, int, str | None], int] = field(default_factory=dict)
    """Slots at which a person may begin a session of so many minutes, at a site or anywhere, as worked out so far (S2)."""

    # --- time ---

    @cached_property
    def day_slots(self) -> int:
        """Slots of a day."""
        return (LAST - FIRST) // self.unit

    @cached_property
    def slots(self) -> int:
        """Slots of the week: the length of everybody's lane."""
        return len(self.days) * self.day_slots

    @cached_property
    def _day(self) -> dict[str, int]:
        return {day: n for n, day in enumerate(self.days)}

    def slot(self, day: str, minute: int) -> int:
        """Slot of the week at a minute of a date; minutes outside the day count as its edge."""
        return self._day[day] * self.day_slots + (min(max(minute, FIRST), LAST) - FIRST) // self.unit

    def exact_slot(self, day: str, minute: int) -> int | None:
        """Slot of the week that begins at a minute of a date; None where none does."""
        if day not in self._day or not FIRST <= minute < LAST or (minute - FIRST) % self.unit:
            return None
        return self.slot(day, minute)

    def day_and_minute(self, slot: int) -> tuple[str, int]:
        """Date and minute at which a slot begins."""
        day, n = divmod(slot, self.day_slots)
        return self.days[day], FIRST + n * self.unit

    def span(self, day: str, span: Span) -> int:
        """Bit set of the slots of a span of a date."""
        start, end = self.slot(day, span.start), self.slot(day, span.end)
        return ((1 << max(0, end - start)) - 1) << start

    def day_span(self, day: str) -> int:
        """Bit set of the slots of a date."""
        return self.span(day, Span(FIRST, LAST))

    def length(self, minutes: int) -> int:
        """Minutes in slots."""
        return minutes // self.unit

    # --- people ---

    @cached_property
    def person(self) -> dict[str, Staff]:
        """Staff by id."""
        return {p.staff: p for p in self.data.staff}

    @cached_property
    def lane(self) -> dict[str, int]:
        """Number of each person's lane on the single timeline."""
        return {p.staff: n for n, p in enumerate(self.data.staff)}

    @cached_property
    def kind(self) -> dict[str, Kind]:
        """Kinds of supervision by name."""
        return {k.kind: k for k in self.data.kinds}

    @cached_property
    def group(self) -> dict[str, Group]:
        """Groups by name."""
        return {g.group: g for g in self.data.groups}

    @cached_property
    def competent(self) -> dict[str, tuple[str, ...]]:
        """Who is competent in each kind, in the order of Staff."""
        rows = {(row.staff, row.kind) for row in self.data.competences}
        return {kind: tuple(p.staff for p in self.data.staff if (p.staff, kind) in rows) for kind in self.kind}

    @cached_property
    def pool(self) -> tuple[str, ...]:
        """Supervisors among whom supervision is shared."""
        return week.supervisors(self.data, self.work)

    @cached_property
    def fair(self) -> dict[str, int]:
        """Each supervisor's fair share in minutes (F1)."""
        return week.fair_minutes(self.data, self.work, self.needs)

    @cached_property
    def fair_turns(self) -> dict[str, int]:
        """Each experienced person's fair share of duty (D2)."""
        return week.fair_turns(self.data, self.work)

    @cached_property
    def of_late(self) -> dict[str, int]:
        """Early and late sessions each person had in the weeks before (W4)."""
        return week.had_of_late(self.data)

    def given(self, kind: str) -> bool:
        """Whether a kind is given by a supervisor, so that caps, pairs and shares count it."""
        return self.kind[kind].given_by == "supervisor"

    # --- rules ---

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Rows of Rules that are on: the terms."""
        return week.rules_on(self.data)

    @cached_property
    def kind_of(self) -> dict[int | str, str]:
        """Kind of the individual session of each need, and of each group's."""
        return {**{n: need.kind for n, need in enumerate(self.needs)}, **{group.group: group.kind for group in self.data.groups}}

    @cached_property
    def places(self) -> dict[str, tuple[tuple[int, str], ...]]:
        """Slots of each of a person's stretches at work, and its site."""
        return {staff: tuple((self.span(s.date, s.span), s.site) for s in there) for staff, there in self.work.items()}

    @cached_property
    def turns_past(self) -> dict[Turn, tuple[str, ...]]:
        """Who took the turns of duty that are past, where a rota is mended (S8)."""
        return week.turns_past(self.data, self.work)

    @cached_property
    def _rule(self) -> dict[tuple[RuleId, str], Rule]:
        return {}

    def rule(self, rule: RuleId, kind: str = "") -> Rule:
        """Row of Rules for a kind, on or off."""
        found = self._rule.get((rule, kind))
        if found is None:
            found = self._rule[rule, kind] = week.rule_for(self.data, rule, kind)
        return found

    def number(self, rule: RuleId) -> int | None:
        """Number of a rule; None where it has none."""
        return week.number(self.data, rule)

    def sentence(self, rule: RuleId, kind: str = "") -> str:
        """What a rule says, as printed."""
        return self.rule(rule, kind).sentence or next(row.sentence for row in DEFAULT_RULES if row.rule == rule)

    @cached_property
    def pairs(self) -> dict[tuple[str, str], tuple[Pair, ...]]:
        """Pairs by person and strength."""
        found: dict[tuple[str, str], tuple[Pair, ...]] = defaultdict(tuple)
        for row in self.data.pairs:
            found[row.staff, row.strength] += (row,)
        return found

    def paired(self, staff: str, kind: str, strength: str) -> frozenset[str]:
        """Supervisors that Pairs names for a person and kind; none for a kind that no supervisor gives."""
        rows = self.pairs.get((staff, strength), ()) if self.given(kind) else ()
        return frozenset(row.supervisor for row in rows if row.kind in ("", kind))

    @cached_property
    def locks(self) -> dict[tuple[str, str], tuple[Lock, ...]]:
        """Locks by (person, group), either of them blank."""
        found: dict[tuple[str, str], tuple[Lock, ...]] = defaultdict(tuple)
        for row in self.data.locks:
            found[row.staff, row.group] += (row,)
        return found


def union(masks: Iterable[int]) -> int:
    """Members of any of the bit sets."""
    found = 0
    for mask in masks:
        found |= mask
    return found


def eroded(free: int, length: int) -> int:
    """Slots from which so many slots on are all free."""
    found = free
    done = 1
    while done < length:
        step = min(done, length - done)
        found &= found >> step
        done += step
    return found


def touched(mask: int, length: int) -> int:
    """Starts from which a session of so many slots touches the set."""
    found = mask
    for step in range(1, length):
        found |= mask >> step
    return found


def unit_of(data: RotaInput, work: Mapping[str, tuple[Stretch, ...]], needs: Iterable[Due], turns: Iterable[Turn]) -> int:
    """Greatest number of minutes that divides every time and length."""
    settings = data.settings
    found = math.gcd(settings.grid, settings.break_minutes, minutes_of(settings.lunch_from), minutes_of(settings.lunch_to), FIRST, LAST)
    found = math.gcd(found, *(n.minutes for n in needs), *(g.minutes for g in data.groups), *(t.minutes for t in data.travel))
    found = math.gcd(found, *(edge for t in turns for edge in t.span))
    found = math.gcd(found, *(week.number(data, rule) or 0 for rule in ("B1", "B2")))
    found = math.gcd(found, *(minutes_of(time) for room in data.rooms for time in (room.opens, room.closes) if time))
    for stretches in work.values():
        for s in stretches:
            found = math.gcd(found, *s.span, *(edge for bar in s.barred for edge in bar))
    return found
