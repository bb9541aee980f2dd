"""Chapter "Supervision" of the page: the hours everyone must get, what supervisors can give, and how supervisors are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, NonNegativeIntegers, NonNegativeReals, Set, Var

if TYPE_CHECKING:
    from models.plan.facts import Expression


def declare(m: ConcreteModel) -> None:
    """Decide who is sent on the course, who supervises and how many hours they give."""
    d = m.facts
    m.GIVERS = Set(initialize=[(p, k) for p, k in d.gives if p in d.qualified], dimen=2)
    m.COURSES = Set(initialize=[(p, k, t) for p, k in m.GIVERS for t in d.course_quarters[k]], dimen=3)
    m.trained = Var(d.S, m.COURSES, domain=NonNegativeIntegers)
    m.supervisors = Var(d.S, m.GIVERS, d.T, domain=NonNegativeReals)
    m.supervision = Var(d.S, m.GIVERS, d.T, domain=NonNegativeReals)


def s1_supervision_hours(m: ConcreteModel) -> None:
    """Supervision of each kind covers what every post needs and what supervisors need themselves: no hire without the hour."""
    d = m.facts

    @m.Constraint(d.S, list(d.kind), d.T)
    def s1_supervision_hours(m: ConcreteModel, s: str, k: str, t: int) -> Expression:
        given = sum(m.supervision[s, p, k, t] for p, a in m.GIVERS if a == k)
        needed = sum(hours * m.in_post[s, p, t] for (p, a), hours in d.needs.items() if a == k)
        own = d.kind[k].own_hours * sum(m.supervisors[s, p, k, t] for p, a in m.GIVERS if a == k)
        return given + m.short["S1", s, k, t] >= needed + own


def s2_hours_per_supervisor(m: ConcreteModel) -> None:
    """A supervisor gives at most so many hours a week."""
    d = m.facts

    @m.Constraint(d.S, m.GIVERS, d.T)
    def s2_hours_per_supervisor(m: ConcreteModel, s: str, p: str, k: str, t: int) -> Expression:
        return m.supervision[s, p, k, t] <= d.gives[p, k][0] * m.supervisors[s, p, k, t]


def s3_trainees_per_supervisor(m: ConcreteModel) -> None:
    """A supervisor has at most so many trainees (five, in the programme's own words)."""
    d = m.facts
    trainee_posts = {k: [p for p in d.programme_of if (p, k) in d.needs] for k in d.kind}

    @m.Constraint(d.S, [k for k in d.kind if trainee_posts[k]], d.T)
    def s3_trainees_per_supervisor(m: ConcreteModel, s: str, k: str, t: int) -> Expression:
        trainees = sum(m.in_post[s, p, t] for p in trainee_posts[k])
        supervisors = sum(m.supervisors[s, p, k, t] for p, a in m.GIVERS if a == k)
        return trainees <= d.kind[k].trainees_per_supervisor * supervisors + m.short["S3", s, k, t]


def s4_supervisors(m: ConcreteModel) -> None:
    """Supervisors are those of the quarter before who stayed and those back from the course."""
    d = m.facts

    @m.Constraint(d.S, m.GIVERS, d.T)
    def s4_supervisors(m: ConcreteModel, s: str, p: str, k: str, t: int) -> Expression:
        before = m.supervisors[s, p, k, t - 1] if t > 1 else d.supervisors_at_start.get((s, p, k), 0.0)
        lag = d.kind[k].course_lag
        back = m.trained[s, p, k, t - lag] if (p, k, t - lag) in m.COURSES else 0.0
        return m.supervisors[s, p, k, t] <= (1 - d.later_rate(p)) * before + back


def s5_share_who_supervise(m: ConcreteModel) -> None:
    """At most a share of a post's staff are supervisors."""
    d = m.facts

    @m.Constraint(d.S, m.GIVERS, d.T)
    def s5_share_who_supervise(m: ConcreteModel, s: str, p: str, k: str, t: int) -> Expression:
        return m.supervisors[s, p, k, t] <= d.gives[p, k][1] * m.in_post[s, p, t]
