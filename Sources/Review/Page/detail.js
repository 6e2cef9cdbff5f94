// One sample closely: where it comes from, what was cut out, what was measured.

import * as server from "./server.js";
import { byID, draw, make, number } from "./dom.js";
import { describe } from "./grid.js";
import { reason, state, verdict, words } from "./samples.js";

export class Detail extends EventTarget {
  #samples;
  #dialog = byID("detail");
  #id = null;
  #resized = null;

  constructor(samples) {
    super();
    this.#samples = samples;
  }

  get isOpen() {
    return this.#dialog.open;
  }

  open(item) {
    if (!this.#dialog.open) this.#dialog.showModal();
    this.show(item);
  }

  close() {
    this.#dialog.close();
  }

  /** Shows a sample, or another state of the same. */
  async show(item) {
    this.#state(item);
    if (this.#id === item.id) return;
    this.#id = item.id;
    byID("detail-name").textContent = item.name;
    byID("detail-path").textContent = "";
    byID("measures").replaceChildren();
    for (const id of ["overlay", "story", "copies", "neighbours"]) byID(id).replaceChildren();
    byID("detail-source").removeAttribute("src");
    this.#dialog.querySelector(".panes").scrollTop = 0;
    load(byID("detail-crop"), server.picture("crop", item));
    load(byID("detail-mask"), server.picture("mask", item));
    for (const image of this.#dialog.querySelectorAll(".cutout")) load(image, server.picture("cutout", item));
    try {
      const facts = await server.sample(item.id);
      if (this.#id === item.id) this.#fill(facts);
    } catch (error) {
      byID("detail-path").textContent = error.message;
    }
  }

  forget() {
    this.#id = null;
  }

  #state(item) {
    const is = state(item);
    const said = verdict(item);
    const text = { kept: "Kept", rejected: `Rejected: ${words(reason(item))}`, open: "Not judged yet" }[is];
    const who = item.person ? " by you" : said ? " by the rules" : "; run easel curate";
    const line = byID("detail-state");
    const strong = document.createElement("span");
    strong.className = `state-${is}`;
    strong.textContent = text;
    const rest = item.person && item.rule && item.rule.keep !== item.person.keep
      ? ` (the rules would have it ${item.rule.keep ? "kept" : `rejected: ${words(item.rule.why ?? "")}`})` : "";
    const detail = !item.person && said?.detail ? `: ${said.detail}` : "";
    line.replaceChildren(strong, `${who}${detail}${rest}`);
  }

  #fill(facts) {
    const { source, face, frame } = facts;
    const image = byID("detail-source");
    image.src = server.picture("source", facts.item);
    const place = [source.path];
    if (source.time !== undefined) place.push(`at ${number(source.time)} s`);
    if (source.width) place.push(`${source.width} × ${source.height}`);
    byID("detail-path").replaceChildren(
      `${place.join(", ")} · `, make("span", { className: "legend-face" }, "face"),
      ` (${face.detector} ${number(face.score)}) and `, make("span", { className: "legend-frame" }, "crop"));
    this.#overlay(source, face, frame);
    const rows = facts.measures.map((measure) => row(measure));
    if (facts.mask) {
      const flags = facts.mask.flags.map(words).join(", ") || "nothing looks wrong";
      rows.unshift(line("mask", facts.mask.method, facts.maskDetail ?? flags, facts.mask.flags.length ? "near" : ""));
    }
    if (facts.scale) rows.push(line("scale", number(facts.scale), facts.scale > 1 ? "enlarged" : ""));
    byID("measures").replaceChildren(...rows);
    byID("story").replaceChildren(...story(facts).map((sentence) => make("li", { textContent: sentence })));
    this.#strip("copies", facts.copies, facts);
    this.#strip("neighbours", facts.neighbours, facts);
  }

  #strip(part, ids, { item }) {
    const others = ids.map((id) => this.#samples.get(id)).filter(Boolean);
    byID(`${part}-part`).hidden = others.length < 2;
    byID(part).replaceChildren(
      ...others.map((other) =>
        make("button", {
          type: "button", className: state(other), "aria-label": describe(other), title: other.name,
          "aria-current": other.id === item.id ? "true" : null,
          onclick: () => this.dispatchEvent(new CustomEvent("go", { detail: other.id })),
        }, make("img", { src: server.thumbnail(other, 72), alt: "" }))));
  }

  #overlay(source, face, frame) {
    const svg = byID("overlay");
    svg.setAttribute("viewBox", `-0.5 -0.5 ${source.width} ${source.height}`);
    const [x, y, width, height] = face.box;
    const points = frame.map((point) => point.join(",")).join(" ");
    svg.replaceChildren(
      draw("polygon", { class: "shade", points }),
      draw("polygon", { class: "frame", points }),
      draw("rect", { class: "face", x, y, width, height }),
      ...face.landmarks.map(([cx, cy]) => draw("circle", { class: "point", cx, cy })));
    const fit = () => {
      const image = byID("detail-source");
      svg.setAttribute("width", image.clientWidth);
      svg.setAttribute("height", image.clientHeight);
      const dot = (3.5 * source.width) / (image.clientWidth || source.width);
      for (const point of svg.querySelectorAll(".point")) point.setAttribute("r", dot);
    };
    this.#resized?.disconnect();
    this.#resized = new ResizeObserver(fit);
    this.#resized.observe(byID("detail-source"));
    fit();
  }
}

function load(image, address) {
  const figure = image.closest("figure");
  figure.classList.remove("missing");
  image.onerror = () => figure.classList.add("missing");
  image.src = address;
}

/** What happened to a sample, a sentence a step. */
function story({ item, source, face, size, scale, mask, maskDetail }) {
  const turned = face.roll === undefined ? "" : `, turned ${Math.round(face.roll)}°`;
  const steps = [
    `${source.path} was read${source.time === undefined ? "" : ` at ${number(source.time)} s`}.`,
    `${face.detector} found a face of ${Math.round(face.box[2])} × ${Math.round(face.box[3])} pixels${turned}, ${Math.round(face.score * 100)} % sure.`,
  ];
  if (size) steps.push(`It was cut to ${size} × ${size} pixels, ${scale > 1 ? "enlarged" : "scaled"} by ${number(scale)}.`);
  if (mask?.method) {
    const wrong = mask.flags.length ? `: ${mask.flags.map(words).join(", ")}` : ", and nothing looks wrong";
    steps.push(`${mask.method} kept ${Math.round(mask.coverage * 100)} % of it${wrong}.`);
  } else steps.push(maskDetail ?? "It has no mask yet; run easel mask.");
  const { rule, person, split } = item;
  if (rule) steps.push(rule.keep ? "The rules keep it." : `The rules leave it out: ${rule.detail ?? words(rule.why ?? "")}.`);
  if (person) steps.push(person.keep ? "You keep it." : `You left it out: ${words(person.why ?? "")}.`);
  steps.push(split ? `The dataset holds it, for ${split === "test" ? "testing" : "training"}.` : "The dataset does not hold it.");
  return steps;
}

function line(name, value, asked, kind = "", meaning = "") {
  return make("tr", { className: kind, title: meaning },
    make("th", { scope: "row", textContent: words(name) }), make("td", { textContent: value }),
    make("td", { className: "asked", textContent: asked }));
}

function row({ name, meaning, value, least, greatest }) {
  if (least === undefined) return line(name, number(value), "", "", meaning);
  const asked = greatest === undefined ? `at least ${number(least)}` : `${number(least)} to ${number(greatest)}`;
  const range = greatest === undefined ? Math.abs(least) || 1 : greatest - least;
  const margin = Math.min(value - least, (greatest ?? Infinity) - value) / range;
  return line(name, number(value), asked, margin < 0 ? "broken" : margin < 0.1 ? "near" : "", meaning);
}
