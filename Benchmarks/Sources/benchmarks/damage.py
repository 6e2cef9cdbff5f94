"""Pictures damaged on purpose, through `easel run`: how many of each damage the rules reject, and how many good ones.

damage.py EASEL FOLDER_A FOLDER_B COUNT WORK [PRESET]

Needs numpy and Pillow. COUNT evenly spaced pictures of each folder are used; a caption is put where a first run finds the mouth.
"""
import json, os, subprocess, sys
from collections import Counter, defaultdict
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

DAMAGES = ["good", "half-black", "noise", "jpeg5", "enlarged4", "overexposed", "caption", "dark", "blur4", "motion15"]


def named(folder, count):
    names = sorted(os.listdir(folder))
    return [os.path.join(folder, names[(2 * n + 1) * len(names) // (2 * count)]) for n in range(count)]


def mouth(face, height):
    points = face["landmarks"]
    if isinstance(points, dict):
        found = [points[k] for k in ("mouth", "leftMouth", "rightMouth") if points.get(k)]
        if found:
            return sum(p[1] for p in found) / len(found)
    elif len(points) >= 4:
        return points[3][1]
    return face["box"][1] + 0.78 * face["box"][3]


def damaged(image, face, number):
    rng = np.random.default_rng(number)
    w, h = image.size
    pixels = np.asarray(image).astype(float)
    box = face["box"]
    middle = box[0] + box[2] / 2
    half = pixels.copy()
    half[:, : int(middle)] = 0
    yield "half-black", Image.fromarray(half.astype(np.uint8)), "png", {}
    yield "noise", Image.fromarray(np.clip(pixels + rng.normal(0, 30, pixels.shape), 0, 255).astype(np.uint8)), "png", {}
    yield "jpeg5", image, "jpg", {"quality": 5}
    yield "enlarged4", image.resize((w // 4, h // 4), Image.LANCZOS).resize((w, h), Image.BICUBIC), "png", {}
    yield "overexposed", Image.fromarray(np.clip(pixels * 1.7 + 40, 0, 255).astype(np.uint8)), "png", {}
    caption = image.copy()
    draw = ImageDraw.Draw(caption)
    size = max(10, int(box[3] * 0.13))
    font = ImageFont.load_default(size)
    y = mouth(face, h)
    if number % 2:
        draw.rectangle((0, y - size * 0.75, w, y + size * 0.75), fill=(0, 0, 0))
    draw.text((middle, y), "WHERE ARE THEY NOW", font=font, fill=(255, 255, 255), anchor="mm", stroke_width=max(1, size // 8), stroke_fill=(0, 0, 0))
    yield "caption", caption, "png", {}
    yield "dark", Image.fromarray((pixels * 0.25).astype(np.uint8)), "png", {}
    yield "blur4", image.filter(ImageFilter.GaussianBlur(4)), "png", {}
    kernel = sum(np.roll(pixels, k, 1) for k in range(-7, 8)) / 15
    yield "motion15", Image.fromarray(kernel.astype(np.uint8)), "png", {}


def run(easel, work, curate, out="out"):
    yaml = os.path.join(work, out + ".yaml")
    with open(yaml, "w") as file:
        file.write("output: %s/%s\nsize: 256\ndomains:\n  A:\n    sources: [{ photos: %s/A }]\n    crop: { min-face: 32 }\n  B:\n    sources: [{ screenshots: %s/B }]\n    crop: { min-face: 32 }\n%s\n" % (work, out, work, work, curate))
    result = subprocess.run([easel, "run", yaml, "--jobs", "2", "-q"], capture_output=True, text=True)
    if result.returncode not in (0, 2):
        sys.exit(result.stderr)
    lines = []
    for name in ("metadata.jsonl", "rejected.jsonl"):
        with open(os.path.join(work, out, name)) as file:
            lines += [json.loads(line) for line in file]
    return lines


def prepare(easel, work, folders, count):
    if os.path.isdir(os.path.join(work, "A")):
        return
    for domain, folder in folders.items():
        os.makedirs(os.path.join(work, domain))
        for number, path in enumerate(named(folder, count)):
            Image.open(path).convert("RGB").save(os.path.join(work, domain, "%03d_good.png" % number))
    for line in run(easel, work, "curate: { split: { test: 0 } }", "first"):
        if not line.get("face") or not line["source"]["path"].endswith("_good.png"):
            continue
        number = int(line["source"]["path"].split("_")[0])
        folder = os.path.join(work, line["domain"])
        image = Image.open(os.path.join(folder, line["source"]["path"]))
        for name, picture, ending, options in damaged(image, line["face"], number):
            picture.save(os.path.join(folder, "%03d_%s.%s" % (number, name, ending)), **options)


def judge(lines):
    for domain in "AB":
        found, rejected, reasons = Counter(), Counter(), defaultdict(Counter)
        for line in lines:
            if line["domain"] != domain or not line.get("crop"):
                continue
            kind = os.path.splitext(line["source"]["path"])[0].split("_")[1]
            why = line["decision"].get("why")
            found[kind] += 1
            if why not in (None, "duplicate-of"):
                rejected[kind] += 1
                reasons[kind][why] += 1
        print(domain + ": rejected of those with a face: " + ", ".join("%s %d/%d" % (k, rejected[k], found[k]) for k in DAMAGES))
        print("   " + "; ".join("%s: %s" % (k, ", ".join("%s %d" % c for c in reasons[k].most_common(3))) for k in DAMAGES if reasons[k]))


if __name__ == "__main__":
    easel, a, b, count, work = sys.argv[1:6]
    preset = sys.argv[6] if len(sys.argv) > 6 else ""
    prepare(easel, work, {"A": a, "B": b}, int(count))
    extra = "preset: %s, " % preset if preset else ""
    judge(run(easel, work, "curate: { %ssplit: { test: 0 }, duplicates: { distance: 0 } }" % extra, "out-" + (preset or "default")))
