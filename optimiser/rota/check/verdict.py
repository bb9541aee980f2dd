"""The whole of it: every rule in the order of its findings, the verdict on an answer, what follows from its decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from optimiser.rota.check.answer import follow
from optimiser.rota.check.duty import d1_duty_covered, d2_fair_duty, k3_keep_duty, s8_duty
from optimiser.rota.check.hours import r2_sites, s2_working_time, s3_grid
from optimiser.rota.check.objective import weigh
from optimiser.rota.check.people import (
    b1_lunch,
    b2_breaks,
    c1_most_people,
    c2_most_trainees,
    c3_most_hours,
    f1_fair_load,
    s1_one_place_at_a_time,
    t1_travel,
)
from optimiser.rota.check.rooms import r1_rooms
from optimiser.rota.check.sessions import (
    n1_needs_met,
    n2_owed_repaid,
    n3_no_gap,
    n4_brought_forward,
    s4_who_gives,
    s5_sessions_are_needed,
    s6_groups,
    s7_group_credit,
)
from optimiser.rota.check.stated import bent_stated, idle, loads, not_placed_stated, rows_stated
from optimiser.rota.check.wishes import (
    k1_keep_pairs,
    k2_keep_times,
    l1_must,
    l2_never,
    l3_prefer,
    p1_line_manager,
    p2_never_paired,
    p3_named_supervisor,
    p4_preferred_supervisor,
    w1_avoid,
    w2_prefer,
    w3_compact,
    w4_early_and_late,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optimiser.result import Finding
    from optimiser.rota.check.findings import Place
    from optimiser.rota.check.records import Rota
    from optimiser.rota.data import Bent, RotaAnswer, RotaInput, TermValue


# --- rules ------------------------------------------------------------------------------------------------------------

HARD: tuple[Callable[[Rota], Iterator[Finding]], ...] = (
    s1_one_place_at_a_time,
    s2_working_time,
    s3_grid,
    s4_who_gives,
    s5_sessions_are_needed,
    s6_groups,
    s7_group_credit,
    s8_duty,
    r1_rooms,
    r2_sites,
)
"""Rules that hold or are broken."""

SOFT: tuple[Callable[[Rota], Iterator[Place]], ...] = (
    n1_needs_met,
    n2_owed_repaid,
    n3_no_gap,
    n4_brought_forward,
    c1_most_people,
    c2_most_trainees,
    c3_most_hours,
    p1_line_manager,
    p2_never_paired,
    p3_named_supervisor,
    p4_preferred_supervisor,
    l1_must,
    l2_never,
    l3_prefer,
    d1_duty_covered,
    d2_fair_duty,
    b1_lunch,
    b2_breaks,
    t1_travel,
    k1_keep_pairs,
    k2_keep_times,
    k3_keep_duty,
    f1_fair_load,
    w1_avoid,
    w2_prefer,
    w3_compact,
    w4_early_and_late,
)
"""Rules that the manager rules."""


def _places(rota: Rota) -> Iterator[Place]:
    """Every place where a rule that the manager rules is bent, whether or not the rule is on."""
    return (place for rule in SOFT for place in rule(rota))


# --- the verdict ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """What the checker found, and what it worked out for itself.

    ``bent`` holds every place where a rule that is on is bent, ``terms`` every rule that is on, ``levels`` (name, direction, points) of each
    priority, Must first.
    """

    findings: tuple[Finding, ...]
    bent: tuple[Bent, ...]
    terms: tuple[TermValue, ...]
    levels: tuple[tuple[str, Literal["min", "max"], float], ...]

    @property
    def unmet(self) -> tuple[Bent, ...]:
        """Places where a must is bent."""
        return tuple(row for row in self.bent if row.priority == "Must")


def check(data: RotaInput, answer: RotaAnswer) -> Checked:
    """Hold an answer against every rule of the model and against what it says of itself.

    The input must have passed its own checks (:func:`optimiser.rota.examine.examine` without errors).
    """
    rota, findings = follow(data, answer)
    for rule in HARD:
        findings.extend(rule(rota))
    bent, terms, levels = weigh(data, _places(rota))
    findings.extend(not_placed_stated(rota, answer))
    findings.extend(bent_stated(bent, answer))
    findings.extend(rows_stated("Result load", "ANSWER", loads(rota), answer.load, idle))
    findings.extend(rows_stated("Result terms", "TERMS", terms, answer.terms))
    findings.extend(rows_stated("Result levels", "LEVELS", levels, answer.levels))
    return Checked(tuple(findings), tuple(bent), tuple(terms), tuple((row.priority, "min", float(row.points)) for row in levels))


def work_out(data: RotaInput, answer: RotaAnswer) -> RotaAnswer:
    """The same decisions with load, bent rules, terms and levels filled in; why something is not placed is not for a checker to say."""
    rota, _ = follow(data, answer)
    bent, terms, levels = weigh(data, _places(rota))
    load = tuple(row for row in loads(rota) if not idle(row))
    return answer.model_copy(update={"load": load, "bent": tuple(bent), "terms": tuple(terms), "levels": tuple(levels)})
