"""kg-enrich unreadable: images that cannot be read now, and the evidence on them."""

import click


@click.command()
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="Rows.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def unreadable(limit: int, as_csv: bool, as_json: bool) -> None:
    """List the images that cannot be read now: why, since when, and the evidence on them.

    These are images whose files are not there, and those that could not be read before. Those with
    the most evidence come first. Their evidence stays until a person or prune removes it.

    \b
    Example:
      kg-enrich unreadable
      kg-enrich unreadable --csv --limit 100000 > unreadable.csv
    """
    from kg_enrich import api
    from kg_enrich.answers import evidence as answers
    from kg_enrich.answers import plain
    from kg_enrich.answers.shape import utc
    from kg_enrich.cli.output import print_csv, print_json, print_table, say
    from kg_enrich.settings import load_settings

    if as_csv and as_json:
        raise click.UsageError("--csv and --json do not go together.")
    found = api.unreadable(load_settings(), limit=limit, say=say)
    if as_json:
        print_json(answers.unreadable(found))
        return
    if as_csv:
        rows = plain(answers.unreadable(found))["images"]
        print_csv(list(answers.UnreadableImage.model_fields), rows)
        return
    title = f"{found.total} images cannot be read; {found.evidence} pieces of evidence are on them"
    cells = [
        (one.image, one.evidence, utc(one.since)[:10] if one.since else "", one.reason)
        for one in found.images
    ]
    print_table(title, ("image", "evidence", "since", "why"), cells)
    if len(cells) < found.total:
        say(f"The first {len(cells)} are shown; --limit shows more.")
