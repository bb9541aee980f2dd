"""Judges a plan from its decisions alone: simulates quarter by quarter what follows from them and holds it against every rule.

Nothing here knows how the plan was found. The rules are those of the page of the model; each is a function whose name begins
with the rule's id and whose docstring is its sentence. A rule is either hard (it returns findings) or may fall short at a price
(it returns gaps): a gap is an unmet must, which is allowed so long as the answer states it. What the answer says of itself (staff,
queues, lost trainees, spending, shortfalls, terms) is compared with the simulation under the rule it belongs to.

Faults of the answer that belong to no rule have the code ``ANSWER``; a term of the objective that is wrongly stated has ``TERMS``.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from optimiser.plan.data import (
    STEPS,
    LostTrainees,
    PlanAnswer,
    Queue,
    Shortfall,
    Spend,
    StaffInPost,
    TermValue,
    quarter_label,
    quarter_number,
    year_label,
    year_number,
)
from optimiser.plan.pay import PayTable
from optimiser.result import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from optimiser.plan.data import Budget, Care, Decision, Limit, Outreach, PlanInput, Post, Programme, Row, Service, SupervisionGiver

# Solvers work to 1e-6 on rows scaled as they see fit, and a quarter's error is carried into later quarters: 1e-4 of the size of what
# is compared is far above that and far below a person, an hour or a course that anybody would miss. Money is charged in whole pence
# on posts that are whole units, so a pound plus a millionth of a budget is as much as rounding can explain.
_NEAR = 1e-4
_NEAR_POUNDS = 1.0
_NEAR_POUNDS_SHARE = 1e-6

_FOLLOWING = ("staff", "queues", "lost_trainees", "spend", "terms")
"""Tables of the answer that follow from its decisions."""

Key = tuple[Any, ...]


class _Sums(dict[Key, float]):
    """Numbers by key; a key that is not there counts as 0 and stays out."""

    def __missing__(self, key: Key) -> float:
        return 0.0

    def add(self, key: Key, value: float) -> None:
        self[key] = self[key] + value


@dataclass(frozen=True)
class Checked:
    """What the checker found, and what it worked out for itself.

    ``levels`` holds (name, direction, value) of each priority, first priority first; ``terms`` every term, in its own unit.
    """

    findings: tuple[Finding, ...]
    terms: dict[str, float]
    shortfalls: tuple[Shortfall, ...]
    levels: tuple[tuple[str, Literal["min", "max"], float], ...]


@dataclass(frozen=True)
class _Gap:
    """How far a rule is from being met; ``row.short`` is 0 where it is. ``room`` is the tolerance, ``points`` a unit's price."""

    code: str
    row: Shortfall
    room: float
    points: float
    text: str


@dataclass(frozen=True)
class _Plan:
    """Input and decisions indexed, and what follows from them. Quarters are 1 to T; 0 and less is before the plan."""

    data: PlanInput
    option: str
    tables: dict[str, dict[Key, Any]]
    times: range
    labels: tuple[str, ...]
    services: dict[str, Service]
    posts: dict[str, Post]
    qualified: tuple[str, ...]
    training: dict[str, Programme]
    """Programme of each trainee post."""
    care: dict[Key, Care]
    flows: frozenset[Key]
    givers: dict[Key, SupervisionGiver]
    established: _Sums
    hires: _Sums
    intakes: _Sums
    moves: _Sums
    conversions: _Sums
    releases: _Sums
    courses: _Sums
    supervisors: _Sums
    given: _Sums
    treatment: _Sums
    clinical: _Sums
    workers: _Sums
    blocks: _Sums
    starts: _Sums
    carried: _Sums
    staff: _Sums = field(default_factory=_Sums)
    later: _Sums = field(default_factory=_Sums)
    arrivals: _Sums = field(default_factory=_Sums)
    leavers: _Sums = field(default_factory=_Sums)
    moved_in: _Sums = field(default_factory=_Sums)
    moved_out: _Sums = field(default_factory=_Sums)
    converted: _Sums = field(default_factory=_Sums)
    graduates: _Sums = field(default_factory=_Sums)
    extra: _Sums = field(default_factory=_Sums)
    joined: _Sums = field(default_factory=_Sums)
    started: _Sums = field(default_factory=_Sums)
    waiting: _Sums = field(default_factory=_Sums)
    too_long: _Sums = field(default_factory=_Sums)
    completed: _Sums = field(default_factory=_Sums)
    spend: _Sums = field(default_factory=_Sums)

    def quarter(self, t: int) -> str:
        return self.labels[t - 1]

    def year(self, t: int) -> str:
        return self.quarter(t)[:7]


# --- the whole of it --------------------------------------------------------------------------------------------------


def check(data: PlanInput, answer: PlanAnswer) -> Checked:
    """Hold an answer against every rule of the model and against what it says of itself.

    The input must have passed its own checks (a post without pay raises KeyError, as :class:`optimiser.plan.pay.PayTable` does).
    """
    tables, findings = _accept(data, answer)
    plan = _simulate(data, answer.option, tables)
    for rule in HARD:
        findings.extend(rule(plan))
    stated = {key: row.short for key, row in tables["shortfalls"].items()}
    gaps = _gaps(plan)
    findings.extend(_unstated(plan, gaps, stated))
    # A gap within the tolerance is noise, unless the answer itself counts it.
    counted = [g for g in gaps if g.row.short > (0 if _key(g.row) in stated else g.room)]
    terms = _terms(plan, counted)
    findings.extend(_terms_stated(tables, terms))
    return Checked(tuple(findings), terms, tuple(g.row for g in counted), _levels(data, terms))


def work_out(data: PlanInput, answer: PlanAnswer) -> PlanAnswer:
    """The same decisions with every table that follows from them filled in: staff, queues, lost trainees, spending, shortfalls, terms."""
    tables, _ = _accept(data, answer)
    plan = _simulate(data, answer.option, tables)
    counted = [g for g in _gaps(plan) if g.row.short > g.room]
    staff = [
        StaffInPost(
            service=s, post=p, quarter=plan.quarter(t), wte=plan.staff[s, p, t], arrivals=plan.arrivals[s, p, t], leavers=plan.leavers[s, p, t]
        )
        for s in plan.services
        for p in plan.posts
        for t in plan.times
        if plan.staff[s, p, t] or plan.staff[s, p, t - 1]
    ]
    queues = [
        Queue(service=s, step=i, quarter=plan.quarter(t), **{name: value for name, (value, _) in _queue(plan, s, i, t).items()})
        for s, i in plan.care
        for t in plan.times
    ]
    lost = [
        LostTrainees(service=s, programme=g, quarter=plan.quarter(t), graduates=people, lost=max(0.0, people - plan.converted[s, g, t]))
        for (s, g, t), people in plan.graduates.items()
        if people
    ]
    spend = [Spend(service=s, stream=stream, year=y, item=item, pounds=pounds) for (s, stream, y, item), pounds in plan.spend.items()]
    return answer.model_copy(
        update={
            "staff": tuple(staff),
            "queues": tuple(queues),
            "lost_trainees": tuple(lost),
            "spend": tuple(spend),
            "shortfalls": tuple(g.row for g in counted),
            "terms": tuple(TermValue.model_validate({"term": term, "value": value}) for term, value in _terms(plan, counted).items()),
        }
    )


def limit_cells(data: PlanInput, limit: Limit) -> Iterator[Key]:
    """What a limit bounds: keys (service, item, quarter number from 1), or (service, item, to item, quarter number).

    Services, items and quarters that the limit leaves blank mean every one there can be (:func:`limit_universe`). Posts have the
    financial year's label in place of the quarter, once for each year the window touches; intakes count only in the programme's
    intake quarters.
    """
    first = quarter_number(data.settings.first_quarter)
    begin = 1 if limit.from_quarter is None else max(1, quarter_number(limit.from_quarter) - first + 1)
    end = data.settings.quarters if limit.to_quarter is None else min(data.settings.quarters, quarter_number(limit.to_quarter) - first + 1)
    window = range(begin, end + 1)
    programmes = {g.programme: g for g in data.programmes}
    for service, *items in limit_universe(data, limit.decision):
        if limit.service not in ("", service) or limit.item not in ("", items[0]) or (limit.to_item and [limit.to_item] != items[1:]):
            continue
        when: Iterable[int | str] = window
        if limit.decision == "posts":
            when = dict.fromkeys(quarter_label(first + t - 1)[:7] for t in window)
        elif limit.decision == "intake":
            when = [t for t in window if _takes_in(programmes[items[0]], first + t - 1)]
        for t in when:
            yield (service, *items, t)


def limit_universe(data: PlanInput, decision: Decision) -> list[tuple[str, ...]]:
    """Service and item, or service, item and to item, of everything that a limit on a decision can bound.

    * posts, hires, releases: every service and qualified post; staff: every service and post, trainees too;
    * intake: every service and programme;
    * conversions, moves: every service and Flow out of a trainee post, out of a qualified post;
    * supervisors_trained: every service and row of Supervision givers;
    * outreach_clinical, outreach_worker: the rows of Outreach; digital: the rows of Digital; starts, waiting: the rows of Care.
    """
    services = [s.service for s in data.services]
    trainee = {p.post for p in data.posts if p.contract == "trainee"}
    match decision:
        case "posts" | "hires" | "releases":
            return [(s, p.post) for s in services for p in data.posts if p.post not in trainee]
        case "staff":
            return [(s, p.post) for s in services for p in data.posts]
        case "intake":
            return [(s, g.programme) for s in services for g in data.programmes]
        case "conversions":
            return [(s, f.from_post, f.to_post) for s in services for f in data.flows if f.from_post in trainee]
        case "moves":
            return [(s, f.from_post, f.to_post) for s in services for f in data.flows if f.from_post not in trainee]
        case "supervisors_trained":
            return [(s, giver.post, giver.kind) for s in services for giver in data.supervision_givers]
        case "outreach_clinical" | "outreach_worker":
            return [(o.service, o.community) for o in data.outreach]
        case "digital":
            return [(d.service, d.provider, d.step) for d in data.digital]
        case "starts" | "waiting":
            return [(c.service, c.step) for c in data.care]


def budget_rows(data: PlanInput, option: str) -> tuple[Budget, ...]:
    """Budget rows that hold for an option: its own, and the blank ones it has no row of its own for."""
    own = {(r.stream, r.year, r.service) for r in data.budget if r.option == option}
    return tuple(r for r in data.budget if r.option == option or (not r.option and (r.stream, r.year, r.service) not in own))


def clinical_hours(data: PlanInput, post: Post) -> float:
    """Clinical hours of one WTE of a post in an average week, absence and supervision received taken off (κ of the page)."""
    received = sum(need.received for need in data.supervision_needs if need.post == post.post)
    net = (data.settings.hours_per_week - post.other_hours) * post.service_days / 5 - received
    return post.caseload * (1 - post.absence) * max(0.0, net)


def course_hours(care: Care) -> float:
    """Hours a course takes, lost slots and write-up counted, assessment not (w of the page)."""
    return care.sessions * (care.session_minutes / care.attended + care.writeup_minutes) / 60


# --- reading: references, domains, duplicates -------------------------------------------------------------------------


def _key(row: Row) -> Key:
    return tuple(getattr(row, name) for name in _key_fields(type(row)))


def _key_fields(record: type[Row]) -> list[str]:
    return [name for name, info in record.model_fields.items() if cast("dict[str, Any]", info.json_schema_extra)["key"]]


def _accept(data: PlanInput, answer: PlanAnswer) -> tuple[dict[str, dict[Key, Any]], list[Finding]]:
    """Index every table of the answer by key, quarters as numbers; report and leave out rows that name nothing or are no numbers."""
    findings = []
    known = _names(data)
    pairs: dict[str, tuple[tuple[str, ...], set[Key], str]] = {
        "outreach": (("service", "community"), {(o.service, o.community) for o in data.outreach}, "Outreach"),
        "digital": (("provider", "service", "step"), {(d.provider, d.service, d.step) for d in data.digital}, "Digital"),
        "starts": (("service", "step"), {(c.service, c.step) for c in data.care}, "Care"),
        "queues": (("service", "step"), {(c.service, c.step) for c in data.care}, "Care"),
    }
    times = {label: t for t, label in enumerate(data.quarters, 1)}
    if answer.option and answer.option not in {o.option for o in data.options}:
        findings.append(Finding("error", "ANSWER", "Option", f"The answer is for option {answer.option!r}, which is not in Options."))
    tables: dict[str, dict[Key, Any]] = {}
    for name, info in PlanAnswer.model_fields.items():
        if name == "option":
            continue
        table: dict[Key, Any] = {}
        for row in getattr(answer, name):
            columns = _key_fields(type(row))
            where = f"{info.alias} ({', '.join(str(v) for v in _key(row) if v)})"
            fault = ""
            for column in columns if name != "shortfalls" else ():
                value = getattr(row, column)
                blank = name == "carry_over" and column == "service" and not value
                if column in known and not blank and value not in known[column]:
                    fault = f"There is no {column.replace('_', ' ')} {value!r} in the plan."
            if name in pairs and not fault:
                parts, rows, sheet = pairs[name]
                if tuple(getattr(row, part) for part in parts) not in rows:
                    fault = f"{sheet} has no row for it."
            numbers = {c: v for c, v in row if c not in columns}
            if not all(math.isfinite(v) for v in numbers.values()):
                fault = "A value is not a number."
            key = tuple(times[v] if c == "quarter" and v in times and name != "shortfalls" else v for c, v in zip(columns, _key(row), strict=True))
            if key in table and not fault:
                fault = "There are two rows for it; the first is used."
            if fault:
                findings.append(Finding("error", "ANSWER", where, fault))
                continue
            # What follows from decisions is negative only where a rule is broken, which that rule says.
            worst = 0.0 if name in _FOLLOWING else min(numbers.values())
            if worst < -_NEAR:
                findings.append(Finding("error", "ANSWER", where, f"{worst:,.4g} is negative.", amount=-worst))
            table[key] = row
        tables[name] = table
    return tables, findings


def _names(data: PlanInput) -> dict[str, set[str]]:
    """Names that may stand in each key column of the answer."""
    posts = {p.post for p in data.posts}
    return {
        "service": {s.service for s in data.services},
        "post": posts,
        "from_post": posts,
        "to_post": posts,
        "programme": {g.programme for g in data.programmes},
        "kind": {k.kind for k in data.supervision_kinds},
        "quarter": set(data.quarters),
        "year": set(data.years),
    }


# --- what follows from the decisions ----------------------------------------------------------------------------------


def _quarterly(yearly: float) -> float:
    """Share that stays for a quarter, from the share that leaves in a year."""
    return float((1 - yearly) ** 0.25)


def _takes_in(programme: Programme, number: int) -> bool:
    """Whether a programme starts in a quarter (a quarter number)."""
    return str(number % 4 + 1) in programme.intake_quarters.split()


def _simulate(data: PlanInput, option: str, tables: dict[str, dict[Key, Any]]) -> _Plan:
    def column(table: str, name: str) -> _Sums:
        return _Sums({key: float(getattr(row, name)) for key, row in tables[table].items()})

    plan = _Plan(
        data=data,
        option=option,
        tables=tables,
        times=range(1, data.settings.quarters + 1),
        labels=data.quarters,
        services={s.service: s for s in data.services},
        posts={p.post: p for p in data.posts},
        qualified=tuple(p.post for p in data.posts if p.contract != "trainee"),
        training={g.trainee_post: g for g in data.programmes},
        care={(c.service, c.step): c for c in data.care},
        flows=frozenset((f.from_post, f.to_post) for f in data.flows),
        givers={(giver.post, giver.kind): giver for giver in data.supervision_givers},
        established=column("posts", "posts"),
        hires=column("hires", "wte"),
        intakes=column("intakes", "people"),
        moves=column("moves", "wte"),
        conversions=column("conversions", "wte"),
        releases=column("releases", "wte"),
        courses=column("supervisors_trained", "people"),
        supervisors=column("supervisors", "trained"),
        given=column("supervision_hours", "hours"),
        treatment=column("treatment_hours", "hours"),
        clinical=column("outreach", "clinical_hours"),
        workers=column("outreach", "worker_hours"),
        # Service first, as in every other table.
        blocks=_Sums({(s, provider, i, t): float(row.blocks) for (provider, s, i, t), row in tables["digital"].items()}),
        starts=column("starts", "courses"),
        carried=column("carry_over", "pounds"),
    )
    _follow_training(plan)
    _follow_staff(plan)
    _follow_outreach(plan)
    _follow_care(plan)
    _follow_money(plan)
    return plan


def _follow_training(plan: _Plan) -> None:
    """Trainees in post, graduates and conversions, cohorts already in training counted."""
    first = quarter_number(plan.data.settings.first_quarter)
    programmes = {g.programme: g for g in plan.data.programmes}
    begun = _Sums({key: people for key, people in plan.intakes.items() if people})
    for row in plan.data.trainees:
        begun.add((row.service, row.programme, quarter_number(row.started) - first + 1), row.people)
    for (s, g, start), people in begun.items():
        programme = programmes[g]
        post = programme.trainee_post
        for age in range(programme.length):
            if 0 <= start + age <= plan.times[-1]:
                plan.staff.add((s, post, start + age), people * programme.completion ** (age / programme.length))
        if start + programme.length in plan.times:
            plan.graduates.add((s, g, start + programme.length), programme.completion * people)
        if start in plan.times:
            plan.arrivals.add((s, post, start), people)
    for s in plan.services:
        for post, programme in plan.training.items():
            for t in plan.times:
                out = plan.graduates[s, programme.programme, t]
                plan.leavers[s, post, t] = plan.staff[s, post, t - 1] + plan.arrivals[s, post, t] - out - plan.staff[s, post, t]
    for (s, from_post, _, t), wte in plan.conversions.items():
        if from_post in plan.training:
            plan.converted.add((s, plan.training[from_post].programme, t), wte)


def _follow_staff(plan: _Plan) -> None:
    """Qualified staff in post, first-year and later, from hires, moves, conversions and releases (rule P1)."""
    for (s, from_post, to_post, t), wte in plan.moves.items():
        plan.moved_out.add((s, from_post, t), wte)
        plan.moved_in.add((s, to_post, t), wte)
    for (s, p, t), wte in plan.hires.items():
        if p in plan.qualified:
            plan.arrivals.add((s, p, t), wte)
    for source in (plan.moves, plan.conversions):
        for (s, _, to_post, t), wte in source.items():
            if to_post in plan.qualified:  # those who enter training are among the people of the intake already
                plan.arrivals.add((s, to_post, t), wte)
    before = {(row.service, row.post): row for row in plan.data.staff}
    for s in plan.services:
        for p in plan.qualified:
            stay_first, stay_later = _quarterly(plan.posts[p].leavers_first_year), _quarterly(plan.posts[p].leavers_later)
            row = before.get((s, p))
            fresh = row.first_year / 4 if row else 0.0
            plan.staff[s, p, 0] = row.in_post if row else 0.0
            plan.later[s, p, 0] = row.in_post - row.first_year if row else 0.0
            for t in plan.times:
                # Of those in their first year on the eve, the ones aged a turn to later staff in quarter 4 − a.
                ripe = fresh * stay_first**t if t <= 4 else plan.arrivals[s, p, t - 4] * stay_first**4
                gone = plan.moved_out[s, p, t] + plan.releases[s, p, t]
                plan.later[s, p, t] = stay_later * plan.later[s, p, t - 1] + ripe - gone
                new = sum(plan.arrivals[s, p, t - a] * stay_first**a for a in range(min(4, t)))
                plan.staff[s, p, t] = plan.later[s, p, t] + new + max(0, 4 - t) * fresh * stay_first**t
                plan.leavers[s, p, t] = plan.staff[s, p, t - 1] + plan.arrivals[s, p, t] - gone - plan.staff[s, p, t]


def _stretches(data: PlanInput) -> dict[Key, list[tuple[float, float]]]:
    """Width and referrals per hour of each community's stretches, in order."""
    found: dict[Key, list[tuple[float, float]]] = defaultdict(list)
    for row in sorted(data.outreach_returns, key=lambda r: r.stretch):
        found[row.service, row.community].append((row.hours, row.referrals_per_hour))
    return found


def _arrival_shares(outreach: Outreach) -> list[float]:
    """Share of the extra referrals that arrive in each quarter from the lag on: taper, …, 1 over their sum."""
    total = outreach.taper * (outreach.taper + 1) / 2
    return [weight / total for weight in range(outreach.taper, 0, -1)]


def _follow_outreach(plan: _Plan) -> None:
    """Extra referrals: hours fill the stretches in order, and what they earn arrives after the lag (rule O2)."""
    stretches = _stretches(plan.data)
    for row in plan.data.outreach:
        for t in plan.times:
            hours = plan.clinical[row.service, row.community, t] + plan.workers[row.service, row.community, t]
            earned = 0.0
            for width, per_hour in stretches[row.service, row.community]:
                used = min(hours, width)
                earned += used * per_hour
                hours -= used
            for later, share in enumerate(_arrival_shares(row), t + row.lag):
                if later in plan.times:
                    plan.extra.add((row.service, later), earned * share)


def _follow_care(plan: _Plan) -> None:
    """Queues, courses started and completed (rules C3, C4, C5)."""
    referrals = _Sums({(row.service, row.quarter): row.referrals for row in plan.data.demand})
    bought = _Sums()
    worth = _Sums()
    for row in plan.data.digital:
        for t in plan.times:
            courses = row.block * plan.blocks[row.service, row.provider, row.step, t]
            bought.add((row.service, row.step, t), courses)
            worth.add((row.service, row.step, t), row.quality * courses)
    weeks = plan.data.settings.weeks_per_quarter
    for s in plan.services:
        for step in STEPS:  # low first: its starts join the high-intensity queue a quarter later
            care = plan.care.get((s, step))
            if care is None:
                continue
            low = plan.care.get((s, "low")) if step == "high" else None
            plan.waiting[s, step, 0] = care.waiting
            plan.started[s, step, 0] = care.carried_over
            ending = care.completion * care.carried_over
            for t in plan.times:
                up = low.step_up * plan.started[s, "low", t - 1] if low else 0.0
                joined = care.route * (referrals[s, plan.quarter(t)] + plan.extra[s, t]) + up
                started = plan.starts[s, step, t] + bought[s, step, t]
                plan.joined[s, step, t] = joined
                plan.started[s, step, t] = started
                plan.waiting[s, step, t] = (1 - care.give_up) * plan.waiting[s, step, t - 1] + joined - started
                plan.too_long[s, step, t] = max(0.0, plan.waiting[s, step, t] - care.wait_weeks / weeks * started)
                begun = care.completion * (plan.starts[s, step, t] + worth[s, step, t])
                plan.completed[s, step, t] = care.same_quarter * begun + (1 - care.same_quarter) * ending
                ending = begun


def _queue(plan: _Plan, s: str, step: str, t: int) -> dict[str, tuple[float, str]]:
    """Figures of a queue in a quarter, each with the rule that defines it."""
    care = plan.care[s, step]
    return {
        "joined": (plan.joined[s, step, t], "C3"),
        "gave_up": (care.give_up * plan.waiting[s, step, t - 1], "C3"),
        "started": (plan.started[s, step, t], "C3"),
        "waiting": (plan.waiting[s, step, t], "C3"),
        "too_long": (plan.too_long[s, step, t], "C4"),
        "completed": (plan.completed[s, step, t], "C5"),
        "recovered": (care.reliable_recovery * plan.completed[s, step, t], "C5"),
    }


def _post_pence(plan: _Plan) -> Callable[[str, str, str], int]:
    """Yearly cost of a WTE in pence by service, post and year, each worked out once."""
    table = PayTable(plan.data)
    known: dict[Key, int] = {}

    def cost(service: str, post: str, year: str) -> int:
        key = (service, post, year)
        if key not in known:
            known[key] = table.cost(plan.services[service], plan.posts[post], year).total
        return known[key]

    return cost


def _follow_money(plan: _Plan) -> None:
    """Charges by service, stream, year and item (rule B1), summed in pence and turned into pounds at the end."""
    cost = _post_pence(plan)
    pence = _Sums()

    def charge(service: str, stream: str, year: str, item: str, amount: float) -> None:
        if amount:
            pence.add((service, stream, year, item), amount)

    quarters = Counter(label[:7] for label in plan.labels)
    for (s, p, year), wte in plan.established.items():
        if wte:
            charge(s, plan.posts[p].stream, year, "posts", wte * cost(s, p, year) * quarters[year] / 4)
    for s in plan.services:
        for p in plan.training:
            for t in plan.times:
                if plan.staff[s, p, t]:
                    year = plan.year(t)
                    charge(s, plan.posts[p].stream, year, "trainees", plan.staff[s, p, t] * cost(s, p, year) / 4)
    programmes = {g.programme: g for g in plan.data.programmes}
    for (s, g, t), people in plan.intakes.items():
        charge(s, programmes[g].stream, plan.year(t), "fees", 100 * people * programmes[g].fee_pounds)
    kinds = {k.kind: k for k in plan.data.supervision_kinds}
    for (s, _, k, t), people in plan.courses.items():
        charge(s, kinds[k].stream, plan.year(t), "supervisor courses", 100 * people * kinds[k].course_pounds)
    markets = {(r.service, r.post): r for r in plan.data.recruitment}
    for (s, p, t), wte in plan.hires.items():
        market = markets.get((s, p))
        if market:
            charge(s, market.stream, plan.year(t), "recruitment", 100 * wte * market.cost_pounds)
    for (s, p, t), wte in plan.releases.items():
        charge(s, plan.posts[p].stream, plan.year(t), "releases", 100 * wte * (plan.posts[p].release_pounds or 0.0))
    communities = {(o.service, o.community): o for o in plan.data.outreach}
    for (s, c, t), hours in plan.workers.items():
        charge(s, communities[s, c].stream, plan.year(t), "outreach", 100 * hours * communities[s, c].worker_pounds)
    digital = {(d.service, d.provider, d.step): d for d in plan.data.digital}
    for (s, provider, step, t), blocks in plan.blocks.items():
        row = digital[s, provider, step]
        charge(s, row.stream, plan.year(t), "digital", 100 * blocks * row.block * row.price_pounds)
    plan.spend.update({key: amount / 100 for key, amount in pence.items()})


# --- how findings are made --------------------------------------------------------------------------------------------


def _room(*scale: float) -> float:
    """Tolerance on people and hours of the size of ``scale``."""
    return _NEAR * max((1.0, *map(abs, scale)))


def _room_pounds(*scale: float) -> float:
    """Tolerance on money of the size of ``scale``."""
    return _NEAR_POUNDS + _NEAR_POUNDS_SHARE * max(map(abs, scale))


def _fault(code: str, place: str, what: str, amount: float) -> Finding:
    return Finding("error", code, f"{code} {place}", what, amount=amount)


def _above(code: str, place: str, what: str, value: float, bound: float, unit: str) -> Iterator[Finding]:
    """A finding if a value is above its bound by more than the tolerance."""
    if value > bound + _room(value, bound):
        yield _fault(code, place, f"{what}: {value:,.6g} {unit}, at most {bound:,.6g} possible, {value - bound:,.4g} too many.", value - bound)


def _differs(code: str, place: str, what: str, stated: float, own: float, room: float) -> Iterator[Finding]:
    """A finding if the answer states another figure than the decisions lead to."""
    if abs(stated - own) > room:
        apart = abs(stated - own)
        yield _fault(code, place, f"{what}: the answer states {stated:,.6g}, its decisions lead to {own:,.6g}: {apart:,.4g} apart.", apart)


def _stated(table: Mapping[Key, Any], key: Key, name: str) -> float:
    row = table.get(key)
    return 0.0 if row is None else float(getattr(row, name))


def _gap(code: str, row: Shortfall, points: float, text: str, *, pounds: bool = False, scale: tuple[float, ...]) -> _Gap:
    room = _room_pounds(*scale) if pounds else _room(*scale)
    return _Gap(code, row, room, points, text)


def _gaps(plan: _Plan) -> list[_Gap]:
    return [gap for rule in SOFT for gap in rule(plan)]


def _unstated(plan: _Plan, gaps: list[_Gap], stated: dict[Key, float]) -> Iterator[Finding]:
    """Gaps that the answer does not state as they are, and shortfalls it states where no rule can fall short."""
    for gap in gaps:
        short = stated.get(_key(gap.row), 0.0)
        if abs(gap.row.short - short) > gap.room:
            place = ", ".join(part for part in (gap.row.service, gap.row.item, gap.row.quarter) if part)
            says = f"the answer states a shortfall of {short:,.6g}" if short else "the answer states no shortfall"
            yield _fault(gap.code, place, f"{gap.text}: short by {gap.row.short:,.6g}, and {says}.", abs(gap.row.short - short))
    possible = {_key(gap.row) for gap in gaps}
    limits = {limit.limit for limit in plan.data.limits}
    rules = {gap.code for gap in gaps} | {rule.__name__.split("_")[0].upper() for rule in SOFT}
    for key, short in stated.items():
        if key not in possible and abs(short) > _NEAR:
            code = key[0] if key[0] in rules else "L1" if key[0] in limits else "ANSWER"
            place = ", ".join(part for part in key if part)
            yield _fault(code, place, f"The answer states a shortfall of {short:,.6g}, but nothing there can fall short.", short)


# --- people -----------------------------------------------------------------------------------------------------------


def p1_staff_in_post(plan: _Plan) -> Iterator[Finding]:
    """P1: staff in post follow from arrivals and leavers, only later staff move or are released, and the answer states them rightly."""
    table = plan.tables["staff"]
    for s in plan.services:
        for p in plan.qualified:
            for t in plan.times:
                place = f"{s}, {p}, {plan.quarter(t)}"
                own, later = plan.staff[s, p, t], plan.later[s, p, t]
                if later < -_room(plan.staff[s, p, t - 1], plan.moved_out[s, p, t], plan.releases[s, p, t]):
                    yield _fault("P1", place, f"{-later:,.4g} more WTE move or are released than have been in post for a year.", -later)
                for name, value in (("wte", own), ("arrivals", plan.arrivals[s, p, t]), ("leavers", plan.leavers[s, p, t])):
                    what = "Staff in post" if name == "wte" else name.capitalize()
                    yield from _differs("P1", place, what, _stated(table, (s, p, t), name), value, _room(own))


def p2_time_in_post(plan: _Plan) -> Iterator[Finding]:
    """P2: staff move only along Flows, and only when they have been in post for the flow's minimum number of quarters."""
    minimum = {(f.from_post, f.to_post): f.minimum_quarters for f in plan.data.flows}
    moved = _Sums()
    for (s, from_post, to_post, t), wte in plan.moves.items():
        if from_post in plan.training or (from_post, to_post) not in plan.flows:
            if abs(wte) > _room():
                yield _fault("P2", f"{s}, {from_post}, {plan.quarter(t)}", f"{wte:,.4g} WTE move to {to_post}, and Flows has no such move.", wte)
            continue
        moved.add((s, from_post, t, minimum[from_post, to_post]), wte)
    before = {(row.service, row.post): row for row in plan.data.staff}
    for p in plan.qualified:
        minima = sorted({n for (from_post, _), n in minimum.items() if from_post == p})
        stay_first, stay_later = _quarterly(plan.posts[p].leavers_first_year), _quarterly(plan.posts[p].leavers_later)
        for s in plan.services:
            row = before.get((s, p))
            for n in (m for m in minima if m > 4):
                between = (row.in_post - row.first_year - row.long_serving) / (n - 4) if row else 0.0
                eligible = row.long_serving if row else 0.0
                for t in plan.times:
                    if t > n:
                        ripe = plan.arrivals[s, p, t - n] * stay_first**4 * stay_later ** (n - 4)
                    elif t > n - 4:  # first-year staff on the eve, of age n − t
                        ripe = row.first_year / 4 * stay_first ** (4 - (n - t)) * stay_later ** (n - 4) if row else 0.0
                    else:
                        ripe = between * stay_later**t
                    gone = sum(moved[s, p, t, m] for m in minima if m >= n)
                    # The rule lets eligible staff be fewer than this but never more; the most is the best for every later quarter.
                    eligible = min(stay_later * eligible + ripe - gone, max(0.0, plan.later[s, p, t]))
                    if eligible < -_room(gone):
                        what = f"{gone:,.4g} WTE move and {-eligible:,.4g} of them have not been in post for {n} quarters."
                        yield _fault("P2", f"{s}, {p}, {plan.quarter(t)}", what, -eligible)
                    eligible = max(0.0, eligible)


def p3_posts(plan: _Plan) -> Iterator[Finding]:
    """P3: staff in post are at most the posts established, which are a whole number of the service's post unit."""
    for (s, p, year), wte in plan.established.items():
        unit = plan.services[s].post_unit
        if p not in plan.qualified and abs(wte) > _room():
            yield _fault("P3", f"{s}, {p}, {year}", "Posts are established for qualified staff; trainees come by intakes.", wte)
        off = abs(wte - unit * round(wte / unit))
        if off > _room():
            yield _fault("P3", f"{s}, {p}, {year}", f"{wte:,.6g} posts is not a whole number of {unit:g} WTE.", off)
    for s in plan.services:
        for p in plan.qualified:
            for t in plan.times:
                place = f"{s}, {p}, {plan.quarter(t)}"
                yield from _above("P3", place, "Staff in post", plan.staff[s, p, t], plan.established[s, p, plan.year(t)], "WTE")


def p4_labour_market(plan: _Plan) -> Iterator[Finding]:
    """P4: hires are at most what the labour market gives, none arrive before the lead time has passed, and none are trainees."""
    markets = {(r.service, r.post): r for r in plan.data.recruitment}
    for (s, p, t), wte in plan.hires.items():
        market = markets.get((s, p))
        bound = market.maximum if market and t > market.lead and p in plan.qualified else 0.0
        yield from _above("P4", f"{s}, {p}, {plan.quarter(t)}", "Hires", wte, bound, "WTE")


def p5_releases(plan: _Plan) -> Iterator[Finding]:
    """P5: contracts are ended only where the post has a release cost, and trainees' are not."""
    for (s, p, t), wte in plan.releases.items():
        if wte > _room() and (plan.posts[p].release_pounds is None or p not in plan.qualified):
            yield _fault("P5", f"{s}, {p}, {plan.quarter(t)}", f"Contracts of {wte:,.4g} WTE are ended, and the post's cannot be.", wte)


# --- training ---------------------------------------------------------------------------------------------------------


def t1_intakes(plan: _Plan) -> Iterator[Finding]:
    """T1: intakes are whole, in the programme's intake quarters, and within its smallest and largest cohort."""
    first = quarter_number(plan.data.settings.first_quarter)
    programmes = {g.programme: g for g in plan.data.programmes}
    for (s, g, t), people in plan.intakes.items():
        place, programme = f"{s}, {g}, {plan.quarter(t)}", programmes[g]
        off = abs(people - round(people))
        if off > 0:
            yield _fault("T1", place, f"An intake of {people:,.6g} is not a whole number of people.", off)
        if not people:
            continue
        if not _takes_in(programme, first + t - 1):
            yield _fault("T1", place, f"{people:g} people start, and the course starts in quarters {programme.intake_quarters} of the year.", people)
        if people < programme.cohort_minimum:
            short = programme.cohort_minimum - people
            yield _fault("T1", place, f"{people:g} people start, and the smallest cohort is {programme.cohort_minimum}.", short)
        if people > programme.cohort_maximum:
            over = people - programme.cohort_maximum
            yield _fault("T1", place, f"{people:g} people start, and the largest cohort is {programme.cohort_maximum}.", over)


def t2_trainees_in_post(plan: _Plan) -> Iterator[Finding]:
    """T2: trainees in post are those of every cohort in training who have not dropped out, and the answer states them rightly."""
    table = plan.tables["staff"]
    for s in plan.services:
        for p in plan.training:
            for t in plan.times:
                own = plan.staff[s, p, t]
                for name, value in (("wte", own), ("arrivals", plan.arrivals[s, p, t]), ("leavers", plan.leavers[s, p, t])):
                    what = "Trainees in post" if name == "wte" else f"Trainees, {name}"
                    yield from _differs("T2", f"{s}, {p}, {plan.quarter(t)}", what, _stated(table, (s, p, t), name), value, _room(own))


def t3_graduates(plan: _Plan) -> Iterator[Finding]:
    """T3: at most the graduates of a quarter are converted, along Flows; the rest are lost, and the answer says so."""
    for (s, from_post, to_post, t), wte in plan.conversions.items():
        if abs(wte) > _room() and (from_post not in plan.training or (from_post, to_post) not in plan.flows):
            what = f"{wte:,.4g} WTE are converted to {to_post}, and Flows has no such conversion."
            yield _fault("T3", f"{s}, {from_post}, {plan.quarter(t)}", what, wte)
    table = plan.tables["lost_trainees"]
    for s in plan.services:
        for programme in plan.data.programmes:
            g = programme.programme
            for t in plan.times:
                place = f"{s}, {g}, {plan.quarter(t)}"
                graduates, converted = plan.graduates[s, g, t], plan.converted[s, g, t]
                yield from _above("T3", place, "Conversions", converted, graduates, "graduates")
                yield from _differs("T3", place, "Graduates", _stated(table, (s, g, t), "graduates"), graduates, _room(graduates))
                lost = max(0.0, graduates - converted)
                yield from _differs("T3", place, "Lost trainees", _stated(table, (s, g, t), "lost"), lost, _room(graduates))


def t4_places(plan: _Plan) -> Iterator[Finding]:
    """T4: all services together start at most as many people as a course has places."""
    first = quarter_number(plan.data.settings.first_quarter)
    people = _Sums()
    for (_, g, t), started in plan.intakes.items():
        people.add((g, t), started)
    for row in plan.data.places:
        started = people[row.programme, quarter_number(row.quarter) - first + 1]
        yield from _above("T4", f"{row.programme}, {row.quarter}", "People starting", started, row.places, "people")


def t5_internal_entry(plan: _Plan) -> Iterator[Finding]:
    """T5: moves into a trainee post are at most the intake, and all of it where the programme takes nobody from outside."""
    for s in plan.services:
        for p, programme in plan.training.items():
            for t in plan.times:
                place = f"{s}, {programme.programme}, {plan.quarter(t)}"
                people, inside = plan.intakes[s, programme.programme, t], plan.moved_in[s, p, t]
                yield from _above("T5", place, "Staff entering training from the service", inside, people, "people")
                if not programme.external and inside < people - _room(people):
                    what = f"{people:g} people start and {inside:,.4g} come from the service; the course takes nobody from outside."
                    yield _fault("T5", place, what, people - inside)


def t6_trainees_to_qualified(plan: _Plan) -> Iterator[_Gap]:
    """T6: trainees in post are at most a multiple of the qualified clinical staff in post, or the shortfall is stated."""
    ratio = plan.data.settings.trainees_per_qualified
    clinical = [p for p in plan.qualified if plan.posts[p].low or plan.posts[p].high]
    for s in plan.services:
        for t in plan.times:
            trainees = sum(plan.staff[s, p, t] for p in plan.training)
            bound = ratio * sum(plan.staff[s, p, t] for p in clinical)
            row = Shortfall(rule="T6", service=s, quarter=plan.quarter(t), short=max(0.0, trainees - bound))
            yield _gap("T6", row, 1.0, f"{trainees:,.4g} trainees, qualified staff can carry {bound:,.4g}", scale=(trainees, bound))


# --- supervision ------------------------------------------------------------------------------------------------------


def s1_supervision_hours(plan: _Plan) -> Iterator[_Gap]:
    """S1: the supervision hours given in a week are at least those needed, the supervisors' own included, or the shortfall is stated."""
    given, trained = _Sums(), _Sums()
    for (s, _, k, t), hours in plan.given.items():
        given.add((s, k, t), hours)
    for (s, _, k, t), wte in plan.supervisors.items():
        trained.add((s, k, t), wte)
    for s in plan.services:
        for kind in plan.data.supervision_kinds:
            needs = [(n.post, n.hours) for n in plan.data.supervision_needs if n.kind == kind.kind]
            for t in plan.times:
                have = given[s, kind.kind, t]
                need = sum(hours * plan.staff[s, p, t] for p, hours in needs) + kind.own_hours * trained[s, kind.kind, t]
                row = Shortfall(rule="S1", service=s, item=kind.kind, quarter=plan.quarter(t), short=max(0.0, need - have))
                yield _gap("S1", row, 1.0, f"{need:,.6g} hours of supervision a week needed, {have:,.6g} given", scale=(need, have))


def s2_hours_of_a_supervisor(plan: _Plan) -> Iterator[Finding]:
    """S2: supervision given is at most the hours of the trained supervisors at work."""
    for (s, p, k, t), hours in plan.given.items():
        giver = plan.givers.get((p, k))
        bound = giver.hours * plan.supervisors[s, p, k, t] if giver else 0.0
        yield from _above("S2", f"{s}, {p}, {k}, {plan.quarter(t)}", "Supervision given", hours, bound, "hours a week")


def s3_trainees_per_supervisor(plan: _Plan) -> Iterator[_Gap]:
    """S3: trainees who need a kind of supervision are at most a number for each supervisor, or the shortfall is stated."""
    trained = _Sums()
    for (s, _, k, t), wte in plan.supervisors.items():
        trained.add((s, k, t), wte)
    for s in plan.services:
        for kind in plan.data.supervision_kinds:
            posts = [n.post for n in plan.data.supervision_needs if n.kind == kind.kind and n.post in plan.training]
            for t in plan.times:
                trainees = sum(plan.staff[s, p, t] for p in posts)
                bound = kind.trainees_per_supervisor * trained[s, kind.kind, t]
                row = Shortfall(rule="S3", service=s, item=kind.kind, quarter=plan.quarter(t), short=max(0.0, trainees - bound))
                yield _gap("S3", row, 1.0, f"{trainees:,.4g} trainees, the supervisors can take {bound:,.4g}", scale=(trainees, bound))


def s4_supervisors(plan: _Plan) -> Iterator[Finding]:
    """S4: supervisors at work are at most those of the quarter before who stay and those whose course, run in its quarters, has taken effect."""
    lag = {kind.kind: kind.course_lag for kind in plan.data.supervision_kinds}
    runs = {kind.kind: kind.course_quarters.split() for kind in plan.data.supervision_kinds}
    before = _Sums({(row.service, row.post, row.kind): row.trained for row in plan.data.supervisors})
    for (s, p, k, t), people in plan.courses.items():
        place = f"{s}, {p}, {k}, {plan.quarter(t)}"
        off = abs(people - round(people))
        if off > 0:
            yield _fault("S4", place, f"{people:,.6g} sent on the course is not a whole number of people.", off)
        if people and plan.quarter(t)[-1] not in runs.get(k, ()):
            yield _fault("S4", place, f"{people:g} sent on the course, which does not run in this quarter of the year.", people)
        if people and (p, k) not in plan.givers:
            yield _fault("S4", place, f"{people:g} sent on the course, and Supervision givers has no row for the post and kind.", people)
    for (s, p, k, t), trained in plan.supervisors.items():
        last = plan.supervisors[s, p, k, t - 1] if t > 1 else before[s, p, k]
        bound = _quarterly(plan.posts[p].leavers_later) * last + plan.courses[s, p, k, t - lag[k]]
        yield from _above("S4", f"{s}, {p}, {k}, {plan.quarter(t)}", "Supervisors at work", trained, bound, "WTE")


def s5_share_who_supervise(plan: _Plan) -> Iterator[Finding]:
    """S5: supervisors at work are at most a share of the post's staff in post."""
    for (s, p, k, t), trained in plan.supervisors.items():
        giver = plan.givers.get((p, k))
        bound = giver.maximum_share * plan.staff[s, p, t] if giver else 0.0
        yield from _above("S5", f"{s}, {p}, {k}, {plan.quarter(t)}", "Supervisors at work", trained, bound, "WTE")


# --- care -------------------------------------------------------------------------------------------------------------


def c1_time(plan: _Plan) -> Iterator[Finding]:
    """C1: hours used for courses, supervision, outreach and supervisors' courses are at most the clinical hours of the staff in post."""
    settings = plan.data.settings
    hours = {post.post: clinical_hours(plan.data, post) for post in plan.data.posts}
    used = _Sums()
    for (s, p, step, t), amount in plan.treatment.items():
        used.add((s, p, t), amount)
        if abs(amount) > _room() and not getattr(plan.posts[p], step):
            what = f"{amount:,.6g} hours are used for {step}-intensity courses, which the post cannot give."
            yield _fault("C1", f"{s}, {p}, {plan.quarter(t)}", what, amount)
    for (s, p, _, t), weekly in plan.given.items():
        used.add((s, p, t), settings.weeks_per_quarter * weekly)
    post_of = {(o.service, o.community): o.post for o in plan.data.outreach}
    for (s, c, t), amount in plan.clinical.items():
        used.add((s, post_of[s, c], t), amount)
    course = {kind.kind: kind.course_hours for kind in plan.data.supervision_kinds}
    for (s, p, k, t), people in plan.courses.items():
        used.add((s, p, t), course[k] * people)
    for (s, p, t), amount in used.items():
        effective = plan.staff[s, p, t] - (1 - plan.posts[p].starter_caseload) * plan.arrivals[s, p, t]
        bound = settings.weeks_per_quarter * hours[p] * effective
        yield from _above("C1", f"{s}, {p}, {plan.quarter(t)}", "Clinical hours used", amount, bound, "hours")


def c2_sessions(plan: _Plan) -> Iterator[_Gap]:
    """C2: the hours used for courses are at least those that the courses started take, or the shortfall is stated."""
    used = _Sums()
    for (s, _, step, t), amount in plan.treatment.items():
        used.add((s, step, t), amount)
    for (s, step), care in plan.care.items():
        per_course, assessment, same = course_hours(care), care.assessment_minutes / 60, care.same_quarter
        for t in plan.times:
            now = plan.starts[s, step, t]
            last = plan.starts[s, step, t - 1] if t > 1 else care.carried_over
            need = per_course * (same * now + (1 - same) * last) + assessment * now
            have = used[s, step, t]
            row = Shortfall(rule="C2", service=s, item=step, quarter=plan.quarter(t), short=max(0.0, need - have))
            yield _gap("C2", row, 0.1, f"{step}-intensity courses take {need:,.6g} hours, {have:,.6g} are used", scale=(need, have))


def c3_queues(plan: _Plan) -> Iterator[Finding]:
    """C3: queues follow from who joins, gives up and starts, are never negative, and the answer states them rightly."""
    for (s, step), care in plan.care.items():
        for t in plan.times:
            waiting = plan.waiting[s, step, t]
            if waiting < -_room(plan.started[s, step, t], plan.joined[s, step, t]):
                there = (1 - care.give_up) * plan.waiting[s, step, t - 1] + plan.joined[s, step, t]
                what = f"{plan.started[s, step, t]:,.6g} courses start and {there:,.6g} people are there to start one: {-waiting:,.4g} too many."
                yield _fault("C3", f"{s}, {step}, {plan.quarter(t)}", what, -waiting)
    yield from _queues_stated(plan, "C3")


def c4_waiting_too_long(plan: _Plan) -> Iterator[Finding]:
    """C4: people wait too long who are more than the standard's weeks of starts can take, and the answer states them rightly."""
    yield from _queues_stated(plan, "C4")


def c5_completed_courses(plan: _Plan) -> Iterator[Finding]:
    """C5: courses completed and reliable recoveries follow from courses started, and the answer states them rightly."""
    yield from _queues_stated(plan, "C5")


def _queues_stated(plan: _Plan, code: str) -> Iterator[Finding]:
    table = plan.tables["queues"]
    for s, step in plan.care:
        for t in plan.times:
            size = _room(plan.waiting[s, step, t], plan.started[s, step, t])
            for name, (own, rule) in _queue(plan, s, step, t).items():
                if rule == code:
                    what = name.replace("_", " ").capitalize()
                    yield from _differs(code, f"{s}, {step}, {plan.quarter(t)}", what, _stated(table, (s, step, t), name), own, size)


def d1_digital(plan: _Plan) -> Iterator[Finding]:
    """D1: digital courses are bought in whole blocks, at most the provider's number and at most its share of all courses started."""
    for row in plan.data.digital:
        for t in plan.times:
            blocks = plan.blocks[row.service, row.provider, row.step, t]
            place = f"{row.service}, {row.provider}, {row.step}, {plan.quarter(t)}"
            off = abs(blocks - round(blocks))
            if off > 0:
                yield _fault("D1", place, f"{blocks:,.6g} is not a whole number of blocks.", off)
            yield from _above("D1", place, "Blocks bought", blocks, row.maximum, "blocks")
            share = row.maximum_share * plan.started[row.service, row.step, t]
            yield from _above("D1", place, "Courses bought", row.block * blocks, share, "courses")


def o1_outreach_hours(plan: _Plan) -> Iterator[Finding]:
    """O1: outreach hours are at most what clinicians and workers have for it, and at most the width of all stretches."""
    stretches = _stretches(plan.data)
    for row in plan.data.outreach:
        width = sum(hours for hours, _ in stretches[row.service, row.community])
        for t in plan.times:
            place = f"{row.service}, {row.community}, {plan.quarter(t)}"
            clinical, workers = plan.clinical[row.service, row.community, t], plan.workers[row.service, row.community, t]
            yield from _above("O1", place, "Clinicians' outreach", clinical, row.clinical_hours, "hours")
            yield from _above("O1", place, "Workers' outreach", workers, row.worker_hours, "hours")
            yield from _above("O1", place, "Outreach", clinical + workers, width, "hours")


def o2_outreach_returns(plan: _Plan) -> Iterator[Finding]:
    """O2: outreach earns referrals stretch by stretch, in order, after the lag and over the taper, and the answer states them rightly."""
    own = sum(plan.extra.values())
    yield from _differs("O2", "whole plan", "Reached by outreach", _stated(plan.tables["terms"], ("reached_by_outreach",), "value"), own, _room(own))


# --- money ------------------------------------------------------------------------------------------------------------


def b1_budget(plan: _Plan) -> Iterator[_Gap]:
    """B1: a budget row's charges are at most its amount with what is carried in, less what is carried out, or the shortfall is stated."""
    charges = _Sums()
    for (s, stream, year, _), pounds in plan.spend.items():
        charges.add((stream, year, s), pounds)
        charges.add((stream, year, ""), pounds)
    for row in budget_rows(plan.data, plan.option):
        if row.year not in plan.data.years:
            continue
        carried_in = plan.carried[row.stream, year_label(year_number(row.year) - 1), row.service]
        money = row.pounds + carried_in - plan.carried[row.stream, row.year, row.service]
        spent = charges[row.stream, row.year, row.service]
        shortfall = Shortfall(rule="B1", service=row.service, item=row.stream, quarter=row.year, short=max(0.0, spent - money))
        yield _gap("B1", shortfall, 0.001, f"£{spent:,.2f} is charged to a budget of £{money:,.2f}", pounds=True, scale=(spent, money))


def b1_carried_over(plan: _Plan) -> Iterator[Finding]:
    """B1: money carried out of a budget row is at most the share of its amount that may be carried."""
    amount = _Sums({(row.stream, row.year, row.service): row.carry_over * row.pounds for row in budget_rows(plan.data, plan.option)})
    for (stream, year, service), pounds in plan.carried.items():
        bound = amount[stream, year, service]
        if pounds > bound + _room_pounds(bound):
            place = ", ".join(part for part in (stream, service, year) if part)
            yield _fault("B1", place, f"£{pounds:,.2f} is carried over, £{bound:,.2f} may be.", pounds - bound)


def b1_spending_stated(plan: _Plan) -> Iterator[Finding]:
    """B1: the answer states its spending rightly, item by item."""
    table = plan.tables["spend"]
    for key in dict.fromkeys([*plan.spend, *table]):
        own, stated = plan.spend[key], _stated(table, key, "pounds")
        yield from _differs("B1", ", ".join(key), "Spending in £", stated, own, _room_pounds(own))


def b2_no_cliff_edge(plan: _Plan) -> Iterator[_Gap]:
    """B2: the last year's posts for a full year at the next year's cost fit the budget that stands for it, or the shortfall is stated."""
    last = plan.data.years[-1]
    after = year_label(year_number(last) + 1)
    rows = [row for row in budget_rows(plan.data, plan.option) if row.year == after]
    if not rows:  # the year after may have no pay either
        return
    cost = _post_pence(plan)
    bill = _Sums()
    for (s, p, year), wte in plan.established.items():
        if year == last and wte:
            pounds = wte * cost(s, p, after) / 100
            bill.add((plan.posts[p].stream, s), pounds)
            bill.add((plan.posts[p].stream, ""), pounds)
    for row in rows:
        spent = bill[row.stream, row.service]
        shortfall = Shortfall(rule="B2", service=row.service, item=row.stream, quarter=after, short=max(0.0, spent - row.pounds))
        text = f"The posts of {last} cost £{spent:,.2f} in {after}, the budget is £{row.pounds:,.2f}"
        yield _gap("B2", shortfall, 0.001, text, pounds=True, scale=(spent, row.pounds))


# --- limits -----------------------------------------------------------------------------------------------------------


def l1_limits(plan: _Plan) -> Iterator[_Gap]:
    """L1: every limit of the option holds, or the shortfall is stated."""
    measured: dict[str, _Sums] = {
        "posts": plan.established,
        "staff": plan.staff,
        "hires": plan.hires,
        "intake": plan.intakes,
        "conversions": plan.conversions,
        "moves": plan.moves,
        "releases": plan.releases,
        "supervisors_trained": plan.courses,
        "outreach_clinical": plan.clinical,
        "outreach_worker": plan.workers,
        "digital": plan.blocks,
        "starts": plan.starts,
        "waiting": plan.waiting,
    }
    established = _Sums({(row.service, row.post): row.established for row in plan.data.staff})
    for limit in plan.data.limits:
        if limit.option not in ("", plan.option):
            continue
        shared = limit.basis == "share of established"
        total, total_bound = 0.0, 0.0 if shared else limit.value
        for key in limit_cells(plan.data, limit):
            service, *items, when = key
            value, share = measured[limit.decision][key], limit.value * established[key[:2]] if shared else 0.0
            total, total_bound = total + value, total_bound + share
            if limit.scope == "each":
                quarter = when if isinstance(when, str) else plan.quarter(when)
                yield _limit_gap(limit, value, share if shared else limit.value, service, " / ".join(items), quarter)
        if limit.scope == "total":
            yield _limit_gap(limit, total, total_bound, "", "", "")


def _limit_gap(limit: Limit, value: float, bound: float, service: str, item: str, quarter: str) -> _Gap:
    over, under = max(0.0, value - bound), max(0.0, bound - value)
    short = {"at most": over, "at least": under, "exactly": over + under}[limit.sense]
    row = Shortfall(rule=limit.limit, service=service, item=item, quarter=quarter, short=short)
    return _gap("L1", row, 1.0, f"{limit.limit}: {limit.decision} {value:,.6g}, {limit.sense} {bound:,.6g} wanted", scale=(value, bound))


HARD: tuple[Callable[[_Plan], Iterator[Finding]], ...] = (
    p1_staff_in_post,
    p2_time_in_post,
    p3_posts,
    p4_labour_market,
    p5_releases,
    t1_intakes,
    t2_trainees_in_post,
    t3_graduates,
    t4_places,
    t5_internal_entry,
    s2_hours_of_a_supervisor,
    s4_supervisors,
    s5_share_who_supervise,
    c1_time,
    c3_queues,
    c4_waiting_too_long,
    c5_completed_courses,
    d1_digital,
    o1_outreach_hours,
    o2_outreach_returns,
    b1_carried_over,
    b1_spending_stated,
)
"""Rules that hold or are broken."""

SOFT: tuple[Callable[[_Plan], Iterator[_Gap]], ...] = (
    t6_trainees_to_qualified,
    s1_supervision_hours,
    s3_trainees_per_supervisor,
    c2_sessions,
    b1_budget,
    b2_no_cliff_edge,
    l1_limits,
)
"""Rules that may fall short at a price."""


# --- objective --------------------------------------------------------------------------------------------------------


def _terms(plan: _Plan, counted: list[_Gap]) -> dict[str, float]:
    """Every term of the objective, from the simulation."""
    times = set(plan.times)

    def planned(sums: _Sums) -> float:
        return math.fsum(value for key, value in sums.items() if key[-1] in times)

    low = {s: care.step_up for (s, step), care in plan.care.items() if step == "low" and (s, "high") in plan.care}
    stepped_up = math.fsum(share * plan.started[s, "low", t - 1] for s, share in low.items() for t in plan.times)
    last = plan.times[-1]
    return {
        "unmet_musts": math.fsum(gap.points * gap.row.short for gap in counted),
        "completed_courses": planned(plan.completed),
        "reliable_recoveries": math.fsum(plan.care[s, step].reliable_recovery * courses for (s, step, _), courses in plan.completed.items()),
        "entering_treatment": planned(plan.started) - stepped_up,
        "waiting_too_long": planned(plan.too_long),
        "reached_by_outreach": planned(plan.extra),
        "lost_trainees": math.fsum(max(0.0, people - plan.converted[key]) for key, people in plan.graduates.items()),
        "workforce_at_end": math.fsum(plan.posts[p].end_value * wte for (_, p, t), wte in plan.staff.items() if t == last),
        "cost": math.fsum(plan.spend.values()),
        "churn": planned(plan.hires) + planned(plan.releases),
    }


def _terms_stated(tables: dict[str, dict[Key, Any]], terms: Mapping[str, float]) -> Iterator[Finding]:
    """Terms that the answer states otherwise; reached_by_outreach is judged under O2."""
    for term, own in terms.items():
        if term != "reached_by_outreach":
            room = _room_pounds(own) if term == "cost" else _room(own)
            yield from _differs("TERMS", term, "Value of the term", _stated(tables["terms"], (term,), "value"), own, room)


def _levels(data: PlanInput, terms: Mapping[str, float]) -> tuple[tuple[str, Literal["min", "max"], float], ...]:
    """Value of each priority: the sum of weight times term."""
    return tuple(
        (level.name, level.direction, sum(o.weight * terms[o.term] for o in data.objectives if o.priority == level.priority))
        for level in sorted(data.priorities, key=lambda p: p.priority)
    )
