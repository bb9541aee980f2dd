"""Each person's week: one place at a time, caps, fair load, lunch, breaks and travel (rules S1, C1 to C3, F1, B1, B2 and T1)."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

from optimiser.rota.check.findings import Place, fault
from optimiser.rota.data import minutes_of, time_of
from optimiser.rota.week import HALF_HOUR, Span, clock, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from optimiser.result import Finding
    from optimiser.rota.check.records import Held, Rota
    from optimiser.rota.data import RuleId


def clashes(spans: Iterable[tuple[Span, str]]) -> Iterator[tuple[str, str, Span]]:
    """What overlaps something that began before it: both names and the later span."""
    last: tuple[Span, str] | None = None
    for span, name in sorted(spans):
        if last and span.meets(last[0]):
            yield last[1], name, span
        if last is None or span.end > last[0].end:
            last = (span, name)


def s1_one_place_at_a_time(rota: Rota) -> Iterator[Finding]:
    """S1: no two of a person's sessions, received or given, and turns of duty overlap."""
    for person, day in {**rota.engaged, **rota.on_duty}:
        spans = [(held.span, held.row.session) for held in rota.engaged.get((person, day), ())]
        spans += [(span, "duty") for span in rota.on_duty.get((person, day), ())]
        for one, other, span in clashes(spans):
            yield fault("S1", f"{person}, {day} {clock(span)}", f"In two places at once: {one} and {other}.")


# --- caps -------------------------------------------------------------------------------------------------------------


def c1_most_people(rota: Rota) -> Iterator[Place]:
    """C1: a supervisor sees no more different people in supervision given than their most, else the rule's number."""
    for supervisor, seen in people_seen(rota).items():
        yield from _over("C1", supervisor, len(seen), rota.people[supervisor].most_people, number(rota.data, "C1"))


def c2_most_trainees(rota: Rota) -> Iterator[Place]:
    """C2: a supervisor sees no more trainees in supervision given than their most, else the rule's number."""
    for supervisor, seen in people_seen(rota).items():
        trainees = sum(rota.people[person].trainee for person in seen)
        yield from _over("C2", supervisor, trainees, rota.people[supervisor].most_trainees, number(rota.data, "C2"))


def c3_most_hours(rota: Rota) -> Iterator[Place]:
    """C3: a supervisor gives no more hours of supervision than their most, else the rule's number; half-hours above count, rounded up."""
    for supervisor, held in rota.given.items():
        own = rota.people[supervisor].most_hours
        most = number(rota.data, "C3") if own is None else own
        if most is not None:
            # Hours such as 4.35 are a whole number of minutes, but not in binary.
            above = math.ceil(round((minutes_given(held) - 60 * most) / HALF_HOUR, 6))
            if above > 0:
                yield Place("C3", above, staff=supervisor)


def f1_fair_load(rota: Rota) -> Iterator[Place]:
    """F1: supervision given is shared in proportion to hours at work, what is carried counted; n half-hours above count 1 + 2 + … + n."""
    for supervisor in rota.pool:
        above = -(-(minutes_given(rota.given.get(supervisor, ())) - rota.fair[supervisor]) // HALF_HOUR)
        if above > 0:
            yield Place("F1", above * (above + 1) // 2, staff=supervisor)


def people_seen(rota: Rota) -> dict[str, set[str]]:
    """People each supervisor sees in supervision given."""
    return {supervisor: {person for one in held for person in one.people} for supervisor, held in rota.given.items()}


def _over(rule: RuleId, staff: str, value: int, own: int | None, most: int | None) -> Iterator[Place]:
    most = most if own is None else own
    if most is not None and value > most:
        yield Place(rule, value - most, staff=staff)


def minutes_given(held: Iterable[Held]) -> int:
    """Minutes of these sessions together."""
    return sum(one.row.minutes for one in held)


# --- the working day --------------------------------------------------------------------------------------------------


def b1_lunch(rota: Rota) -> Iterator[Place]:
    """B1: whoever is at work before and after the lunch window keeps a free stretch in it of the rule's minutes, if they had one."""
    settings, wanted = rota.data.settings, number(rota.data, "B1") or 0
    window = Span(minutes_of(settings.lunch_from), minutes_of(settings.lunch_to))
    for person, day in {**rota.engaged, **rota.on_duty}:
        stretches = rota.there.get((person, day), ())
        if not stretches or min(s.span.start for s in stretches) >= window.start or max(s.span.end for s in stretches) <= window.end:
            continue
        barred = [bar for stretch in stretches for bar in stretch.barred]
        taken = [held.span for held in rota.engaged.get((person, day), ())] + list(rota.on_duty.get((person, day), ()))
        if _longest_free(window, barred) >= wanted > _longest_free(window, [*barred, *taken]):
            yield Place("B1", staff=person, date=day)


def _longest_free(window: Span, taken: Iterable[Span]) -> int:
    """Minutes of the longest stretch of a window that nothing takes."""
    free, edge = 0, window.start
    for span in sorted(taken):
        free = max(free, min(span.start, window.end) - edge)
        edge = max(edge, span.end)
    return max(free, window.end - edge)


def b2_breaks(rota: Rota) -> Iterator[Place]:
    """B2: no run of sessions without a break between is longer than the rule's minutes."""
    most = number(rota.data, "B2") or 0
    for (person, day), held in rota.engaged.items():
        if any(run.end - run.start > most for run in _runs(held, rota.data.settings.break_minutes)):
            yield Place("B2", staff=person, date=day)


def _runs(held: Sequence[Held], pause: int) -> Iterator[Span]:
    """Runs of sessions, which are in order: a run goes on while the next starts less than a break after the one before ends."""
    start, end = held[0].span
    for one in held[1:]:
        if one.span.start - end >= pause:
            yield Span(start, end)
            start = one.span.start
        end = max(end, one.span.end)
    yield Span(start, end)


def t1_travel(rota: Rota) -> Iterator[Place]:
    """T1: between the last session in one stretch and the first in a later one at another site there is time to travel."""
    needed = {}
    for row in rota.data.travel:
        needed[row.from_site, row.to_site] = needed[row.to_site, row.from_site] = row.minutes
    for (person, day), held in rota.engaged.items():
        edges = []
        for stretch in rota.there.get((person, day), ()):
            inside = [one.span for one in held if stretch.span.holds(one.span)]
            if inside:
                edges.append((stretch.site, min(span.start for span in inside), max(span.end for span in inside)))
        for (site, _, end), (other, start, _) in combinations(edges, 2):
            if start - end < needed.get((site, other), 0) and site != other:
                yield Place("T1", staff=person, date=day, start=time_of(start))
