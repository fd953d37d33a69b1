"""How commands speak: results on stdout, everything else on stderr."""

import csv
import os
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from kg_enrich.cli.logs import machine_read
from kg_enrich.cli.logs import say as say
from kg_enrich.errors import Interrupted, SettingsError

if TYPE_CHECKING:
    from kg_enrich.answers import Shape
    from kg_enrich.models import Stage

# The width of a table that goes to a file or a pipe, which have no width of their own.
_PIPE_WIDTH = 160
_ID_WIDTH = 40
# Below so many columns every one counts.
_NARROW = 110

EXIT_UNREADABLE = 4


def once(say: Callable[[str], None]) -> Callable[[str], None]:
    """Says a line only the first time: several steps name the same graph."""
    said: set[str] = set()

    def tell(message: str) -> None:
        if message not in said:
            said.add(message)
            say(message)

    return tell


def print_json(answer: "Shape") -> None:
    """Prints an answer as one JSON object on stdout."""
    from kg_enrich.answers import serialise

    click.echo(serialise(answer))


def print_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Rows as comma-separated values with a head, on stdout; several values in one are spaced."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_csv_cell(row[column]) for column in columns])


def _csv_cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(str(one) for one in value) if isinstance(value, list | tuple) else value


def write_text(file: Path, text: str) -> None:
    """Writes a file for people, as UTF-8. Errors: SettingsError where it cannot be written."""
    try:
        # A name or a caption may hold what is no text in any encoding.
        file.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}; name another file.") from None


def table_width() -> int:
    """Columns of a table: the terminal's, or what COLUMNS says where there is none."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return Console().width
    return _PIPE_WIDTH


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    cut: Collection[str] = (),
) -> None:
    """A table on stdout. Numbers are set to the right. cut: columns of one line, however long."""
    width = table_width()
    narrow = width < _NARROW
    table = Table(box=box.SIMPLE_HEAD if narrow else box.HEAVY_HEAD, show_edge=not narrow)
    cells = [[str(cell) for cell in row] for row in rows]
    for index, column in enumerate(columns):
        numeric = all(_is_number(row[index]) for row in cells)
        # A person copies the id in the first column, so it stays in one piece.
        copied = index == 0 and all(len(row[0]) <= _ID_WIDTH for row in cells)
        justify: Literal["right", "left"] = "right" if numeric else "left"
        short = column in cut
        overflow: Literal["ellipsis", "fold"] = "ellipsis" if short else "fold"
        table.add_column(
            column,
            justify=justify,
            overflow=overflow,
            no_wrap=copied or short,
            # What is cut leaves the others their room.
            max_width=width // 4 if short else None,
        )
    for row in cells:
        table.add_row(*row)
    # Whatever stands in a document is text here, not markup.
    console = Console(width=width, markup=False, highlight=False)
    if title:
        # Above the table and not in it, where a long title would be broken to the table's width.
        console.print(title, style="bold", soft_wrap=True)
    console.print(table)


def stages_line(stages: "Mapping[Stage, float]") -> str:
    """What each stage of a run took, for people."""
    return ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in stages.items())


def with_copies(image: object, copies: Sequence[object]) -> str:
    """An image's id, and how many more of the same bytes there are."""
    if not copies:
        return str(image)
    return f"{image} (+{len(copies)} {'copy' if len(copies) == 1 else 'copies'})"


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).replace("-", "", 1).isdigit()


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Shows progress on stderr: a bar on a terminal, else a line every 30 seconds.

    Call what it gives with the total, and with how many were done since the last call.
    """
    if machine_read() or not sys.stderr.isatty():
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
def stop_on_signal(what: str = "batch") -> Iterator[threading.Event]:
    """Gives an event that SIGINT and SIGTERM set. A second signal ends the process at once.

    what: is finished before the end, for the message.
    """
    stop = threading.Event()

    def handle(number: int, _: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        say(f"{signal.Signals(number).name}: finishing the {what} in hand.")

    former = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def until(
    stop: threading.Event, progress: Callable[[int, int], None]
) -> Callable[[int, int], None]:
    """Wraps a step's progress so that the step ends once `stop` is set.

    The step ends after the batch in hand. Errors: Interrupted.
    """

    def advance(total: int, done: int) -> None:
        progress(total, done)
        if stop.is_set():
            raise Interrupted("stopped before the run began: call it again and it goes on.")

    return advance
