"""Staff above the posts, reduced hours and limits on moves: rules P7 to P9."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.check.findings import above
from optimiser.plan.check.simulation import Sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.simulation import Plan
    from optimiser.result import Finding


def p7_over_establishment(plan: Plan) -> Iterator[Finding]:
    """P7: staff above the posts established are at most what the post and the service may have, and never more than there are."""
    together = Sums()
    for row in plan.data.over_establishment:
        for t in plan.times:
            over = plan.over[row.service, row.post, t]
            together.add((row.service, t), over)
            place = f"{row.service}, {row.post}, {plan.quarter(t)}"
            yield from above("P7", place, "Over establishment", over, row.maximum, "WTE")
            there = plan.staff[row.service, row.post, t] - plan.given_up[row.service, row.post, t]
            yield from above("P7", place, "Over establishment", over, there, "WTE")
    for (s, t), over in together.items():
        most = plan.services[s].over_establishment
        if most is not None:
            yield from above("P7", f"{s}, {plan.quarter(t)}", "Over establishment, all posts", over, most, "WTE")


def p8_reduced_hours(plan: Plan) -> Iterator[Finding]:
    """P8: people on reduced hours are at most the number agreed and at most those in post; each fills, and works, a share of a post."""
    for row in plan.data.reduced_hours:
        for t in plan.times:
            people = plan.reduced[row.service, row.post, t]
            bound = min(row.maximum, plan.staff[row.service, row.post, t])
            yield from above("P8", f"{row.service}, {row.post}, {plan.quarter(t)}", "On reduced hours", people, bound, "people")


def p9_moves(plan: Plan) -> Iterator[Finding]:
    """P9: moves along a flow are at most its number in a quarter, and at most its share of the staff of the post taken up."""
    flows = {(f.from_post, f.to_post): f for f in plan.data.flows}
    for (s, from_post, to_post, t), wte in plan.moves.items():
        flow = flows.get((from_post, to_post))
        place = f"{s}, {from_post}, {plan.quarter(t)}"
        if flow and flow.maximum_moves is not None:
            yield from above("P9", place, f"Moves to {to_post}", wte, flow.maximum_moves, "WTE")
        if flow and flow.maximum_moves_share is not None:
            yield from above("P9", place, f"Moves to {to_post}", wte, flow.maximum_moves_share * plan.staff[s, to_post, t], "WTE")
