"""Numbers of several things that are alike, side by side: where one number stands in a sum of the model, those of all of them can."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray


class Unlike(Exception):
    """A question that has one answer was asked of several things, and their answers differ."""


class Each:
    """One number (or one text) for each of several things. Arithmetic works on all of them at once, with plain numbers and with their like.

    Numbers of different things can only be added up, and then only their :meth:`total` means anything. A comparison holds or does not for all of
    them; where they differ it raises :class:`Unlike`. It is true unless all are 0: what is 0 for some of them only is there, and makes no difference
    to those.
    """

    __slots__ = ("values",)
    __array_ufunc__ = None

    def __init__(self, values: Iterable[Any]) -> None:
        self.values: NDArray[Any] = np.asarray(values if isinstance(values, np.ndarray) else list(values))

    def __repr__(self) -> str:
        return f"Each({self.values.tolist()})"

    def __len__(self) -> int:
        return len(self.values)

    def total(self) -> float:
        """All of them together."""
        return float(self.values.sum())

    def __bool__(self) -> bool:
        return bool(self.values.any())

    __hash__ = object.__hash__

    def _with(self, work: Callable[[Any, Any], Any], other: object, *, swapped: bool = False) -> Any:
        if isinstance(other, Each):
            if len(other) != len(self):
                raise Unlike(f"{self} and {other} are of different things.")
            theirs: Any = other.values
        elif isinstance(other, (int, float, np.number)):
            theirs = other
        else:
            return NotImplemented
        return Each(work(theirs, self.values) if swapped else work(self.values, theirs))

    def _all(self, compare: Callable[[Any, Any], Any], other: object) -> Any:
        answers = compare(self.values, other.values if isinstance(other, Each) else other)
        if answers.all():
            return True
        if answers.any():
            raise Unlike(f"{self} {compare.__name__} {other}")
        return False

    def __add__(self, other: object) -> Any:
        if isinstance(other, Each) and len(other) != len(self):
            return Each(np.concatenate([self.values, other.values]))
        return self._with(operator.add, other)

    def __radd__(self, other: object) -> Any:
        return self._with(operator.add, other)

    def __sub__(self, other: object) -> Any:
        return self + -other if isinstance(other, Each) else self._with(operator.sub, other)

    def __rsub__(self, other: object) -> Any:
        return self._with(operator.sub, other, swapped=True)

    def __mul__(self, other: object) -> Any:
        return self._with(operator.mul, other)

    def __rmul__(self, other: object) -> Any:
        return self._with(operator.mul, other)

    def __truediv__(self, other: object) -> Any:
        return self._with(operator.truediv, other)

    def __rtruediv__(self, other: object) -> Any:
        return self._with(operator.truediv, other, swapped=True)

    def __pow__(self, other: object) -> Any:
        return self._with(operator.pow, other)

    def __neg__(self) -> Each:
        return Each(-self.values)

    def __eq__(self, other: object) -> Any:
        return self._all(operator.eq, other)

    def __ne__(self, other: object) -> Any:
        return self._all(operator.ne, other)

    def __lt__(self, other: object) -> Any:
        return self._all(operator.lt, other)

    def __le__(self, other: object) -> Any:
        return self._all(operator.le, other)

    def __gt__(self, other: object) -> Any:
        return self._all(operator.gt, other)

    def __ge__(self, other: object) -> Any:
        return self._all(operator.ge, other)


def is_there(found: object, wanted: object) -> Any:
    """1 where what was found is what was wanted, else 0; for each, where there are several."""
    return Each((found.values == wanted).astype(np.float64)) if isinstance(found, Each) else float(found == wanted)


def more_than(number: Any, other: Any) -> Any:
    """By how much a number is more than another, 0 where it is less; of each, where there are several."""
    apart = number - other
    return Each(np.maximum(apart.values, 0.0)) if isinstance(apart, Each) else max(0.0, apart)


def among(found: object) -> list[Any]:
    """What is found, without repeats: one thing, or where there are several, those of all of them."""
    return list(dict.fromkeys(found.values.tolist())) if isinstance(found, Each) else [found]
