"""Writes the results of a proof as a readable table: table.py WORK FILE. Parts that have no results are left out."""
import json
import statistics
import sys
from pathlib import Path

work, target = Path(sys.argv[1]), Path(sys.argv[2])
parts = {"a": "equality", "b": "time of a step", "c": "UGATIT-pytorch", "d": "training", "e": "resuming"}


def read(name):
    rows = []
    file = work / name
    for line in file.read_text().splitlines() if file.is_file() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:
            pass
    return rows


def number(value, form="{:.1f}", factor=1):
    if isinstance(value, dict):
        value = value.get("value")
    return "-" if value is None else form.format(value * factor)


def table(header, rows):
    def line(cells):
        return "| " + " | ".join(str(cell).replace("|", "/").replace("\n", " ") for cell in cells) + " |"

    return [line(header), "|" + "---|" * len(header)] + [line(row) for row in rows] + [""]


benchmark, published, check = read("benchmark.jsonl"), read("published.jsonl"), read("check.jsonl")


def fastest(rows, **wanted):
    found = [row for row in rows if row.get("seconds") and all(row.get(key) == value for key, value in wanted.items())]
    return min(found, key=lambda row: row["seconds"]) if found else None


def machine():
    file = work / "machine.txt"
    return ["```", file.read_text().strip(), "```", ""] if file.is_file() else []


def statuses():
    rows = read("parts.jsonl")
    if not rows:
        return []
    return ["## Parts", ""] + table(["part", "result", "seconds"], [
        [f"{row['part']}: {parts.get(row['part'], '')}",
         "done" if row["status"] == 0 else f"failed, status {row['status']}", row["seconds"]] for row in rows])


def goals():
    side = max([row["side"] for row in benchmark + published], default=256)
    one = fastest(benchmark, model="ugatit-light", side=side, batch=1, precision="bf16")
    eight = fastest(benchmark, model="ugatit-light", side=side, batch=8, precision="bf16")
    other = fastest(published, model="light", batch=1)
    rows = []
    if one:
        rows.append(["light, batch 1, bf16: under 18 ms a step", number(one["seconds"], "{:.1f} ms", 1000), one["seconds"] < 0.018])
        if one.get("memory"):
            rows.append(["light, batch 1, bf16: within 3 GB", number(one["memory"], "{:.2f} GB", 1e-9), one["memory"] <= 3e9])
    if one and other:
        times = other["seconds"] / one["seconds"]
        rows.append(["light, batch 1: at least 6 times UGATIT-pytorch at its fastest", f"{times:.1f} times", times >= 6])
    if eight and eight.get("peakShare") is not None:
        rows.append(["light, batch 8, bf16: 30 % of the card's peak", number(eight["peakShare"], "{:.1f} %", 100), eight["peakShare"] >= 0.3])
    if not rows:
        return []
    return [f"## Goals at side {side}", ""] + table(
        ["goal", "measured", ""], [[a, b, "reached" if c else "not reached"] for a, b, c in rows])


def steps():
    if not benchmark:
        return []
    rows = sorted(benchmark, key=lambda row: (row["model"] != "ugatit-light", -row["side"], row["batch"]))
    return ["## Time of a training step", ""] + table(
        ["model", "side", "batch", "precision", "graph", "ms", "fastest", "images/s", "TFLOP/s", "of peak", "GiB", "GiB at start", "h for 100,000 steps"],
        [[row["model"], row["side"], row["batch"], row["precision"], "yes" if row["graph"] else "no",
          number(row.get("seconds"), factor=1000), number(row.get("fastest"), factor=1000), number(row.get("imagesPerSecond")),
          number(row.get("teraflops"), "{:.2f}"), number(row.get("peakShare"), "{:.1f} %", 100),
          number(row.get("memory"), "{:.2f}", 2**-30), number(row.get("startMemory"), "{:.2f}", 2**-30),
          row.get("error", "")[:120] or number(row.get("hours"))] for row in rows])


def others():
    rows = []
    for row in published:
        best = fastest(benchmark, model="ugatit-light" if row["model"] == "light" else "ugatit", side=row["side"], batch=row["batch"])
        times = row["seconds"] / best["seconds"] if best and row.get("seconds") else None
        rows.append([
            row["model"], row["side"], row["batch"], "on" if row["benchmark"] else "off", number(row.get("seconds"), factor=1000),
            number(row.get("fastest"), factor=1000), number(row.get("imagesPerSecond")), number(row.get("memory"), "{:.2f}", 2**-30),
            row.get("error", "")[:120] or (f"{times:.1f} times ({best['precision']})" if times else "-")])
    if not rows:
        return []
    return ["## UGATIT-pytorch on the same device", ""] + table(
        ["model", "side", "batch", "cuDNN benchmark", "ms", "fastest", "images/s", "GiB", "Easel's fastest is as fast"], rows)


def equality():
    def passes(row):
        first, later, limit = row.get("first"), row.get("later"), row.get("laterLimit")
        return first is not None and later is not None and first <= row["firstLimit"] and (limit is None or later <= limit)

    if not check:
        return []
    return ["## Equality: the largest relative difference of a loss", ""] + table(
        ["model", "comparison", "first step", "limit", "later steps", "limit", ""],
        [[row["model"], row["comparison"], number(row.get("first"), "{:.1e}"), number(row["firstLimit"], "{:.0e}"),
          number(row.get("later"), "{:.1e}"), number(row.get("laterLimit"), "{:.1e}"),
          "PASS" if passes(row) else "FAIL " + (row.get("error") or row.get("term") or "")[:160]] for row in check]
    ) + [f"{sum(map(passes, check))} of {len(check)} pass.", ""]


def training():
    log, evaluations = read("log.jsonl") or read("run/log.jsonl"), sorted(read("evaluate.jsonl"), key=lambda row: row["step"])
    if not log:
        return []
    times = [row["seconds"] for row in log[5:] if "seconds" in row] or [row["seconds"] for row in log]
    median = statistics.median(times)
    lines = ["## Training", "", f"{log[-1]['step']} steps, {median * 1000:.1f} ms a step (median, with the reading of images), "
             f"{2 * 1 / median:.1f} images/s, {log[-1].get('memory', '-')} MiB.", ""]

    def kid(row, key):
        return number(((row.get("kernel") or {}).get(key) or {}).get("kid"), "{:.3f}", 100)

    def part(row, name, key, form="{:.4f}"):
        return number((row.get(name) or {}).get(key), form)

    if evaluations:
        lines += table(
            ["step", "minutes", "distance AtoB", "BtoA", "KID x 100 AtoB", "BtoA", "cycle A", "identity A"],
            [[row["step"], number(row["step"] * median / 60), part(row, "distance", "AtoB"), part(row, "distance", "BtoA"),
              kid(row, "AtoB"), kid(row, "BtoA"), part(row, "cycle", "A"), part(row, "identity", "A")] for row in evaluations])
        lines += [f"Untranslated: distance {number(evaluations[0].get('untranslated'), '{:.4f}')}, KID x 100 "
                  f"{kid(evaluations[0], 'untranslated')}. KID is of {evaluations[0].get('features', 'no network')}. "
                  "Minutes are steps times the median, without checkpoints and sheets.", ""]
    return lines


def resumed():
    rows = read("resume.json")
    return [f"Resumed at step {rows[0]['from']} and trained to step {rows[0]['to']}.", ""] if rows else []


lines = ["# Easel on this GPU", ""]
for section in [machine, statuses, goals, steps, others, equality, training, resumed]:
    try:
        lines += section()
    except Exception as error:
        lines += [f"The section {section.__name__} could not be written: {error!r}", ""]
target.write_text("\n".join(lines))
