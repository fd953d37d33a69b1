"""How commands speak: results on stdout, everything else on stderr."""

import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from kg_enrich.errors import Interrupted

if TYPE_CHECKING:
    from kg_enrich.answers import Shape

# Columns of a table that goes to a file or a pipe, where nothing says how wide it may be.
_PIPE_WIDTH = 160
_ID_WIDTH = 40

EXIT_UNREADABLE = 4


def say(message: str) -> None:
    """A line on stderr; with the time where a log keeps it."""
    if not sys.stderr.isatty():
        message = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {message}"
    click.echo(message, err=True)


def once(say: Callable[[str], None]) -> Callable[[str], None]:
    """Says a line the first time only: several steps introduce the same graph."""
    said: set[str] = set()

    def tell(message: str) -> None:
        if message not in said:
            said.add(message)
            say(message)

    return tell


def print_json(answer: "Shape") -> None:
    """An answer as one JSON object on stdout."""
    from kg_enrich.answers import serialise

    click.echo(serialise(answer))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout. Numbers are set to the right."""
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    table = Table(title=title or None, title_justify="left", title_style="bold")
    cells = [[str(cell) for cell in row] for row in rows]
    for index, column in enumerate(columns):
        numeric = all(_is_number(row[index]) for row in cells)
        # The first column is what a person copies: an id in one piece.
        copied = index == 0 and all(len(row[0]) <= _ID_WIDTH for row in cells)
        justify: Literal["right", "left"] = "right" if numeric else "left"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=copied)
    for row in cells:
        table.add_row(*row)
    # Whatever stands in a document is text here, not markup.
    Console(width=width, markup=False, highlight=False).print(table)


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).replace("-", "", 1).isdigit()


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, or a line now and then where nobody watches: call it with all, and done."""
    if not sys.stderr.isatty():
        yield _log_progress(what)
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def advance(total: int, done: int) -> None:
            bar.update(task, total=total, advance=done)

        yield advance


def _log_progress(what: str) -> Callable[[int, int], None]:
    finished = 0
    said = datetime.now(UTC)

    def advance(total: int, done: int) -> None:
        nonlocal finished, said
        finished += done
        if (datetime.now(UTC) - said).total_seconds() >= 30:
            said = datetime.now(UTC)
            say(f"{what}: {finished} of {total}")

    return advance


@contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set. A second one ends the process without waiting."""
    stop = threading.Event()

    def handle(number: int, _: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        say(f"{signal.Signals(number).name}: finishing the batch in hand.")

    former = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def until(
    stop: threading.Event, progress: Callable[[int, int], None]
) -> Callable[[int, int], None]:
    """Progress of a step that ends after the batch in hand, as an error, once `stop` is set."""

    def advance(total: int, done: int) -> None:
        progress(total, done)
        if stop.is_set():
            raise Interrupted("stopped before the run began: call it again and it goes on.")

    return advance
