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
_WIDTH, _TOP, _FOOT = 760, 34, 46
_LEFT, _RIGHT = 62, 178
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
    """Where things stand in a chart: number of labels, top of the scale, height of the plot."""

    labels: int
    top: float
    plot: int
    right: int = _RIGHT

    @property
    def width(self) -> float:
        return _WIDTH - _LEFT - self.right

    def x(self, place: float) -> float:
        """Horizontal position; label i fills the stretch from i to i + 1."""
        return _LEFT + place * self.width / self.labels

    def y(self, value: float) -> float:
        return _TOP + self.plot * (1 - value / self.top)


def nice_ticks(most: float) -> tuple[float, ...]:
    """Four to seven round values from 0 that reach ``most``: (0, 20, 40, 60, 80) for 73."""
    if most <= 0:
        return (0.0, 1.0)
    power = 10.0 ** math.floor(math.log10(most / 4))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if most / (power * m) <= 6)
    return tuple(i * step for i in range(math.ceil(most / step - 1e-9) + 1))


def stacked_bars(
    key: str, title: str, description: str, labels: Sequence[str], series: Sequence[Series], *, unit: str, line: Series | None = None
) -> Markup:
    """Bars stacked in the order of ``series``, the first at the bottom, with an optional line across them.

    ``key`` starts every id in the drawing and must be its own on the page. Raises ValueError where a series does not fit the labels,
    has a value below zero, or there are more than six.
    """
    _check(labels, [*series, *([line] if line else [])], len(series))
    totals = [sum(s.values[i] for s in series) for i in range(len(labels))]
    ticks = nice_ticks(max([*totals, *(line.values if line else ())], default=0.0))
    frame = _Frame(len(labels), ticks[-1], 250)
    body: list[str] = []
    base = [0.0] * len(labels)
    for order, s in enumerate(series):
        for i, value in enumerate(s.values):
            if value > 0:
                body.append(_bar(key, order, frame, i + 0.14, 0.72, base[i], base[i] + value, f"{labels[i]}, {s.name}: {_value(value)}"))
                base[i] += value
    entries = [(_swatch(key, order), s.name, s.values[-1]) for order, s in reversed(list(enumerate(series)))]
    if line:
        points = [(frame.x(i + 0.5), frame.y(v)) for i, v in enumerate(line.values)]
        body.append(_path(points, "#fff", 6, ""))
        body.append(_path(points, _INK, 2.6, "7 4"))
        body += [_marker(0, x, y, _INK) for x, y in points]
        entries.insert(0, (f'<path d="M0 0h22" stroke="{_INK}" stroke-width="2.6" stroke-dasharray="7 4"/>{_marker(0, 11, 0, _INK)}', line.name, line.values[-1]))
    return _svg(key, title, description, labels, frame, ticks, unit, body, entries, len(series))


def grouped_bars(key: str, title: str, description: str, labels: Sequence[str], series: Sequence[Series], *, unit: str) -> Markup:
    """Bars side by side, one for each series at each label. Arguments and errors as for :func:`stacked_bars`."""
    _check(labels, series, len(series))
    ticks = nice_ticks(max((v for s in series for v in s.values), default=0.0))
    frame = _Frame(len(labels), ticks[-1], 200)
    each = 0.76 / max(1, len(series))
    body = [
        _bar(key, order, frame, i + 0.12 + order * each, each * 0.94, 0.0, value, f"{labels[i]}, {s.name}: {_value(value)}")
        for order, s in enumerate(series)
        for i, value in enumerate(s.values)
        if value > 0
    ]
    entries = [(_swatch(key, order), s.name, s.values[-1]) for order, s in enumerate(series)]
    return _svg(key, title, description, labels, frame, ticks, unit, body, entries, len(series))


def lines(key: str, title: str, description: str, labels: Sequence[str], series: Sequence[Series], *, unit: str) -> Markup:
    """Lines with their own dash and marker, named at the right in order of their last value. Arguments and errors as for :func:`stacked_bars`."""
    _check(labels, series, len(series))
    ticks = nice_ticks(max((v for s in series for v in s.values), default=0.0))
    frame = _Frame(len(labels), ticks[-1], 230)
    body: list[str] = []
    for order, s in enumerate(series):
        points = [(frame.x(i + 0.5), frame.y(v)) for i, v in enumerate(s.values)]
        body.append(_path(points, PALETTE[order], 2.6, _DASHES[order]))
        body += [_marker(order, x, y, PALETTE[order]) for x, y in points]
    ranked = sorted(enumerate(series), key=lambda entry: -entry[1].values[-1])
    entries = [
        (
            f'<path d="M0 0h22" stroke="{PALETTE[order]}" stroke-width="2.6" stroke-dasharray="{_DASHES[order] or "none"}"/>'
            + _marker(order, 11, 0, PALETTE[order]),
            s.name,
            s.values[-1],
        )
        for order, s in ranked
    ]
    return _svg(key, title, description, labels, frame, ticks, unit, body, entries, 0)


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


def _value(value: float) -> str:
    return number(value, 0 if value >= 100 or value == round(value) else 1)


def _bar(key: str, order: int, frame: _Frame, place: float, width: float, low: float, high: float, words: str) -> str:
    x, y = frame.x(place), frame.y(high)
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width * frame.width / frame.labels:.1f}" height="{frame.y(low) - y:.1f}" '
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


def _legend(entries: Sequence[tuple[str, str, float]], frame: _Frame) -> Iterator[str]:
    x, y = _WIDTH - frame.right + 16, _TOP + 6.0
    for mark, name, last in entries:
        yield f'<g transform="translate({x} {y:.1f})">{mark}</g>'
        rows = _wrapped(name, 19)
        for row in rows:
            yield _text(x + 30, y + 4.5, row)
            y += 16
        yield _text(x + 30, y + 4.5, f"{_value(last)} at the end", size=12)
        y += 27


def _axis_labels(labels: Sequence[str], frame: _Frame) -> Iterator[str]:
    bottom = _TOP + frame.plot
    split = [label.rsplit(" ", 1) for label in labels]
    if not all(len(parts) == 2 for parts in split):
        yield from (_text(frame.x(i + 0.5), bottom + 19, label, anchor="middle") for i, label in enumerate(labels))
        return
    # Beyond some thirty quarters their names would touch; the years stay.
    if len(labels) <= 30:
        size = 12 if len(labels) <= 20 else 9
        yield from (_text(frame.x(i + 0.5), bottom + 17, parts[1], anchor="middle", size=size) for i, parts in enumerate(split))
    start = 0
    for group, members in groupby(split, key=lambda parts: parts[0]):
        width = len(list(members))
        yield _text(frame.x(start + width / 2), bottom + 36, group, anchor="middle", bold=True)
        if start:
            x = frame.x(start)
            yield f'<path d="M{x:.1f} {bottom}v40" stroke="{_GRID}" stroke-width="1"/>'
        start += width


def _svg(
    key: str, title: str, description: str, labels: Sequence[str], frame: _Frame, ticks: Sequence[float], unit: str,
    body: Sequence[str], entries: Sequence[tuple[str, str, float]], patterns: int,
) -> Markup:  # fmt: skip
    legend = list(_legend(entries, frame))
    height = _TOP + frame.plot + _FOOT
    places = max((len(f"{t:.10g}".partition(".")[2]) for t in ticks), default=0)
    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-labelledby="{key}-title {key}-desc" font-family="Arial, Helvetica, sans-serif" fill="{_INK}">',
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>',
        "<defs>",
        *(
            f'<pattern id="{key}-p{order}" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="{PALETTE[order]}"/>{_PATTERNS[order]}</pattern>'
            for order in range(patterns)
        ),
        "</defs>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        _text(_LEFT - 8, _TOP - 16, unit, anchor="start", size=12),
        *(f'<path d="M{_LEFT} {frame.y(t):.1f}H{_LEFT + frame.width:.1f}" stroke="{_GRID if t else _INK}" stroke-width="1"/>' for t in ticks),
        *(_text(_LEFT - 8, frame.y(t) + 4.5, number(t, places), anchor="end", size=12) for t in ticks),
        *_axis_labels(labels, frame),
        *body,
        *legend,
        "</svg>",
    ]
    return Markup("".join(parts))  # every text above went through escape()
