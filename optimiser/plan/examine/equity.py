"""Fairness: Communities and Representation."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.plan.examine.findings import ALMOST, did_you_mean, error, warning
from optimiser.plan.examine.reach import posts_in_reach, trainee_posts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import Community, PlanInput, Term
    from optimiser.result import Finding


def _weighed(data: PlanInput, term: Term, sheet: str, rows: bool) -> Iterator[Finding]:
    """A table that is reported and pursued by nothing, or a term that has nothing to weigh."""
    weights = [(o.priority, o.term) for o in data.objectives if o.term == term]
    if rows and not weights:
        what = f"It is reported, and no row of Objectives weighs {term}: the plan does nothing for it."
        yield warning("IN-14", sheet, [], what, f"Add {term} to Objectives, or leave it at the report.")
    elif weights and not rows:
        yield warning("IN-14", "Objectives", weights[0], f"{sheet} has no row, so the term is always 0.", f"Fill in {sheet}, or delete the row.")


def examine_communities(data: PlanInput) -> Iterator[Finding]:
    """Communities that nothing can bring more of, and shares that overlap."""
    referred_to = {row.service for row in data.demand}
    by_service: dict[str, list[Community]] = defaultdict(list)
    for row in data.communities:
        by_service[row.service].append(row)
        key = [row.service, row.community]
        reached = {o.community for o in data.outreach if o.service == row.service}
        if row.service not in referred_to:
            yield error("IN-13", "Communities", key, "Demand has no row for the service.", "Add its referrals, or delete the row.")
        elif row.need > row.referred and row.community not in reached:
            what = "Fewer of its people come than its share of need, and Outreach has no row of this name: nothing in the plan can bring more."
            yield warning("IN-13", "Communities", key, what, did_you_mean(row.community, reached) or "Add the outreach that could be done.")
    for service, rows in by_service.items():
        for share, which in ((sum(r.need for r in rows), "need"), (sum(r.referred for r in rows), "referrals")):
            if share > 1 + ALMOST:
                what = f"The communities have {share:g} of the {which}."
                fix = "Check them; they may overlap, and a person of two then counts in both."
                yield warning("IN-11", "Communities", [service], what, fix)
    yield from _weighed(data, "equity_gap", "Communities", bool(data.communities))


def examine_representation(data: PlanInput) -> Iterator[Finding]:
    """Groups in posts nobody holds, and targeted places without effect."""
    trainee, reach = trainee_posts(data), posts_in_reach(data)
    for row in data.representation:
        key = [row.service, row.post, row.group]
        usual = max(row.hired, row.promoted)
        if row.post in trainee:
            yield error("IN-03", "Representation", key, f"{row.post} is a trainee post.", "Name a qualified post.")
        elif row.post not in reach[row.service]:
            what = "Nobody at the service can ever hold this post."
            yield warning("IN-14", "Representation", key, what, "Add staff, Recruitment or Flows for the post, or delete the row.")
        if 0 < row.maximum <= usual:
            what = f"Targeted places bring at most {row.maximum:g} of arrivals, and {usual:g} come without them."
            yield warning("IN-14", "Representation", key, what, "Raise the share with places, or set it to 0.")
        if row.maximum > usual and not row.place_pounds:
            yield warning("IN-11", "Representation", key, "Targeted places cost nothing.", "Check the cost of a place.")
        if row.place_pounds and not row.maximum:
            what = "A place has a cost, and there are no targeted places."
            yield warning("IN-14", "Representation", key, what, "Enter the largest share with places, or no cost.")
    yield from _weighed(data, "representation_gap", "Representation", bool(data.representation))
