"""What a session's giver, time and company cost: pairs, locks, continuity, fair shares and wishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ortools.sat.python import cp_model

from models.rivals.intervals.model import domain
from models.rivals.intervals.people import given
from models.rivals.intervals.sessions import slot_of
from models.rota.facts import runs
from models.rota.model import PEERS
from models.rota.wishes import last_giver, last_of, locked_slots, odd_hours, spoken_of, unwished, was_in
from optimiser.rota.data import minutes_of
from optimiser.rota.week import HALF_HOUR, week_days

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from models.rivals.intervals.model import Literal, Model, Session
    from optimiser.rota.data import Lock, RuleId


def individual(m: Model) -> Iterable[tuple[Session, str]]:
    """Individual sessions of kinds given by a supervisor, and whom they are for."""
    return ((s, m.facts.needs[n].staff) for n, s in m.individual.items() if m.facts.given(s.kind))


# --- pairs ------------------------------------------------------------------------------------------------------------


def _unwanted_givers(m: Model, rule: RuleId, unwanted: Callable[[str, str], Iterable[str]]) -> None:
    """Count everyone who receives a session, alone or in a group, from one of the givers that are unwanted for them and its kind."""
    for session in m.sessions:
        if not m.facts.given(session.kind) or not m.on(rule, session.kind):
            continue
        attending = {n: None for n in [session.need] if n is not None} | session.members
        for n, literal in attending.items():
            for giver in unwanted(m.facts.needs[n].staff, session.kind):
                led = session.by.get(giver)
                if led is not None:
                    m.bend(rule, 1, led if literal is None else both(m, literal, led), session.kind)


def both(m: Model, one: Literal, other: Literal) -> Literal:
    """Literal that must be true where both are."""
    found = m.literal("both")
    m.cp.add_bool_or([one.negated(), other.negated(), found])
    return found


def p1_line_manager(m: Model) -> None:
    """Count people whose clinical supervisor is their line manager."""
    manager = {p.staff: p.line_manager for p in m.facts.data.staff}
    _unwanted_givers(m, "P1", lambda person, kind: [manager[person]] if m.facts.kind[kind].clinical else [])


def p2_never_paired(m: Model) -> None:
    """Count people supervised by somebody they must never be paired with."""
    _unwanted_givers(m, "P2", lambda person, kind: sorted(m.facts.paired(person, kind, "never")))


def _named(m: Model, rule: RuleId, strength: str) -> None:
    for session, person in individual(m):
        wanted = m.facts.paired(person, session.kind, strength)
        if m.on(rule) and wanted:
            for giver, literal in session.by.items():
                if giver not in wanted:
                    m.bend(rule, 1, literal)


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
    """Count one session; a literal says that it is held just so."""
    places = {v: locked_slots(m.facts, session.slots_of(v), lock) if lock.supervisor in ("", v) else 0 for v in session.by}
    if lock.strength == "never":
        bent = m.literal(f"{rule} {lock.lock} {session.name}")
        at(m, session, {v: session.slots_of(v) & ~slots for v, slots in places.items()}, [session.held, bent.negated()])
    else:
        bent = m.literal(f"{rule} {lock.lock} {session.name}")
        at(m, session, places, [session.held, bent.negated()])
    m.bend(rule, 1, bent)


def at(m: Model, session: Session, places: dict[str, int], literals: list[Literal]) -> None:
    """Where the literals are true, the session begins at one of these slots of its giver."""
    if session.place is None:
        m.cp.add_linear_expression_in_domain(slot_of(m, session), domain(places[PEERS])).only_enforce_if(literals)
    else:
        found = [[m.lane(v) + a, m.lane(v) + b] for v, slots in places.items() for a, b in runs(slots)]
        m.cp.add_linear_expression_in_domain(session.place, cp_model.Domain.from_intervals(found)).only_enforce_if(literals)


def _membership_locked(m: Model, rule: RuleId, lock: Lock) -> None:
    kind = m.facts.group[lock.group].kind
    if lock.kind not in ("", kind):
        return
    for n, need in enumerate(m.facts.needs):
        if need.staff != lock.staff or need.kind != kind or need.form not in ("group", "either"):
            continue
        for session in m.groups.values():
            if n in session.members and (session.name == lock.group) == (lock.strength == "never"):
                m.bend(rule, 1, session.members[n])
        if n in m.individual and lock.strength != "never":
            m.bend(rule, 1, m.individual[n].held)


def l1_must(m: Model) -> None:
    """Count what is held otherwise than a must lock says."""
    _locked(m, "L1", "must")


def l2_never(m: Model) -> None:
    """Count what is held just as a never lock says."""
    _locked(m, "L2", "never")


def l3_prefer(m: Model) -> None:
    """Count what is held otherwise than a prefer lock says."""
    _locked(m, "L3", "prefer")


# --- continuity -------------------------------------------------------------------------------------------------------


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
            for giver, literal in session.by.items():
                if giver != row.supervisor:
                    m.bend("K1", 1, literal, session.kind)
    groups = was_in(m.facts)
    for session in m.groups.values():
        for n, literal in session.members.items():
            before = groups.get((m.facts.needs[n].staff, session.kind))
            if m.on("K1", session.kind) and before and session.name not in before:
                m.bend("K1", 1, literal, session.kind)


def k2_keep_times(m: Model) -> None:
    """Count sessions at another weekday or time than last."""
    days = {weekday: day for day, weekday in week_days(m.facts.data).items()}
    last = last_of(m.facts)
    for session in m.sessions:
        row = last.get(_whose(m, session))
        if m.on("K2", session.kind) and row is not None:
            day = days[row.weekday]
            slot = 1 << m.facts.slot(day, minutes_of(row.start)) if day in m.facts.days else 0
            moved = m.literal(f"moved {session.name}")
            at(m, session, {v: session.slots_of(v) & slot for v in session.by}, [session.held, moved.negated()])
            m.bend("K2", 1, moved, session.kind)


# --- fairness ---------------------------------------------------------------------------------------------------------


STEPS = 8
"""Steps above a fair share that have a literal of their own; further ones, which good rotas do not take, are counted by a square."""


def ladder(m: Model, rule: RuleId, total: Any, fair: int, step: int, most: int, name: str) -> None:
    """Count steps above a fair share: the first costs 1, the second 2, and so on, so that the heaviest loaded come first."""
    above = -(-max(0, most - fair) // step)
    steps: list[Any] = [m.literal(f"{rule} {name} {k + 1}") for k in range(min(above, STEPS))]
    for k, literal in enumerate(steps):
        m.bend(rule, k + 1, literal)
    if above > STEPS:
        rest = m.cp.new_int_var(0, above - STEPS, f"{rule} {name} further")
        cost = m.cp.new_int_var(0, (above - STEPS) * (above - STEPS + 1) // 2, f"{rule} {name} further cost")
        square = m.cp.new_int_var(0, (above - STEPS) ** 2, f"{rule} {name} further square")
        m.cp.add_multiplication_equality(square, [rest, rest])
        m.cp.add(2 * cost >= square + rest)
        m.bend(rule, STEPS, rest)
        m.bend(rule, 1, cost)
        steps.append(rest)
    if steps:
        m.cp.add(total <= fair + step * sum(steps))


def f1_fair_load(m: Model) -> None:
    """Count half-hours of supervision beyond a fair share."""
    if m.on("F1"):
        for v, fair in m.facts.fair.items():
            total = given(m, v)
            ladder(m, "F1", sum(minutes * literal for minutes, literal in total), fair, HALF_HOUR, sum(minutes for minutes, _ in total), v)


# --- wishes -----------------------------------------------------------------------------------------------------------


def _against_marks(m: Model, rule: RuleId) -> None:
    """Count everyone in a session, giving or receiving, against whose marks it is."""
    if not m.on(rule):
        return
    for session in m.sessions:
        own = unwished(m.facts, m.facts.needs[session.need].staff, session.length, rule) if session.need is not None else 0
        against = {v: unwished(m.facts, v, session.length, rule) if v else 0 for v in session.by}
        for least in (1, 2):  # how many of the two, giver and receiver, it is against
            slots = {v: session.slots_of(v) & ((own & theirs) if least == 2 else (own | theirs)) for v, theirs in against.items()}
            if any(slots.values()):
                bent = m.literal(f"{rule} {session.name} {least}")
                at(m, session, {v: session.slots_of(v) & ~slots[v] for v in session.by}, [session.held, bent.negated()])
                m.bend(rule, 1, bent)
        for n, literal in session.members.items():
            against_person = session.slots & unwished(m.facts, m.facts.needs[n].staff, session.length, rule)
            if against_person:
                bent = m.literal(f"{rule} {session.name} {m.facts.needs[n].staff}")
                m.cp.add_linear_expression_in_domain(slot_of(m, session), domain(session.slots & ~against_person)).only_enforce_if(
                    [literal, bent.negated()]
                )
                m.bend(rule, 1, bent)


def w1_avoid(m: Model) -> None:
    """Count people in sessions that touch a half-hour they marked A."""
    _against_marks(m, "W1")


def w2_prefer(m: Model) -> None:
    """Count people in sessions that are not wholly within half-hours they marked P, if they marked any."""
    _against_marks(m, "W2")


def w3_compact(m: Model) -> None:
    """Count the days beyond one on which a supervisor gives sessions."""
    if not m.on("W3"):
        return
    free = []
    given_sessions = [s for s in m.sessions if s.place is not None and m.facts.given(s.kind)]
    for v in m.facts.pool:
        used = []
        for day in m.facts.days:
            if any(s.slots_of(v) & m.facts.day_span(day) for s in given_sessions if v in s.by):
                literal = m.literal(f"{v} gives on {day}")
                start = m.lane(v) + m.facts.slot(day, 0)
                free.append(m.cp.new_optional_fixed_size_interval_var(start, m.facts.day_slots, literal.negated(), f"{v} free on {day}"))
                used.append(literal)
        beyond = [m.literal(f"W3 {v} {k}") for k in range(1, len(used))]
        if beyond:
            m.cp.add(sum(used) <= 1 + sum(beyond))
            for literal in beyond:
                m.bend("W3", 1, literal)
    if free:
        m.cp.add_no_overlap(free + [m.cp.new_optional_fixed_size_interval_var(s.place, s.length, s.held, s.name) for s in given_sessions])


def w4_early_and_late(m: Model) -> None:
    """Count people in early and late sessions, the more the more of them they had of late."""
    if not m.on("W4"):
        return
    had = m.facts.of_late
    for session in m.sessions:
        odd = odd_hours(m.facts, session.length)
        own = 1 + had.get(m.facts.needs[session.need].staff, 0) if session.need is not None else 0
        for v in session.by if session.slots & odd else ():
            bent = m.literal(f"W4 {session.name} {v}")
            at(m, session, {u: session.slots_of(u) & ~(odd if u == v else 0) for u in session.by}, [session.held, bent.negated()])
            m.bend("W4", own + (1 + had.get(v, 0) if v else 0), bent)
        for n, literal in session.members.items() if session.slots & odd else ():
            bent = m.literal(f"W4 {session.name} {m.facts.needs[n].staff}")
            m.cp.add_linear_expression_in_domain(slot_of(m, session), domain(session.slots & ~odd)).only_enforce_if([literal, bent.negated()])
            m.bend("W4", 1 + had.get(m.facts.needs[n].staff, 0), bent)
