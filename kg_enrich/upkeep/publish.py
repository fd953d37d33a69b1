"""Publishing without a scorer: a new policy, applied everywhere from the ledgers."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial

from kg_enrich.documents.required import count_documents
from kg_enrich.errors import SettingsError
from kg_enrich.evidence import asking
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.hubs import Why, delete_holds, hold, hold_key, read_hold_properties
from kg_enrich.evidence.models import Decision, DocumentState, Policy
from kg_enrich.evidence.places import Bars, Places
from kg_enrich.evidence.policy import decide, qualifying
from kg_enrich.evidence.rivals import Rivals
from kg_enrich.evidence.said import hear
from kg_enrich.evidence.settle import Settled, hub_notice, rival_notice, settle
from kg_enrich.evidence.sources import (
    PolicySettings,
    count_evidence,
    dump_policy,
    load_policy,
    read_policies,
    read_policy,
    write_policy,
)
from kg_enrich.evidence.state import read_pictures, read_states
from kg_enrich.evidence.undo import Before
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.jobs.plan import Plan
from kg_enrich.jobs.recount import withdraw_hubs
from kg_enrich.jobs.runs import Job
from kg_enrich.jobs.steps import document_pages, perform
from kg_enrich.models import Counters, DocumentId, ImageId, RunRecord


def publish(
    graph: Graph, source: str, given: PolicySettings, control: Control | None = None
) -> RunRecord:
    """Stores a source's policy and makes every document's evidence follow from its ledger.

    given: the parts of the policy to change; the others stay. No image is opened. Hubs are
    counted anew; edges that no ledger backs are withdrawn, missing ones put back. Killed in the
    middle, it is finished by asking again.
    Errors: SettingsError when there is no such source; LeaseHeldError; GraphError.
    """
    policy = replace(stored_policy(graph, source), **given)

    def work(writer: FencedWriter) -> None:
        authority = Authority(source, "", writer.run)
        # First of all: a run that is at work settles by the policy that it finds, under a lock on
        # the document, so that what it writes from now on is right, and what it wrote before is
        # mended below.
        writer.write(partial(_store_policy, source=source, policy=policy))
        hubs = count_hubs(graph, source, policy, lambda: writer.stopped)
        if writer.stopped:
            return
        rivals = count_rivals(graph, source, policy, hubs, lambda: writer.stopped)
        if writer.stopped:
            return
        store = partial(_store_holds, authority=authority, hubs=hubs, rivals=rivals, policy=policy)
        writer.write(store)
        bars = count_bars(graph, source, policy, hubs | rivals, lambda: writer.stopped)
        published: set[ImageId] = set()
        settle_them = partial(_settle, writer, authority, published, bars)
        for documents in document_pages(graph):
            if writer.stopped:
                return
            settle_them(documents, Counters(documents=len(documents)))
        withdraw_hubs(graph, writer, authority, published, settle_them)
        if not writer.stopped:
            asking.renew(graph, source, writer.run, writer.do)

    settings = {"policy": asdict(policy)}
    job, documents = Job("publish", source), count_documents(graph)
    return perform(graph, job, settings, control or Control(), documents, work)


def plan_publish(graph: Graph, source: str, given: PolicySettings) -> Plan:
    """What `publish` would change. Writes nothing. Errors: SettingsError, GraphError."""
    policy = replace(stored_policy(graph, source), **given)
    hubs = count_hubs(graph, source, policy)
    rivals = count_rivals(graph, source, policy, hubs)
    bars = count_bars(graph, source, policy, hubs | rivals)
    plan = Plan(standing=count_evidence(graph, source), rivals=len(rivals))
    for states, present in _states(graph, source):
        for document, stored in states.items():
            changes = decide(stored, policy, present, hubs | rivals, bars)
            plan.count(document, changes, stored)
            plan.ledgers += not stored.entries.keys() <= present.keys()
    return plan


def stored_policy(graph: Graph, source: str) -> Policy:
    """The policy of a source. Errors: SettingsError, which names the sources that there are."""
    policies = read_policies(graph)
    if source not in policies:
        raise SettingsError(unknown_source(source, policies))
    return load_policy(policies[source])


def unknown_source(source: str, sources: Iterable[str]) -> str:
    """The line that says so, and which sources there are."""
    known = ", ".join(sorted(sources)) or "none yet; `kg-enrich run` begins one"
    return f"There is no evidence source {source!r}. Sources: {known}."


def count_hubs(
    graph: Graph, source: str, policy: Policy, stopped: Callable[[], bool] = lambda: False
) -> dict[ImageId, int]:
    """Images that qualify for more documents than the policy allows, with how many.

    What is held back now counts as well. The next best takes the place of a hub, and is counted
    then, so that the graph is read once more for each round of hubs.
    Memory grows with the number of images.
    """
    hubs: dict[ImageId, int] = {}
    while not stopped():
        # A picture and its copies count as one.
        documents: Counter[str] = Counter()
        pictures: dict[ImageId, str] = {}
        for states, present in _states(graph, source):
            if stopped():
                break
            for stored in states.values():
                images = [
                    entry.image
                    for entry in qualifying(stored, policy, present, hubs)
                    # It is published whatever happens, and makes no hub.
                    if stored.reviews.get(entry.image) is not Decision.ACCEPT
                ]
                pictures.update({image: stored.picture(image) for image in images})
                documents.update({stored.picture(image) for image in images})
        found = {
            image: documents[picture]
            for image, picture in pictures.items()
            if documents[picture] > policy.max_documents
        }
        hubs |= found
        # Without a top-k nothing takes the place of a hub.
        if not found or policy.top_k is None:
            break
    return hubs


def count_rivals(
    graph: Graph,
    source: str,
    policy: Policy,
    hubs: Collection[ImageId],
    stopped: Callable[[], bool] = lambda: False,
) -> dict[ImageId, int]:
    """Images whose best document does not lead their next one as the policy asks, with how many
    documents would get them. hubs: images that are held back anyway."""
    rivals = Rivals(policy)
    if policy.min_image_lead is None:
        return {}
    for states, present in _states(graph, source):
        if stopped():
            break
        for stored in states.values():
            rivals.see(stored, present, qualifying(stored, policy, present, hubs))
    return rivals.unclear()


def count_bars(
    graph: Graph,
    source: str,
    policy: Policy,
    held: Collection[ImageId],
    stopped: Callable[[], bool] = lambda: False,
) -> dict[str, float]:
    """The score that each picture's last place asks for. held: images that are held back anyway.

    Where a document has a bound of its own, its next image comes in for one without a place, and
    the graph is read once more. Memory grows with the number of images.
    """
    bars: dict[str, float] = {}
    while policy.image_top_k is not None and not stopped():
        places = Places(policy)
        for states, present in _states(graph, source):
            if stopped():
                break
            for stored in states.values():
                places.see(stored, qualifying(stored, policy, present, held, bars))
        higher = {p: bar for p, bar in places.bars().items() if bar > bars.get(p, 0.0)}
        bars |= higher
        if not higher or policy.top_k is None:
            break
    return bars


def _states(
    graph: Graph, source: str
) -> Iterator[tuple[dict[DocumentId, DocumentState], Mapping[ImageId, str | int]]]:
    for documents in document_pages(graph):
        states = read_states(graph.read, documents, source)
        named = {image for state in states.values() for image in state.images}
        present, contents = read_pictures(graph.read, named)
        heard = hear(graph.read, graph.names, states, present)
        yield {d: replace(state, contents=contents) for d, state in heard.items()}, present


def _settle(
    writer: FencedWriter,
    authority: Authority,
    published: set[ImageId],
    bars: Bars,
    documents: Sequence[DocumentId],
    counters: Counters | None = None,
) -> None:
    def work(transaction: Transaction) -> Settled:
        new = dict.fromkeys(documents, ())
        settled = settle(transaction, authority, new, holds_are_counted=True, bars=bars)
        published.update(settled.images)
        return settled

    writer.write(work, counters)


def _store_policy(transaction: Transaction, source: str, policy: Policy) -> Settled:
    before = read_policy(transaction.run, source)
    if before == policy:
        return Settled()
    text = dump_policy(policy)
    write_policy(transaction, source, text)
    properties = {"name": source, "policy": dump_policy(before)}
    return Settled(before=Before(source={"properties": properties, "left": text}))


def _store_holds(
    transaction: Transaction,
    authority: Authority,
    hubs: Mapping[ImageId, int],
    rivals: Mapping[ImageId, int],
    policy: Policy,
) -> Settled:
    """Makes the source's holds exactly these, and writes only the differences."""
    there = read_hold_properties(transaction.run, authority.source)
    documents = {**hubs, **rivals}
    wanted = {hold_key(authority.source, image): image for image in documents}
    gone = there.keys() - wanted.keys()
    changed = {
        key: image
        for key, image in wanted.items()
        if key not in there
        or there[key]["documents"] != documents[image]
        or (there[key]["why"] == Why.RIVALS) != (image in rivals)
    }
    delete_holds(transaction, gone)
    for why, held in ((Why.HUB, hubs), (Why.RIVALS, rivals)):
        if new := {image: held[image] for image in changed.values() if image in held}:
            hold(transaction, authority.source, authority.run, new, why)
    return Settled(
        before=Before(holds={key: there.get(key) for key in sorted(gone | changed.keys())}),
        notices=tuple(hub_notice(image, many, policy) for image, many in sorted(hubs.items()))
        + tuple(rival_notice(image, many, policy) for image, many in sorted(rivals.items())),
    )
