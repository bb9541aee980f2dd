"""Small plans in round numbers, the solver held to the checker, and an answer put to the model.

The neutral plan: one service ``s`` and one post ``therapist`` whose WTE has 10 clinical hours a week, 100 in a quarter of 10 weeks, and costs
£40,000 a year, £10,000 a quarter. A course takes 10 hours, all in the quarter it starts, and is always completed: a WTE gives 10 courses a quarter.
Nobody leaves and 1,000 people wait, so that only the rule a test is about can bind. Each test changes what it needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.plan.build import build
from models.plan.search import solve
from optimiser import highs
from optimiser.compile import compile_model
from optimiser.plan.check import check
from optimiser.plan.data import (
    Budget,
    Care,
    Limit,
    Objective,
    OnCost,
    Pay,
    PlanAnswer,
    PlanInput,
    Post,
    Priority,
    Programme,
    Recruitment,
    Service,
    Settings,
    Staff,
    SupervisionGiver,
    SupervisionKind,
    SupervisionNeed,
    Supervisor,
    Trainee,
    quarter_label,
    quarter_number,
)
from optimiser.result import Limits, Outcome, Status

FIRST = "2026/27 Q1"
BAND = "7"


def quarter(t: int, first: str = FIRST) -> str:
    """Label of quarter t of a plan; 0 and less lie before it."""
    return quarter_label(quarter_number(first) + t - 1)


def yearly(quarterly: float) -> float:
    """Share who leave in a year where this share leaves in a quarter."""
    return 1 - (1 - quarterly) ** 4


# --- records with neutral values --------------------------------------------------------------------------------------


def post(name: str = "therapist", **changes: Any) -> Post:
    """A permanent high-intensity post of 10 clinical hours a week from which nobody leaves."""
    neutral: dict[str, Any] = {
        "post": name, "name": name, "role": name, "band": BAND, "point": "entry", "contract": "permanent", "low": False, "high": True,
        "leavers_first_year": 0, "leavers_later": 0, "absence": 0, "other_hours": 27.5, "stream": "pay",
    }  # fmt: skip
    return Post(**(neutral | changes))


def trainee_post(name: str = "trainee", **changes: Any) -> Post:
    """A trainee post that treats nobody."""
    return post(name, **({"contract": "trainee", "high": False} | changes))


def staff(name: str, in_post: float, **changes: Any) -> Staff:
    """Staff who have all been in post for long."""
    neutral: dict[str, Any] = {"service": "s", "post": name, "in_post": in_post, "first_year": 0, "long_serving": in_post, "established": in_post}
    return Staff(**(neutral | changes))


def market(name: str, maximum: float, **changes: Any) -> Recruitment:
    """Hires at no cost from the first quarter on."""
    return Recruitment(**({"service": "s", "post": name, "maximum": maximum, "lead": 0, "cost_pounds": 0, "stream": "hiring"} | changes))


def care(step: str = "high", **changes: Any) -> Care:
    """Courses of 10 hours with 1,000 people waiting; half of the courses end in recovery."""
    neutral: dict[str, Any] = {
        "service": "s", "step": step, "waiting": 1000, "carried_over": 0, "route": 0, "give_up": 0, "sessions": 10, "session_minutes": 60,
        "writeup_minutes": 0, "attended": 1, "same_quarter": 1, "completion": 1, "reliable_recovery": 0.5, "wait_weeks": 0,
    }  # fmt: skip
    return Care(**(neutral | changes))


def programme(**changes: Any) -> Programme:
    """A year's course that everybody completes, up to 5 people of each intake, every quarter."""
    neutral: dict[str, Any] = {
        "programme": "course", "name": "Course", "trainee_post": "trainee", "length": 4, "completion": 1, "intake_quarters": "1 2 3 4",
        "cohort_minimum": 1, "cohort_maximum": 5, "external": True, "stream": "fees",
    }  # fmt: skip
    return Programme(**(neutral | changes))


def cohort(people: float, started: int = 0, **changes: Any) -> Trainee:
    """People who started in a quarter before the plan."""
    return Trainee(**({"service": "s", "programme": "course", "started": quarter(started), "people": people} | changes))


def kind(**changes: Any) -> SupervisionKind:
    """Supervision whose course is free, takes no time and works a quarter later; supervisors need none themselves."""
    neutral: dict[str, Any] = {
        "kind": "case", "name": "Case supervision", "trainees_per_supervisor": 100, "own_hours": 0, "course_pounds": 0, "course_hours": 0,
        "course_lag": 1, "stream": "courses",
    }  # fmt: skip
    return SupervisionKind(**(neutral | changes))


def need(name: str, hours: float, received: float = 0) -> SupervisionNeed:
    """Supervision a post must get."""
    return SupervisionNeed(post=name, kind="case", hours=hours, received=received)


def giver(name: str, hours: float, maximum_share: float = 1) -> SupervisionGiver:
    """Supervision a post can give."""
    return SupervisionGiver(post=name, kind="case", hours=hours, maximum_share=maximum_share)


def supervisor(name: str, trained: float) -> Supervisor:
    """Supervisors trained at the start."""
    return Supervisor(service="s", post=name, kind="case", trained=trained)


def budget(stream: str, pounds: float, year: str = "2026/27", **changes: Any) -> Budget:
    """Money for all services."""
    return Budget(**({"stream": stream, "year": year, "pounds": pounds} | changes))


def limit(decision: str, sense: str, value: float, **changes: Any) -> Limit:
    """A limit on a total, named after what it limits."""
    return Limit(**({"limit": f"{decision} {sense} {value:g}", "decision": decision, "scope": "total", "sense": sense, "value": value} | changes))


def goals(*levels: tuple[str, dict[str, float]]) -> dict[str, Any]:
    """Levels of an objective after the musts: direction and weight of each term."""
    every = (("min", {"unmet_musts": 1.0}), *levels)
    return {
        "priorities": tuple(Priority.model_validate({"priority": n, "name": f"Level {n}", "direction": way}) for n, (way, _) in enumerate(every, 1)),
        "objectives": tuple(
            Objective.model_validate({"priority": n, "term": name, "weight": weight})
            for n, (_, terms) in enumerate(every, 1)
            for name, weight in terms.items()
        ),
    }


def most(term: str) -> dict[str, Any]:
    """As much as possible of one term, every must met first."""
    return goals(("max", {term: 1.0}))


def least(term: str) -> dict[str, Any]:
    """As little as possible of one term, every must met first."""
    return goals(("min", {term: 1.0}))


def plan(quarters: int = 1, **tables: Any) -> PlanInput:
    """The neutral plan with other tables, or other items of Settings and Services, as given."""
    settings = {"title": "Case", "first_quarter": FIRST, "quarters": quarters, "weeks_per_quarter": 10, "trainees_per_qualified": 100}
    service = {"service": "s", "name": "Service", "area": "Area", "zone": "none", "employer": "nhs", "overhead": 0}
    neutral: dict[str, Any] = {
        "settings": Settings(**(settings | tables.pop("settings", {}))),
        "services": (Service(**(service | tables.pop("service", {}))),),
        "posts": (post(),),
        "care": (care(),),
        "pay": (Pay(year="2026/27", band=BAND, point="entry", pounds=40_000),),
        "on_costs": (OnCost(year="2026/27", employer="nhs", ni_rate=0, ni_threshold_pounds=0, pension_rate=0),),
        **most("completed_courses"),
    }
    return PlanInput.model_validate(neutral | tables)


# --- the solver, held to the checker ----------------------------------------------------------------------------------


def best(data: PlanInput, option: str = "", *, status: Status | None = None) -> tuple[PlanAnswer, Outcome]:
    """The proved best plan. Every answer passes the checker, says what the checker says of its levels, and is on the right side of its bound."""
    answer, outcome = solve(data, option, Limits(seconds=120, gap=0))
    assert answer is not None
    checked = check(data, answer)
    assert [str(f) for f in checked.findings if f.severity == "error"] == []
    assert [(level.name, level.direction) for level in outcome.levels] == [(name, direction) for name, direction, _ in checked.levels]
    assert [level.value for level in outcome.levels] == pytest.approx([value for *_, value in checked.levels], rel=1e-6, abs=1e-5)
    for level in outcome.levels:
        assert level.bound is not None
        beyond = (level.bound - level.value) * (1 if level.direction == "min" else -1)
        # What is short by next to nothing is read as none.
        assert beyond <= 1e-6 * max(1.0, abs(level.value)) + 5e-5, level
    if status is not None:
        assert outcome.status is status, outcome
    return answer, outcome


def term(answer: PlanAnswer, name: str) -> float:
    """What the answer states of a term of the objective."""
    return next(row.value for row in answer.terms if row.term == name)


# --- an answer put to the model ---------------------------------------------------------------------------------------


def fits(data: PlanInput, answer: PlanAnswer) -> bool:
    """Whether the model has room for exactly what the answer states: decisions, what follows from them, shortfalls and terms.

    Every column that stands for a figure of the answer is fixed to it (a missing row is 0, as for the checker). False too where the answer decides
    something that the model knows no decision for.
    """
    model = build(data, answer.option)
    matrix = compile_model(model)
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    for name, stated in _stated(model, answer).items():
        variables = getattr(model, name)
        if any(amount for key, amount in stated.items() if key not in variables):
            return False
        for key, variable in variables.items():
            if name == "term" and key not in stated:
                continue
            amount, column = stated.get(key, 0.0), matrix.column(variable)
            room = 1e-6 * max(1.0, abs(amount)) if variable.is_continuous() else 0.0
            if not variable.is_continuous() and amount != round(amount):
                return False
            if column < 0:
                if amount > room:
                    return False
            else:
                lower[column], upper[column] = max(lower[column], amount - room), min(upper[column], amount + room)
    if (lower > upper).any():
        return False
    fixed = highs.with_bounds(matrix, lower, upper)
    # Every whole column is fixed, so relaxing them changes nothing; presolve and the mixed-integer solver take boxes of a few millionths for
    # contradictions, the simplex method does not.
    options = {"presolve": "off", "solver": "simplex"}
    return highs.solve(fixed, np.zeros(len(lower)), seconds=60, relax=True, options=options).ended is highs.Ended.PROVED


def _stated(model: Any, answer: PlanAnswer) -> dict[str, dict[Any, float]]:
    """Amounts of the answer by the model's variable and index."""
    d = model.facts
    at = {label: t for t, label in d.label.items()}
    programme_of = {row.trainee_post: row.programme for row in d.data.programmes}
    budget_row = {(row.stream, row.year, row.service): n for n, row in enumerate(d.budget)}
    queues = {(row.service, row.step, at[row.quarter]): row for row in answer.queues}
    in_post = {(row.service, row.post, at[row.quarter]): row for row in answer.staff}
    return {
        "posts_units": {(r.service, r.post, r.year): round(r.posts / d.service[r.service].post_unit, 9) for r in answer.posts},
        "hires": {(r.service, r.post, at[r.quarter]): r.wte for r in answer.hires},
        "intake": {(r.service, r.programme, at[r.quarter]): float(r.people) for r in answer.intakes},
        "runs": {(r.service, r.programme, at[r.quarter]): 1.0 for r in answer.intakes if r.people and d.programme[r.programme].cohort_minimum > 1},
        "conversions": {(programme_of.get(r.from_post, ""), r.to_post, r.service, at[r.quarter]): r.wte for r in answer.conversions},
        "moves": {(r.from_post, r.to_post, r.service, at[r.quarter]): r.wte for r in answer.moves},
        "releases": {(r.service, r.post, at[r.quarter]): r.wte for r in answer.releases},
        "over_establishment": {(r.service, r.post, at[r.quarter]): r.wte for r in answer.over_establishment},
        "reduced_hours": {(r.service, r.post, at[r.quarter]): r.people for r in answer.reduced_hours},
        "trained": {(r.service, r.post, r.kind, at[r.quarter]): float(r.people) for r in answer.supervisors_trained},
        "outreach_clinical": {(r.service, r.community, at[r.quarter]): r.clinical_hours for r in answer.outreach},
        "outreach_worker": {(r.service, r.community, at[r.quarter]): r.worker_hours for r in answer.outreach},
        "blocks": {(r.provider, r.service, r.step, at[r.quarter]): float(r.blocks) for r in answer.digital},
        "stretch_full": {
            (r.service, r.community, n, at[r.quarter]): 1.0
            for r in answer.outreach
            for n in range(len(d.stretches[r.service, r.community]) - 1)
            if r.clinical_hours + r.worker_hours >= sum(width for width, _ in d.stretches[r.service, r.community][: n + 1]) - 1e-6
        },
        "rooms_rented": {(r.service, r.site, r.year): float(r.rooms) for r in answer.rooms},
        "targeted": {(r.service, r.post, r.group, at[r.quarter]): r.wte for r in answer.targeted_places},
        "access_gap": {(r.service, r.community, at[r.quarter]): r.short for r in answer.access},
        "group_gap": {(r.service, r.post, r.group): r.short for r in answer.representation if at[r.quarter] == len(at)},
        "starts": {(r.service, r.step, at[r.quarter]): r.courses for r in answer.starts},
        "group_starts": {(r.service, r.step, at[r.quarter]): r.courses for r in answer.group_starts},
        "integrated_starts": {(r.service, r.step, at[r.quarter]): r.courses for r in answer.integrated_starts},
        "measure": {(r.service, r.measure): float(r.taken) for r in answer.retention},
        "treatment": {(r.service, r.post, r.step, at[r.quarter]): r.hours for r in answer.treatment_hours},
        "mother_tongue": {(r.service, r.post, r.language, r.step, at[r.quarter]): r.hours for r in answer.mother_tongue},
        "supervision": {(r.service, r.post, r.kind, at[r.quarter]): r.hours for r in answer.supervision_hours},
        "supervisors": {(r.service, r.post, r.kind, at[r.quarter]): r.trained for r in answer.supervisors},
        "income": {(r.service, r.step, r.measure, r.year): r.pounds / 1000 for r in answer.outcome_income},
        "claimed": {
            (r.service, r.step, r.measure, r.year): 1.0
            for r in answer.outcome_income
            if r.pounds and d.outcome_payments[r.service, r.step, r.measure, r.year].threshold > 0
        },
        "carried": {budget_row.get((r.stream, r.year, r.service), -1): r.pounds / 1000 for r in answer.carry_over},
        "in_post": {key: row.wte for key, row in in_post.items()},
        "arrivals": {key: row.arrivals for key, row in in_post.items() if key[1] in d.qualified},
        "waiting": {key: row.waiting for key, row in queues.items()},
        "too_long": {key: row.too_long for key, row in queues.items()},
        "completed": {key: row.completed for key, row in queues.items()},
        "lost": {(r.service, r.programme, at[r.quarter]): r.lost for r in answer.lost_trainees},
        "short": {(r.rule, r.service, r.item, at.get(r.quarter, r.quarter or 0)): r.short for r in answer.shortfalls},
        # Unmet musts follow from the shortfalls: fixed, they would hide which of the two the model refuses.
        "term": {r.term: r.value / (1000 if r.term == "cost" else 1) for r in answer.terms if r.term != "unmet_musts"},
    }


def changed(answer: PlanAnswer, **tables: Any) -> PlanAnswer:
    """The answer with other tables."""
    return PlanAnswer.model_validate({name: getattr(answer, name) for name in PlanAnswer.model_fields} | tables)


def varied(data: PlanInput, **tables: Any) -> PlanInput:
    """The input with other tables."""
    return PlanInput.model_validate({name: getattr(data, name) for name in PlanInput.model_fields} | tables)
