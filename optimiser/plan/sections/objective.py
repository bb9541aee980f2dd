"""The objective, level by level and term by term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.sections.names import decimals, plain
from optimiser.words import better, number, percent

if TYPE_CHECKING:
    from optimiser.plan.data import PlanAnswer
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names
    from optimiser.result import Solved

TERMS: dict[str, tuple[str, str]] = {
    "unmet_musts": ("Musts not met", "points"),
    "completed_courses": ("Completed courses", "courses"),
    "reliable_recoveries": ("Reliable recoveries", "people"),
    "entering_treatment": ("People entering treatment", "people"),
    "waiting_too_long": ("People waiting too long", "people times quarters"),
    "reached_by_outreach": ("People reached by outreach", "people"),
    "lost_trainees": ("Graduates lost", "people"),
    "workforce_at_end": ("Worth of the staff in post at the end", "points"),
    "cost": ("Cost", "£"),
    "churn": ("Hires and ended contracts", "WTE"),
    "contracts_ended": ("Ended contracts", "WTE"),
    "equity_gap": ("People short of their community's share", "people"),
    "representation_gap": ("Staff of groups short of the share wanted", "WTE"),
}


@dataclass(frozen=True)
class LevelShown:
    """A level of the objective on the page: its heading, its terms, and what is known of anything better."""

    heading: str
    sentence: str
    table: Table


def _term_value(term: str, value: float, n: Names) -> float:
    """Term's value as it may be told; the worth of the staff at the end is no count of people."""
    if term == "cost":
        return n.counts.pounds(value)
    return n.counts.drawn(value) if term not in ("unmet_musts", "workforce_at_end") else value


def levels(f: Figures, solved: Solved[PlanAnswer], n: Names) -> list[LevelShown]:
    """Each level of the objective itemised: value times weight is the contribution, and the contributions add up to the level's value."""
    reached = {level.name: level for level in solved.outcome.levels}
    shown = []
    for p in sorted(f.data.priorities, key=lambda r: r.priority):
        parts = [c for c in f.contributions if c.priority == p.priority]
        rows = []
        total = 0.0
        for c in parts:
            name, unit = TERMS[c.term]
            value = _term_value(c.term, c.value, n)
            total += c.weight * value
            weight = f"\N{MULTIPLICATION SIGN} {number(c.weight, decimals(c.weight, 4))}"
            rows.append((name, plain(value), unit, weight, number(c.weight * value, 1), c.reason))
        rows.append(("Value of the priority", "", "", "", number(total, 1), ""))
        level = reached.get(p.name)
        sentence = f"To be made as {'small' if p.direction == 'min' else 'large'} as possible."
        if level is not None:
            if level.bound is None or level.gap >= 1:
                sentence += " How much better it could be is not known."
            elif better(level.gap) == better(0):
                sentence += " It is proved that no better value exists once the priorities before it are settled."
            else:
                sentence += f" It is proved that nothing can be better than {plain(level.bound)}: {better(level.gap)}."
        if p.tolerance:
            sentence += f" Later priorities may give up at most {percent(p.tolerance)} of it."
        table = Table(
            f"level-{p.priority}", f"Priority {p.priority}: {p.name}", ("Term", "Amount", "Unit", "Weight", "Contribution", "Why this weight"),
            tuple(rows), "hrlrrl", last_is_total=True,
        )  # fmt: skip
        shown.append(LevelShown(f"Priority {p.priority}: {p.name}", sentence, table))
    return shown
