"""What a command prints with --json, against its published schema."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from kg_enrich.answers.schemas import ANSWERS, file_name

SCHEMAS = Path(__file__).parents[2] / "schemas"


@cache
def validator(command: str) -> Draft202012Validator:
    """A validator by the file that is published for a command."""
    text = (SCHEMAS / file_name(command)).read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def valid(arguments: Sequence[str], printed: str) -> Any:
    """The one JSON object that a command printed, which must be as its schema says."""
    if arguments[0] == "--env-file":
        arguments = arguments[2:]
    several = arguments[0] in ("neo4j", "token", "audit")
    command = " ".join(arguments[:2]) if several else arguments[0]
    assert command in ANSWERS
    answer = json.loads(printed)
    validator(command).validate(answer)
    assert printed.count("\n") == 1
    return answer
