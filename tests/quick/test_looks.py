"""Near-duplicates: the look is ImageHash's, and groups never drift."""

from pathlib import Path

import imagehash
import pytest
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from kg_enrich.images.decoding import DecodeLimits
from kg_enrich.images.looks import Seen, groups, is_near, look_of, looks_near, read_look
from kg_enrich.models import ImageId


def window(*lines: str, width: int = 640) -> Picture.Image:
    """A window with a title bar and some text."""
    picture = Picture.new("RGB", (width, width * 3 // 4), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width, width // 12), fill="navy")
    draw.rectangle((width // 16, width // 5, width // 2, width // 4), outline="black", width=3)
    for number, line in enumerate(lines):
        place = (width // 10, width * (3 + number) // 10)
        draw.text(place, line, "black", ImageFont.load_default(width // 20))
    return picture


def test_the_look_is_image_hashs(tmp_path: Path) -> None:
    picture = window("Connection failed", "retry in 30 s")
    assert look_of(picture) == str(imagehash.phash(picture))
    gradient = Picture.linear_gradient("L").convert("RGB").rotate(30)
    assert look_of(gradient) == str(imagehash.phash(gradient))
    # One colour all over looks like nothing.
    assert look_of(Picture.new("RGB", (50, 50), "red")) is None
    picture.save(tmp_path / "a.png")
    assert read_look(tmp_path / "a.png", DecodeLimits()) == look_of(picture)


@pytest.mark.parametrize(("size", "suffix"), [(320, "png"), (640, "jpg"), (500, "webp")])
def test_another_size_or_format_looks_the_same(size: int, suffix: str, tmp_path: Path) -> None:
    picture = window("Connection failed", "retry in 30 s")
    picture.resize((size, size * 3 // 4)).save(tmp_path / f"copy.{suffix}")
    copy = read_look(tmp_path / f"copy.{suffix}", DecodeLimits())
    assert looks_near(copy, look_of(picture))


def seen(name: str, bits: int, words: str | None = "a b c", content: str | None = None) -> Seen:
    read = None if words is None else frozenset(words.split())
    return Seen(ImageId(name), content, f"{(1 << bits) - 1:016x}", read)


def test_a_group_is_what_is_near_to_its_first() -> None:
    chain = [seen(str(bits), bits) for bits in (0, 2, 4, 6)]
    found = [[one.image for one in group] for group in groups(chain)]
    assert found == [["0", "2"], ["4", "6"]]


def test_look_and_words_must_both_agree() -> None:
    ten = "a b c d e f g h i j"
    assert is_near(seen("1", 0, ten), seen("2", 3, ten))
    assert not is_near(seen("1", 0, ten), seen("2", 4, ten))
    assert is_near(seen("1", 0, ten), seen("2", 0, ten[:-2]))
    assert not is_near(seen("1", 0, ten), seen("2", 0, f"{ten} x y"))
    # Two pictures without any words agree in that; unread ones agree in nothing.
    assert is_near(seen("1", 0, ""), seen("2", 0, ""))
    assert not is_near(seen("1", 0, None), seen("2", 0, None))
    unknown = Seen(ImageId("3"), None, None, frozenset())
    assert not is_near(unknown, unknown)
    assert is_near(seen("1", 0, None, "same"), seen("2", 60, None, "same"))
