"""What sessions there are, on one timeline: a place for each, which says who gives it and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ortools.sat.python import cp_model

from models.rivals.intervals.model import Session, domain
from models.rota.facts import runs, union
from models.rota.model import PEERS
from models.rota.sessions import credited, least, most, overlong, possible, weeks_owed

if TYPE_CHECKING:
    from models.rivals.intervals.model import Model
    from models.rota.model import Key


def declare(m: Model) -> None:
    """Declare a session for every need and group that can be held at all, where it stands on the timeline, and who gives it."""
    everything = possible(m.facts)
    for n, starts in everything.individual.items():
        need = m.facts.needs[n]
        m.individual[n] = _session(m, n, f"{need.staff} {need.kind}", need.kind, need.minutes, starts)
        m.individual[n].need = n
    for name, starts in everything.groups.items():
        group = m.facts.group[name]
        session = m.groups[name] = _session(m, name, name, group.kind, group.minutes, starts)
        session.group, session.could = group, everything.members[name]
    m.sessions = [*m.individual.values(), *m.groups.values()]


def _session(m: Model, key: Key, name: str, kind: str, minutes: int, starts: dict[str, dict[str, int]]) -> Session:
    held = m.literal(f"held {name}")
    session = Session(key, name, kind, minutes, m.facts.length(minutes), starts, held, {})
    if PEERS in starts:
        session.by[PEERS] = held
    else:
        places = []
        for giver in starts:
            session.by[giver] = held if len(starts) == 1 else m.literal(f"{name} by {giver}")
            places += [[m.lane(giver) + a, m.lane(giver) + b] for a, b in runs(session.slots_of(giver))]
        session.place = m.cp.new_int_var_from_domain(cp_model.Domain.from_intervals(places), f"place {name}")
        if len(starts) > 1:
            m.cp.add_exactly_one([*session.by.values(), held.negated()])
            for giver, literal in session.by.items():
                lane = m.lane(giver)
                m.cp.add_linear_constraint(session.place, lane, lane + m.facts.slots - 1).only_enforce_if(literal)
    return session


def slot_of(m: Model, session: Session) -> Any:
    """Slot of the week at which a session begins: its place less the lane of whoever gives it. Means nothing where it is not held."""
    if session.slot is None:
        session.slot = m.cp.new_int_var_from_domain(domain(session.slots), f"slot {session.name}")
        if session.place is not None:
            lanes = sum(m.lane(giver) * literal for giver, literal in session.by.items())
            m.cp.add(session.place == session.slot + lanes).only_enforce_if(session.held)
    return session.slot


def sites_of(m: Model, session: Session) -> dict[str, object]:
    """Literals that say at which site a session in a room is; empty where it needs none."""
    sites = list(dict.fromkeys(site for starts in session.starts.values() for site in starts))
    if session.site or sites == [""]:
        return session.site
    for site in sites:
        literal = session.site[site] = session.held if len(sites) == 1 else m.literal(f"{session.name} at {site}")
        if len(sites) > 1 and session.place is not None:
            places = [[m.lane(v) + a, m.lane(v) + b] for v, starts in session.starts.items() if site in starts for a, b in runs(starts[site])]
            m.cp.add_linear_expression_in_domain(session.place, cp_model.Domain.from_intervals(places)).only_enforce_if(literal)
        elif len(sites) > 1:
            m.cp.add_linear_expression_in_domain(slot_of(m, session), domain(session.starts[PEERS][site])).only_enforce_if(literal)
    if len(sites) > 1:
        m.cp.add_exactly_one([*session.site.values(), session.held.negated()])
    return session.site


def s5_sessions_are_needed(m: Model) -> None:
    """Meet a need at most once, individually or in a group; N1 counts those that are not met."""
    for n, need in enumerate(m.facts.needs):
        ways = [m.individual[n].held] if n in m.individual else []
        ways += [session.members[n] for session in m.groups.values() if n in session.members]
        unmet = m.literal(f"unmet {need.staff} {need.kind} {need.form}")
        m.cp.add_exactly_one([*ways, unmet])
        m.unmet[n] = unmet


def n1_needs_met(m: Model) -> None:
    """Count what is not met, the more the longer it is overdue."""
    for n, unmet in m.unmet.items():
        need = m.facts.needs[n]
        if need.form != "owed" and not need.early and m.on("N1", need.kind):
            m.bend("N1", need.amount, unmet, need.kind)


def n2_owed_repaid(m: Model) -> None:
    """Count what is still owed, the more the longer ago it was missed."""
    for n, unmet in m.unmet.items():
        if m.facts.needs[n].form == "owed" and m.on("N2"):
            m.bend("N2", weeks_owed(m.facts, m.facts.needs[n]), unmet)


def n3_no_gap(m: Model) -> None:
    """Count clinical needs that are not met and would then have waited too long."""
    for n, unmet in m.unmet.items():
        if m.on("N3") and overlong(m.facts, m.facts.needs[n]):
            m.bend("N3", 1, unmet)


def n4_brought_forward(m: Model) -> None:
    """Count what is brought forward and not held."""
    for n, unmet in m.unmet.items():
        if m.facts.needs[n].early and m.on("N4"):
            m.bend("N4", 1, unmet)


def s6_groups(m: Model) -> None:
    """Put into a group people who need it and are free while it lasts: at least its least, at most its most."""
    facts = m.facts
    for session in m.groups.values():
        group = session.group
        assert group is not None
        sites = sites_of(m, session)
        for n, starts in session.could.items():
            person = facts.needs[n].staff
            literal = session.members[n] = m.literal(f"{person} in {session.name}")
            m.cp.add_implication(literal, session.held)
            m.cp.add_linear_expression_in_domain(slot_of(m, session), domain(union(starts.values()))).only_enforce_if(literal)
            for site, there in sites.items():
                if len(sites) > 1:
                    m.cp.add_linear_expression_in_domain(slot_of(m, session), domain(starts.get(site, 0))).only_enforce_if([literal, there])
            if person in session.by:
                m.cp.add_implication(literal, session.by[person].negated())
        size = sum(session.members.values())
        m.cp.add(size >= least(facts, group)).only_enforce_if(session.held)
        m.cp.add(size <= most(facts, group))


def s7_group_credit(m: Model) -> None:
    """Keep a group so small that everyone in it earns the minutes they need."""
    for session in m.groups.values():
        assert session.group is not None
        for n, literal in session.members.items():
            people = credited(m.facts, session.group, m.facts.needs[n].minutes)
            if people < most(m.facts, session.group):
                m.cp.add(sum(session.members.values()) <= people).only_enforce_if(literal)
