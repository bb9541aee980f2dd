"""Build the back-tests iapt_2008_2011, growth_2021 and courses_2029: what was promised for England, put to the model as it stands today.

Run ``python -m instances.plan.backtests`` from the root of the checkout (with a folder to write elsewhere). The same sources give the same
files, byte for byte. They share posts, job plans, leaver rates and the way staff follow from activity with the instances of ``build.py``.
What came out, and why it differs from what happened, stands in ``docs/backtests.md``.
"""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from instances.plan import build as base
from optimiser.plan import data as d
from optimiser.plan.pay import PayTable
from optimiser.tables import write_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optimiser.plan.data import Step

# fmt: off

HERE = Path(__file__).resolve().parent
STREAM = "programme"
"""One stream pays for everything: how the money was to be split between training and services was not published."""
FOLDED = {"pwp_5_fixed": "pwp_5", "hit_7_fixed": "hit_7"}
"""Fixed terms are counted with permanent staff, and nobody is paid the lower band: at the size of England neither is known."""
DROPPED = {*FOLDED, "hit_6"}
UNIT = 10.0
"""Posts of England come in tens."""
YEAR_OF_WORK = "2021/22"
"""The year whose pathway stands for 2008 too: no earlier one is published in full."""


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / "sources" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


_OWN = {row["key"]: row for row in _rows("backtests_assumptions")}
_ELSEWHERE = ("digital", "outreach", "mix_lower", "mix_pwp_fixed", "mix_hit_fixed", "fixed", "places", "real_growth", "referral_growth",
              "headroom_tight", "overhead_non_nhs")
"""How the keys of shared assumptions begin that play no part here."""


def central(key: str) -> float:
    """Central value of an assumption of the back-tests."""
    return float(_OWN[key]["central"])


def assumptions(instance: str) -> tuple[d.Assumption, ...]:
    """The instance's own assumptions, then those it shares with the other instances."""
    own = [row for row in _OWN.values() if instance in row["instance"].split()]
    shared = [row for row in _rows("assumptions") if not row["key"].startswith(_ELSEWHERE) and not row["key"].endswith(tuple(DROPPED))]
    stamp = {"owner": base.OWNER, "date": base.DATE}
    return tuple(
        d.Assumption.model_validate({**{name: row[name] or None for name in ("low", "central", "high")},
                                     **{name: row[name] for name in ("item", "unit", "sureness", "source", "note")}, **stamp})
        for row in (*own, *shared)
    )


# --- posts, supervision, pay ------------------------------------------------------------------------------------------


def posts() -> tuple[d.Post, ...]:
    """The shared kinds of post, less fixed terms and the lower band, all paid from the one stream."""
    return tuple(p.model_copy(update={"stream": STREAM}) for p in base.posts() if p.post not in DROPPED)


def flows() -> tuple[d.Flow, ...]:
    """The shared ways between posts that are left."""
    return tuple(f for f in base.FLOWS if not {f.from_post, f.to_post} & DROPPED)


def programmes(fees: Mapping[str, float] | None = None, support: bool = False) -> tuple[d.Programme, ...]:
    """The two training programmes at the size of England. Without ``support`` nobody else pays part of a trainee's salary."""
    size = {"cohort_minimum": 10, "cohort_maximum": 1000, "stream": STREAM} | ({} if support else {"salary_support": 0.0})
    return tuple(g.model_copy(update=size | {"fee_pounds": (fees or {}).get(g.programme, 0.0)}) for g in base.programmes())


LEADS = {base.CASE: 0.4, base.CBT: 0.6}
"""What leads supervise where nobody else can at first."""


def supervision(lead_hours: float | None = None) -> dict[str, tuple[Any, ...]]:
    """Kinds, needs and givers of the posts that are left; ``lead_hours`` where leads alone can supervise at first, of either kind."""
    kinds, needs, givers = base.supervision()
    kinds = tuple(k.model_copy(update={"stream": STREAM}) for k in kinds)
    if lead_hours is not None:
        kinds = tuple(k.model_copy(update={"course_quarters": "1 2 3 4"}) for k in kinds)
        givers = tuple(g.model_copy(update={"hours": lead_hours, "maximum_share": LEADS[g.kind]}) if g.post == "lead_8a" else g for g in givers)
    return {"supervision_kinds": kinds, "supervision_needs": tuple(n for n in needs if n.post not in DROPPED),
            "supervision_givers": tuple(g for g in givers if g.post not in DROPPED)}


MIDDLE = {("2021/22", "5"): 27780.0, ("2021/22", "6"): 34172.0, ("2021/22", "7"): 42121.0}
"""Intermediate points that are published; elsewhere the middle of entry and top stands for the many points of the time."""


def old_pay(years: Sequence[str]) -> tuple[d.Pay, ...]:
    """Pay scales of the years before those of the shared table."""
    rows = []
    for r in _rows("backtests_pay"):
        if r["year"] in years:
            entry, top = float(r["entry"]), float(r["top"])
            points = {"entry": entry, "intermediate": MIDDLE.get((r["year"], r["band"]), (entry + top) / 2), "top": top}
            rows += [d.Pay.model_validate({"year": r["year"], "band": r["band"], "point": point, "pounds": pounds, "source": r["source"]})
                     for point, pounds in points.items()]
    return tuple(rows)


def new_pay(years: Sequence[str]) -> tuple[tuple[d.Pay, ...], tuple[d.Supplement, ...], tuple[d.OnCost, ...]]:
    """Pay, London supplement and on-costs of years in the shared tables."""
    bands = {p.band for p in posts()}
    pay = tuple(
        d.Pay.model_validate({"year": r["financial_year"], "band": r["band"], "point": r["point"], "pounds": float(r["basic_pay_gbp"]),
                              "source": f"NHS Employers pay scales, {r['status']}"})
        for r in _rows("afc_pay_scales") if r["financial_year"] in years and r["band"] in bands
    )
    supplements = tuple(
        d.Supplement.model_validate({"year": r["financial_year"], "zone": r["zone"], "rate": float(r["rate"]),
                                     "minimum_pounds": float(r["minimum_gbp"]), "maximum_pounds": float(r["maximum_gbp"]),
                                     "source": f"NHS terms and conditions annex 9, {r['status']}"})
        for r in _rows("high_cost_area_supplement") if r["financial_year"] in years and r["zone"] == "outer"
    )
    on_costs = tuple(
        d.OnCost(year=r["financial_year"], employer="nhs", ni_rate=float(r["employer_ni_rate"]),
               ni_threshold_pounds=float(r["employer_ni_secondary_threshold_gbp"]), pension_rate=float(r["nhs_pension_paid_by_employer_rate"]),
               levy_rate=float(r["apprenticeship_levy_rate"]), source="HMRC; NHS Business Services Authority")
        for r in _rows("employer_on_costs") if r["financial_year"] in years
    )
    return pay, supplements, on_costs


# --- activity and staff -----------------------------------------------------------------------------------------------


def provider(name: str, full: str, london: bool = False) -> base.Provider:
    """England or a part of it as one service."""
    return base.Provider(d.Service(service=name, name=full, area=name, zone="outer" if london else "none", employer="nhs",
                                   overhead=base.central("overhead_nhs"), post_unit=UNIT), code="")


def england(year: str) -> dict[str, float]:
    """England's activity of a year; days between assessment and high intensity were first published in 2022/23 and stand for 2021/22 too."""
    table = {row["year"]: row for row in _rows("england_years")}
    row = {name: float(value) for name, value in table[year].items() if name != "year" and value}
    row.setdefault("mean_days_assessment_to_high_intensity", float(table["2022/23"]["mean_days_assessment_to_high_intensity"]))
    return row


def london_and_the_rest() -> dict[str, dict[str, float]]:
    """Activity of 2023/24 of London, where pay has a supplement, and of the other six regions together.

    Counts are raised evenly to England's (providers without a region are 1 %). What has no column is as in all England.
    """
    whole = england("2023/24")
    table = {row["region"]: {name: float(value) for name, value in row.items() if name != "region"} for row in _rows("england_regions_2023_24")}
    counts = [name for name in next(iter(table.values())) if not name.startswith("mean")]
    found: dict[str, dict[str, float]] = {}
    for name, chosen in (("London", ["London"]), ("Outside London", [region for region in table if region != "London"])):
        rows = [table[region] for region in chosen]
        courses = sum(row["completed_courses"] for row in rows)
        one = {c: whole[c] * sum(row[c] for row in rows) / sum(row[c] for row in table.values()) for c in counts}
        means = {c: sum(row[c] * row["completed_courses"] for row in rows) / courses for c in rows[0] if c.startswith("mean")}
        part = one["attended_appointments"] / whole["attended_appointments"]
        found[name] = one | means | {
            "employment_support_appointments": part * whole["employment_support_appointments"],
            **{c: whole[c] for c in ("reliable_recovery_percent", "mean_days_assessment_to_high_intensity")},
        }
    return found


def folded(members: base.Team) -> base.Team:
    """The team with its fixed terms counted as permanent."""
    staff = dict(members.staff)
    for fixed, permanent in FOLDED.items():
        staff[permanent] += staff.pop(fixed, 0.0)
    return base.Team(staff, members.trainees, members.supervisors)


def services(
    groups: Mapping[str, Mapping[str, float]], names: Mapping[str, str], year: Mapping[str, float], first: str
) -> dict[str, tuple[Any, ...]]:
    """Tables that follow from a year's activity of each service: how it treats people, and staff who can just do so.

    ``year`` is England's: counselling was not added up by region.
    """
    counselling = year["counselling_appointments"] / (year["counselling_appointments"] + year["cbt_appointments"])
    tables: dict[str, list[Any]] = {name: [] for name in ("services", "care", "staff", "trainees", "supervisors", "recruitment")}
    eve = d.quarter_number(first)
    for name, row in groups.items():
        p = provider(name, names[name], london=name == "London")
        way = base.pathway(row)
        care: dict[Step, d.Care] = {step: base.care_row(p, row, way, step) for step in d.STEPS}
        members = folded(base.team(p, care, counselling))
        tables["services"].append(p.service)
        tables["care"] += care.values()
        tables["staff"] += base.staff_rows(p, members)
        for programme, people in members.trainees.items():
            # Two cohorts in training: that of last autumn and that of the new year.
            tables["trainees"] += [d.Trainee(service=name, programme=programme, started=d.quarter_label(eve - ago), people=count)
                                   for ago, count in ((2, people // 2), (1, people - people // 2))]
        tables["supervisors"] += [d.Supervisor(service=name, post=post, kind=kind, trained=wte)
                                  for (post, kind), wte in members.supervisors.items() if wte]
        tables["recruitment"] += [r.model_copy(update={"stream": STREAM}) for r in base.recruitment_rows(p, members) if r.post not in DROPPED]
    return {name: tuple(rows) for name, rows in tables.items()}


def labels(first: str, quarters: int) -> list[str]:
    """Labels of the quarters planned."""
    start = d.quarter_number(first)
    return [d.quarter_label(start + t) for t in range(quarters)]


def yearly_places(quarters: Sequence[str]) -> tuple[d.Place, ...]:
    """Course places of England, half of a year's at each intake."""
    half = central("places_2020") / 2
    share = {"pwp": central("share_pwp_places"), "hit": 1 - central("share_pwp_places")}
    return tuple(d.Place(programme=g, quarter=q, places=round(part * half)) for g, part in share.items() for q in quarters if q[-1] in "34")


MUSTS = d.Objective(priority=1, term="unmet_musts", weight=1, reason="Supervision, budgets and what was promised come before everything")


# --- 2008 to 2011 -----------------------------------------------------------------------------------------------------


def iapt_2008_2011() -> d.PlanInput:
    """The first three years: £33m, £103m and £173m, 3,600 people to train, and as many to treat as that pays for.

    On the eve there are the leads of the pilots, who can supervise; further leads and therapists are hired from other services.
    """
    name = "England"
    quarters = labels("2008/09 Q1", 12)
    row = england(YEAR_OF_WORK)
    p, way = provider(name, "The programme in England"), base.pathway(row)
    empty = {"waiting": 0.0, "carried_over": 0.0}
    care = tuple(base.care_row(p, row, way, step).model_copy(update=empty) for step in d.STEPS)
    completion = {g.programme: g.completion for g in base.programmes()}
    share = {"pwp": 1 - central("share_hit"), "hit": central("share_hit")}
    starts = {g: part * central("trained") / completion[g] for g, part in share.items()}
    spare = 1 + central("spare_places")
    first, *later = (q for q in quarters if q[-1] in "34" and q != "2008/09 Q4")
    places = [d.Place(programme=g, quarter="2008/09 Q4", places=0) for g in share]
    for g, part in share.items():
        at_once = round(part * central("first_autumn"))
        places.append(d.Place(programme=g, quarter=first, places=at_once))
        places += [d.Place(programme=g, quarter=q, places=math.ceil(spare * (starts[g] - at_once) / len(later))) for q in later]
    leads = central("leads_2008")
    eve = {"in_post": leads, "first_year": 0.0, "long_serving": leads, "established": UNIT * math.ceil(leads / UNIT)}
    market = {"lead_8a": central("market_lead_2008"), "hit_7": central("market_hit_2008"), "senior_pwp_6": central("market_senior_2008")}
    money = {"2008/09": "money_2008", "2009/10": "money_2009", "2010/11": "money_2010", "2011/12": "money_2011"}
    threshold = {"2008/09": 105, "2009/10": 110, "2010/11": 110}
    data = d.PlanInput(
        settings=d.Settings(title="Access to psychological therapies, England, 2008 to 2011", first_quarter=quarters[0], quarters=12,
                          trainees_per_qualified=5),
        services=(p.service,), posts=posts(), flows=flows(), places=tuple(places), care=care,
        staff=(d.Staff(service=name, post="lead_8a", **eve),),
        supervisors=tuple(d.Supervisor(service=name, post="lead_8a", kind=kind, trained=base.tidy(part * leads, 1)) for kind, part in LEADS.items()),
        programmes=programmes({"pwp": central("fee_pwp_2008"), "hit": central("fee_hit_2008")}), **supervision(central("supervise_2008")),
        recruitment=tuple(d.Recruitment(service=name, post=post, maximum=wte, lead=0, cost_pounds=base.central("hire_cost"), stream=STREAM)
                          for post, wte in market.items()),
        demand=tuple(d.Demand(service=name, quarter=q, referrals=central("referrals_2008") if q >= "2008/09 Q3" else 0) for q in quarters),
        budget=tuple(d.Budget(stream=STREAM, year=year, pounds=central(key)) for year, key in money.items()),
        pay=old_pay(tuple(threshold)),
        on_costs=tuple(d.OnCost(year=year, employer="nhs", ni_rate=central("ni_2008"), ni_threshold_pounds=round(365.25 / 7 * week),
                              pension_rate=central("pension_2008"), source=_OWN["ni_2008"]["source"]) for year, week in threshold.items()),
        priorities=(d.Priority(priority=1, name="Unmet musts", direction="min"), d.Priority(priority=2, name="People treated", direction="max")),
        objectives=(
            MUSTS,
            d.Objective(priority=2, term="entering_treatment", weight=1, reason="The promise counts people who get access to treatment"),
            d.Objective(priority=2, term="workforce_at_end", weight=1, reason="The other half of the promise: people trained, who are to stay"),
            d.Objective(priority=2, term="lost_trainees", weight=-10, reason="Trained people are to be given posts"),
        ),
        limits=tuple(
            d.Limit(limit=f"{g} trained as promised", option="train_3600", decision="intake", item=g, scope="total", sense="at least",
                  value=math.floor(people),
                  reason="3,600 newly trained therapists by 2010/11: as many must start as will leave that many when some give up")
            for g, people in starts.items()
        ),
        options=(d.Option(option="train_3600", name="3,600 trained", description="As many start training as will leave 3,600 who complete it"),),
        assumptions=assumptions("iapt_2008_2011"),
    )
    return data.model_copy(update={"posts": worth_at_the_end(data)})


def worth_at_the_end(data: d.PlanInput) -> tuple[d.Post, ...]:
    """Posts with the worth of a WTE in March 2011: the people that a year of its cost was to treat; a trainee's is that of her post to come."""
    table, service = PayTable(data), data.services[0]
    per_pound = central("treated") / sum(central(key) for key in ("money_2008", "money_2009", "money_2010"))
    cost = {p.post: table.cost(service, p, data.years[-1]).total / 100 for p in data.posts}
    graduates = {"pwp_trainee_4": ("pwp_5", "pwp"), "hit_trainee_6": ("hit_7", "hit")}
    completion = {g.programme: g.completion for g in data.programmes}
    worth = {name: per_pound * pounds for name, pounds in cost.items()}
    worth |= {trainee: completion[g] * worth[post] for trainee, (post, g) in graduates.items()}
    return tuple(p.model_copy(update={"end_value": base.tidy(worth[p.post], 1)}) for p in data.posts)


# --- 2021 to 2024 -----------------------------------------------------------------------------------------------------


def growth_2021() -> d.PlanInput:
    """Three years to 1.9 million people a year at least cost, at 2021/22 pay: how many staff that takes."""
    name, year = "England", "2021/22"
    quarters = labels("2021/22 Q1", 12)
    row = england(year)
    tables = services({name: row}, {name: "Talking Therapies in England"}, row, quarters[0])
    target = central("target_2023") / row["entered_treatment"]
    # A year in which those trained meanwhile cannot help yet, then evenly up to the target's rate, held for the last two quarters.
    growth = {q: 1 + min(max(t - 3, 0), 7) / 7 * (target - 1) for t, q in enumerate(quarters)}
    season = base.seasons()
    starts = {c.step: c.carried_over for c in tables["care"]}
    return d.PlanInput(
        settings=d.Settings(title="Staff for 1.9 million people, England, 2021/22 to 2023/24", first_quarter=quarters[0], quarters=12),
        posts=posts(), flows=flows(), programmes=programmes(), **supervision(), **tables,
        demand=tuple(d.Demand(service=name, quarter=q, referrals=base.tidy(row["referrals"] / 4 * season[int(q[-1]) - 1] * growth[q], 0))
                     for q in quarters),
        budget=tuple(d.Budget(stream=STREAM, year=y, pounds=2e9) for y in dict.fromkeys(q[:7] for q in quarters)),
        pay=old_pay((year,)),
        on_costs=(d.OnCost(year=year, employer="nhs", ni_rate=central("ni_2021"), ni_threshold_pounds=8840, pension_rate=central("pension_2021"),
                         levy_rate=0.005, source="HMRC; NHS Employers"),),
        limits=(
            *(d.Limit(limit=f"{i} intensity 2021/22", decision="starts", item=i, to_quarter="2021/22 Q4", scope="total", sense="at least",
                    value=base.tidy(4 * starts[i] * central("meanwhile"), 0), reason="Today's service goes on while people are trained")
              for i in d.STEPS),
            *(d.Limit(limit=f"{i} intensity {q}", decision="starts", item=i, from_quarter=q, to_quarter=q, scope="total", sense="at least",
                    value=base.tidy(starts[i] * share, 0), reason="Up to 1.9 million people entering treatment a year, by step as in 2021/22")
              for q, share in growth.items() if q >= "2022/23" for i in d.STEPS),
        ),
        priorities=(d.Priority(priority=1, name="Unmet musts", direction="min"), d.Priority(priority=2, name="Cost", direction="min")),
        objectives=(
            MUSTS,
            d.Objective(priority=2, term="cost", weight=1, reason="The least that meets the target"),
            d.Objective(priority=2, term="lost_trainees", weight=30000, reason="A lost training year costs about £30,000"),
        ),
        assumptions=assumptions("growth_2021"),
    )


# --- 2024 to 2029 -----------------------------------------------------------------------------------------------------


def courses_2029() -> d.PlanInput:
    """Five years with £592m more, beside the same years without: how many more courses it buys."""
    quarters = labels("2024/25 Q1", 20)
    table = london_and_the_rest()
    names = {"London": "Talking Therapies in London", "Outside London": "Talking Therapies outside London"}
    tables = services(table, names, england("2023/24"), quarters[0])
    pay, supplements, on_costs = new_pay(("2024/25", "2025/26", "2026/27"))
    growth, season = 1 + central("referral_growth_2029"), base.seasons()
    data = d.PlanInput(
        settings=d.Settings(title="New money for more courses, England, 2024/25 to 2028/29", first_quarter=quarters[0], quarters=20,
                          pay_award=base.central("pay_award")),
        posts=posts(), flows=flows(), programmes=programmes(support=True), **supervision(), places=yearly_places(quarters), **tables,
        demand=tuple(
            d.Demand(service=name, quarter=q,
                   referrals=base.tidy(row["referrals"] / 4 * season[int(q[-1]) - 1] * growth ** (d.year_number(q[:7]) - 2023), 0))
            for name, row in table.items() for q in quarters
        ),
        pay=pay, supplements=supplements, on_costs=on_costs,
        priorities=(d.Priority(priority=1, name="Unmet musts", direction="min"), d.Priority(priority=2, name="Care", direction="max")),
        objectives=(
            MUSTS,
            d.Objective(priority=2, term="completed_courses", weight=1, reason="The promise counts completed courses"),
            d.Objective(priority=2, term="waiting_too_long", weight=-0.1, reason="Ten people waiting a quarter too long weigh as one course"),
            d.Objective(priority=2, term="workforce_at_end", weight=1, reason="The plan should not run its staff down towards its end"),
            d.Objective(priority=2, term="lost_trainees", weight=-10, reason="Trained people are to be given posts"),
        ),
        options=(d.Option(option="no_new_money", name="No new money", description="Today's posts and trainees at each year's pay, no more"),),
        assumptions=assumptions("courses_2029"),
    )
    data = data.model_copy(update={"posts": base.with_end_values(data.posts, data)})
    return data.model_copy(update={"budget": todays_money(data)})


def todays_money(data: d.PlanInput) -> tuple[d.Budget, ...]:
    """What today's posts, trainees and refilling cost in each year, and in the plan the new money on top.

    Of the new money a fifteenth comes in the first year, two in the second and so on; in the year after the last as much as in the last.
    """
    table = PayTable(data)
    service, post = {s.service: s for s in data.services}, {p.post: p for p in data.posts}
    trainee_post = {g.programme: g.trainee_post for g in data.programmes}
    hires = 0.12 * sum(row.established for row in data.staff) * base.central("hire_cost")
    rows = []
    for n, year in enumerate((*data.years, d.year_label(d.year_number(data.years[-1]) + 1))):
        bill = sum(row.established * table.cost(service[row.service], post[row.post], year).total / 100 for row in data.staff)
        bill += sum(row.people * table.cost(service[row.service], post[trainee_post[row.programme]], year).total / 100 for row in data.trainees)
        today = 1000 * math.ceil((bill + hires) / 1000)
        more = round(central("money_new") * min(n + 1, 5) / 15, -3)
        rows += [d.Budget(stream=STREAM, year=year, pounds=today + more), d.Budget(option="no_new_money", stream=STREAM, year=year, pounds=today)]
    return tuple(rows)


def instances() -> dict[str, d.PlanInput]:
    """Every back-test by name."""
    return {"courses_2029": courses_2029(), "growth_2021": growth_2021(), "iapt_2008_2011": iapt_2008_2011()}


def main(folder: Path = HERE) -> None:
    """Write the back-tests into a folder."""
    for name, data in instances().items():
        write_folder(folder / name, data)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
