"""Copies the sample sheets and the logs of a proof: pack.py WORK RUN OUT. At most three files, the sheets as JPEG if Pillow is there."""
import shutil
import sys
import tarfile
from pathlib import Path

work, run, out = map(Path, sys.argv[1:4])
limit = 15 * 2**20
sheets = sorted((run / "samples").glob("*.png")) if (run / "samples").is_dir() else []
chosen = {"sheet-first": sheets[0], "sheet-last": sheets[-1]} if sheets else {}
if len(sheets) == 1:
    del chosen["sheet-first"]
for name, sheet in chosen.items():
    try:
        from PIL import Image

        image = Image.open(sheet).convert("RGB")
        if max(image.size) > 6000:
            image.thumbnail((6000, 6000))
        image.save(out / f"{name}.jpg", quality=88)
    except Exception as error:
        print(f"{sheet.name} was not converted: {error}")
        if sheet.stat().st_size < limit:
            shutil.copy(sheet, out / f"{name}.png")
mode, suffix = "w:gz", "gz"
try:
    import lzma  # noqa: F401

    mode, suffix = "w:xz", "xz"
except ImportError:
    pass
with tarfile.open(out / f"logs.tar.{suffix}", mode) as archive:
    for file in sorted(work.iterdir()):
        if file.is_file() and file.stat().st_size < limit:
            archive.add(file, arcname=f"logs/{file.name}")
    for name in ["settings.yaml"]:
        if (run / name).is_file():
            archive.add(run / name, arcname=f"logs/{name}")
