// Groups of duplicates side by side: keep another sample, separate one, merge groups.

import * as server from "./server.js";
import { byID, make, number, plural } from "./dom.js";
import { describe, state } from "./samples.js";
import { words } from "./words.js";

const shown = ["native-face", "sharpness", "score", "coverage"];

export class Duplicates extends EventTarget {
  #samples;
  #compare;
  #chosen = new Set();
  #seen = new Set(); // kept samples of groups that were on the screen
  #order = []; // kept samples, in the order in which their groups were first shown
  #watcher;

  constructor(samples, compare) {
    super();
    [this.#samples, this.#compare] = [samples, compare];
    byID("merge").addEventListener("click", () => this.#merge());
    byID("accept-seen").addEventListener("click", () => this.#acceptSeen());
    this.#watcher = new IntersectionObserver((entries) => {
      for (const { target, intersectionRatio } of entries) if (intersectionRatio > 0.6) this.#seen.add(target.dataset.best);
      this.#choices();
    }, { root: byID("duplicates"), threshold: [0.61] });
  }

  /** The groups, undecided ones first. */
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

  /** Forgets the order of the groups, so that undecided ones come first when the view is opened again. */
  leave() {
    this.#order = [];
    this.#seen.clear();
  }

  async show() {
    const measures = await this.#samples.loadMeasures();
    const columns = shown.map((name) => [name, measures.columns.findIndex((column) => column.name === name)]);
    const groups = this.groups();
    // A decided group keeps its position, so that the next click does not hit another group.
    for (const { best } of groups) if (!this.#order.includes(best)) this.#order.push(best);
    groups.sort((a, b) => this.#order.indexOf(a.best) - this.#order.indexOf(b.best));
    const left = groups.filter((group) => !group.isSettled).length;
    byID("duplicates-left").textContent = groups.length
      ? `${plural(groups.length, "group")}, ${left ? `${left} not decided yet` : "all decided"}`
      : "The last curation found no copies.";
    const values = (item) =>
      columns.filter(([, column]) => column >= 0).map(([name, column]) => [name, measures.rows[item.id]?.[column]]);
    const [host, focus] = [byID("groups"), document.activeElement?.dataset?.focus];
    this.#watcher.disconnect();
    host.replaceChildren(...groups.map((group, index) => this.#group(group, values, index)));
    for (const part of host.children) this.#watcher.observe(part);
    // The pressed button was created again, so restore the focus.
    if (focus) host.querySelector(`[data-focus="${focus}"]`)?.focus({ preventScroll: true });
    this.#choices();
  }

  #group(group, values, index) {
    const { best, items, isSettled } = group;
    const check = make("input", {
      type: "checkbox", checked: this.#chosen.has(best), "aria-label": `Choose the group of ${items[0].name}`,
      onchange: (event) => {
        this.#chosen[event.target.checked ? "add" : "delete"](best);
        this.#choices();
      },
    });
    const compare = make("button", {
      type: "button", textContent: "Compare", "data-focus": `compare ${best}`, "aria-label": `Compare ${items[0].name} with its copy`,
      onclick: () => this.#compare.open(...items.slice(0, 2).map((item) => ({ src: server.picture("crop", item), name: item.name }))),
    });
    return make("section", { className: `group${isSettled ? " settled" : ""}`, "data-best": best, "aria-label": `Group ${index + 1}: ${items[0].name}` },
      make("div", { className: "group-head" }, make("label", { className: "choose" }, check, plural(items.length, "sample"), isSettled ? ", decided" : ""), compare),
      make("div", { className: "cards" }, ...items.map((item) => this.#card(item, group, values(item)))));
  }

  #card(item, { best, items }, values) {
    const isKept = state(item) === "kept";
    // Why the rules prefer the other one; of a sample that a user decided about, the reason is the user.
    const reason = item.rule?.why === "duplicate-of" && !item.person ? item.rule.detail : undefined;
    const row = ([name, value]) => make("li", { textContent: `${words(name)} ${value === null || value === undefined ? "–" : number(value)}` });
    return make("figure", { className: `card ${state(item)}` },
      make("button", { type: "button", className: "look", "aria-label": `Open ${describe(item)}`, onclick: () => this.#open(item) },
        make("img", { src: server.thumbnail(item, 200), alt: "", loading: "lazy" })),
      make("figcaption", {},
        make("strong", { textContent: item.id === best ? "suggested" : isKept ? "kept too" : "rejected" }), ` ${item.name}`,
        make("ul", {}, ...values.map(row)),
        reason && make("p", { className: "because", textContent: reason })),
      make("div", { className: "actions" },
        make("button", { type: "button", className: "keep", textContent: "Keep this one", "data-focus": `keep ${item.id}`, "aria-label": `Keep ${item.name}`, onclick: () => this.#keep(item, items) }),
        make("button", { type: "button", textContent: "Not a copy", "data-focus": `apart ${item.id}`, "aria-label": `${item.name} is not a copy`, onclick: () => this.#takeOut(item, items) })));
  }

  #open(item) {
    this.dispatchEvent(new CustomEvent("open", { detail: item.id }));
  }

  // The rules reject the other samples if the user keeps one.
  #wanted(item, items) {
    const wanted = [{ id: item.id, person: { keep: true } }];
    for (const other of items) {
      if (other.id !== item.id && other.person?.keep) wanted.push({ id: other.id, person: null });
    }
    return wanted;
  }

  #keep(item, items) {
    return this.#settle(this.#samples.decideAll(this.#wanted(item, items)), `Kept ${item.name}`);
  }

  // All suggestions that were visible and are not decided.
  #acceptSeen() {
    const groups = this.#waiting();
    const wanted = groups.flatMap(({ items }) => this.#wanted(items[0], items));
    return this.#settle(this.#samples.decideAll(wanted), `Kept the suggested sample of ${plural(groups.length, "group")}`);
  }

  #waiting() {
    return this.groups().filter((group) => !group.isSettled && this.#seen.has(group.best));
  }

  #takeOut(item, items) {
    const pairs = items.filter((other) => other.id !== item.id).map((other) => [item.id, other.id, false]);
    return this.#pair(pairs, `${item.name} is not a copy`);
  }

  #merge() {
    const groups = this.groups().filter((group) => this.#chosen.has(group.best));
    const [first, ...others] = groups.map((group) => group.best);
    this.#chosen.clear();
    return this.#pair(others.map((other) => [first, other, true]), `Merged ${groups.length} groups`);
  }

  /** Marks samples as showing the same picture. */
  join(ids) {
    const [first, ...others] = ids;
    return this.#pair(others.map((other) => [first, other, true]), `Grouped ${plural(ids.length, "sample")}`);
  }

  #pair(pairs, said) {
    const ids = [...new Set(pairs.flatMap(([first, second]) => [first, second]))];
    const act = this.#samples.workAll(ids, (seen) => server.pair(pairs.map(([first, second, same]) => ({ first, second, same })), seen))
      .then((outcome) => {
        if (!outcome.conflicts.length) this.#samples.history.record({ kind: "pairs", pairs });
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
    const count = this.#waiting().length;
    byID("accept-seen").disabled = !count;
    byID("accept-seen").textContent = count ? `Accept the suggestions of ${plural(count, "group")} seen` : "Accept seen suggestions";
  }
}
