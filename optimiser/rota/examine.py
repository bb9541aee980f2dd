"""What can be told of a rota's input before anything is solved: what cannot work, what looks wrong, and what the data say.

Types, references and duplicate rows are settled when the tables are read. Here records are held against each other. Findings name the sheet
and the row's key, people by their id. Codes: ``IN-03`` a value that cannot stand beside another, ``IN-05`` a row given twice, ``IN-08`` an end
before its start, ``IN-11`` a suspicious figure, ``IN-13`` a row that is missing, ``IN-14`` a row without effect. What no rota can mend is a
warning, for the nearest rota is still worth having: ``PRE-01`` arithmetic that cannot come out, ``PRE-02`` a person who can never meet anyone
of their kind, ``PRE-03`` locks that cannot all be kept.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from optimiser.result import Finding
from optimiser.rota.data import DEFAULT_RULES, WEEKDAYS, minutes_of, session_id
from optimiser.rota.week import Span, asked, at_work, clock, closed_days, due, number, on_day, rule_for, supervisors, turns, week_days
from optimiser.words import capital, listing, named
from optimiser.words import number as figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from optimiser.rota.data import Group, Kind, Lock, Need, RoleNeed, RotaInput, Term
    from optimiser.rota.week import Due, Stretch

BY_KIND = ("N1", "P1", "K1", "K2")
"""Rules that may have rows for a kind."""

USUAL_OVERTIME = 1.1
"""Share of the contracted hours above which the hours in Availability are asked about."""


class _Free(NamedTuple):
    """Time of a person in which a session can stand."""

    date: str
    span: Span
    site: str


@dataclass(frozen=True)
class _Week:
    """The input, and what follows from it before anything is decided."""

    data: RotaInput
    work: Mapping[str, tuple[Stretch, ...]]
    free: Mapping[str, tuple[_Free, ...]]
    needs: tuple[Due, ...]
    kinds: dict[str, Kind]
    competent: dict[str, tuple[str, ...]]
    listed: dict[tuple[str, str], set[str]]
    """Groups in which a person is listed, by person and kind."""


def _week(data: RotaInput) -> _Week:
    work = at_work(data)
    groups = {g.group: g for g in data.groups}
    listed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in data.group_members:
        listed[row.staff, groups[row.group].kind].add(row.group)
    able = {(row.staff, row.kind) for row in data.competences}
    return _Week(
        data=data,
        work=work,
        free={person: tuple(free for stretch in stretches for free in _free(stretch)) for person, stretches in work.items()},
        needs=due(data, work),
        kinds={k.kind: k for k in data.kinds},
        competent={k.kind: tuple(p.staff for p in data.staff if (p.staff, k.kind) in able) for k in data.kinds},
        listed=listed,
    )


def _free(stretch: Stretch) -> Iterator[_Free]:
    """Stretch at work less its barred half-hours."""
    start = stretch.span.start
    for bar in sorted(stretch.barred):
        if start < bar.start:
            yield _Free(stretch.date, Span(start, bar.start), stretch.site)
        start = max(start, bar.end)
    if start < stretch.span.end:
        yield _Free(stretch.date, Span(start, stretch.span.end), stretch.site)


# --- findings ---------------------------------------------------------------------------------------------------------


def examine(data: RotaInput) -> tuple[Finding, ...]:
    """Everything across records that is wrong (errors), worth a question or beyond any rota (warnings), in the order of the workbook."""
    found = [finding for chapter in CHAPTERS for finding in chapter(data)]
    if not any(finding.severity == "error" for finding in found):
        week = _week(data)
        found += [finding for chapter in BEFORE for finding in chapter(week)]
    return tuple(found)


def _finding(severity: Literal["error", "warning"], code: str, sheet: str, key: Iterable[object], what: str, fix: str) -> Finding:
    names = ", ".join(str(part) for part in key if part not in ("", None))
    return Finding(severity, code, f"{sheet} ({names})" if names else sheet, what, fix)


def _error(code: str, sheet: str, key: Iterable[object], what: str, fix: str) -> Finding:
    return _finding("error", code, sheet, key, what, fix)


def _warning(code: str, sheet: str, key: Iterable[object], what: str, fix: str) -> Finding:
    return _finding("warning", code, sheet, key, what, fix)


def _settings(data: RotaInput) -> Iterator[Finding]:
    settings = data.settings
    if minutes_of(settings.lunch_to) <= minutes_of(settings.lunch_from):
        what = f"The lunch window ends at {settings.lunch_to} and begins at {settings.lunch_from}."
        yield _error("IN-08", "Settings", ["Lunch from"], what, "Swap or mend them.")
    if settings.early_before and settings.late_after and minutes_of(settings.early_before) >= minutes_of(settings.late_after):
        what = f"What begins before {settings.early_before} is early and what ends after {settings.late_after} is late: that is every session."
        yield _error("IN-08", "Settings", ["Early before"], what, "Swap or mend them.")


def _staff(data: RotaInput) -> Iterator[Finding]:
    hours: dict[str, float] = defaultdict(float)
    for row in data.availability:
        hours[row.staff] += (minutes_of(row.to_time) - minutes_of(row.from_time)) / 60
    groups = {g.group for g in data.groups}
    for p in data.staff:
        if p.line_manager == p.staff:
            yield _error("IN-03", "Staff", [p.staff], "Nobody is their own line manager.", "Name another, or leave it blank.")
        if p.starts and p.ends and p.ends < p.starts:
            yield _error("IN-08", "Staff", [p.staff], f"The last day in post ({p.ends}) is before the first ({p.starts}).", "Swap or mend them.")
        if p.staff in groups:
            yield _error("IN-05", "Groups", [p.staff], "A group has the name of a member of staff.", "Give the group another name.")
        if p.staff not in hours:
            yield _warning(
                "IN-13", "Staff", [p.staff], "Availability has no row, so this person is never at work.", "Add the hours, or delete the person."
            )
        elif hours[p.staff] > USUAL_OVERTIME * p.hours:
            what = f"Availability has {_in_hours(60 * hours[p.staff])} a week, and {p.hours:g} are contracted."
            yield _warning("IN-11", "Staff", [p.staff], what, "Check both.")


def _availability(data: RotaInput) -> Iterator[Finding]:
    rows: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for row in data.availability:
        span = Span(minutes_of(row.from_time), minutes_of(row.to_time))
        if span.end <= span.start:
            what = f"Work ends at {row.to_time} and begins at {row.from_time}."
            yield _error("IN-08", "Availability", [row.staff, row.weekday, row.from_time], what, "Swap or mend them.")
        else:
            rows[row.staff, row.weekday].append(span)
    for key, spans in rows.items():
        for one, other in pairwise(sorted(spans)):
            if one.meets(other):
                what = f"Two rows overlap: {clock(one)} and {clock(other)}."
                yield _error("IN-03", "Availability", key, what, "Let one end where the other begins.")
    for away in data.away:
        if away.last < away.first:
            what = f"The end ({away.last}) is before the start ({away.first})."
            yield _error("IN-08", "Away", [away.staff, away.first], what, "Swap or mend them.")


def _terms(data: RotaInput) -> Iterator[Finding]:
    terms: dict[str, list[Term]] = defaultdict(list)
    for term in sorted(data.terms, key=lambda row: row.first):
        key = [term.first, term.role]
        if term.last < term.first:
            what = f"The term ends on {term.last}, before it begins on {term.first}."
            yield _error("IN-08", "Terms", key, what, "Swap or mend them.")
            continue
        for other in (row for row in terms[term.role] if term.first <= row.last):
            what = f"It begins before the term from {other.first} ends, on {other.last}."
            yield _warning("IN-11", "Terms", key, what, "Check the dates.")
        terms[term.role].append(term)


def _kinds(data: RotaInput) -> Iterator[Finding]:
    kinds = {k.kind: k for k in data.kinds}
    for k in data.kinds:
        if k.group_least > k.group_most:
            what = f"The smallest group ({k.group_least}) is larger than the largest ({k.group_most})."
            yield _error("IN-03", "Kinds", [k.kind], what, "Swap or mend them.")
        if k.mode == "room" and not data.rooms:
            yield _warning(
                "IN-13", "Rooms", [k.kind], f"{k.kind} needs a room and there is none, so it is never held.", "Add a room, or change the mode."
            )
    for row in data.competences:
        if kinds[row.kind].given_by != "supervisor":
            what = f"{row.kind} is not given by a supervisor, so nobody needs to be competent in it."
            yield _warning("IN-14", "Competences", [row.staff, row.kind], what, "Delete the row.")


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
            yield _error("IN-05", sheet, [who, name], what, "Keep the row of either form, or one row for each form.")
        if kinds[name].given_by == "peers" and forms - {"group"}:
            yield _error("IN-03", sheet, [who, name], "Peers meet in a group, and the form is another.", "Set the form to group.")
        if kinds[name].given_by == "line manager" and "group" in forms:
            yield _error("IN-03", sheet, [who, name], "A line manager sees people one by one, and the form is group.", "Set the form to individual.")
    asked_for = {(need.staff, need.kind, need.form) for needs in asked(data).values() for need in needs}
    for row in data.early:
        if (row.staff, row.kind, row.form) not in asked_for:
            what = f"{row.staff} has no need of {row.kind} of the form {row.form}, so there is none to bring forward."
            yield _warning("IN-14", "Brought forward", [row.staff, row.kind, row.form], what, "Mend the kind or the form, or delete the row.")
    monday = data.settings.week_commencing
    for held in data.last_held:
        if held.date >= monday:
            what = f"It was last held on {held.date}, which is not before the week planned."
            yield _warning("IN-11", "Last held", [held.staff, held.kind, held.form], what, "Check the date.")


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
            yield _error("IN-03", "Owed", key, what, "Mend the kind, or delete the row.")
        elif weeks <= 0:
            what = f"The week from {row.missed} is not before the week planned, so nothing is owed from it yet."
            yield _warning("IN-14", "Owed", key, what, "Check the week.")
        elif not row.minutes:
            yield _warning("IN-14", "Owed", key, "It lasts 0 minutes, so nothing is owed.", "Give its length, or delete the row.")
        elif most is not None and weeks > most:
            what = f"{row.staff} has been owed this for {named(weeks, 'week')}, and what was missed is to be held within {most} (N2)."
            yield _warning("IN-11", "Owed", key, what, "Find time for it, with a must lock if need be, or delete the row if it was held.")
    for past in data.history:
        if past.week >= monday:
            what = f"The week from {past.week} is not before the week planned, so it is not counted."
            yield _warning("IN-14", "History", [past.staff, past.week], what, "Check the week, or delete the row.")


def _pairs(data: RotaInput) -> Iterator[Finding]:
    kinds = {k.kind: k for k in data.kinds}
    competent = {(row.staff, row.kind) for row in data.competences}
    given = [k.kind for k in data.kinds if k.given_by == "supervisor"]
    for row in data.pairs:
        key = [row.staff, row.supervisor, row.kind]
        if row.staff == row.supervisor:
            yield _error("IN-03", "Pairs", key, "Nobody supervises themself.", "Name another supervisor, or delete the row.")
        elif row.kind and kinds[row.kind].given_by != "supervisor":
            what = f"{row.kind} is not given by a supervisor who could be chosen, so the row says nothing."
            yield _warning("IN-14", "Pairs", key, what, "Delete the row; to change who gives it, change Staff or Groups.")
        elif row.strength != "never" and not any((row.supervisor, kind) in competent for kind in ([row.kind] if row.kind else given)):
            what = f"{row.supervisor} is not competent in {row.kind or 'any kind'}, so the two can never meet for it."
            yield _warning("IN-03", "Pairs", key, what, "Add the row to Competences, or delete this one.")
    strengths: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in data.pairs:
        strengths[row.staff, row.supervisor][row.strength].add(row.kind)
    for pair, by in strengths.items():
        musts, nevers = by["must"], by["never"]
        if musts & nevers or (musts and "" in nevers) or (nevers and "" in musts):
            yield _warning("PRE-03", "Pairs", pair, "The two must be paired, and must never be.", "Delete one of the rows.")


def _groups(data: RotaInput) -> Iterator[Finding]:
    kinds = {k.kind: k for k in data.kinds}
    competent = {(row.staff, row.kind) for row in data.competences}
    groups = {g.group: g for g in data.groups}
    for g in data.groups:
        kind = kinds[g.kind]
        least, most = g.least or kind.group_least, g.most or kind.group_most
        if least > most and (g.least is not None or g.most is not None):
            yield _error("IN-03", "Groups", [g.group], f"At least {least} people and at most {most} cannot both be.", "Swap or mend them.")
        if kind.given_by == "line manager":
            yield _error("IN-03", "Groups", [g.group], f"{g.kind} is given by line managers, one by one.", "Delete the group, or mend its kind.")
        if kind.given_by == "peers" and g.leader:
            yield _error("IN-03", "Groups", [g.group], f"{g.kind} is for peers, and {g.leader} leads it.", "Leave the leader blank.")
        if kind.given_by == "supervisor" and g.leader and (g.leader, g.kind) not in competent:
            what = f"{g.leader} leads it and is not competent in {g.kind}."
            yield _error("IN-03", "Groups", [g.group], what, "Add the row to Competences, or name another leader.")
    needed = {(row.staff, row.kind) for row in data.needs if row.minutes and row.form != "individual"}
    replaced = {(row.staff, row.kind) for row in data.needs}
    roles = {p.staff: p.role for p in data.staff}
    of_role = {(row.role, row.kind) for row in data.role_needs if row.minutes and row.form != "individual"}
    for row in data.group_members:
        group = groups[row.group]
        pair = (row.staff, group.kind)
        if group.leader == row.staff:
            yield _error("IN-03", "Group members", [row.group, row.staff], "The leader is listed as a member.", "Delete the row.")
        elif pair not in needed and (pair in replaced or (roles[row.staff], group.kind) not in of_role):
            what = f"{row.staff} has no need of {group.kind} in a group."
            yield _warning("IN-14", "Group members", [row.group, row.staff], what, "Add the need, or delete the row.")


def _ids(data: RotaInput) -> Iterator[Finding]:
    """Say where two sessions would have the same id, since ids of people, groups and kinds may hold spaces."""
    first: dict[str, tuple[str, str, bool]] = {}
    alone = [(p.staff, k.kind, owed) for owed in (False, True) for p in data.staff for k in data.kinds]
    for who, kind, owed in [*alone, *((g.group, g.kind, False) for g in data.groups)]:
        other = first.setdefault(session_id(who, kind, "", owed=owed), (who, kind, owed))
        if other != (who, kind, owed):
            one, same = (f"“{name}” with “{of}”{' (owed)' * is_owed}" for name, of, is_owed in ((who, kind, owed), other))
            what = f"{one} reads the same as {same}: their sessions could not be told apart."
            yield _error("IN-05", "Kinds", [kind], what, "Give one of the four another name.")


def _places(data: RotaInput) -> Iterator[Finding]:
    for room in data.rooms:
        if room.opens and room.closes and minutes_of(room.closes) <= minutes_of(room.opens):
            yield _error("IN-08", "Rooms", [room.room], f"It closes at {room.closes} and opens at {room.opens}.", "Swap or mend them.")
    for row in data.opening_hours:
        if minutes_of(row.closes) <= minutes_of(row.opens):
            yield _error("IN-08", "Opening hours", [row.weekday], f"It closes at {row.closes} and opens at {row.opens}.", "Swap or mend them.")
    minutes = {(t.from_site, t.to_site): t.minutes for t in data.travel}
    for (one, other), length in minutes.items():
        if one == other:
            yield _error("IN-03", "Travel", [one, other], "Travel leads from one site to another.", "Name another site, or delete the row.")
        elif one < other and minutes.get((other, one), length) != length:
            what = f"It takes {length} minutes one way and {minutes[other, one]} the other; a row holds both ways."
            yield _error("IN-05", "Travel", [one, other], what, "Keep one row.")


def _rules(data: RotaInput) -> Iterator[Finding]:
    defaults = {row.rule: row.number for row in DEFAULT_RULES}
    window = minutes_of(data.settings.lunch_to) - minutes_of(data.settings.lunch_from)
    for row in data.rules:
        key = [row.rule, row.kind]
        if row.kind and row.rule not in BY_KIND:
            yield _error("IN-03", "Rules", key, f"Only {listing(BY_KIND)} may have a row for a kind.", "Leave the kind blank.")
        if row.number is not None and defaults[row.rule] is None and row.rule not in ("C1", "C3"):
            yield _warning("IN-14", "Rules", key, "The rule has no number.", "Leave it blank.")
        elif row.on and row.rule == "B2" and row.number == 0:
            yield _error("IN-03", "Rules", key, "No session is as short as 0 minutes.", "Give the most minutes in a run, or turn the rule off.")
        elif row.on and row.rule == "B1" and (row.number or 0) > window:
            what = f"The lunch window has {window} minutes, and {row.number} are wanted free: nobody can have them."
            yield _warning("IN-14", "Rules", key, what, "Lower the number, or widen the window in Settings.")
    if rule_for(data, "D1").on and not data.opening_hours:
        yield _warning("IN-13", "Opening hours", [], "There are no opening hours, so no duty is covered.", "Add them, or turn rule D1 off.")


def _locks(data: RotaInput) -> Iterator[Finding]:
    days = week_days(data)
    for lock in data.locks:
        key = [lock.lock]
        says = lock.supervisor or lock.day or lock.start
        if not lock.staff and not lock.group:
            yield _error("IN-03", "Locks", key, "It names neither a person nor a group.", "Name whose session it is.")
        elif lock.group and lock.owed:
            what = "It speaks of what is owed, which is held alone, and names a group."
            yield _error("IN-03", "Locks", key, what, "Leave the group blank, or do not mark it as owed.")
        elif lock.staff and lock.group and says:
            what = "It says who is in which group; supervisor, day and start are not looked at."
            yield _warning("IN-14", "Locks", key, what, "Put them in a lock on the group alone.")
        elif not (lock.staff and lock.group) and not says and lock.strength != "never":
            yield _warning("IN-14", "Locks", key, "No supervisor, day or start is given, so it asks for nothing.", "Fill one in, or delete the row.")
        elif lock.day and not any(on_day(day, lock.day) for day in days):
            what = f"{lock.day} is not in the week planned, which begins on {data.settings.week_commencing}."
            yield _warning("IN-14", "Locks", key, what, "Give a weekday, or a date of the week.")
    for row in data.last_rota:
        if not row.staff and not row.group:
            yield _error("IN-03", "Last rota", [row.kind], "It names neither a person nor a group.", "Name whose session it was.")


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


# --- PRE-01: arithmetic -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _HoursFigure:
    """Supervision of a kind (blank: all kinds) this week: people who need it, minutes it takes at least, supervisors, minutes they have at most."""

    kind: str
    people: int
    needed: float
    supervisors: int
    available: float


def _hours_figures(week: _Week) -> tuple[_HoursFigure, ...]:
    """Figures of each kind given by a supervisor for which there is a need or a supervisor, then of all these kinds together."""
    wanted: dict[str, list[Due]] = defaultdict(list)
    for need in week.needs:
        if week.kinds[need.kind].given_by == "supervisor":
            wanted[need.kind].append(need)
    pool = supervisors(week.data, week.work)
    found = []
    for kind in week.kinds.values():
        able = [v for v in week.competent[kind.kind] if v in pool]
        if kind.given_by == "supervisor" and (able or wanted[kind.kind]):
            found.append(_hours_figure(week, kind.kind, wanted[kind.kind], able))
    return (*found, _hours_figure(week, "", [need for needs in wanted.values() for need in needs], pool))


def _hours_figure(week: _Week, kind: str, needs: Iterable[Due], able: Iterable[str]) -> _HoursFigure:
    needs, able = list(needs), list(able)
    needed = sum(_least_minutes(week, need) for need in needs)
    return _HoursFigure(kind, len({need.staff for need in needs}), needed, len(able), sum(_most_minutes(week, v) for v in able))


def _least_minutes(week: _Week, need: Due) -> float:
    """Least time of a supervisor's that meeting a need takes: its minutes, or its share of the fullest group of its kind that earns them."""
    shares = []
    for group in week.data.groups if need.form in ("group", "either") else ():
        kind = week.kinds[need.kind]
        if group.kind == need.kind and group.minutes >= need.minutes:
            share = group.minutes / (group.most or kind.group_most)
            shares.append(max(share, need.minutes / 2) if kind.shared_credit else share)
    return min([*shares, *([] if need.form == "group" and shares else [need.minutes])])


def _most_minutes(week: _Week, supervisor: str) -> float:
    """Most time a supervisor can give: free time at work, no more than the most hours where those are a must (C3)."""
    rule = rule_for(week.data, "C3")
    own = next(p.most_hours for p in week.data.staff if p.staff == supervisor)
    most = number(week.data, "C3") if own is None else own
    free = sum(free.span.end - free.span.start for free in week.free[supervisor])
    return free if most is None or not rule.on or rule.priority != "Must" else min(free, 60 * most)


def _hours_short(week: _Week) -> Iterator[Finding]:
    """Say of which kinds, and on which days, less can be given than is needed, whatever the rota."""
    *kinds, total = _hours_figures(week)
    short = [f for f in kinds if _is_short(f)] or [f for f in (total,) if _is_short(f)]
    for f in short:
        able = f"its supervisors can give {_hours(f.available)}" if f.available else "nobody can give any"
        what = f"{_kind_words(week, f.kind)} needs at least {_in_hours(f.needed)} this week, and {able}."
        fix = f"Add {_in_hours(f.needed - f.available)} of a supervisor, or expect supervision that is not placed."
        yield _warning("PRE-01", "Competences", [f.kind], f"{what} No rota can mend this.", fix)
    for day, minutes in _days_short(week).items():
        what = f"{_day_words(day)} is short by {_in_hours(minutes)}: so much more is needed by people who can be seen on no other day."
        yield _warning("PRE-01", "Availability", [day], what, "Add hours of a supervisor on that day, or hours of these people on another.")
    rule, pool = rule_for(week.data, "C1"), supervisors(week.data, week.work)
    if rule.on and rule.priority == "Must":
        most = {p.staff: number(week.data, "C1") if p.most_people is None else p.most_people for p in week.data.staff}
        for f in kinds:
            caps = [most[v] for v in week.competent[f.kind] if v in pool]
            room = sum(cap for cap in caps if cap is not None)
            if None not in caps and f.people > room:
                needs = f"{named(f.people, 'person needs', 'people need')} {_kind_words(week, f.kind)}"
                yield _warning(
                    "PRE-01",
                    "Staff",
                    ["Most people", f.kind],
                    f"{needs}, and its supervisors may see {room or 'nobody'}.",
                    "Raise it, or add a supervisor.",
                )


def _is_short(f: _HoursFigure) -> bool:
    return f.needed > f.available + 1e-6


def _days_short(week: _Week) -> dict[str, float]:
    """Minutes by which people who can be seen on one date only need more of supervisors than these are there, by date."""
    needed: dict[str, float] = defaultdict(float)
    for need in week.needs:
        if week.kinds[need.kind].given_by == "supervisor":
            dates = {free.date for free in week.free[need.staff] if free.span.end - free.span.start >= need.minutes}
            if len(dates) == 1:
                needed[dates.pop()] += _least_minutes(week, need)
    there: dict[str, float] = defaultdict(float)
    for v in supervisors(week.data, week.work):
        for free in week.free[v]:
            there[free.date] += free.span.end - free.span.start
    return {day: needed[day] - there[day] for day in sorted(needed) if needed[day] > there[day] + 1e-6}


def _duty_short(week: _Week) -> Iterator[Finding]:
    """Say which turns of duty cannot be covered."""
    wanted = number(week.data, "D1") or 0
    if not rule_for(week.data, "D1").on:
        return
    experienced = [p.staff for p in week.data.staff if p.experienced]
    short: dict[str, list[str]] = defaultdict(list)
    for turn in turns(week.data):
        there = sum(any(f.date == turn.date and f.span.holds(turn.span) for f in week.free[v]) for v in experienced)
        if there < wanted:
            short[turn.date].append(clock(turn.span))
    for day, spans in short.items():
        what = f"{_day_words(day)} has {named(len(spans), 'turn')} of duty with fewer than {wanted} experienced free: {listing(spans, most=4)}."
        yield _warning("PRE-01", "Opening hours", [day], what, "Mark more people as experienced, or change the opening hours.")


# --- PRE-02: who can never meet anyone --------------------------------------------------------------------------------


def _never_met(week: _Week) -> Iterator[Finding]:
    """Say who can meet nobody for a need that falls due."""
    managers = {p.staff: p.line_manager for p in week.data.staff}
    groups: dict[str, list[Group]] = defaultdict(list)
    for group in week.data.groups:
        groups[group.kind].append(group)
    for need in week.needs:
        kind, person = week.kinds[need.kind], need.staff
        key = [person, need.kind, need.form]
        givers = [managers[person]] if kind.given_by == "line manager" else list(week.competent[need.kind])
        givers = [v for v in givers if v and v != person]
        belongs = week.listed.get((person, need.kind), set())
        open_to = [g for g in groups[need.kind] if g.minutes >= need.minutes and (g.group in belongs or (g.open and not belongs))]
        open_to = open_to if need.form in ("group", "either") else []
        needs = "is owed" if need.form == "owed" else "needs"
        alone = need.form != "group"
        if kind.given_by != "peers" and not givers:
            what = "has no line manager" if kind.given_by == "line manager" else "has nobody who is competent in it"
            fix = "Name one in Staff." if kind.given_by == "line manager" else "Add a supervisor to Competences."
            yield _warning("PRE-02", "Staff", key, f"{person} {needs} {need.kind} and {what}.", fix)
        elif not alone and not open_to:
            what = f"{person} needs {need.kind} in a group, and may attend none of {need.minutes} minutes or more."
            yield _warning("PRE-02", "Groups", key, what, "Add a group, or open one.")
        elif not (alone and any(_meet(week, kind, (person, v), need.minutes) for v in givers)) and not any(
            _meet(week, kind, who, g.minutes)
            for g in open_to
            for who in ([(person,)] if kind.given_by == "peers" else [(person, v) for v in ([g.leader] if g.leader else givers) if v != person])
        ):
            days = listing([_day_words(day) for day in dict.fromkeys(free.date for free in week.free[person])]) or "no day"
            whom = "for a group" if kind.given_by == "peers" else "together with anyone who gives it"
            what = f"{person} {needs} {need.kind} and is free on {days}, but never long enough {whom}."
            yield _warning("PRE-02", "Availability", key, what, "Add hours that they share, or a supervisor who is there then.")


def _meet(week: _Week, kind: Kind, people: tuple[str, ...], minutes: int) -> bool:
    """Whether these people, one or two, are ever free together for so long, from a start on the grid; at one site where a room is needed."""
    grid = week.data.settings.grid
    first, others = week.free[people[0]], week.free[people[-1]]
    for one in first:
        for other in others:
            if one.date == other.date and (kind.mode != "room" or (one.site == other.site and one.site)):
                start = -(-max(one.span.start, other.span.start) // grid) * grid
                if start + minutes <= min(one.span.end, other.span.end):
                    return True
    return False


# --- PRE-03: locks ----------------------------------------------------------------------------------------------------


def _locks_clash(week: _Week) -> Iterator[Finding]:
    """Say which must locks cannot all be kept, and which no rota can keep."""
    data = week.data
    days = week_days(data)
    minutes = {(need.staff, need.kind, need.form == "owed"): need.minutes for need in week.needs if need.form != "group"}
    groups = {g.group: g for g in data.groups}
    competent = {(row.staff, row.kind) for row in data.competences}
    musts = [lock for lock in data.locks if lock.strength == "must"]
    spoken: dict[str, list[Lock]] = defaultdict(list)
    placed: dict[tuple[str, str], list[tuple[Span, Lock]]] = defaultdict(list)
    for lock in musts:
        spoken[lock.staff or lock.group].append(lock)
        if lock.staff and lock.group:
            continue
        kind = groups[lock.group].kind if lock.group else lock.kind
        if lock.supervisor and kind and week.kinds[kind].given_by == "supervisor" and (lock.supervisor, kind) not in competent:
            what = f"{lock.supervisor} must give {kind}, and is not competent in it."
            yield _warning("PRE-03", "Locks", [lock.lock], what, "Add the row to Competences, or change the lock.")
        length = groups[lock.group].minutes if lock.group else minutes.get((lock.staff, kind, lock.owed))
        if not (length and lock.day and lock.start):
            continue
        start = minutes_of(lock.start)
        span = Span(start, start + length)
        for day in (day for day in days if on_day(day, lock.day)):
            for person in (name for name in (lock.staff, lock.supervisor) if name):
                placed[person, day].append((span, lock))
                if not any(free.date == day and free.span.holds(span) for free in week.free[person]):
                    what = f"{person} is not free on {_day_words(day)} {clock(span)}."
                    yield _warning("PRE-03", "Locks", [lock.lock], what, "Change the lock, or the person's availability.")
        if start % data.settings.grid:
            what = f"{lock.start} is not on the grid of {data.settings.grid} minutes."
            yield _warning("PRE-03", "Locks", [lock.lock], what, "Change the start, or the grid in Settings.")
    for rows in spoken.values():
        for one, other in combinations(rows, 2):
            if _speak_of_one(one, other) and _at_odds(week, one, other):
                what = "The two ask for different things of the same session."
                yield _warning("PRE-03", "Locks", [one.lock, other.lock], what, "Delete one of them.")
    for (person, day), spans in placed.items():
        for (span, one), (then, other) in combinations(spans, 2):
            if span.meets(then) and not _speak_of_one(one, other):
                what = f"The two put {person} in two places on {_day_words(day)}: {clock(span)} and {clock(then)}."
                yield _warning("PRE-03", "Locks", [one.lock, other.lock], what, "Delete one of them.")
    for never in (lock for lock in data.locks if lock.strength == "never"):
        for must in spoken.get(never.staff or never.group, ()):
            if _speak_of_one(must, never) and _implies(must, never):
                yield _warning("PRE-03", "Locks", [must.lock, never.lock], "What one asks for the other forbids.", "Delete one of them.")


def _speak_of_one(one: Lock, other: Lock) -> bool:
    """Whether two locks speak of the same session, or of one person's place in groups."""
    if one.staff and one.group:
        return one.staff == other.staff and bool(other.group)
    same = (one.staff, one.group, one.owed) == (other.staff, other.group, other.owed)
    return same and (bool(one.group) or one.kind == other.kind or "" in (one.kind, other.kind))


def _at_odds(week: _Week, one: Lock, other: Lock) -> bool:
    if one.staff and one.group:
        kinds = {g.group: g.kind for g in week.data.groups}
        return one.group != other.group and kinds[one.group] == kinds[other.group]
    days = [{day for day in week_days(week.data) if on_day(day, lock.day)} for lock in (one, other)]
    pairs = ((one.supervisor, other.supervisor), (one.start, other.start))
    return (all(days) and not days[0] & days[1]) or any(a and b and a != b for a, b in pairs)


def _implies(must: Lock, never: Lock) -> bool:
    """Whether a session held as one lock asks is held just as the other forbids."""
    if must.group != never.group:
        return False
    same_day = not never.day or must.day == never.day or (bool(must.day) and never.day in WEEKDAYS and _on_date(must.day, never.day))
    return never.supervisor in ("", must.supervisor) and never.start in ("", must.start) and same_day


def _on_date(day: str, weekday: str) -> bool:
    """Whether a lock's day is a date of that weekday."""
    return day not in WEEKDAYS and on_day(day, weekday)


BEFORE: tuple[Callable[[_Week], Iterator[Finding]], ...] = (_hours_short, _duty_short, _never_met, _locks_clash)
"""What can be worked out before any rota."""


# --- description ------------------------------------------------------------------------------------------------------


def describe(data: RotaInput) -> list[str]:
    """What the data say, a sentence or two a line: people, hours needed and there, each kind, days that are short, duty, closed days, locks."""
    week = _week(data)
    pool = supervisors(data, week.work)
    clinicians = {need.staff for need in week.needs} - set(pool)
    *kinds, total = _hours_figures(week)
    short = [f"{_day_words(day)} is short by {_hours(minutes)}." for day, minutes in _days_short(week).items()]
    lines = [
        f"{data.settings.title}, week of {_day_words(data.settings.week_commencing)} {data.settings.week_commencing[:4]}.",
        " ".join(
            [
                f"{capital(named(len(clinicians), 'clinician'))}, {named(len(pool), 'supervisor')}.",
                f"Need {_in_hours(total.needed)} a week, have {_hours(total.available) if total.available else 'none'}.",
                *short,
            ]
        ),
    ]
    for f in kinds:
        needs = f"{named(f.people, 'person needs', 'people need')} {_in_hours(f.needed)}" if f.people else "nobody needs any this week"
        gives = (
            f"{named(f.supervisors, 'supervisor')} can give {_hours(f.available) if f.available else 'none'}"
            if f.supervisors
            else "nobody can give any"
        )
        lines.append(f"{_kind_words(week, f.kind)}: {needs}, {gives}.")
    owed = [need for need in week.needs if need.form == "owed"]
    if owed:
        people = named(len({need.staff for need in owed}), "person", "people")
        is_to = "is" if len(owed) == 1 else "are"
        lines.append(f"Among these {is_to} {named(len(owed), 'session')} owed to {people} from earlier weeks.")
    duty = turns(data) if rule_for(data, "D1").on else ()
    if duty:
        experienced = sum(p.experienced and bool(week.free[p.staff]) for p in data.staff)
        there = named(experienced, "experienced person", "experienced people") if experienced else "nobody experienced"
        lines.append(f"Duty: {named(len(duty), 'turn')}, {there} at work.")
    lines += [f"Closed on {_day_words(day)}: {why}." for day, why in sorted(closed_days(data).items())]
    if data.groups or data.rooms or data.locks:
        groups = f"{named(len(data.groups), 'group')} may be held; " if data.groups else ""  # no group may be held would sound like a rule
        lines.append(capital(f"{groups}{named(len(data.rooms), 'room')}, {named(len(data.locks), 'lock')}."))
    return lines


def _hours(minutes: float) -> str:
    """Minutes as hours: 47.5."""
    return figure(minutes / 60, 2).rstrip("0").rstrip(".")


def _in_hours(minutes: float) -> str:
    """Minutes as hours, with the word: no hours, 1 hour, 47.5 hours."""
    text = _hours(minutes) if minutes else "no"
    return f"{text} hour{'' if text == '1' else 's'}"


def _day_words(day: str) -> str:
    """Date as people say it: Thursday 10 December."""
    when = date.fromisoformat(day)
    return f"{WEEKDAYS[when.weekday()]} {when.day} {when:%B}"


def _kind_words(week: _Week, kind: str) -> str:
    return (week.kinds[kind].name or kind) if kind else "Supervision of all kinds"
