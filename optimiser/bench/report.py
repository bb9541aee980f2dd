"""Writes what a record of benchmark runs says: one page for people, one table for programs."""

from __future__ import annotations

import csv
import io
import os
import re
import shlex
from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

from optimiser.bench import record, sections
from optimiser.bench.figures import NEVER, Runs, geometric, spread, used
from optimiser.bench.known import better, broken
from optimiser.engine import Misfit
from optimiser.page import render
from optimiser.words import capital, count, listing, named, spelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from optimiser.bench.figures import Case
    from optimiser.bench.record import Run
    from optimiser.page import Chart

PAGE, TABLE = "report.html", "runs.csv"


def write(folder: Path) -> list[str]:
    """Write the page and the table of the runs that a folder records, beside the record.

    Returns
    -------
    list of str
        Names of the files written.

    Raises
    ------
    Misfit
        The folder records no run. Nothing was written.
    Damaged
        The record cannot be read. Nothing was written.
    """
    runs = record.read(folder)
    if not runs:
        raise Misfit("BEN-03", f"{folder} holds no record of runs.", where=str(folder), fix="Make one with `optimiser bench run`.")
    written = {PAGE: page(runs), TABLE: table(runs)}
    for name, text in written.items():
        part = folder / f"{name}.part"
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, folder / name)
    return list(written)


# --- the table --------------------------------------------------------------------------------------------------------


def table(runs: Sequence[Run]) -> str:
    """Every run as a row of CSV, all it holds but its course over time; levels are numbered in their order.

    Text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    rows = [_row(run) for run in runs]
    # Columns of a kind stay together, whichever run was the first to have them.
    kinds = list(dict.fromkeys(kind for row in rows for kind, _ in row))
    columns = [(kind, name) for kind in kinds for name in dict.fromkeys(name for row in rows for k, name in row if k == kind)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(f"{kind}_{name}" if name else kind for kind, name in columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def _row(run: Run) -> dict[tuple[str, str], object]:
    """Values by kind and name of their column; the name is blank where a kind has one column only."""
    row: dict[tuple[str, str], object] = {}
    for kind, value in run.model_dump(mode="json", exclude={"trace"}).items():
        if kind == "levels":
            for turn, level in enumerate(run.levels, 1):
                told = {"name": level.name, "direction": level.direction, "value": level.value, "bound": level.bound}
                row |= {("level", f"{turn}_{part}"): worth for part, worth in told.items()}
            row["gap", ""] = run.gap
        elif isinstance(value, dict):
            row |= {(kind, name): part for name, part in value.items()}
        else:
            row[kind, ""] = value
    return row


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return "'" + value if re.match(r"\s*'*[=+\-@]", value) else value
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- the page ---------------------------------------------------------------------------------------------------------


def page(recorded: Sequence[Run]) -> str:
    """Runs as one HTML page that loads nothing."""
    runs = Runs(recorded)
    scalings = [
        (sections.scaling_table(runs, job), _made(sections.scaling_chart(runs, job, moment) for moment in sections.DRAWN)) for job in runs.jobs
    ]
    phases = [(sections.phases_chart(runs, job), sections.overhead_table(runs, job)) for job in runs.jobs]
    families = [(job, family, cases) for job in runs.jobs for family, cases in runs.families(job).items()]
    keys = {case: f"instance-{i}" for i, case in enumerate(runs.cells)}
    return render(
        "bench.html.j2",
        title="Benchmark",
        subtitle=f"{named(len(recorded), 'run')} of {named(len({r.method for r in recorded}), 'method')}",
        footer=["Written by optimiser bench report from runs.jsonl, which holds every run with its course."],
        headline=headline(runs),
        machine=machine(recorded),
        faults=alike(broken(recorded, runs.published)),
        mixed=list(mixed(recorded)),
        better=alike(better(recorded, runs.published)),
        tiles=list(tiles(runs)),
        summaries=[sections.summary_table(runs, job) for job in runs.jobs if runs.cases(job)],
        profiles=_made(sections.profile_chart(runs, job, moment) for job in runs.jobs for moment in ("proof", "one")),
        gaps=[
            (
                f"{capital(job)}: {family}",
                _made(sections.gap_chart(runs, job, family, cases, kind, f"gap-{i}-{kind}") for kind in ("gap", "distance")),
            )
            for i, (job, family, cases) in enumerate(families)
        ],
        scalings=scalings,
        any_scaling=any(charts or t.rows for t, charts in scalings),
        phases=[pair for pair in phases if any(pair)],
        instances=[
            (f"{capital(job)}: {family}", [sections.instance_table(runs, case, keys[case]) for case in cases]) for job, family, cases in families
        ],
        few=len(runs.cells) <= 12,
        failures=sections.failures_table(runs),
        commands=list(commands(recorded)),
        record=sections.record_table(runs),
    )


def _made(charts: Iterator[Chart | None]) -> list[Chart]:
    return [chart for chart in charts if chart]


def alike(lines: Sequence[str]) -> list[str]:
    """Lines without the seeds in them; those that are then the same once, with how often they came."""
    found = Counter(re.sub(r", seed \d+", "", line) for line in lines)
    return [line if times == 1 else f"{line} ({count(times)} times)" for line, times in found.items()]


def headline(runs: Runs) -> list[str]:
    """What ran on what and when, then a sentence on each job."""
    rivals = len({run.method for run in runs.all} - {"ours"})
    who = [*(["our method"] if any(run.method == "ours" for run in runs.all) else []), *([named(rivals, "rival")] if rivals else [])]
    seeds, allowed = sorted({run.seed for run in runs.all}), sorted({run.allowed for run in runs.all})
    begun = sorted(run.started for run in runs.all)
    first = (
        f"{capital(listing(who))} on {named(len({(r.job, r.digest) for r in runs.all}), 'instance')} of the {listing(runs.jobs)}, "
        f"{named(len(seeds), 'seed')} each where all is done: {named(len(runs.all), 'run')} begun from {when(begun[0])} to {when(begun[-1])}, "
        f"with {listing([f'{s:g}' for s in allowed], 'or')} seconds allowed to each."
    )
    return [first, *(sentence for job in runs.jobs if (sentence := judged(runs, job)))]


def when(started: str) -> str:
    """Moment in words: 22 November 2026, 05:12 UTC."""
    moment = datetime.fromisoformat(started)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def proved(runs: Runs, cases: Sequence[Case], method: str) -> int:
    """Instances that a method proves on more than half of its seeds."""
    return sum(time < NEVER for time in runs.times(cases, method, sections.TIMES["proof"][1]).values())


def proved_in_time(run: Run) -> bool:
    """Whether a run proved its answer best while its time was not over."""
    return sections.TIMES["proof"][1](run) is not None


def judged(runs: Runs, job: str) -> str:
    """How many instances of a job ours proves, and how many the best of the rivals."""
    cases, methods = runs.common(job)
    counts = {method: proved(runs, cases, method) for method in methods}
    if not counts or not cases:
        return ""

    def rank(method: str) -> tuple[int, float]:
        proof = sections.TIMES["proof"][1]
        return -counts[method], geometric(spread(used(r, proof(r)) for r in runs.cells[case][method]).middle for case in cases)

    ranked = sorted(counts, key=rank)
    ours = [m for m in ranked if _is_ours(runs, job, m)][:1]
    rivals = [m for m in ranked if not _is_ours(runs, job, m)][:1]
    told = [f"{m} proves {count(counts[m])}" for m in ours] + [f"{'the best rival, ' if ours else ''}{m}, {count(counts[m])}" for m in rivals]
    return f"{capital(job)}: of {named(len(cases), 'instance')} that all were tried on, {'; '.join(told)}."


def _is_ours(runs: Runs, job: str, name: str) -> bool:
    return any(runs.name(run) == name for run in runs.tried if run.job == job and run.method == "ours")


def machine(runs: Sequence[Run]) -> str:
    """Versions and machine in a sentence or two."""
    packages = ("optimiser", "highspy", "ortools", "pyomo")
    versions = [
        f"{package} {listing(found, 'or')}" for package in packages if (found := sorted({r.versions[package] for r in runs if package in r.versions}))
    ]
    machines = sorted(
        {f"{r.machine.get('processor') or 'processor not known'}, {r.machine.get('cpus', '?')} cores, {r.machine.get('platform', '')}" for r in runs}
    )
    workers = sorted({r.workers for r in runs})
    return f"{capital(listing(versions))}. {'; '.join(machines)}; {listing([str(w) for w in workers], 'or')} of the cores to each run."


def mixed(runs: Sequence[Run]) -> Iterator[str]:
    """What differs among the runs that should be the same for all."""
    for package in sorted({package for run in runs for package in run.versions}):
        found = sorted({run.versions[package] for run in runs if package in run.versions})
        if len(found) > 1:
            yield f"Versions {listing(found)} of {package} are mixed."
    machines = {tuple(sorted((name, str(value)) for name, value in run.machine.items())) for run in runs}
    if len(machines) > 1:
        yield f"They were made on {spelled(len(machines))} machines: times cannot be compared between them."


def tiles(runs: Runs) -> Iterator[tuple[str, str, str]]:
    """Key figures: what, how much, and a word on it."""
    yield (
        "Instances",
        count(len({(r.job, r.digest) for r in runs.all})),
        listing([f"{named(len(runs.cases(j)), 'instance')} of the {j}" for j in runs.jobs]),
    )
    ours = [run for run in runs.tried if run.method == "ours"]
    if ours:
        yield "Our runs proved in time", f"{sum(proved_in_time(run) for run in ours)} of {len(ours)}", "within 0.01% at every level"
    others = [run for run in runs.tried if run.method != "ours"]
    if others:
        yield "Rivals' runs proved in time", f"{sum(proved_in_time(run) for run in others)} of {len(others)}", "within 0.01% at every level"
    checked = [run for run in runs.tried if run.checked is not None]
    refused = sum(run.checked is False for run in checked)
    yield "Answers refused by the check", count(refused) if refused else "none", f"of {named(len(checked), 'answer')}"
    failed, skipped = (sum(run.status == status for run in runs.all) for status in ("failed", "skipped"))
    yield "Runs that failed", count(failed) if failed else "none", f"{named(skipped, 'run')} skipped" if skipped else "none was skipped"


# --- to run it again --------------------------------------------------------------------------------------------------


def commands(runs: Sequence[Run]) -> Iterator[str]:
    """Command lines that make the same runs again: one for each time, number of workers, number of seeds and choice of methods."""
    methods: dict[tuple[str, float, int], dict[str, None]] = defaultdict(dict)
    seeds: dict[tuple[str, float, int], int] = defaultdict(int)
    for run in runs:
        key = run.instance, run.allowed, run.workers
        methods[key][run.method] = None
        seeds[key] = max(seeds[key], run.seed + 1)
    lines: dict[tuple[float, int, int, tuple[str, ...]], list[str]] = defaultdict(list)
    for (instance, allowed, workers), names in methods.items():
        lines[allowed, workers, seeds[instance, allowed, workers], tuple(names)].append(instance)
    for (allowed, workers, most, chosen), instances in lines.items():
        limits = ["--time", f"{allowed:g}", "--seeds", str(most), "--workers", str(workers)]
        yield shlex.join(
            ["optimiser", "bench", "run", *instances, "-o", "out/again", *limits, *(word for name in chosen for word in ("--method", name))]
        )
