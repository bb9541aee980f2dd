"""Language: Languages and Speakers."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.plan.examine.findings import ALMOST, error, warning
from optimiser.plan.examine.reach import posts_in_reach
from optimiser.words import listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding

USUAL_INTERPRETER = 150.0
"""Cost in £ of an interpreter's hour above which is asked; agencies charge £25 to £90 for common languages and up to £150 for rare ones."""


def examine_languages(data: PlanInput) -> Iterator[Finding]:
    """Shares of languages, costs of interpreters, and speakers nobody needs."""
    treated = {c.service for c in data.care}
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for row in data.languages:
        key = [row.service, row.language]
        shares[row.service][row.language] = row.share
        if row.service not in treated:
            yield error("IN-13", "Languages", key, "Care has no row for the service.", "Add its rows to Care, or delete this one.")
        if row.share == 0:
            yield warning("IN-14", "Languages", key, "No course needs the language: the share is 0.", "Raise it, or delete the row.")
        if row.interpreter_pounds == 0:
            yield warning("IN-11", "Languages", key, "Interpreters cost nothing.", "Check the cost of an hour.")
        elif row.interpreter_pounds > USUAL_INTERPRETER:
            what = f"£{row.interpreter_pounds:,.0f} for an hour of an interpreter is more than rare languages cost."
            yield warning("IN-11", "Languages", key, what, "Check that it is the cost of an hour, not of a course.")
    for service, by_language in shares.items():
        if sum(by_language.values()) > 1 + ALMOST:
            what = f"The shares of {listing(list(by_language))} add up to {sum(by_language.values()):g}."
            yield error("IN-03", "Languages", [service], what, "Shares of courses must not add up to more than 1.")
    posts, reach = {p.post: p for p in data.posts}, posts_in_reach(data)
    for speaker in data.speakers:
        key = [speaker.post, speaker.language]
        if not (posts[speaker.post].low or posts[speaker.post].high):
            yield warning("IN-14", "Speakers", key, "The post gives no courses, so nobody is treated by it in any language.", "Delete the row.")
        elif not any(speaker.post in reach[row.service] for row in data.languages if row.language == speaker.language):
            what = "No service that needs the language can ever have staff in this post."
            yield warning("IN-14", "Speakers", key, what, "Add staff, Recruitment or Flows for the post, or delete the row.")
