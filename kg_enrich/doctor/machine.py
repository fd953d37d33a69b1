"""Checks of this machine: folders, disk, memory."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil

from kg_enrich.doctor.checks import Finding, bad, doubtful, well
from kg_enrich.errors import SettingsError
from kg_enrich.images.decoding import image_roots

_GB = 1e9
_LEAST_DISK = 2 * _GB
_LEAST_MEMORY = 1.5 * _GB


def usable_roots(folders: Sequence[Path]) -> tuple[Path, ...]:
    """The image roots that can be used."""
    return tuple(root for folder in folders for root in _root(folder))


def look_at_roots(folders: Sequence[Path]) -> Finding:
    """Whether every image root is a folder that can be read."""
    for folder in folders:
        (root,) = image_roots([folder])
        if not os.access(root, os.R_OK | os.X_OK):
            return bad(f"{folder} cannot be read", "Let this user read it.")
    return well(", ".join(str(folder) for folder in folders))


def look_at_cache(folder: Path) -> Finding:
    """Whether the cache folder can be made and written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return bad(
            f"{folder}: {error.strerror}", "Let this user write it, or set KG_ENRICH_CACHE_DIR."
        )
    return well(f"{folder} can be written")


def look_at_disk(folders: Sequence[Path]) -> Finding:
    """Whether the disks that will be written have space left."""
    free = {folder: shutil.disk_usage(_existing(folder)).free for folder in folders}
    seen = ", ".join(f"{space / _GB:.1f} GB free at {folder}" for folder, space in free.items())
    if min(free.values()) < _LEAST_DISK:
        return doubtful(seen, "Make space, or set KG_ENRICH_CACHE_DIR or KG_ENRICH_NEO4J_HOME.")
    return well(seen)


def look_at_memory() -> Finding:
    """Whether models and worker processes have enough memory."""
    memory = psutil.virtual_memory()
    seen = f"{memory.available / _GB:.1f} of {memory.total / _GB:.1f} GB free"
    if memory.available < _LEAST_MEMORY:
        return doubtful(seen, "End other programs, or set KG_ENRICH_WORKERS to 1.")
    return well(seen)


def _root(folder: Path) -> tuple[Path, ...]:
    try:
        return image_roots([folder])
    except SettingsError:
        return ()


def _existing(folder: Path) -> Path:
    """The folder, or the nearest parent that exists."""
    folder = folder.expanduser().absolute()
    return next(one for one in (folder, *folder.parents) if os.path.exists(one))
