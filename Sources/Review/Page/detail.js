// One sample closely: where it comes from, what was cut out, what was measured.

import * as server from "./server.js";
import { byID, draw, make, number } from "./dom.js";
import { FrameEditor } from "./frame.js";
import { describe } from "./grid.js";
import { Suggestions } from "./suggestions.js";
import { MaskPainter } from "./paint.js";
import { reason, state, verdict, words } from "./samples.js";

const methods = {
  auto: "best available", parts: "part masks", segment: "portrait network", "color-model": "colours and position",
  alpha: "the file's transparency", none: "no mask",
};

export class Detail extends EventTarget {
  #samples;
  #facts = null;
  #mode = "look";
  #frame = new FrameEditor();
  #painter = new MaskPainter();
  #offers;
  #dialog = byID("detail");
  #id = null;
  #shown = null;
  #resized = null;

  constructor(samples) {
    super();
    this.#samples = samples;
    this.#offers = new Suggestions(samples);
    this.#offers.addEventListener("say", (event) => this.#say(event.detail));
    for (const button of this.#dialog.querySelectorAll("[data-mode]")) {
      button.addEventListener("click", () => this.setMode(button.dataset.mode));
    }
    byID("method").replaceChildren(new Option("as in the settings", ""), ...Object.entries(methods).map(([name, title]) => new Option(title, name)));
    byID("method").addEventListener("change", (event) => this.#repair({ kind: "method", method: event.target.value || null }));
    byID("compare").addEventListener("click", () => this.#compare());
    this.#frame.addEventListener("repair", (event) => this.#repair(event.detail));
    this.#painter.addEventListener("strokes", (event) => this.#paint(event.detail));
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

  /** Whether a key was for the tool at hand. */
  key(event) {
    if (this.#mode === "frame" && this.#frame.isOpen && this.#frame.key(event)) return true;
    if (this.#mode === "mask" && this.#painter.isOpen && this.#painter.key(event)) return true;
    const mode = { l: "look", f: "frame", m: "mask" }[event.key.toLowerCase()];
    if (mode && !this.#dialog.querySelector(`[data-mode=${mode}]`).disabled) this.setMode(mode);
    return !!mode;
  }

  /** Looks, or mends the frame or the mask. */
  setMode(mode) {
    this.#mode = mode;
    for (const button of this.#dialog.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", button.dataset.mode === mode);
    }
    byID("frame-tools").hidden = mode !== "frame";
    byID("mask-tools").hidden = mode !== "mask";
    this.#dialog.classList.toggle("framing", mode === "frame");
    this.#dialog.querySelector("figure.source").hidden = mode === "mask";
    this.#tools();
  }

  #tools() {
    const facts = this.#facts;
    for (const id of ["frame-found", "methods"]) byID(id).replaceChildren();
    this.#painter.close();
    this.#frame.close();
    this.#offers.show(facts?.item ?? null, facts?.edits);
    if (!facts) return;
    if (this.#mode === "frame" && facts.frame.length) this.#frame.open(facts);
    else this.#overlay(facts.source, facts.face, facts.frame);
    if (this.#mode === "mask") {
      byID("method").value = facts.edits.method ?? "";
      this.#painter.open(facts.item, facts.edits.isPainted).catch((error) => this.#say(error.message));
    }
  }

  #say(text) {
    this.dispatchEvent(new CustomEvent("say", { detail: text }));
  }

  // Changes the sample; what was before is what undo asks for.
  async #repair(wanted) {
    const { item, edits } = this.#facts;
    const before = wanted.kind === "method"
      ? { kind: "method", method: edits.method ?? null } : { kind: "frame", matrix: edits.frame?.matrix ?? null };
    await this.#work(item.id, (version) => server.repair(item.id, version, wanted),
      (version) => server.repair(item.id, version, before), wanted.kind === "method" ? "New mask" : "New crop");
  }

  async #paint({ id, now, was }) {
    await this.#work(id, (version) => server.paint(id, version, now), (version) => server.paint(id, version, was), "Painted");
  }

  async #work(id, act, back, done) {
    this.#say("Working …");
    this.#dialog.setAttribute("aria-busy", "true");
    try {
      const { conflicts } = await this.#samples.work(id, act);
      if (conflicts.length) return;
      this.#samples.did([id], () => this.#samples.work(id, back));
      this.#samples.dispatchEvent(new CustomEvent("change", { detail: [id] }));
      this.#say(`${done}: ${this.#samples.get(id)?.name}`);
    } catch (error) {
      this.#say(error.message);
    } finally {
      this.#dialog.removeAttribute("aria-busy");
    }
  }

  // What each method would cut out, to choose by eye.
  #compare() {
    const { item } = this.#facts;
    byID("methods").replaceChildren(
      ...Object.entries(methods).filter(([name]) => name !== "auto").map(([name, title]) => {
        const image = make("img", { alt: "", src: server.preview(item, name), className: "on-checks" });
        const button = make("button", {
          type: "button", title, onclick: () => this.#repair({ kind: "method", method: name }),
        }, image, make("span", { textContent: title }));
        image.addEventListener("error", () => button.remove());
        return button;
      }));
  }

  /** Shows a sample, or another state of the same. */
  async show(item) {
    this.#state(item);
    const shown = `${item.id} ${item.picture}`;
    if (this.#shown === shown) return;
    const isSame = this.#id === item.id;
    [this.#id, this.#shown] = [item.id, shown];
    if (isSame) return this.#renew(item);
    this.#facts = null;
    byID("detail-name").textContent = item.name;
    byID("detail-path").textContent = "";
    byID("measures").replaceChildren();
    for (const id of ["overlay", "story", "copies", "neighbours"]) byID(id).replaceChildren();
    byID("detail-source").removeAttribute("src");
    this.#dialog.querySelector(".panes").scrollTop = 0;
    this.#pictures(item);
    await this.#fetch(item);
  }

  // Its pictures have changed: they are replaced in place, and the tool at hand goes on.
  async #renew(item) {
    this.#pictures(item);
    await this.#fetch(item);
  }

  // What is not cut yet has none but its source.
  #pictures(item) {
    this.#dialog.querySelector("[data-mode=mask]").disabled = !item.isCut;
    for (const [image, kind] of [
      [byID("detail-crop"), "crop"], [byID("detail-mask"), "mask"],
      ...[...this.#dialog.querySelectorAll(".cutout")].map((image) => [image, "cutout"]),
    ]) {
      if (item.isCut) load(image, server.picture(kind, item));
      else image.closest("figure").classList.add("missing");
    }
  }

  async #fetch(item) {
    try {
      const facts = await server.sample(item.id);
      if (this.#shown === `${item.id} ${item.picture}`) this.#fill(facts);
    } catch (error) {
      byID("detail-path").textContent = error.message;
    }
  }

  forget() {
    this.#id = this.#shown = this.#facts = null;
    this.setMode("look");
  }

  #state(item) {
    const is = state(item);
    const said = verdict(item);
    const text = { kept: "Kept", rejected: `Rejected: ${words(reason(item))}`, open: "Not decided yet" }[is];
    const who = item.person ? " by you" : said ? " by the rules" : "; run easel curate";
    const line = byID("detail-state");
    const strong = document.createElement("span");
    strong.className = `state-${is}`;
    strong.textContent = text;
    const rest = item.person && item.rule && item.rule.keep !== item.person.keep
      ? ` (the rules say ${item.rule.keep ? "keep" : `reject: ${words(item.rule.why ?? "")}`})` : "";
    const detail = !item.person && said?.detail ? `: ${said.detail}` : "";
    line.replaceChildren(strong, `${who}${detail}${rest}`);
  }

  #fill(facts) {
    this.#facts = facts;
    const { source, face } = facts;
    const image = byID("detail-source");
    const address = `/image/source/${facts.item.id}`;
    if (image.getAttribute("src") !== address) image.src = address;
    const place = [source.path];
    if (source.time !== undefined) place.push(`at ${number(source.time)} s`);
    if (source.width) place.push(`${source.width} × ${source.height}`);
    byID("detail-path").replaceChildren(
      `${place.join(", ")} · `, make("span", { className: "legend-face" }, "face"),
      ` (${face.detector} ${number(face.score)}) and `, make("span", { className: "legend-frame" }, "crop"));
    this.#tools();
    const rows = facts.measures.map((measure) => row(measure));
    if (facts.mask) {
      const flags = facts.mask.flags.map(words).join(", ") || "no problem found";
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
      ...marks(face.landmarks).map(([cx, cy]) => draw("circle", { class: "point", cx, cy })));
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

// The places of a face's named points, and of its outline where there is one.
function marks({ outline = [], ...named }) {
  return [...Object.values(named), ...outline];
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
    face.detector === "person"
      ? item.isCut ? "No face was found; you showed where it is." : `${item.rule.detail ?? words(item.rule.why)}.`
      : `${face.detector} found a face of ${Math.round(face.box[2])} × ${Math.round(face.box[3])} pixels${turned}, ${Math.round(face.score * 100)} % sure.`,
  ];
  if (!item.isCut) return [...steps, "It has no crop. Draw a frame (F) to use it."];
  if (size) steps.push(`It was cropped to ${size} × ${size} pixels, ${scale > 1 ? "enlarged" : "scaled"} by ${number(scale)}.`);
  if (mask?.method) {
    const wrong = mask.flags.length ? `: ${mask.flags.map(words).join(", ")}` : ", no problem found";
    steps.push(`The mask (${mask.method}) keeps ${Math.round(mask.coverage * 100)} % of it${wrong}.`);
  } else steps.push(maskDetail ?? "There is no mask yet; run easel mask.");
  const { rule, person, split } = item;
  if (rule) steps.push(rule.keep ? "The rules keep it." : `The rules reject it: ${rule.detail ?? words(rule.why ?? "")}.`);
  if (person) steps.push(person.keep ? "You keep it." : `You rejected it: ${words(person.why ?? "")}.`);
  steps.push(split ? `The dataset contains it, for ${split === "test" ? "testing" : "training"}.` : "It is not in the dataset.");
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
