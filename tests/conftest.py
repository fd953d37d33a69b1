"""Fixtures that many tests share."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from kg_enrich.graph import migrations, schema
from kg_enrich.graph.connection import Graph
from tests.support.export import lay_out
from tests.support.graphs import empty
from tests.support.neo4j_server import Neo4jServer, NotATestDatabase, serve

# Models come from this machine's folders alone; the library looks at this when it is imported.
os.environ["HF_HUB_OFFLINE"] = "1"

pytest_plugins = ("pytester", "tests.support.skips")

ROOT = Path(__file__).parents[1]

# How long an example takes says nothing on a machine that does other things as well. In CI the
# examples are the same each time; elsewhere they are others each time, and find something new.
hypothesis.settings.register_profile(
    "anytime",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("anytime")


@pytest.fixture(scope="session")
def neo4j_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Neo4jServer]:
    """The one Neo4j of this test session: (uri, username, password)."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def progress(message: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{message}", flush=True)

    try:
        with serve(os.environ, tmp_path_factory.mktemp("neo4j"), progress) as server:
            yield server
    except NotATestDatabase as error:
        pytest.exit(str(error), returncode=2)


@pytest.fixture(scope="session")
def migrated(neo4j_server: Neo4jServer) -> Neo4jServer:
    """The server with our migrations and the default names' schema."""
    with Graph(*neo4j_server) as graph:
        migrations.apply(graph, migrations.load())
        schema.ensure(graph)
    return neo4j_server


@pytest.fixture
def graph(migrated: Neo4jServer) -> Iterator[Graph]:
    """A migrated graph without any data."""
    with Graph(*migrated) as graph:
        empty(graph)
        yield graph


@pytest.fixture(scope="session")
def readings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache folder of all commands: what one of them has read, the others need not read."""
    return tmp_path_factory.mktemp("readings")


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to load, as `tests.support.export` lays it out; nobody changes what is in it."""
    folder = tmp_path_factory.mktemp("export")
    lay_out(folder)
    return folder


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed in it, without its dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True)
    wheel = next(folder.glob("*.whl"))
    target = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*pip, "--target", target, wheel], check=True, capture_output=True)
    return target
