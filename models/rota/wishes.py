"""Chapters "Pairs", "Locks", "Continuity" and "Wishes" of the page: what a session's giver, time and company cost."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from models.rota.facts import FIRST, touched, union
from models.rota.people import Item, under_way
from optimiser.rota.data import minutes_of
from optimiser.rota.week import Span, early_or_late, met_before, on_day, week_days

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from models.rota.facts import Facts
    from models.rota.model import Model, Session
    from optimiser.rota.data import LastSession, Lock, RuleId
    from optimiser.rota.week import Due


# --- pairs ------------------------------------------------------------------------------------------------------------


def _unwanted_givers(m: Model, rule: RuleId, unwanted: Callable[[str, str], Iterable[str]]) -> None:
    """Count everyone who receives a session, alone or in a group, from one of the givers that are unwanted for them and its kind."""
    for session in m.sessions:
        if not m.facts.given(session.kind) or not m.on(rule, session.kind):
            continue
        if session.need is not None:
            for giver in unwanted(m.facts.needs[session.need].staff, session.kind):
                if giver in session.by:
                    m.bend(rule, 1, session.by[giver], session.kind)
        for n, member in session.member.items():
            for giver in unwanted(m.facts.needs[n].staff, session.kind):
                if len(session.by) == 1 and giver in session.by:
                    m.bend(rule, 1, member, session.kind)
                elif giver in session.by:
                    m.bend(rule, 1, _led_by(m, session, n, giver), session.kind)


def _led_by(m: Model, session: Session, n: int, giver: str) -> int:
    """Column that is 1 where a need is met in a group led by somebody."""
    column = m.program.column()
    m.program.at_most(1, [session.member[n], session.by[giver], column], [1, 1, -1])
    return column


def p1_line_manager(m: Model) -> None:
    """Count people whose clinical supervisor is their line manager."""
    manager = {p.staff: p.line_manager for p in m.facts.data.staff}
    _unwanted_givers(m, "P1", lambda person, kind: [manager[person]] if m.facts.kind[kind].clinical else [])


def p2_never_paired(m: Model) -> None:
    """Count people supervised by somebody they must never be paired with."""
    _unwanted_givers(m, "P2", lambda person, kind: sorted(m.facts.paired(person, kind, "never")))


def _named(m: Model, rule: RuleId, strength: str) -> None:
    for n, session in m.individual.items():
        wanted = m.facts.paired(m.facts.needs[n].staff, session.kind, strength) if m.facts.given(session.kind) else ()
        if m.on(rule) and wanted:
            for giver, column in session.by.items():
                if giver not in wanted:
                    m.bend(rule, 1, column)


def p3_named_supervisor(m: Model) -> None:
    """Count individual sessions without the supervisor the person must have."""
    _named(m, "P3", "must")


def p4_preferred_supervisor(m: Model) -> None:
    """Count individual sessions without a supervisor the person prefers."""
    _named(m, "P4", "prefer")


# --- locks ------------------------------------------------------------------------------------------------------------


def _locked(m: Model, rule: RuleId, strength: str) -> None:
    """Count the sessions a lock speaks of that are held otherwise than it says (never: just so)."""
    if not m.on(rule):
        return
    for lock in m.facts.data.locks:
        if lock.strength != strength:
            continue
        if lock.staff and lock.group:
            _membership_locked(m, rule, lock)
        elif lock.staff:
            for n, session in m.individual.items():
                if spoken_of(lock, m.facts.needs[n]):
                    _so(m, rule, session, lock)
        elif lock.group in m.groups and lock.kind in ("", m.groups[lock.group].kind):
            _so(m, rule, m.groups[lock.group], lock)


def _so(m: Model, rule: RuleId, session: Session, lock: Lock) -> None:
    """Count one session where it is held otherwise than the lock says (never: just so)."""
    for start in session.starts:
        so = lock.supervisor in ("", start.giver) and bool(locked_slots(m.facts, 1 << start.slot, lock))
        if so == (lock.strength == "never"):
            m.bend(rule, 1, start.column)


def spoken_of(lock: Lock, need: Due) -> bool:
    """Whether a lock on somebody's own sessions speaks of that of a need."""
    return need.staff == lock.staff and lock.kind in ("", need.kind) and lock.owed == (need.form == "owed")


def locked_slots(facts: Facts, slots: int, lock: Lock) -> int:
    """Those of the slots at which a session is on the day and at the time of a lock."""
    days = union(facts.day_span(day) for day in facts.days if on_day(day, lock.day))
    if lock.start:
        days &= union(1 << facts.slot(day, minutes_of(lock.start)) for day in facts.days)
    return slots & days


def _membership_locked(m: Model, rule: RuleId, lock: Lock) -> None:
    kind = m.facts.group[lock.group].kind
    if lock.kind not in ("", kind):
        return
    for n, need in enumerate(m.facts.needs):
        if need.staff != lock.staff or need.kind != kind or need.form not in ("group", "either"):
            continue
        for session in m.groups.values():
            if n in session.member and (session.name == lock.group) == (lock.strength == "never"):
                m.bend(rule, 1, session.member[n])
        if n in m.individual and lock.strength != "never":
            for column in m.individual[n].by.values():
                m.bend(rule, 1, column)


def l1_must(m: Model) -> None:
    """Count what is held otherwise than a must lock says, and what was met on days that are past and is not met."""
    _locked(m, "L1", "must")
    past = met_before(m.facts.data, m.facts.needs) if m.on("L1") else ()
    for n, need in enumerate(m.facts.needs):
        if need in past:
            m.bend("L1", 1, m.unmet[n])


def l2_never(m: Model) -> None:
    """Count what is held just as a never lock says."""
    _locked(m, "L2", "never")


def l3_prefer(m: Model) -> None:
    """Count what is held otherwise than a prefer lock says."""
    _locked(m, "L3", "prefer")


# --- continuity -------------------------------------------------------------------------------------------------------


def last_of(facts: Facts) -> dict[tuple[str, str, bool], LastSession]:
    """Sessions as last held: individual ones by (person, kind, whether it was owed), groups' by (group, kind, False)."""
    found = {(row.staff, row.kind, row.owed): row for row in facts.data.last_rota if row.staff and not row.group}
    return found | {(row.group, row.kind, False): row for row in facts.data.last_rota if row.group and not row.staff}


def last_giver(last: Mapping[tuple[str, str, bool], LastSession], who: str, kind: str, owed: bool) -> LastSession | None:
    """Session with whose giver one is to be kept: what is owed is given by whoever gave it before, else by the person's own supervisor."""
    return last.get((who, kind, owed)) or last.get((who, kind, False))


def was_in(facts: Facts) -> dict[tuple[str, str], frozenset[str]]:
    """Groups a person was in, by (person, kind)."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for row in facts.data.last_rota:
        if row.staff and row.group:
            found[row.staff, row.kind] = found.get((row.staff, row.kind), frozenset()) | {row.group}
    return found


def _whose(m: Model, session: Session) -> tuple[str, str, bool]:
    """Key of a session in Last rota: the person or group, the kind, and whether it is owed."""
    if session.group is not None:
        return session.group.group, session.kind, False
    need = m.facts.needs[session.need or 0]
    return need.staff, session.kind, need.form == "owed"


def k1_keep_pairs(m: Model) -> None:
    """Count sessions with another giver than last, and people in another group than last."""
    last = last_of(m.facts)
    for session in m.sessions:
        row = last_giver(last, *_whose(m, session))
        if m.on("K1", session.kind) and row is not None:
            for giver, column in session.by.items():
                if giver != row.supervisor:
                    m.bend("K1", 1, column, session.kind)
    groups = was_in(m.facts)
    for session in m.groups.values():
        for n, column in session.member.items():
            before = groups.get((m.facts.needs[n].staff, session.kind))
            if m.on("K1", session.kind) and before and session.name not in before:
                m.bend("K1", 1, column, session.kind)


def k2_keep_times(m: Model) -> None:
    """Count sessions at another weekday or time than last."""
    days = {weekday: day for day, weekday in week_days(m.facts.data).items()}
    last = last_of(m.facts)
    for session in m.sessions:
        row = last.get(_whose(m, session))
        if m.on("K2", session.kind) and row is not None:
            kept = m.facts.exact_slot(days[row.weekday], minutes_of(row.start))
            for start in session.starts:
                if start.slot != kept:
                    m.bend("K2", 1, start.column, session.kind)


# --- wishes -----------------------------------------------------------------------------------------------------------


def unwished(facts: Facts, person: str, length: int, rule: RuleId) -> int:
    """Starts at which a session of so many slots would go against a person's marks."""
    key = (person, length, rule)
    if key not in facts.unwished:
        marked = union(facts.span(s.date, span) for s in facts.work[person] for span in (s.avoid if rule == "W1" else s.prefer))
        if rule == "W2" and marked:
            marked = ((1 << facts.slots) - 1) & ~marked
        facts.unwished[key] = touched(marked, length)
    return facts.unwished[key]


def _against_marks(m: Model, rule: RuleId) -> None:
    """Count everyone in a session, giving or receiving, against whose marks it is."""
    if not m.on(rule):
        return
    for session in m.sessions:
        receivers = [m.facts.needs[session.need].staff] if session.need is not None else []
        against = {
            v: [slots for person in (*receivers, v) if person and (slots := unwished(m.facts, person, session.length, rule))] for v in session.by
        }
        for start in session.starts:
            amount = sum(slots >> start.slot & 1 for slots in against[start.giver])
            if amount:
                m.bend(rule, amount, start.column)
        for seat in session.seats:
            if unwished(m.facts, m.facts.needs[seat.need].staff, session.length, rule) >> seat.slot & 1:
                m.bend(rule, 1, seat.column)


def w1_avoid(m: Model) -> None:
    """Count people in sessions that touch a half-hour they marked A."""
    _against_marks(m, "W1")


def w2_prefer(m: Model) -> None:
    """Count people in sessions that are not wholly within half-hours they marked P, if they marked any."""
    _against_marks(m, "W2")


def w3_compact(m: Model) -> None:
    """Count the days beyond one on which a supervisor gives sessions.

    A day is used by what is under way at any moment of it, and by any one session whenever on it: either says enough, both bring the
    relaxation closer.
    """
    if not m.on("W3"):
        return
    items: dict[str, list[Item]] = defaultdict(list)
    on_a_day: dict[str, dict[tuple[str, str], list[int]]] = defaultdict(lambda: defaultdict(list))
    for session in m.sessions:
        if m.facts.given(session.kind):
            for start in session.starts:
                items[start.giver].append(Item(start.slot, session.length, start.column))
                on_a_day[start.giver][m.facts.day_and_minute(start.slot)[0], session.name].append(start.column)
    for v in m.facts.pool:
        days = sorted({day for day, _ in on_a_day[v]})
        used = dict(zip(days, m.program.columns(len(days)), strict=True))
        for slot, columns in under_way(items.get(v, ())):
            m.program.implied_by_any(columns, used[m.facts.day_and_minute(slot)[0]])
        for (day, _), columns in on_a_day[v].items():
            if len(columns) > 1:
                m.program.implied_by_any(columns, used[day])
        if len(used) > 1:
            beyond = m.program.column(len(used) - 1)
            m.program.at_most(1, [*used.values(), beyond], [1] * len(used) + [-1])
            m.bend("W3", 1, beyond)


def odd_hours(facts: Facts, length: int) -> int:
    """Starts at which a session of so many slots is early or late (W4)."""
    if length not in facts.odd:
        starts = (1 << facts.slot(day, FIRST) + n for day in facts.days for n in range(facts.day_slots) if _odd(facts, n, length))
        facts.odd[length] = union(starts)
    return facts.odd[length]


def _odd(facts: Facts, n: int, length: int) -> bool:
    start = FIRST + n * facts.unit
    return early_or_late(facts.data, Span(start, start + length * facts.unit))


def w4_early_and_late(m: Model) -> None:
    """Count people in early and late sessions, the more the more of them they had of late."""
    if not m.on("W4"):
        return
    had = m.facts.of_late
    for session in m.sessions:
        odd = odd_hours(m.facts, session.length)
        own = [m.facts.needs[session.need].staff] if session.need is not None else []
        for start in session.starts if odd else ():
            if odd >> start.slot & 1:
                m.bend("W4", sum(1 + had.get(person, 0) for person in (*own, start.giver) if person), start.column)
        for seat in session.seats if odd else ():
            if odd >> seat.slot & 1:
                m.bend("W4", 1 + had.get(m.facts.needs[seat.need].staff, 0), seat.column)
