"""Nine variants of each picture, through `easel run`: which copies are found, which are falsely merged, which original is
lost, and which pictures are in train and test at once.

variants.py EASEL FOLDER_A FOLDER_B COUNT WORK [SETTINGS-YAML-FOR-CURATE]

Needs numpy and Pillow. FOLDER_A holds photographs, FOLDER_B anime pictures; COUNT evenly spaced pictures of each are used.
"""
import json, os, random, subprocess, sys
from collections import Counter, defaultdict
from PIL import Image, ImageOps

VARIANTS = ["original", "jpeg35", "small75", "crop12", "flip", "bright", "turned90", "grey", "webp"]


def make(path, number, folder):
    image = Image.open(path).convert("RGB")
    w, h = image.size
    rng = random.Random(number)
    left, top = rng.random() * 0.12, rng.random() * 0.12
    box = (round(left * w), round(top * h), round((left + 0.88) * w), round((top + 0.88) * h))
    made = {
        "original": (image, "png", {}),
        "jpeg35": (image, "jpg", {"quality": 35}),
        "small75": (image.resize((w * 3 // 4, h * 3 // 4), Image.LANCZOS), "png", {}),
        "crop12": (image.crop(box), "png", {}),
        "flip": (ImageOps.mirror(image), "png", {}),
        "bright": (image.point(lambda v: min(255, int(v * 1.3 + 12))), "png", {}),
        "turned90": (image.transpose(Image.ROTATE_90), "png", {}),
        "grey": (ImageOps.grayscale(image), "png", {}),
        "webp": (image, "webp", {"quality": 75}),
    }
    for name, (picture, ending, options) in made.items():
        picture.save(os.path.join(folder, "%03d_%s.%s" % (number, name, ending)), **options)


def prepare(work, folders, count):
    for domain, folder in folders.items():
        target = os.path.join(work, domain)
        if os.path.isdir(target):
            continue
        os.makedirs(target)
        names = sorted(os.listdir(folder))
        for number in range(count):
            make(os.path.join(folder, names[number * len(names) // count]), number, target)


def run(easel, work, curate, out="out"):
    yaml = os.path.join(work, out + ".yaml")
    with open(yaml, "w") as file:
        file.write("output: %s\nsize: 256\ndomains:\n  A:\n    sources: [{ photos: %s/A }]\n    crop: { min-face: 32 }\n  B:\n    sources: [{ screenshots: %s/B }]\n    crop: { min-face: 32 }\n%s\n"
                   % (os.path.join(work, out), work, work, curate))
    result = subprocess.run([easel, "run", yaml, "--jobs", "2", "-q"], capture_output=True, text=True)
    if result.returncode not in (0, 2):
        sys.exit(result.stderr)


def judge(work, count, out="out"):
    def read(name):
        with open(os.path.join(work, out, name)) as file:
            return [json.loads(line) for line in file]
    kept, rejected = read("metadata.jsonl"), read("rejected.jsonl")
    by_id = {d["id"]: d for d in kept + rejected}
    def key(d):
        number, name = os.path.splitext(os.path.basename(d["source"]["path"]))[0].split("_")
        return int(number), name
    for domain in "AB":
        own = [d for d in kept + rejected if d["domain"] == domain]
        copies = [d for d in own if d["decision"].get("why") == "duplicate-of"]
        others = [d for d in own if d["decision"].get("why") not in (None, "duplicate-of")]
        held = [d for d in own if d["decision"].get("why") is None]
        # A variant is found if it was left out as a copy of its own picture, or is what its copies were left out for.
        parents, false = defaultdict(list), 0
        for d in copies:
            best = d["decision"].get("duplicateOf") or next((w for w in d["decision"]["detail"].replace(":", " ").split() if len(w) == 16 and w in by_id), None)
            if best is None:
                continue
            parents[best].append(d)
            if key(by_id[best])[0] != key(d)[0]:
                false += 1
        judged = {key(d) for d in copies + held}
        found = Counter(key(d)[1] for d in copies)
        found.update(key(by_id[b])[1] for b in parents)
        total = Counter(name for number, name in judged)
        print("%s: %d pictures, %d kept, %d copies, %d other rejections (%s)" % (
            domain, count, len(held), len(copies), len(others),
            ", ".join("%s %d" % c for c in Counter(d["decision"]["why"] for d in others).most_common())))
        print("   found: " + ", ".join("%s %d/%d" % (v, found[v], total[v]) for v in VARIANTS))
        lost = [d for d in copies if key(d)[1] == "original"]
        to = Counter(key(by_id[b])[1] for b, ds in parents.items() for d in ds if key(d)[1] == "original")
        sides = defaultdict(set)
        for d in held:
            sides[key(d)[0]].add(d["split"])
        leaks = [n for n, s in sides.items() if len(s) > 1]
        print("   false merges %d, originals lost %d (%s), leaks %d of %d %s" % (
            false, len(lost), ", ".join("%s %d" % c for c in to.most_common()), len(leaks), count, leaks))


if __name__ == "__main__":
    easel, a, b, count, work = sys.argv[1:6]
    count = int(count)
    prepare(work, {"A": a, "B": b}, count)
    run(easel, work, sys.argv[6] if len(sys.argv) > 6 else "curate: { split: { test: 20 } }", sys.argv[7] if len(sys.argv) > 7 else "out")
    judge(work, count, sys.argv[7] if len(sys.argv) > 7 else "out")
