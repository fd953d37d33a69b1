"""Draws the demo's pictures: python demo/draw.py PATH/TO/NotoSansCJK-Regular.ttc [NAME ...]

Writes demo/images/ and the sizes in demo/images.jsonl. The same fonts and the same Pillow give
the same bytes, so that `git diff` shows what a change of the drawing changed.
"""

import json
import sys
from pathlib import Path

from drawing import charts, dashboards, diagrams, equipment, handhelds, plans, scenes, screens
from drawing.canvas import Fonts
from PIL import Image

HERE = Path(__file__).parent
MODULES = (equipment, handhelds, screens, dashboards, diagrams, plans, charts, scenes)
PICTURES = {name: make for module in MODULES for name, make in module.PICTURES.items()}


def fonts_at(path: Path) -> Fonts:
    if not (path.is_file() and path.name == "NotoSansCJK-Regular.ttc"):
        sys.exit(
            f"draw.py: {path} is not NotoSansCJK-Regular.ttc; install Noto Sans CJK "
            "(Debian: fonts-noto-cjk) and give that file's path"
        )
    if not path.with_name("NotoSansCJK-Bold.ttc").is_file():
        sys.exit(f"draw.py: NotoSansCJK-Bold.ttc is missing beside {path}; put it there")
    return Fonts(path)


def save(picture: Image.Image, file: Path) -> None:
    if file.suffix == ".jpg":
        picture.save(file, quality=84, optimize=True)
    else:
        flat = picture.quantize(255, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        flat.save(file, optimize=True)


def main(arguments: list[str]) -> None:
    if not arguments:
        sys.exit("draw.py: give the path of NotoSansCJK-Regular.ttc")
    fonts = fonts_at(Path(arguments[0]))
    listing = HERE / "images.jsonl"
    rows = [json.loads(line) for line in listing.read_text("utf-8").splitlines()]
    wanted = set(arguments[1:]) or {row["id"] for row in rows}
    if unknown := wanted - PICTURES.keys():
        sys.exit(f"draw.py: nothing draws {', '.join(sorted(unknown))}; see images.jsonl")
    (HERE / "images").mkdir(exist_ok=True)
    for row in rows:
        if row["id"] in wanted:
            picture = PICTURES[row["id"]](fonts).finished()
            file = HERE / row["path"]
            save(picture, file)
            row |= {"width": picture.width, "height": picture.height, "bytes": file.stat().st_size}
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    listing.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
