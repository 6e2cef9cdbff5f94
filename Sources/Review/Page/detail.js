// The close view of one sample: its source, its images, its details, and the tools for frame and mask.

import * as server from "./server.js";
import { byID, make, number } from "./dom.js";
import { clearFacts, decisionLine, showFacts } from "./facts.js";
import { FrameEditor } from "./frame.js";
import { MaskPainter } from "./paint.js";
import { describe, state } from "./samples.js";
import { SourceView } from "./source.js";
import { Suggestions } from "./suggestions.js";
import { Timeline } from "./timeline.js";
import { Zoom } from "./zoom.js";

const methods = {
  auto: "best available", network: "Easel's network", parts: "part masks", segment: "portrait network", "color-model": "colors and position",
  alpha: "the file's transparency", none: "no mask",
};

export class Detail extends EventTarget {
  #samples;
  #facts = null;
  #mode = "look";
  #big = null; // the tile that is shown enlarged instead of the source
  #source = new SourceView();
  #sourceZoom;
  #paintZoom;
  #frame;
  #painter;
  #suggestions;
  #timeline;
  #dialog = byID("detail");
  #id = null;
  #shown = null;

  constructor(samples, compare) {
    super();
    this.#samples = samples;
    byID("compare-edits").addEventListener("click", () => {
      const { item } = this.#facts;
      compare.open({ src: server.preview(item), name: `${item.name}, before your corrections` }, { src: server.picture("cutout", item), name: "after" });
    });
    const isLooking = (event) => this.#mode === "look" || !event.target.closest(".move, .grip, .pick");
    this.#sourceZoom = new Zoom(byID("stage"), byID("stage-content"), isLooking);
    this.#paintZoom = new Zoom(byID("paint-stage"), byID("paint-content"), () => false);
    byID("stage").addEventListener("zoom", () => this.#overlay());
    this.#frame = new FrameEditor(this.#source, this.#sourceZoom);
    this.#painter = new MaskPainter(samples, this.#paintZoom);
    this.#suggestions = new Suggestions(samples);
    this.#timeline = new Timeline(samples);
    this.#timeline.addEventListener("go", (event) => this.dispatchEvent(new CustomEvent("go", { detail: event.detail })));
    for (const part of [this.#suggestions, this.#painter]) part.addEventListener("say", (event) => this.#say(event.detail));
    for (const button of this.#dialog.querySelectorAll("[data-mode]")) {
      button.addEventListener("click", () => this.setMode(button.dataset.mode));
    }
    for (const button of this.#dialog.querySelectorAll("[data-tile]")) {
      button.addEventListener("click", () => this.#enlarge(this.#big === button.dataset.tile ? null : button.dataset.tile));
    }
    for (const button of this.#dialog.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.#zoomButton(button));
    }
    byID("method").addEventListener("change", (event) => this.#edit({ kind: "method", method: event.target.value || null }));
    byID("compare-methods").addEventListener("click", () => this.#compare());
    byID("character").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#nameCharacter();
    });
    this.#frame.addEventListener("edit", (event) => this.#edit(event.detail));
    this.#painter.addEventListener("painted", ({ detail: { id, problem } }) => {
      if (problem) this.#say(`Not saved: ${problem.message} The next stroke tries again.`);
      else this.#say(`Painted: ${this.#samples.get(id)?.name}`);
    });
    this.#source.svg.addEventListener("photo", () => this.#overlay());
    const methodsSeen = new Set();
    byID("method").replaceChildren(new Option("as in the settings", ""), ...Object.entries(methods)
      .filter(([name]) => name !== "network" && !methodsSeen.has(name) && methodsSeen.add(name))
      .map(([name, title]) => new Option(title, name)));
  }

  get isOpen() {
    return this.#dialog.open;
  }

  get mode() {
    return this.#mode;
  }

  /** Whether a swipe turns to the next sample: only in Look, and not while zoomed. */
  get canSwipe() {
    return this.#mode === "look" && this.#sourceZoom.scale === 1;
  }

  open(item, mode) {
    if (!this.#dialog.open) this.#dialog.showModal();
    this.show(item);
    if (mode && mode !== this.#mode) this.setMode(mode, { asks: false });
  }

  close() {
    this.#dialog.close();
  }

  /** Resolves when everything that was painted is at the server. */
  settled() {
    return this.#painter.settled();
  }

  /** Whether a moved frame may be left: asks if it was not applied. */
  mayLeave() {
    if (!this.#frame.isMoved) return true;
    byID("unsaved").showModal();
    return false;
  }

  /** Applies or drops the moved frame. */
  resolve(applies) {
    byID("unsaved").close();
    if (applies) this.#frame.apply();
    this.#frame.close();
  }

  /** Takes in an entry that was undone or done again. */
  async applied(entry, side) {
    if (entry.kind === "strokes") await this.#painter.replace(entry.id, entry[side]);
  }

  /** Whether a key was for the tool that is open. */
  key(event) {
    if (this.#mode === "frame" && this.#frame.isOpen && this.#frame.key(event)) return true;
    if (this.#mode === "mask" && this.#painter.isOpen && this.#painter.key(event)) return true;
    if ((this.#mode === "mask" ? this.#paintZoom : this.#sourceZoom).key(event)) return true;
    const mode = { l: "look", f: "frame", m: "mask" }[event.key.toLowerCase()];
    if (mode && !this.#dialog.querySelector(`[data-mode=${mode}]`).disabled) this.setMode(mode);
    return !!mode;
  }

  setMode(mode, { asks = true } = {}) {
    if (asks && mode !== this.#mode && !this.mayLeave()) return;
    this.#mode = mode;
    for (const button of this.#dialog.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", button.dataset.mode === mode);
    }
    byID("frame-tools").hidden = mode !== "frame";
    byID("mask-tools").hidden = mode !== "mask";
    this.#dialog.dataset.tool = mode;
    byID("source-part").hidden = mode === "mask";
    if (mode !== "look") this.#enlarge(null);
    this.#tools();
    this.dispatchEvent(new Event("mode"));
  }

  #tools() {
    const facts = this.#facts;
    if (this.#mode !== "mask" || !facts) this.#painter.close();
    this.#suggestions.show(facts?.item ?? null, facts?.edits);
    if (!facts) return;
    if (this.#mode === "frame") {
      // Keep a frame that is being moved; the new facts may only be about a new mask.
      if (facts.frame.length && !this.#frame.isMoved) this.#frame.open(facts);
    } else {
      this.#frame.close();
      this.#source.frame(facts.frame, 0.01);
      this.#overlay();
    }
    if (this.#mode === "mask") {
      byID("method").value = facts.edits.method ?? "";
      byID("compare-edits").disabled = !facts.edits.isPainted && !facts.edits.method;
      this.#painter.open(facts.item, facts.edits.isPainted).catch((error) => this.#say(error.message));
    }
  }

  #overlay() {
    if (!this.#facts) return;
    if (this.#frame.isOpen) return this.#frame.redraw();
    this.#source.draw(...SourceView.outline(this.#facts, this.#source.pixel));
  }

  #zoomButton({ dataset: { zoom } }) {
    const view = this.#mode === "mask" ? this.#paintZoom : this.#sourceZoom;
    if (zoom === "fit") view.reset();
    else view.by(zoom === "in" ? 1.6 : 1 / 1.6);
  }

  // Shows a tile enlarged instead of the source; null for the source.
  #enlarge(tile) {
    this.#big = tile;
    for (const button of this.#dialog.querySelectorAll("[data-tile]")) {
      button.setAttribute("aria-pressed", button.dataset.tile === tile);
    }
    const big = byID("big");
    this.#sourceZoom.reset();
    byID("source-picture").hidden = !!tile;
    big.hidden = !tile;
    if (!tile) return;
    const figure = this.#dialog.querySelector(`[data-tile=${tile}]`);
    big.className = figure.closest("figure").className;
    big.querySelector("img").src = figure.querySelector("img").src;
    big.querySelector("img").alt = figure.querySelector("img").alt;
  }

  #say(text) {
    this.dispatchEvent(new CustomEvent("say", { detail: text }));
  }

  // Changes the frame or the method; undo restores the previous one.
  async #edit(wanted) {
    const { item, edits } = this.#facts;
    this.#say("Working …");
    this.#dialog.setAttribute("aria-busy", "true");
    try {
      const { conflicts } = await this.#samples.work(item.id, (version) => server.edit(item.id, version, wanted));
      if (conflicts.length) return;
      const now = (await server.sample(item.id)).edits;
      const entry = wanted.kind === "method"
        ? { kind: "method", id: item.id, before: edits.method ?? null, after: now.method ?? null }
        : { kind: "frame", id: item.id, before: edits.frame ?? null, after: now.frame ?? null };
      this.#samples.history.record(entry);
      this.#say(`${wanted.kind === "method" ? "New mask" : "New crop"}: ${this.#samples.get(item.id)?.name}`);
    } catch (error) {
      this.#say(error.message);
    } finally {
      this.#dialog.removeAttribute("aria-busy");
    }
  }

  // The group of this sample gets a name in the settings file; the next easel curate uses it.
  async #nameCharacter() {
    const item = this.#samples.get(this.#id);
    const name = byID("character-name").value.trim();
    if (!item || !name) return;
    try {
      await server.nameCharacter(item.id, name);
      this.#say(`${item.character ?? "This face"} is called ${name} in ${this.#samples.settingsName} now. Run easel curate to apply it.`);
    } catch (error) {
      this.#say(error.message);
    }
  }

  // The cutouts of all methods, to choose from.
  #compare() {
    const { item } = this.#facts;
    byID("methods").replaceChildren(
      ...[...byID("method").options].filter(({ value }) => value && value !== "auto").map(({ value: name, text: title }) => {
        const image = make("img", { alt: "", src: server.preview(item, name), className: "on-checks" });
        const button = make("button", {
          type: "button", title, onclick: () => this.#edit({ kind: "method", method: name }),
        }, image, make("span", { textContent: title }));
        image.addEventListener("error", () => button.remove());
        return button;
      }));
  }

  /** Shows a sample, or another state of the same. */
  async show(item) {
    byID("detail-state").replaceChildren(...decisionLine(item));
    byID("character").hidden = !this.#samples.settingsName;
    byID("character-now").textContent = item.character ?? "a face that is in no group";
    for (const button of this.#dialog.querySelectorAll("[data-do=rules]")) button.disabled = !item.person;
    const shown = `${item.id} ${item.picture}`;
    if (this.#shown === shown) return;
    const isSame = this.#id === item.id;
    [this.#id, this.#shown] = [item.id, shown];
    if (!isSame) {
      this.#facts = null;
      this.#frame.close();
      this.#painter.close();
      this.#source.clear();
      clearFacts();
      byID("detail-name").textContent = item.name;
      byID("character-name").value = "";
      for (const id of ["detail-path", "copies", "neighbours", "frame-found", "methods"]) byID(id).replaceChildren();
      this.#dialog.querySelector(".panes").scrollTop = 0;
      this.#sourceZoom.reset();
      this.#paintZoom.reset();
    } else if (this.#mode === "frame") this.#frame.close();
    this.#pictures(item);
    await this.#fetch(item);
  }

  // A sample without a crop has only its source image.
  #pictures(item) {
    this.#dialog.querySelector("[data-mode=mask]").disabled = !item.isCut;
    if (!item.isCut && this.#mode === "mask") this.setMode("look");
    for (const image of this.#dialog.querySelectorAll("[data-tile] img")) {
      if (item.isCut) load(image, server.picture(image.dataset.kind, item));
      else image.closest("figure").classList.add("missing");
    }
    if (this.#big) this.#enlarge(item.isCut ? this.#big : null);
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
    this.#frame.close();
    this.setMode("look", { asks: false });
  }

  #fill(facts) {
    this.#facts = facts;
    const { source, face, hasFace } = facts;
    const place = [source.path];
    if (source.time !== undefined) place.push(`at ${number(source.time)} s`);
    if (source.width) place.push(`${source.width} × ${source.height}`);
    const parts = [`${place.join(", ")}. `, make("span", { className: "legend-frame" }, "white: crop")];
    if (hasFace) parts.push(", ", make("span", { className: "legend-face" }, "dashed: face"), ` (${face.detector}, ${Math.round(face.score * 100)} % certain)`);
    byID("detail-path").replaceChildren(...parts);
    byID("source-missing").hidden = true;
    this.#source.show(`/image/source/${facts.item.id}`, source).then((problem) => {
      if (this.#facts !== facts || !problem) return;
      byID("source-missing").textContent = `The source cannot be shown. ${problem}`;
      byID("source-missing").hidden = false;
    });
    this.#tools();
    showFacts(facts);
    this.#timeline.show(facts);
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
}

function load(image, address) {
  const figure = image.closest("figure");
  figure.classList.remove("missing");
  image.onerror = () => figure.classList.add("missing");
  image.src = address;
}
