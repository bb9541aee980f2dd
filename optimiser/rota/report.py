"""Writes what a rota gives out: a page to print, a workbook to change and run again, calendars, tidy tables, and the record of the run."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from optimiser.page import Table, render
from optimiser.page.record import run_table, warnings
from optimiser.result import Status
from optimiser.rota import sections
from optimiser.rota.calendars import calendars
from optimiser.rota.following import left_out, next_week
from optimiser.rota.sections import View
from optimiser.tables import write_json, write_tables, write_workbook
from optimiser.words import NOTHING, better, count, day_words, listing, named, number, percent, rounded_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from optimiser.result import Outcome, Solved
    from optimiser.rota.data import RotaAnswer, RotaInput


def write(folder: Path, data: RotaInput, solved: Sequence[Solved[RotaAnswer]], run: Mapping[str, object], *, publishable: bool) -> list[str]:
    """Write a rota into an empty folder.

    Parameters
    ----------
    folder : Path
        Where to write.
    data : RotaInput
        What the rota is for. Names are read from it here and nowhere else.
    solved : sequence of Solved[RotaAnswer]
        The rota (its option is blank); others are passed over.
    run : mapping
        The record of the run, as ``run.json`` holds it: plain values only.
    publishable : bool
        Leave names and everything written in free text about people out of every file: staff ids alone stand in them.

    Returns
    -------
    list of str
        Names of the files written, ``/`` between folder and file.

    Raises
    ------
    ValueError
        There is no answer: nothing to report.
    """
    answer = _rota(solved).answer
    if answer is None:
        raise ValueError("the rota has no answer, so there is nothing to report")
    data = _without_names(data) if publishable else data
    view = View(data, answer)
    names = ["rota.html", "rota.xlsx", "next_week.xlsx"]
    following = next_week(data, answer)
    (folder / "rota.html").write_text(_page(view, following, _rota(solved), run, publishable), encoding="utf-8", newline="\n")
    _write_workbook(folder / "rota.xlsx", view, _rota(solved).outcome)
    write_workbook(folder / "next_week.xlsx", following, readme=following_words(data, following))
    (folder / "calendars").mkdir()
    for name, content in calendars(view).items():
        names.append(f"calendars/{name}")
        (folder / "calendars" / name).write_bytes(content)
    write_tables(folder / "csv", answer)
    names += sorted(f"csv/{path.name}" for path in (folder / "csv").iterdir())
    write_json(folder / "answer.json", answer)
    told = {key: value for key, value in run.items() if not (publishable and key in ("findings", "options"))}
    (folder / "run.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return [*names, "answer.json", "run.json"]


def _rota(solved: Sequence[Solved[RotaAnswer]]) -> Solved[RotaAnswer]:
    found = next((s for s in solved if not s.option), None)
    if found is None:
        raise ValueError("there is no rota among the options, so there is nothing to report")
    return found


def _without_names(data: RotaInput) -> RotaInput:
    """Input without names and without what is written about people in free text; it plans the same rota."""
    return data.model_copy(
        update={
            "names": (),
            "needs": tuple(r.model_copy(update={"note": ""}) for r in data.needs),
            "early": tuple(r.model_copy(update={"because": ""}) for r in data.early),
            "pairs": tuple(r.model_copy(update={"reason": ""}) for r in data.pairs),
            "locks": tuple(r.model_copy(update={"reason": "", "set_by": ""}) for r in data.locks),
        }
    )


# --- the workbook -----------------------------------------------------------------------------------------------------


def _write_workbook(path: Path, view: View, outcome: Outcome) -> None:
    days = [sections.day_table(view, day) for day in view.days]
    week = [["Day", *days[0].heads]] if days else [["Day"]]
    week += [[day_words(day), *row] for day, table in zip(view.days, days, strict=True) for row in table.rows]
    sheets: dict[str, list[list[str]]] = {"Result week": week}
    for name, table in (
        ("Result week by supervisor", sections.supervisor_table(view)),
        ("Result week by clinician", sections.clinician_table(view)),
        ("Result week by room", sections.room_table(view)),
        ("Result what is missing", sections.not_placed_table(view)),
        ("Result changes", sections.changes_table(view)),
        ("Result rules", sections.rules_table(view)),
        ("Result what is bent", sections.bent_table(view)),
    ):
        if table.rows:
            sheets[name] = [list(table.heads), *map(list, table.rows)]
    lines = [*headline(view), sureness(view, outcome)]
    lines.append("The sheets named Result … hold the rota. The others are its input: change them, save, and run again on this workbook.")
    lines.append("For the week after, begin with next_week.xlsx, which holds the same input with this rota as its Last rota.")
    write_workbook(path, view.data, results=view.answer, readme=lines, extra_sheets=sheets)


def following_words(data: RotaInput, following: RotaInput) -> list[str]:
    """What the input of the next week holds, and what to look at before it is run."""
    monday = following.settings.week_commencing
    past = left_out(data, following)
    gone = listing([f"{named(rows, 'row')} of {title}" for title, rows in past.items()])
    owed = named(len(following.owed), "session that was missed", "sessions that were missed")
    return [
        f"Input for the week from {day_words(monday)} {monday[:4]}: the same as this week's, with this rota as its Last rota "
        "and Last duty, and with what was held this week in Last held. Who was not seen this week keeps their earlier rows.",
        *([f"Owed has {owed}, to be held beside the rest: delete a row where nothing is owed."] if following.owed else []),
        f"Left out because they are past: {gone}." if gone else "Nothing was past and had to be left out.",
        "Before you run it, bring Staff, Availability, Away, Closed and Locks up to date: weekday locks go on, and if you change this week's rota "
        "by hand, change Last rota, Last duty and Last held as well.",
    ]


# --- the page ---------------------------------------------------------------------------------------------------------


def page(data: RotaInput, solved: Sequence[Solved[RotaAnswer]], run: Mapping[str, object], *, publishable: bool) -> str:
    """Rota as one HTML page that loads nothing. Arguments and errors as for :func:`write`."""
    found = _rota(solved)
    if found.answer is None:
        raise ValueError("the rota has no answer, so there is nothing to report")
    data = _without_names(data) if publishable else data
    return _page(View(data, found.answer), next_week(data, found.answer), found, run, publishable)


def _page(view: View, following: RotaInput, found: Solved[RotaAnswer], run: Mapping[str, object], publishable: bool) -> str:
    data = view.data
    return render(
        "rota.html.j2",
        title=data.settings.title,
        subtitle=f"Supervision in the week from {day_words(data.settings.week_commencing)} {data.settings.week_commencing[:4]}",
        footer=["A proposal worked out from the input: what is held, when and with whom remains the service manager's decision."],
        publishable=publishable,
        headline=headline(view),
        sureness=sureness(view, found.outcome),
        musts_kept=view.musts_kept,
        checked=found.checked,
        findings=[str(x) for x in found.findings],
        tiles=list(tiles(view)),
        not_placed=sections.not_placed_table(view),
        musts=sections.musts_table(view),
        days=[(day_words(day), view.closed.get(day, ""), sections.day_table(view, day)) for day in view.days],
        duty=sections.duty_table(view),
        supervisors=sections.supervisor_table(view),
        clinicians=sections.clinician_table(view),
        rooms=sections.room_table(view),
        changes=sections.changes_table(view),
        had_last=bool(data.last_rota),
        rules=sections.rules_table(view),
        bent=sections.bent_table(view),
        terms=sections.terms_table(view),
        dots=sections.load_chart(view),
        load=sections.load_table(view),
        next_week=following_words(data, following),
        warnings=[] if publishable else warnings(run),
        search=search_table(found.outcome),
        run=record_table(run),
    )


def headline(view: View) -> list[str]:
    """The rota in a few sentences: what is placed, who goes without, which musts are bent, what moved."""
    early = sum(need.early for need in view.needs)
    needs, missing = len(view.needs) - early, len(view.missing)
    sentences = [f"{count(needs - missing)} of {named(needs, 'need')} for supervision placed, in {named(len(view.held), 'session')}."]
    owed = sum(need.form == "owed" for need in view.needs)
    if owed:
        placed = owed - sum(row.form == "owed" for row in view.answer.not_placed)
        sentences.append(f"Among these, owed from earlier weeks: {count(placed)} of {named(owed, 'session')} placed.")
    if early:
        placed = early - (len(view.answer.not_placed) - missing)
        sentences.append(f"Besides these, brought forward to this week: {count(placed)} of {count(early)} placed.")
    if view.short:
        who = "1 person" if len(view.short) == 1 else f"{len(view.short)} people"
        sentences.append(f"Everyone has all the supervision that falls due this week except {who}.")
    else:
        sentences.append("Everyone has all the supervision that falls due this week.")
    if view.musts_bent:
        rules = sorted({row.rule for row in view.musts_bent})
        times = f"{len(view.musts_bent)} places" if len(view.musts_bent) > 1 else "1 place"
        sentences.append(f"{'Besides, a' if view.short else 'A'} must is bent in {times} ({listing(rules)}).")
    if view.data.last_rota:
        sentences.append(f"{named(len(view.changes), 'change').capitalize()} since the last rota.")
    return sentences


def sureness(view: View, outcome: Outcome) -> str:
    """How sure it is that no better rota exists, in a sentence or two."""
    first = "" if view.musts_kept else "Not every must can be met" if outcome.status is Status.INFEASIBLE else "Not every must is met"
    start = f"{first}: this rota comes as near as was found. " if first else ""
    open_levels = [level for level in outcome.levels if better(level.gap) != better(0)]
    if outcome.levels and not open_levels:
        return f"{start}No better rota exists under these rules and priorities: that is proved."
    known = [f"{rounded_up(level.gap)} better on {level.name}" for level in open_levels if level.gap < 1]
    known = [*known[:1], *(part.replace(" better", "") for part in known[1:])]
    unknown = [level.name for level in open_levels if level.gap >= 1]
    parts = [f"A rota can be at most {listing(known)}: that is proved."] if known else []
    if unknown or not outcome.levels:
        on = f" on {listing(unknown)}" if unknown else ""
        parts.append(f"How much better a rota can exist{on} is not known: give the search more time.")
    return start + " ".join(parts)


def tiles(view: View) -> Iterator[tuple[str, str, str]]:
    """Key figures: what, how much, and a word on it."""
    people = {need.staff for need in view.needs if not need.early}
    missing = len(view.missing)
    yield "People with all their supervision", f"{count(len(people - view.short))} of {count(len(people))}", "that falls due this week"
    yield "Not placed", count(missing), "with causes below" if missing else "nothing is missing"
    musts = len([row for row in view.answer.bent if row.priority == "Must"])
    yield "Musts bent", count(musts), "with reasons below" if musts else "every must is kept"
    last = bool(view.data.last_rota)
    yield "Changes since the last rota", count(len(view.changes)) if last else NOTHING, "" if last else "no last rota was given"
    shares = sections.shares(view)
    spread = f"{percent(shares[0], 0)} to {percent(shares[-1], 0)}" if shares else NOTHING
    yield "Lightest to heaviest load", spread, "supervision given, of hours at work"


# --- the record of the run --------------------------------------------------------------------------------------------

CLOCK = ("started", "seconds", "command")
"""Parts of the record that differ each time the same rota is made: without them the page is the same to the byte."""


def record_table(run: Mapping[str, object]) -> Table:
    """What the run says of itself, but for the clock and the command, which stand in ``run.json`` alone."""
    table = run_table({key: value for key, value in run.items() if key not in CLOCK})
    return replace(table, note="When it was made, how long that took and the command that made it stand in run.json.")


def search_table(outcome: Outcome) -> Table:
    """Each priority: points reached, the least there can be, and what is known of better ones."""
    rows = tuple(
        (level.name, number(level.value), "not known" if level.bound is None else number(level.bound), better(level.gap)) for level in outcome.levels
    )
    heads = ("Priority", "Points", "Least there can be", "How good")
    return Table("search", "The search, by priority", heads, rows, "hrrl", note="Points are what bending rules costs: 0 is the best there can be.")
