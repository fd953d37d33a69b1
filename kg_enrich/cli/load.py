"""kg-enrich load: documents and images into the graph."""

from pathlib import Path

import click


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def load(path: Path, as_json: bool) -> int:
    """Load documents and images from PATH, a folder of JSONL files.

    documents.jsonl has id, title, text; images.jsonl id, path, caption or alt_text;
    references.jsonl document_id, image_id. Loading again changes nothing.

    \b
    Example:
      KG_ENRICH_IMAGE_ROOTS=exports kg-enrich load exports/line-3
    """
    from kg_enrich import api
    from kg_enrich.cli.output import EXIT_UNREADABLE, print_json, say
    from kg_enrich.settings import load_settings

    loaded = api.load(path, load_settings(), say=say)
    counts = {
        "documents": loaded.documents,
        "images": loaded.images,
        "references": loaded.references,
        "left_out": len(loaded.problems),
    }
    for problem in loaded.problems:
        say(problem)
    if as_json:
        print_json(counts)
    else:
        click.echo(
            f"{loaded.documents} documents, {loaded.images} images and {loaded.references} "
            f"references are in the graph; {len(loaded.problems)} lines were left out."
        )
    return EXIT_UNREADABLE if loaded.problems else 0
