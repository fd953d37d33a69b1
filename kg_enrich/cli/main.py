"""The root command. It imports a command when it is called, so that --help is quick."""

import logging
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from kg_enrich import __version__, env_file
from kg_enrich.cli import logs
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
    "queue": ("queue", "queue", "List what people should be asked next."),
    "review": ("review", "review", "Accept or reject a pair, as a person."),
    "evaluate": (
        "evaluate",
        "evaluate",
        "Measure how well sources find what is known to be right.",
    ),
    "audit": ("audit", "audit", "Ask people about a random sample: is the evidence right?"),
    "calibrate": ("calibrate", "calibrate", "Fit scores to the answers of an audit."),
    "report": ("report", "report", "Write one file on what there is, for people."),
    "card": ("card", "card", "Show a document's best images, for a page or a mail."),
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
    "serve": ("serve", "serve", "Serve the review page in a browser."),
    "token": ("token", "token", "Make, list and revoke tokens for the service."),
    "neo4j": ("neo4j", "neo4j", "Start, stop and look at the embedded Neo4j."),
}


# What a schedule calls, and the exit codes of which a person should hear.
_SCHEDULED = ("run", "backfill", "load", "read-images", "publish", "prune", "migrate", "watch")
_CALLED_FOR = (1, 2, 4, 5)


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
    "env_file_",
    type=click.Path(path_type=Path),
    help="Read settings from this file instead of .env.",
)
@click.option(
    "--log-format",
    type=click.Choice(logs.FORMATS),
    help=f"json: a JSON object a line on stderr, with events.  [{logs.VARIABLE}]",
)
@click.pass_context
def cli(
    context: click.Context, debug: bool, env_file_: Path | None, log_format: logs.Format | None
) -> None:
    """Find which images are evidence for which documents in a Neo4j graph.

    Settings come from the environment and from .env: NEO4J_URI, NEO4J_USERNAME,
    NEO4J_PASSWORD, NEO4J_DATABASE, and KG_ENRICH_* for the rest. Without NEO4J_URI,
    commands use an embedded Neo4j on this machine.

    Exit codes: 0 done, 1 failed, 2 usage or settings, 3 another run is at work,
    4 done but some inputs could not be read, 5 stopped by the brake, 130 interrupted.

    \b
    Completion: eval "$(_KG_ENRICH_COMPLETE=bash_source kg-enrich)" (or zsh_source)
    """
    context.with_resource(env_file.named(env_file_))
    command = context.invoked_subcommand or ""
    logs.begin(log_format or logs.form_from_settings(), command)
    if command in _SCHEDULED and context.obj is not None:
        # Now: the command may fail because the settings cannot be read.
        context.obj |= {"command": command, "webhook": env_file.value("KG_ENRICH_WEBHOOK")}


def main() -> None:
    """Runs the command line. A KgEnrichError becomes one line and its exit code."""
    log = logging.getLogger("kg_enrich")
    log.setLevel(logging.INFO)
    log.addHandler(logs.OnStderr())
    # The driver logs every deadlock that it retries. A failure that matters reaches us as an error.
    logging.getLogger("neo4j").setLevel(logging.CRITICAL)
    called: dict[str, str] = {}
    code, message = _ended(called)
    if code in _CALLED_FOR and called.get("webhook"):
        _call(called, code, message)
    sys.exit(code)


def _ended(called: dict[str, str]) -> tuple[int, str]:
    """Runs the command. Gives its exit code, and the line that says why it failed, if it did.

    called: gets `command`, and `webhook` where somebody wants to be called.
    """
    try:
        with escaping():
            require_text(sys.argv[1:])
            code: Any = cli(standalone_mode=False, obj=called)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return 130, ""
    except click.ClickException as error:
        if logs.machine_read():
            logs.write("error", error.format_message(), exit_code=error.exit_code)
        else:
            error.show()
        return error.exit_code, error.format_message()
    except KgEnrichError as error:
        if "--debug" in sys.argv:
            traceback.print_exc()
        if logs.machine_read():
            logs.write("error", str(error), exit_code=error.exit_code)
        else:
            click.echo(f"Error: {error}", err=True)
        return error.exit_code, str(error)
    return (code if isinstance(code, int) else 0), ""


def _call(called: Mapping[str, str], code: int, message: str) -> None:
    """Calls the webhook; what the command did is done, whatever becomes of that."""
    from kg_enrich.telemetry import webhook

    run = logs.context("run") or None
    if trouble := webhook.call(called["webhook"], called["command"], code, message, run):
        logs.write("warning", trouble)
