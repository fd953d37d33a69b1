"""What is open behind a handle."""

import threading
import time
from contextlib import ExitStack
from math import inf
from types import TracebackType
from typing import Self

from kg_enrich import compose
from kg_enrich.errors import ClosedError
from kg_enrich.graph.connection import Graph
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.images.thumbnails import Thumbnails
from kg_enrich.jobs.control import Control, ControlOptions
from kg_enrich.models import Say
from kg_enrich.settings import Settings


class Opened:
    """Settings, one driver to their graph, and their scorers. Safe to share between threads.

    The schema is checked once, here. A scorer is opened when it is first needed and kept. An
    embedded Neo4j that is started here runs until `close`.
    """

    def __init__(self, settings: Settings, say: Say) -> None:
        """Errors: GraphError, SettingsError, GraphBehindError."""
        self.settings = settings
        self.say = say
        self._closing = threading.Lock()
        self._closed = False
        self._open = ExitStack()
        self._scorers = compose.Scorers(settings)
        self._graph = self._open.enter_context(compose.open_graph(settings, say))
        self._open.callback(self._scorers.close)
        self._hashes = compose.image_hashes(settings)
        self._open.callback(self._hashes.close)
        self._thumbnails = compose.thumbnails(settings, self._hashes)
        self._open.callback(self._thumbnails.close)

    def close(self) -> None:
        """Ends what this handle started. Closing twice is fine; using it afterwards is an error."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        self._open.close()

    def __enter__(self) -> Self:
        self._require_open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def graph(self) -> Graph:
        """Errors: ClosedError."""
        self._require_open()
        return self._graph

    @property
    def scorers(self) -> compose.Scorers:
        """Errors: ClosedError."""
        self._require_open()
        return self._scorers

    @property
    def hashes(self) -> ImageHashes:
        """Of image files' contents. Errors: ClosedError."""
        self._require_open()
        return self._hashes

    @property
    def thumbnails(self) -> Thumbnails:
        """Small pictures of image files. Errors: ClosedError."""
        self._require_open()
        return self._thumbnails

    def control(self, options: ControlOptions) -> Control:
        """How a caller watches and stops a run, as the settings and these keywords say."""
        minutes = options.get("max_minutes")
        return Control(
            self.settings.lease_seconds,
            options.get("wait", False),
            options.get("stop", threading.Event()),
            options.get("say", self.say),
            options.get("progress", lambda _, __: None),
            inf if minutes is None else time.monotonic() + minutes * 60,
            options.get("begun", lambda _: None),
            options.get("through", lambda scorer: scorer),
        )

    def _require_open(self) -> None:
        if self._closed:
            raise ClosedError("This handle was closed: open another with kg_enrich.open().")
