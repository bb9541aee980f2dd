"""A dot chart as inline SVG: a line for each person, a dot where they are and a diamond where their share would be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from optimiser.charts import PALETTE, nice_ticks
from optimiser.words import number

if TYPE_CHECKING:
    from collections.abc import Sequence

_INK, _GRID = "#212B32", "#D8DDE0"
_WIDE, _LEFT, _RIGHT, _TOP, _STEP = 760, 200, 110, 62, 24
_LONGEST = 26


def dots(key: str, title: str, description: str, rows: Sequence[tuple[str, float, float]], names: tuple[str, str], *, unit: str) -> Markup:
    """Draw each row's value as a filled circle and its share as a hollow diamond; the figures stand at the end of its line.

    ``rows`` are name, value and share; ``names`` are those of value and share in the legend; ``key`` starts every id in the drawing and must
    be its own on the page. Raises ValueError where there is no row, or a value is below zero or no number.
    """
    if not rows:
        raise ValueError("a chart needs at least one row")
    if any(not math.isfinite(v) or v < 0 for _, *values in rows for v in values):
        raise ValueError("a value is below zero or no number")
    ticks = nice_ticks(max(max(value, share) for _, value, share in rows))
    bottom = _TOP + _STEP * len(rows)
    across = _WIDE - _LEFT - _RIGHT

    def x(value: float) -> float:
        return _LEFT + across * value / ticks[-1]

    body = []
    for i, (name, value, share) in enumerate(rows):
        y = _TOP + _STEP * (i + 0.5)
        short = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
        body += [
            _text(_LEFT - 10, y + 4.5, short, "end"),
            f'<path d="M{_LEFT} {y:.1f}H{x(ticks[-1]):.1f}" stroke="{_GRID}" stroke-width="1"/>',
            f'<path d="M{x(value):.1f} {y:.1f}H{x(share):.1f}" stroke="{_INK}" stroke-width="2"/>',
            _diamond(x(share), y),
            _circle(x(value), y),
            _text(x(ticks[-1]) + 12, y + 4.5, f"{_plain(value)} of {_plain(share)}", "start"),
        ]
    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDE} {bottom + 12}" role="img" aria-labelledby="{key}-title {key}-desc" '
        f'font-family="Arial, Helvetica, sans-serif" fill="{_INK}">',
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>',
        f'<rect width="{_WIDE}" height="{bottom + 12}" fill="#fff"/>',
        _circle(_LEFT + 8, 14), _text(_LEFT + 20, 18.5, names[0], "start"),
        _diamond(_LEFT + 178, 14), _text(_LEFT + 192, 18.5, names[1], "start"),
        _text(_LEFT - 10, _TOP - 10, unit, "end", 12),
        *(f'<path d="M{x(t):.1f} {_TOP - 4}V{bottom}" stroke="{_GRID}" stroke-width="1"/>' for t in ticks),
        *(_text(x(t), _TOP - 10, _plain(t), "middle", 12) for t in ticks),
        *body,
        f'<path d="M{_LEFT} {_TOP - 4}V{bottom}" stroke="{_INK}" stroke-width="1"/>',
        "</svg>",
    ]  # fmt: skip
    return Markup("".join(parts))  # every text above went through escape()


def _plain(value: float) -> str:
    return number(value, next(p for p in range(3) if p == 2 or abs(value - round(value, p)) < 1e-9))


def _circle(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{PALETTE[0]}" stroke="#fff" stroke-width="1"/>'


def _diamond(x: float, y: float) -> str:
    return f'<path d="M{x:.1f} {y - 8:.1f}l8 8l-8 8l-8 -8Z" fill="#fff" stroke="{PALETTE[2]}" stroke-width="2"/>'


def _text(x: float, y: float, words: str, anchor: str, size: int = 13) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'
