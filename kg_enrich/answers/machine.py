"""Answers about the installation: its health, its settings, its graph, the embedded server."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from kg_enrich.answers.shape import Shape, Text, Time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from kg_enrich.doctor.checks import Check as FoundCheck
    from kg_enrich.doctor.settings_in_force import Effective
    from kg_enrich.graph.migrations import AppliedMigration
    from kg_enrich.graph.migrations import Migration as KnownMigration
    from kg_enrich.graph.schema import Item


class Check(Shape):
    """One thing that was looked at."""

    name: str
    status: Literal["ok", "warning", "failed"]
    seen: Text
    advice: Text
    """What to do; empty when all is well."""


class Checks(Shape):
    """The doctor's report."""

    ok: bool
    """Whether nothing failed; warnings are no failure."""
    checks: list[Check]


class Setting(Shape):
    """A setting in force."""

    name: str
    """Its environment variable."""
    value: Text | None
    """null where it is unset; secrets are hidden."""
    origin: Text
    """environment, default, or the name of the file that it was read from, such as .env."""


class Settings(Shape):
    """Every setting, in the order of docs/settings.md."""

    file: Text | None
    """The file that was read; null where there is none."""
    settings: list[Setting]


class Migration(Shape):
    """A migration of the graph."""

    migration: str
    """Its file."""
    state: Literal["applied", "pending"]
    at: Time | None
    by: Text | None
    """Who applied it; null while it is pending."""


class SchemaItem(Shape):
    """An index or constraint that is needed."""

    what: str
    state: str
    """missing, or Neo4j's word in lower case: online, populating, failed."""
    name: str | None
    """What the graph calls it."""
    failure: Text | None


class GraphStatus(Shape):
    """What of ours the graph has, and what is missing."""

    migrations: list[Migration]
    schema_: list[SchemaItem] = Field(alias="schema")


class Server(Shape):
    """The embedded Neo4j that runs."""

    uri: str
    username: str
    password_file: Text
    pid: int
    version: str


class Stopped(Shape):
    """Whether an embedded Neo4j was running and was stopped."""

    stopped: bool


def checks(found: "Sequence[FoundCheck]") -> Checks:
    """The doctor's report."""
    return Checks(
        ok=all(check.status != "failed" for check in found),
        checks=[Check.model_validate(check) for check in found],
    )


def settings(file: "Path | None", found: "Iterable[Effective]") -> Settings:
    """The settings in force. file: that they were read from."""
    return Settings(
        file=None if file is None else str(file),
        settings=[Setting.model_validate(one) for one in found],
    )


def graph_status(
    applied: "Iterable[AppliedMigration]",
    pending: "Iterable[KnownMigration]",
    items: "Iterable[Item]",
) -> GraphStatus:
    """The migrations, applied ones first, and what follows the user's names."""
    done = [
        Migration(migration=one.source, state="applied", at=one.applied_at, by=one.applied_by)
        for one in applied
    ]
    todo = [Migration(migration=one.source, state="pending", at=None, by=None) for one in pending]
    needed = [
        SchemaItem(
            what=item.need.what,
            state=(item.state or "missing").lower(),
            name=item.name,
            failure=item.failure or None,
        )
        for item in items
    ]
    return GraphStatus.model_validate({"migrations": done + todo, "schema": needed})
