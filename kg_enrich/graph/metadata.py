"""What a database administrator sees of our transactions."""

import os
import platform

from kg_enrich import __version__


def metadata(doing: str, run: str = "") -> dict[str, str]:
    """What the server shows of our transactions: `SHOW TRANSACTIONS YIELD metaData`.

    doing: a query's name, or what is done. run: the id of the run that does it, if any.
    """
    about = {
        "app": f"kg-enrich/{__version__}",
        "doing": doing,
        "host": platform.node(),
        "pid": str(os.getpid()),
    }
    return about | {"run": run} if run else about
