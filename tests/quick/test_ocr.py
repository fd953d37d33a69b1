"""Reading text from real pictures, in real worker processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from kg_enrich.errors import SettingsError, UnreadableImageError
from kg_enrich.images.decoding import DecodeLimits, file_version
from kg_enrich.images.ocr import OcrReader
from kg_enrich.models import Image, ImageId


def draw(file: Path, *lines: str, size: tuple[int, int] = (640, 200)) -> Image:
    picture = Picture.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        pen.text((20, 20 + 50 * number), line, "black", ImageFont.load_default(size=32))
    picture.save(file)
    return Image(ImageId(file.stem), file, file_version(file))


def test_lines_are_read_from_top_to_bottom(reader: OcrReader, tmp_path: Path) -> None:
    text = reader.read(draw(tmp_path / "a.png", "PLC fault ERR 42", "Press RUN to restart"))
    assert text.lines == ("PLC fault ERR 42", "Press RUN to restart")
    assert all(0.5 < confidence <= 1.0 for confidence in text.confidences)


def test_a_picture_without_text_has_no_lines(reader: OcrReader, tmp_path: Path) -> None:
    assert reader.read(draw(tmp_path / "empty.png")).lines == ()


@pytest.mark.parametrize("size", [(1, 1), (4000, 3), (3, 4000)])
def test_odd_shapes_are_read(reader: OcrReader, tmp_path: Path, size: tuple[int, int]) -> None:
    assert reader.read(draw(tmp_path / "odd.png", size=size)).lines == ()


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_picture_is_read_as_if_it_stood_upright(
    reader: OcrReader, tmp_path: Path, degrees: int
) -> None:
    lines = ("PLC fault ERR 42", "Press RUN to restart", "Open valve now")
    image = draw(tmp_path / f"{degrees}.png", *lines)
    with Picture.open(image.file) as upright:
        upright.rotate(degrees, expand=True).save(image.file)
    assert sorted(reader.read(image).lines) == sorted(lines)


def test_what_further_pages_add_is_read(reader: OcrReader, tmp_path: Path) -> None:
    files = [
        draw(tmp_path / f"{name}.png", f"{name} page", "SAME FOOT").file for name in ("One", "Two")
    ]
    first, second = (Picture.open(file) for file in files)
    file = tmp_path / "both.tiff"
    first.save(file, save_all=True, append_images=[second])
    lines = reader.read(Image(ImageId("both"), file, "1")).lines
    assert lines == ("One page", "SAME FOOT", "Two page")


@pytest.mark.parametrize("turned", [False, True], ids=["tall", "wide"])
def test_a_long_screenshot_is_read_whole_and_no_line_twice(
    reader: OcrReader, tmp_path: Path, turned: bool
) -> None:
    """Six screens of small print behind one another; scaled down as one it could not be read."""
    words = [f"ticket {number} pump alarm" for number in range(1001, 1061)]
    size = (9600, 900) if turned else (900, 9600)
    picture = Picture.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(size=18)
    for place, text in enumerate(words):
        at = (12 + 160 * place, 30 + 13 * (place % 60)) if turned else (40, 12 + 160 * place)
        pen.text(at, text.split()[1] if turned else text, "black", font)
    picture.save(tmp_path / "long.png")
    file = tmp_path / "long.png"
    lines = reader.read(Image(ImageId("long"), file, file_version(file))).lines
    wanted = [text.split()[1] for text in words] if turned else words
    assert sorted(lines) == wanted


def test_a_damaged_picture_is_an_error_of_its_own(reader: OcrReader, tmp_path: Path) -> None:
    good, damaged = draw(tmp_path / "good.png", "READY"), draw(tmp_path / "bad.png", "LOST")
    damaged.file.write_bytes(damaged.file.read_bytes()[:200])
    reader.prefetch([good, damaged])
    with pytest.raises(UnreadableImageError, match=r"bad\.png: damaged image"):
        reader.read(damaged)
    assert reader.read(good).lines == ("READY",)


def test_limits_reach_the_workers(tmp_path: Path) -> None:
    reader = OcrReader(tmp_path / "cache", 1, DecodeLimits(max_pixels=1000))
    with pytest.raises(UnreadableImageError, match="limit of 1000 pixels"):
        reader.read(draw(tmp_path / "a.png", "BIG"))
    reader.close()


def test_a_picture_is_read_once_until_its_version_changes(
    reader: OcrReader, readings: Path, tmp_path: Path
) -> None:
    image = draw(tmp_path / "a.png", "BEFORE")
    assert reader.read(image).lines == ("BEFORE",)
    image.file.unlink()
    second = OcrReader(readings, workers=1)
    second.prefetch([image])
    assert second.read(image) == reader.read(image)
    second.close()
    changed = draw(image.file, "AFTERWARDS")
    assert reader.read(changed).lines == ("AFTERWARDS",)


def test_a_damaged_cache_entry_is_read_again(
    reader: OcrReader, readings: Path, tmp_path: Path
) -> None:
    image = draw(tmp_path / "a.png", "AGAIN")
    former = set(readings.glob("*/*.json"))
    expected = reader.read(image)
    (entry,) = set(readings.glob("*/*.json")) - former
    whole = entry.read_bytes()
    for damaged in (b"", b'[["cut sh', b'{"lines": 1}', b"\xff\xfe", b"[[1], [[]]]"):
        entry.write_bytes(damaged)
        assert reader.read(image) == expected
        assert entry.read_bytes() == whole


def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    """Its main module is not imported again by the workers."""
    image = draw(tmp_path / "a.png", "NO GUARD")
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from kg_enrich.images.ocr import OcrReader; from kg_enrich.models import Image\n"
        f"reader = OcrReader(Path({str(tmp_path / 'cache')!r}), 2)\n"
        f"print(*reader.read(Image('a', Path({str(image.file)!r}), '1')).lines)\n"
        "reader.close()\n"
    )
    done = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "NO GUARD\n", done.stderr


def test_a_cache_that_cannot_be_made_is_a_setting_to_change(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="name another cache folder"):
        OcrReader(tmp_path / "file" / "cache")
