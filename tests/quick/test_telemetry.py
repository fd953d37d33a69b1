"""What operators see without a graph: JSON lines, the webhook, credentials that rotate."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from kg_enrich.errors import SettingsError
from kg_enrich.graph.credentials import choose
from kg_enrich.graph.retry import AGAIN, NEVER, rule
from kg_enrich.jobs.observed import Observed
from kg_enrich.models import Stage
from kg_enrich.telemetry import webhook
from tests.support.commands import bare_environment, call

SECRET = "s3cret-token"


class _Listener(HTTPServer):
    """Takes calls and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[Any] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{SECRET}"


class _Handler(BaseHTTPRequestHandler):
    server: _Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(json.loads(body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[_Listener]:
    with _Listener() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()


def test_a_command_that_fails_calls_and_tells_programs_why(
    listener: _Listener, tmp_path: Path
) -> None:
    away = bare_environment() | {
        "NEO4J_URI": "bolt://127.0.0.1:9",
        "NEO4J_PASSWORD": "planted-password",
        "KG_ENRICH_PATIENCE_SECONDS": "0",
        "KG_ENRICH_WEBHOOK": listener.address,
    }
    done = call(away, tmp_path, "--log-format", "json", "run")
    assert done.code == 1 and done.out == ""
    lines = [json.loads(line) for line in done.err.splitlines()]
    assert lines[-1] | {"time": ""} == {
        "time": "",
        "level": "error",
        "command": "run",
        "exit_code": 1,
        "message": "Neo4j at bolt://127.0.0.1:9 cannot be reached: start it, or mend NEO4J_URI.",
    }
    (told,) = listener.got
    assert told["exit_code"] == 1 and told["command"] == "run"
    assert told["message"] == lines[-1]["message"] and told["message"] in told["text"]
    assert "planted-password" not in done.err + json.dumps(told)


def test_who_is_called_for_what(listener: _Listener, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"KG_ENRICH_WEBHOOK={listener.address}\nKG_ENRICH_X=1\n")
    # Settings that cannot be read are worth a call, from the file that they stand in.
    assert call(bare_environment(), tmp_path, "run").code == 2
    assert "KG_ENRICH_X is not a setting" in listener.got[0]["message"]
    # A person at a terminal sees for himself.
    assert call(bare_environment(), tmp_path, "show").code == 2
    assert len(listener.got) == 1


@pytest.mark.parametrize("status", [500, 302])
def test_a_webhook_that_fails_is_one_line_without_its_secret(
    status: int, listener: _Listener
) -> None:
    listener.status = status
    trouble = webhook.call(listener.address, "run", 1, "It failed.", None)
    assert trouble == f"KG_ENRICH_WEBHOOK answered {status}: nobody was told of exit 1."
    for address in (f"http://127.0.0.1:9/{SECRET}", f"nothing:{SECRET}", ""):
        trouble = webhook.call(address, "run", 1, "It failed.", None)
        assert trouble is not None and SECRET not in trouble and "\n" not in trouble


def test_the_form_of_lines_may_stand_in_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KG_ENRICH_LOG_FORMAT=json\nKG_ENRICH_X=1\n")
    assert json.loads(call(bare_environment(), tmp_path, "run").err)["level"] == "error"


def test_a_secret_in_a_file_is_read_each_time(tmp_path: Path) -> None:
    file = tmp_path / "password"
    chosen = choose("neo4j", password_file=file)
    assert chosen.rotates and not chosen.bearer
    for secret in ("first", "sécond 二"):
        file.write_text(f"{secret}\n", "utf-8")
        assert chosen.secret() == secret
    for content in ("", "\n"):
        file.write_text(content)
        with pytest.raises(SettingsError, match=r"NEO4J_PASSWORD_FILE .* is empty"):
            chosen.secret()
    file.unlink()
    with pytest.raises(SettingsError, match=r"NEO4J_PASSWORD_FILE .* cannot be read: No such file"):
        chosen.secret()
    assert choose("neo4j", token="t").bearer and choose("neo4j", token_file=file).rotates
    with pytest.raises(SettingsError, match="NEO4J_PASSWORD and NEO4J_BEARER_TOKEN are both set"):
        choose("neo4j", password="p", token="t")


def test_only_credentials_that_may_change_are_tried_again() -> None:
    refused = "Neo.ClientError.Security.Unauthorized"
    assert rule(refused, retryable=False).treatment is NEVER
    again = rule(refused, retryable=True)
    assert again.treatment is AGAIN and again.tries == 2


def test_stages_are_timed_and_scores_counted() -> None:
    seen = Observed()
    assert list(seen.each(Stage.EXTRACT, iter("abc"))) == ["a", "b", "c"]
    with pytest.raises(KeyError), seen.timed(Stage.SCORE):
        raise KeyError
    seen.count([0.0, 0.99, 1.0, 9.0, 10.0])
    assert seen.scores == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert set(seen.properties()) == {*(f"{stage}Seconds" for stage in Stage), "scores"}
    assert seen.seconds[Stage.EXTRACT] > 0 < seen.seconds[Stage.SCORE]
