"""Group courses (rule C8): worked out by hand, held to the checker, kept and broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from models.plan.build import build
from optimiser.plan.check import check, work_out
from optimiser.plan.data import GroupCourse, GroupStarts, PlanInput, Starts
from optimiser.plan.examine import examine
from optimiser.result import Status
from plan_model_tools import best, care, changed, fits, goals, limit, most, plan, post, quarter, staff, term

if TYPE_CHECKING:
    from collections.abc import Callable

Q1, Q2 = quarter(1), quarter(2)


def grouped(quarters: int = 1, offer: dict[str, Any] | None = None, **tables: Any) -> PlanInput:
    """One therapist: 100 hours a quarter, 10 for a course. A group of ten meets five times for two hours with two therapists: 2 hours a person."""
    row = {"service": "s", "step": "high", "people": 10, "sessions": 5, "session_minutes": 120, "staff": 2, "maximum_share": 0.5}
    neutral: dict[str, Any] = {"staff": (staff("therapist", 1),), "group_courses": (GroupCourse.model_validate(row | (offer or {})),)}
    return plan(quarters, **(neutral | tables))


PAIR = 12
"""Hours of a one-to-one course and a place in a group."""

BINDING: dict[str, tuple[Callable[[], PlanInput], str, float]] = {
    # As many in groups as one to one: 100 / 12 of each.
    "C8 largest share": (lambda: grouped(), "completed_courses", 2 * 100 / PAIR),
    # One in groups for three one to one: 32 hours for four.
    "C8 a quarter of them": (lambda: grouped(offer={"maximum_share": 0.25}), "completed_courses", 4 * 100 / 32),
    # Another two hours a session, another hour a person.
    "C8 preparation": (lambda: grouped(offer={"other_minutes": 120}), "completed_courses", 2 * 100 / (PAIR + 1)),
    "C8 three in the room": (lambda: grouped(offer={"staff": 3}), "completed_courses", 2 * 100 / (PAIR + 1)),
    "C8 half as often completed": (lambda: grouped(offer={"quality": 0.5}), "completed_courses", 1.5 * 100 / PAIR),
    # Half of the one-to-one courses end in recovery and a quarter of those in groups.
    "C8 half as often recovered": (
        lambda: grouped(offer={"recovery": 0.5}, **most("reliable_recoveries")),
        "reliable_recoveries",
        0.75 * 100 / PAIR,
    ),
    # Half of the work now, and an hour's assessment each: 6 + 2 hours.
    "C8 work in two quarters": (
        lambda: grouped(care=(care(same_quarter=0.5, assessment_minutes=60),), **most("entering_treatment")),
        "entering_treatment",
        2 * 100 / 8,
    ),
    # Three in groups and the rest of the time one to one.
    "C8 pinned": (lambda: grouped(limits=(limit("group_starts", "exactly", 3),)), "completed_courses", 3 + (100 - 6) / 10),
    # 10 wait, and nobody starts who does not.
    "C8 people in groups wait as well": (lambda: grouped(care=(care(waiting=10),)), "completed_courses", 10),
}


@pytest.mark.parametrize("name", BINDING)
def test_c8_binds_and_the_optimum_is_the_number_worked_out_by_hand(name: str) -> None:
    case, goal, value = BINDING[name]
    answer, _ = best(case(), status=Status.OPTIMAL)
    assert term(answer, goal) == pytest.approx(value, rel=1e-6)


def test_c8_without_the_row_nobody_starts_in_a_group() -> None:
    answer, _ = best(grouped(group_courses=()))
    assert term(answer, "completed_courses") == pytest.approx(10)
    assert answer.group_starts == ()
    assert len(build(grouped(group_courses=())).group_starts) == 0


def test_c8_what_starts_in_one_quarter_completes_recovers_and_steps_up_in_the_next() -> None:
    # Low: 60 hours now, half of the work in each quarter. 10 one to one (5 hours now) and 10 in groups (1 hour now) use them up; then nobody starts.
    # Completed: half of 10 + 0.5 × 10 in each quarter; recovered: half of 5 + 0.8 × 2.5. Stepped up in Q2: half of all 20.
    data = grouped(
        2,
        {"step": "low", "quality": 0.5, "recovery": 0.8},
        posts=(post(low=True, high=False, other_hours=31.5),),
        care=(care("low", waiting=20, same_quarter=0.5, step_up=0.5), care(waiting=0)),
        **goals(("max", {"completed_courses": 1.0, "waiting_too_long": -1.0})),
    )
    answer, _ = best(data, status=Status.OPTIMAL)
    rows = {(r.step, r.quarter): r for r in answer.queues}
    assert [row.courses for row in answer.group_starts] == pytest.approx([10])
    assert [rows["low", q].completed for q in (Q1, Q2)] == pytest.approx([7.5, 7.5])
    assert [rows["low", q].recovered for q in (Q1, Q2)] == pytest.approx([0.5 * (5 + 0.8 * 2.5)] * 2)
    assert rows["high", Q2].joined == pytest.approx(10)
    assert fits(data, answer)


def starts(one_to_one: float, in_groups: float) -> dict[str, Any]:
    at = {"service": "s", "step": "high", "quarter": Q1}
    return {
        "starts": (Starts.model_validate({**at, "courses": one_to_one}),),
        "group_starts": (GroupStarts.model_validate({**at, "courses": in_groups}),),
    }


BROKEN = {
    # One to one and in groups. 20 of 26 in groups take 100 hours; 10 of 20 take 120.
    "C8 too many in groups": (6, 20),
    "C2 hours of groups not given": (10, 10),
}


@pytest.mark.parametrize("name", BROKEN)
def test_c8_a_plan_that_keeps_the_rule_passes_and_twins_that_break_it_are_found(name: str) -> None:
    one_to_one, in_groups = BROKEN[name]
    data = grouped()
    kept, _ = best(data)
    assert fits(data, kept)
    assert fits(data, work_out(data, kept))
    broken = changed(work_out(data, changed(kept, **starts(one_to_one, in_groups))), shortfalls=())
    assert {f.code for f in check(data, broken).findings} == {name.split()[0]}
    assert not fits(data, broken)


def test_c8_completions_and_recoveries_wrongly_stated_are_found() -> None:
    data = grouped(offer={"quality": 0.5, "recovery": 0.5})
    kept, _ = best(data)
    [row] = kept.queues
    for column in ("completed", "recovered"):
        wrong = row.model_copy(update={column: getattr(row, column) + 1})
        assert {f.code for f in check(data, changed(kept, queues=(wrong,))).findings} == {"C5"}


def test_c8_people_in_groups_of_a_step_without_a_row_are_found() -> None:
    data = grouped(group_courses=())
    kept, _ = best(data)
    broken = changed(kept, group_starts=(GroupStarts(service="s", step="high", quarter=Q1, courses=1),))
    assert {f.code for f in check(data, broken).findings} == {"ANSWER"}
    assert not fits(data, broken)


@pytest.mark.parametrize(
    ("offer", "severity", "code", "words"),
    [
        ({"step": "low"}, "error", "IN-13", "no low-intensity row"),
        ({"quality": 1.5}, "error", "IN-03", "150% of courses in groups would be completed"),
        ({"recovery": 2.0}, "error", "IN-03", "reliable recovery"),
        ({"people": 2}, "warning", "IN-11", "10.0 hours"),
        ({"maximum_share": 0}, "warning", "IN-14", "largest share is 0"),
    ],
)
def test_odd_rows_are_told(offer: dict[str, Any], severity: str, code: str, words: str) -> None:
    found = [f for f in examine(grouped(offer=offer, care=(care(reliable_recovery=0.6),))) if f.where.startswith("Group courses")]
    assert [(f.severity, f.code) for f in found] == [(severity, code)]
    assert words in found[0].what
    assert found[0].fix


def test_a_row_in_order_is_not_told_of() -> None:
    assert [f for f in examine(grouped()) if f.where.startswith("Group courses")] == []
