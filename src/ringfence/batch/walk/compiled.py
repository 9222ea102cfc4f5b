"""Kernels of this room: compiled when first called, and kept on disk until something in this room is written anew.

They have a stamp of their own, so that other kernels of the fast engine are not compiled anew with them, nor they with
those.
"""

import hashlib
import inspect
from collections.abc import Callable
from importlib.resources import files
from typing import Any, Final, TypeVar, cast

from numba import njit, types
from numba.extending import intrinsic

from ringfence.batch.compiled import _or_nothing
from ringfence.batch.parts import Part
from ringfence.formula.model import garch

_F = TypeVar("_F", bound=Callable[..., object])

FORMULAS: Final = (garch,)
"""Formulas that these kernels use, and others do not."""


def _sources() -> str:
    room = files("ringfence.batch.walk")
    texts = [f for f in sorted(room.iterdir(), key=lambda one: one.name) if f.name.endswith(".py")]
    formulas = "".join(inspect.getsource(module) for module in FORMULAS)
    return formulas + "".join(file.read_text(encoding="utf-8") for file in texts)


_WRITTEN: Final = hashlib.sha256(_sources().encode()).hexdigest()


def walking(function: _F) -> _F:
    """Return a function compiled when it is first called; it lets go of the interpreter while it runs.

    Where another kernel calls it, it is a part of that one; see ``batch.parts``.
    """
    made: Any = njit(error_model="numpy", cache=True, nogil=True)(function)
    part: Any = njit(error_model="numpy", pipeline_class=Part)(function)
    for word in ("call_template", "overload"):
        setattr(made, f"get_{word}", getattr(part, f"get_{word}"))
    index = made._cache._cache_file  # noqa: SLF001 - numba has no public word for what else makes a cache stale
    index._source_stamp = (index._source_stamp, _WRITTEN)  # noqa: SLF001
    index._load_index = _or_nothing(index._load_index)  # noqa: SLF001
    return cast("_F", made)


def is_kept(kernel: Callable[..., object]) -> bool:
    """Return whether a kernel of this room is compiled already and kept on disk: so that calling it is quick."""
    made: Any = kernel
    return bool(made._cache._cache_file._load_index())  # noqa: SLF001 - as above


def _chosen(predicate: str) -> Any:  # noqa: ANN401 - numba's own shape of an intrinsic
    def made(_context: object, _x: object, _y: object) -> Any:  # noqa: ANN401 - as above
        def code(_inner: object, builder: Any, _signature: object, values: Any) -> object:  # noqa: ANN401 - as above
            return builder.select(builder.fcmp_ordered(predicate, *values), *values)

        return types.float64(types.float64, types.float64), code

    return intrinsic(made)


lesser: Final = _chosen("<")
"""The lesser of two float64, as one instruction of all lanes: a branch, or a choice stored back, would be several."""
greater: Final = _chosen(">")
"""The greater of two float64. See ``lesser``."""
