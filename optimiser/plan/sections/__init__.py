"""Tables and charts of the plan's report: figures in, what a page shows out. Wording lives here and in the template.

Every part of the page is a module here: ``options`` side by side; what becomes of ``people``, ``supervision``, ``money`` and ``care``; what to do
and when (``timetable``, ``staffing``, ``training``); ``objective`` and ``services``; ``markets``, ``language``, ``rooms`` and ``equity``, where the
input has them; ``limits``, ``rules`` and ``assumptions``; ``shortfalls``. ``names`` has what all of them write with.
"""

from optimiser.plan.sections.assumptions import SURENESS, assumptions_table
from optimiser.plan.sections.care import queue_charts
from optimiser.plan.sections.equity import access_table, representation_table
from optimiser.plan.sections.language import languages_table
from optimiser.plan.sections.limits import bound_words, limits_table, reached_table
from optimiser.plan.sections.markets import markets_table
from optimiser.plan.sections.money import budget_table, cost_tables, money_charts, outcomes_table, service_money_table
from optimiser.plan.sections.names import STEP_WORDS, Names
from optimiser.plan.sections.objective import LevelShown, levels
from optimiser.plan.sections.options import options_chart, options_table, sure
from optimiser.plan.sections.people import posts_table, staff_chart
from optimiser.plan.sections.rooms import rooms_table
from optimiser.plan.sections.rules import rules_table
from optimiser.plan.sections.services import services_table
from optimiser.plan.sections.shortfalls import shortfalls_table
from optimiser.plan.sections.staffing import staffing_table
from optimiser.plan.sections.supervision import supervision_charts
from optimiser.plan.sections.timetable import schedule, schedule_tables
from optimiser.plan.sections.training import lost_tables

__all__ = [
    "STEP_WORDS",
    "SURENESS",
    "LevelShown",
    "Names",
    "access_table",
    "assumptions_table",
    "bound_words",
    "budget_table",
    "cost_tables",
    "languages_table",
    "levels",
    "limits_table",
    "lost_tables",
    "markets_table",
    "money_charts",
    "options_chart",
    "options_table",
    "outcomes_table",
    "posts_table",
    "queue_charts",
    "reached_table",
    "representation_table",
    "rooms_table",
    "rules_table",
    "schedule",
    "schedule_tables",
    "service_money_table",
    "services_table",
    "shortfalls_table",
    "staff_chart",
    "staffing_table",
    "supervision_charts",
    "sure",
]
