"""The model as a table of contents: every rule of the page, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rivals.intervals import duty, people, rooms, sessions, wishes
from models.rivals.intervals.model import Model

if TYPE_CHECKING:
    from models.rivals.intervals.model import Guard
    from models.rota.facts import Facts

RULES = (
    sessions.s6_groups,
    sessions.s7_group_credit,
    sessions.s5_sessions_are_needed,
    people.declare,
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
    people.b2_breaks,
    people.t1_travel,
    wishes.k1_keep_pairs,
    wishes.k2_keep_times,
    duty.k3_keep_duty,
    wishes.f1_fair_load,
    wishes.w1_avoid,
    wishes.w2_prefer,
    wishes.w3_compact,
    wishes.w4_early_and_late,
    people.no_overlap,
)


def build(facts: Facts, guarded: frozenset[Guard] = frozenset()) -> Model:
    """Model of a week. B2 and T1 are watched only for the people and dates that are ``guarded``."""
    m = Model(facts, guarded)
    sessions.declare(m)
    for rule in RULES:
        rule(m)
    return m
