"""Many accounts, exactly: ``batch`` judges all of them, ``margin`` those that stand too near a line."""
