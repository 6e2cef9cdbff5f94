"""Writes the results of a proof as a readable table: table.py WORK FILE. Parts that have no results are left out."""
import json
import statistics
import sys
from pathlib import Path

work, target = Path(sys.argv[1]), Path(sys.argv[2])


def read(name):
    rows = []
    file = work / name
    for line in file.read_text().splitlines() if file.is_file() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:
            pass
    return rows


def number(value, form="{:.1f}"):
    return "-" if value is None else form.format(value)


def table(header, rows):
    text = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return text + ["| " + " | ".join(str(cell).replace("|", "/").replace("\n", " ") for cell in row) + " |" for row in rows] + [""]


lines = ["# Easel on this GPU", ""]
machine = work / "machine.txt"
if machine.is_file():
    lines += ["```", machine.read_text().strip(), "```", ""]

parts = read("parts.jsonl")
names = {"a": "equality", "b": "time of a step", "c": "UGATIT-pytorch", "d": "training", "e": "resuming"}
if parts:
    lines += ["## Parts", ""]
    lines += table(["part", "result", "seconds"], [
        [f"{row['part']}: {names.get(row['part'], '')}", "done" if row["status"] == 0 else f"failed, status {row['status']}", row["seconds"]]
        for row in parts])

benchmark = [row for row in read("benchmark.jsonl")]
published = read("published.jsonl")


def find(rows, **wanted):
    found = [row for row in rows if row.get("seconds") and all(row.get(key) == value for key, value in wanted.items())]
    return min(found, key=lambda row: row["seconds"]) if found else None


side = max([row["side"] for row in benchmark + published], default=256)
one = find(benchmark, model="ugatit-light", side=side, batch=1, precision="bf16")
eight = find(benchmark, model="ugatit-light", side=side, batch=8, precision="bf16")
other = find(published, model="light", batch=1)
if one or eight or other:
    goals = []
    if one:
        goals.append(["light, batch 1, bf16: a step under 18 ms", f"{one['seconds'] * 1000:.1f} ms", one["seconds"] < 0.018])
        if one.get("memory"):
            goals.append(["light, batch 1, bf16: within 3 GB", f"{one['memory'] / 1e9:.2f} GB", one["memory"] <= 3e9])
    if one and other:
        times = other["seconds"] / one["seconds"]
        goals.append(["at least 6 times UGATIT-pytorch (its fastest)", f"{times:.1f} times", times >= 6])
    if eight and eight.get("peakShare") is not None:
        goals.append(["light, batch 8, bf16: 30 % of the card's peak", f"{eight['peakShare'] * 100:.1f} %", eight["peakShare"] >= 0.3])
    lines += [f"## Goals at side {side}", ""]
    lines += table(["goal", "measured", ""], [[a, b, "reached" if c else "not reached"] for a, b, c in goals])

if benchmark:
    lines += ["## Time of a training step", ""]
    lines += table(
        ["model", "side", "batch", "precision", "graph", "ms", "fastest", "images/s", "TFLOP/s", "of peak", "GiB", "h for 100,000"], [
            [row["model"], row["side"], row["batch"], row["precision"], "yes" if row["graph"] else "no",
             number(row.get("seconds") and row["seconds"] * 1000), number(row.get("fastest") and row["fastest"] * 1000),
             number(row.get("imagesPerSecond")), number(row.get("teraflops"), "{:.2f}"),
             number(row["peakShare"] * 100 if row.get("peakShare") is not None else None, "{:.1f} %"),
             number(row["memory"] / 2**30 if row.get("memory") else None, "{:.2f}"),
             row.get("error", "")[:90] or number(row.get("hours"))]
            for row in sorted(benchmark, key=lambda row: (row["model"] != "ugatit-light", -row["side"], row["batch"]))])

if published:
    lines += ["## UGATIT-pytorch on the same device", ""]
    rows = []
    for row in published:
        model = "ugatit-light" if row["model"] == "light" else "ugatit"
        best = find(benchmark, model=model, side=row["side"], batch=row["batch"])
        times = row["seconds"] / best["seconds"] if best and row.get("seconds") else None
        rows.append([
            row["model"], row["side"], row["batch"], "on" if row["benchmark"] else "off",
            number(row.get("seconds") and row["seconds"] * 1000), number(row.get("fastest") and row["fastest"] * 1000),
            number(row.get("imagesPerSecond")), number(row["memory"] / 2**30 if row.get("memory") else None, "{:.2f}"),
            row.get("error", "")[:90] or (number(times, "{:.1f} times") + (f" ({best['precision']})" if times else ""))])
    lines += table(["model", "side", "batch", "cuDNN benchmark", "ms", "fastest", "images/s", "GiB", "Easel's fastest is"], rows)

check = read("check.jsonl")
if check:
    def passes(row):
        return row.get("first") is not None and row["first"] <= row["firstLimit"] and row["later"] <= row.get("laterLimit", 1e300)
    failed = [row for row in check if not passes(row)]
    lines += ["## Equality: the largest relative difference of a loss", ""]
    lines += table(["model", "comparison", "first step", "limit", "later steps", "limit", ""], [
        [row["model"], row["comparison"], number(row.get("first"), "{:.1e}"), number(row["firstLimit"], "{:.0e}"),
         number(row.get("later"), "{:.1e}"), number(row.get("laterLimit"), "{:.1e}"),
         "PASS" if passes(row) else "FAIL " + (row.get("error") or row.get("term") or "")[:120]]
        for row in check])
    lines += [f"{len(check) - len(failed)} of {len(check)} pass.", ""]

log = read("log.jsonl") or read("run/log.jsonl")
evaluate = read("evaluate.jsonl")
if log:
    times = [row["seconds"] for row in log[5:] if "seconds" in row] or [row["seconds"] for row in log]
    median = statistics.median(times)
    lines += ["## Training", ""]
    lines += [f"{log[-1]['step']} steps, {median * 1000:.1f} ms a step (median, with reading of images), "
              f"{2 / median:.1f} images/s.", ""]
    if evaluate:
        def kid(row, key):
            value = (row.get("kernel") or {}).get(key)
            return "-" if not value else f"{value['kid'] * 100:.3f}"

        def distance(row, key):
            value = (row.get("distance") or {}).get(key)
            return number(value.get("value") if isinstance(value, dict) else value, "{:.4f}")
        lines += table(
            ["step", "minutes", "distance AtoB", "BtoA", "KID x 100 AtoB", "BtoA", "cycle A", "identity A"], [
                [row["step"], number(row["step"] * median / 60), distance(row, "AtoB"), distance(row, "BtoA"), kid(row, "AtoB"),
                 kid(row, "BtoA"), number((row.get("cycle") or {}).get("A"), "{:.4f}"), number((row.get("identity") or {}).get("A"), "{:.4f}")]
                for row in sorted(evaluate, key=lambda row: row["step"])])
        lines += [f"Untranslated: distance {number(evaluate[0].get('untranslated'), '{:.4f}')}, "
                  f"KID x 100 {kid(evaluate[0], 'untranslated')}. The time of a step, without checkpoints and sheets, gives the minutes.", ""]
resumed = read("resume.json")
if resumed:
    lines += [f"Resumed at step {resumed[0]['from']} and trained to step {resumed[0]['to']}.", ""]
target.write_text("\n".join(lines))
