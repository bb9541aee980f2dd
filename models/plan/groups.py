"""Chapter "Groups" of the page: courses given in groups beside one-to-one courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, NonNegativeReals, Set, Var

from models.plan.care import started

if TYPE_CHECKING:
    from models.plan.facts import Expression


def declare(m: ConcreteModel) -> None:
    """Decide how many people start in groups. Their hours are part of C2, what comes of their courses of C5."""
    d = m.facts
    m.GROUPS = Set(initialize=list(d.group_courses), dimen=2)
    m.group_starts = Var(m.GROUPS, d.T, domain=NonNegativeReals)


def c8_group_courses(m: ConcreteModel) -> None:
    """At most a share of all courses started at a step are started in groups."""
    d = m.facts

    @m.Constraint(m.GROUPS, d.T)
    def c8_largest_share(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
        return m.group_starts[s, i, t] <= d.group_courses[s, i].maximum_share * started(m, s, i, t)
