"""The search: a first rota by hand's rules, then level after level, what the relaxation leaves open decided by CP-SAT, and proof.

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

from models.rota.build import build, write_out
from models.rota.first import first_rota
from models.rota.hours import gather
from models.rota.judge import judge
from models.rota.model import Decisions, decisions, hint
from models.rota.read_back import read_back
from models.rota.rooms import allot, whereabouts
from optimiser import cpsat
from optimiser.lp import Relaxation
from optimiser.result import OPTIMAL_GAP, Level, Outcome, Progress, Status
from optimiser.rota.data import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.rota.facts import Facts
    from models.rota.judge import Judged
    from models.rota.model import Guard, Model
    from optimiser.lp import Relaxed
    from optimiser.result import Limits
    from optimiser.rota.data import Priority, RotaAnswer, RotaInput

TOGETHER: dict[Priority, int] = {"Must": 10_000, "High": 300, "Medium": 10, "Low": 1}
"""What a point of each level is worth when levels are taken together: to find good rotas soon, never for a bound."""

REST_SHARE = 0.25
"""Most of the time left that goes into what the relaxation leaves open, level by level."""

PATIENCE = 2.0
"""Seconds without anything better, and as long again as the last better rota took, after which what is left open is decided well enough."""

WHOLE = 1 - 1e-6
"""Columns from here up are whole in the relaxation."""

OPTIONS: dict[str, Any] = {"subsolvers": ["reduced_costs", "max_lp"]}
"""Workers of CP-SAT that keep to the relaxation: they prove the last level of ``trust`` in 3 s, its usual ones not in 20."""


def solve(data: RotaInput, option: str, limits: Limits) -> tuple[RotaAnswer | None, Outcome]:
    """Make the rota of an input; ``option`` is blank, a rota has none. Status, levels in order with bounds, and every step of progress."""
    clock = [time.perf_counter()]
    facts = gather(data)
    search = Search(facts, limits, judge(facts, with_rooms(facts, first_rota(facts))), clock[0])
    clock.append(time.perf_counter())
    search.learn(LEVELS[0], 0)
    for level in LEVELS:
        search.settle(level)
    clock.append(time.perf_counter())
    answer = read_back(facts, search.best.decisions)
    clock.append(time.perf_counter())
    levels = tuple(Level(level, "min", search.best.level(level), search.bound[level]) for level in LEVELS)
    seconds = dict(zip(("build", "solve", "read_back"), np.diff(clock).tolist(), strict=True))
    return answer, Outcome(_status(levels), levels, seconds, tuple(search.trace), search.model.program.size)


def with_rooms(facts: Facts, rota: Decisions) -> Decisions:
    """Rota without the sessions that must have a room and for which there is none."""
    roomless = allot(facts, rota).roomless
    return Decisions({key: held for key, held in rota.sessions.items() if key not in roomless}, rota.duty)


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
        self.model: Model = build(self.facts)
        self.alive = np.zeros(0, dtype=np.bool_)
        self.hand_over()

    def hand_over(self) -> None:
        """Give the model to the relaxation, without the columns that are ruled out and with the levels that are settled."""
        self.cost: dict[Priority, NDArray[np.int64]] = self.model.costs()
        self.relaxation = Relaxation(self.model.program)
        self.alive = np.append(self.alive, np.ones(len(self.model.program.most) - len(self.alive), dtype=np.bool_))
        self.relaxation.drop(~self.alive)
        for level in self.held:
            self.keep(level)

    def keep(self, level: Priority) -> None:
        """Let a level be no worse than it is held to."""
        if self.held[level]:
            self.relaxation.hold(self.cost[level], self.held[level])
        else:
            self.drop(self.cost[level] > 0)

    def drop(self, columns: NDArray[np.bool_]) -> None:
        """Rule columns out for good."""
        self.alive &= ~columns
        self.relaxation.drop(columns)

    def write_out(self, guards: frozenset[Guard]) -> None:
        """Write out more of the rules that hardly ever bind."""
        self.guarded |= guards
        write_out(self.model, guards)
        self.hand_over()

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

    def relax(self, level: Priority) -> Relaxed:
        """Solve the relaxation for a level, with those that come after it in view, in the time that is left."""
        seconds = math.inf if self.repeatable else self.left
        relaxed = self.relaxation.relax(self.cost[level], self.together(level), seconds=seconds, stop=self.limits.stop.is_set)
        self.ticks += relaxed.ticks
        return relaxed

    def together(self, first: Priority) -> NDArray[np.int64]:
        """Points of a level and all that come after it, in one objective: for good rotas, never for bounds."""
        levels = LEVELS[LEVELS.index(first) :]
        total: NDArray[np.int64] = np.sum([TOGETHER[level] * self.cost[level] for level in levels], axis=0)
        return total

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
        keep[[column for column, value in known.items() if value]] = True
        whole = cpsat.whole(r.matrix, r.lower, r.upper, r.most, keep)
        whole.minimise(cost, lower)
        if fix is not None:
            whole.fix(fix)
        began, enough = time.perf_counter(), [False, math.inf]

        def tell(value: int, bound: int | None, _values: object) -> None:
            enough[0] = value <= lower
            if fix is not None and not self.repeatable:
                now = time.perf_counter()
                enough[1] = now + (now - began) + PATIENCE
            if level is not None:
                self.tell(level, min(value, self.best.level(level)), max(lower, bound or 0))

        found = cpsat.solve(
            whole.cp, seconds=seconds, workers=self.limits.workers, seed=self.limits.seed, reproducible=self.repeatable, options=OPTIONS,
            hint=whole.hint(known) if fix is None else None, tell=tell,
            stop=lambda: self.limits.stop.is_set() or bool(enough[0]) or time.perf_counter() > enough[1],
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

    def decide_the_rest(self, level: Priority, relaxed: Relaxed) -> None:
        """Hold what is whole in the relaxation, and let CP-SAT decide the rest with all levels from this one on in view."""
        if relaxed.x is not None:
            places = self.places()
            whole = np.flatnonzero(places & (relaxed.x >= WHOLE))
            self.ask(self.together(level), self.alive.copy(), 0, REST_SHARE * self.left, None, whole)

    def places(self) -> NDArray[np.bool_]:
        """Columns that say where and when a session is, or who is in it."""
        found = np.zeros(len(self.model.program.most), dtype=np.bool_)
        for session in self.model.sessions:
            for column, *_ in (*session.starts, *session.seats):
                found[column] = True
        return found

    def settle(self, level: Priority) -> None:
        """Make a level as good as can be without making an earlier one worse; then hold it so."""
        rest = 0
        while self.left and (not rest or self.best.level(level) > self.bound[level]):
            relaxed = self.relax(level)
            self.learn(level, relaxed.whole_bound)
            self.missing = frozenset()
            if not rest and (level == LEVELS[0] or self.best.level(level) > self.bound[level]):
                self.decide_the_rest(level, relaxed)
                self.learn(level, 0)
            rest += 1
            self.drop(~relaxed.worth(self.best.level(level)))
            seconds = self.left / (len(LEVELS) - LEVELS.index(level))
            if self.best.level(level) > self.bound[level] and seconds and not self.missing:
                found = self.ask(self.cost[level], self.alive.copy(), self.bound[level], seconds, level)
                self.learn(level, found.bound or 0)
            if not self.missing:
                break
            self.write_out(self.missing)
        self.held[level] = self.best.level(level)
        self.keep(level)

    def learn(self, level: Priority, bound: int) -> None:
        """Take note of a bound of a level, and tell of it."""
        value = self.best.level(level)
        self.bound[level] = min(value, max(self.bound[level], bound))
        self.tell(level, value, self.bound[level])

    def tell(self, level: Priority, value: int, bound: int | None) -> None:
        """Tell of progress, and remember it."""
        if self.limits.stop.is_set():
            return
        seconds = self.ticks if self.repeatable else time.perf_counter() - self.began
        progress = Progress(level, seconds, float(value), None if bound is None else float(bound))
        self.trace.append(progress)
        self.limits.tell(progress)
