"""Documents that share images come together, and nothing is lost on the way."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kg_enrich.enrich.extractor import Work
from kg_enrich.enrich.ordering import together
from kg_enrich.evidence.models import DocumentState
from kg_enrich.evidence.policy import EdgeChanges
from kg_enrich.models import Document, DocumentId, Image, ImageId, Unit

NOTHING = DocumentState({}, {}, {})


def work(name: str, images: str) -> Work:
    document = Document(DocumentId(name), "", name, "1")
    candidates = tuple(Image(ImageId(image), Path(image), "1") for image in images)
    return Work(Unit(document, candidates), EdgeChanges(), NOTHING)


def names(several: list[Work]) -> str:
    return "".join(one.unit.document.id for one in several)


def test_those_that_share_the_most_follow_one_another() -> None:
    several = [work("a", "pqr"), work("b", "xyz"), work("c", "qr"), work("d", "yz"), work("e", "r")]
    assert names(together(several)) == "acebd"


def test_without_shared_images_the_order_stays() -> None:
    assert names(together([work("a", "p"), work("b", ""), work("c", "q")])) == "abc"


@given(st.lists(st.text("pqrstu", max_size=4), max_size=12))
def test_nothing_is_lost_or_doubled(images: list[str]) -> None:
    several = [work(chr(ord("A") + number), some) for number, some in enumerate(images)]
    assert sorted(names(together(several))) == list(names(several))
    assert together(several)[:1] == several[:1]
