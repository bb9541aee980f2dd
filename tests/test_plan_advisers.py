"""Employment advisers (rule C7): worked out by hand, held to the checker, kept and broken."""

from __future__ import annotations

from typing import Any

import pytest

from models.plan.build import build
from optimiser.plan.check import check, work_out
from optimiser.plan.data import EmploymentAdviser, Hires, PlanInput, PostsEstablished
from optimiser.plan.examine import examine
from optimiser.result import Status
from plan_model_tools import best, budget, changed, fits, least, market, plan, post, quarter, staff, term, trainee_post, varied

Q1, Q2 = quarter(1), quarter(2)
HELD = 2e-4
"""Room in which a level is held while later ones are settled."""


def advised(quarters: int = 1, *, asked: dict[str, Any] | None = None, **tables: Any) -> PlanInput:
    """Six therapists and an adviser there, more of both to be had; an adviser is asked for every four therapists."""
    neutral: dict[str, Any] = {
        "posts": (post(), post("adviser", high=False), post("head", high=False)),
        "staff": (staff("therapist", 6), staff("adviser", 1)),
        "recruitment": (market("therapist", 9), market("adviser", 9)),
        "employment_advisers": (EmploymentAdviser(**({"service": "s", "post": "adviser", "clinicians_per_adviser": 4} | (asked or {}))),),
    }
    return plan(quarters, **(neutral | tables))


def cheapest(**tables: Any) -> PlanInput:
    return advised(**{**least("cost"), **tables})


def hired(wte: float) -> dict[str, Any]:
    return {
        "hires": (Hires(service="s", post="adviser", quarter=Q1, wte=wte),),
        "posts": tuple(PostsEstablished(service="s", post=p, year="2026/27", posts=n) for p, n in (("therapist", 6), ("adviser", 1 + wte))),
    }


BINDING: dict[str, tuple[PlanInput, dict[str, float], dict[str, float]]] = {
    # Terms by hand, and what they are where nobody asks for advisers.
    # 6 / 4 = 1.5 advisers in two whole posts: 8 posts of £10,000 a quarter.
    "C7 the cheapest plan": (cheapest(), {"cost": 80_000}, {"cost": 70_000}),
    # £100,000 pay for ten posts: 8 therapists and 2 advisers, or 9 and the one there.
    "C7 money for ten posts": (advised(budget=(budget("pay", 100_000),)), {"completed_courses": 80}, {"completed_courses": 90}),
    # In Q2 alone it is asked for: the posts of Q1, in another year, are 7.
    "C7 from the second quarter on": (
        cheapest(quarters=2, asked={"from_quarter": "2027/28 Q1"}, settings={"first_quarter": "2026/27 Q4"}),
        {"cost": 150_000},
        {"cost": 140_000},
    ),
}


@pytest.mark.parametrize("name", BINDING)
def test_c7_binds_and_the_optimum_is_the_number_worked_out_by_hand(name: str) -> None:
    data, asked_for, without = BINDING[name]
    for case, expected in ((data, asked_for), (varied(data, employment_advisers=()), without)):
        answer, _ = best(case, status=Status.OPTIMAL)
        assert {key: term(answer, key) for key in expected} == pytest.approx(expected)
        assert fits(case, answer)


def test_c7_holds_from_its_quarter_on() -> None:
    # Nobody can be hired in Q1 and half an adviser is missing; asked for from Q2 on, nothing is.
    late: dict[str, Any] = {"recruitment": (market("adviser", 9, lead=1),)}
    answer, _ = best(advised(2, **late), status=Status.INFEASIBLE)
    assert [(r.rule, r.service, r.item, r.quarter) for r in answer.shortfalls if r.short > HELD] == [("C7", "s", "adviser", Q1)]
    assert term(answer, "unmet_musts") == pytest.approx(0.5, abs=2e-4)
    answer, _ = best(advised(2, asked={"from_quarter": Q2}, **late), status=Status.OPTIMAL)
    assert [r for r in answer.shortfalls if r.short > HELD] == []


def test_c7_trainees_and_posts_that_treat_nobody_need_no_adviser() -> None:
    data = cheapest(
        posts=(post(), post("adviser", high=False), post("head", high=False), trainee_post()), staff=(staff("head", 8), staff("adviser", 1))
    )
    answer, _ = best(data, status=Status.OPTIMAL)
    assert term(answer, "cost") == pytest.approx(90_000)


BROKEN = {
    # Tables in which the twin of the cheapest plan differs, and by how many advisers it is short.
    "C7 nobody hired": (hired(0), 0.5),
    "C7 too few hired": (hired(0.25), 0.25),
}


@pytest.mark.parametrize("name", BROKEN)
def test_c7_a_plan_that_keeps_the_rule_passes_and_its_twin_is_found(name: str) -> None:
    tables, short = BROKEN[name]
    data = cheapest(service={"post_unit": 0.25})
    kept, _ = best(data)
    assert fits(data, kept)
    broken = work_out(data, changed(kept, **tables))
    [row] = broken.shortfalls
    assert (row.rule, row.service, row.item, row.quarter) == ("C7", "s", "adviser", Q1)
    assert row.short == pytest.approx(short)
    assert check(data, broken).findings == ()
    assert fits(data, broken)
    silent = changed(broken, shortfalls=())
    assert {f.code for f in check(data, silent).findings} == {"C7"}
    assert not fits(data, silent)


def test_c7_a_shortfall_stated_where_none_can_be_is_found() -> None:
    data = advised(2, asked={"from_quarter": Q2})
    kept, _ = best(data)
    row = {"rule": "C7", "service": "s", "item": "adviser", "quarter": Q1, "short": 1}
    assert "C7" in {f.code for f in check(data, changed(kept, shortfalls=(row,))).findings}


def test_no_row_no_columns() -> None:
    model = build(advised(employment_advisers=()))
    assert not [key for key in model.short if key[0] == "C7"]
    assert len(model.c7_employment_advisers) == 0


@pytest.mark.parametrize(
    ("asked", "tables", "severity", "code", "words"),
    [
        ({"post": "trainee"}, {}, "error", "IN-03", "trainee post"),
        ({"post": "therapist"}, {}, "warning", "IN-11", "treats people"),
        ({"post": "head"}, {}, "warning", "PRE-01", "can ever hold"),
        ({"from_quarter": "2027/28 Q1"}, {}, "warning", "IN-14", "after the plan"),
    ],
)
def test_odd_rows_are_told(asked: dict[str, Any], tables: dict[str, Any], severity: str, code: str, words: str) -> None:
    data = advised(asked=asked, posts=(post(), post("adviser", high=False), post("head", high=False), trainee_post()), **tables)
    found = [f for f in examine(data) if f.where.startswith("Employment advisers")]
    assert [(f.severity, f.code) for f in found] == [(severity, code)]
    assert words in found[0].what


def test_a_row_in_order_is_not_told_of() -> None:
    assert [f for f in examine(advised()) if f.where.startswith("Employment advisers")] == []
