"""Hypothesis profiles: `ci` (the default, the same cases every time) and `long` (HYPOTHESIS_PROFILE=long)."""

import os

from hypothesis import HealthCheck, settings

# Time decides nothing here: neither a deadline nor a slow machine fails a law.
settings.register_profile(
    "ci", deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", settings.get_profile("ci"), derandomize=False, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
