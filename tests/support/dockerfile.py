"""The Dockerfile as its instructions, stage by stage."""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass
class Stage:
    """One FROM and what follows it. base: an image, or another stage's name."""

    name: str
    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        """What stands behind each instruction of this name."""
        return [rest for instruction, rest in self.instructions if instruction == word]


def stages() -> dict[str, Stage]:
    """Every stage by its name."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    found: dict[str, Stage] = {}
    current = None
    for line in text.replace("\\\n", " ").splitlines():
        word, _, rest = " ".join(line.split()).partition(" ")
        if word == "FROM":
            base, name = rest.split(" AS ")
            current = found[name] = Stage(name, base)
        elif word and current is not None:
            current.instructions.append((word, rest))
    return found


def history(name: str) -> list[Stage]:
    """The stage and all that it is built upon, the first first."""
    known = stages()
    chain = [known[name]]
    while chain[0].base in known:
        chain.insert(0, known[chain[0].base])
    return chain
