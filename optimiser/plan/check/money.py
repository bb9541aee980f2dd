"""Money: which rows hold for an option, what is charged and earned, and rules B1 to B4."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from optimiser.plan.check.findings import differs, fault, gap_of, stated_in, tolerance, tolerance_pounds
from optimiser.plan.check.retention import measure_pounds
from optimiser.plan.check.simulation import Sums, quarters_from
from optimiser.plan.data import STEPS, Shortfall, year_label, year_number
from optimiser.plan.pay import PayTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optimiser.plan.check.findings import Gap
    from optimiser.plan.check.simulation import Key, Plan
    from optimiser.plan.data import Budget, OutcomePayment, PlanInput, ServiceMoney
    from optimiser.result import Finding


# --- rows that hold for an option -------------------------------------------------------------------------------------


def budget_rows(data: PlanInput, option: str) -> tuple[Budget, ...]:
    """Budget rows that hold for an option: its own, and the blank ones it has no row of its own for."""
    own = {(r.stream, r.year, r.service) for r in data.budget if r.option == option}
    return tuple(r for r in data.budget if r.option == option or (not r.option and (r.stream, r.year, r.service) not in own))


def service_money_rows(data: PlanInput, option: str) -> tuple[ServiceMoney, ...]:
    """Floors and ceilings in the years planned that hold for an option: its own, and the blank ones it has no row of its own for."""
    own = {(r.service, r.year, r.stream) for r in data.service_money if r.option == option}
    rows = (r for r in data.service_money if r.option == option or (not r.option and (r.service, r.year, r.stream) not in own))
    return tuple(r for r in rows if r.year in data.years)


def outcome_payment_rows(data: PlanInput, option: str) -> tuple[OutcomePayment, ...]:
    """Outcome payments that can be earned in the plan under an option: its own, and the blank ones it has no row of its own for."""
    treated = {(c.service, c.step) for c in data.care}
    own = {(r.service, r.step, r.measure, r.year) for r in data.outcome_payments if r.option == option}
    rows = (r for r in data.outcome_payments if r.option == option or (not r.option and (r.service, r.step, r.measure, r.year) not in own))
    return tuple(r for r in rows if r.year in data.years and (r.service, r.step) in treated)


# --- what follows from the decisions ----------------------------------------------------------------------------------


def _post_pence(plan: Plan) -> Callable[[str, str, str], int]:
    """Yearly cost of a WTE in pence by service, post and year, each worked out once."""
    table = PayTable(plan.data)
    known: dict[Key, int] = {}

    def cost(service: str, post: str, year: str) -> int:
        key = (service, post, year)
        if key not in known:
            known[key] = table.cost(plan.services[service], plan.posts[post], year).total
        return known[key]

    return cost


def follow_money(plan: Plan) -> None:
    """Charges by service, stream, year and item (rule B1), summed in pence and turned into pounds at the end."""
    cost = _post_pence(plan)
    pence = Sums()

    def charge(service: str, stream: str, year: str, item: str, amount: float) -> None:
        if amount:
            pence.add((service, stream, year, item), amount)

    quarters = Counter(label[:7] for label in plan.labels)
    for (s, p, year), wte in plan.established.items():
        if wte:
            charge(s, plan.posts[p].stream, year, "posts", wte * cost(s, p, year) * quarters[year] / 4)
    for s in plan.services:
        for p in plan.training:
            for t in plan.times:
                if plan.staff[s, p, t]:
                    year = plan.year(t)
                    charge(s, plan.posts[p].stream, year, "trainees", plan.staff[s, p, t] * cost(s, p, year) / 4)
    programmes = {g.programme: g for g in plan.data.programmes}
    for (s, g, t), people in plan.intakes.items():
        charge(s, programmes[g].stream, plan.year(t), "fees", 100 * people * programmes[g].fee_pounds)
    kinds = {k.kind: k for k in plan.data.supervision_kinds}
    for (s, _, k, t), people in plan.courses.items():
        charge(s, kinds[k].stream, plan.year(t), "supervisor courses", 100 * people * kinds[k].course_pounds)
    markets = {(r.service, r.post): r for r in plan.data.recruitment}
    for (s, p, t), wte in plan.hires.items():
        market = markets.get((s, p))
        if market:
            charge(s, market.stream, plan.year(t), "recruitment", 100 * wte * market.cost_pounds)
    for (s, p, t), wte in plan.over.items():
        extra = next(o.extra_pounds for o in plan.data.over_establishment if (o.service, o.post) == (s, p))
        charge(s, plan.posts[p].stream, plan.year(t), "over establishment", wte * (cost(s, p, plan.year(t)) + 100 * extra) / 4)
    for (s, p, t), people in plan.reduced.items():
        extra = next(r.extra_pounds for r in plan.data.reduced_hours if (r.service, r.post) == (s, p))
        charge(s, plan.posts[p].stream, plan.year(t), "reduced hours", people * 100 * extra / 4)
    prices = Sums({(f.from_post, f.to_post): f.move_pounds for f in plan.data.flows})
    for (s, from_post, to_post, t), wte in plan.moves.items():
        charge(s, plan.posts[to_post].stream, plan.year(t), "moves", 100 * wte * prices[from_post, to_post])
    for (s, p, t), wte in plan.releases.items():
        charge(s, plan.posts[p].stream, plan.year(t), "releases", 100 * wte * (plan.posts[p].release_pounds or 0.0))
    communities = {(o.service, o.community): o for o in plan.data.outreach}
    for (s, c, t), hours in plan.workers.items():
        charge(s, communities[s, c].stream, plan.year(t), "outreach", 100 * hours * communities[s, c].worker_pounds)
    for measure in plan.data.retention_measures:
        s, name = measure.service, measure.measure
        for t in quarters_from(plan, measure.from_quarter):
            pounds = measure_pounds(plan, measure, t) / 4
            charge(s, measure.stream, plan.year(t), "retention", 100 * pounds)
            plan.retention_pounds.add((name, s), pounds)
    rooms = {(r.service, r.site): r for r in plan.data.rooms}
    for (s, site, year), rented in plan.rented.items():
        charge(s, rooms[s, site].stream, year, "rooms", 100 * rented * rooms[s, site].room_pounds * quarters[year] / 4)
    groups = {(r.service, r.post, r.group): r for r in plan.data.representation}
    for (s, p, g, t), wte in plan.targeted.items():
        charge(s, groups[s, p, g].stream, plan.year(t), "targeted places", 100 * wte * groups[s, p, g].place_pounds)
    digital = {(d.service, d.provider, d.step): d for d in plan.data.digital}
    for (s, provider, step, t), blocks in plan.blocks.items():
        row = digital[s, provider, step]
        charge(s, row.stream, plan.year(t), "digital", 100 * blocks * row.block * row.price_pounds)
    for language in plan.data.languages:
        for step in STEPS:
            for t in plan.times:
                hours = plan.interpreters[language.service, language.language, step, t]
                charge(language.service, language.stream, plan.year(t), "interpreters", 100 * hours * language.interpreter_pounds)
    plan.spend.update({key: amount / 100 for key, amount in pence.items()})
    for payment in outcome_payment_rows(plan.data, plan.option):
        key = (payment.service, payment.step, payment.measure, payment.year)
        counted = plan.completed if payment.measure == "completed courses" else plan.recovered
        plan.outcomes[key] = sum(counted[payment.service, payment.step, t] for t in plan.times if plan.year(t) == payment.year)
        plan.income[key] = min(payment.cap_pounds, payment.payment_pounds * max(0.0, plan.outcomes[key] - payment.threshold))


def _paid_in(plan: Plan) -> Sums:
    """What outcomes add to budgets, by stream, year and service, and for all services together (blank)."""
    paid = Sums()
    for row in outcome_payment_rows(plan.data, plan.option):
        year = row.year if row.paid == "same year" else year_label(year_number(row.year) + 1)
        pounds = plan.income[row.service, row.step, row.measure, row.year]
        paid.add((row.stream, year, row.service), pounds)
        paid.add((row.stream, year, ""), pounds)
    return paid


# --- rules ------------------------------------------------------------------------------------------------------------


def b1_budget(plan: Plan) -> Iterator[Gap]:
    """B1: a budget row's charges are at most its amount, what outcomes earn and what is carried in, less what is carried out, or it is short."""
    charges = Sums()
    for (s, stream, year, _), pounds in plan.spend.items():
        charges.add((stream, year, s), pounds)
        charges.add((stream, year, ""), pounds)
    earned = _paid_in(plan)
    for row in budget_rows(plan.data, plan.option):
        if row.year not in plan.data.years:
            continue
        carried_in = plan.carried[row.stream, year_label(year_number(row.year) - 1), row.service]
        money = row.pounds + earned[row.stream, row.year, row.service] + carried_in - plan.carried[row.stream, row.year, row.service]
        spent = charges[row.stream, row.year, row.service]
        shortfall = Shortfall(rule="B1", service=row.service, item=row.stream, quarter=row.year, short=max(0.0, spent - money))
        yield gap_of("B1", shortfall, 0.001, f"£{spent:,.2f} is charged to a budget of £{money:,.2f}", pounds=True, scale=(spent, money))


def b1_carried_over(plan: Plan) -> Iterator[Finding]:
    """B1: money carried out of a budget row is at most the share of its amount that may be carried."""
    amount = Sums({(row.stream, row.year, row.service): row.carry_over * row.pounds for row in budget_rows(plan.data, plan.option)})
    for (stream, year, service), pounds in plan.carried.items():
        bound = amount[stream, year, service]
        if pounds > bound + tolerance_pounds(bound):
            place = ", ".join(part for part in (stream, service, year) if part)
            yield fault("B1", place, f"£{pounds:,.2f} is carried over, £{bound:,.2f} may be.", pounds - bound)


def b1_spending_stated(plan: Plan) -> Iterator[Finding]:
    """B1: the answer states its spending rightly, item by item."""
    table = plan.tables["spend"]
    for key in dict.fromkeys([*plan.spend, *table]):
        own, stated = plan.spend[key], stated_in(table, key, "pounds")
        yield from differs("B1", ", ".join(key), "Spending in £", stated, own, tolerance_pounds(own))


def b2_no_cliff_edge(plan: Plan) -> Iterator[Gap]:
    """B2: last year's posts, staff above them and measures in force at its end fit next year's budget at its cost, or the shortfall is stated."""
    last = plan.data.years[-1]
    after = year_label(year_number(last) + 1)
    rows = [row for row in budget_rows(plan.data, plan.option) if row.year == after]
    if not rows:  # the year after may have no pay either
        return
    cost = _post_pence(plan)
    bill = Sums()
    for (s, p, year), wte in plan.established.items():
        if year == last and wte:
            pounds = wte * cost(s, p, after) / 100
            bill.add((plan.posts[p].stream, s), pounds)
            bill.add((plan.posts[p].stream, ""), pounds)
    for over in plan.data.over_establishment:
        wte = plan.over[over.service, over.post, plan.times[-1]]
        if wte:
            pounds = wte * (cost(over.service, over.post, after) / 100 + over.extra_pounds)
            bill.add((plan.posts[over.post].stream, over.service), pounds)
            bill.add((plan.posts[over.post].stream, ""), pounds)
    for measure in plan.data.retention_measures:
        if plan.times[-1] in quarters_from(plan, measure.from_quarter):
            pounds = measure_pounds(plan, measure, plan.times[-1])
            bill.add((measure.stream, measure.service), pounds)
            bill.add((measure.stream, ""), pounds)
    earned = _paid_in(plan)
    for row in rows:
        spent, money = bill[row.stream, row.service], row.pounds + earned[row.stream, after, row.service]
        shortfall = Shortfall(rule="B2", service=row.service, item=row.stream, quarter=after, short=max(0.0, spent - money))
        text = f"The posts of {last} cost £{spent:,.2f} in {after}, the budget is £{money:,.2f}"
        yield gap_of("B2", shortfall, 0.001, text, pounds=True, scale=(spent, money))


def b3_service_money(plan: Plan) -> Iterator[Gap]:
    """B3: what a service spends in a year, of one stream or all, is between its floor and its ceiling, or the shortfall is stated."""
    spent = Sums()
    for (s, stream, year, _), pounds in plan.spend.items():
        spent.add((s, year, stream), pounds)
        spent.add((s, year, ""), pounds)
    for row in service_money_rows(plan.data, plan.option):
        own = spent[row.service, row.year, row.stream]
        below, above = row.floor_pounds - own, own - row.ceiling_pounds if row.ceiling_pounds is not None else 0.0
        shortfall = Shortfall(rule="B3", service=row.service, item=row.stream, quarter=row.year, short=max(0.0, below, above))
        bounds = f"from £{row.floor_pounds:,.2f}" + ("" if row.ceiling_pounds is None else f" to £{row.ceiling_pounds:,.2f}")
        text = f"£{own:,.2f} is spent, {bounds} may be"
        yield gap_of("B3", shortfall, 0.001, text, pounds=True, scale=(own, row.floor_pounds, row.ceiling_pounds or 0.0))


def _payment(plan: Plan, key: Key) -> float:
    """Payment for one outcome; 0 where there is none."""
    rows = outcome_payment_rows(plan.data, plan.option)
    return next((row.payment_pounds for row in rows if (row.service, row.step, row.measure, row.year) == key), 0.0)


def b4_outcome_payments(plan: Plan) -> Iterator[Finding]:
    """B4: outcomes above the threshold of a year earn their payment up to the cap, and the answer states it rightly."""
    table = plan.tables["outcome_income"]
    for key in dict.fromkeys([*plan.outcomes, *table]):
        place = ", ".join(key)
        reached, earned = plan.outcomes[key], plan.income[key]
        yield from differs("B4", place, "Outcomes of the year", stated_in(table, key, "reached"), reached, tolerance(reached))
        yield from differs(
            "B4", place, "Payment in £", stated_in(table, key, "pounds"), earned, tolerance_pounds(earned, _payment(plan, key) * reached)
        )
