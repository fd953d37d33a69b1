"""Who may use the web service: tokens and sessions."""

from kg_enrich.access import sessions, tokens
from kg_enrich.access.roles import Role
from kg_enrich.access.tokens import Holder, NewToken, Token
from kg_enrich.api.opened import Opened


class Admitting(Opened):
    """The part of a handle that knows who may use the service."""

    def create_token(self, role: Role, name: str) -> NewToken:
        """Makes a token; its secret is shown this once.

        name: of the person or program that gets it, kept with all that it says.
        """
        return tokens.create_token(self.graph, role, name)

    def tokens(self) -> list[Token]:
        """All tokens there have been, the newest first."""
        return tokens.read_tokens(self.graph)

    def revoke_token(self, identifier: str) -> Token:
        """Revokes a token and ends its sessions. Errors: SettingsError: there is no such token."""
        return tokens.revoke_token(self.graph, identifier)

    def token_holder(self, secret: str) -> Holder | None:
        """Who stands behind a token's secret; None for what is no token in force."""
        return tokens.find_holder(self.graph, secret)

    def begin_session(self, holder: Holder) -> str:
        """Begins a session of a token's holder and returns its secret."""
        return sessions.begin_session(self.graph, holder)

    def session_holder(self, secret: str) -> Holder | None:
        """Who stands behind a session's secret; None when it is over."""
        return sessions.find_session(self.graph, secret)

    def end_session(self, secret: str) -> None:
        """Ends a session."""
        sessions.end_session(self.graph, secret)
