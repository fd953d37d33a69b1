"""kg-enrich candidates: the images that a document would be compared with."""

import click


@click.command()
@click.argument("document", metavar="DOC")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def candidates(document: str, as_json: bool) -> None:
    """Show the images that a document would be compared with, and which source found each.

    KG_ENRICH_CANDIDATES names the sources. An image is left out when its file cannot be read,
    or when several nodes carry its id.

    \b
    Example:
      KG_ENRICH_CANDIDATES=fulltext,container kg-enrich candidates fault-2031
    """
    from kg_enrich import api
    from kg_enrich.answers.judging import Candidates
    from kg_enrich.cli.output import print_json, print_table, say
    from kg_enrich.settings import load_settings

    found = api.candidates(document, load_settings(), say=say)
    if as_json:
        print_json(Candidates.model_validate(found))
        return
    rows = [(one.image, ", ".join(one.sources), one.skipped) for one in found.candidates]
    print_table("", ("image", "sources", "left out because"), rows)
    if found.held:
        say(f"The document is held back: {found.held}.")
