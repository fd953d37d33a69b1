"""A canvas in final pixels that draws larger and scales down, so that every edge is smooth."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

SCALE = 3
INK, MUTED, LINE, FOG, WHITE = "#1f2933", "#566577", "#d3dbe4", "#f2f5f8", "#ffffff"
NAVY, BLUE, TEAL, GREEN = "#20344b", "#2a69ad", "#1c8379", "#2b9350"
AMBER, RED, STEEL, DARK = "#e59f12", "#d1342c", "#9aa7b4", "#161d26"

Point = tuple[float, float]
Style = Literal["regular", "bold", "mono"]


@cache
def _open(path: Path, index: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size, index=index)


class Fonts:
    """Noto Sans CJK's faces: `regular` is the file given, the bold one lies beside it."""

    def __init__(self, regular: Path) -> None:
        bold = regular.with_name(regular.name.replace("Regular", "Bold"))
        # Positions inside the collections: 2 is Sans SC, 7 is Sans Mono SC.
        self._faces = {"regular": (regular, 2), "bold": (bold, 2), "mono": (regular, 7)}

    def face(self, style: Style, size: float) -> ImageFont.FreeTypeFont:
        path, index = self._faces[style]
        return _open(path, index, round(size * SCALE))


class Canvas:
    """Coordinates and sizes are pixels of the finished picture; colours are '#rrggbb'."""

    def __init__(self, fonts: Fonts, width: int, height: int, background: str = WHITE) -> None:
        self.fonts, self.width, self.height = fonts, width, height
        self.image = Image.new("RGB", (width * SCALE, height * SCALE), background)
        self.draw = ImageDraw.Draw(self.image)

    def finished(self) -> Image.Image:
        return self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)

    def rect(
        self, x: float, y: float, w: float, h: float, fill: str | None = None,
        outline: str | None = None, width: float = 1, radius: float = 0,
    ) -> None:  # fmt: skip
        box = [round(v * SCALE) for v in (x, y, x + w, y + h)]
        box[2], box[3] = box[2] - 1, box[3] - 1
        line = max(1, round(width * SCALE))
        self.draw.rounded_rectangle(box, round(radius * SCALE), fill, outline, line)

    def circle(
        self, x: float, y: float, r: float, fill: str | None = None,
        outline: str | None = None, width: float = 1,
    ) -> None:  # fmt: skip
        self.ellipse(x, y, r, r, fill, outline, width)

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, fill: str | None = None,
        outline: str | None = None, width: float = 1,
    ) -> None:  # fmt: skip
        box = [round(v * SCALE) for v in (x - rx, y - ry, x + rx, y + ry)]
        self.draw.ellipse(box, fill, outline, max(1, round(width * SCALE)))

    def line(self, points: Sequence[Point], fill: str, width: float = 2) -> None:
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.draw.line(scaled, fill, round(width * SCALE), joint="curve")

    def polygon(self, points: Sequence[Point], fill: str) -> None:
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill)

    def arrow(self, start: Point, end: Point, fill: str, width: float = 2.5) -> None:
        (x0, y0), (x1, y1) = start, end
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        ux, uy, head = (x1 - x0) / length, (y1 - y0) / length, 4.5 * width
        bx, by = x1 - ux * head, y1 - uy * head
        self.line([start, (bx, by)], fill, width)
        half = head * 0.5
        self.polygon(
            [end, (bx - uy * half, by + ux * half), (bx + uy * half, by - ux * half)], fill
        )

    def arc(
        self, x: float, y: float, r: float, start: float, end: float, fill: str, width: float
    ) -> None:
        """Degrees, clockwise from three o'clock; `r` is the outer radius."""
        box = [round(v * SCALE) for v in (x - r, y - r, x + r, y + r)]
        self.draw.arc(box, start, end, fill, round(width * SCALE))

    def pie(self, x: float, y: float, r: float, start: float, end: float, fill: str) -> None:
        box = [round(v * SCALE) for v in (x - r, y - r, x + r, y + r)]
        self.draw.pieslice(box, start, end, fill)

    def text(
        self, x: float, y: float, text: str, size: float = 18, fill: str = INK,
        anchor: str = "lm", style: Style = "regular",
    ) -> None:  # fmt: skip
        font = self.fonts.face(style, size)
        self.draw.text((x * SCALE, y * SCALE), text, fill, font, anchor)

    def text_width(self, text: str, size: float, style: Style = "regular") -> float:
        return self.fonts.face(style, size).getlength(text) / SCALE

    def shade(
        self, x: float, y: float, w: float, h: float, colours: Sequence[str],
        radius: float = 0, sideways: bool = False,
    ) -> None:  # fmt: skip
        """A box filled with a gradient through `colours`, downwards or `sideways`."""
        box = [round(v * SCALE) for v in (x, y, w, h)]
        ramp = Image.new("RGB", (len(colours), 1))
        ramp.putdata([_rgb(colour) for colour in colours])
        # From the middle of the first colour to the middle of the last: both ends come out pure.
        ends: tuple[float, float, float, float] = (0.5, 0, len(colours) - 0.5, 1)
        if not sideways:
            ramp, ends = ramp.transpose(Image.Transpose.ROTATE_270), (0, 0.5, 1, ends[2])
        fill = ramp.resize((box[2], box[3]), Image.Resampling.BILINEAR, ends)
        mask = Image.new("L", fill.size, 0)
        area = (0, 0, box[2] - 1, box[3] - 1)
        ImageDraw.Draw(mask).rounded_rectangle(area, round(radius * SCALE), 255)
        self.image.paste(fill, (box[0], box[1]), mask)

    def shadow(
        self, x: float, y: float, w: float, h: float, radius: float = 8, blur: float = 8,
        strength: int = 80, drop: float = 5,
    ) -> None:  # fmt: skip
        """A soft dark box; draw the thing that casts it afterwards."""
        mask = Image.new("L", self.image.size, 0)
        box = [round(v * SCALE) for v in (x, y + drop, x + w, y + h + drop)]
        ImageDraw.Draw(mask).rounded_rectangle(box, round(radius * SCALE), strength)
        self._blend(mask, "#0b1420", blur)

    def glow(self, x: float, y: float, r: float, colour: str, strength: int = 200) -> None:
        """Light around a lamp."""
        mask = Image.new("L", self.image.size, 0)
        box = [round(v * SCALE) for v in (x - r, y - r, x + r, y + r)]
        ImageDraw.Draw(mask).ellipse(box, strength)
        self._blend(mask, colour, r / 2)

    def tint(self, colour: str, amount: float) -> None:
        """Lay one colour over everything, 0 to 1."""
        over = Image.new("RGB", self.image.size, colour)
        self._replace(Image.blend(self.image, over, amount))

    def blur(self, radius: float) -> None:
        self._replace(self.image.filter(ImageFilter.GaussianBlur(radius * SCALE)))

    def vignette(self, strength: float = 0.35) -> None:
        """Darker corners, as a lens gives."""
        light = ImageChops.invert(Image.radial_gradient("L")).resize(self.image.size)
        mask = light.point([int(255 - max(0, 140 - v) * strength) for v in range(256)])
        dark = Image.new("RGB", self.image.size, "#0a0d11")
        self._replace(Image.composite(self.image, dark, mask))

    def _blend(self, mask: Image.Image, colour: str, blur: float) -> None:
        soft = mask.filter(ImageFilter.GaussianBlur(blur * SCALE))
        self.image.paste(Image.new("RGB", self.image.size, colour), (0, 0), soft)

    def _replace(self, image: Image.Image) -> None:
        self.image = image
        self.draw = ImageDraw.Draw(image)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
