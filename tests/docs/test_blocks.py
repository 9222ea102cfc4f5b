"""Every block of every page is run or checked: whoever adds one that is not, is told so here."""

import importlib.util
import inspect
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from markdown_it import MarkdownIt

import ringfence
from ringfence.margin.judge import judge
from ringfence.margin.pools import partition

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FLOW = re.search(
    r"## How a question flows\n\n```text\n(.*?)^```",
    (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
SETS_UP = re.compile(r"make (\w+)(?: +#.*)?")


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("regenerate", ROOT / "docs" / "regenerate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REGENERATE = _load()


def blocks(text: str) -> list[tuple[str, str]]:
    """Return the language and the body of every block of code, as a reader of Markdown sees them."""
    tokens = MarkdownIt("commonmark").parse(text)
    return [(token.info.strip(), token.content) for token in tokens if token.type in {"fence", "code_block"}]


def unchecked(text: str) -> list[str]:
    """Return every block that nothing runs and nothing checks, with the reason.

    What `make docs` makes whole is left out. What it runs is found by its own expressions, so that a block which only
    looks like one of them does not pass.
    """
    text = REGENERATE.MARKED.sub("", text)
    typed = [match["body"] for match in REGENERATE.CONSOLE.finditer(text)]
    scripts = [match[part] for match in REGENERATE.PYTHON.finditer(text) for part in ("code", "out")]
    drawn = [FLOW[1]] if FLOW else []
    faults = []
    for language, body in blocks(text):
        match language:
            case "console":
                fault = _untyped(body) if body in typed else "stands where `make docs` does not find it"
            case "python":
                fault = "" if body in scripts else "has no text block with its output right below"
            case "text":
                fault = "" if body in [*scripts, *drawn] else "is the output of nothing"
            case "toml":
                fault = "" if "venue = " in body else "is no book"
            case _:
                fault = "is of no language that is run"
        if fault:
            faults.append(f"{language or 'a block'}: {fault}: {body.partition(chr(10))[0]}")
    return faults


def _untyped(body: str) -> str:
    return "" if body.startswith("$ ") else "begins with something that nobody typed"


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_block_of_a_page_is_run_or_checked(page: Path) -> None:
    assert unchecked(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "block",
    [
        "```bash\nringfence demo\n```",
        "```console\nringfence demo\n```",
        "  ```console\n  $ ringfence demo\n  ```",
        "~~~console\n$ ringfence demo\n~~~",
        "```python\nprint(1)\n```",
        "```python\nprint(1)\n```\n\nprints\n\n```text\n1\n```",
        "```text\n1\n```",
        "```json\n{}\n```",
        "```toml\n[tool]\n```",
        "```\n1\n```",
        "A paragraph.\n\n    ringfence demo\n",
        "- a point\n\n      ringfence demo\n",
    ],
)
def test_a_block_that_nothing_runs_is_noticed(block: str) -> None:
    assert len(unchecked(f"# A page\n\n{block}\n")) >= 1


@pytest.mark.parametrize(
    "block", ["```console\n$ ringfence demo\n```", "```python\nprint(1)\n```\n\n```text\n1\n```"]
)
def test_a_block_that_is_run_is_left_alone(block: str) -> None:
    assert unchecked(f"# A page\n\n{block}\n") == []


def test_every_page_that_people_write_is_one_whose_blocks_are_run() -> None:
    made = {ROOT / "docs" / "kinds.md", ROOT / "docs" / "sources.md"}
    assert set(REGENERATE.written_pages()) == set(PAGES) - made


BOOKS = [
    pytest.param(body, id=f"{_named(page)}-{number}")
    for page in PAGES
    for number, (language, body) in enumerate(blocks(page.read_text(encoding="utf-8")))
    if language == "toml"
]


@pytest.mark.parametrize("body", BOOKS)
def test_a_book_on_a_page_can_be_judged(body: str) -> None:
    health = ringfence.assess(ringfence.read(tomllib.loads(body)))
    assert health.accounts[0].pools
    assert all(pool.positions for pool in health.accounts[0].pools)


def test_a_command_that_is_shown_and_not_run_sets_up_the_environment() -> None:
    shown = [
        line.removeprefix("$ ")
        for page in PAGES
        for language, body in blocks(page.read_text(encoding="utf-8"))
        for line in body.splitlines()
        if language == "console" and line.startswith(f"$ {REGENERATE.SET_UP}")
    ]
    targets = set(re.findall(r"(?m)^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    named = [SETS_UP.fullmatch(line) for line in shown]
    assert named
    assert {match[1] if match else "" for match in named} <= targets


def test_the_flow_names_functions_with_their_own_arguments() -> None:
    assert FLOW is not None
    calls = dict(re.findall(r"\b(\w+)\(([^)]*)\)", FLOW[1]))
    functions: dict[str, Callable[..., object]] = {
        "partition": partition,
        "judge": judge,
        "load": ringfence.load,
    }
    for name, function in functions.items():
        said = [word.strip() for word in calls.pop(name).split(",")]
        takes = list(inspect.signature(function).parameters)
        assert [word for word in said if word not in takes] == []
    assert calls == {}
