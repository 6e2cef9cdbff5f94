// Very small images of the samples, many in one request. A cell shows one until its image arrives, so scrolling shows no blanks.

import * as server from "./server.js";

export const side = 32; // pixels of a tile, the same as on the server
const columns = 16;
const sheetSize = 128; // tiles of a request
const maxSheets = 128; // in memory, half a MB each
const atOnce = 2; // requests
const [ahead, behind] = [2000, 500]; // samples around the visible ones that are always loaded, in the direction of scrolling and against it

const key = (item) => `${item.id} ${item.picture}`;

export class Tiles extends EventTarget {
  #items = [];
  #first = 0;
  #end = 0;
  #isDown = true;
  isStarted = false;
  #sheets = new Set(); // { bitmap, keys, used }
  #places = new Map(); // by key: { sheet, number }
  #absent = new Map(); // by key: { tries, next }, for tiles that the server could not make yet
  #loading = new Set(); // keys
  #requests = 0;
  #searched = null; // the visible position at which nothing was left to load
  #clock = 0;
  #timer = null;

  /** Prepares the tiles of these items, which are shown in this order. */
  show(items) {
    this.#items = items;
    this.#searched = null;
    this.#load();
  }

  /** The items from `first` to `end` are visible now. */
  follow(first, end) {
    if (first !== this.#first) this.#isDown = first > this.#first;
    [this.#first, this.#end] = [first, end];
    this.#load();
  }

  /** Starts loading: the first images of the page are more urgent. */
  start() {
    this.isStarted = true;
    this.#load();
  }

  /** Paints an item's tile; false if it is not loaded. */
  paint(canvas, item) {
    const place = this.#places.get(key(item));
    canvas.hidden = !place;
    if (!place) return false;
    place.sheet.used = ++this.#clock;
    canvas.getContext("2d").drawImage(place.sheet.bitmap,
      (place.number % columns) * side, Math.floor(place.number / columns) * side, side, side, 0, 0, side, side);
    return true;
  }

  // Loads until all tiles around the visible items are there.
  #load() {
    clearTimeout(this.#timer);
    while (this.isStarted && this.#requests < atOnce) {
      const wanted = this.#wanted();
      if (!wanted.length) return;
      this.#request(wanted);
    }
  }

  // The next items whose tiles are missing: visible ones, then those around them, then, as memory allows, the others.
  #wanted() {
    if (this.#searched !== null && Math.abs(this.#searched - this.#first) < sheetSize) return [];
    const [first, end, count] = [this.#first, Math.max(this.#end, this.#first), this.#items.length];
    const [below, above] = this.#isDown ? [ahead, behind] : [behind, ahead];
    const far = (maxSheets * sheetSize) / 3;
    const ranges = [[first, end, 1], [end, end + below, 1], [first - 1, first - above, -1]];
    if (!this.#isDown) [ranges[1], ranges[2]] = [ranges[2], ranges[1]];
    if (this.#sheets.size < maxSheets * 0.8) ranges.push([end + below, end + far, 1], [first - above, first - far, -1]);
    const now = performance.now();
    let soonest = Infinity;
    const found = [];
    for (const [from, to, step] of ranges) {
      for (let index = from; step > 0 ? index < Math.min(to, count) : index >= Math.max(to, 0); index += step) {
        const item = this.#items[index];
        if (!item) continue;
        const name = key(item);
        if (this.#places.has(name) || this.#loading.has(name)) continue;
        const { next } = this.#absent.get(name) ?? { next: 0 };
        soonest = Math.min(soonest, next > now ? next : Infinity);
        if (next > now) continue;
        found.push(item);
        if (found.length === sheetSize) return found;
      }
      // Do not wait with visible tiles until a sheet is full.
      if (found.length && from === first && !this.#loading.size) return found;
    }
    if (!found.length && !this.#loading.size) {
      this.#searched = first;
      if (soonest < Infinity) this.#again(soonest - now);
    }
    return found;
  }

  #again(delay) {
    this.#timer = setTimeout(() => {
      this.#searched = null;
      this.#load();
    }, delay);
  }

  async #request(items) {
    const keys = items.map(key);
    for (const name of keys) this.#loading.add(name);
    this.#requests += 1;
    let pause = 0;
    try {
      const { image, present } = await server.tiles(items.map(({ id }) => id));
      this.#keep(await createImageBitmap(image), keys, present);
    } catch {
      // The footer says that the server does not answer.
      pause = 3000;
    }
    this.#requests -= 1;
    for (const name of keys) this.#loading.delete(name);
    if (pause) return this.#again(pause);
    this.dispatchEvent(new Event("load"));
    this.#load();
  }

  #keep(bitmap, keys, present) {
    const sheet = { bitmap, keys: [], used: ++this.#clock };
    for (const [number, name] of keys.entries()) {
      if (present[number] === "1") {
        sheet.keys.push(name);
        this.#places.set(name, { sheet, number });
        this.#absent.delete(name);
      } else {
        const tries = (this.#absent.get(name)?.tries ?? 0) + 1;
        this.#absent.set(name, { tries, next: performance.now() + 500 * 2 ** Math.min(tries, 7) });
      }
    }
    this.#sheets.add(sheet);
    while (this.#sheets.size > maxSheets) this.#drop([...this.#sheets].reduce((a, b) => (a.used < b.used ? a : b)));
  }

  #drop(sheet) {
    this.#sheets.delete(sheet);
    for (const name of sheet.keys) if (this.#places.get(name)?.sheet === sheet) this.#places.delete(name);
    sheet.bitmap.close();
  }
}
