// Tries a checkpoint on the user's own image: crop, attention and result, at one or two steps.

import * as server from "./server.js";
import { byID, make } from "./dom.js";

const maxSide = 1024; // pixels of the image that is sent

export class Try {
  #steps = [];
  #picture = null;
  #compare;
  #turn = 0;

  constructor(compare) {
    this.#compare = compare;
    const drop = byID("try-drop");
    byID("try-file").addEventListener("change", (event) => this.#take(event.target.files[0]));
    drop.addEventListener("dragover", (event) => event.preventDefault());
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#take(event.dataTransfer.files[0]);
    });
    for (const id of ["try-step", "try-other", "try-direction"]) byID(id).addEventListener("change", () => this.#run());
  }

  /** Shows the checkpoints; a chosen one remains chosen as long as it exists. */
  list(steps) {
    if (steps.join() === this.#steps.join()) return;
    this.#steps = steps;
    const option = (step) => new Option(`step ${step.toLocaleString("en")}`, step);
    for (const [id, first] of [["try-step", []], ["try-other", [new Option("nothing", "")]]]) {
      const chosen = byID(id).value;
      byID(id).replaceChildren(...first, ...[...steps].reverse().map(option));
      if (steps.includes(Number(chosen))) byID(id).value = chosen;
    }
    byID("try").hidden = !steps.length;
  }

  // The image is reduced here, so that a photo of 10 MB is not sent.
  async #take(file) {
    if (!file) return;
    try {
      const bitmap = await createImageBitmap(file);
      const scale = Math.min(1, maxSide / Math.max(bitmap.width, bitmap.height));
      const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
      canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      this.#picture = await encoded(canvas);
    } catch {
      byID("try-said").textContent = `${file.name} is not a picture that the browser can read.`;
      return;
    }
    byID("try-name").textContent = file.name;
    await this.#run();
  }

  // Each step gives one image: crop, attention and result side by side.
  async #run() {
    if (!this.#picture) return;
    const turn = ++this.#turn;
    const steps = [...new Set([byID("try-step").value, byID("try-other").value].filter(Boolean))];
    const results = [];
    byID("try-results").replaceChildren();
    byID("try-results").setAttribute("aria-busy", "true");
    try {
      for (const step of steps) {
        const name = `step ${Number(step).toLocaleString("en")}`;
        byID("try-said").textContent = `Translating with ${name} …`;
        const bitmap = await createImageBitmap(await server.attempt(step, byID("try-direction").value, this.#picture));
        if (turn !== this.#turn) return;
        const strip = make("canvas", { width: bitmap.width, height: bitmap.height, role: "img", "aria-label": `${name}: crop, attention, result` });
        strip.getContext("2d").drawImage(bitmap, 0, 0);
        results.push({ canvas: last(bitmap), name });
        byID("try-results").append(make("figure", {}, strip, make("figcaption", { textContent: `${name}: crop, attention, result` })));
      }
      if (results.length === 2) byID("try-results").append(make("button", { type: "button", textContent: "Compare the results", onclick: () => this.#compare.open(...results) }));
      byID("try-said").textContent = "";
    } catch (error) {
      if (turn === this.#turn) byID("try-said").textContent = error.message;
    } finally {
      if (turn === this.#turn) byID("try-results").removeAttribute("aria-busy");
    }
  }
}

// The server accepts 1 MiB.
async function encoded(canvas) {
  for (const quality of [0.95, 0.85, 0.6]) {
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
    if (blob.size < 1_000_000 || quality === 0.6) return blob;
  }
}

/** The last square of a strip: the result. */
function last(strip) {
  const canvas = make("canvas", { width: strip.height, height: strip.height });
  canvas.getContext("2d").drawImage(strip, strip.height - strip.width, 0);
  return canvas;
}
