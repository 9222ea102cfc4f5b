"""What a pool costs at best: being liquidated, against the price of the collateral that prevents it.

A pool has a liquidation cost L (fees and what else is lost with it) and a risk s (standard deviation of its buffer
over the horizon). Collateral costs lambda a unit over the horizon, so u = lambda s is what one sigma of buffer costs.
"""

import math

from ringfence.formula.model.normal import DENSITY_AT_ZERO, normal_density, normal_tail


def best_distance(cost: float, sigma_price: float) -> float:
    """Return the buffer, in sigmas, at which liquidation cost and price of collateral are together least.

        y* = sqrt(2 ln(2 L phi(0) / u)) where u < 2 L phi(0), else 0

    Units   [unit], [unit/sigma] -> [sigma]
    Source  Karush-Kuhn-Tucker condition of min L 2 Phi(-y) + u y over y >= 0
    """
    most = 2.0 * cost * DENSITY_AT_ZERO
    if sigma_price >= most or cost <= 0.0:
        return 0.0
    return math.sqrt(2.0 * math.log(most / sigma_price)) if sigma_price > 0.0 else math.inf


def best_cost(cost: float, sigma_price: float) -> float:
    """Return the least of expected liquidation cost and price of collateral: h(L, u) = min 2 L Phi(-y) + u y.

    h rises in both arguments, is concave, and doubles where both double.

    Units   [unit], [unit/sigma] -> [unit]
    Source  margin-mode law: separate perfectly correlated risks, pool those of equal cost to risk
    """
    distance = best_distance(cost, sigma_price)
    if math.isinf(distance):
        return 0.0
    return 2.0 * cost * normal_tail(distance) + sigma_price * distance


def shadow_price(cost: float, risk: float, buffer: float) -> float:
    """Return the price of collateral over the horizon at which a buffer is the best one: 2 L phi(b / s) / s.

    Units   [unit], [unit], [unit] -> [1]
    Source  derivative of L 2 Phi(-b / s) in b
    """
    return 2.0 * cost * normal_density(buffer / risk) / risk
