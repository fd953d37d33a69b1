"""What `chaos` and `soak` work on: a small company's folder."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from tests.support.export import picture

PARTS = ("pump", "valve", "motor", "sensor", "belt", "filter", "gearbox", "cable", "relay", "fan")
TROUBLES = ("leaks", "overheats", "stalls", "rattles", "trips", "corrodes", "drifts", "jams")


def words(number: int) -> list[str]:
    """The words in a picture; no two pictures have the same."""
    draw = random.Random(number)
    code = 1000 + 37 * number
    return [f"{draw.choice(PARTS)} P-{code}", f"code E{code + 5}", f"serial {code * 7}",
            draw.choice(TROUBLES)]  # fmt: skip


def lay_out(folder: Path, documents: int, images: int, pictures: int) -> None:
    """JSONL files to load. Images beyond `pictures` are further names of the same files."""
    folder.mkdir(parents=True)
    for number in range(pictures):
        picture(folder / f"{number}.png", "\n".join(words(number)))
    write_rows(
        folder / "documents.jsonl", [document(number, pictures) for number in range(documents)]
    )
    write_rows(
        folder / "images.jsonl",
        [{"id": f"i{n:04}", "path": f"{n % pictures}.png"} for n in range(images)],
    )
    write_rows(
        folder / "references.jsonl",
        [{"document_id": f"d{n:04}", "image_id": f"i{n % images:04}"}
         for n in range(0, documents, 10)],
    )  # fmt: skip


def document(number: int, pictures: int, edition: int = 0) -> dict[str, str]:
    """A report that tells of two pictures. edition: another one tells of other pictures."""
    first, second = (number + edition) % pictures, (number * 7 + 3 + edition) % pictures
    told = "; ".join(words(first) + words(second))
    return {"id": f"d{number:04}", "title": f"Report {number}", "text": f"Found: {told}."}


def write_rows(file: Path, rows: Sequence[dict[str, str]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
