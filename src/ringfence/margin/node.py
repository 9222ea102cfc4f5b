"""A number that explains itself: its formula, what went into it, where the rule stands, and its parts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Node:
    """A named amount.

    formula   in the words of the inputs, e.g. "value * rate - deduction"
    inputs    name -> number or word
    source    address of the page on which the rule stands
    """

    name: str
    value: Decimal
    formula: str = ""
    inputs: Mapping[str, object] = field(default_factory=dict)
    source: str = ""
    parts: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """A quantity that cannot be given, and why."""

    reason: str


def sum_node(name: str, parts: Iterable[Node], source: str = "") -> Node:
    """Return the sum of some nodes, as a node."""
    kept = tuple(parts)
    return Node(name, sum((part.value for part in kept), 0), "sum of parts", {}, source, kept)  # type: ignore[arg-type]
