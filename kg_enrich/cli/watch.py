"""kg-enrich watch: jobs that come as files, answers that go as files."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--output", required=True, type=click.Path(path_type=Path), help="Folder for the answers."
)
@click.option(
    "--load",
    type=click.Path(exists=True, path_type=Path),
    help="Also load this folder into the graph, again whenever something in it changes.",
)
@click.option(
    "--interval",
    type=click.FloatRange(0.1),
    default=2.0,
    show_default=True,
    help="Seconds between two looks; what does not change in them is complete.",
)
@click.option("--once", is_flag=True, help="Do what is complete, and end.")
@click.option("--json", "as_json", is_flag=True, help="Print each answer, one JSON object a line.")
def watch(
    folder: Path, output: Path, load: Path | None, interval: float, once: bool, as_json: bool
) -> int:
    """Rank the images of NAME.zip for the text in NAME.txt, for every such pair put into DIR.

    The answer is a file TIME_result.json in the output folder, or TIME_error.json with one line
    that says what is wrong. What is done lies in DIR/done. Several watchers may share DIR. SIGTERM
    ends the command after the job in hand.

    \b
    Example: a service, and what cron would call.
      kg-enrich watch inbox --output results
      kg-enrich watch inbox --output results --once
    """
    from kg_enrich.cli.output import EXIT_UNREADABLE, say, stop_on_signal
    from kg_enrich.settings import load_settings
    from kg_enrich.watch import WatchOptions
    from kg_enrich.watch import watch as watch_folder

    def answered(name: str, file: Path, answer: str) -> None:
        click.echo(answer if as_json else f"{name}: {file}")

    with stop_on_signal("job") as stop:
        came = watch_folder(
            folder,
            output,
            load_settings(),
            WatchOptions(interval, once, load),
            stop,
            say,
            answered,
        )
    return EXIT_UNREADABLE if once and came.errors else 0
