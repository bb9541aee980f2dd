"""Whole-number programs as arrays: small ones drawn by lot, every solution of them listed, relaxed by the one solver and solved by the other."""

from __future__ import annotations

import subprocess
import sys
import threading
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from optimiser import cpsat, lp
from optimiser.cpsat import Ended
from optimiser.lp import EPSILON, Relaxation, best
from optimiser.program import FREE, Program

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from optimiser.cpsat import Whole

MANY = settings(max_examples=60, deadline=None, derandomize=True, database=None)

Solution = tuple[int, ...]


def ways_of(program: Program) -> list[Solution]:
    """Every solution, by the rows as they stand."""
    matrix = program.matrix().toarray()
    found = []
    for x in product(*(range(most + 1) for most in program.most)):
        value = matrix @ np.array(x)
        if (value >= program.lower).all() and (value <= program.upper).all():
            found.append(x)
    return found


def all_of(whole: Whole) -> list[Solution]:
    """Every solution that the solver finds, as values of every column."""
    heard: set[Solution] = set()

    class Listener(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]  # OR-Tools gives no types for it
        def on_solution_callback(self) -> None:
            heard.add(tuple(whole.read([self.value(v) for v in whole.variables]).tolist()))

    solver = cp_model.CpSolver()
    solver.parameters.enumerate_all_solutions = True
    solver.parameters.num_workers = 1
    assert solver.solve(whole.cp, Listener()) in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
    return sorted(heard)


def whole_of(relaxation: Relaxation, keep: Iterable[bool] | None = None, values: Iterable[int] | None = None) -> Whole:
    r = relaxation
    kept = np.ones(len(r.most), dtype=np.bool_) if keep is None else np.array(list(keep), dtype=np.bool_)
    return cpsat.whole(r.matrix, r.lower, r.upper, r.most, kept, None if values is None else np.array(list(values), dtype=np.int64))


def worth(cost: NDArray[np.int64], x: Solution) -> int:
    return int(cost @ np.array(x))


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Up to six columns, mostly of yes or no, and up to five rows, mostly of ones; limits on either side, both or neither."""
    program = Program()
    for _ in range(draw(st.integers(1, 6))):
        program.column(draw(st.sampled_from([1, 1, 1, 1, 2, 3])))
    for _ in range(draw(st.integers(0, 5))):
        columns = draw(st.lists(st.integers(0, len(program.most) - 1), unique=True, max_size=6))
        ones = draw(st.booleans())
        weights = [draw(st.sampled_from([1, 1, -1] if ones else [1, 2, 3, -1, -2])) for _ in columns]
        low = draw(st.just(-FREE) | st.integers(-4, 2))
        program.row(low, draw(st.just(FREE) | st.integers(max(low, -4), 5)), columns, weights)
    return program


def costs(program: Program) -> st.SearchStrategy[NDArray[np.int64]]:
    return st.lists(st.integers(0, 5), min_size=len(program.most), max_size=len(program.most)).map(lambda c: np.array(c, dtype=np.int64))


# --- the program ------------------------------------------------------------------------------------------------------


def test_rows_by_their_names() -> None:
    p = Program()
    a, b, c = p.columns(3)
    d = p.column(2)
    assert (a, b, c, d) == (0, 1, 2, 3)
    assert p.most == [1, 1, 1, 2]
    p.implies_one_of(a, [b, c])
    p.total([b, c], a)
    p.at_most(3, [a, d], 2)
    p.at_least(1, [d])
    assert p.size == {"rows": 4, "columns": 4, "non_zeros": 9}
    assert p.matrix().toarray().tolist() == [[1, -1, -1, 0], [-1, 1, 1, 0], [2, 0, 0, 2], [0, 0, 0, 1]]
    assert list(zip(p.lower, p.upper, strict=True)) == [(-FREE, 0), (0, 0), (-FREE, 3), (1, FREE)]
    # a is b or c, never both; 2a + 2d at most 3 and d at least 1: a is 0, and so are b and c.
    assert ways_of(p) == [(0, 0, 0, 1)]


def test_a_program_of_nothing() -> None:
    p = Program()
    assert p.matrix().shape == (0, 0)
    p.column()
    p.row(0, 0, [])
    assert p.matrix().shape == (1, 1)
    assert all_of(whole_of(Relaxation(p))) == [(0,), (1,)]


# --- handed over ------------------------------------------------------------------------------------------------------


@MANY
@given(st.data())
def test_the_solver_is_handed_just_the_solutions_of_the_rows(data: st.DataObject) -> None:
    program = data.draw(programs())
    assert all_of(whole_of(Relaxation(program))) == ways_of(program)
    keep = data.draw(st.lists(st.booleans(), min_size=len(program.most), max_size=len(program.most)))
    narrowed = [x for x in ways_of(program) if all(kept or value == 0 for kept, value in zip(keep, x, strict=True))]
    assert all_of(whole_of(Relaxation(program), keep)) == narrowed


@pytest.mark.parametrize(("low", "high"), [(low, high) for high in range(-4, 5) for low in (-FREE, *range(-4, high + 1))])
@pytest.mark.parametrize("weights", [(1, 1, 1), (1, 1, -1), (-1, -1, -1), (1,), (-1,)])
def test_every_kind_of_clause_says_what_its_row_says(low: int, high: int, weights: tuple[int, ...]) -> None:
    for upper in (high, FREE):
        program = Program()
        program.row(low, upper, program.columns(len(weights)), weights)
        assert all_of(whole_of(Relaxation(program))) == ways_of(program)


@MANY
@given(st.data())
def test_a_model_is_minimised_from_its_bound_up(data: st.DataObject) -> None:
    program = data.draw(programs())
    cost = data.draw(costs(program))
    ways = ways_of(program)
    whole = whole_of(Relaxation(program))
    best = min((worth(cost, x) for x in ways), default=0)
    whole.minimise(cost, data.draw(st.integers(0, best)), best + data.draw(st.integers(0, 3)))
    found = cpsat.solve(whole.cp, seconds=20, workers=1)
    assert found.ended is (Ended.PROVED if ways else Ended.IMPOSSIBLE)
    if found.values is not None:
        x = tuple(whole.read(found.values).tolist())
        assert x in ways
        assert worth(cost, x) == found.value == found.bound == best


@MANY
@given(st.data())
def test_no_value_is_looked_for_beyond_the_last(data: st.DataObject) -> None:
    program = data.draw(programs())
    cost = data.draw(costs(program))
    whole = whole_of(Relaxation(program))
    best = min((worth(cost, x) for x in ways_of(program)), default=0)
    whole.minimise(cost, min(0, best - 1), best - 1)
    assert cpsat.solve(whole.cp, seconds=20, workers=1).ended is Ended.IMPOSSIBLE


@MANY
@given(st.data())
def test_columns_that_are_not_kept_stay_at_their_values(data: st.DataObject) -> None:
    program = data.draw(programs())
    values = [data.draw(st.integers(0, most)) for most in program.most]
    keep = data.draw(st.lists(st.booleans(), min_size=len(program.most), max_size=len(program.most)))
    cost = data.draw(costs(program))
    whole = whole_of(Relaxation(program), keep, values)
    expected = [x for x in ways_of(program) if all(keep[c] or x[c] == values[c] for c in range(len(x)))]
    assert all_of(whole) == expected
    whole.minimise(cost)
    found = cpsat.solve(whole.cp, seconds=20, workers=1)
    assert found.value == min((worth(cost, x) for x in expected), default=None)


def test_a_hint_is_told_by_the_numbers_of_the_solver() -> None:
    program = Program()
    program.row(2, 2, program.columns(4))
    whole = whole_of(Relaxation(program), [False, True, False, True])
    assert whole.hint(np.array([1, 0, 1, 1])) == {0: 0, 1: 1}
    assert whole.read([0, 1]).tolist() == [0, 0, 0, 1]


# --- relaxed ----------------------------------------------------------------------------------------------------------


@MANY
@given(st.data())
def test_the_relaxation_is_a_bound_and_rules_out_nothing_that_is_as_good(data: st.DataObject) -> None:
    program = data.draw(programs())
    cost = data.draw(costs(program))
    relaxed = Relaxation(program).relax(cost, data.draw(costs(program)))
    ways = ways_of(program)
    for x in ways:
        value = worth(cost, x)
        assert relaxed.bound <= value + EPSILON
        assert relaxed.whole_bound <= value
        for below in (value, value + 1):
            assert relaxed.worth(below)[np.array(x) > 0].all()
    if relaxed.x is not None:
        assert (relaxed.x >= -EPSILON).all()
        assert (relaxed.x <= np.array(program.most) + EPSILON).all()
        assert float(cost @ relaxed.x) >= relaxed.bound - 1e-5
    else:
        assert not ways


@MANY
@given(st.data())
def test_the_interior_point_method_gives_the_same_bound_where_the_simplex_method_is_left(data: st.DataObject) -> None:
    program = data.draw(programs())
    cost, ties = data.draw(costs(program)), data.draw(costs(program))
    by_simplex = Relaxation(program).relax(cost, ties)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lp, "PATIENCE", 0.0)
        patch.setattr(lp, "LEAST_PATIENCE", 0)
        relaxed = Relaxation(program).relax(cost, ties)
    assert (relaxed.x is None) == (by_simplex.x is None)
    if relaxed.x is not None and by_simplex.x is not None:
        assert relaxed.bound == pytest.approx(by_simplex.bound, abs=1e-5)
        assert float(ties @ relaxed.x) == pytest.approx(float(ties @ by_simplex.x), abs=1e-5)


@MANY
@given(st.data())
def test_a_level_that_is_held_and_columns_that_are_dropped_bind_both_solvers(data: st.DataObject) -> None:
    program = data.draw(programs())
    first, second = data.draw(costs(program)), data.draw(costs(program))
    upper = data.draw(st.integers(0, 8))
    dropped = np.array(data.draw(st.lists(st.booleans(), min_size=len(program.most), max_size=len(program.most))), dtype=np.bool_)
    r = Relaxation(program)
    r.relax(first, second)
    r.hold(first, upper)
    held = [x for x in ways_of(program) if worth(first, x) <= upper]
    assert all_of(whole_of(r)) == held
    _bounds(r, second, first, held)
    r.drop(dropped)
    left = [x for x in held if not any(value for value, gone in zip(x, dropped, strict=True) if gone)]
    assert all_of(whole_of(r)) == left
    _bounds(r, second, first, left)


def _bounds(r: Relaxation, cost: NDArray[np.int64], ties: NDArray[np.int64], ways: list[Solution]) -> None:
    relaxed = r.relax(cost, ties)
    for x in ways:
        assert relaxed.whole_bound <= worth(cost, x)
        assert relaxed.worth(worth(cost, x))[np.array(x) > 0].all()
    if relaxed.x is None:
        assert not ways


def packing(size: int) -> tuple[Program, NDArray[np.int64]]:
    """Of every three columns in a row, one at least, at prices that go round."""
    program = Program()
    columns = program.columns(size)
    for n in range(size - 2):
        program.at_least(1, columns[n : n + 3])
    return program, np.array([3 + n % 5 for n in range(size)], dtype=np.int64)


def test_stopped_early_the_bound_still_holds() -> None:
    program, cost = packing(300)
    whole_bound = Relaxation(program).relax(cost, cost).whole_bound
    stopped = Relaxation(program).relax(cost, cost, stop=lambda: True)
    assert 0 <= stopped.whole_bound <= whole_bound


def test_the_work_is_counted_alike_every_time() -> None:
    program, cost = packing(60)
    ones, others = (Relaxation(program).relax(cost, cost) for _ in range(2))
    assert ones.ticks == others.ticks > 0
    assert ones.bound == others.bound


# --- solved -----------------------------------------------------------------------------------------------------------


def test_progress_and_bounds_are_heard_and_never_cross() -> None:
    program, cost = packing(40)
    whole = whole_of(Relaxation(program))
    whole.minimise(cost, 0)
    told: list[tuple[int, int | None]] = []
    bounds: list[int] = []
    found = cpsat.solve(whole.cp, seconds=20, tell=lambda value, bound, _: told.append((value, bound)), bounded=bounds.append)
    assert found.ended is Ended.PROVED
    assert found.value is not None
    assert told[-1][0] == found.value
    assert [value for value, _ in told] == sorted((value for value, _ in told), reverse=True)
    assert all(bound is None or bound <= found.value for _, bound in told)
    assert all(bound <= found.value for bound in bounds)


def test_told_to_stop_the_solver_stops() -> None:
    stop = threading.Event()
    program, cost = packing(200)
    whole = whole_of(Relaxation(program))
    whole.minimise(cost, 0)
    # Pigeons in too few holes, which takes for ever to prove without seeing the symmetry.
    pigeons = [[whole.cp.new_bool_var("") for _ in range(25)] for _ in range(26)]
    for pigeon in pigeons:
        whole.cp.add_bool_or(pigeon)
    for hole in zip(*pigeons, strict=True):
        for n, one in enumerate(hole):
            for other in hole[:n]:
                whole.cp.add_bool_or([~one, ~other])
    threading.Timer(0.2, stop.set).start()
    options = {"symmetry_level": 0, "cp_model_presolve": False, "linearization_level": 0, "cp_model_probing_level": 0}
    found = cpsat.solve(whole.cp, seconds=600, workers=1, stop=stop.is_set, options=options)
    assert found.ended is Ended.STOPPED
    assert found.values is None


def test_what_goes_wrong_while_it_listens_is_raised() -> None:
    program, cost = packing(10)
    whole = whole_of(Relaxation(program))
    whole.minimise(cost, 0)

    def wrong(_value: int, _bound: int | None, _values: object) -> None:
        raise LookupError("heard")

    with pytest.raises(LookupError, match="heard"):
        cpsat.solve(whole.cp, seconds=20, tell=wrong)


def test_a_model_that_is_none_is_refused() -> None:
    cp = cp_model.CpModel()
    cp.new_int_var(5, 2, "")
    with pytest.raises(ValueError, match="not one the solver takes"):
        cpsat.solve(cp, seconds=1)


# --- solved as it is --------------------------------------------------------------------------------------------------


@MANY
@given(st.data())
def test_a_small_program_is_solved_whole(data: st.DataObject) -> None:
    program = data.draw(programs())
    cost = data.draw(costs(program))
    ways = ways_of(program)
    if not ways:
        with pytest.raises(RuntimeError, match="found nothing"):
            best(program, range(len(program.most)), cost, 1000)
        return
    x = best(program, range(len(program.most)), cost, 1000)
    assert tuple(np.round(x).astype(int).tolist()) in ways
    assert float(cost @ x) == pytest.approx(min(worth(cost, way) for way in ways))


def test_where_there_is_nothing_to_decide_nothing_is() -> None:
    assert best(Program(), [], np.zeros(0, dtype=np.int64), 1000).tolist() == []


def test_columns_that_need_not_be_whole_are_not() -> None:
    program = Program()
    a, b = program.columns(2)
    program.at_least(3, [a, b], 2)
    cost = np.array([2, 3], dtype=np.int64)
    assert best(program, [], cost, 1000).tolist() == pytest.approx([1.0, 0.5])
    assert best(program, [b], cost, 1000).tolist() == pytest.approx([0.5, 1.0])


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------

PRESSED = """
import os, signal
from ortools.sat.python import cp_model
from optimiser import cpsat

signal.signal(signal.SIGINT, lambda *_: print("heard"))
model = cp_model.CpModel()
model.minimize(model.new_int_var(0, 5, "x"))
print(cpsat.solve(model, seconds=1, workers=2).value)
os.kill(os.getpid(), signal.SIGINT)
print("still here")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process is told to stop otherwise on Windows")
def test_ctrl_c_is_heard_by_the_program_after_the_solver_has_run() -> None:
    told = subprocess.run([sys.executable, "-c", PRESSED], capture_output=True, text=True, check=True, timeout=60)  # our own words
    assert told.stdout.split("\n") == ["0", "heard", "still here", ""]
