"""Formulas of a model and not of a venue: float64, with exponentials, roots and the normal law.

They are first order: Gaussian moves without drift, requirements that follow the price in a straight line. No
requirement, verdict or price of the exact engine comes from here.
"""
