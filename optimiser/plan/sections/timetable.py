"""What to do and when: everything decided, quarter by quarter."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.sections.names import STEP_WORDS, or_nothing, place_key
from optimiser.words import NOTHING, count, span_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names

QUARTERS_A_TABLE = 16
"""More quarters than this do not fit a page across: the schedule goes on in a further table."""


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
        cells = tuple(or_nothing(shows[kind](v)) for v in amounts)
        if cells[-1] != NOTHING:
            rows.append((f"{kind}: {item}", cells))
    return rows


def schedule_tables(f: Figures, n: Names, service: str) -> list[Table]:
    """Everything to be decided quarter by quarter; a blank service is all of them. Long plans go on in a further table."""
    rows = schedule(f, n, service)
    tables = []
    for part, start in enumerate(range(0, len(f.quarters), QUARTERS_A_TABLE)):
        window = f.quarters[start : start + QUARTERS_A_TABLE]
        months = f", {span_words(window[0], window[-1])}" if len(f.quarters) > QUARTERS_A_TABLE else ""
        years = [(year, len(list(members))) for year, members in groupby(q[:7] for q in window)]
        table = Table(
            f"schedule-{place_key(f, service)}-{part}",
            f"Schedule, {n.services[service]}{months}",
            ("What", *(q[-2:] for q in window), "Whole plan"),
            tuple((what, *cells[start : start + len(window)], cells[-1]) for what, cells in rows),
            "h" + "r" * (len(window) + 1),
            groups=(("", 1), *years, ("", 1)),
            note=f"{NOTHING} means none. Q1 is April to June. People are whole or, where they leave and arrive, expected numbers.",
        )
        tables.append(table)
    return tables if rows else []
