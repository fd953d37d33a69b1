"""kg-enrich load: documents and images into the graph."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.loading.records import Loaded


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--prune", is_flag=True, help="Remove what was loaded from PATH and is gone from it.")
@click.option("--moved", is_flag=True, help="PATH was loaded before, from another place.")
@click.option("--wait", is_flag=True, help="Wait while somebody else loads into this graph.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def load(path: Path, prune: bool, moved: bool, wait: bool, as_json: bool) -> int:
    """Load documents and images from PATH, a folder of JSONL files or of Markdown.

    JSONL: documents.jsonl has id, title, text; images.jsonl id, path, caption or alt_text;
    references.jsonl document_id, image_id.

    Markdown: every section becomes a document, every image file an image, every image in a
    section a reference. Loading again opens only files that are new or changed. What is gone
    from the folder stays in the graph until you load with --prune. That removes only nodes that
    came from this folder.

    \b
    Example: a folder of Markdown, again every night.
      KG_ENRICH_IMAGE_ROOTS=wiki kg-enrich load wiki/docs --prune
    """
    from kg_enrich import api
    from kg_enrich.answers import loading as answers
    from kg_enrich.cli.output import EXIT_UNREADABLE, print_json, progress_bar, say
    from kg_enrich.settings import load_settings

    with progress_bar("loaded") as advance:
        loaded = api.load(
            path,
            load_settings(),
            prune=prune,
            moved=moved,
            wait=wait,
            say=say,
            progress=advance,
        )
    for line in (*loaded.notes, *loaded.problems):
        say(line)
    if as_json:
        print_json(answers.loaded(loaded))
    else:
        click.echo(sentence(loaded))
    return EXIT_UNREADABLE if loaded.problems else 0


def sentence(loaded: "Loaded") -> str:
    """Says to a person what was loaded."""
    counts = (
        f"{loaded.documents} documents, {loaded.images} images and {loaded.references} references"
    )
    if loaded.kind == "JSONL":
        return f"{counts} are in the graph; {len(loaded.problems)} lines were left out."
    text = (
        f"{loaded.opened} new or changed files gave {counts}; {loaded.unchanged} files are "
        f"unchanged; {len(loaded.problems)} files or links were left out."
    )
    if loaded.removed:
        text += f" {loaded.removed} documents and images that are gone were removed."
    if loaded.gone:
        text += f" {loaded.gone} documents and images are gone from the folder: see --prune."
    return text
