"""Pictures of extreme shapes and of formats that need care: they are read, or refused by name."""

import struct
import zlib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageDraw, ImageFont

from kg_enrich.errors import UnreadableImageError
from kg_enrich.images.decoding import DecodeLimits, decode, image_suffixes
from kg_enrich.images.ocr_engine import read_text

RED = (255, 0, 0)
LIMITS = DecodeLimits()


def is_red(image: Image.Image) -> bool:
    """Lossy formats come near."""
    colour = image.getpixel((4, 4))
    assert isinstance(colour, tuple)
    return colour[0] > 240 and max(colour[1:]) < 15


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (1, 1), (3, 9000)])
def test_a_strip_is_decoded_and_holds_no_text(tmp_path: Path, size: tuple[int, int]) -> None:
    file = tmp_path / "strip.png"
    Image.new("RGB", size, RED).save(file)
    seen = decode(file)
    assert (seen.size, seen.getpixel((0, 0))) == (size, RED)
    assert read_text(file, LIMITS).lines == ()


def test_a_long_screenshot_is_read(tmp_path: Path) -> None:
    image = Image.new("RGB", (600, 3000), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(40)
    for row in range(10):
        draw.text((20, 40 + 300 * row), f"ERROR code {1000 + row}", "black", font)
    file = tmp_path / "long.png"
    image.save(file)
    text = " ".join(read_text(file, LIMITS).lines)
    assert all(str(1000 + row) in text for row in range(10))


def test_sixteen_bits_a_colour_keep_their_brightness(tmp_path: Path) -> None:
    # Pillow writes no such file, so it is put together here: one row of one pixel.
    pixel = struct.pack(">B3H", 0, 0x4000, 0x8000, 0xC000)
    chunks = {
        b"IHDR": struct.pack(">2I5B", 1, 1, 16, 2, 0, 0, 0),
        b"IDAT": zlib.compress(pixel),
        b"IEND": b"",
    }
    file = tmp_path / "deep.png"
    file.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks.items()
        )
    )
    assert decode(file).getpixel((0, 0)) == (0x40, 0x80, 0xC0)


def test_a_cmyk_photo_with_a_profile_is_read(tmp_path: Path) -> None:
    file = tmp_path / "print.jpg"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(file, icc_profile=profile, quality=95)
    assert is_red(decode(file))


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "avif", "tiff"])
def test_of_several_frames_the_first_counts(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, "blue", "green")]
    file = tmp_path / f"a.{suffix}"
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=100)
    assert is_red(decode(file))


def test_heic_is_read_with_its_plugin_and_named_without(tmp_path: Path) -> None:
    file = tmp_path / "photo.HEIC"
    if find_spec("pillow_heif") is None:
        file.write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")
        with pytest.raises(UnreadableImageError, match=r"kg-enrich\[heic\]"):
            decode(file)
        return
    plugin = import_module("pillow_heif")
    plugin.from_pillow(Image.new("RGB", (64, 64), RED)).save(file, quality=90)
    assert is_red(decode(file))


def test_the_names_of_what_is_read() -> None:
    suffixes = image_suffixes()
    assert {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif", ".heic", ".gif"} <= suffixes
    assert suffixes.isdisjoint((".svg", ".pdf", ".eps", ".ico", ".txt"))


@pytest.mark.parametrize("suffix", ["svg", "svgz"])
def test_svg_is_refused_by_name(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"a.{suffix}"
    file.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    with pytest.raises(UnreadableImageError, match=r"SVG is not read; export it as PNG"):
        decode(file)
