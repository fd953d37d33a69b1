"""kg-enrich prune: remove a source, or records whose document or image is gone."""

from functools import partial

import click


@click.command()
@click.option("--source", help="A retired source: its evidence, ledgers and policy go.")
@click.option("--accepted", is_flag=True, help="With --source: also what a person accepted.")
@click.option("--dry-run", is_flag=True, help="Print what would go; write nothing.")
@click.option("--wait", is_flag=True, help="Wait while another prune of the source is at work.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def prune(source: str | None, accepted: bool, dry_run: bool, wait: bool, as_json: bool) -> int:
    """Remove a retired source, or the ledgers of documents that are gone.

    Without --source it removes ledgers that have no document, and holds and read failures that
    have no image. Do not call it while documents are being deleted and loaded again: it would
    remove their ledgers.

    \b
    Example: look first.
      kg-enrich prune --source ocr --dry-run
    """
    from kg_enrich import api
    from kg_enrich.cli.output import say
    from kg_enrich.cli.plan import print_plan
    from kg_enrich.cli.run import watched

    if accepted and source is None:
        raise click.UsageError("--accepted goes with --source.")
    if dry_run:
        return print_plan(api.plan_prune(source, accepted=accepted, say=say), as_json)
    return watched(partial(api.prune, source, accepted=accepted, wait=wait), as_json)
