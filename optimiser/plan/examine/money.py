"""Money: pay, budgets, floors and ceilings of services, payments for outcomes."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from optimiser.plan.check import budget_rows
from optimiser.plan.data import year_label, year_number
from optimiser.plan.examine.care import USUAL_COURSE_PRICE
from optimiser.plan.examine.findings import did_you_mean, error, warning
from optimiser.plan.examine.reach import posts_in_reach
from optimiser.plan.pay import PayTable
from optimiser.words import listing, pounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check import Key
    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding


def _streams(data: PlanInput) -> dict[str, dict[str, str]]:
    """Streams that charges can fall on: for each, the services that may be charged and the sheet that says so."""
    used: dict[str, dict[str, str]] = defaultdict(dict)
    posts = {p.post: p for p in data.posts}
    reach = posts_in_reach(data)
    for service, held in reach.items():
        for post in sorted(held):
            used[posts[post].stream].setdefault(service, "Posts")
        for g in data.programmes:
            if g.fee_pounds and g.trainee_post in held:
                used[g.stream].setdefault(service, "Programmes")
        for kind in data.supervision_kinds:
            if kind.course_pounds and any(giver.kind == kind.kind and giver.post in held for giver in data.supervision_givers):
                used[kind.stream].setdefault(service, "Supervision kinds")
    charged = (
        ("Recruitment", [(r.stream, r.service) for r in data.recruitment if r.cost_pounds and r.maximum]),
        ("Languages", [(r.stream, r.service) for r in data.languages if r.share and r.interpreter_pounds]),
        ("Outreach", [(r.stream, r.service) for r in data.outreach if r.worker_pounds and r.worker_hours]),
        ("Retention measures", [(r.stream, r.service) for r in data.retention_measures if r.year_pounds or r.wte_pounds]),
        ("Rooms", [(r.stream, r.service) for r in data.rooms if r.room_pounds and r.maximum]),
        ("Representation", [(r.stream, r.service) for r in data.representation if r.place_pounds and r.maximum]),
        ("Digital", [(r.stream, r.service) for r in data.digital if r.price_pounds and r.maximum]),
    )
    for sheet, rows in charged:
        for stream, service in rows:
            used[stream].setdefault(service, sheet)
    return used


def _first_bill(data: PlanInput) -> Iterator[Finding]:
    """Budgets that the posts established already overspend in the first year."""
    year = data.years[0]
    quarters = sum(label.startswith(year) for label in data.quarters)
    table = PayTable(data)
    services = {s.service: s for s in data.services}
    posts = {p.post: p for p in data.posts}
    bill: dict[Key, float] = defaultdict(float)
    for row in data.staff:
        try:
            cost = table.cost(services[row.service], posts[row.post], year).total
        except KeyError:  # told by examine_pay
            return
        for service in ("", row.service):
            bill[posts[row.post].stream, service] += row.established * cost * quarters / 400
    for budget in budget_rows(data, ""):
        charged = bill[budget.stream, budget.service]
        if budget.year == year and charged > budget.pounds + 1:
            short = pounds(charged - budget.pounds)
            what = f"The posts established cost {pounds(charged)} in {year} and the budget is {pounds(budget.pounds)}: {short} short."
            fix = "Check Staff (established) and the amount, or expect the plan to cut posts."
            yield warning("PRE-01", "Budget", [budget.stream, budget.year, budget.service], what, fix)


# --- sheets -----------------------------------------------------------------------------------------------------------


def examine_pay(data: PlanInput) -> Iterator[Finding]:
    """Rates that are missing or old."""
    table = PayTable(data)
    services = {s.service: s for s in data.services}
    posts = {p.post: p for p in data.posts}
    after = year_label(year_number(data.years[-1]) + 1)
    years = [*data.years, *([after] if any(row.year == after for row in data.budget) else [])]
    missing = []
    for service, held in posts_in_reach(data).items():
        for post in sorted(held):
            for year in years:
                try:
                    table.cost(services[service], posts[post], year)
                except KeyError as lack:
                    missing.append(str(lack.args[0]))
                    break  # a row for this year would serve the later ones too
    for what in dict.fromkeys(missing):
        yield error("IN-13", what.split(" has no row")[0], [], f"{what}.", "Add the row.")
    first = year_number(data.years[0])
    bands = {post.band for post in data.posts}
    for sheet, rows in (("Pay", [r.year for r in data.pay if r.band in bands]), ("On-costs", [r.year for r in data.on_costs])):
        newest = max((year_number(year) for year in rows), default=first)
        if newest < first:
            what = f"{sheet} uses {year_label(newest)} rates and the plan starts in {data.settings.first_quarter}."
            yield warning("IN-12", sheet, [], what, f"Add the rates of {year_label(first)}.")


def examine_budget(data: PlanInput) -> Iterator[Finding]:
    """Charges without a budget, budgets without charges, and the first year's bill."""
    used = _streams(data)
    rows = {(row.stream, row.year, row.service) for row in budget_rows(data, "")}
    streams = {row.stream for row in data.budget}
    for stream, services in used.items():
        for year in data.years:
            lacking = [s for s in services if (stream, year, "") not in rows and (stream, year, s) not in rows]
            if lacking:
                where = "" if len(lacking) == len(data.services) else f" for {listing(lacking, most=4)}"
                what = f"Budget has no row for stream {stream} in {year}{where}, and {services[lacking[0]]} charges it."
                fix = f"Add the row (0 if there is no money). {'' if stream in streams else did_you_mean(stream, streams)}".rstrip()
                yield error("IN-13", "Budget", [stream, year], what, fix)
    for stream in sorted(streams - used.keys()):
        yield warning("IN-14", "Budget", [stream], "Nothing is ever charged to this stream.", did_you_mean(stream, used))
    after = year_label(year_number(data.years[-1]) + 1)
    every = {(row.option, row.stream, row.year, row.service) for row in data.budget}
    for key, times in Counter((row.option, row.stream, row.year, row.service) for row in data.budget).items():
        if times > 1:
            yield error("IN-05", "Budget", key, f"The same budget stands here {times} times.", "Keep one row.")
    for row in data.budget:
        key = (row.option, row.stream, row.year, row.service)
        if row.year not in (*data.years, after):
            what = f"The plan runs from {data.years[0]} to {data.years[-1]}; this year is not used."
            yield warning("IN-14", "Budget", key, what, "Check the year.")
        following = year_label(year_number(row.year) + 1)
        if row.carry_over and row.year in data.years[:-1] and not {(o, row.stream, following, row.service) for o in ("", row.option)} & every:
            what = f"Money may be carried over, and there is no row for {following} to carry it to."
            yield warning("IN-13", "Budget", key, what, "Add the row, or set carry over to 0.")
    yield from _first_bill(data)


def examine_service_money(data: PlanInput) -> Iterator[Finding]:
    """Floors and ceilings that cannot hold, or that nothing is held against."""
    used = _streams(data)
    for row in data.service_money:
        key = (row.option, row.service, row.year, row.stream)
        if row.ceiling_pounds is not None and row.floor_pounds > row.ceiling_pounds:
            what = f"The floor ({pounds(row.floor_pounds)}) is above the ceiling ({pounds(row.ceiling_pounds)})."
            yield error("IN-03", "Service money", key, what, "Swap or mend them.")
        if row.year not in data.years:
            what = f"The plan runs from {data.years[0]} to {data.years[-1]}; this year is not used."
            yield warning("IN-14", "Service money", key, what, "Check the year.")
        elif row.floor_pounds == 0 and row.ceiling_pounds is None:
            yield warning("IN-14", "Service money", key, "Neither a floor nor a ceiling is set.", "Set one of them, or delete the row.")
        elif row.service not in used.get(row.stream, ()) and row.stream:
            what = f"The service never charges anything to the stream {row.stream}."
            yield warning("IN-14", "Service money", key, what, did_you_mean(row.stream, used))


def examine_outcome_payments(data: PlanInput) -> Iterator[Finding]:
    """Payments for outcomes that cannot be earned, or that no budget takes up."""
    treated = {(c.service, c.step) for c in data.care}
    for row in data.outcome_payments:
        key = (row.option, row.service, row.step, row.measure, row.year)
        budgets = {(b.stream, b.year) for b in budget_rows(data, row.option) if b.service in ("", row.service)}
        paid = row.year if row.paid == "same year" else year_label(year_number(row.year) + 1)
        if (row.service, row.step) not in treated:
            what = f"Care has no {row.step}-intensity row for {row.service}."
            yield error("IN-13", "Outcome payments", key, what, "Add the row, or delete this one.")
        elif row.year not in data.years:
            what = f"The plan runs from {data.years[0]} to {data.years[-1]}; nothing is earned in this year."
            yield warning("IN-14", "Outcome payments", key, what, "Check the year; money earned before the plan belongs into Budget.")
        elif paid in data.years and (row.stream, paid) not in budgets:
            what = f"It is paid into stream {row.stream} in {paid}, and Budget has no row for that."
            yield error("IN-13", "Outcome payments", key, what, "Add the row (0 if there is no other money).")
        elif row.payment_pounds == 0 or row.cap_pounds == 0:
            yield warning("IN-14", "Outcome payments", key, "Nothing is ever paid: the payment or the cap is 0.", "Set it, or delete the row.")
        elif row.payment_pounds > USUAL_COURSE_PRICE:
            what = f"{pounds(row.payment_pounds)} for one outcome is more than a course costs a service."
            yield warning("IN-11", "Outcome payments", key, what, "Check that it is paid for one, not for all.")
