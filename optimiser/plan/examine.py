"""What can be told of a plan's input before anything is solved: what cannot work, what looks wrong, and what the data say.

Types, references and duplicate rows are settled when the tables are read. Here records are held against each other. Findings
name the sheet and the row's key. Codes: ``IN-03`` a value that cannot stand beside another, ``IN-04`` a name that is not known,
``IN-05`` a row given twice, ``IN-08`` an end before its start, ``IN-11`` a suspicious figure, ``IN-12`` old figures, ``IN-13`` a row
that is missing, ``IN-14`` a row without effect, ``PRE-01`` arithmetic that cannot come out, ``PRE-03`` limits that cannot both hold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from optimiser.plan.check import SOFT, budget_rows, clinical_hours, course_hours, group_hours, limit_cells, limit_universe
from optimiser.plan.data import STEPS, quarter_number, year_label, year_number
from optimiser.plan.pay import PayTable
from optimiser.result import Finding
from optimiser.words import count, listing, named, number, pounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optimiser.plan.check import Key
    from optimiser.plan.data import Care, Community, Limit, PlanInput, Step, Term

USUAL_CONTACTS = {"low": 30.0, "high": 26.0}
"""Most contacts in a full working week that a job plan is believed to hold; services plan 22 and report 15 to 25."""

USUAL_COURSE_PRICE = 2000.0
"""Price in £ above which a bought course is asked about; a course costs a service £500 to £2,000."""

USUAL_OPEN = 70.0
"""Hours a week that a room is open above which is asked: seven days of ten hours."""

USUAL_RECOVERY = 0.75
"""Reliable recovery above which is asked; services in England lie between 41% and 53%."""

USUAL_INTERPRETER = 150.0
"""Cost in £ of an interpreter's hour above which is asked; agencies charge £25 to £90 for common languages and up to £150 for rare ones."""

_WANTED: dict[Term, Literal["min", "max"]] = {
    "unmet_musts": "min",
    "completed_courses": "max",
    "reliable_recoveries": "max",
    "entering_treatment": "max",
    "waiting_too_long": "min",
    "reached_by_outreach": "max",
    "lost_trainees": "min",
    "workforce_at_end": "max",
    "cost": "min",
    "churn": "min",
    "contracts_ended": "min",
    "equity_gap": "min",
    "representation_gap": "min",
}
_ALMOST = 1e-9
_LISTED = 12
"""Services up to which each is described by itself."""


# --- findings ---------------------------------------------------------------------------------------------------------


def examine(data: PlanInput) -> tuple[Finding, ...]:
    """Everything across records that is wrong (errors) or worth a question (warnings), chapter by chapter of the workbook."""
    chapters = (
        _posts, _flows, _staffing, _programmes, _staff, _trainees, _supervision, _recruitment, _labour_markets, _care, _languages, _demand,
        _outreach, _digital, _advisers, _groups, _retention, _integrated, _rooms, _communities, _representation, _pay, _budget,
        _service_money, _outcome_payments, _limits, _objective,
        _options, _benefits,
    )  # fmt: skip
    return tuple(finding for chapter in chapters for finding in chapter(data))


def _finding(severity: Literal["error", "warning"], code: str, sheet: str, key: Iterable[object], what: str, fix: str = "") -> Finding:
    names = ", ".join(str(part) for part in key if part not in ("", None))
    return Finding(severity, code, f"{sheet} ({names})" if names else sheet, what, fix)


def _error(code: str, sheet: str, key: Iterable[object], what: str, fix: str = "") -> Finding:
    return _finding("error", code, sheet, key, what, fix)


def _warning(code: str, sheet: str, key: Iterable[object], what: str, fix: str = "") -> Finding:
    return _finding("warning", code, sheet, key, what, fix)


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    """A nearest name, or the names there are."""
    names = sorted(set(known))
    near = get_close_matches(name, names, 1)
    return f"Did you mean {near[0]}?" if near else f"There are: {listing(names, most=8)}." if names else ""


def _trainee_posts(data: PlanInput) -> set[str]:
    return {p.post for p in data.posts if p.contract == "trainee"}


def _reach(data: PlanInput) -> dict[str, set[str]]:
    """Posts that each service may come to hold staff in: by what it has, hires, trains, converts or moves."""
    open_to_all = {g.trainee_post for g in data.programmes if g.external and g.cohort_maximum > 0}
    closed = {g.trainee_post for g in data.programmes if g.cohort_maximum == 0}
    trainee_post = {g.programme: g.trainee_post for g in data.programmes}
    posts = {s.service: set(open_to_all) for s in data.services}
    for service, post in (
        *((row.service, row.post) for row in data.staff if row.in_post > 0 or row.established > 0),
        *((row.service, row.post) for row in data.recruitment if row.maximum > 0),
        *((row.service, trainee_post[row.programme]) for row in data.trainees if row.people > 0),
    ):
        posts[service].add(post)
    for held in posts.values():
        more = True
        while more:
            new = {f.to_post for f in data.flows if f.from_post in held and f.to_post not in closed} - held
            held |= new
            more = bool(new)
    return posts


def _on_the_eve(data: PlanInput) -> dict[tuple[str, str], float]:
    """Staff of each service and post in the quarter before the plan, trainees who have not dropped out counted."""
    staff: dict[tuple[str, str], float] = defaultdict(float)
    for row in data.staff:
        staff[row.service, row.post] += row.in_post
    eve = quarter_number(data.settings.first_quarter) - 1
    programmes = {g.programme: g for g in data.programmes}
    for cohort in data.trainees:
        programme = programmes[cohort.programme]
        age = eve - quarter_number(cohort.started)
        if 0 <= age < programme.length:
            staff[cohort.service, programme.trainee_post] += cohort.people * programme.completion ** (age / programme.length)
    return staff


def _posts(data: PlanInput) -> Iterator[Finding]:
    for post in data.posts:
        if not (post.low or post.high):
            continue
        if clinical_hours(data, post) == 0:
            what = "No clinical hours are left after other hours, supervision, absence and caseload, yet the post can give courses."
            yield _warning("IN-11", "Posts", [post.post], what, "Lower other hours or raise the caseload, or set low and high intensity to no.")
            continue
        worked = clinical_hours(data, post) / (1 - post.absence)
        for step in STEPS:
            contacts = max(
                (worked / _contact_hours(c) for c in data.care if c.step == step and getattr(post, step) and _contact_hours(c)), default=0.0
            )
            if contacts > USUAL_CONTACTS[step]:
                what = f"{number(contacts, 1)} contacts in a full working week is above the usual {USUAL_CONTACTS[step]:g} for {step} intensity."
                yield _warning("IN-11", "Posts", [post.post], what, "Check other hours, session length and write-up, or confirm it in Assumptions.")


def _contact_hours(care: Care) -> float:
    """Hours of work for one session attended, lost slots and write-up counted."""
    return (care.session_minutes / care.attended + care.writeup_minutes) / 60


def _flows(data: PlanInput) -> Iterator[Finding]:
    trainee = _trainee_posts(data)
    for flow in data.flows:
        key = [flow.from_post, flow.to_post]
        if flow.from_post == flow.to_post:
            yield _error("IN-03", "Flows", key, "A flow must lead from one post to another.", "Name another post, or delete the row.")
        elif flow.from_post in trainee and flow.to_post in trainee:
            yield _error("IN-03", "Flows", key, "Both posts are trainee posts.", "A graduate's flow must lead to a qualified post.")


def _staffing(data: PlanInput) -> Iterator[Finding]:
    """Staff above the establishment, reduced hours, and what a move or a hire loses: rows that cannot stand or do nothing."""
    trainee = _trainee_posts(data)
    over = [("Over establishment", (row.service, row.post), row.maximum) for row in data.over_establishment]
    reduced = [("Reduced hours", (row.service, row.post), row.maximum) for row in data.reduced_hours]
    for sheet, key, most in (*over, *reduced):
        if key[1] in trainee:
            yield _error("IN-03", sheet, key, f"{key[1]} is a trainee post; this is for qualified posts.", "Delete the row.")
        elif most == 0:
            yield _warning("IN-14", sheet, key, "The most is 0, so the row does nothing.", "Raise it, or delete the row.")
    for row in data.reduced_hours:
        if row.share == 1:
            what = "On reduced hours they would work full hours: the row does nothing but cost."
            yield _warning("IN-11", "Reduced hours", [row.service, row.post], what, "Set the share below 1.")
    listed = {row.service for row in data.over_establishment}
    for service in data.services:
        if service.over_establishment is not None and service.service not in listed:
            what = "Over establishment, at most is set, and Over establishment has no row for the service: nobody can be above its posts."
            yield _warning("IN-14", "Services", [service.service], what, "Add the posts to Over establishment, or leave the cell blank.")
    for flow in data.flows:
        key = (flow.from_post, flow.to_post)
        limits = flow.maximum_moves is not None or flow.maximum_moves_share is not None or flow.move_pounds > 0
        if flow.from_post in trainee and (limits or flow.lost_on_move):
            what = "Lost on the move, limits and cost of moves are not for graduates; they are not used here."
            yield _warning("IN-14", "Flows", key, what, "Leave these cells blank; what graduates are lost follows from Programmes and Posts.")
        elif flow.to_post in trainee and flow.lost_on_move:
            what = "Nobody is lost on entry to training; the programme's completion says who drops out."
            yield _warning("IN-14", "Flows", key, what, "Set lost on the move to 0.")
        elif flow.lost_on_move == 1:
            yield _warning("IN-11", "Flows", key, "Everybody who moves is lost on the move.", "Check the share.")
        if flow.maximum_moves == 0 or flow.maximum_moves_share == 0:
            yield _warning("IN-14", "Flows", key, "Nobody may move: the most is 0.", "Raise it, or delete the flow.")
    for market in data.recruitment:
        if market.lost_on_arrival == 1:
            yield _warning("IN-11", "Recruitment", [market.service, market.post], "Everybody hired leaves at once.", "Check lost on arrival.")
    if data.settings.first_year_quarters == 0:
        for staff in data.staff:
            if staff.first_year:
                what = f"{staff.first_year:g} WTE are in their first year, and Settings says that it lasts 0 quarters."
                yield _error("IN-03", "Staff", [staff.service, staff.post], what, "Set first year to 0, or First year lasts to 4.")


def _programmes(data: PlanInput) -> Iterator[Finding]:
    trainee = _trainee_posts(data)
    used = Counter(g.trainee_post for g in data.programmes)
    for post in data.posts:
        if post.post in trainee and post.post not in used:
            yield _warning(
                "IN-13", "Posts", [post.post], "No programme trains people in this trainee post, so nobody can hold it.", "Add it to Programmes."
            )
    first = quarter_number(data.settings.first_quarter)
    for g in data.programmes:
        key = [g.programme]
        if g.trainee_post not in trainee:
            what = f"{g.trainee_post} is not a trainee post."
            yield _error("IN-03", "Programmes", key, what, "Set its contract to trainee in Posts, or name a trainee post.")
        elif used[g.trainee_post] > 1:
            what = f"The trainee post {g.trainee_post} is used by {used[g.trainee_post]} programmes."
            yield _error("IN-05", "Programmes", key, what, "Give each programme a trainee post of its own.")
        if g.cohort_minimum > g.cohort_maximum:
            what = f"The smallest cohort ({g.cohort_minimum}) is larger than the largest ({g.cohort_maximum})."
            yield _error("IN-03", "Programmes", key, what, "Swap or mend them.")
        if not any(f.from_post == g.trainee_post for f in data.flows):
            what = "Flows has no row out of its trainee post: every graduate would be lost."
            yield _warning("IN-13", "Programmes", key, what, f"Add a flow from {g.trainee_post} to the post its graduates take up.")
        if not g.external and not any(f.to_post == g.trainee_post for f in data.flows):
            what = "Nobody from outside may start, and Flows has no row into its trainee post: nobody can start."
            yield _warning("IN-13", "Programmes", key, what, f"Add a flow into {g.trainee_post}, or let people from outside start.")
    intakes = {g.programme: g.intake_quarters.split() for g in data.programmes}
    for place in data.places:
        number_of = quarter_number(place.quarter)
        if 0 <= number_of - first < data.settings.quarters and str(number_of % 4 + 1) not in intakes[place.programme]:
            what = f"The course does not start in this quarter (it starts in quarters {' '.join(intakes[place.programme])} of the year)."
            yield _warning("IN-14", "Places", [place.programme, place.quarter], what, "Move the places to an intake quarter.")


def _staff(data: PlanInput) -> Iterator[Finding]:
    trainee = _trainee_posts(data)
    for row in data.staff:
        key = [row.service, row.post]
        if row.post in trainee:
            yield _error("IN-03", "Staff", key, "Trainees are not listed here.", "Enter their cohorts in Trainees.")
        if row.first_year + row.long_serving > row.in_post + _ALMOST:
            over = row.first_year + row.long_serving - row.in_post
            what = f"First year ({row.first_year:g}) and long serving ({row.long_serving:g}) are {over:g} more than in post ({row.in_post:g})."
            yield _error("IN-03", "Staff", key, what, "Nobody can be both: mend the three figures.")
        if row.in_post > row.established + _ALMOST:
            what = f"{row.in_post:g} WTE are in post and {row.established:g} posts are established."
            yield _warning("IN-11", "Staff", key, what, "Check the number of posts established.")


def _trainees(data: PlanInput) -> Iterator[Finding]:
    first = quarter_number(data.settings.first_quarter)
    length = {g.programme: g.length for g in data.programmes}
    for row in data.trainees:
        key = [row.service, row.programme, row.started]
        started = quarter_number(row.started)
        if started >= first:
            what = f"The cohort starts in the plan, which begins in {data.settings.first_quarter}."
            yield _error("IN-08", "Trainees", key, what, "Delete the row; a cohort that must start is a limit on intake.")
        elif started + length[row.programme] < first:
            what = f"The course lasts {named(length[row.programme], 'quarter')}, so this cohort finished before the plan begins."
            yield _error("IN-08", "Trainees", key, what, "Delete the row, and count those kept on in Staff.")


@dataclass(frozen=True)
class SupervisionFigure:
    """Supervision on the eve of the plan: hours a week needed (supervisors' own included) and available, and the trained supervisors."""

    service: str
    kind: str
    needed: float
    available: float
    supervisors: float


def _supervision_figures(data: PlanInput) -> list[SupervisionFigure]:
    staff = _on_the_eve(data)
    givers = {(g.post, g.kind): g for g in data.supervision_givers}
    found = []
    for service in data.services:
        for kind in data.supervision_kinds:
            trained = [(row.post, row.trained) for row in data.supervisors if (row.service, row.kind) == (service.service, kind.kind)]
            supervisors = sum(wte for _, wte in trained)
            needed = sum(n.hours * staff[service.service, n.post] for n in data.supervision_needs if n.kind == kind.kind)
            needed += kind.own_hours * supervisors
            available = 0.0
            for post, wte in trained:
                giver = givers.get((post, kind.kind))
                if giver:
                    available += giver.hours * min(wte, giver.maximum_share * staff[service.service, post])
            if needed or available:
                found.append(SupervisionFigure(service.service, kind.kind, needed, available, supervisors))
    return found


def _kind_words(data: PlanInput, kind: str) -> str:
    """Name of a kind with the word supervision in it once."""
    name = next(k.name or k.kind for k in data.supervision_kinds if k.kind == kind)
    return name if "supervision" in name.lower() else f"{name} supervision"


def _supervision(data: PlanInput) -> Iterator[Finding]:
    staff = _on_the_eve(data)
    reach = _reach(data)
    givers = {(g.post, g.kind): g for g in data.supervision_givers}
    for row in data.supervisors:
        key = [row.service, row.post, row.kind]
        giver = givers.get((row.post, row.kind))
        there = staff[row.service, row.post]
        if giver is None and row.trained > 0:
            what = "Supervision givers has no row for this post and kind, so these supervisors could give nothing."
            yield _error("IN-13", "Supervisors", key, what, "Add the row to Supervision givers, or delete this one.")
        elif row.trained > there + _ALMOST:
            yield _error("IN-03", "Supervisors", key, f"{row.trained:g} are trained and {there:g} WTE are in post.", "Mend one of the two.")
        elif giver and row.trained > giver.maximum_share * there + _ALMOST:
            what = f"{row.trained:g} supervisors are more than {giver.maximum_share:.0%} of the {there:g} WTE in post; the rest will not be used."
            yield _warning("IN-11", "Supervisors", key, what, "Check Supervision givers, column At most.")
    services = {s.service: s for s in data.services}
    usable = {(post, kind) for (post, kind), giver in givers.items() if giver.hours > 0 and giver.maximum_share > 0}
    for figure in _supervision_figures(data):
        name, kind = services[figure.service].name or figure.service, _kind_words(data, figure.kind)
        needs = f"{kind} at {name} needs {number(figure.needed, 1)} hours a week"
        if figure.needed > 0 and not any((post, figure.kind) in usable for post in reach[figure.service]):
            what = f"{needs} and nobody there can ever give any. No plan can fix this."
            fix = f"Add {number(figure.needed, 1)} hours: a post that gives it to Supervision givers and a way into it, or mend Supervision needs."
            yield _warning("PRE-01", "Supervision givers", [figure.kind], what, fix)
        elif figure.needed > figure.available + 1e-6:
            short = figure.needed - figure.available
            what = f"{needs} on the eve of the plan and its supervisors can give {number(figure.available, 1)}: {number(short, 1)} short."
            yield _warning(
                "PRE-01", "Supervisors", [figure.service, figure.kind], what, "Check the figures, or expect unmet musts in the first quarters."
            )
    have = {(figure.service, figure.kind) for figure in _supervision_figures(data)}
    for need in data.supervision_needs:
        lacking = [
            s
            for s, posts in reach.items()
            if need.post in posts and need.hours > 0 and (s, need.kind) not in have and not any((post, need.kind) in usable for post in posts)
        ]
        if lacking:
            what = f"Nobody at {listing(lacking, most=4)} can ever give this kind, so nobody can be hired into the post there without an unmet must."
            yield _warning("PRE-01", "Supervision needs", [need.post, need.kind], what, "Add a post that gives it to Supervision givers.")


def _recruitment(data: PlanInput) -> Iterator[Finding]:
    trainee = _trainee_posts(data)
    for row in data.recruitment:
        key = [row.service, row.post]
        if row.post in trainee:
            yield _error("IN-03", "Recruitment", key, "Trainees are not hired but started.", "Delete the row; intakes are limited in Programmes.")
        if row.lead >= data.settings.quarters:
            what = f"The lead of {named(row.lead, 'quarter')} is as long as the plan: nobody can arrive."
            yield _warning("IN-14", "Recruitment", key, what, "Check the lead.")


def _labour_markets(data: PlanInput) -> Iterator[Finding]:
    first, last = (quarter_number(data.quarters[t]) for t in (0, -1))
    role = {p.post: p.role for p in data.posts}
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in data.labour_markets:
        rows[row.market, row.role].append(row.from_quarter)
    used = set()
    for r in data.recruitment:
        key, name = [r.service, r.post], role[r.post]
        used.add((r.market, name))
        if not r.market and r.applicants_per_hire != 1:
            what = "Applicants per hire counts only in a labour market, and the row names none."
            yield _warning("IN-14", "Recruitment", key, what, "Name the market, or set it to 1.")
        elif r.market and (r.market, name) not in rows:
            what = f"Labour markets has no row for {r.market} and the post's role, {name}: nobody would apply."
            yield _error("IN-13", "Recruitment", key, what, "Add the row to Labour markets, or leave Market blank.")
        elif r.market and r.applicants_per_hire < 1:
            what = f"One applicant would fill {1 / r.applicants_per_hire:.3g} posts."
            yield _warning("IN-11", "Recruitment", key, what, "Applicants per hire is 1 or more where each hire takes at least the one hired.")
    for (market, name), quarters in rows.items():
        if (market, name) not in used:
            what = "Recruitment has no row of this market and role, so nobody draws on it."
            yield _warning("IN-14", "Labour markets", [market, name], what, "Name the market in Recruitment, or delete the row.")
        elif min(map(quarter_number, quarters)) > first:
            what = f"Nobody applies before {min(quarters)}, and the plan begins in {data.quarters[0]}."
            yield _warning("IN-13", "Labour markets", [market, name], what, f"Add a row from {data.quarters[0]} (0 if nobody applies).")
        for label in sorted(quarters):
            if quarter_number(label) > last:
                what = f"The plan ends in {data.quarters[-1]}; the row is not used."
                yield _warning("IN-14", "Labour markets", [market, name, label], what, "Delete the row, or plan more quarters.")


def _care(data: PlanInput) -> Iterator[Finding]:
    care = {(c.service, c.step): c for c in data.care}
    reach = _reach(data)
    able = {step: {p.post for p in data.posts if getattr(p, step)} for step in STEPS}
    bought = {(d.service, d.step) for d in data.digital if d.maximum > 0 and d.maximum_share > 0}
    for service in data.services:
        routes = {step: care[service.service, step].route for step in STEPS if (service.service, step) in care}
        if sum(routes.values()) > 1 + _ALMOST:
            what = f"The routes of {' and '.join(f'{step} ({share:g})' for step, share in routes.items())} add up to {sum(routes.values()):g}."
            yield _error("IN-03", "Care", [service.service], what, "Shares of referrals must not add up to more than 1.")
    for row in data.care:
        key = [row.service, row.step]
        if row.step == "high" and row.step_up > 0:
            yield _warning("IN-14", "Care", key, "Step up counts for low intensity only; it is not used here.", "Set it to 0.")
        if row.step == "low" and row.step_up > 0 and (row.service, "high") not in care:
            what = "People are stepped up, and Care has no high-intensity row for the service: they leave unseen."
            yield _warning("IN-13", "Care", key, what, "Add the row, or set step up to 0.")
        if course_hours(row) == 0:
            yield _warning("IN-11", "Care", key, "A course takes no time.", "Check sessions and session length.")
        if row.completion == 0:
            yield _warning("IN-11", "Care", key, "No course is ever completed.", "Check completion.")
        if row.reliable_recovery > USUAL_RECOVERY:
            what = f"Reliable recovery of {row.reliable_recovery:.0%} is far above what services reach (41% to 53%)."
            yield _warning("IN-11", "Care", key, what, "Check it, or confirm it in Assumptions.")
        if row.attended < 0.5:
            yield _warning("IN-11", "Care", key, f"Only {row.attended:.0%} of slots are attended.", "Check it: it is the share attended, not missed.")
        if not reach[row.service] & able[row.step] and (row.service, row.step) not in bought:
            what = f"No post that the service can have gives {row.step}-intensity courses, and none can be bought: its queue can only grow."
            yield _warning("PRE-01", "Care", key, what, "Check Posts (low and high intensity), Staff, Recruitment and Flows.")


def _languages(data: PlanInput) -> Iterator[Finding]:
    treated = {c.service for c in data.care}
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for row in data.languages:
        key = [row.service, row.language]
        shares[row.service][row.language] = row.share
        if row.service not in treated:
            yield _error("IN-13", "Languages", key, "Care has no row for the service.", "Add its rows to Care, or delete this one.")
        if row.share == 0:
            yield _warning("IN-14", "Languages", key, "No course needs the language: the share is 0.", "Raise it, or delete the row.")
        if row.interpreter_pounds == 0:
            yield _warning("IN-11", "Languages", key, "Interpreters cost nothing.", "Check the cost of an hour.")
        elif row.interpreter_pounds > USUAL_INTERPRETER:
            what = f"£{row.interpreter_pounds:,.0f} for an hour of an interpreter is more than rare languages cost."
            yield _warning("IN-11", "Languages", key, what, "Check that it is the cost of an hour, not of a course.")
    for service, by_language in shares.items():
        if sum(by_language.values()) > 1 + _ALMOST:
            what = f"The shares of {listing(list(by_language))} add up to {sum(by_language.values()):g}."
            yield _error("IN-03", "Languages", [service], what, "Shares of courses must not add up to more than 1.")
    posts, reach = {p.post: p for p in data.posts}, _reach(data)
    for speaker in data.speakers:
        key = [speaker.post, speaker.language]
        if not (posts[speaker.post].low or posts[speaker.post].high):
            yield _warning("IN-14", "Speakers", key, "The post gives no courses, so nobody is treated by it in any language.", "Delete the row.")
        elif not any(speaker.post in reach[row.service] for row in data.languages if row.language == speaker.language):
            what = "No service that needs the language can ever have staff in this post."
            yield _warning("IN-14", "Speakers", key, what, "Add staff, Recruitment or Flows for the post, or delete the row.")


def _demand(data: PlanInput) -> Iterator[Finding]:
    quarters = set(data.quarters)
    treated = {c.service for c in data.care}
    told: dict[str, set[str]] = defaultdict(set)
    for row in data.demand:
        told[row.service].add(row.quarter)
    for service in data.services:
        name = service.service
        missing = [q for q in data.quarters if q not in told[name]]
        outside = sorted(told[name] - quarters)
        if told[name] and name not in treated:
            what = "The service has referrals, and Care does not say how it treats them."
            yield _error("IN-13", "Demand", [name], what, "Add its rows to Care.")
        elif name in treated and missing:
            what = f"Demand has no row for {name} in {listing(missing, most=4)}."
            yield _error("IN-13", "Demand", [name], what, "Add the rows (0 where nobody is referred).")
        if outside:
            what = f"{listing(outside, most=4)}: not in the plan, which runs from {data.quarters[0]} to {data.quarters[-1]}; not used."
            yield _warning("IN-14", "Demand", [name], what, "Delete the rows, or plan more quarters.")


def _outreach(data: PlanInput) -> Iterator[Finding]:
    treated = {c.service for c in data.care}
    known = {(o.service, o.community) for o in data.outreach}
    returns: dict[Key, list[tuple[int, float, float]]] = defaultdict(list)
    for row in data.outreach_returns:
        returns[row.service, row.community].append((row.stretch, row.referrals_per_hour, row.hours))
    for service, community in returns:
        if (service, community) not in known:
            what = "Outreach has no row for this service and community."
            yield _error("IN-13", "Outreach returns", [service, community], what, "Add it to Outreach, or delete these rows.")
    for o in data.outreach:
        key = [o.service, o.community]
        stretches = sorted(returns[o.service, o.community])
        if not sum(hours for _, _, hours in stretches):
            what = "Outreach returns has no hours for it, so no outreach can be done."
            yield _error("IN-13", "Outreach", key, what, "Add at least one stretch to Outreach returns.")
        for (before, more, _), (stretch, less, _) in pairwise(stretches):
            if less > more + _ALMOST:
                what = f"Stretch {stretch} earns {less:g} referrals an hour and stretch {before} only {more:g}: returns must not rise."
                yield _error("IN-03", "Outreach returns", key, what, "Order the stretches best first.")
        if o.service not in treated:
            yield _error("IN-13", "Outreach", key, "Care has no row for the service that the referrals would join.", "Add its rows to Care.")
        if o.worker_hours > 0 and o.worker_pounds == 0:
            yield _warning("IN-11", "Outreach", key, "Outreach workers cost nothing.", "Check the cost of an hour.")
        if o.lag >= data.settings.quarters:
            yield _warning(
                "IN-14", "Outreach", key, "The first referrals would arrive after the plan's end.", "Check the lag, or plan more quarters."
            )


def _digital(data: PlanInput) -> Iterator[Finding]:
    treated = {(c.service, c.step) for c in data.care}
    for d in data.digital:
        key = [d.provider, d.service, d.step]
        if (d.service, d.step) not in treated:
            yield _error("IN-13", "Digital", key, f"Care has no {d.step}-intensity row for {d.service}.", "Add the row, or delete this one.")
        if d.price_pounds == 0:
            yield _warning("IN-11", "Digital", key, "Courses cost nothing.", "Check the price.")
        if d.price_pounds > USUAL_COURSE_PRICE:
            what = f"£{d.price_pounds:,.0f} for one course is more than a service's own course costs."
            yield _warning("IN-11", "Digital", key, what, "Check that it is the price of a course, not of a block.")
        if d.maximum == 0 or d.maximum_share == 0:
            yield _warning(
                "IN-14", "Digital", key, "Nothing can be bought: the most blocks or the largest share is 0.", "Raise it, or delete the row."
            )
        if d.quality > 1:
            what = f"Bought courses are completed {d.quality:g} times as often as the service's own."
            yield _warning("IN-11", "Digital", key, what, "Check quality.")


def _too_late(data: PlanInput, quarter: str | None) -> bool:
    return quarter is not None and quarter_number(quarter) > quarter_number(data.quarters[-1])


def _advisers(data: PlanInput) -> Iterator[Finding]:
    posts = {p.post: p for p in data.posts}
    reach = _reach(data)
    for row in data.employment_advisers:
        key, post = [row.service, row.post], posts[row.post]
        if post.contract == "trainee":
            yield _error("IN-03", "Employment advisers", key, f"{row.post} is a trainee post.", "Name the post that advisers hold.")
        elif post.low or post.high:
            what = f"{row.post} treats people, so its own staff are counted among those who need an adviser."
            yield _warning("IN-11", "Employment advisers", key, what, "Give advisers a post of their own that gives no courses.")
        elif row.post not in reach[row.service]:
            what = "Nobody at the service can ever hold this post, so its advisers will always be short."
            yield _warning("PRE-01", "Employment advisers", key, what, "Add staff or Recruitment for the post.")
        if _too_late(data, row.from_quarter):
            yield _warning("IN-14", "Employment advisers", key, "It holds only after the plan's end.", "Check From, or plan more quarters.")


def _groups(data: PlanInput) -> Iterator[Finding]:
    care = {(c.service, c.step): c for c in data.care}
    for row in data.group_courses:
        key = [row.service, row.step]
        own = care.get((row.service, row.step))
        if own is None:
            what = f"Care has no {row.step}-intensity row for {row.service}."
            yield _error("IN-13", "Group courses", key, what, "Add the row, or delete this one.")
            continue
        for share, which, column in (
            (own.completion * row.quality, "completed", "quality"),
            (own.reliable_recovery * row.recovery, "followed by reliable recovery", "recovery"),
        ):
            if share > 1 + _ALMOST:
                what = f"With these figures {share:.0%} of courses in groups would be {which}."
                yield _error("IN-03", "Group courses", key, what, f"Lower {column}: it is a ratio to the service's one-to-one courses.")
        if group_hours(row) >= course_hours(own):
            what = f"A place in a group takes {number(group_hours(row), 1)} hours of staff and a one-to-one course {number(course_hours(own), 1)}."
            yield _warning("IN-11", "Group courses", key, what, "Check people, staff and the length of sessions.")
        if row.maximum_share == 0:
            yield _warning("IN-14", "Group courses", key, "Nobody can start in a group: the largest share is 0.", "Raise it, or delete the row.")


def _retention(data: PlanInput) -> Iterator[Finding]:
    trainee = _trainee_posts(data)
    effects: dict[str, dict[str, float]] = defaultdict(dict)
    for effect in data.retention_effects:
        effects[effect.measure][effect.post] = effect.leavers_avoided
        if effect.post in trainee:
            what = "A measure cannot keep trainees: who leaves training is in its completion."
            yield _error("IN-03", "Retention effects", [effect.measure, effect.post], what, "Name a qualified post.")
    together: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in data.retention_measures:
        key = [row.measure, row.service]
        for post, share in effects[row.measure].items():
            together[row.service, post][row.measure] = share
        if not any(effects[row.measure].values()):
            what = "Retention effects does not say that it keeps anybody, so it will not be taken."
            yield _warning("IN-13", "Retention measures", key, what, "Add a row for each post whose leavers it avoids.")
        elif row.year_pounds == row.wte_pounds == 0:
            yield _warning("IN-11", "Retention measures", key, "The measure costs nothing.", "Check its two costs.")
        if _too_late(data, row.from_quarter):
            yield _warning("IN-14", "Retention measures", key, "It can be in force only after the plan's end.", "Check From, or plan more quarters.")
    for (service, post), shares in together.items():
        if sum(shares.values()) > 1 + _ALMOST:
            what = f"At {service}, {listing(list(shares))} together would avoid {sum(shares.values()):.0%} of the leavers of {post}."
            yield _error("IN-03", "Retention effects", [post], what, "Lower the shares: measures taken together keep their sum, at most everybody.")


def _integrated(data: PlanInput) -> Iterator[Finding]:
    treated = {(c.service, c.step) for c in data.care}
    trained = {p.post for p in data.posts if p.integrated}
    able = {step: {p.post for p in data.posts if getattr(p, step)} & trained for step in STEPS}
    reach = _reach(data)
    for row in data.integrated_care:
        key = [row.service, row.step]
        if (row.service, row.step) not in treated:
            what = f"Care has no {row.step}-intensity row for {row.service}."
            yield _error("IN-13", "Integrated care", key, what, "Add the row, or delete this one.")
        elif row.integrated_share > 0 and not reach[row.service] & able[row.step]:
            what = f"No post that the service can have is trained for integrated {row.step}-intensity courses: any growth will be short."
            yield _warning("PRE-01", "Integrated care", key, what, "Set integrated care to yes for a post in Posts, and see that it can be filled.")
        if row.integrated_share == 0:
            yield _warning("IN-14", "Integrated care", key, "The share is 0: nothing is asked for.", "Raise it, or delete the row.")
        if _too_late(data, row.from_quarter):
            yield _warning("IN-14", "Integrated care", key, "It holds only after the plan's end.", "Check From, or plan more quarters.")


# --- rooms and fairness -----------------------------------------------------------------------------------------------


def _rooms(data: PlanInput) -> Iterator[Finding]:
    shares: dict[str, float] = defaultdict(float)
    for row in data.rooms:
        shares[row.service] += row.share
        key = [row.service, row.site]
        if row.open_hours == 0:
            yield _warning("IN-11", "Rooms", key, "The rooms are not open at all.", "Enter the hours a week in which a room can be used.")
        elif row.open_hours > USUAL_OPEN:
            what = f"The rooms are open {row.open_hours:g} hours a week."
            yield _warning("IN-11", "Rooms", key, what, "Check that it is the hours of one room, not of all together.")
        if row.maximum and not row.room_pounds:
            yield _warning("IN-11", "Rooms", key, "A rented room costs nothing.", "Check the rent.")
        if row.room_pounds and not row.maximum:
            yield _warning("IN-14", "Rooms", key, "There is a rent, and none can be rented.", "Enter how many there are to rent, or no rent.")
    needs = {c.service for c in data.care if c.face_to_face > 0}
    for service, share in shares.items():
        if abs(share - 1) > 1e-6:
            what = f"The shares of the service's sites add up to {share:g}."
            yield _error("IN-03", "Rooms", [service], what, "They must add up to 1: every face-to-face hour belongs to one site.")
        if service not in needs:
            what = "No course of the service needs a room: face to face is 0 in Care."
            yield _warning("IN-14", "Rooms", [service], what, "Enter the face-to-face share in Care, or delete the row.")
    for service in sorted(needs - shares.keys()):
        what = "Part of its hours is face to face, and Rooms has no row for it: it is taken to have all the rooms it needs."
        yield _warning("IN-13", "Care", [service], what, "Add its rooms to Rooms, or set face to face to 0.")


def _communities(data: PlanInput) -> Iterator[Finding]:
    referred_to = {row.service for row in data.demand}
    by_service: dict[str, list[Community]] = defaultdict(list)
    for row in data.communities:
        by_service[row.service].append(row)
        key = [row.service, row.community]
        reached = {o.community for o in data.outreach if o.service == row.service}
        if row.service not in referred_to:
            yield _error("IN-13", "Communities", key, "Demand has no row for the service.", "Add its referrals, or delete the row.")
        elif row.need > row.referred and row.community not in reached:
            what = "Fewer of its people come than its share of need, and Outreach has no row of this name: nothing in the plan can bring more."
            yield _warning("IN-13", "Communities", key, what, _did_you_mean(row.community, reached) or "Add the outreach that could be done.")
    for service, rows in by_service.items():
        for share, which in ((sum(r.need for r in rows), "need"), (sum(r.referred for r in rows), "referrals")):
            if share > 1 + _ALMOST:
                what = f"The communities have {share:g} of the {which}."
                fix = "Check them; they may overlap, and a person of two then counts in both."
                yield _warning("IN-11", "Communities", [service], what, fix)
    yield from _weighed(data, "equity_gap", "Communities", bool(data.communities))


def _representation(data: PlanInput) -> Iterator[Finding]:
    trainee, reach = _trainee_posts(data), _reach(data)
    for row in data.representation:
        key = [row.service, row.post, row.group]
        usual = max(row.hired, row.promoted)
        if row.post in trainee:
            yield _error("IN-03", "Representation", key, f"{row.post} is a trainee post.", "Name a qualified post.")
        elif row.post not in reach[row.service]:
            what = "Nobody at the service can ever hold this post."
            yield _warning("IN-14", "Representation", key, what, "Add staff, Recruitment or Flows for the post, or delete the row.")
        if 0 < row.maximum <= usual:
            what = f"Targeted places bring at most {row.maximum:g} of arrivals, and {usual:g} come without them."
            yield _warning("IN-14", "Representation", key, what, "Raise the share with places, or set it to 0.")
        if row.maximum > usual and not row.place_pounds:
            yield _warning("IN-11", "Representation", key, "Targeted places cost nothing.", "Check the cost of a place.")
        if row.place_pounds and not row.maximum:
            what = "A place has a cost, and there are no targeted places."
            yield _warning("IN-14", "Representation", key, what, "Enter the largest share with places, or no cost.")
    yield from _weighed(data, "representation_gap", "Representation", bool(data.representation))


def _weighed(data: PlanInput, term: Term, sheet: str, rows: bool) -> Iterator[Finding]:
    """A table that is reported and pursued by nothing, or a term that has nothing to weigh."""
    weights = [(o.priority, o.term) for o in data.objectives if o.term == term]
    if rows and not weights:
        what = f"It is reported, and no row of Objectives weighs {term}: the plan does nothing for it."
        yield _warning("IN-14", sheet, [], what, f"Add {term} to Objectives, or leave it at the report.")
    elif weights and not rows:
        yield _warning("IN-14", "Objectives", weights[0], f"{sheet} has no row, so the term is always 0.", f"Fill in {sheet}, or delete the row.")


# --- money ------------------------------------------------------------------------------------------------------------


def _pay(data: PlanInput) -> Iterator[Finding]:
    table = PayTable(data)
    services = {s.service: s for s in data.services}
    posts = {p.post: p for p in data.posts}
    after = year_label(year_number(data.years[-1]) + 1)
    years = [*data.years, *([after] if any(row.year == after for row in data.budget) else [])]
    missing = []
    for service, held in _reach(data).items():
        for post in sorted(held):
            for year in years:
                try:
                    table.cost(services[service], posts[post], year)
                except KeyError as lack:
                    missing.append(str(lack.args[0]))
                    break  # a row for this year would serve the later ones too
    for what in dict.fromkeys(missing):
        yield _error("IN-13", what.split(" has no row")[0], [], f"{what}.", "Add the row.")
    first = year_number(data.years[0])
    bands = {post.band for post in data.posts}
    for sheet, rows in (("Pay", [r.year for r in data.pay if r.band in bands]), ("On-costs", [r.year for r in data.on_costs])):
        newest = max((year_number(year) for year in rows), default=first)
        if newest < first:
            what = f"{sheet} uses {year_label(newest)} rates and the plan starts in {data.settings.first_quarter}."
            yield _warning("IN-12", sheet, [], what, f"Add the rates of {year_label(first)}.")


def _streams(data: PlanInput) -> dict[str, dict[str, str]]:
    """Streams that charges can fall on: for each, the services that may be charged and the sheet that says so."""
    used: dict[str, dict[str, str]] = defaultdict(dict)
    posts = {p.post: p for p in data.posts}
    reach = _reach(data)
    for service, held in reach.items():
        for post in sorted(held):
            used[posts[post].stream].setdefault(service, "Posts")
        for g in data.programmes:
            if g.fee_pounds and g.trainee_post in held:
                used[g.stream].setdefault(service, "Programmes")
        for kind in data.supervision_kinds:
            if kind.course_pounds and any(giver.kind == kind.kind and giver.post in held for giver in data.supervision_givers):
                used[kind.stream].setdefault(service, "Supervision kinds")
    for market in data.recruitment:
        if market.cost_pounds and market.maximum:
            used[market.stream].setdefault(market.service, "Recruitment")
    for language in data.languages:
        if language.share and language.interpreter_pounds:
            used[language.stream].setdefault(language.service, "Languages")
    for o in data.outreach:
        if o.worker_pounds and o.worker_hours:
            used[o.stream].setdefault(o.service, "Outreach")
    for measure in data.retention_measures:
        if measure.year_pounds or measure.wte_pounds:
            used[measure.stream].setdefault(measure.service, "Retention measures")
    for room in data.rooms:
        if room.room_pounds and room.maximum:
            used[room.stream].setdefault(room.service, "Rooms")
    for group in data.representation:
        if group.place_pounds and group.maximum:
            used[group.stream].setdefault(group.service, "Representation")
    for d in data.digital:
        if d.price_pounds and d.maximum:
            used[d.stream].setdefault(d.service, "Digital")
    return used


def _budget(data: PlanInput) -> Iterator[Finding]:
    used = _streams(data)
    rows = {(row.stream, row.year, row.service) for row in budget_rows(data, "")}
    streams = {row.stream for row in data.budget}
    for stream, services in used.items():
        for year in data.years:
            lacking = [s for s in services if (stream, year, "") not in rows and (stream, year, s) not in rows]
            if lacking:
                where = "" if len(lacking) == len(data.services) else f" for {listing(lacking, most=4)}"
                what = f"Budget has no row for stream {stream} in {year}{where}, and {services[lacking[0]]} charges it."
                fix = f"Add the row (0 if there is no money). {'' if stream in streams else _did_you_mean(stream, streams)}".rstrip()
                yield _error("IN-13", "Budget", [stream, year], what, fix)
    for stream in sorted(streams - used.keys()):
        yield _warning("IN-14", "Budget", [stream], "Nothing is ever charged to this stream.", _did_you_mean(stream, used))
    after = year_label(year_number(data.years[-1]) + 1)
    every = {(row.option, row.stream, row.year, row.service) for row in data.budget}
    for key, times in Counter((row.option, row.stream, row.year, row.service) for row in data.budget).items():
        if times > 1:
            yield _error("IN-05", "Budget", key, f"The same budget stands here {times} times.", "Keep one row.")
    for row in data.budget:
        key = (row.option, row.stream, row.year, row.service)
        if row.year not in (*data.years, after):
            what = f"The plan runs from {data.years[0]} to {data.years[-1]}; this year is not used."
            yield _warning("IN-14", "Budget", key, what, "Check the year.")
        following = year_label(year_number(row.year) + 1)
        if row.carry_over and row.year in data.years[:-1] and not {(o, row.stream, following, row.service) for o in ("", row.option)} & every:
            what = f"Money may be carried over, and there is no row for {following} to carry it to."
            yield _warning("IN-13", "Budget", key, what, "Add the row, or set carry over to 0.")
    yield from _first_bill(data)


def _service_money(data: PlanInput) -> Iterator[Finding]:
    """Floors and ceilings that cannot hold, or that nothing is held against."""
    used = _streams(data)
    for row in data.service_money:
        key = (row.option, row.service, row.year, row.stream)
        if row.ceiling_pounds is not None and row.floor_pounds > row.ceiling_pounds:
            what = f"The floor ({pounds(row.floor_pounds)}) is above the ceiling ({pounds(row.ceiling_pounds)})."
            yield _error("IN-03", "Service money", key, what, "Swap or mend them.")
        if row.year not in data.years:
            what = f"The plan runs from {data.years[0]} to {data.years[-1]}; this year is not used."
            yield _warning("IN-14", "Service money", key, what, "Check the year.")
        elif row.floor_pounds == 0 and row.ceiling_pounds is None:
            yield _warning("IN-14", "Service money", key, "Neither a floor nor a ceiling is set.", "Set one of them, or delete the row.")
        elif row.service not in used.get(row.stream, ()) and row.stream:
            what = f"The service never charges anything to the stream {row.stream}."
            yield _warning("IN-14", "Service money", key, what, _did_you_mean(row.stream, used))


def _outcome_payments(data: PlanInput) -> Iterator[Finding]:
    """Payments for outcomes that cannot be earned, or that no budget takes up."""
    treated = {(c.service, c.step) for c in data.care}
    for row in data.outcome_payments:
        key = (row.option, row.service, row.step, row.measure, row.year)
        budgets = {(b.stream, b.year) for b in budget_rows(data, row.option) if b.service in ("", row.service)}
        paid = row.year if row.paid == "same year" else year_label(year_number(row.year) + 1)
        if (row.service, row.step) not in treated:
            what = f"Care has no {row.step}-intensity row for {row.service}."
            yield _error("IN-13", "Outcome payments", key, what, "Add the row, or delete this one.")
        elif row.year not in data.years:
            what = f"The plan runs from {data.years[0]} to {data.years[-1]}; nothing is earned in this year."
            yield _warning("IN-14", "Outcome payments", key, what, "Check the year; money earned before the plan belongs into Budget.")
        elif paid in data.years and (row.stream, paid) not in budgets:
            what = f"It is paid into stream {row.stream} in {paid}, and Budget has no row for that."
            yield _error("IN-13", "Outcome payments", key, what, "Add the row (0 if there is no other money).")
        elif row.payment_pounds == 0 or row.cap_pounds == 0:
            yield _warning("IN-14", "Outcome payments", key, "Nothing is ever paid: the payment or the cap is 0.", "Set it, or delete the row.")
        elif row.payment_pounds > USUAL_COURSE_PRICE:
            what = f"{pounds(row.payment_pounds)} for one outcome is more than a course costs a service."
            yield _warning("IN-11", "Outcome payments", key, what, "Check that it is paid for one, not for all.")


def _first_bill(data: PlanInput) -> Iterator[Finding]:
    """Budgets that the posts established already overspend in the first year."""
    year = data.years[0]
    quarters = sum(label.startswith(year) for label in data.quarters)
    table = PayTable(data)
    services = {s.service: s for s in data.services}
    posts = {p.post: p for p in data.posts}
    bill: dict[Key, float] = defaultdict(float)
    for row in data.staff:
        try:
            cost = table.cost(services[row.service], posts[row.post], year).total
        except KeyError:  # told by _pay
            return
        for service in ("", row.service):
            bill[posts[row.post].stream, service] += row.established * cost * quarters / 400
    for budget in budget_rows(data, ""):
        charged = bill[budget.stream, budget.service]
        if budget.year == year and charged > budget.pounds + 1:
            short = pounds(charged - budget.pounds)
            what = f"The posts established cost {pounds(charged)} in {year} and the budget is {pounds(budget.pounds)}: {short} short."
            fix = "Check Staff (established) and the amount, or expect the plan to cut posts."
            yield _warning("PRE-01", "Budget", [budget.stream, budget.year, budget.service], what, fix)


# --- limits, objective, options ---------------------------------------------------------------------------------------


def _limits(data: PlanInput) -> Iterator[Finding]:
    rules = {rule.__name__.split("_")[0].upper() for rule in SOFT}
    options = {o.option for o in data.options}
    for limit in data.limits:
        key = [limit.limit]
        if limit.limit in rules:
            yield _error("IN-03", "Limits", key, "The name is that of a rule of the model.", "Give the limit another name.")
        if limit.option and limit.option not in options:
            yield _error("IN-04", "Limits", key, f"The option {limit.option} is not in Options.", _did_you_mean(limit.option, options))
        shared = limit.basis == "share of established"
        if shared and limit.decision not in ("posts", "staff"):
            what = f"A share of the posts established cannot bound {limit.decision}."
            yield _error("IN-03", "Limits", key, what, "Set the basis to number, or limit posts or staff.")
        yield from _limit_names(data, limit)
        if limit.decision == "posts" and limit.sense == "exactly" and limit.scope == "each":
            yield from _limit_units(data, limit)
    yield from _contradictions(data)


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
        yield _error("IN-04", "Limits", key, what, _did_you_mean(limit.item, items))
    elif limit.to_item and limit.to_item not in to_items:
        what = f"{limit.to_item} is nothing that {limit.decision} can be limited for as the second item."
        yield _error("IN-04", "Limits", key, what, _did_you_mean(limit.to_item, to_items) or "Leave To item blank.")
    elif limit.from_quarter and limit.to_quarter and begin > end:
        yield _error("IN-08", "Limits", key, f"The end ({limit.to_quarter}) is before the start ({limit.from_quarter}).", "Swap them.")
    elif next(limit_cells(data, limit), None) is None:
        why = "its quarters are outside the plan" if end < first or begin > last else "no service has such an item in those quarters"
        wanted = limit.scope == "total" and limit.sense != "at most" and limit.value > 0 and limit.basis == "number"
        if wanted:
            yield _error("PRE-01", "Limits", key, f"The limit asks for {limit.value:g} of nothing: {why}.", "Mend it, or delete it.")
        else:
            yield _warning("IN-14", "Limits", key, f"The limit bounds nothing: {why}.", "Mend it, or delete it.")


def _bounds(data: PlanInput, limit: Limit) -> dict[Key, float]:
    """What a limit bounds, and for scope each at what value."""
    established = {(row.service, row.post): row.established for row in data.staff}
    shared = limit.basis == "share of established"
    return {cell: limit.value * (established.get((cell[0], cell[1]), 0.0) if shared else 1.0) for cell in limit_cells(data, limit)}


def _limit_units(data: PlanInput, limit: Limit) -> Iterator[Finding]:
    """Exact numbers of posts that are no whole number of post units."""
    unit = {s.service: s.post_unit for s in data.services}
    told = set()
    for (service, post, _), value in _bounds(data, limit).items():
        size = unit[service]
        if abs(value / size - round(value / size)) > 1e-6 and (service, post) not in told:
            told.add((service, post))
            what = f"Exactly {value:g} posts of {post} at {service} is not a whole number of {size:g} WTE, so it cannot be met."
            yield _warning("PRE-01", "Limits", [limit.limit], what, "Change the value, the posts established or the service's post unit.")


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
            if lower[key][0] > upper[key][0] + _ALMOST:
                clashes.append((lower[key], upper[key]))
        totals: dict[frozenset[Key], list[Limit]] = defaultdict(list)
        for limit in (limit for limit in limits if limit.scope == "total"):
            bounds = _bounds(data, limit)
            keys = frozenset((limit.decision, *cell) for cell in bounds)
            value = sum(bounds.values()) if limit.basis == "share of established" else limit.value
            least = [lower[key] for key in keys if key in lower and lower[key][0] > 0]
            most = [upper[key] for key in keys if key in upper]
            for other, bound in ((o, _total(data, o)) for o in totals[keys]):
                if limit.sense != "at most" and other.sense != "at least" and value > bound + _ALMOST:
                    clashes.append(((value, limit.limit), (bound, other.limit)))
                if limit.sense != "at least" and other.sense != "at most" and bound > value + _ALMOST:
                    clashes.append(((bound, other.limit), (value, limit.limit)))
            if limit.sense != "at least" and sum(v for v, _ in least) > value + _ALMOST:
                clashes.append(((sum(v for v, _ in least), max(least)[1]), (value, limit.limit)))
            if limit.sense != "at most" and keys and len(most) == len(keys) and sum(v for v, _ in most) < value - _ALMOST:
                clashes.append(((value, limit.limit), (sum(v for v, _ in most), min(most)[1])))
            totals[keys].append(limit)
        for (least_value, asks), (most_value, allows) in sorted(clashes):
            if (asks, allows) not in told:
                told.add((asks, allows))
                what = f"{asks} asks for at least {least_value:g} where {allows} allows at most {most_value:g}: they cannot both hold."
                yield _warning("PRE-03", "Limits", [asks, allows], what, "Change or delete one of them.")


def _total(data: PlanInput, limit: Limit) -> float:
    return sum(_bounds(data, limit).values()) if limit.basis == "share of established" else limit.value


def _objective(data: PlanInput) -> Iterator[Finding]:
    levels = {p.priority: p for p in data.priorities}
    held = {o.priority for o in data.objectives}
    for level in data.priorities:
        if level.priority not in held:
            what = f"{level.name} has no term in Objectives, so it asks for nothing."
            yield _error("IN-13", "Priorities", [level.priority], what, "Add a term to Objectives, or delete the priority.")
    for o in data.objectives:
        key = [o.priority, o.term]
        if o.priority not in levels:
            known = listing([str(number) for number in sorted(levels)])
            yield _error("IN-04", "Objectives", key, f"Priority {o.priority} is not in Priorities.", f"There are: {known}.")
            continue
        wants = levels[o.priority].direction
        upward = (o.weight > 0) == (wants == "max")
        if o.weight == 0:
            yield _warning("IN-14", "Objectives", key, "The weight is 0: the term counts for nothing.", "Give it a weight, or delete the row.")
        elif upward != (_WANTED[o.term] == "max"):
            what = f"With this weight and {wants}, the level asks for as {'much' if upward else 'little'} {o.term} as possible."
            yield _warning("IN-11", "Objectives", key, what, "Check the sign of the weight and the priority's direction.")
    top = min(levels)
    if not any(o.term == "unmet_musts" and o.priority == top for o in data.objectives):
        what = "unmet_musts is not in the first priority, so a plan may break musts for what comes before them."
        yield _warning("IN-11", "Objectives", ["unmet_musts"], what, f"Add it to priority {top}.")


def _options(data: PlanInput) -> Iterator[Finding]:
    options = {o.option for o in data.options}
    for name in dict.fromkeys(row.option for row in data.budget if row.option and row.option not in options):
        yield _error("IN-04", "Budget", [name], f"The option {name} is not in Options.", _did_you_mean(name, options))
    money = [("Service money", row.option) for row in data.service_money] + [("Outcome payments", row.option) for row in data.outcome_payments]
    for sheet, name in dict.fromkeys(money):
        if name and name not in options:
            fix = _did_you_mean(name, options) or "Add it to Options."
            yield _error("IN-04", sheet, [name], f"The option {name} is not in Options.", fix)
    used = {row.option for row in data.budget} | {limit.option for limit in data.limits} | {name for _, name in money}
    for option in data.options:
        if option.option not in used:
            what = "Neither Budget nor Limits names this option, so it is the same as the plan."
            yield _warning("IN-14", "Options", [option.option], what, "Add a budget or a limit for it, or delete it.")


def _benefits(data: PlanInput) -> Iterator[Finding]:
    for row in data.benefits:
        if not row.low <= row.central <= row.high:
            what = f"Low, central and high are {row.low:g}, {row.central:g} and {row.high:g}."
            yield _error("IN-03", "Benefits", [row.benefit], what, "Put them in rising order; one figure may stand three times.")


# --- what the data say ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StaffFigure:
    """Qualified staff of a service in a role on the eve of the plan, in WTE."""

    service: str
    role: str
    in_post: float
    established: float


@dataclass(frozen=True)
class TraineeFigure:
    """People of a service in training on the eve of the plan, those who dropped out not counted."""

    service: str
    programme: str
    people: float


@dataclass(frozen=True)
class MoneyFigure:
    """Money of a stream in a year of the plan, in pounds, options not counted."""

    stream: str
    year: str
    pounds: float


@dataclass(frozen=True)
class DemandFigure:
    """Referrals to a service in an average year of the plan, and people waiting on its eve by step."""

    service: str
    referrals_a_year: float
    waiting: dict[Step, float]


@dataclass(frozen=True)
class TimeFigure:
    """Hours in the plan's first year: needed to treat everyone who joins a step's queue, and those of staff on the eve who can.

    Staff who can give both steps are in ``available`` of both; supervision given and outreach are not taken off.
    """

    service: str
    step: Step
    needed: float
    available: float


@dataclass(frozen=True)
class Figures:
    """What the data say, before anything is decided."""

    staff: tuple[StaffFigure, ...]
    trainees: tuple[TraineeFigure, ...]
    money: tuple[MoneyFigure, ...]
    demand: tuple[DemandFigure, ...]
    time: tuple[TimeFigure, ...]
    supervision: tuple[SupervisionFigure, ...]


def figures(data: PlanInput) -> Figures:
    """Staff, trainees, money, demand, clinical time and supervision as they stand in the data."""
    posts = {p.post: p for p in data.posts}
    role: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in data.staff:
        sums = role[row.service, posts[row.post].role]
        sums[0] += row.in_post
        sums[1] += row.established
    eve = _on_the_eve(data)
    trainees = [
        TraineeFigure(s.service, g.programme, eve[s.service, g.trainee_post])
        for s in data.services
        for g in data.programmes
        if eve.get((s.service, g.trainee_post))
    ]
    money: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for budget in budget_rows(data, ""):
        if budget.year in data.years:
            money[budget.stream, budget.year][budget.service] = budget.pounds
    referrals: dict[str, float] = defaultdict(float)
    for demand in data.demand:
        if demand.quarter in data.quarters:
            referrals[demand.service] += demand.referrals
    care = {(c.service, c.step): c for c in data.care}
    waiting: dict[str, dict[Step, float]] = defaultdict(dict)
    for c in data.care:
        waiting[c.service][c.step] = c.waiting
    return Figures(
        staff=tuple(StaffFigure(service, name, *sums) for (service, name), sums in role.items()),
        trainees=tuple(trainees),
        # A row for all services is the whole of the money; rows for single services are then parts of it.
        money=tuple(MoneyFigure(stream, year, by.get("", sum(by.values()))) for (stream, year), by in money.items()),
        demand=tuple(
            DemandFigure(s.service, 4 * referrals[s.service] / data.settings.quarters, waiting[s.service])
            for s in data.services
            if referrals[s.service] or waiting[s.service]
        ),
        time=tuple(_time_figure(data, care, eve, service, step) for service, step in care),
        supervision=tuple(_supervision_figures(data)),
    )


def _time_figure(data: PlanInput, care: dict[tuple[str, Step], Care], eve: dict[tuple[str, str], float], service: str, step: Step) -> TimeFigure:
    first_year = [label for label in data.quarters if label.startswith(data.years[0])]
    referrals = sum(row.referrals for row in data.demand if row.service == service and row.quarter in first_year)
    row = care[service, step]
    joining = row.route * referrals
    if step == "high" and (service, "low") in care:
        low = care[service, "low"]
        joining += low.step_up * low.route * referrals
    weeks = data.settings.weeks_per_quarter * len(first_year)
    available = sum(weeks * clinical_hours(data, p) * eve.get((service, p.post), 0.0) for p in data.posts if getattr(p, step))
    return TimeFigure(service, step, joining * (course_hours(row) + row.assessment_minutes / 60), available)


def describe(data: PlanInput) -> list[str]:
    """What the data say, a sentence a line: services, staff, money, demand, clinical time, supervision.

    Up to a dozen services are described one by one; of more, totals are given, and supervision only where it is short.
    """
    found = figures(data)
    names = {s.service: s.name or s.service for s in data.services}
    each = len(data.services) <= _LISTED
    lines = [
        f"{data.settings.title}: {named(len(data.services), 'service')}, {named(data.settings.quarters, 'quarter')} "
        f"from {data.quarters[0]} to {data.quarters[-1]}."
    ]
    places: list[tuple[str, set[str]]] = [(name, {service}) for service, name in names.items()] if each else [("All services", set(names))]
    lines += [_staff_words(found, name, services) for name, services in places]
    money: dict[str, list[str]] = defaultdict(list)
    for m in found.money:
        money[m.stream].append(f"{pounds(m.pounds)} in {m.year}")
    lines += [f"Money for {stream}: {listing(parts)}." for stream, parts in money.items()]
    for name, services in places:
        rows = [d for d in found.demand if d.service in services]
        if rows:
            steps = [(step, sum(d.waiting.get(step, 0.0) for d in rows)) for step in STEPS]
            queue = listing([f"{count(people)} for {step} intensity" for step, people in steps])
            lines.append(f"Demand at {name}: {count(sum(d.referrals_a_year for d in rows))} referrals a year; waiting now: {queue}.")
    lines += [*_market_words(data), *_language_words(data, names), *_fairness_words(data, names)]
    for step in STEPS:
        needed, available = (sum(getattr(t, column) for t in found.time if t.step == step) for column in ("needed", "available"))
        if needed or available:
            lines.append(
                f"{step.capitalize()}-intensity courses in the first year: {count(needed)} hours would treat everyone who joins, "
                f"staff now in post have {count(available)} before supervision given and outreach."
            )
    for s in found.supervision:
        if each or s.needed > s.available + 1e-6:
            givers = f"{_wte(s.supervisors)} trained supervisor{'' if s.supervisors == 1 else 's'}"
            needs = f"{_kind_words(data, s.kind)} at {names[s.service]}: needs {number(s.needed, 1)} hours a week"
            lines.append(f"{needs}, {givers} can give {number(s.available, 1)}.")
    return lines


def _market_words(data: PlanInput) -> Iterator[str]:
    """Each labour market and role: applicants a quarter, and who shares them."""
    role = {p.post: p.role for p in data.posts}
    applicants: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in data.labour_markets:
        applicants[row.market, row.role].append(row.applicants)
    for (market, name), people in applicants.items():
        sharing = {r.service for r in data.recruitment if (r.market, role[r.post]) == (market, name)}
        many = number(min(people), 1).removesuffix(".0")
        many += f" to {number(max(people), 1).removesuffix('.0')}" if max(people) > min(people) else ""
        yield f"Labour market {market}, {name}: {many} applicants a quarter, shared by {named(len(sharing), 'service')}."


def _language_words(data: PlanInput, names: dict[str, str]) -> Iterator[str]:
    """Languages other than English that courses need, service by service up to a dozen of them."""
    spoken = {row.language for row in data.speakers}
    for service, name in names.items() if len(names) <= _LISTED else ():
        parts = [
            f"{row.language} in {row.share:.1%} of courses{' (therapists speak it)' if row.language in spoken else ''}"
            for row in data.languages
            if row.service == service and row.share
        ]
        if parts:
            yield f"Languages at {name}: {listing(parts)}."


def _fairness_words(data: PlanInput, names: dict[str, str]) -> Iterator[str]:
    """Rooms against what staff on the eve could use of them, communities short of their share, and groups short of theirs."""
    if len(names) > _LISTED:
        return
    eve, weeks = _on_the_eve(data), data.settings.weeks_per_quarter
    for service, name in names.items():
        room_hours = weeks * sum(r.open_hours * r.rooms for r in data.rooms if r.service == service)
        share = {c.step: c.face_to_face for c in data.care if c.service == service}
        could = weeks * sum(
            clinical_hours(data, p) * eve[service, p.post] * max((share.get(step, 0.0) for step in STEPS if getattr(p, step)), default=0.0)
            for p in data.posts
        )
        if any(r.service == service for r in data.rooms):
            yield f"Rooms at {name}: open for {count(room_hours)} hours a quarter; staff now in post could use up to {count(could)} face to face."
        short = [
            f"{c.community} ({c.referred:.0%} of referrals, {c.need:.0%} of need)"
            for c in data.communities
            if c.service == service and c.referred < c.need
        ]
        if short:
            yield f"Communities at {name} that come less than their share of need: {listing(short)}."
        posts = {p.post: p.name for p in data.posts}
        wanting = [
            f"{r.group} among {posts[r.post]} ({r.now:.0%}, {r.target:.0%} wanted)"
            for r in data.representation
            if r.service == service and r.now < r.target
        ]
        if wanting:
            yield f"Groups at {name} with less than the share wanted: {listing(wanting)}."


def _wte(value: float) -> str:
    return number(value, 1).removesuffix(".0")


def _staff_words(found: Figures, name: str, services: set[str]) -> str:
    roles: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for s in found.staff:
        if s.service in services:
            roles[s.role][0] += s.in_post
            roles[s.role][1] += s.established
    in_training = sum(t.people for t in found.trainees if t.service in services)
    parts = [f"{role} {_wte(there)} WTE in {_wte(posts)} posts" for role, (there, posts) in roles.items()]
    parts += [f"{_wte(in_training)} trainee{'' if in_training == 1 else 's'}"] if in_training else []
    return f"Staff at {name}: {listing(parts) or 'nobody yet'}."
