"""What a post costs: Agenda for Change point, London supplement, on-costs by employer, overheads. All in whole pence a year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimiser.plan.data import year_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimiser.plan.data import OnCost, PlanInput, Post, Service


@dataclass(frozen=True)
class PostCost:
    """Yearly cost of one WTE in pence; ``total`` is what the service's budget is charged."""

    basic: int
    supplement: int
    on_costs: int
    overhead: int
    support: int

    @property
    def total(self) -> int:
        """Pay, on-costs and overheads less salary support."""
        return self.basic + self.supplement + self.on_costs + self.overhead - self.support


def supplement_pence(basic: int, rate: float, minimum_pounds: float, maximum_pounds: float) -> int:
    """High cost area supplement: the rate of basic pay (pence), not under the floor nor over the cap."""
    return round(min(max(rate * basic, 100 * minimum_pounds), 100 * maximum_pounds))


def on_costs_pence(pay: int, terms: OnCost) -> int:
    """National Insurance above its threshold, pension between its limits, and levy, on basic pay and supplement together."""
    insurance = terms.ni_rate * max(0.0, pay - 100 * terms.ni_threshold_pounds)
    upper = pay if terms.pension_to_pounds is None else min(pay, 100 * terms.pension_to_pounds)
    pension = terms.pension_rate * max(0.0, upper - 100 * terms.pension_from_pounds)
    return round(insurance + pension + terms.levy_rate * pay)


def _latest(years: Iterable[int], year: int, what: str) -> int:
    found = [y for y in years if y <= year]
    if not found:
        raise KeyError(what)
    return max(found)


class PayTable:
    """Cost of any post in any service and year of a plan.

    A year after the last one in Pay or Supplements takes that last year's row, raised by the assumed award for each year
    beyond it; on-cost rates and thresholds stay as in their last year. Raises KeyError where no row can serve: the input
    checks report that before anything is solved.
    """

    def __init__(self, data: PlanInput) -> None:
        self._award = data.settings.pay_award
        self._pay = {(r.band, r.point, year_number(r.year)): r.pounds for r in data.pay}
        self._supplements = {(r.zone, year_number(r.year)): r for r in data.supplements}
        self._on_costs = {(r.employer, year_number(r.year)): r for r in data.on_costs}
        self._support = {r.trainee_post: r.salary_support for r in data.programmes}

    def cost(self, service: Service, post: Post, year: str) -> PostCost:
        """Cost of one WTE of ``post`` in ``service`` for the whole of ``year`` (a label such as 2026/27)."""
        wanted = year_number(year)
        what = f"Pay has no row for band {post.band}, {post.point}, in {year} or before"
        found = _latest((y for b, p, y in self._pay if (b, p) == (post.band, post.point)), wanted, what)
        rise = (1 + self._award) ** (wanted - found)
        basic = round(100 * rise * self._pay[post.band, post.point, found])
        supplement = 0
        if service.zone != "none":
            what = f"Supplements has no row for the {service.zone} zone in {year} or before"
            found = _latest((y for z, y in self._supplements if z == service.zone), wanted, what)
            row = self._supplements[service.zone, found]
            rise = (1 + self._award) ** (wanted - found)
            supplement = supplement_pence(basic, row.rate, rise * row.minimum_pounds, rise * row.maximum_pounds)
        what = f"On-costs has no row for {service.employer} employers in {year} or before"
        found = _latest((y for e, y in self._on_costs if e == service.employer), wanted, what)
        on_costs = on_costs_pence(basic + supplement, self._on_costs[service.employer, found])
        employed = basic + supplement + on_costs
        support = round(self._support.get(post.post, 0.0) * employed)
        return PostCost(basic, supplement, on_costs, round(service.overhead * employed), support)
