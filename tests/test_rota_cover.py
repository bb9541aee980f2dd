"""Replacements: every way offered passes the independent check at the price that is told, and no way is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.rota.cover import Replacement, replacements
from models.rota.hours import gather
from models.rota.read_back import read_in
from models.rota.rooms import allot
from models.rota.search import solve
from optimiser.result import Limits
from optimiser.rota.check import check, work_out
from optimiser.rota.data import DAY_ENDS, DAY_STARTS, LEVELS, Away, RotaAnswer, RotaInput, minutes_of, time_of
from optimiser.rota.week import week_days
from rota_samples import small, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.rota.data import Session


def solved(data: RotaInput) -> RotaAnswer:
    answer, _ = solve(data, "", Limits(seconds=60, workers=1))
    assert answer is not None
    return answer


def changed(data: RotaInput, answer: RotaAnswer, session: str, **update: str) -> RotaAnswer:
    """The rota with one session held otherwise, everything that follows worked out anew."""
    sessions = tuple(s.model_copy(update=update) if s.session == session else s for s in answer.sessions)
    return work_out(data, answer.model_copy(update={"sessions": sessions}))


def points(answer: RotaAnswer) -> list[int]:
    return [row.points for row in answer.levels]


@pytest.fixture(scope="module")
def rota() -> tuple[RotaInput, RotaAnswer]:
    return small(), solved(small())


def test_every_way_passes_the_check_and_costs_what_is_told(rota: tuple[RotaInput, RotaAnswer]) -> None:
    data, answer = rota
    offered = 0
    for session in answer.sessions:
        for way in replacements(data, answer, session.session):
            there = next((room.site for room in data.rooms if room.room == way.room), "")
            update = {"supervisor": way.supervisor, "date": way.date, "start": way.start, "room": way.room, "site": there}
            then = changed(data, answer, session.session, **update, mode="room" if way.room else "online")
            judged = check(data, then)
            assert [f for f in judged.findings if f.code != "R1"] == []  # other sessions may have to change rooms
            assert [after - before for before, after in zip(points(answer), points(then), strict=True)] == list(way.points.values())
            assert bool(way.because) or not any(way.points.values())
            offered += 1
    assert offered > 20


def test_nobody_else_loses_their_room() -> None:
    kinds = tuple(row.model_copy(update={"mode": "room"}) if row.kind in ("case", "cbt") else row for row in small().kinds)
    data = small().model_copy(update={"kinds": kinds})
    facts, answer = gather(data), solved(data)
    ways = [(s.session, way) for s in answer.sessions if s.mode == "room" for way in replacements(data, answer, s.session)]
    assert ways
    for session, way in ways:
        then = changed(data, answer, session, supervisor=way.supervisor, date=way.date, start=way.start)
        assert allot(facts, read_in(facts, then)).roomless == frozenset()


def places(data: RotaInput) -> Iterator[tuple[str, str, str]]:
    for v in sorted({row.staff for row in data.competences}):
        for day in week_days(data):
            for minute in range(minutes_of(DAY_STARTS), minutes_of(DAY_ENDS), data.settings.grid):
                yield v, day, time_of(minute)


def test_no_way_is_left_out() -> None:
    data = tiny()
    answer = solved(data)
    for session in answer.sessions:
        accepted = {
            (v, day, start)
            for v, day, start in places(data)
            if (v, day, start) != (session.supervisor, session.date, session.start)
            and check(data, changed(data, answer, session.session, supervisor=v, date=day, start=start)).findings == ()
        }
        assert {(way.supervisor, way.date, way.start) for way in replacements(data, answer, session.session)} == accepted


def order(way: Replacement) -> tuple[int, ...]:
    return tuple(way.points[level] for level in LEVELS)


def test_the_cheapest_come_first_and_who_cannot_is_not_offered(rota: tuple[RotaInput, RotaAnswer]) -> None:
    data, answer = rota
    session: Session = next(s for s in answer.sessions if s.kind == "case")
    ways = replacements(data, answer, session.session)
    assert [order(way) for way in ways] == sorted(order(way) for way in ways)
    others = replacements(data, answer, session.session, {session.supervisor})
    assert others == [way for way in ways if way.supervisor != session.supervisor]
    assert any(way.same_supervisor for way in ways)
    assert all(way.same_time == ((way.date, way.start) == (session.date, session.start)) for way in ways)


def test_where_everybody_else_is_away_there_is_no_other_way() -> None:
    data = tiny()
    answer = solved(data)
    session = answer.sessions[0]
    days = list(week_days(data))
    others = tuple(Away(staff=p.staff, first=days[0], last=days[-1]) for p in data.staff if p.staff not in (session.supervisor, "A1", "A2", "B1"))
    away = data.model_copy(update={"away": others})
    assert all(way.supervisor == session.supervisor for way in replacements(away, answer, session.session))
    assert replacements(away, answer, session.session, {session.supervisor}) == []


def test_a_session_that_is_not_there() -> None:
    with pytest.raises(KeyError, match="nobody"):
        replacements(tiny(), solved(tiny()), "nobody")
