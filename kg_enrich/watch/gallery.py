"""A folder whose images and documents come into the graph as they come."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from kg_enrich.errors import GraphError, LeaseHeldError
from kg_enrich.models import Say

if TYPE_CHECKING:
    from kg_enrich.api import KnowledgeGraph

# Path, size and time of change of every file.
Tree = frozenset[tuple[str, int, int]]


class Gallery:
    """Loads a folder again whenever something in it changed and is at rest.

    once: nobody will look later, so that what Neo4j refuses is an error.
    """

    def __init__(self, kg: "KnowledgeGraph", folder: Path, say: Say, once: bool = False) -> None:
        self._kg = kg
        self._folder = folder
        self._once = once
        self._say = say
        self._before: Tree | None = None
        self._loaded: Tree | None = None

    def look(self) -> bool:
        """Loads what is new; whether it did. What Neo4j refuses now is tried at the next look.

        Errors: GraphError and LeaseHeldError, when there is no next look.
        """
        now = _tree(self._folder)
        at_rest = now == self._before
        self._before = now
        if not at_rest or now == self._loaded:
            return False
        try:
            loaded = self._kg.load(self._folder)
            read = self._kg.read_images()
        except (GraphError, LeaseHeldError) as error:
            if self._once:
                raise
            self._say(f"{self._folder} is loaded later: {error}")
            return False
        self._loaded = now
        for line in (*loaded.problems, *read.problems):
            self._say(line)
        self._say(
            f"{self._folder}: {loaded.documents} documents and {loaded.images} images came in; "
            f"{read.read} images were read."
        )
        return True


def _tree(folder: Path) -> Tree:
    """Every file below the folder but hidden ones; links are not followed."""
    found = set()
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = os.path.join(place, name)
            try:
                status = os.lstat(path)
            except OSError:  # gone since it was listed
                continue
            if not name.startswith("."):
                found.add((path, status.st_size, status.st_mtime_ns))
    return frozenset(found)
