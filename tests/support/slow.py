"""A scorer that scores when it is let."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kg_enrich.models import Document, DocumentId, Image, ImageId, Judgement, Outcome, Pair


def pairs(document: str, *images: str) -> list[Pair]:
    asked = Document(DocumentId(document), "", document, "")
    return [Pair(asked, Image(ImageId(image), Path(f"/{image}"), "")) for image in images]


@dataclass
class Slow:
    """Scores a batch when it is let, and keeps what it was asked and in which thread."""

    model: str = "slow"
    fingerprint: str = "slow"
    former_fingerprints: tuple[str, ...] = ()
    reads_captions: bool = False
    conditions: frozenset[str] = frozenset()
    batches: list[list[str]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    let: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def prefetch(self, images: Sequence[Image]) -> None: ...

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        self.batches.append([f"{pair.document.id}{pair.image.id}" for pair in pairs])
        self.threads.add(threading.get_ident())
        self.begun.release()
        assert self.let.acquire(timeout=60)
        return [
            Judgement(p.document.id, p.image.id, Outcome.SCORED, 5.0, 0.0, f"saw {p.image.file}")
            for p in pairs
        ]

    def close(self) -> None: ...
