"""Rotas of invented services, hard in different ways: :func:`instances.rota.build.service` with its knobs held to a range."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimiser.rota.data import RotaInput

LEAST = {"clinicians": 20, "slack": 100, "rooms": 100, "sites": 1, "grid": 15, "changed": 0, "seed": 0}
MOST = {"clinicians": 600, "slack": 300, "rooms": 300, "sites": 8, "grid": 30, "changed": 100, "seed": 10**6}


def week(**knobs: int) -> RotaInput:
    """Build the week of an invented service in which every must can be met; knobs as in :func:`instances.rota.build.plant`, seed 1 where none.

    Raises ValueError when a figure is outside its range (:data:`LEAST`, :data:`MOST`).
    """
    from instances.rota.build import service  # loaded when an instance is made, not when its name is looked up

    for knob, value in knobs.items():
        if not LEAST[knob] <= value <= MOST[knob]:
            raise ValueError(f"{knob} must be {LEAST[knob]} to {MOST[knob]}. You have {value}")
    return service(**{"seed": 1} | knobs)
