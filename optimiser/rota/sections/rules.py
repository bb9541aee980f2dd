"""Every rule, kept or bent, every place where one is bent, and what that adds up to."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.rota.data import DEFAULT_RULES, LEVELS
from optimiser.rota.week import rows_of, rule_for
from optimiser.words import NOTHING, count, day_words, listing, named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimiser.rota.data import Bent, RotaInput, Rule
    from optimiser.rota.sections.view import View

_UNITS = {
    "N2": ("week owed", "weeks owed"),
    "C1": ("person above", "people above"),
    "C2": ("trainee above", "trainees above"),
    "C3": ("half-hour above", "half-hours above"),
    "D1": ("person short", "people short"),
    "W3": ("day above one", "days above one"),
    "W4": ("early or late session, those of late counted", "early or late sessions, those of late counted"),
}
_TITLES = {
    "N1": "Needs met", "N2": "Owed", "N3": "No long gap", "N4": "Brought forward",
    "C1": "Most people", "C2": "Most trainees", "C3": "Most hours", "P1": "Line manager", "P2": "Never paired",
    "P3": "Named supervisor", "P4": "Preferred supervisor", "L1": "Must", "L2": "Never", "L3": "Prefer", "D1": "Duty covered", "D2": "Fair duty",
    "B1": "Lunch", "B2": "Breaks", "T1": "Travel", "K1": "Keep pairs", "K2": "Keep times", "K3": "Keep duty", "F1": "Fair load",
    "W1": "Avoid", "W2": "Prefer", "W3": "Compact", "W4": "Early and late",
}  # fmt: skip
"""Rules in a word or two, as on the page of the model: enough where the sentence stands nearby."""

_OF_NEEDS = ("N1", "N2", "N3", "N4")
"""Rules whose item is the kind and form of a need."""

BENT_HEADS = ("Rule", "Priority", "Who", "What", "When", "By how much")


def _all_rules(data: RotaInput) -> Iterable[tuple[Rule, Rule]]:
    """Every row of Rules, on or off, with the default of its rule; the default itself where the rule has no row for every kind."""
    for default in DEFAULT_RULES:
        yield from ((row, default) for row in rows_of(data, default.rule))


def rules_table(view: View) -> Table:
    """Every rule with its priority, whether it is kept or how often it is bent, by whom, and what that costs."""
    kinds = {key: h.session.kind for key, h in view.by_id.items()}
    with_own = {(row.rule, row.kind) for row in view.data.rules if row.kind}
    bent: dict[tuple[str, str], list[Bent]] = defaultdict(list)
    for place in view.answer.bent:
        kind = place.item.rsplit(" ", 1)[0] if place.rule in _OF_NEEDS else kinds.get(place.session, "")
        bent[place.rule, kind if (place.rule, kind) in with_own else ""].append(place)
    rows = []
    for row, default in _all_rules(view.data):
        places = bent[row.rule, row.kind]
        people = list(dict.fromkeys(view.names.person(p.staff) for p in places if p.staff))
        state = "off" if not row.on else "kept" if not places else f"bent {named(len(places), 'time')}"
        limit = default.number if row.number is None else row.number
        name = f"{row.rule}, {view.names.kind(row.kind)}" if row.kind else row.rule
        points = count(sum(p.points for p in places)) if row.on else NOTHING
        what = row.sentence or default.sentence
        rows.append((name, what, NOTHING if limit is None else count(limit), row.priority, state, points, listing(people, most=4) or NOTHING))
    heads = ("Rule", "What it says", "Number", "Priority", "This week", "Points", "By whom")
    return Table("rules", "Every rule, kept or bent", heads, tuple(rows), "hlrllrl")


def bent_table(view: View) -> Table:
    """Every place where a rule is bent, the most important first."""
    order = {r.rule: i for i, r in enumerate(DEFAULT_RULES)}
    places = sorted(view.answer.bent, key=lambda b: (LEVELS.index(b.priority), order[b.rule], b.date, b.start, b.staff, b.session, b.item))
    rows = tuple((f"{b.rule}: {_TITLES[b.rule]}", *bent_row(view, b)[1:]) for b in places)
    return Table("bent", "Every place where a rule is bent", BENT_HEADS, rows, "hlllll")


def bent_row(view: View, b: Bent, *others: Bent) -> tuple[str, ...]:
    """Row for a place where a rule is bent, and for others that differ from it only in their start."""
    held = view.by_id.get(b.session)
    rule = rule_for(view.data, b.rule)
    sentence = rule.sentence or next(r.sentence for r in DEFAULT_RULES if r.rule == b.rule)
    what = view.names.what(held.session) if held else ""
    if held and b.staff not in held.people and not held.session.group:
        what += f": {listing([view.names.person(p) for p in held.people])}"
    if b.rule in _OF_NEEDS or (b.rule == "L1" and not held):  # without a session L1 speaks of a need that was met on a day that is past
        kind, _, form = b.item.rpartition(" ")
        what = f"{view.names.kind(kind)}, {view.names.form(b.staff, kind, form)}"
    elif b.item:
        what = f"{what}, lock {b.item}".lstrip(", ")
    if held:
        when = f"{day_words(held.session.date)} {held.times}"
    else:
        when = f"{day_words(b.date)} {', '.join(p.start for p in (b, *others))}".strip() if b.date else "The whole week"
    points, much = (sum(getattr(p, name) for p in (b, *others)) for name in ("points", "amount"))
    amount = named(much, *_UNITS[b.rule]) if b.rule in _UNITS else count(much)
    who = view.names.person(b.staff) if b.staff else NOTHING
    return (f"{b.rule}: {sentence}", b.priority, who, what or NOTHING, when, f"{amount} ({named(points, 'point')})")


def terms_table(view: View) -> Table:
    """Terms of every level and what they come to."""
    rows = []
    for level in LEVELS:
        for term in view.answer.terms:
            if term.priority == level:
                name = f"{term.rule}, {view.names.kind(term.kind)}" if term.kind else term.rule
                weight = rule_for(view.data, term.rule, term.kind).weight
                rows.append((level, name, count(term.amount), count(weight), count(term.points)))
    heads = ("Priority", "Rule", "Amount", "Weight", "Points")
    return Table("terms", "What every priority adds up to", heads, tuple(rows), "hlrrr")
