"""When, and at which site: rules S2, S3 and R2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.rota.check.findings import fault
from optimiser.rota.week import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.result import Finding
    from optimiser.rota.check.records import Rota


def s2_working_time(rota: Rota) -> Iterator[Finding]:
    """S2: each session and turn of duty lies within one stretch of everyone in it and touches no barred half-hour of theirs."""
    spans = [(held.row.session, held.row.date, held.span, held.everyone) for held in rota.sessions]
    spans += [("Duty", day, span, (person,)) for (person, day), all_of_them in rota.on_duty.items() for span in all_of_them]
    for name, day, span, everyone in spans:
        for person in everyone:
            stretches = rota.there.get((person, day), ())
            if not any(stretch.free(span) for stretch in stretches):
                within = any(stretch.span.holds(span) for stretch in stretches)
                why = "has marked a half-hour of it X or U" if within else "is not at work all through it"
                yield fault("S2", f"{name}, {day} {clock(span)}", f"{person} {why}.")


def s3_grid(rota: Rota) -> Iterator[Finding]:
    """S3: a session starts on a multiple of the grid after midnight and ends the same day."""
    grid = rota.data.settings.grid
    for held in rota.sessions:
        if held.span.start % grid:
            yield fault("S3", f"{held.row.session}, {held.row.date}", f"It starts at {held.row.start}, which is not on the grid of {grid} minutes.")
        if held.span.end > 24 * 60:
            yield fault(
                "S3",
                f"{held.row.session}, {held.row.date}",
                f"It starts at {held.row.start}, lasts {held.row.minutes} minutes and ends the next day.",
            )


def r2_sites(rota: Rota) -> Iterator[Finding]:
    """R2: everyone in a session in a room is at the room's site all through it."""
    site = {room.room: room.site for room in rota.data.rooms}
    for held in rota.sessions:
        for person in held.everyone if held.row.room and held.row.mode == "room" else ():
            at = {stretch.site for stretch in rota.there.get((person, held.row.date), ()) if stretch.span.holds(held.span)}
            if at and site[held.row.room] not in at:  # who is nowhere at work is told by S2
                where = ", ".join(sorted(at)) or "no site"
                yield fault("R2", f"{held.row.session}, {held.when}", f"{person} is at {where}, the room at {site[held.row.room]}.")
