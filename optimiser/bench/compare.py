"""Two records of runs, pair by pair on the same instances: ratios with their spread, and limits that must hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median_high, median_low
from typing import TYPE_CHECKING

from optimiser.bench.known import compared
from optimiser.result import OPTIMAL_GAP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from optimiser.bench.record import Run

LEAST = 1e-3
"""Shortest time that counts, in seconds: shorter ones are noise, and none can be divided by."""
TIE = 1.05
"""Ratio up to which, and down to whose inverse, two measurements count as the same."""


def _time(of: Callable[[Run], float | None]) -> Callable[[Run], float | None]:
    def measured(run: Run) -> float | None:
        seconds = of(run)
        return math.inf if seconds is None or run.status == "failed" else max(seconds, LEAST)

    return measured


def _setup(run: Run) -> float | None:
    """Seconds to build and hand over, as far as the method tells them from solving."""
    told = [run.seconds[phase] for phase in ("build", "hand_over") if phase in run.seconds]
    return max(sum(told), LEAST) if told else None


MEASURES: dict[str, Callable[[Run], float | None]] = {
    "first": _time(lambda run: run.first),
    "one_percent": _time(lambda run: run.to_one_percent),
    "proof": _time(lambda run: run.to_proof),
    "setup": lambda run: math.inf if run.status == "failed" else _setup(run),
    "total": _time(lambda run: run.seconds.get("total")),
    "memory": lambda run: math.inf if run.status == "failed" else run.peak_mb,
    "gap": lambda run: math.inf if run.gap is None else run.gap + OPTIMAL_GAP,
}
"""What is compared, smaller being better: infinite where it never came, None where it could not be measured. A proved gap is as good as none."""


@dataclass(frozen=True)
class Ratio:
    """Second side divided by the first, over all pairs: the median and the middle half; pairs, and how many each side wins."""

    name: str
    median: float
    low: float
    high: float
    pairs: int
    wins: int
    losses: int
    limit: float | None = None

    @property
    def broken(self) -> bool:
        """Whether a limit was stated and does not hold, or cannot be judged for want of pairs."""
        return self.limit is not None and not self.median <= self.limit


@dataclass(frozen=True)
class Comparison:
    """What two records say of each other. ``answers`` counts pairs in which the second side's answer is better, worse and as good."""

    pairs: int
    ratios: tuple[Ratio, ...]
    answers: tuple[int, int, int]
    notes: tuple[str, ...]

    @property
    def broken(self) -> tuple[Ratio, ...]:
        """The limits that do not hold."""
        return tuple(ratio for ratio in self.ratios if ratio.broken)


def compare(first: Sequence[Run], second: Sequence[Run], methods: tuple[str, str], limits: Mapping[str, float]) -> Comparison:
    """Pair the runs of one method in each record by digest, seed and time allowed, and compare them.

    Parameters
    ----------
    first, second : sequence of Run
        The records; of several runs that would pair (other workers, other versions) the last counts.
    methods : tuple of str
        The method looked at in the first and in the second record.
    limits : mapping of str to float
        Largest median ratio, by name of the measure (:data:`MEASURES`).
    """
    sides, notes = [], []
    for name, runs, method in zip("AB", (first, second), methods, strict=True):
        side: dict[tuple[str, int, float], Run] = {}
        for run in (run for run in runs if run.method == method):
            key = run.digest, run.seed, run.allowed
            if key in side:
                notes.append(f"{name} holds more than one run that would pair: {_named(run)}. The last of them counts.")
            side[key] = run
        notes += [f"{name} skipped {_named(run)}: {run.note}" for run in side.values() if run.status == "skipped"]
        sides.append({key: run for key, run in side.items() if run.status != "skipped"})
    a, b = sides
    notes += [f"Only A has {_named(run)}." for key, run in a.items() if key not in b]
    notes += [f"Only B has {_named(run)}." for key, run in b.items() if key not in a]
    pairs = [(run, b[key]) for key, run in a.items() if key in b]
    notes += [
        f"Failed in {name}: {_named(run)}: {run.note}" for pair in pairs for name, run in zip("AB", pair, strict=True) if run.status == "failed"
    ]
    ratios = tuple(_ratio(name, pairs, limits.get(name)) for name in MEASURES)
    return Comparison(len(pairs), ratios, _answers(pairs), tuple(dict.fromkeys(notes)))


def _named(run: Run) -> str:
    return f"{run}, {run.allowed:g} s"


def _ratio(name: str, pairs: Sequence[tuple[Run, Run]], limit: float | None) -> Ratio:
    measured = [(MEASURES[name](one), MEASURES[name](other)) for one, other in pairs]
    both = [(a, b) for a, b in measured if a is not None and b is not None and min(a, b) < math.inf]
    ratios = sorted(math.inf if b == math.inf else b / a for a, b in both)
    if not ratios:
        return Ratio(name, math.nan, math.nan, math.nan, 0, 0, 0, limit)
    half = (len(ratios) + 1) // 2
    wins, losses = sum(ratio < 1 / TIE for ratio in ratios), sum(ratio > TIE for ratio in ratios)
    return Ratio(name, _middle(ratios), _middle(ratios[:half]), _middle(ratios[-half:]), len(ratios), wins, losses, limit)


def _middle(ratios: Sequence[float]) -> float:
    """Median as ratios have it: between 1/2 and 2 lies 1. Where one half never came and the other only now, there is none."""
    lower, upper = median_low(ratios), median_high(ratios)
    return lower if lower == upper else math.sqrt(lower) * math.sqrt(upper)


def _answers(pairs: Sequence[tuple[Run, Run]]) -> tuple[int, int, int]:
    """Pairs in which the second side's checked answer is better, worse and as good; a checked answer is better than none."""
    signs = []
    for one, other in pairs:
        if one.checked and other.checked:
            signs.append(compared(other.levels, one.levels)[0])
        else:
            signs.append(bool(other.checked) - bool(one.checked))
    return signs.count(1), signs.count(-1), signs.count(0)
