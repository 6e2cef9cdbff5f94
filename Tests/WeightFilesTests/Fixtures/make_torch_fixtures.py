"""Writes the small checkpoints beside this file, with PyTorch 2.13: python make_torch_fixtures.py

Each holds the same values: element i of a tensor is (i + 1) / 8, in the tensor's own order.
"""

import collections
import os

import torch

here = os.path.dirname(os.path.abspath(__file__))


def ramp(shape, dtype=torch.float32):
    count = 1
    for length in shape:
        count *= length
    values = (torch.arange(count) + 1).double()
    return (values / 8 if dtype.is_floating_point else values).to(dtype).reshape(shape)


def state():
    """A layer with its parameter, its bias, and tensors that are views of others."""
    whole = ramp((4, 6))
    entries = collections.OrderedDict(
        [
            ("weight", torch.nn.Parameter(ramp((2, 3, 1, 1)))),
            ("bias", ramp((2,))),
            ("whole", whole),
            ("transposed", whole.t()),
            ("strided", whole[1:4:2, 2:5]),
            ("row", whole[2]),
            ("expanded", ramp((1, 2)).expand(3, 2)),
            ("scalar", torch.tensor(7, dtype=torch.int64)),
            ("none", torch.zeros(0, 4)),
        ]
    )
    entries._metadata = collections.OrderedDict([("", {"version": 1})])
    return entries


nested = {"genA2B": state(), "disGA": collections.OrderedDict(bias=ramp((3,))), "step": 3, "lr": 1e-4}
torch.save(nested, os.path.join(here, "nested.pt"))
torch.save(nested, os.path.join(here, "nested_legacy.pt"), _use_new_zipfile_serialization=False)
torch.save(state(), os.path.join(here, "bare_legacy.pt"), _use_new_zipfile_serialization=False)
torch.save(nested, os.path.join(here, "nested_protocol4.pt"), pickle_protocol=4)

names = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
torch.save(
    {name: ramp((3,), getattr(torch, name)) for name in names},
    os.path.join(here, "types.pt"),
    _use_new_zipfile_serialization=False,
)


class Hostile:
    def __reduce__(self):
        return os.system, ("echo this must never run",)


# The hostile value stands where a tensor should: in the zip layout, and in the legacy one.
torch.save({"genA2B": Hostile()}, os.path.join(here, "hostile.pt"))
torch.save(
    {"genA2B": Hostile()}, os.path.join(here, "hostile_legacy.pt"), _use_new_zipfile_serialization=False
)
