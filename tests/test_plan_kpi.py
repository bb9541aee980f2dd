"""Indicators under the names of the published statistics: worked by hand from the queues, the same in workbook, table and page."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import openpyxl
import pytest

import plan_samples
from optimiser.plan import kpi, report, sections
from optimiser.plan.data import Demand, PlanAnswer, PlanInput, Queue
from optimiser.plan.figures import Figures
from optimiser.plan.publish import UNDER, Counts
from test_plan_report import RUN, answer, instance, solved

if TYPE_CHECKING:
    from pathlib import Path


def queue(step: str, quarter: str, joined: float, started: float, waiting: float, completed: float, recovered: float) -> Queue:
    return Queue.model_validate(
        {"service": "camden", "step": step, "quarter": quarter, "joined": joined, "gave_up": 0, "started": started, "waiting": waiting,
         "too_long": 0, "completed": completed, "recovered": recovered}
    )  # fmt: skip


def by_hand() -> tuple[PlanInput, PlanAnswer]:
    """Two quarters of the tiny plan: half of the referrals go low, 19 % of low starts (220 before the plan) step up, quarters have 13 weeks."""
    data = plan_samples.tiny(2)
    first, second = data.quarters
    queues = (
        queue("low", first, 250, 200, 110, 126, 60),
        queue("high", first, 110 + 0.19 * 220, 130, 170, 90, 40),
        queue("low", second, 240, 0, 300, 0, 0),
        queue("high", second, 100 + 0.19 * 200, 125, 120, 80, 38),
    )
    return data, PlanAnswer(queues=queues)


def test_indicators_are_those_of_the_queues() -> None:
    first, second = kpi.rows([Figures(*by_hand())], Counts(False))
    assert first == {
        "option": "", "service": "camden", "quarter": "2026/27 Q1", "referrals": 500, "entered_treatment": 200 + 130 - 41.8, "completed_courses": 216,
        "reliable_recoveries": 100, "reliable_recovery_percent": 46.3, "waiting_low_intensity": 110, "waiting_high_intensity": 170,
        "mean_wait_weeks_low_intensity": 7.2,  # 13 × 110 / 200 = 7.15
        "mean_wait_weeks_high_intensity": 17.0,
    }  # fmt: skip
    assert (second["referrals"], second["entered_treatment"]) == (480, 125 - 38)
    assert second["mean_wait_weeks_low_intensity"] is None  # people wait and nobody is taken on


def test_entering_treatment_is_the_term_of_the_same_name() -> None:
    data = instance()
    found = answer(data)
    rows = kpi.indicators(Figures(data, found))
    terms = {r.term: r.value for r in found.terms}
    assert sum(r.entered for r in rows) == pytest.approx(terms["entering_treatment"])
    assert sum(r.completed for r in rows) == pytest.approx(terms["completed_courses"])
    assert sum(r.recovered for r in rows) == pytest.approx(terms["reliable_recoveries"])


def test_referrals_are_those_received_with_those_of_outreach() -> None:
    data = instance()
    found = answer(data)
    reached = {r.term: r.value for r in found.terms}["reached_by_outreach"]
    assert reached > 1
    assert sum(r.referrals for r in kpi.indicators(Figures(data, found))) == pytest.approx(sum(r.referrals for r in data.demand) + reached)


def test_all_services_come_first_and_are_their_sum() -> None:
    data, found = by_hand()
    services = (*data.services, data.services[0].model_copy(update={"service": "barnet", "name": "Barnet"}))
    twice = data.model_copy(
        update={
            "services": services,
            "care": tuple(c.model_copy(update={"service": s.service}) for s in services for c in data.care),
            "demand": tuple(Demand(service=s.service, quarter=d.quarter, referrals=d.referrals) for s in services for d in data.demand),
        }
    )
    both = PlanAnswer(queues=tuple(q.model_copy(update={"service": s.service}) for s in services for q in found.queues))
    rows = kpi.indicators(Figures(twice, both))
    assert [r.service for r in rows] == ["", "", "camden", "camden", "barnet", "barnet"]
    assert rows[0].completed == 432
    assert rows[0].wait("low") == rows[2].wait("low")
    assert [name for name, _ in kpi.tables(Figures(twice, both), sections.Names(twice, Counts(False)))] == ["All services", "Camden", "Barnet"]


def test_the_same_indicators_stand_in_workbook_table_and_page(tmp_path: Path) -> None:
    data = instance()
    names = report.write(tmp_path, data, [solved(data), solved(data, "do_nothing")], RUN, publishable=False)
    assert "csv/kpi.csv" in names
    with (tmp_path / "csv" / "kpi.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["option", "service", "quarter", *kpi.COLUMNS]
    assert {row["option"] for row in rows} == {"", "do_nothing"}
    plan = [row for row in rows if not row["option"]]
    sheet = [[c.value for c in row] for row in openpyxl.load_workbook(tmp_path / "plan.xlsx")["Result KPI"].iter_rows()]
    assert sheet[0] == ["Service", "Quarter", *kpi.COLUMNS.values()]
    assert [float(row["completed_courses"]) for row in plan] == [line[4] for line in sheet[1:]]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count('id="kpi-0"') == 1
    assert ">Finished course</th>" in page


def test_small_numbers_are_left_out_and_nothing_tells_them() -> None:
    data, found = by_hand()
    few = found.queues[0].model_copy(update={"completed": 2, "recovered": 1, "waiting": 3})
    none = found.queues[1].model_copy(update={"completed": 0, "recovered": 0})
    row = kpi.rows([Figures(data, PlanAnswer(queues=(few, none, *found.queues[2:])))], Counts(True))[0]
    assert (row["completed_courses"], row["reliable_recoveries"], row["waiting_low_intensity"]) == (UNDER, UNDER, UNDER)
    assert row["reliable_recovery_percent"] is None
    assert row["mean_wait_weeks_low_intensity"] is None
    assert (row["referrals"], row["waiting_high_intensity"]) == (500, 170)


def test_more_may_step_up_than_start() -> None:
    data, found = by_hand()
    idle = tuple(q.model_copy(update={"started": 0}) for q in found.queues[:2])
    rows = [kpi.rows([Figures(data, PlanAnswer(queues=(*idle, *found.queues[2:])))], Counts(publishable))[0] for publishable in (False, True)]
    assert [row["entered_treatment"] for row in rows] == [-41.8, -40]
