"""What is told of an input before anything is solved: each finding provoked by one change to a sound plan, and the figures worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optimiser.plan.data import (
    Budget,
    Demand,
    Flow,
    Limit,
    Objective,
    Option,
    Outreach,
    OutreachReturn,
    Pay,
    Place,
    PlanInput,
    Post,
    Priority,
    Programme,
    Recruitment,
    Service,
    Staff,
    SupervisionGiver,
    SupervisionNeed,
    Supervisor,
    Trainee,
)
from optimiser.plan.examine import MoneyFigure, StaffFigure, TraineeFigure, describe, examine, figures
from plan_samples import full, tiny

if TYPE_CHECKING:
    from optimiser.result import Finding

Change = dict[str, Any]


def put(table: str, where: dict[str, Any], **columns: Any) -> Change:
    """Columns set in the rows of a table of the full sample that have the given values."""
    rows = getattr(full(), table)
    assert any(all(getattr(row, c) == v for c, v in where.items()) for row in rows)
    return {table: tuple(row.model_copy(update=columns) if all(getattr(row, c) == v for c, v in where.items()) else row for row in rows)}


def add(table: str, *rows: Any) -> Change:
    return {table: (*getattr(full(), table), *rows)}


def without(table: str, **where: Any) -> Change:
    """The rows of a table of the full sample that have the given values, left out."""
    rows = getattr(full(), table)
    left = tuple(row for row in rows if not all(getattr(row, c) == v for c, v in where.items()))
    assert len(left) < len(rows)
    return {table: left}


def told(change: Change) -> list[Finding]:
    return list(examine(full().model_copy(update=change)))


def limit(decision: str, sense: str, value: float, **columns: Any) -> Limit:
    return Limit.model_validate({"limit": "pin", "decision": decision, "scope": "each", "sense": sense, "value": value, **columns})


OTHER = Service(service="other", name="Other", area="A", zone="none", employer="nhs", overhead=0)
TRAINEE = Post(
    post="hit_trainee", name="T", role="HIT", band="6", point="entry", contract="trainee", low=False, high=True, leavers_first_year=0.1,
    leavers_later=0.1, absence=0.2, other_hours=9, stream="staff",
)  # fmt: skip
COURSE = Programme(
    programme="hit_course", name="C", trainee_post="hit_trainee", length=4, completion=0.9, intake_quarters="1", cohort_maximum=2, external=True,
    stream="training",
)  # fmt: skip
TRAINED: Change = {**add("posts", TRAINEE), **add("programmes", COURSE), **add("flows", Flow(from_post="hit_trainee", to_post="hit"))}


@pytest.mark.parametrize("sample", [tiny, full])
def test_a_sound_plan_has_no_findings(sample: Any) -> None:
    assert examine(sample()) == ()


def test_a_second_programme_is_sound() -> None:
    assert told(TRAINED) == []


CASES: list[tuple[str, Change, str, str, str, str]] = [
    # staff and posts
    (
        "more first-year and long-serving staff than in post",
        put("staff", {"post": "pwp"}, first_year=2.5),
        "error", "IN-03", "Staff (camden, pwp)", "0.5 more than in post (3)",
    ),
    (
        "more staff than posts",
        put("staff", {"post": "pwp"}, established=2),
        "warning", "IN-11", "Staff (camden, pwp)", "3 WTE are in post and 2 posts are established",
    ),
    (
        "trainees in Staff",
        add("staff", Staff(service="camden", post="trainee_pwp", in_post=1, first_year=0, long_serving=0, established=1)),
        "error", "IN-03", "Staff (camden, trainee_pwp)", "Trainees are not listed here",
    ),
    (
        "no clinical hours",
        put("posts", {"post": "pwp"}, other_hours=36),  # 37.5 − 36 − 1.5
        "warning", "IN-11", "Posts (pwp)", "No clinical hours are left",
    ),
    (
        # (37.5 − 2 − 1.5) hours over (35 / 0.85 + 15) / 60 hours a session are 36.3 contacts.
        "too many contacts a week",
        put("posts", {"post": "pwp"}, other_hours=2),
        "warning", "IN-11", "Posts (pwp)", "36.3 contacts in a full working week is above the usual 30 for low intensity",
    ),
    # flows and training
    ("a flow to itself", add("flows", Flow(from_post="pwp", to_post="pwp")), "error", "IN-03", "Flows (pwp, pwp)", "from one post to another"),
    (
        "a flow between trainee posts",
        {**TRAINED, "flows": (*TRAINED["flows"], Flow(from_post="trainee_pwp", to_post="hit_trainee"))},
        "error", "IN-03", "Flows (trainee_pwp, hit_trainee)", "Both posts are trainee posts",
    ),
    (
        "a programme in a post that is not a trainee post",
        add("programmes", COURSE.model_copy(update={"trainee_post": "pwp"})),
        "error", "IN-03", "Programmes (hit_course)", "pwp is not a trainee post",
    ),
    ("a trainee post without programme", add("posts", TRAINEE), "warning", "IN-13", "Posts (hit_trainee)", "nobody can hold it"),
    ("graduates without a flow", {**TRAINED, **add("flows")}, "warning", "IN-13", "Programmes (hit_course)", "every graduate would be lost"),
    (
        "a course from inside without a flow in",
        {**TRAINED, **add("programmes", COURSE.model_copy(update={"external": False}))},
        "warning", "IN-13", "Programmes (hit_course)", "nobody can start",
    ),
    (
        "cohorts upside down",
        put("programmes", {}, cohort_minimum=5),
        "error", "IN-03", "Programmes (pwp_course)", "The smallest cohort (5) is larger than the largest (4)",
    ),
    (
        "places when no course starts",
        add("places", Place(programme="pwp_course", quarter="2026/27 Q1", places=3)),
        "warning", "IN-14", "Places (pwp_course, 2026/27 Q1)", "starts in quarters 2 4 of the year",
    ),
    (
        "a cohort that starts in the plan",
        add("trainees", Trainee(service="camden", programme="pwp_course", started="2026/27 Q1", people=1)),
        "error", "IN-08", "Trainees (camden, pwp_course, 2026/27 Q1)", "The cohort starts in the plan",
    ),
    (
        # Four quarters from 2025/26 Q1 would end with the last quarter before the plan: still to be converted. One earlier is over.
        "a cohort that has finished",
        add("trainees", Trainee(service="camden", programme="pwp_course", started="2024/25 Q4", people=1)),
        "error", "IN-08", "Trainees (camden, pwp_course, 2024/25 Q4)", "finished before the plan begins",
    ),
    # supervision
    (
        "supervisors whose post gives none",
        add("supervisors", Supervisor(service="camden", post="pwp", kind="clinical", trained=1)),
        "error", "IN-13", "Supervisors (camden, pwp, clinical)", "Supervision givers has no row",
    ),
    (
        "more supervisors than staff",
        put("supervisors", {"post": "hit"}, trained=6),
        "error", "IN-03", "Supervisors (camden, hit, clinical)", "6 are trained and 5 WTE are in post",
    ),
    (
        "more supervisors than may be",
        put("supervisors", {"post": "hit"}, trained=4),
        "warning", "IN-11", "Supervisors (camden, hit, clinical)", "4 supervisors are more than 60% of the 5 WTE in post",
    ),
    (
        # 12.375 with three supervisors, 12.125 with two, who can give 5 + 4.
        "supervision short on the eve",
        put("supervisors", {"post": "hit"}, trained=1),
        "warning", "PRE-01", "Supervisors (camden, clinical)",
        "needs 12.1 hours a week on the eve of the plan and its supervisors can give 9.0: 3.1 short",
    ),
    (
        # 3 × 1.125 + 1 + 5 + 2 × 1.125.
        "supervision that nobody can ever give",
        {"supervision_givers": (), "supervisors": ()},
        "warning", "PRE-01", "Supervision givers (clinical)",
        "Clinical supervision at Camden needs 11.6 hours a week and nobody there can ever give any",
    ),
    (
        "a post that nobody could supervise",
        {
            **TRAINED,
            **add("supervision_kinds", full().supervision_kinds[0].model_copy(update={"kind": "cbt", "name": "CBT", "course_pounds": 0.0})),
            **add("supervision_needs", SupervisionNeed(post="hit_trainee", kind="cbt", hours=1, received=1)),
        },
        "warning", "PRE-01", "Supervision needs (hit_trainee, cbt)", "Nobody at camden can ever give this kind",
    ),
    # market, care, demand
    (
        "trainees hired",
        add("recruitment", Recruitment(service="camden", post="trainee_pwp", maximum=1, cost_pounds=0, stream="staff")),
        "error", "IN-03", "Recruitment (camden, trainee_pwp)", "Trainees are not hired but started",
    ),
    ("a lead too long", put("recruitment", {"post": "hit"}, lead=6), "warning", "IN-14", "Recruitment (camden, hit)", "nobody can arrive"),
    (
        "routes beyond everybody",
        put("care", {"step": "high"}, route=0.6),
        "error", "IN-03", "Care (camden)", "low (0.5) and high (0.6) add up to 1.1",
    ),
    ("step up from high", put("care", {"step": "high"}, step_up=0.1), "warning", "IN-14", "Care (camden, high)", "counts for low intensity only"),
    ("no high queue to step up to", without("care", step="high"), "warning", "IN-13", "Care (camden, low)", "they leave unseen"),
    ("courses that take no time", put("care", {"step": "high"}, sessions=0), "warning", "IN-11", "Care (camden, high)", "A course takes no time"),
    ("nobody completes", put("care", {"step": "high"}, completion=0), "warning", "IN-11", "Care (camden, high)", "No course is ever completed"),
    ("wonders", put("care", {"step": "low"}, reliable_recovery=0.8), "warning", "IN-11", "Care (camden, low)", "80% is far above"),
    ("the share missed", put("care", {"step": "high"}, attended=0.15), "warning", "IN-11", "Care (camden, high)", "Only 15% of slots"),
    (
        "nobody to treat",
        put("posts", {"post": "hit"}, high=False),
        "warning", "PRE-01", "Care (camden, high)", "its queue can only grow",
    ),
    (
        "referrals missing",
        without("demand", quarter="2026/27 Q3"),
        "error", "IN-13", "Demand (camden)", "Demand has no row for camden in 2026/27 Q3.",
    ),
    (
        "referrals after the plan",
        add("demand", Demand(service="camden", quarter="2027/28 Q3", referrals=1)),
        "warning", "IN-14", "Demand (camden)", "2027/28 Q3: not in the plan, which runs from 2026/27 Q1 to 2027/28 Q2",
    ),
    (
        "referrals to a service that treats nobody",
        {
            **add("services", OTHER),
            **add("demand", Demand(service="other", quarter="2026/27 Q1", referrals=1)),
        },
        "error", "IN-13", "Demand (other)", "Care does not say how it treats them",
    ),
    # outreach and digital
    (
        "outreach without returns",
        {"outreach_returns": ()},
        "error", "IN-13", "Outreach (camden, Bengali speakers)", "no outreach can be done",
    ),
    (
        "returns that rise",
        put("outreach_returns", {"stretch": 2}, referrals_per_hour=0.6),
        "error", "IN-03", "Outreach returns (camden, Bengali speakers)", "Stretch 2 earns 0.6 referrals an hour and stretch 1 only 0.5",
    ),
    (
        "returns of no outreach",
        {
            **add("services", OTHER),
            **add("outreach_returns", OutreachReturn(service="other", community="Bengali speakers", stretch=1, hours=1, referrals_per_hour=1)),
        },
        "error", "IN-13", "Outreach returns (other, Bengali speakers)", "Outreach has no row",
    ),
    ("free workers", put("outreach", {}, worker_pounds=0), "warning", "IN-11", "Outreach (camden, Bengali speakers)", "cost nothing"),
    ("referrals too late", put("outreach", {}, lag=6), "warning", "IN-14", "Outreach (camden, Bengali speakers)", "after the plan's end"),
    ("free courses", put("digital", {}, price_pounds=0), "warning", "IN-11", "Digital (Online CBT, camden, low)", "Courses cost nothing"),
    ("the price of a block", put("digital", {}, price_pounds=2500), "warning", "IN-11", "Digital (Online CBT, camden, low)", "£2,500 for one course"),
    ("nothing for sale", put("digital", {}, maximum_share=0), "warning", "IN-14", "Digital (Online CBT, camden, low)", "Nothing can be bought"),
    ("better than people", put("digital", {}, quality=1.2), "warning", "IN-11", "Digital (Online CBT, camden, low)", "1.2 times as often"),
    (
        "courses for nobody",
        {
            **add("services", OTHER),
            **add("digital", full().digital[0].model_copy(update={"service": "other"})),
        },
        "error", "IN-13", "Digital (Online CBT, other, low)", "Care has no low-intensity row for other",
    ),
    # money
    (
        "no pay for a band",
        without("pay", band="7"),
        "error", "IN-13", "Pay", "Pay has no row for band 7, entry, in 2026/27 or before.",
    ),
    (
        "no supplement",
        {"supplements": ()},
        "error", "IN-13", "Supplements", "Supplements has no row for the inner zone in 2026/27 or before.",
    ),
    ("no on-costs", put("on_costs", {}, employer="non_nhs"), "error", "IN-13", "On-costs", "On-costs has no row for nhs employers"),
    ("old pay", put("pay", {}, year="2024/25"), "warning", "IN-12", "Pay", "Pay uses 2024/25 rates and the plan starts in 2026/27 Q1."),
    ("old on-costs", put("on_costs", {}, year="2025/26"), "warning", "IN-12", "On-costs", "On-costs uses 2025/26 rates"),
    (
        "no budget in a year",
        without("budget", stream="training", year="2027/28"),
        "error", "IN-13", "Budget (training, 2027/28)", "Budget has no row for stream training in 2027/28, and Programmes charges it.",
    ),
    (
        "a stream nothing is charged to",
        add("budget", Budget(stream="outreech", year="2026/27", pounds=1)),
        "warning", "IN-14", "Budget (outreech)", "Did you mean outreach?",
    ),
    (
        "a budget twice",
        add("budget", Budget(stream="staff", year="2026/27", pounds=1_000_000)),
        "error", "IN-05", "Budget (staff, 2026/27)", "stands here 2 times",
    ),
    (
        "a budget for another time",
        add("budget", Budget(stream="staff", year="2029/30", pounds=1)),
        "warning", "IN-14", "Budget (staff, 2029/30)", "this year is not used",
    ),
    (
        "carrying over to nowhere",
        {
            "budget": (
                *without("budget", stream="digital")["budget"],
                Budget(stream="digital", year="2026/27", pounds=1, carry_over=0.1),
                Budget(stream="digital", year="2027/28", service="camden", pounds=1),
            )
        },
        "warning", "IN-13", "Budget (digital, 2026/27)", "no row for 2027/28 to carry it to",
    ),
    (
        # 5 PWPs' posts and 5 therapists' (see test_the_first_years_bill).
        "posts beyond the budget",
        put("budget", {"stream": "staff", "year": "2026/27"}, pounds=500_000),
        "warning", "PRE-01", "Budget (staff, 2026/27)", "in 2026/27 and the budget is £500,000",
    ),
    # limits
    (
        "an unknown item",
        {"limits": (limit("posts", "at most", 3, item="pwpp"),)},
        "error", "IN-04", "Limits (pin)", "Did you mean pwp?",
    ),
    (
        "an unknown second item",
        {"limits": (limit("moves", "at most", 3, item="pwp", to_item="senior"),)},
        "error", "IN-04", "Limits (pin)", "Did you mean senior_pwp?",
    ),
    (
        "a second item that is not asked for",
        {"limits": (limit("hires", "at most", 3, item="pwp", to_item="hit"),)},
        "error", "IN-04", "Limits (pin)", "Leave To item blank.",
    ),
    (
        "a trainee post's posts",
        {"limits": (limit("posts", "at most", 3, item="trainee_pwp"),)},
        "error", "IN-04", "Limits (pin)", "trainee_pwp is nothing that posts can be limited for",
    ),
    (
        "a window upside down",
        {"limits": (limit("hires", "at most", 3, from_quarter="2026/27 Q4", to_quarter="2026/27 Q2"),)},
        "error", "IN-08", "Limits (pin)", "The end (2026/27 Q2) is before the start (2026/27 Q4)",
    ),
    (
        "a window outside the plan",
        {"limits": (limit("hires", "at most", 3, from_quarter="2029/30 Q4"),)},
        "warning", "IN-14", "Limits (pin)", "The limit bounds nothing: its quarters are outside the plan",
    ),
    (
        "something of nothing",
        {"limits": (limit("intake", "at least", 3, scope="total", to_quarter="2026/27 Q1"),)},
        "error", "PRE-01", "Limits (pin)", "asks for 3 of nothing: no service has such an item in those quarters",
    ),
    (
        "an option nobody knows",
        {"limits": (limit("hires", "at most", 3, option="no_money"),)},
        "error", "IN-04", "Limits (pin)", "Did you mean no_new_money?",
    ),
    (
        "a share of posts for something else",
        {"limits": (limit("hires", "at most", 1, basis="share of established"),)},
        "error", "IN-03", "Limits (pin)", "cannot bound hires",
    ),
    ("the name of a rule", {"limits": (limit("hires", "at most", 3, limit="S1"),)}, "error", "IN-03", "Limits (S1)", "name is that of a rule"),
    (
        "half a post exactly",
        {"limits": (limit("posts", "exactly", 1.5, item="pwp"),)},
        "warning", "PRE-01", "Limits (pin)", "Exactly 1.5 posts of pwp at camden is not a whole number of 1 WTE",
    ),
    (
        "at least above at most",
        {"limits": (limit("hires", "at least", 3, item="pwp"), limit("hires", "at most", 2, limit="cap"))},
        "warning", "PRE-03", "Limits (pin, cap)", "pin asks for at least 3 where cap allows at most 2",
    ),
    (
        "a total below its parts",  # six quarters of 1
        {"limits": (limit("hires", "at least", 1, item="pwp"), limit("hires", "at most", 5, limit="cap", scope="total"))},
        "warning", "PRE-03", "Limits (pin, cap)", "pin asks for at least 6 where cap allows at most 5",
    ),
    (
        "parts below a total",  # six quarters of 1
        {"limits": (limit("hires", "at least", 7, item="pwp", scope="total"), limit("hires", "at most", 1, limit="cap"))},
        "warning", "PRE-03", "Limits (pin, cap)", "pin asks for at least 7 where cap allows at most 6",
    ),
    (
        "two totals",
        {"limits": (limit("waiting", "exactly", 7, scope="total"), limit("waiting", "at most", 6, limit="cap", scope="total"))},
        "warning", "PRE-03", "Limits (pin, cap)", "pin asks for at least 7 where cap allows at most 6",
    ),
    (
        "limits that clash in an option only",
        {
            "limits": (
                limit("posts", "at least", 5, item="pwp"),
                limit("posts", "at most", 1, limit="cap", option="no_new_money", basis="share of established"),
            )
        },
        "warning", "PRE-03", "Limits (pin, cap)", "pin asks for at least 5 where cap allows at most 4",
    ),
    # objective and options
    (
        "a priority without terms",
        add("priorities", Priority(priority=4, name="Calm", direction="min")),
        "error", "IN-13", "Priorities (4)", "Calm has no term in Objectives",
    ),
    (
        "a term without priority",
        add("objectives", Objective(priority=9, term="churn", weight=1)),
        "error", "IN-04", "Objectives (9, churn)", "Priority 9 is not in Priorities",
    ),
    (
        "as much cost as possible",
        put("priorities", {"priority": 3}, direction="max"),
        "warning", "IN-11", "Objectives (3, cost)", "asks for as much cost as possible",
    ),
    (
        "as few courses as possible",
        put("objectives", {"term": "completed_courses"}, weight=-1),
        "warning", "IN-11", "Objectives (2, completed_courses)", "asks for as little completed_courses as possible",
    ),
    ("no weight", put("objectives", {"term": "cost"}, weight=0), "warning", "IN-14", "Objectives (3, cost)", "counts for nothing"),
    (
        "musts after wishes",
        put("objectives", {"term": "unmet_musts"}, priority=3) | without("priorities", priority=1),
        "warning", "IN-11", "Objectives (unmet_musts)", "Add it to priority 2",
    ),
    (
        "a budget for no option",
        add("budget", Budget(option="no_new_mony", stream="staff", year="2026/27", pounds=900_000)),
        "error", "IN-04", "Budget (no_new_mony)", "Did you mean no_new_money?",
    ),
    ("an option like the plan", add("options", Option(option="same", name="S")), "warning", "IN-14", "Options (same)", "the same as the plan"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "severity", "code", "where", "what"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_one_change_is_told_as_what_it_is(change: Change, severity: str, code: str, where: str, what: str) -> None:
    found = told(change)
    assert [(f.severity, f.code, f.where) for f in found if what in f"{f.what} {f.fix}"] == [(severity, code, where)], "\n".join(map(str, found))
    # One change may have a consequence or two, but no shower of messages; every one says what to do.
    assert len(found) <= 3, "\n".join(map(str, found))
    assert all(f.fix for f in found)


def test_a_trainee_post_shared_by_programmes_is_told_for_each() -> None:
    found = told(add("programmes", COURSE.model_copy(update={"trainee_post": "trainee_pwp"})))
    assert [(f.code, f.where) for f in found] == [("IN-05", "Programmes (pwp_course)"), ("IN-05", "Programmes (hit_course)")]


def test_a_cohort_that_graduates_as_the_plan_begins_is_sound() -> None:
    found = told(add("trainees", Trainee(service="camden", programme="pwp_course", started="2025/26 Q1", people=1)))
    assert [f for f in found if f.where.startswith("Trainees")] == []


def test_outreach_of_a_service_without_care() -> None:
    outreach = Outreach(service="other", community="c", post="pwp", clinical_hours=1, stream="outreach")
    returns = OutreachReturn(service="other", community="c", stretch=1, hours=1, referrals_per_hour=1)
    found = told(add("services", OTHER) | add("outreach", outreach) | add("outreach_returns", returns))
    assert [(f.code, f.where) for f in found] == [("IN-13", "Outreach (other, c)")]


def test_budgets_of_single_services_need_one_for_each() -> None:
    # Training has a row for Camden only; Islington can start trainees too.
    other = Service(service="islington", name="Islington", area="A", zone="inner", employer="nhs", overhead=0)
    budget = tuple(row.model_copy(update={"service": "camden"}) if row.stream == "training" else row for row in full().budget)
    found = told({**add("services", other), "budget": budget})
    assert [f.where for f in found] == ["Budget (training, 2026/27)", "Budget (training, 2027/28)"]
    assert "for islington" in found[0].what


def test_the_first_years_bill_by_hand() -> None:
    # Inner London, 20% between £5,794 and £8,745: band 5 £32,073 + 6,414.60, band 6 £39,959 + 7,991.80, band 7 £49,387 + 8,745 (cap).
    # On-costs 0.15 × (pay − 5,000) + 0.1438 pay + 0.005 pay = 0.2988 pay − 750; overheads 0.2 of both.
    pays = (4, 32_073 * 1.2), (1, 39_959 * 1.2), (5, 49_387 + 8_745)
    bill = sum(n * 1.2 * (1.2988 * pay - 750) for n, pay in pays)
    assert bill == pytest.approx(758_686, abs=1)
    budget = put("budget", {"stream": "staff", "year": "2026/27"}, pounds=round(bill) - 10_000)
    [finding] = told(budget)
    assert f"cost £{round(bill, -3):,.0f} in 2026/27" in finding.what
    assert "£10,000 short" in finding.what
    assert told(put("budget", {"stream": "staff", "year": "2026/27"}, pounds=round(bill) + 1)) == []


# --- figures ----------------------------------------------------------------------------------------------------------


def test_figures_by_hand() -> None:
    found = figures(full())
    assert found.staff == (StaffFigure("camden", "PWP", 4, 5), StaffFigure("camden", "HIT", 5, 5))
    assert found.trainees == (TraineeFigure("camden", "pwp_course", 2),)
    assert MoneyFigure("staff", "2027/28", 450_000) in found.money
    assert MoneyFigure("digital", "2026/27", 15_000) in found.money  # the option's own row does not count
    # (6 × 480 + 20) × 4 / 6.
    [demand] = found.demand
    assert demand.referrals_a_year == pytest.approx(2900 * 4 / 6)
    assert demand.waiting == {"low": 60, "high": 160}
    time = {t.step: t for t in found.time}
    # First year 4 × 480 + 20 = 1,940 referrals. Low: half of them, 3 × (35 / 0.85 + 15) / 60 + 1 hours each.
    assert time["low"].needed == pytest.approx(970 * (3 * (35 / 0.85 + 15) / 60 + 1))
    # High: 0.22 of them and 0.19 of the low ones stepped up, 6 × (60 / 0.85 + 15) / 60 + 0.5 hours each.
    assert time["high"].needed == pytest.approx((0.22 * 1940 + 0.19 * 970) * (6 * (60 / 0.85 + 15) / 60 + 0.5))
    # 52 weeks: 3 PWPs of 0.8 × (29.5 − 1.5), a senior of 0.8 × (28.5 − 1), 2 trainees of 0.6 × 0.8 × (30 × 4/5 − 1.5).
    assert time["low"].available == pytest.approx(52 * (3 * 0.8 * 28 + 0.8 * 27.5 + 2 * 0.6 * 0.8 * 22.5))
    assert time["high"].available == pytest.approx(52 * 5 * 0.8 * 27.5)
    # 3 × 1.125 + 1 + 5 + 2 × 1.125 + 3 × 0.25; 1 × 5 + 2 × 4.
    [supervision] = found.supervision
    assert (supervision.needed, supervision.available, supervision.supervisors) == pytest.approx((12.375, 13, 3))


def test_trainees_who_dropped_out_are_not_counted() -> None:
    # Two started three quarters before the eve, 0.9 complete: 2 × 0.9^(3/4).
    found = figures(full().model_copy(update=put("trainees", {}, started="2025/26 Q1")))
    assert [t.people for t in found.trainees] == [pytest.approx(2 * 0.9**0.75)]


def test_money_of_all_services_is_the_whole() -> None:
    extra = Budget(stream="staff", year="2026/27", service="camden", pounds=100)
    plan = full().model_copy(update=add("budget", extra))
    assert MoneyFigure("staff", "2026/27", 900_000) in figures(plan).money
    parts = full().model_copy(update={"budget": (extra, extra.model_copy(update={"service": "other", "pounds": 50.0}))})
    assert figures(parts).money == (MoneyFigure("staff", "2026/27", 150),)


def test_supervisors_beyond_the_share_give_nothing() -> None:
    # 0.6 × 5 = 3 therapists at 4 hours and a senior at 5.
    [found] = figures(full().model_copy(update=put("supervisors", {"post": "hit"}, trained=4))).supervision
    assert found.available == pytest.approx(17)


def test_the_data_in_words() -> None:
    lines = describe(full())
    assert lines[0] == "Tiny plan: 1 service, 6 quarters from 2026/27 Q1 to 2027/28 Q2."
    assert lines[1] == "Staff at Camden: PWP 4 WTE in 5 posts, HIT 5 WTE in 5 posts and 2 trainees."
    assert "Money for staff: £900,000 in 2026/27 and £450,000 in 2027/28." in lines
    assert "Demand at Camden: 1,933 referrals a year; waiting now: 60 for low intensity and 160 for high intensity." in lines
    # 970 × 3.8088 hours and 52 × 110.8 (worked out above).
    [low] = [line for line in lines if line.startswith("Low-intensity")]
    assert "3,695 hours would treat everyone who joins" in low
    assert "staff now in post have 5,762" in low
    assert lines[-1] == "Clinical supervision at Camden: needs 12.4 hours a week, 3 trained supervisors can give 13.0."


def test_many_services_are_told_together() -> None:
    plan = full()
    more = tuple(plan.services[0].model_copy(update={"service": f"s{n}", "name": f"Service {n}"}) for n in range(12))
    lines = describe(plan.model_copy(update={"services": (*plan.services, *more)}))
    assert lines[0].startswith("Tiny plan: 13 services")
    assert lines[1].startswith("Staff at All services: PWP 4 WTE")
    assert not any("supervision at" in line for line in lines)


def test_nothing_at_all_is_described() -> None:
    plan = full()
    tables = {name: () for name in PlanInput.model_fields if isinstance(getattr(plan, name), tuple)}
    kept = {name: getattr(plan, name) for name in ("services", "posts", "pay", "on_costs", "supplements", "priorities", "objectives")}
    empty = plan.model_copy(update={**tables, **kept})
    assert describe(empty) == ["Tiny plan: 1 service, 6 quarters from 2026/27 Q1 to 2027/28 Q2.", "Staff at Camden: nobody yet."]
    # The trainee post has no programme; nothing else is wrong with an empty plan.
    assert [f.where for f in examine(empty)] == ["Posts (trainee_pwp)"]


def test_two_findings_of_one_kind_are_both_told() -> None:
    found = told(
        {
            **put("staff", {"post": "pwp"}, first_year=2.5),
            **put("supervision_givers", {}, maximum_share=0.1),
            **add("pay", Pay(year="2027/28", band="5", point="entry", pounds=33_000)),
        }
    )
    assert {f.where for f in found} >= {"Staff (camden, pwp)", "Supervisors (camden, senior_pwp, clinical)", "Supervisors (camden, hit, clinical)"}


def test_a_giver_without_hours_gives_nothing() -> None:
    givers = tuple(SupervisionGiver(post=g.post, kind=g.kind, hours=0, maximum_share=1) for g in full().supervision_givers)
    assert any(f.code == "PRE-01" and "nobody there can ever give any" in f.what for f in told({"supervision_givers": givers}))
