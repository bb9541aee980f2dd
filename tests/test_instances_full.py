"""North Central London with every lever: no table, column, decision or term of the plan is without an example in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from models.plan.build import build
from optimiser import tables
from optimiser.plan.data import PlanInput, Row, Term

FOLDER = Path(__file__).resolve().parents[1] / "instances" / "plan"
NAME, TWIN = "north_central_london_full", "north_central_london"

AS_BY_DEFAULT = {
    "settings": {
        "hours_per_week": "the national contract",
        "weeks_per_quarter": "thirteen",
        "trainees_per_qualified": "one for one",
        "first_year_quarters": "a year",
        "whole_people": "expected numbers, as in every instance of services",
    },
    "supervision_kinds": {
        "trainees_per_supervisor": "five in the programme's guidance",
        "own_hours": "an hour a month in guidance",
        "course_hours": "five days",
        "course_lag": "a quarter",
    },
    "outreach": {"lag": "a quarter", "taper": "three quarters"},
    "employment_advisers": {"clinicians_per_adviser": "eight"},
    "group_courses": {"staff": "two in the room"},
    "priorities": {"tolerance": "of two levels, the first is met and the last holds none"},
    "benefits": {"unit": "pounds: all there is a figure for"},
}
"""Columns that stand as they do by default because the default is the fact, and what it says."""


def load(name: str) -> PlanInput:
    data = tables.read(FOLDER / name, PlanInput).data
    assert data is not None
    return data


@pytest.fixture(scope="module")
def data() -> PlanInput:
    return load(NAME)


def rows(data: PlanInput, table: str) -> tuple[Row, ...]:
    found = getattr(data, table)
    return found if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize("table", PlanInput.model_fields)
def test_every_table_has_rows_and_every_column_says_something(data: PlanInput, table: str) -> None:
    """A new table or column of the plan needs an example here, or its name above with the reason why its default is the fact."""
    found = rows(data, table)
    assert found, f"{table} has no row in {NAME}: give it some in instances/plan/build.py (with_every_lever)"
    kept = AS_BY_DEFAULT.get(table, {})
    for name, column in type(found[0]).model_fields.items():
        if not column.is_required() and name not in kept:
            assert any(getattr(row, name) != column.default for row in found), f"{table}: no row of {NAME} uses {name}"


def test_every_term_is_weighed(data: PlanInput) -> None:
    assert {row.term for row in data.objectives} == set(get_args(Term))


def test_every_decision_of_the_model_is_there(data: PlanInput) -> None:
    """No variable of the model and no rule is left without an index."""
    model = build(data)
    empty = [v.name for v in model.component_objects() if v.ctype.__name__ in ("Var", "Constraint", "ScalarVar") and not len(v)]
    assert empty == []


def test_what_the_twin_has_is_the_same(data: PlanInput) -> None:
    """Activity, pay and the money of the twin's streams: only what a lever needs differs."""
    twin = load(TWIN)

    def less(found: Any, *names: str) -> list[dict[str, Any]]:
        return [row.model_dump(exclude=set(names)) for row in found]

    for table in ("demand", "trainees", "supervisors", "outreach", "outreach_returns", "digital", "pay", "supplements", "on_costs", "options"):
        assert getattr(data, table) == getattr(twin, table), table
    assert less(data.care, "face_to_face") == less(twin.care, "face_to_face")
    assert set(twin.budget) <= set(data.budget)
    assert set(twin.limits) <= set(data.limits)
    assert set(twin.objectives) <= set(data.objectives)
    assert set(twin.assumptions) <= set(data.assumptions)
    people = {name: sum(r.in_post for r in each.staff if r.post != "adviser_5") for name, each in ((NAME, data), (TWIN, twin))}
    assert people[NAME] == pytest.approx(people[TWIN])


def test_todays_rooms_hold_todays_courses(data: PlanInput) -> None:
    """Nine tenths of them, and a tenth of a room of rounding."""
    for s in data.services:
        hours = 0.0
        for c in (c for c in data.care if c.service == s.service):
            course = c.sessions * (c.session_minutes / c.attended + c.writeup_minutes) / 60 + c.assessment_minutes / 60
            hours += c.face_to_face * c.carried_over * course / 13
        there = [r for r in data.rooms if r.service == s.service]
        assert sum(r.share for r in there) == pytest.approx(1)
        assert hours <= 0.9 * sum(r.rooms * r.open_hours for r in there) <= hours + 0.1 * len(there) * 32.5


def test_advisers_are_those_of_last_years_contacts_and_their_posts_reach_the_ratio(data: PlanInput) -> None:
    """Haringey had 2,665 employment support contacts: at 440 each, 6.1 advisers."""
    clinical = {p.post for p in data.posts if p.contract != "trainee" and (p.low or p.high)}
    staff = {(r.service, r.post): r for r in data.staff}
    assert staff["Haringey", "adviser_5"].in_post == pytest.approx(2665 / 440, abs=0.05)
    for r in data.employment_advisers:
        clinicians = sum(row.in_post for (s, p), row in staff.items() if s == r.service and p in clinical)
        assert clinicians / r.clinicians_per_adviser <= staff[r.service, r.post].established
