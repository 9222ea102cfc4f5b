"""Colours: told apart by readers with any of the common colour deficiencies, and read on either ground.

Deficiencies are simulated as Machado, Oliveira and Fernandes do (2009, "A Physiologically-based Model for Simulation
of Color Vision Deficiency", severity 1.0), differences are counted as CIEDE2000 (Sharma, Wu and Dalal 2005), contrast
as WCAG 2.2 does.
"""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from ringfence.report.figures.palette import COLOURS, DEEPEST, SERIES

Vector = NDArray[np.float64]

SEEN_BY = {
    "all cones": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                            [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
GROUNDS = {"light": 0, "dark": 1}

TOGETHER = {
    "modes": [f"s{k}" for k in range(1, SERIES + 1)],
    "steps": ["gain", "loss", "total"],
    "stakes": ["dies", "stake", "kept", "total"],
    "moves": ["gain", "loss"],
    "graph": ["loss", "total"],
}
"""Which colours stand in one figure."""
LEAST = {"modes": 8.0, "steps": 15.0, "stakes": 12.0, "moves": 20.0, "graph": 15.0}
"""CIEDE2000. Modes are numbered beside their bars, so that their colours need not carry the name alone."""


def linear(colour: str) -> Vector:
    """Return red, green and blue of light, from 0 to 1, of a colour as it is written."""
    parts = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light: Vector) -> Vector:
    """Return CIELAB (D65) of linear red, green and blue."""
    to_xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                       [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
    ratio = to_xyz @ np.clip(light, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: Vector, other: Vector) -> float:
    """Return how different two colours in CIELAB look; about 1 can just be seen side by side."""
    mean_c = (np.hypot(*one[1:]) + np.hypot(*other[1:])) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))
    (a1, b1), (a2, b2) = ((1 + g) * one[1], one[2]), ((1 + g) * other[1], other[2])
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    dl, dc, dh = other[0] - one[0], c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    ml, mc = (one[0] + other[0]) / 2, (c1 + c2) / 2
    mh = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    t = (1 - 0.17 * np.cos(np.radians(mh - 30)) + 0.24 * np.cos(np.radians(2 * mh))
         + 0.32 * np.cos(np.radians(3 * mh + 6)) - 0.20 * np.cos(np.radians(4 * mh - 63)))  # fmt: skip
    sl = 1 + 0.015 * (ml - 50) ** 2 / np.sqrt(20 + (ml - 50) ** 2)
    sc, sh = 1 + 0.045 * mc, 1 + 0.015 * mc * t
    rt = (-2 * np.sqrt(mc**7 / (mc**7 + 25.0**7))
          * np.sin(np.radians(60 * np.exp(-(((mh - 275) / 25) ** 2)))))  # fmt: skip
    return float(np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * (dc / sc) * (dh / sh)))


def contrast(one: Vector, other: Vector) -> float:
    """Return the contrast of two colours, from 1 to 21, by their relative luminance."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    dark, bright = sorted((float(weights @ one), float(weights @ other)))
    return (bright + 0.05) / (dark + 0.05)


def mixed(over: str, ground: str, depth: float) -> Vector:
    """Return a colour that lies over a ground with so much of its strength, mixed as a screen mixes."""
    parts = [
        round(depth * int(over[k : k + 2], 16) + (1 - depth) * int(ground[k : k + 2], 16)) for k in (1, 3, 5)
    ]
    return linear("#" + "".join(f"{part:02x}" for part in parts))


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_difference_is_that_of_the_published_pairs(
    one: tuple[float, ...], other: tuple[float, ...], difference: float
) -> None:
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(difference, abs=5e-5)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("eye", SEEN_BY)
@pytest.mark.parametrize("figure", TOGETHER)
def test_colours_of_one_figure_are_told_apart_by_every_eye(figure: str, eye: str, ground: str) -> None:
    seen = {role: lab(SEEN_BY[eye] @ linear(COLOURS[role][GROUNDS[ground]])) for role in TOGETHER[figure]}
    alike = {
        (one, other): round(difference, 1)
        for one, other in combinations(seen, 2)
        if (difference := ciede2000(seen[one], seen[other])) < LEAST[figure]
    }
    assert alike == {}


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("paper", ["paper", "plain"])
def test_text_is_read_on_both_grounds(paper: str, ground: str) -> None:
    below = linear(COLOURS[paper][GROUNDS[ground]])
    for role in ("ink", "quiet", "s3"):  # s3: links
        assert contrast(linear(COLOURS[role][GROUNDS[ground]]), below) >= 4.5, role


@pytest.mark.parametrize("ground", GROUNDS)
def test_lines_and_bars_stand_out_from_the_paper(ground: str) -> None:
    below = linear(COLOURS["paper"][GROUNDS[ground]])
    for role in (*TOGETHER["modes"], "gain", "loss", "total"):
        assert contrast(linear(COLOURS[role][GROUNDS[ground]]), below) >= 3, role


@pytest.mark.parametrize("ground", GROUNDS)
def test_text_is_read_in_every_box(ground: str) -> None:
    k = GROUNDS[ground]
    ink, paper = linear(COLOURS["ink"][k]), COLOURS["paper"][k]
    for role in ("dies", "stake", "kept"):
        assert contrast(ink, linear(COLOURS[role][k])) >= 4.5, role
    for role in ("gain", "loss"):
        for depth in (0.0, DEEPEST / 2, DEEPEST):
            assert contrast(ink, mixed(COLOURS[role][k], paper, depth)) >= 4.5, (role, depth)
    for role in ("s3", "total"):
        assert contrast(ink, mixed(COLOURS[role][k], paper, 0.25)) >= 4.5, role
