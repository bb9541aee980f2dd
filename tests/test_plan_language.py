"""Courses in other languages (rule C6): interpreters against therapists whose mother tongue it is.

The neutral plan is in ``plan_model_tools``: a course takes 10 hours, all of them in sessions; 1 WTE has 100 hours a quarter and costs £10,000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from models.plan.build import build
from optimiser.compile import compile_model
from optimiser.plan.check import check, work_out
from optimiser.plan.data import LabourMarket, Language, MotherTongueHours, PlanAnswer, PlanInput, Speaker
from optimiser.plan.examine import describe, examine
from optimiser.plan.figures import Figures
from optimiser.plan.publish import Counts, tidy
from optimiser.plan.report import page
from optimiser.plan.sections import Names, cost_tables, languages_table
from optimiser.result import Solved, Status
from plan_model_tools import best, budget, care, changed, fits, goals, least, limit, market, plan, post, quarter, staff, term, varied
from plan_samples import full

if TYPE_CHECKING:
    from collections.abc import Callable

Q1, Q2 = quarter(1), quarter(2)


def language(share: float, longer: float = 1, name: str = "Turkish", **changes: Any) -> Language:
    """A language that a share of courses needs, with interpreters at £40 an hour."""
    neutral = {"service": "s", "language": name, "share": share, "interpreter_pounds": 40, "longer": longer, "stream": "interpreting"}
    return Language.model_validate(neutral | changes)


def speakers(*languages: str) -> tuple[Speaker, ...]:
    """What the holders of the post ``native`` speak."""
    return tuple(Speaker(post="native", language=name) for name in languages)


def town(native: float = 0, therapists: float = 1, **tables: Any) -> PlanInput:
    """Therapists, and staff who also speak Turkish, at a service where half of the courses are in Turkish and then take twice as long."""
    return plan(
        **{
            "posts": (post(), post("native")),
            "staff": (staff("therapist", therapists), staff("native", native)),
            "languages": (language(0.5, 2),),
            "speakers": speakers("Turkish"),
            **tables,
        }
    )


# --- the rule binds ---------------------------------------------------------------------------------------------------

BINDING: dict[str, tuple[Callable[[], PlanInput], dict[str, float]]] = {
    # Half of the courses take 20 hours: 100 hours are 100 / 15 courses, half of them with 20 hours of an interpreter.
    "C6 interpreters only": (town, {"completed_courses": 100 / 15, "cost": 10_000 + 50 / 15 * 20 * 40}),
    # 200 hours, 100 of them in the mother tongue: 20 courses of 10 hours, without any interpreter.
    "C6 mother tongue": (lambda: town(1), {"completed_courses": 20, "cost": 20_000}),
    # 150 hours for y courses: 10 y, and 5 y less the 50 hours of the half post once more. y = 40/3, of which 16.67 hours are interpreted, in 33.33.
    "C6 half a post": (lambda: town(0.5), {"completed_courses": 40 / 3, "cost": 20_000 + 2 * (200 / 3 - 50) * 40}),
    # Five people wait: half of their 50 hours are in Turkish, however many could be given in it; three in four WTE would do for all.
    "C6 no more than is needed": (lambda: town(1, care=(care(waiting=5),)), {"completed_courses": 5}),
    # Two languages, a quarter each, and half a post that speaks both: 150 hours for 10 y, and 5 y less 50 once more, as with one.
    "C6 two languages and one post": (
        lambda: town(0.5, languages=(language(0.25, 2), language(0.25, 2, "Somali")), speakers=speakers("Turkish", "Somali")),
        {"completed_courses": 40 / 3},
    ),
    # Only Turkish is spoken, 2.5 y of it: y = 12 would need 30 of the 50 hours; so all Turkish and no Somali: 150 = 10 y + 2.5 y.
    "C6 the other language": (
        lambda: town(0.5, languages=(language(0.25, 2), language(0.25, 2, "Somali"))),
        {"completed_courses": 12},
    ),
    # Of 10 hours 7.5 are in sessions, of which half are missed; the write-up is no longer. 100 hours for 10 y and half as much again of 7.5 y × 0.4:
    # 100 / 13; interpreters for twice 3 hours of each.
    "C6 write-up is no longer": (
        lambda: town(
            languages=(language(0.4, 2),),
            care=(care(session_minutes=22.5, attended=0.5, writeup_minutes=15),),
        ),
        {"completed_courses": 100 / 13, "cost": 10_000 + 100 / 13 * 6 * 40},
    ),
    # Half of a course's work falls in the next quarter, its assessment of an hour in the first; two were carried over. Q1 has 10 hours of theirs and
    # 6 for each of y; all are interpreted and half as long again: 100 = 1.5 (10 + 6 y). Q2: 100 = 1.5 (5 y + 6 y').
    "C6 from quarter to quarter": (
        lambda: town(
            quarters=2,
            languages=(language(1, 1.5),),
            care=(care(same_quarter=0.5, assessment_minutes=60, carried_over=2),),
            **goals(("max", {"entering_treatment": 1.0})),
        ),
        {"entering_treatment": (100 / 1.5 - 10) / 6 + (100 / 1.5 - 5 * (100 / 1.5 - 10) / 6) / 6},
    ),
    # £1,000 for interpreters at £40, 5 hours of each course: 5 courses. Those who speak it are asked of no money: 5 more hours a course.
    "C6 money for interpreters": (
        lambda: town(languages=(language(0.5),), speakers=(), budget=(budget("interpreting", 1000),)),
        {"completed_courses": 5},
    ),
    # Courses already started are interpreted too: 3 of them, all their hours in Q1.
    "C6 courses carried over": (
        lambda: town(languages=(language(1),), care=(care(waiting=0, carried_over=3, same_quarter=0),), **least("cost")),
        {"cost": 10_000 + 3 * 10 * 40},
    ),
}
"""Name of each case, which begins with its rule: the plan, and the value of terms by hand."""


@pytest.mark.parametrize("name", BINDING)
def test_c6_binds_and_the_optimum_is_the_number_worked_out_by_hand(name: str) -> None:
    case, expected = BINDING[name]
    answer, _ = best(cheapest(case()), status=Status.OPTIMAL)
    assert {key: term(answer, key) for key in expected} == pytest.approx(expected, rel=1e-4)


def cheapest(data: PlanInput) -> PlanInput:
    """The same plan, and at last the least cost of it."""
    at = len(data.priorities) + 1
    last = goals(("min", {"cost": 1.0}))
    return varied(
        data,
        priorities=(*data.priorities, last["priorities"][1].model_copy(update={"priority": at, "name": "Cost"})),
        objectives=(*data.objectives, last["objectives"][1].model_copy(update={"priority": at})),
    )


def test_without_c6_the_same_plan_needs_no_interpreter() -> None:
    answer, _ = best(town(languages=(), speakers=()))
    assert term(answer, "completed_courses") == pytest.approx(10)
    assert not [row for row in answer.spend if row.item == "interpreters"]


def test_without_languages_the_model_is_the_one_it_was() -> None:
    data = full()
    told = varied(data, languages=(language(0.1, 2, service="camden"),), speakers=(Speaker(post="pwp", language="Turkish"),))
    unspoken = varied(data, speakers=told.speakers)
    sizes = [compile_model(build(d)).size for d in (data, unspoken, varied(told, speakers=()), told)]
    assert sizes[0] == sizes[1]
    rows_and_columns = [(size["rows"], size["columns"]) for size in sizes]
    assert rows_and_columns[2] == rows_and_columns[0]  # all of it interpreted: nothing to decide, and no row
    rows, columns = rows_and_columns[0]
    assert rows_and_columns[3] == (rows + 2 * 6, columns + 6)


def test_interpreters_who_cost_nothing_and_take_no_longer_change_nothing_and_a_speaker_makes_no_plan_worse() -> None:
    data = varied(full(3), priorities=tuple(row.model_copy(update={"tolerance": 0.0}) for row in full(3).priorities))
    free = varied(data, languages=(language(0.3, service="camden", interpreter_pounds=0),))
    longer = varied(data, languages=(language(0.3, 1.5, service="camden", stream="staff"),))
    spoken = varied(longer, speakers=(Speaker(post="hit", language="Turkish"),))
    plain, same, worse, better = ([level.value for level in best(d)[1].levels] for d in (data, free, longer, spoken))
    assert same == pytest.approx(plain, rel=1e-6, abs=5e-4)
    assert worse[1] < better[1] - 1 < plain[1]


# --- a market of their own --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pounds", "hired"),
    [
        # Without interpreters' costs the 2 hours of an interpreted course are still two: a native gives 10 courses, a therapist 5.
        (0, {"native": 2, "therapist": 1}),
        # At £200 an hour 10 courses of a therapist would be as dear as 4 natives.
        (200, {"native": 2, "therapist": 1}),
    ],
)
def test_mother_tongue_therapists_are_hired_as_far_as_their_own_scarce_market_goes(pounds: float, hired: dict[str, float]) -> None:
    data = town(
        0,
        0,
        posts=(post(role="therapist"), post("native", role="therapist")),
        languages=(language(1, 2, interpreter_pounds=pounds),),
        recruitment=(market("therapist", 9, market="all"), market("native", 9, market="Turkish speakers")),
        labour_markets=(
            LabourMarket(market="all", role="therapist", from_quarter=Q1, applicants=9),
            LabourMarket(market="Turkish speakers", role="therapist", from_quarter=Q1, applicants=2),
        ),
        limits=(limit("posts", "at most", 3),),
    )
    answer, _ = best(data, status=Status.OPTIMAL)
    assert {row.post: row.wte for row in answer.hires} == pytest.approx(hired)
    assert term(answer, "completed_courses") == pytest.approx(25)


# --- kept and broken --------------------------------------------------------------------------------------------------


def spoken(hours: float, name: str = "Turkish", by: str = "native") -> dict[str, Any]:
    return {"mother_tongue": (MotherTongueHours(service="s", post=by, language=name, step="high", quarter=Q1, hours=hours),)}


BROKEN: dict[str, tuple[Callable[[], PlanInput], dict[str, Any]]] = {
    "C6 more than the post uses": (BINDING["C6 half a post"][0], spoken(60)),
    "C6 more than courses take": (BINDING["C6 no more than is needed"][0], spoken(30)),
    "C6 who does not speak it": (BINDING["C6 half a post"][0], spoken(50, by="therapist")),
    "C6 a language nobody speaks": (BINDING["C6 the other language"][0], spoken(30, "Somali")),
}
"""Name of each twin: the plan, and the tables in which the twin differs from the best answer."""


@pytest.mark.parametrize("name", BROKEN)
def test_c6_an_answer_that_keeps_it_is_accepted_and_the_twin_that_breaks_it_is_not(name: str) -> None:
    case, twin = BROKEN[name]
    data = cheapest(case())
    kept, _ = best(data)
    assert fits(data, kept)
    broken = changed(work_out(data, changed(kept, **twin)), shortfalls=())
    assert {finding.code for finding in check(data, broken).findings} == {"C6"}
    assert not fits(data, broken)


def test_c6_longer_sessions_left_out_are_a_shortfall_of_c2() -> None:
    # All 150 hours are used; without the 50 in the mother tongue the courses take 50 more.
    data = town(0.5)
    kept, _ = best(data)
    silent = work_out(data, changed(kept, mother_tongue=()))
    (row,) = silent.shortfalls
    assert row.rule == "C2"
    assert row.short == pytest.approx(50, rel=1e-4)
    assert check(data, silent).findings == ()
    assert {finding.code for finding in check(data, changed(silent, shortfalls=())).findings} == {"C2"}


def test_c6_interpreters_are_charged_and_the_answer_must_say_so() -> None:
    data = town()
    kept, _ = best(data)
    (row,) = [row for row in kept.spend if row.item == "interpreters"]
    assert (row.service, row.stream) == ("s", "interpreting")
    assert row.pounds == pytest.approx(50 / 15 * 20 * 40, abs=0.01)
    without = changed(kept, spend=tuple(r for r in kept.spend if r != row))
    assert {finding.code for finding in check(data, without).findings} == {"B1"}


def test_c6_rows_of_a_language_that_the_input_does_not_know_are_left_out_and_said() -> None:
    data = town(1)
    kept, _ = best(data)
    (finding,) = check(data, work_out(data, changed(kept, mother_tongue=(*kept.mother_tongue, *spoken(1, "Welsh")["mother_tongue"])))).findings
    assert (finding.code, finding.what) == ("ANSWER", "Languages has no row for it.")


# --- what is told -----------------------------------------------------------------------------------------------------


def told(data: PlanInput) -> list[tuple[str, str, str]]:
    return [(f.severity, f.code, f.where) for f in examine(data) if f.where.startswith(("Languages", "Speakers", "Budget"))]


def in_order(**tables: Any) -> PlanInput:
    return town(1, **{"budget": (budget("pay", 90_000), budget("interpreting", 90_000)), **tables})


def test_languages_in_order_are_not_complained_of_and_are_described() -> None:
    assert told(in_order()) == []
    assert "Languages at Service: Turkish in 50.0% of courses (therapists speak it)." in describe(in_order())


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"languages": (language(0.6), language(0.5, 1, "Somali"))}, ("error", "IN-03", "Languages (s)")),
        ({"languages": (language(0.5), language(0, 1, "Somali"))}, ("warning", "IN-14", "Languages (s, Somali)")),
        ({"languages": (language(0.5), language(0.1, 1, "Somali", interpreter_pounds=0))}, ("warning", "IN-11", "Languages (s, Somali)")),
        ({"languages": (language(0.5, interpreter_pounds=400),)}, ("warning", "IN-11", "Languages (s, Turkish)")),
        ({"speakers": (*speakers("Turkish"), Speaker(post="clerk", language="Turkish")),
          "posts": (post(), post("native"), post("clerk", high=False))}, ("warning", "IN-14", "Speakers (clerk, Turkish)")),
        ({"staff": (staff("therapist", 1),)}, ("warning", "IN-14", "Speakers (native, Turkish)")),
        ({"budget": (budget("pay", 90_000),)}, ("error", "IN-13", "Budget (interpreting, 2026/27)")),
    ],
)  # fmt: skip
def test_what_is_odd_about_a_language_is_said(tables: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert told(in_order(**tables)) == [expected]


def test_a_language_of_a_service_that_treats_nobody_is_an_error() -> None:
    assert ("error", "IN-13", "Languages (s, Turkish)") in told(in_order(care=()))


def test_the_report_shows_who_gives_the_courses_and_what_interpreters_cost() -> None:
    data = town(0.5)
    answer, outcome = best(cheapest(data))
    f, n = Figures(data, answer), Names(data, Counts(publishable=False))
    # 13.3 courses of 10 hours, half of them in Turkish: 66.7 hours, 50 by natives, 16.7 interpreted in 33.3 hours.
    assert languages_table(f, n).rows == (("Service", "Turkish", "7", "75%", "33", "1,000", "17"),)
    assert [row[0] for row in cost_tables(f, n)[0].rows] == ["Posts established", "Interpreters", "All"]
    # 13.3 hours or more a course: nobody joins, so nobody is needed.
    assert f.need["high"] == (0,)
    text = page(data, [Solved("", answer, outcome)], {}, publishable=False)
    assert "Interpreters and mother-tongue therapists" in text
    assert "Interpreters and mother-tongue therapists" not in page(data, [Solved("", answer, outcome)], {}, publishable=True)
    assert "mother_tongue" in tidy([answer], publishable=False)
    assert "mother_tongue" not in tidy([answer], publishable=True)
    assert "Interpreters and mother-tongue therapists" not in page(
        full(), [Solved("", work_out(full(), PlanAnswer()), outcome)], {}, publishable=False
    )


def test_staff_needed_counts_longer_sessions_as_far_as_the_plan_has_them() -> None:
    # 20 people join in the quarter: 200 hours, and half of a half of them once more where all is interpreted: 300 of 100 hours a WTE.
    data = town(demand=({"service": "s", "quarter": Q1, "referrals": 20},), care=(care(route=1),))
    answer, _ = best(data)
    assert Figures(data, answer).need["high"] == pytest.approx((3,))
    answer, _ = best(varied(data, staff=(staff("therapist", 1), staff("native", 1))))
    assert Figures(varied(data, staff=(staff("therapist", 1), staff("native", 1))), answer).need["high"] == pytest.approx((2,), rel=1e-3)
