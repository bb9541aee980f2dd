"""What can be told of a plan's input before anything is solved: what cannot work, what looks wrong, and what the data say.

Types, references and duplicate rows are settled when the tables are read. Here records are held against each other. Findings
name the sheet and the row's key. Codes: ``IN-03`` a value that cannot stand beside another, ``IN-04`` a name that is not known,
``IN-05`` a row given twice, ``IN-08`` an end before its start, ``IN-11`` a suspicious figure, ``IN-12`` old figures, ``IN-13`` a row
that is missing, ``IN-14`` a row without effect, ``PRE-01`` arithmetic that cannot come out, ``PRE-03`` limits that cannot both hold.

Every chapter of the page is a module here, under the name it has in the model; each sheet is a function of its own. ``findings`` has the
words of a finding, ``reach`` what several chapters ask for, ``description`` what the data say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.examine.advisers import examine_advisers
from optimiser.plan.examine.care import examine_care, examine_demand, examine_digital, examine_outreach
from optimiser.plan.examine.description import DemandFigure, Figures, MoneyFigure, StaffFigure, TimeFigure, TraineeFigure, describe, figures
from optimiser.plan.examine.equity import examine_communities, examine_representation
from optimiser.plan.examine.groups import examine_groups
from optimiser.plan.examine.integrated import examine_integrated
from optimiser.plan.examine.language import examine_languages
from optimiser.plan.examine.limits import examine_limits
from optimiser.plan.examine.markets import examine_labour_markets
from optimiser.plan.examine.money import examine_budget, examine_outcome_payments, examine_pay, examine_service_money
from optimiser.plan.examine.objective import examine_benefits, examine_objective, examine_options
from optimiser.plan.examine.people import examine_flows, examine_posts, examine_recruitment, examine_staff
from optimiser.plan.examine.retention import examine_retention
from optimiser.plan.examine.rooms import examine_rooms
from optimiser.plan.examine.staffing import examine_staffing
from optimiser.plan.examine.supervision import SupervisionFigure, examine_supervision
from optimiser.plan.examine.training import examine_programmes, examine_trainees

if TYPE_CHECKING:
    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding

__all__ = [
    "DemandFigure",
    "Figures",
    "MoneyFigure",
    "StaffFigure",
    "SupervisionFigure",
    "TimeFigure",
    "TraineeFigure",
    "describe",
    "examine",
    "figures",
]


def examine(data: PlanInput) -> tuple[Finding, ...]:
    """Everything across records that is wrong (errors) or worth a question (warnings), chapter by chapter of the workbook."""
    chapters = (
        examine_posts, examine_flows, examine_staffing, examine_programmes, examine_staff, examine_trainees,
        examine_supervision, examine_recruitment, examine_labour_markets, examine_care, examine_languages,
        examine_demand, examine_outreach, examine_digital, examine_advisers, examine_groups,
        examine_retention, examine_integrated, examine_rooms, examine_communities,
        examine_representation, examine_pay, examine_budget, examine_service_money,
        examine_outcome_payments, examine_limits, examine_objective, examine_options, examine_benefits,
    )  # fmt: skip
    return tuple(finding for chapter in chapters for finding in chapter(data))
