"""What one week leaves to the next, by hand: what is owed, gaps, early and late sessions, terms, needs brought forward, shares that are carried over.

The model is asked the same of these rotas by the tests of the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from models.rota.hours import gather
from models.rota.read_back import read_back
from optimiser.rota.check import check, work_out
from optimiser.rota.data import DEFAULT_RULES, Early, Group, History, LastHeld, LastSession, Lock, Need, Owed, RotaInput, Session, Term
from optimiser.rota.week import at_work, due
from rota_model_tools import decided
from rota_samples import at
from test_rota_check import DUTY, MON, TUE, alone, bends, codes, data, decide, faults, groups, hours, marked, pair, put, ruled, sid, stated

if TYPE_CHECKING:
    from optimiser.rota.data import RotaAnswer

LAST_WEEK, LONG_AGO = "2026-11-30", "2026-11-09"
"""Mondays one and four weeks before the week planned."""

OWED = f"B case owed {MON}"
"""Id of the session that B is owed."""


def owing(*, who: str = "B", kind: str = "case", missed: str = LAST_WEEK, minutes: int = 60, **tables: Any) -> RotaInput:
    """The data by hand, in which B is owed an hour of case management from last week. V and W: 300 minutes to be given, fair is 150 each."""
    return data(owed=(Owed(staff=who, kind=kind, missed=missed, minutes=minutes),), **tables)


def repaid(supervisor: str = "W", start: str = "15:00", **columns: Any) -> Session:
    """The session that B is owed, held on Tuesday after the peers have met."""
    return alone(OWED, supervisor, TUE, start).model_copy(update=columns)


def before(*rows: dict[str, Any], **tables: Any) -> RotaInput:
    """The data by hand with rows of History: last week's, where they say nothing else."""
    return data(history=tuple(History.model_validate({"week": LAST_WEEK, **row}) for row in rows), **tables)


def both(one: RotaInput, **tables: Any) -> RotaInput:
    """The input with other tables."""
    return one.model_copy(update=tables)


# --- what is owed -----------------------------------------------------------------------------------------------------


def test_s5_what_is_owed_is_held_beside_what_falls_due() -> None:
    assert codes(owing(), decide(more=[repaid()])) == []
    assert codes(data(), decide(more=[repaid()])) == ["S5"]  # nothing is owed
    assert codes(owing(missed=MON), decide(more=[repaid()])) == ["S5"]  # this week's is not owed yet
    assert codes(owing(minutes=0), decide(more=[repaid()])) == ["S5"]
    assert codes(owing(kind="cbt"), decide(more=[repaid()])) == ["S5"]
    assert codes(owing(who="A"), decide(more=[repaid()])) == ["S5"]


@pytest.mark.parametrize("minutes", [30, 90])
def test_s5_what_is_owed_is_as_long_as_what_was_missed(minutes: int) -> None:
    assert codes(owing(minutes=minutes), decide(more=[repaid()])) == ["S5"]
    assert codes(owing(minutes=minutes), decide(more=[repaid(minutes=minutes)])) == []


def test_s5_what_is_owed_is_for_one_person() -> None:
    assert codes(owing(), decide(more=[repaid()], attend={OWED: "B F"})) == ["S5"]
    assert codes(owing(), decide(more=[repaid()], attend={OWED: ""})) == ["S5"]


def test_s5_a_session_is_for_what_its_form_says() -> None:
    # B had this week's already: only what is owed falls due, and a session of any other form is for nothing.
    plan = owing(last_held=(LastHeld(staff="B", kind="case", date=MON),))
    assert codes(plan, decide(without=["B"], more=[repaid()])) == []
    assert codes(plan, decide()) == ["S5"]
    # And what is not owed is met by no session of form owed: N1 is bent as if that were not held.
    assert bends(owing(), decide(without=["B"], more=[repaid()]), "N1") == {"B, case individual": 1}


def test_s5_what_was_missed_first_is_held_first_and_once() -> None:
    rows = tuple(Owed(staff="B", kind="case", missed=missed, minutes=minutes) for missed, minutes in ((LAST_WEEK, 30), (LONG_AGO, 60)))
    assert codes(data(owed=rows), decide(more=[repaid()])) == []
    assert codes(data(owed=rows), decide(more=[repaid(minutes=30)])) == ["S5"]
    twice = decide(more=[repaid(), repaid(start="16:00")])
    assert codes(data(owed=rows), twice.model_copy(update={"attendance": tuple(dict.fromkeys(twice.attendance))})) == ["S5"]


def test_the_id_of_a_session_that_is_owed_says_so() -> None:
    wrong = repaid(session=sid("B"))
    assert codes(owing(), decide(without=["B"], more=[wrong])) == ["ANSWER"]
    assert codes(owing(), decide(more=[repaid(group="g")], attend={OWED: ""})) == ["ANSWER"]


def test_nobody_who_is_not_at_work_is_owed_anything_now() -> None:
    plan = owing(availability=hours("B"))
    assert [need for need in due(plan, at_work(plan)) if need.staff == "B"] == []


@pytest.mark.parametrize(
    ("missed", "number", "amount"),
    [
        (LAST_WEEK, 4, 1),
        ("2026-11-23", 4, 2),
        ("2026-11-16", 4, 3),
        (LONG_AGO, 4, 4),
        ("2026-11-02", 4, 4),  # five weeks ago: four are counted
        (LONG_AGO, 3, 3),
        (LONG_AGO, 0, 1),  # it counts something whatever the number
        (LAST_WEEK, None, 1),
        ("2026-08-31", None, 4),  # blank: the default
    ],
)
def test_n2_owed(missed: str, number: int | None, amount: int) -> None:
    plan = both(ruled("N2", number=number), owed=owing(missed=missed).owed)
    assert bends(plan, decide(), "N2") == {"B, case owed": amount}
    assert bends(plan, decide(more=[repaid()]), "N2") == {}
    assert bends(both(plan, owed=()), decide(), "N2") == {}
    # Neither rule of what falls due speaks of it, however long it has been owed.
    assert bends(plan, decide(), "N1") == bends(plan, decide(), "N3") == {}


def test_n2_each_kind_is_owed_apart_and_one_of_each() -> None:
    rows = [Owed(staff=p, kind=k, missed=m, minutes=60) for p, k, m in (("B", "case", LONG_AGO), ("B", "case", LAST_WEEK), ("C", "cbt", LAST_WEEK))]
    plan = data(owed=tuple(rows))
    assert bends(plan, decide(), "N2") == {"B, case owed": 4, "C, cbt owed": 1}
    # C's is held alone, however C's need of the week is met.
    assert bends(plan, decide(more=[alone(f"C cbt owed {MON}", "W", TUE, "15:00")]), "N2") == {"B, case owed": 4}


def test_n2_off_is_no_term() -> None:
    plan = both(ruled("N2", on=False), owed=owing().owed)
    checked = check(plan, stated(plan, decide()))
    assert checked.findings == ()
    assert "N2" not in {term.rule for term in checked.terms}
    # It falls due all the same, and the answer says that it is not placed.
    assert [(row.staff, row.form) for row in stated(plan, decide()).not_placed] == [("B", "owed")]


def test_n2_what_is_owed_and_not_placed_is_told_of_once_and_nothing_else_is() -> None:
    whole = stated(owing(), decide())
    held = stated(owing(), decide(more=[repaid()]))
    where = "N2 Result not placed (B, case, owed)"
    for answer in (
        whole.model_copy(update={"not_placed": ()}),
        whole.model_copy(update={"not_placed": whole.not_placed * 2}),
        held.model_copy(update={"not_placed": whole.not_placed}),
    ):
        found = check(owing(), answer).findings
        assert [(f.code, f.where) for f in found] == [("N2", where)]
    assert [f.code for f in check(data(), stated(data(), decide()).model_copy(update={"not_placed": whole.not_placed})).findings] == ["N2"]
    # Told of as a need of the week it is told of wrongly, twice: what falls due is not said, what is said does not fall due.
    as_due = whole.model_copy(update={"not_placed": tuple(row.model_copy(update={"form": "individual"}) for row in whole.not_placed)})
    assert faults(check(owing(), as_due)) == ["N1", "N2"]


def causes(plan: RotaInput, answer: RotaAnswer) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Cause, because and what would help of all that is not placed, by person and form of the need."""
    facts = gather(plan)
    rota = decided(facts, answer)
    assert rota is not None
    return {(row.staff, row.form): (row.cause, row.because, row.help) for row in read_back(facts, rota).not_placed}


def test_why_what_is_owed_is_not_placed() -> None:
    # V and W give two hours each, and may give no more.
    capped = tuple(row.model_copy(update={"most_hours": 2}) if row.staff in "VW" else row for row in data().staff)
    cause, because, helps = causes(owing(staff=capped), decide())["B", "owed"]
    assert (cause, because) == ("supervisors full", "V and W, free when B is, would be above their most (C3).")
    assert helps.startswith("What B is owed could be placed with ")
    # Of a kind that C attends in a group, what C is owed is held alone: that the groups are full or not held is no cause.
    nobody = tuple(row for row in data().competences if row.kind != "cbt")
    plan = owing(who="C", kind="cbt", competences=nobody, groups=data().groups[1:], role_needs=data().role_needs[:1])
    assert causes(plan, decide(without=["g", "p"])) == {
        ("C", "owed"): ("no supervisor", "Nobody is competent to give cbt to C.", "Add a supervisor of cbt to Competences."),
    }
    # Where it could be held at no price, only time was lacking; where it costs a rule of its own level or above, that is the cause.
    assert causes(owing(), decide())["B", "owed"][0:2] == (
        "a more important rule", "Nothing that matters more stands in the way: the search ran out of time.",
    )  # fmt: skip
    never = owing(pairs=(pair("B", "V", "never"), pair("B", "W", "never")))
    assert causes(never, decide())["B", "owed"][1] == "It could only be held by bending P2, which would cost more."
    # What comes after it in importance does not stand in its way, as it would not in that of a must.
    avoided = both(marked("B", A="09:00-17:00"), owed=owing().owed)
    assert causes(avoided, decide())["B", "owed"][2] == "Run longer with --time."


# --- locks, pairs and keeping, of what is owed ------------------------------------------------------------------------


def lock(strength: str, *, owed: bool, **columns: str) -> RotaInput:
    return owing(locks=(Lock.model_validate({"lock": "l", "staff": "B", "strength": strength, "owed": owed, **columns}),))


@pytest.mark.parametrize(("rule", "strength"), [("L1", "must"), ("L3", "prefer")])
@pytest.mark.parametrize("columns", [{"day": "Tuesday"}, {"day": TUE, "start": "15:00"}, {"supervisor": "W", "kind": "case"}])
def test_l1_l3_a_lock_speaks_of_what_is_owed_or_of_the_rest(rule: Any, strength: str, columns: dict[str, str]) -> None:
    # B's own is on Monday at 15:00 with V; what B is owed on Tuesday at 15:00 with W.
    answer = decide(more=[repaid()])
    assert bends(lock(strength, owed=True, **columns), answer, rule) == {}
    assert bends(lock(strength, owed=False, **columns), answer, rule) == {f"B, {sid('B')}, l": 1}


@pytest.mark.parametrize(("rule", "strength"), [("L1", "must"), ("L3", "prefer")])
def test_l1_l3_what_is_owed_otherwise_than_locked(rule: Any, strength: str) -> None:
    answer = decide(more=[repaid()])
    for columns in ({"day": "Monday"}, {"start": "14:00"}, {"supervisor": "V"}):
        assert bends(lock(strength, owed=True, **columns), answer, rule) == {f"B, {OWED}, l": 1}
    assert bends(lock(strength, owed=True, day="Monday"), decide(), rule) == {}  # not held: bends no lock
    assert bends(lock(strength, owed=True, day="Monday", kind="cbt"), answer, rule) == {}  # of another kind


def test_l2_never_of_what_is_owed() -> None:
    answer = decide(more=[repaid()])
    assert bends(lock("never", owed=True, day="Tuesday"), answer, "L2") == {f"B, {OWED}, l": 1}
    assert bends(lock("never", owed=False, day="Tuesday"), answer, "L2") == {}
    assert bends(lock("never", owed=True, day="Monday"), answer, "L2") == {}
    assert bends(lock("never", owed=False, day="Monday"), answer, "L2") == {f"B, {sid('B')}, l": 1}


@pytest.mark.parametrize(("rule", "strength"), [("L1", "must"), ("L3", "prefer")])
def test_l1_l3_what_is_owed_is_not_in_the_stead_of_a_group(rule: Any, strength: str) -> None:
    # C's need of either form is not met; what C is owed is held. The lock on C's place in g is bent by what would be in its stead alone.
    plan = both(
        owing(who="C", kind="cbt", minutes=80),
        needs=(*data().needs, Need(staff="C", kind="cbt", form="either", minutes=80)),
        groups=groups(),
        locks=(Lock.model_validate({"lock": "l", "staff": "C", "group": "g", "strength": strength}),),
    )
    owed = alone(f"C cbt owed {MON}", "W", TUE, "15:00", minutes=80)
    own = alone(f"C cbt {MON}", "W", TUE, "15:00", minutes=80)
    assert bends(plan, decide(attend={"g": "D E"}, more=[owed]), rule) == {}
    assert bends(plan, decide(attend={"g": "D E"}, more=[own]), rule) == {f"C, C cbt {MON}, l": 1}


def test_p1_p2_of_what_is_owed() -> None:
    answer = decide(more=[repaid()])
    plan = both(put("staff", "B", line_manager="W"), owed=owing().owed)
    assert bends(plan, answer, "P1") == {f"B, {OWED}": 1}
    assert bends(owing(pairs=(pair("B", "W", "never"),)), answer, "P2") == {f"B, {OWED}": 1}
    assert bends(owing(pairs=(pair("B", "V", "never"),)), answer, "P2") == {f"B, {sid('B')}": 1}


@pytest.mark.parametrize(("rule", "strength"), [("P3", "must"), ("P4", "prefer")])
def test_p3_p4_of_what_is_owed(rule: Any, strength: str) -> None:
    answer = decide(more=[repaid()])
    assert bends(owing(pairs=(pair("B", "V", strength),)), answer, rule) == {f"B, {OWED}": 1}
    assert bends(owing(pairs=(pair("B", "W", strength, "case"),)), answer, rule) == {f"B, {sid('B')}": 1}
    assert bends(owing(pairs=(pair("B", "W", strength), pair("B", "V", strength))), answer, rule) == {}


def test_c1_c2_c3_of_what_is_owed() -> None:
    # V sees A and B, B twice: two people, two trainees, three hours.
    answer = decide(more=[repaid("V")])
    for limit, bent in ((2, {}), (1, {"V": 1})):
        assert bends(both(put("staff", "V", most_people=limit), owed=owing().owed), answer, "C1") == bent
        assert bends(both(put("staff", "V", most_trainees=limit), owed=owing().owed), answer, "C2") == bent
    for most, bent in ((3, {}), (2.5, {"V": 1})):
        assert bends(both(put("staff", "V", most_hours=most), owed=owing().owed), answer, "C3") == bent


def was(supervisor: str = "V", weekday: Any = "Monday", start: str = "15:00", *, owed: bool = False) -> LastSession:
    """How B had case management last, or what was owed."""
    return LastSession(staff="B", kind="case", owed=owed, supervisor=supervisor, weekday=weekday, start=start)


def test_k1_what_is_owed_is_with_whoever_gives_the_rest_or_gave_it_before() -> None:
    answer = decide(more=[repaid()])
    assert bends(owing(last_rota=()), answer, "K1") == {}
    assert bends(owing(last_rota=(was("V"),)), answer, "K1") == {f"B, {OWED}": 1}
    assert bends(owing(last_rota=(was("W"),)), answer, "K1") == {f"B, {sid('B')}": 1}
    # Its own row comes before the other, and says nothing of what is not owed.
    assert bends(owing(last_rota=(was("V"), was("W", owed=True))), answer, "K1") == {}
    assert bends(owing(last_rota=(was("W"), was("V", owed=True))), answer, "K1") == {f"B, {sid('B')}": 1, f"B, {OWED}": 1}
    assert bends(owing(last_rota=(was("W", owed=True),)), answer, "K1") == {}
    assert bends(owing(last_rota=(was("V", owed=True),)), answer, "K1") == {f"B, {OWED}": 1}


def test_k2_what_is_owed_keeps_its_own_time_alone() -> None:
    answer = decide(more=[repaid()])
    assert bends(owing(last_rota=(was(),)), answer, "K2") == {}
    assert bends(owing(last_rota=(was(), was(weekday="Tuesday", owed=True))), answer, "K2") == {}
    assert bends(owing(last_rota=(was(), was(owed=True))), answer, "K2") == {f"B, {OWED}": 1}
    assert bends(owing(last_rota=(was(owed=True),)), answer, "K2") == {f"B, {OWED}": 1}
    assert bends(owing(last_rota=(was(start="14:00"),)), answer, "K2") == {f"B, {sid('B')}": 1}


# --- gaps -------------------------------------------------------------------------------------------------------------


def waited(who: str = "B", kind: str = "case", form: Any = "individual", date: str = LONG_AGO, **tables: Any) -> RotaInput:
    """The data by hand, in which somebody had a kind of supervision last four weeks ago."""
    return data(last_held=(LastHeld(staff=who, kind=kind, form=form, date=date),), **tables)


@pytest.mark.parametrize(
    ("date", "number", "bent"),
    [
        (LONG_AGO, 4, True),
        ("2026-11-13", 4, True),  # the Friday of that week
        ("2026-11-16", 4, False),  # three weeks ago
        ("2026-11-16", 3, True),
        ("2026-11-02", 4, True),
        ("2026-11-02", 6, False),
        (LAST_WEEK, 0, True),
        (LONG_AGO, None, True),  # blank: the default, four
        ("2026-11-16", None, False),
    ],
)
def test_n3_no_long_gap(date: str, number: int | None, bent: bool) -> None:
    plan = both(ruled("N3", number=number), last_held=waited(date=date).last_held)
    assert bends(plan, decide(without=["B"]), "N3") == ({"B, case individual": 1} if bent else {})
    assert bends(plan, decide(), "N3") == {}


def test_n3_says_nothing_where_nobody_knows_when_it_was_last_held() -> None:
    assert bends(data(), decide(without=["B"]), "N3") == {}
    assert bends(waited(form="group"), decide(without=["B"]), "N3") == {}  # held in another form


def test_n3_is_of_clinical_supervision_that_a_supervisor_gives() -> None:
    plan = both(put("kinds", "case", clinical=False), last_held=waited().last_held)
    assert bends(plan, decide(without=["B"]), "N3") == {}
    assert bends(waited("A", "line"), decide(without=["A line"]), "N3") == {}
    clinical = both(put("kinds", "line", clinical=True), last_held=waited("A", "line").last_held)
    assert bends(clinical, decide(without=["A line"]), "N3") == {}  # line managers and peers are not counted, clinical or not
    assert bends(waited("V", "peer", "group"), decide(without=["p"]), "N3") == {}


def test_n3_of_needs_in_a_group_and_of_either_form() -> None:
    assert bends(waited("C", "cbt", "group"), decide(attend={"g": "D E"}), "N3") == {"C, cbt group": 1}
    needs = (*data().needs, Need(staff="C", kind="cbt", form="either", minutes=80))
    plan = waited("C", "cbt", "either", needs=needs)
    assert bends(plan, decide(attend={"g": "D E"}), "N3") == {"C, cbt either": 1}
    assert bends(plan, decide(attend={"g": "D E"}, more=[alone(f"C cbt {MON}", "W", TUE, "15:00", minutes=80)]), "N3") == {}


def test_n4_what_is_brought_forward_and_need_not_be_held_yet_bends_no_must() -> None:
    plan = waited(needs=(*data().needs, Need(staff="B", kind="case", minutes=60, every=8)))
    assert bends(plan, decide(without=["B"]), "N3") == {}
    early = both(plan, early=(Early(staff="B", kind="case"),))
    assert bends(early, decide(without=["B"]), "N4") == {"B, case individual": 1}
    assert bends(early, decide(without=["B"]), "N1") == bends(early, decide(without=["B"]), "N3") == {}
    assert bends(early, decide(), "N4") == {}


def test_n4_says_nothing_of_what_falls_due_all_the_same() -> None:
    plan = both(data(), early=(Early(staff="B", kind="case"),))
    assert bends(plan, decide(without=["B"]), "N4") == {}
    assert bends(plan, decide(without=["B"]), "N1") == {"B, case individual": 1}


# --- brought forward --------------------------------------------------------------------------------------------------


def test_s5_n1_a_need_that_is_brought_forward_falls_due() -> None:
    rarely = (*data().needs, Need(staff="B", kind="case", minutes=60, every=4))
    plan = waited(date=LAST_WEEK, needs=rarely)
    assert codes(plan, decide()) == ["S5"]
    assert codes(plan, decide(without=["B"])) == []
    forward = both(plan, early=(Early(staff="B", kind="case", because="Risk"),))
    assert codes(forward, decide()) == []
    assert bends(forward, decide(without=["B"]), "N1") == {}  # N4 speaks of it
    for wrong in (Early(staff="B", kind="case", form="group"), Early(staff="B", kind="cbt"), Early(staff="A", kind="case")):
        assert codes(both(plan, early=(wrong,)), decide()) == ["S5"]
    # What falls due anyhow is as late as it is.
    late = both(waited(), early=(Early(staff="B", kind="case"),))
    assert bends(late, decide(without=["B"]), "N1") == {"B, case individual": 4}


def test_s5_what_is_not_asked_for_is_not_brought_forward() -> None:
    none = (*data().needs, Need(staff="B", kind="case", minutes=0))
    assert codes(data(needs=none, early=(Early(staff="B", kind="case"),)), decide()) == ["S5"]


# --- university terms -------------------------------------------------------------------------------------------------

AUTUMN, WINTER = ("2026-09-21", "2026-12-11"), ("2027-01-11", "2027-03-26")


def terms(*rows: tuple[str, str] | tuple[str, str, str]) -> tuple[Term, ...]:
    return tuple(Term(first=row[0], last=row[1], role=row[2] if len(row) > 2 else "") for row in rows)


@pytest.mark.parametrize(
    ("rows", "in_term"),
    [
        ((), True),  # no rows: always
        ((AUTUMN,), True),
        ((WINTER,), False),
        ((WINTER, AUTUMN), True),
        (((MON, MON),), True),  # both its days are in a term
        (((TUE, "2026-12-18"),), False),
        ((("2026-09-21", "2026-12-06"),), False),
        (((*AUTUMN, "pwp"),), True),
        (((*WINTER, "pwp"),), False),
        (((*WINTER, "hit"),), True),  # no term concerns B's role: always
        ((AUTUMN, (*WINTER, "pwp")), False),  # the role's own come before those of every role
        ((WINTER, (*AUTUMN, "pwp")), True),
        ((WINTER, (*AUTUMN, "hit")), False),
    ],
)
def test_s2_university_is_barred_in_terms_alone(rows: Any, in_term: bool) -> None:
    plan = both(marked("B", U="15:00-15:30"), terms=terms(*rows))
    assert codes(plan, decide()) == (["S2"] if in_term else [])
    # What is marked X is barred always.
    assert codes(both(marked("B", X="15:00-15:30"), terms=terms(*rows)), decide()) == ["S2"]


def test_f1_outside_terms_university_is_time_at_work() -> None:
    # V is at university on Tuesday from 09:00 to 13:00: 720 of 1,680 minutes in term, 960 of 1,920 outside.
    plan = data(
        availability=hours("V", at("V", "Monday", "09:00-17:00", "n"), at("V", "Tuesday", "09:00-17:00", "n", U="09:00-13:00", P="13:00-14:00"))
    )
    for rows, fair, at_work_minutes in (((AUTUMN,), [103, 138], [720, 960]), ((WINTER,), [120, 120], [960, 960])):
        load = work_out(both(plan, terms=terms(*rows)), decide()).load
        assert [row.fair_minutes for row in load] == fair
        assert [row.at_work_minutes for row in load] == at_work_minutes
    assert bends(both(plan, terms=terms(AUTUMN)), decide(), "F1") == {"V": 1}
    assert bends(both(plan, terms=terms(WINTER)), decide(), "F1") == {}


def test_n1_whoever_is_at_university_all_week_has_needs_due_outside_terms() -> None:
    week = {"U": "09:00-17:00"}
    rows = hours("B", at("B", "Monday", "09:00-17:00", "n", **week), at("B", "Tuesday", "09:00-17:00", "n", **week))
    assert bends(data(availability=rows), decide(without=["B"]), "N1") == {}
    assert bends(data(availability=rows, terms=terms(WINTER)), decide(without=["B"]), "N1") == {"B, case individual": 1}


def test_w1_w2_marks_stay_what_they_are_outside_terms() -> None:
    plan = both(marked("B", U="12:00-13:00", A="15:30-16:00"), terms=terms(WINTER))
    assert bends(plan, decide(), "W1") == {f"B, {sid('B')}": 1}
    plan = both(marked("B", U="12:00-13:00", P="15:00-15:30"), terms=terms(WINTER))
    assert bends(plan, decide(), "W2") == {f"B, {sid('B')}": 1}


# --- early and late ---------------------------------------------------------------------------------------------------


def clocked(early_before: str = "", late_after: str = "", **tables: Any) -> RotaInput:
    """The data by hand with early and late hours. B's hour ends at 16:00 on Monday, A's line management begins at 09:00 on Tuesday."""
    settings = data().settings.model_copy(update={"early_before": early_before, "late_after": late_after})
    return data(settings=settings, **tables)


LATE_B, EARLY_A = {f"B, {sid('B')}": 1, f"V, {sid('B')}": 1}, {f"A, {sid('A line')}": 1, f"M, {sid('A line')}": 1}


@pytest.mark.parametrize(
    ("early", "late", "bent"),
    [
        ("", "", {}),
        ("", "16:00", {}),  # it ends then, not after
        ("", "15:59", LATE_B),
        ("", "15:30", LATE_B),
        ("09:00", "", {}),  # it begins then, not before
        ("09:01", "", EARLY_A),
        ("09:30", "15:30", LATE_B | EARLY_A),
    ],
)
def test_w4_early_and_late(early: str, late: str, bent: dict[str, int]) -> None:
    assert bends(clocked(early, late), decide(), "W4") == bent
    load = {row.staff: row.early_or_late for row in work_out(clocked(early, late), decide()).load}
    assert {who for who, times in load.items() if times} == {place.split(",")[0] for place in bent}


def test_w4_everybody_in_a_group_and_nobody_where_nobody_gives_it() -> None:
    # Early before 10:30: A's line management, the group on Tuesday at 10:00. Late after 14:30: A, B, and the peers until 15:00.
    assert bends(clocked("10:30"), decide(), "W4") == EARLY_A | {f"{p}, {sid('g')}": 1 for p in "CDEW"}
    others = {f"{p}, {sid('A')}": 1 for p in "AV"} | {f"{p}, {sid('p')}": 1 for p in "VW"}
    assert bends(clocked("", "14:30"), decide(), "W4") == LATE_B | others
    # Both early and late, it counts once.
    assert bends(clocked("10:30", "11:30"), decide(without=["A", "B", "p"]), "W4") == EARLY_A | {f"{p}, {sid('g')}": 1 for p in "CDEW"}


def test_w4_of_what_is_owed() -> None:
    plan = both(clocked("", "16:00"), owed=owing().owed)
    assert bends(plan, decide(more=[repaid(start="15:00")]), "W4") == {}
    assert bends(plan, decide(more=[repaid(start="15:30")]), "W4") == {f"B, {OWED}": 1, f"W, {OWED}": 1}


@pytest.mark.parametrize(
    ("contracted", "had", "amount"),
    [
        (37.5, 0, 1),
        (37.5, 2, 3),
        (18.75, 2, 5),  # half the hours: as if they had had four
        (30, 3, 5),  # 3.75, rounded up to four
        (25, 2, 4),  # three just so
        (22.5, 3, 6),  # five just so, though not in binary
        (0, 2, 3),  # without hours the sum itself
        (50, 2, 3),  # 1.5, rounded up
    ],
)
def test_w4_first_to_whoever_had_fewest_of_late_for_their_hours(contracted: float, had: int, amount: int) -> None:
    plan = both(put("staff", "B", hours=contracted), settings=clocked("", "15:30").settings)
    plan = both(plan, history=(History(staff="B", week=LAST_WEEK, early_or_late=had),))
    assert bends(plan, decide(), "W4") == LATE_B | {f"B, {sid('B')}": amount}


@pytest.mark.parametrize(
    ("week", "counts"),
    [("2026-09-14", False), ("2026-09-21", True), (LAST_WEEK, True), (MON, False), ("2026-12-14", False)],
)
def test_w4_f1_d2_what_was_in_the_eleven_weeks_before_counts(week: str, counts: bool) -> None:
    row = History(staff="V", week=week, minutes=480, fair_minutes=240, duty_turns=6, fair_duty_turns=2, early_or_late=1)
    plan = clocked("", "15:30", history=(row,))
    assert bends(plan, decide(), "W4") == LATE_B | {f"V, {sid('B')}": 2 if counts else 1}
    # A quarter of four hours, and of four turns, is made good: V's fair 120 minutes are 60, and two turns are one.
    assert bends(plan, decide(), "F1") == ({"V": 3} if counts else {})
    assert bends(plan, decide(), "D2") == ({"V": 1} if counts else {})


def test_w4_weeks_add_up() -> None:
    rows = tuple(History(staff="B", week=week, early_or_late=1) for week in (LAST_WEEK, LONG_AGO, "2026-09-21"))
    assert bends(clocked("", "15:30", history=rows), decide(), "W4") == LATE_B | {f"B, {sid('B')}": 4}


# --- shares that carry over -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("beyond", "carried"),
    [(0, 0), (119, 0), (120, 30), (239, 30), (240, 60), (480, 120), (4800, 1200), (-1, -30), (-120, -30), (-121, -60), (-240, -60)],
)
def test_f1_a_quarter_of_what_was_given_beyond_the_shares_is_made_good(beyond: int, carried: int) -> None:
    plan = before({"staff": "V", "minutes": 5000 + beyond, "fair_minutes": 5000})
    load = {row.staff: (row.minutes, row.fair_minutes, row.carried_minutes) for row in work_out(plan, decide()).load}
    fair = max(0, 120 - carried)
    assert load == {"V": (120, fair, carried), "W": (120, 120, 0)}
    above = max(0, -(-(120 - fair) // 30))
    assert bends(plan, decide(), "F1") == ({"V": above * (above + 1) // 2} if above else {})


def test_f1_weeks_add_up_before_they_are_rounded() -> None:
    # 50 − 10 + 90 = 130 minutes beyond: a quarter in whole half-hours is 30.
    rows = [{"staff": "V", "week": week, "minutes": m, "fair_minutes": 60} for week, m in ((LAST_WEEK, 110), (LONG_AGO, 50), ("2026-10-05", 150))]
    assert bends(before(*rows), decide(), "F1") == {"V": 1}
    assert bends(before(*rows[:2]), decide(), "F1") == {}


def test_f1_what_is_owed_is_to_be_given_too() -> None:
    # 300 minutes: 150 each. With B's owed hour W gives 180, and V has 120.
    assert [row.fair_minutes for row in work_out(owing(), decide()).load] == [150, 150]
    assert bends(owing(), decide(more=[repaid()]), "F1") == {"W": 1}
    # Line management that is owed is shared by nobody.
    assert [row.fair_minutes for row in work_out(owing(who="A", kind="line", minutes=30), decide()).load] == [120, 120]


@pytest.mark.parametrize(
    ("beyond", "turns", "bent"), [(0, 2, {}), (3, 2, {}), (4, 1, {"V": 1}), (8, 0, {"V": 3}), (40, 0, {"V": 3}), (-1, 3, {}), (-4, 3, {})]
)
def test_d2_a_quarter_of_the_turns_beyond_the_shares_is_made_good(beyond: int, turns: int, bent: dict[str, int]) -> None:
    plan = before({"staff": "V", "duty_turns": 50 + beyond, "fair_duty_turns": 50})
    assert {row.staff: row.fair_duty_turns for row in work_out(plan, decide()).load} == {"V": turns, "W": 2}
    assert bends(plan, decide(), "D2") == bent


def test_d2_a_larger_share_for_whoever_had_less() -> None:
    three = [(start, "V") for start, _ in DUTY]
    assert bends(data(), decide(duty=three), "D2") == {"V": 1}
    assert bends(before({"staff": "V", "fair_duty_turns": 1}), decide(duty=three), "D2") == {}


def test_the_load_tells_what_is_carried_by_those_who_share() -> None:
    # M supervises nothing and shares in nothing, whatever M did before; W's share is all made good, and W is told of all the same.
    plan = before({"staff": "M", "minutes": 600}, {"staff": "W", "minutes": 480, "duty_turns": 8})
    answer = stated(plan, decide(without=["g", "p"], duty=DUTY[:2]))
    load = {row.staff: (row.fair_minutes, row.carried_minutes, row.fair_duty_turns) for row in answer.load}
    assert load == {"V": (120, 0, 2), "W": (0, 120, 0)}
    assert check(plan, answer).findings == ()
    lacking = answer.model_copy(update={"load": tuple(row for row in answer.load if row.staff != "W")})
    assert faults(check(plan, lacking)) == ["ANSWER"]
    wrong = answer.model_copy(update={"load": tuple(row.model_copy(update={"carried_minutes": 0}) for row in answer.load)})
    assert faults(check(plan, wrong)) == ["ANSWER"]


def test_the_load_tells_of_everybody_in_an_early_or_late_session() -> None:
    plan = clocked("", "15:30")
    answer = stated(plan, decide())
    assert {row.staff: row.early_or_late for row in answer.load} == {"V": 1, "B": 1, "W": 0}
    lacking = answer.model_copy(update={"load": tuple(row for row in answer.load if row.staff != "B")})
    assert faults(check(plan, lacking)) == ["ANSWER"]


# --- the defaults -----------------------------------------------------------------------------------------------------


def test_an_input_without_the_new_tables_has_the_new_terms_at_nothing() -> None:
    checked = check(data(), stated(data(), decide(without=["B"])))
    assert {term.rule: term.amount for term in checked.terms if term.rule in ("N2", "N3", "N4", "W4")} == {"N2": 0, "N3": 0, "N4": 0, "W4": 0}
    assert [(row.priority, row.weight, row.number) for row in DEFAULT_RULES if row.rule in ("N2", "N3", "N4", "W4")] == [
        ("High", 5, 4), ("Must", 20, 4), ("High", 5, None), ("Medium", 1, None),
    ]  # fmt: skip


def test_a_group_of_its_own_is_nobodys_owed_session() -> None:
    # A group cannot make good what is owed: C's is owed still, though C attends two groups.
    plan = both(owing(who="C", kind="cbt", minutes=60), groups=(*data().groups, Group(group="g2", kind="cbt", minutes=120)))
    second = alone(f"g2 cbt {MON}", "W", TUE, "15:00", minutes=120)
    found = codes(plan, decide(more=[second], attend={second.session: "C D"}))
    assert found == ["S5", "S5"]  # C's and D's need of the week is met twice
    assert {row.item for row in work_out(plan, decide(more=[second], attend={second.session: "C D"})).bent if row.rule == "N2"} == {"cbt owed"}
