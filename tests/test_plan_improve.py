"""How a plan is made better: which parts are decided again, by several threads at once, and how what they find is put together."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.plan import search as plan_search
from models.plan.build import build
from models.plan.neighbourhoods import SHARED, WINDOW, Places
from optimiser import highs
from optimiser.compile import compile_model
from optimiser.result import Limits
from plan_model_tools import budget, goals, varied
from test_plan_decompose import rivals_for_money

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimiser.plan.data import PlanInput


def places_of(services: int, quarters: int) -> Places:
    """A whole and a continuous column for each service and quarter, a whole one for good for each service, and one that is shared."""
    at = [(s, t, whole, False) for s in range(services) for t in range(1, quarters + 1) for whole in (True, False)]
    at += [*((s, SHARED, True, True) for s in range(services)), (SHARED, SHARED, False, False)]
    service, quarter, whole, for_good = (np.array(part) for part in zip(*at, strict=True))
    return Places(service, quarter, np.zeros(len(at), dtype=np.bool_), for_good, whole, services, quarters)


@pytest.mark.parametrize(("services", "quarters"), [(1, 20), (2, 20), (3, 20), (5, 12), (6, 4)])
def test_a_window_of_two_services_is_decided_again_and_nobody_is_left_out(services: int, quarters: int) -> None:
    places = places_of(services, quarters)
    a_round = (services + 1) // 2
    rounds = 60
    masks = list(islice(places.neighbourhoods(np.random.default_rng(3)), a_round * rounds))
    decided = np.zeros(len(places.whole), dtype=np.int64)
    with_what_is_for_good: dict[bool, set[bool]] = {True: set(), False: set()}
    for n, mask in enumerate(masks):
        freed = mask & places.whole
        among = set(places.service[mask & (places.service != SHARED)].tolist())
        assert 1 <= len(among) <= 2
        assert mask[places.service == SHARED].all()
        assert mask[~places.whole & np.isin(places.service, list(among))].all()
        within = places.quarter[freed & ~places.for_good]
        assert within.max() - within.min() < WINDOW
        last = n % a_round == a_round - 1
        with_what_is_for_good[last].add(bool(freed[places.for_good].any()))
        assert last or not freed[places.for_good].any() or within.min() == 1
        decided += freed
    assert (decided[places.whole] > 0).all()
    assert with_what_is_for_good == {True: {True}, False: {True, False} if services > 2 else set()}
    for begin in range(0, len(masks), a_round):
        together = np.any(masks[begin : begin + a_round], axis=0)
        assert set(places.service[together].tolist()) - {SHARED} == set(range(services))


def begun(data: PlanInput) -> tuple[plan_search.Search, NDArray[np.float64]]:
    """A search that has a plan in which nothing was sought, and the cost of the level of care."""
    model = build(data, "")
    matrix = compile_model(model)
    upper = matrix.upper.copy()
    upper[matrix.columns_of(model.short.values())] = 0.0
    search = plan_search.Search(replace(matrix, upper=upper), Places.of(model, matrix), Limits(seconds=60, workers=2), time.perf_counter())
    cost = np.zeros(len(matrix.lower))
    cost[matrix.column(model.level[2])] = -1.0
    search.best = highs.solve(search.matrix, -cost, seconds=20).x  # the worst there is
    return search, cost


def keeps(search: plan_search.Search, x: NDArray[np.float64]) -> bool:
    lower, upper = np.where(search.matrix.whole, x, search.matrix.lower), np.where(search.matrix.whole, x, search.matrix.upper)
    total = highs.solve(replace(search.matrix, lower=np.maximum(lower, x - 1e-6), upper=np.minimum(upper, x + 1e-6)), np.zeros(len(x)), seconds=20)
    return total.x is not None


def test_two_threads_come_from_the_worst_plan_to_the_best() -> None:
    search, cost = begun(rivals_for_money())
    worst, best = search.best, highs.solve(search.matrix, cost, seconds=20)
    assert worst is not None
    assert best.value is not None

    def keep(x: NDArray[np.float64] | None) -> None:
        if x is not None and search.best is not None and cost @ x < cost @ search.best:
            assert keeps(search, x)
            search.best = x

    plan_search.improve_plan(search, cost, keep, lambda: False, lambda: best.bound, 2)
    assert search.best is not None
    assert cost @ worst > best.value + 1
    assert cost @ search.best == pytest.approx(best.value, rel=1e-3)


@pytest.mark.parametrize("thrifty", [True, False])
def test_what_two_threads_find_is_joined_where_there_is_room_for_both(thrifty: bool) -> None:
    # Where posts nobody fills are worth nothing and cost nothing of what is sought, either takes all the money for them.
    weights = goals(("max", {"reliable_recoveries": 1.0, "cost": -1e-5 if thrifty else 0.0}))
    search, cost = begun(varied(rivals_for_money(), budget=(budget("pay", 10_000_000),), **weights))
    base = search.best
    assert base is not None
    found = []
    for service in (0, 1):
        free = ~search.places.outside({service})
        lower, upper = np.where(free, search.matrix.lower, base), np.where(free, search.matrix.upper, base)
        x = highs.solve(replace(search.matrix, lower=lower, upper=upper), cost, seconds=20).x
        assert x is not None
        found.append((free, x))
    search.best = found[0][1]
    joined = plan_search._joined(search, cost, *found[1], lambda: False)
    gains = [float(cost @ base - cost @ x) for x in (found[0][1], found[1][1], joined)]
    assert min(gains) > 1
    assert keeps(search, joined)
    assert gains[2] == pytest.approx(gains[0] + gains[1] if thrifty else gains[1], rel=1e-3)
