"""Reads an answer: its decisions by key, what names nothing or stands twice reported and left out; and indexes them beside the input."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.rota.check.findings import fault
from optimiser.rota.check.records import Held, Rota
from optimiser.rota.data import minutes_of, session_id
from optimiser.rota.week import Span, at_work, due, fair_minutes, fair_turns, had_of_late, supervisors

if TYPE_CHECKING:
    from optimiser.result import Finding
    from optimiser.rota.check.records import Key
    from optimiser.rota.data import Attendance, DutyTurn, RotaAnswer, RotaInput, Session
    from optimiser.rota.week import Due, Stretch


def _accept(data: RotaInput, answer: RotaAnswer) -> tuple[dict[str, Session], dict[Key, Attendance], dict[Key, DutyTurn], list[Finding]]:
    """Decisions by key; rows that name nothing and second rows for the same thing are reported and left out."""
    findings = []
    staff, kinds, groups, rooms = (
        {p.staff for p in data.staff},
        {k.kind for k in data.kinds},
        {g.group: g for g in data.groups},
        {r.room for r in data.rooms},
    )
    if answer.option:
        findings.append(fault("ANSWER", "Option", f"The answer is for option {answer.option!r}, and a rota has none."))
    sessions: dict[str, Session] = {}
    for row in answer.sessions:
        wrong, code = "", "ANSWER"
        if row.kind not in kinds:
            wrong = f"There is no kind {row.kind!r}."
        elif row.supervisor and row.supervisor not in staff:
            wrong = f"There is nobody {row.supervisor!r} in Staff."
        elif row.room and row.room not in rooms:
            wrong = f"There is no room {row.room!r}."
        elif row.form == "group" and row.group not in groups:
            wrong = f"There is no group {row.group!r}."
        elif row.form == "group" and row.kind != groups[row.group].kind:
            wrong = f"The group {row.group} is of the kind {groups[row.group].kind}, not {row.kind}."
        elif row.form == "group" and row.session != session_id(row.group, row.kind, data.settings.week_commencing):
            wrong = "The id of a session is who, kind and week."
        elif row.form != "group" and row.group:
            wrong = f"An individual session has no group, this has {row.group!r}."
        elif row.session in sessions:
            wrong, code = "It is held twice; the first is used.", "S6" if row.group else "S5"
        if wrong:
            findings.append(fault(code, f"Result sessions ({row.session})", wrong))
        else:
            sessions[row.session] = row
    attendance: dict[Key, Attendance] = {}
    for member in answer.attendance:
        key = (member.session, member.staff)
        wrong = ""
        if member.session not in sessions:
            wrong = f"There is no session {member.session!r} that holds."
        elif member.staff not in staff:
            wrong = f"There is nobody {member.staff!r} in Staff."
        elif key in attendance:
            wrong = "There are two rows for it."
        if wrong:
            findings.append(fault("ANSWER", f"Result attendance ({', '.join(key)})", wrong))
        else:
            attendance[key] = member
    duty: dict[Key, DutyTurn] = {}
    for turn in answer.duty:
        when = (turn.date, turn.start, turn.staff)
        wrong = f"There is nobody {turn.staff!r} in Staff." if turn.staff not in staff else "There are two rows for it." if when in duty else ""
        if wrong:
            findings.append(fault("ANSWER", f"Result duty ({', '.join(when)})", wrong))
        else:
            duty[when] = turn
    return sessions, attendance, duty, findings


def follow(data: RotaInput, answer: RotaAnswer) -> tuple[Rota, list[Finding]]:
    """Input and decisions indexed, and what is wrong with the rows of the decisions."""
    rows, attendance, duty, findings = _accept(data, answer)
    kinds = {k.kind: k for k in data.kinds}
    attending: dict[str, list[str]] = defaultdict(list)
    for session, person in attendance:
        attending[session].append(person)
    held = []
    for session, row in rows.items():
        start = minutes_of(row.start)
        held.append(Held(row, kinds[row.kind], Span(start, start + row.minutes), tuple(attending[session])))
    held.sort(key=lambda h: (h.row.date, h.span, h.row.session))
    work = at_work(data)
    there: dict[Key, list[Stretch]] = defaultdict(list)
    for person, stretches in work.items():
        for stretch in stretches:
            there[person, stretch.date].append(stretch)
    needs = due(data, work)
    need: dict[Key, Due] = {(n.staff, n.kind, form): n for n in needs for form in (("individual", "group") if n.form == "either" else (n.form,))}
    rota = Rota(
        data=data,
        people={p.staff: p for p in data.staff},
        groups={g.group: g for g in data.groups},
        work=work,
        there={key: tuple(stretches) for key, stretches in there.items()},
        needs=needs,
        need=need,
        pool=supervisors(data, work),
        fair=fair_minutes(data, work, needs),
        fair_turns=fair_turns(data, work),
        of_late=had_of_late(data),
        sessions=tuple(held),
        duty=tuple(duty.values()),
    )
    for session_held in held:
        for person in session_held.everyone:
            rota.engaged[person, session_held.row.date].append(session_held)
        if session_held.from_supervisor and session_held.row.supervisor:
            rota.given[session_held.row.supervisor].append(session_held)
        for person in session_held.people:
            wanted = need.get((person, session_held.kind.kind, session_held.row.form))
            if wanted:
                rota.met[wanted] += 1
    for turn in rota.duty:
        start = minutes_of(turn.start)
        rota.on_duty[turn.staff, turn.date].append(Span(start, start + turn.minutes))
    return rota, findings
