"""Employment advisers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.examine.findings import error, warning
from optimiser.plan.examine.reach import posts_in_reach, too_late

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding


def examine_advisers(data: PlanInput) -> Iterator[Finding]:
    """Advisers in posts that cannot be held, or that treat people themselves."""
    posts = {p.post: p for p in data.posts}
    reach = posts_in_reach(data)
    for row in data.employment_advisers:
        key, post = [row.service, row.post], posts[row.post]
        if post.contract == "trainee":
            yield error("IN-03", "Employment advisers", key, f"{row.post} is a trainee post.", "Name the post that advisers hold.")
        elif post.low or post.high:
            what = f"{row.post} treats people, so its own staff are counted among those who need an adviser."
            yield warning("IN-11", "Employment advisers", key, what, "Give advisers a post of their own that gives no courses.")
        elif row.post not in reach[row.service]:
            what = "Nobody at the service can ever hold this post, so its advisers will always be short."
            yield warning("PRE-01", "Employment advisers", key, what, "Add staff or Recruitment for the post.")
        if too_late(data, row.from_quarter):
            yield warning("IN-14", "Employment advisers", key, "It holds only after the plan's end.", "Check From, or plan more quarters.")
