"""One instant of the world: marks, indices, volatilities, correlation, feeds; named scenarios."""

from ringfence.market.market import Market, shocked
from ringfence.market.scenarios import Scenario, load_scenarios
from ringfence.market.shock import Shock, read_shock

__all__ = ["Market", "Scenario", "Shock", "load_scenarios", "read_shock", "shocked"]
