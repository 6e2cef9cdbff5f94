// The comparison of two images: side by side, with a slider, in turn, or as their difference.

import { byID } from "./dom.js";
import { Zoom } from "./zoom.js";

const modes = ["side", "slide", "flick", "difference"];

export class Compare {
  #dialog = byID("compare");
  #zoom = new Zoom(byID("compare-stage"), byID("compare-content"));
  #timer = null;

  constructor() {
    for (const button of this.#dialog.querySelectorAll("[data-compare]")) {
      button.addEventListener("click", () => this.#show(button.dataset.compare));
    }
    byID("compare-slide").addEventListener("input", () => this.#slide());
    this.#dialog.addEventListener("close", () => clearInterval(this.#timer));
    this.#dialog.addEventListener("keydown", (event) => {
      const mode = modes[Number(event.key) - 1];
      if (mode) this.#show(mode);
      else if (event.key === " ") this.#flick();
      else if (!this.#zoom.key(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** Opens with two images: `{ src, name }` or `{ canvas, name }` each. */
  async open(first, second) {
    for (const [which, { src, canvas, name }] of Object.entries({ first, second })) {
      const shown = byID(`compare-${which}`);
      shown.setAttribute("aria-label", name);
      byID(`compare-${which}-name`).textContent = name;
      let picture = canvas;
      if (!picture) {
        picture = new Image();
        picture.src = src;
        await picture.decode().catch(() => {});
      }
      [shown.width, shown.height] = [picture.naturalWidth || picture.width || 1, picture.naturalHeight || picture.height || 1];
      if (picture.width) shown.getContext("2d").drawImage(picture, 0, 0);
    }
    this.#zoom.reset();
    this.#dialog.showModal();
    this.#show(this.#dialog.dataset.mode ?? "slide");
  }

  #show(mode) {
    clearInterval(this.#timer);
    this.#dialog.dataset.mode = mode;
    this.#dialog.classList.remove("second");
    for (const button of this.#dialog.querySelectorAll("[data-compare]")) {
      button.setAttribute("aria-pressed", button.dataset.compare === mode);
    }
    byID("compare-slide").parentElement.hidden = mode !== "slide";
    if (mode === "flick") this.#timer = setInterval(() => this.#flick(), 700);
    this.#slide();
  }

  #flick() {
    this.#dialog.classList.toggle("second");
  }

  #slide() {
    const part = Number(byID("compare-slide").value) / 10;
    byID("compare-second").style.clipPath = this.#dialog.dataset.mode === "slide" ? `inset(0 0 0 ${part}%)` : "";
  }
}
