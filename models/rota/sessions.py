"""Chapter "Rules that always hold" of the page, as far as they say what sessions there are: who gives, for whom, in which group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ortools.sat.python import cp_model

from models.rota.facts import Possible, runs, union
from models.rota.hours import s2_working_time, together
from models.rota.model import PEERS, Session, domain

if TYPE_CHECKING:
    from models.rota.facts import Facts
    from models.rota.model import Held, Key, Model
    from optimiser.rota.data import Group
    from optimiser.rota.week import Due


def s4_who_gives(facts: Facts, kind: str, person: str = "") -> tuple[str, ...]:
    """Who may give a kind of supervision to a person (to a group, where the person is blank)."""
    how = facts.kind[kind].given_by
    if how == "peers":
        return (PEERS,)
    if how == "line manager":
        manager = facts.person[person].line_manager if person else ""
        return (manager,) if manager and manager != person else ()
    return tuple(v for v in facts.competent[kind] if v != person)


def individual_starts(facts: Facts, need: Due) -> dict[str, dict[str, int]]:
    """Starts of a need's individual session by giver and site; givers with whom there is none are left out."""
    found = {}
    for giver in s4_who_gives(facts, need.kind, need.staff):
        people = (need.staff, giver) if giver else ()
        starts = together(facts, people, facts.kind[need.kind].mode, need.minutes, 2) if people else {}
        if starts:
            found[giver] = starts
    return found


def leaders(facts: Facts, group: Group) -> tuple[str, ...]:
    """Who may lead a group."""
    able = s4_who_gives(facts, group.kind)
    return able if not group.leader else tuple(v for v in able if v == group.leader)


def least(facts: Facts, group: Group) -> int:
    """Fewest people for the group to be held."""
    return facts.kind[group.kind].group_least if group.least is None else group.least


def most(facts: Facts, group: Group) -> int:
    """Most people in the group."""
    return facts.kind[group.kind].group_most if group.most is None else group.most


def credited(facts: Facts, group: Group, minutes: int) -> int:
    """Most people in a group in which everyone earns so many minutes; 0 where nobody can (S7)."""
    if group.minutes < minutes:
        return 0
    return min(most(facts, group), 2 * group.minutes // minutes) if facts.kind[group.kind].shared_credit else most(facts, group)


def candidates(facts: Facts, group: Group) -> list[int]:
    """Needs that could be met in a group, the hours of those people apart."""
    listed = {(row.staff, row.group) for row in facts.data.group_members}
    elsewhere = {row.staff for row in facts.data.group_members if facts.group[row.group].kind == group.kind}
    return [
        n
        for n, need in enumerate(facts.needs)
        if need.kind == group.kind
        and need.form != "individual"
        and ((need.staff, group.group) in listed or (group.open and need.staff not in elsewhere))
        and credited(facts, group, need.minutes) >= least(facts, group)
    ]


def group_starts(facts: Facts, group: Group) -> dict[str, dict[str, int]]:
    """Starts of a group by leader and site; leaders that have none are left out."""
    mode = facts.kind[group.kind].mode
    found = {}
    for leader in leaders(facts, group):
        people = 1 if leader == PEERS else 2
        starts = together(facts, (leader,) if leader else (), mode, group.minutes, people + least(facts, group) - 1)
        if starts:
            found[leader] = starts
    return found


def could_attend(facts: Facts, group: Group, starts: dict[str, dict[str, int]]) -> dict[int, dict[str, int]]:
    """Needs that could be met in a group, each with the starts at which the person is free, by site; the leader's own left out."""
    found = {}
    for n in candidates(facts, group):
        person = facts.needs[n].staff
        joint: dict[str, int] = {}
        for leader, by_site in starts.items():
            if leader != person:
                for site, there in by_site.items():
                    joint[site] = joint.get(site, 0) | there & s2_working_time(facts, person, group.minutes, site or None)
        if any(joint.values()):
            found[n] = {site: there for site, there in joint.items() if there}
    return found


def possible(facts: Facts) -> Possible:
    """Work out, once, every session that may be held."""
    if facts.possible is None:
        individual = {n: individual_starts(facts, need) for n, need in enumerate(facts.needs) if need.form != "group"}
        groups = {group.group: group_starts(facts, group) for group in facts.data.groups}
        members = {name: could_attend(facts, facts.group[name], starts) for name, starts in groups.items()}
        facts.possible = Possible(
            {n: starts for n, starts in individual.items() if starts},
            {name: starts for name, starts in groups.items() if starts and len(members[name]) >= least(facts, facts.group[name])},
            members,
        )
    return facts.possible


# --- variables --------------------------------------------------------------------------------------------------------


def declare(m: Model) -> None:
    """Declare a session for every need and group that has a start, where it stands on the timeline, and who gives it.

    What is not to be decided again (see ``Part``) has only the start, giver and members that it has.
    """
    facts, part = m.facts, m.part
    everything = possible(facts)
    for n, starts in everything.individual.items():
        need = facts.needs[n]
        open_starts = starts if part is None or n in part.needs else _as_held(starts, part.now.sessions.get(n))
        if open_starts:
            session = m.individual[n] = _session(m, n, f"{need.staff} {need.kind}", need.kind, need.minutes, open_starts)
            session.need = n
            if open_starts is not starts:
                m.cp.add(session.held == 1)
    for name, starts in everything.groups.items():
        group = facts.group[name]
        members = everything.members[name]
        open_starts = starts
        if part is not None:
            held = part.now.sessions.get(name)
            now = held.needs if held else ()
            open_starts = starts if name in part.groups else _as_held(starts, held)
            members = {n: there for n, there in members.items() if n in part.needs or n in now}
        if open_starts and len(members) >= least(facts, group):
            session = m.groups[name] = _session(m, name, name, group.kind, group.minutes, open_starts)
            session.group, session.could = group, members
            if open_starts is not starts:
                m.cp.add(session.held == 1)
    m.sessions = [*m.individual.values(), *m.groups.values()]


def _as_held(starts: dict[str, dict[str, int]], held: Held | None) -> dict[str, dict[str, int]]:
    """Starts narrowed to the one at which the session is held; none where it is not."""
    if held is None:
        return {}
    return {held.giver: {site: there & 1 << held.slot for site, there in starts[held.giver].items() if there >> held.slot & 1}}


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


# --- rules ------------------------------------------------------------------------------------------------------------


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
        if m.on("N1", need.kind):
            m.bend("N1", need.amount, unmet, need.kind)


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
            if m.part is not None and n not in m.part.needs:
                m.cp.add(literal == 1)
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
