"""Supervision: what is needed and can be given on the eve of the plan, and who could ever give it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimiser.plan.examine.findings import ALMOST, error, warning
from optimiser.plan.examine.reach import posts_in_reach, staff_on_the_eve
from optimiser.words import listing, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding


@dataclass(frozen=True)
class SupervisionFigure:
    """Supervision on the eve of the plan: hours a week needed (supervisors' own included) and available, and the trained supervisors."""

    service: str
    kind: str
    needed: float
    available: float
    supervisors: float


def supervision_figures(data: PlanInput) -> list[SupervisionFigure]:
    """Supervision of each service and kind that needs or has any."""
    staff = staff_on_the_eve(data)
    givers = {(g.post, g.kind): g for g in data.supervision_givers}
    found = []
    for service in data.services:
        for kind in data.supervision_kinds:
            trained = [(row.post, row.trained) for row in data.supervisors if (row.service, row.kind) == (service.service, kind.kind)]
            supervisors = sum(wte for _, wte in trained)
            needed = sum(n.hours * staff[service.service, n.post] for n in data.supervision_needs if n.kind == kind.kind)
            needed += kind.own_hours * supervisors
            available = 0.0
            for post, wte in trained:
                giver = givers.get((post, kind.kind))
                if giver:
                    available += giver.hours * min(wte, giver.maximum_share * staff[service.service, post])
            if needed or available:
                found.append(SupervisionFigure(service.service, kind.kind, needed, available, supervisors))
    return found


def kind_words(data: PlanInput, kind: str) -> str:
    """Name of a kind with the word supervision in it once."""
    name = next(k.name or k.kind for k in data.supervision_kinds if k.kind == kind)
    return name if "supervision" in name.lower() else f"{name} supervision"


def examine_supervision(data: PlanInput) -> Iterator[Finding]:
    """Supervisors who cannot give, and supervision that nobody gives enough of."""
    staff = staff_on_the_eve(data)
    reach = posts_in_reach(data)
    givers = {(g.post, g.kind): g for g in data.supervision_givers}
    for row in data.supervisors:
        key = [row.service, row.post, row.kind]
        giver = givers.get((row.post, row.kind))
        there = staff[row.service, row.post]
        if giver is None and row.trained > 0:
            what = "Supervision givers has no row for this post and kind, so these supervisors could give nothing."
            yield error("IN-13", "Supervisors", key, what, "Add the row to Supervision givers, or delete this one.")
        elif row.trained > there + ALMOST:
            yield error("IN-03", "Supervisors", key, f"{row.trained:g} are trained and {there:g} WTE are in post.", "Mend one of the two.")
        elif giver and row.trained > giver.maximum_share * there + ALMOST:
            what = f"{row.trained:g} supervisors are more than {giver.maximum_share:.0%} of the {there:g} WTE in post; the rest will not be used."
            yield warning("IN-11", "Supervisors", key, what, "Check Supervision givers, column At most.")
    services = {s.service: s for s in data.services}
    usable = {(post, kind) for (post, kind), giver in givers.items() if giver.hours > 0 and giver.maximum_share > 0}
    for figure in supervision_figures(data):
        name, kind = services[figure.service].name or figure.service, kind_words(data, figure.kind)
        needs = f"{kind} at {name} needs {number(figure.needed, 1)} hours a week"
        if figure.needed > 0 and not any((post, figure.kind) in usable for post in reach[figure.service]):
            what = f"{needs} and nobody there can ever give any. No plan can fix this."
            fix = f"Add {number(figure.needed, 1)} hours: a post that gives it to Supervision givers and a way into it, or mend Supervision needs."
            yield warning("PRE-01", "Supervision givers", [figure.kind], what, fix)
        elif figure.needed > figure.available + 1e-6:
            short = figure.needed - figure.available
            what = f"{needs} on the eve of the plan and its supervisors can give {number(figure.available, 1)}: {number(short, 1)} short."
            yield warning(
                "PRE-01", "Supervisors", [figure.service, figure.kind], what, "Check the figures, or expect unmet musts in the first quarters."
            )
    have = {(figure.service, figure.kind) for figure in supervision_figures(data)}
    for need in data.supervision_needs:
        lacking = [
            s
            for s, posts in reach.items()
            if need.post in posts and need.hours > 0 and (s, need.kind) not in have and not any((post, need.kind) in usable for post in posts)
        ]
        if lacking:
            what = f"Nobody at {listing(lacking, most=4)} can ever give this kind, so nobody can be hired into the post there without an unmet must."
            yield warning("PRE-01", "Supervision needs", [need.post, need.kind], what, "Add a post that gives it to Supervision givers.")
