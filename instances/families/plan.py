"""Plans of invented regions: the same records from the same seed, on any machine.

Each service is drawn as a year of activity, every rate from the range in which most providers of England lie; care, staff, trainees, the labour
market and money follow from that by the rules that make North Central London (``instances/plan/build.py``), with its pay, posts and assumptions.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from instances.plan import build as of
from optimiser.plan import data as d

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimiser.plan.data import Step

# fmt: off

LEAST = {"services": 1, "quarters": 4, "money": 96, "supervision": 100, "market": 25, "cohorts": 50, "seed": 0}
MOST = {"services": 20, "quarters": 20, "money": 120, "supervision": 150, "market": 400, "cohorts": 150, "seed": 10**6}
LOWER_BANDS = ("", "", "mix_lower_barnet", "mix_lower_enfield", "mix_lower_haringey")
"""Shares of therapists on the lower band: none in two services of five, else as in a borough."""


def region(*, services: int, quarters: int, money: int = 100, supervision: int = 105, market: int = 100, cohorts: int = 100,
           seed: int = 1) -> d.PlanInput:
    """Build the plan of an invented region.

    Parameters
    ----------
    services
        Services, 1 to 20; the fifth, tenth and so on are charities that only offer counselling.
    quarters
        Quarters planned, 4 to 20.
    money
        Recurrent and training money, in a hundred of what today's posts and a tenth more trainees cost with real growth of 3 % a year.
    supervision
        Supervision that can be given on the eve of the plan, in a hundred of what is needed then, as far as people can be found who may give it.
    market
        Applicants, in a hundred of the usual.
    cohorts
        Trainees in training on the eve of the plan, in a hundred of the usual: all of them need a post when they qualify.
    seed
        Another region of the same sort.

    Raises
    ------
    ValueError
        When a figure is outside its range (:data:`LEAST`, :data:`MOST`).
    """
    asked = {"services": services, "quarters": quarters, "money": money, "supervision": supervision, "market": market, "cohorts": cohorts,
             "seed": seed}
    for knob, value in asked.items():
        if not LEAST[knob] <= value <= MOST[knob]:
            raise ValueError(f"{knob} must be {LEAST[knob]} to {MOST[knob]}. You have {value}")
    draw = random.Random(seed)
    settings = d.Settings(title=f"Region of {services}, {quarters} quarters, seed {seed}", first_quarter=f"{d.year_label(of.BASE_YEAR + 1)} Q1",
                          quarters=quarters, pay_award=of.central("pay_award"))
    first = d.quarter_number(settings.first_quarter)
    labels = tuple(d.quarter_label(first + t) for t in range(quarters))
    kinds, needs, givers = of.supervision()
    programmes = of.programmes()
    pay, supplements, on_costs = of.pay_tables()

    providers, referrals = [], 0.0
    care: list[d.Care] = []
    demand: list[d.Demand] = []
    staff: list[d.Staff] = []
    trainees: list[d.Trainee] = []
    supervisors: list[d.Supervisor] = []
    recruitment: list[d.Recruitment] = []
    digital: list[d.Digital] = []
    outreach: list[d.Outreach] = []
    returns: list[d.OutreachReturn] = []
    for n in range(1, services + 1):
        p = provider(draw, n)
        row = activity(draw, p)
        way = of.pathway(row)
        steps: dict[Step, d.Care] = {step: of.care_row(p, row, way, step) for step in d.STEPS if way.starts[step] > 0}
        counselling = 1.0 if p.service.employer == "non_nhs" else draw.randrange(5, 35) / 100
        members = of.team(p, steps, counselling)
        in_training = {name: max(2, round(people * cohorts / 100)) for name, people in members.trainees.items()}
        members = of.Team(members.staff, in_training, {})
        own = of.staff_rows(p, members)
        providers.append(p)
        referrals += row["referrals"]
        care += steps.values()
        demand += of.demand_rows(p.service.service, row, labels)
        staff += own
        trainees += of.trainee_rows(p, members)
        posts = {g.programme: g.trainee_post for g in programmes}
        people = {r.post: r.in_post for r in own} | {posts[name]: float(count) for name, count in in_training.items()}
        supervisors += supervisor_rows(p.service.service, people, supervision, kinds, needs, givers)
        recruitment += [r.model_copy(update={"maximum": max(0.1, of.tidy(r.maximum * market / 100, 2))}) for r in of.recruitment_rows(p, members)]
        digital += of.digital_rows(p, steps)
        if p.service.employer == "nhs":
            offer, stretches = outreach_rows(draw, p.service.service)
            outreach.append(offer)
            returns += stretches

    size = referrals / sum(row["referrals"] for row in of.activity().values())
    data = d.PlanInput(
        settings=settings, services=tuple(p.service for p in providers), posts=of.posts(), flows=of.FLOWS, programmes=programmes,
        places=(*of.places("pwp", labels, size), *of.places("hit", labels, size)), staff=tuple(staff), trainees=tuple(trainees),
        supervision_kinds=kinds, supervision_needs=needs, supervision_givers=givers, supervisors=tuple(supervisors),
        recruitment=tuple(recruitment), care=tuple(care), demand=tuple(demand), outreach=tuple(outreach), outreach_returns=tuple(returns),
        digital=tuple(digital), pay=pay, supplements=supplements, on_costs=on_costs, limits=limit_rows(providers, staff),
        priorities=of.PRIORITIES, objectives=of.OBJECTIVES,
    )
    data = data.model_copy(update={"posts": of.with_end_values(data.posts, data)})
    return data.model_copy(update={"budget": budget_rows(data, size, money)})


def provider(draw: random.Random, n: int) -> of.Provider:
    """Draw a service: every fifth is a charity, a third of the others inner London, a third outer London, a third outside it."""
    charity = n % 5 == 0
    zone = draw.choice(("inner", "outer", "none"))
    service = d.Service.model_validate({
        "service": f"S{n:02d}", "name": f"Service {n}", "area": f"Area {(n + 3) // 4}", "zone": zone, "employer": "non_nhs" if charity else "nhs",
        "overhead": of.central("overhead_non_nhs" if charity else "overhead_nhs"), "post_unit": 0.2 if charity else 1.0,
    })
    return of.Provider(service, code="", lower_band="" if charity else draw.choice(LOWER_BANDS))


def activity(draw: random.Random, p: of.Provider) -> dict[str, float]:
    """A year's activity, as :func:`instances.plan.build.activity` gives it of real services."""
    charity = p.service.employer == "non_nhs"
    referrals = 100 * (draw.randrange(5, 15) if charity else draw.randrange(60, 180))
    entered = referrals * draw.randrange(58, 72) / 100
    row: dict[str, float] = {
        "referrals": referrals, "entered_treatment": entered, "completed_courses": entered * draw.randrange(48, 62) / 100,
        "waiting_for_first_treatment": entered * draw.randrange(4, 16) / 100, "reliable_recovery_percent": draw.randrange(430, 520) / 10,
        "mean_days_assessment_to_high_intensity": draw.randrange(20, 150), "employment_support_appointments": 0.0,
        "mean_low_intensity_sessions": math.nan if charity else draw.randrange(26, 40) / 10,
        "mean_high_intensity_sessions": draw.randrange(70, 105) / 10,
    }
    low = entered * draw.randrange(45, 65) / 100
    high = 1.08 * (entered - low)  # with those who are stepped up
    if charity:
        attended = entered * draw.randrange(40, 70) / 10
        coded = {"low_intensity_appointments": 0.0, "high_intensity_appointments": attended}
    else:
        coded = {"low_intensity_appointments": low * row["mean_low_intensity_sessions"],
                 "high_intensity_appointments": high * row["mean_high_intensity_sessions"]}
        attended = sum(coded.values()) * draw.randrange(103, 110) / 100
    return row | coded | {"attended_appointments": attended, "dna_appointments": attended * draw.randrange(10, 16) / 100}


def supervisor_rows(service: str, people: dict[str, float], supervision: int, kinds: Sequence[d.SupervisionKind], needs: Sequence[d.SupervisionNeed],
                    givers: Sequence[d.SupervisionGiver]) -> list[d.Supervisor]:
    """Trained supervisors who give what is needed today and the share on top: whoever gives most hours first, as far as each post may."""
    rows = []
    for kind in kinds:
        wanted = sum(n.hours * people.get(n.post, 0.0) for n in needs if n.kind == kind.kind) * supervision / 100
        for giver in sorted((g for g in givers if g.kind == kind.kind), key=lambda g: -g.hours):
            may = math.floor(10 * giver.maximum_share * people.get(giver.post, 0.0) + 1e-9) / 10
            trained = min(may, math.ceil(10 * wanted / (giver.hours - kind.own_hours) - 1e-9) / 10)
            if trained > 0:
                rows.append(d.Supervisor(service=service, post=giver.post, kind=kind.kind, trained=trained))
                wanted -= trained * (giver.hours - kind.own_hours)
    return rows


def outreach_rows(draw: random.Random, service: str) -> tuple[d.Outreach, list[d.OutreachReturn]]:
    """A community with three stretches of falling returns."""
    clinical, worker = 20 * draw.randrange(1, 4), 20 * draw.randrange(4, 10)
    community = f"Community of {service}"
    offer = d.Outreach(service=service, community=community, post="senior_pwp_6", clinical_hours=clinical, worker_hours=worker,
                       worker_pounds=of.central("outreach_worker"), lag=1, taper=3, stream="outreach")
    keys = ("outreach_first", "outreach_second", "outreach_third")
    return offer, [
        d.OutreachReturn(service=service, community=community, stretch=n, hours=of.tidy((clinical + worker) * (0.4, 0.4, 0.2)[n - 1], 1),
                         referrals_per_hour=of.central(key))
        for n, key in enumerate(keys, start=1)
    ]


def limit_rows(providers: Sequence[of.Provider], staff: Sequence[d.Staff]) -> tuple[d.Limit, ...]:
    """A pin for each service that has nobody on the lower band of therapists: it stays so."""
    lower = {row.service for row in staff if row.post == "hit_6"}
    return tuple(
        d.Limit(limit=f"band 7 in {p.service.service}", decision="posts", service=p.service.service, item="hit_6", scope="each", sense="at most",
                value=0, reason="Qualified therapists are paid band 7 here")
        for p in providers if p.service.employer == "nhs" and p.service.service not in lower
    )


def budget_rows(data: d.PlanInput, size: float, money: int) -> tuple[d.Budget, ...]:
    """Money by the rule of North Central London, recurrent and training money made tighter or looser."""
    return tuple(
        row.model_copy(update={"pounds": 1000.0 * round(row.pounds * money / 100_000)}) if row.stream in ("recurrent", "training") else row
        for row in of.budget_rows(data, size) if not row.option
    )
