"""The options that say which documents a command covers."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from kg_enrich.models import Scope
    from kg_enrich.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--id", "ids", multiple=True, metavar="ID", help="A document; repeatable."),
    click.option(
        "--ids-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A file with a document id a line.",
    ),
    click.option(
        "--container",
        "containers",
        multiple=True,
        metavar="ID",
        help="A folder, page or order that holds them (KG_ENRICH_CONTAINER_LABEL); repeatable.",
    ),
    click.option("--label", "labels", multiple=True, help="A label they must have; repeatable."),
    click.option(
        "--where",
        "wheres",
        multiple=True,
        metavar="PROP=VALUE",
        help="Also <> < <= > >= for =; VALUE may be a date. PROP is in "
        "KG_ENRICH_FILTER_PROPERTIES.",
    ),
    click.option("--since", metavar="TIME", help="Changed after this ISO date or time (UTC)."),
    click.option(
        "--limit", type=click.IntRange(1), help="Documents with something to do, at most."
    ),
    click.option(
        "--rescore", is_flag=True, help="Also what was judged before this job first started."
    ),
)


def document_options(command: F) -> F:
    """Adds those of the options that say which documents, and not how much is done of them."""
    for option in reversed(_OPTIONS[:-2]):
        command = option(command)
    return command


def scope_options(command: F) -> F:
    """Adds the options to a command, which takes them as keywords."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_SHARD_OPTIONS = (
    click.option(
        "--shard",
        metavar="I/N",
        help="Only this part of the documents, I from 0; auto/N or auto: as the scheduler says.",
    ),
    click.option(
        "--group", metavar="NAME", help="With --shard: a name for the runs of all shards."
    ),
)


_ENGINE_OPTIONS = (
    click.option(
        "--engine",
        type=click.Choice(["local", "ray"]),
        help="Where to score: in this process (local), or on a Ray cluster.",
    ),
    click.option("--address", metavar="HOST:PORT", help="Of the Ray cluster; without it: here."),
    click.option("--scorers", type=click.IntRange(1), help="Ray: processes that score, at most."),
    click.option(
        "--gpus-per-scorer", type=click.FloatRange(0), help="Ray: a fraction shares a GPU."
    ),
)


def engine_options(command: F) -> F:
    """Adds the options of a command that may be spread over a cluster."""
    for option in reversed(_ENGINE_OPTIONS):
        command = option(command)
    return command


def shard_options(command: F) -> F:
    """Adds the options of a command that may be done by several processes."""
    for option in reversed(_SHARD_OPTIONS):
        command = option(command)
    return command


def parse_scope(
    settings: "Settings",
    *,
    ids: tuple[str, ...],
    ids_file: Path | None,
    containers: tuple[str, ...],
    labels: tuple[str, ...],
    wheres: tuple[str, ...],
    since: str | None,
    limit: int | None = None,
    rescore: bool = False,
) -> "Scope":
    """The scope that the options describe. Errors: SettingsError."""
    from kg_enrich.documents import scopes
    from kg_enrich.models import DocumentId, Scope

    named = [*ids, *(_read_ids(ids_file) if ids_file else ())]
    conditions = [scopes.parse_condition(text, settings.filter_properties) for text in wheres]
    if since is not None:
        conditions.append(scopes.since(since, settings.document_updated))
    return Scope(
        tuple(DocumentId(name) for name in named),
        labels,
        tuple(conditions),
        containers,
        limit,
        rescore,
    )


def _read_ids(file: Path) -> list[str]:
    from kg_enrich.errors import SettingsError

    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"--ids-file {file} is not UTF-8 (see byte {error.start}); save it as UTF-8."
        ) from None
    return [line.strip() for line in lines if line.strip()]
