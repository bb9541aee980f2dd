"""The command line: what it prints where, every exit code, Ctrl-C, and that nobody ever sees a traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

import cli
import models
import plan_samples
import rota_samples
from optimiser import tables
from optimiser.result import Outcome, Status
from optimiser.rota.data import Name
from toy import TOY, Largest, Numbers, outcome, report, solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from pydantic import BaseModel

    from optimiser.result import Limits
    from optimiser.tables import Loaded

ROOT = Path(__file__).parent.parent
KEYS = {
    "job", "instance", "digest", "status", "objective", "gap", "checked", "findings", "seconds", "versions", "outputs",
}  # fmt: skip

Solve = tuple[Largest | None, Outcome]


@pytest.fixture(params=["plan", "rota"])
def job(request: pytest.FixtureRequest) -> str:
    """Each command that solves something: the two share their ways out."""
    return str(request.param)


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: str) -> Path:
    """A folder to be in, with one good input in it, and the toy in the place of the job."""
    monkeypatch.chdir(tmp_path)
    let(monkeypatch, job)
    (tmp_path / "mine.json").write_text('{"numbers": [3, 7, 5]}', encoding="utf-8")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, words)


def let(monkeypatch: pytest.MonkeyPatch, job: str, **parts: Any) -> None:
    """Put the toy, with these parts of it changed, in the place of a job."""
    monkeypatch.setitem(models.JOBS, job, replace(TOY, known_by=("numbers",), **parts))


def never_a_traceback(result: Result) -> None:
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


# --- help and usage ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [(), ("template", "plan"), ("template", "rota"), ("import", "staff"), ("check",), ("plan",), ("rota",), ("bench", "run"), ("bench", "compare"),
     ("bench", "report"), ("bench", "make")],
)  # fmt: skip
def test_every_help_has_worked_examples(words: tuple[str, ...]) -> None:
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert result.stdout.count("optimiser ") >= 3


def test_the_main_help_lists_the_exit_codes_and_only_commands_that_work() -> None:
    codes = re.findall(r"^ +(\d+)  ", run("--help").stdout, flags=re.MULTILINE)
    assert codes == ["0", "1", "2", "3", "4", "5", "6", "130"]
    assert set(cli.cli.commands) == {"template", "import", "check", "plan", "rota", "cover", "compare", "publish", "bench"}
    assert isinstance(cli.bench, click.Group)
    assert set(cli.bench.commands) == {"run", "compare", "report", "make"}


@pytest.mark.parametrize(
    "words",
    [("plans",), ("plan",), ("plan", "mine.json", "--tim", "3"), ("plan", "mine.json", "--time", "0"), ("plan", "mine.json", "--gap", "2"),
     ("plan", "mine.json", "--option", "small", "--no-options"), ("rota",), ("rota", "mine.json", "--workers", "0"),
     ("rota", "mine.json", "--gap", "0.1"), ("rota", "mine.json", "--option", "small")],
)  # fmt: skip
@pytest.mark.parametrize("job", ["plan"], indirect=True)
def test_wrong_usage_ends_in_2(words: tuple[str, ...], there: Path) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage: " in result.stderr
    assert [path.name for path in there.iterdir()] == ["mine.json"]


def test_the_version_is_told() -> None:
    assert run("--version").stdout.strip().endswith("0.1.0")


# --- plan and rota: every exit code -----------------------------------------------------------------------------------


def test_done_ends_in_0_and_says_where_the_report_is(job: str, there: Path) -> None:
    result = run(job, "mine.json", "-o", "result")
    assert result.exit_code == 0
    assert f"Written: {Path('result') / 'report.html'}" in result.stdout
    assert "The best there is: no better exists." in result.stdout
    assert (there / "result/report.html").read_text(encoding="utf-8") == "[7] of [3, 7, 5]"


def test_the_result_goes_to_out_and_the_name_of_the_input(job: str, there: Path) -> None:
    assert run(job, "mine.json").exit_code == 0
    assert (there / "out/mine/report.html").exists()


def test_the_input_is_read_once(job: str, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def reading(path: Path) -> Loaded[Numbers]:
        read.append(path)
        return TOY.read(path)

    let(monkeypatch, job, read=reading)
    assert run(job, "mine.json", "-o", "result").exit_code == 0
    assert read == [Path("mine.json")]


def test_publishable_is_passed_on(job: str, there: Path) -> None:
    run(job, "mine.json", "-o", "result", "--publishable")
    assert (there / "result/report.html").read_text(encoding="utf-8") == "[7] of [3, 7, 5] published"


def test_limits_are_passed_on(job: str, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Limits] = []

    def noting(data: Numbers, option: str, limits: Limits) -> Solve:
        seen.append(limits)
        return solve(data, option, limits)

    let(monkeypatch, job, solve=noting)
    gap = ["--gap", "0.2"] if job == "plan" else []
    assert run(job, "mine.json", "--time", "50", *gap, "--workers", "3", "--seed", "9").exit_code == 0
    assert (seen[0].seconds, seen[0].gap, seen[0].workers, seen[0].seed) == (50, 0.2 if gap else 0, 3, 9)


def test_a_fault_of_the_program_ends_in_1_without_a_traceback(job: str, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Solve:
        raise KeyError("Dr Jane Doe")

    let(monkeypatch, job, solve=broken)
    result = run(job, "mine.json", "-o", "result")
    never_a_traceback(result)
    assert result.exit_code == 1
    assert "This is a fault in the program. Nothing was published." in result.stderr
    log = Path(result.stderr.split("Send ")[1].split(",")[0])
    text = log.read_text(encoding="utf-8")
    log.unlink()
    assert "KeyError" in text
    assert "test_cli.py" in text
    assert "Jane" not in text
    assert str(there) not in text
    assert not (there / "result").exists()


def test_an_answer_that_fails_its_check_ends_in_1_and_is_not_published(job: str, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let(monkeypatch, job, solve=lambda *_: (Largest(option="", number=8), outcome(8)))
    result = run(job, "mine.json", "-o", "result")
    assert result.exit_code == 1
    assert "The result failed our own check (rule N1, the answer)" in result.stderr
    assert "Nothing was published." in result.stderr
    assert "result.fault.json" in result.stderr
    assert (there / "result.fault.json").exists()
    assert not (there / "result").exists()


def test_a_folder_in_use_ends_in_2_unless_forced(job: str, there: Path) -> None:
    run(job, "mine.json", "-o", "result")
    before = (there / "result/run.json").read_text(encoding="utf-8")
    result = run(job, "mine.json", "-o", "result")
    assert result.exit_code == 2
    assert "result already holds a result. Choose another folder or add --force." in result.stderr
    assert (there / "result/run.json").read_text(encoding="utf-8") == before
    assert run(job, "mine.json", "-o", "result", "--force").exit_code == 0
    assert (there / "result/report.html").read_text(encoding="utf-8") == "[7] of [3, 7, 5]"


@pytest.mark.parametrize("job", ["plan"], indirect=True)
def test_the_options_of_a_plan_are_compared_as_asked(there: Path) -> None:
    (there / "choice.json").write_text('{"numbers": [3, 7, 5], "options": {"small": 4, "middling": 6}}', encoding="utf-8")
    for words, shown in (([], "[7, 3, 5]"), (["--option", "small"], "[7, 3]"), (["--no-options"], "[7]")):
        assert run("plan", "choice.json", "-o", "result", "--force", *words).exit_code == 0
        assert (there / "result/report.html").read_text(encoding="utf-8") == f"{shown} of [3, 7, 5]"
    result = run("plan", "choice.json", "--option", "smal")
    assert result.exit_code == 2
    assert "Did you mean small?" in result.stderr
    told = json.loads(run("plan", "choice.json", "--json", "--option", "small").stdout)
    assert [(o["option"], o["status"]) for o in told["options"]] == [("small", "optimal")]


def test_errors_in_the_input_end_in_3_and_write_nothing(job: str, there: Path) -> None:
    (there / "none.json").write_text('{"numbers": []}', encoding="utf-8")
    result = run(job, "none.json")
    assert result.exit_code == 3
    assert "There is a problem\n  Numbers: there are none. Give one." in result.stderr
    assert result.stdout == ""
    assert not (there / "out").exists()


def test_an_input_that_is_not_there_ends_in_3(job: str, there: Path) -> None:
    result = run(job, "lost.json")
    assert result.exit_code == 3
    assert "There is no file lost.json." in result.stderr
    assert not (there / "out").exists()


def test_musts_that_cannot_be_met_end_in_4_and_the_nearest_is_written(job: str, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let(monkeypatch, job, solve=lambda *_: (Largest(option="", number=7), outcome(7, Status.INFEASIBLE)))
    result = run(job, "mine.json", "-o", "result")
    assert result.exit_code == 4
    assert "No answer meets every must." in result.stdout
    assert (there / "result/report.html").exists()


def test_nothing_found_in_the_time_ends_in_5(job: str, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let(monkeypatch, job, solve=lambda *_: (None, Outcome(Status.NOT_FOUND, (), {})))
    result = run(job, "mine.json", "-o", "result", "--time", "30")
    assert result.exit_code == 5
    assert "Nothing found in 30 seconds, and not shown impossible. Try `--time 60`." in result.stderr
    assert not (there / "result").exists()


# --- json -------------------------------------------------------------------------------------------------------------


def test_json_is_one_document_with_every_part(job: str, there: Path) -> None:
    result = run(job, "mine.json", "-o", "result", "--json")
    told = json.loads(result.stdout)
    assert KEYS | {"options"} <= told.keys()
    assert (told["job"], told["instance"], told["status"], told["gap"], told["checked"]) == ("toy", "mine", "optimal", 0, True)
    assert told["objective"] == [{"name": "Size", "value": 7, "bound": 7}]
    assert {"read", "build", "hand_over", "solve", "check", "report"} <= told["seconds"].keys()
    assert told["options"] == []
    assert told["outputs"] == [str(Path("result") / name) for name in ("report.html", "run.json")]


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("mine.json", "--tim"), 2, "USE-01"),
        (("mine.json", "-o", "mine.json"), 2, "ENV-02"),
        (("lost.json",), 3, "IN-00"),
        (("other.json",), 3, "IN-01"),
    ],
)
def test_errors_come_in_the_same_envelope(words: tuple[str, ...], code: int, error: str, job: str, there: Path) -> None:
    other = models.JOBS["rota" if job == "plan" else "plan"]
    (there / "other.json").write_text(json.dumps({table: [] for table in other.known_by}), encoding="utf-8")
    result = run(job, *words, "--json")
    assert result.exit_code == code
    told = json.loads(result.stdout)
    assert told.keys() >= KEYS
    assert told["error"].keys() == {"code", "message", "where", "fix"}
    assert told["error"]["code"] == error


@pytest.mark.parametrize(
    ("parts", "code", "error"),
    [
        ({"solve": lambda *_: (Largest(option="", number=8), outcome(8))}, 1, "SOL-05"),
        ({"solve": lambda *_: 1 / 0}, 1, "FAULT"),
        ({"solve": lambda *_: (None, Outcome(Status.NOT_FOUND, (), {}))}, 5, None),
    ],
)
def test_what_goes_wrong_meanwhile_is_one_document_too(
    parts: dict[str, Any], code: int, error: str | None, job: str, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let(monkeypatch, job, **parts)
    result = run(job, "mine.json", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == code
    assert told.keys() >= KEYS
    assert told.get("error", {}).get("code") == error


# --- progress, remarks and Ctrl-C -------------------------------------------------------------------------------------


def test_progress_is_a_line_for_each_improvement_where_there_is_no_terminal(job: str, there: Path) -> None:
    result = run(job, "mine.json")
    assert result.stderr.splitlines() == [
        "Size: looking for a first answer",
        "Size: 3.5 so far; how much better can exist is not known",
        "Size: 7 so far; no better exists",
    ]


def test_quiet_says_nothing_but_errors(job: str, there: Path) -> None:
    (there / "odd.json").write_text('{"numbers": [13]}', encoding="utf-8")
    assert "13 brings bad luck." in run(job, "odd.json", "-o", "a").stderr
    assert run(job, "odd.json", "-o", "b", "--quiet").stderr == ""


def pressing(times: int) -> Callable[[Numbers, str, Limits], Solve]:
    """A solver during which Ctrl-C is pressed, and which goes on until it is told to stop."""

    def slow(data: Numbers, option: str, limits: Limits) -> Solve:
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
            assert limits.stop.wait(10)
        if times > 1:
            threading.Event().wait(2)  # busy with something it cannot leave; nobody is left to hear what it would tell after that
            return None, Outcome(Status.NOT_FOUND, (), {})
        return solve(data, option, limits)

    return slow


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill with SIGINT ends the process on Windows")
def test_ctrl_c_once_keeps_the_best_so_far_and_writes_it(job: str, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let(monkeypatch, job, solve=pressing(1))
    result = run(job, "mine.json", "-o", "result")
    assert result.exit_code == 0
    assert cli.STOPPING in result.stderr
    assert (there / "result/report.html").read_text(encoding="utf-8") == "[7] of [3, 7, 5]"


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill with SIGINT ends the process on Windows")
def test_ctrl_c_twice_quits_and_the_earlier_result_stays_whole(job: str, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(job, "mine.json", "-o", "result")
    before = {path.name: path.read_text(encoding="utf-8") for path in (there / "result").iterdir()}
    let(monkeypatch, job, solve=pressing(2))
    result = run(job, "mine.json", "-o", "result", "--force")
    never_a_traceback(result)
    assert result.exit_code == cli.QUIT
    assert "Nothing was written." in result.stderr
    assert {path.name: path.read_text(encoding="utf-8") for path in (there / "result").iterdir()} == before
    assert sorted(path.name for path in there.iterdir()) == ["mine.json", "result"]


def test_ctrl_c_while_writing_leaves_the_earlier_result_whole(job: str, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(job, "mine.json", "-o", "result")
    before = (there / "result/report.html").read_text(encoding="utf-8")

    def interrupted(folder: Path, *rest: Any) -> list[str]:
        report(folder, *rest)
        raise KeyboardInterrupt

    let(monkeypatch, job, report=interrupted)
    assert run(job, "mine.json", "-o", "result", "--force").exit_code == cli.QUIT
    assert (there / "result/report.html").read_text(encoding="utf-8") == before
    assert sorted(path.name for path in there.iterdir()) == ["mine.json", "result"]


# --- check and template -----------------------------------------------------------------------------------------------


def test_check_says_what_the_data_say(job: str, there: Path) -> None:
    result = run("check", "mine.json")
    assert (result.exit_code, result.stdout) == (0, "3 numbers\n")
    assert json.loads(run("check", "mine.json", "--json").stdout)["job"] == "toy"


def test_check_ends_in_3_where_there_are_errors(job: str, there: Path) -> None:
    (there / "none.json").write_text('{"numbers": []}', encoding="utf-8")
    result = run("check", "none.json")
    assert result.exit_code == 3
    assert result.stdout == "There is a problem\n  Numbers: there are none. Give one.\n"


def test_check_as_json(job: str, there: Path) -> None:
    (there / "odd.json").write_text('{"numbers": [13]}', encoding="utf-8")
    told = json.loads(run("check", "odd.json", "--json").stdout)
    assert told.keys() >= KEYS
    assert (told["description"], told["status"]) == (["1 numbers"], None)
    assert [f["severity"] for f in told["findings"]] == ["warning"]


def test_template_is_written_and_not_overwritten(job: str, there: Path) -> None:
    assert run("template", job, "new.xlsx").exit_code == 0
    assert (there / "new.xlsx").read_text(encoding="utf-8") == "empty"
    again = run("template", job, "new.xlsx")
    assert again.exit_code == 2
    assert "add --force" in again.stderr
    assert run("template", job, "new.xlsx", "--force").exit_code == 0
    assert run("template", job, "new.csv").exit_code == 2


# --- which job an input is for ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("of", "data"), [("plan", plan_samples.tiny()), ("rota", rota_samples.tiny())])
@pytest.mark.parametrize("kind", ["xlsx", "json", "csv"])
def test_an_input_is_known_by_its_tables(of: str, data: BaseModel, kind: str, tmp_path: Path) -> None:
    source = tmp_path / "mine.xlsx"
    if kind == "xlsx":
        tables.write_workbook(source, data)
    elif kind == "json":
        tables.write_json(source := tmp_path / "mine.json", data)
    else:
        tables.write_folder(source := tmp_path / "mine", data)
    result = run("check", str(source), "--json")
    assert (result.exit_code, json.loads(result.stdout)["job"]) == (0, of)
    other = {"plan": "rota", "rota": "plan"}[of]
    wrong = run(other, str(source), "-o", str(tmp_path / "out"))
    assert wrong.exit_code == 3
    assert wrong.stderr == f"There is a problem\nThis is the input of a {of}, not of a {other}. Run `optimiser {of}` on it.\n"
    assert not (tmp_path / "out").exists()


def test_a_table_too_many_or_too_few_does_not_confuse(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    tables.write_folder(folder, rota_samples.tiny())
    (folder / "posts.csv").write_text("post\ncleaner\n", encoding="utf-8")
    assert json.loads(run("check", str(folder), "--json").stdout)["job"] == "rota"
    (folder / "posts.csv").unlink()
    (folder / "kinds.csv").unlink()
    result = run("check", str(folder))
    assert result.exit_code == 3
    assert "There is no file called Kinds." in result.stdout


def test_an_input_that_could_be_for_both_jobs_or_for_neither_is_said_to_be_so(tmp_path: Path) -> None:
    both, neither = tmp_path / "both", tmp_path / "neither"
    tables.write_folder(both, plan_samples.tiny())
    tables.write_folder(both, rota_samples.tiny())
    result = run("check", str(both))
    assert result.exit_code == 3
    assert "There is a problem\nIt holds the tables of more than one job: plan and rota. Give each" in result.stderr
    neither.mkdir()
    (neither / "shopping.csv").write_text("item,value\n", encoding="utf-8")
    result = run("check", str(neither))
    assert result.exit_code == 3
    assert "Its tables do not tell which job it is for. Start from a template: a plan needs Services," in result.stderr
    assert "a rota needs Availability, Kinds and Roles. Found: shopping.csv." in result.stderr
    assert run("plan", str(neither)).stderr.startswith("There are ")  # the job is told: what it misses is said sheet by sheet


# --- personal data ----------------------------------------------------------------------------------------------------


def test_personal_columns_are_left_out_and_said_to_be(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    tables.write_folder(folder, rota_samples.tiny())
    heading, *rows = (folder / "staff.csv").read_text(encoding="utf-8").splitlines()
    private = ("Date of birth", "NI number", "Phone", "Address", "Shoe size")
    secrets = ("1 April 1980", "QQ123456C", "07700 900123", "9 Elm Walk", "size 43")
    lines = [",".join([heading, *private]), *(",".join([row, *secrets]) for row in rows)]
    (folder / "staff.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = run("check", str(folder))
    assert result.exit_code == 0
    assert "staff.csv: Left out 4 columns not needed: Date of birth, NI number, Phone, Address. Nothing from them was kept." in result.stdout
    assert '"Shoe size" is no column of Staff, so it was not read.' in result.stdout
    assert [secret for secret in secrets if secret in result.output] == []


# --- the real thing ---------------------------------------------------------------------------------------------------


SAMPLES: dict[str, tuple[BaseModel, set[str]]] = {
    "plan": (plan_samples.tiny(), {"report.html", "plan.xlsx", "answer.json", "run.json"}),
    "rota": (rota_samples.tiny(), {"rota.html", "rota.xlsx", "next_week.xlsx", "service.ics", "answer.json", "run.json"}),
}
"""A small input of each job, and files that must come of it."""


def errors(source: Path) -> list[str]:
    """What `check` holds against an input."""
    return [f["message"] for f in json.loads(run("check", str(source), "--json").stdout)["findings"] if f["severity"] == "error"]


def test_the_demo_workbook_is_an_input_without_errors(job: str, tmp_path: Path) -> None:
    book = tmp_path / "demo.xlsx"
    assert run("template", job, str(book), "--demo").exit_code == 0
    told = json.loads(run("check", str(book), "--json").stdout)
    assert (told["job"], errors(book)) == (job, [])
    assert told["description"]


def test_an_empty_template_is_known_and_says_what_to_fill_in(job: str, tmp_path: Path) -> None:
    book = tmp_path / "empty.xlsx"
    run("template", job, str(book))
    result = run("check", str(book))
    assert result.exit_code == 3
    assert "Staff: The table has headings and no rows." in result.stdout or "Services: The table has headings and no rows." in result.stdout


def test_a_small_one_for_real_in_a_process_of_its_own(job: str, tmp_path: Path) -> None:
    data, files = SAMPLES[job]
    source, out = tmp_path / "tiny.json", tmp_path / "tiny"
    tables.write_json(source, data)
    call = [sys.executable, str(ROOT / "cli.py"), job, str(source), "-o", str(out), "--time", "60", "--json"]
    done = subprocess.run(call, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["job"], told["instance"], told["checked"]) == (job, "tiny", True)
    assert told["status"] in ("optimal", "feasible")
    assert {Path(name).name for name in told["outputs"]} >= files
    assert all(Path(name).stat().st_size > 0 for name in told["outputs"])
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["digest"] == told["digest"]


def test_the_workbook_of_a_result_is_valid_input(job: str, tmp_path: Path) -> None:
    source, out = tmp_path / "tiny.json", tmp_path / "out"
    tables.write_json(source, SAMPLES[job][0])
    assert run(job, str(source), "-o", str(out), "--quiet").exit_code == 0
    told = json.loads(run("check", str(out / f"{job}.xlsx"), "--json").stdout)
    assert (told["job"], errors(out / f"{job}.xlsx")) == (job, [])
    assert told["digest"] == json.loads((out / "run.json").read_text(encoding="utf-8"))["digest"]


def test_the_week_after_begins_with_a_workbook_that_can_be_run(tmp_path: Path) -> None:
    source = tmp_path / "tiny.json"
    tables.write_json(source, rota_samples.tiny())
    assert run("rota", str(source), "-o", str(tmp_path / "this")).exit_code == 0
    result = run("rota", str(tmp_path / "this/next_week.xlsx"), "-o", str(tmp_path / "next"))
    assert result.exit_code == 0
    # Two of three hours with one supervisor cost a point of fairness, whoever has them; moving anything would cost more (K1, K2).
    assert "  Medium: 1 point; no better exists" in result.stdout
    weeks = [json.loads((tmp_path / f"{week}/answer.json").read_text(encoding="utf-8"))["sessions"] for week in ("this", "next")]
    held = [{(s["session"].split()[0], s["supervisor"], s["start"]) for s in sessions} for sessions in weeks]
    assert held[0] == held[1]
    assert [{s["date"] for s in sessions} for sessions in weeks] == [{"2026-12-07"}, {"2026-12-14"}]


def test_a_rota_that_cannot_keep_every_must_ends_in_4_and_the_nearest_is_written(tmp_path: Path) -> None:
    # Two supervisors who may see one person each, and three people: one need is not met, at 10 points.
    data = rota_samples.tiny()
    staff = tuple(row.model_copy(update={"most_people": 1}) for row in data.staff)
    source, out = tmp_path / "short.json", tmp_path / "out"
    tables.write_json(source, data.model_copy(update={"staff": staff}))
    result = run("rota", str(source), "-o", str(out), "--quiet")
    assert result.exit_code == 4
    assert "No answer meets every must. This is the nearest;" in result.stdout
    assert "  Must: 10 points; no better exists" in result.stdout
    assert "2 of 3 needs for supervision placed" in (out / "rota.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("sample", [rota_samples.tiny, pytest.param(rota_samples.small, marks=pytest.mark.slow)])
def test_the_same_seed_and_one_worker_give_the_same_rota_byte_for_byte(sample: Callable[[], BaseModel], tmp_path: Path) -> None:
    source = tmp_path / "mine.json"
    tables.write_json(source, sample())
    found = []
    for name in ("first", "second"):
        told = json.loads(run("rota", str(source), "-o", str(tmp_path / name), "--workers", "1", "--seed", "3", "--time", "5", "--json").stdout)
        assert told["checked"]
        files = [path for path in (tmp_path / name).rglob("*") if path.is_file() and path.name != "run.json"]  # it alone has the clock in it
        found.append({path.relative_to(tmp_path / name).as_posix(): path.read_bytes() for path in files})
    assert len(found[0]) > 10
    assert [name for name in found[0] if found[0][name] != found[1].get(name)] == []
    assert found[0].keys() == found[1].keys()


def test_names_stand_in_what_people_read_and_nowhere_else(tmp_path: Path) -> None:
    data = rota_samples.tiny()
    people = (Name(staff="V1", name="Ada Example"), Name(staff="A1", name="Ben Sample"))
    source, out = tmp_path / "mine.json", tmp_path / "out"
    tables.write_json(source, data.model_copy(update={"names": people}))
    result = run("rota", str(source), "-o", str(out))
    names = re.compile(r"Ada|Example|example\.org|Ben|Sample")
    assert names.search(result.output) is None
    assert names.search(run("check", str(source)).output) is None
    told = [path for path in out.rglob("*") if path.suffix in (".json", ".csv", ".ics") and names.search(path.read_text(encoding="utf-8"))]
    assert told == []
    assert "Ada Example" in (out / "rota.html").read_text(encoding="utf-8")


# --- the referee ------------------------------------------------------------------------------------------------------


@pytest.fixture
def solved(job: str, tmp_path: Path) -> tuple[Path, Path]:
    """A small instance of a job as a folder, and the answer that the program finds to it."""
    source, out = tmp_path / "tiny", tmp_path / "out"
    tables.write_folder(source, SAMPLES[job][0])
    assert run(job, str(source), "-o", str(out), "--quiet").exit_code == 0
    return source, out / "answer.json"


def best_known(source: Path, answer: Path, worse: float = 0.0, gap: float = 0.0) -> None:
    """Write best known values beside an instance: those of an answer, the last level worse by so much and with a bound so far from it."""
    told = json.loads(run("check", str(source), "--answer", str(answer), "--json").stdout)
    levels = told["answers"][0]["objective"]
    for level in levels:
        last, sign = level is levels[-1], 1 if level["direction"] == "min" else -1
        level["value"] += sign * worse * last
        level["bound"] = level["value"] - sign * gap * last
    (source / "best_known.json").write_text(json.dumps({"digest": told["digest"], "levels": levels}), encoding="utf-8")


def test_an_answer_of_ours_is_accepted_by_the_referee(job: str, solved: tuple[Path, Path]) -> None:
    source, answer = solved
    result = run("check", str(source), "--answer", str(answer))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("The answer: accepted.\n")
    assert result.stdout.endswith("No best known answer to compare it with.\n")
    best_known(source, answer)
    assert run("check", str(source), "--answer", str(answer)).stdout.endswith("As good as the best known.\n")
    told = json.loads(run("check", str(source), "--answer", str(answer), "--json").stdout)
    assert told.keys() >= KEYS
    assert (told["job"], told["checked"], told["answers"][0]["accepted"]) == (job, True, True)


def test_a_refused_answer_ends_in_6_and_says_why(job: str, solved: tuple[Path, Path]) -> None:
    source, answer = solved
    told = json.loads(answer.read_text(encoding="utf-8"))
    told["terms"][0][{"plan": "value", "rota": "points"}[job]] += 5
    answer.write_text(json.dumps([told]), encoding="utf-8")
    result = run("check", str(source), "--answer", str(answer))
    assert result.exit_code == 6
    assert result.stdout.startswith(("There is a problem\n", "There are "))
    assert "The answer: refused, for " in result.stdout
    found = json.loads(run("check", str(source), "--answer", str(answer), "--json").stdout)
    assert (found["checked"], found["answers"][0]["accepted"]) == (False, False)
    assert {f["code"] for f in found["findings"]} == {"TERMS"}


def test_an_answer_better_than_a_proved_bound_ends_in_6(job: str, solved: tuple[Path, Path]) -> None:
    source, answer = solved
    best_known(source, answer, worse=50.0, gap=10.0)  # a plan's cost is more than a million, and what is 10 off is the same
    result = run("check", str(source), "--answer", str(answer))
    assert result.exit_code == 6
    assert "One of the two is wrong: please report it." in result.stdout


def test_an_answer_that_cannot_be_read_and_an_input_with_errors_end_in_3(job: str, solved: tuple[Path, Path], tmp_path: Path) -> None:
    source, answer = solved
    assert "lost.json cannot be read" in run("check", str(source), "--answer", "lost.json").stderr
    result = run("check", str(source), "--answer", str(source / "staff.csv"), "--json")
    assert (result.exit_code, json.loads(result.stdout)["error"]["code"]) == (3, "ANS-01")
    other = tmp_path / "other.json"
    other.write_text('{"cleaners": []}', encoding="utf-8")
    result = run("check", str(source), "--answer", str(other))
    assert (result.exit_code, result.stdout) == (3, "")
    assert f"other.json is not the answer of a {job}. cleaners: Extra inputs are not permitted." in result.stderr
    missing = {"plan": "posts", "rota": "staff"}[job]
    (source / f"{missing}.csv").unlink()
    result = run("check", str(source), "--answer", str(answer))
    assert result.exit_code == 3
    assert f"There is no file called {missing.title()}." in result.stdout


# --- benchmarks -------------------------------------------------------------------------------------------------------


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with a small rota in it."""
    monkeypatch.chdir(tmp_path)
    tables.write_folder(tmp_path / "tiny", rota_samples.tiny())
    return tmp_path


def record_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "runs.jsonl").read_text(encoding="utf-8").splitlines()]


def test_bench_runs_once_goes_on_and_tells_a_broken_bound(bench: Path) -> None:
    words = ("bench", "run", "tiny", "-o", "record", "--time", "20", "--seeds", "2", "--workers", "1")
    result = run(*words)
    assert result.exit_code == 0, result.output
    rows = record_of(bench / "record")
    assert [(row["instance"], row["method"], row["seed"], row["status"], row["checked"]) for row in rows] == [
        ("tiny", "ours", seed, "optimal", True) for seed in (0, 1)
    ]
    assert "1 of 2: tiny, ours, seed 0: optimal in " in result.stderr
    heading, *lines, written = result.stdout.splitlines()
    assert heading.split()[:4] == ["instance", "method", "seed", "status"]
    assert [line.split()[:4] for line in lines] == [["tiny", "ours", str(seed), "optimal"] for seed in (0, 1)]
    assert written == f"Written: {Path('record') / 'runs.jsonl'}"

    again = run(*words)
    assert again.exit_code == 0
    assert "2 of 2 runs are in " in again.stderr
    assert record_of(bench / "record") == rows

    # With a bound that says no rota can do without 3 points in Low, the record cannot be true.
    levels = [{**level, "value": 3.0 * (level["name"] == "Low"), "bound": 3.0 * (level["name"] == "Low")} for level in rows[0]["levels"]]
    levels = [level if level["name"] != "Medium" else rows[0]["levels"][2] for level in levels]
    (bench / "tiny/best_known.json").write_text(json.dumps({"digest": rows[0]["digest"], "levels": levels}), encoding="utf-8")
    broken = run(*words)
    assert broken.exit_code == 6
    assert "Broken: tiny, ours, seed 1: Low 0.0000 is better than the best known bound, 3.0000. One of the two is wrong." in broken.stdout
    told = json.loads(run(*words, "--json").stdout)
    assert told.keys() >= KEYS
    assert (len(told["runs"]), len(told["broken"])) == (2, 2)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("tiny", "--method", "magic"), 2, "There is no method magic. Methods: ours, "),
        (("tiny", "-o", "file"), 2, "file is a file."),
        (("tny",), 2, "There is no file, folder or known instance called tny."),
        ((), 2, "Missing argument"),
        (("tiny", "--jobs", "0"), 2, "0 is not in the range"),
        (("tiny", "-o", "damaged"), 3, "is not a run"),
        (("wrong",), 3, "wrong has errors; the first: "),
    ],
)
def test_bench_run_refuses_what_it_cannot_do(words: tuple[str, ...], code: int, says: str, bench: Path) -> None:
    (bench / "file").write_text("", encoding="utf-8")
    (bench / "damaged").mkdir()
    (bench / "damaged/runs.jsonl").write_text("{}\n", encoding="utf-8")
    tables.write_folder(bench / "wrong", rota_samples.tiny())
    (bench / "wrong/staff.csv").unlink()
    result = run("bench", "run", *words)
    never_a_traceback(result)
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr
    assert not (bench / "out").exists()


def a_row(**parts: Any) -> str:
    row = {
        "job": "rota", "instance": "tiny", "digest": "d", "method": "ours", "seed": 0, "workers": 1, "allowed": 20.0,
        "started": "2026-11-22T09:00:00+00:00", "versions": {"optimiser": "1"}, "machine": {"cpus": 2}, "status": "optimal", "checked": True,
        "seconds": {"total": 2.0}, "first": 1.0, "levels": [{"name": "Must", "direction": "min", "value": 0.0, "bound": 0.0}],
        "to_one_percent": 1.0, "to_proof": 1.5, "peak_mb": 100.0,
    }  # fmt: skip
    return json.dumps({**row, **parts}) + "\n"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 0, "Answers in 1 pairs: better in B 0, in A 0, as good 1."),
        (("--limit", "total=2"), 0, "2: kept"),
        (("--limit", "total=1.9", "--limit", "first=1"), 6, "Limit broken: the median ratio of total is 2, more than 1.9."),
        (("--method-b", "rival", "--limit", "total=9"), 6, "Limit broken: total has no pairs to be judged by."),
    ],
)
def test_bench_compare_tells_ratios_and_keeps_to_limits(words: tuple[str, ...], code: int, says: str, tmp_path: Path) -> None:
    for name, total in (("a", 2.0), ("b", 4.0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "runs.jsonl").write_text(a_row(seconds={"total": total}), encoding="utf-8")
    result = run("bench", "compare", str(tmp_path / "a"), str(tmp_path / "b"), *words)
    assert result.exit_code == code
    assert says in result.stdout
    told = json.loads(run("bench", "compare", str(tmp_path / "a"), str(tmp_path / "b"), *words, "--json").stdout)
    assert told.keys() >= KEYS
    total = next(ratio for ratio in told["ratios"] if ratio["name"] == "total")
    assert total["median"] == (2 if "rival" not in words else None)


def test_bench_compare_refuses_limits_and_records_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "runs.jsonl").write_text(a_row(), encoding="utf-8")
    for limit in ("total", "total=", "total=-1", "total=nan", "speed=1"):
        result = run("bench", "compare", str(tmp_path), str(tmp_path), "--limit", limit)
        assert result.exit_code == 2
        assert f"{limit} is not NAME=RATIO" in result.stderr
    result = run("bench", "compare", str(tmp_path), str(tmp_path / "none"))
    assert result.exit_code == 3
    assert "holds no record of runs. Make one with `optimiser bench run`." in result.stderr


def test_bench_report_is_written_beside_the_record(tmp_path: Path) -> None:
    (tmp_path / "runs.jsonl").write_text(a_row() + a_row(seed=1), encoding="utf-8")
    result = run("bench", "report", str(tmp_path))
    assert result.exit_code == 0, result.output
    written = [Path(line.removeprefix("Written: ")) for line in result.stdout.splitlines()]
    assert any(path.suffix == ".html" for path in written)
    assert all(path.stat().st_size > 0 for path in written)
    assert run("bench", "report", str(tmp_path / "none")).exit_code == 3


def test_bench_make_writes_instances_of_the_set(tmp_path: Path) -> None:
    result = run("bench", "make", "plan-usual-1x4", "-o", str(tmp_path))
    assert (result.exit_code, result.stdout) == (0, f"Written: {tmp_path / 'plan-usual-1x4'}\n")
    assert errors(tmp_path / "plan-usual-1x4") == []
    again = run("bench", "make", "plan-usual-1x4", "-o", str(tmp_path))
    assert (again.exit_code, "exists. Choose another folder or add --force." in again.stderr) == (2, True)
    assert run("bench", "make", "plan-usual-1x4", "-o", str(tmp_path), "--force").exit_code == 0
    unknown = run("bench", "make", "plan-unusual", "-o", str(tmp_path))
    assert (unknown.exit_code, "Sets: small, standard, hard." in unknown.stderr) == (2, True)


@pytest.mark.skipif(sys.platform == "win32", reason="a process group is told to stop otherwise on Windows")
def test_ctrl_c_ends_a_bench_at_once_and_keeps_what_is_done(bench: Path) -> None:
    call = [sys.executable, str(ROOT / "cli.py"), "bench", "run", "tiny", "large", "-o", "record", "--time", "500"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stderr is not None
        assert "1 of 2: tiny, ours, seed 0: optimal" in process.stderr.readline()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the runs as well
        out, err = process.communicate(timeout=60)
    assert process.returncode == cli.QUIT, err
    assert cli.BENCH_STOPPING in err
    assert "Traceback" not in err
    assert [row["instance"] for row in record_of(bench / "record")] == ["tiny"]
    assert "tiny" in out
