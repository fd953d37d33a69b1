"""Modules that stand in a model in the place of others, and remember them."""

from collections.abc import Callable, Iterator
from typing import Any

import torch


class Exchanged(torch.nn.Module):
    """A module that does the work of `original` in another way."""

    def __init__(self, original: Any) -> None:
        super().__init__()
        self.original = original


def exchange(model: torch.nn.Module, choose: Callable[[str, Any], Any | None]) -> None:
    """Put what `choose` gives (None: leave it) in the place of each module; not within others.

    choose: called with a module's name in its parent, and the module.
    """
    for parent, name, module in list(_children(model)):
        chosen = choose(name, module)
        if chosen is not None:
            setattr(parent, name, chosen)


def restore(model: torch.nn.Module) -> None:
    """Put every original back, also those within others."""
    for parent, name, module in list(_children(model)):
        if isinstance(module, Exchanged):
            setattr(parent, name, module.original)


def _children(model: torch.nn.Module) -> Iterator[tuple[torch.nn.Module, str, Any]]:
    """Every module below the model with its parent and its name there, parents after children."""
    for parent in reversed(list(model.modules())):
        for name, module in parent.named_children():
            yield parent, name, module
