"""Compares KID and FID of Easel with those of torch-fidelity on the same images, with random weights in Inception's layout.

usage: fidelity.py EASEL-TRAIN FOLDER FOLDER2 WORK     (torch, scipy and torch-fidelity on PYTHONPATH; CPU)

The published weights are not needed: equal numbers with random weights show that resizing, network, subsets and estimators
are the same. Prints both programs' numbers and PASS if each differs by at most 1e-3 of its value. WORK keeps the weights.
"""
import json, os, subprocess, sys, types

import numpy, torch

try:
    import torchvision
except Exception:
    # torch-fidelity needs torchvision only for its own datasets, other networks and one conversion.
    def module(name, **content):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__dict__.update(content)
        return sys.modules[name]

    def pil_to_tensor(image):
        return torch.from_numpy(numpy.array(image)).permute(2, 0, 1).contiguous()

    class Anything:
        def __init__(self, *arguments, **options): pass

    class Compose:
        def __init__(self, steps): self.steps = steps

        def __call__(self, image):
            for step in self.steps: image = step(image)
            return image

    functional = module("torchvision.transforms.functional", pil_to_tensor=pil_to_tensor)
    datasets = module("torchvision.datasets", CIFAR10=Anything, STL10=Anything, CIFAR100=Anything)
    models = module("torchvision.models", vgg16=Anything)
    transforms = module("torchvision.transforms", functional=functional, Compose=Compose, Resize=Anything,
                        CenterCrop=Anything, ToTensor=Anything, Normalize=Anything, InterpolationMode=Anything)
    module("torchvision", datasets=datasets, transforms=transforms, models=models)

import torch_fidelity
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

program, first, second, work = sys.argv[1:5]
os.makedirs(work, exist_ok=True)
weights = os.path.join(work, "random-inception.pth")

# The constructor reads a file, so the layout is made by a class without that step.
torch.manual_seed(1)
load = torch.nn.Module.load_state_dict
torch.nn.Module.load_state_dict = lambda self, state: None
torch.save({}, weights)
network = FeatureExtractorInceptionV3("layout", ["2048"], feature_extractor_weights_path=weights)
torch.nn.Module.load_state_dict = load
for module_ in network.modules():
    if isinstance(module_, torch.nn.Conv2d):
        torch.nn.init.kaiming_normal_(module_.weight)
    if isinstance(module_, torch.nn.BatchNorm2d):
        module_.running_mean.normal_(0, 0.1)
        module_.running_var.uniform_(0.5, 1.5)
        module_.weight.data.uniform_(0.8, 1.2)
        module_.bias.data.normal_(0, 0.1)
torch.save(network.state_dict(), weights)

theirs = torch_fidelity.calculate_metrics(
    input1=first, input2=second, cuda=False, kid=True, fid=True, kid_subset_size=50, cache=False, verbose=False,
    feature_extractor_weights_path=weights, batch_size=16, samples_find_deep=False,
    samples_find_ext="png,jpg,jpeg")
result = subprocess.run(
    [program, "evaluate", first, "--against", second, "--features", "inception=" + weights, "--json", "--jobs", "1"],
    stdout=subprocess.PIPE, check=True, text=True)
ours = json.loads(result.stdout)["kernel"]
worst = 0
for name, own, key in [("KID mean", "kid", "kernel_inception_distance_mean"),
                       ("KID deviation", "deviation", "kernel_inception_distance_std"),
                       ("FID", "fid", "frechet_inception_distance")]:
    difference = abs(ours[own] - theirs[key]) / abs(theirs[key])
    worst = max(worst, difference)
    print("%-14s Easel %.9g   torch-fidelity %.9g   relative difference %.1e" % (name, ours[own], theirs[key], difference))
print("PASS" if worst <= 1e-3 else "FAIL")
sys.exit(worst > 1e-3)
