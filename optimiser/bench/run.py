"""Benchmark runs: each method on each instance with each seed, every run in a fresh process, so that its time and memory are its own."""

from __future__ import annotations

import math
import multiprocessing
import os
import platform
import re
import signal
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from optimiser.bench import record
from optimiser.bench.known import moments
from optimiser.bench.record import Run, Skipped, Step
from optimiser.bench.sizes import counted
from optimiser.collector import collector_paused
from optimiser.engine import AGREEMENT, Misfit, Refusal, examined, instance_name, job_of, versions
from optimiser.result import OPTIMAL_GAP, Limits, Outcome, Progress
from optimiser.tables import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection

    from pydantic import BaseModel

    from optimiser.bench.known import Known
    from optimiser.engine import Problem, Verdict
    from optimiser.result import Level

    Method = Callable[[Any, Limits], tuple[Any, Outcome]]
    Contender = Callable[[str, str], tuple[Problem[Any, Any], Method]]
    Make = Callable[[str], BaseModel]

OURS = "ours"
GRACE = 60.0
"""Seconds beyond twice the time allowed after which a run is given up: for reading, building, handing over and checking, none of which has a limit.
Twice, as not every method hears in time that it is over: HiGHS has taken 95 s of 40."""


class Changed(Exception):
    """An instance is no longer what it was when the runs were asked for, or is made otherwise on this machine."""


_STARTING = threading.Lock()


class Families(Protocol):
    """The published set of made instances (``instances.families``)."""

    NAMES: tuple[str, ...]
    SETS: dict[str, tuple[str, ...]]

    def make(self, name: str) -> BaseModel:
        """Make the instance of a name."""

    def job(self, name: str) -> str:
        """Job of an instance. Raises ValueError where the name is that of none."""

    def digests(self) -> Mapping[str, str]:
        """Digest of every instance of the set."""


@dataclass(frozen=True)
class Instance:
    """What is run: read from ``source``, or made from its name where that is None."""

    job: str
    name: str
    source: Path | None
    digest: str


@dataclass(frozen=True)
class Task:
    """One run to make: a method on an instance with a seed, so many workers and so many seconds; and the best known of the instance."""

    instance: Instance
    method: str
    seed: int
    workers: int
    allowed: float
    best: Known | None = None

    def begun(self) -> Run:
        """Give the row of a run that has come to nothing yet."""
        return Run(
            job=self.instance.job, instance=self.instance.name, digest=self.instance.digest, method=self.method, seed=self.seed,
            workers=self.workers, allowed=self.allowed, started=datetime.now(UTC).isoformat(timespec="seconds"), versions=versions(),
            machine={"cpus": os.cpu_count() or 1, "platform": platform.platform(), "processor": processor()}, status="failed",
        )  # fmt: skip


# --- instances --------------------------------------------------------------------------------------------------------


def find(words: Sequence[str], shipped: Path, jobs: Sequence[Problem[Any, Any]], families: Callable[[], Families]) -> list[Instance]:
    """Instances meant by paths and names, each once: an input, a folder of inputs, a shipped one, one of the published set or a set of these.

    Raises
    ------
    Refusal
        A word means nothing, or a folder holds no instance.
    Misfit
        An input has errors, or is for no job.
    """
    found = [instance for word in words for instance in _meant(word, shipped, jobs, families)]
    return list({(instance.job, instance.digest): instance for instance in found}.values())


def _meant(word: str, shipped: Path, jobs: Sequence[Problem[Any, Any]], families: Callable[[], Families]) -> Iterator[Instance]:
    path = Path(word)
    if path.exists():
        inputs = [path] if path.is_file() or any(path.glob("*.csv")) else _inputs_in(path, jobs)
        if not inputs:
            raise Refusal("BEN-01", f"{word} holds no instance.", where=word, fix="Give an instance, or a folder of instances.")
        yield from (_read(place, jobs) for place in inputs)
        return
    own = {f"{place.parent.name}/{place.name}": place for job in jobs for place in _inputs_in(shipped / job.name, jobs)}
    places = [place for name, place in own.items() if word in (name, place.name)]
    if places:
        yield from (_read(place, jobs) for place in places)
        return
    published = families()
    for name in published.SETS.get(word, (word,)):
        try:
            job = published.job(name)
        except ValueError as wrong:
            near = get_close_matches(word, {*own, *(place.name for place in own.values()), *published.NAMES, *published.SETS}, 3)
            fix = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join([*own, *published.SETS])}, and what the sets hold."
            raise Refusal("BEN-01", f"There is no file, folder or known instance called {word}.", where=word, fix=fix) from wrong
        yield Instance(job, name, None, published.digests().get(name) or digest(published.make(name)))


def _inputs_in(folder: Path, jobs: Sequence[Problem[Any, Any]]) -> list[Path]:
    """Inputs that lie in a folder: folders of CSV files, workbooks and JSON files that are for one of the jobs."""
    found = []
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        if any(place.glob("*.csv")) if place.is_dir() else place.suffix.lower() in (".xlsx", ".xlsm", ".json"):
            try:
                job_of(place, jobs)
            except Misfit:
                continue  # tables of another kind, such as sources
            found.append(place)
    return found


def _read(path: Path, jobs: Sequence[Problem[Any, Any]]) -> Instance:
    problem = job_of(path, jobs)
    loaded, findings = examined(problem, path)
    wrong = [str(f) for f in findings if f.severity == "error"]
    if wrong:
        raise Misfit("IN-00", f"{path} has errors; the first: {wrong[0]}", where=str(path), fix=f"See `optimiser check {path}`.")
    return Instance(problem.name, instance_name(path), Path(os.path.abspath(path)), loaded.digest)


# --- one run, in its own process --------------------------------------------------------------------------------------


def make_run(task: Task, contender: Contender, make: Make) -> Run:
    """Read or make the instance, answer it, check the answer; in this process."""
    begun = task.begun()
    problem, method = contender(task.instance.job, task.method)
    reading = time.perf_counter()
    data = make(task.instance.name) if task.instance.source is None else problem.read(task.instance.source).data
    read = time.perf_counter() - reading
    if data is None or digest(data) != task.instance.digest:
        raise Changed("the instance is not the one that was asked for: its digest is another")
    trace: list[Step] = []

    def tell(progress: Progress) -> None:
        # By this clock, whatever the method's own counts from and in; where nothing is new, nothing is kept.
        step = _step(progress, time.perf_counter() - answering)
        if not trace or trace[-1] != step._replace(seconds=trace[-1].seconds):
            trace.append(step)

    # Content with nothing less than a proof: otherwise times to the end could not be compared.
    limits = Limits(seconds=task.allowed, gap=OPTIMAL_GAP, workers=task.workers, seed=task.seed, by_clock=True, tell=tell)
    answering = time.perf_counter()
    answer, outcome = method(data, limits)
    checking = time.perf_counter()
    with collector_paused():
        verdict = None if answer is None else problem.check(data, answer)
    answered, checked = checking - answering, time.perf_counter() - checking
    levels = tuple(replace(level, bound=_finite(level.bound)) for level in outcome.levels) if answer is not None else ()
    faults = [] if verdict is None else _faults(verdict, levels)
    trace = trace or [_step(progress, progress.seconds) for progress in outcome.trace]
    row: dict[str, Any] = {
        "status": outcome.status.value,
        "levels": levels,
        "checked": None if verdict is None else not faults,
        "seconds": {"read": read, **outcome.seconds, "check": checked, "total": read + answered + checked},
        **(moments(trace, levels, answered, task.best) if levels else {}),
        "peak_mb": peak_mb(),
        "size": {**counted(task.instance.job, data), **outcome.size},
        "trace": tuple(trace),
        "note": "; ".join(faults),
    }
    return Run.model_validate({**begun.model_dump(), **_rounded(row)})


def _step(progress: Progress, seconds: float) -> Step:
    return Step(progress.level, round(seconds, 4), _finite(progress.value), _finite(progress.bound))


def _finite(value: float | None) -> float | None:
    """A solver's infinite value or bound is none."""
    return value if value is not None and math.isfinite(value) else None


def _faults(verdict: Verdict, levels: Sequence[Level]) -> list[str]:
    """What the check holds against an answer: its findings, and levels that it works out otherwise."""
    faults = [f"{f.code}: {f}" for f in verdict.findings if f.severity == "error"]
    faults = [*faults[:3], f"and {len(faults) - 3} more"] if len(faults) > 4 else faults
    stated = [(level.name, level.direction) for level in levels]
    own = [(name, direction) for name, direction, _ in verdict.levels]
    if stated != own:
        faults.append(f"levels stated {stated}, by the check {own}")
    else:
        faults += [
            f"{name} stated {level.value:,.6f}, by the check {value:,.6f}"
            for level, (name, _, value) in zip(levels, verdict.levels, strict=True)
            if not abs(level.value - value) <= AGREEMENT * max(1.0, abs(value))
        ]
    return faults


def _rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    """Times to a tenth of a millisecond: more is noise, and a record is read by people too."""

    def short(value: Any) -> Any:
        return round(value, 4) if isinstance(value, float) and math.isfinite(value) else value

    return {key: {k: short(v) for k, v in value.items()} if key == "seconds" else short(value) for key, value in row.items()}


def peak_mb() -> float | None:
    """Most memory this process has held at once, in MB; None where the system does not say."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not by getrusage here: Linux counts what the parent held when it started this process.
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))[0]) * 1024 / 1e6
    if sys.platform == "win32":
        return None
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


def processor() -> str:
    """Name of the processor, as far as the system tells."""
    table = Path("/proc/cpuinfo")
    named = re.findall(r"^model name\s*: (.*)$", table.read_text(encoding="utf-8"), flags=re.MULTILINE) if table.exists() else []
    return named[0] if named else platform.processor()


def _child(pipe: Connection, task: Task, contender: Contender, make: Make) -> None:
    """The fresh process: make the run and send its row."""
    os.dup2(2, 1)  # what a solver prints is no result of ours
    begun = task.begun()
    try:
        line = record.line(make_run(task, contender, make))
    except Skipped as why:
        line = record.line(begun.model_copy(update={"status": "skipped", "note": str(why)}))
    except Exception as fault:  # of any method, ours or a rival: told in its row, and the others go on
        line = record.line(begun.model_copy(update={"note": f"{type(fault).__name__}: {fault}", "peak_mb": peak_mb()}))
    pipe.send(line)
    pipe.close()


@contextmanager
def _unheard_ctrl_c() -> Iterator[None]:
    """Start processes that do not hear Ctrl-C, which a terminal sends to them too: this one does, and ends them. Windows knows no such thing."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def alone(task: Task, contender: Contender, make: Make, stop: threading.Event, grace: float = GRACE) -> Run | None:
    """Make a run in a process of its own; None where it was stopped. A process that dies or does not end is a failed run."""
    if stop.is_set():
        return None
    begun, until = task.begun(), time.monotonic() + 2 * task.allowed + grace
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(theirs, task, contender, make), daemon=True)
    with _STARTING, _unheard_ctrl_c():  # starting looks after all children of this process, which must not happen in two threads at once
        process.start()
    theirs.close()
    try:
        while not ours.poll(0.1):
            if stop.is_set():
                return None
            if time.monotonic() > until:
                return begun.model_copy(update={"note": f"given up after {2 * task.allowed + grace:g} s, with {task.allowed:g} s allowed"})
        run = Run.model_validate_json(ours.recv())
        process.join(5.0)  # let it tidy up after itself
    except EOFError:
        process.join()
        # On Windows, Ctrl-C ends this process and the child alike: then it was stopped, and did not fail.
        return None if stop.wait(0.2) else begun.model_copy(update={"note": f"its process ended by itself, with code {process.exitcode}"})
    else:
        return run
    finally:
        process.kill()
        process.join()
        ours.close()


# --- many runs --------------------------------------------------------------------------------------------------------


def run_all(
    tasks: Sequence[Task],
    folder: Path,
    contender: Contender,
    make: Make,
    *,
    jobs: int = 1,
    again: bool = False,
    stop: threading.Event | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> list[Run]:
    """Make all runs that the record in ``folder`` does not hold yet, so many at once, and add each to it as it ends.

    A run that failed or was skipped before is made again; with ``again`` every run is. Once ``stop`` is set nothing more is
    begun, what is under way is given up, and what is done is kept.

    Returns
    -------
    list of Run
        The runs asked for, earlier ones too, in the order of the tasks; without those that were stopped.
    """
    stop = stop or threading.Event()
    there = {run.key: run for run in record.read(folder) if run.status not in ("failed", "skipped") and not again}
    keys = [task.begun().key for task in tasks]
    made = {key: there[key] for key in keys if key in there}
    if made:
        say(f"{len(made)} of {len(tasks)} runs are in {folder / record.FILE} already and are not made again.")
    due = [task for task, key in zip(tasks, keys, strict=True) if key not in made]
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            pending = {pool.submit(alone, task, contender, make, stop) for task in due}
            while pending:
                done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
                for run in [future.result() for future in done]:
                    if run is not None:
                        record.append(folder, run)
                        made[run.key] = run
                        say(f"{len(made)} of {len(tasks)}: {run}: {_said(run)}")
        except BaseException:
            stop.set()  # the pool is waited for: give up what is under way
            raise
    return [made[key] for key in keys if key in made]


def _said(run: Run) -> str:
    if run.status in ("failed", "skipped"):
        return f"{run.status}: {run.note}"
    return f"{run.status.replace('_', ' ')} in {run.seconds['total']:.1f} s{'' if run.checked is not False else ', and refused by the check'}"
