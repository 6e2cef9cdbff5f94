"""Large datasets that are made by repeating and altering a small one, through `easel gather`: seconds and memory by size.

scale.py EASEL FOLDER_A FOLDER_B WORK COUNT...

Needs numpy. Both folders are prepared once, in two shards. For each COUNT, the rows of the shards' ledgers are repeated until
there are COUNT samples. Each repeated face has hashes and an embedding of its own; one in a hundred is a copy of another one.
All crops are hard links to the few real ones, so that disk space does not matter.
"""
import json, os, shutil, sqlite3, subprocess, sys, time
import numpy as np

VIEWS = 11


def words(bits):
    """The 32 hexadecimal digits of each row of 119 bits."""
    padded = np.zeros(bits.shape[:-1] + (128,), np.uint8)
    padded[..., :119] = bits
    packed = np.packbits(padded, axis=-1, bitorder="little").reshape(-1, 16)
    return [row[7::-1].tobytes().hex() + row[:7:-1].tobytes().hex() for row in packed]


def template(easel, folders, work):
    """Two shards of a small dataset."""
    yaml = os.path.join(work, "small.yaml")
    out = os.path.join(work, "small")
    with open(yaml, "w") as file:
        file.write("output: %s\nsize: 64\ndomains:\n" % out)
        for domain, folder, kind in zip("AB", folders, ("photos", "screenshots")):
            file.write("  %s:\n    sources: [{ %s: %s }]\n    crop: { min-face: 32 }\n" % (domain, kind, folder))
    if not os.path.isdir(out):
        for shard in ("0/2", "1/2"):
            result = subprocess.run([easel, "run", yaml, "--shard", shard, "-q"], capture_output=True, text=True)
            if result.returncode not in (0, 2):
                sys.exit(result.stderr)
    return out


def rows(ledger, domain, table, key="id"):
    names = [row[1] for row in ledger.execute("PRAGMA table_info(%s)" % table)]
    where = "WHERE id IN (SELECT id FROM crop WHERE domain = ? AND cut IS NOT NULL)"
    if table in ("image", "crop"):
        where = "WHERE domain = ?"
    return names, {row[names.index(key)]: list(row) for row in ledger.execute("SELECT * FROM %s %s" % (table, where), domain)}


def insert(ledger, table, names, values):
    marks = ", ".join("?" * len(names))
    ledger.executemany('INSERT INTO %s (%s) VALUES (%s)' % (table, ", ".join('"%s"' % n for n in names), marks), values)


def multiply(shard, count, seed):
    """Repeats the samples of one shard until there are `count`."""
    ledger = sqlite3.connect(os.path.join(shard, "ledger.sqlite"))
    ledger.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    rng = np.random.default_rng(seed)
    store = os.path.join(shard, "store")
    known = {}
    for domain in "AB":
        tables = {t: rows(ledger, domain, t) for t in ("image", "crop", "mask", "measure")}
        vectors = dict(ledger.execute("SELECT id, vector FROM embedding WHERE id IN (SELECT id FROM crop WHERE domain = ?)", domain))
        digests = dict(ledger.execute("SELECT id, digest FROM embedding"))
        ids = [i for i in tables["measure"][1] if i in tables["mask"][1]]
        known[domain] = (tables, vectors, digests, ids)
    for table in ("image", "crop", "mask", "measure", "embedding", "detection", "file"):
        ledger.execute("DELETE FROM %s" % table)
    for domain, (tables, vectors, digests, ids) in known.items():
        number, cache = count // 2, {}
        for start in range(0, number, 10_000):
            size = min(10_000, number - start)
            made = {t: [] for t in tables}
            embedded = []
            masks = rng.integers(0, 2, (size, 1, 119), np.uint8)
            # One in a hundred has nearly the hashes of the one before it.
            copies = np.arange(size) % 100 == 99
            masks[copies] = masks[np.flatnonzero(copies) - 1]
            noise = (rng.random((size, VIEWS, 119)) < 0.1) & copies[:, None, None]
            bases = rng.integers(0, len(ids), size)
            bases[copies] = bases[np.flatnonzero(copies) - 1]
            views = np.stack([hashes(tables["measure"], ids[b], cache) for b in bases])
            text = words((views ^ masks) ^ noise)
            length = next((len(v) // 4 for v in vectors.values() if v), 0)
            persons = rng.normal(size=(size, length)).astype("<f4")
            if length:
                persons /= np.linalg.norm(persons, axis=1, keepdims=True)
                persons[copies] = persons[np.flatnonzero(copies) - 1]
            random = rng.bytes(size * 48)
            for n in range(size):
                base = ids[bases[n]]
                sha, pixels, polar = random[n * 48:n * 48 + 32].hex(), random[n * 48 + 8:n * 48 + 40].hex(), random[n * 48 + 40:n * 48 + 48].hex()
                new = sha[:16]
                crop = tables["crop"][1][base]
                values = {t: list(tables[t][1][crop[2] if t == "image" else base]) for t in tables}
                names = {t: tables[t][0] for t in tables}
                for table, changes in {
                    "image": {"id": sha, "sha256": sha, "path": sha[:2] + "/" + new + ".png", "file": "/data/" + sha[:2] + "/" + new + ".png"},
                    "crop": {"id": new, "image": sha},
                    "mask": {"id": new},
                    "measure": {"id": new, "pixels": pixels, "hash": polar, "turned": " ".join([polar] + text[n * VIEWS:(n + 1) * VIEWS])},
                }.items():
                    for name, value in changes.items():
                        values[table][names[table].index(name)] = value
                    made[table].append(values[table])
                if base in vectors:
                    embedded.append((new, persons[n].tobytes() if vectors[base] else None, digests[base]))
                for folder in ("crops", "cutouts"):
                    link(os.path.join(store, folder), base, new)
            for table in made:
                insert(ledger, table, tables[table][0], made[table])
            insert(ledger, "embedding", ["id", "vector", "digest"], embedded)
    ledger.commit()
    ledger.close()


def hashes(measure, id, cache):
    """The bits of a face's hashes, view by view."""
    if id not in cache:
        names, found = measure
        text = found[id][names.index("turned")].split(" ")[1:]
        data = b"".join(bytes.fromhex(t[:16])[::-1] + bytes.fromhex(t[16:])[::-1] for t in text)
        cache[id] = np.unpackbits(np.frombuffer(data, np.uint8).reshape(VIEWS, 16), axis=1, bitorder="little")[:, :119]
    return cache[id]


def link(folder, base, new):
    for name in ("%s/%s.png" % (base[:2], base), "%s.png" % base):
        if os.path.exists(os.path.join(folder, name)):
            target = os.path.join(folder, new[:2] if "/" in name else "", new + ".png")
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.link(os.path.join(folder, name), target)
            return


def gather(easel, out):
    start = time.time()
    process = subprocess.Popen([easel, "gather", out, "--jobs", "2"], stderr=subprocess.PIPE, text=True)
    log = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 2):
        sys.exit(log)
    return time.time() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss >> 10


def measure(easel, small, work, count):
    out = os.path.join(work, "out")
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(small, out)
    settings = os.path.join(out, "shards")
    for name in os.listdir(settings):
        path = os.path.join(settings, name)
        if os.path.isdir(path):
            multiply(path, count // 2, int(name) * 1_000_003 + count)
    seconds, cpu, memory = gather(easel, out)
    with open(os.path.join(out, "dataset.json")) as file:
        counts = json.load(file)["counts"]
    total = sum(c["train"] + c["test"] + c["rejected"] for c in counts.values())
    copies = sum(c["reasons"].get("duplicate-of", 0) for c in counts.values())
    print("%9d samples: %7.1f s, %7.1f CPU s, %5.0f us of CPU a sample, %5d MB; %d kept, %d copies of about %d" % (
        total, seconds, cpu, cpu / total * 1e6, memory, total - sum(c["rejected"] for c in counts.values()), copies, count // 100), flush=True)


if __name__ == "__main__":
    easel, a, b, work = sys.argv[1:5]
    os.makedirs(work, exist_ok=True)
    small = template(easel, (a, b), work)
    for count in sys.argv[5:]:
        measure(easel, small, work, int(count))
