"""The objective: every place where a rule that is on is bent, the term of each such rule, and the value of each priority."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from optimiser.rota.check.records import Key
from optimiser.rota.data import LEVELS, Bent, LevelValue, TermValue
from optimiser.rota.week import rule_for, rules_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimiser.rota.check.findings import Place
    from optimiser.rota.data import RotaInput, Rule


def weigh(data: RotaInput, places: Iterable[Place]) -> tuple[list[Bent], list[TermValue], list[LevelValue]]:
    """Places where rules that are on are bent, the term of every rule that is on, and the value of every level."""
    ruling: dict[Key, Rule] = {}
    bent, amounts = [], Counter[Key]()
    for place in places:
        key = (place.rule, place.kind)
        row = ruling[key] = ruling.get(key) or rule_for(data, place.rule, place.kind)
        if row.on:
            amounts[row.rule, row.kind] += place.amount
            bent.append(
                Bent(
                    rule=place.rule, priority=row.priority, staff=place.staff, session=place.session, item=place.item, date=place.date,
                    start=place.start, amount=place.amount, points=place.amount * row.weight,
                )
            )  # fmt: skip
    terms = []
    for row in rules_on(data):
        amount = amounts[row.rule, row.kind]
        terms.append(TermValue(rule=row.rule, kind=row.kind, priority=row.priority, amount=amount, points=amount * row.weight))
    levels = [LevelValue(priority=level, points=sum(term.points for term in terms if term.priority == level)) for level in LEVELS]
    return bent, terms, levels
