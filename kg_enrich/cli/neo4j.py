"""kg-enrich neo4j: the embedded Neo4j by hand."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.embedded import Server

_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def neo4j() -> None:
    """Start, stop and look at the embedded Neo4j.

    Commands use the one that runs. Where none runs, a command starts one and stops it again.

    \b
    Example: keep one running, and look into it with any Neo4j client.
      kg-enrich neo4j start
      kg-enrich neo4j status --json
      kg-enrich neo4j stop
    """


@neo4j.command()
@_json_option
def start(as_json: bool) -> None:
    """Start the embedded Neo4j; it runs until it is stopped.

    \b
    Example: with more memory than the default.
      KG_ENRICH_NEO4J_HEAP=2g kg-enrich neo4j start
    """
    from kg_enrich import embedded
    from kg_enrich.settings import load_settings

    settings = load_settings()
    server = embedded.start(
        settings.neo4j_home,
        cache=settings.cache_dir,
        version=settings.neo4j_version or embedded.DEFAULT_VERSION,
        maven_repository=settings.maven_repository,
        heap=settings.neo4j_heap,
        progress=lambda message: click.echo(message, err=True),
    )
    _print(server, as_json)


@neo4j.command()
@_json_option
def stop(as_json: bool) -> None:
    """Stop the embedded Neo4j. Its data stays.

    \b
    Example:
      kg-enrich neo4j stop
    """
    from kg_enrich import embedded
    from kg_enrich.answers.machine import Stopped
    from kg_enrich.cli.output import print_json
    from kg_enrich.settings import load_settings

    home = load_settings().neo4j_home
    stopped = embedded.stop(home)
    if as_json:
        print_json(Stopped(stopped=stopped))
    else:
        click.echo(f"{'Stopped the Neo4j' if stopped else 'No Neo4j was running'} in {home}.")


@neo4j.command()
@_json_option
def status(as_json: bool) -> None:
    """Say where the embedded Neo4j answers; fail when it does not run.

    \b
    Example: its address, for another program.
      kg-enrich neo4j status --json | jq -r .uri
    """
    from kg_enrich import embedded
    from kg_enrich.errors import EmbeddedServerError
    from kg_enrich.settings import load_settings

    home = load_settings().neo4j_home
    server = embedded.running(home)
    if server is None:
        raise EmbeddedServerError(f"No Neo4j runs in {home}; start it: kg-enrich neo4j start.")
    _print(server, as_json)


def _print(server: "Server", as_json: bool) -> None:
    from kg_enrich.answers import plain
    from kg_enrich.answers.machine import Server
    from kg_enrich.cli.output import print_json

    shown = Server.model_validate(server)
    if as_json:
        print_json(shown)
    else:
        for name, value in plain(shown).items():
            click.echo(f"{name:<14} {value}")
