"""Chapter "Rooms and fairness" of the page, its first half: rooms against the face-to-face share of treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, NonNegativeIntegers, Set, Var

if TYPE_CHECKING:
    from models.plan.facts import Expression


def declare(m: ConcreteModel) -> None:
    """Decide how many rooms are rented at each site for a financial year."""
    m.ROOMS = Set(initialize=list(m.facts.rooms), dimen=2)
    m.rooms_rented = Var(m.ROOMS, m.facts.data.years, domain=NonNegativeIntegers)


def face_to_face(m: ConcreteModel, s: str, t: int) -> Expression:
    """Hours of treatment of a service that need a room."""
    return sum(m.facts.care[s, i].face_to_face * m.treatment[s, p, i, t] for a, p, i in m.TREATS if a == s)


def r1_rooms(m: ConcreteModel) -> None:
    """A site's share of the face-to-face hours fits the hours of its rooms, those rented for the year included."""
    d = m.facts
    for s, site, year in m.rooms_rented:
        m.rooms_rented[s, site, year].setub(d.rooms[s, site].maximum)

    @m.Constraint(m.ROOMS, d.T)
    def r1_rooms(m: ConcreteModel, s: str, site: str, t: int) -> Expression:
        r = d.rooms[s, site]
        room_hours = d.data.settings.weeks_per_quarter * r.open_hours
        there = r.rooms + m.rooms_rented[s, site, d.year[t]]
        return r.share * face_to_face(m, s, t) <= room_hours * there + m.short["R1", s, site, t]
