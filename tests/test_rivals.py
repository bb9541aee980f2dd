"""Rivals: every answer passes the checker, no bound is beyond what is known to be best, and what they say of themselves is so."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from models import PLAN, ROTA
from models.rivals import RIVALS
from optimiser import tables
from optimiser.bench.record import Skipped
from optimiser.plan.data import PlanAnswer, PlanInput
from optimiser.result import OPTIMAL_GAP, Limits, Outcome, Progress, Status
from optimiser.rota.data import LEVELS, RotaAnswer, RotaInput
from plan_model_tools import best
from plan_samples import full as full_plan
from plan_samples import tiny as tiny_plan
from rota_samples import small, tiny
from test_rota_check import data as data_by_hand
from test_rota_model import in_rooms, strained

if TYPE_CHECKING:
    from collections.abc import Callable

ONE_TEAM = Path(__file__).parent.parent / "instances/rota/one_team"

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
    [(strained(), (100, 5, 3, 2)), (in_rooms(rooms=data_by_hand().rooms), (10, 0, 0, 0))],
    ids=["strained", "one small room"],
)
def test_rivals_that_prove_agree_where_rules_and_rooms_bind(rival: str, data: RotaInput, points: tuple[int, ...]) -> None:
    answer, outcome = run(rival, data, Limits(seconds=60))
    assert answer is not None
    assert not any(f.severity == "error" for f in ROTA.check(data, answer).findings)
    assert [(level.value, level.bound) for level in outcome.levels] == [(value, value) for value in points]


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


@pytest.mark.parametrize(("missing", "word"), [("timefold", "pip install timefold"), ("java", "Java")])
def test_timefold_is_skipped_with_a_word_where_it_or_java_is_missing(missing: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("models.rivals.timefold")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(module, "find_spec", lambda name: None if missing == "timefold" else object())
    monkeypatch.setattr(module.shutil, "which", lambda name: None if missing == "java" else "/bin/java")
    with pytest.raises(Skipped, match=word):
        RIVALS["rota"]["timefold"](tiny(), Limits(seconds=1))


def test_a_rival_without_its_package_is_skipped_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    from pyomo.contrib.appsi.solvers import Highs

    monkeypatch.setattr(Highs, "available", lambda self: False)
    with pytest.raises(Skipped, match="compiled extensions"):
        RIVALS["plan"]["pyomo_appsi"](tiny_plan(), Limits(seconds=1))
