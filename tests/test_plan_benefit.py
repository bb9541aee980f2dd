"""Benefit per pound: what is counted times what it is worth, against the cost; no value without a source, and none built in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from pydantic import ValidationError

from optimiser import tables
from optimiser.plan import benefit, report, sections
from optimiser.plan.data import Benefit, PlanInput, Spend
from optimiser.plan.examine import examine
from optimiser.plan.figures import Figures
from optimiser.plan.publish import Counts
from optimiser.words import NOTHING
from plan_samples import full
from test_plan_kpi import by_hand
from test_plan_report import RUN, instance, solved

if TYPE_CHECKING:
    from pathlib import Path


def worth(**columns: Any) -> Benefit:
    neutral = {"benefit": "Health gained", "per": "recovered", "low": 1000, "central": 2000, "high": 4000, "source": "A study"}
    return Benefit.model_validate(neutral | columns)


def figures(*benefits: Benefit, pounds: float = 69_000) -> Figures:
    """The queues worked by hand in the tests of the indicators: 138 recoveries, 296 completed courses, 375.2 people entering treatment."""
    data, found = by_hand()
    spend = Spend(service="camden", stream="staff", year="2026/27", item="posts", pounds=pounds)
    return Figures(data.model_copy(update={"benefits": benefits}), found.model_copy(update={"spend": (spend,)}))


def section(f: Figures, baseline: Figures | None = None, *, publishable: bool = False) -> benefit.Benefits:
    return benefit.section(f, ("Today", baseline) if baseline else None, sections.Names(f.data, Counts(publishable)))


def test_cost_for_each_is_told_even_where_nothing_is_valued() -> None:
    found = section(figures())
    assert found.worth is None
    assert found.ratios is None
    assert "where it is from" in found.note
    # £69,000 for 138 recoveries, 296 courses and 375.2 people.
    assert found.cost.rows == (
        ("Person entering treatment", "375", "184"), ("Completed course", "296", "233"), ("Reliable recovery", "138", "500"),
    )  # fmt: skip


def test_benefits_are_numbers_times_values_and_only_pounds_are_added() -> None:
    rows = (
        worth(),
        worth(benefit="Days at work", per="completed", low=0, central=100, high=100),
        worth(benefit="Off benefits", per="entering", unit="people", low=0, central=0.028, high=0.03),
    )
    found = section(figures(*rows))
    assert found.worth is not None
    assert found.ratios is not None
    assert [row[2:5] for row in found.worth.rows] == [("138,000", "276,000", "552,000"), ("0", "30,000", "30,000"), ("0.0", "11", "11")]
    # 138,000, 276,000 + 29,600 and 552,000 + 29,600 over 69,000.
    assert found.ratios.rows == (("The plan", "69,000", "138,000", "£2.00", "306,000", "£4.43", "582,000", "£8.43"),)
    assert "counts twice" in found.note


def test_beyond_the_baseline_is_the_difference_of_both() -> None:
    plan, today = figures(worth(), pounds=69_000), figures(worth(), pounds=46_000)
    fewer = Figures(
        today.data,
        today.answer.model_copy(update={"queues": tuple(q.model_copy(update={"recovered": q.recovered / 2}) for q in today.answer.queues)}),
    )
    found = section(plan, fewer)
    assert found.ratios is not None
    # 69 recoveries more for £23,000 more.
    assert found.ratios.rows[1] == ("The plan beyond “Today”", "23,000", "69,000", "£3.00", "138,000", "£6.00", "276,000", "£12.00")
    assert found.cost.rows[2] == ("Reliable recovery", "138", "500", "+69", "333")
    cheaper = section(fewer, plan)
    assert cheaper.ratios is not None
    assert [row[3] for row in cheaper.ratios.rows] == ["£1.50", NOTHING]
    assert [row[4] for row in cheaper.cost.rows] == [NOTHING] * 3


def test_nothing_spent_is_no_ratio() -> None:
    found = section(figures(worth(), pounds=0))
    assert found.ratios is not None
    assert found.ratios.rows[0][3] == NOTHING


@pytest.mark.parametrize("source", ["", "  "])
def test_no_benefit_without_a_source(source: str) -> None:
    with pytest.raises(ValidationError, match="source"):
        worth(source=source)


def test_values_must_rise() -> None:
    wrong = full().model_copy(update={"benefits": (worth(), worth(benefit="upside down", low=3, central=2))})
    assert [(f.code, f.where) for f in examine(wrong) if f.where.startswith("Benefits")] == [("IN-03", "Benefits (upside down)")]


def test_benefits_are_read_written_and_told(tmp_path: Path) -> None:
    data = instance().model_copy(update={"benefits": (worth(note="2024 prices"),)})
    tables.write_folder(tmp_path / "plan", data)
    assert tables.read(tmp_path / "plan", PlanInput).data == data
    (tmp_path / "out").mkdir()
    report.write(tmp_path / "out", data, [solved(data), solved(data, "do_nothing")], RUN, publishable=False)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "A study; 2024 prices" in page
    rows = [[c.value for c in row] for row in openpyxl.load_workbook(tmp_path / "out" / "plan.xlsx")["Result benefit per pound"].iter_rows()]
    assert [row[0] for row in rows[1:]] == ["The plan", "The plan beyond “Do nothing”"]
    assert rows[0][2:4] == ["Low: benefits (£)", "Low: for each £1"]


def test_what_is_published_is_worked_out_from_rounded_counts() -> None:
    found = section(figures(worth()), publishable=True)
    assert found.ratios is not None
    # 138 is told as 140, £69,000 as £70,000.
    assert found.cost.rows[2] == ("Reliable recovery", "140", "500")
    assert found.ratios.rows[0][1:4] == ("70,000", "140,000", "£2.00")
