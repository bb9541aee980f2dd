"""Language: courses with an interpreter, and rule C6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.check.care import one_to_one_hours
from optimiser.plan.check.findings import above, fault, tolerance
from optimiser.plan.check.simulation import Sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.simulation import Plan
    from optimiser.plan.data import Care
    from optimiser.result import Finding


def session_share(care: Care) -> float:
    """Share of a course's hours that are sessions, lost slots counted; the rest is write-up."""
    booked = care.session_minutes / care.attended
    return booked / (booked + care.writeup_minutes) if booked else 0.0


def follow_language(plan: Plan) -> None:
    """Hours of courses in each language that nobody gives in their mother tongue, and interpreters' hours for their sessions (rule C6)."""
    spoken = Sums()
    for (s, _, language, step, t), hours in plan.mother_tongue.items():
        spoken.add((s, language, step, t), hours)
    for row in plan.data.languages:
        for (s, step), care in plan.care.items():
            for t in plan.times if s == row.service else ():
                key = (s, row.language, step, t)
                plan.interpreted[key] = row.share * one_to_one_hours(plan, s, step, t) - spoken[key]
                plan.interpreters[key] = row.longer * session_share(care) * plan.interpreted[key]


def c6_language(plan: Plan) -> Iterator[Finding]:
    """C6: mother-tongue hours come from posts that speak the language, from hours used for the step, and are no more than courses in it take."""
    speakers = {(row.post, row.language) for row in plan.data.speakers}
    used, wanted = Sums(), Sums()
    for (s, p, language, step, t), hours in plan.mother_tongue.items():
        used.add((s, p, step, t), hours)
        wanted.add((s, language, step, t), hours)
        if abs(hours) > tolerance() and (p, language) not in speakers:
            what = f"{hours:,.6g} hours are given in {language}, and Speakers has no such row."
            yield fault("C6", f"{s}, {p}, {plan.quarter(t)}", what, hours)
    for (s, p, step, t), hours in used.items():
        yield from above(
            "C6", f"{s}, {p}, {step}, {plan.quarter(t)}", "Mother-tongue hours of the post", hours, plan.treatment[s, p, step, t], "hours"
        )
    for (s, language, step, t), hours in wanted.items():
        bound = plan.interpreted[s, language, step, t] + hours
        yield from above("C6", f"{s}, {language}, {step}, {plan.quarter(t)}", "Mother-tongue hours", hours, bound, "hours")
