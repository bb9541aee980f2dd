"""Benchmarks: the record, what may be believed, runs in processes of their own, comparisons and the referee."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import plan_samples
import rota_samples
from models import JOBS
from models.rivals import RIVALS
from models.rota.search import solve as solve_rota
from models.rota.several import one_after_the_other
from optimiser import tables
from optimiser.bench import record
from optimiser.bench.compare import compare
from optimiser.bench.known import Known, ahead, better, broken, gather, impossible, moments
from optimiser.bench.record import Damaged, Run, Skipped, Step
from optimiser.bench.referee import judge, lines, plain
from optimiser.bench.run import Instance, Task, alone, find, make_run, peak_mb, run_all
from optimiser.engine import Misfit, Refusal, Verdict
from optimiser.result import Level, Limits, Outcome, Progress, Status
from optimiser.rota.data import RotaWeeks
from optimiser.rota.following import next_week
from toy import TOY, Largest, Numbers, outcome, solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

    from optimiser.bench.run import Method
    from optimiser.engine import Problem
    from optimiser.rota.data import RotaAnswer, RotaInput

SHIPPED = Path(__file__).parent.parent / "instances"


def a_run(**parts: Any) -> Run:
    """A run of ours, proved best with a size of 7, with these parts of it otherwise."""
    usual: dict[str, Any] = {
        "job": "toy", "instance": "mine", "digest": "d1", "method": "ours", "seed": 0, "workers": 2, "allowed": 10.0,
        "started": "2026-11-22T09:00:00+00:00", "versions": {"optimiser": "1"}, "machine": {"cpus": 2, "platform": "any", "processor": "one"},
        "status": "optimal", "levels": (Level("Size", "max", 7.0, 7.0),), "checked": True,
        "seconds": {"build": 0.5, "hand_over": 0.25, "solve": 1.0, "total": 2.0},
        "first": 0.5, "to_one_percent": 1.0, "to_proof": 1.5, "peak_mb": 100.0, "trace": (Step("Size", 0.5, 7.0, 7.0),),
    }  # fmt: skip
    return Run.model_validate({**usual, **parts})


def low(value: float, bound: float | None, name: str = "Low") -> Level:
    return Level(name, "min", value, bound)


# --- the record -------------------------------------------------------------------------------------------------------


def test_a_run_reads_back_as_it_was_written(tmp_path: Path) -> None:
    runs = [a_run(), a_run(seed=1, status="failed", levels=(), checked=None, first=None, trace=(), peak_mb=None, note="a “reason”")]
    for run in runs:
        record.append(tmp_path / "new", run)
    assert record.read(tmp_path / "new") == runs
    assert len((tmp_path / "new/runs.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    assert record.read(tmp_path) == []


def test_of_a_run_made_again_the_last_counts(tmp_path: Path) -> None:
    for run in (a_run(note="first"), a_run(seed=1), a_run(note="again"), a_run(workers=1), a_run(versions={"optimiser": "2"})):
        record.append(tmp_path, run)
    assert [(run.seed, run.workers, run.note) for run in record.read(tmp_path)] == [(0, 2, "again"), (1, 2, ""), (0, 1, ""), (0, 2, "")]


@pytest.mark.parametrize(("line", "says"), [("{}", "job: Field required"), ('{"job": "to', "the line: Invalid JSON")])
def test_a_damaged_line_is_told_by_its_number(line: str, says: str, tmp_path: Path) -> None:
    record.append(tmp_path, a_run())
    with open(tmp_path / "runs.jsonl", "a", encoding="utf-8") as file:
        file.write(line)
    with pytest.raises(Damaged, match=rf"Line 2 of .*runs.jsonl is not a run \({says}"):
        record.read(tmp_path)


def test_a_line_holds_no_infinite_number() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        record.line(a_run(levels=(Level("Size", "max", math.inf, None),)))


@pytest.mark.parametrize(
    ("levels", "gap", "proved"),
    [
        ((), None, False),
        ((low(4, 4), low(2, None)), None, False),
        ((low(4, 3), low(2, 2)), 0.25, False),  # the larger of 1/4 and 0
        ((low(4, 4), low(0, 0)), 0, True),
    ],
)
def test_the_gap_of_a_run_is_the_largest_of_its_levels(levels: tuple[Level, ...], gap: float | None, proved: bool) -> None:
    run = a_run(levels=levels)
    assert (run.gap, run.proved) == (gap, proved)


# --- what may be believed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "value", "other", "sign"),
    [("min", 3, 4, 1), ("max", 3, 4, -1), ("min", 4, 4, 0), ("max", 1_000_000, 1_000_001, 0), ("max", 1_000_011, 1_000_000, 1), ("min", 1e-6, 0, 0)],
)
def test_better_means_by_more_than_the_solvers_tolerance(direction: str, value: float, other: float, sign: int) -> None:
    assert ahead(direction, value, other) == sign


@pytest.mark.parametrize(
    ("values", "bounds", "at"),
    [
        ([low(3, None, "A"), low(5, None, "B")], [low(3, 3, "A"), low(6, 5, "B")], None),
        ([low(2, None, "A"), low(5, None, "B")], [low(3, 3, "A"), low(6, 5, "B")], "A"),
        ([low(3, None, "A"), low(4, None, "B")], [low(3, 3, "A"), low(6, 5, "B")], "B"),
        # A is worse than where the bound of B was proved, so B may be better than that bound.
        ([low(4, None, "A"), low(4, None, "B")], [low(3, 3, "A"), low(6, 5, "B")], None),
        # A is better, and within its bound: the bound of B was proved for all that are at least as good in A, so it holds.
        ([low(2, None, "A"), low(4, None, "B")], [low(3, 1, "A"), low(6, 5, "B")], "B"),
        ([low(0, None, "A"), low(4, None, "B")], [low(3, None, "A"), low(6, None, "B")], None),
    ],
)
def test_a_value_better_than_a_bound_is_impossible_where_the_bound_holds(values: list[Level], bounds: list[Level], at: str | None) -> None:
    found = impossible(values, bounds)
    assert (None if found is None else found[0].name) == at


KNOWN = {"d1": Known(digest="d1", levels=(Level("Size", "max", 7.0, 8.0),))}


@pytest.mark.parametrize(
    ("runs", "says"),
    [
        ([a_run()], []),
        ([a_run(levels=(Level("Size", "max", 8.0, 8.0),))], []),
        ([a_run(checked=False, note="N1: wrong")], ["mine, ours, seed 0: the answer failed the check. N1: wrong"]),
        (
            [a_run(levels=(Level("Size", "max", 9.0, 9.0),))],
            ["mine, ours, seed 0: Size 9.0000 is better than the best known bound, 8.0000. One of the two is wrong."],
        ),
        (
            [a_run(levels=(Level("Size", "max", 6.0, 6.5),))],
            ["mine: the best known answer: Size 7.0000 is better than the bound of mine, ours, seed 0, 6.5000. One of the two is wrong."],
        ),
        (
            [a_run(digest="other", levels=(Level("Size", "max", 9.0, 8.5),))],
            ["mine, ours, seed 0: Size 9.0000 is better than its own bound, 8.5000. One of the two is wrong."],
        ),
        (
            [a_run(levels=(Level("Size", "max", 7.0, 7.0),)), a_run(method="rival", levels=(Level("Size", "max", 7.5, None),))],
            ["mine, rival, seed 0: Size 7.5000 is better than the bound of mine, ours, seed 0, 7.0000. One of the two is wrong."],
        ),
        ([a_run(), a_run(method="rival", checked=None, status="not_found", levels=())], []),
        ([a_run(digest="d2"), a_run(digest="d3", levels=(Level("Size", "max", 9.0, 9.0),))], []),
        ([a_run(levels=(Level("Weight", "max", 7.0, 7.0),))],
         ["mine, ours, seed 0: its levels are not those of the best known bound.",
          "mine: the best known answer: its levels are not those of the bound of mine, ours, seed 0."]),
    ],
)  # fmt: skip
def test_broken_values_and_bounds_are_told_whoever_they_are_from(runs: list[Run], says: list[str]) -> None:
    assert broken(runs, KNOWN) == says


def test_a_run_better_than_the_best_known_is_announced() -> None:
    news = a_run(levels=(Level("Size", "max", 7.5, 8.0),))
    assert better([a_run(), news, a_run(digest="other")], KNOWN) == ["mine, ours, seed 0: better than the best known: Size 7.5000 instead of 7.0000."]
    assert better([news.model_copy(update={"checked": False})], KNOWN) == []


def test_best_known_values_are_gathered_by_digest(tmp_path: Path) -> None:
    level = {"name": "Size", "direction": "max", "value": 7, "bound": 8}
    for name, told in (
        ("one", {"digest": "d1", "levels": [level], "found": "by us"}),
        ("option", {"digest": "d1", "option": "small", "levels": []}),
        ("many", {"x": {"digest": "d2", "levels": [level]}, "y": {"digest": "d3", "levels": [level]}}),
        ("versioned", {"version": "1", "instances": {"z": {"digest": "d4", "levels": [level]}}}),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "best_known.json").write_text(json.dumps(told), encoding="utf-8")
    found = gather([tmp_path, tmp_path / "one"])
    assert found.keys() == {"d1", "d2", "d3", "d4"}
    assert found["d1"].levels == (Level("Size", "max", 7.0, 8.0),)
    (tmp_path / "best_known.json").write_text("[1, 2]", encoding="utf-8")
    with pytest.raises(Damaged, match=r"best_known\.json does not hold best known values"):
        gather([tmp_path])


def test_the_best_known_values_that_come_with_the_program_can_be_read() -> None:
    there = gather([SHIPPED])
    assert tables.read(SHIPPED / "rota/one_team", type(rota_samples.tiny())).digest in there
    assert not [known for known in there.values() if impossible(known.levels, known.levels)]


# --- moments ----------------------------------------------------------------------------------------------------------

TRACE = (
    Step("Must", 0.5, None, 0.0),
    Step("Must", 1.0, 20.0, 0.0),
    Step("Must", 2.0, 0.0, 0.0),
    Step("Low", 3.0, 205.0, 150.0),
    Step("Low", 4.0, 201.0, 150.0),
    Step("Low", 5.0, 200.0, 190.0),
    Step("Low", 6.0, 200.0, 200.0),
)
LEVELS = (low(0, 0, "Must"), low(200, 200, "Low"))


def known(must: float, rest: float) -> Known:
    return Known(digest="d", levels=(low(must, None, "Must"), low(rest, None, "Low")))


@pytest.mark.parametrize(
    ("trace", "levels", "best", "first", "near", "proof"),
    [
        # Must is met after 2 s; Low is within 1 % of 200, that is at most 202, after 4 s; both are proved after 6 s.
        (TRACE, LEVELS, None, 1, 4, 6),
        # Within 1 % of 203 is at most 205.03: after 3 s. The run is better than what was known.
        (TRACE, LEVELS, known(0, 203), 1, 3, 6),
        # 200 is more than 1 % above 197: never.
        (TRACE, LEVELS, known(0, 197), 1, None, 6),
        # Better than the known in Must: Low is then not comparable, and its own final value counts.
        (TRACE, LEVELS, known(5, 100), 1, 4, 6),
        # Not proved.
        (TRACE[:-1], (low(0, 0, "Must"), low(200, 190, "Low")), None, 1, 4, None),
        # A level that is never told of counts as settled when a later one is.
        (TRACE[3:], LEVELS, None, 3, 4, 6),
        # What the trace does not show counts as reached at the end: the last level here, then everything.
        (TRACE[:3], LEVELS, None, 1, 9, 9),
        ((), LEVELS, None, 9, 9, 9),
        # It was near, and away again: only the last time counts.
        ((Step("Low", 1, 200, None), Step("Low", 2, 250, None), Step("Low", 3, 200, 200)), (low(200, 200),), None, 1, 3, 3),
    ],
)  # fmt: skip
def test_moments_of_a_run(
    trace: tuple[Step, ...], levels: tuple[Level, ...], best: Known | None, first: float, near: float | None, proof: float | None
) -> None:
    assert moments(trace, levels, 9.0, best) == {"first": first, "to_one_percent": near, "to_proof": proof}


# --- runs -------------------------------------------------------------------------------------------------------------


def numbers(name: str) -> Numbers:
    """The instance of a name such as 3-7-5."""
    return Numbers(numbers=[int(part) for part in name.split("-")])


def missing(data: Numbers, limits: Limits) -> tuple[Largest | None, Outcome]:
    raise Skipped("there is no Java here")


def raising(data: Numbers, limits: Limits) -> tuple[Largest | None, Outcome]:
    raise ValueError("no such luck")


def dying(data: Numbers, limits: Limits) -> tuple[Largest | None, Outcome]:
    os._exit(3)


def endless(data: Numbers, limits: Limits) -> tuple[Largest | None, Outcome]:
    time.sleep(1000)
    raise AssertionError("it was waited for")


METHODS: dict[str, Method] = {
    "ours": lambda data, limits: solve(data, "", limits),
    "wrong": lambda data, limits: (Largest(option="", number=8), outcome(8)),
    "boasting": lambda data, limits: (Largest(option="", number=3), outcome(7)),
    "boundless": lambda data, limits: (Largest(option="", number=7), outcome(7, Status.FEASIBLE, math.inf)),
    "empty": lambda data, limits: (None, Outcome(Status.NOT_FOUND, (), {"solve": 0.5})),
    "silent": lambda data, limits: (Largest(option="", number=7), replace(outcome(7), trace=(Progress("Size", 0.125, 7.0, 7.0),))),
    "printing": lambda data, limits: (print("Welcome to the solver"), solve(data, "", limits))[1],
    "missing": missing,
    "raising": raising,
    "dying": dying,
    "endless": endless,
}  # fmt: skip


def contender(job: str, method: str) -> tuple[Problem[Any, Any], Method]:
    return TOY, METHODS[method]


def a_task(method: str = "ours", name: str = "3-7-5", seed: int = 0, allowed: float = 10.0, best: Known | None = None) -> Task:
    return Task(Instance("toy", name, None, tables.digest(numbers(name))), method, seed, 2, allowed, best)


def test_a_run_tells_what_was_found_how_long_it_took_and_where() -> None:
    run = make_run(a_task(seed=4), contender, numbers)
    assert (run.job, run.instance, run.method, run.seed, run.workers, run.allowed) == ("toy", "3-7-5", "ours", 4, 2, 10)
    assert (run.status, run.levels, run.checked, run.note) == ("optimal", (Level("Size", "max", 7.0, 7.0),), True, "")
    assert run.seconds.keys() == {"read", "build", "hand_over", "solve", "check", "total"}
    assert [(step.level, step.value, step.bound) for step in run.trace] == [("Size", None, None), ("Size", 3.5, 7), ("Size", 7, 7)]
    assert (run.first, run.to_one_percent, run.to_proof) == (run.trace[1].seconds, run.trace[2].seconds, run.trace[2].seconds)
    assert run.versions.keys() >= {"optimiser", "python", "highspy", "ortools"}
    assert run.machine["cpus"] == os.cpu_count()
    assert run.peak_mb is None or run.peak_mb > 1


def test_limits_ask_for_a_proof_and_carry_the_seed() -> None:
    seen: list[Limits] = []

    def noting(job: str, method: str) -> tuple[Problem[Any, Any], Method]:
        return TOY, lambda data, limits: (seen.append(limits), solve(data, "", limits))[1]  # type: ignore[func-returns-value]  # noted, and left out

    make_run(a_task(seed=3, allowed=7.0), noting, numbers)
    assert (seen[0].seconds, seen[0].gap, seen[0].workers, seen[0].seed, seen[0].by_clock) == (7, 1e-4, 2, 3, True)


def test_an_answer_the_check_refuses_is_told_with_the_reason() -> None:
    wrong = make_run(a_task("wrong"), contender, numbers)
    assert (wrong.status, wrong.checked, wrong.note) == ("optimal", False, "N1: the answer: 8 is not among the numbers.")
    boasting = make_run(a_task("boasting"), contender, numbers)
    assert (boasting.checked, boasting.note) == (False, "Size stated 7.000000, by the check 3.000000")


def test_other_levels_than_the_check_has_are_refused() -> None:
    def other(job: str, method: str) -> tuple[Problem[Any, Any], Method]:
        return replace(TOY, check=lambda *_: Verdict((), (("Weight", "max", 7.0),))), METHODS["ours"]

    run = make_run(a_task(), other, numbers)
    assert run.checked is False
    assert "levels stated" in run.note


def test_an_infinite_bound_is_none_and_no_answer_has_no_moments() -> None:
    boundless = make_run(a_task("boundless"), contender, numbers)
    assert (boundless.levels, boundless.gap, boundless.to_proof) == ((Level("Size", "max", 7.0, None),), None, None)
    empty = make_run(a_task("empty"), contender, numbers)
    assert (empty.status, empty.levels, empty.checked, empty.first) == ("not_found", (), None, None)


def test_a_method_that_does_not_tell_meanwhile_is_believed_its_own_trace() -> None:
    assert make_run(a_task("silent"), contender, numbers).trace == (Step("Size", 0.125, 7.0, 7.0),)


@pytest.mark.parametrize(
    ("job", "make", "counts"),
    [
        # V1 and V2 supervise A1, A2 and B1, who need one session each; 6 quarters of one service.
        ("rota", rota_samples.tiny, {"clinicians": 5, "supervisors": 2, "needs": 3, "weeks": 1}),
        ("plan", plan_samples.tiny, {"services": 1, "quarters": 6}),
    ],
)
def test_size_is_what_a_user_counts_beside_what_the_method_tells(job: str, make: Callable[[], BaseModel], counts: dict[str, int]) -> None:
    def blind(job: str, method: str) -> tuple[Problem[Any, Any], Method]:
        return JOBS[job], lambda data, limits: (None, Outcome(Status.NOT_FOUND, (), {}, size={"rows": 3}))

    task = Task(Instance(job, "mine", None, tables.digest(make())), "blind", 0, 2, 10.0)
    assert make_run(task, blind, lambda _: make()).size == {**counts, "rows": 3}


def test_an_instance_that_is_not_the_one_asked_for_is_not_run() -> None:
    with pytest.raises(Exception, match="its digest is another"):
        make_run(a_task(), contender, lambda _: numbers("1"))


def test_runs_end_as_they_end_and_the_others_go_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    methods = ["raising", "dying", "missing", "printing"]
    runs = run_all([a_task(method) for method in methods], tmp_path, contender, numbers, jobs=2, say=said.append)
    assert [(run.method, run.status, run.note) for run in runs] == [
        ("raising", "failed", "ValueError: no such luck"),
        ("dying", "failed", "its process ended by itself, with code 3"),
        ("missing", "skipped", "there is no Java here"),
        ("printing", "optimal", ""),
    ]
    assert {run.method for run in record.read(tmp_path)} == set(methods)
    assert sorted(text.split(": ")[1] for text in said) == sorted(str(run) for run in runs)
    assert "Welcome" not in capfd.readouterr().out


def test_what_is_in_the_record_is_not_run_again_unless_it_failed_or_is_forced(tmp_path: Path) -> None:
    tasks = [a_task("raising"), a_task("ours")]
    for task, note in zip(tasks, ("failed before", "done before"), strict=True):
        status = "failed" if task.method == "raising" else "optimal"
        record.append(tmp_path, task.begun().model_copy(update={"status": status, "note": note}))
    said: list[str] = []
    runs = run_all(tasks, tmp_path, contender, numbers, say=said.append)
    assert [run.note for run in runs] == ["ValueError: no such luck", "done before"]
    assert said[0] == f"1 of 2 runs are in {tmp_path / 'runs.jsonl'} already and are not made again."
    assert [run.note for run in run_all(tasks[1:], tmp_path, contender, numbers, again=True)] == [""]
    other = [a_task(seed=1), a_task(allowed=11.0), a_task(name="3-7-6")]
    assert {task.begun().key for task in other}.isdisjoint(run.key for run in record.read(tmp_path))


def test_a_run_that_does_not_end_is_given_up_and_failed() -> None:
    run = alone(a_task("endless", allowed=0.1), contender, numbers, threading.Event(), grace=0.2)
    assert run is not None
    assert (run.status, run.note) == ("failed", "given up after 0.4 s, with 0.1 s allowed")


def test_what_is_stopped_is_not_recorded_and_what_is_done_is_kept(tmp_path: Path) -> None:
    stop = threading.Event()
    runs = run_all([a_task(), a_task("endless"), a_task(seed=1)], tmp_path, contender, numbers, stop=stop, say=lambda _: stop.set())
    assert [(run.method, run.seed) for run in runs] == [("ours", 0)]
    assert record.read(tmp_path) == runs


def test_the_peak_of_memory_is_that_of_the_process() -> None:
    peak = peak_mb()
    if peak is None:
        pytest.skip("this system does not say")
    held = bytearray(300_000_000)
    held[::4096] = b"x" * len(held[::4096])
    after = peak_mb()
    assert after is not None
    assert after > 300


# --- instances --------------------------------------------------------------------------------------------------------


def digests() -> dict[str, str]:
    return {"rota-a": "pinned"}


def job_of_a_name(name: str) -> str:
    if not name.startswith(("rota-", "plan-")):
        raise ValueError(f"{name} is not the name of an instance")
    return name[:4]


def families() -> Any:
    made: dict[str, Callable[[], BaseModel]] = {"rota": rota_samples.tiny, "plan": plan_samples.tiny}
    names = ("rota-a", "plan-b")
    return SimpleNamespace(NAMES=names, SETS={"small": names}, job=job_of_a_name, make=lambda name: made[name[:4]](), digests=digests)


def found(*words: str) -> list[tuple[str, str, bool]]:
    return [(i.job, i.name, i.source is None) for i in find(words, SHIPPED, list(JOBS.values()), families)]


def test_instances_are_paths_folders_of_them_shipped_names_and_names_of_the_set(tmp_path: Path) -> None:
    tables.write_folder(tmp_path / "a", rota_samples.tiny())
    tables.write_json(tmp_path / "b.json", plan_samples.tiny())
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/prices.csv").write_text("item,price\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    assert found(str(tmp_path / "a")) == [("rota", "a", False)]
    assert found(str(tmp_path / "b.json")) == [("plan", "b", False)]
    assert found(str(tmp_path)) == [("rota", "a", False), ("plan", "b", False)]
    assert found("one_team", "plan/one_service") == [("rota", "one_team", False), ("plan", "one_service", False)]
    assert found("one_team", str(SHIPPED / "rota/one_team")) == [("rota", "one_team", False)]
    assert found("small") == [("rota", "rota-a", True), ("plan", "plan-b", True)]
    assert found("rota-other") == [("rota", "rota-other", True)]
    by_name = find(["small"], SHIPPED, list(JOBS.values()), families)
    assert [i.digest for i in by_name] == ["pinned", tables.digest(plan_samples.tiny())]


def test_words_that_mean_nothing_and_inputs_with_errors_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"known instance called one_tem\. Did you mean one_team"):
        found("one_tem")
    with pytest.raises(Refusal, match="holds no instance"):
        found(str(tmp_path))
    data = rota_samples.tiny()
    tables.write_folder(tmp_path / "a", data)
    (tmp_path / "a/kinds.csv").write_text((tmp_path / "a/kinds.csv").read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    with pytest.raises(Misfit, match=r"a has errors; the first: .* See `optimiser check"):
        found(str(tmp_path / "a"))


# --- comparison -------------------------------------------------------------------------------------------------------


def pairs_of(*seconds: tuple[float | None, float | None], **parts: Any) -> tuple[list[Run], list[Run]]:
    """Runs on as many instances as there are pairs, with these seconds to the proof on either side."""
    sides: tuple[list[Run], list[Run]] = [], []
    for turn, pair in enumerate(seconds):
        for side, proof in zip(sides, pair, strict=True):
            side.append(a_run(digest=f"d{turn}", instance=f"i{turn}", to_proof=proof, **parts))
    return sides


OURS = ("ours", "ours")


def test_ratios_are_of_the_second_to_the_first_with_their_middle_half() -> None:
    a, b = pairs_of((1, 2), (2, 2), (4, 2), (1, 8))
    proof = next(ratio for ratio in compare(a, b, OURS, {}).ratios if ratio.name == "proof")
    # 2, 1, 0.5 and 8: between 1 and 2 lies the square root of 2; of the lower half 0.5 and 1, of the upper 2 and 8.
    assert (proof.median, proof.low, proof.high) == pytest.approx((2**0.5, 0.5**0.5, 4))
    assert (proof.pairs, proof.wins, proof.losses) == (4, 1, 2)


def test_what_never_came_is_infinitely_late_and_pairs_without_either_are_left_out() -> None:
    a, b = pairs_of((1, None), (1, None), (None, 1), (None, None), (1, 1))
    proof = next(ratio for ratio in compare(a, b, OURS, {}).ratios if ratio.name == "proof")
    assert (proof.pairs, proof.wins, proof.losses, proof.low) == (4, 1, 2, 0)
    assert proof.high == math.inf


@pytest.mark.parametrize(
    ("limits", "broken_ones"),
    [({"proof": 2.0}, []), ({"proof": 1.9}, ["proof"]), ({"total": 1.0, "gap": 1.0, "memory": 1.0}, []), ({"total": 0.9, "proof": 2.5}, ["total"])],
)
def test_a_limit_holds_for_the_median(limits: dict[str, float], broken_ones: list[str]) -> None:
    a, b = pairs_of((1, 1), (1, 2), (1, 9))
    assert [ratio.name for ratio in compare(a, b, OURS, limits).broken] == broken_ones


def test_a_limit_without_pairs_is_broken() -> None:
    found = compare([a_run()], [a_run(seed=1)], OURS, {"total": 5.0})
    assert found.pairs == 0
    assert [ratio.name for ratio in found.broken] == ["total"]
    assert found.notes == ("Only A has mine, ours, seed 0, 10 s.", "Only B has mine, ours, seed 1, 10 s.")


def test_a_failed_run_breaks_a_limit_and_a_skipped_one_is_no_pair() -> None:
    failed = a_run(status="failed", levels=(), checked=None, first=None, to_one_percent=None, to_proof=None, seconds={}, note="it broke")
    found = compare([a_run()], [failed], OURS, {"total": 5.0, "memory": 5.0, "setup": 5.0, "gap": 5.0})
    assert [ratio.name for ratio in found.broken] == ["setup", "total", "memory", "gap"]
    assert found.notes == ("Failed in B: mine, ours, seed 0, 10 s: it broke",)
    assert found.answers == (0, 1, 0)
    skipped = failed.model_copy(update={"status": "skipped", "note": "no Java"})
    assert compare([a_run()], [skipped], OURS, {}).notes == ("B skipped mine, ours, seed 0, 10 s: no Java", "Only A has mine, ours, seed 0, 10 s.")


def test_methods_are_chosen_for_each_side_and_the_last_of_several_counts() -> None:
    runs = [a_run(to_proof=1.0), a_run(method="rival", to_proof=9.0), a_run(method="rival", workers=1, to_proof=3.0)]
    found = compare(runs, runs, ("ours", "rival"), {})
    assert next(ratio for ratio in found.ratios if ratio.name == "proof").median == pytest.approx(3)
    assert found.notes == ("B holds more than one run that would pair: mine, rival, seed 0, 10 s. The last of them counts.",)


def test_what_was_not_measured_is_left_out_and_a_proved_gap_is_as_good_as_none() -> None:
    unmeasured = a_run(peak_mb=None, seconds={"solve": 1.0, "total": 0.0})
    found = {ratio.name: ratio for ratio in compare([unmeasured], [a_run(levels=(Level("Size", "max", 7.0, 7.0007),))], OURS, {}).ratios}
    assert (found["memory"].pairs, found["setup"].pairs) == (0, 0)
    assert found["total"].median == 2000  # nothing is shorter than a millisecond
    # A proves 0, B 1e-4: with 1e-4 added to both, twice as much.
    assert found["gap"].median == pytest.approx(2)


def test_better_answers_are_counted() -> None:
    a, b = pairs_of((1, 1), (1, 1), (1, 1))
    b[0] = b[0].model_copy(update={"levels": (Level("Size", "max", 8.0, 8.0),)})
    b[1] = b[1].model_copy(update={"checked": False})
    assert compare(a, b, OURS, {}).answers == (1, 1, 1)


# --- the referee ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rota() -> RotaAnswer:
    answer, _ = solve_rota(rota_samples.tiny(), "", Limits(seconds=30))
    assert answer is not None
    return answer


def judged(told: object, folder: Path, best: Known | None = None) -> list[Any]:
    path = folder / "answer.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return judge(JOBS["rota"], rota_samples.tiny(), path, best)


def best_of(rota: RotaAnswer, off: float = 0, bound: float = 0) -> Known:
    levels = tuple(low(row.points + off * (row.priority == "Medium"), bound * (row.priority == "Medium"), row.priority) for row in rota.levels)
    return Known(digest="any", levels=levels)


def test_an_answer_as_it_is_written_is_accepted_and_set_beside_the_best_known(rota: RotaAnswer, tmp_path: Path) -> None:
    tables.write_json(tmp_path / "written.json", rota)
    (found,) = judged((tmp_path / "written.json").read_text(encoding="utf-8"), tmp_path, best_of(rota))
    assert (found.accepted, found.completed, found.beyond) == (True, False, None)
    points = [row.points for row in rota.levels]
    assert points == [0, 0, 2, 0]
    assert lines(found, "point") == [
        "The answer: accepted.",
        "  Must: 0 points; best known 0, bound 0",
        "  High: 0 points; best known 0, bound 0",
        "  Medium: 2 points; best known 2, bound 0",
        "  Low: 0 points; best known 0, bound 0",
        "  As good as the best known.",
    ]
    assert plain([found])[0]["objective"][2] == {"name": "Medium", "direction": "min", "value": 2.0}


@pytest.mark.parametrize(
    ("off", "bound", "says", "beyond"),
    [
        (3, 0, "Better than the best known, by Medium.", None),
        (-1, 0, "Worse than the best known, by Medium.", None),
        (3, 3, "Medium is better than the bound that was proved. One of the two is wrong: please report it.", "Medium"),
    ],
)
def test_an_answer_is_better_worse_or_beyond_a_bound(
    off: float, bound: float, says: str, beyond: str | None, rota: RotaAnswer, tmp_path: Path
) -> None:
    (found,) = judged(rota.model_dump(mode="json"), tmp_path, best_of(rota, off, bound))
    assert lines(found)[-1] == f"  {says}"
    assert plain([found])[0]["beyond_bound"] == beyond


def test_decisions_alone_are_enough(rota: RotaAnswer, tmp_path: Path) -> None:
    decisions = {key: rota.model_dump(mode="json")[key] for key in ("sessions", "attendance", "duty")}
    (found,) = judged(decisions, tmp_path)
    assert (found.accepted, found.completed) == (True, True)
    assert [level.value for level in found.levels] == [row.points for row in rota.levels]
    assert lines(found)[-1] == "  No best known answer to compare it with."


def test_a_refused_answer_is_told_every_reason_and_no_value(rota: RotaAnswer, tmp_path: Path) -> None:
    told = rota.model_dump(mode="json")
    told["sessions"][0]["supervisor"] = "nobody"
    (found,) = judged(told, tmp_path, best_of(rota))
    reasons = sum(f.severity == "error" for f in found.verdict.findings)
    assert reasons > 0
    assert lines(found) == [f"The answer: refused, for {reasons} reason{'s' * (reasons != 1)}."]
    assert found.beyond is None


def test_every_answer_of_a_list_is_judged(rota: RotaAnswer, tmp_path: Path) -> None:
    one = rota.model_dump(mode="json")
    for told in ([one, {**one, "option": "other"}], {"run": {}, "answers": [one, {**one, "option": "other"}]}):
        found = judged(told, tmp_path)
        assert [(answer.option, answer.accepted) for answer in found] == [("", True), ("other", False)]
        assert lines(found[1])[0] == "Option other: refused, for 1 reason."


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ("not JSON", "cannot be read: it is no JSON file"),
        ("[]", "holds no answer"),
        ("7", "is not the answer of a rota. the whole: "),
        ({"sessions": [{"session": "a"}]}, r"is not the answer of a rota. sessions, row 1, \w+: Field required \(\d+ more like it\)"),
        ([{"posts": []}], "Answer 1 in .* is not the answer of a rota. posts: Extra inputs are not permitted"),
    ],
)
def test_a_file_that_holds_no_answer_is_told_why(told: object, says: str, tmp_path: Path) -> None:
    with pytest.raises(Misfit, match=says):
        judged(told, tmp_path)
    with pytest.raises(Misfit, match=r"lost\.json cannot be read: No such file"):
        judge(JOBS["rota"], rota_samples.tiny(), tmp_path / "lost.json", None)


# --- several weeks ----------------------------------------------------------------------------------------------------


def two_weeks() -> RotaInput:
    data = rota_samples.tiny()
    return data.model_copy(update={"settings": data.settings.model_copy(update={"weeks": 2})})


@pytest.fixture(scope="module")
def weeks() -> RotaWeeks:
    answer, _ = JOBS["rota"].solve(two_weeks(), "", Limits(seconds=30))
    assert isinstance(answer, RotaWeeks)
    return answer


@pytest.mark.parametrize("method", ["ours", "by_hand", "one_model"])
def test_every_method_makes_weeks_one_after_the_other(method: str) -> None:
    def of_two(job: str, method: str) -> tuple[Problem[Any, Any], Method]:
        return JOBS[job], RIVALS[job][method] if method != "ours" else lambda data, limits: JOBS[job].solve(data, "", limits)

    run = make_run(Task(Instance("rota", "two", None, tables.digest(two_weeks())), method, 0, 1, 10.0), of_two, lambda _: two_weeks())
    assert (run.checked, run.note, run.size["weeks"]) == (True, "", 2)
    # Of the first week no value is told, and no bound but 0 is one of the whole.
    assert {step.bound for step in run.trace} <= {0.0, None}
    assert run.first is not None
    assert run.first >= next(step.seconds for step in run.trace)
    assert [level.bound for level in run.levels] == [None if level.value else 0.0 for level in run.levels]
    assert run.status == ("infeasible" if run.levels[0].value else "feasible" if any(level.value for level in run.levels) else "optimal")


def test_each_week_has_its_share_of_the_time_and_follows_from_the_one_before() -> None:
    seen: list[tuple[RotaInput, float]] = []

    def noting(data: RotaInput, limits: Limits) -> tuple[RotaAnswer | None, Outcome]:
        seen.append((data, limits.seconds))
        return solve_rota(data, "", limits)

    answer, _ = one_after_the_other(two_weeks(), Limits(seconds=10, workers=1), noting)
    assert answer is not None
    assert [share for _, share in seen] == [5, 5]
    assert seen[0][0] == rota_samples.tiny()
    assert seen[1][0] == next_week(rota_samples.tiny(), answer.weeks[0].rota)
    assert one_after_the_other(two_weeks(), Limits(), lambda *_: (None, Outcome(Status.NOT_FOUND, (), {})))[1].status is Status.NOT_FOUND


def test_weeks_are_judged_one_after_the_other_and_their_values_added(weeks: RotaWeeks, tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    decided = {"weeks": [{"rota": week.rota.model_dump(mode="json", include={"sessions", "attendance", "duty"})} for week in weeks.weeks]}
    for told, completed in ((weeks.model_dump(mode="json"), False), (decided, True)):
        path.write_text(json.dumps(told), encoding="utf-8")
        (found,) = judge(JOBS["rota"], two_weeks(), path, None)
        assert (found.accepted, found.completed) == (True, completed)
        sums = [sum(row[n].points for row in (week.rota.levels for week in weeks.weeks)) for n in range(4)]
        assert [level.value for level in found.levels] == sums


@pytest.mark.parametrize(
    ("wrong", "where", "says"),
    [
        (lambda told: told["weeks"].pop(), "The answer", "It is of 1 weeks, and the instance of 2."),
        # The second week's rota in the first week, and the other way round.
        (lambda told: told["weeks"].reverse(), "Week from 2026-12-07, ", ""),
        (
            lambda told: told["weeks"][0].update(early=[{"staff": "A1", "kind": "case", "form": "individual"}]),
            "Week from 2026-12-07, Brought forward",
            "case of A1 is brought forward for nothing.",
        ),
        (
            lambda told: told["weeks"][1].update(early=[{"staff": "nobody", "kind": "case", "form": "individual"}]),
            "Week from 2026-12-14, Brought forward",
            "case of nobody is brought forward for nothing.",
        ),
        (lambda told: told["weeks"][1]["rota"]["sessions"][0].update(supervisor="nobody"), "Week from 2026-12-14, ", ""),
    ],
    ids=["too few", "in another order", "due already", "nobody's", "a fault"],
)
def test_weeks_with_a_fault_are_refused(wrong: Callable[[Any], None], where: str, says: str, weeks: RotaWeeks, tmp_path: Path) -> None:
    told = weeks.model_dump(mode="json")
    wrong(told)
    (tmp_path / "answer.json").write_text(json.dumps(told), encoding="utf-8")
    (found,) = judge(JOBS["rota"], two_weeks(), tmp_path / "answer.json", None)
    assert not found.accepted
    assert all(f.where.startswith(where) and says in f.what for f in found.verdict.findings)


def test_an_answer_of_one_week_is_none_of_several(rota: RotaAnswer, tmp_path: Path) -> None:
    tables.write_json(tmp_path / "answer.json", rota)
    with pytest.raises(Misfit, match="is not the answer of a rota"):
        judge(JOBS["rota"], two_weeks(), tmp_path / "answer.json", None)
