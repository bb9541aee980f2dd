"""An export of staff in post becomes the Staff table: columns guessed and said, rows placed or listed, nothing personal kept, nothing lost."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import TYPE_CHECKING

import openpyxl
import pytest
from click.testing import CliRunner

import cli
import plan_samples
from optimiser import tables
from optimiser.engine import Misfit
from optimiser.plan import staff_import
from optimiser.plan.data import PlanInput, Post

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from click.testing import Result

HEADINGS = ("Employee Number", "Surname", "Org L5", "Job Title", "Pay Band", "Employee Category", "FTE", "Assignment Start Date", "Date of Birth")
# The plan begins in April 2026; its PWPs may be promoted after 8 quarters in post.
ROWS = (
    ("20711", "Featherstone", "Camden", "PWP", "Review Body Band 5", "Permanent", "1", "01/04/2025", "03/03/1991"),  # four quarters ago: first year
    ("20712", "Oyelaran", "camden", "pwp", "5", "", "0.6", "31-MAR-2025", "03/03/1991"),  # five quarters ago: past it
    ("20713", "Szczepanska", "Camden", "PWP", "Band 5", "Permanent", "0.5", "2024-03-31", "03/03/1991"),  # nine quarters ago: long serving
    ("20714", "Abernathy", "Camden", "High intensity therapist", "7", "Permanent", "0.8", "1 May 2019", "03/03/1991"),
)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan in a folder that has no staff yet."""
    folder = tmp_path / "plan"
    tables.write_folder(folder, plan_samples.tiny().model_copy(update={"staff": (), "supervisors": ()}))
    return folder


def export(tmp_path: Path, rows: Sequence[Sequence[str]] = ROWS, headings: Sequence[str] = HEADINGS) -> Path:
    path = tmp_path / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def run(*words: object, answer: str | None = None) -> Result:
    return CliRunner().invoke(cli.cli, ["import", "staff", *map(str, words)], input=answer)


def staff_of(plan: Path) -> dict[str, tuple[float, float, float, float]]:
    loaded = tables.read(plan, PlanInput)
    assert loaded.data is not None, loaded.findings
    return {r.post: (r.in_post, r.first_year, r.long_serving, r.established) for r in loaded.data.staff}


def test_rows_become_sums_by_service_and_post(tmp_path: Path, plan: Path) -> None:
    result = run(export(tmp_path), "--to", plan, "--yes")
    assert result.exit_code == 0, result.output
    # PWP: 1 + 0.6 + 0.5 in post, the first of them in their first year, the last there for 8 quarters; 2.1 need 3 whole posts.
    assert staff_of(plan) == {"pwp": (2.1, 1.0, 0.5, 3.0), "hit": (0.8, 0.0, 0.8, 1.0)}
    assert "posts established" in result.stderr
    assert f"Written: {plan / 'staff.csv'}" in result.stdout


def test_nothing_personal_is_kept_or_shown(tmp_path: Path, plan: Path) -> None:
    result = run(export(tmp_path), "--to", plan, "--yes")
    written = "".join(path.read_text(encoding="utf-8") for path in plan.iterdir())
    for row in ROWS:
        for secret in (row[0], row[1], row[8]):
            assert secret not in written + result.output
    assert "Personal, never kept: Employee Number, Surname and Date of Birth." in result.stderr


def test_a_personal_column_cannot_be_asked_for(tmp_path: Path, plan: Path) -> None:
    result = run(export(tmp_path), "--to", plan, "--yes", "--map", "Surname=service")
    assert result.exit_code == 3
    assert "personal" in result.stderr
    assert not (plan / "staff.csv").read_text(encoding="utf-8").count("\n") > 1


def test_the_mapping_is_shown_and_asked_for(tmp_path: Path, plan: Path) -> None:
    before = (plan / "staff.csv").read_bytes()
    said = run(export(tmp_path), "--to", plan, answer="n\n")
    assert "FTE                    is wte" in said.stderr
    assert said.exit_code == 130
    assert (plan / "staff.csv").read_bytes() == before
    assert run(export(tmp_path), "--to", plan, answer="y\n").exit_code == 0
    assert staff_of(plan)


def test_columns_that_are_missing_are_named_at_once(tmp_path: Path, plan: Path) -> None:
    path = export(tmp_path, [("Camden", "5", "x")], ("Organisation", "Pay Band", "Hours"))
    with pytest.raises(Misfit) as caught:
        staff_import.open_export(path, {})
    assert all(f"({field})" in caught.value.what for field in ("role", "wte", "started"))
    result = run(path, "--to", plan, "--yes")
    assert result.exit_code == 3
    assert "Hours" in result.stderr


def test_a_column_may_be_said_and_taken_away(tmp_path: Path) -> None:
    path = export(tmp_path, [("Camden", "PWP", "0.5", "1/1/2020", "9", "1")], ("Where", "Job Title", "Share", "Start Date", "FTE", "Budgeted FTE"))
    found = staff_import.open_export(path, {"where": "service", "Share": "wte", "Budgeted FTE": "nothing"})
    assert {field: found.headings[j] for field, j in found.columns.items()} == {
        "service": "Where", "role": "Job Title", "wte": "Share", "started": "Start Date",
    }  # fmt: skip
    assert found.unused == ("FTE", "Budgeted FTE")


@pytest.mark.parametrize("asked", ["Nowhere=wte", "FTE=hours", "FTE"])
def test_a_mapping_that_cannot_be(tmp_path: Path, plan: Path, asked: str) -> None:
    result = run(export(tmp_path), "--to", plan, "--yes", "--map", asked)
    assert result.exit_code == (3 if asked == "Nowhere=wte" else 2)


BAD = (
    ("1", "A", "Camden", "PWP", "5", "Permanent", "", "01/04/2020", ""),
    ("2", "A", "Camden", "PWP", "7", "Permanent", "1", "01/04/2020", ""),
    ("3", "A", "Camden", "Art therapist", "7", "Permanent", "1", "01/04/2020", ""),
    ("4", "A", "Hackney", "PWP", "5", "Permanent", "1", "01/04/2020", ""),
    ("5", "A", "Camden", "PWP", "5", "Permanent", "1", "", ""),
    ("6", "A", "Camden", "PWP", "5", "Permanent", "1", "01/04/2026", ""),
    ("7", "A", "Camden", "PWP", "5", "Permanent", "minus one", "01/04/2020", ""),
    ("8", "A", "Camden", "PWP", "5", "Fixed term", "1", "01/04/2020", ""),
)


def test_rows_that_cannot_be_placed_are_all_listed_and_nothing_is_written(tmp_path: Path, plan: Path) -> None:
    before = (plan / "staff.csv").read_bytes()
    result = run(export(tmp_path, [*BAD, *ROWS]), "--to", plan, "--yes")
    assert result.exit_code == 3
    assert [f"row {i}:" in result.stderr for i in range(2, 14)] == [True] * 8 + [False] * 4
    assert (plan / "staff.csv").read_bytes() == before


def test_the_others_are_written_when_asked_for(tmp_path: Path, plan: Path) -> None:
    assert run(export(tmp_path, [*BAD, *ROWS]), "--to", plan, "--yes", "--leave-out").exit_code == 0
    assert staff_of(plan)["pwp"][0] == 2.1
    empty = run(export(tmp_path, BAD), "--to", plan, "--yes", "--leave-out", "--force")
    assert empty.exit_code == 3
    assert staff_of(plan)["pwp"][0] == 2.1


def test_a_role_or_service_may_be_called_otherwise(tmp_path: Path, plan: Path) -> None:
    words = ("--means", "art therapist=hit", "--means", "Hackney=camden")
    result = run(export(tmp_path, [BAD[2], BAD[3]]), "--to", plan, "--yes", *words)
    assert result.exit_code == 0, result.output
    assert staff_of(plan) == {"pwp": (1.0, 0.0, 1.0, 1.0), "hit": (1.0, 0.0, 1.0, 1.0)}


def test_trainees_are_counted_by_cohort_and_left_out(tmp_path: Path, plan: Path) -> None:
    trainee = ("1", "A", "Camden", "Trainee PWP", "4", "Fixed Term Temp", "1", "12/01/2026", "")
    result = run(export(tmp_path, [trainee, trainee, ROWS[0]]), "--to", plan, "--yes")
    assert "Trainee PWP, started 2025/26 Q4: 2 rows" in result.stderr
    assert set(staff_of(plan)) == {"pwp"}


def test_vacancies_and_posts_established_are_taken_where_they_are_told(tmp_path: Path, plan: Path) -> None:
    rows = [("PWP", "0.6", "1", "1/4/2020"), ("PWP", "0", "1.4", "")]
    assert run(export(tmp_path, rows, ("Job Title", "Actual FTE", "Budgeted FTE", "Start Date")), "--to", plan, "--yes").exit_code == 0
    assert staff_of(plan) == {"pwp": (0.6, 0.0, 0.6, 2.4)}


def test_staff_that_are_there_are_replaced_only_when_forced(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    tables.write_folder(folder, plan_samples.tiny().model_copy(update={"supervisors": ()}))
    before = (folder / "staff.csv").read_bytes()
    refused = run(export(tmp_path), "--to", folder, "--yes")
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert (folder / "staff.csv").read_bytes() == before
    assert run(export(tmp_path), "--to", folder, "--yes", "--force").exit_code == 0
    assert set(staff_of(folder)) == {"pwp", "hit"}


def test_a_workbook_is_filled_and_all_else_in_it_stays(tmp_path: Path) -> None:
    path = tmp_path / "mine.xlsx"
    tables.template(path, PlanInput, plan_samples.tiny().model_copy(update={"supervisors": ()}))
    book = openpyxl.load_workbook(path)
    book.create_sheet("Notes of mine")["A1"] = "Ask the trust about vacancies."
    book.save(path)
    assert run(export(tmp_path), "--to", path, "--yes", "--force").exit_code == 0
    assert staff_of(path) == {"pwp": (2.1, 1.0, 0.5, 3.0), "hit": (0.8, 0.0, 0.8, 1.0)}
    book = openpyxl.load_workbook(path)
    assert book["Notes of mine"]["A1"].value == "Ask the trust about vacancies."
    assert [t.ref for t in book["Staff"].tables.values()] == ["A1:F3"]
    assert book["Staff"].data_validations.dataValidation
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part.xlsx")] == []


def test_an_export_in_a_workbook_with_a_title_above_its_headings(tmp_path: Path, plan: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["About this report"])
    sheet = book.create_sheet("Data")
    for row in (["Staff in post, March 2026"], [], ["Job Title", "FTE", "Start Date"], ["PWP", 0.75, datetime(2020, 5, 1)]):
        sheet.append(row)
    book.save(tmp_path / "export.xlsx")
    result = run(tmp_path / "export.xlsx", "--to", plan, "--yes")
    assert result.exit_code == 0, result.output
    assert "every row counts for camden" in result.stderr
    assert staff_of(plan) == {"pwp": (0.75, 0.0, 0.75, 1.0)}


def test_a_plan_of_several_services_needs_the_column(tmp_path: Path) -> None:
    tiny = plan_samples.tiny()
    frame = staff_import.Frame(
        settings=tiny.settings, services=(*tiny.services, tiny.services[0].model_copy(update={"service": "barnet"})), posts=tiny.posts
    )
    found = staff_import.open_export(export(tmp_path, [("PWP", "1", "1/1/2020")], ("Role", "WTE", "Started")), {})
    with pytest.raises(Misfit, match="2 services"):
        staff_import.place(found, frame, {})


def test_one_role_in_several_posts_is_told_by_band_and_contract_or_not_at_all(tmp_path: Path) -> None:
    tiny = plan_samples.tiny()
    pwp = next(p for p in tiny.posts if p.post == "pwp")

    def named(**changes: str) -> Post:
        return pwp.model_copy(update=changes)

    posts = (named(), named(post="pwp_fixed", name="PWP, fixed term", contract="fixed_term"), named(post="pwp_8a", name="Lead PWP", band="8a"))
    frame = staff_import.Frame(settings=tiny.settings, services=tiny.services, posts=posts)
    headings = ("Role", "Band", "Contract", "WTE", "Started")
    rows = [
        ("PWP", "5", "Fixed Term Temp", "0.1", "1/1/2020"),
        ("PWP", "Review Body Band 8 - Range A", "Permanent", "0.2", "1/1/2020"),
        ("pwp_fixed", "", "", "0.4", "1/1/2020"),
        ("PWP", "XN08A", "Permanent", "0.8", "1/1/2020"),
    ]
    placed = staff_import.place(staff_import.open_export(export(tmp_path, rows, headings), {}), frame, {})
    assert {r.post: r.in_post for r in placed.staff} == {"pwp_fixed": 0.5, "pwp_8a": 1.0}
    others = staff_import.Frame(settings=tiny.settings, services=tiny.services, posts=(named(post="a", name="a"), named(post="b", name="b")))
    placed = staff_import.place(staff_import.open_export(export(tmp_path, rows[:1], headings), {"Contract": "nothing"}), others, {})
    assert placed.staff == ()
    assert "could be a or b" in placed.problems[0].what


@pytest.mark.parametrize(
    ("cell", "band"), [("Review Body Band 5", "5"), (7.0, "7"), ("8A", "8a"), ("Band 8b", "8b"), ("AfC Band 06", "6"), ("XR05", "5"), (None, "")]
)
def test_bands_as_records_write_them(cell: object, band: str) -> None:
    assert staff_import._band(cell) == band


@pytest.mark.parametrize("name", ["export.txt", "none.csv", "old.xlsx"])
def test_a_file_that_cannot_be_read_is_an_error_of_the_input(tmp_path: Path, plan: Path, name: str) -> None:
    if name != "none.csv":
        (tmp_path / name).write_text("no table", encoding="utf-8")
    result = run(tmp_path / name, "--to", plan, "--yes")
    assert result.exit_code == 3
    assert "Traceback" not in result.output


def test_formulas_elsewhere_are_said_to_need_working_out(tmp_path: Path) -> None:
    path = tmp_path / "mine.xlsx"
    tables.template(path, PlanInput, plan_samples.tiny().model_copy(update={"staff": (), "supervisors": ()}))
    assert "holds formulas" not in run(export(tmp_path), "--to", path, "--yes").stdout
    book = openpyxl.load_workbook(path)
    book.create_sheet("Notes of mine")["A1"] = "=1+1"
    book.save(path)
    assert "holds formulas" in run(export(tmp_path), "--to", path, "--yes", "--force").stdout


def test_a_workbook_that_is_open_elsewhere_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.xlsx"
    tables.template(path, PlanInput, plan_samples.tiny().model_copy(update={"staff": (), "supervisors": ()}))
    before = path.read_bytes()

    def locked(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.replace", locked)
    result = run(export(tmp_path), "--to", path, "--yes")
    assert result.exit_code == 2
    assert "open in another program" in result.stderr
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["export.csv", "mine.xlsx"]
