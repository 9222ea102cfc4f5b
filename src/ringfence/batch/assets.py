"""What assets are worth, count for as collateral and need as debts, as the numbers that kernels read."""

from collections.abc import Mapping, Sequence
from math import inf, nan

import numpy as np

from ringfence.batch import records
from ringfence.batch.setting import Setting
from ringfence.core.exact import read_decimal
from ringfence.venue import kinds
from ringfence.venue.standing import standing


def lower_assets(assets: Sequence[str], setting: Setting) -> tuple[np.ndarray, np.ndarray]:
    """Return the records of a population's assets, and the bands of their collateral ratios."""
    rows = np.zeros(max(len(assets), 1), records.ASSET)
    bands: list[tuple[float, float]] = []
    for row, asset in zip(rows, assets, strict=False):
        index, _ = standing(asset, setting.market, setting.instruments, setting.rules)
        row["index"] = nan if index is None else float(index)
        followed = setting.rules.venue.follows.get(asset)
        stands = asset in setting.market.indices
        row["follows"] = assets.index(followed) if stands and followed in assets else -1
        _fill_collateral(row, asset, setting, bands)
        _fill_debt(row, asset, setting)
    return rows, np.array(bands or [(inf, 0.0)], records.BAND)


def _fill_collateral(row: np.void, asset: str, setting: Setting, bands: list[tuple[float, float]]) -> None:
    rule = setting.rules.collateral(asset)
    off = setting.rules.settings.get("collateral_off", ())
    row["off"] = isinstance(off, list | tuple) and asset in off
    row["with_pnl"] = setting.rules.pnl_cut_with_balance(asset)
    row["cut"] = rule is not None
    row["first_band"] = len(bands)
    if rule is not None:
        row["in_coin"], row["second_cut"], row["bands"] = (
            rule.unit == "coin",
            float(rule.second_cut),
            len(rule.bands),
        )
        bands += [(inf if band.cap is None else float(band.cap), float(band.ratio)) for band in rule.bands]


def _fill_debt(row: np.void, asset: str, setting: Setting) -> None:
    rules = setting.rules
    rule = rules.debt(asset) if rules.lists["debt"] else None
    if rule is None:
        return
    rates = _rates(rule, setting)
    row["owes"], row["owed_with_pnl"] = True, rule.pnl == "with_balance"
    row["in_need"], row["debt_closing"] = rule.counted == "requirement", float(rule.closing)
    row["debt_need"], row["debt_fixed"] = float(rates.maintenance), float(rule.fixed)
    if rates.initial is not None:
        row["debt_open"] = float(rates.initial)
    elif rates.leverage is not None and rates.leverage > 1:
        row["debt_open"] = float(1 / (rates.leverage - 1))
    loans = rules.settings.get("loans", {})
    if isinstance(loans, Mapping) and asset in loans:
        row["loan"] = float(read_decimal(loans[asset], f"settings, loans, {asset}"))


def _rates(rule: kinds.Debt, setting: Setting) -> kinds.DebtRate:
    """Return the rates of the leverage chosen for borrowing; the first row, where none is."""
    stated = setting.rules.settings.get("loan_leverage")
    if stated is None or rule.rates[0].leverage is None:
        return rule.rates[0]
    chosen = read_decimal(stated, "settings, loan_leverage")
    return next((row for row in rule.rates if row.leverage == chosen), rule.rates[0])
