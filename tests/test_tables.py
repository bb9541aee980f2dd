"""Tables in and out: round trips, and every message with its words and its place."""

from __future__ import annotations

import csv
import json
import runpy
import tempfile
import zipfile
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, model_validator

from optimiser import tables
from optimiser.plan.data import PlanAnswer, PlanInput, StaffInPost, quarter_label, year_label
from optimiser.rota.data import RotaInput
from plan_samples import full, tiny

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimiser.tables import Column, Loaded

ROOT = Path(__file__).resolve().parents[1]


def errors(loaded: Loaded[Any]) -> list[str]:
    return [f"{f.code} {f}" for f in loaded.findings if f.severity == "error"]


def warnings(loaded: Loaded[Any]) -> list[str]:
    return [f"{f.code} {f}" for f in loaded.findings if f.severity == "warning"]


def write(path: Path, data: BaseModel) -> Path:
    kind: dict[str, Callable[[Path, BaseModel], None]] = {".xlsx": tables.write_workbook, ".json": tables.write_json, "": tables.write_folder}
    kind[path.suffix](path, data)
    return path


def edited(tmp_path: Path, *edits: tuple[str, str, object], data: PlanInput | None = None) -> Path:
    """Return a good workbook with some cells changed, as (sheet, cell, value); a sheet that is not there is added, and "-" deletes a sheet."""
    path = write(tmp_path / "plan.xlsx", data or full())
    book = openpyxl.load_workbook(path)
    for sheet, cell, value in edits:
        if cell == "-":
            del book[sheet]
            continue
        if sheet not in book.sheetnames:
            book.create_sheet(sheet)
        book[sheet][cell] = value
    book.save(path)
    return path


def cell_of(sheet: str, heading: str, row: int) -> str:
    table = next(t for t in tables.tables_of(PlanInput) if t.title == sheet)
    place = next(j for j, c in enumerate(table.columns) if c.title == heading)
    return f"{openpyxl.utils.get_column_letter(place + 1)}{row}"


# --- round trips ------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), min_size=1, max_size=20)
RISKY = st.sampled_from(["=1+1", "'=1", "''-x", "@a", "+", "-5", "_x0041_", "a\nb", 'say "so"', "a,b", "5", "5.0", "1/2", "TRUE", "é😀", "a\tb"])
# Marks of the workbook format itself, which Excel's own files hold in place of other characters; the reader takes them for those.
MARKS = ("x005F_", "_x000D_", "<r>")
WORDS = st.one_of(RISKY, TEXT).map(str.strip).filter(lambda text: text and not text.startswith("#") and not any(m in text for m in MARKS))


def values(column: Column) -> st.SearchStrategy[Any]:
    low, high = column.limits.get("minimum"), column.limits.get("maximum")
    strategy: st.SearchStrategy[Any]
    if column.choices:
        strategy = st.sampled_from(column.choices)
    elif column.kind == "yes_no":
        strategy = st.booleans()
    elif column.kind == "whole":
        strategy = st.integers(-(10**15) if low is None else int(low), 10**15 if high is None else int(high))
    elif column.kind == "number":
        above = column.limits.get("exclusiveMinimum")
        strategy = st.floats(low if above is None else above, high, allow_nan=False, allow_infinity=False, exclude_min=above is not None)
    elif "be a financial year such" in column.form:
        strategy = st.integers(2000, 2098).map(year_label)
    elif "quarter such" in column.form:
        strategy = st.integers(8000, 8399).map(quarter_label)
    elif "list quarters" in column.form:
        strategy = st.permutations("1234").flatmap(lambda order: st.integers(1, 4).map(lambda n: " ".join(order[:n])))
    elif column.limits:
        strategy = WORDS.filter(lambda text: "\n" not in text)
    else:
        strategy = WORDS
    return strategy if column.required else st.one_of(st.just(column.default), strategy)


@st.composite
def instances(draw: st.DrawFn, model: type[BaseModel] = PlanInput) -> BaseModel:
    """Any instance that obeys types, limits, keys and references, whether or not it makes sense."""
    data: dict[str, Any] = {}
    for table in tables.tables_of(model):
        columns = {}
        for column in table.columns:
            columns[column.name] = values(column)
            if column.ref is not None:
                target = next(t for t in tables.tables_of(model) if t.title == column.ref[0])
                listed = [row[column.ref[1]] for row in data.get(target.name, [])]
                blank = [] if column.required else [column.default]
                columns[column.name] = st.sampled_from([*blank, *listed]) if blank or listed else st.nothing()
        if not table.many:
            data[table.name] = draw(st.fixed_dictionaries(columns))
        elif any(strategy.is_empty for strategy in columns.values()):
            data[table.name] = []
        else:
            keys = [column.name for column in table.columns if column.key]
            row = st.fixed_dictionaries(columns)
            data[table.name] = draw(st.lists(row, min_size=int(table.required), max_size=2, unique_by=itemgetter(*keys)))
    return model.model_validate(data)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(instances())
def test_all_three_kinds_of_file_read_back_as_the_same_data(data: BaseModel) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("plan.xlsx", "plan.json", "plan"):
            loaded = tables.read(write(Path(folder) / name, data), type(data))
            assert errors(loaded) == []
            assert loaded.data == data
            assert loaded.digest == tables.digest(data)


@pytest.mark.parametrize("data", [tiny(), full()], ids=["tiny", "full"])
@pytest.mark.parametrize("name", ["plan.xlsx", "plan.json", "plan"])
def test_samples_read_back_without_a_finding(tmp_path: Path, name: str, data: PlanInput) -> None:
    loaded = tables.read(write(tmp_path / name, data), PlanInput)
    assert (loaded.data, loaded.findings, loaded.digest, loaded.source) == (data, (), tables.digest(data), name)


@pytest.mark.parametrize("name", ["plan.xlsx", "plan.json", "plan"])
def test_the_same_data_make_the_same_bytes(tmp_path: Path, name: str) -> None:
    def content(path: Path) -> list[tuple[str, bytes]]:
        return [(p.name, p.read_bytes()) for p in sorted(path.iterdir())] if path.is_dir() else [("", path.read_bytes())]

    assert content(write(tmp_path / name, full())) == content(write(tmp_path / f"again_{name}", full()))


def test_digest_tells_data_apart() -> None:
    assert tables.digest(tiny(4)) != tables.digest(tiny(5))
    assert len(tables.digest(tiny())) == 64


def test_a_workbook_with_results_is_still_the_same_input(tmp_path: Path) -> None:
    row = StaffInPost(service="camden", post="pwp", quarter="2026/27 Q1", wte=3.25, arrivals=0.25, leavers=0.1)
    path = tmp_path / "plan.xlsx"
    extra: dict[str, list[list[str | float | bool | None]]] = {"Checks": [["Check", "Passed"], ["S1", True], ["=S2", None], [1, 2.5]]}
    tables.write_workbook(path, full(), results=PlanAnswer(staff=(row,)), readme=["A plan.", "=not a formula"], extra_sheets=extra)
    loaded = tables.read(path, PlanInput)
    assert loaded.data == full()
    assert loaded.findings == ()
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:3] == ["Read me", "Settings", "Services"]
    assert book.sheetnames.index("Result posts") > book.sheetnames.index("Assumptions")
    assert book.sheetnames[-2:] == ["Checks", "Notes"]
    assert [cell.value for cell in book["Result staff"][2]] == ["camden", "pwp", "2026/27 Q1", 3.25, 0.25, 0.1]
    assert [[cell.value for cell in line] for line in book["Checks"]] == [["Check", "Passed"], ["S1", "yes"], ["=S2", None], [1, 2.5]]
    assert book["Read me"]["B2"].value == "=not a formula"
    formulas = [cell.coordinate for sheet in book for line in sheet for cell in line if cell.data_type == "f"]
    assert formulas == []


def test_sheets_are_laid_out_for_people(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write(tmp_path / "plan.xlsx", full()))
    assert "Settings" in [cell.value for cell in book["Read me"]["A"]]
    for sheet in book.worksheets:
        assert not sheet.merged_cells.ranges
    staff = book["Staff"]
    assert [cell.value for cell in staff[1]] == ["Service", "Post", "In post", "First year", "Long serving", "Established"]
    assert staff["A1"].font.bold
    assert staff.freeze_panes == "A2"
    assert [table.ref for table in staff.tables.values()] == ["A1:F4"]
    rules = {str(rule.sqref): rule for rule in staff.data_validations.dataValidation}
    assert rules["B2:B501"].formula1 == "'Posts'!$A$2:$A$501"
    assert (rules["C2:C501"].type, rules["C2:C501"].formula1) == ("decimal", "0")
    assert rules["C2:C501"].error == "In post must be a number from 0 to 1,000,000,000,000."
    assert rules["C2:C501"].prompt == "Staff in post. Unit: WTE."
    care = {str(rule.sqref): rule for rule in book["Care"].data_validations.dataValidation}
    assert care["B2:B501"].formula1 == '"low,high"'
    notes = [tuple(cell.value for cell in row) for row in book["Notes"]]
    assert ("Staff", "Post", "Post; trainee posts are not listed here.", None, "a post of the sheet Posts", "needed") in notes
    assert ("Care", "Attended", "Share of booked slots attended; the others are lost.", "share", "a number above 0 and at most 1", "needed") in notes
    assert (
        "Settings",
        "Hours per week",
        "Contracted hours of one whole-time equivalent.",
        "hours a week",
        "a number above 0 and at most 60",
        "37.5",
    ) in notes


def test_template_is_empty_or_the_demo(tmp_path: Path) -> None:
    tables.template(tmp_path / "demo.xlsx", PlanInput, full())
    assert tables.read(tmp_path / "demo.xlsx", PlanInput).data == full()
    tables.template(tmp_path / "empty.xlsx", PlanInput, None)
    loaded = tables.read(tmp_path / "empty.xlsx", PlanInput)
    assert errors(loaded) == [
        "IN-03 Settings!B2: Title is empty. It must be text of at most 60 characters.",
        "IN-03 Settings!B3: First quarter is empty. It must be a quarter such as 2026/27 Q1 (April to June).",
        "IN-03 Settings!B4: Quarters is empty. It must be a whole number from 1 to 60.",
        *(
            f"IN-01 {title}: The table has headings and no rows. Fill in at least one row."
            for title in ("Services", "Posts", "Pay", "On-costs", "Priorities", "Objectives")
        ),
    ]
    assert openpyxl.load_workbook(tmp_path / "empty.xlsx")["Settings"]["B5"].value == 37.5


def test_csv_files_are_safe_in_a_spreadsheet(tmp_path: Path) -> None:
    data = tiny()
    note = data.flows[0].model_copy(update={"note": "=HYPERLINK(1)"})
    data = data.model_copy(update={"flows": (note,)})
    write(tmp_path / "plan", data)
    with (tmp_path / "plan" / "flows.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["note"] == "'=HYPERLINK(1)"
    assert (tmp_path / "plan" / "settings.csv").read_bytes().startswith(b"item,value\ntitle,Tiny plan\n")
    assert tables.read(tmp_path / "plan", PlanInput).data == data


def test_nothing_is_left_behind_when_writing_fails(tmp_path: Path) -> None:
    data = tiny()
    long = data.model_copy(update={"flows": (data.flows[0].model_copy(update={"note": "x" * 40_000}),)})
    write(tmp_path / "plan.xlsx", data)
    with pytest.raises(ValueError, match="Flows, row 2: text of more than 32,767 characters"):
        write(tmp_path / "plan.xlsx", long)
    assert [path.name for path in tmp_path.iterdir()] == ["plan.xlsx"]
    assert tables.read(tmp_path / "plan.xlsx", PlanInput).data == data


def test_a_blank_that_would_not_read_back_is_not_written(tmp_path: Path) -> None:
    data = tiny()
    unnamed = data.model_copy(update={"services": (data.services[0].model_copy(update={"name": ""}),)})
    with pytest.raises(ValueError, match="Services: Name is blank"):
        write(tmp_path / "plan", unnamed)


def test_the_committed_input_reference_is_up_to_date() -> None:
    page = (ROOT / "docs" / "input.md").read_text(encoding="utf-8")
    assert page == tables.reference(PlanInput, "Input of the plan"), (
        "run: python -m optimiser.tables optimiser.plan.data:PlanInput 'Input of the plan' docs/input.md"
    )
    assert "| **Post** | `post` | Post; trainee posts are not listed here. |  | → Posts, post | needed |" in page
    assert (
        "| Carry over | `carry_over` | Largest share of the amount that may be carried into the next year. | share | a number from 0 to 1 | 0 |"
        in page
    )


def test_the_reference_has_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "zoo.md"
    monkeypatch.setattr("sys.argv", ["tables", "optimiser.plan.data:PlanAnswer", "Answer", str(page)])
    runpy.run_module("optimiser.tables", run_name="__main__")
    assert page.read_text(encoding="utf-8") == tables.reference(PlanAnswer, "Answer")
    monkeypatch.setattr("sys.argv", ["tables"])
    with pytest.raises(SystemExit, match="usage: python -m"):
        runpy.run_module("optimiser.tables", run_name="__main__")


# --- what is accepted -------------------------------------------------------------------------------------------------


def test_headings_and_values_as_people_type_them(tmp_path: Path) -> None:
    path = edited(
        tmp_path,
        ("Staff", "C1", " in_POST "),
        ("Posts", cell_of("Posts", "Band", 2), 4.0),
        ("Posts", cell_of("Posts", "Low intensity", 2), "TRUE"),
        ("Posts", cell_of("Posts", "High intensity", 2), 0),
        ("Posts", cell_of("Posts", "Contract", 2), "Trainee"),
        ("Staff", "C2", " 3 "),
        ("Care", cell_of("Care", "Step", 2), "LOW "),
    )
    loaded = tables.read(path, PlanInput)
    assert loaded.findings == ()
    assert loaded.data == full()


def test_columns_in_any_order_blank_rows_and_explanations_above(tmp_path: Path) -> None:
    path = edited(tmp_path)
    book = openpyxl.load_workbook(path)
    rows = [[cell.value for cell in row] for row in book["Staff"]]
    del book["Staff"]
    sheet = book.create_sheet("staff")
    sheet["B1"] = "Staff in post at the end of March"
    for i, row in enumerate(rows):
        for j, value in enumerate(reversed(row)):
            sheet.cell(row=4 + 2 * i, column=3 + j, value=value)
    book.save(path)
    loaded = tables.read(path, PlanInput)
    assert loaded.findings == ()
    assert loaded.data == full()
    book["staff"]["D8"] = "x"
    book.save(path)
    assert errors(tables.read(path, PlanInput)) == ['IN-03 staff!D8: Long serving must be a number, 0 or more. You have "x".']


def test_a_formula_that_was_worked_out_counts_as_its_value(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "pets.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Pets")
        sheet.write_row(0, 0, ["Pet", "Legs", "Kind"])
        sheet.write_row(1, 0, ["Rex"])
        sheet.write_formula(1, 1, "=2+2", None, 4)
        sheet.write_row(1, 2, ["dog"])
    loaded = tables.read(path, Zoo)
    assert errors(loaded) == []
    assert loaded.data == Zoo(pets=(Pet(pet="Rex", legs=4, kind="dog"),))


def test_a_sheet_that_is_no_table_is_not_read_and_may_be_cut_off(tmp_path: Path) -> None:
    import xlsxwriter

    path, damaged = tmp_path / "pets.xlsx", tmp_path / "damaged.xlsx"
    with xlsxwriter.Workbook(path) as book:
        pets, scribble = book.add_worksheet("Pets"), book.add_worksheet("Scribble")
        pets.write_row(0, 0, ["Pet", "Legs", "Kind"])
        pets.write_row(1, 0, ["Rex", 4, "dog"])
        scribble.write_row(0, 0, ["1 + 1", "="])
    with zipfile.ZipFile(path) as sound, zipfile.ZipFile(damaged, "w") as archive:
        for member in sound.namelist():
            archive.writestr(member, sound.read(member)[: -60 if member.endswith("sheet2.xml") else None])
    loaded = tables.read(damaged, Zoo)
    assert loaded.data == Zoo(pets=(Pet(pet="Rex", legs=4, kind="dog"),))
    assert [str(finding) for finding in loaded.findings] == ['damaged.xlsx: "Scribble" is not the name of a table, so it was not read.']


def test_the_titles_of_the_tables_are_had_without_their_columns() -> None:
    for model in (PlanInput, RotaInput, Zoo):
        assert tables.titles_of(model) == {table.title: table.required for table in tables.tables_of(model)}


def test_csv_with_bom_titles_and_windows_line_ends(tmp_path: Path) -> None:
    folder = write(tmp_path / "plan", full())
    text = (folder / "staff.csv").read_text(encoding="utf-8").replace("in_post", "In post").replace("\n", "\r\n")
    (folder / "staff.csv").write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\r\n,,,,,\r\n")
    (folder / "README.md").write_text("About this plan.", encoding="utf-8")
    (folder / "best_known.json").write_text("{}", encoding="utf-8")
    (folder / "result_posts.csv").write_text("a,b\n", encoding="utf-8")
    loaded = tables.read(folder, PlanInput)
    assert loaded.findings == ()
    assert loaded.data == full()


def test_optional_tables_and_columns_may_be_left_out(tmp_path: Path) -> None:
    path = edited(tmp_path, ("Outreach returns", "-", None), ("Outreach", "-", None), ("Flows", "H1", None), ("Flows", "H3", None))
    loaded = tables.read(path, PlanInput)
    assert loaded.findings == ()
    assert loaded.data is not None
    assert loaded.data.outreach == ()
    assert [flow.note for flow in loaded.data.flows] == ["", ""]


def test_json_takes_sheet_names_and_headings_too(tmp_path: Path) -> None:
    path = write(tmp_path / "plan.json", full())
    whole = json.loads(path.read_text(encoding="utf-8"))
    whole["On-costs"] = whole.pop("on_costs")
    whole["staff"] = [{"In post" if key == "in_post" else key: value for key, value in row.items()} for row in whole["staff"]]
    path.write_text(json.dumps(whole), encoding="utf-8")
    loaded = tables.read(path, PlanInput)
    assert loaded.findings == ()
    assert loaded.digest == tables.digest(full())


# --- what is refused: workbook ----------------------------------------------------------------------------------------

CELLS: list[tuple[list[tuple[str, str, object]], str]] = [
    ([("Services", "-", None)],
     "IN-01 plan.xlsx: There is no sheet called Services. Add it, or start from a template. Found: Read me, Settings, "
     "Posts, "),
    ([("Staff", "C1", "In psot")], 'IN-02 Staff: There is no column called In post. The nearest heading is "In psot" (Staff!C1). Rename it.'),
    ([("Staff", "C1", None)], "IN-02 Staff: There is no column called In post. Add it."),
    ([("Flows", "C1", "Minimum quarter")], 'IN-02 Flows!C1: There is no column called "Minimum quarter" here. Did you mean Minimum quarters?'),
    ([("Staff", "F1", "Post")], "IN-02 Staff!F1: There are two columns called Post; the other is at Staff!B1. Keep one of them."),
    ([("Settings", "A2", "Titel")], 'IN-02 Settings: There is no item called Title. The nearest heading is "Titel" (Settings!A2). Rename it.'),
    ([("Staff", "C2", "3 days")], 'IN-03 Staff!C2: In post must be a number, 0 or more. You have "3 days".'),
    ([("Staff", "C2", -1)], "IN-03 Staff!C2: In post must be a number from 0 to 1,000,000,000,000. You have -1."),
    ([("Staff", "C2", None)], "IN-03 Staff!C2: In post is empty. It must be a number, 0 or more."),
    ([("Staff", "C2", True)], "IN-03 Staff!C2: In post must be a number, 0 or more. You have TRUE."),
    ([("Posts", cell_of("Posts", "Absence", 3), 20)], "IN-03 Posts!K3: Absence must be a number from 0 to 1. You have 20."),
    ([("Settings", "B4", 6.5)], "IN-03 Settings!B4: Quarters must be a whole number from 1 to 60. You have 6.5."),
    ([("Settings", "B4", "six")], 'IN-03 Settings!B4: Quarters must be a whole number from 1 to 60. You have "six".'),
    ([("Settings", "B4", 61)], "IN-03 Settings!B4: Quarters must be a whole number from 1 to 60. You have 61."),
    ([("Settings", "B3", "2026 Q1")], "IN-03 Settings!B3: First quarter must be a quarter such as 2026/27 Q1 (April to June). You have '2026 Q1'."),
    ([("Posts", cell_of("Posts", "High intensity", 2), "maybe")], 'IN-03 Posts!H2: High intensity must be yes or no. You have "maybe".'),
    ([("Care", "B2", "lo")], 'IN-03 Care!B2: Step must be low or high. You have "lo". Did you mean low?'),
    ([("Services", "D2", "north")], 'IN-03 Services!D2: London zone must be one of inner, outer, fringe, none. You have "north".'),
    ([("Services", "A2", "a\nb")], 'IN-03 Services!A2: Service must be on one line. You have "a\\nb".'),
    ([("Services", "C2", "x" * 61)], 'IN-03 Services!C2: Area must be text of at most 60 characters. You have "xxx'),
    ([("Staff", "B3", "senor pwp")], "IN-04 Staff!B3: Post names senor pwp, which is not in Posts. Did you mean senior_pwp?"),
    ([("Staff", "B3", "zzz")], "IN-04 Staff!B3: Post names zzz, which is not in Posts. Posts has hit, pwp, senior_pwp, trainee_pwp."),
    ([("Objectives", "A2", 9)], "IN-04 Objectives!A2: Priority names 9, which is not in Priorities. Priorities has 1, 2, 3."),
    ([("Options", "-", None)], "IN-04 Limits!B2: Option names no_new_money, which is not in Options. Add it to Options."),
    ([("Staff", "B4", "pwp")], "IN-05 Staff!A4: camden, pwp is in Staff twice (rows 2 and 4). Keep one, or change Service or Post."),
    ([("Pay", "D2", "#N/A")], "IN-07 Pay!D2: The cell shows #N/A. Type a value or mend the formula."),
    ([("Pay", "B2", "#REF!")], "IN-07 Pay!B2: The cell shows #REF!. Type a value or mend the formula."),
]  # fmt: skip


@pytest.mark.parametrize(("edits", "message"), CELLS, ids=[message for _, message in CELLS])
def test_messages_name_the_cell(tmp_path: Path, edits: list[tuple[str, str, object]], message: str) -> None:
    loaded = tables.read(edited(tmp_path, *edits), PlanInput)
    assert loaded.data is None
    assert loaded.digest == ""
    assert any(error.startswith(message) for error in errors(loaded)), errors(loaded)


def test_formulas_excel_has_not_worked_out(tmp_path: Path) -> None:
    import datetime

    path = edited(
        tmp_path,
        ("Budget", "E2", "=1+1"),
        ("Services", "B2", "=A2"),
        ("Staff", "C3", datetime.date(2026, 3, 1)),
        ("Assumptions", "I2", datetime.datetime(2026, 3, 1)),
    )
    assert errors(tables.read(path, PlanInput)) == [
        "IN-06 Services!B2: The cell holds a formula Excel has not worked out. Open the file in Excel, save it, and try again.",
        "IN-03 Staff!C3: In post must be a number, 0 or more. You have the date 1 March 2026.",
        "IN-06 Budget!E2: The cell holds a formula Excel has not worked out. Open the file in Excel, save it, and try again.",
    ]


def test_everything_wrong_is_told_at_once_errors_before_warnings(tmp_path: Path) -> None:
    path = edited(
        tmp_path,
        ("Staff", "C2", "many"),
        ("Staff", "C3", "few"),
        ("Staff", "D3", -2),
        ("Staff", "G1", "Date of Birth"),
        ("Staff", "H1", "Ethnic Origin"),
        ("Staff", "I1", "NI Number"),
        ("Staff", "J1", "Colour"),
        ("Staff", "K3", "see file"),
        ("Staff", "G2", "1 May 1970"),
        ("Demnd", "A1", "x"),
        ("Notes on leavers", "A1", "x"),
        ("Sheet1", "A1", "x"),
        ("Pay", "B3", "#N/A"),
        ("Demand", "A2", "camdem"),
    )
    loaded = tables.read(path, PlanInput)
    assert errors(loaded) == [
        'IN-03 Staff!C2: In post must be a number, 0 or more. You have "many".',
        'IN-03 Staff!C3: In post must be a number, 0 or more. You have "few".',
        "IN-03 Staff!D3: First year must be a number from 0 to 1,000,000,000,000. You have -2.",
        "IN-07 Pay!B3: The cell shows #N/A. Type a value or mend the formula.",
        "IN-04 Demand!A2: Service names camdem, which is not in Services. Did you mean camden?",
    ]
    assert warnings(loaded) == [
        'IN-01 plan.xlsx: "Demnd" is not the name of a table, so it was not read. Did you mean Demand?',
        'IN-01 plan.xlsx: "Sheet1" is not the name of a table, so it was not read.',
        "IN-10 Staff: Left out 3 columns not needed: Date of Birth, Ethnic Origin, NI Number. Nothing from them was kept.",
        'IN-02 Staff!J1: "Colour" is no column of Staff, so it was not read.',
        "IN-02 Staff!K1: The column has no heading, so it was not read. Give it a heading, or clear it.",
    ]
    assert [f.severity for f in loaded.findings] == ["error"] * 5 + ["warning"] * 5
    assert "1970" not in str(loaded)


@pytest.mark.parametrize(
    "heading",
    ["Date of birth", "DOB", "Ethnicity", "NI no", "National Insurance Number", "Home address", "Postcode", "Sex", "Gender", "Full name",
     "Employee Name", "E-mail", "emailAddress", "Mobile phone", "Sickness reason", "Absence Reason", "Reason for absence", "Religion"],
)  # fmt: skip
def test_personal_columns_are_left_out(tmp_path: Path, heading: str) -> None:
    loaded = tables.read(edited(tmp_path, ("Staff", "G1", heading), ("Staff", "G2", "secret")), PlanInput)
    assert loaded.data == full()
    assert warnings(loaded) == [f"IN-10 Staff: Left out 1 column not needed: {heading}. Nothing from them was kept."]


def test_a_stray_cell_in_the_last_corner_costs_nothing(tmp_path: Path) -> None:
    loaded = tables.read(edited(tmp_path, ("Staff", "XFD1048576", "x")), PlanInput)
    assert loaded.data == full()
    assert warnings(loaded) == ["IN-02 Staff!XFD1: The column has no heading, so it was not read. Give it a heading, or clear it."]


# --- what is refused: files -------------------------------------------------------------------------------------------

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.xlsx", None, "IN-09 none.xlsx: There is no file or folder of this name. Check the name and the folder you are in."),
        ("plan.docx", b"x",
         "IN-09 plan.docx: Only an Excel workbook (.xlsx), a folder of CSV files or a .json file can be read. Save it as "
         "one of these."),
        ("staff.csv", b"x", "IN-09 staff.csv: One CSV file holds only one table. Give the folder that holds all the CSV files."),
        ("plan.xlsx", b"", "IN-09 plan.xlsx: The file is empty. Choose another file, or start from a template."),
        ("plan.xlsx", b"a,b",
         "IN-09 plan.xlsx: The workbook is damaged or is not an Excel workbook. Open it in Excel and save it as an Excel "
         "workbook (.xlsx)."),
        ("plan.xls", OLE, "IN-09 plan.xls: This is an old Excel workbook (.xls). Open it in Excel and save it as an Excel workbook (.xlsx)."),
        ("plan.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "IN-09 plan.xlsx: The workbook has a password. Save a copy without a password."),
        ("~$plan.xlsx", b"\x05me", "IN-09 ~$plan.xlsx: This is only a marker: the workbook itself is open in Excel. Close it and give plan.xlsx."),
        ("plan.json", b"{\n  'a'",
         "IN-09 plan.json, line 2, column 3: This is not JSON: expecting property name enclosed in double quotes. Mend "
         "the file there."),
        ("plan.json", b"[]",
         "IN-09 plan.json: The file must hold one object with a key for each table. You have a list. Start from an "
         "exported file."),
        ("plan.json", b'{"a": NaN}', "IN-09 plan.json: This is not JSON: NaN is not a number in JSON. Write numbers with digits only."),
        ("plan.json", b'{"a": "\xff"}', "IN-09 plan.json: The file is not UTF-8 text. Save it as UTF-8."),
        ("plan.json", b"[" * 100_000, "IN-09 plan.json: Lists are nested too deeply. Write each table as one list of rows."),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    loaded = tables.read(tmp_path / name, PlanInput)
    assert errors(loaded) == [message]
    assert (loaded.data, loaded.digest, loaded.source) == (None, "", name)


def test_a_zip_that_is_no_workbook_and_a_truncated_one(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert errors(tables.read(tmp_path / "a.xlsx", PlanInput)) == [
        "IN-09 a.xlsx: This is not an Excel workbook (.xlsx). Open it in Excel and save it as an Excel workbook (.xlsx)."
    ]
    path = write(tmp_path / "plan.xlsx", tiny())
    path.write_bytes(path.read_bytes()[:5000])
    assert errors(tables.read(path, PlanInput))[0].startswith("IN-09 plan.xlsx: The workbook is damaged")


def test_a_workbook_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimiser.tables.sources._UNPACKED", 1000)
    assert errors(tables.read(write(tmp_path / "plan.xlsx", tiny()), PlanInput)) == [
        "IN-09 plan.xlsx: The workbook is too large: it unpacks to more than 500 MB. Keep only the sheets that are needed."
    ]


@pytest.mark.parametrize(("name", "first"), [("plan.xlsx", "plan.xlsx"), ("plan", "assumptions.csv")])
def test_files_that_are_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, first: str) -> None:
    path = write(tmp_path / name, tiny())

    def locked(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", locked)
    said = f"IN-09 {first}: It cannot be opened (Permission denied). If it is open in Excel, close it and try again."
    assert errors(tables.read(path, PlanInput))[0] == said


def test_a_folder_without_csv_files(tmp_path: Path) -> None:
    assert errors(tables.read(tmp_path, PlanInput)) == [
        f"IN-09 {tmp_path.name}: There are no CSV files in this folder. Give the folder that holds one CSV file for each table, or a workbook."
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("staff.csv", b"service;post\na;b\n",
         'IN-09 staff.csv: The columns are not separated by commas. In Excel choose Save As and "CSV UTF-8 (Comma '
         'delimited)".'),
        ("staff.csv", "service,post\n".encode("utf-16"),
         'IN-09 staff.csv: The file is not plain UTF-8 text. In Excel choose Save As and "CSV UTF-8 (Comma delimited)".'),
        ("staff.csv", b"service\0,post\n", "IN-09 staff.csv: The file is not plain UTF-8 text."),
        ("staff.csv", b"service,post\ncaf\xe9,b\n",
         'IN-09 staff.csv, line 2: The file is not UTF-8 text. In Excel choose Save As and "CSV UTF-8 (Comma delimited)".'),
        ("staff.csv", b'service,post\n"a,b\n',
         "IN-09 staff.csv, line 2: There is a double quote that is not closed or not doubled. Inside quoted text write a "
         "double quote twice"),
        ("staff.csv", b"service,post\n" + b"x" * 140_000, "IN-09 staff.csv, line 2: There is a cell of more than 131,072 characters."),
        ("flows.csv", b"from_post,to_post\na,b,c\n",
         "IN-03 flows.csv, row 2: The row has 3 values and the heading row has 2. Put text that holds a comma in double "
         "quotes"),
        ("flows.csv", b"from_post,to_post\npwp\n", "IN-03 flows.csv, row 2: The row has 1 value and the heading row has 2."),
        ("flows.csv", b"From post,To post\n\npwp,hitt\n",
         "IN-04 flows.csv, row 3, column To post: To post names hitt, which is not in Posts. Did you mean hit?"),
        ("settings.csv", b"item,value\ntitle,x\nfirst_quarter,2026/27 Q1\nquarters,many\n",
         'IN-03 settings.csv, row 4, column value: Quarters must be a whole number from 1 to 60. You have "many".'),
        ("settings.csv", b"item,value\ntitle,x\nquarters,4\n", "IN-02 settings.csv: There is no item called First quarter. Add it."),
        ("posts.csv", b"", "IN-01 posts.csv: The table is empty. Fill in at least one row."),
        ("On costs.csv", b"year\n", "IN-01 on_costs.csv: There are two files for On-costs. Keep one of them."),
        ("places.csv", b"programme,quarter,places\npwp_course,2026/27 Q2,inf\n",
         'IN-03 places.csv, row 2, column places: Places must be a whole number from 0 to 100,000. You have "inf".'),
        ("places.csv", b"programme,quarter,places\npwp_course,2026/27 Q2,1e999\n",
         "IN-03 places.csv, row 2, column places: Places must be a whole number from 0 to 100,000."),
    ],
    ids=lambda value: value.split(":")[-1][:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_csv_messages(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    folder = write(tmp_path / "plan", full())
    (folder / name).write_bytes(content)
    loaded = tables.read(folder, PlanInput)
    assert loaded.data is None
    assert any(error.startswith(message) for error in errors(loaded)), errors(loaded)


def test_unknown_csv_files_are_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "plan", full())
    (folder / "stafff.csv").write_text("a\n", encoding="utf-8")
    loaded = tables.read(folder, PlanInput)
    assert loaded.data == full()
    assert warnings(loaded) == ['IN-01 stafff.csv: "stafff" is not the name of a table, so it was not read. Did you mean Staff?']


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"staff": {}}, "IN-03 staff: It must be a list of rows. You have an object."),
        ({"staff": [1]}, "IN-03 staff[0]: A row must be an object. You have 1."),
        ({"settings": []}, "IN-03 settings: It must be an object of items and values. You have a list."),
        ({"flows": [{"from_post": "pwp"}]}, "IN-02 flows: There is no column called To post. Add it."),
        ({"flows": [{"from_post": "pwp", "to_post": "hit"}, {"from_post": "hit"}]},
         "IN-03 flows[1].to_post: To post is empty. It must be text of at most 60 characters."),
        ({"flows": [{"from_post": "pwp", "to_post": ["hit"]}]},
         "IN-03 flows[0].to_post: To post must be text of at most 60 characters. You have a list."),
        ({"flows": [{"from_post": "pwp", "to_post": "hit"}] * 2},
         "IN-05 flows[1].from_post: pwp, hit is in Flows twice (items 0 and 1). Keep one, or change From post or To post."),
        ({"flows": [{"from_post": "pwp", "to_post": "hit", "note": "a\u0000b"}]},
         'IN-03 flows[0].note: Note must be text of characters that can be printed. You have "a\\x00b".'),
        ({"flows": [{"from_post": "pwp", "to_post": "hit", "note": "\ud800"}]},
         'IN-03 flows[0].note: Note must be text of characters that can be printed. You have "\\ud800".'),
        ({"services": None}, "IN-03 services: It must be a list of rows. You have nothing."),
        ({"pay": []}, "IN-01 pay: The table is empty. Fill in at least one row."),
        ({"assumptions": [{"item": "a", "low": 1e999}]}, "IN-09 plan.json: This is not JSON: Infinity is not a number in JSON."),
        ({"assumptions": [{"item": "a", "low": 10**400}]},
         "IN-03 assumptions[0].low: Low must be a number. You have a number of more than 30 digits."),
    ],
    ids=str,
)  # fmt: skip
def test_json_messages(tmp_path: Path, change: dict[str, object], message: str) -> None:
    path = write(tmp_path / "plan.json", full())
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    loaded = tables.read(path, PlanInput)
    assert loaded.data is None
    assert any(error.startswith(message) for error in errors(loaded)), errors(loaded)


def test_json_keys_given_twice_or_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "plan.json", full())
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"services":', '"pay": [], "service": [], "old":', 1), encoding="utf-8")
    loaded = tables.read(path, PlanInput)
    assert 'IN-05 plan.json: The key "pay" is twice in one object. Keep one of them.' in errors(loaded)
    assert any(
        e.startswith("IN-01 plan.json: There is no key called services. Add it, or start from a template. Found: settings, ") for e in errors(loaded)
    )
    assert warnings(loaded) == [
        'IN-01 plan.json: "service" is not the name of a table, so it was not read. Did you mean Services?',
        'IN-01 plan.json: "old" is not the name of a table, so it was not read.',
    ]


# --- any other model --------------------------------------------------------------------------------------------------


class Pet(BaseModel):
    """A pet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pet: str = Field(title="Pet", json_schema_extra={"key": True})
    legs: int = Field(title="Legs", ge=0, default=4)
    kind: Literal["dog", "cat"] = Field(title="Kind")
    mother: str = Field(title="Mother", default="", json_schema_extra={"ref": "Pets.pet"})
    weight: float | None = Field(title="Weight", gt=0, default=None)

    @model_validator(mode="after")
    def _enough_legs(self) -> Pet:
        if self.kind == "dog" and self.legs < 3:
            raise ValueError("A dog has three legs or more. Count again.")
        return self


class Zoo(BaseModel):
    """Pets and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    label: str = ""
    pets: tuple[Pet, ...] = Field(alias="Pets", default=())

    @model_validator(mode="after")
    def _not_too_many(self) -> Zoo:
        if len(self.pets) > 3:
            raise ValueError("Four pets are too many.")
        return self


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("Rex,4,dog,,\nTom,,cat,,4.5\n", []),
        ("Rex,2,dog,,\n", ["IN-03 pets.csv, row 2, column pet: A dog has three legs or more. Count again."]),
        ("Rex,4,dog,Tim,\n", ["IN-04 pets.csv, row 2, column mother: Mother names Tim, which is not in Pets. Pets has Rex."]),
        ("Rex,4,dog,,0\n", ["IN-03 pets.csv, row 2, column weight: Weight must be a number above 0. You have 0."]),
        ("a,4,dog,,\nb,4,dog,,\nc,4,dog,,\nd,4,dog,,\n", ["IN-03 zoo: Four pets are too many."]),
        (
            "a,4,dog,,\na,4,dog,,\na,4,cat,,\n",
            ["IN-05 pets.csv, row 3, column pet: a is in Pets 3 times (rows 2, 3 and 4). Keep one, or change Pet."],
        ),
    ],
)
def test_rules_of_rows_and_of_the_whole(tmp_path: Path, rows: str, expected: list[str]) -> None:
    folder = tmp_path / "zoo"
    folder.mkdir()
    (folder / "pets.csv").write_text("pet,legs,kind,mother,weight\n" + rows, encoding="utf-8")
    loaded = tables.read(folder, Zoo)
    assert errors(loaded) == expected
    assert (loaded.data is None) == bool(expected)


def test_models_that_cannot_be_tables_are_refused(tmp_path: Path) -> None:
    class Twins(BaseModel):
        post: str = Field(title="Post")
        other: str = Field(title="post ")

    class Nested(BaseModel):
        inner: list[str] = Field(title="Inner")

    class Lost(BaseModel):
        there: str = Field(title="There", json_schema_extra={"ref": "Nowhere.x"})

    with pytest.raises(ValueError, match="cannot be told apart"):
        tables.tables_of(_instance(Twins))
    with pytest.raises(TypeError, match=r"Nested\.inner is not text"):
        tables.tables_of(_instance(Nested))
    (tmp_path / "rows.csv").write_text("there\nx\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"rows\.there refers to Nowhere\.x"):
        tables.read(tmp_path, _instance(Lost))


def _instance(row: type[BaseModel]) -> type[BaseModel]:
    return type("Instance", (BaseModel,), {"__annotations__": {"rows": tuple[row, ...]}, "rows": ()})  # type: ignore[valid-type]  # a class made while running
