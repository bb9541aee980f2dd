"""How large an instance is as its user counts: whatever the method, and whatever program it makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimiser.rota.week import at_work, due, supervisors

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimiser.plan.data import PlanInput
    from optimiser.rota.data import RotaInput


def counted(job: str, data: Any) -> dict[str, int]:
    """What there is of each in an instance; nothing where a job has no such counts."""
    return COUNTS[job](data) if job in COUNTS else {}


def _plan(data: PlanInput) -> dict[str, int]:
    return {"services": len(data.services), "quarters": data.settings.quarters}


def _rota(data: RotaInput) -> dict[str, int]:
    """Count everybody on the rota, those among them who supervise in the (first) week, needs that fall due in it, and weeks."""
    work = at_work(data)
    return {"clinicians": len(data.staff), "supervisors": len(supervisors(data, work)), "needs": len(due(data, work)), "weeks": data.settings.weeks}


COUNTS: dict[str, Callable[[Any], dict[str, int]]] = {"plan": _plan, "rota": _rota}
"""Counts of each job."""
