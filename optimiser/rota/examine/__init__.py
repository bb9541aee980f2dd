"""What can be told of a rota's input before anything is solved: what cannot work, what looks wrong, and what the data say.

Types, references and duplicate rows are settled when the tables are read. Here records are held against each other. Findings name the sheet
and the row's key, people by their id. Codes: ``IN-03`` a value that cannot stand beside another, ``IN-05`` a row given twice, ``IN-08`` an end
before its start, ``IN-11`` a suspicious figure, ``IN-13`` a row that is missing, ``IN-14`` a row without effect. What no rota can mend is a
warning, for the nearest rota is still worth having: ``PRE-01`` arithmetic that cannot come out, ``PRE-02`` a person who can never meet anyone
of their kind, ``PRE-03`` locks that cannot all be kept.

``tables`` holds records against each other; where that finds no error, ``arithmetic`` (PRE-01), ``meetings`` (PRE-02) and ``locks`` (PRE-03)
work out what no rota can mend, from the ``facts`` of the week. ``findings`` has the words of a finding, ``description`` what the data say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.rota.examine.arithmetic import duty_short, hours_short
from optimiser.rota.examine.description import describe
from optimiser.rota.examine.facts import week_of
from optimiser.rota.examine.locks import locks_clash
from optimiser.rota.examine.meetings import never_met
from optimiser.rota.examine.tables import CHAPTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optimiser.result import Finding
    from optimiser.rota.data import RotaInput
    from optimiser.rota.examine.facts import Week

__all__ = ["describe", "examine"]

BEFORE: tuple[Callable[[Week], Iterator[Finding]], ...] = (hours_short, duty_short, never_met, locks_clash)
"""What can be worked out before any rota."""


def examine(data: RotaInput) -> tuple[Finding, ...]:
    """Everything across records that is wrong (errors), worth a question or beyond any rota (warnings), in the order of the workbook."""
    found = [finding for chapter in CHAPTERS for finding in chapter(data)]
    if not any(finding.severity == "error" for finding in found):
        week = week_of(data)
        found += [finding for chapter in BEFORE for finding in chapter(week)]
    return tuple(found)
