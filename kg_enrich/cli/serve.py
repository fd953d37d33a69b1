"""kg-enrich serve: the pages in a browser, and the HTTP API."""

from importlib.util import find_spec
from pathlib import Path

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8501,
    show_default=True,
    help="Port to listen at; 0: any free one.",
)
@click.option("--certificate", type=_FILE, help="Speak TLS with this certificate (PEM).")
@click.option("--key", type=_FILE, help="The certificate's private key (PEM).")
@click.option("--no-scorer", is_flag=True, help="Load no scorer: pages and data alone.")
def serve(
    host: str, port: int, certificate: Path | None, key: Path | None, no_scorer: bool
) -> None:
    """Serve the review page and the HTTP API until Ctrl-C or SIGTERM.

    On 127.0.0.1 nobody signs in: what is said there is said by this account's user, or by
    KG_ENRICH_SERVICE_USER. At any other address people sign in with tokens (kg-enrich token
    create), or a proxy names them (KG_ENRICH_SERVICE_PROXY_HEADER); else it does not start.

    \b
    Example: for oneself; for colleagues.
      kg-enrich serve
      kg-enrich serve --host 0.0.0.0 --certificate site.pem --key site.key
    """
    from kg_enrich import api
    from kg_enrich.cli.output import say
    from kg_enrich.errors import SettingsError
    from kg_enrich.settings import load_settings

    if key is not None and certificate is None:
        raise click.UsageError("--key goes with --certificate.")
    missing = [
        name
        for name in ("fastapi", "uvicorn", "jinja2", "python_multipart")
        if find_spec(name) is None
    ]
    if missing:
        raise SettingsError(
            f"The pages need {', '.join(missing)}: pip install 'kg-enrich[service]'."
        )
    from kg_enrich.service.options import options_of
    from kg_enrich.service.serving import serve as listen

    settings = load_settings()
    options = options_of(settings, host, port, certificate is not None, not no_scorer)
    if not options.on_loopback and certificate is None and options.proxy_header is None:
        say("Without --certificate, tokens and pictures cross the network in the open.")
    with api.open(settings, say=say) as kg:
        listen(kg, options, click.echo, certificate, key)
