"""Who is free to be consulted, hour by hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rivals.intervals.wishes import ladder
from models.rota.duty import had_last, on_call

if TYPE_CHECKING:
    from models.rivals.intervals.model import Model


def s8_duty(m: Model) -> None:
    """Put on duty only experienced people who are at work for the whole turn and in no session."""
    facts = m.facts
    for h, turn in enumerate(facts.turns):
        for person in on_call(facts, h):
            literal = m.duty[person, h] = m.literal(f"duty {person} {h}")
            start, length = facts.slot(turn.date, turn.span.start), facts.length(turn.span.end - turn.span.start)
            m.beside(m.other, person, start, length, literal, f"duty {person} {h}")
            if turn in facts.turns_past:
                m.cp.add(literal == 1)


def d1_duty_covered(m: Model) -> None:
    """Count the people by which a turn is short; never more people than asked for."""
    number = m.facts.number("D1") or 0
    for h in range(len(m.facts.turns)):
        short = [m.literal(f"short {h} {k}") for k in range(number)]
        m.cp.add(sum(literal for (_, at), literal in m.duty.items() if at == h) + sum(short) == number)
        for literal in short:
            m.bend("D1", 1, literal)


def d2_fair_duty(m: Model) -> None:
    """Count turns beyond a fair share, each more than the one before."""
    if m.on("D2"):
        for person, fair in m.facts.fair_turns.items():
            turns = [literal for (who, _), literal in m.duty.items() if who == person]
            ladder(m, "D2", sum(turns), fair, 1, len(turns), person)


def k3_keep_duty(m: Model) -> None:
    """Count turns taken by others than those who had them last."""
    if m.on("K3"):
        for h, staff in had_last(m.facts).items():
            for (person, at), literal in m.duty.items():
                if at == h and person not in staff:
                    m.bend("K3", 1, literal)
