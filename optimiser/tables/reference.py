"""The input reference in Markdown, from the model alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.tables.schema import Column, Table, tables_of

if TYPE_CHECKING:
    from pydantic import BaseModel

_INTRO = """\
The same tables come as one workbook (`.xlsx`), as a folder of CSV files or as one JSON file:

* **Workbook**: one sheet for each table, headings as below, in any order. A single record is a sheet of items and values.
  Sheets called Read me, Notes, Lists, Checks, Run or Result … are passed over.
* **Folder**: one file for each table, named after it (`supervision_needs.csv`), UTF-8, separated by commas, headings in the first row:
  the field names below, or the workbook's headings. A single record has the columns `item` and `value`. Other files are passed over.
* **JSON**: one object with a key for each table; each row is an object whose keys are the field names below.

Capital letters, spaces and underscores in headings do not matter. A blank cell takes the default; a column that is not needed may be left out.
Yes/no columns take yes, no, true, false, 1 and 0. Text after `→` names the table and column a value must be found in.
Columns in bold are the key: no two rows may share it.
"""


def reference(model: type[BaseModel], title: str) -> str:
    """Markdown page with every table and column of an instance model: explanation, unit, what is allowed, default, key and reference."""
    tables = tables_of(model)
    lines = [f"# {title}", "", "<!-- Written by `python -m optimiser.tables`; change the records, not this page. -->", "", _INTRO]
    lines += ["| table | file | needed | what it holds |", "|---|---|---|---|"]
    for table in tables:
        lines.append(f"| [{table.title}](#{_anchor(table)}) | `{table.name}.csv` | {'yes' if table.required else ''} | {_safe(table.description)} |")
    for table in tables:
        keys = " and ".join(column.title for column in table.columns if column.key)
        lines += ["", f"## {table.title}", "", table.description + (f" Key: {keys}." if keys else "" if table.many else " A single record.")]
        lines += ["", f"| {'column' if table.many else 'item'} | field | what it is | unit | allowed | default |", "|---|---|---|---|---|---|"]
        lines += [_line(table, column) for column in table.columns]
    return "\n".join(lines) + "\n"


def _anchor(table: Table) -> str:
    return "".join(c for c in table.title.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def _line(table: Table, column: Column) -> str:
    allowed = column.allowed if column.ref is None else f"→ {column.ref[0]}, {column.ref[1]}"
    name = f"**{column.title}**" if column.key else column.title
    return f"| {name} | `{column.name}` | {_safe(column.description)} | {_safe(column.unit)} | {_safe(allowed)} | {column.if_blank} |"


def _safe(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
