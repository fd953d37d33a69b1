"""Documents and pictures for exactness: texts and shapes of several kinds."""

from pathlib import Path

import numpy as np
from PIL import Image as Picture

from kg_enrich.models import Document, DocumentId, Image, ImageId

SIZES = [(200, 120), (90, 260), (64, 64), (300, 300), (30, 170)]

TEXTS = [
    "The pump P-101 lost pressure. Check the red lamp on the panel.",
    "系统启动失败,屏幕显示错误代码 E42。",
    "Route 66.\n",
    "A long report: " + "the valve was opened and closed again, then inspected. " * 6,
]


def documents() -> list[Document]:
    return [
        Document(DocumentId(f"d{index}"), "", text, str(index)) for index, text in enumerate(TEXTS)
    ]


def images(folder: Path) -> list[Image]:
    """Pictures of noise in several sizes and shapes."""
    random = np.random.default_rng(1)
    made = []
    for index, (width, height) in enumerate(SIZES):
        small = random.integers(0, 255, (height // 10, width // 10, 3), dtype=np.uint8)
        file = folder / f"{index}.png"
        Picture.fromarray(small).resize((width, height)).save(file)
        made.append(Image(ImageId(f"i{index}"), file, "1", caption=f"figure {index}"))
    return made
