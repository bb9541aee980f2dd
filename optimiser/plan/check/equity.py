"""Fairness: who comes from each community and who is in post of each group, and rules E1 and E2."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from optimiser.plan.check.findings import above, differs, stated_in, tolerance
from optimiser.plan.check.people import quarterly
from optimiser.plan.check.simulation import Sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.simulation import Plan
    from optimiser.result import Finding


def follow_access(plan: Plan) -> None:
    """Who comes from each community, and how many that is short of its share of need in the referrals without outreach (rule E1)."""
    referrals = Sums({(row.service, row.quarter): row.referrals for row in plan.data.demand})
    for row in plan.data.communities:
        for t in plan.times:
            key, anyhow = (row.service, row.community, t), referrals[row.service, plan.quarter(t)]
            plan.came[key] = row.referred * anyhow + plan.reached[key]
            plan.access_short[key] = max(0.0, row.need * anyhow - plan.came[key])


def follow_representation(plan: Plan) -> None:
    """Expected staff of groups: their share now of all, and what each quarter's arrivals add to that, leavers taken off (rule E2)."""
    lost = {(r.service, r.post): r.lost_on_arrival for r in plan.data.recruitment}
    fresh = plan.data.settings.first_year_quarters
    for row in plan.data.representation:
        s, p, g = row.service, row.post, row.group
        if p not in plan.qualified:
            continue
        stay_first, stay_later = quarterly(plan.posts[p].leavers_first_year), quarterly(plan.posts[p].leavers_later)
        added: list[float] = []  # by quarter of arrival, of those still there
        for t in plan.times:
            added = [people * (stay_first if t - 1 - since < fresh else stay_later) for since, people in enumerate(added, 1)]
            hired = plan.hires[s, p, t] * (1 - lost.get((s, p), 0.0))
            inside = plan.arrivals[s, p, t] - hired
            added.append(row.hired * hired + row.promoted * inside + plan.targeted[s, p, g, t] - row.now * plan.arrivals[s, p, t])
            plan.group[s, p, g, t] = row.now * plan.staff[s, p, t] + math.fsum(added)
            plan.group_short[s, p, g, t] = max(0.0, row.target * plan.staff[s, p, t] - plan.group[s, p, g, t])


# --- rules ------------------------------------------------------------------------------------------------------------


def e1_access(plan: Plan) -> Iterator[Finding]:
    """E1: those who come from a community, and how many are short of its share of need, are stated rightly."""
    table = plan.tables["access"]
    for row in plan.data.communities:
        for t in plan.times:
            key = (row.service, row.community, t)
            place, room = f"{row.service}, {row.community}, {plan.quarter(t)}", tolerance(plan.came[key], plan.access_short[key])
            yield from differs("E1", place, "People who come", stated_in(table, key, "came"), plan.came[key], room)
            yield from differs("E1", place, "People short", stated_in(table, key, "short"), plan.access_short[key], room)


def e2_representation(plan: Plan) -> Iterator[Finding]:
    """E2: targeted places bring a group to at most its largest share of those who take up the post, and its staff are stated rightly."""
    table = plan.tables["representation"]
    lost = {(r.service, r.post): r.lost_on_arrival for r in plan.data.recruitment}
    for row in plan.data.representation:
        s, p, g = row.service, row.post, row.group
        for t in plan.times:
            key, place = (s, p, g, t), f"{s}, {p}, {g}, {plan.quarter(t)}"
            hired = plan.hires[s, p, t] * (1 - lost.get((s, p), 0.0))
            bound = max(0.0, row.maximum - row.hired) * hired + max(0.0, row.maximum - row.promoted) * (plan.arrivals[s, p, t] - hired)
            yield from above("E2", place, "Targeted places", plan.targeted[key], bound if p in plan.qualified else 0.0, "WTE")
            room = tolerance(plan.staff[s, p, t])
            yield from differs("E2", place, "Staff of the group", stated_in(table, key, "wte"), plan.group[key], room)
            yield from differs("E2", place, "Staff of the group short", stated_in(table, key, "short"), plan.group_short[key], room)
