"""The levels in order, from a first rota by hand's rules; what hardly ever binds is watched once a rota found bends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rivals.intervals.build import build
from models.rivals.intervals.model import decisions, hint
from models.rivals.standing import Standing
from models.rota.first import first_rota
from optimiser import cpsat
from optimiser.collector import collector_paused
from optimiser.rota.data import LEVELS

if TYPE_CHECKING:
    from models.rivals.intervals.model import Guard, Model
    from models.rota.judge import Judged
    from optimiser.result import Limits, Outcome
    from optimiser.rota.data import Priority, RotaAnswer, RotaInput


def intervals(data: RotaInput, limits: Limits) -> tuple[RotaAnswer | None, Outcome]:
    """Model with optional intervals on one timeline, in the solver's own words."""
    guarded: frozenset[Guard] = frozenset()
    with collector_paused():
        standing = Standing(data, limits)
        standing.take(first_rota(standing.facts))
        model = build(standing.facts)
    standing.solving()
    for level in LEVELS:
        standing.learn(level, 0)
        missing: frozenset[Guard] | None = None
        while (missing is None or missing) and standing.left and not standing.proved(level):
            if missing:
                guarded |= missing
                model = build(standing.facts, guarded)
            missing = _settle(standing, model, level) - guarded
    standing.size = {"rows": len(model.cp.proto.constraints), "columns": len(model.cp.proto.variables)}
    return standing.end()


def _settle(standing: Standing, model: Model, level: Priority) -> frozenset[Guard]:
    """Solve a level with the earlier ones held; what the rota found bends that is not watched."""
    assert standing.best is not None
    limits, over = standing.limits, standing.turn(level)
    cp = model.cp.clone()
    for earlier in LEVELS[: LEVELS.index(level)]:
        cp.add(model.level(earlier) <= standing.value(earlier))
    cp.minimize(model.level(level))
    found = cpsat.solve(
        cp, seconds=standing.left, workers=limits.workers, seed=limits.seed, hint=hint(model, standing.best.decisions), stop=over,
        tell=lambda value, bound, _: standing.tell(level, min(value, standing.value(level)), bound),
    )  # fmt: skip
    bent = _unwatched(standing.take(decisions(model, found.values))) if found.values is not None else frozenset()
    standing.learn(level, found.bound)
    return bent


def _unwatched(judged: Judged) -> frozenset[Guard]:
    """Rules that a rota bends and that the model sees only where it watches for them."""
    bent: set[Guard] = {(fault.rule, fault.staff, fault.date) for fault in judged.faults if fault.rule in ("B2", "T1")}
    return frozenset(bent | {("C1", fault.staff, "") for fault in judged.faults if fault.rule in ("C1", "C2")})
