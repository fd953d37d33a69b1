"""What every way in answers to a program: one shape an answer, one serialiser for all."""

from kg_enrich.answers.shape import FORMAT, Shape, plain, serialise

__all__ = ["FORMAT", "Shape", "plain", "serialise"]
