"""Reads an answer: its tables by key, quarters as numbers; rows that name nothing, stand twice or are no numbers are reported and left out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

from optimiser.plan.check.findings import NEAR
from optimiser.plan.data import PlanAnswer
from optimiser.result import Finding

if TYPE_CHECKING:
    from optimiser.plan.check.simulation import Key
    from optimiser.plan.data import PlanInput, Row

_FOLLOWING = ("staff", "queues", "access", "representation", "lost_trainees", "spend", "outcome_income", "terms")
"""Tables of the answer that follow from its decisions."""


def _key_fields(record: type[Row]) -> list[str]:
    return [name for name, info in record.model_fields.items() if cast("dict[str, Any]", info.json_schema_extra)["key"]]


def key_of(row: Row) -> Key:
    """Key of a row of the answer: its key columns in order."""
    return tuple(getattr(row, name) for name in _key_fields(type(row)))


def _names(data: PlanInput) -> dict[str, set[str]]:
    """Names that may stand in each key column of the answer."""
    posts = {p.post for p in data.posts}
    return {
        "service": {s.service for s in data.services},
        "post": posts,
        "from_post": posts,
        "to_post": posts,
        "programme": {g.programme for g in data.programmes},
        "kind": {k.kind for k in data.supervision_kinds},
        "quarter": set(data.quarters),
        "year": set(data.years),
    }


def accept(data: PlanInput, answer: PlanAnswer) -> tuple[dict[str, dict[Key, Any]], list[Finding]]:
    """Index every table of the answer by key, quarters as numbers; report and leave out rows that name nothing or are no numbers."""
    findings = []
    known = _names(data)
    pairs: dict[str, tuple[tuple[str, ...], set[Key], str]] = {
        "over_establishment": (("service", "post"), {(o.service, o.post) for o in data.over_establishment}, "Over establishment"),
        "reduced_hours": (("service", "post"), {(r.service, r.post) for r in data.reduced_hours}, "Reduced hours"),
        "outreach": (("service", "community"), {(o.service, o.community) for o in data.outreach}, "Outreach"),
        "digital": (("provider", "service", "step"), {(d.provider, d.service, d.step) for d in data.digital}, "Digital"),
        "starts": (("service", "step"), {(c.service, c.step) for c in data.care}, "Care"),
        "rooms": (("service", "site"), {(r.service, r.site) for r in data.rooms}, "Rooms"),
        "access": (("service", "community"), {(c.service, c.community) for c in data.communities}, "Communities"),
        "targeted_places": (("service", "post", "group"), {(r.service, r.post, r.group) for r in data.representation}, "Representation"),
        "representation": (("service", "post", "group"), {(r.service, r.post, r.group) for r in data.representation}, "Representation"),
        "queues": (("service", "step"), {(c.service, c.step) for c in data.care}, "Care"),
        "mother_tongue": (("service", "language"), {(r.service, r.language) for r in data.languages}, "Languages"),
        "group_starts": (("service", "step"), {(g.service, g.step) for g in data.group_courses}, "Group courses"),
        "integrated_starts": (("service", "step"), {(r.service, r.step) for r in data.integrated_care}, "Integrated care"),
        "retention": (("measure", "service"), {(r.measure, r.service) for r in data.retention_measures}, "Retention measures"),
    }
    times = {label: t for t, label in enumerate(data.quarters, 1)}
    if answer.option and answer.option not in {o.option for o in data.options}:
        findings.append(Finding("error", "ANSWER", "Option", f"The answer is for option {answer.option!r}, which is not in Options."))
    tables: dict[str, dict[Key, Any]] = {}
    for name, info in PlanAnswer.model_fields.items():
        if name == "option":
            continue
        table: dict[Key, Any] = {}
        for row in getattr(answer, name):
            columns = _key_fields(type(row))
            where = f"{info.alias} ({', '.join(str(v) for v in key_of(row) if v)})"
            fault = ""
            for column in columns if name != "shortfalls" else ():
                value = getattr(row, column)
                blank = name == "carry_over" and column == "service" and not value
                if column in known and not blank and value not in known[column]:
                    fault = f"There is no {column.replace('_', ' ')} {value!r} in the plan."
            if name in pairs and not fault:
                parts, rows, sheet = pairs[name]
                if tuple(getattr(row, part) for part in parts) not in rows:
                    fault = f"{sheet} has no row for it."
            numbers = {c: v for c, v in row if c not in columns}
            if not all(math.isfinite(v) for v in numbers.values()):
                fault = "A value is not a number."
            key = tuple(times[v] if c == "quarter" and v in times and name != "shortfalls" else v for c, v in zip(columns, key_of(row), strict=True))
            if key in table and not fault:
                fault = "There are two rows for it; the first is used."
            if fault:
                findings.append(Finding("error", "ANSWER", where, fault))
                continue
            # What follows from decisions is negative only where a rule is broken, which that rule says.
            worst = 0.0 if name in _FOLLOWING else min(numbers.values())
            if worst < -NEAR:
                findings.append(Finding("error", "ANSWER", where, f"{worst:,.4g} is negative.", amount=-worst))
            table[key] = row
        tables[name] = table
    return tables, findings
