"""Staff above the posts, reduced hours, and what moves and hires lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.examine.findings import error, warning
from optimiser.plan.examine.reach import trainee_posts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding


def examine_staffing(data: PlanInput) -> Iterator[Finding]:
    """Staff above the establishment, reduced hours, and what a move or a hire loses: rows that cannot stand or do nothing."""
    trainee = trainee_posts(data)
    over = [("Over establishment", (row.service, row.post), row.maximum) for row in data.over_establishment]
    reduced = [("Reduced hours", (row.service, row.post), row.maximum) for row in data.reduced_hours]
    for sheet, key, most in (*over, *reduced):
        if key[1] in trainee:
            yield error("IN-03", sheet, key, f"{key[1]} is a trainee post; this is for qualified posts.", "Delete the row.")
        elif most == 0:
            yield warning("IN-14", sheet, key, "The most is 0, so the row does nothing.", "Raise it, or delete the row.")
    for row in data.reduced_hours:
        if row.share == 1:
            what = "On reduced hours they would work full hours: the row does nothing but cost."
            yield warning("IN-11", "Reduced hours", [row.service, row.post], what, "Set the share below 1.")
    listed = {row.service for row in data.over_establishment}
    for service in data.services:
        if service.over_establishment is not None and service.service not in listed:
            what = "Over establishment, at most is set, and Over establishment has no row for the service: nobody can be above its posts."
            yield warning("IN-14", "Services", [service.service], what, "Add the posts to Over establishment, or leave the cell blank.")
    for flow in data.flows:
        key = (flow.from_post, flow.to_post)
        limits = flow.maximum_moves is not None or flow.maximum_moves_share is not None or flow.move_pounds > 0
        if flow.from_post in trainee and (limits or flow.lost_on_move):
            what = "Lost on the move, limits and cost of moves are not for graduates; they are not used here."
            yield warning("IN-14", "Flows", key, what, "Leave these cells blank; what graduates are lost follows from Programmes and Posts.")
        elif flow.to_post in trainee and flow.lost_on_move:
            what = "Nobody is lost on entry to training; the programme's completion says who drops out."
            yield warning("IN-14", "Flows", key, what, "Set lost on the move to 0.")
        elif flow.lost_on_move == 1:
            yield warning("IN-11", "Flows", key, "Everybody who moves is lost on the move.", "Check the share.")
        if flow.maximum_moves == 0 or flow.maximum_moves_share == 0:
            yield warning("IN-14", "Flows", key, "Nobody may move: the most is 0.", "Raise it, or delete the flow.")
    for market in data.recruitment:
        if market.lost_on_arrival == 1:
            yield warning("IN-11", "Recruitment", [market.service, market.post], "Everybody hired leaves at once.", "Check lost on arrival.")
    if data.settings.first_year_quarters == 0:
        for staff in data.staff:
            if staff.first_year:
                what = f"{staff.first_year:g} WTE are in their first year, and Settings says that it lasts 0 quarters."
                yield error("IN-03", "Staff", [staff.service, staff.post], what, "Set first year to 0, or First year lasts to 4.")
