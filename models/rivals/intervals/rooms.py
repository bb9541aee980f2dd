"""At every site and time no more sessions than rooms that hold them. Which room is chosen afterwards; who then finds none goes without."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from models.rivals.intervals.sessions import sites_of, slot_of
from models.rota.facts import FIRST, LAST
from models.rota.hours import there_on
from models.rota.sessions import most
from optimiser.rota.data import minutes_of, time_of

if TYPE_CHECKING:
    from models.rivals.intervals.model import Literal, Model, Session
    from optimiser.rota.data import Room


def r1_rooms(m: Model) -> None:
    """At no time more sessions at a site than rooms open, nor more of more than so many people than rooms that hold more (none: none)."""
    rooms = defaultdict(list)
    for room in m.facts.data.rooms:
        rooms[room.site].append(room)
    wanting = [session for session in m.sessions if m.facts.kind[session.kind].mode == "room"]
    for site, there in rooms.items():
        for capacity in sorted({0, *(room.capacity for room in there)}):
            bigger = [room for room in there if room.capacity > capacity]
            intervals: list[Any] = []
            for session in wanting:
                literal = _needs_more(m, session, site, capacity)
                if literal is not None:
                    intervals.append(
                        m.cp.new_optional_fixed_size_interval_var(slot_of(m, session), session.length, literal, f"{session.name} at {site}")
                    )
            if len(intervals) > 0:
                for room in bigger:
                    intervals += _shut(m, room)
                m.cp.add_cumulative(intervals, [1] * len(intervals), len(bigger))


def _needs_more(m: Model, session: Session, site: str, capacity: int) -> Literal | None:
    """Literal that the session is at the site and in need of a room for more than so many people; None where that cannot be."""
    literal = sites_of(m, session).get(site)
    if literal is None or capacity < 2:
        return literal
    if session.group is None:
        return None
    others = 1 if session.place is not None else 0
    if others + most(m.facts, session.group) <= capacity:
        return None
    larger = m.literal(f"{session.name} at {site} above {capacity}")
    m.cp.add_implication(larger, literal)
    m.cp.add(others + sum(session.members.values()) <= capacity).only_enforce_if([literal, larger.negated()])
    return larger


def _shut(m: Model, room: Room) -> list[Any]:
    """Times at which a room cannot be used."""
    found = []
    for day in m.facts.days:
        opens, closes = (room.opens, room.closes) if there_on(room, day) else ("", time_of(FIRST))
        for start, end in ((FIRST, minutes_of(opens) if opens else FIRST), (minutes_of(closes) if closes else LAST, LAST)):
            begins, length = m.facts.slot(day, start), (min(max(end, FIRST), LAST) - min(max(start, FIRST), LAST)) // m.facts.unit
            if length > 0:
                found.append(m.cp.new_fixed_size_interval_var(begins, length, f"shut {day} {start}"))
    return found
