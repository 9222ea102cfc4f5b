"""Tables read as the kinds of rule they say they are. What does not fit is named at its place."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from ringfence.core.errors import InputError, suggestion
from ringfence.core.exact import DIGITS_MAX, Bound, is_long, shortened

T = TypeVar("T")

_PATH: Final = re.compile(r"\.(?P<name>\w+)|\[(?P<number>\d+)\]")
_QUOTED: Final = re.compile(r"`(\w+)`")
_WORDS: Final = {
    "array": "a list", "bool": "true or false", "date": "a day", "decimal": "a number", "int": "a whole number",
    "null": "nothing", "object": "a table", "str": "text",
}  # fmt: skip

_ITEMS: Final = {"bands": "band", "rows": "row", "steps": "step"}
"""What one entry of a list is called in a complaint, where the list's own name would be odd."""


def fitted(document: object, kind: type[T], where: str, error: type[InputError]) -> T:
    """Return tables as a kind of rule, with every number within the bound of its field.

    Args:
        document: the tables, as parsed.
        kind: a type of ``venue.kinds``.
        where: the file or the part of the book they stand in.
        error: what to raise: who wrote the tables must mend them.

    Raises:
        InputError: a key is unknown or missing, or a value does not fit.

    """
    try:
        read = msgspec.convert(document, kind)
    except msgspec.ValidationError as fault:
        message, _, path = str(fault).partition(" - at ")
        steps = _steps(path)
        raise error(_place(where, steps), *_complaint(message, document, kind, steps)) from None
    for steps, text, remedy in _out_of_bounds(read, ()):
        raise error(_place(where, steps), text, remedy)
    return read


def tags_of(kind: Any) -> frozenset[str]:  # noqa: ANN401 - a kind or a union of kinds
    """Return the words by which tables say that they are one of some kinds."""
    return frozenset(str(member.__struct_config__.tag) for member in _members(kind))


def _steps(path: str) -> tuple[str | int, ...]:
    """Return a path such as `$.tiers[0].floor` as its names and numbers."""
    return tuple(
        match["name"] or int(match["number"]) for match in _PATH.finditer(path) if path.startswith("`$")
    )


def _place(where: str, steps: tuple[str | int, ...]) -> str:
    words: list[str] = []
    for step in steps:
        if isinstance(step, int):
            words[-1:] = [f"{_ITEMS.get(words[-1], words[-1])} {step + 1}"]
        else:
            words.append(step)
    return ", ".join([where, *words])


def _complaint(message: str, document: object, kind: Any, steps: tuple[str | int, ...]) -> tuple[str, str]:  # noqa: ANN401 - any type
    """Return the fault and the remedy for what msgspec found."""
    here, value = _at(kind, document, steps)
    named = _QUOTED.search(message)
    if message.startswith("Object contains unknown field") and named:
        known = _keys(here)
        return f"unknown key {named[1]!r}", suggestion(named[1], known) if known else "Leave it out"
    if message.startswith("Object missing required field") and named:
        return f"{named[1]} is missing", f"Add {named[1]} = ..."
    choices = _choices(here)
    if choices and isinstance(value, str):
        return f"{shortened(value)} is unknown", suggestion(value, choices)
    if message == "Invalid decimal string":
        return f"{shortened(value)} is not a number", "Write a number such as 0.5"
    said = _QUOTED.sub(lambda word: _WORDS.get(word[1], word[1]), message)
    return (
        f"{shortened(value)} does not fit: {said[:1].lower()}{said[1:]}",
        "docs/kinds.md says what a rule takes",
    )


def _at(kind: Any, document: object, steps: tuple[str | int, ...]) -> tuple[Any, object]:  # noqa: ANN401 - any type
    """Return the type that a place calls for, and the value that stands there."""
    for step in steps:
        kind = _below(_chosen(kind, document), step)
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list | tuple) and isinstance(step, int):
            document = document[step]
    return _chosen(kind, document), document


def _below(kind: Any, step: str | int) -> Any:  # noqa: ANN401 - any type
    """Return the type one step further down."""
    if isinstance(step, int):
        return next(iter(get_args(kind)), object)
    structs = [m for m in _members(kind) if isinstance(m, type) and issubclass(m, Struct)]
    tags = [m.__struct_config__.tag for m in structs if m.__struct_config__.tag_field == step]
    if tags:
        return Literal[tuple(tags)]
    return _hints(structs[0]).get(step, object) if len(structs) == 1 else object


def _members(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any type
    """Return the types of a union, without bounds and without None."""
    kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(kind) in {Union, UnionType}:
        return tuple(m for part in get_args(kind) if part is not type(None) for m in _members(part))
    return (kind,)


def _chosen(kind: Any, document: object) -> Any:  # noqa: ANN401 - any type
    """Return the kind that a table's own tag picks out of several; the only one where there is no choice."""
    members = _members(kind)
    if len(members) == 1:
        return members[0]
    for member in members:
        config = getattr(member, "__struct_config__", None)
        if (
            config is not None
            and isinstance(document, Mapping)
            and document.get(config.tag_field) == config.tag
        ):
            return member
    return kind


@cache
def _hints(kind: type[Struct]) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _keys(kind: Any) -> set[str]:  # noqa: ANN401 - any type
    return {key for member in _members(kind) for key in getattr(member, "__struct_fields__", ())}


def _choices(kind: Any) -> set[str]:  # noqa: ANN401 - any type
    """Return the words that may stand at a place: those of a literal, or the tags of several kinds."""
    found: set[str] = set()
    for member in _members(kind):
        if get_origin(member) is Literal:
            found |= {str(word) for word in get_args(member)}
    return found


def _out_of_bounds(
    read: object, steps: tuple[str | int, ...], bound: Bound | None = None
) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Yield the numbers that are not finite, too long, or out of the bound of their field."""
    if isinstance(read, Decimal):
        if said := _fault_of(read, bound):
            yield steps, *said
    elif isinstance(read, tuple):
        for number, item in enumerate(read):
            yield from _out_of_bounds(item, (*steps, number))
    elif isinstance(read, dict):
        for key, item in read.items():
            yield from _out_of_bounds(item, (*steps, str(key)))
    elif isinstance(read, Struct):
        for name in read.__struct_fields__:
            yield from _out_of_bounds(getattr(read, name), (*steps, name), _bound(type(read), name))


def _fault_of(number: Decimal, bound: Bound | None) -> tuple[str, str] | None:
    if not number.is_finite():
        return f"{number} is not a finite number", "Write the number, or leave the key out"
    if is_long(number):
        return f"the number needs more than {DIGITS_MAX} digits", "Round it to what the venue prints"
    if bound is not None and not bound.holds(number):
        return f"{number} is not {bound.text}", bound.remedy
    return None


@cache
def _bound(kind: type[Struct], name: str) -> Bound | None:
    hint = _hints(kind)[name]
    marks = [mark for part in (hint, *get_args(hint)) for mark in getattr(part, "__metadata__", ())]
    return next((mark for mark in marks if isinstance(mark, Bound)), None)
