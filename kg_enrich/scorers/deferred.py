"""A scorer whose name is known before its model is loaded, for whoever only counts."""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from kg_enrich.models import Image, Judgement, Pair
from kg_enrich.scorers.base import Scorer


@dataclass(frozen=True, slots=True)
class Identity:
    """What a scorer says of itself, as `Scorer` has it."""

    model: str
    fingerprint: str
    former_fingerprints: tuple[str, ...]
    reads_captions: bool
    conditions: frozenset[str]

    @classmethod
    def of(cls, scorer: Scorer) -> "Identity":
        return cls(
            scorer.model,
            scorer.fingerprint,
            scorer.former_fingerprints,
            scorer.reads_captions,
            scorer.conditions,
        )


class DeferredScorer:
    """Is what its identity says, and loads its model when the first pair is asked for."""

    def __init__(self, identity: Identity, load: Callable[[], Scorer]) -> None:
        self.model = identity.model
        self.fingerprint = identity.fingerprint
        self.former_fingerprints = identity.former_fingerprints
        self.reads_captions = identity.reads_captions
        self.conditions = identity.conditions
        self._load = load

    def prefetch(self, images: Sequence[Image]) -> None:
        """Nothing: whoever reads ahead would load the model in vain."""

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        """As the scorer's own. Errors: those of loading it, too."""
        return self._load().score(pairs)

    def close(self) -> None:
        """Nothing: what was loaded belongs to whoever loaded it."""


def recall(memory: Path, key: str) -> Identity | None:
    """The identity that a scorer had when it was loaded last under this key, on this host."""
    try:
        kept = json.loads(memory.read_text("utf-8"))[key]
        return Identity(
            str(kept["model"]),
            str(kept["fingerprint"]),
            tuple(kept["former_fingerprints"]),
            bool(kept["reads_captions"]),
            frozenset(kept["conditions"]),
        )
    except (OSError, ValueError, KeyError, TypeError):  # never loaded here, or cut short by a crash
        return None


def remember(memory: Path, key: str, scorer: Scorer) -> None:
    """Keeps the identity of a scorer that was loaded; a memory that is full keeps nothing."""
    identity = asdict(Identity.of(scorer))
    row = {name: sorted(v) if isinstance(v, frozenset) else v for name, v in identity.items()}
    with suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        # One is enough: who changes the model or an option loads the new one once.
        with NamedTemporaryFile("w", dir=memory.parent, delete=False, encoding="utf-8") as part:
            json.dump({key: row}, part)
        os.replace(part.name, memory)
