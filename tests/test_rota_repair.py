"""A published rota mended: what can stay stays, what was held is not undone, and nothing is put into days that are past."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from models.rota.search import solve
from optimiser.engine import Refusal
from optimiser.result import Limits
from optimiser.rota.check import check
from optimiser.rota.compare import compare
from optimiser.rota.data import KEPT, LEVELS, Rule
from optimiser.rota.examine import examine
from optimiser.rota.following import next_week
from optimiser.rota.repair import repaired
from optimiser.rota.sections import View
from optimiser.rota.week import rule_for, week_days
from rota_samples import small

if TYPE_CHECKING:
    from optimiser.rota.data import RotaAnswer, RotaInput

TUESDAY = "2026-12-08"


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
