"""Which files are opened, and that what comes out is the picture a person sees."""

import os
import resource
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from kg_enrich.errors import ImageError, ReadingError, SettingsError, UnreadableImageError
from kg_enrich.images.decoding import (
    DecodeLimits,
    decode,
    decode_pages,
    file_version,
    image_roots,
    resolve,
)

Colour = float | tuple[int, ...] | str
RED, WHITE, HALF_RED = (255, 0, 0), (255, 255, 255), (255, 127, 127)


def picture(file: Path, mode: str = "RGB", colour: Colour = RED) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (8, 4), colour).save(file)
    return file


def close(seen: object, wanted: tuple[int, int, int], by: int = 3) -> bool:
    assert isinstance(seen, tuple)
    return all(abs(a - b) <= by for a, b in zip(seen, wanted, strict=True))


@pytest.fixture
def two_roots(tmp_path: Path) -> tuple[Path, ...]:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    return image_roots([tmp_path / "one", tmp_path / "two"])


def test_a_relative_path_is_looked_up_in_each_root_in_order(two_roots: tuple[Path, ...]) -> None:
    second = picture(two_roots[1] / "sub/a.png")
    assert resolve("sub/a.png", two_roots) == second
    first = picture(two_roots[0] / "sub/a.png")
    assert resolve("sub/a.png", two_roots) == first


def test_an_absolute_path_must_lie_inside_a_root(
    two_roots: tuple[Path, ...], tmp_path: Path
) -> None:
    inside = picture(two_roots[1] / "a.png")
    assert resolve(str(inside), two_roots) == inside
    outside = picture(tmp_path / "secret.png")
    with pytest.raises(UnreadableImageError, match="outside every image root"):
        resolve(str(outside), two_roots)


@pytest.mark.parametrize("location", ["../secret.png", "sub/../../secret.png", "link.png"])
def test_no_path_leads_out_of_the_roots(
    two_roots: tuple[Path, ...], tmp_path: Path, location: str
) -> None:
    picture(tmp_path / "secret.png")
    (two_roots[0] / "sub").mkdir()
    (two_roots[0] / "link.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(UnreadableImageError, match="outside every image root"):
        resolve(location, two_roots)


def test_a_linked_folder_does_not_lead_out(two_roots: tuple[Path, ...], tmp_path: Path) -> None:
    picture(tmp_path / "private/a.png")
    (two_roots[0] / "shared").symlink_to(tmp_path / "private")
    with pytest.raises(UnreadableImageError, match="outside every image root"):
        resolve("shared/a.png", two_roots)


def test_a_link_from_one_root_into_another_is_followed(two_roots: tuple[Path, ...]) -> None:
    target = picture(two_roots[1] / "a.png")
    (two_roots[0] / "b.png").symlink_to(target)
    assert resolve("b.png", two_roots) == target


@pytest.mark.parametrize(
    "location",
    ["http://example.org/a.png", "HTTPS://example.org/a.png", "s3://bucket/a.png", "data:,x"],
)
def test_addresses_are_refused(two_roots: tuple[Path, ...], location: str) -> None:
    with pytest.raises(UnreadableImageError, match="not a path"):
        resolve(location, two_roots)


@pytest.mark.parametrize("location", ["missing.png", "a\0b.png", "x" * 5000, "loop.png"])
def test_what_is_not_there_is_said_in_one_line(two_roots: tuple[Path, ...], location: str) -> None:
    (two_roots[0] / "loop.png").symlink_to(two_roots[0] / "loop.png")
    picture(two_roots[1] / "another.png")
    with pytest.raises(UnreadableImageError, match="no such file") as caught:
        resolve(location, two_roots)
    assert "\n" not in str(caught.value)


def test_a_root_without_any_file_is_a_mount_that_is_away(two_roots: tuple[Path, ...]) -> None:
    picture(two_roots[0] / "here.png")
    assert resolve("here.png", two_roots) == two_roots[0] / "here.png"
    with pytest.raises(ReadingError, match=r"missing\.png.*two is empty; is its mount away"):
        resolve("missing.png", two_roots)


def test_what_the_system_refuses_for_the_moment_is_no_damage(tmp_path: Path) -> None:
    file = picture(tmp_path / "a.png")
    decode(file)  # so that no code is left to load
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(ReadingError, match=r"a\.png: Too many open files"):
            decode(file)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="Linux has such a file")
def test_a_disk_that_fails_is_no_damage() -> None:
    file = Path("/proc/self/mem").resolve()
    with pytest.raises(ReadingError, match=f"{file}: Input/output error"):
        decode(file)


def test_roots_must_be_folders_below_the_root_of_the_file_system(tmp_path: Path) -> None:
    (tmp_path / "everything").symlink_to("/")
    for folder in (Path("/"), tmp_path / "everything", tmp_path / "missing"):
        with pytest.raises(SettingsError):
            image_roots([folder])


def test_the_version_follows_the_file(tmp_path: Path) -> None:
    file = picture(tmp_path / "a.png")
    before = file_version(file)
    assert file_version(file) == before
    os.utime(file, ns=(1, 1))
    assert file_version(file) != before
    with pytest.raises(ReadingError, match="No such file"):
        file_version(tmp_path / "missing.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "gif", "tiff", "bmp", "avif", "jp2"])
def test_formats_are_read(tmp_path: Path, suffix: str) -> None:
    image = decode(picture(tmp_path / f"a.{suffix}"))
    assert (image.mode, image.size) == ("RGB", (8, 4))
    assert close(image.getpixel((3, 2)), RED, by=8)


@pytest.mark.parametrize(
    ("name", "mode", "colour", "wanted"),
    [
        ("one-bit.png", "1", 1, WHITE),
        ("grey.png", "L", 100, (100, 100, 100)),
        ("grey-16.png", "I;16", 100 * 257, (100, 100, 100)),
        ("grey-16.tiff", "I;16", 65535, WHITE),
        ("grey-alpha.png", "LA", (0, 0), WHITE),
        ("palette.png", "P", 0, (0, 0, 0)),
        ("clear.png", "RGBA", (255, 0, 0, 0), WHITE),
        ("half.png", "RGBA", (255, 0, 0, 128), HALF_RED),
        ("half.webp", "RGBA", (255, 0, 0, 128), HALF_RED),
        ("inks.jpg", "CMYK", (0, 255, 255, 0), RED),
        ("inks.tiff", "CMYK", (0, 255, 255, 0), RED),
        ("luma.jpg", "YCbCr", (76, 85, 255), RED),
        ("lab.tiff", "LAB", (255, 128, 128), WHITE),
    ],
)
def test_every_mode_comes_out_as_a_person_sees_it(
    tmp_path: Path, name: str, mode: str, colour: Colour, wanted: tuple[int, int, int]
) -> None:
    image = decode(picture(tmp_path / name, mode, colour))
    assert image.mode == "RGB"
    assert close(image.getpixel((3, 2)), wanted, by=6)


@pytest.mark.parametrize("mode", ["I", "F"])
def test_wide_greys_are_spread_from_black_to_white(tmp_path: Path, mode: str) -> None:
    image = Image.new(mode, (2, 1), 1000)
    image.putpixel((1, 0), 9000)
    image.save(tmp_path / "wide.tiff")
    seen = decode(tmp_path / "wide.tiff")
    assert [seen.getpixel((x, 0)) for x in (0, 1)] == [(0, 0, 0), WHITE]


def test_a_transparent_palette_colour_is_white(tmp_path: Path) -> None:
    image = Image.new("P", (8, 4), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.putpixel((0, 0), 0)
    image.save(tmp_path / "a.gif", transparency=0)
    seen = decode(tmp_path / "a.gif")
    assert (seen.getpixel((0, 0)), seen.getpixel((3, 2))) == (WHITE, RED)


def test_a_picture_taken_sideways_is_upright(tmp_path: Path) -> None:
    image = Image.new("RGB", (40, 20), "white")
    image.paste(RED, (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned clockwise by a quarter: left becomes top
    image.save(tmp_path / "a.jpg", exif=exif, quality=95)
    seen = decode(tmp_path / "a.jpg")
    assert seen.size == (20, 40)
    assert close(seen.getpixel((10, 5)), RED, by=8)
    assert close(seen.getpixel((10, 35)), WHITE, by=8)


def test_of_an_animation_the_first_frame_counts(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 4), colour) for colour in (RED, "blue")]
    for name in ("a.gif", "a.webp", "a.png"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], lossless=True)
        assert close(decode(tmp_path / name).getpixel((3, 2)), RED)


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    Image.new("1", (12_000, 12_000)).save(bomb)
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(UnreadableImageError, match="12000x12000 is over the limit of 100000000"):
        decode(bomb)


def test_limits_are_the_callers(tmp_path: Path) -> None:
    file = picture(tmp_path / "a.png")
    assert decode(file, DecodeLimits(max_pixels=32)).size == (8, 4)
    with pytest.raises(UnreadableImageError, match="limit of 31 pixels"):
        decode(file, DecodeLimits(max_pixels=31))
    with pytest.raises(UnreadableImageError, match="limit of 10"):
        decode(file, DecodeLimits(max_bytes=10))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "gif", "tiff", "avif"])
def test_half_a_file_is_refused(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"a.{suffix}"
    Image.effect_noise((64, 64), 80).convert("RGB").save(file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(UnreadableImageError, match=r"damaged image|not an image"):
        decode(file)


def test_other_things_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "text.png").write_text("not an image")
    (tmp_path / "empty.png").touch()
    os.mkfifo(tmp_path / "pipe.png")
    for name, reason in {
        "drawing.svg": "export it as PNG",
        "text.png": "not an image",
        "empty.png": "not an image",
        "pipe.png": "not a regular file",
        "missing.png": "No such file",
    }.items():
        with pytest.raises(ImageError, match=reason) as caught:
            decode(tmp_path / name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["ico", "eps", "pdf"])
def test_formats_with_surprises_are_refused(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"a.{suffix}"
    Image.new("RGB", (16, 16), RED).save(file)
    with pytest.raises(UnreadableImageError, match="not an image of a format"):
        decode(file)


@settings(max_examples=150, deadline=None)
@given(
    suffix=st.sampled_from(["png", "jpg", "gif", "webp", "tiff", "bmp"]),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8),
)
def test_a_damaged_file_is_a_picture_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, changes: list[tuple[int, int]]
) -> None:
    file = tmp_path_factory.mktemp("damaged") / f"a.{suffix}"
    Image.linear_gradient("L").resize((24, 24)).convert("RGB").save(file)
    data = bytearray(file.read_bytes())
    for place, value in changes:
        data[place % len(data)] = value
    file.write_bytes(data)
    try:
        assert decode(file, DecodeLimits(max_pixels=10_000)).mode == "RGB"
    except UnreadableImageError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [("white", (32, 32, 32)), ("#ffe680", (32, 32, 32)), ("black", WHITE), ("red", WHITE)],
)
def test_strokes_on_nothing_get_the_ground_they_were_drawn_for(
    tmp_path: Path, ink: str, ground: tuple[int, int, int]
) -> None:
    drawn = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).line((5, 5, 55, 35), ink, 2)
    drawn.save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png").getpixel((55, 5)) == ground


def test_a_light_box_with_dark_writing_beside_it_stays_on_white(tmp_path: Path) -> None:
    drawn = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((2, 2, 30, 20), "white")
    for at in range(3):
        pen.line((35, 5 + 8 * at, 55, 5 + 8 * at), "black", 2)
    drawn.save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png").getpixel((58, 38)) == WHITE


def test_a_png_whose_notes_are_too_long_is_read(tmp_path: Path) -> None:
    notes = PngInfo()
    notes.add_text("history", "x" * (2 << 20), zip=True)
    Image.new("RGB", (8, 4), RED).save(tmp_path / "a.png", pnginfo=notes)
    assert decode(tmp_path / "a.png").getpixel((3, 2)) == RED
    cut = (tmp_path / "a.png").read_bytes()[:-30]
    (tmp_path / "cut.png").write_bytes(cut)
    with pytest.raises(UnreadableImageError):
        decode(tmp_path / "cut.png")


@pytest.mark.parametrize(("suffix", "wanted"), [("tiff", [0, 1, 2]), ("gif", [0, 4, 9])])
def test_further_pages_are_read_in_order_and_animations_evenly(
    tmp_path: Path, suffix: str, wanted: list[int]
) -> None:
    pages = [Image.new("RGB", (8, 4), (20 * number, 0, 0)) for number in range(10)]
    pages[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=pages[1:])
    seen = [page.getpixel((3, 2)) for page in decode_pages(tmp_path / f"a.{suffix}", most=3)]
    assert seen == [(20 * number, 0, 0) for number in wanted]
