"""What is in force and where it comes from, and the page that says what there is."""

import json
import subprocess
import sys
from pathlib import Path

from kg_enrich.settings import Settings
from tests.support.commands import COMMAND, bare_environment, call

SCRIPT = Path(__file__).parents[2] / "scripts" / "write_settings_reference.py"


def test_every_setting_is_shown_with_its_origin_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "NEO4J_PASSWORD=s3cret\nKG_ENRICH_TOP_K=3\nkg_enrich_workers=2\n"
    )
    env = bare_environment() | {
        "NEO4J_URI": "bolt://someone:s3cret@graph:7687",
        "KG_ENRICH_TOP_K": "4",
        "KG_ENRICH_CANDIDATES": "explicit, all",
    }
    done = call(env, tmp_path, "settings", "--json")
    shown = {one["name"]: (one["value"], one["origin"]) for one in json.loads(done.out)["settings"]}
    assert len(shown) == len(Settings.model_fields)
    assert shown["NEO4J_URI"] == ("bolt://(hidden)@graph:7687", "environment")
    assert shown["NEO4J_PASSWORD"] == ("(hidden)", ".env")
    assert shown["KG_ENRICH_TOP_K"] == ("4", "environment")
    assert shown["KG_ENRICH_WORKERS"] == ("2", ".env")
    assert shown["KG_ENRICH_CANDIDATES"] == ("explicit,all", "environment")
    assert shown["KG_ENRICH_IMAGE_ROOTS"] == (str(tmp_path), "default")
    assert shown["KG_ENRICH_SOURCE"] == (None, "default")
    assert json.loads(done.out)["file"] == str(tmp_path / ".env")
    table = call(env, tmp_path, "settings")
    assert "KG_ENRICH_TOP_K" in table.out
    assert f"read from {tmp_path / '.env'}" in table.err
    assert "s3cret" not in done.out + done.err + table.out + table.err


def test_another_file_may_be_named_and_its_absence_is_said(tmp_path: Path) -> None:
    (tmp_path / "prod.env").write_text("KG_ENRICH_TOP_K=3\n")
    env = bare_environment()
    named = call(env, tmp_path, "--env-file", "prod.env", "settings", "--json")
    shown = {one["name"]: one["origin"] for one in json.loads(named.out)["settings"]}
    assert shown["KG_ENRICH_TOP_K"] == "prod.env"
    assert json.loads(named.out)["file"] == str(tmp_path / "prod.env")
    none = call(env, tmp_path, "settings")
    assert f"there is no {tmp_path / '.env'}" in none.err
    missing = call(env, tmp_path, "--env-file", "no.env", "settings")
    assert (missing.code, missing.err.count("\n")) == (2, 1)


def test_the_reference_is_what_the_script_writes() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_shell_completes_commands(tmp_path: Path) -> None:
    env = bare_environment() | {
        "_KG_ENRICH_COMPLETE": "bash_complete", "COMP_WORDS": "kg-enrich cand", "COMP_CWORD": "1"
    }  # fmt: skip
    done = subprocess.run([COMMAND], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "plain,candidates\n"
