"""The rota as calendar files: one for each person who is in it and one for the service.

An entry is known by what it is (service, session, week), never by when or with whom it is held, so that importing a changed rota moves
entries rather than doubling them. Where an earlier publication is given, what changed since has a higher sequence number than it had there, what is
no longer held stands as cancelled, and what is as it was stays as it was. Entries of other weeks are carried on as they are, for twelve weeks: one
file a person, imported again and again, is all there is to know. Titles name kinds of supervision, groups and initials: nothing of anybody's health.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone

from optimiser.rota.data import minutes_of
from optimiser.rota.week import week_days
from optimiser.words import listing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from icalendar import Component

    from optimiser.rota.sections import Held, OnDuty, View

ZONE = "Europe/London"

# Written out, since it says the same whatever data on time zones a machine has.
_ZONE_RULES = f"""BEGIN:VTIMEZONE
TZID:{ZONE}
BEGIN:DAYLIGHT
TZNAME:BST
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
DTSTART:19810329T010000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:GMT
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
DTSTART:19961027T020000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""

_END = b"END:VCALENDAR\r\n"

KEPT_WEEKS = 12
"""Weeks for which entries of weeks that are past are carried on; what people have imported stays in their calendars after that."""

_SPACE = uuid.uuid5(uuid.NAMESPACE_OID, "optimiser rota")


@dataclass(frozen=True)
class _Entry:
    """A calendar entry as it stands in somebody's calendar."""

    uid: str
    title: str
    date: str
    start: int
    minutes: int
    place: str = ""
    details: str = ""
    sequence: int = 0
    stamp: str = ""
    cancelled: bool = False

    def same(self, other: _Entry) -> bool:
        """Whether another says the same of when, where and with whom."""
        return replace(self, sequence=0, stamp="") == replace(other, sequence=0, stamp="")


def calendars(view: View, earlier: Mapping[str, bytes] | None = None, stamp: str = "") -> dict[str, bytes]:
    """Calendar files by name: ``service.ics`` with everything, and ``staff-<id>.ics`` for each person with a session or duty.

    Parameters
    ----------
    view : View
        The rota.
    earlier : mapping, optional
        Calendar files as they were published before, by name: of this week, of another, or of many.
    stamp : str
        Date and time (ISO, UTC) from which what is new or changed is so; blank: the Monday of the week.
    """
    every: list[_Entry] = []
    own: dict[str, list[_Entry]] = defaultdict(list)
    for held in view.held:
        every.append(_session(view, held, ""))
        for staff in filter(None, (held.session.supervisor, *held.people)):
            own[staff].append(_session(view, held, staff))
    for turn in view.on_duty:
        every.append(_duty(view, turn, f"On duty: {view.names.initials(turn.staff)}"))
        own[turn.staff].append(_duty(view, turn, "On duty"))
    title = view.data.settings.title
    before = {name: Calendar.from_ical(content) for name, content in (earlier or {}).items()}
    stamp = stamp or f"{view.data.settings.week_commencing}T00:00:00"
    days = tuple(week_days(view.data))
    first = (date.fromisoformat(days[0]) - timedelta(weeks=KEPT_WEEKS)).isoformat()

    def file(name: str, heading: str, entries: list[_Entry]) -> bytes:
        known = _read(before[name]) if name in before else {}
        return _calendar(heading, _since(entries, {uid: was for uid, was in known.items() if was.date >= first}, days, stamp))

    files = {"service.ics": file("service.ics", title, every)}
    taken = set(files)
    for person in view.data.staff:
        name = _file_name(person.staff, taken)
        if person.staff in own or name in before:
            files[name] = file(name, f"{title}: {view.names.initials(person.staff)}", own[person.staff])
    for name in sorted(before.keys() - files.keys()):  # of people who are in Staff no more
        if any(was.date >= first for was in _read(before[name]).values()):
            files[name] = file(name, str(before[name]["x-wr-calname"]), [])
    return files


def _since(entries: Iterable[_Entry], before: Mapping[str, _Entry], week: Collection[str], stamp: str) -> Iterator[_Entry]:
    """Entries numbered by how often they changed, those of the week that are no more as cancelled, and those of other weeks as they were."""
    now = {entry.uid: entry for entry in entries}
    for uid, entry in now.items():
        was = before.get(uid)
        if was is not None and entry.same(was):
            yield replace(entry, sequence=was.sequence, stamp=was.stamp)
        else:
            yield replace(entry, sequence=0 if was is None else was.sequence + 1, stamp=stamp)
    for uid, was in before.items():
        if uid not in now:
            yield was if was.cancelled or was.date not in week else replace(was, cancelled=True, sequence=was.sequence + 1, stamp=stamp)


def _read(calendar: Component) -> dict[str, _Entry]:
    """Entries of a calendar of ours, by their identity."""
    found = {}
    for event in calendar.walk("VEVENT"):
        start, end = event.decoded("dtstart"), event.decoded("dtend")
        found[str(event["uid"])] = _Entry(
            uid=str(event["uid"]), title=str(event["summary"]), date=start.date().isoformat(), start=60 * start.hour + start.minute,
            minutes=int((end - start).total_seconds()) // 60, place=str(event.get("location", "")), details=str(event.get("description", "")),
            sequence=int(str(event["sequence"])), stamp=event.decoded("dtstamp").replace(tzinfo=None).isoformat(),
            cancelled=str(event.get("status", "")) == "CANCELLED",
        )  # fmt: skip
    return found


def _file_name(staff: str, taken: set[str]) -> str:
    """Name of a person's file, fit for every file system; ids that would share one get a number."""
    stem = f"staff-{re.sub(r'[^A-Za-z0-9-]+', '_', staff)}"
    name, n = f"{stem}.ics", 1
    while name.lower() in taken:
        n += 1
        name = f"{stem}-{n}.ics"
    taken.add(name.lower())
    return name


def uid(service: str, entry: str) -> str:
    """Identity of an entry, from the service's key and the id of the session: the same in every calendar and on every run."""
    return str(uuid.uuid5(_SPACE, f"{service}\n{entry}"))


def _session(view: View, held: Held, person: str) -> _Entry:
    """Entry of a session; in a person's own calendar the title says with whom, in the service's who is seen by whom."""
    s, initials = held.session, view.names.initials
    who = f"group {s.group}" if s.group else listing([initials(p) for p in held.people])
    if not person:
        title = f"{view.names.kind_of(s)}: {who}" + (f" with {initials(s.supervisor)}" if s.supervisor else "")
    elif s.group or not s.supervisor:
        title = f"{view.names.kind_of(s)}: {who}"
    else:
        title = f"{view.names.kind_of(s)} with {who if person == s.supervisor else initials(s.supervisor)}"
    told = [f"Supervisor: {s.supervisor}"] if s.supervisor else []
    details = "\n".join([*told, f"Supervised: {listing(held.people)}"])
    return _Entry(uid(view.data.settings.service, s.session), title, s.date, minutes_of(s.start), s.minutes, view.names.place(s), details)


def _duty(view: View, turn: OnDuty, title: str) -> _Entry:
    """Entry of somebody's time on duty: their first, second, … of the week, so that a change moves it."""
    name = f"duty {turn.staff} {view.data.settings.week_commencing} {turn.order}"
    return _Entry(uid(view.data.settings.service, name), title, turn.date, turn.start, turn.end - turn.start)


def _calendar(title: str, entries: Iterable[_Entry]) -> bytes:
    calendar = Calendar()
    for name, value in (("prodid", "-//optimiser//rota//EN"), ("version", "2.0"), ("method", "PUBLISH"), ("x-wr-calname", title)):
        calendar.add(name, value)
    start: bytes = calendar.to_ical().removesuffix(_END)
    events = [_event(entry) for entry in sorted(entries, key=lambda e: (e.date, e.start, e.uid))]
    return b"".join([start, _zone(), *events, _END])


@cache
def _zone() -> bytes:
    """The rules of the time zone as they stand in every file."""
    found: bytes = Timezone.from_ical(_ZONE_RULES).to_ical()
    return found


@lru_cache(maxsize=10_000)
def _event(entry: _Entry) -> bytes:
    """Lines of an entry, written once for all whose calendars say the same, as those of a group's members do."""
    start = datetime.fromisoformat(entry.date).replace(tzinfo=ZoneInfo(ZONE)) + timedelta(minutes=entry.start)
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", datetime.fromisoformat(entry.stamp).replace(tzinfo=UTC))
    event.add("last-modified", datetime.fromisoformat(entry.stamp).replace(tzinfo=UTC))
    event.add("dtstart", start)
    event.add("dtend", start + timedelta(minutes=entry.minutes))
    event.add("summary", entry.title)
    if entry.place:
        event.add("location", entry.place)
    if entry.details:
        event.add("description", entry.details)
    if entry.cancelled:
        event.add("status", "CANCELLED")
    found: bytes = event.to_ical()
    return found
