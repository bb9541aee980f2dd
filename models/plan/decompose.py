"""A plan of many services, service by service: what they share is priced, each is decided at those prices, and room is found for all of it.

Services are linked by few rows (money, course places, labour markets, levels that are held). Their prices are the dual values of the linear
relaxation of the whole. At given prices the services fall apart: each is a small whole-number problem of its own, and the sum of what is proved of
them, less what the shared amounts are worth, is a bound of the whole whatever the prices are. A plan is made by deciding one service after another
within its share of the relaxed plan and what the others left; then whoever is furthest from its own best at the prices is decided again.

Nothing here knows what a row means: it is told each column's service, and finds out what links them (:func:`split`).
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from optimiser import highs
from optimiser.highs import INFINITY, Ended, Found, Matrix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.signedinteger[Any]]

MANY = 20
"""Services from which a plan is decided service by service: with fewer the search of the whole does as well."""

SAFE = 1e-6
"""Share by which the bound of a linear relaxation that ends inside its face is told lower: far more than the solver's tolerance."""

PRICES_SHARE, FIRST_SECONDS, BOUND_SHARE = 0.5, 40.0, 0.4
"""Largest share of the time for the prices; seconds for the first decision of all services together; share of what is then left for their bounds."""

LEAST_SECONDS, AGAIN_SECONDS = 0.5, 10.0
"""Shortest and longest time for one service."""

FIRST_GAP, FIRST_EACH, FIRST_REACH, REPAIRS = 0.02, 2.0, 1.0, 6
"""Gap to which a service is first decided, the longest time for it, and how far from the relaxed plan (nearer, all of them seldom have room);
how often those who hold too much are decided again."""

HARD = 100.0
"""How many times its price what is used beyond the room costs, where there is no need to: next to never worth it."""


@dataclass(frozen=True)
class Block:
    """One service: its columns of the whole, the rows that are its alone, and its part in the linking rows (all of them "at most")."""

    columns: Ints
    matrix: Matrix
    link: sparse.csr_matrix


@dataclass(frozen=True)
class Split:
    """A whole problem as blocks, linking rows ``Σ link x + shared_link x_shared ≤ most``, and columns that follow from the others.

    Columns that only name a sum (terms and levels: equal to a sum and unbounded on a side) give way to it: ``x = sums x + constants``. A bound on
    such a column is a linking row. ``origin`` finds the price of each linking row: whether it is a column of the whole, its number, and 1 or -1
    for the side.
    """

    blocks: tuple[Block, ...]
    shared: Ints
    shared_lower: Floats
    shared_upper: Floats
    shared_link: sparse.csr_matrix
    most: Floats
    origin: tuple[tuple[bool, int, float], ...]
    named: Ints
    sums: sparse.csr_matrix
    constants: Floats
    size: int

    def cost(self, cost: Floats) -> Floats:
        """Cost of each column once the columns that name a sum are put in its place; theirs is nil."""
        own = cost.copy()
        own[self.named] = 0.0
        return np.asarray(own + self.sums.T @ cost[self.named], dtype=np.float64)

    def complete(self, x: Floats) -> Floats:
        """The solution with the columns that follow worked out."""
        full = x.copy()
        full[self.named] = 0.0
        full[self.named] = self.sums @ full + self.constants
        return full


def split(matrix: Matrix, service: Ints) -> Split | None:
    """The whole as services and what links them; ``service`` is each column's, -1 where it has none. None where it does not come apart this way."""
    rows, columns = len(matrix.row_lower), len(matrix.lower)
    a = sparse.csc_matrix((matrix.value, matrix.index, matrix.start), shape=(rows, columns)).tocsr()
    entry_row = np.repeat(np.arange(rows), np.diff(a.indptr))
    first, last = _span(entry_row, service[a.indices], rows)
    equal = matrix.row_lower == matrix.row_upper
    # A shared column all of whose rows are one service's (money carried over in a service's own budget) is that service's.
    alone = service.copy()
    low, high = _span(a.indices, np.where(first[entry_row] == last[entry_row], first[entry_row], -2), columns)
    moved = (service < 0) & (low == high) & (low >= 0)
    alone[moved] = low[moved]
    has_shared = np.zeros(rows, dtype=np.bool_)
    has_shared[entry_row[alone[a.indices] < 0]] = True
    own_row = np.where(~has_shared & (first == last), first, -1)

    open_ended = (alone < 0) & (np.isinf(matrix.lower) | np.isinf(matrix.upper))
    unequal = np.zeros(columns, dtype=np.bool_)
    unequal[a.indices[~equal[entry_row]]] = True
    named = np.flatnonzero(open_ended & ~unequal)
    names = np.zeros(rows, dtype=np.bool_)
    names[entry_row[np.isin(a.indices, named)]] = True
    names &= equal & (own_row < 0)
    others = sparse.diags(np.where(np.isin(np.arange(columns), named), 0.0, 1.0)).tocsr()
    sums, constants = sparse.csr_matrix((0, columns)), np.zeros(0)
    if len(named) or names.any():
        body = a[names]
        square = body[:, named].toarray()
        if square.shape[0] != square.shape[1] or np.linalg.matrix_rank(square) < len(named):
            return None
        inverse = np.linalg.inv(square)
        sums = sparse.csr_matrix(-inverse @ (body @ others))
        constants = inverse @ matrix.row_lower[names]

    linking = np.flatnonzero((own_row < 0) & ~names)
    with_names = a[linking][:, named]
    body = sparse.vstack([a[linking] @ others + with_names @ sums, sums]).tocsr()
    shift = np.concatenate([with_names @ constants, constants])
    lower = np.concatenate([matrix.row_lower[linking], matrix.lower[named]]) - shift
    upper = np.concatenate([matrix.row_upper[linking], matrix.upper[named]]) - shift
    where = [(False, int(r)) for r in linking] + [(True, int(c)) for c in named]
    below, above = np.flatnonzero(np.isfinite(upper)), np.flatnonzero(np.isfinite(lower))
    link = sparse.vstack([body[below], -body[above]]).tocsc()
    origin = tuple((*where[r], 1.0) for r in below) + tuple((*where[r], -1.0) for r in above)

    order = np.argsort(own_row, kind="stable")
    bounds = np.searchsorted(own_row[order], np.arange(service.max() + 2))
    blocks = []
    for s in range(int(service.max()) + 1):
        own = np.flatnonzero(alone == s)
        mine = order[bounds[s] : bounds[s + 1]]
        rows_of = a[mine][:, own].tocsc()
        of_its_own = _matrix(rows_of, matrix.row_lower[mine], matrix.row_upper[mine], matrix.lower[own], matrix.upper[own], matrix.whole[own])
        blocks.append(Block(own, of_its_own, link[:, own].tocsr()))
    shared = np.setdiff1d(np.flatnonzero(alone < 0), named)
    if matrix.whole[shared].any():
        return None
    return Split(
        tuple(blocks), shared, matrix.lower[shared], matrix.upper[shared], link[:, shared].tocsr(), np.concatenate([upper[below], -lower[above]]),
        origin, named, sums, constants, columns,
    )  # fmt: skip


def _span(group: Ints, label: Ints, groups: int) -> tuple[Ints, Ints]:
    """Least and largest label of each group, negative ones left out unless -2 (which makes the two differ from any); -1 where there is none."""
    least, most = np.full(groups, np.iinfo(np.int64).max), np.full(groups, -1)
    counted = (label >= 0) | (label == -2)
    np.minimum.at(least, group[counted], label[counted])
    np.maximum.at(most, group[counted], label[counted])
    return np.where(least == np.iinfo(np.int64).max, -1, least), most


def _matrix(body: sparse.csc_matrix, row_lower: Floats, row_upper: Floats, lower: Floats, upper: Floats, whole: NDArray[np.bool_]) -> Matrix:
    start, index = body.indptr.astype(np.int32), body.indices.astype(np.int32)
    return Matrix(start, index, body.data.astype(np.float64), row_lower, row_upper, lower, upper, whole)


# --- one service, or a few --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """A few services to decide together: plain arrays, so that it can be sent to any process. ``room`` is what of each linking row they may use.

    More than the room costs ``penalty`` a unit, so that there is an answer. Without a room the services are bound by their own rows alone.
    """

    blocks: tuple[Block, ...]
    cost: Floats
    room: Floats | None
    penalty: Floats
    seconds: float
    gap: float
    seed: int
    start: Floats | None


@dataclass(frozen=True)
class Decided:
    """The columns of a job's services, one after another; the bound of the job's own cost; whether there is no answer at all."""

    x: Floats | None
    bound: float | None
    impossible: bool


_told_to_stop: Any = None
"""In a worker process: the event that tells it to stop."""


def _listen(event: Any) -> None:
    """Hear the event in a worker process, and leave Ctrl-C to the process that started it."""
    global _told_to_stop
    _told_to_stop = event
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def decide(job: Job) -> Decided:
    """Decide the services of a job at its costs, within its room."""
    own = [b.matrix for b in job.blocks]
    body: Any = sparse.block_diag([_body(m) for m in own], format="csc")
    row_lower, row_upper, lower, upper, whole = (
        np.concatenate([getattr(m, name) for m in own]) for name in ("row_lower", "row_upper", "lower", "upper", "whole")
    )
    cost, start, width = job.cost, job.start, len(lower)
    link = sparse.hstack([b.link for b in job.blocks]).tocsr()
    if job.room is not None:
        rows = np.flatnonzero(np.diff(link.indptr))
        over = -sparse.identity(len(rows), format="csc")
        body = sparse.bmat([[body, None], [link[rows], over]], format="csc")
        cost = np.concatenate([cost, job.penalty[rows]])
        row_lower, row_upper = np.concatenate([row_lower, np.full(len(rows), -INFINITY)]), np.concatenate([row_upper, job.room[rows]])
        lower, upper = np.concatenate([lower, np.zeros(len(rows))]), np.concatenate([upper, np.full(len(rows), INFINITY)])
        whole = np.concatenate([whole, np.zeros(len(rows), dtype=np.bool_)])
        if start is not None:
            start = np.concatenate([start, np.maximum(0.0, link[rows] @ start - job.room[rows])])
    found = highs.solve(
        _matrix(body, row_lower, row_upper, lower, upper, whole), cost, seconds=job.seconds, start=start, seed=job.seed,
        stop=lambda: _told_to_stop is not None and _told_to_stop.is_set(), options={"mip_abs_gap": job.gap},
    )  # fmt: skip
    if found.x is None or not _keeps(body, row_lower, row_upper, found.x):
        return Decided(None, found.bound, found.ended is Ended.IMPOSSIBLE)
    return Decided(found.x[:width], found.bound, impossible=False)


def _keeps(body: Any, row_lower: Floats, row_upper: Floats, x: Floats) -> bool:
    """Whether a solution keeps the rows: one whose whole columns were rounded by a hair after a limit was reached need not."""
    total = body @ x
    with np.errstate(invalid="ignore"):
        return bool((np.maximum(row_lower - total, total - row_upper) <= 1e-6 * np.maximum(1.0, np.abs(total))).all())


def _body(matrix: Matrix) -> sparse.csc_matrix:
    return sparse.csc_matrix((matrix.value, matrix.index, matrix.start), shape=(len(matrix.row_lower), len(matrix.lower)))


# --- who does the work ------------------------------------------------------------------------------------------------


class Inline(Executor):
    """An executor that does each job as it is handed over: the same steps in the same order every time."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it now."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@contextmanager
def executor(workers: int) -> Iterator[tuple[Executor, Callable[[], None]]]:
    """Whoever does the jobs, and how to tell it to stop: this process where there is one worker, processes of its own where there are more.

    Threads take their place where processes cannot be started (inside a daemon, or under a script that does not guard its main part): the solver runs
    outside the interpreter's lock. Any other ``concurrent.futures.Executor`` would do, a cluster's for example.
    """
    if workers <= 1:
        yield Inline(), lambda: None
        return
    context = multiprocessing.get_context("spawn")
    told = context.Event()
    pool: Executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_listen, initargs=(told,))
    try:
        pool.submit(int).result()
    except (BrokenExecutor, AssertionError):
        pool = ThreadPoolExecutor(workers)
    try:
        yield pool, told.set
    finally:
        told.set()
        pool.shutdown(cancel_futures=True)  # they stop at once; one that is only just starting needs the event to be there


# --- all services -----------------------------------------------------------------------------------------------------


@dataclass
class Whole:
    """A level of the whole problem taken apart: the clock, the best plan and the best bound."""

    matrix: Matrix
    parts: Split
    cost: Floats
    seconds: float
    gap: float
    workers: int
    seed: int
    stop: Callable[[], bool]
    heard: Callable[[Floats | None, float | None], None]
    began: float = field(default_factory=time.perf_counter)
    best: Floats | None = None
    bound: float | None = None

    def left(self) -> float:
        """Seconds left."""
        return 0.0 if self.stop() else max(0.0, self.seconds - (time.perf_counter() - self.began))

    def value(self) -> float:
        """Value of the best plan; infinite where there is none."""
        return np.inf if self.best is None else float(self.cost @ self.best)

    def near(self) -> bool:
        """Whether value and bound are as near as was asked."""
        return self.bound is not None and self.value() - self.bound <= self.gap * max(1.0, abs(self.value()))

    def done(self) -> bool:
        """Whether there is nothing more to do, or no time."""
        return self.near() or self.left() <= 0.0

    def keep(self, x: Floats) -> None:
        """Take a plan if it is better than the best, and tell."""
        if float(self.cost @ x) < self.value() - 1e-9:
            self.best = x
            self.heard(x, self.bound)

    def prove(self, bound: float) -> None:
        """Take a bound if it is closer than the one known, and tell."""
        if self.bound is None or bound > self.bound:
            self.bound = bound
            self.heard(None, bound)


@dataclass
class Plan:
    """What each service does and what it holds of the linking rows; at first its share of the relaxed plan, nothing decided."""

    parts: Split
    cost: Floats
    shared: Floats
    relaxed: list[Floats]
    x: list[Floats | None]
    held: Floats

    @classmethod
    def of(cls, parts: Split, cost: Floats, x: Floats) -> Plan:
        """The relaxed plan."""
        relaxed = [x[b.columns] for b in parts.blocks]
        shared = np.clip(x[parts.shared], parts.shared_lower, parts.shared_upper)
        held = np.array([b.link @ own for b, own in zip(parts.blocks, relaxed, strict=True)])
        return cls(parts, cost, shared, relaxed, [None] * len(relaxed), held)

    def room(self) -> Floats:
        """What is left of each linking row; negative where too much is held."""
        return np.asarray(self.parts.most - self.parts.shared_link @ self.shared - self.held.sum(axis=0))

    def keeps_room(self) -> bool:
        """Whether every linking row holds, as exactly as a solver holds a row."""
        return bool((self.room() >= -1e-6 * np.maximum(1.0, np.abs(self.parts.most))).all())

    def own_cost(self, s: int) -> Floats:
        """Cost of a service's columns."""
        return self.cost[self.parts.blocks[s].columns]

    def decided(self, s: int) -> Floats:
        """What a service does, once it is decided."""
        x = self.x[s]
        assert x is not None
        return x

    def set(self, s: int, x: Floats) -> None:
        """Decide a service."""
        self.x[s] = x
        self.held[s] = self.parts.blocks[s].link @ x

    def near(self, s: int, reach: float) -> Block:
        """A service's block, its whole columns within reach of the relaxed plan and of what is decided."""
        block = self.parts.blocks[s]
        m, decided = block.matrix, self.x[s]
        known = np.array([self.relaxed[s], self.relaxed[s] if decided is None else decided])
        low = np.where(m.whole, np.maximum(m.lower, np.floor(known.min(axis=0) + 1e-6) - reach), m.lower)
        high = np.where(m.whole, np.minimum(m.upper, np.ceil(known.max(axis=0) - 1e-6) + reach), m.upper)
        return replace(block, matrix=highs.with_bounds(m, low, high))

    def whole(self) -> Floats | None:
        """The plan of the whole; None while a service is not decided or a linking row is broken."""
        if any(own is None for own in self.x) or not self.keeps_room():
            return None
        x = np.zeros(self.parts.size)
        x[self.parts.shared] = self.shared
        for block, own in zip(self.parts.blocks, self.x, strict=True):
            x[block.columns] = own
        return self.parts.complete(x)

    def take(self, x: Floats) -> None:
        """Decide everything as in a plan of the whole."""
        self.shared = x[self.parts.shared]
        for s, block in enumerate(self.parts.blocks):
            self.set(s, x[block.columns])


def solve(
    matrix: Matrix,
    parts: Split,
    cost: Floats,
    *,
    seconds: float,
    gap: float,
    workers: int,
    seed: int,
    stop: Callable[[], bool],
    heard: Callable[[Floats | None, float | None], None],
    start: Floats | None = None,
) -> Found:
    """Minimise ``cost`` over the whole, service by service; ``heard`` is told of every better plan and every closer bound."""
    w = Whole(matrix, parts, cost, seconds, gap, workers, seed, stop, heard, best=start)
    with executor(workers) as (pool, halt):
        crew = Crew(pool, max(1, workers), halt, w)
        relaxed = _relaxed(w, matrix, PRICES_SHARE * w.left())
        if relaxed.x is None or relaxed.value is None or relaxed.prices is None:
            return replace(relaxed, x=start, value=None if start is None else w.value(), bound=None)
        w.prove(relaxed.value - SAFE * max(1.0, abs(relaxed.value)))
        plan = Plan.of(parts, parts.cost(cost), relaxed.x)
        prices, nothing = safe_prices(parts, plan.cost, *relaxed.prices)
        if not first(w, plan, crew, prices):
            return Found(Ended.IMPOSSIBLE, None, None, None, time.perf_counter() - w.began)
        if w.best is not None:
            plan.take(w.best)
            settle(w, plan)
            bests = bounds(w, plan, crew, prices, nothing + float(cost[parts.named] @ parts.constants))
            improve(w, plan, crew, prices, bests)
            settle(w, plan)
    ended = Ended.PROVED if w.near() else Ended.STOPPED
    return Found(ended, w.best, None if w.best is None else w.value(), w.bound, time.perf_counter() - w.began)


def _relaxed(w: Whole, matrix: Matrix, seconds: float) -> Found:
    """The linear relaxation, inside its best face where that will do (crossing over to a corner takes longer than getting there)."""
    began = time.perf_counter()
    found = highs.solve(matrix, w.cost, seconds=seconds, relax=True, seed=w.seed, stop=w.stop, options={"run_crossover": "off"})
    if found.prices is None and found.ended is not Ended.IMPOSSIBLE:
        found = highs.solve(matrix, w.cost, seconds=seconds - (time.perf_counter() - began), relax=True, seed=w.seed, stop=w.stop)
    return found


def safe_prices(parts: Split, cost: Floats, rows: Floats, columns: Floats) -> tuple[Floats, float]:
    """Prices of the linking rows, none below nil, and what the columns of no service and the rows themselves add to the bound at them.

    ``-inf`` where a shared column without a bound would be worth an endless amount.
    """
    prices = np.array([max(0.0, -side * float((columns if of_column else rows)[at])) for of_column, at, side in parts.origin])
    own, link = cost[parts.shared], parts.shared_link.tocsc()
    for j in np.flatnonzero(np.isinf(parts.shared_upper)):
        # What may fall short at a price: nothing is worth more than that price. Relaxations exceed it by their tolerance.
        span = slice(link.indptr[j], link.indptr[j + 1])
        at, factor = link.indices[span], link.data[span]
        if len(at) == 1 and factor[0] < 0:
            prices[at[0]] = min(prices[at[0]], max(0.0, -own[j] / factor[0]) * (1 - 1e-9))
    reduced = own + prices @ parts.shared_link
    with np.errstate(invalid="ignore"):
        ends = np.minimum(np.where(reduced == 0, 0.0, reduced * parts.shared_lower), np.where(reduced == 0, 0.0, reduced * parts.shared_upper))
    return prices, float(ends.sum() - prices @ parts.most)


# --- the steps --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Crew:
    """Whoever does the jobs, how many at once, and how to tell them to stop."""

    pool: Executor
    at_once: int
    halt: Callable[[], None]
    whole: Whole

    def work(self, jobs: Iterator[tuple[Any, Job]], finish: Callable[[Any, Decided], None]) -> None:
        """Do jobs until there are no more. Each is asked for only when somebody is free, so that it knows what became of those before."""
        flying: dict[Future[Decided], Any] = {}
        while True:
            while len(flying) < self.at_once and (job := next(jobs, None)) is not None:
                flying[self.pool.submit(decide, job[1])] = job[0]
            if not flying:
                return
            ended, _ = wait(flying, timeout=0.25, return_when=FIRST_COMPLETED)
            for future in [f for f in flying if f in ended]:
                finish(flying.pop(future), future.result())
            if self.whole.stop():
                self.halt()


def _share(plan: Plan, crew: Crew) -> Floats:
    """What a job may have on top of what its services hold: its part of what is left; all of what is missing, where too much is held."""
    room = plan.room()
    return np.asarray(np.where(room > 0, room / crew.at_once, room))


def _job(
    w: Whole,
    plan: Plan,
    services: Sequence[int],
    cost: Floats,
    room: Floats | None,
    seconds: float,
    gap: float,
    prices: Floats,
    hard: float = HARD,
    reach: float = INFINITY,
) -> Job:
    """Job of some services; it starts from what is decided of them.

    What they use beyond the room costs ``hard`` times its price on top. Whole columns stay within ``reach`` of the relaxed plan and of what is
    decided: left to itself the solver begins with plans of any number of posts, and its time is over before it comes to a good one.
    """
    blocks = tuple(plan.near(s, reach) for s in services)
    size = sum(abs(float(plan.own_cost(s) @ x)) for s, x in enumerate(plan.relaxed))
    penalty = hard * (prices + 0.1 * size / np.maximum(1.0, np.abs(plan.parts.most)))
    known = [plan.x[s] for s in services]
    start = None if any(x is None for x in known) else np.concatenate([x for x in known if x is not None])
    return Job(blocks, cost, room, penalty, min(seconds, w.left()), gap, w.seed, start)


def _size(plan: Plan, s: int) -> float:
    """What a service is worth in the relaxed plan: what a gap of it is a share of."""
    return max(1e-3, abs(float(plan.own_cost(s) @ plan.relaxed[s])))


def _priced(plan: Plan, s: int, prices: Floats) -> Floats:
    """Cost of a service's columns with what they use of the linking rows."""
    return np.asarray(plan.own_cost(s) + prices @ plan.parts.blocks[s].link)


def first(w: Whole, plan: Plan, crew: Crew, prices: Floats) -> bool:
    """Decide every service once, the largest first, at the prices and within its share of the relaxed plan and what those before it left.

    Services that hold too much are decided again, at higher and higher prices for it. False where some service has no answer whatever it may use.
    """
    hopeless: list[int] = []
    order = sorted(range(len(plan.x)), key=lambda s: -_size(plan, s))

    def jobs(services: Sequence[int], seconds: float, hard: float, reach: float, ended: Callable[[int], bool]) -> Iterator[tuple[int, Job]]:
        until = w.left() - seconds
        for n, s in enumerate(services):
            if w.left() <= 0.0:
                return
            if not ended(s):
                share = _share(plan, crew)
                room = plan.held[s] + share
                plan.held[s] += np.maximum(share, 0.0)
                each = max(LEAST_SECONDS, min(FIRST_EACH, 3 * (w.left() - until) * crew.at_once / (len(services) - n)))
                yield s, _job(w, plan, [s], _priced(plan, s, prices), room, each, FIRST_GAP * _size(plan, s), prices, hard, reach)

    def finish(s: int, decided: Decided) -> None:
        if decided.x is not None:
            plan.set(s, decided.x)

    def judge(s: int, decided: Decided) -> None:
        finish(s, decided)
        hopeless.extend([s] * decided.impossible)

    crew.work(jobs(order, min(FIRST_SECONDS, 0.4 * w.left()), 3.0, FIRST_REACH, lambda _: False), finish)
    for turn in range(REPAIRS):
        if plan.whole() is not None or w.left() <= 0.0:
            break
        missing = [s for s in order if plan.x[s] is None]
        if turn == 1:
            crew.work(((s, _job(w, plan, [s], _priced(plan, s, prices), None, AGAIN_SECONDS, 0.0, prices)) for s in missing), judge)
            if hopeless:
                return False
        # Those with nothing yet, then those who hold most of what is short; the more it is held too dear, the dearer it becomes.
        short = plan.room() < 0
        using = plan.held[:, short] @ (1.0 / np.maximum(1.0, np.abs(plan.parts.most[short])))
        again = sorted((s for s in order if plan.x[s] is None or using[s] > 0), key=lambda s: (plan.x[s] is not None, -using[s]))
        crew.work(jobs(again, 0.4 * w.left(), 3.0 ** (turn + 2), FIRST_REACH + turn, lambda s: plan.x[s] is not None and plan.keeps_room()), finish)
    x = plan.whole()
    if x is not None:
        w.keep(x)
    return True


def settle(w: Whole, plan: Plan) -> None:
    """Decide anew what is not whole, of all services and of what they share at once."""
    if w.best is None or w.done():
        return
    lower, upper = np.where(w.matrix.whole, w.best, w.matrix.lower), np.where(w.matrix.whole, w.best, w.matrix.upper)
    found = highs.solve(replace(w.matrix, lower=lower, upper=upper), w.cost, seconds=0.3 * w.left(), relax=True, seed=w.seed, stop=w.stop)
    if found.x is not None and found.ended is Ended.PROVED and float(w.cost @ found.x) < w.value():
        w.keep(np.where(w.matrix.whole, w.best, found.x))
        plan.take(w.best)


def bounds(w: Whole, plan: Plan, crew: Crew, prices: Floats, nothing: float) -> list[tuple[float, float]]:
    """What each service can do at best at the prices: value found and bound proved. Their bounds make one of the whole (Lagrange)."""
    proved: list[tuple[float, float]] = [(np.inf, -np.inf)] * len(plan.x)
    each = max(LEAST_SECONDS, min(AGAIN_SECONDS, BOUND_SHARE * w.left() * crew.at_once / len(plan.x)))

    def jobs() -> Iterator[tuple[int, Job]]:
        for s in sorted(range(len(plan.x)), key=lambda s: -_size(plan, s)):
            if w.done():
                return
            # Without what is decided of it: started from that, HiGHS 1.13.1 has proved it the best where it was not, and the bound was none.
            job = _job(w, plan, [s], _priced(plan, s, prices), None, each, 0.25 * w.gap * _size(plan, s), prices)
            yield s, replace(job, start=None)

    def finish(s: int, decided: Decided) -> None:
        if decided.bound is not None:
            known = plan.decided(s) if decided.x is None else decided.x
            proved[s] = float(_priced(plan, s, prices) @ known), decided.bound

    crew.work(jobs(), finish)
    w.prove(nothing + sum(bound for _, bound in proved))
    return proved


def improve(w: Whole, plan: Plan, crew: Crew, prices: Floats, bests: list[tuple[float, float]]) -> None:
    """Decide again whoever is furthest from its own best at the prices, alone and then with others, within its room and what is left."""
    draw = np.random.default_rng(w.seed)
    tries = np.zeros(len(plan.x))
    busy: set[int] = set()
    fruitless = 0

    def loss(s: int) -> float:
        return float(_priced(plan, s, prices) @ plan.decided(s)) - min(bests[s][0], 1e12)

    def jobs() -> Iterator[tuple[tuple[int, ...], Job]]:
        while not w.done() and fruitless <= 4 * len(plan.x) + 12:
            free = [s for s in range(len(plan.x)) if s not in busy]
            if not free:
                return
            lead = max(free, key=lambda s: (max(loss(s), 0.0) + 1e-9 * _size(plan, s)) / 2 ** tries[s])
            others = [s for s in free if s != lead]
            company = draw.choice(others, min(len(others), int(tries[lead]) % 3), replace=False).tolist() if others else []
            group = tuple(sorted((lead, *company)))
            tries[lead] += 1
            busy.update(group)
            share = plan.room()  # all of it: half of what is left may be too little for anybody
            room = plan.held[list(group)].sum(axis=0) + share
            cost = np.concatenate([plan.own_cost(s) for s in group])
            gap = 0.1 * w.gap * min(_size(plan, s) for s in group)
            job = _job(w, plan, group, cost, room, AGAIN_SECONDS, gap, prices, reach=float(tries[lead]))
            plan.held[lead] += np.maximum(share, 0.0)
            yield group, job

    def finish(group: tuple[int, ...], decided: Decided) -> None:
        nonlocal fruitless
        busy.difference_update(group)
        before = [plan.decided(s) for s in group]
        fruitless += 1
        new = before if decided.x is None else np.split(decided.x, np.cumsum([len(x) for x in before])[:-1])
        old, now = (sum(float(plan.own_cost(s) @ x) for s, x in zip(group, made, strict=True)) for made in (before, new))
        better = now < old - 1e-6 * abs(old)
        for s, x in zip(group, new if better else before, strict=True):
            plan.set(s, x)
        if better:
            fruitless = 0
            whole = plan.whole()
            if whole is not None:
                w.keep(whole)

    crew.work(jobs(), finish)
