"""How a good plan and an honest bound are found: level by level, each bound being that of the whole problem.

HiGHS bounds the whole problem well and finds poor plans in it (``docs/method.md`` has the measurements). So while it works on the
whole, in a thread of its own, a plan is made beside it: posts first, with everything else relaxed; then service by service, everything
of the others held. Then, until the gap asked for is reached, a stretch of time of two services at once is decided again.

Where services are many (:data:`models.plan.decompose.MANY`) each is decided apart, what they share being priced: :mod:`models.plan.decompose`.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.plan import decompose
from models.plan.build import build_together, declare
from models.plan.facts import Facts
from models.plan.neighbourhoods import Places
from models.plan.read_back import amounts, level_value, load, read_back
from optimiser import highs
from optimiser.collector import collector_paused
from optimiser.compile import compile_model
from optimiser.highs import Ended, Found
from optimiser.result import OPTIMAL_GAP, Level, Limits, Outcome, Progress, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from pyomo.environ import ConcreteModel

    from models.plan.decompose import Split
    from optimiser.highs import Matrix
    from optimiser.plan.data import PlanAnswer, PlanInput, Priority

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

HELD, HELD_LATER = 1e-9, 1e-6
"""Room left when the first level is held, and later ones, as a share of its value (of 1 at least). With more for the first, later levels
would hire a millionth of a person, or do without one, and a whole post hangs on that; with no more for later ones, what they made of
the first one's room would have to be kept."""

EXACT = {"solver": "simplex", "presolve": "off", "primal_feasibility_tolerance": HELD, "dual_feasibility_tolerance": HELD}
"""Options with which a level's value is worked out anew before it is held, whole numbers as they are."""

FINE = {"primal_feasibility_tolerance": HELD, "mip_feasibility_tolerance": HELD}
"""Options once a level is held: with rows that hold by a millionth only, HiGHS takes what is held for a contradiction or ends without a bound."""

MET = 1e-6
"""Points of unmet musts that count as none."""

HEAD_START = 1.5
"""Seconds in which the whole problem may be solved before anything else is tried."""

POSTS_SECONDS, SERVICE_SECONDS, ROUND_SECONDS = 4.0, 3.0, 3.0
"""Longest solves: all posts with the rest relaxed; one service; one neighbourhood. The first two last until something is found."""

ROUND_SHARE = 0.1
"""Gap to which a neighbourhood is decided, as a share of that of the whole: what lies nearer costs more time than it gains."""

SMALL = 8000
"""Columns of a neighbourhood up to which every other one is decided without the plan to start from: HiGHS then finds others than those near it, and
does not take the start for the best (:data:`SOUND`)."""

SOUND = {"presolve": "off"}
"""Options of the whole problem where people are whole: the presolve of HiGHS 1.13.1 then loses plans (of textbook_manpower_whole it proves
843 best for 842). Started from a plan, presolve on, it may prove that plan the best whatever else there is: no bound comes from such a run."""

BOUND_ONLY = {"mip_heuristic_run_rens": False, "mip_heuristic_run_rins": False, "mip_heuristic_run_root_reduced_cost": False}
"""Options of the whole problem while plans are made beside it: with these heuristics HiGHS 1.13.1 hears nothing for up to a minute."""

MOVED, STALLED = 1e-4, 5.0
"""By what share the bound must move to count as moving; seconds without, after which better plans gain more than a better bound."""

LEVEL_SHARE = 0.75
"""Largest share of the time left for a level that is not the last."""


def solve(data: PlanInput, option: str, limits: Limits) -> tuple[PlanAnswer | None, Outcome]:
    """Best plan found within the limits, and how good it is proved to be; None where none was found in the time."""
    clock = [time.perf_counter()]
    with collector_paused():
        model = build_together(data, option)
        clock.append(time.perf_counter())
        matrix = compile_model(model, model.facts.members)
    clock.append(time.perf_counter())
    search = Search(matrix, Places.of(model, matrix), limits, clock[-1], SOUND if data.settings.whole_people else {})
    settled = search_levels(search, model)
    clock.append(time.perf_counter())
    answer: PlanAnswer | None = None
    levels: tuple[Level, ...] = ()
    status = Status.NOT_FOUND
    if search.best is not None:
        with collector_paused():
            holder = declare(Facts(data, option))
            load(holder, amounts(model, matrix, search.best))
            answer = read_back(holder)
        levels = tuple(
            Level(r.name, r.direction, level_value(holder, r.priority), None if found.bound is None else _sign(r) * found.bound)
            for r, found in settled
        )
        status = _status(levels, settled, _weighs_only_musts(model, settled[0][0]))
    clock.append(time.perf_counter())
    seconds = dict(zip(("build", "hand_over", "solve", "read_back"), np.diff(clock).tolist(), strict=True))
    return answer, Outcome(status, levels, seconds, tuple(search.trace), matrix.size)


def _status(levels: Sequence[Level], settled: Sequence[tuple[Priority, Found]], musts_first: bool) -> Status:
    if musts_first and levels[0].value > MET:
        return Status.INFEASIBLE
    proved = all(_gap(found.value, found.bound) <= OPTIMAL_GAP for _, found in settled)
    return Status.OPTIMAL if proved else Status.FEASIBLE


@dataclass
class Search:
    """The whole problem as a matrix with what is held so far, the clock, and the best plan. ``fine`` are the solver's tolerances."""

    matrix: Matrix
    places: Places
    limits: Limits
    began: float
    options: dict[str, str] = field(default_factory=dict)
    trace: list[Progress] = field(default_factory=list)
    best: Floats | None = None
    fine: dict[str, float] = field(default_factory=dict)

    def elapsed(self) -> float:
        """Seconds since the solving began."""
        return time.perf_counter() - self.began

    def left(self) -> float:
        """Seconds left; 0 once told to stop."""
        return 0.0 if self.limits.stop.is_set() else max(0.0, self.limits.seconds - self.elapsed())


# --- levels -----------------------------------------------------------------------------------------------------------


def search_levels(search: Search, model: ConcreteModel) -> list[tuple[Priority, Found]]:
    """Settle one level after another; later ones may give up at most the tolerance of earlier ones.

    Where the first level is the musts alone, a plan that meets them all is looked for first; only where there is none is it asked how
    near one can come. Empty where no plan was found in the time.
    """
    priorities = sorted(model.facts.data.priorities, key=lambda r: r.priority)
    columns = {r.priority: search.matrix.column(model.level[r.priority]) for r in priorities}
    musts_first = _weighs_only_musts(model, priorities[0]) and len(priorities) > 1
    elastic = search.matrix
    upper = elastic.upper.copy()
    if musts_first:  # as if every must could be met; a level that weighs other things as well chooses its own shortfalls
        upper[elastic.columns_of(model.short.values())] = 0.0
    search.matrix = replace(elastic, upper=upper)
    settled = [(priorities[0], Found(Ended.PROVED, None, 0.0, 0.0, 0.0))] if musts_first else []
    while len(settled) < len(priorities):
        priority = priorities[len(settled)]
        found = improve(search, priority, columns[priority.priority], last=len(settled) == len(priorities) - 1)
        if search.best is None:
            if found.ended is not Ended.IMPOSSIBLE or search.matrix.upper is not upper:
                return []
            search.matrix, settled = elastic, []
            continue
        settled.append((priority, found))
        if len(settled) < len(priorities):
            _hold(search, priority, columns[priority.priority], HELD if len(settled) == 1 else HELD_LATER)
    return settled


def _weighs_only_musts(model: ConcreteModel, priority: Priority) -> bool:
    weighed = {r.term for r in model.facts.data.objectives if r.priority == priority.priority and r.weight > 0}
    return weighed == {"unmet_musts"} and priority.direction == "min"


def _sign(priority: Priority) -> float:
    return 1.0 if priority.direction == "min" else -1.0


def _hold(search: Search, priority: Priority, column: int, least: float) -> None:
    """Later levels may not make this one worse than its value by more than its tolerance."""
    assert search.best is not None
    search.best = _worked_out(search, priority, column)
    value = float(search.best[column])
    room = (priority.tolerance + least) * max(1.0, abs(value))
    lower, upper = search.matrix.lower.copy(), search.matrix.upper.copy()
    if priority.direction == "min":
        upper[column] = value + room
    else:
        lower[column] = value - room
    search.matrix, search.fine = replace(search.matrix, lower=lower, upper=upper), FINE


def _worked_out(search: Search, priority: Priority, column: int) -> Floats:
    """The best plan with what is not whole decided anew and exactly: the solver's rows hold by a millionth, and so would the value held."""
    assert search.best is not None
    matrix, cost = search.matrix, np.zeros(len(search.matrix.lower))
    cost[column] = _sign(priority)
    lower, upper = np.where(matrix.whole, search.best, matrix.lower), np.where(matrix.whole, search.best, matrix.upper)
    found = highs.solve(replace(matrix, lower=lower, upper=upper), cost, seconds=search.left(), relax=True, seed=search.limits.seed, options=EXACT)
    return search.best if found.x is None or found.ended is not Ended.PROVED else np.where(matrix.whole, search.best, found.x)


def _gap(value: float | None, bound: float | None) -> float:
    return float("inf") if value is None or bound is None else abs(value - bound) / max(1.0, abs(value))


# --- one level --------------------------------------------------------------------------------------------------------


class Whole:
    """HiGHS at work on the whole problem, in a thread of its own: the bound, and now and then a plan."""

    def __init__(self, search: Search, cost: Floats, seconds: float, limits: Limits, *, plans: bool) -> None:
        self.bound: float | None = None
        self.x: Floats | None = None
        self.found: Found | None = None
        self.fault: BaseException | None = None
        self._search, self._cost, self._limits = search, cost, limits
        self._moved = time.perf_counter()
        self._finish = self._moved + seconds
        self._begin(plans)

    def go_on(self) -> None:
        """Begin anew, for the bound and for plans; what is known is kept."""
        self._thread.join()
        self._begin(plans=True)

    def rest(self) -> None:
        """Tell it to stop for now; HiGHS may take a while to hear."""
        self._stop.set()

    def _begin(self, plans: bool) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, args=[{} if plans else BOUND_ONLY], name="whole", daemon=True)
        self._thread.start()

    def _work(self, options: dict[str, Any]) -> None:
        search = self._search
        options = {**options, **search.options, **search.fine}

        def once(options: dict[str, Any]) -> Found:
            return highs.solve(
                search.matrix, self._cost, seconds=self._finish - time.perf_counter(), gap=self._limits.gap, seed=self._limits.seed,
                stop=lambda: self._stop.is_set() or self._limits.stop.is_set(), tell=self._heard, options=options,
            )  # fmt: skip

        try:
            self.found = once(options)
            if self.found.ended is Ended.IMPOSSIBLE and search.fine:
                # A plan is known that keeps what is held: it is presolve, at such tolerances, that takes it for a contradiction.
                self.found = once({**options, **SOUND})
        except BaseException as fault:  # raised again by whoever waits for the thread
            self.fault = fault

    def _heard(self, _value: float | None, bound: float | None, x: Floats | None) -> None:
        if bound is not None and (self.bound is None or bound > self.bound):
            if _gap(self.bound, bound) > MOVED:
                self._moved = time.perf_counter()
            self.bound = bound
        self.x = x if x is not None else self.x

    def stalled(self) -> bool:
        """Whether the bound has hardly moved for a while."""
        return self.bound is not None and time.perf_counter() - self._moved > STALLED

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long; whether it has come."""
        self._thread.join(seconds)
        if self.fault is not None:
            raise self.fault
        return not self._thread.is_alive() and not self._stop.is_set()

    def end(self) -> Found:
        """Stop it and take what it found."""
        self.rest()
        self._thread.join()
        self.wait(0.0)
        assert self.found is not None
        self._heard(None, self.found.bound, None)
        return replace(self.found, bound=self.bound)


def improve(search: Search, priority: Priority, column: int, *, last: bool) -> Found:
    """Best value of one level in its share of the time left; the bound is of the whole problem."""
    cost = np.zeros(len(search.matrix.lower))
    cost[column] = _sign(priority)
    seconds = search.left() * (1.0 if last else LEVEL_SHARE)
    finish = search.elapsed() + seconds
    # What later levels may give up of this one counts in the gap that is told at the end.
    limits = replace(search.limits, gap=max(search.limits.gap - (0.0 if last else priority.tolerance), 0.25 * search.limits.gap))
    many = search.places.services >= decompose.MANY and not search.options  # a service by itself is solved with presolve
    if many and (parts := decompose.split(search.matrix, search.places.service)) is not None:
        found = _service_by_service(search, priority, parts, cost, seconds, limits.gap)
        if search.best is not None or found.ended is Ended.IMPOSSIBLE or search.left() <= 0.0:
            return found
    several = search.places.services > 2 and search.limits.workers > 1  # of one or two HiGHS makes good plans itself
    whole = Whole(search, cost, seconds, limits, plans=not several)
    taking = threading.RLock()  # plans come from several threads

    def best_value() -> float | None:
        return None if search.best is None else float(cost @ search.best)

    def keep(x: Floats | None) -> None:
        """Take a plan if it is better than the best, and tell."""
        with taking:
            value = best_value()
            if x is not None and (value is None or float(cost @ x) < value - 1e-9):
                search.best = x
            _tell(search, priority, best_value(), whole.bound)

    def done() -> bool:
        """Whether the gap asked for is reached, the time is over, or the whole problem is settled."""
        keep(whole.x)
        return whole.wait(0.0) or _gap(best_value(), whole.bound) <= limits.gap or search.elapsed() >= finish or search.left() <= 0.0

    if not whole.wait(min(HEAD_START, seconds)) and search.limits.workers > 1:
        if search.best is None:
            keep(first_plan(search, cost, done))
        if search.best is None and several and not done():  # no first plan in its time: the whole problem may still give one to improve
            whole.rest()
            whole.go_on()
        while search.best is None and not done():
            whole.wait(0.25)
        if several:
            improve_plan(search, cost, keep, lambda: done() or whole.stalled(), lambda: whole.bound, search.limits.workers - 1)
            whole.rest()
        improve_plan(search, cost, keep, done, lambda: whole.bound, search.limits.workers - (not several))
        if several and not done():
            whole.go_on()
    while not done():
        whole.wait(0.25)
    found = whole.end()
    keep(found.x)
    return Found(found.ended, search.best, best_value(), whole.bound, found.seconds)


def _service_by_service(search: Search, priority: Priority, parts: Split, cost: Floats, seconds: float, gap: float) -> Found:
    """One level where services are many: HiGHS finds no plan of the whole in the time users wait, but a good one of each service in a second."""

    def heard(x: Floats | None, bound: float | None) -> None:
        search.best = x if x is not None else search.best
        _tell(search, priority, None if search.best is None else float(cost @ search.best), bound)

    return decompose.solve(
        search.matrix, parts, cost, seconds=seconds, gap=gap, workers=search.limits.workers, seed=search.limits.seed,
        stop=search.limits.stop.is_set, heard=heard, start=search.best,
    )  # fmt: skip


def _tell(search: Search, priority: Priority, value: float | None, bound: float | None) -> None:
    sign = _sign(priority)
    line = Progress(priority.name, search.elapsed(), None if value is None else sign * value, None if bound is None else sign * bound)
    if not search.trace or replace(search.trace[-1], seconds=line.seconds) != line:
        search.trace.append(line)
    search.limits.tell(line)


def first_plan(search: Search, cost: Floats, done: Callable[[], bool]) -> Floats | None:
    """Relax and fix: all posts with everything else relaxed, then the rest service by service; None where a service fails, or it is over.

    What is decided for the whole plan is left at first: a share of a yes would pay for a share of what it does, and no plan could keep it.
    """
    places, matrix = search.places, search.matrix
    seconds = min(POSTS_SECONDS, search.left())
    relaxed = _part(search, cost, places.for_good, matrix.lower, places.posts, seconds, 0.2 * search.limits.gap, done, patient=True)
    x = relaxed.x
    for service in range(places.services):
        if x is None or done():
            return None
        held = places.outside({service}) | places.for_good
        seconds = min(SERVICE_SECONDS, search.left())
        found = _part(search, cost, held | places.posts, x, matrix.whole & ~held, seconds, 1e-3, done)
        if found.x is None:
            found = _part(search, cost, held, x, matrix.whole & ~held, seconds, 1e-3, done, patient=True)
        x = found.x
    return x


def improve_plan(
    search: Search,
    cost: Floats,
    keep: Callable[[Floats | None], None],
    done: Callable[[], bool],
    bound: Callable[[], float | None],
    workers: int,
) -> None:
    """Fix and optimise: decide neighbourhoods again with the rest held, ``workers`` at once, as long as there is time and a gap to close."""
    neighbourhoods = search.places.neighbourhoods(np.random.default_rng(search.limits.seed))
    drawing = threading.Lock()
    turn = fruitless = 0

    def value() -> float:
        assert search.best is not None
        return float(cost @ search.best)

    def near() -> float:
        """To what gap a neighbourhood is decided: a small part of that of the whole."""
        known = _gap(value(), bound())
        return ROUND_SHARE * known if known < 1.0 else search.limits.gap

    def work() -> None:
        nonlocal turn, fruitless
        while search.best is not None and not done() and fruitless <= 4 * search.places.services + 12:
            with drawing:
                free, from_best = next(neighbourhoods), turn % 2 == 0
                turn += 1
            base = search.best
            seconds = ROUND_SECONDS * (1 + fruitless // search.places.services)
            start = base if from_best or free.sum() > SMALL else None
            found = _part(search, cost, ~free, base, search.matrix.whole & free, min(seconds, search.left()), near(), done, start)
            before = value()
            if found.x is not None and float(cost @ found.x) < float(cost @ base):
                keep(found.x if search.best is base else _joined(search, cost, free, found.x, done))
            fruitless = 0 if value() < before - 1e-6 * abs(before) else fruitless + 1

    with ThreadPoolExecutor(workers) as pool:
        for ended in [pool.submit(work) for _ in range(workers)]:
            ended.result()


def _joined(search: Search, cost: Floats, free: Mask, found: Floats, over: Callable[[], bool]) -> Floats:
    """What was found in a neighbourhood put into the best plan, which others have made better since; as it was found where it does not fit in."""
    assert search.best is not None
    whole = search.matrix.whole
    both = _part(search, cost, ~free | whole, np.where(free, found, search.best), whole, min(ROUND_SECONDS, search.left()), 0.0, over)
    return found if both.x is None or float(cost @ both.x) > float(cost @ found) else both.x


def _part(
    search: Search,
    cost: Floats,
    held: Mask,
    at: Floats | None,
    whole: Mask,
    seconds: float,
    gap: float,
    over: Callable[[], bool],
    start: Floats | None = None,
    *,
    patient: bool = False,
) -> Found:
    """Solve with some columns held where they are, and only some of the whole ones whole; ``over`` is asked meanwhile whether to stop.

    Where it is ``patient`` it does not end without a solution before the time for everything is over, however slow the machine is.
    """
    lower, upper = search.matrix.lower, search.matrix.upper
    if at is not None:
        lower, upper = np.where(held, at, lower), np.where(held, at, upper)
    part = replace(search.matrix, lower=lower, upper=upper, whole=whole & ~held)
    finish = time.perf_counter() + seconds
    anything = not patient

    def tell(value: float | None, _bound: float | None, _x: Floats | None) -> None:
        nonlocal anything
        anything = anything or value is not None

    return highs.solve(
        part, cost, seconds=search.left() if patient else seconds, gap=gap, start=start, seed=search.limits.seed, tell=tell,
        stop=lambda: search.limits.stop.is_set() or over() or (anything and time.perf_counter() > finish), options=dict(search.fine),
    )  # fmt: skip
