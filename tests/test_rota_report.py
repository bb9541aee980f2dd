"""What a rota gives out: the page, the workbook, calendars, tidy tables and the record, with names and without."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from icalendar import Calendar

from optimiser.result import Finding, Level, Outcome, Solved, Status
from optimiser.rota import report
from optimiser.rota.calendars import calendars, uid
from optimiser.rota.check import check, work_out
from optimiser.rota.data import (
    DEFAULT_RULES,
    Attendance,
    Away,
    Closed,
    DutyTurn,
    Early,
    History,
    LastHeld,
    LastSession,
    Lock,
    Name,
    NotPlaced,
    Owed,
    RotaAnswer,
    RotaInput,
    Session,
    session_id,
)
from optimiser.rota.dots import dots
from optimiser.rota.examine import examine
from optimiser.rota.following import left_out, next_week
from optimiser.rota.sections import MOST_DOTS, Names, View, load_chart
from optimiser.rota.week import due, turns
from optimiser.tables import read
from rota_samples import MONDAY, small, tiny
from test_plan_report import Element, Page

if TYPE_CHECKING:
    from pathlib import Path

TUESDAY, WEDNESDAY = "2026-12-08", "2026-12-09"
NAMES = ("Ada Example", "Ben Sample", "Cleo Specimen", "ada@example.org")


def instance() -> RotaInput:
    """The small sample, with a third name and nothing that says who somebody is in any other table."""
    data = small()
    return data.model_copy(update={"names": (*data.names, Name(staff="C1", name="Cleo Specimen"))})


def held(who: str, kind: str, supervisor: str, day: str, start: str, people: str = "", **more: Any) -> tuple[Session, tuple[Attendance, ...]]:
    """Session with those who attend it: one person online, unless said otherwise."""
    key = session_id(who, kind, more.pop("week", MONDAY), owed=more.get("form") == "owed")
    values = {"form": "individual", "minutes": 60, "mode": "online"} | more
    row = Session(session=key, kind=kind, supervisor=supervisor, date=day, start=start, **values)
    return row, tuple(Attendance(session=key, staff=p) for p in (people or who).split())


def answer(data: RotaInput) -> RotaAnswer:
    """Decisions made by hand: two needs are not met, a supervisor is never to be paired and is, duty is short, two sessions move."""
    room = {"mode": "room", "room": "N1", "site": "north"}
    group: dict[str, Any] = {"form": "group", **room}
    made = [
        held("A1", "case", "V1", MONDAY, "09:00", **room),
        held("A2", "case", "V2", MONDAY, "10:00"),
        held("A3", "case", "V2", MONDAY, "11:00"),
        held("A4", "case", "V2", MONDAY, "09:00"),
        held("A5", "case", "V1", TUESDAY, "14:00"),
        held("skills A", "skills", "V2", WEDNESDAY, "11:00", "A1 A2", group="skills A", **group),
        held("cbt group", "cbt", "V3", MONDAY, "13:30", "C1 C2 C3", group="cbt group", **group | {"minutes": 90}),
        held("peers", "peer", "", TUESDAY, "16:00", "V1 V2 V3", group="peers", form="group"),
        held("C4", "management", "C1", WEDNESDAY, "10:00", minutes=30),
    ]
    duty = [DutyTurn(date=t.date, start=f"{t.span.start // 60:02d}:00", staff="V3", minutes=60) for t in turns(data) if t.date == TUESDAY][:6]
    missing = (
        NotPlaced(staff="A3", kind="skills", form="group", cause="group not held", because="Skills A is full.", help="Hold a second group."),
        NotPlaced(staff="C4", kind="cbt", form="either", cause="supervisors full", because="V3 gives 3 hours.", help="Raise the most hours of V3."),
    )
    decided = RotaAnswer(
        sessions=tuple(s for s, _ in made), attendance=tuple(a for _, rows in made for a in rows), duty=tuple(duty), not_placed=missing
    )
    return work_out(data, decided)


def solved(data: RotaInput, made: RotaAnswer | None = None, gap: int = 2, *, findings: tuple[Finding, ...] = ()) -> Solved[RotaAnswer]:
    made = answer(data) if made is None else made
    levels = tuple(Level(row.priority, "min", float(row.points), float(max(0, row.points - gap))) for row in made.levels)
    return Solved("", made, Outcome(Status.FEASIBLE, levels, {"build": 0.5, "solve": 1.5}), findings)


RUN: dict[str, Any] = {
    "job": "rota",
    "instance": "sample",
    "digest": "0123abcd",
    "seconds": {"read": 0.25, "solve": 12.5},
    "seed": 0,
    "findings": [{"severity": "warning", "code": "IN-10", "where": "Staff", "message": "Left out 1 column.", "fix": "Nothing was kept."}],
}


def page(data: RotaInput, found: Solved[RotaAnswer], *, publishable: bool = False) -> Page:
    return Page(report.page(data, [found], RUN, publishable=publishable))


@pytest.fixture(scope="module")
def data() -> RotaInput:
    return instance()


@pytest.fixture(scope="module")
def found(data: RotaInput) -> Solved[RotaAnswer]:
    return solved(data)


@pytest.fixture(scope="module")
def shown(data: RotaInput, found: Solved[RotaAnswer]) -> Page:
    return page(data, found)


@pytest.fixture(scope="module")
def view(data: RotaInput) -> View:
    return View(data, answer(data))


def test_the_sample_breaks_no_rule_that_always_holds(data: RotaInput) -> None:
    assert [str(f) for f in check(data, answer(data)).findings] == []


# --- accessible -------------------------------------------------------------------------------------------------------


def test_the_page_says_its_language_and_has_one_main_heading(shown: Page) -> None:
    assert [e.get("lang") for e in shown.root.all("html")] == ["en-GB"]
    assert [e.text for e in shown.root.all("h1")] == ["Small rota"]
    assert len(shown.root.all("main")) == 1
    depths = [int(e.tag[1]) for e in shown.root.all("h1", "h2", "h3", "h4")]
    assert all(b <= a + 1 for a, b in pairwise(depths))


def test_ids_are_unique_and_every_reference_finds_its_own(shown: Page) -> None:
    ids = [e.get("id") for e in shown.root.all() if e.get("id")]
    assert len(ids) == len(set(ids))
    links = [e.get("href") for e in shown.root.all("a")]
    assert len(links) == 1 + 11 + 4 + 6  # past the header, contents, days and duty, back from six long parts
    assert all(link.startswith("#") and link[1:] in ids for link in links)
    for e in shown.root.all():
        assert set(e.get("aria-labelledby").split()) <= set(ids)


def test_nothing_runs_and_nothing_is_loaded(data: RotaInput, found: Solved[RotaAnswer], shown: Page) -> None:
    assert not shown.root.all("script", "iframe", "object", "embed", "link", "img", "form")
    assert not any(name.startswith("on") or name in ("src", "srcset", "style") for e in shown.root.all() for name in e.attributes)
    text = report.page(data, [found], RUN, publishable=False)
    assert not re.search(r"http|@import|url\(", text)


def test_tables_have_captions_and_scopes(shown: Page) -> None:
    tables = shown.root.all("table")
    assert len(tables) >= 14
    for table in tables:
        assert [c.text.strip() != "" for c in table.all("caption")] == [True]
        assert {h.get("scope") for h in table.all("th")} <= {"col", "colgroup", "row"}
        assert len({sum(int(c.get("colspan") or 1) for c in row.all("th", "td")) for row in table.all("tr")}) == 1


def test_the_page_prints_on_a_landscape_sheet(shown: Page) -> None:
    style = str(shown.root.all("style")[0].parts[0])
    assert style.rindex("size: A4 landscape") > style.index("size: A4;")


def test_words_that_need_explaining_are_not_used(shown: Page) -> None:
    for word in ("infeasible", "optimal", "gap", "solver", "constraint", "slack", "variable"):
        assert not re.search(rf"\b{word}\b", shown.root.text, re.IGNORECASE), word


def test_names_in_the_data_are_text_not_markup(data: RotaInput) -> None:
    odd = "<script>alert('x')</script> & co"
    renamed = data.model_copy(update={"names": (Name(staff="V1", name=odd),)})
    shown = page(renamed, solved(renamed))
    assert not shown.root.all("script")
    assert odd in shown.rows(f"day-{MONDAY}")["09:00–10:00"] + [row[2] for row in shown.table(f"day-{MONDAY}")]


# --- what the page says -----------------------------------------------------------------------------------------------


def test_the_headline_counts_needs_people_musts_and_changes(data: RotaInput, view: View) -> None:
    assert report.headline(view) == [
        "14 of 16 needs for supervision placed, in 9 sessions.",
        "Everyone has all the supervision that falls due this week except 2 people.",
        "Besides, a must is bent in 19 places (D1 and P2).",
        "3 changes since the last rota.",
    ]
    whole = View(data.model_copy(update={"last_rota": ()}), view.answer.model_copy(update={"not_placed": (), "bent": ()}))
    assert report.headline(whole) == [
        "16 of 16 needs for supervision placed, in 9 sessions.",
        "Everyone has all the supervision that falls due this week.",
    ]


def test_five_figures_stand_at_the_top(shown: Page) -> None:
    tiles = next(e for e in shown.root.all("dl") if e.get("class") == "tiles")
    figures = [e.text for e in tiles.all("dd") if e.get("class") == "figure"]
    # Loads of hours at work: V1 120 of 1200, V2 240 of 1440, V3 90 of 960, C1 none of 1440.
    assert figures == ["10 of 12", "2", "21", "3", "0% to 17%"]


def test_it_says_how_sure_it_is(data: RotaInput, view: View) -> None:
    def said(*gaps: float | None) -> str:
        levels = tuple(Level(n, "min", 100.0, None if g is None else 100 * (1 - g)) for n, g in zip(("Must", "High"), gaps, strict=True))
        return report.sureness(View(data, view.answer.model_copy(update={"bent": ()})), Outcome(Status.FEASIBLE, levels, {}))

    assert said(0, 0) == "No better rota exists under these rules and priorities: that is proved."
    assert said(0, 0.02) == "A rota can be at most 2.0% better on High: that is proved."
    assert said(0.01, None) == (
        "A rota can be at most 1.0% better on Must: that is proved. How much better a rota can exist on High is not known: give the search more time."
    )
    assert report.sureness(view, Outcome(Status.INFEASIBLE, (), {})).startswith("Not every must can be met: this rota comes as near as was found.")


def test_what_is_not_placed_is_told_with_its_cause(shown: Page) -> None:
    assert shown.table("not-placed")[1:] == [
        ["A3", "Clinical skills, group, 60 minutes", "now due", "Group not held", "Skills A is full.", "Hold a second group."],
        ["C4", "CBT supervision, individual or group, 60 minutes", "now due", "Supervisors full", "V3 gives 3 hours.", "Raise the most hours of V3."],
    ]
    musts = shown.table("musts")
    assert ["A2", "Case management", "Monday 7 December 10:00–11:00"] in [row[2:5] for row in musts]
    assert musts[-1][4:] == [
        "Wednesday 9 December 09:00, 10:00, 11:00, 12:00, 13:00, 14:00, 15:00, 16:00", "8 people short (160 points)"
    ]  # fmt: skip
    assert len(musts) == 5


def test_the_week_by_day_lists_every_session_once(shown: Page, view: View) -> None:
    monday = shown.table(f"day-{MONDAY}")
    assert monday[1:3] == [
        ["09:00–10:00", "Case management", "Ada Example", "Ben Sample", "Room N1, North Street"],
        ["09:00–10:00", "Case management", "V2", "A4", "Online"],
    ]
    assert monday[-1] == ["13:30–15:00", "CBT supervision, group cbt group", "V3", "Cleo Specimen, C2, C3", "Room N1, North Street"]
    assert sum(len(shown.table(f"day-{day}")) - 1 for day in view.days) == len(view.held)


def test_duty_says_where_nobody_is(shown: Page) -> None:
    rows = shown.rows("duty")
    assert len(rows) == 9
    assert rows["09:00–10:00"] == ["nobody", "V3", "nobody"]


def test_the_week_of_each_person_and_room(shown: Page) -> None:
    supervisors, clinicians, rooms = shown.rows("supervisors"), shown.rows("clinicians"), shown.rows("rooms")
    assert supervisors["Ada Example (V1)"] == [
        "09:00–10:00 Case management: Ben Sample (N1, North Street)",
        "14:00–15:00 Case management: A5 (online)",
        "–",
    ]
    assert supervisors["V3"] == ["13:30–15:00 CBT supervision: cbt group (N1, North Street)", "09:00–15:00 on duty", "not in"]
    assert supervisors["Cleo Specimen (C1)"][2] == "10:00–10:30 Management supervision: C4 (online)"
    assert clinicians["A2"][0] == "10:00–11:00 Case management with V2 (online)"
    assert clinicians["Ben Sample (A1)"][2] == "11:00–12:00 Clinical skills, group skills A with V2 (N1, North Street)"
    assert clinicians["Ada Example (V1)"][1] == "16:00–17:00 Peer group of supervisors, group peers (online)"
    assert rooms["N1, North Street"][0] == "09:00–10:00 Ada Example, Ben Sample\n13:30–15:00 V3, cbt group"
    assert rooms["S1, South Road"] == ["–", "–", "–"]


def test_the_week_of_a_clinician_says_what_is_missing(data: RotaInput, shown: Page) -> None:
    assert shown.table("clinicians")[0][-1] == "Not placed"
    last = {who: row[-1] for who, row in shown.rows("clinicians").items() if row[-1]}
    assert last == {"Who": "Not placed", "A3": "Clinical skills", "C4": "CBT supervision"}
    whole = page(data, solved(data, answer(data).model_copy(update={"not_placed": ()})))
    assert whole.table("clinicians")[0][-1] == "Wednesday 9 December"


def test_a_person_with_two_things_in_a_day_has_them_in_order(shown: Page) -> None:
    assert shown.rows("supervisors")["V2"][0].split("\n") == [
        "09:00–10:00 Case management: A4 (online)",
        "10:00–11:00 Case management: A2 (online)",
        "11:00–12:00 Case management: A3 (online)",
    ]


def test_changes_compare_with_the_last_rota(data: RotaInput, shown: Page) -> None:
    assert shown.table("changes")[1:] == [
        ["A2, Case management", "Monday 10:00 with Ada Example", "Monday 10:00 with V2", "other sessions and rules"],
        ["A3, Case management", "Tuesday 09:30 with V2", "Monday 11:00 with V2", "other sessions and rules"],
        ["Clinical skills, group skills A", "Tuesday 14:00 with V2", "Wednesday 11:00 with V2", "A2 is not free at work then"],
    ]
    moved = LastSession(staff="A2", group="skills B", kind="skills", supervisor="V2", weekday="Tuesday", start="14:00")
    changed = data.model_copy(update={"last_rota": (moved,)})
    assert page(changed, solved(changed)).table("changes")[1:] == [
        ["A2, Clinical skills", "Group skills B", "Group skills A", "other sessions and rules"]
    ]


def test_every_rule_is_kept_bent_or_off(data: RotaInput, shown: Page) -> None:
    rows = shown.rows("rules")
    assert len(rows) == len(DEFAULT_RULES) + 2  # the heads, and N1 for a kind
    assert rows["P2"][2:] == ["Must", "bent 1 time", "100", "A2"]
    assert rows["D1"][1:5] == ["1", "Must", "bent 18 times", "360"]
    assert rows["B2"][1:4] == ["120", "High", "bent 1 time"]
    assert rows["C1"][3] == "kept"
    assert rows["N1, Management supervision"][2:4] == ["High", "kept"]
    off = data.model_copy(update={"rules": tuple(r.model_copy(update={"on": False}) for r in data.rules)})
    assert page(off, solved(off)).rows("rules")["B2"][3:5] == ["off", "–"]


def test_every_place_and_every_term_is_listed(shown: Page, view: View) -> None:
    assert len(shown.table("bent")) - 1 == len(view.answer.bent)
    priorities = [row[1] for row in shown.table("bent")[1:]]
    assert priorities == sorted(priorities, key=("Must", "High", "Medium", "Low").index)
    points = {row[0]: row[3:] for row in shown.table("terms")[1:] if row[1] == "P2"}
    assert points == {"Must": ["100", "100"]}


def test_fairness_has_a_row_and_a_dot_for_everyone_in_the_pool(shown: Page, view: View) -> None:
    rows = shown.rows("load")
    assert list(rows)[2] == "V2"
    assert rows["Ada Example (V1)"] == ["2", "2", "2.75", "20", "10%", "2", "1", "2", "0", "8"]
    assert rows["Cleo Specimen (C1)"][:2] == ["0", "0"]
    (figure,) = shown.root.all("figure")
    assert len(figure.all("circle")) == len(view.pool) + 1
    assert "1 supervisor of 4 gives more than a fair share." in figure.text
    assert shown.table("load-chart-data")[1][1:] == ["4", "3.3"]


# --- what other weeks left ----------------------------------------------------------------------------------------------

FROM_A3, FROM_A2 = "owed from the week of 30 November", "owed from the week of 16 November"


def in_a_year() -> tuple[RotaInput, RotaAnswer]:
    """The sample with what other weeks left to it: A3 is owed an hour and has it on Tuesday, A2 is owed two and has neither."""
    missed = (("A3", "2026-11-30"), ("A2", "2026-11-30"), ("A2", "2026-11-16"))
    data = instance().model_copy(
        update={
            "settings": instance().settings.model_copy(update={"early_before": "09:30"}),
            "owed": tuple(Owed(staff=p, kind="case", missed=week, minutes=60) for p, week in missed),
            "history": (
                History(staff="V1", week="2026-11-30", minutes=480, fair_minutes=240),
                History(staff="V2", week="2026-11-30", minutes=30, fair_minutes=240, early_or_late=2),
            ),
            "last_held": (*instance().last_held, LastHeld(staff="A3", kind="skills", form="group", date="2026-11-09")),
            "last_rota": (*instance().last_rota, LastSession(staff="A3", kind="case", owed=True, supervisor="V2", weekday="Tuesday", start="11:00")),
            "early": (Early(staff="A4", kind="skills", form="group", because="A difficult month"),),
        }
    )
    made = answer(instance())
    session, people = held("A3", "case", "V2", TUESDAY, "10:00", form="owed")
    owed = NotPlaced(staff="A2", kind="case", form="owed", cause="supervisors full", because="V2 is full.", help="Ask A2 to wait.")
    skills = NotPlaced(staff="A4", kind="skills", form="group", cause="group not held", because="Because.", help="Help.")
    rows = {"sessions": (*made.sessions, session), "attendance": (*made.attendance, *people), "not_placed": (*made.not_placed, owed, skills)}
    return data, work_out(data, made.model_copy(update=rows))


@pytest.fixture(scope="module")
def yearly() -> Page:
    data, made = in_a_year()
    return page(data, solved(data, made))


def test_what_is_owed_is_told_as_such_wherever_it_is_shown(yearly: Page) -> None:
    data, made = in_a_year()
    assert [str(f) for f in check(data, made).findings] == []
    assert yearly.table("not-placed")[1] == [
        "A2", f"Case management, {FROM_A2}, 60 minutes", "3 weeks", "Supervisors full", "V2 is full.", "Ask A2 to wait.",
    ]  # fmt: skip
    assert ["10:00–11:00", f"Case management, {FROM_A3}", "V2", "A3", "Online"] in yearly.table(f"day-{TUESDAY}")
    assert yearly.rows("supervisors")["V2"][1] == f"10:00–11:00 Case management, {FROM_A3}: A3 (online)"
    clinicians = yearly.rows("clinicians")
    assert clinicians["A3"][1] == f"10:00–11:00 Case management, {FROM_A3} with V2 (online)"
    assert clinicians["A2"][-1] == f"Case management, {FROM_A2}"
    moved = [f"A3, Case management, {FROM_A3}", "Tuesday 11:00 with V2", "Tuesday 10:00 with V2", "other sessions and rules"]
    assert moved in yearly.table("changes")
    entries = Calendar.from_ical(calendars(View(data, made))["staff-A3.ics"]).walk("VEVENT")
    assert f"Case management, {FROM_A3} with V2" in [str(event["summary"]) for event in entries]
    assert "Among these, owed from earlier weeks: 1 of 2 sessions placed." in report.headline(View(data, made))


def test_rules_on_other_weeks_are_kept_or_bent_in_their_own_words(yearly: Page) -> None:
    rules = yearly.rows("rules")
    assert rules["N2"][1:] == ["4", "High", "bent 1 time", "15", "A2"]
    assert rules["N3"][1:] == ["4", "Must", "bent 1 time", "20", "A3"]
    assert rules["W4"][3:5] == ["bent 4 times", "7"]  # at 09:00 A1 with V1, A4 with V2, who had two such sessions in 30 hours a week: 2.5, so 3
    bent = {tuple(row[:1] + row[2:4]): row[5] for row in yearly.table("bent")}
    assert bent["N2: Owed", "A2", f"Case management, {FROM_A2}"] == "3 weeks owed (15 points)"
    assert bent["N3: No long gap", "A3", "Clinical skills, group"] == "1 (20 points)"
    assert bent["W4: Early and late", "V2", "Case management: A4"] == "4 early or late sessions, those of late counted (4 points)"
    assert [row[2:4] for row in yearly.table("musts") if row[0].startswith("N")] == [["A3", "Clinical skills, group"]]


def test_a_must_on_what_is_owed_is_told_with_what_is_not_placed() -> None:
    data, made = in_a_year()
    data = data.model_copy(update={"rules": tuple(row.model_copy(update={"priority": "Must"}) for row in DEFAULT_RULES if row.rule == "N2")})
    view = View(data, work_out(data, made))
    assert "N2" in {row.rule for row in view.answer.bent if row.priority == "Must"}
    assert {row.rule for row in view.musts_bent} & {"N1", "N2"} == set()


def test_fairness_tells_what_is_carried_and_what_is_early_or_late_where_there_is_any(yearly: Page, shown: Page) -> None:
    _, heads, *rows = yearly.table("load")
    assert heads[1:7] == ["Sessions", "Early or late", "Given", "Fair share", "Carried", "At work"]
    whose = {row[0]: dict(zip(heads[1:7], row[1:7], strict=True)) for row in rows}
    # V1 gave four hours beyond the shares before: one is made good. V2 gave three and a half less: a quarter of that in half-hours, rounded down.
    assert (whose["Ada Example (V1)"]["Carried"], whose["V2"]["Carried"], whose["V3"]["Carried"]) == ("1", "−1", "0")
    assert (whose["Ada Example (V1)"]["Early or late"], whose["V2"]["Early or late"], whose["V3"]["Early or late"]) == ("1", "1", "0")
    assert {"Early or late", "Carried"} & {cell for row in shown.table("load") for cell in row} == set()
    # A1 and A4 are in early sessions, and give none.
    assert {row.staff for row in in_a_year()[1].load} - {row.staff for row in answer(instance()).load} == {"A1", "A4"}
    for table in ("load", "supervisors"):
        assert set(yearly.rows(table)) == set(shown.rows(table))


def test_who_lacks_supervision_is_told_what_is_owed() -> None:
    data, made = in_a_year()
    assert [View(data, made).names.lacking(row) for row in made.not_placed] == [
        "Clinical skills", "CBT supervision", f"Case management, {FROM_A2}", "Clinical skills",
    ]  # fmt: skip
    assert Names(instance()).lacking(made.not_placed[2]) == "Case management, owed"  # of a row that is there no more


def test_the_next_week_says_what_is_owed_in_it() -> None:
    data, made = in_a_year()
    following = next_week(data, made)
    assert [(row.staff, row.missed) for row in following.owed] == [("A2", "2026-11-16"), ("A2", "2026-11-30"), ("C4", MONDAY)]
    said = report.following_words(data, following)
    assert "Owed has 3 sessions that were missed, to be held beside the rest: delete a row where nothing is owed." in said
    assert not any("Owed" in line for line in report.following_words(data, following.model_copy(update={"owed": ()})))


def test_why_a_need_is_brought_forward_is_not_published(tmp_path: Path) -> None:
    data, made = in_a_year()
    for publishable in (False, True):
        folder = tmp_path / str(publishable)
        folder.mkdir()
        report.write(folder, data, [solved(data, made)], RUN, publishable=publishable)
        again = read(folder / "rota.xlsx", RotaInput).data
        assert again is not None
        assert [row.because for row in again.early] == ["" if publishable else "A difficult month"]
        assert again.owed == data.owed


def test_many_supervisors_are_shown_from_both_ends(view: View) -> None:
    row = view.answer.load[0]
    many = tuple(row.model_copy(update={"staff": f"S{n:02d}", "minutes": 30 * n}) for n in range(40))
    crowd = View(view.data, view.answer.model_copy(update={"load": many}))
    crowd.__dict__["pool"] = frozenset(r.staff for r in many)
    chart = load_chart(crowd)
    assert chart is not None
    assert len(chart.table.rows) == MOST_DOTS
    assert (chart.table.rows[0][0], chart.table.rows[-1][0]) == ("S39", "S00")


def test_a_closed_day_is_named(data: RotaInput) -> None:
    shut = data.model_copy(update={"closed": (Closed(date="2026-12-10", note="Training day"),)})
    shown = page(shut, solved(shut))
    assert "Closed: Training day." in shown.root.text
    assert shown.table("clinicians")[0][-2] == "Thursday 10 December (closed)"


def test_faults_the_checker_found_come_first(data: RotaInput) -> None:
    text = page(data, solved(data, findings=(Finding("error", "S1", "S1 A1", "Two sessions overlap."),))).root.text
    assert text.index("The check found faults") < text.index("Not placed, and why")
    assert "Two sessions overlap." in text
    assert "worked everything out again" not in text


def test_an_empty_rota_is_still_a_page() -> None:
    data = tiny()
    needs = due(data, View(data, RotaAnswer()).work)
    missing = tuple(NotPlaced(staff=n.staff, kind=n.kind, form=n.form, cause="no supervisor", because="-", help="-") for n in needs)
    shown = page(data, solved(data, work_out(data, RotaAnswer(not_placed=missing))))
    assert "0 of 3 needs for supervision placed, in no sessions." in shown.root.text
    assert "everything is online" in shown.root.text


def test_no_answer_is_nothing_to_report(data: RotaInput, tmp_path: Path) -> None:
    for given in ([], [Solved[RotaAnswer]("", None, Outcome(Status.NOT_FOUND, (), {}))]):
        with pytest.raises(ValueError, match="nothing to report"):
            report.write(tmp_path, data, given, RUN, publishable=False)
    assert list(tmp_path.iterdir()) == []


def test_a_drawing_takes_only_what_it_can_draw() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        dots("k", "t", "d", [], ("a", "b"), unit="Hours")
    with pytest.raises(ValueError, match="below zero"):
        dots("k", "t", "d", [("a", -1, 0)], ("a", "b"), unit="Hours")


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(data: RotaInput, found: Solved[RotaAnswer], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("whole")
    return folder, report.write(folder, data, [found], RUN, publishable=False)


@pytest.fixture(scope="module")
def published(data: RotaInput, found: Solved[RotaAnswer], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("published")
    return folder, report.write(folder, data, [found], RUN, publishable=True)


def test_every_file_named_is_written_and_no_other(whole: tuple[Path, list[str]], published: tuple[Path, list[str]]) -> None:
    for folder, names in (whole, published):
        assert sorted(names) == sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    needed = {"rota.html", "rota.xlsx", "answer.json", "run.json", "calendars/service.ics", "calendars/staff-A1.ics", "csv/sessions.csv"}
    assert needed <= set(whole[1])


def test_the_same_rota_makes_the_same_files(whole: tuple[Path, list[str]], data: RotaInput, found: Solved[RotaAnswer], tmp_path: Path) -> None:
    for name in report.write(tmp_path, data, [found], RUN, publishable=False):
        assert (tmp_path / name).read_bytes() == (whole[0] / name).read_bytes(), name


def test_the_answer_the_record_and_the_tables_read_back(whole: tuple[Path, list[str]], found: Solved[RotaAnswer]) -> None:
    folder, _ = whole
    assert RotaAnswer.model_validate_json((folder / "answer.json").read_text(encoding="utf-8")) == found.answer
    assert json.loads((folder / "run.json").read_text(encoding="utf-8")) == RUN
    for table in (name for name in RotaAnswer.model_fields if name != "option"):
        with (folder / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == len(getattr(found.answer, table)), table


def test_the_workbook_reads_back_as_the_input_and_holds_the_rota(whole: tuple[Path, list[str]], data: RotaInput) -> None:
    loaded = read(whole[0] / "rota.xlsx", RotaInput)
    assert loaded.data == data
    assert loaded.findings == ()
    book = openpyxl.load_workbook(whole[0] / "rota.xlsx")
    week = [[c.value for c in row] for row in book["Result week"].iter_rows()]
    assert week[1] == ["Monday 7 December", "09:00–10:00", "Case management", "Ada Example", "Ben Sample", "Room N1, North Street"]
    assert len(week) == 10
    assert {"Result sessions", "Result not placed", "Result week by clinician", "Result week by room", "Result rules"} <= set(book.sheetnames)


def test_the_workbook_of_the_next_week_is_ready_to_run(whole: tuple[Path, list[str]], published: tuple[Path, list[str]], data: RotaInput) -> None:
    for folder, plan in ((whole[0], data), (published[0], data.model_copy(update={"names": ()}))):
        loaded = read(folder / "next_week.xlsx", RotaInput)
        assert loaded.findings == ()
        assert loaded.data is not None
        assert loaded.data.settings.week_commencing == "2026-12-14"
        assert loaded.data.names == plan.names
        assert [str(f) for f in examine(loaded.data) if f.severity == "error"] == []
    assert read(whole[0] / "next_week.xlsx", RotaInput).data == next_week(data, answer(data))


def test_the_page_says_what_is_left_out_of_the_next_week(shown: Page) -> None:
    assert "Input for the week from Monday 14 December 2026" in shown.root.text
    assert "Left out because they are past: 1 row of Away and 1 row of Locks." in shown.root.text


def texts(folder: Path) -> dict[str, str]:
    """Text of every file, cells of the workbooks too."""
    found = {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.is_file() and p.suffix != ".xlsx"}
    for name in ("rota.xlsx", "next_week.xlsx"):
        book = openpyxl.load_workbook(folder / name)
        found[name] = "\n".join(str(c.value) for sheet in book for row in sheet.iter_rows() for c in row)
    return found


def test_names_stand_only_where_people_read_them(whole: tuple[Path, list[str]]) -> None:
    with_names = {file for file, text in texts(whole[0]).items() if any(name in text for name in NAMES)}
    assert with_names == {"rota.html", "rota.xlsx", "next_week.xlsx"}


def test_sentences_name_people_where_it_is_clear_that_an_id_is_meant(data: RotaInput) -> None:
    rows = (("V1", "Ada Example"), ("A1-b", "Ben Sample"), ("C1", "Cleo Specimen"), ("A", "Dan Instance"), ("N1", "Eve Pattern"), ("14", "Fay Model"))
    names = Names(data.model_copy(update={"names": tuple(Name(staff=staff, name=name) for staff, name in rows)}))
    assert names.text("V1, V2 and A1-b: V1's or (V1).") == "Ada Example, V2 and Ben Sample: Ada Example's or (Ada Example)."
    # Parts of other ids, a rule, an article, a room and a day of the month are not taken for people.
    untouched = "V1-2, xV1, A1 and A1-c. C1 is bent. A room, N1, on Monday 14 December."
    assert names.text(untouched) == untouched
    assert Names(data.model_copy(update={"names": ()})).text("V1 is there.") == "V1 is there."


def test_reasons_are_told_by_name_on_the_page_and_by_id_in_the_answer(data: RotaInput, tmp_path: Path) -> None:
    made = answer(data)
    why = made.not_placed[0].model_copy(update={"because": "A3 and V1 never meet.", "help": "Clear an hour of V1."})
    found = solved(data, made.model_copy(update={"not_placed": (why, *made.not_placed[1:])}))
    report.write(tmp_path, data, [found], RUN, publishable=False)
    text = texts(tmp_path)
    for file in ("rota.html", "rota.xlsx"):
        assert "A3 and Ada Example never meet." in text[file]
    for file in ("answer.json", "csv/not_placed.csv"):
        assert "A3 and V1 never meet." in text[file]
        assert "Clear an hour of V1." in text[file]


def test_what_is_published_has_neither_names_nor_reasons(published: tuple[Path, list[str]], data: RotaInput) -> None:
    folder, names = published
    secret = (*NAMES, "Former partners", "Team meeting", "Left out 1 column")
    assert {file: word for file, text in texts(folder).items() for word in secret if word in text} == {}
    assert "Names are left out." in (folder / "rota.html").read_text(encoding="utf-8")
    assert "next_week.xlsx" in names
    again = read(folder / "rota.xlsx", RotaInput).data
    assert again is not None
    assert again.names == ()
    assert (again.staff, again.availability, again.rules) == (data.staff, data.availability, data.rules)
    assert "calendars/staff-A1.ics" in names


# --- the week after ---------------------------------------------------------------------------------------------------


def test_the_week_after_has_this_rota_as_its_last(data: RotaInput) -> None:
    after = next_week(data, answer(data))
    assert after.settings.week_commencing == "2026-12-14"
    rows = {(r.staff, r.group, r.kind): (r.supervisor, r.weekday, r.start) for r in after.last_rota}
    assert len(rows) == len(after.last_rota) == 9 + 2 + 3 + 3
    assert rows["A2", "", "case"] == ("V2", "Monday", "10:00")
    assert rows["", "skills A", "skills"] == rows["A1", "skills A", "skills"] == ("V2", "Wednesday", "11:00")
    assert rows["", "peers", "peer"] == rows["V3", "peers", "peer"] == ("", "Tuesday", "16:00")
    assert rows["C4", "", "management"] == ("C1", "Wednesday", "10:00")


def test_whoever_is_not_seen_keeps_the_rows_of_before(data: RotaInput) -> None:
    before = (
        LastSession(staff="C4", kind="cbt", supervisor="C1", weekday="Friday", start="09:00"),  # not placed
        LastSession(staff="A3", group="skills A", kind="skills", supervisor="V1", weekday="Friday", start="09:00"),  # not placed
        LastSession(staff="C1", kind="cbt", supervisor="V3", weekday="Friday", start="09:00"),  # either form, now in a group
        LastSession(staff="A1", group="skills B", kind="skills", supervisor="V1", weekday="Friday", start="09:00"),  # now in another group
        LastSession(staff="A1", kind="skills", supervisor="V1", weekday="Friday", start="09:00"),  # a need of its own, not met this week
    )
    after = next_week(data.model_copy(update={"last_rota": before}), answer(data))
    assert after.last_rota[:3] == (before[0], before[1], before[4])
    assert not {before[2], before[3]} & set(after.last_rota)


def test_what_was_held_is_dated_by_the_form_of_the_need(data: RotaInput) -> None:
    after = next_week(data, answer(data))
    held_on = {(r.staff, r.kind, r.form): r.date for r in after.last_held}
    assert held_on["A4", "skills", "group"] == "2026-12-01"  # as it was
    assert held_on["C4", "management", "individual"] == WEDNESDAY
    assert held_on["C1", "cbt", "either"] == MONDAY
    assert held_on["A1", "case", "individual"] == MONDAY
    assert ("C4", "cbt", "either") not in held_on
    assert {n.kind for n in due(after, View(after, RotaAnswer()).work) if n.staff == "C4"} == {"cbt"}
    assert "skills" not in {n.kind for n in due(after, View(after, RotaAnswer()).work) if n.staff == "A1"}


def test_only_what_is_wholly_past_is_left_out(data: RotaInput) -> None:
    away = (Away(staff="V3", first="2026-12-11", last="2026-12-13"), Away(staff="V2", first="2026-12-11", last="2026-12-14"))
    closed = (Closed(date="2026-12-13"), Closed(date="2026-12-24"))
    locks = tuple(Lock(lock=day or "any", staff="A1", supervisor="V1", day=day, strength="prefer") for day in ("", "Monday", MONDAY, "2026-12-15"))
    plan = data.model_copy(update={"away": away, "closed": closed, "locks": locks})
    after = next_week(plan, answer(data))
    assert (after.away, after.closed) == (away[1:], closed[1:])
    assert [lock.lock for lock in after.locks] == ["any", "Monday", "2026-12-15"]
    assert left_out(plan, after) == {"Away": 1, "Closed": 1, "Locks": 1}
    assert left_out(after, after) == {}


def test_a_rota_repeated_the_week_after_changes_nothing(data: RotaInput) -> None:
    """The same sessions a week later keep every pair and time."""
    after = next_week(data, answer(data))

    def later(day: str) -> str:
        return (date.fromisoformat(day) + timedelta(days=7)).isoformat()

    again = tuple(s.model_copy(update={"session": s.session.replace(MONDAY, later(MONDAY)), "date": later(s.date)}) for s in answer(data).sessions)
    people = tuple(a.model_copy(update={"session": a.session.replace(MONDAY, later(MONDAY))}) for a in answer(data).attendance)
    duty = tuple(turn.model_copy(update={"date": later(turn.date)}) for turn in answer(data).duty)
    made = work_out(after, RotaAnswer(sessions=again, attendance=people, duty=duty))
    assert View(after, made).changes == ()
    assert not {row.rule for row in made.bent} & {"K1", "K2", "K3"}
    others = tuple(turn.model_copy(update={"staff": "V1" if turn.staff != "V1" else "V2"}) for turn in duty)
    changes = View(after, work_out(after, made.model_copy(update={"duty": others}))).changes
    assert len(changes) == len({(turn.date, turn.start) for turn in duty}) > 0
    assert all(change.what.startswith("Duty, ") for change in changes)


# --- calendars --------------------------------------------------------------------------------------------------------


def parsed(content: bytes) -> Any:
    """Calendar as icalendar reads it; what type a property has it knows only when it runs."""
    return Calendar.from_ical(content)


def events(content: bytes) -> dict[str, Any]:
    return {str(e["uid"]): e for e in parsed(content).walk("VEVENT")}


def test_a_calendar_reads_back(view: View) -> None:
    files = calendars(view)
    calendar = parsed(files["staff-A1.ics"])
    assert calendar["method"] == "PUBLISH"
    assert [str(z["tzid"]) for z in calendar.walk("VTIMEZONE")] == ["Europe/London"]
    first, second = sorted(calendar.walk("VEVENT"), key=lambda e: e["dtstart"].dt)
    assert str(first["summary"]) == "Case management with AE"
    assert str(first["location"]) == "Room N1, North Street"
    assert first["dtstart"].params["TZID"] == "Europe/London"
    assert first["dtstart"].dt.isoformat() == "2026-12-07T09:00:00+00:00"
    assert first["dtend"].dt - first["dtstart"].dt == timedelta(hours=1)
    assert first["dtstamp"].dt == datetime(2026, 12, 7, tzinfo=UTC)
    assert int(first["sequence"]) == 0
    assert str(second["summary"]) == "Clinical skills: group skills A"


def test_each_person_has_their_own_entries_and_the_service_all(view: View) -> None:
    files = calendars(view)
    service = events(files["service.ics"])
    assert len(service) == len(view.held) + 1
    assert {str(e["summary"]) for e in service.values()} >= {"Case management: BS with AE", "On duty: V3", "Management supervision: C4 with CS"}
    # Everybody of the sample is in a session.
    assert set(files) == {"service.ics", *(f"staff-{p.staff}.ics" for p in view.data.staff)}
    assert len(events(files["staff-V2.ics"])) == 5
    assert {str(e["summary"]) for e in events(files["staff-V3.ics"]).values()} == {
        "CBT supervision: group cbt group", "Peer group of supervisors: group peers", "On duty"
    }  # fmt: skip
    assert all(set(events(content)) <= set(service) for content in files.values())


def test_an_entry_keeps_its_identity_when_it_moves(data: RotaInput, view: View) -> None:
    key = session_id("A2", "case", MONDAY)
    sessions = tuple(
        s.model_copy(update={"start": "15:00", "date": TUESDAY, "supervisor": "V1"}) if s.session == key else s for s in view.answer.sessions
    )
    duty = tuple(r.model_copy(update={"date": MONDAY}) for r in view.answer.duty)
    moved = View(data, view.answer.model_copy(update={"sessions": sessions, "duty": duty}))
    before, after = events(calendars(view)["service.ics"]), events(calendars(moved)["service.ics"])
    assert set(before) == set(after)
    entry = uid("small", key)
    assert before[entry]["dtstart"].dt != after[entry]["dtstart"].dt
    assert uid("other", key) != entry
    assert uid("small", session_id("A2", "case", "2026-12-14")) != entry


def test_hours_stay_on_the_clock_when_it_changes() -> None:
    """The clocks go forward on Sunday 29 March 2026: nine o'clock is nine o'clock before and after, an hour apart from nine in UTC."""
    data = small()
    week = "2026-03-23"
    moved = data.model_copy(update={"settings": data.settings.model_copy(update={"week_commencing": week})})
    made = [held("A1", "case", "V1", "2026-03-27", "09:00", week=week), held("A2", "case", "V1", "2026-03-29", "09:00", week=week)]
    view = View(moved, RotaAnswer(sessions=tuple(s for s, _ in made), attendance=tuple(a for _, rows in made for a in rows)))
    content = calendars(view)["service.ics"]
    friday, sunday = sorted(e["dtstart"].dt for e in events(content).values())
    assert [(t.hour, t.astimezone(UTC).hour) for t in (friday, sunday)] == [(9, 9), (9, 8)]
    # The zone's own rules say the same, for programs that go by them.
    (zone,) = parsed(content).walk("VTIMEZONE")
    own = zone.to_tz(lookup_tzid=False)
    for day, offset in ((27, 0), (28, 0), (29, 1)):
        assert datetime(2026, 3, day, 9, tzinfo=own).utcoffset() == timedelta(hours=offset), date(2026, 3, day)


def test_lines_are_folded_and_texts_escaped_as_calendars_need(data: RotaInput) -> None:
    odd = "Case; management, with a backslash \\ and a name so long that it does not fit on a line of a calendar file"
    kinds = tuple(k.model_copy(update={"name": odd}) if k.kind == "case" else k for k in data.kinds)
    content = calendars(View(data.model_copy(update={"kinds": kinds}), answer(data)))["service.ics"]
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert f"{odd}: BS with AE" in {str(e["summary"]) for e in events(content).values()}


def test_file_names_are_fit_for_every_system(data: RotaInput) -> None:
    people = {"A1": "a/b", "A2": "A\\B", "A3": "service"}
    staff = tuple(p.model_copy(update={"staff": people.get(p.staff, p.staff)}) for p in data.staff)
    made = [held(p, "case", "V2", MONDAY, f"{9 + i:02d}:00", p) for i, p in enumerate(people.values())]
    decided = RotaAnswer(sessions=tuple(s for s, _ in made), attendance=tuple(a for _, rows in made for a in rows))
    view = View(data.model_copy(update={"staff": staff}), decided)
    assert set(calendars(view)) == {"service.ics", "staff-V2.ics", "staff-a_b.ics", "staff-A_B-2.ics", "staff-service.ics"}


def test_drawings_have_names(shown: Page) -> None:
    (svg,) = shown.root.all("svg")
    first, second = (e for e in svg.parts if isinstance(e, Element) and e.tag in ("title", "desc"))
    assert svg.get("aria-labelledby").split() == [first.get("id"), second.get("id")]
