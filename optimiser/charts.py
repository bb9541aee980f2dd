"""Charts as inline SVG: no script, nothing loaded, the same bytes for the same figures.

Each chart has a title, a sentence of description, a scale from zero, and a legend whose names stand in the order of what they name.
Series differ by pattern, dash and marker as well as by colour. The colours are the Government Analysis Function's; all reach 3:1 on white.
Labels such as ``2026/27 Q1`` are drawn on two lines, the year once under its quarters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from optimiser.words import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
MOST_SERIES = len(PALETTE)

_INK, _GRID = "#212B32", "#D8DDE0"
_TOP, _FOOT, _LEFT = 34, 46, 62
_WIDE, _LEGEND = 760, 178
_NARROW = 480
_DASHES = ("", "7 4", "2 3", "10 3 2 3", "4 2", "1 3")
# White marks on the series' colour: the pattern tells series apart where colour does not.
_PATTERNS = (
    "",
    '<path d="M-2 2l4-4M0 8l8-8M6 10l4-4" stroke="#fff" stroke-width="1.8"/>',
    '<circle cx="2" cy="2" r="1.3" fill="#fff"/><circle cx="6" cy="6" r="1.3" fill="#fff"/>',
    '<path d="M0 4h8" stroke="#fff" stroke-width="1.8"/>',
    '<path d="M4 0v8" stroke="#fff" stroke-width="1.8"/>',
    '<path d="M0 4h8M4 0v8" stroke="#fff" stroke-width="1.4"/>',
)


@dataclass(frozen=True)
class Series:
    """A named row of values, one for each label of the chart, none below zero."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class _Frame:
    """Where things stand: the labels, the top of the scale, the height of the plot, and whether the legend is beside it or (narrow) above."""

    labels: tuple[str, ...]
    scale: float
    plot: int
    narrow: bool = False
    legend: int = 0
    """Lines of a legend above the plot."""

    @property
    def width(self) -> int:
        return _NARROW if self.narrow else _WIDE

    @property
    def across(self) -> float:
        return self.width - _LEFT - (12 if self.narrow else _LEGEND)

    @property
    def top(self) -> int:
        return _TOP + 22 * self.legend

    @property
    def bottom(self) -> int:
        return self.top + self.plot

    def x(self, place: float) -> float:
        """Horizontal position; label i fills the stretch from i to i + 1."""
        return _LEFT + place * self.across / len(self.labels)

    def y(self, value: float) -> float:
        return self.top + self.plot * (1 - value / self.scale)


@dataclass(frozen=True)
class _Entry:
    """A line of the legend: mark, name and what it comes to at the last label."""

    mark: str
    name: str
    last: str


def _at_end(value: float, frame: _Frame, ticks: Sequence[float]) -> str:
    return f"{_value(value, ticks)} in {frame.labels[-1]}"


def nice_ticks(most: float) -> tuple[float, ...]:
    """Four to seven round values from 0 that reach ``most``: (0, 20, 40, 60, 80) for 73."""
    if most <= 0:
        return (0.0, 1.0)
    power = 10.0 ** math.floor(math.log10(most / 4))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if most / (power * m) <= 6)
    return tuple(i * step for i in range(math.ceil(most / step - 1e-9) + 1))


def stacked_bars(
    key: str,
    title: str,
    description: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    unit: str,
    line: Series | None = None,
    narrow: bool = False,
) -> Markup:
    """Bars stacked in the order of ``series``, the first at the bottom, with an optional line across them.

    ``key`` starts every id in the drawing and must be its own on the page; ``narrow`` is for charts that stand side by side. Raises
    ValueError where a series does not fit the labels, has a value below zero, or there are more than six.
    """
    everything = [*series, *([line] if line else [])]
    _check(labels, everything, len(series))
    totals = [sum(s.values[i] for s in series) for i in range(len(labels))]
    ticks = nice_ticks(max([*totals, *(line.values if line else ())]))
    frame = _Frame(tuple(labels), ticks[-1], 210 if narrow else 250, narrow, len(everything) if narrow else 0)
    body: list[str] = []
    base = [0.0] * len(labels)
    for order, s in enumerate(series):
        for i, value in enumerate(s.values):
            if value > 0:
                body.append(_bar(key, order, frame, i + 0.14, 0.72, base[i], base[i] + value, f"{labels[i]}, {s.name}: {_value(value, ticks)}"))
                base[i] += value
    entries = [_Entry(_swatch(key, order), s.name, _at_end(s.values[-1], frame, ticks)) for order, s in reversed(list(enumerate(series)))]
    if line:
        points = [(frame.x(i + 0.5), frame.y(v)) for i, v in enumerate(line.values)]
        body += [_path(points, "#fff", 6, ""), _path(points, _INK, 2.6, "7 4"), *(_marker(0, x, y, _INK) for x, y in points)]
        mark = _path([(0, 0), (22, 0)], _INK, 2.6, "7 4") + _marker(0, 11, 0, _INK)
        entries.insert(0, _Entry(mark, line.name, _at_end(line.values[-1], frame, ticks)))
    return _svg(key, title, description, frame, ticks, unit, body, entries, len(series))


def grouped_bars(
    key: str, title: str, description: str, labels: Sequence[str], series: Sequence[Series], *, unit: str, narrow: bool = False
) -> Markup:
    """Bars side by side, one for each series at each label. Arguments and errors as for :func:`stacked_bars`."""
    _check(labels, series, len(series))
    ticks = nice_ticks(max(v for s in series for v in s.values))
    frame = _Frame(tuple(labels), ticks[-1], 200, narrow, len(series) if narrow else 0)
    each = 0.76 / len(series)
    body = [
        _bar(key, order, frame, i + 0.12 + order * each, each * 0.94, 0.0, value, f"{labels[i]}, {s.name}: {_value(value, ticks)}")
        for order, s in enumerate(series)
        for i, value in enumerate(s.values)
        if value > 0
    ]
    entries = [_Entry(_swatch(key, order), s.name, _at_end(s.values[-1], frame, ticks)) for order, s in enumerate(series)]
    return _svg(key, title, description, frame, ticks, unit, body, entries, len(series))


def lines(key: str, title: str, description: str, labels: Sequence[str], series: Sequence[Series], *, unit: str, narrow: bool = False) -> Markup:
    """Lines with their own dash and marker, named in order of their last value. Arguments and errors as for :func:`stacked_bars`."""
    _check(labels, series, len(series))
    ticks = nice_ticks(max(v for s in series for v in s.values))
    frame = _Frame(tuple(labels), ticks[-1], 230, narrow, len(series) if narrow else 0)
    body: list[str] = []
    for order, s in enumerate(series):
        points = [(frame.x(i + 0.5), frame.y(v)) for i, v in enumerate(s.values)]
        body += [_path(points, PALETTE[order], 2.6, _DASHES[order]), *(_marker(order, x, y, PALETTE[order]) for x, y in points)]
    entries = [
        _Entry(
            _path([(0, 0), (22, 0)], PALETTE[order], 2.6, _DASHES[order]) + _marker(order, 11, 0, PALETTE[order]),
            s.name,
            _at_end(s.values[-1], frame, ticks),
        )
        for order, s in sorted(enumerate(series), key=lambda entry: -entry[1].values[-1])
    ]
    return _svg(key, title, description, frame, ticks, unit, body, entries, 0)


def _check(labels: Sequence[str], series: Sequence[Series], stacked: int) -> None:
    if not labels or not series:
        raise ValueError("a chart needs at least one label and one series")
    if stacked > MOST_SERIES:
        raise ValueError(f"a chart shows at most {MOST_SERIES} series, not {stacked}")
    for s in series:
        if len(s.values) != len(labels):
            raise ValueError(f"{s.name} has {len(s.values)} values for {len(labels)} labels")
        if any(not math.isfinite(v) or v < 0 for v in s.values):
            raise ValueError(f"{s.name} has a value below zero or no number")


def _value(value: float, ticks: Sequence[float]) -> str:
    """Value as precise as the scale makes sense of: one decimal more than its steps, and none on a scale of hundreds."""
    return number(value, 0 if ticks[-1] >= 200 else 1 if ticks[-1] >= 2 else 2)


def _bar(key: str, order: int, frame: _Frame, place: float, width: float, low: float, high: float, words: str) -> str:
    x, y = frame.x(place), frame.y(high)
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{frame.x(place + width) - x:.1f}" height="{frame.y(low) - y:.1f}" '
        f'fill="url(#{key}-p{order})" stroke="#fff" stroke-width="1"><title>{escape(words)}</title></rect>'
    )


def _path(points: Sequence[tuple[float, float]], colour: str, width: float, dash: str) -> str:
    track = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{track}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round" stroke-dasharray="{dash or "none"}"/>'


def _marker(order: int, x: float, y: float, colour: str) -> str:
    """Circle, square, triangle, diamond, then the first two hollow."""
    style = f'fill="{colour if order < 4 else "#fff"}" stroke="{colour if order >= 4 else "#fff"}" stroke-width="{1.6 if order >= 4 else 0.8}"'
    shape = order % 4
    if shape == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.8" {style}/>'
    if shape == 1:
        return f'<rect x="{x - 3.6:.1f}" y="{y - 3.6:.1f}" width="7.2" height="7.2" {style}/>'
    corners = ((0, -4.8), (4.6, 3.6), (-4.6, 3.6)) if shape == 2 else ((0, -5), (5, 0), (0, 5), (-5, 0))
    return f'<path d="M{"L".join(f"{x + dx:.1f} {y + dy:.1f}" for dx, dy in corners)}Z" {style}/>'


def _swatch(key: str, order: int) -> str:
    return f'<rect x="0" y="-8" width="22" height="16" fill="url(#{key}-p{order})" stroke="{PALETTE[order]}" stroke-width="1"/>'


def _text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 13, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{weight}>{escape(words)}</text>'


def _wrapped(words: str, most: int) -> list[str]:
    """Words on lines of at most ``most`` letters where they can be broken."""
    rows: list[str] = []
    for word in words.split():
        if rows and len(rows[-1]) + 1 + len(word) <= most:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return rows


def _legend(entries: Sequence[_Entry], frame: _Frame) -> Iterator[str]:
    """Names beside the plot, each over its value at the end; above the plot, on a line of its own, where the chart is narrow."""
    x, y = (_LEFT, 14.0) if frame.narrow else (_WIDE - _LEGEND + 16, frame.top + 6.0)
    for entry in entries:
        yield f'<g transform="translate({x} {y:.1f})">{entry.mark}</g>'
        if frame.narrow:
            yield _text(x + 30, y + 4.5, f"{entry.name} ({entry.last})")
            y += 22
            continue
        for row in _wrapped(entry.name, 19):
            yield _text(x + 30, y + 4.5, row)
            y += 16
        yield _text(x + 30, y + 4.5, entry.last, size=12)
        y += 27


def _axis_labels(frame: _Frame) -> Iterator[str]:
    split = [label.rsplit(" ", 1) for label in frame.labels]
    if not all(len(parts) == 2 for parts in split):
        yield from (_text(frame.x(i + 0.5), frame.bottom + 19, label, anchor="middle") for i, label in enumerate(frame.labels))
        return
    # The names of single quarters stay where there is room for them; the years always do.
    room = frame.across / len(frame.labels)
    if room >= 15:
        size = 12 if room >= 22 else 10
        yield from (_text(frame.x(i + 0.5), frame.bottom + 17, last, anchor="middle", size=size) for i, (_, last) in enumerate(split))
    start = 0
    for group, members in groupby(first for first, _ in split):
        width = len(list(members))
        yield _text(frame.x(start + width / 2), frame.bottom + 36, group, anchor="middle", bold=True)
        if start:
            yield f'<path d="M{frame.x(start):.1f} {frame.bottom}v40" stroke="{_GRID}" stroke-width="1"/>'
        start += width


def _svg(
    key: str,
    title: str,
    description: str,
    frame: _Frame,
    ticks: Sequence[float],
    unit: str,
    body: Sequence[str],
    entries: Sequence[_Entry],
    patterns: int,
) -> Markup:
    legend = list(_legend(entries, frame))
    # A long legend beside a low plot must not be cut off.
    height = max(frame.bottom + _FOOT, 0 if frame.narrow else frame.top + 20 + sum(27 + 16 * len(_wrapped(e.name, 19)) for e in entries))
    places = max(len(f"{t:.10g}".partition(".")[2]) for t in ticks)
    right = _LEFT + frame.across
    parts = [
        f'<svg class="chart{" narrow" if frame.narrow else ""}" viewBox="0 0 {frame.width} {height}" role="img" '
        f'aria-labelledby="{key}-title {key}-desc" font-family="Arial, Helvetica, sans-serif" fill="{_INK}">',
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>',
        "<defs>",
        *(
            f'<pattern id="{key}-p{order}" width="8" height="8" patternUnits="userSpaceOnUse">'
            f'<rect width="8" height="8" fill="{PALETTE[order]}"/>{_PATTERNS[order]}</pattern>'
            for order in range(patterns)
        ),
        "</defs>",
        f'<rect width="{frame.width}" height="{height}" fill="#fff"/>',
        _text(2, frame.top - 14, unit, size=12),
        *(f'<path d="M{_LEFT} {frame.y(t):.1f}H{right:.1f}" stroke="{_GRID}" stroke-width="1"/>' for t in ticks[1:]),
        *(_text(_LEFT - 8, frame.y(t) + 4.5, number(t, places), anchor="end", size=12) for t in ticks),
        *_axis_labels(frame),
        *body,
        f'<path d="M{_LEFT} {frame.bottom}H{right:.1f}" stroke="{_INK}" stroke-width="1"/>',
        *legend,
        "</svg>",
    ]
    return Markup("".join(parts))  # every text above went through escape()
