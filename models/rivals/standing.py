"""What a rival of the rota stands at: the best rota so far, the bound of every level, the time left."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.rota.hours import gather
from models.rota.judge import judge
from models.rota.read_back import read_back
from models.rota.search import with_rooms
from optimiser.collector import collector_paused
from optimiser.result import OPTIMAL_GAP, Level, Outcome, Progress, Status
from optimiser.rota.data import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.rota.judge import Judged
    from models.rota.model import Decisions
    from optimiser.result import Limits
    from optimiser.rota.data import Priority, RotaAnswer, RotaInput


@dataclass
class Standing:
    """The account every rival keeps. Time is the clock's for all of them: what a solver counts as its own time differs from one to another."""

    data: RotaInput
    limits: Limits
    best: Judged | None = None
    bound: dict[Priority, int] = field(default_factory=lambda: dict.fromkeys(LEVELS, 0))
    trace: list[Progress] = field(default_factory=list)
    size: dict[str, int] = field(default_factory=dict)
    proves: bool = True
    """Whether bounds are those of all rotas, and not of some that were chosen beforehand."""

    def __post_init__(self) -> None:
        self._clock = {"build": time.perf_counter()}
        self.began = self._clock["build"]
        self.facts = gather(self.data)

    def solving(self) -> None:
        """Note that what comes now is solving and no longer building."""
        self._clock["solve"] = time.perf_counter()

    # --- time ---

    @property
    def spent(self) -> float:
        """Seconds since the rival began."""
        return time.perf_counter() - self.began

    @property
    def left(self) -> float:
        """Seconds left; 0 once told to stop."""
        return 0.0 if self.limits.stop.is_set() else max(0.0, self.limits.seconds - self.spent)

    def turn(self, level: Priority) -> Callable[[], bool]:
        """Whether a level's time is over: an equal share of what is left, and all of it as long as there is no rota."""
        until = self.spent + self.left / (len(LEVELS) - LEVELS.index(level))
        begun = len(self.trace)

        def over() -> bool:
            some = self.best is not None or any(line.value is not None for line in self.trace[begun:])
            return not self.left or (some and self.spent >= until)

        return over

    # --- what is found ---

    def value(self, level: Priority) -> int:
        """Points of the best rota at a level; there is one."""
        assert self.best is not None
        return self.best.level(level)

    def take(self, rota: Decisions) -> Judged:
        """Keep a rota if it is the best so far, without the sessions for which there is no room; and say what it costs as it is."""
        judged = judge(self.facts, rota)
        roomed = with_rooms(self.facts, rota)
        fitting = judged if roomed.sessions.keys() == rota.sessions.keys() else judge(self.facts, roomed)
        if self.best is None or fitting.points < self.best.points:
            self.best = fitting
        return judged

    def learn(self, level: Priority, bound: int | None) -> None:
        """Take note of a bound of a level, found with every earlier level held to the best rota, as far as it says something."""
        value = self.value(level) if self.best is not None else bound
        self.bound[level] = max(self.bound[level], min(self.sound(level, bound), value or 0))
        self.tell(level, None if self.best is None else self.value(level), self.bound[level])

    def sound(self, level: Priority, bound: int | None) -> int:
        """Bound of the whole problem, of one with the earlier levels held: where all of these but the last are proved; elsewhere it says nothing."""
        earlier = LEVELS[: LEVELS.index(level)]
        return max(0, bound or 0) if self.proves and all(self.proved(one) for one in earlier[:-1]) else 0

    def proved(self, level: Priority) -> bool:
        """Whether there is no better value of a level than that of the best rota."""
        return self.best is not None and self.value(level) <= self.bound[level]

    def tell(self, level: Priority, value: int | None, bound: int | None) -> None:
        """Tell of progress, and remember it."""
        known = max(self.bound[level], self.sound(level, bound))
        line = Progress(level, self.spent, None if value is None else float(value), float(known))
        self.trace.append(line)
        self.limits.tell(line)

    def end(self) -> tuple[RotaAnswer | None, Outcome]:
        """Answer and account."""
        ends = time.perf_counter()
        begun = self._clock.setdefault("solve", ends)
        seconds = {"build": begun - self.began, "solve": ends - begun}
        if self.best is None:
            return None, Outcome(Status.NOT_FOUND, (), seconds, tuple(self.trace), self.size)
        levels = tuple(Level(level, "min", float(self.value(level)), float(self.bound[level])) for level in LEVELS)
        with collector_paused():
            answer = read_back(self.facts, self.best.decisions)
        seconds["read_back"] = time.perf_counter() - ends
        return answer, Outcome(_status(levels), levels, seconds, tuple(self.trace), self.size)


def _status(levels: tuple[Level, ...]) -> Status:
    if levels[0].value:
        return Status.INFEASIBLE
    return Status.OPTIMAL if all(level.gap <= OPTIMAL_GAP for level in levels) else Status.FEASIBLE
