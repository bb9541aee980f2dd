"""Rivals of the search for rotas. All settle the levels in order, each held to what was reached before the next is begun."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from models.rivals.intervals.search import intervals
from models.rivals.standing import Standing
from models.rivals.threads import threads_of_its_own
from models.rivals.timefold import timefold
from models.rota import people, rooms, sessions, wishes
from models.rota.build import RULES, build, write_out
from models.rota.facts import union
from models.rota.first import first_rota
from models.rota.model import Model, decisions
from models.rota.people import Item
from models.rota.rooms import allot, whereabouts
from optimiser import cpsat
from optimiser.collector import collector_paused
from optimiser.highs import INFINITY, Matrix, solve
from optimiser.program import FREE
from optimiser.rota.data import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from models.rota.model import Decisions, Guard, Key
    from optimiser.result import Limits, Outcome
    from optimiser.rota.data import Priority, RotaAnswer, RotaInput

    Result = tuple[RotaAnswer | None, Outcome]
    Way = Callable[[Standing, Model, Priority, NDArray[np.bool_], NDArray[np.int64] | None], "Found"]

__all__ = ["by_hand", "highs", "intervals", "one_model", "timefold", "two_stage"]

STAGE_SHARE = 0.5
"""Most of the time that goes into who supervises whom on which day."""


class Found(NamedTuple):
    """Value of every column in the best solution of a level (None where none was found), and the bound."""

    values: NDArray[np.int64] | None
    bound: int | None


def by_hand(data: RotaInput, limits: Limits) -> Result:
    """Make a rota as a manager would: groups first, then whoever is hardest to place, each where it is best just then; nothing is taken back."""
    standing = Standing(data, limits)
    standing.solving()
    standing.take(first_rota(standing.facts))
    for level in LEVELS:
        standing.learn(level, 0)
    return standing.end()


# --- our program, solved whole ----------------------------------------------------------------------------------------


def one_model(data: RotaInput, limits: Limits) -> Result:
    """Give our program whole to CP-SAT as it comes out of the box: no relaxation, no prices, no first rota."""
    return _whole(data, limits, _by_cpsat)


def highs(data: RotaInput, limits: Limits) -> Result:
    """Give our program whole to HiGHS as a mixed-integer program."""
    return _whole(data, limits, _by_highs)


def _whole(data: RotaInput, limits: Limits, way: Way) -> Result:
    with collector_paused():
        standing = Standing(data, limits)
        model = build(standing.facts)
    standing.solving()
    _in_order(standing, model, way, np.ones(0, dtype=np.bool_))
    return standing.end()


def _in_order(standing: Standing, model: Model, way: Way, keep: NDArray[np.bool_]) -> None:
    """Settle the levels of our program one after the other, among the columns that are kept (those that ``keep`` does not reach are).

    What hardly ever binds is written out where a rota found bends it, as our own search does.
    """
    values: NDArray[np.int64] | None = None
    guarded: frozenset[Guard] = frozenset()
    for level in LEVELS:
        missing: frozenset[Guard] | None = None
        while (missing is None or missing) and standing.left:
            if missing:
                write_out(model, missing)
                guarded |= missing
                for earlier in LEVELS[: LEVELS.index(level)]:  # what is written out may count at a level that is held
                    _hold(model, earlier, standing.value(earlier))
            missing = frozenset()
            found = way(standing, model, level, np.append(keep, np.ones(len(model.program.most) - len(keep), dtype=np.bool_)), values)
            if found.values is not None:
                values = found.values
                missing = _bent(standing, decisions(model, values)) - guarded
            standing.learn(level, found.bound)
        if standing.best is None:
            break
        _hold(model, level, standing.value(level))
    standing.size = model.program.size


def _bent(standing: Standing, rota: Decisions) -> frozenset[Guard]:
    """What a rota bends, or has no room for, of the rules that are written out later."""
    faults = standing.take(rota).faults
    bent = frozenset(("R1", *whereabouts(standing.facts, rota, key)) for key in allot(standing.facts, rota).roomless)
    return bent | {("B2", fault.staff, fault.date) for fault in faults if fault.rule == "B2"}


def _hold(model: Model, level: Priority, value: int) -> None:
    cost = model.cost(level)
    columns = np.flatnonzero(cost)
    model.program.at_most(value, columns.tolist(), cost[columns].tolist())


def _by_cpsat(standing: Standing, model: Model, level: Priority, keep: NDArray[np.bool_], values: NDArray[np.int64] | None) -> Found:
    """Solve a level with CP-SAT, from the solution of the one before."""
    program, limits, over = model.program, standing.limits, standing.turn(level)
    lower, upper, most = (np.array(limit, dtype=np.float64) for limit in (program.lower, program.upper, program.most))
    whole = cpsat.whole(program.matrix(), lower, upper, most, keep)
    whole.minimise(model.cost(level))
    found = cpsat.solve(
        whole.cp, seconds=standing.left, workers=limits.workers, seed=limits.seed, stop=over,
        hint=None if values is None else whole.hint(np.pad(values, (0, len(keep) - len(values)))),
        tell=lambda value, bound, _: standing.tell(level, value, bound),
    )  # fmt: skip
    return Found(None if found.values is None else whole.read(found.values), found.bound)


def _by_highs(standing: Standing, model: Model, level: Priority, keep: NDArray[np.bool_], values: NDArray[np.int64] | None) -> Found:
    """Solve a level with HiGHS, from the solution of the one before."""
    program, limits = model.program, standing.limits
    over = standing.turn(level)
    rows = program.matrix().tocsc()
    lower, upper = (np.array(limit, dtype=np.float64) for limit in (program.lower, program.upper))
    matrix = Matrix(
        start=rows.indptr, index=rows.indices, value=rows.data, row_lower=np.where(lower <= -FREE, -INFINITY, lower),
        row_upper=np.where(upper >= FREE, INFINITY, upper), lower=np.zeros(len(keep)), upper=np.where(keep, program.most, 0.0),
        whole=np.ones_like(keep),
    )  # fmt: skip
    said: list[tuple[int | None, int | None]] = [(None, None)]

    def tell(value: float | None, bound: float | None, _: object) -> None:
        now = None if value is None else round(value), _rounded_up(bound)
        if now != said[-1]:
            said.append(now)
            standing.tell(level, *now)

    start = None if values is None else np.pad(values, (0, len(keep) - len(values))).astype(np.float64)
    with threads_of_its_own():
        found = solve(
            matrix, model.cost(level).astype(np.float64), seconds=standing.left, seed=limits.seed, start=start, stop=over, tell=tell,
            options={"threads": limits.workers},
        )  # fmt: skip
    return Found(None if found.x is None else found.x.astype(np.int64), _rounded_up(found.bound))


def _rounded_up(bound: float | None) -> int | None:
    return None if bound is None else math.ceil(bound - 1e-6)


# --- first the day, then the time --------------------------------------------------------------------------------------


def two_stage(data: RotaInput, limits: Limits) -> Result:
    """Decide who supervises whom on which day, so that everybody's day is long enough for it; then the times of that, as far as there are any."""
    with collector_paused():
        standing = Standing(data, limits)
        first = Standing(data, replace(limits, seconds=STAGE_SHARE * limits.seconds, tell=lambda _: None))
        days = _days(first)
        model = build(standing.facts)
    standing.solving()
    keep = _cheapest_of_a_day(days)
    values: NDArray[np.int64] | None = None
    for level in LEVELS:
        found = _by_cpsat(first, days, level, keep, values)
        if level == LEVELS[0]:
            standing.learn(level, found.bound)  # whatever can be timed can be assigned
        if found.values is None:
            break
        values = found.values
        _hold(days, level, int(days.cost(level) @ values))
    if values is not None:
        standing.proves = False  # beyond the days that were chosen
        _in_order(standing, model, _by_cpsat, _as_assigned(model, decisions(days, values)))
    return standing.end()


def _days(standing: Standing) -> Model:
    """Our program without times: instead of one place at a time and a room each, no more in a day than it has slots."""
    m = Model(standing.facts)
    sessions.declare(m)
    for rule in RULES:
        if rule not in (people.no_overlap, people.t1_travel, rooms.r1_rooms, wishes.w3_compact):
            rule(m)
    _days_of_supervisors(m)
    for items in m.engaged.values():
        _fit(m, items, 1)
    for site in {room.site for room in m.facts.data.rooms}:
        there = [Item(s.slot, session.length, s.column) for session in m.sessions for s in session.starts if s.site == site]
        _fit(m, there, sum(room.site == site for room in m.facts.data.rooms))
    return m


def _days_of_supervisors(m: Model) -> None:
    """W3 without times: days beyond one on which a supervisor gives sessions."""
    columns: dict[str, dict[str, dict[Key, list[int]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for session in m.sessions if m.on("W3") else ():
        for start in session.starts if m.facts.given(session.kind) else ():
            columns[start.giver][m.facts.day_and_minute(start.slot)[0]][session.key].append(start.column)
    for by_day in columns.values():
        used = m.program.columns(len(by_day))
        beyond = m.program.column(len(by_day))
        m.program.at_most(1, [*used, beyond], [1] * len(used) + [-1])
        m.bend("W3", 1, beyond)
        for day, given in zip(used, by_day.values(), strict=True):
            for starts in given.values():
                m.program.at_most(0, [*starts, day], [1] * len(starts) + [-1])


def _fit(m: Model, items: Iterable[Item], places: int) -> None:
    """Let what is on a day be no longer, all together, than the slots in which any of it could be."""
    by_day: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_day[m.facts.day_and_minute(item.slot)[0]].append(item)
    for there in by_day.values():
        slots = union(((1 << item.length) - 1) << item.slot for item in there).bit_count()
        lengths: dict[int, int] = {item.column: item.length for item in there}
        m.program.at_most(places * slots, [*lengths], [*lengths.values()])


def _cheapest_of_a_day(m: Model) -> NDArray[np.bool_]:
    """Of the starts of an individual session by the same giver on the same day at the same site the cheapest: nothing else tells them apart."""
    keep = np.ones(len(m.program.most), dtype=np.bool_)
    costs = np.array([*m.costs().values()]).T
    for session in m.individual.values():
        alike: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for start in session.starts:
            alike[start.giver, m.facts.day_and_minute(start.slot)[0], start.site].append(start.column)
        for columns in alike.values():
            keep[columns] = False
            keep[min(columns, key=lambda column: tuple(costs[column]))] = True
    return keep


def _as_assigned(m: Model, assigned: Decisions) -> NDArray[np.bool_]:
    """Columns that agree with who supervises whom on which day."""
    keep = np.ones(len(m.program.most), dtype=np.bool_)
    for session in m.sessions:
        held = assigned.sessions.get(session.key)
        day = m.facts.day_and_minute(held.slot)[0] if held else ""
        for start in session.starts:
            keep[start.column] = held is not None and start.giver == held.giver and m.facts.day_and_minute(start.slot)[0] == day
        for seat in session.seats:
            keep[seat.column] = held is not None and seat.need in held.needs and m.facts.day_and_minute(seat.slot)[0] == day
    return keep
