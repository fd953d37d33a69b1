"""Every command shows an example, is named in the docs, and is named right wherever it is."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kg_enrich import __version__
from kg_enrich.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# A call that stands on a line of its own, settings before it and a comment or a pipe behind it.
CALL = re.compile(r"^ *(?:[A-Z_0-9]+=\S+ )*kg-enrich (?P<rest>[^#|>\n]+)", re.MULTILINE)
# Of a shell or of nothing in particular; Python may be about a command that is yet to be written.
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


ROOT_OPTIONS = {option for parameter in cli.params for option in parameter.opts}


def commands(group: click.Group, *before: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below a group, groups too, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*before, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)


COMMANDS = dict(commands(cli))


def calls(text: str) -> list[list[str]]:
    return [shlex.split(found["rest"]) for found in CALL.finditer(text)]


def refused(words: list[str]) -> list[str]:
    """Which words of a call are no command and no option of it."""
    name = max(
        (name for name in COMMANDS if tuple(words[: len(name)]) == name), key=len, default=()
    )
    if not name:
        # An option of kg-enrich itself comes before any command.
        return [] if {*words[:1]} <= ROOT_OPTIONS else words[:1]
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    options |= {"--help"}
    given = [word.partition("=")[0] for word in words if word.startswith("--")]
    return [word for word in given if word not in options]


def test_version() -> None:
    result = CliRunner().invoke(cli, ["--version"])
    assert result.output == f"kg-enrich, version {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example_of_itself(name: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, [*name, "--help"])
    assert result.exit_code == 0
    examples = calls(result.output.partition("Example")[2].partition("Options:")[0])
    assert any(tuple(words[: len(name)]) == name for words in examples)
    assert [refused(words) for words in examples if refused(words)] == []


def test_the_readme_names_every_command() -> None:
    readme = PAGES[0].read_text(encoding="utf-8")
    assert [name for name, *_ in COMMANDS if f"| `{name}" not in readme] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_call_commands_and_options_that_there_are(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    blocks = "".join(block for language, block in BLOCK.findall(text) if language != "python")
    inline = "\n".join(re.findall(r"`(kg-enrich [^`]+)`", text))
    found = [refused(words) for words in calls(f"{blocks}\n{inline}")]
    assert [words for words in found if words] == []


def test_a_wrong_call_is_noticed() -> None:
    assert refused(["rum", "--json"]) == ["rum"]
    assert refused(["neo4j", "status", "--all"]) == ["--all"]
    assert refused(["runs", "--limit=3", "--help"]) == []
