// Painting the mask: strokes over a crop. The local layer is authoritative until the server has received it.

import * as server from "./server.js";
import { Canvas, bytes, encoded, paints, pixels } from "./brush.js";
import { byID } from "./dom.js";

/** Sends the newest layer of one sample; strokes made during a request are sent together with the next one. */
class Saver {
  #samples;
  #painted;
  #next = null;
  #sending = null;

  constructor(samples, id, painted) {
    [this.#samples, this.id, this.#painted] = [samples, id, painted];
  }

  /** Sends a layer as base64 PNG, or null for none. */
  save(file) {
    this.#next = { file };
    this.#sending ??= this.#send();
  }

  /** Resolves when everything is sent. */
  get idle() {
    return this.#sending ?? Promise.resolve();
  }

  async #send() {
    let isConflict = false;
    let problem = null;
    while (this.#next && !problem) {
      const { file } = this.#next;
      this.#next = null;
      try {
        const { conflicts } = await this.#samples.work(this.id, (version) => server.paint(this.id, version, file && bytes(file)));
        // The sample has changed elsewhere, for example its measures, so the strokes are sent again with its new version.
        if (conflicts.length && !this.#next && !isConflict) this.#next = { file };
        isConflict = conflicts.length > 0;
      } catch (error) {
        problem = error;
      }
    }
    this.#sending = null;
    this.#painted(this.id, problem);
  }
}

export class MaskPainter extends EventTarget {
  #samples;
  #zoom;
  #element = byID("paint");
  #ring = byID("paint-ring");
  #canvas = null; // crop and layer
  #alpha = null;
  #id = null;
  #opening = null;
  #tool = "keep";
  #brush = 14;
  #last = null;
  #cursor = null;
  #before = null; // the layer before the current stroke
  #savers = new Map();
  #layers = new Map(); // layers that are not sent yet, by sample
  #recorded = Promise.resolve();
  #drawing = 0;
  #hidesStrokes = false;

  constructor(samples, zoom) {
    super();
    [this.#samples, this.#zoom] = [samples, zoom];
    const element = this.#element;
    element.addEventListener("pointerdown", (event) => this.#down(event));
    element.addEventListener("pointermove", (event) => {
      this.#cursor = this.#at(event);
      if (this.#zoom.isPinching) return this.#cancel();
      if (this.#last) for (const part of event.getCoalescedEvents?.() ?? [event]) this.#stroke(this.#at(part));
      this.#ringAt();
    });
    element.addEventListener("pointerup", () => this.#end());
    element.addEventListener("pointercancel", () => this.#cancel());
    element.addEventListener("pointerleave", () => {
      if (!this.#last) this.#cursor = null;
      this.#ringAt();
    });
    for (const button of document.querySelectorAll("[data-paint]")) {
      button.addEventListener("click", () => this.choose(button.dataset.paint));
    }
    byID("brush").addEventListener("input", (event) => this.#resize(Number(event.target.value)));
    byID("paint-ground").addEventListener("change", () => this.#draw());
    byID("paint-none").addEventListener("click", () => this.#wipe());
    this.choose("keep");
  }

  get isOpen() {
    return this.#id !== null;
  }

  /** Opens a sample, or shows the new mask of the one that is open. */
  async open(item, isPainted) {
    byID("paint-none").disabled = !isPainted;
    if (this.#opening === item.id) return this.#id ? this.#renew(item) : undefined;
    this.#opening = item.id;
    this.#id = null;
    const waiting = this.#layers.get(item.id);
    const [crop, mask, layer] = await Promise.all([
      pixels(server.picture("crop", item)), pixels(server.picture("mask", item)).catch(() => null),
      waiting ?? (isPainted ? pixels(`/image/strokes/${item.id}?v=${item.version}`).catch(() => null) : null),
    ]);
    if (this.#opening !== item.id) return;
    const size = crop.width;
    this.#canvas = new Canvas(crop, layer?.width === size ? layer : new ImageData(size, size));
    this.#alpha = mask?.width === size ? mask : null;
    this.#element.width = this.#element.height = size;
    this.#id = item.id;
    this.#draw();
  }

  // Keep the local layer, because the server's may be older.
  async #renew(item) {
    const mask = await pixels(server.picture("mask", item)).catch(() => null);
    if (this.#id !== item.id || mask?.width !== this.#canvas.size) return;
    this.#alpha = mask;
    this.#draw();
  }

  close() {
    this.#cancel();
    this.#id = this.#opening = null;
  }

  /** Resolves when all strokes are sent. */
  async settled() {
    await this.#recorded;
    await Promise.all([...this.#savers.values()].map((saver) => saver.idle));
  }

  /** Shows another layer of a sample, after undo. */
  async replace(id, file) {
    this.#layers.delete(id);
    if (this.#id !== id) return;
    this.#canvas.layer = file ? await pixels(new Blob([bytes(file)], { type: "image/png" })) : new ImageData(this.#canvas.size, this.#canvas.size);
    this.#draw();
  }

  choose(tool) {
    this.#tool = tool;
    for (const button of document.querySelectorAll("[data-paint]")) {
      button.setAttribute("aria-pressed", button.dataset.paint === tool);
    }
  }

  /** 1 to 4 choose the paint, [ and ] the size, S stops at edges, W fills; on the canvas arrows move the brush and Space paints. */
  key(event) {
    const tool = Object.keys(paints)[Number(event.key) - 1];
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.altKey) return false;
    if (tool) this.choose(tool);
    else if (event.key === "[" || event.key === "]") this.#resize(this.#brush + (event.key === "]" ? 3 : -3));
    else if (event.key.toLowerCase() === "s") byID("snap").checked = !byID("snap").checked;
    else if (event.key.toLowerCase() === "w") byID("wand").checked = !byID("wand").checked;
    else if (event.key.toLowerCase() === "h") {
      this.#hidesStrokes = !this.#hidesStrokes;
      this.#draw();
    } else if (document.activeElement !== this.#element) return false;
    else if (steps[event.key]) {
      const size = this.#canvas.size;
      const [x, y] = this.#cursor ?? [size / 2, size / 2];
      const by = Math.max(1, this.#brush / (event.shiftKey ? 1 : 3));
      const within = (value) => Math.min(Math.max(value, 0), size - 1);
      this.#cursor = [within(x + steps[event.key][0] * by), within(y + steps[event.key][1] * by)];
      this.#ringAt();
    } else if (event.key === " " || event.key === "Enter") {
      this.#cursor ??= [this.#canvas.size / 2, this.#canvas.size / 2];
      this.#before = this.#canvas.copy();
      this.#stroke(this.#cursor);
      this.#end();
    } else return false;
    return true;
  }

  #resize(size) {
    this.#brush = Math.min(Math.max(size, 2), 80);
    byID("brush").value = this.#brush;
    this.#ringAt();
  }

  #at(event) {
    const box = this.#element.getBoundingClientRect();
    const scale = this.#canvas ? this.#canvas.size / box.width : 1;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  #down(event) {
    if (!this.isOpen || event.button !== 0) return;
    if (this.#zoom.isPinching) return this.#cancel();
    this.#element.setPointerCapture(event.pointerId);
    this.#element.focus({ preventScroll: true });
    this.#before = this.#canvas.copy();
    this.#hidesStrokes = false;
    if (byID("wand").checked) {
      this.#canvas.fill(...this.#at(event), paints[this.#tool], 10 + this.#brush);
      this.#last = this.#at(event);
      this.#draw();
    } else this.#stroke(this.#at(event));
    event.preventDefault();
  }

  #stroke([x, y]) {
    if (this.#last && byID("wand").checked) return;
    const [fromX, fromY] = this.#last ?? [x, y];
    const steps = Math.max(1, Math.ceil(Math.hypot(x - fromX, y - fromY) / (this.#brush / 4)));
    const stops = byID("snap").checked && this.#tool !== "clear";
    for (let step = 1; step <= steps; step++) {
      const part = step / steps;
      this.#canvas.dab(fromX + (x - fromX) * part, fromY + (y - fromY) * part, this.#brush / 2, paints[this.#tool], stops);
    }
    this.#last = this.#cursor = [x, y];
    this.#draw();
  }

  // A second finger or the system cancels a stroke.
  #cancel() {
    if (!this.#last || !this.#before) return;
    this.#canvas.layer = this.#before;
    this.#last = this.#before = null;
    this.#draw();
  }

  #end() {
    if (!this.#last) return;
    const before = this.#before;
    this.#last = this.#before = null;
    this.#keep(before);
  }

  #wipe() {
    if (!this.isOpen) return;
    const before = this.#canvas.copy();
    this.#canvas.layer = new ImageData(this.#canvas.size, this.#canvas.size);
    this.#draw();
    this.#keep(before);
  }

  // Records the stroke for undo and sends the current layer.
  #keep(before) {
    const id = this.#id;
    const now = this.#canvas.copy();
    this.#layers.set(id, now);
    byID("paint-none").disabled = false;
    this.dispatchEvent(new CustomEvent("say", { detail: "Saving …" }));
    this.#recorded = this.#recorded.then(async () => {
      const [was, is] = await Promise.all([encoded(before), encoded(now)]);
      this.#samples.history.record({ kind: "strokes", id, before: was, after: is });
      this.#saver(id).save(is);
    });
  }

  #saver(id) {
    if (!this.#savers.has(id)) {
      this.#savers.set(id, new Saver(this.#samples, id, (id, problem) => {
        if (!problem) this.#layers.delete(id);
        this.dispatchEvent(new CustomEvent("painted", { detail: { id, problem } }));
      }));
    }
    return this.#savers.get(id);
  }

  #ringAt() {
    const size = this.#canvas?.size ?? 1;
    this.#ring.setAttribute("viewBox", `0 0 ${size} ${size}`);
    const [x, y] = this.#cursor ?? [-1000, -1000];
    for (const circle of this.#ring.children) {
      for (const [name, value] of Object.entries({ cx: x, cy: y, r: byID("wand").checked ? 2 : this.#brush / 2 })) circle.setAttribute(name, value);
    }
  }

  #draw() {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    if (!this.#canvas) return;
    const { size, crop: { data: crop }, layer: { data: layer } } = this.#canvas;
    const image = new ImageData(size, size);
    const ground = byID("paint-ground").value;
    for (let index = 0; index < size * size; index++) {
      const at = index * 4;
      let alpha = this.#alpha ? this.#alpha.data[at] / 255 : 1;
      const isPainted = layer[at + 3] > 0;
      if (isPainted) alpha = layer[at + 1] ? 1 : layer[at] ? 0 : 0.5;
      for (let channel = 0; channel < 3; channel++) {
        const color = crop[at + channel];
        let value;
        if (ground === "tint") value = color * (0.3 + 0.7 * alpha) + (channel === 0 ? 90 * (1 - alpha) : 0);
        else {
          const behind = ground === "white" ? 255 : ground === "black" ? 0 : ((index >> 4) + (Math.floor(index / size) >> 4)) % 2 ? 185 : 239;
          value = color * alpha + behind * (1 - alpha);
        }
        // Stripes, so that strokes are visible on every background, also red on the red tint.
        const stripe = isPainted && !this.#hidesStrokes && ((index % size) + Math.floor(index / size)) % 6 < 3;
        image.data[at + channel] = stripe ? value * 0.4 + layer[at + channel] * 0.6 : value;
      }
      image.data[at + 3] = 255;
    }
    this.#element.getContext("2d").putImageData(image, 0, 0);
    this.#ringAt();
  }
}
