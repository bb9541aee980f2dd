"""Integrated care (rule C9): worked out by hand, held to the checker, kept and broken."""

from __future__ import annotations

from typing import Any

import pytest

from models.plan.build import build
from optimiser.plan.check import check, work_out
from optimiser.plan.data import Digital, GroupCourse, IntegratedCare, IntegratedStarts, PlanInput, Starts, TreatmentHours
from optimiser.plan.examine import examine
from optimiser.result import Status
from plan_model_tools import best, care, changed, fits, limit, plan, post, quarter, staff, term

Q1, Q2 = quarter(1), quarter(2)
HELD = 2e-4
"""Room in which a level is held while later ones are settled."""


def growing(quarters: int = 1, asked: dict[str, Any] | None = None, *, trained: float = 0.2, **tables: Any) -> PlanInput:
    """Two WTE who can start 20 courses a quarter, some of them trained for integrated ones. Of all above 10, half must be integrated."""
    row = {"service": "s", "step": "high", "baseline": 10, "integrated_share": 0.5}
    neutral: dict[str, Any] = {
        "posts": (post(), post("specialist", integrated=True)),
        "service": {"post_unit": 0.1},
        "staff": (staff("therapist", 2 - trained), staff("specialist", trained)),
        "integrated_care": (IntegratedCare.model_validate(row | (asked or {})),),
    }
    return plan(quarters, **(neutral | tables))


def digital(maximum: int) -> tuple[Digital, ...]:
    """Blocks of 4 courses."""
    offer = {"provider": "app", "service": "s", "step": "high", "price_pounds": 0, "block": 4, "maximum_share": 1, "stream": "digital"}
    return (Digital.model_validate(offer | {"maximum": maximum}),)


def groups() -> tuple[GroupCourse, ...]:
    """Half of the courses may be given in groups, at no hours."""
    return (GroupCourse(service="s", step="high", people=10, sessions=1, session_minutes=0, maximum_share=0.5),)


BINDING = {
    # A fifth of a specialist gives 2 integrated courses: 4 above the baseline.
    "C9 few are trained": (growing(), 14),
    "C9 nobody is trained": (growing(trained=0), 10),
    "C9 enough are trained": (growing(trained=0.5), 20),
    "C9 a smaller share": (growing(asked={"integrated_share": 0.25}), 18),
    "C9 a higher baseline": (growing(asked={"baseline": 17}), 20),
    "C9 from the second quarter on": (growing(2, {"from_quarter": Q2}), 34),
    # An hour's assessment: 11 hours each, 20 / 11 integrated ones.
    "C9 with an assessment": (growing(care=(care(assessment_minutes=60),)), 10 + 2 * 20 / 11),
    "C9 pinned": (growing(limits=(limit("integrated_starts", "at most", 1),)), 12),
    # Digital courses and those in groups are growth as well, and are not integrated: no more can start.
    "C9 bought courses": (growing(digital=digital(9)), 14),
    "C9 groups": (growing(group_courses=groups()), 14),
}


@pytest.mark.parametrize("name", BINDING)
def test_c9_binds_and_the_optimum_is_the_number_worked_out_by_hand(name: str) -> None:
    data, courses = BINDING[name]
    answer, _ = best(data, status=Status.OPTIMAL)
    assert term(answer, "completed_courses") == pytest.approx(courses, abs=1e-3)
    assert fits(data, answer)


def test_c9_work_goes_on_in_the_quarter_after() -> None:
    # 20 hours of specialists a quarter, half of a course's 10 in each: 4 started in Q1 leave none in Q2, so the sum of both is at most 4.
    data = growing(2, care=(care(same_quarter=0.5),))
    answer, _ = best(data, status=Status.OPTIMAL)
    integrated = {row.quarter: row.courses for row in answer.integrated_starts}
    for now, before in ((integrated.get(Q1, 0.0), 0.0), (integrated.get(Q2, 0.0), integrated.get(Q1, 0.0))):
        assert 5 * (now + before) <= 20 + 1e-3
    assert sum(row.started for row in answer.queues) - 20 <= 2 * sum(integrated.values()) + 1e-3


def test_c9_without_the_row_there_is_no_rule() -> None:
    data = growing(integrated_care=())
    answer, _ = best(data)
    assert term(answer, "completed_courses") == pytest.approx(20)
    model = build(data)
    assert len(model.integrated_starts) == len(model.c9_share_of_growth) == len(model.c9_trained_hours) == 0


def integrated(courses: float) -> dict[str, Any]:
    return {"integrated_starts": (IntegratedStarts(service="s", step="high", quarter=Q1, courses=courses),)}


BROKEN: dict[str, dict[str, Any]] = {
    "C9 more than the trained have hours for": integrated(3),
    "C9 hours of others": {
        "treatment_hours": (TreatmentHours(service="s", post="therapist", step="high", quarter=Q1, hours=140),),
    },
}


@pytest.mark.parametrize("name", BROKEN)
def test_c9_a_plan_that_keeps_the_rule_passes_and_its_twin_is_found(name: str) -> None:
    data = growing()
    kept, _ = best(data)
    assert fits(data, kept)
    assert fits(data, work_out(data, kept))
    broken = work_out(data, changed(kept, **BROKEN[name]))
    assert {f.code for f in check(data, broken).findings} == {"C9"}
    assert not fits(data, broken)


def test_c9_what_is_short_must_be_stated() -> None:
    data = growing()
    kept, _ = best(data)
    short = work_out(data, changed(kept, **integrated(1)))
    [row] = [r for r in short.shortfalls if r.short > HELD]
    assert (row.rule, row.service, row.item, row.quarter) == ("C9", "s", "high", Q1)
    assert row.short == pytest.approx(1, abs=1e-3)
    assert term(short, "unmet_musts") == pytest.approx(1, abs=1e-3)
    assert check(data, short).findings == ()
    assert fits(data, short)
    silent = changed(short, shortfalls=())
    assert {f.code for f in check(data, silent).findings} == {"C9"}
    assert not fits(data, silent)


def test_c9_more_integrated_courses_than_one_to_one_courses_are_found() -> None:
    # Hours for 20, and 10 are started one to one.
    data = growing(trained=2)
    kept, _ = best(data)
    for many, right in ((10, True), (12, False)):
        starts = (Starts(service="s", step="high", quarter=Q1, courses=10),)
        twin = work_out(data, changed(kept, starts=starts, **integrated(many)))
        assert {f.code for f in check(data, twin).findings} == (set() if right else {"C9"})
        assert fits(data, twin) == right


def test_c9_a_must_that_cannot_be_met_is_short_by_as_little_as_possible() -> None:
    # 8 courses bought because a limit says so, nobody trained and no baseline: a tenth of them is short, and nothing else is started.
    data = growing(asked={"baseline": 0, "integrated_share": 0.1}, trained=0, digital=digital(9), limits=(limit("digital", "exactly", 2),))
    answer, _ = best(data, status=Status.INFEASIBLE)
    [row] = [r for r in answer.shortfalls if r.short > HELD]
    assert row.rule == "C9"
    assert row.short == pytest.approx(0.8, abs=HELD)


@pytest.mark.parametrize(
    ("asked", "tables", "severity", "code", "words"),
    [
        ({"step": "low"}, {}, "error", "IN-13", "no low-intensity row"),
        ({}, {"posts": (post(), post("specialist"))}, "warning", "PRE-01", "trained for integrated"),
        ({"integrated_share": 0}, {}, "warning", "IN-14", "nothing is asked for"),
        ({"from_quarter": "2028/29 Q1"}, {}, "warning", "IN-14", "after the plan's end"),
    ],
)
def test_odd_rows_are_told(asked: dict[str, Any], tables: dict[str, Any], severity: str, code: str, words: str) -> None:
    found = [f for f in examine(growing(asked=asked, **tables)) if f.where.startswith("Integrated care")]
    assert [(f.severity, f.code) for f in found] == [(severity, code)]
    assert words in found[0].what


def test_a_row_in_order_is_not_told_of() -> None:
    assert [f for f in examine(growing()) if f.where.startswith("Integrated care")] == []
