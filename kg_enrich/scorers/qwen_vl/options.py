"""What a person can choose about the GPU scorer. Nothing here needs torch."""

from dataclasses import dataclass, field
from typing import Literal

from kg_enrich.errors import SettingsError
from kg_enrich.images.decoding import DecodeLimits

Layout = Literal["text-first", "image-first"]
Dtype = Literal["bfloat16", "float16", "float32", "float64"]

# Images up to this many times longer than wide are scaled; their shorter side is one token then,
# so that a lower limit of tokens could not be kept.
MAX_RATIO = 200

# What an image fails on that other scorers can read.
OWN_CONDITION = "scorer=qwen-vl"

DEFAULT_MODEL = "vec-ai/lychee-rerank-mm"
RERANK_TEMPLATE, GENERATE_TEMPLATE = "lychee-rerank-v1", "generate-v1"
AGAIN_TEMPLATE, REASON_TEMPLATE = "generate-again-v1", "reason-v1"

INSTRUCTIONS = {
    "en": "Given a work document, judge whether the image is evidence for it: whether the image"
    " shows the equipment, place, screen, state or event that the document describes",
    "zh": "给定一份工作文档，判断图片是否是它的证据："
    "图片中是否呈现了文档所描述的设备、场所、界面、状态或事件",
}


@dataclass(frozen=True, slots=True)
class QwenVlOptions:
    """Options of the GPU scorer.

    model: a hub id, or a folder that holds the checkpoint.
    revision: branch, tag or commit of a hub id; None is its main branch.
    device: "cuda", "cuda:1", "cpu"; never exchanged for another one.
    layout: "text-first" is the order that the model's published evaluation uses; "image-first"
        asks the same question in another order, which is faster when an image has many documents.
    scoring: "logits" takes the probability of yes against no; "generate" the mark that the model
        writes, for models that were not trained to rank.
    template: name of the prompt template (templates/NAME.LAYOUT.txt).
    instruction: "en", "zh" or the instruction itself.
    max_tokens: of a whole prompt, the image included; a longer text is cut from its end.
    max_visual_tokens: of an image (28x28 pixels each for Qwen2.5-VL, 32x32 for Qwen3-VL);
        a larger image is scaled down. At least 200.
    use_caption: put the image's caption behind the image.
    vision_cache_bytes, prefix_cache_bytes: kept vision outputs and prefix keys and values; None
        sizes them by the memory that is free.
    max_batch_tokens: tokens of one forward pass; None is what the free memory allows.
    workers: processes that decode and scale images ahead; 0 does it in this process, None takes
        what cores and memory allow.
    jpeg_draft: let the JPEG decoder halve pictures that are far larger than the model is shown.
    float8: keep the language model's weights in 8 bits (e4m3) and multiply in 8 bits.
    image_seconds, image_memory_bytes: of computing on an image; of each of these processes.
    self_test: let the model judge drawn pictures first, and refuse it when it cannot.

    Errors: SettingsError for limits that cannot be kept.
    """

    model: str = DEFAULT_MODEL
    revision: str | None = None
    device: str = "cuda"
    dtype: Dtype = "bfloat16"
    layout: Layout = "text-first"
    scoring: Literal["logits", "generate"] = "logits"
    template: str = RERANK_TEMPLATE
    instruction: str = "en"
    max_tokens: int = 3200
    max_visual_tokens: int = 1280
    use_caption: bool = False
    vision_cache_bytes: int | None = None
    prefix_cache_bytes: int | None = None
    max_batch_tokens: int | None = None
    workers: int | None = None
    jpeg_draft: bool = False
    float8: bool = False
    self_test: bool = True
    decode_limits: DecodeLimits = field(default_factory=DecodeLimits)
    image_seconds: float = 120.0
    image_memory_bytes: int = 4 << 30

    @property
    def name(self) -> str:
        """What a person calls the model."""
        return self.model.rstrip("/").rsplit("/", 1)[-1]

    @property
    def template_name(self) -> str:
        """The template in force: a method has one of its own unless another is named."""
        own = self.scoring == "generate" and self.template == RERANK_TEMPLATE
        return GENERATE_TEMPLATE if own else self.template

    def __post_init__(self) -> None:
        if self.max_visual_tokens < MAX_RATIO:
            raise SettingsError(
                f"{self.max_visual_tokens} visual tokens an image: allow at least {MAX_RATIO}"
            )
        if self.scoring == "generate" and "rerank" in self.name.lower():
            raise SettingsError(
                f"{self.name} is a reranker, trained to answer yes or no and nothing else:"
                " KG_ENRICH_SCORING=generate is for untuned models such as Qwen2.5-VL-7B-Instruct"
            )
        if self.float8 and self.dtype != "bfloat16":
            raise SettingsError(f"weights in 8 bits go with bfloat16, not with {self.dtype}")
        if self.max_tokens <= self.max_visual_tokens:
            raise SettingsError(
                f"{self.max_tokens} tokens a prompt leave no room for text beside"
                f" {self.max_visual_tokens} visual tokens: allow more"
            )
