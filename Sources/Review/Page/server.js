// All requests to the server.

export class ServerError extends Error {}

/** Called when the server starts or stops answering: `online` is true or false. */
export const connection = new EventTarget();
let online = true;

function setOnline(value) {
  if (online === value) return;
  online = value;
  connection.dispatchEvent(new CustomEvent("change", { detail: value }));
}

async function ask(path, options) {
  return (await reply(path, options)).json();
}

async function reply(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    setOnline(false);
    throw new ServerError("The server does not answer. Is easel review still running?");
  }
  setOnline(true);
  if (!response.ok) throw new ServerError((await response.text()).trim() || response.statusText);
  return response;
}

export const samples = () => ask("/api/samples");
/** The tiles of samples in one image, and for each whether it is there, as a text of 0 and 1. */
export const tiles = async (ids) => {
  const response = await reply("/image/tiles", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ids }) });
  return { image: await response.blob(), present: response.headers.get("X-Easel-Tiles") ?? "" };
};
export const changes = (since) => ask(`/api/changes?since=${since}`);
export const sample = (id) => ask(`/api/sample/${id}`);
export const measures = () => ask("/api/measures");
export const framing = () => ask("/api/framing");
export const run = (from) => ask(`/api/run?from=${from}`);
export const sheet = (step) => `/image/sheet/${step}`;
export const faces = (id) => ask(`/api/faces/${id}`);
export const similar = (id) => ask(`/api/similar/${id}`);
export const map = () => ask("/api/map");
export const history = () => ask("/api/history");
export const learning = () => ask("/api/learning");
export const views = () => ask("/api/views");

const post = (path, value) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });

export const saveHistory = (value) => post("/api/history", value);
/** Changes the learning of masks: `start`, `use` or `forget`. */
export const learn = (action) => post("/api/learning", { action });
export const saveViews = (value) => post("/api/views", value);
/** Writes rules into the settings file: `{ measure, least, greatest }` each; gives the change of the file. */
export const writeRules = (domain, limits) => post("/api/rules", { domain, limits });
/** Writes the name of the person or character that a sample shows into the settings file. */
export const nameCharacter = (id, name) => post("/api/character", { id, name });
/** Reverts or repeats a change of the settings file. */
export const patchRules = (patch) => post("/api/rules/patch", patch);
export const decide = (changes) => post("/api/decisions", { changes });
/** Decides whether samples are duplicates; the request names the shown versions. */
export const pair = (pairs, seen) => post("/api/pairings", { pairs, seen });
/** Another frame or mask method for one sample; its images are made again before the response. */
export const edit = (id, version, wanted) => post(`/api/repair/${id}`, { version, ...wanted });
/** Suggestions to copy a sample's corrected mask to similar samples. */
export const suggestions = (id) => ask(`/api/offers/${id}`);
/** The cutout of a sample with the correction of another one. */
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

/** The cutout by another method, without strokes; by the method of the settings if there is none. */
export const preview = (item, method = "") => `/image/preview/${item.id}?method=${method}&v=${item.picture}`;

/** An image translated with the checkpoint of a step, as a PNG file. */
export const attempt = async (step, direction, file) =>
  (await reply(`/api/try?step=${step}&direction=${direction}`, { method: "POST", headers: { "Content-Type": file.type }, body: file })).blob();
