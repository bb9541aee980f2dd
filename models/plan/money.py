"""Chapter "Money" of the page: what is charged to which stream and year, budgets, no cliff edge, each service's money, payment by outcomes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pyomo.environ import Binary, ConcreteModel, NonNegativeReals, Var

from models.plan.care import recovered
from models.plan.people import posts
from models.plan.retention import cost_in_force
from optimiser.plan.data import year_label, year_number

if TYPE_CHECKING:
    from models.plan.facts import Expression

THOUSAND = 1000.0
"""Money enters the rows in thousands of pounds, so that their numbers are of the size of the others."""

Charges = dict[tuple[str, str, str, str], list[tuple[float, Any]]]
"""Pounds per unit and what is counted, by service, stream, year and item."""


def declare(m: ConcreteModel) -> None:
    """Decide how much of each budget row is carried over (thousands of pounds), and what outcomes earn; work out every charge once."""
    m.BUDGET = list(range(len(m.facts.budget)))
    m.carried = Var(m.BUDGET, domain=NonNegativeReals)
    m.charges = charges(m)
    payments = m.facts.outcome_payments
    m.income = Var(list(payments), domain=NonNegativeReals)
    m.claimed = Var([key for key, r in payments.items() if r.threshold > 0], domain=Binary)


def charges(m: ConcreteModel) -> Charges:
    """Every charge of rule B1: the budget rows, the cost term and the report's spending are sums of these."""
    d = m.facts
    found: Charges = defaultdict(list)
    planned = {y: sum(1 for t in d.T if d.year[t] == y) for y in d.data.years}
    for s in d.S:
        for p, r in d.post.items():
            for y in d.data.years:
                pounds = d.post_pence(s, p, y) / 100
                if r.contract != "trainee":
                    found[s, r.stream, y, "posts"].append((pounds * planned[y] / 4, posts(m, s, p, y)))
                elif p in d.programme_of:
                    found[s, r.stream, y, "trainees"] += [(pounds / 4, m.in_post[s, p, t]) for t in d.T if d.year[t] == y]
    for (s, g, t), intake in m.intake.items():
        found[s, d.programme[g].stream, d.year[t], "fees"].append((d.programme[g].fee_pounds, intake))
    for (s, _, k, t), people in m.trained.items():
        found[s, d.kind[k].stream, d.year[t], "supervisor courses"].append((d.kind[k].course_pounds, people))
    for (s, p, t), hires in m.hires.items():
        found[s, d.recruitment[s, p].stream, d.year[t], "recruitment"].append((d.recruitment[s, p].cost_pounds, hires))
    for (s, p, t), released in m.releases.items():
        found[s, d.post[p].stream, d.year[t], "releases"].append((d.post[p].release_pounds or 0.0, released))
    for (s, p, t), wte in m.over_establishment.items():
        pounds = d.post_pence(s, p, d.year[t]) / 100 + d.over_establishment[s, p].extra_pounds
        found[s, d.post[p].stream, d.year[t], "over establishment"].append((pounds / 4, wte))
    for (s, p, t), people in m.reduced_hours.items():
        found[s, d.post[p].stream, d.year[t], "reduced hours"].append((d.reduced_hours[s, p].extra_pounds / 4, people))
    for (p, q, s, t), moved in m.moves.items():
        found[s, d.post[q].stream, d.year[t], "moves"].append((d.flow[p, q].move_pounds, moved))
    for (s, c, t), hours in m.outreach_worker.items():
        found[s, d.outreach[s, c].stream, d.year[t], "outreach"].append((d.outreach[s, c].worker_pounds, hours))
    for s, name in m.MEASURES:
        for t in d.T:
            found[s, d.measures[name, s].stream, d.year[t], "retention"] += [(yearly / 4, what) for yearly, what in cost_in_force(m, s, name, t)]
    for (s, k, i, t), hours in m.interpreted.items():
        language = d.languages[s][k]
        pounds = language.interpreter_pounds * language.longer * d.session_share(s, i)
        found[s, language.stream, d.year[t], "interpreters"].append((pounds, hours))
    for (s, site, y), rented in m.rooms_rented.items():
        found[s, d.rooms[s, site].stream, y, "rooms"].append((d.rooms[s, site].room_pounds * planned[y] / 4, rented))
    for (s, p, g, t), places in m.targeted.items():
        found[s, d.representation[s, p, g].stream, d.year[t], "targeted places"].append((d.representation[s, p, g].place_pounds, places))
    for (v, s, i, t), blocks in m.blocks.items():
        r = d.digital[v, s, i]
        found[s, r.stream, d.year[t], "digital"].append((r.price_pounds * r.block, blocks))
    return {key: [(pounds, what) for pounds, what in rows if pounds] for key, rows in found.items()}


def b1_budget(m: ConcreteModel) -> None:
    """Charges fit into the money of the row and what was carried into it, less what is carried out."""
    d = m.facts
    number = {(r.stream, r.year, r.service): n for n, r in enumerate(d.budget)}
    for n, r in enumerate(d.budget):  # what stands for a year before the plan is spent: nothing is carried into the first
        next_year = (r.stream, year_label(year_number(r.year) + 1), r.service)
        m.carried[n].setub(r.carry_over * r.pounds / THOUSAND if next_year in number and r.year in d.data.years else 0.0)

    @m.Constraint([n for n, r in enumerate(d.budget) if r.year in d.data.years])
    def b1_budget(m: ConcreteModel, n: int) -> Expression:
        r = d.budget[n]
        money = r.pounds / THOUSAND + income(m, r.stream, r.year, r.service)
        before = number.get((r.stream, year_label(year_number(r.year) - 1), r.service))
        carried_in = m.carried[before] if before is not None else 0.0
        return charged(m, r.stream, r.year, r.service) <= money + carried_in - m.carried[n] + m.short["B1", r.service, r.stream, r.year] / THOUSAND


def b2_no_cliff_edge(m: ConcreteModel) -> None:
    """Posts of the last year, who is above them at its end and measures in force then can be paid for in the year after, if its money is known."""
    d = m.facts
    last = d.data.years[-1]
    after = year_label(year_number(last) + 1)

    @m.Constraint([n for n, r in enumerate(d.budget) if r.year == after])
    def b2_no_cliff_edge(m: ConcreteModel, n: int) -> Expression:
        r = d.budget[n]
        pay = sum(
            d.post_pence(s, p, after) / 100 / THOUSAND * posts(m, s, p, last)
            for s, p in m.SP
            if d.post[p].stream == r.stream and r.service in ("", s)
        )
        pay += sum(
            (d.post_pence(s, p, after) / 100 + d.over_establishment[s, p].extra_pounds) / THOUSAND * m.over_establishment[s, p, d.T[-1]]
            for s, p in m.OVER
            if d.post[p].stream == r.stream and r.service in ("", s)
        )
        pay += sum(
            pounds / THOUSAND * what
            for s, name in m.MEASURES
            if d.measures[name, s].stream == r.stream and r.service in ("", s)
            for pounds, what in cost_in_force(m, s, name, d.T[-1])
        )
        money = r.pounds / THOUSAND + income(m, r.stream, r.year, r.service)
        return pay <= money + m.short["B2", r.service, r.stream, r.year] / THOUSAND


def b3_service_money(m: ConcreteModel) -> None:
    """What a service spends in a year is between its floor and its ceiling."""
    d = m.facts

    @m.Constraint([key for key, r in d.service_money.items() if r.floor_pounds > 0])
    def b3_floor(m: ConcreteModel, s: str, year: str, stream: str) -> Expression:
        floor = d.service_money[s, year, stream].floor_pounds / THOUSAND
        return charged(m, stream, year, s) + m.short["B3", s, stream, year] / THOUSAND >= floor

    @m.Constraint([key for key, r in d.service_money.items() if r.ceiling_pounds is not None])
    def b3_ceiling(m: ConcreteModel, s: str, year: str, stream: str) -> Expression:
        ceiling = (d.service_money[s, year, stream].ceiling_pounds or 0.0) / THOUSAND
        return charged(m, stream, year, s) <= ceiling + m.short["B3", s, stream, year] / THOUSAND


def b4_outcome_payments(m: ConcreteModel) -> None:
    """What outcomes earn: the payment for each one above the threshold of the year, up to the cap; nothing below the threshold."""
    d = m.facts
    for key, r in d.outcome_payments.items():
        m.income[key].setub(r.cap_pounds / THOUSAND)

    @m.Constraint(m.income.index_set())
    def b4_earned(m: ConcreteModel, s: str, step: str, measure: str, year: str) -> Expression:
        r = d.outcome_payments[s, step, measure, year]
        threshold = r.threshold * m.claimed[s, step, measure, year] if r.threshold > 0 else 0.0
        return m.income[s, step, measure, year] <= r.payment_pounds / THOUSAND * (outcomes(m, s, step, measure, year) - threshold)

    @m.Constraint(m.claimed.index_set())
    def b4_only_above_the_threshold(m: ConcreteModel, s: str, step: str, measure: str, year: str) -> Expression:
        cap = d.outcome_payments[s, step, measure, year].cap_pounds / THOUSAND
        return m.income[s, step, measure, year] <= cap * m.claimed[s, step, measure, year]


def outcomes(m: ConcreteModel, s: str, step: str, measure: str, year: str) -> Expression:
    """Courses completed, or reliable recoveries, of a financial year."""
    d = m.facts
    return sum(m.completed[s, step, t] if measure == "completed courses" else recovered(m, s, step, t) for t in d.T if d.year[t] == year)


def charged(m: ConcreteModel, stream: str, year: str, service: str) -> Expression:
    """Charges of a year in thousands of pounds, of one stream or (blank) all, of one service or (blank) all."""
    return sum(
        pounds / THOUSAND * what
        for (s, paid_by, y, _), rows in m.charges.items()
        if y == year and stream in ("", paid_by) and service in ("", s)
        for pounds, what in rows
    )


def income(m: ConcreteModel, stream: str, year: str, service: str) -> Expression:
    """What outcomes add to a budget row, in thousands of pounds."""
    return sum(
        m.income[s, step, measure, earned]
        for (s, step, measure, earned), r in m.facts.outcome_payments.items()
        if stream == r.stream and service in ("", s) and year == (earned if r.paid == "same year" else year_label(year_number(earned) + 1))
    )
