"""The referee: anybody's answer to an instance, judged by the independent check and set beside the best known one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from optimiser.bench.known import ahead, compared, impossible
from optimiser.engine import Misfit, Verdict
from optimiser.plan import check as plan_check
from optimiser.plan.data import PlanAnswer
from optimiser.result import Level
from optimiser.rota import check as rota_check
from optimiser.rota.data import RotaAnswer, RotaInput, RotaWeek, RotaWeeks
from optimiser.rota.results import ANSWER, written
from optimiser.words import number, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from optimiser.bench.known import Known
    from optimiser.engine import Problem

ANSWERS: dict[str, tuple[type[BaseModel], Callable[[Any, Any], Any]]] = {
    "plan": (PlanAnswer, plan_check.work_out),
    "rota": (RotaAnswer, rota_check.work_out),
}
"""What an answer to each job is, and what fills in everything that follows from its decisions."""


@dataclass(frozen=True)
class Judged:
    """An answer and what the check says of it. ``completed``: only its decisions were given, and what follows was worked out here."""

    option: str
    completed: bool
    verdict: Verdict
    known: Known | None = None

    @property
    def levels(self) -> tuple[Level, ...]:
        """Levels as the check works them out, without bounds."""
        return tuple(Level(name, direction, value, None) for name, direction, value in self.verdict.levels)

    @property
    def accepted(self) -> bool:
        """Whether the check holds nothing against it."""
        return not any(finding.severity == "error" for finding in self.verdict.findings)

    @property
    def beyond(self) -> tuple[Level, Level] | None:
        """A level that is better than the bound proved for it, and that bound: one of the two is wrong."""
        return impossible(self.levels, self.known.levels) if self.accepted and self.known is not None else None


def judge(problem: Problem[Any, Any], data: BaseModel, path: Path, known: Known | None) -> list[Judged]:
    """Judge every answer in a file: one answer as ``answer.json`` holds it, or a list of such, one for each option.

    Of several weeks of a rota ``path`` may be the folder in which they were written, too.
    An answer whose terms are all left out is taken for decisions alone, and what follows from them is worked out first.

    Raises
    ------
    Misfit
        The file cannot be read, or does not hold answers to the job.
    """
    model, work_out = ANSWERS[problem.name]
    answers: list[Any] = []
    if isinstance(data, RotaInput) and data.settings.weeks > 1:
        model, work_out = RotaWeeks, lambda _, answer: answer  # its check works out what follows, as week follows on week
        answers = [_in_folder(path, data)] if path.is_dir() else []
    judged = []
    for answer in answers or _read(path, model, problem.name):
        completed = not answer.terms
        whole = work_out(data, answer) if completed else answer
        judged.append(Judged(answer.option, completed, problem.check(data, whole), None if answer.option else known))
    return judged


def _in_folder(path: Path, data: RotaInput) -> RotaWeeks:
    """Weeks as `rota --weeks` writes them; what is brought forward to each stands in its workbook. Raises Refusal where one cannot be read."""
    weeks = []
    for place in sorted(place.parent for place in path.glob(f"*/{ANSWER}")):
        week = written(place)
        found = week.input().data
        early = found.early if found is not None else ()
        weeks.append(RotaWeek(early=tuple(row for row in early if row not in data.early), rota=week.answer))
    return RotaWeeks(weeks=tuple(weeks))


def _read(path: Path, model: type[BaseModel], job: str) -> list[Any]:
    """Answers in a file."""
    fix = f"Give the answer.json that `optimiser {job}` writes, or a file of the same form."
    if model is RotaWeeks:
        fix = 'Give the folder that `optimiser rota --weeks` writes, or {"weeks": [{"early": [], "rota": {}}]} with the answer.json of each week.'
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as wrong:
        reason = (wrong.strerror if isinstance(wrong, OSError) else "it is no JSON file") or "it cannot be opened"
        raise Misfit("ANS-01", f"The answer {path} cannot be read: {reason}.", where=str(path), fix=fix) from wrong
    if isinstance(told, dict) and "answers" in told:
        told = told["answers"]  # as answers that failed their own check are kept
    found = []
    for turn, entry in enumerate(told if isinstance(told, list) else [told], 1):
        try:
            found.append(model.model_validate(entry))
        except ValidationError as wrong:
            several = len(wrong.errors())
            first = wrong.errors(include_url=False, include_input=False)[0]
            place = ", ".join(f"row {part + 1}" if isinstance(part, int) else str(part) for part in first["loc"]) or "the whole"
            which = f"Answer {turn} in {path}" if isinstance(told, list) else str(path)
            more = f" ({several - 1} more like it)" if several > 1 else ""
            raise Misfit("ANS-02", f"{which} is not the answer of a {job}. {place}: {first['msg']}{more}.", where=place, fix=fix) from wrong
    if not found:
        raise Misfit("ANS-02", f"{path} holds no answer.", where=str(path), fix=fix)
    return found


def lines(judged: Judged, unit: str = "") -> list[str]:
    """What the referee says of an answer, in lines; the findings stand apart."""
    faults = sum(finding.severity == "error" for finding in judged.verdict.findings)
    name = f"Option {judged.option}" if judged.option else "The answer"
    said = [f"{name}: {'accepted' if judged.accepted else f'refused, for {faults} reason' + 's' * (faults != 1)}."]
    if judged.completed:
        said.append("  Only decisions are given; what follows from them was worked out here.")
    if not judged.accepted:
        return said
    best = judged.known.levels if judged.known is not None else ()
    for turn, level in enumerate(judged.levels):
        text = f"  {level.name}: {number(level.value, 4).rstrip('0').rstrip('.')}{f' {unit}' + 's' * (level.value != 1) if unit else ''}"
        said.append(text + (_beside(level, best[turn]) if best else ""))
    return [*said, f"  {_standing(judged)}"]


def _beside(level: Level, best: Level) -> str:
    bound = "" if best.bound is None else f", bound {number(best.bound, 4).rstrip('0').rstrip('.')}"
    apart = abs(level.value - best.value) / max(1.0, abs(best.value))
    same = ahead(level.direction, level.value, best.value) == 0
    return f"; best known {number(best.value, 4).rstrip('0').rstrip('.')}{bound}{'' if same else f', {percent(apart, 2)} apart'}"


def _standing(judged: Judged) -> str:
    if judged.known is None:
        return "No best known answer to compare it with."
    if judged.beyond is not None:
        return f"{judged.beyond[0].name} is better than the bound that was proved. One of the two is wrong: please report it."
    sign, at = compared(judged.levels, judged.known.levels)
    if at is None:
        return "As good as the best known."
    return f"{'Better' if sign > 0 else 'Worse'} than the best known, by {at.name}."


def plain(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Judgements as plain values, without the findings."""
    return [
        {
            "option": one.option,
            "accepted": one.accepted,
            "completed": one.completed,
            "objective": [{"name": level.name, "direction": level.direction, "value": level.value} for level in one.levels],
            "best_known": None if one.known is None else one.known.model_dump(mode="json")["levels"],
            "beyond_bound": None if one.beyond is None else one.beyond[0].name,
        }
        for one in judged
    ]
