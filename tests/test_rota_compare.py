"""What differs between two rotas: nothing that is the same, everything that is not, with figures that add up."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from models.rota.search import solve
from optimiser.result import Limits
from optimiser.rota.check import work_out
from optimiser.rota.compare import compare
from optimiser.rota.following import next_week
from rota_samples import small

if TYPE_CHECKING:
    from optimiser.rota.data import RotaAnswer, RotaInput


@cache
def before() -> RotaAnswer:
    answer, _ = solve(small(), "", Limits(seconds=60, workers=1))
    assert answer is not None
    return answer


def after(data: RotaInput | None = None, **tables: Any) -> RotaAnswer:
    return work_out(data or small(), before().model_copy(update=tables))


def test_a_rota_is_the_same_as_itself() -> None:
    found = compare(before(), before())
    assert found.same
    assert [(row.before, row.after) for row in found.levels] == [(row.points, row.points) for row in before().levels]


def test_a_session_that_is_dropped_is_missed_by_everybody_in_it() -> None:
    session = before().sessions[0]
    there = [row.staff for row in before().attendance if row.session == session.session]
    then = after(sessions=before().sessions[1:], attendance=tuple(row for row in before().attendance if row.session != session.session))
    for found, sign, what in ((compare(before(), then), -1, "dropped"), (compare(then, before()), 1, "added")):
        assert [(change.session, change.what) for change in found.sessions] == [(session.session, what)]
        received = {row.of: row.after - row.before for row in found.people if row.what == "sessions received"}
        assert received == dict.fromkeys(there, sign)
        given = [row for row in found.people if row.what == "minutes given"]
        assert [(row.of, row.after - row.before) for row in given] == [(session.supervisor, sign * session.minutes)] * bool(given)
        total = sum(row.after - row.before for row in found.rules)
        assert total == sum(row.after - row.before for row in found.levels) != 0


def test_what_changed_in_a_session_is_named() -> None:
    session = next(s for s in before().sessions if s.room)
    start = "09:00" if session.start != "09:00" else "10:00"
    moved = session.model_copy(update={"start": start, "room": "elsewhere"})
    then = after(sessions=tuple(moved if s is session else s for s in before().sessions))
    (change,) = compare(before(), then).sessions
    assert change.what == "time and place"
    assert session.start in change.before
    assert session.room in change.before
    assert start in change.after
    assert "elsewhere" in change.after


def test_who_joined_a_group_is_named() -> None:
    group = next(s for s in before().sessions if s.form == "group")
    left = next(row for row in before().attendance if row.session == group.session)
    then = after(attendance=tuple(row for row in before().attendance if row is not left))
    (change,) = compare(before(), then).sessions
    assert change.what == "people"
    assert left.staff in change.before
    assert left.staff not in change.after


def test_weeks_are_set_side_by_side_by_weekday() -> None:
    following = next_week(small(), before())
    answer, _ = solve(following, "", Limits(seconds=60, workers=1))
    assert answer is not None
    found = compare(before(), answer)
    kept = {s.session[:-11] for s in before().sessions} & {s.session[:-11] for s in answer.sessions}
    assert len(kept) > len([change for change in found.sessions if change.what not in ("added", "dropped")])
    assert not any("2026" in change.session for change in found.sessions)
