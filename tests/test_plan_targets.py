"""Targets: limits on courses completed, reliable recoveries and people entering treatment, in the model, in the check and in the input."""

from __future__ import annotations

from typing import Any

import pytest

from optimiser.plan.check import check, work_out
from optimiser.plan.data import Limit, PlanAnswer, Starts
from optimiser.plan.examine import examine
from optimiser.result import Status
from plan_model_tools import best, care, fits, least, limit, market, plan, quarter, staff, term
from plan_samples import tiny


def test_targets_are_judged_by_the_check() -> None:
    data = tiny()
    starts = tuple(Starts(service="camden", step=i, quarter=q, courses=n) for q in data.quarters for i, n in (("low", 100.0), ("high", 50.0)))

    def short(**columns: Any) -> dict[tuple[str, str], float]:
        row = Limit.model_validate({"limit": "target", "scope": "each", "sense": "at least", **columns})
        aimed = data.model_copy(update={"limits": (row,)})
        return {(r.item, r.quarter): r.short for r in check(aimed, PlanAnswer(starts=starts)).shortfalls if r.rule == "target"}

    first, second = data.quarters[:2]
    # Low: 220 started before the plan, 0.6 complete, 0.7 of a course falls in the quarter it starts; 0.47 of those completed recover.
    completed = 0.6 * (0.7 * 100 + 0.3 * 220)
    assert short(decision="completed", item="low", to_quarter=first, value=100) == {("low", first): pytest.approx(100 - completed)}
    assert short(decision="recovered", item="low", to_quarter=first, value=100) == {("low", first): pytest.approx(100 - 0.47 * completed)}
    # High: 50 start; 0.19 of the 220 and then of the 100 came up from low.
    assert short(decision="entering", item="high", to_quarter=second, value=40) == {
        ("high", first): pytest.approx(40 - (50 - 0.19 * 220)),
        ("high", second): pytest.approx(40 - (50 - 0.19 * 100)),
    }
    assert short(decision="entering", item="low", value=100) == {}
    # In total they are the terms of the same names.
    terms = {str(r.term): r.value for r in work_out(data, PlanAnswer(starts=starts)).terms}
    for decision, name in (("completed", "completed_courses"), ("recovered", "reliable_recoveries"), ("entering", "entering_treatment")):
        assert short(decision=decision, scope="total", value=10_000) == {("", ""): pytest.approx(10_000 - terms[name])}


NAMES = {"completed": "completed_courses", "recovered": "reliable_recoveries", "entering": "entering_treatment"}


@pytest.mark.parametrize("decision", NAMES)
def test_l1_a_target_is_met_where_it_can_be(decision: str) -> None:
    # A WTE costs £10,000 a quarter and gives 10 courses, 5 of them recoveries; without a target nobody is hired.
    neutral: dict[str, Any] = {"recruitment": (market("therapist", 9),), **least("cost")}
    without, _ = best(plan(**neutral))
    assert (term(without, NAMES[decision]), term(without, "cost")) == pytest.approx((0, 0), abs=1e-4)
    wanted = {"completed": 27, "recovered": 13.5, "entering": 27}[decision]
    data = plan(limits=(limit(decision, "at least", wanted),), **neutral)
    met, _ = best(data)
    assert term(met, NAMES[decision]) >= wanted - 1e-4
    assert term(met, "cost") == pytest.approx(30_000)
    assert fits(data, met)


@pytest.mark.parametrize("decision", NAMES)
def test_l1_a_target_out_of_reach_is_short_by_what_is_missing(decision: str) -> None:
    within = {"completed": 10, "recovered": 5, "entering": 10}[decision]
    target = limit(decision, "at least", within + 3, scope="each", item="high")
    data = plan(staff=(staff("therapist", 5),), care=(care(waiting=10),), limits=(target,))  # staff for 50 courses, and 10 people
    answer, _ = best(data, status=Status.INFEASIBLE)
    assert {(r.item, r.quarter): r.short for r in answer.shortfalls} == pytest.approx({("high", quarter(1)): 3}, abs=1e-4)
    assert fits(data, answer)


def test_l1_entering_leaves_step_ups_out() -> None:
    # Ten low courses before the plan, half of which step up: of the 10 people there are for high courses, 5 have entered treatment before.
    low = care("low", waiting=0, carried_over=10, step_up=0.5)
    data = plan(care=(low, care("high", waiting=5)), staff=(staff("therapist", 5),), limits=(limit("entering", "at least", 8, item="high"),))
    answer, _ = best(data, status=Status.INFEASIBLE)
    assert [r.short for r in answer.shortfalls] == pytest.approx([3], abs=1e-4)
    assert fits(data, answer)


def test_examine_knows_what_targets_can_be_for() -> None:
    row = Limit.model_validate({"limit": "t", "decision": "completed", "item": "pwp", "scope": "total", "sense": "at least", "value": 5})
    found = [f for f in examine(tiny().model_copy(update={"limits": (row,)})) if f.where.startswith("Limits")]
    assert [(f.code, f.severity) for f in found] == [("IN-04", "error")]
