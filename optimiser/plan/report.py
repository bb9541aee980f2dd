"""Writes what a plan gives out: a page for people, a workbook to act on and run again, tidy tables, and the record of the run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import BaseModel

from optimiser.page import Table, render
from optimiser.page.record import run_table, warnings
from optimiser.plan import benefit, kpi, levers, required, sections
from optimiser.plan.data import PlanAnswer, PlanInput
from optimiser.plan.figures import Figures
from optimiser.plan.publish import Counts, columns, tidy
from optimiser.result import Status
from optimiser.tables import write_json, write_workbook
from optimiser.words import NOTHING, better, duration, listing, named, number, pounds, rounded_up, span_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from optimiser.result import Outcome, Solved

ATTRIBUTION = "Contains information from NHS England, licensed under the Open Government Licence v3.0."

NOT_MODELLED = (
    "Single people: staff are expected numbers, so in a small service the real number in a quarter will lie above or below.",
    "Chance: leavers, sickness, referrals and attendance are averages; there is no margin for a bad quarter beyond what the limits ask for.",
    "Equipment and travel between sites, beyond the overhead on pay; which room is free at which hour.",
    "Outcomes that differ by language: courses with an interpreter are taken to be completed, and to end in recovery, as often as others.",
    "Fairness between communities in waits and outcomes: how many of each come is followed, not how they then fare.",
    "Measures that would keep staff in their first year, and pay above the scale.",
    "What happens within a quarter: holidays, university terms, and when exactly somebody starts.",
)


LEVER_SHEETS = {
    "advisers": "Result advisers", "groups": "Result groups", "integrated": "Result integrated care", "retention": "Result measures",
}  # fmt: skip
"""Sheet of each table of levers."""

FAIRNESS_SHEETS = {"rooms": "Result room use", "access": "Result who comes", "representation": "Result groups in posts"}
"""Sheets of the tables of rooms and fairness."""

OWN_SHEETS = {"staffing": "Result above posts and moves", "service-money": "Result money of services", "outcomes": "Result outcomes earned"}
"""Sheets of the tables of staffing, of each service's money and of payment by outcomes."""


def write(folder: Path, data: PlanInput, solved: Sequence[Solved[PlanAnswer]], run: Mapping[str, Any], *, publishable: bool) -> list[str]:
    """Write a plan and the options it is compared with into an empty folder.

    Parameters
    ----------
    folder : Path
        Where to write.
    data : PlanInput
        What was planned for.
    solved : sequence of Solved[PlanAnswer]
        The plan (its option is blank) and the other options, in any order.
    run : mapping
        The record of the run, as ``run.json`` holds it: plain values only.
    publishable : bool
        Round counts of people and leave small ones out everywhere; then ``answer.json`` and the input sheets, which hold them
        as they are, are not written.

    Returns
    -------
    list of str
        Names of the files written, ``/`` between folder and file.

    Raises
    ------
    ValueError
        The plan itself has no answer: there is nothing to report.
    """
    plan = _plan(solved)
    answers = [s.answer for s in solved if s.answer is not None]
    names = ["report.html", "plan.xlsx"]
    (folder / "report.html").write_text(page(data, solved, run, publishable=publishable), encoding="utf-8", newline="\n")
    _write_workbook(folder / "plan.xlsx", data, solved, publishable=publishable)
    (folder / "csv").mkdir()
    for table, rows in tidy(answers, publishable=publishable).items():
        names.append(f"csv/{table}.csv")
        frame = pd.DataFrame(rows, columns=columns(table, publishable=publishable)).map(_no_formula)
        frame.to_csv(folder / "csv" / f"{table}.csv", index=False, lineterminator="\n")
    names.append("csv/kpi.csv")
    found = kpi.rows([Figures(data, a) for a in answers], Counts(publishable))
    indicators = pd.DataFrame(found, columns=["option", "service", "quarter", *kpi.COLUMNS], dtype=object)
    indicators.map(_no_formula).to_csv(folder / "csv" / "kpi.csv", index=False, lineterminator="\n")
    if not publishable:
        names.append("answer.json")
        write_json(folder / "answer.json", plan)
    names.append("run.json")
    (folder / "run.json").write_text(json.dumps(_told(run, publishable), indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return names


def _no_formula(cell: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front, as in the CSV files of an input."""
    return f"'{cell}" if isinstance(cell, str) and re.match(r"'*[=+\-@]", cell) else cell


def _told(run: Mapping[str, Any], publishable: bool) -> dict[str, Any]:
    """Record of the run; findings, which quote figures as they are, stay out of what is published."""
    if not publishable:
        return dict(run)
    options = [{key: value for key, value in option.items() if key != "findings"} for option in run.get("options", ())]
    return {key: value for key, value in run.items() if key != "findings"} | ({"options": options} if options else {})


# --- the workbook -----------------------------------------------------------------------------------------------------


class _NoInput(BaseModel):
    """Stands for the input in a workbook that is published: the sheets of the input hold counts of people as they are."""


def _write_workbook(path: Path, data: PlanInput, solved: Sequence[Solved[PlanAnswer]], *, publishable: bool) -> None:
    plan = _plan(solved)
    n = sections.Names(data, Counts(publishable))
    entries = _entries(data, solved, n)
    f = Figures(data, plan)
    lines = [*decision(f, _baseline(entries, n), n), sureness(next(s.outcome for s in solved if not s.option))]
    services = [r.service for r in data.services]
    short = sections.shortfalls_table(f, n)
    markets, languages = sections.markets_table(f, n), sections.languages_table(f, n)
    sheets: dict[str, list[list[Any]]] = {
        "Result options compared": _sheet(sections.options_table(entries, n)),
        **({"Result what is short": _sheet(short)} if short.rows else {}),
        "Result posts by year": _sheets([(n.services[s], sections.posts_table(f, n, s)) for s in services]),
        "Result schedule": [
            ["Service", "What", *f.quarters, "Whole plan"],
            *([n.services[s], what, *map(_cell, cells)] for s in services for what, cells in sections.schedule(f, n, s)),
        ],
        **{LEVER_SHEETS[table.key]: _sheet(table) for table in levers.tables(f, n)},
        **{OWN_SHEETS[table.key]: _sheet(table) for table in (*staffing(f, n), *own_money(f, n))},
        "Result services": _sheet(sections.services_table(f, n)),
        **({"Result targets": _sheet(told.targets), "Result staff for targets": _sheet(told.staff)} if (told := required.section(f, n)) else {}),
        **{f"Result {name}": _sheet(table) for name, table in (("labour markets", markets), ("languages", languages)) if table.rows},
        "Result KPI": [
            ["Service", "Quarter", *kpi.COLUMNS.values()],
            *([n.services[r.service], r.quarter, *kpi.cells(r, n.counts).values()] for r in kpi.indicators(f)),
        ],
        **{FAIRNESS_SHEETS[table.key]: _sheet(table) for table in fairness(f, n)},
        "Result cost by item": _sheet(sections.cost_tables(f, n)[0]),
        **({"Result benefit per pound": _sheet(pound.ratios)} if (pound := benefit.section(f, _baseline(entries, n), n)).ratios else {}),
        "Result what limits it": _sheet(sections.reached_table(f, n)),
    }
    if publishable:
        for name, rows in tidy([plan], publishable=True).items():
            heads = columns(name, publishable=True)
            sheets[PlanAnswer.model_fields[name].alias or name] = [heads, *([row[h] for h in heads] for row in rows)]
        lines.append("Small numbers are left out: counts of people are rounded to the nearest 5, less is “under 5”. The input is left out with them.")
        write_workbook(path, _NoInput(), readme=lines, extra_sheets=sheets)
        return
    lines.append("The sheets named Result … hold the plan. The others are its input: change them, save, and run again on this workbook.")
    write_workbook(path, data, results=plan, readme=lines, extra_sheets=sheets)


def _sheet(table: Table) -> list[list[Any]]:
    """Table of the page as rows of a sheet, figures as numbers; headings that stand under a common one carry its words too."""
    above = [text for text, span in table.groups for _ in range(span)] or [""] * len(table.heads)
    heads = [f"{group}: {head.lower()}" if group else head for group, head in zip(above, table.heads, strict=True)]
    return [heads, *([_cell(cell) for cell in row] for row in table.rows)]


def _sheets(tables: Sequence[tuple[str, Table]]) -> list[list[Any]]:
    """Tables of the same shape under one another, each row with the service it is for; a change says on which year."""
    heads: list[Any] = []
    for head in tables[0][1].heads:
        heads.append(f"{head} on the year before {heads[-1]}" if head == "Change" else head)
    return [["Service", *heads], *([name, *map(_cell, row)] for name, table in tables for row in table.rows)]


def _cell(words: str) -> str | float | int | None:
    """Cell of a page as a cell of a sheet: figures become numbers, the sign for nothing a blank."""
    if words == NOTHING:
        return None
    if not re.fullmatch(r"[+\N{MINUS SIGN}]?\d[\d,]*(\.\d+)?", words):
        return words
    plain = words.replace(",", "").replace("\N{MINUS SIGN}", "-")
    return float(plain) if "." in plain else int(plain)


# --- the page ---------------------------------------------------------------------------------------------------------


def _plan(solved: Sequence[Solved[PlanAnswer]]) -> PlanAnswer:
    answer = next((s.answer for s in solved if not s.option), None)
    if answer is None:
        raise ValueError("the plan has no answer, so there is nothing to report")
    return answer


def _entries(data: PlanInput, solved: Sequence[Solved[PlanAnswer]], n: sections.Names) -> list[tuple[Solved[PlanAnswer], Figures | None]]:
    """Options in the order of the input, the plan last, each with its figures where an answer was found."""
    order = list(n.options)[1:]
    ranked = sorted(solved, key=lambda s: order.index(s.option) if s.option in order else len(order))
    return [(s, Figures(data, s.answer) if s.answer else None) for s in ranked]


def _baseline(entries: Sequence[tuple[Solved[PlanAnswer], Figures | None]], n: sections.Names) -> tuple[str, Figures] | None:
    """First option of the input with an answer, by name: what the plan is held against. None without options."""
    return next(((n.options[s.option], f) for s, f in entries if f and s.option), None)


def page(data: PlanInput, solved: Sequence[Solved[PlanAnswer]], run: Mapping[str, Any], *, publishable: bool) -> str:
    """Report as one HTML page that loads nothing. Arguments and errors as for :func:`write`."""
    f = Figures(data, _plan(solved))
    plan = next(s for s in solved if not s.option)
    n = sections.Names(data, Counts(publishable))
    entries = _entries(data, solved, n)
    baseline = _baseline(entries, n)
    services = ["", *(r.service for r in data.services)] if len(data.services) > 1 else [r.service for r in data.services]
    return render(
        "plan.html.j2",
        title=data.settings.title,
        subtitle=f"Recruitment plan, {span_words(data.quarters[0], data.quarters[-1])}, {named(len(data.services), 'service')}",
        footer=[
            ATTRIBUTION,
            "A proposal worked out from the figures in this report: what to do remains the commissioner's and the services' decision.",
        ],
        publishable=publishable,
        decision=decision(f, baseline, n),
        sureness=sureness(plan.outcome),
        shortfalls=sections.shortfalls_table(f, n),
        tiles=list(tiles(f, baseline, n)),
        options=sections.options_table(entries, n),
        options_chart=sections.options_chart(entries, n),
        option_notes=[(r.name or r.option, r.description) for r in data.options if r.description],
        staff=sections.staff_chart(f, n),
        supervision=sections.supervision_charts(f, n),
        money=sections.money_charts(f, n),
        budget=sections.budget_table(f, n),
        own_money=own_money(f, n),
        queues=sections.queue_charts(f, baseline, n),
        required=required.section(f, n),
        benefit=benefit.section(f, baseline, n),
        kpi=kpi.tables(f, n),
        kpi_note=kpi.NOTE,
        schedule=[(n.services[s], sections.posts_table(f, n, s), sections.schedule_tables(f, n, s)) for s in services],
        staffing=staffing(f, n),
        levers=levers.tables(f, n),
        lost=sections.lost_tables(f, n),
        cost=sections.cost_tables(f, n),
        levels=sections.levels(f, plan, n),
        services=sections.services_table(f, n),
        markets=sections.markets_table(f, n),
        languages=sections.languages_table(f, n),
        fairness=fairness(f, n),
        limits=sections.limits_table(f, n),
        reached=sections.reached_table(f, n),
        findings=[str(x) for x in plan.findings],
        checked=all(s.checked for s in solved if s.answer is not None),
        rules=sections.rules_table(),
        warnings=[] if publishable else warnings(run),
        assumptions=sections.assumptions_table(data),
        not_modelled=NOT_MODELLED,
        run=run_table(run),
        searches=searches_table(entries, n),
    )


def staffing(f: Figures, n: sections.Names) -> list[Table]:
    """Staff above the posts, reduced hours and losses on moves, where the plan has any."""
    return [table for table in (sections.staffing_table(f, n),) if table.rows]


def own_money(f: Figures, n: sections.Names) -> list[Table]:
    """Floors and ceilings of each service's money, and what outcomes earn, as far as the input has them."""
    return [table for table in (sections.service_money_table(f, n), sections.outcomes_table(f, n)) if table.rows]


def fairness(f: Figures, n: sections.Names) -> list[Table]:
    """Rooms, access by community and groups among the staff, as far as the input has them."""
    return [table for table in (sections.rooms_table(f, n), sections.access_table(f, n), sections.representation_table(f, n)) if table.rows]


def decision(f: Figures, baseline: tuple[str, Figures] | None, n: sections.Names) -> list[str]:
    """The decision in a few sentences: money, staff, posts for graduates and cohorts, and what they bring against the baseline."""
    start, end = sum(f.staff_at_start.values()), sum(v[-1] for v in f.staff_by_role.values())
    change = "stay at" if abs(end - start) < 0.5 else f"go from {n.people(start)} to"
    spend = f"Spend {pounds(n.counts.pounds(f.cost))} over {duration(len(f.quarters))}, {span_words(f.quarters[0], f.quarters[-1])}."
    sentences = [f"{spend} Staff in post {change} {n.people(end)} WTE."]
    people = sum(r.people for r in f.answer.intakes)
    training = f"Start {named(f.cohorts, 'cohort')} of trainees ({n.people(people)} people)" if f.cohorts else "Start no trainees"
    graduates = _some(n.people(f.lost), "graduate")
    lost = f"; {graduates} {'is' if graduates == '1 graduate' else 'are'} expected to find no post" if f.answer.lost_trainees else ""
    sentences.append(f"{training} and offer {_some(n.people(f.permanent_offers), 'permanent post')} to graduates{lost}.")
    taken = [f"{r.measure} at {n.services[r.service]}" for r in f.answer.retention if r.taken]
    if taken:
        sentences.append(f"Take {listing(taken, most=4)} to keep staff.")
    if baseline:
        name, other = baseline
        gained = sum(f.queue("recovered")) - sum(other.queue("recovered"))
        late = other.queue("too_long")[-1] - f.queue("too_long")[-1]
        dearer = f.cost - other.cost
        parts = [
            f"{n.people(abs(gained))} {'more' if gained >= 0 else 'fewer'} reliable recoveries",
            f"{n.people(abs(late))} {'fewer' if late >= 0 else 'more'} people waiting too long at the end",
        ]
        costs = f"for {pounds(abs(n.counts.pounds(dearer)))} {'more' if dearer >= 0 else 'less'}"
        sentences.append(f"Against “{name}” this brings {listing(parts)}, {costs}.")
    return sentences


def _some(number_words: str, noun: str) -> str:
    """Count in words with its noun: no permanent posts, 1 permanent post, under 5 permanent posts."""
    if number_words == "1":
        return f"1 {noun}"
    return f"{'no' if number_words == '0' else number_words} {noun}s"


def sureness(outcome: Outcome) -> str:
    """How sure it is that the plan is good, in a sentence or two."""
    if outcome.status is Status.INFEASIBLE:
        return "No plan meets every must with these figures. This one comes nearest."
    if better(outcome.gap) == better(0):
        return "No better plan exists under these figures and priorities: that is proved."
    open_levels = [level for level in outcome.levels if better(level.gap) != better(0)]
    told = [f"{rounded_up(level.gap)} better exists on “{level.name}”" for level in open_levels if level.gap < 1]
    told = [*told[:1], *(part.replace(" better exists", "") for part in told[1:])]
    unknown = [f"“{level.name}”" for level in open_levels if level.gap >= 1]
    parts = [f"At most {listing(told)}: that is proved."] if told else []
    if unknown or not outcome.levels:
        parts.append(f"How much better can exist{' on ' + listing(unknown) if unknown else ''} is not known: give the search more time.")
    return " ".join(parts)


def tiles(f: Figures, baseline: tuple[str, Figures] | None, n: sections.Names) -> Iterator[tuple[str, str, str]]:
    """Key figures: what, how much, and against what."""
    other = baseline[1] if baseline else None
    name = baseline[0] if baseline else ""

    def against(value: str) -> str:
        return f"{name}: {value}" if other else ""

    yield "Cost over the plan", pounds(n.counts.pounds(f.cost)), against(pounds(n.counts.pounds(other.cost))) if other else ""
    yield "WTE in post at the end", n.people(sum(v[-1] for v in f.staff_by_role.values())), f"Now: {n.people(sum(f.staff_at_start.values()))}"
    yield "Permanent posts to offer to graduates", n.people(f.permanent_offers), f"Graduates lost: {n.wte(f.lost)} WTE"
    recovered = n.people(sum(other.queue("recovered"))) if other else ""
    yield "Reliable recoveries", n.people(sum(f.queue("recovered"))), against(recovered)
    late = n.people(other.queue("too_long")[-1]) if other else ""
    yield "People waiting too long at the end", n.people(f.queue("too_long")[-1]), against(late)


# --- the record of the run --------------------------------------------------------------------------------------------


def searches_table(entries: Sequence[tuple[Solved[PlanAnswer], Figures | None]], n: sections.Names) -> Table:
    """Each option's search: what came of it, seconds, and every priority's value with what is known of better ones."""
    ended = {
        Status.OPTIMAL: "proved best",
        Status.FEASIBLE: "good, not proved best",
        Status.INFEASIBLE: "musts cannot all be met; nearest plan",
        Status.NOT_FOUND: "no plan found in the time",
    }
    rows = tuple(
        (
            n.options[s.option],
            ended[s.outcome.status],
            number(sum(s.outcome.seconds.values()), 1),
            "; ".join(f"{level.name}: {better(level.gap)}" for level in s.outcome.levels),
        )
        for s, _ in entries
    )
    return Table("searches", "The search for each option", ("Option", "What came of it", "Seconds", "How good, by priority"), rows, "hlrl")
