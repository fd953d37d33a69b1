"""The file that settings are read from: `.env` in the current folder, or one that is named."""

import io
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from kg_enrich.errors import SettingsError

# UTF-8 with or without the mark that some editors put first, which is no part of the first name.
ENCODING = "utf-8-sig"
_OURS = ("KG_ENRICH_", "NEO4J_")

_named: ContextVar[Path | None] = ContextVar("env_file", default=None)

# It warns of every line that it cannot parse, others' too; ours are refused below.
logging.getLogger("dotenv.main").setLevel(logging.ERROR)


@contextmanager
def named(file: Path | None) -> Iterator[None]:
    """Within the block settings are read from this file, which must be there; None: from .env."""
    token = _named.set(file)
    try:
        yield
    finally:
        _named.reset(token)


def chosen() -> Path:
    """The file that settings are read from, absolute, whether it is there or not.

    Errors: SettingsError when it was named and is no file.
    """
    file = _named.get()
    if file is not None and not file.is_file():
        raise SettingsError(f"--env-file {file}: there is no such file.")
    return (file or Path(".env")).absolute()


def value(name: str) -> str:
    """One setting as text, before all others are read: the environment, then the file; '' for none.

    A file that cannot be read has none; whoever reads the settings says so.
    """
    if found := os.environ.get(name, "").strip():
        return found
    try:
        return (read_env_file(chosen()).get(name) or "").strip()
    except SettingsError:
        return ""


def read_env_file(file: Path) -> dict[str, str | None]:
    """What the file says, by name; nothing where there is none.

    Errors: SettingsError for a file that is not UTF-8 or cannot be read, and for a line with one of
    our names that says nothing.
    """
    if not file.is_file():
        return {}
    try:
        text = file.read_text(ENCODING)
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{file} is not UTF-8 (byte {error.start}); save it as UTF-8."
        ) from None
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}.") from None
    for binding in parse_stream(io.StringIO(text)):
        written = binding.original.string
        ours = (binding.key or written.strip().removeprefix("export ").lstrip()).upper()
        if (binding.error or (binding.key and binding.value is None)) and ours.startswith(_OURS):
            line = binding.original.line + len(written) - len(written.lstrip("\n"))
            raise SettingsError(f"{file}:{line} is not NAME=value; mend the line.")
    return dotenv_values(stream=io.StringIO(text))
