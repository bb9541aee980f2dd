"""What the data say, in sentences, before anything is solved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.rota.examine.arithmetic import days_short, hours_figures
from optimiser.rota.examine.facts import week_of
from optimiser.rota.examine.findings import in_hours, kind_words
from optimiser.rota.week import closed_days, rule_for, supervisors, turns
from optimiser.words import capital, day_words, hours, named

if TYPE_CHECKING:
    from optimiser.rota.data import RotaInput


def describe(data: RotaInput) -> list[str]:
    """What the data say, a sentence or two a line: people, hours needed and there, each kind, days that are short, duty, closed days, locks."""
    week = week_of(data)
    pool = supervisors(data, week.work)
    clinicians = {need.staff for need in week.needs} - set(pool)
    *kinds, total = hours_figures(week)
    short = [f"{day_words(day)} is short by {hours(minutes)}." for day, minutes in days_short(week).items()]
    lines = [
        f"{data.settings.title}, week of {day_words(data.settings.week_commencing)} {data.settings.week_commencing[:4]}.",
        " ".join(
            [
                f"{capital(named(len(clinicians), 'clinician'))}, {named(len(pool), 'supervisor')}.",
                f"Need {in_hours(total.needed)} a week, have {hours(total.available) if total.available else 'none'}.",
                *short,
            ]
        ),
    ]
    for f in kinds:
        needs = f"{named(f.people, 'person needs', 'people need')} {in_hours(f.needed)}" if f.people else "nobody needs any this week"
        gives = (
            f"{named(f.supervisors, 'supervisor')} can give {hours(f.available) if f.available else 'none'}"
            if f.supervisors
            else "nobody can give any"
        )
        lines.append(f"{kind_words(week, f.kind)}: {needs}, {gives}.")
    owed = [need for need in week.needs if need.form == "owed"]
    if owed:
        people = named(len({need.staff for need in owed}), "person", "people")
        is_to = "is" if len(owed) == 1 else "are"
        lines.append(f"Among these {is_to} {named(len(owed), 'session')} owed to {people} from earlier weeks.")
    duty = turns(data) if rule_for(data, "D1").on else ()
    if duty:
        experienced = sum(p.experienced and bool(week.free[p.staff]) for p in data.staff)
        there = named(experienced, "experienced person", "experienced people") if experienced else "nobody experienced"
        lines.append(f"Duty: {named(len(duty), 'turn')}, {there} at work.")
    lines += [f"Closed on {day_words(day)}: {why}." for day, why in sorted(closed_days(data).items())]
    if data.groups or data.rooms or data.locks:
        groups = f"{named(len(data.groups), 'group')} may be held; " if data.groups else ""  # no group may be held would sound like a rule
        lines.append(capital(f"{groups}{named(len(data.rooms), 'room')}, {named(len(data.locks), 'lock')}."))
    return lines
