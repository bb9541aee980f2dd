"""Weeks that follow one another: each made of the one before, checked as a chain, and written side by side, with a page that looks over them."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from optimiser.engine import Answer, answer, examined, free, instance_name, record, taking_the_place_of, told
from optimiser.engine import summary as engine_summary
from optimiser.page import Table, render
from optimiser.result import OPTIMAL_GAP, Finding, Limits, Status
from optimiser.rota.check import check
from optimiser.rota.data import LEVELS, RotaAnswer, RotaInput
from optimiser.rota.following import next_week
from optimiser.rota.sections import View, not_placed_table
from optimiser.rota.several import for_nothing
from optimiser.rota.week import asked, at_work, due, shares, since_held
from optimiser.tables.reading import Loaded, digest
from optimiser.words import NOTHING, capital, count, day_words, hours, listing, named, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optimiser.engine import Problem
    from optimiser.result import Progress
    from optimiser.rota.data import Early

BEYOND = 1
"""Weeks beyond what is asked from which a gap is told."""

_WORST = (Status.NOT_FOUND, Status.INFEASIBLE, Status.FEASIBLE, Status.OPTIMAL)


@dataclass(frozen=True)
class Week:
    """A week of the chain: what was solved, its rota, and the run's account of it."""

    data: RotaInput
    rota: RotaAnswer
    result: Answer[RotaAnswer]

    @property
    def missing(self) -> int:
        """Needs that fall due and are not met."""
        return len(View(self.data, self.rota).missing)

    @property
    def monday(self) -> str:
        """Its first day, which is the name of its folder."""
        return self.data.settings.week_commencing


class Gap(NamedTuple):
    """The longest time between two sessions of a need: ``weeks`` of them, up to the week ``to`` (blank: none was held since, up to the end)."""

    staff: str
    kind: str
    every: int
    weeks: int
    to: str


class Debt(NamedTuple):
    """A session missed, and the week in which it was made good (blank: not yet)."""

    staff: str
    kind: str
    missed: str
    minutes: int
    good: str


@dataclass(frozen=True)
class Course:
    """What the weeks say together, worked out from inputs and rotas alone; ``findings`` are the faults in the chain."""

    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    debts: tuple[Debt, ...]
    given: dict[str, tuple[tuple[int, int], ...]]
    """Minutes of supervision given and the share by hours at work, week by week, of everybody who has either."""


@dataclass(frozen=True)
class Run:
    """What came of it. ``last`` is the account of a week of which nothing came; ``fault`` is the file of a rota that failed its check."""

    path: Path
    digest: str
    wanted: int
    weeks: tuple[Week, ...] = ()
    last: Answer[RotaAnswer] | None = None
    findings: tuple[Finding, ...] = ()
    fault: Path | None = None
    outputs: tuple[Path, ...] = ()
    seconds: float = 0.0
    circumstances: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> Status | None:
        """The worst of the weeks; None where the input has errors."""
        found = [r.outcome.status for r in (*(week.result for week in self.weeks), *([self.last] if self.last else [])) if r.outcome]
        return min(found, key=_WORST.index, default=None)


class _Undone(Exception):
    """Nothing is to be written."""


def make(
    problem: Problem[RotaInput, RotaAnswer],
    ahead: Callable[[RotaInput], Sequence[Early]],
    path: Path,
    out: Path,
    count_of_weeks: int,
    limits: Limits,
    *,
    force: bool = False,
    publishable: bool = False,
    command: Sequence[str] = (),
) -> Run:
    """Make the rotas of weeks that follow one another: each is the best that is found given the weeks before it.

    Parameters
    ----------
    problem : Problem
        The rota's, which says how a week is read, solved, checked and written.
    ahead : callable
        Says of a week's input what is to be held in it although it need not yet.
    path, out : Path
        Input of the first week, and the folder for all.
    count_of_weeks : int
        How many.
    limits : Limits
        For each week. ``stop`` ends the week under way with the best so far, and no other is begun.

    Raises
    ------
    Refusal
        The folder may not be written to. Nothing was changed.
    """
    started, begun = datetime.now(UTC), time.perf_counter()
    place = free(out, force, path)
    loaded, findings = examined(problem, path)
    begun -= loaded.seconds
    run = Run(path, loaded.digest, count_of_weeks)
    if loaded.data is None or any(f.severity == "error" for f in findings):
        return replace(run, last=Answer(problem.name, instance_name(path), loaded.digest, findings))
    data, weeks = loaded.data, list[Week]()
    try:
        with taking_the_place_of(place) as fresh:
            while len(weeks) < count_of_weeks and not (weeks and limits.stop.is_set()):
                data = data.model_copy(update={"early": (*data.early, *ahead(data))})
                result = _one(problem, data, path, fresh, limits, (len(weeks) + 1, count_of_weeks), publishable, command)
                rota = result.solved[0].answer if result.solved and result.fault is None else None
                if result.fault is not None:
                    run = replace(run, fault=result.fault.rename(place.with_name(f"{place.name}.fault.json")))
                if rota is None or result.fault is not None:
                    run = replace(run, last=result)
                    break
                weeks.append(Week(data, rota, result))
                data = next_week(data, rota)
            course = check_weeks([(week.data, week.rota) for week in weeks])
            run = replace(run, weeks=tuple(weeks), findings=course.findings)
            if run.findings and run.fault is None:
                run = replace(run, fault=_kept(place, run))
            if run.fault is not None or not weeks:
                raise _Undone
            account = json.loads((fresh / weeks[0].monday / "run.json").read_text(encoding="utf-8"))
            known = {key: account[key] for key in ("versions", "limits", "seed", "command", "platform", "cpus")}
            run = replace(run, seconds=time.perf_counter() - begun, circumstances=known)
            names = _write(fresh, run, course, started.isoformat(timespec="seconds"), publishable)
    except _Undone:
        return replace(run, seconds=time.perf_counter() - begun)
    inside = tuple(out / found.relative_to(fresh) for week in weeks for found in week.result.outputs)
    moved = tuple(replace(w, result=replace(w.result, outputs=tuple(out / o.relative_to(fresh) for o in w.result.outputs))) for w in weeks)
    return replace(run, weeks=moved, outputs=(*(out / name for name in names), *inside), seconds=time.perf_counter() - begun)


def _one(
    problem: Problem[RotaInput, RotaAnswer],
    data: RotaInput,
    path: Path,
    fresh: Path,
    limits: Limits,
    turn: tuple[int, int],
    publishable: bool,
    command: Sequence[str],
) -> Answer[RotaAnswer]:
    """Answer one week, as any week is answered, into a folder named by its Monday."""
    monday = data.settings.week_commencing
    week = f"Week {turn[0]} of {turn[1]}, from {_short(monday)}"

    def tell(progress: Progress) -> None:
        limits.tell(replace(progress, level=f"{week} · {progress.level}"))

    given: Problem[RotaInput, RotaAnswer] = replace(problem, read=lambda _: Loaded(data, (), digest(data), str(path)))
    return answer(given, path, fresh / monday, replace(limits, tell=tell), publishable=publishable, command=command)


def _kept(place: Path, run: Run) -> Path:
    """Keep a chain that failed its check for whoever mends the program, beside the folder."""
    path = place.with_name(f"{place.name}.fault.json")
    answers = [week.rota.model_dump(mode="json", by_alias=True) for week in run.weeks]
    path.write_text(json.dumps({"findings": [told(f) for f in run.findings], "answers": answers}, indent=1), encoding="utf-8")
    return path


# --- the check of the chain -------------------------------------------------------------------------------------------


def check_weeks(weeks: Sequence[tuple[RotaInput, RotaAnswer]]) -> Course:
    """Judge weeks that follow one another, from their inputs and rotas alone.

    A fault: a rota that does not pass the check of its week; an input that is not the one that follows the week before, Brought forward apart; a row
    there of what nobody asks for or what is due without it.
    """
    findings = [
        replace(f, where=f"Week from {data.settings.week_commencing}, {f.where}")
        for data, rota in weeks
        for f in check(data, rota).findings
        if f.severity == "error"
    ]
    if findings:
        return Course(tuple(findings), (), (), {})  # of a rota that is wrong nothing follows
    for n, (data, _) in enumerate(weeks):
        where = f"Week from {data.settings.week_commencing}"
        if n == 0:
            continue
        bare = data.model_copy(update={"early": ()})
        if bare != next_week(*weeks[n - 1]):
            findings.append(Finding("error", "SOL-06", where, "its input is not the one that follows the week before."))
        findings += [replace(f, where=where) for f in for_nothing(bare, data.early)]
    return Course(tuple(findings), tuple(_gaps(weeks)), tuple(_debts(weeks)), _given(weeks))


def _attended(rota: RotaAnswer) -> dict[str, list[str]]:
    people: dict[str, list[str]] = defaultdict(list)
    for row in rota.attendance:
        people[row.session].append(row.staff)
    return people


def _gaps(weeks: Sequence[tuple[RotaInput, RotaAnswer]]) -> Iterator[Gap]:
    """The longest time between two sessions of every need, from the last before the first week on; in whole weeks in which the person was in post."""
    if not weeks:
        return
    first = weeks[0][0]
    mondays = [data.settings.week_commencing for data, _ in weeks]
    held: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for n, (_, rota) in enumerate(weeks):
        people = _attended(rota)
        for s in rota.sessions:
            for staff in people[s.session]:
                for form in (s.form, "either") if s.form != "owed" else ():
                    held[staff, s.kind, form].append(n)
    before = since_held(first)
    posts = {person.staff: person for person in first.staff}
    for staff, needs in asked(first).items():
        stays = sum(not posts[staff].ends or monday <= posts[staff].ends for monday in mondays)
        for need in needs:
            last = before.get((staff, need.kind, need.form))
            at = [*([-last] if last is not None else []), *held[staff, need.kind, need.form]]
            between = [(later - earlier, mondays[later]) for earlier, later in pairwise(at) if later >= 0]
            so_far = [(stays - at[-1], "")] if at else []
            weeks_long, to = max([*between, *so_far], default=(0, ""), key=lambda gap: gap[0])
            yield Gap(staff, need.kind, need.every, weeks_long, to)


def _debts(weeks: Sequence[tuple[RotaInput, RotaAnswer]]) -> Iterator[Debt]:
    """Every session that is owed at the end or was in any week, and when it was made good."""
    found: dict[tuple[str, str, str], Debt] = {}
    for data, rota in weeks:
        people = _attended(rota)
        good = {(staff, s.kind) for s in rota.sessions if s.form == "owed" for staff in people[s.session]}
        for row in sorted(data.owed, key=lambda row: row.missed):
            done = (row.staff, row.kind) in good
            good -= {(row.staff, row.kind)}
            found[row.staff, row.kind, row.missed] = Debt(row.staff, row.kind, row.missed, row.minutes, data.settings.week_commencing if done else "")
    for row in next_week(*weeks[-1]).owed if weeks else ():
        found.setdefault((row.staff, row.kind, row.missed), Debt(row.staff, row.kind, row.missed, row.minutes, ""))
    yield from sorted(found.values(), key=lambda debt: (debt.missed, debt.staff, debt.kind))


def _given(weeks: Sequence[tuple[RotaInput, RotaAnswer]]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Supervision given, and its share by hours at work, of each supervisor week by week."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for n, (data, rota) in enumerate(weeks):
        kinds = {kind.kind for kind in data.kinds if kind.given_by == "supervisor"}
        minutes = Counter[str]()
        for s in rota.sessions:
            minutes[s.supervisor] += s.minutes if s.kind in kinds else 0
        work = at_work(data)
        fair = shares(data, work, due(data, work))
        for person in data.staff:
            if person.staff in found or minutes[person.staff] or person.staff in fair:
                mine = found[person.staff]
                mine += [(0, 0)] * (n - len(mine))
                mine.append((minutes[person.staff], fair.get(person.staff, 0)))
    return {staff: tuple(rows) for staff, rows in found.items()}


# --- what is written --------------------------------------------------------------------------------------------------


def document(run: Run) -> dict[str, Any]:
    """Give the run as one JSON document: plain values, and a list of the weeks."""
    results = [*(week.result for week in run.weeks), *([run.last] if run.last else [])]
    gaps = [r.outcome.gap for r in results if r.outcome and r.outcome.levels]
    known = all(gap < float("inf") for gap in gaps)
    return {
        "job": "rota",
        "instance": instance_name(run.path),
        "digest": run.digest,
        "status": run.status.value if run.status else None,
        "objective": [],
        "gap": max(gaps) if gaps and known else None,
        "checked": bool(run.weeks) and not run.findings and all(r.checked for r in results),
        "findings": [told(f) for f in run.findings],
        "seconds": {"whole": round(run.seconds, 3)},
        "outputs": [str(path) for path in run.outputs],
        "wanted": run.wanted,
        "complete": len(run.weeks) == run.wanted,
        "weeks": [
            {"week": week.monday, "brought_forward": len(week.data.early), "not_placed": week.missing, **record(week.result)} for week in run.weeks
        ]
        + ([record(run.last)] if run.last else []),
    }


def remarks(run: Run) -> tuple[Finding, ...]:
    """What is worth knowing of the inputs: all of the first, and every error; of the others how much there is, as their pages tell it."""
    first = run.weeks[0].result if run.weeks else run.last
    found = list(first.findings) if first else []
    for week in run.weeks[1:]:
        new = [f for f in week.result.findings if f not in found]
        if new:
            what = f"{named(len(new), 'more thing')} worth knowing {'is' if len(new) == 1 else 'are'} on its page."
            found.append(Finding("warning", "IN-00", f"Week from {_short(week.monday)}", what))
    if run.weeks and run.last:
        found += [f for f in run.last.findings if f.severity == "error"]
    return tuple(found)


def summary(run: Run, limits: Limits, unit: str) -> list[str]:
    """Lines that end a run: how good each week is, how good that makes them together, where they lie."""
    lines = []
    for week in run.weeks:
        first, *levels = engine_summary(replace(week.result, outputs=()), limits, unit)
        lines += [f"Week from {_short(week.monday)}: {first}", *levels]
    if len(run.weeks) < run.wanted:
        lines.append(f"The run was stopped: {len(run.weeks)} of {named(run.wanted, 'week')} made.")
    lines.append("Each week is judged given the weeks before it.")
    lines.append("Checked by arithmetic of its own, and that each week follows the one before: no fault found.")
    lines.append(f"Written: {run.outputs[0]} and {named(len(run.outputs) - 1, 'more file')} beside it.")
    return lines


def _write(fresh: Path, run: Run, course: Course, started: str, publishable: bool) -> list[str]:
    """Write what looks over the weeks beside their folders, and name it."""
    views = [View(week.data.model_copy(update={"names": ()}) if publishable else week.data, week.rota) for week in run.weeks]
    (fresh / "weeks.html").write_text(page(run, course, views, publishable=publishable), encoding="utf-8", newline="\n")
    with (fresh / "weeks.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(_rows(run, course, views))
    names = ["weeks.html", "weeks.csv"]
    (fresh / "calendars").mkdir()
    for name, content in _calendars([fresh / week.monday / "calendars" for week in run.weeks]).items():
        (fresh / "calendars" / name).write_bytes(content)
        names.append(f"calendars/{name}")
    account = {"started": started, **document(run), **run.circumstances}
    del account["outputs"]
    account["weeks"] = [{**week, "outputs": [Path(o).relative_to(fresh).as_posix() for o in week["outputs"]]} for week in account["weeks"]]
    if publishable:  # findings may tell of people
        account |= {"findings": [], "weeks": [{**week, "findings": []} for week in account["weeks"]]}
    (fresh / "run.json").write_text(json.dumps(account, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return [*names, "run.json"]


def _calendars(folders: Sequence[Path]) -> dict[str, bytes]:
    """Calendars of the weeks, each person's as one file: the entries of one week after those of the other, under one heading."""
    begin, end = b"BEGIN:VEVENT", b"END:VCALENDAR"
    found: dict[str, tuple[bytes, list[bytes]]] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.ics")):
            content = path.read_bytes()
            at = content.find(begin)
            first = content.index(end) if at < 0 else at
            found.setdefault(path.name, (content[:first], []))[1].append(content[first : content.rindex(end)])
    return {name: b"".join([head, *entries, end, b"\r\n"]) for name, (head, entries) in sorted(found.items())}


def _rows(run: Run, course: Course, views: Sequence[View]) -> Iterator[list[str | int | float]]:
    """Table of the weeks for other programs."""
    levels = [(name.lower(), f"{name.lower()}_bound") for name in LEVELS]
    owed = ("made_good", "owed_at_end")
    yield ["week", "status", *(head for pair in levels for head in pair), "sessions", "due", "not_placed", "changes", "brought_forward", *owed]
    for n, (week, view) in enumerate(zip(run.weeks, views, strict=True)):
        outcome = week.result.solved[0].outcome
        values = [value for level in outcome.levels for value in (level.value, "" if level.bound is None else level.bound)]
        counts = [len(view.held), len(view.needs), len(view.missing), len(view.changes), len(week.data.early)]
        yield [week.monday, outcome.status.value, *values, *counts, *_owed(run, course, n)]


def _owed(run: Run, course: Course, n: int) -> tuple[int, int]:
    """How many sessions that were owed were made good in a week, and how many are owed after it."""
    monday = run.weeks[n].monday
    after = len(run.weeks[n + 1].data.owed if n + 1 < len(run.weeks) else next_week(run.weeks[n].data, run.weeks[n].rota).owed)
    return sum(debt.good == monday for debt in course.debts), after


# --- the page ---------------------------------------------------------------------------------------------------------


def page(run: Run, course: Course, views: Sequence[View], *, publishable: bool) -> str:
    """Give the page that looks over the weeks."""
    first, last = (date.fromisoformat(run.weeks[n].monday) for n in (0, -1))
    return render(
        "weeks.html.j2",
        title=views[0].data.settings.title,
        subtitle=f"Supervision in {named(len(views), 'week')}, {day_words(first.isoformat())} {first.year} to "
        f"{day_words((last + timedelta(days=6)).isoformat())} {(last + timedelta(days=6)).year}",
        footer=["A proposal worked out from the input: what is held, when and with whom remains the service manager's decision."],
        publishable=publishable,
        headline=headline(run, course),
        complete="" if len(run.weeks) == run.wanted else f"The run was stopped: {len(run.weeks)} of {named(run.wanted, 'week')} made.",
        musts_kept=all(view.musts_kept for view in views),
        folders=[(week.monday, _short(week.monday)) for week in run.weeks],
        weeks=_weeks_table(run, course, views),
        missing=_by_week("missing-table", "Supervision that falls due and is not placed", views, lambda view: _cells(not_placed_table(view))),
        early=_by_week(
            "early-table", "What is brought forward to a week, and need not be held in it", views, _early, ("Week", "Who", "What", "Why", "Held")
        ),
        debts=_debts_table(course, views[0]),
        changes=_by_week("changes-table", "What differs from the week before", views, _changes, ("Week", "What", "Before", "Now", "Why")),
        given=_given_table(run, course, views[0]),
        gaps=_gaps_table(course, views[0]),
    )


def headline(run: Run, course: Course) -> list[str]:
    """Say in a few sentences what came of the weeks, and how good they are."""
    missing = sum(week.missing for week in run.weeks)
    early, later = sum(len(week.data.early) for week in run.weeks), [debt for debt in course.debts if not debt.good]
    held = early - sum(len(week.rota.not_placed) - week.missing for week in run.weeks)
    sentences = [
        "Everyone has all the supervision that falls due in these weeks." if not missing else f"{capital(named(missing, 'need'))} not met.",
        f"{capital(named(early, 'need'))} brought forward, as the week in which they fall due has no room for them: {count(held)} held."
        if early
        else "",
        f"{capital(named(len(later), 'session'))} still owed at the end." if later else "Nothing is owed at the end." if course.debts else "",
    ]
    proved = [week for week in run.weeks if all(level.gap <= OPTIMAL_GAP for level in week.result.solved[0].outcome.levels)]
    if len(proved) == len(run.weeks):
        sentences.append("Each week is the best there is given the weeks before it: that is proved.")
    else:
        known = f"in {len(proved)} of {len(run.weeks)} that is proved." if proved else "how near is in the table."
        sentences.append(f"Each week is the best that was found given the weeks before it; {known}")
    sentences.append("Whether other choices in one week would make a later one better is not worked out, but for what is brought forward.")
    return [sentence for sentence in sentences if sentence]


def _short(day: str) -> str:
    """Day and month: 14 December."""
    return day_words(day).partition(" ")[2]


def _weeks_table(run: Run, course: Course, views: Sequence[View]) -> Table:
    rows = []
    for n, (week, view) in enumerate(zip(run.weeks, views, strict=True)):
        levels = tuple(
            number(level.value) + ("" if level.gap <= OPTIMAL_GAP or level.bound is None else f" (least {number(level.bound)})")
            for level in week.result.solved[0].outcome.levels
        )
        shut = listing([f"{_short(day)}: {why}" for day, why in view.closed.items()]) or NOTHING
        numbers = (len(view.held), len(view.needs), len(view.missing), len(view.changes), len(week.data.early), *_owed(run, course, n))
        rows.append((_short(week.monday), *levels, *map(count, numbers), shut))
    heads = ("Week from", *LEVELS, "Sessions", "Fall due", "Not placed", "Changes", "Brought forward", "Made good", "Owed after", "Closed")
    note = "Points of each priority, 0 being the best there can be. Where it is not proved to be reached, the least is told, given the weeks before."
    return Table("weeks-table", "The weeks", heads, tuple(rows), "h" + "r" * 11 + "l", note=note)


def _by_week(
    key: str,
    caption: str,
    views: Sequence[View],
    cells: Callable[[View], list[tuple[str, ...]]],
    heads: tuple[str, ...] = ("Week", "Who", "What", "Overdue by", "Nearest cause", "Because", "What would help"),
) -> Table:
    rows = tuple((_short(view.data.settings.week_commencing), *row) for view in views for row in cells(view))
    return Table(key, caption, heads, rows, "h" + "l" * (len(heads) - 1))


def _cells(table: Table) -> list[tuple[str, ...]]:
    return list(table.rows)


def _early(view: View) -> list[tuple[str, ...]]:
    lacking = {(row.staff, row.kind, row.form) for row in view.answer.not_placed}
    return [
        (
            view.names.full(row.staff),
            f"{view.names.kind(row.kind)}, {row.form}",
            row.because or NOTHING,
            "no" if (row.staff, row.kind, row.form) in lacking else "yes",
        )
        for row in view.data.early
    ]


def _changes(view: View) -> list[tuple[str, ...]]:
    return [tuple(change) for change in view.changes]


def _debts_table(course: Course, view: View) -> Table:
    rows = tuple(
        (view.names.full(d.staff), view.names.kind(d.kind), _short(d.missed), hours(d.minutes), _short(d.good) if d.good else "not yet")
        for d in course.debts
    )
    return Table("owed-table", "Sessions missed, and when they were made good", ("Who", "What", "Missed", "Hours", "Made good"), rows, "hllrl")


def _given_table(run: Run, course: Course, view: View) -> Table:
    rows = []
    for staff, weeks in sorted(course.given.items(), key=lambda item: view.names.full(item[0]).casefold()):
        sums = tuple(sum(week[part] for week in weeks) for part in (0, 1))
        if any(sums):
            beyond = (sums[0] - sums[1]) / 60
            rows.append((view.names.full(staff), *(hours(given) for given, _ in weeks), *map(hours, sums), number(beyond, 1, sign=True)))
    heads = ("Supervisor", *(_short(week.monday) for week in run.weeks), "Together", "Share", "Beyond it")
    note = "Hours of supervision given; the share is in proportion to hours at work, each week's rounded up. What is beyond it is made good in time."
    return Table("given-table", "Supervision given, against the share by hours at work", heads, tuple(rows), "h" + "r" * (len(heads) - 1), note=note)


def _gaps_table(course: Course, view: View) -> Table:
    long = sorted((gap for gap in course.gaps if gap.weeks > gap.every + BEYOND), key=lambda gap: (gap.every - gap.weeks, gap.staff))
    rows = tuple(
        (
            view.names.full(gap.staff),
            view.names.kind(gap.kind),
            "every week" if gap.every == 1 else f"every {gap.every} weeks",
            named(gap.weeks, "week"),
            f"to the week from {_short(gap.to)}" if gap.to else "not held since",
        )
        for gap in long
    )
    caption = "The longest gaps: more than a week beyond what is asked"
    return Table("gaps-table", caption, ("Who", "What", "Asked", "Longest gap", "When"), rows, "hllll")
