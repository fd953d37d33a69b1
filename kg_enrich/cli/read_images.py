"""kg-enrich read-images: keep the text in images on their nodes."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.images.ocr_texts import ReadImages


@click.command()
@click.option("--retry-failed", is_flag=True, help="Try again what could not be read before.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def read_images(retry_failed: bool, as_json: bool) -> int:
    """Keep the text in images on their nodes, as ocrText.

    Full-text candidates and your own searches need it. An image that was read is not read again.
    One that could not be read is left alone until its file changes, or what the failure depends
    on: a limit, a plugin.

    \b
    Example:
      kg-enrich read-images
    """
    from kg_enrich import api
    from kg_enrich.answers import loading as answers
    from kg_enrich.cli.output import EXIT_UNREADABLE, print_json, progress_bar, say
    from kg_enrich.settings import load_settings

    with progress_bar("images") as advance:
        read = api.read_images(
            load_settings(), retry_failed=retry_failed, say=say, progress=advance
        )
    for problem in read.problems:
        say(problem)
    if as_json:
        print_json(answers.read_images(read))
    else:
        click.echo(sentence(read))
    return EXIT_UNREADABLE if read.problems else 0


def sentence(read: "ReadImages") -> str:
    """Says to a person what was read."""
    said = (
        f"{read.read} images were read, {read.without_text} of them hold no text; "
        f"{read.unchanged} were read before; {len(read.problems)} could not be read."
    )
    if read.known:
        said += f" {read.known} more are known to be unreadable: `kg-enrich unreadable` lists them."
    return said
