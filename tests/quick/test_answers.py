"""Every --json has a published schema, and one serialiser writes them all."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import click
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator, ValidationError
from pydantic import TypeAdapter

from kg_enrich.answers import serialise
from kg_enrich.answers.judging import PairName, Parity
from kg_enrich.answers.schemas import ANSWERS, DIALECT, file_name, schema
from kg_enrich.answers.shape import Time
from kg_enrich.cli.main import cli
from tests.support.answers import SCHEMAS, validator


def with_json(command: click.Command, name: str = "") -> Iterator[str]:
    """The names of the commands below this one that take --json."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from with_json(found, f"{name} {below}".strip())
    elif any("--json" in parameter.opts for parameter in command.params):
        yield name


def test_every_command_with_json_has_a_schema_and_no_other() -> None:
    assert sorted(with_json(cli)) == sorted(ANSWERS)


@pytest.mark.parametrize("command", ANSWERS)
def test_the_published_file_is_what_the_shapes_say(command: str) -> None:
    published = validator(command).schema
    assert published == schema(command), "run scripts/write_schemas.py"
    assert published["$schema"] == DIALECT
    Draft202012Validator.check_schema(published)
    printed = CliRunner().invoke(cli, ["schema", *command.split()])
    assert json.loads(printed.stdout) == published


def test_no_file_is_left_of_a_command_that_is_gone() -> None:
    assert {file.name for file in SCHEMAS.iterdir()} == {file_name(command) for command in ANSWERS}
    listed = CliRunner().invoke(cli, ["schema"]).stdout.split("\n")
    assert listed == [*ANSWERS, ""]
    assert CliRunner().invoke(cli, ["schema", "schema"]).exit_code == 2


def test_the_page_on_json_links_every_schema() -> None:
    page = (SCHEMAS.parent / "docs" / "json.md").read_text(encoding="utf-8")
    missing = [name for name in ANSWERS if f"(../schemas/{file_name(name)})" not in page]
    assert missing == []


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("2026-03-01T08:30:00Z", "2026-03-01T08:30:00Z"),
        ("2026-03-01T09:30:00.123456789+01:00[Europe/Berlin]", "2026-03-01T08:30:00.123456Z"),
        ("2026-03-01T08:30", "2026-03-01T08:30:00Z"),
        (datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=1))), "2026-03-01T08:30:00Z"),
        (datetime(2026, 3, 1, 8, 30, tzinfo=UTC), "2026-03-01T08:30:00Z"),
    ],
)
def test_times_are_in_utc_and_say_so(given: Any, printed: str) -> None:
    times = TypeAdapter(Time)
    assert times.validate_python(given) == printed
    Draft202012Validator(times.json_schema()).validate(printed)


def test_what_json_cannot_hold_is_replaced() -> None:
    """Numbers that are none become null, and a file name's stray bytes a mark."""
    answer = Parity(
        pairs=1,
        left_out=0,
        largest_difference=float("nan"),
        of=PairName(text="报告.md", image="photo-\udce9.jpg"),
        mean_difference=float("inf"),
        reordered=[],
    )
    said = json.loads(serialise(answer).encode("utf-8"))
    assert said["format"] == 1
    assert said["of"] == {"text": "报告.md", "image": "photo-\ufffd.jpg"}
    assert (said["largest_difference"], said["mean_difference"]) == (None, None)


def test_a_wrong_answer_does_not_pass() -> None:
    right = {"format": 1, "former": "a", "version": "b", "documents": 3}
    validator("refresh-corpus").validate(right)
    for wrong in (
        right | {"format": 2},
        right | {"documents": "3"},
        {name: value for name, value in right.items() if name != "format"},
        {name: value for name, value in right.items() if name != "version"},
    ):
        with pytest.raises(ValidationError):
            validator("refresh-corpus").validate(wrong)
