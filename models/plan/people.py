"""Chapter "People" of the page: staff in post, time in post before a move, posts, labour market, releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, NonNegativeIntegers, NonNegativeReals, Set, Var

from models.plan.retention import kept

if TYPE_CHECKING:
    from models.plan.facts import Expression


def declare(m: ConcreteModel) -> None:
    """Decide posts, hires, moves and releases; arrivals, later staff, staff in post and eligible staff follow."""
    d = m.facts
    m.SP = Set(initialize=[(s, p) for s in d.S for p in d.qualified])
    m.MOVES = Set(initialize=[(p, q) for p, q, _ in d.moves], dimen=2)
    m.POOLS = Set(initialize=sorted({(p, n) for p, _, n in d.moves if n > d.fresh}), dimen=2)
    people = people_domain(m)
    m.posts_units = Var(m.SP, d.data.years, domain=NonNegativeIntegers)
    m.hires = Var(sorted(d.market), domain=people)
    m.moves = Var(m.MOVES, d.S, d.T, domain=people)
    m.releases = Var(m.SP, d.T, domain=people)
    m.arrivals = Var(m.SP, d.T, domain=NonNegativeReals)
    m.later = Var(m.SP, d.T, domain=NonNegativeReals)
    m.in_post = Var(d.S, list(d.post), d.T, domain=NonNegativeReals)
    m.eligible = Var(m.POOLS, d.S, d.T, domain=NonNegativeReals)


def people_domain(m: ConcreteModel) -> Expression:
    """Domain of people who arrive, move and go: expected numbers, or whole ones where Settings says so."""
    return NonNegativeIntegers if m.facts.data.settings.whole_people else NonNegativeReals


def posts(m: ConcreteModel, s: str, p: str, year: str) -> Expression:
    """Posts established in WTE."""
    return m.facts.service[s].post_unit * m.posts_units[s, p, year]


def posts_filled(m: ConcreteModel, s: str, p: str, t: int) -> Expression:
    """Posts taken up: staff in post, each on reduced hours for their share, less those above the establishment."""
    over = m.over_establishment[s, p, t] if (s, p, t) in m.over_establishment else 0.0
    return m.in_post[s, p, t] - hours_given_up(m, s, p, t) - over


def hours_given_up(m: ConcreteModel, s: str, p: str, t: int) -> Expression:
    """What reduced hours take from the staff in post, in WTE (rule P8)."""
    return (1 - m.facts.reduced_hours[s, p].share) * m.reduced_hours[s, p, t] if (s, p, t) in m.reduced_hours else 0.0


def _leaving_by_choice(m: ConcreteModel, s: str, p: str, t: int) -> Expression:
    return sum(m.moves[p, q, s, t] for a, q in m.MOVES if a == p) + m.releases[s, p, t]


def p1_staff_in_post(m: ConcreteModel) -> None:
    """Staff of a qualified post: arrivals of the last four quarters, thinned, and later staff, thinned, less moves and releases."""
    d = m.facts
    n = d.fresh

    @m.Constraint(m.SP, d.T)
    def p1_arrivals(m: ConcreteModel, s: str, p: str, t: int) -> Expression:
        hired = (1 - d.recruitment[s, p].lost_on_arrival) * m.hires[s, p, t] if (s, p, t) in m.hires else 0
        moved_in = sum((1 - d.flow[a, p].lost_on_move) * m.moves[a, p, s, t] for a, q in m.MOVES if q == p)
        converted = sum(m.conversions[g, q, s, t] for g, q in m.CONVERSIONS if q == p)
        return m.arrivals[s, p, t] == hired + moved_in + converted

    @m.Constraint(m.SP, d.T)
    def p1_later_staff(m: ConcreteModel, s: str, p: str, t: int) -> Expression:
        f, later = d.first_year_rate(p), d.later_rate(p)
        before = m.later[s, p, t - 1] if t > 1 else d.later_at_start(s, p)
        matured = (1 - f) ** n * m.arrivals[s, p, t - n] if t > n else d.maturing_from_start(s, p, t)
        return m.later[s, p, t] == (1 - later) * before + kept(m, s, p, t) + matured - _leaving_by_choice(m, s, p, t)

    @m.Constraint(m.SP, d.T)
    def p1_in_post(m: ConcreteModel, s: str, p: str, t: int) -> Expression:
        f = d.first_year_rate(p)
        first_year = sum((1 - f) ** a * m.arrivals[s, p, t - a] for a in range(n) if t - a >= 1)
        return m.in_post[s, p, t] == m.later[s, p, t] + first_year + d.first_year_from_start(s, p, t)


def p2_time_in_post(m: ConcreteModel) -> None:
    """Who has been in post for a flow's minimum (longer than the first year) is kept as a pool; moves draw it down."""
    d = m.facts

    @m.Constraint(m.POOLS, d.S, d.T)
    def p2_pool(m: ConcreteModel, p: str, n: int, s: str, t: int) -> Expression:
        f, later = d.first_year_rate(p), d.later_rate(p)
        before = m.eligible[p, n, s, t - 1] if t > 1 else d.start_staff.get((s, p), (0.0,) * 4)[2]
        ripe = (1 - f) ** d.fresh * (1 - later) ** (n - d.fresh) * m.arrivals[s, p, t - n] if t > n else d.ripening_from_start(s, p, n, t)
        moved = sum(m.moves[a, q, s, t] for a, q, least in d.moves if a == p and least >= n)
        return m.eligible[p, n, s, t] <= (1 - later) * before + ripe - moved

    @m.Constraint(m.POOLS, d.S, d.T)
    def p2_pool_in_later_staff(m: ConcreteModel, p: str, n: int, s: str, t: int) -> Expression:
        return m.eligible[p, n, s, t] <= m.later[s, p, t]


def p3_posts(m: ConcreteModel) -> None:
    """Nobody is in post without a post: the posts filled are at most those established in the year."""
    d = m.facts

    @m.Constraint(m.SP, d.T)
    def p3_posts(m: ConcreteModel, s: str, p: str, t: int) -> Expression:
        return posts_filled(m, s, p, t) <= posts(m, s, p, d.year[t])


def p4_labour_market(m: ConcreteModel) -> None:
    """Hires are at most what the market lets the service recruit in the quarter."""
    for key, maximum in m.facts.market.items():
        m.hires[key].setub(maximum)


def p5_releases(m: ConcreteModel) -> None:
    """Contracts are ended only in posts that have a release cost."""
    for s, p, t in m.releases:
        if m.facts.post[p].release_pounds is None:
            m.releases[s, p, t].fix(0.0)
