"""A rota made by hand put to the model: whether there is room for its decisions, and what they cost."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from random import Random
from typing import TYPE_CHECKING, Literal

import numpy as np

from models.rota.build import build, write_out
from models.rota.duty import on_call
from models.rota.facts import FIRST, LAST, bits
from models.rota.model import Decisions, Held, hint
from models.rota.rooms import allot
from models.rota.sessions import possible
from optimiser import cpsat
from optimiser.lp import Relaxation
from optimiser.rota.check import check
from optimiser.rota.data import Attendance, DutyTurn, RotaAnswer, Session, minutes_of, session_id, time_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.rota.facts import Facts
    from models.rota.judge import Judged
    from models.rota.model import Guard, Key, Model
    from optimiser.program import Program
    from optimiser.rota.check import Checked
    from optimiser.rota.data import RotaInput


class Verdict(Enum):
    """What the model says of a rota."""

    ACCEPTED = "there is room for it"
    INFEASIBLE = "its columns are there, and rows forbid it"
    NO_COLUMN = "there is no column for one of its sessions, seats or turns"
    UNSAID = "it is nothing that can be decided: no such need, minutes, turn or time"


Terms = dict[tuple[str, str], int]
"""Amount of every rule that is bent, by rule and kind of its row."""


def decided(facts: Facts, answer: RotaAnswer) -> Decisions | None:
    """Decisions of an answer as the search knows them; None where it says something that cannot be decided. Rooms are not among them."""
    sessions: dict[Key, Held] = {}
    for row in answer.sessions:
        people = [a.staff for a in answer.attendance if a.session == row.session]
        forms = ("owed",) if row.form == "owed" else (row.form, "either")
        wanted = {need.staff: n for n, need in enumerate(facts.needs) if need.kind == row.kind and need.form in forms}
        if any(person not in wanted for person in people) or (row.form != "group" and len(people) != 1):
            return None
        needs = tuple(wanted[person] for person in people)
        key: Key = row.group if row.form == "group" else needs[0]
        minutes = facts.needs[key].minutes if isinstance(key, int) else facts.group[key].minutes
        start = minutes_of(row.start)
        if key in sessions or row.minutes != minutes or row.date not in facts.days or not FIRST <= start < LAST or start % facts.unit:
            return None
        sessions[key] = Held(row.supervisor, facts.slot(row.date, start), needs)
    turns = {(turn.date, turn.span.start, turn.span.end): h for h, turn in enumerate(facts.turns)}
    duty = [(d.staff, (d.date, minutes_of(d.start), minutes_of(d.start) + d.minutes)) for d in answer.duty]
    if any(when not in turns for _, when in duty):
        return None
    return Decisions(sessions, frozenset((staff, turns[when]) for staff, when in duty))


def told(facts: Facts, rota: Decisions) -> RotaAnswer:
    """Answer of any rota, whether it keeps the rules or not, with rooms as far as there are any; what follows is not stated."""
    site = {room.room: room.site for room in facts.data.rooms}
    rooms = allot(facts, rota).rooms
    sessions, attendance = [], []
    for key, held in rota.sessions.items():
        who, of = (facts.needs[key].staff, facts.needs[key]) if isinstance(key, int) else (key, facts.group[key])
        form: Literal["individual", "group", "owed"] = "group"
        if isinstance(key, int):
            form = "owed" if facts.needs[key].form == "owed" else "individual"
        name, room = session_id(who, of.kind, facts.data.settings.week_commencing, owed=form == "owed"), rooms.get(key, "")
        day, minute = facts.day_and_minute(held.slot)
        sessions.append(
            Session(session=name, kind=of.kind, form=form, group=key if isinstance(key, str) else "",
                    supervisor=held.giver, date=day, start=time_of(minute), minutes=of.minutes, mode="room" if room else "online", room=room,
                    site=site.get(room, ""))
        )  # fmt: skip
        attendance += [Attendance(session=name, staff=facts.needs[n].staff) for n in held.needs]
    turns = [(staff, facts.turns[h]) for staff, h in sorted(rota.duty)]
    duty = [DutyTurn(date=turn.date, start=time_of(turn.span.start), staff=staff, minutes=turn.span.end - turn.span.start) for staff, turn in turns]
    return RotaAnswer(sessions=tuple(sessions), attendance=tuple(attendance), duty=tuple(duty))


def drawn(facts: Facts, seed: int, *, held: float = 0.5, on_duty: float = 0.5, wild: float = 0.0) -> Decisions:
    """Rota drawn by lot: shares of the sessions held and of the turns taken; a share of it wild, the rest as it could be if nothing else were."""
    random = Random(seed)
    everybody = [person.staff for person in facts.data.staff]
    grid = list(bits(facts.grid))
    could = possible(facts)
    sessions: dict[Key, Held] = {}
    met: set[int] = set()
    for name, givers in could.groups.items():
        if random.random() < held:
            giver = random.choice(list(givers))
            slot = random.choice([slot for slots in givers[giver].values() for slot in bits(slots)])
            can = [n for n, at in could.members[name].items() if any(slots >> slot & 1 for slots in at.values())]
            can = [n for n in can if (n not in met and facts.needs[n].staff != giver) or random.random() < wild]
            needs = tuple(random.sample(can, random.randint(min(2, len(can)), min(4, len(can)))))
            met |= set(needs)
            sessions[name] = Held(giver, slot, needs)
    for n, by in could.individual.items():
        if n not in met and random.random() < held:
            giver = random.choice(list(by) if random.random() >= wild else everybody)
            slots = [slot for slots in by.get(giver, {}).values() for slot in bits(slots)]
            sessions[n] = Held(giver, random.choice(slots if slots and random.random() >= wild else grid), (n,))
    able = {h: on_call(facts, h) for h in range(len(facts.turns))}
    duty = [
        (person, h) for h in able if random.random() < on_duty for person in random.sample(able[h], min(len(able[h]), 1 + (random.random() < wild)))
    ]
    return Decisions(sessions, frozenset(duty))


def everything(facts: Facts) -> frozenset[Guard]:
    """Guards that write out all there is of the rules that hardly ever bind."""
    breaks = {("B2", person.staff, day) for person in facts.data.staff for day in facts.days}
    return frozenset(breaks | {("R1", site.site, day) for site in facts.data.sites for day in facts.days})


def put(facts: Facts, rota: Decisions | None, *, guarded: bool = True) -> tuple[Verdict, Terms]:
    """Fix the decisions of a rota in the model, make every amount as small as it can be, and say what they are."""
    if rota is None:
        return Verdict.UNSAID, {}
    m = build(facts)
    if guarded:
        write_out(m, everything(facts))
    fixed = hint(m, rota)
    if not _has_columns(m, rota):
        return Verdict.NO_COLUMN, {}
    worth = np.zeros(len(m.program.most), dtype=np.int64)
    for (rule, kind), parts in m.terms.items():
        for amount, column in parts if facts.rule(rule, kind).on else ():
            worth[column] += amount
    values = best(m.program, worth, fixed)
    if values is None:
        return Verdict.INFEASIBLE, {}
    amounts = Counter[tuple[str, str]]()
    for (rule, kind), parts in m.terms.items():
        amounts[rule, kind] += sum(amount * int(values[column]) for amount, column in parts) if facts.rule(rule, kind).on else 0
    return Verdict.ACCEPTED, {key: amount for key, amount in amounts.items() if amount}


def best(program: Program, cost: NDArray[np.int64], fixed: Mapping[int, int]) -> NDArray[np.int64] | None:
    """Cheapest solution of a program in which these columns have these values; None where there is none."""
    r = Relaxation(program)
    values = np.zeros(len(r.most), dtype=np.int64)
    values[list(fixed)] = list(fixed.values())
    whole = cpsat.whole(r.matrix, r.lower, r.upper, r.most, ~np.isin(np.arange(len(values)), list(fixed)), values)
    whole.minimise(cost)
    found = cpsat.solve(whole.cp, seconds=60, workers=1)
    assert found.ended is not cpsat.Ended.STOPPED
    return None if found.values is None else whole.read(found.values)


def _has_columns(m: Model, rota: Decisions) -> bool:
    sessions = {session.key: session for session in m.sessions}
    for key, held in rota.sessions.items():
        if key not in sessions or not any((s.giver, s.slot) == (held.giver, held.slot) for s in sessions[key].starts):
            return False
        if not isinstance(key, int) and not set(held.needs) <= {s.need for s in sessions[key].seats if s.slot == held.slot}:
            return False
    return rota.duty <= m.duty.keys()


def of_checker(checked: Checked) -> Terms:
    return {(term.rule, term.kind): term.amount for term in checked.terms if term.amount}


def of_judge(judged: Judged) -> Terms:
    found = Counter[tuple[str, str]]()
    for fault in judged.faults:
        found[fault.rule, judged.facts.rule(fault.rule, fault.kind).kind] += fault.amount
    return dict(found)


def places_of_checker(checked: Checked) -> list[tuple[str | int, ...]]:
    return sorted((b.rule, b.staff, b.session, b.item, b.date, b.start, b.amount) for b in checked.bent)


def places_of_judge(judged: Judged) -> list[tuple[str | int, ...]]:
    return sorted((f.rule, f.staff, f.session, f.item, f.date, f.start, f.amount) for f in judged.faults)


def errors(data: RotaInput, answer: RotaAnswer) -> list[str]:
    """Findings of the checker, in words."""
    return [str(finding) for finding in check(data, answer).findings]
