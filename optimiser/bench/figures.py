"""Sums of the report on benchmark runs: medians with what never came, performance profiles, gap over time, exponents, best known values."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file, files
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from optimiser.bench.known import Known, compared, gather
from optimiser.result import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from optimiser.bench.record import Run

NEVER = math.inf
"""Stands for the time of what did not come while a run went on."""

FULL, LATE = 0.95, 1.1
"""Shares of the time allowed: after the first a run has used it up; what comes after the second comes too late to count."""

MEASURES = (("clinicians", "weeks"), ("clinicians",), ("services", "quarters"), ("columns",), ("rows",), ("non_zeros",))
"""What the instances of a job may be measured by, as users count before what programs are made of: a product of sizes."""


class Case(NamedTuple):
    """An instance of a job, told from another of the same name by its digest."""

    job: str
    instance: str
    digest: str

    @property
    def family(self) -> str:
        """What is left of the instance's name without figures, job and the word seed: rota-60-slack-100-seed-2 is of the family slack."""
        words = [word for word in re.split(r"[-_./ ]+", self.instance) if not re.fullmatch(r"\d+(x\d+)*|seed", word)]
        return " ".join([word for word in words if word != self.job] or words) or self.instance


@dataclass(frozen=True)
class Spread:
    """Median, least and most of some runs; what never came is later than all that did."""

    middle: float
    low: float
    high: float
    came: int
    of: int


def spread(values: Iterable[float | None]) -> Spread:
    """Median and range; None is what never came, and so is the median where half or more never came."""
    known = sorted(NEVER if v is None else v for v in values)
    if not known:
        return Spread(NEVER, NEVER, NEVER, 0, 0)
    return Spread(median(known), known[0], known[-1], sum(v < NEVER for v in known), len(known))


class Runs:
    """The runs of a record by instance and method.

    A method with several numbers of workers, times allowed or versions of the program is as many methods here.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        self.all = tuple(runs)
        self.tried = tuple(run for run in runs if run.status != "skipped")

    @cached_property
    def _differing(self) -> dict[str, list[int]]:
        """Of each job, which of the marks of a run differ among the runs of one method on one instance."""
        seen: dict[tuple[Case, str], list[tuple[str, ...]]] = defaultdict(list)
        for run in self.tried:
            seen[case_of(run), run.method].append(_marks(run))
        found: dict[str, set[int]] = defaultdict(set)
        for (case, _), marks in seen.items():
            found[case.job] |= {i for i, column in enumerate(zip(*marks, strict=True)) if len(set(column)) > 1}
        return {job: sorted(marks) for job, marks in found.items()}

    def name(self, run: Run) -> str:
        """Method as told apart on the page: with its workers, time and version where runs of one method on one instance differ in them."""
        marks = [_marks(run)[i] for i in self._differing.get(run.job, ())]
        return f"{run.method} ({', '.join(marks)})" if marks else run.method

    @cached_property
    def jobs(self) -> list[str]:
        """Jobs in the order of their first runs."""
        return list(dict.fromkeys(run.job for run in self.all))

    @cached_property
    def cells(self) -> dict[Case, dict[str, list[Run]]]:
        """Runs that were tried, by instance and method; ours first, then in the order of the record."""
        found: dict[Case, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
        for run in sorted(self.tried, key=lambda r: r.method != "ours"):
            found[case_of(run)][self.name(run)].append(run)
        order = {case: i for i, case in enumerate(dict.fromkeys(map(case_of, self.tried)))}
        return {case: dict(found[case]) for case in sorted(found, key=order.__getitem__)}

    def cases(self, job: str) -> list[Case]:
        """Instances of a job that anything was tried on."""
        return [case for case in self.cells if case.job == job]

    def methods(self, job: str) -> list[str]:
        """Methods tried on a job, ours first."""
        return list(dict.fromkeys(name for case in self.cases(job) for name in self.cells[case]))

    def families(self, job: str) -> dict[str, list[Case]]:
        """Instances of a job by family."""
        found: dict[str, list[Case]] = defaultdict(list)
        for case in self.cases(job):
            found[case.family].append(case)
        return dict(found)

    def title(self, case: Case) -> str:
        """Name of an instance, with the beginning of its digest where two of the name differ."""
        twin = any(c[:2] == case[:2] and c != case for c in self.cells)
        return f"{case.instance} ({case.digest[:8]})" if twin else case.instance

    def common(self, job: str) -> tuple[list[Case], list[str]]:
        """Instances to compare methods on, and those methods: all that were tried on more than half of the instances, where all were."""
        cases = self.cases(job)
        methods = [m for m in self.methods(job) if 2 * sum(m in self.cells[c] for c in cases) > len(cases)]
        return [c for c in cases if all(m in self.cells[c] for m in methods)], methods

    def times(self, cases: Iterable[Case], method: str, of: Callable[[Run], float | None]) -> dict[Case, float]:
        """Median over seeds of a time of a method on each of the instances."""
        return {case: spread(map(of, self.cells[case][method])).middle for case in cases if method in self.cells[case]}

    # --- best known values ---

    @cached_property
    def published(self) -> dict[str, Known]:
        """Best known values that come with the instances, by digest."""
        with as_file(files("instances")) as folder:
            return gather([folder])

    @cached_property
    def best(self) -> dict[Case, Known]:
        """The best answer known of each instance: of those published and of those found and checked here."""
        found = {case: self.published[case.digest] for case in self.cells if case.digest in self.published}
        for case, by_method in self.cells.items():
            for run in (run for runs in by_method.values() for run in runs if run.checked and run.levels):
                if case not in found or (_alike(run.levels, found[case].levels) and compared(run.levels, found[case].levels)[0] > 0):
                    found[case] = Known(digest=case.digest, levels=run.levels, found=f"here, by {self.name(run)}, seed {run.seed}")
        return found


def _marks(run: Run) -> tuple[str, str, str]:
    return f"{run.workers} worker{'' if run.workers == 1 else 's'}", f"{run.allowed:g} s", f"version {run.versions.get('optimiser', 'unknown')}"


def in_time(run: Run, seconds: float | None) -> float | None:
    """Time of a run, or None where it came too late: not every method keeps to the clock, and all are to have the same time."""
    return seconds if seconds is not None and seconds <= LATE * run.allowed else None


def case_of(run: Run) -> Case:
    """Instance a run was of."""
    return Case(run.job, run.instance, run.digest)


def _alike(one: Sequence[Level], other: Sequence[Level]) -> bool:
    return [level.name for level in one] == [level.name for level in other]


def distance(levels: Sequence[Level], best: Sequence[Level]) -> float:
    """How far an answer is from the best known, as a share of its values: at the level where it is furthest behind, at most 1."""
    if not _alike(levels, best):
        return 1.0
    behind = [(a.value - b.value) * (1 if a.direction == "min" else -1) / max(1.0, abs(b.value)) for a, b in zip(levels, best, strict=True)]
    return min(1.0, max([0.0, *behind]))


# --- performance profiles ---------------------------------------------------------------------------------------------


def profiles(times: Mapping[str, Mapping[Case, float]]) -> dict[str, list[tuple[float, float]]]:
    """Performance profiles after Dolan and Moré: of each method, the share of the instances that it does within a factor of the fastest there.

    All methods have times for the same instances, some of them never. A profile rises at each of its points (factor, share) and begins at
    factor 1; an instance that nothing does counts against all.
    """
    cases = list(next(iter(times.values()), {}))
    least = {case: min(t[case] for t in times.values()) for case in cases}
    found = {}
    for method, of in times.items():
        # A time of nought would make every factor endless; nothing is timed to less than a microsecond.
        factors = sorted(max(of[c], 1e-6) / max(least[c], 1e-6) for c in cases if of[c] < NEVER)
        steps = {1.0: 0.0} | {factor: (i + 1) / len(cases) for i, factor in enumerate(factors)}
        found[method] = sorted(steps.items())
    return found


def geometric(times: Iterable[float], shift: float = 1.0) -> float:
    """Shifted geometric mean: that of the times with a second added to each, less that second."""
    values = [math.log(t + shift) for t in times]
    return math.exp(sum(values) / len(values)) - shift if values else NEVER


def used(run: Run, time: float | None) -> float:
    """A time, or where it never came the time allowed: for means, which this makes too small rather than too large."""
    return run.allowed if time is None else time


# --- gap over time ----------------------------------------------------------------------------------------------------


class Moment(NamedTuple):
    """What stood at a moment of a run: the gap proved, and how far the answer was from the best known; 1 where not known."""

    seconds: float
    gap: float
    distance: float


def course(run: Run, best: Known | None) -> list[Moment]:
    """Every step of a run that was in time, its end last. The gap is the largest over the levels; a level not heard of yet counts as 1.

    A search that goes on to a level has settled those before it: where it said nothing of them, they count as they were at the end.
    """
    final = {level.name: level for level in run.levels}
    order = list(final)
    known: dict[str, tuple[float | None, float | None]] = {}
    found = []
    for step in sorted(run.trace, key=lambda s: s.seconds):
        if step.level not in final:
            continue
        value, bound = known.get(step.level, (None, None))
        known[step.level] = (value if step.value is None else step.value, bound if step.bound is None else step.bound)
        if known[step.level][0] is not None:
            for earlier in order[: order.index(step.level)]:
                known.setdefault(earlier, (final[earlier].value, final[earlier].bound))
        found.append(_moment(step.seconds, final, known, best))
    if run.levels:
        settled = {name: (level.value, level.bound) for name, level in final.items()}
        found.append(_moment(max([ended(run), *(s.seconds for s in run.trace)]), final, settled, best))
    return [moment for moment in found if in_time(run, moment.seconds) is not None]


def _moment(seconds: float, final: Mapping[str, Level], known: Mapping[str, tuple[float | None, float | None]], best: Known | None) -> Moment:
    now = []
    for name, level in final.items():
        value, bound = known.get(name, (None, None))
        if value is None:
            return Moment(seconds, 1.0, 1.0)
        now.append(Level(name, level.direction, value, bound))
    return Moment(seconds, min(1.0, max(level.gap for level in now)), distance(now, best.levels) if best else 1.0)


def ended(run: Run) -> float:
    """Seconds since the method was called at which its answer stood, proved or not."""
    if run.to_proof is not None:
        return run.to_proof
    return sum(run.seconds.get(phase, 0.0) for phase in ("build", "hand_over", "solve"))


def over_time(courses: Sequence[Sequence[Moment]], at: Sequence[float], of: Callable[[Moment], float]) -> list[tuple[float, float, float]]:
    """Quartiles and median over the courses of runs, at each of the moments, of a figure that is 1 until something is known."""
    rows = []
    for told in courses:
        # The last thing told by each moment; of several told at once, the last.
        places = [bisect_right(told, t, key=lambda m: m.seconds) for t in at]
        rows.append([of(told[place - 1]) if place else 1.0 for place in places])
    return quartiles(rows)


def quartiles(rows: Sequence[Sequence[float]]) -> list[tuple[float, float, float]]:
    """Lower quartile, median and upper quartile of each column, between the values next to them in proportion."""
    import numpy as np

    return [(float(low), float(middle), float(high)) for low, middle, high in np.quantile(rows, (0.25, 0.5, 0.75), axis=0).T]


def grid(low: float, high: float, count: int = 120) -> list[float]:
    """Moments from the first to the last, equal factors apart."""
    return [low * (high / low) ** (i / (count - 1)) for i in range(count)]


# --- scaling ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fit:
    """Time as a power of size by least squares on the logarithms: time is ``factor`` times size to the ``exponent``, with its 95 % interval."""

    exponent: float
    low: float
    high: float
    factor: float

    def at(self, size: float) -> float:
        """Time fitted for a size."""
        return float(self.factor * size**self.exponent)


def fit(points: Sequence[tuple[float, float]]) -> Fit | None:
    """Fit of time to size; None with fewer than three different sizes, where no interval could be given that means anything."""
    points = [(size, time) for size, time in points if size > 0 and 0 < time < NEVER]
    if len({size for size, _ in points}) < 3:
        return None
    import numpy as np
    from scipy import stats

    sizes, times = np.log(np.array(points)).T
    line = stats.linregress(sizes, times)
    room = float(stats.t.ppf(0.975, len(points) - 2)) * float(line.stderr)
    return Fit(float(line.slope), float(line.slope) - room, float(line.slope) + room, math.exp(float(line.intercept)))


def measured_by(runs: Runs, job: str) -> tuple[str, dict[Case, int]]:
    """What the instances of a job are measured by, in words, and how large each is; blank where no measure is told of all of them.

    Methods make programs of different sizes of the same instance: its size is what our runs say, else the first that says anything. Instances on
    which no run says anything of size (all failed) are left out.
    """
    told = {case: [run.size for found in runs.cells[case].values() for run in found if run.size] for case in runs.cases(job)}
    told = {case: sizes for case, sizes in told.items() if sizes}
    for measure in MEASURES:
        sizes = {
            case: next((math.prod(size[part] for part in measure) for size in of if size.keys() >= set(measure)), 0) for case, of in told.items()
        }
        if sizes and all(sizes.values()):
            return " × ".join(part.replace("_", "-") for part in measure), sizes
    return "", {}
