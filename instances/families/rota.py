"""Rotas of invented services, hard in different ways: :func:`instances.rota.build.service` with its knobs held to a range.

An instance of several weeks is such a service in another season, with leave, and people who come and go.
"""

from __future__ import annotations

import random
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from optimiser.rota.data import Away, RotaInput
from optimiser.rota.week import asked

if TYPE_CHECKING:
    from optimiser.rota.data import Staff

LEAST = {"clinicians": 20, "weeks": 2, "slack": 100, "rooms": 100, "sites": 1, "grid": 15, "changed": 0, "seed": 0}
MOST = {"clinicians": 600, "weeks": 8, "slack": 300, "rooms": 300, "sites": 8, "grid": 30, "changed": 100, "seed": 10**6}

MONDAY = date(2027, 4, 12)
"""First day of several weeks: the fourth has a bank holiday, and none is as short as that of Christmas."""
ON_LEAVE = 12
"""Of so many people one goes on leave in each week."""


def week(*, weeks: int = 1, **knobs: int) -> RotaInput:
    """Build an invented service in the first week, in which every must can be met; knobs as in :func:`instances.rota.build.plant`, seed 1 where none.

    Raises ValueError when a figure is outside its range (:data:`LEAST`, :data:`MOST`).
    """
    from instances.rota.build import service  # loaded when an instance is made, not when its name is looked up

    for knob, value in {**knobs, **({} if weeks == 1 else {"weeks": weeks})}.items():
        if not LEAST[knob] <= value <= MOST[knob]:
            raise ValueError(f"{knob} must be {LEAST[knob]} to {MOST[knob]}. You have {value}")
    data = service(**{"seed": 1} | knobs, every_week=weeks > 1)
    return data if weeks == 1 else _several(data, weeks, random.Random(f"{knobs.get('seed', 1)} {len(data.staff)} {weeks}"))


def _several(data: RotaInput, weeks: int, draw: random.Random) -> RotaInput:
    """Give the service in another season, with leave in every week, somebody who goes and somebody who comes half-way."""
    by = MONDAY - date.fromisoformat(data.settings.week_commencing)
    moved = re.sub(r"\d{4}-\d\d-\d\d", lambda day: f"{date.fromisoformat(day[0]) + by}", data.model_dump_json())
    data = RotaInput.model_validate_json(moved)
    half = MONDAY + timedelta(weeks=weeks // 2)
    plain = _on_whom_nothing_hangs(data)
    come, go = draw.sample([person.staff for person in plain if not person.starts and not person.ends], 2)

    def post(person: Staff) -> Staff:
        dates = {come: {"starts": f"{half}"}, go: {"ends": f"{half - timedelta(3)}"}}
        return person.model_copy(update=dates.get(person.staff, {}))

    return data.model_copy(
        update={
            "settings": data.settings.model_copy(update={"title": f"{data.settings.title}, {weeks} weeks", "weeks": weeks}),
            "staff": tuple(post(person) for person in data.staff),
            "away": tuple(sorted((*data.away, *_leave(data, plain, weeks, draw)), key=lambda row: (row.staff, row.first))),
            "closed": (),
            "last_held": tuple(row for row in data.last_held if row.staff != come),
            "last_rota": tuple(row for row in data.last_rota if row.staff != come),
        }
    )


def _on_whom_nothing_hangs(data: RotaInput) -> list[Staff]:
    """People who give no supervision, take no duty, are supervised in no group and are neither paired nor locked."""
    bound = {row.staff for rows in (data.competences, data.pairs, data.locks) for row in rows}
    bound |= {person.line_manager for person in data.staff}
    bound |= {staff for staff, needs in asked(data).items() if any(need.form == "group" for need in needs)}
    return [person for person in data.staff if person.staff not in bound and not person.experienced]


def _leave(data: RotaInput, plain: list[Staff], weeks: int, draw: random.Random) -> list[Away]:
    """Leave that begins in each week: for half of them the week, for a quarter each from Wednesday on and two weeks."""
    found = []
    off: dict[str, str] = {row.staff: row.last for row in data.away}
    for n in range(weeks):
        monday = MONDAY + timedelta(weeks=n)
        there = [person.staff for person in plain if off.get(person.staff, "") < f"{monday}"]
        for staff in sorted(draw.sample(there, min(len(there), max(1, len(data.staff) // ON_LEAVE)))):
            first, days = draw.choice(((0, 5), (0, 5), (2, 3), (0, 12)))
            found.append(Away(staff=staff, first=f"{monday + timedelta(first)}", last=f"{monday + timedelta(first + days - 1)}"))
            off[staff] = found[-1].last
    return found
