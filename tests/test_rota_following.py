"""What passes from one week to the next: what is owed and when it is made good, what everybody gave and took of late, and what does not pass."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from optimiser.rota.check import check, work_out
from optimiser.rota.data import (
    Attendance,
    Away,
    DutyTurn,
    Early,
    History,
    LastHeld,
    Lock,
    NotPlaced,
    Owed,
    RotaAnswer,
    RotaInput,
    Session,
    Term,
    session_id,
)
from optimiser.rota.following import as_last_rota, next_week
from optimiser.rota.repair import repaired
from optimiser.rota.week import REMEMBERED, at_work, due
from optimiser.tables import digest, read, write_workbook
from rota_samples import MONDAY, small, tiny

if TYPE_CHECKING:
    from pathlib import Path

    from optimiser.rota.data import FormDue


def weeks_on(weeks: int) -> str:
    """The Monday so many weeks after the first."""
    return (date.fromisoformat(MONDAY) + timedelta(weeks=weeks)).isoformat()


def rota(data: RotaInput, *held: tuple[str, str, str], owed: tuple[tuple[str, str, str], ...] = (), duty: tuple[str, ...] = ()) -> RotaAnswer:
    """Rota of the tiny service: (person, supervisor, start) of every session, on its Monday; all else that falls due is not placed."""
    day = data.settings.week_commencing
    sessions = tuple(
        Session(
            session=session_id(who, "case", day, owed=form == "owed"), kind="case", form=form, supervisor=v, date=day, start=start, minutes=60,
            mode="online",
        )
        for form, rows in (("individual", held), ("owed", owed)) for who, v, start in rows
    )  # fmt: skip
    people = tuple(Attendance(session=s.session, staff=s.session.split()[0]) for s in sessions)
    turns = tuple(DutyTurn(date=day, start="09:00", staff=v, minutes=60) for v in duty)
    met: set[tuple[str, str, FormDue]] = {(a.staff, s.kind, s.form) for s, a in zip(sessions, people, strict=True)}
    missing = tuple(
        NotPlaced(staff=n.staff, kind=n.kind, form=n.form, cause="no supervisor", because="None.", help="One more.")
        for n in due(data, at_work(data)) if (n.staff, n.kind, n.form) not in met
    )  # fmt: skip
    answer = work_out(data, RotaAnswer(sessions=sessions, attendance=people, duty=turns, not_placed=missing))
    assert check(data, answer).findings == ()
    return answer


def owes(staff: str, weeks: int) -> Owed:
    """A row of Owed: missed so many weeks after the first, or before it."""
    return Owed(staff=staff, kind="case", missed=weeks_on(weeks), minutes=60)


ALL = (("A1", "V1", "09:00"), ("A2", "V2", "09:00"), ("B1", "V1", "10:00"))


# --- owed -------------------------------------------------------------------------------------------------------------


def test_a_weekly_session_that_is_missed_is_owed_once() -> None:
    data = tiny()
    after = next_week(data, rota(data, *ALL[1:]))
    assert after.owed == (owes("A1", 0),)
    # It falls due beside the session of the week, which is overdue for nothing.
    assert [(n.form, n.minutes, n.since) for n in due(after, at_work(after)) if n.staff == "A1"] == [("individual", 60, None), ("owed", 60, 1)]
    # Not made good, it is owed no more than once; the next that is missed is owed besides.
    assert next_week(after, rota(after, *ALL)).owed == (owes("A1", 0),)
    assert next_week(after, rota(after, *ALL[1:])).owed == (owes("A1", 0), owes("A1", 1))


def test_nothing_is_owed_where_nothing_was_missed() -> None:
    data = tiny()
    assert next_week(data, rota(data, *ALL)).owed == ()


def test_what_is_owed_is_made_good_one_a_week_the_oldest_first() -> None:
    data = tiny().model_copy(update={"owed": (owes("A2", -1), owes("A2", -3), owes("B1", -2), owes("A2", -2))})
    assert [(n.staff, n.since) for n in due(data, at_work(data)) if n.form == "owed"] == [("A2", 3), ("B1", 2)]
    after = next_week(data, rota(data, *ALL, owed=(("A2", "V2", "11:00"),)))
    assert set(after.owed) == {owes("A2", -2), owes("A2", -1), owes("B1", -2)}
    assert [(n.staff, n.since) for n in due(after, at_work(after)) if n.form == "owed"] == [("A2", 3), ("B1", 3)]


@pytest.mark.parametrize(("ends", "left"), [("", 2), ("2026-12-14", 2), ("2026-12-13", 0)])
def test_what_is_owed_to_somebody_who_has_left_is_dropped(ends: str, left: int) -> None:
    data = tiny()
    staff = tuple(row.model_copy(update={"ends": ends}) if row.staff == "A1" else row for row in data.staff)
    data = data.model_copy(update={"staff": staff, "owed": (owes("A1", -1),)})
    assert len(next_week(data, rota(data, *ALL[1:])).owed) == left


def test_a_whole_week_away_owes_nothing() -> None:
    data = tiny().model_copy(update={"away": (Away(staff="A1", first=MONDAY, last="2026-12-11"),), "owed": (owes("A1", -1),)})
    after = next_week(data, rota(data, *ALL[1:]))
    assert after.owed == (owes("A1", -1),)


def test_what_is_fortnightly_is_overdue_and_not_owed() -> None:
    data = tiny()
    needs = tuple(row.model_copy(update={"every": 2}) for row in data.role_needs)
    data = data.model_copy(update={"role_needs": needs, "last_held": (LastHeld(staff="A1", kind="case", date=weeks_on(-2)),)})
    after = next_week(data, rota(data, *ALL[1:]))
    assert after.owed == ()
    assert [(n.form, n.overdue, n.since) for n in due(after, at_work(after)) if n.staff == "A1"] == [("individual", 1, 3)]


def test_what_is_owed_leaves_the_week_s_own_session_as_it_was() -> None:
    data = tiny().model_copy(update={"owed": (owes("A2", -1),)})
    answer = rota(data, *ALL, owed=(("A2", "V2", "11:00"),))
    after = next_week(data, answer)
    assert [(row.start, row.supervisor, row.owed) for row in after.last_rota if row.staff == "A2"] == [("09:00", "V2", False)]
    only_owed = next_week(data, rota(data, ALL[0], ALL[2], owed=(("A2", "V2", "11:00"),)))
    # Not held this week, the session of the week keeps the row it had; and nothing was held of the need.
    assert [(row.start, row.supervisor, row.owed) for row in only_owed.last_rota if row.staff == "A2"] == [("09:00", "V1", False)]
    assert "A2" not in {row.staff for row in only_owed.last_held}
    assert only_owed.owed == (owes("A2", 0),)


def test_where_a_rota_is_mended_what_is_owed_has_a_row_of_its_own() -> None:
    data = tiny().model_copy(update={"owed": (owes("A2", -1),)})
    answer = rota(data, *ALL, owed=(("A2", "V2", "11:00"),))
    rows = [(row.start, row.owed) for row in as_last_rota(answer) if row.staff == "A2"]
    assert rows == [("09:00", False), ("11:00", True)]
    mended = repaired(data, answer, since="2026-12-08")
    assert [(row.start, row.owed) for row in mended.last_rota if row.staff == "A2"] == rows
    assert {lock.lock: lock.owed for lock in mended.locks if lock.staff == "A2"} == {
        f"held: A2 case {MONDAY}": False, f"held: A2 case owed {MONDAY}": True
    }  # fmt: skip
    assert check(mended, work_out(mended, answer)).findings == ()
    after = next_week(mended, answer)
    assert (after.locks, after.settings.mends, after.settings.mended_from) == ((), False, "")
    assert not any(row.owed for row in after.last_rota)


# --- history ----------------------------------------------------------------------------------------------------------


def test_there_is_a_row_of_history_for_those_with_a_figure_and_no_others() -> None:
    data = tiny()
    data = data.model_copy(update={"settings": data.settings.model_copy(update={"early_before": "10:00"})})
    after = next_week(data, rota(data, ("A2", "V2", "10:00"), ("B1", "V2", "11:00"), duty=("V1",)))
    # Three sessions fall due and two supervisors share them by equal hours; V1 alone is experienced.
    assert after.history == (
        History(staff="V1", week=MONDAY, minutes=0, fair_minutes=90, duty_turns=1, fair_duty_turns=1),
        History(staff="V2", week=MONDAY, minutes=120, fair_minutes=90),
        History(staff="A1", week=MONDAY, missed=1),
    )
    early = next_week(data, rota(data, ("A1", "V1", "09:00"), ("A2", "V2", "10:00"), ("B1", "V2", "11:00")))
    assert {row.staff: row.early_or_late for row in early.history} == {"V1": 1, "V2": 0, "A1": 1}


def test_what_is_owed_counts_as_given_and_not_as_missed_again() -> None:
    data = tiny().model_copy(update={"owed": (owes("A2", -1), owes("B1", -1))})
    after = next_week(data, rota(data, *ALL, owed=(("A2", "V2", "10:00"),)))
    rows = {row.staff: row for row in after.history}
    assert (rows["V2"].minutes, rows["V2"].fair_minutes) == (120, 150)
    assert "B1" not in rows


def test_history_is_kept_for_the_eleven_weeks_before() -> None:
    old = tuple(History(staff="V1", week=weeks_on(-n), minutes=60) for n in range(1, 15))
    data = tiny().model_copy(update={"history": old})
    after = next_week(data, rota(data, *ALL))
    weeks = sorted({row.week for row in after.history}, reverse=True)
    assert weeks == [weeks_on(-n) for n in range(REMEMBERED)]
    assert len(weeks) == 11


def test_without_duty_no_share_of_it_is_kept() -> None:
    data = tiny()
    off = data.model_copy(update={"rules": (data.rules[0].model_copy(update={"rule": "D1", "priority": "Low", "on": False, "number": None}),)})
    assert all(row.fair_duty_turns == 0 for row in next_week(off, rota(off, *ALL)).history)


# --- what passes and what does not ------------------------------------------------------------------------------------


def test_what_was_brought_forward_is_so_once() -> None:
    data = tiny()
    held = (LastHeld(staff="A1", kind="case", date=weeks_on(-1)),)
    needs = tuple(row.model_copy(update={"every": 4}) for row in data.role_needs)
    data = data.model_copy(update={"role_needs": needs, "last_held": held, "early": (Early(staff="A1", kind="case", because="Leave"),)})
    assert [n.overdue for n in due(data, at_work(data)) if n.staff == "A1"] == [0]
    after = next_week(data, rota(data, *ALL[1:]))
    assert after.early == ()
    assert "A1" not in {n.staff for n in due(after, at_work(after))}


def test_all_that_passes_goes_through_the_workbook(tmp_path: Path) -> None:
    data = small()
    update: dict[str, Any] = {
        "settings": data.settings.model_copy(update={"early_before": "09:00", "late_after": "17:00", "mends": True, "mended_from": "2026-12-09"}),
        "terms": (Term(first="2026-09-21", last="2026-12-11", note="Autumn"), Term(first="2026-10-05", last="2026-12-04", role="pwp")),
        "early": (Early(staff="C4", kind="management", because="Leave in the week it falls due"),),
        "owed": (Owed(staff="A1", kind="case", missed="2026-11-30", minutes=60),),
        "history": (
            History(staff="V1", week="2026-11-30", minutes=120, fair_minutes=90, duty_turns=3, fair_duty_turns=2, early_or_late=1, missed=1),
        ),
        "locks": (*data.locks, Lock(lock="K4", staff="A1", kind="case", owed=True, day="Monday", strength="prefer")),
        "last_rota": (*data.last_rota, data.last_rota[0].model_copy(update={"owed": True})),
        "rooms": tuple(room.model_copy(update={"ends": "2026-12-09"}) for room in data.rooms),
    }
    data = data.model_copy(update=update)
    write_workbook(tmp_path / "next_week.xlsx", data)
    again = read(tmp_path / "next_week.xlsx", RotaInput)
    assert again.findings == ()
    assert again.data == data
    assert again.digest == digest(data)
