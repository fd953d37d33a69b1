"""The settings in force, and where each comes from: for a person's eyes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import SecretStr

from kg_enrich.settings import Settings, variable


@dataclass(frozen=True, slots=True)
class Effective:
    """One setting. value: None where it is unset. origin: 'environment', '.env' or 'default'."""

    name: str
    value: str | None
    origin: str


def effective(settings: Settings) -> list[Effective]:
    """Every setting in the order of the reference; secrets are hidden.

    settings: as `load_settings` gives them without flags, which are of one command each.
    """
    places = {
        "environment": _names(os.environ),
        ".env": _names(dotenv_values(".env", encoding="utf-8")),
    }
    shown = []
    for field in Settings.model_fields:
        name = variable(field)
        origin = next((place for place, names in places.items() if name in names), "default")
        shown.append(Effective(name, _text(getattr(settings, field)), origin))
    return shown


def _names(values: Mapping[str, str | None]) -> set[str]:
    return {name.upper() for name, value in values.items() if value is not None}


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, SecretStr):
        return "(hidden)"
    if isinstance(value, tuple):
        return ",".join(str(one) for one in value)
    return _without_secrets(str(value))


def _without_secrets(text: str) -> str:
    """An address without the user name and password that somebody wrote into it."""
    parts = urlsplit(text)
    if not parts.scheme or "@" not in parts.netloc:
        return text
    return parts._replace(netloc=f"(hidden)@{parts.netloc.rpartition('@')[2]}").geturl()
