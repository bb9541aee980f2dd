"""Judges a rota from its decisions alone: works out what follows from sessions, attendance and duty, and holds it against every rule.

Nothing here knows how the rota was found. The rules are those of the page of the model; each is a function whose name begins with the
rule's id and whose docstring is its sentence. A rule either always holds (it returns findings) or is the manager's to rule (it returns the
places where it is bent): a place where a must is bent is an unmet must, which is allowed so long as the answer states it. What the answer
says of itself is compared with what is worked out here: a place wrongly stated has the code of its rule.

Faults of the answer that belong to no rule have the code ``ANSWER``; a term that is wrongly stated has ``TERMS``, a level ``LEVELS``.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from optimiser.result import Finding
from optimiser.rota.data import LEVELS, Bent, LevelValue, SupervisorLoad, TermValue, minutes_of, session_id, time_of
from optimiser.rota.week import (
    HALF_HOUR,
    Span,
    at_work,
    carried,
    clock,
    due,
    early_or_late,
    fair_minutes,
    fair_turns,
    had_of_late,
    met_before,
    number,
    on_day,
    rule_for,
    rules_on,
    supervisors,
    turns,
    turns_past,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from optimiser.rota.data import (
        Attendance,
        DutyTurn,
        Group,
        Kind,
        LastSession,
        Lock,
        RotaAnswer,
        RotaInput,
        Row,
        Rule,
        RuleId,
        Session,
        Staff,
        Strength,
    )
    from optimiser.rota.week import Due, Stretch

Key = tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """What the checker found, and what it worked out for itself.

    ``bent`` holds every place where a rule that is on is bent, ``terms`` every rule that is on, ``levels`` (name, direction, points) of each
    priority, Must first.
    """

    findings: tuple[Finding, ...]
    bent: tuple[Bent, ...]
    terms: tuple[TermValue, ...]
    levels: tuple[tuple[str, Literal["min", "max"], float], ...]

    @property
    def unmet(self) -> tuple[Bent, ...]:
        """Places where a must is bent."""
        return tuple(row for row in self.bent if row.priority == "Must")


class _Place(NamedTuple):
    """A place where a rule is bent, whether or not it is on; ``kind`` says which of its rows in Rules holds."""

    rule: RuleId
    amount: int = 1
    kind: str = ""
    staff: str = ""
    session: str = ""
    item: str = ""
    date: str = ""
    start: str = ""


@dataclass(frozen=True)
class _Held:
    """A session with who attends it."""

    row: Session
    kind: Kind
    span: Span
    people: tuple[str, ...]

    @property
    def everyone(self) -> tuple[str, ...]:
        """Who is in it, the supervisor last."""
        return tuple(dict.fromkeys(name for name in (*self.people, self.row.supervisor) if name))

    @property
    def from_supervisor(self) -> bool:
        """Whether it is of a kind given by a supervisor."""
        return self.kind.given_by == "supervisor"

    @property
    def when(self) -> str:
        return f"{self.row.date} {clock(self.span)}"


@dataclass(frozen=True)
class _Rota:
    """Input and decisions, indexed."""

    data: RotaInput
    people: dict[str, Staff]
    groups: dict[str, Group]
    work: Mapping[str, tuple[Stretch, ...]]
    there: dict[Key, tuple[Stretch, ...]]
    """Stretches at work by person and date."""
    needs: tuple[Due, ...]
    need: dict[Key, Due]
    """Need by person, kind and form of the session that would meet it."""
    pool: tuple[str, ...]
    fair: dict[str, int]
    fair_turns: dict[str, int]
    of_late: dict[str, int]
    """Early and late sessions each person had in the weeks before, for their hours (W4)."""
    sessions: tuple[_Held, ...]
    duty: tuple[DutyTurn, ...]
    engaged: dict[Key, list[_Held]] = field(default_factory=lambda: defaultdict(list))
    """Sessions, received or given, by person and date, in order of time."""
    on_duty: dict[Key, list[Span]] = field(default_factory=lambda: defaultdict(list))
    given: dict[str, list[_Held]] = field(default_factory=lambda: defaultdict(list))
    """Supervision given by each supervisor: sessions of the kinds given by a supervisor."""
    met: Counter[Due] = field(default_factory=Counter)
    """How many sessions meet each need."""


# --- the whole of it --------------------------------------------------------------------------------------------------


def check(data: RotaInput, answer: RotaAnswer) -> Checked:
    """Hold an answer against every rule of the model and against what it says of itself.

    The input must have passed its own checks (:func:`optimiser.rota.examine.examine` without errors).
    """
    rota, findings = _follow(data, answer)
    for rule in HARD:
        findings.extend(rule(rota))
    bent, terms, levels = _weigh(rota)
    findings.extend(_not_placed_stated(rota, answer))
    findings.extend(_bent_stated(bent, answer))
    findings.extend(_rows_stated("Result load", "ANSWER", _load(rota), answer.load, _idle))
    findings.extend(_rows_stated("Result terms", "TERMS", terms, answer.terms))
    findings.extend(_rows_stated("Result levels", "LEVELS", levels, answer.levels))
    return Checked(tuple(findings), tuple(bent), tuple(terms), tuple((row.priority, "min", float(row.points)) for row in levels))


def work_out(data: RotaInput, answer: RotaAnswer) -> RotaAnswer:
    """The same decisions with load, bent rules, terms and levels filled in; why something is not placed is not for a checker to say."""
    rota, _ = _follow(data, answer)
    bent, terms, levels = _weigh(rota)
    load = tuple(row for row in _load(rota) if not _idle(row))
    return answer.model_copy(update={"load": load, "bent": tuple(bent), "terms": tuple(terms), "levels": tuple(levels)})


# --- reading: references, duplicates, what follows --------------------------------------------------------------------


def _fault(code: str, place: str, what: str, amount: float | None = None) -> Finding:
    return Finding("error", code, f"{code} {place}" if code[1:].isdigit() else place, what, amount=amount)


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
        findings.append(_fault("ANSWER", "Option", f"The answer is for option {answer.option!r}, and a rota has none."))
    sessions: dict[str, Session] = {}
    for row in answer.sessions:
        fault, code = "", "ANSWER"
        if row.kind not in kinds:
            fault = f"There is no kind {row.kind!r}."
        elif row.supervisor and row.supervisor not in staff:
            fault = f"There is nobody {row.supervisor!r} in Staff."
        elif row.room and row.room not in rooms:
            fault = f"There is no room {row.room!r}."
        elif row.form == "group" and row.group not in groups:
            fault = f"There is no group {row.group!r}."
        elif row.form == "group" and row.kind != groups[row.group].kind:
            fault = f"The group {row.group} is of the kind {groups[row.group].kind}, not {row.kind}."
        elif row.form == "group" and row.session != session_id(row.group, row.kind, data.settings.week_commencing):
            fault = "The id of a session is who, kind and week."
        elif row.form != "group" and row.group:
            fault = f"An individual session has no group, this has {row.group!r}."
        elif row.session in sessions:
            fault, code = "It is held twice; the first is used.", "S6" if row.group else "S5"
        if fault:
            findings.append(_fault(code, f"Result sessions ({row.session})", fault))
        else:
            sessions[row.session] = row
    attendance: dict[Key, Attendance] = {}
    for member in answer.attendance:
        key = (member.session, member.staff)
        fault = ""
        if member.session not in sessions:
            fault = f"There is no session {member.session!r} that holds."
        elif member.staff not in staff:
            fault = f"There is nobody {member.staff!r} in Staff."
        elif key in attendance:
            fault = "There are two rows for it."
        if fault:
            findings.append(_fault("ANSWER", f"Result attendance ({', '.join(key)})", fault))
        else:
            attendance[key] = member
    duty: dict[Key, DutyTurn] = {}
    for turn in answer.duty:
        when = (turn.date, turn.start, turn.staff)
        fault = f"There is nobody {turn.staff!r} in Staff." if turn.staff not in staff else "There are two rows for it." if when in duty else ""
        if fault:
            findings.append(_fault("ANSWER", f"Result duty ({', '.join(when)})", fault))
        else:
            duty[when] = turn
    return sessions, attendance, duty, findings


def _follow(data: RotaInput, answer: RotaAnswer) -> tuple[_Rota, list[Finding]]:
    """Index the input and the decisions."""
    rows, attendance, duty, findings = _accept(data, answer)
    kinds = {k.kind: k for k in data.kinds}
    attending: dict[str, list[str]] = defaultdict(list)
    for session, person in attendance:
        attending[session].append(person)
    held = []
    for session, row in rows.items():
        start = minutes_of(row.start)
        held.append(_Held(row, kinds[row.kind], Span(start, start + row.minutes), tuple(attending[session])))
    held.sort(key=lambda h: (h.row.date, h.span, h.row.session))
    work = at_work(data)
    there: dict[Key, list[Stretch]] = defaultdict(list)
    for person, stretches in work.items():
        for stretch in stretches:
            there[person, stretch.date].append(stretch)
    needs = due(data, work)
    need: dict[Key, Due] = {(n.staff, n.kind, form): n for n in needs for form in (("individual", "group") if n.form == "either" else (n.form,))}
    rota = _Rota(
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


# --- rules that always hold -------------------------------------------------------------------------------------------


def _clashes(spans: Iterable[tuple[Span, str]]) -> Iterator[tuple[str, str, Span]]:
    """What overlaps something that began before it: both names and the later span."""
    last: tuple[Span, str] | None = None
    for span, name in sorted(spans):
        if last and span.meets(last[0]):
            yield last[1], name, span
        if last is None or span.end > last[0].end:
            last = (span, name)


def s1_one_place_at_a_time(rota: _Rota) -> Iterator[Finding]:
    """S1: no two of a person's sessions, received or given, and turns of duty overlap."""
    for person, day in {**rota.engaged, **rota.on_duty}:
        spans = [(held.span, held.row.session) for held in rota.engaged.get((person, day), ())]
        spans += [(span, "duty") for span in rota.on_duty.get((person, day), ())]
        for one, other, span in _clashes(spans):
            yield _fault("S1", f"{person}, {day} {clock(span)}", f"In two places at once: {one} and {other}.")


def s2_working_time(rota: _Rota) -> Iterator[Finding]:
    """S2: each session and turn of duty lies within one stretch of everyone in it and touches no barred half-hour of theirs."""
    spans = [(held.row.session, held.row.date, held.span, held.everyone) for held in rota.sessions]
    spans += [("Duty", day, span, (person,)) for (person, day), all_of_them in rota.on_duty.items() for span in all_of_them]
    for name, day, span, everyone in spans:
        for person in everyone:
            stretches = rota.there.get((person, day), ())
            if not any(stretch.free(span) for stretch in stretches):
                within = any(stretch.span.holds(span) for stretch in stretches)
                why = "has marked a half-hour of it X or U" if within else "is not at work all through it"
                yield _fault("S2", f"{name}, {day} {clock(span)}", f"{person} {why}.")


def s3_grid(rota: _Rota) -> Iterator[Finding]:
    """S3: a session starts on a multiple of the grid after midnight and ends the same day."""
    grid = rota.data.settings.grid
    for held in rota.sessions:
        if held.span.start % grid:
            yield _fault("S3", f"{held.row.session}, {held.row.date}", f"It starts at {held.row.start}, which is not on the grid of {grid} minutes.")
        if held.span.end > 24 * 60:
            yield _fault(
                "S3",
                f"{held.row.session}, {held.row.date}",
                f"It starts at {held.row.start}, lasts {held.row.minutes} minutes and ends the next day.",
            )


def s4_who_gives(rota: _Rota) -> Iterator[Finding]:
    """S4: a competent supervisor, the person's own line manager or, among peers, nobody gives a session; nobody supervises themself."""
    competent = {(row.staff, row.kind) for row in rota.data.competences}
    for held in rota.sessions:
        place, giver, kind = held.row.session, held.row.supervisor, held.kind
        if giver in held.people:
            yield _fault("S4", place, f"{giver} supervises themself.")
        if kind.given_by == "peers":
            if giver:
                yield _fault("S4", place, f"{giver} gives it, and {kind.kind} is given by nobody.")
        elif not giver:
            yield _fault("S4", place, "Nobody gives it.")
        elif kind.given_by == "supervisor":
            if (giver, kind.kind) not in competent:
                yield _fault("S4", place, f"{giver} gives it and is not competent in {kind.kind}.")
        else:
            for person in held.people:
                if rota.people[person].line_manager != giver:
                    yield _fault("S4", place, f"{giver} gives it and is not the line manager of {person}.")


def s5_sessions_are_needed(rota: _Rota) -> Iterator[Finding]:
    """S5: an individual session is for one due need of its kind and exactly its minutes, and a need is met at most once."""
    for held in rota.sessions:
        if held.row.form == "group":
            continue
        place, kind, owed = held.row.session, held.kind.kind, held.row.form == "owed"
        if len(held.people) != 1:
            yield _fault("S5", place, f"An individual session has one person, this has {len(held.people)}.", abs(len(held.people) - 1))
            continue
        person = held.people[0]
        if held.row.session != session_id(person, kind, rota.data.settings.week_commencing, owed=owed):
            yield _fault("ANSWER", f"Result sessions ({place})", "The id of a session is who, kind and week.")
        need = rota.need.get((person, kind, held.row.form))
        if need is None:
            what = f"is owed no session of {kind}" if owed else f"has no need of {kind} this week that may be met individually"
            yield _fault("S5", place, f"{person} {what}.")
        elif held.row.minutes != need.minutes:
            what = f"It lasts {held.row.minutes} minutes, {person} needs {need.minutes}."
            yield _fault("S5", place, what, abs(held.row.minutes - need.minutes))
    for need, times in rota.met.items():
        if times > 1:
            yield _fault("S5", f"{need.staff}, {need.kind}", f"The need is met {times} times.", times - 1)


def s6_groups(rota: _Rota) -> Iterator[Finding]:
    """S6: a group has its own minutes and leader, as many people as it may, all of them with a need of it, and none that belong elsewhere."""
    listed: dict[Key, set[str]] = defaultdict(set)
    for member in rota.data.group_members:
        listed[member.staff, rota.groups[member.group].kind].add(member.group)
    for held in rota.sessions:
        if held.row.form != "group":
            continue
        place, group, kind = held.row.session, rota.groups[held.row.group], held.kind
        if held.row.minutes != group.minutes:
            yield _fault("S6", place, f"It lasts {held.row.minutes} minutes, the group {group.minutes}.", abs(held.row.minutes - group.minutes))
        if group.leader and held.row.supervisor != group.leader:
            yield _fault("S6", place, f"{held.row.supervisor or 'Nobody'} leads it, its leader is {group.leader}.")
        least, most = group.least or kind.group_least, group.most or kind.group_most
        size = len(held.people)
        if size < least:
            yield _fault("S6", place, f"{size} attend, at least {least} must.", least - size)
        if size > most:
            yield _fault("S6", place, f"{size} attend, at most {most} may.", size - most)
        for person in held.people:
            groups = listed.get((person, kind.kind), set())
            if (person, kind.kind, "group") not in rota.need:
                yield _fault("S6", place, f"{person} has no need of {kind.kind} this week that may be met in a group.")
            elif groups and group.group not in groups:
                yield _fault("S6", place, f"{person} belongs to {', '.join(sorted(groups))}, not to {group.group}.")
            elif not groups and not group.open:
                yield _fault("S6", place, f"{person} is not listed in {group.group}, which is not open.")


def s7_group_credit(rota: _Rota) -> Iterator[Finding]:
    """S7: whoever attends a group earns at least the minutes of their need: its minutes, or where credit is shared twice those over the people."""
    for held in rota.sessions:
        people = len(held.people)
        for person in held.people if held.row.form == "group" else ():
            need = rota.need.get((person, held.kind.kind, "group"))
            if need is None:  # told by S6
                continue
            credit = min(held.row.minutes, 2 * held.row.minutes / people) if held.kind.shared_credit else held.row.minutes
            if credit < need.minutes:
                what = f"{person} needs {need.minutes} minutes and earns {credit:g} in a group of {people}."
                yield _fault("S7", held.row.session, what, need.minutes - credit)


def s8_duty(rota: _Rota) -> Iterator[Finding]:
    """S8: only experienced people are on duty; a turn is one of the week's, whole, by no more people than D1 asks for; none where D1 is off.

    Where a rota is mended, a turn that is past is taken by whoever took it.
    """
    real = {(turn.date, time_of(turn.span.start)): turn.span.end - turn.span.start for turn in turns(rota.data)}
    most = (number(rota.data, "D1") or 0) if rule_for(rota.data, "D1").on else 0
    for turn in rota.duty:
        place = f"{turn.staff}, {turn.date} {turn.start}"
        if not rota.people[turn.staff].experienced:
            yield _fault("S8", place, f"{turn.staff} is on duty and is not experienced.")
        minutes = real.get((turn.date, turn.start))
        if minutes is None:
            yield _fault("S8", place, "No turn of duty begins then.")
        elif minutes != turn.minutes:
            yield _fault("S8", place, f"It lasts {turn.minutes} minutes, the turn {minutes}.", abs(turn.minutes - minutes))
    for (day, start), people in Counter((turn.date, turn.start) for turn in rota.duty).items():
        if people > most:
            yield _fault("S8", f"{day} {start}", f"{people} on duty, at most {most} may be.", people - most)
    for past, took in turns_past(rota.data, rota.work).items():
        start = time_of(past.span.start)
        apart = {turn.staff for turn in rota.duty if (turn.date, turn.start) == (past.date, start)} ^ set(took)
        if apart:
            what = f"The day is past; who took the turn: {', '.join(took) or 'nobody'}. Other than that: {', '.join(sorted(apart))}."
            yield _fault("S8", f"{past.date} {start}", what, len(apart))


def r1_rooms(rota: _Rota) -> Iterator[Finding]:
    """R1: a session has a room as its kind's mode says; a room holds one session at a time, in its hours, and at least everyone in it."""
    rooms = {room.room: room for room in rota.data.rooms}
    used: dict[Key, list[tuple[Span, str]]] = defaultdict(list)
    for held in rota.sessions:
        row, place = held.row, held.row.session
        if held.kind.mode not in ("either", row.mode):
            yield _fault("R1", place, f"It is {'in a room' if row.mode == 'room' else 'online'}, and {held.kind.kind} is not.")
        if row.mode == "online":
            if row.room or row.site:
                yield _fault("R1", place, f"It is online and has the room {row.room or row.site}.")
            continue
        if not row.room:
            yield _fault("R1", place, "It is in a room and names none.")
            continue
        room = rooms[row.room]
        used[room.room, row.date].append((held.span, place))
        if row.site != room.site:
            yield _fault("R1", place, f"{room.room} is at {room.site}, not at {row.site or 'no site'}.")
        if len(held.everyone) > room.capacity:
            what = f"{len(held.everyone)} people are in {room.room}, which holds {room.capacity}."
            yield _fault("R1", place, what, len(held.everyone) - room.capacity)
        if room.ends and row.date > room.ends:
            yield _fault("R1", f"{place}, {held.when}", f"{room.room} can be used until {room.ends}.")
        hours = Span(minutes_of(room.opens) if room.opens else 0, minutes_of(room.closes) if room.closes else 24 * 60)
        if not hours.holds(held.span):
            yield _fault("R1", f"{place}, {held.when}", f"{room.room} can be used {clock(hours)}.")
    for (name, day), spans in used.items():
        for one, other, span in _clashes(spans):
            yield _fault("R1", f"{name}, {day} {clock(span)}", f"Two sessions at once: {one} and {other}.")


def r2_sites(rota: _Rota) -> Iterator[Finding]:
    """R2: everyone in a session in a room is at the room's site all through it."""
    site = {room.room: room.site for room in rota.data.rooms}
    for held in rota.sessions:
        for person in held.everyone if held.row.room and held.row.mode == "room" else ():
            at = {stretch.site for stretch in rota.there.get((person, held.row.date), ()) if stretch.span.holds(held.span)}
            if at and site[held.row.room] not in at:  # who is nowhere at work is told by S2
                where = ", ".join(sorted(at)) or "no site"
                yield _fault("R2", f"{held.row.session}, {held.when}", f"{person} is at {where}, the room at {site[held.row.room]}.")


HARD: tuple[Callable[[_Rota], Iterator[Finding]], ...] = (
    s1_one_place_at_a_time,
    s2_working_time,
    s3_grid,
    s4_who_gives,
    s5_sessions_are_needed,
    s6_groups,
    s7_group_credit,
    s8_duty,
    r1_rooms,
    r2_sites,
)
"""Rules that hold or are broken."""


# --- rules the manager rules: needs, caps, pairs ----------------------------------------------------------------------


def n1_needs_met(rota: _Rota) -> Iterator[_Place]:
    """N1: everyone has the supervision that falls due; an unmet need counts 1 and the weeks it is overdue, three at most."""
    for need in rota.needs:
        if need.form != "owed" and not need.early and not rota.met[need]:
            yield _Place("N1", need.amount, need.kind, need.staff, item=f"{need.kind} {need.form}")


def n2_owed_repaid(rota: _Rota) -> Iterator[_Place]:
    """N2: what was missed is held; a session still owed counts the weeks since it was missed, at most the rule's number."""
    most = number(rota.data, "N2") or 0
    for need in rota.needs:
        if need.form == "owed" and not rota.met[need]:
            yield _Place("N2", max(1, min(need.since or 1, most)), staff=need.staff, item=f"{need.kind} owed")


def n3_no_gap(rota: _Rota) -> Iterator[_Place]:
    """N3: nobody who needs clinical supervision that a supervisor gives goes without it for longer than the rule's number of weeks."""
    most = number(rota.data, "N3") or 0
    kinds = {kind.kind for kind in rota.data.kinds if kind.clinical and kind.given_by == "supervisor"}
    for need in rota.needs:
        if need.form != "owed" and not need.early and need.kind in kinds and need.since is not None and need.since >= most and not rota.met[need]:
            yield _Place("N3", staff=need.staff, item=f"{need.kind} {need.form}")


def n4_brought_forward(rota: _Rota) -> Iterator[_Place]:
    """N4: what is brought forward, and need not be held yet, is held."""
    for need in rota.needs:
        if need.early and not rota.met[need]:
            yield _Place("N4", staff=need.staff, item=f"{need.kind} {need.form}")


def c1_most_people(rota: _Rota) -> Iterator[_Place]:
    """C1: a supervisor sees no more different people in supervision given than their most, else the rule's number."""
    for supervisor, seen in _seen(rota).items():
        yield from _over("C1", supervisor, len(seen), rota.people[supervisor].most_people, number(rota.data, "C1"))


def c2_most_trainees(rota: _Rota) -> Iterator[_Place]:
    """C2: a supervisor sees no more trainees in supervision given than their most, else the rule's number."""
    for supervisor, seen in _seen(rota).items():
        trainees = sum(rota.people[person].trainee for person in seen)
        yield from _over("C2", supervisor, trainees, rota.people[supervisor].most_trainees, number(rota.data, "C2"))


def c3_most_hours(rota: _Rota) -> Iterator[_Place]:
    """C3: a supervisor gives no more hours of supervision than their most, else the rule's number; half-hours above count, rounded up."""
    for supervisor, held in rota.given.items():
        own = rota.people[supervisor].most_hours
        most = number(rota.data, "C3") if own is None else own
        if most is not None:
            # Hours such as 4.35 are a whole number of minutes, but not in binary.
            above = math.ceil(round((_minutes(held) - 60 * most) / HALF_HOUR, 6))
            if above > 0:
                yield _Place("C3", above, staff=supervisor)


def _seen(rota: _Rota) -> dict[str, set[str]]:
    """People each supervisor sees in supervision given."""
    return {supervisor: {person for one in held for person in one.people} for supervisor, held in rota.given.items()}


def _over(rule: RuleId, staff: str, value: int, own: int | None, most: int | None) -> Iterator[_Place]:
    most = most if own is None else own
    if most is not None and value > most:
        yield _Place(rule, value - most, staff=staff)


def _minutes(held: Iterable[_Held]) -> int:
    return sum(one.row.minutes for one in held)


def p1_line_manager(rota: _Rota) -> Iterator[_Place]:
    """P1: nobody's supervisor, in a clinical kind given by a supervisor, is their line manager."""
    for held in rota.sessions:
        for person in held.people if held.from_supervisor and held.kind.clinical and held.row.supervisor else ():
            if rota.people[person].line_manager == held.row.supervisor:
                yield _Place("P1", 1, held.kind.kind, person, held.row.session)


def p2_never_paired(rota: _Rota) -> Iterator[_Place]:
    """P2: nobody is supervised in a kind given by a supervisor, alone or in a group, by someone Pairs says never."""
    named = _named(rota, "never")
    for held in rota.sessions:
        for person in held.people if held.from_supervisor else ():
            if held.row.supervisor in _of_kind(named, person, held):
                yield _Place("P2", staff=person, session=held.row.session)


def p3_named_supervisor(rota: _Rota) -> Iterator[_Place]:
    """P3: an individual session, of a kind given by a supervisor, of someone who must have a named one is given by one of those named."""
    yield from _other_supervisor(rota, "P3", "must")


def p4_preferred_supervisor(rota: _Rota) -> Iterator[_Place]:
    """P4: an individual session, of a kind given by a supervisor, of someone who prefers one is given by one of those named."""
    yield from _other_supervisor(rota, "P4", "prefer")


def _other_supervisor(rota: _Rota, rule: RuleId, strength: Strength) -> Iterator[_Place]:
    named = _named(rota, strength)
    for held in rota.sessions:
        for person in held.people if held.from_supervisor and held.row.form != "group" else ():
            wanted = _of_kind(named, person, held)
            if wanted and held.row.supervisor not in wanted:
                yield _Place(rule, staff=person, session=held.row.session)


def _named(rota: _Rota, strength: Strength) -> dict[Key, set[str]]:
    """Supervisors that Pairs names so, by person and kind (blank: every kind)."""
    found: dict[Key, set[str]] = defaultdict(set)
    for pair in rota.data.pairs:
        if pair.strength == strength:
            found[pair.staff, pair.kind].add(pair.supervisor)
    return found


def _of_kind(named: Mapping[Key, set[str]], person: str, held: _Held) -> set[str]:
    return named.get((person, held.kind.kind), set()) | named.get((person, ""), set())


# --- rules the manager rules: locks -----------------------------------------------------------------------------------


def l1_must(rota: _Rota) -> Iterator[_Place]:
    """L1: a session that a must lock speaks of is held just so, if it is held; where a rota is mended, what was met on days that are past is met."""
    yield from (_locked("L1", *bent) for bent in _against(rota, "must"))
    for need in met_before(rota.data, rota.needs):
        if not rota.met[need]:
            yield _Place("L1", staff=need.staff, item=f"{need.kind} {need.form}")


def l2_never(rota: _Rota) -> Iterator[_Place]:
    """L2: a session that a never lock speaks of is not held just so."""
    yield from (_locked("L2", *bent) for bent in _against(rota, "never"))


def l3_prefer(rota: _Rota) -> Iterator[_Place]:
    """L3: a session that a prefer lock speaks of is held just so, if it is held."""
    yield from (_locked("L3", *bent) for bent in _against(rota, "prefer"))


def _locked(rule: RuleId, lock: Lock, held: _Held) -> _Place:
    return _Place(rule, staff=lock.staff, session=held.row.session, item=lock.lock)


def _against(rota: _Rota, strength: Strength) -> Iterator[tuple[Lock, _Held]]:
    """Locks of a strength, and the sessions that are held against them."""
    alone: dict[str, list[_Held]] = defaultdict(list)
    in_groups: dict[Key, list[_Held]] = defaultdict(list)
    groups: dict[str, _Held] = {}
    for held in rota.sessions:
        if held.row.form == "group":
            groups[held.row.group] = held
        for person in held.people:
            if held.row.form == "group":
                in_groups[person, held.kind.kind].append(held)
            else:
                alone[person].append(held)
    for lock in rota.data.locks:
        if lock.strength != strength:
            continue
        if lock.staff and lock.group:
            kind = rota.groups[lock.group].kind
            attended = in_groups.get((lock.staff, kind), [])
            in_it = [held for held in attended if held.row.group == lock.group]
            # An individual session is in the group's stead only where the need may be met in a group.
            need = rota.need.get((lock.staff, kind, "individual"))
            either = alone.get(lock.staff, ()) if need is not None and need.form == "either" else ()
            instead = attended or [held for held in either if held.kind.kind == kind and held.row.form == "individual"]
            yield from ((lock, held) for held in (in_it if strength == "never" else [] if in_it else instead[:1]))
        elif lock.group:
            yield from (
                ((lock, held) for held in (groups[lock.group],) if _just_so(lock, held) == (strength == "never")) if lock.group in groups else ()
            )
        else:
            for held in alone.get(lock.staff, ()):
                speaks = lock.kind in ("", held.kind.kind) and lock.owed == (held.row.form == "owed")
                if speaks and _just_so(lock, held) == (strength == "never"):
                    yield lock, held


def _just_so(lock: Lock, held: _Held) -> bool:
    """Whether everything filled in of a lock is so."""
    return lock.supervisor in ("", held.row.supervisor) and on_day(held.row.date, lock.day) and lock.start in ("", held.row.start)


# --- rules the manager rules: duty, the working day, travel -----------------------------------------------------------


def d1_duty_covered(rota: _Rota) -> Iterator[_Place]:
    """D1: in every turn of duty as many experienced people are on duty as the rule's number."""
    wanted = number(rota.data, "D1") or 0
    people = Counter((turn.date, turn.start) for turn in rota.duty)
    for turn in turns(rota.data):
        start = time_of(turn.span.start)
        if people[turn.date, start] < wanted:
            yield _Place("D1", wanted - people[turn.date, start], date=turn.date, start=start)


def d2_fair_duty(rota: _Rota) -> Iterator[_Place]:
    """D2: duty is shared in proportion to hours at work; n turns above the share count 1 + 2 + … + n."""
    for person, count in Counter(turn.staff for turn in rota.duty).items():
        above = count - rota.fair_turns.get(person, 0)
        if above > 0:
            yield _Place("D2", above * (above + 1) // 2, staff=person)


def b1_lunch(rota: _Rota) -> Iterator[_Place]:
    """B1: whoever is at work before and after the lunch window keeps a free stretch in it of the rule's minutes, if they had one."""
    settings, wanted = rota.data.settings, number(rota.data, "B1") or 0
    window = Span(minutes_of(settings.lunch_from), minutes_of(settings.lunch_to))
    for person, day in {**rota.engaged, **rota.on_duty}:
        stretches = rota.there.get((person, day), ())
        if not stretches or min(s.span.start for s in stretches) >= window.start or max(s.span.end for s in stretches) <= window.end:
            continue
        barred = [bar for stretch in stretches for bar in stretch.barred]
        taken = [held.span for held in rota.engaged.get((person, day), ())] + list(rota.on_duty.get((person, day), ()))
        if _longest_free(window, barred) >= wanted > _longest_free(window, [*barred, *taken]):
            yield _Place("B1", staff=person, date=day)


def _longest_free(window: Span, taken: Iterable[Span]) -> int:
    """Minutes of the longest stretch of a window that nothing takes."""
    free, edge = 0, window.start
    for span in sorted(taken):
        free = max(free, min(span.start, window.end) - edge)
        edge = max(edge, span.end)
    return max(free, window.end - edge)


def b2_breaks(rota: _Rota) -> Iterator[_Place]:
    """B2: no run of sessions without a break between is longer than the rule's minutes."""
    most = number(rota.data, "B2") or 0
    for (person, day), held in rota.engaged.items():
        if any(run.end - run.start > most for run in _runs(held, rota.data.settings.break_minutes)):
            yield _Place("B2", staff=person, date=day)


def _runs(held: Sequence[_Held], pause: int) -> Iterator[Span]:
    """Runs of sessions, which are in order: a run goes on while the next starts less than a break after the one before ends."""
    start, end = held[0].span
    for one in held[1:]:
        if one.span.start - end >= pause:
            yield Span(start, end)
            start = one.span.start
        end = max(end, one.span.end)
    yield Span(start, end)


def t1_travel(rota: _Rota) -> Iterator[_Place]:
    """T1: between the last session in one stretch and the first in a later one at another site there is time to travel."""
    needed = {}
    for row in rota.data.travel:
        needed[row.from_site, row.to_site] = needed[row.to_site, row.from_site] = row.minutes
    for (person, day), held in rota.engaged.items():
        edges = []
        for stretch in rota.there.get((person, day), ()):
            inside = [one.span for one in held if stretch.span.holds(one.span)]
            if inside:
                edges.append((stretch.site, min(span.start for span in inside), max(span.end for span in inside)))
        for (site, _, end), (other, start, _) in combinations(edges, 2):
            if start - end < needed.get((site, other), 0) and site != other:
                yield _Place("T1", staff=person, date=day, start=time_of(start))


# --- rules the manager rules: continuity, fairness, wishes ------------------------------------------------------------


def _last(rota: _Rota) -> dict[Key, LastSession]:
    return {(row.staff, row.group, row.kind, "owed" if row.owed else ""): row for row in rota.data.last_rota}


def _who(held: _Held) -> Iterator[str]:
    """Whose session it is: the person, or nobody for a group's."""
    yield from held.people if held.row.form != "group" else ("",)


def _owed(held: _Held) -> str:
    """How the key of a session that is owed ends."""
    return "owed" if held.row.form == "owed" else ""


def k1_keep_pairs(rota: _Rota) -> Iterator[_Place]:
    """K1: people keep the supervisor, groups the leader, and members the group of the kind that they had last; what is owed is with the same."""
    last = _last(rota)
    before: dict[Key, set[str]] = defaultdict(set)
    for row in rota.data.last_rota:
        if row.staff and row.group:
            before[row.staff, row.kind].add(row.group)
    for held in rota.sessions:
        kind, group = held.kind.kind, held.row.group
        for person in _who(held):
            was = last.get((person, group, kind, _owed(held))) or last.get((person, group, kind, ""))
            if was and was.supervisor != held.row.supervisor:
                yield _Place("K1", 1, kind, person, held.row.session)
        for person in held.people if group else ():
            groups = before.get((person, kind), set())
            if groups and group not in groups:
                yield _Place("K1", 1, kind, person, held.row.session)


def k2_keep_times(rota: _Rota) -> Iterator[_Place]:
    """K2: sessions keep the weekday and time they had last."""
    last = _last(rota)
    for held in rota.sessions:
        for person in _who(held):
            was = last.get((person, held.row.group, held.kind.kind, _owed(held)))
            if was and not (on_day(held.row.date, was.weekday) and was.start == held.row.start):
                yield _Place("K2", 1, held.kind.kind, person, held.row.session)


def k3_keep_duty(rota: _Rota) -> Iterator[_Place]:
    """K3: a turn of duty that somebody had last is taken by nobody else."""
    had: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rota.data.last_duty:
        had[row.weekday, row.start].add(row.staff)
    for turn in rota.duty:
        before = next((staff for (weekday, start), staff in had.items() if start == turn.start and on_day(turn.date, weekday)), None)
        if before and turn.staff not in before:
            yield _Place("K3", staff=turn.staff, date=turn.date, start=turn.start)


def f1_fair_load(rota: _Rota) -> Iterator[_Place]:
    """F1: supervision given is shared in proportion to hours at work, what is carried counted; n half-hours above count 1 + 2 + … + n."""
    for supervisor in rota.pool:
        above = -(-(_minutes(rota.given.get(supervisor, ())) - rota.fair[supervisor]) // HALF_HOUR)
        if above > 0:
            yield _Place("F1", above * (above + 1) // 2, staff=supervisor)


def w1_avoid(rota: _Rota) -> Iterator[_Place]:
    """W1: sessions touch no half-hour that someone in them marked A."""
    for held in rota.sessions:
        for person in held.everyone:
            if any(stretch.avoided(held.span) for stretch in rota.there.get((person, held.row.date), ())):
                yield _Place("W1", staff=person, session=held.row.session)


def w2_prefer(rota: _Rota) -> Iterator[_Place]:
    """W2: sessions are wholly within half-hours marked P by those in them who marked any at work this week."""
    marked = {person for person, stretches in rota.work.items() if any(stretch.prefer for stretch in stretches)}
    for held in rota.sessions:
        for person in held.everyone:
            if person in marked and not any(stretch.preferred(held.span) for stretch in rota.there.get((person, held.row.date), ())):
                yield _Place("W2", staff=person, session=held.row.session)


def w3_compact(rota: _Rota) -> Iterator[_Place]:
    """W3: a supervisor gives supervision on one day; days above one count."""
    for supervisor, held in rota.given.items():
        days = len({one.row.date for one in held})
        if days > 1:
            yield _Place("W3", days - 1, staff=supervisor)


def w4_early_and_late(rota: _Rota) -> Iterator[_Place]:
    """W4: early and late sessions go round: one counts 1 and as many as the person, for their hours, had of late."""
    for held in rota.sessions:
        if early_or_late(rota.data, held.span):
            for person in held.everyone:
                yield _Place("W4", 1 + rota.of_late.get(person, 0), staff=person, session=held.row.session)


SOFT: tuple[Callable[[_Rota], Iterator[_Place]], ...] = (
    n1_needs_met,
    n2_owed_repaid,
    n3_no_gap,
    n4_brought_forward,
    c1_most_people,
    c2_most_trainees,
    c3_most_hours,
    p1_line_manager,
    p2_never_paired,
    p3_named_supervisor,
    p4_preferred_supervisor,
    l1_must,
    l2_never,
    l3_prefer,
    d1_duty_covered,
    d2_fair_duty,
    b1_lunch,
    b2_breaks,
    t1_travel,
    k1_keep_pairs,
    k2_keep_times,
    k3_keep_duty,
    f1_fair_load,
    w1_avoid,
    w2_prefer,
    w3_compact,
    w4_early_and_late,
)
"""Rules that the manager rules."""


# --- objective, and what the answer says of itself --------------------------------------------------------------------


def _weigh(rota: _Rota) -> tuple[list[Bent], list[TermValue], list[LevelValue]]:
    """Places where rules that are on are bent, the term of every rule that is on, and the value of every level."""
    data = rota.data
    ruling: dict[Key, Rule] = {}
    bent, amounts = [], Counter[Key]()
    for place in (place for rule in SOFT for place in rule(rota)):
        key = (place.rule, place.kind)
        row = ruling[key] = ruling.get(key) or rule_for(data, place.rule, place.kind)
        if row.on:
            amounts[row.rule, row.kind] += place.amount
            bent.append(
                Bent(
                    rule=place.rule, priority=row.priority, staff=place.staff, session=place.session, item=place.item, date=place.date,
                    start=place.start, amount=place.amount, points=place.amount * row.weight,
                )
            )  # fmt: skip
    terms = []
    for row in rules_on(data):
        amount = amounts[row.rule, row.kind]
        terms.append(TermValue(rule=row.rule, kind=row.kind, priority=row.priority, amount=amount, points=amount * row.weight))
    levels = [LevelValue(priority=level, points=sum(term.points for term in terms if term.priority == level)) for level in LEVELS]
    return bent, terms, levels


def _load(rota: _Rota) -> Iterator[SupervisorLoad]:
    """What everyone gives, and their duty."""
    on_duty = Counter(turn.staff for turn in rota.duty)
    seen, carry = _seen(rota), carried(rota.data)
    odd = Counter(person for held in rota.sessions if early_or_late(rota.data, held.span) for person in held.everyone)
    for person in rota.people:
        held = rota.given.get(person, [])
        people = seen.get(person, set())
        yield SupervisorLoad(
            staff=person,
            sessions=len(held),
            minutes=_minutes(held),
            fair_minutes=rota.fair.get(person, 0),
            carried_minutes=carry.get(person, 0) if person in rota.fair else 0,
            at_work_minutes=sum(stretch.minutes for stretch in rota.work[person]),
            people=len(people),
            trainees=sum(rota.people[one].trainee for one in people),
            days=len({one.row.date for one in held}),
            duty_turns=on_duty[person],
            fair_duty_turns=rota.fair_turns.get(person, 0),
            early_or_late=odd[person],
        )


def _idle(row: Any) -> bool:
    """Whether a row of the load may be left out: all of it is 0, hours at work apart."""
    return not (row.sessions or row.duty_turns or row.fair_minutes or row.fair_duty_turns or row.carried_minutes or row.early_or_late)


def _not_placed_stated(rota: _Rota, answer: RotaAnswer) -> Iterator[Finding]:
    """Needs that the answer does not say are unmet, and those it says are and are not."""
    own = {(need.staff, need.kind, need.form) for need in rota.needs if not rota.met[need]}
    early = {(need.staff, need.kind, need.form) for need in rota.needs if need.early}
    stated = Counter((row.staff, row.kind, row.form) for row in answer.not_placed)
    for key in (*sorted(own - stated.keys()), *stated):
        code = "N4" if key in early else "N2" if key[2] == "owed" else "N1"
        place, rows = f"Result not placed ({', '.join(key)})", stated[key]
        if key not in stated:
            yield _fault(code, place, "The need falls due and is not met, and the answer does not say so.", 1)
        elif key not in own:
            yield _fault(code, place, "The answer says a need is not met, but it is met or does not fall due.", 1)
        elif rows > 1:
            yield _fault(code, place, "There are two rows for it.", 1)


def _bent_stated(bent: Iterable[Bent], answer: RotaAnswer) -> Iterator[Finding]:
    """Places that the answer does not state as they are."""
    own, stated = _by_place(bent), _by_place(answer.bent)
    nothing = ("", 0, 0)
    for key in dict.fromkeys([*own, *stated]):
        is_so, says = own.get(key, nothing), stated.get(key, nothing)
        if is_so != says:
            what = f"The rota bends the rule by {_told(is_so)}, the answer states {_told(says)}."
            yield _fault(key[0], ", ".join(part for part in key[1:] if part) or "Result bent", what, abs(is_so[1] - says[1]))


def _by_place(rows: Iterable[Bent]) -> dict[Key, tuple[str, int, int]]:
    """Priority, amount and points by key, summed: two journeys to the same session (T1) share a key, and may be stated in one row or two."""
    found: dict[Key, tuple[str, int, int]] = {}
    for row in rows:
        key = (row.rule, row.staff, row.session, row.item, row.date, row.start)
        _, amount, points = found.get(key, ("", 0, 0))
        found[key] = (row.priority, amount + row.amount, points + row.points)
    return found


def _told(value: tuple[str, int, int]) -> str:
    priority, amount, points = value
    return f"{amount} ({priority}, {points} points)" if priority else "nothing"


def _rows_stated(
    sheet: str, code: str, own: Iterable[Row], stated: Iterable[Row], may_lack: Callable[[Row], bool] = lambda _: False
) -> Iterator[Finding]:
    """Rows that follow from the decisions and are stated otherwise, twice, or not at all."""
    told: dict[Key, Row] = {}
    for row in stated:
        if _key(row) in told:
            yield _fault(code, f"{sheet} ({_words(row)})", "There are two rows for it; the first is used.")
        told.setdefault(_key(row), row)
    for row in own:
        says = told.pop(_key(row), None)
        if says is None:
            if not may_lack(row):
                yield _fault(code, f"{sheet} ({_words(row)})", "The answer has no row for it.")
        elif says != row:
            apart = [(name, value, getattr(says, name)) for name, value in row if getattr(says, name) != value]
            what = "; ".join(f"{name.replace('_', ' ')}: the answer states {theirs}, its decisions lead to {ours}" for name, ours, theirs in apart)
            yield _fault(code, f"{sheet} ({_words(row)})", f"{what}.")
    for row in told.values():
        yield _fault(code, f"{sheet} ({_words(row)})", "Nothing in the decisions leads to this row.")


def _key(row: Row) -> Key:
    schema: dict[str, Any] = {name: info.json_schema_extra for name, info in type(row).model_fields.items()}
    return tuple(getattr(row, name) for name, extra in schema.items() if extra["key"])


def _words(row: Row) -> str:
    return ", ".join(part for part in _key(row) if part)
