"""Numbers, money, quarters and lists as a reader in the NHS expects to see them written."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import TYPE_CHECKING

from optimiser.result import OPTIMAL_GAP

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
"""Stands in a table where there is nothing."""

_QUARTERS = {"1": "April to June", "2": "July to September", "3": "October to December", "4": "January to March"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def number(value: float, places: int = 0, *, sign: bool = False) -> str:
    """Number with thousands separators: ``number(1234.5, 1)`` is 1,234.5. ``sign`` writes the plus of a change too."""
    text = f"{abs(value):,.{places}f}"
    if not text.strip("0,."):
        return text
    return (MINUS if value < 0 else "+" if sign else "") + text


def count(value: float) -> str:
    """Whole number with thousands separators: 1,234."""
    return number(value)


def pounds(value: float) -> str:
    """Money in running text: £940, £84,000, £1.2 million, £3.4 billion."""
    size = abs(value)
    minus = MINUS if value < 0 and round(size) else ""
    if size >= 999_500_000:
        return f"{minus}£{size / 1e9:.1f} billion"
    if size >= 999_500:
        return f"{minus}£{size / 1e6:.1f} million"
    if size >= 99_950:
        return f"{minus}£{round(size, -3):,.0f}"
    return f"{minus}£{round(size):,}"


def percent(share: float, places: int = 1) -> str:
    """Share as a percentage: ``percent(0.006)`` is 0.6%."""
    return f"{number(100 * share, places)}%"


def named(how_many: float, one: str, many: str = "") -> str:
    """Whole number with its noun: no cohorts, 1 cohort, 14 cohorts. ``many`` defaults to the noun with an s."""
    whole = round(how_many)
    return f"{'no' if whole == 0 else count(whole)} {one if whole == 1 else many or one + 's'}"


def spelled(how_many: int) -> str:
    """Small numbers as words, for running text: four; 12 stays 12."""
    return _SMALL[how_many] if 0 <= how_many < len(_SMALL) else count(how_many)


def listing(parts: Sequence[str], word: str = "and", *, most: int = 0) -> str:
    """Names in a sentence: a, b and c. With ``most``, what is beyond that many is counted: a, b and 3 more."""
    if most and len(parts) > most:
        return f"{', '.join(parts[:most])} {word} {len(parts) - most} more"
    return f" {word} ".join([*([", ".join(parts[:-1])] if len(parts) > 1 else []), *parts[-1:]])


def capital(text: str) -> str:
    """Text with its first letter as a capital, the rest as it was."""
    return text[:1].upper() + text[1:]


def quarter_words(label: str) -> str:
    """Months of a quarter: ``2026/27 Q1`` is April to June 2026. Any other text is returned as it is."""
    match = re.fullmatch(r"(\d{4})/\d{2} Q([1-4])", label)
    return f"{_QUARTERS[match[2]]} {int(match[1]) + (match[2] == '4')}" if match else label


def day_words(day: str) -> str:
    """Date as people say it: ``day_words("2026-12-10")`` is Thursday 10 December."""
    when = date.fromisoformat(day)
    return f"{_WEEKDAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]}"


def hours(minutes: float) -> str:
    """Minutes as hours, with no more decimals than they need: ``hours(2850)`` is 47.5."""
    return re.sub(r"\.?0+$", "", number(minutes / 60, 2))


def span_words(first: str, last: str) -> str:
    """Months from the start of one quarter to the end of another: April 2026 to March 2030."""
    start, end = quarter_words(first), quarter_words(last)
    return f"{start.split(' to ')[0]} {start[-4:]} to {end.split(' to ')[1]}"


def duration(quarters: int) -> str:
    """Length of a plan: four years, 6 quarters."""
    years, rest = divmod(quarters, 4)
    if rest:
        return f"{quarters} quarters"
    return f"{spelled(years)} year{'' if years == 1 else 's'}"


def better(gap: float) -> str:
    """How much better an answer can exist, for a gap as in :class:`optimiser.result.Level`; rounded up, so that it never promises too much."""
    if gap <= OPTIMAL_GAP:
        return "no better exists"
    if gap >= 1:
        return "how much better can exist is not known"
    return f"at most {rounded_up(gap)} better exists"


def rounded_up(gap: float) -> str:
    """Gap as a percentage that is never too small: 0.00611 is 0.7%."""
    return f"{math.ceil(1000 * gap - 1e-9) / 10:.1f}%"
