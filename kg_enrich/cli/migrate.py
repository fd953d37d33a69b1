"""kg-enrich migrate: bring a graph's constraints and indexes up to date."""

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from kg_enrich.graph import Graph
    from kg_enrich.migrations import Migration


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--status", is_flag=True, help="Only say what is there and what is missing.")
@click.option("--json", "as_json", is_flag=True, help="With --status: print one JSON object.")
def migrate(dry_run: bool, status: bool, as_json: bool) -> None:
    """Bring the graph's constraints and indexes up to date.

    \b
    Example: see what is missing, then do it.
      kg-enrich migrate --dry-run
      kg-enrich migrate
    """
    from kg_enrich import migrations, schema
    from kg_enrich.cli.connection import open_graph
    from kg_enrich.settings import load_settings

    if as_json and not status:
        raise click.UsageError("--json goes with --status.")
    if dry_run and status:
        raise click.UsageError("--dry-run and --status do not go together.")
    with open_graph(load_settings()) as graph:
        schema.require_supported(graph.server())
        known = migrations.load()
        if status:
            report = _report(graph, known)
            click.echo(json.dumps(report, ensure_ascii=False) if as_json else _table(report))
            return
        if dry_run:
            pending = migrations.plan(known, migrations.read_applied(graph))
            done = [f"Would apply {migration.source}." for migration in pending]
            missing = [item for item in schema.plan(graph) if item.state is None]
            done += [f"Would make the {item.need.what}." for item in missing]
        else:
            done = [f"Applied {one.source}." for one in migrations.apply(graph, known)]
            done += [f"Made the {what}." for what in schema.ensure(graph)]
        click.echo("\n".join(done or ["Nothing to do: the graph is up to date."]))


def _report(graph: "Graph", known: "tuple[Migration, ...]") -> dict[str, list[dict[str, Any]]]:
    from kg_enrich import migrations, schema

    applied = migrations.read_applied(graph)
    return {
        "migrations": [
            {"source": one.source, "state": f"applied {one.applied_at} by {one.applied_by}"}
            for one in applied
        ]
        + [{"source": one.source, "state": "pending"} for one in migrations.plan(known, applied)],
        "schema": [
            {
                "what": item.need.what,
                "name": item.name,
                "state": (item.state or "missing").lower(),
                "failure": item.failure,
            }
            for item in schema.plan(graph)
        ],
    }


def _table(report: dict[str, list[dict[str, Any]]]) -> str:
    rows = [(one["source"], one["state"]) for one in report["migrations"]]
    rows += [
        (one["what"], " ".join(filter(None, (one["state"], one["failure"], f"({one['name']})"))))
        for one in report["schema"]
    ]
    width = max(len(left) for left, _ in rows)
    return "\n".join(f"{left:<{width}}  {right}" for left, right in rows)
