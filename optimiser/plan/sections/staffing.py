"""Staff above the posts established, reduced hours, losses on moves."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.figures import SPARE, tally
from optimiser.words import count, named

if TYPE_CHECKING:
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names


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
