"""What travels to a worker and back is the same when it arrives."""

import pickle
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from ringfence.batch.columns import Numbers
from ringfence.batch.majors import market_of
from ringfence.batch.population import Shape, populate
from ringfence.core.errors import BookError, InputError, InvariantError, MarketError
from ringfence.screen import jobs, wire
from ringfence.screen.jobs import Judging
from ringfence.screen.verdicts import Verdicts, verdicts
from ringfence.venue import RulePack, kinds, load, pack_ids
from ringfence.venue.pack import Facts
from tests.laws.stages import Stage, stages

ASKED_BY_FACTS = (
    "ladder", "closing_cost", "order_cost", "offset", "hedge", "rounding", "equity", "withdrawal", "isolated",
    "funding", "display",
)  # fmt: skip
ASKED_BY_ASSET = ("collateral", "debt", "pnl_cut_with_balance", "followers", "asset", "ladder_defaults")
ASKED_OF_ALL = ("asks_opening", "maintenance_of_initial", "pool_model", "conversion", "modes")


def sent(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value, 5))  # noqa: S301 - our own


def newest() -> list[Stage]:
    return list({(stage.pack, stage.rules.account_mode.id): stage for stage in stages()}.values())


def answer(rules: RulePack, question: str, *asked: Any) -> Any:
    """Return an answer, or the complaint that there is none."""
    found = getattr(rules, question)
    try:
        return found(*asked) if callable(found) else found
    except InputError as fault:
        return str(fault)


def answers(rules: RulePack, facts: list[Facts]) -> list[Any]:
    """Return what a pack says to every question there is."""
    assets = [row.asset for row in rules.lists["collateral"] if isinstance(row, kinds.Collateral)]
    by_facts = [
        answer(rules, question, one)
        for question in (*ASKED_BY_FACTS, "trigger", "procedure")
        for one in facts
    ]
    needs = [answer(rules, "requirement", what, one) for what in ("initial", "maintenance") for one in facts]
    fees = [
        answer(rules, "fee", name, one) for name in ("taker", "maker", "liquidation", "cap") for one in facts
    ]
    of_assets = [answer(rules, question, asset) for question in ASKED_BY_ASSET for asset in (*assets, "XYZ")]
    models = [answer(rules, "offset_models", mode.id) for mode in rules.modes()]
    pages = [answer(rules, "page", source) for source in rules.sources]
    return [
        *by_facts,
        *needs,
        *fees,
        *of_assets,
        *models,
        *pages,
        *(answer(rules, one) for one in ASKED_OF_ALL),
    ]


@pytest.mark.parametrize("stage", newest(), ids=repr)
def test_rules_that_were_sent_answer_every_question_as_those_that_stayed(stage: Stage) -> None:
    facts = [one for instrument in stage.instruments for one in stage.facts(instrument)]
    before = answers(stage.rules, facts)
    copy = sent(stage.rules)
    assert answers(copy, facts) == before
    assert copy == stage.rules
    assert answers(sent(copy), facts) == before


def test_every_question_to_a_pack_is_asked_here() -> None:
    asked = {*ASKED_BY_FACTS, *ASKED_BY_ASSET, *ASKED_OF_ALL, "trigger", "procedure", "requirement", "fee",
             "offset_models", "page"}  # fmt: skip
    public = {name for name in vars(RulePack) if not name.startswith("_")}
    assert public - {one.name for one in fields(RulePack)} == asked


@pytest.mark.parametrize("venue", pack_ids())
def test_what_was_found_in_rules_is_not_sent_with_them(venue: str) -> None:
    rules = replace(load(venue))
    before = pickle.dumps(rules, 5)
    for symbol in ("BTC/USDT:USDT", "BTC/USD:BTC"):
        answer(rules, "ladder", Facts(symbol, "linear", "USDT", "cross"))
        answer(rules, "trigger", Facts(symbol, "linear", "USDT", "cross"))
    assert rules.asks_opening in {True, False}
    assert pickle.dumps(rules, 5) == before


def test_a_block_and_its_setting_are_judged_the_same_after_they_were_sent() -> None:
    setting = market_of("okx")
    columns = populate(Shape(accounts=6), setting, 1)
    amount = columns.holdings.amount
    long = Numbers(amount.values, {0: Decimal(repr(float(amount.values[0]))) + Decimal("1e-20")})
    columns = replace(columns, holdings=replace(columns.holdings, amount=long))
    copy = sent(columns)
    assert copy.holdings.amount.written == long.written
    assert same(verdicts(copy, sent(setting)), verdicts(columns, setting))
    assert same(sent(verdicts(columns, setting)), verdicts(columns, setting))


def same(one: Verdicts, other: Verdicts) -> bool:
    assert one.columns.accounts == other.columns.accounts
    return all(
        np.array_equal(ours, theirs, equal_nan=ours.dtype == np.float64)
        for ours, theirs in (
            *(
                (getattr(one.judged, part.name), getattr(other.judged, part.name))
                for part in fields(one.judged)
            ),
            (one.exact, other.exact),
        )
    )


@pytest.mark.parametrize("kind", [BookError, MarketError])
def test_a_complaint_is_the_same_after_it_was_sent(kind: type[InputError]) -> None:
    fault = kind("account a", "it is torn", "Mend it").within("book")
    copy = sent(fault)
    assert type(copy) is kind
    assert (str(copy), copy.where, copy.fault, copy.remedy) == (
        "book: account a: it is torn. Mend it.", "book: account a", "it is torn", "Mend it",
    )  # fmt: skip


def test_a_bug_is_told_with_its_place_on_the_worker() -> None:
    setting = market_of("bybit")
    broken = replace(populate(Shape(accounts=2), setting, 1), symbols=())
    (task,) = wire.tasks_of([broken], setting, Judging())
    with pytest.raises(InvariantError, match=r"(?s)a worker could not judge a block.*IndexError"):
        wire.read_answer(wire.done_there(*task.call))


def test_a_worker_without_room_says_so_and_not_that_we_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: Any, **__: Any) -> None:
        raise MemoryError

    setting = market_of("bybit")
    (task,) = wire.tasks_of([populate(Shape(accounts=2), setting, 1)], setting, Judging())
    monkeypatch.setattr(jobs, "verdicts", no_room)
    assert wire.done_there(*task.call) == wire.NOTHING


def test_rules_that_blocks_share_are_packed_once() -> None:
    setting = market_of("okx")
    columns = populate(Shape(accounts=2), setting, 1)
    one, other = wire.tasks_of([columns, columns], setting, Judging())
    assert one.rules is other.rules
