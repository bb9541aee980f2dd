"""How what is wrong or suspicious is told: sheet and key, what happened, how to mend it; hours, days and kinds in words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

from optimiser.result import Finding
from optimiser.rota.data import WEEKDAYS
from optimiser.words import number as figure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimiser.rota.examine.facts import Week


def _finding(severity: Literal["error", "warning"], code: str, sheet: str, key: Iterable[object], what: str, fix: str) -> Finding:
    names = ", ".join(str(part) for part in key if part not in ("", None))
    return Finding(severity, code, f"{sheet} ({names})" if names else sheet, what, fix)


def error(code: str, sheet: str, key: Iterable[object], what: str, fix: str) -> Finding:
    """What must be mended before anything is solved."""
    return _finding("error", code, sheet, key, what, fix)


def warning(code: str, sheet: str, key: Iterable[object], what: str, fix: str) -> Finding:
    """What is worth a question, or what no rota can mend."""
    return _finding("warning", code, sheet, key, what, fix)


def hours(minutes: float) -> str:
    """Minutes as hours: 47.5."""
    return figure(minutes / 60, 2).rstrip("0").rstrip(".")


def in_hours(minutes: float) -> str:
    """Minutes as hours, with the word: no hours, 1 hour, 47.5 hours."""
    text = hours(minutes) if minutes else "no"
    return f"{text} hour{'' if text == '1' else 's'}"


def day_words(day: str) -> str:
    """Date as people say it: Thursday 10 December."""
    when = date.fromisoformat(day)
    return f"{WEEKDAYS[when.weekday()]} {when.day} {when:%B}"


def kind_words(week: Week, kind: str) -> str:
    """Name of a kind of supervision; blank is all of them."""
    return (week.kinds[kind].name or kind) if kind else "Supervision of all kinds"
