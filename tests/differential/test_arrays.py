"""Every formula on float64 arrays stays within the bound that its own roundings add up to, of what fractions give."""

import inspect
from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_args, get_origin

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import ringfence.formula
from tests.differential.counted import Counted, UndecidedError

Formula = Callable[..., Any]


def _formulas() -> list[Formula]:
    names = [module.name for module in iter_modules(ringfence.formula.__path__) if not module.ispkg]
    modules = [import_module(f"ringfence.formula.{name}") for name in sorted(names)]
    return [
        function
        for module in modules
        for _, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
    ]


FORMULAS = _formulas()
SIGNS = st.sampled_from((1.0, -1.0))
NUMBERS = st.floats(1e-6, 1e9, allow_subnormal=False)


def _inputs(formula: Formula) -> st.SearchStrategy[list[Any]]:
    """Return what a formula takes: numbers, and lists of them where it adds up."""
    asked = inspect.signature(formula).parameters.values()
    return st.tuples(*(_of_parameter(one) for one in asked)).map(list)


def _of_parameter(one: inspect.Parameter) -> st.SearchStrategy[Any]:
    return SIGNS if one.name == "sign" else _of_type(one.annotation)


def _of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Return values of a type: numbers, some of them in a row, each with its own sign."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is None:
        return st.sampled_from((1, -1)) if hint is int else NUMBERS
    if origin is tuple:
        return st.tuples(*map(_of_type, parts))
    return st.lists(_of_type(parts[0]), min_size=2, max_size=2)


def _each(carrier: Callable[[float], Any], value: Any) -> Any:
    match value:
        case list() | tuple():
            return [_each(carrier, item) for item in value]
        case int():
            return value
        case _:
            return carrier(value)


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.__name__)
@given(data=st.data())
def test_an_array_is_off_by_no_more_than_its_roundings(formula: Formula, data: st.DataObject) -> None:
    inputs = data.draw(_inputs(formula))
    try:
        bound = formula(*_each(lambda value: Counted(Fraction(value)), inputs))
        exact = formula(*_each(Fraction, inputs))
    except (UndecidedError, ZeroDivisionError):
        assume(False)
        raise
    found = formula(*_each(lambda value: np.array([value]), inputs))
    assert bound.exact == exact
    assert found.shape == (1,)
    assert abs(Fraction(float(found[0])) - exact) <= bound.slack


def test_formulas_are_found() -> None:
    assert {"linear_value", "tier_rise", "leverage_charge", "free_above"} <= {f.__name__ for f in FORMULAS}


def test_the_bound_is_counted_and_no_tolerance() -> None:
    once = Counted(Fraction(3)) * Counted(Fraction(7))
    assert once.slack == Fraction(21, 2**53)
    assert (Counted(Fraction(1)) - Counted(Fraction(1))).slack == 0
