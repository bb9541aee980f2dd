"""The search: a first rota by hand's rules, prices from the relaxation, what the prices leave open decided by CP-SAT, then level after level to proof.

The relaxation without whole numbers is solved by HiGHS. It is close (most sessions come out whole), so that

- holding what is whole in it and letting CP-SAT decide the rest gives a good rota at once;
- its bound is that of the whole problem, and so is every bound given here: for a level, only columns are left out that cannot be part of a rota
  whose level is as good as the best known, by what they would cost at these prices.

With one worker all limits are counted in the solvers' own ticks, so that the same seed gives the same rota whatever else the machine does.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from models.rota.build import build
from models.rota.first import first_rota
from models.rota.hours import gather
from models.rota.judge import judge
from models.rota.model import decisions, hint
from models.rota.read_back import read_back
from models.rota.rooms import allot, whereabouts
from optimiser import cpsat
from optimiser.lp import Relaxation
from optimiser.result import OPTIMAL_GAP, Level, Outcome, Progress, Status
from optimiser.rota.data import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.rota.facts import Facts
    from models.rota.judge import Judged
    from models.rota.model import Guard, Model
    from optimiser.lp import Relaxed
    from optimiser.result import Limits
    from optimiser.rota.data import Priority, RotaAnswer, RotaInput

TOGETHER = {"Must": 10_000, "High": 300, "Medium": 10, "Low": 1}
"""What a point of each level is worth when all levels are priced together, for the first good rota only."""

FIRST_SHARE = 0.15
"""Most of the time that goes into the first good rota."""

FIRST_COLUMNS = 20_000
"""Sessions' places, cheapest first, that the first good rota chooses from."""

WHOLE = 1 - 1e-6

OPTIONS: dict[str, Any] = {}


def solve(data: RotaInput, option: str, limits: Limits) -> tuple[RotaAnswer | None, Outcome]:
    """Make the rota of an input; ``option`` is blank, a rota has none. Status, levels in order with bounds, and every step of progress."""
    clock = [time.perf_counter()]
    facts = gather(data)
    search = Search(facts, limits, judge(facts, first_rota(facts)), clock[0])
    clock.append(time.perf_counter())
    search.first_good()
    for level in LEVELS:
        search.settle(level)
    clock.append(time.perf_counter())
    answer = read_back(facts, search.best.decisions)
    clock.append(time.perf_counter())
    levels = tuple(Level(level, "min", search.best.level(level), search.bound[level]) for level in LEVELS)
    seconds = dict(zip(("build", "solve", "read_back"), np.diff(clock).tolist(), strict=True))
    return answer, Outcome(_status(levels), levels, seconds, tuple(search.trace), search.model.program.size)


def _status(levels: tuple[Level, ...]) -> Status:
    if levels[0].value:
        return Status.INFEASIBLE
    return Status.OPTIMAL if all(level.gap <= OPTIMAL_GAP for level in levels) else Status.FEASIBLE


@dataclass
class Search:
    """The best rota so far, what is known of every level, and the model with its relaxation."""

    facts: Facts
    limits: Limits
    best: Judged
    began: float
    bound: dict[Priority, int] = field(default_factory=lambda: dict.fromkeys(LEVELS, 0))
    held: dict[Priority, int] = field(default_factory=dict)
    """Levels that are settled, and the value each is held to."""
    ticks: float = 0.0
    guarded: frozenset[Guard] = frozenset()
    missing: frozenset[Guard] = frozenset()
    """What the last rota found bends, or cannot have a room for, and the model has not written out."""
    trace: list[Progress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.write_out(frozenset())

    def write_out(self, guards: frozenset[Guard]) -> None:
        """Build the model, with more of the rules that hardly ever bind written out."""
        self.guarded |= guards
        self.model: Model = build(self.facts, self.guarded)
        self.cost: Mapping[Priority, NDArray[np.int64]] = self.model.costs()
        self.relaxation = Relaxation(self.model.program)
        for level, value in self.held.items():
            self.relaxation.hold(self.cost[level], value)

    # --- time ---

    @property
    def repeatable(self) -> bool:
        """Whether the same seed is to give the same rota."""
        return self.limits.workers == 1

    @property
    def left(self) -> float:
        """Seconds (or ticks) left."""
        spent = self.ticks if self.repeatable else time.perf_counter() - self.began
        return 0.0 if self.limits.stop.is_set() else max(0.0, self.limits.seconds - spent)

    # --- steps ---

    def relax(self, cost: NDArray[np.int64]) -> Relaxed:
        """Solve the relaxation for an objective, in the time that is left."""
        relaxed = self.relaxation.relax(cost, seconds=math.inf if self.repeatable else self.left, stop=self.limits.stop.is_set)
        self.ticks += relaxed.ticks
        return relaxed

    def ask(
        self,
        cost: NDArray[np.int64],
        keep: NDArray[np.bool_],
        lower: int,
        seconds: float,
        level: Priority | None,
        fix: NDArray[np.int64] | None = None,
    ) -> cpsat.Found:
        """Ask CP-SAT for the best rota among the columns that are kept, and take it if it is better than the best so far."""
        r = self.relaxation
        known = hint(self.model, self.best.decisions)
        keep = keep.copy()
        keep[[column for column, value in known.items() if value]] = True
        whole = cpsat.whole(r.matrix, r.lower, r.upper, r.most, keep)
        whole.minimise(cost, lower)
        if fix is not None:
            whole.fix(fix)
        reached = [False]

        def tell(value: int, bound: int | None, _values: object) -> None:
            reached[0] = value <= lower
            if level is not None:
                self.tell(level, min(value, self.best.level(level)), max(lower, bound or 0))

        found = cpsat.solve(
            whole.cp, seconds=seconds, workers=self.limits.workers, seed=self.limits.seed, reproducible=self.repeatable,
            hint=whole.hint(known) if fix is None else None, stop=lambda: self.limits.stop.is_set() or reached[0], tell=tell, options=OPTIONS,
        )  # fmt: skip
        self.ticks += found.ticks
        if found.values is not None:
            self.consider(whole.read(found.values))
        return found

    def consider(self, values: NDArray[np.int64]) -> None:
        """Take a rota if it is better than the best so far; note what it bends that the model does not have written out yet."""
        rota = decisions(self.model, values)
        roomless = allot(self.facts, rota).roomless
        judged = judge(self.facts, rota)
        self.missing = frozenset(("R1", *whereabouts(self.facts, rota, key)) for key in roomless)
        self.missing |= {("B2", fault.staff, fault.date) for fault in judged.faults if fault.rule == "B2"}
        self.missing -= self.guarded
        if not roomless and judged.points < self.best.points:
            self.best = judged

    def first_good(self) -> None:
        """Price all levels together, hold what is whole in the relaxation, and let CP-SAT decide the rest among the cheapest places."""
        cost = sum(worth * self.cost[level] for level, worth in TOGETHER.items())
        relaxed = self.relax(cost)
        if relaxed.x is None:
            return
        places = self.places()
        cheapest = np.sort(relaxed.reduced[places])[: FIRST_COLUMNS + 1][-1:]
        keep = ~places | (relaxed.reduced <= cheapest)
        self.ask(cost, keep, relaxed.whole_bound, FIRST_SHARE * self.left, None, np.flatnonzero(places & (relaxed.x >= WHOLE)))
        self.tell("Must", self.best.level("Must"), None)

    def places(self) -> NDArray[np.bool_]:
        """Columns that say where and when a session is, or who is in it."""
        found = np.zeros(len(self.model.program.most), dtype=np.bool_)
        for session in self.model.sessions:
            found[[column for column, *_ in (*session.starts, *session.seats)]] = True
        return found

    def settle(self, level: Priority) -> None:
        """Make a level as good as can be without making an earlier one worse; then hold it so."""
        while self.best.level(level) > self.bound[level]:
            relaxed = self.relax(self.cost[level])
            value = self.best.level(level)
            self.bound[level] = min(value, max(self.bound[level], relaxed.whole_bound))
            self.tell(level, value, self.bound[level])
            seconds = self.left / (len(LEVELS) - LEVELS.index(level))
            if value == self.bound[level] or not seconds:
                break
            self.missing = frozenset()
            found = self.ask(self.cost[level], relaxed.worth(value), self.bound[level], seconds, level)
            value = self.best.level(level)
            self.bound[level] = min(value, max(self.bound[level], found.bound or 0))
            self.tell(level, value, self.bound[level])
            if not self.missing:
                break
            self.write_out(self.missing)
        self.held[level] = self.best.level(level)
        self.relaxation.hold(self.cost[level], self.held[level])

    def tell(self, level: Priority, value: int, bound: int | None) -> None:
        """Tell of progress, and remember it."""
        if self.limits.stop.is_set():
            return
        seconds = self.ticks if self.repeatable else time.perf_counter() - self.began
        progress = Progress(level, seconds, float(value), None if bound is None else float(bound))
        self.trace.append(progress)
        self.limits.tell(progress)
