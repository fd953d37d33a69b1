"""Commands that need no graph."""

import json
from pathlib import Path

from tests.support.commands import bare_environment, call
from tests.support.export import TEXTS


def test_score_needs_no_graph(export: Path, readings: Path) -> None:
    env = bare_environment() | {"KG_ENRICH_CACHE_DIR": str(readings)}
    files = ["flange.png", "login.png", "empty.png"]
    done = call(env, export, "score", TEXTS["auth"], *files, "--json")
    assert done.code == 0
    said = json.loads(done.out)
    assert set(said) == {"format", "results", "skipped", "total_time_ms"}
    assert [row["image_path"] for row in said["results"]] == ["login.png", "flange.png"]
    assert [row["rank"] for row in said["results"]] == [1, 2]
    assert all(0 <= row["score"] <= 10 for row in said["results"])
    assert [row["image_path"] for row in said["skipped"]] == ["empty.png"]
    done = call(env, export, "score", "text", "gone.png", "login.png", "--json")
    assert done.code == 4
    assert [row["image_path"] for row in json.loads(done.out)["skipped"]] == ["gone.png"]
