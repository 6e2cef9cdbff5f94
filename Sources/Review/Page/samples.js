// The samples, what was decided about them, and the way back.

import * as server from "./server.js";

export const verdict = (item) => item.person ?? item.rule ?? null;
export const state = (item) => {
  const said = verdict(item);
  return said ? (said.keep ? "kept" : "rejected") : "open";
};
export const reason = (item) => verdict(item)?.why ?? "";
export const needsEye = (item) => item.needsEye && !item.person;
export const words = (code) => plain[code] ?? code.replaceAll("-", " ");
const plain = { "duplicate-of": "duplicate", "rejected-by-person": "not wanted" };

export const filters = {
  all: { title: "All", holds: () => true },
  eye: { title: "Needs an eye", holds: needsEye },
  kept: { title: "Kept", holds: (item) => state(item) === "kept" },
  rejected: { title: "Rejected", holds: (item) => state(item) === "rejected" },
  yours: { title: "By you", holds: (item) => !!item.person },
};

const most = 2000; // changes a request

export class Samples extends EventTarget {
  #items = new Map();
  #order = [];
  #revision = 0;
  #done = []; // batches of { id, person: what was before }
  #own = new Map(); // the versions that decisions made here gave
  #queue = Promise.resolve();

  async load() {
    const { name, all } = await server.samples();
    this.#items = new Map(all.items.map((item) => [item.id, item]));
    this.#order = all.items.map((item) => item.id);
    this.#revision = all.revision;
    this.name = name;
    this.withoutCrop = Object.values(all.withoutCrop).reduce((sum, count) => sum + count, 0);
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

  /** The samples that fit, in order. */
  select({ domain, filter, why, search }) {
    const needle = search.trim().toLowerCase();
    return this.all.filter(
      (item) =>
        (!domain || item.domain === domain) &&
        filters[filter].holds(item) &&
        (filter !== "rejected" || !why || reason(item) === why) &&
        (!needle || item.name.toLowerCase().includes(needle) || item.id.startsWith(needle)),
    );
  }

  /** Decides about samples: `keep` true, false, or null for what the rules say. */
  decide(ids, keep, why) {
    const person = keep === null ? null : { keep, ...(keep ? {} : { why: why ?? "rejected-by-person" }) };
    const batch = ids
      .map((id) => this.#items.get(id))
      .filter(Boolean)
      .map((item) => ({ id: item.id, person: item.person ?? null }));
    if (!batch.length) return Promise.resolve();
    this.#done.push(batch);
    return this.#send(batch.map(({ id }) => ({ id, person }))).catch((error) => {
      this.#done = this.#done.filter((other) => other !== batch);
      throw error;
    });
  }

  /** Takes the last batch of decisions back; gives the samples concerned. */
  async undo() {
    const batch = this.#done.pop();
    if (!batch) return [];
    await this.#send(batch).catch((error) => {
      this.#done.push(batch);
      throw error;
    });
    return batch.map(({ id }) => id);
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
    this.#done = this.#done.map((batch) => batch.filter(({ id }) => !lost.has(id))).filter((batch) => batch.length);
    this.dispatchEvent(new CustomEvent("say", { detail: conflictText(conflicts) }));
    this.#tell([]);
  }
}

function conflictText(conflicts) {
  const [first] = conflicts;
  return conflicts.length === 1
    ? `${first.name} was decided elsewhere meanwhile; that is shown now.`
    : `${conflicts.length} were decided elsewhere meanwhile; that is shown now.`;
}
