// The loss charts, drawn by uPlot: axes, values under the pointer, logarithmic scale, smoothing, lines to switch off.

import { byID, make, number } from "./dom.js";
import { term } from "./words.js";

const groups = [
  ["Generators", ["G_total"]], ["Discriminators", ["D_total"]],
  ["Adversarial", /(^|_)ad(_|$)/], ["Cycle and identity", /^(G_)?(rec|cycle|idt|identity)|(^|_)(rec|id)(_|$)/], ["Attention", /cam/i],
];
// Ten colors that can be distinguished in light and dark mode, also by color-blind users; further lines are dashed.
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
    const figures = parts.filter(([, own]) => own.length).map(([title, own]) => this.#chart(title, own));
    // After the totals, because it says more about the results than any loss.
    figures.splice(2, 0, ...this.#distances());
    this.#host.replaceChildren(...figures);
    this.#resize();
  }

  #chart(title, names) {
    const isLog = byID("chart-log").checked;
    const last = this.#entries.at(-1).losses;
    const steps = this.#entries.map(({ step }) => step);
    const data = [steps, ...names.map((name) => smooth(this.#entries.map(({ losses }) => value(losses[name], isLog)), Number(byID("chart-smooth").value) / 100))];
    return this.#plot(title, `${title}: ${names.map((name) => `${term(name)} ${number(last[name] ?? NaN)}`).join(", ")}`, data, names, names.map((name) => within(title, term(name))), { isLog });
  }

  // A chart of `data`: the steps, and the values of each name.
  #plot(title, label, data, names, titles, { isLog = false, points, range, draw } = {}) {
    const figure = make("figure", { role: "group", "aria-label": label }, make("figcaption", { textContent: title }));
    const ink = getComputedStyle(document.body).getPropertyValue("--soft");
    const line = getComputedStyle(document.body).getPropertyValue("--line");
    const palette = this.#palette;
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px system-ui" };
    const plot = new window.uPlot({
      width: 400, height: 240,
      scales: { x: { time: false }, y: isLog ? { distr: 3 } : range ? { range } : {} },
      axes: [{ ...axis, label: "step", labelSize: 18, labelFont: "12px system-ui" }, { ...axis, size: 54 }],
      cursor: { sync: { key: "losses" }, drag: { x: true, y: false } },
      legend: { live: true },
      series: [
        { label: "step", value: (_, step) => (step === null || step === undefined ? "–" : step.toLocaleString("en")) },
        ...names.map((name, index) => ({
          label: titles[index], show: !this.#hidden.has(name), stroke: palette[index % palette.length], width: 1.6, spanGaps: true, points,
          dash: index >= palette.length ? [6, 4] : undefined,
          value: (_, loss) => (loss === null || loss === undefined ? "–" : number(loss)),
        })),
      ],
      hooks: {
        setSeries: [(_, index, { show }) => {
          if (index && show !== undefined) this.#hidden[show ? "delete" : "add"](names[index - 1]);
        }],
        draw: [(plot) => this.#warnings(plot), ...(draw ? [draw] : [])],
        ready: [(plot) => plot.setLegend({ idx: data[0].length - 1 })],
      },
    }, data, figure);
    for (const [index, row] of [...figure.querySelectorAll(".u-series")].entries()) if (index) row.title = names[index - 1];
    this.#plots.push(plot);
    return figure;
  }

  // The distance of translated test images from the target domain, with bars of one standard error, beside that of
  // untranslated images and the noise floor: the distance between two halves of one domain.
  #distances() {
    const measured = this.#entries.filter(({ distance }) => distance).map(({ step, distance, untranslated, noiseFloor, measure }) => ({
      step, measure, distance: {
        ...distance, ...(untranslated ? { untranslated } : {}),
        ...Object.fromEntries(Object.entries(noiseFloor ?? {}).map(([domain, floor]) => [`noise floor of ${domain}`, floor])),
      },
    }));
    if (!measured.length) return [];
    const names = [...new Set(measured.flatMap(({ distance }) => Object.keys(distance)))].sort();
    const value = (name) => measured.map(({ distance }) => distance[name]?.value ?? null);
    const titles = names.map((name) => ({ AtoB: "A → B", BtoA: "B → A" })[name] ?? name);
    const last = measured.at(-1);
    const said = names.map((name, index) => {
      const { value, spread } = last.distance[name] ?? {};
      return value === undefined ? "" : `${titles[index]} ${number(value)}${spread === undefined ? "" : ` ± ${number(spread)}`}`;
    }).filter(Boolean).join(", ");
    const title = `Distance to the target domain${last.measure ? ` (${last.measure})` : ""}`;
    const figure = this.#plot(title, `${title} at step ${last.step}: ${said}`,
      [measured.map(({ step }) => step), ...names.map(value)], names, titles, {
        points: { show: true, size: 6 }, range: this.#range(measured),
        draw: (plot) => names.forEach((name, index) => this.#spread(plot, measured, name, index)),
      });
    figure.append(make("p", { className: "hint", textContent: `Lower is better; the bars are one standard error. Step ${last.step.toLocaleString("en")}: ${said}.` }));
    return [figure];
  }

  // The range of the values with their bars.
  #range(measured) {
    const ends = measured.flatMap(({ distance }) => Object.values(distance).flatMap(({ value, spread = 0 }) => [value - spread, value + spread]));
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const margin = (high - low || 1) / 20;
    return [low - margin, high + margin];
  }

  #spread(plot, measured, name, index) {
    if (this.#hidden.has(name)) return;
    const context = plot.ctx;
    context.save();
    context.strokeStyle = this.#palette[index];
    context.lineWidth = 1.5 * window.devicePixelRatio;
    for (const { step, distance } of measured) {
      const { value, spread } = distance[name] ?? {};
      if (spread === undefined) continue;
      const x = plot.valToPos(step, "x", true);
      context.beginPath();
      context.moveTo(x, plot.valToPos(value - spread, "y", true));
      context.lineTo(x, plot.valToPos(value + spread, "y", true));
      context.stroke();
    }
    context.restore();
  }

  get #palette() {
    return this.#isDark.matches ? colors.dark : colors.light;
  }

  // A vertical line at each warning of the trainer.
  #warnings(plot) {
    const context = plot.ctx;
    for (const { step, notes } of this.#entries) {
      if (!notes?.length) continue;
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

// A term's name without the words that the chart's title contains.
function within(title, name) {
  const start = `${title.toLowerCase()}, `;
  return name.startsWith(start) ? name.slice(start.length) : name;
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
