"""Accessible HTML pages: one file that carries its own style, loads nothing, runs no script, reads and prints well without either."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


@dataclass(frozen=True)
class Table:
    """A table as a page shows it: every cell is text already.

    ``align`` has a letter for each column: h heads its row, l is text, r is a number. ``groups`` are headings above the headings, each with
    the number of columns it spans. ``last_is_total`` sets the last row apart; ``note`` stands under the table. ``key`` is its id on the page.
    """

    key: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str
    groups: tuple[tuple[str, int], ...] = ()
    note: str = ""
    last_is_total: bool = False

    def __post_init__(self) -> None:
        if len(self.align) != len(self.heads) or any(len(row) != len(self.heads) for row in self.rows):
            raise ValueError(f"table {self.key}: rows, headings and alignment differ in length")


@dataclass(frozen=True)
class Chart:
    """A drawing (see :mod:`optimiser.charts`) and the table of the figures in it."""

    title: str
    sentence: str
    drawing: Markup
    table: Table


@cache
def _pages() -> Environment:
    """Give the templates of this folder; the package is loaded when a page is written, not when a table is made."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("optimiser", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(template: str, **context: Any) -> str:
    """Fill in a template of this folder. Text is escaped; a name that a template uses and the context lacks raises an error."""
    return _pages().get_template(template).render(**context)
