"""Care: Care itself, Demand, Outreach and Digital."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from optimiser.plan.check import course_hours
from optimiser.plan.data import STEPS
from optimiser.plan.examine.findings import ALMOST, error, warning
from optimiser.plan.examine.reach import posts_in_reach
from optimiser.words import listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check import Key
    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding

USUAL_COURSE_PRICE = 2000.0
"""Price in £ above which a bought course is asked about; a course costs a service £500 to £2,000."""

USUAL_RECOVERY = 0.75
"""Reliable recovery above which is asked; services in England lie between 41% and 53%."""


def examine_care(data: PlanInput) -> Iterator[Finding]:
    """Shares that do not add up, figures out of the ordinary, and queues that nobody can take from."""
    care = {(c.service, c.step): c for c in data.care}
    reach = posts_in_reach(data)
    able = {step: {p.post for p in data.posts if getattr(p, step)} for step in STEPS}
    bought = {(d.service, d.step) for d in data.digital if d.maximum > 0 and d.maximum_share > 0}
    for service in data.services:
        routes = {step: care[service.service, step].route for step in STEPS if (service.service, step) in care}
        if sum(routes.values()) > 1 + ALMOST:
            what = f"The routes of {' and '.join(f'{step} ({share:g})' for step, share in routes.items())} add up to {sum(routes.values()):g}."
            yield error("IN-03", "Care", [service.service], what, "Shares of referrals must not add up to more than 1.")
    for row in data.care:
        key = [row.service, row.step]
        if row.step == "high" and row.step_up > 0:
            yield warning("IN-14", "Care", key, "Step up counts for low intensity only; it is not used here.", "Set it to 0.")
        if row.step == "low" and row.step_up > 0 and (row.service, "high") not in care:
            what = "People are stepped up, and Care has no high-intensity row for the service: they leave unseen."
            yield warning("IN-13", "Care", key, what, "Add the row, or set step up to 0.")
        if course_hours(row) == 0:
            yield warning("IN-11", "Care", key, "A course takes no time.", "Check sessions and session length.")
        if row.completion == 0:
            yield warning("IN-11", "Care", key, "No course is ever completed.", "Check completion.")
        if row.reliable_recovery > USUAL_RECOVERY:
            what = f"Reliable recovery of {row.reliable_recovery:.0%} is far above what services reach (41% to 53%)."
            yield warning("IN-11", "Care", key, what, "Check it, or confirm it in Assumptions.")
        if row.attended < 0.5:
            yield warning("IN-11", "Care", key, f"Only {row.attended:.0%} of slots are attended.", "Check it: it is the share attended, not missed.")
        if not reach[row.service] & able[row.step] and (row.service, row.step) not in bought:
            what = f"No post that the service can have gives {row.step}-intensity courses, and none can be bought: its queue can only grow."
            yield warning("PRE-01", "Care", key, what, "Check Posts (low and high intensity), Staff, Recruitment and Flows.")


def examine_demand(data: PlanInput) -> Iterator[Finding]:
    """Referrals that are missing, outside the plan, or to a service that treats nobody."""
    quarters = set(data.quarters)
    treated = {c.service for c in data.care}
    told: dict[str, set[str]] = defaultdict(set)
    for row in data.demand:
        told[row.service].add(row.quarter)
    for service in data.services:
        name = service.service
        missing = [q for q in data.quarters if q not in told[name]]
        outside = sorted(told[name] - quarters)
        if told[name] and name not in treated:
            what = "The service has referrals, and Care does not say how it treats them."
            yield error("IN-13", "Demand", [name], what, "Add its rows to Care.")
        elif name in treated and missing:
            what = f"Demand has no row for {name} in {listing(missing, most=4)}."
            yield error("IN-13", "Demand", [name], what, "Add the rows (0 where nobody is referred).")
        if outside:
            what = f"{listing(outside, most=4)}: not in the plan, which runs from {data.quarters[0]} to {data.quarters[-1]}; not used."
            yield warning("IN-14", "Demand", [name], what, "Delete the rows, or plan more quarters.")


def examine_outreach(data: PlanInput) -> Iterator[Finding]:
    """Outreach without returns, returns that rise, and referrals that come too late."""
    treated = {c.service for c in data.care}
    known = {(o.service, o.community) for o in data.outreach}
    returns: dict[Key, list[tuple[int, float, float]]] = defaultdict(list)
    for row in data.outreach_returns:
        returns[row.service, row.community].append((row.stretch, row.referrals_per_hour, row.hours))
    for service, community in returns:
        if (service, community) not in known:
            what = "Outreach has no row for this service and community."
            yield error("IN-13", "Outreach returns", [service, community], what, "Add it to Outreach, or delete these rows.")
    for o in data.outreach:
        key = [o.service, o.community]
        stretches = sorted(returns[o.service, o.community])
        if not sum(hours for _, _, hours in stretches):
            what = "Outreach returns has no hours for it, so no outreach can be done."
            yield error("IN-13", "Outreach", key, what, "Add at least one stretch to Outreach returns.")
        for (before, more, _), (stretch, less, _) in pairwise(stretches):
            if less > more + ALMOST:
                what = f"Stretch {stretch} earns {less:g} referrals an hour and stretch {before} only {more:g}: returns must not rise."
                yield error("IN-03", "Outreach returns", key, what, "Order the stretches best first.")
        if o.service not in treated:
            yield error("IN-13", "Outreach", key, "Care has no row for the service that the referrals would join.", "Add its rows to Care.")
        if o.worker_hours > 0 and o.worker_pounds == 0:
            yield warning("IN-11", "Outreach", key, "Outreach workers cost nothing.", "Check the cost of an hour.")
        if o.lag >= data.settings.quarters:
            yield warning("IN-14", "Outreach", key, "The first referrals would arrive after the plan's end.", "Check the lag, or plan more quarters.")


def examine_digital(data: PlanInput) -> Iterator[Finding]:
    """Courses bought at no price, at a high one, or not at all."""
    treated = {(c.service, c.step) for c in data.care}
    for d in data.digital:
        key = [d.provider, d.service, d.step]
        if (d.service, d.step) not in treated:
            yield error("IN-13", "Digital", key, f"Care has no {d.step}-intensity row for {d.service}.", "Add the row, or delete this one.")
        if d.price_pounds == 0:
            yield warning("IN-11", "Digital", key, "Courses cost nothing.", "Check the price.")
        if d.price_pounds > USUAL_COURSE_PRICE:
            what = f"£{d.price_pounds:,.0f} for one course is more than a service's own course costs."
            yield warning("IN-11", "Digital", key, what, "Check that it is the price of a course, not of a block.")
        if d.maximum == 0 or d.maximum_share == 0:
            yield warning(
                "IN-14", "Digital", key, "Nothing can be bought: the most blocks or the largest share is 0.", "Raise it, or delete the row."
            )
        if d.quality > 1:
            what = f"Bought courses are completed {d.quality:g} times as often as the service's own."
            yield warning("IN-11", "Digital", key, what, "Check quality.")
