"""Rooms: rule R1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.check.findings import above, fault, gap_of
from optimiser.plan.check.simulation import Sums
from optimiser.plan.data import Shortfall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.findings import Gap
    from optimiser.plan.check.simulation import Plan
    from optimiser.result import Finding


def r1_rooms_rented(plan: Plan) -> Iterator[Finding]:
    """R1: face-to-face hours fit the rooms of their site, or the shortfall is stated; more rooms are rented whole, at most as many as there are."""
    most = {(r.service, r.site): r.maximum for r in plan.data.rooms}
    for (s, site, year), rooms in plan.rented.items():
        place = ", ".join(part for part in (s, site, year) if part)
        off = abs(rooms - round(rooms))
        if off > 0:
            yield fault("R1", place, f"{rooms:,.6g} is not a whole number of rooms.", off)
        yield from above("R1", place, "Rooms rented", rooms, most[s, site], "rooms")


def r1_rooms(plan: Plan) -> Iterator[Gap]:
    """R1: a site's share of the face-to-face hours is at most the hours of its rooms, those rented counted, or the shortfall is stated."""
    needed = Sums()
    for (s, _, step, t), hours in plan.treatment.items():
        care = plan.care.get((s, step))
        if care:
            needed.add((s, t), care.face_to_face * hours)
    for row in plan.data.rooms:
        for t in plan.times:
            rooms = row.rooms + plan.rented[row.service, row.site, plan.year(t)]
            have, need = plan.data.settings.weeks_per_quarter * row.open_hours * rooms, row.share * needed[row.service, t]
            short = Shortfall(rule="R1", service=row.service, item=row.site, quarter=plan.quarter(t), short=max(0.0, need - have))
            yield gap_of("R1", short, 0.1, f"{need:,.6g} face-to-face hours, the rooms have {have:,.6g}", scale=(need, have))
