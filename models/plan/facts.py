"""What the model needs to know of an instance, worked out once: rates, hours, charges and the sparse index sets."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from optimiser.each import Each, is_there
from optimiser.plan.data import STEPS, quarter_number
from optimiser.plan.pay import PayTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from optimiser.plan.data import (
        Budget,
        Care,
        Community,
        Digital,
        EmploymentAdviser,
        Flow,
        GroupCourse,
        IntegratedCare,
        Language,
        Limit,
        OutcomePayment,
        Outreach,
        OverEstablishment,
        PlanInput,
        Post,
        Programme,
        Recruitment,
        ReducedHours,
        Representation,
        RetentionMeasure,
        Room,
        Service,
        ServiceMoney,
        SupervisionKind,
    )

Expression = Any
"""A Pyomo expression, or a plain number where nothing is left to decide. Pyomo has no types to offer."""

QUARTER_POWER = 0.25


@dataclass(frozen=True)
class Facts:
    """An instance under one option, indexed. ``t`` runs from 1 to T; 0 and less lie before the plan.

    Services that are alike may stand under one name (:mod:`models.plan.alike`); a number of theirs is then one of each of them.
    """

    data: PlanInput
    option: str
    alike: Mapping[str, tuple[Service, ...]] = field(default_factory=dict)

    @cached_property
    def members(self) -> dict[str, tuple[str, ...]]:
        """Services for which each name stands: itself, or those that are alike."""
        return {s: tuple(r.service for r in self.alike[s]) if s in self.alike else (s,) for s in self.S}

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

    @cached_property
    def fresh(self) -> int:
        """Quarters after arrival for which staff count as first-year staff (a year, unless Settings says otherwise)."""
        return self.data.settings.first_year_quarters

    def maturing_from_start(self, s: str, p: str, t: int) -> float:
        """First-year staff at the start who reach their second year in quarter t (rule P1)."""
        first_year = self.start_staff.get((s, p), (0.0,) * 4)[1]
        return first_year / self.fresh * (1 - self.first_year_rate(p)) ** t if t <= self.fresh else 0.0

    def first_year_from_start(self, s: str, p: str, t: int) -> float:
        """First-year staff at the start who are still in their first year in quarter t: ages 0 to 3-t of quarter 0 (rule P1)."""
        first_year = self.start_staff.get((s, p), (0.0,) * 4)[1]
        return (self.fresh - t) * first_year / self.fresh * (1 - self.first_year_rate(p)) ** t if t < self.fresh else 0.0

    def later_at_start(self, s: str, p: str) -> float:
        """Staff past their first year at the start."""
        in_post, first_year, _, _ = self.start_staff.get((s, p), (0.0,) * 4)
        return in_post - first_year

    def ripening_from_start(self, s: str, p: str, n: int, t: int) -> float:
        """Staff at the start who reach n quarters in post in quarter t, n longer than the first year (rule P2)."""
        in_post, first_year, long_serving, _ = self.start_staff.get((s, p), (0.0,) * 4)
        f, later = self.first_year_rate(p), self.later_rate(p)
        ripe = 0.0
        age, fresh = n - t, self.fresh
        if fresh <= age <= n - 1:
            ripe += (in_post - first_year - long_serving) / (n - fresh) * (1 - later) ** t
        if 0 <= age < fresh:
            ripe += first_year / fresh * (1 - f) ** (fresh - age) * (1 - later) ** (n - fresh)
        return ripe

    @cached_property
    def flow(self) -> dict[tuple[str, str], Flow]:
        """Flows by post left and post taken up."""
        return {(r.from_post, r.to_post): r for r in self.data.flows}

    @cached_property
    def recruitment(self) -> dict[tuple[str, str], Recruitment]:
        """Recruitment by service and post."""
        return {(r.service, r.post): r for r in self.data.recruitment}

    @cached_property
    def over_establishment(self) -> dict[tuple[str, str], OverEstablishment]:
        """Staff above the posts established, by service and post."""
        return {(r.service, r.post): r for r in self.data.over_establishment}

    @cached_property
    def reduced_hours(self) -> dict[tuple[str, str], ReducedHours]:
        """Reduced hours by service and post."""
        return {(r.service, r.post): r for r in self.data.reduced_hours}

    @cached_property
    def market(self) -> dict[tuple[str, str, int], float]:
        """Most people hired by service, post and quarter; no entry: none (rule P4)."""
        return {
            (r.service, r.post, t): r.maximum for r in self.data.recruitment for t in self.T if t > r.lead and r.maximum and r.post in self.qualified
        }

    @cached_property
    def _labour_markets(self) -> dict[tuple[str, str], list[tuple[int, float]]]:
        """Quarter from which a row holds, and its applicants, earliest first, by market and role."""
        found: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
        for r in sorted(self.data.labour_markets, key=lambda r: self.index(r.from_quarter)):
            found[r.market, r.role].append((self.index(r.from_quarter), r.applicants))
        return found

    def applicants(self, market: str, role: str, t: int) -> float:
        """Applicants of a role in a labour market in a quarter; none before its first row (rule P6)."""
        return next((applicants for first, applicants in reversed(self._labour_markets.get((market, role), [])) if first <= t), 0.0)

    def in_region(self, s: str, region: str) -> Any:
        """1 where a service is in a region, or any region will do; else 0."""
        return is_there(self.service[s].region, region) if region else 1.0

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

    def session_share(self, s: str, i: str) -> float:
        """Share of a course's hours that are sessions, missed ones included; the rest is write-up (rule C6)."""
        c = self.care[s, i]
        booked = c.session_minutes / c.attended
        return booked / (booked + c.writeup_minutes) if booked else 0.0

    @cached_property
    def languages(self) -> dict[str, dict[str, Language]]:
        """Languages that courses need, by service and language."""
        found: dict[str, dict[str, Language]] = defaultdict(dict)
        for r in self.data.languages:
            if r.share > 0:
                found[r.service][r.language] = r
        return dict(found)

    @cached_property
    def speakers(self) -> set[tuple[str, str]]:
        """Posts that treat people in a language without an interpreter."""
        return {(r.post, r.language) for r in self.data.speakers}

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

    @cached_property
    def group_courses(self) -> dict[tuple[str, str], GroupCourse]:
        """Group courses by service and step."""
        return {(r.service, r.step): r for r in self.data.group_courses if (r.service, r.step) in self.care}

    def group_hours(self, s: str, i: str) -> float:
        """Clinicians' hours that one person's place in a group takes (the page's w_g)."""
        r = self.group_courses[s, i]
        return r.sessions * (r.staff * r.session_minutes + r.other_minutes) / 60 / r.people

    @cached_property
    def integrated(self) -> dict[tuple[str, str], IntegratedCare]:
        """Integrated care asked for, by service and step."""
        return {(r.service, r.step): r for r in self.data.integrated_care if (r.service, r.step) in self.care}

    def from_quarter(self, quarter: str | None) -> int:
        """Index of the first quarter planned in which something holds from a quarter on (None: from the first)."""
        return max(1, self.index(quarter)) if quarter else 1

    # --- staff beside the clinicians, and what keeps staff ------------------------------------------------------------

    @cached_property
    def clinical(self) -> list[str]:
        """Qualified posts that treat people."""
        return [p for p in self.qualified if self.post[p].low or self.post[p].high]

    @cached_property
    def advisers(self) -> dict[tuple[str, str], EmploymentAdviser]:
        """Employment advisers asked for, by service and post."""
        return {(r.service, r.post): r for r in self.data.employment_advisers}

    @cached_property
    def measures(self) -> dict[tuple[str, str], RetentionMeasure]:
        """Retention measures by measure and service."""
        return {(r.measure, r.service): r for r in self.data.retention_measures}

    @cached_property
    def measures_of(self) -> dict[str, list[str]]:
        """Measures that each service may take."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, s in self.measures:
            found[s].append(name)
        return found

    def in_force(self, s: str, name: str) -> range:
        """Quarters planned in which a measure is in force if it is taken."""
        return range(self.from_quarter(self.measures[name, s].from_quarter), self.T[-1] + 1)

    @cached_property
    def avoided(self) -> dict[str, dict[str, float]]:
        """Share of the later leavers of each post that a measure keeps."""
        found: dict[str, dict[str, float]] = {name: {} for name, _ in self.measures}
        for r in self.data.retention_effects:
            if r.measure in found and r.post in self.qualified:
                found[r.measure][r.post] = r.leavers_avoided
        return found

    def upstream(self, p: str) -> set[str]:
        """A post and all from which flows lead to it, directly or by way of others."""
        found, more = {p}, {p}
        while more:
            more = {r.from_post for r in self.data.flows if r.to_post in more} - found
            found |= more
        return found

    # --- rooms and fairness -------------------------------------------------------------------------------------------

    @cached_property
    def rooms(self) -> dict[tuple[str, str], Room]:
        """Rooms by service and site."""
        return {(r.service, r.site): r for r in self.data.rooms}

    @cached_property
    def communities(self) -> dict[tuple[str, str], Community]:
        """Communities by service and community."""
        return {(r.service, r.community): r for r in self.data.communities}

    @cached_property
    def representation(self) -> dict[tuple[str, str, str], Representation]:
        """Groups among the staff of qualified posts, by service, post and group."""
        return {(r.service, r.post, r.group): r for r in self.data.representation if r.post in self.qualified}

    def stays(self, p: str, quarters: int) -> float:
        """Share of those who arrived in a post this many quarters ago who are still there, nobody moved or released."""
        early = min(quarters, self.fresh)
        return (1 - self.first_year_rate(p)) ** early * (1 - self.later_rate(p)) ** (quarters - early)

    # --- money --------------------------------------------------------------------------------------------------------

    @cached_property
    def _pay(self) -> PayTable:
        return PayTable(self.data)

    def post_pence(self, s: str, p: str, year: str) -> Any:
        """Yearly cost in pence of one WTE charged to the service."""
        if s not in self.alike:
            return self._pay.cost(self.service[s], self.post[p], year).total
        terms = [(r.zone, r.employer, r.overhead) for r in self.alike[s]]
        pence = {own: self._pay.cost(r, self.post[p], year).total for own, r in dict(zip(terms, self.alike[s], strict=True)).items()}
        return Each(pence[own] for own in terms)

    def _of_option(self, rows: Iterable[Any], *key: str) -> dict[tuple[str, ...], Any]:
        """Rows of the option by key: a row of its own replaces the blank row of the same key."""
        chosen: dict[tuple[str, ...], Any] = {}
        for r in sorted(rows, key=lambda r: bool(r.option)):
            if r.option in ("", self.option):
                chosen[tuple(getattr(r, name) for name in key)] = r
        return chosen

    @cached_property
    def budget(self) -> list[Budget]:
        """Budget rows of the option."""
        return list(self._of_option(self.data.budget, "stream", "year", "service").values())

    @cached_property
    def service_money(self) -> dict[tuple[str, ...], ServiceMoney]:
        """Floors and ceilings of the option in the years planned, by service, year and stream (blank for all)."""
        return {key: r for key, r in self._of_option(self.data.service_money, "service", "year", "stream").items() if r.year in self.data.years}

    @cached_property
    def outcome_payments(self) -> dict[tuple[str, ...], OutcomePayment]:
        """Outcome payments of the option that can be earned in the plan, by service, step, measure and year."""
        found = self._of_option(self.data.outcome_payments, "service", "step", "measure", "year")
        return {key: r for key, r in found.items() if r.year in self.data.years and (r.service, r.step) in self.care}

    @cached_property
    def limits(self) -> list[Limit]:
        """Limits of the option."""
        return [r for r in self.data.limits if r.option in ("", self.option)]
