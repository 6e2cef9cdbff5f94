// The crop's frame on its source image; it can be moved, scaled and rotated by pointer or keys, or placed around another face.

import * as server from "./server.js";
import { byID, draw, make } from "./dom.js";

const turn = (x, y, angle) => [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)];

/** A square: its middle and side in source pixels, and how far it is turned in radians, clockwise. */
function square(corners) {
  const [[x0, y0], [x1, y1], [x2, y2]] = corners;
  return { x: (x0 + x2) / 2, y: (y0 + y2) / 2, side: Math.hypot(x1 - x0, y1 - y0), angle: Math.atan2(y1 - y0, x1 - x0) };
}

function corners({ x, y, side, angle }) {
  const half = side / 2;
  return [[-half, -half], [half, -half], [half, half], [-half, half]].map(([dx, dy]) => {
    const [tx, ty] = turn(dx, dy, angle);
    return [x + tx, y + ty];
  });
}

/** Source pixels to the pixels of a crop of `size`; whole numbers are pixel centres in both. */
function matrix({ x, y, side, angle }, size) {
  const k = size / side;
  const [a, b] = [k * Math.cos(angle), k * Math.sin(angle)];
  const middle = (size - 1) / 2;
  return [a, b, middle - a * x - b * y, -b, a, middle + b * x - a * y];
}

export class FrameEditor extends EventTarget {
  #view;
  #zoom;
  #preview = byID("frame-preview");
  #facts = null;
  #square = null;
  #first = null;
  #grip = null;

  constructor(view, zoom) {
    super();
    this.#view = view;
    this.#zoom = zoom;
    view.svg.addEventListener("pointerdown", (event) => this.#take(event));
    view.svg.addEventListener("pointermove", (event) => this.#drag(event));
    for (const kind of ["pointerup", "pointercancel"]) view.svg.addEventListener(kind, () => (this.#grip = null));
    view.svg.addEventListener("photo", () => this.#draw());
    byID("frame-apply").addEventListener("click", () => this.apply());
    byID("frame-reset").addEventListener("click", () => this.#ask({ kind: "frame", matrix: null }));
    byID("frame-faces").addEventListener("click", () => this.#findFaces());
  }

  get isOpen() {
    return this.#square !== null;
  }

  /** Whether the frame was moved and not applied. */
  get isMoved() {
    return this.isOpen && JSON.stringify(this.#square) !== JSON.stringify(this.#first);
  }

  open(facts) {
    this.#facts = facts;
    this.#square = this.#first = square(facts.frame);
    byID("frame-reset").disabled = !facts.edits.frame;
    byID("frame-found").replaceChildren();
    this.#view.frame(facts.frame, matchMedia("(pointer: coarse)").matches ? 0.17 : 0.1);
    this.#draw();
  }

  close() {
    this.#square = this.#first = null;
  }

  redraw() {
    this.#draw();
  }

  apply() {
    this.#ask({ kind: "frame", matrix: matrix(this.#square, this.#facts.size) });
  }

  /** Arrows move, + and - scale, [ and ] turn; with Shift in larger steps. */
  key(event) {
    const much = event.shiftKey ? 5 : 1;
    const step = this.#square.side * 0.01 * much;
    const changes = {
      ArrowLeft: { x: -step }, ArrowRight: { x: step }, ArrowUp: { y: -step }, ArrowDown: { y: step },
      "+": { side: -2 * step }, "=": { side: -2 * step }, "-": { side: 2 * step }, _: { side: 2 * step },
      "[": { angle: -Math.PI / 180 }, "]": { angle: Math.PI / 180 },
      "{": { angle: -Math.PI / 36 }, "}": { angle: Math.PI / 36 },
    };
    const change = event.altKey ? null : changes[event.key];
    if (change) {
      this.#change((square) => {
        const next = { ...square };
        for (const [name, by] of Object.entries(change)) next[name] += by;
        return next;
      });
    } else if (event.key === "Enter") this.apply();
    else return false;
    return true;
  }

  #ask(edit) {
    this.#first = this.#square;
    this.dispatchEvent(new CustomEvent("edit", { detail: edit }));
  }

  #change(to) {
    const { width, height } = this.#facts.source;
    const next = to(this.#square);
    next.side = Math.min(Math.max(next.side, 16), 3 * Math.max(width, height));
    next.x = Math.min(Math.max(next.x, 0), width);
    next.y = Math.min(Math.max(next.y, 0), height);
    this.#square = next;
    this.#draw();
  }

  #take(event) {
    if (!this.isOpen || event.button !== 0 || event.target.closest(".pick") || !event.target.closest(".move, .grip")) return;
    const grip = event.target.dataset?.grip ?? "move";
    this.#view.svg.setPointerCapture(event.pointerId);
    this.#grip = { grip, from: this.#view.at(event), start: this.#square };
    event.preventDefault();
  }

  #drag(event) {
    if (!this.#grip || this.#zoom.isPinching) return;
    const { grip, from, start } = this.#grip;
    const [x, y] = this.#view.at(event);
    const [was, is] = [[from[0] - start.x, from[1] - start.y], [x - start.x, y - start.y]];
    this.#change(() => {
      if (grip === "move") return { ...start, x: start.x + x - from[0], y: start.y + y - from[1] };
      if (grip === "turn") return { ...start, angle: start.angle + Math.atan2(is[1], is[0]) - Math.atan2(was[1], was[0]) };
      return { ...start, side: (start.side * Math.hypot(...is)) / (Math.hypot(...was) || 1) };
    });
  }

  #draw() {
    if (!this.isOpen) return;
    const pixel = this.#view.pixel;
    const points = corners(this.#square);
    const text = points.map((point) => point.join(",")).join(" ");
    const { x, y, side, angle } = this.#square;
    const reach = matchMedia("(pointer: coarse)").matches ? 16 : 9;
    const [tx, ty] = turn(0, -side / 2 - 3 * reach * pixel, angle);
    const [ux, uy] = turn(0, -side / 2, angle);
    this.#view.draw(
      draw("polygon", { class: "shade", points: text }), draw("polygon", { class: "frame move", points: text }),
      draw("line", { class: "frame", x1: x + ux, y1: y + uy, x2: x + tx, y2: y + ty }),
      ...points.map(([cx, cy]) => draw("circle", { class: "grip", "data-grip": "scale", cx, cy, r: reach * pixel })),
      draw("circle", { class: "grip", "data-grip": "turn", cx: x + tx, cy: y + ty, r: reach * pixel }));
    this.#show();
  }

  // The preview of the crop, drawn from the shown source.
  #show() {
    const canvas = this.#preview;
    const photo = this.#view.photo;
    const scale = photo.naturalWidth / this.#facts.source.width;
    if (!scale || !photo.complete) return;
    const { x, y, side, angle } = this.#square;
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    const k = canvas.width / side;
    context.translate(canvas.width / 2, canvas.height / 2);
    context.rotate(-angle);
    context.scale(k / scale, k / scale);
    context.drawImage(photo, -(x + 0.5) * scale, -(y + 0.5) * scale);
  }

  async #findFaces() {
    const facts = this.#facts;
    byID("frame-found").textContent = "Looking for faces …";
    try {
      const faces = await server.faces(facts.item.id);
      if (this.#facts !== facts || !this.isOpen) return;
      byID("frame-found").replaceChildren(
        ...faces.map(({ face }, index) =>
          make("button", { type: "button", onclick: () => this.#ask({ kind: "frame", face: index }) },
            `Face ${index + 1}, ${Math.round(face.box[2])} pixels wide`)),
        ...(faces.length ? [] : ["No face was found in this image."]));
      this.#view.add(
        ...faces.map(({ face: { box: [x, y, width, height] } }, index) => {
          const pick = draw("g", { class: "pick" }, draw("rect", { class: "face", x, y, width, height }));
          const label = draw("text", { x: x + 4, y: y + height * 0.22, "font-size": height * 0.22 });
          label.textContent = index + 1;
          pick.append(label);
          pick.addEventListener("click", () => this.#ask({ kind: "frame", face: index }));
          return pick;
        }));
    } catch (error) {
      byID("frame-found").textContent = error.message;
    }
  }
}
