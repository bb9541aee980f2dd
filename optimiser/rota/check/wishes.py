"""Pairs, locks, continuity and wishes: rules P1 to P4, L1 to L3, K1, K2 and W1 to W4."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.rota.check.findings import Place
from optimiser.rota.week import early_or_late, met_before, on_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optimiser.rota.check.records import Held, Key, Rota
    from optimiser.rota.data import LastSession, Lock, RuleId, Strength


# --- pairs ------------------------------------------------------------------------------------------------------------


def p1_line_manager(rota: Rota) -> Iterator[Place]:
    """P1: nobody's supervisor, in a clinical kind given by a supervisor, is their line manager."""
    for held in rota.sessions:
        for person in held.people if held.from_supervisor and held.kind.clinical and held.row.supervisor else ():
            if rota.people[person].line_manager == held.row.supervisor:
                yield Place("P1", 1, held.kind.kind, person, held.row.session)


def p2_never_paired(rota: Rota) -> Iterator[Place]:
    """P2: nobody is supervised in a kind given by a supervisor, alone or in a group, by someone Pairs says never."""
    named = _named(rota, "never")
    for held in rota.sessions:
        for person in held.people if held.from_supervisor else ():
            if held.row.supervisor in _of_kind(named, person, held):
                yield Place("P2", staff=person, session=held.row.session)


def p3_named_supervisor(rota: Rota) -> Iterator[Place]:
    """P3: an individual session, of a kind given by a supervisor, of someone who must have a named one is given by one of those named."""
    yield from _other_supervisor(rota, "P3", "must")


def p4_preferred_supervisor(rota: Rota) -> Iterator[Place]:
    """P4: an individual session, of a kind given by a supervisor, of someone who prefers one is given by one of those named."""
    yield from _other_supervisor(rota, "P4", "prefer")


def _other_supervisor(rota: Rota, rule: RuleId, strength: Strength) -> Iterator[Place]:
    named = _named(rota, strength)
    for held in rota.sessions:
        for person in held.people if held.from_supervisor and held.row.form != "group" else ():
            wanted = _of_kind(named, person, held)
            if wanted and held.row.supervisor not in wanted:
                yield Place(rule, staff=person, session=held.row.session)


def _named(rota: Rota, strength: Strength) -> dict[Key, set[str]]:
    """Supervisors that Pairs names so, by person and kind (blank: every kind)."""
    found: dict[Key, set[str]] = defaultdict(set)
    for pair in rota.data.pairs:
        if pair.strength == strength:
            found[pair.staff, pair.kind].add(pair.supervisor)
    return found


def _of_kind(named: Mapping[Key, set[str]], person: str, held: Held) -> set[str]:
    return named.get((person, held.kind.kind), set()) | named.get((person, ""), set())


# --- locks ------------------------------------------------------------------------------------------------------------


def l1_must(rota: Rota) -> Iterator[Place]:
    """L1: a session that a must lock speaks of is held just so, if it is held; where a rota is mended, what was met on days that are past is met."""
    yield from (_locked("L1", *bent) for bent in _against(rota, "must"))
    for need in met_before(rota.data, rota.needs):
        if not rota.met[need]:
            yield Place("L1", staff=need.staff, item=f"{need.kind} {need.form}")


def l2_never(rota: Rota) -> Iterator[Place]:
    """L2: a session that a never lock speaks of is not held just so."""
    yield from (_locked("L2", *bent) for bent in _against(rota, "never"))


def l3_prefer(rota: Rota) -> Iterator[Place]:
    """L3: a session that a prefer lock speaks of is held just so, if it is held."""
    yield from (_locked("L3", *bent) for bent in _against(rota, "prefer"))


def _locked(rule: RuleId, lock: Lock, held: Held) -> Place:
    return Place(rule, staff=lock.staff, session=held.row.session, item=lock.lock)


def _against(rota: Rota, strength: Strength) -> Iterator[tuple[Lock, Held]]:
    """Locks of a strength, and the sessions that are held against them."""
    alone: dict[str, list[Held]] = defaultdict(list)
    in_groups: dict[Key, list[Held]] = defaultdict(list)
    groups: dict[str, Held] = {}
    for held in rota.sessions:
        if held.row.form == "group":
            groups[held.row.group] = held
        for person in held.people:
            if held.row.form == "group":
                in_groups[person, held.kind.kind].append(held)
            else:
                alone[person].append(held)
    for lock in rota.data.locks:
        if lock.strength != strength:
            continue
        if lock.staff and lock.group:
            kind = rota.groups[lock.group].kind
            attended = in_groups.get((lock.staff, kind), [])
            in_it = [held for held in attended if held.row.group == lock.group]
            # An individual session is in the group's stead only where the need may be met in a group.
            need = rota.need.get((lock.staff, kind, "individual"))
            either = alone.get(lock.staff, ()) if need is not None and need.form == "either" else ()
            instead = attended or [held for held in either if held.kind.kind == kind and held.row.form == "individual"]
            yield from ((lock, held) for held in (in_it if strength == "never" else [] if in_it else instead[:1]))
        elif lock.group:
            yield from (
                ((lock, held) for held in (groups[lock.group],) if _just_so(lock, held) == (strength == "never")) if lock.group in groups else ()
            )
        else:
            for held in alone.get(lock.staff, ()):
                speaks = lock.kind in ("", held.kind.kind) and lock.owed == (held.row.form == "owed")
                if speaks and _just_so(lock, held) == (strength == "never"):
                    yield lock, held


def _just_so(lock: Lock, held: Held) -> bool:
    """Whether everything filled in of a lock is so."""
    return lock.supervisor in ("", held.row.supervisor) and on_day(held.row.date, lock.day) and lock.start in ("", held.row.start)


# --- continuity -------------------------------------------------------------------------------------------------------


def _last(rota: Rota) -> dict[Key, LastSession]:
    return {(row.staff, row.group, row.kind, "owed" if row.owed else ""): row for row in rota.data.last_rota}


def _who(held: Held) -> Iterator[str]:
    """Whose session it is: the person, or nobody for a group's."""
    yield from held.people if held.row.form != "group" else ("",)


def _owed(held: Held) -> str:
    """How the key of a session that is owed ends."""
    return "owed" if held.row.form == "owed" else ""


def k1_keep_pairs(rota: Rota) -> Iterator[Place]:
    """K1: people keep the supervisor, groups the leader, and members the group of the kind that they had last; what is owed is with the same."""
    last = _last(rota)
    before: dict[Key, set[str]] = defaultdict(set)
    for row in rota.data.last_rota:
        if row.staff and row.group:
            before[row.staff, row.kind].add(row.group)
    for held in rota.sessions:
        kind, group = held.kind.kind, held.row.group
        for person in _who(held):
            was = last.get((person, group, kind, _owed(held))) or last.get((person, group, kind, ""))
            if was and was.supervisor != held.row.supervisor:
                yield Place("K1", 1, kind, person, held.row.session)
        for person in held.people if group else ():
            groups = before.get((person, kind), set())
            if groups and group not in groups:
                yield Place("K1", 1, kind, person, held.row.session)


def k2_keep_times(rota: Rota) -> Iterator[Place]:
    """K2: sessions keep the weekday and time they had last."""
    last = _last(rota)
    for held in rota.sessions:
        for person in _who(held):
            was = last.get((person, held.row.group, held.kind.kind, _owed(held)))
            if was and not (on_day(held.row.date, was.weekday) and was.start == held.row.start):
                yield Place("K2", 1, held.kind.kind, person, held.row.session)


# --- wishes -----------------------------------------------------------------------------------------------------------


def w1_avoid(rota: Rota) -> Iterator[Place]:
    """W1: sessions touch no half-hour that someone in them marked A."""
    for held in rota.sessions:
        for person in held.everyone:
            if any(stretch.avoided(held.span) for stretch in rota.there.get((person, held.row.date), ())):
                yield Place("W1", staff=person, session=held.row.session)


def w2_prefer(rota: Rota) -> Iterator[Place]:
    """W2: sessions are wholly within half-hours marked P by those in them who marked any at work this week."""
    marked = {person for person, stretches in rota.work.items() if any(stretch.prefer for stretch in stretches)}
    for held in rota.sessions:
        for person in held.everyone:
            if person in marked and not any(stretch.preferred(held.span) for stretch in rota.there.get((person, held.row.date), ())):
                yield Place("W2", staff=person, session=held.row.session)


def w3_compact(rota: Rota) -> Iterator[Place]:
    """W3: a supervisor gives supervision on one day; days above one count."""
    for supervisor, held in rota.given.items():
        days = len({one.row.date for one in held})
        if days > 1:
            yield Place("W3", days - 1, staff=supervisor)


def w4_early_and_late(rota: Rota) -> Iterator[Place]:
    """W4: early and late sessions go round: one counts 1 and as many as the person, for their hours, had of late."""
    for held in rota.sessions:
        if early_or_late(rota.data, held.span):
            for person in held.everyone:
                yield Place("W4", 1 + rota.of_late.get(person, 0), staff=person, session=held.row.session)
