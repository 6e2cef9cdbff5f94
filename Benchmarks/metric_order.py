"""Prints how the distances of `easel evaluate` order known damage of real images.

usage: metric_order.py EASEL-TRAIN SELFIE2ANIME WORK     (numpy and Pillow; SELFIE2ANIME has testA, testB and trainB)

Each row compares 100 images with the anime faces of trainB. A good distance is smallest for undamaged anime faces and grows
with the damage; photos, the wrong domain, are far away, and so is one good image that is repeated.
"""
import json, os, subprocess, sys

import numpy
from PIL import Image, ImageFilter

program, data, work = sys.argv[1:4]

def images(folder):
    names = sorted(os.listdir(os.path.join(data, folder)))[:100]
    return [Image.open(os.path.join(data, folder, name)).convert("RGB") for name in names]

def noisy(strength):
    random = numpy.random.RandomState(0)
    def change(image):
        values = numpy.asarray(image).astype(int)
        return Image.fromarray(numpy.clip(values + random.normal(0, strength, values.shape), 0, 255).astype(numpy.uint8))
    return change

def blurred(radius):
    return lambda image: image.filter(ImageFilter.GaussianBlur(radius))

def mixed(share):
    photos = iter(images("testA"))
    return lambda image: Image.blend(image, next(photos), share)

anime = images("testB")
rows = [
    ("anime, undamaged", anime, lambda image: image), ("blur, radius 1", anime, blurred(1)),
    ("blur, radius 2", anime, blurred(2)), ("blur, radius 4", anime, blurred(4)),
    ("noise, deviation 8", anime, noisy(8)), ("noise, deviation 24", anime, noisy(24)),
    ("noise, deviation 64", anime, noisy(64)), ("25 % of a photo", anime, mixed(0.25)),
    ("50 % of a photo", anime, mixed(0.5)), ("75 % of a photo", anime, mixed(0.75)),
    ("photos", images("testA"), lambda image: image), ("one image, repeated", anime[:1] * 100, lambda image: image),
]
print("%-22s %-22s %s" % ("", "KID-lite", "color-edge distance"))
for number, (title, pictures, change) in enumerate(rows):
    folder = os.path.join(work, "%02d" % number)
    os.makedirs(folder, exist_ok=True)
    for index, image in enumerate(pictures):
        change(image).save(os.path.join(folder, "%03d.png" % index))
    cells = []
    for features in ["auto", "none"]:
        out = subprocess.run(
            [program, "evaluate", folder, "--against", os.path.join(data, "trainB"), "--features", features, "--json", "--jobs", "1"],
            stdout=subprocess.PIPE, check=True, text=True).stdout
        distance = json.loads(out)["distance"]
        cells.append("%.4f ± %.4f" % (distance["value"], distance["spread"]))
    print("%-22s %-22s %s" % (title, *cells), flush=True)
