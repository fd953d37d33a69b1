"""The root command. It imports a command when it is called, so that --help is quick."""

import logging
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from kg_enrich import __version__
from kg_enrich.cli.encoding import escaping, require_text
from kg_enrich.errors import KgEnrichError

# A command's name to (module below cli, function, help), in the order in which help shows them.
COMMANDS = {
    "migrate": ("migrate", "migrate", "Bring the graph's constraints and indexes up to date."),
    "load": ("load", "load", "Load documents and images into the graph."),
    "read-images": ("read_images", "read_images", "Keep the text in images on their nodes."),
    "run": ("run", "run", "Judge all that is pending and publish the evidence."),
    "backfill": ("backfill", "backfill", "Judge the documents of a scope."),
    "publish": ("publish", "publish", "Apply another policy to all that is on record."),
    "rollback": ("rollback", "rollback", "Undo a run."),
    "prune": ("prune", "prune", "Remove a retired source, or what is about things gone."),
    "candidates": ("candidates", "candidates", "Show which images a document would get."),
    "estimate": ("estimate", "estimate", "Say what a run would do, and how long it would take."),
    "score": ("score", "score", "Rank images for a text, without any graph."),
    "watch": ("watch", "watch", "Rank archives of images that are put into a folder."),
    "show": ("show", "show", "Show evidence with its reasons."),
    "unreadable": (
        "unreadable",
        "unreadable",
        "List images that cannot be read now, and the evidence on them.",
    ),
    "unreferenced": (
        "unreferenced",
        "unreferenced",
        "Show images with strong evidence that no document references.",
    ),
    "review": ("review", "review", "Accept or reject a pair, as a person."),
    "runs": ("runs", "runs", "Show the runs there have been, and how far running ones are."),
    "settings": ("settings", "settings", "Show every setting and where its value comes from."),
    "refresh-corpus": (
        "refresh_corpus",
        "refresh_corpus",
        "Take the source's word statistics anew.",
    ),
    "parity": ("parity", "parity", "Compare the GPU scorer's speed-ups with plain scoring."),
    "doctor": ("doctor", "doctor", "Check everything that a run needs, and say what to do."),
    "schema": ("schema", "schema", "Print the JSON Schema of what a command prints."),
    "neo4j": ("neo4j", "neo4j", "Start, stop and look at the embedded Neo4j."),
}


class LazyGroup(click.Group):
    """A group that knows the names of its commands and imports a command when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, function, _ = COMMANDS[cmd_name]
        command = getattr(import_module(f"kg_enrich.cli.{module}"), function)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kg-enrich")
@click.option("--debug", is_flag=True, help="Show the trace of an error.")
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    help="Read settings from this file instead of .env.",
)
@click.pass_context
def cli(context: click.Context, debug: bool, env_file: Path | None) -> None:
    """Find which images are evidence for which documents in a Neo4j graph.

    Settings come from the environment and from .env: NEO4J_URI, NEO4J_USERNAME,
    NEO4J_PASSWORD, NEO4J_DATABASE, and KG_ENRICH_* for the rest. Without NEO4J_URI,
    commands use an embedded Neo4j on this machine.

    Exit codes: 0 done, 1 failed, 2 usage or settings, 3 another run is at work,
    4 done but some inputs could not be read, 5 stopped by the brake, 130 interrupted.

    \b
    Completion: eval "$(_KG_ENRICH_COMPLETE=bash_source kg-enrich)" (or zsh_source)
    """
    from kg_enrich.env_file import named

    context.with_resource(named(env_file))


class _OnStderr(logging.Handler):
    """Prints the log of our own code among the lines of the command."""

    def emit(self, record: logging.LogRecord) -> None:
        from kg_enrich.cli.output import say

        say(record.getMessage())


def main() -> None:
    """Runs the command line. A KgEnrichError becomes one line and its exit code."""
    log = logging.getLogger("kg_enrich")
    log.setLevel(logging.INFO)
    log.addHandler(_OnStderr())
    # The driver logs every deadlock that it retries. A failure that matters reaches us as an error.
    logging.getLogger("neo4j").setLevel(logging.CRITICAL)
    try:
        with escaping():
            require_text(sys.argv[1:])
            code: Any = cli(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KgEnrichError as error:
        if "--debug" in sys.argv:
            traceback.print_exc()
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
