"""kg-enrich card: a document's picture summary."""

from pathlib import Path

import click


@click.command()
@click.argument("document", metavar="DOC")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "html"]),
    help="Markdown names the images' paths, HTML holds them; unsaid: HTML for a file that is "
    "called .html, else Markdown.",
)
@click.option("--limit", type=click.IntRange(1, 50), default=6, show_default=True, help="Images.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; without it the card is printed.",
)
def card(document: str, form: str | None, limit: int, output: Path | None) -> None:
    """Show a document's best images with captions and reasons, for a page or a mail.

    \b
    Example:
      kg-enrich card fault-2031 > fault-2031.md
      kg-enrich card fault-2031 -o fault-2031.html
    """
    from kg_enrich import api
    from kg_enrich.cli.output import say, write_text
    from kg_enrich.settings import load_settings

    if form is None:
        is_html = output is not None and output.suffix.lower() in (".html", ".htm")
        form = "html" if is_html else "markdown"
    text = api.card(document, load_settings(), form=form, limit=limit, say=say)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)
        click.echo(f"Wrote {output.absolute()}")
