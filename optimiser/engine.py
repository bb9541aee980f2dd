"""The whole flow, the same for every job: read, examine, solve, check, report, publish. What a job is, it is told (:class:`Problem`)."""

from __future__ import annotations

import json
import math
import os
import platform
import shutil
import threading
import time
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from optimiser import __version__
from optimiser.collector import collector_paused
from optimiser.result import OPTIMAL_GAP, Finding, Level, Limits, Outcome, Progress, Solved, Status
from optimiser.tables.reading import digest
from optimiser.tables.schema import normal
from optimiser.tables.sources import Unreadable, load
from optimiser.words import better, listing, named, number

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from optimiser.tables import Loaded

D = TypeVar("D", bound=BaseModel)
A = TypeVar("A", bound=BaseModel)
T = TypeVar("T")

PHASES = ("read", "build", "hand_over", "solve", "check", "report")
PACKAGES = ("pyomo", "highspy", "ortools", "numpy", "pandas", "pydantic", "holidays", "icalendar")
PLAN_SHARE = 0.8
"""Share of the time given to the plan itself when there are options to compare it with."""
AGREEMENT = 1e-6
"""Largest relative difference between the solver's value of a level and the checker's."""


class Refusal(Exception):
    """What was asked cannot be done as asked; nothing was started or changed. ``code`` as in the messages of the command line."""

    def __init__(self, code: str, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(f"{what} {fix}".rstrip())
        self.code, self.what, self.where, self.fix = code, what, where, fix


class Misfit(Refusal):
    """The input is not one of the job asked for, or of any job."""


class Unmoved(Exception):
    """The new result is complete, but could not take the place of the old one, which stands as it was."""

    def __init__(self, out: Path, fresh: Path) -> None:
        super().__init__(f"{out} could not be replaced: one of its files may be open in another program. The new result is in {fresh}.")
        self.out, self.fresh = out, fresh


@dataclass(frozen=True)
class Verdict:
    """What the independent check says of an answer: findings, and its own name, direction and value of each level, first priority first."""

    findings: tuple[Finding, ...]
    levels: tuple[tuple[str, Literal["min", "max"], float], ...]


@dataclass(frozen=True)
class Problem(Generic[D, A]):
    """A job as a record of plain functions.

    ``read`` loads and validates an input; ``examine`` finds what cannot work in it; ``describe`` says what it says, line by line;
    ``options`` names what to compare with (the job itself, named "", always comes first); ``solve`` answers one option; ``check``
    judges an answer without knowing how it was found; ``report`` writes an output folder and returns the names of its files;
    ``template`` writes a workbook to fill in, empty or with an example; ``demo`` is the example's place under ``instances``;
    ``known_by`` are the tables that every input of the job has and no other job knows; ``unit`` is that of its levels, one of them,
    where all have the same and fewer are better.
    """

    name: str
    read: Callable[[Path], Loaded[D]]
    examine: Callable[[D], Sequence[Finding]]
    describe: Callable[[D], Sequence[str]]
    options: Callable[[D], Sequence[str]]
    solve: Callable[[D, str, Limits], tuple[A | None, Outcome]]
    check: Callable[[D, A], Verdict]
    report: Callable[[Path, D, Sequence[Solved[A]], Mapping[str, Any], bool], Sequence[str]]
    template: Callable[[Path, D | None], None]
    demo: str
    known_by: Collection[str] = ()
    unit: str = ""

    def prepared(self, prepare: Callable[[D], D]) -> Problem[D, A]:
        """Give the job that solves what is made of its input; the digest is of what is solved."""

        def read(path: Path) -> Loaded[D]:
            loaded = self.read(path)
            if loaded.data is None:
                return loaded
            data = prepare(loaded.data)
            return replace(loaded, data=data, digest=digest(data))

        return replace(self, read=read)

    def having_read(self, path: Path) -> tuple[Problem[D, A], Loaded[D]]:
        """Read the input now; give the job that does not read it again, and what was read."""
        begun = time.perf_counter()
        loaded = self.read(path)
        loaded = replace(loaded, seconds=loaded.seconds + time.perf_counter() - begun)
        return replace(self, read=lambda _: loaded), loaded


@dataclass(frozen=True)
class Answer(Generic[A]):
    """What came of it. ``solved`` is empty where the input has errors; ``fault`` is the file of an answer that failed its check."""

    job: str
    instance: str
    digest: str
    findings: tuple[Finding, ...]
    solved: tuple[Solved[A], ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    outputs: tuple[Path, ...] = ()
    fault: Path | None = None

    @property
    def outcome(self) -> Outcome | None:
        """How the search for the plan itself went; None where there was none."""
        return self.solved[0].outcome if self.solved else None

    @property
    def checked(self) -> bool:
        """Whether every answer found passed its check, and the plan was found."""
        return bool(self.solved) and self.solved[0].checked and not faults(self.solved)


def instance_name(path: Path) -> str:
    """Name of an instance: its folder, or its file without the ending."""
    full = Path(os.path.abspath(path))
    return full.name if full.is_dir() else full.stem


def job_of(path: Path, jobs: Sequence[Problem[Any, Any]], wanted: Problem[Any, Any] | None = None) -> Problem[Any, Any]:
    """The job an input is for, told by the names of its tables.

    An input that cannot be read at all is given to the job wanted, else to the first, whose reader says why.

    Raises
    ------
    Misfit
        The input is another job's than the one wanted; or none is wanted, and it could be for no job or for several.
    """
    try:
        source = load(path, ())
    except Unreadable:
        return wanted or jobs[0]
    there = {normal(Path(part).stem if source.part == "file" else part) for part in source.parts}
    # Complete inputs first: a sheet of the user's own that is called like another job's table must not confuse.
    for enough in (all, any):
        fitting = [job for job in jobs if job.known_by and enough(normal(table) in there for table in job.known_by)]
        if fitting:
            break
    if wanted is not None and (wanted in fitting or not fitting):
        return wanted  # where nothing fits, its reader says what is missing
    if len(fitting) == 1 and wanted is None:
        return fitting[0]
    if wanted is not None:
        other = listing([job.name for job in fitting], "or")
        raise Misfit("IN-01", f"This is the input of a {other}, not of a {wanted.name}.", where=source.name, fix=f"Run `optimiser {other}` on it.")
    if fitting:
        what = f"It holds the tables of more than one job: {listing([job.name for job in fitting])}."
        raise Misfit("IN-01", what, where=source.name, fix="Give each job a file or folder of its own.")
    needs = "; ".join(f"a {job.name} needs {listing(list(job.known_by))}" for job in jobs)
    fix = f"Start from a template: {needs}. Found: {listing(source.parts, most=30) or 'nothing'}."
    raise Misfit("IN-01", "Its tables do not tell which job it is for.", where=source.name, fix=fix)


def examined(problem: Problem[D, A], path: Path) -> tuple[Loaded[D], tuple[Finding, ...]]:
    """Load an input and examine it; errors come before warnings."""
    loaded = problem.read(path)
    more = problem.examine(loaded.data) if loaded.data is not None else ()
    return loaded, tuple(sorted((*loaded.findings, *more), key=lambda f: f.severity != "error"))


def answer(
    problem: Problem[D, A],
    path: Path,
    out: Path,
    limits: Limits,
    *,
    options: Sequence[str] | None = None,
    force: bool = False,
    publishable: bool = False,
    command: Sequence[str] = (),
) -> Answer[A]:
    """Read, examine, solve, check and report: the whole flow.

    Parameters
    ----------
    problem : Problem
        The job.
    path, out : Path
        Input (workbook, folder or JSON) and output folder.
    limits : Limits
        Time (seconds, to solve all options together), gap, workers and seed; ``stop`` ends the search early and keeps the best so far.
    options : sequence of str, optional
        Options to compare with the plan; all of the instance's by default.
    force : bool
        Replace an earlier result in ``out``.
    publishable : bool
        Leave small numbers out of the report.
    command : sequence of str
        Command line, for the run record.

    Returns
    -------
    Answer
        With nothing solved where the input has errors, nothing published where an answer failed its check or none was found.

    Raises
    ------
    Refusal
        The output folder may not be written to, or an option does not exist. Nothing was changed.
    """
    started, begun = datetime.now(UTC), time.perf_counter()
    place = free(out, force, path)
    loaded, findings = examined(problem, path)
    seconds: dict[str, float] = dict.fromkeys(PHASES, 0.0)
    seconds["read"] = loaded.seconds + time.perf_counter() - begun
    result = Answer[A](problem.name, instance_name(path), loaded.digest, findings, seconds=seconds)
    data = loaded.data
    if data is None or any(f.severity == "error" for f in findings):
        return result

    solved: list[Solved[A]] = []
    wanted = _wanted(problem.options(data), options)
    solving = time.perf_counter()
    for turn, option in enumerate(wanted):
        # Whatever the machine does, the first has the same time: a search with one worker then takes the same path every time.
        share = _share(limits.seconds, time.perf_counter() - solving if turn else 0.0, turn, len(wanted))
        solved.append(_one(problem, data, option, replace(limits, seconds=share, tell=_telling(limits.tell, option)), seconds))
        if solved[0].answer is None or limits.stop.is_set():
            break  # nothing to compare the options with, or no wish to go on
    result = replace(result, solved=tuple(solved))
    run = {"started": started.isoformat(timespec="seconds"), **record(result), **_circumstances(limits, command)}
    del run["seconds"]["report"]  # still to come
    if publishable:
        run = _without_findings(run)

    if faults(solved):
        return replace(result, fault=_kept(place, solved, run))
    if solved[0].answer is None:
        return result
    writing = time.perf_counter()
    with taking_the_place_of(place) as folder, collector_paused():
        names = problem.report(folder, data, solved, run, publishable)
    seconds["report"] = time.perf_counter() - writing
    return replace(result, outputs=tuple(out / name for name in names))


# --- solving and judging ----------------------------------------------------------------------------------------------


def _wanted(known: Sequence[str], asked: Sequence[str] | None) -> tuple[str, ...]:
    if asked is None:
        return ("", *known)
    for name in asked:
        if name not in known:
            near = get_close_matches(name, known, 1)
            fix = f"Did you mean {near[0]}?" if near else f"Options it has: {', '.join(known) or 'none'}."
            raise Refusal("OPT-01", f"The input has no option called {name}.", where="Options", fix=fix)
    return ("", *(name for name in known if name in asked))


def _share(total: float, spent: float, turn: int, count: int) -> float:
    """Seconds for the option whose turn it is: most for the plan, the rest in equal parts, never nothing."""
    left = max(total - spent, 0.0)
    share = left * PLAN_SHARE if turn == 0 < count - 1 else left / (count - turn)
    return max(share, min(1.0, total))


def _telling(tell: Callable[[Progress], None], option: str) -> Callable[[Progress], None]:
    return lambda p: tell(replace(p, level=f"{option} · {p.level}") if option else p)


def _one(problem: Problem[D, A], data: D, option: str, limits: Limits, seconds: dict[str, float]) -> Solved[A]:
    found, outcome = _aside(lambda: problem.solve(data, option, limits))
    for phase, spent in outcome.seconds.items():
        seconds[phase] = seconds.get(phase, 0.0) + spent
    if found is None:
        return Solved(option, None, outcome)
    begun = time.perf_counter()
    with collector_paused():
        verdict = problem.check(data, found)
    seconds["check"] += time.perf_counter() - begun
    return Solved(option, found, outcome, (*verdict.findings, *_disagreements(verdict, outcome.levels)))


def _aside(work: Callable[[], T]) -> T:
    """Do the work in a thread of its own, so that this one hears Ctrl-C at once whatever the solver is doing (on Windows too)."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as fault:  # handed to the waiting thread, which raises it
            result.set_exception(fault)

    threading.Thread(target=run, name="solver", daemon=True).start()
    while not result.done():
        wait([result], timeout=0.2)
    return result.result()


def _disagreements(verdict: Verdict, levels: Sequence[Level]) -> Iterator[Finding]:
    for told, own in zip_longest(((level.name, level.direction, level.value) for level in levels), verdict.levels):
        if told is None or own is None or told[:2] != own[:2]:
            yield Finding("error", "SOL-05", "Objective", f"the search speaks of the level {told}, the check of {own}.")
        elif not abs(told[2] - own[2]) <= AGREEMENT * max(1.0, abs(own[2])):
            yield Finding("error", "SOL-05", f"Objective, {own[0]}", f"the search says {told[2]:,.6f}, the check {own[2]:,.6f}.")


def faults(solved: Sequence[Solved[A]]) -> list[Finding]:
    """Everything the checker holds against the answers: each is a fault of the program."""
    return [f for s in solved for f in s.findings if f.severity == "error"]


# --- publishing -------------------------------------------------------------------------------------------------------


def free(out: Path, force: bool, source: Path) -> Path:
    """Full path of a folder that may be written to; raises Refusal where something stands in it that must not be lost."""
    full = Path(os.path.abspath(out))
    fix = "Choose another folder with -o."
    if Path.cwd().is_relative_to(full):
        raise Refusal("ENV-02", f"{out} is the folder you are in, or one above it.", where=str(out), fix=fix)
    if not full.exists():
        above = next(folder for folder in full.parents if folder.exists())
        if not os.access(above, os.W_OK):
            raise Refusal("ENV-02", f"Nothing may be written in {above}.", where=str(out), fix=fix)
        return full
    if not full.is_dir():
        raise Refusal("ENV-02", f"{out} is a file.", where=str(out), fix=fix)
    if not any(full.iterdir()):
        return full
    if not (full / "run.json").is_file():
        raise Refusal("ENV-02", f"{out} holds other files.", where=str(out), fix=fix)
    if not force:
        raise Refusal("ENV-02", f"{out} already holds a result.", where=str(out), fix="Choose another folder or add --force.")
    if Path(os.path.abspath(source)).is_relative_to(full):
        raise Refusal("ENV-02", f"{source} lies in {out}, which would be replaced.", where=str(out), fix=fix)
    return full


@contextmanager
def taking_the_place_of(out: Path) -> Iterator[Path]:
    """Give a folder to write in; at the end it takes the place of ``out``, which stays whole until then. On any exception it goes."""
    fresh, old = (out.with_name(f"{out.name}.{what}-{os.getpid()}") for what in ("new", "old"))
    fresh.mkdir(parents=True)
    try:
        yield fresh
    except BaseException:
        shutil.rmtree(fresh)
        raise
    try:
        if out.exists():
            out.rename(old)
        fresh.rename(out)
    except BaseException as fault:
        if old.exists() and not out.exists():
            old.rename(out)
        if isinstance(fault, OSError):
            raise Unmoved(out, fresh) from fault
        shutil.rmtree(fresh)
        raise
    if old.exists():
        shutil.rmtree(old)


def _kept(place: Path, solved: Sequence[Solved[A]], run: Mapping[str, Any]) -> Path:
    """Keep answers that failed their check, for whoever mends the program; beside the folder, where nobody takes them for a result."""
    path = place.with_name(f"{place.name}.fault.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    answers = [s.answer.model_dump(mode="json", by_alias=True) for s in solved if s.answer is not None]
    path.write_text(json.dumps({"run": run, "answers": answers}, indent=1), encoding="utf-8")
    return path


# --- what a run says of itself ----------------------------------------------------------------------------------------


def versions() -> dict[str, str]:
    """Versions of the program, of Python and of the packages that matter."""
    return {"optimiser": __version__, "python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def record(result: Answer[A]) -> dict[str, Any]:
    """Give the answer as the JSON document tells it: no infinities, nothing but plain values."""
    plan, *others = [_told(s) for s in result.solved] or [_told(None)]
    return {
        "job": result.job,
        "instance": result.instance,
        "digest": result.digest,
        **{key: plan[key] for key in ("status", "objective", "gap")},
        "checked": result.checked,
        "findings": [told(f) for f in result.findings] + plan["findings"],
        "seconds": {phase: round(result.seconds.get(phase, 0.0), 3) for phase in dict.fromkeys([*PHASES, *result.seconds])},
        "versions": versions(),
        "outputs": [str(path) for path in result.outputs],
        "size": plan["size"],
        "options": others,
    }


def told(finding: Finding) -> dict[str, Any]:
    """Give a finding as plain values."""
    parts = {"severity": finding.severity, "code": finding.code, "where": finding.where, "message": finding.what, "fix": finding.fix}
    return parts if finding.amount is None else {**parts, "amount": finding.amount}


def _told(solved: Solved[A] | None) -> dict[str, Any]:
    if solved is None:
        return {"option": "", "status": None, "objective": [], "gap": None, "checked": False, "findings": [], "size": {}}
    outcome = solved.outcome
    return {
        "option": solved.option,
        "status": outcome.status.value,
        "objective": [{"name": level.name, "value": level.value, "bound": level.bound} for level in outcome.levels],
        "gap": outcome.gap if math.isfinite(outcome.gap) else None,
        "checked": solved.checked,
        "findings": [told(f) for f in solved.findings],
        "size": outcome.size,
    }


def _without_findings(run: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the findings, which may tell small numbers."""
    return {**run, "findings": [], "options": [{**option, "findings": []} for option in run["options"]]}


def _circumstances(limits: Limits, command: Sequence[str]) -> dict[str, Any]:
    return {
        "limits": {"seconds": limits.seconds, "gap": limits.gap, "workers": limits.workers},
        "seed": limits.seed,
        "command": list(command),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
    }


def said(progress: Progress, unit: str = "") -> str:
    """Progress in words: best so far, and how much better can exist at most. ``unit`` as in :class:`Problem`."""
    if progress.value is None:
        return f"{progress.level}: looking for a first answer"
    text = f"{progress.level}: {_figure(progress.value, unit)} so far"
    if progress.bound is None:
        return text
    return f"{text}; {_how_good(Level(progress.level, 'min', progress.value, progress.bound), unit)}"


def summary(result: Answer[A], limits: Limits, unit: str = "") -> list[str]:
    """Lines that end a run: what was found, how good it is, where it lies. ``unit`` as in :class:`Problem`."""
    lines = []
    for solved in result.solved:
        name = f"{solved.option}: " if solved.option else ""
        lines.append(name + _verdict(solved.outcome, limits, unit))
        levels = solved.outcome.levels if solved.answer is not None else ()
        lines += [f"  {level.name}: {_figure(level.value, unit)}; {_how_good(level, unit)}" for level in levels]
    if result.outputs:
        lines.append("Checked by arithmetic of its own: no fault found.")
        lines.append(f"Written: {result.outputs[0]} and {named(len(result.outputs) - 1, 'more file')} beside it.")
    return lines


def _how_good(level: Level, unit: str) -> str:
    """How much better can exist: as a share, or where the levels have a unit as the least there can be."""
    if unit and level.bound is not None and level.bound > 0 and level.gap > OPTIMAL_GAP:
        return f"fewer than {_figure(level.bound)} is impossible"
    return better(level.gap)


def _verdict(outcome: Outcome, limits: Limits, unit: str) -> str:
    longer = f"`--time {2 * limits.seconds:g}`"
    gap = "" if unit else f": {better(outcome.gap)}"
    more = f" Run longer with {longer}." if outcome.gap > limits.gap else ""
    known = any((level.bound or 0.0) > 0 for level in outcome.levels[:1])
    short = "No answer meets every must." if known else f"Not every must is met, and it is not known whether that can be.{more}"
    return {
        Status.OPTIMAL: "The best there is: no better exists.",
        Status.FEASIBLE: f"A good answer, not proved best{gap}.{more}",
        Status.INFEASIBLE: f"{short} This is the nearest; the report begins with what is short.",
        Status.NOT_FOUND: f"Nothing found in {limits.seconds:g} seconds, and not shown impossible. Try {longer}.",
    }[outcome.status]


def _figure(value: float, unit: str = "") -> str:
    text = number(value, 0 if abs(value) >= 100 or value == round(value) else 1)
    return f"{text} {unit}{'s' * (value != 1)}" if unit else text
