"""HiGHS behind its door: the matrix it is handed, how a solve can end, and what is told on the way."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from pyomo.environ import Binary, ConcreteModel, Constraint, Integers, NonNegativeIntegers, NonNegativeReals, Var
from scipy.sparse import csc_matrix

from optimiser.collector import collector_paused
from optimiser.compile import compile_model
from optimiser.highs import INFINITY, Ended, Found, Matrix, solve, with_bounds


def small() -> ConcreteModel:
    """Three columns used, one in no row; every sense of a row."""
    m = ConcreteModel()
    m.x = Var(domain=NonNegativeReals)
    m.n = Var(domain=Integers, bounds=(-2, 7))
    m.b = Var(domain=Binary)
    m.fixed = Var(initialize=4)
    m.fixed.fix()
    m.alone = Var(domain=NonNegativeReals)
    m.at_most = Constraint(expr=2 * m.x + 3 * m.n + 1 <= 13)
    m.at_least = Constraint(expr=m.x - 2 * m.b >= -1)
    m.equal = Constraint(expr=m.x + m.n + m.b + m.fixed == 9)
    m.between = Constraint(expr=(1, m.n + 2 * m.b, 8))
    return m


def dense(matrix: Matrix) -> np.ndarray:
    return csc_matrix((matrix.value, matrix.index, matrix.start), shape=(len(matrix.row_lower), len(matrix.lower))).toarray()


def test_a_model_becomes_the_matrix_written_by_hand() -> None:
    m = small()
    matrix = compile_model(m)
    x, n, b = (matrix.column(v) for v in (m.x, m.n, m.b))
    found = {(tuple(row[[x, n, b]]), lower, upper) for row, lower, upper in zip(dense(matrix), matrix.row_lower, matrix.row_upper, strict=True)}
    assert found == {
        ((2, 3, 0), -INFINITY, 12),
        ((1, 0, -2), -1, INFINITY),
        ((1, 1, 1), 5, 5),
        ((0, 1, 2), 1, 8),
    }
    assert [matrix.lower[c] for c in (x, n, b)] == [0, -2, 0]
    assert [matrix.upper[c] for c in (x, n, b)] == [INFINITY, 7, 1]
    assert [bool(matrix.whole[c]) for c in (x, n, b)] == [False, True, True]


def test_columns_are_those_of_variables_that_stand_in_a_row() -> None:
    m = small()
    matrix = compile_model(m)
    assert matrix.column(m.alone) == -1
    assert matrix.column(m.fixed) == -1
    assert list(matrix.columns_of([m.n, m.alone, m.x])) == [matrix.column(m.n), matrix.column(m.x)]
    assert matrix.size == {"rows": len(matrix.row_lower), "columns": 3, "whole_columns": 2, "non_zeros": len(matrix.value)}


def knapsack() -> tuple[ConcreteModel, Matrix, np.ndarray]:
    """At most 10 kg of things of 4 kg and £5 and things of 3 kg and £4: 3 of the second fit with £12, 1 and 2 with £13, relaxed £13⅓."""
    m = ConcreteModel()
    m.n = Var([0, 1], domain=NonNegativeIntegers)
    m.weight = Constraint(expr=4 * m.n[0] + 3 * m.n[1] <= 10)
    matrix = compile_model(m)
    cost = np.zeros(2)
    cost[matrix.column(m.n[0])], cost[matrix.column(m.n[1])] = -5, -4
    return m, matrix, cost


def test_the_best_is_proved_and_whole_columns_are_exactly_whole() -> None:
    m, matrix, cost = knapsack()
    found = solve(matrix, cost, seconds=60)
    assert found.ended is Ended.PROVED
    assert found.x is not None
    assert [found.x[matrix.column(m.n[i])] for i in (0, 1)] == [1.0, 2.0]
    assert [found.value, found.bound] == pytest.approx([-13, -13])


def test_relaxed_nothing_need_be_whole() -> None:
    _, matrix, cost = knapsack()
    found = solve(matrix, cost, seconds=60, relax=True)
    assert found.ended is Ended.PROVED
    assert found.x is not None
    assert sorted(found.x) == pytest.approx([0, 10 / 3])
    assert [found.value, found.bound] == pytest.approx([-40 / 3, -40 / 3])


def test_a_row_of_each_sense_binds() -> None:
    m = small()
    matrix = compile_model(m)
    x, n, b = (matrix.column(v) for v in (m.x, m.n, m.b))
    # 2 x + 3 n ≤ 12, x − 2 b ≥ −1, x + n + b = 5, 1 ≤ n + 2 b ≤ 8.
    for weights, best in (
        ({n: -1}, (1, 3, 1)),  # most n: b = 1 needs x ≥ 1; with b = 0 only 2 fit under 12
        ({n: -1, b: 10}, (3, 2, 0)),  # most n without b: 2 × 3 + 3 × 2 = 12
        ({n: 1}, (5, -1, 1)),  # least n: n + 2 b ≥ 1
    ):
        cost = np.zeros(3)
        for column, weight in weights.items():
            cost[column] = weight
        found = solve(matrix, cost, seconds=60)
        assert found.x is not None
        assert [found.x[c] for c in (x, n, b)] == pytest.approx(best)


def test_bounds_can_be_changed_without_a_new_model() -> None:
    m, matrix, cost = knapsack()
    upper = matrix.upper.copy()
    upper[matrix.column(m.n[0])] = 0
    found = solve(with_bounds(matrix, matrix.lower, upper), cost, seconds=60)
    assert found.value == pytest.approx(-12)
    assert solve(matrix, cost, seconds=60).value == pytest.approx(-13)


def test_presolve_of_the_installed_version_keeps_the_best() -> None:
    # HiGHS 1.14.0 proves 15 (x = 0, n = 5) where x = 4.5, n = 0 costs 9: its presolve loses solutions (ERGO-Code/HiGHS issue 3043).
    m = ConcreteModel()
    m.x = Var(bounds=(0, 10))
    m.n = Var(domain=NonNegativeIntegers, bounds=(0, 10))
    m.enough = Constraint(expr=m.x + m.n >= 4.5)
    matrix = compile_model(m)
    cost = np.zeros(2)
    cost[matrix.column(m.x)], cost[matrix.column(m.n)] = 2, 3
    assert solve(matrix, cost, seconds=60).value == pytest.approx(9)


@pytest.mark.parametrize("relax", [False, True])
def test_impossible(relax: bool) -> None:
    m, matrix, cost = knapsack()
    lower = matrix.lower.copy()
    lower[matrix.column(m.n[0])] = 3
    found = solve(with_bounds(matrix, lower, matrix.upper), cost, seconds=60, relax=relax)
    assert (found.ended, found.x, found.value) == (Ended.IMPOSSIBLE, None, None)


# --- stopping ---------------------------------------------------------------------------------------------------------


def split() -> tuple[Matrix, np.ndarray]:
    """Share fourteen things out so that both halves are alike in two ways: small, and yet no rounding finds it at the root."""
    sizes = np.random.default_rng(1).integers(0, 100, (2, 14))
    m = ConcreteModel()
    m.x = Var(range(14), domain=Binary)
    m.off = Var(range(2), [0, 1], domain=NonNegativeReals)
    m.halves = Constraint(
        range(2), rule=lambda m, i: sum(int(sizes[i, j]) * m.x[j] for j in range(14)) + m.off[i, 0] - m.off[i, 1] == int(sizes[i].sum() // 2)
    )
    matrix = compile_model(m)
    cost = np.zeros(len(matrix.lower))
    cost[matrix.columns_of(m.off.values())] = 1
    return matrix, cost


def test_stopped_without_a_solution() -> None:
    matrix, cost = split()
    found = solve(matrix, cost, seconds=0)
    assert (found.ended, found.x, found.value) == (Ended.STOPPED, None, None)


def test_stopped_with_a_solution_and_a_bound() -> None:
    matrix, cost = split()
    best = solve(matrix, cost, seconds=60)
    found = solve(matrix, cost, seconds=60, options={"mip_max_improving_sols": 1})
    assert found.ended is Ended.STOPPED
    assert found.x is not None
    assert found.value is not None
    assert found.bound is not None
    assert best.value is not None
    assert found.value > best.value + 1e-6
    assert found.bound <= best.value + 1e-6


def test_told_to_stop_it_ends_at_once_though_it_could_go_on() -> None:
    matrix, cost = split()
    assert solve(matrix, cost, seconds=60).ended is Ended.PROVED
    assert solve(matrix, cost, seconds=60, stop=lambda: True).ended is Ended.STOPPED
    assert solve(matrix, cost, seconds=60, relax=True, stop=lambda: True).ended is Ended.STOPPED


def test_told_to_stop_on_the_way_it_keeps_the_best_so_far() -> None:
    matrix, cost = split()
    told: list[float] = []

    def tell(value: float | None, _bound: float | None, x: np.ndarray | None) -> None:
        if x is not None and value is not None:
            told.append(value)

    found = solve(matrix, cost, seconds=60, stop=lambda: len(told) >= 2, tell=tell)
    assert found.ended is Ended.STOPPED
    assert found.value == pytest.approx(told[-1])


# --- what is told and taken -------------------------------------------------------------------------------------------


def test_what_is_told_gets_better_and_the_bound_never_passes_the_value() -> None:
    matrix, cost = split()
    values: list[float] = []
    bounds: list[float] = []

    def tell(value: float | None, bound: float | None, x: np.ndarray | None) -> None:
        if x is not None:
            assert value == pytest.approx(float(cost @ x), abs=1e-5)
            assert (np.round(x[matrix.whole]) == x[matrix.whole]).all()
            values.append(float(cost @ x))
        if bound is not None:
            bounds.append(bound)

    found = solve(matrix, cost, seconds=60, tell=tell)
    assert found.value is not None
    assert values == sorted(values, reverse=True)
    assert len(values) > 1
    assert bounds == sorted(bounds)
    assert bounds
    assert all(bound <= found.value + 1e-6 for bound in bounds)


def at_the_root(matrix: Matrix, cost: np.ndarray, start: np.ndarray | None) -> Found:
    return solve(matrix, cost, seconds=60, start=start, options={"mip_max_nodes": 0})


def test_a_start_is_taken_whole_columns_suffice() -> None:
    matrix, cost = split()
    best = solve(matrix, cost, seconds=60)
    assert best.x is not None
    assert at_the_root(matrix, cost, None).x is None
    assert at_the_root(matrix, cost, best.x).value == pytest.approx(best.value)
    whole_only = np.where(matrix.whole, best.x, 0.0)
    assert at_the_root(matrix, cost, whole_only).value == pytest.approx(best.value)


def test_a_gap_is_relative_and_ends_the_search_early() -> None:
    _, matrix, cost = knapsack()
    # The bound is at most 13⅓: whoever asks for a tenth takes £12 or £13.
    found = solve(matrix, cost, seconds=60, gap=0.1)
    assert found.ended is Ended.PROVED
    assert found.value is not None
    assert found.bound is not None
    assert -40 / 3 - 1e-6 <= found.bound <= found.value <= 0.9 * found.bound


def test_the_same_seed_finds_the_same() -> None:
    matrix, cost = split()
    first, second = (solve(matrix, cost, seconds=60, seed=7) for _ in range(2))
    assert first.x is not None
    assert second.x is not None
    assert (first.x == second.x).all()


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_paused_and_then_as_it_was(on: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        with collector_paused():
            assert not gc.isenabled()
        assert gc.isenabled() is on
        with pytest.raises(ZeroDivisionError), collector_paused():
            _ = 1 / 0
        assert gc.isenabled() is on
    finally:
        (gc.enable if was else gc.disable)()
