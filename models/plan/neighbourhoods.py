"""Which columns of the matrix belong to which service and quarter, and the parts of a plan that are decided again together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyomo.environ import Var

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pyomo.environ import ConcreteModel

    from optimiser.highs import Matrix

    Mask = NDArray[np.bool_]

SHARED = -1
"""Columns of no one service or quarter: carried money, terms and levels."""

SERVICE_AT = {"moves": 2, "eligible": 2, "conversions": 2, "blocks": 1, "short": 1, "carried": None, "term": None, "level": None}
"""Where the service stands in a variable's index; first unless named here."""

WINDOW = 8
"""Quarters decided again together."""


@dataclass(frozen=True)
class Places:
    """Service and quarter of every column (:data:`SHARED` where it has none); which are posts, and which are decided once for the whole plan."""

    service: NDArray[np.int64]
    quarter: NDArray[np.int64]
    posts: Mask
    for_good: Mask
    whole: Mask
    services: int
    quarters: int

    @classmethod
    def of(cls, model: ConcreteModel, matrix: Matrix) -> Places:
        """Places of a model's columns."""
        d = model.facts
        services = 0
        numbers: dict[object, NDArray[np.int64]] = {}
        for s in d.S:
            numbers[s] = services + np.arange(len(d.members[s]))
            services += len(numbers[s])
        first_quarter = {y: next(t for t in d.T if d.year[t] == y) for y in d.data.years}
        service, quarter = np.full(len(matrix.lower), SHARED), np.full(len(matrix.lower), SHARED)
        posts, for_good = np.zeros(len(matrix.lower), dtype=np.bool_), np.zeros(len(matrix.lower), dtype=np.bool_)
        for variables in model.component_objects(Var):
            at = SERVICE_AT.get(variables.local_name, 0)
            if at is None:
                continue
            for index, variable in variables.items():
                columns, when = matrix.columns(variable), index[-1]
                there = columns >= 0
                if not there.any():
                    continue
                columns = columns[there]
                service[columns] = np.broadcast_to(numbers.get(index[at], SHARED), there.shape)[there]
                quarter[columns] = first_quarter.get(when, SHARED) if isinstance(when, str) else when
                posts[columns] = variables is model.posts_units
                for_good[columns] = variables is model.measure or variables is model.claimed
        return cls(service, quarter, posts, for_good, matrix.whole, services, len(d.T))

    def outside(self, services: set[int]) -> Mask:
        """Columns of the other services."""
        return np.asarray((self.service != SHARED) & ~np.isin(self.service, list(services)))

    def neighbourhoods(self, draw: np.random.Generator) -> Iterator[Mask]:
        """Columns to decide again, without end: pairs of services in turn, a window of quarters of each pair.

        In a window only whole columns are held outside it: the stocks that run on from it must be free to follow. What is decided for the whole
        plan is decided again with windows that reach back before it, and with the last pair or the one there is: with it a window takes three times
        as long.
        """
        while True:
            order = draw.permutation(self.services)
            for first in range(0, self.services, 2):
                begin = int(draw.integers(1 - WINDOW // 2, max(2, self.quarters - WINDOW // 2)))
                window = (self.quarter >= max(1, begin)) & (self.quarter < begin + WINDOW)
                if begin < 1 or first + 2 >= self.services:
                    window = window | self.for_good
                yield ~self.outside({int(s) for s in order[first : first + 2]}) & (window | ~self.whole)
