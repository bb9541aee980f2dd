"""Small plans for tests: real pay, round activity figures, and nothing more than each rule needs to have something to do."""

from __future__ import annotations

from optimiser.plan.data import (
    Assumption,
    Budget,
    Care,
    Demand,
    Digital,
    Flow,
    Limit,
    Objective,
    OnCost,
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
    Settings,
    Staff,
    SupervisionGiver,
    SupervisionKind,
    SupervisionNeed,
    Supervisor,
    Supplement,
    Trainee,
    quarter_label,
    quarter_number,
)

FIRST = "2026/27 Q1"


def tiny(quarters: int = 6) -> PlanInput:
    """One inner London service: two years' budgets, four posts, one programme, one kind of supervision, both steps of care.

    Supervision is nearly used up at the start (12.4 of 13 hours a week, the supervisors' own included), the high-intensity queue is too long, and the
    budget leaves room for about one more post, so that the rules have something to bite on.
    """
    labels = [quarter_label(quarter_number(FIRST) + t) for t in range(quarters)]
    years = list(dict.fromkeys(label[:7] for label in labels))
    return PlanInput(
        settings=Settings(title="Tiny plan", first_quarter=FIRST, quarters=quarters, pay_award=0.028),
        services=(Service(service="camden", name="Camden", area="North Central London", zone="inner", employer="nhs", overhead=0.2),),
        posts=(
            Post(
                post="trainee_pwp", name="Trainee PWP", role="PWP", band="4", point="entry", contract="trainee", low=True, high=False,
                leavers_first_year=0.1, leavers_later=0.1, absence=0.2, service_days=4, other_hours=7.5, caseload=0.6, starter_caseload=0.5,
                stream="staff",
            ),
            Post(
                post="pwp", name="PWP", role="PWP", band="5", point="entry", contract="permanent", low=True, high=False,
                leavers_first_year=0.18, leavers_later=0.22, absence=0.2, other_hours=8, starter_caseload=0.5, end_value=20, stream="staff",
            ),
            Post(
                post="senior_pwp", name="Senior PWP", role="PWP", band="6", point="entry", contract="permanent", low=True, high=False,
                leavers_first_year=0.12, leavers_later=0.11, absence=0.2, other_hours=9, starter_caseload=0.5, end_value=25, stream="staff",
            ),
            Post(
                post="hit", name="High intensity therapist", role="HIT", band="7", point="entry", contract="permanent", low=False, high=True,
                leavers_first_year=0.1, leavers_later=0.12, absence=0.2, other_hours=9, starter_caseload=0.5, release_pounds=12000, end_value=30,
                stream="staff",
            ),
        ),
        flows=(
            Flow(from_post="trainee_pwp", to_post="pwp", minimum_quarters=0),
            Flow(from_post="pwp", to_post="senior_pwp", minimum_quarters=8, note="Two years qualified."),
        ),
        programmes=(
            Programme(
                programme="pwp_course", name="PWP course", trainee_post="trainee_pwp", length=4, completion=0.9, intake_quarters="2 4",
                cohort_minimum=1, cohort_maximum=4, external=True, fee_pounds=2000, salary_support=0.6, stream="training",
            ),
        ),
        staff=(
            Staff(service="camden", post="pwp", in_post=3, first_year=1, long_serving=1, established=4),
            Staff(service="camden", post="senior_pwp", in_post=1, first_year=0, long_serving=1, established=1),
            Staff(service="camden", post="hit", in_post=5, first_year=1, long_serving=2, established=5),
        ),
        trainees=(Trainee(service="camden", programme="pwp_course", started="2025/26 Q4", people=2),),
        supervision_kinds=(SupervisionKind(kind="clinical", name="Clinical supervision", course_pounds=900, stream="training"),),
        supervision_needs=(
            SupervisionNeed(post="trainee_pwp", kind="clinical", hours=1.125, received=1.5),
            SupervisionNeed(post="pwp", kind="clinical", hours=1.125, received=1.5),
            SupervisionNeed(post="senior_pwp", kind="clinical", hours=1, received=1),
            SupervisionNeed(post="hit", kind="clinical", hours=1, received=1),
        ),
        supervision_givers=(
            SupervisionGiver(post="senior_pwp", kind="clinical", hours=5, maximum_share=1),
            SupervisionGiver(post="hit", kind="clinical", hours=4, maximum_share=0.6),
        ),
        supervisors=(
            Supervisor(service="camden", post="senior_pwp", kind="clinical", trained=1),
            Supervisor(service="camden", post="hit", kind="clinical", trained=2),
        ),
        recruitment=(
            Recruitment(service="camden", post="pwp", maximum=2, cost_pounds=1500, stream="staff"),
            Recruitment(service="camden", post="hit", maximum=1, lead=2, cost_pounds=3000, stream="staff"),
        ),
        care=(
            Care(
                service="camden", step="low", waiting=60, carried_over=220, route=0.5, give_up=0.15, step_up=0.19, sessions=3, session_minutes=35,
                writeup_minutes=15, attended=0.85, assessment_minutes=60, same_quarter=0.7, completion=0.6, reliable_recovery=0.47, wait_weeks=6,
            ),
            Care(
                service="camden", step="high", waiting=160, carried_over=140, route=0.22, give_up=0.1, sessions=6, session_minutes=60,
                writeup_minutes=15, attended=0.85, assessment_minutes=30, same_quarter=0.5, completion=0.65, reliable_recovery=0.46, wait_weeks=10,
            ),
        ),
        demand=tuple(Demand(service="camden", quarter=label, referrals=480 + 20 * (t % 4 == 3)) for t, label in enumerate(labels)),
        budget=tuple(
            Budget(stream=stream, year=year, pounds=round(pounds * sum(label.startswith(year) for label in labels) / 4), carry_over=carry_over)
            for year in years
            for stream, pounds, carry_over in (("staff", 900_000, 0.0), ("training", 20_000, 0.1))
        ),
        pay=(
            Pay(year="2026/27", band="4", point="entry", pounds=28392),
            Pay(year="2026/27", band="5", point="entry", pounds=32073),
            Pay(year="2026/27", band="6", point="entry", pounds=39959),
            Pay(year="2026/27", band="7", point="entry", pounds=49387),
        ),
        supplements=(Supplement(year="2026/27", zone="inner", rate=0.2, minimum_pounds=5794, maximum_pounds=8745),),
        on_costs=(OnCost(year="2026/27", employer="nhs", ni_rate=0.15, ni_threshold_pounds=5000, pension_rate=0.1438, levy_rate=0.005),),
        priorities=(
            Priority(priority=1, name="Unmet musts", direction="min"),
            Priority(priority=2, name="People helped", direction="max", tolerance=0.01),
            Priority(priority=3, name="Cost", direction="min"),
        ),
        objectives=(
            Objective(priority=1, term="unmet_musts", weight=1),
            Objective(priority=2, term="completed_courses", weight=1),
            Objective(priority=2, term="reliable_recoveries", weight=1),
            Objective(priority=2, term="waiting_too_long", weight=-0.2),
            Objective(priority=2, term="lost_trainees", weight=-10),
            Objective(priority=2, term="workforce_at_end", weight=1),
            Objective(priority=3, term="cost", weight=1),
        ),
    )  # fmt: skip


def full(quarters: int = 6) -> PlanInput:
    """:func:`tiny` with a row in every other table too: places, outreach, digital, limits, options and assumptions."""
    plan = tiny(quarters)
    return plan.model_copy(
        update={
            "places": (Place(programme="pwp_course", quarter="2026/27 Q2", places=3),),
            "outreach": (
                Outreach(
                    service="camden", community="Bengali speakers", post="pwp", clinical_hours=60, worker_hours=100, worker_pounds=26.5,
                    stream="outreach",
                ),
            ),
            "outreach_returns": (
                OutreachReturn(service="camden", community="Bengali speakers", stretch=1, hours=80, referrals_per_hour=0.5),
                OutreachReturn(service="camden", community="Bengali speakers", stretch=2, hours=80, referrals_per_hour=0.2),
            ),
            "digital": (
                Digital(
                    provider="Online CBT", service="camden", step="low", price_pounds=180, block=10, maximum=4, maximum_share=0.2, quality=0.9,
                    stream="digital",
                ),
            ),
            "budget": (
                *plan.budget,
                *(Budget(stream="outreach", year=year, service="camden", pounds=8000) for year in plan.years),
                *(Budget(stream="digital", year=year, pounds=15000) for year in plan.years),
                *(Budget(option="no_new_money", stream="digital", year=year, pounds=0) for year in plan.years),
            ),
            "limits": (
                Limit(
                    limit="No new money", option="no_new_money", decision="posts", scope="each", sense="at most", value=1,
                    basis="share of established",
                ),
                Limit(
                    limit="A cohort", decision="intake", item="pwp_course", to_quarter="2026/27 Q4", scope="total", sense="at least", value=2,
                    reason="Agreed with the course.",
                ),
            ),
            "options": (Option(option="no_new_money", name="No new money", description="The posts there are, and nothing bought."),),
            "assumptions": (
                Assumption(
                    item="Leavers, PWP", low=0.18, central=0.22, high=0.25, unit="share a year", sureness="B", source="2015 census", date="2015"
                ),
            ),
        }
    )  # fmt: skip
