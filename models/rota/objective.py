"""Chapter "Objective" of the page: levels, each the sum of the terms of its priority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.rota.data import LEVELS

if TYPE_CHECKING:
    from models.rota.model import Model


def levels(m: Model) -> None:
    """Add up the points of every level."""
    for level in LEVELS:
        parts = [
            rule.weight * amount * literal
            for rule in m.facts.rules
            if rule.priority == level
            for amount, literal in m.terms[rule.rule, rule.kind]
        ]  # fmt: skip
        m.levels[level] = sum(parts)
