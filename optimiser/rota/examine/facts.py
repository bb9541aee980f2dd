"""What follows from the input before anything is decided: who is free when, for what, and needs that fall due."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from optimiser.rota.week import Span, at_work, due

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optimiser.rota.data import Kind, RotaInput
    from optimiser.rota.week import Due, Stretch


class Free(NamedTuple):
    """Time of a person in which a session can stand."""

    date: str
    span: Span
    site: str


@dataclass(frozen=True)
class Week:
    """The input, and what follows from it before anything is decided."""

    data: RotaInput
    work: Mapping[str, tuple[Stretch, ...]]
    free: Mapping[str, tuple[Free, ...]]
    needs: tuple[Due, ...]
    kinds: dict[str, Kind]
    competent: dict[str, tuple[str, ...]]
    listed: dict[tuple[str, str], set[str]]
    """Groups in which a person is listed, by person and kind."""


def week_of(data: RotaInput) -> Week:
    """The input, and what follows from it."""
    work = at_work(data)
    groups = {g.group: g for g in data.groups}
    listed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in data.group_members:
        listed[row.staff, groups[row.group].kind].add(row.group)
    able = {(row.staff, row.kind) for row in data.competences}
    return Week(
        data=data,
        work=work,
        free={person: tuple(free for stretch in stretches for free in _free(stretch)) for person, stretches in work.items()},
        needs=due(data, work),
        kinds={k.kind: k for k in data.kinds},
        competent={k.kind: tuple(p.staff for p in data.staff if (p.staff, k.kind) in able) for k in data.kinds},
        listed=listed,
    )


def _free(stretch: Stretch) -> Iterator[Free]:
    """Stretch at work less its barred half-hours."""
    start = stretch.span.start
    for bar in sorted(stretch.barred):
        if start < bar.start:
            yield Free(stretch.date, Span(start, bar.start), stretch.site)
        start = max(start, bar.end)
    if start < stretch.span.end:
        yield Free(stretch.date, Span(start, stretch.span.end), stretch.site)
