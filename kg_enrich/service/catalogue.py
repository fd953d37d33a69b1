"""The interface's texts, in English and Chinese."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = {"en": "English", "zh": "中文"}
LANGUAGE_COOKIE = "kg_enrich_language"
_FOLDER = Path(__file__).parent / "texts"
_WANTED = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([0-9.]+))?\s*")


@cache
def texts(language: str) -> Mapping[str, str]:
    """All texts of a language by their code."""
    found: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_text("utf-8"))
    return found


def language_of(cookie: str | None, accepted: str) -> str:
    """The language of a browser: chosen by its person, else the first it accepts that we speak."""
    if cookie in LANGUAGES:
        return cookie
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted.split(",")[:20]):
        if match := _WANTED.fullmatch(part):
            try:
                weight = float(match[2] or 1)
            except ValueError:
                continue
            wanted.append((-weight, place, match[1].lower()))
    return next((name for _, _, name in sorted(wanted) if name in LANGUAGES), "en")
