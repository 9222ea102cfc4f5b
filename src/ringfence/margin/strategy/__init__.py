"""Strategy-based requirements: the legs of a class matched into named groups at the least total.

``legs`` says what is held, ``groups`` what may stand together and what that needs, ``match`` finds the division of
all legs into groups that needs least, and ``requirement`` makes a tree of it.
"""

from ringfence.margin.strategy.requirement import strategies_node, strategies_total

__all__ = ["strategies_node", "strategies_total"]
