"""Extractor, scorer, writer: the only loop that scores."""
