"""Writes the measurements of runs as a table, and packs their sample sheets and logs: curating.py WORK OUT."""
import io
import json
import sys
import tarfile
from pathlib import Path

work, out = map(Path, sys.argv[1:3])
rows = [json.loads(line) for line in (out / "curating.jsonl").read_text().splitlines()]
rows = [row for row in rows if "step" in row]


def number(row, *keys, form="{:.1f}", factor=100):
    for key in keys:
        row = (row or {}).get(key)
    return "-" if row is None else form.format(row * factor)


def line(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


header = ["test images", "trained on", "seed", "step", "distance x 100 AtoB", "its error", "BtoA", "KID x 100 AtoB", "recognition AtoB",
          "structure AtoB", "cycle A"]
lines = [line(header), "|" + "---|" * len(header)]
for row in sorted(rows, key=lambda row: (row["test"], row["dataset"], row["seed"], row["step"])):
    lines.append(line([
        row["test"], row["dataset"], row["seed"], row["step"], number(row, "distance", "AtoB", "value"),
        number(row, "distance", "AtoB", "spread"), number(row, "distance", "BtoA", "value"), number(row, "kernel", "AtoB", "kid"),
        number(row, "recognition", "AtoB", form="{:.2f}", factor=1), number(row, "structure", "AtoB", form="{:.2f}", factor=1),
        number(row, "cycle", "A", form="{:.3f}", factor=1)]))
lines.append("")
for test in sorted({row["test"] for row in rows}):
    row = next(row for row in rows if row["test"] == test)
    lines.append(
        f"{test}: {row['images']['A']} and {row['images']['B']} images; untranslated {number(row, 'untranslated', 'value')}, the noise floor of B "
        f"{number(row, 'noiseFloor', 'B', 'value')} with an error of {number(row, 'noiseFloor', 'B', 'spread')}.")
(out / "curating.md").write_text("\n".join(lines) + "\n")

with tarfile.open(out / "sheets.tar", "w") as archive:
    for run in sorted(folder for folder in work.iterdir() if (folder / "log.jsonl").is_file()):
        archive.add(run / "log.jsonl", arcname=f"{run.name}.jsonl")
        sheets = sorted((run / "samples").glob("*.png"))
        if not sheets:
            continue
        try:
            from PIL import Image

            data = io.BytesIO()
            Image.open(sheets[-1]).convert("RGB").save(data, "JPEG", quality=88)
            entry = tarfile.TarInfo(f"{run.name}.jpg")
            entry.size = len(data.getvalue())
            archive.addfile(entry, io.BytesIO(data.getvalue()))
        except Exception as error:
            print(f"{sheets[-1].name} was not converted: {error}")
