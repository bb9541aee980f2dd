"""From a rota as the search knows it to the answer's records, with everything that follows from it; and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rota.causes import not_placed
from models.rota.judge import judge
from models.rota.model import Decisions, Held
from models.rota.rooms import allot
from optimiser.rota.check import work_out
from optimiser.rota.data import Attendance, DutyTurn, RotaAnswer, Session, minutes_of, session_id, time_of

if TYPE_CHECKING:
    from models.rota.facts import Facts
    from models.rota.model import Key


def read_back(facts: Facts, now: Decisions) -> RotaAnswer:
    """Answer of a rota: sessions in order of time, who attends, duty, what is not placed and why, and what follows from these."""
    week = facts.data.settings.week_commencing
    site_of = {room.room: room.site for room in facts.data.rooms}
    rooms = allot(facts, now).rooms
    sessions, attendance = [], []
    for key, held in sorted(now.sessions.items(), key=lambda item: (item[1].slot, item[1].giver, str(item[0]))):
        kind = facts.needs[key].kind if isinstance(key, int) else facts.group[key].kind
        form = "group" if not isinstance(key, int) else "owed" if facts.needs[key].form == "owed" else "individual"
        name = session_id(facts.needs[key].staff if isinstance(key, int) else key, kind, week, owed=form == "owed")
        day, minute = facts.day_and_minute(held.slot)
        room = rooms.get(key, "")
        sessions.append(
            Session(
                session=name, kind=kind, form=form, group="" if isinstance(key, int) else key,
                supervisor=held.giver, date=day, start=time_of(minute),
                minutes=facts.needs[key].minutes if isinstance(key, int) else facts.group[key].minutes,
                mode="room" if room else "online", room=room, site=site_of.get(room, ""),
            )
        )  # fmt: skip
        attendance += [Attendance(session=name, staff=facts.needs[n].staff) for n in held.needs]
    duty = []
    for person, h in sorted(now.duty, key=lambda turn: (turn[1], turn[0])):
        turn = facts.turns[h]
        duty.append(DutyTurn(date=turn.date, start=time_of(turn.span.start), staff=person, minutes=turn.span.end - turn.span.start))
    answer = RotaAnswer(sessions=tuple(sessions), attendance=tuple(attendance), duty=tuple(duty), not_placed=not_placed(judge(facts, now)))
    return work_out(facts.data, answer)


def read_in(facts: Facts, answer: RotaAnswer) -> Decisions:
    """Rota of an answer. Sessions and seats for which no need falls due, and turns of duty that are not due, are left out."""
    need = {(due.staff, due.kind, form): n for n, due in enumerate(facts.needs) for form in _forms(due.form)}
    there: dict[str, list[str]] = {}
    for row in answer.attendance:
        there.setdefault(row.session, []).append(row.staff)
    sessions: dict[Key, Held] = {}
    for s in answer.sessions:
        needs = tuple(need[staff, s.kind, s.form] for staff in there.get(s.session, ()) if (staff, s.kind, s.form) in need)
        key: Key | None = s.group if s.form == "group" else next(iter(needs), None)
        if key is not None and s.date in facts.days:
            sessions[key] = Held(s.supervisor, facts.slot(s.date, minutes_of(s.start)), needs)
    turn = {(t.date, time_of(t.span.start)): h for h, t in enumerate(facts.turns)}
    return Decisions(sessions, frozenset((d.staff, turn[d.date, d.start]) for d in answer.duty if (d.date, d.start) in turn))


def _forms(form: str) -> tuple[str, ...]:
    return ("individual", "group") if form == "either" else (form,)
