// The training run as it goes: losses, and sample sheets old beside new.

import * as server from "./server.js";
import { byID, draw, make, number, plural } from "./dom.js";

const charts = [
  ["Generators", ["G_total"]], ["Discriminators", ["D_total"]],
  ["Adversarial", /^[GD]_ad/], ["Cycle and identity", /^(rec|idt)/], ["Attention", /cam/i],
];
const colors = ["#3557d6", "#c0552b", "#1c7a46", "#8a3fb0", "#b08a00", "#2e8fa3", "#b3322b", "#5a6270"];
const rows = 7; // of a sheet: the image, then attention and image three times

export class Training {
  #entries = [];
  #next = 0;
  #sheets = [];
  #images = new Map();
  #isShown = false;
  #timer = null;

  constructor() {
    for (const id of ["old-sheet", "new-sheet", "cam"]) byID(id).addEventListener("change", () => this.#drawSheets());
    byID("wipe").addEventListener("input", () => this.#drawSheets());
  }

  async show() {
    this.#isShown = true;
    clearTimeout(this.#timer);
    await this.#look();
  }

  hide() {
    this.#isShown = false;
    clearTimeout(this.#timer);
  }

  async #look() {
    if (!this.#isShown) return;
    try {
      let news;
      let isNew = false;
      do {
        news = await server.run(this.#next);
        if (news.isRestarted) this.#entries = [];
        isNew ||= news.entries.length > 0 || news.next !== this.#next;
        this.#next = news.next;
        this.#entries.push(...news.entries);
      } while (news.entries.length);
      byID("no-run").hidden = !!news.folder;
      byID("run").hidden = !news.folder;
      if (isNew || !byID("charts").childElementCount) this.#drawCharts();
      if (news.sheets.join() !== this.#sheets.join()) this.#list(news.sheets);
    } catch (error) {
      byID("run-said").textContent = error.message;
    }
    if (this.#isShown) this.#timer = setTimeout(() => this.#look(), 4000);
  }

  #drawCharts() {
    const last = this.#entries.at(-1);
    byID("run-said").textContent = last ? `step ${last.step.toLocaleString("en")}` : "nothing is logged yet";
    if (!last) return;
    const names = Object.keys(last.losses).sort();
    const used = new Set();
    const parts = charts.map(([title, which]) => {
      const own = names.filter((name) => !used.has(name) && (which instanceof RegExp ? which.test(name) : which.includes(name)));
      own.forEach((name) => used.add(name));
      return [title, own];
    });
    parts.push(["Other", names.filter((name) => !used.has(name))]);
    byID("charts").replaceChildren(...parts.filter(([, own]) => own.length).map(([title, own]) => this.#chart(title, own)));
  }

  #chart(title, names) {
    const [width, height, points] = [420, 150, 300];
    const entries = this.#entries;
    const stride = Math.max(1, Math.floor(entries.length / points));
    const first = entries[0].step;
    const span = Math.max(1, entries.at(-1).step - first);
    // A mean over each stretch: single steps of an adversarial loss say little.
    const lines = names.map((name) => {
      const line = [];
      for (let start = 0; start < entries.length; start += stride) {
        const part = entries.slice(start, start + stride).map((entry) => entry.losses[name]).filter(Number.isFinite);
        if (part.length) line.push([entries[start].step, part.reduce((sum, value) => sum + value, 0) / part.length]);
      }
      return line;
    });
    const all = lines.flat().map(([, value]) => value).sort((a, b) => a - b);
    if (!all.length) return make("figure", {}, make("figcaption", { textContent: `${title}: no numbers` }));
    // The first steps may tower above all others.
    const [low, high] = [Math.min(0, all[0]), all[Math.floor((all.length - 1) * 0.98)] || 1];
    const place = ([step, value]) =>
      `${(((step - first) / span) * width).toFixed(1)},${(height - ((Math.min(value, high) - low) / (high - low || 1)) * height).toFixed(1)}`;
    const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ${names.map((name) => `${name} ${number(entries.at(-1).losses[name] ?? NaN)}`).join(", ")}` },
      ...lines.map((line, index) => draw("polyline", { class: "loss", points: line.map(place).join(" "), stroke: colors[index % colors.length] })));
    return make("figure", {}, make("figcaption", {}, make("strong", { textContent: title }), ` up to ${number(high)}`), svg,
      make("ul", { className: "legend" }, ...names.map((name, index) => {
        const swatch = draw("svg", { viewBox: "0 0 10 10", class: "swatch" }, draw("circle", { cx: 5, cy: 5, r: 5, fill: colors[index % colors.length] }));
        return make("li", {}, swatch, `${name} ${number(entries.at(-1).losses[name] ?? NaN)}`);
      })));
  }

  #list(sheets) {
    const old = byID("old-sheet");
    const next = byID("new-sheet");
    const followed = !next.value || Number(next.value) === this.#sheets.at(-1);
    const kept = old.value;
    this.#sheets = sheets;
    for (const select of [old, next]) select.replaceChildren(...sheets.map((step) => new Option(`step ${step.toLocaleString("en")}`, step)));
    old.value = kept || sheets[0];
    if (followed) next.value = sheets.at(-1);
    byID("sheets-said").textContent = sheets.length ? `${plural(sheets.length, "sheet")}` : "no sample sheet yet";
    byID("sheets").hidden = !sheets.length;
    this.#drawSheets();
  }

  async #image(step) {
    if (!this.#images.has(step)) {
      const image = new Image();
      image.src = server.sheet(step);
      await image.decode();
      if (this.#images.size > 6) this.#images.delete(this.#images.keys().next().value);
      this.#images.set(step, image);
    }
    return this.#images.get(step);
  }

  // The newer sheet lies over the older one, from the slider to the right.
  async #drawSheets() {
    const steps = [byID("old-sheet").value, byID("new-sheet").value];
    if (!steps[0] || !steps[1]) return;
    const [old, next] = await Promise.all(steps.map((step) => this.#image(step)));
    const kept = [...Array(rows).keys()].filter((row) => byID("cam").checked || row % 2 === 0);
    const cell = next.naturalHeight / rows;
    const canvas = byID("sheet-canvas");
    canvas.width = next.naturalWidth;
    canvas.height = cell * kept.length;
    const context = canvas.getContext("2d");
    const edge = (canvas.width * Number(byID("wipe").value)) / 1000;
    kept.forEach((row, index) => {
      context.drawImage(old, 0, row * cell, old.naturalWidth, cell, 0, index * cell, canvas.width, cell);
      context.save();
      context.beginPath();
      context.rect(edge, 0, canvas.width - edge, canvas.height);
      context.clip();
      context.drawImage(next, 0, row * cell, next.naturalWidth, cell, 0, index * cell, canvas.width, cell);
      context.restore();
    });
    context.fillStyle = "#3557d6";
    context.fillRect(edge - 1, 0, 2, canvas.height);
    canvas.setAttribute("aria-label", `Sample sheet: step ${steps[0]} left of the line, step ${steps[1]} right of it`);
  }
}
