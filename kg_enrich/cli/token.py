"""kg-enrich token: who may use the service from elsewhere."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.access.tokens import Token

_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def token() -> None:
    """Make, list and revoke the tokens that people and programs use the service with.

    \b
    Example:
      kg-enrich token create --role reviewer --name lin
      kg-enrich token list
      kg-enrich token revoke 3f9c2ab41d
    """


@token.command()
@click.option(
    "--role",
    type=click.Choice(["viewer", "reviewer", "operator"]),
    required=True,
    help="viewer looks, reviewer also reviews, operator also starts and undoes runs.",
)
@click.option("--name", required=True, help="Whose it is; kept with all that its holder says.")
@_json_option
def create(role: str, name: str, as_json: bool) -> None:
    """Make a token, and print it this once.

    \b
    Example: into a file that nobody else may read.
      kg-enrich token create --role reviewer --name lin > lin.token
    """
    from kg_enrich import api
    from kg_enrich.access.roles import Role
    from kg_enrich.answers import access as answers
    from kg_enrich.cli.output import print_json, say
    from kg_enrich.settings import load_settings

    if not name.strip():
        raise click.UsageError("--name cannot be empty.")
    with api.open(load_settings(), say=say) as kg:
        made = kg.create_token(Role(role), name.strip())
    if as_json:
        print_json(answers.new_token(made))
    else:
        say(f"Token {made.token.id} of {made.token.name} ({role}); it is not shown again:")
        click.echo(made.secret)


@token.command("list")
@_json_option
def list_tokens(as_json: bool) -> None:
    """Show all tokens there have been; never the tokens themselves.

    \b
    Example:
      kg-enrich token list
    """
    from kg_enrich import api
    from kg_enrich.answers import access as answers
    from kg_enrich.cli.output import print_json, print_table, say
    from kg_enrich.settings import load_settings

    with api.open(load_settings(), say=say) as kg:
        found = kg.tokens()
    if as_json:
        print_json(answers.tokens(found))
        return
    rows = [(one.id, one.name, one.role, one.created[:16], _state(one)) for one in found]
    print_table("Tokens", ("id", "name", "role", "created", "state"), rows)


@token.command()
@click.argument("identifier", metavar="ID")
@_json_option
def revoke(identifier: str, as_json: bool) -> None:
    """Revoke the token with this ID, and end the sessions that began with it.

    \b
    Example:
      kg-enrich token revoke 3f9c2ab41d
    """
    from kg_enrich import api
    from kg_enrich.answers import access as answers
    from kg_enrich.cli.output import print_json, say
    from kg_enrich.settings import load_settings

    with api.open(load_settings(), say=say) as kg:
        gone = kg.revoke_token(identifier)
    if as_json:
        print_json(answers.Token.model_validate(gone))
    else:
        click.echo(f"Revoked: token {gone.id} of {gone.name}.")


def _state(one: "Token") -> str:
    return "in force" if one.revoked is None else f"revoked {one.revoked[:16]}"
