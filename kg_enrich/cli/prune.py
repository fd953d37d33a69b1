"""kg-enrich prune: remove a source, or records whose document or image is gone."""

from functools import partial

import click


@click.command()
@click.option("--source", help="A retired source: its evidence, ledgers and policy go.")
@click.option("--accepted", is_flag=True, help="With --source: also what a person accepted.")
@click.option("--dry-run", is_flag=True, help="Print what would go; write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--wait", is_flag=True, help="Wait while another prune of the source is at work.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def prune(
    source: str | None, accepted: bool, dry_run: bool, yes: bool, wait: bool, as_json: bool
) -> int:
    """Remove a retired source, or the ledgers of documents that are gone.

    Without --source it removes ledgers that have no document, and holds and read failures that
    have no image. Do not call it while documents are being deleted and loaded again: it would
    remove their ledgers. First it plans, says what would go, and asks.

    What people said stays, and so do a source's audits and calibrations: they say what was asked
    and answered, and count again where the same scorer judges the same pairs again.

    \b
    Example: look first.
      kg-enrich prune --source ocr --dry-run
    """
    from kg_enrich import api
    from kg_enrich.cli.output import say
    from kg_enrich.cli.plan import agreed, print_plan
    from kg_enrich.cli.run import watched
    from kg_enrich.settings import load_settings

    if accepted and source is None:
        raise click.UsageError("--accepted goes with --source.")
    settings = load_settings()
    with api.open(settings, say=say) as kg:
        plan = kg.plan_prune(source, accepted=accepted)
        if dry_run:
            return print_plan(plan, as_json)
        if not agreed(plan, yes, settings.brake_share):
            raise click.Abort
        return watched(partial(kg.prune, source, accepted=accepted, wait=wait), as_json)
