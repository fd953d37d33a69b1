"""kg-enrich every night: judges what is pending and publishes the evidence.

Put this file into the DAGs folder, and install kg-enrich where the tasks run. The settings are
environment variables of the worker (NEO4J_URI, NEO4J_PASSWORD, KG_ENRICH_IMAGE_ROOTS ...).
"""

import signal
import threading
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

import kg_enrich


@dag(
    schedule="17 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # The lease keeps runs apart in any case; this keeps them from queueing up.
    max_active_runs=1,
)
def kg_enrich_nightly() -> None:
    @task(
        retries=2,
        # Longer than KG_ENRICH_LEASE_SECONDS, or the retry of a task that was killed is skipped
        # because the dead run still holds the lease.
        retry_delay=timedelta(minutes=5),
        execution_timeout=timedelta(hours=4),
    )
    def enrich() -> dict[str, Any]:
        """Returns the run's record, which becomes the task's XCom."""
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        try:
            record = kg_enrich.run(stop=stop)
        except kg_enrich.LeaseHeldError as error:
            raise AirflowSkipException(str(error)) from error
        except (kg_enrich.SettingsError, kg_enrich.BrakeError) as error:
            # Trying again changes nothing: a person must look.
            raise AirflowFailException(str(error)) from error
        if record.status is kg_enrich.RunStatus.INTERRUPTED:
            raise AirflowException(f"Run {record.id} was stopped; the next one goes on.")
        return {
            "run": record.id,
            "status": record.status.value,
            "seconds": record.seconds,
            **asdict(record.counters),
        }

    enrich()


kg_enrich_nightly()
