"""Small rotas for tests: a few people, round hours, and nothing more than each rule needs to have something to do."""

from __future__ import annotations

from optimiser.rota.data import (
    HALF_HOURS,
    WEEKDAYS,
    Availability,
    Away,
    Competence,
    Early,
    Group,
    GroupMember,
    History,
    Kind,
    LastDuty,
    LastHeld,
    LastSession,
    Lock,
    Name,
    Need,
    OpeningHours,
    Owed,
    Pair,
    Role,
    RoleNeed,
    Room,
    RotaInput,
    Rule,
    Settings,
    Site,
    Staff,
    Term,
    Travel,
    Weekday,
    minutes_of,
)

MONDAY = "2026-12-07"
"""Monday of the week planned; no bank holiday in it."""


def marks(**spans: str) -> dict[str, str]:
    """Marks of Availability: ``marks(X="09:00-10:00 13:00-14:00")`` sets the half-hours in these spans to X."""
    found = {}
    for mark, text in spans.items():
        for span in text.split():
            start, end = (minutes_of(time) for time in span.split("-"))
            for name in HALF_HOURS:
                if start <= 60 * int(name[1:3]) + int(name[3:]) < end:
                    found[name] = mark
    return found


def at(staff: str, day: Weekday, hours: str, site: str = "", **spans: str) -> Availability:
    """Row of Availability: ``at("S1", "Monday", "09:00-12:00", X="10:00-11:00")``."""
    start, end = hours.split("-")
    return Availability(staff=staff, weekday=day, from_time=start, to_time=end, site=site, **marks(**spans))


def tiny() -> RotaInput:
    """One morning, two supervisors, three people to supervise, online only: small enough to list every rota.

    09:00 to 12:00 on Monday, hourly grid in effect: sessions of 60 minutes on a 30-minute grid. A1 is there from 09:00 to 10:30 only and B1 from
    10:00, so times bind; each supervisor may see two people; one hour of duty of the three can clash with a session.
    """
    people = ("V1", "V2", "A1", "A2", "B1")
    return RotaInput(
        settings=Settings(title="Tiny rota", service="tiny", week_commencing=MONDAY, grid=30),
        roles=(Role(role="supervisor"), Role(role="pwp")),
        kinds=(Kind(kind="case", name="Case management", mode="online"),),
        role_needs=(RoleNeed(role="pwp", kind="case", minutes=60),),
        staff=(
            Staff(staff="V1", role="supervisor", hours=37.5, experienced=True, most_people=2),
            Staff(staff="V2", role="supervisor", hours=37.5, most_people=2),
            Staff(staff="A1", role="pwp", hours=37.5, line_manager="V1", trainee=True),
            Staff(staff="A2", role="pwp", hours=37.5),
            Staff(staff="B1", role="pwp", hours=22.5),
        ),
        competences=(Competence(staff="V1", kind="case"), Competence(staff="V2", kind="case")),
        availability=tuple(at(p, "Monday", {"A1": "09:00-10:30", "B1": "10:00-12:00"}.get(p, "09:00-12:00")) for p in people),
        opening_hours=(OpeningHours(weekday="Monday", opens="09:00", closes="10:00"),),
        last_rota=(LastSession(staff="A2", kind="case", supervisor="V1", weekday="Monday", start="09:00"),),
    )


def small() -> RotaInput:
    """Twelve people, two sites, three days: every table has a row and every rule of Rules something to say.

    Two case supervisors (V1 at both sites, V2), a CBT supervisor (V3) whose own line is C1's, trainees in a skills group that may be led by V1 or
    V2, a peer group of supervisors, management supervision by line managers, one room at each site, and leave, locks, pairs and last week's rota.
    """
    days: tuple[Weekday, ...] = WEEKDAYS[:3]
    pwps = ("A1", "A2", "A3", "A4", "A5")
    therapists = ("C1", "C2", "C3", "C4")
    return RotaInput(
        settings=Settings(title="Small rota", service="small", week_commencing=MONDAY, grid=30, part_time="fortnightly"),
        roles=(Role(role="supervisor"), Role(role="pwp", name="PWP"), Role(role="hit", name="High intensity therapist")),
        kinds=(
            Kind(kind="case", name="Case management", mode="either"),
            Kind(kind="skills", name="Clinical skills", mode="room", group_least=2, group_most=4, shared_credit=False),
            Kind(kind="cbt", name="CBT supervision", mode="either", group_least=2, group_most=4),
            Kind(kind="peer", name="Peer group of supervisors", given_by="peers", mode="online", group_least=2, group_most=6, shared_credit=False),
            Kind(kind="management", name="Management supervision", clinical=False, given_by="line manager", mode="online"),
        ),
        role_needs=(
            RoleNeed(role="pwp", kind="case", minutes=60),
            RoleNeed(role="pwp", kind="skills", form="group", minutes=60, every=2),
            RoleNeed(role="hit", kind="cbt", form="either", minutes=60),
            RoleNeed(role="supervisor", kind="peer", form="group", minutes=60, every=4),
        ),
        needs=(Need(staff="C4", kind="management", minutes=30, every=4, note="Monthly"), Need(staff="A5", kind="skills", form="group", minutes=0)),
        staff=(
            Staff(staff="V1", role="supervisor", band="7", hours=37.5, experienced=True, most_people=5, most_trainees=2),
            Staff(staff="V2", role="supervisor", band="7", hours=30, experienced=True, most_people=5, line_manager="V1"),
            Staff(staff="V3", role="supervisor", band="8a", hours=37.5, experienced=True, most_hours=3, line_manager="V1"),
            *(Staff(staff=p, role="pwp", band="5", hours=37.5, trainee=p in ("A1", "A2", "A3"), line_manager="V2") for p in pwps[:-1]),
            Staff(staff="A5", role="pwp", band="5", hours=18.75, line_manager="V2"),
            *(Staff(staff=p, role="hit", band="7", hours=37.5, line_manager="C1" if p == "C4" else "V3" if p == "C2" else "") for p in therapists),
        ),
        names=(Name(staff="V1", name="Ada Example"), Name(staff="A1", name="Ben Sample")),
        competences=(
            Competence(staff="V1", kind="case"),
            Competence(staff="V1", kind="skills"),
            Competence(staff="V2", kind="case"),
            Competence(staff="V2", kind="skills"),
            Competence(staff="V3", kind="cbt"),
            Competence(staff="C1", kind="cbt"),
        ),
        availability=(
            *(at(p, day, "09:00-17:00", "north") for p in ("V2", "V3", *pwps, *therapists) for day in days if (p, day) != ("A2", "Tuesday")),
            at("A2", "Tuesday", "09:00-17:00", "north", U="09:00-17:00"),
            at("V1", "Monday", "09:00-12:30", "north", P="09:00-11:00"),
            at("V1", "Monday", "12:30-17:00", "south"),
            at("V1", "Tuesday", "09:00-17:00", "north", A="09:00-10:00", X="11:00-13:30"),
            at("V1", "Wednesday", "09:00-13:00", ""),
        ),
        away=(Away(staff="V3", first="2026-12-09", last="2026-12-11"),),
        pairs=(
            Pair(staff="A1", supervisor="V1", kind="case", strength="must", reason="Named on the trainee's contract"),
            Pair(staff="A2", supervisor="V2", kind="case", strength="never", reason="Former partners in a practice"),
            Pair(staff="C3", supervisor="C1", strength="prefer"),
        ),
        groups=(
            Group(group="skills A", kind="skills", minutes=60),
            Group(group="cbt group", kind="cbt", minutes=90, leader="V3", open=True, most=3),
            Group(group="peers", kind="peer", minutes=60),
        ),
        group_members=(GroupMember(group="skills A", staff="A1"), GroupMember(group="skills A", staff="A2")),
        sites=(Site(site="north", name="North Street"), Site(site="south", name="South Road")),
        rooms=(Room(room="N1", site="north", capacity=6, opens="09:00", closes="16:00"), Room(room="S1", site="south", capacity=2)),
        travel=(Travel(from_site="north", to_site="south", minutes=60),),
        opening_hours=tuple(OpeningHours(weekday=day, opens="09:00", closes="17:00") for day in days),
        rules=(
            Rule(rule="N1", kind="management", priority="High", weight=5),
            Rule(rule="B2", priority="High", number=120, note="Two hours, then a break"),
        ),
        locks=(
            Lock(lock="K1", group="skills A", day="Tuesday", strength="never", reason="Team meeting", set_by="Manager", set_on="2026-11-30"),
            Lock(lock="K2", staff="A4", kind="case", day=MONDAY, start="09:00", strength="must", set_by="Manager"),
            Lock(lock="K3", staff="A3", group="skills A", strength="prefer"),
        ),
        last_held=(
            LastHeld(staff="A4", kind="skills", form="group", date="2026-12-01"),
            LastHeld(staff="C4", kind="management", date="2026-10-29"),
        ),
        last_rota=(
            LastSession(staff="A1", kind="case", supervisor="V1", weekday="Monday", start="09:00"),
            LastSession(staff="A2", kind="case", supervisor="V1", weekday="Monday", start="10:00"),
            LastSession(staff="A3", kind="case", supervisor="V2", weekday="Tuesday", start="09:30"),
            LastSession(group="skills A", kind="skills", supervisor="V2", weekday="Tuesday", start="14:00"),
            LastSession(staff="A1", group="skills A", kind="skills", supervisor="V2", weekday="Tuesday", start="14:00"),
        ),
        last_duty=(LastDuty(weekday="Monday", start="09:00", staff="V2"),),
    )


def yearly() -> RotaInput:
    """The small rota in the middle of a year: every table that one week leaves to the next has a row, and N2, N3 and W4 something to say.

    A3 and C2 are owed an hour each, A3 for five weeks; PWPs have no term now, so that A2 is at work on Tuesday; A4's skills group is brought forward;
    V1 gave four hours beyond the shares of late, V3 two less; before 09:30 it is early, and V2 has had three such sessions.
    """
    data = small()
    return data.model_copy(
        update={
            "settings": data.settings.model_copy(update={"early_before": "09:30", "late_after": "16:00"}),
            "terms": (Term(first="2026-09-21", last="2026-12-11"), Term(first="2026-09-14", last="2026-11-20", role="pwp", note="Block release")),
            "early": (Early(staff="A4", kind="skills", form="group", because="Asked for"),),
            "owed": (Owed(staff="A3", kind="case", missed="2026-11-02", minutes=60), Owed(staff="C2", kind="cbt", missed="2026-11-30", minutes=60)),
            "history": (
                History(staff="V1", week="2026-11-30", minutes=300, fair_minutes=60, duty_turns=8, fair_duty_turns=4),
                History(staff="V3", week="2026-11-09", minutes=60, fair_minutes=180, missed=1),
                History(staff="V2", week="2026-09-21", minutes=120, fair_minutes=120, early_or_late=3),
            ),
            "last_held": (*data.last_held, LastHeld(staff="A2", kind="case", date="2026-11-12")),
            "locks": (*data.locks, Lock(lock="K4", staff="A3", kind="case", owed=True, day="Tuesday", strength="prefer")),
        }
    )
