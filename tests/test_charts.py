"""Charts: well-formed, named for those who cannot see them, true to scale, the same every time."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimiser.charts import MOST_SERIES, PALETTE, Series, grouped_bars, lines, nice_ticks, stacked_bars

LABELS = ("2026/27 Q3", "2026/27 Q4", "2027/28 Q1")
STAFF = (Series("PWP", (10.0, 20.0, 0.0)), Series("<HIT> & co", (30.0, 20.0, 40.0)))
NEED = Series("Staff needed", (50.0, 45.0, 20.0))


def drawn(kind: str, *, narrow: bool = False) -> ElementTree.Element:
    if kind == "stacked":
        text = stacked_bars("k", "Title", "Words & more.", LABELS, STAFF, unit="WTE", line=NEED, narrow=narrow)
    elif kind == "grouped":
        text = grouped_bars("k", "Title", "Words & more.", LABELS, STAFF, unit="WTE", narrow=narrow)
    else:
        text = lines("k", "Title", "Words & more.", LABELS, STAFF, unit="WTE", narrow=narrow)
    return ElementTree.fromstring(text)


def bars(svg: ElementTree.Element) -> list[ElementTree.Element]:
    return [r for r in svg.iter("rect") if r.find("title") is not None]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("kind", ["stacked", "grouped", "lines"])
def test_a_chart_has_title_description_legend_and_labels(kind: str, narrow: bool) -> None:
    svg = drawn(kind, narrow=narrow)
    assert svg.get("role") == "img"
    named = (svg.get("aria-labelledby") or "").split()
    assert [svg.find(f"*[@id='{name}']") is not None for name in named] == [True, True]
    assert svg.findtext("title") == "Title"
    assert svg.findtext("desc") == "Words & more."
    said = " ".join(t.text or "" for t in svg.iter("text"))
    for words in ("PWP", "<HIT> & co", "WTE", "2026/27", "2027/28", "Q3", "Q4", "Q1", "in 2027/28 Q1"):
        assert words in said


@pytest.mark.parametrize("kind", ["stacked", "grouped", "lines"])
def test_a_chart_loads_and_runs_nothing(kind: str) -> None:
    svg = drawn(kind)
    assert {e.tag for e in svg.iter()} <= {"svg", "title", "desc", "defs", "pattern", "rect", "path", "circle", "text", "g"}
    assert "http" not in ElementTree.tostring(svg, encoding="unicode")


def test_bars_are_true_to_scale_from_zero() -> None:
    svg = drawn("stacked")
    heights = [float(r.get("height") or 0) for r in bars(svg)]
    # PWP 10, 20 (0 is not drawn), then the others 30, 20, 40 on one scale: 250 high for 50, so 5 for each.
    assert heights == pytest.approx([50, 100, 150, 100, 200], abs=0.11)
    base = max(float(r.get("y") or 0) + float(r.get("height") or 0) for r in bars(svg))
    stacked = [r for r in bars(svg) if "HIT" in (r.findtext("title") or "")]
    assert [base - float(r.get("y") or 0) for r in stacked] == pytest.approx([200, 200, 200], abs=0.11)
    assert [r.findtext("title") for r in bars(svg)][:2] == ["2026/27 Q3, PWP: 10.0", "2026/27 Q4, PWP: 20.0"]


def test_grouped_bars_stand_side_by_side() -> None:
    found = bars(drawn("grouped"))
    left = [float(r.get("x") or 0) for r in found]
    right = [x + float(r.get("width") or 0) for x, r in zip(left, found, strict=True)]
    order = sorted(range(len(found)), key=left.__getitem__)
    assert all(right[a] <= left[b] + 0.11 for a, b in pairwise(order))
    # 40 is the top of the scale: 200 high.
    assert max(float(r.get("height") or 0) for r in found) == pytest.approx(200, abs=0.11)


def test_series_differ_without_colour() -> None:
    many = [Series(f"s{i}", (float(i + 1),)) for i in range(MOST_SERIES)]
    svg = ElementTree.fromstring(stacked_bars("k", "T", "D.", ["2026/27"], many, unit="WTE"))
    patterns = ["".join(ElementTree.tostring(e, encoding="unicode") for e in list(p)[1:]) for p in svg.iter("pattern")]
    assert len(patterns) == len(set(patterns)) == MOST_SERIES
    drawn_lines = ElementTree.fromstring(lines("k", "T", "D.", ["a", "b"], [Series(s.name, s.values * 2) for s in many], unit="WTE"))
    dashes = {p.get("stroke-dasharray") for p in drawn_lines.iter("path") if p.get("stroke") in PALETTE and p.get("fill") == "none"}
    assert len(dashes) == MOST_SERIES


def contrast_on_white(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_every_colour_stands_out_from_white() -> None:
    assert all(contrast_on_white(colour) >= 2.995 for colour in PALETTE)


def test_lines_are_named_in_the_order_of_their_ends() -> None:
    texts = [t.text for t in drawn("lines").iter("text")]
    assert texts.index("<HIT> & co") < texts.index("PWP")


def test_the_same_figures_make_the_same_bytes() -> None:
    assert ElementTree.tostring(drawn("stacked")) == ElementTree.tostring(drawn("stacked"))


def test_years_without_quarters_have_one_line_of_labels() -> None:
    svg = ElementTree.fromstring(grouped_bars("k", "T", "D.", ["2026/27", "2027/28"], [Series("Spent", (1.0, 2.0))], unit="£ million"))
    assert {"2026/27", "2027/28"} <= {t.text for t in svg.iter("text")}


def test_names_of_many_quarters_give_way_to_the_years() -> None:
    labels = [f"{y}/{(y + 1) % 100:02d} Q{q}" for y in range(2026, 2041) for q in (1, 2, 3, 4)]
    svg = ElementTree.fromstring(lines("k", "T", "D.", labels, [Series("a", (1.0,) * 60)], unit="WTE"))
    texts = [t.text for t in svg.iter("text")]
    assert "Q1" not in texts
    assert "2040/41" in texts


def test_nothing_but_zeros_still_has_a_scale() -> None:
    svg = ElementTree.fromstring(stacked_bars("k", "T", "D.", ["a"], [Series("none", (0.0,))], unit="WTE"))
    assert bars(svg) == []
    assert {"0", "1"} <= {t.text for t in svg.iter("text")}


@pytest.mark.parametrize(
    ("labels", "series", "words"),
    [
        ([], [Series("a", ())], "at least one label"),
        (["x"], [], "at least one label"),
        (["x"], [Series("a", (1.0, 2.0))], "a has 2 values for 1 labels"),
        (["x"], [Series("a", (-1.0,))], "below zero"),
        (["x"], [Series("a", (float("nan"),))], "below zero or no number"),
        (["x"], [Series(str(i), (1.0,)) for i in range(MOST_SERIES + 1)], "at most 6 series"),
    ],
)
def test_what_cannot_be_drawn_is_refused(labels: list[str], series: list[Series], words: str) -> None:
    for chart in (stacked_bars, grouped_bars, lines):
        with pytest.raises(ValueError, match=re.escape(words)):
            chart("k", "T", "D.", labels, series, unit="WTE")


def test_ticks_by_example() -> None:
    assert nice_ticks(73) == (0, 20, 40, 60, 80)
    assert nice_ticks(0) == (0, 1)


@given(st.floats(min_value=1e-3, max_value=1e9))
def test_ticks_reach_the_top_and_are_few(most: float) -> None:
    ticks = nice_ticks(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most * (1 - 1e-6)
    assert ticks[-2] < most
    assert 3 <= len(ticks) <= 7
