"""Write again what the documents take from the code: ``make docs``. A test says when that is due.

* README.md                 the tables and the map of rooms between markers, and the output below each command
* ARCHITECTURE.md           every file of the package with its own first line, between markers
* docs/*.md                 the output below each command
* CHANGELOG.md              the packs and their days, between markers
* docs/kinds.md             every kind of rule, from the types that read the packs
* docs/sources.md           every page that a number was taken from
* examples/expected/*.txt   what the examples print; the prices that one makes up are examples/crash.csv
"""

import ast
import inspect
import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Struct

from ringfence.venue import find_pack, kinds, pack_ids
from ringfence.venue.pack import LIST_NAMES

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "src" / "ringfence"
_NOTICE: Final = "<!-- Written by `make docs`. Change the code, not this page. -->"
CONSOLE: Final = re.compile(r"^```console\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
"""What is typed: every line after ``$`` is run, and what it prints is written below it."""

PYTHON: Final = re.compile(
    r"^```python\n(?P<code>.*?)^```\n\n```text\n(?P<out>.*?)^```", re.MULTILINE | re.DOTALL
)
"""A script, and what it prints."""

MARKED: Final = re.compile(r"<!-- (?P<name>\w+):begin -->.*?<!-- (?P=name):end -->", re.DOTALL)
"""What stands between markers is made whole."""

_KINDS_OPENING: Final = (
    "What a rule pack can say, all of it. A pack is one TOML file of these lists; a key that is not here is "
    "refused. How to write one: [adding a venue](adding-a-venue.md)."
)
_KINDS_PRECEDENCE: Final = (
    "Of the rules of one list that fit a position, the one that names most about it holds: its symbol before "
    "anything else, then its underlying, then how many it names of contract, payoff, settlement asset, margin mode "
    "and account mode. Two rules that answer the same question may not hold on the same day."
)
SET_UP: Final = "make "
"""How a command begins that is shown and not run: it makes the environment in which all others run."""

_WORDS: Final = {Decimal: "number", str: "text", bool: "true or false", int: "whole number", date: "day"}


def run(*command: str) -> str:
    """Return what a Python command prints, run at the top of the tree.

    Raises:
        SystemExit: the command fails.

    """
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


@cache
def typed(line: str) -> str:
    """Return what a line prints when it is typed at the top of the tree, with this environment's ringfence.

    Raises:
        SystemExit: the command complains or fails.

    """
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    environment = {**os.environ, "PATH": path, "RINGFENCE_PACKS": ""}
    done = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", line], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"{line}\n{done.stdout}{done.stderr}")
    return done.stdout


# --- README -----------------------------------------------------------------------------------------


def between(text: str, name: str, body: str) -> str:
    """Return a text with what stands between two markers replaced."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{body.strip()}\n{end}{after}"


def _answered(block: re.Match[str]) -> str:
    """Return a console block with the output below each command that is run."""
    lines = []
    for line in block["body"].splitlines():
        if not line.startswith("$ "):
            continue
        lines.append(line)
        command = line.removeprefix("$ ")
        if not command.startswith(SET_UP):
            lines += (row.rstrip() for row in typed(command).rstrip().splitlines())
    return "```console\n" + "\n".join(lines) + "\n```"


def _printed(block: re.Match[str]) -> str:
    return f"```python\n{block['code']}```\n\n```text\n{run('-c', block['code'])}```"


def accuracy() -> str:
    """Return the accuracy table: what ``ringfence check --format md`` prints, without its heading."""
    return typed("ringfence check --format md").partition("\n")[2]


def guide(text: str) -> str:
    """Return a page with every output made again."""
    return PYTHON.sub(_printed, CONSOLE.sub(_answered, text))


def readme(text: str) -> str:
    """Return the README with every table and every output made again."""
    text = between(text, "contrast", run("examples/compare_modes.py"))
    text = between(text, "rooms", rooms())
    text = between(text, "accuracy", accuracy())
    return guide(text)


# --- rooms ------------------------------------------------------------------------------------------


def floors() -> list[list[str]]:
    """Return the rooms from the top floor down, as the import contract has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def first_line(path: Path) -> str:
    """Return the first line of a module's docstring."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return said.partition("\n")[0].replace("``", "`")


def rooms() -> str:
    """Return the map of rooms: a line a room, siblings with the same floor."""
    listed = [(len(floors()) - k, room) for k, floor in enumerate(floors()) for room in floor]
    lines = [f"{floor:>2}  {room:<13}{first_line(PACKAGE / room / '__init__.py')}" for floor, room in listed]
    return "```text\n" + "\n".join(lines) + "\n```"


def files() -> str:
    """Return every file of the package with its own first line, a table a room."""
    parts = [_files_of("The top", sorted(PACKAGE.glob("*.py")))]
    parts += [
        _files_of(f"`{room}`", sorted((PACKAGE / room).rglob("*.py"))) for floor in floors() for room in floor
    ]
    return "\n\n".join(parts)


def _files_of(title: str, paths: list[Path]) -> str:
    """Return a table of files; the first line of a folder is that of its ``__init__.py``."""
    told = {path: path.relative_to(PACKAGE).as_posix() for path in paths}
    named = sorted((name.removesuffix("__init__.py") or name, path) for path, name in told.items())
    table = [f"| `{name}` | {_cell(first_line(path))} |" for name, path in named]
    return "\n".join([f"### {title}\n", "| file | what it says of itself |", "| :-- | :-- |", *table])


def architecture(text: str) -> str:
    """Return ARCHITECTURE.md with the list of files made again."""
    return guide(between(text, "files", files()))


# --- packs ------------------------------------------------------------------------------------------


def entries(venue: str) -> Iterator[tuple[str, kinds.Entry]]:
    """Yield every rule of a pack with the name of its list."""
    pack = find_pack(venue)
    for name in LIST_NAMES:
        for entry in getattr(pack, name):
            yield name, entry


def changelog(text: str) -> str:
    """Return the change log with the packs and the days on which their rules change."""
    rows = ["| venue | rules from | what changes, and when |", "| :-- | :-- | :-- |"]
    for venue in pack_ids():
        pack = find_pack(venue).venue
        changes: dict[date, dict[str, None]] = defaultdict(dict)
        for name, entry in entries(venue):
            if entry.in_force > pack.begins:
                changes[entry.in_force][name] = None
        told = "; ".join(f"{day}: {', '.join(names)}" for day, names in sorted(changes.items()))
        rows.append(f"| {pack.name} (`{pack.id}`) | {pack.begins} | {told or '–'} |")
    return between(text, "packs", "\n".join(rows))


def sources() -> str:
    """Return the page of sources."""
    lines = [
        "# Sources",
        _NOTICE,
        "Every number in a rule pack and in a named crash names the page it was taken from. This is all of them.",
        "`ringfence venues ID` says which rule stands on which page, since when, and how sure it is.",
    ]
    scenarios = tomllib.loads((ROOT / "src/ringfence/market/data/scenarios.toml").read_text(encoding="utf-8"))
    groups = [(find_pack(venue).venue.name, find_pack(venue).source) for venue in pack_ids()]
    pages = {key: kinds.Source(**row) for key, row in scenarios["source"].items()}
    for title, listed in [*groups, ("Named crashes", pages)]:
        rows = [f"| {_cell(s.title)} | <{s.url}> | {s.read_on} |" for s in listed.values()]
        lines.append(
            "\n".join([f"## {title}\n", "| page | address | read on |", "| :-- | :-- | :-- |", *rows])
        )
    return "\n\n".join(lines) + "\n"


# --- kinds ------------------------------------------------------------------------------------------


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _members(hint: Any) -> list[type[Struct]]:
    """Return the record types inside a type: one list of a pack may hold several kinds."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return [hint]
    return [found for part in get_args(hint) for found in _members(part)]


def _word(hint: Any) -> str:
    """Return a type in words."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint in _WORDS:
        return _WORDS[hint]
    if origin is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin in {Union, UnionType}:
        return " or ".join(_word(part) for part in parts if part is not NoneType)
    if origin is tuple:
        return f"list of {_word(parts[0])}"
    if origin is dict:
        return f"table of {_word(parts[1])}"
    return f"`{hint.__name__}`"


def _tag(kind: type[Struct]) -> str:
    tag = kind.__struct_config__.tag
    return str(tag) if tag is not None else ""


def _told(kind: type[Struct]) -> tuple[str, dict[str, str]]:
    """Return a docstring as its opening words, and what it says of each name it lists."""
    opening, _, rest = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")
    known = set(kind.__struct_fields__)
    for hint in get_type_hints(kind).values():
        known |= {str(part) for part in get_args(hint)}
    said: dict[str, str] = {}
    names: list[str] = []
    for line in rest.splitlines():
        first = re.match(r"\w+(?:, \w+)*", line)
        if first and set(first[0].split(", ")) <= known:
            names = first[0].split(", ")
            said |= dict.fromkeys(names, line[first.end() :].strip())
        else:
            said |= {name: f"{said[name]} {line.strip()}" for name in names}
    return " ".join(opening.split()), said


def _fields(kind: type[Struct]) -> list[str]:
    """Return the table of a kind's own fields, and what its words mean."""
    _, said = _told(kind)
    hints = get_type_hints(kind)
    carried = set(kinds.Entry.__struct_fields__) if kind is not kinds.Entry else set()
    names = [name for name in kind.__struct_fields__ if name not in carried]
    inspected = inspect.signature(kind).parameters
    rows = []
    for name in names:
        default = inspected[name].default
        shown = "" if default in (inspect.Parameter.empty, None, (), "") or default == {} else f"`{default}`"
        needed = "needed" if default is inspect.Parameter.empty else shown
        rows.append(f"| `{name}` | {_word(hints[name])} | {needed} | {_cell(said.get(name, ''))} |")
    words = [f"- `{name}`: {meaning}" for name, meaning in said.items() if name not in hints]
    table = ["| field | is | default | means |", "| :-- | :-- | :-- | :-- |", *rows] if rows else []
    return ["\n".join(part) for part in (words, table) if part]


def records_in(value: object) -> Iterator[Struct]:
    """Yield every record within a rule, itself first."""
    if isinstance(value, Struct):
        yield value
        value = tuple(getattr(value, name) for name in value.__struct_fields__)
    if isinstance(value, tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from records_in(item)


@cache
def _held_by(venue: str) -> frozenset[type[Struct]]:
    return frozenset(type(record) for _, entry in entries(venue) for record in records_in(entry))


def _users(kind: type[Struct]) -> str:
    return ", ".join(venue for venue in pack_ids() if kind in _held_by(venue)) or "–"


def _inside(kind: type[Struct]) -> list[type[Struct]]:
    """Return the records that the fields of a kind are made of, in their order, and those inside these."""
    found: dict[type[Struct], None] = {}
    for hint in get_type_hints(kind).values():
        for inner in _members(hint):
            found |= dict.fromkeys([inner, *_inside(inner)])
    return list(found)


def kinds_page() -> str:
    """Return the page of rule kinds."""
    hints = get_type_hints(kinds.PackFile)
    listed = [(name, kind) for name in LIST_NAMES for kind in _members(hints[name])]
    listed += [("procedure.steps", kind) for kind in _members(kinds.LiquidationStep)]
    listed += [("offset.charges", kind) for kind in _members(kinds.ChargeRule)]
    told = {kind for _, kind in listed}
    inner = dict.fromkeys(one for _, kind in listed for one in _inside(kind) if one not in told)
    rows = []
    details = []
    for name, kind in listed:
        tag = f"`{_tag(kind)}`" if _tag(kind) else ""
        rows.append(f"| `{name}` | {tag} | {_cell(_told(kind)[0])} | {_users(kind)} |")
        details += [f"### `[[{name}]]` {tag}".rstrip(), _told(kind)[0], *_fields(kind)]
    below: tuple[type[Struct], ...] = (*inner, kinds.Source, kinds.Venue)
    for kind in below:
        details += [f"### `{kind.__name__}`", _told(kind)[0], *_fields(kind)]
    table = ["| list | kind | says | packs |", "| :-- | :-- | :-- | :-- |", *rows]
    parts = [
        "# Kinds of rules",
        _NOTICE,
        _KINDS_OPENING,
        "\n".join(table),
        "## What every rule carries",
        _told(kinds.Entry)[0],
        *_fields(kinds.Entry),
        _KINDS_PRECEDENCE,
        "## One by one",
        *details,
    ]
    return "\n\n".join(parts) + "\n"


# --- all of it --------------------------------------------------------------------------------------


def examples() -> list[Path]:
    """Return the example scripts."""
    return sorted(path for pattern in ("*.py", "marimo/*.py") for path in (ROOT / "examples").glob(pattern))


def _kept(example: Path) -> Path:
    """Return where what an example prints is kept: prices that it makes up, beside it."""
    if example.stem == "made_up_crash":
        return ROOT / "examples/crash.csv"
    return ROOT / "examples/expected" / f"{example.stem}.txt"


_WRITERS: Final = {"README.md": readme, "ARCHITECTURE.md": architecture, "CHANGELOG.md": changelog}


def written_pages() -> list[Path]:
    """Return the pages that people write, and in which only outputs and marked parts are made."""
    made = {ROOT / "docs/kinds.md", ROOT / "docs/sources.md"}
    return sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")} - made)


def pages() -> dict[Path, str]:
    """Return every file that is made from the code, with what should stand in it."""
    made = {_kept(path): run(str(path)) for path in examples()}
    made[ROOT / "docs/kinds.md"] = kinds_page()
    made[ROOT / "docs/sources.md"] = sources()
    writers = {ROOT / name: write for name, write in _WRITERS.items()}
    for path in written_pages():
        write = writers.get(path, guide)
        made[path] = write(path.read_text(encoding="utf-8"))
    return made


def main() -> None:
    """Write what differs, and say so."""
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
