"""Tables and charts of the report on benchmark runs: figures in, what the page shows out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.bench.figures import (
    FULL,
    LATE,
    NEVER,
    case_of,
    course,
    ended,
    fit,
    geometric,
    grid,
    in_time,
    measured_by,
    over_time,
    profiles,
    spread,
    used,
)
from optimiser.charts import MOST_CURVES, Axis, Curve, Series, curves, log_axis, share_bars
from optimiser.page import Chart, Table
from optimiser.result import OPTIMAL_GAP
from optimiser.words import NOTHING, capital, count, listing, named, number, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optimiser.bench.figures import Case, Moment, Runs
    from optimiser.bench.record import Run

PHASES = {"read": "Read", "build": "Build", "hand_over": "Hand over", "solve": "Solve", "read_back": "Read back", "check": "Check"}

TIMES: dict[str, tuple[str, Callable[[Run], float | None]]] = {
    "first": ("First answer", lambda r: in_time(r, r.first)),
    "one": ("Within 1% of the best known", lambda r: in_time(r, r.to_one_percent)),
    "proof": ("Proof", lambda r: in_time(r, r.to_proof)),
}
"""Moments of a run: their name, and when they came, if in time."""


def seconds(time: float) -> str:
    """Seconds as precise as a clock makes sense of: 0.034, 1.93, 24.1, 312."""
    if 0 < time < 0.0005:
        return "<0.001"
    return number(time, 0 if not time else 3 if time < 0.1 else 2 if time < 10 else 1 if time < 100 else 0)


def amount(value: float) -> str:
    """Value of a level: whole numbers as such, others to four figures or so."""
    return number(value, 0 if value == round(value) else 1 if abs(value) >= 100 else 3)


def gap_words(gap: float) -> str:
    """Gap as a percentage: 0.63%, 9.4%, 60%; what counts as proved is 0."""
    return "0%" if gap <= OPTIMAL_GAP else percent(gap, 2 if gap < 0.0995 / 10 else 1 if gap < 0.0995 else 0)


def censored(runs: Sequence[Run]) -> str:
    """What to say of a time that never came to runs: more than the time allowed where that was used up, failed where all did, else never."""
    full = [run for run in runs if run.seconds.get("total", 0.0) >= FULL * run.allowed]
    return f"> {min(run.allowed for run in full):g}" if full else "failed" if all(run.status == "failed" for run in runs) else "never"


def time_words(runs: Sequence[Run], of: Callable[[Run], float | None]) -> str:
    """Median of a time over seeds, and least to most where they differ."""
    times = spread(map(of, runs))
    over = censored([run for run in runs if of(run) is None])

    def one(time: float) -> str:
        return seconds(time) if time < NEVER else over

    if times.of == 0:
        return NOTHING
    middle, low, high = one(times.middle), one(times.low), one(times.high)
    return middle if low == high else f"{middle} ({low} to {high})"


def _ranged(values: Sequence[float], words: Callable[[float], str]) -> str:
    if not values:
        return NOTHING
    s = spread(values)
    return words(s.middle) if words(s.low) == words(s.high) else f"{words(s.middle)} ({words(s.low)} to {words(s.high)})"


def _looks(runs: Runs, job: str) -> dict[str, int]:
    """Methods that are drawn, each with what it looks like in every chart of the job."""
    return {method: look for look, method in enumerate(runs.methods(job)[:MOST_CURVES])}


# --- methods side by side ---------------------------------------------------------------------------------------------


def summary_table(runs: Runs, job: str) -> Table:
    """Each method over all its runs on a job, and its mean times on the instances that all methods were tried on."""
    common, compared = runs.common(job)
    rows = []
    for method in runs.methods(job):
        mine = [run for case in runs.cases(job) for run in runs.cells[case].get(method, ())]
        cases = [case for case in runs.cases(job) if method in runs.cells[case]]
        means = []
        for _, of in TIMES.values():
            times = [spread(used(r, of(r)) for r in runs.cells[case][method]).middle for case in common] if method in compared else []
            means.append(seconds(geometric(times)) if times else NOTHING)
        memory = [r.peak_mb for r in mine if r.peak_mb is not None]
        rows.append((
            method, count(len(cases)), count(len(mine)), _of(sum(TIMES["proof"][1](r) is not None for r in mine), len(mine)),
            _of(sum(bool(r.levels) for r in mine), len(mine)), _faults(mine), *means, number(max(memory)) if memory else NOTHING,
        ))  # fmt: skip
    note = (
        "Means are shifted geometric means (by 1 second) of medians over seeds, on the "
        f"{named(len(common), 'instance')} that every method was tried on. "
        "A time that never came counts as the time allowed: a mean with such times in it is too small."
    )
    left = [method for method in runs.methods(job) if method not in compared]
    note += f" Without {listing(left)}: tried on no more than half of the instances." if left else ""
    heads = (
        "Method", "Instances", "Runs", "Proved in time", "With an answer", "Answers refused", "To first answer", "To 1%", "To proof",
        "Largest peak memory (MB)",
    )  # fmt: skip
    groups = (("", 6), ("Mean seconds", 3), ("", 1))
    return Table(f"{job}-methods", f"{capital(job)}: methods side by side", heads, tuple(rows), "hrrrrlrrrr", groups, note)


def _of(some: int, of: int) -> str:
    return f"{count(some)} of {count(of)}"


def _faults(runs: Sequence[Run]) -> str:
    checked = [run for run in runs if run.checked is not None]
    refused = sum(run.checked is False for run in checked)
    return "no answer" if not checked else f"{refused} OF {len(checked)}" if refused else "none"


# --- performance profiles ---------------------------------------------------------------------------------------------


def profile_chart(runs: Runs, job: str, moment: str) -> Chart | None:
    """Performance profile of the methods of a job for one moment; None where there is nothing to compare, or it never came."""
    cases, methods = runs.common(job)
    if len(methods) < 2 or not cases:
        return None
    name, of = TIMES[moment]
    found = profiles({method: runs.times(cases, method, of) for method in methods})
    furthest = max(factor for steps in found.values() for factor, _ in steps)
    if not any(share for steps in found.values() for _, share in steps):
        return None
    across = log_axis("Times as long as the fastest method on the same instance", (1.0, max(10.0, furthest)))
    up = Axis("Share of instances", tuple((t / 4, f"{25 * t}%") for t in range(5)))
    end = across.ticks[-1][0]
    done = {method: round(steps[-1][1] * len(cases)) for method, steps in found.items()}
    looks = _looks(runs, job)
    drawn = [Curve(m, (*found[m], (end, found[m][-1][1])), _of(done[m], len(cases)), look=looks[m]) for m in methods if m in looks]
    title = f"{capital(job)}: {name[0].lower() + name[1:]}"
    best = max(methods, key=lambda m: (found[m][0][1], done[m]))
    sentence = (
        f"Share of {named(len(cases), 'instance')} that a method does within a factor of the fastest (medians over seeds). "
        f"Where a curve ends below 100%, the rest never came in the time allowed. "
        f"The fastest most often: {best}, on {percent(found[best][0][1], 0)}."
    )
    marks = [t for t in (1, 1.5, 2, 5, 10, 100, 1000) if t <= max(10, furthest)]
    rows = [(f"{t:g}", *(percent(_share_at(found[m], t), 0) for m in methods)) for t in marks]
    rows.append(("any", *(f"{percent(found[m][-1][1], 0)} ({done[m]})" for m in methods)))
    heads = ("Within a factor of", *methods)
    key = f"{job}-profile-{moment}"
    table = Table(f"{key}-figures", f"{title}: share of instances", heads, tuple(rows), "h" + "r" * len(methods))
    return Chart(title, sentence, curves(key, title, sentence, drawn, across, up, steps=True), table)


def _share_at(steps: Sequence[tuple[float, float]], factor: float) -> float:
    return next(share for at, share in reversed(steps) if at <= factor * (1 + 1e-9))


# --- gap over time ----------------------------------------------------------------------------------------------------

_GAPS: dict[str, tuple[str, str, Callable[[Moment], float]]] = {
    "gap": ("gap proved", "Between the answer and the method's own bound", lambda m: m.gap),
    "distance": ("distance from the best known answer", "By how much the answer is worse than the best known", lambda m: m.distance),
}


def gap_chart(runs: Runs, job: str, family: str, cases: Sequence[Case], kind: str, key: str) -> Chart | None:
    """Gap over time of the methods on a family; None where nothing was ever known of it."""
    what, meaning, of = _GAPS[kind]
    by_method = {m: found for m in runs.methods(job) if (found := [r for case in cases for r in runs.cells[case].get(m, ())])}
    courses = {m: [course(run, runs.best.get(case_of(run))) for run in found] for m, found in by_method.items()}
    told = [moment for of_method in courses.values() for of_run in of_method for moment in of_run]
    known = [moment.seconds for moment in told if of(moment) < 1]
    if not known:
        return None
    latest = max(min(ended(run), LATE * run.allowed) for found in by_method.values() for run in found)
    across = log_axis("Seconds since the method was called", (max(1e-3, min(known)), max(1e-2, latest, *known)))
    up = Axis(capital(what), ((OPTIMAL_GAP, "≤0.01%"), (1e-3, "0.1%"), (1e-2, "1%"), (0.1, "10%"), (1.0, "100%")), log=True)
    marks = [mark for mark, _ in across.ticks]
    at = grid(marks[0], marks[-1])
    ways = {method: over_time(of_method, at, of) for method, of_method in courses.items()}
    looks = _looks(runs, job)
    drawn = [
        Curve(m, tuple((t, middle) for t, (_, middle, _) in zip(at, way, strict=True)), f"{gap_words(way[-1][1])} at the end", look=looks[m])
        for m, way in ways.items()
        if m in looks
    ]
    title = f"{capital(job)}, {family}: {what}"
    sentence = (
        f"{meaning}, at the level where it is largest; median of {named(sum(map(len, by_method.values())), 'run')} on "
        f"{listing([runs.title(c) for c in cases], most=6)}. 100% stands for that and more, and for what is not known yet. "
        f"At the end: {listing([f'{m} {gap_words(way[-1][1])}' for m, way in ways.items()])}."
    )
    at_marks = [over_time(of_method, marks, of) for of_method in courses.values()]
    rows = tuple((words, *(_ranged_gap(*way[i]) for way in at_marks)) for i, (_, words) in enumerate(across.ticks))
    table = Table(f"{key}-figures", f"{title}: median and quartiles", ("Seconds", *by_method), rows, "h" + "r" * len(by_method))
    return Chart(title, sentence, curves(key, title, sentence, drawn, across, up, steps=True), table)


def _ranged_gap(low: float, middle: float, high: float) -> str:
    words = [gap_words(v) if v < 1 else "100%" for v in (low, middle, high)]
    return words[1] if words[0] == words[2] else f"{words[1]} ({words[0]} to {words[2]})"


# --- scaling ----------------------------------------------------------------------------------------------------------


def _outside(run: Run) -> float | None:
    """Seconds outside the solver, where there are any."""
    return sum(run.seconds.get(phase, 0.0) for phase in PHASES if phase != "solve") or None


SCALED: dict[str, tuple[str, Callable[[Run], float | None]]] = {
    **TIMES,
    "outside": ("Everything outside the solver", _outside),
    "build": ("Build and hand-over", lambda r: r.seconds.get("build", 0.0) + r.seconds.get("hand_over", 0.0) or None),
    "check": ("Check", lambda r: r.seconds.get("check")),
}
DRAWN = ("first", "proof", "outside")


def scaling_table(runs: Runs, job: str) -> Table:
    """Fitted exponents of a job: each method, each time; without rows where nothing can be fitted."""
    measure, sizes = measured_by(runs, job)
    rows, any_line = [], False
    for name, of in SCALED.values():
        for method in runs.methods(job):
            times = runs.times(runs.cases(job), method, of)
            points = [(sizes[case], time) for case, time in times.items() if case in sizes]
            came = [p for p in points if p[1] < NEVER]
            line = fit(points)
            any_line = any_line or line is not None
            if came:
                exponent, interval = (number(line.exponent, 2), f"{number(line.low, 2)} to {number(line.high, 2)}") if line else (NOTHING, NOTHING)
                rows.append((method, name, count(len(came)), count(len(points) - len(came)), exponent, interval))
    heads = ("Method", "Time", "Instances fitted", "Left out: never came", "Exponent", "95% interval")
    note = (
        f"Time = constant × ({measure}) to the power of the exponent, by least squares on the logarithms of medians over seeds; the "
        "interval is Student's, and takes the instances for a sample. Instances on which a time never came are left out, which makes an exponent "
        "too small rather than too large. No exponent with fewer than three different sizes."
    )
    return Table(f"{job}-exponents", f"{capital(job)}: how time grows with size", heads, tuple(rows) if any_line else (), "hlrrrr", note=note)


def scaling_chart(runs: Runs, job: str, moment: str) -> Chart | None:
    """Time against size on logarithmic axes with fitted lines; None with fewer than three sizes."""
    measure, sizes = measured_by(runs, job)
    name, of = SCALED[moment]
    looks = _looks(runs, job)
    drawn, rows = [], []
    for method in looks:
        times = runs.times(runs.cases(job), method, of)
        points = sorted((float(sizes[case]), time) for case, time in times.items() if case in sizes and 0 < time < NEVER)
        over = sorted(
            (float(sizes[case]), min(r.allowed for r in runs.cells[case][method]))
            for case, time in times.items()
            if case in sizes and time == NEVER and censored(runs.cells[case][method]).startswith(">")
        )
        line = fit(points)
        through = tuple((size, line.at(size)) for size in (points[0][0], points[-1][0])) if line else ()
        told = f"exponent {number(line.exponent, 2)} ({number(line.low, 2)} to {number(line.high, 2)})" if line else "too few sizes to fit"
        if points or over:
            drawn.append(Curve(method, tuple(points), told, tuple(over), through, looks[method]))
        rows += [
            (runs.title(case), count(sizes[case]), method, time_words(runs.cells[case][method], of))
            for case in sorted(times, key=lambda c: sizes.get(c, 0))
            if case in sizes
        ]
    everything = [p for curve in drawn for p in (*curve.points, *curve.beyond, *curve.fit)]
    if len({size for size, _ in everything}) < 3 or not any(curve.fit for curve in drawn):
        return None
    across = log_axis(capital(measure), [size for size, _ in everything])
    up = log_axis("Seconds", [time for _, time in everything])
    title = f"{capital(job)}: {name[0].lower() + name[1:]} against size"
    ends = "; ".join(f"{c.name}: {c.end}" for c in drawn)
    sentence = f"Medians over seeds, with the line fitted to each method on logarithmic axes, and the 95% interval of its exponent. {ends}."
    sentence += " An arrow marks what had not come when the time allowed was over; the lines leave it out." if any(c.beyond for c in drawn) else ""
    key = f"{job}-scaling-{moment}"
    table = Table(f"{key}-figures", f"{title}: seconds", ("Instance", capital(measure), "Method", name), tuple(rows), "hrlr")
    return Chart(title, sentence, curves(key, title, sentence, drawn, across, up, joined=False), table)


# --- where time goes --------------------------------------------------------------------------------------------------


def phases_chart(runs: Runs, job: str) -> Chart | None:
    """Shares of the phases in the time of each method, on the instances that all were tried on."""
    cases, methods = runs.common(job)
    sums = {m: [sum(_phase(runs.cells[case][m], phase) for case in cases) for phase in PHASES] for m in methods}
    sums = {m: values for m, values in sums.items() if sum(values) > 0}
    if not sums:
        return None
    title = f"{capital(job)}: where time goes"
    outside = {m: 1 - values[list(PHASES).index("solve")] / sum(values) for m, values in sums.items()}
    sentence = (
        f"Seconds of each phase, medians over seeds, summed over {named(len(cases), 'instance')}. "
        f"Outside the solver: {listing([f'{m} {percent(share)}' for m, share in outside.items()])}."
    )
    key = f"{job}-phases"
    rows = tuple((m, *(f"{seconds(v)} ({percent(v / sum(values))})" for v in values), seconds(sum(values))) for m, values in sums.items())
    table = Table(f"{key}-figures", f"{title}: seconds and shares", ("Method", *PHASES.values(), "Together"), rows, "h" + "r" * 7)
    series = [Series(name, tuple(values[i] for values in sums.values())) for i, name in enumerate(PHASES.values())]
    drawing = share_bars(key, title, sentence, [(m, f"{seconds(sum(values))} s") for m, values in sums.items()], series)
    return Chart(title, sentence, drawing, table)


def _phase(runs: Sequence[Run], phase: str) -> float:
    return spread(run.seconds.get(phase, 0.0) for run in runs).middle


def overhead_table(runs: Runs, job: str) -> Table | None:
    """Our phases on each instance, and what is outside the solver as a share of all; None where ours was not tried."""
    rows = []
    for case in runs.cases(job):
        for method, mine in runs.cells[case].items():
            if mine[0].method == "ours":
                values = [_phase(mine, phase) for phase in PHASES]
                share = 1 - values[list(PHASES).index("solve")] / sum(values) if sum(values) else 0.0
                rows.append((runs.title(case), method, *map(seconds, values), percent(share)))
    heads = ("Instance", "Method", *PHASES.values(), "Outside the solver")
    return Table(f"{job}-overhead", f"{capital(job)}: our seconds on each instance", heads, tuple(rows), "hl" + "r" * 7) if rows else None


# --- every instance by method -----------------------------------------------------------------------------------------


def instance_table(runs: Runs, case: Case, key: str) -> Table:
    """All methods on an instance, the best known answer first."""
    by_method = runs.cells[case]
    best = runs.best.get(case)
    names = list(dict.fromkeys(level.name for found in by_method.values() for run in found for level in run.levels))
    names += [level.name for level in best.levels if level.name not in names] if best else []
    rows = []
    if best:
        known = {level.name: f"{amount(level.value)} / {NOTHING if level.bound is None else amount(level.bound)}" for level in best.levels}
        blank = (NOTHING,) * 6
        rows.append(("Best known", NOTHING, NOTHING, *(known.get(name, NOTHING) for name in names), *blank))
    for method, found in by_method.items():
        gaps = [run.gap for run in found if run.gap is not None]
        memory = [run.peak_mb for run in found if run.peak_mb is not None]
        rows.append((
            method, count(len(found)), _statuses(found), *(_value_and_bound(found, name) for name in names), _ranged(gaps, gap_words),
            *(time_words(found, of) for _, of in TIMES.values()), _ranged(memory, number), _checked(found),
        ))  # fmt: skip
    rows = [(method, *map(_broken_up, row)) for method, *row in rows]
    size = next((run.size for found in by_method.values() for run in found if run.size), {})
    note = f"Digest {case.digest[:12]}."
    note += f" Size as {next(m for m, found in by_method.items() if any(r.size for r in found))} has it: {_size(size)}." if size else ""
    note += f" Best known: {best.found}." if best and best.found else ""
    heads = ("Method", "Runs", "Ended", *names, "Gap", "First answer", "To 1%", "To proof", "Peak (MB)", "Check")
    groups = (("", 3), ("Value / bound", len(names)), ("", 1), ("Seconds", 3), ("", 2)) if names else (("", 4), ("Seconds", 3), ("", 2))
    return Table(key, runs.title(case), heads, tuple(rows), "hrl" + "r" * (len(names) + 5) + "l", groups, note)


def _broken_up(cell: str) -> str:
    """Cell with its spread on a line of its own, so that a table of many levels is not too wide for its page."""
    return cell.replace(" / ", " /\n") if "(" in cell and " / " in cell else cell.replace(" (", "\n(")


def _size(size: dict[str, int]) -> str:
    words = {name.replace("_", "-"): value for name, value in size.items()}  # every name is a plural in s
    return listing([named(value, name.removesuffix("s"), name) for name, value in words.items()])


def _statuses(runs: Sequence[Run]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for run in runs:
        late = sum(run.seconds.get(phase, 0.0) for phase in ("build", "hand_over", "solve")) > LATE * run.allowed
        counts[run.status.replace("_", " ") + (", late" if late else "")] += 1
    return "; ".join(f"{times} {status}" for status, times in counts.items())


def _value_and_bound(runs: Sequence[Run], name: str) -> str:
    levels = [level for run in runs for level in run.levels if level.name == name]
    if not levels:
        return NOTHING
    bounds = [level.bound for level in levels if level.bound is not None]
    return f"{_ranged([level.value for level in levels], amount)} / {_ranged(bounds, amount)}"


def _checked(runs: Sequence[Run]) -> str:
    """How many of the answers the independent check let pass."""
    checked = [run.checked for run in runs if run.checked is not None]
    return "no answer" if not checked else "passed" if all(checked) else f"{checked.count(False)} of {len(checked)} REFUSED"


# --- failures and skips -----------------------------------------------------------------------------------------------


def failures_table(runs: Runs) -> Table:
    """Runs that failed, were skipped, found nothing or were refused by the check, and why; the same on several instances in one row."""
    grouped: dict[tuple[str, str, str, str], list[Run]] = defaultdict(list)
    for run in runs.all:
        what = "refused by the check" if run.checked is False else run.status.replace("_", " ")
        if run.checked is False or run.status in ("failed", "skipped", "not_found"):
            grouped[run.job, runs.name(run), what, run.note].append(run)
    rows = tuple(
        (method, job, what, count(len(found)), listing(list(dict.fromkeys(r.instance for r in found)), most=6), note or "no reason is recorded")
        for (job, method, what, note), found in grouped.items()
    )
    return Table("failures", "Runs without a valid answer", ("Method", "Job", "What", "Runs", "Instances", "Why"), rows, "hllrll")


# --- machine and versions ---------------------------------------------------------------------------------------------


def record_table(runs: Runs) -> Table:
    """When, on what machine and with which versions it was run; several of each where runs differ."""
    rows = [("Begun", f"{min(r.started for r in runs.all)} to {max(r.started for r in runs.all)}")]
    rows += [("Cores" if name == "cpus" else capital(name), words) for name, words in _merged([r.machine for r in runs.all])]
    rows += [(f"Version of {name}", words) for name, words in _merged([r.versions for r in runs.all])]
    for job in runs.jobs:
        mine = [run for run in runs.all if run.job == job]
        rows.append((f"{capital(job)}: seeds", listing([str(s) for s in sorted({r.seed for r in mine})])))
        rows.append((f"{capital(job)}: workers", listing([str(w) for w in sorted({r.workers for r in mine})])))
        rows.append((f"{capital(job)}: seconds allowed", listing([f"{s:g}" for s in sorted({r.allowed for r in mine})])))
    return Table("record", "Record of the runs", ("Item", "Value"), tuple(rows), "hl")


def _merged(records: Sequence[dict[str, str]] | Sequence[dict[str, int | str]]) -> Iterator[tuple[str, str]]:
    """Each name with all its values, in the order they first came."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for record in records:
        for name, value in record.items():
            found[name][str(value)] = None
    yield from ((name, listing(list(values))) for name, values in found.items())
