// The map of the samples: similar images are close to each other. A line drawn around samples selects them.

import * as server from "./server.js";
import { byID, plural } from "./dom.js";
import { describe, state } from "./samples.js";

const cell = 58; // pixels of a thumbnail with its gap; at most one is drawn in each cell
const reach = 26; // pixels around a sample in which it can be clicked
const maxImages = 900;

export class SampleMap extends EventTarget {
  #samples;
  #grid;
  #part = byID("map-part");
  #canvas = byID("map");
  #hover = byID("map-hover");
  #places = null;
  #pictures = ""; // the images that the places are made from
  #ids = ""; // the samples that the view was fitted to
  #items = [];
  #spots = []; // positions on the canvas, in the order of the items
  #images = new Map();
  #view = null; // { across, down, x, y }: pixels = place * scale + offset; the axes have separate scales
  #isWhole = true; // whether the view shows all samples, also after a change of the window's size
  #line = null; // the lasso
  #pointers = new Map();
  #moved = false;
  #drawing = 0;
  #turn = 0;

  constructor(samples, grid) {
    super();
    [this.#samples, this.#grid] = [samples, grid];
    new ResizeObserver(() => this.#fit(this.#isWhole)).observe(this.#part);
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, (event) => this.#up(event));
    canvas.addEventListener("pointerleave", () => this.#point(null));
    canvas.addEventListener("dblclick", (event) => {
      if (this.#at(event) !== null) this.dispatchEvent(new Event("open"));
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.#scale(Math.exp(-event.deltaY * 0.002), ...this.#position(event));
    }, { passive: false });
    for (const button of this.#part.querySelectorAll("[data-map]")) {
      button.addEventListener("click", () => this.#button(button.dataset.map));
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    this.#choose("lasso");
  }

  get isShown() {
    return !this.#part.hidden;
  }

  /** Shows or hides the map in place of the grid. */
  async toggle(isShown) {
    if (isShown === this.isShown) return;
    this.#part.hidden = !isShown;
    byID("grid").hidden = isShown;
    if (isShown) await this.show(this.#grid.items);
  }

  /** Shows these items; loads the places if images have changed. */
  async show(items) {
    this.#items = items;
    if (!this.isShown) return;
    const turn = ++this.#turn;
    const ids = items.map(({ id }) => id).sort().join();
    const pictures = this.#samples.all.map(({ id, picture }) => id + picture).sort().join();
    if (!this.#places || pictures !== this.#pictures) {
      // The server reads thousands of images in parts.
      for (let left = 1; left;) {
        const map = await server.map();
        if (turn !== this.#turn) return;
        ({ left } = map);
        if (!left) this.#places = map.places;
        else await this.#showPart(map, ids);
      }
      this.#pictures = pictures;
    }
    const isSame = ids === this.#ids;
    this.#ids = ids;
    const off = items.filter(({ id }) => !this.#places[id]).length;
    this.#say(`${plural(items.length - off, "sample")}; similar images are close to each other.${off ? ` ${plural(off, "sample")} without a crop cannot be shown.` : ""}`);
    this.#fit(!isSame || this.#isWhole);
  }

  // Shows the samples whose images have been read already.
  async #showPart({ left, places }, ids) {
    this.#say(`Reading images: ${left.toLocaleString("en")} left …`);
    if (!Object.keys(places).length) return;
    this.#places = places;
    this.#fit(this.#isWhole || ids !== this.#ids);
    this.#ids = ids;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }

  redraw() {
    cancelAnimationFrame(this.#drawing);
    if (this.isShown && this.#view) this.#drawing = requestAnimationFrame(() => this.#draw());
  }

  /** Arrows go to the next sample in a direction, + and - zoom, 0 shows all. */
  key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const { width, height } = this.#canvas.getBoundingClientRect();
    if (step) this.#walk(...step);
    else if (event.key === "+" || event.key === "=") this.#scale(1.4, width / 2, height / 2);
    else if (event.key === "-") this.#scale(1 / 1.4, width / 2, height / 2);
    else if (event.key === "0") this.#fit(true);
    else return false;
    return true;
  }

  #button(name) {
    const { width, height } = this.#canvas.getBoundingClientRect();
    if (name === "in" || name === "out") this.#scale(name === "in" ? 1.6 : 1 / 1.6, width / 2, height / 2);
    else if (name === "fit") this.#fit(true);
    else this.#choose(name);
  }

  #choose(tool) {
    this.#part.dataset.tool = tool;
    for (const button of this.#part.querySelectorAll("[data-map=lasso], [data-map=drag]")) {
      button.setAttribute("aria-pressed", button.dataset.map === tool);
    }
  }

  #say(text) {
    byID("map-said").textContent = text;
  }

  // Shows all items; otherwise only adapts the canvas to its new size.
  #fit(isWhole) {
    const { clientWidth: width, clientHeight: height } = this.#part;
    if (!width || !this.#places) return;
    const density = window.devicePixelRatio || 1;
    [this.#canvas.width, this.#canvas.height] = [Math.round(width * density), Math.round(height * density)];
    if (isWhole || !this.#view) {
      this.#isWhole = true;
      const known = this.#items.map(({ id }) => this.#places[id]).filter(Boolean);
      const range = (axis) => known.reduce(([low, high], place) => [Math.min(low, place[axis]), Math.max(high, place[axis])], [Infinity, -Infinity]);
      const [[left, right], [top, bottom]] = known.length ? [range(0), range(1)] : [[0, 1], [0, 1]];
      const [across, down] = [(width - 2 * cell) / (right - left || 1), (height - 3 * cell) / (bottom - top || 1)];
      this.#view = { across, down, x: cell - left * across, y: cell - top * down };
    }
    this.redraw();
  }

  #scale(by, x, y) {
    if (!this.#view) return;
    this.#isWhole = false;
    const { across, down } = this.#view;
    this.#view = { across: across * by, down: down * by, x: x - (x - this.#view.x) * by, y: y - (y - this.#view.y) * by };
    this.#point(null);
    this.redraw();
  }

  #draw() {
    const context = this.#canvas.getContext("2d");
    const density = window.devicePixelRatio || 1;
    const [width, height] = [this.#canvas.width / density, this.#canvas.height / density];
    const style = getComputedStyle(document.body);
    const color = (name) => style.getPropertyValue(`--${name}`);
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    const { across, down, x, y } = this.#view;
    this.#spots = this.#items.map(({ id }) => {
      const place = this.#places[id];
      return place ? [place[0] * across + x, place[1] * down + y] : null;
    });
    const current = this.#grid.current?.id;
    const taken = new Set();
    const side = cell - 6;
    const isSeen = (spot) => spot && spot[0] > -cell && spot[1] > -cell && spot[0] < width + cell && spot[1] < height + cell;
    const parts = [];
    for (const [index, item] of this.#items.entries()) {
      const spot = this.#spots[index];
      if (!isSeen(spot)) continue;
      const key = `${Math.floor(spot[0] / cell)} ${Math.floor(spot[1] / cell)}`;
      const isCurrent = item.id === current;
      const image = (!taken.has(key) || isCurrent) && this.#image(item);
      taken.add(key);
      parts.push({ item, spot, image, isCurrent });
    }
    // Points first, thumbnails over them, and the current sample last.
    const rank = ({ image, isCurrent }) => (isCurrent ? 2 : image ? 1 : 0);
    for (const { item, spot, image, isCurrent } of parts.sort((a, b) => rank(a) - rank(b))) {
      const isSelected = this.#grid.isSelected(item.id);
      const isRejected = state(item) === "rejected";
      const half = image ? side / 2 : 4;
      context.globalAlpha = isRejected ? 0.55 : 1;
      if (image) {
        context.fillStyle = color("tile");
        context.fillRect(spot[0] - half, spot[1] - half, side, side);
        context.drawImage(image, spot[0] - half, spot[1] - half, side, side);
      } else {
        context.fillStyle = color(item.domain === "A" ? "a" : "b");
        context.fillRect(spot[0] - half, spot[1] - half, 2 * half, 2 * half);
      }
      context.globalAlpha = 1;
      context.lineWidth = isCurrent || isSelected ? 3 : 1.5;
      context.strokeStyle = color(isSelected || isCurrent ? "accent" : isRejected ? "reject" : item.domain === "A" ? "a" : "b");
      context.strokeRect(spot[0] - half, spot[1] - half, 2 * half, 2 * half);
      if (isCurrent) {
        context.strokeStyle = color("ink");
        context.strokeRect(spot[0] - half - 3, spot[1] - half - 3, 2 * half + 6, 2 * half + 6);
      }
    }
    if (this.#line) {
      context.beginPath();
      for (const [px, py] of this.#line) context.lineTo(px, py);
      context.closePath();
      context.strokeStyle = color("accent");
      context.lineWidth = 2;
      context.setLineDash([6, 4]);
      context.stroke();
      context.setLineDash([]);
    }
  }

  // The thumbnail of a sample if it is loaded; requests it otherwise.
  #image(item) {
    const key = item.id + item.picture;
    let image = this.#images.get(key);
    if (!image) {
      if (this.#images.size > maxImages) this.#images.clear();
      image = new Image();
      image.addEventListener("load", () => this.redraw());
      image.src = server.thumbnail(item, cell);
      this.#images.set(key, image);
    }
    return image.complete && image.naturalWidth ? image : null;
  }

  #position(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  // The index of the sample under the pointer; null for none.
  #at(event) {
    const [x, y] = this.#position(event);
    let [found, nearest] = [null, reach];
    for (const [index, spot] of this.#spots.entries()) {
      const distance = spot ? Math.max(Math.abs(spot[0] - x), Math.abs(spot[1] - y)) : Infinity;
      if (distance < nearest) [found, nearest] = [index, distance];
    }
    return found;
  }

  #down(event) {
    this.#pointers.set(event.pointerId, this.#position(event));
    this.#canvas.setPointerCapture(event.pointerId);
    this.#canvas.focus({ preventScroll: true });
    this.#moved = false;
    const isLasso = this.#part.dataset.tool === "lasso" && event.button === 0 && this.#pointers.size === 1;
    this.#line = isLasso ? [this.#position(event)] : null;
    this.#point(null);
    event.preventDefault();
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return event.pointerType === "mouse" ? this.#point(event) : undefined;
    const now = this.#position(event);
    if (!this.#moved && Math.hypot(now[0] - before[0], now[1] - before[1]) < 4) return;
    this.#moved = true;
    if (this.#line) {
      this.#line.push(now);
      return this.redraw();
    }
    const others = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    const [other] = others;
    this.#pointers.set(event.pointerId, now);
    this.#isWhole = false;
    const share = 1 / this.#pointers.size;
    this.#view.x += (now[0] - before[0]) * share;
    this.#view.y += (now[1] - before[1]) * share;
    const distance = other && Math.hypot(before[0] - other[0], before[1] - other[1]);
    if (distance > 20) this.#scale(Math.hypot(now[0] - other[0], now[1] - other[1]) / distance, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    this.redraw();
  }

  #up(event) {
    this.#pointers.delete(event.pointerId);
    const line = this.#line;
    this.#line = null;
    const adds = event.shiftKey || event.ctrlKey || event.metaKey;
    if (event.type === "pointercancel") return this.redraw();
    if (line && this.#moved) {
      const ids = this.#items.filter((_, index) => this.#spots[index] && isInside(this.#spots[index], line)).map(({ id }) => id);
      this.#grid.select(ids, { adds });
    } else if (!this.#moved) {
      const index = this.#at(event);
      if (index === null) this.#grid.selectNone();
      else if (adds) this.#grid.toggle(index);
      else {
        this.#grid.selectNone();
        this.#grid.move(index);
      }
    }
    this.redraw();
  }

  // The thumbnail and name of the sample under the pointer.
  #point(event) {
    const index = event ? this.#at(event) : null;
    this.#hover.hidden = index === null;
    if (index === null) return;
    const item = this.#items[index];
    const [image, caption] = this.#hover.children;
    const address = server.thumbnail(item, 160);
    if (image.getAttribute("src") !== address) image.setAttribute("src", address);
    caption.textContent = describe(item);
    const [x, y] = this.#position(event);
    const { clientWidth: width, clientHeight: height } = this.#part;
    this.#hover.style.transform = `translate(${x > width / 2 ? x - 196 : x + 20}px, ${Math.min(y, height - 230)}px)`;
  }

  // Goes to the nearest sample in a direction.
  #walk(dx, dy) {
    const from = this.#spots[this.#grid.at];
    if (!from) return;
    let [found, nearest] = [null, Infinity];
    for (const [index, spot] of this.#spots.entries()) {
      if (!spot || index === this.#grid.at) continue;
      const [along, across] = [(spot[0] - from[0]) * dx + (spot[1] - from[1]) * dy, Math.abs((spot[0] - from[0]) * dy) + Math.abs((spot[1] - from[1]) * dx)];
      if (along <= 0 || across > along) continue;
      if (along + 2 * across < nearest) [found, nearest] = [index, along + 2 * across];
    }
    if (found === null) return;
    this.#grid.move(found);
    this.#say(describe(this.#items[found]));
    const [x, y] = this.#spots[found];
    const { clientWidth: width, clientHeight: height } = this.#part;
    const inside = (value, length) => (value < cell ? cell - value : value > length - cell ? length - cell - value : 0);
    if (inside(x, width) || inside(y, height)) this.#isWhole = false;
    this.#view.x += inside(x, width);
    this.#view.y += inside(y, height);
    this.redraw();
  }
}

/** Whether a point is inside a closed line, by the even-odd rule. */
function isInside([x, y], line) {
  let inside = false;
  for (let index = 0, last = line.length - 1; index < line.length; last = index++) {
    const [[ax, ay], [bx, by]] = [line[index], line[last]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
