"""The decimal engine and the rational referee agree to 40 digits, for every kind of rule; what is posted is equal."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from ringfence.liquidation import liquidate
from ringfence.margin.judge import Judgement, judge
from ringfence.margin.node import Missing
from ringfence.margin.transfers import available, removable, withdrawable
from ringfence.venue import kinds
from tests.differential.rational import Rational, exact_pool, exact_world
from tests.laws.books import Account, accounts
from tests.laws.figures import size
from tests.laws.option_books import option_accounts, spread
from tests.laws.option_stages import on_option_stages, option_stages, stands_alone
from tests.laws.stages import Stage, asking, on_stages, stages, tries
from tests.laws.test_liquidation_laws import cases

HAIR = Fraction(1, 10**40)


def agree(decimal: Decimal, rational: Decimal, of: Decimal) -> bool:
    """Return whether a figure is within 40 digits of the size of what it was made of; no figure agrees with none."""
    return abs(Fraction(decimal) - Fraction(rational)) <= HAIR * max(
        abs(Fraction(of)), abs(Fraction(rational))
    )


def twins(account: Account) -> list[tuple[Judgement, Judgement]]:
    exact = exact_world(account.world)
    return [(judge(pool, account.world), judge(exact_pool(pool), exact)) for pool in account.pools]


@on_stages()
@tries(20)
@given(data=st.data())
def test_requirements_and_equity_agree_with_rationals_to_40_digits(stage: Stage, data: st.DataObject) -> None:
    for engine, referee in twins(data.draw(accounts(stage))):
        assert type(referee.equity.value).__name__ == "Rational"
        for name in ("equity", "unrealized", "collateral", "maintenance", "closing_cost"):
            one, other = getattr(engine, name).value, getattr(referee, name).value
            assert agree(one, other, size(engine)), name
        assert agree(engine.buffer, referee.buffer, size(engine))
        for one, other in zip(engine.charges, referee.charges, strict=True):
            assert agree(one.maintenance.value, other.maintenance.value, one.value)
            assert isinstance(one.initial, Missing) == isinstance(other.initial, Missing)
            if not isinstance(one.initial, Missing) and not isinstance(other.initial, Missing):
                assert agree(one.initial.value, other.initial.value, one.value)


@on_option_stages(stands_alone)
@tries(10)
@given(data=st.data())
def test_single_options_agree_with_rationals_to_40_digits(stage: Stage, data: st.DataObject) -> None:
    for engine, referee in twins(data.draw(option_accounts(stage))):
        for name in ("equity", "maintenance", "closing_cost"):
            one, other = getattr(engine, name).value, getattr(referee, name).value
            assert agree(one, other, spread(engine)), name
        for mine, again in zip(engine.charges, referee.charges, strict=True):
            assert agree(mine.maintenance.value, again.maintenance.value, mine.value)
            if not isinstance(mine.initial, Missing) and not isinstance(again.initial, Missing):
                assert agree(mine.initial.value, again.initial.value, spread(engine))


@on_stages()
@tries(8)
@given(data=st.data())
def test_what_may_be_used_or_taken_out_agrees_with_rationals_to_40_digits(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(accounts(stage))
    exact = exact_world(account.world)
    for engine, referee in twins(account):
        pairs = (
            (available(engine), available(referee)),
            (withdrawable(engine, account.world), withdrawable(referee, exact)),
            (removable(engine, account.world), removable(referee, exact)),
        )
        for one, other in pairs:
            assert (one is None) == (other is None)
            assert one is None or other is None or agree(one, other, size(engine))


def test_the_referee_counts_in_rationals_and_not_in_decimals() -> None:
    one: Any = Rational(1)
    assert type(one / Decimal(3)) is Rational
    assert one / Decimal(3) * 3 == 1
    assert type(Decimal(1) / (one / 3) + Decimal(1)) is Rational
    assert Decimal("0.5") < one * 2 / 3 <= Rational(2, 3)


@on_stages()
@tries(12)
@given(data=st.data())
def test_what_a_liquidation_posts_is_what_rationals_post_when_rounded(
    stage: Stage, data: st.DataObject
) -> None:
    case = data.draw(cases(stage))
    referee = liquidate(
        exact_pool(case.pool), exact_world(case.world), fills=case.fills, insurance_fund=case.fund
    )
    engine = liquidate(case.pool, case.world, fills=case.fills, insurance_fund=case.fund)
    assert [event.name for event in engine.events] == [event.name for event in referee.events]
    for one, other in zip(engine.events, referee.events, strict=True):
        for posted, exact in zip(one.postings, other.postings, strict=True):
            assert (posted.account, posted.asset) == (exact.account, exact.asset)
            assert agree(posted.amount, exact.amount, posted.amount)  # a quantum more would show
    scale = size(judge(case.pool, case.world))
    assert agree(engine.bad_debt, referee.bad_debt, scale)


def _used() -> set[str]:
    """Return every kind that some stage asks its rules for, by the name of its list."""
    found = set()
    for stage in (*stages(), *option_stages()):
        for facts in (facts for instrument in stage.instruments for facts in stage.facts(instrument)):
            for measure in get_args(kinds.Measure):
                found.add(f"requirement {type(asking(stage.rules, measure, facts)).__name__}")
            cost, hedge = stage.rules.closing_cost(facts), stage.rules.hedge(facts)
            found |= {f"closing cost {cost.kind}"} if cost else set()
            found |= {f"hedge {hedge.kind}"} if hedge else set()
            rule = stage.rules.withdrawal(facts)
            found |= {f"withdrawal {rule.kind}"} if rule else set()
    return found


def test_every_kind_of_rule_stands_before_the_referee() -> None:
    wanted = {f"requirement {kind.__name__}" for kind in get_args(kinds.RequirementRule)}
    wanted |= {f"closing cost {kind}" for kind in _choices(kinds.ClosingCost) if kind != "none"}
    wanted |= {f"hedge {kind}" for kind in _choices(kinds.Hedge)}
    wanted |= {f"withdrawal {kind}" for kind in _choices(kinds.Withdrawal)}
    assert wanted <= _used()


def _choices(kind: type[kinds.Entry]) -> tuple[str, ...]:
    return get_args(kind.__annotations__["kind"])
