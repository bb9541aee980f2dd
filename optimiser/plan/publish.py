"""Small numbers: how counts of people are shown, and tidy tables of every result, whole or fit to be published.

One simple rule makes a result fit to be published: every count of people (staff, posts, trainees, patients, courses) is rounded to the
nearest 5 and stands as "under 5" where it is less; totals are rounded on their own, so that nothing can be worked back from them. Money is
rounded to £10,000 and not told by service and item together. Tables in proportion to the staff of one post in one service are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from optimiser.plan.data import PlanAnswer, Spend
from optimiser.plan.figures import SPARE, tally
from optimiser.words import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import BaseModel

UNDER = "under 5"
ROUND_TO = 5
POUNDS_TO = 10_000

_PEOPLE = frozenset({"WTE", "people", "courses"})
_LEFT_OUT = frozenset({"treatment_hours", "mother_tongue", "supervision_hours", "retention"})
# Rows of these tables carry amounts in the unit of whatever their name says.
_SHORTFALLS_OF_MONEY = frozenset({"B1", "B2", "B3"})


@dataclass(frozen=True)
class Counts:
    """How counts of people are written: as they are, or rounded to the nearest 5 with "under 5" for less."""

    publishable: bool

    def people(self, value: float, places: int = 0, *, sign: bool = False) -> str:
        """Count of people or WTE in words: 1,234, 12.5, or, where small numbers are left out, 10 and under 5."""
        if not self.publishable:
            return number(value, places, sign=sign)
        if SPARE < abs(value) < ROUND_TO:
            return UNDER
        return number(_nearest(value, ROUND_TO), sign=sign)

    def drawn(self, value: float) -> float:
        """Count as a chart draws it: never below 0, rounded where small numbers are left out."""
        return float(max(0.0, value) if not self.publishable else max(0, _nearest(value, ROUND_TO)))

    def pounds(self, value: float) -> float:
        """Money, rounded where small numbers are left out."""
        return float(_nearest(value, POUNDS_TO)) if self.publishable else value


def _nearest(value: float, step: int) -> int:
    return step * round(value / step)


def tidy(answers: Sequence[PlanAnswer], *, publishable: bool) -> dict[str, list[dict[str, Any]]]:
    """Every result table by its field's name, the rows of all answers under one another, each with its option."""
    counts = Counts(publishable)
    tables: dict[str, list[dict[str, Any]]] = {}
    for name in PlanAnswer.model_fields:
        if name == "option" or (publishable and name in _LEFT_OUT):
            continue
        tables[name] = [
            {"option": answer.option, **row}
            for answer in answers
            for row in (_published(name, getattr(answer, name), counts) if publishable else map(_whole, getattr(answer, name)))
        ]
    return tables


def columns(table: str, *, publishable: bool) -> list[str]:
    """Columns of a tidy table, the option first."""
    row = _row_of(table)
    return ["option", *(name for name in row.model_fields if not (publishable and table == "spend" and name == "item"))]


def _row_of(table: str) -> type[BaseModel]:
    """Record class of a result table, from its annotation: a tuple of rows."""
    row: type[BaseModel] = get_args(PlanAnswer.model_fields[table].annotation)[0]
    return row


def _whole(row: BaseModel) -> dict[str, Any]:
    return row.model_dump(mode="json")


def _published(table: str, rows: Iterable[BaseModel], counts: Counts) -> Iterable[Mapping[str, Any]]:
    if table == "spend":
        return _spend_published(rows, counts)
    units = {name: _unit(column) for name, column in _row_of(table).model_fields.items()}
    return [{name: _cell(table, name, unit, row, counts) for name, unit in units.items()} for row in rows]


def _unit(column: Any) -> str:
    return str((column.json_schema_extra or {}).get("unit", ""))


def _cell(table: str, name: str, unit: str, row: BaseModel, counts: Counts) -> Any:
    value = getattr(row, name)
    if table == "shortfalls" and name == "short":
        money = getattr(row, "rule", "") in _SHORTFALLS_OF_MONEY
        return counts.pounds(value) if money else _plain(counts.people(value))
    if table == "terms" and name == "value":
        return counts.pounds(value) if getattr(row, "term", "") == "cost" else _plain(counts.people(value))
    if unit in _PEOPLE:
        return _plain(counts.people(value))
    return counts.pounds(value) if unit == "£" else value


def _plain(words: str) -> Any:
    """A published count as a number again, for tables that are read by programs; ``under 5`` stays."""
    return words if words == UNDER else int(words.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def _spend_published(rows: Iterable[BaseModel], counts: Counts) -> Iterable[Mapping[str, Any]]:
    sums = tally(((r.service, r.stream, r.year), r.pounds) for r in rows if isinstance(r, Spend))
    return [{"service": s, "stream": stream, "year": y, "pounds": counts.pounds(value)} for (s, stream, y), value in sums.items()]
