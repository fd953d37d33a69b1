"""The Dockerfile and the compose files: what can be known of them without a Docker daemon."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from kg_enrich import embedded
from kg_enrich.cli.main import COMMANDS
from kg_enrich.settings import Settings, variable
from tests.support.dockerfile import ROOT, history, stages

TARGETS = ("cpu", "cuda")
OURS = ("serve", "run")
KNOWN = {variable(field) for field in Settings.model_fields}
HADOLINT = Path(sys.executable).with_name("hadolint")


def compose(*files: str) -> dict[str, Any]:
    """The files as Compose merges them: maps by key, lists one behind the other."""
    merged: dict[str, Any] = {}
    for file in files:
        merged = _over(merged, yaml.safe_load((ROOT / file).read_text("utf-8")))
    return merged


def _over(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: _over(old.get(key), value) for key, value in new.items()}
    return old + new if isinstance(old, list) and isinstance(new, list) else new


CPU = compose("docker-compose.yml")
GPU = compose("docker-compose.yml", "docker-compose.gpu.yml")


def test_a_linter_finds_nothing_wrong_with_the_dockerfile() -> None:
    done = subprocess.run(
        [HADOLINT, "--no-color", "--failure-threshold", "style", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_runs_as_nobody_in_particular(target: str) -> None:
    chain = history(target)
    final = chain[-1]
    assert final.instructions[-1] == ("USER", "1000:1000"), "nothing may follow as root"
    assert "useradd --uid 1000" in " ".join(one for stage in chain for one in stage.all("RUN"))
    assert [json.loads(one) for stage in chain for one in stage.all("ENTRYPOINT")] == [
        ["kg-enrich"]
    ]
    (check,) = (one for stage in chain for one in stage.all("HEALTHCHECK"))
    (script,) = re.findall(r'"(/[^"]+\.py)"', check)
    copied = dict(one.split(" ") for one in chain[0].all("COPY") if "--" not in one)
    assert (ROOT / {place: source for source, place in copied.items()}[script]).is_file()
    given = " ".join(one for stage in chain for one in stage.all("ENV"))
    # Whoever mounts the root file system read-only needs every written path in a volume.
    assert set(re.findall(r"\w+=(/\S+)", given)) == {
        "/cache",
        "/cache/huggingface",
        "/cache/triton",
    }
    assert {name for name in re.findall(r"KG_ENRICH_\w+", given)} <= KNOWN


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert ignored[0] == "*"
    open_paths = [line[1:] for line in ignored if line.startswith("!")]
    copies = [one for stage in stages().values() for one in stage.all("COPY")]
    sources = [s for one in copies if "--from" not in one for s in one.split(" ")[:-1]]
    for source in sources:
        assert (ROOT / source).exists()
        assert any(Path(source).is_relative_to(path) for path in open_paths), source


@pytest.mark.parametrize("stage", ["wheel", *TARGETS])
def test_what_is_installed_has_a_hash(stage: str) -> None:
    installs = re.findall(r"pip install [^&]+", " ".join(stages()[stage].all("RUN")))
    given = " ".join(installs)
    (wanted,) = re.findall(r"--require-hashes --requirement \S*requirements/(\w+)\.txt", given)
    assert wanted == {"wheel": "build", "cpu": "service", "cuda": "gpu"}[stage]
    assert (ROOT / "requirements" / f"{wanted}.txt").is_file()
    for other in installs:
        assert "--require-hashes" in other or "--no-index" in other, other


def test_compose_pins_the_version_that_is_embedded() -> None:
    image = CPU["services"]["neo4j"]["image"]
    assert image == f"neo4j:{embedded.DEFAULT_VERSION}-community"


@pytest.mark.parametrize("files", [CPU, GPU], ids=["cpu", "gpu"])
@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_can_do_little_harm(files: dict[str, Any], name: str) -> None:
    service = files["services"][name]
    assert service["read_only"] and service["init"]
    assert service["user"] == "1000:1000"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["build"]["target"] in stages()
    assert set(service["depends_on"]) <= set(files["services"])
    for volume in service["volumes"]:
        source, place, *mode = re.sub(r"\$\{(\w+)[^}]*\}", r"/\1", volume).split(":")
        if source.startswith("/"):
            assert mode == ["ro"], volume
        else:
            assert (source in files["volumes"], place) == (True, "/cache")
    environment = service["environment"]
    assert {key for key in environment} <= KNOWN
    assert environment["NEO4J_PASSWORD"].startswith("${NEO4J_PASSWORD:?")
    command = service.get("command", ["run"])
    assert command[0] in {*COMMANDS, "serve"}
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:"), "without TLS it is for this machine"


def test_the_gpu_is_reserved() -> None:
    for name in OURS:
        service = GPU["services"][name]
        (device,) = service["deploy"]["resources"]["reservations"]["devices"]
        assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
        assert service["shm_size"] == "8gb"
        assert service["build"]["target"] == "cuda"
        assert "deploy" not in CPU["services"][name]


def compose_exists() -> bool:
    command = ["docker", "compose", "version"]
    return (
        bool(shutil.which("docker")) and not subprocess.run(command, capture_output=True).returncode
    )


@pytest.mark.skipif(not compose_exists(), reason="docker compose is not installed")
def test_compose_files_are_valid() -> None:
    files = [f"--file={ROOT / name}" for name in ("docker-compose.yml", "docker-compose.gpu.yml")]
    command = ["docker", "compose", *files, "--profile", "run", "config", "--quiet"]
    more = {"NEO4J_PASSWORD": "for-this-test", "IMAGES_DIR": "/srv/i", "MODELS_DIR": "/srv/m"}
    answer = subprocess.run(command, env={**os.environ, **more}, capture_output=True, text=True)
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.fixture(scope="module")
def healthcheck() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "healthcheck", ROOT / "deploy/docker/healthcheck.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def listening() -> Iterator[int]:
    """The port of a server that answers /healthz alone."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_health_check_asks_who_serves(healthcheck: ModuleType, listening: int) -> None:
    serve = ["docker-init", "--", "kg-enrich", "serve", "--host", "0.0.0.0"]
    assert healthcheck.port(serve) == 8501
    assert healthcheck.port([*serve, "--port=9"]) == 9
    assert healthcheck.main([*serve, "--port", str(listening)]) == 0
    assert healthcheck.main(["kg-enrich", "run"]) == 0
    # Nothing listens there, or it speaks no TLS.
    assert healthcheck.main([*serve, "--port", "1"]) == 1
    assert healthcheck.main([*serve, "--port", str(listening), "--certificate", "x"]) == 1
