// The loss charts, drawn by uPlot: axes, values under the pointer, logarithmic scale, smoothing, lines to switch off.

import { byID, make, number } from "./dom.js";
import { term } from "./words.js";

const groups = [
  ["Generators", ["G_total"]], ["Discriminators", ["D_total"]],
  ["Adversarial", /(^|_)ad(_|$)/], ["Cycle and identity", /^(G_)?(rec|cycle|idt|identity)|(^|_)(rec|id)(_|$)/], ["Attention", /cam/i],
];
// Ten colours that can be distinguished in light and dark mode, also by colour-blind users; further lines are dashed.
const colors = {
  light: ["#1f5fbf", "#b4540a", "#1b7f4d", "#9c3587", "#7a6200", "#0b7c8c", "#a3302b", "#5b4bb7", "#4d5866", "#7d4a2d"],
  dark: ["#7fb0ff", "#ffae6b", "#6fd39b", "#f09adf", "#e2ca5c", "#6cd0de", "#ff9089", "#b9adff", "#b8c0cc", "#d9a988"],
};

export class Charts {
  #entries = [];
  #plots = [];
  #hidden = new Set();
  #host = byID("charts");
  #isDark = matchMedia("(prefers-color-scheme: dark)");

  constructor() {
    for (const id of ["chart-log", "chart-smooth"]) byID(id).addEventListener("input", () => this.draw(this.#entries));
    this.#isDark.addEventListener("change", () => this.draw(this.#entries));
    new ResizeObserver(() => this.#resize()).observe(this.#host);
  }

  draw(entries) {
    this.#entries = entries;
    const last = entries.at(-1);
    for (const plot of this.#plots) plot.destroy();
    this.#plots = [];
    if (!last) return this.#host.replaceChildren();
    const names = Object.keys(last.losses).sort();
    const used = new Set();
    const parts = groups.map(([title, which]) => {
      const own = names.filter((name) => !used.has(name) && (which instanceof RegExp ? which.test(name) : which.includes(name)));
      own.forEach((name) => used.add(name));
      return [title, own];
    });
    parts.push(["Other terms", names.filter((name) => !used.has(name))]);
    const charts = parts.filter(([, own]) => own.length).map(([title, own]) => this.#chart(title, own));
    const measured = entries.filter(({ distance }) => distance);
    if (measured.length) charts.unshift(this.#distances(measured));
    this.#host.replaceChildren(...charts);
    this.#resize();
  }

  // The distances of translations at each checkpoint, beside the untranslated images and the noise floor.
  #distances(measured) {
    const rows = measured.map(({ step, distance, untranslated, noiseFloor = {} }) => {
      const named = Object.entries(distance).map(([name, { value }]) => [name, value]);
      if (untranslated) named.push(["untranslated", untranslated.value]);
      named.push(...Object.entries(noiseFloor ?? {}).map(([name, { value }]) => [`noise floor ${name}`, value]));
      return { step, losses: Object.fromEntries(named) };
    });
    const { distance, measure = "distance" } = measured.at(-1);
    const values = Object.entries(distance).map(([name, { value, spread }]) => `${name} ${number(value)}${spread ? ` ± ${number(spread)}` : ""}`);
    const title = `${measure} of the test images, smaller is better: ${values.join(", ")}`;
    return this.#chart(title, Object.keys(rows.at(-1).losses), rows);
  }

  #chart(title, names, entries = this.#entries) {
    const figure = make("figure", {}, make("figcaption", { textContent: title }));
    figure.setAttribute("role", "group");
    figure.setAttribute("aria-label", `${title}: ${names.map((name) => `${term(name)} ${number(entries.at(-1).losses[name] ?? NaN)}`).join(", ")}`);
    const ink = getComputedStyle(document.body).getPropertyValue("--soft");
    const line = getComputedStyle(document.body).getPropertyValue("--line");
    const palette = this.#isDark.matches ? colors.dark : colors.light;
    const isLog = byID("chart-log").checked;
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px system-ui" };
    const steps = entries.map(({ step }) => step);
    const data = [steps, ...names.map((name) => smooth(entries.map(({ losses }) => value(losses[name], isLog)), Number(byID("chart-smooth").value) / 100))];
    const plot = new window.uPlot({
      width: 400, height: 240,
      scales: { x: { time: false }, y: isLog ? { distr: 3 } : {} },
      axes: [{ ...axis, label: "step", labelSize: 18, labelFont: "12px system-ui" }, { ...axis, size: 54 }],
      cursor: { sync: { key: "losses" }, drag: { x: true, y: false } },
      legend: { live: true },
      series: [
        { label: "step", value: (_, step) => (step === null || step === undefined ? "–" : step.toLocaleString("en")) },
        ...names.map((name, index) => ({
          label: term(name), show: !this.#hidden.has(name), stroke: palette[index % palette.length], width: 1.6, spanGaps: true,
          dash: index >= palette.length ? [6, 4] : undefined,
          value: (_, loss) => (loss === null || loss === undefined ? "–" : number(loss)),
        })),
      ],
      hooks: {
        setSeries: [(_, index, { show }) => {
          if (index && show !== undefined) this.#hidden[show ? "delete" : "add"](names[index - 1]);
        }],
        draw: [(plot) => this.#warnings(plot)],
        ready: [(plot) => plot.setLegend({ idx: steps.length - 1 })],
      },
    }, data, figure);
    for (const [index, row] of [...figure.querySelectorAll(".u-series")].entries()) if (index) row.title = names[index - 1];
    this.#plots.push(plot);
    return figure;
  }

  // A vertical line at each warning of the trainer.
  #warnings(plot) {
    const context = plot.ctx;
    for (const { step, warnings } of this.#entries) {
      if (!warnings?.length) continue;
      const x = plot.valToPos(step, "x", true);
      context.fillStyle = this.#isDark.matches ? "#ff9089" : "#a3302b";
      context.fillRect(x - 1, plot.bbox.top, 2, plot.bbox.height);
    }
  }

  #resize() {
    for (const plot of this.#plots) {
      const width = plot.root.parentElement.clientWidth - 20;
      if (width > 100) plot.setSize({ width, height: 240 });
    }
  }
}

// A logarithmic scale cannot show values of 0 and below.
const value = (loss, isLog) => (Number.isFinite(loss) && (!isLog || loss > 0) ? loss : null);

// An exponential moving average that starts at the first value.
function smooth(values, weight) {
  if (!weight) return values;
  let [mean, bias] = [0, 1];
  return values.map((value) => {
    if (value === null) return null;
    mean = mean * weight + value * (1 - weight);
    bias *= weight;
    return mean / (1 - bias);
  });
}
