"""A link that was put in a file's place is not followed out of the roots."""

from pathlib import Path

import pytest
from PIL import Image as Picture

from kg_enrich.errors import ImageError
from kg_enrich.images.decoding import decode, image_roots, resolve
from kg_enrich.images.opening import read_resolved
from kg_enrich.loading.files import read_markdown
from kg_enrich.loading.memory import Folder
from kg_enrich.loading.walk import walk


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An image root below `tmp_path`, with secrets beside it."""
    (tmp_path / "secret.md").write_text("the secret")
    Picture.new("RGB", (4, 4)).save(tmp_path / "secret.png")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "a.md").write_text("the secret")
    root = (tmp_path / "root").resolve()
    (root / "docs").mkdir(parents=True)
    (root / "docs" / "a.md").write_text("words")
    Picture.new("RGB", (4, 4)).save(root / "a.png")
    return root


def test_what_is_still_there_is_read(root: Path) -> None:
    assert read_resolved(root / "docs" / "a.md") == b"words"
    assert decode(root / "a.png").size == (4, 4)


@pytest.mark.parametrize("swapped", ["a.md", "."])
def test_markdown_that_became_a_link_after_it_was_listed(root: Path, swapped: str) -> None:
    roots = image_roots([root])
    folder = Folder(root, ".", roots)
    (path,) = walk(root, roots).markdown
    if swapped == ".":
        (root / "docs").rename(root.parent / "away")
        (root / "docs").symlink_to(root.parent / "secrets")
    else:
        (root / path).unlink()
        (root / path).symlink_to(root.parent / "secret.md")
    reading = read_markdown(folder, path, "1", None, set())
    assert reading.documents == []
    (problem,) = reading.problems
    assert "outside every image root" in problem


def test_an_image_that_became_a_link_after_it_was_resolved(root: Path) -> None:
    file = resolve("a.png", image_roots([root]))
    file.unlink()
    file.symlink_to(root.parent / "secret.png")
    with pytest.raises(ImageError, match="became a link"):
        decode(file)
    with pytest.raises((ImageError, OSError)):
        read_resolved(file)
