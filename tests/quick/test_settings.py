"""Settings: from flags, the environment and .env, and one clear line for bad ones."""

import os
from pathlib import Path

import pytest

from kg_enrich.errors import SettingsError
from kg_enrich.settings import load_settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment without settings, in a folder without .env."""
    for name in list(os.environ):
        if name.startswith(("NEO4J_", "KG_ENRICH_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_use_the_embedded_server_and_the_cpu_scorer() -> None:
    settings = load_settings()
    assert settings.neo4j_uri is None
    assert (settings.scorer, settings.candidates) == ("ocr", ("fulltext",))
    assert settings.image_roots == (Path.cwd(),)
    assert settings.names.document_label == "Document"


def test_flags_win_over_the_environment_and_that_over_dotenv(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "NEO4J_URI=bolt://dotenv:1\nKG_ENRICH_TOP_K=1\nKG_ENRICH_MIN_SCORE=1\n"
    (bare / ".env").write_text(lines)
    monkeypatch.setenv("KG_ENRICH_TOP_K", "2")
    monkeypatch.setenv("KG_ENRICH_MIN_SCORE", "2")
    settings = load_settings(min_score=3)
    assert (settings.neo4j_uri, settings.top_k, settings.min_score) == ("bolt://dotenv:1", 2, 3)


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_an_unknown_name_is_refused_with_the_nearest(
    place: str, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place == ".env":
        (bare / ".env").write_text("KG_ENRICH_MIN_SCOR=5\n")
    else:
        monkeypatch.setenv("KG_ENRICH_MIN_SCOR", "5")
    with pytest.raises(SettingsError, match=r"KG_ENRICH_MIN_SCOR is.*KG_ENRICH_MIN_SCORE"):
        load_settings()


def test_a_bad_value_is_named_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_ENRICH_MIN_SCORE", "s3cret")
    with pytest.raises(SettingsError, match=r"^KG_ENRICH_MIN_SCORE: ") as caught:
        load_settings()
    assert "s3cret" not in str(caught.value)


def test_the_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "s3cret")
    settings = load_settings()
    assert "s3cret" not in repr(settings) + settings.model_dump_json()
    assert settings.neo4j_password is not None
    assert settings.neo4j_password.get_secret_value() == "s3cret"


@pytest.mark.parametrize("written", ["one:two", '["one", "two"]'])
def test_image_roots_as_a_path_or_a_json_list(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_ENRICH_IMAGE_ROOTS", written.replace(":", os.pathsep))
    assert load_settings().image_roots == (Path("one"), Path("two"))


def test_broken_json_of_image_roots_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_ENRICH_IMAGE_ROOTS", '["one"')
    with pytest.raises(SettingsError, match=r"^KG_ENRICH_IMAGE_ROOTS: "):
        load_settings()


def test_names_with_spaces_and_other_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_ENRICH_DOCUMENT_LABEL", "概念 Concept")
    monkeypatch.setenv("KG_ENRICH_IMAGE_VERSION", "sha256")
    names = load_settings().names
    assert (names.document_label, names.image_version) == ("概念 Concept", "sha256")
