"""Files whose names differ from what somebody wrote in nothing but case or Unicode form."""

import os
import unicodedata
from pathlib import Path

from kg_enrich.loading.memory import Folder


def nearest(place: Path, folder: Folder) -> Path | None:
    """The one file that is called like this place; None where there is none, or several.

    Within the image roots only: what lies above them is nobody's business.
    """
    place = Path(os.path.normpath(place))
    root = next((root for root in folder.roots if place.is_relative_to(root)), None)
    if root is None:
        return None
    found = root
    for part in place.relative_to(root).parts:
        name = _called(_listed(found, folder), part)
        if name is None:
            return None
        found /= name
    return found


def key(name: str) -> str:
    """The same for names that differ in case or form only."""
    return unicodedata.normalize("NFC", name).casefold()


def _called(names: dict[str, list[str]], part: str) -> str | None:
    alike = names.get(key(part), [])
    if part in alike:
        return part
    form = unicodedata.normalize("NFC", part)
    same = [name for name in alike if unicodedata.normalize("NFC", name) == form]
    chosen = same or alike
    return chosen[0] if len(chosen) == 1 else None


def _listed(place: Path, folder: Folder) -> dict[str, list[str]]:
    """Names in a folder by their keys, listed once a load."""
    if (known := folder.listed.get(place)) is None:
        known = folder.listed[place] = {}
        try:
            for name in os.listdir(place):
                known.setdefault(key(name), []).append(name)
        except OSError:
            pass
    return known
