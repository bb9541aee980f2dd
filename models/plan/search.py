"""How a good plan and an honest bound are found: level by level, each bound being that of the whole problem."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from models.plan.build import build
from models.plan.read_back import load, read_back
from optimiser import highs
from optimiser.result import OPTIMAL_GAP, Level, Limits, Outcome, Progress, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from optimiser.plan.data import PlanAnswer, PlanInput, Priority
