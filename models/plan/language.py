"""Rule C6 of the page: courses in other languages, with an interpreter or by therapists whose mother tongue it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, NonNegativeReals, Set, Var

from models.plan.care import one_to_one_hours

if TYPE_CHECKING:
    from models.plan.facts import Expression


def declare(m: ConcreteModel) -> None:
    """Decide the hours of each post in each language; the rest of what courses in it take is interpreted, worked out once."""
    d = m.facts
    m.SPEAKS = Set(initialize=[(s, p, k, i) for s, p, i in m.TREATS for k in d.languages.get(s, ()) if (p, k) in d.speakers], dimen=4)
    m.mother_tongue = Var(m.SPEAKS, d.T, domain=NonNegativeReals)
    m.interpreted = {
        (s, k, i, t): row.share * one_to_one_hours(m, s, i, t) - sum(m.mother_tongue[s, p, k, i, t] for p in d.post if (s, p, k, i) in m.SPEAKS)
        for s, i in m.CARE
        for k, row in d.languages.get(s, {}).items()
        for t in d.T
    }


def c6_language(m: ConcreteModel) -> None:
    """Mother-tongue hours are among those that the post uses for the step, and no more than courses in the language take."""
    d = m.facts

    @m.Constraint(list(dict.fromkeys((s, p, i) for s, p, _, i in m.SPEAKS)), d.T)
    def c6_hours_of_the_post(m: ConcreteModel, s: str, p: str, i: str, t: int) -> Expression:
        return sum(m.mother_tongue[s, p, k, i, t] for k in d.languages[s] if (p, k) in d.speakers) <= m.treatment[s, p, i, t]

    @m.Constraint(list(dict.fromkeys((s, k, i) for s, _, k, i in m.SPEAKS)), d.T)
    def c6_hours_of_the_language(m: ConcreteModel, s: str, k: str, i: str, t: int) -> Expression:
        return m.interpreted[s, k, i, t] >= 0
