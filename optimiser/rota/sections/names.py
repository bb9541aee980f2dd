"""What people, things and times are called where they are printed."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from optimiser.rota.data import DEFAULT_RULES, session_id, time_of
from optimiser.words import day_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimiser.rota.data import NotPlaced, RotaInput, Session

_PLAIN_WORD = re.compile(r"[A-Za-z]?[a-z]*|\d{1,4}")
"""Ids that a sentence may hold by chance: single letters, words with no more than a first capital, days, minutes and years."""

_FORMS = {"either": "individual or group"}
_NOT_PEOPLE = (*(row.rule for row in DEFAULT_RULES), *(row.sentence for row in DEFAULT_RULES))


class Names:
    """What people and things are called where they are printed: by name where the input has one, else by id."""

    def __init__(self, data: RotaInput) -> None:
        self._names = {row.staff: row.name for row in data.names if row.name}
        self._twice = {name for name, times in Counter(self._names.values()).items() if times > 1}
        self._kinds = {row.kind: row.name or row.kind for row in data.kinds}
        self._sites = {row.site: row.name or row.site for row in data.sites}
        self._week = data.settings.week_commencing
        missed = sorted(((row.staff, row.kind, row.missed) for row in data.owed if row.minutes and row.missed < self._week), reverse=True)
        self._owed = {session_id(staff, kind, self._week, owed=True): monday for staff, kind, monday in missed}  # the one missed first stays
        labels = [*self._kinds, *self._kinds.values(), *self._sites, *self._sites.values(), *_NOT_PEOPLE]
        labels += [*(g.group for g in data.groups), *(r.room for r in data.rooms), *(k.lock for k in data.locks), *(r.sentence for r in data.rules)]
        self._people_in_text = _ids([staff for staff in self._names if not _PLAIN_WORD.fullmatch(staff)], "\n".join(labels))

    def person(self, staff: str) -> str:
        """Name; with the id where two share it, the id alone where none is known."""
        name = self._names.get(staff, staff)
        return f"{name} ({staff})" if name in self._twice else name

    def full(self, staff: str) -> str:
        """Name and id, to head a row."""
        return f"{self._names[staff]} ({staff})" if staff in self._names else staff

    def initials(self, staff: str) -> str:
        """Initials of the name; the id where no name is known."""
        return "".join(word[0].upper() for word in self._names.get(staff, "").split()) or staff

    def text(self, text: str) -> str:
        """Sentence with names for ids, whole words only; an id that may be read as something else (a rule, a room, a word) stays."""
        return self._people_in_text.sub(lambda match: self.person(match[0]), text) if self._people_in_text else text

    def kind(self, kind: str) -> str:
        """Name of a kind of supervision."""
        return self._kinds.get(kind, kind)

    def kind_of(self, session: Session) -> str:
        """Kind of a session, and from which week it is owed where it is."""
        return self.kind(session.kind) + (f", {self._owed_words(session.session)}" if session.form == "owed" else "")

    def form(self, staff: str, kind: str, form: str) -> str:
        """Form of somebody's need in words: individual or group; owed from the week of 30 November."""
        return self._owed_words(session_id(staff, kind, self._week, owed=True)) if form == "owed" else _FORMS.get(form, form)

    def lacking(self, row: NotPlaced) -> str:
        """Kind of a need that is not met, and from which week it is owed where it is."""
        return self.kind(row.kind) + (f", {self.form(row.staff, row.kind, row.form)}" if row.form == "owed" else "")

    def _owed_words(self, session: str) -> str:
        missed = self._owed.get(session)
        return f"owed from the week of {day_words(missed).split(' ', 1)[1]}" if missed else "owed"

    def site(self, site: str) -> str:
        """Name of a site."""
        return self._sites.get(site, site)

    def what(self, session: Session) -> str:
        """Kind of a session and, where it has one, its group."""
        return self.kind_of(session) + (f", group {session.group}" if session.group else "")

    def place(self, session: Session) -> str:
        """Room and site, or online."""
        return f"Room {session.room}, {self.site(session.site)}" if session.mode == "room" else "Online"


def _whole(staff: Iterable[str]) -> re.Pattern[str]:
    """Pattern of these ids as whole words, the longest first."""
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(staff, key=len, reverse=True)))})(?![\w-])")


def _ids(staff: Iterable[str], labels: str) -> re.Pattern[str] | None:
    """Pattern of the ids that no label holds as a word; None where there is none."""
    clear = [name for name in staff if not _whole([name]).search(labels)]
    return _whole(clear) if clear else None


def times(start: int, end: int) -> str:
    """Span of a day: 09:00–10:00."""
    return f"{time_of(start)}\N{EN DASH}{time_of(end)}"
