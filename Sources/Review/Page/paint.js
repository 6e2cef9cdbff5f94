// The mask's painter: keep, remove and soft strokes over a crop. Each stroke is kept as soon as it ends.

import * as server from "./server.js";
import { byID } from "./dom.js";

/** The paints as Easel's brush edits have them. */
const paints = { keep: [0, 255, 0], remove: [255, 0, 0], soft: [0, 0, 255], clear: null };

export class MaskPainter extends EventTarget {
  #canvas = byID("paint");
  #size = 0;
  #crop = null; // RGBA
  #alpha = null;
  #layer = null; // RGBA
  #id = null;
  #tool = "keep";
  #brush = 14;
  #last = null;
  #cursor = null;
  #before = null;

  constructor() {
    super();
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      canvas.focus();
      this.#begin();
      this.#stroke(this.#at(event));
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      this.#cursor = this.#at(event);
      if (this.#last) this.#stroke(this.#cursor);
      else this.#draw();
    });
    for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => this.#end());
    canvas.addEventListener("pointerleave", () => {
      this.#cursor = null;
      this.#draw();
    });
    for (const button of document.querySelectorAll("[data-paint]")) {
      button.addEventListener("click", () => this.choose(button.dataset.paint));
    }
    byID("brush").addEventListener("input", (event) => this.#resize(Number(event.target.value)));
    for (const id of ["paint-ground", "snap"]) byID(id).addEventListener("change", () => this.#draw());
    byID("paint-none").addEventListener("click", () => this.#replace(null));
    this.choose("keep");
  }

  get isOpen() {
    return this.#id !== null;
  }

  async open(item, isPainted) {
    const id = item.id;
    const [crop, mask, layer] = await Promise.all([
      pixels(server.picture("crop", item)), pixels(server.picture("mask", item)).catch(() => null),
      isPainted ? pixels(`/image/strokes/${id}?v=${item.version}`) : null,
    ]);
    this.#id = id;
    this.#size = this.#canvas.width = this.#canvas.height = crop.width;
    this.#crop = crop;
    this.#alpha = mask ?? null;
    this.#layer = layer?.width === crop.width ? layer : new ImageData(crop.width, crop.height);
    byID("paint-none").disabled = !isPainted;
    this.#draw();
  }

  close() {
    this.#id = null;
  }

  choose(tool) {
    this.#tool = tool;
    for (const button of document.querySelectorAll("[data-paint]")) {
      button.setAttribute("aria-pressed", button.dataset.paint === tool);
    }
  }

  /** 1 to 4 choose the paint, [ and ] the size, S snaps; on the canvas arrows move the brush and Space dabs. */
  key(event) {
    const tool = Object.keys(paints)[Number(event.key) - 1];
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (tool) this.choose(tool);
    else if (event.key === "[" || event.key === "]") this.#resize(this.#brush + (event.key === "]" ? 3 : -3));
    else if (event.key.toLowerCase() === "s") byID("snap").checked = !byID("snap").checked;
    else if (document.activeElement !== this.#canvas) return false;
    else if (steps[event.key]) {
      const [x, y] = this.#cursor ?? [this.#size / 2, this.#size / 2];
      const by = Math.max(1, this.#brush / (event.shiftKey ? 1 : 3));
      const within = (value) => Math.min(Math.max(value, 0), this.#size - 1);
      this.#cursor = [within(x + steps[event.key][0] * by), within(y + steps[event.key][1] * by)];
      this.#draw();
    } else if (event.key === " " || event.key === "Enter") {
      this.#begin();
      this.#stroke((this.#cursor ??= [this.#size / 2, this.#size / 2]));
      this.#end();
    } else return false;
    return true;
  }

  #resize(size) {
    this.#brush = Math.min(Math.max(size, 2), 80);
    byID("brush").value = this.#brush;
    this.#draw();
  }

  #at(event) {
    const box = this.#canvas.getBoundingClientRect();
    const scale = this.#size / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  #begin() {
    this.#before = new Uint8ClampedArray(this.#layer.data);
  }

  #stroke([x, y]) {
    const [fromX, fromY] = this.#last ?? [x, y];
    const steps = Math.max(1, Math.ceil(Math.hypot(x - fromX, y - fromY) / (this.#brush / 4)));
    for (let step = 1; step <= steps; step++) {
      this.#dab(fromX + ((x - fromX) * step) / steps, fromY + ((y - fromY) * step) / steps);
    }
    this.#last = this.#cursor = [x, y];
    this.#draw();
  }

  // With edge snap a dab stays within what has the colour of its middle and hangs together with it.
  #dab(x, y) {
    const [size, radius, data] = [this.#size, this.#brush / 2, this.#crop.data];
    const [cx, cy] = [Math.min(Math.max(Math.floor(x), 0), size - 1), Math.min(Math.max(Math.floor(y), 0), size - 1)];
    const snap = byID("snap").checked && this.#tool !== "clear";
    const near = (index) => (index % size + 0.5 - x) ** 2 + (Math.floor(index / size) + 0.5 - y) ** 2 <= radius * radius;
    const middle = cy * size + cx;
    const alike = (index) =>
      [0, 1, 2].reduce((sum, channel) => sum + (data[index * 4 + channel] - data[middle * 4 + channel]) ** 2, 0) < 42 ** 2;
    const seen = new Set([middle]);
    const open = [middle];
    while (open.length) {
      const index = open.pop();
      this.#put(index);
      const column = index % size;
      for (const next of [column > 0 && index - 1, column < size - 1 && index + 1, index - size, index + size]) {
        if (next === false || next < 0 || next >= size * size || seen.has(next)) continue;
        seen.add(next);
        if (near(next) && (!snap || alike(next))) open.push(next);
      }
    }
  }

  #put(index) {
    const paint = paints[this.#tool];
    for (let channel = 0; channel < 3; channel++) this.#layer.data[index * 4 + channel] = paint?.[channel] ?? 0;
    this.#layer.data[index * 4 + 3] = paint ? 255 : 0;
  }

  #end() {
    if (!this.#last) return;
    this.#last = null;
    this.#replace(this.#layer, this.#before);
  }

  // Tells what is painted now and what was before, as PNG files; null for nothing.
  async #replace(layer, before = this.#layer.data) {
    const id = this.#id;
    const was = new ImageData(new Uint8ClampedArray(before), this.#size);
    const files = await Promise.all([layer, was].map((layer) => (layer ? file(layer) : null)));
    this.dispatchEvent(new CustomEvent("strokes", { detail: { id, now: files[0], was: files[1] } }));
  }

  #draw() {
    if (!this.#crop) return;
    const size = this.#size;
    const image = new ImageData(size, size);
    const ground = byID("paint-ground").value;
    for (let index = 0; index < size * size; index++) {
      const at = index * 4;
      let alpha = this.#alpha ? this.#alpha.data[at] / 255 : 1;
      const painted = this.#layer.data[at + 3] > 0;
      const paint = this.#layer.data.subarray(at, at + 3);
      if (painted) alpha = paint[1] ? 1 : paint[0] ? 0 : 0.5;
      for (let channel = 0; channel < 3; channel++) {
        const color = this.#crop.data[at + channel];
        let value = color;
        if (ground === "tint") value = color * (0.3 + 0.7 * alpha) + (channel === 0 ? 90 * (1 - alpha) : 0);
        else {
          const behind = ground === "white" ? 255 : ground === "black" ? 0 : ((index >> 4) + (Math.floor(index / size) >> 4)) % 2 ? 185 : 239;
          value = color * alpha + behind * (1 - alpha);
        }
        image.data[at + channel] = painted ? value * 0.72 + paint[channel] * 0.28 : value;
      }
      image.data[at + 3] = 255;
    }
    const context = this.#canvas.getContext("2d");
    context.putImageData(image, 0, 0);
    if (!this.#cursor) return;
    for (const [width, color] of [[2, "#000"], [1, "#fff"]]) {
      context.beginPath();
      context.arc(...this.#cursor, this.#brush / 2, 0, 2 * Math.PI);
      context.lineWidth = width;
      context.strokeStyle = color;
      context.stroke();
    }
  }
}

/** A picture's pixels. */
async function pixels(address) {
  const response = await fetch(address, { credentials: "same-origin" });
  if (!response.ok) throw new Error(await response.text());
  const bitmap = await createImageBitmap(await response.blob(), { premultiplyAlpha: "none", colorSpaceConversion: "none" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

/** A layer as a PNG file; null where nothing is painted. */
async function file(layer) {
  if (!layer.data.some((value, index) => index % 4 === 3 && value)) return null;
  const canvas = new OffscreenCanvas(layer.width, layer.height);
  canvas.getContext("2d").putImageData(layer, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}
