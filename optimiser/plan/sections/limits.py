"""Limits set by hand, and limits that stand in the way of more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.figures import SPARE, tally
from optimiser.plan.sections.names import decimals, stream_name
from optimiser.words import capital, count, listing, number, percent, quarter_words

if TYPE_CHECKING:
    from optimiser.plan.data import Limit
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names

DECISIONS = {
    "posts": "posts established",
    "staff": "staff in post",
    "hires": "hires",
    "intake": "people starting training",
    "conversions": "graduates given a post",
    "moves": "moves",
    "releases": "ended contracts",
    "supervisors_trained": "staff trained as supervisors",
    "outreach_clinical": "clinicians' outreach hours",
    "outreach_worker": "outreach workers' hours",
    "digital": "digital blocks",
    "starts": "courses started",
    "waiting": "people waiting",
    "rooms": "rooms rented",
    "targeted_places": "targeted places",
    "came": "people who come from a community",
    "completed": "courses completed",
    "recovered": "reliable recoveries",
    "entering": "people entering treatment",
    "posts_filled": "posts filled",
    "over_establishment": "staff above the posts established",
    "reduced_hours": "people on reduced hours",
    "group_starts": "courses started in groups",
    "integrated_starts": "integrated courses started",
    "retention": "retention measures taken (1: taken)",
}


def bound_words(r: Limit, n: Names) -> str:
    """What a limit says, in words."""
    value = percent(r.value, 0) + " of the posts established now" if r.basis != "number" else number(r.value, decimals(r.value))
    what = capital(DECISIONS[r.decision])
    items = " to ".join(n.any(i) for i in (r.item, r.to_item) if i)
    where = f", {n.services.get(r.service, r.service)}" if r.service else ""
    first, last = r.from_quarter, r.to_quarter
    when = f", from {quarter_words(first)}" if first else ""
    when += f", until {quarter_words(last)}" if last else ""
    total = " in total" if r.scope == "total" else ""
    return f"{what}{': ' + items if items else ''}{where}{when}: {r.sense} {value}{total}"


def limits_table(f: Figures, n: Names) -> Table:
    """Limits and pins of every option, with their reasons and whether the plan keeps those that hold for it."""
    short = tally((r.rule, r.short) for r in f.answer.shortfalls)

    def kept(r: Limit) -> str:
        if r.option not in ("", f.answer.option):
            return "does not hold for the plan"
        return "kept" if short[r.limit] <= SPARE else f"short by {n.people(short[r.limit], 1)}"

    rows = tuple((r.limit, bound_words(r, n), n.options[r.option] if r.option else "Every option", kept(r), r.reason) for r in f.data.limits)
    return Table("limits", "Limits set by hand", ("Limit", "What it says", "Holds for", "In the plan", "Reason"), rows, "hllll")


REACHED = {
    "budget": ("Budget: {}", "years", "More money, or more of it carried over"),
    "supervision": ("Supervision: {}", "quarters", "Train supervisors earlier, or buy supervision in"),
    "places": ("Course places: {}", "intakes", "More places from the university"),
    "cohorts": ("Largest cohort: {}", "intakes", "A larger cohort, where rooms and supervision allow it"),
    "market": ("Labour market: {}", "quarters", "Recruit elsewhere, or make the posts more attractive"),
    "shared_market": ("Labour market: {}", "quarters", "Train more people, or pay and keep them better than a hire costs"),
    "trainees": ("Trainees for each qualified clinician", "quarters", "More qualified staff first"),
    "digital": ("Digital courses: {}", "quarters", "A larger share or a larger contract"),
    "rooms": ("Rooms: {}", "quarters", "More rooms or longer hours, or fewer people seen face to face"),
}


def reached_table(f: Figures, n: Names) -> Table:
    """What stands in the way of more: limits that the plan reaches."""
    rows = []
    for r in f.reached:
        form, unit, ease = REACHED[r.kind]
        item = stream_name(r.item) if r.kind == "budget" else n.any(r.item)
        over = "service " if r.services and unit != "years" else ""
        where = listing([n.services[s] for s in r.services], most=4) if r.services else "All services together"
        rows.append((form.format(item), f"{count(r.times)} of {count(r.out_of)} {over}{unit}", where, ease))
    heads = ("What limits the plan", "Reached in", "Where", "What would ease it")
    return Table("reached", "Limits with nothing to spare", heads, tuple(rows), "hlll")
