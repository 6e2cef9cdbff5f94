// A grid of any length; only visible cells are in the document.

import { thumbnail } from "./server.js";
import { number } from "./dom.js";
import { Tiles, side } from "./tiles.js";
import { describe, needsCheck, reason, state } from "./samples.js";
import { words } from "./words.js";

const captionHeight = 22 + 8;
const calm = 90; // milliseconds without scrolling, after which images are loaded
const fastScreens = 2.5; // screens a second; images would not arrive in time, so cells show only their tiles

export class Grid extends EventTarget {
  #host;
  #sheet;
  #items = [];
  #cells = new Map(); // by index
  #free = [];
  #columns = 1;
  #cell = 160;
  #wanted = 150;
  #at = 0;
  #anchor = 0;
  #selected = new Set();
  #value = null; // returns the number that each cell shows
  #tiles = new Tiles();
  #scrolled = { top: 0, time: 0 };
  #isFast = false;
  #calming = null;

  constructor(host, sheet) {
    super();
    this.#host = host;
    this.#sheet = sheet;
    host.addEventListener("scroll", () => this.#scroll(), { passive: true });
    this.#tiles.addEventListener("load", () => {
      for (const [index, cell] of this.#cells) if (!this.#hasPicture(cell)) this.#tiles.paint(cell.querySelector("canvas"), this.#items[index]);
    });
    new ResizeObserver(() => this.#layout()).observe(host);
    host.addEventListener("pointerdown", (event) => this.#press(event));
    host.addEventListener("click", (event) => this.#click(event));
    host.addEventListener("dblclick", (event) => {
      if (this.#indexOf(event) !== null) this.dispatchEvent(new Event("open"));
    });
    host.addEventListener("contextmenu", (event) => {
      if (this.#held) event.preventDefault();
    });
  }

  get current() {
    return this.#items[this.#at];
  }

  get items() {
    return this.#items;
  }

  get at() {
    return this.#at;
  }

  /** The identities of what is selected, in order, or of the current one. */
  get targets() {
    if (this.#selected.size) return this.#items.filter((item) => this.#selected.has(item.id)).map((item) => item.id);
    return this.current ? [this.current.id] : [];
  }

  get selectedCount() {
    return this.#selected.size;
  }

  set size(length) {
    this.#wanted = length;
    this.#layout();
  }

  /** Shows other items and stays at the current one if it is among them; `fromTop` goes to the first. */
  show(items, { value = null, fromTop = false } = {}) {
    const before = fromTop ? null : this.current?.id;
    this.#items = items;
    this.#value = value;
    const index = items.findIndex((item) => item.id === before);
    this.#at = this.#anchor = Math.max(0, index);
    this.#selected.clear();
    if (index < 0) this.#host.scrollTop = 0;
    this.#layout();
    this.#tiles.show(items);
    // Tiles wait for the first screen of images.
    if (items.length && !this.#tiles.isStarted) setTimeout(() => this.#tiles.start(), 1500);
    this.#moved();
  }

  /** Shows new versions of items at their old places. */
  renew(get, ids) {
    const changed = new Set(ids);
    this.#items = this.#items.map((item) => (changed.has(item.id) ? (get(item.id) ?? item) : item));
    for (const [index, cell] of this.#cells) if (changed.has(this.#items[index]?.id)) this.#fill(cell, index);
    this.#tiles.show(this.#items);
    this.#marks();
  }

  move(to, { extend = false } = {}) {
    if (!this.#items.length) return;
    const index = Math.min(Math.max(to, 0), this.#items.length - 1);
    if (extend) this.#selectRange(this.#anchor, index);
    else this.#anchor = index;
    this.#at = index;
    this.#reveal();
    this.#marks();
    this.#moved();
  }

  moveTo(id) {
    const index = this.#items.findIndex((item) => item.id === id);
    if (index >= 0) this.move(index);
  }

  has(id) {
    return this.#items.some((item) => item.id === id);
  }

  isSelected(id) {
    return this.#selected.has(id);
  }

  /** Selects samples; `adds` keeps those that are selected already. */
  select(ids, { adds = false } = {}) {
    this.#selected = new Set([...(adds ? this.#selected : []), ...ids]);
    this.#marks();
    this.#moved();
  }

  toggle(index = this.#at) {
    const item = this.#items[index];
    if (!item) return;
    if (!this.#selected.delete(item.id)) this.#selected.add(item.id);
    this.#marks();
    this.#moved();
  }

  selectAll() {
    this.#selected = new Set(this.#items.map((item) => item.id));
    this.#marks();
    this.#moved();
  }

  selectNone() {
    this.#selected.clear();
    this.#marks();
    this.#moved();
  }

  /** Moves as a key asks; false where the key is for something else. */
  key(event) {
    const page = Math.max(1, Math.floor(this.#host.clientHeight / this.#rowHeight)) * this.#columns;
    const steps = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#columns, ArrowDown: this.#columns,
      PageUp: -page, PageDown: page, Home: -this.#items.length, End: this.#items.length,
    };
    const step = steps[event.key];
    if (step === undefined) return false;
    const to = this.#at + step;
    // In the first and last row, Up and Down do not change the column.
    const vertical = event.key === "ArrowUp" || event.key === "ArrowDown";
    if (!vertical || (to >= 0 && to < this.#items.length)) this.move(to, { extend: event.shiftKey });
    return true;
  }

  #selectRange(from, to) {
    this.#selected = new Set(
      this.#items.slice(Math.min(from, to), Math.max(from, to) + 1).map((item) => item.id));
  }

  #indexOf(event) {
    const cell = event.target.closest(".cell");
    return cell ? Number(cell.dataset.index) : null;
  }

  // A long press selects, like a click with Ctrl.
  #held = false;
  #press(event) {
    this.#held = false;
    const index = this.#indexOf(event);
    if (event.pointerType !== "touch" || index === null) return;
    const timer = setTimeout(() => {
      this.#held = true;
      this.toggle(index);
    }, 450);
    const stop = () => clearTimeout(timer);
    for (const kind of ["pointerup", "pointercancel", "pointermove"]) {
      this.#host.addEventListener(kind, stop, { once: true });
    }
  }

  #click(event) {
    const index = this.#indexOf(event);
    if (index === null || this.#held) return;
    if (event.shiftKey) return this.move(index, { extend: true });
    if (event.ctrlKey || event.metaKey || event.target.closest(".check")) {
      this.#at = this.#anchor = index;
      return this.toggle(index);
    }
    if (event.pointerType === "touch" && this.#selected.size) {
      this.#at = this.#anchor = index;
      return this.toggle(index);
    }
    this.#selected.clear();
    this.move(index);
  }

  get #rowHeight() {
    return this.#cell + captionHeight - 8 + 4;
  }

  #layout() {
    const width = this.#sheet.clientWidth;
    if (!width) return;
    this.#columns = Math.max(2, Math.floor(width / this.#wanted));
    this.#cell = width / this.#columns;
    const rows = Math.ceil(this.#items.length / this.#columns);
    this.#sheet.style.height = `${rows * this.#rowHeight + 20}px`;
    for (const cell of this.#cells.values()) this.#release(cell);
    this.#cells.clear();
    this.#reveal();
    this.#draw();
  }

  #reveal() {
    const top = Math.floor(this.#at / this.#columns) * this.#rowHeight;
    const { scrollTop, clientHeight } = this.#host;
    if (top < scrollTop + 8) this.#host.scrollTop = Math.max(0, top - 8);
    else if (top + this.#rowHeight + 12 > scrollTop + clientHeight) {
      this.#host.scrollTop = top + this.#rowHeight + 12 - clientHeight;
    }
  }

  #scroll() {
    const [top, time] = [this.#host.scrollTop, performance.now()];
    const screens = Math.abs(top - this.#scrolled.top) / Math.max(this.#host.clientHeight, 1);
    this.#isFast = (screens / Math.max(time - this.#scrolled.time, 16)) * 1000 > fastScreens;
    this.#scrolled = { top, time };
    clearTimeout(this.#calming);
    this.#calming = setTimeout(() => {
      this.#isFast = false;
      for (const [index, cell] of this.#cells) this.#load(cell, this.#items[index]);
    }, calm);
    this.#draw();
  }

  #draw() {
    const { scrollTop, clientHeight } = this.#host;
    const ahead = 4;
    const first = Math.max(0, Math.floor(scrollTop / this.#rowHeight) - ahead) * this.#columns;
    const end = Math.min(
      this.#items.length, (Math.ceil((scrollTop + clientHeight) / this.#rowHeight) + ahead) * this.#columns);
    for (const [index, cell] of this.#cells) {
      if (index < first || index >= end) {
        this.#release(cell);
        this.#cells.delete(index);
      }
    }
    for (let index = first; index < end; index++) {
      if (this.#cells.has(index)) continue;
      const cell = this.#free.pop() ?? this.#make();
      this.#cells.set(index, cell);
      this.#fill(cell, index);
      if (!cell.isConnected) this.#sheet.append(cell);
      cell.hidden = false;
    }
    this.#tiles.follow(first, end);
    this.#marks();
  }

  #hasPicture(cell) {
    return !cell.querySelector("img").classList.contains("missing");
  }

  #release(cell) {
    cell.hidden = true;
    // Cancel images that were scrolled out of view, so that visible ones load first.
    const image = cell.querySelector("img");
    if (!image.complete) image.removeAttribute("src");
    cell.removeAttribute("id");
    cell.classList.remove("at");
    this.#free.push(cell);
  }

  #make() {
    const cell = document.createElement("div");
    cell.setAttribute("role", "option");
    cell.innerHTML =
      '<div class="frame"><canvas hidden></canvas><img alt="" decoding="async" draggable="false"><div class="flags"></div>' +
      '<div class="check" aria-hidden="true">✓</div></div><div class="caption"><b class="mark"></b><span></span></div>';
    const image = cell.querySelector("img");
    image.addEventListener("error", () => image.classList.add("missing"));
    const tile = cell.querySelector("canvas");
    tile.width = tile.height = side;
    image.addEventListener("load", () => {
      image.classList.remove("missing");
      tile.hidden = true;
      if (!this.#tiles.isStarted && [...this.#cells.values()].every((cell) => this.#hasPicture(cell))) this.#tiles.start();
    });
    return cell;
  }

  #fill(cell, index) {
    const item = this.#items[index];
    const is = state(item);
    cell.id = `s-${item.id}`;
    cell.dataset.index = index;
    cell.className = `cell ${is}${item.person ? " person" : ""}`;
    cell.style.width = `${this.#cell}px`;
    const [row, column] = [Math.floor(index / this.#columns), index % this.#columns];
    cell.style.transform = `translate(${column * this.#cell}px, ${row * this.#rowHeight + 6}px)`;
    this.#load(cell, item);
    const flags = cell.querySelector(".flags");
    flags.textContent = [...item.flags, ...item.borderline].map(words).join(", ");
    flags.hidden = !flags.textContent || !needsCheck(item);
    cell.querySelector(".mark").textContent = { kept: "✓", rejected: "✕", open: "" }[is];
    const file = item.name.slice(item.name.lastIndexOf("/") + 1);
    const value = this.#value?.(item);
    const why = is === "rejected" ? `${words(reason(item))} · ` : "";
    cell.querySelector(".caption span").textContent = `${value === undefined ? "" : `${number(value)} · `}${why}${file}`;
    cell.title = `${item.name}${is === "rejected" ? `\n${words(reason(item))}` : ""}`;
    cell.setAttribute("aria-label", describe(item));
    cell.setAttribute("aria-setsize", this.#items.length);
    cell.setAttribute("aria-posinset", index + 1);
  }

  // Loads a cell's image, or shows only its tile while the user scrolls fast.
  #load(cell, item) {
    const image = cell.querySelector("img");
    const address = thumbnail(item, this.#cell);
    if (image.getAttribute("src") === address) return;
    image.classList.add("missing");
    if (this.#isFast) image.removeAttribute("src");
    else image.setAttribute("src", address);
    this.#tiles.paint(cell.querySelector("canvas"), item);
  }

  #marks() {
    for (const [index, cell] of this.#cells) {
      const isAt = index === this.#at;
      cell.classList.toggle("at", isAt);
      cell.setAttribute("aria-selected", this.#selected.has(this.#items[index]?.id));
    }
    const current = this.#cells.get(this.#at);
    if (current) this.#host.setAttribute("aria-activedescendant", current.id);
    else this.#host.removeAttribute("aria-activedescendant");
  }

  #moved() {
    this.dispatchEvent(new Event("move"));
  }
}
