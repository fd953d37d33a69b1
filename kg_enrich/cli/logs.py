"""Lines on stderr: for people, or one JSON object each for programs that read logs."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

import click

from kg_enrich import env_file

Format = Literal["text", "json"]
FORMATS: tuple[Format, ...] = ("text", "json")
VARIABLE = "KG_ENRICH_LOG_FORMAT"

# One process, one command, one form. `context` is what every line of it says beside its message.
_form: Format = "text"
_context: dict[str, object] = {}


def begin(form: Format, command: str) -> None:
    """Chooses the form of the command's lines. From here on the log of our own code is printed."""
    global _form
    _form = form
    _context.clear()
    _context["command"] = command
    logging.getLogger("kg_enrich.events").setLevel(
        logging.DEBUG if form == "json" else logging.WARNING
    )


def machine_read() -> bool:
    """Whether lines are for programs."""
    return _form == "json"


def say(message: str) -> None:
    """Prints a line on stderr, with the time when stderr is not a terminal."""
    write("info", message)


def write(level: str, message: str, **fields: object) -> None:
    """Prints a line. fields: further facts, in a JSON line only."""
    if _form == "json":
        line = {"time": _now(), "level": level, "message": message, **_context, **fields}
        click.echo(json.dumps(line, ensure_ascii=False, default=str), err=True)
        return
    if not sys.stderr.isatty():
        message = f"{_now()} {message}"
    click.echo(message, err=True)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


class OnStderr(logging.Handler):
    """Prints the log of our own code among the lines of the command."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, object] = getattr(record, "fields", {})
        if "run" in fields:
            _context["run"] = fields["run"]
        if record.name != "kg_enrich.events":
            write(record.levelname.lower(), record.getMessage())
        elif machine_read():
            write("info", record.getMessage(), event=record.getMessage(), **fields)


def context(name: str) -> str:
    """What lines say of the command: 'command', or 'run' once one began; '' if not known."""
    return str(_context.get(name, ""))


def form_from_settings() -> Format:
    """The form that the settings ask for; what they say wrongly is refused when they are read."""
    return "json" if env_file.value(VARIABLE).lower() == "json" else "text"
