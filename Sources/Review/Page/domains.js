// Domain A beside B: mean faces, where the faces' marks lie, histograms, and what a threshold would leave out.

import * as server from "./server.js";
import { byID, draw, make, number, plural } from "./dom.js";
import { describe } from "./grid.js";
import { state, words } from "./samples.js";

const bins = 40;
const most = 60; // samples shown of what a threshold would leave out

// A rule in words; nothing where it asks nothing.
function bounds({ least, greatest }) {
  const parts = [[least, "at least"], [greatest, "at most"]].filter(([value]) => value !== null && value !== undefined);
  return parts.map(([value, text]) => `${text} ${number(value)}`).join(" and ");
}

export class Domains extends EventTarget {
  #samples;
  #table = null;
  #name = "";
  #least = null;
  #greatest = null;
  #domain = "";

  constructor(samples) {
    super();
    this.#samples = samples;
    byID("measure").addEventListener("change", (event) => this.#choose(event.target.value));
    byID("measure-domain").addEventListener("change", (event) => {
      this.#domain = event.target.value;
      this.#choose(this.#name);
    });
    for (const [id, name] of [["least", "#least"], ["greatest", "#greatest"]]) {
      byID(id).addEventListener("input", (event) => {
        const value = this.#from(Number(event.target.value));
        if (name === "#least") this.#least = value;
        else this.#greatest = value;
        this.#draw();
      });
    }
    byID("reject-beyond").addEventListener("click", () => {
      const ids = this.#beyond().map((item) => item.id);
      this.dispatchEvent(new CustomEvent("reject", { detail: { ids, why: `by-${this.#name}` } }));
    });
  }

  async show() {
    this.#table = await this.#samples.loadMeasures();
    if (!this.#name) {
      const ruled = this.#table.columns.find((column) => column.name === "sharpness") ?? this.#table.columns[0];
      byID("measure").replaceChildren(...this.#table.columns.map(({ name }) => new Option(words(name), name, false, name === ruled.name)));
      this.#choose(ruled.name);
    } else this.#draw();
    const stamp = Date.now();
    for (const domain of ["A", "B"]) {
      const has = this.#samples.all.some((item) => item.domain === domain);
      byID(`mean-${domain}`).closest("figure").hidden = !has;
      if (has) byID(`mean-${domain}`).src = `/image/mean/${domain}?v=${stamp}`;
    }
    this.#marks(await server.framing());
  }

  #marks({ marks }) {
    const dots = (domain) => (marks[domain] ?? []).flatMap((points) =>
      points.map(([x, y]) => draw("circle", { class: `mark-${domain}`, cx: x, cy: y, r: 0.006 })));
    const means = Object.entries(marks).map(([domain, samples]) => {
      const eyes = samples.filter((points) => points.length >= 2).map(([left, right]) => (left[1] + right[1]) / 2);
      return [domain, eyes.reduce((sum, y) => sum + y, 0) / (eyes.length || 1), eyes.length];
    }).filter(([, , count]) => count);
    byID("marks").replaceChildren(
      ...dots("A"), ...dots("B"),
      ...means.map(([domain, y]) => draw("line", { class: `line-${domain}`, x1: 0, x2: 1, y1: y, y2: y })));
    const said = means.map(([domain, y]) => `${domain}: eyes at ${(y * 100).toFixed(1)} % from the top`);
    if (means.length === 2) said.push(`${(Math.abs(means[0][1] - means[1][1]) * 100).toFixed(1)} % apart`);
    byID("marks-said").textContent = said.join(" · ") || "no marks are known";
  }

  #choose(name) {
    this.#name = name;
    const column = this.#table.columns.find((column) => column.name === name);
    // What the rules ask now: the chosen domain's, or the first that asks anything.
    const asked = (this.#domain ? [this.#domain] : ["A", "B"]).map((domain) => column.limits[domain]).find(Boolean);
    [this.#least, this.#greatest] = [asked?.least ?? null, asked?.greatest ?? null];
    const rules = Object.keys(column.limits).sort().map((domain) => [domain, bounds(column.limits[domain])]);
    const differ = new Set(rules.map(([, rule]) => rule)).size > 1 || rules.length === 1;
    const now = differ ? rules.map(([domain, rule]) => `${domain} ${rule}`).join(", ") : rules[0]?.[1];
    byID("measure-meaning").textContent = now ? `${column.meaning}; the rules ask for ${now}` : column.meaning;
    this.#draw();
  }

  #values() {
    const column = this.#table.columns.findIndex(({ name }) => name === this.#name);
    return this.#samples.all
      .map((item) => ({ item, value: this.#table.rows[item.id]?.[column] }))
      .filter(({ value }) => value !== null && value !== undefined);
  }

  #range() {
    const values = this.#values().map(({ value }) => value);
    const low = values.reduce((least, value) => Math.min(least, value), Infinity);
    const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
    return values.length ? [low, high > low ? high : low + 1] : [0, 1];
  }

  // Sliders go from 0 to 1000 over the values that there are.
  #from(place) {
    const [low, high] = this.#range();
    return Number((low + ((high - low) * place) / 1000).toPrecision(4));
  }

  #place(value, otherwise) {
    const [low, high] = this.#range();
    return value === null ? otherwise : Math.min(1000, Math.max(0, ((value - low) / (high - low)) * 1000));
  }

  // What is kept now and would not be.
  #beyond() {
    const isOut = (value) => (this.#least !== null && value < this.#least) || (this.#greatest !== null && value > this.#greatest);
    return this.#values()
      .filter(({ item, value }) => (!this.#domain || item.domain === this.#domain) && state(item) === "kept" && isOut(value))
      .sort((a, b) => this.#depth(a.value) - this.#depth(b.value))
      .map(({ item }) => item);
  }

  // How far beyond its threshold a value lies: the nearest are those to look at.
  #depth(value) {
    return this.#least !== null && value < this.#least ? this.#least - value : value - this.#greatest;
  }

  #draw() {
    if (!this.#table) return;
    byID("least").value = this.#place(this.#least, 0);
    byID("greatest").value = this.#place(this.#greatest, 1000);
    const [low, high] = this.#range();
    const values = this.#values();
    const counts = { A: new Array(bins).fill(0), B: new Array(bins).fill(0) };
    for (const { item, value } of values) {
      counts[item.domain][Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))] += 1;
    }
    const bars = Object.entries(counts).flatMap(([domain, numbers]) => {
      const total = numbers.reduce((sum, count) => sum + count, 0) || 1;
      const peak = Math.max(...Object.values(counts).map((all) => Math.max(...all) / (all.reduce((sum, count) => sum + count, 0) || 1)));
      return numbers.map((count, bin) => {
        const height = (count / total / peak) * 96;
        return draw("rect", { class: `bar-${domain}`, x: (bin * 400) / bins + (domain === "B" ? 5 : 0.5), y: 100 - height, width: 4.5, height });
      });
    });
    const lines = [this.#least, this.#greatest].filter((value) => value !== null).map((value) => {
      const x = ((value - low) / (high - low)) * 400;
      return draw("line", { class: "threshold", x1: x, x2: x, y1: 0, y2: 100 });
    });
    byID("histogram").replaceChildren(...bars, ...lines);
    byID("histogram-range").replaceChildren(make("span", { textContent: number(low) }), make("span", { textContent: number(high) }));
    const beyond = this.#beyond();
    const count = (domain) => beyond.filter((item) => item.domain === domain).length;
    const asked = bounds({ least: this.#least, greatest: this.#greatest });
    byID("beyond-said").textContent = asked
      ? `With ${words(this.#name)} ${asked}, ${plural(beyond.length, "sample")} that are kept now would be left out: ${count("A")} of A, ${count("B")} of B.`
      : "Move a slider to see what would be left out.";
    const pair = this.#greatest === null ? number(this.#least ?? low) : `[${number(this.#least ?? low)}, ${number(this.#greatest)}]`;
    const rule = `keep-if: { ${this.#name}: ${pair} }`;
    byID("rule").textContent = !asked ? "" : this.#domain ? `domains: { ${this.#domain}: { ${rule} } }` : `curate: { ${rule} }`;
    byID("reject-beyond").disabled = !beyond.length;
    byID("beyond").replaceChildren(
      ...beyond.slice(0, most).map((item) =>
        make("button", {
          type: "button", title: item.name, "aria-label": describe(item),
          onclick: () => this.dispatchEvent(new CustomEvent("open", { detail: item.id })),
        }, make("img", { src: server.thumbnail(item, 72), alt: "", loading: "lazy" }))));
  }
}
