"""Listens and serves until it is told to stop."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn

from kg_enrich.api import KnowledgeGraph
from kg_enrich.errors import SettingsError
from kg_enrich.models import Say
from kg_enrich.service.app import create_app, require_admission
from kg_enrich.service.options import ServiceOptions

# What is under way when somebody stops the service may take so many seconds more.
_GRACE = 10


def serve(
    kg: KnowledgeGraph,
    options: ServiceOptions,
    say: Say,
    certificate: Path | None = None,
    key: Path | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM. `say` is given the address once it can be asked.

    Errors: SettingsError when nobody could sign in, or the address cannot be had.
    """
    require_admission(kg, options)
    with _listening(options.host, options.port) as listener:
        port = listener.getsockname()[1]
        host = f"[{options.host}]" if ":" in options.host else options.host
        scheme = "https" if options.tls else "http"
        config = uvicorn.Config(
            create_app(kg, replace(options, port=port)),
            log_config=None,
            access_log=False,
            # A header is believed from listed proxies alone, by our own rules.
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        say(f"{scheme}://{host}:{port}")
        with _stopping_is_no_failure():
            uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host.strip("[]"), port), family=family, backlog=256)
    except OSError as error:
        raise SettingsError(
            f"{host}:{port} cannot be listened at ({error.strerror or error}): choose others with "
            "--host and --port."
        ) from error
    with listener:
        yield listener


@contextmanager
def _stopping_is_no_failure() -> Iterator[None]:
    """Uvicorn raises the signal that stopped it once more, which would end us as if killed."""
    signals = (signal.SIGINT, signal.SIGTERM)
    former = {number: signal.signal(number, lambda *_: None) for number in signals}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
