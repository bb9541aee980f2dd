"""Brute force against the solver: tiny plans in which rules bind, every whole decision tried, the rest of each by a linear programme of its own.

The linear programme (``Completion``) is written from the page of the model a second time: stocks by age where the model sums arrivals, no level
columns, scipy in place of Pyomo. What it gives for each whole decision goes through the checker, and the best of all is what the solver must find.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from models.plan.search import HELD, HELD_LATER
from optimiser.plan.check import check, limit_cells, work_out
from optimiser.plan.data import (
    CarryOver,
    Community,
    Conversion,
    Demand,
    Digital,
    DigitalBlocks,
    EmploymentAdviser,
    Flow,
    GroupCourse,
    GroupStarts,
    Hires,
    Intake,
    IntegratedCare,
    IntegratedStarts,
    LabourMarket,
    Language,
    MotherTongueHours,
    Move,
    OutcomePayment,
    Outreach,
    OutreachHours,
    OutreachReturn,
    OverEstablishment,
    Place,
    PlanAnswer,
    PlanInput,
    PostsEstablished,
    ReducedHours,
    Release,
    Representation,
    RetentionEffect,
    RetentionMeasure,
    RetentionTaken,
    Room,
    RoomsRented,
    ServiceMoney,
    Speaker,
    StaffOnReducedHours,
    StaffOverEstablishment,
    Starts,
    SupervisionHours,
    SupervisorsInPost,
    SupervisorsTrained,
    TargetedPlaces,
    TreatmentHours,
    quarter_number,
    year_label,
    year_number,
)
from optimiser.plan.pay import PayTable
from optimiser.result import Status
from plan_model_tools import (
    FIRST,
    best,
    budget,
    care,
    cohort,
    giver,
    goals,
    kind,
    limit,
    market,
    need,
    plan,
    post,
    programme,
    quarter,
    staff,
    supervisor,
    trainee_post,
    varied,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

WIDTH = 600
"""Columns there can be; the entry after them is an expression's constant."""
NEAR = 1e-7
"""Room in which candidates are equally good."""


class Linear:
    """A linear programme written row by row; an expression is a vector of weights and a constant."""

    def __init__(self) -> None:
        self.upper: list[float] = []
        self._at_most: list[Vector] = []
        self._equal: list[Vector] = []

    def column(self, upper: float = math.inf) -> Vector:
        """A new column from 0 up to a bound."""
        found = number(0)
        found[len(self.upper)] = 1
        self.upper.append(upper)
        return found

    def at_most(self, expression: Vector) -> None:
        """The expression is 0 or less."""
        self._at_most.append(expression)

    def equal(self, expression: Vector) -> None:
        """The expression is 0."""
        self._equal.append(expression)

    def least(self, expression: Vector, bounds: list[tuple[float, float]], extra: list[Vector]) -> Vector | None:
        """Values of the columns, 1 for the constant, where the expression is least; None where nothing meets every row."""
        n = len(self.upper)
        upper = np.array([*self._at_most, *extra])
        equal = np.array(self._equal) if self._equal else np.zeros((0, WIDTH + 1))
        exact: Any = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}  # finer than the room in which a level is held
        found = linprog(expression[:n], upper[:, :n], -upper[:, -1], equal[:, :n], -equal[:, -1], bounds, method="highs-ds", options=exact)
        assert found.status in (0, 2), found.message
        return np.concatenate([found.x, np.zeros(WIDTH - n), [1.0]]) if found.status == 0 else None


def number(value: float) -> Vector:
    found = np.zeros(WIDTH + 1)
    found[-1] = value
    return found


def total(expressions: Any) -> Vector:
    return sum(expressions, number(0))


class Whole(NamedTuple):
    """A whole decision: its column, and the values tried."""

    column: int
    values: tuple[float, ...]


class Completion:
    """The plan of a single service as a linear programme in which the whole decisions are columns to be fixed.

    Which retention measures are taken is settled beforehand: the rows themselves hang on it.
    """

    def __init__(self, data: PlanInput, taken: frozenset[str] = frozenset()) -> None:
        self.data, self.lp, self.taken = data, Linear(), taken
        self.T = range(1, data.settings.quarters + 1)
        self.label = dict(zip(self.T, data.quarters, strict=True))
        self.s = data.services[0]
        self.posts = {p.post: p for p in data.posts}
        self.trainees = {g.trainee_post: g for g in data.programmes}
        self.whole: list[Whole] = []
        self.stretches: list[tuple[list[int], list[float]]] = []
        """Columns and widths of the stretches of each community and quarter: all before one are full, all after it empty."""
        self.unmet = number(0)
        self.charges: list[tuple[str, str, Vector]] = []
        self.decided: dict[str, dict[tuple[Any, ...], Vector]] = {name: {} for name in PlanAnswer.model_fields if name != "option"}
        self.decide_whole()
        self.people()
        self.training()
        self.supervision()
        self.outreach()
        self.care()
        self.money()
        self.limits()

    # --- whole decisions ----------------------------------------------------------------------------------------------

    def choose(self, table: str, key: tuple[Any, ...], values: tuple[float, ...], unit: float = 1.0) -> None:
        """A whole decision and the values to try, in units."""
        column = self.lp.column()
        self.whole.append(Whole(len(self.lp.upper) - 1, values))
        self.decided[table][key] = unit * column

    def most_people(self, p: str) -> float:
        """No more than this can ever be in a post."""
        hires = sum(r.maximum * len(self.T) for r in self.data.recruitment if r.post == p)
        inside = sum(self.most_people(f.from_post) for f in self.data.flows if f.to_post == p and f.from_post not in self.trainees)
        cohorts = sum(g.cohort_maximum * len(self.T) + sum(c.people for c in self.data.trainees) for g in self.data.programmes)
        graduates = sum(cohorts for f in self.data.flows if f.to_post == p and f.from_post in self.trainees)
        return sum(r.in_post for r in self.data.staff if r.post == p) + hires + inside + graduates

    def decide_whole(self) -> None:
        """More posts than people, more supervisors than may supervise, or courses too late to help only cost: they need not be tried."""
        d, unit = self.data, self.s.post_unit
        for p, r in self.posts.items():
            if r.contract != "trainee":
                for year in d.years:
                    units = tuple(map(float, range(math.ceil(self.most_people(p) / unit - 1e-9) + 1)))
                    self.choose("posts", (p, year), units, unit)
        places = {(r.programme, r.quarter): r.places for r in d.places}
        for g in d.programmes:
            for t in self.T:
                if self.label[t][-1] in g.intake_quarters.split():
                    most = min(g.cohort_maximum, places.get((g.programme, self.label[t]), g.cohort_maximum))
                    self.choose("intakes", (g.programme, t), (0.0, *map(float, range(max(1, g.cohort_minimum), most + 1))))
        for giver_row in d.supervision_givers:
            k = next(k for k in d.supervision_kinds if k.kind == giver_row.kind)
            for t in self.T[: max(0, len(self.T) - k.course_lag)]:
                if self.label[t][-1] in k.course_quarters.split():
                    people = math.ceil(giver_row.maximum_share * self.most_people(giver_row.post))
                    self.choose("supervisors_trained", (giver_row.post, k.kind, t), tuple(map(float, range(people + 1))))
        for offer in d.digital:
            for t in self.T:
                self.choose("digital", (offer.provider, offer.step, t), tuple(map(float, range(offer.maximum + 1))))

        for room, year in product(d.rooms, d.years):
            self.choose("rooms", (room.site, year), tuple(map(float, range(room.maximum + 1))))

    def of(self, table: str, *key: Any) -> Vector:
        """What is decided, 0 where there is nothing to decide."""
        return self.decided[table].get(key, number(0))

    # --- people -------------------------------------------------------------------------------------------------------

    def people(self) -> None:
        """Hires, moves, conversions and releases, and who is then in post."""
        d, lp = self.data, self.lp
        qualified = [p for p, r in self.posts.items() if r.contract != "trainee"]
        for r in d.recruitment:
            self.decided["hires"] |= {(r.post, t): lp.column(r.maximum) for t in self.T if t > r.lead}
        for m, t in product(d.labour_markets, self.T):
            quarters = [r.from_quarter for r in d.labour_markets if (r.market, r.role) == (m.market, m.role) and r.from_quarter <= self.label[t]]
            drawn = [r for r in d.recruitment if r.market == m.market and self.posts[r.post].role == m.role]
            taken = total(r.applicants_per_hire * self.of("hires", r.post, t) for r in drawn)
            if m.from_quarter == max(quarters, default=m.from_quarter):
                lp.at_most(taken - number(m.applicants if quarters else 0))
        for f in d.flows:
            table = "conversions" if f.from_post in self.trainees else "moves"
            self.decided[table] |= {(f.from_post, f.to_post, t): lp.column() for t in self.T}
        for p in qualified:
            if self.posts[p].release_pounds is not None:
                self.decided["releases"] |= {(p, t): lp.column() for t in self.T}
        self.present: dict[tuple[str, int], Vector] = {}
        self.arrived: dict[tuple[str, int], Vector] = {}
        self.full_time: dict[tuple[str, int], Vector] = {}
        """Staff in post, each on reduced hours for their share."""
        self.filled: dict[tuple[str, int], Vector] = {}
        self.past_first_year: dict[tuple[str, int], Vector] = {}
        for p in qualified:
            self._stock(p)
        for f, t in product((f for f in d.flows if f.from_post not in self.trainees), self.T):
            moved = self.of("moves", f.from_post, f.to_post, t)
            if f.maximum_moves is not None:
                lp.at_most(moved - number(f.maximum_moves))
            if f.maximum_moves_share is not None:
                lp.at_most(moved - f.maximum_moves_share * self.present[f.to_post, t])
        for t in self.T if self.s.over_establishment is not None else ():
            lp.at_most(total(v for (_, u), v in self.decided["over_establishment"].items() if u == t) - number(self.s.over_establishment or 0.0))
        self.groups()

    def groups(self) -> None:
        """Staff of groups, stocks by age as for all staff; a place is somebody of the group where somebody of any would have come."""
        self.group_gap = number(0)
        for g in self.data.representation:
            p, r = g.post, self.posts[g.post]
            lost = next((m.lost_on_arrival for m in self.data.recruitment if m.post == p), 0.0)
            row = next((row for row in self.data.staff if row.post == p), staff(p, 0))
            young_stay, old_stay = (1 - r.leavers_first_year) ** 0.25, (1 - r.leavers_later) ** 0.25
            young, later = [number(g.now * row.first_year / 4)] * 4, number(g.now * (row.in_post - row.first_year))
            for t in self.T:
                hired = (1 - lost) * self.of("hires", p, t)
                inside = self.arrived[p, t] - hired
                place = self.decided["targeted_places"][p, g.group, t] = self.lp.column()
                self.lp.at_most(place - max(0.0, g.maximum - g.hired) * hired - max(0.0, g.maximum - g.promoted) * inside)
                gone = total(v for (a, _, u), v in self.decided["moves"].items() if (a, u) == (p, t)) + self.of("releases", p, t)
                later = old_stay * later + young_stay * young[3] - g.now * gone
                young = [g.hired * hired + g.promoted * inside + place, *(young_stay * age for age in young[:3])]
            gap = self.lp.column()
            self.lp.at_most(g.target * self.present[p, self.T[-1]] - later - total(young) - gap)
            self.group_gap = self.group_gap + gap

    def _stock(self, p: str) -> None:
        lp, r, year = self.lp, self.posts[p], self.data.settings.first_year_quarters
        row = next((row for row in self.data.staff if row.post == p), staff(p, 0))
        young_stay, old_stay = (1 - r.leavers_first_year) ** 0.25, (1 - r.leavers_later) ** 0.25
        minima = {f.to_post: f.minimum_quarters for f in self.data.flows if f.from_post == p and p not in self.trainees}
        young = [number(row.first_year / year) for _ in range(year)]
        never_there = next((m.lost_on_arrival for m in self.data.recruitment if m.post == p), 0.0)
        lost = {f.from_post: f.lost_on_move for f in self.data.flows if f.to_post == p and f.from_post not in self.trainees}
        above = next((o for o in self.data.over_establishment if o.post == p), None)
        fewer = next((o for o in self.data.reduced_hours if o.post == p), None)
        later = number(row.in_post - row.first_year)
        # People by quarters in post, moves not counted: whoever reaches a minimum over 4 joins its pool.
        ages = {n: young + [number((row.in_post - row.first_year - row.long_serving) / (n - year))] * (n - year) for n in minima.values() if n > year}
        pool = {n: number(row.long_serving) for n in ages}
        for t in self.T:
            came = (1 - never_there) * self.of("hires", p, t) + total(
                (1 - lost.get(a, 0.0)) * v for table in ("moves", "conversions") for (a, b, u), v in self.decided[table].items() if (b, u) == (p, t)
            )
            went = {b: self.of("moves", p, b, t) for b in minima}
            young = [came, *(young_stay * group for group in young)]
            # A measure keeps who would have left after a quarter in which it was in force.
            stay = old_stay + (1 - old_stay) * sum(share for _, share in self.in_force(p, t - 1))
            later = stay * later + young.pop() - total(went.values()) - self.of("releases", p, t)
            self.past_first_year[p, t] = later
            lp.at_most(-later)
            for n, groups in ages.items():
                ripe = old_stay * groups[-1]
                ages[n] = [came, *((young_stay if age < year else old_stay) * group for age, group in enumerate(groups[:-1]))]
                left = lp.column()
                lp.at_most(left - old_stay * pool[n] - ripe + total(v for b, v in went.items() if minima[b] >= n))
                lp.at_most(left - later)
                pool[n] = left
            self.arrived[p, t] = came
            self.present[p, t] = later + total(young)
            self.full_time[p, t] = filled = self.present[p, t]
            if fewer:
                people = self.decided["reduced_hours"][p, t] = lp.column(fewer.maximum)
                lp.at_most(people - self.present[p, t])
                self.full_time[p, t] = filled = self.present[p, t] - (1 - fewer.share) * people
            if above:
                more = self.decided["over_establishment"][p, t] = lp.column(above.maximum)
                lp.at_most(more - filled)
                filled = filled - more
            self.filled[p, t] = filled
            lp.at_most(filled - self.of("posts", p, self.label[t][:7]))

    def in_force(self, p: str, t: int) -> list[tuple[RetentionMeasure, float]]:
        """Measures taken that are in force for a post in a quarter, with the share of its leavers that each keeps."""
        share = {r.measure: r.leavers_avoided for r in self.data.retention_effects if r.post == p}
        since = {r.measure: quarter_number(r.from_quarter or FIRST) - quarter_number(self.data.settings.first_quarter) + 1
                 for r in self.data.retention_measures}  # fmt: skip
        rows = [r for r in self.data.retention_measures if r.measure in self.taken & set(share)]
        return [(r, share[r.measure]) for r in rows if max(1, since[r.measure]) <= t]

    # --- training -----------------------------------------------------------------------------------------------------

    def short(self, points: float) -> Vector:
        """A new shortfall that counts so many points a unit."""
        column = self.lp.column()
        self.unmet = self.unmet + points * column
        return column

    def training(self) -> None:
        """Cohorts, graduates, entry from inside, trainees to qualified."""
        d, lp = self.data, self.lp
        first = quarter_number(d.settings.first_quarter)
        self.lost = number(0)
        for p, g in self.trainees.items():
            began = {quarter_number(r.started) - first + 1: number(r.people) for r in d.trainees if r.programme == g.programme}
            began |= {t: self.of("intakes", g.programme, t) for t in self.T}
            for t in self.T:
                self.present[p, t] = total(g.completion ** ((t - u) / g.length) * v for u, v in began.items() if 0 <= t - u < g.length)
                self.arrived[p, t] = began[t]
                left = g.completion * began.get(t - g.length, number(0)) - total(
                    v for (a, _, u), v in self.decided["conversions"].items() if (a, u) == (p, t)
                )
                lp.at_most(-left)
                self.lost = self.lost + left
                inside = total(v for (_, b, u), v in self.decided["moves"].items() if (b, u) == (p, t))
                (lp.at_most if g.external else lp.equal)(inside - began[t])
        clinical = [p for p, r in self.posts.items() if r.contract != "trainee" and (r.low or r.high)]
        for t in self.T:
            qualified = total(self.present[p, t] for p in clinical)
            lp.at_most(total(self.present[p, t] for p in self.trainees) - d.settings.trainees_per_qualified * qualified - self.short(1))

    # --- supervision --------------------------------------------------------------------------------------------------

    def supervision(self) -> None:
        """Supervisors at work, the hours they give and the hours there must be."""
        d, lp = self.data, self.lp
        for k in d.supervision_kinds:
            givers = [r for r in d.supervision_givers if r.kind == k.kind]
            trained = {r.post: number(sum(row.trained for row in d.supervisors if (row.post, row.kind) == (r.post, k.kind))) for r in givers}
            for t in self.T:
                for r in givers:
                    at_work, hours = lp.column(), lp.column()
                    stay = (1 - self.posts[r.post].leavers_later) ** 0.25
                    lp.at_most(at_work - stay * trained[r.post] - self.of("supervisors_trained", r.post, k.kind, t - k.course_lag))
                    lp.at_most(at_work - r.maximum_share * self.present[r.post, t])
                    lp.at_most(hours - r.hours * at_work)
                    trained[r.post] = at_work
                    self.decided["supervisors"][r.post, k.kind, t] = at_work
                    self.decided["supervision_hours"][r.post, k.kind, t] = hours
                needs = total(r.hours * self.present[r.post, t] for r in d.supervision_needs if r.kind == k.kind)
                own = k.own_hours * total(trained.values())
                lp.at_most(needs + own - total(self.of("supervision_hours", r.post, k.kind, t) for r in givers) - self.short(1))
                learners = total(self.present[r.post, t] for r in d.supervision_needs if r.kind == k.kind and r.post in self.trainees)
                lp.at_most(learners - k.trainees_per_supervisor * total(trained.values()) - self.short(1))

    # --- care ---------------------------------------------------------------------------------------------------------

    def outreach(self) -> None:
        """Hours of outreach and the referrals they bring, later."""
        d, lp = self.data, self.lp
        self.extra = {t: number(0) for t in self.T}
        self.reached: dict[tuple[str, int], Vector] = {}
        for o in d.outreach:
            returns = sorted((r for r in d.outreach_returns if r.community == o.community), key=lambda r: r.stretch)
            for t in self.T:
                clinical, worker = lp.column(o.clinical_hours), lp.column(o.worker_hours)
                self.decided["outreach"][o.community, t] = clinical
                self.decided["outreach"][o.community, t, "worker"] = worker
                used = [lp.column(r.hours) for r in returns]
                self.stretches.append(([len(lp.upper) - len(used) + n for n in range(len(used))], [r.hours for r in returns]))
                lp.equal(clinical + worker - total(used))
                earned = total(r.referrals_per_hour * v for r, v in zip(returns, used, strict=True))
                steps = range(o.taper, 0, -1)
                for later, step in enumerate(steps, t + o.lag):
                    if later in self.extra:
                        self.extra[later] = self.extra[later] + step / sum(steps) * earned
                        self.reached[o.community, later] = self.reached.get((o.community, later), number(0)) + step / sum(steps) * earned
        self.access_gap = number(0)
        for (c, r), t in product(((c, r) for c in d.communities for r in d.demand), self.T):
            if r.quarter == self.label[t]:
                gap = lp.column()
                lp.at_most(number((c.need - c.referred) * r.referrals) - self.reached.get((c.community, t), number(0)) - gap)
                self.access_gap = self.access_gap + gap

    def care(self) -> None:
        """Queues, courses, and the clinical hours all of it takes."""
        d, lp = self.data, self.lp
        weeks = d.settings.weeks_per_quarter
        referrals = {r.quarter: r.referrals for r in d.demand}
        steps = {c.step: c for c in d.care}
        self.started: dict[tuple[str, int], Vector] = {(i, 0): number(c.carried_over) for i, c in steps.items()}
        self.waiting: dict[tuple[str, int], Vector] = {(i, 0): number(c.waiting) for i, c in steps.items()}
        self.completed, self.recovered, self.too_long, self.stepped_up = number(0), number(0), number(0), number(0)
        self.interpreting: list[tuple[str, str, Vector]] = []
        self.aims: dict[tuple[Any, ...], Vector] = {}
        for i in ("low", "high"):
            if i not in steps:
                continue
            c = steps[i]
            work = c.sessions * (c.session_minutes / c.attended + c.writeup_minutes) / 60
            own_before = number(c.carried_over)
            ending = c.completion * number(c.carried_over)
            for t in self.T:
                own = lp.column()
                self.decided["starts"][i, t] = own
                offers = [(r, r.block * self.of("digital", r.provider, i, t)) for r in d.digital if r.step == i]
                grouped, rate, people_hours = self.in_groups(i, t)
                started = own + grouped + total(v for _, v in offers)
                for r, v in offers:
                    lp.at_most(v - r.maximum_share * started)
                joined = number(c.route * referrals.get(self.label[t], 0.0)) + c.route * self.extra[t]
                self.aims["entering", i, t] = started
                if i == "high" and "low" in steps:
                    up = steps["low"].step_up * self.started["low", t - 1]
                    joined, self.stepped_up = joined + up, self.stepped_up + up
                    self.aims["entering", i, t] = started - up
                waiting = (1 - c.give_up) * self.waiting[i, t - 1] + joined - started
                too_long = lp.column()
                lp.at_most(-waiting)
                lp.at_most(waiting - c.wait_weeks / weeks * started - too_long)
                hours = number(0)
                for p, held in self.posts.items():
                    if getattr(held, i) and (held.contract != "trainee" or p in self.trainees):
                        self.decided["treatment_hours"][p, i, t] = lp.column()
                        hours = hours + self.decided["treatment_hours"][p, i, t]
                need_hours = work * (c.same_quarter * own + (1 - c.same_quarter) * own_before) + c.assessment_minutes / 60 * own
                before = self.of("group_starts", i, t - 1)
                need_groups = people_hours * (c.same_quarter * grouped + (1 - c.same_quarter) * before) + c.assessment_minutes / 60 * grouped
                lp.at_most(need_hours + need_groups + self.interpret(i, t, need_hours) - hours - self.short(0.1))
                self.integrate(i, t, work, started)
                begun = c.completion * (own + rate[0] * grouped + total(r.quality * v for r, v in offers))
                done = c.same_quarter * begun + (1 - c.same_quarter) * ending
                in_groups = c.completion * rate[0] * (c.same_quarter * grouped + (1 - c.same_quarter) * before)
                well = c.reliable_recovery * (done - in_groups + rate[1] * in_groups)
                own_before, ending = own, begun
                self.started[i, t], self.waiting[i, t] = started, waiting
                self.completed, self.recovered = self.completed + done, self.recovered + well
                self.aims |= {("completed", i, t): done, ("recovered", i, t): well}
                self.too_long = self.too_long + too_long
        clinical = [p for p, held in self.posts.items() if held.contract != "trainee" and (held.low or held.high)]
        for asked, t in product(d.employment_advisers, self.T):
            if asked.from_quarter is None or asked.from_quarter <= self.label[t]:
                clinicians = total(self.present[p, t] for p in clinical)
                lp.at_most(clinicians / asked.clinicians_per_adviser - self.present[asked.post, t] - self.short(1))
        for room, t in product(d.rooms, self.T):
            used = total(steps[i].face_to_face * v for (_, i, u), v in self.decided["treatment_hours"].items() if u == t)
            rented = self.of("rooms", room.site, self.label[t][:7])
            lp.at_most(room.share * used - weeks * room.open_hours * (number(room.rooms) + rented) - self.short(0.1))
        for (p, t), there in self.present.items():
            held = self.posts[p]
            received = sum(n.received for n in d.supervision_needs if n.post == p)
            net = (d.settings.hours_per_week - held.other_hours) * held.service_days / 5 - received
            used = total(self.of("treatment_hours", p, i, t) for i in ("low", "high"))
            for k in d.supervision_kinds:
                used = used + weeks * self.of("supervision_hours", p, k.kind, t) + k.course_hours * self.of("supervisors_trained", p, k.kind, t)
            used = used + total(self.of("outreach", o.community, t) for o in d.outreach if o.post == p)
            weekly = held.caseload * (1 - held.absence) * max(0.0, net)
            there = self.full_time.get((p, t), there)
            lp.at_most(used - weeks * weekly * (there - (1 - held.starter_caseload) * self.arrived[p, t]))

    def in_groups(self, i: str, t: int) -> tuple[Vector, tuple[float, float], float]:
        """People who start in groups, their completion and recovery against others', and the hours each takes."""
        offer = next((r for r in self.data.group_courses if r.step == i), None)
        if offer is None:
            return number(0), (1.0, 1.0), 0.0
        grouped = self.decided["group_starts"][i, t] = self.lp.column()
        minutes = offer.sessions * (offer.staff * offer.session_minutes + offer.other_minutes)
        others = self.of("starts", i, t) + total(r.block * self.of("digital", r.provider, i, t) for r in self.data.digital if r.step == i)
        self.lp.at_most((1 - offer.maximum_share) * grouped - offer.maximum_share * others)
        return grouped, (offer.quality, offer.recovery), minutes / 60 / offer.people

    def integrate(self, i: str, t: int, work: float, started: Vector) -> None:
        """Integrated courses among the one-to-one ones, given by those trained for them: a share of the growth."""
        c = next(c for c in self.data.care if c.step == i)
        for r in (r for r in self.data.integrated_care if r.step == i):
            before = self.of("integrated_starts", i, t - 1)
            given = self.decided["integrated_starts"][i, t] = self.lp.column()
            self.lp.at_most(given - self.of("starts", i, t))
            trained = total(v for (p, j, u), v in self.decided["treatment_hours"].items() if (j, u) == (i, t) and self.posts[p].integrated)
            hours = work * (c.same_quarter * given + (1 - c.same_quarter) * before) + c.assessment_minutes / 60 * given
            self.lp.at_most(hours - trained)
            if r.from_quarter is None or r.from_quarter <= self.label[t]:
                self.lp.at_most(r.integrated_share * (started - number(r.baseline)) - given - self.short(1))

    def interpret(self, i: str, t: int, course_hours: Vector) -> Vector:
        """Clinicians' hours that interpreters add to courses: minute by minute, those in the mother tongue taken off."""
        c = next(c for c in self.data.care if c.step == i)
        minutes = c.session_minutes / c.attended + c.writeup_minutes
        added = number(0)
        for r in self.data.languages:
            rest = r.share * course_hours
            for speaker in self.data.speakers:
                if speaker.language == r.language and (speaker.post, i, t) in self.decided["treatment_hours"]:
                    hours = self.decided["mother_tongue"][speaker.post, r.language, i, t] = self.lp.column()
                    rest = rest - hours
            self.lp.at_most(-rest)
            slot = c.session_minutes / c.attended
            added = added + (r.longer * slot + c.writeup_minutes - minutes) / minutes * rest
            self.interpreting.append((r.stream, self.label[t][:7], r.interpreter_pounds * r.longer * slot / minutes * rest))
        for p in {speaker.post for speaker in self.data.speakers if (speaker.post, i, t) in self.decided["treatment_hours"]}:
            spoken = total(v for (a, _, b, u), v in self.decided["mother_tongue"].items() if (a, b, u) == (p, i, t))
            self.lp.at_most(spoken - self.of("treatment_hours", p, i, t))
        return added

    # --- money and limits ---------------------------------------------------------------------------------------------

    def money(self) -> None:
        """Charges, budgets with what is carried over, and the year after the last."""
        d, lp = self.data, self.lp
        pay = PayTable(d)
        last, quarters = d.years[-1], Counter(label[:7] for label in d.quarters)
        after = year_label(year_number(last) + 1)

        def pounds(p: str, year: str) -> float:
            return pay.cost(self.s, self.posts[p], year).total / 100

        found = [(self.posts[p].stream, y, pounds(p, y) * quarters[y] / 4 * v) for (p, y), v in self.decided["posts"].items()]
        found += [
            (self.posts[p].stream, self.label[t][:7], pounds(p, self.label[t][:7]) / 4 * v)
            for (p, t), v in self.present.items()
            if p in self.trainees
        ]
        programmes, kinds = {g.programme: g for g in d.programmes}, {k.kind: k for k in d.supervision_kinds}
        markets, offers = {r.post: r for r in d.recruitment}, {(r.provider, r.step): r for r in d.digital}
        for (g, t), v in self.decided["intakes"].items():
            found.append((programmes[g].stream, self.label[t][:7], programmes[g].fee_pounds * v))
        for (_, k, t), v in self.decided["supervisors_trained"].items():
            found.append((kinds[k].stream, self.label[t][:7], kinds[k].course_pounds * v))
        for (p, t), v in self.decided["hires"].items():
            found.append((markets[p].stream, self.label[t][:7], markets[p].cost_pounds * v))
        for (p, t), v in self.decided["releases"].items():
            found.append((self.posts[p].stream, self.label[t][:7], (self.posts[p].release_pounds or 0.0) * v))
        for o in d.outreach:
            found += [(o.stream, self.label[t][:7], o.worker_pounds * self.of("outreach", o.community, t, "worker")) for t in self.T]
        for (v, i, t), blocks in self.decided["digital"].items():
            r = offers[v, i]
            found.append((r.stream, self.label[t][:7], r.price_pounds * r.block * blocks))
        rents, groups = {r.site: r for r in d.rooms}, {(g.post, g.group): g for g in d.representation}
        for (site, y), v in self.decided["rooms"].items():
            found.append((rents[site].stream, y, rents[site].room_pounds * quarters[y] / 4 * v))
        for (p, g, t), v in self.decided["targeted_places"].items():
            found.append((groups[p, g].stream, self.label[t][:7], groups[p, g].place_pounds * v))
        found += self.interpreting
        above, fewer = {r.post: r.extra_pounds for r in d.over_establishment}, {r.post: r.extra_pounds for r in d.reduced_hours}
        for (p, t), v in self.decided["over_establishment"].items():
            found.append((self.posts[p].stream, self.label[t][:7], (pounds(p, self.label[t][:7]) + above[p]) / 4 * v))
        for (p, t), v in self.decided["reduced_hours"].items():
            found.append((self.posts[p].stream, self.label[t][:7], fewer[p] / 4 * v))
        for f in d.flows:
            moved = [(t, v) for (a, b, t), v in self.decided["moves"].items() if (a, b) == (f.from_post, f.to_post)]
            found += [(self.posts[f.to_post].stream, self.label[t][:7], f.move_pounds * v) for t, v in moved]
        taken = [measure for measure in d.retention_measures if measure.measure in self.taken]
        for (p, t), there in self.past_first_year.items():
            found += [(measure.stream, self.label[t][:7], measure.wte_pounds / 4 * there) for measure, _ in self.in_force(p, t)]
        for measure in taken:
            there = number(measure.year_pounds / 4)
            found += [(measure.stream, label[:7], there) for label in d.quarters if (measure.from_quarter or label) <= label]
        self.own_money(found)
        self.cost = total(amount for *_, amount in found)
        carried = {}
        for b in sorted(d.budget, key=lambda b: b.year):
            if b.year == after:
                bill = total(pounds(p, after) * v for (p, y), v in self.decided["posts"].items() if y == last and self.posts[p].stream == b.stream)
                for p in (p for p in above if self.posts[p].stream == b.stream):
                    bill = bill + (pounds(p, after) + above[p]) * self.of("over_establishment", p, self.T[-1])
                for measure in (measure for measure in taken if measure.stream == b.stream):
                    kept = [p for p in self.posts for row, _ in self.in_force(p, self.T[-1]) if row == measure]
                    bill = bill + number(measure.year_pounds) + measure.wte_pounds * total(self.past_first_year[p, self.T[-1]] for p in kept)
                lp.at_most((bill - number(b.pounds)) / 1000 - self.earned.get((b.stream, after), number(0)) - self.short(1))
                continue
            out = lp.column(b.carry_over * b.pounds / 1000)
            carried[b.stream, b.year, b.service] = out
            self.decided["carry_over"][b.stream, b.year, b.service] = 1000 * out
            came = carried.get((b.stream, year_label(year_number(b.year) - 1), b.service), number(0))
            spent = total(amount for stream, year, amount in found if (stream, year) == (b.stream, b.year))
            lp.at_most((spent - number(b.pounds)) / 1000 - self.earned.get((b.stream, b.year), number(0)) - came + out - self.short(1))

    def own_money(self, charged: list[tuple[str, str, Vector]]) -> None:
        """The service's floors and ceilings, and what its outcomes earn (thousands of pounds): whether the threshold is passed is tried both ways."""
        self.earned: dict[tuple[str, str], Vector] = {}
        for r in self.data.service_money:
            spent = total(amount for stream, year, amount in charged if year == r.year and r.stream in ("", stream)) / 1000
            short = self.short(1)
            self.lp.at_most(number(r.floor_pounds / 1000) - spent - short)
            if r.ceiling_pounds is not None:
                self.lp.at_most(spent - number(r.ceiling_pounds / 1000) - short)
        for o in self.data.outcome_payments:
            aim = {"completed courses": "completed", "reliable recoveries": "recovered"}[o.measure]
            reached = total(v for (a, i, t), v in self.aims.items() if (a, i, self.label[t][:7]) == (aim, o.step, o.year))
            passed, income = self.lp.column(), self.lp.column(o.cap_pounds / 1000)
            self.whole.append(Whole(len(self.lp.upper) - 2, (0.0, 1.0)))
            self.lp.at_most(income - o.cap_pounds / 1000 * passed)
            self.lp.at_most(reached - number(o.threshold) - 1000 * passed)
            self.lp.at_most(income - o.payment_pounds / 1000 * (reached - o.threshold * passed))
            key = o.stream, o.year if o.paid == "same year" else year_label(year_number(o.year) + 1)
            self.earned[key] = self.earned.get(key, number(0)) + income

    def limits(self) -> None:
        """Limits, each and in total."""
        for r in self.data.limits:
            cells = [key[1:] for key in limit_cells(self.data, r)]
            found = [self._limited(r.decision, cell) for cell in cells]
            for what in [total(found)] if r.scope == "total" else found:
                short = self.short(1)
                if r.sense != "at least":
                    self.lp.at_most(what - number(r.value) - short)
                if r.sense != "at most":
                    self.lp.at_most(number(r.value) - what - short)

    def _limited(self, decision: str, cell: tuple[Any, ...]) -> Vector:
        if decision == "staff":
            return self.present[cell]
        if decision == "waiting":
            return self.waiting[cell]
        if decision == "posts_filled":
            return self.filled[cell]
        if (decision, *cell) in self.aims:
            return self.aims[decision, *cell]
        return self.of({"intake": "intakes"}.get(decision, decision), *cell)

    # --- objective and answer -----------------------------------------------------------------------------------------

    def term(self, name: str) -> Vector:
        """A term of the objective."""
        every = {
            "unmet_musts": self.unmet,
            "completed_courses": self.completed,
            "reliable_recoveries": self.recovered,
            "entering_treatment": total(v for (_, t), v in self.started.items() if t) - self.stepped_up,
            "waiting_too_long": self.too_long,
            "reached_by_outreach": total(self.extra.values()),
            "lost_trainees": self.lost,
            "workforce_at_end": total(self.posts[p].end_value * v for (p, t), v in self.present.items() if t == self.T[-1]),
            "cost": self.cost,
            "churn": total([*self.decided["hires"].values(), *self.decided["releases"].values()]),
            "contracts_ended": total(self.decided["releases"].values()),
            "equity_gap": self.access_gap,
            "representation_gap": self.group_gap,
        }
        return every[name]

    def tries(self) -> Iterator[list[tuple[float, float]]]:
        """Bounds of the columns for every whole decision and every stretch that outreach ends in."""
        ends = [range(len(columns)) for columns, _ in self.stretches]
        for values in product(*(w.values for w in self.whole)):
            for filled in product(*ends):
                bounds = [(0.0, upper) for upper in self.lp.upper]
                for w, value in zip(self.whole, values, strict=True):
                    bounds[w.column] = (value, value)
                for (columns, widths), end in zip(self.stretches, filled, strict=True):
                    for n, (column, width) in enumerate(zip(columns, widths, strict=True)):
                        bounds[column] = (width, width) if n < end else (0.0, width) if n == end else (0.0, 0.0)
                yield bounds

    def answer(self, x: Vector) -> PlanAnswer:
        """The answer's decisions, with everything that follows from them worked out by the checker."""
        s, q = self.s.service, self.label
        of = {table: {key: max(0.0, float(v @ x)) for key, v in decided.items()} for table, decided in self.decided.items()}
        decisions: dict[str, Any] = {
            "posts": [PostsEstablished(service=s, post=p, year=y, posts=n) for (p, y), n in of["posts"].items()],
            "hires": [Hires(service=s, post=p, quarter=q[t], wte=n) for (p, t), n in of["hires"].items()],
            "intakes": [Intake(service=s, programme=g, quarter=q[t], people=round(n)) for (g, t), n in of["intakes"].items()],
            "conversions": [Conversion(service=s, from_post=a, to_post=b, quarter=q[t], wte=n) for (a, b, t), n in of["conversions"].items()],
            "moves": [Move(service=s, from_post=a, to_post=b, quarter=q[t], wte=n) for (a, b, t), n in of["moves"].items()],
            "releases": [Release(service=s, post=p, quarter=q[t], wte=n) for (p, t), n in of["releases"].items()],
            "over_establishment": [StaffOverEstablishment(service=s, post=p, quarter=q[t], wte=n) for (p, t), n in of["over_establishment"].items()],
            "reduced_hours": [StaffOnReducedHours(service=s, post=p, quarter=q[t], people=n) for (p, t), n in of["reduced_hours"].items()],
            "supervisors_trained": [
                SupervisorsTrained(service=s, post=p, kind=k, quarter=q[t], people=round(n)) for (p, k, t), n in of["supervisors_trained"].items()
            ],
            "outreach": [
                OutreachHours(service=s, community=key[0], quarter=q[key[1]], clinical_hours=n, worker_hours=of["outreach"][*key, "worker"])
                for key, n in of["outreach"].items()
                if len(key) == 2
            ],
            "digital": [DigitalBlocks(provider=v, service=s, step=i, quarter=q[t], blocks=round(n)) for (v, i, t), n in of["digital"].items()],
            "rooms": [RoomsRented(service=s, site=j, year=y, rooms=round(n)) for (j, y), n in of["rooms"].items()],
            "targeted_places": [TargetedPlaces(service=s, post=p, group=g, quarter=q[t], wte=n) for (p, g, t), n in of["targeted_places"].items()],
            "group_starts": [GroupStarts(service=s, step=i, quarter=q[t], courses=n) for (i, t), n in of["group_starts"].items()],
            "integrated_starts": [IntegratedStarts(service=s, step=i, quarter=q[t], courses=n) for (i, t), n in of["integrated_starts"].items()],
            "retention": [RetentionTaken(measure=name, service=s, taken=1, kept=0, pounds=0) for name in sorted(self.taken)],
            "starts": [Starts(service=s, step=i, quarter=q[t], courses=n) for (i, t), n in of["starts"].items()],
            "treatment_hours": [TreatmentHours(service=s, post=p, step=i, quarter=q[t], hours=n) for (p, i, t), n in of["treatment_hours"].items()],
            "supervision_hours": [
                SupervisionHours(service=s, post=p, kind=k, quarter=q[t], hours=n) for (p, k, t), n in of["supervision_hours"].items()
            ],
            "mother_tongue": [
                MotherTongueHours(service=s, post=p, language=k, step=i, quarter=q[t], hours=n) for (p, k, i, t), n in of["mother_tongue"].items()
            ],
            "supervisors": [SupervisorsInPost(service=s, post=p, kind=k, quarter=q[t], trained=n) for (p, k, t), n in of["supervisors"].items()],
            "carry_over": [CarryOver(stream=b, year=y, service=a, pounds=n) for (b, y, a), n in of["carry_over"].items() if n],
        }
        return work_out(self.data, PlanAnswer.model_validate(decisions))


def brute_force(data: PlanInput) -> list[float]:
    """Best value of each level in order, over every whole decision; each candidate passes the checker, which finds the same values."""
    measures = [r.measure for r in data.retention_measures]
    completions = [Completion(data, frozenset(taken)) for n in range(len(measures) + 1) for taken in combinations(measures, n)]
    candidates = [(completion, bounds) for completion in completions for bounds in completion.tries()]
    held: dict[Completion, list[Vector]] = {completion: [] for completion in completions}
    values = []
    for n, r in enumerate(sorted(data.priorities, key=lambda r: r.priority)):
        sign = 1.0 if r.direction == "min" else -1.0
        level = {c: total(o.weight * c.term(o.term) for o in data.objectives if o.priority == r.priority) for c in completions}
        found = []
        for completion, bounds in candidates:
            x = completion.lp.least(sign * level[completion], bounds, held[completion])
            if x is not None:
                found.append((sign * float(level[completion] @ x), completion, bounds, x))
        least = min(value for value, *_ in found)
        for value, completion, _, x in found:
            checked = check(data, completion.answer(x))
            assert [str(f) for f in checked.findings] == []
            # A pound, or a ten-thousandth of what is compared, is no shortfall to the checker.
            assert checked.levels[n][-1] == pytest.approx(sign * value, rel=1e-5, abs=5e-3 if n == 0 else 1e-5)
        room = (HELD_LATER if n else HELD) * max(1.0, abs(least))
        candidates = [(completion, bounds) for value, completion, bounds, _ in found if value <= least + room + NEAR * max(1.0, abs(least))]
        for completion in completions:
            held[completion].append(sign * level[completion] - number(least + room))
        values.append(sign * least)
    return values


def agree(data: PlanInput) -> list[float]:
    """The levels' best values, on which brute force and the solver agree, as on whether every must can be met."""
    expected = brute_force(data)
    answer, outcome = best(data)
    assert answer is not None
    # A level's bound is proved before later levels use the room it is held with.
    assert [level.bound for level in outcome.levels] == pytest.approx(expected, rel=1e-5, abs=1e-5)
    for level, value in zip(outcome.levels, expected, strict=True):
        assert level.value == pytest.approx(value, rel=1e-5, abs=1e-5)
    assert outcome.status is (Status.INFEASIBLE if expected[0] > 1e-5 else Status.OPTIMAL)
    return expected


# --- families of tiny plans -------------------------------------------------------------------------------------------
#
# Each draws a plan in which the rules of some chapters have something to bite on, and tells how to loosen one of them. Money is in thousands.

Loosen = dict[str, "Callable[[PlanInput], PlanInput]"]


def without(*tables: str) -> Callable[[PlanInput], PlanInput]:
    return lambda data: varied(data, **dict.fromkeys(tables, ()))


def loose_columns(table: str, **columns: Any) -> Callable[[PlanInput], PlanInput]:
    return lambda data: varied(data, **{table: tuple(row.model_copy(update=columns) for row in getattr(data, table))})


def pick(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


RATES = pick(0.0, 0.19, 0.5)
CARE_FIRST = goals(("max", {"completed_courses": 1.0, "workforce_at_end": 5.0, "lost_trainees": -3.0}), ("min", {"cost": 1.0}))


@st.composite
def people(draw: st.DrawFn) -> PlanInput:
    """Juniors are hired and become seniors, who are worth more; both leave; posts are whole and the money of two years is short."""
    quarters, in_post = draw(st.integers(2, 4)), draw(st.integers(1, 2))
    first_year = draw(pick(0, 0.5, 1))
    return plan(
        quarters,
        settings={"first_quarter": draw(pick("2026/27 Q3", "2026/27 Q4")), "pay_award": draw(pick(0, 0.1))},
        posts=(
            post("junior", leavers_first_year=draw(RATES), leavers_later=draw(RATES), starter_caseload=draw(pick(0.5, 1)), end_value=1),
            post("senior", band="7", leavers_later=draw(RATES), release_pounds=draw(pick(None, 0, 2000)), end_value=draw(pick(1, 4)), absence=0.2),
        ),
        flows=(Flow(from_post="junior", to_post="senior", minimum_quarters=draw(pick(0, 4, 5, 6, 8))),),
        staff=(
            staff("junior", in_post, first_year=first_year, long_serving=draw(st.floats(0, 1)) * (in_post - first_year)),
            staff("senior", draw(pick(0, 0.5, 1))),
        ),
        recruitment=(market("junior", draw(pick(0.25, 0.4)), lead=draw(pick(0, 1)), cost_pounds=draw(pick(0, 3000))),),
        budget=(
            budget("pay", 10_000 * draw(pick(1, 2, 3)), carry_over=draw(pick(0, 0.2))),
            *([budget("pay", 10_000 * draw(st.integers(1, 9)), "2027/28")]),
            *([budget("pay", 10_000 * draw(st.integers(4, 12)), "2028/29")] if draw(st.booleans()) else []),
        ),
        **CARE_FIRST,
    )


@st.composite
def training(draw: st.DrawFn) -> PlanInput:
    """Assistants and people from outside train; few places, few qualified clinicians, and not enough money for everybody's post."""
    quarters, completion = draw(st.integers(2, 4)), draw(pick(1, 0.81, 0.5))
    minimum = draw(st.integers(1, 2))
    return plan(
        quarters,
        settings={"trainees_per_qualified": draw(pick(1, 2, 3))},
        posts=(
            post(leavers_later=draw(RATES), leavers_first_year=draw(RATES), end_value=2),
            post("assistant", high=False, end_value=draw(pick(0, 1))),
            trainee_post(end_value=draw(pick(1, 4)), high=draw(st.booleans()), caseload=0.5, starter_caseload=draw(pick(0.5, 1))),
        ),
        flows=(
            Flow(from_post="trainee", to_post="therapist", minimum_quarters=0),
            *([Flow(from_post="assistant", to_post="trainee", minimum_quarters=draw(pick(4, 6)))]),
        ),
        programmes=(
            programme(
                length=draw(pick(1, 2)), completion=completion, intake_quarters=draw(pick("1", "2", "1 2")), cohort_minimum=minimum,
                cohort_maximum=minimum + draw(st.integers(0, 2)), external=draw(pick(True, True, False)), fee_pounds=draw(pick(0, 1000, 2000)),
                salary_support=draw(pick(0.5, 1)),
            ),
        ),
        places=(Place(programme="course", quarter=quarter(draw(pick(1, 2))), places=draw(st.integers(1, 3))),),
        staff=(staff("therapist", 1), staff("assistant", draw(pick(0, 1, 2)))),
        trainees=(cohort(draw(pick(1, 2)), draw(pick(0, -1))),),
        budget=(budget("pay", 10_000 * draw(st.integers(8, 24))), budget("fees", 1000 * draw(st.integers(2, 9)))),
        **CARE_FIRST,
    )  # fmt: skip


@st.composite
def supervision(draw: st.DrawFn) -> PlanInput:
    """No hire without the hour: therapists are hired, leads supervise them and can be trained to."""
    quarters = draw(st.integers(2, 3))
    return plan(
        quarters,
        posts=(post(leavers_first_year=draw(RATES), starter_caseload=draw(pick(0.5, 1))), post("lead", leavers_later=draw(RATES))),
        staff=(staff("therapist", draw(pick(0, 1))), staff("lead", draw(pick(1, 2)))),
        recruitment=(market("therapist", draw(pick(1, 1.5)), lead=draw(pick(0, 1))),),
        supervision_kinds=(
            kind(
                own_hours=draw(pick(0, 0.5)), course_pounds=1000, course_hours=draw(pick(0, 20)), course_lag=draw(pick(0, 1)),
                course_quarters=draw(pick("1", "2", "1 2 3 4")),
            ),
        ),
        supervision_needs=(need("therapist", draw(pick(1, 1.5, 2)), received=draw(pick(0, 1))), need("lead", draw(pick(0, 0.5)))),
        supervision_givers=(giver("lead", draw(pick(1, 2, 4)), draw(pick(0.5, 1))),),
        supervisors=(supervisor("lead", draw(pick(0, 0.5, 1))),),
        budget=(budget("courses", 1000 * draw(st.integers(0, 2))), budget("pay", 10_000 * quarters * draw(st.integers(3, 6)))),
        **CARE_FIRST,
    )  # fmt: skip


def course_of(draw: st.DrawFn, step: str, **more: Any) -> Any:
    return care(
        step, waiting=draw(st.integers(0, 12)), carried_over=draw(st.integers(0, 4)), route=draw(pick(0.25, 0.5)), give_up=draw(pick(0, 0.2)),
        sessions=draw(st.integers(6, 12)), session_minutes=50, writeup_minutes=draw(pick(0, 10)), attended=draw(pick(0.8, 1)),
        assessment_minutes=draw(pick(0, 60)), same_quarter=draw(pick(0.5, 0.8, 1)), completion=draw(pick(0.5, 0.8)),
        reliable_recovery=draw(pick(0.4, 0.6)), wait_weeks=draw(pick(0, 2, 6)), **more,
    )  # fmt: skip


def referred(draw: st.DrawFn, quarters: int) -> tuple[Demand, ...]:
    return tuple(Demand(service="s", quarter=quarter(t), referrals=draw(st.integers(5, 30))) for t in range(1, quarters + 1))


@st.composite
def both_steps(draw: st.DrawFn) -> PlanInput:
    """Two steps of care share a worker; courses reach into the next quarter, low-intensity ones lead to high ones."""
    quarters = draw(st.integers(2, 4))
    weights = {
        "completed_courses": draw(pick(0, 1)), "reliable_recoveries": draw(pick(0.5, 1)), "entering_treatment": draw(pick(0, 0.5)),
        "waiting_too_long": -draw(pick(0.1, 0.5)),
    }  # fmt: skip
    return plan(
        quarters,
        posts=(post("worker", low=True, high=draw(st.booleans()), stream="care"), post(stream="care")),
        staff=(staff("worker", draw(pick(0.5, 1))), staff("therapist", draw(pick(0.5, 1)))),
        recruitment=(market("therapist", draw(pick(0.25, 0.5)), lead=1),),
        care=(course_of(draw, "low", step_up=draw(pick(0, 0.25, 0.5))), course_of(draw, "high")),
        demand=referred(draw, quarters),
        budget=(budget("care", 10_000 * quarters * draw(st.integers(2, 3))),),
        **goals(("max", weights), ("min", {"churn": 1.0})),
    )


@st.composite
def bought_and_reached(draw: st.DrawFn) -> PlanInput:
    """Blocks of digital courses, and outreach that costs hours now and brings people later, the worse stretch now and then first."""
    quarters = draw(st.integers(2, 3))
    first, second = draw(st.permutations([0.4, 0.1]))
    return plan(
        quarters,
        staff=(staff("therapist", draw(pick(0.5, 1))),),
        care=(course_of(draw, "high"),),
        demand=referred(draw, quarters),
        outreach=(
            Outreach(service="s", community="c", post="therapist", clinical_hours=draw(pick(0, 10, 20)), worker_hours=draw(pick(0, 10, 20)),
                     worker_pounds=20, lag=draw(pick(0, 1)), taper=draw(pick(1, 2)), stream="more"),
        ),
        outreach_returns=(
            OutreachReturn(service="s", community="c", stretch=1, hours=12, referrals_per_hour=first),
            OutreachReturn(service="s", community="c", stretch=2, hours=12, referrals_per_hour=second),
        ),
        digital=(
            Digital(provider="app", service="s", step="high", price_pounds=100, block=draw(st.integers(1, 3)), maximum=draw(st.integers(1, 3)),
                    maximum_share=draw(pick(0.25, 0.5)), quality=draw(pick(0.5, 1)), stream="more"),
        ),
        budget=(budget("more", 100 * draw(st.integers(2, 9))),),
        **goals(("max", {"completed_courses": 1.0, "waiting_too_long": -draw(pick(0.05, 0.2)), "reached_by_outreach": draw(pick(0, 0.3))}),
                ("min", {"cost": 1.0})),
    )  # fmt: skip


@st.composite
def money(draw: st.DrawFn) -> PlanInput:
    """Budgets of two years and of the year after, carried over in part, a pay award, half posts, and a limit or two, some of which cannot hold."""
    quarters = draw(st.integers(2, 4))
    decision, sense = draw(pick("posts", "staff", "hires", "starts", "waiting", "releases")), draw(pick("at most", "at least", "exactly"))
    if decision == "posts":
        sense = "at most"  # brute force tries no more posts than there can be people
    return plan(
        quarters,
        settings={"first_quarter": draw(pick("2026/27 Q3", "2026/27 Q4")), "pay_award": draw(pick(0, 0.05))},
        service={"post_unit": draw(pick(0.5, 1))},
        posts=(post(leavers_later=draw(RATES), release_pounds=draw(pick(None, 1000))),),
        staff=(staff("therapist", draw(pick(1, 1.5, 2))),),
        recruitment=(market("therapist", draw(pick(0.5, 1)), lead=draw(pick(0, 1)), cost_pounds=2000),),
        care=(course_of(draw, "high"),),
        demand=tuple(Demand(service="s", quarter=quarter(t + 2), referrals=20) for t in range(1, quarters + 2)),
        budget=(
            budget("pay", 1000 * draw(st.integers(10, 45)), carry_over=draw(pick(0, 0.3))),
            budget("pay", 1000 * draw(st.integers(10, 60)), "2027/28"),
            budget("hiring", 1000 * draw(st.integers(0, 3)), carry_over=1),
            budget("hiring", 500, "2027/28"),
            *([budget("pay", 1000 * draw(st.integers(40, 120)), "2028/29")] if draw(st.booleans()) else []),
        ),
        limits=(limit(decision, sense, draw(pick(0, 1, 2, 3)), scope=draw(pick("each", "total"))),),
        **CARE_FIRST,
    )


@st.composite
def targets(draw: st.DrawFn) -> PlanInput:
    """The least money that meets a target on either step or on both, with a post for each step."""
    quarters = draw(st.integers(1, 2))
    decision, scope = draw(pick("completed", "recovered", "entering")), draw(pick("each", "total"))
    return plan(
        quarters,
        posts=(post("worker", low=True, high=False, stream="care"), post(stream="care")),
        recruitment=(market("worker", draw(pick(1, 1.5))), market("therapist", draw(pick(1, 1.5)), cost_pounds=500)),
        care=(course_of(draw, "low", step_up=draw(pick(0.2, 0.5))), course_of(draw, "high")),
        demand=referred(draw, quarters),
        limits=(limit(decision, draw(pick("at least", "exactly")), draw(st.integers(1, 8)), scope=scope, item=draw(pick("", "low", "high"))),),
        **goals(("min", {"cost": 1.0})),
    )


@st.composite
def tongues(draw: st.DrawFn) -> PlanInput:
    """Courses in two languages, by interpreters or by two posts that speak one or both, who share few applicants with the therapists."""
    quarters = draw(st.integers(2, 3))
    spoken = [("native", "Turkish"), ("native", "Somali"), ("therapist", "Somali")]
    return plan(
        quarters,
        posts=(post(role="therapist"), post("native", role="therapist", leavers_first_year=draw(RATES))),
        staff=(staff("therapist", draw(pick(0.5, 1))), staff("native", draw(pick(0, 0.25)))),
        recruitment=(
            market("therapist", 1, market="town", cost_pounds=500),
            market("native", 1, market="town", applicants_per_hire=draw(pick(1, 2, 3)), cost_pounds=500),
        ),
        labour_markets=(
            LabourMarket(market="town", role="therapist", from_quarter=quarter(draw(pick(-1, 1, 2))), applicants=draw(pick(0.25, 0.5, 1))),
            LabourMarket(market="town", role="therapist", from_quarter=quarter(3), applicants=draw(pick(0, 0.5, 2))),
        ),
        languages=(
            Language(service="s", language="Turkish", share=draw(pick(0.2, 0.5)), interpreter_pounds=draw(pick(0, 40, 90)),
                     longer=draw(pick(1, 1.5, 2)), stream="care"),
            Language(service="s", language="Somali", share=draw(pick(0, 0.2, 0.5)), interpreter_pounds=60, longer=1.5, stream="care"),
        ),
        speakers=tuple(Speaker(post=p, language=k) for p, k in draw(st.sets(pick(*spoken), min_size=1))),
        care=(course_of(draw, "high"),),
        demand=referred(draw, quarters),
        budget=(budget("care", 500 * draw(st.integers(0, 8))), budget("pay", 10_000 * quarters * draw(st.integers(1, 3)))),
        **goals(("max", {"completed_courses": 1.0, "waiting_too_long": -0.1}), ("min", {"cost": 1.0})),
    )  # fmt: skip


@st.composite
def fair(draw: st.DrawFn) -> PlanInput:
    """Few rooms and some to rent, outreach to one of two communities, and a group among the seniors, who are hired and promoted and leave."""
    quarters = draw(st.integers(1, 3))
    shares = pick(0.0, 0.2, 0.4, 0.6)
    return plan(
        quarters,
        settings={"first_quarter": draw(pick("2026/27 Q1", "2026/27 Q4"))},
        posts=(post("junior", leavers_later=draw(RATES)), post("senior", leavers_first_year=draw(RATES), leavers_later=draw(RATES), end_value=1)),
        flows=(Flow(from_post="junior", to_post="senior", minimum_quarters=4),),
        staff=(staff("junior", 0.5), staff("senior", draw(pick(0.5, 1)), first_year=draw(pick(0, 0.5)), long_serving=0)),
        recruitment=(market("senior", draw(pick(0.2, 0.5))),),
        care=(course_of(draw, "high", face_to_face=draw(pick(0.5, 1))),),
        demand=tuple(Demand(service="s", quarter=quarter(t), referrals=draw(st.integers(5, 30))) for t in range(1, 8)),
        outreach=(
            Outreach(service="s", community="c", post="senior", clinical_hours=draw(pick(0, 10)), worker_hours=10, worker_pounds=20,
                     lag=draw(pick(0, 1)), taper=draw(pick(1, 2)), stream="more"),
        ),
        outreach_returns=(OutreachReturn(service="s", community="c", stretch=1, hours=20, referrals_per_hour=0.4),),
        rooms=(
            Room(service="s", site="north", share=0.75, rooms=draw(pick(0, 0.5, 1)), open_hours=draw(pick(2, 5)), maximum=draw(pick(0, 1)),
                 room_pounds=draw(pick(1000, 4000)), stream="more"),
            Room(service="s", site="south", share=0.25, rooms=0.5, open_hours=draw(pick(2, 5)), stream="more"),
        ),
        communities=(
            Community(service="s", community="c", need=0.5, referred=draw(pick(0.1, 0.4))),
            Community(service="s", community="d", need=draw(shares), referred=draw(shares)),
        ),
        representation=(
            Representation(service="s", post="senior", group="g", now=draw(shares), hired=draw(shares), promoted=draw(shares), target=0.5,
                           maximum=draw(pick(0, 0.5, 0.8)), place_pounds=draw(pick(0, 2000)), stream="more"),
        ),
        budget=(budget("more", 250 * draw(st.integers(0, 6))), budget("more", 250 * draw(st.integers(0, 6)), "2027/28")),
        **goals(
            ("max", {"completed_courses": 1.0, "workforce_at_end": 4.0, "equity_gap": -draw(pick(0.1, 1)), "representation_gap": -draw(pick(2, 20))}),
            ("min", {"cost": 1.0}),
        ),
    )  # fmt: skip


@st.composite
def staffed(draw: st.DrawFn) -> PlanInput:
    """Juniors who are promoted at a price and at a loss, more of both than posts, some of them on fewer hours; a first year of any length."""
    quarters, year = draw(st.integers(1, 3)), draw(pick(0, 2, 4))
    in_post = draw(pick(1, 1.5))
    return plan(
        quarters,
        settings={"first_quarter": draw(pick("2026/27 Q1", "2026/27 Q4")), "first_year_quarters": year},
        service={"over_establishment": draw(pick(None, 0.5, 1))},
        posts=(
            post("junior", leavers_first_year=draw(RATES), leavers_later=draw(RATES), release_pounds=draw(pick(None, 500)), end_value=1),
            post("senior", leavers_later=draw(RATES), end_value=draw(pick(1, 4))),
        ),
        flows=(
            Flow(from_post="junior", to_post="senior", minimum_quarters=draw(pick(0, 3, 5)), lost_on_move=draw(pick(0, 0.25)),
                 maximum_moves=draw(pick(None, 0.5)), maximum_moves_share=draw(pick(None, 0.5)), move_pounds=draw(pick(0, 1000))),
        ),
        staff=(staff("junior", in_post, first_year=draw(pick(0, 0.5)) if year else 0, long_serving=0.5), staff("senior", draw(pick(0.5, 1)))),
        recruitment=(market("junior", draw(pick(0, 0.4)), lost_on_arrival=draw(pick(0, 0.25))),),
        over_establishment=(
            OverEstablishment(service="s", post="junior", maximum=draw(pick(0.25, 1)), extra_pounds=draw(pick(0, 4000))),
            OverEstablishment(service="s", post="senior", maximum=draw(pick(0.25, 1))),
        ),
        reduced_hours=(ReducedHours(service="s", post="junior", share=draw(pick(0.5, 0.6)), maximum=draw(pick(0.5, 2)), extra_pounds=400),),
        budget=(
            budget("pay", 5000 * draw(st.integers(2, 10))),
            budget("pay", 5000 * draw(st.integers(2, 10)), "2027/28"),
        ),
        limits=(limit(draw(pick("posts_filled", "staff", "reduced_hours")), draw(pick("at most", "exactly")), draw(pick(0.5, 1)), scope="each"),),
        **CARE_FIRST,
    )  # fmt: skip


@st.composite
def stayed(draw: st.DrawFn) -> PlanInput:
    """Juniors become seniors and both leave; either of two measures keeps some of them, at a price that may be due in the year after too."""
    first = quarter_number("2026/27 Q2")
    later = pick(None, quarter(first + 1 - quarter_number(FIRST)), quarter(first + 2 - quarter_number(FIRST)))
    names = ("premium", "study")
    return plan(
        draw(st.integers(2, 3)),
        settings={"first_quarter": "2026/27 Q2"},
        posts=(post("junior", leavers_first_year=draw(RATES), leavers_later=draw(RATES), end_value=1),
               post("senior", leavers_later=draw(RATES), end_value=draw(pick(1, 4)), stream="more")),
        flows=(Flow(from_post="junior", to_post="senior", minimum_quarters=draw(pick(0, 4, 6))),),
        staff=(staff("junior", 1, first_year=draw(pick(0, 0.5)), long_serving=0.5), staff("senior", draw(pick(0.5, 1)))),
        recruitment=(market("junior", draw(pick(0, 0.25))),),
        retention_measures=tuple(
            RetentionMeasure(measure=name, service="s", year_pounds=1000 * draw(st.integers(0, 6)), wte_pounds=draw(pick(0, 500, 3000)),
                             from_quarter=draw(later), stream="keep") for name in names),
        retention_effects=tuple(
            RetentionEffect(measure=name, post=p, leavers_avoided=draw(pick(0.1, 0.3, 0.5))) for name in names
            for p in sorted(draw(st.sets(pick("junior", "senior"), min_size=1)))),
        budget=(budget("keep", 500 * draw(st.integers(0, 12))), *([budget("keep", 1000 * draw(st.integers(2, 9)), "2027/28")] if draw(st.booleans())
                                                                  else []), budget("pay", 10_000 * draw(st.integers(3, 9)))),
        **CARE_FIRST,
    )  # fmt: skip


@st.composite
def beside(draw: st.DrawFn) -> PlanInput:
    """Advisers beside the clinicians, groups beside courses one to one, and a share of all growth for the few who are trained for it."""
    quarters, later = draw(st.integers(1, 3)), pick(None, quarter(2))
    return plan(
        quarters,
        posts=(post(), post("specialist", integrated=True, leavers_later=draw(RATES)), post("adviser", high=False, leavers_later=draw(RATES))),
        staff=(staff("therapist", draw(pick(0.5, 1))), staff("specialist", draw(pick(0, 0.1, 0.3))), staff("adviser", draw(pick(0, 0.1)))),
        recruitment=(market("therapist", draw(pick(0.2, 0.3))), market("specialist", draw(pick(0, 0.1))),
                     market("adviser", draw(pick(0, 0.1)), lead=draw(pick(0, 1)))),
        care=(course_of(draw, "high"),),
        demand=referred(draw, quarters),
        employment_advisers=(EmploymentAdviser(service="s", post="adviser", clinicians_per_adviser=draw(pick(4, 8)), from_quarter=draw(later)),),
        group_courses=(
            GroupCourse(service="s", step="high", people=8, sessions=draw(st.integers(6, 12)), session_minutes=90, staff=draw(pick(1, 2)),
                        other_minutes=draw(pick(0, 60)), maximum_share=draw(pick(0.2, 0.4)), quality=draw(pick(0.5, 0.8, 1)),
                        recovery=draw(pick(0.5, 1, 1.2))),
        ),
        integrated_care=(
            IntegratedCare(service="s", step="high", baseline=draw(st.integers(0, 3)), integrated_share=draw(pick(0.3, 0.6)),
                           from_quarter=draw(later)),
        ),
        digital=(
            Digital(provider="app", service="s", step="high", price_pounds=100, block=2, maximum=1, maximum_share=0.25, stream="more"),
        ),
        budget=(budget("more", 100 * draw(st.integers(0, 4))), budget("pay", 30_000 * quarters)),
        **goals(("max", {"completed_courses": draw(pick(0, 1)), "reliable_recoveries": 2.0, "waiting_too_long": -0.1}), ("min", {"cost": 1.0})),
    )  # fmt: skip


@st.composite
def earned(draw: st.DrawFn) -> PlanInput:
    """Two years' money, a service's own ceiling on it, and what outcomes of the first earn for either."""
    ceiling = ServiceMoney(service="s", year="2027/28", stream=draw(pick("", "pay")), ceiling_pounds=1000 * draw(st.integers(5, 30)))
    return plan(
        draw(st.integers(2, 3)),
        settings={"first_quarter": "2026/27 Q4"},
        service={"post_unit": 0.5},
        posts=(post(release_pounds=0),),
        staff=(staff("therapist", 1),),
        recruitment=(market("therapist", draw(pick(0.5, 1)), cost_pounds=draw(pick(0, 2000))),),
        care=(care(same_quarter=draw(pick(0.5, 1)), carried_over=draw(pick(0, 4))),),
        budget=(budget("pay", 1000 * draw(st.integers(10, 20))), budget("pay", 1000 * draw(st.integers(10, 30)), "2027/28"),
                budget("hiring", 2000), budget("hiring", 2000, "2027/28")),
        service_money=(ceiling,),
        outcome_payments=(
            OutcomePayment(service="s", step="high", measure=draw(pick("completed courses", "reliable recoveries")), year="2026/27",
                           threshold=draw(pick(0, 3, 8)), payment_pounds=draw(pick(500, 2000)), cap_pounds=1000 * draw(st.integers(1, 15)),
                           stream="pay", paid=draw(pick("same year", "next year"))),
        ),
        **CARE_FIRST,
    )  # fmt: skip


FAMILIES: dict[str, tuple[Callable[[], st.SearchStrategy[PlanInput]], Loosen]] = {
    "people": (
        people,
        {
            "P2": loose_columns("flows", minimum_quarters=0),
            "P4": loose_columns("recruitment", maximum=1.0, lead=0),
            "B1": without("budget"),
        },
    ),
    "training": (
        training,
        {
            "T4": without("places"),
            "T5": loose_columns("programmes", external=True),
            "T6": lambda data: varied(data, settings=data.settings.model_copy(update={"trainees_per_qualified": 100.0})),
            "B1": without("budget"),
        },
    ),
    "supervision": (
        supervision,
        {
            "S1": loose_columns("supervision_needs", hours=0.0),
            "S2": loose_columns("supervision_givers", hours=20.0),
            "S4": loose_columns("supervision_kinds", course_lag=0, course_quarters="1 2 3 4"),
            "S5": loose_columns("supervision_givers", maximum_share=1.0),
        },
    ),
    "both steps": (
        both_steps,
        {
            "C1": loose_columns("posts", absence=0.0, other_hours=0.0),
            "C3": loose_columns("care", waiting=30.0),
            "C4": loose_columns("care", wait_weeks=30.0),
        },
    ),
    "bought and reached": (
        bought_and_reached,
        {
            "D1": loose_columns("digital", maximum=9, maximum_share=0.9),
            "O1": loose_columns("outreach", clinical_hours=24.0, worker_hours=24.0),
            "O2": loose_columns("outreach_returns", referrals_per_hour=0.4),
            "B1": without("budget"),
        },
    ),
    "money": (
        money,
        {
            "B1": lambda data: varied(data, budget=tuple(row for row in data.budget if row.year == "2028/29")),
            "B2": lambda data: varied(data, budget=tuple(row for row in data.budget if row.year != "2028/29")),
            "L1": without("limits"),
        },
    ),
    "targets": (targets, {"L1": without("limits")}),
    "fair": (
        fair,
        {
            "R1": without("rooms"),
            "E1": loose_columns("communities", need=0.0),
            "E2": loose_columns("representation", target=0.0),
        },
    ),
    "staffed": (
        staffed,
        {
            "P7": loose_columns("over_establishment", maximum=9.0, extra_pounds=0.0),
            "P8": loose_columns("reduced_hours", maximum=9.0, extra_pounds=0.0),
            "P9": loose_columns("flows", maximum_moves=None, maximum_moves_share=None, lost_on_move=0.0, move_pounds=0.0),
        },
    ),
    "stayed": (stayed, {"M1": loose_columns("retention_measures", year_pounds=0.0, wte_pounds=0.0)}),
    "beside": (
        beside,
        {
            "C7": without("employment_advisers"),
            "C8": loose_columns("group_courses", maximum_share=0.9),
            "C9": without("integrated_care"),
        },
    ),
    "earned": (
        earned,
        {
            "B3": without("service_money"),
            "B4": loose_columns("outcome_payments", threshold=0.0, cap_pounds=90_000.0),
        },
    ),
    "tongues": (
        tongues,
        {
            "P6": loose_columns("labour_markets", applicants=9.0),
            "C6": without("languages"),
        },
    ),
}


def binding(family: str, data: PlanInput, values: list[float]) -> set[str]:
    """Rules of the family without which, or with more room for which, a level would be better."""
    _, loosen = FAMILIES[family]
    found = set()
    for rule, change in loosen.items():
        _, outcome = best(change(data))
        if any(abs(level.value - value) > 1e-4 * max(1.0, abs(value)) for level, value in zip(outcome.levels, values, strict=True)):
            found.add(rule)
    return found


def compare(family: str, examples: int, *, repeatable: bool) -> Counter[str]:
    """Draw plans of a family and hold the solver to brute force; how often each rule bound, and how often any did."""
    seen: Counter[str] = Counter()
    strategy, _ = FAMILIES[family]

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=repeatable,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(strategy())
    def one(data: PlanInput) -> None:
        rules = binding(family, data, agree(data))
        event(f"{family}: {len(rules)} rules bind")
        seen.update([*rules, *(["any"] if rules else []), "drawn"])

    one()
    return seen


@pytest.mark.parametrize("family", FAMILIES)
def test_brute_force_and_the_solver_agree(family: str) -> None:
    seen = compare(family, 12, repeatable=True)
    assert seen["any"] > seen["drawn"] / 2, seen


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_brute_force_and_the_solver_agree_on_many(family: str) -> None:
    # Others each time, but where what is merged hangs on it: the same hundred there.
    seen = compare(family, 100, repeatable="CI" in os.environ)
    assert seen["any"] > seen["drawn"] / 2, seen


# --- plans of each family in which its rules bind ---------------------------------------------------------------------

EXAMPLES: dict[str, PlanInput] = {
    "people": plan(
        3,
        settings={"first_quarter": "2026/27 Q4"},
        posts=(post("junior", leavers_first_year=0.19, leavers_later=0.19, end_value=1), post("senior", leavers_later=0.19, end_value=4)),
        flows=(Flow(from_post="junior", to_post="senior", minimum_quarters=6),),
        staff=(staff("junior", 2, first_year=0, long_serving=0.25),),
        recruitment=(market("junior", 0.4, lead=1, cost_pounds=3000),),
        budget=(budget("pay", 20_000), budget("pay", 80_000, "2027/28"), budget("hiring", 2000, "2027/28")),
        **CARE_FIRST,
    ),
    "training": plan(
        3,
        settings={"trainees_per_qualified": 2},
        posts=(post(end_value=2), post("assistant", high=False), trainee_post(end_value=3)),
        flows=(
            Flow(from_post="trainee", to_post="therapist", minimum_quarters=0),
            Flow(from_post="assistant", to_post="trainee", minimum_quarters=4),
        ),
        programmes=(programme(length=2, intake_quarters="1 3", cohort_maximum=3, external=False, fee_pounds=1000, salary_support=0.5),),
        places=(Place(programme="course", quarter=quarter(3), places=1),),
        staff=(staff("therapist", 1), staff("assistant", 2)),
        trainees=(cohort(1),),
        budget=(budget("pay", 85_000),),
        **CARE_FIRST,
    ),
    "supervision": plan(
        2,
        posts=(post(), post("lead", leavers_later=0.19)),
        staff=(staff("therapist", 1), staff("lead", 2)),
        recruitment=(market("therapist", 1.5),),
        supervision_kinds=(kind(own_hours=0.5, course_pounds=1000, course_hours=20),),
        supervision_needs=(need("therapist", 2),),
        supervision_givers=(giver("lead", 4, 0.5),),
        supervisors=(supervisor("lead", 0.5),),
        budget=(budget("courses", 1000),),
        **CARE_FIRST,
    ),
    "both steps": plan(
        3,
        posts=(post("worker", low=True, stream="care"), post(stream="care")),
        staff=(staff("worker", 1), staff("therapist", 1)),
        care=(
            care("low", waiting=6, carried_over=3, route=0.5, give_up=0.2, step_up=0.5, same_quarter=0.5, wait_weeks=2),
            care(waiting=8, route=0.25, assessment_minutes=60, same_quarter=0.8, wait_weeks=2),
        ),
        demand=tuple(Demand(service="s", quarter=quarter(t), referrals=20) for t in (1, 2, 3)),
        **goals(("max", {"completed_courses": 1.0, "waiting_too_long": -0.5}), ("min", {"churn": 1.0})),
    ),
    "bought and reached": plan(
        2,
        staff=(staff("therapist", 0.5),),
        care=(care(waiting=4, route=0.5, same_quarter=1),),
        demand=tuple(Demand(service="s", quarter=quarter(t), referrals=10) for t in (1, 2)),
        outreach=(
            Outreach(service="s", community="c", post="therapist", clinical_hours=10, worker_hours=10, worker_pounds=20, lag=0, taper=2,
                     stream="more"),
        ),
        outreach_returns=(
            OutreachReturn(service="s", community="c", stretch=1, hours=12, referrals_per_hour=0.1),
            OutreachReturn(service="s", community="c", stretch=2, hours=12, referrals_per_hour=0.4),
        ),
        digital=(
            Digital(provider="app", service="s", step="high", price_pounds=100, block=2, maximum=2, maximum_share=0.5, stream="more"),
        ),
        budget=(budget("more", 500),),
        **goals(("max", {"completed_courses": 1.0, "reached_by_outreach": 0.3}), ("min", {"cost": 1.0})),
    ),
    "money": plan(
        3,
        settings={"first_quarter": "2026/27 Q4", "pay_award": 0.05},
        service={"post_unit": 0.5},
        posts=(post(leavers_later=0.19),),
        staff=(staff("therapist", 1),),
        recruitment=(market("therapist", 0.5, cost_pounds=2000),),
        care=(care(),),
        budget=(
            budget("pay", 12_000, carry_over=0.3),
            budget("pay", 35_000, "2027/28"),
            budget("pay", 80_000, "2028/29"),
        ),
        limits=(limit("hires", "at most", 2),),
        **CARE_FIRST,
    ),
}  # fmt: skip


EXAMPLES["targets"] = plan(
    2,
    posts=(post("worker", low=True, high=False, stream="care"), post(stream="care")),
    recruitment=(market("worker", 1.5), market("therapist", 1, cost_pounds=500)),
    care=(care("low", waiting=12, carried_over=2, step_up=0.5, same_quarter=0.5), care(waiting=6, same_quarter=0.8, reliable_recovery=0.4)),
    limits=(limit("entering", "at least", 9, item="low"), limit("recovered", "at least", 2, item="high", scope="each")),
    **goals(("min", {"cost": 1.0})),
)
EXAMPLES["fair"] = plan(
    2,
    staff=(staff("therapist", 1),),
    recruitment=(market("therapist", 0.5),),
    care=(care(face_to_face=0.5),),
    demand=tuple(Demand(service="s", quarter=quarter(t), referrals=20) for t in (1, 2)),
    outreach=(
        Outreach(service="s", community="c", post="therapist", clinical_hours=10, worker_hours=0, lag=0, taper=2, stream="more"),
    ),
    outreach_returns=(OutreachReturn(service="s", community="c", stretch=1, hours=20, referrals_per_hour=0.4),),
    rooms=(Room(service="s", rooms=1, open_hours=3, maximum=1, room_pounds=2000, stream="more"),),
    communities=(Community(service="s", community="c", need=0.5, referred=0.1),),
    representation=(
        Representation(service="s", post="therapist", group="g", now=0.2, hired=0.4, promoted=0, target=0.5, maximum=0.6, place_pounds=500,
                       stream="more"),
    ),
    budget=(budget("more", 800),),
    **goals(("max", {"completed_courses": 1.0, "equity_gap": -1.0, "representation_gap": -5.0}), ("min", {"cost": 1.0})),
)  # fmt: skip
EXAMPLES["staffed"] = plan(
    2,
    settings={"first_year_quarters": 2},
    posts=(post("junior", leavers_first_year=0.19, end_value=1), post("senior", end_value=4)),
    flows=(Flow(from_post="junior", to_post="senior", minimum_quarters=3, lost_on_move=0.25, maximum_moves_share=0.25, move_pounds=1000),),
    staff=(staff("junior", 2, long_serving=1), staff("senior", 1)),
    over_establishment=(OverEstablishment(service="s", post="junior", maximum=0.25, extra_pounds=4000),),
    reduced_hours=(ReducedHours(service="s", post="junior", share=0.5, maximum=0.5, extra_pounds=400),),
    limits=(limit("posts_filled", "at most", 1, item="junior", scope="each"),),
    **CARE_FIRST,
)
EXAMPLES["stayed"] = plan(
    3,
    settings={"first_quarter": "2026/27 Q2"},
    posts=(post("junior", leavers_later=0.5, end_value=1), post("senior", leavers_later=0.19, end_value=4)),
    flows=(Flow(from_post="junior", to_post="senior", minimum_quarters=4),),
    staff=(staff("junior", 2, first_year=0, long_serving=0.5), staff("senior", 1)),
    retention_measures=(
        RetentionMeasure(measure="premium", service="s", year_pounds=4000, wte_pounds=500, stream="keep"),
        RetentionMeasure(measure="study", service="s", year_pounds=1000, from_quarter="2026/27 Q3", stream="keep"),
    ),
    retention_effects=(
        RetentionEffect(measure="premium", post="junior", leavers_avoided=0.5),
        RetentionEffect(measure="premium", post="senior", leavers_avoided=0.3),
        RetentionEffect(measure="study", post="junior", leavers_avoided=0.1),
    ),
    budget=(budget("keep", 3500), budget("keep", 5000, "2027/28")),
    **CARE_FIRST,
)
EXAMPLES["beside"] = plan(
    2,
    service={"post_unit": 0.5},
    posts=(post(), post("specialist", integrated=True), post("adviser", high=False)),
    staff=(staff("therapist", 1), staff("specialist", 0.3), staff("adviser", 0.1)),
    recruitment=(market("therapist", 0.5), market("adviser", 0.1)),
    care=(care(same_quarter=0.5, reliable_recovery=0.5),),
    employment_advisers=(EmploymentAdviser(service="s", post="adviser", clinicians_per_adviser=8),),
    group_courses=(GroupCourse(service="s", step="high", people=8, sessions=8, session_minutes=90, maximum_share=0.25, quality=0.8, recovery=0.5),),
    integrated_care=(IntegratedCare(service="s", step="high", baseline=9, integrated_share=0.4),),
    **CARE_FIRST,
)
EXAMPLES["earned"] = plan(
    2,
    settings={"first_quarter": "2026/27 Q4"},
    service={"post_unit": 0.5},
    posts=(post(release_pounds=0),),
    staff=(staff("therapist", 1),),
    recruitment=(market("therapist", 1),),
    care=(care(),),
    budget=(budget("pay", 10_000), budget("pay", 10_000, "2027/28")),
    service_money=(ServiceMoney(service="s", year="2027/28", ceiling_pounds=25_000),),
    outcome_payments=(
        OutcomePayment(
            service="s", step="high", measure="completed courses", year="2026/27", threshold=7, payment_pounds=2000, cap_pounds=9000, stream="pay"
        ),
    ),
    **CARE_FIRST,
)  # fmt: skip
EXAMPLES["tongues"] = plan(
    2,
    posts=(post(role="therapist"), post("native", role="therapist")),
    staff=(staff("therapist", 0.5),),
    recruitment=(market("therapist", 1, market="town"), market("native", 1, market="town", applicants_per_hire=2)),
    labour_markets=(LabourMarket(market="town", role="therapist", from_quarter=quarter(1), applicants=0.5),),
    languages=(Language(service="s", language="Turkish", share=0.5, interpreter_pounds=40, longer=2, stream="care"),),
    speakers=(Speaker(post="native", language="Turkish"),),
    care=(care(),),
    **CARE_FIRST,
)


TRAINING, BOUGHT, MONEY, EARNED = EXAMPLES["training"], EXAMPLES["bought and reached"], EXAMPLES["money"], EXAMPLES["earned"]
OTHER_EXAMPLES: dict[str, tuple[PlanInput, ...]] = {
    # Enough qualified clinicians and money: now the places bind, or that nobody comes from outside.
    "training": tuple(
        varied(TRAINING, settings=TRAINING.settings.model_copy(update={"trainees_per_qualified": 9.0}), budget=(), **tables)
        for tables in ({"programmes": (TRAINING.programmes[0].model_copy(update={"external": True}),)}, {"places": ()})
    ),
    # Where no share of growth is asked for, there is growth.
    "beside": (varied(EXAMPLES["beside"], integrated_care=()),),
    "bought and reached": (varied(BOUGHT, budget=(budget("more", 5000),)),),
    "earned": (varied(EARNED, service_money=(EARNED.service_money[0].model_copy(update={"ceiling_pounds": 12_000.0}),)),),
    # Money for more posts in the year after, or for fewer.
    "money": (
        varied(MONEY, limits=(limit("hires", "at most", 0.4),)),
        varied(MONEY, budget=(*MONEY.budget[:2], budget("pay", 64_000, "2028/29"))),
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_rules_of_a_family_bind_in_its_examples(family: str) -> None:
    _, loosen = FAMILIES[family]
    examples = (EXAMPLES[family], *OTHER_EXAMPLES.get(family, ()))
    assert set().union(*(binding(family, data, agree(data)) for data in examples)) == set(loosen)


# --- plans that were once solved wrongly ------------------------------------------------------------------------------


def unsupervised(quarters: int, pay: float, *, leaving: float, hours: float, share: float, received: float, **hired: Any) -> PlanInput:
    """Leads who are not trained, and no money to train them: a must is missed however one plans."""
    return plan(
        quarters,
        posts=(post(starter_caseload=0.5), post("lead", leavers_later=leaving)),
        staff=(staff("therapist", 1), staff("lead", quarters - 1)),
        recruitment=(market("therapist", 1, **hired),),
        supervision_kinds=(kind(course_pounds=1000, course_lag=0),),
        supervision_needs=(need("therapist", hours, received=received), need("lead", (hours - 1) / 2)),
        supervision_givers=(giver("lead", 1, share),),
        supervisors=(supervisor("lead", 0),),
        budget=(budget("courses", 0), budget("pay", pay)),
        **CARE_FIRST,
    )


ONCE_WRONG = {
    # The room in which the musts were held bought a millionth of a hire, and this a whole post.
    "a post for a millionth": unsupervised(2, 60_000, leaving=0, hours=1, share=0.5, received=0),
    # The solver told of a bound above the value that it proved a moment later.
    "a bound beyond the value": unsupervised(3, 120_000, leaving=0.19, hours=2, share=1, received=1, lead=1),
    # Hires bring nothing; a level later the solver took the ones it was started from for the fewest.
    "hires nobody needs": plan(
        2,
        posts=(post("worker", low=True, high=False, stream="care"), post(stream="care")),
        staff=(staff("worker", 0.5), staff("therapist", 0.5)),
        recruitment=(market("therapist", 0.25, lead=1),),
        care=tuple(
            care(step, waiting=0, route=0.25, sessions=6, session_minutes=50, attended=0.8, same_quarter=0.5, completion=0.5, reliable_recovery=0.4)
            for step in ("low", "high")
        ),
        demand=tuple(Demand(service="s", quarter=quarter(t), referrals=5) for t in (1, 2)),
        budget=(budget("care", 40_000),),
        **goals(("max", {"reliable_recoveries": 0.5, "waiting_too_long": -0.1}), ("min", {"churn": 1.0})),
    ),
    # Presolve of one version of the solver left 40.5 points unmet where 2 must be.
    "posts nobody can pay": plan(
        2,
        settings={"first_quarter": "2026/27 Q4"},
        service={"post_unit": 0.5},
        staff=(staff("therapist", 1),),
        recruitment=(market("therapist", 0.5),),
        care=(care(waiting=0, route=0.25, sessions=3, session_minutes=50, attended=0.8, same_quarter=0.5, completion=0.5),),
        demand=tuple(Demand(service="s", quarter=quarter(t), referrals=20) for t in (4, 5)),
        budget=(budget("pay", 40_000, "2028/29"),),
        limits=(limit("staff", "at least", 2, scope="each"),),
        **CARE_FIRST,
    ),
}


@pytest.mark.parametrize("name", ONCE_WRONG)
def test_what_was_once_solved_wrongly_is_solved(name: str) -> None:
    agree(ONCE_WRONG[name])
