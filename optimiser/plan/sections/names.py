"""Names as printed, and how figures of the plan stand in a cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from optimiser.charts import Series
from optimiser.page import Table
from optimiser.words import NOTHING, capital, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optimiser.plan.data import PlanInput
    from optimiser.plan.figures import Figures
    from optimiser.plan.publish import Counts

STEP_WORDS = {"low": "low intensity", "high": "high intensity"}


@dataclass(frozen=True)
class Names:
    """Names as printed, and the way counts of people are written."""

    data: PlanInput
    counts: Counts

    @cached_property
    def services(self) -> dict[str, str]:
        """Services by their short name; blank is all of them."""
        return {"": "All services", **{r.service: r.name for r in self.data.services}}

    @cached_property
    def posts(self) -> dict[str, str]:
        """Posts with their band."""
        return {r.post: f"{r.name}, band {r.band}" for r in self.data.posts}

    @cached_property
    def programmes(self) -> dict[str, str]:
        """Training programmes."""
        return {r.programme: r.name for r in self.data.programmes}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Kinds of supervision."""
        return {r.kind: r.name for r in self.data.supervision_kinds}

    @cached_property
    def options(self) -> dict[str, str]:
        """Options; blank is the plan itself."""
        return {"": "The plan", **{r.option: r.name or r.option for r in self.data.options}}

    def any(self, item: str) -> str:
        """Name of a post, programme, kind or step, whatever it is; itself where it is none of them."""
        for names in (self.posts, self.programmes, self.kinds, STEP_WORDS):
            if item in names:
                return names[item]
        return item

    def people(self, value: float, places: int = 0, *, sign: bool = False) -> str:
        """Count of people or WTE as it may be shown."""
        return self.counts.people(value, places, sign=sign)

    def wte(self, value: float, *, sign: bool = False) -> str:
        """WTE to one decimal, as it may be shown."""
        return self.counts.people(value, 1, sign=sign)

    def pounds(self, value: float) -> str:
        """Whole pounds to the nearest thousand, without the sign: 1,234,000."""
        return number(round(self.counts.pounds(value), -3))

    def figure(self, series: str, values: Iterable[float]) -> Series:
        """Series of counts as a chart may draw them."""
        return Series(series, tuple(self.counts.drawn(v) for v in values))


def stream_name(stream: str) -> str:
    """Stream as printed."""
    return capital(stream.replace("_", " "))


def place_key(f: Figures, service: str) -> str:
    """Short key of a service for ids on the page: its place in Services, or all."""
    return "all" if not service else str([r.service for r in f.data.services].index(service))


def decimals(value: float, most: int = 1) -> int:
    """Decimals worth showing: none for whole and for large numbers."""
    if value == round(value) or abs(value) >= 1000:
        return 0
    return next(p for p in range(1, most + 1) if p == most or abs(value - round(value, p)) < 1e-9)


def plain(value: float) -> str:
    """Number with the decimals worth showing."""
    return number(value, decimals(value))


def or_nothing(words: str) -> str:
    """Figure as it is, or the sign for nothing where it rounds to none."""
    return words if words.strip("0.") else NOTHING


def figures_table(key: str, title: str, labels: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]], n: Names, places: int) -> Table:
    """Figures of a chart of counts of people: a row for each label, a column for each series."""
    return Table(
        f"{key}-figures",
        f"{title}: figures",
        ("Quarter", *(name for name, _ in rows)),
        tuple((label, *(n.people(values[i], places) for _, values in rows)) for i, label in enumerate(labels)),
        "h" + "r" * len(rows),
    )
