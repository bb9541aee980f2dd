"""The input of the week that follows a rota: the same service a week on, with this rota as the one before it."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from optimiser.rota.data import WEEKDAYS, History, LastDuty, LastHeld, LastSession, Owed, RotaInput, minutes_of
from optimiser.rota.week import REMEMBERED, Span, at_work, due, duty_shares, early_or_late, rule_for, shares

if TYPE_CHECKING:
    from optimiser.rota.data import Form, Lock, RotaAnswer, Session, Weekday
    from optimiser.rota.week import Due

HELD, PAST = "held: ", "past: "
"""How the names of locks begin that, where a rota is mended, hold what has been already, and keep other sessions from days that are past."""

_PASSING = {name: RotaInput.model_fields[name].alias or name for name in ("away", "closed", "locks")}
"""Tables whose rows pass, and their titles."""


def next_week(data: RotaInput, answer: RotaAnswer) -> RotaInput:
    """Input of the next week: this rota is its Last rota and Last duty, what was held its Last held, and what is past is left out.

    Weekly sessions that fell due and were not held are owed until they are; what everybody gave, took and missed goes into History, which keeps
    what counts for the twelve weeks of the next.
    Whoever, or whichever group, had no session this week keeps the rows of Last rota and Last held that they had. Leave, closed days and locks
    on a date are left out when they end before the next Monday; all else stays as it is.
    """
    monday = (date.fromisoformat(data.settings.week_commencing) + timedelta(days=7)).isoformat()
    needs = due(data, at_work(data))
    return data.model_copy(
        update={
            "settings": data.settings.model_copy(update={"week_commencing": monday, "mends": False, "keeps": "published", "mended_from": ""}),
            "away": tuple(row for row in data.away if row.last >= monday),
            "closed": tuple(row for row in data.closed if row.date >= monday),
            "locks": tuple(row for row in data.locks if not (_past(row, monday) or row.lock.startswith((HELD, PAST)))),
            "early": (),
            "owed": _owed(data, answer, needs, monday),
            "history": (*(row for row in data.history if row.week >= _remembered_from(monday)), *_history(data, answer, needs)),
            "last_held": _last_held(data, answer, needs),
            "last_rota": _last_rota(data, answer, needs),
            "last_duty": _last_duty(data, answer),
        }
    )


def left_out(data: RotaInput, following: RotaInput) -> dict[str, int]:
    """How many rows are past and left out, by the title of their table; tables that lose none are not named."""
    found = {title: len(getattr(data, name)) - len(getattr(following, name)) for name, title in _PASSING.items()}
    return {title: rows for title, rows in found.items() if rows}


def _past(lock: Lock, monday: str) -> bool:
    """Whether a lock is on a date before the Monday; one on a weekday, or on any day, goes on."""
    return bool(lock.day) and lock.day not in WEEKDAYS and lock.day < monday


def _attended(answer: RotaAnswer) -> dict[str, list[str]]:
    """People supervised, by session."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in answer.attendance:
        found[row.session].append(row.staff)
    return found


def _last_held(data: RotaInput, answer: RotaAnswer, needs: tuple[Due, ...]) -> tuple[LastHeld, ...]:
    """When each need was last met: this week where it was met, else as it was."""
    people = _attended(answer)
    dates: dict[tuple[str, str, Form], str] = {
        (staff, s.kind, s.form): s.date for s in answer.sessions if s.form != "owed" for staff in people[s.session]
    }
    found = {(row.staff, row.kind, row.form): row for row in data.last_held}
    for need in needs:
        if need.form == "owed":
            continue
        forms: tuple[Form, ...] = ("individual", "group") if need.form == "either" else (need.form,)
        for held in (dates[need.staff, need.kind, form] for form in forms if (need.staff, need.kind, form) in dates):
            found[need.staff, need.kind, need.form] = LastHeld(staff=need.staff, kind=need.kind, form=need.form, date=held)
    return tuple(found.values())


def _last_rota(data: RotaInput, answer: RotaAnswer, needs: tuple[Due, ...]) -> tuple[LastSession, ...]:
    """Sessions as last held: this week's, and before them the rows that none of this week's takes the place of."""
    people = _attended(answer)
    either = {(need.staff, need.kind) for need in needs if need.form == "either"}
    groups = {(s.group, s.kind) for s in answer.sessions if s.group}
    forms: dict[tuple[str, str], set[str]] = defaultdict(set)
    for s in answer.sessions:
        for staff in people[s.session] if s.form != "owed" else ():
            # A need of either form that was met in one says nothing more of the other.
            forms[staff, s.kind] |= {"individual", "group"} if (staff, s.kind) in either else {s.form}

    def replaced(row: LastSession) -> bool:
        if not row.staff:
            return (row.group, row.kind) in groups
        return ("group" if row.group else "individual") in forms.get((row.staff, row.kind), ())

    # What was owed is made good, and says nothing of the weeks to come.
    return (*(row for row in data.last_rota if not (row.owed or replaced(row))), *(row for row in as_last_rota(answer) if not row.owed))


def _owed(data: RotaInput, answer: RotaAnswer, needs: tuple[Due, ...], monday: str) -> tuple[Owed, ...]:
    """What is owed from the next week on: as it was less what was made good, and the weekly sessions that were missed this week."""
    people = _attended(answer)
    good = {(staff, s.kind) for s in answer.sessions if s.form == "owed" for staff in people[s.session]}
    staying = {person.staff for person in data.staff if not person.ends or person.ends >= monday}
    left = []
    for row in sorted(data.owed, key=lambda row: row.missed):
        if (row.staff, row.kind) in good:
            good.remove((row.staff, row.kind))  # the one missed first
        else:
            left.append(row)
    missed = {(row.staff, row.kind, row.form) for row in answer.not_placed}
    new = [
        Owed(staff=need.staff, kind=need.kind, missed=data.settings.week_commencing, minutes=need.minutes)
        for need in needs
        if need.every == 1 and need.form in ("individual", "either") and (need.staff, need.kind, need.form) in missed
    ]
    return tuple(row for row in (*left, *new) if row.staff in staying)


def _remembered_from(monday: str) -> str:
    """First week whose rows of History count in the week from a Monday."""
    return (date.fromisoformat(monday) - timedelta(weeks=REMEMBERED)).isoformat()


def _history(data: RotaInput, answer: RotaAnswer, needs: tuple[Due, ...]) -> tuple[History, ...]:
    """Rows of the week for everybody who gave, took or missed anything, or had a share of it, in the order of Staff."""
    work, people = at_work(data), _attended(answer)
    given = {kind.kind for kind in data.kinds if kind.given_by == "supervisor"}
    minutes, odd = Counter[str](), Counter[str]()
    for s in answer.sessions:
        span = Span(minutes_of(s.start), minutes_of(s.start) + s.minutes)
        if s.kind in given:
            minutes[s.supervisor] += s.minutes
        if early_or_late(data, span):
            odd.update({s.supervisor, *people[s.session]} - {""})
    duty = Counter(row.staff for row in answer.duty)
    due_now = {(need.staff, need.kind, need.form) for need in needs if need.form != "owed" and not need.early}
    missed = Counter(row.staff for row in answer.not_placed if (row.staff, row.kind, row.form) in due_now)
    fair, fair_duty = shares(data, work, needs), duty_shares(data, work) if rule_for(data, "D1").on else {}
    found = []
    for who in (person.staff for person in data.staff):
        figures = (minutes[who], fair.get(who, 0), duty[who], fair_duty.get(who, 0), odd[who], missed[who])
        if any(figures):
            names = ("minutes", "fair_minutes", "duty_turns", "fair_duty_turns", "early_or_late", "missed")
            found.append(History(staff=who, week=data.settings.week_commencing, **dict(zip(names, figures, strict=True))))
    return tuple(found)


def as_last_rota(answer: RotaAnswer) -> tuple[LastSession, ...]:
    """Sessions of a rota as a Last rota has them, and who was in its groups."""
    people = _attended(answer)
    now = [_as_last(s, "" if s.group else people[s.session][0]) for s in answer.sessions]
    return (*now, *(_as_last(s, staff) for s in answer.sessions if s.group for staff in people[s.session]))


def _last_duty(data: RotaInput, answer: RotaAnswer) -> tuple[LastDuty, ...]:
    """Turns of duty as last taken: this week's, and before them those of hours at which nobody was on duty this week."""
    now = as_last_duty(answer)
    taken = {(row.weekday, row.start) for row in now}
    return (*(row for row in data.last_duty if (row.weekday, row.start) not in taken), *now)


def as_last_duty(answer: RotaAnswer) -> tuple[LastDuty, ...]:
    """Turns of duty of a rota as a Last duty has them."""
    return tuple(LastDuty(weekday=WEEKDAYS[date.fromisoformat(row.date).weekday()], start=row.start, staff=row.staff) for row in answer.duty)


def _as_last(session: Session, staff: str) -> LastSession:
    weekday: Weekday = WEEKDAYS[date.fromisoformat(session.date).weekday()]
    return LastSession(
        staff=staff, group=session.group, kind=session.kind, owed=session.form == "owed", supervisor=session.supervisor, weekday=weekday,
        start=session.start,
    )  # fmt: skip
