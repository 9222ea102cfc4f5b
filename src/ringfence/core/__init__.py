"""The ground floor: numbers, rounding, errors, instants. It imports nothing of ours."""
