"""Limits: what they name, and those that cannot both hold."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.plan.check import SOFT, limit_cells, limit_universe
from optimiser.plan.data import quarter_number
from optimiser.plan.examine.findings import ALMOST, did_you_mean, error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check import Key
    from optimiser.plan.data import Limit, PlanInput
    from optimiser.result import Finding


def _bounds(data: PlanInput, limit: Limit) -> dict[Key, float]:
    """What a limit bounds, and for scope each at what value."""
    established = {(row.service, row.post): row.established for row in data.staff}
    shared = limit.basis == "share of established"
    return {cell: limit.value * (established.get((cell[0], cell[1]), 0.0) if shared else 1.0) for cell in limit_cells(data, limit)}


def _total(data: PlanInput, limit: Limit) -> float:
    return sum(_bounds(data, limit).values()) if limit.basis == "share of established" else limit.value


def _limit_names(data: PlanInput, limit: Limit) -> Iterator[Finding]:
    """Items that a limit names and nobody knows, windows that are empty, and limits that bound nothing."""
    key = [limit.limit]
    universe = limit_universe(data, limit.decision)
    items = {row[1] for row in universe}
    to_items = {row[2] for row in universe if len(row) > 2}
    first, last = (quarter_number(data.quarters[t]) for t in (0, -1))
    begin = first if limit.from_quarter is None else quarter_number(limit.from_quarter)
    end = last if limit.to_quarter is None else quarter_number(limit.to_quarter)
    if limit.item and limit.item not in items:
        what = f"{limit.item} is nothing that {limit.decision} can be limited for."
        yield error("IN-04", "Limits", key, what, did_you_mean(limit.item, items))
    elif limit.to_item and limit.to_item not in to_items:
        what = f"{limit.to_item} is nothing that {limit.decision} can be limited for as the second item."
        yield error("IN-04", "Limits", key, what, did_you_mean(limit.to_item, to_items) or "Leave To item blank.")
    elif limit.from_quarter and limit.to_quarter and begin > end:
        yield error("IN-08", "Limits", key, f"The end ({limit.to_quarter}) is before the start ({limit.from_quarter}).", "Swap them.")
    elif next(limit_cells(data, limit), None) is None:
        why = "its quarters are outside the plan" if end < first or begin > last else "no service has such an item in those quarters"
        wanted = limit.scope == "total" and limit.sense != "at most" and limit.value > 0 and limit.basis == "number"
        if wanted:
            yield error("PRE-01", "Limits", key, f"The limit asks for {limit.value:g} of nothing: {why}.", "Mend it, or delete it.")
        else:
            yield warning("IN-14", "Limits", key, f"The limit bounds nothing: {why}.", "Mend it, or delete it.")


def _limit_units(data: PlanInput, limit: Limit) -> Iterator[Finding]:
    """Exact numbers of posts that are no whole number of post units."""
    unit = {s.service: s.post_unit for s in data.services}
    told = set()
    for (service, post, _), value in _bounds(data, limit).items():
        size = unit[service]
        if abs(value / size - round(value / size)) > 1e-6 and (service, post) not in told:
            told.add((service, post))
            what = f"Exactly {value:g} posts of {post} at {service} is not a whole number of {size:g} WTE, so it cannot be met."
            yield warning("PRE-01", "Limits", [limit.limit], what, "Change the value, the posts established or the service's post unit.")


def _contradictions(data: PlanInput) -> Iterator[Finding]:
    """Limits of one option that cannot both hold: on one thing, between a total and its parts, or between two totals."""
    told: set[tuple[str, str]] = set()
    for option in ("", *(o.option for o in data.options)):
        lower: dict[Key, tuple[float, str]] = {}
        upper: dict[Key, tuple[float, str]] = {}
        limits = [limit for limit in data.limits if limit.option in ("", option)]
        clashes = []
        for limit in (limit for limit in limits if limit.scope == "each"):
            for cell, value in _bounds(data, limit).items():
                key = (limit.decision, *cell)
                if limit.sense != "at most" and value > lower.get(key, (-1.0, ""))[0]:
                    lower[key] = (value, limit.limit)
                if limit.sense != "at least" and value < upper.get(key, (float("inf"), ""))[0]:
                    upper[key] = (value, limit.limit)
        for key in lower.keys() & upper.keys():
            if lower[key][0] > upper[key][0] + ALMOST:
                clashes.append((lower[key], upper[key]))
        totals: dict[frozenset[Key], list[Limit]] = defaultdict(list)
        for limit in (limit for limit in limits if limit.scope == "total"):
            bounds = _bounds(data, limit)
            keys = frozenset((limit.decision, *cell) for cell in bounds)
            value = sum(bounds.values()) if limit.basis == "share of established" else limit.value
            least = [lower[key] for key in keys if key in lower and lower[key][0] > 0]
            most = [upper[key] for key in keys if key in upper]
            for other, bound in ((o, _total(data, o)) for o in totals[keys]):
                if limit.sense != "at most" and other.sense != "at least" and value > bound + ALMOST:
                    clashes.append(((value, limit.limit), (bound, other.limit)))
                if limit.sense != "at least" and other.sense != "at most" and bound > value + ALMOST:
                    clashes.append(((bound, other.limit), (value, limit.limit)))
            if limit.sense != "at least" and sum(v for v, _ in least) > value + ALMOST:
                clashes.append(((sum(v for v, _ in least), max(least)[1]), (value, limit.limit)))
            if limit.sense != "at most" and keys and len(most) == len(keys) and sum(v for v, _ in most) < value - ALMOST:
                clashes.append(((value, limit.limit), (sum(v for v, _ in most), min(most)[1])))
            totals[keys].append(limit)
        for (least_value, asks), (most_value, allows) in sorted(clashes):
            if (asks, allows) not in told:
                told.add((asks, allows))
                what = f"{asks} asks for at least {least_value:g} where {allows} allows at most {most_value:g}: they cannot both hold."
                yield warning("PRE-03", "Limits", [asks, allows], what, "Change or delete one of them.")


def examine_limits(data: PlanInput) -> Iterator[Finding]:
    """Names, bases and units of limits, and limits that contradict each other."""
    rules = {rule.__name__.split("_")[0].upper() for rule in SOFT}
    options = {o.option for o in data.options}
    for limit in data.limits:
        key = [limit.limit]
        if limit.limit in rules:
            yield error("IN-03", "Limits", key, "The name is that of a rule of the model.", "Give the limit another name.")
        if limit.option and limit.option not in options:
            yield error("IN-04", "Limits", key, f"The option {limit.option} is not in Options.", did_you_mean(limit.option, options))
        shared = limit.basis == "share of established"
        if shared and limit.decision not in ("posts", "staff"):
            what = f"A share of the posts established cannot bound {limit.decision}."
            yield error("IN-03", "Limits", key, what, "Set the basis to number, or limit posts or staff.")
        yield from _limit_names(data, limit)
        if limit.decision == "posts" and limit.sense == "exactly" and limit.scope == "each":
            yield from _limit_units(data, limit)
    yield from _contradictions(data)
