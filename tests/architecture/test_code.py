"""How the code is written: documented, in short pieces, in the words of the glossary."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import PACKAGE, body_of, functions, modules, room_of

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
LONGER_FILES = {
    "venue/kinds.py": (650, "the closed list of what a pack can say is one page"),
}
"""Longer files that stay, with the length they may not grow beyond."""

EMPTY_WORDS = re.compile(r"(^|_)(manager|helper|util)s?($|_)")
EMPTY_VERBS = ("get_", "calculate_", "process_", "handle_")


def lines_of(module: str) -> int:
    return len((PACKAGE / module).read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("module", modules())
def test_a_file_is_short(module: str) -> None:
    most, _ = LONGER_FILES.get(module, (FILE_LINES_MAX, ""))
    assert lines_of(module) <= most


@pytest.mark.parametrize("module", LONGER_FILES)
def test_an_exception_is_still_needed(module: str) -> None:
    assert lines_of(module) > FILE_LINES_MAX


@pytest.mark.parametrize("module", modules())
def test_a_function_is_short(module: str) -> None:
    for function in functions(modules()[module]):
        body = body_of(function)
        length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        assert length <= FUNCTION_LINES_MAX, f"{function.name} has {length} lines"


def _public(tree: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


@pytest.mark.parametrize("module", modules())
def test_what_is_public_is_documented(module: str) -> None:
    tree = modules()[module]
    assert ast.get_docstring(tree), "the module says nothing"
    for node in _public(tree):
        text = ast.get_docstring(node) or ""
        assert text, f"{node.name} says nothing"
        first = text.splitlines()[0]
        assert first.endswith((".", ":", "?")), f"{node.name} begins without a sentence: {first!r}"


def names_given(tree: ast.Module) -> Iterator[str]:
    """Yield every name that a module gives to something: variables, fields, arguments, functions, classes."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.arg(arg=name)
                | ast.Attribute(attr=name, ctx=ast.Store())
            ):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.alias(asname=str(name)):
                yield name
            case _:
                pass


@pytest.mark.parametrize("module", modules())
def test_a_name_says_something(module: str) -> None:
    for name in {*names_given(modules()[module]), *module.removesuffix(".py").split("/")}:
        plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().strip("_")
        assert not plain.startswith(EMPTY_VERBS), f"{name}: a verb that says nothing"
        assert not EMPTY_WORDS.search(plain), f"{name}: a word that says nothing"


@pytest.mark.parametrize("module", modules())
def test_the_bare_word_margin_names_nothing(module: str) -> None:
    # It means four things. Only the verb of the command line is called so, as everybody calls it.
    verb = {"margin"} if room_of(module) == "cli" else set()
    tree = modules()[module]
    verbs = {f.name for f in functions(tree)} & verb
    assert "margin" not in set(names_given(tree)) - verbs


def test_no_column_and_no_key_of_a_result_is_the_bare_word_margin() -> None:
    for module, tree in modules().items():
        if room_of(module) == "report":
            words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
            assert "margin" not in words, module
