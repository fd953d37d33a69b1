"""How a Ray cluster is used; nothing here needs ray."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RayOptions:
    """How a cluster is used.

    address: of its head; None for a Ray of this machine alone, started for the run. scorers: actors
    at most. gpus: of each scorer; a fraction shares one. send_images: files are sent to scorers,
    which do not see the folders. stall_seconds: without a result, loading of models included, after
    which the run is ended. memory: bytes of the object store of a Ray that is started.
    """

    address: str | None = None
    scorers: int = 1
    gpus: float = 0.0
    send_images: bool = False
    stall_seconds: float = 1800.0
    memory: int = 150 << 20
