"""Documents: the list of them, and one with all that there is about it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from kg_enrich.api import KnowledgeGraph
from kg_enrich.service.identity import Viewer
from kg_enrich.service.picture import draw
from kg_enrich.service.reading import matched_words, read
from kg_enrich.service.refusals import Refused
from kg_enrich.service.rendering import address, page
from kg_enrich.service.view import View

router = APIRouter()


@router.get("/documents")
def show_documents(
    request: Request, who: Viewer, after: Annotated[str, Query(max_length=2000)] = "", id: str = ""
) -> Response:
    """The next documents."""
    if id.strip():
        return RedirectResponse(address("/document", id=id.strip()), 303)
    rows, behind = request.app.state.kg.documents(after=after or None)
    return page(request, "documents.html", rows=rows, behind=behind, after=after)


@router.get("/document")
def show_document(
    request: Request,
    who: Viewer,
    id: Annotated[str, Query(max_length=2000)],
    source: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """One document: text, evidence, references, words, and a picture of the graph around it."""
    kg: KnowledgeGraph = request.app.state.kg
    sources = kg.sources()
    named = source or (kg.source if kg.source in sources else next(iter(sources), kg.source))
    if named not in sources:
        raise Refused(404, "no-source", source=named)
    if (dossier := kg.dossier(id, named, limit=60)) is None:
        raise Refused(404, "no-document", document=id)
    shown = [one for one in dossier.cards if one.published or one.referenced or one.words]
    return page(
        request,
        "document.html",
        dossier=dossier,
        cards=shown,
        others=len(dossier.cards) - len(shown) + dossier.more,
        reading=read(dossier.text, matched_words(card.reason for card in shown)),
        picture=draw(dossier.title or str(dossier.document), shown),
        sources=sources,
        view=View(mode="all", source="" if named == kg.source else named, again=True),
    )
