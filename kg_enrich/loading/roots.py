"""The path of an image as a loader records it."""

from collections.abc import Sequence
from pathlib import Path

from kg_enrich.errors import ImageError, SettingsError
from kg_enrich.images.decoding import resolve


def require_inside(folder: Path, roots: Sequence[Path]) -> None:
    """Errors: SettingsError when the folder lies outside every image root."""
    if not any(folder.resolve().is_relative_to(root) for root in roots):
        raise SettingsError(
            f"{folder} lies outside every image root, so its images could not be read: add it "
            "to KG_ENRICH_IMAGE_ROOTS."
        )


def recorded_path(file: Path, roots: Sequence[Path]) -> str:
    """The path to keep in the graph: relative to the root that holds the file.

    It is absolute when another root holds a file of the same name, which would be found first.
    Errors: ImageError when the file is missing or lies outside every root.
    """
    found = resolve(str(file.absolute()), roots)
    root = next(root for root in roots if found.is_relative_to(root))
    relative = found.relative_to(root).as_posix()
    try:
        unambiguous = resolve(relative, roots) == found
    except ImageError:
        unambiguous = False
    return relative if unambiguous else str(found)
