"""Staff in post against the staff needed, and the posts established."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from optimiser.charts import MOST_SERIES, stacked_bars
from optimiser.page import Chart, Table
from optimiser.plan.figures import SPARE, tally
from optimiser.plan.sections.names import STEP_WORDS, figures_table, place_key
from optimiser.words import NOTHING, listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names


def staff_chart(f: Figures, n: Names) -> Chart:
    """Staff in post by role against the staff needed; who gives no courses is left out. Beyond six roles the smallest are drawn together."""
    roles = sorted((r for r in f.roles if max(f.staff_by_role[r]) > SPARE), key=lambda r: -max(f.staff_by_role[r]))
    treats = {p.role for p in f.data.posts if p.low or p.high or p.contract == "trainee"}
    beside = [r for r in roles if r not in treats]
    roles = [r for r in roles if r in treats]
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
    if beside:
        sentence += f" Left out, as they give no courses: {listing(beside)}."
    drawing = stacked_bars(
        "staff", title, sentence, f.quarters, [n.figure(name, v) for name, v in by_role], unit="WTE", line=n.figure("Staff needed", need)
    )
    everybody = "All who give courses" if beside else "All staff"
    columns = [*by_role, (everybody, total), *((f"Needed, {STEP_WORDS[step]}", v) for step, v in f.need.items()), ("Needed", need)]
    return Chart(title, sentence, drawing, figures_table("staff", title, f.quarters, columns, n, 1))


def _with_changes(values: Sequence[float], n: Names) -> list[str]:
    cells = [n.wte(values[0])]
    for before, after in pairwise(values):
        change = after - before
        cells += [n.wte(after), n.wte(change, sign=True) if abs(change) > SPARE else NOTHING]
    return cells


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
    key = f"posts-{place_key(f, service)}"
    return Table(
        key,
        f"Posts established, {n.services[service]} (WTE, and the change on the year before)",
        ("Post", "Now", *(head for y in f.years for head in (y, "Change"))),
        tuple(rows),
        "hr" + "rr" * len(f.years),
        last_is_total=True,
    )
