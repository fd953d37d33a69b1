"""The Triton kernel of `gate`, apart from it because Triton may be missing.

Triton compiles the function's text and takes annotations for a part of it: there are none.
"""

import triton
import triton.language as tl


@triton.jit
def gated(gate, up, product, count, BLOCK: tl.constexpr):
    """product = silu(gate) * up, over `count` numbers, each rounded as torch rounds them."""
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    there = at < count
    x = tl.load(gate + at, mask=there).to(tl.float32)
    y = tl.load(up + at, mask=there)
    silu = (x / (1 + tl.exp(-x))).to(y.dtype)
    tl.store(product + at, (silu.to(tl.float32) * y.to(tl.float32)).to(y.dtype), mask=there)
