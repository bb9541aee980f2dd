"""How what is wrong or suspicious is told: sheet and key, what happened, how to mend it; hours and kinds in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from optimiser.result import Finding
from optimiser.words import hours

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


def in_hours(minutes: float) -> str:
    """Minutes as hours, with the word: no hours, 1 hour, 47.5 hours."""
    text = hours(minutes) if minutes else "no"
    return f"{text} hour{'' if text == '1' else 's'}"


def kind_words(week: Week, kind: str) -> str:
    """Name of a kind of supervision; blank is all of them."""
    return (week.kinds[kind].name or kind) if kind else "Supervision of all kinds"
