"""Duty: rules S8, D1, D2 and K3."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from optimiser.rota.check.findings import Place, fault
from optimiser.rota.data import time_of
from optimiser.rota.week import number, on_day, rule_for, turns, turns_past

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.result import Finding
    from optimiser.rota.check.records import Rota


def s8_duty(rota: Rota) -> Iterator[Finding]:
    """S8: only experienced people are on duty; a turn is one of the week's, whole, by no more people than D1 asks for; none where D1 is off.

    Where a rota is mended, a turn that is past is taken by whoever took it.
    """
    real = {(turn.date, time_of(turn.span.start)): turn.span.end - turn.span.start for turn in turns(rota.data)}
    most = (number(rota.data, "D1") or 0) if rule_for(rota.data, "D1").on else 0
    for turn in rota.duty:
        place = f"{turn.staff}, {turn.date} {turn.start}"
        if not rota.people[turn.staff].experienced:
            yield fault("S8", place, f"{turn.staff} is on duty and is not experienced.")
        minutes = real.get((turn.date, turn.start))
        if minutes is None:
            yield fault("S8", place, "No turn of duty begins then.")
        elif minutes != turn.minutes:
            yield fault("S8", place, f"It lasts {turn.minutes} minutes, the turn {minutes}.", abs(turn.minutes - minutes))
    for (day, start), people in Counter((turn.date, turn.start) for turn in rota.duty).items():
        if people > most:
            yield fault("S8", f"{day} {start}", f"{people} on duty, at most {most} may be.", people - most)
    for past, took in turns_past(rota.data, rota.work).items():
        start = time_of(past.span.start)
        apart = {turn.staff for turn in rota.duty if (turn.date, turn.start) == (past.date, start)} ^ set(took)
        if apart:
            what = f"The day is past; who took the turn: {', '.join(took) or 'nobody'}. Other than that: {', '.join(sorted(apart))}."
            yield fault("S8", f"{past.date} {start}", what, len(apart))


def d1_duty_covered(rota: Rota) -> Iterator[Place]:
    """D1: in every turn of duty as many experienced people are on duty as the rule's number."""
    wanted = number(rota.data, "D1") or 0
    people = Counter((turn.date, turn.start) for turn in rota.duty)
    for turn in turns(rota.data):
        start = time_of(turn.span.start)
        if people[turn.date, start] < wanted:
            yield Place("D1", wanted - people[turn.date, start], date=turn.date, start=start)


def d2_fair_duty(rota: Rota) -> Iterator[Place]:
    """D2: duty is shared in proportion to hours at work; n turns above the share count 1 + 2 + … + n."""
    for person, count in Counter(turn.staff for turn in rota.duty).items():
        above = count - rota.fair_turns.get(person, 0)
        if above > 0:
            yield Place("D2", above * (above + 1) // 2, staff=person)


def k3_keep_duty(rota: Rota) -> Iterator[Place]:
    """K3: a turn of duty that somebody had last is taken by nobody else."""
    had: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rota.data.last_duty:
        had[row.weekday, row.start].add(row.staff)
    for turn in rota.duty:
        before = next((staff for (weekday, start), staff in had.items() if start == turn.start and on_day(turn.date, weekday)), None)
        if before and turn.staff not in before:
            yield Place("K3", staff=turn.staff, date=turn.date, start=turn.start)
