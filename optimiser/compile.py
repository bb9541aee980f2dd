"""A Pyomo model as one sparse matrix, ready for a solver that takes arrays: many times faster than handing it over row by row (docs/benchmarks.md).

Services that are alike are in the model once, under one name (:mod:`models.plan.alike`). Here they become as many as there are: see
:func:`compile_model`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pyomo.common.numeric_types import native_numeric_types
from pyomo.core.base.var import VarData
from pyomo.core.expr.numeric_expr import (
    DivisionExpression,
    LinearExpression,
    MonomialTermExpression,
    NegationExpression,
    ProductExpression,
    SumExpression,
)
from pyomo.core.expr.relational_expr import EqualityExpression, InequalityExpression, RangedExpression
from pyomo.environ import Constraint
from scipy import sparse

from optimiser.each import Each
from optimiser.highs import Matrix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from pyomo.environ import ConcreteModel

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CANCELLED = 1e-12
"""What entries of one variable may leave when they cancel."""

HOLDS = 1e-9
"""By how much a row without variables may be wrong."""


def compile_model(model: ConcreteModel, things: Mapping[str, Sequence[str]] | None = None) -> Matrix:
    """Pyomo model (linear, no objective needed) as a matrix.

    ``things`` holds names that stand in an index for one thing or several, and the names of these. A variable or row with such a name in its index is
    there once for each thing, with the numbers of its own (:class:`Each`), but for variables that can only be 0 and rows that say nothing. A row
    without one is there once, and adds up over all of them.

    Rows stand by component and thing, and as the component has them; columns likewise, by the component that a row names first.

    Raises ValueError where a row is not linear, or holds a variable of other things.
    """
    gathered = _Gathered(things or {})
    for component in model.component_objects(Constraint, active=True):
        name = component.local_name
        for index, row in component.items():
            gathered.add_row(name, index, row.expr)
    return gathered.matrix()


class _Lines:
    """Rows or columns before they are written out: component, index, and the things that each stands for."""

    def __init__(self, numbers: Mapping[str, Ints]) -> None:
        self.numbers = numbers
        self.component: list[str] = []
        self.index: list[Any] = []
        self.things: list[Ints] = []

    def add(self, component: str, index: Any) -> int:
        """Take one more; its number."""
        self.component.append(component)
        self.index.append(index)
        things = NO_THING
        for part in index if isinstance(index, tuple) else (index,):
            if part in self.numbers and len(things) == 1:  # a name of one may stand before it by chance: that of a limit, say
                things = self.numbers[part]
        self.things.append(things)
        return len(self.index) - 1

    def widths(self) -> Ints:
        """How many things each stands for."""
        return np.array([len(things) for things in self.things], dtype=np.int64)

    def order(self) -> Ints:
        """Order of all that is written out: by component and thing, and as they came."""
        rank = {name: n for n, name in enumerate(dict.fromkeys(self.component))}
        component = np.repeat(np.array([rank[name] for name in self.component], dtype=np.int64), self.widths())
        thing = np.concatenate([NO_THING[:0], *self.things])
        key = component * (thing.max(initial=0) + 2) + thing + 1
        return np.argsort(key.astype(np.min_scalar_type(key.max(initial=0))), kind="stable")  # those of 16 bits take half the time or less


class _Gathered:
    """A model's rows, variables and entries, as they are met."""

    def __init__(self, things: Mapping[str, Sequence[str]]) -> None:
        number = {thing: n for n, thing in enumerate(sorted(thing for of_name in things.values() for thing in of_name))}
        numbers = {name: np.array([number[thing] for thing in of_name], dtype=np.int64) for name, of_name in things.items()}
        self.rows, self.columns = _Lines(numbers), _Lines(numbers)
        self.lower: list[Any] = []
        self.upper: list[Any] = []
        self.variables: list[Any] = []
        self.number: dict[int, int] = {}
        self.entry_row: list[int] = []
        self.entry_column: list[int] = []
        self.entry_value: list[Any] = []

    def add_row(self, component: str, index: object, expression: Any) -> None:
        """Take a row: an equation, one side at most another, or a sum between two bounds."""
        self.row = self.rows.add(component, index)
        kind, sides = expression.__class__, expression.args
        if kind is EqualityExpression:
            constant = self.gather(sides[0], ONE) + self.gather(sides[1], -1.0)
            low, high = -constant, -constant
        elif kind is RangedExpression:
            constant = self.gather(sides[1], ONE)
            low, high = self.alone(sides[0]) - constant, self.alone(sides[2]) - constant
        elif kind is InequalityExpression and sides[0].__class__ in native_numeric_types:
            low, high = self.alone(sides[0]) - self.gather(sides[1], ONE), np.inf
        elif kind is InequalityExpression:
            low, high = -np.inf, -(self.gather(sides[0], ONE) + self.gather(sides[1], -1.0))
        else:
            raise ValueError(f"{component}[{index}] is neither an equation nor a bound on a sum.")
        self.lower.append(low)
        self.upper.append(high)

    def gather(self, expression: Any, factor: Any) -> Any:
        """Take the entries of an expression, times a factor; returns what it adds that is constant."""
        kind = expression.__class__
        if kind is MonomialTermExpression:
            coefficient, variable = expression.args
            return self.add(variable, coefficient if factor is ONE else factor * coefficient)
        if kind in native_numeric_types:
            return self.alone(factor * expression)
        if kind is LinearExpression or kind is SumExpression:
            constant = 0.0
            for term in expression.args:
                constant = constant + self.gather(term, factor)
            return constant
        if isinstance(expression, VarData):
            return self.add(expression, factor)
        if kind is NegationExpression:
            return self.gather(expression.args[0], -factor)
        if kind is DivisionExpression and expression.args[1].__class__ in native_numeric_types:
            return self.gather(expression.args[0], factor / expression.args[1])
        if kind is ProductExpression and expression.args[0].__class__ in native_numeric_types:
            return self.gather(expression.args[1], factor * expression.args[0])
        raise ValueError(f"{self.rows.component[-1]}[{self.rows.index[-1]}] is not linear: {expression}.")

    def alone(self, constant: Any) -> Any:
        """What a constant is in the row that came last: one that is there once adds up over all things."""
        return constant.total() if constant.__class__ is Each and len(self.rows.things[-1]) == 1 else constant

    def add(self, variable: Any, coefficient: Any) -> Any:
        """Take an entry of the row that came last; returns what a fixed variable adds."""
        if variable.fixed:
            return self.alone(coefficient * variable.value)
        number = self.number.get(id(variable))
        if number is None:
            number = self.number[id(variable)] = self.columns.add(variable.parent_component().local_name, variable.index())
            self.variables.append(variable)
        self.entry_row.append(self.row)
        self.entry_column.append(number)
        self.entry_value.append(coefficient)
        return 0.0

    def matrix(self) -> Matrix:
        """All of it as arrays."""
        height, width = self.rows.widths(), self.columns.widths()
        first = np.cumsum(width) - width
        bounds = [v.bounds for v in self.variables]
        lower = _spread([-np.inf if low is None else low for low, _ in bounds], width)
        upper = _spread([np.inf if high is None else high for _, high in bounds], width)
        whole = np.repeat([not v.is_continuous() for v in self.variables], width)
        row, column, entry = self._entries(height, width)
        nought = np.repeat(width > 1, width) & (lower == 0) & (upper == 0)  # what only others of those that are alike can do
        kept = (entry != 0) & ~nought[column]
        row, column, entry = row[kept], column[kept], entry[kept]

        row_lower, row_upper = _spread(self.lower, height), _spread(self.upper, height)
        nothing_to_say = (np.bincount(row, minlength=len(row_lower)) == 0) & (row_lower <= HOLDS) & (row_upper >= -HOLDS)
        rows, columns = self.rows.order(), self.columns.order()
        rows, columns = rows[~nothing_to_say[rows]], columns[np.bincount(column, minlength=len(lower))[columns] > 0]
        at, place = _places(rows, len(row_lower)), _places(columns, len(lower))
        body = sparse.csc_matrix((entry, (at[row], place[column])), shape=(len(rows), len(columns)))
        body.data[np.abs(body.data) < CANCELLED] = 0.0
        body.eliminate_zeros()
        return Matrix(
            start=body.indptr.astype(np.int32),
            index=body.indices.astype(np.int32),
            value=body.data.astype(np.float64),
            row_lower=row_lower[rows],
            row_upper=row_upper[rows],
            lower=lower[columns],
            upper=upper[columns],
            whole=whole[columns],
            first={id(v): (a, b) for v, a, b in zip(self.variables, first.tolist(), width.tolist(), strict=True)},
            place=place,
        )

    def _entries(self, height: Ints, width: Ints) -> tuple[Ints, Ints, Floats]:
        """Row, column and value of every entry, written out."""
        row, column = np.array(self.entry_row, dtype=np.int64), np.array(self.entry_column, dtype=np.int64)
        tall, wide = height[row] > 1, width[column] > 1
        of_row, of_column = (np.array([id(things) for things in lines.things]) for lines in (self.rows, self.columns))
        for n in np.flatnonzero(tall & wide & (of_row[row] != of_column[column])).tolist():
            r, v = self.entry_row[n], self.entry_column[n]
            raise ValueError(f"{self.variables[v]} stands in {self.rows.component[r]}[{self.rows.index[r]}], which is of others.")
        several = [len(entry) if entry.__class__ is Each else 1 for entry in self.entry_value]
        many = np.maximum.reduce([height[row], width[column], np.array(several, dtype=np.int64)])
        first_row, first_column, before = (np.cumsum(lengths) - lengths for lengths in (height, width, many))
        turn = np.arange(many.sum())
        return (
            np.repeat(first_row[row] - before * tall, many) + turn * np.repeat(tall, many),
            np.repeat(first_column[column] - before * wide, many) + turn * np.repeat(wide, many),
            _spread(self.entry_value, many),
        )


NO_THING = np.array([-1])
"""Number of what is of no thing."""

ONE = 1.0
"""Factor of nearly every entry: told by its identity, it spares a multiplication of each."""


def _places(order: Ints, size: int) -> Ints:
    """Where each stands in an order; -1 where it does not."""
    places = np.full(size, -1, dtype=np.int64)
    places[order] = np.arange(len(order))
    return places


def _spread(numbers: Sequence[Any], many: Ints) -> Floats:
    """Each number as often as it is wanted; those of :class:`Each` one after the other."""
    several = np.array([number.__class__ is Each for number in numbers], dtype=bool)
    found = np.repeat(np.array([0.0 if number.__class__ is Each else number for number in numbers], dtype=np.float64), many)
    if several.any():
        found[np.repeat(several, many)] = np.concatenate([number.values for number in numbers if number.__class__ is Each])
    return found
