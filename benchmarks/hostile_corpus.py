"""Files that nobody should open: made anew from a seed, the same ones every time.

`deadly` files do their worst only where `DECODER` is on the import path of the process that
decodes: a Pillow plugin, as decoders of other formats are, that does what the file says.
"""

import os
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image

FORMATS = {
    "png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WEBP", "tiff": "TIFF",
    "bmp": "BMP", "avif": "AVIF", "jp2": "JPEG2000", "ppm": "PPM",
}  # fmt: skip

# Found by a Python that starts with its folder on the import path.
DECODER = """
import ctypes, json, os, sys, time
from PIL import Image, ImageFile

def leak():
    kept = []
    while True:
        kept.append(bytearray(1 << 26))

def deep():
    sys.setrecursionlimit(10**9)
    json.loads("[" * 10**7)

WORST = {
    b"crash": lambda: ctypes.string_at(0),
    b"abort": os.abort,
    b"exit": lambda: os._exit(0),
    b"hang": lambda: time.sleep(1000),
    b"spin": lambda: sum(range(10**15)),
    b"leak": leak,
    b"deep": deep,
    b"loud": lambda: [print("x" * 10**6) or os.write(1, b"y" * 10**6) for _ in range(3)],
}

class DeadlyFile(ImageFile.ImageFile):
    format = "PPM"
    def _open(self):
        WORST[self.fp.read().split()[1]]()
        raise SyntaxError("still alive")

Image.init()
Image.register_open("PPM", DeadlyFile, lambda prefix: prefix.startswith(b"DEADLY "))
"""
WORST = ("crash", "abort", "exit", "hang", "spin", "leak", "deep", "loud")


def make(folder: Path, seed: int = 1) -> dict[str, list[str]]:
    """Makes the corpus below `folder`; the files' names by family."""
    folder.mkdir(parents=True)
    chance = random.Random(seed)
    made: dict[str, list[str]] = {}
    for family, write in _FAMILIES.items():
        for number, (suffix, content) in enumerate(write(chance)):
            name = f"{family.replace(' ', '-')}-{number:03}.{suffix}"
            (folder / name).write_bytes(content)
            made.setdefault(family, []).append(name)
    made["no files"] = list(_no_files(folder))
    return made


def install_decoder(folder: Path) -> None:
    """Makes the folder one that, on the import path, brings the deadly decoder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(DECODER)


def _picture(suffix: str, chance: random.Random) -> bytes:
    picture = Image.effect_noise((40, 30), chance.randrange(20, 90)).convert("RGB")
    picture.putpixel((0, 0), (chance.randrange(256), 0, 0))
    return _saved(picture, suffix)


def _saved(picture: Image.Image, suffix: str, **options: object) -> bytes:
    data = BytesIO()
    picture.save(data, FORMATS[suffix], **options)
    return data.getvalue()


Files = Iterator[tuple[str, bytes]]


def _cut(chance: random.Random) -> Files:
    for suffix in FORMATS:
        whole = _picture(suffix, chance)
        for part in range(1, 10):
            yield suffix, whole[: len(whole) * part // 10]


def _flipped(chance: random.Random) -> Files:
    for suffix in FORMATS:
        for number in range(24):
            data = bytearray(_picture(suffix, chance))
            # Half of them in the header, where lies are told.
            reach = min(len(data), 64) if number % 2 else len(data)
            for _ in range(1 + number):
                data[chance.randrange(reach)] = chance.randrange(256)
            yield suffix, bytes(data)


def _spliced(chance: random.Random) -> Files:
    for first in FORMATS:
        for second in FORMATS:
            one, other = _picture(first, chance), _picture(second, chance)
            yield first, one[: chance.randrange(8, len(one))] + other[len(other) // 2 :]


def _repeated(chance: random.Random) -> Files:
    for suffix in FORMATS:
        for _ in range(10):
            data = _picture(suffix, chance)
            start = chance.randrange(len(data) // 2)
            piece = data[start : start + chance.randrange(8, 200)]
            yield suffix, data[:start] + piece * chance.randrange(2, 50) + data[start:]


def _bombs(chance: random.Random) -> Files:
    """More pixels than the file has bytes for, or far more than anybody may decode."""
    yield "png", _saved(Image.new("1", (12_000, 12_000)), "png")
    yield "gif", _saved(Image.new("P", (12_000, 12_000)), "gif")
    yield "tiff", _saved(Image.new("1", (20_000, 20_000)), "tiff", compression="group4")
    for width, height in ((65_535, 65_535), (1 << 30, 1), (1, 1 << 30), (0, 9), (2**31 - 1, 2)):
        yield "png", _png(width, height, b"\0" * 64)
        yield "bmp", b"BM" + struct.pack("<IIIIiiHHIIiiII", 99, 0, 54, 40, width % 2**31,
                                         height % 2**31, 1, 24, 0, 0, 0, 0, 0, 0)  # fmt: skip
        yield "ppm", f"P6 {width} {height} 255\n".encode() + bytes(30)
        yield "gif", b"GIF89a" + struct.pack("<HHBBB", width % 65_536, height % 65_536, 0, 0, 0)
    yield "png", _png(9_000, 9_000, b"\0" * 64)  # allowed by its size, empty
    for text in (b"zTXt", b"iCCP", b"iTXt"):
        body = b"a\0\0" + zlib.compress(bytes(80_000_000))
        yield "png", _png(4, 4, bytes(52), (text, body))
    for count in (2, 3, 60_000):  # directories that lead to one another, tags without end
        yield "tiff", b"II*\0\x08\0\0\0" + struct.pack("<H", count) + bytes(12) + b"\x08\0\0\0" * 9
    frames = [Image.new("L", (16, 16), n % 256) for n in range(600)]
    yield "gif", _saved(frames[0], "gif", save_all=True, append_images=frames[1:])


def _shapes(chance: random.Random) -> Files:
    for size in ((1, 1), (1, 9_000), (9_000, 1), (3, 20_000), (30_000, 2)):
        yield "png", _saved(Image.new("RGB", size, "white"), "png")
    for mode in ("1", "L", "LA", "P", "RGBA", "I;16"):
        yield "png", _saved(Image.new(mode, (24, 24)), "png")
    for mode in ("CMYK", "LAB", "F", "I"):
        yield "tiff", _saved(Image.new(mode, (24, 24)), "tiff")
    for value in (float("nan"), float("inf"), -1e38):
        yield "tiff", _saved(Image.new("F", (24, 24), value), "tiff")
    for orientation in (0, 6, 9, 65_535):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield "jpg", _saved(Image.new("RGB", (24, 12)), "jpg", exif=exif)


def _other_things(chance: random.Random) -> Files:
    suffixes = ("png", "jpg", "heic", "svg", "ico", "pdf")
    for suffix in suffixes:
        yield suffix, b""
        yield suffix, b"\0" * 4096
        yield suffix, chance.randbytes(4096)
        yield suffix, b"<svg xmlns='http://www.w3.org/2000/svg'/>"
        yield suffix, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"
        yield suffix, b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
        yield suffix, b"PK\x03\x04" + chance.randbytes(200)
        yield suffix, b"\x7fELF" + chance.randbytes(200)
        yield suffix, b"\0\0\0\x18ftypheic" + chance.randbytes(300)
        yield suffix, b"version https://git-lfs.github.com/spec/v1\nsize 12345\n"


def _deadly(_: random.Random) -> Files:
    for worst in WORST:
        for number in range(3):
            yield "ppm", f"DEADLY {worst} {number}".encode()


def _png(width: int, height: int, pixels: bytes, *more: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), *more, (b"IDAT", zlib.compress(pixels)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def _no_files(folder: Path) -> Iterator[str]:
    os.mkfifo(folder / "pipe.png")
    (folder / "folder.png").mkdir()
    links = {"loop.png": "loop.png", "dangling.png": "gone", "out.png": "/etc/passwd",
             "endless.png": "/dev/zero", "self.png": "."}  # fmt: skip
    for name, target in links.items():
        (folder / name).symlink_to(target)
    yield from ("pipe.png", "folder.png", *links, "missing.png", "x" * 300 + ".png", "a\0b.png")
    yield from ("../passwd", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/a.png", "")


_FAMILIES: dict[str, Callable[[random.Random], Files]] = {
    "cut short": _cut,
    "bytes changed": _flipped,
    "two formats in one": _spliced,
    "parts repeated": _repeated,
    "bombs": _bombs,
    "shapes and modes": _shapes,
    "other things": _other_things,
    "deadly": _deadly,
}
