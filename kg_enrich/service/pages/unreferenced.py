"""Unreferenced images: strong evidence that no document references, and what to do about each."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from kg_enrich.api import KnowledgeGraph
from kg_enrich.service.identity import Reviewer, Viewer
from kg_enrich.service.pages.review import Id
from kg_enrich.service.rendering import address, page

router = APIRouter()

Place = Annotated[str, Form(max_length=200)]


@router.get("/unreferenced")
def show_unreferenced(
    request: Request,
    who: Viewer,
    after: Annotated[str, Query(max_length=200)] = "",
    document: str = "",
    image: str = "",
) -> Response:
    """The next flags. document, image: of a reference that was made just now."""
    flags, behind = request.app.state.kg.flags(after=after or None)
    return page(
        request,
        "unreferenced.html",
        flags=flags,
        behind=behind,
        after=after,
        made=(document, image) if document and image else None,
    )


@router.post("/unreferenced/reference")
def make_reference(
    request: Request, who: Reviewer, document: Id, image: Id, flag: Place = "", after: Place = ""
) -> Response:
    """Makes a document reference the image."""
    kg: KnowledgeGraph = request.app.state.kg
    kg.make_reference(document, image, by=who.name)
    if "x-fragment" in request.headers:
        return page(request, "flag_done.html", flag=flag, document=document, image=image)
    back = address("/unreferenced", after=after, document=document, image=image)
    return RedirectResponse(back, 303)


@router.post("/unreferenced/undo")
def undo_reference(request: Request, who: Reviewer, document: Id, image: Id) -> Response:
    """Takes such a reference back; nobody else's."""
    request.app.state.kg.undo_reference(document, image)
    return RedirectResponse("/unreferenced", 303)


@router.post("/unreferenced/dismiss")
def dismiss(
    request: Request,
    who: Reviewer,
    flag: Place,
    reason: Annotated[str, Form(min_length=1, max_length=400)],
    after: Place = "",
) -> Response:
    """Dismisses a flag for as long as the image stays the same."""
    kg: KnowledgeGraph = request.app.state.kg
    image = kg.dismiss(flag, reason, by=who.name)
    if "x-fragment" in request.headers:
        return page(request, "flag_done.html", flag=flag, document="", image=image)
    return RedirectResponse(address("/unreferenced", after=after), 303)
