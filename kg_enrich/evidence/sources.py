"""Evidence sources: the policy they publish by and the corpus statistics frozen for them."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from kg_enrich.documents.chunks import stream_texts
from kg_enrich.errors import GraphError, SettingsError
from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.policy import stated
from kg_enrich.graph.connection import Graph, Read, Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.text import CorpusStatistics

READ_SOURCE = query("read_source")
READ_SOURCE_POLICY = query("read_source_policy")
READ_POLICIES = query("read_policies")
READ_SOURCE_NAMES = query("read_source_names")
DELETE_SOURCE = query("delete_source")
COUNT_EVIDENCE = query("count_evidence")
READ_BRAKE = query("read_brake")
WRITE_BRAKE = query("write_brake")
WRITE_POLICY = query("write_policy")
WRITE_SOURCE = query("write_source")
WRITE_STATISTICS = query("write_statistics")

# A setting of a policy that a user gave, by the policy's field; those left unset are absent.
PolicySettings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """One EvidenceSource node: its policy, and the statistics taken when it began.

    is_new: no such node was there yet.
    """

    name: str
    policy: Policy
    statistics: CorpusStatistics
    is_new: bool = False


def open_source(
    graph: Graph,
    name: str,
    settings: PolicySettings,
    progress: Callable[[str], None] = lambda _: None,
) -> Source:
    """The source as it is; a new one with the settings' policy and statistics taken now.

    A new source is not written down before `store` is called.
    Errors: SettingsError when the settings ask for another policy than the source's: two jobs
    of one source must not fight over what is published.
    """
    rows = graph.read(READ_SOURCE, source=name)
    if not rows:
        progress(f"Taking word statistics for the new evidence source {name!r}.")
        return Source(name, replace(Policy(), **settings), take_statistics(graph), is_new=True)
    source = _source(name, rows[0])
    _refuse_other_policy(source, settings)
    return source


def store(graph: Graph, source: Source) -> None:
    """Writes a new source down; one that is there stays as it is.

    Errors: GraphError when somebody began the same source otherwise in the meantime.
    """
    row = graph.execute(
        WRITE_SOURCE,
        source=source.name,
        policy=dump_policy(source.policy),
        state=source.statistics.to_bytes(),
        stateVersion=source.statistics.version,
    )[0]
    if row["stateVersion"] != source.statistics.version:
        raise GraphError(f"Another run began source {source.name!r} meanwhile: run again.")


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Versions of a source's statistics before and after, and the documents they are taken of."""

    former: str
    version: str
    documents: int


def refresh(graph: Graph, name: str) -> Refreshed:
    """Takes a source's statistics anew; what its scorer judges by them is judged again.

    Errors: SettingsError when there is no such source.
    """
    statistics = take_statistics(graph)
    rows = graph.execute(
        WRITE_STATISTICS,
        source=name,
        state=statistics.to_bytes(),
        stateVersion=statistics.version,
    )
    if not rows:
        raise SettingsError(f"There is no evidence source {name!r}; `kg-enrich run` begins one.")
    return Refreshed(rows[0]["formerVersion"], statistics.version, statistics.documents)


def read_policy(read: Read, source: str) -> Policy:
    """The policy that a source publishes by at this moment.

    Errors: GraphError when there is no such source (any more).
    """
    text = read_policy_text(read, source)
    if text is None:
        raise GraphError(
            f"There is no evidence source {source!r} (any more): `kg-enrich run` begins one."
        )
    return load_policy(text)


def read_policy_text(read: Read, source: str) -> str | None:
    """A source's policy as it is stored, None when there is no such source."""
    rows = read(READ_SOURCE_POLICY, source=source)
    return rows[0]["policy"] if rows else None


def source_names(read: Read) -> list[str]:
    """The names of all sources."""
    return [row["source"] for row in read(READ_SOURCE_NAMES)]


def read_policies(graph: Graph) -> dict[str, str]:
    """The stored policy of every source, by its name."""
    return {row["source"]: row["policy"] for row in graph.read(READ_POLICIES)}


def write_policy(transaction: Transaction, source: str, policy: str) -> None:
    """Stores another policy of a source that is there. policy: as `dump_policy` gives it."""
    transaction.run(WRITE_POLICY, source=source, policy=policy)


def remove_source(transaction: Transaction, source: str) -> Row | None:
    """Deletes a source. Returns what `restore_source` needs, None when it was not there."""
    rows = transaction.run(READ_SOURCE, source=source)
    if not rows:
        return None
    transaction.run(DELETE_SOURCE, source=source)
    return {"name": source, **rows[0], "state": base64.b64encode(rows[0]["state"]).decode()}


def restore_source(transaction: Transaction, former: Mapping[str, str]) -> None:
    """Puts back the policy of a source that is there, or the whole of one that was removed."""
    if "state" not in former:
        write_policy(transaction, former["name"], former["policy"])
        return
    transaction.run(
        WRITE_SOURCE,
        source=former["name"],
        policy=former["policy"],
        state=base64.b64decode(former["state"]),
        stateVersion=former["stateVersion"],
    )


def count_evidence(graph: Graph, source: str) -> int:
    """How many edges a source has published."""
    edges: int = graph.read(COUNT_EVIDENCE, source=source)[0]["edges"]
    return edges


def read_brake(graph: Graph, source: str) -> str | None:
    """The run that was stopped by its brake, until somebody allows what it was about to do."""
    rows = graph.read(READ_BRAKE, source=source)
    return rows[0]["run"] if rows else None


def brake_source(graph: Graph, source: str, run: str) -> None:
    """Holds a source because a run of it was stopped by its brake."""
    graph.execute(WRITE_BRAKE, source=source, run=run)


def release_source(graph: Graph, source: str) -> None:
    """Ends the hold of a source; it does no harm when it is not held."""
    graph.execute(WRITE_BRAKE, source=source, run=None)


def take_statistics(graph: Graph) -> CorpusStatistics:
    """Word statistics over every document's title and text, in constant memory."""
    return CorpusStatistics.from_texts(_texts(stream_texts(graph)))


def dump_policy(policy: Policy) -> str:
    """A policy as JSON."""
    return json.dumps(stated(policy))


def load_policy(text: str) -> Policy:
    return Policy(**json.loads(text))


def _texts(rows: Iterable[Row]) -> Iterable[str]:
    for row in rows:
        yield f"{row['title'] or ''}\n{row['text'] or ''}"


def _source(name: str, row: Row) -> Source:
    return Source(
        name,
        load_policy(row["policy"]),
        CorpusStatistics.from_bytes(row["state"]),
    )


def _refuse_other_policy(source: Source, settings: PolicySettings) -> None:
    stored = asdict(source.policy)
    for field, value in settings.items():
        if stored[field] != value:
            option = field.replace("_", "-")
            raise SettingsError(
                f"Source {source.name!r} publishes with {option} {stored[field]}, the settings "
                f"say {value}: run `kg-enrich publish --{option} {value}` to change it "
                "everywhere, or leave the setting out."
            )
