"""Chapter "Money" of the page: what is charged to which stream and year, budgets, no cliff edge; and the limits users set."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pyomo.environ import ConcreteModel, NonNegativeReals, Var

from models.plan.people import posts
from optimiser.plan.data import year_label, year_number

if TYPE_CHECKING:
    from models.plan.facts import Expression

THOUSAND = 1000.0
"""Money enters the rows in thousands of pounds, so that their numbers are of the size of the others."""

Charges = dict[tuple[str, str, str, str], list[tuple[float, Any]]]
"""Pounds per unit and what is counted, by service, stream, year and item."""


def declare(m: ConcreteModel) -> None:
    """Decide how much of each budget row is carried over (thousands of pounds); work out every charge once."""
    m.BUDGET = list(range(len(m.facts.budget)))
    m.carried = Var(m.BUDGET, domain=NonNegativeReals)
    m.charges = charges(m)


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
    recruitment = {(r.service, r.post): r for r in d.data.recruitment}
    for (s, p, t), hires in m.hires.items():
        found[s, recruitment[s, p].stream, d.year[t], "recruitment"].append((recruitment[s, p].cost_pounds, hires))
    for (s, p, t), released in m.releases.items():
        found[s, d.post[p].stream, d.year[t], "releases"].append((d.post[p].release_pounds or 0.0, released))
    for (s, c, t), hours in m.outreach_worker.items():
        found[s, d.outreach[s, c].stream, d.year[t], "outreach"].append((d.outreach[s, c].worker_pounds, hours))
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
        charged = sum(
            pounds / THOUSAND * what
            for (s, stream, year, _), rows in m.charges.items()
            if (stream, year) == (r.stream, r.year) and r.service in ("", s)
            for pounds, what in rows
        )
        before = number.get((r.stream, year_label(year_number(r.year) - 1), r.service))
        carried_in = m.carried[before] if before is not None else 0.0
        return charged <= r.pounds / THOUSAND + carried_in - m.carried[n] + m.short["B1", r.service, r.stream, r.year] / THOUSAND


def b2_no_cliff_edge(m: ConcreteModel) -> None:
    """The posts of the last year can be paid for in the year after, where its money is known."""
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
        return pay <= r.pounds / THOUSAND + m.short["B2", r.service, r.stream, r.year] / THOUSAND
