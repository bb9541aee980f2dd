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
    Access,
    GroupInPost,
    LostTrainees,
    OutcomeIncome,
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

    from optimiser.plan.data import (
        Budget,
        Care,
        Decision,
        GroupCourse,
        Limit,
        OutcomePayment,
        Outreach,
        PlanInput,
        Post,
        Programme,
        RetentionMeasure,
        Row,
        Service,
        ServiceMoney,
        SupervisionGiver,
    )

# Solvers work to 1e-6 on rows scaled as they see fit, and a quarter's error is carried into later quarters: 1e-4 of the size of what
# is compared is far above that and far below a person, an hour or a course that anybody would miss. Money is charged in whole pence
# on posts that are whole units, so a pound plus a millionth of a budget is as much as rounding can explain.
_NEAR = 1e-4
_NEAR_POUNDS = 1.0
_NEAR_POUNDS_SHARE = 1e-6

_FOLLOWING = ("staff", "queues", "access", "representation", "lost_trainees", "spend", "outcome_income", "terms")
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
    over: _Sums
    reduced: _Sums
    courses: _Sums
    supervisors: _Sums
    given: _Sums
    treatment: _Sums
    mother_tongue: _Sums
    clinical: _Sums
    workers: _Sums
    blocks: _Sums
    starts: _Sums
    carried: _Sums
    rented: _Sums
    targeted: _Sums
    staff: _Sums = field(default_factory=_Sums)
    later: _Sums = field(default_factory=_Sums)
    arrivals: _Sums = field(default_factory=_Sums)
    leavers: _Sums = field(default_factory=_Sums)
    given_up: _Sums = field(default_factory=_Sums)
    filled: _Sums = field(default_factory=_Sums)
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
    interpreted: _Sums = field(default_factory=_Sums)
    interpreters: _Sums = field(default_factory=_Sums)
    recovered: _Sums = field(default_factory=_Sums)
    group_starts: _Sums = field(default_factory=_Sums)
    integrated_starts: _Sums = field(default_factory=_Sums)
    taken: _Sums = field(default_factory=_Sums)
    """Retention measures by measure and service."""
    kept: _Sums = field(default_factory=_Sums)
    """Leavers avoided by measure and service, over the plan."""
    retention_pounds: _Sums = field(default_factory=_Sums)
    reached: _Sums = field(default_factory=_Sums)
    came: _Sums = field(default_factory=_Sums)
    access_short: _Sums = field(default_factory=_Sums)
    group: _Sums = field(default_factory=_Sums)
    group_short: _Sums = field(default_factory=_Sums)
    spend: _Sums = field(default_factory=_Sums)
    outcomes: _Sums = field(default_factory=_Sums)
    income: _Sums = field(default_factory=_Sums)

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
        if plan.staff[s, p, t] or plan.staff[s, p, t - 1] or plan.arrivals[s, p, t]
    ]
    access = [
        Access(service=s, community=c, quarter=plan.quarter(t), came=came, short=plan.access_short[s, c, t]) for (s, c, t), came in plan.came.items()
    ]
    groups = [
        GroupInPost(service=s, post=p, group=g, quarter=plan.quarter(t), wte=wte, short=plan.group_short[s, p, g, t])
        for (s, p, g, t), wte in plan.group.items()
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
    retention = [
        row.model_copy(update={"kept": plan.kept[key], "pounds": plan.retention_pounds[key]}) for key, row in tables["retention"].items() if row.taken
    ]
    spend = [Spend(service=s, stream=stream, year=y, item=item, pounds=pounds) for (s, stream, y, item), pounds in plan.spend.items()]
    outcomes = [
        OutcomeIncome.model_validate({"service": s, "step": i, "measure": measure, "year": year, "reached": reached, "pounds": plan.income[key]})
        for key, reached in plan.outcomes.items()
        for s, i, measure, year in [key]
    ]
    return answer.model_copy(
        update={
            "staff": tuple(staff),
            "queues": tuple(queues),
            "access": tuple(access),
            "representation": tuple(groups),
            "lost_trainees": tuple(lost),
            "retention": tuple(retention),
            "spend": tuple(spend),
            "outcome_income": tuple(outcomes),
            "shortfalls": tuple(g.row for g in counted),
            "terms": tuple(TermValue.model_validate({"term": term, "value": value}) for term, value in _terms(plan, counted).items()),
        }
    )


def limit_cells(data: PlanInput, limit: Limit) -> Iterator[Key]:
    """What a limit bounds: keys (service, item, quarter number from 1), or (service, item, to item, quarter number).

    Services, items and quarters that the limit leaves blank mean every one there can be (:func:`limit_universe`). Posts and rooms have the
    financial year's label in place of the quarter, once for each year the window touches; intakes count only in the programme's
    intake quarters, and retention measures once, in the first quarter of the window.
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
        if limit.decision in ("posts", "rooms"):
            when = dict.fromkeys(quarter_label(first + t - 1)[:7] for t in window)
        elif limit.decision == "intake":
            when = [t for t in window if _takes_in(programmes[items[0]], first + t - 1)]
        elif limit.decision == "retention":
            when = window[:1]
        for t in when:
            yield (service, *items, t)


def limit_universe(data: PlanInput, decision: Decision) -> list[tuple[str, ...]]:
    """Service and item, or service, item and to item, of everything that a limit on a decision can bound.

    * posts, hires, releases, posts_filled: every service and qualified post; staff: every service and post, trainees too;
    * over_establishment, reduced_hours: the rows of Over establishment, of Reduced hours;
    * intake: every service and programme;
    * conversions, moves: every service and Flow out of a trainee post, out of a qualified post;
    * supervisors_trained: every service and row of Supervision givers;
    * outreach_clinical, outreach_worker: the rows of Outreach; digital: the rows of Digital;
    * starts, waiting, completed, recovered, entering: the rows of Care;
    * group_starts, integrated_starts: the rows of Group courses, of Integrated care; retention: every service and measure of Retention measures;
    * rooms: the rows of Rooms; targeted_places: the rows of Representation; came: the rows of Communities.
    """
    services = [s.service for s in data.services]
    trainee = {p.post for p in data.posts if p.contract == "trainee"}
    match decision:
        case "over_establishment":
            return [(o.service, o.post) for o in data.over_establishment if o.post not in trainee]
        case "reduced_hours":
            return [(r.service, r.post) for r in data.reduced_hours if r.post not in trainee]
        case "posts" | "hires" | "releases" | "posts_filled":
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
        case "group_starts":
            return [(g.service, g.step) for g in data.group_courses]
        case "integrated_starts":
            return [(r.service, r.step) for r in data.integrated_care]
        case "retention":
            return [(r.service, r.measure) for r in data.retention_measures]
        case "rooms":
            return [(r.service, r.site) for r in data.rooms]
        case "targeted_places":
            return [(r.service, r.post, r.group) for r in data.representation if r.post not in trainee]
        case "came":
            return [(c.service, c.community) for c in data.communities]
        case "starts" | "waiting" | "completed" | "recovered" | "entering":
            return [(c.service, c.step) for c in data.care]


def budget_rows(data: PlanInput, option: str) -> tuple[Budget, ...]:
    """Budget rows that hold for an option: its own, and the blank ones it has no row of its own for."""
    own = {(r.stream, r.year, r.service) for r in data.budget if r.option == option}
    return tuple(r for r in data.budget if r.option == option or (not r.option and (r.stream, r.year, r.service) not in own))


def service_money_rows(data: PlanInput, option: str) -> tuple[ServiceMoney, ...]:
    """Floors and ceilings in the years planned that hold for an option: its own, and the blank ones it has no row of its own for."""
    own = {(r.service, r.year, r.stream) for r in data.service_money if r.option == option}
    rows = (r for r in data.service_money if r.option == option or (not r.option and (r.service, r.year, r.stream) not in own))
    return tuple(r for r in rows if r.year in data.years)


def outcome_payment_rows(data: PlanInput, option: str) -> tuple[OutcomePayment, ...]:
    """Outcome payments that can be earned in the plan under an option: its own, and the blank ones it has no row of its own for."""
    treated = {(c.service, c.step) for c in data.care}
    own = {(r.service, r.step, r.measure, r.year) for r in data.outcome_payments if r.option == option}
    rows = (r for r in data.outcome_payments if r.option == option or (not r.option and (r.service, r.step, r.measure, r.year) not in own))
    return tuple(r for r in rows if r.year in data.years and (r.service, r.step) in treated)


def clinical_hours(data: PlanInput, post: Post) -> float:
    """Clinical hours of one WTE of a post in an average week, absence and supervision received taken off (κ of the page)."""
    received = sum(need.received for need in data.supervision_needs if need.post == post.post)
    net = (data.settings.hours_per_week - post.other_hours) * post.service_days / 5 - received
    return post.caseload * (1 - post.absence) * max(0.0, net)


def course_hours(care: Care) -> float:
    """Hours a course takes, lost slots and write-up counted, assessment not (w of the page)."""
    return care.sessions * (care.session_minutes / care.attended + care.writeup_minutes) / 60


def group_hours(groups: GroupCourse) -> float:
    """Clinicians' hours of one person's place in a group, assessment not counted (w_g of the page)."""
    return groups.sessions * (groups.staff * groups.session_minutes + groups.other_minutes) / 60 / groups.people


def session_share(care: Care) -> float:
    """Share of a course's hours that are sessions, lost slots counted; the rest is write-up."""
    booked = care.session_minutes / care.attended
    return booked / (booked + care.writeup_minutes) if booked else 0.0


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
        "over_establishment": (("service", "post"), {(o.service, o.post) for o in data.over_establishment}, "Over establishment"),
        "reduced_hours": (("service", "post"), {(r.service, r.post) for r in data.reduced_hours}, "Reduced hours"),
        "outreach": (("service", "community"), {(o.service, o.community) for o in data.outreach}, "Outreach"),
        "digital": (("provider", "service", "step"), {(d.provider, d.service, d.step) for d in data.digital}, "Digital"),
        "starts": (("service", "step"), {(c.service, c.step) for c in data.care}, "Care"),
        "rooms": (("service", "site"), {(r.service, r.site) for r in data.rooms}, "Rooms"),
        "access": (("service", "community"), {(c.service, c.community) for c in data.communities}, "Communities"),
        "targeted_places": (("service", "post", "group"), {(r.service, r.post, r.group) for r in data.representation}, "Representation"),
        "representation": (("service", "post", "group"), {(r.service, r.post, r.group) for r in data.representation}, "Representation"),
        "queues": (("service", "step"), {(c.service, c.step) for c in data.care}, "Care"),
        "mother_tongue": (("service", "language"), {(r.service, r.language) for r in data.languages}, "Languages"),
        "group_starts": (("service", "step"), {(g.service, g.step) for g in data.group_courses}, "Group courses"),
        "integrated_starts": (("service", "step"), {(r.service, r.step) for r in data.integrated_care}, "Integrated care"),
        "retention": (("measure", "service"), {(r.measure, r.service) for r in data.retention_measures}, "Retention measures"),
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
        over=column("over_establishment", "wte"),
        reduced=column("reduced_hours", "people"),
        courses=column("supervisors_trained", "people"),
        supervisors=column("supervisors", "trained"),
        given=column("supervision_hours", "hours"),
        treatment=column("treatment_hours", "hours"),
        mother_tongue=column("mother_tongue", "hours"),
        clinical=column("outreach", "clinical_hours"),
        workers=column("outreach", "worker_hours"),
        # Service first, as in every other table.
        blocks=_Sums({(s, provider, i, t): float(row.blocks) for (provider, s, i, t), row in tables["digital"].items()}),
        starts=column("starts", "courses"),
        carried=column("carry_over", "pounds"),
        rented=column("rooms", "rooms"),
        targeted=column("targeted_places", "wte"),
        group_starts=column("group_starts", "courses"),
        integrated_starts=column("integrated_starts", "courses"),
        taken=column("retention", "taken"),
    )
    _follow_training(plan)
    _follow_staff(plan)
    _follow_outreach(plan)
    _follow_access(plan)
    _follow_representation(plan)
    _follow_care(plan)
    _follow_language(plan)
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


def _from(plan: _Plan, quarter: str | None) -> range:
    """Quarters planned from a quarter on; all of them where none is named."""
    first = quarter_number(plan.data.settings.first_quarter)
    return range(max(1, quarter_number(quarter) - first + 1) if quarter else 1, plan.times[-1] + 1)


def _measures(plan: _Plan) -> dict[Key, list[tuple[str, float, range]]]:
    """Retention measures of each service and post: the share of leavers they avoid, and the quarters in which they are in force."""
    found: dict[Key, list[tuple[str, float, range]]] = defaultdict(list)
    for measure in plan.data.retention_measures:
        for effect in plan.data.retention_effects:
            if effect.measure == measure.measure:
                found[measure.service, effect.post].append((measure.measure, effect.leavers_avoided, _from(plan, measure.from_quarter)))
    return found


def _follow_staff(plan: _Plan) -> None:
    """Qualified staff in post, first-year and later, from hires, moves, conversions and releases (rule P1)."""
    lost = _Sums({(f.from_post, f.to_post): f.lost_on_move for f in plan.data.flows if f.from_post in plan.qualified})
    never_there = _Sums({(r.service, r.post): r.lost_on_arrival for r in plan.data.recruitment})
    for (s, from_post, to_post, t), wte in plan.moves.items():
        plan.moved_out.add((s, from_post, t), wte)
        plan.moved_in.add((s, to_post, t), wte)
    for (s, p, t), wte in plan.hires.items():
        if p in plan.qualified:
            plan.arrivals.add((s, p, t), wte * (1 - never_there[s, p]))
    for source in (plan.moves, plan.conversions):
        for (s, from_post, to_post, t), wte in source.items():
            if to_post in plan.qualified:  # those who enter training are among the people of the intake already
                plan.arrivals.add((s, to_post, t), wte * (1 - lost[from_post, to_post]))
    share = _Sums({(r.service, r.post): r.share for r in plan.data.reduced_hours})
    year = plan.data.settings.first_year_quarters
    before = {(row.service, row.post): row for row in plan.data.staff}
    measures = _measures(plan)
    for s in plan.services:
        for p in plan.qualified:
            stay_first, stay_later = _quarterly(plan.posts[p].leavers_first_year), _quarterly(plan.posts[p].leavers_later)
            row = before.get((s, p))
            fresh = row.first_year / year if row and year else 0.0
            plan.staff[s, p, 0] = row.in_post if row else 0.0
            plan.later[s, p, 0] = row.in_post - row.first_year if row else 0.0
            for t in plan.times:
                # Of those in their first year on the eve, the ones aged a turn to later staff in quarter 4 − a.
                ripe = fresh * stay_first**t if t <= year else plan.arrivals[s, p, t - year] * stay_first**year
                gone = plan.moved_out[s, p, t] + plan.releases[s, p, t]
                kept = 0.0
                for name, avoided, quarters in measures[s, p]:
                    if t - 1 in quarters:
                        stay = plan.taken[name, s] * avoided * (1 - stay_later) * plan.later[s, p, t - 1]
                        plan.kept.add((name, s), stay)
                        kept += stay
                plan.later[s, p, t] = stay_later * plan.later[s, p, t - 1] + kept + ripe - gone
                new = sum(plan.arrivals[s, p, t - a] * stay_first**a for a in range(min(year, t)))
                plan.staff[s, p, t] = plan.later[s, p, t] + new + max(0, year - t) * fresh * stay_first**t
                plan.given_up[s, p, t] = (1 - share[s, p]) * plan.reduced[s, p, t]
                plan.filled[s, p, t] = plan.staff[s, p, t] - plan.given_up[s, p, t] - plan.over[s, p, t]
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
                    plan.reached.add((row.service, row.community, later), earned * share)


def _follow_access(plan: _Plan) -> None:
    """Who comes from each community, and how many that is short of its share of need in the referrals without outreach (rule E1)."""
    referrals = _Sums({(row.service, row.quarter): row.referrals for row in plan.data.demand})
    for row in plan.data.communities:
        for t in plan.times:
            key, anyhow = (row.service, row.community, t), referrals[row.service, plan.quarter(t)]
            plan.came[key] = row.referred * anyhow + plan.reached[key]
            plan.access_short[key] = max(0.0, row.need * anyhow - plan.came[key])


def _follow_representation(plan: _Plan) -> None:
    """Expected staff of groups: their share now of all, and what each quarter's arrivals add to that, leavers taken off (rule E2)."""
    lost = {(r.service, r.post): r.lost_on_arrival for r in plan.data.recruitment}
    fresh = plan.data.settings.first_year_quarters
    for row in plan.data.representation:
        s, p, g = row.service, row.post, row.group
        if p not in plan.qualified:
            continue
        stay_first, stay_later = _quarterly(plan.posts[p].leavers_first_year), _quarterly(plan.posts[p].leavers_later)
        added: list[float] = []  # by quarter of arrival, of those still there
        for t in plan.times:
            added = [people * (stay_first if t - 1 - since < fresh else stay_later) for since, people in enumerate(added, 1)]
            hired = plan.hires[s, p, t] * (1 - lost.get((s, p), 0.0))
            inside = plan.arrivals[s, p, t] - hired
            added.append(row.hired * hired + row.promoted * inside + plan.targeted[s, p, g, t] - row.now * plan.arrivals[s, p, t])
            plan.group[s, p, g, t] = row.now * plan.staff[s, p, t] + math.fsum(added)
            plan.group_short[s, p, g, t] = max(0.0, row.target * plan.staff[s, p, t] - plan.group[s, p, g, t])


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
    groups = {(g.service, g.step): g for g in plan.data.group_courses}
    weeks = plan.data.settings.weeks_per_quarter
    for s in plan.services:
        for step in STEPS:  # low first: its starts join the high-intensity queue a quarter later
            care = plan.care.get((s, step))
            if care is None:
                continue
            low = plan.care.get((s, "low")) if step == "high" else None
            plan.waiting[s, step, 0] = care.waiting
            plan.started[s, step, 0] = care.carried_over
            ending, ending_in_groups = care.completion * care.carried_over, 0.0
            for t in plan.times:
                up = low.step_up * plan.started[s, "low", t - 1] if low else 0.0
                joined = care.route * (referrals[s, plan.quarter(t)] + plan.extra[s, t]) + up
                grouped = plan.group_starts[s, step, t]
                started = plan.starts[s, step, t] + grouped + bought[s, step, t]
                plan.joined[s, step, t] = joined
                plan.started[s, step, t] = started
                plan.waiting[s, step, t] = (1 - care.give_up) * plan.waiting[s, step, t - 1] + joined - started
                plan.too_long[s, step, t] = max(0.0, plan.waiting[s, step, t] - care.wait_weeks / weeks * started)
                begun_in_groups = care.completion * groups[s, step].quality * grouped if (s, step) in groups else 0.0
                begun = care.completion * (plan.starts[s, step, t] + worth[s, step, t]) + begun_in_groups
                completed = care.same_quarter * begun + (1 - care.same_quarter) * ending
                completed_in_groups = care.same_quarter * begun_in_groups + (1 - care.same_quarter) * ending_in_groups
                better = groups[s, step].recovery - 1 if (s, step) in groups else 0.0
                plan.completed[s, step, t] = completed
                plan.recovered[s, step, t] = care.reliable_recovery * (completed + better * completed_in_groups)
                ending, ending_in_groups = begun, begun_in_groups


def _one_to_one_hours(plan: _Plan, s: str, step: str, t: int) -> float:
    """Hours that one-to-one courses take in a quarter, without what interpreters add."""
    care = plan.care[s, step]
    now = plan.starts[s, step, t]
    last = plan.starts[s, step, t - 1] if t > 1 else care.carried_over
    return course_hours(care) * (care.same_quarter * now + (1 - care.same_quarter) * last) + care.assessment_minutes / 60 * now


def _follow_language(plan: _Plan) -> None:
    """Hours of courses in each language that nobody gives in their mother tongue, and interpreters' hours for their sessions (rule C6)."""
    spoken = _Sums()
    for (s, _, language, step, t), hours in plan.mother_tongue.items():
        spoken.add((s, language, step, t), hours)
    for row in plan.data.languages:
        for (s, step), care in plan.care.items():
            for t in plan.times if s == row.service else ():
                key = (s, row.language, step, t)
                plan.interpreted[key] = row.share * _one_to_one_hours(plan, s, step, t) - spoken[key]
                plan.interpreters[key] = row.longer * session_share(care) * plan.interpreted[key]


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
        "recovered": (plan.recovered[s, step, t], "C5"),
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


def _measure_pounds(plan: _Plan, measure: RetentionMeasure, t: int) -> float:
    """What a retention measure in force in a quarter costs, at a year's rate (rule M1)."""
    posts = [effect.post for effect in plan.data.retention_effects if effect.measure == measure.measure and effect.post in plan.qualified]
    staff = sum(plan.later[measure.service, p, t] for p in posts)
    return plan.taken[measure.measure, measure.service] * (measure.year_pounds + measure.wte_pounds * staff)


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
    for (s, p, t), wte in plan.over.items():
        extra = next(o.extra_pounds for o in plan.data.over_establishment if (o.service, o.post) == (s, p))
        charge(s, plan.posts[p].stream, plan.year(t), "over establishment", wte * (cost(s, p, plan.year(t)) + 100 * extra) / 4)
    for (s, p, t), people in plan.reduced.items():
        extra = next(r.extra_pounds for r in plan.data.reduced_hours if (r.service, r.post) == (s, p))
        charge(s, plan.posts[p].stream, plan.year(t), "reduced hours", people * 100 * extra / 4)
    prices = _Sums({(f.from_post, f.to_post): f.move_pounds for f in plan.data.flows})
    for (s, from_post, to_post, t), wte in plan.moves.items():
        charge(s, plan.posts[to_post].stream, plan.year(t), "moves", 100 * wte * prices[from_post, to_post])
    for (s, p, t), wte in plan.releases.items():
        charge(s, plan.posts[p].stream, plan.year(t), "releases", 100 * wte * (plan.posts[p].release_pounds or 0.0))
    communities = {(o.service, o.community): o for o in plan.data.outreach}
    for (s, c, t), hours in plan.workers.items():
        charge(s, communities[s, c].stream, plan.year(t), "outreach", 100 * hours * communities[s, c].worker_pounds)
    for measure in plan.data.retention_measures:
        s, name = measure.service, measure.measure
        for t in _from(plan, measure.from_quarter):
            pounds = _measure_pounds(plan, measure, t) / 4
            charge(s, measure.stream, plan.year(t), "retention", 100 * pounds)
            plan.retention_pounds.add((name, s), pounds)
    rooms = {(r.service, r.site): r for r in plan.data.rooms}
    for (s, site, year), rented in plan.rented.items():
        charge(s, rooms[s, site].stream, year, "rooms", 100 * rented * rooms[s, site].room_pounds * quarters[year] / 4)
    groups = {(r.service, r.post, r.group): r for r in plan.data.representation}
    for (s, p, g, t), wte in plan.targeted.items():
        charge(s, groups[s, p, g].stream, plan.year(t), "targeted places", 100 * wte * groups[s, p, g].place_pounds)
    digital = {(d.service, d.provider, d.step): d for d in plan.data.digital}
    for (s, provider, step, t), blocks in plan.blocks.items():
        row = digital[s, provider, step]
        charge(s, row.stream, plan.year(t), "digital", 100 * blocks * row.block * row.price_pounds)
    for language in plan.data.languages:
        for step in STEPS:
            for t in plan.times:
                hours = plan.interpreters[language.service, language.language, step, t]
                charge(language.service, language.stream, plan.year(t), "interpreters", 100 * hours * language.interpreter_pounds)
    plan.spend.update({key: amount / 100 for key, amount in pence.items()})
    for payment in outcome_payment_rows(plan.data, plan.option):
        key = (payment.service, payment.step, payment.measure, payment.year)
        counted = plan.completed if payment.measure == "completed courses" else plan.recovered
        plan.outcomes[key] = sum(counted[payment.service, payment.step, t] for t in plan.times if plan.year(t) == payment.year)
        plan.income[key] = min(payment.cap_pounds, payment.payment_pounds * max(0.0, plan.outcomes[key] - payment.threshold))


def _paid_in(plan: _Plan) -> _Sums:
    """What outcomes add to budgets, by stream, year and service, and for all services together (blank)."""
    paid = _Sums()
    for row in outcome_payment_rows(plan.data, plan.option):
        year = row.year if row.paid == "same year" else year_label(year_number(row.year) + 1)
        pounds = plan.income[row.service, row.step, row.measure, row.year]
        paid.add((row.stream, year, row.service), pounds)
        paid.add((row.stream, year, ""), pounds)
    return paid


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
    year = plan.data.settings.first_year_quarters
    for p in plan.qualified:
        minima = sorted({n for (from_post, _), n in minimum.items() if from_post == p})
        stay_first, stay_later = _quarterly(plan.posts[p].leavers_first_year), _quarterly(plan.posts[p].leavers_later)
        for s in plan.services:
            row = before.get((s, p))
            for n in (m for m in minima if m > year):
                between = (row.in_post - row.first_year - row.long_serving) / (n - year) if row else 0.0
                eligible = row.long_serving if row else 0.0
                for t in plan.times:
                    if t > n:
                        ripe = plan.arrivals[s, p, t - n] * stay_first**year * stay_later ** (n - year)
                    elif t > n - year:  # first-year staff on the eve, of age n − t
                        ripe = row.first_year / year * stay_first ** (year - (n - t)) * stay_later ** (n - year) if row else 0.0
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
    """P3: the posts filled are at most those established, which are a whole number of the service's post unit."""
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
                yield from _above("P3", place, "Posts filled", plan.filled[s, p, t], plan.established[s, p, plan.year(t)], "WTE")


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


def p6_shared_labour_market(plan: _Plan) -> Iterator[Finding]:
    """P6: all services that recruit in a labour market together take at most the applicants it has for a role."""
    applicants: dict[Key, dict[int, float]] = defaultdict(dict)
    for row in plan.data.labour_markets:
        applicants[row.market, row.role][quarter_number(row.from_quarter)] = row.applicants
    recruits = {(r.service, r.post): r for r in plan.data.recruitment if r.market}
    taken = _Sums()
    for (s, p, t), wte in plan.hires.items():
        if (s, p) in recruits:
            taken.add((recruits[s, p].market, plan.posts[p].role, t), recruits[s, p].applicants_per_hire * wte)
    for (market, role, t), people in taken.items():
        held = applicants[market, role]
        latest = max((quarter for quarter in held if quarter <= quarter_number(plan.quarter(t))), default=None)
        bound = 0.0 if latest is None else held[latest]
        yield from _above("P6", f"{market}, {role}, {plan.quarter(t)}", "Applicants taken", people, bound, "people")


def p1_whole_people(plan: _Plan) -> Iterator[Finding]:
    """P1: hires, moves, graduates kept on, ended contracts and people on reduced hours are whole where Settings says so."""
    decided = {"Hires": plan.hires, "Moves": plan.moves, "Conversions": plan.conversions, "Releases": plan.releases, "Reduced hours": plan.reduced}
    for what, people in decided.items() if plan.data.settings.whole_people else ():
        for (*place, t), number in people.items():
            off = abs(number - round(number))
            if off > 0:
                yield _fault("P1", f"{', '.join(place)}, {plan.quarter(t)}", f"{what}: {number:,.6g} is not a whole number of people.", off)


def p7_over_establishment(plan: _Plan) -> Iterator[Finding]:
    """P7: staff above the posts established are at most what the post and the service may have, and never more than there are."""
    together = _Sums()
    for row in plan.data.over_establishment:
        for t in plan.times:
            over = plan.over[row.service, row.post, t]
            together.add((row.service, t), over)
            place = f"{row.service}, {row.post}, {plan.quarter(t)}"
            yield from _above("P7", place, "Over establishment", over, row.maximum, "WTE")
            there = plan.staff[row.service, row.post, t] - plan.given_up[row.service, row.post, t]
            yield from _above("P7", place, "Over establishment", over, there, "WTE")
    for (s, t), over in together.items():
        most = plan.services[s].over_establishment
        if most is not None:
            yield from _above("P7", f"{s}, {plan.quarter(t)}", "Over establishment, all posts", over, most, "WTE")


def p8_reduced_hours(plan: _Plan) -> Iterator[Finding]:
    """P8: people on reduced hours are at most the number agreed and at most those in post; each fills, and works, a share of a post."""
    for row in plan.data.reduced_hours:
        for t in plan.times:
            people = plan.reduced[row.service, row.post, t]
            bound = min(row.maximum, plan.staff[row.service, row.post, t])
            yield from _above("P8", f"{row.service}, {row.post}, {plan.quarter(t)}", "On reduced hours", people, bound, "people")


def p9_moves(plan: _Plan) -> Iterator[Finding]:
    """P9: moves along a flow are at most its number in a quarter, and at most its share of the staff of the post taken up."""
    flows = {(f.from_post, f.to_post): f for f in plan.data.flows}
    for (s, from_post, to_post, t), wte in plan.moves.items():
        flow = flows.get((from_post, to_post))
        place = f"{s}, {from_post}, {plan.quarter(t)}"
        if flow and flow.maximum_moves is not None:
            yield from _above("P9", place, f"Moves to {to_post}", wte, flow.maximum_moves, "WTE")
        if flow and flow.maximum_moves_share is not None:
            yield from _above("P9", place, f"Moves to {to_post}", wte, flow.maximum_moves_share * plan.staff[s, to_post, t], "WTE")


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
    """T4: all services together, or those of a region, start at most as many people as a course has places."""
    first = quarter_number(plan.data.settings.first_quarter)
    people = _Sums()
    for (s, g, t), started in plan.intakes.items():
        for shared in {"", plan.services[s].region if s in plan.services else ""}:
            people.add((g, t, shared), started)
    for row in plan.data.places:
        started = people[row.programme, quarter_number(row.quarter) - first + 1, row.region]
        place = ", ".join(part for part in (row.region, row.programme, row.quarter) if part)
        yield from _above("T4", place, "People starting", started, row.places, "people")


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
        effective = plan.staff[s, p, t] - (1 - plan.posts[p].starter_caseload) * plan.arrivals[s, p, t] - plan.given_up[s, p, t]
        bound = settings.weeks_per_quarter * hours[p] * effective
        yield from _above("C1", f"{s}, {p}, {plan.quarter(t)}", "Clinical hours used", amount, bound, "hours")


def c2_sessions(plan: _Plan) -> Iterator[_Gap]:
    """C2: the hours used for courses are at least those that the courses started take, or the shortfall is stated."""
    used = _Sums()
    for (s, _, step, t), amount in plan.treatment.items():
        used.add((s, step, t), amount)
    longer = _Sums()
    for language in plan.data.languages:
        for step in STEPS:
            for t in plan.times:
                interpreters = plan.interpreters[language.service, language.language, step, t]
                longer.add((language.service, step, t), (1 - 1 / language.longer) * interpreters)
    groups = {(g.service, g.step): g for g in plan.data.group_courses}
    for (s, step), care in plan.care.items():
        assessment, same = care.assessment_minutes / 60, care.same_quarter
        for t in plan.times:
            need = _one_to_one_hours(plan, s, step, t) + longer[s, step, t]
            if (s, step) in groups:
                grouped = plan.group_starts[s, step, t]
                need += group_hours(groups[s, step]) * (same * grouped + (1 - same) * plan.group_starts[s, step, t - 1]) + assessment * grouped
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


def c6_language(plan: _Plan) -> Iterator[Finding]:
    """C6: mother-tongue hours come from posts that speak the language, from hours used for the step, and are no more than courses in it take."""
    speakers = {(row.post, row.language) for row in plan.data.speakers}
    used, wanted = _Sums(), _Sums()
    for (s, p, language, step, t), hours in plan.mother_tongue.items():
        used.add((s, p, step, t), hours)
        wanted.add((s, language, step, t), hours)
        if abs(hours) > _room() and (p, language) not in speakers:
            what = f"{hours:,.6g} hours are given in {language}, and Speakers has no such row."
            yield _fault("C6", f"{s}, {p}, {plan.quarter(t)}", what, hours)
    for (s, p, step, t), hours in used.items():
        yield from _above(
            "C6", f"{s}, {p}, {step}, {plan.quarter(t)}", "Mother-tongue hours of the post", hours, plan.treatment[s, p, step, t], "hours"
        )
    for (s, language, step, t), hours in wanted.items():
        bound = plan.interpreted[s, language, step, t] + hours
        yield from _above("C6", f"{s}, {language}, {step}, {plan.quarter(t)}", "Mother-tongue hours", hours, bound, "hours")


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


def c7_employment_advisers(plan: _Plan) -> Iterator[_Gap]:
    """C7: employment advisers in post are at least one for so many qualified clinicians in post, or the shortfall is stated."""
    clinical = [p for p in plan.qualified if plan.posts[p].low or plan.posts[p].high]
    for asked in plan.data.employment_advisers:
        s, p = asked.service, asked.post
        for t in _from(plan, asked.from_quarter) if p in plan.qualified else ():
            have = plan.staff[s, p, t]
            need = sum(plan.staff[s, q, t] for q in clinical) / asked.clinicians_per_adviser
            row = Shortfall(rule="C7", service=s, item=p, quarter=plan.quarter(t), short=max(0.0, need - have))
            yield _gap("C7", row, 1.0, f"{need:,.4g} employment advisers wanted, {have:,.4g} in post", scale=(need, have))


def c8_group_courses(plan: _Plan) -> Iterator[Finding]:
    """C8: people who start in groups are at most a share of all who start a course at the step."""
    for row in plan.data.group_courses:
        s, step = row.service, row.step
        for t in plan.times:
            most = row.maximum_share * plan.started[s, step, t]
            yield from _above("C8", f"{s}, {step}, {plan.quarter(t)}", "Started in groups", plan.group_starts[s, step, t], most, "courses")


def c9_trained_posts(plan: _Plan) -> Iterator[Finding]:
    """C9: integrated courses are one-to-one courses whose hours come from posts trained for them."""
    trained = _Sums()
    for (s, p, step, t), hours in plan.treatment.items():
        if plan.posts[p].integrated:
            trained.add((s, step, t), hours)
    asked = {(row.service, row.step) for row in plan.data.integrated_care}
    for (s, step), care in plan.care.items():
        for t in plan.times if (s, step) in asked else ():
            place, now = f"{s}, {step}, {plan.quarter(t)}", plan.integrated_starts[s, step, t]
            yield from _above("C9", place, "Integrated courses", now, plan.starts[s, step, t], "courses")
            spread = care.same_quarter * now + (1 - care.same_quarter) * plan.integrated_starts[s, step, t - 1]
            hours = course_hours(care) * spread + care.assessment_minutes / 60 * now
            yield from _above("C9", place, "Hours of integrated courses", hours, trained[s, step, t], "hours")


def c9_share_of_growth(plan: _Plan) -> Iterator[_Gap]:
    """C9: integrated courses are at least a share of the courses started above the baseline, or the shortfall is stated."""
    for row in plan.data.integrated_care:
        s, step = row.service, row.step
        for t in _from(plan, row.from_quarter) if (s, step) in plan.care else ():
            have = plan.integrated_starts[s, step, t]
            need = row.integrated_share * max(0.0, plan.started[s, step, t] - row.baseline)
            short = Shortfall(rule="C9", service=s, item=step, quarter=plan.quarter(t), short=max(0.0, need - have))
            yield _gap("C9", short, 1.0, f"{need:,.6g} integrated courses wanted, {have:,.6g} started", scale=(need, have, plan.started[s, step, t]))


# --- retention --------------------------------------------------------------------------------------------------------


def m1_retention(plan: _Plan) -> Iterator[Finding]:
    """M1: a retention measure is taken or not, and the answer states rightly the leavers it avoids and what is spent on it."""
    table = plan.tables["retention"]
    for row in plan.data.retention_measures:
        key = (row.measure, row.service)
        place, taken = f"{row.measure}, {row.service}", plan.taken[key]
        if taken not in (0, 1):
            yield _fault("M1", place, f"{taken:g} is neither 0 (left) nor 1 (taken).", abs(taken - 1))
        yield from _differs("M1", place, "Leavers avoided", _stated(table, key, "kept"), plan.kept[key], _room(plan.kept[key]))
        spent = plan.retention_pounds[key]
        yield from _differs("M1", place, "Spent on it in £", _stated(table, key, "pounds"), spent, _room_pounds(spent))


# --- rooms and fairness -----------------------------------------------------------------------------------------------


def r1_rooms_rented(plan: _Plan) -> Iterator[Finding]:
    """R1: face-to-face hours fit the rooms of their site, or the shortfall is stated; more rooms are rented whole, at most as many as there are."""
    most = {(r.service, r.site): r.maximum for r in plan.data.rooms}
    for (s, site, year), rooms in plan.rented.items():
        place = ", ".join(part for part in (s, site, year) if part)
        off = abs(rooms - round(rooms))
        if off > 0:
            yield _fault("R1", place, f"{rooms:,.6g} is not a whole number of rooms.", off)
        yield from _above("R1", place, "Rooms rented", rooms, most[s, site], "rooms")


def r1_rooms(plan: _Plan) -> Iterator[_Gap]:
    """R1: a site's share of the face-to-face hours is at most the hours of its rooms, those rented counted, or the shortfall is stated."""
    needed = _Sums()
    for (s, _, step, t), hours in plan.treatment.items():
        care = plan.care.get((s, step))
        if care:
            needed.add((s, t), care.face_to_face * hours)
    for row in plan.data.rooms:
        for t in plan.times:
            rooms = row.rooms + plan.rented[row.service, row.site, plan.year(t)]
            have, need = plan.data.settings.weeks_per_quarter * row.open_hours * rooms, row.share * needed[row.service, t]
            short = Shortfall(rule="R1", service=row.service, item=row.site, quarter=plan.quarter(t), short=max(0.0, need - have))
            yield _gap("R1", short, 0.1, f"{need:,.6g} face-to-face hours, the rooms have {have:,.6g}", scale=(need, have))


def e1_access(plan: _Plan) -> Iterator[Finding]:
    """E1: those who come from a community, and how many are short of its share of need, are stated rightly."""
    table = plan.tables["access"]
    for row in plan.data.communities:
        for t in plan.times:
            key = (row.service, row.community, t)
            place, room = f"{row.service}, {row.community}, {plan.quarter(t)}", _room(plan.came[key], plan.access_short[key])
            yield from _differs("E1", place, "People who come", _stated(table, key, "came"), plan.came[key], room)
            yield from _differs("E1", place, "People short", _stated(table, key, "short"), plan.access_short[key], room)


def e2_representation(plan: _Plan) -> Iterator[Finding]:
    """E2: targeted places bring a group to at most its largest share of those who take up the post, and its staff are stated rightly."""
    table = plan.tables["representation"]
    lost = {(r.service, r.post): r.lost_on_arrival for r in plan.data.recruitment}
    for row in plan.data.representation:
        s, p, g = row.service, row.post, row.group
        for t in plan.times:
            key, place = (s, p, g, t), f"{s}, {p}, {g}, {plan.quarter(t)}"
            hired = plan.hires[s, p, t] * (1 - lost.get((s, p), 0.0))
            bound = max(0.0, row.maximum - row.hired) * hired + max(0.0, row.maximum - row.promoted) * (plan.arrivals[s, p, t] - hired)
            yield from _above("E2", place, "Targeted places", plan.targeted[key], bound if p in plan.qualified else 0.0, "WTE")
            room = _room(plan.staff[s, p, t])
            yield from _differs("E2", place, "Staff of the group", _stated(table, key, "wte"), plan.group[key], room)
            yield from _differs("E2", place, "Staff of the group short", _stated(table, key, "short"), plan.group_short[key], room)


# --- money ------------------------------------------------------------------------------------------------------------


def b1_budget(plan: _Plan) -> Iterator[_Gap]:
    """B1: a budget row's charges are at most its amount, what outcomes earn and what is carried in, less what is carried out, or it is short."""
    charges = _Sums()
    for (s, stream, year, _), pounds in plan.spend.items():
        charges.add((stream, year, s), pounds)
        charges.add((stream, year, ""), pounds)
    earned = _paid_in(plan)
    for row in budget_rows(plan.data, plan.option):
        if row.year not in plan.data.years:
            continue
        carried_in = plan.carried[row.stream, year_label(year_number(row.year) - 1), row.service]
        money = row.pounds + earned[row.stream, row.year, row.service] + carried_in - plan.carried[row.stream, row.year, row.service]
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
    """B2: last year's posts, staff above them and measures in force at its end fit next year's budget at its cost, or the shortfall is stated."""
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
    for over in plan.data.over_establishment:
        wte = plan.over[over.service, over.post, plan.times[-1]]
        if wte:
            pounds = wte * (cost(over.service, over.post, after) / 100 + over.extra_pounds)
            bill.add((plan.posts[over.post].stream, over.service), pounds)
            bill.add((plan.posts[over.post].stream, ""), pounds)
    for measure in plan.data.retention_measures:
        if plan.times[-1] in _from(plan, measure.from_quarter):
            pounds = _measure_pounds(plan, measure, plan.times[-1])
            bill.add((measure.stream, measure.service), pounds)
            bill.add((measure.stream, ""), pounds)
    earned = _paid_in(plan)
    for row in rows:
        spent, money = bill[row.stream, row.service], row.pounds + earned[row.stream, after, row.service]
        shortfall = Shortfall(rule="B2", service=row.service, item=row.stream, quarter=after, short=max(0.0, spent - money))
        text = f"The posts of {last} cost £{spent:,.2f} in {after}, the budget is £{money:,.2f}"
        yield _gap("B2", shortfall, 0.001, text, pounds=True, scale=(spent, money))


def b3_service_money(plan: _Plan) -> Iterator[_Gap]:
    """B3: what a service spends in a year, of one stream or all, is between its floor and its ceiling, or the shortfall is stated."""
    spent = _Sums()
    for (s, stream, year, _), pounds in plan.spend.items():
        spent.add((s, year, stream), pounds)
        spent.add((s, year, ""), pounds)
    for row in service_money_rows(plan.data, plan.option):
        own = spent[row.service, row.year, row.stream]
        below, above = row.floor_pounds - own, own - row.ceiling_pounds if row.ceiling_pounds is not None else 0.0
        shortfall = Shortfall(rule="B3", service=row.service, item=row.stream, quarter=row.year, short=max(0.0, below, above))
        bounds = f"from £{row.floor_pounds:,.2f}" + ("" if row.ceiling_pounds is None else f" to £{row.ceiling_pounds:,.2f}")
        text = f"£{own:,.2f} is spent, {bounds} may be"
        yield _gap("B3", shortfall, 0.001, text, pounds=True, scale=(own, row.floor_pounds, row.ceiling_pounds or 0.0))


def b4_outcome_payments(plan: _Plan) -> Iterator[Finding]:
    """B4: outcomes above the threshold of a year earn their payment up to the cap, and the answer states it rightly."""
    table = plan.tables["outcome_income"]
    for key in dict.fromkeys([*plan.outcomes, *table]):
        place = ", ".join(key)
        reached, earned = plan.outcomes[key], plan.income[key]
        yield from _differs("B4", place, "Outcomes of the year", _stated(table, key, "reached"), reached, _room(reached))
        yield from _differs("B4", place, "Payment in £", _stated(table, key, "pounds"), earned, _room_pounds(earned, _payment(plan, key) * reached))


def _payment(plan: _Plan, key: Key) -> float:
    """Payment for one outcome; 0 where there is none."""
    rows = outcome_payment_rows(plan.data, plan.option)
    return next((row.payment_pounds for row in rows if (row.service, row.step, row.measure, row.year) == key), 0.0)


# --- limits -----------------------------------------------------------------------------------------------------------


def l1_limits(plan: _Plan) -> Iterator[_Gap]:
    """L1: every limit of the option holds, or the shortfall is stated."""
    measured: dict[str, _Sums] = {
        "posts": plan.established,
        "staff": plan.staff,
        "posts_filled": plan.filled,
        "over_establishment": plan.over,
        "reduced_hours": plan.reduced,
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
        "rooms": plan.rented,
        "targeted_places": plan.targeted,
        "came": plan.came,
        "completed": plan.completed,
        "recovered": plan.recovered,
        "entering": _entering(plan),
        "group_starts": plan.group_starts,
        "integrated_starts": plan.integrated_starts,
        "retention": _Sums({(s, name, t): taken for (name, s), taken in plan.taken.items() for t in plan.times}),
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


def _entering(plan: _Plan) -> _Sums:
    """Courses started less those whose people came up from low intensity, by service, step and quarter."""
    found = _Sums(plan.started)
    for s, step in plan.care:
        if step == "high" and (s, "low") in plan.care:
            for t in plan.times:
                found.add((s, step, t), -plan.care[s, "low"].step_up * plan.started[s, "low", t - 1])
    return found


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
    p1_whole_people,
    p6_shared_labour_market,
    p7_over_establishment,
    p8_reduced_hours,
    p9_moves,
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
    c6_language,
    d1_digital,
    o1_outreach_hours,
    o2_outreach_returns,
    r1_rooms_rented,
    e1_access,
    e2_representation,
    c8_group_courses,
    c9_trained_posts,
    m1_retention,
    b1_carried_over,
    b1_spending_stated,
    b4_outcome_payments,
)
"""Rules that hold or are broken."""

SOFT: tuple[Callable[[_Plan], Iterator[_Gap]], ...] = (
    t6_trainees_to_qualified,
    s1_supervision_hours,
    s3_trainees_per_supervisor,
    c2_sessions,
    c7_employment_advisers,
    c9_share_of_growth,
    r1_rooms,
    b1_budget,
    b2_no_cliff_edge,
    b3_service_money,
    l1_limits,
)
"""Rules that may fall short at a price."""


# --- objective --------------------------------------------------------------------------------------------------------


def _terms(plan: _Plan, counted: list[_Gap]) -> dict[str, float]:
    """Every term of the objective that the instance has, from the simulation."""
    times = set(plan.times)

    def planned(sums: _Sums) -> float:
        return math.fsum(value for key, value in sums.items() if key[-1] in times)

    low = {s: care.step_up for (s, step), care in plan.care.items() if step == "low" and (s, "high") in plan.care}
    stepped_up = math.fsum(share * plan.started[s, "low", t - 1] for s, share in low.items() for t in plan.times)
    last = plan.times[-1]
    every = {
        "unmet_musts": math.fsum(gap.points * gap.row.short for gap in counted),
        "completed_courses": planned(plan.completed),
        "reliable_recoveries": planned(plan.recovered),
        "entering_treatment": planned(plan.started) - stepped_up,
        "waiting_too_long": planned(plan.too_long),
        "reached_by_outreach": planned(plan.extra),
        "lost_trainees": math.fsum(max(0.0, people - plan.converted[key]) for key, people in plan.graduates.items()),
        "workforce_at_end": math.fsum(plan.posts[p].end_value * wte for (_, p, t), wte in plan.staff.items() if t == last),
        "cost": math.fsum(plan.spend.values()),
        "churn": planned(plan.hires) + planned(plan.releases),
        "contracts_ended": planned(plan.releases),
        "equity_gap": math.fsum(plan.access_short.values()),
        "representation_gap": math.fsum(wte for (*_, t), wte in plan.group_short.items() if t == last),
    }
    return {term: every[term] for term in plan.data.terms}


def _terms_stated(tables: dict[str, dict[Key, Any]], terms: Mapping[str, float]) -> Iterator[Finding]:
    """Terms that the answer states otherwise; reached_by_outreach is judged under O2. A term that the instance does not have is worth nothing."""
    for term in dict.fromkeys([*terms, *(name for (name,) in tables["terms"])]):
        if term != "reached_by_outreach":
            own = terms.get(term, 0.0)
            room = _room_pounds(own) if term == "cost" else _room(own)
            yield from _differs("TERMS", term, "Value of the term", _stated(tables["terms"], (term,), "value"), own, room)


def _levels(data: PlanInput, terms: Mapping[str, float]) -> tuple[tuple[str, Literal["min", "max"], float], ...]:
    """Value of each priority: the sum of weight times term."""
    return tuple(
        (level.name, level.direction, sum(o.weight * terms[o.term] for o in data.objectives if o.priority == level.priority))
        for level in sorted(data.priorities, key=lambda p: p.priority)
    )
