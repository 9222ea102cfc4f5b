"""The least collateral for a chance or a cost, against the witnesses of the literature."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.contrast.least_capital import Bucket, expected_cost, least_for_chance, least_for_cost
from ringfence.formula.model.first_passage import chance_of_touch


def pooled(rho: float, *buckets: Bucket) -> Bucket:
    """Return the pool of equally correlated buckets."""
    own = math.fsum(b.risk**2 for b in buckets)
    crossed = math.fsum(a.risk * b.risk for a in buckets for b in buckets if a is not b)
    return Bucket(
        math.sqrt(own + rho * crossed),
        math.fsum(b.requirement for b in buckets),
        math.fsum(b.cost for b in buckets),
    )


def alike(count: int) -> list[Bucket]:
    return [Bucket(1.0, 0.0, 1.0) for _ in range(count)]


def test_five_independent_positions_need_so_much_more_apart_that_nothing_dies() -> None:
    apart = least_for_chance(alike(5), 0.01, "product")
    assert apart / least_for_chance([pooled(0.0, *alike(5))], 0.01, "exact") == pytest.approx(
        2.68158374647, abs=1e-9
    )


def test_the_union_bound_asks_for_no_less_than_the_product() -> None:
    assert least_for_chance(alike(5), 0.01, "union") > least_for_chance(alike(5), 0.01, "product")


def test_pooling_makes_any_liquidation_rarer_and_yet_costs_more() -> None:
    dear, cheap = Bucket(1.0, 0.0, 10.0), Bucket(1.0, 0.0, 1.0)
    both = pooled(0.5, dear, cheap)
    chance = chance_of_touch(3.0, both.risk)
    assert chance == pytest.approx(0.0832645166636, abs=1e-12)
    assert both.cost * chance == pytest.approx(0.915909683299, abs=1e-11)
    assert expected_cost([dear, cheap], 3.0) == pytest.approx(0.697460431004, abs=1e-11)


def test_so_the_criteria_disagree_in_sign() -> None:
    dear, cheap = Bucket(1.0, 0.0, 10.0), Bucket(1.0, 0.0, 1.0)
    both = pooled(0.5, dear, cheap)
    by_event = least_for_chance([dear, cheap], 0.05, "product") / least_for_chance([both], 0.05, "exact")
    by_value = least_for_cost([dear, cheap], 0.05) / least_for_cost([both], 0.05)
    assert by_event > 1 > by_value


@pytest.mark.parametrize("count", [2, 4, 9])
def test_by_value_equal_independent_positions_save_the_root_of_their_number(count: int) -> None:
    ratio = least_for_cost(alike(count), 0.01) / least_for_cost([pooled(0.0, *alike(count))], 0.01)
    assert ratio == pytest.approx(math.sqrt(count), rel=1e-12)


@pytest.mark.parametrize(
    ("capital", "costs", "boundary"),
    [
        (3.0, 2.0, 0.900), (3.0, 5.0, 0.572), (3.0, 10.0, 0.306), (3.0, 50.0, -0.149), (3.0, 100.0, -0.277),
        (6.0, 2.0, 0.974), (6.0, 5.0, 0.876), (6.0, 10.0, 0.777), (6.0, 50.0, 0.539), (6.0, 100.0, 0.445),
    ],
)  # fmt: skip
def test_where_pooling_stops_to_pay(capital: float, costs: float, boundary: float) -> None:
    dear, cheap = Bucket(1.0, 0.0, costs), Bucket(1.0, 0.0, 1.0)
    apart = expected_cost([dear, cheap], capital)
    for rho, pays in ((boundary - 0.001, True), (boundary + 0.001, False)):
        both = pooled(rho, dear, cheap)
        assert (both.cost * chance_of_touch(capital, both.risk) < apart) is pays


def test_what_is_found_keeps_to_its_limit_and_less_would_not() -> None:
    held = [Bucket(1.0, 0.5, 3.0), Bucket(2.5, 0.1, 1.0), Bucket(0.2, 0.0, 8.0)]
    least = least_for_cost(held, 0.02) - 0.6
    assert expected_cost(held, least) == pytest.approx(0.02 * 12.0, rel=1e-9)
    assert expected_cost(held, least * 0.99) > 0.02 * 12.0


def test_a_requirement_is_held_beside_the_buffer_and_what_has_no_risk_needs_nothing_else() -> None:
    assert least_for_chance([Bucket(0.0, 7.0, 1.0)], 0.01, "exact") == 7.0
    assert least_for_cost([Bucket(0.0, 7.0, 1.0)], 0.01) == 7.0
    alone = least_for_chance([Bucket(1.0, 0.0, 1.0)], 0.01, "exact")
    assert least_for_chance([Bucket(1.0, 7.0, 1.0)], 0.01, "exact") == pytest.approx(7.0 + alone, rel=1e-14)


def test_what_has_hardly_a_risk_divides_by_nothing() -> None:
    held = [Bucket(1e-200, 0.0, 1.0), Bucket(1e60, 0.0, 1e50)]
    assert math.isfinite(least_for_cost(held, 0.01))
    assert math.isfinite(least_for_chance(held, 0.01, "product"))


RISKS = st.lists(st.floats(0.01, 100.0), min_size=2, max_size=5)


@given(risks=RISKS, rho=st.floats(-0.2, 1.0), chance=st.floats(1e-6, 0.3))
def test_that_nothing_dies_never_takes_more_pooled(risks: list[float], rho: float, chance: float) -> None:
    apart = [Bucket(risk, 0.0, 1.0) for risk in risks]
    alone = least_for_chance(apart, chance, "product" if rho >= 0 else "union")
    assert alone >= least_for_chance([pooled(rho, *apart)], chance, "exact") * (1 - 1e-9)


@given(risks=RISKS, rho=st.floats(-0.2, 1.0), share=st.floats(1e-6, 0.3), worth=st.floats(0.1, 10.0))
def test_by_value_what_costs_alike_for_its_risk_is_never_dearer_pooled(
    risks: list[float], rho: float, share: float, worth: float
) -> None:
    apart = [Bucket(risk, 0.0, worth * risk) for risk in risks]
    assert least_for_cost(apart, share) >= least_for_cost([pooled(rho, *apart)], share) * (1 - 1e-9)
