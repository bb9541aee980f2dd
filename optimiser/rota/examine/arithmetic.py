"""PRE-01: hours, people and turns of duty that cannot come out, whatever the rota."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimiser.rota.examine.findings import in_hours, kind_words, warning
from optimiser.rota.week import clock, number, rule_for, supervisors, turns
from optimiser.words import day_words, hours, listing, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optimiser.result import Finding
    from optimiser.rota.examine.facts import Week
    from optimiser.rota.week import Due


@dataclass(frozen=True)
class HoursFigure:
    """Supervision of a kind (blank: all kinds) this week: people who need it, minutes it takes at least, supervisors, minutes they have at most."""

    kind: str
    people: int
    needed: float
    supervisors: int
    available: float


def hours_figures(week: Week) -> tuple[HoursFigure, ...]:
    """Figures of each kind given by a supervisor for which there is a need or a supervisor, then of all these kinds together."""
    wanted: dict[str, list[Due]] = defaultdict(list)
    for need in week.needs:
        if week.kinds[need.kind].given_by == "supervisor":
            wanted[need.kind].append(need)
    pool = supervisors(week.data, week.work)
    found = []
    for kind in week.kinds.values():
        able = [v for v in week.competent[kind.kind] if v in pool]
        if kind.given_by == "supervisor" and (able or wanted[kind.kind]):
            found.append(_hours_figure(week, kind.kind, wanted[kind.kind], able))
    return (*found, _hours_figure(week, "", [need for needs in wanted.values() for need in needs], pool))


def _hours_figure(week: Week, kind: str, needs: Iterable[Due], able: Iterable[str]) -> HoursFigure:
    needs, able = list(needs), list(able)
    needed = sum(_least_minutes(week, need) for need in needs)
    return HoursFigure(kind, len({need.staff for need in needs}), needed, len(able), sum(_most_minutes(week, v) for v in able))


def _least_minutes(week: Week, need: Due) -> float:
    """Least time of a supervisor's that meeting a need takes: its minutes, or its share of the fullest group of its kind that earns them."""
    shares = []
    for group in week.data.groups if need.form in ("group", "either") else ():
        kind = week.kinds[need.kind]
        if group.kind == need.kind and group.minutes >= need.minutes:
            share = group.minutes / (group.most or kind.group_most)
            shares.append(max(share, need.minutes / 2) if kind.shared_credit else share)
    return min([*shares, *([] if need.form == "group" and shares else [need.minutes])])


def _most_minutes(week: Week, supervisor: str) -> float:
    """Most time a supervisor can give: free time at work, no more than the most hours where those are a must (C3)."""
    rule = rule_for(week.data, "C3")
    own = next(p.most_hours for p in week.data.staff if p.staff == supervisor)
    most = number(week.data, "C3") if own is None else own
    free = sum(free.span.end - free.span.start for free in week.free[supervisor])
    return free if most is None or not rule.on or rule.priority != "Must" else min(free, 60 * most)


def hours_short(week: Week) -> Iterator[Finding]:
    """Say of which kinds, and on which days, less can be given than is needed, whatever the rota."""
    *kinds, total = hours_figures(week)
    short = [f for f in kinds if _is_short(f)] or [f for f in (total,) if _is_short(f)]
    for f in short:
        able = f"its supervisors can give {hours(f.available)}" if f.available else "nobody can give any"
        what = f"{kind_words(week, f.kind)} needs at least {in_hours(f.needed)} this week, and {able}."
        fix = f"Add {in_hours(f.needed - f.available)} of a supervisor, or expect supervision that is not placed."
        yield warning("PRE-01", "Competences", [f.kind], f"{what} No rota can mend this.", fix)
    for day, minutes in days_short(week).items():
        what = f"{day_words(day)} is short by {in_hours(minutes)}: so much more is needed by people who can be seen on no other day."
        yield warning("PRE-01", "Availability", [day], what, "Add hours of a supervisor on that day, or hours of these people on another.")
    rule, pool = rule_for(week.data, "C1"), supervisors(week.data, week.work)
    if rule.on and rule.priority == "Must":
        most = {p.staff: number(week.data, "C1") if p.most_people is None else p.most_people for p in week.data.staff}
        for f in kinds:
            caps = [most[v] for v in week.competent[f.kind] if v in pool]
            room = sum(cap for cap in caps if cap is not None)
            if None not in caps and f.people > room:
                needs = f"{named(f.people, 'person needs', 'people need')} {kind_words(week, f.kind)}"
                yield warning(
                    "PRE-01",
                    "Staff",
                    ["Most people", f.kind],
                    f"{needs}, and its supervisors may see {room or 'nobody'}.",
                    "Raise it, or add a supervisor.",
                )


def _is_short(f: HoursFigure) -> bool:
    return f.needed > f.available + 1e-6


def days_short(week: Week) -> dict[str, float]:
    """Minutes by which people who can be seen on one date only need more of supervisors than these are there, by date."""
    needed: dict[str, float] = defaultdict(float)
    for need in week.needs:
        if week.kinds[need.kind].given_by == "supervisor":
            dates = {free.date for free in week.free[need.staff] if free.span.end - free.span.start >= need.minutes}
            if len(dates) == 1:
                needed[dates.pop()] += _least_minutes(week, need)
    there: dict[str, float] = defaultdict(float)
    for v in supervisors(week.data, week.work):
        for free in week.free[v]:
            there[free.date] += free.span.end - free.span.start
    return {day: needed[day] - there[day] for day in sorted(needed) if needed[day] > there[day] + 1e-6}


def duty_short(week: Week) -> Iterator[Finding]:
    """Say which turns of duty cannot be covered."""
    wanted = number(week.data, "D1") or 0
    if not rule_for(week.data, "D1").on:
        return
    experienced = [p.staff for p in week.data.staff if p.experienced]
    short: dict[str, list[str]] = defaultdict(list)
    for turn in turns(week.data):
        there = sum(any(f.date == turn.date and f.span.holds(turn.span) for f in week.free[v]) for v in experienced)
        if there < wanted:
            short[turn.date].append(clock(turn.span))
    for day, spans in short.items():
        what = f"{day_words(day)} has {named(len(spans), 'turn')} of duty with fewer than {wanted} experienced free: {listing(spans, most=4)}."
        yield warning("PRE-01", "Opening hours", [day], what, "Mark more people as experienced, or change the opening hours.")
