"""The search by itself: services in which little or nothing can be held, rules that are written out only once they bind, progress and stopping."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from models.rota.search import Search, solve
from optimiser import cpsat
from optimiser.result import Limits, Status
from optimiser.rota.check import check
from optimiser.rota.data import LEVELS, Away, OpeningHours, Room, RotaInput, Rule, Site
from rota_samples import MONDAY, at, small, tiny

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimiser.result import Outcome, Progress
    from optimiser.rota.data import RotaAnswer

Proved = tuple[tuple[float, float | None], ...]


def solved(data: RotaInput, **limits: Any) -> tuple[RotaAnswer, Outcome]:
    answer, outcome = solve(data, "", Limits(**{"seconds": 60, "workers": 1, **limits}))
    assert answer is not None
    assert check(data, answer).findings == ()
    return answer, outcome


def worth(outcome: Outcome) -> list[float]:
    """Value of every level, all of them proved."""
    assert [level.bound for level in outcome.levels] == [level.value for level in outcome.levels]
    return [level.value for level in outcome.levels]


def varied(data: RotaInput, **tables: Any) -> RotaInput:
    return data.model_copy(update=tables)


# --- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("workers", "by_clock", "by_steps"), [(1, False, True), (1, True, False), (2, False, False)])
def test_with_one_worker_time_is_counted_in_steps_unless_it_is_the_clocks(
    workers: int, by_clock: bool, by_steps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    solve_by = cpsat.solve

    def noting(*args: Any, **how: Any) -> cpsat.Found:
        asked.append(how["reproducible"])
        return solve_by(*args, **how)

    monkeypatch.setattr(cpsat, "solve", noting)
    answer, _ = solve(small(), "", Limits(seconds=0.0, workers=workers, by_clock=by_clock))
    assert (answer is not None, asked) == (True, [])  # there is no time for anything but the first rota
    assert worth(solved(small(), workers=workers, by_clock=by_clock)[1])
    assert asked
    assert set(asked) == {by_steps}


# --- little or nothing to hold ----------------------------------------------------------------------------------------


def test_nobody_competent() -> None:
    # Three needs of ten points each; V1 takes the turn of duty.
    answer, outcome = solved(varied(tiny(), competences=()))
    assert (outcome.status, worth(outcome)) == (Status.INFEASIBLE, [30, 0, 0, 0])
    assert (len(answer.sessions), len(answer.duty), len(answer.not_placed)) == (0, 1, 3)
    assert {row.cause for row in answer.not_placed} == {"no supervisor"}


def test_nobody_at_work() -> None:
    # Nobody has a need due then; the turn of duty is short by one: twenty points.
    away = tuple(Away(staff=person.staff, first=MONDAY, last="2026-12-13") for person in tiny().staff)
    answer, outcome = solved(varied(tiny(), away=away))
    assert (outcome.status, worth(outcome)) == (Status.INFEASIBLE, [20, 0, 0, 0])
    assert (answer.sessions, answer.duty, answer.not_placed) == ((), (), ())
    assert worth(solved(varied(tiny(), away=away, opening_hours=()))[1]) == [0, 0, 0, 0]


def test_a_day_that_is_open_and_nobody_is_at_work() -> None:
    data = varied(tiny(), opening_hours=(*tiny().opening_hours, OpeningHours(weekday="Saturday", opens="09:00", closes="10:00")))
    answer, outcome = solved(data)
    assert worth(outcome) == [20, 0, 2, 0]
    assert [turn.date for turn in answer.duty] == [MONDAY]


def test_nothing_to_decide_at_all() -> None:
    answer, outcome = solved(varied(tiny(), role_needs=(), opening_hours=()))
    assert (outcome.status, worth(outcome)) == (Status.OPTIMAL, [0, 0, 0, 0])
    assert (answer.sessions, answer.duty, answer.bent) == ((), (), ())


def test_duty_alone() -> None:
    answer, outcome = solved(varied(tiny(), role_needs=()))
    assert (outcome.status, worth(outcome)) == (Status.OPTIMAL, [0, 0, 0, 0])
    assert [turn.staff for turn in answer.duty] == ["V1"]


def test_a_supervisor_who_can_meet_nobody() -> None:
    # V2 is there on Tuesday, when nobody else is.
    rows = (*(row for row in tiny().availability if row.staff != "V2"), at("V2", "Tuesday", "09:00-12:00"))
    answer, outcome = solved(varied(tiny(), availability=rows))
    # V1 may see two people, and is on duty from 09:00 to 10:00: A1, who leaves at 10:30, is not met. 10 points.
    assert worth(outcome)[0] == 10
    assert [row.staff for row in answer.not_placed] == ["A1"]


# --- written out once they bind ---------------------------------------------------------------------------------------


def test_r1_enough_rooms_at_every_moment_and_none_to_stay_in() -> None:
    # From 09:30 to 10:30 two rooms are open at every moment, and only N1 all through it.
    people = ("V1", "V2", "A1", "A2")
    hours = {"A1": "09:30-10:30", "A2": "09:30-10:30"}
    data = varied(
        tiny(),
        kinds=tuple(kind.model_copy(update={"mode": "room"}) for kind in tiny().kinds),
        staff=tuple(row for row in tiny().staff if row.staff in people),
        availability=tuple(at(p, "Monday", hours.get(p, "09:00-12:00"), "n") for p in people),
        sites=(Site(site="n"),),
        rooms=(
            Room(room="N1", site="n", capacity=2),
            Room(room="N2", site="n", capacity=2, closes="10:00"),
            Room(room="N3", site="n", capacity=2, opens="10:00"),
        ),
        opening_hours=(),
        last_rota=(),
    )
    answer, outcome = solved(data)
    assert worth(outcome) == [10, 0, 0, 0]
    assert [row.room for row in answer.sessions] == ["N1"]
    more = varied(data, rooms=(*data.rooms, Room(room="N4", site="n", capacity=2)))
    assert worth(solved(more)[1])[0] == 0


@pytest.mark.parametrize(("hours", "high"), [("10:00-12:00", 1), ("09:30-12:00", 0)])
def test_b2_a_break_is_made_where_there_is_time_for_one(hours: str, high: int) -> None:
    # V2 is to see A2 and B1 for an hour each and no more than an hour without a break: two hours leave no time for one.
    data = varied(
        tiny(),
        staff=tuple(row for row in tiny().staff if row.staff in ("V2", "A2", "B1")),
        competences=tiny().competences[1:],
        availability=tuple(at(p, "Monday", hours) for p in ("V2", "A2", "B1")),
        opening_hours=(),
        last_rota=(),
        rules=(Rule(rule="B2", priority="High", number=60), Rule(rule="F1", priority="Low", on=False)),
    )
    answer, outcome = solved(data)
    assert worth(outcome) == [0, high, 0, 0]
    assert len(answer.sessions) == 2


# --- progress and stopping --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_is_told_level_after_level_and_its_bounds_never_cross(workers: int) -> None:
    told: list[Progress] = []
    _, outcome = solved(small(), workers=workers, tell=told.append)
    assert tuple(told) == outcome.trace
    first = [[line.level for line in told].index(level) for level in LEVELS]
    assert first == sorted(first)
    assert [line.seconds for line in told] == sorted(line.seconds for line in told)
    final = {level.name: level.value for level in outcome.levels}
    for line in told:
        assert line.value is not None
        assert line.bound is None or line.bound <= final[line.level]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", [0, 1])
def test_what_a_proof_betters_while_later_levels_are_under_way_is_gone_back_to(workers: int, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    best = worth(solved(small())[1])
    back: list[int] = []

    def counted(self: Search, at: int, going: Callable[[Search, int], int] = Search.back) -> int:
        back.append(at)
        return going(self, at)

    monkeypatch.setattr(Search, "back", counted)
    monkeypatch.setattr(Search, "decide_the_rest", lambda *_: None)
    assert worth(solved(small(), workers=workers, seed=seed)[1]) == best
    assert back


def test_a_fault_beside_the_search_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise MemoryError("none left")

    monkeypatch.setattr(Search, "decide_the_rest", lambda *_: None)
    monkeypatch.setattr(Search, "values", lambda *_: None)
    monkeypatch.setattr("optimiser.cpsat.solve", broken)
    with pytest.raises(MemoryError):
        solved(small(), workers=2)


def test_stopped_on_the_way_what_was_found_is_kept() -> None:
    stop = threading.Event()

    def tell(line: Progress) -> None:
        if line.level == "Medium":
            stop.set()

    _, outcome = solved(small(), stop=stop, tell=tell)
    best = worth(solved(small())[1])
    assert [level.value for level in outcome.levels][:2] == best[:2]
    assert [level.bound for level in outcome.levels][:2] == best[:2]
    assert outcome.levels[2].value >= best[2]


def test_the_size_and_the_seconds_are_told() -> None:
    _, outcome = solved(tiny())
    assert set(outcome.seconds) == {"build", "solve", "read_back"}
    assert set(outcome.size) == {"rows", "columns", "non_zeros"}
    assert all(value > 0 for value in outcome.size.values())
