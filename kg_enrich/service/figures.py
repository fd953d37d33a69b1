"""Figures of quality: worked out behind the pages, because that reads all judgements."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from kg_enrich.api import KnowledgeGraph
from kg_enrich.errors import KgEnrichError
from kg_enrich.measure.results import Evaluation
from kg_enrich.measure.status import AuditStatus
from kg_enrich.service.background import Background

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Worked:
    """What came of it. audit, evaluation: None where there is none, for the reason beside it."""

    at: datetime
    audit: AuditStatus | None
    no_audit: str
    evaluation: Evaluation | None
    no_evaluation: str


class Figures:
    """The latest figures. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._working = False
        self._worked: Worked | None = None

    @property
    def latest(self) -> tuple[Worked | None, bool]:
        """The latest figures, and whether new ones are being worked out."""
        with self._lock:
            return self._worked, self._working

    def begin(self, kg: KnowledgeGraph, background: Background) -> None:
        """Works them out anew, unless that is under way."""
        with self._lock:
            if self._working:
                return
            self._working = True
        background.begin(lambda: self._work(kg))

    def _work(self, kg: KnowledgeGraph) -> None:
        try:
            audit, no_audit = _tried(kg.audit_status)
            evaluation, no_evaluation = _tried(kg.evaluate)
            with self._lock:
                self._worked = Worked(datetime.now(UTC), audit, no_audit, evaluation, no_evaluation)
        finally:
            with self._lock:
                self._working = False


def _tried(work: Callable[[], T]) -> tuple[T | None, str]:
    try:
        return work(), ""
    except KgEnrichError as error:
        return None, str(error)
