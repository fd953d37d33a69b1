"""Whether the container is well: `serve` answers; any other command is, while it runs."""

import sys
import urllib.error
import urllib.request
from pathlib import Path


def port(arguments: list[str]) -> int | None:
    """The port that `serve` listens at; None where another command runs."""
    if "serve" not in arguments:
        return None
    for number, argument in enumerate(arguments):
        if argument == "--port":
            return int(arguments[number + 1])
        if argument.startswith("--port="):
            return int(argument.partition("=")[2])
    return 8501


def main(arguments: list[str]) -> int:
    """0 when it is well. arguments: of the container's first process."""
    found = port(arguments)
    if found is None:
        return 0
    scheme = "https" if any(one.startswith("--certificate") for one in arguments) else "http"
    if scheme == "https":  # its certificate names the site, and not this address
        import ssl

        context = ssl._create_unverified_context()
    else:
        context = None
    try:
        urllib.request.urlopen(
            f"{scheme}://127.0.0.1:{found}/healthz", timeout=4, context=context
        ).close()
    except (OSError, urllib.error.URLError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path("/proc/1/cmdline").read_text("utf-8").rstrip("\0").split("\0")))
