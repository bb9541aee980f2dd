"""Cells to records: every problem found at once, each with its place and how to mend it."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from optimiser.result import Finding
from optimiser.tables.schema import Column, Table, normal, tables_of
from optimiser.tables.sources import ITEM, UNCALCULATED, VALUE, Grid, Source, Unreadable, bare, load, name_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

M = TypeVar("M", bound=BaseModel)

_ERROR_CELLS = {"#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#FIELD!", "#BLOCKED!"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_YES_NO = {"yes": True, "no": False, "true": True, "false": False, "y": True, "n": False, "1": True, "0": False}
_PERSONAL = re.compile(
    r"(date of |year of )?birth( date)?|d ?o ?b|age|ethnic.*|race|religion.*|faith|disab.*|sexual.*|sex|gender.*|nationality|marital.*|pregnan.*"
    r"|n ?i ?(n|no|num|number)|national insurance.*|(home |work |street )?address.*|post ?code"
    r"|((first|last|given|family|full|staff|employee|person s?|clinician|preferred|known as) ?)?names?|forenames?|surnames?|initials"
    r"|(work |home |personal )?e ?mail.*|((home|work|mobile) )?(tele)?phone.*|mobile.*|contact number|next of kin.*"
    r"|(sickness|sick|absence).*reason.*|reason for (absence|sickness|leaving).*|health.*|diagnos.*"
)
"""Headings of personal columns, as words in lower case."""


@dataclass(frozen=True)
class Loaded(Generic[M]):
    """What came of reading: ``data`` is None where any finding is an error. ``digest`` is that of the data, blank without.

    ``seconds`` went into it before it was asked for.
    """

    data: M | None
    findings: tuple[Finding, ...]
    digest: str
    source: str
    seconds: float = field(default=0.0, compare=False)


def digest(data: BaseModel) -> str:
    """SHA-256 of the data as canonical JSON, without what is as it is by default: the same whatever kind of file the data came from.

    So an instance keeps its digest when a table or a column with a default is added; it would keep it too if a default were changed, which is
    therefore never done.
    """
    text = json.dumps(data.model_dump(mode="json", exclude_defaults=True), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read(path: Path, model: type[M]) -> Loaded[M]:
    """Read an instance of ``model`` from a workbook, a folder of CSV files or a JSON file.

    Never raises for what is in the files, or for files that are not there: findings say what is wrong, errors before warnings.
    """
    tables = tables_of(model)
    try:
        source = load(path, tables)
    except Unreadable as problem:
        return Loaded(None, (problem.finding,), "", name_of(path))
    reader = _Reader(source, tables)
    data = reader.instance(model)
    findings = sorted(reader.findings, key=lambda finding: finding.severity != "error")
    return Loaded(data, tuple(findings), digest(data) if data is not None else "", source.name)


@dataclass(frozen=True)
class _Line:
    """A row of a table: values by column name, where each stands, and the row's own number."""

    number: int
    values: dict[str, object]
    at: Callable[[str], str]


class _Reader:
    """The findings so far and, by table, the lines understood; they are needed across tables for references."""

    def __init__(self, source: Source, tables: Sequence[Table]) -> None:
        self.source = source
        self.tables = tables
        self.findings = list(source.findings)
        self.lines: dict[str, list[_Line]] = {}
        self.partial: set[str] = set()

    def instance(self, model: type[M]) -> M | None:
        content: dict[str, list[BaseModel]] = {}
        for table in self.tables:
            content[table.name] = self._table(table)
        for table in self.tables:
            self._references(table)
        if any(finding.severity == "error" for finding in self.findings):
            return None
        given = {table.title: tuple(content[table.name]) if table.many else content[table.name][0] for table in self.tables if content[table.name]}
        try:
            return model.model_validate(given)
        except ValidationError as error:  # rules of the instance as a whole
            for problem in error.errors(include_url=False):
                said = str(problem.get("ctx", {}).get("error", problem["msg"]))
                self._error("IN-03", ".".join(map(str, problem["loc"])) or self.source.name, said)
            return None

    def _error(self, code: str, where: str, what: str, fix: str = "") -> None:
        self.findings.append(Finding("error", code, where, what, fix))

    def _warn(self, code: str, where: str, what: str, fix: str = "") -> None:
        self.findings.append(Finding("warning", code, where, what, fix))

    # --- one table ---

    def _table(self, table: Table) -> list[BaseModel]:
        if table.name not in self.source.grids:
            if table.required:
                found = ", ".join(self.source.parts[:30]) or "none"
                what = f"There is no {self.source.part} called {table.name if self.source.part == 'key' else table.title}."
                self._error("IN-01", self.source.name, what, f"Add it, or start from a template. Found: {found}.")
            return []
        grid = self.source.grids[table.name]
        if grid is None:
            self.partial.add(table.name)
            return []
        if not grid.rows:
            if table.required:
                self._error("IN-01", grid.title, "The table is empty.", "Fill in at least one row.")
            return []
        lines, whole = self._rows(table, grid) if table.many else self._record(table, grid)
        if not lines and table.required and whole:
            self._error("IN-01", grid.title, "The table has headings and no rows.", "Fill in at least one row.")
        records = [self._row(table, line) for line in lines]
        self.lines[table.name] = lines
        if not whole:
            self.partial.add(table.name)
        self._duplicates(table, grid, lines)
        return [record for record in records if record is not None]

    def _rows(self, table: Table, grid: Grid) -> tuple[list[_Line], bool]:
        """Lines of a table and whether every column needed is there."""
        head = _heading_row(grid, table)
        number, headings = grid.rows[head]
        columns, whole = self._columns(table, grid, headings, lambda j: grid.where(number, j))
        place = {column.name: j for j, column in columns.items()}
        named = [j for j, heading in enumerate(headings) if heading is not None]
        lines, stray = [], set()
        for row, cells in grid.rows[head + 1 :]:
            values = {column.name: cells[j] if j < len(cells) else None for j, column in columns.items()}
            if any(_filled(value) for value in values.values()):
                lines.append(_Line(row, values, partial(_place, grid, place, row)))
            stray |= {j for j, cell in enumerate(cells) if _filled(cell) and j not in named}
        for j in sorted(stray):
            self._warn("IN-02", grid.where(number, j), "The column has no heading, so it was not read.", "Give it a heading, or clear it.")
        return lines, whole

    def _record(self, table: Table, grid: Grid) -> tuple[list[_Line], bool]:
        """A single record as one line: its items are the headings, one below the other."""
        head = _heading_row(grid, table)
        spots = {normal(heading): j for j, heading in reversed(list(enumerate(grid.rows[head][1])))}
        start, item, value = (head + 1, spots[ITEM], spots[VALUE]) if {ITEM, VALUE} <= spots.keys() else (0, 0, 1)
        below = [(row, cells) for row, cells in grid.rows[start:] if any(_filled(cells[j]) for j in (item, value) if j < len(cells))]
        headings = [cells[item] if item < len(cells) else None for _, cells in below]
        columns, whole = self._columns(table, grid, headings, lambda j: grid.where(below[j][0], item))
        values = {column.name: below[j][1][value] if value < len(below[j][1]) else None for j, column in columns.items()}
        rows = {column.name: below[j][0] for j, column in columns.items()}
        if not values and not table.required:
            return [], whole
        return [_Line(0, values, lambda name: grid.where(rows[name], value) if name in rows else grid.title)], whole

    def _columns(self, table: Table, grid: Grid, headings: Sequence[object], at: Callable[[int], str]) -> tuple[dict[int, Column], bool]:
        """Which column stands where; complaints about headings that are missing, twice, personal or unknown."""
        noun = "column" if table.many else "item"
        columns: dict[int, Column] = {}
        unknown: dict[int, str] = {}
        for j, heading in enumerate(headings):
            if heading is None:
                continue
            column = table.column(heading)
            first = next((i for i, c in columns.items() if c is column), None)
            if column is None:
                unknown[j] = heading if isinstance(heading, str) else str(heading)
            elif first is not None:
                self._error("IN-02", at(j), f"There are two {noun}s called {column.title}; the other is at {at(first)}.", "Keep one of them.")
            else:
                columns[j] = column
        there = {column.name for column in columns.values()}
        personal = {j: heading for j, heading in unknown.items() if is_personal(heading)}
        if personal:
            names = ", ".join(bare(heading) for heading in personal.values())
            what = f"Left out {len(personal)} {noun}{'s' * (len(personal) > 1)} not needed: {names}."
            self._warn("IN-10", grid.title, what, "Nothing from them was kept.")
        others = {normal(heading): j for j, heading in unknown.items() if j not in personal}
        missing = [c for c in table.columns if c.name not in there]
        for column in sorted(missing, key=lambda c: not c.required):
            close = [m for word in (column.title, column.name) for m in get_close_matches(normal(word), others, 1, 0.45 if column.required else 0.8)]
            nearest = others.pop(close[0]) if close else None
            if column.required:
                fix = f"The nearest heading is {shown(unknown[nearest])} ({at(nearest)}). Rename it." if nearest is not None else "Add it."
                self._error("IN-02", grid.title, f"There is no {noun} called {column.title}.", fix)
            elif nearest is not None:
                self._error("IN-02", at(nearest), f"There is no {noun} called {shown(unknown[nearest])} here.", f"Did you mean {column.title}?")
        for j in others.values():
            self._warn("IN-02", at(j), f"{shown(unknown[j])} is no {noun} of {table.title}, so it was not read.")
        return columns, all(c.name in there for c in table.columns if c.required)

    # --- one row ---

    def _row(self, table: Table, line: _Line) -> BaseModel | None:
        """Return the record, or None with findings. Values are replaced in ``line`` by what they mean; those not understood leave it."""
        bad = False
        for column in table.columns:
            if column.name not in line.values:
                bad |= column.required
                continue
            cell = line.values[column.name]
            complaint: tuple[str, str, str] | None = None
            if cell is UNCALCULATED:
                complaint = ("IN-06", "The cell holds a formula Excel has not worked out.", "Open the file in Excel, save it, and try again.")
            elif isinstance(cell, str) and cell.strip().upper() in _ERROR_CELLS:
                complaint = ("IN-07", f"The cell shows {cell.strip().upper()}.", "Type a value or mend the formula.")
            elif not _filled(cell):
                del line.values[column.name]
                if column.required:
                    bad = True
                    self._error("IN-03", line.at(column.name), f"{column.title} is empty.", f"It {column.must(False)}.")
                continue
            else:
                try:
                    line.values[column.name] = _value(column, cell)
                except ValueError as error:
                    complaint = ("IN-03", f"{column.title} {error}. You have {shown(cell)}.", _nearest(column, cell))
            if complaint:
                bad = True
                del line.values[column.name]
                self._error(complaint[0], line.at(column.name), *complaint[1:])
        try:
            record = table.row.model_validate(line.values)
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                name = str(problem["loc"][0]) if problem["loc"] else ""
                if problem["type"] == "missing" and name not in line.values:
                    continue
                said = str(problem.get("ctx", {}).get("error", problem["msg"]))
                self._error("IN-03", line.at(name), _complaint(table, name, problem["type"], said, line))
                line.values.pop(name, None)
            return None
        if bad:
            return None
        line.values.update({column.name: getattr(record, column.name) for column in table.columns})
        return record

    # --- between rows and tables ---

    def _duplicates(self, table: Table, grid: Grid, lines: Iterable[_Line]) -> None:
        keys = [column for column in table.columns if column.key]
        seen: dict[tuple[object, ...], list[_Line]] = defaultdict(list)
        for line in lines:
            if keys and all(column.name in line.values for column in keys):
                seen[tuple(line.values[column.name] for column in keys)].append(line)
        for key, same in seen.items():
            if len(same) > 1:
                what = ", ".join(bare(part) for part in key if part != "")
                numbers = ", ".join(str(line.number) for line in same[:-1]) + f" and {same[-1].number}"
                times = "twice" if len(same) == 2 else f"{len(same)} times"
                self._error(
                    "IN-05",
                    same[1].at(keys[0].name),
                    f"{what} is in {table.title} {times} ({grid.counted} {numbers}).",
                    f"Keep one, or change {' or '.join(column.title for column in keys)}.",
                )

    def _references(self, table: Table) -> None:
        for column in table.columns:
            if column.ref is None:
                continue
            target = next((t for t in self.tables if normal(column.ref[0]) in (normal(t.title), normal(t.name))), None)
            aim = target and target.column(column.ref[1])
            if target is None or aim is None:
                raise ValueError(f"{table.name}.{column.name} refers to {'.'.join(column.ref)}, which the model does not have")
            if target.name in self.partial:
                continue  # it could not be read whole, which has been said
            known = {line.values[aim.name] for line in self.lines.get(target.name, []) if aim.name in line.values}
            names = sorted(str(value) for value in known)
            for line in self.lines.get(table.name, []):
                value = line.values.get(column.name)
                if value is None or value in known or (value == "" and not column.required):
                    continue
                near = _close(str(value), names)
                fix = f"Did you mean {near}?" if near else f"Add it to {target.title}." if not names else f"{target.title} has {_some(names)}."
                what = f"{column.title} names {bare(value)}, which is not in {target.title}."
                self._error("IN-04", line.at(column.name), what, fix)


def _heading_row(grid: Grid, table: Table) -> int:
    """Index of the first row in which every heading needed appears, else of the row with most headings."""
    wanted = {c.name for c in table.columns if c.required} if table.many else {ITEM, VALUE}
    best, most = 0, 0
    for i, (_, cells) in enumerate(grid.rows[: grid.search]):
        found = {c.name for cell in cells if (c := table.column(cell))} if table.many else {normal(cell) for cell in cells} & wanted
        if found and wanted <= found:
            return i
        if len(found) > most:
            best, most = i, len(found)
    return best


def _place(grid: Grid, place: dict[str, int], row: int, name: str) -> str:
    return grid.where(row, place.get(name, 0))


def _filled(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def is_personal(heading: str) -> bool:
    """Whether a heading is that of a personal column (a name, a date of birth, an address, ...)."""
    return _PERSONAL.fullmatch(_words(heading)) is not None


def _words(heading: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading).lower()))


def _close(value: str, names: Sequence[str]) -> str:
    """Return the name most like a value, case and punctuation left aside; blank where none is near."""
    by_form = {normal(name): name for name in names}
    found = get_close_matches(normal(value), by_form, 1, 0.6)
    return by_form[found[0]] if found else ""


def _some(names: Sequence[str]) -> str:
    return ", ".join(bare(name) for name in names[:8]) + (" and others" if len(names) > 8 else "")


def _nearest(column: Column, cell: object) -> str:
    near = _close(cell, column.choices) if isinstance(cell, str) else ""
    return f"Did you mean {near}?" if near else ""


def _value(column: Column, cell: object) -> object:
    """Return what a cell means in a column. Raises ValueError with what it must be."""
    if isinstance(cell, str):
        cell = cell.strip().replace("\r\n", "\n").replace("\r", "\n")
    if column.kind == "text":
        return _text(column, cell)
    if column.kind == "yes_no":
        word = str(int(cell)) if isinstance(cell, int | float) and cell in (0, 1) else cell
        if isinstance(word, str) and word.lower() in _YES_NO:
            return _YES_NO[word.lower()]
        raise ValueError(column.must())
    if isinstance(cell, str) and _NUMBER.fullmatch(cell):
        cell = float(cell) if column.kind == "number" or not re.fullmatch(r"[+-]?\d{1,30}", cell) else int(cell)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise ValueError(column.must(False))
    if isinstance(cell, float) and not math.isfinite(cell):
        raise ValueError(column.must())
    if column.kind == "number":
        if isinstance(cell, int) and abs(cell) > 10**308:
            raise ValueError(column.must())
        return float(cell)
    if cell != int(cell) or abs(cell) > 1e15:
        raise ValueError(column.must())
    return int(cell)


def _text(column: Column, cell: object) -> str:
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        cell = cell.date()
    if isinstance(cell, datetime.date | datetime.time):
        cell = cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)  # Excel turns the text 5 into the number 5.0
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        cell = str(cell) if abs(cell) < 1e30 else "a very large number"
    if not isinstance(cell, str):
        raise ValueError(column.must())
    if not cell.isprintable() and any(c not in "\n\t" and (unicodedata.category(c) in ("Cc", "Cs") or c in "\ufffe\uffff") for c in cell):
        raise ValueError("must be text of characters that can be printed")
    if column.choices and cell not in column.choices:
        cell = next((choice for choice in column.choices if normal(choice) == normal(cell)), None)
        if cell is None:
            raise ValueError(column.must())
    return cell


def _complaint(table: Table, name: str, kind: str, said: str, line: _Line) -> str:
    """Pydantic's complaint about a value in words for people. The messages of the model's own validators stand as they are."""
    column = next((c for c in table.columns if c.name == name), None)
    said = said[:300].rstrip(".") + "."
    if column is None:
        return said
    if kind in ("value_error", "assertion_error"):
        return f"{column.title} {said}"
    must = "must be on one line" if kind == "string_pattern_mismatch" and "\n" in str(line.values[name]) else column.must()
    return f"{column.title} {must}. You have {shown(line.values[name])}."
