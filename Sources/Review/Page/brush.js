// Painting on a layer of pixels: round dabs, dabs that stop at edges, and flood fill.

/** The colors of the brush layer: keep, remove, soft; nothing for wiped. */
export const paints = { keep: [0, 255, 0], remove: [255, 0, 0], soft: [0, 0, 255], clear: null };

/** A layer and the crop under it, both RGBA of one size. */
export class Canvas {
  constructor(crop, layer) {
    this.size = crop.width;
    this.crop = crop;
    this.layer = layer;
  }

  /** A round dab; with `stops`, only connected pixels with the color of its centre, within `tolerance`. */
  dab(x, y, radius, paint, stops, tolerance = 42) {
    const near = (index) =>
      ((index % this.size) + 0.5 - x) ** 2 + (Math.floor(index / this.size) + 0.5 - y) ** 2 <= radius * radius;
    this.#flood(x, y, paint, (index, middle) => near(index) && (!stops || this.#isAlike(index, middle, tolerance)));
  }

  /** Everything that is connected to a place and has its color, within `tolerance`. */
  fill(x, y, paint, tolerance) {
    this.#flood(x, y, paint, (index, middle) => this.#isAlike(index, middle, tolerance));
  }

  #isAlike(index, middle, tolerance) {
    const data = this.crop.data;
    let sum = 0;
    for (let channel = 0; channel < 3; channel++) sum += (data[index * 4 + channel] - data[middle * 4 + channel]) ** 2;
    return sum < tolerance * tolerance;
  }

  #flood(x, y, paint, belongs) {
    const size = this.size;
    const within = (value) => Math.min(Math.max(Math.floor(value), 0), size - 1);
    const middle = within(y) * size + within(x);
    const seen = new Uint8Array(size * size);
    const open = [middle];
    seen[middle] = 1;
    while (open.length) {
      const index = open.pop();
      this.#put(index, paint);
      const column = index % size;
      for (const next of [column > 0 ? index - 1 : -1, column < size - 1 ? index + 1 : -1, index - size, index + size]) {
        if (next < 0 || next >= size * size || seen[next]) continue;
        seen[next] = 1;
        if (belongs(next, middle)) open.push(next);
      }
    }
  }

  #put(index, paint) {
    const data = this.layer.data;
    for (let channel = 0; channel < 3; channel++) data[index * 4 + channel] = paint?.[channel] ?? 0;
    data[index * 4 + 3] = paint ? 255 : 0;
  }

  /** A copy of the layer. */
  copy() {
    return new ImageData(new Uint8ClampedArray(this.layer.data), this.size);
  }
}

/** A picture's pixels. */
export async function pixels(source) {
  let blob = source;
  if (typeof source === "string") {
    const response = await fetch(source, { credentials: "same-origin" });
    if (!response.ok) throw new Error((await response.text()).trim());
    blob = await response.blob();
  }
  const bitmap = await createImageBitmap(blob, { premultiplyAlpha: "none", colorSpaceConversion: "none" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

/** A layer as base64 PNG; null if nothing is painted. */
export async function encoded(layer) {
  const data = layer.data;
  let isPainted = false;
  for (let index = 3; index < data.length && !isPainted; index += 4) isPainted = data[index] > 0;
  if (!isPainted) return null;
  const canvas = new OffscreenCanvas(layer.width, layer.height);
  canvas.getContext("2d").putImageData(layer, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return btoa(text);
}

/** The bytes of a base64 text. */
export const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
