"""The independent checker: each rule with a smallest rota that obeys it and a twin that breaks only it, worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from models.rota.facts import Facts
from optimiser.rota.check import Checked, check, work_out
from optimiser.rota.data import (
    DEFAULT_RULES,
    LEVELS,
    Attendance,
    Away,
    Closed,
    Competence,
    DutyTurn,
    Group,
    GroupMember,
    Kind,
    LastDuty,
    LastHeld,
    LastSession,
    LevelValue,
    Lock,
    Need,
    NotPlaced,
    OpeningHours,
    Pair,
    Role,
    RoleNeed,
    Room,
    RotaAnswer,
    RotaInput,
    Rule,
    Session,
    Settings,
    Site,
    Staff,
    Travel,
)
from optimiser.rota.week import at_work
from rota_samples import at, small, tiny

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimiser.rota.data import Availability, Row, RuleId, Weekday

MON, TUE = "2026-12-07", "2026-12-08"
DAYS: tuple[Weekday, ...] = ("Monday", "Tuesday")
EVERYBODY = ("V", "W", "M", "A", "B", "C", "D", "E", "F")


def data(**tables: Any) -> RotaInput:
    """Nine people, all at work at site n from 09:00 to 17:00 on Monday and Tuesday: 960 minutes each. Tables given replace its own.

    V and W supervise case management (A and B need an hour each), W also CBT, in a group of two hours of which C, D and E each need 80 minutes;
    M is A's line manager; V and W meet as peers. Three turns of duty on Monday, 09:00 to 12:00, for V and W: fair is ⌈3/2⌉ = 2 each.
    To be given are 60 + 60 + 120 = 240 minutes: fair is 120 each.
    """
    week: dict[str, Any] = {
        "settings": Settings(title="By hand", service="hand", week_commencing=MON, grid=30),
        "roles": tuple(Role(role=r) for r in ("supervisor", "pwp", "hit", "other")),
        "kinds": (
            Kind(kind="case"),
            Kind(kind="cbt", group_least=2, group_most=4),
            Kind(kind="line", clinical=False, given_by="line manager", mode="online"),
            Kind(kind="peer", given_by="peers", mode="online", shared_credit=False),
        ),
        "role_needs": (
            RoleNeed(role="pwp", kind="case", minutes=60),
            RoleNeed(role="hit", kind="cbt", form="group", minutes=80),
            RoleNeed(role="supervisor", kind="peer", form="group", minutes=60),
        ),
        "needs": (Need(staff="A", kind="line", minutes=30),),
        "staff": (
            Staff(staff="V", role="supervisor", hours=37.5, experienced=True),
            Staff(staff="W", role="supervisor", hours=37.5, experienced=True),
            Staff(staff="M", role="other", hours=37.5),
            Staff(staff="A", role="pwp", hours=37.5, line_manager="M", trainee=True),
            Staff(staff="B", role="pwp", hours=37.5, trainee=True),
            *(Staff(staff=p, role="hit", hours=37.5) for p in ("C", "D", "E")),
            Staff(staff="F", role="other", hours=37.5),
        ),
        "competences": (Competence(staff="V", kind="case"), Competence(staff="W", kind="case"), Competence(staff="W", kind="cbt")),
        "availability": tuple(at(p, day, "09:00-17:00", "n") for p in EVERYBODY for day in DAYS),
        "groups": (Group(group="g", kind="cbt", minutes=120), Group(group="p", kind="peer", minutes=60)),
        "sites": (Site(site="n"), Site(site="s")),
        "rooms": (Room(room="N1", site="n", capacity=3, opens="09:00", closes="16:00"), Room(room="S1", site="s", capacity=6)),
        "opening_hours": (OpeningHours(weekday="Monday", opens="09:00", closes="12:00"),),
    }
    return RotaInput(**{**week, **tables})


def hours(staff: str, *rows: Availability) -> tuple[Availability, ...]:
    """Availability with the rows of a person replaced."""
    return (*(row for row in data().availability if row.staff != staff), *rows)


def marked(staff: str, **marks: str) -> RotaInput:
    """The data with marks on a person's Monday."""
    return data(availability=hours(staff, at(staff, "Monday", "09:00-17:00", "n", **marks), at(staff, "Tuesday", "09:00-17:00", "n")))


def put(table: str, key: str, **columns: Any) -> RotaInput:
    """The data with columns set in the row of a table whose first column is ``key``."""
    rows = getattr(data(), table)
    assert any(next(iter(row))[1] == key for row in rows)
    return data(**{table: tuple(row.model_copy(update=columns) if next(iter(row))[1] == key else row for row in rows)})


def ruled(rule: RuleId, **columns: Any) -> RotaInput:
    """The data with a rule of its own: the default but for the columns."""
    default = next(row for row in DEFAULT_RULES if row.rule == rule)
    return data(rules=(default.model_copy(update=columns),))


def sid(who: str) -> str:
    kinds = {"A": "case", "B": "case", "A line": "line", "g": "cbt", "p": "peer"}
    return f"{who.split()[0]} {kinds[who]} {MON}"


def alone(session: str, supervisor: str, date: str, start: str, room: str = "", minutes: int = 60) -> Session:
    """Individual session, a group's where the id begins with a group's name, or one that is owed where it says so; in a room of site n, or online."""
    who, kind, *owed, _ = session.split()
    form, group = ("group", who) if who in ("g", "g2", "p") else ("owed" if owed else "individual", "")
    return Session.model_validate(
        {"session": session, "kind": kind, "form": form, "group": group, "supervisor": supervisor, "date": date, "start": start, "minutes": minutes,
         "mode": "room" if room else "online", "room": room, "site": "n" if room else ""}
    )  # fmt: skip


STANDING = {
    "A": alone(sid("A"), "V", MON, "14:00", "N1"),
    "B": alone(sid("B"), "V", MON, "15:00", "N1"),
    "A line": alone(sid("A line"), "M", TUE, "09:00", minutes=30),
    "g": alone(sid("g"), "W", TUE, "10:00", minutes=120),
    "p": alone(sid("p"), "", TUE, "14:00"),
}
ATTEND = {"A": "A", "B": "B", "A line": "A", "g": "C D E", "p": "V W"}
DUTY = (("09:00", "V"), ("10:00", "V"), ("11:00", "W"))


def decide(
    changes: dict[str, dict[str, Any]] | None = None,
    *,
    attend: dict[str, str] | None = None,
    without: Iterable[str] = (),
    more: Iterable[Session] = (),
    duty: Iterable[tuple[str, str]] = DUTY,
) -> RotaAnswer:
    """Give the rota that bends no rule, or one with columns of sessions changed, other people in them, some left out, more, or other duty.

    Monday: duty V, V, W; V with A 14:00, with B 15:00, in N1. Tuesday: A with M 09:00, CBT with W 10:00 to 12:00, peers 14:00.
    """
    members = {**ATTEND, **(attend or {})}
    sessions = [row.model_copy(update=(changes or {}).get(who, {})) for who, row in STANDING.items() if who not in without]
    people = [(row.session, members[who]) for who, row in zip((w for w in STANDING if w not in without), sessions, strict=True)]
    people += [(row.session, members.get(row.session, row.session.split()[0])) for row in more]
    return RotaAnswer(
        sessions=(*sessions, *more),
        attendance=tuple(Attendance(session=session, staff=p) for session, names in people for p in names.split()),
        duty=tuple(DutyTurn(date=MON, start=start, staff=p, minutes=60) for start, p in duty),
    )


def stated(plan: RotaInput, answer: RotaAnswer) -> RotaAnswer:
    """The answer with every table that follows from its decisions, unplaced needs too."""
    full = work_out(plan, answer)
    always = work_out(plan.model_copy(update={"rules": ()}), answer)  # N1 and N2 may be off or on
    unmet = [(row.staff, *row.item.split()) for row in always.bent if row.rule in ("N1", "N2", "N4")]
    rows = [{"staff": p, "kind": k, "form": f, "cause": "no room", "because": "Because.", "help": "Help."} for p, k, f in unmet]
    return full.model_copy(update={"not_placed": tuple(NotPlaced.model_validate(row) for row in rows)})


def codes(plan: RotaInput, answer: RotaAnswer) -> list[str]:
    """Codes of what is found in an answer whose derived tables are as its decisions lead to."""
    return faults(check(plan, stated(plan, answer)))


def faults(checked: Checked) -> list[str]:
    assert all(f.severity == "error" and f.what and f.where for f in checked.findings)
    return sorted(f.code for f in checked.findings)


def bends(plan: RotaInput, answer: RotaAnswer, rule: RuleId) -> dict[str, int]:
    """Amount at each place a rule is bent, by what identifies it; stated it is no fault, left out it is one fault each."""
    whole = stated(plan, answer)
    checked = check(plan, whole)
    assert checked.findings == ()
    rows = [row for row in checked.bent if row.rule == rule]
    silent = whole.model_copy(update={"bent": tuple(row for row in whole.bent if row.rule != rule)})
    assert faults(check(plan, silent)) == [rule] * len(rows)
    assert sum(term.amount for term in checked.terms if term.rule == rule) == sum(row.amount for row in rows)
    return {", ".join(part for part in (row.staff, row.session, row.item, row.date, row.start) if part): row.amount for row in rows}


def restated(answer: RotaAnswer, table: str, at_row: int, **columns: Any) -> RotaAnswer:
    """The answer with columns of one row of a table set."""
    rows: list[Row] = list(getattr(answer, table))
    rows[at_row] = rows[at_row].model_copy(update=columns)
    return answer.model_copy(update={table: tuple(rows)})


# --- the whole of it --------------------------------------------------------------------------------------------------


def test_the_rota_that_obeys_bends_no_rule_and_is_worth_nothing() -> None:
    checked = check(data(), stated(data(), decide()))
    assert checked.findings == ()
    assert checked.bent == checked.unmet == ()
    assert [(term.rule, term.amount, term.points) for term in checked.terms] == [(row.rule, 0, 0) for row in DEFAULT_RULES]
    assert checked.levels == tuple((level, "min", 0.0) for level in LEVELS)


def test_the_load_of_the_rota_that_obeys_by_hand() -> None:
    # V gives A and B an hour each on Monday; W two hours to C, D and E on Tuesday. Peers and line management are not supervision given.
    whose = {row.staff: row.model_dump(exclude={"staff"}) for row in work_out(data(), decide()).load}
    fair = {"fair_minutes": 120, "carried_minutes": 0, "at_work_minutes": 960, "fair_duty_turns": 2, "early_or_late": 0}
    assert whose == {
        "V": {"sessions": 2, "minutes": 120, "people": 2, "trainees": 2, "days": 1, "duty_turns": 2, **fair},
        "W": {"sessions": 1, "minutes": 120, "people": 3, "trainees": 0, "days": 1, "duty_turns": 1, **fair},
    }


def test_the_load_of_those_who_only_share_in_duty() -> None:
    # M, V and W are experienced, and a third of three turns is one each: V's second is one above it.
    plan = put("staff", "M", experienced=True)
    answer = stated(plan, decide())
    row = next(row for row in answer.load if row.staff == "M")
    assert (row.sessions, row.fair_minutes, row.duty_turns, row.fair_duty_turns) == (0, 0, 0, 1)
    lacking = answer.model_copy(update={"load": tuple(row for row in answer.load if row.staff != "M")})
    assert faults(check(plan, lacking)) == ["ANSWER"]
    assert bends(plan, decide(), "D2") == {"V": 1}


def test_what_is_wrongly_stated_is_told_with_both_figures() -> None:
    answer = stated(data(), decide())
    found = check(data(), restated(answer, "load", 0, minutes=90)).findings
    assert [str(f) for f in found] == ["Result load (V): minutes: the answer states 90, its decisions lead to 120."]
    found = check(data(), stated(data(), decide(without=["B"])).model_copy(update={"bent": ()})).findings
    assert [str(f) for f in found] == ["N1 B, case individual: The rota bends the rule by 1 (Must, 10 points), the answer states nothing."]


@pytest.mark.parametrize("plan", [tiny(), small()], ids=["tiny", "small"])
def test_nothing_at_all_is_a_rota(plan: RotaInput) -> None:
    checked = check(plan, stated(plan, RotaAnswer()))
    assert checked.findings == ()
    assert {row.rule for row in checked.bent} == {"N1", "D1"}


def test_levels_add_amount_times_weight_of_the_rules_of_their_priority() -> None:
    # B unplaced: N1, 1 at 10. The turn at 11:00 uncovered: D1, 1 at 20. A kept at 14:00 and not at 13:00: K2, 1 at 7, made Low.
    plan = data(
        rules=(Rule(rule="K2", priority="Low", weight=7),),
        last_rota=(LastSession(staff="A", kind="case", supervisor="V", weekday="Monday", start="13:00"),),
    )
    checked = check(plan, stated(plan, decide(without=["B"], duty=DUTY[:2])))
    assert checked.findings == ()
    assert checked.levels == (("Must", "min", 30.0), ("High", "min", 0.0), ("Medium", "min", 0.0), ("Low", "min", 7.0))
    assert [(row.rule, row.points) for row in checked.unmet] == [("N1", 10), ("D1", 20)]


def test_a_rule_that_is_off_is_no_term_and_bends_nowhere() -> None:
    plan = ruled("N1", on=False)
    checked = check(plan, stated(plan, decide(without=["B"])))
    assert checked.findings == ()
    assert checked.bent == ()
    assert "N1" not in {term.rule for term in checked.terms}


def test_a_kind_with_a_row_of_its_own_is_a_term_of_its_own() -> None:
    # A's line management (High, 3 points) and B's case management (Must, 10 points) are both unmet.
    plan = data(rules=(Rule(rule="N1", kind="line", priority="High", weight=3),))
    checked = check(plan, stated(plan, decide(without=["A line", "B"])))
    assert checked.findings == ()
    assert [(t.kind, t.priority, t.amount, t.points) for t in checked.terms if t.rule == "N1"] == [("", "Must", 1, 10), ("line", "High", 1, 3)]
    assert [value for _, _, value in checked.levels] == [10, 3, 0, 0]


@pytest.mark.parametrize(
    ("table", "columns", "code"),
    [
        ("load", {"minutes": 90}, "ANSWER"),
        ("load", {"fair_duty_turns": 1}, "ANSWER"),
        ("load", {"staff": "M"}, "ANSWER"),
        ("bent", {"amount": 2}, "N1"),
        ("bent", {"points": 11}, "N1"),
        ("bent", {"priority": "High"}, "N1"),
        ("terms", {"amount": 2}, "TERMS"),
        ("terms", {"points": 9}, "TERMS"),
        ("terms", {"priority": "Low"}, "TERMS"),
        ("levels", {"points": 0}, "LEVELS"),
    ],
)
def test_what_follows_is_stated_rightly(table: str, columns: dict[str, Any], code: str) -> None:
    answer = stated(data(), decide(without=["B"]))
    assert check(data(), answer).findings == ()
    # Load of M for that of V: V's row is missing, and M's does not follow.
    assert faults(check(data(), restated(answer, table, 0, **columns))) == [code] * (2 if "staff" in columns else 1)


@pytest.mark.parametrize(("table", "code"), [("load", "ANSWER"), ("terms", "TERMS"), ("levels", "LEVELS"), ("bent", "N1"), ("not_placed", "N1")])
def test_what_follows_is_stated_once(table: str, code: str) -> None:
    answer = stated(data(), decide(without=["B"]))
    rows = getattr(answer, table)
    assert faults(check(data(), answer.model_copy(update={table: rows[1:]}))) == [code]
    assert faults(check(data(), answer.model_copy(update={table: (*rows, rows[0])}))) == [code]


def test_a_place_that_is_not_bent_is_not_stated_as_bent() -> None:
    unmet = stated(data(), decide(without=["B"]))
    answer = stated(data(), decide()).model_copy(update={"bent": unmet.bent})
    assert faults(check(data(), answer)) == ["N1"]


def test_a_level_that_is_not_one_and_a_rule_that_is_no_term() -> None:
    answer = stated(data(), decide())
    off = ruled("W3", on=False)
    assert faults(check(off, answer)) == ["TERMS"]
    short = answer.model_copy(update={"levels": answer.levels[:3]})
    assert faults(check(data(), short)) == ["LEVELS"]
    assert short.levels[0] == LevelValue(priority="Must", points=0)


@pytest.mark.parametrize(
    "answer",
    [
        decide().model_copy(update={"option": "lean"}),
        decide(without=["B"], more=[alone(f"B case {TUE}", "V", MON, "15:00", "N1")]),
        decide().model_copy(update={"attendance": (*decide().attendance, Attendance(session="X case", staff="A"))}),
        decide().model_copy(update={"attendance": (*decide().attendance, Attendance(session=sid("A"), staff="X"))}),
        decide().model_copy(update={"attendance": (*decide().attendance, Attendance(session=sid("A"), staff="A"))}),
        decide().model_copy(update={"duty": (*decide().duty, DutyTurn(date=MON, start="09:00", staff="X", minutes=60))}),
        decide(duty=[*DUTY, DUTY[0]]),
        decide(attend={"B": ""}, changes={"B": {"supervisor": "X"}}),
        decide(attend={"B": ""}, changes={"B": {"kind": "x"}}),
        decide(attend={"B": ""}, changes={"B": {"room": "X9"}}),
        decide(attend={"B": ""}, changes={"B": {"group": "g"}}),
        decide(attend={"g": ""}, changes={"g": {"group": "x"}}),
        decide(attend={"g": ""}, changes={"g": {"group": "p"}}),
        decide(attend={"g": ""}, changes={"g": {"session": "g"}}),
    ],
)
def test_a_row_that_names_nothing_or_stands_twice_is_told_and_left_out(answer: RotaAnswer) -> None:
    assert codes(data(), answer) == ["ANSWER"]


# --- rules that always hold -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        decide({"B": {"start": "14:30", "mode": "online", "room": "", "site": ""}}),  # V gives two at once, 14:30 to 15:00
        decide({"A line": {"date": MON, "start": "14:30"}}),  # A receives two at once
        decide({"p": {"start": "11:30"}}),  # W leads the group until 12:00 and is among peers
        decide({"B": {"start": "09:00"}}),  # V gives while on duty
    ],
)
def test_s1_one_place_at_a_time(answer: RotaAnswer) -> None:
    assert codes(data(), answer) == ["S1"]


def test_s1_one_after_the_other_is_no_clash_and_a_long_one_clashes_with_all_it_holds() -> None:
    # V is with A to 15:00 and with B from 15:00: no clash. With A lasting to 16:30 it holds B's session, and S5 says A needs 60 minutes, not 150.
    assert codes(data(), decide({"A": {"mode": "online", "room": "", "site": "", "minutes": 150}})) == ["S1", "S5"]


@pytest.mark.parametrize(
    "plan",
    [
        marked("B", X="15:30-16:00"),
        marked("B", U="15:00-15:30"),
        data(availability=hours("B", at("B", "Monday", "09:00-15:30", "n"), at("B", "Tuesday", "09:00-17:00", "n"))),
        data(availability=hours("B", at("B", "Monday", "09:00-15:30", "n"), at("B", "Monday", "15:31-17:00", "n"))),
        data(away=(Away(staff="B", first="2026-12-01", last=MON),)),
        marked("V", X="09:00-09:30"),  # V is on duty then
    ],
)
def test_s2_working_time(plan: RotaInput) -> None:
    assert codes(data(), decide()) == []
    assert codes(plan, decide()) == ["S2"]


def test_s2_stretches_that_adjoin_at_a_site_are_one() -> None:
    plan = data(availability=hours("B", at("B", "Monday", "09:00-15:30", "n"), at("B", "Monday", "15:30-17:00", "n")))
    assert codes(plan, decide()) == []


def test_s2_nobody_works_when_the_service_is_closed() -> None:
    # Monday: V and B, V and A; the three turns of duty are then no turns (S8) that V, V and W are not at work for (S2). 4 + 3 times S2.
    plan = data(closed=(Closed(date=MON),))
    assert codes(plan, decide()) == ["S2"] * 7 + ["S8"] * 3


def test_s2_bank_holidays() -> None:
    # In the week of 21 December 2026 England closes on Friday 25; a session then takes A and V where nobody is at work.
    monday, friday = "2026-12-21", "2026-12-25"
    week = Settings(title="Christmas", service="hand", week_commencing=monday)
    plan = data(
        settings=week,
        role_needs=data().role_needs[:1],
        needs=(),
        opening_hours=(),
        availability=tuple(at(p, "Friday", "09:00-17:00", "n") for p in "VA"),
    )
    session = alone(f"A case {monday}", "V", friday, "14:00", "N1")
    answer = RotaAnswer(sessions=(session,), attendance=(Attendance(session=session.session, staff="A"),))
    # Nobody is at work in the week, so nobody has a need due either: S5.
    assert codes(plan, answer) == ["S2", "S2", "S5"]
    assert codes(plan.model_copy(update={"settings": week.model_copy(update={"bank_holidays": "none"})}), answer) == []


def test_s3_grid() -> None:
    online = {"mode": "online", "room": "", "site": ""}
    assert codes(data(), decide({"B": {"start": "15:15", **online}})) == ["S3"]
    assert codes(data(settings=data().settings.model_copy(update={"grid": 15})), decide({"B": {"start": "15:15", **online}})) == []
    # From 23:30 to 00:30 neither B nor V is at work either. Midnight itself is still of the day.
    assert codes(data(), decide({"B": {"start": "23:30", **online}})) == ["S2", "S2", "S3"]
    assert codes(data(), decide({"B": {"start": "23:00", **online}})) == ["S2", "S2"]


@pytest.mark.parametrize(
    "answer",
    [
        decide({"B": {"supervisor": "M"}}),  # not competent
        decide({"B": {"supervisor": ""}}),  # nobody
        decide({"A line": {"supervisor": "V"}}),  # not A's line manager
        decide({"p": {"supervisor": "M"}}),  # peers have no supervisor
    ],
)
def test_s4_who_gives(answer: RotaAnswer) -> None:
    assert codes(data(), answer) == ["S4"]


def test_s4_nobody_supervises_themself() -> None:
    plan = data(needs=(*data().needs, Need(staff="V", kind="case", minutes=60)))
    for supervisor, found in (("W", []), ("V", ["S4"])):
        assert codes(plan, decide(more=[alone(f"V case {MON}", supervisor, TUE, "15:00")])) == found


@pytest.mark.parametrize(
    ("plan", "answer"),
    [
        (data(), decide({"B": {"minutes": 30}})),
        (data(), decide(attend={"B": "B F"})),
        (data(), decide(attend={"B": ""})),
        (data(needs=(*data().needs, Need(staff="B", kind="case", minutes=0))), decide()),
        (data(needs=(*data().needs, Need(staff="B", kind="case", form="group", minutes=60))), decide()),
        (data(last_held=(LastHeld(staff="B", kind="case", date=MON),)), decide()),  # every week, and held this week already
        (data(), decide(more=[STANDING["B"]])),
    ],
)
def test_s5_sessions_are_needed(plan: RotaInput, answer: RotaAnswer) -> None:
    doubled = {(a.session, a.staff): a for a in answer.attendance}
    assert codes(plan, answer.model_copy(update={"attendance": tuple(doubled.values())})) == ["S5"]


def test_s5_a_need_is_met_at_most_once() -> None:
    # C's 80 minutes may be met individually or in the group; both is once too often.
    plan = data(needs=(*data().needs, Need(staff="C", kind="cbt", form="either", minutes=80)))
    session = alone(f"C cbt {MON}", "W", TUE, "15:00", minutes=80)
    assert codes(plan, decide(more=[session], attend={"g": "D E"})) == []
    assert codes(plan, decide()) == []
    assert codes(plan, decide(more=[session])) == ["S5"]


def groups(**columns: Any) -> tuple[Group, ...]:
    return (data().groups[0].model_copy(update=columns), data().groups[1], Group(group="g2", kind="cbt", minutes=120))


@pytest.mark.parametrize(
    ("plan", "answer"),
    [
        (data(), decide({"g": {"minutes": 150}})),
        (data(groups=groups(minutes=150)), decide()),
        (data(groups=groups(leader="V")), decide()),
        (data(), decide(attend={"g": "C"})),  # the kind's least is two
        (data(groups=groups(least=4)), decide()),
        (data(groups=groups(most=2)), decide()),
        (data(), decide(attend={"g": "C D F"})),  # F needs none
        (data(needs=(*data().needs, Need(staff="C", kind="cbt", minutes=80))), decide()),  # C needs it individually
        (data(groups=groups(), group_members=(GroupMember(group="g2", staff="C"),)), decide()),
        (data(groups=groups(open=False), group_members=(GroupMember(group="g", staff="C"), GroupMember(group="g", staff="D"))), decide()),
    ],
)
def test_s6_groups(plan: RotaInput, answer: RotaAnswer) -> None:
    assert codes(plan, answer) == ["S6"]


def test_s6_groups_as_they_may_be() -> None:
    everyone = tuple(GroupMember(group="g", staff=p) for p in "CDE")
    assert codes(data(groups=groups(least=3, most=3, leader="W", open=False), group_members=everyone), decide()) == []
    # Listed in two groups of the kind, C may attend the one or the other.
    assert codes(data(groups=groups(), group_members=(*everyone, GroupMember(group="g2", staff="C"))), decide()) == []


def test_s6_a_group_is_held_once() -> None:
    answer = decide()
    again = STANDING["g"].model_copy(update={"date": MON, "start": "15:00"})
    assert codes(data(), answer.model_copy(update={"sessions": (*answer.sessions, again)})) == ["S6"]


def test_s7_group_credit_is_shared() -> None:
    # 2 × 120 ÷ 3 = 80 for each of C, D and E, as needed; with F 2 × 120 ÷ 4 = 60, which is 20 too few for all four.
    plan = data(needs=(*data().needs, Need(staff="F", kind="cbt", form="group", minutes=80)))
    assert codes(plan, decide()) == []
    found = check(plan, stated(plan, decide(attend={"g": "C D E F"}))).findings
    assert [(f.code, f.amount) for f in found] == [("S7", 20)] * 4


def test_s7_a_small_group_earns_no_more_than_its_minutes() -> None:
    # Two people would share 2 × 120 ÷ 2 = 120: that is all there is, and D needs 125.
    plan = data(needs=(*data().needs, Need(staff="D", kind="cbt", form="group", minutes=125)))
    assert codes(plan, decide(attend={"g": "C D"})) == ["S7"]


def test_s7_credit_in_full() -> None:
    # Where credit is not shared, each peer earns the whole 60 minutes, however many there are; 65 is more than that.
    for minutes, found in ((60, []), (65, ["S7"])):
        assert codes(data(needs=(*data().needs, Need(staff="V", kind="peer", form="group", minutes=minutes))), decide()) == found


@pytest.mark.parametrize(
    "answer",
    [
        decide(duty=(("09:00", "B"), *DUTY[1:])),  # not experienced
        decide(duty=(*DUTY, ("12:00", "W"))),  # closed
        decide(duty=(*DUTY, ("09:00", "W"))),  # two where one is asked for
        restated(decide(), "duty", 2, minutes=30),
    ],
)
def test_s8_duty(answer: RotaAnswer) -> None:
    assert codes(data(), answer) == ["S8"]


def test_s8_as_many_as_d1_asks_for() -> None:
    both = decide(duty=(*DUTY, ("09:00", "W")))
    assert codes(ruled("D1", number=2), both) == []
    assert codes(ruled("D1", on=False), decide()) == ["S8"] * 3
    assert codes(ruled("D1", on=False), decide(duty=())) == []


def test_s8_the_last_turn_may_be_shorter() -> None:
    plan = data(opening_hours=(OpeningHours(weekday="Monday", opens="09:00", closes="11:30"),))
    assert codes(plan, restated(decide(), "duty", 2, minutes=30)) == []
    assert codes(plan, decide()) == ["S8"]


@pytest.mark.parametrize(
    ("plan", "answer"),
    [
        (put("kinds", "case", mode="online"), decide({"A": {"mode": "online", "room": "", "site": ""}})),
        (put("kinds", "case", mode="room"), decide({"A": {"mode": "online", "room": "", "site": ""}})),
        (data(), decide({"A": {"mode": "online"}})),
        (data(), decide({"A": {"mode": "online", "room": ""}})),
        (data(), decide({"A": {"room": ""}})),
        (data(), decide({"A": {"site": "s"}})),
        (data(), decide({"g": {"mode": "room", "room": "N1", "site": "n"}})),  # C, D, E and W are four, it holds three
        (data(), decide({"B": {"start": "15:30"}})),  # closes at 16:00
        (put("rooms", "N1", opens="14:30"), decide()),
        (data(), decide({"B": {"supervisor": "W", "start": "14:30"}})),  # A and V are there until 15:00
    ],
)
def test_r1_rooms(plan: RotaInput, answer: RotaAnswer) -> None:
    assert codes(plan, answer) == ["R1"]


def test_r1_a_room_holds_the_supervisor_too() -> None:
    assert codes(put("rooms", "N1", capacity=2), decide()) == []
    assert codes(put("rooms", "N1", capacity=1), decide()) == ["R1", "R1"]
    assert codes(put("rooms", "N1", capacity=4), decide({"g": {"mode": "room", "room": "N1", "site": "n"}})) == []


@pytest.mark.parametrize("site", ["s", ""])
def test_r2_sites(site: str) -> None:
    plan = data(availability=hours("B", at("B", "Monday", "09:00-17:00", site), at("B", "Tuesday", "09:00-17:00", "n")))
    assert codes(plan, decide()) == ["R2"]
    assert codes(plan, decide({"B": {"mode": "online", "room": "", "site": ""}})) == []


def test_r2_holds_for_whoever_gives_it_too() -> None:
    assert codes(data(), decide({"B": {"room": "S1", "site": "s"}})) == ["R2", "R2"]


# --- rules the manager rules ------------------------------------------------------------------------------------------


def test_n1_needs_met() -> None:
    assert bends(data(), decide(), "N1") == {}
    assert bends(data(), decide(without=["B"]), "N1") == {"B, case individual": 1}
    # Without its group C, D and E, without C she alone: an unmet need each.
    assert bends(data(), decide(without=["g"]), "N1") == {f"{p}, cbt group": 1 for p in "CDE"}
    assert bends(data(), decide(attend={"g": "D E"}), "N1") == {"C, cbt group": 1}


@pytest.mark.parametrize(
    ("date", "every", "amount"),
    [
        ("2026-11-30", 1, 1),  # last week, every week: due, not late
        ("2026-12-04", 1, 1),  # last Friday is last week too
        ("2026-11-16", 1, 3),  # three weeks ago: two weeks late
        ("2026-11-16", 2, 2),
        ("2026-10-05", 1, 4),  # nine weeks ago: three at most are counted
    ],
)
def test_n1_weighs_what_is_overdue(date: str, every: int, amount: int) -> None:
    needs = (*data().needs, Need(staff="B", kind="case", minutes=60, every=every))
    plan = data(needs=needs, last_held=(LastHeld(staff="B", kind="case", date=date),))
    assert bends(plan, decide(without=["B"]), "N1") == {"B, case individual": amount}


def test_n1_part_time_by_policy() -> None:
    # B has 15 of 37.5 hours, 0.4 WTE, and had an hour last week. Full: due again. Fortnightly: due next week. Minutes: 0.4 × 60 = 24, so 30.
    last = (LastHeld(staff="B", kind="case", date="2026-11-30"),)
    for policy, whole, half in (("full", [], ["S5"]), ("fortnightly", ["S5"], ["S5"]), ("minutes", ["S5"], [])):
        plan = put("staff", "B", hours=15).model_copy(
            update={"last_held": last, "settings": data().settings.model_copy(update={"part_time": policy})}
        )
        assert codes(plan, decide()) == whole
        assert codes(plan, decide({"B": {"minutes": 30}})) == half


def test_n1_an_unplaced_need_is_told_of_and_no_other_is() -> None:
    silent = stated(data(), decide(without=["B"])).model_copy(update={"not_placed": ()})
    told = stated(data(), decide()).model_copy(update={"not_placed": stated(data(), decide(without=["B"])).not_placed})
    assert [f.where for f in check(data(), silent).findings] == ["N1 Result not placed (B, case, individual)"]
    assert [f.where for f in check(data(), told).findings] == ["N1 Result not placed (B, case, individual)"]


def test_c1_most_people() -> None:
    assert bends(put("staff", "V", most_people=2), decide(), "C1") == {}
    assert bends(put("staff", "V", most_people=1), decide(), "C1") == {"V": 1}
    # One each for all: V sees A and B, W sees C, D and E.
    assert bends(ruled("C1", number=1), decide(), "C1") == {"V": 1, "W": 2}
    # V's own most comes before the number.
    plan = ruled("C1", number=1).model_copy(update={"staff": put("staff", "V", most_people=2).staff})
    assert bends(plan, decide(), "C1") == {"W": 2}


def test_c1_counts_a_person_once() -> None:
    # C sees W in the group and, for a need of case management, alone: still one of three.
    plan = put("staff", "W", most_people=3).model_copy(update={"needs": (*data().needs, Need(staff="C", kind="case", minutes=60))})
    assert bends(plan, decide(more=[alone(f"C case {MON}", "W", TUE, "15:00")]), "C1") == {}


def test_c2_most_trainees() -> None:
    # A and B are trainees, C, D and E are not; the default is five.
    assert bends(data(), decide(), "C2") == {}
    assert bends(put("staff", "V", most_trainees=1), decide(), "C2") == {"V": 1}
    assert bends(ruled("C2", number=0), decide(), "C2") == {"V": 2}


def test_c3_most_hours() -> None:
    assert bends(put("staff", "V", most_hours=2), decide(), "C3") == {}
    # 120 − 75 = 45 minutes are two half-hours, begun ones counted.
    assert bends(put("staff", "V", most_hours=1.25), decide(), "C3") == {"V": 2}
    assert bends(ruled("C3", number=1), decide(), "C3") == {"V": 2, "W": 2}


def test_p1_line_manager() -> None:
    assert bends(data(), decide(), "P1") == {}  # M gives A line management, which is not clinical
    assert bends(put("staff", "B", line_manager="V"), decide(), "P1") == {f"B, {sid('B')}": 1}
    assert bends(put("staff", "C", line_manager="W"), decide(), "P1") == {f"C, {sid('g')}": 1}
    plan = put("staff", "B", line_manager="V").model_copy(update={"kinds": put("kinds", "case", clinical=False).kinds})
    assert bends(plan, decide(), "P1") == {}


def pair(staff: str, supervisor: str, strength: str, kind: str = "") -> Pair:
    return Pair.model_validate({"staff": staff, "supervisor": supervisor, "strength": strength, "kind": kind})


def test_p2_never_paired() -> None:
    assert bends(data(pairs=(pair("B", "W", "never"), pair("B", "V", "never", "cbt"), pair("A", "M", "never"))), decide(), "P2") == {}
    assert bends(data(pairs=(pair("B", "V", "never"),)), decide(), "P2") == {f"B, {sid('B')}": 1}
    assert bends(data(pairs=(pair("C", "W", "never", "cbt"),)), decide(), "P2") == {f"C, {sid('g')}": 1}


@pytest.mark.parametrize(("rule", "strength"), [("P2", "never"), ("P3", "must"), ("P4", "prefer")])
def test_pairs_say_nothing_of_line_managers_and_peers(rule: RuleId, strength: str) -> None:
    # A's line management is given by M, the peers by nobody; V says the same of everyone with whom it is not.
    other = "M" if strength == "never" else "W"
    rows = (pair("A", other, strength, "line"), pair("V", "W", strength, "peer"))
    blank = pair("A", "M" if strength == "never" else "V", strength)
    for pairs in (rows, (blank,)):
        assert bends(data(pairs=pairs), decide(), rule) == {}


@pytest.mark.parametrize("strength", ["never", "must", "prefer"])
def test_the_model_and_the_check_read_pairs_alike(strength: str) -> None:
    plan = data(pairs=(pair("A", "M", strength), pair("A", "V", strength, "case"), pair("A", "W", strength, "line")))
    facts = Facts(plan, at_work(plan), needs=(), turns=(), unit=30, days=())
    named = {kind: set(facts.paired("A", kind, strength)) for kind in facts.kind}
    assert named == {"case": {"M", "V"}, "cbt": {"M"}, "line": set(), "peer": set()}


@pytest.mark.parametrize(("rule", "strength"), [("P3", "must"), ("P4", "prefer")])
def test_p3_p4_named_and_preferred_supervisor(rule: RuleId, strength: str) -> None:
    assert bends(data(pairs=(pair("B", "W", strength),)), decide(), rule) == {f"B, {sid('B')}": 1}
    # One of those named is enough; another kind says nothing; nor does it speak of groups, of line management or of an unmet need.
    assert bends(data(pairs=(pair("B", "W", strength), pair("B", "V", strength, "case"))), decide(), rule) == {}
    assert bends(data(pairs=(pair("B", "W", strength, "cbt"), pair("C", "V", strength), pair("A", "V", strength))), decide(), rule) == {}
    assert bends(data(pairs=(pair("B", "W", strength),)), decide(without=["B"]), rule) == {}


def locked(strength: str, **columns: str) -> RotaInput:
    return data(
        locks=(Lock.model_validate({"lock": "l", "strength": strength, **columns}),),
        groups=groups(),
    )


@pytest.mark.parametrize(("rule", "strength"), [("L1", "must"), ("L3", "prefer")])
@pytest.mark.parametrize(
    ("columns", "kept"),
    [
        ({"staff": "B", "supervisor": "V", "day": "Monday", "start": "15:00"}, True),
        ({"staff": "B", "kind": "case", "day": MON}, True),
        ({"staff": "B", "kind": "cbt", "day": "Tuesday"}, True),  # of another kind
        ({"staff": "B", "supervisor": "W"}, False),
        ({"staff": "B", "day": "Tuesday"}, False),
        ({"staff": "B", "day": TUE}, False),
        ({"staff": "B", "start": "14:00"}, False),
        ({"staff": "B", "supervisor": "V", "day": "Monday", "start": "14:00"}, False),  # all must be so
    ],
)
def test_l1_l3_individual_sessions(rule: RuleId, strength: str, columns: dict[str, str], kept: bool) -> None:
    assert bends(locked(strength, **columns), decide(), rule) == ({} if kept else {f"B, {sid('B')}, l": 1})
    assert bends(locked(strength, **columns), decide(without=["B"]), rule) == {}  # not held: bends no lock


@pytest.mark.parametrize(("rule", "strength"), [("L1", "must"), ("L3", "prefer")])
def test_l1_l3_groups(rule: RuleId, strength: str) -> None:
    assert bends(locked(strength, group="g", supervisor="W", day="Tuesday", start="10:00"), decide(), rule) == {}
    assert bends(locked(strength, group="g", start="11:00"), decide(), rule) == {f"{sid('g')}, l": 1}
    # C is in g. That C is in g2 instead bends the lock; so does that her need of either form is met individually.
    assert bends(locked(strength, staff="C", group="g"), decide(), rule) == {}
    assert bends(locked(strength, staff="C", group="g2"), decide(), rule) == {f"C, {sid('g')}, l": 1}
    plan = locked(strength, staff="C", group="g").model_copy(
        update={"needs": (*data().needs, Need(staff="C", kind="cbt", form="either", minutes=80))}
    )
    session = alone(f"C cbt {MON}", "W", TUE, "15:00", minutes=80)
    assert bends(plan, decide(attend={"g": "D E"}, more=[session]), rule) == {f"C, C cbt {MON}, l": 1}
    assert bends(plan, decide(attend={"g": "D E"}), rule) == {}


def test_l1_a_lock_on_everybodys_kind_speaks_of_each_session() -> None:
    # A has case management at 14:00 on Monday and line management at 09:00 on Tuesday: Monday, any kind, is bent by the second.
    assert bends(locked("must", staff="A", day="Monday"), decide(), "L1") == {f"A, {sid('A line')}, l": 1}


@pytest.mark.parametrize(
    ("columns", "bent"),
    [
        ({"staff": "B", "day": "Tuesday"}, ""),
        ({"staff": "B", "day": "Monday", "supervisor": "W"}, ""),  # not all of it is so
        ({"staff": "B", "day": "Monday", "supervisor": "V"}, f"B, {sid('B')}, l"),
        ({"group": "g", "start": "11:00"}, ""),
        ({"group": "g", "start": "10:00"}, f"{sid('g')}, l"),
        ({"staff": "C", "group": "g2"}, ""),
        ({"staff": "C", "group": "g"}, f"C, {sid('g')}, l"),
    ],
)
def test_l2_never(columns: dict[str, str], bent: str) -> None:
    assert bends(locked("never", **columns), decide(), "L2") == ({bent: 1} if bent else {})


def test_d1_duty_covered() -> None:
    assert bends(data(), decide(duty=DUTY[:2]), "D1") == {f"{MON}, 11:00": 1}
    # Two wanted: one is short at 09:00 and 10:00, two at 11:00.
    assert bends(ruled("D1", number=2), decide(duty=DUTY[:2]), "D1") == {f"{MON}, 09:00": 1, f"{MON}, 10:00": 1, f"{MON}, 11:00": 2}


def test_d2_fair_duty() -> None:
    # Four turns, fair is two each. Three for V is one above: 1. Four is two above: 1 + 2 = 3.
    plan = data(opening_hours=(OpeningHours(weekday="Monday", opens="09:00", closes="13:00"),))
    turns = ("09:00", "10:00", "11:00", "12:00")
    assert bends(plan, decide(duty=zip(turns, "VVWW", strict=True)), "D2") == {}
    assert bends(plan, decide(duty=zip(turns, "VVWV", strict=True)), "D2") == {"V": 1}
    assert bends(plan, decide(duty=zip(turns, "VVVV", strict=True)), "D2") == {"V": 3}


def test_d2_in_proportion_to_hours_at_work() -> None:
    # W is there on Monday only: 480 of 1,440 minutes, so ⌈3 × 1/3⌉ = 1 turn; V's share is ⌈3 × 2/3⌉ = 2.
    plan = data(availability=hours("W", at("W", "Monday", "09:00-17:00", "n")))
    nobody_meets_w = decide(without=["g", "p"], duty=(("09:00", "V"), ("10:00", "W"), ("11:00", "W")))
    assert bends(plan, nobody_meets_w, "D2") == {"W": 1}


def test_b1_lunch() -> None:
    # From 12:00 to 14:00 V is with A, then with B: nothing free. A and B have the other hour.
    noon = {"A": {"start": "12:00"}, "B": {"start": "13:00"}}
    assert bends(data(), decide(noon), "B1") == {f"V, {MON}": 1}
    assert bends(data(), decide({"A": {"start": "12:00"}}), "B1") == {}
    # 90 free minutes are wanted: with A at 12:00 V and A have only 60 left.
    assert bends(ruled("B1", number=90), decide({"A": {"start": "12:00"}}), "B1") == {f"V, {MON}": 1, f"A, {MON}": 1}
    # Where 60 are wanted they have just as many.
    assert bends(ruled("B1", number=60), decide({"A": {"start": "12:00"}}), "B1") == {}
    # V leaves at 14:00, or comes at 12:00, and does not work through lunch.
    late = data(availability=hours("V", at("V", "Monday", "12:00-17:00", "n"), at("V", "Tuesday", "09:00-17:00", "n")))
    assert bends(late, decide(noon, duty=DUTY[2:]), "B1") == {}
    early = data(availability=hours("V", at("V", "Monday", "09:00-14:00", "n"), at("V", "Tuesday", "09:00-17:00", "n")))
    assert bends(early, decide(noon), "B1") == {}


def test_b1_only_what_would_be_free_without_the_rota() -> None:
    # B is barred from 12:00 to 13:30. The last half-hour is lunch, and a session takes it; where 60 minutes are wanted there was never any.
    plan = marked("B", X="12:00-13:30")
    answer = decide({"B": {"start": "13:30", "supervisor": "W"}, "A": {"start": "14:30"}})
    assert bends(plan, answer, "B1") == {f"B, {MON}": 1}
    assert bends(plan.model_copy(update={"rules": ruled("B1", number=60).rules}), answer, "B1") == {}


def test_b1_duty_takes_lunch_too() -> None:
    plan = data(opening_hours=(OpeningHours(weekday="Monday", opens="12:00", closes="14:00"),))
    assert bends(plan, decide(duty=(("12:00", "W"), ("13:00", "W"))), "B1") == {f"W, {MON}": 1}


def test_b2_breaks() -> None:
    # V: 14:00 to 15:00, 15:30 to 16:30. Half an hour is a break of 30 minutes; where a break takes 45, it is a run of 150.
    online = {"mode": "online", "room": "", "site": "", "start": "15:30"}
    for pause, bent in ((30, {}), (45, {f"V, {MON}": 1})):
        plan = ruled("B2", number=120).model_copy(update={"settings": data().settings.model_copy(update={"break_minutes": pause})})
        assert bends(plan, decide({"B": online}), "B2") == bent
    # Two hours together are not more than 120 minutes, and more than 119; so is the group's session by itself, for all in it.
    assert bends(ruled("B2", number=120), decide(), "B2") == {}
    assert bends(ruled("B2", number=119), decide(), "B2") == {f"V, {MON}": 1, **{f"{p}, {TUE}": 1 for p in "CDEW"}}


def test_t1_travel() -> None:
    # V leaves n at 15:00 for s, an hour away. With A until 15:00 at n, and with B, online, from 15:00 there is none, from 16:00 there is.
    plan = data(
        availability=hours("V", at("V", "Monday", "09:00-15:00", "n"), at("V", "Monday", "15:00-17:00", "s"), at("V", "Tuesday", "09:00-17:00", "n")),
        travel=(Travel(from_site="s", to_site="n", minutes=60),),
    )
    online = {"mode": "online", "room": "", "site": ""}
    assert bends(plan, decide({"B": online}), "T1") == {f"V, {MON}, 15:00": 1}
    assert bends(plan, decide({"B": {**online, "start": "16:00"}}), "T1") == {}
    assert bends(plan.model_copy(update={"travel": ()}), decide({"B": online}), "T1") == {}


def test_t1_every_two_stretches_count_and_one_place_is_told_once() -> None:
    # V: n to 15:00, home to 15:30, s from then on. 45 minutes pass between A at n and B at s.
    day = (at("V", "Monday", "09:00-15:00", "n"), at("V", "Monday", "15:00-15:30"), at("V", "Monday", "15:30-17:00", "s"))
    online = {"mode": "online", "room": "", "site": "", "start": "15:30"}
    for minutes, bent in ((30, {}), (45, {f"V, {MON}, 15:30": 1})):
        plan = data(
            availability=hours("V", *day, at("V", "Tuesday", "09:00-17:00", "n")), travel=(Travel(from_site="n", to_site="s", minutes=minutes),)
        )
        assert bends(plan, decide({"B": online}), "T1") == bent


def test_t1_two_journeys_to_the_same_session_are_two_and_may_be_told_as_one() -> None:
    # V: n until 14:00, s until 15:00, z from 15:00 on, where the peers meet. From n it takes 90 minutes (60 pass), from s 30 (none pass).
    day = (at("V", "Monday", "09:00-14:00", "n"), at("V", "Monday", "14:00-15:00", "s"), at("V", "Monday", "15:00-17:00", "z"))
    plan = data(
        availability=hours("V", *day, at("V", "Tuesday", "09:00-17:00", "n")),
        travel=(Travel(from_site="n", to_site="z", minutes=90), Travel(from_site="s", to_site="z", minutes=30)),
    )
    b_at_s = {"start": "14:00", "mode": "online", "room": "", "site": ""}
    whole = stated(plan, decide({"A": {"start": "13:00"}, "B": b_at_s, "p": {"date": MON, "start": "15:00"}}))
    assert check(plan, whole).findings == ()
    rows = [row for row in whole.bent if row.rule == "T1"]
    assert [(row.staff, row.start, row.amount, row.points) for row in rows] == [("V", "15:00", 1, 50)] * 2
    others = tuple(row for row in whole.bent if row.rule != "T1")
    as_one = whole.model_copy(update={"bent": (*others, rows[0].model_copy(update={"amount": 2, "points": 100}))})
    assert check(plan, as_one).findings == ()
    assert faults(check(plan, whole.model_copy(update={"bent": (*others, rows[0])}))) == ["T1"]


def last(
    staff: str = "", group: str = "", kind: str = "case", supervisor: str = "V", weekday: Weekday = "Monday", start: str = "15:00"
) -> LastSession:
    return LastSession(staff=staff, group=group, kind=kind, supervisor=supervisor, weekday=weekday, start=start)


def test_k1_keep_pairs() -> None:
    assert bends(data(last_rota=(last("B"),)), decide(), "K1") == {}
    assert bends(data(last_rota=(last("B", supervisor="W"),)), decide(), "K1") == {f"B, {sid('B')}": 1}
    assert bends(data(last_rota=(last("B", supervisor="W", kind="cbt"),)), decide(), "K1") == {}
    assert bends(data(last_rota=(last("B", supervisor="W"),)), decide(without=["B"]), "K1") == {}
    assert bends(data(last_rota=(last(group="g", kind="cbt"),)), decide(), "K1") == {sid("g"): 1}
    assert bends(data(last_rota=(last(group="g", kind="cbt", supervisor="W"), last(group="p", kind="peer", supervisor=""))), decide(), "K1") == {}


def test_k1_keep_groups() -> None:
    moved = last("C", "g2", "cbt", "W")
    assert bends(data(groups=groups(), last_rota=(moved,)), decide(), "K1") == {f"C, {sid('g')}": 1}
    assert bends(data(groups=groups(), last_rota=(moved, last("C", "g", "cbt", "W"))), decide(), "K1") == {}
    assert bends(data(last_rota=(last("C", kind="cbt", supervisor="W"),)), decide(), "K1") == {}  # alone last time: another group it was not


def test_k2_keep_times() -> None:
    assert bends(data(last_rota=(last("B", supervisor="W"), last(group="g", kind="cbt", weekday="Tuesday", start="10:00"))), decide(), "K2") == {}
    assert bends(data(last_rota=(last("B", start="14:00"),)), decide(), "K2") == {f"B, {sid('B')}": 1}
    assert bends(data(last_rota=(last("B", weekday="Tuesday"),)), decide(), "K2") == {f"B, {sid('B')}": 1}
    assert bends(data(last_rota=(last("B", weekday="Saturday"),)), decide(), "K2") == {f"B, {sid('B')}": 1}  # nobody is at work then
    for start in ("15:03", "07:55", "20:00", "21:30"):  # when nothing can start this week
        for weekday in ("Monday", "Tuesday"):
            assert bends(data(last_rota=(last("B", weekday=weekday, start=start),)), decide(), "K2") == {f"B, {sid('B')}": 1}
    assert bends(data(last_rota=(last(group="g", kind="cbt", weekday="Tuesday", start="11:00"),)), decide(), "K2") == {sid("g"): 1}


def test_k3_keep_duty() -> None:
    had = [LastDuty(weekday="Monday", start=start, staff=staff) for start, staff in zip(("09:00", "10:00", "11:00"), "VVW", strict=True)]
    turns = ("09:00", "10:00", "11:00")
    kept, swapped = (decide(duty=list(zip(turns, people, strict=True))) for people in ("VVW", "VWV"))
    assert bends(data(last_duty=had), kept, "K3") == {}
    assert bends(data(last_duty=had), swapped, "K3") == {f"W, {MON}, 10:00": 1, f"V, {MON}, 11:00": 1}
    # Nobody had the turn, or another day's: whoever takes it changes nothing. Either of two who had it may have it again.
    assert bends(data(last_duty=had[:1]), swapped, "K3") == {}
    assert bends(data(last_duty=[row.model_copy(update={"weekday": "Tuesday"}) for row in had]), swapped, "K3") == {}
    assert bends(data(last_duty=[*had, had[2].model_copy(update={"staff": "V"})]), swapped, "K3") == {f"W, {MON}, 10:00": 1}


def test_f1_fair_load() -> None:
    # W gives B's hour too: 180 of a fair 120 minutes is two half-hours above, 1 + 2 = 3.
    assert bends(data(), decide({"B": {"supervisor": "W"}}), "F1") == {"W": 3}
    # W is there on Tuesday only: ⌈240 × 480 / 1,440⌉ = 80 fair minutes, and 40 above are two half-hours begun. V: ⌈240 × 2/3⌉ = 160.
    plan = data(availability=hours("W", at("W", "Tuesday", "09:00-17:00", "n")))
    assert bends(plan, decide(duty=(("09:00", "V"), ("10:00", "V"))), "F1") == {"W": 3}


def test_f1_university_is_no_time_at_work() -> None:
    # V is at university on Tuesday from 09:00 to 13:00: 720 minutes to W's 960, ⌈240 × 720 / 1,680⌉ = 103. V gives 120: one half-hour begun.
    plan = data(availability=hours("V", at("V", "Monday", "09:00-17:00", "n"), at("V", "Tuesday", "09:00-17:00", "n", U="09:00-13:00")))
    assert bends(plan, decide(), "F1") == {"V": 1}
    assert [row.fair_minutes for row in work_out(plan, decide()).load] == [103, 138]  # W: ⌈137.14⌉


def test_w1_avoid() -> None:
    assert bends(marked("B", A="09:00-15:00"), decide(), "W1") == {}
    assert bends(marked("B", A="15:30-16:00"), decide(), "W1") == {f"B, {sid('B')}": 1}
    # V gives both sessions, 14:00 to 16:00; duty does not count.
    assert bends(marked("V", A="09:00-10:00 14:30-15:30"), decide(), "W1") == {f"V, {sid('A')}": 1, f"V, {sid('B')}": 1}


def test_w2_prefer() -> None:
    assert bends(marked("B", P="15:00-16:00"), decide(), "W2") == {}
    assert bends(marked("B", P="15:00-15:30"), decide(), "W2") == {f"B, {sid('B')}": 1}
    # V marks 14:00 to 15:00: A's session is in it, B's and the peers' on Tuesday are not.
    assert bends(marked("V", P="14:00-15:00"), decide(), "W2") == {f"V, {sid('B')}": 1, f"V, {sid('p')}": 1}


def test_w3_compact() -> None:
    assert bends(data(), decide(), "W3") == {}  # V is among peers on Tuesday, but gives nothing then
    assert bends(data(), decide({"B": {"date": TUE}}), "W3") == {"V": 1}
