"""Chapter "People" of the page: one place at a time, caps, lunch, breaks, travel."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from models.rota.facts import bits
from models.rota.model import PEERS
from optimiser.rota.week import HALF_HOUR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from models.rota.model import Model, Session
    from optimiser.rota.data import RuleId


class Item(NamedTuple):
    """Something that takes a person's time from a slot on, where the column is 1; ``session`` is blank for duty, lunch and breaks."""

    slot: int
    length: int
    column: int
    session: str = ""


def attendance(m: Model) -> Iterator[tuple[str, Session, int, int]]:
    """Person, session, slot and column of every way to be in a session, receiving or giving."""
    for session in m.sessions:
        receiver = m.facts.needs[session.need].staff if session.need is not None else ""
        for start in session.starts:
            if receiver:
                yield receiver, session, start.slot, start.column
            if start.giver != PEERS:
                yield start.giver, session, start.slot, start.column
        for seat in session.seats:
            yield m.facts.needs[seat.need].staff, session, seat.slot, seat.column


def s1_one_place_at_a_time(m: Model) -> None:
    """Put every session on the days of the people in it. Duty and lunch are put beside them by S8 and B1; ``no_overlap`` writes the rows."""
    for person, session, slot, column in attendance(m):
        m.engaged[person].append(Item(slot, session.length, column, session.name))


def no_overlap(m: Model) -> None:
    """Let no two things overlap, once every rule has put its own beside the sessions."""
    for items in m.engaged.values():
        sessions = {item.session for item in items}
        if len(sessions) > 1 or "" in sessions:  # the ways to hold one session exclude each other anyway
            for columns in moments(items):
                m.program.at_most(1, columns)


def moments(items: Sequence[Item], fewest: int = 2) -> Iterator[list[int]]:
    """Columns of the things under way together, at every moment at which one of them begins, where there are at least the fewest of them.

    Of intervals, any that overlap pairwise are all under way when the last of them begins.
    """
    previous: frozenset[int] = frozenset()
    for _, columns in under_way(items):
        members = frozenset(columns)
        if len(members) >= fewest and not members <= previous:
            yield columns
            previous = members


def under_way(items: Sequence[Item], more: Iterable[int] = ()) -> Iterator[tuple[int, list[int]]]:
    """Slots at which something begins, and more slots, each with the columns of what is then under way (begun and not ended), if anything."""
    if not items:
        return
    slots, lengths, columns = (np.array(part, dtype=np.int64) for part in list(zip(*items, strict=True))[:3])
    at = np.unique(np.concatenate([slots, np.array(sorted(more), dtype=np.int64)]))
    low, high = np.searchsorted(at, slots), np.searchsorted(at, slots + lengths)
    counts = high - low
    which = np.repeat(np.arange(len(items)), counts)
    moment = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(low, counts)
    order = np.argsort(moment, kind="stable")
    under = columns[which[order]].tolist()
    edges = np.searchsorted(moment[order], np.arange(len(at) + 1)).tolist()
    for slot, begin, end in zip(at.tolist(), edges[:-1], edges[1:], strict=True):
        if begin < end:
            yield slot, sorted(set(under[begin:end]))


# --- caps -------------------------------------------------------------------------------------------------------------


def seen(m: Model, supervisor: str) -> dict[str, int]:
    """Column for every person a supervisor may see, 1 where the supervisor does; worked out once."""
    if supervisor in m.seen:
        return m.seen[supervisor]
    ways: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
    for session in m.sessions:
        if supervisor in session.by and m.facts.given(session.kind):
            led = session.by[supervisor]
            if session.need is not None:
                ways[m.facts.needs[session.need].staff].append((led, None))
            for n, member in session.member.items():
                ways[m.facts.needs[n].staff].append((member, None if len(session.by) == 1 else led))
    found = m.seen[supervisor] = {}
    for person, columns in ways.items():
        if len(columns) == 1 and columns[0][1] is None:
            found[person] = columns[0][0]
        else:
            column = found[person] = m.program.column()
            for one, other in columns:
                if other is None:
                    m.program.implies_one_of(one, [column])
                else:
                    m.program.at_most(1, [one, other, column], [1, 1, -1])
    return found


def _limit(own: float | None, rule: int | None) -> float | None:
    return own if own is not None else rule


def _most_seen(m: Model, rule: RuleId, supervisor: str, most: float | None, trainees: bool) -> None:
    people = [column for i, column in seen(m, supervisor).items() if not trainees or m.facts.person[i].trainee] if most is not None else []
    if most is not None and len(people) > most:
        above = m.program.column(len(people) - int(most))
        m.program.at_most(int(most), [*people, above], [1] * len(people) + [-1])
        m.bend(rule, 1, above)


def c1_most_people(m: Model) -> None:
    """Count the people a supervisor sees beyond their most."""
    if m.on("C1"):
        for v in m.facts.pool:
            _most_seen(m, "C1", v, _limit(m.facts.person[v].most_people, m.facts.number("C1")), trainees=False)


def c2_most_trainees(m: Model) -> None:
    """Count the trainees a supervisor sees beyond their most."""
    if m.on("C2"):
        for v in m.facts.pool:
            _most_seen(m, "C2", v, _limit(m.facts.person[v].most_trainees, m.facts.number("C2")), trainees=True)


def given(m: Model, supervisor: str) -> tuple[list[int], list[int], int]:
    """Columns of the sessions a supervisor may give (kinds given by a supervisor), the length of each, and minutes in a unit of length."""
    parts = [(s.by[supervisor], s.minutes) for s in m.sessions if supervisor in s.by and m.facts.given(s.kind)]
    unit = math.gcd(*(minutes for _, minutes in parts))
    return [column for column, _ in parts], [minutes // unit for _, minutes in parts], unit


def convex(m: Model, rule: RuleId, columns: Sequence[int], lengths: Sequence[int], amounts: Sequence[int]) -> None:
    """Count ``amounts[k]`` where the lengths of the columns that are 1 sum up to ``k``; each amount is to rise at least as much as the one before.

    A column for every unit above the free ones, the cheapest first.
    """
    free = next((k - 1 for k, amount in enumerate(amounts) if amount), len(amounts) - 1)
    steps = m.program.columns(len(amounts) - 1 - free)
    if steps:
        m.program.at_most(free, [*columns, *steps], [*lengths, *[-1] * len(steps)])
        for k, column in enumerate(steps, free + 1):
            if amounts[k] > amounts[k - 1]:
                m.bend(rule, amounts[k] - amounts[k - 1], column)


def c3_most_hours(m: Model) -> None:
    """Count the half-hours a supervisor gives beyond their most hours."""
    if m.on("C3"):
        for v in m.facts.pool:
            hours = _limit(m.facts.person[v].most_hours, m.facts.number("C3"))
            if hours is not None:
                _half_hours_above(m, "C3", v, int(60 * hours), lambda above: above)


def f1_fair_load(m: Model) -> None:
    """Count half-hours of supervision beyond a fair share: the first costs 1, the second 2, and so on, so that the heaviest loaded come first."""
    if m.on("F1"):
        for v, fair in m.facts.fair.items():
            _half_hours_above(m, "F1", v, fair, lambda above: above * (above + 1) // 2)


def _half_hours_above(m: Model, rule: RuleId, supervisor: str, limit: int, cost: Callable[[int], int]) -> None:
    """Count half-hours that a supervisor gives above a limit in minutes. In units of the sessions where these are half-hours, which is closer."""
    columns, lengths, unit = given(m, supervisor)
    if not columns:
        return
    largest = min(sum(lengths) * unit, sum(s.minutes for s in m.facts.work[supervisor]))
    if unit % HALF_HOUR:
        lengths, unit, limit = [length * unit for length in lengths], 1, limit
        steps = m.program.columns(max(0, -(-(largest - limit) // HALF_HOUR)))
        if steps:
            m.program.at_most(limit, [*columns, *steps], [*lengths, *[-HALF_HOUR] * len(steps)])
            for k, column in enumerate(steps):
                m.bend(rule, cost(k + 1) - cost(k), column)
    else:
        convex(m, rule, columns, lengths, [cost(max(0, -(-(k * unit - limit) // HALF_HOUR))) for k in range(largest // unit + 1)])


# --- the working day --------------------------------------------------------------------------------------------------


def b1_lunch(m: Model) -> None:
    """Set a lunch beside the sessions and the duty of whoever could be left without one, or count it as lost."""
    that_day: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for person, items in m.engaged.items():
        for item in items:
            that_day[person, m.facts.day_and_minute(item.slot)[0]].append(item)
    for person, day, length, starts in m.facts.lunches:
        items = [item for item in that_day[person, day] if _hindered(item, length) & starts]
        alone = len({item.session for item in items}) == 1 and items[0].session
        if not items or (alone and all(starts & ~_hindered(item, length) for item in items)):
            continue
        slots = list(bits(starts))
        columns = m.program.columns(len(slots))
        lost = m.program.column()
        m.program.row(1, 1, [*columns, lost])
        m.bend("B1", 1, lost)
        m.engaged[person] += [Item(slot, length, column) for slot, column in zip(slots, columns, strict=True)]


def _hindered(item: Item, length: int) -> int:
    """Starts of a lunch of so many slots that something takes away."""
    first = max(0, item.slot - length + 1)
    return ((1 << (item.slot + item.length - first)) - 1) << first


def b2_breaks(m: Model, person: str, day: str) -> None:
    """After every session begins, let a break begin before the number's minutes are over, or count the day.

    A break is free of sessions for the break's minutes. A run of sessions is longer than the number just where there is none so soon after
    its first session begins.
    """
    facts = m.facts
    number = facts.number("B2")
    if not m.on("B2") or not number:
        return
    longest, pause = facts.length(number), facts.length(facts.data.settings.break_minutes)
    today = facts.day_span(day)
    sessions = [item for item in m.engaged.get(person, ()) if item.session and today >> item.slot & 1]
    bent = m.program.column()
    m.bend("B2", 1, bent)
    ends = sorted({item.slot + item.length for item in sessions})
    breaks = dict(zip(ends, m.program.columns(len(ends)), strict=True))
    for end, column in breaks.items():
        for columns in moments([item for item in sessions if item.slot < end + pause and end < item.slot + item.length], 1):
            m.program.at_most(1, [*columns, column])
    for slot in sorted({item.slot for item in sessions}):
        soon = [column for end, column in breaks.items() if slot < end <= slot + longest]
        columns = [item.column for item in sessions if item.slot == slot]
        m.program.at_most(0, [*columns, *soon, bent], [1] * len(columns) + [-1] * (len(soon) + 1))


def t1_travel(m: Model) -> None:
    """Leave time to travel between the last session at one site and the first at another on the day, or count it."""
    facts = m.facts
    travel = {frozenset((row.from_site, row.to_site)): row.minutes for row in facts.data.travel}
    for person, stretches in facts.work.items() if m.on("T1") else ():
        for first, second in combinations(stretches, 2):
            minutes = travel.get(frozenset((first.site, second.site)), 0) if first.site != second.site and first.date == second.date else 0
            ends, begins = defaultdict(list), defaultdict(list)
            for item in m.engaged.get(person, ()) if minutes else ():
                if item.session and facts.span(first.date, first.span) >> item.slot & 1:
                    ends[item.slot + item.length].append(item.column)
                if item.session and facts.span(second.date, second.span) >> item.slot & 1:
                    begins[item.slot].append(item.column)
            if ends and begins:
                bent = m.program.column()
                m.bend("T1", 1, bent)
                for end, leaving in ends.items():
                    for begin, coming in begins.items():
                        if begin - end < facts.length(minutes):
                            m.program.at_most(1, [*leaving, *coming, bent], [1] * (len(leaving) + len(coming)) + [-1])
