"""Staff above the establishment, reduced hours, losses on moves (rules P7, P8, P9), whole people and another first year (P1): by hand, kept, broken.

One therapist has 100 hours in a quarter, gives 10 courses of 10 hours and costs £10,000 a quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from models.plan.build import build
from optimiser.compile import compile_model
from optimiser.plan import sections
from optimiser.plan.check import check, work_out
from optimiser.plan.data import (
    Flow,
    Hires,
    Move,
    OverEstablishment,
    PlanAnswer,
    PlanInput,
    PostsEstablished,
    ReducedHours,
    StaffOnReducedHours,
    StaffOverEstablishment,
    Starts,
    TreatmentHours,
)
from optimiser.plan.examine import examine
from optimiser.plan.figures import Figures
from optimiser.plan.publish import Counts
from plan_model_tools import best, budget, changed, fits, least, limit, market, most, plan, post, quarter, staff, term, trainee_post, varied, yearly
from plan_samples import tiny

if TYPE_CHECKING:
    from collections.abc import Callable

Q1 = quarter(1)
CODES = ("P1", "P3", "P7", "P8", "P9")


def over(maximum: float, name: str = "therapist", extra_pounds: float = 4000) -> OverEstablishment:
    return OverEstablishment(service="s", post=name, maximum=maximum, extra_pounds=extra_pounds)


def reduced(maximum: float, name: str = "therapist", share: float = 0.5, extra_pounds: float = 400) -> ReducedHours:
    return ReducedHours(service="s", post=name, share=share, maximum=maximum, extra_pounds=extra_pounds)


def one_post_for_two(**tables: Any) -> PlanInput:
    """Two therapists whom nobody may dismiss, and one post in halves."""
    neutral: dict[str, Any] = {
        "service": {"post_unit": 0.5},
        "staff": (staff("therapist", 2),),
        "limits": (limit("posts", "at most", 1, scope="each"),),
    }
    return plan(1, **(neutral | tables))


def two_teams(together: float | None = None) -> PlanInput:
    """Two kinds of therapist, each as in :func:`one_post_for_two`, each of whom one may be above the post."""
    return one_post_for_two(
        service={"post_unit": 0.5, "over_establishment": together},
        posts=(post("a"), post("b")),
        staff=(staff("a", 2), staff("b", 2)),
        over_establishment=(over(1, "a"), over(1, "b")),
    )


def ladder(quarters: int = 1, **flow: Any) -> PlanInput:
    """Four juniors who are worth something only as seniors, of whom there are two."""
    return plan(
        quarters,
        posts=(post("junior"), post("senior", end_value=1)),
        staff=(staff("junior", 4), staff("senior", 2)),
        flows=(Flow.model_validate({"from_post": "junior", "to_post": "senior"} | flow),),
        **most("workforce_at_end"),
    )


def ten_hired(quarters: int, first_year: int) -> PlanInput:
    """Money for ten hires; half of the first-year staff leave in a quarter, a tenth of the later."""
    return plan(
        quarters,
        settings={"first_year_quarters": first_year},
        posts=(post(leavers_first_year=yearly(0.5), leavers_later=yearly(0.1)),),
        recruitment=(market("therapist", 10, cost_pounds=1000),),
        budget=(budget("hiring", 10_000),),
    )


# --- they bind --------------------------------------------------------------------------------------------------------

BINDING: dict[str, tuple[Callable[[], PlanInput], dict[str, float]]] = {
    # The second therapist costs £10,000 as the first does, and £1,000 on top.
    "P7 above the posts": (lambda: one_post_for_two(over_establishment=(over(1),)), {"unmet_musts": 0, "completed_courses": 20, "cost": 21_000}),
    "P7 at most the post's number": (
        lambda: one_post_for_two(over_establishment=(over(0.5),)),
        {"unmet_musts": 0.5, "completed_courses": 20, "cost": 15_000 + 5500},
    ),
    "P7 each post its own": (two_teams, {"unmet_musts": 0, "cost": 42_000}),
    "P7 all posts together": (lambda: two_teams(1.5), {"unmet_musts": 0.5, "cost": 25_000 + 16_500}),
    "P7 no more than there are": (
        lambda: plan(staff=(staff("therapist", 1),), over_establishment=(over(3),), limits=(limit("over_establishment", "at least", 3),)),
        {"unmet_musts": 2, "completed_courses": 10},
    ),
    # Two posts established, one of them to be filled.
    "P7 posts filled": (
        lambda: plan(
            staff=(staff("therapist", 2),),
            over_establishment=(over(9),),
            limits=(limit("posts_filled", "exactly", 1, scope="each"),),
            **least("cost"),
        ),
        {"unmet_musts": 0, "cost": 21_000},
    ),
    "P7 rather than an end of contract": (
        lambda: one_post_for_two(posts=(post(release_pounds=0),), over_establishment=(over(0.75),), **least("contracts_ended")),
        {"unmet_musts": 0, "contracts_ended": 0.25},
    ),
    # Of a post at £40,000 and one above it at £44,000, in the year after the plan, £100 are not there.
    "P7 no cliff edge": (
        lambda: one_post_for_two(over_establishment=(over(1),), budget=(budget("pay", 100_000), budget("pay", 83_900, "2027/28"))),
        {"unmet_musts": 0.1},
    ),
    # Two at half hours in one post, paid £100 each for it.
    "P8 two in one post": (
        lambda: one_post_for_two(reduced_hours=(reduced(2),)),
        {"unmet_musts": 0, "completed_courses": 10, "cost": 10_200},
    ),
    "P8 at most their number": (lambda: one_post_for_two(reduced_hours=(reduced(1),)), {"unmet_musts": 0.5, "completed_courses": 15}),
    "P8 no more than in post": (
        lambda: plan(staff=(staff("therapist", 1),), reduced_hours=(reduced(5),), limits=(limit("reduced_hours", "at least", 2),)),
        {"unmet_musts": 1, "completed_courses": 5},
    ),
    # One post filled by two at 60 % and by one above the posts at 80 % of a WTE would be 2 × 0.6 − 0.2: those above count in full-time posts.
    "P8 and above the posts": (
        lambda: one_post_for_two(reduced_hours=(reduced(2, share=0.6),), over_establishment=(over(0.2, extra_pounds=0),)),
        {"unmet_musts": 0, "completed_courses": 12, "cost": 10_200 + 2000},
    ),
    "P9 at most a number a quarter": (lambda: ladder(2, maximum_moves=1), {"workforce_at_end": 4}),
    # A quarter of the seniors there are then, those who come counted: m = (2 + m) / 4.
    "P9 at most a share of those in the post": (lambda: ladder(maximum_moves_share=0.25), {"workforce_at_end": 2 + 2 / 3}),
    "P9 lost on the move": (lambda: ladder(lost_on_move=0.25), {"workforce_at_end": 5}),
    "P9 what a move costs": (
        lambda: varied(ladder(move_pounds=1000), limits=(limit("moves", "at least", 1.5),), **least("cost")),
        {"unmet_musts": 0, "cost": 60_000 + 2000},  # with 1.5 moves 2.5 juniors and 3.5 seniors would take seven posts
    ),
    "P1 lost on arrival": (lambda: plan(recruitment=(market("therapist", 4, lost_on_arrival=0.25),)), {"completed_courses": 30, "churn": 4}),
    "P1 whole people": (
        lambda: plan(settings={"whole_people": True}, recruitment=(market("therapist", 2.5),)),
        {"completed_courses": 20},
    ),
    "P1 no first year": (lambda: ten_hired(2, 0), {"completed_courses": 190}),  # 10 and 9
    "P1 a first year of two quarters": (lambda: ten_hired(4, 2), {"completed_courses": 197.5}),  # 10, 5, 2.5 and 2.25
}


@pytest.mark.parametrize("name", BINDING)
def test_p7_p8_p9_bind_and_the_optimum_is_the_number_worked_out_by_hand(name: str) -> None:
    case, expected = BINDING[name]
    answer, _ = best(case())
    assert {key: term(answer, key) for key in expected} == pytest.approx(expected, rel=1e-6, abs=1e-4)
    assert fits(case(), answer)


@pytest.mark.parametrize("name", ["P7 above the posts", "P8 two in one post"])
def test_p7_p8_without_rows_the_posts_hold_everybody(name: str) -> None:
    answer, _ = best(varied(BINDING[name][0](), over_establishment=(), reduced_hours=()))
    assert term(answer, "unmet_musts") == pytest.approx(1, abs=1e-4)
    assert (answer.over_establishment, answer.reduced_hours) == ((), ())


def test_p7_p8_p9_without_rows_the_model_is_what_it_was() -> None:
    rows = [compile_model(build(data)).size["rows"] for data in (tiny(), varied(tiny(), reduced_hours=(no_row(),)))]
    assert rows[1] == rows[0] + tiny().settings.quarters
    model, parts = build(tiny()), ("over_establishment", "reduced_hours", "p7_service", "p7_in_post", "p8_in_post", "p9_share")
    assert not any(len(model.component(name)) for name in parts)


def no_row() -> ReducedHours:
    return ReducedHours(service="camden", post="pwp", share=0.5, maximum=1)


# --- kept and broken --------------------------------------------------------------------------------------------------


def above(wte: float, name: str = "therapist") -> dict[str, Any]:
    return {"over_establishment": (StaffOverEstablishment(service="s", post=name, quarter=Q1, wte=wte),)}


def on_reduced_hours(people: float, name: str = "therapist") -> dict[str, Any]:
    return {"reduced_hours": (StaffOnReducedHours(service="s", post=name, quarter=Q1, people=people),)}


def moving(wte: float) -> dict[str, Any]:
    posts = (PostsEstablished(service="s", post=name, year="2026/27", posts=6) for name in ("junior", "senior"))
    return {"moves": (Move(service="s", from_post="junior", to_post="senior", quarter=Q1, wte=wte),), "posts": tuple(posts)}


def post_of(wte: float) -> dict[str, Any]:
    return {"posts": (PostsEstablished(service="s", post="therapist", year="2026/27", posts=wte),)}


BROKEN: dict[str, tuple[str, dict[str, Any], list[tuple[str, float]]]] = {
    "P7 more than the post may have": ("P7 above the posts", above(1.5), [("P7", 0.5)]),
    "P7 more than all may have": (
        "P7 all posts together",
        {"over_establishment": (*above(1, "a")["over_establishment"], *above(1, "b")["over_establishment"])},
        [("P7", 0.5)],
    ),
    "P7 more than there are": ("P7 no more than there are", above(1.5), [("P7", 0.5)]),
    "P7 fewer than there are": ("P7 above the posts", above(0.5), [("P3", 0.5)]),
    "P8 more than agreed": ("P8 at most their number", on_reduced_hours(1.5), [("P8", 0.5)]),
    "P8 more than in post": ("P8 no more than in post", on_reduced_hours(1.25), [("P8", 0.25)]),
    "P8 fewer than the post holds": ("P8 two in one post", on_reduced_hours(1), [("P3", 0.5)]),
    "P9 more than a quarter's moves": ("P9 at most a number a quarter", moving(2), [("P9", 1.0)]),
    "P9 more than the share": ("P9 at most a share of those in the post", moving(1), [("P9", 0.25)]),
    "P1 half a hire": ("P1 whole people", {"hires": (Hires(service="s", post="therapist", quarter=Q1, wte=1.5),), **post_of(2)}, [("P1", 0.5)]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_p7_p8_p9_are_kept_by_the_best_answer_and_not_by_a_twin(name: str) -> None:
    case, twin, expected = BROKEN[name]
    data = BINDING[case][0]()
    kept, _ = best(data)
    assert check(data, kept).findings == ()
    worked_out = work_out(data, changed(kept, starts=(), treatment_hours=(), **twin))
    found = [(f.code, round(f.amount or 0, 6)) for f in check(data, worked_out).findings]
    assert [pair for pair in found if pair[0] in CODES] == expected
    assert not fits(data, worked_out)


def test_p8_people_on_reduced_hours_do_not_work_full_ones() -> None:
    data = BINDING["P8 two in one post"][0]()
    full = {
        "starts": (Starts(service="s", step="high", quarter=Q1, courses=20),),
        "treatment_hours": (TreatmentHours(service="s", post="therapist", step="high", quarter=Q1, hours=200),),
    }
    answer = work_out(data, changed(best(data)[0], **full))
    assert [(f.code, round(f.amount or 0, 6)) for f in check(data, answer).findings] == [("C1", 100)]
    assert not fits(data, answer)


def test_p9_staff_stated_as_if_nobody_were_lost_on_the_move_are_a_fault() -> None:
    data = BINDING["P9 lost on the move"][0]()
    answer, _ = best(data)
    rows = tuple(r.model_copy(update={"wte": 6.0, "arrivals": 4.0}) if r.post == "senior" else r for r in answer.staff)
    assert {f.code for f in check(data, changed(answer, staff=rows)).findings} == {"P1"}
    assert not fits(data, changed(answer, staff=rows))


@pytest.mark.parametrize("item", ["over establishment", "reduced hours", "moves"])
def test_p7_p8_p9_a_charge_left_out_of_the_spending_is_a_fault(item: str) -> None:
    name = {"over establishment": "P7 above the posts", "reduced hours": "P8 two in one post", "moves": "P9 what a move costs"}[item]
    data = BINDING[name][0]()
    answer, _ = best(data)
    pounds = sum(r.pounds for r in answer.spend if r.item == item)
    assert pounds == pytest.approx({"over establishment": 11_000, "reduced hours": 200, "moves": 2000}[item])
    silent = changed(answer, spend=tuple(r for r in answer.spend if r.item != item))
    assert [(f.code, round(f.amount or 0.0, 2)) for f in check(data, silent).findings] == [("B1", round(pounds, 2))]


@pytest.mark.parametrize("rows", [above(1), on_reduced_hours(1)], ids=["over", "reduced"])
def test_p7_p8_a_row_for_a_post_that_has_none_is_a_fault(rows: dict[str, Any]) -> None:
    data = plan(staff=(staff("therapist", 1),))
    answer = changed(best(data)[0], **rows)
    assert [f.code for f in check(data, answer).findings] == ["ANSWER"]
    assert not fits(data, answer)


# --- what is said of the input, and what is told of the plan ----------------------------------------------------------

GRADUATES: dict[str, Any] = {"posts": (post(), trainee_post())}

WRONG: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "above a trainee post": (
        {**GRADUATES, "over_establishment": (over(1, "trainee"),)}, "error IN-03", "Over establishment (s, trainee)", "is a trainee post",
    ),
    "a trainee post on reduced hours": (
        {**GRADUATES, "reduced_hours": (reduced(1, "trainee"),)}, "error IN-03", "Reduced hours (s, trainee)", "is a trainee post",
    ),
    "nobody above": ({"over_establishment": (over(0),)}, "warning IN-14", "Over establishment (s, therapist)", "The most is 0"),
    "nobody on reduced hours": ({"reduced_hours": (reduced(0),)}, "warning IN-14", "Reduced hours (s, therapist)", "The most is 0"),
    "reduced to full hours": ({"reduced_hours": (reduced(1, share=1),)}, "warning IN-11", "Reduced hours (s, therapist)", "full hours"),
    "a number for all and none for each": ({"service": {"over_establishment": 2}}, "warning IN-14", "Services (s)", "nobody can be above"),
    "graduates lost on the move": (
        {**GRADUATES, "flows": (Flow(from_post="trainee", to_post="therapist", lost_on_move=0.5),)},
        "warning IN-14", "Flows (trainee, therapist)", "not for graduates",
    ),
    "a cost of graduates": (
        {**GRADUATES, "flows": (Flow(from_post="trainee", to_post="therapist", move_pounds=5),)},
        "warning IN-14", "Flows (trainee, therapist)", "not for graduates",
    ),
    "lost on entry to training": (
        {**GRADUATES, "flows": (Flow(from_post="therapist", to_post="trainee", lost_on_move=0.5),)},
        "warning IN-14", "Flows (therapist, trainee)", "entry to training",
    ),
    "all lost on the move": (
        {"posts": (post(), post("senior")), "flows": (Flow(from_post="therapist", to_post="senior", lost_on_move=1),)},
        "warning IN-11", "Flows (therapist, senior)", "Everybody who moves",
    ),
    "nobody may move": (
        {"posts": (post(), post("senior")), "flows": (Flow(from_post="therapist", to_post="senior", maximum_moves=0),)},
        "warning IN-14", "Flows (therapist, senior)", "Nobody may move",
    ),
    "all lost on arrival": (
        {"recruitment": (market("therapist", 1, lost_on_arrival=1),)}, "warning IN-11", "Recruitment (s, therapist)", "leaves at once",
    ),
    "a first year of no length": (
        {"settings": {"first_year_quarters": 0}, "staff": (staff("therapist", 2, first_year=1, long_serving=1),)},
        "error IN-03", "Staff (s, therapist)", "lasts 0 quarters",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_odd_about_staffing_is_said(name: str) -> None:
    tables, code, where, words = WRONG[name]
    told = [f for f in examine(plan(**tables)) if words in f.what]
    assert [(f"{f.severity} {f.code}", f.where) for f in told] == [(code, where)]
    assert all(f.fix for f in told)


def test_the_report_tells_who_is_above_the_posts_on_reduced_hours_and_lost() -> None:
    def told(name: str) -> list[tuple[str, ...]]:
        data = BINDING[name][0]()
        figures, names = Figures(data, best(data)[0]), sections.Names(data, Counts(publishable=False))
        table = sections.staffing_table(figures, names)
        kinds = [what.split(":")[0] for what, _ in sections.schedule(figures, names, "")]
        assert ("Above the posts established" in kinds) == ("P7" in name)
        return [tuple(row) for row in table.rows]

    assert told("P7 above the posts") == [("Above the posts established: therapist, band 7", "Service", "1 of 1 quarter, at most 1.0 WTE")]
    assert told("P8 two in one post") == [("On reduced hours: therapist, band 7", "Service", "1 of 1 quarter, at most 2.0 people")]
    assert told("P9 lost on the move") == [("Lost on the move: junior, band 7, to senior, band 7", "Service", "1.0 of 4.0 who move leave instead")]
    assert told("P1 lost on arrival") == [("Lost on arrival: therapist, band 7", "Service", "1.0 of 4.0 hired leave at once")]
    assert told("P9 at most a number a quarter") == []


def test_an_answer_of_before_there_were_these_tables_stands() -> None:
    data = plan(staff=(staff("therapist", 1),))
    answer = best(data)[0].model_dump(by_alias=True)
    for table in ("Result over establishment", "Result reduced hours"):
        del answer[table]
    assert check(data, PlanAnswer.model_validate(answer)).findings == ()


def test_p1_who_moves_on_in_the_quarter_they_come_has_still_arrived() -> None:
    # Nobody is first-year staff, so whoever is hired may move at once: the junior post has an arrival and, in the end, nobody in it.
    data = plan(
        settings={"first_year_quarters": 0},
        posts=(post("junior"), post("senior")),
        flows=(Flow(from_post="junior", to_post="senior", minimum_quarters=0),),
        recruitment=(market("junior", 1),),
    )
    decided = PlanAnswer(
        posts=tuple(PostsEstablished(service="s", post=name, year="2026/27", posts=1) for name in ("junior", "senior")),
        hires=(Hires(service="s", post="junior", quarter=Q1, wte=1),),
        moves=(Move(service="s", from_post="junior", to_post="senior", quarter=Q1, wte=1),),
    )
    answer = work_out(data, decided)
    assert {row.post: (row.wte, row.arrivals) for row in answer.staff} == {"junior": (0, 1), "senior": (1, 1)}
    assert [f for f in check(data, answer).findings if f.code == "P1"] == []
