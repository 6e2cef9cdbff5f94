"""Measures the training step of UGATIT-pytorch, unchanged and in its own order, and prints one JSON object a line.

    published.py CHECKOUT DATASET [--device cuda] [--model light full] [--batch 1 4] [--benchmark on off] [--seconds 50]

CHECKOUT is a folder with UGATIT-pytorch, DATASET one with trainA, trainB, testA and testB. Each step waits for the
device, as the published loop does when it prints its losses. Precision is torch's default: float32, convolutions in TF32.
"""
import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import types
import warnings
from pathlib import Path

import torch

arguments = argparse.ArgumentParser()
arguments.add_argument("checkout", type=Path)
arguments.add_argument("dataset", type=Path)
arguments.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
arguments.add_argument("--model", nargs="+", default=["light"], choices=["light", "full"])
arguments.add_argument("--batch", nargs="+", type=int, default=[1])
arguments.add_argument("--benchmark", nargs="+", default=["off"], choices=["on", "off"])
arguments.add_argument("--size", type=int, default=256)
arguments.add_argument("--width", type=int, default=64)
arguments.add_argument("--steps", type=int, default=15)
arguments.add_argument("--warmup", type=int, default=5)
arguments.add_argument("--seconds", type=float, default=1e9, help="start no measurement after this time")
options = arguments.parse_args()
warnings.filterwarnings("ignore")
begin = time.monotonic()
dataset, checkout = options.dataset.resolve(), options.checkout.resolve()

# What it imports for pictures of its progress only, and what newer versions of torch have under other names.
for name in ["scipy", "scipy.misc", "cv2"]:
    sys.modules[name] = types.ModuleType(name)
sys.modules["scipy"].misc = sys.modules["scipy.misc"]
try:
    import torchvision.transforms  # noqa: F401
except Exception:  # without torchvision, and with one that does not fit torch
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import transforms

    sys.modules["torchvision"] = types.ModuleType("torchvision")
    sys.modules["torchvision"].transforms = sys.modules["torchvision.transforms"] = transforms
from torch.utils.data.dataloader import _BaseDataLoaderIter  # noqa: E402

_BaseDataLoaderIter.next = _BaseDataLoaderIter.__next__
sys.path.insert(0, str(checkout))
import UGATIT as published  # noqa: E402


def wait():
    if options.device != "cpu":
        torch.cuda.synchronize()


class Times(list):
    """Stands for the program's print: the line of each step becomes a time."""

    def __call__(self, *texts):
        if texts and str(texts[0]).startswith("["):
            wait()
            self.append(time.monotonic())


def measure(model, batch, benchmark):
    times = Times()
    published.print = times
    work = Path(tempfile.mkdtemp())
    (work / "dataset").mkdir()
    (work / "dataset" / "d").symlink_to(dataset)
    os.chdir(work)
    torch.backends.cudnn.benchmark = False
    settings = types.SimpleNamespace(
        light=model == "light", phase="train", dataset="d", iteration=options.warmup + options.steps, batch_size=batch,
        print_freq=10**9, save_freq=10**9, decay_flag=True, lr=1e-4, weight_decay=1e-4, adv_weight=1, cycle_weight=10,
        identity_weight=10, cam_weight=1000, ch=options.width, n_res=4, n_dis=6, img_size=options.size, img_ch=3,
        result_dir="results", device=options.device, benchmark_flag=benchmark, resume=False)
    if options.device != "cpu":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    trainer = published.UGATIT(settings)
    trainer.build_model()
    trainer.save = lambda *_: None
    trainer.train()
    steps = [b - a for a, b in zip(times, times[1:])][options.warmup - 1:]
    return {
        "seconds": statistics.median(steps), "fastest": min(steps),
        "imagesPerSecond": 2 * batch / statistics.median(steps),
        "memory": torch.cuda.max_memory_reserved() if options.device != "cpu" else None,
    }


failed = False
for model in options.model:
    for batch in options.batch:
        for benchmark in options.benchmark:
            if time.monotonic() - begin > options.seconds:
                continue
            row = {
                "program": "UGATIT-pytorch", "model": model, "side": options.size, "batch": batch,
                "benchmark": benchmark == "on", "device": options.device, "torch": torch.__version__,
                "tf32": torch.backends.cudnn.allow_tf32,
            }
            try:
                row.update(measure(model, batch, benchmark == "on"))
            except Exception as error:
                row["error"] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
                failed = True
            sys.stdout.write(json.dumps(row) + "\n")
            sys.stdout.flush()
sys.exit(1 if failed else 0)
