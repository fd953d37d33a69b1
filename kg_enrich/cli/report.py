"""kg-enrich report: one file that says what there is, for people who use no terminal."""

from pathlib import Path

import click


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The file to write.",
)
@click.option("--source", help="The evidence source; without it the one of the settings.")
@click.option(
    "--pairs",
    type=click.IntRange(0, 2000),
    default=40,
    show_default=True,
    help="Pairs with pictures, half of them the best and half the most doubtful.",
)
def report(output: Path, source: str | None, pairs: int) -> None:
    """Write one HTML file on what there is: to read, to print, to mail.

    It shows what the last run did, how scores are spread, what is covered, the best and the most
    doubtful pairs with pictures, unreferenced images, and what could not be read. The file refers
    to nothing outside itself.

    \b
    Example:
      kg-enrich report -o evidence.html --pairs 100
    """
    from kg_enrich import api
    from kg_enrich.cli.output import say, write_text
    from kg_enrich.settings import load_settings

    write_text(output, api.report(load_settings(), source=source, pairs=pairs, say=say))
    click.echo(f"Wrote {output.absolute()}")
