// What the server is asked. Everything else in the page goes through here.

export class ServerError extends Error {}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new ServerError("easel review does not answer; is it still running?");
  }
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

const post = (path, value) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });

export const decide = (changes) => post("/api/decisions", { changes });
/** Whether samples show the same picture, as seen at these versions. */
export const pair = (pairs, seen) => post("/api/pairings", { pairs, seen });
/** Another frame or mask method for one sample; its pictures are made anew before this is answered. */
export const repair = (id, version, wanted) => post(`/api/repair/${id}`, { version, ...wanted });
/** What a sample's corrected mask would do to its neighbours. */
export const offers = (id) => ask(`/api/offers/${id}`);
/** The cutout that a sample would have with what another one offers it. */
export const offered = (item, from) => `/image/offer/${item.id}?from=${from.id}&v=${item.picture}-${from.picture}`;
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
