"""Text that an encoding cannot hold: on the command line, and on the way out."""

import codecs
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

_ESCAPE = "kg-enrich-escape"


def require_text(arguments: Sequence[str]) -> None:
    """Errors: UsageError for an argument in another encoding, unless it names a file that is so."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            if not os.path.lexists(argument):
                raise click.UsageError(
                    f"{argument!a} is not UTF-8: type it in a terminal whose locale is UTF-8."
                ) from None


@contextmanager
def escaping() -> Iterator[None]:
    """Within the block, what an output cannot hold is written as JSON escapes, and that is said.

    A table or a log line is nobody's reason to fail, and JSON with escapes is the same JSON.
    """
    escaped: list[str] = []

    def escape(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        escaped.append(error.encoding)
        text = error.object[error.start : error.end]
        units = text.encode("utf-16-be", "surrogatepass")
        codes = (int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2))
        return "".join(f"\\u{code:04x}" for code in codes), error.end

    codecs.register_error(_ESCAPE, escape)
    for stream in (sys.stdout, sys.stderr):
        # Tests and other programs may put a stream of their own in place.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors=_ESCAPE)
    try:
        yield
    finally:
        if escaped:
            click.echo(
                f"The output is in {escaped[0]}, which cannot hold every character: those are "
                "written as \\u escapes. Set PYTHONIOENCODING=utf-8 or a UTF-8 locale.",
                err=True,
            )
