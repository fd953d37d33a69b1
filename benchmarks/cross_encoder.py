"""sentence-transformers' CrossEncoder over the same checkpoint, for comparison only."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import torch
from PIL import Image as Picture

from kg_enrich.models import Pair

# The prompt of lychee-rerank-v1.text-first.txt as a chat template over a query and a document.
_TEMPLATE = (
    "<|im_start|>system{{ '\\n' }}Judge whether the Document meets the requirements based on the"
    ' Query and the Instruct provided. Note that the answer can only be "yes" or "no".<|im_end|>'
    "{{ '\\n' }}<|im_start|>user{{ '\\n' }}<Instruct>: Find evidence"
    "{% for message in messages %}"
    "{% if message['role'] == 'query' %}<Query>:{% else %}{{ '\\n' }}<Document>:{% endif %}"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% else %}<|vision_start|><|image_pad|><|vision_end|>{% endif %}{% endfor %}{% endfor %}"
    "<|im_end|>{{ '\\n' }}<|im_start|>assistant{{ '\\n' }}"
)


def load(
    folder: Path, device: str, dtype: str, batch_size: int
) -> Callable[[list[Pair]], list[float]] | None:
    """A function that scores pairs in batches of a size; None without sentence-transformers."""
    if find_spec("sentence_transformers") is None:
        return None
    from sentence_transformers import CrossEncoder
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.cross_encoder.modules import LogitScore

    transformer = Transformer(
        str(folder),
        transformer_task="any-to-any",
        model_kwargs={"dtype": getattr(torch, dtype)},
    )
    transformer.processor.chat_template = _TEMPLATE
    yes, no = transformer.tokenizer.convert_tokens_to_ids(["yes", "no"])
    model = CrossEncoder(modules=[transformer, LogitScore(yes, no)], device=device)

    def score(pairs: list[Pair]) -> list[float]:
        rows = [(pair.document.text, Picture.open(pair.image.file)) for pair in pairs]
        scores: list[float] = model.predict(
            rows, batch_size=batch_size, activation_fn=torch.nn.Identity()
        ).tolist()
        return scores

    return score
