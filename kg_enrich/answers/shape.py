"""What all answers share: how they are serialised, and the types of their fields."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

# Fields may be added within a format. Removing or renaming one, or changing what it means, is
# another format and a line in the changelog.
FORMAT = 1


class Shape(BaseModel):
    """An object of an answer. Its fields, their types and their docstrings are its schema."""

    model_config = ConfigDict(frozen=True, from_attributes=True, use_attribute_docstrings=True)


def serialise(answer: Shape) -> str:
    """The answer as one JSON object on one line, with the number of its format."""
    return json.dumps({"format": FORMAT} | plain(answer), ensure_ascii=False, allow_nan=False)


def plain(answer: Shape) -> dict[str, Any]:
    """The answer's fields by their published names, as values that JSON knows.

    A number that JSON cannot write (infinite, or none at all) is None.
    """
    fields: dict[str, Any] = json.loads(answer.model_dump_json(by_alias=True))
    return fields


def _text(value: Any) -> Any:
    """Text that JSON can hold: a file's name may carry bytes that are no text in any encoding."""
    if value is None:
        return None
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _id(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else _text(value)


def _time(value: Any) -> Any:
    return None if value is None else utc(value)


def utc(value: str | datetime) -> str:
    """A time in UTC, which ends with Z. Neo4j may end one with a zone's name: no ISO 8601."""
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value.split("[")[0])
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return time.isoformat().replace("+00:00", "Z")


Text = Annotated[str, BeforeValidator(_text)]
# An id as the graph has it.
Id = Annotated[str | int, BeforeValidator(_id)]
Count = Annotated[int, Field(json_schema_extra={"minimum": 0})]
Seconds = Annotated[float, Field(json_schema_extra={"minimum": 0})]
# Bounds stand in the schema only: an edge that somebody edited by hand is shown as it is.
Score = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 10})]
Confidence = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1})]
Time = Annotated[
    str,
    BeforeValidator(_time),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$",
        }
    ),
]
