"""A first rota, quickly: groups, then what was held before where it still can be, then everyone else, then duty. The search makes it good."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.rota.duty import on_call
from models.rota.facts import bits, touched, union
from models.rota.hours import r1_room_open, there_on
from models.rota.model import PEERS, Decisions, Held
from models.rota.sessions import credited, least, most, possible
from models.rota.wishes import last_giver, last_of, locked_slots, spoken_of, unwished
from optimiser.rota.data import minutes_of
from optimiser.rota.week import Span, week_days

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.rota.facts import Facts
    from models.rota.model import Key
    from optimiser.rota.data import Group


def first_rota(facts: Facts) -> Decisions:
    """Rota that keeps every rule that always holds, and places what it easily can."""
    draft = _Draft(facts)
    past = [h for h, turn in enumerate(facts.turns) if turn in facts.turns_past]
    draft.share_duty(past)
    for group in sorted(facts.data.groups, key=lambda g: not g.leader):
        draft.place_group(group)
    options = possible(facts).individual
    for kept in (True, False):
        for n in sorted(options, key=draft.turn):
            draft.place(n, kept=kept)
    draft.share_duty(h for h in range(len(facts.turns)) if h not in past)
    return Decisions(draft.sessions, frozenset(draft.duty))


@dataclass
class _Draft:
    """A rota in the making: what is held, who is busy when, what each supervisor gives."""

    facts: Facts
    sessions: dict[Key, Held] = field(default_factory=dict)
    duty: set[tuple[str, int]] = field(default_factory=set)
    met: set[int] = field(default_factory=set)
    busy: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    rooms: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    given: Counter[str] = field(default_factory=Counter)
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        facts = self.facts
        self.last = last_of(facts)
        self.days = {weekday: day for day, weekday in week_days(facts.data).items()}
        settings = facts.data.settings
        window = Span(minutes_of(settings.lunch_from), minutes_of(settings.lunch_to))
        for room in facts.data.rooms:
            self.rooms[room.room] = union(facts.day_span(day) for day in facts.days if not there_on(room, day))
        self.lunch = sum(facts.span(day, window) for day in facts.days)

    def turn(self, n: int) -> tuple[bool, int]:
        """When a need is placed: what is owed last, what could be held at few times first."""
        return self.facts.needs[n].form == "owed", sum(s.bit_count() for by in possible(self.facts).individual[n].values() for s in by.values())

    def free(self, person: str, length: int) -> int:
        """Starts at which nothing of the draft is in a person's way."""
        return ~touched(self.busy[person], length)

    def roomy(self, site: str, people: int, minutes: int) -> int:
        """Starts at which a room of the site is free; everything where no room is needed."""
        if not site:
            return -1
        length = self.facts.length(minutes)
        found = 0
        for room in self.facts.data.rooms:
            if room.site == site and room.capacity >= people:
                found |= r1_room_open(self.facts, site, people, minutes) & ~touched(self.rooms[room.room], length)
        return found

    def capped(self, supervisor: str, people: set[str], minutes: int) -> bool:
        """Whether a session would take a supervisor beyond a most of theirs."""
        facts, row = self.facts, self.facts.person[supervisor]
        seen = self.seen[supervisor] | people
        hours = row.most_hours if row.most_hours is not None else facts.number("C3")
        limits = (
            (row.most_people if row.most_people is not None else facts.number("C1"), len(seen)),
            (row.most_trainees if row.most_trainees is not None else facts.number("C2"), sum(facts.person[i].trainee for i in seen)),
            (None if hours is None else 60 * hours, self.given[supervisor] + minutes),
        )
        return any(limit is not None and count > limit for limit, count in limits)

    def hold(self, key: Key, held: Held, minutes: int, site: str, supervised: bool) -> None:
        """Put a session into the draft."""
        taken = ((1 << self.facts.length(minutes)) - 1) << held.slot
        people = {self.facts.needs[n].staff for n in held.needs}
        for person in people | ({held.giver} - {PEERS}):
            self.busy[person] |= taken
        if supervised:
            self.given[held.giver] += minutes
            self.seen[held.giver] |= people
        if site:
            size = len(people) + (held.giver != PEERS)
            rooms = [r for r in self.facts.data.rooms if r.site == site and r.capacity >= size and not self.rooms[r.room] & taken]
            self.rooms[min(rooms, key=lambda r: r.capacity).room] |= taken
        self.sessions[key] = held
        self.met |= set(held.needs)

    # --- individual sessions ---

    def place(self, n: int, *, kept: bool) -> None:
        """Place a need's own session where it is cheapest; ``kept`` only with the giver it had before."""
        facts, need = self.facts, self.facts.needs[n]
        if n in self.met:
            return
        length, supervised = facts.length(need.minutes), facts.given(need.kind)
        owed = need.form == "owed"
        row = last_giver(self.last, need.staff, need.kind, owed)
        named = facts.paired(need.staff, need.kind, "must") if facts.rule("P3").on else frozenset()
        never = facts.paired(need.staff, need.kind, "never") if facts.rule("P2").on else frozenset()
        best: tuple[tuple[float, ...], Held, str] | None = None
        for giver, by_site in possible(facts).individual[n].items():
            if kept and (row is None or giver != row.supervisor):
                continue
            if supervised and ((named and giver not in named) or giver in never or self.capped(giver, {need.staff}, need.minutes)):
                continue
            for site, starts in by_site.items():
                slots = starts & self.free(need.staff, length) & self.free(giver, length) & self.roomy(site, 2, need.minutes)
                slots = self.allowed(n, giver, slots)
                if slots:
                    slot = self.best_slot(slots, length, need.staff, giver, (need.staff, need.kind, owed))
                    manager = facts.kind[need.kind].clinical and facts.person[need.staff].line_manager == giver
                    load = (self.given[giver] + need.minutes) / max(1, facts.fair.get(giver, 0)) if supervised else 0.0
                    wanted = facts.paired(need.staff, need.kind, "prefer")
                    unlike = (row is not None and giver != row.supervisor) + bool(wanted and giver not in wanted)
                    cost = (float(manager), float(max(0.0, load - 1.0)) + unlike, load)
                    if best is None or cost < best[0]:
                        best = (cost, Held(giver, slot, (n,)), site)
        if best is not None:
            self.hold(n, best[1], need.minutes, best[2], supervised)

    def allowed(self, n: int, giver: str, slots: int) -> int:
        """Slots that the locks on a person's own sessions leave."""
        need = self.facts.needs[n]
        for lock in self.facts.locks.get((need.staff, ""), ()):
            if spoken_of(lock, need) and self.facts.rule("L2" if lock.strength == "never" else "L1").on:
                just_so = locked_slots(self.facts, slots, lock) if lock.supervisor in ("", giver) else 0
                if lock.strength != "prefer":
                    slots = just_so if lock.strength == "must" else slots & ~just_so
        return slots

    def best_slot(self, slots: int, length: int, staff: str, giver: str, key: tuple[str, str, bool]) -> int:
        """Of the slots that are left the one it had before, else one clear of lunch and of what people would rather avoid."""
        row = self.last.get(key)
        wishes = [1 << self.facts.slot(self.days[row.weekday], minutes_of(row.start))] if row and self.days[row.weekday] in self.facts.days else []
        wishes.append(~touched(self.lunch, length))
        wishes += [~unwished(self.facts, person, length, rule) for rule in ("W1", "W2") for person in (staff, giver) if person]
        for wish in wishes:
            slots = slots & wish or slots
        return next(bits(slots))

    # --- groups ---

    def place_group(self, group: Group) -> None:
        """Hold a group when most of the people who need it can come, by the leader with most room."""
        facts, length = self.facts, self.facts.length(group.minutes)
        starts = possible(facts).groups.get(group.group, {})
        supervised = facts.given(group.kind)
        coming: dict[tuple[str, int], list[int]] = defaultdict(list)
        members = possible(facts).members.get(group.group, {})
        for n in sorted(members, key=lambda n: sum(s.bit_count() for s in members[n].values())):
            if n not in self.met:
                for site, there in members[n].items():
                    for slot in bits(there & self.free(facts.needs[n].staff, length)):
                        coming[site, slot].append(n)
        row = self.last.get((group.group, group.kind, False))
        before = facts.slot(self.days[row.weekday], minutes_of(row.start)) if row and self.days[row.weekday] in facts.days else -1
        best: tuple[tuple[float, ...], Held, str] | None = None
        for giver, by_site in starts.items():
            for site, there in by_site.items():
                open_slots = there & (self.free(giver, length) if giver else -1)
                for slot in bits(open_slots):
                    needs = [n for n in coming.get((site, slot), ()) if self.may_join(group, n, giver)][: most(facts, group)]
                    while needs and len(needs) > min(credited(facts, group, facts.needs[n].minutes) for n in needs):
                        needs.pop()
                    if len(needs) < least(facts, group) or not self.roomy(site, len(needs) + (giver != PEERS), group.minutes) >> slot & 1:
                        continue
                    if supervised and self.capped(giver, {facts.needs[n].staff for n in needs}, group.minutes):
                        continue
                    load = (self.given[giver] + group.minutes) / max(1, facts.fair.get(giver, 0)) if supervised else 0.0
                    cost = (-len(needs), float(row is not None and giver != row.supervisor), float(slot != before), load)
                    if best is None or cost < best[0]:
                        best = (cost, Held(giver, slot, tuple(needs)), site)
        if best is not None:
            self.hold(group.group, best[1], group.minutes, best[2], supervised)

    def may_join(self, group: Group, n: int, giver: str) -> bool:
        """Whether a person may be led by somebody."""
        staff = self.facts.needs[n].staff
        return staff != giver and giver not in self.facts.paired(staff, group.kind, "never")

    # --- duty ---

    def share_duty(self, which: Iterable[int]) -> None:
        """Give every one of these turns to whoever is free and furthest below a fair share."""
        facts = self.facts
        turns = Counter(person for person, _ in self.duty)
        for h in sorted(which, key=lambda h: len(on_call(facts, h))):
            taken = facts.span(facts.turns[h].date, facts.turns[h].span)
            able = [i for i in on_call(facts, h) if not self.busy[i] & taken]
            for person in sorted(able, key=lambda i: turns[i] / max(1, facts.fair_turns.get(i, 1)))[: facts.number("D1") or 0]:
                self.duty.add((person, h))
                turns[person] += 1
                self.busy[person] |= taken
