"""Answers about who may use the service."""

from typing import TYPE_CHECKING, Literal

from kg_enrich.answers.shape import Shape, Text, Time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg_enrich.access.tokens import NewToken as MadeToken
    from kg_enrich.access.tokens import Token as KnownToken


class Token(Shape):
    """A token, without the secret that its holder has."""

    id: str
    name: Text
    """Whose it is; kept with all that its holder says."""
    role: Literal["viewer", "reviewer", "operator"]
    created: Time
    revoked: Time | None
    """null while it is in force."""


class NewToken(Token):
    """A token that was just made."""

    secret: str
    """What its holder sends; it is never shown again."""


class Tokens(Shape):
    """All tokens there have been, the newest first."""

    tokens: list[Token]


def new_token(made: "MadeToken") -> NewToken:
    """A token with its secret."""
    known = Token.model_validate(made.token)
    return NewToken(**known.model_dump(), secret=made.secret)


def tokens(found: "Sequence[KnownToken]") -> Tokens:
    """Tokens."""
    return Tokens(tokens=[Token.model_validate(one) for one in found])
