"""kg-enrich schema: the JSON Schema of what a command prints with --json."""

import click


@click.command()
@click.argument("command", nargs=-1)
def schema(command: tuple[str, ...]) -> None:
    """Print the JSON Schema of what COMMAND prints with --json; without COMMAND, list them.

    Every answer carries "format": 1. Within a format, fields may be added; none is removed,
    renamed or given another meaning.

    \b
    Example: check a night's run; make types for a program.
      kg-enrich schema run > run.json
      kg-enrich schema neo4j status
    """
    import json

    from kg_enrich.answers import schemas

    name = " ".join(command)
    if not name:
        click.echo("\n".join(schemas.ANSWERS))
    elif name not in schemas.ANSWERS:
        raise click.UsageError(f"{name!r} has no --json: `kg-enrich schema` lists what has.")
    else:
        click.echo(json.dumps(schemas.schema(name), indent=2, ensure_ascii=False))
