"""Review: one document after the other, its text beside the images that may be evidence for it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from kg_enrich.access.roles import Role
from kg_enrich.api import KnowledgeGraph
from kg_enrich.errors import OutOfDateError
from kg_enrich.evidence.dossier import Card, Dossier
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.pace import WAY
from kg_enrich.evidence.queue import Kind
from kg_enrich.service.identity import Reviewer, Viewer, Who
from kg_enrich.service.reading import matched_words, read
from kg_enrich.service.refusals import Refused
from kg_enrich.service.rendering import local, page
from kg_enrich.service.view import FromForm, FromQuery, View, source_of
from kg_enrich.service.work import find_next, tab_of

router = APIRouter()

PLACE_COOKIE = "kg_enrich_place"
# Of the scorer's own making; people add others in the settings.
REASONS = ("wrong-object", "unreadable", "misleading", "duplicate", "no-image")
Id = Annotated[str, Form(max_length=2000)]


@router.get("/")
def home(request: Request, who: Viewer) -> Response:
    """Where somebody begins: where they were when they left."""
    if not who.role.may(Role.REVIEWER):
        return RedirectResponse("/runs", 303)
    return RedirectResponse(local(request.cookies.get(PLACE_COOKIE, "/review")), 303)


@router.get("/review")
def next_item(request: Request, who: Reviewer, view: FromQuery) -> Response:
    """Goes on to the next item that nobody else has before them."""
    kg: KnowledgeGraph = request.app.state.kg
    found = find_next(kg, view, who.name, tab_of(request))
    if found is None:
        return page(
            request, "review_end.html", view=view, sources=kg.sources(), undo=_undo(kg, who)
        )
    document, image, behind, why = found
    return RedirectResponse(behind.item(document, image, why), 303)


@router.get("/review/item")
def show_item(
    request: Request,
    who: Viewer,
    view: FromQuery,
    document: Annotated[str, Query(max_length=2000)],
    image: Annotated[str, Query(max_length=2000)] = "",
    why: Annotated[str, Query(max_length=40)] = "",
    every: bool = False,
) -> Response:
    """One document with its cards. why: it is asked, by the queue's kinds."""
    kg: KnowledgeGraph = request.app.state.kg
    dossier = read_cards(kg, view, document, image, limit=400 if every else 24)
    words = matched_words(card.reason for card in dossier.cards)
    answer = page(
        request,
        "review.html",
        view=view,
        dossier=dossier,
        focus=image,
        why=why if why in set(Kind) else "",
        reading=read(dossier.text, words),
        # Somebody else may be at it, when a colleague sent this address.
        reserved=not who.role.may(Role.REVIEWER)
        or kg.reserve(document, who.name, tab_of(request).id),
        sources=kg.sources(),
        **_desk(request, kg, who),
    )
    # Where to go on, after a break.
    answer.set_cookie(PLACE_COOKIE, view.next(), max_age=30 * 86400, httponly=True, samesite="lax")
    return answer


@router.post("/review/word")
def say(
    request: Request,
    who: Reviewer,
    view: FromForm,
    document: Id,
    image: Id,
    seen: Annotated[str, Form(max_length=64)],
    decision: Annotated[Decision, Form()],
    reasons: Annotated[list[str] | None, Form(max_length=40)] = None,
    note: Annotated[str, Form(max_length=2000)] = "",
    settle: Annotated[bool, Form()] = False,
) -> Response:
    """Keeps a person's word on one card."""
    kg: KnowledgeGraph = request.app.state.kg
    settles: tuple[str, ...] = ()
    if settle:
        card = _card(read_cards(kg, view, document, image), image)
        settles = tuple(
            word.by for word in card.words if word.by != who.name and word.decision != decision
        )
    try:
        kg.review(
            document,
            image,
            decision,
            reasons=[one[:200] for one in reasons or ()] if decision is Decision.REJECT else (),
            note=note.strip(),
            by=who.name,
            settles=settles,
            way=WAY,
            seen=seen,
        )
    except OutOfDateError:
        return answer_with(request, kg, who, view, document, [image], stale=True)
    return answer_with(request, kg, who, view, document, [image])


@router.post("/review/undo")
def undo(request: Request, who: Reviewer, view: FromForm, document: Id = "") -> Response:
    """Undoes what this person said last; goes to where that was."""
    kg: KnowledgeGraph = request.app.state.kg
    undone = kg.undo_last(who.name)
    if undone is None:
        return RedirectResponse(view.item(document) if document else view.next(), 303)
    at, image = undone.pairs[0]
    if at == document:
        return answer_with(request, kg, who, view, document, [image for _, image in undone.pairs])
    return RedirectResponse(view.item(at, image), 303)


def answer_with(
    request: Request,
    kg: KnowledgeGraph,
    who: Who,
    view: View,
    document: str,
    images: list[str],
    stale: bool = False,
) -> Response:
    """The touched cards alone for a script, the whole page for a form without one."""
    if "x-fragment" not in request.headers:
        if stale:
            raise Refused(409, "stale")
        return RedirectResponse(view.item(document, images[0]) + "#cards", 303)
    dossier = read_cards(kg, view, document, *images, limit=400)
    touched = [card for card in dossier.cards if str(card.image) in images]
    kg.reserve(document, who.name)
    return page(
        request,
        "cards.html",
        409 if stale else 200,
        view=view,
        dossier=dossier,
        cards=touched,
        stacks=[one for one in dossier.stacks if len(one) > 1 and any(c in touched for c in one)],
        stale=stale,
        focus="",
        **_desk(request, kg, who),
    )


def _desk(request: Request, kg: KnowledgeGraph, who: Who) -> dict[str, Any]:
    options = request.app.state.options
    return {
        "pace": kg.pace(who.name),
        "undo": _undo(kg, who),
        "reasons": REASONS,
        "more_reasons": options.reasons,
    }


def _undo(kg: KnowledgeGraph, who: Who) -> int:
    return len(kg.undoable(who.name))


def read_cards(
    kg: KnowledgeGraph, view: View, document: str, *also: str, limit: int = 24
) -> Dossier:
    images = [image for image in also if image]
    source = source_of(view, kg)
    if source not in kg.sources():
        raise Refused(404, "no-source", source=source)
    if (dossier := kg.dossier(document, source, limit=limit, also=images)) is None:
        raise Refused(404, "no-document", document=document)
    return dossier


def _card(dossier: Dossier, image: str) -> Card:
    for card in dossier.cards:
        if str(card.image) == image:
            return card
    raise Refused(404, "no-image", image=image)
