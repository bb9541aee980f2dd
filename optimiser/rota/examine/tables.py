"""Records held against each other, table by table in the order of the workbook."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from optimiser.rota.data import DEFAULT_RULES, minutes_of, session_id
from optimiser.rota.examine.findings import error, in_hours, warning
from optimiser.rota.week import Span, asked, clock, number, on_day, rule_for, week_days
from optimiser.words import listing, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optimiser.result import Finding
    from optimiser.rota.data import Need, RoleNeed, RotaInput, Term

BY_KIND = ("N1", "P1", "K1", "K2")
"""Rules that may have rows for a kind."""

USUAL_OVERTIME = 1.1
"""Share of the contracted hours above which the hours in Availability are asked about."""


def _settings(data: RotaInput) -> Iterator[Finding]:
    settings = data.settings
    if minutes_of(settings.lunch_to) <= minutes_of(settings.lunch_from):
        what = f"The lunch window ends at {settings.lunch_to} and begins at {settings.lunch_from}."
        yield error("IN-08", "Settings", ["Lunch from"], what, "Swap or mend them.")
    if settings.early_before and settings.late_after and minutes_of(settings.early_before) >= minutes_of(settings.late_after):
        what = f"What begins before {settings.early_before} is early and what ends after {settings.late_after} is late: that is every session."
        yield error("IN-08", "Settings", ["Early before"], what, "Swap or mend them.")


def _staff(data: RotaInput) -> Iterator[Finding]:
    hours: dict[str, float] = defaultdict(float)
    for row in data.availability:
        hours[row.staff] += (minutes_of(row.to_time) - minutes_of(row.from_time)) / 60
    groups = {g.group for g in data.groups}
    for p in data.staff:
        if p.line_manager == p.staff:
            yield error("IN-03", "Staff", [p.staff], "Nobody is their own line manager.", "Name another, or leave it blank.")
        if p.starts and p.ends and p.ends < p.starts:
            yield error("IN-08", "Staff", [p.staff], f"The last day in post ({p.ends}) is before the first ({p.starts}).", "Swap or mend them.")
        if p.staff in groups:
            yield error("IN-05", "Groups", [p.staff], "A group has the name of a member of staff.", "Give the group another name.")
        if p.staff not in hours:
            yield warning(
                "IN-13", "Staff", [p.staff], "Availability has no row, so this person is never at work.", "Add the hours, or delete the person."
            )
        elif hours[p.staff] > USUAL_OVERTIME * p.hours:
            what = f"Availability has {in_hours(60 * hours[p.staff])} a week, and {p.hours:g} are contracted."
            yield warning("IN-11", "Staff", [p.staff], what, "Check both.")


def _availability(data: RotaInput) -> Iterator[Finding]:
    rows: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for row in data.availability:
        span = Span(minutes_of(row.from_time), minutes_of(row.to_time))
        if span.end <= span.start:
            what = f"Work ends at {row.to_time} and begins at {row.from_time}."
            yield error("IN-08", "Availability", [row.staff, row.weekday, row.from_time], what, "Swap or mend them.")
        else:
            rows[row.staff, row.weekday].append(span)
    for key, spans in rows.items():
        for one, other in pairwise(sorted(spans)):
            if one.meets(other):
                what = f"Two rows overlap: {clock(one)} and {clock(other)}."
                yield error("IN-03", "Availability", key, what, "Let one end where the other begins.")
    for away in data.away:
        if away.last < away.first:
            what = f"The end ({away.last}) is before the start ({away.first})."
            yield error("IN-08", "Away", [away.staff, away.first], what, "Swap or mend them.")


def _terms(data: RotaInput) -> Iterator[Finding]:
    terms: dict[str, list[Term]] = defaultdict(list)
    for term in sorted(data.terms, key=lambda row: row.first):
        key = [term.first, term.role]
        if term.last < term.first:
            what = f"The term ends on {term.last}, before it begins on {term.first}."
            yield error("IN-08", "Terms", key, what, "Swap or mend them.")
            continue
        for other in (row for row in terms[term.role] if term.first <= row.last):
            what = f"It begins before the term from {other.first} ends, on {other.last}."
            yield warning("IN-11", "Terms", key, what, "Check the dates.")
        terms[term.role].append(term)


def _kinds(data: RotaInput) -> Iterator[Finding]:
    kinds = {k.kind: k for k in data.kinds}
    for k in data.kinds:
        if k.group_least > k.group_most:
            what = f"The smallest group ({k.group_least}) is larger than the largest ({k.group_most})."
            yield error("IN-03", "Kinds", [k.kind], what, "Swap or mend them.")
        if k.mode == "room" and not data.rooms:
            yield warning(
                "IN-13", "Rooms", [k.kind], f"{k.kind} needs a room and there is none, so it is never held.", "Add a room, or change the mode."
            )
    for row in data.competences:
        if kinds[row.kind].given_by != "supervisor":
            what = f"{row.kind} is not given by a supervisor, so nobody needs to be competent in it."
            yield warning("IN-14", "Competences", [row.staff, row.kind], what, "Delete the row.")


def _needs(data: RotaInput) -> Iterator[Finding]:
    kinds = {k.kind: k for k in data.kinds}
    rows: dict[tuple[str, str, str], list[RoleNeed | Need]] = defaultdict(list)
    for role in data.role_needs:
        rows["Role needs", role.role, role.kind].append(role)
    for own in data.needs:
        rows["Needs", own.staff, own.kind].append(own)
    for (sheet, who, name), those in rows.items():
        forms = {row.form for row in those if row.minutes}
        if len(forms) > 1 and "either" in forms:
            what = f"There is a need of either form and another of the kind ({listing(sorted(forms - {'either'}))}): which is met could not be told."
            yield error("IN-05", sheet, [who, name], what, "Keep the row of either form, or one row for each form.")
        if kinds[name].given_by == "peers" and forms - {"group"}:
            yield error("IN-03", sheet, [who, name], "Peers meet in a group, and the form is another.", "Set the form to group.")
        if kinds[name].given_by == "line manager" and "group" in forms:
            yield error("IN-03", sheet, [who, name], "A line manager sees people one by one, and the form is group.", "Set the form to individual.")
    asked_for = {(need.staff, need.kind, need.form) for needs in asked(data).values() for need in needs}
    for row in data.early:
        if (row.staff, row.kind, row.form) not in asked_for:
            what = f"{row.staff} has no need of {row.kind} of the form {row.form}, so there is none to bring forward."
            yield warning("IN-14", "Brought forward", [row.staff, row.kind, row.form], what, "Mend the kind or the form, or delete the row.")
    monday = data.settings.week_commencing
    for held in data.last_held:
        if held.date >= monday:
            what = f"It was last held on {held.date}, which is not before the week planned."
            yield warning("IN-11", "Last held", [held.staff, held.kind, held.form], what, "Check the date.")


def _other_weeks(data: RotaInput) -> Iterator[Finding]:
    """What other weeks left: sessions owed, and History."""
    kinds = {k.kind: k for k in data.kinds}
    monday = data.settings.week_commencing
    most = number(data, "N2") if rule_for(data, "N2").on else None
    for row in data.owed:
        key = [row.staff, row.kind, row.missed]
        weeks = (date.fromisoformat(monday) - date.fromisoformat(row.missed)).days // 7
        if kinds[row.kind].given_by == "peers":
            what = f"{row.kind} is held by peers, in a group, and what is owed is held alone."
            yield error("IN-03", "Owed", key, what, "Mend the kind, or delete the row.")
        elif weeks <= 0:
            what = f"The week from {row.missed} is not before the week planned, so nothing is owed from it yet."
            yield warning("IN-14", "Owed", key, what, "Check the week.")
        elif not row.minutes:
            yield warning("IN-14", "Owed", key, "It lasts 0 minutes, so nothing is owed.", "Give its length, or delete the row.")
        elif most is not None and weeks > most:
            what = f"{row.staff} has been owed this for {named(weeks, 'week')}, and what was missed is to be held within {most} (N2)."
            yield warning("IN-11", "Owed", key, what, "Find time for it, with a must lock if need be, or delete the row if it was held.")
    for past in data.history:
        if past.week >= monday:
            what = f"The week from {past.week} is not before the week planned, so it is not counted."
            yield warning("IN-14", "History", [past.staff, past.week], what, "Check the week, or delete the row.")


def _pairs(data: RotaInput) -> Iterator[Finding]:
    kinds = {k.kind: k for k in data.kinds}
    competent = {(row.staff, row.kind) for row in data.competences}
    given = [k.kind for k in data.kinds if k.given_by == "supervisor"]
    for row in data.pairs:
        key = [row.staff, row.supervisor, row.kind]
        if row.staff == row.supervisor:
            yield error("IN-03", "Pairs", key, "Nobody supervises themself.", "Name another supervisor, or delete the row.")
        elif row.kind and kinds[row.kind].given_by != "supervisor":
            what = f"{row.kind} is not given by a supervisor who could be chosen, so the row says nothing."
            yield warning("IN-14", "Pairs", key, what, "Delete the row; to change who gives it, change Staff or Groups.")
        elif row.strength != "never" and not any((row.supervisor, kind) in competent for kind in ([row.kind] if row.kind else given)):
            what = f"{row.supervisor} is not competent in {row.kind or 'any kind'}, so the two can never meet for it."
            yield warning("IN-03", "Pairs", key, what, "Add the row to Competences, or delete this one.")
    strengths: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in data.pairs:
        strengths[row.staff, row.supervisor][row.strength].add(row.kind)
    for pair, by in strengths.items():
        musts, nevers = by["must"], by["never"]
        if musts & nevers or (musts and "" in nevers) or (nevers and "" in musts):
            yield warning("PRE-03", "Pairs", pair, "The two must be paired, and must never be.", "Delete one of the rows.")


def _groups(data: RotaInput) -> Iterator[Finding]:
    kinds = {k.kind: k for k in data.kinds}
    competent = {(row.staff, row.kind) for row in data.competences}
    groups = {g.group: g for g in data.groups}
    for g in data.groups:
        kind = kinds[g.kind]
        least, most = g.least or kind.group_least, g.most or kind.group_most
        if least > most and (g.least is not None or g.most is not None):
            yield error("IN-03", "Groups", [g.group], f"At least {least} people and at most {most} cannot both be.", "Swap or mend them.")
        if kind.given_by == "line manager":
            yield error("IN-03", "Groups", [g.group], f"{g.kind} is given by line managers, one by one.", "Delete the group, or mend its kind.")
        if kind.given_by == "peers" and g.leader:
            yield error("IN-03", "Groups", [g.group], f"{g.kind} is for peers, and {g.leader} leads it.", "Leave the leader blank.")
        if kind.given_by == "supervisor" and g.leader and (g.leader, g.kind) not in competent:
            what = f"{g.leader} leads it and is not competent in {g.kind}."
            yield error("IN-03", "Groups", [g.group], what, "Add the row to Competences, or name another leader.")
    needed = {(row.staff, row.kind) for row in data.needs if row.minutes and row.form != "individual"}
    replaced = {(row.staff, row.kind) for row in data.needs}
    roles = {p.staff: p.role for p in data.staff}
    of_role = {(row.role, row.kind) for row in data.role_needs if row.minutes and row.form != "individual"}
    for row in data.group_members:
        group = groups[row.group]
        pair = (row.staff, group.kind)
        if group.leader == row.staff:
            yield error("IN-03", "Group members", [row.group, row.staff], "The leader is listed as a member.", "Delete the row.")
        elif pair not in needed and (pair in replaced or (roles[row.staff], group.kind) not in of_role):
            what = f"{row.staff} has no need of {group.kind} in a group."
            yield warning("IN-14", "Group members", [row.group, row.staff], what, "Add the need, or delete the row.")


def _ids(data: RotaInput) -> Iterator[Finding]:
    """Say where two sessions would have the same id, since ids of people, groups and kinds may hold spaces."""
    first: dict[str, tuple[str, str, bool]] = {}
    alone = [(p.staff, k.kind, owed) for owed in (False, True) for p in data.staff for k in data.kinds]
    for who, kind, owed in [*alone, *((g.group, g.kind, False) for g in data.groups)]:
        other = first.setdefault(session_id(who, kind, "", owed=owed), (who, kind, owed))
        if other != (who, kind, owed):
            one, same = (f"“{name}” with “{of}”{' (owed)' * is_owed}" for name, of, is_owed in ((who, kind, owed), other))
            what = f"{one} reads the same as {same}: their sessions could not be told apart."
            yield error("IN-05", "Kinds", [kind], what, "Give one of the four another name.")


def _places(data: RotaInput) -> Iterator[Finding]:
    for room in data.rooms:
        if room.opens and room.closes and minutes_of(room.closes) <= minutes_of(room.opens):
            yield error("IN-08", "Rooms", [room.room], f"It closes at {room.closes} and opens at {room.opens}.", "Swap or mend them.")
    for row in data.opening_hours:
        if minutes_of(row.closes) <= minutes_of(row.opens):
            yield error("IN-08", "Opening hours", [row.weekday], f"It closes at {row.closes} and opens at {row.opens}.", "Swap or mend them.")
    minutes = {(t.from_site, t.to_site): t.minutes for t in data.travel}
    for (one, other), length in minutes.items():
        if one == other:
            yield error("IN-03", "Travel", [one, other], "Travel leads from one site to another.", "Name another site, or delete the row.")
        elif one < other and minutes.get((other, one), length) != length:
            what = f"It takes {length} minutes one way and {minutes[other, one]} the other; a row holds both ways."
            yield error("IN-05", "Travel", [one, other], what, "Keep one row.")


def _rules(data: RotaInput) -> Iterator[Finding]:
    defaults = {row.rule: row.number for row in DEFAULT_RULES}
    window = minutes_of(data.settings.lunch_to) - minutes_of(data.settings.lunch_from)
    for row in data.rules:
        key = [row.rule, row.kind]
        if row.kind and row.rule not in BY_KIND:
            yield error("IN-03", "Rules", key, f"Only {listing(BY_KIND)} may have a row for a kind.", "Leave the kind blank.")
        if row.number is not None and defaults[row.rule] is None and row.rule not in ("C1", "C3"):
            yield warning("IN-14", "Rules", key, "The rule has no number.", "Leave it blank.")
        elif row.on and row.rule == "B2" and row.number == 0:
            yield error("IN-03", "Rules", key, "No session is as short as 0 minutes.", "Give the most minutes in a run, or turn the rule off.")
        elif row.on and row.rule == "B1" and (row.number or 0) > window:
            what = f"The lunch window has {window} minutes, and {row.number} are wanted free: nobody can have them."
            yield warning("IN-14", "Rules", key, what, "Lower the number, or widen the window in Settings.")
    if rule_for(data, "D1").on and not data.opening_hours:
        yield warning("IN-13", "Opening hours", [], "There are no opening hours, so no duty is covered.", "Add them, or turn rule D1 off.")


def _locks(data: RotaInput) -> Iterator[Finding]:
    days = week_days(data)
    for lock in data.locks:
        key = [lock.lock]
        says = lock.supervisor or lock.day or lock.start
        if not lock.staff and not lock.group:
            yield error("IN-03", "Locks", key, "It names neither a person nor a group.", "Name whose session it is.")
        elif lock.group and lock.owed:
            what = "It speaks of what is owed, which is held alone, and names a group."
            yield error("IN-03", "Locks", key, what, "Leave the group blank, or do not mark it as owed.")
        elif lock.staff and lock.group and says:
            what = "It says who is in which group; supervisor, day and start are not looked at."
            yield warning("IN-14", "Locks", key, what, "Put them in a lock on the group alone.")
        elif not (lock.staff and lock.group) and not says and lock.strength != "never":
            yield warning("IN-14", "Locks", key, "No supervisor, day or start is given, so it asks for nothing.", "Fill one in, or delete the row.")
        elif lock.day and not any(on_day(day, lock.day) for day in days):
            what = f"{lock.day} is not in the week planned, which begins on {data.settings.week_commencing}."
            yield warning("IN-14", "Locks", key, what, "Give a weekday, or a date of the week.")
    for row in data.last_rota:
        if not row.staff and not row.group:
            yield error("IN-03", "Last rota", [row.kind], "It names neither a person nor a group.", "Name whose session it was.")


CHAPTERS: tuple[Callable[[RotaInput], Iterator[Finding]], ...] = (
    _settings,
    _staff,
    _availability,
    _terms,
    _kinds,
    _needs,
    _other_weeks,
    _pairs,
    _groups,
    _ids,
    _places,
    _rules,
    _locks,
)
"""Records held against each other."""
