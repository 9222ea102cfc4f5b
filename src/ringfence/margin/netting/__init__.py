"""What positions of one pool need together, where their venue nets joint scenarios.

``units`` takes a pool apart, ``scenarios`` says which moves are tried, ``revalue`` what each costs, ``charges`` what
the venue adds; ``requirement`` puts a tree of them together.
"""

from ringfence.margin.netting.requirement import Netting, maintenance_alone, nets, netted, worst_scenarios

__all__ = ["Netting", "maintenance_alone", "nets", "netted", "worst_scenarios"]
