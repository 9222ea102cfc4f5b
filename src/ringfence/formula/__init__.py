"""Every formula once: plain functions over a number type, with units and source."""
