"""How a graph is connected to."""

from dataclasses import dataclass

from kg_enrich.graph.credentials import Credentials


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """How to deal with a network that fails now and then.

    patience: seconds for connecting, for a free connection and for trying again, together.
    lifetime: seconds after which a connection is replaced; below what cuts it off on the way (Aura
    does so at an hour). liveness: seconds; a connection that was idle longer is tested before use.
    credentials: in the place of a user name and a password that stay.
    """

    patience: float = 30.0
    lifetime: float = 3000.0
    liveness: float = 30.0
    credentials: Credentials | None = None
