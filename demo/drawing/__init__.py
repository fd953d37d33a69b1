"""Draws the demo's pictures. Used by draw.py only; kg-enrich itself never imports it."""
