"""The mathematics: what is decided, under which rules, for what. Nothing here reads a file or prints a line.

The jobs (:mod:`models.jobs`) are loaded when one is named: whoever needs a module of the one need not wait for the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.jobs import JOBS, LEAST_COST, PLAN, ROTA

__all__ = ["JOBS", "LEAST_COST", "PLAN", "ROTA"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from models import jobs

    return getattr(jobs, name)
