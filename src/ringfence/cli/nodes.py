"""Figures inside a tree: a path of names, from the root down to the part that is meant.

    "initial > BTC > worst > standard"            the value of a part
    "initial > standard > *"                      the values of all its parts, in their order
    "initial > delta > * : rate"                  of each of its parts, what went into it
    "maintenance > delta shock : threshold"       what went into a part

Roots are the trees of the pool: initial, maintenance, equity. A step names a part; parts between may be left out, and
then the nearest that is called so is meant. Two that are equally near are a fault: name what stands above them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ringfence.core.errors import VectorError, suggestion

STEP: Final = " > "
"""Stands between the names of a path."""

_INPUT: Final = " : "
_EACH: Final = "*"

Tree = Mapping[str, Any]
"""A node as the JSON has it: name, value, inputs, parts."""


def figure_at(roots: Mapping[str, Tree | None], path: str, where: str) -> object:
    """Return what a path leads to: a figure, or a list of them where it passes a star.

    Args:
        roots: trees by name; None: it is not known.
        path: names with ``>`` between them, and perhaps ``: input`` at the end.
        where: the case, for a complaint.

    Raises:
        VectorError: there is no such root, part or input, or the path means two parts.

    """
    names, _, wanted = path.partition(_INPUT)
    first, *steps = names.split(STEP)
    if first not in roots:
        raise VectorError(where, f"there is no tree {first!r}", suggestion(first, roots))
    root = roots[first]
    if root is None:
        raise VectorError(where, f"the {first} requirement is not known", "Expect something else")
    return _follow(root, steps, wanted, f"{where}, {path}")


def _follow(node: Tree, steps: Sequence[str], wanted: str, where: str) -> object:
    if not steps:
        return _read(node, wanted, where)
    step, *rest = steps
    if step == _EACH:
        return [_follow(part, rest, wanted, where) for part in node["parts"]]
    return _follow(_part(node, step, where), rest, wanted, where)


def _read(node: Tree, wanted: str, where: str) -> object:
    if not wanted:
        return node["value"]
    if wanted not in node["inputs"]:
        raise VectorError(
            where, f"{node['name']} has no input {wanted!r}", suggestion(wanted, node["inputs"])
        )
    return node["inputs"][wanted]


def _part(node: Tree, name: str, where: str) -> Tree:
    """Return the nearest part of that name, level by level."""
    level: list[Tree] = list(node["parts"])
    seen: set[str] = set()
    while level:
        found = [part for part in level if part["name"] == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise VectorError(where, f"{len(found)} parts are called {name!r}", "Name what stands above it")
        seen |= {part["name"] for part in level}
        level = [below for part in level for below in part["parts"]]
    raise VectorError(where, f"{node['name']} has no part {name!r}", suggestion(name, seen))
