"""How what is wrong or suspicious is told: sheet and key, what happened, how to mend it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from optimiser.result import Finding
from optimiser.words import listing

if TYPE_CHECKING:
    from collections.abc import Iterable

ALMOST = 1e-9


def _finding(severity: Literal["error", "warning"], code: str, sheet: str, key: Iterable[object], what: str, fix: str = "") -> Finding:
    names = ", ".join(str(part) for part in key if part not in ("", None))
    return Finding(severity, code, f"{sheet} ({names})" if names else sheet, what, fix)


def error(code: str, sheet: str, key: Iterable[object], what: str, fix: str = "") -> Finding:
    """What must be mended before anything is solved."""
    return _finding("error", code, sheet, key, what, fix)


def warning(code: str, sheet: str, key: Iterable[object], what: str, fix: str = "") -> Finding:
    """What is worth a question."""
    return _finding("warning", code, sheet, key, what, fix)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A nearest name, or the names there are."""
    names = sorted(set(known))
    near = get_close_matches(name, names, 1)
    return f"Did you mean {near[0]}?" if near else f"There are: {listing(names, most=8)}." if names else ""
