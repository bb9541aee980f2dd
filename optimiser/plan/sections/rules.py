"""The rules that were checked."""

from __future__ import annotations

from optimiser.page import Table
from optimiser.plan.check import HARD, SOFT
from optimiser.words import capital


def rules_table() -> Table:
    """Every rule with its sentence, as the independent check states it."""
    sentences: dict[str, str] = {}
    for rule in (*HARD, *SOFT):
        code, _, sentence = (rule.__doc__ or "").partition(": ")
        sentences.setdefault(code, capital(sentence.strip()))
    return Table("rules", "Rules that were checked", ("Rule", "What it says"), tuple(sentences.items()), "hl")
