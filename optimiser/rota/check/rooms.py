"""Rooms: rule R1."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.rota.check.findings import fault
from optimiser.rota.check.people import clashes
from optimiser.rota.data import minutes_of
from optimiser.rota.week import Span, clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.result import Finding
    from optimiser.rota.check.records import Key, Rota


def r1_rooms(rota: Rota) -> Iterator[Finding]:
    """R1: a session has a room as its kind's mode says; a room holds one session at a time, in its hours, and at least everyone in it."""
    rooms = {room.room: room for room in rota.data.rooms}
    used: dict[Key, list[tuple[Span, str]]] = defaultdict(list)
    for held in rota.sessions:
        row, place = held.row, held.row.session
        if held.kind.mode not in ("either", row.mode):
            yield fault("R1", place, f"It is {'in a room' if row.mode == 'room' else 'online'}, and {held.kind.kind} is not.")
        if row.mode == "online":
            if row.room or row.site:
                yield fault("R1", place, f"It is online and has the room {row.room or row.site}.")
            continue
        if not row.room:
            yield fault("R1", place, "It is in a room and names none.")
            continue
        room = rooms[row.room]
        used[room.room, row.date].append((held.span, place))
        if row.site != room.site:
            yield fault("R1", place, f"{room.room} is at {room.site}, not at {row.site or 'no site'}.")
        if len(held.everyone) > room.capacity:
            what = f"{len(held.everyone)} people are in {room.room}, which holds {room.capacity}."
            yield fault("R1", place, what, len(held.everyone) - room.capacity)
        if room.ends and row.date > room.ends:
            yield fault("R1", f"{place}, {held.when}", f"{room.room} can be used until {room.ends}.")
        hours = Span(minutes_of(room.opens) if room.opens else 0, minutes_of(room.closes) if room.closes else 24 * 60)
        if not hours.holds(held.span):
            yield fault("R1", f"{place}, {held.when}", f"{room.room} can be used {clock(hours)}.")
    for (name, day), spans in used.items():
        for one, other, span in clashes(spans):
            yield fault("R1", f"{name}, {day} {clock(span)}", f"Two sessions at once: {one} and {other}.")
