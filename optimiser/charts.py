"""Charts as inline SVG: no script, nothing loaded, the same bytes for the same figures.

Each chart has a title, a sentence of description, and a legend whose names stand in the order of what they name; the scale of bars is from zero.
Series differ by pattern, dash and marker as well as by colour. The colours are the Government Analysis Function's; all reach 3:1 on white.
Labels such as ``2026/27 Q1`` are drawn on two lines, the year once under its quarters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby, pairwise
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


def _defs(key: str, patterns: int) -> str:
    made = (
        f'<pattern id="{key}-p{order}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{PALETTE[order]}"/>{_PATTERNS[order]}</pattern>'
        for order in range(patterns)
    )
    return f"<defs>{''.join(made)}</defs>"


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
        _defs(key, patterns),
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


# --- curves over two scales of numbers --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Axis:
    """A scale: what it measures, and its marks with their words, lowest first. What lies outside the marks is drawn at the nearer end."""

    name: str
    ticks: tuple[tuple[float, str], ...]
    log: bool = False

    def share(self, value: float) -> float:
        """How far along the axis a value stands, from 0 to 1."""
        low, high = self.ticks[0][0], self.ticks[-1][0]
        value = min(max(value, low), high)
        return math.log(value / low) / math.log(high / low) if self.log else (value - low) / (high - low)


@dataclass(frozen=True)
class Curve:
    """A named row of points from left to right; ``end`` is said under its name.

    Points in ``beyond`` have an arrow upwards: the true value is known only to be higher. ``fit`` is a line through the points. ``look`` numbers
    colour, dash and marker, by default by the curve's place, so that what is in several charts can look the same in all.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    end: str = ""
    beyond: tuple[tuple[float, float], ...] = ()
    fit: tuple[tuple[float, float], ...] = ()
    look: int | None = None


def log_axis(name: str, values: Sequence[float]) -> Axis:
    """Logarithmic axis that reaches from the least to the largest of the values (above zero): marks at powers of ten, at 2 and 5 too where few."""
    low, high = min(values), max(values)
    if not 0 < low <= high < math.inf:
        raise ValueError("a logarithmic axis needs finite values above zero")
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if math.log10(high / low) <= 2 else (1,)
    every = max(1, math.ceil((last - first) / 8))
    marks = [m * 10.0**p for p in range(first, last + every + 1, every) for m in steps]
    start = max(i for i, mark in enumerate(marks) if mark <= low * (1 + 1e-9))
    stop = min(i for i, mark in enumerate(marks) if mark >= high * (1 - 1e-9))
    chosen = marks[start : max(stop, start + 1) + 1]
    return Axis(name, tuple((mark, f"{mark:,.0f}" if mark >= 1 else f"{mark:.{-math.floor(math.log10(mark) + 1e-9)}f}") for mark in chosen), log=True)


_LABELS, _CLOSE, _LONGEST = 236, 17, 28
MOST_CURVES = 12


def curves(
    key: str, title: str, description: str, series: Sequence[Curve], across: Axis, up: Axis, *, steps: bool = False, joined: bool = True
) -> Markup:
    """Curves named beside where they end, each with its own dash and marker.

    ``key`` starts every id in the drawing and must be its own on the page. With ``steps`` a curve stays level until its next point; points that
    are not ``joined`` stand alone. Raises ValueError without a point, with a value that is no number, or with more than twelve curves.
    """
    everything = [p for s in series for p in (*s.points, *s.beyond, *s.fit)]
    if not everything:
        raise ValueError("a chart needs at least one point")
    if len(series) > MOST_CURVES:
        raise ValueError(f"a chart shows at most {MOST_CURVES} curves, not {len(series)}")
    if any(not math.isfinite(v) for point in everything for v in point):
        raise ValueError("a point has a value that is no number")
    right, lines_each = _WIDE - _LABELS, 2 if any(s.end for s in series) else 1
    plot = max(250, len(series) * (_CLOSE * lines_each + 4))
    bottom = _TOP + plot

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return _LEFT + (right - _LEFT) * across.share(point[0]), bottom - plot * up.share(point[1])

    body: list[str] = []
    ends: list[tuple[float, int, Curve]] = []
    taken: dict[tuple[float, float], int] = {}
    for order, s in enumerate(series):
        look = order if s.look is None else s.look
        colour, dash = _colour_and_dash(look)
        points, beyond = [place(p) for p in s.points], [place(p) for p in s.beyond]
        if joined and points:
            body.append(_path(_stepped(points) if steps else points, colour, 2.4, dash))
        if s.fit:
            body.append(_path([place(p) for p in s.fit], colour, 1.8, dash))
        body += [_marker(look, x, y, colour) for x, y in (_spaced(points, look) if joined else points)]
        for x, y in beyond:  # several methods stop at the same limit: side by side
            aside = 11 * taken.setdefault((x, y), 0)
            taken[x, y] += 1
            body.append(_marker(look, x + aside, y, colour) + _upward(x + aside, y, colour))
        last = [place(s.fit[-1])] if s.fit else [*points[-1:], *beyond[-1:]]
        if last:
            ends.append((last[0][1], look, s))
    ends.sort(key=lambda end: (end[0], end[1]))
    heights = _apart([y for y, _, _ in ends], _CLOSE * lines_each + 4, _TOP + 4, bottom)
    for (y, look, s), at in zip(ends, heights, strict=True):
        colour, dash = _colour_and_dash(look)
        body += [f'<path d="M{right + 2} {y:.1f}L{right + 14} {at:.1f}" fill="none" stroke="{_INK}" stroke-width="0.7"/>'] if joined else []
        mark = _path([(0, 0), (26, 0)], colour, 2.4, dash) + _marker(look, 13, 0, colour)
        body.append(f'<g transform="translate({right + 18} {at:.1f})">{mark}</g>')
        body.append(_text(right + 52, at + 4.5, s.name if len(s.name) <= _LONGEST else s.name[: _LONGEST - 1] + "…"))
        body += [_text(right + 52, at + 4.5 + _CLOSE - 2, s.end, size=12)] if s.end else []
    height = max(bottom + 48, math.ceil(max(heights, default=0) + _CLOSE * lines_each))
    parts = [
        *_opening(key, title, description, height),
        _text(2, _TOP - 14, up.name, size=12),
        *(f'<path d="M{_LEFT} {place((0, t))[1]:.1f}H{right}" stroke="{_GRID}" stroke-width="1"/>' for t, _ in up.ticks),
        *(_text(_LEFT - 8, place((0, t))[1] + 4.5, words, anchor="end", size=12) for t, words in up.ticks),
        *(f'<path d="M{place((t, 0))[0]:.1f} {_TOP}V{bottom + 5}" stroke="{_GRID}" stroke-width="1"/>' for t, _ in across.ticks),
        *(_text(place((t, 0))[0], bottom + 19, words, anchor="middle", size=12) for t, words in across.ticks),
        _text((_LEFT + right) / 2, bottom + 38, across.name, anchor="middle", size=12),
        *body,
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="{_INK}" stroke-width="1"/>',
        "</svg>",
    ]
    return Markup("".join(parts))  # every text above went through escape()


def _colour_and_dash(look: int) -> tuple[str, str]:
    """Of the first six looks each its own; of the next six each another pair."""
    return PALETTE[look % len(PALETTE)], _DASHES[(look + look // len(PALETTE)) % len(_DASHES)]


def _stepped(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [points[0], *(corner for (_, y), (x, higher) in pairwise(points) for corner in ((x, y), (x, higher)))]


def _spaced(points: Sequence[tuple[float, float]], look: int) -> Sequence[tuple[float, float]]:
    """At most about eight of the points, others for each curve, so that markers of curves that lie on each other do not hide each other."""
    every = len(points) // 8 + 1
    return points if every == 1 else points[look * every // 4 % every :: every]


def _upward(x: float, y: float, colour: str) -> str:
    return f'<path d="M{x:.1f} {y - 5:.1f}v-11m-3.5 4.5l3.5 -4.5l3.5 4.5" fill="none" stroke="{colour}" stroke-width="1.6"/>'


def _apart(wanted: Sequence[float], least: float, top: float, bottom: float) -> list[float]:
    """Heights in the order given, none nearer to the one before than ``least``, all above the bottom where there is room."""
    places: list[float] = []
    for y in wanted:
        places.append(max(y, places[-1] + least if places else top))
    limit = max(bottom, top + least * (len(places) - 1))
    for i in reversed(range(len(places))):
        places[i] = min(places[i], limit)
        limit = places[i] - least
    return places


def _opening(key: str, title: str, description: str, height: float) -> Iterator[str]:
    yield (
        f'<svg class="chart" viewBox="0 0 {_WIDE} {height}" role="img" aria-labelledby="{key}-title {key}-desc" '
        f'font-family="Arial, Helvetica, sans-serif" fill="{_INK}">'
    )
    yield f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>'
    yield f'<rect width="{_WIDE}" height="{height}" fill="#fff"/>'


# --- parts of a whole -------------------------------------------------------------------------------------------------


def share_bars(key: str, title: str, description: str, rows: Sequence[tuple[str, str]], series: Sequence[Series]) -> Markup:
    """Bars of one length, lying below one another, each cut into the shares of the series in its sum.

    ``rows`` are a name and what is said at the end of the bar. Arguments otherwise and errors as for :func:`stacked_bars`; every row needs a
    sum above zero.
    """
    _check([name for name, _ in rows], series, len(series))
    totals = [sum(s.values[i] for s in series) for i in range(len(rows))]
    if min(totals) <= 0:
        raise ValueError("a bar has nothing in it")
    left, right, each = 190, _WIDE - 96, 30
    lines_of_legend = math.ceil(len(series) / 4)
    top = 14 + 22 * lines_of_legend + 22
    bottom = top + each * len(rows)
    across = right - left
    body: list[str] = []
    for i, (name, end) in enumerate(rows):
        x, y = float(left), top + each * i + 4
        body.append(_text(left - 10, y + 15.5, name if len(name) <= _LONGEST - 4 else name[: _LONGEST - 5] + "…", anchor="end"))
        for order, s in enumerate(series):
            share = s.values[i] / totals[i]
            if share:
                body.append(
                    f'<rect x="{x:.1f}" y="{y}" width="{across * share:.1f}" height="{each - 8}" fill="url(#{key}-p{order})" stroke="#fff" '
                    f'stroke-width="1"><title>{escape(f"{name}, {s.name}: {number(100 * share, 1)}%")}</title></rect>'
                )
            x += across * share
        body.append(_text(right + 10, y + 15.5, end))
    legend = [
        f'<g transform="translate({left + 115 * (order % 4)} {14 + 22 * (order // 4)})">{_swatch(key, order)}{_text(30, 4.5, s.name)}</g>'
        for order, s in enumerate(series)
    ]
    parts = [
        *_opening(key, title, description, bottom + 14),
        _defs(key, len(series)),
        *legend,
        *(_text(left + across * t / 4, top - 8, f"{25 * t}%", anchor="middle", size=12) for t in range(5)),
        *(f'<path d="M{left + across * t / 4:.1f} {top - 2}V{bottom}" stroke="{_GRID}" stroke-width="1"/>' for t in range(5)),
        *body,
        f'<path d="M{left} {top - 2}V{bottom}" stroke="{_INK}" stroke-width="1"/>',
        "</svg>",
    ]
    return Markup("".join(parts))  # every text above went through escape()
