"""Several cards at once: what it would do first, then the same again, confirmed."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from kg_enrich.api import KnowledgeGraph
from kg_enrich.errors import OutOfDateError
from kg_enrich.evidence.foresight import foresee
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.pace import WAY
from kg_enrich.service.identity import Reviewer
from kg_enrich.service.pages.review import REASONS, Id, answer_with, read_cards
from kg_enrich.service.refusals import Refused
from kg_enrich.service.rendering import page
from kg_enrich.service.view import FromForm

router = APIRouter()

_MOST = 200
Images = Annotated[list[str] | None, Form(max_length=_MOST)]


@router.post("/review/bulk")
def preview(
    request: Request,
    who: Reviewer,
    view: FromForm,
    document: Id,
    decision: Annotated[Decision, Form()],
    images: Images = None,
    reasons: Annotated[list[str] | None, Form(max_length=40)] = None,
) -> Response:
    """What it would do, and of how many; nothing is kept yet."""
    kg: KnowledgeGraph = request.app.state.kg
    dossier = read_cards(kg, view, document, *(images or ()))
    chosen = [card for card in dossier.cards if str(card.image) in set(images or ())]
    return page(
        request,
        "bulk_fragment.html" if "x-fragment" in request.headers else "bulk.html",
        view=view,
        dossier=dossier,
        chosen=chosen,
        decision=decision,
        given=[one for one in reasons or () if decision is Decision.REJECT],
        known=REASONS,
        foreseen=foresee(chosen, decision, who.name),
    )


@router.post("/review/bulk/do")
def carry_out(
    request: Request,
    who: Reviewer,
    view: FromForm,
    document: Id,
    decision: Annotated[Decision, Form()],
    images: Images = None,
    seen: Images = None,
    reasons: Annotated[list[str] | None, Form(max_length=40)] = None,
) -> Response:
    """Says the same of all that was previewed, as one batch that is undone as one."""
    kg: KnowledgeGraph = request.app.state.kg
    images, seen = images or [], seen or []
    if not images or len(images) != len(seen):
        raise Refused(422, "nothing-chosen")
    batch = uuid.uuid4().hex
    stale = []
    for image, tag in zip(images, seen, strict=True):
        try:
            kg.review(
                document,
                image,
                decision,
                reasons=reasons or (),
                by=who.name,
                way=WAY,
                batch=batch,
                seen=tag,
            )
        except OutOfDateError:
            stale.append(image)
    if stale and "x-fragment" not in request.headers:
        raise Refused(409, "stale")
    if "x-fragment" not in request.headers:
        return RedirectResponse(view.item(document) + "#cards", 303)
    return answer_with(request, kg, who, view, document, images, stale=bool(stale))
