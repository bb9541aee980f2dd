"""What everyone gives; and what the answer says of itself, held against what its decisions lead to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from optimiser.rota.check.findings import fault
from optimiser.rota.check.people import minutes_given, people_seen
from optimiser.rota.data import SupervisorLoad
from optimiser.rota.week import carried, early_or_late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from optimiser.result import Finding
    from optimiser.rota.check.records import Key, Rota
    from optimiser.rota.data import Bent, RotaAnswer, Row


def loads(rota: Rota) -> Iterator[SupervisorLoad]:
    """What everyone gives, and their duty."""
    on_duty = Counter(turn.staff for turn in rota.duty)
    seen, carry = people_seen(rota), carried(rota.data)
    odd = Counter(person for held in rota.sessions if early_or_late(rota.data, held.span) for person in held.everyone)
    for person in rota.people:
        held = rota.given.get(person, [])
        people = seen.get(person, set())
        yield SupervisorLoad(
            staff=person,
            sessions=len(held),
            minutes=minutes_given(held),
            fair_minutes=rota.fair.get(person, 0),
            carried_minutes=carry.get(person, 0) if person in rota.fair else 0,
            at_work_minutes=sum(stretch.minutes for stretch in rota.work[person]),
            people=len(people),
            trainees=sum(rota.people[one].trainee for one in people),
            days=len({one.row.date for one in held}),
            duty_turns=on_duty[person],
            fair_duty_turns=rota.fair_turns.get(person, 0),
            early_or_late=odd[person],
        )


def idle(row: Any) -> bool:
    """Whether a row of the load may be left out: all of it is 0, hours at work apart."""
    return not (row.sessions or row.duty_turns or row.fair_minutes or row.fair_duty_turns or row.carried_minutes or row.early_or_late)


def not_placed_stated(rota: Rota, answer: RotaAnswer) -> Iterator[Finding]:
    """Needs that the answer does not say are unmet, and those it says are and are not."""
    own = {(need.staff, need.kind, need.form) for need in rota.needs if not rota.met[need]}
    early = {(need.staff, need.kind, need.form) for need in rota.needs if need.early}
    stated = Counter((row.staff, row.kind, row.form) for row in answer.not_placed)
    for key in (*sorted(own - stated.keys()), *stated):
        code = "N4" if key in early else "N2" if key[2] == "owed" else "N1"
        place, rows = f"Result not placed ({', '.join(key)})", stated[key]
        if key not in stated:
            yield fault(code, place, "The need falls due and is not met, and the answer does not say so.", 1)
        elif key not in own:
            yield fault(code, place, "The answer says a need is not met, but it is met or does not fall due.", 1)
        elif rows > 1:
            yield fault(code, place, "There are two rows for it.", 1)


def bent_stated(bent: Iterable[Bent], answer: RotaAnswer) -> Iterator[Finding]:
    """Places that the answer does not state as they are."""
    own, stated = _by_place(bent), _by_place(answer.bent)
    nothing = ("", 0, 0)
    for key in dict.fromkeys([*own, *stated]):
        is_so, says = own.get(key, nothing), stated.get(key, nothing)
        if is_so != says:
            what = f"The rota bends the rule by {_told(is_so)}, the answer states {_told(says)}."
            yield fault(key[0], ", ".join(part for part in key[1:] if part) or "Result bent", what, abs(is_so[1] - says[1]))


def _by_place(rows: Iterable[Bent]) -> dict[Key, tuple[str, int, int]]:
    """Priority, amount and points by key, summed: two journeys to the same session (T1) share a key, and may be stated in one row or two."""
    found: dict[Key, tuple[str, int, int]] = {}
    for row in rows:
        key = (row.rule, row.staff, row.session, row.item, row.date, row.start)
        _, amount, points = found.get(key, ("", 0, 0))
        found[key] = (row.priority, amount + row.amount, points + row.points)
    return found


def _told(value: tuple[str, int, int]) -> str:
    priority, amount, points = value
    return f"{amount} ({priority}, {points} points)" if priority else "nothing"


def rows_stated(
    sheet: str, code: str, own: Iterable[Row], stated: Iterable[Row], may_lack: Callable[[Row], bool] = lambda _: False
) -> Iterator[Finding]:
    """Rows that follow from the decisions and are stated otherwise, twice, or not at all."""
    told: dict[Key, Row] = {}
    for row in stated:
        if _key(row) in told:
            yield fault(code, f"{sheet} ({_words(row)})", "There are two rows for it; the first is used.")
        told.setdefault(_key(row), row)
    for row in own:
        says = told.pop(_key(row), None)
        if says is None:
            if not may_lack(row):
                yield fault(code, f"{sheet} ({_words(row)})", "The answer has no row for it.")
        elif says != row:
            apart = [(name, value, getattr(says, name)) for name, value in row if getattr(says, name) != value]
            what = "; ".join(f"{name.replace('_', ' ')}: the answer states {theirs}, its decisions lead to {ours}" for name, ours, theirs in apart)
            yield fault(code, f"{sheet} ({_words(row)})", f"{what}.")
    for row in told.values():
        yield fault(code, f"{sheet} ({_words(row)})", "Nothing in the decisions leads to this row.")


def _key(row: Row) -> Key:
    schema: dict[str, Any] = {name: info.json_schema_extra for name, info in type(row).model_fields.items()}
    return tuple(getattr(row, name) for name, extra in schema.items() if extra["key"])


def _words(row: Row) -> str:
    return ", ".join(part for part in _key(row) if part)
