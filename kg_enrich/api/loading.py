"""Into the graph: documents, images, and the text in images."""

import threading
from collections.abc import Callable
from pathlib import Path

from kg_enrich import compose
from kg_enrich.api.opened import Opened
from kg_enrich.images.ocr_texts import ReadImages, count_images, read_images
from kg_enrich.jobs.alone import alone
from kg_enrich.jobs.control import ControlOptions
from kg_enrich.loading.folder import load_folder
from kg_enrich.loading.records import Loaded

# Called with how many there are, and how many were just done.
Done = Callable[[int, int], None]


class Loading(Opened):
    """The part of a handle that brings things into the graph."""

    def load(
        self,
        path: Path,
        *,
        prune: bool = False,
        moved: bool = False,
        wait: bool = False,
        stop: threading.Event | None = None,
        progress: Done = lambda _, __: None,
    ) -> Loaded:
        """Loads a folder of JSONL files, or of Markdown with images.

        prune: remove what was loaded from this folder of Markdown and is gone from it. moved: it
        was loaded before, from another place. wait: while somebody else loads into this graph;
        two at once would make documents twice, because the user's labels have no constraint.
        stop: ends the waiting.
        Errors: LeaseHeldError, SettingsError, GraphError.
        """
        options: ControlOptions = {"wait": wait, "stop": stop or threading.Event()}
        with alone(self.graph, "load", self.control(options)):
            return load_folder(
                self.graph,
                path,
                compose.roots(self.settings),
                prune=prune,
                moved=moved,
                say=self.say,
                progress=progress,
            )

    def read_images(
        self, *, retry_failed: bool = False, progress: Done = lambda _, __: None
    ) -> ReadImages:
        """Keeps the text in images on their nodes.

        retry_failed: images that could not be read before are tried again.
        """
        images = count_images(self.graph)
        return read_images(
            self.graph,
            self.scorers.reader(),
            compose.roots(self.settings),
            lambda done: progress(images, done),
            retry_failed,
            self.hashes,
        )
