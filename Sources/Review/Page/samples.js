// The samples, what was decided about them, and the way back.

import * as server from "./server.js";

export const verdict = (item) => item.person ?? item.rule ?? null;
export const state = (item) => {
  const said = verdict(item);
  return said ? (said.keep ? "kept" : "rejected") : "open";
};
export const reason = (item) => verdict(item)?.why ?? "";
export const needsCheck = (item) => item.needsCheck && !item.person;
export const words = (code) => plain[code] ?? code.replaceAll("-", " ");
const plain = { "duplicate-of": "duplicate", "rejected-by-person": "not wanted" };

export const filters = {
  all: { title: "All", holds: () => true },
  check: { title: "Check first", holds: needsCheck },
  kept: { title: "Kept", holds: (item) => state(item) === "kept" },
  borderline: { title: "Borderline", holds: (item) => item.borderline.length > 0 },
  rejected: { title: "Rejected", holds: (item) => state(item) === "rejected" },
  yours: { title: "By you", holds: (item) => !!item.person },
};

/** Whether the dataset as it was last written is not what was decided since. */
export const waits = (item) => item.isRegrouped || (!!item.person && item.person.keep !== !!item.split);

const most = 2000; // changes a request

export class Samples extends EventTarget {
  #items = new Map();
  #order = [];
  #revision = 0;
  #done = []; // what can be undone: { ids, back }
  #own = new Map(); // the versions that decisions made here gave
  #queue = Promise.resolve();

  async load() {
    const { name, all, measures } = await server.samples();
    this.#items = new Map(all.items.map((item) => [item.id, item]));
    this.#order = all.items.map((item) => item.id);
    this.#revision = all.revision;
    this.name = name;
    this.measureNames = measures;
    this.#tell([]);
  }

  get(id) {
    return this.#items.get(id);
  }

  get all() {
    return this.#order.map((id) => this.#items.get(id)).filter(Boolean);
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  /** The samples that fit, in the order that was asked for: `check`, `file`, or a measure's name, `-` before it for downwards. */
  select({ domain, filter, why, search, split, order }) {
    const needle = search.trim().toLowerCase();
    const fitting = this.all.filter(
      (item) =>
        (!domain || item.domain === domain) &&
        filters[filter].holds(item) &&
        (!split || (split === "none" ? !item.split : item.split === split)) &&
        (filter !== "rejected" || !why || reason(item) === why) &&
        (!needle || item.name.toLowerCase().includes(needle) || item.id.startsWith(needle)),
    );
    return order === "check" ? fitting : fitting.sort(this.#comparison(order));
  }

  #comparison(order) {
    if (order === "file") return (a, b) => a.place - b.place;
    const [name, sign] = order.startsWith("-") ? [order.slice(1), -1] : [order, 1];
    const column = this.measures?.columns.findIndex((column) => column.name === name) ?? -1;
    const value = (item) => this.measures?.rows[item.id]?.[column] ?? Infinity * sign;
    return (a, b) => sign * (value(a) - value(b)) || a.place - b.place;
  }

  /** Loads the measures of all samples, which sorting by one and trying thresholds need. */
  async loadMeasures() {
    this.measures ??= await server.measures();
    return this.measures;
  }

  /** Decides about samples: `keep` true, false, or null for what the rules say. */
  decide(ids, keep, why) {
    const person = keep === null ? null : { keep, ...(keep ? {} : { why: why ?? "rejected-by-person" }) };
    return this.decideAll(ids.map((id) => ({ id, person })));
  }

  /** Decides about each sample by itself: `{ id, person }`, where `person` is a verdict or null. */
  decideAll(decisions) {
    const wanted = decisions.filter(({ id }) => this.#items.has(id));
    const before = wanted.map(({ id }) => ({ id, person: this.#items.get(id).person ?? null }));
    if (!before.length) return Promise.resolve();
    const entry = this.did(before.map(({ id }) => id), (ids) => {
      const left = new Set(ids);
      return this.#send(before.filter(({ id }) => left.has(id)));
    });
    return this.#send(wanted).catch((error) => {
      this.#done = this.#done.filter((other) => other !== entry);
      throw error;
    });
  }

  /** Remembers how to take back what was done to samples; `back` is given those of which it still holds. */
  did(ids, back) {
    const entry = { ids, back };
    this.#done.push(entry);
    return entry;
  }

  /** Takes the last thing back; gives the samples concerned. */
  async undo() {
    const entry = this.#done.pop();
    if (!entry) return [];
    try {
      await entry.back(entry.ids);
    } catch (error) {
      this.#done.push(entry);
      throw error;
    }
    return entry.ids;
  }

  /** Does something to one sample at the server, which is told the version that is shown here. */
  work(id, act) {
    return this.workAll([id], (seen) => act(seen[id]));
  }

  /** Does something to samples at the server, which is told their versions by identity, and takes in what became of them. */
  workAll(ids, act) {
    return this.#inTurn(async () => {
      const outcome = await act(Object.fromEntries(ids.map((id) => [id, this.#items.get(id)?.version ?? 0])));
      for (const item of outcome.items) this.#own.set(item.id, item.version);
      this.measures = null;
      this.#take([...outcome.items, ...outcome.conflicts], outcome.gone);
      if (outcome.conflicts.length) this.#yield(outcome.conflicts);
      return outcome;
    });
  }

  /** Takes in what happened elsewhere. */
  poll() {
    return this.#inTurn(async () => {
      const news = await server.changes(this.#revision);
      this.#revision = news.revision;
      const changed = news.items.filter((item) => this.#items.get(item.id)?.version !== item.version);
      if (changed.length || news.gone.length) this.#take(changed, news.gone);
    });
  }

  // Shows what is wanted at once, and puts back what the server has where it says no.
  #send(wanted) {
    const before = wanted.map(({ id }) => this.#items.get(id)).filter(Boolean);
    const seen = new Map(before.map((item) => [item.id, item.version]));
    for (const { id, person } of wanted) {
      const item = this.#items.get(id);
      if (item) this.#items.set(id, { ...item, person });
    }
    this.#tell(wanted.map(({ id }) => id));
    return this.#inTurn(async () => {
      const changes = wanted
        .filter(({ id }) => this.#items.has(id))
        .map(({ id, person }) => ({
          id,
          // What came after the person looked is theirs only where it came from here.
          version: this.#own.get(id) === this.#items.get(id).version ? this.#own.get(id) : seen.get(id),
          keep: person?.keep ?? null,
          why: person?.why ?? null,
        }));
      try {
        for (let start = 0; start < changes.length; start += most) {
          const outcome = await server.decide(changes.slice(start, start + most));
          for (const item of outcome.items) this.#own.set(item.id, item.version);
          // The revision stays: the next poll also brings what others changed before this.
          this.#take([...outcome.items, ...outcome.conflicts], outcome.gone);
          if (outcome.conflicts.length) this.#yield(outcome.conflicts);
        }
      } catch (error) {
        this.#take(before, []);
        throw error;
      }
    });
  }

  #inTurn(work) {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  #take(items, gone) {
    for (const item of items) {
      if (!this.#items.has(item.id)) this.#order.push(item.id);
      this.#items.set(item.id, item);
    }
    for (const id of gone) this.#items.delete(id);
    if (gone.length) this.#order = this.#order.filter((id) => this.#items.has(id));
    this.#tell([...items.map((item) => item.id), ...gone]);
  }

  #tell(ids) {
    this.dispatchEvent(new CustomEvent("change", { detail: ids }));
  }

  // What was decided elsewhere cannot be undone from here.
  #yield(conflicts) {
    const lost = new Set(conflicts.map((item) => item.id));
    for (const entry of this.#done) entry.ids = entry.ids.filter((id) => !lost.has(id));
    this.#done = this.#done.filter(({ ids }) => ids.length);
    this.dispatchEvent(new CustomEvent("say", { detail: conflictText(conflicts) }));
    this.#tell([]);
  }
}

function conflictText(conflicts) {
  const [first] = conflicts;
  return conflicts.length === 1
    ? `${first.name} was changed in another window meanwhile; that is shown now.`
    : `${conflicts.length} were changed in another window meanwhile; that is shown now.`;
}
