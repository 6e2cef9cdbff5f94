// The page: its views, and the actions of buttons and keys.

import * as address from "./address.js";
import * as server from "./server.js";
import { Compare } from "./compare.js";
import { Detail } from "./detail.js";
import { Domains } from "./domains.js";
import { Duplicates } from "./duplicates.js";
import { Filters } from "./filters.js";
import { Grid } from "./grid.js";
import { History } from "./history.js";
import { Learning } from "./learning.js";
import { Limits } from "./limits.js";
import { SampleMap } from "./map.js";
import { SavedViews } from "./views.js";
import { Training } from "./training.js";
import { byID, make, plural } from "./dom.js";
import { listen } from "./keys.js";
import { Samples, filters, needsCheck } from "./samples.js";
import { reasons, words } from "./words.js";

const samples = new Samples();
const history = new History(samples);
samples.history = history;
const compare = new Compare();
const grid = new Grid(byID("grid"), byID("sheet"));
const detail = new Detail(samples, compare);
const duplicates = new Duplicates(samples, compare);
const domains = new Domains(samples);
const limits = new Limits(samples);
const training = new Training(compare);
const map = new SampleMap(samples, grid);
const learning = new Learning(samples, compare);
history.forgetLearning = () => learning.forget();
const savedViews = new SavedViews();
const filterBar = new Filters(samples, duplicates);
const view = { domain: "", filter: "all", why: "", search: "", split: "", order: "check", as: "grid", ids: null, idsTitle: "" };

// --- views

// Whether the grid shows the samples; before they arrive, the footer says that the dataset is being read.
let isListed = false;

function apply({ fromTop = false } = {}) {
  isListed = samples.isLoaded;
  const measure = ["check", "file"].includes(view.order) ? null : view.order.replace(/^-/, "");
  grid.show(samples.select(view), { value: measure && ((item) => samples.value(item, measure)), fromTop });
  renewHeader();
  settled(map.show(grid.items));
}

/** Shows the samples as a grid or as a map. */
function arrange(as) {
  view.as = as === "map" ? "map" : "grid";
  byID("as-map").setAttribute("aria-pressed", view.as === "map");
  settled(map.toggle(view.as === "map"));
}

function switchMap() {
  arrange(map.isShown ? "grid" : "map");
  keepAddress({ step: true });
  focusSamples();
}

const focusSamples = () => byID(view.as === "map" ? "map" : "grid").focus();

function renewHeader() {
  filterBar.show(view, isListed ? grid.items.length === 0 : null);
  for (const button of document.querySelectorAll("[data-do=undo]")) button.disabled = !history.canUndo;
  for (const button of document.querySelectorAll("[data-do=redo]")) button.disabled = !history.canRedo;
  byID("compare-two").hidden = grid.selectedCount !== 2;
}

async function choose(change, { isStep = false } = {}) {
  Object.assign(view, change);
  if (!["check", "file"].includes(view.order)) await settled(samples.loadMeasures());
  apply({ fromTop: "order" in change });
  keepAddress({ step: isStep });
}

let message = null;

function say(text) {
  for (const id of ["said", "detail-said"]) byID(id).textContent = text;
  clearTimeout(message);
  // Messages with … stay until the work is finished.
  if (!text.endsWith("…")) message = setTimeout(() => say(""), 12_000);
}

const views = {
  samples: { part: byID("samples"), show: () => apply() },
  duplicates: { part: byID("duplicates"), show: () => duplicates.show() },
  domains: { part: byID("domains-view"), show: () => Promise.all([domains.show(), limits.show()]) },
  training: { part: byID("training"), show: () => training.show() },
};
let shown = "samples";

async function show(name, { step = true } = {}) {
  if (shown === "duplicates" && name !== shown) duplicates.leave();
  shown = name;
  training.hide();
  document.body.dataset.shown = name;
  for (const [other, { part }] of Object.entries(views)) part.hidden = other !== name;
  for (const button of document.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", button.dataset.view === name);
  }
  keepAddress({ step });
  await settled(views[name].show());
  if (name === "samples" && !detail.isOpen) focusSamples();
}

function keepAddress(options) {
  const open = detail.isOpen && grid.current;
  address.write({ ...view, view: shown, sample: open ? grid.current.id : "", mode: open ? detail.mode : "" }, options);
}

/** Shows what the address says: at the start, and after Back. */
async function restore() {
  const wanted = address.read();
  const { domain, filter, why, search, split, order } = wanted;
  Object.assign(view, { domain, why, search, split, order, filter: filters[filter] ? filter : "all", ids: null });
  if (!["check", "file"].includes(order)) await settled(samples.loadMeasures());
  arrange(wanted.as);
  apply();
  const name = views[wanted.view] ? wanted.view : "samples";
  if (name !== shown || name !== "samples") await show(name, { step: false });
  const item = samples.get(wanted.sample);
  if (item) {
    if (!grid.has(item.id)) widen();
    grid.moveTo(item.id);
    detail.open(item, wanted.mode);
  } else if (detail.isOpen) detail.close();
}

function widen() {
  Object.assign(view, { filter: "all", why: "", search: "", split: "", domain: "", ids: null });
  apply();
}

/** Opens a sample from another view. */
function look(id) {
  const item = samples.get(id);
  if (!item || !detail.mayLeave()) return;
  if (!grid.has(id)) widen();
  grid.moveTo(id);
  open();
}

// --- actions

async function decide(keep, why) {
  const targets = grid.targets;
  if (keep === null) return asTheRules(targets);
  const uncut = targets.filter((id) => keep && !samples.get(id)?.isCut);
  const ids = targets.filter((id) => !uncut.includes(id));
  if (uncut.length && !ids.length) {
    // A sample without a crop can only be kept by cropping it.
    if (uncut.length === 1) {
      open();
      detail.setMode("frame");
    }
    return say("There is no crop yet: draw a frame around the face, then choose Crop here");
  }
  if (!ids.length || (detail.isOpen && !detail.mayLeave())) return;
  const one = ids.length === 1 && !grid.selectedCount ? samples.get(ids[0]) : null;
  const what = keep ? "Kept" : why && why !== "rejected-by-person" ? `Rejected (${words(why)}):` : "Rejected";
  say(`${what} ${one ? one.name : plural(ids.length, "sample")}`);
  const sent = samples.decide(ids, keep, why);
  if (one) {
    grid.move(grid.at + 1);
    if (detail.isOpen) detail.show(grid.current), keepAddress();
  } else grid.selectNone();
  await settled(sent);
}

function asTheRules(targets) {
  const ids = targets.filter((id) => samples.get(id)?.person);
  if (!ids.length) return say("You made no decision here");
  say(`Follow the rules: ${ids.length === 1 ? samples.get(ids[0]).name : plural(ids.length, "sample")}`);
  return settled(samples.decide(ids, null));
}

let undos = 0; // and redos, since the page was opened

async function undo(side = "before") {
  const isUndo = side === "before";
  const number = ++undos;
  say(isUndo ? "Undoing …" : "Redoing …");
  // Save pending strokes first.
  await detail.settled();
  const entry = await settled(isUndo ? history.undo() : history.redo(), false);
  // Another undo may have been in progress, so only now it is known whether there was an entry.
  if (entry === null) return say(`There is nothing to ${isUndo ? "undo" : "redo"}`);
  if (!entry) return;
  await detail.applied(entry, side);
  const ids = History.ids(entry).filter((id) => samples.get(id));
  if (ids.length) grid.moveTo(ids[0]);
  if (shown !== "samples") await settled(views[shown].show());
  if (detail.isOpen && ids.length && !ids.includes(grid.current?.id)) look(ids[0]);
  if (detail.isOpen && grid.current) detail.show(grid.current);
  // A later undo may have failed while the view was loading. Its message must not be replaced by this one.
  if (number !== undos) return;
  const what = { learning: "the learning of masks", rules: `the rules in ${samples.settingsName ?? "the settings"}` }[entry.kind];
  say(`${isUndo ? "Undone" : "Done again"}: ${what ?? (ids.length === 1 ? samples.get(ids[0])?.name : plural(ids.length, "sample"))}`);
}

/** What a promise gives; a problem is said. */
async function settled(sent, otherwise) {
  try {
    return await sent;
  } catch (error) {
    say(error.message);
    return otherwise;
  }
}

function open() {
  if (!grid.current) return;
  detail.open(grid.current);
  keepAddress({ step: true });
}

function go(step) {
  if (!detail.mayLeave()) return;
  grid.move(grid.at + step);
  detail.show(grid.current);
  keepAddress();
}

function next() {
  const { items, at } = grid;
  const turned = [...items.keys()].map((index) => (at + 1 + index) % items.length);
  const found = turned.find((index) => needsCheck(items[index]));
  if (found === undefined) return say("Nothing here is left to check");
  grid.move(found);
  if (detail.isOpen && detail.mayLeave()) detail.show(grid.current), keepAddress();
}

async function together() {
  const ids = grid.targets;
  if (ids.length < 2) return say("Select two or more samples that are copies of each other");
  await duplicates.join(ids);
  grid.selectNone();
}

function compareTwo() {
  const [first, second] = grid.targets.map((id) => samples.get(id));
  if (!second) return say("Select two samples to compare");
  compare.open(...[first, second].map((item) => ({ src: item.isCut ? server.picture("cutout", item) : server.thumbnail(item, 512), name: item.name })));
}

async function similar() {
  const item = grid.current;
  if (!item) return;
  const ids = await settled(server.similar(item.id));
  if (!ids) return;
  if (detail.isOpen) detail.close();
  if (shown !== "samples") await show("samples");
  await choose({ ids: [item.id, ...ids], idsTitle: `similar to ${item.name}`, filter: "all", domain: "", why: "", split: "", search: "" });
}

function askReason() {
  const count = grid.targets.length;
  if (!count) return;
  byID("reasons-title").textContent = `Reject ${count === 1 && !grid.selectedCount ? grid.current.name : plural(count, "sample")}, because …`;
  byID("reasons").showModal();
}

function because(code) {
  byID("reasons").close();
  decide(false, code);
}

function resize(step) {
  const input = byID("size");
  input.value = Number(input.value) + step;
  input.dispatchEvent(new Event("input"));
}

const actions = {
  keep: () => decide(true), reject: () => decide(false), rules: () => decide(null), "reject-as": askReason,
  undo: () => undo(), redo: () => undo("after"), open, go, similar, compare: compareTwo, together, next,
  "apply-frame": () => detail.resolve(true), "drop-frame": () => detail.resolve(false),
};

for (const button of document.querySelectorAll("button[data-do]")) {
  button.addEventListener("click", () => {
    const action = actions[button.dataset.do];
    const dialog = button.closest("dialog");
    if (action) action();
    else if (dialog.id !== "detail" || detail.mayLeave()) dialog.close();
  });
}
for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => show(button.dataset.view));
for (const button of document.querySelectorAll("button[data-go]")) button.addEventListener("click", () => go(Number(button.dataset.go)));
byID("as-map").addEventListener("click", switchMap);
byID("ask-help").addEventListener("click", () => byID("help").showModal());
byID("size").addEventListener("input", (event) => {
  grid.size = Number(event.target.value);
  localStorage.setItem("size", event.target.value);
});
byID("reason-list").append(
  ...reasons.map(([code, title], index) =>
    make("li", {}, make("button", { type: "button", onclick: () => because(code) }, make("kbd", { textContent: index + 1 }), title))));

// --- events

filterBar.addEventListener("choose", ({ detail: change }) => choose(change));
savedViews.addEventListener("say", (event) => say(event.detail));
savedViews.addEventListener("show", async ({ detail: text }) => {
  window.history.pushState(null, "", text ? `/?${text}` : "/");
  await restore();
  if (shown === "samples") focusSamples();
});
learning.addEventListener("say", (event) => say(event.detail));
for (const part of [duplicates, limits]) {
  part.addEventListener("open", (event) => look(event.detail));
  part.addEventListener("say", (event) => say(event.detail));
}
limits.addEventListener("reject", async ({ detail: decisions }) => {
  say(`Rejected ${plural(decisions.length, "sample")}`);
  await settled(samples.decideAll(decisions));
  limits.show();
});
samples.addEventListener("change", (event) => {
  grid.renew((id) => samples.get(id), event.detail);
  renewHeader();
  settled(map.show(grid.items));
  if (shown === "duplicates" && !detail.isOpen) settled(duplicates.show());
  if (detail.isOpen && grid.current) detail.show(grid.current);
});
samples.addEventListener("say", (event) => say(event.detail));
history.addEventListener("change", renewHeader);
for (const part of [grid, map]) part.addEventListener("open", open);
grid.addEventListener("move", () => {
  // Not the whole header: counting 100,000 samples would delay each key.
  byID("compare-two").hidden = grid.selectedCount !== 2;
  map.redraw();
  if (grid.selectedCount) say(`${plural(grid.selectedCount, "sample")} selected`);
});
detail.addEventListener("say", (event) => say(event.detail));
detail.addEventListener("go", (event) => look(event.detail));
detail.addEventListener("mode", () => keepAddress());
byID("detail").addEventListener("cancel", (event) => {
  if (!detail.mayLeave()) event.preventDefault();
});
byID("detail").addEventListener("close", () => {
  detail.forget();
  learning.look();
  keepAddress();
  if (shown === "samples") focusSamples();
  else settled(views[shown].show());
});
server.connection.addEventListener("change", ({ detail: isOnline }) => {
  byID("offline").hidden = isOnline;
  if (isOnline) say("The server answers again");
});
window.addEventListener("popstate", restore);
window.addEventListener("pagehide", () => history.flush());
window.addEventListener("pageshow", () => history.resume());

// On a touch screen, swiping sideways goes to the next sample, only in Look and not on elements that scroll or move.
let stroke = null;
byID("detail").addEventListener("touchstart", (event) => {
  const isFree = event.touches.length === 1 && detail.canSwipe && !event.target.closest("canvas, input, select, .strip, .tools-part");
  stroke = isFree ? event.touches[0] : null;
}, { passive: true });
byID("detail").addEventListener("touchend", (event) => {
  const [end] = event.changedTouches;
  const [dx, dy] = stroke ? [end.clientX - stroke.clientX, end.clientY - stroke.clientY] : [0, 0];
  stroke = null;
  if (Math.abs(dx) > 60 && Math.abs(dx) > 2 * Math.abs(dy)) go(dx < 0 ? 1 : -1);
});

listen({ grid, map, switchMap, savedViews, detail, filters, reasons, because, choose, view, show, views: Object.keys(views), actions, resize, apply, undo, shown: () => shown });

async function poll() {
  if (!document.hidden) await settled(samples.poll());
  setTimeout(poll, 3000);
}

const size = localStorage.getItem("size") ?? (window.innerWidth < 600 ? 112 : 152);
byID("size").value = size;
grid.size = Number(size);
byID("grid").focus();
try {
  await samples.load();
  await Promise.all([settled(history.load()), settled(savedViews.load())]);
  byID("name").textContent = samples.name;
  document.title = `${samples.name} – Easel review`;
  const measured = samples.measureNames.map((name) => [words(name), name]).sort()
    .flatMap(([title, name]) => [[name, `${title}, lowest first`], [`-${name}`, `${title}, highest first`]]);
  byID("order").replaceChildren(
    ...[["check", "check first"], ["file", "by file and time"], ...measured].map(([value, title]) => new Option(title, value)));
  if (!samples.all.length && address.read().view === "samples") address.write({ view: "training" });
  await restore();
  learning.look();
  keepAddress();
  setTimeout(poll, 3000);
} catch (error) {
  byID("empty-said").textContent = byID("left").textContent = error.message;
}
