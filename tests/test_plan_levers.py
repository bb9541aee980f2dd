"""What the report and the workbook say of group courses, employment advisers, integrated care and retention measures, each figure by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

import plan_samples
from optimiser.plan import report
from optimiser.plan.check import check, work_out
from optimiser.plan.data import (
    EmploymentAdviser,
    GroupCourse,
    GroupStarts,
    IntegratedCare,
    IntegratedStarts,
    PlanAnswer,
    PlanInput,
    PostsEstablished,
    RetentionEffect,
    RetentionMeasure,
    RetentionTaken,
    Starts,
    TreatmentHours,
)
from optimiser.plan.figures import Figures
from optimiser.plan.publish import Counts
from optimiser.plan.sections import Names
from optimiser.plan.sections.people import staff_chart
from optimiser.result import Outcome, Solved, Status
from plan_model_tools import best, fits, plan, post, quarter, staff, varied, yearly
from test_plan_report import RUN, Page, page

if TYPE_CHECKING:
    from pathlib import Path

LEVERS = {"Result advisers", "Result groups", "Result integrated care", "Result measures"}


def instance() -> PlanInput:
    """Ten therapists, of whom a fifth leave in a quarter, one of them trained for integrated care, and an adviser."""
    return plan(
        2,
        posts=(post(integrated=True, leavers_first_year=yearly(0.2), leavers_later=yearly(0.2)), post("adviser", high=False)),
        staff=(staff("therapist", 10), staff("adviser", 1)),
        employment_advisers=(EmploymentAdviser(service="s", post="adviser", clinicians_per_adviser=4),),
        group_courses=(GroupCourse(service="s", step="high", people=10, sessions=5, session_minutes=120, maximum_share=0.5),),
        integrated_care=(IntegratedCare(service="s", step="high", baseline=40, integrated_share=0.5),),
        retention_measures=(
            RetentionMeasure(measure="Premium", service="s", year_pounds=40_000, stream="pay"),
            RetentionMeasure(measure="Sabbatical", service="s", year_pounds=4000, stream="pay"),
        ),
        retention_effects=(
            RetentionEffect(measure="Premium", post="therapist", leavers_avoided=0.5),
            RetentionEffect(measure="Sabbatical", post="therapist", leavers_avoided=0.1),
        ),
    )


def answer(data: PlanInput) -> PlanAnswer:
    """In each quarter 50 courses one to one, 5 of them integrated, and 20 in groups; the premium."""
    at = [{"service": "s", "step": "high", "quarter": quarter(t)} for t in (1, 2)]
    decided = PlanAnswer.model_validate(
        {
            "posts": tuple(PostsEstablished(service="s", post=p, year="2026/27", posts=n) for p, n in (("therapist", 8), ("adviser", 1))),
            "starts": tuple(Starts.model_validate({**row, "courses": 50}) for row in at),
            "group_starts": tuple(GroupStarts.model_validate({**row, "courses": 20}) for row in at),
            "integrated_starts": tuple(IntegratedStarts.model_validate({**row, "courses": 5}) for row in at),
            "treatment_hours": tuple(TreatmentHours.model_validate({**row, "post": "therapist", "hours": 540}) for row in at),
            "retention": (RetentionTaken(measure="Premium", service="s", taken=1, kept=0, pounds=0),),
        }
    )
    return work_out(data, decided)


@pytest.fixture(scope="module")
def data() -> PlanInput:
    return instance()


@pytest.fixture(scope="module")
def found(data: PlanInput) -> list[Solved[PlanAnswer]]:
    made = answer(data)
    assert check(data, made).findings == ()
    return [Solved("", made, Outcome(Status.FEASIBLE, (), {}))]


@pytest.fixture(scope="module")
def shown(data: PlanInput, found: list[Solved[PlanAnswer]]) -> Page:
    return page(data, found)


def test_each_lever_has_its_table(shown: Page) -> None:
    # 7.2 therapists in Q2 want 1.8 advisers; 8 in Q1 want 2.
    assert shown.rows("advisers")["Service"] == ["adviser, band 7", "4.0", "1.8", "1.0", "1.0 in April to June 2026"]
    # 40 of 140; one to one they would take 400 hours, in groups they take 80.
    assert shown.rows("groups")["Service"] == ["high intensity", "40", "29%", "50%", "320"]
    # 30 above the baseline in each quarter; 5 of 15 in each.
    assert shown.rows("integrated")["Service"] == ["high intensity", "40", "60", "30", "10", "20"]
    # Half of the fifth of 8.
    assert shown.table("retention")[1:] == [
        ["Premium", "Service", "taken", "0.8", "20,000", "25,000"],
        ["Sabbatical", "Service", "left", "–", "–", "–"],
    ]


def test_staff_against_need_leaves_out_who_gives_no_courses(data: PlanInput) -> None:
    def sentence(of: PlanInput) -> str:
        return staff_chart(Figures(of, answer(of)), Names(of, Counts(publishable=False))).sentence

    # Ten therapists, a fifth of whom leave before the first quarter.
    assert "Staff in post go from 8.0 WTE" in sentence(data)
    assert "Left out, as they give no courses: adviser." in sentence(data)
    treating = varied(data, posts=(data.posts[0], data.posts[1].model_copy(update={"high": True})))
    assert "Staff in post go from 9.0 WTE" in sentence(treating)
    assert "Left out" not in sentence(treating)


def test_what_is_short_is_told_with_ways_out(shown: Page) -> None:
    short = shown.rows("shortfalls")
    assert short["Employment advisers: adviser, band 7"][0] == "Service"
    assert "Fund and recruit more advisers" in short["Employment advisers: adviser, band 7"][-1]
    assert "20 courses" not in short["Integrated courses: high intensity"][1]
    assert "10 courses" in short["Integrated courses: high intensity"][1]


def test_the_decision_names_the_measures_taken_and_their_money_is_an_item(shown: Page) -> None:
    assert "Take Premium at Service to keep staff." in shown.root.text
    assert shown.rows("cost-items")["Retention measures"] == ["20,000", "20,000"]


def test_small_numbers_and_money_for_the_staff_of_a_service_are_left_out(data: PlanInput, found: list[Solved[PlanAnswer]], tmp_path: Path) -> None:
    published = page(data, found, publishable=True)
    assert published.rows("retention")["Premium"] == ["Service", "taken", "under 5", "–", "–"]
    assert published.rows("groups")["Service"] == ["high intensity", "40", "29%", "50%", "–"]
    names = report.write(tmp_path, data, found, RUN, publishable=True)
    assert "csv/group_starts.csv" in names
    assert "csv/retention.csv" not in names


def test_the_workbook_has_a_sheet_for_each(data: PlanInput, found: list[Solved[PlanAnswer]], tmp_path: Path) -> None:
    report.write(tmp_path, data, found, RUN, publishable=False)
    assert set(load_workbook(tmp_path / "plan.xlsx").sheetnames) >= LEVERS


def test_without_the_levers_nothing_is_said_of_them(found: list[Solved[PlanAnswer]], tmp_path: Path) -> None:
    plain = plan(2, staff=(staff("therapist", 10),))
    made = work_out(plain, PlanAnswer())
    solved = [Solved("", made, found[0].outcome)]
    text = report.page(plain, solved, RUN, publishable=False)
    assert 'id="levers"' not in text
    assert "to keep staff" not in text
    report.write(tmp_path, plain, solved, RUN, publishable=False)
    assert not set(load_workbook(tmp_path / "plan.xlsx").sheetnames) & LEVERS


# --- more freedom never hurts, another must never helps -----------------------------------------------------------------

FREEDOM: dict[str, dict[str, Any]] = {
    "groups": {
        "group_courses": (
            GroupCourse(service="camden", step="high", people=8, sessions=6, session_minutes=90, other_minutes=60, maximum_share=0.3, quality=0.9),
        )
    },
    "retention": {
        "retention_measures": (RetentionMeasure(measure="Premium", service="camden", wte_pounds=800, stream="staff"),),
        "retention_effects": tuple(RetentionEffect(measure="Premium", post=p, leavers_avoided=0.5) for p in ("pwp", "hit")),
    },
}
MUSTS: dict[str, dict[str, Any]] = {
    "advisers": {"employment_advisers": (EmploymentAdviser(service="camden", post="senior_pwp", clinicians_per_adviser=6),)},
    "integrated": {"integrated_care": (IntegratedCare(service="camden", step="high", baseline=120, integrated_share=0.5),)},
}


def exact(**tables: Any) -> PlanInput:
    """The small sample, high-intensity therapists trained for integrated care, with no level giving anything up."""
    sample = plan_samples.tiny(5)
    trained = tuple(p.model_copy(update={"integrated": p.post == "hit"}) for p in sample.posts)
    level = tuple(p.model_copy(update={"tolerance": 0.0}) for p in sample.priorities)
    return varied(sample, **({"posts": trained, "priorities": level} | tables))


@pytest.fixture(scope="module")
def helped() -> list[float]:
    """Value of every level without any lever."""
    return [level.value for level in best(exact())[1].levels]


@pytest.mark.parametrize("name", FREEDOM)
def test_a_lever_that_may_be_left_never_makes_the_best_plan_worse(name: str, helped: list[float]) -> None:
    unmet, good, _ = (level.value for level in best(exact(**FREEDOM[name]))[1].levels)
    assert unmet <= helped[0] + 1e-4
    assert good > helped[1] + 1  # the sample is short of hours and of staff


@pytest.mark.parametrize("name", MUSTS)
def test_another_must_never_makes_the_best_plan_better(name: str, helped: list[float]) -> None:
    unmet, good, _ = (level.value for level in best(exact(**MUSTS[name]))[1].levels)
    assert unmet > helped[0] + 1e-3 or good <= helped[1] + 1e-2


def test_all_levers_together_make_a_plan_that_passes_the_check() -> None:
    data = exact(**{key: rows for lever in (FREEDOM | MUSTS).values() for key, rows in lever.items()})
    answer, _ = best(data)
    assert answer.group_starts
    assert fits(data, answer)
