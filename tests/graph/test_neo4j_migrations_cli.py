"""neo4j-migrations' own command line judges our chain, continues it, and has its own continued."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from kg_enrich.embedded.java import find_java
from kg_enrich.errors import GraphBehindError
from kg_enrich.graph import migrations
from kg_enrich.graph.connection import Graph
from kg_enrich.resources import MIGRATIONS
from tests.support.graphs import ask
from tests.support.neo4j_server import Neo4jServer

# The newest version whose parent POM is published, too.
VERSION = "2.17.3"
POM = f"""<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>test</groupId><artifactId>test</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>eu.michael-simons.neo4j</groupId><artifactId>neo4j-migrations-cli</artifactId>
    <version>{VERSION}</version>
  </dependency></dependencies>
</project>
"""
NEXT = "V9999__next_one.cypher"

Judge = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def jars(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the command line's jars; resolved once, then kept with pytest's cache."""
    assert request.config.cache
    folder = request.config.cache.mkdir("neo4j-migrations-cli") / VERSION
    if folder.is_dir():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        pytest.skip("Maven is not installed, which brings the command line of neo4j-migrations")
    project = tmp_path_factory.mktemp("maven")
    (project / "pom.xml").write_text(POM)
    # Another tier may be at it, too.
    unfinished = folder.with_suffix(f".{os.getpid()}")
    command = [maven, "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime"]
    try:
        done = subprocess.run(
            [*command, f"-DoutputDirectory={unfinished}"],
            cwd=project,
            capture_output=True,
            text=True,
            timeout=120,
        )
        trouble = done.stdout.strip()[:200] if done.returncode else ""
    except subprocess.TimeoutExpired:
        trouble = "it takes too long"
    if trouble:
        pytest.skip(f"Maven cannot bring neo4j-migrations-cli {VERSION}: {trouble}")
    with suppress(OSError):
        unfinished.rename(folder)
    assert folder.is_dir()
    return folder


@pytest.fixture
def judge(jars: Path, server: Neo4jServer) -> Judge:
    """Runs a command of neo4j-migrations over a folder of files."""

    def run(command: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(str(find_java(17)), "-cp", f"{jars}/*"),
                "ac.simons.neo4j.migrations.cli.MigrationsCli",
                *("--address", server.uri, "--username", server.username),
                *("--password:env", "PASSWORD", "--location", folder.as_uri(), *options, command),
            ],
            env=os.environ | {"PASSWORD": server.password},
            capture_output=True,
            text=True,
            timeout=240,
        )

    return run


@pytest.fixture
def longer(tmp_path: Path) -> Path:
    """A folder with our files and one more."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / NEXT).write_text("// Data of a test.\nCREATE (:Next {id: 1});\n")
    return folder


def test_our_chain_is_valid_and_continued(bare: Graph, judge: Judge, longer: Path) -> None:
    ours = migrations.apply(bare, migrations.load())
    valid = judge("validate", MIGRATIONS)
    assert valid.returncode == 0, valid.stdout + valid.stderr

    continued = judge("apply", longer)
    assert continued.returncode == 0, continued.stdout + continued.stderr
    applied = migrations.read_applied(bare)
    assert [one.source for one in applied] == [*(one.source for one in ours), NEXT]
    assert migrations.plan(migrations.load(longer), applied) == ()
    with pytest.raises(GraphBehindError, match="update kg-enrich"):
        migrations.plan(ours, applied)


def test_its_chain_is_continued_by_us_and_stays_valid(
    bare: Graph, judge: Judge, longer: Path
) -> None:
    begun = judge("apply", MIGRATIONS)
    assert begun.returncode == 0, begun.stdout + begun.stderr

    known = migrations.load(longer)
    assert [one.source for one in migrations.apply(bare, known)] == [NEXT]
    assert ask(bare, "MATCH (n:Next) RETURN n.id AS id") == [{"id": 1}]
    valid = judge("validate", longer)
    assert valid.returncode == 0, valid.stdout + valid.stderr


def test_an_applications_chain_and_ours_live_side_by_side(
    bare: Graph, judge: Judge, longer: Path, tmp_path: Path
) -> None:
    application = tmp_path / "application"
    application.mkdir()
    for number in (1, 2):
        (application / f"V000{number}__theirs.cypher").write_text(
            f"CREATE (:Theirs {{n: {number}}});\n"
        )
    begun = judge("apply", application)
    assert begun.returncode == 0, begun.stdout + begun.stderr

    ours = migrations.load()
    assert migrations.apply(bare, ours) == ours
    assert migrations.apply(bare, ours) == ()
    assert migrations.read_chain(bare, ours).target == migrations.TARGET
    # Both go on, and the judge finds both in order: ours as that of a database of its own.
    (application / "V0003__theirs.cypher").write_text("CREATE (:Theirs {n: 3});\n")
    for command in ("apply", "validate"):
        done = judge(command, application)
        assert done.returncode == 0, done.stdout + done.stderr
    assert migrations.apply(bare, migrations.load(longer))[-1].source == NEXT
    own = ("--database", migrations.TARGET, "--schema-database", "neo4j")
    valid = judge("validate", longer, *own)
    assert valid.returncode == 0, valid.stdout + valid.stderr
    done = judge("validate", application)
    assert done.returncode == 0, done.stdout + done.stderr
    numbers = ask(bare, "MATCH (n:Theirs) RETURN n.n AS n ORDER BY n")
    assert [row["n"] for row in numbers] == [1, 2, 3]
    assert [one.source for one in migrations.read_applied(bare)] == [
        *(one.source for one in ours), NEXT
    ]  # fmt: skip
