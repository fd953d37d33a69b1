"""A Ray cluster of two nodes on this machine, in a process of its own, until its stdin ends.

Prints its address. Commands come in on stdin, a word a line, and are answered by a line: `node`
kills a node with all on it, `two` adds one where one is missing.
"""

import os
import sys

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

from ray.cluster_utils import Cluster

MEMORY = 150 << 20  # bytes of each node's object store
JOINING = 240.0  # seconds; by itself Ray waits for 30


def join(cluster: Cluster, **more: bool) -> None:
    """Adds a node, the first one as the head, and waits until it is alive."""
    node = cluster.add_node(wait=False, num_cpus=1, object_store_memory=MEMORY, **more)
    cluster._wait_for_node(node, timeout=JOINING)


def main() -> None:
    cluster = Cluster()
    join(cluster, include_dashboard=False)
    join(cluster)
    print(cluster.address, flush=True)
    try:
        for line in sys.stdin:
            if line.strip() == "node":
                cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
            elif not cluster.worker_nodes:
                join(cluster)
            print("done", flush=True)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
