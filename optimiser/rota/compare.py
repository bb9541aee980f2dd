"""What differs between two rotas: by session, by person, by rule and by level."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from optimiser.rota.data import WEEKDAYS
from optimiser.words import listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimiser.rota.data import RotaAnswer, Session


class Change(NamedTuple):
    """A session that differs: ``before`` or ``after`` is blank where it is in one rota only."""

    session: str
    what: str
    before: str
    after: str


class Figure(NamedTuple):
    """A figure that differs, of whom or what, before and after."""

    of: str
    what: str
    before: int
    after: int


@dataclass(frozen=True)
class Compared:
    """Everything that differs between two rotas, and the points of every level in both."""

    sessions: tuple[Change, ...]
    people: tuple[Figure, ...]
    rules: tuple[Figure, ...]
    levels: tuple[Figure, ...]

    @property
    def same(self) -> bool:
        """Whether the rotas are the same, the rooms too."""
        return not self.sessions and not self.people and not self.rules


class _Seat(NamedTuple):
    day: str
    start: str
    supervisor: str
    place: str
    people: tuple[str, ...]

    def words(self) -> str:
        giver = f" with {self.supervisor}" if self.supervisor else ""
        return f"{self.day} {self.start}{giver}, {self.place}"


def compare(before: RotaAnswer, after: RotaAnswer) -> Compared:
    """Compare two rotas. Of different weeks, sessions of the same person or group and kind are set side by side, by weekday."""
    by_week = {s.session[-10:] for s in before.sessions} == {s.session[-10:] for s in after.sessions}
    a, b = _seats(before, whole=by_week), _seats(after, whole=by_week)
    sessions = [change for name in sorted({*a, *b}) for change in _changed(name, a.get(name), b.get(name))]
    return Compared(
        tuple(sessions),
        tuple(_figures(_of_people(before), _of_people(after))),
        tuple(_figures(_of_rules(before), _of_rules(after))),
        tuple(Figure(row.priority, "points", row.points, _points(after, row.priority)) for row in before.levels),
    )


def _seats(rota: RotaAnswer, *, whole: bool) -> dict[str, _Seat]:
    people: dict[str, list[str]] = defaultdict(list)
    for row in rota.attendance:
        people[row.session].append(row.staff)
    return {
        s.session if whole else s.session[:-11]: _Seat(
            _day(s, whole=whole), s.start, s.supervisor, s.room or s.mode, tuple(sorted(people[s.session]))
        )
        for s in rota.sessions
    }


def _day(session: Session, *, whole: bool) -> str:
    weekday = WEEKDAYS[date.fromisoformat(session.date).weekday()]
    return f"{weekday} {session.date}" if whole else weekday


def _changed(name: str, a: _Seat | None, b: _Seat | None) -> list[Change]:
    if a is None or b is None:
        there = a or b
        assert there is not None
        return [Change(name, "added" if a is None else "dropped", a.words() if a else "", b.words() if b else "")]
    what = [
        word
        for word, differs in (
            ("day", a.day != b.day),
            ("time", a.start != b.start),
            ("supervisor", a.supervisor != b.supervisor),
            ("place", a.place != b.place),
            ("people", a.people != b.people),
        )
        if differs
    ]
    if not what:
        return []
    told = (f"{seat.words()} ({listing(seat.people)})" if "people" in what else seat.words() for seat in (a, b))
    return [Change(name, listing(what), *told)]


def _of_people(rota: RotaAnswer) -> Counter[tuple[str, str]]:
    """Per person: sessions received, sessions and minutes given, turns of duty, needs not met."""
    found: Counter[tuple[str, str]] = Counter()
    for seat in rota.attendance:
        found[seat.staff, "sessions received"] += 1
    for row in rota.load:
        found[row.staff, "sessions given"] += row.sessions
        found[row.staff, "minutes given"] += row.minutes
        found[row.staff, "turns of duty"] += row.duty_turns
    for need in rota.not_placed:
        found[need.staff, "needs not met"] += 1
    return found


def _of_rules(rota: RotaAnswer) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for row in rota.terms:
        found[f"{row.rule} {row.kind}".strip(), f"{row.priority} points"] += row.points
    return found


def _points(rota: RotaAnswer, level: str) -> int:
    return next((row.points for row in rota.levels if row.priority == level), 0)


def _figures(before: Mapping[tuple[str, str], int], after: Mapping[tuple[str, str], int]) -> list[Figure]:
    keys = sorted({*before, *after})
    return [Figure(*key, before.get(key, 0), after.get(key, 0)) for key in keys if before.get(key, 0) != after.get(key, 0)]
