"""Anime sprites whose characters are known, through `easel run`: how well the field `character` groups them.

characters.py EASEL MATTING FOLDER_A WORK

MATTING is a folder with a manifest.tsv (columns file, source, kind, character). FOLDER_A holds a few photographs, which a dataset needs. Needs
numpy and Pillow. Prints B-cubed precision, recall and F1 (Bagga and Baldwin, 1998) of Easel and of average linkage of plain color
histograms, whose threshold is the best one for the sources CHOSEN, on which Easel's threshold was chosen too.
"""
import csv, json, os, subprocess, sys
import numpy as np
from PIL import Image

CHOSEN = ["cabbit", "personal-space"]
LEFT_OUT = ["dialogic", "houkago-stella", "learntocode", "nova", "renpy", "snowyyang-vn"]


def prepare(matting, folder):
    truth = {}
    with open(os.path.join(matting, "manifest.tsv"), newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["kind"] not in ("sprite", "portrait") or row["source"] not in CHOSEN + LEFT_OUT:
                continue
            name = os.path.splitext(row["file"])[0] + ".png"
            truth[name] = (row["source"], row["source"] + "/" + row["character"])
            target = os.path.join(folder, name)
            if os.path.exists(target):
                continue
            image = Image.open(os.path.join(matting, row["file"])).convert("RGBA")
            image.thumbnail((900, 900), Image.LANCZOS)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            image.save(target)
    return truth


def run(easel, photos, work):
    yaml = os.path.join(work, "datasets.yaml")
    with open(yaml, "w") as file:
        file.write(
            "output: %s/out\nsize: 256\ndomains:\n  A:\n    sources: [{ photos: %s }]\n    crop: { min-face: 24 }\n"
            "  B:\n    sources: [{ photos: %s/B }]\n    crop: { min-face: 24 }\n"
            "curate: { preset: gentle, split: { test: 0 }, duplicates: { confirm: 1 } }\n" % (work, photos, work))
    result = subprocess.run([easel, "run", yaml, "--jobs", "2", "-q"], capture_output=True, text=True)
    if result.returncode not in (0, 2):
        sys.exit(result.stderr)
    with open(os.path.join(work, "out", "metadata.jsonl")) as file:
        return [sample for sample in map(json.loads, file) if sample["domain"] == "B"]


def histogram(work, sample):
    cutout = np.asarray(Image.open(os.path.join(work, "out", sample["file_name"])).convert("RGB").resize((64, 64)))
    counts = np.bincount(((cutout // 64) @ [16, 4, 1]).ravel(), minlength=64)
    return np.sqrt(counts / counts.sum())


def linkage(vectors, least):
    """Average linkage: merges the most similar clusters while their mean similarity is at least `least`."""
    likeness = vectors @ vectors.T
    sizes, members = np.ones(len(vectors)), [[index] for index in range(len(vectors))]
    np.fill_diagonal(likeness, -9)
    while True:
        a, b = np.unravel_index(likeness.argmax(), likeness.shape)
        if likeness[a, b] < least:
            break
        merged = (likeness[a] * sizes[a] + likeness[b] * sizes[b]) / (sizes[a] + sizes[b])
        likeness[a], likeness[:, a] = merged, merged
        likeness[b], likeness[:, b], likeness[a, a] = -9, -9, -9
        sizes[a] += sizes[b]
        members[a] += members[b]
        members[b] = []
    labels = np.zeros(len(vectors), int)
    for number, own in enumerate(members):
        labels[own] = number
    return labels


def b_cubed(labels, truth):
    labels, truth = np.asarray(labels), np.asarray(truth)
    same, right = labels[:, None] == labels[None], truth[:, None] == truth[None]
    both = (same & right).sum(1)
    precision, recall = (both / same.sum(1)).mean(), (both / right.sum(1)).mean()
    return precision, recall, 2 * precision * recall / (precision + recall)


if __name__ == "__main__":
    easel, matting, photos, work = sys.argv[1:5]
    truth = prepare(matting, os.path.join(work, "B"))
    samples = run(easel, photos, work)
    best = None
    for name, sources in (("chosen on", CHOSEN), ("left out", LEFT_OUT)):
        own = [s for s in samples if truth[s["source"]["path"]][0] in sources]
        names = [truth[s["source"]["path"]][1] for s in own]
        vectors = np.array([histogram(work, s) for s in own])
        best = best or max(np.linspace(0.5, 0.999, 60), key=lambda least: b_cubed(linkage(vectors, least), names)[2])
        print("%s: %d sprites of %d characters in %d sources" % (name, len(own), len(set(names)), len(sources)))
        for who, labels in (("easel", [s.get("character") or s["id"] for s in own]), ("histogram", linkage(vectors, best))):
            print("   %-10s precision %.3f recall %.3f F1 %.3f, %d groups" % (who, *b_cubed(labels, names), len(set(labels))))
