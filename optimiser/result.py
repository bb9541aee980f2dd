"""What a run says of itself: status, limits, findings and the value and bound of every level of the objective."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

OPTIMAL_GAP = 1e-4
"""Relative gap at or under which a level counts as proved best."""


class Status(Enum):
    """How a run ended: proved best, good but not proved best, no answer meets every must, nothing found in the time."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing, in an input or an answer.

    ``what`` says what happened, ``where`` names sheet and cell (or rule, service and quarter), ``fix`` says how to mend it.
    ``code`` is an input code (IN-03) or the id of a rule of the model (S1).
    """

    severity: Literal["error", "warning"]
    code: str
    where: str
    what: str
    fix: str = ""
    amount: float | None = None

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} {self.fix}".rstrip()


@dataclass(frozen=True)
class Level:
    """Value reached and bound proved for one priority level; ``bound`` is None where none was proved."""

    name: str
    direction: Literal["min", "max"]
    value: float
    bound: float | None

    @property
    def gap(self) -> float:
        """|value - bound| / max(1, |value|); infinite without a bound."""
        if self.bound is None:
            return float("inf")
        return abs(self.value - self.bound) / max(1.0, abs(self.value))


@dataclass(frozen=True)
class Progress:
    """One line of progress: which level, seconds (or steps that stand for them) since the start, best value so far, bound (None where none yet)."""

    level: str
    seconds: float
    value: float | None
    bound: float | None


@dataclass(frozen=True)
class Limits:
    """What a run may use. ``stop`` is set from outside (Ctrl-C) to keep the best so far and go on to the writing.

    With one worker a search may count its time in steps of the solver, so as to take the same path every time; not where the time is ``by_clock``.
    """

    seconds: float = 300.0
    gap: float = 0.01
    workers: int = 2
    seed: int = 0
    by_clock: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    tell: Callable[[Progress], None] = lambda _: None


@dataclass(frozen=True)
class Outcome:
    """How the search went. ``levels`` are in priority order; ``trace`` holds every progress line."""

    status: Status
    levels: tuple[Level, ...]
    seconds: dict[str, float]
    trace: tuple[Progress, ...] = ()
    size: dict[str, int] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """The largest gap over the levels, each level's bound being that of the whole problem."""
        return max((level.gap for level in self.levels), default=float("inf"))


A = TypeVar("A")


@dataclass(frozen=True)
class Solved(Generic[A]):
    """One option solved and judged: the answer (None where none was found), how the search went, what the checker found."""

    option: str
    answer: A | None
    outcome: Outcome
    findings: tuple[Finding, ...] = ()

    @property
    def checked(self) -> bool:
        """Whether there is an answer and the independent checker found no fault in it."""
        return self.answer is not None and not any(f.severity == "error" for f in self.findings)
