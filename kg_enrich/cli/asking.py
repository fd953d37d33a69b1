"""Shows pair after pair of an audit in a terminal, and takes a key for each."""

import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg_enrich.errors import SettingsError

if TYPE_CHECKING:
    from kg_enrich.api import KnowledgeGraph
    from kg_enrich.measure.asking import AuditAnswer, AuditQuestion

_KEYS = "a accept, r reject, u unsure, s skip, b back, q stop"
# Of a longer text the beginning is shown.
_SHOWN = 3000


def ask(kg: "KnowledgeGraph", by: str | None, second: bool, viewer: str | None) -> None:
    """Asks until nothing is left or the person stops."""
    from kg_enrich.evidence.models import Decision

    decisions = {"a": Decision.ACCEPT, "r": Decision.REJECT, "u": Decision.UNSURE}
    passed_over: list[str] = []
    before: list[str] = []
    back: str | None = None
    answered = 0
    with _Viewer(viewer).closing() as screen:
        while True:
            question = (
                kg.audit_question(back)
                if back is not None
                else kg.audit_next(by=by, passed_over=passed_over, second=second)
            )
            back = None
            if question is None:
                left = f"; {len(passed_over)} skipped ones stay open" if passed_over else ""
                click.echo(f"Nothing is left to answer{left}. {answered} answered.")
                return
            _show(question)
            screen.open(question.file)
            key = _key()
            if key == "q":
                click.echo(f"Stopped; {answered} answered. `kg-enrich audit next` goes on.")
                return
            if key == "b":
                if before:
                    back = before.pop()
                    passed_over = [one for one in passed_over if one != back]
                continue
            before.append(question.key)
            if key == "s":
                passed_over.append(question.key)
                continue
            _tell(kg.audit_answer(question.key, decisions[key], by=by))
            answered += 1


def marked(text: str, words: Iterable[str], mark: str = "") -> str:
    """The text with these words in bold, or between `mark`s where one is given."""
    alternatives = sorted({word for word in words if word}, key=len, reverse=True)
    if not alternatives:
        return text
    pattern = "|".join(map(re.escape, alternatives))

    def emphasised(match: re.Match[str]) -> str:
        found = match.group()
        return f"{mark}{found}{mark}" if mark else click.style(found, bold=True, underline=True)

    return re.sub(pattern, emphasised, text, flags=re.IGNORECASE)


def _show(question: "AuditQuestion") -> None:
    click.echo(f"\n─── {question.number} of {question.of}, {question.open} open ───")
    click.echo(click.style(question.title or question.document, bold=True))
    text = question.text if len(question.text) <= _SHOWN else question.text[:_SHOWN] + " […]"
    click.echo(marked(text, question.words))
    shown = question.file or f"cannot be shown: {question.problem}"
    click.echo(f"\nimage {question.image}: {shown}")
    click.echo(f"Is it evidence for document {question.document}?  {_KEYS}")


def _key() -> str:
    while True:
        key = click.getchar().lower()
        if key in ("\x03", "\x04", ""):
            return "q"
        if key in tuple("arusbq"):
            return key
        click.echo(_KEYS)


def _tell(done: "AuditAnswer") -> None:
    said = done.decision.value if done.decision else "nothing"
    others = ", ".join(f"{who or 'somebody'}: {what}" for who, what in done.others.items())
    click.echo(
        f"{said}; the score is {done.score:.2f}"
        + (f" ({done.reason})" if done.reason else "")
        + (f"; {others}" if others else "")
        + ("; people differ: nothing is published until it is settled" if done.conflict else "")
    )


class _Viewer:
    """Shows one picture at a time by the program that the settings name."""

    def __init__(self, command: str | None) -> None:
        self._command = shlex.split(command) if command else []
        self._process: subprocess.Popen[bytes] | None = None

    def open(self, file: Path | None) -> None:
        """Errors: SettingsError when there is no such program."""
        self.close()
        if not self._command or file is None:
            return
        try:
            self._process = subprocess.Popen(
                [*self._command, str(file)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise SettingsError(
                f"KG_ENRICH_VIEWER: {self._command[0]!r} does not start ({error.strerror}): name a "
                "program that shows a picture, or unset it."
            ) from None

    def close(self) -> None:
        """Ends the program that shows the picture, if it still does."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
        self._process = None

    @contextmanager
    def closing(self) -> Iterator["_Viewer"]:
        try:
            yield self
        finally:
            self.close()
