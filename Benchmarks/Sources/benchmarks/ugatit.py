"""Runs some training steps of UGATIT-pytorch on the processor and prints the seconds of each, then the most MiB held.

Arguments: the folder of its checkout, that of a dataset, the side, how many steps, how many threads. For the benchmark `train`.
"""
import resource
import sys
import tempfile
import types
from pathlib import Path

import torch

checkout, dataset, side, steps, threads = Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:6])
torch.set_num_threads(threads)
sys.path.insert(0, str(checkout))
# What it imports for pictures alone, and what today's torch calls otherwise.
scipy = types.ModuleType("scipy")
scipy.misc = types.ModuleType("scipy.misc")
sys.modules.update({"scipy": scipy, "scipy.misc": scipy.misc, "cv2": types.ModuleType("cv2")})
torch.utils.data.dataloader._BaseDataLoaderIter.next = torch.utils.data.dataloader._BaseDataLoaderIter.__next__

from UGATIT import UGATIT  # noqa: E402

work = Path(tempfile.mkdtemp())
(work / "dataset").mkdir()
(work / "dataset" / "d").symlink_to(dataset.resolve())
(work / "results" / "d" / "model").mkdir(parents=True)
import os  # noqa: E402

os.chdir(work)
settings = types.SimpleNamespace(
    light=True, phase="train", dataset="d", iteration=steps, batch_size=1, print_freq=10**9, save_freq=10**9,
    decay_flag=True, lr=1e-4, weight_decay=1e-4, adv_weight=1, cycle_weight=10, identity_weight=10, cam_weight=1000,
    ch=64, n_res=4, n_dis=6, img_size=side, img_ch=3, result_dir="results", device="cpu", benchmark_flag=False,
    resume=False)
trainer = UGATIT(settings)
trainer.build_model()
trainer.save = lambda *arguments: None
trainer.train()
print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}")
