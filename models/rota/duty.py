"""Chapter "Duty" of the page: who is free to be consulted, hour by hour."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from models.rota.people import Item, convex
from optimiser.rota.data import time_of
from optimiser.rota.week import week_days

if TYPE_CHECKING:
    from models.rota.facts import Facts
    from models.rota.model import Model


def s8_duty(m: Model) -> None:
    """Put on duty only experienced people who are at work for the whole turn and in no session; never more of them than D1 asks for.

    Turns that are past, where a rota is mended, are taken by whoever took them.
    """
    facts = m.facts
    for h, turn in enumerate(facts.turns):
        able = on_call(facts, h)
        start, length = facts.slot(turn.date, turn.span.start), facts.length(turn.span.end - turn.span.start)
        for person in able:
            column = m.duty[person, h] = m.program.column()
            m.engaged[person].append(Item(start, length, column))
        m.program.at_most(facts.number("D1") or 0, [m.duty[person, h] for person in able])
        if turn in facts.turns_past:
            m.program.at_least(len(able), [m.duty[person, h] for person in able])


def on_call(facts: Facts, h: int) -> list[str]:
    """Experienced people who are at work for the whole of a turn; of one that is past, who took it."""
    turn = facts.turns[h]
    if turn in facts.turns_past:
        return list(facts.turns_past[turn])
    return [p.staff for p in facts.data.staff if p.experienced and any(s.date == turn.date and s.free(turn.span) for s in facts.work[p.staff])]


def d1_duty_covered(m: Model) -> None:
    """Count the people by which a turn is short."""
    number = m.facts.number("D1") or 0
    for h in range(len(m.facts.turns)):
        short = m.program.column(number)
        m.program.at_least(number, [*(column for (_, at), column in m.duty.items() if at == h), short])
        m.bend("D1", 1, short)


def d2_fair_duty(m: Model) -> None:
    """Count turns beyond a fair share: the first costs 1, the second 2, and so on."""
    if m.on("D2"):
        turns: dict[str, list[int]] = defaultdict(list)
        for (person, _), column in m.duty.items():
            turns[person].append(column)
        for person, fair in m.facts.fair_turns.items():
            above = [max(0, k - fair) for k in range(len(turns[person]) + 1)]
            convex(m, "D2", turns[person], [1] * len(turns[person]), [k * (k + 1) // 2 for k in above])


def had_last(facts: Facts) -> dict[int, set[str]]:
    """Who had each turn of duty last; turns that nobody had are left out."""
    weekday = week_days(facts.data)
    turn = {(weekday[turn.date], time_of(turn.span.start)): h for h, turn in enumerate(facts.turns)}
    found: dict[int, set[str]] = defaultdict(set)
    for row in facts.data.last_duty:
        if (row.weekday, row.start) in turn:
            found[turn[row.weekday, row.start]].add(row.staff)
    return found


def k3_keep_duty(m: Model) -> None:
    """Count turns taken by others than those who had them last."""
    if m.on("K3"):
        for h, staff in had_last(m.facts).items():
            for (person, at), column in m.duty.items():
                if at == h and person not in staff:
                    m.bend("K3", 1, column)
