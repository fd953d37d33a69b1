"""The protocols by their names."""

from collections.abc import Callable

from kg_enrich.scorers.remote import chat, own, rerank, systemone
from kg_enrich.scorers.remote.asking import Wire
from kg_enrich.scorers.remote.options import ProtocolName, RemoteOptions

_WIRES: dict[ProtocolName, Callable[[RemoteOptions], Wire]] = {
    "vllm": rerank.vllm,
    "vllm-score": rerank.vllm_score,
    "sglang": rerank.sglang,
    "jina": rerank.jina,
    "kg-enrich": own.own,
    "systemone": systemone.systemone,
    "chat": chat.chat,
}


def wire_of(options: RemoteOptions) -> Wire:
    """The protocol that the options name."""
    return _WIRES[options.protocol](options)
