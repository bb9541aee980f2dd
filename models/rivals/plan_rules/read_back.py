"""From the variables to the answer's decisions; what follows from them is worked out by the check's arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyomo.environ import ConcreteModel, Var, value

from models.rivals.plan_rules.sets import THOUSAND
from optimiser.plan import data as records
from optimiser.plan.check import work_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import PlanInput

NOTHING = 1e-7
"""Amounts below this are noise of the solver."""


def read_back(m: ConcreteModel, data: PlanInput) -> records.PlanAnswer:
    """Answer of a model whose variables hold a solution."""
    q = dict(m.label.items())
    outreach = dict.fromkeys(index for hours in (m.oc, m.ow) for index, _ in _amounts(hours))
    decided = records.PlanAnswer(
        posts=tuple(records.PostsEstablished(service=s, post=p, year=y, posts=round(n * m.post_unit[s], 9)) for (s, p, y), n in _amounts(m.X)),
        hires=tuple(records.Hires(service=s, post=p, quarter=q[t], wte=n) for (s, p, t), n in _amounts(m.h)),
        intakes=tuple(records.Intake(service=s, programme=g, quarter=q[t], people=round(n)) for (s, g, t), n in _amounts(m.intake)),
        conversions=tuple(
            records.Conversion(service=s, from_post=m.trainee_post[g], to_post=p, quarter=q[t], wte=n) for (s, g, p, t), n in _amounts(m.v)
        ),
        moves=tuple(records.Move(service=s, from_post=a, to_post=b, quarter=q[t], wte=n) for (s, a, b, t), n in _amounts(m.m)),
        releases=tuple(records.Release(service=s, post=p, quarter=q[t], wte=n) for (s, p, t), n in _amounts(m.release)),
        supervisors_trained=tuple(
            records.SupervisorsTrained(service=s, post=p, kind=k, quarter=q[t], people=round(n)) for (s, p, k, t), n in _amounts(m.sent)
        ),
        outreach=tuple(
            records.OutreachHours(service=s, community=c, quarter=q[t], clinical_hours=_amount(m.oc[s, c, t]), worker_hours=_amount(m.ow[s, c, t]))
            for s, c, t in outreach
        ),
        digital=tuple(records.DigitalBlocks(provider=v, service=s, step=i, quarter=q[t], blocks=round(n)) for (v, s, i, t), n in _amounts(m.b)),
        starts=tuple(records.Starts(service=s, step=i, quarter=q[t], courses=n) for (s, i, t), n in _amounts(m.y)),
        treatment_hours=tuple(records.TreatmentHours(service=s, post=p, step=i, quarter=q[t], hours=n) for (s, p, i, t), n in _amounts(m.U)),
        supervision_hours=tuple(records.SupervisionHours(service=s, post=p, kind=k, quarter=q[t], hours=n) for (s, p, k, t), n in _amounts(m.H)),
        supervisors=tuple(records.SupervisorsInPost(service=s, post=p, kind=k, quarter=q[t], trained=n) for (s, p, k, t), n in _amounts(m.V)),
        carry_over=tuple(
            records.CarryOver(stream=m.row_stream[r], year=m.row_year[r], service=m.row_service[r], pounds=THOUSAND * n)
            for r, n in _amounts(m.carried)
        ),
    )
    return work_out(data, decided)


def _amounts(variables: Var) -> Iterator[tuple[Any, float]]:
    """Index and amount of every variable that is something."""
    return ((index, amount) for index, variable in variables.items() if (amount := _amount(variable)))


def _amount(variable: Any) -> float:
    """Amount of a variable without the solver's noise; 0 where it stands in no constraint and was never solved for."""
    amount = float(value(variable, exception=False) or 0.0)
    return (round(amount) if not variable.is_continuous() else amount) if amount >= NOTHING else 0.0
