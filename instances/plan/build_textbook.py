"""Build the instances textbook_manpower*: the manpower planning problem of a textbook, told in the tables of a plan.

Run ``python instances/plan/build_textbook.py`` (or ``build_textbook.py FOLDER`` to write elsewhere). Every figure is the textbook's; how its
terms are told in ours is in the README of textbook_manpower.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from optimiser.plan import data as d
from optimiser.tables import digest, write_folder

HERE = Path(__file__).resolve().parent
FIRST = "2026/27 Q1"
YEARS = 3
YEAR = "2026/27"
QUARTERS = tuple(d.quarter_label(d.quarter_number(FIRST) + t) for t in range(YEARS))
"""One quarter of ours stands for one of the textbook's years."""

GRADES = ("unskilled", "semi_skilled", "skilled")
IN_POST = (2000, 1500, 1000)
REQUIRED = ((1000, 1400, 1000), (500, 2000, 1500), (0, 2500, 2000))
LEAVE_AT_ONCE = (0.25, 0.20, 0.10)
LEAVE_LATER = (0.10, 0.05, 0.05)
RECRUITS = (500, 800, 500)
REDUNDANCY = (200, 500, 500)
OVER, OVER_COST = 150, (1500, 2000, 3000)
REDUCED, REDUCED_COST, REDUCED_OUTPUT = 50, (500, 400, 400), 0.5
RETRAIN_UNSKILLED, RETRAIN_UNSKILLED_COST = 200, 400
RETRAIN_SHARE, RETRAIN_SEMI_SKILLED_COST = 0.25, 500
LOST_BY_DOWNGRADING = 0.5
PLENTY = 10_000_000


def yearly(quarterly: float) -> float:
    """Share who leave in a year of ours, such that this share leaves in a quarter."""
    return round(1 - (1 - quarterly) ** 4, 12)


def a_year_of_ours(pounds: float) -> float:
    """What is paid in a year of the textbook is paid in a quarter of ours."""
    return 4 * pounds


def posts() -> tuple[d.Post, ...]:
    """Grades as posts that treat nobody."""
    return tuple(
        d.Post(
            post=grade, name=grade.replace("_", "-").capitalize(), role=grade.replace("_", "-").capitalize(), band="1", point="entry",
            contract="permanent", low=False, high=False, leavers_first_year=yearly(later), leavers_later=yearly(later), absence=0, other_hours=0,
            release_pounds=redundancy, stream="company",
        )
        for grade, later, redundancy in zip(GRADES, LEAVE_LATER, REDUNDANCY, strict=True)
    )  # fmt: skip


def flows() -> tuple[d.Flow, ...]:
    """Retraining upwards, downgrading downwards."""
    unskilled, semi_skilled, skilled = GRADES
    return (
        d.Flow(
            from_post=unskilled, to_post=semi_skilled, minimum_quarters=0, lost_on_move=LEAVE_LATER[1], maximum_moves=RETRAIN_UNSKILLED,
            move_pounds=RETRAIN_UNSKILLED_COST, note="Retraining",
        ),
        d.Flow(
            from_post=semi_skilled, to_post=skilled, minimum_quarters=0, lost_on_move=LEAVE_LATER[2], maximum_moves_share=RETRAIN_SHARE,
            move_pounds=RETRAIN_SEMI_SKILLED_COST, note="Retraining",
        ),
        *(
            d.Flow(from_post=high, to_post=low, minimum_quarters=0, lost_on_move=LOST_BY_DOWNGRADING, note="Downgrading")
            for high, low in ((semi_skilled, unskilled), (skilled, unskilled), (skilled, semi_skilled))
        ),
    )  # fmt: skip


def build(term: d.Term, *, whole: bool = False) -> d.PlanInput:
    """The problem with one of its goals: least ``contracts_ended`` or least ``cost``."""
    number = dict(enumerate(GRADES))
    service = "company"
    goal = {"contracts_ended": "Redundancy", "cost": "Cost"}[term]
    return d.PlanInput(
        settings=d.Settings(
            title=f"Manpower planning (textbook): least {goal.lower()}{', whole people' if whole else ''}", first_quarter=FIRST, quarters=YEARS,
            first_year_quarters=0, whole_people=whole,
        ),
        services=(d.Service(service=service, name="The company", area="Textbook", zone="none", employer="nhs", overhead=0, over_establishment=OVER),),
        posts=posts(),
        flows=flows(),
        staff=tuple(
            d.Staff(service=service, post=grade, in_post=people, first_year=0, long_serving=people, established=people)
            for grade, people in zip(GRADES, IN_POST, strict=True)
        ),
        recruitment=tuple(
            d.Recruitment(
                service=service, post=number[g], maximum=RECRUITS[g], lead=0, cost_pounds=0, lost_on_arrival=LEAVE_AT_ONCE[g], stream=service,
            )
            for g in number
        ),
        over_establishment=tuple(
            d.OverEstablishment(service=service, post=number[g], maximum=OVER, extra_pounds=a_year_of_ours(OVER_COST[g])) for g in number
        ),
        reduced_hours=tuple(
            d.ReducedHours(service=service, post=number[g], share=REDUCED_OUTPUT, maximum=REDUCED, extra_pounds=a_year_of_ours(REDUCED_COST[g]))
            for g in number
        ),
        budget=(d.Budget(stream=service, year=YEAR, pounds=PLENTY),),
        pay=(d.Pay(year=YEAR, band="1", point="entry", pounds=0, source="Wages are outside the textbook's problem"),),
        on_costs=(d.OnCost(year=YEAR, employer="nhs", ni_rate=0, ni_threshold_pounds=0, pension_rate=0, source="Outside the textbook's problem"),),
        limits=tuple(
            d.Limit(
                limit=f"{grade}, year {year}", decision="posts_filled", service=service, item=grade, from_quarter=quarter, to_quarter=quarter,
                scope="each", sense="exactly", value=required, reason="Estimated manpower requirement",
            )
            for year, (quarter, row) in enumerate(zip(QUARTERS, REQUIRED, strict=True), 1)
            for grade, required in zip(GRADES, row, strict=True)
        ),
        priorities=(
            d.Priority(priority=1, name="Requirements met", direction="min"),
            d.Priority(priority=2, name=f"Least {goal.lower()}", direction="min"),
        ),
        objectives=(d.Objective(priority=1, term="unmet_musts", weight=1), d.Objective(priority=2, term=term, weight=1)),
    )  # fmt: skip


PROVED = "proved by HiGHS, and by CP-SAT in whole numbers throughout; optimiser plan"
INSTANCES = {
    "textbook_manpower": (build("contracts_ended"), 841.796875, "published; optimiser plan"),
    "textbook_manpower_cost": (build("cost"), 498_677.2853, "published to the penny; optimiser plan"),
    "textbook_manpower_whole": (build("contracts_ended", whole=True), 842.0, PROVED),
    "textbook_manpower_cost_whole": (build("cost", whole=True), 500_945.0, PROVED),
}
"""Both goals, in expected numbers and in whole people, with the best value and where it is from."""


def main(folder: Path = HERE) -> None:
    """Write every instance into a folder, with its best value."""
    for name, (data, best, source) in INSTANCES.items():
        write_folder(folder / name, data)
        musts, goal = (level.name for level in data.priorities)
        levels = [{"name": level, "direction": "min", "value": value, "bound": value} for level, value in ((musts, 0.0), (goal, best))]
        known = {"digest": digest(data), "option": "", "levels": levels, "found": f"2026-11-22: {source}"}
        (folder / name / "best_known.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
