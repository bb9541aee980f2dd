"""The independent checker: each rule with a smallest answer that obeys it and a twin that breaks only it, worked out by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimiser.plan.check import Checked, budget_rows, check, clinical_hours, course_hours, limit_cells, limit_universe, work_out
from optimiser.plan.data import (
    OPTIONAL_TERMS,
    Budget,
    Care,
    CarryOver,
    Conversion,
    Decision,
    Demand,
    Digital,
    DigitalBlocks,
    Flow,
    Hires,
    Intake,
    Limit,
    Move,
    Objective,
    OnCost,
    Option,
    Outreach,
    OutreachHours,
    OutreachReturn,
    Pay,
    Place,
    PlanAnswer,
    PlanInput,
    Post,
    PostsEstablished,
    Priority,
    Programme,
    Recruitment,
    Release,
    Row,
    Service,
    Settings,
    Shortfall,
    Spend,
    Staff,
    StaffInPost,
    Starts,
    SupervisionGiver,
    SupervisionHours,
    SupervisionKind,
    SupervisionNeed,
    Supervisor,
    SupervisorsInPost,
    SupervisorsTrained,
    Term,
    TermValue,
    Trainee,
    TreatmentHours,
)
from plan_samples import full

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

Q = ("2026/27 Q1", "2026/27 Q2", "2026/27 Q3", "2026/27 Q4", "2027/28 Q1", "2027/28 Q2")
Y1, Y2, Y3 = "2026/27", "2027/28", "2028/29"


def data(**tables: Any) -> PlanInput:
    """One service in round numbers, six quarters of ten weeks; tables given replace its own.

    Workers (w): a tenth leave in each first-year quarter, a fifth in each later one (yearly 1 − 0.9⁴ and 1 − 0.8⁴); seniors (x) stay. A full-time
    week has 40 hours, 20 of them clinical. Posts cost £40,000 a year, trainees £20,000.
    """
    plan: dict[str, Any] = {
        "settings": Settings(title="By hand", first_quarter=Q[0], quarters=6, hours_per_week=40, weeks_per_quarter=10),
        "services": (Service(service="s", name="S", area="A", zone="none", employer="nhs", overhead=0),),
        "posts": (
            Post(post="w", name="Worker", role="W", band="5", point="entry", contract="permanent", low=True, high=False,
                 leavers_first_year=1 - 0.9**4, leavers_later=1 - 0.8**4, absence=0, other_hours=20, starter_caseload=0.5, end_value=10,
                 stream="staff"),
            Post(post="x", name="Senior", role="X", band="5", point="entry", contract="permanent", low=True, high=True, leavers_first_year=0,
                 leavers_later=0, absence=0, other_hours=20, starter_caseload=0.5, release_pounds=1000, end_value=20, stream="staff"),
            Post(post="tr", name="Trainee", role="W", band="4", point="entry", contract="trainee", low=True, high=False, leavers_first_year=0,
                 leavers_later=0, absence=0, other_hours=20, stream="staff"),
        ),
        "flows": (Flow(from_post="w", to_post="x", minimum_quarters=6), Flow(from_post="tr", to_post="w"), Flow(from_post="w", to_post="tr")),
        "programmes": (
            Programme(programme="g", name="Course", trainee_post="tr", length=2, completion=0.81, intake_quarters="1 3", cohort_minimum=2,
                      cohort_maximum=3, external=True, fee_pounds=1000, stream="training"),
        ),
        "staff": (
            Staff(service="s", post="w", in_post=10, first_year=4, long_serving=2, established=10),
            Staff(service="s", post="x", in_post=5, first_year=0, long_serving=5, established=5),
        ),
        "supervision_kinds": (
            SupervisionKind(kind="k", name="K", trainees_per_supervisor=2, own_hours=0.5, course_pounds=900, course_hours=20, stream="training"),
        ),
        "supervision_needs": (SupervisionNeed(post="w", kind="k", hours=1, received=0), SupervisionNeed(post="tr", kind="k", hours=2, received=0)),
        "supervision_givers": (SupervisionGiver(post="x", kind="k", hours=8, maximum_share=0.6),),
        "supervisors": (Supervisor(service="s", post="x", kind="k", trained=2),),
        "recruitment": (Recruitment(service="s", post="w", maximum=2, cost_pounds=500, stream="staff"),),
        "care": (
            Care(service="s", step="low", waiting=40, carried_over=20, route=0.5, give_up=0.1, step_up=0.2, sessions=4, session_minutes=60,
                 writeup_minutes=15, attended=0.8, assessment_minutes=60, same_quarter=0.5, completion=0.5, reliable_recovery=0.5, wait_weeks=5),
            Care(service="s", step="high", waiting=30, carried_over=10, route=0.25, give_up=0, sessions=5, session_minutes=60, writeup_minutes=12,
                 attended=1, same_quarter=0.5, completion=0.6, reliable_recovery=0.5, wait_weeks=5),
        ),
        "demand": tuple(Demand(service="s", quarter=q, referrals=40) for q in Q),
        "outreach": (
            Outreach(service="s", community="c", post="w", clinical_hours=10, worker_hours=20, worker_pounds=25, lag=1, taper=2, stream="more"),
        ),
        "outreach_returns": (
            OutreachReturn(service="s", community="c", stretch=2, hours=12, referrals_per_hour=0.25),
            OutreachReturn(service="s", community="c", stretch=1, hours=12, referrals_per_hour=0.5),
        ),
        "digital": (
            Digital(provider="d", service="s", step="low", price_pounds=100, block=5, maximum=2, maximum_share=0.5, quality=0.8, stream="more"),
        ),
        "budget": tuple(
            Budget(stream=stream, year=year, pounds=amount, carry_over=0.1)
            for stream, amount in (("staff", 1_000_000), ("training", 20_000), ("more", 10_000))
            for year in (Y1, Y2)
        ),
        "pay": (Pay(year=Y1, band="5", point="entry", pounds=40_000), Pay(year=Y1, band="4", point="entry", pounds=20_000)),
        "on_costs": (OnCost(year=Y1, employer="nhs", ni_rate=0, ni_threshold_pounds=0, pension_rate=0),),
        "priorities": (Priority(priority=2, name="Cost", direction="min"), Priority(priority=1, name="Good", direction="max")),
        "objectives": (
            Objective(priority=2, term="cost", weight=1),
            Objective(priority=1, term="completed_courses", weight=2),
            Objective(priority=1, term="waiting_too_long", weight=-1),
        ),
        "options": (Option(option="lean", name="Lean"),),
    }  # fmt: skip
    return PlanInput(**{**plan, **tables})


def changed(table: str, **columns: Any) -> PlanInput:
    """The data with columns of every row of a table set."""
    plan = data()
    return data(**{table: tuple(row.model_copy(update=columns) for row in getattr(plan, table))})


def posts(w: float = 10, x: float = 5) -> tuple[PostsEstablished, ...]:
    return tuple(PostsEstablished(service="s", post=p, year=y, posts=n) for y in (Y1, Y2) for p, n in (("w", w), ("x", x)))


def supervising(*by_quarter: float) -> tuple[SupervisorsInPost, ...]:
    return tuple(SupervisorsInPost(service="s", post="x", kind="k", quarter=q, trained=v) for q, v in zip(Q, by_quarter, strict=True))


def giving(*by_quarter: float) -> tuple[SupervisionHours, ...]:
    return tuple(SupervisionHours(service="s", post="x", kind="k", quarter=q, hours=h) for q, h in zip(Q, by_quarter, strict=True))


def treating(changes: dict[tuple[str, str, int], float] | None = None) -> tuple[TreatmentHours, ...]:
    """140 hours of w for low-intensity courses and 60 of x for high ones in every quarter, but for the changes (post, step, quarter)."""
    hours: dict[tuple[str, str, int], float] = {(p, i, t): n for t in range(1, 7) for p, i, n in (("w", "low", 140.0), ("x", "high", 60.0))}
    return tuple(TreatmentHours(service="s", post=p, step=i, quarter=Q[t - 1], hours=n) for (p, i, t), n in (hours | (changes or {})).items())


def decide(**tables: Any) -> PlanAnswer:
    """Standing still: posts as they are, nobody hired, supervisors giving all they can, 20 low and 10 high courses a quarter; or the tables given."""
    standing: dict[str, Any] = {
        "posts": posts(),
        "supervisors": supervising(2, 2, 2, 2, 2, 2),
        "supervision_hours": giving(16, 16, 16, 16, 16, 16),
        "starts": tuple(Starts(service="s", step=i, quarter=q, courses=n) for q in Q for i, n in (("low", 20), ("high", 10))),
        "treatment_hours": treating(),
    }
    return PlanAnswer(**{**standing, **tables})


def judge(plan: PlanInput, answer: PlanAnswer) -> list[tuple[str, float]]:
    """Codes and amounts of what is found in an answer whose derived tables are as its decisions lead to."""
    return faults(check(plan, work_out(plan, answer)))


def faults(checked: Checked) -> list[tuple[str, float]]:
    assert all(f.severity == "error" and f.what and f.where for f in checked.findings)
    return [(f.code, round(f.amount or 0.0, 6)) for f in checked.findings]


def shorts(plan: PlanInput, answer: PlanAnswer, rule: str) -> dict[tuple[str, str], float]:
    """Shortfalls of a rule by item and quarter; stated they are no fault, left out they are one fault each, of that amount."""
    stated = work_out(plan, answer)
    checked = check(plan, stated)
    assert checked.findings == ()
    rows = [row for row in checked.shortfalls if row.rule == rule]
    code = rule if len(rule) == 2 else "L1"
    silent = stated.model_copy(update={"shortfalls": tuple(row for row in stated.shortfalls if row.rule != rule)})
    assert faults(check(plan, silent)) == [(code, round(row.short, 6)) for row in rows]
    return {(row.item, row.quarter): round(row.short, 6) for row in rows}


def unmet(plan: PlanInput, answer: PlanAnswer) -> float:
    return check(plan, work_out(plan, answer)).terms["unmet_musts"]


def staff_of(answer: PlanAnswer, post: str) -> list[float]:
    wte = {row.quarter: row.wte for row in answer.staff if row.post == post}
    return [round(wte.get(q, 0.0), 6) for q in Q]


def unchecked(record: type[Row], **columns: Any) -> Any:
    """A row with values that its record would not take."""
    return record.model_construct(**columns)


def restated(answer: PlanAnswer, table: str, at: int, **columns: float) -> PlanAnswer:
    """The answer with one row of a table changed."""
    rows = list(getattr(answer, table))
    rows[at] = rows[at].model_copy(update=columns)
    return answer.model_copy(update={table: tuple(rows)})


# --- standing still ---------------------------------------------------------------------------------------------------


def test_standing_still_breaks_no_rule_and_meets_every_must() -> None:
    checked = check(data(), work_out(data(), decide()))
    assert checked.findings == ()
    assert checked.shortfalls == ()


def test_every_term_of_standing_still_by_hand() -> None:
    terms = check(data(), work_out(data(), decide())).terms
    assert {*terms, *OPTIONAL_TERMS} == set(get_args(Term))
    assert terms == pytest.approx(
        {
            "unmet_musts": 0,
            # Each quarter 0.5 × 20 low and 0.6 × 10 high, the quarter before the plan being like the others: 6 × (10 + 6).
            "completed_courses": 96,
            # Half of both.
            "reliable_recoveries": 48,
            # 6 × 30 started, of which 0.2 × 20 each quarter were stepped up, the first from the courses carried over: 180 − 24.
            "entering_treatment": 156,
            # Low: 40 × 0.9^t (20 join, 20 start) less 5/10 × 20: 26 + 22.4 + 19.16 + 16.244 + 13.6196 + 11.25764. High: 30 + 4t less 5: 234.
            "waiting_too_long": 342.68124,
            "reached_by_outreach": 0,
            "lost_trainees": 0,
            # 10 × 2.992704 w (below) and 20 × 5 x.
            "workforce_at_end": 129.92704,
            # 15 posts at £40,000 for a year and a half.
            "cost": 900_000,
            "churn": 0,
        }
    )


def test_levels_come_in_order_of_priority_and_add_weight_times_term() -> None:
    # 2 × 96 − 342.68124.
    levels = check(data(), work_out(data(), decide())).levels
    assert [(name, direction) for name, direction, _ in levels] == [("Good", "max"), ("Cost", "min")]
    assert [value for _, _, value in levels] == pytest.approx([-150.68124, 900_000])


def test_an_answer_must_state_what_follows_from_it() -> None:
    codes = {f.code for f in check(data(), decide()).findings}
    assert codes == {"P1", "C3", "C4", "C5", "B1", "TERMS"}


def test_a_term_wrongly_stated() -> None:
    answer = work_out(data(), decide(hires=(Hires(service="s", post="w", quarter=Q[1], wte=1),)))
    at = next(n for n, row in enumerate(answer.terms) if row.term == "churn")
    assert faults(check(data(), restated(answer, "terms", at, value=1.5))) == [("TERMS", 0.5)]


def test_nothing_at_all_is_a_plan() -> None:
    empty = {
        name: () for name in PlanInput.model_fields if name not in ("settings", "services", "posts", "pay", "on_costs", "priorities", "objectives")
    }
    checked = check(data(**empty), work_out(data(**empty), PlanAnswer()))
    assert checked.findings == ()
    assert set(checked.terms.values()) == {0}
    assert check(data(**empty), PlanAnswer()).findings == ()


# --- people -----------------------------------------------------------------------------------------------------------


def test_p1_staff_on_the_eve_ripen_and_leave() -> None:
    # First-year staff of ages 0 to 3, one each. Later 6: 0.8 × 6 + 0.9 = 5.7, + 3 × 0.9 = 8.4; 0.8 × 5.7 + 0.81 = 5.37, + 2 × 0.81 = 6.99;
    # 0.8 × 5.37 + 0.729 = 5.025, + 0.729 = 5.754; 0.8 × 5.025 + 0.6561 = 4.6761; 0.8 × that; 0.64 × that.
    answer = work_out(data(), decide())
    assert staff_of(answer, "w") == [8.4, 6.99, 5.754, 4.6761, 3.74088, 2.992704]
    assert staff_of(answer, "x") == [5.0] * 6
    row = next(row for row in answer.staff if (row.post, row.quarter) == ("w", Q[0]))
    assert (row.arrivals, row.leavers) == pytest.approx((0, 1.6))


def test_p1_a_hire_stays_at_the_first_years_rate_for_a_year() -> None:
    # One hire in quarter 2: 1, 0.9, 0.81, 0.729, then 0.9⁴ = 0.6561 among later staff.
    answer = work_out(data(), decide(hires=(Hires(service="s", post="w", quarter=Q[1], wte=1),)))
    still = staff_of(work_out(data(), decide()), "w")
    assert [a - b for a, b in zip(staff_of(answer, "w"), still, strict=True)] == pytest.approx([0, 1, 0.9, 0.81, 0.729, 0.6561])
    assert check(data(), answer).findings == ()


def test_p1_only_later_staff_are_released() -> None:
    # 5.7 WTE of w have been in post for a year in the first quarter.
    plan = changed("posts", release_pounds=1000)
    assert judge(plan, decide(releases=(Release(service="s", post="w", quarter=Q[0], wte=5.7),))) == []
    assert judge(plan, decide(releases=(Release(service="s", post="w", quarter=Q[0], wte=6),))) == [("P1", 0.3)]


@pytest.mark.parametrize("column", ["wte", "arrivals", "leavers"])
def test_p1_staff_are_stated_rightly(column: str) -> None:
    answer = work_out(data(), decide())
    assert faults(check(data(), restated(answer, "staff", 0, **{column: getattr(answer.staff[0], column) + 1}))) == [("P1", 1.0)]


def test_p2_time_in_post_before_a_move() -> None:
    # Six quarters: 2 long serving, and 4 between, half of them in their last quarter of waiting. 0.8 × 2 + 0.8 × 2 = 3.2.
    def move(wte: float) -> PlanAnswer:
        return decide(posts=posts(x=9), moves=(Move(service="s", from_post="w", to_post="x", quarter=Q[0], wte=wte),))

    assert judge(data(), move(3.2)) == []
    assert judge(data(), move(4)) == [("P2", 0.8)]


def test_p2_first_year_staff_of_the_eve_come_of_age() -> None:
    # 3.2; 0.8 × 3.2 + 2 × 0.64 = 3.84; 0.8 × 3.84 + 0.9 × 0.64 = 3.648: the oldest of the first-year staff, one quarter at their rate and two later.
    def move(wte: float) -> PlanAnswer:
        return decide(posts=posts(x=9), moves=(Move(service="s", from_post="w", to_post="x", quarter=Q[2], wte=wte),))

    assert judge(data(), move(3.648)) == []
    assert judge(data(), move(3.748)) == [("P2", 0.1)]


def test_p2_those_hired_in_the_plan_come_of_age() -> None:
    # Five quarters. 2; 0.8 × (2 + 4) = 4.8; then 0.8 × before + 0.72, 0.648, 0.5832, 0.52488: 3.74088 in quarter 5, 2.992704 in quarter 6,
    # and 0.9⁴ × 0.8 = 0.52488 of the one hired in quarter 1: 3.517584. One hired in quarter 2 is not there yet.
    plan = data(flows=(Flow(from_post="w", to_post="x", minimum_quarters=5),), recruitment=(data().recruitment[0].model_copy(update={"lead": 0}),))

    def hired(quarter: int) -> PlanAnswer:
        return decide(
            posts=posts(x=9),
            hires=(Hires(service="s", post="w", quarter=Q[quarter - 1], wte=1),),
            moves=(Move(service="s", from_post="w", to_post="x", quarter=Q[5], wte=3.517584),),
            # Few of w are left in quarter 6: x treats instead.
            treatment_hours=treating({("w", "low", 6): 0.0, ("x", "low", 6): 140.0}),
        )

    assert judge(plan, hired(1)) == []
    assert judge(plan, hired(2)) == [("P2", 0.52488)]


def test_p2_a_move_needs_a_flow() -> None:
    answer = decide(moves=(Move(service="s", from_post="x", to_post="w", quarter=Q[0], wte=1),), posts=posts(w=11))
    assert judge(data(), answer) == [("P2", 1.0)]


def test_p3_staff_in_post_have_posts() -> None:
    # 8.4 WTE in the first quarter, fewer later.
    assert judge(data(), decide(posts=posts(w=9))) == []
    assert judge(data(), decide(posts=posts(w=8))) == [("P3", 0.4)]


def test_p3_posts_are_whole_units() -> None:
    assert judge(data(), decide(posts=(*posts()[1:], PostsEstablished(service="s", post="w", year=Y1, posts=9.5)))) == [("P3", 0.5)]
    halves = changed("services", post_unit=0.5)
    assert judge(halves, decide(posts=(*posts()[1:], PostsEstablished(service="s", post="w", year=Y1, posts=9.5)))) == []


def test_p3_trainees_have_no_posts_established() -> None:
    answer = decide(posts=(*posts(), PostsEstablished(service="s", post="tr", year=Y1, posts=1)))
    assert judge(data(), answer) == [("P3", 1.0)]


@pytest.mark.parametrize(
    ("post", "quarter", "wte", "over"),
    [
        ("w", 2, 2, 0),
        ("w", 2, 3, 1),  # at most 2 a quarter
        ("w", 1, 1, 1),  # nobody before the lead of one quarter has passed
        ("x", 2, 1, 1),  # no labour market
        ("tr", 2, 1, 1),  # trainees are not hired
    ],
)
def test_p4_labour_market(post: str, quarter: int, wte: float, over: float) -> None:
    answer = decide(posts=posts(w=11, x=6), hires=(Hires(service="s", post=post, quarter=Q[quarter - 1], wte=wte),))
    assert judge(data(), answer) == ([("P4", over)] if over else [])


def test_p5_releases_only_where_they_have_a_cost() -> None:
    assert judge(data(), decide(releases=(Release(service="s", post="x", quarter=Q[0], wte=1),))) == []
    assert judge(data(), decide(releases=(Release(service="s", post="w", quarter=Q[0], wte=1),))) == [("P5", 1.0)]
    assert judge(changed("posts", release_pounds=1), decide(releases=(Release(service="s", post="tr", quarter=Q[0], wte=1),))) == [("P5", 1.0)]


# --- training ---------------------------------------------------------------------------------------------------------


def start(people: float, quarter: int = 3, service: str = "s") -> Any:
    return unchecked(Intake, service=service, programme="g", quarter=Q[quarter - 1], people=people)


@pytest.mark.parametrize(
    ("people", "quarter", "off"),
    [
        (2, 3, 0),
        (3, 3, 0),
        (0, 2, 0),
        (2, 2, 2),  # not an intake quarter
        (1, 3, 1),  # smallest cohort 2
        (4, 3, 1),  # largest cohort 3
        (2.5, 3, 0.5),  # not whole
    ],
)
def test_t1_intakes(people: float, quarter: int, off: float) -> None:
    assert judge(data(), decide(intakes=(start(people, quarter),))) == ([("T1", off)] if off else [])


def test_t2_trainees_in_post() -> None:
    # Two start; after one of two quarters 2 × 0.81^(1/2) = 1.8 are there; 2 × 0.81 = 1.62 graduate. One began on the eve: 0.9, then 0.81 graduate.
    plan = data(trainees=(Trainee(service="s", programme="g", started="2025/26 Q4", people=1),))
    answer = work_out(plan, decide(intakes=(start(2),)))
    assert check(plan, answer).findings == ()
    assert staff_of(answer, "tr") == [0.9, 0, 2, 1.8, 0, 0]
    assert [(row.quarter, round(row.graduates, 6)) for row in answer.lost_trainees] == [(Q[4], 1.62), (Q[1], 0.81)]
    rows = {row.quarter: row for row in answer.staff if row.post == "tr"}
    assert (rows[Q[2]].arrivals, rows[Q[2]].leavers) == (2, 0)
    # 1.8 − 1.62: those who do not complete.
    assert rows[Q[4]].leavers == pytest.approx(0.18)
    at = answer.staff.index(rows[Q[3]])
    assert faults(check(plan, restated(answer, "staff", at, wte=2.3))) == [("T2", 0.5)]


def convert(wte: float, to_post: str = "w") -> PlanAnswer:
    return decide(
        intakes=(start(2),), conversions=(Conversion(service="s", from_post="tr", to_post=to_post, quarter=Q[4], wte=wte),), posts=posts(x=6)
    )


def test_t3_at_most_the_graduates_are_converted() -> None:
    # 0.81 × 2 = 1.62 graduates.
    assert judge(data(), convert(1.62)) == []
    assert judge(data(), convert(2)) == [("T3", 0.38)]


def test_t3_graduates_not_converted_are_lost() -> None:
    answer = work_out(data(), convert(0.62))
    assert [row.lost for row in answer.lost_trainees] == pytest.approx([1.0])
    assert check(data(), answer).terms["lost_trainees"] == pytest.approx(1.0)
    assert faults(check(data(), restated(answer, "lost_trainees", 0, lost=0.5))) == [("T3", 0.5)]
    assert faults(check(data(), restated(answer, "lost_trainees", 0, graduates=2.62))) == [("T3", 1.0)]


def test_t3_a_conversion_needs_a_flow() -> None:
    assert judge(data(), convert(1, to_post="x")) == [("T3", 1.0)]


def test_t4_places_are_shared_by_all_services() -> None:
    both = (*data().services, data().services[0].model_copy(update={"service": "s2"}))
    answer = decide(intakes=(start(2), start(2, service="s2")))
    assert judge(data(services=both, places=(Place(programme="g", quarter=Q[2], places=4),)), answer) == []
    assert judge(data(services=both, places=(Place(programme="g", quarter=Q[2], places=3),)), answer) == [("T4", 1.0)]


def test_t4_places_of_a_region_are_for_its_services() -> None:
    north, south = (data().services[0].model_copy(update={"service": s, "region": r}) for s, r in (("s", "North"), ("s2", "South")))
    answer = decide(intakes=(start(2), start(2, service="s2")))
    enough = tuple(Place(programme="g", quarter=Q[2], places=2, region=r) for r in ("North", "South"))
    assert judge(data(services=(north, south), places=enough), answer) == []
    assert judge(data(services=(north, south), places=(Place(programme="g", quarter=Q[2], places=3), *enough)), answer) == [("T4", 1.0)]
    fewer = (enough[0], Place(programme="g", quarter=Q[2], places=1, region="South"))
    assert judge(data(services=(north, south), places=fewer), answer) == [("T4", 1.0)]


@pytest.mark.parametrize(
    ("external", "inside", "off"),
    [(True, 0, 0), (True, 2, 0), (True, 3, 1), (False, 2, 0), (False, 1, 1), (False, 3, 1)],
)
def test_t5_internal_entry(external: bool, inside: float, off: float) -> None:
    # Two start.
    plan = changed("programmes", external=external)
    moves = (Move(service="s", from_post="w", to_post="tr", quarter=Q[2], wte=inside),)
    assert judge(plan, decide(intakes=(start(2),), moves=moves)) == ([("T5", off)] if off else [])


def test_t6_trainees_to_qualified() -> None:
    # 2 trainees for 5.754 + 5 qualified, then 1.8 for 4.6761 + 5: a tenth of them are 1.0754 and 0.96761.
    answer = decide(intakes=(start(2),))
    plan = data(settings=data().settings.model_copy(update={"trainees_per_qualified": 0.1}))
    assert shorts(plan, answer, "T6") == {("", Q[2]): 0.9246, ("", Q[3]): 0.83239}
    assert unmet(plan, answer) == pytest.approx(0.9246 + 0.83239)
    enough = data(settings=data().settings.model_copy(update={"trainees_per_qualified": 0.2}))
    assert shorts(enough, answer, "T6") == {}


# --- supervision ------------------------------------------------------------------------------------------------------


def test_s1_no_hire_without_the_hour() -> None:
    # 8.4 w at 1 hour, and half an hour for each of 2 supervisors: 9.4.
    assert shorts(data(), decide(supervision_hours=giving(9.4, 16, 16, 16, 16, 16)), "S1") == {}
    answer = decide(supervision_hours=giving(9, 16, 16, 16, 16, 16))
    assert shorts(data(), answer, "S1") == {("k", Q[0]): 0.4}
    assert unmet(data(), answer) == pytest.approx(0.4)


def test_s1_trainees_need_supervision_too() -> None:
    # 5.754 + 2 × 2 + 1 = 10.754 in quarter 3; 4.6761 + 2 × 1.8 + 1 = 9.2761 in quarter 4.
    answer = decide(intakes=(start(2),), supervision_hours=giving(16, 16, 10, 9, 16, 16))
    assert shorts(data(), answer, "S1") == {("k", Q[2]): 0.754, ("k", Q[3]): 0.2761}


def test_s2_hours_of_a_supervisor() -> None:
    # 2 supervisors of 8 hours.
    assert judge(data(), decide(supervision_hours=giving(17, 16, 16, 16, 16, 16))) == [("S2", 1.0)]
    assert judge(data(supervision_givers=()), decide(supervisors=(), supervision_hours=giving(1, 0, 0, 0, 0, 0))) == [("S2", 1.0)]


def test_s3_trainees_per_supervisor() -> None:
    # 2 and 1.8 trainees, 2 supervisors.
    answer = decide(intakes=(start(2),))
    assert shorts(changed("supervision_kinds", trainees_per_supervisor=1), answer, "S3") == {}
    half = changed("supervision_kinds", trainees_per_supervisor=0.5)
    assert shorts(half, answer, "S3") == {("k", Q[2]): 1.0, ("k", Q[3]): 0.8}
    assert unmet(half, answer) == pytest.approx(1.8)


def test_s4_supervisors_come_from_the_course_after_its_lag() -> None:
    course = (SupervisorsTrained(service="s", post="x", kind="k", quarter=Q[0], people=1),)
    assert judge(data(), decide(supervisors_trained=course, supervisors=supervising(2, 3, 3, 3, 3, 3))) == []
    assert judge(data(), decide(supervisors_trained=course, supervisors=supervising(3, 3, 3, 3, 3, 3))) == [("S4", 1.0)]
    assert judge(data(), decide(supervisors=supervising(2, 3, 2, 2, 2, 2))) == [("S4", 1.0)]


def test_s4_supervisors_leave_like_later_staff() -> None:
    # 2 × 0.8 = 1.6 are left of the two on the eve, 1.28 a quarter later.
    plan = data(
        supervision_givers=(*data().supervision_givers, SupervisionGiver(post="w", kind="k", hours=1, maximum_share=1)),
        supervisors=(*data().supervisors, Supervisor(service="s", post="w", kind="k", trained=2)),
    )

    def at_work(first: float, second: float) -> tuple[SupervisorsInPost, ...]:
        mine = (SupervisorsInPost(service="s", post="w", kind="k", quarter=q, trained=v) for q, v in zip(Q, (first, second), strict=False))
        return (*supervising(2, 2, 2, 2, 2, 2), *mine)

    assert judge(plan, decide(supervisors=at_work(1.6, 1.28))) == []
    assert judge(plan, decide(supervisors=at_work(1.6, 1.6))) == [("S4", 0.32)]


def test_s4_only_whole_people_of_posts_that_give_go_on_the_course() -> None:
    half = (unchecked(SupervisorsTrained, service="s", post="x", kind="k", quarter=Q[0], people=0.5),)
    assert judge(data(), decide(supervisors_trained=half)) == [("S4", 0.5)]
    other = (SupervisorsTrained(service="s", post="w", kind="k", quarter=Q[0], people=1),)
    assert judge(data(), decide(supervisors_trained=other)) == [("S4", 1.0)]


def test_s5_share_who_supervise() -> None:
    # At most 0.6 × 5 = 3.
    course = (SupervisorsTrained(service="s", post="x", kind="k", quarter=Q[0], people=2),)
    assert judge(data(), decide(supervisors_trained=course, supervisors=supervising(2, 3, 3, 3, 3, 3))) == []
    assert judge(data(), decide(supervisors_trained=course, supervisors=supervising(2, 4, 3, 3, 3, 3))) == [("S5", 1.0)]


# --- care -------------------------------------------------------------------------------------------------------------


def test_clinical_hours_of_a_post() -> None:
    # 0.6 × (1 − 0.25) × ((40 − 20) × 3/5 − 2) = 0.45 × 10; never negative.
    post = data().posts[0].model_copy(update={"caseload": 0.6, "absence": 0.25, "service_days": 3.0})
    plan = data(supervision_needs=(SupervisionNeed(post="w", kind="k", hours=1, received=2),))
    assert clinical_hours(plan, post) == pytest.approx(4.5)
    assert clinical_hours(plan, post.model_copy(update={"other_hours": 40.0})) == 0


def test_hours_of_a_course() -> None:
    # 4 × (60 / 0.8 + 15) minutes.
    assert course_hours(data().care[0]) == pytest.approx(6)


def test_c1_time_of_the_staff_in_post() -> None:
    # 10 weeks × 20 hours × 8.4 WTE = 1,680.
    assert judge(data(), decide(treatment_hours=treating({("w", "low", 1): 1680.0}))) == []
    assert judge(data(), decide(treatment_hours=treating({("w", "low", 1): 1700.0}))) == [("C1", 20.0)]


def test_c1_starters_carry_part_of_a_caseload() -> None:
    # 200 × (6.99 + 1 − 0.5) = 1,498 with one hire in quarter 2.
    hires = (Hires(service="s", post="w", quarter=Q[1], wte=1),)
    assert judge(data(), decide(hires=hires, treatment_hours=treating({("w", "low", 2): 1498.0}))) == []
    assert judge(data(), decide(hires=hires, treatment_hours=treating({("w", "low", 2): 1500.0}))) == [("C1", 2.0)]


def test_c1_supervision_and_courses_for_supervisors_take_time() -> None:
    # x has 10 × 20 × 5 = 1,000 hours; supervision takes 10 × 16, the course of one person 20: 820 are left.
    course = (SupervisorsTrained(service="s", post="x", kind="k", quarter=Q[0], people=1),)
    assert judge(data(), decide(supervisors_trained=course, treatment_hours=treating({("x", "high", 1): 820.0}))) == []
    assert judge(data(), decide(supervisors_trained=course, treatment_hours=treating({("x", "high", 1): 850.0}))) == [("C1", 30.0)]


def test_c1_outreach_takes_time() -> None:
    # 1,680 hours of w.
    outreach = (OutreachHours(service="s", community="c", quarter=Q[0], clinical_hours=10, worker_hours=0),)
    assert judge(data(), decide(outreach=outreach, treatment_hours=treating({("w", "low", 1): 1670.0}))) == []
    assert judge(data(), decide(outreach=outreach, treatment_hours=treating({("w", "low", 1): 1680.0}))) == [("C1", 10.0)]


def test_c1_a_post_gives_only_its_steps() -> None:
    assert judge(data(), decide(treatment_hours=treating({("w", "high", 1): 5.0}))) == [("C1", 5.0)]


def test_c2_sessions() -> None:
    # 6 × (0.5 × 20 + 0.5 × 20) + 1 × 20 = 140 hours; a shortfall of ten hours is one point.
    answer = decide(treatment_hours=treating({("w", "low", 1): 130.0}))
    assert shorts(data(), answer, "C2") == {("low", Q[0]): 10.0}
    assert unmet(data(), answer) == pytest.approx(1.0)


def test_c2_a_course_is_worked_in_its_quarter_and_the_next() -> None:
    # 40 low courses in quarter 2: 6 × (20 + 10) + 40 = 220, then 6 × (10 + 20) + 20 = 200.
    starts = tuple(row.model_copy(update={"courses": 40.0}) if (row.step, row.quarter) == ("low", Q[1]) else row for row in decide().starts)
    enough = treating({("w", "low", 2): 220.0, ("w", "low", 3): 200.0})
    assert shorts(data(), decide(starts=starts, treatment_hours=enough), "C2") == {}
    assert shorts(data(), decide(starts=starts), "C2") == {("low", Q[1]): 80.0, ("low", Q[2]): 60.0}


def test_c3_nobody_starts_who_is_not_there() -> None:
    # 40 × 0.9⁶ + 20 = 41.25764 are there in the last quarter; 50 courses take 6 × (25 + 10) + 50 = 260 hours.
    def last(courses: float) -> PlanAnswer:
        starts = tuple(row.model_copy(update={"courses": courses}) if (row.step, row.quarter) == ("low", Q[5]) else row for row in decide().starts)
        return decide(starts=starts, treatment_hours=treating({("w", "low", 6): 260.0}))

    assert judge(data(), last(41.25764)) == []
    assert judge(data(), last(50)) == [("C3", 8.74236)]


def test_c3_queues_by_hand() -> None:
    # Quarter 1, low: 20 join, 4 give up. High: a quarter of 40 and a fifth of the 20 low courses carried over join.
    rows = {(row.step, row.quarter): row for row in work_out(data(), decide()).queues}
    low, high = rows["low", Q[0]], rows["high", Q[0]]
    assert (low.joined, low.gave_up, low.started, low.waiting) == pytest.approx((20, 4, 20, 36))
    assert (high.joined, high.gave_up, high.started, high.waiting) == pytest.approx((14, 0, 10, 34))


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ("joined", "C3"),
        ("gave_up", "C3"),
        ("started", "C3"),
        ("waiting", "C3"),
        ("too_long", "C4"),
        ("completed", "C5"),
        ("recovered", "C5"),
    ],
)
def test_queues_are_stated_rightly(column: str, code: str) -> None:
    answer = work_out(data(), decide())
    stated = restated(answer, "queues", 3, **{column: getattr(answer.queues[3], column) + 1})
    assert faults(check(data(), stated)) == [(code, 1.0)]


def test_c4_nobody_waits_too_long_who_could_start_in_time() -> None:
    # A standard of 50 weeks is five quarters of starts: 100 low and 50 high. 34, 38, … 54 wait for high in the last quarter.
    answer = work_out(changed("care", wait_weeks=50), decide())
    assert [row.too_long for row in answer.queues] == pytest.approx([0] * 11 + [4])
    assert check(changed("care", wait_weeks=50), answer).terms["waiting_too_long"] == pytest.approx(4)


def test_c5_bought_courses_are_completed_at_their_quality() -> None:
    # 5 more low courses in quarter 1, at 0.8 × 0.5 completion: 2, half of them in quarter 2.
    answer = work_out(data(), decide(digital=(buy(1),)))
    completed = [row.completed for row in answer.queues if row.step == "low"]
    assert completed == pytest.approx([11, 11, 10, 10, 10, 10])
    assert check(data(), answer).findings == ()


def buy(blocks: float, quarter: int = 1) -> Any:
    return unchecked(DigitalBlocks, provider="d", service="s", step="low", quarter=Q[quarter - 1], blocks=blocks)


@pytest.mark.parametrize(
    ("blocks", "share", "off"),
    [
        (2, 0.5, 0),
        (3, 0.5, 1),  # at most 2 blocks
        (1, 0.2, 0),  # 5 of 25 courses
        (1, 0.1, 2.5),  # 2.5 of 25 courses
        (1.5, 0.5, 0.5),  # not whole
    ],
)
def test_d1_digital(blocks: float, share: float, off: float) -> None:
    assert judge(changed("digital", maximum_share=share), decide(digital=(buy(blocks),))) == ([("D1", off)] if off else [])


@pytest.mark.parametrize(
    ("clinical", "worker", "over"),
    [
        (10, 14, 0),
        (11, 0, 1),  # 10 of clinicians
        (0, 21, 1),  # 20 of workers
        (10, 20, 6),  # 24 in all stretches
    ],
)
def test_o1_outreach_hours(clinical: float, worker: float, over: float) -> None:
    outreach = (OutreachHours(service="s", community="c", quarter=Q[0], clinical_hours=clinical, worker_hours=worker),)
    assert judge(data(), decide(outreach=outreach)) == ([("O1", over)] if over else [])


def test_o2_outreach_returns() -> None:
    # 18 hours: 12 at 0.5 and 6 at 0.25 are 7.5 referrals, 5 of them a quarter later and 2.5 in the one after.
    outreach = (OutreachHours(service="s", community="c", quarter=Q[0], clinical_hours=10, worker_hours=8),)
    answer = work_out(data(), decide(outreach=outreach))
    assert [row.joined for row in answer.queues if row.step == "low"] == pytest.approx([20, 22.5, 21.25, 20, 20, 20])
    checked = check(data(), answer)
    assert checked.findings == ()
    assert checked.terms["reached_by_outreach"] == pytest.approx(7.5)
    at = next(n for n, row in enumerate(answer.terms) if row.term == "reached_by_outreach")
    assert faults(check(data(), restated(answer, "terms", at, value=8.5))) == [("O2", 1.0)]


def test_o2_referrals_after_the_plan_do_not_count() -> None:
    # 12 hours at 0.5 in quarter 5: 4 arrive in quarter 6 and 2 after the end.
    outreach = (OutreachHours(service="s", community="c", quarter=Q[4], clinical_hours=0, worker_hours=12),)
    assert check(data(), work_out(data(), decide(outreach=outreach))).terms["reached_by_outreach"] == pytest.approx(4)


# --- money ------------------------------------------------------------------------------------------------------------


def test_b1_every_charge_by_hand() -> None:
    answer = work_out(
        data(),
        decide(
            hires=(Hires(service="s", post="w", quarter=Q[1], wte=1.5),),
            intakes=(start(2),),
            releases=(Release(service="s", post="x", quarter=Q[4], wte=0.5),),
            supervisors_trained=(SupervisorsTrained(service="s", post="x", kind="k", quarter=Q[0], people=1),),
            outreach=(OutreachHours(service="s", community="c", quarter=Q[0], clinical_hours=5, worker_hours=8),),
            digital=(buy(2, 5),),
        ),
    )
    assert check(data(), answer).findings == ()
    assert {(row.stream, row.year, row.item): row.pounds for row in answer.spend} == pytest.approx(
        {
            ("staff", Y1, "posts"): 600_000,  # 15 × 40,000
            ("staff", Y2, "posts"): 300_000,  # two quarters of the year
            ("staff", Y1, "trainees"): 19_000,  # (2 + 1.8) × 20,000 / 4
            ("staff", Y1, "recruitment"): 750,  # 1.5 × 500
            ("staff", Y2, "releases"): 500,
            ("training", Y1, "fees"): 2_000,
            ("training", Y1, "supervisor courses"): 900,
            ("more", Y1, "outreach"): 200,  # 8 × 25
            ("more", Y2, "digital"): 1_000,  # 2 × 5 × 100
        }
    )


def budgets(first: float, second: float, **columns: Any) -> PlanInput:
    return data(budget=tuple(Budget(stream="staff", year=y, pounds=amount, **columns) for y, amount in ((Y1, first), (Y2, second))))


def test_b1_budget() -> None:
    # 15 posts: 600,000, then 300,000; £1,000 short is one point.
    assert shorts(budgets(600_000, 300_000), decide(), "B1") == {}
    assert shorts(budgets(590_000, 300_000), decide(), "B1") == {("staff", Y1): 10_000}
    assert unmet(budgets(590_000, 300_000), decide()) == pytest.approx(10)


def test_b1_money_carried_over() -> None:
    plan = budgets(610_000, 295_000, carry_over=0.1)
    assert shorts(plan, decide(), "B1") == {("staff", Y2): 5_000}
    assert shorts(plan, decide(carry_over=(CarryOver(stream="staff", year=Y1, pounds=5_000),)), "B1") == {}
    # What is carried out is missing where it comes from: 600,000 > 610,000 − 15,000.
    assert shorts(plan, decide(carry_over=(CarryOver(stream="staff", year=Y1, pounds=15_000),)), "B1") == {("staff", Y1): 5_000}


def test_b1_no_more_is_carried_than_may_be() -> None:
    # A tenth of £700,000.
    plan = budgets(700_000, 300_000, carry_over=0.1)
    assert judge(plan, decide(carry_over=(CarryOver(stream="staff", year=Y1, pounds=70_000),))) == []
    assert judge(plan, decide(carry_over=(CarryOver(stream="staff", year=Y1, pounds=79_000),))) == [("B1", 9_000.0)]


def test_b1_a_service_and_all_services_each_have_their_row() -> None:
    both = (*data().services, data().services[0].model_copy(update={"service": "s2"}))
    mine = PostsEstablished(service="s2", post="x", year=Y1, posts=1)
    plan = data(
        services=both,
        budget=(Budget(stream="staff", year=Y1, pounds=630_000), Budget(stream="staff", year=Y1, service="s2", pounds=35_000)),
    )
    # 640,000 together, 40,000 of s2.
    checked = check(plan, work_out(plan, decide(posts=(*posts(), mine))))
    assert {(row.service, row.short) for row in checked.shortfalls} == {("", 10_000.0), ("s2", 5_000.0)}


def test_b1_an_option_has_its_own_row_or_the_blank_one() -> None:
    plan = data(budget=(*budgets(600_000, 300_000).budget, Budget(option="lean", stream="staff", year=Y1, pounds=500_000)))
    assert [row.pounds for row in budget_rows(plan, "")] == [600_000, 300_000]
    assert [row.pounds for row in budget_rows(plan, "lean")] == [300_000, 500_000]
    assert shorts(plan, decide(), "B1") == {}
    assert shorts(plan, decide(option="lean"), "B1") == {("staff", Y1): 100_000}


def test_b1_spending_is_stated_rightly() -> None:
    answer = work_out(data(), decide())
    at = next(n for n, row in enumerate(answer.spend) if row.year == Y2)
    assert faults(check(data(), restated(answer, "spend", at, pounds=300_100))) == [("B1", 100.0)]
    extra = Spend(service="s", stream="staff", year=Y1, item="fees", pounds=50)
    assert faults(check(data(), answer.model_copy(update={"spend": (*answer.spend, extra)}))) == [("B1", 50.0)]
    # Within a pound of rounding.
    assert faults(check(data(), restated(answer, "spend", at, pounds=300_000.9))) == []


def test_b2_no_cliff_edge() -> None:
    # 15 posts for a full year at the same pay: 600,000.
    fits = data(budget=(*data().budget, Budget(stream="staff", year=Y3, pounds=600_000)))
    assert shorts(fits, decide(), "B2") == {}
    cliff = data(budget=(*data().budget, Budget(stream="staff", year=Y3, pounds=500_000)))
    assert shorts(cliff, decide(), "B2") == {("staff", Y3): 100_000}
    assert unmet(cliff, decide()) == pytest.approx(100)
    # With an award of 10% each year, 2028/29 costs 1.21 × as much.
    award = cliff.model_copy(update={"settings": cliff.settings.model_copy(update={"pay_award": 0.1})})
    assert shorts(award, decide(), "B2") == {("staff", Y3): pytest.approx(226_000)}


# --- limits -----------------------------------------------------------------------------------------------------------


def limit(decision: Decision, sense: str, value: float, **columns: Any) -> Limit:
    return Limit.model_validate({"limit": "pin", "decision": decision, "scope": "each", "sense": sense, "value": value, **columns})


def busy() -> PlanAnswer:
    """An answer that decides something of every kind and breaks no rule."""
    return decide(
        posts=posts(x=7),
        hires=(Hires(service="s", post="w", quarter=Q[1], wte=1),),
        intakes=(start(2),),
        conversions=(Conversion(service="s", from_post="tr", to_post="w", quarter=Q[4], wte=1.5),),
        moves=(
            Move(service="s", from_post="w", to_post="x", quarter=Q[0], wte=2),
            Move(service="s", from_post="w", to_post="tr", quarter=Q[2], wte=1),
        ),
        releases=(Release(service="s", post="x", quarter=Q[4], wte=0.5),),
        supervisors_trained=(SupervisorsTrained(service="s", post="x", kind="k", quarter=Q[0], people=1),),
        supervisors=supervising(2, 3, 3, 3, 3, 3),
        supervision_hours=giving(16, 16, 16, 16, 16, 16),
        outreach=(OutreachHours(service="s", community="c", quarter=Q[0], clinical_hours=10, worker_hours=8),),
        digital=(buy(2),),
        carry_over=(CarryOver(stream="more", year=Y1, pounds=500),),
    )


def test_a_busy_answer_breaks_no_rule() -> None:
    checked = check(data(), work_out(data(), busy()))
    assert checked.findings == ()
    assert checked.shortfalls == ()


@pytest.mark.parametrize(
    ("pin", "short"),
    [
        (limit("posts", "at most", 9, item="w"), {("w", Y1): 1, ("w", Y2): 1}),
        (limit("posts", "at most", 18, item="w", scope="total"), {("", ""): 2}),  # 10 in each of two years
        (limit("posts", "at least", 8, item="x", from_quarter=Q[3], to_quarter=Q[3]), {("x", Y1): 1}),
        (limit("posts", "exactly", 1.2, item="w", basis="share of established"), {("w", Y1): 2, ("w", Y2): 2}),  # 12 for 10
        (limit("posts", "at least", 2.5, basis="share of established", scope="total", to_quarter=Q[0]), {("", ""): 20.5}),  # 37.5 for 17
        (limit("staff", "at least", 1, item="x", basis="share of established", from_quarter=Q[4]), {}),  # 6.5 of 5
        (limit("staff", "at least", 7, item="x", from_quarter=Q[4]), {("x", Q[4]): 0.5, ("x", Q[5]): 0.5}),
        (limit("staff", "at most", 1, item="tr"), {("tr", Q[2]): 1, ("tr", Q[3]): 0.8}),
        (limit("hires", "at least", 2, item="w", from_quarter=Q[1], to_quarter=Q[2]), {("w", Q[1]): 1, ("w", Q[2]): 2}),
        (limit("hires", "at most", 0.25, scope="total"), {("", ""): 0.75}),
        (limit("intake", "at least", 1), {("g", Q[0]): 1, ("g", Q[4]): 1}),  # intake quarters only
        (limit("intake", "exactly", 3, scope="total"), {("", ""): 1}),
        (limit("conversions", "exactly", 1, to_item="w", from_quarter=Q[3], to_quarter=Q[4]), {("tr / w", Q[3]): 1, ("tr / w", Q[4]): 0.5}),
        (limit("moves", "at most", 0.5), {("w / x", Q[0]): 1.5, ("w / tr", Q[2]): 0.5}),
        (limit("releases", "at most", 0, item="x"), {("x", Q[4]): 0.5}),
        (limit("supervisors_trained", "exactly", 0, to_item="k"), {("x / k", Q[0]): 1}),
        (limit("outreach_clinical", "at most", 4), {("c", Q[0]): 6}),
        (limit("outreach_worker", "at least", 10, scope="total"), {("", ""): 2}),
        (limit("digital", "at most", 0, item="d", to_item="low"), {("d / low", Q[0]): 2}),
        (limit("starts", "at least", 25, item="low", to_quarter=Q[0]), {("low", Q[0]): 5}),
        (limit("starts", "at most", 30, scope="total", from_quarter=Q[5]), {}),
        (limit("waiting", "at most", 30, item="high", to_quarter=Q[0]), {("high", Q[0]): 4}),
        (limit("staff", "at least", 99, service="s", item="w", option="lean"), {}),  # another option's
    ],
    ids=lambda value: f"{value.decision} {value.sense} {value.scope}" if isinstance(value, Limit) else "",
)
def test_l1_limits(pin: Limit, short: dict[tuple[str, str], float]) -> None:
    assert shorts(data(limits=(pin,)), busy(), "pin") == pytest.approx(short)
    assert unmet(data(limits=(pin,)), busy()) == pytest.approx(sum(short.values()))


def test_l1_an_option_has_its_limits_and_those_of_all() -> None:
    plan = data(limits=(limit("hires", "at most", 0, option="lean"), limit("hires", "at most", 0.5, limit="other", to_quarter=Q[1])))
    lean = busy().model_copy(update={"option": "lean"})
    assert shorts(plan, lean, "pin") == {("w", Q[1]): 1}
    assert shorts(plan, lean, "other") == {("w", Q[1]): 0.5}
    assert shorts(plan, busy(), "pin") == {}


def test_a_limit_counts_each_service_and_item_once() -> None:
    both = data(services=(*data().services, data().services[0].model_copy(update={"service": "s2"})))
    sizes = {decision: len(list(limit_cells(both, limit(decision, "at most", 0)))) for decision in get_args(Decision)}
    assert sizes == {
        "posts": 2 * 2 * 2,  # services, qualified posts, years
        "staff": 2 * 3 * 6,
        "hires": 2 * 2 * 6,
        "releases": 2 * 2 * 6,
        "intake": 2 * 1 * 3,  # three intake quarters
        "conversions": 2 * 1 * 6,
        "moves": 2 * 2 * 6,
        "posts_filled": 2 * 2 * 6,
        "over_establishment": 0,  # no rows
        "reduced_hours": 0,
        "supervisors_trained": 2 * 1 * 6,
        "outreach_clinical": 6,
        "outreach_worker": 6,
        "digital": 6,
        "starts": 2 * 6,
        "waiting": 2 * 6,
        "completed": 2 * 6,
        "recovered": 2 * 6,
        "entering": 2 * 6,
        "rooms": 0,
        "targeted_places": 0,
        "came": 0,
        "group_starts": 0,
        "integrated_starts": 0,
        "retention": 0,
    }
    assert ("s", "w", "x") in limit_universe(both, "moves")
    assert list(limit_cells(both, limit("hires", "at most", 0, service="s2", item="x", from_quarter="2026/27 Q3", to_quarter="2030/31 Q1"))) == [
        ("s2", "x", t) for t in (3, 4, 5, 6)
    ]
    assert list(limit_cells(both, limit("hires", "at most", 0, item="w", to_item="x"))) == []


# --- what an answer may not be ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("hires", Hires(service="elsewhere", post="w", quarter=Q[1], wte=0)),
        ("hires", Hires(service="s", post="nobody", quarter=Q[1], wte=0)),
        ("hires", Hires(service="s", post="w", quarter="2028/29 Q1", wte=0)),
        ("posts", PostsEstablished(service="s", post="w", year=Y3, posts=0)),
        ("moves", Move(service="s", from_post="w", to_post="nobody", quarter=Q[1], wte=0)),
        ("intakes", Intake(service="s", programme="none", quarter=Q[0], people=0)),
        ("outreach", OutreachHours(service="s", community="none", quarter=Q[0], clinical_hours=0, worker_hours=0)),
        ("digital", DigitalBlocks(provider="d", service="s", step="high", quarter=Q[0], blocks=0)),
        ("supervision_hours", SupervisionHours(service="s", post="x", kind="none", quarter=Q[0], hours=0)),
        ("staff", StaffInPost(service="s", post="nobody", quarter=Q[0], wte=0, arrivals=0, leavers=0)),
        ("hires", Hires(service="s", post="w", quarter=Q[1], wte=math.nan)),
        ("carry_over", CarryOver(stream="staff", year=Y1, service="elsewhere", pounds=0)),
    ],
)
def test_rows_that_name_nothing_are_faults(table: str, row: Any) -> None:
    answer = work_out(data(), decide())
    wrong = answer.model_copy(update={table: (*getattr(answer, table), row)})
    assert [f.code for f in check(data(), wrong).findings] == ["ANSWER"]


def test_rows_given_twice_are_faults_and_the_first_counts() -> None:
    answer = work_out(data(), decide())
    twice = answer.model_copy(update={"posts": (*answer.posts, answer.posts[0].model_copy(update={"posts": 99.0}))})
    assert [f.code for f in check(data(), twice).findings] == ["ANSWER"]


def test_negative_numbers_are_faults() -> None:
    answer = decide(hires=(Hires(service="s", post="w", quarter=Q[1], wte=-0.5),))
    found = check(data(), work_out(data(), answer)).findings
    assert ("ANSWER", 0.5) in [(f.code, f.amount) for f in found]


def test_noise_of_a_solver_is_no_fault() -> None:
    answer = decide(hires=(Hires(service="s", post="w", quarter=Q[1], wte=-1e-7),), supervision_hours=giving(9.4 - 1e-6, 16, 16, 16, 16, 16))
    checked = check(data(), work_out(data(), answer))
    assert checked.findings == ()
    assert checked.shortfalls == ()


def test_an_option_that_does_not_exist() -> None:
    assert [f.code for f in check(data(), work_out(data(), decide(option="none"))).findings] == ["ANSWER"]


def test_a_shortfall_that_nothing_has_is_a_fault() -> None:
    answer = work_out(data(), decide())
    for rule, service, item, code in (("S1", "s", "none", "S1"), ("P3", "s", "", "ANSWER"), ("S1", "s", "k", "S1")):
        stated = (Shortfall(rule=rule, service=service, item=item, quarter=Q[0], short=2),)
        assert faults(check(data(), answer.model_copy(update={"shortfalls": stated}))) == [(code, 2.0)]


def test_findings_say_where_and_by_how_much() -> None:
    [finding] = check(data(), work_out(data(), decide(posts=posts(w=8)))).findings
    assert finding.where == "P3 s, w, 2026/27 Q1"
    assert finding.what == "Posts filled: 8.4 WTE, at most 8 possible, 0.4 too many."


# --- properties -------------------------------------------------------------------------------------------------------

_POUNDS = {
    "programmes": ("fee_pounds",),
    "supervision_kinds": ("course_pounds",),
    "recruitment": ("cost_pounds",),
    "outreach": ("worker_pounds",),
    "digital": ("price_pounds",),
    "pay": ("pounds",),
}


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 12))
def test_costs_times_a_number_are_the_cost_times_that_number(times: int) -> None:
    plan = data()
    dearer = plan.model_copy(
        update={
            "posts": tuple(p.model_copy(update={"release_pounds": p.release_pounds and times * p.release_pounds}) for p in plan.posts),
            **{
                table: tuple(row.model_copy(update={c: times * getattr(row, c) for c in columns}) for row in getattr(plan, table))
                for table, columns in _POUNDS.items()
            },
        }
    )
    once, more = check(plan, work_out(plan, busy())).terms, check(dearer, work_out(dearer, busy())).terms
    assert more["cost"] == pytest.approx(times * once["cost"])
    same = [term for term in once if term not in ("cost", "unmet_musts")]
    assert [more[term] for term in same] == [once[term] for term in same]


def shuffled(rows: Iterable[Any], random: Random) -> tuple[Any, ...]:
    return tuple(random.sample(list(rows), k=len(list(rows))))


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_rows_changes_nothing(random: Random, sound: bool) -> None:
    plan = data(limits=(limit("hires", "at most", 0), limit("staff", "at least", 6, item="w", limit="floor")))
    answer = busy() if sound else busy().model_copy(update={"posts": posts(w=8, x=6)})
    answer = work_out(plan, answer)
    mixed_plan = plan.model_copy(
        update={name: shuffled(getattr(plan, name), random) for name in PlanInput.model_fields if isinstance(getattr(plan, name), tuple)}
    )
    mixed = answer.model_copy(
        update={name: shuffled(getattr(answer, name), random) for name in PlanAnswer.model_fields if isinstance(getattr(answer, name), tuple)}
    )
    before, after = check(plan, answer), check(mixed_plan, mixed)
    assert sorted(map(str, after.findings)) == sorted(map(str, before.findings))
    assert bool(before.findings) is not sound
    assert after.terms == pytest.approx(before.terms)
    assert {(row.rule, row.item, row.quarter) for row in after.shortfalls} == {(row.rule, row.item, row.quarter) for row in before.shortfalls}
    assert [level[:2] for level in after.levels] == [level[:2] for level in before.levels]


def test_a_service_beside_another_changes_only_its_own() -> None:
    # The same service twice, with everything it has: every term doubles.
    plan = data()
    names = ("services", "staff", "supervisors", "recruitment", "care", "demand", "outreach", "outreach_returns", "digital")
    twice = plan.model_copy(
        update={name: (*getattr(plan, name), *(row.model_copy(update={"service": "s2"}) for row in getattr(plan, name))) for name in names}
    )
    answer = busy().model_copy(update={"carry_over": ()})
    tables = {name: (*rows, *(row.model_copy(update={"service": "s2"}) for row in rows)) for name, rows in answer if isinstance(rows, tuple) and rows}
    once = check(plan, work_out(plan, answer)).terms
    both = check(twice, work_out(twice, answer.model_copy(update=tables))).terms
    assert {term: value for term, value in both.items() if term != "unmet_musts"} == pytest.approx(
        {term: 2 * value for term, value in once.items() if term != "unmet_musts"}
    )


def test_the_larger_sample_can_be_judged_too() -> None:
    # Nobody has a post, so everybody in post is one too many: 3 PWPs, a senior and 5 therapists, less leavers, in each quarter.
    plan = full()
    found = check(plan, work_out(plan, PlanAnswer())).findings
    assert {f.code for f in found} == {"P3"}
    assert len(found) == 3 * plan.settings.quarters


def test_what_is_worked_out_can_be_stated_again() -> None:
    answer = work_out(data(), busy())
    assert work_out(data(), answer) == answer
    assert PlanAnswer.model_validate(answer.model_dump()) == answer
    assert TermValue(term="churn", value=1.5) in answer.terms
