"""Judges a plan from its decisions alone: simulates quarter by quarter what follows from them and holds it against every rule.

Nothing here knows how the plan was found. The rules are those of the page of the model; each is a function whose name begins
with the rule's id and whose docstring is its sentence. A rule is either hard (it returns findings) or may fall short at a price
(it returns gaps): a gap is an unmet must, which is allowed so long as the answer states it. What the answer says of itself (staff,
queues, lost trainees, spending, shortfalls, terms) is compared with the simulation under the rule it belongs to.

Faults of the answer that belong to no rule have the code ``ANSWER``; a term of the objective that is wrongly stated has ``TERMS``.

Begin with ``verdict``: it names everything else in its order. ``simulation`` has the record that is filled in, ``answer`` reads what is
judged, ``findings`` has the words and the tolerances of a verdict. Every other module is a chapter of the page, under the name it has in
the model: what the input means for it, what follows from the decisions (``follow_``), its rules. They are ``people`` (P1 to P5), ``markets``
(P6), ``staffing`` (P7 to P9), ``training`` (T), ``supervision`` (S), ``care`` (C1 to C5, D, O), ``language`` (C6), ``advisers`` (C7), ``groups``
(C8), ``integrated`` (C9), ``retention`` (M), ``rooms`` (R), ``equity`` (E), ``money`` (B), ``limits`` (L) and ``objective``.
"""

from optimiser.plan.check.care import clinical_hours, course_hours
from optimiser.plan.check.groups import group_hours
from optimiser.plan.check.language import session_share
from optimiser.plan.check.limits import limit_cells, limit_universe
from optimiser.plan.check.money import budget_rows, outcome_payment_rows, service_money_rows
from optimiser.plan.check.simulation import Key
from optimiser.plan.check.verdict import HARD, SOFT, Checked, check, work_out

__all__ = [
    "HARD",
    "SOFT",
    "Checked",
    "Key",
    "budget_rows",
    "check",
    "clinical_hours",
    "course_hours",
    "group_hours",
    "limit_cells",
    "limit_universe",
    "outcome_payment_rows",
    "service_money_rows",
    "session_share",
    "work_out",
]
