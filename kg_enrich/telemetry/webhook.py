"""Calls an address when a command ended in a way that needs a person."""

import platform
from datetime import UTC, datetime

import requests

# Exit codes that somebody has to hear of. 3 is another run at work, 130 a stop that was asked for.
WORTH_A_CALL = {
    1: "failed",
    2: "cannot begin: usage or settings",
    4: "done, but some inputs could not be read",
    5: "stopped by the brake: too much evidence would be withdrawn",
}
_SECONDS = 10


def call(address: str, command: str, code: int, message: str, run: str | None) -> str | None:
    """Posts how a command ended, as JSON with a `text` that chat programs show.

    address: http or https; it may hold a secret, so that no error repeats it.
    Returns None when it was taken, else one line that says why not. It never raises: what the
    command did is done.
    """
    meaning = WORTH_A_CALL.get(code, "ended")
    ended = {
        "text": f"kg-enrich {command} on {platform.node()} {meaning} (exit {code}). {message}",
        "command": command,
        "exit_code": code,
        "meaning": meaning,
        "message": message,
        "run": run,
        "host": platform.node(),
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    try:
        # A redirect could carry the message to a host that nobody named.
        answer = requests.post(address, json=ended, timeout=_SECONDS, allow_redirects=False)
    except (requests.RequestException, ValueError) as error:
        # The text of these errors holds the address.
        return f"KG_ENRICH_WEBHOOK could not be called ({type(error).__name__})."
    if answer.ok and not answer.is_redirect:
        return None
    return f"KG_ENRICH_WEBHOOK answered {answer.status_code}: nobody was told of exit {code}."
