"""kg-enrich estimate: what a run would do, and how long it would take."""

from datetime import timedelta
from typing import Any

import click

from kg_enrich.cli.scope import parse_scope, scope_options


@click.command()
@scope_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def estimate(as_json: bool, **options: Any) -> None:
    """Say how many pairs are pending, how many images to read, and how long that takes.

    The time comes from twenty images that are read and judged now, or from earlier runs of the
    same scorer where it reads its images in every run. Nothing is written to the graph.

    \b
    Example:
      kg-enrich estimate --since 2026-01-01
    """
    from kg_enrich import api
    from kg_enrich.answers import judging as answers
    from kg_enrich.cli.output import print_json, say
    from kg_enrich.settings import load_settings

    settings = load_settings()
    pending = api.estimate(parse_scope(settings, **options), settings, say=say)
    if as_json:
        print_json(answers.estimate(pending))
        return
    click.echo(
        f"{pending.pairs} pairs of {pending.documents} documents are pending, with "
        f"{pending.images} images, of which {pending.unread} have yet to be read."
    )
    if pending.pairs:
        times = [str(timedelta(seconds=round(seconds))) for seconds in pending.seconds]
        click.echo(f"That takes {times[0]} to {times[1]} (h:mm:ss), by {pending.measured}.")
