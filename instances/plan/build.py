"""Build the instances north_central_london, its twin with every lever, one_service and england from the tables in ``sources``.

Run ``python instances/plan/build.py`` (or ``build.py FOLDER`` to write elsewhere). The same sources give the same files, byte for byte.
Activity is real; staffing is not published and is worked out from activity and job plans, as the README of each instance says.
"""

from __future__ import annotations

import csv
import math
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from optimiser.plan import data as d
from optimiser.plan.pay import PayTable
from optimiser.tables import write_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optimiser.plan.data import Step

    Activity = Mapping[str, Mapping[str, float]]

# fmt: off

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources"
OWNER, DATE = "Instance's author", "2026-11-22"
BASE_YEAR = 2025
"""Activity is that of 2025/26."""


@dataclass(frozen=True)
class Provider:
    """A service of the plan and where its figures come from; ``borough`` is its code before the merger of November 2024."""

    service: d.Service
    code: str
    borough: str = ""
    lower_band: str = ""
    tight: bool = False


def _service(name: str, full: str, area: str, zone: Literal["inner", "outer"], charity: bool = False) -> d.Service:
    overhead = central("overhead_non_nhs" if charity else "overhead_nhs")
    return d.Service(
        service=name, name=full, area=area, zone=zone, employer="non_nhs" if charity else "nhs", overhead=overhead, post_unit=0.2 if charity else 1.0
    )


# --- sources ----------------------------------------------------------------------------------------------------------


def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(SOURCES / f"{name}.csv", dtype={"band": str})


def _rows(name: str) -> list[dict[str, str]]:
    with (SOURCES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


_ASSUMED = {row["key"]: row for table in ("assumptions", "levers_assumptions") for row in _rows(table)}


def central(key: str) -> float:
    """Central value of an assumption."""
    return float(_ASSUMED[key]["central"])


def tidy(value: float, digits: int = 4) -> float:
    """Round a derived figure so that the files stay readable; whole numbers stay whole."""
    return round(float(value), digits)


MERGED = "G6V2S"
"""North London NHS Foundation Trust: Camden, Islington, Barnet and Enfield since November 2024."""
UNCLEAN = ("2023-11", "2023-12", "2024-01")
"""Camden and Islington did not report, then caught up."""
SPIKE = ("2025-05", "2025-04", "2025-06")
"""Migration to one record system: people in treatment were counted as entering it again. Replaced by its neighbours' mean."""
CLEAN_MONTHS = 12
SCANT = 0.02
"""Share of appointments at a step below which a provider does not code its contacts by step."""

PROVIDERS = (
    Provider(_service("Camden", "iCope Camden", "Camden", "inner"), MERGED, "TAF88"),
    Provider(_service("Islington", "iCope Islington", "Islington", "inner"), MERGED, "TAF87"),
    Provider(_service("Barnet", "Barnet Talking Therapies", "Barnet", "outer"), MERGED, "RRPJ3", lower_band="mix_lower_barnet"),
    Provider(_service("Enfield", "Enfield Talking Therapies", "Enfield", "outer"), MERGED, "RRPJ4", lower_band="mix_lower_enfield", tight=True),
    Provider(_service("Haringey", "Let's Talk Haringey", "Haringey", "outer"), "RKE", lower_band="mix_lower_haringey", tight=True),
    Provider(_service("Mind in Enfield", "Mind in Enfield", "Enfield", "outer", charity=True), "8JX60"),
    Provider(_service("Mind in Barnet", "Mind in Barnet", "Barnet", "outer", charity=True), "GDA01"),
    Provider(_service("Community Barnet", "Community Barnet", "Barnet", "outer", charity=True), "DWY"),
)
COUNTS = ["referrals", "entered_treatment", "completed_courses", "attended_appointments", "dna_appointments", "low_intensity_appointments",
          "high_intensity_appointments", "waiting_for_first_treatment"]


def _year() -> pd.DataFrame:
    """Every provider's year 2025/26 by its code, the spike of the merged trust taken off."""
    year = _table("nhs_talking_therapies_providers_2025_26").set_index("provider_code").astype({"entered_treatment": float})
    months = _table("ncl_monthly").set_index("month")
    entered = months[months["provider_code"] == MERGED]["entered_treatment"]
    spike, before, after = SPIKE
    year.loc[MERGED, "entered_treatment"] += (entered[before] + entered[after]) / 2 - entered[spike]
    return year


def activity() -> dict[str, dict[str, float]]:
    """A year's activity of each service, 2025/26: counts as in the sources, mean sessions, recovery, days to high intensity.

    The merged trust's counts are split over its four boroughs, each count by the boroughs' shares of it in the last twelve months in which all
    four reported apart and soundly; its entered treatment is smoothed first.
    """
    year = _year().select_dtypes("number").astype(float)
    months = _table("ncl_monthly").set_index("month")
    by_code = {code: months[months["provider_code"] == code] for code in {p.borough or p.code for p in PROVIDERS} | {MERGED}}
    boroughs = [p.borough for p in PROVIDERS if p.borough]
    apart = sorted(set.intersection(*(set(by_code[b].index) for b in boroughs)) - set(UNCLEAN))[-CLEAN_MONTHS:]
    clean = {b: by_code[b].loc[apart] for b in boroughs}
    total = pd.concat(clean.values())[COUNTS].sum()

    records: dict[Any, Any] = year.to_dict("index")
    found: dict[str, dict[str, float]] = {}
    for p in PROVIDERS:
        row: dict[str, float] = dict(records[p.code])
        if p.borough:
            own = clean[p.borough]
            share = {name: float(own[name].sum() / total[name]) for name in COUNTS}
            row |= {name: row[name] * share[name] for name in COUNTS}
            row["employment_support_appointments"] *= share["attended_appointments"]
            row |= {name: float(own[name].mean()) for name in ("mean_low_intensity_sessions", "mean_high_intensity_sessions")}
        if math.isnan(row["reliable_recovery_percent"]):
            row["reliable_recovery_percent"] = row["recovery_percent"]
        found[p.service.service] = row
    return found


@dataclass(frozen=True)
class Pathway:
    """A year's courses of a service: started low, started high from referral, stepped up, and what a course takes."""

    low: float
    direct: float
    stepped: float
    completion: dict[Step, float]
    sessions: dict[Step, float]
    step_up: float
    attended: float

    @property
    def starts(self) -> dict[Step, float]:
        """Courses started in the year by step."""
        return {"low": self.low, "high": self.direct + self.stepped}


def pathway(row: Mapping[str, float]) -> Pathway:
    """Courses of a service from its appointments.

    People treated at a step are its appointments over its mean sessions; everyone who enters starts low or high; of those who complete low, the
    known share steps up. Completion by step is such that all completed courses are the real ones, a stepped-up person counting once.
    """
    entered, completed = row["entered_treatment"], row["completed_courses"] / row["entered_treatment"]
    attended = row["attended_appointments"] / (row["attended_appointments"] + row["dna_appointments"])
    if math.isnan(row["mean_low_intensity_sessions"]):
        # The charities offer counselling and do not code every contact: all of them count as sessions of one step.
        return Pathway(0.0, entered, 0.0, {"high": completed}, {"high": row["attended_appointments"] / entered}, 0.0, attended)
    ratio = (row["low_intensity_appointments"] / row["mean_low_intensity_sessions"]) / (
        row["high_intensity_appointments"] / row["mean_high_intensity_sessions"]
    )
    share = central("step_up")
    low = ratio * entered / (1 + ratio * (1 - share * completed))
    stepped, direct = share * completed * low, entered - low
    return Pathway(
        low, direct, stepped,
        {"low": completed * (1 - share), "high": (completed * direct + stepped) / (direct + stepped)},
        {"low": row["low_intensity_appointments"] / low, "high": row["high_intensity_appointments"] / (direct + stepped)},
        share * completed, attended,
    )


# --- posts and supervision --------------------------------------------------------------------------------------------

CASE, CBT, COUNSELLING = "case_management", "cbt", "counselling"


def posts() -> tuple[d.Post, ...]:
    """Kinds of post. Leaver rates: 2015 census (low 22-25 %, high 9-12 %) less promotion, which Flows count."""
    clinician, pwp, starter, new_trainee = (central(key) for key in ("other_clinician", "other_pwp", "starter", "starter_trainee"))

    def post(name: str, full: str, role: str, band: str, point: str, contract: str, step: Step, **more: Any) -> d.Post:
        leavers = {} if contract == "trainee" else {when: central(f"{when}_{name}") for when in ("leavers_first_year", "leavers_later")}
        defaults: dict[str, Any] = {"leavers_first_year": 0, "leavers_later": 0, "other_hours": clinician, "starter_caseload": starter,
                                    "absence": central("absence"), "stream": "recurrent"}
        return d.Post.model_validate({"post": name, "name": full, "role": role, "band": band, "point": point, "contract": contract,
                                      "low": step == "low", "high": step == "high", **defaults, **leavers, **more})

    return (
        post("pwp_trainee_4", "Trainee PWP", "Trainee", "4", "entry", "trainee", "low", service_days=4, caseload=central("caseload_pwp"),
             starter_caseload=new_trainee, other_hours=pwp, stream="training"),
        post("pwp_5", "PWP", "PWP", "5", "intermediate", "permanent", "low", other_hours=pwp),
        post("pwp_5_fixed", "PWP, fixed term", "PWP", "5", "entry", "fixed_term", "low", other_hours=pwp, stream="one_off"),
        post("senior_pwp_6", "Senior PWP", "PWP", "6", "intermediate", "permanent", "low", other_hours=central("other_senior")),
        post("hit_trainee_6", "Trainee high-intensity therapist", "Trainee", "6", "entry", "trainee", "high", service_days=3,
             caseload=central("caseload_hit"), starter_caseload=new_trainee, stream="training"),
        post("hit_6", "High-intensity therapist, lower band", "High-intensity therapist", "6", "top", "permanent", "high"),
        post("hit_7", "High-intensity therapist", "High-intensity therapist", "7", "intermediate", "permanent", "high"),
        post("hit_7_fixed", "High-intensity therapist, fixed term", "High-intensity therapist", "7", "entry", "fixed_term", "high", stream="one_off"),
        post("counsellor_7", "Counsellor", "Counsellor", "7", "intermediate", "permanent", "high"),
        post("lead_8a", "Senior therapist and supervisor", "Lead", "8a", "intermediate", "permanent", "high", other_hours=central("other_lead")),
    )


FLOWS = (
    d.Flow(from_post="pwp_trainee_4", to_post="pwp_5", minimum_quarters=0, note="Permanent contract at the end of training"),
    d.Flow(from_post="pwp_trainee_4", to_post="pwp_5_fixed", minimum_quarters=0, note="Fixed term where no permanent post is free"),
    d.Flow(from_post="hit_trainee_6", to_post="hit_7", minimum_quarters=0, note="The usual band"),
    d.Flow(from_post="hit_trainee_6", to_post="hit_6", minimum_quarters=0, note="The lower band that poorer services pay"),
    d.Flow(from_post="hit_trainee_6", to_post="hit_7_fixed", minimum_quarters=0, note="Fixed term where no permanent post is free"),
    d.Flow(from_post="pwp_5_fixed", to_post="pwp_5", minimum_quarters=4, note="Change of contract"),
    d.Flow(from_post="hit_7_fixed", to_post="hit_7", minimum_quarters=4, note="Change of contract"),
    d.Flow(from_post="pwp_5", to_post="senior_pwp_6", minimum_quarters=4, note="Promotion"),
    d.Flow(from_post="hit_6", to_post="hit_7", minimum_quarters=4, note="Regrading"),
    d.Flow(from_post="hit_7", to_post="lead_8a", minimum_quarters=8, note="Promotion"),
    d.Flow(from_post="pwp_5", to_post="hit_trainee_6", minimum_quarters=8, note="Two years as a PWP and the two-year funding rule"),
    d.Flow(from_post="senior_pwp_6", to_post="hit_trainee_6", minimum_quarters=4, note="Has been a PWP for years before"),
)


def programmes() -> tuple[d.Programme, ...]:
    """Training programmes: a year each, intakes in autumn and at the new year, fees paid nationally."""
    support = central("salary_support")
    return (
        d.Programme(programme="pwp", name="Low-intensity training (PWP)", trainee_post="pwp_trainee_4", length=4,
                  completion=central("completion_pwp"), intake_quarters="3 4",
                  cohort_minimum=1, cohort_maximum=5, external=True, salary_support=support, stream="training"),
        d.Programme(programme="hit", name="High-intensity training (CBT)", trainee_post="hit_trainee_6", length=4,
                  completion=central("completion_hit"), intake_quarters="3 4",
                  cohort_minimum=1, cohort_maximum=3, external=True, salary_support=support, stream="training"),
    )


def supervision() -> tuple[tuple[d.SupervisionKind, ...], tuple[d.SupervisionNeed, ...], tuple[d.SupervisionGiver, ...]]:
    """Kinds of supervision, who needs them, who gives them."""
    own, course = central("own_hours"), central("supervisor_course")
    pwp, one = central("supervision_pwp"), central("supervision_one")
    names = {CASE: "Case management and skills", CBT: "CBT", COUNSELLING: "Counselling"}
    kinds = tuple(
        d.SupervisionKind(kind=k, name=n, trainees_per_supervisor=5, own_hours=own, course_pounds=course, course_hours=37.5, course_lag=1,
                          course_quarters="2 4", stream="training")
        for k, n in names.items()
    )
    needs = (
        *(d.SupervisionNeed(post=p, kind=CASE, hours=pwp, received=1.5) for p in ("pwp_trainee_4", "pwp_5", "pwp_5_fixed")),
        d.SupervisionNeed(post="senior_pwp_6", kind=CASE, hours=one, received=1),
        *(d.SupervisionNeed(post=p, kind=CBT, hours=one, received=1) for p in ("hit_trainee_6", "hit_6", "hit_7", "hit_7_fixed", "lead_8a")),
        d.SupervisionNeed(post="counsellor_7", kind=COUNSELLING, hours=one, received=1),
    )
    givers = (
        d.SupervisionGiver(post="senior_pwp_6", kind=CASE, hours=central("supervise_senior"), maximum_share=1),
        d.SupervisionGiver(post="lead_8a", kind=CASE, hours=central("supervise_lead_low"), maximum_share=0.5),
        d.SupervisionGiver(post="hit_7", kind=CBT, hours=central("supervise_hit"), maximum_share=0.35),
        d.SupervisionGiver(post="lead_8a", kind=CBT, hours=central("supervise_lead"), maximum_share=0.9),
        d.SupervisionGiver(post="counsellor_7", kind=COUNSELLING, hours=central("supervise_hit"), maximum_share=0.4),
    )
    return kinds, needs, givers


def clinical_hours(post: d.Post) -> float:
    """Clinical hours a week of one WTE (the page's κ)."""
    received = sum(n.received for n in supervision()[1] if n.post == post.post)
    return post.caseload * (1 - post.absence) * max(0.0, (37.5 - post.other_hours) * post.service_days / 5 - received)


# --- care -------------------------------------------------------------------------------------------------------------


def care_row(p: Provider, row: Mapping[str, float], way: Pathway, step: Step) -> d.Care:
    """How a service treats people at a step, its queue in balance with last year's referrals and starts."""
    starts, give_up, sessions = way.starts[step] / 4, central(f"give_up_{step}"), way.sessions[step]
    entered, referrals, from_referral = row["entered_treatment"] / 4, row["referrals"] / 4, (way.low if step == "low" else way.direct) / 4
    # The front door's queue by route, and the hidden one between assessment and high intensity (Little's law).
    waiting = row["waiting_for_first_treatment"] * from_referral / entered
    if step == "high":
        waiting += starts * row["mean_days_assessment_to_high_intensity"] / (365.25 / 4)
    first, later = central(f"{step}_first"), central(f"{step}_next")
    uncoded = 0.0
    if p.service.employer == "nhs":
        coded = ("low_intensity_appointments", "high_intensity_appointments", "employment_support_appointments")
        uncoded = max(0.0, row["attended_appointments"] - sum(row[name] for name in coded)) / 4
    at_the_door = (central("screening") * referrals + central("assessment") * uncoded / way.attended) / entered
    return d.Care(
        service=p.service.service,
        step=step,
        waiting=tidy(waiting, 0),
        carried_over=tidy(starts, 0),
        route=tidy(min(1.0, (from_referral + give_up * waiting) / referrals)),
        give_up=give_up,
        step_up=tidy(way.step_up) if step == "low" else 0.0,
        sessions=tidy(sessions, 3),
        session_minutes=tidy((first + max(0.0, sessions - 1) * later) / max(1.0, sessions), 1),
        writeup_minutes=central("writeup"),
        attended=tidy(way.attended),
        assessment_minutes=tidy(at_the_door * from_referral / starts, 1),
        same_quarter=central(f"same_quarter_{step}"),
        completion=tidy(way.completion[step]),
        reliable_recovery=tidy(row["reliable_recovery_percent"] / 100),
        wait_weeks=central(f"wait_{step}"),
    )


def course_hours(care: d.Care) -> float:
    """Clinicians' hours of one course started, assessment included."""
    return care.sessions * (care.session_minutes / care.attended + care.writeup_minutes) / 60 + care.assessment_minutes / 60


def seasons() -> list[float]:
    """Referrals of each quarter of the financial year against the mean quarter, England, four years."""
    table = _table("england_referrals_monthly")
    month = table["month"].str[5:].astype(int)
    quarter = ((month - 4) % 12) // 3
    sums = table["referrals"].groupby(quarter).sum()
    return [float(x) for x in sums / sums.mean()]


def demand_rows(name: str, row: Mapping[str, float], quarters: tuple[str, ...]) -> list[d.Demand]:
    """Referrals of each quarter: last year's, by season, growing."""
    growth, season = 1 + central("referral_growth"), seasons()

    def referrals(quarter: str) -> float:
        years = d.year_number(quarter[:7]) - BASE_YEAR
        return tidy(row["referrals"] / 4 * season[int(quarter[-1]) - 1] * growth**years, 0)

    return [d.Demand(service=name, quarter=q, referrals=referrals(q)) for q in quarters]


# --- staff ------------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Team:
    """Staff of a service on the eve of the plan, in WTE; trainees and supervisors with them."""

    staff: dict[str, float]
    trainees: dict[str, int]
    supervisors: dict[tuple[str, str], float]


def _up(wte: float) -> float:
    """A tenth of a WTE, rounded up, so that what is needed is there."""
    return max(0.0, math.ceil(10 * wte - 1e-9) / 10)


def _whole_contracts(staff: dict[str, float], fixed: str, permanent: str) -> None:
    """Fixed-term contracts are whole people; the rest is counted with the permanent staff."""
    wte = staff.pop(fixed)
    if whole := math.floor(wte + 0.25):
        staff[fixed] = whole
    staff[permanent] += wte - whole


def _low_mix() -> dict[str, float]:
    mix = {"pwp_5_fixed": central("mix_pwp_fixed"), "senior_pwp_6": central("mix_senior")}
    return mix | {"pwp_5": 1 - sum(mix.values())}


def _high_mix(p: Provider) -> dict[str, float]:
    mix = {"lead_8a": central("mix_lead"), "hit_7_fixed": central("mix_hit_fixed"), "hit_6": central(p.lower_band) if p.lower_band else 0.0}
    return mix | {"hit_7": 1 - sum(mix.values())}


def team(p: Provider, care: dict[Step, d.Care], counselling_share: float) -> Team:
    """Staff who can just deliver last year's courses: treatment hours over clinical hours, what supervisors give taken off.

    ``counselling_share`` is the share of high-intensity hours that counsellors deliver.
    """
    kappa = {post.post: clinical_hours(post) for post in posts()}
    pwp, one, own = central("supervision_pwp"), central("supervision_one"), central("own_hours")
    weekly = {step: row.carried_over * course_hours(row) / 13 for step, row in care.items()}
    headroom = 1 + central("headroom_tight" if p.tight else "headroom_easy")
    staff: dict[str, float] = {}
    trainees: dict[str, int] = {}
    supervisors: dict[tuple[str, str], float] = {}

    if "low" in care:
        per_senior, supervise_lead_low = central("supervise_senior"), central("supervise_lead_low")
        low_mix = _low_mix()
        need = {"pwp_5": pwp, "pwp_5_fixed": pwp, "senior_pwp_6": one}
        # A supervisor's own supervision is spread over the hours she gives.
        load = 1 / (1 - own / per_senior)
        net = sum(share * (kappa[x] - load * need[x]) for x, share in low_mix.items())
        trainees["pwp"] = max(2, round(central("mix_trainee_pwp") * weekly["low"] / net))
        total = (weekly["low"] - trainees["pwp"] * (kappa["pwp_trainee_4"] - load * pwp)) / net
        staff |= {x: share * total for x, share in low_mix.items()}
        _whole_contracts(staff, "pwp_5_fixed", "pwp_5")
        hours = sum(need[x] * wte for x, wte in staff.items()) + pwp * trainees["pwp"]
        seniors = min(tidy(staff["senior_pwp_6"], 1), _up(headroom * hours / (per_senior - own)))
        supervisors["senior_pwp_6", CASE] = seniors
        # Leads help out where the senior PWPs, all of them supervising, do not suffice.
        supervisors["lead_8a", CASE] = _up((headroom * hours - seniors * (per_senior - own)) / (supervise_lead_low - own))

    counsellors = counselling_share * weekly["high"] / (kappa["counsellor_7"] - one / (1 - own / central("supervise_hit")))
    if counsellors > 0:
        staff["counsellor_7"] = counsellors
        supervisors["counsellor_7", COUNSELLING] = max(0.4, _up(headroom * one * counsellors / (central("supervise_hit") - own)))
    if counselling_share < 1:
        mix, lead, hit = _high_mix(p), central("supervise_lead"), central("supervise_hit")
        load = 1 / (1 - own / (0.5 * (lead + hit)))
        net = sum(share * (kappa[x] - load * one) for x, share in mix.items())
        weekly_cbt = (1 - counselling_share) * weekly["high"]
        trainees["hit"] = max(1, round(central("mix_trainee_hit") * weekly_cbt / net))
        total = (weekly_cbt - trainees["hit"] * (kappa["hit_trainee_6"] - load * one)) / net
        staff |= {x: share * total for x, share in mix.items() if share > 0}
        _whole_contracts(staff, "hit_7_fixed", "hit_7")
        hours = one * (total + trainees["hit"])
        leads = math.floor(9 * tidy(staff["lead_8a"], 1)) / 10
        supervisors["lead_8a", CBT] = leads
        supervisors["hit_7", CBT] = _up((headroom * hours - leads * (lead - own)) / (hit - own))
    return Team(staff, trainees, supervisors)


def _held(members: Team) -> Team:
    """The team with enough people in each post to hold its supervisors: in a small one the shares of posts alone do not give them."""
    staff = dict(members.staff)
    share = {(g.post, g.kind): g.maximum_share for g in supervision()[2]}
    for (post, kind), wte in members.supervisors.items():
        if wte > share[post, kind] * tidy(staff.get(post, 0.0), 1):
            staff[post] = math.ceil(10 * wte / share[post, kind] - 1e-9) / 10
    supervisors = dict(members.supervisors)
    if staff.get("lead_8a", 0.0) > members.staff.get("lead_8a", 0.0):  # they need supervision themselves
        supervisors["lead_8a", CBT] = math.floor(9 * staff["lead_8a"] + 1e-9) / 10
    return Team(staff, members.trainees, supervisors)


def _tenure(post: d.Post) -> tuple[float, float]:
    """Shares of a post's staff in their first year and past their second, as replacing leavers one for one brings about."""
    if post.contract == "fixed_term":
        return central("fixed_first_year"), 0.0
    first, later = post.leavers_first_year, post.leavers_later
    # Of the year's joiners (all leavers), half of the year's leaving has happened on average.
    first_year = (1 - first / 2) * later / (1 - (1 - first / 2) * (first - later))
    second_year = first_year / (1 - first / 2) * (1 - first) * (1 - later / 2)
    return first_year, 1 - first_year - second_year


def staff_rows(p: Provider, members: Team) -> list[d.Staff]:
    """Staff in post and posts established, whole post units."""
    rows, unit = [], p.service.post_unit
    for post in posts():
        if post.post not in members.staff:
            continue
        wte = members.staff[post.post]
        vacant = 0.0 if post.contract == "fixed_term" else central("vacancies")
        established = unit * max(round(wte / (1 - vacant) / unit), math.ceil(tidy(wte, 1) / unit - 1e-9))
        in_post = tidy(wte, 1)
        first_year, long_serving = _tenure(post)
        rows.append(d.Staff(
            service=p.service.service, post=post.post, in_post=in_post, first_year=tidy(first_year * in_post, 1),
            long_serving=tidy(long_serving * in_post, 1), established=tidy(established, 1),
        ))
    return rows


def trainee_rows(p: Provider, members: Team) -> list[d.Trainee]:
    """Two cohorts in training: last autumn's and last new year's."""
    rows = []
    for programme, people in members.trainees.items():
        for quarter, count in (("2025/26 Q3", people // 2), ("2025/26 Q4", people - people // 2)):
            if count:
                rows.append(d.Trainee(service=p.service.service, programme=programme, started=quarter, people=count))
    return rows


# --- labour market, digital, outreach ---------------------------------------------------------------------------------


def _draw(service: d.Service) -> float:
    """How many apply to a service, against one of the NHS in inner London."""
    return 0.5 if service.employer == "non_nhs" else 1.0 if service.zone == "inner" else 0.7


def recruitment_rows(p: Provider, members: Team) -> list[d.Recruitment]:
    """What a service can hire in a quarter: a share of its posts of the role, less in outer London and for charities."""
    draw = _draw(p.service)
    low = sum(members.staff.get(x, 0.0) for x in _low_mix())
    counsellors = members.staff.get("counsellor_7", 0.0)
    cbt = sum(members.staff.values()) - low - counsellors
    size = {"pwp_5": low * central("market_pwp"), "pwp_5_fixed": low * central("market_senior"), "senior_pwp_6": low * central("market_senior"),
            "hit_6": cbt * central("market_senior"), "hit_7": cbt * central("market_hit"), "hit_7_fixed": cbt * central("market_senior"),
            "counsellor_7": counsellors * central("market_hit"), "lead_8a": cbt * central("market_senior") / 2}
    return [
        d.Recruitment(service=p.service.service, post=post, maximum=max(0.1, tidy(draw * wte, 2)), lead=2 if post == "lead_8a" else 1,
                    cost_pounds=central("hire_cost"), stream="one_off")
        for post, wte in size.items() if wte > 0
    ]


def digital_rows(p: Provider, care: dict[Step, d.Care]) -> list[d.Digital]:
    """Courses the borough services may buy, at one provider's public price list."""
    if p.service.employer == "non_nhs":
        return []
    block, share = 25, central("digital_share")
    return [
        d.Digital(provider="Digital provider", service=p.service.service, step=step, price_pounds=central(f"digital_{step}"), block=block,
                maximum=math.ceil(share * care[step].carried_over / block), maximum_share=share, quality=central("digital_quality"), stream="one_off")
        for step in d.STEPS if step in care
    ]


COMMUNITIES = {
    "Camden": ("Bangladeshi families", 40, 100),
    "Islington": ("Somali and East African communities", 60, 140),
    "Barnet": ("Older people", 40, 100),
    "Enfield": ("Turkish and Kurdish speakers", 60, 140),
    "Haringey": ("Black men", 60, 180),
}
"""Community, most clinicians' hours and most outreach workers' hours a quarter: all assumed."""


def outreach_rows(names: list[str]) -> tuple[list[d.Outreach], list[d.OutreachReturn]]:
    """One community for each borough, with three stretches of falling returns."""
    rows, returns = [], []
    for name in names:
        if name not in COMMUNITIES:
            continue
        community, clinical, worker = COMMUNITIES[name]
        rows.append(d.Outreach(service=name, community=community, post="senior_pwp_6", clinical_hours=clinical, worker_hours=worker,
                             worker_pounds=central("outreach_worker"), lag=1, taper=3, stream="outreach"))
        for n, key in enumerate(("outreach_first", "outreach_second", "outreach_third"), start=1):
            returns.append(d.OutreachReturn(service=name, community=community, stretch=n, hours=(clinical + worker) * (0.4, 0.4, 0.2)[n - 1],
                                          referrals_per_hour=central(key)))
    return rows, returns


# --- money ------------------------------------------------------------------------------------------------------------


def pay_tables() -> tuple[tuple[d.Pay, ...], tuple[d.Supplement, ...], tuple[d.OnCost, ...]]:
    """Pay scale, London supplement and on-costs of 2026/27."""
    first = d.year_label(BASE_YEAR + 1)
    scale, zones, costs = _table("afc_pay_scales"), _table("high_cost_area_supplement"), _table("employer_on_costs")
    bands = {post.band for post in posts()}
    pay = tuple(
        d.Pay(year=r.financial_year, band=r.band, point=r.point, pounds=r.basic_pay_gbp, source=f"NHS Employers pay scales, {r.status}")
        for r in scale.itertuples() if r.financial_year == first and r.band in bands
    )
    supplements = tuple(
        d.Supplement(year=r.financial_year, zone=r.zone, rate=r.rate, minimum_pounds=r.minimum_gbp, maximum_pounds=r.maximum_gbp,
                   source=f"NHS terms and conditions annex 9, {r.status}")
        for r in zones.itertuples() if r.financial_year == first and r.zone in ("inner", "outer")
    )
    row = next(r for r in costs.itertuples() if r.financial_year == first)
    on_costs = (
        d.OnCost(year=first, employer="nhs", ni_rate=row.employer_ni_rate, ni_threshold_pounds=row.employer_ni_secondary_threshold_gbp,
               pension_rate=row.nhs_pension_paid_by_employer_rate, levy_rate=row.apprenticeship_levy_rate,
               source="HMRC; NHS Business Services Authority: the part of the pension contribution that the employer pays"),
        d.OnCost(year=first, employer="non_nhs", ni_rate=row.employer_ni_rate, ni_threshold_pounds=row.employer_ni_secondary_threshold_gbp,
               pension_rate=row.auto_enrolment_minimum_rate, pension_from_pounds=row.auto_enrolment_lower_gbp,
               pension_to_pounds=row.auto_enrolment_upper_gbp, source="HMRC; legal minimum of automatic enrolment"),
    )
    return pay, supplements, on_costs


def budget_rows(data: d.PlanInput, size: float) -> tuple[d.Budget, ...]:
    """Money of each stream: what today's posts and trainees cost, with pay awards and, in the plan, real growth; and the year after for posts.

    ``size`` is the instance's part of the five boroughs, for money that is assumed for all of them.
    """
    table = PayTable(data)
    service, post = {s.service: s for s in data.services}, {p.post: p for p in data.posts}
    first = data.years[0]
    bill = {"recurrent": 0.0, "one_off": 0.0, "training": 0.0}
    for row in data.staff:
        bill[post[row.post].stream] += row.established * table.cost(service[row.service], post[row.post], first).total / 100
    trainee_post = {g.programme: g.trainee_post for g in data.programmes}
    for cohort in data.trainees:
        bill["training"] += cohort.people * table.cost(service[cohort.service], post[trainee_post[cohort.programme]], first).total / 100
    hires = 0.12 * sum(row.established for row in data.staff)
    award, growth = 1 + data.settings.pay_award, 1 + central("real_growth")
    after = d.year_label(d.year_number(data.years[-1]) + 1)
    rows = []
    for option in ("", "no_new_money"):
        plan = option == ""
        for year in (*data.years, after):
            n = d.year_number(year) - d.year_number(first)
            real = growth**n if plan else 1.0
            part = sum(q.startswith(year) for q in data.quarters) / 4 or 1.0
            amounts = {
                "recurrent": bill["recurrent"] * award**n * real,
                "one_off": bill["one_off"] * award**n + hires * central("hire_cost") + (central("digital_allowance") * size if plan else 0.0),
                "training": bill["training"] * award**n * (1.1 * real if plan else 1.0),
                "outreach": central("outreach_money" if plan else "outreach_today") * size,
            }
            for stream, pounds in amounts.items():
                if year != after or stream == "recurrent":
                    rows.append(d.Budget(option=option, stream=stream, year=year, pounds=1000 * math.ceil(pounds * part / 1000),
                                       carry_over=0.0 if stream == "recurrent" else 0.1))
    return tuple(rows)


# --- what is wanted ---------------------------------------------------------------------------------------------------

SIGNED_OUTREACH = 20.0
"""Clinicians' hours a quarter of outreach that a borough has signed for (an example of a pin)."""

OPTIONS = (
    d.Option(option="do_nothing", name="Do nothing", description="Today's posts, refilled as far as the market allows. No training, nothing bought, "
             "no outreach beyond what is signed. Supervisors who leave are replaced."),
    d.Option(option="no_new_money", name="No new money", description="The plan's freedom with today's money: pay awards are met, no real growth."),
)

PRIORITIES = (
    d.Priority(priority=1, name="Unmet musts", direction="min"),
    d.Priority(priority=2, name="Care", direction="max"),
)

OBJECTIVES = (
    d.Objective(priority=1, term="unmet_musts", weight=1, reason="Supervision, budgets and pins come before everything"),
    d.Objective(priority=2, term="reliable_recoveries", weight=1, reason="The measure of NHS planning guidance: everything else is in its units"),
    d.Objective(priority=2, term="completed_courses", weight=0.1, reason="Ministers count completed courses; one in ten so that quality leads"),
    d.Objective(priority=2, term="waiting_too_long", weight=-0.1, reason="Ten people waiting a quarter too long weigh as one recovery"),
    d.Objective(priority=2, term="reached_by_outreach", weight=0.1, reason="Access of communities seldom reached, on top of their recoveries"),
    d.Objective(priority=2, term="lost_trainees", weight=-10, reason="A lost training year costs about £30,000: as ten recoveries"),
    d.Objective(priority=2, term="workforce_at_end", weight=1, reason="The plan should not run its staff down towards its end"),
    d.Objective(priority=2, term="cost", weight=-0.00002, reason="Money is not spent where one recovery more would cost over £50,000"),
    d.Objective(priority=2, term="churn", weight=-0.02, reason="Of two plans as good, the calmer: fifty hires weigh as one recovery"),
)


def limit_rows(names: list[str]) -> tuple[d.Limit, ...]:
    """Pins of every option, with reasons, and what "do nothing" means."""
    outreach = "Islington" if "Islington" in names else names[0]
    rows = [d.Limit(limit="signed outreach", decision="outreach_clinical", service=outreach, item=COMMUNITIES[outreach][0], scope="each",
                    sense="at least", value=SIGNED_OUTREACH, reason="Example of a signed agreement with the community: these hours are kept")]
    for name in ("Camden", "Islington"):
        if name in names:
            rows.append(d.Limit(limit=f"band 7 in {name}", decision="posts", service=name, item="hit_6", scope="each", sense="at most", value=0,
                              reason="Example of a local policy: qualified therapists are paid band 7"))
    if "Community Barnet" in names:
        rows.append(d.Limit(limit="keep Community Barnet", decision="posts", service="Community Barnet", item="counsellor_7", scope="each",
                          sense="at least", value=1, basis="share of established",
                          reason="Counts under 5 are blank in the source, so its courses look fewer than they are"))
    nothing = {"option": "do_nothing"}
    why = "What doing nothing means"
    rows += [
        d.Limit(limit="nothing: posts", **nothing, decision="posts", scope="each", sense="exactly", value=1, basis="share of established",
              reason=why),
        d.Limit(limit="nothing: training", **nothing, decision="intake", scope="each", sense="at most", value=0, reason=why),
        d.Limit(limit="nothing: moves", **nothing, decision="moves", scope="each", sense="at most", value=0, reason=why),
        d.Limit(limit="nothing: bought", **nothing, decision="digital", scope="each", sense="at most", value=0, reason=why),
        d.Limit(limit="nothing: outreach workers", **nothing, decision="outreach_worker", scope="each", sense="at most", value=0, reason=why),
        d.Limit(limit="nothing: supervisors", **nothing, decision="supervisors_trained", scope="total", sense="at most", value=2 * len(names),
              reason="Leavers among supervisors are replaced, no more"),
    ]
    rows += [
        d.Limit(limit=f"nothing: outreach {name}", **nothing, decision="outreach_clinical", service=name, scope="each", sense="at most",
              value=SIGNED_OUTREACH if name == outreach else 0, reason=why)
        for name in names if name in COMMUNITIES
    ]
    return tuple(rows)


def with_end_values(kinds: tuple[d.Post, ...], data: d.PlanInput) -> tuple[d.Post, ...]:
    """Posts with the worth of a WTE after the plan: a year's reliable recoveries, shared over today's staff in proportion to what they cost.

    By cost, so that the end of the plan favours no role over another; half for fixed terms, who may not stay, and a fifth
    for trainees, for whom there may be no post.
    """
    table = PayTable(data)
    reference = next(s for s in data.services if s.employer == "nhs")
    cost = {p.post: table.cost(reference, p, data.years[0]) for p in kinds}
    pay = {name: c.basic + c.supplement + c.on_costs for name, c in cost.items()}
    recoveries = sum(4 * c.carried_over * c.completion * c.reliable_recovery for c in data.care)
    bill = sum(row.in_post * pay[row.post] for row in data.staff)
    stay = {"permanent": 1.0, "fixed_term": 0.5, "trainee": 0.2}
    return tuple(p.model_copy(update={"end_value": tidy(stay[p.contract] * recoveries * pay[p.post] / bill, 1)}) for p in kinds)


def counselling_shares() -> dict[str, float]:
    """Share of counselling among CBT and counselling appointments of each borough, 2022-23 (the last year by borough); charities only counsel."""
    shares = {p.service.service: 1.0 for p in PROVIDERS}
    for row in _rows("boroughs_2022_23"):
        counselling, cbt = float(row["counselling_appointments"]), float(row["cbt_appointments"])
        shares[row["service"]] = counselling / (counselling + cbt)
    return shares


def places(programme: str, quarters: tuple[str, ...], size: float, region: str = "") -> list[d.Place]:
    """Course places of each intake, shared by all services or by those of a region; ``size`` against the five boroughs."""
    shared = max(1, round(central(f"places_{programme}") * size))
    return [d.Place(programme=programme, quarter=q, places=shared, region=region) for q in quarters if q[-1] in "34"]


def assumptions(table: str = "assumptions") -> tuple[d.Assumption, ...]:
    """A table of assumptions, as it stands in the sources."""
    return tuple(
        d.Assumption.model_validate({**{name: row[name] or None for name in ("low", "central", "high")},
                                     **{name: row[name] for name in ("item", "unit", "sureness", "source", "note")}, "owner": OWNER, "date": DATE})
        for row in _rows(table)
    )


def build(title: str, names: list[str], quarters: int) -> d.PlanInput:
    """Instance of some services of North Central London: everything derived from the sources and the assumptions."""
    data = _instance(title, [p for p in PROVIDERS if p.service.service in names], activity(), counselling_shares(), quarters)
    return data.model_copy(update={"limits": limit_rows(names), "options": OPTIONS})


def _instance(title: str, chosen: Sequence[Provider], table: Activity, shares: Mapping[str, float], quarters: int) -> d.PlanInput:
    """Instance of the providers chosen, from their year's activity and their shares of counselling; nothing pinned."""
    names = [p.service.service for p in chosen]
    boroughs = sum(row["referrals"] for row in activity().values())
    size = sum(table[name]["referrals"] for name in names) / boroughs
    settings = d.Settings(title=title, first_quarter=f"{d.year_label(BASE_YEAR + 1)} Q1", quarters=quarters, pay_award=central("pay_award"))
    first = d.quarter_number(settings.first_quarter)
    labels = tuple(f"{d.year_label(n // 4)} Q{n % 4 + 1}" for n in range(first, first + quarters))

    care: list[d.Care] = []
    demand: list[d.Demand] = []
    staff: list[d.Staff] = []
    trainees: list[d.Trainee] = []
    supervisors: list[d.Supervisor] = []
    recruitment: list[d.Recruitment] = []
    digital: list[d.Digital] = []
    for p in chosen:
        name, row = p.service.service, table[p.service.service]
        way = pathway(row)
        rows: dict[Step, d.Care] = {step: care_row(p, row, way, step) for step in d.STEPS if way.starts[step] > 0}
        members = _held(team(p, rows, shares[name]))
        care += rows.values()
        demand += demand_rows(name, row, labels)
        staff += staff_rows(p, members)
        trainees += trainee_rows(p, members)
        supervisors += [d.Supervisor(service=name, post=post, kind=kind, trained=wte) for (post, kind), wte in members.supervisors.items() if wte]
        recruitment += recruitment_rows(p, members)
        digital += digital_rows(p, rows)
    kinds, needs, givers = supervision()
    outreach, returns = outreach_rows(names)
    pay, supplements, on_costs = pay_tables()
    data = d.PlanInput(
        settings=settings, services=tuple(p.service for p in chosen), posts=posts(), flows=FLOWS, programmes=programmes(),
        places=tuple(_places(chosen, table, labels, boroughs)), staff=tuple(staff), trainees=tuple(trainees),
        supervision_kinds=kinds, supervision_needs=needs, supervision_givers=givers, supervisors=tuple(supervisors),
        recruitment=tuple(recruitment), care=tuple(care), demand=tuple(demand), outreach=tuple(outreach), outreach_returns=tuple(returns),
        digital=tuple(digital), pay=pay, supplements=supplements, on_costs=on_costs, priorities=PRIORITIES, objectives=OBJECTIVES,
        assumptions=assumptions(),
    )
    data = data.model_copy(update={"posts": with_end_values(data.posts, data)})
    return data.model_copy(update={"budget": budget_rows(data, size)})


def _places(chosen: Sequence[Provider], table: Activity, labels: tuple[str, ...], boroughs: float) -> Iterator[d.Place]:
    """Places of each programme, for each region in proportion to its referrals against the boroughs'; one lot where there are no regions."""
    for programme in ("pwp", "hit"):
        for region in dict.fromkeys(p.service.region for p in chosen):
            size = sum(table[p.service.service]["referrals"] for p in chosen if p.service.region == region) / boroughs
            yield from places(programme, labels, size, region)


# --- England ----------------------------------------------------------------------------------------------------------

INNER = ("RV5CK", "RV5CG", "RV5CH", "RQX", "RWK53", "RKL14", "RQY12")
"""Lambeth, Southwark, Lewisham, City and Hackney, Tower Hamlets, Hammersmith and Fulham, Wandsworth; the rest of London is taken for outer."""
NOT_LONDON = ("RWK4D", "G7X5M", "NKI")
"""Counted under London by their head office, at work elsewhere: Bedfordshire, Surrey, Turning Point."""
LEAST_MONTHS, LEAST_ENTERED = 9, 150
"""Months of the year a provider must have reported, and people who must have entered treatment."""
SMALL = 3000
"""Referrals a year below which posts come in fifths: a whole post is too much for a small team to add."""
ONE_TEAM = 800
"""People entering a year below which a service is taken for one team of counsellors."""
SHARED_MARKET = 0.85
"""Applicants of a region's labour market, against what its services could hire one by one."""
REFERRED = 1.2
"""Referrals for each person entering where the table has fewer referrals than people entering."""
BELIEVED = 70.0
"""Per cent recovering above which the outcomes told are not taken for the service's."""
UNTOLD = {"M6Y4Z": ("NHS Derby and Derbyshire", "Midlands")}
"""Area and region where the table leaves them blank."""


def enough(row: Mapping[str, Any]) -> bool:
    """Whether a provider's row can be made into a service: a region, most of the year, and counts that do not contradict each other."""
    return bool(
        row["region"] == row["region"]
        and row["months_reported"] >= LEAST_MONTHS
        and row["entered_treatment"] >= LEAST_ENTERED
        and 0 < row["completed_courses"] < row["entered_treatment"]
        and row["recovery_percent"] <= BELIEVED
    )


def _printed(name: str) -> str:
    """A provider's name in mixed case, the abbreviations of the NHS left as they are."""
    small, capitals = {"And", "Of", "The", "In", "For"}, {"Nhs", "Iapt", "Cic", "Hq", "Uk", "Dhc", "Lgbt", "Icb", "Iccs", "Pts"}
    words = [w.upper() if w.strip("()") in capitals else w.lower() if n and w in small else w for n, w in enumerate(name.title().split())]
    return " ".join(words).replace("'S", "'s")


def england(quarters: int, most: int | None = None) -> d.PlanInput:
    """Every provider of England with enough data, or the ``most`` that have most referrals, in regions that share course places.

    A provider is one service; the merged trust of North Central London too, as its boroughs are not published apart any more. Blanks are filled as in
    North Central London: reliable recovery with recovery, sessions that are not coded by step as sessions of one step; no wait told is none.
    """
    year = _year()
    for code, (area, region) in UNTOLD.items():
        year.loc[code, ["icb_name", "region"]] = [area, region]
    every: dict[Any, Any] = year.to_dict("index")
    records: dict[str, dict[str, Any]] = {str(code): row for code, row in every.items() if enough(row)}
    codes = sorted(records, key=lambda code: -records[code]["referrals"])[:most]
    chosen, table, shares = [], {}, {}
    for code in codes:
        row = records[code]
        nhs, london = code.startswith("R") or "NHS FOUNDATION TRUST" in row["provider_name"], row["region"] == "London" and code not in NOT_LONDON
        service = _service(code, _printed(row["provider_name"]), row["icb_name"], "outer", charity=not nhs).model_copy(update={
            "zone": "inner" if code in INNER else "outer" if london else "none", "region": row["region"],
            "post_unit": 1.0 if row["referrals"] >= SMALL else 0.2,
        })
        part = 12 / row["months_reported"]
        numbers = {key: float(value) for key, value in row.items() if isinstance(value, (int, float))}
        flows = {*COUNTS, "employment_support_appointments"} - {"waiting_for_first_treatment"}
        numbers |= {name: part * numbers[name] for name in flows}
        if math.isnan(numbers["reliable_recovery_percent"]):
            numbers["reliable_recovery_percent"] = numbers["recovery_percent"]
        if math.isnan(numbers["mean_days_assessment_to_high_intensity"]):
            numbers["mean_days_assessment_to_high_intensity"] = 0.0
        if numbers["entered_treatment"] > numbers["referrals"]:
            numbers["referrals"] = REFERRED * numbers["entered_treatment"]
        coded = min(numbers["low_intensity_appointments"], numbers["high_intensity_appointments"]) >= SCANT * numbers["attended_appointments"]
        small = numbers["entered_treatment"] < ONE_TEAM
        if small or not coded or math.isnan(numbers["mean_high_intensity_sessions"]):
            numbers["mean_low_intensity_sessions"] = math.nan
        talks, cbt = numbers["counselling_appointments"], numbers["cbt_appointments"]
        share = talks / (talks + cbt) if talks + cbt > 0 else 0.0
        counsels = small or (math.isnan(numbers["mean_low_intensity_sessions"]) and not nhs)
        shares[code] = 1.0 if counsels else share if share >= SCANT else 0.0
        chosen.append(Provider(service, code))
        table[code] = numbers
    data = _instance(f"England's Talking Therapies, {quarters} quarters from April 2026", chosen, table, shares, quarters)
    # A service may train as many of an intake as a borough may for its size.
    boroughs = max(row["referrals"] for row in activity().values())
    scale = max(1.0, max(row["referrals"] for row in table.values()) / boroughs)
    courses = tuple(g.model_copy(update={"cohort_maximum": math.ceil(scale * g.cohort_maximum)}) for g in data.programmes)
    pin = d.Limit(limit="band 7", decision="posts", item="hit_6", scope="each", sense="at most", value=0,
                  reason="Qualified therapists are paid band 7")
    money = tuple(row for row in data.budget if not row.option and row.stream != "outreach")
    shared = d.Assumption(
        item="Applicants of a region, against its services one by one", low=0.7, central=SHARED_MARKET, high=1.0, unit="ratio",
        sureness="D", source="Judgement: neighbours recruit the same people", owner=OWNER, date=DATE, note="By role; England only",
    )
    update = {"programmes": courses, "limits": (pin,), "budget": money, "assumptions": (*data.assumptions, shared)}
    return _with_markets(data.model_copy(update=update), SHARED_MARKET)


def _with_markets(data: d.PlanInput, part: float) -> d.PlanInput:
    """The plan with a labour market in each region: where place or employer draw fewer, a hire takes more of its applicants (1 over the draw).

    ``part`` is how many apply, against what the region's services could hire one by one.
    """
    service, role = {s.service: s for s in data.services}, {p.post: p.role for p in data.posts}
    recruitment = tuple(
        r.model_copy(update={"market": service[r.service].region, "applicants_per_hire": tidy(1 / _draw(service[r.service]), 2)})
        for r in data.recruitment
    )
    wanted: defaultdict[tuple[str, str], float] = defaultdict(float)
    for r in recruitment:
        wanted[r.market, role[r.post]] += r.maximum * r.applicants_per_hire
    markets = tuple(
        d.LabourMarket(market=market, role=name, from_quarter=data.quarters[0], applicants=tidy(part * most, 1))
        for (market, name), most in wanted.items()
    )
    return data.model_copy(update={"recruitment": recruitment, "labour_markets": markets})


# --- North Central London with every lever ----------------------------------------------------------------------------

FULL = "North Central London with every lever, 2026/27 to 2029/30"
REGION = "North Central London"
ADVISER, NATIVE = "adviser_5", "native_7"
LANGUAGES = {"Camden": "Bengali", "Islington": "Somali", "Barnet": "Farsi", "Enfield": "Turkish", "Haringey": "Turkish"}
SPOKEN = "Turkish"
"""Language of the mother-tongue therapists."""
TWO_SITES = ("Barnet", "Haringey")
FLEXIBLE, CAREERS = "Flexible working and wellbeing", "Careers and study time"
KEPT = {FLEXIBLE: ("flexible", ("pwp_5", "senior_pwp_6", "hit_7", "counsellor_7")), CAREERS: ("careers", ("pwp_5",))}
"""Key of its assumptions and the posts it keeps, by retention measure."""
BANDED = {"hit_6": "draw_lower_band", "pwp_5_fixed": "draw_fixed", "hit_7_fixed": "draw_fixed", NATIVE: "draw_mother_tongue"}
PAID_BY_OUTCOMES = ("Enfield", "Haringey")
FUTURE = "2027/28 Q1"
"""First quarter of what cannot hold from the first day."""


def with_every_lever(data: d.PlanInput, table: Activity) -> d.PlanInput:
    """North Central London with rows in every table: what its twin leaves out, from the same activity and from ``levers_assumptions``."""
    boroughs = tuple(name for name in COMMUNITIES if name in {s.service for s in data.services})
    posts = full_posts(data.posts)
    staff = full_staff(data, posts, table, boroughs)
    data = data.model_copy(update={
        "services": tuple(s.model_copy(update={
            "region": REGION, "over_establishment": central("over_establishment") if s.service in boroughs else None,
            "post_unit": min(s.post_unit, central("post_unit"))}) for s in data.services),
        "posts": posts, "staff": staff, "flows": full_flows(data.flows),
        "programmes": tuple(g.model_copy(update={"fee_pounds": central("trainee_costs"), "cohort_minimum": 2 if g.programme == "pwp" else 1})
                            for g in data.programmes),
        "places": tuple(row.model_copy(update={"region": REGION}) for row in data.places),
        "supervision_needs": (*data.supervision_needs, d.SupervisionNeed(post=NATIVE, kind=CBT, hours=central("supervision_one"), received=1)),
        "care": tuple(c.model_copy(update={"face_to_face": _face_to_face(table[c.service])}) for c in data.care),
        "recruitment": tuple(full_recruitment(data, staff)),
    })
    data = _with_markets(data, central("market_shared"))
    later = tuple(row.model_copy(update={"from_quarter": "2028/29 Q1", "applicants": tidy(central("market_later") * row.applicants, 1)})
                  for row in data.labour_markets)
    drawn = tuple(r.model_copy(update={"applicants_per_hire": tidy(r.applicants_per_hire * central(BANDED[r.post]), 2)}) if r.post in BANDED else r
                  for r in data.recruitment)
    people = tuple((s, p) for s in boroughs for p in ("hit_7", "lead_8a"))
    reduced = {(r.service, r.post): math.ceil(central("reduced_most") * r.in_post) for r in staff}
    data = data.model_copy(update={
        "labour_markets": (*data.labour_markets, *later), "recruitment": drawn,
        "over_establishment": tuple(d.OverEstablishment(service=s, post=p, maximum=1, extra_pounds=central("over_extra"))
                                    for s in boroughs for p in ("pwp_5", "hit_7")),
        "reduced_hours": tuple(d.ReducedHours(service=s, post=p, share=central("reduced_share"), maximum=reduced[s, p],
                                              extra_pounds=central("reduced_extra")) for s, p in people),
        "languages": tuple(d.Language(service=s, language=LANGUAGES[s], share=central(f"language_{s.lower()}"), stream="language",
                                      interpreter_pounds=central("interpreter"), longer=central("interpreted_longer")) for s in boroughs),
        "speakers": (d.Speaker(post=NATIVE, language=SPOKEN),),
        "rooms": tuple(full_rooms(data)),
        "communities": tuple(d.Community(service=s, community=COMMUNITIES[s][0], need=central(f"need_{s.lower()}"),
                                         referred=tidy(central("referred_share") * central(f"need_{s.lower()}"))) for s in boroughs),
        "representation": tuple(d.Representation(
            service=s, post="lead_8a", group="Minority ethnic background", now=central("represented_now"), hired=central("represented_arriving"),
            promoted=central("represented_arriving"), target=central("represented_target"), maximum=central("represented_most"),
            place_pounds=central("targeted_place"), stream="people") for s in boroughs),
        "employment_advisers": tuple(d.EmploymentAdviser(service=s, post=ADVISER, clinicians_per_adviser=central("clinicians_per_adviser"),
                                                         from_quarter=FUTURE) for s in boroughs),
        "group_courses": tuple(d.GroupCourse(
            service=s, step=step, people=central(f"group_{step}_people"), sessions=central(f"group_{step}_sessions"),
            session_minutes=central("group_minutes"), staff=2, other_minutes=central("group_other"), maximum_share=central(f"group_{step}_share"),
            quality=central("group_quality"), recovery=central("group_recovery")) for s in boroughs for step in d.STEPS),
        "retention_measures": tuple(d.RetentionMeasure(
            measure=name, service=s, year_pounds=central(f"{key}_year"), wte_pounds=central(f"{key}_wte"), from_quarter="2026/27 Q3",
            stream="people") for name, (key, _) in KEPT.items() for s in boroughs),
        "retention_effects": tuple(d.RetentionEffect(measure=name, post=p, leavers_avoided=central(f"{key}_kept"))
                                   for name, (key, kept) in KEPT.items() for p in kept),
        "integrated_care": tuple(d.IntegratedCare(service=c.service, step=c.step, baseline=c.carried_over,
                                                  integrated_share=central("integrated_share"), from_quarter=FUTURE)
                                 for c in data.care if c.service in boroughs),
        "outcome_payments": tuple(d.OutcomePayment(
            option=option, service=c.service, step=c.step, measure="reliable recoveries", year=year, stream="one_off", paid="same year",
            threshold=tidy(central("outcome_threshold") * 4 * c.carried_over * c.completion * c.reliable_recovery, 0),
            payment_pounds=part * central("outcome_payment"), cap_pounds=part * central("outcome_cap"))
            for option, part in (("", 1.0), ("no_new_money", 0.5))
            for c in data.care if c.service in PAID_BY_OUTCOMES and c.step == "high" for year in data.years),
        "benefits": (d.Benefit.model_validate({
            "benefit": "Health gained", "per": "recovered", "unit": "£", **{k: _ASSUMED["benefit_health"][k] for k in ("low", "central", "high")},
            "sureness": "D", "source": _ASSUMED["benefit_health"]["source"], "note": _ASSUMED["benefit_health"]["note"]}),),
        "objectives": (*data.objectives, *FULL_OBJECTIVES),
        "assumptions": (*data.assumptions, *assumptions("levers_assumptions")),
    })
    return data.model_copy(update={"budget": tuple(full_budget(data, boroughs)), "service_money": tuple(full_service_money(data)),
                                   "limits": (*data.limits, *full_limits(data))})


def full_posts(posts: tuple[d.Post, ...]) -> tuple[d.Post, ...]:
    """Posts with redundancy and, for senior staff, integrated care; advisers and mother-tongue therapists beside them."""
    kinds = {p.post: p.model_copy(update={
        "release_pounds": None if p.contract == "trainee" else central("redundancy_fixed" if p.contract == "fixed_term" else "redundancy"),
        "integrated": p.post in ("senior_pwp_6", "hit_7", "lead_8a")}) for p in posts}
    leavers = dict.fromkeys(("leavers_first_year", "leavers_later"), central("adviser_leavers"))
    native = kinds["hit_7"].model_copy(update={"post": NATIVE, "name": f"{SPOKEN}-speaking therapist", "role": "Mother-tongue therapist"})
    adviser = kinds["pwp_5"].model_copy(update={
        "post": ADVISER, "name": "Employment adviser", "role": "Employment adviser", "low": False, "starter_caseload": 1.0, "end_value": 0.0,
        "stream": "employment", **leavers})
    return *kinds.values(), native, adviser


def full_flows(flows: tuple[d.Flow, ...]) -> tuple[d.Flow, ...]:
    """Flows with what moves cost and lose and how many there can be, and a way back from lead to therapist."""
    more: dict[tuple[str, str], dict[str, float]] = {
        ("pwp_5_fixed", "pwp_5"): {"lost_on_move": central("lost_on_move")},
        ("hit_7_fixed", "hit_7"): {"lost_on_move": central("lost_on_move")},
        ("hit_6", "hit_7"): {"maximum_moves": central("regrading_most")},
        ("hit_7", "lead_8a"): {"maximum_moves_share": central("promotions_share"), "move_pounds": central("promotion_cost")},
    }
    down = d.Flow(from_post="lead_8a", to_post="hit_7", minimum_quarters=4, maximum_moves=0.1, note="Steps down to the lower band")
    return *(f.model_copy(update=more.get((f.from_post, f.to_post), {})) for f in flows), down


def full_staff(data: d.PlanInput, posts: tuple[d.Post, ...], table: Activity, boroughs: Sequence[str]) -> tuple[d.Staff, ...]:
    """Today's staff: one therapist of the services with Turkish courses speaks it; advisers follow from last year's employment support.

    Advisers' posts are what the ratio asks for and a little more: they are funded nationally, and not all filled.
    """
    clinical = {p.post for p in posts if p.low or p.high}
    rows = list(data.staff)
    native = {s for s in boroughs if LANGUAGES[s] == SPOKEN}
    less, one = ("in_post", "long_serving", "established"), {"in_post": 1.0, "first_year": 0.0, "long_serving": 1.0, "established": 1.0}
    rows = [r.model_copy(update={name: tidy(getattr(r, name) - 1, 1) for name in less}) if r.service in native and r.post == "hit_7" else r
            for r in rows]
    rows += [d.Staff(service=s, post=NATIVE, **one) for s in boroughs if s in native]
    for s in boroughs:
        wte = tidy(table[s]["employment_support_appointments"] / central("adviser_contacts"), 1)
        clinicians = sum(r.in_post for r in rows if r.service == s and r.post in clinical)
        wanted = central("adviser_posts") * clinicians / central("clinicians_per_adviser")
        first = tidy(wte * central("adviser_leavers"), 1)
        rows.append(d.Staff(service=s, post=ADVISER, in_post=wte, first_year=first, long_serving=tidy(wte - first, 1),
                            established=math.ceil(max(wte, wanted))))
    return tuple(rows)


def full_recruitment(data: d.PlanInput, staff: tuple[d.Staff, ...]) -> Iterator[d.Recruitment]:
    """Recruitment with those who leave at once; mother-tongue therapists; advisers as other band 5 posts, their vacancies filled in a year."""
    lost = {"lost_on_arrival": central("lost_on_arrival")}
    yield from (r.model_copy(update=lost) for r in data.recruitment)
    rest: dict[str, Any] = {"lead": 1, "cost_pounds": central("hire_cost"), "stream": "one_off", **lost}
    for r in staff:
        if r.post == NATIVE:
            yield d.Recruitment(service=r.service, post=NATIVE, maximum=central("mother_tongue_hires"), **rest)
        elif r.post == ADVISER:
            most = tidy(central("market_pwp") * r.established + (r.established - r.in_post) / 3, 2)
            yield d.Recruitment(service=r.service, post=ADVISER, maximum=most, **rest)


def _face_to_face(row: Mapping[str, float]) -> float:
    """Share of appointments face to face, among those by any of the three common ways."""
    ways = [row[f"{way}_appointments"] for way in ("face_to_face", "telephone", "video")]
    return tidy(ways[0] / sum(ways), 3)


def full_rooms(data: d.PlanInput) -> Iterator[d.Room]:
    """Rooms such that last year's face-to-face hours use most of them; two may be rented at each site."""
    for s in data.services:
        care = [c for c in data.care if c.service == s.service]
        weekly = sum(c.face_to_face * c.carried_over * course_hours(c) for c in care) / data.settings.weeks_per_quarter
        for site, share in (("Main site", 0.6), ("Second site", 0.4)) if s.service in TWO_SITES else (("", 1.0),):
            rooms = share * weekly / central("rooms_used") / central("open_hours")
            yield d.Room(service=s.service, site=site, share=share, rooms=tidy(math.ceil(10 * rooms) / 10, 1), open_hours=central("open_hours"),
                         maximum=2, room_pounds=central("room_rent"), stream="estates")


FULL_OBJECTIVES = (
    d.Objective(priority=2, term="entering_treatment", weight=0.01, reason="Access is reported nationally; a hundred people weigh as one recovery"),
    d.Objective(priority=2, term="contracts_ended", weight=-1, reason="An ended contract harms more than the money it costs: as one recovery"),
    d.Objective(priority=2, term="equity_gap", weight=-0.1, reason="Ten people of a community who do not come weigh as one recovery"),
    d.Objective(priority=2, term="representation_gap", weight=-5, reason="A lead wanting to a group at the end weighs as five recoveries"),
)


def full_budget(data: d.PlanInput, boroughs: Sequence[str]) -> Iterator[d.Budget]:
    """The twin's money, and streams of its own for advisers (ring-fenced for each borough), interpreters, rooms and people."""
    yield from data.budget
    pay = PayTable(data)
    service, post = {s.service: s for s in data.services}, {p.post: p for p in data.posts}
    after = d.year_label(d.year_number(data.years[-1]) + 1)
    established = {r.service: r.established for r in data.staff if r.post == ADVISER}
    spoken = 0.0
    for c, row in ((c, row) for row in data.languages for c in data.care if c.service == row.service):
        slots = c.session_minutes / c.attended
        hours = 4 * c.carried_over * course_hours(c) * slots / (slots + c.writeup_minutes)
        spoken += row.share * hours * row.longer * row.interpreter_pounds
    for option in ("", "no_new_money"):
        for n, year in enumerate((*data.years, after)):
            real = (1 + central("real_growth")) ** n if not option else 1.0
            for s in boroughs:
                bill = established[s] * pay.cost(service[s], post[ADVISER], year).total / 100 * real
                yield d.Budget(option=option, stream="employment", year=year, service=s, pounds=1000 * math.ceil(bill / 1000))
            shared = {"language": spoken * 1.1 * real, "estates": 0.0 if option else central("rooms_money"),
                      "people": 10_000 if option else central("people_money")}
            if year != after:
                yield from (d.Budget(option=option, stream=stream, year=year, pounds=1000 * math.ceil(pounds / 1000), carry_over=0.1)
                            for stream, pounds in shared.items())


def full_service_money(data: d.PlanInput) -> Iterator[d.ServiceMoney]:
    """A floor of all spending and a ceiling of recurrent spending for each service, from what today's posts cost."""
    pay = PayTable(data)
    post = {p.post: p for p in data.posts}
    for s in data.services:
        bill = dict.fromkeys(("", "recurrent"), 0.0)
        for r in data.staff:
            if r.service == s.service:
                pounds = r.established * pay.cost(s, post[r.post], data.years[0]).total / 100
                bill[""] += pounds
                bill["recurrent"] += pounds if post[r.post].stream == "recurrent" else 0.0
        for n, year in enumerate(data.years):
            award, real = (1 + data.settings.pay_award) ** n, (1 + central("real_growth")) ** n
            yield d.ServiceMoney(service=s.service, year=year, floor_pounds=1000 * math.floor(central("service_floor") * bill[""] * award / 1000))
            for option, most in (("", central("service_ceiling") * real), ("no_new_money", 1.1)):
                yield d.ServiceMoney(option=option, service=s.service, year=year, stream="recurrent",
                                     ceiling_pounds=1000 * math.ceil(most * bill["recurrent"] * award / 1000))


def full_limits(data: d.PlanInput) -> Iterator[d.Limit]:
    """A target, examples of pins on the levers, and what "do nothing" means for them."""
    entering = 4 * sum(c.carried_over * (1 - c.step_up) for c in data.care) * len(data.quarters) / 4
    yield d.Limit(limit="access", decision="entering", scope="total", sense="at least", value=tidy(central("access_target") * entering, 0),
                  reason="Access may not be given up for recovery")
    yield d.Limit(limit="flexible working in Camden", decision="reduced_hours", service="Camden", item="hit_7", from_quarter="2026/27 Q3",
                  to_quarter="2028/29 Q4", scope="each", sense="at least", value=1, reason="Example of an agreement with a member of staff")
    yield d.Limit(limit="no redundancy among leads", decision="releases", item="lead_8a", scope="each", sense="at most", value=0,
                  reason="Half of a lead's week is management, which no plan counts")
    yield d.Limit(limit="no stepping down in Islington", decision="moves", service="Islington", item="lead_8a", to_item="hit_7", scope="total",
                  sense="at most", value=0, reason="Example of a local policy")
    nothing: dict[str, Any] = {"option": "do_nothing", "scope": "each", "sense": "at most", "value": 0, "reason": "What doing nothing means"}
    for what, decision in {"rooms": "rooms", "retention measures": "retention", "targeted places": "targeted_places",
                           "groups": "group_starts", "ended contracts": "releases", "staff above posts": "over_establishment"}.items():
        yield d.Limit.model_validate({"limit": f"nothing: {what}", "decision": decision, **nothing})


def instances() -> dict[str, d.PlanInput]:
    """Every instance by name."""
    return {
        "england": england(12),
        "north_central_london": build("North Central London Talking Therapies, 2026/27 to 2029/30", [p.service.service for p in PROVIDERS], 16),
        "north_central_london_full": with_every_lever(build(FULL, [p.service.service for p in PROVIDERS], 16), activity()),
        "one_service": build("Let's Talk Haringey, 2026/27 to 2027/28", ["Haringey"], 8),
    }


def main(folder: Path = HERE) -> None:
    """Write the instances into a folder."""
    for name, data in instances().items():
        write_folder(folder / name, data)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
