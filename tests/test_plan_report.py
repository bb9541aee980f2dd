"""What a plan gives out: the page, the workbook, tidy tables and the record, whole and fit to be published."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from optimiser.plan import report
from optimiser.plan.check import work_out
from optimiser.plan.data import (
    CarryOver,
    Conversion,
    DigitalBlocks,
    Hires,
    Intake,
    Limit,
    Move,
    Option,
    OutreachHours,
    PlanAnswer,
    PlanInput,
    PostsEstablished,
    Queue,
    Shortfall,
    StaffInPost,
    Starts,
    SupervisionHours,
    SupervisorsInPost,
    SupervisorsTrained,
    TreatmentHours,
)
from optimiser.plan.figures import Figures, tally, whole_offers
from optimiser.plan.publish import UNDER, Counts
from optimiser.result import Finding, Level, Outcome, Solved, Status
from optimiser.tables import read
from plan_samples import full, tiny

if TYPE_CHECKING:
    from pathlib import Path

# --- samples ----------------------------------------------------------------------------------------------------------


def instance(quarters: int = 6) -> PlanInput:
    """The full sample with doing nothing as its first option."""
    data = full(quarters)
    nothing = Option(option="do_nothing", name="Do nothing", description="The posts there are.")
    return data.model_copy(update={"options": (nothing, *data.options)})


def answer(data: PlanInput, option: str = "") -> PlanAnswer:
    """Decisions made by hand, and what follows from them: the plan hires, trains and converts, any other option does nothing."""
    plan = not option
    quarters, years = data.quarters, data.years
    posts = {"pwp": 6 if plan else 4, "senior_pwp": 1, "hit": 6 if plan else 5}
    decided = PlanAnswer(
        option=option,
        posts=tuple(PostsEstablished(service="camden", post=p, year=y, posts=n) for p, n in posts.items() for y in years),
        hires=(
            Hires(service="camden", post="pwp", quarter=quarters[1], wte=2),
            Hires(service="camden", post="hit", quarter=quarters[2], wte=0.75),
        )
        * plan,
        intakes=(Intake(service="camden", programme="pwp_course", quarter=quarters[1], people=3),) * plan,
        conversions=(Conversion(service="camden", from_post="trainee_pwp", to_post="pwp", quarter=quarters[3], wte=1.2),) * plan,
        moves=(Move(service="camden", from_post="pwp", to_post="senior_pwp", quarter=quarters[4], wte=0.3),) * plan,
        supervisors_trained=(SupervisorsTrained(service="camden", post="hit", kind="clinical", quarter=quarters[0], people=1),) * plan,
        outreach=(OutreachHours(service="camden", community="Bengali speakers", quarter=quarters[0], clinical_hours=20, worker_hours=60),) * plan,
        digital=(DigitalBlocks(provider="Online CBT", service="camden", step="low", quarter=quarters[1], blocks=2),) * plan,
        starts=tuple(Starts(service="camden", step=i, quarter=q, courses=n) for q in quarters for i, n in (("low", 190.0), ("high", 90.0))),
        treatment_hours=tuple(
            TreatmentHours(service="camden", post=p, step=i, quarter=q, hours=h)
            for q in quarters
            for p, i, h in (("pwp", "low", 900.0), ("hit", "high", 1400.0))
        ),
        supervision_hours=tuple(SupervisionHours(service="camden", post="hit", kind="clinical", quarter=q, hours=14.0) for q in quarters),
        supervisors=tuple(SupervisorsInPost(service="camden", post="hit", kind="clinical", quarter=q, trained=3.5) for q in quarters),
        carry_over=(CarryOver(stream="training", year=years[0], pounds=1500),) * plan,
    )
    return work_out(data, decided)


def levels(data: PlanInput, found: PlanAnswer, gap: float = 0.006) -> tuple[Level, ...]:
    """Levels with the value of the answer's terms and a bound better by a share of it."""
    made = []
    for p in data.priorities:
        value = sum(c.amount for c in Figures(data, found).contributions if c.priority == p.priority)
        made.append(Level(p.name, p.direction, value, value + (gap if p.direction == "max" else -gap) * max(1.0, abs(value))))
    return tuple(made)


def solved(data: PlanInput, option: str = "", gap: float = 0.006) -> Solved[PlanAnswer]:
    found = answer(data, option)
    return Solved(option, found, Outcome(Status.FEASIBLE, levels(data, found, gap), {"build": 0.5, "solve": 1.5}))


RUN: dict[str, Any] = {
    "job": "plan",
    "instance": "sample",
    "digest": "0123abcd",
    "seconds": {"read": 0.25, "solve": 12.5},
    "limits": {"seconds": 300.0, "workers": 2},
    "seed": 0,
    "command": ["optimiser", "plan", "sample"],
    "platform": "Linux",
    "versions": {"optimiser": "0.1.0"},
    "size": {"rows": 1200},
    "findings": [{"severity": "warning", "code": "IN-12", "where": "Pay", "message": "Pay is of last year.", "fix": "Add a row."}],
    "options": [{"option": "do_nothing", "findings": []}],
}


# --- reading the page -------------------------------------------------------------------------------------------------

_EMPTY = {"meta", "link", "br", "img", "input", "hr"}


@dataclass
class Element:
    """A part of a page with its attributes, its own text and its children."""

    tag: str
    attributes: dict[str, str | None]
    parent: Element | None = None
    parts: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Text of the element and of all in it, style apart."""
        return "".join(p if isinstance(p, str) else p.text for p in self.parts if isinstance(p, str) or p.tag != "style")

    def all(self, *tags: str) -> list[Element]:
        """Elements in it with one of the tags, in the order of the page; every element without tags."""
        found: list[Element] = []
        for part in self.parts:
            if isinstance(part, Element):
                found += [part] * (part.tag in tags or not tags)
                found += part.all(*tags)
        return found

    def get(self, name: str) -> str:
        """Attribute by name, blank where it is not there."""
        return self.attributes.get(name) or ""


class Page(HTMLParser):
    """The tree of a page; every element must be closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("root", {})
        self.feed(text)
        assert self.here is self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        child = Element(tag, dict(attrs), self.here)
        self.here.parts.append(child)
        if tag not in _EMPTY:
            self.here = child

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add an element that has no end of its own."""
        self.here.parts.append(Element(tag, dict(attrs), self.here))

    def handle_endtag(self, tag: str) -> None:
        """Close the element that is open."""
        assert tag == self.here.tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        """Add text."""
        self.here.parts.append(data)

    def table(self, key: str) -> list[list[str]]:
        """Cells of a table on the page, headings first."""
        table = next(t for t in self.root.all("table") if t.get("id") == key)
        return [[cell.text for cell in row.all("th", "td")] for row in table.all("tr")]

    def rows(self, key: str) -> dict[str, list[str]]:
        """Cells of a table's rows by the text of their first cell."""
        return {row[0]: row[1:] for row in self.table(key)}


def page(data: PlanInput, all_solved: list[Solved[PlanAnswer]], *, publishable: bool = False) -> Page:
    return Page(report.page(data, all_solved, RUN, publishable=publishable))


@pytest.fixture(scope="module")
def data() -> PlanInput:
    return instance()


@pytest.fixture(scope="module")
def found(data: PlanInput) -> list[Solved[PlanAnswer]]:
    return [solved(data), solved(data, "do_nothing")]


@pytest.fixture(scope="module")
def shown(data: PlanInput, found: list[Solved[PlanAnswer]]) -> Page:
    return page(data, found)


# --- accessible -------------------------------------------------------------------------------------------------------


def test_the_page_says_its_language_and_has_one_main_heading(shown: Page, data: PlanInput) -> None:
    assert [e.get("lang") for e in shown.root.all("html")] == ["en-GB"]
    assert [e.text for e in shown.root.all("h1")] == [data.settings.title]
    assert next(e.text for e in shown.root.all("title")) == data.settings.title
    assert len(shown.root.all("main")) == 1


def test_headings_skip_no_level(shown: Page) -> None:
    depths = [int(e.tag[1]) for e in shown.root.all("h1", "h2", "h3", "h4")]
    assert all(b <= a + 1 for a, b in pairwise(depths))


def test_ids_are_unique_and_every_reference_finds_its_own(shown: Page) -> None:
    ids = [e.get("id") for e in shown.root.all() if e.get("id")]
    assert len(ids) == len(set(ids))
    links = [e.get("href") for e in shown.root.all("a")]
    assert links[0] == "#main"
    assert all(link.startswith("#") and link[1:] in ids for link in links)
    for e in shown.root.all():
        assert set(e.get("aria-labelledby").split()) <= set(ids)
    fills = {m for e in shown.root.all("rect") for m in re.findall(r"url\(#(.+)\)", e.get("fill"))}
    assert fills
    assert fills <= set(ids)


def test_nothing_runs_and_nothing_is_loaded(data: PlanInput, found: list[Solved[PlanAnswer]], shown: Page) -> None:
    assert not shown.root.all("script", "iframe", "object", "embed", "link", "img", "form")
    assert not any(name.startswith("on") for e in shown.root.all() for name in e.attributes)
    assert not any(name in ("src", "srcset", "xlink:href", "style") for e in shown.root.all() for name in e.attributes)
    text = report.page(data, found, RUN, publishable=False)
    assert "http" not in text
    assert "@import" not in text
    assert "url(" not in str(shown.root.all("style")[0].parts[0])


def test_tables_have_captions_and_scopes(shown: Page) -> None:
    tables = shown.root.all("table")
    assert len(tables) >= 20
    for table in tables:
        assert [c.text.strip() != "" for c in table.all("caption")] == [True]
        heads = table.all("th")
        assert heads
        assert {h.get("scope") for h in heads} <= {"col", "colgroup", "row"}
        assert all(h.text.strip() for h in heads)
        width = {sum(int(c.get("colspan") or 1) for c in row.all("th", "td")) for row in table.all("tr")}
        assert len(width) == 1
        region = table.parent
        assert region is not None
        assert (region.get("role"), region.get("tabindex")) == ("region", "0")


def test_parts_of_the_page_can_be_told_apart_by_their_names(shown: Page) -> None:
    named = [e.get("aria-labelledby") for e in shown.root.all("section", "div", "nav") if e.get("aria-labelledby")]
    texts = {e.get("id"): e.text.strip() for e in shown.root.all("h2", "caption")}
    names = [texts[key] for key in named]
    assert len(names) == len(set(names))


def test_drawings_have_names_and_the_table_of_their_figures(shown: Page) -> None:
    figures = shown.root.all("figure")
    assert len(figures) >= 9
    for figure in figures:
        (svg,) = figure.all("svg")
        assert svg.get("role") == "img"
        first, second = (e for e in svg.parts if isinstance(e, Element) and e.tag in ("title", "desc"))
        assert svg.get("aria-labelledby").split() == [first.get("id"), second.get("id")]
        assert first.text
        assert second.text.endswith(".")
        assert len(figure.all("details")[0].all("table")) == 1
        assert figure.all("summary")[0].text.strip()


def test_words_that_need_explaining_are_not_used(shown: Page) -> None:
    for word in ("infeasible", "optimal", "gap", "solver", "constraint", "slack", "variable"):
        assert not re.search(rf"\b{word}\b", shown.root.text, re.IGNORECASE), word


def test_the_page_is_the_same_every_time_and_in_any_order(data: PlanInput, found: list[Solved[PlanAnswer]]) -> None:
    assert report.page(data, found, RUN, publishable=False) == report.page(data, found[::-1], RUN, publishable=False)


def test_names_in_the_data_are_text_not_markup(data: PlanInput, found: list[Solved[PlanAnswer]]) -> None:
    odd = "<script>alert('x')</script> & co"
    service = data.services[0].model_copy(update={"name": odd})
    post = data.posts[1].model_copy(update={"role": odd})
    changed = data.model_copy(update={"services": (service,), "posts": (data.posts[0], post, *data.posts[2:])})
    text = page(changed, found)
    assert not text.root.all("script")
    assert odd in text.root.text


# --- true -------------------------------------------------------------------------------------------------------------


def number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-").replace("+", "").replace("×", "").replace("£", ""))


def test_options_show_the_answers_figures(shown: Page, found: list[Solved[PlanAnswer]]) -> None:
    rows = shown.rows("options")
    assert rows["Measure"] == ["Do nothing", "The plan"]
    for place, s in ((1, found[0]), (0, found[1])):
        a = s.answer
        assert a is not None
        assert number(rows["Cost over the plan (£)"][place]) == pytest.approx(sum(r.pounds for r in a.spend), abs=500)
        assert number(rows["Cost in 2026/27 (£)"][place]) == pytest.approx(sum(r.pounds for r in a.spend if r.year == "2026/27"), abs=500)
        assert number(rows["Courses completed"][place]) == pytest.approx(sum(r.completed for r in a.queues), abs=0.5)
        assert number(rows["Reliable recoveries"][place]) == pytest.approx(sum(r.recovered for r in a.queues), abs=0.5)
        late = [sum(r.too_long for r in a.queues if r.quarter == q) for q in instance().quarters]
        assert number(rows["People waiting too long, average"][place]) == pytest.approx(sum(late) / 6, abs=0.5)
        assert number(rows["People waiting too long, at the end"][place]) == pytest.approx(late[-1], abs=0.5)
        last = [r for r in a.staff if r.quarter == "2027/28 Q2"]
        assert number(rows["All staff in post at the end (WTE)"][place]) == pytest.approx(sum(r.wte for r in last), abs=0.05)
        pwp = sum(r.wte for r in last if r.post in ("trainee_pwp", "pwp", "senior_pwp"))
        assert number(rows["PWP in post at the end (WTE)"][place]) == pytest.approx(pwp, abs=0.05)
        assert number(rows["Graduates lost (WTE)"][place]) == pytest.approx(sum(r.lost for r in a.lost_trainees), abs=0.05)
    assert rows["Graduates given a post (expected, WTE)"] == ["0.0", "1.2"]
    assert rows["Permanent posts to offer to graduates"] == ["0", "2"]
    assert rows["Outreach (hours)"] == ["0", "80"]
    assert rows["How good it is"] == ["At most 0.6% better exists", "At most 0.6% better exists"]


def test_the_decision_says_money_staff_training_and_gain(data: PlanInput, found: list[Solved[PlanAnswer]], shown: Page) -> None:
    text = " ".join(e.text for e in shown.root.all("section") if e.get("class") == "decision")
    plan, nothing = (Figures(data, s.answer) for s in found if s.answer)
    assert f"Spend £{plan.cost / 1e6:.1f} million over 6 quarters, April 2026 to September 2027." in text
    start, end = sum(plan.staff_at_start.values()), sum(v[-1] for v in plan.staff_by_role.values())
    assert f"Staff in post go from {start:.0f} to {end:.0f} WTE." in text
    assert "Start 1 cohort of trainees (3 people) and offer 2 permanent posts to graduates" in text
    fewer = sum(nothing.queue("recovered")) - sum(plan.queue("recovered"))
    assert f"Against “Do nothing” this brings {abs(fewer):.0f} {'fewer' if fewer > 0 else 'more'} reliable recoveries" in text
    assert "At most 0.6% better exists on “Unmet musts”, 0.6% on “People helped” and 0.6% on “Cost”: that is proved." in text


def test_each_priority_is_itemised_and_adds_up(data: PlanInput, found: list[Solved[PlanAnswer]], shown: Page) -> None:
    reached = {level.name: level.value for level in found[0].outcome.levels}
    for p in data.priorities:
        _, *terms, total = shown.table(f"level-{p.priority}")
        assert len(terms) == sum(o.priority == p.priority for o in data.objectives)
        assert total[0] == "Value of the priority"
        assert sum(number(row[4]) for row in terms) == pytest.approx(number(total[4]), abs=0.05 * len(terms) + 0.05)
        assert number(total[4]) == pytest.approx(reached[p.name], abs=0.05)
        for row in terms:
            assert number(row[1]) * number(row[3]) == pytest.approx(number(row[4]), rel=0.02, abs=0.6)


def test_cost_is_itemised_by_item_and_by_stream(found: list[Solved[PlanAnswer]], shown: Page) -> None:
    a = found[0].answer
    assert a is not None
    for key, names in (("cost-items", {"Posts established": "posts", "Course fees": "fees", "Digital courses": "digital"}), ("cost-streams", {})):
        rows = shown.table(key)
        assert rows[0][1:] == ["2026/27", "2027/28", "Whole plan"]
        assert number(rows[-1][-1]) == pytest.approx(sum(r.pounds for r in a.spend), abs=500)
        for row in rows[1:-1]:
            assert sum(number(cell) for cell in row[1:-1]) == pytest.approx(number(row[-1]), abs=1500)
        for words, item in names.items():
            cells = next(row for row in rows if row[0] == words)
            assert number(cells[-1]) == pytest.approx(sum(r.pounds for r in a.spend if r.item == item), abs=500)


def test_posts_show_the_change_on_the_year_before(shown: Page) -> None:
    rows = shown.rows("posts-0")
    assert rows["Post"] == ["Now", "2026/27", "Change", "2027/28", "Change"]
    assert rows["PWP, band 5"] == ["4.0", "6.0", "+2.0", "6.0", "–"]
    assert rows["All posts"] == ["10.0", "13.0", "+3.0", "13.0", "–"]


def test_the_schedule_says_what_to_do_and_when(shown: Page) -> None:
    rows = shown.rows("schedule-0-0")
    assert rows["Hire: PWP, band 5"] == ["–", "2.0", "–", "–", "–", "–", "2.0"]
    assert rows["Hire: High intensity therapist, band 7"] == ["–", "–", "0.8", "–", "–", "–", "0.8"]
    assert rows["Start training: PWP course"] == ["–", "3", "–", "–", "–", "–", "3"]
    assert rows["Graduates given a post: PWP, band 5 (permanent)"] == ["–", "–", "–", "1.2", "–", "–", "1.2"]
    assert rows["Permanent posts to offer: PWP, band 5"] == ["–", "–", "–", "2", "–", "–", "2"]
    assert rows["Move: PWP, band 5, to Senior PWP, band 6"] == ["–", "–", "–", "–", "0.3", "–", "0.3"]
    assert rows["Train as supervisors: Clinical supervision, High intensity therapist, band 7"][0] == "1"
    assert rows["Outreach: Bengali speakers, workers' hours"][0] == "60"
    assert rows["Digital courses: Online CBT, low intensity, blocks"][1] == "2"


def test_a_long_schedule_goes_on_in_a_further_table() -> None:
    data = instance(20)
    text = page(data, [solved(data)])
    first, second = text.table("schedule-0-0"), text.table("schedule-0-1")
    assert [len(t[1]) for t in (first, second)] == [18, 6]
    assert [row[0] for row in first[1:]] == [row[0] for row in second[1:]]
    assert [row[-1] for row in first[2:]] == [row[-1] for row in second[2:]]


def test_lost_trainees_are_told_by_programme_and_cohort(shown: Page, found: list[Solved[PlanAnswer]]) -> None:
    a = found[0].answer
    assert a is not None
    graduates, lost = sum(r.graduates for r in a.lost_trainees), sum(r.lost for r in a.lost_trainees)
    row = shown.rows("lost")["PWP course"]
    assert [number(cell.rstrip("%")) for cell in row] == pytest.approx([graduates, graduates - lost, lost, 100 * lost / graduates], abs=0.5)
    assert shown.table("lost-cohorts")[1][:3] == ["Camden", "PWP course", "January to March 2027"]


def test_rules_are_those_of_the_check(shown: Page) -> None:
    rules = [row[0] for row in shown.table("rules")[1:]]
    assert len(rules) == len(set(rules))
    assert {"P1", "T3", "S1", "C2", "B1", "L1"} <= set(rules)


def test_assumptions_warnings_record_and_licence_are_told(shown: Page) -> None:
    assert shown.rows("assumptions")["Leavers, PWP"][:4] == ["0.18", "0.22", "0.25", "share a year"]
    assert "Pay: Pay is of last year. Add a row." in shown.root.text
    assert shown.rows("run")["Fingerprint of the input"] == ["0123abcd"]
    assert "Contains information from NHS England, licensed under the Open Government Licence v3.0." in shown.root.all("footer")[0].text


def test_limits_are_listed_with_reasons_and_whether_they_are_kept(shown: Page) -> None:
    rows = shown.rows("limits")
    says = "People starting training: PWP course, until January to March 2027: at least 2 in total"
    assert rows["A cohort"] == [says, "Every option", "kept", "Agreed with the course."]
    assert rows["No new money"][:3] == ["Posts established: at most 100% of the posts established now", "No new money", "does not hold for the plan"]


# --- the unusual ------------------------------------------------------------------------------------------------------


def test_unmet_musts_come_first_with_amounts_and_ways_out(data: PlanInput) -> None:
    plan = solved(data)
    assert plan.answer is not None
    short = (
        Shortfall(rule="B1", item="staff", quarter="2026/27", short=84_000),
        *(Shortfall(rule="S1", service="camden", item="clinical", quarter=q, short=1.5) for q in data.quarters[:5]),
        Shortfall(rule="A cohort", short=2),
    )
    plan = replace(plan, answer=plan.answer.model_copy(update={"shortfalls": short}), outcome=replace(plan.outcome, status=Status.INFEASIBLE))
    text = page(data, [plan])
    headings = [e.text for e in text.root.all("h2")]
    assert headings[:2] == ["The nearest plan there is", "Not every must is met"]
    assert "No plan meets every must with these figures. This one comes nearest." in text.root.text
    rows = text.rows("shortfalls")
    assert rows["Budget: Staff"][:2] == ["All services", "£84,000 in 2026/27"]
    assert rows["Budget: Staff"][2].startswith("Add the money")
    assert rows["Supervision hours: Clinical supervision"][:2] == [
        "Camden",
        "1.5 hours a week in April to June 2026; 1.5 hours a week in July to September 2026; 1.5 hours a week in October to December 2026; "
        "2 more periods, at worst 1.5 hours a week in April to June 2026",
    ]
    assert rows["Limit: A cohort"][1] == "2"
    assert text.rows("options")["Musts not met"] == ["7"]
    assert text.rows("limits")["A cohort"][2] == "short by 2.0"


def test_met_musts_have_no_notice(data: PlanInput) -> None:
    plan = solved(data)
    assert plan.answer is not None
    met = replace(plan, answer=plan.answer.model_copy(update={"shortfalls": ()}))
    text = page(data, [met])
    assert not [e for e in text.root.all("section") if e.get("class") == "notice"]
    assert text.rows("options")["Musts not met"] == ["none"]


def test_a_plan_without_options_stands_alone() -> None:
    data = tiny()
    plain = data.model_copy(update={"limits": (), "options": (), "assumptions": ()})
    found = work_out(plain, answer(instance(), "").model_copy(update={"outreach": (), "digital": ()}))
    text = page(plain, [Solved("", found, Outcome(Status.OPTIMAL, levels(plain, found, 0.0), {}))])
    assert text.rows("options")["Measure"] == ["The plan"]
    assert "Against" not in text.root.text
    assert "No better plan exists under these figures and priorities: that is proved." in text.root.text
    assert "No limits were set by hand." in text.root.text


def test_an_option_without_an_answer_is_said_to_have_none(data: PlanInput) -> None:
    missing: Solved[PlanAnswer] = Solved("do_nothing", None, Outcome(Status.NOT_FOUND, (), {}))
    rows = page(data, [solved(data), missing]).rows("options")
    assert rows["Cost over the plan (£)"][0] == "–"
    assert rows["Musts not met"][0] == "no plan found in the time"


def test_an_unknown_bound_is_said_to_be_unknown(data: PlanInput) -> None:
    plan = solved(data, gap=0.0)
    care = Level("People helped", "max", 100.0, None)
    text = report.sureness(replace(plan.outcome, levels=(plan.outcome.levels[0], care)))
    assert text == "How much better can exist on “People helped” is not known: give the search more time."


def test_faults_of_the_check_are_shown_first(data: PlanInput) -> None:
    fault = Finding("error", "P3", "camden, pwp", "more staff than posts.", amount=1.0)
    text = page(data, [replace(solved(data), findings=(fault,))])
    assert "The check found faults" in [e.text for e in text.root.all("h2")]
    assert "camden, pwp: more staff than posts." in text.root.text
    assert "Every rule has been checked" not in text.root.text


def test_without_an_answer_there_is_nothing_to_report(data: PlanInput, tmp_path: Path) -> None:
    missing: Solved[PlanAnswer] = Solved("", None, Outcome(Status.NOT_FOUND, (), {}))
    with pytest.raises(ValueError, match="nothing to report"):
        report.write(tmp_path, data, [missing], RUN, publishable=False)
    assert list(tmp_path.iterdir()) == []


# --- figures ----------------------------------------------------------------------------------------------------------


def test_offers_so_far_never_fall_short_of_the_graduates_so_far() -> None:
    # 0.5, 1.0, 1.5, 1.5, 3.7 so far: 1, 1, 2, 2, 4 offers so far.
    assert whole_offers([0.5, 0.5, 0.5, 0.0, 2.2]) == (1, 0, 1, 0, 2)
    assert whole_offers([1.0 + 1e-9, 1.0]) == (1, 1)


def test_staff_at_the_start_counts_those_still_in_training(data: PlanInput) -> None:
    # Two people started a course of four quarters one quarter before the plan: age 0 on its eve, so both are there.
    start = Figures(data, PlanAnswer()).staff_at_start
    assert start == {("camden", "pwp"): 3, ("camden", "senior_pwp"): 1, ("camden", "hit"): 5, ("camden", "trainee_pwp"): 2}


def test_staff_needed_by_hand(data: PlanInput) -> None:
    q = data.quarters[0]
    made = PlanAnswer(
        staff=(StaffInPost(service="camden", post="hit", quarter=q, wte=6, arrivals=2, leavers=0),),
        queues=(
            Queue(
                service="camden", step="high", quarter=q, joined=100, gave_up=0, started=0, waiting=0, too_long=0, completed=0, recovered=0
            ),
        ),
        supervision_hours=(SupervisionHours(service="camden", post="hit", kind="clinical", quarter=q, hours=10),),
        supervisors_trained=(SupervisorsTrained(service="camden", post="hit", kind="clinical", quarter=q, people=1),),
    )  # fmt: skip
    # A course: 6 x (60 / 0.85 + 15) / 60 + 30 / 60 hours. A therapist: 0.8 x (37.5 - 9 - 1) = 22 hours a week; the two who arrive count half;
    # 10 hours a week supervise, and one course of 37.5 hours is away.
    work = 100 * (6 * (60 / 0.85 + 15) / 60 + 0.5)
    hours = 13 * 22 * (6 - 0.5 * 2) - 13 * 10 - 37.5
    need = Figures(data, made).need
    assert need["high"][0] == pytest.approx(6 * work / hours)
    assert need["high"][1:] == (0,) * 5
    assert need["low"] == (0,) * 6


def test_supervision_needed_and_available_by_hand(data: PlanInput) -> None:
    q = data.quarters[0]
    made = PlanAnswer(
        staff=tuple(StaffInPost(service="camden", post=p, quarter=q, wte=n, arrivals=0, leavers=0) for p, n in (("pwp", 4), ("hit", 5))),
        supervisors=(SupervisorsInPost(service="camden", post="hit", kind="clinical", quarter=q, trained=3),),
    )
    f = Figures(data, made)
    # 4 x 1.125 + 5 x 1 + 3 x 0.25 needed; 3 x 4 can be given.
    assert list(f.supervision["camden", "clinical", q]) == pytest.approx([10.25, 12])
    assert f.headroom == pytest.approx(1.75)


def test_waits_are_people_waiting_over_starts_a_week(data: PlanInput) -> None:
    last = Queue(
        service="camden", step="high", quarter=data.quarters[-1], joined=0, gave_up=0, started=130, waiting=60, too_long=0, completed=0, recovered=0
    )
    f = Figures(data, PlanAnswer(queues=(last,)))
    assert list(f.wait_weeks("camden", "high")) == pytest.approx([13 * 160 / 140, 6])
    none = last.model_copy(update={"started": 0.0})
    assert Figures(data, PlanAnswer(queues=(none,))).wait_weeks("camden", "high")[1] is None


def test_budget_lines_count_what_is_carried(data: PlanInput) -> None:
    f = Figures(data, answer(data))
    lines = {(r.stream, r.year): r for r in f.budget}
    first, second = lines["training", "2026/27"], lines["training", "2027/28"]
    assert (first.carried_out, second.carried_in) == (1500, 1500)
    assert first.available == 18_500
    assert second.available == 11_500
    # Fees of three trainees and one supervisors' course.
    assert first.spent == 3 * 2000 + 900
    assert f.money("training") == ((6900, 0), (18_500, 11_500))
    assert {r.pounds for r in [*data.budget] if r.option} == {0}
    assert {r.amount for r in Figures(data, answer(data, "no_new_money")).budget if r.stream == "digital"} == {0}


def test_a_limit_that_is_reached_is_found(data: PlanInput) -> None:
    found = {(r.kind, r.item): r for r in Figures(data, answer(data)).reached}
    # Two PWPs are hired in one of the five quarters after the lead time, as many as the market gives.
    assert (found["market", "pwp"].times, found["market", "pwp"].out_of) == (1, 5)
    assert found["places", "pwp_course"].times == 1
    assert ("market", "hit") not in found
    assert ("digital", "Online CBT") not in found


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(data: PlanInput, found: list[Solved[PlanAnswer]], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("whole")
    return folder, report.write(folder, data, found, RUN, publishable=False)


@pytest.fixture(scope="module")
def published(data: PlanInput, found: list[Solved[PlanAnswer]], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("published")
    return folder, report.write(folder, data, found, RUN, publishable=True)


def test_every_file_named_is_written_and_no_other(whole: tuple[Path, list[str]], published: tuple[Path, list[str]]) -> None:
    for folder, names in (whole, published):
        assert sorted(names) == sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert {"report.html", "plan.xlsx", "answer.json", "run.json", "csv/posts.csv", "csv/queues.csv"} <= set(whole[1])


def test_the_answer_and_the_record_read_back(whole: tuple[Path, list[str]], found: list[Solved[PlanAnswer]]) -> None:
    folder, _ = whole
    assert PlanAnswer.model_validate_json((folder / "answer.json").read_text(encoding="utf-8")) == found[0].answer
    assert json.loads((folder / "run.json").read_text(encoding="utf-8")) == RUN


def test_tables_are_tidy_and_name_the_option(whole: tuple[Path, list[str]], found: list[Solved[PlanAnswer]]) -> None:
    folder, _ = whole
    for table in (name for name in PlanAnswer.model_fields if name != "option"):
        with (folder / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == sum(len(getattr(s.answer, table)) for s in found)
        assert {row["option"] for row in rows} <= {"", "do_nothing"}
    with (folder / "csv" / "queues.csv").open(encoding="utf-8", newline="") as file:
        totals = tally((row["option"], float(row["completed"])) for row in csv.DictReader(file))
    for s in found:
        assert s.answer is not None
        assert totals[s.option] == pytest.approx(sum(r.completed for r in s.answer.queues))


def test_no_text_becomes_a_formula_in_a_spreadsheet(data: PlanInput, found: list[Solved[PlanAnswer]], tmp_path: Path) -> None:
    plan = found[0].answer
    assert plan is not None
    odd = plan.model_copy(update={"digital": tuple(r.model_copy(update={"provider": "=1+1"}) for r in plan.digital)})
    report.write(tmp_path, data, [replace(found[0], answer=odd)], RUN, publishable=False)
    assert "'=1+1" in (tmp_path / "csv" / "digital.csv").read_text(encoding="utf-8")
    cells = [c for row in openpyxl.load_workbook(tmp_path / "plan.xlsx")["Result digital"].iter_rows() for c in row if c.value == "=1+1"]
    assert [c.data_type for c in cells] == ["s"]


def test_the_workbook_reads_back_as_the_input_and_holds_the_plan(whole: tuple[Path, list[str]], data: PlanInput) -> None:
    folder, _ = whole
    loaded = read(folder / "plan.xlsx", PlanInput)
    assert loaded.data == data
    assert loaded.findings == ()
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    options = {row[0].value: [c.value for c in row[1:]] for row in book["Result options compared"].iter_rows()}
    assert options["Measure"] == ["Do nothing", "The plan"]
    assert options["Outreach (hours)"] == [0, 80]
    posts = [[c.value for c in row] for row in book["Result posts by year"].iter_rows()]
    assert posts[0] == ["Service", "Post", "Now", "2026/27", "Change on the year before 2026/27", "2027/28", "Change on the year before 2027/28"]
    assert posts[1] == ["Camden", "PWP, band 5", 4, 6, 2, 6, None]
    schedule = [[c.value for c in row] for row in book["Result schedule"].iter_rows()]
    assert ["Camden", "Hire: PWP, band 5", None, 2, None, None, None, None, 2] in schedule


# --- small numbers ----------------------------------------------------------------------------------------------------


def test_small_counts_are_hidden_and_others_rounded() -> None:
    c = Counts(True)
    assert [c.people(v, 1) for v in (0, 1e-9, 0.4, 4.99, 5, 7.4, 7.6, 1234)] == ["0", "0", UNDER, UNDER, "5", "5", "10", "1,235"]
    assert [c.people(v, sign=True) for v in (-3, -8, 8)] == [UNDER, "−10", "+10"]
    assert [c.drawn(v) for v in (-1, 2, 3, 12)] == [0, 0, 5, 10]
    assert c.pounds(1_234_567) == 1_230_000
    assert [Counts(False).people(v, 1) for v in (0.4, 1234)] == ["0.4", "1,234.0"]


SMALL = re.compile(r"[+−-]?0*[1-4](\.\d+)?|[+−-]?0\.\d*[1-9]\d*")


def test_a_published_page_has_no_small_count_of_people(data: PlanInput, found: list[Solved[PlanAnswer]]) -> None:
    text = page(data, found, publishable=True)
    assert "Small numbers are left out." in text.root.text
    keys = [t.get("id") for t in text.root.all("table")]
    people = [k for k in keys if re.match(r"posts-|schedule-|lost|staff-|waiting-|completed-|options-waiting", k)]
    assert len(people) >= 8
    checked = 0
    for key in people:
        for row in text.table(key)[1:]:
            if row[0].startswith(("Outreach", "Digital", "Q")):
                continue
            for cell in row[1:]:
                assert not SMALL.fullmatch(cell), (key, row)
                if re.fullmatch(r"[+−]?[\d,]+", cell):
                    checked += 1
                    assert number(cell) % 5 == 0, (key, row)
    assert checked > 50
    assert any(UNDER in row for row in text.table("schedule-0-0"))
    options = text.rows("options")
    for name in ("PWP in post at the end (WTE)", "Graduates lost (WTE)", "Permanent posts to offer to graduates"):
        assert not any(SMALL.fullmatch(cell) for cell in options[name]), name
    drawn = [e.text for e in text.root.all("title") if e.parent is not None and e.parent.tag == "rect" and "PWP:" in e.text]
    assert drawn
    assert all(float(words.rsplit(" ", 1)[1]) % 5 == 0 for words in drawn)
    decision = " ".join(e.text for e in text.root.all("section") if e.get("class") == "decision")
    assert "(under 5 people)" in decision
    assert "offer under 5 permanent posts" in decision
    assert "Pay is of last year" not in text.root.text


def units(table: str) -> dict[str, str]:
    row: Any = PlanAnswer.model_fields[table].annotation
    return {name: column.json_schema_extra.get("unit", "") for name, column in row.__args__[0].model_fields.items()}


def test_published_tables_have_no_small_count_of_people(published: tuple[Path, list[str]]) -> None:
    folder, names = published
    hidden = 0
    for path in (folder / "csv").glob("*.csv"):
        if path.stem == "kpi":  # no table of the answer: test_plan_kpi.py looks at it
            continue
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for column, unit in units(path.stem).items():
            if unit in ("WTE", "people", "courses"):
                values = [row[column] for row in rows]
                hidden += values.count(UNDER)
                assert all(v == UNDER or (int(v) % 5 == 0) for v in values), (path.name, column)
    assert hidden > 10
    assert not {"answer.json", "csv/treatment_hours.csv", "csv/supervision_hours.csv"} & set(names)
    with (folder / "csv" / "spend.csv").open(encoding="utf-8", newline="") as file:
        spend = list(csv.DictReader(file))
    assert "item" not in spend[0]
    assert all(float(row["pounds"]) % 10_000 == 0 for row in spend)
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert "findings" not in record
    assert record["options"] == [{"option": "do_nothing"}]


def test_a_published_workbook_holds_neither_small_counts_nor_the_input(published: tuple[Path, list[str]], data: PlanInput) -> None:
    book = openpyxl.load_workbook(published[0] / "plan.xlsx")
    assert not {"Staff", "Trainees", "Supervisors", "Settings"} & set(book.sheetnames)
    staff = [row[0].value for row in book["Result staff"].iter_cols() if row[0].value]
    assert staff == ["option", "service", "post", "quarter", "wte", "arrivals", "leavers"]
    for table in PlanAnswer.model_fields:
        title = PlanAnswer.model_fields[table].alias
        if title not in book.sheetnames:
            continue
        for column in book[title].iter_cols():
            if units(table).get(str(column[0].value)) in ("WTE", "people", "courses"):
                assert all(c.value is None or c.value == UNDER or c.value % 5 == 0 for c in column[1:]), (title, column[0].value)
    of_people = ("Hire", "Start", "Graduates", "Permanent")
    said = [c.value for row in book["Result schedule"].iter_rows() for c in row[2:] if str(row[1].value).startswith(of_people)]
    assert UNDER in said
    assert not [v for v in said if isinstance(v, int | float) and v % 5]


def test_a_limit_on_one_service_names_it(data: PlanInput, found: list[Solved[PlanAnswer]]) -> None:
    limit = Limit(
        limit="Hire later", decision="hires", service="camden", item="pwp", from_quarter="2026/27 Q2", scope="each", sense="at most", value=2.5
    )
    rows = page(data.model_copy(update={"limits": (limit,)}), found).rows("limits")
    assert rows["Hire later"][0] == "Hires: PWP, band 5, Camden, from July to September 2026: at most 2.5"
