"""The two jobs, each a record of what can be done with its input.

A job is a record of plain functions (:class:`optimiser.engine.Problem`), each of which loads what it needs when it is called: the one job waits
for nothing of the other, and the modelling packages are loaded when something is solved, not before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optimiser import tables
from optimiser.engine import Problem, Verdict
from optimiser.plan.data import PlanAnswer, PlanInput
from optimiser.rota.data import RotaAnswer, RotaInput, RotaWeeks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pydantic import BaseModel

    from optimiser.result import Finding, Limits, Outcome, Solved


def _known_by(model: type[BaseModel], other: type[BaseModel]) -> tuple[str, ...]:
    """Tables that every input of a job has and the other job does not know."""
    theirs = tables.titles_of(other)
    return tuple(title for title, needed in tables.titles_of(model).items() if needed and title not in theirs)


# --- the commissioner's plan ------------------------------------------------------------------------------------------


def _examine_plan(data: PlanInput) -> Sequence[Finding]:
    from optimiser.plan.examine import examine

    return examine(data)


def _describe_plan(data: PlanInput) -> Sequence[str]:
    from optimiser.plan.examine import describe

    return describe(data)


def _solve_plan(data: PlanInput, option: str, limits: Limits) -> tuple[PlanAnswer | None, Outcome]:
    from models.plan.search import solve

    return solve(data, option, limits)


def _check_plan(data: PlanInput, answer: PlanAnswer) -> Verdict:
    from optimiser.plan.check import check

    checked = check(data, answer)
    return Verdict(checked.findings, checked.levels)


def _report_plan(folder: Path, data: PlanInput, solved: Sequence[Solved[PlanAnswer]], run: Mapping[str, Any], publishable: bool) -> Sequence[str]:
    from optimiser.plan.report import write

    return write(folder, data, solved, run, publishable=publishable)


PLAN: Problem[PlanInput, PlanAnswer] = Problem(
    name="plan",
    read=lambda path: tables.read(path, PlanInput),
    examine=_examine_plan,
    describe=_describe_plan,
    options=lambda data: [option.option for option in data.options],
    solve=_solve_plan,
    check=_check_plan,
    report=_report_plan,
    template=lambda path, demo: tables.template(path, PlanInput, demo),
    demo="plan/one_service",
    known_by=_known_by(PlanInput, RotaInput),
)
"""The commissioner's plan."""


def _read_least_cost(path: Path) -> tables.Loaded[PlanInput]:
    from optimiser.plan import directions

    loaded = PLAN.read(path)
    if loaded.data is None:
        return loaded
    if not directions.targets(loaded.data):
        return replace(loaded, data=None, findings=(directions.NO_TARGETS, *loaded.findings), digest="")
    data = directions.least_cost(loaded.data)
    return replace(loaded, data=data, digest=tables.digest(data))


LEAST_COST: Problem[PlanInput, PlanAnswer] = replace(PLAN, read=_read_least_cost)
"""The same the other way round: the least money that meets the targets."""


# --- the service manager's rota ---------------------------------------------------------------------------------------


def _examine_rota(data: RotaInput) -> Sequence[Finding]:
    from optimiser.rota.examine import examine

    return examine(data)


def _describe_rota(data: RotaInput) -> Sequence[str]:
    from optimiser.rota.examine import describe

    return describe(data)


def _solve_rota(data: RotaInput, option: str, limits: Limits) -> tuple[RotaAnswer | RotaWeeks | None, Outcome]:
    from models.rota.search import solve

    if data.settings.weeks == 1:
        return solve(data, option, limits)
    from models.rota.ahead import brought_forward
    from models.rota.several import one_after_the_other

    return one_after_the_other(data, limits, lambda week, share: solve(week, option, share), brought_forward)


def _check_rota(data: RotaInput, answer: RotaAnswer | RotaWeeks) -> Verdict:
    if isinstance(answer, RotaWeeks):
        from optimiser.rota import several

        return Verdict(*several.check(data, answer))
    from optimiser.rota.check import check

    checked = check(data, answer)
    return Verdict(checked.findings, checked.levels)


def _report_rota(folder: Path, data: RotaInput, solved: Sequence[Solved[RotaAnswer]], run: Mapping[str, Any], publishable: bool) -> Sequence[str]:
    from optimiser.rota.report import write

    return write(folder, data, solved, run, publishable=publishable)


ROTA: Problem[RotaInput, Any] = Problem(
    name="rota",
    read=lambda path: tables.read(path, RotaInput),
    examine=_examine_rota,
    describe=_describe_rota,
    options=lambda _: (),
    solve=_solve_rota,
    check=_check_rota,
    report=_report_rota,
    template=lambda path, demo: tables.template(path, RotaInput, demo),
    demo="rota/one_team",
    known_by=_known_by(RotaInput, PlanInput),
    unit="point",
)
"""The service manager's weekly rota of supervision: of one week, or of as many as its settings say."""

JOBS: dict[str, Problem[Any, Any]] = {job.name: job for job in (PLAN, ROTA)}
"""Every job by its name."""
