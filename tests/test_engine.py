"""The flow: what is solved, judged and published, and what stays as it was when something goes wrong."""

from __future__ import annotations

import gc
import json
import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from optimiser.engine import Refusal, Unmoved, Verdict, answer, instance_name, record, said, summary
from optimiser.result import Finding, Level, Limits, Outcome, Progress, Status
from toy import TOY, Largest, Numbers, outcome, report, solve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from optimiser.result import Solved
    from optimiser.tables import Loaded

LIMITS = Limits(seconds=100.0)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "mine.json"
    path.write_text(Numbers(numbers=[3, 7, 5], options={"small": 4, "middling": 6}).model_dump_json(), encoding="utf-8")
    return path


def whole(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_the_plan_comes_first_and_the_options_follow(source: Path, tmp_path: Path) -> None:
    result = answer(TOY, source, tmp_path / "out", LIMITS)
    assert [(s.option, s.answer.number) for s in result.solved if s.answer] == [("", 7), ("small", 3), ("middling", 5)]
    assert (result.instance, result.digest, result.checked) == ("mine", "digest of 3 numbers", True)
    assert [path.name for path in result.outputs] == ["report.html", "run.json"]
    assert (tmp_path / "out/report.html").read_text(encoding="utf-8") == "[7, 3, 5] of [3, 7, 5]"


def test_only_the_options_asked_for_are_looked_at_in_the_order_of_the_input(source: Path, tmp_path: Path) -> None:
    result = answer(TOY, source, tmp_path / "a", LIMITS, options=["middling", "small"])
    assert [s.option for s in result.solved] == ["", "small", "middling"]
    assert [s.option for s in answer(TOY, source, tmp_path / "b", LIMITS, options=()).solved] == [""]


def test_an_unknown_option_is_refused_and_the_nearest_is_named(source: Path, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"no option called smal\. Did you mean small\?"):
        answer(TOY, source, tmp_path / "out", LIMITS, options=["smal"])
    assert not (tmp_path / "out").exists()


def test_the_plan_has_four_fifths_of_the_time_and_the_options_share_the_rest(source: Path, tmp_path: Path) -> None:
    given: list[float] = []

    def noting(data: Numbers, option: str, limits: Limits) -> tuple[Largest | None, Outcome]:
        given.append(limits.seconds)
        return solve(data, option, limits)

    problem = replace(TOY, solve=noting)
    answer(problem, source, tmp_path / "a", LIMITS)
    # The toy takes no time: 80 of 100 s for the plan, then half of what is left, then all of what is left.
    assert given == pytest.approx([80, 50, 100], rel=0.05)
    assert given[0] == 80
    given.clear()
    answer(problem, source, tmp_path / "b", LIMITS, options=())
    assert given == [100]  # exactly: a search that counts its steps then takes as many every time


def test_errors_in_the_input_end_the_run_before_anything_is_solved(tmp_path: Path) -> None:
    source = tmp_path / "none.json"
    source.write_text('{"numbers": []}', encoding="utf-8")
    result = answer(TOY, source, tmp_path / "out", LIMITS)
    assert [f.code for f in result.findings] == ["IN-03"]
    assert (result.solved, result.outcome, result.checked) == ((), None, False)
    assert not (tmp_path / "out").exists()


def test_a_finding_of_the_check_publishes_nothing_and_keeps_the_answer_for_the_menders(source: Path, tmp_path: Path) -> None:
    result = answer(replace(TOY, solve=lambda *_: (Largest(option="", number=8), outcome(8))), source, tmp_path / "out", LIMITS)
    assert not (tmp_path / "out").exists()
    assert (result.outputs, result.checked, result.fault) == ((), False, tmp_path / "out.fault.json")
    kept = json.loads((tmp_path / "out.fault.json").read_text(encoding="utf-8"))
    assert kept["answers"][0] == {"option": "", "number": 8}
    assert kept["run"]["findings"][0]["code"] == "N1"


def test_a_fault_in_an_option_alone_publishes_nothing_either(source: Path, tmp_path: Path) -> None:
    def wrong(data: Numbers, option: str, limits: Limits) -> tuple[Largest | None, Outcome]:
        return (Largest(option=option, number=4), outcome(4)) if option == "small" else solve(data, option, limits)

    result = answer(replace(TOY, solve=wrong), source, tmp_path / "out", LIMITS)
    assert not (tmp_path / "out").exists()
    assert result.fault is not None
    assert not result.checked


@pytest.mark.parametrize(
    ("levels", "agrees"),
    [
        ((("Size", "max", 7.0),), True),
        ((("Size", "max", 7.000006),), True),  # 7 * 1e-6 is the most they may differ
        ((("Size", "max", 7.00001),), False),
        ((("Size", "max", float("nan")),), False),
        ((("Size", "min", 7.0),), False),
        ((("Weight", "max", 7.0),), False),
        ((), False),
        ((("Size", "max", 7.0), ("Colour", "max", 1.0)), False),
    ],
)
def test_the_check_must_come_to_the_same_levels(
    levels: tuple[tuple[str, Literal["min", "max"], float], ...], agrees: bool, source: Path, tmp_path: Path
) -> None:
    problem = replace(TOY, check=lambda *_: Verdict((), levels))
    result = answer(problem, source, tmp_path / "out", LIMITS, options=())
    assert result.checked is agrees
    assert (tmp_path / "out").exists() is agrees
    assert [f.code for f in result.solved[0].findings] == ([] if agrees else ["SOL-05"])


def test_warnings_of_the_check_do_not_stop_anything(source: Path, tmp_path: Path) -> None:
    worth = Verdict((Finding("warning", "N2", "the answer", "it is odd."),), (("Size", "max", 7.0),))
    result = answer(replace(TOY, check=lambda *_: worth), source, tmp_path / "out", LIMITS, options=())
    assert result.checked
    assert "it is odd." in {f["message"] for f in record(result)["findings"]}


def test_nothing_found_writes_nothing_and_looks_at_no_option(source: Path, tmp_path: Path) -> None:
    nothing = Outcome(Status.NOT_FOUND, (), {"solve": 1.0})
    result = answer(replace(TOY, solve=lambda *_: (None, nothing)), source, tmp_path / "out", LIMITS)
    assert [s.option for s in result.solved] == [""]
    assert not (tmp_path / "out").exists()
    told = record(result)
    assert (told["status"], told["gap"], told["objective"], told["checked"]) == ("not_found", None, [], False)


def test_told_to_stop_it_keeps_the_plan_and_leaves_the_options(source: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def stopped(data: Numbers, option: str, limits: Limits) -> tuple[Largest | None, Outcome]:
        stop.set()
        return solve(data, option, limits)

    result = answer(replace(TOY, solve=stopped), source, tmp_path / "out", Limits(stop=stop))
    assert [s.option for s in result.solved] == [""]
    assert (tmp_path / "out/report.html").exists()


def test_what_the_solver_raises_reaches_the_caller(source: Path, tmp_path: Path) -> None:
    def broken(*_: object) -> tuple[Largest | None, Outcome]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer(replace(TOY, solve=broken), source, tmp_path / "out", LIMITS)


# --- publishing -------------------------------------------------------------------------------------------------------


def test_an_earlier_result_is_kept_unless_forced(source: Path, tmp_path: Path) -> None:
    answer(TOY, source, tmp_path / "out", LIMITS)
    with pytest.raises(Refusal, match=r"out already holds a result\. Choose another folder or add --force\."):
        answer(TOY, source, tmp_path / "out", LIMITS)
    answer(TOY, source, tmp_path / "out", LIMITS, force=True, options=())
    assert (tmp_path / "out/report.html").read_text(encoding="utf-8") == "[7] of [3, 7, 5]"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.json", "out"]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt])
def test_a_report_that_breaks_off_leaves_the_earlier_result_whole(fault: type[BaseException], source: Path, tmp_path: Path) -> None:
    answer(TOY, source, tmp_path / "out", LIMITS)
    before = whole(tmp_path / "out")

    def half(folder: Path, data: Numbers, solved: Sequence[Solved[Largest]], run: Mapping[str, object], publishable: bool) -> list[str]:
        report(folder, data, solved, run, publishable)
        raise fault

    with pytest.raises(fault):
        answer(replace(TOY, report=half), source, tmp_path / "out", LIMITS, force=True)
    assert whole(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.json", "out"]


def test_a_result_that_cannot_take_its_place_is_kept_beside_the_old_one(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(TOY, source, tmp_path / "out", LIMITS)
    before = whole(tmp_path / "out")
    really = type(tmp_path).rename

    def held(self: Path, target: Path) -> Path:
        if ".new-" in self.name:  # as Windows does while a file in the folder is open
            raise PermissionError(13, "in use")
        return really(self, target)

    monkeypatch.setattr(type(tmp_path), "rename", held)
    with pytest.raises(Unmoved) as caught:
        answer(TOY, source, tmp_path / "out", LIMITS, force=True, options=())
    assert whole(tmp_path / "out") == before
    assert (caught.value.fresh / "report.html").read_text(encoding="utf-8") == "[7] of [3, 7, 5]"


def test_only_a_result_of_ours_is_ever_replaced(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/holiday.jpg").write_text("", encoding="utf-8")
    with pytest.raises(Refusal, match="holds other files"):
        answer(TOY, source, tmp_path / "photos", LIMITS, force=True)
    with pytest.raises(Refusal, match="is a file"):
        answer(TOY, source, source, LIMITS, force=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refusal, match="the folder you are in"):
        answer(TOY, source, tmp_path, LIMITS, force=True)


def test_an_input_inside_the_folder_to_be_replaced_is_not_lost(source: Path, tmp_path: Path) -> None:
    answer(TOY, source, tmp_path / "out", LIMITS)
    inside = tmp_path / "out/edited.json"
    inside.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(Refusal, match="would be replaced"):
        answer(TOY, inside, tmp_path / "out", LIMITS, force=True)
    assert inside.exists()


def test_an_empty_folder_may_be_used(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert answer(TOY, source, tmp_path / "out", LIMITS).checked


# --- what is told -----------------------------------------------------------------------------------------------------


def test_the_run_record_says_how_it_came_about_and_not_where(source: Path, tmp_path: Path) -> None:
    answer(TOY, source, tmp_path / "out", Limits(seconds=9, gap=0.02, seed=4), command=["optimiser", "plan", "mine.json"])
    run = json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))
    assert run["limits"] == {"seconds": 9, "gap": 0.02, "workers": 2}
    assert (run["job"], run["instance"], run["seed"], run["command"]) == ("toy", "mine", 4, ["optimiser", "plan", "mine.json"])
    assert run["cpus"] == os.cpu_count()
    assert {"optimiser", "python", "highspy", "pyomo"} <= run["versions"].keys()
    assert [option["status"] for option in run["options"]] == ["optimal", "optimal"]
    assert str(tmp_path) not in json.dumps(run)


def test_a_publishable_run_record_tells_no_findings(source: Path, tmp_path: Path) -> None:
    worth = Verdict((Finding("warning", "S1", "Camden", "0.4 hours are short.", amount=0.4),), (("Size", "max", 7.0),))
    problem = replace(TOY, check=lambda *_: worth)
    answer(problem, source, tmp_path / "whole", LIMITS, options=())
    answer(problem, source, tmp_path / "public", LIMITS, options=(), publishable=True)
    assert "0.4 hours" in (tmp_path / "whole/run.json").read_text(encoding="utf-8")
    assert "0.4 hours" not in (tmp_path / "public/run.json").read_text(encoding="utf-8")


def test_the_record_has_every_part_and_no_infinity(source: Path, tmp_path: Path) -> None:
    lost = Outcome(Status.FEASIBLE, (replace(outcome(7).levels[0], bound=None),), {"solve": 2.0})
    result = answer(replace(TOY, solve=lambda *_: (Largest(option="", number=7), lost)), source, tmp_path / "out", LIMITS, options=())
    told = record(result)
    assert told["gap"] is None
    assert told["objective"] == [{"name": "Size", "value": 7, "bound": None}]
    assert {"read", "build", "hand_over", "solve", "check", "report"} <= told["seconds"].keys()
    assert told["outputs"] == [str(tmp_path / "out" / name) for name in ("report.html", "run.json")]
    json.dumps(told, allow_nan=False)


def test_seconds_add_up_over_the_options(source: Path, tmp_path: Path) -> None:
    seconds = record(answer(TOY, source, tmp_path / "out", LIMITS))["seconds"]
    assert (seconds["build"], seconds["hand_over"], seconds["solve"]) == (1.5, 0.75, 3.0)  # three times 0.5, 0.25 and 1


def test_an_input_that_has_been_read_is_not_read_again_and_the_time_it_took_is_told(source: Path, tmp_path: Path) -> None:
    def slowly(path: Path) -> Loaded[Numbers]:
        time.sleep(0.1)
        return TOY.read(path)

    def prepared(data: Numbers) -> Numbers:
        time.sleep(0.1)
        return data

    read, loaded = replace(TOY, read=slowly).having_read(source)
    assert loaded == TOY.read(source)
    source.unlink()
    assert answer(read, source, tmp_path / "out", LIMITS).seconds["read"] >= 0.1
    assert answer(read.prepared(prepared), source, tmp_path / "prepared", LIMITS).seconds["read"] >= 0.2


def test_the_collector_rests_while_a_report_is_written_and_goes_on_after_it(source: Path, tmp_path: Path) -> None:
    ran = []

    def failing(*_: object) -> list[str]:
        ran.append(gc.isenabled())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer(replace(TOY, report=failing), source, tmp_path / "out", LIMITS)
    assert ran == [False]
    assert gc.isenabled()


def test_progress_names_the_option_it_is_about(source: Path, tmp_path: Path) -> None:
    lines: list[Progress] = []
    answer(TOY, source, tmp_path / "out", Limits(tell=lines.append), options=["small"])
    assert [line.level for line in lines] == ["Size"] * 3 + ["small · Size"] * 3


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress("Care", 1, None, None), "Care: looking for a first answer"),
        (Progress("Care", 1, 31204.4, None), "Care: 31,204 so far"),
        (Progress("Care", 1, 1000, 1007.01), "Care: 1,000 so far; at most 0.8% better exists"),  # 0.701 % is rounded up
        (Progress("Care", 1, 12.25, 12.25), "Care: 12.2 so far; no better exists"),
        (Progress("Musts", 1, 40, 0), "Musts: 40 so far; how much better can exist is not known"),
    ],
)
def test_progress_in_words(progress: Progress, words: str) -> None:
    assert said(progress) == words


@pytest.mark.parametrize(
    ("value", "bound", "words"),
    [
        (None, None, "Medium: looking for a first answer"),
        (40, None, "Medium: 40 points so far"),
        (40, 31, "Medium: 40 points so far; fewer than 31 is impossible"),
        (40, 0, "Medium: 40 points so far; how much better can exist is not known"),  # nothing is ever below 0
        (40, 40, "Medium: 40 points so far; no better exists"),
        (0, 0, "Medium: 0 points so far; no better exists"),
        (1, 1, "Medium: 1 point so far; no better exists"),
    ],
)
def test_progress_in_points_says_the_least_there_can_be(value: float | None, bound: float | None, words: str) -> None:
    assert said(Progress("Medium", 1, value, bound), "point") == words


@pytest.mark.parametrize(
    ("status", "bound", "words"),
    [
        (Status.OPTIMAL, 7.0, "no better exists"),
        (Status.FEASIBLE, 7.7, "at most 10.0% better exists. Run longer with `--time 200`."),
        (Status.INFEASIBLE, 7.0, "No answer meets every must. This is the nearest;"),
        (
            Status.INFEASIBLE,
            0.0,
            "Not every must is met, and it is not known whether that can be. Run longer with `--time 200`. This is the nearest;",
        ),
    ],
)
def test_the_last_lines_say_how_good_it_is(status: Status, bound: float, words: str, source: Path, tmp_path: Path) -> None:
    problem = replace(TOY, solve=lambda *_: (Largest(option="", number=7), outcome(7, status, bound)))
    lines = summary(answer(problem, source, tmp_path / "out", LIMITS, options=()), LIMITS)
    assert words in lines[0]
    assert lines[-1] == f"Written: {tmp_path / 'out' / 'report.html'} and 1 more file beside it."


def test_the_last_lines_tell_points_by_priority(source: Path, tmp_path: Path) -> None:
    levels = (Level("Must", "min", 0.0, 0.0), Level("High", "min", 12.0, 12.0), Level("Medium", "min", 40.0, 31.0), Level("Low", "min", 7.0, None))
    verdict = Verdict((), tuple((level.name, level.direction, level.value) for level in levels))
    found = Outcome(Status.FEASIBLE, levels, {})
    problem = replace(TOY, solve=lambda *_: (Largest(option="", number=7), found), check=lambda *_: verdict)
    assert summary(answer(problem, source, tmp_path / "out", LIMITS, options=()), LIMITS, "point")[:5] == [
        "A good answer, not proved best. Run longer with `--time 200`.",
        "  Must: 0 points; no better exists",
        "  High: 12 points; no better exists",
        "  Medium: 40 points; fewer than 31 is impossible",
        "  Low: 7 points; how much better can exist is not known",
    ]


def test_an_instance_is_called_after_its_folder_or_file(tmp_path: Path) -> None:
    (tmp_path / "some.where").mkdir()
    assert instance_name(tmp_path / "some.where") == "some.where"
    assert instance_name(tmp_path / "week 12.xlsx") == "week 12"
