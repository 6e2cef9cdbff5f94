// The undo history: entries with the state before and after, saved on the server so that they survive a reload.

import * as server from "./server.js";
import { bytes, pixels } from "./brush.js";
import { plural } from "./dom.js";

const maxEntries = 200;
const maxAttempts = 20; // to change a sample that the server is working on
const maxCharacters = 900_000; // of all entries together

/**
 * Entries are one of
 *   { kind: "decisions", changes: [{ id, before, after }] }   decisions of a person, null for the rules'
 *   { kind: "pairs", pairs: [[first, second, same]] }          copies marked or separated; before, nothing was said
 *   { kind: "frame", id, before, after }                       frames as `edits.frame`, null for the rules'
 *   { kind: "method", id, before, after }                      mask methods, null for the settings'
 *   { kind: "strokes", id, before, after }                     brush layers as base64 PNG, null for none
 *   { kind: "learning" }                                        masks made again by a network that learned from corrections
 *   { kind: "rules", patch: { start, removed, inserted } }      a change of the settings file
 *   { kind: "copied", changes: [{ id, before, after }] }       samples whose correction is copied, null for none
 */
export class History extends EventTarget {
  #samples;
  #done = [];
  #undone = [];
  #isChanged = false; // since the last request
  #sending = null;
  #isClosing = false;
  #busy = Promise.resolve();
  forgetLearning = async () => {};

  constructor(samples) {
    super();
    this.#samples = samples;
  }

  async load() {
    const { done = [], undone = [] } = await server.history();
    [this.#done, this.#undone] = [done, undone];
    this.#changed();
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** The newest entry that can be undone. */
  get last() {
    return this.#done.at(-1);
  }

  record(entry) {
    this.#done.push(entry);
    this.#undone = [];
    this.#save();
  }

  /** Drops an entry that was recorded but failed at the server. */
  forget(entry) {
    this.#done = this.#done.filter((other) => other !== entry);
    this.#save();
  }

  /** Undoes the newest entry; gives it, or nothing. */
  undo() {
    return this.#move("before");
  }

  /** Does again what was undone last; gives it, or nothing. */
  redo() {
    return this.#move("after");
  }

  /** The samples that an entry is about. */
  static ids(entry) {
    if (entry.kind === "learning" || entry.kind === "rules") return [];
    if (entry.changes) return entry.changes.map(({ id }) => id);
    return entry.pairs ? [...new Set(entry.pairs.flatMap(([first, second]) => [first, second]))] : [entry.id];
  }

  // In sequence, because a second Ctrl+Z may come before the response to the first.
  #move(side) {
    const moved = this.#busy.then(async () => {
      const [from, to] = side === "before" ? [this.#done, this.#undone] : [this.#undone, this.#done];
      const entry = from.pop();
      if (!entry) return null;
      // At once, so that a reload during the request does not lose the entry.
      to.push(entry);
      this.#save();
      try {
        await this.#apply(entry, side);
      } catch (error) {
        // A page that closes cancels its requests, but the server has received them.
        if (this.#isClosing) throw error;
        to.pop();
        from.push(entry);
        this.#save();
        throw error;
      }
      return entry;
    });
    this.#busy = moved.catch(() => {});
    return moved;
  }

  async #apply(entry, side) {
    const samples = this.#samples;
    const other = side === "before" ? "after" : "before";
    switch (entry.kind) {
      case "decisions": {
        // Decisions that were made elsewhere in the meantime are not overwritten.
        const wanted = entry.changes.filter((change) => same(samples.get(change.id)?.person ?? null, change[other]));
        if (wanted.length < entry.changes.length) {
          samples.say(`${plural(entry.changes.length - wanted.length, "sample")} changed elsewhere meanwhile and ${wanted.length ? "is" : "are"} not changed.`);
        }
        return samples.send(wanted.map((change) => ({ id: change.id, person: change[side] })));
      }
      case "pairs": {
        const pairs = entry.pairs.map(([first, second, same]) => ({ first, second, same: side === "after" ? same : null }));
        return samples.workAll(History.ids(entry), (seen) => server.pair(pairs, seen));
      }
      case "frame": {
        const chosen = entry[side];
        const wanted = chosen ? { kind: "frame", chosen } : { kind: "frame", matrix: null };
        return this.#change(entry, other, (version) => server.edit(entry.id, version, wanted));
      }
      case "method":
        return this.#change(entry, other, (version) => server.edit(entry.id, version, { kind: "method", method: entry[side] }));
      case "strokes": {
        return this.#change(entry, other, (version) => server.paint(entry.id, version, entry[side] && bytes(entry[side])));
      }
      case "learning":
        if (side === "after") throw new Error("The learned network was deleted. Let it learn again to use it.");
        return this.forgetLearning();
      case "rules": {
        const { start, removed, inserted } = entry.patch;
        await server.patchRules(side === "after" ? entry.patch : { start, removed: inserted, inserted: removed });
        samples.measures = null;
        return;
      }
      case "copied":
        for (const change of entry.changes) {
          await samples.work(change.id, (version) => server.edit(change.id, version, { kind: "copied", from: change[side] }));
        }
    }
  }

  // Changes a sample that must still be as the entry left it. A version can differ although nothing else has changed: if the
  // page was reloaded, the server may still have worked on the last edit.
  async #change(entry, other, act) {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const { conflicts } = await this.#samples.work(entry.id, act, { saysConflicts: false });
      if (!conflicts.length) return;
      if (!(await isAs(entry, other))) break;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    throw new Error(`${this.#samples.get(entry.id)?.name ?? "The sample"} was changed elsewhere meanwhile, so nothing was done. Try again to replace that change.`);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #save() {
    while (this.#done.length > maxEntries) this.#done.shift();
    this.#changed();
    this.#isChanged = true;
    this.#sending ??= this.#send();
  }

  // Sends at once and one at a time; changes during a request are sent together after it.
  async #send() {
    await null;
    while (this.#isChanged) {
      this.#isChanged = false;
      while (this.#done.length && JSON.stringify(this.#state).length > maxCharacters) {
        this.#done.splice(0, Math.ceil(this.#done.length / 4));
      }
      // If saving fails, only undo after a reload is lost; the next entry tries again.
      await server.saveHistory(this.#state).catch(() => {});
    }
    this.#sending = null;
  }

  get #state() {
    return { done: this.#done, undone: this.#undone };
  }

  /** Continues after the browser has shown a closed page again. */
  resume() {
    this.#isClosing = false;
  }

  /** Saves at once, before the page closes. */
  flush() {
    this.#isClosing = true;
    if (!this.#sending) return;
    navigator.sendBeacon("/api/history", new Blob([JSON.stringify(this.#state)], { type: "application/json" }));
  }
}

/** Whether the sample on the server is as the entry says, before or after. */
async function isAs(entry, side) {
  const { item, edits } = await server.sample(entry.id);
  if (entry.kind !== "strokes") return JSON.stringify(edits[entry.kind] ?? null) === JSON.stringify(entry[side] ?? null);
  if (!edits.isPainted || !entry[side]) return edits.isPainted === !!entry[side];
  const [now, expected] = await Promise.all([
    pixels(`/image/strokes/${entry.id}?v=${item.version}-${Date.now()}`), pixels(new Blob([bytes(entry[side])], { type: "image/png" })),
  ]);
  return now.width === expected.width && now.data.every((value, index) => value === expected.data[index]);
}

function same(left, right) {
  return (left?.keep ?? null) === (right?.keep ?? null) && (left?.why ?? null) === (right?.why ?? null);
}
