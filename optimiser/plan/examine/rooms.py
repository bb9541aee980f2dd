"""Rooms."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.plan.examine.findings import error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding

USUAL_OPEN = 70.0
"""Hours a week that a room is open above which is asked: seven days of ten hours."""


def examine_rooms(data: PlanInput) -> Iterator[Finding]:
    """Sites' shares, opening hours and rents, and services without rooms."""
    shares: dict[str, float] = defaultdict(float)
    for row in data.rooms:
        shares[row.service] += row.share
        key = [row.service, row.site]
        if row.open_hours == 0:
            yield warning("IN-11", "Rooms", key, "The rooms are not open at all.", "Enter the hours a week in which a room can be used.")
        elif row.open_hours > USUAL_OPEN:
            what = f"The rooms are open {row.open_hours:g} hours a week."
            yield warning("IN-11", "Rooms", key, what, "Check that it is the hours of one room, not of all together.")
        if row.maximum and not row.room_pounds:
            yield warning("IN-11", "Rooms", key, "A rented room costs nothing.", "Check the rent.")
        if row.room_pounds and not row.maximum:
            yield warning("IN-14", "Rooms", key, "There is a rent, and none can be rented.", "Enter how many there are to rent, or no rent.")
    needs = {c.service for c in data.care if c.face_to_face > 0}
    for service, share in shares.items():
        if abs(share - 1) > 1e-6:
            what = f"The shares of the service's sites add up to {share:g}."
            yield error("IN-03", "Rooms", [service], what, "They must add up to 1: every face-to-face hour belongs to one site.")
        if service not in needs:
            what = "No course of the service needs a room: face to face is 0 in Care."
            yield warning("IN-14", "Rooms", [service], what, "Enter the face-to-face share in Care, or delete the row.")
    for service in sorted(needs - shares.keys()):
        what = "Part of its hours is face to face, and Rooms has no row for it: it is taken to have all the rooms it needs."
        yield warning("IN-13", "Care", [service], what, "Add its rooms to Rooms, or set face to face to 0.")
