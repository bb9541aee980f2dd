"""People: qualified staff in post quarter by quarter, and rules P1 to P5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.check.findings import above, differs, fault, stated_in, tolerance
from optimiser.plan.check.retention import measures_in_force
from optimiser.plan.check.simulation import Sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.simulation import Plan
    from optimiser.result import Finding


def quarterly(yearly: float) -> float:
    """Share that stays for a quarter, from the share that leaves in a year."""
    return float((1 - yearly) ** 0.25)


def follow_staff(plan: Plan) -> None:
    """Qualified staff in post, first-year and later, from hires, moves, conversions and releases (rule P1)."""
    lost = Sums({(f.from_post, f.to_post): f.lost_on_move for f in plan.data.flows if f.from_post in plan.qualified})
    never_there = Sums({(r.service, r.post): r.lost_on_arrival for r in plan.data.recruitment})
    for (s, from_post, to_post, t), wte in plan.moves.items():
        plan.moved_out.add((s, from_post, t), wte)
        plan.moved_in.add((s, to_post, t), wte)
    for (s, p, t), wte in plan.hires.items():
        if p in plan.qualified:
            plan.arrivals.add((s, p, t), wte * (1 - never_there[s, p]))
    for source in (plan.moves, plan.conversions):
        for (s, from_post, to_post, t), wte in source.items():
            if to_post in plan.qualified:  # those who enter training are among the people of the intake already
                plan.arrivals.add((s, to_post, t), wte * (1 - lost[from_post, to_post]))
    share = Sums({(r.service, r.post): r.share for r in plan.data.reduced_hours})
    year = plan.data.settings.first_year_quarters
    before = {(row.service, row.post): row for row in plan.data.staff}
    measures = measures_in_force(plan)
    for s in plan.services:
        for p in plan.qualified:
            stay_first, stay_later = quarterly(plan.posts[p].leavers_first_year), quarterly(plan.posts[p].leavers_later)
            row = before.get((s, p))
            fresh = row.first_year / year if row and year else 0.0
            plan.staff[s, p, 0] = row.in_post if row else 0.0
            plan.later[s, p, 0] = row.in_post - row.first_year if row else 0.0
            for t in plan.times:
                # Of those in their first year on the eve, the ones aged a turn to later staff in quarter 4 − a.
                ripe = fresh * stay_first**t if t <= year else plan.arrivals[s, p, t - year] * stay_first**year
                gone = plan.moved_out[s, p, t] + plan.releases[s, p, t]
                kept = 0.0
                for name, avoided, quarters in measures[s, p]:
                    if t - 1 in quarters:
                        stay = plan.taken[name, s] * avoided * (1 - stay_later) * plan.later[s, p, t - 1]
                        plan.kept.add((name, s), stay)
                        kept += stay
                plan.later[s, p, t] = stay_later * plan.later[s, p, t - 1] + kept + ripe - gone
                new = sum(plan.arrivals[s, p, t - a] * stay_first**a for a in range(min(year, t)))
                plan.staff[s, p, t] = plan.later[s, p, t] + new + max(0, year - t) * fresh * stay_first**t
                plan.given_up[s, p, t] = (1 - share[s, p]) * plan.reduced[s, p, t]
                plan.filled[s, p, t] = plan.staff[s, p, t] - plan.given_up[s, p, t] - plan.over[s, p, t]
                plan.leavers[s, p, t] = plan.staff[s, p, t - 1] + plan.arrivals[s, p, t] - gone - plan.staff[s, p, t]


# --- rules ------------------------------------------------------------------------------------------------------------


def p1_staff_in_post(plan: Plan) -> Iterator[Finding]:
    """P1: staff in post follow from arrivals and leavers, only later staff move or are released, and the answer states them rightly."""
    table = plan.tables["staff"]
    for s in plan.services:
        for p in plan.qualified:
            for t in plan.times:
                place = f"{s}, {p}, {plan.quarter(t)}"
                own, later = plan.staff[s, p, t], plan.later[s, p, t]
                if later < -tolerance(plan.staff[s, p, t - 1], plan.moved_out[s, p, t], plan.releases[s, p, t]):
                    yield fault("P1", place, f"{-later:,.4g} more WTE move or are released than have been in post for a year.", -later)
                for name, value in (("wte", own), ("arrivals", plan.arrivals[s, p, t]), ("leavers", plan.leavers[s, p, t])):
                    what = "Staff in post" if name == "wte" else name.capitalize()
                    yield from differs("P1", place, what, stated_in(table, (s, p, t), name), value, tolerance(own))


def p1_whole_people(plan: Plan) -> Iterator[Finding]:
    """P1: hires, moves, graduates kept on, ended contracts and people on reduced hours are whole where Settings says so."""
    decided = {"Hires": plan.hires, "Moves": plan.moves, "Conversions": plan.conversions, "Releases": plan.releases, "Reduced hours": plan.reduced}
    for what, people in decided.items() if plan.data.settings.whole_people else ():
        for (*place, t), number in people.items():
            off = abs(number - round(number))
            if off > 0:
                yield fault("P1", f"{', '.join(place)}, {plan.quarter(t)}", f"{what}: {number:,.6g} is not a whole number of people.", off)


def p2_time_in_post(plan: Plan) -> Iterator[Finding]:
    """P2: staff move only along Flows, and only when they have been in post for the flow's minimum number of quarters."""
    minimum = {(f.from_post, f.to_post): f.minimum_quarters for f in plan.data.flows}
    moved = Sums()
    for (s, from_post, to_post, t), wte in plan.moves.items():
        if from_post in plan.training or (from_post, to_post) not in plan.flows:
            if abs(wte) > tolerance():
                yield fault("P2", f"{s}, {from_post}, {plan.quarter(t)}", f"{wte:,.4g} WTE move to {to_post}, and Flows has no such move.", wte)
            continue
        moved.add((s, from_post, t, minimum[from_post, to_post]), wte)
    before = {(row.service, row.post): row for row in plan.data.staff}
    year = plan.data.settings.first_year_quarters
    for p in plan.qualified:
        minima = sorted({n for (from_post, _), n in minimum.items() if from_post == p})
        stay_first, stay_later = quarterly(plan.posts[p].leavers_first_year), quarterly(plan.posts[p].leavers_later)
        for s in plan.services:
            row = before.get((s, p))
            for n in (m for m in minima if m > year):
                between = (row.in_post - row.first_year - row.long_serving) / (n - year) if row else 0.0
                eligible = row.long_serving if row else 0.0
                for t in plan.times:
                    if t > n:
                        ripe = plan.arrivals[s, p, t - n] * stay_first**year * stay_later ** (n - year)
                    elif t > n - year:  # first-year staff on the eve, of age n − t
                        ripe = row.first_year / year * stay_first ** (year - (n - t)) * stay_later ** (n - year) if row else 0.0
                    else:
                        ripe = between * stay_later**t
                    gone = sum(moved[s, p, t, m] for m in minima if m >= n)
                    # The rule lets eligible staff be fewer than this but never more; the most is the best for every later quarter.
                    eligible = min(stay_later * eligible + ripe - gone, max(0.0, plan.later[s, p, t]))
                    if eligible < -tolerance(gone):
                        what = f"{gone:,.4g} WTE move and {-eligible:,.4g} of them have not been in post for {n} quarters."
                        yield fault("P2", f"{s}, {p}, {plan.quarter(t)}", what, -eligible)
                    eligible = max(0.0, eligible)


def p3_posts(plan: Plan) -> Iterator[Finding]:
    """P3: the posts filled are at most those established, which are a whole number of the service's post unit."""
    for (s, p, year), wte in plan.established.items():
        unit = plan.services[s].post_unit
        if p not in plan.qualified and abs(wte) > tolerance():
            yield fault("P3", f"{s}, {p}, {year}", "Posts are established for qualified staff; trainees come by intakes.", wte)
        off = abs(wte - unit * round(wte / unit))
        if off > tolerance():
            yield fault("P3", f"{s}, {p}, {year}", f"{wte:,.6g} posts is not a whole number of {unit:g} WTE.", off)
    for s in plan.services:
        for p in plan.qualified:
            for t in plan.times:
                place = f"{s}, {p}, {plan.quarter(t)}"
                yield from above("P3", place, "Posts filled", plan.filled[s, p, t], plan.established[s, p, plan.year(t)], "WTE")


def p4_labour_market(plan: Plan) -> Iterator[Finding]:
    """P4: hires are at most what the labour market gives, none arrive before the lead time has passed, and none are trainees."""
    markets = {(r.service, r.post): r for r in plan.data.recruitment}
    for (s, p, t), wte in plan.hires.items():
        market = markets.get((s, p))
        bound = market.maximum if market and t > market.lead and p in plan.qualified else 0.0
        yield from above("P4", f"{s}, {p}, {plan.quarter(t)}", "Hires", wte, bound, "WTE")


def p5_releases(plan: Plan) -> Iterator[Finding]:
    """P5: contracts are ended only where the post has a release cost, and trainees' are not."""
    for (s, p, t), wte in plan.releases.items():
        if wte > tolerance() and (plan.posts[p].release_pounds is None or p not in plan.qualified):
            yield fault("P5", f"{s}, {p}, {plan.quarter(t)}", f"Contracts of {wte:,.4g} WTE are ended, and the post's cannot be.", wte)
