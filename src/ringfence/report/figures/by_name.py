"""Figures asked for by name, painted by plotly for a notebook or by matplotlib as a PNG."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, get_args

from ringfence.contrast import Contrast
from ringfence.contrast.on_paths import PathContrast
from ringfence.contrast.replay import Replay
from ringfence.core.errors import BookError, suggestion
from ringfence.margin.assess import Health
from ringfence.report.figures.chart import Figure
from ringfence.report.figures.contagion import contagion, graph, pooled
from ringfence.report.figures.glance import glance
from ringfence.report.figures.ladder import Moves, Unit, ladder
from ringfence.report.figures.on_paths import FIGURES, names_on_paths
from ringfence.report.figures.stress import movers_of, stress
from ringfence.report.figures.timeline import timeline
from ringfence.report.figures.waterfall import waterfall
from ringfence.report.figures.way import way

if TYPE_CHECKING:
    import plotly.graph_objects as go

Result = Health | Contrast | PathContrast | Replay

_FIRST: Final = "ladder"
_OF_ANY: Final[Mapping[str, Callable[[Health | Contrast], Figure]]] = {
    "glance": glance,
    "waterfall": waterfall,
}
_OF_CONTRAST: Final[Mapping[str, Callable[[Contrast], Figure]]] = {
    "contagion": contagion,
    "graph": graph,
    "stress": stress,
}


def drawn(
    result: Result,
    name: str = _FIRST,
    *,
    moves: Moves = "alone",
    unit: Unit = "percent",
    shock: str | None = None,
) -> Figure:
    """Return a figure before it is painted. See ``figure``."""
    _check("moves", moves, get_args(Moves))
    _check("unit", unit, get_args(Unit))
    if isinstance(result, Replay):
        return _of_replay(result, name)
    paths = on_paths_of(result)
    if paths is not None and name in names_on_paths(paths):
        return FIGURES[name](paths)
    if isinstance(result, PathContrast):
        return _of_paths(result, name)
    if name == "ladder":
        return ladder(result, moves, unit)
    if name == "way":
        return way(result, shock)
    if name in _OF_ANY:
        return _OF_ANY[name](result)
    if isinstance(result, Contrast) and name in _OF_CONTRAST:
        return _OF_CONTRAST[name](result)
    raise BookError(
        f"figure {name!r}", "this result has no such figure", suggestion(name, set(names(result)))
    )


def on_paths_of(result: Result) -> PathContrast | None:
    """Return what paths say in a result; None: none were drawn."""
    if isinstance(result, PathContrast):
        return result
    return result.paths if isinstance(result, Contrast) else None


def _of_paths(result: PathContrast, name: str) -> Figure:
    known = names_on_paths(result)
    if name != _FIRST:
        raise BookError(f"figure {name!r}", "this run has no such figure", suggestion(name, set(known)))
    return FIGURES[known[0]](result)


def _of_replay(result: Replay, name: str) -> Figure:
    if name not in {"timeline", _FIRST}:
        raise BookError(f"figure {name!r}", "a replay has no such figure", "It has timeline")
    return timeline(result)


def _check(what: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        raise BookError(f"{what} {word!r}", "it is unknown", suggestion(word, set(known)))


def names(result: Result) -> list[str]:
    """Return the names of the figures that a result has."""
    if isinstance(result, Replay):
        return ["timeline"]
    paths = on_paths_of(result)
    on_paths = [] if paths is None else names_on_paths(paths)
    if isinstance(result, PathContrast):
        return on_paths
    found = ["ladder", "way", *_OF_ANY]
    if isinstance(result, Contrast):
        found += ["contagion", "graph"] if pooled(result) else []
        found += ["stress"] if movers_of(result.outcomes[0].health) else []
    return found + on_paths


def figure(
    result: Result,
    name: str = _FIRST,
    *,
    moves: Moves = "alone",
    unit: Unit = "percent",
    shock: str | None = None,
) -> "go.Figure":
    """Return a figure of a result for a notebook, by plotly.

        ringfence.figure(ringfence.compare(book), "ladder", moves="beta", unit="sigmas")

    Args:
        result: what ``assess``, ``compare``, ``simulate`` or ``replay`` returned.
        name: ladder, way, glance or waterfall; of a contrast also contagion, graph and stress; on paths exceedance,
            falls, chain, frontier and ribbons; of a replay timeline, which is all it has.
        moves: of the ladder: alone (only this coin), beta (the others follow), worst (the nearest joint move).
        unit: of the ladder: percent or sigmas.
        shock: of the way: the joint move, e.g. "BTC=-30%,ETH=-40%"; None: everything, down and up by half.

    Raises:
        BookError: a name or a shock is unknown, or the result has no such figure.

    """
    from ringfence.report.figures.with_plotly import painted

    return painted(drawn(result, name, moves=moves, unit=unit, shock=shock))


def png(result: Result, *wanted: str, shock: str | None = None) -> bytes:
    """Return figures of a result as one PNG image, one below the other, by matplotlib.

    Args:
        result: what ``assess``, ``compare``, ``simulate`` or ``replay`` returned.
        wanted: names of figures; none: ladder and way, and of a health the waterfall between them; on paths what may
            be lost, who takes down whom, and the frontier of capital.
        shock: of the way.

    Raises:
        BookError: a name or the shock is unknown, or the result has no such figure.

    """
    from ringfence.report.figures.with_matplotlib import painted

    if isinstance(result, Replay):
        return painted([drawn(result, name) for name in wanted or ("timeline",)])
    paths = on_paths_of(result)
    if paths is not None:
        first = [name for name in ("exceedance", "falls", "frontier") if name in names_on_paths(paths)]
        return painted([drawn(result, name, shock=shock) for name in wanted or first])
    usual = ("ladder", "way") if isinstance(result, Contrast) else ("ladder", "waterfall", "way")
    return painted([drawn(result, name, shock=shock) for name in wanted or usual])
