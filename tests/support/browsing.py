"""A browser for tests of pages: Debian's Chromium, driven by Playwright, with no other server."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from socket import create_server
from typing import Any

import pytest
import uvicorn

from kg_enrich import KnowledgeGraph
from kg_enrich.service.app import create_app
from kg_enrich.service.options import ServiceOptions

NEEDS = "No Chromium here: `apt-get install chromium`, or name one in TEST_CHROMIUM"


def chromium() -> str | None:
    """Where a Chromium lies. The name is not one of the service's settings."""
    return (
        os.environ.get("TEST_CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
    )


@contextmanager
def serving(kg: KnowledgeGraph, options: ServiceOptions | None = None) -> Iterator[str]:
    """The service at a free port of this machine, within this process; gives its address."""
    with create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        app = create_app(kg, replace(options or ServiceOptions(user="lin"), port=port))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def browser() -> Iterator[Any]:
    """A browser of Playwright's; skips where there is none."""
    path = chromium()
    if path is None:
        pytest.skip(NEEDS)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            timeout=240_000,
        )
        try:
            yield opened
        finally:
            opened.close()
