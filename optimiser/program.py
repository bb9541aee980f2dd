"""A whole-number program as arrays: columns from 0 up to a most, rows between two limits.

Written once, it is relaxed by one solver (:mod:`optimiser.lp`) and solved by another (:mod:`optimiser.cpsat`).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scipy.sparse import csr_matrix

FREE = np.iinfo(np.int64).max // 4
"""Limit of a row that has none; with a minus, from below."""


@dataclass
class Program:
    """Columns and rows, added one block after the other; every coefficient, limit and most is whole."""

    most: list[int] = field(default_factory=list)
    """Most of each column; 1 is yes or no."""
    lower: list[int] = field(default_factory=list)
    upper: list[int] = field(default_factory=list)
    _columns: array[int] = field(default_factory=lambda: array("q"), repr=False)
    _weights: array[int] = field(default_factory=lambda: array("q"), repr=False)
    _starts: list[int] = field(default_factory=lambda: [0], repr=False)
    """Where each row begins among the two above, and where the last one ends."""

    def column(self, most: int = 1) -> int:
        """Add a column and give its number."""
        self.most.append(most)
        return len(self.most) - 1

    def columns(self, count: int) -> range:
        """Add so many columns of yes or no and give their numbers."""
        first = len(self.most)
        self.most += [1] * count
        return range(first, first + count)

    def row(self, lower: int, upper: int, columns: Sequence[int], weights: Sequence[int] | int = 1) -> None:
        """Add a row: lower <= sum of weights times columns <= upper. No column may stand in it twice."""
        self._columns.extend(columns)
        self._weights.extend([weights] * len(columns) if isinstance(weights, int) else weights)
        self._starts.append(len(self._columns))
        self.lower.append(lower)
        self.upper.append(upper)

    def at_most(self, upper: int, columns: Sequence[int], weights: Sequence[int] | int = 1) -> None:
        """Add a row without a lower limit."""
        self.row(-FREE, upper, columns, weights)

    def at_least(self, lower: int, columns: Sequence[int], weights: Sequence[int] | int = 1) -> None:
        """Add a row without an upper limit."""
        self.row(lower, FREE, columns, weights)

    def implies_one_of(self, column: int, others: Iterable[int]) -> None:
        """Where a column is 1, one of the others is at least 1."""
        others = list(others)
        self.at_most(0, [column, *others], [1] + [-1] * len(others))

    def implied_by_any(self, columns: Sequence[int], whole: int) -> None:
        """Where one of these columns is 1, of which at most one is, so is another."""
        self.at_most(0, [*columns, whole], [1] * len(columns) + [-1])

    def total(self, columns: Sequence[int], whole: int) -> None:
        """Make one column the sum of others, at most one of which is 1."""
        self.row(0, 0, [whole, *columns], [-1] + [1] * len(columns))

    @property
    def size(self) -> dict[str, int]:
        """Rows, columns and non-zeros."""
        return {"rows": len(self.lower), "columns": len(self.most), "non_zeros": len(self._columns)}

    def matrix(self) -> csr_matrix:
        """Rows as a sparse matrix, shape (rows, columns)."""
        from scipy.sparse import csr_matrix  # loaded where a program is solved: much is asked of a rota for which none is

        start, columns = np.array(self._starts, dtype=np.int32), np.array(self._columns, dtype=np.int32)
        weights = np.array(self._weights, dtype=np.float64)
        return csr_matrix((weights, columns, start), shape=(len(self.lower), len(self.most)))
