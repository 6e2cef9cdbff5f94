// All requests to the server.

export class ServerError extends Error {}

/** Told whether the server answers: `online` is true or false. */
export const connection = new EventTarget();
let online = true;

function setOnline(value) {
  if (online === value) return;
  online = value;
  connection.dispatchEvent(new CustomEvent("change", { detail: value }));
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    setOnline(false);
    throw new ServerError("The server does not answer. Is easel review still running?");
  }
  setOnline(true);
  if (!response.ok) throw new ServerError((await response.text()).trim() || response.statusText);
  return response.json();
}

export const samples = () => ask("/api/samples");
export const changes = (since) => ask(`/api/changes?since=${since}`);
export const sample = (id) => ask(`/api/sample/${id}`);
export const measures = () => ask("/api/measures");
export const framing = () => ask("/api/framing");
export const run = (from) => ask(`/api/run?from=${from}`);
export const sheet = (step) => `/image/sheet/${step}`;
export const faces = (id) => ask(`/api/faces/${id}`);
export const similar = (id) => ask(`/api/similar/${id}`);
export const history = () => ask("/api/history");

const post = (path, value) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });

export const saveHistory = (value) => post("/api/history", value);
export const decide = (changes) => post("/api/decisions", { changes });
/** Whether samples show the same picture, as seen at these versions. */
export const pair = (pairs, seen) => post("/api/pairings", { pairs, seen });
/** Another frame or mask method for one sample; its pictures are made again before the server answers. */
export const edit = (id, version, wanted) => post(`/api/repair/${id}`, { version, ...wanted });
/** What a sample's corrected mask would change in similar samples. */
export const suggestions = (id) => ask(`/api/offers/${id}`);
/** The cutout that a sample would have with another one's correction. */
export const suggested = (item, from) => `/image/offer/${item.id}?from=${from.id}&v=${item.picture}-${from.picture}`;
/** Strokes over one sample's mask as a PNG file, or null for none. */
export const paint = (id, version, file) =>
  ask(`/api/strokes/${id}?version=${version}`, { method: "POST", headers: { "Content-Type": "image/png" }, body: file });

const sides = [96, 160, 256, 384, 512];

/** The address of a thumbnail that fills `length` CSS pixels on this screen. */
export function thumbnail(item, length) {
  const wanted = length * (window.devicePixelRatio || 1);
  const side = sides.find((side) => side >= wanted * 0.9) ?? sides.at(-1);
  return `/image/thumbnail/${item.id}?side=${side}&v=${item.picture}`;
}

export const picture = (kind, item) => `/image/${kind}/${item.id}?v=${item.picture}`;

/** What another method would cut out. */
export const preview = (item, method) => `/image/preview/${item.id}?method=${method}&v=${item.picture}`;
