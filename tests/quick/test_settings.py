"""Settings: from flags, the environment and .env, and one clear line for bad ones."""

import os
from pathlib import Path

import pytest

from kg_enrich import env_file
from kg_enrich.errors import SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.settings import load_settings, typed


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


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_an_empty_value_is_none(place: str, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = ("KG_ENRICH_CACHE_DIR", "KG_ENRICH_IMAGE_ROOTS", "KG_ENRICH_TOP_K", "NEO4J_PASSWORD",
             "NEO4J_URI", "KG_ENRICH_CANDIDATES", "KG_ENRICH_CHUNK_LABEL")  # fmt: skip
    if place == ".env":
        (bare / ".env").write_text("".join(f"{name}=\n" for name in named))
    else:
        for name in named:
            monkeypatch.setenv(name, "")
    settings = load_settings()
    fields = ("cache_dir", "image_roots", "top_k", "neo4j_password", "candidates", "chunk_label")
    monkeypatch.undo()
    monkeypatch.chdir(bare)
    (bare / ".env").unlink(missing_ok=True)
    unset = load_settings()
    assert [getattr(settings, f) for f in fields] == [getattr(unset, f) for f in fields]
    assert settings.image_roots == (bare,)


def test_an_empty_variable_leaves_the_file_its_say(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / ".env").write_text("KG_ENRICH_TOP_K=3\n")
    monkeypatch.setenv("KG_ENRICH_TOP_K", "")
    assert load_settings().top_k == 3


def test_the_file_that_was_read_is_known(bare: Path) -> None:
    assert load_settings().file is None
    (bare / ".env").write_text("KG_ENRICH_TOP_K=3\n")
    assert load_settings().file == bare / ".env"
    other = bare / "prod.env"
    other.write_text("KG_ENRICH_TOP_K=4\n")
    with env_file.named(other):
        settings = load_settings()
    assert (settings.top_k, settings.file) == (4, other)
    with env_file.named(bare / "no.env"), pytest.raises(SettingsError, match=r"no\.env: there is"):
        load_settings()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("NEO4J_URI=bolt://机器:1\n".encode("utf-16"), r"\.env is not UTF-8"),
        ("NEO4J_URI=bolt://机器:1\n".encode("gbk"), r"\.env is not UTF-8"),
        (b"A=1\n\nNEO4J_URI bolt://x:1\n", r"\.env:3 is not NAME=value"),
        (b"A=1\nexport KG_ENRICH_TOP_K 3", r"\.env:2 is not NAME=value"),
        (b"KG_ENRICH_TOP_K\n", r"\.env:1 is not NAME=value"),
    ],
)
def test_a_file_that_cannot_be_understood_is_one_line(
    written: bytes, message: str, bare: Path
) -> None:
    (bare / ".env").write_bytes(written)
    with pytest.raises(SettingsError, match=message):
        load_settings()


def test_a_file_of_an_editor_that_marks_it_and_lines_of_others(bare: Path) -> None:
    (bare / ".env").write_bytes(b"\xef\xbb\xbfKG_ENRICH_TOP_K=3\nwhat others write\n")
    assert load_settings().top_k == 3


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("NEO4J_URL", "NEO4J_URI"),
        ("NEO4J_USER", "NEO4J_USERNAME"),
        ("neo4j_pass", "NEO4J_PASSWORD"),
    ],
)
def test_a_name_that_others_use_is_refused_unless_ours_is_there(
    name: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "bolt://elsewhere")
    with pytest.raises(SettingsError, match=rf"^{name.upper()} is not read: set {meant}"):
        load_settings()
    monkeypatch.setenv(meant, "bolt://here")
    load_settings()


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("http://graph:7474", "browser"),
        ("https://graph:7473", r"neo4j\+s://"),
        ("graph:7687", "begins with none of neo4j://"),
        ("graph", "begins with none of"),
        ("bolt://", "begins with none of"),
        ("bolt://:7687", "no host"),
        ("neo4j://graph:7687/sales", "NEO4J_DATABASE"),
        ("neo4j://someone:s3cret@graph:7687", "NEO4J_PASSWORD"),
        ("bolt://graph:port", "malformed"),
        ("bolt://[::1", "malformed"),
        ("bolt://graph:7687?policy=eu", "question mark"),
    ],
)
def test_an_address_that_cannot_be_one_is_one_line(uri: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=rf"^NEO4J_URI cannot be used: .*{problem}") as caught:
        Graph(uri, "neo4j", "")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("items", "separator", "written"),
    [(("/a", "/b"), ":", "/a:/b"), (("/a:b", "/c"), ":", '["/a:b", "/c"]'), (("文",), ",", "文")],
)
def test_lists_are_shown_as_they_can_be_typed(
    items: tuple[str, ...], separator: str, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed(items, separator) == written
    name = "IMAGE_ROOTS" if separator == ":" else "FILTER_PROPERTIES"
    monkeypatch.setenv(f"KG_ENRICH_{name}", written)
    found = getattr(load_settings(), name.lower())
    assert tuple(map(str, found)) == items


def test_a_tilde_is_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_ENRICH_CACHE_DIR", "~/cache")
    assert load_settings().cache_dir == Path.home() / "cache"


@pytest.mark.parametrize("name", ["KG_ENRICH_DOCUMENT_LABEL", "KG_ENRICH_FILTER_PROPERTIES"])
def test_a_value_of_another_encoding_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, os.fsdecode("文档".encode("gbk")))
    with pytest.raises(SettingsError, match=rf"^{name}: .*"):
        load_settings()
