"""Files as cells that know their place: a workbook, a folder of CSV files or one JSON file become grids, one for each table.

Whatever the bytes, the answer is grids and findings; :class:`Unreadable` says why there are none.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import warnings
import zipfile
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from optimiser.result import Finding
from optimiser.tables.schema import Table, normal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class _Uncalculated:
    def __repr__(self) -> str:
        return "a formula"


UNCALCULATED = _Uncalculated()
"""Stands in a grid for a formula that Excel has not worked out."""

ITEM, VALUE = "item", "value"
"""Headings of a single record's sheet."""

_OURS = re.compile(r"(read ?me|results?|lists?|notes?|checks?|runs?|cover|contents)\b", re.IGNORECASE)
"""Sheets and files that go with the tables and hold no input."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_LAST_ROW = 1_048_576
_UNPACKED = 2**29
_CSV_UTF8 = 'In Excel choose Save As and "CSV UTF-8 (Comma delimited)".'
_CLOSE = "If it is open in Excel, close it and try again."
_SAVE_XLSX = "Open it in Excel and save it as an Excel workbook (.xlsx)."


class Unreadable(Exception):
    """No tables can be had from the file; the finding says why."""

    def __init__(self, where: str, what: str, fix: str) -> None:
        self.finding = Finding("error", "IN-09", where, what, fix)
        super().__init__(str(self.finding))


@dataclass(frozen=True)
class Grid:
    """Cells of one table as found: ``rows`` holds row numbers and values (None where blank), ``where`` words a cell's place.

    ``search`` is how many rows may come before the heading row.
    """

    title: str
    rows: Sequence[tuple[int, Sequence[object]]]
    where: Callable[[int, int], str]
    search: int = 1
    counted: str = "rows"


@dataclass
class Source:
    """What was found: grids by table name (None where one is there but unreadable), the parts' names, and complaints about whole parts."""

    name: str
    part: str
    grids: dict[str, Grid | None] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def claim(self, title: str, tables: Sequence[Table], where: str) -> Table | None:
        """Return the table a sheet, file or key holds, or None with a warning (or an error where two claim one table)."""
        wanted = normal(title)
        table = next((t for t in tables if wanted in (normal(t.title), normal(t.name))), None)
        if table is None and not _OURS.match(title.replace("_", " ")):
            titles = {normal(t.title): t.title for t in tables}
            near = get_close_matches(wanted, titles, 1, 0.7)
            what = f"{shown(title)} is not the name of a table, so it was not read."
            self.findings.append(Finding("warning", "IN-01", where, what, f"Did you mean {titles[near[0]]}?" if near else ""))
        elif table is not None and table.name in self.grids:
            self.findings.append(Finding("error", "IN-01", where, f"There are two {self.part}s for {table.title}.", "Keep one of them."))
            return None
        return table


def shown(value: object) -> str:
    """Value as a message shows it: text in quotes, shortened, with nothing that cannot be printed."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, datetime.date):
        return f"the date {value.day} {value:%B %Y}"
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a number of more than 30 digits"
    if not isinstance(value, str):
        return str(value).removesuffix(".0")
    text = value if len(value) <= 60 else value[:57] + "..."
    return '"' + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text) + '"'


def bare(value: object) -> str:
    """Like :func:`shown`, text without its quotes."""
    return shown(value)[1:-1] if isinstance(value, str) else shown(value)


def name_of(path: Path) -> str:
    """Last part of a path as messages show it."""
    return bare(path.name or path.absolute().name)


def load(path: Path, tables: Sequence[Table]) -> Source:
    """Grids of the workbook, folder or JSON file at ``path``. Raises :class:`Unreadable`."""
    name = name_of(path)
    ending = path.suffix.lower()
    try:
        if path.is_dir():
            files = [(file.name, file) for file in sorted(path.iterdir()) if file.suffix.lower() == ".csv" and file.is_file()]
        elif not path.exists():
            raise Unreadable(name, "There is no file or folder of this name.", "Check the name and the folder you are in.")
        elif ending == ".csv":
            raise Unreadable(name, "One CSV file holds only one table.", "Give the folder that holds all the CSV files.")
        elif ending not in (".xlsx", ".xlsm", ".json", ".xls", ".ods", ".xlsb"):
            raise Unreadable(name, "Only an Excel workbook (.xlsx), a folder of CSV files or a .json file can be read.", "Save it as one of these.")
        else:
            files, data = [], path.read_bytes()
    except (OSError, ValueError) as error:
        raise Unreadable(name, f"It cannot be opened ({_reason(error)}).", _CLOSE) from error
    if path.is_dir():
        return _folder(files, name, tables)
    if not data.strip():
        raise Unreadable(name, "The file is empty.", "Choose another file, or start from a template.")
    return _json(data, name, tables) if ending == ".json" else _workbook(data, name, tables)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "the name cannot be used"


# --- workbook ---------------------------------------------------------------------------------------------------------


def rows_of(path: Path) -> dict[str, list[tuple[int, list[object]]]]:
    """Rows that are not blank, numbered, of every sheet of a workbook or of one CSV file. Raises :class:`Unreadable`."""
    name, ending = name_of(path), path.suffix.lower()
    if ending not in (".xlsx", ".xlsm", ".csv"):
        raise Unreadable(name, "Only an Excel workbook (.xlsx) or a CSV file can be read.", "Save it as one of these.")
    if not path.is_file():
        raise Unreadable(name, "There is no file of this name.", "Check the name and the folder you are in.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(name, f"It cannot be opened ({_reason(error)}).", _CLOSE) from error
    if not data.strip():
        raise Unreadable(name, "The file is empty.", "Choose another file.")
    if ending != ".csv":
        return {bare(title): rows for title, rows in _checked_sheets(data, name).items()}
    findings: list[Finding] = []
    rows = _csv_rows(data, name, findings)
    if rows is None or findings:
        raise Unreadable(findings[0].where, findings[0].what, findings[0].fix)
    return {name: rows}


def _workbook(data: bytes, name: str, tables: Sequence[Table]) -> Source:
    source = Source(name, "sheet")
    ours = {normal(text) for table in tables for text in (table.title, table.name)}
    for title, rows in _checked_sheets(data, name, lambda title: normal(title) in ours).items():
        source.parts.append(bare(title))
        if table := source.claim(title, tables, name):
            source.grids[table.name] = Grid(bare(title), rows, _cell_namer(bare(title)), search=50)
    return source


def _checked_sheets(data: bytes, name: str, read: Callable[[str], bool] = lambda _: True) -> dict[str, list[tuple[int, list[object]]]]:
    if name.startswith("~$"):
        raise Unreadable(name, "This is only a marker: the workbook itself is open in Excel.", f"Close it and give {name[2:]}.")
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Unreadable(name, "The workbook has a password.", "Save a copy without a password.")
        raise Unreadable(name, "This is an old Excel workbook (.xls).", _SAVE_XLSX)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > _UNPACKED:
                raise Unreadable(name, "The workbook is too large: it unpacks to more than 500 MB.", "Keep only the sheets that are needed.")
            if not any(member.filename == "xl/workbook.xml" for member in members):
                raise Unreadable(name, "This is not an Excel workbook (.xlsx).", _SAVE_XLSX)
            sheets = [archive.read(member) for member in members if member.filename.startswith("xl/worksheets/")]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of styles and extensions it drops: no business of ours
            return _sheets(data, lambda: any(re.search(rb"<(\w+:)?f[ />]", sheet) for sheet in sheets), read)
    except Unreadable:
        raise
    except Exception as error:  # zipfile and openpyxl raise whatever their parsers trip over
        raise Unreadable(name, "The workbook is damaged or is not an Excel workbook.", _SAVE_XLSX) from error


def _sheets(data: bytes, formulas: Callable[[], bool], read: Callable[[str], bool]) -> dict[str, list[tuple[int, list[object]]]]:
    """Rows that are not blank, by sheet; none of sheets that are not to be read.

    openpyxl and not a faster reader: it alone tells error cells and formulas, and survives a far stray cell.
    """
    from openpyxl import load_workbook

    def rows(sheet: Any, values: bool) -> Any:
        sheet.reset_dimensions()
        return enumerate(sheet.iter_rows(max_row=_LAST_ROW, values_only=values), start=1)

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    found: dict[str, list[tuple[int, list[object]]]] = {}
    for sheet in book.worksheets:
        found[sheet.title] = []
        if not read(sheet.title):
            continue
        found[sheet.title] = [
            # Excel writes a carriage return in a cell as _x000D_, in front of the line feed.
            (number, [value.replace("_x000D_", "") if isinstance(value, str) else value for value in values])
            for number, values in rows(sheet, True)
            if any(value is not None for value in values)
        ]
    if not any(read(title) for title in found) or not formulas():
        return found
    # A formula that was never worked out has no value, or 0 in a file that asks Excel to work everything out on opening.
    empty = (None, 0) if book.calculation is None or book.calculation.fullCalcOnLoad else (None,)
    for sheet in filter(lambda sheet: read(sheet.title), load_workbook(io.BytesIO(data), read_only=True).worksheets):
        kept = dict(found[sheet.title])
        for number, cells in rows(sheet, False):
            for j, cell in enumerate(cells):
                if cell.data_type == "f":
                    values = kept.setdefault(number, [])
                    values += [None] * (j + 1 - len(values))
                    if values[j] in empty and not isinstance(values[j], bool):
                        values[j] = UNCALCULATED
        found[sheet.title] = sorted(kept.items())
    return found


def _cell_namer(title: str) -> Callable[[int, int], str]:
    from openpyxl.utils import get_column_letter

    return lambda row, column: f"{title}!{get_column_letter(column + 1)}{row}"


# --- folder of CSV files ----------------------------------------------------------------------------------------------


def _folder(files: Sequence[tuple[str, Path]], name: str, tables: Sequence[Table]) -> Source:
    source = Source(name, "file")
    for title, file in files:
        label = bare(title)
        source.parts.append(label)
        table = source.claim(file.stem, tables, label)
        if table is None:
            continue
        try:
            rows = _csv_rows(file.read_bytes(), label, source.findings)
        except OSError as error:
            source.findings.append(Finding("error", "IN-09", label, f"It cannot be opened ({_reason(error)}).", _CLOSE))
            rows = None
        source.grids[table.name] = None if rows is None else Grid(label, rows, _csv_namer(label, rows))
    if not source.parts:
        raise Unreadable(name, "There are no CSV files in this folder.", "Give the folder that holds one CSV file for each table, or a workbook.")
    return source


def _csv_rows(data: bytes, label: str, findings: list[Finding]) -> list[tuple[int, list[object]]] | None:
    """Rows of a CSV file that are not blank; None, with a finding, where it is no such file at all."""

    def refuse(where: str, what: str, fix: str) -> None:
        findings.append(Finding("error", "IN-09", where, what, fix))

    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        refuse(label, "The file is not plain UTF-8 text.", _CSV_UTF8)
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        refuse(f"{label}, line {line}", "The file is not UTF-8 text.", _CSV_UTF8)
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[object]]] = []
    try:
        for number, cells in enumerate(reader, start=1):
            values: list[object] = [_plain(cell) for cell in cells]
            while values and values[-1] is None and rows and len(values) > len(rows[0][1]):
                values.pop()
            if any(value is not None for value in values):
                rows.append((number, values))
    except csv.Error as error:
        said = "a cell of more than 131,072 characters" if "limit" in str(error) else "a double quote that is not closed or not doubled"
        refuse(f"{label}, line {reader.line_num}", f"There is {said}.", 'Inside quoted text write a double quote twice: "".')
        return None
    if rows and len(rows[0][1]) == 1 and re.search("[;\t|]", str(rows[0][1][0])):
        refuse(label, "The columns are not separated by commas.", _CSV_UTF8)
        return None
    whole = rows[:1]
    for number, values in rows[1:]:
        if len(values) == len(rows[0][1]):
            whole.append((number, values))
        else:
            what = f"The row has {len(values)} value{'s' * (len(values) != 1)} and the heading row has {len(rows[0][1])}."
            fix = "Put text that holds a comma in double quotes, and close every quote."
            findings.append(Finding("error", "IN-03", f"{label}, row {number}", what, fix))
    return whole


def _plain(cell: str) -> str | None:
    """Undo the apostrophe that keeps a spreadsheet from taking text for a formula; blank is None."""
    cell = cell.strip()
    return (cell[1:] if cell.startswith("'") and re.match(r"'+[=+\-@]", cell) else cell) or None


def _csv_namer(label: str, rows: Sequence[tuple[int, Sequence[object]]]) -> Callable[[int, int], str]:
    headings = rows[0][1] if rows else []

    def where(row: int, column: int) -> str:
        heading = headings[column] if column < len(headings) else None
        return f"{label}, row {row}, column {bare(heading) if heading else column + 1}"

    return where


# --- JSON -------------------------------------------------------------------------------------------------------------


def _json(data: bytes, name: str, tables: Sequence[Table]) -> Source:
    source = Source(name, "key")

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        keys = [key for key, _ in found]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            source.findings.append(Finding("error", "IN-05", name, f"The key {shown(key)} is twice in one object.", "Keep one of them."))
        return dict(found)

    def constant(word: str) -> object:
        raise ValueError(f"{word} is not a number in JSON")

    try:
        whole = json.loads(data.decode("utf-8-sig"), object_pairs_hook=pairs, parse_constant=constant)
    except UnicodeDecodeError as error:
        raise Unreadable(name, "The file is not UTF-8 text.", "Save it as UTF-8.") from error
    except json.JSONDecodeError as error:
        where = f"{name}, line {error.lineno}, column {error.colno}"
        raise Unreadable(where, f"This is not JSON: {error.msg[:1].lower()}{error.msg[1:]}.", "Mend the file there.") from error
    except RecursionError as error:
        raise Unreadable(name, "Lists are nested too deeply.", "Write each table as one list of rows.") from error
    except ValueError as error:  # NaN, Infinity, or a number of thousands of digits
        raise Unreadable(name, f"This is not JSON: {str(error)[:60]}.", "Write numbers with digits only.") from error
    if not isinstance(whole, dict):
        raise Unreadable(name, f"The file must hold one object with a key for each table. You have {shown(whole)}.", "Start from an exported file.")
    for key, value in whole.items():
        source.parts.append(bare(key))
        if table := source.claim(key, tables, name):
            source.grids[table.name] = _json_grid(bare(key), value, table, source.findings)
    return source


def _json_grid(key: str, value: object, table: Table, findings: list[Finding]) -> Grid | None:
    if not isinstance(value, list if table.many else dict):
        wanted = "a list of rows" if table.many else "an object of items and values"
        findings.append(Finding("error", "IN-03", key, f"It must be {wanted}. You have {shown(value)}."))
        return None
    if isinstance(value, dict):
        items = list(value)
        return Grid(key, [(-1, (ITEM, VALUE)), *enumerate(value.items())], lambda row, _: f"{key}.{bare(items[row])}" if row >= 0 else key)
    records: list[tuple[int, dict[str, object]]] = []
    for i, row in enumerate(value):
        if isinstance(row, dict):
            records.append((i, row))
        else:
            findings.append(Finding("error", "IN-03", f"{key}[{i}]", f"A row must be an object. You have {shown(row)}."))
    headings = list(dict.fromkeys(heading for _, row in records for heading in row))

    def where(row: int, column: int) -> str:
        return f"{key}[{row}].{bare(headings[column])}" if row >= 0 else f"{key}, {bare(headings[column])}"

    rows = [(i, [row.get(heading) for heading in headings]) for i, row in records]
    return Grid(key, [(-1, headings), *rows] if rows else [], where, counted="items")
