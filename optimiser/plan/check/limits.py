"""Limits: what each bounds, and rule L1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.check.findings import gap_of
from optimiser.plan.check.simulation import Sums
from optimiser.plan.check.training import takes_in
from optimiser.plan.data import Shortfall, quarter_label, quarter_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optimiser.plan.check.findings import Gap
    from optimiser.plan.check.simulation import Key, Plan
    from optimiser.plan.data import Decision, Limit, PlanInput


def limit_universe(data: PlanInput, decision: Decision) -> list[tuple[str, ...]]:
    """Service and item, or service, item and to item, of everything that a limit on a decision can bound.

    * posts, hires, releases, posts_filled: every service and qualified post; staff: every service and post, trainees too;
    * over_establishment, reduced_hours: the rows of Over establishment, of Reduced hours;
    * intake: every service and programme;
    * conversions, moves: every service and Flow out of a trainee post, out of a qualified post;
    * supervisors_trained: every service and row of Supervision givers;
    * outreach_clinical, outreach_worker: the rows of Outreach; digital: the rows of Digital;
    * starts, waiting, completed, recovered, entering: the rows of Care;
    * group_starts, integrated_starts: the rows of Group courses, of Integrated care; retention: every service and measure of Retention measures;
    * rooms: the rows of Rooms; targeted_places: the rows of Representation; came: the rows of Communities.
    """
    services = [s.service for s in data.services]
    trainee = {p.post for p in data.posts if p.contract == "trainee"}
    match decision:
        case "over_establishment":
            return [(o.service, o.post) for o in data.over_establishment if o.post not in trainee]
        case "reduced_hours":
            return [(r.service, r.post) for r in data.reduced_hours if r.post not in trainee]
        case "posts" | "hires" | "releases" | "posts_filled":
            return [(s, p.post) for s in services for p in data.posts if p.post not in trainee]
        case "staff":
            return [(s, p.post) for s in services for p in data.posts]
        case "intake":
            return [(s, g.programme) for s in services for g in data.programmes]
        case "conversions":
            return [(s, f.from_post, f.to_post) for s in services for f in data.flows if f.from_post in trainee]
        case "moves":
            return [(s, f.from_post, f.to_post) for s in services for f in data.flows if f.from_post not in trainee]
        case "supervisors_trained":
            return [(s, giver.post, giver.kind) for s in services for giver in data.supervision_givers]
        case "outreach_clinical" | "outreach_worker":
            return [(o.service, o.community) for o in data.outreach]
        case "digital":
            return [(d.service, d.provider, d.step) for d in data.digital]
        case "group_starts":
            return [(g.service, g.step) for g in data.group_courses]
        case "integrated_starts":
            return [(r.service, r.step) for r in data.integrated_care]
        case "retention":
            return [(r.service, r.measure) for r in data.retention_measures]
        case "rooms":
            return [(r.service, r.site) for r in data.rooms]
        case "targeted_places":
            return [(r.service, r.post, r.group) for r in data.representation if r.post not in trainee]
        case "came":
            return [(c.service, c.community) for c in data.communities]
        case "starts" | "waiting" | "completed" | "recovered" | "entering":
            return [(c.service, c.step) for c in data.care]


def limit_cells(data: PlanInput, limit: Limit) -> Iterator[Key]:
    """What a limit bounds: keys (service, item, quarter number from 1), or (service, item, to item, quarter number).

    Services, items and quarters that the limit leaves blank mean every one there can be (:func:`limit_universe`). Posts and rooms have the
    financial year's label in place of the quarter, once for each year the window touches; intakes count only in the programme's
    intake quarters, and retention measures once, in the first quarter of the window.
    """
    first = quarter_number(data.settings.first_quarter)
    begin = 1 if limit.from_quarter is None else max(1, quarter_number(limit.from_quarter) - first + 1)
    end = data.settings.quarters if limit.to_quarter is None else min(data.settings.quarters, quarter_number(limit.to_quarter) - first + 1)
    window = range(begin, end + 1)
    programmes = {g.programme: g for g in data.programmes}
    for service, *items in limit_universe(data, limit.decision):
        if limit.service not in ("", service) or limit.item not in ("", items[0]) or (limit.to_item and [limit.to_item] != items[1:]):
            continue
        when: Iterable[int | str] = window
        if limit.decision in ("posts", "rooms"):
            when = dict.fromkeys(quarter_label(first + t - 1)[:7] for t in window)
        elif limit.decision == "intake":
            when = [t for t in window if takes_in(programmes[items[0]], first + t - 1)]
        elif limit.decision == "retention":
            when = window[:1]
        for t in when:
            yield (service, *items, t)


# --- the rule ---------------------------------------------------------------------------------------------------------


def _entering(plan: Plan) -> Sums:
    """Courses started less those whose people came up from low intensity, by service, step and quarter."""
    found = Sums(plan.started)
    for s, step in plan.care:
        if step == "high" and (s, "low") in plan.care:
            for t in plan.times:
                found.add((s, step, t), -plan.care[s, "low"].step_up * plan.started[s, "low", t - 1])
    return found


def _limit_gap(limit: Limit, value: float, bound: float, service: str, item: str, quarter: str) -> Gap:
    over, under = max(0.0, value - bound), max(0.0, bound - value)
    short = {"at most": over, "at least": under, "exactly": over + under}[limit.sense]
    row = Shortfall(rule=limit.limit, service=service, item=item, quarter=quarter, short=short)
    return gap_of("L1", row, 1.0, f"{limit.limit}: {limit.decision} {value:,.6g}, {limit.sense} {bound:,.6g} wanted", scale=(value, bound))


def l1_limits(plan: Plan) -> Iterator[Gap]:
    """L1: every limit of the option holds, or the shortfall is stated."""
    measured: dict[str, Sums] = {
        "posts": plan.established,
        "staff": plan.staff,
        "posts_filled": plan.filled,
        "over_establishment": plan.over,
        "reduced_hours": plan.reduced,
        "hires": plan.hires,
        "intake": plan.intakes,
        "conversions": plan.conversions,
        "moves": plan.moves,
        "releases": plan.releases,
        "supervisors_trained": plan.courses,
        "outreach_clinical": plan.clinical,
        "outreach_worker": plan.workers,
        "digital": plan.blocks,
        "starts": plan.starts,
        "waiting": plan.waiting,
        "rooms": plan.rented,
        "targeted_places": plan.targeted,
        "came": plan.came,
        "completed": plan.completed,
        "recovered": plan.recovered,
        "entering": _entering(plan),
        "group_starts": plan.group_starts,
        "integrated_starts": plan.integrated_starts,
        "retention": Sums({(s, name, t): taken for (name, s), taken in plan.taken.items() for t in plan.times}),
    }
    established = Sums({(row.service, row.post): row.established for row in plan.data.staff})
    for limit in plan.data.limits:
        if limit.option not in ("", plan.option):
            continue
        shared = limit.basis == "share of established"
        total, total_bound = 0.0, 0.0 if shared else limit.value
        for key in limit_cells(plan.data, limit):
            service, *items, when = key
            value, share = measured[limit.decision][key], limit.value * established[key[:2]] if shared else 0.0
            total, total_bound = total + value, total_bound + share
            if limit.scope == "each":
                quarter = when if isinstance(when, str) else plan.quarter(when)
                yield _limit_gap(limit, value, share if shared else limit.value, service, " / ".join(items), quarter)
        if limit.scope == "total":
            yield _limit_gap(limit, total, total_bound, "", "", "")
