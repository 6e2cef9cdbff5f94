// One sample closely: where it comes from, what was cut out, what was measured.

import * as server from "./server.js";
import { reason, state, verdict, words } from "./samples.js";

const byID = (id) => document.getElementById(id);
const number = (value) => String(Number(value.toFixed(Math.abs(value) >= 100 ? 0 : 3)));

export class Detail {
  #dialog = byID("detail");
  #id = null;
  #resized = null;

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
    byID("overlay").replaceChildren();
    byID("detail-source").removeAttribute("src");
    this.#dialog.querySelector(".panes").scrollTop = 0;
    load(byID("detail-crop"), server.picture("crop", item));
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
    image.hidden = !source.isShown;
    if (source.isShown) image.src = server.picture("source", facts.item);
    const place = [source.path];
    if (source.time !== undefined) place.push(`at ${number(source.time)} s`);
    if (source.width) place.push(`${source.width} × ${source.height}`);
    const caption = byID("detail-path");
    caption.replaceChildren(`${place.join(", ")} · `);
    if (source.isShown) {
      caption.append(mark("legend-face", "face"), ` (${face.detector} ${number(face.score)}) and `, mark("legend-frame", "crop"));
      this.#overlay(source, face, frame);
    } else {
      caption.append("a video's frames are not shown here; the crop is");
    }
    const rows = facts.measures.map((measure) => row(measure));
    if (facts.mask) {
      const flags = facts.mask.flags.map(words).join(", ") || "nothing looks wrong";
      rows.unshift(line("mask", facts.mask.method, facts.maskDetail ?? flags, facts.mask.flags.length ? "near" : ""));
    }
    if (facts.scale) rows.push(line("scale", number(facts.scale), facts.scale > 1 ? "enlarged" : ""));
    byID("measures").replaceChildren(...rows);
  }

  #overlay(source, face, frame) {
    const svg = byID("overlay");
    svg.setAttribute("viewBox", `-0.5 -0.5 ${source.width} ${source.height}`);
    const [x, y, width, height] = face.box;
    const points = frame.map((point) => point.join(",")).join(" ");
    svg.replaceChildren(
      draw("polygon", "shade", { points }),
      draw("polygon", "frame", { points }),
      draw("rect", "face", { x, y, width, height }),
      ...face.landmarks.map(([cx, cy]) => draw("circle", "point", { cx, cy })));
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

function draw(name, kind, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  element.setAttribute("class", kind);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function mark(kind, text) {
  const element = document.createElement("span");
  element.className = kind;
  element.textContent = text;
  return element;
}

function line(name, value, asked, kind = "", meaning = "") {
  const element = document.createElement("tr");
  element.className = kind;
  element.title = meaning;
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = words(name);
  const cells = [value, asked].map((text) => {
    const cell = document.createElement("td");
    cell.textContent = text;
    return cell;
  });
  cells[1].className = "asked";
  element.append(head, ...cells);
  return element;
}

function row({ name, meaning, value, least, greatest }) {
  if (least === undefined) return line(name, number(value), "", "", meaning);
  const asked = greatest === undefined ? `at least ${number(least)}` : `${number(least)} to ${number(greatest)}`;
  const range = greatest === undefined ? Math.abs(least) || 1 : greatest - least;
  const margin = Math.min(value - least, (greatest ?? Infinity) - value) / range;
  return line(name, number(value), asked, margin < 0 ? "broken" : margin < 0.1 ? "near" : "", meaning);
}
