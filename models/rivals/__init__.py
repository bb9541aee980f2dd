"""Other ways to the same answers, for comparison only: each takes what our own search takes and is judged by the same checker.

A rival is a function ``(data, limits) -> (answer or None, outcome)``; its package is loaded when it runs, not before. One that cannot run here
raises :class:`optimiser.bench.record.Skipped`. Of several weeks of a rota each makes one after the other, and brings nothing forward.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimiser.result import Limits, Outcome

    Rival = Callable[[Any, Limits], tuple[Any, Outcome]]

__all__ = ["RIVALS"]

NAMES = {
    "plan": ("pyomo_rules", "pyomo_appsi", "matrix", "highs_alone"),
    "rota": ("by_hand", "one_model", "highs", "intervals", "two_stage", "timefold"),
}


def _run(job: str, name: str, data: Any, limits: Limits) -> tuple[Any, Outcome]:
    rival: Rival = getattr(import_module(f"models.rivals.{job}"), name)
    if job == "rota" and data.settings.weeks > 1:
        from models.rota.several import one_after_the_other

        return one_after_the_other(data, limits, rival)
    return rival(data, limits)


RIVALS: dict[str, dict[str, Rival]] = {job: {name: partial(_run, job, name) for name in names} for job, names in NAMES.items()}
"""Rivals by job and name."""
