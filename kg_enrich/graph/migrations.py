"""Migrations in the format of neo4j-migrations: file names, checksums, chain and lock.

Its command line can therefore read, check and continue what we began, and we what it began.

Source of the format: github.com/michael-simons/neo4j-migrations, Apache-2.0.
"""

import itertools
import re
import time
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg_enrich import __version__
from kg_enrich.errors import GraphBehindError, GraphError, KgEnrichError
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.migration_lock import drop_unfinished, locked
from kg_enrich.graph.queries import Query, query, render
from kg_enrich.resources import MIGRATIONS

READ_MIGRATIONS = query("read_migrations")
CREATE_BASELINE = query("create_migration_baseline")
WRITE_MIGRATION = query("write_migration")

BASELINE = "BASELINE"
# The target that our chain has where an application's own stands in the same database, which is
# the only one that Community offers; neo4j-migrations keeps chains of several targets apart.
TARGET = "kg-enrich"

# With four digits, the names sort in the order of the numbers.
_FILE_NAME = re.compile(r"V(?P<version>[0-9]{4})__(?P<description>[A-Za-z0-9_ ]+)\.cypher")
_END_OF_STATEMENT = re.compile(r";(?:\r?\n|\r)")
_SCHEMA = re.compile(r"(?:\s|//.*)*(?:CREATE|DROP)\s+(?:\w+\s+)?(?:CONSTRAINT|INDEX)\s", re.I)
_CONSTRAINT = re.compile(r"CREATE\s+CONSTRAINT\s+(\w+)", re.I)
# Java's String.trim removes these; Python's strip removes others.
_BLANKS = "".join(map(chr, range(33)))


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of `migrations/`. `statements` include comments, because the checksum does."""

    version: str
    description: str
    source: str
    statements: tuple[str, ...]

    @property
    def checksum(self) -> str:
        """CRC-32 of the statements in UTF-8, in decimal digits.

        Source: DefaultCypherResource.computeChecksum of neo4j-migrations.
        """
        return str(zlib.crc32("".join(self.statements).encode()))

    @property
    def executable(self) -> tuple[str, ...]:
        """The statements, without those that hold only `//` comments."""
        return tuple(
            statement
            for statement in self.statements
            if any(line.strip() and not line.strip().startswith("//") for line in _lines(statement))
        )

    @property
    def is_schema(self) -> bool:
        """Whether it defines constraints and indexes. They cannot share a transaction with data."""
        return any(_SCHEMA.match(statement) for statement in self.executable)

    @property
    def constraints(self) -> tuple[str, ...]:
        """The names of the constraints that it makes."""
        return tuple(name for one in self.executable for name in _CONSTRAINT.findall(one))


@dataclass(frozen=True, slots=True)
class AppliedMigration:
    """A node of the chain in the graph. `applied_at` is an ISO time in UTC."""

    version: str
    description: str
    source: str
    checksum: str | None
    applied_at: str
    applied_by: str | None


def load(folder: Path = MIGRATIONS) -> tuple[Migration, ...]:
    """The migrations of a folder in order.

    Errors: KgEnrichError when a file's name has another form, when a file mixes schema and data,
    or when two files share a version.
    """
    # It reads bytes: reading text would change line ends, and with them the checksum.
    files = [parse(path.name, path.read_bytes().decode()) for path in folder.glob("*.cypher")]
    files.sort(key=lambda migration: migration.source)
    for before, after in itertools.pairwise(files):
        if before.version == after.version:
            raise KgEnrichError(f"{before.source} and {after.source} share a version: renumber.")
    for migration in files:
        if migration.is_schema and not all(map(_SCHEMA.match, migration.executable)):
            raise KgEnrichError(f"{migration.source} mixes schema and data: make two of it.")
    return tuple(files)


def parse(source: str, text: str) -> Migration:
    """A migration from its file's name and text. Statements end with `;` and a line break."""
    match = _FILE_NAME.fullmatch(source)
    if match is None:
        raise KgEnrichError(f"{source} is not named like a migration: V0001__what_it_does.cypher.")
    parts = (part.strip(_BLANKS) for part in _END_OF_STATEMENT.split(text))
    statements = tuple(filter(None, (part.removesuffix(";").strip(_BLANKS) for part in parts)))
    return Migration(match["version"], match["description"].replace("_", " "), source, statements)


def plan(known: Sequence[Migration], applied: Sequence[AppliedMigration]) -> tuple[Migration, ...]:
    """The known migrations that the graph still lacks, in order.

    Errors: GraphBehindError when the graph's chain is newer than the known one, or when a file was
    edited after it was applied.
    """
    for position, there in enumerate(applied):
        ours = known[position] if position < len(known) else None
        if ours is None or ours.version != there.version:
            raise GraphBehindError(
                f"The graph holds migration {there.source}, which kg-enrich {__version__} does "
                "not know: update kg-enrich, or keep other migrations in a database of their own."
            )
        if ours.checksum != there.checksum:
            raise GraphBehindError(
                f"Migration {ours.source} was edited after it was applied ({there.checksum} in "
                f"the graph, {ours.checksum} in the file): restore it and add a new one instead."
            )
    return tuple(known[len(applied) :])


@dataclass(frozen=True, slots=True)
class Chain:
    """What was applied, oldest first, without its baseline. target: None is the default chain."""

    target: str | None
    applied: tuple[AppliedMigration, ...]


def read_applied(graph: Graph) -> tuple[AppliedMigration, ...]:
    """Our chain in the graph, oldest first, without its baseline."""
    return read_chain(graph, load()).applied


def read_chain(graph: Graph, known: Sequence[Migration]) -> Chain:
    """The chain that begins as the known one does, or the place where one shall begin.

    The default chain is ours unless it begins with another's migration.
    """
    for target in (TARGET, None):
        rows = graph.read(READ_MIGRATIONS, target=target)
        applied = tuple(AppliedMigration(**row) for row in rows)
        if target is None and _may_be_ours(applied, known):
            return Chain(None, applied)
        if target is not None and applied:
            return Chain(target, applied)
    return Chain(TARGET, ())


def _may_be_ours(applied: Sequence[AppliedMigration], known: Sequence[Migration]) -> bool:
    """Names are no sign: an application may well have constraints in its first file, too."""
    return not applied or not known or applied[0].checksum == known[0].checksum


def apply(graph: Graph, known: Sequence[Migration]) -> tuple[Migration, ...]:
    """Applies the known migrations that the graph lacks, and returns them.

    It waits for another migrator. A schema statement and its record are two transactions, so a
    crash may leave the statement unrecorded. Schema migrations therefore use IF NOT EXISTS, and
    are applied again.
    Errors: as `plan`; GraphError when another tool is migrating, or a statement fails.
    """
    if not plan(known, read_chain(graph, known).applied):
        return ()
    with locked(graph):
        chain = read_chain(graph, known)
        pending = plan(known, chain.applied)
        previous = chain.applied[-1].version if chain.applied else BASELINE
        for migration in pending:
            _apply_one(graph, migration, previous, chain.target)
            previous = migration.version
    return pending


def _apply_one(graph: Graph, migration: Migration, previous: str, target: str | None) -> None:
    queries = [Query(migration.source, statement) for statement in migration.executable]
    started = time.monotonic()
    if migration.is_schema:
        drop_unfinished(graph, migration.constraints)
        for statement in queries:
            graph.define(render(statement, graph.names))
        queries = []

    def record(transaction: Transaction) -> None:
        for statement in queries:
            transaction.run(statement)
        transaction.run(CREATE_BASELINE, target=target)
        rows = transaction.run(
            WRITE_MIGRATION,
            previous=previous,
            target=target,
            migration={
                "version": migration.version,
                "description": migration.description,
                "type": "CYPHER",
                "source": migration.source,
                "checksum": migration.checksum,
                "repeatable": False,
                "migrationTarget": target,
            },
            milliseconds=round((time.monotonic() - started) * 1000),
            by=f"kg-enrich {__version__}",
            connected_as=graph.username,
        )
        if not rows:
            raise GraphError(f"Migration {previous} vanished from the graph: migrate again.")

    graph.write(record, timeout=3600.0)


def _lines(statement: str) -> Iterable[str]:
    return re.split(r"\r?\n|\r", statement)
