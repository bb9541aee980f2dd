"""A rota mended: the same week again after somebody fell ill, a room was lost or anything else changed, with as little moved as can be."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from optimiser.engine import Refusal
from optimiser.rota.data import Away, Lock
from optimiser.rota.following import HELD, PAST, as_last_duty, as_last_rota
from optimiser.rota.week import at_work, due, week_days

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optimiser.rota.data import RotaAnswer, RotaInput

Keep = Literal["published", "pairs"]


def repaired(data: RotaInput, published: RotaAnswer, away: Sequence[str] = (), since: str = "", keep: Keep = "published") -> RotaInput:
    """Input by which a published rota is mended.

    What was published is its Last rota and Last duty, and changing any of it is priced at High. What was held before the day from which people are
    away is locked as it was, nothing else is put there, and nobody else was in it; turns of duty before that day stay with whoever took them.

    Parameters
    ----------
    data, published : RotaInput, RotaAnswer
        The week as it is now, and its rota as it was published.
    away : sequence of str
        Staff ids of people who are not at work from ``since`` to the end of the week.
    since : str
        Date; blank: the whole week is open.
    keep : str
        What is High to keep: *published* all of it, *pairs* who is with whom.

    Raises
    ------
    Refusal
        The rota is of another week; nobody has such an id; the date is not in the week.
    """
    monday = date.fromisoformat(data.settings.week_commencing)
    sunday = (monday + timedelta(days=6)).isoformat()
    if any(not monday.isoformat() <= s.date <= sunday for s in published.sessions):
        fix = "Mend a rota with the input of its own week: the workbook in its folder. For the week after, begin with next_week.xlsx."
        raise Refusal("REP-01", f"The rota to be mended is not of the week from {monday.isoformat()}.", fix=fix)
    unknown = [staff for staff in away if staff not in {person.staff for person in data.staff}]
    if unknown:
        raise Refusal("REP-02", f"Nobody in Staff is called {unknown[0]}.", fix="Give the staff id as it stands in Staff.")
    if since and not monday.isoformat() <= since <= sunday:
        raise Refusal("REP-03", f"{since} is not in the week from {monday.isoformat()}.", fix="Give a date of the week that is mended.")
    first = since or monday.isoformat()
    now = data.model_copy(
        update={"away": (*data.away, *(Away(staff=staff, first=first, last=sunday) for staff in away if not _covered(data, staff, first, sunday)))}
    )
    return now.model_copy(
        update={
            "settings": data.settings.model_copy(update={"mends": True, "keeps": keep, "mended_from": since}),
            "locks": (
                *(lock for lock in data.locks if not lock.lock.startswith((HELD, PAST))),
                *_held(published, first),
                *_past(now, published, first),
            ),
            "last_rota": as_last_rota(published),
            "last_duty": as_last_duty(published),
        }
    )


def _covered(data: RotaInput, staff: str, first: str, last: str) -> bool:
    return any(row.staff == staff and row.first <= first and last <= row.last for row in data.away)


def _held(published: RotaAnswer, first: str) -> Iterator[Lock]:
    """What was held before a day, locked as it was."""
    people: dict[str, list[str]] = {}
    for row in published.attendance:
        people.setdefault(row.session, []).append(row.staff)
    for s in published.sessions:
        if s.date < first:
            lock = Lock(
                lock=f"{HELD}{s.session}", group=s.group, supervisor=s.supervisor, day=s.date, start=s.start, strength="must", reason="Already held"
            )
            if s.group:
                yield lock
                yield from (
                    Lock(lock=f"{lock.lock}, {staff}", staff=staff, group=s.group, strength="must", reason=lock.reason) for staff in people[s.session]
                )
            else:
                yield from (lock.model_copy(update={"staff": staff, "kind": s.kind, "owed": s.form == "owed"}) for staff in people[s.session])


def _past(data: RotaInput, published: RotaAnswer, first: str) -> Iterator[Lock]:
    """Nothing that was not held before a day is put before it, and nobody is put in what was held without them, or had something in its stead."""
    days = [day for day in week_days(data) if day < first]
    been = {s.session: s for s in published.sessions if s.date < first}
    there = {(row.staff, been[row.session]) for row in published.attendance if row.session in been}
    held = {(staff, s.kind, s.form == "owed") for staff, s in there if not s.group}
    seats = {(staff, s.group) for staff, s in there if s.group}
    needs = due(data, at_work(data))
    for who in dict.fromkeys((need.staff, need.kind, need.form == "owed") for need in needs if need.form != "group"):
        if who not in held:
            staff, kind, owed = who
            for day in days:
                name = f"{PAST}{staff} {kind}{' owed' if owed else ''} {day}"
                yield Lock(lock=name, staff=staff, kind=kind, owed=owed, day=day, strength="never", reason="Past")
    groups = {s.group for s in been.values() if s.group}
    for group in data.groups:
        for staff in dict.fromkeys(need.staff for need in needs if need.kind == group.kind and need.form in ("group", "either")):
            if (staff, group.group) not in seats and (group.group in groups or (staff, group.kind, False) in held):
                yield Lock(lock=f"{PAST}{group.group}, {staff}", staff=staff, group=group.group, strength="never", reason="Past")
        if group.group not in groups:
            for day in days:
                yield Lock(lock=f"{PAST}{group.group} {day}", group=group.group, day=day, strength="never", reason="Past")
