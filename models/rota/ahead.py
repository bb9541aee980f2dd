"""Which week: what is not weekly and would fall due in a week without room for it is brought forward (the page's chapter "Several weeks").

A small program over this week and the weeks after it: in which of them each need that is not weekly is held, and each group. Only what it says of
this week is used, and only of what need not be held yet; the next week is asked again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from optimiser.lp import best
from optimiser.program import Program
from optimiser.rota.data import Early
from optimiser.rota.week import Span, asked, at_work, number, rule_for, since_held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from optimiser.rota.data import Group, RotaInput
    from optimiser.rota.week import Asked, Stretch

LEAST, BEYOND = 4, 8
"""Fewest and most weeks after this one that are looked at."""

LATE, SHORT, EARLY, TOGETHER = 1000, 1, 1, 300
"""What is paid for a week in which something is late, for a minute of supervisors' time that is missing, and for a week by which a person is brought
forward to this week: alone, and in a group. So nothing is brought forward for nothing, and a group not for the leave of one among many."""

LONG_GAP = 2
"""What a week beyond the number of N3 counts, besides the 1 of any week in which something is late: as a missed need of N3 does beside one of N1."""

NODES = 2000
"""Most nodes of the solver's tree the same in every run. The services measured take few."""

HALF = 0.5
"""Above it a yes or no is yes, and minutes are some."""


@dataclass(frozen=True)
class Item:
    """A need, week by week: when it falls due, and in which weeks the person is in post, is at work, and could have it."""

    need: Asked
    last: int | None
    """Week in which it was last held, this one being 0; None where nobody knows."""
    asked_now: bool
    """It is brought forward to this week already."""
    in_post: tuple[bool, ...]
    there: tuple[bool, ...]
    can: tuple[bool, ...]
    groups: tuple[str, ...]
    """Groups it may be met in."""

    @property
    def due(self) -> int:
        """First week from this one in which it falls due."""
        return 0 if self.last is None or self.asked_now else max(0, self.last + self.need.every)

    @property
    def alone(self) -> bool:
        """Whether it may be met alone."""
        return self.need.form != "group"

    def window(self, week: int, length: int) -> range | None:
        """Weeks of the horizon among so many that end with this one; None where the last session lies in them."""
        first = week - length + 1
        return None if self.last is not None and self.last >= first else range(max(first, 0), week + 1)


@dataclass(frozen=True)
class Weeks:
    """The input, and what it says of each week of the horizon."""

    data: RotaInput

    @cached_property
    def horizon(self) -> range:
        """Weeks looked at: this one, 0, and those after it, as far as anything falls due that could be brought forward."""
        held = since_held(self.data)
        due = [0]
        for needs in asked(self.data).values():
            for need in needs:
                since = held.get((need.staff, need.kind, need.form), need.every)
                due.append(need.every - since if since >= half(need) else 0)
        return range(1 + min(BEYOND, max(LEAST, *due)))

    @cached_property
    def mondays(self) -> tuple[date, ...]:
        """First day of each week."""
        monday = date.fromisoformat(self.data.settings.week_commencing)
        return tuple(monday + timedelta(weeks=w) for w in self.horizon)

    @cached_property
    def work(self) -> tuple[Mapping[str, tuple[Stretch, ...]], ...]:
        """Stretches at work of everybody, week by week."""
        return tuple(at_work(_moved(self.data, monday)) for monday in self.mondays)

    @cached_property
    def able(self) -> dict[str, tuple[str, ...]]:
        """Supervisors competent in each kind given by one."""
        given = {kind.kind for kind in self.data.kinds if kind.given_by == "supervisor"}
        return {kind: tuple(row.staff for row in self.data.competences if row.kind == kind) for kind in sorted(given)}

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Needs about which there is something to decide: those that are not weekly, and those met in groups alone."""
        held, early = since_held(self.data), {(row.staff, row.kind, row.form) for row in self.data.early}
        posts = {
            person.staff: tuple(
                person.starts <= (monday + timedelta(days=6)).isoformat() and (not person.ends or monday.isoformat() <= person.ends)
                for monday in self.mondays
            )
            for person in self.data.staff
        }
        found = []
        for staff, needs in asked(self.data).items():
            there = tuple(any(s.minutes > 0 for s in work[staff]) for work in self.work)
            for need in needs:
                if need.every == 1 and need.form != "group":
                    continue
                key = (staff, need.kind, need.form)
                groups = self.groups_of(need)
                can = tuple(
                    there[w] and (any(self.gathers(staff, g, w) for g in groups) if need.form == "group" else self.meets(need, w))
                    for w in self.horizon
                )
                found.append(Item(need, -held[key] if key in held else None, key in early, posts[staff], there, can, groups))
        return tuple(found)

    def givers(self, need: Asked) -> tuple[str, ...]:
        """Who could give a person a need that is met alone."""
        if need.kind in self.able:
            return tuple(v for v in self.able[need.kind] if v != need.staff)
        manager = self._managers[need.staff]
        return (manager,) if manager else ()

    @cached_property
    def _managers(self) -> dict[str, str]:
        return {person.staff: person.line_manager for person in self.data.staff}

    def meets(self, need: Asked, week: int) -> bool:
        """Whether anybody who could give it is free at work for as long as it takes when the person is."""
        mine = self.free(need.staff, week)
        return any(
            min(a.end, b.end) - max(a.start, b.start) >= need.minutes
            for v in self.givers(need)
            for day, site, a in mine
            for other, place, b in self.free(v, week)
            if day == other and (need.kind not in self._in_rooms or site == place != "")
        )

    def free(self, staff: str, week: int) -> list[tuple[str, str, Span]]:
        """Spans in which somebody is at work and no half-hour is barred, with their dates and sites."""
        if (staff, week) not in self._free:
            self._free[staff, week] = [(s.date, s.site, span) for s in self.work[week][staff] for span in _between(s)]
        return self._free[staff, week]

    _free: dict[tuple[str, int], list[tuple[str, str, Span]]] = field(default_factory=dict, repr=False)

    @cached_property
    def _in_rooms(self) -> frozenset[str]:
        return frozenset(kind.kind for kind in self.data.kinds if kind.mode == "room")

    @cached_property
    def led(self) -> frozenset[tuple[str, int]]:
        """Groups and the weeks in which there is somebody to lead them."""
        found = set()
        for group in self.data.groups:
            for w in self.horizon:
                leaders = [group.leader] if group.leader else self.able.get(group.kind)
                if leaders is None or any(self.free(v, w) for v in leaders):
                    found.add((group.group, w))
        return frozenset(found)

    def gathers(self, staff: str, group: str, week: int) -> bool:
        """Whether there is a time at which somebody could lead a group, and the person and enough others could come."""
        if (group, week) not in self.led:
            return False
        if (group, week) not in self._times:
            self._times[group, week] = self._times_of(group, week)
        return not self._times[group, week].isdisjoint(self._starts(staff, week, self._groups[group].minutes))

    def _times_of(self, group: str, week: int) -> set[tuple[str, int]]:
        """Times at which somebody could lead a group and enough of those could come who may."""
        g = self._groups[group]
        leaders = [g.leader] if g.leader else self.able.get(g.kind)
        led = None if leaders is None else set[tuple[str, int]]().union(*(self._starts(v, week, g.minutes) for v in leaders))
        listed = [staff for (staff, kind), groups in self.listed.items() if kind == g.kind and group in groups]
        others = [n.staff for needs in asked(self.data).values() for n in needs if n.kind == g.kind and n.form != "individual"] if g.open else []
        people = dict.fromkeys([*listed, *(staff for staff in others if (staff, g.kind) not in self.listed)])
        coming = Counter(at for staff in people if staff != g.leader for at in self._starts(staff, week, g.minutes))
        return {at for at, many in coming.items() if many >= self.sizes[group][0] and (led is None or at in led)}

    def _starts(self, staff: str, week: int, minutes: int) -> set[tuple[str, int]]:
        """Dates and times from which somebody is free for so long, on the grid."""
        key = (staff, week, minutes)
        if key not in self._from:
            grid = self.data.settings.grid
            self._from[key] = {
                (day, start)
                for day, _, span in self.free(staff, week)
                for start in range(-(-span.start // grid) * grid, span.end - minutes + 1, grid)
            }
        return self._from[key]

    _times: dict[tuple[str, int], set[tuple[str, int]]] = field(default_factory=dict, repr=False)
    _from: dict[tuple[str, int, int], set[tuple[str, int]]] = field(default_factory=dict, repr=False)

    @cached_property
    def _groups(self) -> dict[str, Group]:
        return {group.group: group for group in self.data.groups}

    def groups_of(self, need: Asked) -> tuple[str, ...]:
        """Groups in which a need may be met."""
        if need.form == "individual":
            return ()
        mine = self.listed.get((need.staff, need.kind))
        fit = [g for g in self.data.groups if g.kind == need.kind and g.minutes >= need.minutes and g.leader != need.staff]
        return tuple(g.group for g in fit if (g.group in mine if mine else g.open))

    @cached_property
    def listed(self) -> dict[tuple[str, str], set[str]]:
        """Groups of a kind in which each person is listed."""
        kinds = {g.group: g.kind for g in self.data.groups}
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in self.data.group_members:
            found[row.staff, kinds[row.group]].add(row.group)
        return found

    @cached_property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """Fewest and most people of each group."""
        kinds = {kind.kind: kind for kind in self.data.kinds}
        return {
            g.group: (kinds[g.kind].group_least if g.least is None else g.least, kinds[g.kind].group_most if g.most is None else g.most)
            for g in self.data.groups
        }

    def takes(self, need: Asked) -> int:
        """Least time of a supervisor that a need takes which may be met alone: a place in a group, where it may be met in one, may take less."""
        groups = self.groups_of(need)
        return min([need.minutes, *(self.place(g) for g in self.data.groups if g.group in groups)])

    def place(self, group: Group) -> int:
        """Part of a group's time that a place in it takes at least."""
        return group.minutes // self.sizes[group.group][1]

    @cached_property
    def room(self) -> tuple[dict[str, int], ...]:
        """Time that each supervisor has to give, week by week.

        Their most (C3) in proportion to how much of their usual hours they are at work, and never more than the time in which they are free.
        """
        people = {v for able in self.able.values() for v in able}
        usual = at_work(_usual(self.data))
        limit = rule_for(self.data, "C3")
        found = []
        for w in self.horizon:
            mine = {}
            for person in (p for p in self.data.staff if p.staff in people):
                free = sum(span.end - span.start for _, _, span in self.free(person.staff, w))
                most = number(self.data, "C3") if person.most_hours is None else person.most_hours
                if limit.on and most is not None:
                    whole = sum(s.minutes for s in usual[person.staff]) or 1
                    now = min(whole, sum(s.minutes for s in self.work[w][person.staff]))
                    free = min(free, int(60 * most * now / whole))
                mine[person.staff] = free
            found.append(mine)
        return tuple(found)

    @cached_property
    def taken(self) -> tuple[Counter[str], ...]:
        """Time that what is decided already takes of each kind, by week: what is weekly and met alone; what is owed, first what was missed first."""
        found = tuple(Counter[str]() for _ in self.horizon)
        for needs in asked(self.data).values():
            for need in needs:
                if need.every == 1 and need.form != "group" and need.kind in self.able:
                    minutes = self.takes(need)
                    for w in self.horizon:
                        if self.meets(need, w):
                            found[w][need.kind] += minutes
        debts: Counter[tuple[str, str]] = Counter()
        for row in sorted(self.data.owed, key=lambda row: row.missed):
            w = debts[row.staff, row.kind]
            debts[row.staff, row.kind] += 1
            if w < len(self.horizon) and row.kind in self.able:
                found[w][row.kind] += row.minutes
        return found


def brought_forward(data: RotaInput) -> tuple[Early, ...]:
    """Needs to be held this week although they need not yet, as the week in which they would fall due has no room for them; each with why.

    Rows are in the order of Staff; what stands in Brought forward already is not told again. The same input gives the same rows.
    """
    weeks = Weeks(data)
    if not any(item.due > 0 and item.can[0] for item in weeks.items):
        return ()
    plan = Plan(weeks)
    values = plan.best()
    chosen = [item for item in weeks.items if item.due > 0 and item.can[0] and values[plan.held[plan.bundle_of[item], 0]] > HALF]
    return tuple(Early(staff=i.need.staff, kind=i.need.kind, form=i.need.form, because=_because(plan, values, i)) for i in chosen)


Bundle = tuple[Item, ...]
"""Needs held in the same weeks: those of people listed in a group of their own who are in step, else one alone."""


class Plan:
    """The program: columns, rows, and what they cost."""

    def __init__(self, weeks: Weeks) -> None:
        self.weeks, self.program = weeks, Program()
        self.bundles = tuple(_bundles(weeks))
        self.bundle_of = {item: n for n, bundle in enumerate(self.bundles) for item in bundle}
        self.held = {
            (n, w): self.program.column() for n, bundle in enumerate(self.bundles) for w in weeks.horizon if any(item.can[w] for item in bundle)
        }
        self.whole: list[int] = list(self.held.values())
        """Columns that are yes or no; the others are people and minutes, which come out whole or nearly so."""
        self.late: dict[int, int] = {}
        self.short: dict[int, int] = {}
        """Columns of time that is missing, and the week of each."""
        self._due()
        self._apart()
        self._gathered()
        self._given()

    @property
    def early(self) -> dict[int, int]:
        """Columns of what is brought forward to this week, and what is paid for that: by person and week."""
        found = {}
        for n, bundle in enumerate(self.bundles):
            sooner = sum(item.due for item in bundle if item.can[0]) * (EARLY if bundle[0].alone else TOGETHER)
            if sooner and (n, 0) in self.held:
                found[self.held[n, 0]] = sooner
        return found

    def _due(self) -> None:
        """Weeks without a session for too long are late; what may be met alone is held as soon as it falls due where it can be."""
        rule = rule_for(self.weeks.data, "N3")
        clinical = {kind.kind for kind in self.weeks.data.kinds if kind.clinical and kind.given_by == "supervisor"}
        for n, bundle in enumerate(self.bundles):
            for item in bundle:
                longest = max(item.need.every, number(self.weeks.data, "N3") or 0) if rule.on and item.need.kind in clinical else 0
                if not item.alone and item.last is not None and item.last + item.need.every < 0:
                    continue  # whoever missed it comes when the group is next held: the others are not brought forward for them
                for w in self.weeks.horizon:
                    for length, cost in ((item.need.every, 1), (longest, LONG_GAP)):
                        window = item.window(w, length) if length and item.in_post[w] else None
                        if window is None:
                            continue
                        columns = [self.held[n, at] for at in window if item.can[at]]
                        if not (item.alone and item.can[w]):
                            if not columns:
                                continue  # late whatever is decided
                            columns.append(self.program.column())
                            self.late[columns[-1]] = cost
                        self.program.at_least(1, columns)
            if any(item.asked_now and item.can[0] for item in bundle):
                self.program.at_least(1, [self.held[n, 0]])

    def _apart(self) -> None:
        """Nothing is held sooner than when half of the weeks between two sessions are over."""
        for n, bundle in enumerate(self.bundles):
            wait, last = half(bundle[0].need), bundle[0].last
            for w in self.weeks.horizon:
                columns = [self.held[n, at] for at in range(w, w + wait) if (n, at) in self.held]
                if len(columns) > 1:
                    self.program.at_most(1, columns)
                if (n, w) in self.held and last is not None and w - last < wait and not bundle[0].asked_now:
                    self.program.at_most(0, [self.held[n, w]])

    def _gathered(self) -> None:
        """Groups are held for those who may come to them, neither fewer than their least nor more than their most."""
        self.seats: dict[tuple[str, int], list[int]] = defaultdict(list)
        classes: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for n, bundle in enumerate(self.bundles):
            if not bundle[0].alone:
                classes[bundle[0].groups].append(n)
        for groups, members in classes.items():
            for w in self.weeks.horizon:
                people = {self.held[n, w]: sum(item.can[w] for item in self.bundles[n]) for n in members if (n, w) in self.held}
                if not people:
                    continue
                open_groups = [g for g in groups if (g, w) in self.weeks.led]
                places = [self.program.column(sum(people.values())) for _ in open_groups]
                self.program.row(0, 0, [*people, *places], [*people.values(), *[-1] * len(places)])
                for g, place in zip(open_groups, places, strict=True):
                    self.seats[g, w].append(place)
        for (g, _), places in self.seats.items():
            least, most = self.weeks.sizes[g]
            held = self.program.column()
            self.whole.append(held)
            self.program.at_least(0, [*places, held], [*[1] * len(places), -least])
            self.program.at_most(0, [*places, held], [*[1] * len(places), -most])

    def _given(self) -> None:
        """What is held takes time of supervisors who are competent in it, as far as they have some; a place in a group its part of the group's."""
        wanted: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        leading: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        for (n, w), column in self.held.items():
            need = self.bundles[n][0].need
            if self.bundles[n][0].alone and need.kind in self.weeks.able:
                wanted[need.kind, w].append((column, self.weeks.takes(need)))
        for group in self.weeks.data.groups:
            if group.kind in self.weeks.able:
                for w in self.weeks.horizon:
                    places = [(column, self.weeks.place(group)) for column in self.seats[group.group, w]]
                    (leading[group.leader, w] if group.leader else wanted[group.kind, w]).extend(places)
        for w in self.weeks.horizon:
            given: dict[str, list[tuple[int, int]]] = defaultdict(list)
            for kind, able in self.weeks.able.items():
                taken, asked_for = self.weeks.taken[w][kind], wanted[kind, w]
                most = taken + sum(minutes * self.program.most[column] for column, minutes in asked_for)
                if most:
                    shares = [(v, self.program.column(min(self.weeks.room[w][v], most))) for v in able if self.weeks.room[w][v]]
                    for v, share in shares:
                        given[v].append((share, 1))
                    self._missing(w, -taken, [*asked_for, *((share, -1) for _, share in shares)], most)
            for v, room in self.weeks.room[w].items():
                if leading[v, w] or len(given[v]) > 1:
                    most = sum(minutes * self.program.most[column] for column, minutes in leading[v, w])
                    self._missing(w, room, [*leading[v, w], *given[v]], most)

    def _missing(self, week: int, room: int, parts: Sequence[tuple[int, int]], most: int) -> None:
        """Parts fit into what there is, but for time that is missing: at most so much."""
        short = [self.program.column(most)] if most else []
        self.short |= dict.fromkeys(short, week)
        self.program.at_most(room, [*(column for column, _ in parts), *short], [*(minutes for _, minutes in parts), *(-1 for _ in short)])

    @property
    def cost(self) -> NDArray[np.int64]:
        """What each column costs: weeks late, minutes missing, people brought forward to this week."""
        found = np.zeros(len(self.program.most), dtype=np.int64)
        for columns, worth in ((self.late, LATE), (dict.fromkeys(self.short, 1), SHORT), (self.early, 1)):
            found[list(columns)] = [worth * count for count in columns.values()]
        return found

    def best(self, without: Iterable[int] = ()) -> list[float]:
        """Values of the columns that are best, those in ``without`` being 0."""
        program = deepcopy(self.program)
        for column in without:
            program.most[column] = 0
        return list(best(program, self.whole, self.cost, NODES))

    @cached_property
    def without(self) -> list[float]:
        """The plan as well as it can be where nothing is brought forward to this week."""
        return self.best(without=self.early)


# --- why --------------------------------------------------------------------------------------------------------------


def _because(plan: Plan, values: Sequence[float], item: Item) -> str:
    """Why a need is brought forward, in a sentence."""
    weeks, week = plan.weeks, item.due
    mates = [other for other in weeks.items if other != item and set(other.groups) & set(item.groups) and not item.alone]
    if week in weeks.horizon:
        when = f"in the week from {_day(weeks.mondays[week])}, when it would fall due"
        if not any(weeks.work[week].values()):
            return f"Nobody is at work {when}."
        if not item.there[week]:
            return f"Away {when}."
        if not item.can[week] and any((g, week) in weeks.led for g in item.groups if not item.alone):
            return f"Too few people can come to its group {when}."
        if not item.can[week]:
            givers = weeks.givers(item.need) if item.alone else ()
            there = any(weeks.free(v, week) for v in givers)
            return f"Nobody who could give it is at work {'when they are ' if there else ''}{when}."
        if not item.alone:
            if any(other.due == week and other.in_post[week] and not other.can[week] for other in mates):
                return f"Others of its group are away {when}, and it is held for all together."
            if any(other.due == 0 and other.can[0] for other in mates):
                return "It is held with others of its group, who have it due this week."
    for w in weeks.horizon:
        missing, now = (sum(found[column] for column, at in plan.short.items() if at == w) for found in (plan.without, values))
        if missing > now + HALF:
            return f"Supervisors have too little time in the week from {_day(weeks.mondays[w])}."
    return "If it waited, it or another would be held too late."


def _day(monday: date) -> str:
    return f"{monday.day} {monday:%B}"


def half(need: Asked) -> int:
    """Weeks after a session before which the next is not held."""
    return (need.every + 1) // 2


# --- the weeks --------------------------------------------------------------------------------------------------------


def _moved(data: RotaInput, monday: date) -> RotaInput:
    """The input in another week."""
    return data.model_copy(update={"settings": data.settings.model_copy(update={"week_commencing": monday.isoformat()})})


def _usual(data: RotaInput) -> RotaInput:
    """The input in a week without leave, closed days and exams, with everybody in post."""
    return data.model_copy(
        update={
            "settings": data.settings.model_copy(update={"bank_holidays": "none"}),
            "closed": (),
            "away": (),
            "terms": (),
            "staff": tuple(person.model_copy(update={"starts": "", "ends": ""}) for person in data.staff),
        }
    )


def _between(stretch: Stretch) -> Iterator[Span]:
    """Parts of a stretch that no barred half-hour touches."""
    edges = [(stretch.span.start, stretch.span.start), *sorted(stretch.barred), (stretch.span.end, stretch.span.end)]
    for (_, start), (end, _) in pairwise(edges):
        if start < end:
            yield Span(start, end)


def _bundles(weeks: Weeks) -> Iterator[Bundle]:
    """Needs held together: of people whose one group it is, where they are asked as often and last had it in the same week."""
    together: dict[tuple[object, ...], list[Item]] = defaultdict(list)
    for item in weeks.items:
        alone = item.alone or len(item.groups) != 1 or (item.need.staff, item.need.kind) not in weeks.listed
        key = (item.need.staff, item.need.kind, item.need.form) if alone else (item.groups, item.need.every, item.last, item.asked_now)
        together[key].append(item)
    for items in together.values():
        if len(items) == 1 or len(items) <= weeks.sizes[items[0].groups[0]][1]:
            yield tuple(items)
        else:
            yield from ((item,) for item in items)
