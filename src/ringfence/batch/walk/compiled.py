"""Kernels of this room: compiled when first called, and kept on disk until something in this room is written anew.

They have a stamp of their own, so that other kernels of the fast engine are not compiled anew with them, nor they with
those.
"""

import hashlib
import inspect
from collections.abc import Callable
from importlib.resources import files
from typing import Any, Final, TypeVar

from numba import types
from numba.extending import intrinsic

from ringfence.batch.compiled import kept_with
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
    """Return a function compiled when it is first called; it lets go of the interpreter while it runs."""
    return kept_with(function, _WRITTEN)


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
