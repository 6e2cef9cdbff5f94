// Stores the current view in the page's address, so that links, reloads and the browser's Back restore it.

const known = ["view", "domain", "filter", "why", "search", "split", "order", "as", "sample", "mode"];
const standard = { view: "samples", as: "grid", filter: "all", order: "check", mode: "look" };

/** What the address says; what it does not name has its usual value. */
export function read(from = location.search) {
  const query = new URLSearchParams(from);
  return Object.fromEntries(known.map((name) => [name, query.get(name) ?? standard[name] ?? ""]));
}

/** The current view as text, without the open sample. */
export function current() {
  const query = new URLSearchParams(location.search);
  for (const name of ["sample", "mode", "token"]) query.delete(name);
  return query.toString();
}

/** Writes the address; `step` makes an entry to which Back leads. */
export function write(shown, { step = false } = {}) {
  const query = new URLSearchParams();
  for (const name of known) {
    const value = shown[name] ?? "";
    if (value && value !== standard[name]) query.set(name, value);
  }
  const text = query.toString();
  const address = text ? `/?${text}` : "/";
  // The token is removed too, because it is only needed to open the page.
  if (address === location.pathname + location.search) return;
  history[step ? "pushState" : "replaceState"](null, "", address);
}
