"""Telling that memory ran out from every other error."""

import torch

# What torch says besides raising OutOfMemoryError: its CPU allocator, cuBLAS, C++, oneDNN.
_SIGNS = (
    "can't allocate memory",
    "out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "bad_alloc",
    "could not create a primitive",
)


def is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)
