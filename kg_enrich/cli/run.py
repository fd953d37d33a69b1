"""kg-enrich run: the scheduled form."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.models import RunRecord


@click.command()
@click.option("--limit", type=click.IntRange(1), help="Documents with something to do, at most.")
@click.option("--wait", is_flag=True, help="Wait while another run of this job is at work.")
@click.option("--dry-run", is_flag=True, help="Print what would change; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def run(limit: int | None, wait: bool, dry_run: bool, as_json: bool) -> int:
    """Judge all that is pending and publish the evidence.

    Run it again at any time: what is on record is not judged again.

    \b
    Example: what a schedule calls.
      kg-enrich run --json
    """
    from kg_enrich import api
    from kg_enrich.cli.output import progress_bar, say, stop_on_signal
    from kg_enrich.cli.plan import print_plan
    from kg_enrich.models import Scope
    from kg_enrich.settings import load_settings

    settings = load_settings()
    if dry_run:
        return print_plan(api.plan(Scope(limit=limit), settings, say=say), as_json)
    with stop_on_signal() as stop, progress_bar("documents") as advance:
        record = api.run(
            settings,
            limit=limit,
            wait=wait,
            stop=stop,
            say=say,
            progress=lambda documents, counters: advance(documents, counters.documents),
        )
    return report(record, as_json)


def report(record: "RunRecord", as_json: bool) -> int:
    """Prints a run's record and gives the exit code that it calls for."""
    from kg_enrich.cli.output import EXIT_UNREADABLE, print_json, print_table, say
    from kg_enrich.errors import Interrupted
    from kg_enrich.models import RunStatus

    shown = summary(record)
    if as_json:
        print_json(shown)
    else:
        print_table(f"Run {record.id}", list(shown)[2:], [list(shown.values())[2:]])
    for kind, many in sorted(record.notices.items()):
        say(f"{many} x {kind}")
    if record.status is RunStatus.INTERRUPTED:
        return Interrupted.exit_code
    return EXIT_UNREADABLE if record.counters.failed else 0


def summary(record: "RunRecord") -> dict[str, object]:
    """A run's record as --json prints it."""
    counters = record.counters
    return {
        "run": record.id,
        "job": record.job,
        "status": record.status.value,
        "scorer": record.scorer,
        "pairs": counters.pairs,
        "scored": counters.scored,
        "skipped": counters.skipped,
        "abstained": counters.abstained,
        "published": counters.published,
        "withdrawn": counters.withdrawn,
        "failed": counters.failed,
        "seconds": round(record.seconds, 3),
    }
