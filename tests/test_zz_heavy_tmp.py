"""Whatever the bytes, reading ends in data or in messages, never in an exception and never in words that are not for people."""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimiser import tables
from optimiser.plan.data import PlanInput
from plan_samples import full

FUZZ = settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))

JARGON = re.compile(r"Traceback|pydantic|Input should|validation error|NoneType|object at 0x|Error\(|literal_|_parsing")


@cache
def good(kind: str) -> dict[str, bytes]:
    """Return the sample plan's files by name: one workbook, one JSON file, or many CSV files."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"plan{kind}"
        {".xlsx": tables.write_workbook, ".json": tables.write_json, "": tables.write_folder}[kind](path, full())
        return {file.name: file.read_bytes() for file in (path.iterdir() if path.is_dir() else [path])}


@cache
def parts() -> dict[str, bytes]:
    """Return the files inside the sample workbook."""
    with zipfile.ZipFile(io.BytesIO(good(".xlsx")["plan.xlsx"])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(content: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return target.getvalue()


def sound(files: dict[str, bytes]) -> tables.Loaded[PlanInput]:
    """Read one file, or a folder of several, and check what every reading must keep to."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        path = Path(folder) / next(iter(files)) if len(files) == 1 else Path(folder)
        loaded = tables.read(path, PlanInput)
        assert {file.name for file in Path(folder).iterdir()} == set(files)
    severities = [finding.severity for finding in loaded.findings]
    assert severities == sorted(severities)  # "error" comes before "warning"
    assert (loaded.data is None) == ("error" in severities)
    assert loaded.digest == ("" if loaded.data is None else tables.digest(loaded.data))
    for finding in loaded.findings:
        assert re.fullmatch(r"IN-(0[1-7]|09|10)", finding.code)
        assert finding.where
        assert finding.what.endswith((".", "?"))
        assert str(finding).isprintable()
        assert not JARGON.search(str(finding)), str(finding)
        assert len(str(finding)) < 1500
    if loaded.data is not None:
        assert PlanInput.model_validate(loaded.data.model_dump()) == loaded.data
    return loaded


def damage(draw: st.DrawFn, data: bytes) -> bytes:
    """Cut, overwrite, insert or double a stretch."""
    at = draw(st.integers(0, len(data)))
    to = min(len(data), at + draw(st.sampled_from([0, 1, 2, 8, 60, len(data)])))
    put = draw(
        st.one_of(st.just(b""), st.binary(max_size=8), st.just(data[at:to] * 2), st.sampled_from([b'"', b",", b"\n", b"{", b"<", b"\xff", b"9" * 30]))
    )
    return data[:at] + put + data[to:]


damaged = st.composite(damage)


def test_the_undamaged_files_are_good() -> None:
    for kind in (".xlsx", ".json", ""):
        assert sound(good(kind)).data == full()
    assert sound({"plan.xlsx": zipped(parts())}).data == full()


@FUZZ
@given(st.sampled_from([".xlsx", ".json", ".xls", ".csv", ".xlsm", ".txt", ""]), st.binary(max_size=300))
def test_random_bytes(ending: str, data: bytes) -> None:
    assert sound({f"plan{ending}": data}).data is None


@FUZZ
@given(st.data())
def test_damaged_workbook_file(data: st.DataObject) -> None:
    sound({"plan.xlsx": data.draw(damaged(good(".xlsx")["plan.xlsx"]))})


@FUZZ
@given(st.data())
def test_damage_inside_the_workbook(data: st.DataObject) -> None:
    content = dict(parts())
    name = data.draw(st.sampled_from(sorted(content)))
    if data.draw(st.booleans()):
        content[name] = data.draw(damaged(content[name]))
    else:
        del content[name]
    sound({"plan.xlsx": zipped(content)})


@FUZZ
@given(st.data())
def test_damaged_marks_in_a_sheet(data: st.DataObject) -> None:
    """Row numbers, addresses, types and values of cells put out of order, with the sheet's XML still sound."""
    content = dict(parts())
    name = data.draw(st.sampled_from(sorted(n for n in content if n.startswith("xl/worksheets/sheet"))))
    pattern, puts = data.draw(
        st.sampled_from(
            [
                (rb'<row r="(\d+)"', [b"0", b"-1", b"99999999999", b"x", b"1.5", b"1"]),
                (rb'<c r="([A-Z]+\d+)"', [b"", b"A0", b"ZZZZ1", b"XFD9", b"A1", b"1A"]),
                (rb' t="(s)"', [b"e", b"b", b"d", b"str", b"inlineStr", b"n", b"q"]),
                (rb"<v>([^<]*)</v>", [b"", b"-1", b"1e999", b"nan", b"99999", b"#N/A", b"x", b"0"]),
                (rb"(<v>)", [b"<f>1+1</f><v>", b'<f t="shared" si="0"/><v>', b'<f t="array">1</f><v>']),
            ]
        )
    )
    places = [match.span(1) for match in re.finditer(pattern, content[name])]
    if places:
        start, end = data.draw(st.sampled_from(places))
        content[name] = content[name][:start] + data.draw(st.sampled_from(puts)) + content[name][end:]
    sound({"plan.xlsx": zipped(content)})


CELLS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-5, 70),
    st.text(max_size=8),
    st.sampled_from(["", " ", "#N/A", "=1+1", "2026/27 Q1", "2026/27", "camden", "pwp", "low", "yes", "1 3", "x" * 300]),
)


@FUZZ
@given(st.data())
def test_any_cell_of_any_sheet_may_hold_anything(data: st.DataObject) -> None:
    sheets: dict[str, list[list[Any]]] = {}
    for table in tables.tables_of(PlanInput):
        rows = getattr(full(), table.name)
        if table.many:
            sheets[table.title] = [[c.title for c in table.columns], *([getattr(row, c.name) for c in table.columns] for row in rows)]
        else:
            sheets[table.title] = [["Item", "Value"], *([c.title, getattr(rows, c.name)] for c in table.columns)]
    for title in data.draw(st.lists(st.sampled_from(sorted(sheets)), min_size=1, max_size=4)):
        row = data.draw(st.sampled_from(sheets[title]))
        place = data.draw(st.integers(0, len(row)))
        row[place : place + 1] = [data.draw(CELLS)]
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        for title, lines in sheets.items():
            sheet = book.add_worksheet(title)
            for i, line in enumerate(lines):
                for j, cell in enumerate(line):
                    if cell is not None:
                        sheet.write(i, j, cell)
    sound({"plan.xlsx": target.getvalue()})


@FUZZ
@given(st.data())
def test_damaged_csv(data: st.DataObject) -> None:
    content = dict(good(""))
    for name in data.draw(st.lists(st.sampled_from(sorted(content)), min_size=1, max_size=3)):
        content[name] = data.draw(damaged(content[name]))
    sound(content)


@FUZZ
@given(st.data())
def test_damaged_json_text(data: st.DataObject) -> None:
    sound({"plan.json": data.draw(damaged(good(".json")["plan.json"]))})


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=5,
)


@FUZZ
@given(st.data())
def test_any_json_value_in_any_place(data: st.DataObject) -> None:
    whole = json.loads(good(".json")["plan.json"])
    for _ in range(data.draw(st.integers(1, 3))):
        spot: Any = whole
        while True:
            key = data.draw(st.sampled_from(sorted(spot) if isinstance(spot, dict) else range(len(spot))))
            if not isinstance(spot[key], dict | list) or not spot[key] or data.draw(st.integers(0, 3)) == 0:
                break
            spot = spot[key]
        if isinstance(spot, dict) and data.draw(st.booleans()):
            spot[data.draw(st.text(max_size=8))] = spot.pop(key)
        else:
            spot[key] = data.draw(JSON_VALUES)
    sound({"plan.json": json.dumps(whole).encode()})


@FUZZ
@given(JSON_VALUES)
def test_any_json_at_all(value: object) -> None:
    assert sound({"plan.json": json.dumps(value).encode()}).data is None


@pytest.mark.parametrize(
    "sheet",
    [
        b"",
        b"<worksheet/>",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "b">]><worksheet>&a;</worksheet>',
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c '
        b'r="A1"><v>1</v></c></row></sheetData></worksheet>',
    ],
    ids=["empty", "no cells", "entities", "a lone number"],
)
def test_a_needed_sheet_without_a_table(sheet: bytes) -> None:
    assert sound({"plan.xlsx": zipped(parts() | {"xl/worksheets/sheet3.xml": sheet})}).data is None  # Services
