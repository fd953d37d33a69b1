"""What a file's name says of the image in it, where it says anything."""

import re
from pathlib import PurePath

_TOKEN = re.compile(r"[^\W\d_]+")
# Between a small and a large letter, as in orderSyncError.
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[-_.+~()\[\]]+")
# What cameras, phones, messengers and screenshot tools call files, in small letters.
_NAMELESS = re.compile(
    "a|at|copy|dcim|dsc|dscf|dscn|final|gif|images?|img|imgp|jpe?g|mmexport|mvimg|new|of|pano|photo|pic"
    "|picture|png|pxl|scan|screen|screenshot|shot|tmp|unbenannt|unnamed|untitled|version|vid|webp"
    "|wechatimg|whatsapp|wx|图像|图片|微信图片|屏幕截图|截图|截屏|企业微信截图|扫描|未命名|照片|副本"
)
_DIGEST = re.compile(r"[0-9a-f]{8,}|[0-9a-f]{4,}(?:-[0-9a-f]{4,}){3,}", re.IGNORECASE)


def name_words(path: str) -> str:
    """A file's name as words, without its ending; '' where it is a number, a date, a digest or
    what a device calls every picture."""
    stem = PurePath(path.replace("\\", "/")).stem
    if _DIGEST.fullmatch(stem):
        return ""
    spaced = _SEPARATORS.sub(" ", stem)
    if not any(_tells(token.lower()) for token in _TOKEN.findall(spaced)):
        return ""
    return " ".join(_HUMP.sub(" ", spaced).split())


def _tells(token: str) -> bool:
    return not _NAMELESS.fullmatch(token) and (len(token) > 1 or not token.isascii())
