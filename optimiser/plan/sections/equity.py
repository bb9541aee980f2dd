"""Fairness: who comes, by community, and who is in post, by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.figures import SPARE, tally
from optimiser.plan.sections.names import or_nothing
from optimiser.words import NOTHING, percent

if TYPE_CHECKING:
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names


def access_table(f: Figures, n: Names) -> Table:
    """Each community's share of need against its share of those who come, without the plan's outreach and with it."""
    everybody = tally((r.service, r.referrals) for r in f.data.demand if r.quarter in f.quarters)
    came, short = (tally(((r.service, r.community), getattr(r, name)) for r in f.answer.access) for name in ("came", "short"))
    rows = []
    for r in f.data.communities:
        there, due = came[r.service, r.community], r.need * everybody[r.service]
        rate = [share / r.need if r.need else None for share in (r.referred, there / everybody[r.service] if everybody[r.service] else 0.0)]
        missed = max(0.0, due - r.referred * everybody[r.service])
        shares = [percent(r.need, 1), percent(r.referred, 1), *(NOTHING if x is None else percent(x, 0) for x in rate)]
        rows.append(
            (
                n.services[r.service], r.community, *((NOTHING,) * 4 if n.counts.publishable else shares), n.people(there),
                n.people(missed), n.people(short[r.service, r.community]),
            )
        )  # fmt: skip
    return Table(
        "access",
        "Who comes, by community, over the whole plan",
        ("Service", "Community", "Need", "Referrals now", "Without outreach", "In the plan", "People who come", "Without outreach", "In the plan"),
        tuple(rows),
        "hh" + "r" * 7,
        groups=(("", 2), ("Share of", 2), ("Come, of those due", 2), ("", 1), ("People short", 2)),
        note="Due to a community is its share of need in the referrals there are without outreach. 100% is its fair share. People are counted "
        "short quarter by quarter: more in one quarter makes up for nothing in another.",
    )


def representation_table(f: Figures, n: Names) -> Table:
    """Groups among the staff of a post: their share now and in the last quarter, against the share wanted."""
    last = f.quarters[-1]
    end = {(r.service, r.post, r.group): r for r in f.answer.representation if r.quarter == last}
    places = tally(((r.service, r.post, r.group), r.wte) for r in f.answer.targeted_places)
    rows = []
    for r in f.data.representation:
        key = (r.service, r.post, r.group)
        if key in end:
            staff = f.staff[r.service, r.post, last]
            share = end[key].wte / staff if staff > SPARE else None
            shares = [percent(r.now, 0), NOTHING if share is None else percent(share, 0), percent(r.target, 0)]
            if n.counts.publishable:
                shares = [NOTHING] * 3
            counts = (n.wte(end[key].wte), n.wte(end[key].short), or_nothing(n.wte(places[key])))
            rows.append((n.services[r.service], n.posts[r.post], r.group, *shares, *counts))
    return Table(
        "representation",
        "Groups among the staff of a post",
        ("Service", "Post", "Group", "Now", "At the end", "Wanted", "Staff at the end (WTE)", "Short (WTE)", "Targeted places"),
        tuple(rows),
        "hhh" + "r" * 6,
        groups=(("", 3), ("Share of the post's staff", 3), ("", 3)),
        note="Expected numbers: leavers leave alike, and those hired or promoted belong to the group in the shares the input states.",
    )
