"""A product and a sum in one rounding: one instruction where a machine has it, and the same bits where it has not."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias, cast

import numpy as np
from numba import types
from numba.extending import intrinsic

_Ternary: TypeAlias = Callable[[np.float32, np.float32, np.float32], np.float32]


def _made(_context: object, _a: object, _b: object, _c: object) -> Any:  # noqa: ANN401 - numba's shape of an intrinsic
    def code(_inner: object, builder: Any, _signature: object, values: Any) -> object:  # noqa: ANN401 - as above
        return builder.fma(*values)

    return types.float32(types.float32, types.float32, types.float32), code


fused: Final = cast("_Ternary", intrinsic(_made))
"""Return a b + c of float32 numbers, rounded once. Asked for by name, so that no compiler decides where it is done."""
