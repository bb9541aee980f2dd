"""A rota as it was written: its folder read back, the input from the workbook and the answer from ``answer.json``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from optimiser import tables
from optimiser.engine import Refusal
from optimiser.rota.data import RotaAnswer, RotaInput
from optimiser.words import listing

if TYPE_CHECKING:
    from pathlib import Path

    from optimiser.rota.data import Session
    from optimiser.tables import Loaded

WORKBOOK, ANSWER, RUN = "rota.xlsx", "answer.json", "run.json"


@dataclass(frozen=True)
class Written:
    """A result: where it is, its answer, and what its run said of itself."""

    folder: Path
    answer: RotaAnswer
    run: dict[str, Any]

    @property
    def workbook(self) -> Path:
        """The workbook, which holds the input."""
        return self.folder / WORKBOOK

    def input(self) -> Loaded[RotaInput]:
        """Read the input of the rota out of its workbook, as far as it stands there (of a publishable one without names and remarks)."""
        return tables.read(self.workbook, RotaInput)


def written(folder: Path) -> Written:
    """Read the folder of a rota.

    Raises
    ------
    Refusal
        It is not one, or what lies in it cannot be read.
    """
    where = str(folder)
    if not (folder / ANSWER).is_file() or not (folder / WORKBOOK).is_file():
        what = f"{folder} is not the folder of a rota: it has no {ANSWER} or no {WORKBOOK}."
        raise Refusal("RES-01", what, where=where, fix="Name the folder that `optimiser rota` wrote, for example out/one_team.")
    try:
        answer = RotaAnswer.model_validate(json.loads((folder / ANSWER).read_text(encoding="utf-8")))
        run = json.loads((folder / RUN).read_text(encoding="utf-8")) if (folder / RUN).is_file() else {}
    except (ValidationError, json.JSONDecodeError, UnicodeDecodeError) as wrong:
        fix = "Make the rota again, or give its folder as it was written."
        raise Refusal("RES-02", f"{ANSWER} or {RUN} in {folder} is not as it was written.", where=where, fix=fix) from wrong
    return Written(folder, answer, run)


def session_called(result: Written, name: str) -> Session:
    """Find a session by its id, its id without the date, or by whom it is for where that says which.

    Raises
    ------
    Refusal
        There is none, or more than one.
    """
    wanted = name.strip()
    every = result.answer.sessions
    for fits in (
        lambda s: s.session == wanted,
        lambda s: re.sub(r" \d{4}-\d\d-\d\d$", "", s.session) == wanted,
        lambda s: s.session.startswith(f"{wanted} "),
    ):
        found = [s for s in every if fits(s)]
        if len(found) == 1:
            return found[0]
        if found:
            fix = f"Name one of them: {listing([s.session for s in found], 'or', most=10)}."
            raise Refusal("RES-03", f"More than one session is called {wanted}.", where=str(result.folder), fix=fix)
    close = get_close_matches(wanted, [s.session for s in every], n=3, cutoff=0.3)
    fix = f"The nearest: {listing(close, 'or')}." if close else "See the Session column of Result sessions in its workbook."
    raise Refusal("RES-03", f"There is no session called {wanted} in the rota.", where=str(result.folder), fix=fix)
