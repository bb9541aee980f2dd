"""What the model needs to know of an instance, worked out once: rates, hours, charges and the sparse index sets."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from optimiser.plan.data import STEPS, quarter_number
from optimiser.plan.pay import PayTable

if TYPE_CHECKING:
    from optimiser.plan.data import Budget, Care, Digital, Limit, Outreach, PlanInput, Post, Programme, Service, SupervisionKind

Expression = Any
"""A Pyomo expression, or a plain number where nothing is left to decide. Pyomo has no types to offer."""

QUARTER_POWER = 0.25


@dataclass(frozen=True)
class Facts:
    """An instance under one option, indexed. ``t`` runs from 1 to T; 0 and less lie before the plan."""

    data: PlanInput
    option: str

    # --- time ---------------------------------------------------------------------------------------------------------

    @cached_property
    def T(self) -> range:
        """Quarters planned, 1 to T."""
        return range(1, self.data.settings.quarters + 1)

    @cached_property
    def label(self) -> dict[int, str]:
        """Label of each quarter planned."""
        return dict(zip(self.T, self.data.quarters, strict=True))

    @cached_property
    def year(self) -> dict[int, str]:
        """Financial year of each quarter planned."""
        return {t: q[:7] for t, q in self.label.items()}

    def index(self, quarter: str) -> int:
        """Index t of a quarter's label; may lie outside the plan."""
        return quarter_number(quarter) - quarter_number(self.data.settings.first_quarter) + 1

    # --- posts and people ---------------------------------------------------------------------------------------------

    @cached_property
    def service(self) -> dict[str, Service]:
        """Services by name."""
        return {r.service: r for r in self.data.services}

    @cached_property
    def post(self) -> dict[str, Post]:
        """Posts by name."""
        return {r.post: r for r in self.data.posts}

    @cached_property
    def programme(self) -> dict[str, Programme]:
        """Programmes by name."""
        return {r.programme: r for r in self.data.programmes}

    @cached_property
    def programme_of(self) -> dict[str, Programme]:
        """Programme by its trainee post."""
        return {r.trainee_post: r for r in self.data.programmes}

    @cached_property
    def S(self) -> list[str]:
        """Services."""
        return list(self.service)

    @cached_property
    def qualified(self) -> list[str]:
        """Qualified posts."""
        return [p for p, r in self.post.items() if r.contract != "trainee"]

    @cached_property
    def moves(self) -> list[tuple[str, str, int]]:
        """Flows out of qualified posts: from, to, minimum quarters in post."""
        return [(f.from_post, f.to_post, f.minimum_quarters) for f in self.data.flows if f.from_post in self.qualified]

    @cached_property
    def conversions(self) -> list[tuple[str, str, str]]:
        """Programme, its trainee post, and a post its graduates may take."""
        return [(self.programme_of[f.from_post].programme, f.from_post, f.to_post) for f in self.data.flows if f.from_post in self.programme_of]

    def first_year_rate(self, p: str) -> float:
        """Share of first-year staff who leave in a quarter."""
        return 1 - float((1 - self.post[p].leavers_first_year) ** QUARTER_POWER)

    def later_rate(self, p: str) -> float:
        """Share of later staff who leave in a quarter."""
        return 1 - float((1 - self.post[p].leavers_later) ** QUARTER_POWER)

    @cached_property
    def start_staff(self) -> dict[tuple[str, str], tuple[float, float, float, float]]:
        """In post, first-year, long-serving and established WTE at the start, by service and post."""
        return {(r.service, r.post): (r.in_post, r.first_year, r.long_serving, r.established) for r in self.data.staff}

    def established(self, s: str, p: str) -> float:
        """Posts established at the start."""
        return self.start_staff.get((s, p), (0.0,) * 4)[3]

    def maturing_from_start(self, s: str, p: str, t: int) -> float:
        """First-year staff at the start who reach their second year in quarter t (rule P1)."""
        first_year = self.start_staff.get((s, p), (0.0,) * 4)[1]
        return first_year / 4 * (1 - self.first_year_rate(p)) ** t if t <= 4 else 0.0

    def first_year_from_start(self, s: str, p: str, t: int) -> float:
        """First-year staff at the start who are still in their first year in quarter t: ages 0 to 3-t of quarter 0 (rule P1)."""
        first_year = self.start_staff.get((s, p), (0.0,) * 4)[1]
        return max(0, 4 - t) * first_year / 4 * (1 - self.first_year_rate(p)) ** t

    def later_at_start(self, s: str, p: str) -> float:
        """Staff past their first year at the start."""
        in_post, first_year, _, _ = self.start_staff.get((s, p), (0.0,) * 4)
        return in_post - first_year

    def ripening_from_start(self, s: str, p: str, n: int, t: int) -> float:
        """Staff at the start who reach n quarters in post in quarter t, n over 4 (rule P2)."""
        in_post, first_year, long_serving, _ = self.start_staff.get((s, p), (0.0,) * 4)
        f, later = self.first_year_rate(p), self.later_rate(p)
        ripe = 0.0
        age = n - t
        if 4 <= age <= n - 1:
            ripe += (in_post - first_year - long_serving) / (n - 4) * (1 - later) ** t
        if 0 <= age <= 3:
            ripe += first_year / 4 * (1 - f) ** (4 - age) * (1 - later) ** (n - 4)
        return ripe

    @cached_property
    def market(self) -> dict[tuple[str, str, int], float]:
        """Most people hired by service, post and quarter; no entry: none (rule P4)."""
        return {
            (r.service, r.post, t): r.maximum
            for r in self.data.recruitment
            for t in self.T
            if t > r.lead and r.maximum > 0 and r.post in self.qualified
        }

    @cached_property
    def intake_quarters(self) -> dict[str, list[int]]:
        """Quarters in which each programme starts."""
        return {g: [t for t in self.T if self.label[t][-1] in r.intake_quarters.split() and r.cohort_maximum > 0] for g, r in self.programme.items()}

    @cached_property
    def earlier_intake(self) -> dict[tuple[str, str, int], float]:
        """People started before the plan by service, programme and t (0 or less)."""
        return {(r.service, r.programme, self.index(r.started)): r.people for r in self.data.trainees}

    # --- supervision --------------------------------------------------------------------------------------------------

    @cached_property
    def kind(self) -> dict[str, SupervisionKind]:
        """Kinds of supervision by name."""
        return {r.kind: r for r in self.data.supervision_kinds}

    @cached_property
    def course_quarters(self) -> dict[str, list[int]]:
        """Quarters in which the supervisors' course of each kind runs."""
        return {k: [t for t in self.T if self.label[t][-1] in r.course_quarters.split()] for k, r in self.kind.items()}

    @cached_property
    def needs(self) -> dict[tuple[str, str], float]:
        """Supervisor's hours a week needed per WTE, by post and kind."""
        return {(r.post, r.kind): r.hours for r in self.data.supervision_needs}

    @cached_property
    def gives(self) -> dict[tuple[str, str], tuple[float, float]]:
        """Hours a week per supervisor and largest share of staff, by post and kind."""
        return {(r.post, r.kind): (r.hours, r.maximum_share) for r in self.data.supervision_givers}

    @cached_property
    def supervisors_at_start(self) -> dict[tuple[str, str, str], float]:
        """Trained supervisors at the start by service, post and kind."""
        return {(r.service, r.post, r.kind): r.trained for r in self.data.supervisors}

    # --- care ---------------------------------------------------------------------------------------------------------

    @cached_property
    def care(self) -> dict[tuple[str, str], Care]:
        """Care by service and step."""
        return {(r.service, r.step): r for r in self.data.care}

    @cached_property
    def referrals(self) -> dict[tuple[str, int], float]:
        """Referrals by service and quarter."""
        return {(r.service, self.index(r.quarter)): r.referrals for r in self.data.demand}

    @cached_property
    def clinical_hours(self) -> dict[str, float]:
        """Hours a week one WTE of a post has for patients, supervising and outreach (the page's kappa)."""
        received: dict[str, float] = defaultdict(float)
        for r in self.data.supervision_needs:
            received[r.post] += r.received
        full = self.data.settings.hours_per_week
        return {p: r.caseload * (1 - r.absence) * max(0.0, (full - r.other_hours) * r.service_days / 5 - received[p]) for p, r in self.post.items()}

    def course_hours(self, s: str, i: str) -> float:
        """Clinician's hours that a course takes in sessions (the page's w)."""
        c = self.care[s, i]
        return c.sessions * (c.session_minutes / c.attended + c.writeup_minutes) / 60

    def treats(self, p: str, i: str) -> bool:
        """Whether a post's hours can be used for a step."""
        return self.post[p].low if i == STEPS[0] else self.post[p].high

    @cached_property
    def digital(self) -> dict[tuple[str, str, str], Digital]:
        """Digital offers by provider, service and step."""
        return {(r.provider, r.service, r.step): r for r in self.data.digital}

    @cached_property
    def outreach(self) -> dict[tuple[str, str], Outreach]:
        """Outreach by service and community."""
        return {(r.service, r.community): r for r in self.data.outreach}

    @cached_property
    def stretches(self) -> dict[tuple[str, str], list[tuple[float, float]]]:
        """Width in hours and referrals per hour of each stretch, in order, by service and community."""
        found: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        for r in sorted(self.data.outreach_returns, key=lambda r: r.stretch):
            if r.hours > 0:
                found[r.service, r.community].append((r.hours, r.referrals_per_hour))
        return found

    def outreach_weight(self, s: str, c: str, delay: int) -> float:
        """Share of the referrals earned in a quarter that arrive ``delay`` quarters later (rule O2)."""
        r = self.outreach[s, c]
        place = delay - r.lag
        return (r.taper - place) / (r.taper * (r.taper + 1) / 2) if 0 <= place < r.taper else 0.0

    # --- money --------------------------------------------------------------------------------------------------------

    @cached_property
    def _pay(self) -> PayTable:
        return PayTable(self.data)

    def post_pence(self, s: str, p: str, year: str) -> int:
        """Yearly cost in pence of one WTE charged to the service."""
        return self._pay.cost(self.service[s], self.post[p], year).total

    @cached_property
    def budget(self) -> list[Budget]:
        """Budget rows of the option: a row of its own replaces the blank row of the same stream, year and service."""
        chosen: dict[tuple[str, str, str], Budget] = {}
        for r in sorted(self.data.budget, key=lambda r: bool(r.option)):
            if r.option in ("", self.option):
                chosen[r.stream, r.year, r.service] = r
        return list(chosen.values())

    @cached_property
    def limits(self) -> list[Limit]:
        """Limits of the option."""
        return [r for r in self.data.limits if r.option in ("", self.option)]
