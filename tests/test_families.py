"""The published set of instances: the same on any machine, sound, hard on purpose, and with best known values that hold together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from instances import families
from instances.families import FAMILIES, NAMES, SETS, VERSION, best_known, digests, job, make
from instances.families import __main__ as keeper
from instances.families.plan import region
from instances.families.rota import week
from models import JOBS
from optimiser import tables
from optimiser.plan.data import PlanInput
from optimiser.result import OPTIMAL_GAP, Level, Limits
from optimiser.rota.data import RotaInput

if TYPE_CHECKING:
    from pathlib import Path

AGREEMENT = 1e-5
SMALL, STANDARD, HARD = (SETS[name] for name in ("small", "standard", "hard"))


def plan(name: str) -> PlanInput:
    data = make(name)
    assert isinstance(data, PlanInput)
    return data


def rota(name: str) -> RotaInput:
    data = make(name)
    assert isinstance(data, RotaInput)
    return data


def of_weeks(name: str) -> bool:
    """Whether an instance is of several weeks, which are proved one by one and not as a whole."""
    return job(name) == "rota" and "x" in name


# --- names ------------------------------------------------------------------------------------------------------------


def test_every_instance_is_in_one_set_and_every_family_in_the_small_one() -> None:
    assert len(set(NAMES)) == len(NAMES) == len(SMALL) + len(STANDARD) + len(HARD)
    assert {tuple(name.split("-")[:2]) for name in SMALL} == {(task, family) for task in FAMILIES for family in FAMILIES[task]}


def test_what_is_pinned_is_the_set() -> None:
    pinned = json.loads((families.HERE / "set.json").read_text(encoding="utf-8"))
    assert pinned["version"] == VERSION
    assert pinned["sets"] == {name: list(names) for name, names in SETS.items()}
    assert list(digests()) == list(NAMES)
    assert len(set(digests().values())) == len(NAMES)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "rota",
        "rota-usual",
        "rota-usual-60x",
        "rota-usual-60x1",
        "plan-usual-60",
        "plan-tight-1x4",
        "rota-lean-60",
        "Rota-usual-60",
        "rota-usual-60-",
        "rota-usual-٦٠",
    ],
)
def test_a_name_that_is_no_recipe_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of an instance"):
        make(name)
    with pytest.raises(ValueError, match="not the name of an instance"):
        job(name)


@pytest.mark.parametrize(
    ("name", "told"),
    [("rota-usual-19", "20 to 600"), ("rota-usual-601", "20 to 600"), ("rota-usual-4x12", "20 to 600"), ("rota-usual-60x9", "weeks must be 2 to 8"),
     ("plan-usual-21x8", "1 to 20"), ("plan-usual-1x3", "4 to 20")],
)  # fmt: skip
def test_a_size_out_of_range_is_refused(name: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make(name)


def test_names_outside_the_set_are_made_too() -> None:
    data = plan("plan-scarce-3x5-7")
    assert (len(data.services), data.settings.quarters) == (3, 5)
    assert len(rota("rota-loose-33-4").staff) == 33
    assert job("rota-loose-33-4") == "rota"


# --- the same everywhere ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SMALL, *STANDARD])
def test_an_instance_is_the_one_pinned_and_sound(name: str) -> None:
    data = make(name)
    assert tables.digest(data) == digests()[name], "the instance has changed: give the set a new version, pin it and renew the best known values"
    found = JOBS[job(name)].examine(data)
    # Where money is short on purpose the examination says so, and nothing else.
    short = job(name) == "plan" and FAMILIES["plan"][name.split("-")[1]].get("money", 100) < 100
    assert [(finding.severity, finding.code, finding.where.split(" ")[0]) for finding in found] == [("warning", "PRE-01", "Budget")] * short


@pytest.mark.slow
@pytest.mark.parametrize("name", HARD)
def test_a_hard_instance_is_the_one_pinned_and_has_no_errors(name: str) -> None:
    data = make(name)
    assert tables.digest(data) == digests()[name]
    assert not [finding for finding in JOBS[job(name)].examine(data) if finding.severity == "error"]


def test_they_do_not_depend_on_the_order_of_sets_and_names_cost_no_heavy_import() -> None:
    names = ("rota-usual-60", "plan-usual-4x8")
    code = f"""
import sys
from instances.families import NAMES, make
assert NAMES and not {{"pandas", "pydantic", "ortools"}} & set(sys.modules)
from optimiser.tables import digest
print(*(digest(make(name)) for name in {names}))
"""
    for seed in ("1", "2"):
        run = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True)
        assert run.stdout.split() == [digests()[name] for name in names]


def test_an_instance_written_reads_back_as_itself(tmp_path: Path) -> None:
    keeper.main(["write", "rota-tight-60", "plan-lean-1x4", "-o", str(tmp_path / "new")])
    for name, model in (("rota-tight-60", RotaInput), ("plan-lean-1x4", PlanInput)):
        loaded = tables.read(tmp_path / "new" / f"{name}.json", model)
        assert (loaded.findings, loaded.digest) == ((), digests()[name])


# --- hard on purpose --------------------------------------------------------------------------------------------------


def test_families_of_the_plan_differ_in_what_they_say() -> None:
    usual, lean, stretched, scarce, cohorts = (plan(f"plan-{family}-4x8") for family in ("usual", "lean", "stretched", "scarce", "cohorts"))
    money = [sum(row.pounds for row in data.budget if row.stream == "recurrent") for data in (lean, usual)]
    assert money[0] / money[1] == pytest.approx(0.97, abs=0.001)
    supervisors = [sum(row.trained for row in data.supervisors) for data in (stretched, usual)]
    assert 0.93 < supervisors[0] / supervisors[1] < 0.99
    applicants = [sum(row.maximum for row in data.recruitment) for data in (scarce, usual)]
    assert applicants[0] / applicants[1] == pytest.approx(0.5, abs=0.03)
    trainees = [sum(row.people for row in data.trainees) for data in (cohorts, usual)]
    assert trainees[0] / trainees[1] == pytest.approx(1.5, abs=0.1)
    assert region(services=4, quarters=8, seed=2).care != usual.care


def test_families_of_the_rota_differ_in_what_they_say() -> None:
    most = {family: sum(p.most_hours or 0 for p in rota(f"rota-{family}-60").staff) for family in ("tight", "usual", "loose")}
    assert most["tight"] < most["usual"] < most["loose"]
    assert len(rota("rota-roomy-60").rooms) > 1.5 * len(rota("rota-usual-60").rooms)
    assert len(rota("rota-scattered-60").sites) == 8
    assert rota("rota-fine-60").settings.grid == 15
    with pytest.raises(ValueError, match="slack must be 100 to 300"):
        week(clinicians=20, slack=99)


@pytest.mark.parametrize("name", ["rota-usual-20x4", "rota-usual-60x4"])
def test_of_several_weeks_people_are_away_come_and_go_and_what_is_not_weekly_falls_due_in_turn(name: str) -> None:
    data = rota(name)
    assert data.settings.weeks == 4
    mondays = [date(2027, 4, 12) + timedelta(weeks=n) for n in range(4)]
    assert data.settings.week_commencing == f"{mondays[0]}"
    for monday in mondays:
        assert sum(row.first <= f"{monday + timedelta(4)}" and row.last >= f"{monday}" for row in data.away) >= len(data.staff) // 12
    assert any(date.fromisoformat(row.last) - date.fromisoformat(row.first) > timedelta(7) for row in data.away)
    assert [p.starts for p in data.staff if p.starts] == ["2027-04-26"]
    assert [p.ends for p in data.staff if p.ends] == ["2027-04-23"]
    held = {(row.kind, -((date.fromisoformat(row.date) - mondays[0]).days // 7)) for row in data.last_held}
    assert {weeks for kind, weeks in held if kind == "management"} == {1, 2, 3, 4}
    assert {weeks for kind, weeks in held if kind == "skills"} == ({1, 2} if len(data.staff) > 20 else {2})  # it has one group


def test_of_the_small_set_every_must_of_the_first_three_weeks_can_be_met() -> None:
    data = rota("rota-usual-60x4")
    answer, outcome = JOBS["rota"].solve(data.model_copy(update={"settings": data.settings.model_copy(update={"weeks": 3})}), "", Limits(seconds=60))
    assert answer is not None
    assert (outcome.levels[0].name, outcome.levels[0].value) == ("Must", 0)


@pytest.mark.parametrize("name", [name for name in SMALL if job(name) == "rota" and not of_weeks(name)])
def test_not_all_that_a_manager_would_like_can_be_had(name: str) -> None:
    """Every must can be met, and no rota has all of High, of Medium or of Low: the bounds are above nothing."""
    levels = {level["name"]: level for level in best_known()[name]["levels"]}
    assert levels["Must"]["value"] == 0
    assert all(levels[level]["bound"] > 0 for level in ("High", "Medium", "Low"))


@pytest.mark.parametrize("name", ["plan-usual-1x4", "plan-pressed-1x4"])
def test_money_supervision_and_posts_for_graduates_all_bind(name: str) -> None:
    data = plan(name)
    answer, outcome = JOBS["plan"].solve(data, "", Limits(seconds=60, gap=0.002))
    assert answer is not None
    assert outcome.levels[0].value == 0
    # Less recurrent money is left than another post would cost in a year.
    spent = sum(row.pounds for row in answer.spend if row.stream == "recurrent" and row.year == data.years[0])
    money = sum(row.pounds for row in data.budget if row.stream == "recurrent" and row.year == data.years[0])
    assert money - spent < 30_000
    # In some quarter every supervisor of a kind gives all the hours they may.
    may = {(giver.post, giver.kind): giver.hours for giver in data.supervision_givers}
    given: defaultdict[tuple[str, str], float] = defaultdict(float)
    at_most = given.copy()
    for hours in answer.supervision_hours:
        given[hours.kind, hours.quarter] += hours.hours
    for row in answer.supervisors:
        at_most[row.kind, row.quarter] += row.trained * may[row.post, row.kind]
    assert any(given[place] >= hours - 1e-6 > 1 for place, hours in at_most.items())
    # Not every graduate is found a post.
    assert 0.1 < sum(row.lost for row in answer.lost_trainees) < sum(row.graduates for row in answer.lost_trainees)


# --- best known values ------------------------------------------------------------------------------------------------


def test_the_small_and_the_standard_set_have_best_known_values() -> None:
    assert set(SMALL) | set(STANDARD) <= set(best_known()) <= set(NAMES)


@pytest.mark.parametrize("name", list(best_known()))
def test_the_best_known_value_belongs_to_the_instance_and_lies_within_its_bound(name: str) -> None:
    known = best_known()[name]
    assert known["digest"] == digests()[name]
    assert known["found"]
    assert known["bounded"]
    levels = [Level(**level) for level in known["levels"]]
    names = ["Must", "High", "Medium", "Low"] if job(name) == "rota" else ["Unmet musts", "Care"]
    assert [level.name for level in levels] == names
    assert keeper.merged(levels, levels) == tuple(levels)
    if of_weeks(name):
        assert all(level.bound == (None if level.value else 0) for level in levels)
        return
    assert all(level.bound is not None for level in levels)
    if name in SMALL:
        assert all(level.gap <= OPTIMAL_GAP for level in levels), "every instance of the small set is proved"


def agrees(name: str) -> None:
    """Solve to proof again and compare: the same values, and neither value beyond the other's bound."""
    found, _ = keeper.solved(name, 120)
    known = [Level(**level) for level in best_known()[name]["levels"]]
    keeper.merged(known, found)
    assert all(level.gap <= OPTIMAL_GAP + AGREEMENT for level in found)
    for mine, theirs in zip(found, known, strict=True):
        assert mine.value == pytest.approx(theirs.value, rel=2 * OPTIMAL_GAP, abs=AGREEMENT)


@pytest.mark.parametrize("name", ["rota-tight-60", "plan-lean-1x4"])
def test_one_of_each_job_solved_again_agrees_with_what_is_known(name: str) -> None:
    agrees(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SMALL if not of_weeks(name)])
def test_the_small_set_solved_again_agrees_with_what_is_known(name: str) -> None:
    agrees(name)


# --- renewing ---------------------------------------------------------------------------------------------------------


def levels(*rows: tuple[float, float | None], last: tuple[float, float | None] | None = None) -> tuple[Level, ...]:
    """Levels to be made small, and perhaps a last one to be made large, of (value, bound)."""
    found = [Level(f"level {n}", "min", value, bound) for n, (value, bound) in enumerate(rows, start=1)]
    return (*found, *([Level("last", "max", *last)] if last else []))


def test_the_better_values_stay_with_the_tightest_bounds() -> None:
    known, found = levels((10, 8), last=(50, 70)), levels((10, 7), last=(55, 80))
    wanted = levels((10, 8), last=(55, 70))
    assert keeper.merged(known, found) == keeper.merged(found, known) == wanted


def test_a_value_never_gets_worse() -> None:
    # Worse on the first level on which they differ, however good after it.
    known, found = levels((10, 5), (20, 5)), levels((11, 6), (6, 6))
    assert keeper.merged(known, found) == levels((10, 6), (20, 6))
    # 6 was proved of answers with at most 11: those with at most 10 are among them.


def test_a_bound_does_not_hold_for_answers_it_was_not_proved_of() -> None:
    # The old bound of 30 was proved of answers with at most 3 on the second level. The better answer has 4 there: its 25 contradicts nothing.
    known, found = levels((10, 0), (3, 0), (40, 30)), levels((9, 0), (4, 0), (25, 20))
    assert keeper.merged(known, found) == found
    assert list(keeper.holding(found, known)) == [0, 0, None]


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (levels((10, 10)), levels((9, 9))),
        (levels((10, 8)), levels((12, 11))),
        (levels((0, 0), last=(50, 52)), levels((0, 0), last=(53, 60))),
        (levels((5, 6)), levels((7, 0))),
    ],
    ids=["a value beyond the known bound", "a bound above the known value", "the same to be made large", "a value beyond its own bound"],
)
def test_values_beyond_a_bound_are_refused(known: tuple[Level, ...], found: tuple[Level, ...]) -> None:
    with pytest.raises(keeper.BrokenBound):
        keeper.merged(known, found)


def test_a_record_says_where_value_and_bound_come_from() -> None:
    first = keeper.renewed(None, "d", levels((10, 5)), "one")
    assert (first["found"], first["bounded"]) == ("one", "one")
    second = keeper.renewed(first, "d", levels((12, 7)), "two")
    assert (second["levels"][0]["value"], second["levels"][0]["bound"]) == (10, 7)
    assert (second["found"], second["bounded"]) == ("one", "two")
    third = keeper.renewed(second, "d", levels((9, None)), "three")
    assert (third["levels"][0]["value"], third["levels"][0]["bound"]) == (9, 7)
    assert (third["found"], third["bounded"]) == ("three", "two")
    # A changed instance starts anew.
    assert keeper.renewed(third, "other", levels((20, 0)), "four")["levels"][0]["value"] == 20


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the stored files, in place of them."""
    for name in ("set.json", "best_known.json"):
        (tmp_path / name).write_bytes((families.HERE / name).read_bytes())
    monkeypatch.setattr(families, "HERE", tmp_path)
    monkeypatch.setattr(keeper, "HERE", tmp_path)
    return tmp_path


def test_an_answer_sent_in_is_judged_and_a_worse_one_changes_nothing(copy: Path, tmp_path: Path) -> None:
    name = "rota-usual-20"
    answer, _ = JOBS["rota"].solve(make(name), "", Limits(seconds=20))
    assert answer is not None
    tables.write_json(tmp_path / "answer.json", answer)
    before = best_known()
    # Somebody's answer is better than a poor one known, and keeps the bound.
    poor: dict[str, Any] = json.loads((copy / "best_known.json").read_text(encoding="utf-8"))
    poor[name]["levels"][3]["value"] = 500.0
    (copy / "best_known.json").write_text(json.dumps(poor), encoding="utf-8")
    keeper.main(["renew", name, "--answer", str(tmp_path / "answer.json")])
    renewed = best_known()[name]
    assert renewed["levels"] == before[name]["levels"]
    assert "sent in" in renewed["found"]
    assert renewed["bounded"] == before[name]["bounded"]
    # The same again is no better: the first who found it stays named.
    keeper.main(["renew", name, "--answer", str(tmp_path / "answer.json")])
    assert best_known()[name] == renewed
    # An answer the check refuses is not recorded.
    with pytest.raises(RuntimeError, match="the check holds against the answer"):
        keeper.main(["renew", "rota-usual-40", "--answer", str(tmp_path / "answer.json")])
    assert {each: known for each, known in best_known().items() if each != name} == {each: known for each, known in before.items() if each != name}


def test_the_first_answer_to_an_instance_is_recorded_without_a_bound(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "best_known.json").write_text("{}", encoding="utf-8")
    answer, _ = JOBS["rota"].solve(make("rota-usual-20"), "", Limits(seconds=20))
    assert answer is not None
    tables.write_json(tmp_path / "answer.json", answer)
    keeper.main(["renew", "rota-usual-20", "--answer", str(tmp_path / "answer.json")])
    assert [level["bound"] for level in best_known()["rota-usual-20"]["levels"]] == [None] * 4
    assert capsys.readouterr().out.startswith("rota-usual-20: Must 0.0 None; High ")


@pytest.mark.parametrize("words", [["rota-usual-21"], ["--answer", "answer.json"], ["--set", "huge"]])
def test_what_cannot_be_recorded_is_wrong_usage(copy: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        keeper.main(["renew", *words])
    assert ended.value.code == 2


def test_a_pinned_instance_cannot_change_within_a_version(copy: Path) -> None:
    name = "rota-usual-20"
    keeper.pin([name])
    assert json.loads((copy / "set.json").read_text(encoding="utf-8"))["digests"] == {name: digests()[name]}
    stored = json.loads((copy / "set.json").read_text(encoding="utf-8")) | {"digests": {name: "0" * 64}}
    (copy / "set.json").write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(RuntimeError, match=f"{name}. Give the set a new version"):
        keeper.pin([name])
    # Nor where others were added; in another whole version it may.
    (copy / "set.json").write_text(json.dumps({**stored, "version": "1"}), encoding="utf-8")
    with pytest.raises(RuntimeError, match=f"{name}. Give the set a new version"):
        keeper.pin([name])
    (copy / "set.json").write_text(json.dumps({**stored, "version": "0.9"}), encoding="utf-8")
    keeper.pin([name])
    assert json.loads((copy / "set.json").read_text(encoding="utf-8"))["digests"] == {name: digests()[name]}
