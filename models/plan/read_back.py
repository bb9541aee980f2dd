"""From a solution of the model to the answer's records: nothing of the solver leaves this module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pyomo.environ import ConcreteModel, Var, value
from scipy import sparse

from models.plan.care import gave_up, joined, recovered, started
from models.plan.equity import came, group_in_post, group_missing, missing
from models.plan.money import THOUSAND, outcomes
from models.plan.objective import TERM_SCALE, TERMS
from models.plan.people import posts
from models.plan.retention import cost_in_force, kept_by
from models.plan.training import graduates
from models.plan.training import started as started_training
from optimiser.plan import data as records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from optimiser.highs import Matrix
    from optimiser.plan.data import Objective

NOTHING = 1e-7
"""Amounts below this are solver noise, read as none."""

HARDLY_SHORT = 2e-5
"""A shortfall below this (money in thousands of pounds) is what the solver's rows hold by, all in all, and read as none."""

Amounts = dict[str, dict[Any, float]]
"""A solution: by variable and index, each service under its own name."""


def amounts(m: ConcreteModel, matrix: Matrix, x: NDArray[np.float64]) -> Amounts:
    """What a solution of the matrix says of the model's variables; one that has no column is what it is fixed at, or its lower bound, or 0."""
    d = m.facts
    x = _without_spare(matrix, x, matrix.columns_of(m.short.values()))
    found: Amounts = {}
    for variables in m.component_objects(Var):
        own = found[variables.local_name] = {}
        for index, variable in variables.items():
            columns = matrix.columns(variable)
            least = variable.value if variable.fixed else variable.lb or 0.0
            values = np.where(columns < 0, least, x[columns])
            indices = _written_out(index, d.members)
            own.update(zip(indices, np.broadcast_to(values, len(indices)).tolist(), strict=True))
    return found


def _written_out(index: Any, members: Mapping[str, Sequence[str]]) -> list[Any]:
    """An index, once for each service where a name in it stands for several."""
    parts = index if isinstance(index, tuple) else (index,)
    at = next((n for n, part in enumerate(parts) if len(members.get(part, ())) > 1), None)
    return [index] if at is None else [(*parts[:at], s, *parts[at + 1 :]) for s in members[parts[at]]]


def _without_spare(matrix: Matrix, x: NDArray[np.float64], short: NDArray[np.int64]) -> NDArray[np.float64]:
    """The solution with no more shortfall than rows need: once a later level spends a tolerance, what nothing holds down may float."""
    body = sparse.csc_matrix((matrix.value, matrix.index, matrix.start), shape=(len(matrix.row_upper), len(x)))
    total = body @ x
    spare = np.where(matrix.row_lower == matrix.row_upper, np.inf, np.maximum(0.0, np.fmin(matrix.row_upper - total, total - matrix.row_lower)))
    found = x.copy()
    for column in short[x[short] > 0].tolist():
        rows, values = body.indices[body.indptr[column] : body.indptr[column + 1]], body.data[body.indptr[column] : body.indptr[column + 1]]
        found[column] = max(0.0, x[column] - (spare[rows] / np.abs(values)).min())
    return found


def load(m: ConcreteModel, found: Amounts) -> None:
    """Put a solution into a model's variables, without the noise of the solver."""
    for variables in m.component_objects(Var):
        own = found[variables.local_name]
        for index, variable in variables.items():
            amount = own.get(index, 0.0)
            if not variable.is_continuous():
                amount = round(amount)
            elif variable.lb == 0 and amount < NOTHING:
                amount = 0.0
            variable.set_value(amount, skip_validation=True)
    for s, i, t in m.too_long:  # only its cost holds it down in the search; once a later level spends a tolerance it may float
        allowed = m.facts.care[s, i].wait_weeks / m.facts.data.settings.weeks_per_quarter * n(started(m, s, i, t))
        m.too_long[s, i, t].set_value(max(0.0, n(m.waiting[s, i, t]) - allowed), skip_validation=True)
    for s, c, t in m.access_gap:
        m.access_gap[s, c, t].set_value(max(0.0, n(missing(m, s, c, t))), skip_validation=True)
    for s, p, g in m.group_gap:
        m.group_gap[s, p, g].set_value(max(0.0, n(group_missing(m, s, p, g, m.facts.T[-1]))), skip_validation=True)
    for (rule, *_), short in m.short.items():
        if short.value < HARDLY_SHORT * (THOUSAND if rule in ("B1", "B2", "B3") else 1.0):
            short.set_value(0.0)


def level_value(m: ConcreteModel, priority: int) -> float:
    """Value of a level at the solution the model holds."""
    weighed: list[Objective] = [r for r in m.facts.data.objectives if r.priority == priority]
    return sum((r.weight * TERM_SCALE.get(r.term, 1.0) * n(TERMS[r.term](m)) for r in weighed), 0.0)


def n(expression: object) -> float:
    """Value of an expression of the model."""
    return float(value(expression))


def read_back(m: ConcreteModel) -> records.PlanAnswer:
    """The answer of a model whose variables hold a solution. Rows of decisions that are nothing are left out."""
    d = m.facts
    q = d.label
    return records.PlanAnswer(
        option=d.option,
        posts=tuple(
            records.PostsEstablished(service=s, post=p, year=y, posts=round(n(posts(m, s, p, y)), 9))
            for s, p in m.SP
            for y in d.data.years
            if n(m.posts_units[s, p, y])
        ),
        hires=tuple(records.Hires(service=s, post=p, quarter=q[t], wte=n(v)) for (s, p, t), v in m.hires.items() if n(v)),
        intakes=tuple(records.Intake(service=s, programme=g, quarter=q[t], people=round(n(v))) for (s, g, t), v in m.intake.items() if n(v)),
        conversions=tuple(
            records.Conversion(service=s, from_post=d.programme[g].trainee_post, to_post=p, quarter=q[t], wte=n(v))
            for (g, p, s, t), v in m.conversions.items()
            if n(v)
        ),
        moves=tuple(records.Move(service=s, from_post=a, to_post=b, quarter=q[t], wte=n(v)) for (a, b, s, t), v in m.moves.items() if n(v)),
        releases=tuple(records.Release(service=s, post=p, quarter=q[t], wte=n(v)) for (s, p, t), v in m.releases.items() if n(v)),
        over_establishment=tuple(
            records.StaffOverEstablishment(service=s, post=p, quarter=q[t], wte=n(v)) for (s, p, t), v in m.over_establishment.items() if n(v)
        ),
        reduced_hours=tuple(
            records.StaffOnReducedHours(service=s, post=p, quarter=q[t], people=n(v)) for (s, p, t), v in m.reduced_hours.items() if n(v)
        ),
        supervisors_trained=tuple(
            records.SupervisorsTrained(service=s, post=p, kind=k, quarter=q[t], people=round(n(v))) for (s, p, k, t), v in m.trained.items() if n(v)
        ),
        outreach=tuple(
            records.OutreachHours(
                service=s, community=c, quarter=q[t], clinical_hours=n(m.outreach_clinical[s, c, t]), worker_hours=n(m.outreach_worker[s, c, t])
            )
            for s, c in m.OUTREACH
            for t in d.T
            if n(m.outreach_clinical[s, c, t]) or n(m.outreach_worker[s, c, t])
        ),
        digital=tuple(
            records.DigitalBlocks(provider=v, service=s, step=i, quarter=q[t], blocks=round(n(b))) for (v, s, i, t), b in m.blocks.items() if n(b)
        ),
        rooms=tuple(records.RoomsRented(service=s, site=site, year=y, rooms=round(n(v))) for (s, site, y), v in m.rooms_rented.items() if n(v)),
        targeted_places=tuple(
            records.TargetedPlaces(service=s, post=p, group=g, quarter=q[t], wte=n(v)) for (s, p, g, t), v in m.targeted.items() if n(v)
        ),
        starts=tuple(records.Starts(service=s, step=i, quarter=q[t], courses=n(v)) for (s, i, t), v in m.starts.items() if n(v)),
        group_starts=tuple(records.GroupStarts(service=s, step=i, quarter=q[t], courses=n(v)) for (s, i, t), v in m.group_starts.items() if n(v)),
        integrated_starts=tuple(
            records.IntegratedStarts(service=s, step=i, quarter=q[t], courses=n(v)) for (s, i, t), v in m.integrated_starts.items() if n(v)
        ),
        retention=tuple(
            records.RetentionTaken(
                measure=name,
                service=s,
                taken=1,
                kept=n(kept_by(m, s, name)),
                pounds=round(sum(yearly / 4 * n(what) for t in d.T for yearly, what in cost_in_force(m, s, name, t)), 2),
            )
            for (s, name), taken in m.measure.items()
            if n(taken)
        ),
        treatment_hours=tuple(
            records.TreatmentHours(service=s, post=p, step=i, quarter=q[t], hours=n(v)) for (s, p, i, t), v in m.treatment.items() if n(v)
        ),
        mother_tongue=tuple(
            records.MotherTongueHours(service=s, post=p, language=k, step=i, quarter=q[t], hours=n(v))
            for (s, p, k, i, t), v in m.mother_tongue.items()
            if n(v)
        ),
        supervision_hours=tuple(
            records.SupervisionHours(service=s, post=p, kind=k, quarter=q[t], hours=n(v)) for (s, p, k, t), v in m.supervision.items() if n(v)
        ),
        carry_over=tuple(
            records.CarryOver(stream=r.stream, year=r.year, service=r.service, pounds=THOUSAND * n(m.carried[i]))
            for i, r in enumerate(d.budget)
            if n(m.carried[i])
        ),
        staff=tuple(_staff(m)),
        supervisors=tuple(
            records.SupervisorsInPost(service=s, post=p, kind=k, quarter=q[t], trained=n(v)) for (s, p, k, t), v in m.supervisors.items() if n(v)
        ),
        queues=tuple(_queues(m)),
        access=tuple(
            records.Access(service=s, community=c, quarter=q[t], came=n(came(m, s, c, t)), short=n(v)) for (s, c, t), v in m.access_gap.items()
        ),
        representation=tuple(
            records.GroupInPost(
                service=s, post=p, group=g, quarter=q[t], wte=n(group_in_post(m, s, p, g, t)), short=max(0.0, n(group_missing(m, s, p, g, t)))
            )
            for s, p, g in m.REPRESENTED
            for t in d.T
        ),
        outcome_income=tuple(_outcome_income(m)),
        lost_trainees=tuple(
            records.LostTrainees(service=s, programme=g, quarter=q[t], graduates=n(graduates(m, s, g, t)), lost=n(m.lost[s, g, t]))
            for s in d.S
            for g in d.programme
            for t in d.T
            if n(graduates(m, s, g, t))
        ),
        spend=tuple(
            records.Spend(service=s, stream=stream, year=y, item=item, pounds=round(sum(pounds * n(what) for pounds, what in rows), 2))
            for (s, stream, y, item), rows in m.charges.items()
            if any(n(what) for _, what in rows)
        ),
        shortfalls=tuple(
            records.Shortfall(rule=rule, service=s, item=item, quarter=t if isinstance(t, str) else q.get(t, ""), short=n(m.short[rule, s, item, t]))
            for rule, s, item, t in m.SHORT
            if n(m.short[rule, s, item, t])
        ),
        terms=tuple(records.TermValue(term=name, value=TERM_SCALE.get(name, 1.0) * n(TERMS[name](m))) for name in d.data.terms),
    )


def _outcome_income(m: ConcreteModel) -> Iterator[records.OutcomeIncome]:
    """What outcomes earn, in full: the model need not take up all of it."""
    for (s, step, measure, year), r in m.facts.outcome_payments.items():
        reached = n(outcomes(m, s, step, measure, year))
        pounds = min(r.cap_pounds, max(0.0, reached - r.threshold) * r.payment_pounds)
        yield records.OutcomeIncome(service=s, step=r.step, measure=r.measure, year=year, reached=reached, pounds=round(pounds, 2))


def _staff(m: ConcreteModel) -> list[records.StaffInPost]:
    """Staff in post with arrivals, and leavers as the balance of the stock."""
    d = m.facts
    found = []
    for s in d.S:
        for p, r in d.post.items():
            before = d.start_staff.get((s, p), (0.0,) * 4)[0]
            for t in d.T:
                now = n(m.in_post[s, p, t])
                if r.contract == "trainee":
                    continue
                arrived = n(m.arrivals[s, p, t])
                left = sum(n(m.moves[a, b, s, t]) for a, b in m.MOVES if a == p)
                left += n(m.releases[s, p, t]) if (s, p, t) in m.releases else 0.0
                if before or now or arrived:
                    found.append(
                        records.StaffInPost(
                            service=s, post=p, quarter=d.label[t], wte=now, arrivals=arrived, leavers=max(0.0, before + arrived - left - now)
                        )
                    )
                before = now
    for s in d.S:
        for p, g in d.programme_of.items():
            found += _trainees(m, s, p, g.programme)
    return found


def _trainees(m: ConcreteModel, s: str, p: str, g: str) -> list[records.StaffInPost]:
    """Trainees in post; those who leave are drop-outs, graduates apart."""
    d = m.facts
    r = d.programme[g]
    stay = r.completion ** (1 / r.length)
    found = []
    for t in d.T:
        cohorts = [n(started_training(m, s, g, t - a)) for a in range(r.length + 1)]
        dropped = sum(people * stay ** (a - 1) * (1 - stay) for a, people in enumerate(cohorts) if a)
        now = n(m.in_post[s, p, t])
        if now or any(cohorts):
            found.append(records.StaffInPost(service=s, post=p, quarter=d.label[t], wte=now, arrivals=cohorts[0], leavers=dropped))
    return found


def _queues(m: ConcreteModel) -> list[records.Queue]:
    d = m.facts
    found = []
    for s, i in m.CARE:
        for t in d.T:
            began, done = n(started(m, s, i, t)), n(m.completed[s, i, t])
            found.append(
                records.Queue(
                    service=s, step=i, quarter=d.label[t], joined=n(joined(m, s, i, t)), gave_up=n(gave_up(m, s, i, t)),
                    started=began, waiting=n(m.waiting[s, i, t]), too_long=n(m.too_long[s, i, t]), completed=done,
                    recovered=n(recovered(m, s, i, t)),
                )
            )  # fmt: skip
    return found
