"""Prompts as token ids: the template, the neutralising of control tokens, the cutting of texts.

The templates follow the evaluation code of MCMR (EIT-NLP/MCMR, eval/rerank/lychee_rerank_mm.py)
and the chat template of Qwen2.5-VL. A template file is the prompt itself, with the slots
{instruction}, {query} and {caption}, and exactly one image token; its last newline belongs to it.
"""

import re
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from kg_enrich.errors import SettingsError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

IMAGE_TOKEN = "<|image_pad|>"
CAPTION_TOKENS = 128
# Prompts kept for a text's next image, at least.
_REMEMBERED = 64
_SLOT = re.compile(r"\{(instruction|query|caption)\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """Token ids before and after the image (which stands between them), and a note if cut."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    note: str = ""


def read_template(name: str, layout: str) -> str:
    """The text of templates/NAME.LAYOUT.txt.

    Errors: SettingsError when there is no such template.
    """
    folder = resources.files(__package__) / "templates"
    file = folder / f"{name}.{layout}.txt"
    names = sorted({entry.name.split(".")[0] for entry in folder.iterdir()})
    if name not in names or not file.is_file():
        raise SettingsError(f"no prompt template {name!r} for layout {layout}: there is {names}")
    return file.read_text(encoding="utf-8")


class UnaskableError(ValueError):
    """A text that no prompt can be made of."""


class PromptBuilder:
    """Builds prompts of at most `max_text_tokens` tokens around the image.

    tokenised: texts that were tokenised so far, a text once for all its images.
    """

    def __init__(
        self,
        tokenizer: "PreTrainedTokenizerBase",
        template: str,
        instruction: str,
        max_text_tokens: int,
    ) -> None:
        self._tokenizer = tokenizer
        self._template = template
        self._max_text_tokens = max_text_tokens
        added = tokenizer.get_added_vocab()
        self._added_ids = frozenset(added.values())
        self._image_id = added[IMAGE_TOKEN]
        tokens = sorted((token for token in added if token.strip()), key=len, reverse=True)
        self._control = re.compile("|".join(map(re.escape, tokens)))
        self._built: OrderedDict[tuple[str, str], Prompt] = OrderedDict()
        self._remembered = _REMEMBERED
        self.tokenised = 0
        self._instruction = self.neutralise(instruction)
        self._skeleton = self._added(self._encode(self._render("", "")))

    def build(self, text: str, caption: str = "") -> Prompt:
        """The prompt that asks about `text` as the query; the text is cut from its end to fit.

        Errors: UnaskableError when not even an empty text fits.
        """
        key = text, caption
        prompt = self._built.pop(key, None) or self._new(text, caption)
        self._built[key] = prompt
        while len(self._built) > self._remembered:
            self._built.popitem(last=False)
        return prompt

    def remember(self, texts: int) -> None:
        """Keep the prompts of so many texts: they come round once an image, image-first."""
        self._remembered = max(texts, _REMEMBERED)

    def _new(self, text: str, caption: str) -> Prompt:
        self.tokenised += 1
        query = self.neutralise(text)
        caption = self._first_tokens(self.neutralise(caption), CAPTION_TOKENS)
        ids = self._encode(self._render(query, caption))
        excess = self._excess(ids)
        if excess <= 0:
            return self._split(ids)
        starts = self._token_starts(query)
        keep = len(starts)
        while excess > 0:
            keep -= excess
            if keep < 0:
                raise UnaskableError(f"the prompt has {excess} tokens too many even without a text")
            # A cut between tokens, then the whole prompt tokenised anew: what stands at the
            # cut may merge with what follows it, so a second round can be needed.
            ids = self._encode(self._render(query[: starts[keep]], caption))
            excess = self._excess(ids)
        return self._split(ids, f"text cut to its first {keep} of {len(starts)} tokens")

    def neutralise(self, text: str) -> str:
        """The text with every control token of the tokenizer broken by a space.

        Normalised as the tokenizer does it (NFC) first, so that no control token arises later.
        """
        text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
        while self._control.search(text):
            text = self._control.sub(lambda match: f"{match[0][0]} {match[0][1:]}", text)
        return text

    def _render(self, query: str, caption: str) -> str:
        values = {"instruction": self._instruction, "query": query, "caption": caption}
        return _SLOT.sub(lambda slot: values[slot[1]], self._template)

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _token_starts(self, text: str) -> list[int]:
        """Where each token of the text begins, in characters."""
        encoded = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        return [start for start, _ in encoded["offset_mapping"]]

    def _first_tokens(self, text: str, count: int) -> str:
        starts = self._token_starts(text)
        return text[: starts[count]] if len(starts) > count else text

    def _excess(self, ids: list[int]) -> int:
        return len(ids) - 1 - self._max_text_tokens

    def _added(self, ids: list[int]) -> list[int]:
        return [token for token in ids if token in self._added_ids]

    def _split(self, ids: list[int], note: str = "") -> Prompt:
        if self._added(ids) != self._skeleton:
            raise UnaskableError("the text changes the control tokens of the prompt")
        at = ids.index(self._image_id)
        return Prompt(tuple(ids[:at]), tuple(ids[at + 1 :]), note)
