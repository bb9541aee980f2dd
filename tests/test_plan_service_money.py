"""Floors and ceilings of a service's money (B3) and payment by outcomes (B4): worked out by hand, held to the checker, kept and broken.

One therapist has 100 hours in a quarter, gives 10 courses of 10 hours, of which half end in recovery, and costs £10,000 a quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from models.plan.build import build
from optimiser.compile import compile_model
from optimiser.plan import report, sections
from optimiser.plan.check import check, work_out
from optimiser.plan.data import Option, OutcomeIncome, OutcomePayment, PlanAnswer, PlanInput, PostsEstablished, Service, ServiceMoney, Starts
from optimiser.plan.examine import examine
from optimiser.plan.figures import Figures
from optimiser.plan.publish import Counts
from optimiser.result import Solved
from optimiser.words import NOTHING
from plan_model_tools import best, budget, changed, fits, goals, least, limit, market, plan, post, quarter, staff, term, varied
from plan_samples import tiny

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Q1 = quarter(1)
YEAR, NEXT, AFTER = "2026/27", "2027/28", "2028/29"
LAST_QUARTER = {"first_quarter": "2026/27 Q4"}
"""A plan whose first quarter is the last of its year, so that the second is of the next."""


def own(floor: float = 0, ceiling: float | None = None, **changes: Any) -> ServiceMoney:
    return ServiceMoney(**({"service": "s", "year": YEAR, "floor_pounds": floor, "ceiling_pounds": ceiling} | changes))


def paid(pounds: float = 1000, threshold: float = 0, cap: float = 100_000, **changes: Any) -> OutcomePayment:
    """Paid for completed courses, in the same year, into the stream that pays the posts."""
    neutral: dict[str, Any] = {
        "service": "s", "step": "high", "measure": "completed courses", "year": YEAR, "threshold": threshold, "payment_pounds": pounds,
        "cap_pounds": cap, "stream": "pay", "paid": "same year",
    }  # fmt: skip
    return OutcomePayment(**(neutral | changes))


def growing(quarters: int = 1, *rows: ServiceMoney, **tables: Any) -> PlanInput:
    """One therapist, and nine more who could be hired."""
    neutral: dict[str, Any] = {"staff": (staff("therapist", 1),), "recruitment": (market("therapist", 9),), "service_money": rows}
    return plan(quarters, **(neutral | tables))


def earning(quarters: int, *rows: OutcomePayment, money: float = 10_000, **tables: Any) -> PlanInput:
    """Money for one therapist a quarter, and what outcomes earn."""
    years = {1: (YEAR,), 2: (YEAR, NEXT)}[quarters]
    neutral: dict[str, Any] = {"budget": tuple(budget("pay", money, y) for y in years), "outcome_payments": rows}
    return growing(quarters, **(neutral | ({"settings": LAST_QUARTER} if quarters == 2 else {}) | tables))


def two_services(*rows: ServiceMoney, **tables: Any) -> PlanInput:
    """Services s and u with a therapist each, who leaves at no cost, and room for nine more each; money for three."""
    services = tuple(Service(service=x, name=x, area="Area", zone="none", employer="nhs", overhead=0) for x in ("s", "u"))
    neutral: dict[str, Any] = {
        "services": services,
        "posts": (post(release_pounds=0),),
        "staff": tuple(staff("therapist", 1, service=x) for x in ("s", "u")),
        "recruitment": tuple(market("therapist", 9, service=x) for x in ("s", "u")),
        "care": (plan().care[0], plan().care[0].model_copy(update={"service": "u", "reliable_recovery": 0.1})),
        "budget": (budget("pay", 30_000),),
        "service_money": rows,
        **goals(("max", {"reliable_recoveries": 1.0})),
    }
    return plan(1, **(neutral | tables))


# --- they bind --------------------------------------------------------------------------------------------------------

BINDING: dict[str, tuple[Callable[[], PlanInput], dict[str, float]]] = {
    "B3 a ceiling": (lambda: growing(1, own(ceiling=35_000)), {"unmet_musts": 0, "completed_courses": 30}),
    "B3 a floor": (lambda: growing(1, own(25_000), **least("cost")), {"unmet_musts": 0, "cost": 30_000}),
    # A second post would meet the floor, and break the limit by a point: £500 short are half of one.
    "B3 a floor that is not worth it": (lambda: growing(1, own(10_500), limits=(limit("posts", "at most", 1),)), {"unmet_musts": 0.5}),
    # All three where half recover, were it not that u must spend on one.
    "B3 a floor for the other service": (lambda: two_services(own(5000, service="u")), {"unmet_musts": 0, "reliable_recoveries": 11}),
    "B3 a ceiling for the better one": (lambda: two_services(own(ceiling=10_000)), {"unmet_musts": 0, "reliable_recoveries": 7}),
    # Hires at £500 each from a stream of their own; the posts do not count.
    "B3 of one stream": (
        lambda: growing(1, own(ceiling=1200, stream="hiring"), recruitment=(market("therapist", 9, cost_pounds=500),)),
        {"unmet_musts": 0, "completed_courses": 34, "cost": 41_200},
    ),
    "B3 each year its own": (
        lambda: growing(2, own(ceiling=10_000), own(ceiling=30_000, year=NEXT), settings=LAST_QUARTER),
        {"unmet_musts": 0, "completed_courses": 40},
    ),
    # Three therapists cost £30,000, of which they earn £15,000, and four £40,000, of which £20,000: £15,000 and what is earned pay for three.
    "B4 paid in the same year": (lambda: earning(1, paid(500), money=15_000), {"unmet_musts": 0, "completed_courses": 30}),
    "B4 into its own stream": (
        lambda: earning(1, paid(500, stream="hiring"), budget=(budget("pay", 15_000), budget("hiring", 0))),
        {"unmet_musts": 0, "completed_courses": 10},
    ),
    "B4 recoveries": (
        lambda: earning(1, paid(1000, measure="reliable recoveries"), money=15_000),
        {"unmet_musts": 0, "completed_courses": 30},
    ),
    # The 10 courses of the first year earn £10,000, a second therapist in the next.
    "B4 paid in the next year": (lambda: earning(2, paid(1000, paid="next year")), {"unmet_musts": 0, "completed_courses": 30}),
    "B4 above the threshold": (lambda: earning(2, paid(2500, 6, paid="next year")), {"unmet_musts": 0, "completed_courses": 30}),
    # 4 of 10 courses fall short of it: nothing is paid, and nothing is owed.
    "B4 below the threshold": (lambda: earning(2, paid(2500, 14, paid="next year")), {"unmet_musts": 0, "completed_courses": 20}),
    "B4 up to the cap": (lambda: earning(2, paid(5000, cap=19_000, paid="next year")), {"unmet_musts": 0, "completed_courses": 30}),
    # A payment that rises from the threshold on is worth a jump: two therapists for whom there is no money, and then there is.
    "B4 worth a jump": (lambda: earning(1, paid(2000, 15, 10_000)), {"unmet_musts": 0, "completed_courses": 20}),
    # A post costs £40,000 in the year after; its 10 courses earn half of it.
    "B4 for the year after": (
        lambda: growing(1, budget=(budget("pay", 40_000, NEXT),), outcome_payments=(paid(2000, paid="next year"),)),
        {"unmet_musts": 0, "completed_courses": 20},
    ),
    # What s earns is no money of u's own budget.
    "B4 for a service's own budget": (
        lambda: two_services(
            budget=(budget("pay", 10_000, service="s"), budget("pay", 10_000, service="u")), outcome_payments=(paid(500, service="s"),)
        ),
        {"unmet_musts": 0, "completed_courses": 20 + 10},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BINDING)
def test_b3_b4_bind_and_the_optimum_is_the_number_worked_out_by_hand(name: str) -> None:
    case, expected = BINDING[name]
    answer, _ = best(case())
    assert {key: term(answer, key) for key in expected} == pytest.approx(expected, rel=1e-6, abs=1e-4)
    assert fits(case(), answer)


@pytest.mark.parametrize("name", ["B3 a ceiling", "B4 paid in the next year"])
def test_b3_b4_without_rows_nothing_binds(name: str) -> None:
    case, expected = BINDING[name]
    answer, _ = best(varied(case(), service_money=(), outcome_payments=()))
    assert term(answer, "completed_courses") == pytest.approx(100 if name.startswith("B3") else 20)
    assert term(answer, "completed_courses") != pytest.approx(expected["completed_courses"])
    assert answer.outcome_income == ()


def test_b3_b4_without_rows_the_model_is_what_it_was() -> None:
    model = build(tiny())
    assert not any(len(model.component(name)) for name in ("income", "claimed", "b3_floor", "b3_ceiling", "b4_earned", "b4_only_above_the_threshold"))
    assert "B3" not in {rule for rule, *_ in model.SHORT}
    rows = (ServiceMoney(service="camden", year=YEAR, floor_pounds=1, ceiling_pounds=2),)
    larger = compile_model(build(varied(tiny(), service_money=rows))).size
    assert larger["rows"] == compile_model(model).size["rows"] + 2


def test_b3_b4_an_option_has_its_own_rows_and_those_of_all() -> None:
    lean: dict[str, Any] = {"options": (Option(option="lean", name="Lean"),)}
    ceilings = growing(1, own(ceiling=30_000), own(ceiling=20_000, option="lean"), **lean)
    assert [term(best(ceilings, option)[0], "completed_courses") for option in ("", "lean")] == pytest.approx([30, 20])
    only_there = earning(2, paid(1000, paid="next year", option="lean"), **lean)
    assert [term(best(only_there, option)[0], "completed_courses") for option in ("", "lean")] == pytest.approx([20, 30])


# --- kept and broken --------------------------------------------------------------------------------------------------


def posts(wte: float, service: str = "s", year: str = YEAR) -> dict[str, Any]:
    return {"posts": (PostsEstablished(service=service, post="therapist", year=year, posts=wte),)}


def faults(data: PlanInput, answer: PlanAnswer) -> list[tuple[str, float]]:
    return [(f.code, round(f.amount or 0.0, 2)) for f in check(data, answer).findings]


BROKEN: dict[str, tuple[str, dict[str, Any], float]] = {
    # Four posts for the three that the ceiling allows, two for the floor's three, no hires' money.
    "B3 above the ceiling": ("B3 a ceiling", posts(4), 5000),
    "B3 under the floor": ("B3 a floor", posts(2), 5000),
    "B4 spent without being earned": ("B4 paid in the same year", {**posts(4), "starts": (), "treatment_hours": ()}, 25_000),
}


@pytest.mark.parametrize("name", BROKEN)
def test_b3_b4_are_kept_by_the_best_answer_and_not_by_a_twin(name: str) -> None:
    case, twin, amount = BROKEN[name]
    data, code = BINDING[case][0](), name.split()[0]
    kept, _ = best(data)
    assert check(data, kept).findings == ()
    worked_out = work_out(data, changed(kept, **twin))
    assert check(data, worked_out).findings == ()
    assert sum(r.short for r in worked_out.shortfalls) == pytest.approx(amount)
    assert {r.rule for r in worked_out.shortfalls} == {"B1" if code == "B4" else "B3"}
    assert term(worked_out, "unmet_musts") == pytest.approx(amount / 1000)
    assert fits(data, worked_out)
    silent = changed(worked_out, shortfalls=())
    assert [fault for fault in faults(data, silent) if fault[0] != "TERMS"] == [("B1" if code == "B4" else "B3", amount)]
    assert not fits(data, silent)


@pytest.mark.parametrize(
    ("rows", "amounts"),
    [
        ({"pounds": 20_000.0}, [5000]),
        ({"pounds": 0.0}, [15_000]),
        ({"reached": 40.0}, [10]),
        (None, [30, 15_000]),
    ],
    ids=["more", "nothing", "more courses", "no row"],
)
def test_b4_what_is_earned_must_be_stated_as_it_is(rows: dict[str, float] | None, amounts: list[float]) -> None:
    data = BINDING["B4 paid in the same year"][0]()
    answer, _ = best(data)
    [row] = answer.outcome_income
    assert [row.reached, row.pounds] == pytest.approx([30, 15_000])
    false = changed(answer, outcome_income=() if rows is None else (row.model_copy(update=rows),))
    assert faults(data, false) == [("B4", amount) for amount in amounts]


def test_b4_a_payment_that_nobody_agreed_is_a_fault() -> None:
    data = plan(staff=(staff("therapist", 1),))
    row = OutcomeIncome(service="s", step="high", measure="completed courses", year=YEAR, reached=10, pounds=500)
    answer = changed(best(data)[0], outcome_income=(row,))
    assert faults(data, answer) == [("B4", 10), ("B4", 500)]


@pytest.mark.parametrize(("courses", "earned"), [(0, 0), (14, 0), (15, 0), (18, 6000), (30, 10_000)])
def test_b4_earns_nothing_up_to_the_threshold_and_no_more_than_the_cap(courses: float, earned: float) -> None:
    data = varied(BINDING["B4 worth a jump"][0](), budget=())
    answer = PlanAnswer(starts=(Starts(service="s", step="high", quarter=Q1, courses=courses),))
    [row] = work_out(data, answer).outcome_income
    assert (row.reached, row.pounds) == (courses, earned)


# --- what is said of the input, and what is told of the plan ----------------------------------------------------------

WRONG: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "a floor above the ceiling": ({"service_money": (own(3, 2),)}, "error IN-03", f"Service money (s, {YEAR})", "above the ceiling"),
    "neither floor nor ceiling": ({"service_money": (own(),)}, "warning IN-14", f"Service money (s, {YEAR})", "Neither a floor"),
    "money of another year": ({"service_money": (own(1, year=AFTER),)}, "warning IN-14", f"Service money (s, {AFTER})", "not used"),
    "a stream of nothing": (
        {"service_money": (own(1, stream="rent"),)}, "warning IN-14", f"Service money (s, {YEAR}, rent)", "never charges anything",
    ),
    "money of no option": ({"service_money": (own(1, option="lean"),)}, "error IN-04", "Service money (lean)", "not in Options"),
    "a step that is not given": (
        {"outcome_payments": (paid(step="low"),)}, "error IN-13", f"Outcome payments (s, low, completed courses, {YEAR})", "no low-intensity row",
    ),
    "outcomes of another year": (
        {"outcome_payments": (paid(year=AFTER),)}, "warning IN-14", f"Outcome payments (s, high, completed courses, {AFTER})", "nothing is earned",
    ),
    "paid into no budget": (
        {"outcome_payments": (paid(stream="bonus"),)}, "error IN-13", f"Outcome payments (s, high, completed courses, {YEAR})", "no row for that",
    ),
    "a payment of nothing": (
        {"outcome_payments": (paid(0),)}, "warning IN-14", f"Outcome payments (s, high, completed courses, {YEAR})", "Nothing is ever paid",
    ),
    "a large payment": (
        {"outcome_payments": (paid(90_000),)}, "warning IN-11", f"Outcome payments (s, high, completed courses, {YEAR})", "for one outcome",
    ),
    "outcomes of no option": ({"outcome_payments": (paid(option="lean"),)}, "error IN-04", "Outcome payments (lean)", "not in Options"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_odd_about_a_services_money_is_said(name: str) -> None:
    tables, code, where, words = WRONG[name]
    told = [f for f in examine(growing(**({"budget": (budget("pay", 10_000),)} | tables))) if words in f.what]
    assert [(f"{f.severity} {f.code}", f.where) for f in told] == [(code, where)]
    assert all(f.fix for f in told)


def told(name: str) -> tuple[Figures, sections.Names]:
    data = BINDING[name][0]()
    return Figures(data, best(data)[0]), sections.Names(data, Counts(publishable=False))


def test_the_report_tells_what_a_service_may_spend_and_what_outcomes_earn() -> None:
    assert sections.service_money_table(*told("B3 a ceiling")).rows == (("Service", YEAR, "All streams", NOTHING, "35,000", "30,000", "kept"),)
    assert sections.service_money_table(*told("B3 a floor that is not worth it")).rows == (
        ("Service", YEAR, "All streams", "10,000", NOTHING, "10,000", "£500 under the floor"),
    )
    figures, names = told("B4 paid in the same year")
    assert sections.outcomes_table(figures, names).rows == (
        ("Service", YEAR, "Completed courses, high intensity", "30", "0", "£500", "15,000", "100,000", "Pay, same year"),
    )
    [line] = figures.budget
    assert [line.amount, line.earned, line.available, line.spent] == pytest.approx([15_000, 15_000, 30_000, 30_000])
    assert sections.budget_table(figures, names).rows == (("Pay", YEAR, "All services", "15,000", "15,000", "0", "0", "30,000", "0"),)


def test_page_and_workbook_have_the_tables_of_a_services_money(tmp_path: Path) -> None:
    data = varied(BINDING["B4 paid in the same year"][0](), service_money=(own(1000, 90_000),))
    answer, outcome = best(data)
    report.write(tmp_path, data, [Solved("", answer, outcome, ())], {}, publishable=False)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "What each service may spend, at least and at most" in page
    assert "What outcomes earn" in page
    sheets = set(openpyxl.load_workbook(tmp_path / "plan.xlsx").sheetnames)
    assert {"Result money of services", "Result outcomes earned", "Result outcome payments", "Service money", "Outcome payments"} <= sheets


def test_a_report_without_such_money_has_no_such_table() -> None:
    figures = Figures(tiny(), work_out(tiny(), PlanAnswer()))
    names = sections.Names(tiny(), Counts(publishable=False))
    assert (sections.service_money_table(figures, names).rows, sections.outcomes_table(figures, names).rows) == ((), ())
    assert "Earned" not in sections.budget_table(figures, names).heads
