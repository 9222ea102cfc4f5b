"""The exact engine: pools and cuts, requirements, equity, health, liquidation prices, nearest move."""
