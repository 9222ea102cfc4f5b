"""A formula is written once, as arithmetic that every carrier can do."""

import ast
import re
from collections import Counter

import pytest

from tests.architecture.source import Function, body_of, functions, imports, modules

EXACT = {
    module: tree
    for module, tree in modules().items()
    if module.startswith("formula/") and not module.startswith("formula/model/")
}
"""Modules of exact formulas. Models take exponentials and roots, in floats, by rules of their own."""

FORMULAS: dict[str, Function] = {
    f"{module}:{function.name}": function for module, tree in EXACT.items() for function in functions(tree)
}
NAMES = {function.name for function in FORMULAS.values()}
PRIMITIVES = {"positive_part", "step", "larger", "smaller", "magnitude", "total"}
"""What is not arithmetic and yet the same on every carrier. ``core.number`` is the only door to it."""

# A branch, a comparison or a conversion works on one carrier and fails, or lies, on another; a container or a loop
# does not compile. So these nodes are all there may be.
ARITHMETIC = (
    ast.Return, ast.Assign, ast.Name, ast.Load, ast.Store, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div,
    ast.UnaryOp, ast.USub, ast.Call, ast.Constant,
)  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_is_arithmetic_only(name: str) -> None:
    for statement in body_of(FORMULAS[name]):
        for node in ast.walk(statement):
            assert isinstance(node, ARITHMETIC), (
                f"{type(node).__name__} is not arithmetic: {ast.unparse(node)}"
            )
            if isinstance(node, ast.Constant):
                assert type(node.value) is int, f"the literal {node.value!r} belongs to one carrier"
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called in PRIMITIVES | NAMES, f"{called}() is neither a primitive nor a formula"
                assert not node.keywords, f"{ast.unparse(node)}: a compiled formula has no keywords"


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_speaks_of_one_carrier(name: str) -> None:
    signature = FORMULAS[name].args
    assert (signature.vararg, signature.kwarg, signature.kwonlyargs, signature.defaults) == (
        None,
        None,
        [],
        [],
    )
    annotations = [argument.annotation for argument in signature.args] + [FORMULAS[name].returns]
    assert {ast.unparse(each) for each in annotations if each is not None} == {"N"}
    assert None not in annotations


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("said", ["Units", "Source"])
def test_a_formula_says_its_units_and_its_source(name: str, said: str) -> None:
    text = ast.get_docstring(FORMULAS[name]) or ""
    assert re.search(rf"^{said} +\S", text, re.MULTILINE), f"no line {said}"


def test_a_formula_takes_its_primitives_from_one_door() -> None:
    taken = {name for tree in EXACT.values() for name in imports(tree)}
    assert taken <= {f"ringfence.core.number.{name}" for name in {*PRIMITIVES, "N"}}


def test_no_two_formulas_have_one_name() -> None:
    assert [name for name, times in Counter(f.name for f in FORMULAS.values()).items() if times > 1] == []


def test_every_formula_is_used() -> None:
    used = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for module, tree in modules().items()
        if not module.startswith("formula/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name)
    }
    assert used >= NAMES
