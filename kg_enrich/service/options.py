"""How the service runs: where it listens, and whom it believes."""

import getpass
import ipaddress
import os
from dataclasses import dataclass

from kg_enrich.access.roles import Role
from kg_enrich.errors import SettingsError
from kg_enrich.settings import Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """How the service runs.

    host, port: where it listens. user: who says what is said, where nobody signs in. hosts: more
    names that it answers to. proxy_header: in which a proxy at one of `proxy_networks` names its
    person, who has `proxy_role`. reasons: further reasons to reject a pair. tls: it speaks TLS
    itself.
    scorer: programs may ask for scores. Of a request to score: max_images, max_bytes of its body,
    seconds it may take; max_waiting: pairs of all that may wait. rate: requests of one caller to
    the API, a minute; None is no bound.
    """

    host: str = "127.0.0.1"
    port: int = 8501
    user: str = "local"
    hosts: tuple[str, ...] = ()
    proxy_header: str | None = None
    proxy_networks: tuple[Network, ...] = ()
    proxy_role: Role = Role.REVIEWER
    reasons: tuple[str, ...] = ()
    tls: bool = False
    scorer: bool = True
    max_images: int = 100
    max_bytes: int = 100_000_000
    max_waiting: int = 1000
    seconds: float = 120.0
    rate: int | None = None

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine's programs can reach it."""
        return is_loopback(self.host)

    @property
    def open(self) -> bool:
        """Whether nobody needs to sign in: it is this machine's user who looks."""
        return self.on_loopback and self.proxy_header is None


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def options_of(
    settings: Settings, host: str, port: int, tls: bool = False, scorer: bool = True
) -> ServiceOptions:
    """The options in the settings. Errors: SettingsError."""
    if (settings.service_proxy_header is None) != (not settings.service_proxy_addresses):
        raise SettingsError(
            "KG_ENRICH_SERVICE_PROXY_HEADER and KG_ENRICH_SERVICE_PROXY_ADDRESSES go together: a "
            "header is believed from listed addresses alone."
        )
    return ServiceOptions(
        host,
        port,
        settings.service_user or _account(),
        tuple(name.lower() for name in settings.service_hosts),
        settings.service_proxy_header,
        tuple(_network(one) for one in settings.service_proxy_addresses),
        Role(settings.service_proxy_role),
        settings.service_reasons,
        tls,
        scorer,
        settings.service_max_images,
        settings.service_max_bytes,
        settings.service_max_waiting,
        settings.service_seconds,
        settings.service_rate,
    )


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise SettingsError(
            f"KG_ENRICH_SERVICE_PROXY_ADDRESSES: {text!r} is no address and no network such as "
            "10.0.0.0/8."
        ) from None


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "local"
