"""Shared labour markets (rule P6), and bands that differ in pay, in how many applicants they draw and in how long they keep people.

The neutral plan is in ``plan_model_tools``: 1 WTE gives 10 courses a quarter and costs £10,000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from models.plan.build import build
from optimiser import tables
from optimiser.compile import compile_model
from optimiser.plan.check import check, work_out
from optimiser.plan.data import Flow, Hires, LabourMarket, Pay, PlanAnswer, PlanInput, PostsEstablished, Service
from optimiser.plan.examine import describe, examine
from optimiser.plan.figures import Figures
from optimiser.plan.publish import Counts
from optimiser.plan.report import page
from optimiser.plan.sections import Names, markets_table, reached_table
from optimiser.result import Solved, Status
from plan_model_tools import best, budget, care, changed, fits, goals, market, plan, post, quarter, staff, term, varied, yearly
from plan_samples import full

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Q1, Q2 = quarter(1), quarter(2)
YEAR = "2026/27"


def applicants(people: float, at: str = Q1, **changes: Any) -> LabourMarket:
    """Applicants for therapists in the market of the north from a quarter on."""
    return LabourMarket(**({"market": "north", "role": "therapist", "from_quarter": at, "applicants": people} | changes))


def north(name: str = "therapist", **changes: Any) -> Any:
    """Up to 9 hires a quarter from the market of the north, each of them one applicant."""
    return market(name, 9, **({"market": "north"} | changes))


def two_services(**tables: Any) -> PlanInput:
    """Two services that recruit therapists in the north; those of the second give three times the courses."""
    both = tuple(Service(service=name, name=name.upper(), area="Area", zone="none", employer="nhs", overhead=0) for name in ("s", "u"))
    return plan(
        **{
            "services": both,
            "care": (care(), care(service="u", sessions=10 / 3)),
            "recruitment": (north(), north(service="u")),
            "labour_markets": (applicants(3),),
            **tables,
        }
    )


# --- the market binds -------------------------------------------------------------------------------------------------

BINDING: dict[str, tuple[Callable[[], PlanInput], dict[str, float]]] = {
    # 3 hires at the second service, 30 courses each; without the market 9 at each: 90 + 270.
    "P6 shared": (two_services, {"completed_courses": 90, "churn": 3}),
    # The second service draws fewer: 4 applicants a hire make 0.75 hires of 30 courses, less than 3 of 10.
    "P6 who draws fewer takes more": (
        lambda: two_services(recruitment=(north(), north(service="u", applicants_per_hire=4))),
        {"completed_courses": 30, "churn": 3},
    ),
    # Twice what the first takes is still worth it: 1.5 hires of 30 courses.
    "P6 twice the applicants": (
        lambda: two_services(recruitment=(north(), north(service="u", applicants_per_hire=2))),
        {"completed_courses": 45, "churn": 1.5},
    ),
    # A service that recruits elsewhere is free of it: 9 hires of 10 courses, and 3 of 30.
    "P6 a market of its own": (lambda: two_services(recruitment=(market("therapist", 9), north(service="u"))), {"completed_courses": 180}),
    # Recruitment's own maximum stays: 2 at the second service, 1 at the first.
    "P6 beside P4": (
        lambda: two_services(recruitment=(north(), market("therapist", 2, service="u", market="north"))),
        {"completed_courses": 70},
    ),
    # Nobody applies in Q1, 2 in each of Q2 and Q3, 5 from Q4 on: 2 × 3 + 2 × 2 + 5 × 1 quarters of 10 courses.
    "P6 from quarter to quarter": (
        lambda: plan(4, recruitment=(north(),), labour_markets=(applicants(5, quarter(4)), applicants(2, Q2))),
        {"completed_courses": 150},
    ),
    # A row from before the plan holds: 2 in each of two quarters.
    "P6 from before the plan": (lambda: plan(2, recruitment=(north(),), labour_markets=(applicants(2, quarter(-3)),)), {"completed_courses": 60}),
    # Two posts of a role, on two bands, share its 3 applicants; another role has its own 2.
    "P6 by role": (
        lambda: plan(
            posts=(post("a", role="therapist"), post("b", role="therapist"), post("counsellor")),
            recruitment=(north("a"), north("b"), north("counsellor")),
            labour_markets=(applicants(3), applicants(2, role="counsellor")),
        ),
        {"completed_courses": 50},
    ),
}
"""Name of each case, which begins with its rule: the plan, and the value of terms by hand."""


@pytest.mark.parametrize("name", BINDING)
def test_p6_binds_and_the_optimum_is_the_number_worked_out_by_hand(name: str) -> None:
    case, expected = BINDING[name]
    answer, _ = best(case(), status=Status.OPTIMAL)
    assert {key: term(answer, key) for key in expected} == pytest.approx(expected, rel=1e-6, abs=1e-5)


def test_without_p6_the_same_plan_hires_up_to_the_maximum_of_each_service() -> None:
    data = two_services()
    free = varied(data, labour_markets=(), recruitment=tuple(row.model_copy(update={"market": ""}) for row in data.recruitment))
    answer, _ = best(free, status=Status.OPTIMAL)
    assert term(answer, "completed_courses") == pytest.approx(360)


def test_without_a_labour_market_the_model_is_the_one_it_was() -> None:
    data = full()
    shared = varied(data, labour_markets=(applicants(1, role="PWP"),), recruitment=(data.recruitment[0].model_copy(update={"market": "north"}),))
    unshared = varied(data, recruitment=data.recruitment[:1])
    rows = [len(compile_model(build(d)).row_lower) for d in (unshared, shared)]
    assert "p6_applicants" not in {c.local_name for c in build(unshared).component_objects() if len(c)}
    assert rows[1] == rows[0] + 5  # a row for each quarter but the lead


def test_more_applicants_make_no_plan_worse_and_none_is_as_good_as_no_market() -> None:
    values = []
    for people in (0.5, 1, 4, 18, None):
        data = two_services() if people is None else two_services(labour_markets=(applicants(people),))
        if people is None:
            data = varied(data, labour_markets=(), recruitment=tuple(row.model_copy(update={"market": ""}) for row in data.recruitment))
        values.append(term(best(data)[0], "completed_courses"))
    assert values == sorted(values)
    assert values[-1] == pytest.approx(values[-2])


# --- kept and broken --------------------------------------------------------------------------------------------------


def hires(**wte: float) -> dict[str, Any]:
    return {
        "hires": tuple(Hires(service=s, post="therapist", quarter=Q1, wte=n) for s, n in wte.items()),
        "posts": tuple(PostsEstablished(service=s, post="therapist", year=YEAR, posts=n) for s, n in wte.items()),
    }


BROKEN: dict[str, tuple[Callable[[], PlanInput], dict[str, Any]]] = {
    "P6 one more at the other service": (two_services, hires(s=1, u=3)),
    "P6 two applicants each": (BINDING["P6 twice the applicants"][0], hires(u=3)),
    "P6 before the first row": (BINDING["P6 from quarter to quarter"][0], hires(s=1)),
}
"""Name of each twin: the plan, and the tables in which the twin differs from the best answer."""


@pytest.mark.parametrize("name", BROKEN)
def test_p6_an_answer_that_keeps_it_is_accepted_and_the_twin_that_breaks_it_is_not(name: str) -> None:
    case, twin = BROKEN[name]
    data = case()
    kept, _ = best(data)
    assert fits(data, kept)
    broken = work_out(data, changed(kept, **twin, treatment_hours=(), starts=()))
    assert {finding.code for finding in check(data, broken).findings} == {"P6"}
    assert not fits(data, broken)


def test_p6_says_how_many_applicants_too_many() -> None:
    data = BINDING["P6 twice the applicants"][0]()
    (finding,) = check(data, work_out(data, PlanAnswer.model_validate(hires(s=2, u=1)))).findings
    assert finding.code == "P6"
    assert finding.amount == pytest.approx(1)
    assert finding.where == "P6 north, therapist, 2026/27 Q1"


# --- bands ------------------------------------------------------------------------------------------------------------


def bands(lower: dict[str, Any], higher: dict[str, Any], **tables: Any) -> PlanInput:
    """A year in which 4 applicants come in Q1 alone, and money for therapists at £20,000 or £40,000 a year; most courses, then least cost."""
    return plan(
        4,
        **{
            "posts": (post("lower", band="6", role="therapist", **lower.get("post", {})), post("higher", role="therapist", **higher.get("post", {}))),
            "pay": (Pay(year=YEAR, band="6", point="entry", pounds=20_000), Pay(year=YEAR, band="7", point="entry", pounds=40_000)),
            "recruitment": (north("lower", **lower.get("hire", {})), north("higher", **higher.get("hire", {}))),
            "labour_markets": (applicants(4), applicants(0, Q2)),
            "budget": (budget("pay", 160_000),),
            **goals(("max", {"completed_courses": 1.0}), ("min", {"cost": 1.0})),
            **tables,
        },
    )


def hired(answer: PlanAnswer) -> dict[str, float]:
    found = {name: sum(row.wte for row in answer.hires if row.post == name) for name in ("lower", "higher")}
    return {name: round(wte, 4) for name, wte in found.items() if wte > 1e-3}


LEAVING = {"leavers_first_year": yearly(0.5), "leavers_later": yearly(0.5)}


@pytest.mark.parametrize(
    ("lower", "higher", "expected", "cost"),
    [
        # Both draw and keep the same: the lower band costs half.
        ({}, {}, {"lower": 4}, 80_000),
        # The lower band draws half as many: 2 of it or 4 of the higher.
        ({"hire": {"applicants_per_hire": 2}}, {}, {"higher": 4}, 160_000),
        # Half of the lower band leave in every quarter: 4, 2, 1, 0.5 against 4 throughout.
        ({"post": LEAVING}, {}, {"higher": 4}, 160_000),
        # The higher band neither draws nor keeps more: not even with money for it.
        ({}, {"hire": {"applicants_per_hire": 1.25}, "post": LEAVING}, {"lower": 4}, 80_000),
    ],
)
def test_a_higher_band_is_chosen_where_it_draws_or_keeps_more_and_not_where_it_does_not(
    lower: dict[str, Any], higher: dict[str, Any], expected: dict[str, float], cost: float
) -> None:
    answer, _ = best(bands(lower, higher), status=Status.OPTIMAL)
    assert hired(answer) == pytest.approx(expected)
    assert term(answer, "cost") == pytest.approx(cost)


def regrading(lower: dict[str, Any], higher: dict[str, Any], at_first: str) -> PlanInput:
    """Four therapists on one band, who may be regraded to the other; nobody applies."""
    ways = (Flow(from_post="lower", to_post="higher", minimum_quarters=0), Flow(from_post="higher", to_post="lower", minimum_quarters=0))
    return bands({"post": lower}, {"post": higher}, staff=(staff(at_first, 4),), flows=ways, labour_markets=(applicants(0),))


@pytest.mark.parametrize(
    ("lower", "higher", "at_first", "moves", "courses"),
    [
        # Two of four have left by Q1; as they are 2 + 1 + 0.5 + 0.25 would be there, regraded 2 in every quarter.
        (LEAVING, {}, "lower", [("lower", "higher", 2)], 80),
        # On the higher band for nothing: it keeps no more, and costs twice.
        ({}, {}, "lower", [], 160),
        # Down, where the lower band keeps as many for half the money.
        ({}, {}, "higher", [("higher", "lower", 4)], 160),
        # Not down, where it would lose them.
        (LEAVING, {}, "higher", [], 160),
    ],
)
def test_staff_are_regraded_up_where_that_keeps_more_and_down_where_it_keeps_no_fewer(
    lower: dict[str, Any], higher: dict[str, Any], at_first: str, moves: list[tuple[str, str, float]], courses: float
) -> None:
    answer, _ = best(regrading(lower, higher, at_first), status=Status.OPTIMAL)
    assert [(row.from_post, row.to_post, round(row.wte, 4)) for row in answer.moves if row.wte > 1e-3] == moves
    assert term(answer, "completed_courses") == pytest.approx(courses, abs=1e-3)


# --- tables -----------------------------------------------------------------------------------------------------------


def in_files() -> PlanInput:
    """A market, and a language that two posts of different services speak, beside a table of every other kind."""
    data = full()
    return varied(
        data,
        recruitment=tuple(row.model_copy(update={"market": "north", "applicants_per_hire": 1.5}) for row in data.recruitment),
        labour_markets=(applicants(3, role="PWP"), applicants(4.5, Q2, role="PWP"), applicants(2, role="HIT")),
        languages=({"service": "camden", "language": "Sylheti", "share": 0.1, "interpreter_pounds": 40, "longer": 1.5, "stream": "staff"},),
        speakers=({"post": "pwp", "language": "Sylheti"}, {"post": "hit", "language": "Sylheti"}),
    )


@pytest.mark.parametrize("name", ["plan", "plan.xlsx", "plan.json"])
def test_markets_and_languages_are_written_and_read_back(tmp_path: Path, name: str) -> None:
    data = in_files()
    assert [f for f in examine(data) if f.severity == "error"] == []
    {"plan": tables.write_folder, "plan.xlsx": tables.write_workbook, "plan.json": tables.write_json}[name](tmp_path / name, data)
    loaded = tables.read(tmp_path / name, PlanInput)
    assert loaded.findings == ()
    assert loaded.data == data


@pytest.mark.parametrize(
    ("table", "row", "where"),
    [
        ("recruitment", {"market": "nroth"}, "nroth"),
        ("labour_markets", {"role": "PWPs"}, "PWPs"),
        ("languages", {"service": "cam"}, "cam"),
        ("speakers", {"language": "Silheti"}, "Silheti"),
    ],
)
def test_a_name_that_is_not_known_is_said_where_it_stands(tmp_path: Path, table: str, row: dict[str, str], where: str) -> None:
    rows = getattr(in_files(), table)
    data = varied(in_files(), **{table: (rows[0].model_copy(update=row), *rows[1:])})
    tables.write_folder(tmp_path / "plan", data)
    (finding,) = tables.read(tmp_path / "plan", PlanInput).findings
    assert finding.code == "IN-04"
    assert where in finding.what


# --- what is told -----------------------------------------------------------------------------------------------------


def told(data: PlanInput) -> list[tuple[str, str, str]]:
    return [(f.severity, f.code, f.where) for f in examine(data) if "arket" in f.where or "ecruitment" in f.where]


def test_a_market_in_order_is_not_complained_of_and_is_described() -> None:
    assert told(two_services()) == []
    assert "Labour market north, therapist: 3 applicants a quarter, shared by 2 services." in describe(two_services())


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"labour_markets": (applicants(3, role="counsellor"),)}, [("error", "IN-13", "Recruitment (s, therapist)"),
                                                                   ("error", "IN-13", "Recruitment (u, therapist)"),
                                                                   ("warning", "IN-14", "Labour markets (north, counsellor)")]),
        ({"labour_markets": (applicants(3, Q2),)}, [("warning", "IN-13", "Labour markets (north, therapist)")]),
        ({"labour_markets": (applicants(3), applicants(4, quarter(9)))}, [("warning", "IN-14", f"Labour markets (north, therapist, {quarter(9)})")]),
        ({"recruitment": (market("therapist", 1), market("therapist", 1, service="u", applicants_per_hire=2))},
         [("warning", "IN-14", "Recruitment (u, therapist)"), ("warning", "IN-14", "Labour markets (north, therapist)")]),
        ({"recruitment": (north(applicants_per_hire=0.5),)}, [("warning", "IN-11", "Recruitment (s, therapist)")]),
    ],
)  # fmt: skip
def test_what_is_odd_about_a_market_is_said(tables: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert told(two_services(settings={"quarters": 4}, **tables)) == expected


def test_the_report_shows_the_market_and_that_it_is_what_limits_the_plan() -> None:
    data = two_services()
    answer, outcome = best(data)
    f, n = Figures(data, answer), Names(data, Counts(publishable=False))
    assert markets_table(f, n).rows == (("north", "therapist", "2", "3", "3", "3.0", "100%"),)
    assert ("Labour market: north, therapist", "1 of 1 quarters", "All services together") in [row[:3] for row in reached_table(f, n).rows]
    text = page(data, [Solved("", answer, outcome)], {}, publishable=False)
    assert "Labour markets" in text
    assert "Labour markets" not in page(full(), [Solved("", work_out(full(), PlanAnswer()), outcome)], {}, publishable=False)
