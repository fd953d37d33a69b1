"""The plain way to score a pair, written apart from the product: the reference of the tests.

One pair at a time: chat template, processor and model as transformers has them, logits of the
whole vocabulary.
"""

from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

SYSTEM = (
    "Judge whether the Document meets the requirements based on the Query and the Instruct"
    ' provided. Note that the answer can only be "yes" or "no".'
)


class Plain:
    """A checkpoint loaded by transformers alone."""

    def __init__(self, folder: Path, dtype: torch.dtype, max_visual_tokens: int = 1280) -> None:
        self.model: Any = AutoModelForImageTextToText.from_pretrained(folder, dtype=dtype).eval()
        self.processor: Any = AutoProcessor.from_pretrained(folder)
        images = self.processor.image_processor
        side = (images.patch_size * images.merge_size) ** 2
        images.size = {"shortest_edge": 4 * side, "longest_edge": max_visual_tokens * side}

    def prompt(self, instruction: str, text: str, layout: str, caption: str = "") -> str:
        """The whole prompt as text, from the checkpoint's own chat template."""
        image = {"type": "image"}
        query = [_text(f"<Instruct>: {instruction}"), _text("<Query>:"), _text(text)]
        if layout == "text-first":
            content = [*query, _text("\n<Document>:"), image, _text(caption)]
        else:
            content = [_text("<Document>:"), image, _text(caption + "\n"), *query]
        messages = [
            {"role": "system", "content": [_text(SYSTEM)]},
            {"role": "user", "content": content},
        ]
        rendered: str = self.processor.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True
        )
        return rendered

    def inputs(self, prompt: str, image: Image.Image) -> Any:
        return self.processor(text=[prompt], images=[image], return_tensors="pt")

    def log_odds(self, prompt: str, image: Image.Image) -> float:
        """z_yes - z_no of the last position, in float64."""
        with torch.inference_mode():
            logits = self.model(**self.inputs(prompt, image)).logits[0, -1].double()
        yes, no = self.processor.tokenizer.convert_tokens_to_ids(["yes", "no"])
        return float(logits[yes] - logits[no])


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}
