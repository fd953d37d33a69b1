"""The OCR models, loaded once a process; used by `ocr_lines`."""

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Pixels of the longer side of what the models are given, at most.
LONGEST = 1600


@cache
def engine() -> Any:
    """rapidocr, with its models on one thread."""
    # onnxruntime's wheels report to their maker unless they are told not to, before the import.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    loaded = rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            # One line at a time: as fast on one thread, and a third less memory than six.
            "Rec.rec_batch_num": 1,
            # The least width of a line, in the middle. The usual 320 is padding for most labels,
            # and its cost is that of letters.
            "Rec.rec_img_shape": [3, 48, 64],
            # Its own resizing blows a thin strip up to tens of thousands of pixels.
            "Global.use_preprocess_img": False,
            # Named files are used as they are; unnamed ones may be looked for on the network.
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
            "Det.limit_type": "max",
            "Det.limit_side_len": LONGEST,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # Without it every tensor is asked of the system anew: a quarter of the detector's time.
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
        }
    )
    _load_detector(loaded)
    return loaded


def _load_detector(loaded: Any) -> None:
    """Loads the detector, with a quicker way to prepare a picture for it."""
    import numpy as np

    detector = loaded._load_det_model()
    theirs = detector.get_preprocess()

    def prepared(picture: "NDArray[np.uint8]") -> "NDArray[np.float32] | None":
        """The very same numbers as rapidocr's, which takes a twelfth of the detector's time."""
        resized = theirs.resize(picture)
        if resized is None:
            return None
        numbers = np.array(resized.transpose(2, 0, 1), np.float32, order="C")
        numbers *= np.float32(theirs.scale)
        numbers -= theirs.mean[:, None, None].astype(np.float32)
        numbers /= theirs.std[:, None, None].astype(np.float32)
        return numbers[None]

    detector.get_preprocess = lambda: prepared
