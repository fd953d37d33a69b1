"""kg-enrich backfill: the one-off form, with a scope."""

from functools import partial
from typing import Any

import click

from kg_enrich.cli.scope import engine_options, parse_scope, scope_options, shard_options


@click.command()
@scope_options
@engine_options
@shard_options
@click.option("--wait", is_flag=True, help="Wait while another run of this job is at work.")
@click.option("--max-minutes", type=click.FloatRange(0), help="Stop after so long; exit code 0.")
@click.option(
    "--allow-withdrawals", is_flag=True, help="Let the run withdraw more than the brake would."
)
@click.option("--dry-run", is_flag=True, help="Print what would change; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def backfill(
    engine: str | None,
    address: str | None,
    scorers: int | None,
    gpus_per_scorer: float | None,
    shard: str | None,
    group: str | None,
    wait: bool,
    max_minutes: float | None,
    allow_withdrawals: bool,
    dry_run: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Judge the documents of a scope; without a scope, all documents.

    The same scope is the same job. Call it again after an interruption, and it goes on.

    \b
    Example: the fault reports of this year, all over again.
      kg-enrich backfill --label FaultReport --since 2026-01-01 --rescore
    """
    from kg_enrich import api
    from kg_enrich.cli.output import say
    from kg_enrich.cli.plan import print_plan
    from kg_enrich.cli.run import watched
    from kg_enrich.settings import load_settings

    settings = load_settings(
        engine=engine,
        ray_address=address,
        ray_scorers=scorers,
        ray_gpus_per_scorer=gpus_per_scorer,
        shard=shard,
        group=group,
    )
    scope = parse_scope(settings, **options)
    if dry_run:
        return print_plan(api.plan(scope, settings, say=say), as_json)
    step = partial(
        api.backfill,
        scope,
        settings,
        wait=wait,
        allow_withdrawals=allow_withdrawals,
        max_minutes=max_minutes,
    )
    return watched(step, as_json)
