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

import pytest
from click.testing import CliRunner

import cli
import models
from optimiser import tables
from optimiser.result import Outcome, Status
from plan_samples import tiny
from toy import TOY, Largest, Numbers, outcome, report, solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from optimiser.result import Limits

ROOT = Path(__file__).parent.parent
KEYS = {
    "job", "instance", "digest", "status", "objective", "gap", "checked", "findings", "seconds", "versions", "outputs",
}  # fmt: skip

Solve = tuple[Largest | None, Outcome]


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with one good input in it, and the toy in the place of the plan."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(models, "PLAN", TOY)
    (tmp_path / "mine.json").write_text('{"numbers": [3, 7, 5], "options": {"small": 4}}', encoding="utf-8")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, words)


def let(monkeypatch: pytest.MonkeyPatch, **parts: Any) -> None:
    monkeypatch.setattr(models, "PLAN", replace(TOY, **parts))


def never_a_traceback(result: Result) -> None:
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


# --- help and usage ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("template",), ("template", "plan"), ("check",), ("plan",)])
def test_every_help_has_worked_examples(words: tuple[str, ...]) -> None:
    result = run(*words, "--help")
    assert result.exit_code == 0
    if words != ("template",):  # a group of one, whose command has them
        assert result.stdout.count("optimiser ") >= 3


def test_the_main_help_lists_the_exit_codes_and_only_commands_that_work() -> None:
    codes = re.findall(r"^ +(\d+)  ", run("--help").stdout, flags=re.MULTILINE)
    assert codes == ["0", "1", "2", "3", "4", "5", "6", "130"]
    assert set(cli.cli.commands) == {"template", "check", "plan"}


@pytest.mark.parametrize(
    "words",
    [("plans",), ("plan",), ("plan", "mine.json", "--tim", "3"), ("plan", "mine.json", "--time", "0"), ("plan", "mine.json", "--gap", "2"),
     ("plan", "mine.json", "--option", "small", "--no-options")],
)  # fmt: skip
def test_wrong_usage_ends_in_2(words: tuple[str, ...], there: Path) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage: " in result.stderr
    assert [path.name for path in there.iterdir()] == ["mine.json"]


def test_the_version_is_told() -> None:
    assert run("--version").stdout.strip().endswith("0.1.0")


# --- plan: every exit code --------------------------------------------------------------------------------------------


def test_done_ends_in_0_and_says_where_the_report_is(there: Path) -> None:
    result = run("plan", "mine.json", "-o", "result")
    assert result.exit_code == 0
    assert f"Written: {Path('result') / 'report.html'}" in result.stdout
    assert "The best there is: no better exists." in result.stdout
    assert (there / "result/report.html").read_text(encoding="utf-8") == "[7, 3] of [3, 7, 5]"


def test_the_result_goes_to_out_and_the_name_of_the_input(there: Path) -> None:
    assert run("plan", "mine.json").exit_code == 0
    assert (there / "out/mine/report.html").exists()


def test_publishable_is_passed_on(there: Path) -> None:
    run("plan", "mine.json", "-o", "result", "--publishable", "--no-options")
    assert (there / "result/report.html").read_text(encoding="utf-8") == "[7] of [3, 7, 5] published"


def test_limits_are_passed_on(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Limits] = []

    def noting(data: Numbers, option: str, limits: Limits) -> Solve:
        seen.append(limits)
        return solve(data, option, limits)

    let(monkeypatch, solve=noting)
    assert run("plan", "mine.json", "--time", "50", "--gap", "0.2", "--workers", "3", "--seed", "9", "--no-options").exit_code == 0
    assert (seen[0].gap, seen[0].workers, seen[0].seed) == (0.2, 3, 9)
    assert seen[0].seconds == pytest.approx(50, rel=0.1)


def test_a_fault_of_the_program_ends_in_1_without_a_traceback(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Solve:
        raise KeyError("Dr Jane Doe")

    let(monkeypatch, solve=broken)
    result = run("plan", "mine.json", "-o", "result")
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


def test_an_answer_that_fails_its_check_ends_in_1_and_is_not_published(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let(monkeypatch, solve=lambda *_: (Largest(option="", number=8), outcome(8)))
    result = run("plan", "mine.json", "-o", "result")
    assert result.exit_code == 1
    assert "The result failed our own check (rule N1, the answer)" in result.stderr
    assert "Nothing was published." in result.stderr
    assert "result.fault.json" in result.stderr
    assert (there / "result.fault.json").exists()
    assert not (there / "result").exists()


def test_a_folder_in_use_ends_in_2_unless_forced(there: Path) -> None:
    run("plan", "mine.json", "-o", "result")
    before = (there / "result/run.json").read_text(encoding="utf-8")
    result = run("plan", "mine.json", "-o", "result")
    assert result.exit_code == 2
    assert "result already holds a result. Choose another folder or add --force." in result.stderr
    assert (there / "result/run.json").read_text(encoding="utf-8") == before
    assert run("plan", "mine.json", "-o", "result", "--force", "--no-options").exit_code == 0
    assert (there / "result/report.html").read_text(encoding="utf-8") == "[7] of [3, 7, 5]"


def test_an_option_the_input_has_not_ends_in_2(there: Path) -> None:
    result = run("plan", "mine.json", "--option", "smal")
    assert result.exit_code == 2
    assert "Did you mean small?" in result.stderr


def test_errors_in_the_input_end_in_3_and_write_nothing(there: Path) -> None:
    (there / "none.json").write_text('{"numbers": []}', encoding="utf-8")
    result = run("plan", "none.json")
    assert result.exit_code == 3
    assert "There is a problem\n  Numbers: there are none. Give one." in result.stderr
    assert result.stdout == ""
    assert not (there / "out").exists()


def test_an_input_that_is_not_there_ends_in_3(there: Path) -> None:
    result = run("plan", "lost.json")
    assert result.exit_code == 3
    assert "There is no file lost.json." in result.stderr
    assert not (there / "out").exists()


def test_musts_that_cannot_be_met_end_in_4_and_the_nearest_is_written(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let(monkeypatch, solve=lambda *_: (Largest(option="", number=7), outcome(7, Status.INFEASIBLE)))
    result = run("plan", "mine.json", "-o", "result")
    assert result.exit_code == 4
    assert "No answer meets every must." in result.stdout
    assert (there / "result/report.html").exists()


def test_nothing_found_in_the_time_ends_in_5(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let(monkeypatch, solve=lambda *_: (None, Outcome(Status.NOT_FOUND, (), {})))
    result = run("plan", "mine.json", "-o", "result", "--time", "30")
    assert result.exit_code == 5
    assert "Nothing found in 30 seconds, and not shown impossible. Try `--time 60`." in result.stderr
    assert not (there / "result").exists()


# --- json -------------------------------------------------------------------------------------------------------------


def test_json_is_one_document_with_every_part(there: Path) -> None:
    result = run("plan", "mine.json", "-o", "result", "--json")
    told = json.loads(result.stdout)
    assert KEYS | {"options"} <= told.keys()
    assert (told["job"], told["instance"], told["status"], told["gap"], told["checked"]) == ("toy", "mine", "optimal", 0, True)
    assert told["objective"] == [{"name": "Size", "value": 7, "bound": 7}]
    assert {"read", "build", "hand_over", "solve", "check", "report"} <= told["seconds"].keys()
    assert [(o["option"], o["status"]) for o in told["options"]] == [("small", "optimal")]
    assert told["outputs"] == [str(Path("result") / name) for name in ("report.html", "run.json")]


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("plan", "mine.json", "--tim"), 2, "USE-01"),
        (("plan", "mine.json", "--option", "none"), 2, "OPT-01"),
        (("plan", "mine.json", "-o", "mine.json"), 2, "ENV-02"),
        (("plan", "lost.json"), 3, "IN-00"),
    ],
)
def test_errors_come_in_the_same_envelope(words: tuple[str, ...], code: int, error: str, there: Path) -> None:
    result = run(*words, "--json")
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
    parts: dict[str, Any], code: int, error: str | None, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let(monkeypatch, **parts)
    result = run("plan", "mine.json", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == code
    assert told.keys() >= KEYS
    assert told.get("error", {}).get("code") == error


# --- progress, remarks and Ctrl-C -------------------------------------------------------------------------------------


def test_progress_is_a_line_for_each_improvement_where_there_is_no_terminal(there: Path) -> None:
    result = run("plan", "mine.json", "--no-options")
    assert result.stderr.splitlines() == [
        "Size: looking for a first answer",
        "Size: 3.5 so far; how much better can exist is not known",
        "Size: 7 so far; no better exists",
    ]


def test_quiet_says_nothing_but_errors(there: Path) -> None:
    (there / "odd.json").write_text('{"numbers": [13]}', encoding="utf-8")
    assert "13 brings bad luck." in run("plan", "odd.json", "-o", "a").stderr
    assert run("plan", "odd.json", "-o", "b", "--quiet").stderr == ""


def pressing(times: int) -> Callable[[Numbers, str, Limits], Solve]:
    """A solver during which Ctrl-C is pressed, and which goes on until it is told to stop."""

    def slow(data: Numbers, option: str, limits: Limits) -> Solve:
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
            assert limits.stop.wait(10)
        if times > 1:
            threading.Event().wait(2)  # busy with something it cannot leave
        return solve(data, option, limits)

    return slow


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill with SIGINT ends the process on Windows")
def test_ctrl_c_once_keeps_the_best_so_far_and_writes_it(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let(monkeypatch, solve=pressing(1))
    result = run("plan", "mine.json", "-o", "result")
    assert result.exit_code == 0
    assert cli.STOPPING in result.stderr
    assert (there / "result/report.html").read_text(encoding="utf-8") == "[7] of [3, 7, 5]"


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill with SIGINT ends the process on Windows")
def test_ctrl_c_twice_quits_and_the_earlier_result_stays_whole(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("plan", "mine.json", "-o", "result")
    before = {path.name: path.read_text(encoding="utf-8") for path in (there / "result").iterdir()}
    let(monkeypatch, solve=pressing(2))
    result = run("plan", "mine.json", "-o", "result", "--force")
    never_a_traceback(result)
    assert result.exit_code == cli.QUIT
    assert "Nothing was written." in result.stderr
    assert {path.name: path.read_text(encoding="utf-8") for path in (there / "result").iterdir()} == before
    assert sorted(path.name for path in there.iterdir()) == ["mine.json", "result"]


def test_ctrl_c_while_writing_leaves_the_earlier_result_whole(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("plan", "mine.json", "-o", "result")
    before = (there / "result/report.html").read_text(encoding="utf-8")

    def interrupted(folder: Path, *rest: Any) -> list[str]:
        report(folder, *rest)
        raise KeyboardInterrupt

    let(monkeypatch, report=interrupted)
    assert run("plan", "mine.json", "-o", "result", "--force", "--no-options").exit_code == cli.QUIT
    assert (there / "result/report.html").read_text(encoding="utf-8") == before
    assert sorted(path.name for path in there.iterdir()) == ["mine.json", "result"]


# --- check and template -----------------------------------------------------------------------------------------------


def test_check_says_what_the_data_say(there: Path) -> None:
    result = run("check", "mine.json")
    assert (result.exit_code, result.stdout) == (0, "3 numbers\n")


def test_check_ends_in_3_where_there_are_errors(there: Path) -> None:
    (there / "none.json").write_text('{"numbers": []}', encoding="utf-8")
    result = run("check", "none.json")
    assert result.exit_code == 3
    assert result.stdout == "There is a problem\n  Numbers: there are none. Give one.\n"


def test_check_as_json(there: Path) -> None:
    (there / "odd.json").write_text('{"numbers": [13]}', encoding="utf-8")
    told = json.loads(run("check", "odd.json", "--json").stdout)
    assert told.keys() >= KEYS
    assert (told["description"], told["status"]) == (["1 numbers"], None)
    assert [f["severity"] for f in told["findings"]] == ["warning"]


def test_template_is_written_and_not_overwritten(there: Path) -> None:
    assert run("template", "plan", "new.xlsx").exit_code == 0
    assert (there / "new.xlsx").read_text(encoding="utf-8") == "empty"
    again = run("template", "plan", "new.xlsx")
    assert again.exit_code == 2
    assert "add --force" in again.stderr
    assert run("template", "plan", "new.xlsx", "--force").exit_code == 0
    assert run("template", "plan", "new.csv").exit_code == 2


# --- the real thing ---------------------------------------------------------------------------------------------------


def test_the_demo_workbook_is_an_input_without_errors(tmp_path: Path) -> None:
    book = tmp_path / "demo.xlsx"
    assert run("template", "plan", str(book), "--demo").exit_code == 0
    result = run("check", str(book), "--json")
    told = json.loads(result.stdout)
    assert [f for f in told["findings"] if f["severity"] == "error"] == []
    assert result.exit_code == 0
    assert told["description"]


def test_a_small_plan_for_real_in_a_process_of_its_own(tmp_path: Path) -> None:
    source = tmp_path / "tiny.json"
    tables.write_json(source, tiny())
    out = tmp_path / "tiny"
    call = [sys.executable, str(ROOT / "cli.py"), "plan", str(source), "-o", str(out), "--time", "60", "--json"]
    done = subprocess.run(call, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["job"], told["instance"], told["checked"]) == ("plan", "tiny", True)
    assert told["status"] in ("optimal", "feasible")
    assert {Path(name).name for name in told["outputs"]} >= {"report.html", "plan.xlsx", "answer.json", "run.json"}
    assert all(Path(name).stat().st_size > 0 for name in told["outputs"])
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["digest"] == told["digest"]


def test_the_workbook_of_a_result_is_valid_input(tmp_path: Path) -> None:
    source, out = tmp_path / "tiny.json", tmp_path / "out"
    tables.write_json(source, tiny())
    assert run("plan", str(source), "-o", str(out), "--no-options", "--quiet").exit_code == 0
    told = json.loads(run("check", str(out / "plan.xlsx"), "--json").stdout)
    assert [f for f in told["findings"] if f["severity"] == "error"] == []
    assert told["digest"] == json.loads((out / "run.json").read_text(encoding="utf-8"))["digest"]
