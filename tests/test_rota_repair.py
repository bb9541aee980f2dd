"""A published rota mended: what can stay stays, what was held is not undone, and nothing is put into days that are past."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from models.rota.search import solve
from optimiser.engine import Refusal
from optimiser.result import Limits
from optimiser.rota.check import check, work_out
from optimiser.rota.compare import compare
from optimiser.rota.data import KEPT, LEVELS, LastHeld, Rule
from optimiser.rota.examine import examine
from optimiser.rota.following import next_week
from optimiser.rota.repair import repaired
from optimiser.rota.sections import View
from optimiser.rota.week import rule_for, week_days
from rota_samples import MONDAY, at, small

if TYPE_CHECKING:
    from optimiser.rota.data import RotaAnswer, RotaInput

TUESDAY, WEDNESDAY = "2026-12-08", "2026-12-09"


def solved(data: RotaInput) -> tuple[RotaAnswer, dict[str, float]]:
    answer, outcome = solve(data, "", Limits(seconds=60, workers=1))
    assert answer is not None
    assert check(data, answer).findings == ()
    assert [level.bound for level in outcome.levels] == [level.value for level in outcome.levels]
    return answer, {level.name: level.value for level in outcome.levels}


@cache
def published() -> RotaAnswer:
    return solved(small())[0]


def mended(**asked: Any) -> tuple[RotaInput, RotaAnswer]:
    data = repaired(small(), published(), **asked)
    assert [f for f in examine(data) if f.severity == "error"] == []
    return data, solved(data)[0]


def test_where_nothing_happened_nothing_moves() -> None:
    data, answer = mended()
    assert compare(published(), answer).sessions == ()
    assert sorted(answer.duty, key=repr) == sorted(published().duty, key=repr)
    assert View(data, answer).changes == ()


def test_who_is_away_is_in_nothing_from_that_day_on_and_what_was_held_stays() -> None:
    v = next(s.supervisor for s in published().sessions if s.date >= TUESDAY and s.supervisor)
    _, answer = mended(away=[v], since=TUESDAY)
    held = {s.session: s for s in published().sessions if s.date < TUESDAY}
    assert {s.session: (s.supervisor, s.date, s.start) for s in answer.sessions if s.date < TUESDAY} == {
        name: (s.supervisor, s.date, s.start) for name, s in held.items()
    }
    there = {row.session for row in answer.attendance if row.staff == v}
    assert [s for s in answer.sessions if s.date >= TUESDAY and (s.supervisor == v or s.session in there)] == []
    assert [turn for turn in answer.duty if turn.date >= TUESDAY and turn.staff == v] == []


def test_no_mended_rota_moves_less() -> None:
    v = next(s.supervisor for s in published().sessions if s.date >= TUESDAY and s.supervisor)
    data, answer = mended(away=[v], since=TUESDAY)
    moved = {change.session for change in compare(published(), answer).sessions if change.what not in ("added", "dropped")}
    concerned = {s.session for s in published().sessions if s.supervisor == v or v in {a.staff for a in answer.attendance if a.session == s.session}}
    others = moved - concerned
    # Each of those moved for a reason that counts more than the move: put back, the rota is worse at Must or High, or cannot be held.
    points = {row.priority: row.points for row in answer.levels}
    for name in others:
        back = tuple(next(p for p in published().sessions if p.session == name) if s.session == name else s for s in answer.sessions)
        judged = check(data, answer.model_copy(update={"sessions": back}))
        worth = {level: value for level, _, value in judged.levels}
        refused = any(f.code[:1] in "SR" for f in judged.findings)
        assert refused or (worth["Must"], worth["High"]) >= (points["Must"], points["High"])
    assert {change.why for change in View(data, answer).changes if v in change.before} <= {
        f"{View(data, answer).names.person(v)} is not free at work then"
    }


def days_before(rota: RotaAnswer, since: str) -> tuple[object, ...]:
    """Everything of the days before one: sessions with rooms, who was there, and duty."""
    held = [s for s in rota.sessions if s.date < since]
    there = {s.session for s in held}
    seats = sorted((row.session, row.staff) for row in rota.attendance if row.session in there)
    return sorted(held, key=repr), seats, sorted((t for t in rota.duty if t.date < since), key=repr)


def test_a_supervisor_ill_from_tuesday_moves_what_was_theirs_and_nothing_else() -> None:
    staff = tuple(row.model_copy(update={"most_people": 6, "most_trainees": 3}) if row.staff == "V1" else row for row in small().staff)
    data = repaired(small().model_copy(update={"staff": staff}), published(), ["V2"], TUESDAY)
    answer, _ = solved(data)
    assert days_before(answer, TUESDAY) == days_before(published(), TUESDAY)
    assert [change.session for change in compare(published(), answer).sessions] == ["A3 case 2026-12-07"]
    # What moves is priced at High, counted, and listed with its cause.
    keeping = [row for row in answer.bent if row.rule in KEPT]
    assert {row.priority for row in keeping} == {"High"}
    assert all(row.points == KEPT[row.rule] * row.amount for row in keeping)
    assert {row.session for row in keeping if row.rule in ("K1", "K2")} == {"A3 case 2026-12-07"}
    changes = View(data, answer).changes
    assert len(changes) == 1 + sum(row.rule == "K3" for row in keeping)
    assert all("V2" in change.before for change in changes)
    assert {change.why for change in changes} == {"V2 is not free at work then"}


def test_a_supervisor_ill_from_wednesday_is_missed_and_what_is_missed_is_owed_and_made_good() -> None:
    data, answer = mended(away=["C1"], since=WEDNESDAY)
    assert days_before(answer, WEDNESDAY) == days_before(published(), WEDNESDAY)
    missing = {row.staff: row for row in answer.not_placed if row.kind == "cbt"}
    assert set(missing) == {"C2", "C3"}
    gone = "V3 and C1 are not at work from Wednesday 2026-12-09 on, and the days before are past."
    assert {(row.cause, row.because) for row in missing.values()} == {
        ("no supervisor", f"Nobody can give CBT supervision to {staff}: {gone}") for staff in missing
    }
    after = next_week(data, answer)
    assert {(row.staff, row.missed) for row in after.owed} == {("C2", MONDAY), ("C3", MONDAY)}
    good, _ = solved(after)
    assert {s.session for s in good.sessions if s.form == "owed"} == {"C2 cbt owed 2026-12-14", "C3 cbt owed 2026-12-14"}
    assert next_week(after, good).owed == ()


def test_whoever_is_ill_goes_without_and_is_told_why() -> None:
    data, answer = mended(away=["C2"], since=WEDNESDAY)
    assert [change.session for change in compare(published(), answer).sessions] == ["C2 cbt 2026-12-07"]
    row = next(row for row in answer.not_placed if row.staff == "C2")
    assert (row.cause, row.because) == ("no time in common", "C2 is not at work from Wednesday 2026-12-09 on, and the days before are past.")
    assert "owed" in row.help
    assert [row.staff for row in next_week(data, answer).owed] == ["C2"]


def test_a_leaver_takes_nothing_with_them() -> None:
    staff = tuple(row.model_copy(update={"ends": MONDAY}) if row.staff == "A3" else row for row in small().staff)
    data = repaired(small().model_copy(update={"staff": staff}), published(), since=TUESDAY)
    answer, _ = solved(data)
    assert days_before(answer, TUESDAY) == days_before(published(), TUESDAY)
    assert [(change.session, change.what) for change in compare(published(), answer).sessions] == [("A3 case 2026-12-07", "dropped")]
    assert next(row.because for row in answer.not_placed if row.staff == "A3").startswith("A3 is not at work from Tuesday")
    assert next_week(data, answer).owed == ()


@pytest.mark.parametrize("mode", ["either", "room"])
def test_a_room_that_is_lost_was_there_before(mode: str) -> None:
    kinds = tuple(row.model_copy(update={"mode": mode}) if row.kind == "cbt" else row for row in small().kinds)
    rooms = tuple(row.model_copy(update={"ends": TUESDAY}) if row.room == "N1" else row for row in small().rooms)
    data = repaired(small().model_copy(update={"rooms": rooms, "kinds": kinds}), published(), since=WEDNESDAY)
    answer, _ = solved(data)
    assert days_before(answer, WEDNESDAY) == days_before(published(), WEDNESDAY)
    assert any(s.room == "N1" for s in answer.sessions)
    changes = {change.session: change.what for change in compare(published(), answer).sessions}
    assert changes == dict.fromkeys(("C2 cbt 2026-12-07", "C3 cbt 2026-12-07"), "place" if mode == "either" else "dropped")
    still = answer.model_copy(
        update={"sessions": tuple(s.model_copy(update={"room": "N1", "site": "north", "mode": "room"}) for s in answer.sessions)}
    )
    assert ("R1" in {f.code for f in check(data, still).findings if "can be used until 2026-12-08" in f.what}) == (mode == "either")


def test_duty_of_days_that_are_past_is_as_it_was_taken() -> None:
    """Also where it would now be shared otherwise, and where nobody was on duty."""
    first = published().duty[0]
    short = work_out(small(), published().model_copy(update={"duty": published().duty[1:]}))
    data = repaired(small(), short, ["V1"], TUESDAY)
    answer, _ = solved(data)
    assert days_before(answer, TUESDAY)[2] == days_before(short, TUESDAY)[2]
    assert [(row.date, row.start) for row in answer.bent if row.rule == "D1" and row.date < TUESDAY] == [(first.date, first.start)]
    for duty in ((first, *answer.duty), answer.duty[1:], (answer.duty[0].model_copy(update={"staff": "V1"}), *answer.duty[1:])):
        assert {f.code for f in check(data, work_out(data, answer.model_copy(update={"duty": duty}))).findings} & {"S8"}
    # Of what is to come all may change.
    assert not any(turn.staff == "V1" for turn in answer.duty if turn.date >= TUESDAY)


def test_what_was_held_is_not_given_up_for_somebody_who_needs_it_more() -> None:
    """A3 is long overdue, and V1, who alone could see A3 now, has seen as many people on Monday as they may."""
    staff = tuple(row.model_copy(update={"most_people": 4, "most_trainees": 3}) if row.staff == "V1" else row for row in small().staff)
    overdue = (*small().last_held, LastHeld(staff="A3", kind="case", date="2026-11-02"))
    data = repaired(small().model_copy(update={"staff": staff, "last_held": overdue}), published(), ["V2"], TUESDAY)
    answer, _ = solved(data)
    assert days_before(answer, TUESDAY) == days_before(published(), TUESDAY)
    assert {row.rule for row in answer.bent if row.staff == "A3" and row.priority == "Must"} == {"N1", "N3"}
    given_up = tuple(s for s in answer.sessions if s.session != f"A5 case {MONDAY}")
    seats = tuple(row for row in answer.attendance if row.staff != "A5")
    bent = work_out(data, answer.model_copy(update={"sessions": given_up, "attendance": seats})).bent
    assert [(row.rule, row.staff, row.item) for row in bent if row.rule == "L1"] == [("L1", "A5", "case individual")]


def test_nobody_is_put_into_a_group_of_a_day_that_is_past() -> None:
    """V1 is not in the peer group of Monday, and would be in it for all that is free now."""
    free = small().model_copy(
        update={
            "availability": (*(row for row in small().availability if row.staff != "V1"), at("V1", "Monday", "09:00-17:00", "north")),
            "rules": (*small().rules, Rule(rule="D1", priority="Low", on=False)),
        }
    )
    without = work_out(
        free,
        published().model_copy(
            update={
                "sessions": tuple(s for s in published().sessions if s.supervisor != "V1"),
                "attendance": tuple(a for a in published().attendance if a.session.split()[0] not in ("A1", "A2", "A4", "A5")),
                "duty": (),
            }
        ),
    )
    seats = {row.staff for row in solved(repaired(free, without))[0].attendance if row.session.startswith("peers")}
    assert "V1" in seats  # all of the week may change
    then, _ = solved(repaired(free, without, since=TUESDAY))
    assert {row.staff for row in then.attendance if row.session.startswith("peers")} == {"V2", "V3"}


def test_keeping_is_on_and_high_whatever_the_rules_say() -> None:
    off = small().model_copy(update={"rules": (Rule(rule="K1", priority="Low", on=False), Rule(rule="K2", kind="case", priority="Low", weight=0))})
    data = repaired(off, published())
    for rule, weight in KEPT.items():
        for kind in ("", "case"):
            row = rule_for(data, rule, kind)
            assert (row.on, row.priority, row.weight) == (True, "High", weight)
    assert not rule_for(off, "K1").on
    assert data.rules == off.rules
    assert LEVELS.index(rule_for(off, "K3").priority) > LEVELS.index("High")


def test_where_only_pairs_are_kept_times_and_duty_matter_as_rules_say() -> None:
    data = repaired(small(), published(), keep="pairs")
    assert (rule_for(data, "K1").priority, rule_for(data, "K1").weight) == ("High", KEPT["K1"])
    for rule in ("K2", "K3"):
        assert rule_for(data, rule) == rule_for(small(), rule)
    assert next_week(data, published()).settings.keeps == "published"


def test_the_week_after_a_mended_one_is_an_ordinary_one() -> None:
    data, answer = mended(away=["V1"], since=TUESDAY)
    assert data.settings.mends
    assert any(lock.lock.startswith(("held: ", "past: ")) for lock in data.locks)
    after = next_week(data, answer)
    assert not after.settings.mends
    assert not any(lock.lock.startswith(("held: ", "past: ")) for lock in after.locks)


def test_mended_twice_what_was_held_is_said_once() -> None:
    once = repaired(small(), published(), ["V1"], TUESDAY)
    twice = repaired(once, published(), ["V1"], list(week_days(small()))[2])
    assert len({lock.lock for lock in twice.locks}) == len(twice.locks)
    assert sum(row.staff == "V1" for row in twice.away) == sum(row.staff == "V1" for row in once.away)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"away": ["nobody"]}, "Nobody in Staff is called nobody"),
        ({"since": "2026-12-15"}, "2026-12-15 is not in the week from 2026-12-07"),
        ({"since": "Tuesday"}, "Tuesday is not in the week"),
    ],
)
def test_what_cannot_be_mended_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        repaired(small(), published(), **asked)


def test_a_rota_of_another_week_is_refused() -> None:
    with pytest.raises(Refusal, match="not of the week from 2026-12-14"):
        repaired(next_week(small(), published()), published())
