"""Priorities, the terms they weigh, and the options compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from optimiser.plan.examine.findings import did_you_mean, error, warning
from optimiser.words import listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import PlanInput, Term
    from optimiser.result import Finding

_WANTED: dict[Term, Literal["min", "max"]] = {
    "unmet_musts": "min",
    "completed_courses": "max",
    "reliable_recoveries": "max",
    "entering_treatment": "max",
    "waiting_too_long": "min",
    "reached_by_outreach": "max",
    "lost_trainees": "min",
    "workforce_at_end": "max",
    "cost": "min",
    "churn": "min",
    "contracts_ended": "min",
    "equity_gap": "min",
    "representation_gap": "min",
}


def examine_objective(data: PlanInput) -> Iterator[Finding]:
    """Priorities without terms, terms without effect or the wrong way round."""
    levels = {p.priority: p for p in data.priorities}
    held = {o.priority for o in data.objectives}
    for level in data.priorities:
        if level.priority not in held:
            what = f"{level.name} has no term in Objectives, so it asks for nothing."
            yield error("IN-13", "Priorities", [level.priority], what, "Add a term to Objectives, or delete the priority.")
    for o in data.objectives:
        key = [o.priority, o.term]
        if o.priority not in levels:
            known = listing([str(number) for number in sorted(levels)])
            yield error("IN-04", "Objectives", key, f"Priority {o.priority} is not in Priorities.", f"There are: {known}.")
            continue
        wants = levels[o.priority].direction
        upward = (o.weight > 0) == (wants == "max")
        if o.weight == 0:
            yield warning("IN-14", "Objectives", key, "The weight is 0: the term counts for nothing.", "Give it a weight, or delete the row.")
        elif upward != (_WANTED[o.term] == "max"):
            what = f"With this weight and {wants}, the level asks for as {'much' if upward else 'little'} {o.term} as possible."
            yield warning("IN-11", "Objectives", key, what, "Check the sign of the weight and the priority's direction.")
    top = min(levels)
    if not any(o.term == "unmet_musts" and o.priority == top for o in data.objectives):
        what = "unmet_musts is not in the first priority, so a plan may break musts for what comes before them."
        yield warning("IN-11", "Objectives", ["unmet_musts"], what, f"Add it to priority {top}.")


def examine_options(data: PlanInput) -> Iterator[Finding]:
    """Options that are not known, and options that change nothing."""
    options = {o.option for o in data.options}
    for name in dict.fromkeys(row.option for row in data.budget if row.option and row.option not in options):
        yield error("IN-04", "Budget", [name], f"The option {name} is not in Options.", did_you_mean(name, options))
    money = [("Service money", row.option) for row in data.service_money] + [("Outcome payments", row.option) for row in data.outcome_payments]
    for sheet, name in dict.fromkeys(money):
        if name and name not in options:
            fix = did_you_mean(name, options) or "Add it to Options."
            yield error("IN-04", sheet, [name], f"The option {name} is not in Options.", fix)
    used = {row.option for row in data.budget} | {limit.option for limit in data.limits} | {name for _, name in money}
    for option in data.options:
        if option.option not in used:
            what = "Neither Budget nor Limits names this option, so it is the same as the plan."
            yield warning("IN-14", "Options", [option.option], what, "Add a budget or a limit for it, or delete it.")


def examine_benefits(data: PlanInput) -> Iterator[Finding]:
    """Benefits whose three figures do not rise."""
    for row in data.benefits:
        if not row.low <= row.central <= row.high:
            what = f"Low, central and high are {row.low:g}, {row.central:g} and {row.high:g}."
            yield error("IN-03", "Benefits", [row.benefit], what, "Put them in rising order; one figure may stand three times.")
