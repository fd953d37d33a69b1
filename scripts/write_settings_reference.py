"""Writes docs/settings.md from the settings' own definitions; --check only compares.

python scripts/write_settings_reference.py
"""

import argparse
import sys
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from kg_enrich.settings import Settings, variable

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

HEAD = """# Settings

<!-- Written by scripts/write_settings_reference.py: change kg_enrich/settings.py and run it. -->

A value is taken from the first of these that has one:

1. an option of the command, such as `publish --source`
2. the environment
3. `.env` in the current folder, or the file of `kg-enrich --env-file FILE`: lines of
   `NAME=value` in UTF-8
4. the default

A value that is empty is none. `kg-enrich settings` shows what is in force, which file was read and
where each value comes from; doctor and a run's record name the file, too. Lists whose items hold
their own separator are written as JSON: `["a,b", "c"]`. An unknown name that begins with
`KG_ENRICH_` is refused, with the nearest known one. From Python, `kg_enrich.load_settings` takes
options by their names in lower case: `load_settings(min_score=6)`.

Names of labels, relationship types and properties may hold spaces and any script. Those of a
container and of chunks need not be set unless they are used: see
[candidates.md](candidates.md).

| setting | values | default | meaning |
|---|---|---|---|
"""

KINDS = {int: "integer", float: "number", str: "text", bool: "true, false", Path: "folder"}


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    cells = (f"`{variable(name)}`", _values(field), _default(field), field.description or "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _values(field: FieldInfo) -> str:
    kind = _kind(field.annotation)
    bounds = [
        f"{sign} {limit}"
        for rule in field.metadata
        for type_, name, sign in ((Gt, "gt", ">"), (Ge, "ge", "≥"), (Le, "le", "≤"))
        if isinstance(rule, type_)
        for limit in (getattr(rule, name),)
    ]
    return " ".join([kind, *bounds])


def _kind(annotation: Any) -> str:
    if annotation is SecretStr:
        return "secret"
    if get_origin(annotation) is Literal:
        return ", ".join(get_args(annotation))
    if get_origin(annotation) is tuple:
        return "folders" if get_args(annotation)[0] is Path else "names"
    if isinstance(annotation, UnionType):
        return _kind(next(one for one in get_args(annotation) if one is not NoneType))
    return KINDS[annotation]


def _default(field: FieldInfo) -> str:
    # What depends on the machine is said in the description.
    if field.default_factory is not None or field.default in (None, ()):
        return ""
    if isinstance(field.default, tuple):
        return f"`{','.join(field.default)}`"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f"`{field.default}`"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page():
        sys.exit(f"{PAGE} is out of date: run python {Path(__file__).name}")


if __name__ == "__main__":
    main()
