"""What sessions there are, who gives them and for whom, and needs that are not met: rules S4 to S7 and N1 to N4."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.rota.check.findings import Place, fault
from optimiser.rota.data import session_id
from optimiser.rota.week import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.result import Finding
    from optimiser.rota.check.records import Key, Rota


def s4_who_gives(rota: Rota) -> Iterator[Finding]:
    """S4: a competent supervisor, the person's own line manager or, among peers, nobody gives a session; nobody supervises themself."""
    competent = {(row.staff, row.kind) for row in rota.data.competences}
    for held in rota.sessions:
        place, giver, kind = held.row.session, held.row.supervisor, held.kind
        if giver in held.people:
            yield fault("S4", place, f"{giver} supervises themself.")
        if kind.given_by == "peers":
            if giver:
                yield fault("S4", place, f"{giver} gives it, and {kind.kind} is given by nobody.")
        elif not giver:
            yield fault("S4", place, "Nobody gives it.")
        elif kind.given_by == "supervisor":
            if (giver, kind.kind) not in competent:
                yield fault("S4", place, f"{giver} gives it and is not competent in {kind.kind}.")
        else:
            for person in held.people:
                if rota.people[person].line_manager != giver:
                    yield fault("S4", place, f"{giver} gives it and is not the line manager of {person}.")


def s5_sessions_are_needed(rota: Rota) -> Iterator[Finding]:
    """S5: an individual session is for one due need of its kind and exactly its minutes, and a need is met at most once."""
    for held in rota.sessions:
        if held.row.form == "group":
            continue
        place, kind, owed = held.row.session, held.kind.kind, held.row.form == "owed"
        if len(held.people) != 1:
            yield fault("S5", place, f"An individual session has one person, this has {len(held.people)}.", abs(len(held.people) - 1))
            continue
        person = held.people[0]
        if held.row.session != session_id(person, kind, rota.data.settings.week_commencing, owed=owed):
            yield fault("ANSWER", f"Result sessions ({place})", "The id of a session is who, kind and week.")
        need = rota.need.get((person, kind, held.row.form))
        if need is None:
            what = f"is owed no session of {kind}" if owed else f"has no need of {kind} this week that may be met individually"
            yield fault("S5", place, f"{person} {what}.")
        elif held.row.minutes != need.minutes:
            what = f"It lasts {held.row.minutes} minutes, {person} needs {need.minutes}."
            yield fault("S5", place, what, abs(held.row.minutes - need.minutes))
    for need, times in rota.met.items():
        if times > 1:
            yield fault("S5", f"{need.staff}, {need.kind}", f"The need is met {times} times.", times - 1)


def s6_groups(rota: Rota) -> Iterator[Finding]:
    """S6: a group has its own minutes and leader, as many people as it may, all of them with a need of it, and none that belong elsewhere."""
    listed: dict[Key, set[str]] = defaultdict(set)
    for member in rota.data.group_members:
        listed[member.staff, rota.groups[member.group].kind].add(member.group)
    for held in rota.sessions:
        if held.row.form != "group":
            continue
        place, group, kind = held.row.session, rota.groups[held.row.group], held.kind
        if held.row.minutes != group.minutes:
            yield fault("S6", place, f"It lasts {held.row.minutes} minutes, the group {group.minutes}.", abs(held.row.minutes - group.minutes))
        if group.leader and held.row.supervisor != group.leader:
            yield fault("S6", place, f"{held.row.supervisor or 'Nobody'} leads it, its leader is {group.leader}.")
        least, most = group.least or kind.group_least, group.most or kind.group_most
        size = len(held.people)
        if size < least:
            yield fault("S6", place, f"{size} attend, at least {least} must.", least - size)
        if size > most:
            yield fault("S6", place, f"{size} attend, at most {most} may.", size - most)
        for person in held.people:
            groups = listed.get((person, kind.kind), set())
            if (person, kind.kind, "group") not in rota.need:
                yield fault("S6", place, f"{person} has no need of {kind.kind} this week that may be met in a group.")
            elif groups and group.group not in groups:
                yield fault("S6", place, f"{person} belongs to {', '.join(sorted(groups))}, not to {group.group}.")
            elif not groups and not group.open:
                yield fault("S6", place, f"{person} is not listed in {group.group}, which is not open.")


def s7_group_credit(rota: Rota) -> Iterator[Finding]:
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
                yield fault("S7", held.row.session, what, need.minutes - credit)


def n1_needs_met(rota: Rota) -> Iterator[Place]:
    """N1: everyone has the supervision that falls due; an unmet need counts 1 and the weeks it is overdue, three at most."""
    for need in rota.needs:
        if need.form != "owed" and not need.early and not rota.met[need]:
            yield Place("N1", need.amount, need.kind, need.staff, item=f"{need.kind} {need.form}")


def n2_owed_repaid(rota: Rota) -> Iterator[Place]:
    """N2: what was missed is held; a session still owed counts the weeks since it was missed, at most the rule's number."""
    most = number(rota.data, "N2") or 0
    for need in rota.needs:
        if need.form == "owed" and not rota.met[need]:
            yield Place("N2", max(1, min(need.since or 1, most)), staff=need.staff, item=f"{need.kind} owed")


def n3_no_gap(rota: Rota) -> Iterator[Place]:
    """N3: nobody who needs clinical supervision that a supervisor gives goes without it for longer than the rule's number of weeks."""
    most = number(rota.data, "N3") or 0
    kinds = {kind.kind for kind in rota.data.kinds if kind.clinical and kind.given_by == "supervisor"}
    for need in rota.needs:
        if need.form != "owed" and not need.early and need.kind in kinds and need.since is not None and need.since >= most and not rota.met[need]:
            yield Place("N3", staff=need.staff, item=f"{need.kind} {need.form}")


def n4_brought_forward(rota: Rota) -> Iterator[Place]:
    """N4: what is brought forward, and need not be held yet, is held."""
    for need in rota.needs:
        if need.early and not rota.met[need]:
            yield Place("N4", staff=need.staff, item=f"{need.kind} {need.form}")
