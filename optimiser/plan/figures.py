"""What a plan's answer says in figures: sums, needs, margins. Reads records, writes numbers, knows no words and no layout."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, TypeVar

from optimiser.plan.check import budget_rows, clinical_hours, course_hours, outcome_payment_rows, session_share
from optimiser.plan.data import STEPS, quarter_number, year_label, year_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optimiser.plan.data import Care, PlanAnswer, PlanInput, Post, Programme, Step

K = TypeVar("K")

SPARE = 1e-6
"""Amounts up to this are nothing: what is left of a solver's arithmetic."""

TIGHT = 0.01
"""A limit with no more than this share of it to spare counts as reached."""


def tally(pairs: Iterable[tuple[K, float]]) -> dict[K, float]:
    """Sum of the amounts under each key; a key never seen counts 0."""
    sums: dict[K, float] = defaultdict(float)
    for key, amount in pairs:
        sums[key] += amount
    return sums


def whole_offers(expected: Iterable[float]) -> tuple[int, ...]:
    """Whole posts to offer, one number for each expected number of graduates, so that the offers so far never fall short of them.

    The running sum is rounded up, not each number: a post that one cohort leaves open serves the next.
    """
    whole = [0, *(math.ceil(so_far - SPARE) for so_far in accumulate(expected))]
    return tuple(after - before for before, after in pairwise(whole))


@dataclass(frozen=True)
class BudgetLine:
    """A budget row in a year planned: amount, what is carried in and out, what is charged to it, in pounds. ``service`` is blank for all."""

    stream: str
    year: str
    service: str
    amount: float
    carried_in: float
    carried_out: float
    spent: float
    earned: float = 0.0

    @property
    def available(self) -> float:
        """Amount, what outcomes earn and what is carried in, less what is carried out."""
        return self.amount + self.earned + self.carried_in - self.carried_out


@dataclass(frozen=True)
class MarketLine:
    """A role in a labour market: who recruits there, applicants and how many of them are taken quarter by quarter, hires in all."""

    market: str
    role: str
    services: tuple[str, ...]
    applicants: tuple[float, ...]
    taken: tuple[float, ...]
    hires: float


@dataclass(frozen=True)
class LanguageLine:
    """A language at a service over the plan.

    Courses started that need it; hours they take if not interpreted and those of them that are; interpreters' hours and pounds;
    clinicians' hours for longer sessions.
    """

    service: str
    language: str
    courses: float
    hours: float
    interpreted: float
    interpreters: float
    pounds: float
    longer: float


@dataclass(frozen=True)
class Reached:
    """A limit that the plan reaches: what kind, which item, in which services (blank: all together), in how many places out of how many."""

    kind: str
    item: str
    services: tuple[str, ...]
    times: int
    out_of: int


@dataclass(frozen=True)
class Contribution:
    """A term's share in the value of a level of the objective: weight times value."""

    priority: int
    term: str
    weight: float
    value: float
    reason: str

    @property
    def amount(self) -> float:
        """Weight times value."""
        return self.weight * self.value


@dataclass(frozen=True)
class Figures:
    """Figures of one answer to one instance. Quarters and years are in the order of the plan."""

    data: PlanInput
    answer: PlanAnswer

    # --- names and time -----------------------------------------------------------------------------------------------

    @cached_property
    def quarters(self) -> tuple[str, ...]:
        """Quarters planned."""
        return self.data.quarters

    @cached_property
    def years(self) -> tuple[str, ...]:
        """Financial years planned, part years included."""
        return self.data.years

    @cached_property
    def last_full_year(self) -> str:
        """Last year planned in full; the last year where none is."""
        full = [y for y in self.years if sum(q.startswith(y) for q in self.quarters) == 4]
        return full[-1] if full else self.years[-1]

    @cached_property
    def post(self) -> dict[str, Post]:
        """Posts by name."""
        return {r.post: r for r in self.data.posts}

    @cached_property
    def programme(self) -> dict[str, Programme]:
        """Programmes by name."""
        return {r.programme: r for r in self.data.programmes}

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """Roles in the order of Posts."""
        return tuple(dict.fromkeys(r.role for r in self.data.posts))

    @cached_property
    def care(self) -> dict[tuple[str, str], Care]:
        """Care by service and step."""
        return {(r.service, r.step): r for r in self.data.care}

    # --- staff --------------------------------------------------------------------------------------------------------

    @cached_property
    def staff_at_start(self) -> dict[tuple[str, str], float]:
        """WTE in post on the eve of the plan by service and post; trainees are those of their cohorts still expected in training."""
        first = quarter_number(self.data.settings.first_quarter)
        in_post = [((r.service, r.post), r.in_post) for r in self.data.staff]
        for r in self.data.trainees:
            g = self.programme[r.programme]
            age = first - 1 - quarter_number(r.started)
            if 0 <= age < g.length:
                in_post.append(((r.service, g.trainee_post), r.people * g.completion ** (age / g.length)))
        return tally(in_post)

    @cached_property
    def staff(self) -> dict[tuple[str, str, str], float]:
        """WTE in post by service, post and quarter."""
        return tally(((r.service, r.post, r.quarter), r.wte) for r in self.answer.staff)

    @cached_property
    def staff_by_role(self) -> dict[str, tuple[float, ...]]:
        """WTE in post of each role, quarter by quarter."""
        sums = tally(((self.post[p].role, q), wte) for (_, p, q), wte in self.staff.items())
        return {role: tuple(sums[role, q] for q in self.quarters) for role in self.roles}

    @cached_property
    def need(self) -> dict[Step, tuple[float, ...]]:
        """Staff (WTE) of each step that would be needed to start treatment with everybody who joins its queue in the quarter.

        Hours needed: people who join, times the clinician's hours of a course (sessions, write-up, sessions missed, assessment; longer
        sessions with interpreters as far as the plan has them).
        Hours that one WTE has for courses: what the plan's own staff for the step have that quarter after absence, training, part
        caseloads, supervision and outreach. The need is the one divided by the other, services added up. As many then start as join:
        queues stop growing, and waits stay within the standard once they are. A quarter in which nobody can give the step counts 0.
        """
        weeks = self.data.settings.weeks_per_quarter
        weekly = {p: clinical_hours(self.data, r) for p, r in self.post.items()}
        part = {p: 1 - r.starter_caseload for p, r in self.post.items()}
        away = {r.kind: r.course_hours for r in self.data.supervision_kinds}
        share = {(r.service, r.post): r.share for r in self.data.reduced_hours}
        outreach_post = {(r.service, r.community): r.post for r in self.data.outreach}
        hours = tally(
            [
                *(((r.post, r.quarter), weeks * weekly[r.post] * (r.wte - part[r.post] * r.arrivals)) for r in self.answer.staff),
                *(((r.post, r.quarter), -weeks * weekly[r.post] * (1 - share[r.service, r.post]) * r.people) for r in self.answer.reduced_hours),
                *(((r.post, r.quarter), -weeks * r.hours) for r in self.answer.supervision_hours),
                *(((r.post, r.quarter), -away[r.kind] * r.people) for r in self.answer.supervisors_trained),
                *(((outreach_post[r.service, r.community], r.quarter), -r.clinical_hours) for r in self.answer.outreach),
            ]
        )
        in_post = tally(((p, q), wte) for (_, p, q), wte in self.staff.items())
        per_course = {key: course_hours(c) + c.assessment_minutes / 60 for key, c in self.care.items()}
        longer = tally(
            ((s, i, q), (r.longer - 1) * session_share(self.care[s, i]) * work / self.one_to_one[s, i, q])
            for r in self.data.languages
            for (s, k, i, q), work in self.interpreted.items()
            if (s, k) == (r.service, r.language) and self.one_to_one[s, i, q] > SPARE
        )
        work = tally(
            ((r.step, r.quarter), r.joined * per_course[r.service, r.step] * (1 + longer[r.service, r.step, r.quarter])) for r in self.answer.queues
        )
        found: dict[Step, tuple[float, ...]] = {}
        for step in STEPS:
            able = [p for p, r in self.post.items() if (r.low if step == "low" else r.high)]
            values = []
            for q in self.quarters:
                wte, available = sum(in_post[p, q] for p in able), sum(hours[p, q] for p in able)
                values.append(work[step, q] * wte / available if available > SPARE else 0.0)
            found[step] = tuple(values)
        return found

    # --- supervision --------------------------------------------------------------------------------------------------

    @cached_property
    def supervision(self) -> dict[tuple[str, str, str], tuple[float, float]]:
        """Hours a week needed, and those the trained supervisors can give, by service, kind and quarter."""
        per_wte = {(r.post, r.kind): r.hours for r in self.data.supervision_needs}
        per_supervisor = {(r.post, r.kind): r.hours for r in self.data.supervision_givers}
        own = {r.kind: r.own_hours for r in self.data.supervision_kinds}
        needed = tally(
            [
                *(((s, k, q), per_wte[p, k] * wte) for (s, p, q), wte in self.staff.items() for k in own if (p, k) in per_wte),
                *(((r.service, r.kind, r.quarter), own[r.kind] * r.trained) for r in self.answer.supervisors),
            ]
        )
        available = tally(((r.service, r.kind, r.quarter), per_supervisor.get((r.post, r.kind), 0.0) * r.trained) for r in self.answer.supervisors)
        return {
            (s.service, k, q): (needed[s.service, k, q], available[s.service, k, q]) for s in self.data.services for k in own for q in self.quarters
        }

    @cached_property
    def headroom(self) -> float:
        """Least supervision to spare in any service, kind and quarter, in hours a week; below 0 where it is short."""
        return min((can - need for need, can in self.supervision.values() if need > SPARE or can > SPARE), default=0.0)

    # --- care ---------------------------------------------------------------------------------------------------------

    def queue(self, what: str, step: str = "") -> tuple[float, ...]:
        """A column of Result queues, quarter by quarter, services (and steps, where none is named) added up."""
        sums = tally((r.quarter, getattr(r, what)) for r in self.answer.queues if step in ("", r.step))
        return tuple(sums[q] for q in self.quarters)

    def wait_weeks(self, service: str, step: str) -> tuple[float | None, float | None]:
        """Average wait in weeks at the start and at the end: people waiting over courses started a week. None where none start."""
        weeks = self.data.settings.weeks_per_quarter
        c = self.care[service, step]
        last = [r for r in self.answer.queues if (r.service, r.step, r.quarter) == (service, step, self.quarters[-1])]
        ends = [(c.waiting, c.carried_over), *((r.waiting, r.started) for r in last)]
        waits = [weeks * waiting / started if started > SPARE else (0.0 if waiting <= SPARE else None) for waiting, started in ends]
        return waits[0], waits[-1]

    # --- labour markets and languages ---------------------------------------------------------------------------------

    @cached_property
    def markets(self) -> tuple[MarketLine, ...]:
        """Roles in labour markets, in the order of Labour markets."""
        recruits = {(r.service, r.post): r for r in self.data.recruitment if r.market}
        hires = [(recruits[h.service, h.post], h) for h in self.answer.hires if (h.service, h.post) in recruits]
        taken = tally(((r.market, self.post[r.post].role, h.quarter), r.applicants_per_hire * h.wte) for r, h in hires)
        hired = tally(((r.market, self.post[r.post].role), h.wte) for r, h in hires)
        found = []
        for market, role in dict.fromkeys((r.market, r.role) for r in self.data.labour_markets):
            rows = sorted((quarter_number(r.from_quarter), r.applicants) for r in self.data.labour_markets if (r.market, r.role) == (market, role))
            services = dict.fromkeys(r.service for r in recruits.values() if (r.market, self.post[r.post].role) == (market, role))
            applicants = tuple(next((many for first, many in reversed(rows) if first <= quarter_number(q)), 0.0) for q in self.quarters)
            used = tuple(taken[market, role, q] for q in self.quarters)
            found.append(MarketLine(market, role, tuple(services), applicants, used, hired[market, role]))
        return tuple(found)

    @cached_property
    def one_to_one(self) -> dict[tuple[str, str, str], float]:
        """Hours that one-to-one courses take by service, step and quarter, without longer sessions."""
        started: dict[tuple[str, str, str], float] = tally(((r.service, r.step, r.quarter), r.courses) for r in self.answer.starts)
        found = {}
        for (s, i), c in self.care.items():
            before = c.carried_over
            for q in self.quarters:
                now = started[s, i, q]
                found[s, i, q] = course_hours(c) * (c.same_quarter * now + (1 - c.same_quarter) * before) + c.assessment_minutes / 60 * now
                before = now
        return found

    @cached_property
    def interpreted(self) -> dict[tuple[str, str, str, str], float]:
        """Hours of courses in a language that are given with an interpreter, by service, language, step and quarter."""
        spoken: dict[tuple[str, str, str, str], float] = tally(
            ((r.service, r.language, r.step, r.quarter), r.hours) for r in self.answer.mother_tongue
        )
        return {
            (r.service, r.language, i, q): max(0.0, r.share * hours - spoken[r.service, r.language, i, q])
            for r in self.data.languages
            for (s, i, q), hours in self.one_to_one.items()
            if s == r.service
        }

    @cached_property
    def languages(self) -> tuple[LanguageLine, ...]:
        """Languages that courses need, in the order of Languages."""
        started = tally((r.service, r.courses) for r in self.answer.starts)
        hours = tally((s, work) for (s, _, _), work in self.one_to_one.items())
        interpreted = tally(((s, k), work) for (s, k, _, _), work in self.interpreted.items())
        in_session = tally(((s, k), session_share(self.care[s, i]) * work) for (s, k, i, _), work in self.interpreted.items())
        return tuple(
            LanguageLine(
                r.service, r.language, r.share * started[r.service], r.share * hours[r.service], interpreted[r.service, r.language],
                r.longer * in_session[r.service, r.language], r.longer * in_session[r.service, r.language] * r.interpreter_pounds,
                (r.longer - 1) * in_session[r.service, r.language],
            )
            for r in self.data.languages
        )  # fmt: skip

    # --- rooms --------------------------------------------------------------------------------------------------------

    @cached_property
    def room_hours(self) -> dict[tuple[str, str, str], tuple[float, float]]:
        """Room hours that a site's share of face-to-face treatment needs, and those of its rooms, by service, site and quarter."""
        needed = tally(
            ((r.service, r.quarter), self.care[r.service, r.step].face_to_face * r.hours)
            for r in self.answer.treatment_hours
            if (r.service, r.step) in self.care
        )
        rented = tally(((r.service, r.site, r.year), float(r.rooms)) for r in self.answer.rooms)
        weeks = self.data.settings.weeks_per_quarter
        return {
            (r.service, r.site, q): (r.share * needed[r.service, q], weeks * r.open_hours * (r.rooms + rented[r.service, r.site, q[:7]]))
            for r in self.data.rooms
            for q in self.quarters
        }

    # --- money --------------------------------------------------------------------------------------------------------

    @cached_property
    def cost(self) -> float:
        """All charges of the plan in pounds."""
        return sum(r.pounds for r in self.answer.spend)

    @cached_property
    def cost_by_year(self) -> dict[str, float]:
        """Charges by financial year in pounds."""
        return tally((r.year, r.pounds) for r in self.answer.spend)

    @cached_property
    def budget(self) -> tuple[BudgetLine, ...]:
        """What each budget row of a year planned has, and what is charged to it."""
        carried = tally(((r.stream, r.year, r.service), r.pounds) for r in self.answer.carry_over)
        spent = tally(key for r in self.answer.spend for key in (((r.stream, r.year, r.service), r.pounds), ((r.stream, r.year, ""), r.pounds)))
        rows = sorted(budget_rows(self.data, self.answer.option), key=lambda r: (r.stream, r.service, r.year))
        return tuple(
            BudgetLine(
                r.stream, r.year, r.service, r.pounds, carried[r.stream, year_label(year_number(r.year) - 1), r.service],
                carried[r.stream, r.year, r.service], spent[r.stream, r.year, r.service], self.earned[r.stream, r.year, r.service],
            )
            for r in rows
            if r.year in self.years
        )  # fmt: skip

    @cached_property
    def earned(self) -> dict[tuple[str, str, str], float]:
        """What outcomes add to budgets in pounds, by stream, year and service, and for all services together (blank)."""
        into = {(r.service, r.step, r.measure, r.year): r for r in outcome_payment_rows(self.data, self.answer.option)}
        found = []
        for r in self.answer.outcome_income:
            row = into[r.service, r.step, r.measure, r.year]
            year = r.year if row.paid == "same year" else year_label(year_number(r.year) + 1)
            found += [((row.stream, year, r.service), r.pounds), ((row.stream, year, ""), r.pounds)]
        return tally(found)

    @cached_property
    def streams(self) -> tuple[str, ...]:
        """Streams with money or a charge, those that cost most first."""
        spent = tally((r.stream, r.pounds) for r in self.answer.spend)
        known = dict.fromkeys([*(r.stream for r in self.budget if r.amount > SPARE), *(k for k, v in spent.items() if v > SPARE)])
        return tuple(sorted(known, key=lambda stream: -spent[stream]))

    def money(self, stream: str) -> tuple[tuple[float, ...], tuple[float, ...] | None]:
        """Spent, and available or None without a budget, year by year. A row for all services counts rather than those for single ones."""
        spent = tally((r.year, r.pounds) for r in self.answer.spend if r.stream == stream)
        lines = [r for r in self.budget if r.stream == stream]
        shared = [r for r in lines if not r.service]
        available = tally((r.year, r.available) for r in shared or lines)
        return tuple(spent[y] for y in self.years), tuple(available[y] for y in self.years) if lines else None

    # --- people gained and lost ---------------------------------------------------------------------------------------

    @cached_property
    def converted(self) -> float:
        """Graduates given a post, expected WTE."""
        return sum(r.wte for r in self.answer.conversions)

    @cached_property
    def offers(self) -> dict[tuple[str, str, str], int]:
        """Permanent posts to offer to graduates by service, post and quarter: conversions expected, rounded up over the plan so far."""
        expected = tally(((r.service, r.to_post, r.quarter), r.wte) for r in self.answer.conversions)
        found: dict[tuple[str, str, str], int] = {}
        for s, p in dict.fromkeys((s, p) for s, p, _ in expected):
            if self.post[p].contract == "permanent":
                found |= zip(((s, p, q) for q in self.quarters), whole_offers(expected[s, p, q] for q in self.quarters), strict=True)
        return found

    @cached_property
    def permanent_offers(self) -> int:
        """Permanent posts to offer to graduates over the plan."""
        return sum(self.offers.values())

    @cached_property
    def cohorts(self) -> int:
        """Cohorts started: a service's intake of one programme in one quarter."""
        return sum(1 for r in self.answer.intakes if r.people > 0)

    @cached_property
    def lost(self) -> float:
        """Graduates for whom there was no post."""
        return sum(r.lost for r in self.answer.lost_trainees)

    @cached_property
    def outreach_hours(self) -> float:
        """Outreach hours of clinicians and outreach workers."""
        return sum(r.clinical_hours + r.worker_hours for r in self.answer.outreach)

    # --- objective ----------------------------------------------------------------------------------------------------

    @cached_property
    def contributions(self) -> tuple[Contribution, ...]:
        """Every term of every level: weight times value."""
        values = {r.term: r.value for r in self.answer.terms}
        return tuple(
            Contribution(r.priority, r.term, r.weight, values.get(r.term, 0.0), r.reason)
            for r in sorted(self.data.objectives, key=lambda r: r.priority)
        )

    # --- what limits the plan -----------------------------------------------------------------------------------------

    @cached_property
    def reached(self) -> tuple[Reached, ...]:
        """Limits with next to nothing to spare, kind by kind: what more would have to come from elsewhere."""
        kinds = (
            self._budget, self._supervision, self._places, self._cohorts, self._market, self._shared_market, self._trainees, self._blocks,
            self._rooms,
        )  # fmt: skip
        return tuple(r for kind in kinds for r in kind())

    def _gather(self, kind: str, places: Iterable[tuple[str, str, float, float]]) -> Iterator[Reached]:
        """Places of a limit (item, service, used, limit) brought together by item; only those that are reached anywhere."""
        hits: dict[str, list[str]] = defaultdict(list)
        total: dict[str, int] = defaultdict(int)
        for item, service, used, limit in places:
            total[item] += 1
            if used >= limit - TIGHT * max(limit, SPARE):
                hits[item].append(service)
        for item, services in hits.items():
            yield Reached(kind, item, tuple(dict.fromkeys(s for s in services if s)), len(services), total[item])

    def _budget(self) -> Iterator[Reached]:
        return self._gather("budget", ((r.stream, r.service, r.spent, r.available) for r in self.budget if r.amount > SPARE))

    def _supervision(self) -> Iterator[Reached]:
        return self._gather("supervision", ((k, s, need, can) for (s, k, _), (need, can) in self.supervision.items() if need > SPARE))

    def _places(self) -> Iterator[Reached]:
        region = {s.service: s.region for s in self.data.services}
        started = tally(((r.programme, r.quarter, shared), float(r.people)) for r in self.answer.intakes for shared in {"", region[r.service]})
        shared = (
            (r.programme, "", started[r.programme, r.quarter, r.region], float(r.places)) for r in self.data.places if r.quarter in self.quarters
        )
        return self._gather("places", ((g, s, used, limit) for g, s, used, limit in shared if limit))

    def _cohorts(self) -> Iterator[Reached]:
        started = tally(((r.service, r.programme, r.quarter), float(r.people)) for r in self.answer.intakes)
        return self._gather(
            "cohorts",
            (
                (g.programme, s.service, started[s.service, g.programme, q], float(g.cohort_maximum))
                for g in self.data.programmes
                for s in self.data.services
                for q in self.quarters
                if q[-1] in g.intake_quarters.split() and g.cohort_maximum
            ),
        )

    def _market(self) -> Iterator[Reached]:
        hired = tally(((r.service, r.post, r.quarter), r.wte) for r in self.answer.hires)
        return self._gather(
            "market",
            (
                (r.post, r.service, hired[r.service, r.post, q], r.maximum)
                for r in self.data.recruitment
                for q in self.quarters[r.lead :]
                if r.maximum > SPARE
            ),
        )

    def _shared_market(self) -> Iterator[Reached]:
        places = ((f"{r.market}, {r.role}", "", used, limit) for r in self.markets for used, limit in zip(r.taken, r.applicants, strict=True))
        return self._gather("shared_market", (place for place in places if place[-1] > SPARE))

    def _trainees(self) -> Iterator[Reached]:
        clinical = {p: r.contract == "trainee" for p, r in self.post.items() if r.low or r.high or r.contract == "trainee"}
        in_post = tally(((s, clinical[p], q), wte) for (s, p, q), wte in self.staff.items() if p in clinical)
        per = self.data.settings.trainees_per_qualified
        return self._gather(
            "trainees",
            (
                ("", s.service, in_post[s.service, True, q], per * in_post[s.service, False, q])
                for s in self.data.services
                for q in self.quarters
                if in_post[s.service, True, q] > SPARE
            ),
        )

    def _rooms(self) -> Iterator[Reached]:
        weeks = self.data.settings.weeks_per_quarter
        return self._gather(
            "rooms",
            (
                (r.site or "the whole service", r.service, self.room_hours[r.service, r.site, q][0], weeks * r.open_hours * (r.rooms + r.maximum))
                for r in self.data.rooms
                for q in self.quarters
                if self.room_hours[r.service, r.site, q][0] > SPARE
            ),
        )

    def _blocks(self) -> Iterator[Reached]:
        bought = tally(((r.provider, r.service, r.step, r.quarter), float(r.blocks)) for r in self.answer.digital)
        started = tally(((r.service, r.step, r.quarter), r.started) for r in self.answer.queues)
        return self._gather(
            "digital",
            (
                (r.provider, r.service, r.block * bought[r.provider, r.service, r.step, q], min(r.block * r.maximum, r.maximum_share * courses))
                for r in self.data.digital
                for q in self.quarters
                if r.maximum and (courses := started[r.service, r.step, q]) > SPARE
            ),
        )
