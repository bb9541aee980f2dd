"""Commands on a rota that is there: cover and compare, what they print, and what they say of folders and names that are none."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

import cli
import rota_samples
from optimiser import tables

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, list(words))


@pytest.fixture(scope="module")
def rota(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small rota."""
    place = tmp_path_factory.mktemp("rota")
    tables.write_json(place / "small.json", rota_samples.small())
    made = run("rota", str(place / "small.json"), "-o", str(place / "out"), "--quiet", "--workers", "1")
    assert made.exit_code == cli.NEAREST, made.output  # one need of the sample cannot be met
    return place / "out"


def test_cover_ranks_the_ways_and_changes_nothing(rota: Path) -> None:
    before = {path: path.read_bytes() for path in rota.rglob("*") if path.is_file()}
    result = run("cover", str(rota), "--session", "A2 case", "--most", "2")
    assert result.exit_code == cli.DONE, result.output
    assert result.stdout.startswith("A2 case 2026-12-07: now ")
    assert re.findall(r"^\d+\. ", result.stdout, flags=re.MULTILINE) == ["1. ", "2. "]
    assert "see --most" in result.stdout
    assert {path: path.read_bytes() for path in rota.rglob("*") if path.is_file()} == before


def test_cover_as_json_is_one_document(rota: Path) -> None:
    every = json.loads(run("cover", str(rota), "--session", "A2 case", "--most", "1000", "--json").stdout)
    assert every["session"] == "A2 case 2026-12-07"
    assert len(every["ways"]) == every["count"] > 2
    without = json.loads(run("cover", str(rota), "--session", "A2 case", "--most", "1000", "--without", "V1", "--json").stdout)
    assert without["ways"] == [way for way in every["ways"] if way["supervisor"] != "V1"] != every["ways"]


def test_cover_says_where_there_is_no_other_way(rota: Path) -> None:
    result = run("cover", str(rota), "--session", "A2 case", "--without", "V1", "--without", "V2")
    assert result.exit_code == cli.DONE
    assert "There is no other way" in result.stdout


@pytest.mark.parametrize(("name", "said"), [("A2 cse", "The nearest: "), ("Z", "There is no session called Z")])
def test_a_session_that_is_none(rota: Path, name: str, said: str) -> None:
    result = run("cover", str(rota), "--session", name)
    assert result.exit_code == cli.USAGE
    assert said in result.stderr
    assert result.stdout == ""


def test_a_name_that_is_of_more_than_one_session(rota: Path, tmp_path: Path) -> None:
    twice = tmp_path / "twice"
    shutil.copytree(rota, twice)
    text = (twice / "answer.json").read_text(encoding="utf-8").replace("A3 case", "A2 skills")
    (twice / "answer.json").write_text(text, encoding="utf-8")
    result = run("cover", str(twice), "--session", "A2")
    assert result.exit_code == cli.USAGE
    assert "More than one session is called A2. Name one of them: A2 case 2026-12-07 or A2 skills 2026-12-07." in result.stderr


def test_compare_of_a_rota_with_itself_and_with_another(rota: Path, tmp_path: Path) -> None:
    assert run("compare", str(rota), str(rota)).stdout.startswith("The two rotas are the same.\n")
    other = tmp_path / "other"
    shutil.copytree(rota, other)
    answer = json.loads((other / "answer.json").read_text(encoding="utf-8"))
    moved = next(s for s in answer["sessions"] if s["session"].startswith("A2 case"))
    moved["supervisor"] = "V9"
    (other / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    result = run("compare", str(rota), str(other))
    assert result.exit_code == cli.DONE
    assert "A2 case 2026-12-07" in result.stdout
    assert "V9" in result.stdout
    document = json.loads(run("compare", str(rota), str(other), "--json").stdout)
    assert document["same"] is False
    assert [change["what"] for change in document["differences"]["sessions"]] == ["supervisor"]


def test_a_folder_that_is_no_rota(rota: Path, tmp_path: Path) -> None:
    for words in (("cover", str(tmp_path), "--session", "A2 case"), ("compare", str(rota), str(tmp_path))):
        result = run(*words)
        assert result.exit_code == cli.USAGE
        assert "is not the folder of a rota" in result.stderr
        assert run(*words, "--json").stdout.count('"code": "RES-01"') == 1
    broken = tmp_path / "broken"
    shutil.copytree(rota, broken)
    (broken / "answer.json").write_text('{"sessions": 3}', encoding="utf-8")
    result = run("compare", str(rota), str(broken))
    assert result.exit_code == cli.USAGE
    assert "not as it was written" in result.stderr


def test_an_input_that_was_damaged_since(rota: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt"
    shutil.copytree(rota, spoilt)
    data = rota_samples.small()
    settings = data.settings.model_copy(update={"week_commencing": "2026-12-08"})
    tables.write_workbook(spoilt / "rota.xlsx", data.model_copy(update={"settings": settings}))
    result = run("cover", str(spoilt), "--session", "A2 case")
    assert result.exit_code == cli.INPUT
    assert "Settings" in result.stderr
    assert json.loads(run("cover", str(spoilt), "--session", "A2 case", "--json").stdout)["findings"]
