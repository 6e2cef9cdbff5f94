// The source image with the crop's outline, the face and handles over it. The view contains the whole outline.

import { byID, draw } from "./dom.js";

export class SourceView {
  #svg = byID("overlay");
  #picture = byID("overlay-picture");
  #layer = byID("overlay-layer");
  #photo = new Image();
  #view = [0, 0, 1, 1];
  #size = null;

  constructor() {
    new ResizeObserver(() => this.#fit()).observe(this.#svg.parentElement.parentElement);
    this.#photo.addEventListener("load", () => this.#svg.dispatchEvent(new Event("photo")));
  }

  get svg() {
    return this.#svg;
  }

  /** The photo as an element that a canvas can draw; without pixels until it is loaded. */
  get photo() {
    return this.#photo;
  }

  /** Shows the image at `address` with `source` pixels; returns the server's sentence if there is no image. */
  async show(address, source) {
    this.#size = source;
    if (this.#photo.getAttribute("src") === address) return null;
    this.#photo.setAttribute("src", address);
    this.#picture.setAttribute("href", address);
    const [width, height] = [source.width ?? 0, source.height ?? 0];
    for (const [name, value] of Object.entries({ x: -0.5, y: -0.5, width, height })) this.#picture.setAttribute(name, value);
    try {
      await this.#photo.decode();
      return null;
    } catch {
      if (this.#photo.getAttribute("src") !== address) return null;
      const response = await fetch(address, { credentials: "same-origin" }).catch(() => null);
      return response && !response.ok ? (await response.text()).trim() : "The image cannot be shown.";
    }
  }

  clear() {
    this.#photo.removeAttribute("src");
    this.#picture.removeAttribute("href");
    this.#layer.replaceChildren();
  }

  /** Shows the whole image and all of `points`, with `margin` of the longer side around them. */
  frame(points, margin) {
    const { width, height } = this.#size;
    const xs = [-0.5, width - 0.5, ...points.map(([x]) => x)];
    const ys = [-0.5, height - 0.5, ...points.map(([, y]) => y)];
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    const [across, down] = [Math.max(...xs) - left, Math.max(...ys) - top];
    const edge = margin * Math.max(across, down);
    this.#view = [left - edge, top - edge, across + 2 * edge, down + 2 * edge];
    this.#svg.setAttribute("viewBox", this.#view.join(" "));
    this.#fit();
  }

  draw(...children) {
    this.#layer.replaceChildren(...children);
  }

  add(...children) {
    this.#layer.append(...children);
  }

  /** A position on the screen in source pixels. */
  at(event) {
    const box = this.#svg.getBoundingClientRect();
    const [x, y, width, height] = this.#view;
    return [x + ((event.clientX - box.left) / box.width) * width, y + ((event.clientY - box.top) / box.height) * height];
  }

  /** The number of source pixels per screen pixel. */
  get pixel() {
    return this.#view[2] / (this.#svg.getBoundingClientRect().width || this.#view[2]);
  }

  #fit() {
    const host = this.#svg.parentElement.parentElement;
    const [, , width, height] = this.#view;
    const [across, down] = [host.clientWidth, Math.max(160, Math.min(window.innerHeight * (byID("detail").dataset.tool === "frame" ? 0.52 : 0.64), 900))];
    const scale = Math.min(across / width, down / height);
    if (!(scale > 0)) return;
    this.#svg.style.width = `${width * scale}px`;
    this.#svg.style.height = `${height * scale}px`;
  }

  /** The outline of a crop, and the face with its landmarks if a detector found one. */
  static outline({ frame, face, hasFace }, pixel) {
    const points = frame.map((point) => point.join(",")).join(" ");
    const parts = [draw("polygon", { class: "shade", points }), draw("polygon", { class: "frame", points })];
    if (hasFace) {
      const [x, y, width, height] = face.box;
      parts.push(draw("rect", { class: "face", x, y, width, height }));
      const { outline = [], ...named } = face.landmarks ?? {};
      for (const [cx, cy] of [...Object.values(named), ...outline]) {
        parts.push(draw("circle", { class: "point", cx, cy, r: 3.5 * pixel }));
      }
    }
    return parts;
  }
}
