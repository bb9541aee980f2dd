"""From an export of staff in post to the plan's Staff table: which column is what, which post each row is, what cannot be placed.

An export is a table with a row for each person or each post, as an electronic staff record gives it. Only the columns of :data:`FIELDS` are
read. What comes out is sums by service and post: nothing of any person is kept, and messages name rows by their numbers.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from optimiser.engine import Misfit, Refusal
from optimiser.plan.data import Flow, Post, Service, Settings, Staff, quarter_label, quarter_number
from optimiser.result import Finding
from optimiser.tables import read, write_folder
from optimiser.tables.reading import is_personal
from optimiser.tables.schema import normal, tables_of
from optimiser.tables.sources import Unreadable, bare, rows_of, shown
from optimiser.words import listing, named, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "service": (
        "the service that employs them",
        ("service", "organisation", "organization", "org", "employer", "team", "department", "directorate", "cost centre", "locality", "borough",
         "site", "provider", "org l5", "org l4", "org l3"),
    ),
    "role": (
        "the role, or the post",
        ("post", "role", "job role", "job title", "position title", "position", "position name", "role title", "job", "post title", "title"),
    ),
    "band": (
        "the Agenda for Change band",
        ("band", "pay band", "afc band", "grade", "pay grade", "payscale", "pay scale", "pay scale description", "agenda for change band"),
    ),
    "contract": (
        "permanent, fixed term or trainee",
        ("contract", "contract type", "type of contract", "employment type", "employee category", "assignment category", "employment status",
         "permanent or fixed term"),
    ),
    "wte": (
        "whole-time equivalent in post",
        ("wte", "fte", "in post wte", "wte in post", "fte in post", "contracted wte", "contracted fte", "actual wte", "actual fte", "staff in post",
         "in post", "fte actual", "wte actual", "assignment fte", "assignment wte", "whole time equivalent", "full time equivalent"),
    ),
    "started": (
        "the day they started in the post",
        ("started in post", "date in post", "position start date", "start date in position", "assignment start date", "date started in post",
         "start date in post", "in post since", "start date", "started", "date started", "latest start date", "latest hire date", "hire date",
         "date of joining", "joining date"),
    ),
    "established": (
        "posts established, vacancies included",
        ("established", "establishment", "established wte", "establishment wte", "establishment fte", "budgeted wte", "budgeted fte", "budget wte",
         "budget fte", "funded wte", "funded fte", "fte budget", "wte budget"),
    ),
}  # fmt: skip
"""What a column can be: in words, and the headings by which it is guessed, the surest first."""

NOTHING = "nothing"
"""What a column is that is not to be used."""

_NEEDED = ("role", "wte", "started")
_NUMBERS_OF_PEOPLE = re.compile(
    r"((employee|staff|assignment|person|payroll|esr|worker|user) )?(number|no|id|identifier|ref|reference|payroll)|assignment|ni no.*"
    r"|(hcpc|nmc|bacp|babcp|gmc|registration) ?(number|no|pin|body|registration)?.*|(line )?manager.*|supervisor.*|salary.*|basic pay.*"
)
"""Headings of further columns that name or number one person, as words in lower case."""

_LOOK = 30
"""Rows of a sheet among which its headings are looked for."""
_DATES = ("%d/%m/%Y", "%Y-%m-%d", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%d-%b-%y", "%Y-%m-%d %H:%M:%S")


class Frame(BaseModel):
    """What of a plan's input says where a row belongs."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    settings: Settings = Field(alias="Settings")
    services: tuple[Service, ...] = Field(alias="Services", min_length=1)
    posts: tuple[Post, ...] = Field(alias="Posts", min_length=1)
    flows: tuple[Flow, ...] = Field(alias="Flows", default=())


class _Held(Frame):
    """The same with the staff there are."""

    staff: tuple[Staff, ...] = Field(alias="Staff", default=())


class StaffTable(BaseModel):
    """The Staff table alone."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    staff: tuple[Staff, ...] = Field(alias="Staff", default=())


@dataclass(frozen=True)
class Export:
    """An export with its columns told apart: ``columns`` says where each field stands, ``personal`` and ``unused`` are headings not read."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[int, Sequence[object]], ...]
    columns: Mapping[str, int]
    personal: tuple[str, ...]
    unused: tuple[str, ...]

    def told(self) -> list[str]:
        """Which column is what, in words, for whoever has to say yes to it."""
        width = max((len(self.headings[j]) for j in self.columns.values()), default=0)
        lines = [f"In {self.name}, {named(len(self.rows), 'row')}:"]
        lines += [f"  {self.headings[j]:<{width}}  is {field}: {FIELDS[field][0]}" for field, j in self.columns.items()]
        if self.personal:
            lines.append(f"  Personal, never kept: {listing(self.personal)}.")
        if self.unused:
            lines.append(f"  Not used: {listing(self.unused, most=20)}.")
        return lines


@dataclass(frozen=True)
class Placed:
    """Rows of Staff; ``problems`` are rows that could not be placed, ``remarks`` what else there is to know."""

    staff: tuple[Staff, ...]
    problems: tuple[Finding, ...]
    remarks: tuple[str, ...]


# --- reading ----------------------------------------------------------------------------------------------------------


def frame_of(path: Path) -> tuple[Frame | None, tuple[Finding, ...]]:
    """Services, posts and flows of the plan that the staff are for; None, with findings, where they cannot be read."""
    loaded = read(path, Frame)
    return loaded.data, tuple(f for f in loaded.findings if f.severity == "error")


def has_staff(path: Path) -> bool:
    """Whether there is anything in the plan's Staff table that would be written over."""
    loaded = read(path, _Held)
    return loaded.data is None or bool(loaded.data.staff)


def open_export(path: Path, asked: Mapping[str, str]) -> Export:
    """Read an export and tell its columns apart.

    Parameters
    ----------
    path : Path
        Workbook or CSV file.
    asked : mapping
        Field (or :data:`NOTHING`) by heading, as the user says; the other columns are guessed by their headings.

    Raises
    ------
    Misfit
        It cannot be read, has no heading that is known, or lacks a column that is needed: all that is missing is named at once.
    """
    try:
        sheets = rows_of(path)
    except Unreadable as problem:
        f = problem.finding
        raise Misfit(f.code, f.what, where=f.where, fix=f.fix) from problem
    known = {normal(alias) for _, aliases in FIELDS.values() for alias in aliases} | {normal(heading) for heading in asked}
    found = [(sum(normal(cell) in known for cell in cells), -i, title) for title, rows in sheets.items() for i, (_, cells) in enumerate(rows[:_LOOK])]
    most, place, title = max(found, default=(0, 0, path.name))
    if most == 0:
        raise Misfit(
            "IN-02", "No column of a staff export is there.", where=path.name, fix=f"Needed: {_needed_words(_NEEDED)}. Say which with --map."
        )
    rows = sheets[title]
    cells = rows[-place][1]
    headings = tuple(bare(cell).strip() if cell is not None else "" for cell in cells)
    columns, private = _told_apart(headings, asked, path.name)
    missing = [field for field in _NEEDED if field not in columns]
    if missing:
        there = listing([h for j, h in enumerate(headings) if h and j not in private], most=30)
        fix = f'Say which column it is with --map "COLUMN={missing[0]}", or add it to the export. Columns there: {there}.'
        raise Misfit("IN-02", f"No column tells {_needed_words(missing)}.", where=path.name, fix=fix)
    used = set(columns.values())
    return Export(
        name=path.name if title == path.name else f"{path.name}, sheet {title}",
        headings=headings,
        rows=tuple(rows[-place + 1 :]),
        columns=columns,
        personal=tuple(headings[j] for j in sorted(private)),
        unused=tuple(h for j, h in enumerate(headings) if h and j not in used and j not in private),
    )


def _needed_words(fields: Sequence[str]) -> str:
    return listing([f"{FIELDS[field][0]} ({field})" for field in fields])


def _private(heading: str) -> bool:
    words = " ".join(re.findall(r"[a-z0-9]+", heading.lower()))
    return is_personal(heading) or _NUMBERS_OF_PEOPLE.fullmatch(words) is not None


def _told_apart(headings: Sequence[str], asked: Mapping[str, str], name: str) -> tuple[dict[str, int], set[int]]:
    """Where each field stands, and where personal columns stand."""
    # A heading that is an alias of a field is not taken for personal ("title" is a role here), nor one that is asked for as nothing.
    aliases = {normal(alias) for _, names in FIELDS.values() for alias in names}
    private = {j for j, heading in enumerate(headings) if heading and normal(heading) not in aliases and _private(heading)}
    place = {normal(heading): j for j, heading in reversed(list(enumerate(headings))) if heading}
    taken: dict[int, str] = {}
    for heading, field in asked.items():
        j = place.get(normal(heading))
        if j is None:
            near = get_close_matches(heading, [h for i, h in enumerate(headings) if h and i not in private], 1, 0.5)
            raise Misfit("IN-02", f"There is no column {shown(heading)}.", where=name, fix=f"Did you mean {shown(near[0])}?" if near else "")
        if j in private and field != NOTHING:
            raise Misfit("IN-10", f"The column {shown(heading)} is personal and is never read.", where=name, fix="Map another column.")
        if field != NOTHING and field in taken.values():
            raise Misfit("IN-02", f"Two columns are asked for as {field}.", where=name, fix="Map one of them.")
        taken[j] = field
    columns = {field: j for j, field in taken.items() if field != NOTHING}
    for field, (_, names) in FIELDS.items():
        guess = next((place[normal(alias)] for alias in names if place.get(normal(alias), -1) not in (-1, *taken)), None)
        if field not in columns and guess is not None:
            columns[field] = guess
            taken[guess] = field
    return {field: columns[field] for field in FIELDS if field in columns}, private


# --- placing ----------------------------------------------------------------------------------------------------------


def place(export: Export, frame: Frame, means: Mapping[str, str]) -> Placed:
    """Add the rows of an export up by service and post.

    ``means`` says of a role or a service as the export writes it what the plan calls it. A row counts as first year where it started in
    one of the quarters before the plan that make up a first year, as long serving where it meets every minimum time in Flows out of its post.
    """
    called = {normal(text): name for text, name in means.items()}
    eve = quarter_number(frame.settings.first_quarter) - 1
    first_year = frame.settings.first_year_quarters
    longest = {p.post: max([first_year, *(f.minimum_quarters for f in frame.flows if f.from_post == p.post)]) for p in frame.posts}
    sums: dict[tuple[str, str], list[float]] = {}
    cohorts: dict[tuple[str, str, str], int] = {}
    problems: list[Finding] = []
    for row_number, values in export.rows:
        row = {field: values[j] if j < len(values) else None for field, j in export.columns.items()}
        if all(_blank(value) for value in row.values()):
            continue
        wrong: list[tuple[str, str]] = []
        wte = _amount(row["wte"])
        established = _amount(row["established"]) if "established" in row and not _blank(row["established"]) else 0.0
        if wte is None:
            wrong.append(("It has no WTE that can be read." if not _blank(row["wte"]) else "It has no WTE.", "Fill it in, 0 for a vacancy."))
        if established is None:
            wrong.append(("Its posts established cannot be read.", "Give a number."))
        service = _service(row.get("service"), frame, called, wrong, given="service" in export.columns)
        post = _post(row, frame, called, wrong)
        age = 0
        if wte:
            started = _day(row["started"])
            if started is None:
                wrong.append(("It has no start date." if _blank(row["started"]) else "Its start date cannot be read.", "Write it as 31/01/2026."))
            else:
                age = eve - (4 * started.year + (started.month - 1) // 3 - 1)
                if age < 0:
                    wrong.append((f"It starts when the plan has begun ({frame.settings.first_quarter}).", "Leave it out: the plan decides on hires."))
        if wrong:
            problems += [Finding("error", "IN-03", f"row {row_number}", what, fix) for what, fix in wrong]
            continue
        assert service is not None
        assert post is not None
        assert wte is not None
        assert established is not None
        if post.contract == "trainee":
            cohort = service, post.name, quarter_label(eve - age)
            cohorts[cohort] = cohorts.get(cohort, 0) + 1
            continue
        parts = sums.setdefault((service, post.post), [0.0] * 4)
        parts[0] += wte
        parts[1] += wte * (age < first_year)
        parts[2] += wte * (age >= longest[post.post])
        parts[3] += established
    units = {s.service: s.post_unit for s in frame.services}
    staff = tuple(
        _row(key, sums[key], units[key[0]], "established" in export.columns)
        for key in ((s.service, p.post) for s in frame.services for p in frame.posts)
        if key in sums
    )
    return Placed(staff, tuple(problems), tuple(_remarks(export, frame, cohorts)))


def _row(key: tuple[str, str], parts: Sequence[float], unit: float, told: bool) -> Staff:
    in_post, first, long, established = (round(part, 4) for part in parts)
    if not told:
        established = round(math.ceil(in_post / unit - 1e-9) * unit, 4)
    return Staff(
        service=key[0], post=key[1], in_post=in_post, first_year=first, long_serving=min(long, round(in_post - first, 4)), established=established
    )


def _remarks(export: Export, frame: Frame, cohorts: Mapping[tuple[str, str, str], int]) -> list[str]:
    remarks = []
    if "service" not in export.columns:
        remarks.append(f"No column tells the service: every row counts for {frame.services[0].service}.")
    if "established" not in export.columns:
        remarks.append("No column tells posts established: staff in post, rounded up to whole posts, stand for them. Add vacancies by hand.")
    if cohorts:
        told = [f"{service}, {post}, started {quarter}: {named(people, 'row')}" for (service, post, quarter), people in sorted(cohorts.items())]
        remarks.append(f"Trainees stand in the table Trainees, by people, and were left out here: {'; '.join(told)}.")
    return remarks


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _amount(value: object) -> float | None:
    """Number of a cell; None where there is none, or one below 0."""
    if isinstance(value, str):
        try:
            value = float(value.replace(",", ""))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    return float(value)


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    for form in _DATES if isinstance(value, str) else ():
        try:
            return datetime.strptime(str(value).strip(), form).date()
        except ValueError:
            continue
    return None


def _band(value: object) -> str:
    """Band as in Pay: ``Review Body Band 8 - Range A``, ``XN08A`` and ``8A`` are 8a, ``Band 5`` and 5 are 5. Blank where it tells none."""
    text = str(int(value)) if isinstance(value, float) and value == int(value) else str(value or "")
    forms = (r"band\s*0?(\d)\b\s*(?:-?\s*(?:range\s*)?([a-d])\b)?", r"band\s*0?(\d)([a-d])\b", r"\b(?:x[nr])?0?(\d)\s?([a-d])?\b")
    match = next((found for form in forms if (found := re.search(form, text, flags=re.IGNORECASE))), None)
    parts = [part for part in match.groups() if part] if match else []
    return "".join(parts).lower()


def _contract(value: object) -> str:
    text = str(value or "").lower()
    if re.search(r"train|apprentic|student", text):
        return "trainee"
    if re.search(r"fixed|temp|ftc", text):
        return "fixed_term"
    return "permanent" if re.search(r"perm|substantive|open.?ended", text) else ""


def _service(value: object, frame: Frame, called: Mapping[str, str], wrong: list[tuple[str, str]], *, given: bool) -> str | None:
    names = [s.service for s in frame.services]
    if not given:
        if len(names) > 1:
            raise Misfit(
                "IN-02", f"No column tells {_needed_words(['service'])}, and the plan has {len(names)} services.",
                fix='Say which column it is with --map "COLUMN=service".',
            )  # fmt: skip
        return names[0]
    if _blank(value):
        wrong.append(("It has no service.", "Fill it in."))
        return None
    wanted = normal(called.get(normal(str(value)), str(value)))
    found = next((s.service for s in frame.services if wanted in (normal(s.service), normal(s.name))), None)
    if found is None:
        wrong.append(
            (f"{shown(value)} is no service of the plan.", f'Say which it is with --means "{bare(value)}=NAME". Services: {listing(names, most=12)}.')
        )
    return found


def _post(row: Mapping[str, object], frame: Frame, called: Mapping[str, str], wrong: list[tuple[str, str]]) -> Post | None:
    """Post of a row by role, band and contract; None, with what is wrong, where none or more than one fits."""
    value = row["role"]
    if _blank(value):
        wrong.append(("It has no role.", "Fill it in."))
        return None
    wanted = normal(called.get(normal(str(value)), str(value)))
    named_so = [p for p in frame.posts if wanted in (normal(p.post), normal(p.name), normal(p.role))]
    band, contract = _band(row.get("band")), _contract(row.get("contract"))
    fitting = [p for p in named_so if band in ("", normal(p.band))]
    # A trainee may well hold a fixed-term contract; a contract of training is nobody else's.
    fitting = [p for p in fitting if contract in ("", p.contract) or (p.contract == "trainee" and contract == "fixed_term")]
    if len(fitting) > 1:
        fitting = [p for p in fitting if wanted in (normal(p.post), normal(p.name))] or fitting
    if len(fitting) == 1:
        return fitting[0]
    told = ", ".join([bare(value), *([f"band {band}"] if band else []), *([contract.replace("_", " ")] if contract else [])])
    if fitting:
        wrong.append((f"{told} could be {listing([p.post for p in fitting], 'or')}.", "Add band and contract, or name the post itself as the role."))
    elif named_so:
        wrong.append(
            (f"{told} is no post of the plan.", f"Posts of that role: {listing([p.post for p in named_so])}. Mend the row, or add the post.")
        )
    else:
        posts = listing([p.post for p in frame.posts], most=12)
        wrong.append((f"{told}: there is no such role in the plan.", f'Say which it is with --means "{bare(value)}=NAME". Posts: {posts}.'))
    return None


def lines(placed: Placed) -> list[str]:
    """What is written, in words: a line for each service."""
    told = []
    for service in dict.fromkeys(r.service for r in placed.staff):
        rows = [r for r in placed.staff if r.service == service]
        posts = listing([f"{r.post} {number(r.in_post, 1)}" for r in rows])
        told.append(f"{service}: {number(sum(r.in_post for r in rows), 1)} WTE in post ({posts}).")
    return told


# --- writing ----------------------------------------------------------------------------------------------------------


def write(path: Path, staff: Sequence[Staff]) -> list[str]:
    """Put the rows into the Staff table of a folder or workbook; whatever else is in it stays. Returns what there is to say of it, line by line."""
    table = StaffTable(staff=tuple(staff))
    if path.is_dir():
        write_folder(path, table)
        return [f"Written: {path / 'staff.csv'}"]
    said = [f"Written: {path}"]
    if _into_workbook(path, table):
        said.append("The workbook holds formulas: open it in Excel or LibreOffice and save it, so that they are worked out again.")
    return said


def _into_workbook(path: Path, content: StaffTable) -> bool:
    """Write the sheet Staff; True where other sheets hold formulas, whose values a file written like this no longer has."""
    from openpyxl import load_workbook
    from openpyxl.utils import get_column_letter

    table = tables_of(StaffTable)[0]
    book = load_workbook(path)
    sheet = next((s for s in book.worksheets if normal(s.title) == normal(table.title)), None)
    if sheet is None:
        sheet = book.create_sheet(table.title)
    for row in sheet.iter_rows():
        for cell in row:
            cell.value = None
    for j, column in enumerate(table.columns, start=1):
        sheet.cell(1, j, column.title)
    for i, record in enumerate(content.staff, start=2):
        for j, column in enumerate(table.columns, start=1):
            sheet.cell(i, j, getattr(record, column.name))
    for marked in sheet.tables.values():
        marked.ref = f"A1:{get_column_letter(len(table.columns))}{max(2, len(content.staff) + 1)}"
        if marked.autoFilter is not None:
            marked.autoFilter.ref = marked.ref
    part = path.with_name(f".{path.name}.{os.getpid()}.part.xlsx")
    try:
        book.save(part)
        os.replace(part, path)
    except PermissionError as error:
        raise Refusal("ENV-02", f"{path} could not be replaced: it may be open in another program.", where=str(path), fix="Close it.") from error
    finally:
        part.unlink(missing_ok=True)
    return any(cell.data_type == "f" for other in book.worksheets for row in other.iter_rows() for cell in row)
