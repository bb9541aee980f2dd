"""Access by community (rule E1) and groups among the staff of a post (rule E2): worked out by hand, held to the checker, kept and broken."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

import test_plan_report as by_hand
from models.plan.build import build
from optimiser.plan import report
from optimiser.plan.check import check, work_out
from optimiser.plan.data import (
    Community,
    Demand,
    Flow,
    GroupInPost,
    Outreach,
    OutreachReturn,
    PlanAnswer,
    PlanInput,
    Representation,
    Room,
    RoomsRented,
    TargetedPlaces,
    TermValue,
)
from optimiser.plan.directions import is_target
from optimiser.plan.examine import describe, examine
from optimiser.plan.publish import UNDER
from optimiser.result import Status
from optimiser.tables import read
from plan_model_tools import best, budget, care, changed, fits, goals, least, limit, market, most, plan, post, quarter, staff, term, varied, yearly
from plan_samples import full

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optimiser.result import Solved

Q1, Q2 = quarter(1), quarter(2)

# --- E1: access by community ------------------------------------------------------------------------------------------


def community(name: str = "c", need: float = 0.5, referred: float = 0.3, **changes: Any) -> Community:
    """Half of those in need and three in ten of those referred."""
    return Community(**({"service": "s", "community": name, "need": need, "referred": referred} | changes))


def comers(*referrals: float, worker_hours: float = 0, communities: tuple[Community, ...] = (community(),), **changes: Any) -> PlanInput:
    """Referrals quarter by quarter, and outreach to community c that brings one person for two hours' work, in the same quarter."""
    row = {"service": "s", "community": "c", "post": "therapist", "clinical_hours": 0, "worker_hours": worker_hours, "worker_pounds": 10}
    return plan(
        len(referrals),
        demand=tuple(Demand(service="s", quarter=quarter(t), referrals=people) for t, people in enumerate(referrals, 1)),
        outreach=(Outreach.model_validate(row | {"lag": 0, "taper": 1, "stream": "outreach"} | changes),),
        outreach_returns=(OutreachReturn(service="s", community="c", stretch=1, hours=1000, referrals_per_hour=0.5),),
        communities=communities,
        **goals(("min", {"equity_gap": 1.0}), ("min", {"cost": 1.0})),
    )


# --- E2: groups among the staff of a post -----------------------------------------------------------------------------


def group(name: str = "g", at: str = "therapist", **changes: Any) -> Representation:
    """A fifth of the staff now, four in ten of those hired, three in ten of those promoted; half is wanted."""
    row = {"service": "s", "post": at, "group": name, "now": 0.2, "hired": 0.4, "promoted": 0.3, "target": 0.5, "stream": "places"}
    return Representation(**(row | changes))


def exactly(hires: float, at: int = 1) -> Any:
    return limit("hires", "exactly", hires, from_quarter=quarter(at), to_quarter=quarter(at))


def staffed(quarters: int = 1, *groups: Representation, hires: float = 10, **tables: Any) -> PlanInput:
    """Ten therapists and as many as are to be hired in Q1, and no more."""
    neutral: dict[str, Any] = {
        "staff": (staff("therapist", 10),),
        "recruitment": (market("therapist", 10),),
        "limits": (exactly(hires), *(exactly(0, t) for t in range(2, quarters + 1))),
        "representation": groups or (group(),),
        **goals(("min", {"representation_gap": 1.0}), ("min", {"cost": 1.0})),
    }
    return plan(quarters, **(neutral | tables))


def with_places(pounds: float, **changes: Any) -> PlanInput:
    """Places of £100 bring up to six in ten of those hired: 2 of the 10."""
    return staffed(1, group(**({"maximum": 0.6, "place_pounds": 100} | changes)), budget=(budget("places", pounds),))


def promoted() -> PlanInput:
    """Four juniors become seniors, of whom there are none: 1.2 of the group, and at most as many again through places."""
    return plan(
        posts=(post("junior"), post("senior")),
        staff=(staff("junior", 4),),
        flows=(Flow(from_post="junior", to_post="senior"),),
        limits=(limit("moves", "exactly", 4),),
        representation=(group(at="senior", target=0.7, maximum=0.6),),
        **least("representation_gap"),
    )


def leaving() -> PlanInput:
    """Half of the later staff and a quarter of the new leave in a quarter: 4 of 8 are there in Q1, and of the 4 hired then 3 in Q2."""
    return staffed(
        2,
        group(now=0.5, hired=0.25),
        hires=4,
        posts=(post(leavers_first_year=yearly(0.25), leavers_later=yearly(0.5)),),
        staff=(staff("therapist", 8),),
    )


BINDING: dict[str, tuple[Callable[[], PlanInput], dict[str, float]]] = {
    # 50 of 100 should come and 30 do; 20 hours bring 10 of the 20 missing.
    "E1 outreach brings them": (lambda: comers(100, worker_hours=20), {"equity_gap": 10, "reached_by_outreach": 10}),
    # 40 hours bring all of the 20; more are not paid for.
    "E1 no more than are missing": (lambda: comers(100, worker_hours=60), {"equity_gap": 0, "reached_by_outreach": 20, "cost": 400}),
    # The 10 brought where nobody is missing make up for nobody in the next quarter.
    "E1 each quarter for itself": (lambda: comers(0, 100, worker_hours=20), {"equity_gap": 10, "cost": 200}),
    # Community d is 5 short, with outreach to c or without; e has more than its share, which makes up for nothing.
    "E1 each community for itself": (
        lambda: comers(100, worker_hours=20, communities=(community(), community("d", 0.2, 0.15), community("e", 0.3, 0.55))),
        {"equity_gap": 15},
    ),
    # Half of those reached arrive after the plan.
    "E1 who arrives later comes later": (lambda: comers(100, worker_hours=20, taper=2, lag=0), {"equity_gap": 20 - 10 * 2 / 3}),
    # 2 of the 10 there and 4 of the 10 hired make 6 of 20; 10 are wanted.
    "E2 those hired": (staffed, {"representation_gap": 4}),
    "E2 nobody hired": (lambda: staffed(hires=0), {"representation_gap": 3}),
    "E2 places": (lambda: with_places(1000), {"representation_gap": 2, "cost": 200_200}),
    "E2 money for one place": (lambda: with_places(100), {"representation_gap": 3}),
    "E2 no more than are wanted": (lambda: with_places(1000, target=0.35), {"representation_gap": 0, "cost": 200_100}),
    # 1.2 promoted and 1.2 through places, of 2.8.
    "E2 those promoted": (promoted, {"representation_gap": 0.4}),
    # In Q2 there are 2 later staff, 1 of the group, and 3 hired, 0.75 of the group; 2.5 are wanted.
    "E2 leavers": (leaving, {"representation_gap": 0.75}),
    # A year after 4 were hired 4 × 0.75⁴ × 0.5 are there; of the 8 there were, 8 / 32.
    "E2 leavers after the first year": (
        lambda: varied(
            leaving(),
            settings=leaving().settings.model_copy(update={"quarters": 6}),
            limits=(*leaving().limits, *(exactly(0, t) for t in range(3, 7))),
            pay=tuple(row.model_copy(update={"year": y}) for y in ("2026/27", "2027/28") for row in leaving().pay),
            staff=(staff("therapist", 8),),
        ),
        {"representation_gap": 0.25 * 4 * 0.75**4 * 0.5},
    ),
}


@pytest.mark.parametrize("name", BINDING)
def test_e1_and_e2_bind_and_the_optimum_is_the_number_worked_out_by_hand(name: str) -> None:
    case, expected = BINDING[name]
    answer, _ = best(case(), status=Status.OPTIMAL)
    assert {key: term(answer, key) for key in expected} == pytest.approx(expected, rel=2e-5, abs=2e-4)
    assert fits(case(), answer)


def test_e1_a_limit_on_who_comes_is_a_target() -> None:
    # 30 come anyhow; 20 hours of outreach at £10 bring the other 10.
    data = varied(comers(100, worker_hours=60), limits=(limit("came", "at least", 40, service="s", item="c"),), **least("cost"))
    answer, _ = best(data, status=Status.OPTIMAL)
    assert term(answer, "cost") == pytest.approx(200, rel=1e-4)
    assert is_target(data.limits[0])
    answer, _ = best(varied(data, limits=(limit("came", "at least", 70),)))
    assert {r.rule: r.short for r in answer.shortfalls} == pytest.approx({"came at least 70": 10}, rel=1e-4)


def test_e2_a_limit_on_targeted_places() -> None:
    for most_places, gap in ((0.5, 3.5), (3, 2)):
        data = varied(with_places(1000), limits=(exactly(10), limit("targeted_places", "at most", most_places, item="therapist", to_item="g")))
        assert term(best(data, status=Status.OPTIMAL)[0], "representation_gap") == pytest.approx(gap, abs=2e-4)


def test_e1_without_the_table_there_is_no_such_term() -> None:
    data = varied(comers(100, worker_hours=20), communities=(), **most("reached_by_outreach"))
    answer, _ = best(data, status=Status.OPTIMAL)
    assert answer.access == ()
    assert {row.term for row in answer.terms} == set(data.terms)
    assert not {"equity_gap", "representation_gap"} & set(data.terms)


def test_e1_a_term_that_is_weighed_and_has_no_rows_is_nothing() -> None:
    data = varied(comers(100, worker_hours=20), communities=())
    answer, _ = best(data, status=Status.OPTIMAL)
    assert term(answer, "equity_gap") == 0


def test_e2_without_rows_of_either_table_the_model_is_what_it_was() -> None:
    model = build(full())
    assert [len(part) for part in (model.access_gap, model.group_gap, model.targeted)] == [0, 0, 0]


def everything() -> PlanInput:
    """The full sample with communities and groups, in which people leave, are hired, promoted and converted."""
    return varied(
        full(),
        communities=(
            Community(service="camden", community="Bengali speakers", need=0.12, referred=0.05),
            Community(service="camden", community="Men", need=0.5, referred=0.35),
        ),
        representation=(
            Representation(
                service="camden", post="senior_pwp", group="Minority ethnic", now=0.1, hired=0.3, promoted=0.25, target=0.4, maximum=0.5,
                place_pounds=400, stream="training",
            ),
            Representation(service="camden", post="pwp", group="Men", now=0.2, hired=0.1, promoted=0.15, target=0.3, stream="training"),
        ),
        objectives=(
            *full().objectives,
            *goals(("max", {"equity_gap": -0.5, "representation_gap": -5.0}))["objectives"][1:],
        ),
    )  # fmt: skip


def test_e1_and_e2_in_a_plan_with_every_lever() -> None:
    data = everything()
    answer, _ = best(data)
    assert len(answer.access) == 2 * len(data.quarters)
    assert len(answer.representation) == 2 * len(data.quarters)
    assert term(answer, "representation_gap") == pytest.approx(sum(r.short for r in answer.representation if r.quarter == data.quarters[-1]))
    assert term(answer, "equity_gap") == pytest.approx(sum(r.short for r in answer.access))
    assert fits(data, answer)
    assert check(data, work_out(data, answer)).findings == ()


# --- kept and broken --------------------------------------------------------------------------------------------------


def places(wte: float) -> dict[str, Any]:
    return {"targeted_places": (TargetedPlaces(service="s", post="therapist", group="g", quarter=Q1, wte=wte),)}


BROKEN: dict[str, tuple[Callable[[], PlanInput], Callable[[PlanAnswer], dict[str, Any]]]] = {
    "E1 fewer missing than are": (
        lambda: comers(100, worker_hours=20),
        lambda kept: {
            "access": tuple(r.model_copy(update={"short": r.short - 1}) for r in kept.access),
        },
    ),
    "E1 a row left out": (lambda: comers(100, 100), lambda kept: {"access": kept.access[:1]}),
    "E2 fewer missing than are": (
        staffed,
        lambda kept: {"representation": tuple(r.model_copy(update={"short": r.short - 1}) for r in kept.representation)},
    ),
    "E2 a row left out": (staffed, lambda _: {"representation": ()}),
    "E2 more places than may be": (lambda: with_places(1000), lambda _: places(2.5)),
    "E2 places where there are none": (staffed, lambda _: places(1)),
}
STATED_ONLY = {"access", "representation"}


@pytest.mark.parametrize("name", BROKEN)
def test_e1_and_e2_are_kept_by_the_best_answer_and_not_by_a_twin(name: str) -> None:
    case, twin = BROKEN[name]
    data = case()
    kept, _ = best(data)
    assert check(data, kept).findings == ()
    assert fits(data, kept)
    assert fits(data, work_out(data, kept))
    tables = twin(kept)
    broken = changed(kept, **tables)
    broken = broken if tables.keys() & STATED_ONLY else work_out(data, broken)
    assert {f.code for f in check(data, broken).findings} == {name[:2]}
    assert not fits(data, broken)


def test_e1_who_came_must_be_stated_rightly() -> None:
    data = comers(100, worker_hours=20)
    answer = work_out(data, PlanAnswer())
    assert [(r.came, round(r.short, 6)) for r in answer.access] == [(30, 20)]
    wrong = changed(answer, access=tuple(r.model_copy(update={"came": 31}) for r in answer.access))
    assert [(f.code, f.amount) for f in check(data, wrong).findings] == [("E1", 1)]


def test_e2_the_staff_of_a_group_must_be_stated_rightly() -> None:
    data = staffed(limits=())
    answer = work_out(data, PlanAnswer(posts=({"service": "s", "post": "therapist", "year": "2026/27", "posts": 10},)))
    assert answer.representation == (GroupInPost(service="s", post="therapist", group="g", quarter=Q1, wte=2, short=3),)
    wrong = changed(answer, representation=tuple(r.model_copy(update={"wte": 2.5}) for r in answer.representation))
    assert [(f.code, f.amount) for f in check(data, wrong).findings] == [("E2", 0.5)]


@pytest.mark.parametrize("name", ["equity_gap", "representation_gap"])
def test_e1_and_e2_a_term_wrongly_stated_is_a_fault(name: str) -> None:
    data = varied(staffed(limits=()), communities=(community(),), demand=(Demand(service="s", quarter=Q1, referrals=100),))
    answer = work_out(data, PlanAnswer(posts=({"service": "s", "post": "therapist", "year": "2026/27", "posts": 10},)))
    wrong = changed(answer, terms=tuple(TermValue(term=r.term, value=r.value + 1) if r.term == name else r for r in answer.terms))
    assert [(f.code, round(f.amount or 0, 6)) for f in check(data, wrong).findings] == [("TERMS", 1)]
    silent = changed(answer, terms=tuple(r for r in answer.terms if r.term != name))
    assert {f.code for f in check(data, silent).findings} == {"TERMS"}


def test_e1_a_term_stated_where_the_instance_has_none_is_a_fault() -> None:
    data = plan()
    answer = work_out(data, PlanAnswer())
    assert check(data, answer).findings == ()
    told = changed(answer, terms=(*answer.terms, TermValue(term="equity_gap", value=3)))
    assert [(f.code, f.amount) for f in check(data, told).findings] == [("TERMS", 3)]


@pytest.mark.parametrize(
    "rows",
    [
        {"access": ({"service": "s", "community": "nobody", "quarter": Q1, "came": 1, "short": 0},)},
        {"representation": ({"service": "s", "post": "therapist", "group": "nobody", "quarter": Q1, "wte": 1, "short": 0},)},
        {"targeted_places": ({"service": "s", "post": "therapist", "group": "nobody", "quarter": Q1, "wte": 1},)},
    ],
)
def test_e1_and_e2_a_row_for_nobody_is_a_fault(rows: dict[str, Any]) -> None:
    answer = changed(work_out(plan(), PlanAnswer()), **rows)
    assert [f.code for f in check(plan(), answer).findings] == ["ANSWER"]


# --- what is said of the input ----------------------------------------------------------------------------------------

WRONG: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "needs of more than all": (
        {"communities": (community("a", 0.6), community("b", 0.7))}, "warning IN-11", "Communities (s)", "1.3 of the need",
    ),
    "referrals of more than all": (
        {"communities": (community("a", 0.4, 0.8), community("b", 0.4, 0.7))}, "warning IN-11", "Communities (s)", "1.5 of the referrals",
    ),
    "no referrals": ({"communities": (community(),)}, "error IN-13", "Communities (s, c)", "Demand has no row"),
    "a trainee post": (
        {"representation": (group(at="trainee"),), "posts": (post(), post("trainee", contract="trainee", high=False))},
        "error IN-03", "Representation (s, trainee, g)", "trainee post",
    ),
    "a maximum below what comes anyhow": (
        {"representation": (group(maximum=0.35),)}, "warning IN-14", "Representation (s, therapist, g)", "0.35",
    ),
    "places for nothing": ({"representation": (group(maximum=0.6),)}, "warning IN-11", "Representation (s, therapist, g)", "cost nothing"),
    "a price and no places": (
        {"representation": (group(place_pounds=10),)}, "warning IN-14", "Representation (s, therapist, g)", "no targeted places",
    ),
    "a post nobody can hold": (
        {"representation": (group(),)}, "warning IN-14", "Representation (s, therapist, g)", "Nobody at the service",
    ),
    "nothing that could bring more": (
        {"communities": (community(),), "demand": (Demand(service="s", quarter=Q1, referrals=9),)},
        "warning IN-13", "Communities (s, c)", "Outreach has no row of this name",
    ),
    "communities that nothing weighs": (
        {"communities": (community(),), **most("completed_courses")}, "warning IN-14", "Communities", "equity_gap",
    ),
    "groups that nothing weighs": (
        {"representation": (group(),), **most("completed_courses")}, "warning IN-14", "Representation", "representation_gap",
    ),
    "a weight that nothing has": (least("equity_gap"), "warning IN-14", "Objectives (2, equity_gap)", "Communities has no row"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_odd_about_communities_and_groups_is_said(name: str) -> None:
    tables, code, where, words = WRONG[name]
    found = [f for f in examine(plan(**tables)) if words in f.what and f.where == where]
    assert [f"{f.severity} {f.code}" for f in found] == [code]
    assert found[0].fix


def test_what_the_data_say_of_rooms_communities_and_groups() -> None:
    # A therapist has 100 hours a quarter; the room is open 4 × 10 hours.
    data = varied(
        comers(100, communities=(community(), community("d", 0.3, 0.4))),
        staff=(staff("therapist", 2),),
        care=(care(face_to_face=0.6),),
        rooms=(Room(service="s", rooms=1.5, open_hours=4, stream="rooms"),),
        representation=(group(), group("h", now=0.5)),
    )
    lines = describe(data)
    assert "Rooms at Service: open for 60 hours a quarter; staff now in post could use up to 120 face to face." in lines
    assert "Communities at Service that come less than their share of need: c (30% of referrals, 50% of need)." in lines
    assert "Groups at Service with less than the share wanted: g among therapist (20%, 50% wanted)." in lines
    assert not [line for line in describe(plan()) if line.startswith(("Rooms", "Communities", "Groups"))]


# --- what is shown ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told() -> tuple[PlanInput, list[Solved[PlanAnswer]]]:
    """The sample of the report with rooms, a community and a group; the plan rents a room in the first year and uses a place."""
    sample = by_hand.instance()
    data = varied(
        sample,
        care=tuple(row.model_copy(update={"face_to_face": 0.5}) for row in sample.care),
        rooms=(Room(service="camden", site="Main", rooms=2, open_hours=37.5, maximum=1, room_pounds=6000, stream="staff"),),
        communities=(Community(service="camden", community="Bengali speakers", need=0.12, referred=0.05),),
        representation=(
            Representation(
                service="camden", post="senior_pwp", group="Men", now=0.1, hired=0.1, promoted=0.5, target=0.6, maximum=0.8, place_pounds=500,
                stream="training",
            ),
        ),
    )  # fmt: skip
    both = []
    for option in ("", "do_nothing"):
        solved = by_hand.solved(data, option)
        assert solved.answer is not None
        more = {
            "rooms": (RoomsRented(service="camden", site="Main", year="2026/27", rooms=1),),
            "targeted_places": (TargetedPlaces(service="camden", post="senior_pwp", group="Men", quarter="2027/28 Q1", wte=0.09),),
        }
        both.append(replace(solved, answer=work_out(data, solved.answer.model_copy(update={} if option else more))))
    return data, both


def test_the_report_shows_rooms_who_comes_and_groups(told: tuple[PlanInput, list[Solved[PlanAnswer]]]) -> None:
    shown = by_hand.page(*told)
    # (900 + 1,400) / 2 = 1,150 hours; two rooms have 975, short by 175 in each quarter of the second year.
    assert shown.rows("rooms")["Camden"] == ["Main", "2", "1", "\N{EN DASH}", "118%, April to June 2027", "350"]
    # Of 2,900 referrals 348 are due to them, 145 come anyhow and 40 more through 80 hours of outreach.
    rows = shown.table("access")[-1:]
    assert rows == [["Camden", "Bengali speakers", "12.0%", "5.0%", "42%", "53%", "185", "203", "163"]]
    # 1 with a tenth in the group leaves at 11% a year, 1.25 quarters of it; 0.3 promoted, half of them and 0.09 more of the group.
    there = 0.89**1.5 + 0.3 * 0.88**0.25
    men = 0.1 * 0.89**1.5 + 0.24 * 0.88**0.25
    group = shown.rows("representation")["Camden"]
    assert group == [
        "Senior PWP, band 6", "Men", "10%", f"{men / there:.0%}", "60%", f"{men:.1f}", f"{0.6 * there - men:.1f}", "0.1",
    ]  # fmt: skip
    assert shown.rows("cost-items")["Rented rooms"] == ["6,000", "0", "6,000"]
    assert shown.rows("shortfalls")["Room hours: Main"][1].startswith("175 hours in April to June 2027")
    assert shown.rows("options")["People short of their community's share"] == ["203", "163"]
    # A third room could be rented in the second year too.
    assert "Rooms: Main" not in shown.rows("reached")
    data, both = told
    none_to_rent = varied(data, rooms=tuple(row.model_copy(update={"maximum": 0}) for row in data.rooms))
    assert by_hand.page(none_to_rent, both).rows("reached")["Rooms: Main"][0] == "6 of 6 service quarters"
    assert [a.text for a in shown.root.all("a") if a.get("href") == "#fair"] == ["Rooms and fairness"]


def test_the_report_is_silent_where_there_are_no_rooms_communities_and_groups() -> None:
    data = by_hand.instance()
    shown = by_hand.page(data, [by_hand.solved(data)])
    assert not {"rooms", "access", "representation"} & {t.get("id") for t in shown.root.all("table")}
    assert "Rooms and fairness" not in shown.root.text
    assert "People short of their community's share" not in shown.rows("options")


def test_a_published_report_tells_no_small_number_of_a_community_or_a_group(told: tuple[PlanInput, list[Solved[PlanAnswer]]], tmp_path: Path) -> None:
    shown = by_hand.page(*told, publishable=True)
    assert "rooms" not in {t.get("id") for t in shown.root.all("table")}
    assert shown.table("access")[-1][2:] == ["\N{EN DASH}"] * 4 + ["185", "205", "165"]
    assert shown.rows("representation")["Camden"][2:] == ["\N{EN DASH}"] * 3 + [UNDER] * 3
    report.write(tmp_path, *told, by_hand.RUN, publishable=True)
    assert "0.09" not in (tmp_path / "csv" / "targeted_places.csv").read_text(encoding="utf-8")


def test_the_workbook_holds_rooms_who_comes_and_groups(told: tuple[PlanInput, list[Solved[PlanAnswer]]], tmp_path: Path) -> None:
    report.write(tmp_path, *told, by_hand.RUN, publishable=False)
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    assert {"Result room use", "Result who comes", "Result groups in posts", "Result rooms", "Result access"} <= set(book.sheetnames)
    assert [c.value for c in book["Result who comes"][1]][-2:] == ["People short: without outreach", "People short: in the plan"]
    assert [c.value for c in book["Result who comes"][2]][-3:] == [185, 203, 163]
    loaded = read(tmp_path / "plan.xlsx", PlanInput)
    assert loaded.data == told[0]
