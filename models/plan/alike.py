"""Services that are alike, put into the model as one: with the same rows in every table, and numbers of their own.

A plan of a country has a hundred services and more, and every rule is the same for all of them. Those with the same rows stand in the model under one
name, and where a number stands there are the numbers of each (:class:`optimiser.each.Each`). The rules do not notice; only one that looks across
services, at a region say, asks of each (:func:`optimiser.each.is_there`). :func:`optimiser.compile.compile_model` writes all of them out.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast, get_args, get_type_hints

from pyomo.common.numeric_types import RegisterNumericType

from optimiser.each import Each
from optimiser.plan.data import PlanInput, Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optimiser.plan.data import Row

RECORDS: dict[str, type[Row]] = {
    name: of[0] for name, info in PlanInput.model_fields.items() if (of := get_args(info.annotation)) and "service" in of[0].model_fields
}
"""Tables whose rows are of services, and what a row is."""

BY_NAME = ("budget", "service_money", "outcome_payments", "limits")
"""Those in whose rows a service is called by its name, or none is: who is called is not put together with others."""

ITS_OWN = {"service", "name", "area", "zone", "employer", "region", "market"}
"""Texts in which services that are alike may differ."""

MAXIMUM = {("rooms", "maximum"), ("digital", "maximum")}
"""Whole numbers in which they may: each is the bound of a decision."""

THERE_OR_NOT = {
    "care": ["session_minutes"],
    "digital": ["maximum"],
    "languages": ["share"],
    "outreach": ["clinical_hours", "worker_hours"],
    "outreach_returns": ["hours"],
    "over_establishment": ["maximum"],
    "reduced_hours": ["maximum"],
    "representation": ["maximum"],
    "rooms": ["maximum"],
}
"""Numbers that are 0 for all of those that are alike or for none: with 0 there is nothing to decide, or to divide by. What one
lacks (:data:`NOTHING`) is put in with 0 all the same."""

NOTHING: dict[str, dict[str, Any]] = {
    "staff": {"in_post": 0.0, "first_year": 0.0, "long_serving": 0.0, "established": 0.0},
    "trainees": {"people": 0.0},
    "supervisors": {"trained": 0.0},
    "recruitment": {"maximum": 0.0, "cost_pounds": 0.0, "lost_on_arrival": 0.0, "applicants_per_hire": 1.0, "market": ""},
    "digital": {"maximum": 0, "maximum_share": 0.0},
}
"""Tables in which no row means the same as one with these values: that others have one keeps no service apart, as long as
theirs differ in numbers only, and no limit holds for each digital offer."""

NUMBERS = {
    table: [name for name, kind in get_type_hints(record).items() if kind in (float, float | None) or (table, name) in MAXIMUM]
    for table, record in RECORDS.items()
}
"""Columns in which services that are alike have numbers of their own; some may be blank."""

THE_SAME = {table: [name for name in record.model_fields if name not in (*ITS_OWN, *NUMBERS[table])] for table, record in RECORDS.items()}
"""Columns in which they are the same."""

BLANK = {table: [name for name in NUMBERS[table] if get_type_hints(record)[name] == float | None] for table, record in RECORDS.items()}
"""Numbers that all of those that are alike have, or none."""

RegisterNumericType(Each)


Shape = tuple[Any, ...]


def put_together(data: PlanInput) -> tuple[PlanInput, dict[str, tuple[Service, ...]]]:
    """The input with services that are alike under one name, and those that each such name stands for. Nothing changes where no two are alike."""
    called = {row.service for table in BY_NAME for row in getattr(data, table)}
    services = {r.service: r for r in data.services if r.service not in called}
    rows = {table: [(row, _shape(table, row)) for row in getattr(data, table)] for table in RECORDS}
    missing = {table: _missing(table, rows[table], services) for table in NOTHING}
    if any(r.decision == "digital" and r.scope == "each" for r in data.limits):
        missing["digital"] = []  # such a limit holds where there is an offer, and there alone
    shapes: dict[str, set[Shape]] = {s: set() for s in services}
    for of_table in (*rows.values(), *missing.values()):
        for row, shape in of_table:
            if row.service in services:
                shapes[row.service].add(shape)
    found: dict[frozenset[Shape], list[str]] = defaultdict(list)
    for s, own in shapes.items():
        found[frozenset(own)].append(s)
    # No name in a table begins with a space.
    alike = {f" {names[0]} and {len(names) - 1} more": names for names in found.values() if len(names) > 1}
    if not alike:
        return data, {}
    in_company = {s for names in alike.values() for s in names}
    for table, of_table in missing.items():
        rows[table] += [(row, shape) for row, shape in of_table if row.service in in_company]
    together = {table: tuple(_one_for_all(table, of_table, alike)) for table, of_table in rows.items()}
    return data.model_copy(update=together), {name: tuple(services[s] for s in names) for name, names in alike.items()}


def _shape(table: str, row: Row) -> Shape:
    """What must be the same of two rows for their services to be alike: texts and counts, which numbers there are, and which of some are 0."""
    found = vars(row)
    blank, nought = [found[name] is None for name in BLANK[table]], [found[name] == 0 for name in THERE_OR_NOT.get(table, ())]
    return table, *[found[name] for name in THE_SAME[table]], *blank, *nought


def _missing(table: str, rows: Sequence[tuple[Any, Shape]], services: Mapping[str, Service]) -> list[tuple[Any, Shape]]:
    """Rows that mean nothing, for services that lack one others have; not where those of the others differ in more than numbers."""
    columns = {name: cast("dict[str, Any]", info.json_schema_extra) for name, info in RECORDS[table].model_fields.items()}
    named = [name for name, column in columns.items() if column["key"] and name != "service"]
    models: dict[Shape, dict[Shape, Any]] = defaultdict(dict)
    there = set()
    for row, shape in rows:
        key = tuple(getattr(row, name) for name in named)
        models[key][shape] = row
        there.add((row.service, key))
    return [
        (row.model_copy(update={**NOTHING[table], "service": s}), shape)
        for key, of_key in models.items()
        for shape, row in of_key.items()
        if len(of_key) == 1
        for s in services
        if (s, key) not in there
    ]


def _one_for_all(table: str, rows: Sequence[tuple[Any, Shape]], alike: Mapping[str, Sequence[str]]) -> Iterator[Row]:
    """The rows of a table, one for all services that are alike. Equal numbers are of each too: a sum over services counts all of them."""
    place = {s: (name, n) for name, names in alike.items() for n, s in enumerate(names)}
    found: dict[object, dict[int, Any]] = defaultdict(dict)
    for number, (row, shape) in enumerate(rows):
        name, n = place.get(row.service, ("", 0))
        found[(name, shape) if name else number][n] = row
    for of_each in found.values():
        first = of_each[min(of_each)]
        if first.service not in place:
            yield first
            continue
        in_order = [vars(of_each[n]) for n in sorted(of_each)]
        own = [name for name in (*ITS_OWN, *NUMBERS[table]) if name in in_order[0] and in_order[0][name] is not None]
        of_all = {name: Each([row[name] for row in in_order]) for name in own}
        yield first.model_copy(update={**of_all, "service": place[first.service][0]})
