// Sample sheets: each input with its result at one step, or at two steps side by side.

import * as server from "./server.js";
import { byID, make } from "./dom.js";

// A sheet's rows: the image, then attention and image of the identity, of the translation, and of the cycle.
const rows = { real: 0, identity: 2, translated: 4, cycled: 6 };
const count = 7;
const gap = 8; // pixels between the directions

export class Sheets {
  #steps = [];
  #images = new Map();
  #turn = 0;
  #compare;

  constructor(compare) {
    this.#compare = compare;
    for (const id of ["new-sheet", "old-sheet", "sheet-attention", "sheet-all"]) byID(id).addEventListener("change", () => this.#draw());
  }

  /** Shows the steps; the newest is selected unless the user selected another. */
  list(steps) {
    const isNewest = !byID("new-sheet").value || Number(byID("new-sheet").value) === this.#steps.at(-1);
    const [chosen, old] = [byID("new-sheet").value, byID("old-sheet").value];
    this.#steps = steps;
    const options = (first) => [...first, ...[...steps].reverse().map((step) => new Option(`step ${step.toLocaleString("en")}`, step))];
    byID("new-sheet").replaceChildren(...options([]));
    byID("old-sheet").replaceChildren(...options([new Option("nothing", "")]));
    if (!isNewest && steps.includes(Number(chosen))) byID("new-sheet").value = chosen;
    if (steps.includes(Number(old))) byID("old-sheet").value = old;
    byID("sheets").hidden = !steps.length;
    byID("sheets-said").textContent = steps.length ? "" : "There are no sample sheets yet.";
    this.#draw();
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

  async #draw() {
    const turn = ++this.#turn;
    const chosen = [byID("new-sheet").value, byID("old-sheet").value].filter(Boolean).map(Number);
    if (!chosen.length) return;
    let images;
    try {
      images = await Promise.all(chosen.map((step) => this.#image(step)));
    } catch {
      byID("sheets-said").textContent = "The sample sheet cannot be read.";
      return;
    }
    if (turn !== this.#turn) return;
    const layout = columns(images[0]);
    const kinds = byID("sheet-all").checked ? ["real", "identity", "translated", "cycled"] : ["real", "translated"];
    byID("faces").replaceChildren(...layout.map(({ x, direction }, index) => {
      const pictures = kinds.flatMap((kind) => this.#cells(kind, images, chosen, x, layout[0].cell, direction));
      return make("section", { className: "face-row", "aria-label": `${direction}, face ${index + 1}` },
        make("h4", { textContent: `${direction}, face ${index + 1}` }), make("div", { className: "cells" }, ...pictures));
    }));
  }

  // One kind of image at each selected step; the input is the same for all.
  #cells(kind, images, steps, x, cell, direction) {
    const [from, to] = direction.split(" → ");
    const title = { real: `input (${from})`, identity: `identity ${from} → ${from}`, translated: `result (${to})`, cycled: `back to ${from}` }[kind];
    const shown = kind === "real" ? images.slice(0, 1) : images;
    const canvases = [];
    const parts = shown.map((image, index) => {
      const canvas = cut(image, x, rows[kind], cell);
      canvases.push(canvas);
      const name = kind === "real" ? title : `${title}, step ${steps[index].toLocaleString("en")}`;
      const figures = [figure(canvas, name)];
      if (kind !== "real" && byID("sheet-attention").checked) figures.push(figure(cut(image, x, rows[kind] - 1, cell), "attention"));
      return figures;
    }).flat();
    if (canvases.length === 2) {
      parts.push(make("button", {
        type: "button", textContent: "Compare",
        "aria-label": `Compare ${title} at both steps`,
        onclick: () => this.#compare.open(...canvases.map((canvas, index) => ({ canvas, name: `step ${steps[index].toLocaleString("en")}` }))),
      }));
    }
    return parts;
  }
}

function figure(canvas, name) {
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  return make("figure", {}, canvas, make("figcaption", { textContent: name }));
}

function cut(image, x, row, cell) {
  const canvas = make("canvas", { width: cell, height: cell });
  canvas.getContext("2d").drawImage(image, x, row * cell, cell, cell, 0, 0, cell, cell);
  return canvas;
}

/** The positions of a sheet's columns, and the direction of each. */
function columns(image) {
  const cell = Math.round(image.naturalHeight / count);
  const width = image.naturalWidth;
  const hasGap = width % cell === gap;
  const total = Math.floor(width / cell);
  let split = total;
  if (hasGap) {
    const canvas = new OffscreenCanvas(width, image.naturalHeight);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    const isGap = (column) => context.getImageData(column * cell, 0, gap, image.naturalHeight).data.every((value) => value === 255);
    split = [...Array(total).keys()].find((column) => column && isGap(column)) ?? total;
  }
  return [...Array(total).keys()].map((column) => ({
    x: column * cell + (column >= split ? gap : 0), cell, direction: column < split ? "A → B" : "B → A",
  }));
}
