"""Vector files, run through the public engine: what ``ringfence check`` does with each case.

What is expected is compared field by field, and the error is kept, not only the verdict.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct, structs

from ringfence.cli.levels import TREES, found_by
from ringfence.cli.nodes import STEP, figure_at
from ringfence.core.errors import InputError, VectorError, suggestion
from ringfence.core.exact import read_decimal


class Tolerance(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"absolute": "abs", "relative": "rel"}
):
    """How far off a figure may be; either suffices."""

    absolute: Decimal = Decimal(0)
    relative: Decimal = Decimal(0)


class Case(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"origin": "from"}):
    """One case as its file states it.

    proves      the claim, in a sentence
    working     how a derived figure is found by hand
    disagrees   why the source's own figure is not met; the case then passes by not agreeing
    position    the position it speaks of, where the book holds several: SYMBOL or SYMBOL:long
    book_of     the case above whose book this one has, with what its own book says instead; rules are added
    order       an order that might be sent, as --what-if takes it: whether it is allowed can then be expected
    rule, inputs   level rule: one rule of a pack; level model: a formula of the model, as MODULE.FUNCTION
    each        level model: inputs that run through a list; what is found is then a list, too
    fills, fund, winners   level step: what the market takes, what the fund has, who can be deleveraged
    """

    id: str
    proves: str
    origin: Literal["published", "recorded", "third-party", "derived"]
    source: str
    level: Literal["book", "rule", "step", "model"]
    expect: dict[str, Any]
    on: Any = None
    working: str = ""
    disagrees: str = ""
    tolerance: Tolerance = Tolerance()
    tolerance_of: dict[str, Tolerance] = {}
    book: dict[str, Any] = {}
    book_of: str = ""
    account_mode: str | None = None
    mode: str = "as-held"
    cut: str = "at-leverage"
    position: str | None = None
    order: str | None = None
    rule: str = ""
    inputs: dict[str, Any] = {}
    each: dict[str, list[Any]] = {}
    shock: str | None = None
    fills: dict[str, dict[str, Any]] = {}
    fund: Any = 0
    winners: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One expected field that came out otherwise."""

    field: str
    expected: object
    found: object


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one case.

    agrees      every expected field is met within its tolerance
    error       largest relative error over the numeric fields
    reason      why the source's own figure is not met, where the file says so
    """

    venue: str
    id: str
    level: str
    agrees: bool
    error: Decimal
    reason: str = ""
    mismatches: tuple[Mismatch, ...] = field(default=())

    @property
    def passes(self) -> bool:
        """Return whether the case is as its file says: met, or not met for the stated reason."""
        return self.agrees != bool(self.reason)


def run_file(path: Path) -> Iterator[CaseResult]:
    """Yield the result of every case of a vector file.

    Raises:
        VectorError: the file is not a vector file, or the engine does not take a case.

    """
    document = _document(path)
    rows = document.get("case")
    if not isinstance(rows, list) or not rows:
        raise VectorError(path.name, "it has no [[case]]", "Write vectors as the files in vectors/ do")
    venue = str(document.get("venue", path.stem))
    books: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows, start=1):
        name = row.get("id", "without id") if isinstance(row, Mapping) else "not a table"
        where = f"{path.name} case {number} ({name})"
        yield _run(_read_case(row, where, books), venue, where)


def figures_of(path: Path) -> Iterator[tuple[Case, str, float, float, float]]:
    """Yield every figure of a file's cases of formulas: the case, what it is called, expected, found, and how near.

    Raises:
        VectorError: as for ``run_file``.

    """
    books: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(_document(path).get("case", ()), start=1):
        case = _read_case(row, f"{path.name} case {number}", books)
        found = found_by(case, path.stem)
        for name, expected in case.expect.items():
            got = found[name]
            pairs = [(name, expected, got)]
            if isinstance(expected, list):
                names = (f"{name} {place}" for place in range(1, len(expected) + 1))
                pairs = list(zip(names, expected, got, strict=True))
            for called, want, have in pairs:
                one, other = _number(want), _number(have)
                if one is None or other is None:
                    one, other = Decimal(1), Decimal(want == have)
                allowed = max(case.tolerance.absolute, case.tolerance.relative * abs(one))
                yield case, called, float(one), float(other), float(allowed)


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as fault:
        raise VectorError(str(path), fault.strerror or str(fault), "Name a vector file") from None
    except (ValueError, ArithmeticError, RecursionError) as fault:
        raise VectorError(path.name, f"it is not valid TOML: {fault}", "Mend the place it names") from None


def _read_case(row: object, where: str, books: dict[str, dict[str, Any]]) -> Case:
    try:
        case = msgspec.convert(row, Case)
    except msgspec.ValidationError as fault:
        raise VectorError(where, str(fault), suggestion("", Case.__struct_encode_fields__)) from None
    if case.origin == "derived" and not case.working:
        raise VectorError(where, "a derived case shows no working", "Add working = ...")
    if not case.expect:
        raise VectorError(where, "it expects nothing", "Add the expected figures")
    if case.id in books:
        raise VectorError(where, "the id stands twice", "Give each case its own id")
    if case.book_of:
        if case.book_of not in books:
            raise VectorError(
                where, f"no case above is called {case.book_of!r}", suggestion(case.book_of, books)
            )
        case = structs.replace(case, book=_over(books[case.book_of], case.book))
    books[case.id] = case.book
    return case


def _over(book: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a book with what another says instead; its rules are added to those that stand there."""
    rules = [*book.get("rules", ()), *own.get("rules", ())]
    return {**book, **own, **({"rules": rules} if rules else {})}


def _run(case: Case, venue: str, where: str) -> CaseResult:
    try:
        found = found_by(case, venue)
    except InputError as fault:
        if case.disagrees:
            return CaseResult(
                venue, case.id, case.level, agrees=False, error=Decimal(0), reason=case.disagrees
            )
        raise VectorError(where, str(fault), "Mend the case") from None
    mismatches: list[Mismatch] = []
    worst = Decimal(0)
    for name, expected in case.expect.items():
        got = _lookup(found, name, where)
        met, error = _meets(expected, got, case.tolerance_of.get(name, case.tolerance))
        worst = max(worst, error)
        if not met:
            mismatches.append(Mismatch(name, expected, got))
    return CaseResult(venue, case.id, case.level, not mismatches, worst, case.disagrees, tuple(mismatches))


def _lookup(found: Mapping[str, Any], name: str, where: str) -> object:
    """Return a field by its name, by a path of names into a tree, or by the path to it in the JSON."""
    if name in found:
        return found[name]
    if STEP in name:
        return figure_at(found.get(TREES, {}), name, where)
    node: Any = found.get("", found)
    for part in name.split("."):
        if isinstance(node, Mapping) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            known = [key for key in found if key]
            raise VectorError(where, f"the result has no field {name!r}", suggestion(name, known))
    return node


def _meets(expected: object, got: object, tolerance: Tolerance) -> tuple[bool, Decimal]:
    """Return whether a figure is met, and its relative error."""
    if expected == "none":
        return got is None, Decimal(0)
    if isinstance(expected, list):
        if not isinstance(got, Sequence) or isinstance(got, str) or len(got) != len(expected):
            return False, Decimal(0)
        verdicts = [_meets(e, g, tolerance) for e, g in zip(expected, got, strict=True)]
        return all(met for met, _ in verdicts), max((error for _, error in verdicts), default=Decimal(0))
    want, have = _number(expected), _number(got)
    if want is None or have is None:
        return expected == got, Decimal(0)
    difference = abs(have - want)
    error = difference / abs(want) if want else difference
    return difference <= max(tolerance.absolute, tolerance.relative * abs(want)), error


def _number(value: object) -> Decimal | None:
    try:
        return read_decimal(value, "")
    except InputError:
        return None
