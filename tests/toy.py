"""A toy job for tests of the flow and of the command line: the answer is the largest number of a JSON list, and nothing has to be solved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from optimiser.engine import Problem, Verdict
from optimiser.result import Finding, Level, Limits, Outcome, Progress, Solved, Status
from optimiser.tables import Loaded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Numbers(BaseModel):
    """Input: numbers to choose from, and options that leave the numbers from some value on out."""

    numbers: list[int]
    options: dict[str, int] = {}


class Largest(BaseModel):
    """Answer: the number chosen."""

    option: str
    number: int


def read(path: Path) -> Loaded[Numbers]:
    if not path.is_file():
        return Loaded(None, (Finding("error", "IN-00", "", f"There is no file {path}."),), "", str(path))
    data = Numbers.model_validate_json(path.read_text(encoding="utf-8"))
    return Loaded(data, (), f"digest of {len(data.numbers)} numbers", path.name)


def examine(data: Numbers) -> list[Finding]:
    if not data.numbers:
        return [Finding("error", "IN-03", "Numbers", "there are none.", "Give one.")]
    return [Finding("warning", "IN-11", "Numbers", "13 brings bad luck.")] if 13 in data.numbers else []


def outcome(value: float, status: Status = Status.OPTIMAL, bound: float | None = None) -> Outcome:
    level = Level("Size", "max", value, value if bound is None else bound)
    return Outcome(status, (level,), {"build": 0.5, "hand_over": 0.25, "solve": 1.0})


def solve(data: Numbers, option: str, limits: Limits) -> tuple[Largest | None, Outcome]:
    below = data.options.get(option, 10**9)
    number = max(n for n in data.numbers if n < below)
    limits.tell(Progress("Size", 0.1, None, None))
    limits.tell(Progress("Size", 0.2, number / 2, number))
    limits.tell(Progress("Size", 0.3, number, number))
    return Largest(option=option, number=number), outcome(number)


def check(data: Numbers, answer: Largest) -> Verdict:
    findings = () if answer.number in data.numbers else (Finding("error", "N1", "the answer", f"{answer.number} is not among the numbers."),)
    return Verdict(findings, (("Size", "max", float(answer.number)),))


def report(folder: Path, data: Numbers, solved: Sequence[Solved[Largest]], run: Mapping[str, Any], publishable: bool) -> list[str]:
    shown = [s.answer.number for s in solved if s.answer is not None]
    (folder / "report.html").write_text(f"{shown} of {data.numbers}{' published' if publishable else ''}", encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return ["report.html", "run.json"]


def template(path: Path, demo: Numbers | None) -> None:
    path.write_text("empty" if demo is None else "filled", encoding="utf-8")


TOY: Problem[Numbers, Largest] = Problem(
    name="toy",
    read=read,
    examine=examine,
    describe=lambda data: [f"{len(data.numbers)} numbers"],
    options=lambda data: list(data.options),
    solve=solve,
    check=check,
    report=report,
    template=template,
    demo="plan/one_service",
)
