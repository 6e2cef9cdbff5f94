"""Damages sharp face crops by known amounts, has them measured by `easel curate`, and prints how well each measure tells.

Arguments: the easel program, the folder of photographs, that of drawings, how many of each. For the benchmark `curate`.
"""
import json
import os
import subprocess
import sys
import tempfile

import cv2
import numpy

LEVELS = {
    "gauss": [0.5, 1, 1.5, 2, 3, 4],
    "motion": [3, 5, 7, 9, 12, 15],
    "jpeg": [95, 85, 70, 50, 30, 20, 10],
    "dark": [0.85, 0.7, 0.5, 0.4, 0.3],
    "bright": [1.25, 1.5, 1.75, 2],
    "linear": [1.5, 2, 3, 4],
    "cubic": [1.5, 2, 3, 4],
    "lanczos": [1.5, 2, 3, 4],
    "nearest": [1.5, 2, 3, 4],
    "comb": [2, 4, 8],
}
# By damage: the measure, and whether damage lowers or raises it.
MEASURES = {
    "gauss": [("sharpness", -1), ("resolution", -1), ("brisque", 1)],
    "motion": [("sharpness", -1), ("motion", 1)],
    "jpeg": [("blocking", 1), ("brisque", 1)],
    "dark": [("white-point", -1), ("brightness", -1)],
    "bright": [("clipped", 1), ("black-point", 1), ("brightness", 1)],
    "linear": [("resolution", -1)],
    "cubic": [("resolution", -1)],
    "lanczos": [("resolution", -1)],
    "nearest": [("resolution", -1)],
    "comb": [("combing", 1)],
}
UP = {"linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC, "lanczos": cv2.INTER_LANCZOS4, "nearest": cv2.INTER_NEAREST}


def line(length, angle):
    """A line of `length` pixels as a kernel, drawn eight times as large and shrunk."""
    side = 33
    kernel = numpy.zeros((side * 8, side * 8), numpy.float32)
    centre = side * 4 - 0.5
    reach = numpy.array([numpy.cos(angle), numpy.sin(angle)]) * length * 4
    ends = [tuple(int(v) for v in numpy.round(centre + sign * reach)) for sign in (-1, 1)]
    cv2.line(kernel, *ends, 1.0, 8)
    kernel = cv2.resize(kernel, (side, side), interpolation=cv2.INTER_AREA)
    return kernel / kernel.sum()


def damaged(image, kind, level, number):
    if kind == "gauss":
        return cv2.GaussianBlur(image, (0, 0), level)
    if kind == "motion":
        return cv2.filter2D(image, -1, line(level, number * 37 % 180 * numpy.pi / 180))
    if kind == "jpeg":
        return cv2.imdecode(cv2.imencode(".jpg", image, [1, level])[1], 1)
    if kind in ("dark", "bright"):
        return numpy.clip(image.astype(float) * level + 0.5, 0, 255).astype(numpy.uint8)
    if kind == "comb":
        result = image.copy()
        result[1::2] = numpy.roll(image, level, axis=1)[1::2]
        return result
    height, width = image.shape[:2]
    small = cv2.resize(image, (round(width / level), round(height / level)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=UP[kind])


def measured(program, folder, images, domain):
    for kind, levels in [("as-is", [0])] + list(LEVELS.items()):
        for level in levels:
            place = f"{folder}/in/{kind}/{level}"
            os.makedirs(place)
            for number, image in enumerate(images):
                result = image if kind == "as-is" else damaged(image, kind, level, number)
                cv2.imwrite(f"{place}/{number}.png", result)
    code = subprocess.run(
        [program, "curate", f"{folder}/in", "--to", f"{folder}/out", "--domain", domain, "--quiet"],
        stdout=subprocess.DEVNULL,
    ).returncode
    assert code in (0, 2), code
    values, reasons = {}, {}
    for name in ("metadata.jsonl", "rejected.jsonl"):
        for text in open(f"{folder}/out/{name}"):
            sample = json.loads(text)
            kind, level, name_ = sample["source"]["path"].split("/")
            key = (kind, float(level), int(name_.split(".")[0]))
            values[key] = sample.get("quality") or {}
            reasons.setdefault((kind, float(level)), []).append(sample["decision"].get("why"))
    return values, reasons


def area(low, high):
    low, high = numpy.asarray(low), numpy.asarray(high)
    return (high[:, None] > low[None]).mean() + 0.5 * (high[:, None] == low[None]).mean()


def table(values, reasons, images, domain):
    for kind, measures in MEASURES.items():
        for measure, sign in measures:
            rows = []
            for number in range(len(images)):
                keys = [("as-is", 0.0, number)] + [(kind, float(v), number) for v in LEVELS[kind]]
                row = [values.get(key, {}).get(measure) for key in keys]
                if None not in row:
                    rows.append(row)
            if not rows:
                continue
            rows = numpy.array(rows) * sign
            # A hundredth of the range is not a change that a person would see.
            slack = 0.01 * (rows.max() - rows.min())
            strict = (numpy.diff(rows, axis=1) >= 0).all(1).mean()
            rising = (numpy.diff(rows, axis=1) >= -slack).all(1).mean()
            areas = [area(rows[:, 0], rows[:, j]) for j in range(1, rows.shape[1])]
            each = " ".join(f"{v}:{a:.3f}" for v, a in zip(LEVELS[kind], areas))
            middle = " ".join(f"{v:.3f}" for v in numpy.median(rows * sign, axis=0))
            print(
                f"  {domain:6s} {kind:8s} {measure:12s} monotonic {rising:.2f} (strictly {strict:.2f})"
                f"  area {area(rows[:, 0], rows[:, 1:].ravel()):.3f}  by level {each}  medians {middle}"
            )
    clear = [numpy.array([values[(k, float(v), n)].get("motion", 0) for n in range(len(images)) for v in LEVELS[k][1:]])
             for k in ("gauss", "motion")]
    print(f"  {domain:6s} motion told from focus by motion: area {area(*clear):.3f}")
    lost = {k: [r for r in reasons.get(k, []) if r not in (None, "duplicate-of")] for k in reasons}
    print(f"  {domain:6s} left out by default: " + ", ".join(
        f"{k[0]} {k[1]:g}: {len(lost[k]) / len(reasons[k]):.0%}" for k in sorted(lost)))


if __name__ == "__main__":
    program, count = sys.argv[1], int(sys.argv[4])
    for domain, folder in (("photo", sys.argv[2]), ("anime", sys.argv[3])):
        names = sorted(os.listdir(folder))
        images = [cv2.imread(f"{folder}/{n}") for n in names[:: max(1, len(names) // count)][:count]]
        with tempfile.TemporaryDirectory() as temporary:
            table(*measured(program, temporary, images, domain), images, domain)
