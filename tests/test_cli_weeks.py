"""``rota --weeks``: what is written for a real team over Christmas, how each week of it is used afterwards, exit codes, and what is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

import cli
import rota_samples
from models import JOBS
from optimiser import tables
from optimiser.rota.data import RotaInput

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, list(words))


@pytest.fixture(scope="module")
def christmas(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """One team from 7 December on: three weeks, the third with Christmas in it."""
    out = tmp_path_factory.mktemp("weeks") / "out"
    return out, run("rota", "instances/rota/one_team", "-o", str(out), "--weeks", "3", "--workers", "1", "--time", "10", "--json")


def test_three_weeks_are_told_as_one_document(christmas: tuple[Path, Result]) -> None:
    out, made = christmas
    told = json.loads(made.stdout)
    assert made.exit_code == cli.NEAREST, made.output  # nobody works on three days of the third week
    assert [week["week"] for week in told["weeks"]] == ["2026-12-07", "2026-12-14", "2026-12-21"]
    assert told["status"] == "infeasible"
    assert told["complete"]
    assert told["checked"]
    assert str(out / "weeks.html") in told["outputs"]
    assert str(out / "2026-12-21/rota.html") in told["outputs"]
    assert "Week 1 of 3, from 7 December · Must" in made.stderr
    assert "Week 3 of 3, from 21 December · Low" in made.stderr


def test_the_week_of_christmas_is_closed_as_it_is(christmas: tuple[Path, Result]) -> None:
    out, _ = christmas
    answer = json.loads((out / "2026-12-21/answer.json").read_text(encoding="utf-8"))
    assert {row["date"] for row in answer["sessions"]} <= {"2026-12-21", "2026-12-22", "2026-12-23"}
    page = (out / "weeks.html").read_text(encoding="utf-8")
    assert "25 December: Christmas Day" in page
    assert re.search(r'<html lang="en-GB">.*<main id="main".*<h1>|<h1>', page, flags=re.DOTALL)
    assert all(f"#{part}" in page and f'id="{part}"' in page for part in ("overview", "missing", "early", "owed", "gaps", "given", "changes"))


def test_each_week_is_the_folder_of_a_rota(christmas: tuple[Path, Result], tmp_path: Path) -> None:
    out, _ = christmas
    second = out / "2026-12-14"
    answer = json.loads((second / "answer.json").read_text(encoding="utf-8"))
    session = answer["sessions"][0]["session"]
    assert run("cover", str(second), "--session", session).exit_code == cli.DONE
    assert run("compare", str(out / "2026-12-07"), str(second)).exit_code == cli.DONE
    assert run("check", str(second / "rota.xlsx"), "--answer", str(second / "answer.json")).exit_code == cli.DONE
    published = run("publish", str(second), "-o", str(tmp_path / "published"))
    assert published.exit_code in (cli.DONE, cli.GATE)
    assert "another than the one it was made from" not in published.output
    mended = run("rota", str(second / "rota.xlsx"), "--from", str(second), "-o", str(tmp_path / "mended"), "--quiet", "--workers", "1", "--time", "5")
    assert mended.exit_code in (cli.DONE, cli.NEAREST), mended.output
    kept = json.loads((tmp_path / "mended/answer.json").read_text(encoding="utf-8"))
    assert kept["sessions"] == answer["sessions"]  # nothing happened, so nothing moves


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    tables.write_json(tmp_path / "tiny.json", rota_samples.tiny())
    return tmp_path / "tiny.json"


def test_in_words_each_week_is_said_to_be_judged_given_those_before(tiny: Path, tmp_path: Path) -> None:
    made = run("rota", str(tiny), "-o", str(tmp_path / "out"), "--weeks", "2", "--quiet", "--workers", "1")
    assert made.exit_code == cli.DONE, made.output
    assert made.stderr == ""
    assert "Week from 7 December: The best there is: no better exists." in made.stdout
    assert "Week from 14 December: The best there is: no better exists." in made.stdout
    assert "Each week is judged given the weeks before it." in made.stdout
    assert f"Written: {tmp_path / 'out/weeks.html'} and " in made.stdout


def test_one_week_is_what_it_was(tiny: Path, tmp_path: Path) -> None:
    for name, words in (("a", ()), ("b", ("--weeks", "1"))):
        assert run("rota", str(tiny), "-o", str(tmp_path / name), "--quiet", "--workers", "1", *words).exit_code == cli.DONE
    files = [{p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*") if p.is_file() and p.name != "run.json"} for n in "ab"]
    assert files[0] == files[1]
    assert not (tmp_path / "b/weeks.html").exists()


@pytest.mark.parametrize(("asked", "said"), [((), 1), ((), 2), (("--weeks", "1"), 2), (("--weeks", "2"), 1)])
def test_the_input_is_read_once_for_however_many_weeks(
    asked: tuple[str, ...], said: int, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = rota_samples.tiny()
    tables.write_json(tiny, data.model_copy(update={"settings": data.settings.model_copy(update={"weeks": said})}))
    read: list[Path] = []

    def reading(path: Path) -> tables.Loaded[RotaInput]:
        read.append(path)
        return tables.read(path, RotaInput)

    monkeypatch.setitem(JOBS, "rota", replace(JOBS["rota"], read=reading))
    made = run("rota", str(tiny), "-o", str(tmp_path / "out"), "--workers", "1", "--json", *asked)
    assert made.exit_code == cli.DONE, made.output
    assert read == [tiny]
    assert (tmp_path / "out/weeks.html").exists() == ("2" in asked or (not asked and said == 2))


def test_an_earlier_result_is_replaced_only_with_force(tiny: Path, tmp_path: Path) -> None:
    words = ("rota", str(tiny), "-o", str(tmp_path / "out"), "--weeks", "2", "--quiet", "--workers", "1")
    assert run(*words).exit_code == cli.DONE
    again = run(*words)
    assert again.exit_code == cli.USAGE
    assert "already holds a result" in again.stderr
    assert run(*words, "--force").exit_code == cli.DONE
    inside = run("rota", str(tmp_path / "out/2026-12-14/next_week.xlsx"), "-o", str(tmp_path / "out"), "--weeks", "2", "--force")
    assert inside.exit_code == cli.USAGE  # it would replace its own input


@pytest.mark.parametrize("words", [("--from", "out"), ("--away", "A1"), ("--from-date", "2026-12-09")])
def test_weeks_and_mending_are_refused_together(tiny: Path, words: tuple[str, ...]) -> None:
    refused = run("rota", str(tiny), "--weeks", "2", *words)
    assert refused.exit_code == cli.USAGE
    assert "give one or the other" in refused.stderr


def test_an_input_says_itself_of_how_many_weeks_it_is_and_the_folder_is_judged_as_an_answer(tiny: Path, tmp_path: Path) -> None:
    data = rota_samples.tiny()
    tables.write_json(tiny, data.model_copy(update={"settings": data.settings.model_copy(update={"weeks": 2})}))
    words = ("rota", str(tiny), "--quiet", "--workers", "1", "-o")
    assert run(*words, str(tmp_path / "two")).exit_code == cli.DONE
    assert sorted(place.name for place in (tmp_path / "two").glob("20*")) == ["2026-12-07", "2026-12-14"]
    assert run(*words, str(tmp_path / "one"), "--weeks", "1").exit_code == cli.DONE
    assert not (tmp_path / "one/weeks.html").exists()
    judged = run("check", str(tiny), "--answer", str(tmp_path / "two"), "--json")
    assert judged.exit_code == cli.DONE, judged.output
    points = [json.loads((tmp_path / "two" / week / "answer.json").read_text(encoding="utf-8"))["levels"] for week in ("2026-12-07", "2026-12-14")]
    sums = [one["points"] + other["points"] for one, other in zip(*points, strict=True)]
    assert [level["value"] for level in json.loads(judged.stdout)["answers"][0]["objective"]] == sums
    # A week of it is an input of one week, and can be mended.
    first = tmp_path / "two/2026-12-07"
    mended = run("rota", str(tiny), "--from", str(first), "-o", str(tmp_path / "mended"), "--quiet", "--workers", "1")
    assert mended.exit_code == cli.DONE, mended.output
    assert run("check", str(tiny), "--answer", str(first / "answer.json")).exit_code == cli.INPUT


@pytest.mark.parametrize("weeks", ["0", "9", "a few"])
def test_one_to_eight_weeks(tiny: Path, weeks: str) -> None:
    assert run("rota", str(tiny), "--weeks", weeks).exit_code == cli.USAGE


def test_an_input_with_errors_ends_in_3(tiny: Path, tmp_path: Path) -> None:
    data = rota_samples.tiny()
    tables.write_json(tiny, data.model_copy(update={"settings": data.settings.model_copy(update={"lunch_from": "15:00"})}))
    made = run("rota", str(tiny), "-o", str(tmp_path / "out"), "--weeks", "2", "--json")
    assert made.exit_code == cli.INPUT
    told = json.loads(made.stdout)
    assert told["status"] is None
    assert told["error"]["message"]
    assert not (tmp_path / "out").exists()
