"""What a rota costs, worked out from the rota itself: every place where a rule is bent. The search compares rotas by it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, NamedTuple

from models.rota.duty import had_last
from models.rota.facts import union
from models.rota.sessions import overlong, weeks_owed
from models.rota.wishes import last_giver, last_of, locked_slots, odd_hours, spoken_of, unwished, was_in
from optimiser.rota.data import LEVELS, minutes_of, session_id, time_of
from optimiser.rota.week import HALF_HOUR, met_before, week_days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.rota.facts import Facts
    from models.rota.model import Decisions, Held, Key
    from optimiser.rota.data import Lock, Priority, RuleId


class Fault(NamedTuple):
    """One place where a rule is bent, in the columns of Result bent; ``kind`` is that of the rule's row."""

    rule: RuleId
    kind: str
    amount: int
    staff: str = ""
    session: str = ""
    item: str = ""
    date: str = ""
    start: str = ""


@dataclass
class Judged:
    """A rota indexed by what the rules ask about, its faults and the points of its levels."""

    facts: Facts
    decisions: Decisions
    faults: list[Fault] = field(default_factory=list)

    @cached_property
    def points(self) -> tuple[int, ...]:
        """Points of the levels, in order."""
        found = dict.fromkeys(LEVELS, 0)
        for fault in self.faults:
            rule = self.facts.rule(fault.rule, fault.kind)
            found[rule.priority] += rule.weight * fault.amount
        return tuple(found.values())

    def level(self, level: Priority) -> int:
        """Points of a level."""
        return self.points[LEVELS.index(level)]

    def odd(self, length: int) -> int:
        """Starts at which a session of so many slots is early or late."""
        return odd_hours(self.facts, length)

    @property
    def amounts(self) -> Counter[tuple[RuleId, str]]:
        """By how much each rule is bent, by rule and kind of its row."""
        found: Counter[tuple[RuleId, str]] = Counter()
        for fault in self.faults:
            found[fault.rule, fault.kind] += fault.amount
        return found

    def busy(self, person: str) -> int:
        """Slots in which a person is in a session or on duty."""
        facts = self.facts
        found = 0
        for day in facts.days:
            for start, end in self.diary.get((person, day), ()):
                found |= ((1 << (end - start)) - 1) << start
        return found | union(facts.span(facts.turns[h].date, facts.turns[h].span) for who, h in self.decisions.duty if who == person)

    def kind(self, key: Key) -> str:
        """Kind of a session."""
        return self.facts.kind_of[key]

    def minutes(self, key: Key) -> int:
        """Length of a session."""
        return self.facts.needs[key].minutes if isinstance(key, int) else self.facts.group[key].minutes

    def name(self, key: Key) -> str:
        """Id of a session."""
        who = self.facts.needs[key].staff if isinstance(key, int) else key
        return session_id(who, self.kind(key), self.facts.data.settings.week_commencing, owed=self.owed(key))

    def owed(self, key: Key) -> bool:
        """Whether a session is one that is owed."""
        return isinstance(key, int) and self.facts.needs[key].form == "owed"

    def given(self, supervisor: str) -> list[tuple[Key, Held]]:
        """Sessions of kinds given by a supervisor that somebody gives."""
        return self._given.get(supervisor, [])

    @cached_property
    def _given(self) -> dict[str, list[tuple[Key, Held]]]:
        found: dict[str, list[tuple[Key, Held]]] = defaultdict(list)
        for key, held in self.decisions.sessions.items():
            if self.facts.given(self.kind(key)):
                found[held.giver].append((key, held))
        return found

    @cached_property
    def of_person(self) -> dict[str, list[Key]]:
        """Sessions in which somebody is supervised."""
        found: dict[str, list[Key]] = defaultdict(list)
        for key, held in self.decisions.sessions.items():
            for staff in {self.facts.needs[n].staff for n in held.needs}:
                found[staff].append(key)
        return found

    @cached_property
    def diary(self) -> dict[tuple[str, str], list[tuple[int, int]]]:
        """First and last but one slot of every session of a person on a date, in order."""
        found: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for key, held in self.decisions.sessions.items():
            day, _ = self.facts.day_and_minute(held.slot)
            end = held.slot + self.facts.length(self.minutes(key))
            for person in {*(self.facts.needs[n].staff for n in held.needs), held.giver} - {""}:
                found[person, day].append((held.slot, end))
        return {where: sorted(spans) for where, spans in found.items()}

    def seen(self, supervisor: str) -> set[str]:
        """People that a supervisor sees."""
        return {self.facts.needs[n].staff for _, held in self.given(supervisor) for n in held.needs}


def judge(facts: Facts, decisions: Decisions) -> Judged:
    """Find every place where a rule that is on is bent."""
    judged = Judged(facts, decisions)
    judged.faults = [fault for rule in RULES for fault in rule(judged)]
    judged.faults = [fault for fault in judged.faults if facts.rule(fault.rule, fault.kind).on and fault.amount]
    return judged


def _unmet(j: Judged) -> Iterator[Fault]:
    met = {n for held in j.decisions.sessions.values() for n in held.needs}
    for n, need in enumerate(j.facts.needs):
        if n not in met:
            item = f"{need.kind} {need.form}"
            if need.form == "owed":
                yield Fault("N2", "", weeks_owed(j.facts, need), need.staff, item=item)
            elif need.early:
                yield Fault("N4", "", 1, need.staff, item=item)
            else:
                yield Fault("N1", j.facts.rule("N1", need.kind).kind, need.amount, need.staff, item=item)
            if overlong(j.facts, need):
                yield Fault("N3", "", 1, need.staff, item=item)


def _caps(j: Judged) -> Iterator[Fault]:
    facts = j.facts
    for v in facts.pool:
        person, seen = facts.person[v], j.seen(v)
        trainees = sum(facts.person[i].trainee for i in seen)
        caps: tuple[tuple[RuleId, int | None, int], ...] = (("C1", person.most_people, len(seen)), ("C2", person.most_trainees, trainees))
        for rule, own, count in caps:
            most = own if own is not None else facts.number(rule)
            if most is not None and count > most:
                yield Fault(rule, "", count - most, v)
        hours = person.most_hours if person.most_hours is not None else facts.number("C3")
        minutes = sum(j.minutes(key) for key, _ in j.given(v))
        if hours is not None and minutes > int(60 * hours):
            yield Fault("C3", "", -(-(minutes - int(60 * hours)) // HALF_HOUR), v)


def _pairs(j: Judged) -> Iterator[Fault]:
    facts = j.facts
    wishes: tuple[tuple[RuleId, str], ...] = (("P3", "must"), ("P4", "prefer"))
    for v, given in j._given.items():
        for key, held in given:
            kind, session = j.kind(key), j.name(key)
            for n in held.needs:
                i = facts.needs[n].staff
                if facts.kind[kind].clinical and facts.person[i].line_manager == v:
                    yield Fault("P1", facts.rule("P1", kind).kind, 1, i, session)
                if v in facts.paired(i, kind, "never"):
                    yield Fault("P2", "", 1, i, session)
                if isinstance(key, int):
                    for rule, strength in wishes:
                        wanted = facts.paired(i, kind, strength)
                        if wanted and v not in wanted:
                            yield Fault(rule, "", 1, i, session)


def _locks(j: Judged) -> Iterator[Fault]:
    rules: dict[str, RuleId] = {"must": "L1", "never": "L2", "prefer": "L3"}
    for lock in j.facts.data.locks:
        for staff, key in _spoken_of(j, lock):
            yield Fault(rules[lock.strength], "", 1, staff, j.name(key), lock.lock)
    met = {j.facts.needs[n] for held in j.decisions.sessions.values() for n in held.needs}
    for need in met_before(j.facts.data, j.facts.needs):
        if need not in met:
            yield Fault("L1", "", 1, need.staff, item=f"{need.kind} {need.form}")


def _spoken_of(j: Judged, lock: Lock) -> Iterator[tuple[str, Key]]:
    """Sessions that bend a lock."""
    sessions = j.decisions.sessions
    for key in j.of_person.get(lock.staff, ()) if lock.staff else sessions.keys() & {lock.group}:
        held = sessions[key]
        if lock.kind not in ("", j.kind(key)):
            continue
        if lock.staff and lock.group:
            for n in held.needs:
                need = j.facts.needs[n]
                right_need = need.staff == lock.staff and need.kind == j.facts.group[lock.group].kind and need.form in ("group", "either")
                if right_need and (key == lock.group) == (lock.strength == "never"):
                    yield lock.staff, key
        elif key == lock.group or (lock.staff and isinstance(key, int) and spoken_of(lock, j.facts.needs[key])):
            so = bool(locked_slots(j.facts, 1 << held.slot, lock)) and lock.supervisor in ("", held.giver)
            if so == (lock.strength == "never"):
                yield lock.staff, key


def _duty(j: Judged) -> Iterator[Fault]:
    number = j.facts.number("D1") or 0
    on = Counter(h for _, h in j.decisions.duty)
    for h, turn in enumerate(j.facts.turns):
        if on[h] < number:
            yield Fault("D1", "", number - on[h], date=turn.date, start=time_of(turn.span.start))
    turns = Counter(person for person, _ in j.decisions.duty)
    for person, fair in j.facts.fair_turns.items():
        above = turns[person] - fair
        if above > 0:
            yield Fault("D2", "", above * (above + 1) // 2, person)
    last = had_last(j.facts)
    for person, h in j.decisions.duty:
        if person not in last.get(h, {person}):
            yield Fault("K3", "", 1, person, date=j.facts.turns[h].date, start=time_of(j.facts.turns[h].span.start))


def _lunch(j: Judged) -> Iterator[Fault]:
    facts = j.facts
    duty: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for person, h in j.decisions.duty:
        turn = facts.turns[h]
        duty[person, turn.date].append((facts.slot(turn.date, turn.span.start), facts.slot(turn.date, turn.span.end)))
    for staff, day, length, starts in facts.lunches:
        left = starts
        for start, end in (*j.diary.get((staff, day), ()), *duty.get((staff, day), ())):
            first = max(0, start - length + 1)
            left &= ~(((1 << (end - first)) - 1) << first)
        if not left:
            yield Fault("B1", "", 1, staff, date=day)


def _breaks(j: Judged) -> Iterator[Fault]:
    facts = j.facts
    number, pause = facts.number("B2"), facts.length(facts.data.settings.break_minutes)
    for (person, day), spans in j.diary.items():
        begun, longest = spans[0][0], spans[0][1] - spans[0][0]
        for (_, before), (start, end) in pairwise(spans):
            begun = start if start - before >= pause else begun
            longest = max(longest, end - begun)
        if number and longest > facts.length(number):
            yield Fault("B2", "", 1, person, date=day)


def _travel(j: Judged) -> Iterator[Fault]:
    facts = j.facts
    travel = {frozenset((row.from_site, row.to_site)): row.minutes for row in facts.data.travel}
    for (person, day), spans in j.diary.items():
        there = [s for s in facts.work[person] if s.date == day]
        for first, second in combinations(there, 2) if travel else ():
            minutes = travel.get(frozenset((first.site, second.site)), 0) if first.site != second.site else 0
            if not minutes:
                continue
            ends = [end for start, end in spans if facts.span(day, first.span) >> start & 1]
            starts = [start for start, _ in spans if facts.span(day, second.span) >> start & 1]
            if ends and starts and min(starts) - max(ends) < facts.length(minutes):
                yield Fault("T1", "", 1, person, date=day, start=time_of(facts.day_and_minute(min(starts))[1]))


def _continuity(j: Judged) -> Iterator[Fault]:
    facts = j.facts
    days = {weekday: day for day, weekday in week_days(facts.data).items()}
    last, groups = last_of(facts), was_in(facts)
    for key, held in j.decisions.sessions.items():
        kind, session = j.kind(key), j.name(key)
        who = facts.needs[key].staff if isinstance(key, int) else key
        staff, owed = who if isinstance(key, int) else "", j.owed(key)
        before, row = last_giver(last, who, kind, owed), last.get((who, kind, owed))
        if before is not None and before.supervisor != held.giver:
            yield Fault("K1", facts.rule("K1", kind).kind, 1, staff, session)
        if row is not None and (days[row.weekday], minutes_of(row.start)) != facts.day_and_minute(held.slot):
            yield Fault("K2", facts.rule("K2", kind).kind, 1, staff, session)
        if not isinstance(key, int):
            for n in held.needs:
                were = groups.get((facts.needs[n].staff, kind))
                if were and key not in were:
                    yield Fault("K1", facts.rule("K1", kind).kind, 1, facts.needs[n].staff, session)


def _fairness(j: Judged) -> Iterator[Fault]:
    for v, fair in j.facts.fair.items():
        over = -(-(sum(j.minutes(key) for key, _ in j.given(v)) - fair) // HALF_HOUR)
        if over > 0:
            yield Fault("F1", "", over * (over + 1) // 2, v)


def _wishes(j: Judged) -> Iterator[Fault]:
    rules: tuple[RuleId, ...] = ("W1", "W2")
    for key, held in j.decisions.sessions.items():
        length = j.facts.length(j.minutes(key))
        for person in [*(j.facts.needs[n].staff for n in held.needs), *([held.giver] if held.giver else [])]:
            for rule in rules:
                if unwished(j.facts, person, length, rule) >> held.slot & 1:
                    yield Fault(rule, "", 1, person, j.name(key))
            if j.odd(length) >> held.slot & 1:
                yield Fault("W4", "", 1 + j.facts.of_late.get(person, 0), person, j.name(key))


def _compact(j: Judged) -> Iterator[Fault]:
    for v in j.facts.pool:
        days = {j.facts.day_and_minute(held.slot)[0] for _, held in j.given(v)}
        if len(days) > 1:
            yield Fault("W3", "", len(days) - 1, v)


RULES = (_unmet, _caps, _pairs, _locks, _duty, _lunch, _breaks, _travel, _continuity, _fairness, _wishes, _compact)
