"""Where a pool's buffer is first used up as one price goes one way: stretch by stretch, and closed in on. Kernels."""

from math import inf, isnan, nan, sqrt
from typing import Final

from ringfence.batch.along import APART, LEAST, MOST, buffer_at, next_break
from ringfence.batch.compiled import compiled
from ringfence.batch.records import Column, Record, Records
from ringfence.core.number import larger, smaller

NEVER: Final = 0
ROOT: Final = 1
JUMP: Final = 2

FLAT_BELOW: Final = 2.0**-30
FLAT_ABOVE: Final = 2.0**30
"""Where a buffer is looked at that does not differ at the end of the world from one that no longer changes."""
_LOOKS: Final = 200
"""How often a buffer is judged on the way to one root; some eight times do."""
_TURNS: Final = 4
"""After so many looks the price in between the two that are left is tried, if they are far apart still."""
_STOPS: Final = 20_000
"""Breaks on a way, at most."""
_FINE: Final = 1.0 / 16.0
"""Share of the bound within which a buffer is taken for zero."""
_CLEAR: Final = 64.0
"""Bounds by which a buffer is clear of zero."""
_ULPS: Final = 4.0 * 2.0**-53
_WIDE: Final = 1e-6
"""A price that is further off than this share of it is not sure."""


@compiled
def _meets(safe: float, safe_buffer: float, past: float, past_buffer: float) -> float:
    """Return where the line through two points is zero."""
    return safe + (past - safe) * (safe_buffer / (safe_buffer - past_buffer))


@compiled
def _inside(x: float, safe: float, past: float) -> bool:
    return (safe < x < past) or (past < x < safe)


@compiled
def _next_look(guess: float, safe: float, safe_buffer: float, past: float, past_buffer: float) -> float:
    """Return a guess if it lies between two prices, else where their chord is zero, else their middle."""
    if _inside(guess, safe, past):
        return guess
    x = _meets(safe, safe_buffer, past, past_buffer)
    return x if _inside(x, safe, past) else (safe + past) / 2.0


@compiled
def close_in(
    safe: float, safe_buffer: float, past: float, past_buffer: float,
    way: Record, pool: Record, holdings: Records, rows: Records, rules: Records, rungs: Records, factors: Records,
    assets: Records, bands: Records, marks: Column, index: Column, today: Column, figures: Column, touched: Records,
) -> tuple[float, float, int]:  # fmt: skip
    """Return where a buffer that is concave between two prices is used up, how far off that may be, and how.

    A chord of a concave buffer meets zero on the safe side; the line through two safe points, beyond them, on the far
    side. Both are tried in turn, and the middle where they do not close in.
    """
    clear, clear_buffer = safe, safe_buffer
    before, before_buffer = nan, nan
    bound, width = inf, inf
    for look in range(_LOOKS):
        turn, x = look % _TURNS, nan
        if turn == _TURNS - 1:
            x = sqrt(safe * past) if abs(past - safe) > width / 8.0 else nan
            width = abs(past - safe)
        elif turn == 1 and safe_buffer != before_buffer:
            x = _meets(before, before_buffer, safe, safe_buffer)
        x = _next_look(x, safe, safe_buffer, past, past_buffer)
        if abs(past - safe) <= _ULPS * past or not _inside(x, safe, past):
            break
        buffer, bound = buffer_at(
            x, way, pool, holdings, rows, rules, rungs, factors, assets, bands, marks, index, today, figures,
            touched,
        )  # fmt: skip
        if abs(buffer) <= _FINE * bound:
            return x, _off(x, bound, clear, clear_buffer), ROOT
        if buffer > _CLEAR * bound:
            clear, clear_buffer = x, buffer
        if buffer > 0.0:
            before, before_buffer, safe, safe_buffer = safe, safe_buffer, x, buffer
        else:
            past, past_buffer = x, buffer
    kind = JUMP if safe_buffer > bound and past_buffer < -bound else ROOT
    return past, (_ULPS * past if kind == JUMP else _off(past, bound, clear, clear_buffer)), kind


@compiled
def _off(x: float, bound: float, clear: float, clear_buffer: float) -> float:
    """Return how far off a root may be: a concave buffer falls on as steeply as it did on the way to it, or more."""
    return (1.0 + 2.0 * _FINE) * bound * abs(x - clear) / clear_buffer + _ULPS * x


@compiled
def _end_of_stretch(
    safe: float, stop: float, direction: int,
    way: Record, pool: Record, holdings: Records, rows: Records, rules: Records, rungs: Records, factors: Records,
    assets: Records, bands: Records, marks: Column, index: Column, today: Column, figures: Column, touched: Records,
) -> tuple[float, float, float]:  # fmt: skip
    """Return where a stretch ends, just before its break (NaN: none), the buffer there, and its bound."""
    end = stop * (1.0 - direction * APART)
    if isnan(stop):
        end = LEAST if direction < 0 else MOST
    ended, bound = 0.0, inf
    for _ in range(2):
        ended, bound = buffer_at(
            end, way, pool, holdings, rows, rules, rungs, factors, assets, bands, marks, index, today, figures,
            touched,
        )  # fmt: skip
        if not isnan(stop) or abs(ended) > bound:
            break
        end = smaller(safe * 0.5, FLAT_BELOW) if direction < 0 else larger(safe * 2.0, FLAT_ABOVE)
    return end, ended, bound


@compiled
def first_crossing(
    direction: int, breaks: bool, buffer: float, bound: float,  # noqa: FBT001
    way: Record, pool: Record, holdings: Records, rows: Records, rules: Records, rungs: Records, factors: Records,
    assets: Records, bands: Records, marks: Column, index: Column, today: Column, figures: Column, touched: Records,
) -> tuple[float, float, int, bool, bool]:  # fmt: skip
    """Return the first multiple of today's price, going one way, at which a pool's buffer is used up.

    ``buffer`` and ``bound`` are today's.

    Returns:
        the multiple (NaN: never), how far off it may be, ``ROOT`` or ``JUMP`` (or ``NEVER``), whether all of that
        is sure whatever rounding did, and whether, where it is never, steps of a venue's own rounding change nothing:
        at either end of every stretch the buffer is above today's bound, which holds such steps, by its own bound
        twice. A buffer that is used up today has no first crossing: judge before.

    """
    safe, stop, sure, ample, steps = 1.0, nan, True, True, bound
    for look in range(_STOPS):
        if look > 0:
            buffer, bound = buffer_at(
                safe, way, pool, holdings, rows, rules, rungs, factors, assets, bands, marks, index, today, figures,
                touched,
            )  # fmt: skip
        sure &= abs(buffer) > bound
        if buffer <= 0.0 and look > 0:
            return stop, 2.0 * APART * stop, JUMP, sure, False
        stop = next_break(safe, direction, way, rows, rules, rungs, touched) if breaks else nan
        end, ended, there = _end_of_stretch(
            safe, stop, direction, way, pool, holdings, rows, rules, rungs, factors, assets, bands, marks, index,
            today, figures, touched,
        )  # fmt: skip
        if ended <= 0.0:
            x, off, kind = close_in(
                safe, buffer, end, ended, way, pool, holdings, rows, rules, rungs, factors, assets, bands, marks,
                index, today, figures, touched,
            )  # fmt: skip
            return x, off, kind, sure and off <= _WIDE * x, False
        sure &= ended > there
        ample &= smaller(buffer - 2.0 * bound, ended - 2.0 * there) > steps
        if isnan(stop):
            return nan, 0.0, NEVER, sure, ample
        safe = stop * (1.0 + direction * APART)
    return nan, inf, NEVER, False, False
