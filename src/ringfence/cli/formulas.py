"""Cases of a model's formula: a function of ``formula.model``, by its module and its name, on inputs by name."""

import inspect
from collections.abc import Callable, Mapping
from decimal import Decimal
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final

from ringfence.core.errors import BookError, suggestion
from ringfence.formula import model

VALUE: Final = "value"
"""What the result is called where the formula gives it no names."""


def formula_named(name: str) -> Callable[..., Any]:
    """Return a formula: ``first_passage.chance_of_touch``.

    Raises:
        BookError: there is none of this name.

    """
    room, _, function = name.partition(".")
    rooms = [one.name for one in iter_modules(model.__path__)]
    if room not in rooms:
        raise BookError(f"rule, {name}", f"no model is called {room!r}", suggestion(room, rooms))
    module = import_module(f"{model.__name__}.{room}")
    own = {
        key: value
        for key, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not key.startswith("_")
    }
    if function not in own:
        raise BookError(f"rule, {name}", f"{room} has no formula {function!r}", suggestion(function, own))
    return own[function]


def answer(name: str, inputs: Mapping[str, Any], each: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return what a formula gives, by the names of what it gives.

    Args:
        name: of the formula.
        inputs: by name; decimals become floats.
        each: inputs that run through a list, all of them together; what is found is then a list, too.

    Raises:
        BookError: there is no such formula, it has no such input, or it has no answer there.

    """
    formula = formula_named(name)
    if not each:
        return _by_name(_called(formula, name, inputs))
    lengths = {len(values) for values in each.values()}
    if len(lengths) != 1 or lengths == {0}:
        raise BookError(
            "each", "its lists are not of one length, above zero", "Give one value for each answer"
        )
    rows = [
        _by_name(_called(formula, name, {**inputs, **dict(zip(each, values, strict=True))}))
        for values in zip(*each.values(), strict=True)
    ]
    return {key: [row[key] for row in rows] for key in rows[0]}


def _called(formula: Callable[..., Any], name: str, inputs: Mapping[str, Any]) -> Any:
    try:
        bound = inspect.signature(formula).bind(**{key: _number(value) for key, value in inputs.items()})
    except TypeError as fault:
        raise BookError(f"inputs of {name}", str(fault), "Name its inputs as the formula does") from None
    try:
        return formula(*bound.args, **bound.kwargs)
    except (TypeError, ValueError, ArithmeticError) as fault:
        raise BookError(f"inputs of {name}", f"it has no answer there: {fault}", "Mend them") from None


def _by_name(found: Any) -> dict[str, Any]:
    if isinstance(found, list) and found and hasattr(found[0], "_asdict"):
        return {key: [getattr(row, key) for row in found] for key in found[0]._fields}
    named = hasattr(found, "_asdict")
    return dict(found._asdict()) if named else {VALUE: found}


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value
