// The undo history: entries with the state before and after, saved on the server so that they survive a reload.

import * as server from "./server.js";
import { plural } from "./dom.js";

const maxEntries = 200;
const maxCharacters = 900_000; // of all entries together

/**
 * Entries are one of
 *   { kind: "decisions", changes: [{ id, before, after }] }   decisions of a person, null for the rules'
 *   { kind: "pairs", pairs: [[first, second, same]] }          copies marked or separated; before, nothing was said
 *   { kind: "frame", id, before, after }                       frames as `edits.frame`, null for the rules'
 *   { kind: "method", id, before, after }                      mask methods, null for the settings'
 *   { kind: "strokes", id, before, after }                     brush layers as base64 PNG, null for none
 *   { kind: "learning" }                                        masks made again by a network that learned from corrections
 *   { kind: "copied", changes: [{ id, before, after }] }       samples whose correction is copied, null for none
 */
export class History extends EventTarget {
  #samples;
  #done = [];
  #undone = [];
  #saving = null;
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
    if (entry.kind === "learning") return [];
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
      try {
        await this.#apply(entry, side);
      } catch (error) {
        to.pop();
        from.push(entry);
        throw error;
      } finally {
        this.#save();
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
        return samples.work(entry.id, (version) => server.edit(entry.id, version, wanted));
      }
      case "method":
        return samples.work(entry.id, (version) => server.edit(entry.id, version, { kind: "method", method: entry[side] }));
      case "strokes": {
        const file = entry[side] && Uint8Array.from(atob(entry[side]), (char) => char.charCodeAt(0));
        return samples.work(entry.id, (version) => server.paint(entry.id, version, file));
      }
      case "learning":
        if (side === "after") throw new Error("The learned network was deleted. Let it learn again to use it.");
        return this.forgetLearning();
      case "copied":
        for (const change of entry.changes) {
          await samples.work(change.id, (version) => server.edit(change.id, version, { kind: "copied", from: change[side] }));
        }
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #save() {
    while (this.#done.length > maxEntries) this.#done.shift();
    this.#changed();
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#send(), 300);
  }

  async #send() {
    let text = JSON.stringify({ done: this.#done, undone: this.#undone });
    while (text.length > maxCharacters && this.#done.length) {
      this.#done.splice(0, Math.ceil(this.#done.length / 4));
      text = JSON.stringify({ done: this.#done, undone: [] });
    }
    // If saving fails, only undo after a reload is lost; the next entry tries again.
    await server.saveHistory({ done: this.#done, undone: this.#undone }).catch(() => {});
  }

  /** Saves at once, before the page closes. */
  flush() {
    clearTimeout(this.#saving);
    if (this.#saving) {
      const body = new Blob([JSON.stringify({ done: this.#done, undone: this.#undone })], { type: "application/json" });
      navigator.sendBeacon("/api/history", body);
    }
  }
}

function same(left, right) {
  return (left?.keep ?? null) === (right?.keep ?? null) && (left?.why ?? null) === (right?.why ?? null);
}
