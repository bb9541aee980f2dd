"""Plans of many services, service by service: what falls apart, bounds that are never too good, plans the check accepts, the same every time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from instances.families import make
from models.plan import decompose, search
from models.plan.build import build
from models.plan.neighbourhoods import Places
from models.plan.search import solve
from optimiser import highs
from optimiser.compile import compile_model
from optimiser.plan.check import check
from optimiser.plan.data import Place, PlanInput
from optimiser.result import Limits, Status
from plan_model_tools import budget, goals, limit, market, most, plan, post, programme, staff, trainee_post, varied

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from optimiser.highs import Matrix
    from optimiser.result import Outcome

PLENTY = 10**6


def family(name: str) -> PlanInput:
    data = make(name)
    assert isinstance(data, PlanInput)
    return data


def services(*names: str, regions: dict[str, str] | None = None) -> dict[str, Any]:
    first = plan().services[0]
    return {"services": tuple(first.model_copy(update={"service": s, "region": (regions or {}).get(s, "")}) for s in names)}


def rivals_for_money() -> PlanInput:
    """Three services, money for 5.5 posts between them, hires of at most 3 each; the second recovers most, the third's posts come in halves."""
    names = ("a", "b", "c")
    first = plan().care[0]
    share = {"a": 0.5, "b": 0.7, "c": 0.6}
    data = plan(
        quarters=4,
        **services(*names),
        staff=tuple(staff("therapist", 1, service=s) for s in names),
        recruitment=tuple(market("therapist", 3, service=s) for s in names),
        care=tuple(first.model_copy(update={"service": s, "reliable_recovery": share[s]}) for s in names),
        budget=(budget("pay", 220_000),),
        **most("reliable_recoveries"),
    )
    a, b, c = data.services
    return varied(data, services=(a, b, c.model_copy(update={"post_unit": 0.5})))


def rivals_for_places() -> PlanInput:
    """Four services in two regions with 3 and 1 course places, and 5 for all: fewer than they would fill."""
    names, regions = ("a", "b", "c", "d"), {"a": "North", "b": "North", "c": "South", "d": "South"}
    quarter = "2026/27 Q1"
    return plan(
        **services(*names, regions=regions),
        posts=(post(), trainee_post(end_value=1)),
        programmes=(programme(),),
        staff=tuple(staff("therapist", 1, service=s) for s in names),
        care=(),
        places=(
            *(Place(programme="course", quarter=quarter, places=n, region=r) for r, n in (("North", 3), ("South", 1))),
            Place(programme="course", quarter=quarter, places=5),
        ),
        **most("workforce_at_end"),
    )


def three_levels() -> PlanInput:
    """Care first, then as little cost as will do, with a little room."""
    data = varied(rivals_for_money(), **goals(("max", {"reliable_recoveries": 1.0}), ("min", {"cost": 1.0})))
    musts, care, cost = data.priorities
    return varied(data, priorities=(musts, care.model_copy(update={"tolerance": 0.02}), cost))


def not_every_must() -> PlanInput:
    """Each service is to have 3 posts, and there is money for less."""
    pins = tuple(limit("posts", "at least", 3, limit=f"three in {s}", service=s, scope="each") for s in ("a", "b", "c"))
    return varied(rivals_for_money(), limits=pins)


CASES: dict[str, Callable[[], PlanInput]] = {
    "money": rivals_for_money,
    "places of regions": rivals_for_places,
    "three levels": three_levels,
    "not every must": not_every_must,
    "a made-up region": lambda: family("plan-usual-2x4"),
    "a pressed region": lambda: family("plan-pressed-3x4-3"),
}


def apart(monkeypatch: pytest.MonkeyPatch, data: PlanInput, **limits: Any) -> tuple[Any, Outcome]:
    """Solve service by service, however few services there are; fails where that was not done."""
    done = []
    by_service = decompose.solve

    def noticed(*args: Any, **kwargs: Any) -> highs.Found:
        done.append(True)
        return by_service(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(decompose, "MANY", 1)
        patch.setattr(decompose, "solve", noticed)
        answer, outcome = solve(data, "", Limits(**{"seconds": 60, "gap": 0.01, "workers": 1} | limits))
    assert done
    return answer, outcome


def test_when_the_time_is_over_without_a_plan_the_whole_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS would not hear for a while that it is over."""
    monkeypatch.setattr(search, "Whole", None)
    answer, outcome = apart(monkeypatch, family("plan-usual-2x4"), seconds=0.0)
    assert (answer, outcome.status) == (None, Status.NOT_FOUND)


@pytest.mark.parametrize("case", CASES)
def test_bound_and_value_are_on_either_side_of_the_best_there_is(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    data = CASES[case]()
    known, best = solve(data, "", Limits(seconds=60, gap=0.005))
    assert known is not None
    answer, outcome = apart(monkeypatch, data)
    assert answer is not None
    judged = check(data, answer)
    assert [str(f) for f in judged.findings] == []
    assert [level.value for level in outcome.levels] == pytest.approx([value for *_, value in judged.levels], rel=1e-6, abs=1e-5)
    for n, (level, whole) in enumerate(zip(outcome.levels, best.levels, strict=True)):
        assert level.bound is not None
        assert whole.bound is not None
        sign = 1.0 if level.direction == "min" else -1.0
        near = 1e-6 * max(1.0, abs(whole.value)) + 2e-4
        assert sign * (level.bound - level.value) <= near
        if n < 2:  # later levels are asked for under what the level before came to, which need not be the same
            assert sign * (level.bound - whole.value) <= near, "a bound above a plan that there is"
            assert sign * (whole.bound - level.value) <= near, "a plan better than there can be"
            assert abs(level.value - whole.value) <= 0.03 * max(1.0, abs(whole.value)) + near


def test_what_is_short_is_said_and_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine posts are asked for and there is money for five and a half: 3.5 short is the least (hand over money for posts pinned, or the pin)."""
    answer, outcome = apart(monkeypatch, not_every_must(), gap=0.0)
    assert answer is not None
    assert outcome.status is Status.INFEASIBLE
    # Half a post is £20,000, 20 points of money: dearer than 0.5 points of the pin. Whole units in a and b, halves in c.
    assert outcome.levels[0].value == pytest.approx(3.5, abs=1e-3)
    assert outcome.levels[0].bound == pytest.approx(3.5, rel=0.2)


def test_the_same_every_time_with_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    data = family("plan-usual-2x8")
    answers = [apart(monkeypatch, data, gap=0.03)[0] for _ in range(2)]
    assert answers[0] == answers[1]


def test_two_workers_find_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    data = rivals_for_money()
    answer, outcome = apart(monkeypatch, data, workers=2)
    assert answer is not None
    assert [str(f) for f in check(data, answer).findings] == []
    assert outcome.levels[1].value == pytest.approx(apart(monkeypatch, data)[1].levels[1].value, rel=0.01)


def test_few_services_are_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decompose, "solve", lambda *_args, **_kwargs: pytest.fail("taken apart"))
    answer, _ = solve(rivals_for_money(), "", Limits(seconds=60, gap=0.01))
    assert answer is not None


# --- how it comes apart -----------------------------------------------------------------------------------------------


def compiled(data: PlanInput) -> tuple[Matrix, decompose.Split]:
    model = build(data)
    matrix = compile_model(model)
    parts = decompose.split(matrix, Places.of(model, matrix).service)
    assert parts is not None
    return matrix, parts


def dense(matrix: Matrix) -> NDArray[np.float64]:
    return np.asarray(decompose._body(matrix).toarray())


@pytest.mark.parametrize("case", [rivals_for_money, rivals_for_places, three_levels])
def test_every_row_and_column_is_in_one_part(case: Callable[[], PlanInput]) -> None:
    matrix, parts = compiled(case())
    columns = np.concatenate([*(b.columns for b in parts.blocks), parts.shared, parts.named])
    assert sorted(columns) == list(range(len(matrix.lower)))
    own = sum(len(b.matrix.row_lower) for b in parts.blocks)
    rows = {at for of_column, at, _ in parts.origin if not of_column}
    assert own + len(rows) + len(parts.named) == len(matrix.row_lower)


def test_a_plan_keeps_the_parts_where_it_keeps_the_whole() -> None:
    """The relaxed plan, its names forgotten and worked out again; and its cost by either way."""
    matrix, parts = compiled(three_levels())
    cost = np.zeros(len(matrix.lower))
    cost[parts.named] = np.arange(1.0, 1.0 + len(parts.named))
    bounded = highs.with_bounds(matrix, np.maximum(matrix.lower, -PLENTY), np.minimum(matrix.upper, PLENTY))
    x = highs.solve(bounded, cost, seconds=60, relax=True).x
    assert x is not None
    forgotten = x.copy()
    forgotten[parts.named] = 0.0
    assert parts.complete(forgotten) == pytest.approx(x, abs=1e-4)
    assert parts.cost(cost) @ forgotten + cost[parts.named] @ parts.constants == pytest.approx(cost @ x, rel=1e-6, abs=1e-3)
    used = sum(b.link @ x[b.columns] for b in parts.blocks) + parts.shared_link @ x[parts.shared]
    assert (used <= parts.most + 1e-4).all()


def test_any_prices_give_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lagrange: whatever the linking rows cost, the services' own bests less what the rows are worth are never better than the best plan."""
    data = rivals_for_money()
    _, best = solve(data, "", Limits(seconds=60, gap=0.0))
    model = build(data)
    matrix = compile_model(model)
    upper = matrix.upper.copy()
    upper[matrix.columns_of(model.short.values())] = 0.0
    matrix = highs.with_bounds(matrix, matrix.lower, upper)
    parts = decompose.split(matrix, Places.of(model, matrix).service)
    assert parts is not None
    whole_cost = np.zeros(len(matrix.lower))
    whole_cost[matrix.column(model.level[2])] = -1.0
    cost = parts.cost(whole_cost)
    draw = np.random.default_rng(1)
    closest = -np.inf
    for factor in (0.0, 0.5, 1.0, 2.0, 5.0):
        rows, columns = -factor * draw.random(len(matrix.row_lower)), -factor * draw.random(len(matrix.lower))
        prices, nothing = decompose.safe_prices(parts, cost, rows, columns)
        assert (prices >= 0).all()
        total = nothing
        for block in parts.blocks:
            own = cost[block.columns] + prices @ block.link
            decided = decompose.decide(decompose.Job((block,), own, None, np.zeros(len(parts.most)), 60, 0.0, 0, None))
            assert decided.bound is not None
            total += decided.bound
        assert -best.levels[1].value >= total - 1e-6 * abs(total)
        closest = max(closest, total)
    assert np.isfinite(closest)


def test_a_price_is_never_above_what_falling_short_costs() -> None:
    """A budget that may fall short at a point for £1,000: no price of money is above that, or the bound would be endless."""
    matrix, parts = compiled(rivals_for_money())
    cost = np.zeros(len(matrix.lower))
    short = next(j for j, top in zip(parts.shared, parts.shared_upper, strict=True) if np.isinf(top))
    cost[short] = 0.001
    prices, nothing = decompose.safe_prices(parts, cost, np.full(len(matrix.row_lower), -50.0), np.zeros(len(matrix.lower)))
    factor = parts.shared_link.tocsc()[:, [int(np.flatnonzero(parts.shared == short)[0])]]
    assert np.isfinite(nothing)
    assert (cost[short] + prices @ factor >= -1e-12).all()


def test_what_cannot_be_taken_apart_is_left_whole() -> None:
    """A whole number that belongs to no service: nobody may fix it at a fraction."""
    matrix, parts = compiled(rivals_for_money())
    model = build(rivals_for_money())
    again = compile_model(model)
    service = Places.of(model, again).service
    own = parts.blocks[0].columns
    service[own[matrix.whole[own]]] = -1
    assert decompose.split(again, service) is None


def test_threads_do_the_work_where_processes_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon may have no children: the pool says so when it is first given something to do."""

    def refused(*_args: Any, **_kwargs: Any) -> None:
        raise AssertionError("daemonic processes are not allowed to have children")

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor.submit", refused)
    with decompose.executor(2) as (pool, _):
        assert pool.submit(int, "7").result() == 7
