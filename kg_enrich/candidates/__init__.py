"""Which images come into question for a document."""
