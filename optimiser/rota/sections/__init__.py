"""Parts of the page of a rota: the week from every side, changes, rules, fairness, what is not placed. Every cell is text already.

``names`` says what everything is called, ``view`` is a rota beside its input: all others write from these. They are ``not_placed``, ``timetable``
(the week, and changes), ``rules`` and ``fairness``.
"""

from optimiser.rota.sections.fairness import MOST_DOTS, load_chart, load_table, shares
from optimiser.rota.sections.names import Names
from optimiser.rota.sections.not_placed import musts_table, not_placed_table
from optimiser.rota.sections.rules import bent_table, rules_table, terms_table
from optimiser.rota.sections.timetable import changes_table, clinician_table, day_table, duty_table, room_table, supervisor_table
from optimiser.rota.sections.view import Held, OnDuty, View

__all__ = [
    "MOST_DOTS",
    "Held",
    "Names",
    "OnDuty",
    "View",
    "bent_table",
    "changes_table",
    "clinician_table",
    "day_table",
    "duty_table",
    "load_chart",
    "load_table",
    "musts_table",
    "not_placed_table",
    "room_table",
    "rules_table",
    "shares",
    "supervisor_table",
    "terms_table",
]
