// Tries a checkpoint on the user's own image: crop, attention and result, at one or two steps.

import * as server from "./server.js";
import { byID, make } from "./dom.js";

const maxSide = 1024; // pixels of the image that is sent

export class Try {
  #steps = [];
  #picture = null;

  constructor() {
    const drop = byID("try-drop");
    byID("try-file").addEventListener("change", (event) => this.#take(event.target.files[0]));
    drop.addEventListener("dragover", (event) => event.preventDefault());
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#take(event.dataTransfer.files[0]);
    });
    for (const id of ["try-step", "try-other", "try-direction"]) byID(id).addEventListener("change", () => this.#run());
  }

  /** Shows the checkpoints. */
  list(steps) {
    if (steps.join() === this.#steps.join()) return;
    this.#steps = steps;
    const option = (step) => new Option(`step ${step.toLocaleString("en")}`, step);
    byID("try-step").replaceChildren(...[...steps].reverse().map(option));
    byID("try-other").replaceChildren(new Option("nothing", ""), ...[...steps].reverse().map(option));
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
      this.#picture = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
    } catch {
      byID("try-said").textContent = `${file.name} is not a picture that the browser can read.`;
      return;
    }
    byID("try-name").textContent = file.name;
    await this.#run();
  }

  async #run() {
    if (!this.#picture) return;
    const steps = [byID("try-step").value, byID("try-other").value].filter(Boolean);
    byID("try-results").replaceChildren();
    byID("try-results").setAttribute("aria-busy", "true");
    try {
      for (const step of steps) {
        byID("try-said").textContent = `Translating with step ${Number(step).toLocaleString("en")} …`;
        const blob = await server.attempt(step, byID("try-direction").value, this.#picture);
        const bitmap = await createImageBitmap(blob);
        const name = `step ${Number(step).toLocaleString("en")}: crop, attention, result`;
        const canvas = make("canvas", { width: bitmap.width, height: bitmap.height, role: "img", "aria-label": name });
        canvas.getContext("2d").drawImage(bitmap, 0, 0);
        byID("try-results").append(make("figure", {}, canvas, make("figcaption", { textContent: name })));
      }
      byID("try-said").textContent = "";
    } catch (error) {
      byID("try-said").textContent = error.message;
    } finally {
      byID("try-results").removeAttribute("aria-busy");
    }
  }
}
