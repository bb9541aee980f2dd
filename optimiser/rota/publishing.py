"""A rota published: a checklist every item of which passes or is overridden with a reason, and a copy that is frozen under a digest.

Publications follow one another, of the same week (mended) or of the next. Calendars of a later one update those of the one before it: what changed
has a higher sequence number, what is no longer held is cancelled, other weeks stay as they were. What was overridden is carried from one to the next.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from optimiser.engine import Refusal, free, taking_the_place_of
from optimiser.page import Table, render
from optimiser.rota.calendars import calendars
from optimiser.rota.check import check
from optimiser.rota.compare import compare
from optimiser.rota.sections import View
from optimiser.rota.week import rule_for
from optimiser.words import day_words, listing, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from optimiser.rota.data import RotaInput
    from optimiser.rota.results import Written

SEAL = "published.json"
"""File of a publication that says what it is: when, of what, the checklist, and the digest of every other file."""

State = Literal["passed", "failed", "overridden"]


@dataclass(frozen=True)
class Item:
    """An item of the checklist. ``code`` is its name; the manager may override those that are ``open`` to it, with a reason."""

    code: str
    what: str
    state: State
    detail: str = ""
    reason: str = ""
    open: bool = True


def checklist(data: RotaInput, result: Written, digest: str, overrides: Mapping[str, str]) -> tuple[Item, ...]:
    """Go through everything that must hold before a rota is published.

    Parameters
    ----------
    data : RotaInput
        Input as it stands in the result's workbook.
    result : Written
        The rota.
    digest : str
        Digest of ``data``.
    overrides : mapping
        Reason by code of an item.
    """
    found = []
    for code, what, detail, may in _items(data, result, digest):
        reason = overrides.get(code, "") if detail and may else ""
        found.append(Item(code, what, "passed" if not detail else "overridden" if reason else "failed", detail, reason, may))
    return tuple(found)


def _items(data: RotaInput, result: Written, digest: str) -> Iterator[tuple[str, str, str, bool]]:
    """Code, what must hold, what stands against it (blank: nothing), and whether the manager may override it."""
    answer, run = result.answer, result.run
    faults = [str(finding) for finding in check(data, answer).findings if finding.severity == "error"]
    yield "check", "The independent check finds no fault in it", listing(faults, most=3), False
    changed = run.get("digest") not in (None, digest)
    yield "input", "It was made from the input in its workbook", "The workbook is another than the one it was made from." if changed else "", True
    trainees = {person.staff for person in data.staff if person.trainee}
    missing: dict[str, list[str]] = defaultdict(list)
    for row in View(data, answer).missing:
        missing["trainees" if row.staff in trainees else "staff"].append(f"{row.staff} ({row.kind})")
    for code, what in (("trainees", "Every trainee has all the supervision that falls due"), ("staff", "Everyone else has")):
        yield code, what, listing(missing[code], most=10), True
    bent: dict[str, int] = defaultdict(int)
    for place in answer.bent:
        if place.priority == "Must" and place.rule != "N1":
            bent[place.rule] += place.amount
    short = bent.pop("D1", 0)
    yield "duty", "Somebody experienced can be consulted in every opening hour", f"{named(short, 'person', 'people')} short" if short else "", True
    told = [f"{rule} by {amount}: {rule_for(data, rule).sentence or rule}" for rule, amount in sorted(bent.items())]  # type: ignore[arg-type]  # ids of rules
    yield "musts", "Every other must is kept", "; ".join(told), True
    warnings = [f for f in run.get("findings", ()) if f.get("severity") == "warning"]
    yield "warnings", "The input gave no cause for warnings", listing([f.get("where", "") for f in warnings], most=6), True
    nameless = sorted({row.staff for row in answer.attendance} - {row.staff for row in data.names}) if data.names else []
    yield "names", "Everyone who has a session has a name, where names are used", listing(nameless, most=10), True


def publish(
    data: RotaInput,
    result: Written,
    digest: str,
    out: Path,
    overrides: Mapping[str, str],
    *,
    earlier: Path | None = None,
    senior: str = "",
    force: bool = False,
) -> tuple[Item, ...]:
    """Publish a rota into a folder, if every item of the checklist passes or is overridden; else write nothing.

    Parameters
    ----------
    out : Path
        Folder of the publication.
    earlier : Path, optional
        Folder of the publication before it, of this week or of another, whose calendars this one's update.
    senior : str
        Staff id of the senior therapist who oversees supervision; named on the page made for them.

    Raises
    ------
    Refusal
        An override is of no item, has no reason or is of one that cannot be overridden; ``earlier`` is no publication, or was changed since;
        ``out`` is in use; nobody has the id ``senior``.
    """
    items = checklist(data, result, digest, overrides)
    for code, reason in overrides.items():
        item = next((item for item in items if item.code == code), None)
        if item is None or not item.open or not reason.strip():
            why = "is no item of the checklist" if item is None else "cannot be overridden" if not item.open else "needs a reason"
            raise Refusal("PUB-01", f"{code} {why}.", fix=f"Items: {listing([i.code for i in items if i.open])}. Write CODE=REASON.")
    if senior and senior not in {person.staff for person in data.staff}:
        raise Refusal("PUB-02", f"Nobody in Staff is called {senior}.", fix="Give the staff id as it stands in Staff.")
    before = sealed(earlier) if earlier is not None else None
    free(out, force, result.folder)
    if any(item.state == "failed" for item in items):
        return items
    when = datetime.now(UTC).replace(microsecond=0)
    view = View(data, result.answer)
    with taking_the_place_of(out) as fresh:
        shutil.copytree(result.folder, fresh, dirs_exist_ok=True)
        shutil.rmtree(fresh / "calendars", ignore_errors=True)
        (fresh / "calendars").mkdir()
        known = {path.name: path.read_bytes() for path in (earlier / "calendars").glob("*.ics")} if earlier is not None else {}
        for name, content in calendars(view, known, when.replace(tzinfo=None).isoformat()).items():
            (fresh / "calendars" / name).write_bytes(content)
        (fresh / "oversight.html").write_text(_page(view, items, when, senior, earlier, _chain(before)), encoding="utf-8", newline="\n")
        files = {path.relative_to(fresh).as_posix(): _digest(path) for path in sorted(fresh.rglob("*")) if path.is_file() and path.name != SEAL}
        seal = {
            "published": when.isoformat(), "week": data.settings.week_commencing, "service": data.settings.service, "digest": digest,
            "checklist": [asdict(item) for item in items], "overrides": sum(item.state == "overridden" for item in items),
            "follows": before and before["seal"], "earlier": _chain(before), "senior": senior, "files": files,
        }  # fmt: skip
        seal["seal"] = hashlib.sha256(json.dumps(seal, sort_keys=True).encode()).hexdigest()
        (fresh / SEAL).write_text(json.dumps(seal, indent=1) + "\n", encoding="utf-8", newline="\n")
    return items


def _chain(before: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Every publication before this one, the first of them first: its week, when it was published, and the reasons of what was overridden."""
    if before is None:
        return []
    reasons = {item["code"]: item["reason"] for item in before["checklist"] if item["state"] == "overridden"}
    last = {"week": before["week"], "published": before["published"], "seal": before["seal"], "overridden": reasons}
    return [*before.get("earlier", ()), last]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sealed(folder: Path) -> dict[str, Any]:
    """Read what a publication says of itself, and see that it is as it was published.

    Raises
    ------
    Refusal
        It is no publication, or a file of it was changed, taken away or added since.
    """
    try:
        seal: dict[str, Any] = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        files: dict[str, str] = seal["files"]
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise Refusal("PUB-03", f"{folder} is not a publication: it has no {SEAL} that can be read.", where=str(folder),
                      fix="Name the folder that `optimiser publish` wrote.") from wrong  # fmt: skip
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file() and path.name != SEAL}
    changed = sorted({name for name in {*files, *there} if name not in there or name not in files or _digest(there[name]) != files[name]})
    if changed:
        raise Refusal("PUB-04", f"{folder} is not as it was published: {listing(changed, most=5)} changed since.", where=str(folder),
                      fix="Publish again, and give what was published before as it was.")  # fmt: skip
    return seal


def _page(view: View, items: tuple[Item, ...], when: datetime, senior: str, earlier: Path | None, chain: list[dict[str, Any]]) -> str:
    """The page for the senior therapist who oversees supervision."""
    from optimiser.rota.results import written

    since = compare(written(earlier).answer, view.answer) if earlier is not None else None
    rows = tuple((item.what, item.state, item.detail or "\N{EN DASH}", item.reason or "\N{EN DASH}") for item in items)
    missing = tuple(
        (view.names.full(row.staff), view.names.lacking(row), view.names.text(row.because), view.names.text(row.help)) for row in view.missing
    )
    load = tuple(
        (view.names.full(row.staff), str(row.people), str(row.trainees), str(row.minutes), str(row.fair_minutes), str(row.duty_turns))
        for row in view.load
    )
    monday = view.data.settings.week_commencing
    what = {item.code: item.what for item in items}
    before = tuple((was["week"], was["published"][:10], what.get(code, code), reason) for was in chain for code, reason in was["overridden"].items())
    return render(
        "oversight.html.j2",
        title=f"{view.data.settings.title}: supervision overseen",
        subtitle=f"Week from {day_words(monday)} {monday[:4]}, published {day_words(when.date().isoformat())} at {when:%H:%M} UTC",
        senior=view.names.full(senior) if senior else "",
        overridden=sum(item.state == "overridden" for item in items),
        checklist=Table("checklist", "Checklist of the publication", ("What must hold", "State", "What stands against it", "Reason"), rows, "hlll"),
        publications=len(chain),
        before=Table("before", "Overridden before", ("Week from", "Published", "What must hold", "Reason"), before, "hlll"),
        missing=Table("missing", "Who lacks supervision this week", ("Who", "What", "Why", "What would help"), missing, "hlll"),
        load=Table("load", "What supervisors give", ("Who", "People", "Trainees", "Minutes", "Fair share", "Duty turns"), load, "hrrrrr"),
        changes=None
        if since is None
        else Table(
            "changes",
            "Changed since the publication before",
            ("Session", "What", "Before", "Now"),
            tuple(tuple(row) for row in since.sessions),
            "hlll",
        ),
        footer=["Published with the optimiser. A rota is a proposal until somebody who knows the staff has read it."],
    )
