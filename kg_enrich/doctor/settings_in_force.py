"""The settings in force, and where each comes from: for a person's eyes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from kg_enrich.env_file import chosen, read_env_file
from kg_enrich.settings import Settings, typed, variable


@dataclass(frozen=True, slots=True)
class Effective:
    """One setting. value: as it can be typed, None where it is unset.

    origin: 'environment', 'default', or the name of the file.
    """

    name: str
    value: str | None
    origin: str


def effective(settings: Settings) -> list[Effective]:
    """Every setting in the order of the reference; secrets are hidden.

    settings: as `load_settings` gives them without flags, which are of one command each.
    """
    places = {"environment": _names(os.environ)}
    if settings.file is not None:
        places[settings.file.name] = _names(read_env_file(settings.file))
    shown = []
    for field in Settings.model_fields:
        name = variable(field)
        origin = next((place for place, names in places.items() if name in names), "default")
        shown.append(Effective(name, _text(field, getattr(settings, field)), origin))
    return shown


def whence(settings: Settings) -> str:
    """Which file settings were read from, or that none was, for a person."""
    if settings.file is not None:
        return f"read from {settings.file}"
    return f"no file was read: there is no {chosen()}"


def _names(values: Mapping[str, str | None]) -> set[str]:
    return {name.upper() for name, value in values.items() if value}


def _text(field: str, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, SecretStr):
        return "(hidden)"
    if isinstance(value, tuple):
        return typed(value, os.pathsep if field == "image_roots" else ",")
    if isinstance(value, bool):
        return str(value).lower()
    return _without_secrets(str(value))


def _without_secrets(text: str) -> str:
    """An address without the user name and password that somebody wrote into it."""
    parts = urlsplit(text)
    if not parts.scheme or "@" not in parts.netloc:
        return text
    return parts._replace(netloc=f"(hidden)@{parts.netloc.rpartition('@')[2]}").geturl()
