"""The report of a plan of least cost: what each target came to, and how many of which staff all of them take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.check import limit_cells
from optimiser.plan.directions import is_least_cost, targets
from optimiser.plan.figures import SPARE, tally
from optimiser.plan.sections import bound_words
from optimiser.words import NOTHING, pounds, span_words

if TYPE_CHECKING:
    from optimiser.plan.data import Limit
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections import Names


@dataclass(frozen=True)
class Required:
    """A sentence, the targets with what they came to, and staff by post."""

    sentence: str
    targets: Table
    staff: Table


def section(f: Figures, n: Names) -> Required | None:
    """What the targets take; None where the plan was made for the most good within the money."""
    if not is_least_cost(f.data):
        return None
    now, end = sum(f.staff_at_start.values()), sum(v[-1] for v in f.staff_by_role.values())
    short = sum(_short(f, r) > SPARE for r in targets(f.data))
    if short or any(r.short > SPARE for r in f.answer.shortfalls):
        first = f"No plan was found that meets every must and every target. This one comes nearest. Targets that fall short: {short or 'none'}."
    else:
        first = "Of the plans found that meet the musts and every target, this one costs least."
    sentence = (
        f"{first} It costs {pounds(n.counts.pounds(f.cost))} from {span_words(f.quarters[0], f.quarters[-1])}, and {n.people(end)} WTE are in "
        f"post at the end against {n.people(now)} now. What is not a target is not paid for: with a target on one year and none on waits, it is "
        "cheapest to let queues grow until then. Budgets are musts too: where they stand in the way, raise them, and see what the targets would cost."
    )
    return Required(sentence, _targets(f, n), _staff(f, n))


def _short(f: Figures, limit: Limit) -> float:
    return sum(r.short for r in f.answer.shortfalls if r.rule == limit.limit)


def _targets(f: Figures, n: Names) -> Table:
    rows = []
    for r in targets(f.data):
        came_to, short = _came_to(f, r), _short(f, r)
        reached = NOTHING if came_to is None else n.people(came_to, 1)
        rows.append((r.limit, bound_words(r, n), reached, n.people(short, 1) if short > SPARE else "met", r.reason))
    note = "What it came to: the sum of a target on a total; of a target on each quarter (and service and item), the place that is worst off."
    return Table("targets", "Targets", ("Target", "What it says", "Came to", "Short by", "Reason"), tuple(rows), "hlrrl", note=note)


def _came_to(f: Figures, limit: Limit) -> float | None:
    """Amount of a target in the answer; None where it bounds nothing."""
    number = {q: t for t, q in enumerate(f.quarters, 1)}
    queues = f.answer.queues
    up = {
        (r.service, "high", number[r.quarter] + 1): f.care[r.service, "low"].step_up * r.started
        for r in queues
        if r.step == "low" and (r.service, "high") in f.care
    } | {(s, "high", 1): c.step_up * c.carried_over for (s, i), c in f.care.items() if i == "low" and (s, "high") in f.care}
    amounts: dict[str, dict[tuple[str, str, int | str], float]] = {
        "completed": {(r.service, r.step, number[r.quarter]): r.completed for r in queues},
        "recovered": {(r.service, r.step, number[r.quarter]): r.recovered for r in queues},
        "waiting": {(r.service, r.step, number[r.quarter]): r.waiting for r in queues},
        "entering": {
            (r.service, r.step, number[r.quarter]): r.started - up.get((r.service, r.step, number[r.quarter]), 0.0) for r in queues
        },
        "starts": {(r.service, r.step, number[r.quarter]): r.courses for r in f.answer.starts},
        "came": {(r.service, r.community, number[r.quarter]): r.came for r in f.answer.access},
        "staff": {(s, p, number[q]): wte for (s, p, q), wte in f.staff.items()},
        "posts": {(r.service, r.post, r.year): r.posts for r in f.answer.posts},
    }  # fmt: skip
    cells = list(limit_cells(f.data, limit))
    if limit.decision not in amounts or not cells:
        return None
    values = [amounts[limit.decision].get((s, item, when), 0.0) for s, item, when in cells]
    if limit.scope == "total":
        return sum(values)
    return max(values) if limit.decision == "waiting" else min(values)


def _staff(f: Figures, n: Names) -> Table:
    """Staff in post by post: now, and in the last quarter of each year planned, with the posts established in the last year."""
    now = tally((p, wte) for (_, p), wte in f.staff_at_start.items())
    last = {y: [q for q in f.quarters if q.startswith(y)][-1] for y in f.years}
    then = tally(((p, q), wte) for (_, p, q), wte in f.staff.items())
    established = tally((r.post, r.posts) for r in f.answer.posts if r.year == f.years[-1])
    shown = [p for p in n.posts if now[p] > SPARE or established[p] > SPARE or any(then[p, q] > SPARE for q in f.quarters)]
    rows = [
        (n.posts[p], n.wte(now[p]), *(n.wte(then[p, q]) for q in last.values()), n.wte(established[p]) if p in established else NOTHING)
        for p in shown
    ]
    rows.append((
        "All staff", n.wte(sum(now[p] for p in shown)), *(n.wte(sum(then[p, q] for p in shown)) for q in last.values()),
        n.wte(sum(established[p] for p in shown)),
    ))  # fmt: skip
    heads = ("Post", "Now", *(f"End of {y}" for y in last), f"Posts established, {f.years[-1]}")
    return Table("required-staff", "Staff in post (WTE), all services together", heads, tuple(rows), "h" + "r" * (len(heads) - 1), last_is_total=True)
