"""Why a need is not met, and what would help: the nearest cause, found by trying to add the session to the rota as it is."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, get_args

from models.rota.facts import bits, touched, union
from models.rota.judge import judge
from models.rota.model import PEERS, Decisions, Held
from models.rota.rooms import allot
from models.rota.sessions import candidates, credited, leaders, possible, s4_who_gives
from optimiser.rota.data import LEVELS, Cause, NotPlaced, time_of
from optimiser.rota.week import week_days
from optimiser.words import listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from models.rota.facts import Facts
    from models.rota.judge import Judged
    from optimiser.rota.data import RuleId
    from optimiser.rota.week import Due

TRIED = 24
"""Places at most in which a session is tried, to learn what it would cost there."""

NEXT_WEEK = "Nothing in this week. What is weekly is owed to whoever comes back, beside the session of that week."
"""What would help somebody who is not at work for the rest of the week."""

NAMED = 6
"""Names in a sentence, before the rest are counted."""

Reason = tuple[Cause, str, str]
"""Cause, because, and what would help."""


def not_placed(j: Judged) -> tuple[NotPlaced, ...]:
    """Needs that are not met, each with its nearest cause."""
    met = {n for held in j.decisions.sessions.values() for n in held.needs}
    found = []
    for n, need in enumerate(j.facts.needs):
        if n not in met:
            gone = _gone(j.facts, need.staff)
            if gone:
                found.append(NotPlaced(staff=need.staff, kind=need.kind, form=need.form, cause="no time in common", because=gone, help=NEXT_WEEK))
                continue
            ways = {"group": (_in_a_group,), "either": (_alone, _in_a_group)}.get(need.form, (_alone,))
            cause, because, helps = max((way(j, n, need) for way in ways), key=lambda reason: get_args(Cause).index(reason[0]))
            found.append(NotPlaced(staff=need.staff, kind=need.kind, form=need.form, cause=cause, because=because, help=helps))
    return tuple(found)


def _gone(facts: Facts, *people: str) -> str:
    """Where a rota is mended and none of these people is at work from then on, a sentence that says so."""
    since = facts.data.settings.mended_from
    if not since or not people or any(s.date >= since and s.minutes > 0 for staff in people for s in facts.work[staff]):
        return ""
    return f"{_who(people)} {_is(people)} not at work from {week_days(facts.data)[since]} {since} on, and the days before are past."


def _still(facts: Facts, starts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Those of the starts that are not on days that are past, where a rota is mended."""
    since = facts.data.settings.mended_from
    if not since:
        return starts
    ahead = union(facts.day_span(day) for day in facts.days if day >= since)
    found = {v: {site: slots & ahead for site, slots in sites.items() if slots & ahead} for v, sites in starts.items()}
    return {v: sites for v, sites in found.items() if sites}


def _alone(j: Judged, n: int, need: Due) -> Reason:
    facts, staff = j.facts, need.staff
    kind = _named(facts, need)
    givers = s4_who_gives(facts, need.kind, staff)
    if not givers or givers == (PEERS,):
        if facts.kind[need.kind].given_by == "line manager":
            return "no supervisor", f"{staff} has no line manager in Staff to give {kind}.", f"Name the line manager of {staff} in Staff."
        return "no supervisor", f"Nobody is competent to give {kind} to {staff}.", f"Add a supervisor of {kind} to Competences."
    able = _still(facts, possible(facts).individual.get(n, {}))
    in_a_room = " in a room at the same site" if facts.kind[need.kind].mode == "room" else ""
    if not able:
        gone = _gone(facts, *givers)
        if gone:
            return "no supervisor", f"Nobody can give {kind} to {staff}: {gone}", _another(kind)
        if not any(facts.work[v] for v in givers):
            return "no supervisor", f"{_who(givers)}, who could give {kind} to {staff}, {_is(givers)} not at work this week.", _another(kind)
        because = f"{staff} and {_who(givers, 'or')} are never free at work together for {need.minutes} minutes{in_a_room}"
        because += " from the day on that may change." if facts.data.settings.mended_from else "."
        return "no time in common", because, f"Clear {need.minutes} minutes of {staff} when {_who(givers, 'or')} can{in_a_room}."
    length = facts.length(need.minutes)
    starts = {v: union(sites.values()) for v, sites in able.items()}
    open_starts = {v: slots & ~touched(j.busy(staff) | j.busy(v), length) for v, slots in starts.items()}
    if any(open_starts.values()):
        tries = ({**j.decisions.sessions, n: Held(v, slot, (n,))} for v, slot in _spread(open_starts))
        return _at_a_price(j, n, need, tries, f"{_who(v for v, slots in open_starts.items() if slots)}, free when {staff} is,")
    v, slot = next((v, slot) for v, slots in starts.items() for slot in bits(slots))
    taken = [name for name in (staff, v) if j.busy(name) >> slot & ((1 << length) - 1)]
    because = f"Whenever {staff} and {_who(able, 'or')} are both at work and not in clinics{in_a_room}, one of them is in another session or on duty."
    helps = f"{staff} and {v} could meet on {_when(facts, slot)} if {_who(taken)} {_is(taken)} freed then, for example by a lock."
    return "no free time in common", because, helps


def _in_a_group(j: Judged, n: int, need: Due) -> Reason:
    facts, staff = j.facts, need.staff
    kind = _named(facts, need)
    mine = [group for group in facts.data.groups if group.kind == need.kind and n in candidates(facts, group)]
    if not mine:
        helps = f"Add a group of {kind} to Groups that is long enough, or list {staff} in Group members."
        return "group not held", f"Groups has no group of {kind} that {staff} may join and that would earn them {need.minutes} minutes.", helps
    if not any(leaders(facts, group) for group in mine):
        return "no supervisor", f"Nobody is competent to lead {_who([g.group for g in mine], 'or')}.", _another(kind)
    gone = _gone(facts, *dict.fromkeys(v for group in mine for v in leaders(facts, group) if v != PEERS))
    if gone:
        return "no supervisor", f"Nobody can lead {_who([g.group for g in mine], 'or')}: {gone}", _another(kind)
    able = [group for group in mine if n in possible(facts).members.get(group.group, {})]
    if not able:
        because = f"{staff} is never free at work while a leader of {_who([g.group for g in mine], 'or')} is, for {mine[0].minutes} minutes."
        return "no time in common", because, f"Clear {mine[0].minutes} minutes of {staff} when a leader of {mine[0].group} can."
    now_held, since = j.decisions.sessions, facts.data.settings.mended_from
    held = [group for group in able if group.group in now_held and facts.day_and_minute(now_held[group.group].slot)[0] >= since]
    if not held:
        coming = {g.group: len(possible(facts).members[g.group]) for g in able}
        because = (
            f"No group that {staff} could join is held: too few people could come to {_who(coming, 'or')} at one time, or nobody was free to lead."
        )
        return "group not held", because, f"Clear a time at which those who need {kind} are all free, or let the group be smaller (Groups, at least)."
    tries, full, busy = [], [], []
    for group in held:
        now = j.decisions.sessions[group.group]
        needs = (*now.needs, n)
        if len(needs) > min(credited(facts, group, facts.needs[k].minutes) for k in needs):
            full.append(group.group)
        elif not union(possible(facts).members[group.group][n].values()) >> now.slot & 1 or j.busy(staff) & _taken(facts, now.slot, group.minutes):
            busy.append(group.group)
        elif now.giver != staff:
            tries.append({**j.decisions.sessions, group.group: now._replace(needs=needs)})
    if tries:
        return _at_a_price(j, n, need, tries, "The leader")
    if busy:
        because = f"{staff} is not free when {_who(busy)} {_is(busy)} held" + (f", and {_who(full)} {_is(full)} full." if full else ".")
        return (
            "no free time in common",
            because,
            f"Free {staff} on {_when(facts, j.decisions.sessions[busy[0]].slot)}, or lock the group to another time.",
        )
    return (
        "supervisors full",
        f"Every group that {staff} could join is full: {_who(full)}.",
        f"Add a group of {kind} to Groups, or let one be larger.",
    )


def _at_a_price(j: Judged, n: int, need: Due, tries: Iterable[dict[int | str, Held]], who: str) -> Reason:
    """Say what it would cost to use a time that is free."""
    facts = j.facts
    own: tuple[RuleId, str] = ("N4", "") if need.early else ("N2", "") if need.form == "owed" else ("N1", facts.rule("N1", need.kind).kind)
    best: tuple[Judged, Held] | None = None
    roomless: Held | None = None
    for sessions in tries:
        held = next(h for h in sessions.values() if n in h.needs)
        more = Decisions(sessions, j.decisions.duty)
        if allot(facts, more).roomless - allot(facts, j.decisions).roomless:
            roomless = held
            continue
        tried = judge(facts, more)
        if best is None or tried.points < best[0].points:
            best = (tried, held)
    if best is None:
        assert roomless is not None
        time = _when(facts, roomless.slot)
        because = f"{need.staff} and {roomless.giver or 'the group'} could meet on {time} and at other times, but no room is free then."
        return "no room", because, f"Find a room on {time}, or allow {_named(facts, need)} online (Kinds, mode)."
    tried, held = best
    before, after = j.amounts, tried.amounts
    before[own], after[own] = 0, 0
    worse = [key for key in after if after[key] > before[key] and _order(facts, *key) <= _order(facts, *own)]
    worse.sort(key=lambda key: _order(facts, *key))
    place = f"with {held.giver} on {_when(facts, held.slot)}" if held.giver else f"in a group on {_when(facts, held.slot)}"
    if not worse:
        return "a more important rule", "Nothing that matters more stands in the way: the search ran out of time.", "Run longer with --time."
    what = f"What {need.staff} is owed" if need.form == "owed" else need.staff
    helps = f"{what} could be placed {place} if this rule gave way: “{facts.sentence(*worse[0])}” ({worse[0][0]})"
    if worse[0][0] in ("C1", "C2", "C3"):
        return "supervisors full", f"{who} would be above their most ({worse[0][0]}).", helps
    because = f"It could only be held by bending {_who(dict.fromkeys(rule for rule, _ in worse))}, which would cost more."
    return "a more important rule", because, helps


def _order(facts: Facts, rule: RuleId, kind: str) -> int:
    """Number of the level of a rule."""
    return LEVELS.index(facts.rule(rule, kind).priority)


def _named(facts: Facts, need: Due) -> str:
    """Kind of supervision as printed."""
    return facts.kind[need.kind].name or need.kind


def _spread(starts: dict[str, int]) -> Iterator[tuple[str, int]]:
    """A few places of every giver, in turn, until there are enough."""
    slots = {v: bits(there) for v, there in starts.items() if there}
    rounds = ((v, slot) for _ in range(TRIED) for v in slots for slot in islice(slots[v], 1))
    return islice(rounds, TRIED)


def _taken(facts: Facts, slot: int, minutes: int) -> int:
    return ((1 << facts.length(minutes)) - 1) << slot


def _when(facts: Facts, slot: int) -> str:
    day, minute = facts.day_and_minute(slot)
    return f"{week_days(facts.data)[day]} at {time_of(minute)}"


def _who(people: Iterable[str], word: str = "and") -> str:
    return listing(list(people), word, most=NAMED)


def _is(people: Iterable[str]) -> str:
    return "is" if len(list(people)) == 1 else "are"


def _another(kind: str) -> str:
    return f"Add a supervisor of {kind} who is at work this week to Competences."
