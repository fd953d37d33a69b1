"""A small folder to load: three documents, and pictures of the words of two of them."""

import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

TEXTS = {
    "pump": "Pump P-204 discharge flange: tighten the bolts to 85 Nm in a star pattern.",
    "auth": "The login page answers SAML assertion signature invalid after the certificate change.",
    "beds": "Tulips and daffodils are planted in October.",
}
PICTURES = {
    "flange": "P-204 discharge flange\nbolts 85 Nm\nstar pattern",
    "login": "SAML assertion\nsignature invalid\ncertificate",
    "empty": "",
}


def picture(file: Path, text: str) -> None:
    image = Image.new("RGB", (640, 240), "white")
    ImageDraw.Draw(image).multiline_text(
        (20, 20), text, "black", ImageFont.load_default(36), spacing=12
    )
    image.save(file)


def lay_out(folder: Path) -> None:
    """Fills the folder: JSONL files, and a PNG file a picture."""
    for name, text in PICTURES.items():
        picture(folder / f"{name}.png", text)
    for file, rows in {
        "documents": [{"id": key, "title": key, "text": text} for key, text in TEXTS.items()],
        "images": [{"id": name, "path": f"{name}.png"} for name in PICTURES],
        "references": [{"document_id": "pump", "image_id": "flange"}],
    }.items():
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{file}.jsonl").write_text(lines)
