"""Rule L1 of the page: pins and bounds that users set on decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.plan.care import recovered, started, stepped_up
from models.plan.equity import came
from models.plan.people import posts, posts_filled

if TYPE_CHECKING:
    from pyomo.environ import ConcreteModel

    from models.plan.facts import Expression, Facts
    from optimiser.plan.data import Limit

Place = tuple[str, str, str, int]
"""Service, item, second item (or blank) and quarter at which a decision stands."""
Key = tuple[str, str, str, int | str]
"""The limit's name, service, both items, and quarter or (posts, rooms) financial year; blanks and 0 for a total."""

YEARLY = ("posts", "rooms")
"""Decisions that hold for a financial year."""


def places(d: Facts, limit: Limit) -> list[Place]:
    """Where a limit applies: every matching service, item and quarter of its window."""
    qualified = set(d.qualified)
    pairs: dict[str, list[tuple[str, str, str]]] = {
        "posts": [(s, p, "") for s in d.S for p in d.qualified],
        "staff": [(s, p, "") for s in d.S for p in d.post],
        "hires": [(s, p, "") for s in d.S for p in d.qualified],
        "posts_filled": [(s, p, "") for s in d.S for p in d.qualified],
        "over_establishment": [(s, p, "") for s, p in d.over_establishment],
        "reduced_hours": [(s, p, "") for s, p in d.reduced_hours],
        "releases": [(s, p, "") for s in d.S for p in d.qualified],
        "intake": [(s, g, "") for s in d.S for g in d.programme],
        "conversions": [(s, a, b) for s in d.S for _, a, b in d.conversions],
        "moves": [(s, a, b) for s in d.S for a, b, _ in d.moves if a in qualified],
        "supervisors_trained": [(s, p, k) for s in d.S for p, k in d.gives],
        "outreach_clinical": [(s, c, "") for s, c in d.outreach],
        "outreach_worker": [(s, c, "") for s, c in d.outreach],
        "digital": [(s, v, i) for v, s, i in d.digital],
        "starts": [(s, i, "") for s, i in d.care],
        "waiting": [(s, i, "") for s, i in d.care],
        "completed": [(s, i, "") for s, i in d.care],
        "recovered": [(s, i, "") for s, i in d.care],
        "entering": [(s, i, "") for s, i in d.care],
        "group_starts": [(s, i, "") for s, i in d.group_courses],
        "integrated_starts": [(s, i, "") for s, i in d.integrated],
        "retention": [(s, name, "") for name, s in d.measures],
        "rooms": [(s, site, "") for s, site in d.rooms],
        "targeted_places": list(d.representation),
        "came": [(s, c, "") for s, c in d.communities],
    }
    first = d.index(limit.from_quarter) if limit.from_quarter else 1
    last = d.index(limit.to_quarter) if limit.to_quarter else len(d.T)
    window = [t for t in d.T if first <= t <= last]
    wanted = [(s, a, b) for s, a, b in pairs[limit.decision] if limit.service in ("", s) and limit.item in ("", a) and limit.to_item in ("", b)]
    if limit.decision in YEARLY:  # they hold for a year and count once for it
        window = [t for t in window if t == window[0] or d.year[t] != d.year[t - 1]]
    elif limit.decision == "retention":  # they hold for the whole plan
        window = window[:1]
    return [(s, a, b, t) for s, a, b in wanted for t in window if limit.decision != "intake" or t in d.intake_quarters[a]]


def amount(m: ConcreteModel, decision: str, place: Place) -> Expression:
    """The decision's amount at a place; 0 where there is nothing to decide."""
    d = m.facts
    s, a, b, t = place
    programme = {trainee: g for g, trainee, _ in d.conversions}
    match decision:
        case "posts":
            return posts(m, s, a, d.year[t])
        case "staff":
            return m.in_post[s, a, t]
        case "hires":
            return m.hires[s, a, t] if (s, a, t) in m.hires else 0.0
        case "releases":
            return m.releases[s, a, t] if (s, a, t) in m.releases else 0.0
        case "intake":
            return m.intake[s, a, t]
        case "conversions":
            return m.conversions[programme[a], b, s, t]
        case "moves":
            return m.moves[a, b, s, t]
        case "supervisors_trained":
            return m.trained[s, a, b, t] if (a, b, t) in m.COURSES else 0.0
        case "outreach_clinical":
            return m.outreach_clinical[s, a, t]
        case "outreach_worker":
            return m.outreach_worker[s, a, t]
        case "digital":
            return m.blocks[a, s, b, t]
        case "posts_filled":
            return posts_filled(m, s, a, t)
        case "over_establishment":
            return m.over_establishment[s, a, t]
        case "reduced_hours":
            return m.reduced_hours[s, a, t]
        case "starts":
            return m.starts[s, a, t]
        case "group_starts":
            return m.group_starts[s, a, t]
        case "integrated_starts":
            return m.integrated_starts[s, a, t]
        case "retention":
            return m.measure[s, a]
        case "completed":
            return m.completed[s, a, t]
        case "recovered":
            return recovered(m, s, a, t)
        case "entering":
            return started(m, s, a, t) - stepped_up(m, s, a, t)
        case "rooms":
            return m.rooms_rented[s, a, d.year[t]]
        case "targeted_places":
            return m.targeted[s, a, b, t] if (s, a, b, t) in m.targeted else 0.0
        case "came":
            return came(m, s, a, t)
        case _:
            return m.waiting[s, a, t]


def bound(d: Facts, limit: Limit, place: Place) -> float:
    """The bound at a place, shares of the posts established at the start worked out."""
    return limit.value if limit.basis == "number" else limit.value * d.established(place[0], place[1])


def key(d: Facts, limit: Limit, place: Place) -> Key:
    """Index of the shortfall of a limit at a place."""
    s, a, b, t = place
    return limit.limit, s, f"{a} / {b}" if b else a, d.year[t] if limit.decision in YEARLY else t


def shortfall_places(d: Facts) -> list[Key]:
    """Index of every shortfall of rule L1."""
    found: list[Key] = []
    for r in d.limits:
        found += [(r.limit, "", "", 0)] if r.scope == "total" else [key(d, r, place) for place in places(d, r)]
    return found


def l1_limits(m: ConcreteModel) -> None:
    """Every limit holds, or is short by an amount that is stated."""
    d = m.facts
    rows: dict[Key, tuple[Expression, str, float]] = {}
    for r in d.limits:
        where = places(d, r)
        if r.scope == "total":
            total = sum(amount(m, r.decision, place) for place in where)
            rows[r.limit, "", "", 0] = (total, r.sense, sum(bound(d, r, place) for place in where) if r.basis != "number" else r.value)
        else:
            rows |= {key(d, r, place): (amount(m, r.decision, place), r.sense, bound(d, r, place)) for place in where}

    @m.Constraint([key for key, (_, sense, _) in rows.items() if sense != "at least"])
    def l1_at_most(m: ConcreteModel, limit: str, s: str, item: str, t: int | str) -> Expression:
        what, _, value = rows[limit, s, item, t]
        return what <= value + m.short[limit, s, item, t]

    @m.Constraint([key for key, (_, sense, _) in rows.items() if sense != "at most"])
    def l1_at_least(m: ConcreteModel, limit: str, s: str, item: str, t: int | str) -> Expression:
        what, _, value = rows[limit, s, item, t]
        return what + m.short[limit, s, item, t] >= value
