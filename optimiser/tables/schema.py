"""A model as tables and columns, and what a cell must be in plain words."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

_LARGE = 1e9
"""Limits at or beyond this only guard against slips of the keyboard; they are not worth a mention unless broken."""

_KINDS: dict[str, Literal["text", "number", "whole", "yes_no"]] = {
    "string": "text",
    "number": "number",
    "integer": "whole",
    "boolean": "yes_no",
}


@dataclass(frozen=True)
class Column:
    """A column of a table. ``limits`` are the JSON Schema bounds; ``form`` is what the field's own validator asks for, in words."""

    name: str
    title: str
    description: str
    unit: str
    kind: Literal["text", "number", "whole", "yes_no"]
    choices: tuple[str, ...]
    limits: dict[str, float]
    form: str
    required: bool
    default: object
    key: bool
    ref: tuple[str, str] | None

    def must(self, every_limit: bool = True) -> str:
        """What a cell must be: ``must be a number from 0 to 1``, ``must be low or high``, ``must be yes or no``."""
        if self.choices:
            return "must be " + (" or ".join(self.choices) if len(self.choices) < 3 else "one of " + ", ".join(self.choices))
        if self.kind == "yes_no":
            return "must be yes or no"
        if self.kind == "text":
            longest = self.limits.get("maxLength")
            return self.form or (f"must be text of at most {longest:g} characters" if longest else "must be text")
        noun = "must be a whole number" if self.kind == "whole" else "must be a number"
        low, high, above, below = (self._limit(k, every_limit) for k in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"))
        if low and high:
            return f"{noun} from {low} to {high}"
        if low and not below:
            return f"{noun}, {low} or more"
        parts = [low and f"at least {low}", above and f"above {above}", high and f"at most {high}", below and f"below {below}"]
        return f"{noun} {' and '.join(part for part in parts if part)}".rstrip()

    @property
    def allowed(self) -> str:
        """What may stand in a cell: ``a number from 0 to 1``."""
        return self.must(False).removeprefix("must ").removeprefix("be ")

    @property
    def if_blank(self) -> str:
        """What a blank cell means: its default, ``blank``, or ``needed`` where it may not be blank."""
        if self.required or self.default in ("", None):
            return "needed" if self.required else "blank"
        if isinstance(self.default, bool):
            return "yes" if self.default else "no"
        return number_text(self.default) if isinstance(self.default, int | float) else str(self.default)

    def _limit(self, name: str, every: bool) -> str:
        value = self.limits.get(name)
        if value is None or (abs(value) >= _LARGE and not every):
            return ""
        return number_text(value)


@dataclass(frozen=True)
class Table:
    """A table of rows, or (``many`` false) one record written as items and values. ``title`` is the sheet, ``name`` the field and the CSV file."""

    name: str
    title: str
    description: str
    row: type[BaseModel]
    many: bool
    required: bool
    columns: tuple[Column, ...]

    def column(self, heading: object) -> Column | None:
        """Return the column a heading means: its title or its field name, whatever the case, spaces and punctuation."""
        wanted = normal(heading)
        return next((c for c in self.columns if wanted in (normal(c.title), normal(c.name))), None)


def normal(text: object) -> str:
    """Letters and digits only, lower case: how headings, sheets and choices are compared."""
    return "".join(c for c in text.casefold() if c.isalnum()) if isinstance(text, str) else ""


def number_text(value: float) -> str:
    """Number for people: ``1,000``, ``0.05``."""
    return f"{int(value):,}" if abs(value) < 1e15 and value == int(value) else repr(value)


def tables_of(model: type[BaseModel]) -> tuple[Table, ...]:
    """Tables of an instance model, in workbook order; fields that are neither a table nor a record are passed over.

    Raises ValueError where two columns or two tables could not be told apart by their headings.
    """
    return _tables_of(model)


def titles_of(model: type[BaseModel]) -> dict[str, bool]:
    """Titles of the tables of an instance model, in workbook order, and whether each is needed. Nothing is worked out of their columns."""
    return {field.alias or name: _needed(field) for name, field, _ in _fields(model)}


@cache
def _tables_of(model: type[BaseModel]) -> tuple[Table, ...]:
    tables = []
    for name, field, row in _fields(model):
        many = get_origin(field.annotation) is tuple
        description = " ".join((inspect.getdoc(row) or "").split("\n\n")[0].split())
        tables.append(Table(name, field.alias or name, description, row, many, _needed(field), _columns(row)))
    _tell_apart([(t.name, t.title) for t in tables])
    for table in tables:
        _tell_apart([(c.name, c.title) for c in table.columns])
    return tuple(tables)


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo, type[BaseModel]]]:
    """Fields that are a table or a record: name, field and class of a row."""
    for name, field in model.model_fields.items():
        row: Any = get_args(field.annotation)[0] if get_origin(field.annotation) is tuple else field.annotation
        if inspect.isclass(row) and issubclass(row, BaseModel):
            yield name, field, row


def _needed(field: FieldInfo) -> bool:
    return field.is_required() or any(getattr(rule, "min_length", 0) for rule in field.metadata)


def _tell_apart(names: list[tuple[str, str]]) -> None:
    seen = [normal(word) for pair in names for word in {normal(word): word for word in pair}.values()]
    if len(seen) != len(set(seen)):
        raise ValueError(f"headings that cannot be told apart: {names}")


def _columns(row: type[BaseModel]) -> tuple[Column, ...]:
    schema = row.model_json_schema(by_alias=False)
    columns = []
    for name, spec in schema["properties"].items():
        kinds = [kind for kind in spec.get("anyOf", [spec]) if kind.get("type") != "null"]
        if len(kinds) != 1 or kinds[0].get("type") not in _KINDS:
            raise TypeError(f"{row.__name__}.{name} is not text, a number, a whole number or yes/no")
        rule = kinds[0]
        kind = _KINDS[rule["type"]]
        choices = tuple(rule.get("enum", ())) or ((rule["const"],) if "const" in rule else ())
        table, _, column = spec.get("ref", "").rpartition(".")
        columns.append(
            Column(
                name=name,
                title=spec["title"],
                description=spec.get("description", ""),
                unit=spec.get("unit", ""),
                kind=kind,
                choices=tuple(c for c in choices if c != ""),
                limits={k: v for k, v in rule.items() if isinstance(v, int | float) and k.lower().endswith(("imum", "length"))},
                form="" if choices or kind != "text" else _form(row, name),
                required=name in schema.get("required", ()),
                default=spec.get("default"),
                key=spec.get("key", False),
                ref=(table, column) if table else None,
            )
        )
    return tuple(columns)


def _form(row: type[BaseModel], name: str) -> str:
    """Ask the field's own validator what it wants, by giving it what nobody could mean. Validators say ``must be … You have …``."""
    field = row.model_fields[name]
    annotation: Any = Annotated[field.annotation, *field.metadata, name]
    check: TypeAdapter[object] = TypeAdapter(annotation)
    try:
        check.validate_python("?")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        said = str(first.get("ctx", {}).get("error", "")).split(" You have ")[0].rstrip(".")
        return said if said.startswith("must ") else ""
    return ""
