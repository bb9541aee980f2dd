"""Labour markets that services share."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.plan.data import quarter_number
from optimiser.plan.examine.findings import error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding


def examine_labour_markets(data: PlanInput) -> Iterator[Finding]:
    """Markets and roles that do not meet, and rows that come too late."""
    first, last = (quarter_number(data.quarters[t]) for t in (0, -1))
    role = {p.post: p.role for p in data.posts}
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in data.labour_markets:
        rows[row.market, row.role].append(row.from_quarter)
    used = set()
    for r in data.recruitment:
        key, name = [r.service, r.post], role[r.post]
        used.add((r.market, name))
        if not r.market and r.applicants_per_hire != 1:
            what = "Applicants per hire counts only in a labour market, and the row names none."
            yield warning("IN-14", "Recruitment", key, what, "Name the market, or set it to 1.")
        elif r.market and (r.market, name) not in rows:
            what = f"Labour markets has no row for {r.market} and the post's role, {name}: nobody would apply."
            yield error("IN-13", "Recruitment", key, what, "Add the row to Labour markets, or leave Market blank.")
        elif r.market and r.applicants_per_hire < 1:
            what = f"One applicant would fill {1 / r.applicants_per_hire:.3g} posts."
            yield warning("IN-11", "Recruitment", key, what, "Applicants per hire is 1 or more where each hire takes at least the one hired.")
    for (market, name), quarters in rows.items():
        if (market, name) not in used:
            what = "Recruitment has no row of this market and role, so nobody draws on it."
            yield warning("IN-14", "Labour markets", [market, name], what, "Name the market in Recruitment, or delete the row.")
        elif min(map(quarter_number, quarters)) > first:
            what = f"Nobody applies before {min(quarters)}, and the plan begins in {data.quarters[0]}."
            yield warning("IN-13", "Labour markets", [market, name], what, f"Add a row from {data.quarters[0]} (0 if nobody applies).")
        for label in sorted(quarters):
            if quarter_number(label) > last:
                what = f"The plan ends in {data.quarters[-1]}; the row is not used."
                yield warning("IN-14", "Labour markets", [market, name, label], what, "Delete the row, or plan more quarters.")
