"""Migrations: the format, the plan, and what is left in a real graph."""

import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kg_enrich.errors import GraphBehindError, GraphError, KgEnrichError
from kg_enrich.graph import migrations
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.migrations import AppliedMigration, Migration, load, parse, plan
from tests.support.graphs import ask
from tests.support.neo4j_server import Neo4jServer

OURS = load()
NEXT = parse("V9999__next_one.cypher", "CREATE (:Next {id: 1});\n")
BROKEN = parse("V9999__next_one.cypher", "CREATE (:Next {id: 1});\nRETURN 1 / 0;\n")

HOLD = """
import sys
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.migration_lock import locked
with Graph(*sys.argv[1:]) as graph, locked(graph):
    print("held", flush=True)
    sys.stdin.read()
"""


def chain(graph: Graph) -> list[str]:
    return [applied.source for applied in migrations.read_applied(graph)]


def recorded(migration: Migration, checksum: str | None = None) -> AppliedMigration:
    return AppliedMigration(
        migration.version,
        migration.description,
        migration.source,
        checksum or migration.checksum,
        "2026-01-01T00:00:00Z",
        "somebody",
    )


# Files and checksums of neo4j-migrations' own tests (DefaultCypherResourceTests, MigrationsIT).
@pytest.mark.parametrize(
    ("text", "checksum"),
    [
        ("MATCH (n) RETURN count(n) AS n;\n" * 3, "1902097523"),
        ("MATCH (n) RETURN count(n) AS n;\r\n" * 3, "1902097523"),
        ("MATCH (n) RETURN count(n) AS n;\r" * 3, "1902097523"),
        ("MATCH (n)\nRETURN count(n) AS n;\n" * 3, "1916418554"),
        ("MATCH (n:BrokenData) DETACH DELETE n;", "1100083332"),
        ("CREATE (n:FixedData) RETURN n;\nMATCH (n) RETURN count(n) AS foobar;\n\n", "3226785110"),
        ("MATCH (n) RETURN n;", "2648307716"),
        ("MATCH (n) RETURN n;\nCREATE (m:SomeNode) RETURN m;\n", "1179729683"),
        (
            "// I was there.\nCREATE CONSTRAINT isbn_exists IF NOT EXISTS ON (book:Library) "
            "ASSERT exists(book.isbn);\nMATCH (n) RETURN n;",
            "1995107586",
        ),
        (
            'CREATE (s:Stuff)\nSET s.prop = "\nthis is a nice string with\n// a comment\n'
            '  // in it!\n";\n// Arbitrary comment at end',
            "1491717096",
        ),
    ],
)
def test_checksums_are_those_of_neo4j_migrations(text: str, checksum: str) -> None:
    assert parse("V0001__vector.cypher", text).checksum == checksum


def test_comments_count_for_the_checksum_but_are_not_run() -> None:
    migration = parse("V0001__a_b.cypher", "// one\nRETURN 1;\n// two\n// three\n")
    assert migration.description == "a b"
    assert migration.statements == ("// one\nRETURN 1", "// two\n// three")
    assert migration.executable == ("// one\nRETURN 1",)


@pytest.mark.parametrize("name", ["V1__short.cypher", "0001__no_v.cypher", "V0001_one.cypher"])
def test_a_file_named_otherwise_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("RETURN 1;\n")
    with pytest.raises(KgEnrichError, match=name):
        load(tmp_path)


def test_two_files_of_one_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "V0001__a.cypher").write_text("RETURN 1;\n")
    (tmp_path / "V0001__b.cypher").write_text("RETURN 1;\n")
    with pytest.raises(KgEnrichError, match=r"V0001__a\.cypher and V0001__b\.cypher"):
        load(tmp_path)


def test_schema_and_data_in_one_file_are_refused(tmp_path: Path) -> None:
    text = "// Both.\nCREATE INDEX one IF NOT EXISTS FOR (n:One) ON (n.id);\nCREATE (:One);\n"
    (tmp_path / "V0001__both.cypher").write_text(text)
    with pytest.raises(KgEnrichError, match="mixes schema and data"):
        load(tmp_path)


def test_what_we_ship_can_be_applied_again_after_a_crash() -> None:
    # A data migration shares its transaction with its record.
    for migration in (one for one in OURS if one.is_schema):
        for statement in migration.executable:
            assert re.search(r"CREATE (CONSTRAINT|INDEX) kg_enrich_", statement)
            assert " IF NOT EXISTS" in statement


def test_the_plan_is_what_the_chain_lacks() -> None:
    known = (*OURS, NEXT)
    done = [recorded(migration) for migration in OURS]
    assert plan(known, []) == known
    assert plan(known, done) == (NEXT,)
    assert plan(known, [*done, recorded(NEXT)]) == ()


def test_an_edited_file_is_refused() -> None:
    with pytest.raises(GraphBehindError, match=f"{OURS[0].source} was edited"):
        plan(OURS, [recorded(OURS[0], checksum="1")])


def test_a_newer_chain_is_refused() -> None:
    done = [recorded(migration) for migration in (*OURS, NEXT)]
    with pytest.raises(GraphBehindError, match=r"V9999__next_one\.cypher.*update kg-enrich"):
        plan(OURS, done)


def test_a_chain_with_a_gap_is_refused() -> None:
    with pytest.raises(GraphBehindError, match="does not know"):
        plan((*OURS, NEXT), [recorded(NEXT)])


def test_applying_makes_every_key_unique_and_records_it(bare: Graph) -> None:
    assert migrations.apply(bare, OURS) == OURS
    assert migrations.apply(bare, OURS) == ()
    rows = ask(
        bare,
        "SHOW CONSTRAINTS YIELD name, labelsOrTypes, properties "
        "WHERE name STARTS WITH 'kg_enrich_' RETURN labelsOrTypes[0] + '.' + properties[0] AS key",
    )
    assert {row["key"] for row in rows} == {
        "EvidenceLedger.key",
        "EvidenceQueueItem.key",
        "EvidenceReview.key",
        "EvidenceSource.name",
        "EnrichmentJob.id",
        "EnrichmentRun.id",
        "RunNotice.key",
        "ReadFailure.key",
        "EvidenceFlag.id",
        "EvidenceHold.key",
        "EvidenceUndo.key",
        "EvidenceAudit.id",
        "EvidenceDraw.key",
        "AuditedPair.key",
        "EvidenceCalibration.key",
        "LoadedFile.key",
        "LoadedFolder.name",
        "ServiceToken.hash",
        "ServiceSession.hash",
        "ReviewReservation.key",
        "MadeReference.key",
    }
    assert chain(bare) == [migration.source for migration in OURS]
    assert ask(bare, "MATCH (l:__Neo4jMigrationsLock) RETURN l") == []


def test_a_crash_between_a_schema_statement_and_its_record_is_survived(bare: Graph) -> None:
    for statement in OURS[0].executable[:3]:
        bare.define(statement)
    assert migrations.apply(bare, OURS) == OURS
    assert chain(bare) == [migration.source for migration in OURS]


@pytest.mark.parametrize(
    ("name", "label", "key"),
    [
        ("kg_enrich_evidence_ledger_key", "EvidenceLedger", "key"),
        ("__Neo4jMigrationsLock__has_unique_name", "__Neo4jMigrationsLock", "name"),
    ],
)
def test_a_crash_in_the_middle_of_a_constraint_is_survived(
    name: str, label: str, key: str, bare: Graph
) -> None:
    # A killed CREATE CONSTRAINT leaves its index, which no constraint owns.
    bare.define(f"CREATE RANGE INDEX {name} FOR (n:{label}) ON (n.{key})")
    assert migrations.apply(bare, OURS) == OURS
    names = {row["name"] for row in ask(bare, "SHOW CONSTRAINTS YIELD name")}
    assert names > {name, *OURS[0].constraints}


def test_data_and_its_record_are_one(bare: Graph) -> None:
    with pytest.raises(GraphError, match="by zero"):
        migrations.apply(bare, (*OURS, BROKEN))
    assert chain(bare) == [migration.source for migration in OURS]
    assert ask(bare, "MATCH (n:Next) RETURN n") == []
    assert migrations.apply(bare, (*OURS, NEXT)) == (NEXT,)
    assert ask(bare, "MATCH (n:Next) RETURN n.id AS id") == [{"id": 1}]


def test_two_migrators_at_once_apply_everything_once(bare: Graph) -> None:
    known = (*OURS, NEXT)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: migrations.apply(bare, known), range(2)))
    assert sorted(results) == sorted([(), known])
    assert chain(bare) == [migration.source for migration in known]
    assert ask(bare, "MATCH (n:Next) RETURN n.id AS id") == [{"id": 1}]


def test_a_killed_migrator_leaves_no_lock(bare: Graph, server: Neo4jServer) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, *server],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder, ThreadPoolExecutor(1) as pool:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        waiting = pool.submit(migrations.apply, bare, OURS)
        holder.send_signal(signal.SIGKILL)
        assert waiting.result(timeout=240) == OURS


def test_another_tools_lock_is_respected_and_named(bare: Graph) -> None:
    ask(bare, "CREATE (:__Neo4jMigrationsLock {id: 'theirs', name: 'John Doe'})")
    with pytest.raises(GraphError, match=r"another tool.*\{id: 'theirs'\}"):
        migrations.apply(bare, OURS)
    assert chain(bare) == []
    ask(bare, "MATCH (l:__Neo4jMigrationsLock {id: 'theirs'}) DELETE l")
    assert migrations.apply(bare, OURS) == OURS
