"""A whole-number program as arrays: columns from 0 up to a most, rows between two limits.

Written once, it is relaxed by one solver (:mod:`optimiser.lp`) and solved by another (:mod:`optimiser.cpsat`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
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
    _columns: list[NDArray[np.int64]] = field(default_factory=list, repr=False)
    _weights: list[NDArray[np.int64]] = field(default_factory=list, repr=False)
    _lengths: list[int] = field(default_factory=list, repr=False)

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
        at = np.asarray(columns, dtype=np.int64)
        self._columns.append(at)
        self._weights.append(np.full(len(at), weights, dtype=np.int64) if isinstance(weights, int) else np.asarray(weights, dtype=np.int64))
        self._lengths.append(len(at))
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
        return {"rows": len(self.lower), "columns": len(self.most), "non_zeros": int(sum(self._lengths))}

    def matrix(self) -> csr_matrix:
        """Rows as a sparse matrix, shape (rows, columns)."""
        from scipy.sparse import csr_matrix  # loaded where a program is solved: much is asked of a rota for which none is

        start = np.concatenate([[0], np.cumsum(self._lengths)]).astype(np.int32)
        columns = np.concatenate([*self._columns, np.zeros(0, np.int64)])
        weights = np.concatenate([*self._weights, np.zeros(0, np.int64)]).astype(np.float64)
        return csr_matrix((weights, columns.astype(np.int32), start), shape=(len(self.lower), len(self.most)))
