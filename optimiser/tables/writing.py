"""Files from records: a workbook to fill in or to hand over, CSV files, JSON. Whatever is written here reads back as the same records."""

from __future__ import annotations

import csv
import datetime
import json
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from optimiser.tables.schema import Column, Table, tables_of
from optimiser.tables.sources import ITEM, VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import xlsxwriter
    from pydantic import BaseModel

Cell = str | int | float | bool | None
_Filled = tuple[Table, list[list[Cell]]]

_SPARE = 500
"""Rows of a table, or more where there are more, that get drop-downs and number checks."""


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Name of a sibling to write to; it takes the place of ``path`` only when all went well."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _records(table: Table, data: BaseModel) -> Sequence[BaseModel]:
    value = getattr(data, table.name)
    return value if table.many else () if value is None else (value,)


def _cells(table: Table, record: BaseModel) -> list[Cell]:
    """Return a record's values as they are written. Raises ValueError for a value that would not read back as itself."""
    values = [getattr(record, column.name) for column in table.columns]
    for column, value in zip(table.columns, values, strict=True):
        if value in ("", None) and (column.required or column.default != value):
            raise ValueError(f"{table.title}: {column.title} is blank, which would not read back as blank")
    return [("yes" if value else "no") if isinstance(value, bool) else None if value == "" else value for value in values]


# --- JSON and CSV -----------------------------------------------------------------------------------------------------


def write_json(path: Path, data: BaseModel) -> None:
    """Write one object with a key for each table, one row a line."""
    parts = []
    for name, value in data.model_dump(mode="json").items():
        text = _json(value)
        if isinstance(value, list) and value:
            text = "[\n" + ",\n".join("    " + _json(row) for row in value) + "\n  ]"
        parts.append(f"  {_json(name)}: {text}")
    with _replacing(path) as part:
        part.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8", newline="\n")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def write_folder(path: Path, data: BaseModel) -> None:
    """Write one CSV file for each table into a folder: field names as headings, UTF-8, the same bytes for the same data.

    A single record becomes lines of item and value. Text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    path.mkdir(parents=True, exist_ok=True)
    for table in tables_of(type(data)):
        rows = [_cells(table, record) for record in _records(table, data)]
        names: list[Cell] = [column.name for column in table.columns]
        if not table.many:
            rows = [list(pair) for row in rows for pair in zip(names, row, strict=True)]
            names = [ITEM, VALUE]
        with _replacing(path / f"{table.name}.csv") as part, part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([_csv_cell(cell) for cell in row] for row in [names, *rows])


write_tables = write_folder
"""Results are written like input: one tidy CSV file for each table."""


def _csv_cell(cell: Cell) -> str:
    if not isinstance(cell, str):
        return "" if cell is None else repr(cell)
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return "'" + cell if re.match(r"'*[=+\-@]", cell) else cell


# --- workbook ---------------------------------------------------------------------------------------------------------


class _Exact(float):
    """A number that XlsxWriter writes with as many digits as it takes to read the same number back, not with 16."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


def write_workbook(
    path: Path,
    data: BaseModel,
    *,
    results: BaseModel | None = None,
    readme: Sequence[str] = (),
    extra_sheets: Mapping[str, Sequence[Sequence[Cell]]] | None = None,
) -> None:
    """Write a workbook that reads back as ``data``: a cover sheet, a sheet for each table, then results, notes on every column, extra sheets.

    ``results`` is a model of tables like the input's; their sheets must have names the reader passes over (``Result …``), and so must
    ``extra_sheets``, which map a name to rows, the first of them headings. Raises ValueError for text too long for a cell.
    """
    _write(path, type(data), data, results, readme, extra_sheets or {})


def template(path: Path, model: type[BaseModel], demo: BaseModel | None = None) -> None:
    """Write a workbook to fill in, empty or filled with ``demo``: headings, drop-downs, checks of numbers, and notes on every column."""
    needed = ", ".join(table.title for table in tables_of(model) if table.required)
    readme = (
        "Fill in the sheets from left to right. Each has one table; the sheet Notes says what every column holds and in which unit.",
        f"These sheets are needed: {needed}. The others may stay empty.",
        "Keep the headings. The order of rows, columns and sheets does not matter, and columns of your own are left out with a warning.",
        "A cell left blank takes the value that Notes gives for it, where there is one.",
    )
    _write(path, model, demo, None, readme, {})


def _write(
    path: Path,
    model: type[BaseModel],
    data: BaseModel | None,
    results: BaseModel | None,
    readme: Sequence[str],
    extra_sheets: Mapping[str, Sequence[Sequence[Cell]]],
) -> None:
    import xlsxwriter

    def rows_of(table: Table, content: BaseModel | None) -> list[list[Cell]]:
        return [] if content is None else [_cells(table, record) for record in _records(table, content)]

    inputs = {table.title: (table, rows_of(table, data)) for table in tables_of(model)}
    outputs = [(table, rows_of(table, results)) for table in (tables_of(type(results)) if results is not None else ())]
    tables = [table for table, _ in (*inputs.values(), *outputs)]
    # Put together in memory: a file on disk for every sheet takes longer, now and then by seconds.
    with _replacing(path) as part, xlsxwriter.Workbook(part, {"in_memory": True}) as book:
        book.set_properties({"created": datetime.datetime(2026, 1, 1)})  # fixed: the same data make the same file
        _cover(book, tables, readme, tuple(extra_sheets))
        for table, rows in inputs.values():
            _input_sheet(book, table, rows, inputs)
        for table, rows in outputs:
            _sheet(book, table.title, [c.title for c in table.columns], rows, f"result_{table.name}", [_format(c, "#,##0.00") for c in table.columns])
        for name, lines in extra_sheets.items():
            _sheet(book, name, [str(heading) for heading in lines[0]], lines[1:], re.sub(r"\W", "_", f"extra_{name}"))
        _notes(book, tables)


def _sheet(
    book: xlsxwriter.Workbook, title: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]], name: str, formats: Sequence[str] = ()
) -> Any:
    """Add a sheet with one table, headings in row 1; ``formats`` are number formats by column."""
    sheet = book.add_worksheet(title)
    styles = [book.add_format({"num_format": number}) if number else None for number in formats] or [None] * len(headings)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    columns = [{"header": heading, "header_format": bold} for heading in headings]
    sheet.add_table(0, 0, max(len(rows), 1), len(headings) - 1, {"columns": columns, "name": f"t_{name}", "style": "Table Style Light 15"})
    for i, row in enumerate(rows, start=1):
        for j, cell in enumerate(row):
            _put(sheet, i, j, cell, styles[j])
    for j, heading in enumerate(headings):
        longest = max((len(str(row[j])) for row in rows if row[j] is not None), default=0)
        sheet.set_column(j, j, min(max(len(heading) + 4, longest + 2, 9), 60))
    sheet.freeze_panes(1, 0)
    return sheet


def _put(sheet: Any, row: int, column: int, cell: Cell, style: Any = None) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        if sheet.write_string(row, column, cell.replace("\r\n", "\n").replace("\r", "\n"), style):
            raise ValueError(f"{sheet.get_name()}, row {row + 1}: text of more than 32,767 characters does not fit into a cell")
    elif isinstance(cell, bool):
        sheet.write_string(row, column, "yes" if cell else "no", style)
    else:
        sheet.write_number(row, column, _Exact(cell), style)


def _format(column: Column, decimals: str = "") -> str:
    if column.kind == "number" and column.unit.startswith("£"):
        return "#,##0"
    return decimals if column.kind == "number" else ""


def _input_sheet(book: xlsxwriter.Workbook, table: Table, rows: Sequence[Sequence[Cell]], inputs: Mapping[str, _Filled]) -> None:
    if table.many:
        sheet = _sheet(book, table.title, [c.title for c in table.columns], rows, table.name, [_format(c) for c in table.columns])
        for j, column in enumerate(table.columns):
            sheet.data_validation(1, j, max(len(rows), _SPARE), j, _validation(column, inputs))
        return
    values = rows[0] if rows else [cast("Cell", c.default) for c in table.columns]
    items = [[c.title, value, c.unit, c.description] for c, value in zip(table.columns, values, strict=True)]
    sheet = _sheet(book, table.title, ["Item", "Value", "Unit", "What it is"], items, table.name)
    for i, column in enumerate(table.columns, start=1):
        sheet.data_validation(i, 1, i, 1, _validation(column, inputs))


def _validation(column: Column, inputs: Mapping[str, _Filled]) -> dict[str, Any]:
    """Drop-down or check for a column's cells, with what to type and what went wrong in words."""
    from xlsxwriter.utility import xl_range_abs

    help_text = column.description + (f" Unit: {column.unit}." if column.unit else "")
    rule: dict[str, Any] = {
        "validate": "any",
        "ignore_blank": True,
        "input_title": column.title[:32],
        "input_message": help_text[:255],
        "error_title": column.title[:32],
        "error_message": f"{column.title} {column.must()}."[:255],
    }
    choices = ("yes", "no") if column.kind == "yes_no" else column.choices
    if column.ref is not None:
        table, rows = inputs[column.ref[0]]
        place = next(j for j, c in enumerate(table.columns) if column.ref[1] in (c.name, c.title))
        cells = xl_range_abs(1, place, max(len(rows), _SPARE), place)
        quoted = table.title.replace("'", "''")
        said = f"Choose from the sheet {table.title}, column {table.columns[place].title}."
        return rule | {"validate": "list", "source": f"='{quoted}'!{cells}", "error_message": said}
    if choices and len(",".join(choices)) <= 255:
        return rule | {"validate": "list", "source": list(choices)}
    if column.kind in ("number", "whole"):
        low, above = column.limits.get("minimum"), column.limits.get("exclusiveMinimum")
        high, below = column.limits.get("maximum"), column.limits.get("exclusiveMaximum")
        least, most = low if above is None else above, high if below is None else below
        return rule | {
            "validate": "integer" if column.kind == "whole" else "decimal",
            "criteria": "between",
            "minimum": -1e15 if least is None else least,
            "maximum": 1e15 if most is None else most,
        }
    return rule


def _notes(book: xlsxwriter.Workbook, tables: Sequence[Table]) -> None:
    rows: list[list[Cell]] = []
    for table in tables:
        for column in table.columns:
            allowed = column.allowed if column.ref is None else f"a {column.ref[1]} of the sheet {column.ref[0]}"
            rows.append([table.title, column.title, column.description, column.unit or None, allowed, column.if_blank])
    _sheet(book, "Notes", ["Sheet", "Column", "What it is", "Unit", "What may stand there", "If blank"], rows, "notes")


def _cover(book: xlsxwriter.Workbook, tables: Sequence[Table], readme: Sequence[str], extra: Sequence[str]) -> None:
    sheet = book.add_worksheet("Read me")
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 110)
    about = [(table.title, table.description + (" Needed." if table.required else "")) for table in tables]
    about += [*((name, "") for name in extra), ("Notes", "What every column holds, its unit, and what a blank cell means.")]
    for row, line in enumerate(readme):
        _put(sheet, row, 0, "About this workbook" if row == 0 else None, bold)
        _put(sheet, row, 1, line, wrap)
    _put(sheet, len(readme), 0, "Sheet", bold)
    _put(sheet, len(readme), 1, "What it holds", bold)
    for row, (title, text) in enumerate(about, start=len(readme) + 1):
        quoted = title.replace("'", "''")
        sheet.write_url(row, 0, f"internal:'{quoted}'!A1", None, title)
        _put(sheet, row, 1, text or None, wrap)
