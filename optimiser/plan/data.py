"""What goes into a plan and what comes out of it: frozen, typed records and nothing else.

Each record class is one row of a table; the instance class lists the tables. The tables module, the input reference,
the workbook template and the round trip are all derived from these definitions, so a column is described once, here.
Conventions read by the tables module:

* a field's ``title`` is the column heading, ``description`` its explanation, ``unit`` (in ``json_schema_extra``) its unit;
* ``key`` in ``json_schema_extra`` marks the columns that together name a row: no two rows may share them;
* ``ref`` names the table and column a value must be found in, for example ``"Services.service"``;
* a table field of :class:`PlanInput` is a tuple of rows, or one record (a sheet of items and values); its alias is the sheet.

Quarters are written ``2026/27 Q1`` (April to June), financial years ``2026/27``. Shares are numbers from 0 to 1.
Money in tables is in pounds; everything computed from it is in whole pence (see :mod:`optimiser.plan.pay`).
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# --- quarters and years -----------------------------------------------------------------------------------------------

_QUARTER = re.compile(r"^(\d{4})/(\d{2}) Q([1-4])$")
_YEAR = re.compile(r"^(\d{4})/(\d{2})$")


def year_number(label: str) -> int:
    """First calendar year of a financial year: ``2026/27`` is 2026. Raises ValueError on any other shape."""
    match = _YEAR.match(label)
    if not match or (int(match[1]) + 1) % 100 != int(match[2]):
        raise ValueError(f"must be a financial year such as 2026/27. You have {label!r}")
    return int(match[1])


def year_label(number: int) -> str:
    """Financial year that starts in April of ``number``: 2026 is ``2026/27``."""
    return f"{number}/{(number + 1) % 100:02d}"


def quarter_number(label: str) -> int:
    """Quarters since the year 0: consecutive quarters differ by one. Raises ValueError on a wrong label."""
    match = _QUARTER.match(label)
    if not match or (int(match[1]) + 1) % 100 != int(match[2]):
        raise ValueError(f"must be a quarter such as 2026/27 Q1 (April to June). You have {label!r}")
    return 4 * int(match[1]) + int(match[3]) - 1


def quarter_label(number: int) -> str:
    """Label of a quarter number, the inverse of :func:`quarter_number`."""
    return f"{year_label(number // 4)} Q{number % 4 + 1}"


def _is_quarter(value: str) -> str:
    quarter_number(value)
    return value


def _is_year(value: str) -> str:
    year_number(value)
    return value


def _is_intake(value: str) -> str:
    if not re.fullmatch(r"[1-4]( [1-4]){0,3}", value) or len(set(value.split())) != len(value.split()):
        raise ValueError(f"must list quarters of the financial year such as '1 3' (1 is April to June). You have {value!r}")
    return value


Id = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\s](.*[^\s])?$")]
Quarter = Annotated[str, AfterValidator(_is_quarter)]
Year = Annotated[str, AfterValidator(_is_year)]
IntakeQuarters = Annotated[str, AfterValidator(_is_intake)]
Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Signed = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
Step = Literal["low", "high"]
STEPS: tuple[Step, ...] = ("low", "high")


def _col(title: str, description: str, *, unit: str = "", key: bool = False, ref: str = "", default: Any = ...) -> Any:
    return Field(default, title=title, description=description, json_schema_extra={"unit": unit, "key": key, "ref": ref})


class Row(BaseModel):
    """A row of a table: frozen, and closed to columns it does not know."""

    # Validators are made when a table is first read: of two jobs one is asked for.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, str_strip_whitespace=True)


# --- input ------------------------------------------------------------------------------------------------------------


class Settings(Row):
    """What holds for the whole plan."""

    title: Id = _col("Title", "Name of the plan, as it heads the report.")
    first_quarter: Quarter = _col("First quarter", "First quarter planned.")
    quarters: Annotated[int, Field(ge=1, le=60)] = _col("Quarters", "How many quarters are planned.", unit="quarters")
    hours_per_week: Annotated[float, Field(gt=0, le=60)] = _col(
        "Hours per week", "Contracted hours of one whole-time equivalent.", unit="hours a week", default=37.5
    )
    weeks_per_quarter: Annotated[float, Field(gt=0, le=14)] = _col("Weeks per quarter", "Calendar weeks in a quarter.", unit="weeks", default=13.0)
    pay_award: Annotated[float, Field(ge=-0.2, le=0.5)] = _col(
        "Pay award", "Yearly rise assumed for years after the last one in Pay.", unit="share", default=0.0
    )
    trainees_per_qualified: Annotated[float, Field(ge=0, le=100)] = _col(
        "Trainees per qualified", "Most trainees for each qualified clinician of a service.", unit="people", default=1.0
    )
    first_year_quarters: Annotated[int, Field(ge=0, le=12)] = _col(
        "First year lasts",
        "Quarters after arrival in which the first-year leaver rate holds and nobody moves or is released. 0: all are later staff at once.",
        unit="quarters",
        default=4,
    )
    whole_people: bool = _col(
        "Whole people",
        "Whether hires, moves, graduates kept on, ended contracts and people on reduced hours are whole numbers; if not, expected numbers.",
        default=False,
    )


class Service(Row):
    """A service that employs staff and treats people."""

    service: Id = _col("Service", "Short name used in every other table.", key=True)
    name: str = _col("Name", "Name as printed.")
    area: Id = _col("Area", "Area that commissions it.")
    zone: Literal["inner", "outer", "fringe", "none"] = _col("London zone", "High cost area of its staff.")
    employer: Literal["nhs", "non_nhs"] = _col("Employer", "Sets pension, levy and so on-costs.")
    overhead: Annotated[float, Field(ge=0, le=3)] = _col(
        "Overhead", "Management, estates and non-staff costs on top of pay and on-costs.", unit="share of pay and on-costs"
    )
    post_unit: Annotated[float, Field(ge=0.05, le=10)] = _col("Post unit", "Smallest step in which posts are established.", unit="WTE", default=1.0)
    over_establishment: Amount | None = _col(
        "Over establishment, at most",
        "Most staff above the posts established in a quarter, all posts of Over establishment together. Blank: only its own rows hold.",
        unit="WTE",
        default=None,
    )
    region: str = _col("Region", "Region whose services share course places. Blank: none.", default="")


class Post(Row):
    """A kind of post: role, Agenda for Change band and contract."""

    post: Id = _col("Post", "Short name used in every other table.", key=True)
    name: str = _col("Name", "Name as printed.")
    role: Id = _col("Role", "Role under which the report adds posts up.")
    band: Id = _col("Band", "Agenda for Change band, as in Pay.")
    point: Literal["entry", "intermediate", "top"] = _col("Pay point", "Point of the band at which posts are budgeted.")
    contract: Literal["permanent", "fixed_term", "trainee"] = _col("Contract", "Kind of contract.")
    low: bool = _col("Low intensity", "Whether its hours can be used for low-intensity courses.")
    high: bool = _col("High intensity", "Whether its hours can be used for high-intensity courses.")
    leavers_first_year: Share = _col("Leavers, first year", "Share who leave in their first year in post.", unit="share a year")
    leavers_later: Share = _col("Leavers, later", "Share who leave in each later year, promotion not counted.", unit="share a year")
    absence: Share = _col("Absence", "Contracted time lost to leave, bank holidays and sickness.", unit="share")
    service_days: Annotated[float, Field(ge=0, le=5)] = _col(
        "Service days", "Days a week in the service; the rest is at university.", unit="days a week", default=5.0
    )
    other_hours: Annotated[float, Field(ge=0, le=60)] = _col(
        "Other hours",
        "Hours for meetings, CPD, breaks, administration and travel when full time, supervision received not counted.",
        unit="hours a week",
    )
    caseload: Share = _col("Caseload", "Share of a full caseload that is carried (trainees carry less).", unit="share", default=1.0)
    starter_caseload: Share = _col("Starter caseload", "Share of that caseload carried in the quarter of arrival.", unit="share", default=1.0)
    integrated: bool = _col("Integrated care", "Whether its holders are trained for integrated courses (long-term conditions).", default=False)
    release_pounds: Amount | None = _col(
        "Release cost", "Cost of ending one post-holder's contract. Blank: contracts are not ended.", unit="£ per WTE", default=None
    )
    end_value: Amount = _col(
        "End value", "Worth of one WTE in post after the last quarter, in the units of the workforce_at_end term.", unit="per WTE", default=0.0
    )
    stream: Id = _col("Budget stream", "Stream of the budget that pays the post.")


class Flow(Row):
    """A way from one post to another: promotion, regrading, change of contract, or a graduate's conversion."""

    from_post: Id = _col("From post", "Post left. A trainee post makes the flow a conversion of graduates.", key=True, ref="Posts.post")
    to_post: Id = _col("To post", "Post taken up. A trainee post makes the flow an internal entry to training.", key=True, ref="Posts.post")
    minimum_quarters: Annotated[int, Field(ge=0, le=40)] = _col(
        "Minimum quarters", "Quarters in the post before the move is allowed.", unit="quarters", default=4
    )
    lost_on_move: Share = _col(
        "Lost on the move",
        "Share of those who move who leave instead of taking up the post. Not for graduates or entry to training.",
        unit="share of those who move",
        default=0.0,
    )
    maximum_moves: Amount | None = _col(
        "Moves, at most",
        "Most people of a service who may move in a quarter. Blank: no limit. Not for graduates.",
        unit="WTE a quarter",
        default=None,
    )
    maximum_moves_share: Annotated[float, Field(ge=0, le=100)] | None = _col(
        "Moves, largest share",
        "Most people who may move in a quarter, as a share of the staff then in the post taken up. Blank: no limit.",
        unit="share",
        default=None,
    )
    move_pounds: Amount = _col(
        "Cost of a move",
        "Cost of one move (retraining, pay protection), paid by the stream of the post taken up. Not for graduates.",
        unit="£ per WTE",
        default=0.0,
    )
    note: str = _col("Note", "Why, or where from.", default="")


class Programme(Row):
    """A training programme: one trainee post, fixed length, graduates who must be found a post or are lost."""

    programme: Id = _col("Programme", "Short name used in every other table.", key=True)
    name: str = _col("Name", "Name as printed.")
    trainee_post: Id = _col("Trainee post", "Post held while in training.", ref="Posts.post")
    length: Annotated[int, Field(ge=1, le=24)] = _col("Length", "Length of the training.", unit="quarters")
    completion: Share = _col("Completion", "Share of those who start who complete.", unit="share")
    intake_quarters: IntakeQuarters = _col("Intake quarters", "Quarters of the financial year in which it starts, for example '1 3'.")
    cohort_minimum: Annotated[int, Field(ge=0, le=1000)] = _col(
        "Cohort, at least", "Fewest people a service may start at one intake, if it starts any.", unit="people", default=1
    )
    cohort_maximum: Annotated[int, Field(ge=0, le=1000)] = _col("Cohort, at most", "Most people a service may start at one intake.", unit="people")
    external: bool = _col("From outside", "Whether people from outside the service may start.")
    fee_pounds: Amount = _col("Course fee", "Fee paid by the service for each person started.", unit="£ per person", default=0.0)
    salary_support: Share = _col(
        "Salary support", "Share of the trainee's pay and on-costs paid by somebody else (overheads are not).", unit="share", default=0.0
    )
    stream: Id = _col("Budget stream", "Stream of the budget that pays fees.")


class Place(Row):
    """Course places at one intake, shared by all services of the plan or by those of a region. No row: no shared limit."""

    programme: Id = _col("Programme", "Programme.", key=True, ref="Programmes.programme")
    quarter: Quarter = _col("Quarter", "Quarter of the intake.", key=True)
    places: Annotated[int, Field(ge=0, le=100000)] = _col("Places", "Places for all services together, or for those of the region.", unit="people")
    region: str = _col("Region", "Region whose services share them. Blank: all services.", key=True, ref="Services.region", default="")


class Staff(Row):
    """Staff of a qualified post on the eve of the plan. Trainees stand in Trainees."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    post: Id = _col("Post", "Post; trainee posts are not listed here.", key=True, ref="Posts.post")
    in_post: Amount = _col("In post", "Staff in post.", unit="WTE")
    first_year: Amount = _col("First year", "Of those, how many are in their first year, spread evenly over it.", unit="WTE")
    long_serving: Amount = _col(
        "Long serving",
        "Of those, how many already meet every minimum time in post in Flows; the rest after the first year reach it evenly.",
        unit="WTE",
    )
    established: Amount = _col("Established", "Posts established, vacancies included.", unit="WTE")


class Trainee(Row):
    """A cohort in training on the eve of the plan."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    programme: Id = _col("Programme", "Programme.", key=True, ref="Programmes.programme")
    started: Quarter = _col("Started", "Quarter in which it started, before the first quarter planned.", key=True)
    people: Amount = _col("People", "How many started.", unit="people")


class SupervisionKind(Row):
    """A kind of clinical supervision, given by trained supervisors of that kind."""

    kind: Id = _col("Kind", "Short name used in every other table.", key=True)
    name: str = _col("Name", "Name as printed.")
    trainees_per_supervisor: Annotated[float, Field(ge=0, le=100)] = _col(
        "Trainees per supervisor", "Most trainees in need of this kind for each trained supervisor.", unit="people", default=5.0
    )
    own_hours: Amount = _col(
        "Supervisor's own hours", "Supervision of supervision that each supervisor needs, of the same kind.", unit="hours a week", default=0.25
    )
    course_pounds: Amount = _col("Course cost", "Cost of training one supervisor.", unit="£ per person", default=0.0)
    course_hours: Amount = _col("Course hours", "Working hours the course takes.", unit="hours", default=37.5)
    course_lag: Annotated[int, Field(ge=0, le=20)] = _col(
        "Course lag", "Quarters from the course until the person may supervise.", unit="quarters", default=1
    )
    course_quarters: IntakeQuarters = _col(
        "Course quarters", "Quarters of the financial year in which the course runs, for example '2 4'.", default="1 2 3 4"
    )
    stream: Id = _col("Budget stream", "Stream of the budget that pays the course.")


class SupervisionNeed(Row):
    """Supervision that a post must receive."""

    post: Id = _col("Post", "Post.", key=True, ref="Posts.post")
    kind: Id = _col("Kind", "Kind of supervision.", key=True, ref="Supervision kinds.kind")
    hours: Amount = _col("Hours", "Supervisor's time needed per WTE (group sessions shared among their members).", unit="hours a week")
    received: Amount = _col("Received", "Own time each WTE spends in it.", unit="hours a week")


class SupervisionGiver(Row):
    """A post whose holders may be trained to give a kind of supervision."""

    post: Id = _col("Post", "Post.", key=True, ref="Posts.post")
    kind: Id = _col("Kind", "Kind of supervision.", key=True, ref="Supervision kinds.kind")
    hours: Amount = _col("Hours", "Most that one supervisor gives.", unit="hours a week per supervisor")
    maximum_share: Share = _col("At most", "Largest share of the post's staff who may be supervisors of this kind.", unit="share")


class Supervisor(Row):
    """Trained supervisors on the eve of the plan."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    post: Id = _col("Post", "Post they hold.", key=True, ref="Posts.post")
    kind: Id = _col("Kind", "Kind of supervision.", key=True, ref="Supervision kinds.kind")
    trained: Amount = _col("Trained", "Trained supervisors.", unit="WTE")


class Recruitment(Row):
    """What the labour market lets a service hire into a post. No row: nobody is hired from outside."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    post: Id = _col("Post", "Post; not a trainee post.", key=True, ref="Posts.post")
    maximum: Amount = _col("At most", "Most people who can be hired in a quarter.", unit="WTE a quarter")
    lead: Annotated[int, Field(ge=0, le=8)] = _col("Lead", "Quarters at the start in which nobody can yet arrive.", unit="quarters", default=1)
    cost_pounds: Amount = _col("Cost", "Cost of one hire.", unit="£ per WTE")
    lost_on_arrival: Share = _col("Lost on arrival", "Share of those hired who leave at once and never work.", unit="share of hires", default=0.0)
    stream: Id = _col("Budget stream", "Stream of the budget that pays it.")
    market: str = _col("Market", "Labour market it recruits in. Blank: none is shared.", ref="Labour markets.market", default="")
    applicants_per_hire: Annotated[float, Field(gt=0, le=1000)] = _col(
        "Applicants per hire",
        "Applicants of the market that one hire takes: more where employer, place or band draw fewer of them.",
        unit="people per WTE",
        default=1.0,
    )


class LabourMarket(Row):
    """Applicants of a role in a labour market, shared by all services that recruit there."""

    market: Id = _col("Market", "Short name, as in Recruitment.", key=True)
    role: Id = _col("Role", "Role, as in Posts; its posts draw on these applicants whatever their band.", key=True, ref="Posts.role")
    from_quarter: Quarter = _col(
        "From", "Quarter from which the row holds, until the next row of the market and role; before the first, nobody applies.", key=True
    )
    applicants: Amount = _col("Applicants", "Applicants fit for the role, for all services together.", unit="people a quarter")


class OverEstablishment(Row):
    """Staff that a post of a service may have above the posts established. No row: none."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    post: Id = _col("Post", "Post; not a trainee post.", key=True, ref="Posts.post")
    maximum: Amount = _col("At most", "Most staff above the posts established in a quarter.", unit="WTE")
    extra_pounds: Amount = _col("Extra cost", "What such a WTE costs a year on top of the post's own cost.", unit="£ per WTE a year", default=0.0)


class ReducedHours(Row):
    """Staff of a post who may work reduced hours for a quarter: they take up, and work, a share of a post. No row: nobody."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    post: Id = _col("Post", "Post; not a trainee post.", key=True, ref="Posts.post")
    share: Share = _col("Share", "Share of full hours that they work, and of a post that they take up.", unit="share")
    maximum: Amount = _col("At most", "Most people on reduced hours in a quarter.", unit="people")
    extra_pounds: Amount = _col(
        "Extra cost", "What each of them costs a year on top of their share of the post.", unit="£ per person a year", default=0.0
    )


class Care(Row):
    """How a service treats people at one step of care."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    step: Step = _col("Step", "low or high intensity.", key=True)
    waiting: Amount = _col("Waiting", "People waiting for this step on the eve of the plan.", unit="people")
    carried_over: Amount = _col("Carried over", "Courses started in the quarter before the first.", unit="courses")
    route: Share = _col("Route", "Share of referrals that join this step's queue.", unit="share of referrals")
    give_up: Share = _col("Give up", "Share of those waiting at the end of a quarter who give up in the next.", unit="share a quarter")
    step_up: Share = _col(
        "Step up", "Share of courses started here that join the high-intensity queue in the next quarter (low only).", unit="share", default=0.0
    )
    sessions: Amount = _col("Sessions", "Sessions attended per course started, early ends included.", unit="sessions")
    session_minutes: Amount = _col("Session", "Length of a session.", unit="minutes")
    writeup_minutes: Amount = _col("Write-up", "Write-up after a session.", unit="minutes")
    attended: Annotated[float, Field(gt=0, le=1)] = _col("Attended", "Share of booked slots attended; the others are lost.", unit="share")
    assessment_minutes: Amount = _col("Assessment", "Time per course started for screening and assessment.", unit="minutes", default=0.0)
    same_quarter: Share = _col("Same quarter", "Share of a course's work that falls in the quarter it starts; the rest in the next.", unit="share")
    completion: Share = _col("Completion", "Share of courses started that are completed (two or more sessions, ended).", unit="share")
    reliable_recovery: Share = _col("Reliable recovery", "Share of completed courses that end in reliable recovery.", unit="share")
    wait_weeks: Amount = _col("Wait standard", "Weeks people should wait at most on average.", unit="weeks")
    face_to_face: Share = _col(
        "Face to face", "Share of the hours used for courses that needs a room of the service (Rooms).", unit="share of hours", default=0.0
    )


class Room(Row):
    """Clinical rooms of a service at a site. A service without a row has all the rooms it needs."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    site: str = _col("Site", "Site. Blank: the whole service.", key=True, default="")
    share: Share = _col(
        "Share", "Share of the service's face-to-face hours that belongs to the site; its sites add up to 1.", unit="share of hours", default=1.0
    )
    rooms: Annotated[float, Field(ge=0, le=10000)] = _col("Rooms", "Rooms the service has there.", unit="rooms")
    open_hours: Annotated[float, Field(ge=0, le=168)] = _col("Open", "Hours in which a room can be used for patients.", unit="hours a week")
    maximum: Annotated[int, Field(ge=0, le=10000)] = _col(
        "Rented, at most", "Most rooms that can be rented there for a financial year.", unit="rooms", default=0
    )
    room_pounds: Amount = _col("Rent", "Cost of a rented room.", unit="£ per room a year", default=0.0)
    stream: Id = _col("Budget stream", "Stream of the budget that pays rented rooms.")


class Language(Row):
    """A language that people treated by a service need: an interpreter, or a therapist whose mother tongue it is (Speakers)."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    language: Id = _col("Language", "Language.", key=True)
    share: Share = _col("Share", "Share of the service's own one-to-one courses that are given in it.", unit="share of courses")
    interpreter_pounds: Amount = _col("Interpreter", "Cost of an hour of an interpreter, paid for slots that are missed too.", unit="£ per hour")
    longer: Annotated[float, Field(ge=1, le=5)] = _col("Longer", "Length of a session with an interpreter against one without.", unit="ratio")
    stream: Id = _col("Budget stream", "Stream of the budget that pays interpreters.")


class Speaker(Row):
    """A post whose holders treat people in a language without an interpreter."""

    post: Id = _col("Post", "Post.", key=True, ref="Posts.post")
    language: Id = _col("Language", "Language.", key=True, ref="Languages.language")


class Community(Row):
    """A community among those a service is for: its share of the need, and its share of those who come."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    community: Id = _col("Community", "Community; outreach to the one of the same name in Outreach brings more of its people.", key=True)
    need: Share = _col("Share of need", "Share of the people in need of treatment who belong to it.", unit="share")
    referred: Share = _col("Share of referrals", "Share of the referrals in Demand that come from it, without outreach.", unit="share")


class Representation(Row):
    """A group of people among the staff of a post, where the service has counted it; senior posts above all."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    post: Id = _col("Post", "Post; not a trainee post.", key=True, ref="Posts.post")
    group: Id = _col("Group", "Group.", key=True)
    now: Share = _col("Now", "Share of the post's staff on the eve of the plan who belong to it.", unit="share")
    hired: Share = _col("Hired", "Share of those hired into the post who belong to it.", unit="share")
    promoted: Share = _col("Promoted", "Share of those promoted, moved or converted into the post who belong to it.", unit="share")
    target: Share = _col("Target", "Share of the post's staff in the last quarter that is wanted.", unit="share")
    maximum: Share = _col(
        "With places, at most",
        "Largest share of arrivals that targeted recruitment and development places can bring. 0: none.",
        unit="share",
        default=0.0,
    )
    place_pounds: Amount = _col("Place", "Cost of one targeted place.", unit="£ per person", default=0.0)
    stream: Id = _col("Budget stream", "Stream of the budget that pays targeted places.")


class Demand(Row):
    """Referrals received."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    referrals: Amount = _col("Referrals", "Referrals received.", unit="people")


class Outreach(Row):
    """Outreach that a service may do with a community."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    community: Id = _col("Community", "Community.", key=True)
    post: Id = _col("Post", "Clinical post whose hours may be used.", ref="Posts.post")
    clinical_hours: Amount = _col("Clinical hours, at most", "Most clinicians' hours.", unit="hours a quarter")
    worker_hours: Amount = _col("Worker hours, at most", "Most outreach workers' hours.", unit="hours a quarter", default=0.0)
    worker_pounds: Amount = _col("Worker cost", "Full cost of an outreach worker's hour.", unit="£ per hour", default=0.0)
    lag: Annotated[int, Field(ge=0, le=12)] = _col("Lag", "Quarters until the first extra referrals.", unit="quarters", default=1)
    taper: Annotated[int, Field(ge=1, le=12)] = _col(
        "Taper", "Quarters over which they arrive, in equal steps downwards (3: 3/6, 2/6, 1/6).", unit="quarters", default=3
    )
    stream: Id = _col("Budget stream", "Stream of the budget that pays outreach workers.")


class OutreachReturn(Row):
    """One stretch of a community's diminishing returns; stretches are used in order, best first."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    community: Id = _col("Community", "Community.", key=True, ref="Outreach.community")
    stretch: Annotated[int, Field(ge=1, le=20)] = _col("Stretch", "1 is used first.", key=True)
    hours: Amount = _col("Hours", "Width of the stretch.", unit="hours a quarter")
    referrals_per_hour: Amount = _col("Referrals per hour", "Extra referrals for each hour in the stretch.", unit="people per hour")


class Digital(Row):
    """Courses that can be bought from a digital provider."""

    provider: Id = _col("Provider", "Provider.", key=True)
    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    step: Step = _col("Step", "low or high intensity.", key=True)
    price_pounds: Amount = _col("Price", "Price of one course.", unit="£ per course")
    block: Annotated[int, Field(ge=1, le=100000)] = _col("Block", "Courses are bought in blocks of this many.", unit="courses")
    maximum: Annotated[int, Field(ge=0, le=1000000)] = _col("At most", "Most blocks in a quarter.", unit="blocks a quarter")
    maximum_share: Share = _col("Largest share", "Largest share of all courses started at this step.", unit="share")
    quality: Annotated[float, Field(ge=0, le=2)] = _col("Quality", "Completion against the service's own courses.", unit="ratio", default=1.0)
    stream: Id = _col("Budget stream", "Stream of the budget that pays it.")


class EmploymentAdviser(Row):
    """Employment advisers that a service must have beside its clinicians. No row: none are asked for."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    post: Id = _col("Post", "Post of the advisers; not a trainee post.", key=True, ref="Posts.post")
    clinicians_per_adviser: Annotated[float, Field(gt=0, le=1000)] = _col(
        "Clinicians per adviser", "Qualified clinical staff in post for each adviser.", unit="WTE per WTE", default=8.0
    )
    from_quarter: Quarter | None = _col("From", "First quarter in which it holds. Blank: the first of the plan.", default=None)


class GroupCourse(Row):
    """Courses that a service may give in groups beside one-to-one courses."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    step: Step = _col("Step", "low or high intensity.", key=True)
    people: Annotated[float, Field(gt=0, le=1000)] = _col("People", "People who start in one group.", unit="people per group")
    sessions: Amount = _col("Sessions", "Sessions of the group.", unit="sessions")
    session_minutes: Amount = _col("Session", "Length of a session.", unit="minutes")
    staff: Annotated[float, Field(ge=0, le=20)] = _col("Staff", "Clinicians in the room.", unit="people", default=2.0)
    other_minutes: Amount = _col(
        "Other time", "Preparation and write-up of a session for the whole group, all clinicians together.", unit="minutes a session", default=0.0
    )
    maximum_share: Share = _col("Largest share", "Largest share of all courses started at this step.", unit="share")
    quality: Annotated[float, Field(ge=0, le=2)] = _col("Quality", "Completion against the service's one-to-one courses.", unit="ratio", default=1.0)
    recovery: Annotated[float, Field(ge=0, le=2)] = _col(
        "Recovery", "Reliable recovery of those who complete, against one-to-one courses.", unit="ratio", default=1.0
    )


class RetentionMeasure(Row):
    """Something that keeps staff past their first year in post, which a service takes or leaves for the whole plan."""

    measure: Id = _col("Measure", "Short name used in Retention effects.", key=True)
    service: Id = _col("Service", "Service that may take it.", key=True, ref="Services.service")
    year_pounds: Amount = _col("Cost a year", "Fixed cost.", unit="£ a year", default=0.0)
    wte_pounds: Amount = _col(
        "Cost per WTE",
        "Cost for each WTE past the first year in post, in the posts named in Retention effects.",
        unit="£ a year per WTE",
        default=0.0,
    )
    from_quarter: Quarter | None = _col("From", "First quarter in which it can be in force. Blank: the first of the plan.", default=None)
    stream: Id = _col("Budget stream", "Stream of the budget that pays it.")


class RetentionEffect(Row):
    """How many of a post's leavers a measure is believed to keep. Measures taken together keep the sum of their shares."""

    measure: Id = _col("Measure", "Measure.", key=True, ref="Retention measures.measure")
    post: Id = _col("Post", "Post; not a trainee post.", key=True, ref="Posts.post")
    leavers_avoided: Share = _col("Leavers avoided", "Share of leavers past their first year who stay.", unit="share of leavers")


class IntegratedCare(Row):
    """Growth of which a share must be integrated courses (long-term conditions). No row: not asked for."""

    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    step: Step = _col("Step", "low or high intensity.", key=True)
    baseline: Amount = _col("Baseline", "Courses started in a quarter above which all is growth.", unit="courses a quarter")
    integrated_share: Share = _col("Integrated share", "Least share of the growth that must be integrated courses.", unit="share of the growth")
    from_quarter: Quarter | None = _col("From", "First quarter in which it holds. Blank: the first of the plan.", default=None)


class Budget(Row):
    """Money for a stream in a financial year."""

    option: str = _col("Option", "Option it holds for. Blank: every option without a row of its own.", key=True, default="")
    stream: Id = _col("Stream", "Budget stream.", key=True)
    year: Year = _col("Year", "Financial year.", key=True)
    service: str = _col("Service", "Service it is for. Blank: all services together.", key=True, ref="Services.service", default="")
    pounds: Amount = _col("Amount", "Money available.", unit="£")
    carry_over: Share = _col("Carry over", "Largest share of the amount that may be carried into the next year.", unit="share", default=0.0)


class ServiceMoney(Row):
    """Least and most that a service may spend in a financial year, whatever budget pays it. No row: no limit but the budgets."""

    option: str = _col("Option", "Option it holds for. Blank: every option without a row of its own.", key=True, default="")
    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    year: Year = _col("Year", "Financial year.", key=True)
    stream: str = _col("Budget stream", "Spending of one stream. Blank: all streams together.", key=True, default="")
    floor_pounds: Amount = _col("Floor", "Least that is spent.", unit="£", default=0.0)
    ceiling_pounds: Amount | None = _col("Ceiling", "Most that is spent. Blank: no limit.", unit="£", default=None)


Measure = Literal["completed courses", "reliable recoveries"]


class OutcomePayment(Row):
    """What a service is paid for its outcomes of a financial year; it adds to a budget. No row: nothing."""

    option: str = _col("Option", "Option it holds for. Blank: every option without a row of its own.", key=True, default="")
    service: Id = _col("Service", "Service.", key=True, ref="Services.service")
    step: Step = _col("Step", "low or high intensity.", key=True)
    measure: Measure = _col("Measure", "What is paid for.", key=True)
    year: Year = _col("Year", "Financial year in which it is earned.", key=True)
    threshold: Amount = _col("Threshold", "Number in the year from which each further one is paid for.", unit="courses or people", default=0.0)
    payment_pounds: Amount = _col("Payment", "Paid for each one above the threshold.", unit="£")
    cap_pounds: Amount = _col("Cap", "Most that is paid for the year.", unit="£")
    stream: Id = _col("Budget stream", "Stream of the budget that it adds to.")
    paid: Literal["same year", "next year"] = _col("Paid", "Financial year of that budget: the year it is earned, or the next.", default="next year")


class Pay(Row):
    """A point of the Agenda for Change pay scale."""

    year: Year = _col("Year", "Financial year.", key=True)
    band: Id = _col("Band", "Band.", key=True)
    point: Literal["entry", "intermediate", "top"] = _col("Point", "Point.", key=True)
    pounds: Amount = _col("Basic pay", "Basic pay, full time.", unit="£ a year")
    source: str = _col("Source", "Where from.", default="")


class Supplement(Row):
    """High cost area supplement: rate of basic pay, with a floor and a cap."""

    year: Year = _col("Year", "Financial year.", key=True)
    zone: Literal["inner", "outer", "fringe"] = _col("Zone", "London zone.", key=True)
    rate: Share = _col("Rate", "Share of basic pay.", unit="share")
    minimum_pounds: Amount = _col("Floor", "Least supplement.", unit="£ a year")
    maximum_pounds: Amount = _col("Cap", "Largest supplement.", unit="£ a year")
    source: str = _col("Source", "Where from.", default="")


class OnCost(Row):
    """Employer's on-costs, on basic pay and supplement together."""

    year: Year = _col("Year", "Financial year.", key=True)
    employer: Literal["nhs", "non_nhs"] = _col("Employer", "Kind of employer.", key=True)
    ni_rate: Share = _col("NI rate", "Employer's National Insurance on pay above the threshold.", unit="share")
    ni_threshold_pounds: Amount = _col("NI threshold", "Pay from which it is due.", unit="£ a year")
    pension_rate: Share = _col("Pension rate", "Employer's pension contribution.", unit="share")
    pension_from_pounds: Amount = _col("Pension from", "Pay from which it is due.", unit="£ a year", default=0.0)
    pension_to_pounds: Amount | None = _col("Pension to", "Pay up to which it is due. Blank: all.", unit="£ a year", default=None)
    levy_rate: Share = _col("Levy rate", "Apprenticeship levy.", unit="share", default=0.0)
    source: str = _col("Source", "Where from.", default="")


Decision = Literal[
    "posts", "staff", "hires", "intake", "conversions", "moves", "releases", "supervisors_trained",
    "outreach_clinical", "outreach_worker", "digital", "starts", "waiting", "posts_filled", "over_establishment", "reduced_hours",
    "completed", "recovered", "entering", "group_starts", "integrated_starts", "retention",
    "rooms", "targeted_places", "came",
]  # fmt: skip


class Limit(Row):
    """A pin or bound on a decision, with its reason. Breaking one is an unmet must.

    Every service, item and quarter of the window counts, those without staff or activity as 0; posts and rooms count once for each financial
    year the window touches, intakes only in the programme's intake quarters. Targets are limits too: courses completed, reliable recoveries, and
    courses started less those joined by stepping up (entering), by step. A retention measure counts once for the window: 1 if taken.
    """

    limit: Id = _col("Limit", "Name of the limit.", key=True)
    option: str = _col("Option", "Option it holds for. Blank: every option.", ref="Options.option", default="")
    decision: Decision = _col("Decision", "What is limited; items as in the answer's tables.")
    service: str = _col("Service", "Blank: every service.", ref="Services.service", default="")
    item: str = _col("Item", "Post, programme, community, provider, measure, site or step; for flows the post left. Blank: every one.", default="")
    to_item: str = _col(
        "To item",
        "For conversions and moves the post taken up; for supervisors the kind; for digital the step; for targeted places the group.",
        default="",
    )
    from_quarter: Quarter | None = _col("From", "First quarter. Blank: the first of the plan.", default=None)
    to_quarter: Quarter | None = _col("To", "Last quarter. Blank: the last of the plan.", default=None)
    scope: Literal["each", "total"] = _col("Scope", "each: one bound per service, item and quarter; total: on their sum.")
    sense: Literal["at most", "at least", "exactly"] = _col("Sense", "at most, at least or exactly.")
    value: Amount = _col("Value", "The bound, in the decision's unit.")
    basis: Literal["number", "share of established"] = _col(
        "Basis", "number, or share of the posts established on the eve of the plan (posts and staff, scope each).", default="number"
    )
    reason: str = _col("Reason", "Why.", default="")


Term = Literal[
    "unmet_musts", "completed_courses", "reliable_recoveries", "entering_treatment", "waiting_too_long",
    "reached_by_outreach", "lost_trainees", "workforce_at_end", "cost", "churn", "contracts_ended",
    "equity_gap", "representation_gap",
]  # fmt: skip

OPTIONAL_TERMS: dict[Term, str] = {"contracts_ended": "", "equity_gap": "communities", "representation_gap": "representation"}
"""Terms that an instance has only where Objectives weighs them, or where the table named here has rows."""


class Priority(Row):
    """A level of the objective; a level is settled before the next is looked at."""

    priority: Annotated[int, Field(ge=1, le=20)] = _col("Priority", "1 comes first.", key=True)
    name: Id = _col("Name", "Name as printed.")
    direction: Literal["min", "max"] = _col("Direction", "min: as little as possible; max: as much.")
    tolerance: Annotated[float, Field(ge=0, le=0.5)] = _col(
        "Tolerance", "How much of the level's value later levels may give up.", unit="share of the value", default=0.0
    )


class Objective(Row):
    """A term of the objective: the level's value is the sum of weight times term."""

    priority: int = _col("Priority", "Level it belongs to.", key=True, ref="Priorities.priority")
    term: Term = _col("Term", "Term.", key=True)
    weight: Signed = _col("Weight", "Worth of one unit of the term.", unit="per unit")
    reason: str = _col("Reason", "Why this weight.", default="")


class Option(Row):
    """A course of action to compare with the plan. Budget and Limits name the option they hold for."""

    option: Id = _col("Option", "Short name.", key=True)
    name: str = _col("Name", "Name as printed.")
    description: str = _col("Description", "What it means.", default="")


class Benefit(Row):
    """What something the plan brings is worth, with its source: for the benefit per pound of the report, and nothing else."""

    benefit: Id = _col("Benefit", "What is gained, and by whom.", key=True)
    per: Literal["entering", "completed", "recovered"] = _col(
        "For each", "What it comes with: each person entering treatment, course completed, or reliable recovery."
    )
    low: Amount = _col("Low value", "Low value of one.", unit="£ or the unit")
    central: Amount = _col("Central value", "Central value of one.", unit="£ or the unit")
    high: Amount = _col("High value", "High value of one.", unit="£ or the unit")
    unit: Id = _col("Unit", "Unit of the values. Only those in £ are added up and set against the cost.", default="£")
    sureness: Literal["A", "B", "C", "D", ""] = _col("Sureness", "A official source seen, B secondary or one service, C weak, D derived.", default="")
    source: Annotated[str, Field(min_length=1)] = _col("Source", "Where the values are from; without a source there is no benefit.")
    note: str = _col("Note", "Price year, over how long, anything else.", default="")


class Assumption(Row):
    """A figure that is assumed, with its range, source and owner."""

    item: Id = _col("Item", "What is assumed.", key=True)
    low: float | None = _col("Low", "Low value.", default=None)
    central: float | None = _col("Central", "Value used.", default=None)
    high: float | None = _col("High", "High value.", default=None)
    unit: str = _col("Unit", "Unit.", default="")
    sureness: Literal["A", "B", "C", "D", ""] = _col("Sureness", "A official source seen, B secondary or one service, C weak, D derived.", default="")
    source: str = _col("Source", "Where from.", default="")
    owner: str = _col("Owner", "Who answers for it.", default="")
    date: str = _col("Date", "When it was set.", default="")
    note: str = _col("Note", "Anything else.", default="")


class PlanInput(BaseModel):
    """An instance of the commissioner's plan: every table, in workbook order."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)

    settings: Settings = Field(alias="Settings")
    services: tuple[Service, ...] = Field(alias="Services", min_length=1)
    posts: tuple[Post, ...] = Field(alias="Posts", min_length=1)
    flows: tuple[Flow, ...] = Field(alias="Flows", default=())
    programmes: tuple[Programme, ...] = Field(alias="Programmes", default=())
    places: tuple[Place, ...] = Field(alias="Places", default=())
    staff: tuple[Staff, ...] = Field(alias="Staff", default=())
    trainees: tuple[Trainee, ...] = Field(alias="Trainees", default=())
    supervision_kinds: tuple[SupervisionKind, ...] = Field(alias="Supervision kinds", default=())
    supervision_needs: tuple[SupervisionNeed, ...] = Field(alias="Supervision needs", default=())
    supervision_givers: tuple[SupervisionGiver, ...] = Field(alias="Supervision givers", default=())
    supervisors: tuple[Supervisor, ...] = Field(alias="Supervisors", default=())
    recruitment: tuple[Recruitment, ...] = Field(alias="Recruitment", default=())
    labour_markets: tuple[LabourMarket, ...] = Field(alias="Labour markets", default=())
    over_establishment: tuple[OverEstablishment, ...] = Field(alias="Over establishment", default=())
    reduced_hours: tuple[ReducedHours, ...] = Field(alias="Reduced hours", default=())
    care: tuple[Care, ...] = Field(alias="Care", default=())
    languages: tuple[Language, ...] = Field(alias="Languages", default=())
    speakers: tuple[Speaker, ...] = Field(alias="Speakers", default=())
    rooms: tuple[Room, ...] = Field(alias="Rooms", default=())
    demand: tuple[Demand, ...] = Field(alias="Demand", default=())
    communities: tuple[Community, ...] = Field(alias="Communities", default=())
    outreach: tuple[Outreach, ...] = Field(alias="Outreach", default=())
    outreach_returns: tuple[OutreachReturn, ...] = Field(alias="Outreach returns", default=())
    representation: tuple[Representation, ...] = Field(alias="Representation", default=())
    digital: tuple[Digital, ...] = Field(alias="Digital", default=())
    employment_advisers: tuple[EmploymentAdviser, ...] = Field(alias="Employment advisers", default=())
    group_courses: tuple[GroupCourse, ...] = Field(alias="Group courses", default=())
    retention_measures: tuple[RetentionMeasure, ...] = Field(alias="Retention measures", default=())
    retention_effects: tuple[RetentionEffect, ...] = Field(alias="Retention effects", default=())
    integrated_care: tuple[IntegratedCare, ...] = Field(alias="Integrated care", default=())
    budget: tuple[Budget, ...] = Field(alias="Budget", default=())
    service_money: tuple[ServiceMoney, ...] = Field(alias="Service money", default=())
    outcome_payments: tuple[OutcomePayment, ...] = Field(alias="Outcome payments", default=())
    pay: tuple[Pay, ...] = Field(alias="Pay", min_length=1)
    supplements: tuple[Supplement, ...] = Field(alias="Supplements", default=())
    on_costs: tuple[OnCost, ...] = Field(alias="On-costs", min_length=1)
    limits: tuple[Limit, ...] = Field(alias="Limits", default=())
    priorities: tuple[Priority, ...] = Field(alias="Priorities", min_length=1)
    objectives: tuple[Objective, ...] = Field(alias="Objectives", min_length=1)
    options: tuple[Option, ...] = Field(alias="Options", default=())
    benefits: tuple[Benefit, ...] = Field(alias="Benefits", default=())
    assumptions: tuple[Assumption, ...] = Field(alias="Assumptions", default=())

    @property
    def quarters(self) -> tuple[str, ...]:
        """Labels of the quarters planned, in order."""
        first = quarter_number(self.settings.first_quarter)
        return tuple(quarter_label(first + t) for t in range(self.settings.quarters))

    @property
    def years(self) -> tuple[str, ...]:
        """Labels of the financial years planned, in order."""
        return tuple(dict.fromkeys(q[:7] for q in self.quarters))

    @property
    def terms(self) -> tuple[Term, ...]:
        """Terms of the objective that the instance has: those of every instance, and those with rows or a weight."""
        weighed = {row.term for row in self.objectives}
        with_rows = {term for term, table in OPTIONAL_TERMS.items() if table and getattr(self, table)}
        return tuple(term for term in get_args(Term) if term not in OPTIONAL_TERMS or term in weighed | with_rows)


# --- answer -----------------------------------------------------------------------------------------------------------
#
# The first group is decided; the second follows from it and is stated so that the checker can compare it with its own.


class PostsEstablished(Row):
    """Posts established (qualified posts only), a whole number of post units; constant within a financial year."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    year: Year = _col("Year", "Financial year.", key=True)
    posts: float = _col("Posts", "Posts established.", unit="WTE")


class Hires(Row):
    """People hired from outside, arriving at the start of the quarter (expected number)."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    wte: float = _col("Hires", "Hires.", unit="WTE")


class Intake(Row):
    """People who start training, a whole number, from outside and from posts of the service."""

    service: Id = _col("Service", "Service.", key=True)
    programme: Id = _col("Programme", "Programme.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    people: int = _col("People", "People started, from inside and outside.", unit="people")


class Move(Row):
    """Promotions, regradings, changes of contract and internal entries to training (to a trainee post)."""

    service: Id = _col("Service", "Service.", key=True)
    from_post: Id = _col("From post", "Post left.", key=True)
    to_post: Id = _col("To post", "Post taken up.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    wte: float = _col("Moves", "People who move.", unit="WTE")


class Conversion(Row):
    """Graduates given a post, at the start of the quarter after their training ends."""

    service: Id = _col("Service", "Service.", key=True)
    from_post: Id = _col("From post", "Trainee post.", key=True)
    to_post: Id = _col("To post", "Post taken up; its band and contract are the choice made.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    wte: float = _col("Conversions", "Graduates converted.", unit="WTE")


class Release(Row):
    """Contracts ended by the service."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    wte: float = _col("Releases", "Contracts ended.", unit="WTE")


class StaffOverEstablishment(Row):
    """Staff above the posts established, in full-time posts (two people on half hours are one)."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    wte: float = _col("Over establishment", "Staff above the posts established.", unit="WTE")


class StaffOnReducedHours(Row):
    """Staff who work reduced hours in the quarter."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    people: float = _col("On reduced hours", "People on reduced hours.", unit="people")


class SupervisorsTrained(Row):
    """Staff sent on the supervisors' course, a whole number."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    kind: Id = _col("Kind", "Kind.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    people: int = _col("People", "People sent.", unit="people")


class OutreachHours(Row):
    """Outreach hours by clinicians and by outreach workers."""

    service: Id = _col("Service", "Service.", key=True)
    community: Id = _col("Community", "Community.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    clinical_hours: float = _col("Clinical hours", "Clinicians' hours.", unit="hours")
    worker_hours: float = _col("Worker hours", "Outreach workers' hours.", unit="hours")


class DigitalBlocks(Row):
    """Blocks of courses bought, a whole number."""

    provider: Id = _col("Provider", "Provider.", key=True)
    service: Id = _col("Service", "Service.", key=True)
    step: Step = _col("Step", "Step.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    blocks: int = _col("Blocks", "Blocks bought.", unit="blocks")


class RoomsRented(Row):
    """Rooms rented for a financial year, a whole number."""

    service: Id = _col("Service", "Service.", key=True)
    site: str = _col("Site", "Site.", key=True, default="")
    year: Year = _col("Year", "Financial year.", key=True)
    rooms: int = _col("Rented", "Rooms rented.", unit="rooms")


class TargetedPlaces(Row):
    """People of a group who arrive in a post through targeted recruitment or development places (expected number)."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    group: Id = _col("Group", "Group.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    wte: float = _col("Places", "Targeted places used.", unit="WTE")


class Starts(Row):
    """Courses started by the service's own staff."""

    service: Id = _col("Service", "Service.", key=True)
    step: Step = _col("Step", "Step.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    courses: float = _col("Starts", "Courses started.", unit="courses")


class GroupStarts(Row):
    """Courses started in groups by the service's own staff."""

    service: Id = _col("Service", "Service.", key=True)
    step: Step = _col("Step", "Step.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    courses: float = _col("Started in groups", "People who start in groups.", unit="courses")


class IntegratedStarts(Row):
    """Integrated courses among those started by the service's own staff one to one."""

    service: Id = _col("Service", "Service.", key=True)
    step: Step = _col("Step", "Step.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    courses: float = _col("Integrated", "Integrated courses started.", unit="courses")


class RetentionTaken(Row):
    """A retention measure taken for the whole plan; one without a row is not taken. Leavers avoided and cost follow."""

    measure: Id = _col("Measure", "Measure.", key=True)
    service: Id = _col("Service", "Service.", key=True)
    taken: int = _col("Taken", "1: it is taken.")
    kept: float = _col("Leavers avoided", "Leavers avoided over the plan.", unit="WTE")
    pounds: float = _col("Spent", "Money spent on it.", unit="£")


class TreatmentHours(Row):
    """Hours of a post used for courses of a step."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    step: Step = _col("Step", "Step.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    hours: float = _col("Hours", "Hours used.", unit="hours")


class MotherTongueHours(Row):
    """Hours of a post used for courses in a language without an interpreter, among those it uses for the step."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    language: Id = _col("Language", "Language.", key=True)
    step: Step = _col("Step", "Step.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    hours: float = _col("Hours", "Hours used.", unit="hours")


class SupervisionHours(Row):
    """Supervision given by a post's trained supervisors."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    kind: Id = _col("Kind", "Kind.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    hours: float = _col("Hours", "Hours given, averaged over the quarter.", unit="hours a week")


class CarryOver(Row):
    """Money of a budget row carried into the next financial year."""

    stream: Id = _col("Stream", "Stream.", key=True)
    year: Year = _col("Year", "Year the money is carried from.", key=True)
    service: str = _col("Service", "Service, blank for all.", key=True, default="")
    pounds: float = _col("Carried", "Money carried.", unit="£")


class StaffInPost(Row):
    """Staff in post during the quarter: arrivals counted, leavers of the quarter's start gone. Follows from the decisions."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    wte: float = _col("In post", "Staff in post.", unit="WTE")
    arrivals: float = _col("Arrivals", "Hires, conversions, moves in and trainees started.", unit="WTE")
    leavers: float = _col("Leavers", "Expected leavers since the quarter before.", unit="WTE")


class SupervisorsInPost(Row):
    """Trained supervisors. Follows from the decisions."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    kind: Id = _col("Kind", "Kind.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    trained: float = _col("Trained", "Trained supervisors.", unit="WTE")


class Queue(Row):
    """A queue in a quarter. Follows from the decisions."""

    service: Id = _col("Service", "Service.", key=True)
    step: Step = _col("Step", "Step.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    joined: float = _col("Joined", "People who joined: referrals, outreach, step-up.", unit="people")
    gave_up: float = _col("Gave up", "People who gave up waiting.", unit="people")
    started: float = _col("Started", "Courses started, bought ones counted.", unit="courses")
    waiting: float = _col("Waiting", "People waiting at the end of the quarter.", unit="people")
    too_long: float = _col("Waiting too long", "People waiting beyond what the standard allows at this rate of starts.", unit="people")
    completed: float = _col("Completed", "Courses completed in the quarter.", unit="courses")
    recovered: float = _col("Reliable recoveries", "Reliable recoveries in the quarter.", unit="people")


class Access(Row):
    """People of a community who come to the service in a quarter. Follows from the decisions."""

    service: Id = _col("Service", "Service.", key=True)
    community: Id = _col("Community", "Community.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    came: float = _col("Came", "Its referrals, those brought by outreach counted.", unit="people")
    short: float = _col("Short", "People short of its share of need in the referrals of Demand.", unit="people")


class GroupInPost(Row):
    """Expected staff of a group in a post. Follows from the decisions."""

    service: Id = _col("Service", "Service.", key=True)
    post: Id = _col("Post", "Post.", key=True)
    group: Id = _col("Group", "Group.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    wte: float = _col("In post", "Expected staff of the group in post.", unit="WTE")
    short: float = _col("Short", "Staff short of the target share; it counts in the last quarter.", unit="WTE")


class LostTrainees(Row):
    """Graduates for whom no post was found. Follows from the decisions."""

    service: Id = _col("Service", "Service.", key=True)
    programme: Id = _col("Programme", "Programme.", key=True)
    quarter: Quarter = _col("Quarter", "Quarter.", key=True)
    graduates: float = _col("Graduates", "Graduates at the start of the quarter.", unit="WTE")
    lost: float = _col("Lost", "Graduates lost.", unit="WTE")


class Spend(Row):
    """Money spent. Follows from the decisions."""

    service: Id = _col("Service", "Service.", key=True)
    stream: Id = _col("Stream", "Stream.", key=True)
    year: Year = _col("Year", "Financial year.", key=True)
    item: Literal[
        "posts", "trainees", "fees", "supervisor courses", "recruitment", "releases", "outreach", "digital",
        "over establishment", "reduced hours", "moves", "retention", "interpreters",
        "rooms", "targeted places",
    ] = _col("Item", "What for.", key=True)  # fmt: skip
    pounds: float = _col("Spent", "Money spent.", unit="£")


class OutcomeIncome(Row):
    """What was earned by outcomes. Follows from the decisions."""

    service: Id = _col("Service", "Service.", key=True)
    step: Step = _col("Step", "Step.", key=True)
    measure: Measure = _col("Measure", "What is paid for.", key=True)
    year: Year = _col("Year", "Financial year in which it is earned.", key=True)
    reached: float = _col("Reached", "Courses completed, or reliable recoveries, in the year.", unit="people")
    pounds: float = _col("Earned", "Payment earned.", unit="£")


class Shortfall(Row):
    """A must that is not met: which rule, where, and by how much.

    ``item`` is the kind for S1 and S3, the step for C2, the site for R1, the stream for B1, B2 and B3 (``service`` as in the budget row, ``quarter``
    the financial year) and blank for T6. For L1 ``rule`` is the limit's name: scope each names service, item (both items as
    ``item / to item`` where the decision has two) and quarter (posts, rooms: the financial year); scope total leaves all three blank.
    """

    rule: Id = _col("Rule", "Rule of the model, or the name of a limit.", key=True)
    service: str = _col("Service", "Service.", key=True, default="")
    item: str = _col("Item", "Kind, post or other item.", key=True, default="")
    quarter: str = _col("Quarter", "Quarter.", key=True, default="")
    short: float = _col("Short", "By how much, in the rule's unit.")


class TermValue(Row):
    """Value of a term of the objective."""

    term: Term = _col("Term", "Term.", key=True)
    value: float = _col("Value", "Value.")


class PlanAnswer(BaseModel):
    """A plan: what is decided, and what follows from it. ``option`` is blank for the plan itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)

    option: str = ""
    posts: tuple[PostsEstablished, ...] = Field(alias="Result posts", default=())
    hires: tuple[Hires, ...] = Field(alias="Result hires", default=())
    intakes: tuple[Intake, ...] = Field(alias="Result intakes", default=())
    conversions: tuple[Conversion, ...] = Field(alias="Result conversions", default=())
    moves: tuple[Move, ...] = Field(alias="Result moves", default=())
    releases: tuple[Release, ...] = Field(alias="Result releases", default=())
    over_establishment: tuple[StaffOverEstablishment, ...] = Field(alias="Result over establishment", default=())
    reduced_hours: tuple[StaffOnReducedHours, ...] = Field(alias="Result reduced hours", default=())
    supervisors_trained: tuple[SupervisorsTrained, ...] = Field(alias="Result supervisor courses", default=())
    outreach: tuple[OutreachHours, ...] = Field(alias="Result outreach", default=())
    digital: tuple[DigitalBlocks, ...] = Field(alias="Result digital", default=())
    rooms: tuple[RoomsRented, ...] = Field(alias="Result rooms", default=())
    targeted_places: tuple[TargetedPlaces, ...] = Field(alias="Result targeted places", default=())
    starts: tuple[Starts, ...] = Field(alias="Result starts", default=())
    group_starts: tuple[GroupStarts, ...] = Field(alias="Result group courses", default=())
    integrated_starts: tuple[IntegratedStarts, ...] = Field(alias="Result integrated", default=())
    retention: tuple[RetentionTaken, ...] = Field(alias="Result retention", default=())
    treatment_hours: tuple[TreatmentHours, ...] = Field(alias="Result treatment hours", default=())
    mother_tongue: tuple[MotherTongueHours, ...] = Field(alias="Result mother tongue hours", default=())
    supervision_hours: tuple[SupervisionHours, ...] = Field(alias="Result supervision hours", default=())
    carry_over: tuple[CarryOver, ...] = Field(alias="Result carry-over", default=())
    staff: tuple[StaffInPost, ...] = Field(alias="Result staff", default=())
    supervisors: tuple[SupervisorsInPost, ...] = Field(alias="Result supervisors", default=())
    queues: tuple[Queue, ...] = Field(alias="Result queues", default=())
    access: tuple[Access, ...] = Field(alias="Result access", default=())
    representation: tuple[GroupInPost, ...] = Field(alias="Result representation", default=())
    lost_trainees: tuple[LostTrainees, ...] = Field(alias="Result lost trainees", default=())
    spend: tuple[Spend, ...] = Field(alias="Result spend", default=())
    outcome_income: tuple[OutcomeIncome, ...] = Field(alias="Result outcome payments", default=())
    shortfalls: tuple[Shortfall, ...] = Field(alias="Result shortfalls", default=())
    terms: tuple[TermValue, ...] = Field(alias="Result terms", default=())
