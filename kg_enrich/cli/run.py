"""kg-enrich run: the scheduled form."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg_enrich.cli.scope import engine_options, shard_options

if TYPE_CHECKING:
    from kg_enrich.answers.loading import Loaded, ReadImages
    from kg_enrich.models import RunRecord
    from kg_enrich.settings import Settings

# Columns that a run's counts need beside each other.
_WIDE = 120


@click.command()
@click.option(
    "--load",
    "folder",
    type=click.Path(exists=True, path_type=Path),
    help="First load this folder and read the text in its images.",
)
@click.option("--prune", is_flag=True, help="With --load: remove what is gone from the folder.")
@click.option("--limit", type=click.IntRange(1), help="Documents with something to do, at most.")
@engine_options
@shard_options
@click.option("--wait", is_flag=True, help="Wait while another run of this job is at work.")
@click.option("--max-minutes", type=click.FloatRange(0), help="Stop after so long; exit code 0.")
@click.option(
    "--allow-withdrawals", is_flag=True, help="Let the run withdraw more than the brake would."
)
@click.option("--dry-run", is_flag=True, help="Print what would change; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def run(
    folder: Path | None,
    prune: bool,
    limit: int | None,
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
) -> int:
    """Judge all that is pending and publish the evidence.

    Run it again at any time: a pair that is on record is not judged again.

    \b
    Example: what a schedule calls, without and with a folder of Markdown.
      kg-enrich run --json
      kg-enrich run --load wiki/docs --prune --json
      kg-enrich run --shard 0/4 --json
    """
    from kg_enrich import api
    from kg_enrich.cli.output import EXIT_UNREADABLE, once, progress_bar, say, stop_on_signal
    from kg_enrich.cli.plan import print_plan
    from kg_enrich.models import Scope
    from kg_enrich.settings import load_settings

    if prune and folder is None:
        raise click.UsageError("--prune goes with --load; to prune the graph: kg-enrich prune.")
    if dry_run and folder is not None:
        raise click.UsageError("--dry-run writes nothing: leave --load out.")
    settings = load_settings(
        engine=engine,
        ray_address=address,
        ray_scorers=scorers,
        ray_gpus_per_scorer=gpus_per_scorer,
        shard=shard,
        group=group,
    )
    if dry_run:
        return print_plan(api.plan(Scope(limit=limit), settings, say=say), as_json)
    tell = once(say)
    before: tuple[Loaded, ReadImages] | None = None
    problems: tuple[str, ...] = ()
    with stop_on_signal() as stop, ExitStack() as held:
        if folder is not None:
            held.enter_context(api.neo4j(settings, say=tell))
            before, problems = _load(folder, prune, settings, wait, stop, tell)
        with progress_bar("documents") as advance:
            record = api.run(
                settings,
                limit=limit,
                wait=wait,
                allow_withdrawals=allow_withdrawals,
                max_minutes=max_minutes,
                stop=stop,
                say=tell,
                progress=lambda documents, counters: advance(documents, counters.documents),
            )
    code = report(record, as_json, before)
    return code or (EXIT_UNREADABLE if problems else 0)


def _load(
    folder: Path,
    prune: bool,
    settings: "Settings",
    wait: bool,
    stop: threading.Event,
    say: Callable[[str], None],
) -> "tuple[tuple[Loaded, ReadImages], tuple[str, ...]]":
    """Loads the folder and reads its images. Gives both answers, and the problems that it named."""
    from kg_enrich import api
    from kg_enrich.answers import loading as answers
    from kg_enrich.cli import load, read_images
    from kg_enrich.cli.output import progress_bar, until

    with progress_bar("loaded") as advance:
        loaded = api.load(
            folder,
            settings,
            prune=prune,
            wait=wait,
            stop=stop,
            say=say,
            progress=until(stop, advance),
        )
    with progress_bar("images") as advance:
        read = api.read_images(settings, say=say, progress=until(stop, advance))
    problems = loaded.problems + read.problems
    for line in (load.sentence(loaded), read_images.sentence(read), *loaded.notes, *problems):
        say(line)
    return (answers.loaded(loaded), answers.read_images(read)), problems


def watched(step: Callable[..., "RunRecord"], as_json: bool) -> int:
    """Runs a function of `api` with a progress bar; a signal stops it. Gives the exit code."""
    from kg_enrich.cli.output import progress_bar, say, stop_on_signal

    with stop_on_signal() as stop, progress_bar("documents") as advance:
        record = step(
            stop=stop,
            say=say,
            progress=lambda documents, counters: advance(documents, counters.documents),
        )
    return report(record, as_json)


def report(
    record: "RunRecord", as_json: bool, before: "tuple[Loaded, ReadImages] | None" = None
) -> int:
    """Prints a run's record and gives the exit code that it calls for.

    before: what --json shows of the steps before the run.
    """
    from kg_enrich.answers import plain
    from kg_enrich.answers import runs as answers
    from kg_enrich.cli.output import (
        EXIT_UNREADABLE,
        print_json,
        print_table,
        say,
        stages_line,
        table_width,
    )
    from kg_enrich.errors import Interrupted
    from kg_enrich.jobs.control import OUT_OF_TIME
    from kg_enrich.models import RunStatus

    if as_json:
        print_json(answers.loaded_run(record, *before) if before else answers.run(record))
    else:
        shown = {**plain(answers.run(record)), "stages": stages_line(record.stages)}
        del shown["scores"]  # A histogram is for programs.
        counts = list(shown.items())[2:]
        if table_width() < _WIDE:
            print_table(f"Run {record.id}", ("what", "value"), counts)
        else:
            names, values = zip(*counts, strict=True)
            print_table(f"Run {record.id}", names, [values])
    for kind, many in sorted(record.notices.items()):
        say(f"{many} x {kind}")
    if record.notices:
        say(f"`kg-enrich runs {record.id}` names them.")
    if record.error == OUT_OF_TIME:
        say(OUT_OF_TIME)
    elif record.status is RunStatus.INTERRUPTED:
        return Interrupted.exit_code
    return EXIT_UNREADABLE if record.counters.failed else 0
