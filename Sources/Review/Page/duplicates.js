// Samples that show the same picture, side by side: choose another best one, take one out, put groups together.

import * as server from "./server.js";
import { byID, make, number, plural } from "./dom.js";
import { describe } from "./grid.js";
import { state, words } from "./samples.js";

const shown = ["native-face", "sharpness", "score", "coverage"];

export class Duplicates extends EventTarget {
  #samples;
  #chosen = new Set();

  constructor(samples) {
    super();
    this.#samples = samples;
    byID("merge").addEventListener("click", () => this.#merge());
  }

  /** The groups, those of which nobody has chosen a best one first. */
  groups() {
    const groups = new Map();
    for (const item of this.#samples.all) {
      if (item.set) groups.set(item.set, [...(groups.get(item.set) ?? []), item]);
    }
    const all = [...groups].map(([best, items]) => ({
      best, items: items.sort((a, b) => (b.id === best) - (a.id === best) || a.place - b.place),
      isSettled: items.some((item) => item.person),
    }));
    return all.sort((a, b) => a.isSettled - b.isSettled || a.items[0].place - b.items[0].place);
  }

  async show() {
    const measures = await this.#samples.loadMeasures();
    const columns = shown.map((name) => [name, measures.columns.findIndex((column) => column.name === name)]);
    const groups = this.groups();
    const left = groups.filter((group) => !group.isSettled).length;
    byID("duplicates-left").textContent = groups.length
      ? `${plural(groups.length, "group")}, ${left ? `${left} not decided yet` : "all decided"}`
      : "The last curation found no two samples that show the same picture.";
    byID("groups").replaceChildren(...groups.map((group) => this.#group(group, (item) =>
      columns.filter(([, column]) => column >= 0).map(([name, column]) => [name, measures.rows[item.id]?.[column]]))));
    this.#choices();
  }

  #group(group, values) {
    const { best, items } = group;
    const check = make("input", {
      type: "checkbox", checked: this.#chosen.has(best), "aria-label": `Choose the group of ${items[0].name}`,
      onchange: (event) => {
        this.#chosen[event.target.checked ? "add" : "delete"](best);
        this.#choices();
      },
    });
    return make("section", { className: "group", "aria-label": `${items.length} that show the same picture` },
      make("label", { className: "choose" }, check, plural(items.length, "sample")),
      ...items.map((item) => this.#card(item, group, values(item))));
  }

  #card(item, { best, items }, values) {
    const isKept = state(item) === "kept";
    const row = ([name, value]) => make("li", { textContent: `${words(name)} ${value === null || value === undefined ? "–" : number(value)}` });
    return make("figure", { className: `card ${state(item)}` },
      make("button", { type: "button", className: "look", "aria-label": `Look at ${describe(item)}`, onclick: () => this.#open(item) },
        make("img", { src: server.thumbnail(item, 200), alt: "", loading: "lazy" })),
      make("figcaption", {},
        make("strong", { textContent: item.id === best ? "suggested" : isKept ? "kept too" : "rejected" }), ` ${item.name}`,
        make("ul", {}, ...values.map(row))),
      make("div", { className: "actions" },
        make("button", { type: "button", className: "keep", textContent: "Keep this one", onclick: () => this.#keep(item, items) }),
        make("button", { type: "button", textContent: "Not a copy", onclick: () => this.#takeOut(item, items) })));
  }

  #open(item) {
    this.dispatchEvent(new CustomEvent("open", { detail: item.id }));
  }

  // The rules leave the others out for the one that a person keeps.
  #keep(item, items) {
    const wanted = [{ id: item.id, person: { keep: true } }];
    for (const other of items) {
      if (other.id !== item.id && other.person?.keep) wanted.push({ id: other.id, person: null });
    }
    return this.#settle(this.#samples.decideAll(wanted), `Kept ${item.name}`);
  }

  #takeOut(item, items) {
    const pairs = items.filter((other) => other.id !== item.id).map((other) => [item.id, other.id, false]);
    return this.#pair(pairs, `${item.name} is no copy`);
  }

  #merge() {
    const groups = this.groups().filter((group) => this.#chosen.has(group.best));
    const [first, ...others] = groups.map((group) => group.best);
    this.#chosen.clear();
    return this.#pair(others.map((other) => [first, other, true]), `Merged ${groups.length} groups`);
  }

  /** Says that samples show the same picture. */
  join(ids) {
    const [first, ...others] = ids;
    return this.#pair(others.map((other) => [first, other, true]), `Grouped ${plural(ids.length, "sample")}`);
  }

  #pair(pairs, said) {
    const ids = [...new Set(pairs.flatMap(([first, second]) => [first, second]))];
    const ask = (same) => (seen) =>
      server.pair(pairs.map(([first, second, is]) => ({ first, second, same: same ? is : null })), seen);
    const act = this.#samples.workAll(ids, ask(true)).then((outcome) => {
      if (!outcome.conflicts.length) this.#samples.did(ids, () => this.#samples.workAll(ids, ask(false)));
    });
    return this.#settle(act, said);
  }

  async #settle(work, said) {
    try {
      await work;
      this.dispatchEvent(new CustomEvent("say", { detail: said }));
    } catch (error) {
      this.dispatchEvent(new CustomEvent("say", { detail: error.message }));
    }
    await this.show();
  }

  #choices() {
    const known = new Set(this.#samples.all.map((item) => item.set));
    for (const best of this.#chosen) if (!known.has(best)) this.#chosen.delete(best);
    byID("merge").disabled = this.#chosen.size < 2;
  }
}
