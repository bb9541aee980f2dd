"""Tables of the plan's report on levers that only some inputs have: employment advisers, group courses, integrated care, retention measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.check import course_hours, group_hours
from optimiser.plan.data import quarter_number
from optimiser.plan.figures import SPARE, tally
from optimiser.plan.sections import STEP_WORDS
from optimiser.words import NOTHING, count, number, percent, quarter_words

if TYPE_CHECKING:
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections import Names


def tables(f: Figures, n: Names) -> list[Table]:
    """A table for each of these levers that the input has."""
    return [table for table in (advisers(f, n), groups(f, n), integrated(f, n), retention(f, n)) if table.rows]


def advisers(f: Figures, n: Names) -> Table:
    """Employment advisers asked for and in post at the end, and how many are missing at worst (rule C7)."""
    clinical = {p.post for p in f.data.posts if p.contract != "trainee" and (p.low or p.high)}
    clinicians = tally(((s, q), wte) for (s, p, q), wte in f.staff.items() if p in clinical)
    short = tally(((r.service, r.item, r.quarter), r.short) for r in f.answer.shortfalls if r.rule == "C7")
    in_post = tally(f.staff.items())
    last = f.quarters[-1]
    rows = []
    for r in f.data.employment_advisers:
        missing, when = max((short[r.service, r.post, q], q) for q in reversed(f.quarters))
        rows.append(
            (
                n.services[r.service],
                n.posts[r.post],
                number(r.clinicians_per_adviser, 1),
                n.wte(clinicians[r.service, last] / r.clinicians_per_adviser),
                n.wte(in_post[r.service, r.post, last]),
                f"{n.wte(missing)} in {quarter_words(when)}" if missing > SPARE else "never short",
            )
        )
    heads = ("Service", "Post", "Clinicians for each", "Wanted at the end (WTE)", "In post at the end (WTE)", "Most that are missing (WTE)")
    return Table("advisers", "Employment advisers beside the clinicians", heads, tuple(rows), "hhrrrl")


def groups(f: Figures, n: Names) -> Table:
    """People who start in groups, and the clinicians' hours that saves (rule C8)."""
    grouped = tally(((r.service, r.step), r.courses) for r in f.answer.group_starts)
    started = tally(((r.service, r.step), r.started) for r in f.answer.queues)
    rows = []
    for r in f.data.group_courses:
        people, all_started = grouped[r.service, r.step], started[r.service, r.step]
        saved = people * (course_hours(f.care[r.service, r.step]) - group_hours(r))
        rows.append(
            (
                n.services[r.service],
                STEP_WORDS[r.step],
                n.people(people),
                percent(people / all_started, 0) if all_started > SPARE else NOTHING,
                percent(r.maximum_share, 0),
                NOTHING if n.counts.publishable else count(saved),
            )
        )
    heads = ("Service", "Step of care", "Start in groups", "Share of courses started", "At most", "Clinicians' hours saved")
    note = "Hours saved: what as many one-to-one courses would take, less what the groups take."
    return Table("groups", "Courses in groups, whole plan", heads, tuple(rows), "hhrrrr", note=note)


def integrated(f: Figures, n: Names) -> Table:
    """Growth in courses started, and the integrated ones among it (rule C9)."""
    given = tally(((r.service, r.step), r.courses) for r in f.answer.integrated_starts)
    short = tally(((r.service, r.item), r.short) for r in f.answer.shortfalls if r.rule == "C9")
    rows = []
    for r in f.data.integrated_care:
        first = quarter_number(r.from_quarter or f.quarters[0])
        queues = [q.started for q in f.answer.queues if (q.service, q.step) == (r.service, r.step) and quarter_number(q.quarter) >= first]
        growth = sum(max(0.0, started - r.baseline) for started in queues)
        missing = short[r.service, r.step]
        rows.append(
            (
                n.services[r.service],
                STEP_WORDS[r.step],
                number(r.baseline),
                n.people(growth),
                n.people(r.integrated_share * growth),
                n.people(given[r.service, r.step]),
                n.people(missing) if missing > SPARE else NOTHING,
            )
        )
    heads = ("Service", "Step of care", "Baseline a quarter", "Growth", "Integrated, wanted", "Integrated, started", "Short")
    note = "Growth: courses started above the baseline, whole plan, from the quarter in which it is asked for."
    return Table("integrated", "Integrated courses for people with long-term conditions", heads, tuple(rows), "hhrrrrr", note=note)


def retention(f: Figures, n: Names) -> Table:
    """Retention measures, those left included: leavers avoided and what they cost (rule M1)."""
    taken = {(r.measure, r.service): r for r in f.answer.retention if r.taken}
    rows = []
    for r in f.data.retention_measures:
        row = taken.get((r.measure, r.service))
        told = row is not None and not n.counts.publishable
        rows.append(
            (
                r.measure,
                n.services[r.service],
                "taken" if row else "left",
                n.wte(row.kept) if row else NOTHING,
                n.pounds(row.pounds) if row and told else NOTHING,
                n.pounds(row.pounds / row.kept) if row and told and row.kept > SPARE else NOTHING,
            )
        )
    heads = ("Measure", "Service", "In the plan", "Leavers avoided (WTE)", "Cost (£)", "For each leaver avoided (£)")
    note = "A measure is taken for the whole plan or left. How many leavers it avoids is an assumption of the input (Retention effects)."
    return Table("retention", "Measures that keep staff, whole plan", heads, tuple(rows), "hhlrrr", note=note)
