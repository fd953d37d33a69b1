"""Changing evidence without a scorer."""
