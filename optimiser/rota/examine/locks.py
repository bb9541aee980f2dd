"""PRE-03: locks that cannot all be kept."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from optimiser.rota.data import WEEKDAYS, minutes_of
from optimiser.rota.examine.findings import warning
from optimiser.rota.week import Span, clock, on_day, week_days
from optimiser.words import day_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.result import Finding
    from optimiser.rota.data import Lock
    from optimiser.rota.examine.facts import Week


def locks_clash(week: Week) -> Iterator[Finding]:
    """Say which must locks cannot all be kept, and which no rota can keep."""
    data = week.data
    days = week_days(data)
    minutes = {(need.staff, need.kind, need.form == "owed"): need.minutes for need in week.needs if need.form != "group"}
    groups = {g.group: g for g in data.groups}
    competent = {(row.staff, row.kind) for row in data.competences}
    musts = [lock for lock in data.locks if lock.strength == "must"]
    spoken: dict[str, list[Lock]] = defaultdict(list)
    placed: dict[tuple[str, str], list[tuple[Span, Lock]]] = defaultdict(list)
    for lock in musts:
        spoken[lock.staff or lock.group].append(lock)
        if lock.staff and lock.group:
            continue
        kind = groups[lock.group].kind if lock.group else lock.kind
        if lock.supervisor and kind and week.kinds[kind].given_by == "supervisor" and (lock.supervisor, kind) not in competent:
            what = f"{lock.supervisor} must give {kind}, and is not competent in it."
            yield warning("PRE-03", "Locks", [lock.lock], what, "Add the row to Competences, or change the lock.")
        length = groups[lock.group].minutes if lock.group else minutes.get((lock.staff, kind, lock.owed))
        if not (length and lock.day and lock.start):
            continue
        start = minutes_of(lock.start)
        span = Span(start, start + length)
        for day in (day for day in days if on_day(day, lock.day)):
            for person in (name for name in (lock.staff, lock.supervisor) if name):
                placed[person, day].append((span, lock))
                if not any(free.date == day and free.span.holds(span) for free in week.free[person]):
                    what = f"{person} is not free on {day_words(day)} {clock(span)}."
                    yield warning("PRE-03", "Locks", [lock.lock], what, "Change the lock, or the person's availability.")
        if start % data.settings.grid:
            what = f"{lock.start} is not on the grid of {data.settings.grid} minutes."
            yield warning("PRE-03", "Locks", [lock.lock], what, "Change the start, or the grid in Settings.")
    for rows in spoken.values():
        for one, other in combinations(rows, 2):
            if _speak_of_one(one, other) and _at_odds(week, one, other):
                what = "The two ask for different things of the same session."
                yield warning("PRE-03", "Locks", [one.lock, other.lock], what, "Delete one of them.")
    for (person, day), spans in placed.items():
        for (span, one), (then, other) in combinations(spans, 2):
            if span.meets(then) and not _speak_of_one(one, other):
                what = f"The two put {person} in two places on {day_words(day)}: {clock(span)} and {clock(then)}."
                yield warning("PRE-03", "Locks", [one.lock, other.lock], what, "Delete one of them.")
    for never in (lock for lock in data.locks if lock.strength == "never"):
        for must in spoken.get(never.staff or never.group, ()):
            if _speak_of_one(must, never) and _implies(must, never):
                yield warning("PRE-03", "Locks", [must.lock, never.lock], "What one asks for the other forbids.", "Delete one of them.")


def _speak_of_one(one: Lock, other: Lock) -> bool:
    """Whether two locks speak of the same session, or of one person's place in groups."""
    if one.staff and one.group:
        return one.staff == other.staff and bool(other.group)
    same = (one.staff, one.group, one.owed) == (other.staff, other.group, other.owed)
    return same and (bool(one.group) or one.kind == other.kind or "" in (one.kind, other.kind))


def _at_odds(week: Week, one: Lock, other: Lock) -> bool:
    if one.staff and one.group:
        kinds = {g.group: g.kind for g in week.data.groups}
        return one.group != other.group and kinds[one.group] == kinds[other.group]
    days = [{day for day in week_days(week.data) if on_day(day, lock.day)} for lock in (one, other)]
    pairs = ((one.supervisor, other.supervisor), (one.start, other.start))
    return (all(days) and not days[0] & days[1]) or any(a and b and a != b for a, b in pairs)


def _implies(must: Lock, never: Lock) -> bool:
    """Whether a session held as one lock asks is held just as the other forbids."""
    if must.group != never.group:
        return False
    same_day = not never.day or must.day == never.day or (bool(must.day) and never.day in WEEKDAYS and _on_date(must.day, never.day))
    return never.supervisor in ("", must.supervisor) and never.start in ("", must.start) and same_day


def _on_date(day: str, weekday: str) -> bool:
    """Whether a lock's day is a date of that weekday."""
    return day not in WEEKDAYS and on_day(day, weekday)
