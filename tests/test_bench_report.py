"""What the report on benchmark runs says: figures worked out by hand from a few invented runs, and a page that all can read."""

from __future__ import annotations

import csv
import json
import math
import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click
import pytest

import cli
from optimiser.bench import figures, record, report, sections
from optimiser.bench.figures import Case, Runs, fit, geometric, profiles, spread
from optimiser.bench.known import Known
from optimiser.bench.record import Run, Step
from optimiser.engine import Misfit
from optimiser.result import Level
from test_plan_report import Page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

VERSIONS = {"optimiser": "0.1.0", "highspy": "1.13.1", "ortools": "9.15"}
MACHINE: dict[str, int | str] = {"cpus": 2, "platform": "Linux", "processor": "Invented 3000"}
SLOW = "slow & <sure>"


def levels(high: float, bound: float | None) -> tuple[Level, ...]:
    return Level("Must", "min", 0.0, 0.0), Level("High", "min", high, bound)


def run(instance: str = "a", method: str = "ours", seed: int = 0, proof: float | None = None, **more: Any) -> Run:
    """One run: of ten seconds allowed all are used where no time of a proof is given."""
    total = 10.0 if proof is None else proof
    row: dict[str, Any] = {
        "job": "rota", "instance": instance, "digest": f"digest-{instance}", "method": method, "seed": seed, "workers": 2, "allowed": 10.0,
        "started": f"2026-11-22T05:12:0{seed}+00:00", "versions": VERSIONS, "machine": MACHINE,
        "status": "feasible" if proof is None else "optimal", "levels": levels(20.0, 10.0 if proof is None else 20.0), "checked": True,
        "seconds": {"read": 0.1, "build": 0.2, "hand_over": 0.1, "solve": total - 0.4, "read_back": 0.05, "check": 0.05, "total": total + 0.1},
        "first": 0.5, "to_one_percent": 1.0, "to_proof": proof, "peak_mb": 100.0 + seed, "size": {"rows": 5, "columns": 10},
    }  # fmt: skip
    return Run.model_validate(row | more)


PROOFS: dict[str, dict[str, Sequence[float | None]]] = {
    "ours": {"a": (1.0, 2.0, 4.0), "b": (3.0, 3.0, 3.0), "c": (9.0, 9.5, None), "d": (None, None, 5.0)},
    SLOW: {"a": (4.0, 4.0, 4.0), "b": (1.0, 1.0, 1.0), "c": (None, None, None), "d": (None, None, None)},
}
SIZES = {"a": 10, "b": 100, "c": 1000, "d": 10_000}


def sample() -> list[Run]:
    """Two methods on four instances with three seeds; a third that is skipped, and one that failed."""
    found = [
        run(instance, method, seed, proof, size={"columns": SIZES[instance]}, first=SIZES[instance] / 1000)
        for method, of in PROOFS.items()
        for instance, proofs in of.items()
        for seed, proof in enumerate(proofs)
    ]
    lost: dict[str, Any] = {"levels": (), "checked": None, "seconds": {}, "first": None, "to_one_percent": None, "size": {}, "peak_mb": None}
    found.append(run("a", "java", status="skipped", note="There is no <java> here.", **lost))
    found += [run(name, "clumsy", status="failed", note="ValueError: 'x' & \"y\"", **lost) for name in ("a", "b")]
    return found


@pytest.fixture(scope="module")
def runs() -> Runs:
    return Runs(sample())


@pytest.fixture(scope="module")
def shown() -> Page:
    return Page(report.page(sample()))


def cases(*names: str) -> list[Case]:
    return [Case("rota", name, f"digest-{name}") for name in names]


# --- medians, profiles, means, fits by hand ---------------------------------------------------------------------------


def test_what_never_came_is_later_than_all_that_did() -> None:
    assert spread([1.0, None, 3.0]) == figures.Spread(3.0, 1.0, math.inf, 2, 3)
    assert spread([1.0, None]).middle == math.inf  # half is not enough
    assert spread([4.0, 1.0, 2.0, 3.0]).middle == 2.5


def test_a_profile_is_the_share_of_instances_within_a_factor_of_the_fastest(runs: Runs) -> None:
    times = {m: runs.times(cases("a", "b", "c", "d"), m, lambda r: r.to_proof) for m in PROOFS}
    assert [list(t.values()) for t in times.values()] == [[2.0, 3.0, 9.5, math.inf], [4.0, 1.0, math.inf, math.inf]]
    # The fastest: 2 on a, 1 on b, 9.5 on c, none on d. Ours is 1, 3 and 1 times that; the other 2 and 1 times.
    assert profiles(times) == {"ours": [(1.0, 0.5), (3.0, 0.75)], SLOW: [(1.0, 0.25), (2.0, 0.5)]}


def test_a_profile_of_what_nobody_did_stays_at_nought() -> None:
    (case,) = cases("a")
    assert profiles({"x": {case: math.inf}, "y": {case: math.inf}}) == {"x": [(1.0, 0.0)], "y": [(1.0, 0.0)]}


def test_the_page_shows_the_profile(shown: Page) -> None:
    rows = shown.rows("rota-profile-proof-figures")
    assert rows["Within a factor of"] == ["ours", SLOW]
    assert [rows[f] for f in ("1", "1.5", "2", "5", "any")] == [
        ["50%", "25%"],
        ["50%", "25%"],
        ["50%", "50%"],
        ["75%", "50%"],
        ["75% (3)", "50% (2)"],
    ]


def test_the_mean_counts_what_never_came_as_the_time_allowed(shown: Page) -> None:
    # Medians 2, 3, 9.5 and 10 (of 10, 10 and 5); one more of each multiplied is 3 · 4 · 10.5 · 11.
    assert geometric([2, 3, 9.5, 10]) == pytest.approx((3 * 4 * 10.5 * 11) ** 0.25 - 1)
    rows = shown.rows("rota-methods")
    assert rows["ours"] == ["4", "12", "9 of 12", "12 of 12", "none", *rows["ours"][5:7], "5.10", "102"]
    assert rows[SLOW][7] == f"{(5 * 2 * 11 * 11) ** 0.25 - 1:.2f}" == "4.90"
    assert rows["clumsy"] == ["2", "2", "0 of 2", "0 of 2", "no answer", *rows["clumsy"][5:]]


def test_a_method_tried_on_few_instances_does_not_shrink_what_the_others_are_compared_on() -> None:
    few = Runs([*(run(name, proof=1.0) for name in "abc"), *(run(name, SLOW, proof=2.0) for name in "ab"), run("a", "new", proof=1.0)])
    assert few.common("rota") == (cases("a", "b"), ["ours", SLOW])


def test_the_exponent_and_its_interval_by_hand() -> None:
    # Logarithms to ten: sizes 1, 2, 3 and times 0, 2, 1. Slope 0.5, residuals -0.5, 1, -0.5, so a variance of 1.5 over one degree of freedom and a
    # standard error of the slope of √(1.5 / 2); Student's 97.5 % point for one degree is 12.706.
    line = fit([(10, 1), (100, 100), (1000, 10)])
    assert line is not None
    assert line.exponent == pytest.approx(0.5)
    assert (line.low, line.high) == pytest.approx((0.5 - 12.706 * 0.75**0.5, 0.5 + 12.706 * 0.75**0.5), abs=1e-3)
    assert line.at(100) == pytest.approx(10)


def test_no_line_through_fewer_than_three_sizes() -> None:
    assert fit([(10, 1), (10, 2), (100, 3), (1000, math.inf)]) is None


def test_the_page_shows_exponents_and_what_is_left_out(shown: Page) -> None:
    table = shown.table("rota-exponents")
    assert ["ours", "First answer", "4", "0", "1.00", "1.00 to 1.00"] in table
    # Proof: 2, 3 and 9.5 at 10, 100 and 1,000; the fourth never came.
    (proof,) = [row for row in table if row[:2] == ["ours", "Proof"]]
    assert proof[2:5] == ["3", "1", f"{(math.log10(9.5) - math.log10(2)) / 2:.2f}"]
    assert [SLOW, "Proof", "2", "2", "–", "–"] in table
    assert [row for row in shown.table("rota-scaling-proof-figures") if row[2] == SLOW] == [
        ["a", "10", SLOW, "4.00"], ["b", "100", SLOW, "1.00"], ["c", "1,000", SLOW, "> 10"], ["d", "10,000", SLOW, "> 10"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "measure", "numbers"),
    [
        ([{"columns": 70, "clinicians": 60}, {"columns": 90, "clinicians": 20}], "clinicians", [60, 20]),
        ([{"services": 4, "quarters": 8, "columns": 70}, {"services": 1, "quarters": 12, "columns": 90}], "services × quarters", [32, 12]),
        # A record too old to tell what users count, of one of the two.
        ([{"services": 4, "quarters": 8, "columns": 70}, {"columns": 90}], "columns", [70, 90]),
        ([{"non_zeros": 7}, {"non_zeros": 9, "rows": 3}], "non-zeros", [7, 9]),
        # All runs on an instance failed.
        ([{"clinicians": 60}, {}], "clinicians", [60]),
        ([{}, {}], "", []),
    ],
)
def test_instances_are_measured_by_what_users_count(sizes: list[dict[str, int]], measure: str, numbers: list[int]) -> None:
    words, found = figures.measured_by(Runs([run(name, size=size) for name, size in zip("ab", sizes, strict=True)]), "rota")
    assert (words, list(found.values())) == (measure, numbers)


def test_times_grow_with_what_users_count_and_a_method_that_failed_everywhere_on_an_instance_is_left_out() -> None:
    # 1, 2 and 4 seconds for 2, 4 and 8 services of 5 quarters: as the size itself. Columns would give another exponent.
    told = [run(str(n), proof=n / 2, size={"services": n, "quarters": 5, "columns": n**3}, job="plan") for n in (2, 4, 8)]
    lost: dict[str, Any] = {"levels": (), "checked": None, "seconds": {}, "first": None, "to_one_percent": None, "size": {}, "status": "failed"}
    page = Page(report.page([*told, run("16", job="plan", **lost)]))
    assert ["ours", "Proof", "3", "0", "1.00", "1.00 to 1.00"] in page.table("plan-exponents")
    assert [row[:2] for row in page.table("plan-scaling-proof-figures")] == [
        ["Instance", "Services × quarters"],
        ["2", "10"],
        ["4", "20"],
        ["8", "40"],
    ]
    assert "8 services, 5 quarters and 512 columns" in page.root.text


# --- gap over time ----------------------------------------------------------------------------------------------------


def traced(*steps: tuple[str, float, float | None, float | None], **more: Any) -> Run:
    return run(proof=4.0, levels=levels(16.0, 16.0), trace=[Step(*s) for s in steps], **more)


def test_the_gap_is_unknown_until_every_level_is_heard_of() -> None:
    one = traced(("Must", 1.0, 0.0, 0.0), ("High", 2.0, 20.0, None), ("High", 3.0, 20.0, 10.0), ("High", 4.0, 16.0, 16.0))
    (case,) = Runs([one]).best
    told = figures.course(one, Runs([one]).best[case])
    # At 2 s a value without a bound; at 3 s |20 - 10| / 20. The best known value is the run's own, 16: 4 more is a quarter.
    assert told[:4] == [(1.0, 1.0, 1.0), (2.0, 1.0, 0.25), (3.0, 0.5, 0.25), (4.0, 0.0, 0.0)]


def test_a_level_never_told_of_is_settled_once_a_later_one_is_told_of() -> None:
    one = traced(("High", 2.0, None, 5.0), ("High", 3.0, 20.0, 15.0))
    assert [(m.seconds, m.gap) for m in figures.course(one, None)] == [(2.0, 1.0), (3.0, 0.25), (4.0, 0.0)]


def test_a_run_that_told_nothing_counts_from_its_end() -> None:
    assert [(m.seconds, m.gap, m.distance) for m in figures.course(traced(), None)] == [(4.0, 0.0, 1.0)]
    assert figures.course(run(levels=(), checked=None, status="not_found"), None) == []


def test_medians_and_quartiles_over_runs_at_a_moment() -> None:
    three = [traced(("Must", 0.1, 0.0, 0.0), ("High", t, 20.0, 10.0), seed=i) for i, t in enumerate((1.0, 2.0, 3.0))]
    # At 2.5 s two of three have a gap of a half and one is not heard of; the upper quartile lies half way to it.
    assert figures.over_time([figures.course(r, None) for r in three], [0.5, 2.5, 4.0], lambda m: m.gap) == [
        (1.0, 1.0, 1.0),
        (0.5, 0.5, 0.75),
        (0.0, 0.0, 0.0),
    ]


def test_the_page_shows_both_gaps() -> None:
    one = traced(("Must", 0.1, 0.0, 0.0), ("High", 1.0, 20.0, 10.0))
    blind = run("a", "by hand", levels=levels(20.0, None), status="feasible", trace=[Step("Must", 0.1, 0.0, None), Step("High", 0.5, 20.0, None)])
    page = Page(report.page([one, blind]))
    proved, behind = page.rows("gap-0-gap-figures"), page.rows("gap-0-distance-figures")
    assert proved["Seconds"] == behind["Seconds"] == ["ours", "by hand"]
    assert proved["1"] == ["50%", "100%"]
    assert behind["1"] == ["25%", "25%"]
    assert behind["10"] == ["0%", "25%"]


# --- what the page says -----------------------------------------------------------------------------------------------


def cells(page: Page, instance: str) -> dict[str, list[str]]:
    key = next(t.get("id") for t in page.root.all("table") if t.get("id").startswith("instance-") and t.all("caption")[0].text == instance)
    return page.rows(key)


def test_instances_by_method_give_medians_and_spread(shown: Page) -> None:
    # Runs, how they ended, value / bound of two levels, gap, first answer, 1 %, proof, memory, check.
    assert cells(shown, "a")["ours"] == [
        "3",
        "3 optimal",
        "0 / 0",
        "20 / 20",
        "0%",
        "0.010",
        "1.00",
        "2.00\n(1.00 to 4.00)",
        "101\n(100 to 102)",
        "passed",
    ]
    d = cells(shown, "d")
    assert d["ours"][1] == "2 feasible; 1 optimal"
    assert d["ours"][3:5] == ["20 /\n10 (10 to 20)", "50%\n(0% to 50%)"]
    assert d["ours"][7] == "> 10\n(5.00 to > 10)"
    assert d[SLOW][7] == "> 10"
    assert cells(shown, "a")["clumsy"] == ["1", "1 failed", "–", "–", "–", "failed", "failed", "failed", "–", "no answer"]
    assert cells(shown, "a")["Best known"] == ["–", "–", "0 / 0", "20 / 20", *["–"] * 6]


def test_a_run_that_stops_early_without_a_proof_never_had_one() -> None:
    early = run(seconds={"solve": 0.2, "total": 0.3})
    assert sections.time_words([early], lambda r: r.to_proof) == "never"
    assert sections.time_words([early, run(seed=1)], lambda r: r.to_proof) == "> 10"


def test_what_comes_late_does_not_count() -> None:
    # Ten seconds are allowed: a tenth more is borne, and no more.
    late, borne = run(proof=30.0, first=11.5), run("b", proof=11.0)
    page = Page(report.page([late, borne, run("a", SLOW, proof=5.0), run("b", SLOW, proof=5.0)]))
    assert cells(page, "a")["ours"][1] == "1 optimal, late"
    assert cells(page, "a")["ours"][5:8] == ["> 10", "1.00", "> 10"]
    assert cells(page, "b")["ours"][1:8:6] == ["1 optimal", "11.0"]
    assert page.rows("rota-methods")["ours"][2] == "1 of 2"
    assert page.rows("rota-profile-proof-figures")["any"] == ["50% (1)", "100% (2)"]
    assert figures.course(late, None) == []


def test_the_headline_says_what_ran_on_what_and_who_proves_how_much(shown: Page) -> None:
    first, second, third = (p.text for p in next(s for s in shown.root.all("section") if s.get("class") == "decision").all("p"))
    assert first.startswith(
        "Our method and 3 rivals on 4 instances of the rota, 3 seeds each where all is done: 27 runs begun from 22 November 2026, 05:12"
    )
    assert second == f"Rota: of 4 instances that all were tried on, ours proves 3; the best rival, {SLOW}, 2."
    assert third == "Optimiser 0.1.0, highspy 1.13.1 and ortools 9.15. Invented 3000, 2 cores, Linux; 2 of the cores to each run."


def test_where_time_goes_adds_up_to_the_whole(shown: Page) -> None:
    rows = shown.rows("rota-phases-figures")
    # Ours on a, b, c, d: 0.1 s each to read; solving 2, 3, 9.5 and 10 s in the median, less 0.4 s each.
    assert rows["ours"][0] == "0.40 (1.6%)"
    assert rows["ours"][3] == f"22.9 ({100 * 22.9 / 24.9:.1f}%)"
    assert rows["ours"][6] == "24.9"
    assert shown.rows("rota-overhead")["a"][-1] == f"{100 * 0.5 / 2.1:.1f}%"


def test_failures_and_skips_say_why(shown: Page) -> None:
    rows = shown.rows("failures")
    assert rows["java"] == ["rota", "skipped", "1", "a", "There is no <java> here."]
    assert rows["clumsy"] == ["rota", "failed", "2", "a and b", "ValueError: 'x' & \"y\""]


def test_refused_answers_and_broken_bounds_stand_at_the_top() -> None:
    bad = [run(checked=False, note="S1: one too many"), run(method="proud", levels=levels(18.0, 18.0))]
    bad += [run(method=SLOW, seed=seed, levels=levels(15.0, 15.0)) for seed in (0, 1)]
    page = Page(report.page(bad))
    notice = next(s for s in page.root.all("section") if s.get("class") == "notice").text
    assert "a, ours: the answer failed the check. S1: one too many" in notice
    assert f"a, {SLOW}: High 15.0000 is better than the bound of a, proud, 18.0000. One of the two is wrong. (2 times)" in notice
    assert cells(page, "a")["ours"][-1] == "1 of 1 REFUSED"
    assert page.rows("rota-methods")["ours"][4] == "1 OF 1"
    assert page.rows("failures")["ours"] == ["rota", "refused by the check", "1", "a", "S1: one too many"]


def test_the_best_known_is_the_best_checked_answer_level_by_level() -> None:
    worse_must = (Level("Must", "min", 1.0, 0.0), Level("High", "min", 0.0, 0.0))
    runs = Runs(
        [
            run(),
            run(method="x", levels=levels(18.0, 10.0)),
            run(method="y", levels=levels(1.0, 1.0), checked=False),
            run(method="z", levels=worse_must),
        ]
    )
    assert [best.levels[1].value for best in runs.best.values()] == [18.0]


def test_values_published_with_an_instance_stand_beside_by_its_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Known(digest="digest-a", levels=levels(21.0, 10.0), found="by hand in 1999")
    monkeypatch.setattr(figures, "gather", lambda _folders: {"digest-a": known})
    page = Page(report.page([run(), run("b")]))
    assert "better than the best known: High 20.0000 instead of 21.0000" in page.root.text
    assert cells(page, "a")["Best known"][2:4] == ["0 / 0", "20 / 10"]
    monkeypatch.setattr(figures, "gather", lambda _folders: {"digest-a": known.model_copy(update={"levels": levels(19.0, 10.0)})})
    page = Page(report.page([run(), run("b")]))
    assert cells(page, "a")["Best known"][2:4] == ["0 / 0", "19 / 10"]
    assert "Best known: by hand in 1999." in page.root.text


def test_workers_tell_methods_apart_only_where_they_differ() -> None:
    two = Runs([run(), run(workers=1), run(method=SLOW)])
    assert two.methods("rota") == ["ours (2 workers)", "ours (1 worker)", f"{SLOW} (2 workers)"]
    longer = Runs([run(), run("b", allowed=60.0)])
    assert longer.methods("rota") == ["ours"]


def test_instances_of_one_name_are_told_apart_by_digest() -> None:
    page = Page(report.page([run(digest="0123456789"), run(digest="abcdefghij")]))
    assert {"a (01234567)", "a (abcdefgh)"} <= {c.text for c in page.root.all("caption")}


@pytest.mark.parametrize(
    ("name", "family"),
    [("rota-60-slack-100-seed-2", "slack"), ("plan-4x12-money-97", "plan money"), ("rota-60", "rota"), ("one_team", "one team"), ("42", "42")],
)
def test_a_family_is_the_name_without_its_figures(name: str, family: str) -> None:
    assert Case("rota", name, "").family == family


def test_versions_and_machines_that_are_mixed_are_told() -> None:
    other = run("b", versions=VERSIONS | {"highspy": "1.12.0"}, machine=MACHINE | {"cpus": 64})
    said = Page(report.page([run(), other])).root.text
    assert "Versions 1.12.0 and 1.13.1 of highspy are mixed." in said
    assert "They were made on two machines" in said
    assert "are mixed" not in Page(report.page([run(), run("b")])).root.text


def test_the_commands_are_ones_the_program_takes() -> None:
    mixed = [run(seed=2), run("b c"), run("b c", SLOW), run("d", workers=1)]
    lines = list(report.commands(mixed))
    assert lines[0] == "optimiser bench run a -o out/again --time 10 --seeds 3 --workers 2 --method ours"
    assert lines[1] == f"optimiser bench run 'b c' -o out/again --time 10 --seeds 1 --workers 2 --method ours --method '{SLOW}'"
    group = cli.cli.commands["bench"]
    assert isinstance(group, click.Group)
    for line in lines:
        context = group.commands["run"].make_context("run", shlex.split(line)[3:])
        assert context.params["methods"]


# --- little to say ----------------------------------------------------------------------------------------------------


def test_runs_without_bounds_or_answers_make_a_page_all_the_same() -> None:
    lost: dict[str, Any] = {"levels": (), "checked": None, "first": None, "to_one_percent": None, "status": "not_found", "peak_mb": None}
    page = Page(report.page([run("a", levels=levels(20.0, None), first=None), run("b", **lost)]))
    assert cells(page, "a")["ours"][3:5] == ["20 / –", "–"]
    assert cells(page, "b")["ours"] == ["1", "1 not found", "–", "> 10", "> 10", "> 10", "–", "no answer"]
    assert "a profile needs two methods" in page.root.text
    assert "at least three instances" in page.root.text


def test_a_record_of_nothing_but_skips_makes_a_page() -> None:
    page = Page(report.page([run(status="skipped", levels=(), checked=None, seconds={}, note="No Java.")]))
    assert page.rows("failures")["ours"][-1] == "No Java."
    assert "Nothing was tried, so there is no gap" in page.root.text


def test_an_empty_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Misfit, match=re.escape("holds no record of runs. Make one with `optimiser bench run`.")):
        report.write(tmp_path)
    assert list(tmp_path.iterdir()) == []


# --- files ------------------------------------------------------------------------------------------------------------


def test_page_and_table_are_written_beside_the_record(tmp_path: Path) -> None:
    for one in sample():
        record.append(tmp_path, one)
    (tmp_path / "report.html").write_text("an earlier one", encoding="utf-8")
    assert report.write(tmp_path) == ["report.html", "runs.csv"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["report.html", "runs.csv", "runs.jsonl"]
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == report.page(record.read(tmp_path))


def test_the_table_has_a_row_for_each_run_and_all_but_the_course(tmp_path: Path) -> None:
    odd = run(method="=1+1", proof=2.0, note="two\nlines, and a comma", trace=[Step("High", 1.0, 1.0, None)])
    path = tmp_path / "runs.csv"
    path.write_text(report.table([run(), odd]), encoding="utf-8", newline="")
    with path.open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["instance"], first["to_proof"], first["gap"], first["checked"]) == ("a", "", "0.5", "true")
    assert (second["method"], second["to_proof"], second["note"]) == ("'=1+1", "2.0", "two\nlines, and a comma")
    assert {k: first[k] for k in first if k.startswith("level_2")} == {
        "level_2_name": "High", "level_2_direction": "min", "level_2_value": "20.0", "level_2_bound": "10.0"
    }  # fmt: skip
    assert (first["seconds_build"], first["versions_highspy"], first["machine_cpus"], first["size_columns"]) == ("0.2", "1.13.1", "2", "10")
    assert not any("trace" in name for name in first)


# --- for everybody ----------------------------------------------------------------------------------------------------


def test_names_and_remarks_are_text_and_never_mark_up() -> None:
    evil = "<script>alert('1')</script>\"&"
    text = report.page([run(evil, evil, note=evil, status="failed", versions={"optimiser": evil}, machine={"processor": evil}), run(evil, "x")])
    assert "<script" not in text
    assert evil in Page(text).root.text


def test_the_page_loads_and_runs_nothing(shown: Page) -> None:
    assert {e.tag for e in shown.root.all()} & {"script", "link", "img", "iframe", "object", "image", "use"} == set()
    assert "http" not in report.page(sample())


def test_ids_are_unique_and_every_reference_finds_its_own(shown: Page) -> None:
    ids = [e.get("id") for e in shown.root.all() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert all(e.get("href")[1:] in ids for e in shown.root.all("a"))
    for e in shown.root.all():
        assert set(e.get("aria-labelledby").split()) <= set(ids)
    assert {m for e in shown.root.all("rect") for m in re.findall(r"url\(#(.+)\)", e.get("fill"))} <= set(ids)


def test_headings_skip_no_level_and_tables_have_captions_and_headed_rows(shown: Page) -> None:
    depths = [int(e.tag[1]) for e in shown.root.all("h1", "h2", "h3", "h4")]
    assert all(b <= a + 1 for a, b in pairwise(depths))
    for table in shown.root.all("table"):
        assert len(table.all("caption")) == 1
        assert all(row.all("th") for row in table.all("tr"))


def test_every_chart_has_words_and_a_table(shown: Page) -> None:
    charts = shown.root.all("figure")
    assert len(charts) >= 6
    for chart in charts:
        (svg,) = chart.all("svg")
        assert svg.get("role") == "img"
        assert [len(e.text) > 5 for e in svg.all("title", "desc")[:2]] == [True, True]
        assert len(chart.all("table")) == 1


def test_the_same_runs_make_the_same_page() -> None:
    runs = sample()
    again = [Run.model_validate(json.loads(json.dumps(r.model_dump(mode="json")))) for r in runs]
    assert report.page(runs) == report.page(again)
