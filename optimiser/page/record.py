"""What every report says of its run in the same words: its record as a table, and the warnings about the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimiser.page import Table
from optimiser.words import number

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS = {
    "job": "Job",
    "instance": "Input",
    "digest": "Fingerprint of the input",
    "started": "Started",
    "seconds": "Seconds",
    "limits": "Limits given",
    "seed": "Seed",
    "command": "Command",
    "platform": "Machine",
    "cpus": "Processors",
    "versions": "Versions",
    "size": "Size of the model",
}


def run_table(run: Mapping[str, Any]) -> Table:
    """What the run says of itself, those parts of it that are not told elsewhere on the page."""
    rows = tuple((words, _flat(run[key])) for key, words in _WORDS.items() if run.get(key) not in (None, "", {}, []))
    return Table("run", "Record of the run", ("Item", "Value"), rows, "hl")


def warnings(run: Mapping[str, Any]) -> list[str]:
    """Warnings about the input, as the record of the run holds them."""
    findings = run.get("findings")
    if not isinstance(findings, list):
        return []
    return [f"{x.get('where', '')}: {x.get('message', '')} {x.get('fix', '')}".strip(": ") for x in findings if x.get("severity") == "warning"]


def _flat(value: Any) -> str:
    """Plain value in words: the parts of a mapping by name, a list as a command line."""
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_flat(part)}" for key, part in value.items())
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    if isinstance(value, float):
        return number(value, 0 if value == round(value) else 3 if value < 1 else 1)
    return str(value)
