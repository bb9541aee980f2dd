# mypy: disable-error-code="untyped-decorator"
"""The rota in the words of Timefold: picks, each with its options, and what the options take up. Loaded only where Timefold is."""

from dataclasses import dataclass, field
from typing import Annotated

from timefold.solver.domain import (
    PlanningEntityCollectionProperty,
    PlanningId,
    PlanningScore,
    PlanningVariable,
    ValueRangeProvider,
    planning_entity,
    planning_solution,
)
from timefold.solver.score import BendableScore, Constraint, ConstraintCollectors, ConstraintFactory, constraint_provider


@dataclass
class Use:
    """So much of something an option takes up, and how much of it there is."""

    what: str
    amount: int
    limit: int


@dataclass(eq=False)
class Sum:
    """Above the limit every step costs a weight; where it rises: one, two, three … weights."""

    what: Annotated[str, PlanningId]
    limit: int
    step: int
    rises: int
    weight: int


@dataclass
class Load:
    """So much an option adds to a sum that counts at a level."""

    kind: Sum
    amount: int
    level: int


@dataclass
class Sight:
    """An option makes one more of something, if it is not there yet; each above the limit costs a weight at a level."""

    what: str
    item: str
    limit: int
    weight: int
    level: int


@dataclass
class Option:
    """One way to settle a pick."""

    column: int
    costs: list[int]
    uses: list[Use]
    loads: list[Load]
    sights: list[Sight]


@planning_entity
@dataclass
class Pick:
    """A need, a group, a turn of duty or a lunch; without an option it costs its ``without``."""

    id: Annotated[int, PlanningId]
    without: list[int]
    options: Annotated[list[Option], ValueRangeProvider]
    option: Annotated[Option | None, PlanningVariable(allows_unassigned=True)] = field(default=None)


@planning_solution
@dataclass
class Week:
    """All picks."""

    picks: Annotated[list[Pick], PlanningEntityCollectionProperty]
    score: Annotated[BendableScore | None, PlanningScore(bendable_hard_levels_size=1, bendable_soft_levels_size=4)] = field(default=None)


def soft(level: int) -> BendableScore:
    """Give one point of a level."""
    return BendableScore.of_soft(1, 4, level, 1)


def points(total: int, limit: int, step: int, rises: int, weight: int) -> int:
    """Points of a sum above its limit."""
    above = (total - limit + step - 1) // step
    if rises == 1:
        return weight * above * (above + 1) // 2
    return weight * above


def of_level(factory: ConstraintFactory, level: int) -> list[Constraint]:
    """Everything that costs points at a level."""
    return [
        factory.for_each_including_unassigned(Pick)
        .filter(lambda pick: pick.option is None)
        .penalize(soft(level), lambda pick: pick.without[level])
        .as_constraint(f"without {level}"),
        factory.for_each(Pick).penalize(soft(level), lambda pick: pick.option.costs[level]).as_constraint(f"options {level}"),
        factory.for_each(Pick)
        .map(lambda pick: pick.option.loads)
        .flatten_last(lambda loads: loads)
        .filter(lambda load: load.level == level)
        .group_by(lambda load: load.kind, ConstraintCollectors.sum(lambda load: load.amount))
        .filter(lambda kind, total: total > kind.limit)
        .penalize(soft(level), lambda kind, total: points(total, kind.limit, kind.step, kind.rises, kind.weight))
        .as_constraint(f"loads {level}"),
        factory.for_each(Pick)
        .map(lambda pick: pick.option.sights)
        .flatten_last(lambda sights: sights)
        .filter(lambda sight: sight.level == level)
        .group_by(
            lambda sight: sight.what,
            lambda sight: sight.limit,
            lambda sight: sight.weight,
            ConstraintCollectors.count_distinct(lambda sight: sight.item),
        )
        .filter(lambda what, limit, weight, count: count > limit)
        .penalize(soft(level), lambda what, limit, weight, count: weight * (count - limit))
        .as_constraint(f"sights {level}"),
    ]


@constraint_provider
def rules(factory: ConstraintFactory) -> list[Constraint]:
    """Every constraint: what always holds, then what costs points."""
    hard = (
        factory.for_each(Pick)
        .map(lambda pick: pick.option.uses)
        .flatten_last(lambda uses: uses)
        .group_by(lambda use: use.what, lambda use: use.limit, ConstraintCollectors.sum(lambda use: use.amount))
        .filter(lambda what, limit, total: total > limit)
        .penalize(BendableScore.of_hard(1, 4, 0, 1), lambda what, limit, total: total - limit)
        .as_constraint("no more than there is")
    )
    return [hard, *of_level(factory, 0), *of_level(factory, 1), *of_level(factory, 2), *of_level(factory, 3)]
