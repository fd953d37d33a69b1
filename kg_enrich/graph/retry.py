"""What is tried again after a failure, why, and for how long. Nothing else in here retries.

A failure is known by Neo4j's code or, where Neo4j said nothing, by the name of the driver's class.
"""

import random
import threading
from dataclasses import dataclass
from enum import Enum
from time import monotonic

_FIRST_DELAY = 0.1
_LONGEST_DELAY = 4.0
# Of the patience, what one attempt to connect may take. At least a second: hosts may be far away.
_CONNECTING = 1 / 6


class Treatment(Enum):
    """What to do about a failure."""

    AGAIN = "again"
    SPLIT = "split"  # the transaction is too large; a smaller one may pass
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Rule:
    """What to do about a failure, and why.

    tries: of a call at most, where patience does not help; None: as long as the patience lasts.
    gone: nothing answered, so that it counts towards the time that the server has been gone.
    forget: bookmarks are forgotten when a call gives up, because the next would fail by them, too.
    """

    treatment: Treatment
    why: str
    tries: int | None = None
    gone: bool = False
    forget: bool = False


AGAIN, SPLIT, NEVER = Treatment

# Failures that the driver calls retryable, and that are not named below.
PASSING = Rule(AGAIN, "deadlocks, elections and the like pass")
# Failures that it does not call retryable, and that are not named below.
LASTING = Rule(NEVER, "the same statement would fail again")

_CONTRADICTED = "Neo.ClientError.Schema.ConstraintValidationFailed"

_SILENT = Rule(AGAIN, "the network or the server may come back", gone=True)
# Credentials that may change are looked up for each try. More tries with a wrong password only lock
# the account.
_ROTATED = Rule(AGAIN, "the password or token was changed, and there is a new one", 2)
_MEMORY = Rule(SPLIT, "the same transaction would need the same memory again")
_TIME = Rule(SPLIT, "the same transaction would take as long again")

REFUSED = ("Neo.ClientError.Security.Unauthorized", "Neo.ClientError.Security.TokenExpired")

RULES = {
    "ServiceUnavailable": _SILENT,
    "SessionExpired": _SILENT,
    "RoutingServiceUnavailable": _SILENT,
    "ReadServiceUnavailable": _SILENT,
    "WriteServiceUnavailable": _SILENT,
    "ConnectionAcquisitionTimeoutError": _SILENT,
    "Neo.TransientError.General.DatabaseUnavailable": Rule(
        AGAIN, "the database is starting, or its server is stopping", gone=True
    ),
    "IncompleteCommit": Rule(
        NEVER, "it may have been written, and only the caller knows what twice means", gone=True
    ),
    "Neo.ClientError.Statement.EntityNotFound": Rule(
        AGAIN, "a node was deleted or re-created after it was read; the work reads again"
    ),
    "Neo.ClientError.Transaction.LockClientStopped": Rule(
        AGAIN, "the transaction was ended while it waited for another one's lock"
    ),
    _CONTRADICTED: Rule(
        AGAIN, "of two that create the same at once, the loser finds it there; else it lasts", 4
    ),
    "Neo.TransientError.Transaction.BookmarkTimeout": Rule(
        AGAIN,
        "this server lags behind; or it is an older copy, which never gets there",
        forget=True,
    ),
    "Neo.ClientError.Transaction.InvalidBookmark": Rule(
        NEVER, "the database was exchanged for another one", forget=True
    ),
    # The driver calls the next five retryable.
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase": Rule(
        NEVER, "an administrator made the database read-only"
    ),
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": _MEMORY,
    "Neo.TransientError.General.TransactionMemoryLimit": _MEMORY,
    "Neo.TransientError.General.TransactionOutOfMemoryError": _MEMORY,
    "Neo.TransientError.General.OutOfMemoryError": _MEMORY,
    "Neo.ClientError.Transaction.TransactionTimedOut": _TIME,
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration": _TIME,
}


def rule(code: str, retryable: bool, reads: bool = False) -> Rule:
    """What to do about a failure.

    retryable: the driver calls it so. reads: the call only reads.
    """
    if code in REFUSED and retryable:
        return _ROTATED
    if reads and code == "IncompleteCommit":
        return _SILENT  # There was nothing to write.
    return RULES.get(code, PASSING if retryable else LASTING)


class Patience:
    """How long all calls of a graph together, in all threads, wait for a server that is gone.

    It is counted from the first failure since the last answer. When it is used up, every further
    call tries once, until the server answers again.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._gone_since: float | None = None

    @property
    def connecting(self) -> float:
        """Seconds that one attempt to connect may take."""
        return max(1.0, self.seconds * _CONNECTING)

    def answered(self) -> None:
        """Notes that the server is there."""
        with self._lock:
            self._gone_since = None

    def gone(self, since: float) -> float:
        """Notes that nothing answers, and says since when, on the monotonic clock."""
        with self._lock:
            if self._gone_since is None:
                self._gone_since = since
            return self._gone_since

    def left(self) -> float:
        """Seconds that are left of the patience with a server that is gone; all, if it is not."""
        with self._lock:
            since = self._gone_since
        return self.seconds if since is None else since + self.seconds - monotonic()


class Tries:
    """The tries of one call. failures: how many of them failed. contradicted: one of them, because
    what it created was there already."""

    def __init__(self, patience: Patience, reads: bool = False) -> None:
        self._patience = patience
        self._reads = reads
        self.failures = 0
        self.contradicted = False
        self._first_failure: float | None = None
        self._began = monotonic()
        self._connected = False

    def begin(self) -> float:
        """Begins a try, and returns the seconds that it may wait for a connection."""
        self._began = monotonic()
        self._connected = False
        return max(self._patience.left(), self._patience.connecting)

    def connected(self) -> None:
        """Notes that this try has a connection."""
        self._connected = True

    def succeeded(self) -> None:
        """Notes that the server answered."""
        self._patience.answered()

    def failed(self, code: str, retryable: bool) -> float | None:
        """Notes a failure. Returns the seconds to wait before the next try, or None to give up."""
        self.failures += 1
        self.contradicted |= code == _CONTRADICTED
        now = monotonic()
        what = rule(code, retryable, self._reads)
        # The time that was spent on a connection that never came is part of the patience.
        since = self._began if what.gone and not self._connected else now
        if self._first_failure is None:
            self._first_failure = since
        begun = self._first_failure
        if what.gone:
            begun = min(begun, self._patience.gone(since))
        else:
            self._patience.answered()
        left = begun + self._patience.seconds - now
        enough = what.tries is not None and self.failures >= what.tries
        if what.treatment is not AGAIN or enough or left <= 0:
            return None
        return min(left, _delay(self.failures))


def _delay(failures: int) -> float:
    """Seconds to wait, doubled by each failure. Chance keeps two that collided apart."""
    # 2 ** 10 is beyond the longest delay, and many failures must not overflow.
    return min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1.0)
