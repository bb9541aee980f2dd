"""Write the input reference of a model: ``python -m optimiser.tables optimiser.plan.data:PlanInput "Input of the plan" docs/input.md``."""

import importlib
import sys
from pathlib import Path

from optimiser.tables.reference import reference

if len(sys.argv) != 4:
    sys.exit("usage: python -m optimiser.tables MODULE:MODEL TITLE FILE")
module, _, name = sys.argv[1].partition(":")
Path(sys.argv[3]).write_text(reference(getattr(importlib.import_module(module), name), sys.argv[2]), encoding="utf-8", newline="\n")
