"""kg-enrich refresh-corpus: take word statistics anew."""

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def refresh_corpus(as_json: bool) -> None:
    """Take the evidence source's word statistics from today's documents.

    A source takes them once, when it begins, so that a score depends only on its pair. After
    this command, the next run of the ocr scorer judges every pair again.

    \b
    Example: after the graph has grown tenfold.
      kg-enrich refresh-corpus
      kg-enrich run
    """
    from kg_enrich import api
    from kg_enrich.answers.evidence import Refreshed
    from kg_enrich.cli.output import print_json, say
    from kg_enrich.settings import load_settings

    refreshed = api.refresh_corpus(load_settings(), say=say)
    if as_json:
        print_json(Refreshed.model_validate(refreshed))
    elif refreshed.version == refreshed.former:
        click.echo(f"Nothing changed: the statistics of {refreshed.documents} documents stand.")
    else:
        click.echo(
            f"Statistics of {refreshed.documents} documents: version {refreshed.version}, before "
            f"{refreshed.former}. The next run judges by them."
        )
