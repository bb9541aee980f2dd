"""Numbers, money, quarters and lists in words."""

from __future__ import annotations

import pytest

from optimiser import words


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(0, 0, "0"), (1234.4, 0, "1,234"), (1234.56, 1, "1,234.6"), (-1234, 0, "−1,234"), (-0.04, 1, "0.0"), (-0.06, 1, "−0.1"), (1e7, 0, "10,000,000")],
)
def test_number(value: float, places: int, text: str) -> None:
    assert words.number(value, places) == text


def test_a_change_has_its_sign_unless_it_is_nothing() -> None:
    assert [words.number(v, 1, sign=True) for v in (2.0, -2.0, 0.0, 0.01)] == ["+2.0", "−2.0", "0.0", "0.0"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "£0"),
        (939.6, "£940"),
        (84_321, "£84,321"),
        (99_949, "£99,949"),
        (99_950, "£100,000"),
        (525_432, "£525,000"),
        (999_499, "£999,000"),
        (999_500, "£1.0 million"),
        (1_234_567, "£1.2 million"),
        (999_499_999, "£999.5 million"),
        (3_440_000_000, "£3.4 billion"),
        (-1_234_567, "−£1.2 million"),
        (-0.2, "£0"),
    ],
)
def test_pounds(value: float, text: str) -> None:
    assert words.pounds(value) == text


def test_percent() -> None:
    assert words.percent(0.006) == "0.6%"
    assert words.percent(0.25, 0) == "25%"


def test_nouns_agree_with_their_number() -> None:
    assert [words.named(n, "cohort") for n in (0, 1, 14, 1400)] == ["no cohorts", "1 cohort", "14 cohorts", "1,400 cohorts"]
    assert words.named(2, "person", "people") == "2 people"


def test_lists_read_as_sentences() -> None:
    assert words.listing([]) == ""
    assert words.listing(["a"]) == "a"
    assert words.listing(["a", "b"]) == "a and b"
    assert words.listing(["a", "b", "c"]) == "a, b and c"
    assert words.listing(["a", "b", "c"], most=2) == "a, b and 1 more"
    assert words.listing(["a", "b"], most=2) == "a and b"


def test_capital_leaves_the_rest_alone() -> None:
    assert words.capital("CBT and more") == "CBT and more"
    assert words.capital("pWP") == "PWP"
    assert words.capital("") == ""


def test_quarters_are_named_by_their_months() -> None:
    found = [words.quarter_words(f"2026/27 Q{q}") for q in (1, 2, 3, 4)]
    assert found == ["April to June 2026", "July to September 2026", "October to December 2026", "January to March 2027"]
    assert words.quarter_words("2026/27") == "2026/27"


def test_spans_run_from_first_to_last_month() -> None:
    assert words.span_words("2026/27 Q1", "2029/30 Q4") == "April 2026 to March 2030"
    assert words.span_words("2026/27 Q4", "2026/27 Q4") == "January 2027 to March 2027"


def test_days_and_hours() -> None:
    assert [words.day_words(day) for day in ("2026-12-07", "2027-02-28")] == ["Monday 7 December", "Sunday 28 February"]
    assert [words.hours(m) for m in (0, 60, 90, 75, 50, 6000, 72000)] == ["0", "1", "1.5", "1.25", "0.83", "100", "1,200"]


def test_length_of_a_plan() -> None:
    assert [words.duration(q) for q in (4, 16, 6, 44)] == ["one year", "four years", "6 quarters", "11 years"]


def test_how_much_better_is_rounded_up() -> None:
    assert words.better(0.00005) == "no better exists"
    assert words.better(0.00611) == "at most 0.7% better exists"
    assert words.better(0.006) == "at most 0.6% better exists"
    assert words.better(float("inf")) == "how much better can exist is not known"
