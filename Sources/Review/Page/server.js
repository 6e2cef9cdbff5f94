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
export const decide = (changes) =>
  ask("/api/decisions", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ changes }),
  });

const sides = [96, 160, 256, 384, 512];

/** The address of a thumbnail that fills `length` CSS pixels on this screen. */
export function thumbnail(item, length) {
  const wanted = length * (window.devicePixelRatio || 1);
  const side = sides.find((side) => side >= wanted * 0.9) ?? sides.at(-1);
  return `/image/thumbnail/${item.id}?side=${side}&v=${item.picture}`;
}

export const picture = (kind, item) => `/image/${kind}/${item.id}?v=${item.picture}`;
