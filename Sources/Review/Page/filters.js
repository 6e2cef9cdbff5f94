// The filters above the grid, and the summary of samples to check.

import { byID, make, plural } from "./dom.js";
import { filters, needsCheck, reason, state, waits } from "./samples.js";
import { words } from "./words.js";

export class Filters extends EventTarget {
  #samples;
  #chips = new Map();
  #duplicates;

  constructor(samples, duplicates) {
    super();
    [this.#samples, this.#duplicates] = [samples, duplicates];
    for (const [value, title] of [["", "Both"], ["A", "A"], ["B", "B"]]) this.#chip("domains", "domain", value, title);
    for (const [value, { title }] of Object.entries(filters)) this.#chip("filters", "filter", value, title);
    for (const name of ["why", "split", "order"]) {
      byID(name).addEventListener("change", (event) => this.#choose({ [name]: event.target.value }));
    }
    byID("search").addEventListener("input", (event) => this.#choose({ search: event.target.value }));
    byID("search-everywhere").addEventListener("click", () =>
      this.#choose({ domain: "", filter: "all", why: "", split: "", ids: null }));
    byID("ids-clear").addEventListener("click", () => this.#choose({ ids: null }));
  }

  // Created once, so that the focus is kept.
  #chip(host, name, value, title) {
    const count = make("b");
    const button = make("button", {
      type: "button", onclick: () => this.#choose({ [name]: value, ...(name === "filter" ? { why: "" } : {}) }),
    }, title, count);
    this.#chips.set(`${name} ${value}`, { button, count });
    byID(host).append(button);
  }

  #choose(change) {
    this.dispatchEvent(new CustomEvent("choose", { detail: change }));
  }

  /** Shows the choices of `view` and how many samples each has; `isEmpty` whether none is shown, null while they load. */
  show(view, isEmpty) {
    const all = this.#samples.all;
    const inDomain = all.filter((item) => !view.domain || item.domain === view.domain);
    const set = (name, value, number) => {
      const { button, count } = this.#chips.get(`${name} ${value}`);
      count.textContent = number.toLocaleString("en");
      button.setAttribute("aria-pressed", view[name] === value);
    };
    for (const domain of ["", "A", "B"]) set("domain", domain, all.filter((item) => !domain || item.domain === domain).length);
    for (const [name, { holds }] of Object.entries(filters)) set("filter", name, inDomain.filter(holds).length);
    byID("why").parentElement.hidden = view.filter !== "rejected";
    if (view.filter === "rejected") this.#reasons(inDomain, view.why);
    for (const name of ["split", "order"]) byID(name).value = view[name];
    if (document.activeElement !== byID("search")) byID("search").value = view.search;
    byID("ids-part").hidden = !view.ids;
    byID("ids-said").textContent = view.ids ? view.idsTitle : "";
    this.#empty(view, isEmpty);
    this.#headline(all);
  }

  #reasons(items, chosen) {
    const counts = new Map();
    for (const item of items) {
      if (state(item) === "rejected") counts.set(reason(item), (counts.get(reason(item)) ?? 0) + 1);
    }
    const options = [["", "for any reason"], ...[...counts].sort((a, b) => b[1] - a[1]).map(([code, count]) => [code, `${words(code)} (${count})`])];
    byID("why").replaceChildren(...options.map(([code, title]) => new Option(title, code, false, code === chosen)));
  }

  #empty(view, isEmpty) {
    if (isEmpty === null) return;
    byID("empty").hidden = !isEmpty;
    if (!isEmpty) return;
    const hits = view.search ? this.#samples.select({ domain: "", filter: "all", why: "", split: "", order: "check", search: view.search }).length : 0;
    byID("empty-said").textContent = !this.#samples.all.length
      ? "There are no crops yet. Run easel crop, easel mask and easel curate first."
      : view.filter === "check" && !view.search ? "Nothing is left to check."
        : hits ? `No sample matches here, but ${plural(hits, "sample does", "samples do")} elsewhere.` : "No sample matches.";
    byID("search-everywhere").hidden = !hits;
  }

  #headline(all) {
    const left = all.filter(needsCheck).length;
    const cut = all.filter((item) => item.isCut).length;
    const kept = all.filter((item) => item.isCut && state(item) === "kept").length;
    const groups = this.#duplicates.groups().filter((group) => !group.isSettled).length;
    const unwritten = all.filter(waits).length;
    const parts = [left ? `${left.toLocaleString("en")} to check` : "nothing left to check", `${kept.toLocaleString("en")} of ${cut.toLocaleString("en")} kept`];
    if (groups) parts.push(`${plural(groups, "group")} of copies`);
    if (cut < all.length) parts.push(`${(all.length - cut).toLocaleString("en")} without a crop`);
    if (unwritten) parts.push(`${plural(unwritten, "change")} not in the dataset yet: run easel curate`);
    byID("left").textContent = all.length ? parts.join(" · ") : "no samples";
    byID("left").title = byID("left").textContent;
  }
}
