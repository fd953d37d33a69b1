"""A Ray cluster of two nodes on this machine, in a process of its own, until its stdin ends.

Prints its address. Commands come in on stdin, a word a line, and are answered by a line: `node`
kills a node with all on it, `two` adds one where one is missing.
"""

import os
import sys

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

from ray.cluster_utils import Cluster

MEMORY = 150 << 20  # bytes of each node's object store


def main() -> None:
    head = {"num_cpus": 1, "object_store_memory": MEMORY, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    cluster.add_node(num_cpus=1, object_store_memory=MEMORY)
    print(cluster.address, flush=True)
    try:
        for line in sys.stdin:
            if line.strip() == "node":
                cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
            elif not cluster.worker_nodes:
                cluster.add_node(num_cpus=1, object_store_memory=MEMORY)
            print("done", flush=True)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
