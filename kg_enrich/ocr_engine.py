"""Reading the text of one picture with rapidocr; runs inside the worker processes of `ocr`."""

import os
import signal
import threading
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import Any

from kg_enrich.errors import OcrError
from kg_enrich.images import DecodeLimits, decode

# Pixels of the longer side. Below, small print is not found; above, time is spent for nothing.
_SHORTEST, _LONGEST, _MOST_ENLARGED = 1024, 1600, 2.0

# Part of `ocr_version`: raise it whenever the same picture may give another text.
_READING = 1


@dataclass(frozen=True, slots=True)
class OcrText:
    """What was read, from top to bottom. confidences: one in [0, 1] for each line."""

    lines: tuple[str, ...] = ()
    confidences: tuple[float, ...] = ()


def ocr_version() -> str:
    """What reads, as text: changes whenever the same picture may give another text."""
    return f"rapidocr {version('rapidocr')} PP-OCRv6-small/{_READING}"


def start_worker() -> None:
    """Prepare a worker process: it leaves Ctrl-C to its parent and ends when its parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OPENCV_FOR_THREADS_NUM"] = "1"
    threading.Thread(target=_end_with_parent, daemon=True).start()


def read_text(file: Path, limits: DecodeLimits) -> OcrText:
    """The text in a picture, no lines when there is none.

    Errors: UnreadableImageError when the file cannot be decoded, OcrError when reading fails.
    """
    import numpy as np

    picture = decode(file, limits)
    longer = max(picture.size)
    factor = min(max(1.0, min(_SHORTEST / longer, _MOST_ENLARGED)), _LONGEST / longer)
    if factor != 1.0:
        width, height = (max(1, round(side * factor)) for side in picture.size)
        picture = picture.resize((width, height))
    try:
        found = _engine()(np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]))
    except Exception as error:  # whatever the models raise must not end the run
        detail = " ".join(str(error).split())[-200:]
        raise OcrError(f"{file}: its text could not be read ({detail})") from None
    if found.txts is None:
        return OcrText()
    return OcrText(tuple(found.txts), tuple(round(float(score), 3) for score in found.scores))


@cache
def _engine() -> Any:
    # onnxruntime's wheels report to their maker unless they are told not to, before the import.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            # One line at a time: as fast on one thread, and a third less memory than six.
            "Rec.rec_batch_num": 1,
            # Its own resizing blows a thin strip up to tens of thousands of pixels.
            "Global.use_preprocess_img": False,
            # Named files are used as they are; unnamed ones may be looked for on the network.
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
            "Det.limit_type": "max",
            "Det.limit_side_len": _LONGEST,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
