"""A figure painted by plotly, for notebooks: the same marks, with a hint wherever one points."""

from dataclasses import replace
from textwrap import wrap
from typing import Final, assert_never

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ringfence.report.figures.chart import Arrow, Axis, Box, Dot, Figure, Line, Mark, in_box, shortened
from ringfence.report.figures.palette import faded, light

_SYMBOLS: Final = {"circle": "circle", "square": "square", "diamond": "diamond", "cross": "x-thin"}
_DASHES: Final = {"solid": "solid", "dashed": "dash", "dotted": "dot"}
_FONT: Final = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_WRAP: Final = 140
_LETTERS: Final = 92
_UPRIGHT: Final = 6
_NAME: Final = 12
"""So many letters fit in the width of a panel that stands alone in a notebook; half of them where two do; names of
columns that have room for fewer than ``_UPRIGHT`` stand upright."""
_LINE_HEIGHT: Final = 16


def painted(figure: Figure) -> go.Figure:
    """Return a figure as plotly draws it, its caption below."""
    across = figure.across or (2 if len(figure.panels) > 1 else 1)
    down = -(-len(figure.panels) // across)
    heights = [max(p.height for p in figure.panels[k * across : (k + 1) * across]) for k in range(down)]
    fig = make_subplots(
        rows=down, cols=across, subplot_titles=[panel.title for panel in figure.panels], row_heights=heights,
        vertical_spacing=min(0.3, 76 / sum(heights)) if down > 1 else None,
        horizontal_spacing=0.16 if across > 1 else None,
    )  # fmt: skip
    fig.update_annotations(font_size=13)
    for number, panel in enumerate(figure.panels):
        place = {"row": number // across + 1, "col": number % across + 1}
        for mark in panel.marks:
            if isinstance(mark, Box) and mark.inside:
                _add(fig, replace(mark, text=in_box(mark, panel.x, _LETTERS / across)), place)
            else:
                _add(fig, mark, place)
        fig.update_xaxes(_axis(panel.x, panel.x.label) | _columns(panel.x, _LETTERS / across), **place)
        fig.update_yaxes(
            _axis(panel.y, panel.y.label) | {"automargin": True, "ticklabelstandoff": 6}, **place
        )
    for role, said in figure.legend:
        marker = {"color": light(role), "symbol": "square", "size": 11}
        fig.add_trace(
            go.Scatter(x=[None], y=[None], mode="markers", name=said, marker=marker, showlegend=True),
            row=1,
            col=1,
        )
    return _laid_out(fig, figure, sum(heights))


def _laid_out(fig: go.Figure, figure: Figure, height: int) -> go.Figure:
    said = wrap(figure.caption, _WRAP)
    labelled = any(panel.x.label for panel in figure.panels)
    titled = any(panel.title for panel in figure.panels)
    foot = 52 if labelled else 34
    below = len(said) * _LINE_HEIGHT + foot + 14
    above = 56 + (24 if figure.legend else 0) + (24 if titled else 0)
    fig.update_layout(
        template="plotly_white",
        title={
            "text": figure.title,
            "x": 0,
            "xref": "paper",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 14},
        },
        font={"family": _FONT, "size": 12, "color": light("ink")},
        legend={"orientation": "h", "x": 0, "y": 1 + (30 if titled else 4) / height, "yanchor": "bottom"},
        height=height + above + below,
        margin={"l": 16, "r": 24, "t": above, "b": below},
        bargap=0,
        barmode="overlay",
        hovermode="closest",
        hoverlabel={"font": {"family": _FONT}},
    )
    fig.add_annotation(
        text="<br>".join(said), x=0, y=0, xref="paper", yref="paper", yshift=-foot, xanchor="left", yanchor="top",
        align="left", showarrow=False, font={"size": 11, "color": light("quiet")},
    )  # fmt: skip
    return fig


def _axis(axis: Axis, label: str) -> dict[str, object]:
    return {
        "range": [axis.low, axis.high],
        "tickvals": [value for value, _ in axis.ticks],
        "ticktext": [written for _, written in axis.ticks],
        "title": {"text": label},
        "showgrid": axis.lines,
        "gridcolor": light("line"),
        "zeroline": axis.lines and axis.low <= 0 <= axis.high,
        "zerolinecolor": light("quiet"),
        "fixedrange": not axis.lines,
    }


def _columns(axis: Axis, letters: float) -> dict[str, object]:
    """Return the names of columns as long as there is room; where an axis has values, nothing of its own."""
    if axis.lines or not axis.ticks:
        return {}
    room = letters / len(axis.ticks)
    many = room < _UPRIGHT
    names = [shortened(text, _NAME if many else room) for _, text in axis.ticks]
    return {"ticktext": names, "tickangle": -90 if many else 0}


def _add(fig: go.Figure, mark: Mark, place: dict[str, int]) -> None:
    match mark:
        case Line():
            fig.add_trace(_line(mark), **place)
        case Box():
            fig.add_trace(_box(mark), **place)
            if mark.text:
                fig.add_annotation(**_beside(mark), **place)
            if mark.key:
                fig.add_annotation(**_before(mark), **place)
        case Dot():
            fig.add_trace(_dot(mark), **place)
        case Arrow():
            _arrow(fig, mark, place)
        case other:
            assert_never(other)


def _line(mark: Line) -> go.Scatter:
    xs, ys = [x for x, _ in mark.points], [y for _, y in mark.points]
    colour = light(mark.role)
    if mark.style == "area":
        return go.Scatter(
            x=xs, y=ys, fill="toself", fillcolor=faded(colour, 0.13), line={"width": 0}, mode="lines",
            hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    hint = f"%{{x:.1f}}: %{{y:,.2f}}<extra>{mark.name}</extra>" if mark.name else None
    return go.Scatter(
        x=xs, y=ys, mode="lines", line={"color": colour, "width": 2, "dash": _DASHES[mark.style]}, name=mark.name,
        showlegend=False, hovertemplate=hint, hoverinfo=None if hint else "skip",
    )  # fmt: skip


def _box(mark: Box) -> go.Bar:
    return go.Bar(
        orientation="h", base=[mark.x0], x=[mark.x1 - mark.x0],
        y=[(mark.y0 + mark.y1) / 2], width=[abs(mark.y1 - mark.y0)],
        marker={"color": faded(light(mark.role), mark.depth), "line": {"width": 0}}, showlegend=False,
        hovertemplate=f"{mark.hint}<extra></extra>" if mark.hint else None,
        hoverinfo=None if mark.hint else "skip",
    )  # fmt: skip


def _beside(mark: Box) -> dict[str, object]:
    """Return the text of a box as an annotation: in its middle, or behind its end."""
    middle = (mark.y0 + mark.y1) / 2
    if mark.inside:
        return {"x": (mark.x0 + mark.x1) / 2, "y": middle, "text": mark.text, "showarrow": False}
    left = mark.x1 < mark.x0
    end = mark.x1 if left else max(mark.x0, mark.x1)
    apart = 14 if mark.key and mark.x1 == mark.x0 else 4
    return {
        "x": end, "y": middle, "text": mark.text, "showarrow": False, "xanchor": "right" if left else "left",
        "xshift": -apart if left else apart, "font": {"size": 11},
    }  # fmt: skip


def _before(mark: Box) -> dict[str, object]:
    """Return what names a bar's series without its colour, before its start."""
    here = mark.x1 <= mark.x0
    return {
        "x": mark.x0, "y": (mark.y0 + mark.y1) / 2, "text": mark.key, "showarrow": False,
        "xanchor": "left" if here else "right", "xshift": 3 if here else -3,
        "font": {"size": 9, "color": light("quiet")},
    }  # fmt: skip


def _dot(mark: Dot) -> go.Scatter:
    return go.Scatter(
        x=[mark.x], y=[mark.y], mode="markers+text", text=[mark.text],
        textposition="bottom center" if mark.below else "top center",
        marker={"color": light(mark.role), "symbol": _SYMBOLS[mark.shape], "size": 9,
                "line": {"width": 2, "color": light(mark.role)}},
        showlegend=False, hovertemplate=f"{mark.hint}<extra></extra>",
    )  # fmt: skip


def _arrow(fig: go.Figure, mark: Arrow, place: dict[str, int]) -> None:
    dash = "dash" if mark.dashed else "solid"
    line = {"color": light(mark.role), "width": 1.8, "dash": dash}
    marker = {"symbol": ["circle", "triangle-right"], "size": [1, 10], "color": light(mark.role)}
    fig.add_trace(
        go.Scatter(
            x=[mark.x0, mark.x1], y=[mark.y0, mark.y1], mode="lines+markers", line=line, marker=marker,
            showlegend=False, hovertemplate=f"{mark.hint}<extra></extra>",
        ),
        **place,
    )  # fmt: skip
    if mark.text:
        fig.add_annotation(
            x=mark.x0, y=mark.y0, text=mark.text, xanchor="left", xshift=4, yshift=9 if mark.y1 >= mark.y0 else -9,
            showarrow=False, font={"size": 10, "color": light("quiet")}, **place,
        )  # fmt: skip
