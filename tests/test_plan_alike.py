"""Services that are alike stand in the model as one: written out it is the model in which each stands by itself."""

from __future__ import annotations

import random
from operator import eq, ge, gt, le, lt, mul, ne
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from annotated_types import Gt
from pyomo.environ import ConcreteModel, Constraint, NonNegativeReals, Var

from instances.families import make
from models.plan import search
from models.plan.alike import BY_NAME, MAXIMUM, NOTHING, NUMBERS, RECORDS, THERE_OR_NOT, put_together
from models.plan.build import build, build_together
from models.plan.neighbourhoods import Places
from models.plan.read_back import amounts
from optimiser import tables
from optimiser.collector import collector_paused
from optimiser.compile import compile_model
from optimiser.each import Each, Unlike, among, is_there, more_than
from optimiser.plan.check import check
from optimiser.plan.data import Limit, PlanInput
from optimiser.result import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.highs import Matrix

INSTANCES = Path(__file__).parents[1] / "instances" / "plan"


def load(name: str) -> PlanInput:
    """An instance that comes with the program."""
    data = tables.read(INSTANCES / name, PlanInput).data
    assert data is not None
    return data


def drawn(name: str) -> PlanInput:
    """An instance made from its name."""
    data = make(name)
    assert isinstance(data, PlanInput)
    return data


def multiplied(data: PlanInput, times: int, seed: int, spread: float = 0.3) -> PlanInput:
    """Each service and as many more like it, with numbers drawn from its own down by the spread; nobody is named but those who were."""
    draw = random.Random(seed)

    def others(table: str, rows: tuple[Any, ...]) -> Iterator[Any]:
        for row in rows:
            for n in range(times):
                drawn = {name: v * draw.uniform(1 - spread, 1.0) for name, v in vars(row).items() if isinstance(v, float)}
                drawn |= {name: draw.randint(1, 9) for of, name in MAXIMUM if of == table and vars(row)[name] and spread}
                drawn |= {name: f"{v} {draw.randint(1, 2)}" for name, v in vars(row).items() if name in ("region", "market") and v}
                yield row.model_copy(update={**drawn, "service": f"{row.service} {n}"})

    multiple = {table: getattr(data, table) for table in RECORDS if table not in BY_NAME}
    return data.model_copy(update={table: (*rows, *others(table, rows)) for table, rows in multiple.items()})


def with_noughts(data: PlanInput, share: float, seed: int) -> PlanInput:
    """That share of the numbers set to 0, where they may be, and no service is kept apart by it."""
    draw = random.Random(seed)

    def may_be(table: str, name: str) -> bool:
        return name not in THERE_OR_NOT.get(table, ()) and not any(isinstance(known, Gt) for known in RECORDS[table].model_fields[name].metadata)

    def noughts(table: str, row: Any) -> Any:
        return row.model_copy(update={name: 0.0 for name in NUMBERS[table] if vars(row)[name] and may_be(table, name) and draw.random() < share})

    return data.model_copy(update={table: tuple(noughts(table, row) for row in getattr(data, table)) for table in RECORDS if table not in BY_NAME})


def difference(one: Matrix, other: Matrix) -> float:
    """By how much two matrices differ at most; infinite where they are of different sizes or something has no bound."""
    most = 0.0
    for name in ("start", "index", "value", "row_lower", "row_upper", "lower", "upper", "whole"):
        a, b = np.asarray(getattr(one, name), dtype=float), np.asarray(getattr(other, name), dtype=float)
        if a.shape != b.shape:
            return np.inf
        most = max(most, float(np.abs(a[a != b] - b[a != b]).max(initial=0.0)))
    return most


def assert_the_same(data: PlanInput, option: str = "") -> dict[str, tuple[str, ...]]:
    """Both models are the same row for row and column for column; returns who stands together."""
    with collector_paused():
        together, apart = build_together(data, option), build(data, option)
        one, other = (compile_model(m, m.facts.members) for m in (together, apart))
    assert difference(one, other) < 1e-9
    places, places_apart = Places.of(together, one), Places.of(apart, other)
    assert places.services == places_apart.services == len(data.services)
    assert np.array_equal(places.quarter, places_apart.quarter)
    assert len(set(zip(places.service.tolist(), places_apart.service.tolist(), strict=True))) == len(set(places.service.tolist()))
    return {name: services for name, services in together.facts.members.items() if len(services) > 1}


def test_england() -> None:
    data = load("england")
    together = assert_the_same(data)
    assert len(together) == 2, "those that give both steps, and those that give one"
    assert sum(len(names) for names in together.values()) == len(data.services)


@pytest.mark.parametrize("option", ["", "do_nothing"])
def test_every_lever(option: str) -> None:
    """With numbers of which rule E2 takes the larger, and not the same one for all."""
    data = load("north_central_london_full")
    many = multiplied(data, 2, 1)
    rows = list(many.representation)
    at = next(n for n, r in enumerate(rows) if r.maximum > r.hired and r.service.endswith(" 1"))
    rows[at] = rows[at].model_copy(update={"hired": (rows[at].maximum + 1) / 2, "maximum": rows[at].maximum / 2})
    assert option in ("", *(r.option for r in data.options))
    together = assert_the_same(many.model_copy(update={"representation": tuple(rows)}), option)
    assert sum(len(names) for names in together.values()) >= 2 * len(data.services)


@pytest.mark.parametrize(("name", "seed"), [("plan-pressed-4x8", 1), ("plan-pressed-4x8", 2), ("north_central_london_full", 1)])
def test_noughts_keep_nobody_apart(name: str, seed: int) -> None:
    data = multiplied(drawn(name) if name.startswith("plan-") else load(name), 2, 1)
    noughts = with_noughts(data, 0.2, seed)
    assert noughts != data
    together = put_together(data)[1]
    assert assert_the_same(noughts) == {name: tuple(r.service for r in services) for name, services in together.items()}


@pytest.mark.parametrize("seed", range(3))
def test_drawn_plans(seed: int) -> None:
    assert assert_the_same(multiplied(drawn("plan-pressed-4x8"), 2, seed))


def test_what_is_read_back_is_the_same() -> None:
    data = multiplied(drawn("plan-pressed-4x8"), 2, 1)
    found = []
    for model in (build_together(data), build(data)):
        matrix = compile_model(model, model.facts.members)
        x = np.random.default_rng(1).uniform(0, 9, len(matrix.lower))
        found.append({name: {index: v for index, v in own.items() if v} for name, own in amounts(model, matrix, x).items()})
    assert found[0] == found[1]
    assert {s for s, _, _ in found[0]["in_post"]} == {r.service for r in data.services}


@pytest.mark.parametrize("quarters", [1, 2])
@pytest.mark.parametrize("spread", [0.3, 0.0])
def test_sums_of_numbers_alone(quarters: int, spread: float) -> None:
    """Constants of a sum over all services: what is stepped up of courses carried over, posts established. Equal ones count for each."""
    data = multiplied(drawn("plan-pressed-4x8"), 2, 1, spread)
    total = Limit(
        limit="posts", decision="posts", scope="total", sense="at most", value=1.2, basis="share of established", to_quarter=data.quarters[0]
    )
    short = data.model_copy(update={"settings": data.settings.model_copy(update={"quarters": quarters}), "limits": (total,)})
    assert len(assert_the_same(short)) > 1


@pytest.mark.parametrize("name", ["one_service", "textbook_manpower"])
def test_one_service_stands_by_itself(name: str) -> None:
    data = load(name)
    assert put_together(data) == (data, {})
    assert assert_the_same(data) == {}


def test_who_is_called_by_name_stands_alone() -> None:
    data = multiplied(drawn("plan-usual-1x4"), 3, 1)
    own = data.services[1].service
    row = data.budget[0].model_copy(update={"service": own, "stream": "its own"})
    together = assert_the_same(data.model_copy(update={"budget": (*data.budget, row)}))
    assert own not in {s for names in together.values() for s in names}
    assert own in {s for names in assert_the_same(data).values() for s in names}


def test_a_limit_or_a_provider_may_have_the_name_of_a_service() -> None:
    """One that stands alone, and before the services in an index."""
    data = multiplied(drawn("plan-usual-1x4"), 3, 1)
    alone = data.services[0].service
    each = Limit(limit=alone, decision="posts", scope="each", sense="at most", value=3.0)
    named = Limit(limit="its own", decision="posts", service=alone, scope="each", sense="at most", value=3.0)
    digital = tuple(r.model_copy(update={"provider": alone}) for r in data.digital)
    assert digital
    called = data.model_copy(update={"limits": (each, named), "digital": digital})
    assert alone not in {s for names in assert_the_same(called).values() for s in names}
    model = build_together(called)
    matrix = compile_model(model, model.facts.members)
    short = amounts(model, matrix, np.ones(len(matrix.lower)))["short"]
    assert {s for rule, s, *_ in short if rule == alone} == {r.service for r in data.services}


def test_a_row_that_means_nothing_keeps_nobody_apart() -> None:
    """Staff, trainees, supervisors, a labour market and a digital offer that others have: all are of one kind still."""
    data = multiplied(drawn("plan-usual-1x4"), 5, 1)
    lacking = data.model_copy(
        update={
            table: tuple(r for n, r in enumerate(getattr(data, table)) if not r.service.endswith(f" {at}") or n % 2)
            for at, table in enumerate(NOTHING)
        }
    )
    assert all(len(getattr(lacking, table)) < len(getattr(data, table)) for table in NOTHING)
    assert assert_the_same(lacking).keys() == assert_the_same(data).keys()


@pytest.mark.parametrize("scope", ["each", "total"])
@pytest.mark.parametrize("sense", ["at least", "at most"])
def test_a_limit_on_each_digital_offer_is_on_those_there_are(scope: Any, sense: Any) -> None:
    data = multiplied(drawn("plan-usual-1x4"), 4, 1)
    limit = Limit(limit="bought", decision="digital", scope=scope, sense=sense, value=1.0)
    last = data.services[-1].service
    lacking = data.model_copy(update={"digital": tuple(r for r in data.digital if r.service != last), "limits": (limit,)})
    together = assert_the_same(lacking)
    assert (last in {s for names in together.values() for s in names}) == (scope == "total")


def test_who_stands_alone_is_given_no_row_that_means_nothing() -> None:
    data = multiplied(drawn("plan-usual-1x4"), 4, 1)
    alone = data.services[-1].service
    care = tuple(r for r in data.care if (r.service, r.step) != (alone, "low"))
    lacking = {table: tuple(r for r in getattr(data, table) if r.service != alone) for table in NOTHING}
    together = assert_the_same(data.model_copy(update={"care": care, **lacking}))
    assert alone not in {s for names in together.values() for s in names}
    assert together


def test_rows_that_differ_in_more_than_numbers_keep_apart() -> None:
    data = multiplied(drawn("plan-usual-1x4"), 4, 1)
    late = data.services[-1].service
    rows = tuple(r.model_copy(update={"lead": r.lead + 1}) if r.service == late else r for r in data.recruitment)
    together = assert_the_same(data.model_copy(update={"recruitment": rows}))
    assert late not in {s for names in together.values() for s in names}


def test_a_plan_is_the_same_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    data = multiplied(drawn("plan-usual-1x4"), 3, 1)
    limits = Limits(seconds=60, gap=1e-4, workers=1)
    together, outcome = search.solve(data, "", limits)
    monkeypatch.setattr(search, "build_together", build)
    apart, outcome_apart = search.solve(data, "", limits)
    assert together is not None
    assert apart is not None
    assert [level.value for level in outcome.levels] == pytest.approx([level.value for level in outcome_apart.levels], rel=3e-4, abs=1e-4)
    assert check(data, together).findings == check(data, apart).findings == ()


# --- numbers side by side ---------------------------------------------------------------------------------------------


def test_arithmetic_is_that_of_each() -> None:
    a, b = Each([1.0, 2.0, 4.0]), Each([2.0, 0.5, 1.0])
    for found, wanted in (
        (a + b, [3, 2.5, 5]), (a - b, [-1, 1.5, 3]), (a * b, [2, 1, 4]), (a / b, [0.5, 4, 4]), (-a, [-1, -2, -4]), (a**2, [1, 4, 16]),
        (1 + a, [2, 3, 5]), (a + 1, [2, 3, 5]), (1 - a, [0, -1, -3]), (a - 1, [0, 1, 3]), (2 * a, [2, 4, 8]), (4 / a, [4, 2, 1]),
        (a / 2, [0.5, 1, 2]),
    ):  # fmt: skip
        assert found.values.tolist() == wanted
    total: Any = sum([a, b])
    assert total.values.tolist() == [3, 2.5, 5]


def test_a_question_has_one_answer_or_none() -> None:
    a = Each([1.0, 2.0])
    assert a > 0
    assert not a > 2
    assert a <= 2
    assert a != 3
    assert a == Each([1.0, 2.0])
    for compare, number in ((gt, 1), (eq, 1), (ne, 1), (lt, 2), (le, 1), (ge, 2), (max, 1.5)):
        with pytest.raises(Unlike):
            compare(a, number)
    assert Each([0.0, 1.0])
    assert not Each([0.0, 0.0])
    with pytest.raises(Unlike):
        mul(a, Each([1.0, 2.0, 3.0]))


def test_numbers_of_different_things_are_added_up() -> None:
    a, b = Each([1.0, 2.0]), Each([1.0, 2.0, 3.0])
    added: Any = sum([a, b, a])
    assert (added.total(), (a - b).total(), (b - a).total()) == (12, -3, 3)


def test_the_larger_of_two_is_taken_for_each() -> None:
    assert more_than(Each([1.0, 3.0]), 2.0).values.tolist() == [0, 1]
    assert (more_than(3.0, 2.0), more_than(1.0, 2.0)) == (1.0, 0.0)


def test_texts_side_by_side() -> None:
    found = Each(["north", "south", "north"])
    assert is_there(found, "north").values.tolist() == [1, 0, 1]
    assert among(found) == ["north", "south"]
    assert (is_there("north", "north"), is_there("north", "south"), among("north")) == (1.0, 0.0, ["north"])


# --- written out ------------------------------------------------------------------------------------------------------


def two_kinds() -> ConcreteModel:
    """Two names, for two and three things, beside one thing by itself."""
    m = ConcreteModel()
    m.x = Var(["a", "b", "c"], [1, 2], domain=NonNegativeReals)
    m.y = Var(domain=NonNegativeReals)
    m.x["a", 1].setub(Each([5.0, 0.0]))
    share = {"a": Each([0.5, 0.25]), "b": 2.0, "c": Each([1.0, 0.0, 3.0])}

    m.own = Constraint(["a", "b", "c"], rule=lambda m, s: share[s] * m.x[s, 1] + m.x[s, 2] <= m.y + share[s])
    m.all_of_them = Constraint(rule=lambda m: sum(m.x[s, 2] - share[s] for s in ("a", "b", "c")) >= m.y)
    return m


ALIKE = {"a": ("a2", "a1"), "b": ("b",), "c": ("c1", "c2", "c3")}


def test_rows_and_columns_are_those_of_each_and_a_row_of_its_own_adds_up() -> None:
    m = two_kinds()
    matrix = compile_model(m, ALIKE)
    assert matrix.columns(m.x["a", 1]).tolist()[1] == -1, "what can only be 0 is left out"
    dense = np.zeros((len(matrix.row_lower), len(matrix.lower)))
    for column in range(len(matrix.lower)):
        at = slice(matrix.start[column], matrix.start[column + 1])
        dense[matrix.index[at], column] = matrix.value[at]
    y = matrix.column(m.y)
    of = {(s, t): matrix.columns(m.x[s, t]).tolist() for s, t in m.x}
    wanted = np.zeros((7, len(matrix.lower)))
    # own, in the order of the names: a1, a2, b, c1, c2, c3; then all of them
    wanted[:6, y] = -1
    wanted[1, of["a", 1][0]] = 0.5
    wanted[0, of["a", 2][1]] = wanted[1, of["a", 2][0]] = wanted[2, of["b", 2][0]] = 1
    wanted[2, of["b", 1][0]] = 2
    wanted[3, of["c", 1][0]], wanted[5, of["c", 1][2]] = 1, 3
    wanted[[3, 4, 5], of["c", 2]] = 1
    wanted[6, [*of["a", 2], *of["b", 2], *of["c", 2]]] = -1
    wanted[6, y] = 1
    assert dense.tolist() == wanted.tolist()
    assert matrix.row_upper.tolist() == [0.25, 0.5, 2, 1, 0, 3, -(0.75 + 2 + 4)]
    assert of["c", 1][1] == -1, "it stands in no row"


def test_a_row_must_not_hold_what_others_decide() -> None:
    m = two_kinds()
    m.mixed = Constraint(["a"], rule=lambda m, s: m.x[s, 1] <= m.x["c", 1])
    with pytest.raises(ValueError, match=r"x\[c,1\] stands in mixed\[a\], which is of others"):
        compile_model(m, ALIKE)


@pytest.mark.parametrize("body", [lambda m: m.x["b", 1] * m.x["b", 2] <= 1, lambda m: m.y**2 <= 1, lambda m: 1 / (1 + m.y) <= 1])
def test_what_is_not_linear_is_refused(body: Any) -> None:
    m = two_kinds()
    m.bent = Constraint(rule=body)
    with pytest.raises(ValueError, match=r"bent.* is not linear"):
        compile_model(m, ALIKE)
