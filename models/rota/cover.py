"""Who could take a session instead, or when else it could be held: every way, ranked by what it would cost. Nothing of the rota is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.rota.facts import bits, touched
from models.rota.hours import gather
from models.rota.judge import Judged, judge
from models.rota.model import Decisions, Held
from models.rota.read_back import read_in
from models.rota.rooms import allot
from models.rota.sessions import possible
from optimiser.rota.data import LEVELS, time_of
from optimiser.words import named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from models.rota.facts import Facts
    from models.rota.model import Key
    from optimiser.rota.data import Priority, RotaAnswer, RotaInput


@dataclass(frozen=True)
class Replacement:
    """A way to hold a session otherwise. ``points`` is what each level would be worse by (less than 0: better); ``because`` says why, in words."""

    supervisor: str
    date: str
    start: str
    room: str
    same_time: bool
    same_supervisor: bool
    points: Mapping[Priority, int]
    because: tuple[str, ...]


def replacements(data: RotaInput, answer: RotaAnswer, session: str, without: Collection[str] = ()) -> list[Replacement]:
    """Every other way to hold a session, the cheapest first; the rest of the rota stays as it is.

    Parameters
    ----------
    data, answer : RotaInput, RotaAnswer
        A rota and what it is for.
    session : str
        Id of the session.
    without : collection of str
        Staff ids of people who cannot be there: they are not offered.

    Raises
    ------
    KeyError
        There is no such session in the rota.
    """
    facts = gather(data)
    now = read_in(facts, answer)
    whole = Judged(facts, now)
    key = next((key for key in now.sessions if whole.name(key) == session), None)
    if key is None:
        raise KeyError(session)
    apart = Judged(facts, Decisions({k: held for k, held in now.sessions.items() if k != key}, now.duty))
    ways = [held for held in _ways(apart, key, now.sessions[key]) if held.giver not in without]
    before = {giver: judge(facts, _concerning(facts, now, key, giver)) for giver in {held.giver for held in ways}}
    found = [_tried(facts, now, before[held.giver], key, held) for held in ways]
    return sorted((way for way in found if way is not None), key=_order)


def _concerning(facts: Facts, rota: Decisions, key: Key, giver: str) -> Decisions:
    """Sessions of those whom it concerns that somebody gives a session, duty as it is: what all others do costs the same before and after."""
    now = rota.sessions[key]
    whom = {giver, now.giver, *(facts.needs[n].staff for n in now.needs)} - {""}
    about = {k: held for k, held in rota.sessions.items() if held.giver in whom or any(facts.needs[n].staff in whom for n in held.needs)}
    return Decisions({**about, key: now}, rota.duty)


def _order(way: Replacement) -> tuple[object, ...]:
    return (*way.points.values(), not way.same_time, not way.same_supervisor, way.date, way.start, way.supervisor)


def _ways(apart: Judged, key: Key, now: Held) -> Iterator[Held]:
    """Every other giver and start at which all who are in the session are at work and free, the rest of the rota being as it is."""
    facts = apart.facts
    everything = possible(facts)
    starts = everything.individual.get(key, {}) if isinstance(key, int) else everything.groups.get(key, {})
    joining = {} if isinstance(key, int) else everything.members.get(key, {})
    length = facts.length(apart.minutes(key))
    people = [facts.needs[n].staff for n in now.needs]
    for giver, by_site in starts.items():
        if giver in people:
            continue
        free = 0
        for site, there in by_site.items():
            for n in now.needs if joining else ():
                there &= joining.get(n, {}).get(site, 0)
            free |= there
        for person in {giver, *people} - {""}:
            free &= ~touched(apart.busy(person), length)
        yield from (Held(giver, slot, now.needs) for slot in bits(free) if (giver, slot) != (now.giver, now.slot))


def _tried(facts: Facts, rota: Decisions, before: Judged, key: Key, held: Held) -> Replacement | None:
    """What a way would cost; None where no room is free."""
    day, minute = facts.day_and_minute(held.slot)
    # Rooms are given day by day: those of the other days stay as they are. Nobody else may lose theirs by it.
    that_day = {k: h for k, h in rota.sessions.items() if facts.day_and_minute(h.slot)[0] == day}
    allotted = allot(facts, Decisions({**that_day, key: held}, frozenset()))
    if key in allotted.roomless or allotted.roomless - allot(facts, Decisions(that_day, frozenset())).roomless:
        return None
    after = judge(facts, Decisions({**before.decisions.sessions, key: held}, rota.duty))
    now = rota.sessions[key]
    return Replacement(
        supervisor=held.giver, date=day, start=time_of(minute), room=allotted.rooms.get(key, ""),
        same_time=held.slot == now.slot, same_supervisor=held.giver == now.giver,
        points={level: b - a for level, a, b in zip(LEVELS, before.points, after.points, strict=True)},
        because=tuple(_because(facts, before, after)),
    )  # fmt: skip


def _because(facts: Facts, before: Judged, after: Judged) -> Iterator[str]:
    """In words, every rule that is bent more, then those that are bent less; the more important first."""
    change = after.amounts
    change.subtract(before.amounts)
    for worse in (True, False):
        for (rule, kind), amount in sorted(change.items(), key=lambda item: (LEVELS.index(facts.rule(*item[0]).priority), item[0])):
            if amount and worse == (amount > 0):
                row = facts.rule(rule, kind)
                points = named(abs(row.weight * amount), "point")
                yield f"{row.priority}, {points} {'worse' if worse else 'better'}: {facts.sentence(rule, kind)} ({rule})"
