"""What must not change a rota, and what can only make it better or worse: the search asked twice, and its answers compared."""

from __future__ import annotations

import json
import os
import threading
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.rota.search import solve
from optimiser.result import Limits, Status
from optimiser.rota.check import check
from optimiser.rota.data import DEFAULT_RULES, LEVELS, WEEKDAYS, Availability, Competence, Lock, RotaAnswer, RotaInput, Staff
from optimiser.rota.examine import examine
from optimiser.rota.following import next_week
from optimiser.rota.week import rule_for
from rota_samples import at, small, tiny, yearly
from test_rota_oracle import service

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimiser.result import Outcome
    from optimiser.rota.data import Rule, RuleId

Values = tuple[float, ...]


def solved(data: RotaInput, limits: Limits | None = None) -> tuple[RotaAnswer, Outcome]:
    """Answer and outcome; the answer passes the check, says of its levels what the outcome says, and no bound is above its value."""
    answer, outcome = solve(data, "", limits or Limits(seconds=120, workers=1))
    assert answer is not None
    checked = check(data, answer)
    assert checked.findings == ()
    assert tuple(level.value for level in outcome.levels) == tuple(value for _, _, value in checked.levels)
    assert [level.name for level in outcome.levels] == list(LEVELS)
    for level in outcome.levels:
        assert level.bound is not None
        assert 0 <= level.bound <= level.value
    assert (outcome.status is Status.INFEASIBLE) == (outcome.levels[0].value > 0)
    return answer, outcome


def values(data: RotaInput) -> Values:
    """What each level is proved to be worth."""
    _, outcome = solved(data)
    assert all(level.bound == level.value for level in outcome.levels)
    return tuple(level.value for level in outcome.levels)


def varied(data: RotaInput, **tables: Any) -> RotaInput:
    """The input with other tables."""
    return RotaInput.model_validate({name: getattr(data, name) for name in RotaInput.model_fields} | tables)


@cache
def worth_of(sample: Callable[[], RotaInput]) -> Values:
    return values(sample())


def worth_of_small() -> Values:
    return worth_of(small)


OF_BOTH = pytest.mark.parametrize("sample", [small, yearly])


# --- what changes nothing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
@OF_BOTH
def test_the_order_of_rows_changes_no_value(seed: int, sample: Callable[[], RotaInput]) -> None:
    data, random = sample(), Random(seed)
    tables = {name: getattr(data, name) for name in RotaInput.model_fields if isinstance(getattr(data, name), tuple)}
    assert values(varied(data, **{name: tuple(random.sample(rows, len(rows))) for name, rows in tables.items()})) == worth_of(sample)


@OF_BOTH
def test_names_change_no_value(sample: Callable[[], RotaInput]) -> None:
    data = sample()
    names = {person.staff: f"Ω {len(data.staff) - n}" for n, person in enumerate(data.staff)}
    names |= {group.group: f"group {len(data.groups) - n}" for n, group in enumerate(data.groups)}
    names |= {"N1": "the room", "case": "zz", "north": "0", "pwp": "a role"}

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: cell if key in ("rule", "lock", "given_by") else renamed(cell) for key, cell in value.items()}
        if isinstance(value, list):
            return [renamed(one) for one in value]
        return names.get(value, value) if isinstance(value, str) else value

    assert values(RotaInput.model_validate(renamed(json.loads(data.model_dump_json())))) == worth_of(sample)


@OF_BOTH
def test_a_week_later_is_as_good(sample: Callable[[], RotaInput]) -> None:
    data = sample()
    text = data.model_dump_json()
    dated = (*data.away, *data.locks, *data.last_held, *data.closed, *data.terms, *data.owed, *data.history, data.settings)
    days = sorted({str(cell) for row in dated for _, cell in row if _dated(cell)})
    assert len(days) > 4
    for day in reversed(days):  # the latest first, so that no day is moved twice
        text = text.replace(f'"{day}"', f'"{(date.fromisoformat(day) + timedelta(days=7)).isoformat()}"')
    later = RotaInput.model_validate_json(text)
    assert later.settings.week_commencing == "2026-12-14"
    assert values(later) == worth_of(sample)


def _dated(cell: Any) -> bool:
    return isinstance(cell, str) and len(cell) == 10 and cell[4::3] == "--"


@OF_BOTH
def test_locks_on_the_sessions_of_the_best_rota_change_no_value(sample: Callable[[], RotaInput]) -> None:
    data = sample()
    answer, outcome = solved(data)
    people = {row.session: row.staff for row in answer.attendance}
    locks = tuple(
        Lock(lock=f"found {n}", kind=row.kind, supervisor=row.supervisor, day=row.date, start=row.start, strength="must",
             staff="" if row.group else people[row.session], group=row.group, owed=row.form == "owed")
        for n, row in enumerate(answer.sessions)
    )  # fmt: skip
    assert values(varied(data, locks=(*data.locks, *locks))) == tuple(level.value for level in outcome.levels)


def doubled(data: RotaInput, level: str) -> tuple[Rule, ...]:
    own = {(row.rule, row.kind) for row in data.rules}
    rows = (*data.rules, *(row for row in DEFAULT_RULES if (row.rule, row.kind) not in own))
    return tuple(row.model_copy(update={"weight": 2 * row.weight}) if row.priority == level else row for row in rows)


@pytest.mark.parametrize("level", LEVELS)
@OF_BOTH
def test_twice_the_weights_of_a_level_are_twice_its_value(level: str, sample: Callable[[], RotaInput]) -> None:
    data = sample()
    expected = tuple(value * (2 if name == level else 1) for name, value in zip(LEVELS, worth_of(sample), strict=True))
    assert values(varied(data, rules=doubled(data, level))) == expected


def test_weights_are_worth_something_at_every_level_but_the_last() -> None:
    assert all(value > 0 for value in worth_of_small()[1:])


def test_the_middle_of_a_year_is_worth_something_else() -> None:
    answer, _ = solved(yearly())
    assert {row.form for row in answer.sessions} == {"individual", "group", "owed"}
    assert worth_of(yearly) != worth_of(small)


def test_history_that_is_too_old_or_even_changes_no_value() -> None:
    data = yearly()
    without = values(varied(data, history=()))
    assert without != worth_of(yearly)
    old = tuple(row.model_copy(update={"week": (date.fromisoformat(row.week) - timedelta(weeks=12)).isoformat()}) for row in data.history)
    assert values(varied(data, history=old)) == without
    even = tuple(row.model_copy(update={"minutes": row.fair_minutes, "duty_turns": row.fair_duty_turns, "early_or_late": 0}) for row in data.history)
    assert values(varied(data, history=even)) == without


def test_history_in_another_week_of_the_eleven_changes_no_value() -> None:
    data = yearly()
    for week in ("2026-09-21", "2026-11-30"):
        moved = tuple(row.model_copy(update={"week": week}) for row in data.history)
        assert values(varied(data, history=moved)) == worth_of(yearly)


def test_the_next_week_keeps_every_pair_and_time() -> None:
    # Weekly needs only, and nobody away: the same week again.
    weekly = tiny()
    assert rule_for(weekly, "K2").on
    answer, outcome = solved(weekly)
    following = next_week(weekly, answer)
    again, then = solved(following)
    assert [(term.rule, term.amount) for term in again.terms if term.rule in ("K1", "K2", "K3")] == [("K1", 0), ("K2", 0), ("K3", 0)]
    assert [level.value for level in then.levels][:2] == [level.value for level in outcome.levels][:2]
    assert {(s.session[:2], s.supervisor, s.start) for s in again.sessions} == {(s.session[:2], s.supervisor, s.start) for s in answer.sessions}


@pytest.mark.parametrize("seed", [0, 5])
def test_with_one_worker_the_same_seed_gives_the_same_answer(seed: int) -> None:
    (first, one), (second, two) = (solved(small(), Limits(seconds=120, workers=1, seed=seed)) for _ in range(2))
    assert first == second
    assert one.levels == two.levels


def test_another_seed_and_more_workers_find_the_same_values() -> None:
    for limits in (Limits(seconds=120, workers=1, seed=11), Limits(seconds=120, workers=2)):
        _, outcome = solved(small(), limits)
        assert tuple(level.value for level in outcome.levels) == worth_of_small()


# --- what can only help, or only hurt ---------------------------------------------------------------------------------


def test_one_more_supervisor_never_makes_a_must_worse() -> None:
    data = small()
    short = varied(data, staff=tuple(row.model_copy(update={"most_people": 1}) if row.staff.startswith("V") else row for row in data.staff))
    more = varied(
        short,
        staff=(*short.staff, Staff(staff="V9", role="other", hours=37.5)),
        roles=(*short.roles, short.roles[0].model_copy(update={"role": "other"})),
        availability=(*short.availability, *(at("V9", day, "09:00-17:00", "north") for day in WEEKDAYS[:3])),
        competences=(*short.competences, *(Competence(staff="V9", kind=kind) for kind in ("case", "skills", "cbt"))),
    )
    before, after = values(short), values(more)
    assert 0 <= after[0] < before[0]


def test_one_room_less_never_makes_anything_better() -> None:
    data = varied(small(), kinds=tuple(row.model_copy(update={"mode": "room"}) if row.kind == "case" else row for row in small().kinds))
    for rooms in (data.rooms[:1], data.rooms[1:], ()):
        assert values(varied(data, rooms=rooms)) >= values(data)


def test_one_hour_less_of_somebody_never_makes_anything_better() -> None:
    data = tiny()
    rows: tuple[Availability, ...] = tuple(
        row.model_copy(update={"t0900": "X", "t0930": "X"}) if row.staff == "A1" else row for row in data.availability
    )
    assert values(varied(data, availability=rows)) > values(data)


def without(rule: RuleId, data: RotaInput) -> RotaInput:
    """The input with a rule turned off."""
    default = next(row for row in DEFAULT_RULES if row.rule == rule)
    return varied(data, rules=(*(row for row in data.rules if row.rule != rule), default.model_copy(update={"on": False})))


def test_what_is_owed_no_more_never_makes_anything_worse() -> None:
    # But for fair shares, which are smaller where there is less to be given.
    data = without("F1", yearly())
    whole = values(data)
    for n in range(len(data.owed)):
        assert values(varied(data, owed=data.owed[:n] + data.owed[n + 1 :])) <= whole
    assert values(varied(data, owed=())) < whole


def test_what_was_missed_longer_ago_and_is_not_held_never_weighs_less() -> None:
    # Nobody may give another hour, so that nothing that is owed is held.
    full = varied(yearly(), staff=tuple(row.model_copy(update={"most_hours": 0}) for row in yearly().staff))
    worth = [values(varied(full, owed=tuple(row.model_copy(update={"missed": week}) for row in full.owed)))
             for week in ("2026-11-30", "2026-11-16", "2026-11-09", "2026-11-02")]  # fmt: skip
    assert worth[0] < worth[1] < worth[2] == worth[3]


def test_longer_early_and_late_hours_never_make_anything_better() -> None:
    data = yearly()
    hours = (("", ""), ("09:00", "17:00"), ("09:30", "16:00"), ("10:00", "15:30"))
    worth = [values(varied(data, settings=data.settings.model_copy(update={"early_before": a, "late_after": b}))) for a, b in hours]
    assert worth == sorted(worth)
    assert worth[0] == worth[1] < worth[3]


# --- stopped early ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.3])
def test_however_short_the_time_there_is_a_rota_and_its_bounds_hold(seconds: float, workers: int) -> None:
    _, outcome = solved(small(), Limits(seconds=seconds, workers=workers))
    # Of the first level that is not proved, the bound is that of the whole problem.
    for level, best in zip(outcome.levels, worth_of_small(), strict=True):
        assert level.bound is not None
        assert level.bound <= best
        if level.value > best:
            break


@pytest.mark.parametrize("workers", [1, 2])
def test_stopped_before_it_begins_there_is_a_rota(workers: int) -> None:
    stop = threading.Event()
    stop.set()
    solved(small(), Limits(seconds=60, workers=workers, stop=stop))


# --- any input at all -------------------------------------------------------------------------------------------------

FUZZ: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


@st.composite
def inputs(draw: st.DrawFn) -> RotaInput:
    """The small rota or a tiny one with rows of any tables left out or changed; not all of them are sound."""
    data = small() if draw(st.booleans()) else service(draw(st.integers(0, 10**6)))
    update: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(["staff", "availability", "kinds", "groups", "rooms", "settings"]), max_size=3, unique=True)):
        if name == "settings":
            update[name] = data.settings.model_copy(
                update={
                    "grid": draw(st.sampled_from([15, 30])), "break_minutes": draw(st.sampled_from([5, 15, 60])),
                    "duty_minutes": draw(st.sampled_from([30, 60, 240])), "part_time": draw(st.sampled_from(["full", "fortnightly", "minutes"])),
                    "bank_holidays": draw(st.sampled_from(["england", "scotland", "none"])),
                }
            )  # fmt: skip
            continue
        columns: dict[str, st.SearchStrategy[Any]] = {
            "staff": st.fixed_dictionaries({"most_people": st.none() | st.integers(0, 2), "most_hours": st.sampled_from([None, 0, 0.75, 2, 4.35])}),
            "availability": st.fixed_dictionaries({"t0900": st.sampled_from("XPAU"), "t1030": st.sampled_from(["", "X", "P", "A", "U"])}),
            "kinds": st.fixed_dictionaries({"mode": st.sampled_from(["room", "online", "either"]), "shared_credit": st.booleans()}),
            "groups": st.fixed_dictionaries({"minutes": st.sampled_from([30, 45, 60, 120]), "open": st.booleans()}),
            "rooms": st.fixed_dictionaries({"capacity": st.integers(1, 6), "opens": st.sampled_from(["", "10:15"])}),
        }  # fmt: skip
        update[name] = tuple(row.model_copy(update=draw(columns[name])) if draw(st.booleans()) else row for row in getattr(data, name))
    for name in draw(
        st.lists(st.sampled_from(["availability", "competences", "rooms", "groups", "opening_hours", "last_rota"]), max_size=2, unique=True)
    ):
        rows = update.get(name, getattr(data, name))
        kept = draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
        update[name] = tuple(row for row, keep in zip(rows, kept, strict=True) if keep)
    if "groups" in update:
        there = {group.group for group in update["groups"]}
        for name in ("group_members", "locks", "last_rota"):
            update[name] = tuple(row for row in update.get(name, getattr(data, name)) if not row.group or row.group in there)
    return data.model_copy(update=update)


def holds(data: RotaInput) -> None:
    if data.availability and not any(finding.severity == "error" for finding in examine(data)):
        for limits in (Limits(seconds=20, workers=1), Limits(seconds=0.02, workers=1)):
            solved(data, limits)


@settings(max_examples=12, derandomize=True, **FUZZ)
@given(inputs())
def test_whatever_the_input_there_is_a_rota_that_passes_the_check(data: RotaInput) -> None:
    holds(data)


@pytest.mark.slow
@settings(max_examples=50 if "CI" in os.environ else 100, **FUZZ)
@given(inputs())
def test_whatever_the_input_there_is_a_rota_that_passes_the_check_many_times(data: RotaInput) -> None:
    holds(data)
