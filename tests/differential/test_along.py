"""A pool's law of one moving price says, at any price of its stretch, what the engine says there."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.along import Along, Direction, stretches
from ringfence.margin.judge import judge
from ringfence.margin.prices import Mover
from tests.laws.books import accounts
from tests.laws.figures import HAIR, size
from tests.laws.predicates import rounds_nothing, sum_of_powers
from tests.laws.stages import Stage, on_stages, tries

_STRETCHES = 6


@on_stages(rounds_nothing, sum_of_powers)
@tries(4)
@given(data=st.data())
def test_a_stretch_of_the_law_is_the_engine_at_every_price_in_it(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    pool = data.draw(st.sampled_from([pool for pool in account.pools if pool.positions]))
    judged, symbol = judge(pool, account.world), pool.positions[0].symbol
    mover = Mover(pool, judged, account.world, symbol)
    direction: Direction = data.draw(st.sampled_from((-1, 1)))
    start = account.world.mark(symbol)
    for number, (ray, law) in enumerate(stretches(mover.buffer, start, direction)):
        assert isinstance(law, Along)
        far = ray.point * (2 if direction > 0 else Decimal("0.5")) if ray.reach is None else ray.reach
        here = (ray.point + far) / 2
        there = judge(pool, account.world.moved(symbol, here))
        assert abs(law.at(here) - there.buffer) <= HAIR * (size(there) + abs(there.buffer) + 1)
        if number == _STRETCHES:
            break
