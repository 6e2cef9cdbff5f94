// The samples, the decisions about them, and their changes.

import * as server from "./server.js";
import { words } from "./words.js";

export const decision = (item) => item.person ?? item.rule ?? null;
export const state = (item) => {
  const made = decision(item);
  return made ? (made.keep ? "kept" : "rejected") : "open";
};
export const reason = (item) => decision(item)?.why ?? "";
export const needsCheck = (item) => item.needsCheck && !item.person;

export const filters = {
  all: { title: "All", holds: () => true },
  check: { title: "Check first", holds: needsCheck },
  kept: { title: "Kept", holds: (item) => state(item) === "kept" },
  borderline: { title: "Borderline", holds: (item) => item.borderline.length > 0 },
  rejected: { title: "Rejected", holds: (item) => state(item) === "rejected" },
  yours: { title: "Decided by you", holds: (item) => !!item.person },
};

/** Whether the dataset does not yet contain the decisions made after the last curation. */
export const waits = (item) => item.isRegrouped || (!!item.person && item.person.keep !== !!item.split);

/** A description of a sample. */
export function describe(item) {
  const is = { kept: "kept", rejected: `rejected, ${words(reason(item))}`, open: "not decided yet" }[state(item)];
  const parts = [item.name, `domain ${item.domain}`, is + (item.person ? " by you" : "")];
  if (item.flags.length) parts.push(`mask: ${item.flags.map(words).join(", ")}`);
  return parts.join(", ");
}

const maxChanges = 2000; // in a request
const maxTries = 5; // of a decision while a run changes the sample

export class Samples extends EventTarget {
  #items = new Map();
  #order = [];
  #revision = 0;
  #own = new Map(); // the versions of changes made on this page
  #queue = Promise.resolve();
  history = null;
  isLoaded = false;

  async load() {
    const { name, all, measures, settings, learns } = await server.samples();
    this.#items = new Map(all.items.map((item) => [item.id, item]));
    this.#order = all.items.map((item) => item.id);
    this.#revision = all.revision;
    this.name = name;
    this.measureNames = measures;
    this.learns = learns;
    this.settingsName = settings; // undefined if rules cannot be written
    this.isLoaded = true;
    this.#changed([]);
  }

  get(id) {
    return this.#items.get(id);
  }

  get all() {
    return this.#order.map((id) => this.#items.get(id)).filter(Boolean);
  }

  /** The samples that match, in the order `check`, `file`, or a measure's name, `-` before it for descending. */
  select({ domain, filter, why, search, split, order, ids }) {
    const needle = search.trim().toLowerCase();
    const wanted = ids ? new Set(ids) : null;
    const matching = this.all.filter(
      (item) =>
        (!domain || item.domain === domain) &&
        (!wanted || wanted.has(item.id)) &&
        filters[filter].holds(item) &&
        (!split || (split === "none" ? !item.split : item.split === split)) &&
        (filter !== "rejected" || !why || reason(item) === why) &&
        (!needle || item.name.toLowerCase().includes(needle) || item.id.startsWith(needle) ||
          item.character?.toLowerCase().includes(needle)),
    );
    if (ids) return ids.map((id) => matching.find((item) => item.id === id)).filter(Boolean);
    return order === "check" ? matching : matching.sort(this.#comparison(order));
  }

  #comparison(order) {
    if (order === "file") return (a, b) => a.place - b.place;
    const [name, sign] = order.startsWith("-") ? [order.slice(1), -1] : [order, 1];
    return (a, b) => sign * ((this.value(a, name) ?? Infinity * sign) - (this.value(b, name) ?? Infinity * sign)) || a.place - b.place;
  }

  /** The value of a measure; undefined if it is not loaded or not measured. */
  value(item, name) {
    const column = this.measures?.columns.findIndex((column) => column.name === name) ?? -1;
    return this.measures?.rows[item.id]?.[column] ?? undefined;
  }

  /** Loads the measures of all samples, which sorting and limits need. */
  async loadMeasures() {
    this.measures ??= await server.measures();
    return this.measures;
  }

  /** Decides about samples: `keep` true, false, or null to follow the rules. */
  decide(ids, keep, why) {
    const person = keep === null ? null : { keep, ...(keep ? {} : { why: why ?? "rejected-by-person" }) };
    return this.decideAll(ids.map((id) => ({ id, person })));
  }

  /** Decides about each sample separately: `{ id, person }`, where `person` is a decision or null. */
  async decideAll(decisions) {
    const wanted = decisions.filter(({ id }) => this.#items.has(id));
    if (!wanted.length) return;
    const entry = {
      kind: "decisions",
      changes: wanted.map(({ id, person }) => ({ id, before: this.#items.get(id).person ?? null, after: person })),
    };
    this.history.record(entry);
    try {
      await this.send(wanted);
    } catch (error) {
      this.history.forget(entry);
      throw error;
    }
  }

  /** Changes one sample on the server; the request names the shown version. */
  work(id, act, options) {
    return this.workAll([id], (seen) => act(seen[id]), options);
  }

  /** Changes samples on the server and shows the result; the request names the shown versions. */
  workAll(ids, act, { saysConflicts = true } = {}) {
    return this.#inTurn(async () => {
      const outcome = await act(Object.fromEntries(ids.map((id) => [id, this.#items.get(id)?.version ?? 0])));
      for (const item of outcome.items) this.#own.set(item.id, item.version);
      this.measures = null;
      this.#take([...outcome.items, ...outcome.conflicts], outcome.gone);
      if (outcome.conflicts.length && saysConflicts) this.say(conflictText(outcome.conflicts));
      return outcome;
    });
  }

  /** Shows changes that were made elsewhere. */
  poll() {
    return this.#inTurn(async () => {
      const news = await server.changes(this.#revision);
      this.#revision = news.revision;
      const changed = news.items.filter((item) => this.#items.get(item.id)?.version !== item.version);
      if (changed.length || news.gone.length) this.#take(changed, news.gone);
    });
  }

  /**
   * Shows decisions at once, and restores the server's state if the server rejects them.
   *
   * A run may have changed the rules' decision or the image of a sample meanwhile. Then the user's decision is sent again with the
   * new version. Only another user's decision is a conflict.
   */
  send(wanted) {
    const before = wanted.map(({ id }) => this.#items.get(id)).filter(Boolean);
    const seen = new Map(before.map((item) => [item.id, item]));
    for (const { id, person } of wanted) {
      const item = this.#items.get(id);
      if (item) this.#items.set(id, { ...item, person });
    }
    this.#changed(wanted.map(({ id }) => id));
    return this.#inTurn(async () => {
      let changes = wanted
        .filter(({ id }) => this.#items.has(id))
        .map(({ id, person }) => ({
          id,
          // A newer version than the shown one is the user's own only if it was made on this page.
          version: this.#own.get(id) === this.#items.get(id).version ? this.#own.get(id) : seen.get(id).version,
          keep: person?.keep ?? null,
          why: person?.why ?? null,
        }));
      try {
        for (let tries = 1; changes.length; tries += 1) {
          const again = [];
          for (let start = 0; start < changes.length; start += maxChanges) {
            const part = changes.slice(start, start + maxChanges);
            const outcome = await server.decide(part);
            for (const item of outcome.items) this.#own.set(item.id, item.version);
            const conflicts = outcome.conflicts.filter((item) => tries === maxTries || !sameDecision(item.person, seen.get(item.id).person));
            const newer = new Map(outcome.conflicts.filter((item) => !conflicts.includes(item)).map((item) => [item.id, item.version]));
            again.push(...part.filter(({ id }) => newer.has(id)).map((change) => ({ ...change, version: newer.get(change.id) })));
            // The revision is not advanced, so the next poll also returns earlier changes of others.
            this.#take([...outcome.items, ...conflicts], outcome.gone);
            if (conflicts.length) this.say(conflictText(conflicts));
          }
          changes = again;
        }
      } catch (error) {
        this.#take(before, []);
        throw error;
      }
    });
  }

  say(text) {
    this.dispatchEvent(new CustomEvent("say", { detail: text }));
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
    this.#changed([...items.map((item) => item.id), ...gone]);
  }

  #changed(ids) {
    this.dispatchEvent(new CustomEvent("change", { detail: ids }));
  }
}

const sameDecision = (left, right) => (left?.keep ?? null) === (right?.keep ?? null) && (left?.why ?? null) === (right?.why ?? null);

function conflictText(conflicts) {
  const [first] = conflicts;
  return conflicts.length === 1
    ? `${first.name} was changed in another window meanwhile; that is shown now.`
    : `${conflicts.length} samples were changed in another window meanwhile; that is shown now.`;
}
