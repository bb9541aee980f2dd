"""Variables of the plan and a rule for each of its constraints, by the ids of its page."""

from __future__ import annotations

from typing import Any

from pyomo.environ import Binary, ConcreteModel, Constraint, Expression, NonNegativeIntegers, NonNegativeReals, Var

Linear = Any
"""A linear expression, a comparison of two, or a number; Pyomo has no types to offer."""


def declare(m: ConcreteModel) -> None:
    """Declare what is decided, what follows from it, and by how much each must is short."""
    m.X = Var(m.S, m.QUALIFIED, m.Y, within=NonNegativeIntegers)
    m.h = Var(m.MARKETS, m.T, within=NonNegativeReals, bounds=p4_labour_market)
    m.m = Var(m.S, m.MOVES, m.T, within=NonNegativeReals)
    m.release = Var(m.S, m.RELEASED, m.T, within=NonNegativeReals)
    m.arrivals = Var(m.S, m.QUALIFIED, m.T, within=NonNegativeReals)
    m.later = Var(m.S, m.QUALIFIED, m.T, within=NonNegativeReals)
    m.N = Var(m.S, m.P, m.T, within=NonNegativeReals)
    m.E = Var(m.S, m.POOLS, m.T, within=NonNegativeReals)
    m.intake = Var(m.S, m.INTAKES, within=NonNegativeIntegers, bounds=t1_largest_cohort)
    m.runs = Var(m.S, m.INTAKES, within=Binary)
    m.v = Var(m.S, m.CONVERSIONS, m.T, within=NonNegativeReals)
    m.lost = Var(m.S, m.G, m.T, within=NonNegativeReals)
    m.sent = Var(m.S, m.GIVERS, m.T, within=NonNegativeIntegers, bounds=s4_course_quarters)
    m.V = Var(m.S, m.GIVERS, m.T, within=NonNegativeReals)
    m.H = Var(m.S, m.GIVERS, m.T, within=NonNegativeReals)
    m.U = Var(m.S, m.TREATS, m.T, within=NonNegativeReals)
    m.y = Var(m.CARE, m.T, within=NonNegativeReals)
    m.waiting = Var(m.CARE, m.T, within=NonNegativeReals)
    m.too_long = Var(m.CARE, m.T, within=NonNegativeReals)
    m.completed = Var(m.CARE, m.T, within=NonNegativeReals)
    m.b = Var(m.DIGITAL, m.T, within=NonNegativeIntegers, bounds=lambda m, v, s, i, t: (0, m.most_blocks[v, s, i]))
    m.oc = Var(m.C, m.T, within=NonNegativeReals, bounds=lambda m, s, c, t: (0, m.most_clinical[s, c]))
    m.ow = Var(m.C, m.T, within=NonNegativeReals, bounds=lambda m, s, c, t: (0, m.most_worker[s, c]))
    m.used = Var(m.STRETCHES, m.T, within=NonNegativeReals, bounds=lambda m, s, c, n, t: (0, m.width[s, c, n]))
    m.full = Var(m.BEFORE_LAST, m.T, within=Binary)
    m.carried = Var(m.R, within=NonNegativeReals, bounds=lambda m, r: (0, m.most_carried[r]))
    m.short_t6 = Var(m.S, m.T, within=NonNegativeReals)
    m.short_s1 = Var(m.S, m.K, m.T, within=NonNegativeReals)
    m.short_s3 = Var(m.S, m.K, m.T, within=NonNegativeReals)
    m.short_c2 = Var(m.CARE, m.T, within=NonNegativeReals)
    m.short_budget = Var(m.R, within=NonNegativeReals)
    m.short_limit = Var(m.LIMITS, within=NonNegativeReals)


def constrain(m: ConcreteModel) -> None:
    """State every rule of the page that is not a bound of a variable."""
    m.p1_arrivals = Constraint(m.S, m.QUALIFIED, m.T, rule=p1_arrivals)
    m.p1_later = Constraint(m.S, m.QUALIFIED, m.T, rule=p1_later)
    m.p1_in_post = Constraint(m.S, m.QUALIFIED, m.T, rule=p1_in_post)
    m.p2_eligible = Constraint(m.S, m.POOLS, m.T, rule=p2_eligible)
    m.p2_eligible_are_later = Constraint(m.S, m.POOLS, m.T, rule=p2_eligible_are_later)
    m.p3_posts = Constraint(m.S, m.QUALIFIED, m.T, rule=p3_posts)
    m.p6_shared_labour_market = Constraint(m.AREAS, m.T, rule=p6_shared_labour_market)
    m.t1_smallest_cohort = Constraint(m.S, m.INTAKES, rule=t1_smallest_cohort)
    m.t1_runs = Constraint(m.S, m.INTAKES, rule=t1_runs)
    m.t2_trainees = Constraint(m.S, m.P - m.QUALIFIED, m.T, rule=t2_trainees)
    m.t3_graduates = Constraint(m.S, m.G, m.T, rule=t3_graduates)
    m.t4_places = Constraint(m.PLACES, rule=t4_places)
    m.t5_internal_entry = Constraint(m.S, m.G, m.T, rule=t5_internal_entry)
    m.t6_trainees_to_qualified = Constraint(m.S, m.T, rule=t6_trainees_to_qualified)
    m.s1_supervision_hours = Constraint(m.S, m.K, m.T, rule=s1_supervision_hours)
    m.s2_hours_of_a_supervisor = Constraint(m.S, m.GIVERS, m.T, rule=s2_hours_of_a_supervisor)
    m.s3_trainees_per_supervisor = Constraint(m.S, m.K, m.T, rule=s3_trainees_per_supervisor)
    m.s4_supervisors = Constraint(m.S, m.GIVERS, m.T, rule=s4_supervisors)
    m.s5_share_who_supervise = Constraint(m.S, m.GIVERS, m.T, rule=s5_share_who_supervise)
    m.c1_time = Constraint(m.S, m.P, m.T, rule=c1_time)
    m.c2_sessions = Constraint(m.CARE, m.T, rule=c2_sessions)
    m.c3_queues = Constraint(m.CARE, m.T, rule=c3_queues)
    m.c4_waiting_too_long = Constraint(m.CARE, m.T, rule=c4_waiting_too_long)
    m.c5_completed_courses = Constraint(m.CARE, m.T, rule=c5_completed_courses)
    m.d1_share = Constraint(m.DIGITAL, m.T, rule=d1_share)
    m.o1_outreach_hours = Constraint(m.C, m.T, rule=o1_outreach_hours)
    m.o2_full_before_next = Constraint(m.BEFORE_LAST, m.T, rule=o2_full_before_next)
    m.o2_next_after_full = Constraint(m.BEFORE_LAST, m.T, rule=o2_next_after_full)
    m.charges = Expression(m.S, m.STREAMS, m.Y, rule=charges)
    m.b1_budget = Constraint(m.PLANNED, rule=b1_budget)
    m.b2_no_cliff_edge = Constraint(m.AFTER, rule=b2_no_cliff_edge)
    m.l1_at_most = Constraint(m.LIMITS, rule=l1_at_most)
    m.l1_at_least = Constraint(m.LIMITS, rule=l1_at_least)


# --- people -----------------------------------------------------------------------------------------------------------


def p1_arrivals(m: ConcreteModel, s: str, p: str, t: int) -> Linear:
    """Arrivals are hires, moves in and conversions."""
    hired = m.h[s, p, t] if (s, p) in m.MARKETS else 0
    moved = sum(m.m[s, a, b, t] for a, b in m.MOVES if b == p)
    converted = sum(m.v[s, g, q, t] for g, q in m.CONVERSIONS if q == p)
    return m.arrivals[s, p, t] == hired + moved + converted


def p1_later(m: ConcreteModel, s: str, p: str, t: int) -> Linear:
    """Later staff: those who stay, those who have been there a year by now, less moves and releases."""
    before = m.later[s, p, t - 1] if t > 1 else m.in_post_before[s, p] - m.first_year_before[s, p]
    a_year_ago = m.arrivals[s, p, t - 4] * (1 - m.f[p]) ** 4 if t > 4 else m.first_year_before[s, p] / 4 * (1 - m.f[p]) ** t
    released = m.release[s, p, t] if p in m.RELEASED else 0
    return m.later[s, p, t] == (1 - m.l[p]) * before + a_year_ago - sum(m.m[s, a, b, t] for a, b in m.MOVES if a == p) - released


def p1_in_post(m: ConcreteModel, s: str, p: str, t: int) -> Linear:
    """Staff in post are later staff, arrivals of the last four quarters, and those of the year before the plan."""
    arrived = sum(m.arrivals[s, p, t - a] * (1 - m.f[p]) ** a for a in range(4) if t - a >= 1)
    from_before = max(0, 4 - t) * m.first_year_before[s, p] / 4 * (1 - m.f[p]) ** t
    return m.N[s, p, t] == m.later[s, p, t] + arrived + from_before


def p2_eligible(m: ConcreteModel, s: str, p: str, n: int, t: int) -> Linear:
    """Eligible staff for moves after n quarters: those of before who stay, those who ripen, less those who move."""
    before = m.E[s, p, n, t - 1] if t > 1 else m.long_serving_before[s, p]
    moved = sum(m.m[s, a, b, t] for a, b in m.MOVES if a == p and m.minimum[a, b] >= n)
    return m.E[s, p, n, t] <= (1 - m.l[p]) * before + ripe(m, s, p, n, t) - moved


def ripe(m: ConcreteModel, s: str, p: str, n: int, t: int) -> Linear:
    """Staff who reach n quarters in post in a quarter."""
    if t > n:
        return m.arrivals[s, p, t - n] * (1 - m.f[p]) ** 4 * (1 - m.l[p]) ** (n - 4)
    age = n - t  # on the eve of the plan
    if age < 4:
        return m.first_year_before[s, p] / 4 * (1 - m.f[p]) ** (4 - age) * (1 - m.l[p]) ** (n - 4)
    between = m.in_post_before[s, p] - m.first_year_before[s, p] - m.long_serving_before[s, p]
    return between / (n - 4) * (1 - m.l[p]) ** t


def p2_eligible_are_later(m: ConcreteModel, s: str, p: str, n: int, t: int) -> Linear:
    """Eligible staff are among later staff."""
    return m.E[s, p, n, t] <= m.later[s, p, t]


def p3_posts(m: ConcreteModel, s: str, p: str, t: int) -> Linear:
    """Staff in post are at most the posts established."""
    return m.N[s, p, t] <= m.post_unit[s] * m.X[s, p, m.year[t]]


def p4_labour_market(m: ConcreteModel, s: str, p: str, t: int) -> tuple[float, float]:
    """Hires are at most what the market gives, and none in the lead."""
    return 0, m.most_hires[s, p] if t > m.lead[s, p] else 0


def p6_shared_labour_market(m: ConcreteModel, area: str, role: str, t: int) -> Linear:
    """Hires of a role take no more applicants than the labour market has for all services in it."""
    hired = [(s, p) for s, p in m.MARKETS if m.area[s, p] == area and m.role[p] == role]
    return sum(m.applicants_per_hire[s, p] * m.h[s, p, t] for s, p in hired) <= m.applicants[area, role, t]


# --- training ---------------------------------------------------------------------------------------------------------


def started(m: ConcreteModel, s: str, g: str, t: int) -> Linear:
    """People who start training in a quarter, before the plan too."""
    if t >= 1:
        return m.intake[s, g, t] if (g, t) in m.INTAKES else 0
    return m.began[s, g, t] if (s, g, t) in m.COHORTS else 0


def t1_largest_cohort(m: ConcreteModel, s: str, g: str, t: int) -> tuple[float, float]:
    """At most the largest cohort starts."""
    return 0, m.largest_cohort[g]


def t1_smallest_cohort(m: ConcreteModel, s: str, g: str, t: int) -> Linear:
    """A cohort that runs has its smallest number."""
    return m.intake[s, g, t] >= m.smallest_cohort[g] * m.runs[s, g, t] if m.smallest_cohort[g] > 1 else Constraint.Skip


def t1_runs(m: ConcreteModel, s: str, g: str, t: int) -> Linear:
    """Nobody starts in a cohort that does not run."""
    return m.intake[s, g, t] <= m.largest_cohort[g] * m.runs[s, g, t] if m.smallest_cohort[g] > 1 else Constraint.Skip


def t2_trainees(m: ConcreteModel, s: str, p: str, t: int) -> Linear:
    """Trainees in post are the cohorts under way, thinned; none where no programme trains."""
    if p not in m.TRAINEES:
        return m.N[s, p, t] == 0
    g = m.programme[p]
    return m.N[s, p, t] == sum(m.completion[g] ** (a / m.length[g]) * started(m, s, g, t - a) for a in range(m.length[g]))


def t3_graduates(m: ConcreteModel, s: str, g: str, t: int) -> Linear:
    """Graduates are converted or lost."""
    converted = sum(m.v[s, a, q, t] for a, q in m.CONVERSIONS if a == g)
    return converted + m.lost[s, g, t] == m.completion[g] * started(m, s, g, t - m.length[g])


def t4_places(m: ConcreteModel, g: str, t: int, region: str) -> Linear:
    """All services together, or those of the region, start no more people than there are places."""
    sharing = [s for s in m.S if region in ("", m.region[s])]
    return sum(m.intake[s, g, t] for s in sharing) <= m.places[g, t, region] if sharing and (g, t) in m.INTAKES else Constraint.Skip


def t5_internal_entry(m: ConcreteModel, s: str, g: str, t: int) -> Linear:
    """Those who come from the service are among the intake, or all of it."""
    into = [m.m[s, a, b, t] for a, b in m.MOVES if b == m.trainee_post[g]]
    if (g, t) not in m.INTAKES and not into:
        return Constraint.Skip
    return sum(into) <= started(m, s, g, t) if m.external[g] else sum(into) == started(m, s, g, t)


def t6_trainees_to_qualified(m: ConcreteModel, s: str, t: int) -> Linear:
    """So many trainees at most for each qualified clinician."""
    if not m.G:
        return Constraint.Skip
    qualified = sum(m.N[s, p, t] for p in m.CLINICAL)
    return sum(m.N[s, p, t] for p in m.TRAINEES) <= m.trainees_per_qualified * qualified + m.short_t6[s, t]


# --- supervision ------------------------------------------------------------------------------------------------------


def s1_supervision_hours(m: ConcreteModel, s: str, k: str, t: int) -> Linear:
    """Supervision given covers what staff need and what supervisors need themselves."""
    given = sum(m.H[s, p, a, t] for p, a in m.GIVERS if a == k)
    needed = sum(m.needed[p, a] * m.N[s, p, t] for p, a in m.NEEDS if a == k)
    own = m.own_hours[k] * sum(m.V[s, p, a, t] for p, a in m.GIVERS if a == k)
    return given + m.short_s1[s, k, t] >= needed + own


def s2_hours_of_a_supervisor(m: ConcreteModel, s: str, p: str, k: str, t: int) -> Linear:
    """A supervisor gives so many hours at most."""
    return m.H[s, p, k, t] <= m.gives[p, k] * m.V[s, p, k, t]


def s3_trainees_per_supervisor(m: ConcreteModel, s: str, k: str, t: int) -> Linear:
    """A supervisor has so many trainees at most."""
    trainees = [m.N[s, p, t] for p, a in m.NEEDS if a == k and p in m.TRAINEES]
    if not trainees:
        return Constraint.Skip
    return sum(trainees) <= m.trainees_per_supervisor[k] * sum(m.V[s, p, a, t] for p, a in m.GIVERS if a == k) + m.short_s3[s, k, t]


def s4_supervisors(m: ConcreteModel, s: str, p: str, k: str, t: int) -> Linear:
    """Supervisors are those who stay and those back from the course."""
    before = m.V[s, p, k, t - 1] if t > 1 else m.supervisors_before[s, p, k]
    back = m.sent[s, p, k, t - m.course_lag[k]] if t > m.course_lag[k] else 0
    return m.V[s, p, k, t] <= (1 - m.l[p]) * before + back


def s4_course_quarters(m: ConcreteModel, s: str, p: str, k: str, t: int) -> tuple[float, float | None]:
    """Nobody is sent on a course that does not run."""
    return 0, None if (k, t) in m.COURSES else 0


def s5_share_who_supervise(m: ConcreteModel, s: str, p: str, k: str, t: int) -> Linear:
    """Supervisors are a share of the staff at most."""
    return m.V[s, p, k, t] <= m.maximum_share[p, k] * m.N[s, p, t]


# --- care -------------------------------------------------------------------------------------------------------------


def bought(m: ConcreteModel, s: str, i: str, t: int) -> Linear:
    """Courses bought from digital providers."""
    return sum(m.block[v, s, i] * m.b[v, s, i, t] for v in m.PROVIDERS[s, i])


def all_started(m: ConcreteModel, s: str, i: str, t: int) -> Linear:
    """Courses started, own and bought; before the plan those carried over."""
    return m.y[s, i, t] + bought(m, s, i, t) if t >= 1 else m.carried_over[s, i]


def z(m: ConcreteModel, s: str, i: str, t: int) -> Linear:
    """Of the courses started in a quarter, those that will be completed."""
    if t < 1:
        return m.completes[s, i] * m.carried_over[s, i]
    worth = sum(m.quality[v, s, i] * m.block[v, s, i] * m.b[v, s, i, t] for v in m.PROVIDERS[s, i])
    return m.completes[s, i] * (m.y[s, i, t] + worth)


def stretches(m: ConcreteModel, s: str, c: str) -> range:
    """Numbers of the stretches of a community."""
    return range(1, m.last_stretch[s, c] + 1)


def extra_referrals(m: ConcreteModel, s: str, c: str, t: int) -> Linear:
    """Referrals that outreach brings, after the lag and over the taper."""
    found = 0
    for place in range(m.taper[s, c]):
        earned = t - m.lag[s, c] - place
        if earned >= 1:
            share = (m.taper[s, c] - place) / (m.taper[s, c] * (m.taper[s, c] + 1) / 2)
            found += share * sum(m.per_hour[s, c, n] * m.used[s, c, n, earned] for n in stretches(m, s, c))
    return found


def c1_time(m: ConcreteModel, s: str, p: str, t: int) -> Linear:
    """Treatment, supervision, outreach and courses fit into the clinical hours of staff in post."""
    used = [m.U[s, q, i, t] for q, i in m.TREATS if q == p]
    used += [m.weeks * m.H[s, q, k, t] + m.course_hours[k] * m.sent[s, q, k, t] for q, k in m.GIVERS if q == p]
    used += [m.oc[s, c, t] for c in m.COMMUNITIES[s] if m.outreach_post[s, c] == p]
    if not used:
        return Constraint.Skip
    arrived = m.arrivals[s, p, t] if p in m.QUALIFIED else started(m, s, m.programme[p], t) if p in m.TRAINEES else 0
    return sum(used) <= m.weeks * m.kappa[p] * (m.N[s, p, t] - (1 - m.starter_caseload[p]) * arrived)


def c2_sessions(m: ConcreteModel, s: str, i: str, t: int) -> Linear:
    """Courses get their hours: a share in the quarter they start, the rest in the next, and their assessment."""
    before = m.y[s, i, t - 1] if t > 1 else m.carried_over[s, i]
    work = m.w[s, i] * (m.phi[s, i] * m.y[s, i, t] + (1 - m.phi[s, i]) * before) + m.assessment[s, i] * m.y[s, i, t]
    return sum(m.U[s, p, j, t] for p, j in m.TREATS if j == i) + m.short_c2[s, i, t] >= work


def c3_queues(m: ConcreteModel, s: str, i: str, t: int) -> Linear:
    """People wait until they start or give up."""
    before = m.waiting[s, i, t - 1] if t > 1 else m.waiting_before[s, i]
    joined = m.route[s, i] * (m.referrals[s, t] + sum(extra_referrals(m, s, c, t) for c in m.COMMUNITIES[s]))
    if i == "high" and (s, "low") in m.CARE:
        joined += m.step_up[s, "low"] * all_started(m, s, "low", t - 1)
    return m.waiting[s, i, t] == (1 - m.give_up[s, i]) * before + joined - all_started(m, s, i, t)


def c4_waiting_too_long(m: ConcreteModel, s: str, i: str, t: int) -> Linear:
    """Whoever is beyond what the standard allows at this rate of starts waits too long."""
    return m.too_long[s, i, t] >= m.waiting[s, i, t] - m.wait_weeks[s, i] / m.weeks * all_started(m, s, i, t)


def c5_completed_courses(m: ConcreteModel, s: str, i: str, t: int) -> Linear:
    """Courses are completed in the quarter they start or the next."""
    return m.completed[s, i, t] == m.phi[s, i] * z(m, s, i, t) + (1 - m.phi[s, i]) * z(m, s, i, t - 1)


def d1_share(m: ConcreteModel, v: str, s: str, i: str, t: int) -> Linear:
    """Bought courses are a share of all courses started at most."""
    if (s, i) not in m.CARE:
        return Constraint.Skip
    return m.block[v, s, i] * m.b[v, s, i, t] <= m.largest_share[v, s, i] * all_started(m, s, i, t)


def o1_outreach_hours(m: ConcreteModel, s: str, c: str, t: int) -> Linear:
    """Outreach hours fill the stretches."""
    return m.oc[s, c, t] + m.ow[s, c, t] == sum(m.used[s, c, n, t] for n in stretches(m, s, c))


def o2_full_before_next(m: ConcreteModel, s: str, c: str, n: int, t: int) -> Linear:
    """A stretch counts as full only when it is."""
    return m.used[s, c, n, t] >= m.width[s, c, n] * m.full[s, c, n, t]


def o2_next_after_full(m: ConcreteModel, s: str, c: str, n: int, t: int) -> Linear:
    """The next stretch is used only once this one is full."""
    return m.used[s, c, n + 1, t] <= m.width[s, c, n + 1] * m.full[s, c, n, t]


# --- money ------------------------------------------------------------------------------------------------------------


def charges(m: ConcreteModel, s: str, stream: str, year: str) -> Linear:
    """All charges of a service to a stream in a year."""
    quarters = [t for t in m.T if m.year[t] == year]
    total = 0
    for p in m.P:
        if m.post_stream[p] == stream:
            if p in m.QUALIFIED:
                total += m.post_cost[s, p, year] * m.share_of_year[year] * m.post_unit[s] * m.X[s, p, year]
            elif p in m.TRAINEES:
                total += m.post_cost[s, p, year] / 4 * sum(m.N[s, p, t] for t in quarters)
            if p in m.RELEASED:
                total += m.release_cost[p] * sum(m.release[s, p, t] for t in quarters)
    total += sum(m.fee[g] * m.intake[s, g, t] for g, t in m.INTAKES if m.fee_stream[g] == stream and t in quarters)
    total += sum(m.course_cost[k] * m.sent[s, p, k, t] for p, k in m.GIVERS if m.course_stream[k] == stream for t in quarters)
    hired = [p for p in m.P if (s, p) in m.MARKETS and m.hire_stream[s, p] == stream]
    total += sum(m.hire_cost[s, p] * m.h[s, p, t] for p in hired for t in quarters)
    total += sum(m.worker_cost[s, c] * m.ow[s, c, t] for c in m.COMMUNITIES[s] if m.outreach_stream[s, c] == stream for t in quarters)
    bought_here = [(v, i) for i in m.I for v in m.PROVIDERS[s, i] if m.digital_stream[v, s, i] == stream]
    return total + sum(m.block_cost[v, s, i] * m.b[v, s, i, t] for v, i in bought_here for t in quarters)


def b1_budget(m: ConcreteModel, r: int) -> Linear:
    """Charges fit into the money of the row and what is carried in, less what is carried out."""
    charged = sum(m.charges[s, m.row_stream[r], m.row_year[r]] for s in m.S if m.row_service[r] in ("", s))
    carried_in = sum(m.carried[before] for row, before in m.BEFORE if row == r)
    return charged <= m.money[r] + carried_in - m.carried[r] + m.short_budget[r]


def b2_no_cliff_edge(m: ConcreteModel, r: int) -> Linear:
    """The last year's posts can be paid for in the year after."""
    posts = [(s, p) for s in m.S for p in m.QUALIFIED if m.row_service[r] in ("", s) and m.post_stream[p] == m.row_stream[r]]
    pay = sum(m.post_cost[s, p, m.after.value] * m.post_unit[s] * m.X[s, p, m.Y.last()] for s, p in posts)
    return pay <= m.money[r] + m.short_budget[r]


DECISIONS = {
    "posts": "X", "staff": "N", "hires": "h", "intake": "intake", "conversions": "v", "moves": "m", "releases": "release",
    "supervisors_trained": "sent", "outreach_clinical": "oc", "outreach_worker": "ow", "digital": "b", "starts": "y", "waiting": "waiting",
}  # fmt: skip
"""Variable of each decision that a limit may bound."""


def limited(m: ConcreteModel, decision: str, key: tuple[Any, ...]) -> Linear:
    """What a limit bounds at a place; 0 where there is nothing to decide."""
    if decision == "conversions":
        s, trainees, p, t = key
        key = s, m.programme[trainees] if trainees in m.TRAINEES else None, p, t
    elif decision == "digital":
        s, v, i, t = key
        key = v, s, i, t
    variables = m.component(DECISIONS[decision])
    unit = m.post_unit[key[0]] if decision == "posts" else 1
    return unit * variables[key] if key in variables else 0


def l1_at_most(m: ConcreteModel, limit: str, n: int) -> Linear:
    """A limit from above holds or is short."""
    decision, keys, sense, most = m.limited[limit, n]
    if sense == "at least":
        return Constraint.Skip
    return sum(limited(m, decision, key) for key in keys) <= most + m.short_limit[limit, n]


def l1_at_least(m: ConcreteModel, limit: str, n: int) -> Linear:
    """A limit from below holds or is short."""
    decision, keys, sense, least = m.limited[limit, n]
    if sense == "at most":
        return Constraint.Skip
    return sum(limited(m, decision, key) for key in keys) + m.short_limit[limit, n] >= least
