"""Rivals: every answer passes the checker, no bound is beyond what is known to be best, and what they say of themselves is so."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from pyomo.core.expr.visitor import identify_variables

import plan_model_tools as tools
from instances import families
from models import PLAN, ROTA
from models.rivals import RIVALS
from models.rivals.plan_rules import known
from models.rivals.plan_rules.search import build
from models.rota.search import solve
from optimiser import tables
from optimiser.bench.record import Skipped
from optimiser.plan.data import Flow, LabourMarket, Limit, Pay, PlanAnswer, PlanInput
from optimiser.result import OPTIMAL_GAP, Limits, Outcome, Progress, Status
from optimiser.rota.data import LEVELS, RotaAnswer, RotaInput
from plan_model_tools import best
from plan_samples import full as full_plan
from plan_samples import tiny as tiny_plan
from rota_samples import small, tiny
from test_architecture import imports
from test_plan_oracle import FAMILIES
from test_rota_check import data as data_by_hand
from test_rota_model import in_rooms, strained
from test_rota_oracle import in_a_year

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
ONE_TEAM = ROOT / "instances/rota/one_team"

BEST = {"tiny": (0, 0, 2, 0), "small": (10, 12, 8, 3), "one_team": (0, 17, 23, 9)}
"""Points of the levels that the search proves best."""

EXACT = ("one_model", "highs", "intervals")
"""Rivals of the rota that prove."""


def rota_input(name: str) -> RotaInput:
    if name in ("tiny", "small"):
        return {"tiny": tiny, "small": small}[name]()
    data = tables.read(ONE_TEAM, RotaInput).data
    assert data is not None
    return data


def run(rival: str, data: RotaInput, limits: Limits) -> tuple[RotaAnswer | None, Outcome]:
    """Run a rival; a test of one that cannot run here is skipped."""
    try:
        found: tuple[RotaAnswer | None, Outcome] = RIVALS["rota"][rival](data, limits)
    except Skipped as why:
        pytest.skip(str(why))
    return found


def rota(rival: str, name: str, limits: Limits) -> tuple[RotaAnswer, Outcome]:
    """Answer of a rival, held to the checker and to what is known."""
    data = rota_input(name)
    answer, outcome = run(rival, data, limits)
    assert isinstance(answer, RotaAnswer)
    verdict = ROTA.check(data, answer)
    assert [str(f) for f in verdict.findings if f.severity == "error"] == []
    assert [(level.name, level.direction, level.value) for level in outcome.levels] == list(verdict.levels)
    assert tuple(level.name for level in outcome.levels) == LEVELS
    assert tuple(level.value for level in outcome.levels) >= BEST[name]
    assert all((level.bound or 0) <= known for level, known in zip(outcome.levels, BEST[name], strict=True))
    for line in outcome.trace:
        assert (line.bound or 0) <= BEST[name][LEVELS.index(line.level)]
    proved = all(level.gap <= OPTIMAL_GAP for level in outcome.levels)
    assert outcome.status is (Status.INFEASIBLE if outcome.levels[0].value else Status.OPTIMAL if proved else Status.FEASIBLE)
    return answer, outcome


# --- the register -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("job", RIVALS)
def test_the_register_holds_what_the_modules_offer(job: str) -> None:
    assert sorted(RIVALS[job]) == sorted(import_module(f"models.rivals.{job}").__all__)


def test_no_solver_is_loaded_before_a_rival_runs() -> None:
    code = "import sys, models.rivals; print([name for name in ('ortools', 'highspy', 'pyomo') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip() == "[]"


# --- rota -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rival", RIVALS["rota"])
@pytest.mark.parametrize("name", BEST)
def test_a_rota_of_a_rival_passes_the_checker_and_its_bounds_hold(rival: str, name: str) -> None:
    told: list[Progress] = []
    _, outcome = rota(rival, name, Limits(seconds=3, workers=2, seed=1, tell=told.append))
    assert tuple(told) == outcome.trace
    assert [line.seconds for line in told] == sorted(line.seconds for line in told)
    assert any(line.value is not None for line in told)
    assert {"build", "solve", "read_back"} == outcome.seconds.keys()


@pytest.mark.parametrize("rival", EXACT)
def test_a_rival_that_proves_finds_the_best_rota(rival: str) -> None:
    _, outcome = rota(rival, "tiny", Limits(seconds=60, workers=1))
    assert outcome.status is Status.OPTIMAL
    assert tuple(level.value for level in outcome.levels) == BEST["tiny"]


@pytest.mark.parametrize("rival", EXACT)
@pytest.mark.parametrize(
    ("data", "points"),
    [(strained(), (190, 55, 4, 2)), (in_rooms(rooms=data_by_hand().rooms), (10, 0, 0, 0))],
    ids=["strained", "one small room"],
)
def test_rivals_that_prove_agree_where_rules_and_rooms_bind(rival: str, data: RotaInput, points: tuple[int, ...]) -> None:
    answer, outcome = run(rival, data, Limits(seconds=60))
    assert answer is not None
    assert not any(f.severity == "error" for f in ROTA.check(data, answer).findings)
    assert [(level.value, level.bound) for level in outcome.levels] == [(value, value) for value in points]


@pytest.mark.parametrize("rival", RIVALS["rota"])
@pytest.mark.parametrize("seed", [1, 7, 22])
def test_rivals_know_what_one_week_leaves_to_the_next(rival: str, seed: int) -> None:
    data = in_a_year(seed)
    assert data.owed
    assert data.history
    _, best = solve(data, "", Limits(seconds=60, workers=1))
    answer, outcome = run(rival, data, Limits(seconds=60 if rival in EXACT else 3, workers=1))
    assert answer is not None
    assert [str(f) for f in ROTA.check(data, answer).findings if f.severity == "error"] == []
    values = tuple(level.value for level in best.levels)
    assert tuple(level.value for level in outcome.levels) >= values
    if rival in EXACT:
        assert [(level.value, level.bound) for level in outcome.levels] == [(value, value) for value in values]


@pytest.mark.parametrize("rival", [*EXACT, "by_hand", "two_stage"])
def test_the_same_seed_gives_the_same_rota(rival: str) -> None:
    once, again = (rota(rival, "tiny", Limits(seconds=60, workers=1, seed=7)) for _ in range(2))
    assert once[0] == again[0]
    assert once[1].levels == again[1].levels


@pytest.mark.parametrize("rival", RIVALS["rota"])
def test_a_rival_that_is_stopped_gives_what_it_has(rival: str) -> None:
    limits = Limits(seconds=60)
    limits.stop.set()
    answer, outcome = run(rival, tiny(), limits)
    if rival in ("by_hand", "intervals", "timefold"):
        assert answer is not None
        assert not any(level.bound for level in outcome.levels)
    else:
        assert (answer, outcome.status, outcome.levels) == (None, Status.NOT_FOUND, ())


def test_what_two_stages_prove_of_the_first_level_alone_holds() -> None:
    _, outcome = rota("two_stage", "small", Limits(seconds=20, workers=2))
    assert [level.bound for level in outcome.levels[1:]] == [0, 0, 0]


# --- plan -------------------------------------------------------------------------------------------------------------


@cache
def known_best(make: Callable[[], PlanInput]) -> tuple[PlanAnswer, Outcome]:
    """The proved best plan of a sample, worked out once."""
    return best(make())


def plan(rival: str, data: PlanInput, limits: Limits) -> tuple[PlanAnswer, Outcome]:
    """Answer of a rival, held to the checker."""
    answer, outcome = RIVALS["plan"][rival](data, limits)
    assert isinstance(answer, PlanAnswer)
    verdict = PLAN.check(data, answer)
    assert [str(f) for f in verdict.findings if f.severity == "error"] == []
    assert [(level.name, level.direction) for level in outcome.levels] == [level[:2] for level in verdict.levels]
    assert [level.value for level in outcome.levels] == pytest.approx([value for *_, value in verdict.levels], rel=1e-6, abs=1e-5)
    return answer, outcome


@pytest.mark.parametrize("rival", RIVALS["plan"])
@pytest.mark.parametrize("make", [tiny_plan, full_plan])
def test_a_plan_of_a_rival_passes_the_checker_and_its_bounds_hold(rival: str, make: Callable[[], PlanInput]) -> None:
    data = make()
    told: list[Progress] = []
    _, outcome = plan(rival, data, Limits(seconds=20, gap=1e-4, tell=told.append))
    _, known = known_best(make)
    musts, care = outcome.levels[:2]
    assert (musts.value, musts.bound) == (0, 0)
    assert care.direction == "max"
    assert care.bound is not None
    # Care may give up its tolerance for what comes after it, in the best plan as well: what is proved is the bound.
    assert care.bound >= known.levels[1].value * (1 - 1e-6)
    assert care.bound == pytest.approx(known.levels[1].bound, rel=1e-3)
    assert outcome.status in (Status.OPTIMAL, Status.FEASIBLE)
    assert any(line.value is not None for line in told)
    assert {"build", "hand_over", "solve", "read_back"} == outcome.seconds.keys()


@pytest.mark.parametrize("rival", RIVALS["plan"])
def test_a_plan_that_cannot_meet_every_must_is_told(rival: str) -> None:
    data = tiny_plan()
    poor = data.model_copy(update={"budget": tuple(row.model_copy(update={"pounds": 1.0}) for row in data.budget)})
    _, outcome = plan(rival, poor, Limits(seconds=20, gap=1e-3))
    assert outcome.status is Status.INFEASIBLE
    assert outcome.levels[0].value > 0


@pytest.mark.parametrize("rival", ["matrix", "highs_alone"])
def test_the_same_seed_gives_the_same_plan(rival: str) -> None:
    once, again = (plan(rival, tiny_plan(), Limits(seconds=60, workers=1, seed=3)) for _ in range(2))
    assert once[0] == again[0]


def test_arrays_that_lie_ready_need_no_building() -> None:
    _, outcome = plan("matrix", tiny_plan(), Limits(seconds=20))
    assert outcome.seconds["build"] == 0


@pytest.mark.parametrize("family", ["people", "training", "supervision", "both steps", "bought and reached", "money"])
def test_the_model_written_again_from_the_page_has_the_same_optimum(family: str) -> None:
    strategy, _ = FAMILIES[family]

    @settings(max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(strategy())
    def agree(data: PlanInput) -> None:
        try:
            _, again = plan("pyomo_rules", data, Limits(seconds=60, gap=0))
        except Skipped:
            assume(False)  # a rule that came to the page later; a family of nothing else fails
        _, ours = best(data)
        # What is proved of a level: its value may give up what later levels are allowed.
        assert [level.bound for level in again.levels] == pytest.approx([level.bound for level in ours.levels], rel=1e-5, abs=1e-4)
        assert again.status is ours.status

    agree()


@pytest.mark.parametrize(
    ("make", "table", "columns"),
    [
        (full_plan, "programmes", {"external": False}),
        (full_plan, "programmes", {"cohort_minimum": 3}),
        (full_plan, "flows", {"minimum_quarters": 5}),
        (tiny_plan, "supervision_kinds", {"course_quarters": "4"}),
        (tiny_plan, "supervision_kinds", {"trainees_per_supervisor": 0.5}),
        (tiny_plan, "recruitment", {"lead": 4}),
    ],
)
def test_a_rule_that_binds_binds_the_model_written_again_as_it_does_ours(make: Callable[[], PlanInput], table: str, columns: dict[str, Any]) -> None:
    data = make().model_copy(update={table: tuple(row.model_copy(update=columns) for row in getattr(make(), table))})
    _, ours = best(data)
    _, again = plan("pyomo_rules", data, Limits(seconds=60, gap=0))
    proved = [level.bound for level in ours.levels[:2]]
    assert proved != pytest.approx([level.bound for level in known_best(make)[1].levels[:2]], rel=1e-4)
    assert [level.bound for level in again.levels[:2]] == pytest.approx(proved, rel=1e-5, abs=1e-4)


def test_who_has_been_in_post_for_five_quarters_may_move_in_the_model_written_again() -> None:
    # One is hired in quarter 1 and leaves with 20 % a quarter once later staff, in quarter 6 for the first time: 0.8 may move then.
    posts = (tools.post("junior", leavers_later=tools.yearly(0.2)), tools.post("senior", end_value=1))
    data = tools.plan(
        6, posts=posts, flows=(Flow(from_post="junior", to_post="senior", minimum_quarters=5),), recruitment=(tools.market("junior", 1),),
        pay=(Pay(year="2026/27", band=tools.BAND, point="entry", pounds=1),), **tools.most("workforce_at_end"),
    )  # fmt: skip
    _, outcome = plan("pyomo_rules", data, Limits(seconds=60, gap=0))
    assert outcome.levels[1].value == pytest.approx(0.8)


def test_places_of_a_region_are_those_of_its_services() -> None:
    data = families.make("plan-usual-2x8")
    assert isinstance(data, PlanInput)
    other, north = data.services
    regions = (other, north.model_copy(update={"region": "north"}))
    places = tuple(row.model_copy(update={"region": "north"}) for row in data.places)
    model = build(data.model_copy(update={"services": regions, "places": places}))
    sharing = {variable.index()[0] for row in model.t4_places.values() for variable in identify_variables(row.body)}
    assert sharing == {north.service}


@pytest.mark.parametrize("sense", ["at most", "at least", "exactly"])
@pytest.mark.parametrize("scope", ["each", "total"])
def test_a_share_of_today_bounds_the_model_written_again_as_it_does_ours(sense: str, scope: str) -> None:
    row = {"limit": "posts kept", "decision": "posts", "scope": scope, "sense": sense, "value": 0.5, "basis": "share of established"}
    data = tiny_plan().model_copy(update={"limits": (Limit.model_validate(row),)})
    _, again = plan("pyomo_rules", data, Limits(seconds=60, gap=0))
    _, ours = best(data)
    assert again.levels[0].value == pytest.approx(ours.levels[0].value, abs=1e-4)
    assert [level.bound for level in again.levels[:2]] == pytest.approx([level.bound for level in ours.levels[:2]], rel=1e-5, abs=1e-4)


def test_a_shared_labour_market_binds_the_model_written_again_as_it_does_ours() -> None:
    data = tiny_plan()
    hired = {p.role for p in data.posts if any(r.post == p.post and r.maximum for r in data.recruitment)}
    first, later = data.quarters[0], data.quarters[-1]
    rows = [LabourMarket(market="here", role=role, from_quarter=q, applicants=n) for role in sorted(hired) for q, n in ((later, 1.5), (first, 0.5))]
    shared = tuple(r.model_copy(update={"market": "here", "applicants_per_hire": 2.0}) for r in data.recruitment)
    market = data.model_copy(update={"labour_markets": tuple(rows), "recruitment": shared})
    _, ours = best(market)
    _, again = plan("pyomo_rules", market, Limits(seconds=60, gap=0))
    proved = [level.bound for level in ours.levels[:2]]
    assert proved != pytest.approx([level.bound for level in known_best(tiny_plan)[1].levels[:2]], rel=1e-4)
    assert [level.bound for level in again.levels[:2]] == pytest.approx(proved, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("name", ["one_service", "north_central_london", "england"])
def test_the_model_written_again_takes_the_plans_that_come_with_the_program(name: str) -> None:
    data = tables.read(ROOT / "instances/plan" / name, PlanInput).data
    assert data is not None
    known.knows(data)


@pytest.mark.parametrize("name", [name for name in families.NAMES if name.startswith("plan-")])
def test_the_model_written_again_takes_the_plans_of_the_published_set(name: str) -> None:
    data = families.make(name)
    assert isinstance(data, PlanInput)
    known.knows(data)


def test_the_model_written_again_is_skipped_where_it_does_not_know_a_rule() -> None:
    data = tiny_plan()
    later = data.model_copy(update={"services": (data.services[0].model_copy(update={"over_establishment": 1.0}), *data.services[1:])})
    with pytest.raises(Skipped, match="does not know Over establishment, at most in the table Services"):
        RIVALS["plan"]["pyomo_rules"](later, Limits(seconds=1))


def test_the_model_written_again_uses_nothing_of_ours() -> None:
    files = sorted((ROOT / "models/rivals/plan_rules").glob("*.py"))
    assert len(files) > 1
    for path in files:
        assert [name for name in imports(path) if name.startswith("models.plan")] == [], path


@pytest.mark.parametrize(("missing", "word"), [("timefold", "pip install timefold"), ("java", "Java")])
def test_timefold_is_skipped_with_a_word_where_it_or_java_is_missing(missing: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("models.rivals.timefold")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(module, "find_spec", lambda name: None if missing == "timefold" else object())
    monkeypatch.setattr(module.shutil, "which", lambda name: None if missing == "java" else "/bin/java")
    with pytest.raises(Skipped, match=word):
        RIVALS["rota"]["timefold"](tiny(), Limits(seconds=1))


@pytest.mark.parametrize("rival", ["pyomo_appsi", "pyomo_rules"])
def test_a_rival_without_its_package_is_skipped_with_a_word(rival: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyomo.contrib.appsi.solvers import Highs

    monkeypatch.setattr(Highs, "available", lambda self: False)
    with pytest.raises(Skipped, match="compiled extensions"):
        RIVALS["plan"][rival](tiny_plan(), Limits(seconds=1))
