"""Thumbnails: made once, small, from whatever lies in a folder."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from kg_enrich.errors import UnreadableImageError
from kg_enrich.images import thumbnails
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.images.thumbnails import LARGE, SMALL, WHOLE, Thumbnails


def test_a_thumbnail_is_made_once_by_contents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, copy, bad = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "bad.png"
    Image.effect_noise((1600, 800), 80).save(source)
    copy.write_bytes(source.read_bytes())
    bad.write_bytes(b"no picture")
    makers = Thumbnails(tmp_path / "cache", ImageHashes())
    try:
        small = makers.of(source)
        kept = tmp_path / "small.webp"
        kept.write_bytes(small.data)
        with Image.open(kept) as picture:
            assert (picture.format, picture.size) == ("WEBP", (SMALL, SMALL // 2))
        # Noise is the worst there is to compress.
        assert len(small.data) < 40_000
        assert makers.of(source, LARGE).tag != small.tag
        with pytest.raises(UnreadableImageError, match=r"bad\.png"):
            makers.of(bad)
        with pytest.raises(ValueError, match="no size"):
            makers.of(source, 321)
        # All of its own pixels, encoded anew; what a browser would not bear comes smaller.
        whole = makers.of(source, WHOLE)
        with Image.open(BytesIO(whole.data)) as picture:
            assert (picture.format, picture.size) == ("JPEG", (1600, 800))
        assert (whole.media_type, whole.reduced) == ("image/jpeg", False)
        Image.new("L", (65_600, 10)).save(long := tmp_path / "long.png")
        reduced = makers.of(long, WHOLE)
        assert (reduced.media_type, reduced.reduced) == ("image/webp", True)
        assert reduced.data == makers.of(long, LARGE).data
    finally:
        makers.close()
    # Of a copy nothing is decoded any more, and no worker is started.
    monkeypatch.setattr(thumbnails, "ImageWorkers", None)
    assert makers.of(copy) == small
