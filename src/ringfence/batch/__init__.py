"""The fast engine: many accounts as columns, judged in float64 with a counted bound on what rounding does.

It shares its formulas with ``margin`` and no code: the two are twins, held together by tests.
"""
