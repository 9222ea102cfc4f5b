"""The very functions of ``formula``, compiled: a kernel calls them by name, and numba inlines them.

Nothing here is a formula. The primitives of ``core.number`` get the form they have on one float64; every function of
the exact rooms of ``formula`` is made known to numba as it stands. Arithmetic is IEEE's, operation by operation: no
reordering, no fused products, so a compiled formula gives the bits that the same function gives on an array.
"""

import hashlib
import inspect
from collections.abc import Callable, Iterator
from importlib.resources import files
from types import ModuleType
from typing import Any, Final, TypeVar, cast

from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, overload, register_jitable

from ringfence.batch.parts import Part
from ringfence.core import number
from ringfence.formula import collateral, contract, equity, liquidation, netting, requirement, strategy, tiers

_F = TypeVar("_F", bound=Callable[..., object])

_INLINE: Final[Any] = {"error_model": "numpy", "forceinline": True, "pipeline_class": Part}
"""A call costs more than a formula: all of them stand in the loop that calls them."""

FORMULAS: Final = (collateral, contract, equity, liquidation, netting, requirement, strategy, tiers)
"""The rooms of formulas that kernels use."""


def _functions(module: ModuleType) -> list[Callable[..., object]]:
    found = inspect.getmembers(module, inspect.isfunction)
    return [function for _, function in found if function.__module__ == module.__name__]


def _on_one_float(primitive: Callable[..., object]) -> Callable[[_F], _F]:
    """Return a decorator: what a primitive is, on one float64."""

    def decorate(function: _F) -> _F:
        overload(primitive, jit_options=_INLINE, strict=False)(lambda *_: function)
        return function

    return decorate


@_on_one_float(number.positive_part)
def _positive_part(x: float) -> float:
    return x if x > 0.0 else 0.0


@_on_one_float(number.step)
def _step(x: float) -> float:
    return 1.0 if x > 0.0 else 0.0


@_on_one_float(number.larger)
def _larger(x: float, y: float) -> float:
    return x if x > y else y


@_on_one_float(number.smaller)
def _smaller(x: float, y: float) -> float:
    return x if x < y else y


@_on_one_float(number.magnitude)
def _magnitude(x: float) -> float:
    return x if x > -x else -x


for _module in FORMULAS:
    for _function in _functions(_module):
        register_jitable(**_INLINE)(_function)


def _ahead(_context: object, array: Any, place: Any) -> Any:  # noqa: ANN401 - numba's types
    """Have the processor read one element of an array before it is asked for: what is far away is then here in time."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        of, byte = signature.args[0], ir.IntType(8)
        begin = context.make_array(of)(context, builder, args[0]).data
        at = builder.bitcast(builder.gep(begin, [args[1]]), byte.as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte.as_pointer(), number, number, number])
        fetch = cast("Any", cgutils).get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(fetch, [at, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, place), emit


ahead: Final[Any] = intrinsic(_ahead)
"""See above: called in a kernel with an array and a place in it."""


def _sources() -> Iterator[str]:
    """Yield the text of everything that may stand inside a kernel: the formulas, and the files of this room."""
    yield from (inspect.getsource(module) for module in (number, *FORMULAS))
    room = files("ringfence.batch")
    for folder in (room, room / "netting"):
        for file in sorted(folder.iterdir(), key=lambda one: one.name):
            if file.name.endswith(".py"):
                yield file.read_text(encoding="utf-8")


_WRITTEN: Final = hashlib.sha256("".join(_sources()).encode()).hexdigest()


def inlined(function: _F) -> _F:
    """Return a function that becomes a part of every compiled one that calls it, and is never called on its own."""
    return cast("_F", njit(**_INLINE)(function))


def _or_nothing(load: Callable[[], dict[Any, Any]]) -> Callable[[], dict[Any, Any]]:
    """Return what looks up what is kept, and finds nothing where an index cannot be read: another edition wrote it."""

    def found() -> dict[Any, Any]:
        try:
            return load()
        except Exception:  # noqa: BLE001 - whatever is in it, it is no use
            return {}

    return found


def compiled(function: _F) -> _F:
    """Return a function compiled when it is first called, and kept on disk until something in it is written anew.

    numba looks only at the file a function stands in; formulas and other kernels that it calls are inlined, so their
    text is looked at, too.
    """
    return kept_with(function, _WRITTEN)


def kept_with(function: _F, stamp: str) -> _F:
    """Return a function compiled when it is first called, and kept on disk until its file or a stamp is another.

    Where another kernel calls it, it is a part of that one; see ``parts``. Arguments are numbers, arrays and records:
    what is kept on disk must not name a class of ours, which the next edition may not have.
    """
    made: Any = njit(error_model="numpy", cache=True, nogil=True)(function)
    part: Any = njit(error_model="numpy", pipeline_class=Part)(function)
    for word in ("call_template", "overload"):
        setattr(made, f"get_{word}", getattr(part, f"get_{word}"))
    index = made._cache._cache_file  # noqa: SLF001 - numba has no public word for what else makes a cache stale
    index._source_stamp = (index._source_stamp, stamp)  # noqa: SLF001
    index._load_index = _or_nothing(index._load_index)  # noqa: SLF001
    return cast("_F", made)


def is_kept(kernel: Callable[..., object]) -> bool:
    """Return whether a kernel is compiled already and kept on disk, so that calling it is quick."""
    return bool(cast("Any", kernel)._cache._cache_file._load_index())  # noqa: SLF001 - as above
