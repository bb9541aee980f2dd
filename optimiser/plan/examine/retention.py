"""Retention measures and their effects."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.plan.examine.findings import ALMOST, error, warning
from optimiser.plan.examine.reach import too_late, trainee_posts
from optimiser.words import listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding


def examine_retention(data: PlanInput) -> Iterator[Finding]:
    """Measures that keep nobody, everybody and more, or come too late."""
    trainee = trainee_posts(data)
    effects: dict[str, dict[str, float]] = defaultdict(dict)
    for effect in data.retention_effects:
        effects[effect.measure][effect.post] = effect.leavers_avoided
        if effect.post in trainee:
            what = "A measure cannot keep trainees: who leaves training is in its completion."
            yield error("IN-03", "Retention effects", [effect.measure, effect.post], what, "Name a qualified post.")
    together: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in data.retention_measures:
        key = [row.measure, row.service]
        for post, share in effects[row.measure].items():
            together[row.service, post][row.measure] = share
        if not any(effects[row.measure].values()):
            what = "Retention effects does not say that it keeps anybody, so it will not be taken."
            yield warning("IN-13", "Retention measures", key, what, "Add a row for each post whose leavers it avoids.")
        elif row.year_pounds == row.wte_pounds == 0:
            yield warning("IN-11", "Retention measures", key, "The measure costs nothing.", "Check its two costs.")
        if too_late(data, row.from_quarter):
            yield warning("IN-14", "Retention measures", key, "It can be in force only after the plan's end.", "Check From, or plan more quarters.")
    for (service, post), shares in together.items():
        if sum(shares.values()) > 1 + ALMOST:
            what = f"At {service}, {listing(list(shares))} together would avoid {sum(shares.values()):.0%} of the leavers of {post}."
            yield error("IN-03", "Retention effects", [post], what, "Lower the shares: measures taken together keep their sum, at most everybody.")
