"""Plans of rollbacks: worked out behind the page, because that reads all that a run changed."""

import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet

from kg_enrich.api import KnowledgeGraph
from kg_enrich.jobs.plan import Plan
from kg_enrich.service.background import Background

# Plans that nobody came back for are forgotten beyond so many.
_KEPT = 8


class Plans:
    """Those under way, by run. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: dict[str, Future[Plan]] = {}

    def of(
        self, kg: KnowledgeGraph, background: Background, run: str, patience: float
    ) -> Plan | None:
        """A run's plan; None when it takes longer than `patience` seconds: ask again.

        A plan is given once, so that whoever asks later sees what would change then. Errors: as of
        `plan_rollback`.
        """
        with self._lock:
            plan = self._plans.get(run)
            if plan is None:
                plan = self._plans[run] = background.begin(lambda: kg.plan_rollback(run))
            self._forget()
        try:
            found = plan.result(timeout=patience)
        except NotYet:
            return None
        finally:
            with self._lock:
                if plan.done() and self._plans.get(run) is plan:
                    del self._plans[run]
        return found

    def _forget(self) -> None:
        done = [run for run, plan in self._plans.items() if plan.done()]
        for run in done[: max(len(self._plans) - _KEPT, 0)]:
            del self._plans[run]
