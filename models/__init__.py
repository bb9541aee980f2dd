"""The mathematics: what is decided, under which rules, for what. Nothing here reads a file or prints a line.

A job is a record of plain functions (:class:`optimiser.engine.Problem`); the modelling package is loaded when something is solved, not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimiser import tables
from optimiser.engine import Problem, Verdict
from optimiser.plan.check import check
from optimiser.plan.data import PlanAnswer, PlanInput
from optimiser.plan.examine import describe, examine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from optimiser.result import Limits, Outcome, Solved

__all__ = ["PLAN"]


def _read(path: Path) -> tables.Loaded[PlanInput]:
    return tables.read(path, PlanInput)


def _solve(data: PlanInput, option: str, limits: Limits) -> tuple[PlanAnswer | None, Outcome]:
    from models.plan.search import solve

    return solve(data, option, limits)


def _check(data: PlanInput, answer: PlanAnswer) -> Verdict:
    checked = check(data, answer)
    return Verdict(checked.findings, checked.levels)


def _report(folder: Path, data: PlanInput, solved: Sequence[Solved[PlanAnswer]], run: Mapping[str, Any], publishable: bool) -> Sequence[str]:
    from optimiser.plan.report import write

    return write(folder, data, solved, run, publishable=publishable)


def _template(path: Path, demo: PlanInput | None) -> None:
    tables.template(path, PlanInput, demo)


PLAN: Problem[PlanInput, PlanAnswer] = Problem(
    name="plan",
    read=_read,
    examine=examine,
    describe=describe,
    options=lambda data: [option.option for option in data.options],
    solve=_solve,
    check=_check,
    report=_report,
    template=_template,
    demo="plan/one_service",
)
"""The commissioner's plan."""
