"""Charts: well-formed, named for those who cannot see them, true to scale, the same every time."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimiser.charts import (
    MOST_CURVES,
    MOST_SERIES,
    PALETTE,
    Axis,
    Curve,
    Series,
    curves,
    grouped_bars,
    lines,
    log_axis,
    nice_ticks,
    share_bars,
    stacked_bars,
)

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


# --- curves over two scales of numbers --------------------------------------------------------------------------------

STEADY = Curve("<steady> & sure", ((1.0, 0.25), (10.0, 0.5), (100.0, 1.0)), "4 of 4")
QUICK = Curve("quick", ((1.0, 0.75), (100.0, 0.75)), "3 of 4", beyond=((50.0, 0.9),))
ACROSS = Axis("Factor", ((1.0, "1"), (10.0, "10"), (100.0, "100")), log=True)
UP = Axis("Share", ((0.0, "0%"), (0.5, "50%"), (1.0, "100%")))


def curved(*series: Curve, steps: bool = False, joined: bool = True) -> ElementTree.Element:
    return ElementTree.fromstring(curves("k", "Title", "Words & more.", series or (STEADY, QUICK), ACROSS, UP, steps=steps, joined=joined))


def tracks(svg: ElementTree.Element, width: str = "2.4") -> list[list[tuple[float, float]]]:
    """Points of the paths of a width that are drawn on the chart itself, not in its legend."""
    legend = {p for g in svg.iter("g") for p in g.iter("path")}
    drawn = [p.get("d") or "" for p in svg.iter("path") if p.get("stroke-width") == width and p not in legend]
    return [[(float(x), float(y)) for x, y in (point.split() for point in d[1:].split("L"))] for d in drawn]


def test_curves_have_title_description_names_ends_and_both_scales() -> None:
    svg = curved()
    assert svg.findtext("title") == "Title"
    assert svg.findtext("desc") == "Words & more."
    assert {"<steady> & sure", "4 of 4", "quick", "3 of 4", "Factor", "Share", "1", "10", "100", "0%", "50%", "100%"} <= {
        t.text for t in svg.iter("text")
    }
    assert {e.tag for e in svg.iter()} <= {"svg", "title", "desc", "rect", "path", "circle", "text", "g"}


def test_curves_are_true_to_both_scales() -> None:
    steady, quick = tracks(curved())
    # Ten is half way from 1 to 100 by logarithms; a half is half way up.
    assert steady[1][0] == pytest.approx((steady[0][0] + steady[2][0]) / 2, abs=0.11)
    low = steady[0][1] + (steady[0][1] - steady[2][1]) / 3  # from a quarter to 1 is three quarters of the height
    assert steady[1][1] == pytest.approx((low + steady[2][1]) / 2, abs=0.2)
    assert quick[0][1] == quick[1][1]


def test_steps_are_level_until_the_next_point() -> None:
    steady = tracks(curved(steps=True))[0]
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(steady))
    assert len(steady) == 5


def test_points_that_are_not_joined_stand_alone_with_the_line_through_them() -> None:
    svg = curved(Curve("one", ((1.0, 0.25), (100.0, 1.0)), fit=((1.0, 0.5), (100.0, 0.5))), joined=False)
    assert tracks(svg) == []
    (line,) = tracks(svg, "1.8")
    assert line[0][1] == line[1][1]


def test_what_lies_beyond_is_drawn_with_an_arrow() -> None:
    arrows = [p for p in curved(QUICK).iter("path") if "v-11" in (p.get("d") or "")]
    assert len(arrows) == 1


def test_arrows_at_one_place_stand_side_by_side() -> None:
    svg = curved(*(Curve(name, (), beyond=((10.0, 0.5),)) for name in "abc"), joined=False)
    starts = [float((p.get("d") or "")[1:].split()[0]) for p in svg.iter("path") if "v-11" in (p.get("d") or "")]
    assert [b - a for a, b in pairwise(starts)] == pytest.approx([11, 11], abs=0.11)


def test_a_curve_looks_as_it_is_told_to() -> None:
    alone = curved(Curve("third", ((1.0, 0.5), (100.0, 0.5)), look=2))
    among = curved(STEADY, QUICK, Curve("third", ((1.0, 0.5), (100.0, 0.5))))
    colours = [{p.get("stroke") for p in svg.iter("path")} for svg in (alone, among)]
    assert PALETTE[2] in colours[0] & colours[1]
    assert PALETTE[0] not in colours[0]


def test_curves_that_end_together_have_names_apart() -> None:
    svg = curved(*(Curve(f"m{i}", ((1.0, 0.5), (100.0, 0.5)), "2 of 4") for i in range(MOST_CURVES)))
    heights = sorted(float(t.get("y") or 0) for t in svg.iter("text") if re.fullmatch(r"m\d+", t.text or ""))
    assert len(heights) == MOST_CURVES
    assert all(b - a >= 30 for a, b in pairwise(heights))
    assert heights[-1] < float((svg.get("viewBox") or "").split()[3])


def test_curves_differ_without_colour() -> None:
    svg = curved(*(Curve(f"m{i}", ((1.0, 0.5), (100.0, 0.5))) for i in range(MOST_CURVES)))
    looks = set()
    for g in svg.iter("g"):
        line, marker = list(g)
        shape = re.sub(r"[-\d.]+", "", marker.get("d") or marker.tag)
        corner = (marker.get("d") or "").split("L")[0]
        looks.add((line.get("stroke-dasharray"), shape, corner, marker.get("fill") == "#fff"))
    assert len(looks) == MOST_CURVES


def test_a_long_name_is_cut_short() -> None:
    assert f"{'x' * 27}…" in {t.text for t in curved(Curve("x" * 60, ((1.0, 0.5),))).iter("text")}


@pytest.mark.parametrize(
    ("series", "words"),
    [
        ([Curve("a", ())], "at least one point"),
        ([Curve("a", ((1.0, float("inf")),))], "no number"),
        ([Curve(str(i), ((1.0, 1.0),)) for i in range(MOST_CURVES + 1)], "at most 12 curves"),
    ],
)
def test_curves_that_cannot_be_drawn_are_refused(series: list[Curve], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        curves("k", "T", "D.", series, ACROSS, UP)


def test_logarithmic_axes_by_example() -> None:
    assert [words for _, words in log_axis("s", [0.03, 240]).ticks] == ["0.01", "0.1", "1", "10", "100", "1,000"]
    assert [words for _, words in log_axis("s", [3, 45]).ticks] == ["2", "5", "10", "20", "50"]
    assert [words for _, words in log_axis("s", [1, 1]).ticks] == ["1", "2"]
    with pytest.raises(ValueError, match="above zero"):
        log_axis("s", [0, 1])


@given(st.lists(st.floats(min_value=1e-6, max_value=1e9), min_size=1, max_size=5))
def test_logarithmic_axes_reach_all_values_with_few_marks(values: list[float]) -> None:
    ticks = [t for t, _ in log_axis("s", values).ticks]
    assert ticks[0] <= min(values) * (1 + 1e-6)
    assert ticks[-1] >= max(values) * (1 - 1e-6)
    assert 2 <= len(ticks) <= 11
    assert all(a < b for a, b in pairwise(ticks))
    assert len({words for _, words in log_axis("s", values).ticks}) == len(ticks)


# --- parts of a whole -------------------------------------------------------------------------------------------------


def test_bars_of_shares_are_of_one_length_and_cut_in_proportion() -> None:
    parts = [Series("Build", (1.0, 1.0)), Series("Solve", (3.0, 0.0))]
    svg = ElementTree.fromstring(share_bars("k", "T", "D.", [("<ours>", "4.0 s"), ("other", "1.0 s")], parts))
    widths = {r.findtext("title"): float(r.get("width") or 0) for r in bars(svg)}
    full = widths["other, Build: 100.0%"]
    assert widths == {
        "<ours>, Build: 25.0%": pytest.approx(full / 4, abs=0.11),
        "<ours>, Solve: 75.0%": pytest.approx(3 * full / 4, abs=0.11),
        "other, Build: 100.0%": full,
    }
    assert {"<ours>", "4.0 s", "Build", "Solve", "0%", "100%"} <= {t.text for t in svg.iter("text")}
    with pytest.raises(ValueError, match="nothing in it"):
        share_bars("k", "T", "D.", [("a", "")], [Series("x", (0.0,))])
