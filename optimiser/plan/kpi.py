"""Indicators of each service and quarter under the names of the published NHS Talking Therapies statistics, for plan and actual side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimiser.page import Table
from optimiser.plan.data import STEPS
from optimiser.plan.figures import SPARE, tally
from optimiser.plan.publish import UNDER
from optimiser.words import MINUS, number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimiser.plan.figures import Figures
    from optimiser.plan.publish import Counts
    from optimiser.plan.sections import Names

COLUMNS: dict[str, str] = {
    "referrals": "Referrals received",
    "entered_treatment": "Entering treatment (first treatment)",
    "completed_courses": "Finished course of treatment",
    "reliable_recoveries": "Reliable recovery",
    "reliable_recovery_percent": "Reliable recovery rate",
    "waiting_low_intensity": "Waiting, low intensity",
    "waiting_high_intensity": "Waiting, high intensity",
    "mean_wait_weeks_low_intensity": "Average wait, low intensity (weeks)",
    "mean_wait_weeks_high_intensity": "Average wait, high intensity (weeks)",
}
"""Indicators by the name of their column in the tidy table, with the heading they have on a page. The first five are published monthly."""

_HEADS = ("Quarter", "Referrals received", "Entering treatment", "Finished course", "Reliable recovery", "Rate of it", *("Low", "High") * 2)
"""The same headings, short enough for a page; waits stand under common ones."""

NOTE = (
    "Counts are courses: somebody who steps up finishes two, where the published figures count one referral. Entering treatment is courses started "
    "less step-ups; it falls below 0 in a quarter in which more people step up than start. An average wait is people waiting at the end of the "
    "quarter over courses started in a week of it. Shares seen within 6 and 18 weeks are not told: they need the order in which people are taken, "
    "which a plan does not decide. Recovery that is not reliable recovery is not in the input."
)
"""What has to be known when plan and actual are laid side by side."""

_SOME = 0.5
"""Fewer courses started in a quarter are nobody, and fewer people waiting: an average wait over them means nothing."""


@dataclass(frozen=True)
class Indicators:
    """Indicators of a service in a quarter; a blank service is all of them. Waits are None where nobody starts or the step is not given."""

    service: str
    quarter: str
    referrals: float
    entered: float
    completed: float
    recovered: float
    waiting: dict[str, float]
    started: dict[str, float]
    weeks: float

    def wait(self, step: str) -> float | None:
        """Average wait in weeks: people waiting over courses started a week (Little's law)."""
        waiting, started = self.waiting.get(step, 0.0), self.started.get(step, 0.0)
        if started >= _SOME:
            return self.weeks * waiting / started
        return None if waiting >= _SOME or step not in self.waiting else 0.0


def indicators(f: Figures) -> list[Indicators]:
    """Indicators of every service and quarter, and of all services together first where there are several."""
    weeks = f.data.settings.weeks_per_quarter
    demand = tally(((r.service, r.quarter), r.referrals) for r in f.data.demand)
    queues = {(r.service, r.step, r.quarter): r for r in f.answer.queues}
    found = []
    for s in (r.service for r in f.data.services):
        steps = [i for i in STEPS if (s, i) in f.care and f.quarters and (s, i, f.quarters[0]) in queues]
        before = f.care[s, "low"].carried_over if "low" in steps else 0.0
        for q in f.quarters:
            rows = {i: queues[s, i, q] for i in steps}
            # What joins the high-intensity queue from the low-intensity one is no referral and no first treatment.
            up = f.care[s, "low"].step_up * before if {"low", "high"} <= set(steps) else 0.0
            entry = next((i for i in steps if f.care[s, i].route > SPARE), None)
            arrived = (rows[entry].joined - (up if entry == "high" else 0.0)) / f.care[s, entry].route if entry else demand[s, q]
            found.append(
                Indicators(
                    service=s,
                    quarter=q,
                    referrals=arrived,
                    entered=sum(r.started for r in rows.values()) - up,
                    completed=sum(r.completed for r in rows.values()),
                    recovered=sum(r.recovered for r in rows.values()),
                    waiting={i: r.waiting for i, r in rows.items()},
                    started={i: r.started for i, r in rows.items()},
                    weeks=weeks,
                )
            )
            before = rows["low"].started if "low" in rows else 0.0
    together = [_all(q, [r for r in found if r.quarter == q], weeks) for q in f.quarters] if len(f.data.services) > 1 else []
    return [*together, *found]


def _all(quarter: str, rows: Sequence[Indicators], weeks: float) -> Indicators:
    return Indicators(
        service="",
        quarter=quarter,
        referrals=sum(r.referrals for r in rows),
        entered=sum(r.entered for r in rows),
        completed=sum(r.completed for r in rows),
        recovered=sum(r.recovered for r in rows),
        waiting=dict(tally((i, n) for r in rows for i, n in r.waiting.items())),
        started=dict(tally((i, n) for r in rows for i, n in r.started.items())),
        weeks=weeks,
    )


def cells(r: Indicators, counts: Counts) -> dict[str, Any]:
    """Indicators by column, as a program reads them: numbers, None where there is nothing, ``under 5`` where small numbers are left out."""

    def people(value: float) -> Any:
        if not counts.publishable:
            return round(value, 4)
        words = counts.people(value)
        return words if words == UNDER else int(words.replace(",", "").replace(MINUS, "-"))

    def told(value: float | None, places: int) -> float | None:
        return None if value is None else round(value, places)

    # A share of a count that is left out would tell the count.
    rate = 100 * r.recovered / r.completed if r.completed > SPARE and people(r.recovered) != UNDER and people(r.completed) != UNDER else None
    waits = {i: None if people(r.waiting.get(i, 0.0)) == UNDER else r.wait(i) for i in STEPS}
    return {
        "referrals": people(r.referrals),
        "entered_treatment": people(r.entered),
        "completed_courses": people(r.completed),
        "reliable_recoveries": people(r.recovered),
        "reliable_recovery_percent": told(rate, 1),
        "waiting_low_intensity": people(r.waiting["low"]) if "low" in r.waiting else None,
        "waiting_high_intensity": people(r.waiting["high"]) if "high" in r.waiting else None,
        "mean_wait_weeks_low_intensity": told(waits["low"], 1),
        "mean_wait_weeks_high_intensity": told(waits["high"], 1),
    }


def rows(figures: Sequence[Figures], counts: Counts) -> list[dict[str, Any]]:
    """Tidy table of every answer given, each row with its option; services one by one."""
    return [
        {"option": f.answer.option, "service": r.service, "quarter": r.quarter, **cells(r, counts)}
        for f in figures
        for r in indicators(f)
        if r.service
    ]


def tables(f: Figures, n: Names) -> list[tuple[str, Table]]:
    """A table for all services and for each of them, with its name: a row for each quarter."""
    found = indicators(f)
    names = dict.fromkeys(r.service for r in found)
    return [
        (
            n.services[service],
            Table(
                f"kpi-{place}",
                f"Indicators, {n.services[service]}",
                _HEADS,
                tuple((r.quarter, *_words(cells(r, n.counts))) for r in found if r.service == service),
                "h" + "r" * len(COLUMNS),
                groups=(("", 6), ("Waiting", 2), ("Average wait (weeks)", 2)),
            ),
        )
        for place, service in enumerate(names)
    ]


def _words(values: dict[str, Any]) -> list[str]:
    shown = []
    for name, value in values.items():
        if value is None:
            shown.append("\N{EN DASH}")
        elif isinstance(value, str):
            shown.append(value)
        elif name.endswith("_percent"):
            shown.append(percent(value / 100))
        else:
            shown.append(number(value, 1 if name.startswith("mean_") else 0))
    return shown
