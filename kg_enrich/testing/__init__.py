"""What the author of a scorer checks it with, a function a promise; call them from pytest.

Each raises AssertionError, in one line that says which promise is broken, and for which pair.
"""

from kg_enrich.testing.scorers import (
    abstains_on,
    closes_twice,
    fails_alone,
    fingerprint_changes_with,
    fingerprint_is_stable,
    scores_are_independent,
    scores_are_repeatable,
    scores_are_valid,
)

__all__ = [
    "abstains_on",
    "closes_twice",
    "fails_alone",
    "fingerprint_changes_with",
    "fingerprint_is_stable",
    "scores_are_independent",
    "scores_are_repeatable",
    "scores_are_valid",
]
