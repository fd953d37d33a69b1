"""What lies behind a see-through picture, and a PNG without its notes; used by `decoding` alone."""

import struct

from PIL import Image, ImageChops, ImageFilter

WHITE, DARK = "#ffffff", "#202020"

_PNG = b"\x89PNG\r\n\x1a\n"
_NOTES = frozenset((b"tEXt", b"zTXt", b"iTXt", b"iCCP"))
_VISIBLE, _LIGHT = 64, 170
# White is what pages are: another ground needs so many times more light strokes than dark ones.
_CLEARLY = 3


def ground_of(picture: Image.Image) -> str:
    """The ground that a see-through picture (RGBA) was drawn for: WHITE, or DARK.

    What is drawn on nothing shows at its borders with nothing: letters there that are nearly all
    light were meant for a dark page. What has a ground of its own, such as a window with round
    corners, has few borders and stays on white.
    """
    visible = picture.getchannel("A").point(lambda alpha: 255 if alpha >= _VISIBLE else 0)
    borders = ImageChops.subtract(visible, visible.filter(ImageFilter.MinFilter(3)))
    levels = picture.convert("L").histogram(borders)
    light = sum(levels[_LIGHT:])
    return DARK if light > _CLEARLY * (sum(levels) - light) else WHITE


def without_notes(data: bytes) -> bytes:
    """A PNG without its texts and colour profile; nothing for a file that is no PNG.

    Pillow refuses a file whose notes unpack to more than it allows; the pixels are sound.
    """
    if not data.startswith(_PNG):
        return b""
    kept, place = [_PNG], len(_PNG)
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if kind not in _NOTES:
            kept.append(data[place:end])
        place = end
    return b"".join(kept)
