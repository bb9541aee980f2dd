"""Rooms (rule R1): worked out by hand, held to the checker, kept and broken.

One therapist has 100 hours in a quarter of 10 weeks and gives 10 courses of 10 hours, half of them face to face; a room is open 4 hours a week.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from models.plan.build import build
from optimiser.compile import compile_model
from optimiser.plan.check import check, work_out
from optimiser.plan.data import PlanAnswer, PlanInput, Room, RoomsRented, Starts, TreatmentHours
from optimiser.plan.examine import examine
from optimiser.result import Status
from plan_model_tools import best, budget, care, changed, fits, least, limit, plan, quarter, staff, term, varied
from plan_samples import tiny

if TYPE_CHECKING:
    from collections.abc import Callable

Q1 = quarter(1)


def room(site: str = "", **changes: Any) -> Room:
    """A room open for 40 hours a quarter, and none to rent."""
    return Room(**({"service": "s", "site": site, "rooms": 1, "open_hours": 4, "stream": "rooms"} | changes))


def housed(quarters: int = 1, *rooms: Room, face_to_face: float = 0.5, **tables: Any) -> PlanInput:
    """One therapist, and the rooms given."""
    neutral: dict[str, Any] = {"staff": (staff("therapist", 1),), "care": (care(face_to_face=face_to_face),), "rooms": rooms}
    return plan(quarters, **(neutral | tables))


def one_room() -> PlanInput:
    return housed(1, room())


def one_to_rent(pounds: float = 250, **tables: Any) -> PlanInput:
    """A second room for £1,000 a year, £250 for the quarter planned."""
    return housed(1, room(maximum=1, room_pounds=1000), budget=(budget("rooms", pounds),), **tables)


# --- it binds ---------------------------------------------------------------------------------------------------------

BINDING: dict[str, tuple[Callable[[], PlanInput], dict[str, float]]] = {
    # 80 hours, half of them face to face, fill 40 room hours.
    "R1 one room": (one_room, {"completed_courses": 8}),
    "R1 half a room": (lambda: housed(1, room(rooms=0.5)), {"completed_courses": 4}),
    "R1 all of it face to face": (lambda: housed(1, room(), face_to_face=1), {"completed_courses": 4}),
    # Three quarters of the face-to-face hours belong to a site open 3 hours a week: 0.75 × 40 = 30. The other has room for all.
    "R1 two sites": (lambda: housed(1, room("north", share=0.75, open_hours=3), room("south", share=0.25, open_hours=30)), {"completed_courses": 8}),
    "R1 a room rented": (one_to_rent, {"completed_courses": 10, "cost": 10_250}),
    "R1 no part of a room": (lambda: one_to_rent(249), {"completed_courses": 8, "cost": 10_000}),
    # Two rooms for 10 courses in Q1 are rented in Q2 as well, where one would do for 8.
    "R1 rented for the year": (
        lambda: housed(
            2,
            room(rooms=0, maximum=3, room_pounds=1000),
            limits=tuple(limit("starts", "at least", 12 - 2 * t, from_quarter=quarter(t), to_quarter=quarter(t)) for t in (1, 2)),
            **least("cost"),
        ),
        {"cost": 20_000 + 2 * 500},
    ),
    # In Q4 two rooms for 10 courses, in the new year's Q1 one for 4: each year has its own.
    "R1 each year its own": (
        lambda: housed(
            2,
            room(rooms=0, maximum=3, room_pounds=1000),
            settings={"first_quarter": "2026/27 Q4"},
            limits=tuple(limit("starts", "at least", n, from_quarter=q, to_quarter=q) for n, q in ((10, "2026/27 Q4"), (4, "2027/28 Q1"))),
            **least("cost"),
        ),
        {"cost": 20_000 + 3 * 250},
    ),
    # 5 courses carried over take 50 hours and all of them a room; 10 hours are too many, a point.
    "R1 work already begun": (
        lambda: housed(1, room(), care=(care(carried_over=5, same_quarter=0, face_to_face=1),)),
        {"unmet_musts": 1, "completed_courses": 5},
    ),
}


@pytest.mark.parametrize("name", BINDING)
def test_r1_binds_and_the_optimum_is_the_number_worked_out_by_hand(name: str) -> None:
    case, expected = BINDING[name]
    answer, _ = best(case())
    assert {key: term(answer, key) for key in expected} == pytest.approx(expected, rel=1e-6, abs=1e-4)
    assert fits(case(), answer)


@pytest.mark.parametrize("without", [{"rooms": ()}, {"care": (care(),)}])
def test_r1_without_rooms_or_without_a_share_nothing_binds(without: dict[str, Any]) -> None:
    answer, _ = best(varied(one_room(), **without), status=Status.OPTIMAL)
    assert term(answer, "completed_courses") == pytest.approx(10)
    assert answer.rooms == ()


def test_r1_without_rows_the_model_is_what_it_was() -> None:
    sizes = [compile_model(build(varied(tiny(), care=rows))).size for rows in (tiny().care, tuple(face(row) for row in tiny().care))]
    assert sizes[0] == sizes[1]
    assert "R1" not in {rule for rule, *_ in build(tiny()).SHORT}


def face(row: Any) -> Any:
    return row.model_copy(update={"face_to_face": 0.6})


@pytest.mark.parametrize(("sense", "value", "cost", "short"), [("at most", 0, 10_000, 0), ("exactly", 1, 10_250, 0), ("at least", 2, 10_250, 1)])
def test_r1_a_limit_on_rooms_counts_once_a_year(sense: str, value: float, cost: float, short: float) -> None:
    data = one_to_rent(limits=(limit("rooms", sense, value),), **least("cost"))
    answer, _ = best(data)
    assert term(answer, "cost") == pytest.approx(cost)
    assert {r.rule: r.short for r in answer.shortfalls} == pytest.approx({f"rooms {sense} {value:g}": short} if short else {})
    each, _ = best(varied(data, limits=(limit("rooms", sense, value, scope="each"),)))
    assert [(r.service, r.item, r.quarter) for r in each.shortfalls] == ([] if not short else [("s", "", "2026/27")])


# --- kept and broken --------------------------------------------------------------------------------------------------


def rented(rooms: Any, site: str = "", year: str = "2026/27") -> dict[str, Any]:
    return {"rooms": (RoomsRented.model_construct(service="s", site=site, year=year, rooms=rooms),)}


def ten_courses(_answer: PlanAnswer) -> dict[str, Any]:
    return {
        "starts": (Starts(service="s", step="high", quarter=Q1, courses=10),),
        "treatment_hours": (TreatmentHours(service="s", post="therapist", step="high", quarter=Q1, hours=100),),
    }


BROKEN: dict[str, tuple[Callable[[], PlanInput], Callable[[PlanAnswer], dict[str, Any]], float]] = {
    # 50 room hours where there are 40.
    "R1 more than the room holds": (one_room, ten_courses, 10),
    "R1 more than the site holds": (lambda: housed(1, room("north", share=0.5, open_hours=2), room("south", share=0.5)), ten_courses, 5),
    "R1 more rooms than there are": (one_to_rent, lambda _: rented(2), 1),
    "R1 half a room": (one_to_rent, lambda _: rented(0.5), 0.5),
}


@pytest.mark.parametrize("name", BROKEN)
def test_r1_is_kept_by_the_best_answer_and_not_by_a_twin(name: str) -> None:
    case, twin, amount = BROKEN[name]
    # Money is no question here.
    data = varied(case(), budget=())
    kept, _ = best(case())
    assert check(data, kept).findings == ()
    worked_out = work_out(data, changed(kept, **twin(kept)))
    assert [(f.code, round(f.amount or 0, 6)) for f in check(data, changed(worked_out, shortfalls=())).findings if f.code == "R1"] == [("R1", amount)]
    assert not fits(data, changed(worked_out, shortfalls=()))


def test_r1_a_shortfall_that_is_stated_is_accepted() -> None:
    data, twin, _ = BROKEN["R1 more than the site holds"]
    short = work_out(data(), changed(best(data())[0], **twin(PlanAnswer())))
    assert [(r.rule, r.service, r.item, r.quarter, round(r.short, 6)) for r in short.shortfalls] == [("R1", "s", "north", Q1, 5)]
    assert check(data(), short).findings == ()
    assert term(short, "unmet_musts") == pytest.approx(0.5)
    assert fits(data(), short)


@pytest.mark.parametrize(
    ("rows", "where"), [(rented(1, "elsewhere"), "Result rooms (s, elsewhere, 2026/27)"), (rented(1, year="2031/32"), "Result rooms (s, 2031/32)")]
)
def test_r1_a_row_for_no_such_room_is_a_fault(rows: dict[str, Any], where: str) -> None:
    answer = changed(work_out(one_room(), PlanAnswer()), **rows)
    found = [f for f in check(one_room(), answer).findings if f.code == "ANSWER"]
    assert len(found) == 1
    assert found[0].where == where


def test_r1_a_rent_left_out_of_the_spending_is_a_fault() -> None:
    answer, _ = best(one_to_rent())
    assert {(r.item, r.stream): r.pounds for r in answer.spend} == {("posts", "pay"): 10_000, ("rooms", "rooms"): 250}
    silent = changed(answer, spend=tuple(r for r in answer.spend if r.item != "rooms"))
    assert {f.code for f in check(one_to_rent(), silent).findings} == {"B1"}


# --- what is said of the input ----------------------------------------------------------------------------------------

WRONG: dict[str, tuple[tuple[Room, ...], str, str, str]] = {
    "shares add up to too little": ((room("a", share=0.4), room("b", share=0.4)), "error IN-03", "Rooms (s)", "add up to 0.8"),
    "shares add up to too much": ((room("a"), room("b")), "error IN-03", "Rooms (s)", "add up to 2"),
    "never open": ((room(open_hours=0),), "warning IN-11", "Rooms (s)", "not open"),
    "open all night": ((room(open_hours=100),), "warning IN-11", "Rooms (s)", "100 hours a week"),
    "free to rent": ((room(maximum=1),), "warning IN-11", "Rooms (s)", "costs nothing"),
    "a rent and nothing to rent": ((room(room_pounds=1000),), "warning IN-14", "Rooms (s)", "none can be rented"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_odd_about_rooms_is_said(name: str) -> None:
    rows, code, where, words = WRONG[name]
    told = [(f"{f.severity} {f.code}", f.where) for f in examine(housed(1, *rows)) if words in f.what]
    assert told == [(code, where)]
    assert all(f.fix for f in examine(housed(1, *rows)) if f.where.startswith("Rooms"))


def test_rooms_that_nothing_needs_and_hours_that_have_no_rooms_are_said() -> None:
    told = [f.where for f in examine(housed(1, room(), face_to_face=0)) if f.code == "IN-14"]
    assert told == ["Rooms (s)"]
    assert [f.where for f in examine(housed(1)) if "Rooms has no row" in f.what] == ["Care (s)"]
    assert not [f for f in examine(varied(housed(1), care=(care(),))) if "Rooms" in f.what]
