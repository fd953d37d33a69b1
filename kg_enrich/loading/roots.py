"""The path of an image as a loader records it."""

from collections.abc import Sequence
from pathlib import Path

from kg_enrich.errors import ImageError, SettingsError, UnreadableImageError
from kg_enrich.images.decoding import resolve


def require_inside(folder: Path, roots: Sequence[Path]) -> None:
    """Errors: SettingsError when the folder lies outside every image root, or is no text."""
    try:
        str(folder.resolve()).encode()
    except UnicodeEncodeError:
        raise SettingsError(
            f"{str(folder)!a} is not UTF-8, which the graph cannot hold: rename the folder."
        ) from None
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


def recorded_image(file: Path, roots: Sequence[Path]) -> str:
    """As `recorded_path`, of a file. Errors: UnreadableImageError also for a folder, or no text."""
    path = recorded_path(file, roots)
    if file.is_dir():
        raise UnreadableImageError(f"{path!r}: is a folder, not an image")
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UnreadableImageError(f"{path!a}: is not UTF-8; rename the file") from None
    return path
