"""Weeks that follow one another: what is carried from one to the next, the check of the chain, stopping, and what is written."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from icalendar import Calendar

import rota_samples
from models import JOBS
from models.rota.ahead import brought_forward
from optimiser import tables
from optimiser.engine import Verdict
from optimiser.result import Finding, Limits, Status
from optimiser.rota.data import Away, Early, LastHeld, Name, Need, RotaAnswer, RotaInput, Staff, Term
from optimiser.rota.following import next_week
from optimiser.rota.results import written
from optimiser.rota.weeks import Gap, Run, _gaps, check_weeks, document, make, remarks
from optimiser.tables.reading import digest
from rota_samples import MONDAY, at

if TYPE_CHECKING:
    from pathlib import Path

    from optimiser.result import Progress

ROTA = JOBS["rota"]


def run(data: RotaInput, place: Path, weeks: int, **more: object) -> Run:
    tables.write_json(place / "input.json", data)
    limits = more.pop("limits", Limits(seconds=5.0, workers=1))
    problem = more.pop("problem", ROTA)
    return make(problem, brought_forward, place / "input.json", place / "out", weeks, limits, **more)  # type: ignore[arg-type]


def alone(data: RotaInput) -> RotaAnswer:
    """The rota of one week."""
    rota, _ = ROTA.solve(data, "", Limits(seconds=5.0, workers=1))
    assert isinstance(rota, RotaAnswer)
    return rota


def lived() -> RotaInput:
    """The tiny service with something of everything: B1 starts, C1 leaves, a term ends, V2 is away a fortnight, somebody is seen monthly."""
    data = rota_samples.tiny()
    staff = tuple(p.model_copy(update={"starts": "2026-12-14"}) if p.staff == "B1" else p for p in data.staff)
    return data.model_copy(
        update={
            "staff": (*staff, Staff(staff="C1", role="pwp", hours=37.5, ends="2026-12-16"), Staff(staff="U1", role="pwp", hours=37.5, trainee=True)),
            "availability": (*data.availability, at("C1", "Monday", "09:00-12:00"), at("U1", "Monday", "09:00-12:00", U="09:00-12:00")),
            "terms": (Term(first="2026-09-28", last="2026-12-18"),),
            "away": (Away(staff="V2", first="2026-12-14", last="2026-12-27"),),
            "needs": (Need(staff="A2", kind="case", minutes=60, every=3),),
            "last_held": (LastHeld(staff="A2", kind="case", date="2026-11-23"),),
            "names": (Name(staff="A1", name="Ada Example"),),
        }
    )


@cache
def chain() -> tuple[tuple[RotaInput, RotaAnswer], ...]:
    """Four weeks of it, solved one after the other."""
    data, found = lived(), []
    for _ in range(4):
        data = data.model_copy(update={"early": brought_forward(data)})
        rota = alone(data)
        found.append((data, rota))
        data = next_week(data, rota)
    return tuple(found)


# --- the check of the chain -------------------------------------------------------------------------------------------


def test_a_chain_of_weeks_passes_its_check() -> None:
    course = check_weeks(chain())
    assert course.findings == ()
    assert {staff for staff, _ in course.given.items()} == {"V1", "V2"}
    assert all(len(weeks) == 4 for weeks in course.given.values())
    assert [given for given, _ in course.given["V2"]][1:3] == [0, 0]  # away


def test_people_come_and_go_in_mid_run() -> None:
    seen = [{row.staff for row in rota.attendance} for _, rota in chain()]
    asked = [seen[n] | {row.staff for row in rota.not_placed} for n, (_, rota) in enumerate(chain())]
    assert ["B1" in people for people in asked] == [False, True, True, False]  # 28 December is a bank holiday, and B1 there on Mondays alone
    assert ["C1" in people for people in asked] == [True, True, False, False]
    assert ["U1" in people for people in asked] == [False, False, True, False]  # at university until term ends
    assert not any(row.staff == "C1" for row in next_week(*chain()[1]).owed)


def test_what_would_fall_due_in_a_week_of_leave_is_held_before_it(tmp_path: Path) -> None:
    data = rota_samples.tiny().model_copy(
        update={
            "needs": (Need(staff="A2", kind="case", minutes=60, every=2),),
            "last_held": (LastHeld(staff="A2", kind="case", date="2026-11-30"),),
            "away": (Away(staff="A2", first="2026-12-14", last="2026-12-20"),),
        }
    )
    found = run(data, tmp_path, 2)
    why = "Away in the week from 14 December, when it would fall due."
    assert [[(row.staff, row.because) for row in week.data.early] for week in found.weeks] == [[("A2", why)], []]
    assert "A2" in {row.staff for row in found.weeks[0].rota.attendance}
    assert why in (tmp_path / "out/weeks.html").read_text(encoding="utf-8")
    single = alone(data)  # of one week, nothing is looked ahead to
    assert "A2" not in {row.staff for row in single.attendance}


def test_debts_and_when_they_were_made_good() -> None:
    course = check_weeks(chain())
    missed = {(row.staff, row.kind, data.settings.week_commencing) for data, rota in chain() for row in rota.not_placed if row.form != "owed"}
    weekly = {(staff, kind, week) for staff, kind, week in missed if staff != "A2" and not (staff == "C1" and week == "2026-12-14")}
    assert {(debt.staff, debt.kind, debt.missed) for debt in course.debts} == weekly
    held = {(row.staff, data.settings.week_commencing) for data, rota in chain() for row in rota.attendance if " owed " in row.session}
    assert {(debt.staff, debt.good) for debt in course.debts if debt.good} == held
    still = {(row.staff, row.missed) for row in next_week(*chain()[-1]).owed}
    assert {(debt.staff, debt.missed) for debt in course.debts if not debt.good} == still


def test_the_longest_gap_by_hand() -> None:
    data, rota = chain()[0]
    nobody = rota.model_copy(update={"sessions": (), "attendance": ()})
    none = {gap.staff: gap for gap in _gaps([(data, nobody)])}
    assert none["A2"] == Gap("A2", "case", 3, 3, "")  # last held in the week from 23 November, two weeks before; one more is over
    assert none["A1"] == Gap("A1", "case", 1, 0, "")  # never held that anybody knows: no gap to tell


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data, _: {"last_held": ()}, "its input is not the one that follows"),
        (lambda data, _: {"last_rota": data.last_rota[1:]}, "its input is not the one that follows"),
        (lambda data, _: {"early": (Early(staff="A1", kind="case"),)}, "case of A1 is brought forward for nothing"),
        (lambda data, _: {"early": (Early(staff="V1", kind="case"),)}, "case of V1 is brought forward for nothing"),
    ],
)
def test_a_chain_that_is_broken_is_a_fault(spoil: object, said: str) -> None:
    (first, second, *_) = chain()
    update = spoil(*second)  # type: ignore[operator]  # a function of the table of cases
    found = check_weeks([first, (second[0].model_copy(update=update), second[1])]).findings
    assert any(said in finding.what for finding in found), found


def test_a_rota_that_fails_its_own_check_is_a_fault_of_the_chain() -> None:
    data, rota = chain()[0]
    found = check_weeks([(data, rota.model_copy(update={"attendance": rota.attendance[1:]}))]).findings
    assert found
    assert all(finding.where.startswith(f"Week from {MONDAY}") for finding in found)


# --- a run --------------------------------------------------------------------------------------------------------------


def test_a_run_writes_each_week_as_one_week_is_written_and_an_overview(tmp_path: Path) -> None:
    found = run(lived(), tmp_path, 2)
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {"2026-12-07", "2026-12-14", "weeks.html", "weeks.csv", "run.json", "calendars"}
    assert all(path.exists() for path in found.outputs)
    assert {path for path in out.rglob("*") if path.is_file()} == set(found.outputs)
    for week, (data, rota) in zip(found.weeks, chain()[:2], strict=True):
        there = written(out / week.monday)
        assert there.answer == week.rota == rota
        loaded = there.input()
        assert loaded.data == week.data == data
        assert there.run["digest"] == loaded.digest == digest(week.data)
    assert written(out / MONDAY).answer == alone(lived())
    rows = list(csv.DictReader((out / "weeks.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["week"] for row in rows] == ["2026-12-07", "2026-12-14"]
    account = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert account["complete"]
    assert [week["digest"] for week in account["weeks"]] == [digest(data) for data, _ in chain()[:2]]
    assert account["digest"] == digest(lived())
    page = (out / "weeks.html").read_text(encoding="utf-8")
    assert 'href="2026-12-14/rota.html"' in page
    assert "Ada Example" in page


def test_calendars_of_the_weeks_are_one_for_each_person(tmp_path: Path) -> None:
    found = run(lived(), tmp_path, 2)
    out = tmp_path / "out"
    every = {path.name for week in found.weeks for path in (out / week.monday / "calendars").iterdir()}
    assert {path.name for path in (out / "calendars").iterdir()} == every

    def uids(path: Path) -> list[str]:
        return [str(event["uid"]) for event in Calendar.from_ical(path.read_bytes()).walk("VEVENT")] if path.exists() else []

    for name in every:
        assert uids(out / "calendars" / name) == [uid for week in found.weeks for uid in uids(out / week.monday / "calendars" / name)]
    assert len(set(uids(out / "calendars/service.ics"))) == len(uids(out / "calendars/service.ics")) > 4


def test_without_names_none_is_anywhere(tmp_path: Path) -> None:
    run(lived(), tmp_path, 2, publishable=True)
    told = [path for path in (tmp_path / "out").rglob("*") if path.suffix != ".xlsx" and path.is_file() and b"Ada Example" in path.read_bytes()]
    assert told == []
    assert "Names are left out" in (tmp_path / "out/weeks.html").read_text(encoding="utf-8")


def test_the_same_seed_and_one_worker_give_the_same_files(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        run(lived(), tmp_path / name, 2)
        found.append(
            {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name / "out").rglob("*") if p.is_file() and p.name != "run.json"}
        )
    assert found[0] == found[1]


def test_stopped_in_a_week_keeps_it_and_begins_no_other(tmp_path: Path) -> None:
    limits = Limits(seconds=5.0, workers=1)

    def tell(progress: Progress) -> None:
        if progress.level.startswith("Week 2 of 4, from 14 December"):
            limits.stop.set()

    found = run(lived(), tmp_path, 4, limits=replace(limits, tell=tell))
    assert [week.monday for week in found.weeks] == ["2026-12-07", "2026-12-14"]
    assert not document(found)["complete"]
    assert "2 of 4 weeks made" in (tmp_path / "out/weeks.html").read_text(encoding="utf-8")


def test_a_week_that_fails_its_check_publishes_nothing(tmp_path: Path) -> None:
    def judge(data: RotaInput, rota: RotaAnswer) -> Verdict:
        verdict = ROTA.check(data, rota)
        return verdict if data.settings.week_commencing == MONDAY else Verdict((Finding("error", "S1", "A1", "two at once"),), verdict.levels)

    found = run(lived(), tmp_path, 3, problem=replace(ROTA, check=judge))
    assert found.fault == tmp_path / "out.fault.json"
    assert {path.name for path in tmp_path.iterdir()} == {"input.json", "out.fault.json"}


def test_an_input_with_errors_is_not_begun(tmp_path: Path) -> None:
    data = rota_samples.tiny()
    wrong = data.model_copy(update={"settings": data.settings.model_copy(update={"lunch_from": "15:00"})})
    found = run(wrong, tmp_path, 2)
    assert found.status is None
    assert found.last is not None
    assert any(finding.severity == "error" for finding in found.last.findings)
    assert not (tmp_path / "out").exists()


def test_the_status_is_that_of_the_worst_week(tmp_path: Path) -> None:
    found = run(lived(), tmp_path, 2)
    states = [week.result.solved[0].outcome.status for week in found.weeks]
    assert found.status is (Status.INFEASIBLE if Status.INFEASIBLE in states else max(states, key=[Status.OPTIMAL, Status.FEASIBLE].index))


def test_a_year_turns_and_the_weeks_with_it(tmp_path: Path) -> None:
    data = rota_samples.tiny()
    late = data.model_copy(update={"settings": data.settings.model_copy(update={"week_commencing": "2026-12-28", "bank_holidays": "none"})})
    found = run(late, tmp_path, 2)
    assert [week.monday for week in found.weeks] == ["2026-12-28", (date(2026, 12, 28) + timedelta(7)).isoformat()]


def test_remarks_of_later_weeks_are_counted_and_not_told_again(tmp_path: Path) -> None:
    found = run(rota_samples.small(), tmp_path, 2)
    told = remarks(found)
    first = found.weeks[0].result.findings
    assert told[: len(first)] == first
    new = [f for f in found.weeks[1].result.findings if f not in first]
    assert [f.what.split()[0] for f in told[len(first) :]] == ([str(len(new))] if new else [])


def test_the_overview_can_be_read_by_everybody(tmp_path: Path) -> None:
    run(rota_samples.small(), tmp_path, 3)
    page = (tmp_path / "out/weeks.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert page.count("<table") == page.count("<caption") > 3
    assert page.count("<h1>") == 1
    assert "<script" not in page
    assert not re.search(r'(src|href)="https?:', page)
