"""PRE-02: who can never meet anyone of their kind."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.rota.examine.findings import warning
from optimiser.words import day_words, listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.result import Finding
    from optimiser.rota.data import Group, Kind
    from optimiser.rota.examine.facts import Week


def never_met(week: Week) -> Iterator[Finding]:
    """Say who can meet nobody for a need that falls due."""
    managers = {p.staff: p.line_manager for p in week.data.staff}
    groups: dict[str, list[Group]] = defaultdict(list)
    for group in week.data.groups:
        groups[group.kind].append(group)
    for need in week.needs:
        kind, person = week.kinds[need.kind], need.staff
        key = [person, need.kind, need.form]
        givers = [managers[person]] if kind.given_by == "line manager" else list(week.competent[need.kind])
        givers = [v for v in givers if v and v != person]
        belongs = week.listed.get((person, need.kind), set())
        open_to = [g for g in groups[need.kind] if g.minutes >= need.minutes and (g.group in belongs or (g.open and not belongs))]
        open_to = open_to if need.form in ("group", "either") else []
        needs = "is owed" if need.form == "owed" else "needs"
        alone = need.form != "group"
        if kind.given_by != "peers" and not givers:
            what = "has no line manager" if kind.given_by == "line manager" else "has nobody who is competent in it"
            fix = "Name one in Staff." if kind.given_by == "line manager" else "Add a supervisor to Competences."
            yield warning("PRE-02", "Staff", key, f"{person} {needs} {need.kind} and {what}.", fix)
        elif not alone and not open_to:
            what = f"{person} needs {need.kind} in a group, and may attend none of {need.minutes} minutes or more."
            yield warning("PRE-02", "Groups", key, what, "Add a group, or open one.")
        elif not (alone and any(_meet(week, kind, (person, v), need.minutes) for v in givers)) and not any(
            _meet(week, kind, who, g.minutes)
            for g in open_to
            for who in ([(person,)] if kind.given_by == "peers" else [(person, v) for v in ([g.leader] if g.leader else givers) if v != person])
        ):
            days = listing([day_words(day) for day in dict.fromkeys(free.date for free in week.free[person])]) or "no day"
            whom = "for a group" if kind.given_by == "peers" else "together with anyone who gives it"
            what = f"{person} {needs} {need.kind} and is free on {days}, but never long enough {whom}."
            yield warning("PRE-02", "Availability", key, what, "Add hours that they share, or a supervisor who is there then.")


def _meet(week: Week, kind: Kind, people: tuple[str, ...], minutes: int) -> bool:
    """Whether these people, one or two, are ever free together for so long, from a start on the grid; at one site where a room is needed."""
    grid = week.data.settings.grid
    first, others = week.free[people[0]], week.free[people[-1]]
    for one in first:
        for other in others:
            if one.date == other.date and (kind.mode != "room" or (one.site == other.site and one.site)):
                start = -(-max(one.span.start, other.span.start) // grid) * grid
                if start + minutes <= min(one.span.end, other.span.end):
                    return True
    return False
