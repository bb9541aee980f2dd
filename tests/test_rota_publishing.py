"""Publishing: what the checklist stops, what may be overridden, a copy that shows every change, and calendars that update one another."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from icalendar import Calendar

import cli
import rota_samples
from optimiser import tables
from optimiser.rota.calendars import KEPT_WEEKS, calendars
from optimiser.rota.check import work_out
from optimiser.rota.data import NotPlaced, RotaAnswer
from optimiser.rota.publishing import SEAL, checklist, sealed
from optimiser.rota.results import Written
from optimiser.rota.sections import View
from optimiser.rota.week import at_work, due

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimiser.rota.data import RotaInput


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, list(words))


@pytest.fixture(scope="module")
def rota(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small rota, in which musts are bent."""
    place = tmp_path_factory.mktemp("rota")
    tables.write_json(place / "small.json", rota_samples.small())
    made = run("rota", str(place / "small.json"), "-o", str(place / "out"), "--quiet", "--workers", "1")
    assert made.exit_code == cli.NEAREST, made.output
    return place / "out"


def overrides(result: Result) -> list[str]:
    """What lets every failed item of a checklist pass."""
    failed = [line.split()[1] for line in result.stdout.splitlines() if line.startswith("failed")]
    return [word for code in failed for word in ("--override", f"{code}=Agreed on Friday")]


def test_nothing_is_published_while_an_item_fails(rota: Path, tmp_path: Path) -> None:
    result = run("publish", str(rota), "-o", str(tmp_path / "out"))
    assert result.exit_code == cli.GATE
    assert "Not published" in result.stderr
    assert list(tmp_path.iterdir()) == []
    document = json.loads(run("publish", str(rota), "-o", str(tmp_path / "out"), "--json").stdout)
    assert {item["state"] for item in document["checklist"]} == {"passed", "failed"}
    assert document["outputs"] == []


def test_what_is_only_brought_forward_and_not_held_stands_against_nothing() -> None:
    data = rota_samples.yearly()
    assert [(row.staff, row.kind) for row in data.early] == [("A4", "skills")]
    nothing = RotaAnswer(not_placed=tuple(
        NotPlaced(staff=n.staff, kind=n.kind, form=n.form, cause="no supervisor", because="", help="") for n in due(data, at_work(data))
    ))  # fmt: skip
    told = {item.code: item.detail for item in checklist(data, Written(Path(), nothing, {}), "", {})}
    lacking = f"{told['trainees']} {told['staff']}"
    assert "A3 (case)" in lacking
    assert "A4 (case)" in lacking
    assert "A4 (skills)" not in lacking


@pytest.fixture(scope="module")
def published(rota: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("published") / "first"
    result = run("publish", str(rota), "-o", str(out), "--senior", "V3", *overrides(run("publish", str(rota), "-o", str(out))))
    assert result.exit_code == cli.DONE, result.output
    return out


def test_reasons_are_kept_shown_and_counted(published: Path) -> None:
    seal = sealed(published)
    overridden = [item for item in seal["checklist"] if item["state"] == "overridden"]
    assert seal["overrides"] == len(overridden) > 0
    assert all(item["reason"] == "Agreed on Friday" and item["detail"] for item in overridden)
    page = (published / "oversight.html").read_text(encoding="utf-8")
    assert page.count("Agreed on Friday") == len(overridden)
    assert "For V3, who oversees supervision" in page
    assert f"{len(overridden)} item" in page


def test_what_was_overridden_is_counted_from_one_publication_to_the_next(rota: Path, published: Path, tmp_path: Path) -> None:
    last, words = published, overrides(run("publish", str(rota), "-o", str(tmp_path / "out")))
    for number in range(2):
        out = tmp_path / str(number)
        assert run("publish", str(rota), "-o", str(out), "--after", str(last), *words).exit_code == cli.DONE
        last = out
    first, seal = sealed(published), sealed(last)
    assert first["earlier"] == []
    assert [was["seal"] for was in seal["earlier"]] == [first["seal"], seal["follows"]]
    assert [was["week"] for was in seal["earlier"]] == [rota_samples.MONDAY] * 2
    reasons = {item["code"]: item["reason"] for item in first["checklist"] if item["state"] == "overridden"}
    assert [was["overridden"] for was in seal["earlier"]] == [reasons, reasons]
    page = (last / "oversight.html").read_text(encoding="utf-8")
    assert f"In 2 publications before this one {2 * first['overrides']} items were overridden." in page
    assert page.count("Agreed on Friday") == 3 * first["overrides"]


def test_a_copy_holds_all_of_the_rota_and_shows_every_change(rota: Path, published: Path, tmp_path: Path) -> None:
    for path in rota.rglob("*"):
        if path.is_file() and path.suffix != ".ics":
            assert (published / path.relative_to(rota)).read_bytes() == path.read_bytes()
    for number, name in enumerate(("answer.json", "calendars/service.ics", "new.txt")):
        copy = tmp_path / str(number)
        shutil.copytree(published, copy)
        (copy / name).write_text("another", encoding="utf-8")
        result = run("publish", str(rota), "-o", str(tmp_path / "out"), "--after", str(copy))
        assert result.exit_code == cli.USAGE
        assert f"is not as it was published: {name} changed since" in result.stderr
    (tmp_path / "0" / SEAL).unlink()
    assert "is not a publication" in run("publish", str(rota), "-o", str(tmp_path / "out"), "--after", str(tmp_path / "0")).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--override", "check=no"], "check cannot be overridden"),
        (["--override", "weather=rain"], "weather is no item of the checklist"),
        (["--override", "staff= "], "staff needs a reason"),
        (["--senior", "nobody"], "Nobody in Staff is called nobody"),
    ],
)
def test_what_cannot_be_is_refused(rota: Path, tmp_path: Path, words: list[str], said: str) -> None:
    result = run("publish", str(rota), "-o", str(tmp_path / "out"), *words)
    assert result.exit_code == cli.USAGE
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_publication_is_replaced_only_with_force(rota: Path, published: Path) -> None:
    result = run("publish", str(rota), "-o", str(published))
    assert result.exit_code == cli.USAGE
    assert "--force" in result.stderr


def test_a_rota_that_was_meddled_with_fails_the_check(rota: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rota"
    shutil.copytree(rota, folder)
    answer = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    answer["sessions"][0]["supervisor"] = "A1"
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    items = {item["code"]: item for item in json.loads(run("publish", str(folder), "-o", str(tmp_path / "out"), "--json").stdout)["checklist"]}
    assert items["check"]["state"] == "failed"
    assert not items["check"]["open"]
    tables.write_workbook(folder / "rota.xlsx", rota_samples.small().model_copy(update={"away": ()}))
    items = {item["code"]: item for item in json.loads(run("publish", str(folder), "-o", str(tmp_path / "out"), "--json").stdout)["checklist"]}
    assert items["input"]["state"] == "failed"


# --- calendars --------------------------------------------------------------------------------------------------------


def entries(content: bytes) -> dict[str, tuple[int, str, str]]:
    """Sequence number, start and status of every entry by identity."""
    return {
        str(event["uid"]): (int(str(event["sequence"])), event.decoded("dtstart").isoformat(), str(event.get("status", "")))
        for event in Calendar.from_ical(content).walk("VEVENT")
    }


def seen(files: Mapping[str, bytes]) -> dict[str, dict[str, tuple[int, str, str]]]:
    return {name: entries(content) for name, content in files.items()}


def test_calendars_update_what_people_have() -> None:
    data = rota_samples.small()
    rota = work_out(data, RotaAnswer.model_validate(ANSWER))
    first = calendars(View(data, rota))
    again = calendars(View(data, rota), first, "2026-12-01T09:00:00")
    assert again == first  # nothing changed: the same bytes, the stamps too
    gone, moved, kept = rota.sessions
    later = moved.model_copy(update={"start": "15:00"})
    changed = work_out(
        data, rota.model_copy(update={"sessions": (later, kept), "attendance": tuple(a for a in rota.attendance if a.session != gone.session)})
    )
    second = calendars(View(data, changed), first, "2026-12-01T09:00:00")
    before, after = (seen(files)["service.ics"] for files in (first, second))
    assert sorted(number for number, *_ in after.values()) == [0, 1, 1]
    assert [status for number, _, status in after.values() if status] == ["CANCELLED"]
    assert set(before) == set(after)
    # Back again: the entry that was cancelled and the one that moved are newer still, and every file of the second has its person's.
    third = seen(calendars(View(data, rota), second, "2026-12-02T09:00:00"))
    assert sorted(number for number, *_ in third["service.ics"].values()) == [0, 2, 2]
    assert {start for _, start, status in third["service.ics"].values() if not status} == {start for _, start, _ in before.values()}
    assert set(second) >= set(first)


def test_a_title_may_say_anything() -> None:
    data = rota_samples.small()
    named = data.model_copy(update={"settings": data.settings.model_copy(update={"title": "Team, END:VCALENDAR; and\\more"})})
    files = calendars(View(named, work_out(named, RotaAnswer.model_validate(ANSWER))))
    assert {str(Calendar.from_ical(content)["x-wr-calname"]).split(": ")[0] for content in files.values()} == {named.settings.title}
    assert seen(files) == seen(calendars(View(data, work_out(data, RotaAnswer.model_validate(ANSWER)))))


def test_entries_of_other_weeks_are_carried_on_as_they_are() -> None:
    data = rota_samples.small()
    rota = work_out(data, RotaAnswer.model_validate(ANSWER))
    first = calendars(View(data, rota))
    less = rota.model_copy(update={"sessions": rota.sessions[1:], "attendance": rota.attendance[1:]})
    mended = calendars(View(data, work_out(data, less)), first, "2026-12-08T09:00:00")
    gone = rota.attendance[0].staff

    def weeks_on(weeks: int) -> RotaInput:
        monday = (date.fromisoformat(rota_samples.MONDAY) + timedelta(weeks=weeks)).isoformat()
        staff = tuple(row for row in data.staff if row.staff != gone)  # who has left and is in no table any more keeps a file
        return data.model_copy(update={"settings": data.settings.model_copy(update={"week_commencing": monday}), "staff": staff})

    def a_week_on(weeks: int) -> RotaAnswer:
        text = json.dumps({"sessions": ANSWER["sessions"][1:], "attendance": ANSWER["attendance"][1:]})
        return work_out(weeks_on(weeks), RotaAnswer.model_validate_json(text.replace(rota_samples.MONDAY, weeks_on(weeks).settings.week_commencing)))

    second = calendars(View(weeks_on(1), a_week_on(1)), mended, "2026-12-14T09:00:00")
    was, now = seen(mended), seen(second)
    assert now[f"staff-{gone}.ics"] == was[f"staff-{gone}.ics"]
    for name, file in was.items():
        assert {uid: entry for uid, entry in now[name].items() if uid in file} == file
    assert {status for _, _, status in was["service.ics"].values()} == {"", "CANCELLED"}
    assert len(now["service.ics"]) == len(was["service.ics"]) + 2
    # The first week again, and what was said of the second stands.
    back = seen(calendars(View(data, work_out(data, rota)), second, "2026-12-15T09:00:00"))["service.ics"]
    assert {uid: entry for uid, entry in back.items() if uid not in was["service.ics"]} == {
        uid: entry for uid, entry in now["service.ics"].items() if uid not in was["service.ics"]
    }
    assert [number for number, _, status in back.values() if number and not status] == [2]
    kept, left_out = (seen(calendars(View(weeks_on(weeks), a_week_on(weeks)), second)) for weeks in (KEPT_WEEKS, KEPT_WEEKS + 1))
    assert was["service.ics"].items() <= kept["service.ics"].items()
    assert not was["service.ics"].keys() & left_out["service.ics"].keys()
    assert f"staff-{gone}.ics" in kept


def alone(staff: str, supervisor: str, start: str) -> dict[str, object]:
    """Row of an individual session on Monday."""
    return {
        "session": f"{staff} case 2026-12-07", "kind": "case", "form": "individual", "supervisor": supervisor, "date": "2026-12-07",
        "start": start, "minutes": 60, "mode": "online",
    }  # fmt: skip


THREE = {"A1": ("V1", "09:00"), "A2": ("V1", "10:00"), "A3": ("V2", "11:00")}
ANSWER: dict[str, Any] = {
    "sessions": [alone(staff, *where) for staff, where in THREE.items()],
    "attendance": [{"session": f"{staff} case 2026-12-07", "staff": staff} for staff in THREE],
}
