"""What an order costs against the mark, by its size over what is traded in a day. Floats and arrays alike."""

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

F = TypeVar("F", float, "FloatArray")


def impact_cost(value: F, daily_volume: float, linear: float, root: float) -> F:
    """Return what an order loses against the mark.

    Units   value, daily volume [quote], linear and root [1]: the share of the price that an order of a whole day's
            volume would lose by each -> [quote], never more than the value
    Source  linear: Kyle (1985); square root: Almgren, Thum, Hauptmann & Li (2005), Direct estimation of equity market
            impact, and after it most
    """
    share = value / daily_volume
    cost: F = value * np.minimum(linear * share + root * np.sqrt(share), 1.0)
    return cost
