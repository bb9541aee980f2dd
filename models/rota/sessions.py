"""Chapter "Rules that always hold" of the page, as far as they say what sessions there are: who gives, for whom, in which group."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from models.rota.facts import Possible, bits
from models.rota.hours import s2_working_time, together
from models.rota.model import PEERS, Seat, Session, Start

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.rota.facts import Facts
    from models.rota.model import Key, Model
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
        and need.form in ("group", "either")
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


# --- columns ----------------------------------------------------------------------------------------------------------


def declare(m: Model) -> None:
    """Declare a session for every need and group that can be held at all, with its starts, who gives it, and the seats in groups."""
    facts = m.facts
    everything = possible(facts)
    for n, starts in everything.individual.items():
        need = facts.needs[n]
        name = f"{need.staff} {need.kind}{' owed' if need.form == 'owed' else ''}"
        m.individual[n] = _session(m, n, name, need.kind, need.minutes, starts)
        m.individual[n].need = n
    for name, starts in everything.groups.items():
        group = facts.group[name]
        session = m.groups[name] = _session(m, name, name, group.kind, group.minutes, starts)
        session.group = group
        for n, by_site in everything.members[name].items():
            places = [(slot, site) for site, slots in by_site.items() for slot in bits(slots)]
            session.seats += [Seat(column, n, *place) for column, place in zip(m.program.columns(len(places)), places, strict=True)]
        for seat in session.seats:
            session.place(seat.slot, seat.site).seats.append(seat)
    m.sessions = [*m.individual.values(), *m.groups.values()]


def _session(m: Model, key: Key, name: str, kind: str, minutes: int, starts: Mapping[str, Mapping[str, int]]) -> Session:
    """Session with a column for each giver, slot and site, and one for each giver that sums them up."""
    places = [(giver, slot, site) for giver, by_site in starts.items() for site, slots in by_site.items() for slot in bits(slots)]
    found = [Start(column, *place) for column, place in zip(m.program.columns(len(places)), places, strict=True)]
    by = {giver: m.program.column() for giver in starts}
    # Every giver has starts, one after the other: those who have none are in no session that is possible.
    for giver, own in groupby(found, key=lambda start: start.giver):
        m.program.total([start.column for start in own], by[giver])
    return Session(key, name, kind, minutes, m.facts.length(minutes), found, by)


# --- rules ------------------------------------------------------------------------------------------------------------


def s5_sessions_are_needed(m: Model) -> None:
    """Meet a need at most once, individually or in a group; N1 counts those that are not met."""
    ways: dict[int, list[int]] = {n: [*m.individual[n].by.values()] if n in m.individual else [] for n in range(len(m.facts.needs))}
    for session in m.groups.values():
        for n, column in session.member.items():
            ways[n].append(column)
    for n, columns in ways.items():
        m.unmet[n] = m.program.column()
        m.program.row(1, 1, [*columns, m.unmet[n]])


def n1_needs_met(m: Model) -> None:
    """Count what is not met, the more the longer it is overdue."""
    for n, unmet in m.unmet.items():
        need = m.facts.needs[n]
        if need.form != "owed" and not need.early and m.on("N1", need.kind):
            m.bend("N1", need.amount, unmet, need.kind)


def weeks_owed(facts: Facts, need: Due) -> int:
    """How much a session that is owed counts while it is not held (N2)."""
    return max(1, min(need.since or 1, facts.number("N2") or 0))


def n2_owed_repaid(m: Model) -> None:
    """Count what is still owed, the more the longer ago it was missed."""
    for n, unmet in m.unmet.items():
        if m.facts.needs[n].form == "owed" and m.on("N2"):
            m.bend("N2", weeks_owed(m.facts, m.facts.needs[n]), unmet)


def overlong(facts: Facts, need: Due) -> bool:
    """Whether somebody who does not have this need met goes without clinical supervision for too long (N3)."""
    clinical = facts.kind[need.kind].clinical and facts.given(need.kind) and need.form != "owed" and not need.early
    return clinical and need.since is not None and need.since >= (facts.number("N3") or 0)


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
    """Hold a group at most once, with people who need it and are free while it lasts: at least its least, at most its most."""
    for session in m.groups.values():
        group = session.group
        assert group is not None
        m.program.at_most(1, [*session.by.values()])
        fewest, largest = least(m.facts, group), most(m.facts, group)
        for place in session.places:
            columns, taken = [start.column for start in place.starts], [seat.column for seat in place.seats]
            m.program.at_least(0, [*taken, *columns], [1] * len(taken) + [-fewest] * len(columns))
            m.program.at_most(0, [*taken, *columns], [1] * len(taken) + [-largest] * len(columns))
            for seat in place.seats:
                person = m.facts.needs[seat.need].staff
                m.program.implies_one_of(seat.column, [start.column for start in place.starts if start.giver != person])
        seats_of: dict[int, list[int]] = defaultdict(list)
        for seat in session.seats:
            seats_of[seat.need].append(seat.column)
        for n, taken in seats_of.items():
            session.member[n] = m.program.column()
            m.program.total(taken, session.member[n])


def s7_group_credit(m: Model) -> None:
    """Keep a group so small that everyone in it earns the minutes they need."""
    for session in m.groups.values():
        group = session.group
        assert group is not None
        largest = most(m.facts, group)
        for n, column in session.member.items():
            people = credited(m.facts, group, m.facts.needs[n].minutes)
            if people < largest:
                others = [other for k, other in session.member.items() if k != n]
                m.program.at_most(largest, [column, *others], [1 + largest - people] + [1] * len(others))
