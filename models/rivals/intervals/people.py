"""One place at a time, caps, lunch, breaks, travel, and fair shares."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

from models.rivals.intervals.model import domain
from models.rivals.intervals.sessions import slot_of
from models.rota.facts import bits
from models.rota.model import PEERS
from optimiser.rota.week import HALF_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.rivals.intervals.model import Literal, Model, Session
    from optimiser.rota.data import RuleId


MANY = 20_000
"""Members times leaders of all groups beyond which who is seen in them is not written out for every supervisor (C1, C2)."""


def declare(m: Model) -> None:
    """Say who has a lane on the single timeline: whoever may give a session, or take duty. Everyone else has a small one of their own."""
    givers = {v for session in m.sessions for v in session.by if v != PEERS}
    if m.facts.turns:
        givers |= {p.staff for p in m.facts.data.staff if p.experienced}
    m.givers = frozenset(givers)
    asked = Counter(need.staff for need in m.facts.needs)
    m.exact = sum(len(session.members) * len(session.by) for session in m.groups.values()) <= MANY
    m.crowded = m.givers | {i for i, needs in asked.items() if needs > 1} | {person for _, person, _ in m.guarded} | _at_risk(m)


def s1_one_place_at_a_time(m: Model) -> None:
    """Let no two sessions that a person gives or receives overlap. Duty and lunch are put on the same timelines by S8 and B1."""
    facts = m.facts
    for session in m.sessions:
        if session.place is not None:
            m.timeline.append(m.cp.new_optional_fixed_size_interval_var(session.place, session.length, session.held, session.name))
        attending = {n: literal for n, literal in session.members.items()}
        if session.need is not None:
            attending[session.need] = session.held
        for n, literal in attending.items():
            if facts.needs[n].staff in m.crowded:
                m.occupy(facts.needs[n].staff, slot_of(m, session), session.length, literal, f"{session.name} {facts.needs[n].staff}")


def no_overlap(m: Model) -> None:
    """Post the timelines, once everything stands on them: sessions with duty and lunch, and sessions with breaks."""
    for others in (m.other, m.breaks):
        if others is m.breaks and not others:
            continue
        m.cp.add_no_overlap(m.timeline + [interval for person, intervals in others.items() if person in m.givers for interval in intervals])
        for person, intervals in m.own.items():
            if len(intervals + others[person]) > 1:
                m.cp.add_no_overlap(intervals + others[person])


# --- caps -------------------------------------------------------------------------------------------------------------


def _limit(own: float | None, rule: int | None) -> float | None:
    return own if own is not None else rule


def seen(m: Model, supervisor: str) -> dict[str, Literal]:
    """Literal for every person a supervisor may see, true where the supervisor does; worked out once.

    In a large model, groups that several people could lead are counted only for the supervisors that are watched.
    """
    if supervisor in m.seen:
        return m.seen[supervisor]
    ways: dict[str, list[list[Literal]]] = defaultdict(list)
    for session in m.sessions:
        if supervisor in session.by and m.facts.given(session.kind):
            led = session.by[supervisor]
            if session.need is not None:
                ways[m.facts.needs[session.need].staff].append([led])
            if len(session.by) == 1 or m.exact or ("C1", supervisor, "") in m.guarded:
                for n, literal in session.members.items():
                    ways[m.facts.needs[n].staff].append([led, literal] if len(session.by) > 1 else [literal])
    found = m.seen[supervisor] = {}
    for person, chains in ways.items():
        if len(chains) == 1 and len(chains[0]) == 1:
            found[person] = chains[0][0]
        else:
            literal = found[person] = m.literal(f"{supervisor} sees {person}")
            for chain in chains:
                m.cp.add_bool_or([literal, *(part.negated() for part in chain)])
    return found


def _most_seen(m: Model, rule: RuleId, supervisor: str, most: float | None, trainees: bool) -> None:
    people = [literal for i, literal in seen(m, supervisor).items() if not trainees or m.facts.person[i].trainee] if most is not None else []
    if most is not None and len(people) > most:
        above = m.cp.new_int_var(0, len(people) - int(most), f"{rule} {supervisor}")
        m.cp.add(sum(people) <= int(most) + above)
        m.bend(rule, 1, above)


def c1_most_people(m: Model) -> None:
    """Count the people a supervisor sees beyond their most."""
    if m.on("C1"):
        for v in m.facts.pool:
            _most_seen(m, "C1", v, _limit(m.facts.person[v].most_people, m.facts.number("C1")), trainees=False)


def c2_most_trainees(m: Model) -> None:
    """Count the trainees a supervisor sees beyond their most."""
    if m.on("C2"):
        for v in m.facts.pool:
            _most_seen(m, "C2", v, _limit(m.facts.person[v].most_trainees, m.facts.number("C2")), trainees=True)


def given(m: Model, supervisor: str) -> list[tuple[int, Literal]]:
    """Minutes of each session a supervisor may give (kinds given by a supervisor), and its literal."""
    return [(s.minutes, s.by[supervisor]) for s in m.sessions if supervisor in s.by and m.facts.given(s.kind)]


def c3_most_hours(m: Model) -> None:
    """Count the half-hours a supervisor gives beyond their most hours."""
    if not m.on("C3"):
        return
    for v in m.facts.pool:
        hours = _limit(m.facts.person[v].most_hours, m.facts.number("C3"))
        total = given(m, v)
        if hours is None or sum(minutes for minutes, _ in total) <= 60 * hours:
            continue
        above = m.cp.new_int_var(0, -(-(sum(minutes for minutes, _ in total) - int(60 * hours)) // HALF_HOUR), f"C3 {v}")
        m.cp.add(sum(minutes * literal for minutes, literal in total) <= int(60 * hours) + HALF_HOUR * above)
        m.bend("C3", 1, above)


# --- the working day --------------------------------------------------------------------------------------------------


def _at_risk(m: Model) -> frozenset[str]:
    """People, givers apart, who could be left without a lunch by the one session they are in."""
    ways: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for session in m.sessions:
        people = [m.facts.needs[session.need].staff] if session.need is not None else {m.facts.needs[n].staff for n in session.members}
        for person in people:
            ways[person].append((session.length, session.slots))
    return frozenset(
        person
        for person, _, length, starts in m.facts.lunches
        if any(starts & ~_hindered(start, length, taken) == 0 for taken, slots in ways[person] for start in bits(slots))
    )


def _hindered(start: int, length: int, taken: int) -> int:
    """Starts of a lunch that a session of so many slots takes away."""
    first = max(0, start - length + 1)
    return ((1 << (start + taken - first)) - 1) << first


def b1_lunch(m: Model) -> None:
    """Keep a lunch on the lane of whoever could be left without one, or count it as lost."""
    for person, day, length, starts in m.facts.lunches:
        if person in m.crowded:
            kept = m.literal(f"lunch {person} {day}")
            slot = m.cp.new_int_var_from_domain(domain(starts), f"lunch {person} {day} at")
            m.beside(m.other, person, slot, length, kept, f"lunch {person} {day}")
            m.bend("B1", 1, kept.negated())


def b2_breaks(m: Model) -> None:
    """Set breaks so close that no run of sessions between two of them is too long, or count the day.

    Only for the people and dates that are guarded. Sessions shorter than the limit and breaks alternate: between the start of the day, the
    breaks and the end of the day there are never more than the number's minutes.
    """
    facts = m.facts
    number = facts.number("B2")
    if not m.on("B2") or not number:
        return
    longest, pause = facts.length(number), facts.length(facts.data.settings.break_minutes)
    for person, day in m.watched("B2"):
        there = [s.span for s in facts.work[person] if s.date == day]
        begins, ends = facts.slot(day, there[0].start), facts.slot(day, there[-1].end)
        kept = m.literal(f"breaks {person} {day}")
        m.bend("B2", 1, kept.negated())
        before: Any = begins
        needed = kept
        # Two breaks set as late as may be are further apart than the limit and a break: twice that many are always enough.
        for k in range(2 * -(-(ends - begins) // (longest + pause))):
            taken = m.literal(f"break {k} {person} {day}")
            slot = m.cp.new_int_var(begins, ends, f"break {k} {person} {day} at")
            m.beside(m.breaks, person, slot, pause, taken, f"break {k} {person} {day}")
            m.cp.add_implication(taken, needed)
            m.cp.add(slot >= before).only_enforce_if(taken)
            m.cp.add(slot <= before + longest).only_enforce_if(taken)
            m.cp.add(before >= ends - longest).only_enforce_if([needed, taken.negated()])
            before, needed = slot + pause, taken
        m.cp.add(before >= ends - longest).only_enforce_if(needed)


def t1_travel(m: Model) -> None:
    """Leave time to travel between the last session at one site and the first at another, or count it. Only where it is watched."""
    facts = m.facts
    travel = {frozenset((row.from_site, row.to_site)): row.minutes for row in facts.data.travel}
    for person, day in m.watched("T1"):
        there = [s for s in facts.work[person] if s.date == day]
        for first, second in combinations(there, 2):
            minutes = travel.get(frozenset((first.site, second.site)), 0) if first.site != second.site else 0
            if minutes:
                name = f"travel {person} {day} {second.span.start}"
                kept = m.literal(name)
                m.bend("T1", 1, kept.negated())
                last = m.cp.new_int_var(0, facts.slots, f"{name} last")
                start = m.cp.new_int_var(0, facts.slots, f"{name} first")
                m.cp.add(last + facts.length(minutes) <= start).only_enforce_if(kept)
                for session, literal in _with(m, person):
                    slot = slot_of(m, session)
                    for stretch in (first, second):
                        inside = session.slots & facts.span(day, stretch.span)
                        if inside:
                            here = m.literal(f"{name} {session.name} {stretch.site}")
                            m.cp.add_linear_expression_in_domain(slot, domain(session.slots & ~inside)).only_enforce_if([literal, here.negated()])
                            if stretch is first:
                                m.cp.add(slot + session.length <= last).only_enforce_if(here)
                            else:
                                m.cp.add(slot >= start).only_enforce_if(here)


def _with(m: Model, person: str) -> Iterator[tuple[Session, Literal]]:
    """Sessions that a person may give or receive, each with the literal that says so."""
    for session in m.sessions:
        if person in session.by:
            yield session, session.by[person]
        if session.need is not None and m.facts.needs[session.need].staff == person:
            yield session, session.held
        for n, literal in session.members.items():
            if m.facts.needs[n].staff == person:
                yield session, literal
