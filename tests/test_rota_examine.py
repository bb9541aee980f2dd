"""What is told of a rota's input before anything is solved: each finding provoked by one change to a sound week, the figures worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optimiser.rota.data import (
    Away,
    Closed,
    Competence,
    Early,
    Group,
    GroupMember,
    History,
    Kind,
    LastHeld,
    LastSession,
    Lock,
    Need,
    OpeningHours,
    Owed,
    Pair,
    Role,
    RoleNeed,
    Room,
    RotaInput,
    Rule,
    Settings,
    Site,
    Staff,
    Term,
    Travel,
)
from optimiser.rota.examine import describe, examine
from rota_samples import at, small, tiny

if TYPE_CHECKING:
    from optimiser.result import Finding
    from optimiser.rota.data import Weekday

MON = "2026-12-07"
DAYS: tuple[Weekday, ...] = ("Monday", "Thursday")
Change = dict[str, Any]


def sound() -> RotaInput:
    """Nothing to say of it. V and W supervise case management (A and B, an hour each), W a CBT group of 90 minutes (C and D, 60 each).

    All are at site n from 09:00 to 12:00 on Monday and Thursday; M is A's line manager, V and W meet as peers. Duty is Monday, 09:00 to 11:00.
    """
    everybody = ("V", "W", "M", "A", "B", "C", "D")
    return RotaInput(
        settings=Settings(title="Sound", service="sound", week_commencing=MON),
        roles=tuple(Role(role=r) for r in ("supervisor", "pwp", "hit", "manager")),
        kinds=(
            Kind(kind="case", name="Case management"),
            Kind(kind="cbt", name="CBT", group_most=3),
            Kind(kind="line", clinical=False, given_by="line manager"),
            Kind(kind="peer", given_by="peers", mode="online", shared_credit=False),
        ),
        role_needs=(
            RoleNeed(role="pwp", kind="case", minutes=60),
            RoleNeed(role="hit", kind="cbt", form="group", minutes=60),
            RoleNeed(role="supervisor", kind="peer", form="group", minutes=60),
        ),
        needs=(Need(staff="A", kind="line", minutes=30),),
        staff=(
            *(Staff(staff=p, role="supervisor", hours=6, experienced=True) for p in "VW"),
            Staff(staff="M", role="manager", hours=6),
            Staff(staff="A", role="pwp", hours=6, line_manager="M"),
            Staff(staff="B", role="pwp", hours=6),
            *(Staff(staff=p, role="hit", hours=6) for p in "CD"),
        ),
        competences=(Competence(staff="V", kind="case"), Competence(staff="W", kind="case"), Competence(staff="W", kind="cbt")),
        availability=tuple(at(p, day, "09:00-12:00", "n") for p in everybody for day in DAYS),
        groups=(Group(group="g", kind="cbt", minutes=90), Group(group="p", kind="peer", minutes=60)),
        group_members=(GroupMember(group="g", staff="C"),),
        sites=(Site(site="n"), Site(site="s")),
        rooms=(Room(room="N1", site="n", capacity=6),),
        travel=(Travel(from_site="n", to_site="s", minutes=30),),
        opening_hours=(OpeningHours(weekday="Monday", opens="09:00", closes="11:00"),),
        locks=(Lock(lock="l", staff="B", kind="case", supervisor="V", day="Monday", start="09:00", strength="must"),),
    )


def put(table: str, key: str, **columns: Any) -> Change:
    """Columns set in the rows of a table of the sound week whose first column is ``key``."""
    rows = getattr(sound(), table)
    assert any(next(iter(row))[1] == key for row in rows)
    return {table: tuple(row.model_copy(update=columns) if next(iter(row))[1] == key else row for row in rows)}


def add(table: str, *rows: Any) -> Change:
    return {table: (*getattr(sound(), table), *rows)}


def setting(**columns: Any) -> Change:
    return {"settings": sound().settings.model_copy(update=columns)}


def at_work(staff: str, *rows: Any) -> Change:
    """Rows of Availability of a person replaced."""
    return {"availability": (*(row for row in sound().availability if row.staff != staff), *rows)}


def locks(*columns: dict[str, str]) -> Change:
    rows = [Lock.model_validate({"lock": f"l{n}", "strength": "must", **one}) for n, one in enumerate(columns, 1)]
    return {"locks": tuple(rows)}


def owed(staff: str, kind: str, missed: str = "2026-11-30", minutes: int = 60) -> Change:
    return {"owed": (Owed(staff=staff, kind=kind, missed=missed, minutes=minutes),)}


AUTUMN = Term(first="2026-09-21", last="2026-12-11")


def told(change: Change) -> list[Finding]:
    return list(examine(sound().model_copy(update=change)))


def last(**columns: str) -> LastSession:
    return LastSession.model_validate({"kind": "case", "supervisor": "V", "weekday": "Monday", "start": "09:00", **columns})


def test_nothing_is_said_of_a_sound_week() -> None:
    assert examine(sound()) == ()
    assert examine(tiny()) == ()
    assert [f for f in examine(small()) if f.severity == "error"] == []


NO_LOCK: Change = {"locks": ()}


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        (setting(lunch_from="14:00", lunch_to="12:00"), "IN-08", "Settings (Lunch from)"),
        (put("staff", "B", line_manager="B"), "IN-03", "Staff (B)"),
        (put("staff", "B", starts="2026-12-01", ends="2026-11-30"), "IN-08", "Staff (B)"),
        ({**put("groups", "g", group="D"), "group_members": ()}, "IN-05", "Groups (D)"),
        (at_work("B", at("B", "Monday", "12:00-09:00", "n")), "IN-08", "Availability (B, Monday, 12:00)"),
        (at_work("B", at("B", "Monday", "09:00-10:30", "n"), at("B", "Monday", "10:00-12:00", "s")), "IN-03", "Availability (B, Monday)"),
        (add("away", Away(staff="B", first="2026-12-02", last="2026-12-01")), "IN-08", "Away (B, 2026-12-02)"),
        (put("kinds", "peer", group_least=5), "IN-03", "Kinds (peer)"),
        (add("needs", Need(staff="B", kind="case", minutes=60), Need(staff="B", kind="case", form="either", minutes=60)), "IN-05", "Needs (B, case)"),
        (add("role_needs", RoleNeed(role="hit", kind="cbt", form="either", minutes=60)), "IN-05", "Role needs (hit, cbt)"),
        (add("needs", Need(staff="V", kind="peer", form="either", minutes=60)), "IN-03", "Needs (V, peer)"),
        (add("needs", Need(staff="B", kind="line", form="group", minutes=60)), "IN-03", "Needs (B, line)"),
        (add("pairs", Pair(staff="V", supervisor="V", strength="never")), "IN-03", "Pairs (V, V)"),
        (put("groups", "g", least=4), "IN-03", "Groups (g)"),
        (put("groups", "g", kind="line"), "IN-03", "Groups (g)"),
        (put("groups", "p", leader="V"), "IN-03", "Groups (p)"),
        (put("groups", "g", leader="V"), "IN-03", "Groups (g)"),
        (put("groups", "g", leader="W") | add("group_members", GroupMember(group="g", staff="W")), "IN-03", "Group members (g, W)"),
        (add("kinds", Kind(kind="b cbt")) | add("groups", Group(group="A b", kind="cbt", minutes=90)), "IN-05", "Kinds (cbt)"),
        (put("rooms", "N1", opens="12:00", closes="09:00"), "IN-08", "Rooms (N1)"),
        (put("opening_hours", "Monday", closes="09:00"), "IN-08", "Opening hours (Monday)"),
        (add("travel", Travel(from_site="n", to_site="n", minutes=5)), "IN-03", "Travel (n, n)"),
        (add("travel", Travel(from_site="s", to_site="n", minutes=5)), "IN-05", "Travel (n, s)"),
        ({"rules": (Rule(rule="C1", kind="case", priority="Must", number=4),)}, "IN-03", "Rules (C1, case)"),
        ({"rules": (Rule(rule="B2", priority="Must", number=0),)}, "IN-03", "Rules (B2)"),
        (locks({"day": "Monday"}), "IN-03", "Locks (l1)"),
        (locks({"group": "g", "owed": "yes", "day": "Monday"}), "IN-03", "Locks (l1)"),
        (locks({"group": "g", "staff": "C", "owed": "yes"}), "IN-03", "Locks (l1)"),
        (setting(early_before="12:00", late_after="12:00"), "IN-08", "Settings (Early before)"),
        (setting(early_before="17:00", late_after="09:00"), "IN-08", "Settings (Early before)"),
        (add("terms", Term(first="2027-01-11", last="2027-01-10")), "IN-08", "Terms (2027-01-11)"),
        (add("terms", Term(first="2027-01-11", last="2026-01-10", role="pwp")), "IN-08", "Terms (2027-01-11, pwp)"),
        (owed("V", "peer"), "IN-03", "Owed (V, peer, 2026-11-30)"),
        (add("kinds", Kind(kind="owed")) | add("groups", Group(group="B case", kind="owed", minutes=90)), "IN-05", "Kinds (owed)"),
        ({"last_rota": (last(),)}, "IN-03", "Last rota (case)"),
    ],
)
def test_errors(change: Change, code: str, where: str) -> None:
    found = told(change)
    assert [(f.severity, f.code, f.where) for f in found if f.severity == "error"] == [("error", code, where)]
    assert all(f.what and f.fix for f in found)


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        (put("staff", "B", hours=5), "IN-11", "Staff (B)"),  # 6 hours at work, and 5.5 are usual for 5
        ({**at_work("M"), "needs": ()}, "IN-13", "Staff (M)"),
        (add("competences", Competence(staff="M", kind="line")), "IN-14", "Competences (M, line)"),
        (add("last_held", LastHeld(staff="B", kind="case", date="2026-12-08")) | NO_LOCK, "IN-11", "Last held (B, case, individual)"),
        (add("pairs", Pair(staff="A", supervisor="M", kind="line", strength="prefer")), "IN-14", "Pairs (A, M, line)"),
        (add("pairs", Pair(staff="A", supervisor="M", kind="line", strength="never")), "IN-14", "Pairs (A, M, line)"),
        (add("pairs", Pair(staff="C", supervisor="V", kind="cbt", strength="must")), "IN-03", "Pairs (C, V, cbt)"),
        (add("pairs", Pair(staff="C", supervisor="M", strength="must")), "IN-03", "Pairs (C, M)"),
        (add("group_members", GroupMember(group="g", staff="A")), "IN-14", "Group members (g, A)"),
        (add("needs", Need(staff="C", kind="cbt", form="group", minutes=0)), "IN-14", "Group members (g, C)"),
        ({"rules": (Rule(rule="P1", priority="High", number=3),)}, "IN-14", "Rules (P1)"),
        ({"rules": (Rule(rule="B1", priority="High", number=121),)}, "IN-14", "Rules (B1)"),
        ({"opening_hours": ()}, "IN-13", "Opening hours"),
        (locks({"staff": "C", "group": "g", "day": "Monday"}), "IN-14", "Locks (l1)"),
        (locks({"staff": "B"}), "IN-14", "Locks (l1)"),
        (locks({"group": "g", "day": "2026-12-14"}), "IN-14", "Locks (l1)"),
        (add("terms", AUTUMN, AUTUMN.model_copy(update={"first": AUTUMN.last, "last": "2026-12-31"})), "IN-11", f"Terms ({AUTUMN.last})"),
        (add("terms", AUTUMN, AUTUMN.model_copy(update={"first": "2026-10-01", "last": "2026-10-02"})), "IN-11", "Terms (2026-10-01)"),
        (owed("B", "case", MON), "IN-14", f"Owed (B, case, {MON})"),
        (owed("B", "case", "2026-12-14"), "IN-14", "Owed (B, case, 2026-12-14)"),
        (owed("B", "case", minutes=0), "IN-14", "Owed (B, case, 2026-11-30)"),
        (owed("B", "case", "2026-11-02"), "IN-11", "Owed (B, case, 2026-11-02)"),  # five weeks, and four are allowed
        (owed("B", "case", "2026-11-23") | {"rules": (Rule(rule="N2", priority="High", number=1),)}, "IN-11", "Owed (B, case, 2026-11-23)"),
        (add("history", History(staff="V", week=MON, minutes=60)), "IN-14", f"History (V, {MON})"),
        (add("early", Early(staff="B", kind="cbt")), "IN-14", "Brought forward (B, cbt, individual)"),
        (add("early", Early(staff="C", kind="cbt")), "IN-14", "Brought forward (C, cbt, individual)"),  # needed in a group
        (
            add("early", Early(staff="A", kind="line")) | {"needs": (Need(staff="A", kind="line", minutes=0),)},
            "IN-14",
            "Brought forward (A, line, individual)",
        ),
    ],
)
def test_warnings(change: Change, code: str, where: str) -> None:
    found = told(change)
    assert [(f.severity, f.code, f.where) for f in found] == [("warning", code, where)]
    assert all(f.what and f.fix for f in found)


@pytest.mark.parametrize(
    "change",
    [
        add("terms", AUTUMN, AUTUMN.model_copy(update={"first": "2026-12-12", "last": "2026-12-31"}), AUTUMN.model_copy(update={"role": "pwp"})),
        setting(early_before="09:00", late_after="17:00"),
        setting(late_after="09:00"),
        owed("B", "case"),
        owed("B", "case", "2026-11-09"),
        owed("A", "line", minutes=30),
        owed("B", "case", "2026-09-07") | {"rules": (Rule(rule="N2", priority="High", on=False),)},
        add("history", History(staff="V", week="2026-11-30", minutes=60), History(staff="A", week="2025-11-24", missed=1)),
        add("early", Early(staff="B", kind="case"), Early(staff="C", kind="cbt", form="group"), Early(staff="A", kind="line")),
        add("locks", Lock(lock="owed", staff="B", owed=True, supervisor="W", strength="must")),
    ],
)
def test_nothing_is_said_of_rows_that_other_weeks_left_as_they_should(change: Change) -> None:
    assert told(change) == []


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = setting(early_before="12:00", late_after="09:00") | add("terms", Term(first="2027-01-11", last="2027-01-10"))
    rows = (Owed(staff="V", kind="peer", missed="2026-11-30", minutes=60), Owed(staff="B", kind="case", missed=MON, minutes=60))
    wrong |= {"owed": rows, "history": (History(staff="V", week=MON),), "early": (Early(staff="B", kind="cbt"),)}
    assert [finding.where.split(" (")[0] for finding in told(wrong)] == ["Settings", "Terms", "Brought forward", "Owed", "Owed", "History"]


def test_a_kind_that_needs_a_room_and_has_none() -> None:
    found = told({**put("kinds", "case", mode="room"), "rooms": ()})
    assert [(f.code, f.where) for f in found] == [("IN-13", "Rooms (case)")]


# --- PRE-01 -----------------------------------------------------------------------------------------------------------


def test_pre_01_a_kind_needs_more_hours_than_its_supervisors_can_give() -> None:
    # V and W have 6 hours each; A and B need 7 hours each of the two, who then can give 12.
    found = told({**put("role_needs", "pwp", minutes=420), **NO_LOCK})
    assert [(f.severity, f.code, f.where) for f in found if f.code == "PRE-01"] == [("warning", "PRE-01", "Competences (case)")]
    assert found[0].what == "Case management needs at least 14 hours this week, and its supervisors can give 12. No rota can mend this."
    assert found[0].fix == "Add 2 hours of a supervisor, or expect supervision that is not placed."


def test_pre_01_most_hours_count_where_they_are_a_must() -> None:
    # V at most half an hour, W an hour: 1.5 for the 2 hours of A and B. The group then has W's hour, and takes at least C's and D's 30 minutes.
    staff = tuple(p.model_copy(update={"most_hours": {"V": 0.5, "W": 1}.get(p.staff)}) for p in sound().staff)
    assert [(f.code, f.where) for f in told({"staff": staff})] == [("PRE-01", "Competences (case)")]
    assert told({"staff": staff, "rules": (Rule(rule="C3", priority="High"),)}) == []
    assert told({"staff": staff, "rules": (Rule(rule="C3", priority="Must", on=False),)}) == []


def test_pre_01_kinds_that_share_a_supervisor() -> None:
    # W alone, 2.5 hours at most: 2 for A and B is enough, 1 for C and D is enough (a group of three or fewer in 90 minutes: 30 each), 3 is not.
    staff = tuple(p.model_copy(update={"most_hours": {"V": 0, "W": 2.5}.get(p.staff)}) for p in sound().staff)
    found = told({"staff": staff})
    assert [(f.code, f.where) for f in found] == [("PRE-01", "Competences")]
    assert found[0].what == "Supervision of all kinds needs at least 3 hours this week, and its supervisors can give 2.5. No rota can mend this."


def test_pre_01_more_people_than_supervisors_may_see() -> None:
    # A and B need case management, and V and W may see one and none.
    staff = tuple(p.model_copy(update={"most_people": {"V": 1, "W": 0}.get(p.staff)}) for p in sound().staff)
    found = told({"staff": staff})
    assert [(f.code, f.where) for f in found] == [("PRE-01", "Staff (Most people, case)"), ("PRE-01", "Staff (Most people, cbt)")]
    assert found[0].what == "2 people need Case management, and its supervisors may see 1."
    assert told({"staff": staff, "rules": (Rule(rule="C1", priority="High"),)}) == []


def test_pre_01_a_day_that_is_short() -> None:
    # A and B are there on Thursday only, and need two hours; V and W are there for half an hour each on that day, and PRE-02 says the rest.
    rows = [row for row in sound().availability if row.staff not in "AB" and (row.staff not in "VW" or row.weekday == "Monday")]
    rows += [at(p, "Thursday", "09:00-12:00", "n") for p in "AB"] + [at(p, "Thursday", "09:00-09:30", "n") for p in "VW"]
    found = told({"availability": tuple(rows), "needs": (), **NO_LOCK})
    assert [(f.code, f.where) for f in found] == [
        ("PRE-01", "Availability (2026-12-10)"),
        ("PRE-02", "Availability (A, case, individual)"),
        ("PRE-02", "Availability (B, case, individual)"),
    ]
    assert found[0].what == "Thursday 10 December is short by 1 hour: so much more is needed by people who can be seen on no other day."
    assert found[1].what == "A needs case and is free on Thursday 10 December, but never long enough together with anyone who gives it."


def test_pre_01_duty_that_cannot_be_covered() -> None:
    # Nobody is at work from 12:00 to 13:00, and where two are wanted W, barred at 10:00, leaves V alone.
    found = told(put("opening_hours", "Monday", closes="13:00"))
    assert [(f.code, f.where) for f in found] == [("PRE-01", "Opening hours (2026-12-07)")]
    assert found[0].what == "Monday 7 December has 1 turn of duty with fewer than 1 experienced free: 12:00-13:00."
    barred = at_work("W", at("W", "Monday", "09:00-12:00", "n", X="10:00-10:30"), at("W", "Thursday", "09:00-12:00", "n"))
    assert told(barred) == []
    assert [f.what for f in told({**barred, "rules": (Rule(rule="D1", priority="Must", number=2),)})] == [
        "Monday 7 December has 1 turn of duty with fewer than 2 experienced free: 10:00-11:00."
    ]
    assert told({**put("opening_hours", "Monday", closes="13:00"), "rules": (Rule(rule="D1", priority="Must", on=False),)}) == []


# --- PRE-02 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (put("staff", "A", line_manager=""), "Staff (A, line, individual)"),
        (at_work("M", at("M", "Monday", "09:00-09:20", "n")), "Availability (A, line, individual)"),
        ({**at_work("B", at("B", "Monday", "13:00-15:00", "n")), **NO_LOCK}, "Availability (B, case, individual)"),
        ({**at_work("B", at("B", "Monday", "11:15-12:15", "n")), **NO_LOCK}, "Availability (B, case, individual)"),  # from 11:30: 30 minutes
        ({**put("kinds", "case", mode="room"), **at_work("B", *(at("B", d, "09:00-12:00", "s") for d in DAYS))},
         "Availability (B, case, individual)"),
        (at_work("D", at("D", "Monday", "09:00-10:00", "n")), "Availability (D, cbt, group)"),  # the group takes 90 minutes
        (put("groups", "g", open=False), "Groups (D, cbt, group)"),
        (add("needs", Need(staff="D", kind="cbt", form="group", minutes=120)), "Groups (D, cbt, group)"),
        (at_work("V", at("V", "Monday", "09:00-10:00", "n"), at("V", "Thursday", "11:30-12:00", "n"))
         | put("groups", "p", minutes=90), "Availability (V, peer, group)"),
    ],
)  # fmt: skip
def test_pre_02_a_person_who_can_never_meet_anyone_of_their_kind(change: Change, where: str) -> None:
    found = told({"opening_hours": sound().opening_hours, **change})
    assert [(f.severity, f.code, f.where) for f in found if f.code == "PRE-02"] == [("warning", "PRE-02", where)]
    assert {f.code for f in found} <= {"PRE-02"}


def test_pre_02_nobody_supervises_themself() -> None:
    need = add("needs", Need(staff="W", kind="cbt", minutes=60))
    assert [(f.code, f.where) for f in told(need)] == [("PRE-02", "Staff (W, cbt, individual)")]
    assert told(need | add("competences", Competence(staff="V", kind="cbt"))) == []


def test_pre_02_either_form_will_do() -> None:
    # D is there for one hour, too short for the group of 90 minutes, and can see W alone.
    hour = at_work("D", at("D", "Monday", "09:00-10:00", "n"))
    assert told(hour | add("needs", Need(staff="D", kind="cbt", form="either", minutes=60))) == []
    # D belongs to another group, of 60 minutes.
    groups = add("groups", Group(group="g2", kind="cbt", minutes=60)) | add("group_members", GroupMember(group="g2", staff="D"))
    assert told(hour | groups) == []


# --- PRE-03 -----------------------------------------------------------------------------------------------------------

B_CASE = {"staff": "B", "kind": "case"}
A_CASE = {"staff": "A", "kind": "case"}
OWED_B = {**B_CASE, "owed": "yes", "day": "Monday"}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (locks({**B_CASE, "supervisor": "V"}, {**B_CASE, "supervisor": "W"}), "Locks (l1, l2)"),
        (locks({**B_CASE, "start": "09:00"}, {"staff": "B", "start": "10:00"}), "Locks (l1, l2)"),  # every kind is this kind too
        (locks({**B_CASE, "day": "Monday"}, {**B_CASE, "day": "2026-12-10"}), "Locks (l1, l2)"),
        (locks({"group": "g", "day": "Monday"}, {"group": "g", "day": "Thursday"}), "Locks (l1, l2)"),
        (locks({**A_CASE, "supervisor": "V", "day": "Monday", "start": "09:00"}, {**B_CASE, "supervisor": "V", "day": MON, "start": "09:30"}),
         "Locks (l1, l2)"),  # V in two places at 09:30
        (locks({**A_CASE, "day": "Monday", "start": "09:00"}, {"staff": "A", "kind": "line", "day": "Monday", "start": "09:30"}), "Locks (l1, l2)"),
        (locks({**B_CASE, "day": "Monday", "start": "12:00"}), "Locks (l1)"),
        (locks({**B_CASE, "day": "Monday", "start": "09:15"}), "Locks (l1)"),
        (locks({**B_CASE, "supervisor": "M"}), "Locks (l1)"),
        (locks({**B_CASE, "day": "2026-12-10", "start": "09:00"}, {"staff": "B", "day": "Thursday", "strength": "never"}), "Locks (l1, l2)"),
        (locks({"staff": "C", "group": "g"}, {"staff": "C", "group": "g", "strength": "never"}), "Locks (l1, l2)"),
        # What is owed takes 90 minutes, from 09:00 to 10:30, and is beside the other at 10:00; and 10:30 to 12:00 is the last there is.
        (owed("B", "case", minutes=90) | locks({**OWED_B, "start": "09:00"}, {**B_CASE, "day": "Monday", "start": "10:00"}), "Locks (l1, l2)"),
        (owed("B", "case", minutes=90) | locks({**OWED_B, "start": "11:00"}), "Locks (l1)"),
        (owed("B", "case") | locks({**OWED_B, "supervisor": "V"}, {**OWED_B, "supervisor": "W"}), "Locks (l1, l2)"),
        (owed("B", "case") | locks({**OWED_B, "start": "09:00"}, {**OWED_B, "strength": "never"}), "Locks (l1, l2)"),
        (locks({"staff": "C", "group": "g"}, {"staff": "C", "group": "g2"}) | add("groups", Group(group="g2", kind="cbt", minutes=90)),
         "Locks (l1, l2)"),
        (add("pairs", Pair(staff="B", supervisor="V", strength="never"), Pair(staff="B", supervisor="V", kind="case", strength="must")),
         "Pairs (B, V)"),
    ],
)  # fmt: skip
def test_pre_03_locks_that_clash(change: Change, where: str) -> None:
    assert [(f.severity, f.code, f.where) for f in told(change)] == [("warning", "PRE-03", where)]


@pytest.mark.parametrize(
    "change",
    [
        locks({**B_CASE, "supervisor": "V"}, {**B_CASE, "day": "Monday"}, {"staff": "B", "start": "09:00"}),
        locks({**B_CASE, "day": "Monday"}, {**B_CASE, "day": MON}),
        locks({**A_CASE, "start": "09:00"}, {"staff": "A", "kind": "line", "start": "10:00"}),
        locks({**A_CASE, "supervisor": "V", "day": "Monday", "start": "09:00"}, {**B_CASE, "supervisor": "V", "day": "Monday", "start": "10:00"}),
        locks({**B_CASE, "day": "Monday"}, {**B_CASE, "day": "Monday", "start": "10:00", "strength": "never"}),  # Monday at 09:00
        locks({**B_CASE, "supervisor": "V"}, {**B_CASE, "supervisor": "W", "strength": "prefer"}),
        locks({"staff": "C", "group": "g"}, {"staff": "D", "group": "g"}),
        owed("B", "case", minutes=90) | locks({**OWED_B, "start": "10:30"}, {**B_CASE, "day": "Monday", "start": "09:30"}),
        owed("B", "case") | locks({**OWED_B, "supervisor": "V"}, {**B_CASE, "supervisor": "W"}, {**B_CASE, "day": "Monday", "strength": "never"}),
    ],
)
def test_pre_03_locks_that_can_all_be_kept(change: Change) -> None:
    assert told(change) == []


# --- what the data say ------------------------------------------------------------------------------------------------


def test_describe() -> None:
    # A, B, C and D are supervised by V and W. An hour each for A and B, and for C and D 30 minutes of a 90-minute group of three: 3 hours, of 12.
    assert describe(sound()) == [
        "Sound, week of Monday 7 December 2026.",
        "4 clinicians, 2 supervisors. Need 3 hours a week, have 12.",
        "Case management: 2 people need 2 hours, 2 supervisors can give 12.",
        "CBT: 2 people need 1 hour, 1 supervisor can give 6.",
        "Duty: 2 turns, 2 experienced people at work.",
        "2 groups may be held; 1 room, 1 lock.",
    ]


def test_describe_says_none_and_nobody_where_there_is_none() -> None:
    # Nobody may supervise and nobody is experienced: A, B, C, D need an hour each, V and W have only their peers to see. Then nobody needs CBT; then
    # nobody may give an hour.
    alone = sound().model_copy(
        update={
            "competences": (),
            "staff": tuple(p.model_copy(update={"experienced": False}) for p in sound().staff),
            "groups": (),
            "group_members": (),
        }
    )
    lines = describe(alone)
    assert lines[1].startswith("6 clinicians, no supervisors. Need 4 hours a week, have none.")
    assert "Case management: 2 people need 2 hours, nobody can give any." in lines
    assert "Duty: 2 turns, nobody experienced at work." in lines
    assert lines[-1] == "1 room, 1 lock."
    quiet = sound().model_copy(update={"role_needs": tuple(row for row in sound().role_needs if row.kind != "cbt")})
    assert "CBT: nobody needs any this week, 1 supervisor can give 6." in describe(quiet)
    idle = sound().model_copy(update={"staff": tuple(p.model_copy(update={"most_hours": 0}) for p in sound().staff)})
    assert "CBT: 2 people need 1 hour, 1 supervisor can give none." in describe(idle)
    assert [f.what for f in examine(idle)][1] == "CBT needs at least 1 hour this week, and nobody can give any. No rota can mend this."


def test_describe_says_what_is_owed() -> None:
    # An hour more of case management, and CBT that is owed is held alone: an hour too.
    lines = describe(sound().model_copy(update=owed("B", "case")))
    assert "Case management: 2 people need 3 hours, 2 supervisors can give 12." in lines
    assert "Among these is 1 session owed to 1 person from earlier weeks." in lines
    rows = tuple(Owed(staff=p, kind=k, missed="2026-11-30", minutes=60) for p, k in (("B", "case"), ("C", "cbt"), ("B", "cbt")))
    lines = describe(sound().model_copy(update={"owed": rows}))
    assert "CBT: 3 people need 3 hours, 1 supervisor can give 6." in lines
    assert "Among these are 3 sessions owed to 2 people from earlier weeks." in lines


def test_pre_02_what_is_owed() -> None:
    change = owed("M", "cbt") | {"competences": sound().competences[:2], "groups": sound().groups[1:], "group_members": (), "role_needs": ()}
    assert [(f.code, f.where, f.what) for f in told(change) if f.code == "PRE-02"] == [
        ("PRE-02", "Staff (M, cbt, owed)", "M is owed cbt and has nobody who is competent in it.")
    ]


def test_describe_says_what_is_short_and_closed() -> None:
    # On Monday the service is closed, and A, B, C and D need their 3 hours on Thursday. There V and W have an hour each.
    barred = [at(p, "Thursday", "09:00-12:00", "n", X="09:00-11:00") for p in "VW"]
    rows = tuple(row for row in sound().availability if not (row.staff in "VW" and row.weekday == "Thursday"))
    lines = describe(sound().model_copy(update={"availability": (*rows, *barred), "closed": (Closed(date=MON, note="Moving house"),)}))
    assert lines[1] == "4 clinicians, 2 supervisors. Need 3 hours a week, have 2. Thursday 10 December is short by 1."
    assert "Closed on Monday 7 December: Moving house." in lines
    assert not any(line.startswith("Duty") for line in lines)
