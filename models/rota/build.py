"""The model as a table of contents: every chapter and rule of the page, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rota import duty, people, rooms, sessions, wishes
from models.rota.model import Model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.rota.facts import Facts
    from models.rota.model import Guard

RULES = (
    sessions.s6_groups,
    sessions.s7_group_credit,
    sessions.s5_sessions_are_needed,
    people.s1_one_place_at_a_time,
    duty.s8_duty,
    rooms.r1_rooms,
    sessions.n1_needs_met,
    sessions.n2_owed_repaid,
    sessions.n3_no_gap,
    sessions.n4_brought_forward,
    people.c1_most_people,
    people.c2_most_trainees,
    people.c3_most_hours,
    wishes.p1_line_manager,
    wishes.p2_never_paired,
    wishes.p3_named_supervisor,
    wishes.p4_preferred_supervisor,
    wishes.l1_must,
    wishes.l2_never,
    wishes.l3_prefer,
    duty.d1_duty_covered,
    duty.d2_fair_duty,
    people.b1_lunch,
    people.t1_travel,
    wishes.k1_keep_pairs,
    wishes.k2_keep_times,
    duty.k3_keep_duty,
    people.f1_fair_load,
    wishes.w1_avoid,
    wishes.w2_prefer,
    wishes.w3_compact,
    wishes.w4_early_and_late,
    people.no_overlap,
)


LATER = {"B2": people.b2_breaks, "R1": rooms.r1_each_room}
"""Rules that hardly ever bind beyond what the others say: written out for a person (B2) or site (R1) and a date once a rota is seen to need it."""


def build(facts: Facts) -> Model:
    """Model of a week, without what is written out later."""
    m = Model(facts)
    sessions.declare(m)
    for rule in RULES:
        rule(m)
    return m


def write_out(m: Model, guards: Iterable[Guard]) -> None:
    """Write out rules where they are needed; no column that is there already changes its number."""
    for rule, who, day in sorted(guards):
        LATER[rule](m, who, day)
