"""kg-enrich rollback: undo a run."""

import click


@click.command()
@click.argument("run")
@click.option("--force", is_flag=True, help="Also undo what was changed since.")
@click.option("--dry-run", is_flag=True, help="Print what would change; write nothing.")
@click.option("--wait", is_flag=True, help="Wait while another rollback of the source is at work.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def rollback(run: str, force: bool, dry_run: bool, wait: bool, as_json: bool) -> int:
    """Put evidence and ledgers back as they were before a RUN, or before a group of shards.

    It refuses when a later run or a person has changed the same things since. If it was killed,
    call it again. The next run judges again what is then pending.

    \b
    Example: look first.
      kg-enrich rollback 20261123T082500-3f9c2a --dry-run
    """
    from kg_enrich import api
    from kg_enrich.cli.output import progress_bar, say, stop_on_signal
    from kg_enrich.cli.plan import print_plan
    from kg_enrich.cli.run import report

    if dry_run:
        return print_plan(api.plan_rollback(run, say=say), as_json)
    with stop_on_signal() as stop, progress_bar("edges") as advance:
        record = api.rollback(
            run,
            force=force,
            wait=wait,
            stop=stop,
            say=say,
            progress=lambda edges, done: advance(edges, done.published + done.withdrawn),
        )
    return report(record, as_json)
