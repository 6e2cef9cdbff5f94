// Trying limits on measures: a histogram with two handles for each measure, and the samples that all limits together would reject.

import * as server from "./server.js";
import { byID, draw, make, number, plural } from "./dom.js";
import { describe, state } from "./samples.js";
import { words } from "./words.js";

const bins = 40;
const maxShown = 60; // samples that the limits would reject
const steps = 1000; // of a slider
const none = { least: null, greatest: null };
const sameLimits = (left, right) => JSON.stringify(left.columns) === JSON.stringify(right.columns);

export class Limits extends EventTarget {
  #samples;
  #table = null;
  #domain = "";
  #ranges = new Map(); // by measure: { least, greatest }, null for no limit
  #started = new Map(); // the ranges of the current rules
  #rows = new Map();

  constructor(samples) {
    super();
    this.#samples = samples;
    byID("limit-domain").addEventListener("change", (event) => {
      // Keep limits that were tried; only the samples change.
      const isTried = this.#changed().length > 0;
      this.#domain = event.target.value;
      if (isTried) this.#draw();
      else this.#restart();
    });
    byID("limit-add").addEventListener("change", (event) => {
      if (event.target.value) this.#add(event.target.value);
      event.target.value = "";
    });
    byID("limit-reset").addEventListener("click", () => this.#restart());
    byID("limit-reject").addEventListener("click", () => this.#ask());
    byID("limit-copy").addEventListener("click", () => this.#copy());
    byID("limit-write").addEventListener("click", () => this.#write());
    byID("limit-confirm").addEventListener("close", () => {
      if (byID("limit-confirm").returnValue === "reject") this.#reject();
    });
  }

  async show() {
    const before = this.#table;
    this.#table = await this.#samples.loadMeasures();
    byID("limit-write").hidden = !this.#samples.settingsName;
    byID("limit-write").textContent = `Write into ${this.#samples.settingsName}`;
    // Rules that were written or undone replace what was tried.
    if (!this.#ranges.size || (before && !sameLimits(before, this.#table))) this.#restart();
    else this.#draw();
  }

  #restart() {
    this.#ranges.clear();
    this.#start();
  }

  // The limits of the current rules, or sharpness without rules.
  #start() {
    for (const { name } of this.#table.columns) {
      const asked = this.#asked(name);
      if (asked) this.#ranges.set(name, { least: asked.least ?? null, greatest: asked.greatest ?? null });
    }
    this.#started = new Map([...this.#ranges].map(([name, range]) => [name, { ...range }]));
    if (!this.#ranges.size) this.#ranges.set(this.#table.columns.some(({ name }) => name === "sharpness") ? "sharpness" : this.#table.columns[0].name, { least: null, greatest: null });
    this.#build();
  }

  #asked(name) {
    const { limits } = this.#table.columns.find((column) => column.name === name);
    if (this.#domain) return limits[this.#domain];
    // A rule of one domain is not shown for both, because it would reject samples of the other.
    const isSame = limits.A && limits.B && limits.A.least === limits.B.least && limits.A.greatest === limits.B.greatest;
    return isSame ? limits.A : undefined;
  }

  #add(name) {
    const asked = this.#asked(name);
    this.#ranges.set(name, { least: asked?.least ?? null, greatest: asked?.greatest ?? null });
    this.#build();
    this.#rows.get(name)?.row.querySelector("input")?.focus();
  }

  #build() {
    this.#rows.clear();
    for (const name of this.#ranges.keys()) this.#rows.set(name, this.#row(name));
    byID("limit-list").replaceChildren(...[...this.#rows.values()].map(({ row }) => row));
    byID("limit-add").replaceChildren(new Option("Add a measure …", ""), ...this.#table.columns
      .filter(({ name }) => !this.#ranges.has(name))
      .map(({ name }) => [words(name), name]).sort().map(([title, name]) => new Option(title, name)));
    this.#draw();
  }

  #row(name) {
    const { meaning } = this.#table.columns.find((column) => column.name === name);
    const svg = draw("svg", { viewBox: "0 0 400 100", preserveAspectRatio: "none", "aria-hidden": "true" });
    const slider = (side, title) => make("input", {
      type: "range", min: 0, max: steps, className: side, "aria-label": `${words(name)}: ${title}`, "data-limit": `${name} ${side}`,
      oninput: (event) => this.#moved(name, side, Number(event.target.value)),
    });
    const [least, greatest] = [slider("least", "at least"), slider("greatest", "at most")];
    const [low, high, said] = [make("span"), make("span"), make("output")];
    const remove = make("button", {
      type: "button", className: "small", textContent: "×", "aria-label": `Remove the limit on ${words(name)}`,
      onclick: () => {
        this.#ranges.delete(name);
        if (this.#ranges.size) this.#build();
        else this.#start();
      },
    });
    const row = make("section", { className: "limit", "aria-label": words(name) },
      make("header", {}, make("h3", { textContent: words(name) }), said, remove),
      make("div", { className: "plot" }, svg, least, greatest),
      make("div", { className: "ends" }, low, high),
      make("p", { className: "hint", textContent: meaning }));
    return { row, svg, least, greatest, low, high, said };
  }

  #values(name) {
    return this.#samples.all
      .filter((item) => !this.#domain || item.domain === this.#domain)
      .map((item) => ({ item, value: this.#samples.value(item, name) }))
      .filter(({ value }) => value !== undefined && value !== null);
  }

  // The range of the axis contains all values and limits.
  #axis(name) {
    const { least, greatest } = this.#ranges.get(name);
    let [low, high] = [Infinity, -Infinity];
    for (const { value } of this.#values(name)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    for (const value of [least, greatest]) if (value !== null) [low, high] = [Math.min(low, value), Math.max(high, value)];
    if (!(low <= high)) return [0, 1];
    return [low, high > low ? high : low + 1];
  }

  // A handle at its end means no limit; handles cannot cross.
  #moved(name, side, place) {
    const range = this.#ranges.get(name);
    const [low, high] = this.#rows.get(name).axis;
    const value = Number((low + ((high - low) * place) / steps).toPrecision(4));
    if (side === "least") range.least = place <= 0 ? null : Math.min(value, range.greatest ?? Infinity);
    else range.greatest = place >= steps ? null : Math.max(value, range.least ?? -Infinity);
    this.#draw(name);
  }

  #isOut(item) {
    for (const [name, { least, greatest }] of this.#ranges) {
      const value = this.#samples.value(item, name);
      if (value === undefined || value === null) continue;
      if ((least !== null && value < least) || (greatest !== null && value > greatest)) return true;
    }
    return false;
  }

  // The distance of a sample from its nearest unmet limit, as a fraction of the axis; the nearest samples are shown.
  #depth(item) {
    let depth = Infinity;
    for (const [name, { least, greatest }] of this.#ranges) {
      const value = this.#samples.value(item, name);
      const [low, high] = this.#rows.get(name).axis;
      const beyond = Math.max(least === null ? -1 : least - value, greatest === null ? -1 : value - greatest);
      if (beyond > 0) depth = Math.min(depth, beyond / (high - low));
    }
    return depth;
  }

  // The kept samples that would be rejected.
  #beyond() {
    return this.#samples.all
      .filter((item) => (!this.#domain || item.domain === this.#domain) && state(item) === "kept" && this.#isOut(item))
      .map((item) => [this.#depth(item), item]).sort((a, b) => a[0] - b[0]).map(([, item]) => item);
  }

  #draw(moved) {
    if (!this.#table) return;
    for (const name of this.#ranges.keys()) this.#drawRow(name, name === moved);
    const beyond = this.#beyond();
    const kept = this.#samples.all.filter((item) => (!this.#domain || item.domain === this.#domain) && state(item) === "kept").length;
    const count = (domain) => beyond.filter((item) => item.domain === domain).length;
    byID("beyond-said").textContent = beyond.length
      ? `These limits would reject ${plural(beyond.length, "sample")} of ${kept.toLocaleString("en")} that are kept now: ${count("A")} of A, ${count("B")} of B.`
      : "These limits reject nothing that is kept now.";
    byID("limit-reject").disabled = !beyond.length;
    byID("limit-reject").textContent = beyond.length ? `Reject ${plural(beyond.length, "sample")} now …` : "Reject now …";
    byID("rule").textContent = this.#rule();
    byID("limit-copy").disabled = !byID("rule").textContent;
    byID("limit-write").disabled = !this.#changed().length;
    byID("beyond").replaceChildren(
      ...beyond.slice(0, maxShown).map((item) =>
        make("button", {
          type: "button", title: item.name, "aria-label": describe(item),
          onclick: () => this.dispatchEvent(new CustomEvent("open", { detail: item.id })),
        }, make("img", { src: server.thumbnail(item, 72), alt: "", loading: "lazy" }))),
      ...(beyond.length > maxShown ? [make("span", { className: "hint", textContent: `and ${(beyond.length - maxShown).toLocaleString("en")} more` })] : []));
  }

  #drawRow(name, keepsAxis) {
    const part = this.#rows.get(name);
    if (!keepsAxis || !part.axis) part.axis = this.#axis(name);
    const [low, high] = part.axis;
    const { least, greatest } = this.#ranges.get(name);
    const place = (value) => ((value - low) / (high - low)) * steps;
    part.least.value = least === null ? 0 : place(least);
    part.greatest.value = greatest === null ? steps : place(greatest);
    const counts = { A: new Array(bins).fill(0), B: new Array(bins).fill(0) };
    for (const { item, value } of this.#values(name)) {
      counts[item.domain][Math.max(0, Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins)))] += 1;
    }
    const peak = Math.max(1, ...counts.A, ...counts.B);
    const bars = Object.entries(counts).flatMap(([domain, numbers]) =>
      numbers.map((count, bin) => {
        const height = (count / peak) * 96;
        return draw("rect", { class: `bar-${domain}`, x: (bin * 400) / bins + (domain === "B" ? 5 : 0.5), y: 100 - height, width: 4.5, height });
      }));
    const shades = [];
    if (least !== null) shades.push(draw("rect", { class: "outside", x: 0, y: 0, width: place(least) * 0.4, height: 100 }));
    if (greatest !== null) shades.push(draw("rect", { class: "outside", x: place(greatest) * 0.4, y: 0, width: Math.max(0, 400 - place(greatest) * 0.4), height: 100 }));
    part.svg.replaceChildren(...bars, ...shades);
    part.low.textContent = number(low);
    part.high.textContent = `${number(high)} · highest bar: ${plural(peak, "sample")}`;
    part.said.textContent = [[least, "at least"], [greatest, "at most"]].filter(([value]) => value !== null)
      .map(([value, text]) => `${text} ${number(value)}`).join(", ") || "no limit";
    for (const [input, value] of [[part.least, least], [part.greatest, greatest]]) {
      input.setAttribute("aria-valuetext", value === null ? "no limit" : number(value));
    }
  }

  // A range in the format of the settings. A rule without a lower limit starts at the lowest value.
  #limits(name) {
    const { least, greatest } = this.#ranges.get(name) ?? none;
    if (least === null && greatest === null) return none;
    return { least: number(least ?? this.#rows.get(name).axis[0]), greatest: greatest === null ? null : number(greatest) };
  }

  // The ranges that differ from the current rules, without those that have no limit before and now.
  #changed() {
    const names = new Set([...this.#ranges.keys(), ...this.#started.keys()]);
    return [...names].filter((name) => {
      const [now, before] = [this.#ranges.get(name) ?? none, this.#started.get(name) ?? none];
      return now.least !== before.least || now.greatest !== before.greatest;
    }).map((measure) => {
      const { least, greatest } = this.#limits(measure);
      return { measure, least: least === null ? null : Number(least), greatest: greatest === null ? null : Number(greatest) };
    });
  }

  async #write() {
    const changed = this.#changed();
    const file = this.#samples.settingsName;
    try {
      const patch = await server.writeRules(this.#domain || null, changed);
      this.#samples.history.record({ kind: "rules", patch });
      this.#samples.measures = null;
      await this.show();
      this.#say(`${plural(changed.length, "rule")} written into ${file}. easel curate applies ${changed.length === 1 ? "it" : "them"}; Ctrl Z takes it back.`);
    } catch (error) {
      this.#say(error.message);
    }
  }

  #rule() {
    const parts = [...this.#ranges.keys()].map((name) => [name, this.#limits(name)]).filter(([, { least }]) => least !== null)
      .map(([name, { least, greatest }]) => `${name}: ${greatest === null ? least : `[${least}, ${greatest}]`}`);
    if (!parts.length) return "";
    const rule = `keep-if: { ${parts.join(", ")} }`;
    return this.#domain ? `domains: { ${this.#domain}: { ${rule} } }` : `curate: { ${rule} }`;
  }

  async #copy() {
    const text = byID("rule").textContent;
    try {
      await navigator.clipboard.writeText(text);
      this.#say("Copied. Insert it into the existing part of datasets.yaml.");
    } catch {
      getSelection().selectAllChildren(byID("rule"));
      this.#say("The text is selected: copy it with Ctrl C.");
    }
  }

  #ask() {
    const beyond = this.#beyond();
    byID("limit-confirm-said").textContent =
      `Reject ${plural(beyond.length, "sample")} now? A single undo reverts all of it. To use the limits in later runs too, write them into the settings.`;
    byID("limit-confirm").returnValue = "";
    byID("limit-confirm").showModal();
  }

  #reject() {
    const decisions = this.#beyond().map((item) => {
      const [name] = [...this.#ranges].find(([name, { least, greatest }]) => {
        const value = this.#samples.value(item, name);
        return (least !== null && value < least) || (greatest !== null && value > greatest);
      });
      return { id: item.id, person: { keep: false, why: `by-${name}` } };
    });
    this.dispatchEvent(new CustomEvent("reject", { detail: decisions }));
  }

  #say(text) {
    this.dispatchEvent(new CustomEvent("say", { detail: text }));
  }
}
