"""Tables and charts of the plan's report: figures in, what a page shows out. Wording lives here and in the template."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from optimiser.charts import MOST_SERIES, Series, grouped_bars, lines, stacked_bars
from optimiser.page import Chart, Table
from optimiser.plan.check import HARD, SOFT, outcome_payment_rows, service_money_rows
from optimiser.plan.data import STEPS
from optimiser.plan.figures import SPARE, Figures, tally
from optimiser.words import better, capital, count, listing, named, number, percent, pounds, quarter_words, span_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from optimiser.plan.data import Assumption, Limit, PlanAnswer, PlanInput, Shortfall
    from optimiser.plan.publish import Counts
    from optimiser.result import Solved

NOTHING = "\N{EN DASH}"
"""Stands in a table where there is nothing."""

STEP_WORDS = {"low": "low intensity", "high": "high intensity"}

TERMS: dict[str, tuple[str, str]] = {
    "unmet_musts": ("Musts not met", "points"),
    "completed_courses": ("Completed courses", "courses"),
    "reliable_recoveries": ("Reliable recoveries", "people"),
    "entering_treatment": ("People entering treatment", "people"),
    "waiting_too_long": ("People waiting too long", "people times quarters"),
    "reached_by_outreach": ("People reached by outreach", "people"),
    "lost_trainees": ("Graduates lost", "people"),
    "workforce_at_end": ("Worth of the staff in post at the end", "points"),
    "cost": ("Cost", "£"),
    "churn": ("Hires and ended contracts", "WTE"),
    "contracts_ended": ("Ended contracts", "WTE"),
    "equity_gap": ("People short of their community's share", "people"),
    "representation_gap": ("Staff of groups short of the share wanted", "WTE"),
}

ITEMS = {
    "posts": "Posts established",
    "trainees": "Trainees' pay",
    "fees": "Course fees",
    "supervisor courses": "Supervisors' courses",
    "recruitment": "Recruitment",
    "releases": "Ended contracts",
    "over establishment": "Staff above the posts established",
    "reduced hours": "Reduced hours",
    "moves": "Moves",
    "outreach": "Outreach workers",
    "digital": "Digital courses",
    "rooms": "Rented rooms",
    "targeted places": "Targeted places",
    "interpreters": "Interpreters",
    "retention": "Retention measures",
}

SURENESS = {"A": "A: official source seen", "B": "B: secondary, or one service", "C": "C: weak", "D": "D: derived", "": ""}

QUARTERS_A_TABLE = 16
"""More quarters than this do not fit a page across: the schedule goes on in a further table."""


@dataclass(frozen=True)
class Names:
    """Names as printed, and the way counts of people are written."""

    data: PlanInput
    counts: Counts

    @cached_property
    def services(self) -> dict[str, str]:
        """Services by their short name; blank is all of them."""
        return {"": "All services", **{r.service: r.name for r in self.data.services}}

    @cached_property
    def posts(self) -> dict[str, str]:
        """Posts with their band."""
        return {r.post: f"{r.name}, band {r.band}" for r in self.data.posts}

    @cached_property
    def programmes(self) -> dict[str, str]:
        """Training programmes."""
        return {r.programme: r.name for r in self.data.programmes}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Kinds of supervision."""
        return {r.kind: r.name for r in self.data.supervision_kinds}

    @cached_property
    def options(self) -> dict[str, str]:
        """Options; blank is the plan itself."""
        return {"": "The plan", **{r.option: r.name or r.option for r in self.data.options}}

    def any(self, item: str) -> str:
        """Name of a post, programme, kind or step, whatever it is; itself where it is none of them."""
        for names in (self.posts, self.programmes, self.kinds, STEP_WORDS):
            if item in names:
                return names[item]
        return item

    def people(self, value: float, places: int = 0, *, sign: bool = False) -> str:
        """Count of people or WTE as it may be shown."""
        return self.counts.people(value, places, sign=sign)

    def wte(self, value: float, *, sign: bool = False) -> str:
        """WTE to one decimal, as it may be shown."""
        return self.counts.people(value, 1, sign=sign)

    def pounds(self, value: float) -> str:
        """Whole pounds to the nearest thousand, without the sign: 1,234,000."""
        return number(round(self.counts.pounds(value), -3))

    def figure(self, series: str, values: Iterable[float]) -> Series:
        """Series of counts as a chart may draw them."""
        return Series(series, tuple(self.counts.drawn(v) for v in values))


def stream_name(stream: str) -> str:
    """Stream as printed."""
    return capital(stream.replace("_", " "))


# --- options ----------------------------------------------------------------------------------------------------------


def sure(solved: Solved[PlanAnswer]) -> str:
    """How much better an answer of this option could exist, in words."""
    if solved.answer is None:
        return NOTHING
    return capital(better(solved.outcome.gap))


def options_table(entries: Sequence[tuple[Solved[PlanAnswer], Figures | None]], n: Names) -> Table:
    """Options side by side, one column each, in the order given."""
    roles = next((f.roles for _, f in entries if f), ())
    year = next((f.last_full_year for _, f in entries if f), "")
    measures: list[tuple[str, list[str]]] = []

    def measure(name: str, cells: Iterable[str]) -> None:
        measures.append((name, list(cells)))

    figures = [f for _, f in entries]
    measure("Cost over the plan (£)", [n.pounds(f.cost) if f else NOTHING for f in figures])
    measure(f"Cost in {year} (£)", [n.pounds(f.cost_by_year[year]) if f else NOTHING for f in figures])
    measure("Courses completed", [n.people(sum(f.queue("completed"))) if f else NOTHING for f in figures])
    measure("Reliable recoveries", [n.people(sum(f.queue("recovered"))) if f else NOTHING for f in figures])
    measure("People waiting too long, average", [n.people(sum(f.queue("too_long")) / len(f.quarters)) if f else NOTHING for f in figures])
    measure("People waiting too long, at the end", [n.people(f.queue("too_long")[-1]) if f else NOTHING for f in figures])
    measure("All staff in post at the end (WTE)", [n.wte(sum(v[-1] for v in f.staff_by_role.values())) if f else NOTHING for f in figures])
    for role in roles:
        measure(f"{role} in post at the end (WTE)", [n.wte(f.staff_by_role[role][-1]) if f else NOTHING for f in figures])
    measure("Graduates given a post (expected, WTE)", [n.wte(f.converted) if f else NOTHING for f in figures])
    measure("Permanent posts to offer to graduates", [n.people(f.permanent_offers) if f else NOTHING for f in figures])
    measure("Graduates lost (WTE)", [n.wte(f.lost) if f else NOTHING for f in figures])
    measure("Least supervision to spare (hours a week)", [number(f.headroom, 1) if f else NOTHING for f in figures])
    measure("Outreach (hours)", [count(f.outreach_hours) if f else NOTHING for f in figures])
    if any(f and f.data.communities for f in figures):
        measure("People short of their community's share", [n.people(sum(r.short for r in f.answer.access)) if f else NOTHING for f in figures])
    if any(f and f.data.representation for f in figures):
        measure(
            "Staff of groups short of the share wanted, at the end (WTE)",
            [n.wte(sum(r.short for r in f.answer.representation if r.quarter == f.quarters[-1])) if f else NOTHING for f in figures],
        )
    measure("Musts not met", [_musts(f) if f else "no plan found in the time" for f in figures])
    measure("How good it is", [sure(s) for s, _ in entries])
    return Table(
        "options",
        "What each option costs and brings over the whole plan",
        ("Measure", *(n.options[s.option] for s, _ in entries)),
        tuple((name, *cells) for name, cells in measures),
        "h" + "r" * len(entries),
    )


def _musts(f: Figures) -> str:
    short = [r for r in f.answer.shortfalls if r.short > SPARE]
    return str(len(short)) if short else "none"


def options_chart(entries: Sequence[tuple[Solved[PlanAnswer], Figures | None]], n: Names) -> Chart | None:
    """People waiting too long under each option, quarter by quarter; None with nothing to compare."""
    known = [(n.options[s.option], f) for s, f in entries if f][-MOST_SERIES:]
    if len(known) < 2:
        return None
    title = "People waiting too long, by option"
    ends = listing([f"{n.people(f.queue('too_long')[-1])} under {name}" for name, f in known])
    series = [n.figure(name, f.queue("too_long")) for name, f in known]
    sentence = f"People who wait beyond the standard at the end of each quarter, both steps of care together. In the last quarter: {ends}."
    labels = known[0][1].quarters
    drawing = lines("options-waiting", title, sentence, labels, series, unit="people")
    rows = [(name, f.queue("too_long")) for name, f in known]
    return Chart(title, sentence, drawing, _figures_table("options-waiting", title, labels, rows, n, 0))


def _figures_table(key: str, title: str, labels: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]], n: Names, places: int) -> Table:
    """Figures of a chart of counts of people: a row for each label, a column for each series."""
    return Table(
        f"{key}-figures",
        f"{title}: figures",
        ("Quarter", *(name for name, _ in rows)),
        tuple((label, *(n.people(values[i], places) for _, values in rows)) for i, label in enumerate(labels)),
        "h" + "r" * len(rows),
    )


# --- staff, supervision, money, queues --------------------------------------------------------------------------------


def staff_chart(f: Figures, n: Names) -> Chart:
    """Staff in post by role against the staff needed. Beyond six roles the smallest are drawn together."""
    roles = sorted((r for r in f.roles if max(f.staff_by_role[r]) > SPARE), key=lambda r: -max(f.staff_by_role[r]))
    shown = roles if len(roles) <= MOST_SERIES else roles[: MOST_SERIES - 1]
    by_role = [(role, f.staff_by_role[role]) for role in f.roles if role in shown]
    if len(shown) < len(roles):
        others = [f.staff_by_role[r] for r in roles if r not in shown]
        by_role.append(("Other roles", tuple(map(sum, zip(*others, strict=True)))))
    if not by_role:
        by_role = [("Staff", (0.0,) * len(f.quarters))]
    total = [sum(values) for values in zip(*(v for _, v in by_role), strict=True)]
    need = [sum(values) for values in zip(*f.need.values(), strict=True)]
    title = "Staff in post and staff needed"
    sentence = (
        f"Staff in post go from {n.wte(total[0])} WTE in the first quarter to {n.wte(total[-1])} WTE in the last; "
        f"{n.wte(need[0])} and {n.wte(need[-1])} WTE would be needed to start treatment with everybody who joins a queue in the quarter."
    )
    drawing = stacked_bars(
        "staff", title, sentence, f.quarters, [n.figure(name, v) for name, v in by_role], unit="WTE", line=n.figure("Staff needed", need)
    )
    columns = [*by_role, ("All staff", total), *((f"Needed, {STEP_WORDS[step]}", v) for step, v in f.need.items()), ("Needed", need)]
    return Chart(title, sentence, drawing, _figures_table("staff", title, f.quarters, columns, n, 1))


def supervision_charts(f: Figures, n: Names) -> list[Chart]:
    """Hours of supervision needed and available, a chart for each kind."""
    charts = []
    for place, kind in enumerate(n.kinds):
        sums = tally((q, need) for (_, k, q), (need, _) in f.supervision.items() if k == kind)
        cans = tally((q, can) for (_, k, q), (_, can) in f.supervision.items() if k == kind)
        needed, can = tuple(sums[q] for q in f.quarters), tuple(cans[q] for q in f.quarters)
        if not any(needed) and not any(can):
            continue
        spare = [(c - d, q) for d, c, q in zip(needed, can, f.quarters, strict=True)]
        least, when = min(spare)
        title = f"Supervision: {n.kinds[kind]}"
        sentence = (
            f"Hours a week needed and hours that trained supervisors can give, all services. "
            f"{'Most short' if round(least, 1) < 0 else 'Least to spare'}: {number(abs(least), 1)} hours a week, {quarter_words(when)}."
        )
        key = f"supervision-{place}"
        drawing = stacked_bars(
            key, title, sentence, f.quarters, [Series("Needed", needed)], unit="hours a week", line=Series("Can be given", can), narrow=True
        )
        rows = tuple((q, number(d, 1), number(c, 1), number(c - d, 1)) for q, d, c in zip(f.quarters, needed, can, strict=True))
        table = Table(f"{key}-figures", f"{title}: hours a week", ("Quarter", "Needed", "Can be given", "To spare"), rows, "hrrr")
        charts.append(Chart(title, sentence, drawing, table))
    return charts


def money_charts(f: Figures, n: Names) -> list[Chart]:
    """Money spent and available by year, a chart for each stream, since streams differ much in size."""
    charts = []
    for place, stream in enumerate(f.streams):
        spent, available = f.money(stream)
        top = max([*spent, *(available or ())])
        scale, unit = (1e6, "£ million") if top >= 2e6 else (1e3, "£ thousand")
        title = f"Money: {stream_name(stream)}"
        told = f"{pounds(sum(map(n.counts.pounds, spent)))} spent over the plan"
        if available is not None:
            told += f" of {pounds(sum(available))} available"
        sentence = f"{told}{'' if available is not None else '; no budget is set for it'}."
        series = [Series("Spent", tuple(max(0.0, n.counts.pounds(v)) / scale for v in spent))]
        if available is not None:
            series.append(Series("Available", tuple(max(0.0, v) / scale for v in available)))
        key = f"money-{place}"
        rows = tuple(
            (y, n.pounds(spent[i]), n.pounds(available[i]) if available else NOTHING, n.pounds(available[i] - spent[i]) if available else NOTHING)
            for i, y in enumerate(f.years)
        )
        table = Table(f"{key}-figures", f"{title} (£)", ("Year", "Spent", "Available", "Left"), rows, "hrrr")
        charts.append(Chart(title, sentence, grouped_bars(key, title, sentence, f.years, series, unit=unit, narrow=True), table))
    return charts


def budget_table(f: Figures, n: Names) -> Table:
    """Every budget row of the years planned."""
    earned = bool(f.data.outcome_payments)
    rows = tuple(
        (
            stream_name(r.stream), r.year, n.services.get(r.service, r.service), n.pounds(r.amount), *([n.pounds(r.earned)] if earned else []),
            n.pounds(r.carried_in), n.pounds(r.carried_out), n.pounds(r.spent), n.pounds(r.available - r.spent),
        )
        for stream in f.streams
        for r in f.budget
        if r.stream == stream
    )  # fmt: skip
    heads = ("Stream", "Year", "For", "Budget", *(["Earned"] if earned else []), "Carried in", "Carried out", "Spent", "Left")
    return Table("budget", "Every budget, what is carried over and what is spent (£)", heads, rows, f"hhlrrrrr{'r' if earned else ''}")


def service_money_table(f: Figures, n: Names) -> Table:
    """What services spend against their floors and ceilings."""
    spent = tally(key for r in f.answer.spend for key in (((r.service, r.year, r.stream), r.pounds), ((r.service, r.year, ""), r.pounds)))
    short = {(r.service, r.quarter, r.item): r.short for r in f.answer.shortfalls if r.rule == "B3" and r.short > SPARE}

    def kept(key: tuple[str, str, str], floor: float) -> str:
        if key not in short:
            return "kept"
        return f"{pounds(n.counts.pounds(short[key]))} {'under the floor' if spent[key] < floor else 'over the ceiling'}"

    rows = tuple(
        (
            n.services[r.service], r.year, stream_name(r.stream) if r.stream else "All streams",
            n.pounds(r.floor_pounds) if r.floor_pounds else NOTHING, NOTHING if r.ceiling_pounds is None else n.pounds(r.ceiling_pounds),
            n.pounds(spent[r.service, r.year, r.stream]), kept((r.service, r.year, r.stream), r.floor_pounds),
        )
        for r in service_money_rows(f.data, f.answer.option)
    )  # fmt: skip
    heads = ("Service", "Year", "Stream", "Floor", "Ceiling", "Spent", "In the plan")
    return Table("service-money", "What each service may spend, at least and at most (£)", heads, rows, "hhlrrrl")


def outcomes_table(f: Figures, n: Names) -> Table:
    """What outcomes earn, and where the money goes."""
    found = {(r.service, r.step, r.measure, r.year): r for r in f.answer.outcome_income}
    rows = []
    for r in outcome_payment_rows(f.data, f.answer.option):
        row = found.get((r.service, r.step, r.measure, r.year))
        reached, earned = (row.reached, row.pounds) if row else (0.0, 0.0)
        rows.append(
            (
                n.services[r.service], r.year, f"{capital(r.measure)}, {STEP_WORDS[r.step]}", n.people(reached), count(r.threshold),
                pounds(r.payment_pounds), n.pounds(earned), n.pounds(r.cap_pounds), f"{stream_name(r.stream)}, {r.paid}",
            )
        )  # fmt: skip
    heads = ("Service", "Year", "Outcome", "Reached", "Paid above", "For each", "Earned (£)", "At most (£)", "Paid into")
    return Table("outcomes", "What outcomes earn", heads, tuple(rows), "hhlrrrrrl")


def queue_charts(f: Figures, baseline: tuple[str, Figures] | None, n: Names) -> list[Chart]:
    """People waiting at each step, then completed courses; the baseline option as a line across each."""
    charts = []
    for step in STEPS:
        if not any(r.step == step for r in f.answer.queues):
            continue
        waiting, late = f.queue("waiting", step), f.queue("too_long", step)
        soon = tuple(max(0.0, w - x) for w, x in zip(waiting, late, strict=True))
        title = f"People waiting: {STEP_WORDS[step]}"
        sentence = f"People waiting at the end of each quarter: {n.people(waiting[0])} after the first, {n.people(waiting[-1])} after the last"
        sentence += f", of whom {n.people(late[-1])} beyond the standard."
        columns: list[tuple[str, Sequence[float]]] = [("Within the standard", soon), ("Too long", late), ("All waiting", waiting)]
        line = None
        if baseline:
            other = baseline[1].queue("waiting", step)
            line = n.figure(baseline[0], other)
            columns.append((f"All waiting: {baseline[0]}", other))
        series = [n.figure("Within the standard", soon), n.figure("Too long", late)]
        drawing = stacked_bars(f"waiting-{step}", title, sentence, f.quarters, series, unit="people", line=line)
        charts.append(Chart(title, sentence, drawing, _figures_table(f"waiting-{step}", title, f.quarters, columns, n, 0)))
    steps = [step for step in STEPS if any(f.queue("completed", step))]
    if not steps:
        return charts
    title = "Completed courses"
    total = sum(f.queue("completed"))
    sentence = f"{n.people(total)} courses are completed over the plan"
    columns = [(capital(STEP_WORDS[step]), f.queue("completed", step)) for step in steps]
    series = [n.figure(capital(STEP_WORDS[step]), f.queue("completed", step)) for step in steps]
    columns += [("All", f.queue("completed")), ("Reliable recoveries", f.queue("recovered"))]
    line = None
    if baseline:
        other = baseline[1].queue("completed")
        sentence += f", against {n.people(sum(other))} under {baseline[0]}"
        line = n.figure(baseline[0], other)
        columns.append((f"All: {baseline[0]}", other))
    sentence += "."
    drawing = stacked_bars("completed", title, sentence, f.quarters, series, unit="courses a quarter", line=line)
    charts.append(Chart(title, sentence, drawing, _figures_table("completed", title, f.quarters, columns, n, 0)))
    return charts


# --- what to do and when ----------------------------------------------------------------------------------------------


def posts_table(f: Figures, n: Names, service: str) -> Table:
    """Posts established by year with the change on the year before; a blank service is all of them."""
    now = tally((r.post, r.established) for r in f.data.staff if service in ("", r.service))
    planned = tally(((r.post, r.year), r.posts) for r in f.answer.posts if service in ("", r.service))
    rows = []
    posts = [r.post for r in f.data.posts if r.contract != "trainee" and (now[r.post] or any(planned[r.post, y] for y in f.years))]
    for p in posts:
        values = [now[p], *(planned[p, y] for y in f.years)]
        rows.append((n.posts[p], *_with_changes(values, n)))
    totals = [sum(now[p] for p in posts), *(sum(planned[p, y] for p in posts) for y in f.years)]
    rows.append(("All posts", *_with_changes(totals, n)))
    key = f"posts-{_place(f, service)}"
    return Table(
        key,
        f"Posts established, {n.services[service]} (WTE, and the change on the year before)",
        ("Post", "Now", *(head for y in f.years for head in (y, "Change"))),
        tuple(rows),
        "hr" + "rr" * len(f.years),
        last_is_total=True,
    )


def _with_changes(values: Sequence[float], n: Names) -> list[str]:
    cells = [n.wte(values[0])]
    for before, after in pairwise(values):
        change = after - before
        cells += [n.wte(after), n.wte(change, sign=True) if abs(change) > SPARE else NOTHING]
    return cells


def _place(f: Figures, service: str) -> str:
    """Short key of a service for ids on the page: its place in Services, or all."""
    return "all" if not service else str([r.service for r in f.data.services].index(service))


def schedule_tables(f: Figures, n: Names, service: str) -> list[Table]:
    """Everything to be decided quarter by quarter; a blank service is all of them. Long plans go on in a further table."""
    rows = schedule(f, n, service)
    tables = []
    for part, start in enumerate(range(0, len(f.quarters), QUARTERS_A_TABLE)):
        window = f.quarters[start : start + QUARTERS_A_TABLE]
        months = f", {span_words(window[0], window[-1])}" if len(f.quarters) > QUARTERS_A_TABLE else ""
        years = [(year, len(list(members))) for year, members in groupby(q[:7] for q in window)]
        table = Table(
            f"schedule-{_place(f, service)}-{part}",
            f"Schedule, {n.services[service]}{months}",
            ("What", *(q[-2:] for q in window), "Whole plan"),
            tuple((what, *cells[start : start + len(window)], cells[-1]) for what, cells in rows),
            "h" + "r" * (len(window) + 1),
            groups=(("", 1), *years, ("", 1)),
            note=f"{NOTHING} means none. Q1 is April to June. People are whole or, where they leave and arrive, expected numbers.",
        )
        tables.append(table)
    return tables if rows else []


def schedule(f: Figures, n: Names, service: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each thing to do with its amount in every quarter and in the whole plan; a blank service is all of them."""
    a = f.answer
    shows: dict[str, Callable[[float], str]] = {
        "Hire": n.wte,
        "Start training": n.people,
        "Graduates given a post": n.wte,
        "Permanent posts to offer": n.people,
        "Move": n.wte,
        "Enter training": n.wte,
        "End contracts": n.wte,
        "Above the posts established": n.wte,
        "On reduced hours": n.wte,
        "Train as supervisors": n.people,
        "Targeted places": n.wte,
        "Outreach": count,
        "Digital courses": count,
    }
    sums: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))

    def add(where: str, kind: str, item: str, quarter: str, amount: float) -> None:
        if service in ("", where):
            sums[kind, item][quarter] += amount

    for h in a.hires:
        add(h.service, "Hire", n.posts[h.post], h.quarter, h.wte)
    for i in a.intakes:
        add(i.service, "Start training", n.programmes[i.programme], i.quarter, i.people)
    for c in a.conversions:
        contract = f.post[c.to_post].contract.replace("_", "-")
        add(c.service, "Graduates given a post", f"{n.posts[c.to_post]} ({contract})", c.quarter, c.wte)
    for (where, p, q), posts in f.offers.items():
        add(where, "Permanent posts to offer", n.posts[p], q, posts)
    for m in a.moves:
        kind = "Enter training" if f.post[m.to_post].contract == "trainee" else "Move"
        add(m.service, kind, f"{n.posts[m.from_post]}, to {n.posts[m.to_post]}", m.quarter, m.wte)
    for r in a.releases:
        add(r.service, "End contracts", n.posts[r.post], r.quarter, r.wte)
    for over in a.over_establishment:
        add(over.service, "Above the posts established", n.posts[over.post], over.quarter, over.wte)
    for reduced in a.reduced_hours:
        add(reduced.service, "On reduced hours", n.posts[reduced.post], reduced.quarter, reduced.people)
    for s in a.supervisors_trained:
        add(s.service, "Train as supervisors", f"{n.kinds[s.kind]}, {n.posts[s.post]}", s.quarter, s.people)
    for o in a.outreach:
        add(o.service, "Outreach", f"{o.community}, clinicians' hours", o.quarter, o.clinical_hours)
        add(o.service, "Outreach", f"{o.community}, workers' hours", o.quarter, o.worker_hours)
    for place in a.targeted_places:
        add(place.service, "Targeted places", f"{place.group}, {n.posts[place.post]}", place.quarter, place.wte)
    for d in a.digital:
        add(d.service, "Digital courses", f"{d.provider}, {STEP_WORDS[d.step]}, blocks", d.quarter, d.blocks)

    posts_in_order = list(n.posts.values())

    def order(key: tuple[str, str]) -> tuple[int, int, str]:
        kind, item = key
        return list(shows).index(kind), next((i for i, name in enumerate(posts_in_order) if item.startswith(name)), -1), item

    rows = []
    for kind, item in sorted(sums, key=order):
        values = sums[kind, item]
        amounts = [*(values[q] for q in f.quarters), sum(values.values())]
        cells = tuple(_some(shows[kind](v)) for v in amounts)
        if cells[-1] != NOTHING:
            rows.append((f"{kind}: {item}", cells))
    return rows


def staffing_table(f: Figures, n: Names) -> Table:
    """What staff above the posts established, reduced hours and losses on moves come to: a row for each that the plan uses."""
    rows: list[tuple[str, ...]] = []
    used: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    for o in f.answer.over_establishment:
        used["Above the posts established", n.posts[o.post], "WTE", o.service].append(o.wte)
    for r in f.answer.reduced_hours:
        used["On reduced hours", n.posts[r.post], "people", r.service].append(r.people)
    for (what, post, unit, service), amounts in used.items():
        there = [a for a in amounts if a > SPARE]
        if there:
            told = f"{count(len(there))} of {named(len(f.quarters), 'quarter')}, at most {n.wte(max(there))} {unit}"
            rows.append((f"{what}: {post}", n.services[service], told))
    leaving = {(r.from_post, r.to_post): r.lost_on_move for r in f.data.flows}
    moved = tally(((m.service, m.from_post, m.to_post), m.wte) for m in f.answer.moves)
    for (service, a, b), wte in moved.items():
        lost = leaving[a, b] * wte
        if lost > SPARE:
            told = f"{n.wte(lost)} of {n.wte(wte)} who move leave instead"
            rows.append((f"Lost on the move: {n.posts[a]}, to {n.posts[b]}", n.services[service], told))
    at_once = {(r.service, r.post): r.lost_on_arrival for r in f.data.recruitment}
    for (service, post), wte in tally(((h.service, h.post), h.wte) for h in f.answer.hires).items():
        if at_once[service, post] * wte > SPARE:
            told = f"{n.wte(at_once[service, post] * wte)} of {n.wte(wte)} hired leave at once"
            rows.append((f"Lost on arrival: {n.posts[post]}", n.services[service], told))
    heads = ("What", "Where", "In the plan")
    note = "People on reduced hours take up, and work, a share of a post. Staff above the posts established cost their pay and what is set on top."
    return Table("staffing", "Staff above the posts, reduced hours, losses on moves", heads, tuple(rows), "hll", note=note)


def _some(words: str) -> str:
    """Figure as it is, or the sign for nothing where it rounds to none."""
    return words if words.strip("0.") else NOTHING


def lost_tables(f: Figures, n: Names) -> list[Table]:
    """Graduates, those given a post and those lost: by programme, then by cohort."""

    def row(names: tuple[str, ...], graduates: float, lost: float) -> tuple[str, ...]:
        return (*names, n.wte(graduates), n.wte(graduates - lost), n.wte(lost), percent(lost / graduates, 0) if graduates > SPARE else NOTHING)

    graduates, lost = tally((r.programme, r.graduates) for r in f.answer.lost_trainees), tally((r.programme, r.lost) for r in f.answer.lost_trainees)
    heads = ("Graduates", "Given a post", "Lost", "Share lost")
    totals = tuple(row((n.programmes[g],), graduates[g], lost[g]) for g in n.programmes if graduates[g] > SPARE)
    order = [list(n.services), list(n.programmes)]
    ranked = sorted(f.answer.lost_trainees, key=lambda r: (order[0].index(r.service), order[1].index(r.programme), r.quarter))
    cohorts = tuple(row((n.services[r.service], n.programmes[r.programme], quarter_words(r.quarter)), r.graduates, r.lost) for r in ranked)
    return [
        Table("lost", "Graduates and what becomes of them, by programme (expected WTE)", ("Programme", *heads), totals, "hrrrr"),
        Table("lost-cohorts", "The same by cohort", ("Service", "Programme", "Ready in", *heads), cohorts, "hhhrrrr"),
    ]


# --- cost and objective -----------------------------------------------------------------------------------------------


def cost_tables(f: Figures, n: Names) -> list[Table]:
    """Cost by item, and by stream, in every year."""
    by_item = tally(((str(r.item), r.year), r.pounds) for r in f.answer.spend)
    by_stream = tally(((r.stream, r.year), r.pounds) for r in f.answer.spend)

    def table(key: str, what: str, sums: Mapping[tuple[str, str], float], names: Mapping[str, str]) -> Table:
        rows = [
            (name, *(n.pounds(sums[k, y]) for y in f.years), n.pounds(sum(sums[k, y] for y in f.years)))
            for k, name in names.items()
            if any(abs(sums[k, y]) > SPARE for y in f.years)
        ]
        rows.append(("All", *(n.pounds(f.cost_by_year[y]) for y in f.years), n.pounds(f.cost)))
        heads = (what, *f.years, "Whole plan")
        note = "Rounded to the nearest thousand pounds, so sums may differ in the last figure."
        return Table(key, f"Cost by {what.lower()} (£)", heads, tuple(rows), "h" + "r" * (len(f.years) + 1), last_is_total=True, note=note)

    return [table("cost-items", "Item", by_item, ITEMS), table("cost-streams", "Stream", by_stream, {s: stream_name(s) for s in f.streams})]


@dataclass(frozen=True)
class LevelShown:
    """A level of the objective on the page: its heading, its terms, and what is known of anything better."""

    heading: str
    sentence: str
    table: Table


def levels(f: Figures, solved: Solved[PlanAnswer], n: Names) -> list[LevelShown]:
    """Each level of the objective itemised: value times weight is the contribution, and the contributions add up to the level's value."""
    reached = {level.name: level for level in solved.outcome.levels}
    shown = []
    for p in sorted(f.data.priorities, key=lambda r: r.priority):
        parts = [c for c in f.contributions if c.priority == p.priority]
        rows = []
        total = 0.0
        for c in parts:
            name, unit = TERMS[c.term]
            value = _term_value(c.term, c.value, n)
            total += c.weight * value
            weight = f"\N{MULTIPLICATION SIGN} {number(c.weight, _places(c.weight, 4))}"
            rows.append((name, _amount(value), unit, weight, number(c.weight * value, 1), c.reason))
        rows.append(("Value of the priority", "", "", "", number(total, 1), ""))
        level = reached.get(p.name)
        sentence = f"To be made as {'small' if p.direction == 'min' else 'large'} as possible."
        if level is not None:
            if level.bound is None or level.gap >= 1:
                sentence += " How much better it could be is not known."
            elif better(level.gap) == better(0):
                sentence += " It is proved that no better value exists once the priorities before it are settled."
            else:
                sentence += f" It is proved that nothing can be better than {_amount(level.bound)}: {better(level.gap)}."
        if p.tolerance:
            sentence += f" Later priorities may give up at most {percent(p.tolerance)} of it."
        table = Table(
            f"level-{p.priority}", f"Priority {p.priority}: {p.name}", ("Term", "Amount", "Unit", "Weight", "Contribution", "Why this weight"),
            tuple(rows), "hrlrrl", last_is_total=True,
        )  # fmt: skip
        shown.append(LevelShown(f"Priority {p.priority}: {p.name}", sentence, table))
    return shown


def _term_value(term: str, value: float, n: Names) -> float:
    """Term's value as it may be told; the worth of the staff at the end is no count of people."""
    if term == "cost":
        return n.counts.pounds(value)
    return n.counts.drawn(value) if term not in ("unmet_musts", "workforce_at_end") else value


def _places(value: float, most: int = 1) -> int:
    """Decimals worth showing: none for whole and for large numbers."""
    if value == round(value) or abs(value) >= 1000:
        return 0
    return next(p for p in range(1, most + 1) if p == most or abs(value - round(value, p)) < 1e-9)


def _amount(value: float) -> str:
    return number(value, _places(value))


# --- services ---------------------------------------------------------------------------------------------------------


def services_table(f: Figures, n: Names) -> Table:
    """A row for each service: staff, cost, what it achieves, and waits at the start and at the end."""
    start = tally((s, wte) for (s, _), wte in f.staff_at_start.items())
    end = tally((s, wte) for (s, _, q), wte in f.staff.items() if q == f.quarters[-1])
    cost = tally((r.service, r.pounds) for r in f.answer.spend)
    completed, recovered = tally((r.service, r.completed) for r in f.answer.queues), tally((r.service, r.recovered) for r in f.answer.queues)
    rows = []
    for s in f.data.services:
        waits = [_wait(w) for step in STEPS for w in (f.wait_weeks(s.service, step) if (s.service, step) in f.care else (None, None))]
        k = s.service
        rows.append((s.name, n.wte(start[k]), n.wte(end[k]), n.pounds(cost[k]), n.people(completed[k]), n.people(recovered[k]), *waits))
    return Table(
        "services",
        "Each service: staff, cost, courses and waits",
        ("Service", "Now", "At the end", "Cost (£)", "Completed courses", "Reliable recoveries", "Now", "At the end", "Now", "At the end"),
        tuple(rows),
        "h" + "r" * 9,
        groups=(("", 1), ("Staff in post (WTE)", 2), ("Whole plan", 3), ("Wait, low intensity (weeks)", 2), ("Wait, high intensity (weeks)", 2)),
        note=f"Waits are averages: people waiting over courses started in a week. {NOTHING} means that none are started.",
    )


def _wait(weeks: float | None) -> str:
    return NOTHING if weeks is None else number(weeks, 1)


def markets_table(f: Figures, n: Names) -> Table:
    """Applicants of each labour market and role, and how many of them the plan's hires take."""
    rows = tuple(
        (
            r.market, r.role, str(len(r.services)), n.people(sum(r.applicants)), n.people(sum(r.taken)), n.wte(r.hires),
            percent(sum(r.taken) / sum(r.applicants), 0) if sum(r.applicants) > SPARE and not n.counts.publishable else NOTHING,
        )
        for r in f.markets
    )  # fmt: skip
    return Table(
        "markets",
        "Labour markets that services share: applicants over the whole plan",
        ("Market", "Role", "Services", "Applicants", "Taken", "Hires (WTE)", "Share taken"),
        rows,
        "hhrrrrr",
        note="A hire takes more than one applicant where the employer, the place or the band draws fewer of them. What one service takes, "
        "no other can hire.",
    )


def languages_table(f: Figures, n: Names) -> Table:
    """Courses that need a language, who gives them, and what interpreters cost; no rows where small numbers are left out."""
    rows = tuple(
        (
            n.services[r.service], r.language, n.people(r.courses), percent(1 - r.interpreted / r.hours, 0) if r.hours > SPARE else NOTHING,
            count(r.interpreters), n.pounds(r.pounds), count(r.longer),
        )
        for r in f.languages
        if not n.counts.publishable
    )  # fmt: skip
    return Table(
        "languages",
        "Courses in other languages over the whole plan",
        ("Service", "Language", "Courses started", "In the mother tongue", "Interpreters (hours)", "Interpreters (£)", "Longer sessions (hours)"),
        rows,
        "hhrrrrr",
        note="Share of the hours given by therapists whose mother tongue it is; the rest has an interpreter. The last column is the time of "
        "clinicians that longer sessions with an interpreter take.",
    )


# --- rooms and fairness -----------------------------------------------------------------------------------------------


def rooms_table(f: Figures, n: Names) -> Table:
    """Rooms of every site, those rented in each year, and how full they are when they are fullest."""
    rented = tally(((r.service, r.site, r.year), float(r.rooms)) for r in f.answer.rooms)
    rows = []
    for r in f.data.rooms:
        use = [f.room_hours[r.service, r.site, q] for q in f.quarters]
        fill = [needed / there if there else float(needed > SPARE) for needed, there in use]
        when = f.quarters[fill.index(max(fill))]
        short = sum(max(0.0, needed - there) for needed, there in use)
        told = (f"{percent(max(fill), 0)}, {quarter_words(when)}", count(short) if short > SPARE else NOTHING)
        extra = (_some(number(rented[r.service, r.site, y])) for y in f.years)
        rows.append((n.services[r.service], r.site or "Whole service", number(r.rooms, _places(r.rooms)), *extra, *told))
    return Table(
        "rooms",
        "Rooms for face-to-face treatment",
        ("Service", "Site", "Rooms", *(f"Rented {y}" for y in f.years), "Fullest", "Short (hours, whole plan)"),
        () if n.counts.publishable else tuple(rows),
        "hhr" + "r" * len(f.years) + "lr",
        note="Hours of courses that are given face to face, against the hours in which the site's rooms are open.",
    )


def access_table(f: Figures, n: Names) -> Table:
    """Each community's share of need against its share of those who come, without the plan's outreach and with it."""
    everybody = tally((r.service, r.referrals) for r in f.data.demand if r.quarter in f.quarters)
    came, short = (tally(((r.service, r.community), getattr(r, name)) for r in f.answer.access) for name in ("came", "short"))
    rows = []
    for r in f.data.communities:
        there, due = came[r.service, r.community], r.need * everybody[r.service]
        rate = [share / r.need if r.need else None for share in (r.referred, there / everybody[r.service] if everybody[r.service] else 0.0)]
        missed = max(0.0, due - r.referred * everybody[r.service])
        shares = [percent(r.need, 1), percent(r.referred, 1), *(NOTHING if x is None else percent(x, 0) for x in rate)]
        rows.append(
            (
                n.services[r.service], r.community, *((NOTHING,) * 4 if n.counts.publishable else shares), n.people(there),
                n.people(missed), n.people(short[r.service, r.community]),
            )
        )  # fmt: skip
    return Table(
        "access",
        "Who comes, by community, over the whole plan",
        ("Service", "Community", "Need", "Referrals now", "Without outreach", "In the plan", "People who come", "Without outreach", "In the plan"),
        tuple(rows),
        "hh" + "r" * 7,
        groups=(("", 2), ("Share of", 2), ("Come, of those due", 2), ("", 1), ("People short", 2)),
        note="Due to a community is its share of need in the referrals there are without outreach. 100% is its fair share. People are counted "
        "short quarter by quarter: more in one quarter makes up for nothing in another.",
    )


def representation_table(f: Figures, n: Names) -> Table:
    """Groups among the staff of a post: their share now and in the last quarter, against the share wanted."""
    last = f.quarters[-1]
    end = {(r.service, r.post, r.group): r for r in f.answer.representation if r.quarter == last}
    places = tally(((r.service, r.post, r.group), r.wte) for r in f.answer.targeted_places)
    rows = []
    for r in f.data.representation:
        key = (r.service, r.post, r.group)
        if key in end:
            staff = f.staff[r.service, r.post, last]
            share = end[key].wte / staff if staff > SPARE else None
            shares = [percent(r.now, 0), NOTHING if share is None else percent(share, 0), percent(r.target, 0)]
            if n.counts.publishable:
                shares = [NOTHING] * 3
            counts = (n.wte(end[key].wte), n.wte(end[key].short), _some(n.wte(places[key])))
            rows.append((n.services[r.service], n.posts[r.post], r.group, *shares, *counts))
    return Table(
        "representation",
        "Groups among the staff of a post",
        ("Service", "Post", "Group", "Now", "At the end", "Wanted", "Staff at the end (WTE)", "Short (WTE)", "Targeted places"),
        tuple(rows),
        "hhh" + "r" * 6,
        groups=(("", 3), ("Share of the post's staff", 3), ("", 3)),
        note="Expected numbers: leavers leave alike, and those hired or promoted belong to the group in the shares the input states.",
    )


# --- limits, checks, assumptions --------------------------------------------------------------------------------------

DECISIONS = {
    "posts": "posts established",
    "staff": "staff in post",
    "hires": "hires",
    "intake": "people starting training",
    "conversions": "graduates given a post",
    "moves": "moves",
    "releases": "ended contracts",
    "supervisors_trained": "staff trained as supervisors",
    "outreach_clinical": "clinicians' outreach hours",
    "outreach_worker": "outreach workers' hours",
    "digital": "digital blocks",
    "starts": "courses started",
    "waiting": "people waiting",
    "rooms": "rooms rented",
    "targeted_places": "targeted places",
    "came": "people who come from a community",
    "completed": "courses completed",
    "recovered": "reliable recoveries",
    "entering": "people entering treatment",
    "posts_filled": "posts filled",
    "over_establishment": "staff above the posts established",
    "reduced_hours": "people on reduced hours",
    "group_starts": "courses started in groups",
    "integrated_starts": "integrated courses started",
    "retention": "retention measures taken (1: taken)",
}


def limits_table(f: Figures, n: Names) -> Table:
    """Limits and pins of every option, with their reasons and whether the plan keeps those that hold for it."""
    short = tally((r.rule, r.short) for r in f.answer.shortfalls)

    def kept(r: Limit) -> str:
        if r.option not in ("", f.answer.option):
            return "does not hold for the plan"
        return "kept" if short[r.limit] <= SPARE else f"short by {n.people(short[r.limit], 1)}"

    rows = tuple((r.limit, bound_words(r, n), n.options[r.option] if r.option else "Every option", kept(r), r.reason) for r in f.data.limits)
    return Table("limits", "Limits set by hand", ("Limit", "What it says", "Holds for", "In the plan", "Reason"), rows, "hllll")


def bound_words(r: Limit, n: Names) -> str:
    """What a limit says, in words."""
    value = percent(r.value, 0) + " of the posts established now" if r.basis != "number" else number(r.value, _places(r.value))
    what = capital(DECISIONS[r.decision])
    items = " to ".join(n.any(i) for i in (r.item, r.to_item) if i)
    where = f", {n.services.get(r.service, r.service)}" if r.service else ""
    first, last = r.from_quarter, r.to_quarter
    when = f", from {quarter_words(first)}" if first else ""
    when += f", until {quarter_words(last)}" if last else ""
    total = " in total" if r.scope == "total" else ""
    return f"{what}{': ' + items if items else ''}{where}{when}: {r.sense} {value}{total}"


REACHED = {
    "budget": ("Budget: {}", "years", "More money, or more of it carried over"),
    "supervision": ("Supervision: {}", "quarters", "Train supervisors earlier, or buy supervision in"),
    "places": ("Course places: {}", "intakes", "More places from the university"),
    "cohorts": ("Largest cohort: {}", "intakes", "A larger cohort, where rooms and supervision allow it"),
    "market": ("Labour market: {}", "quarters", "Recruit elsewhere, or make the posts more attractive"),
    "shared_market": ("Labour market: {}", "quarters", "Train more people, or pay and keep them better than a hire costs"),
    "trainees": ("Trainees for each qualified clinician", "quarters", "More qualified staff first"),
    "digital": ("Digital courses: {}", "quarters", "A larger share or a larger contract"),
    "rooms": ("Rooms: {}", "quarters", "More rooms or longer hours, or fewer people seen face to face"),
}


def reached_table(f: Figures, n: Names) -> Table:
    """What stands in the way of more: limits that the plan reaches."""
    rows = []
    for r in f.reached:
        form, unit, ease = REACHED[r.kind]
        item = stream_name(r.item) if r.kind == "budget" else n.any(r.item)
        over = "service " if r.services and unit != "years" else ""
        where = listing([n.services[s] for s in r.services], most=4) if r.services else "All services together"
        rows.append((form.format(item), f"{count(r.times)} of {count(r.out_of)} {over}{unit}", where, ease))
    heads = ("What limits the plan", "Reached in", "Where", "What would ease it")
    return Table("reached", "Limits with nothing to spare", heads, tuple(rows), "hlll")


def rules_table() -> Table:
    """Every rule with its sentence, as the independent check states it."""
    sentences: dict[str, str] = {}
    for rule in (*HARD, *SOFT):
        code, _, sentence = (rule.__doc__ or "").partition(": ")
        sentences.setdefault(code, capital(sentence.strip()))
    return Table("rules", "Rules that were checked", ("Rule", "What it says"), tuple(sentences.items()), "hl")


def assumptions_table(data: PlanInput) -> Table:
    """Assumptions with their range, sureness and source."""

    def cell(value: float | None) -> str:
        return "" if value is None else number(value, _places(value, 4))

    def told(r: Assumption) -> str:
        return "; ".join(part for part in (r.source, r.date, r.owner, r.note) if part)

    rows = tuple((r.item, cell(r.low), cell(r.central), cell(r.high), r.unit, SURENESS[r.sureness], told(r)) for r in data.assumptions)
    return Table("assumptions", "Figures that are assumed", ("What", "Low", "Used", "High", "Unit", "How sure", "Source and notes"), rows, "hrrrlll")


# --- musts that are not met -------------------------------------------------------------------------------------------

_SHORT: dict[str, tuple[str, str, str]] = {
    "B1": ("Budget", "£", "Add the money, move it from another year or stream, or establish fewer posts."),
    "B3": ("A service's own floor or ceiling", "£", "Move money or posts between services, or change what the service may spend."),
    "B2": ("Pay bill of the year after the plan", "£", "Agree more recurrent money for that year, or end the plan with fewer posts."),
    "S1": ("Supervision hours", "hours a week", "Train supervisors sooner, buy the hours in, or let fewer staff start."),
    "S3": ("Trainees for each supervisor", "people", "Train supervisors sooner, or start smaller cohorts."),
    "T6": ("Trainees for each qualified clinician", "people", "Start smaller cohorts, or fill qualified posts first."),
    "R1": ("Room hours", "hours", "Rent or open more rooms, or see more people by video or telephone."),
    "C2": ("Clinicians' hours for courses already started", "hours", "Bring in agency hours for the quarter, or spread the courses carried over."),
    "C7": ("Employment advisers", "WTE", "Fund and recruit more advisers, or ask for one to more clinicians."),
    "C9": ("Integrated courses", "courses", "Train more staff for integrated care, or ask for a smaller share of the growth."),
}
_LIMIT_FIX = "Move the limit to what is possible, drop it, or take away another that stands against it."


def shortfalls_table(f: Figures, n: Names) -> Table:
    """What is short, where, when, by how much, and the ways out: one row for each must, service and item."""
    grouped: dict[tuple[str, str, str], list[Shortfall]] = defaultdict(list)
    for r in f.answer.shortfalls:
        if r.short > SPARE:
            grouped[r.rule, r.service, r.item].append(r)
    rows = []
    for (rule, service, item), found in grouped.items():
        name, unit, fix = _SHORT.get(rule, (f"Limit: {rule}", "", _LIMIT_FIX))
        if item:
            name += f": {stream_name(item) if unit == '£' else n.any(item)}"
        amounts = [f"{_short(r.short, unit, n)}{' in ' + quarter_words(r.quarter) if r.quarter else ''}" for r in found[:3]]
        if len(found) > 3:
            worst = max(found, key=lambda r: r.short)
            amounts.append(f"{named(len(found) - 3, 'more period')}, at worst {_short(worst.short, unit, n)} in {quarter_words(worst.quarter)}")
        rows.append((name, n.services.get(service, service), "; ".join(amounts), fix))
    return Table("shortfalls", "What is short, by how much, and ways out", ("Must", "Where", "Short by", "Ways out"), tuple(rows), "hlll")


def _short(value: float, unit: str, n: Names) -> str:
    if unit == "£":
        return pounds(n.counts.pounds(value))
    return f"{n.people(value, _places(value))} {unit}".strip() if unit in ("people", "") else f"{number(value, _places(value))} {unit}"
