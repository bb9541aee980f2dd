"""Retention measures (rule M1): worked out by hand, held to the checker, kept and broken."""

from __future__ import annotations

from itertools import islice, product
from typing import Any

import numpy as np
import pytest

import plan_samples
from models.plan.build import build
from models.plan.neighbourhoods import Places
from models.plan.retention import most_later
from models.plan.search import solve
from optimiser.compile import compile_model
from optimiser.plan.check import check, work_out
from optimiser.plan.data import PlanAnswer, PlanInput, RetentionEffect, RetentionMeasure, RetentionTaken
from optimiser.plan.examine import examine
from optimiser.result import Limits, Status
from plan_model_tools import best, budget, care, changed, fits, goals, limit, plan, post, quarter, staff, term, trainee_post, varied, yearly

Q1, Q2, Q3 = quarter(1), quarter(2), quarter(3)
POST: dict[str, Any] = {"leavers_first_year": yearly(0.1), "leavers_later": yearly(0.2)}


def measure(name: str = "premium", **changes: Any) -> RetentionMeasure:
    """A measure that costs £4,000 a year."""
    return RetentionMeasure.model_validate({"measure": name, "service": "s", "year_pounds": 4000, "stream": "keep"} | changes)


def effect(name: str = "premium", of: str = "therapist", avoided: float = 0.5) -> RetentionEffect:
    return RetentionEffect(measure=name, post=of, leavers_avoided=avoided)


def leaving(quarters: int = 2, **tables: Any) -> PlanInput:
    """Ten therapists of whom a fifth leave in a quarter, and a measure that keeps half of the leavers."""
    neutral: dict[str, Any] = {
        "posts": (post(**POST),),
        "staff": (staff("therapist", 10),),
        "retention_measures": (measure(),),
        "retention_effects": (effect(),),
    }
    return plan(quarters, **(neutral | tables))


BINDING: dict[str, tuple[PlanInput, float, dict[str, tuple[float, float]]]] = {
    # Courses completed, and leavers avoided and money spent by measure taken. 8 in Q1, when it comes into force; then 0.8 × 8 + 0.5 × 0.2 × 8 = 7.2.
    "M1 taken": (leaving(), 152, {"premium": (0.8, 2000)}),
    "M1 from the second quarter on": (leaving(3, retention_measures=(measure(from_quarter=Q2),)), 80 + 64 + 57.6, {"premium": (0.64, 2000)}),
    "M1 by later staff": (leaving(retention_measures=(measure(year_pounds=0, wte_pounds=400),)), 152, {"premium": (0.8, 1520)}),
    "M1 both costs": (leaving(retention_measures=(measure(wte_pounds=400),)), 152, {"premium": (0.8, 3520)}),
    "M1 no money": (leaving(budget=(budget("keep", 1999),)), 144, {}),
    "M1 just the money": (leaving(budget=(budget("keep", 2000),)), 152, {"premium": (0.8, 2000)}),
    # Goes on for a year after the plan: £4,000 and £400 for each of 7.2; a pound less and it is left.
    "M1 money of the year after": (
        leaving(retention_measures=(measure(wte_pounds=400),), budget=(budget("keep", 6880, "2027/28"),)),
        152,
        {"premium": (0.8, 3520)},
    ),
    "M1 no money in the year after": (
        leaving(retention_measures=(measure(wte_pounds=400),), budget=(budget("keep", 6870, "2027/28"),)),
        144,
        {},
    ),
    # Half and three tenths: 0.8 × 1.6 = 1.28.
    "M1 two together": (
        leaving(retention_measures=(measure(), measure("leave")), retention_effects=(effect(), effect("leave", avoided=0.3))),
        156.8,
        {"premium": (0.8, 2000), "leave": (0.48, 2000)},
    ),
    "M1 the better of two": (
        leaving(
            retention_measures=(measure(), measure("leave")),
            retention_effects=(effect(), effect("leave", avoided=0.3)),
            budget=(budget("keep", 3999),),
        ),
        152,
        {"premium": (0.8, 2000)},
    ),
    # Ten in their first year, 2.5 of each age, of whom a tenth leave: 9 in Q1, of whom 2.25 are later staff. Half of the fifth of those stay in Q2:
    # 0.225 on top of 0.8 × 2.25 + 3 × 2.5 × 0.81.
    "M1 not in the first year": (
        leaving(staff=(staff("therapist", 10, first_year=10, long_serving=0),)),
        90 + 81,
        {"premium": (0.225, 2000)},
    ),
    # No more than 6.4 posts for helpers in the second year, and a measure keeps those as well as therapists: 7.2. So it cannot be had.
    "M1 all of its posts or none": (
        leaving(
            settings={"first_quarter": "2026/27 Q4"},
            service={"post_unit": 0.1},
            posts=(post(**POST), post("helper", high=False, **POST)),
            staff=(staff("therapist", 10), staff("helper", 10)),
            retention_effects=(effect(), effect(of="helper")),
            limits=(limit("posts", "at most", 6.4, item="helper", from_quarter="2027/28 Q1"),),
        ),
        144,
        {},
    ),
}


@pytest.mark.parametrize("name", BINDING)
def test_m1_binds_and_the_optimum_is_the_number_worked_out_by_hand(name: str) -> None:
    data, courses, measures = BINDING[name]
    # Nothing is bought that does no good.
    answer, _ = best(varied(data, **goals(("max", {"completed_courses": 1.0}), ("min", {"cost": 1.0}))), status=Status.OPTIMAL)
    assert term(answer, "completed_courses") == pytest.approx(courses, abs=1e-3)
    assert {row.measure: row.kept for row in answer.retention} == pytest.approx({key: kept for key, (kept, _) in measures.items()}, abs=1e-5)
    spent = {key: pounds for key, (_, pounds) in measures.items()}
    assert {row.measure: row.pounds for row in answer.retention} == pytest.approx(spent, abs=0.01)
    assert sum(row.pounds for row in answer.spend if row.item == "retention") == pytest.approx(sum(spent.values()), abs=0.01)
    assert fits(data, answer)


def test_m1_a_measure_is_decided_again_with_its_service_or_in_every_window_of_few() -> None:
    model = build(leaving(12))
    matrix = compile_model(model)
    places = Places.of(model, matrix)
    [column] = np.flatnonzero(places.for_good)
    assert column == matrix.column(model.measure["s", "premium"])
    assert places.service[column] == 0
    free = list(islice(places.neighbourhoods(np.random.default_rng(0)), 20))
    assert all(mask[column] for mask in free)
    assert not all(mask[places.posts].all() for mask in free)


def test_m1_without_a_measure_the_model_has_none() -> None:
    model = build(leaving(retention_measures=(), retention_effects=()))
    assert len(model.measure) == len(model.covered) == len(model.m1_taken) == 0


def test_m1_a_measure_is_worth_its_price_or_not() -> None:
    # It earns 8 courses for £2,000: £250 a course.
    for worth, taken in ((0.0041, 0), (0.0039, 1)):
        answer, _ = best(leaving(**goals(("max", {"completed_courses": 1.0, "cost": -worth}))), status=Status.OPTIMAL)
        assert len(answer.retention) == taken


@pytest.mark.parametrize(("sense", "value", "taken"), [("at least", 1, 1), ("at most", 0, 0), ("exactly", 1, 1)])
@pytest.mark.parametrize("scope", ["each", "total"])
def test_m1_a_measure_may_be_pinned(sense: str, value: float, taken: int, scope: str) -> None:
    # Cheapest is to leave it, most courses are had by taking it: the pin decides.
    aim = goals(("min", {"cost": 1.0})) if taken else {}
    pin = limit("retention", sense, value, item="premium", scope=scope)
    answer, _ = best(leaving(limits=(pin,), **aim), status=Status.OPTIMAL)
    assert len(answer.retention) == taken
    assert fits(leaving(limits=(pin,)), answer)


def test_m1_a_pin_that_is_broken_is_short_once() -> None:
    data = leaving(limits=(limit("retention", "at least", 1, item="premium", scope="each"),))
    kept, _ = best(data)
    left = work_out(data, changed(kept, retention=(), starts=(), treatment_hours=()))
    assert [(r.rule, r.service, r.item, r.quarter, r.short) for r in left.shortfalls] == [("retention at least 1", "s", "premium", Q1, 1)]
    assert check(data, left).findings == ()
    assert fits(data, left)


# --- against every choice -----------------------------------------------------------------------------------------------


def rich(quarters: int = 6) -> PlanInput:
    """The sample with two measures for all qualified posts."""
    sample = plan_samples.tiny(quarters)
    posts = [p.post for p in sample.posts if p.contract != "trainee"]
    return varied(
        sample,
        retention_measures=(
            measure("premium", service="camden", year_pounds=0, wte_pounds=1500, stream="staff"),
            measure("supervision", service="camden", year_pounds=9000, from_quarter=Q3, stream="staff"),
        ),
        retention_effects=tuple(effect(name, p, 0.4) for name in ("premium", "supervision") for p in posts),
    )


def chosen(data: PlanInput, names: set[str]) -> PlanInput:
    """The plan with only the measures named to choose from."""
    kept = tuple(row for row in data.retention_measures if row.measure in names)
    return varied(data, retention_measures=kept, retention_effects=tuple(row for row in data.retention_effects if row.measure in names))


def test_m1_the_best_choice_is_the_best_of_every_choice() -> None:
    data = rich()
    names = ["premium", "supervision"]
    whole, outcome = best(data)
    values = {}
    for choice in product((0, 1), repeat=2):
        wanted = {name for name, is_taken in zip(names, choice, strict=True) if is_taken}
        answer, _ = solve(chosen(data, wanted), "", Limits(seconds=60, gap=0))
        assert answer is not None
        taken = {row.measure for row in answer.retention}
        assert taken <= wanted
        values[frozenset(taken)] = check(chosen(data, wanted), answer).levels[1][2]
    highest = pytest.approx(max(values.values()), rel=1e-5)
    assert outcome.levels[1].value == highest
    assert frozenset(row.measure for row in whole.retention) in [taken for taken, value in values.items() if value == highest]


def test_m1_room_for_later_staff_counts_who_is_there_hired_and_trained_upstream() -> None:
    most = most_later(build(rich()))
    # 3 PWPs, 1 senior, who may have been a PWP, and 5 therapists.
    assert [most["camden", p, 1] for p in ("pwp", "senior_pwp", "hit")] == [3, 4, 5]
    # By Q6 up to 2 PWPs hired in Q2 are later staff; the 2 trainees of the eve qualify in Q4 and the therapists are hired from Q3 on: they are not.
    assert [most["camden", p, 6] for p in ("pwp", "senior_pwp", "hit")] == [5, 6, 5]
    # Two more each quarter; in Q8 the 2 trainees of the eve as well, in Q10 up to 4 who started in Q2.
    most = most_later(build(rich(10)))
    assert [most["camden", "pwp", t] for t in (7, 8, 9, 10)] == [7, 11, 13, 19]


# --- kept and broken ----------------------------------------------------------------------------------------------------


def restated(answer: PlanAnswer, **columns: float) -> PlanAnswer:
    return changed(answer, retention=tuple(row.model_copy(update=columns) for row in answer.retention))


BROKEN: dict[str, dict[str, float]] = {
    # Columns of Result retention in which the twin differs.
    "M1 more leavers avoided": {"kept": 1.8},
    "M1 less money": {"pounds": 100},
    "M1 taken twice": {"taken": 2},
}


@pytest.mark.parametrize("name", BROKEN)
def test_m1_a_plan_that_keeps_the_rule_passes_and_its_twin_is_found(name: str) -> None:
    data = leaving()
    kept, _ = best(data)
    assert fits(data, kept)
    assert fits(data, work_out(data, kept))
    columns = BROKEN[name]
    broken = restated(kept, **columns)
    if "taken" in columns:  # with all that follows from it
        broken = work_out(data, broken)
        assert not fits(data, broken)
    assert [f.code for f in check(data, broken).findings] == ["M1"]


def test_m1_the_effect_of_a_measure_without_it_is_found() -> None:
    data = leaving()
    kept, _ = best(data)
    without = changed(kept, retention=())
    assert {"P1", "B1"} <= {f.code for f in check(data, without).findings}
    assert not fits(data, without)


def test_m1_a_measure_left_is_a_plan_too() -> None:
    data = leaving(retention_measures=(measure(), measure("leave")))
    kept, _ = best(data)
    left = work_out(data, changed(kept, retention=(), starts=(), treatment_hours=()))
    assert check(data, left).findings == ()
    assert fits(data, left)


def test_m1_a_measure_that_cannot_be_paid_for_in_the_year_after_is_short_there() -> None:
    with_money = leaving(retention_measures=(measure(wte_pounds=400),), budget=(budget("keep", 6880, "2027/28"),))
    kept, _ = best(with_money)
    data = varied(with_money, budget=(budget("keep", 6870, "2027/28"),))
    short = work_out(data, kept)
    [row] = [r for r in short.shortfalls if r.rule == "B2"]
    assert (row.item, row.quarter) == ("keep", "2027/28")
    assert row.short == pytest.approx(10, abs=0.1)
    assert check(data, short).findings == ()
    assert fits(data, short)
    assert not fits(data, changed(short, shortfalls=()))


def test_m1_an_unknown_measure_is_found() -> None:
    data = leaving()
    kept, _ = best(data)
    row = RetentionTaken(measure="sabbatical", service="s", taken=1, kept=0, pounds=0)
    assert [f.code for f in check(data, changed(kept, retention=(*kept.retention, row))).findings] == ["ANSWER"]


# --- input --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tables", "sheet", "severity", "code", "words"),
    [
        ({"retention_effects": (effect(of="trainee"), effect())}, "Retention effects", "error", "IN-03", "cannot keep trainees"),
        (
            {"retention_measures": (measure(), measure("leave")), "retention_effects": (effect(), effect("leave", avoided=0.6))},
            "Retention effects",
            "error",
            "IN-03",
            "110% of the leavers",
        ),
        ({"retention_effects": ()}, "Retention measures", "warning", "IN-13", "does not say that it keeps anybody"),
        ({"retention_measures": (measure(year_pounds=0),)}, "Retention measures", "warning", "IN-11", "costs nothing"),
        ({"retention_measures": (measure(from_quarter="2028/29 Q1"),)}, "Retention measures", "warning", "IN-14", "after the plan's end"),
        ({"budget": (budget("pay", 1e6),)}, "Budget", "error", "IN-13", "no row for stream keep"),
    ],
)
def test_odd_rows_are_told(tables: dict[str, Any], sheet: str, severity: str, code: str, words: str) -> None:
    data = leaving(**{"posts": (post(**POST), trainee_post()), "care": (care(),), "budget": (budget("pay", 1e6), budget("keep", 1e6)), **tables})
    found = [f for f in examine(data) if f.where.startswith(sheet)]
    assert [(f.severity, f.code) for f in found] == [(severity, code)]
    assert words in found[0].what


def test_rows_in_order_are_not_told_of() -> None:
    assert [f for f in examine(leaving()) if f.where.startswith("Retention")] == []
