"""The search: a first rota by hand's rules, then level after level what the relaxation leaves open is decided by CP-SAT, with proofs beside it.

The relaxation without whole numbers is solved by HiGHS. It is close (most sessions come out whole), so that

- holding what is whole in it and letting CP-SAT decide the rest gives a good rota at once;
- its bound is that of the whole problem, and so is every bound given here: for a level, only columns are left out that cannot be part of a rota
  whose level is as good as the best known, by what they would cost at these prices.

A level is held as it is as soon as what is left open is decided, and its proof runs beside the search for the next; where the proof finds something
better, the search goes back to there. With one worker the search waits for every proof, and all limits are counted in the solvers' own ticks, so that
the same seed gives the same rota whatever else the machine does; unless the time is to be the clock's, as in benchmarks.
"""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
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
from optimiser.collector import collector_paused
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
"""Seconds without anything better, and as long again as the last better rota took, after which what is left open is decided well enough; with more
than one worker."""

WHOLE = 1 - 1e-6
"""Columns from here up are whole in the relaxation."""

OPTIONS: dict[str, Any] = {"subsolvers": ["reduced_costs"], "cp_model_probing_level": 0, "max_presolve_iterations": 1}
"""CP-SAT keeps to the relaxation: its usual workers prove nothing in time; and it begins soon: what its presolve could do is done by price."""


def solve(data: RotaInput, option: str, limits: Limits) -> tuple[RotaAnswer | None, Outcome]:
    """Make the rota of an input; ``option`` is blank, a rota has none. Status, levels in order with bounds, and every step of progress."""
    clock = [time.perf_counter()]
    with collector_paused():
        facts = gather(data)
        search = Search(facts, limits, judge(facts, with_rooms(facts, first_rota(facts))), clock[0])
    clock.append(time.perf_counter())
    search.run()
    clock.append(time.perf_counter())
    with collector_paused():
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


@dataclass(frozen=True)
class Proof:
    """What CP-SAT makes of a level, while the search goes on or at once."""

    level: Priority
    whole: cpsat.Whole
    found: Future[cpsat.Found]
    over: threading.Event
    """Set where it is no longer wanted."""


@dataclass
class Search:
    """The best rota so far, what is known of every level, and the model with its relaxation."""

    facts: Facts
    limits: Limits
    best: Judged
    began: float
    bound: dict[Priority, int] = field(default_factory=lambda: dict.fromkeys(LEVELS, 0))
    held: dict[Priority, int] = field(default_factory=dict)
    """Levels that are left behind, and the value each is held to."""
    ticks: float = 0.0
    guarded: frozenset[Guard] = frozenset()
    missing: frozenset[Guard] = frozenset()
    """What the last rota found bends, or cannot have a room for, and the model has not written out."""
    proofs: list[Proof] = field(default_factory=list)
    trace: list[Progress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model: Model = build(self.facts)
        self.alive = np.zeros(0, dtype=np.bool_)
        self.before: dict[Priority, NDArray[np.bool_]] = {}
        """Columns not ruled out when a level was begun."""
        self.telling = threading.Lock()
        self.hand_over()

    def hand_over(self) -> None:
        """Give the model to the relaxation, without the columns that are ruled out and with the levels that are held."""
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
        """Rule columns out."""
        self.alive &= ~columns
        self.relaxation.drop(columns)

    # --- time ---

    @property
    def in_turn(self) -> bool:
        """Whether one thing is done after the other."""
        return self.limits.workers == 1

    @property
    def by_steps(self) -> bool:
        """Whether the time is counted in ticks, so that the same seed gives the same rota."""
        return self.in_turn and not self.limits.by_clock

    @property
    def left(self) -> float:
        """Seconds (or ticks) left."""
        spent = self.ticks if self.by_steps else time.perf_counter() - self.began
        return 0.0 if self.limits.stop.is_set() else max(0.0, self.limits.seconds - spent)

    # --- level after level ---

    def run(self) -> None:
        """Go through the levels, and back to one for which a better rota is found."""
        self.learn(LEVELS[0], 0)
        at = 0
        with ThreadPoolExecutor(2) as beside:
            try:
                while at < len(LEVELS):
                    self.settle(LEVELS[at], beside)
                    at = self.heed(at + 1)
            finally:
                self.forget(0)

    def settle(self, level: Priority, beside: Executor) -> None:
        """Make a level good without making an earlier one worse, begin its proof, and hold it as it is."""
        self.before[level] = self.alive.copy()
        self.missing = frozenset()
        if self.left:
            relaxed = self.relax(level)
            self.learn(level, relaxed.whole_bound)
            if level == LEVELS[0] or self.best.level(level) > self.bound[level]:
                self.decide_the_rest(level, relaxed)
                self.learn(level, 0)
            self.drop(~relaxed.worth(self.best.level(level)))
            if self.best.level(level) > self.bound[level] and self.left and not self.missing:
                self.proofs.append(self.prove(level, beside))
        self.held[level] = self.best.level(level)
        self.keep(level)

    def heed(self, then: int) -> int:
        """Say which level comes next: ``then``, or an earlier one for which a proof, or what was decided last, has found something."""
        if self.missing:
            return self.back(then - 1)
        for proof in list(self.proofs):
            if proof.found.done() or self.in_turn or then == len(LEVELS):
                found = proof.found.result()
                self.proofs.remove(proof)
                self.take(proof.whole, found)
                self.learn(proof.level, found.bound or 0)
                at = LEVELS.index(proof.level)
                if self.missing:
                    return self.back(at)
                if self.best.level(proof.level) < self.held[proof.level]:
                    return self.back(at + 1)
        return then

    def back(self, at: int) -> int:
        """Go back to a level: hold those before it as they are now, rule out only what was ruled out then, and write out what is missing."""
        self.forget(at)
        self.held = {level: self.best.level(level) for level in LEVELS[:at]}
        if at < len(LEVELS):
            self.alive = self.before.get(LEVELS[at], self.alive)
            self.before = {level: self.before[level] for level in LEVELS[:at]}
            self.guarded |= self.missing
            write_out(self.model, self.missing)
            self.hand_over()
        return at

    def forget(self, at: int) -> None:
        """End the proofs of a level and of those after it."""
        for proof in [proof for proof in self.proofs if LEVELS.index(proof.level) >= at]:
            self.proofs.remove(proof)
            proof.over.set()
            proof.found.cancel()

    # --- steps ---

    def relax(self, level: Priority) -> Relaxed:
        """Solve the relaxation for a level, with those that come after it in view, in the time that is left."""
        seconds = math.inf if self.by_steps else self.left
        relaxed = self.relaxation.relax(self.cost[level], self.together(level), seconds=seconds, stop=self.limits.stop.is_set)
        self.ticks += relaxed.ticks
        return relaxed

    def together(self, first: Priority) -> NDArray[np.int64]:
        """Points of a level and all that come after it, in one objective: for good rotas, never for bounds."""
        levels = LEVELS[LEVELS.index(first) :]
        total: NDArray[np.int64] = np.sum([TOGETHER[level] * self.cost[level] for level in levels], axis=0)
        return total

    def decide_the_rest(self, level: Priority, relaxed: Relaxed) -> None:
        """Hold what is whole in the relaxation, and let CP-SAT decide the rest with all levels from this one on in view."""
        if relaxed.x is None:
            return
        whole = self.places() & (relaxed.x >= WHOLE)
        rest = self.narrowed(self.alive & ~whole, whole.astype(np.int64))
        rest.minimise(self.together(level))
        began, enough = time.perf_counter(), [math.inf]

        def tell(_value: int, _bound: int | None, _values: object) -> None:
            now = time.perf_counter()
            enough[0] = now + (now - began) + PATIENCE

        found = cpsat.solve(
            rest.cp, seconds=REST_SHARE * self.left, workers=self.limits.workers, seed=self.limits.seed, reproducible=self.by_steps,
            options=OPTIONS, tell=tell,
            stop=lambda: self.limits.stop.is_set() or (not self.in_turn and time.perf_counter() > enough[0]),
        )  # fmt: skip
        self.take(rest, found)

    def places(self) -> NDArray[np.bool_]:
        """Columns that say where and when a session is, or who is in it."""
        found = np.zeros(len(self.model.program.most), dtype=np.bool_)
        for session in self.model.sessions:
            for column, *_ in (*session.starts, *session.seats):
                found[column] = True
        return found

    def prove(self, level: Priority, beside: Executor) -> Proof:
        """Begin to prove a level, or better it, on the columns that are left."""
        best, lower = self.best.level(level), self.bound[level]
        whole = self.narrowed(self.alive, None)
        whole.minimise(self.cost[level], lower, best)
        known = self.values(level)
        last = level == LEVELS[-1]
        share = self.left / (len(LEVELS) - LEVELS.index(level)) if self.in_turn else self.left * (1 if last else 1 - REST_SHARE)
        over = threading.Event()

        def tell(value: int, bound: int | None, _values: object) -> None:
            self.tell(level, min(value, best), max(lower, bound or 0))

        found = beside.submit(
            cpsat.solve, whole.cp, seconds=share, workers=self.limits.workers if last else max(1, self.limits.workers - 1), seed=self.limits.seed,
            reproducible=self.by_steps, options=OPTIONS, hint=None if known is None else whole.hint(known), tell=tell,
            stop=lambda: over.is_set() or self.limits.stop.is_set(),
        )  # fmt: skip
        return Proof(level, whole, found, over)

    def values(self, level: Priority) -> NDArray[np.int64] | None:
        """Value of every column in the best rota so far, with a level as good as that rota is."""
        values, known = np.zeros_like(self.alive, dtype=np.int64), np.zeros_like(self.alive)
        for column, value in hint(self.model, self.best.decisions).items():
            values[column], known[column] = value, True
        rest = self.narrowed(~known, values)
        rest.minimise(self.cost[level])
        found = cpsat.solve(rest.cp, seconds=self.left, workers=1, reproducible=self.by_steps, stop=self.limits.stop.is_set)
        self.ticks += found.ticks
        return None if found.values is None else rest.read(found.values)

    def narrowed(self, keep: NDArray[np.bool_], values: NDArray[np.int64] | None) -> cpsat.Whole:
        """Give CP-SAT the columns that are kept, beside others that have their values already."""
        r = self.relaxation
        return cpsat.whole(r.matrix, r.lower, r.upper, r.most, keep, values)

    def take(self, whole: cpsat.Whole, found: cpsat.Found) -> None:
        """Take what CP-SAT found."""
        self.ticks += found.ticks
        if found.values is not None:
            self.consider(whole.read(found.values))

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

    def learn(self, level: Priority, bound: int) -> None:
        """Take note of a bound of a level, and tell of it."""
        value = self.best.level(level)
        self.bound[level] = min(value, max(self.bound[level], bound))
        self.tell(level, value, self.bound[level])

    def tell(self, level: Priority, value: int, bound: int | None) -> None:
        """Tell of progress, and remember it."""
        with self.telling:
            if self.limits.stop.is_set():
                return
            seconds = self.ticks if self.by_steps else time.perf_counter() - self.began
            progress = Progress(level, seconds, float(value), None if bound is None else float(bound))
            self.trace.append(progress)
            self.limits.tell(progress)
