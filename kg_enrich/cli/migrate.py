"""kg-enrich migrate: bring a graph's constraints and indexes up to date."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.answers.machine import GraphStatus
    from kg_enrich.graph.connection import Graph


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--check", is_flag=True, help="Change nothing: exit 0 when up to date, else 2.")
@click.option("--status", is_flag=True, help="Only say what is there and what is missing.")
@click.option("--json", "as_json", is_flag=True, help="With --status: print one JSON object.")
def migrate(dry_run: bool, check: bool, status: bool, as_json: bool) -> None:
    """Bring the graph's constraints and indexes up to date.

    \b
    Example: see what is missing, then do it.
      kg-enrich migrate --dry-run
      kg-enrich migrate

    Pods that start together wait with `--check`, which takes no lock, until one has migrated.
    """
    from kg_enrich import compose
    from kg_enrich.cli.output import print_json, say
    from kg_enrich.graph import schema
    from kg_enrich.settings import load_settings

    if as_json and not status:
        raise click.UsageError("--json goes with --status.")
    if dry_run + status + check > 1:
        raise click.UsageError("--dry-run, --check and --status do not go together.")
    # With `current` a graph that lacks something is an error, which says what to do.
    with compose.open_graph(load_settings(), say, current=check) as graph:
        if check:
            click.echo("The graph is up to date.")
            return
        schema.require_supported(graph.server())
        if status:
            (print_json if as_json else _print_tables)(_status(graph))
            return
        done = _planned(graph) if dry_run else _apply(graph)
        click.echo("\n".join(done or ["Nothing to do: the graph is up to date."]))


def _planned(graph: "Graph") -> list[str]:
    from kg_enrich.graph import migrations, schema

    pending = migrations.plan(migrations.load(), migrations.read_applied(graph))
    missing = [item for item in schema.plan(graph) if item.state is None]
    return [f"Would apply {migration.source}." for migration in pending] + [
        f"Would make the {item.need.what}." for item in missing
    ]


def _apply(graph: "Graph") -> list[str]:
    from kg_enrich.graph import migrations, schema

    applied = migrations.apply(graph, migrations.load())
    made = schema.ensure(graph)
    return [f"Applied {one.source}." for one in applied] + [f"Made the {what}." for what in made]


def _status(graph: "Graph") -> "GraphStatus":
    from kg_enrich.answers.machine import graph_status
    from kg_enrich.graph import migrations, schema

    applied = migrations.read_applied(graph)
    pending = migrations.plan(migrations.load(), applied)
    return graph_status(applied, pending, schema.plan(graph))


def _print_tables(found: "GraphStatus") -> None:
    from kg_enrich.answers import plain
    from kg_enrich.cli.output import print_table

    for name, rows in plain(found).items():
        cells = [[value or "" for value in row.values()] for row in rows]
        print_table(name.capitalize(), list(rows[0]), cells)
