"""What imagededup finds and how fast, for the benchmark `duplicates`: `search N`, `hash FOLDER` or `copies FOLDER`."""
import logging
import os
import random
import sys
import time
from unittest.mock import MagicMock

# imagededup's networks need torch, which nothing here uses: where it is not, the package gets a stand-in.
try:
    import torch
except ImportError:
    for name in ("torch", "torch.nn", "torch.utils", "torch.utils.data", "torchvision", "torchvision.models",
                 "torchvision.transforms", "torchvision.models.efficientnet", "torchvision.models.vision_transformer",
                 "torchvision.models.mobilenetv3"):
        sys.modules[name] = MagicMock()
    sys.modules["torch.utils.data"].Dataset = object
    sys.modules["torch.nn"].Module = sys.modules["torch"].Tensor = type("Absent", (), {})

logging.disable(logging.CRITICAL)
from imagededup.methods import PHash

phash = PHash(verbose=False)


def search(count):
    if count > 20_000:
        return "not run: it compares all with all"
    random.seed(1)
    hashes = {str(i): f"{random.getrandbits(64):016x}" for i in range(count)}
    start = time.time()
    phash.find_duplicates(encoding_map=hashes, max_distance_threshold=8, num_dist_workers=2)
    return f"{time.time() - start:.2f} s"


def encode(folder):
    start = time.time()
    count = len(phash.encode_images(folder, num_enc_workers=2))
    return f"{count / (time.time() - start):.0f} images/s with one hash each"


def copies(folder):
    hashes = phash.encode_images(folder, num_enc_workers=2)
    answers = []
    for threshold in (4, 6, 10):
        duplicates = phash.find_duplicates(encoding_map=hashes, max_distance_threshold=threshold)
        right = wrong = 0
        for name, others in duplicates.items():
            owner = name.split("-")[0]
            wrong += sum(other.split("-")[0] != owner for other in others)
            if name.endswith("-original.png"):
                right += sum(other.split("-")[0] == owner for other in others)
        originals = sum(name.endswith("-original.png") for name in hashes)
        answers.append(
            f"within {threshold}: recall {right / (len(hashes) - originals):.4f}, {wrong // 2} false pairs"
        )
    return "; ".join(answers)


if __name__ == "__main__":
    command, argument = sys.argv[1:]
    print({"search": lambda: search(int(argument)), "hash": lambda: encode(argument), "copies": lambda: copies(argument)}[command]())
