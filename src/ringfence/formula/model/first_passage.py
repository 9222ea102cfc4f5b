"""When a Gaussian pool meets its trigger: first passage of Brownian motion without drift."""

from ringfence.formula.model.normal import normal_quantile, normal_tail


def chance_of_touch(buffer: float, risk: float) -> float:
    """Return the chance that a buffer is used up within the horizon: 2 Phi(-b / s).

    ``risk`` is the standard deviation of the buffer over the horizon. One without risk lives while it has a buffer.

    Units   [unit], [unit] -> [1]
    Source  reflection principle; Harrison 1985
    """
    if buffer <= 0.0:
        return 1.0
    return 2.0 * normal_tail(buffer / risk) if risk > 0.0 else 0.0


def buffer_for_chance(risk: float, chance: float) -> float:
    """Return the least buffer that is used up within the horizon with no more than a chance: s z(1 - p/2).

    Units   [unit], [1] -> [unit]
    Source  the inverse of the chance of touch
    """
    return -risk * normal_quantile(chance / 2.0)
