"""A published, versioned set of benchmark instances, made from seeds when they are asked for.

The name of an instance is its recipe, ``job-family-size`` or ``job-family-size-seed``: ``rota-tight-60`` is a rota of 60 clinicians whose supervisors
have no hours to spare, ``rota-usual-60x4`` one of four weeks, ``plan-lean-4x12-2`` a plan of 4 services and 12 quarters with little money, drawn from
seed 2 instead of 1.
``docs/instances.md`` tells the rules; ``set.json`` holds the digest of every instance of this version, ``best_known.json`` the best values and
bounds known.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from optimiser.plan.data import PlanInput
    from optimiser.rota.data import RotaInput

__all__ = ["FAMILIES", "NAMES", "SETS", "VERSION", "best_known", "digests", "job", "make"]

VERSION = "1.1"
"""Version of the set. Within a whole version no instance changes; after the point is how often some were added."""

HERE = Path(__file__).resolve().parent

FAMILIES: dict[str, dict[str, dict[str, int]]] = {
    "rota": {
        "usual": {},
        "tight": {"slack": 100},
        "loose": {"slack": 200},
        "roomy": {"rooms": 200},
        "scattered": {"sites": 8},
        "fine": {"grid": 15},
        "settled": {"changed": 5},
        "upset": {"changed": 60},
    },
    "plan": {
        "usual": {},
        "lean": {"money": 97},
        "stretched": {"supervision": 100},
        "scarce": {"market": 50},
        "cohorts": {"cohorts": 150},
        "pressed": {"money": 98, "supervision": 100, "market": 50, "cohorts": 150},
    },
}
"""What differs from the usual in each family, as the builders' knobs; each is hard in a way of its own."""

SETS: dict[str, tuple[str, ...]] = {
    "small": (
        *("rota-usual-20", "rota-usual-40", "rota-usual-60"),
        *("rota-tight-60", "rota-loose-60", "rota-roomy-60", "rota-scattered-60", "rota-fine-60", "rota-settled-60", "rota-upset-60"),
        *("rota-usual-20x4", "rota-usual-60x4"),
        *("plan-usual-1x4", "plan-lean-1x4", "plan-stretched-1x4", "plan-scarce-1x4", "plan-cohorts-1x4", "plan-pressed-1x4", "plan-usual-1x8"),
    ),
    "standard": (
        *("rota-usual-100", "rota-usual-150", "rota-tight-150", "rota-loose-150", "rota-roomy-150", "rota-scattered-150", "rota-fine-150"),
        *("rota-settled-150", "rota-upset-150", "rota-usual-150x4"),
        *("plan-usual-2x8", "plan-usual-4x8", "plan-usual-4x16"),
        *("plan-lean-4x8", "plan-stretched-4x8", "plan-scarce-4x8", "plan-cohorts-4x8", "plan-pressed-4x8"),
    ),
    "hard": (
        *("rota-usual-250", "rota-tight-250", "rota-fine-250", "rota-upset-250", "rota-usual-400", "rota-upset-400", "rota-usual-600"),
        *("plan-usual-8x16", "plan-pressed-8x16", "plan-usual-20x8", "plan-lean-20x8", "plan-usual-20x20", "plan-pressed-20x20"),
    ),
}
"""Names by set: minutes in all, and every instance proved; half an hour, the rotas proved; what is large, or far from proved. No weeks are proved."""

NAMES: tuple[str, ...] = tuple(name for names in SETS.values() for name in names)
"""Every instance of the set."""

_NAME = re.compile(r"(?P<job>plan|rota)-(?P<family>[a-z]+)-(?P<size>\d+)(?:x(?P<long>\d+))?(?:-(?P<seed>\d+))?", re.ASCII)


def job(name: str) -> Literal["plan", "rota"]:
    """Job an instance is for. Raises ValueError when the name is not a recipe."""
    return _recipe(name)[0]


def make(name: str) -> PlanInput | RotaInput:
    """Make an instance: the same on any machine. Names outside the set are made too, so that a series of any sizes can be had.

    Raises ValueError when the name is not a recipe, or a size in it is out of range.
    """
    task, knobs = _recipe(name)
    if task == "plan":
        from instances.families.plan import region

        return region(**knobs)
    from instances.families.rota import week

    return week(**knobs)


def _recipe(name: str) -> tuple[Literal["plan", "rota"], dict[str, int]]:
    match = _NAME.fullmatch(name)
    task: Literal["plan", "rota"] = "plan" if name.startswith("plan") else "rota"
    if match is None or match["family"] not in FAMILIES[task] or (task == "plan" and not match["long"]) or match["long"] == "1":
        raise ValueError(f"{name} is not the name of an instance. Names look like rota-tight-60, rota-usual-60x4 or plan-lean-4x12-2.")
    wide, long = {"plan": ("services", "quarters"), "rota": ("clinicians", "weeks")}[task]
    size = {wide: int(match["size"]), **({long: int(match["long"])} if match["long"] else {})}
    return task, {**size, **FAMILIES[task][match["family"]], "seed": int(match["seed"] or 1)}


@cache
def digests() -> dict[str, str]:
    """Pinned digest of every instance of the set, as :func:`optimiser.tables.digest` gives it."""
    pinned: dict[str, str] = json.loads((HERE / "set.json").read_text(encoding="utf-8"))["digests"]
    return pinned


def best_known() -> dict[str, dict[str, Any]]:
    """Best values and bounds known, by name: digest, levels in priority order, and how values and bounds were found."""
    known: dict[str, dict[str, Any]] = json.loads((HERE / "best_known.json").read_text(encoding="utf-8"))
    return known
