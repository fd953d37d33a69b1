"""Jobs for a watch folder: a text, and an archive of pictures."""

import zipfile
from collections.abc import Sequence
from pathlib import Path


def put(folder: Path, name: str, text: str, pictures: Sequence[Path]) -> None:
    """Puts NAME.txt and NAME.zip into the folder."""
    (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
        for picture in pictures:
            archive.write(picture, f"photos/{picture.name}")


def done(folder: Path) -> list[str]:
    """The names of the jobs that are done, each as often as it was."""
    return sorted(place.name.partition("_")[2] for place in (folder / "done").glob("*"))
