// The samples of one video on a line in the order of their times.

import { byID, draw, number, plural } from "./dom.js";
import { describe, state } from "./samples.js";

export class Timeline extends EventTarget {
  #samples;
  #frames = [];
  #slider = byID("timeline-slider");

  constructor(samples) {
    super();
    this.#samples = samples;
    this.#slider.addEventListener("input", () => this.#name(this.#frames[Number(this.#slider.value)]));
    this.#slider.addEventListener("change", () => this.dispatchEvent(new CustomEvent("go", { detail: this.#frames[Number(this.#slider.value)].id })));
  }

  /** Shows the frames of a sample's video; hides the line if there are fewer than two. */
  show({ item, frames }) {
    this.#frames = frames.filter(({ id }) => this.#samples.get(id));
    byID("timeline-part").hidden = this.#frames.length < 2;
    if (byID("timeline-part").hidden) return;
    const end = this.#frames.length - 1;
    const current = Math.max(0, this.#frames.findIndex(({ id }) => id === item.id));
    this.#slider.max = end;
    this.#slider.value = current;
    byID("timeline").replaceChildren(...this.#frames.map(({ id }, index) => {
      const isCurrent = index === current;
      const attributes = { x: (index / end) * 1000 - 3, y: isCurrent ? 0 : 4, width: 6, height: isCurrent ? 20 : 12 };
      return draw("rect", { class: `${state(this.#samples.get(id))}${isCurrent ? " at" : ""}`, ...attributes });
    }));
    this.#name(this.#frames[current]);
  }

  #name(frame) {
    byID("timeline-said").textContent = `at ${number(frame.time)} s, ${plural(this.#frames.length, "frame")} of this video`;
    this.#slider.setAttribute("aria-valuetext", `${number(frame.time)} seconds: ${describe(this.#samples.get(frame.id))}`);
  }
}
