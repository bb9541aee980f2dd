"""What this model knows of an input: it was written from the first version of the page, which has grown since, and P6 of a later one."""

from __future__ import annotations

from models.rivals.plan_rules.levels import TERMS
from models.rivals.plan_rules.rules import DECISIONS
from optimiser.bench.record import Skipped
from optimiser.plan.data import PlanInput

OPTIONAL: dict[str, str] = {
    "settings": "hours_per_week weeks_per_quarter pay_award trainees_per_qualified",
    "services": "post_unit region",
    "posts": "service_days caseload starter_caseload release_pounds end_value",
    "flows": "minimum_quarters note",
    "programmes": "cohort_minimum fee_pounds salary_support",
    "places": "region",
    "staff": "",
    "trainees": "",
    "supervision_kinds": "trainees_per_supervisor own_hours course_pounds course_hours course_lag course_quarters",
    "supervision_needs": "",
    "supervision_givers": "",
    "supervisors": "",
    "recruitment": "lead market applicants_per_hire",
    "labour_markets": "",
    "care": "step_up assessment_minutes",
    "demand": "",
    "outreach": "worker_hours worker_pounds lag taper",
    "outreach_returns": "",
    "digital": "quality",
    "budget": "option service carry_over",
    "pay": "source",
    "supplements": "source",
    "on_costs": "pension_from_pounds pension_to_pounds levy_rate source",
    "limits": "option service item to_item from_quarter to_quarter basis reason",
    "priorities": "tolerance",
    "objectives": "reason",
    "options": "description",
    "assumptions": "low central high unit sureness source owner date note",
}
"""Tables that the model knows, and the columns of each that it knows and an input may leave out."""


def knows(data: PlanInput) -> None:
    """Pass an input whose every rule is among those of this model.

    Raises
    ------
    Skipped
        A table, a column, a term or a limit stands for a rule that came to the page later.
    """
    for name, info in PlanInput.model_fields.items():
        table = getattr(data, name)
        rows = table if isinstance(table, tuple) else (table,)
        if rows and name not in OPTIONAL:
            raise _skipped(f"the table {info.alias}")
        for column, field in type(rows[0]).model_fields.items() if rows else ():
            known = field.is_required() or column in OPTIONAL[name].split()
            if not known and any(getattr(row, column) != field.default for row in rows):
                raise _skipped(f"{field.title} in the table {info.alias}")
    for objective in data.objectives:
        if objective.term not in TERMS:
            raise _skipped(f"the term {objective.term}")
    for limit in data.limits:
        if not limit.option and limit.decision not in DECISIONS:
            raise _skipped(f"limits on {limit.decision}")


def _skipped(what: str) -> Skipped:
    return Skipped(f"this model is of the first version of the page and rule P6, and does not know {what}.")
