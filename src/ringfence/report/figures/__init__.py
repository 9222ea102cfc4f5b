"""Figures: each made once from a result, and painted by whoever needs it."""
