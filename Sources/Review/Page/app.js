// The page: filters, keys and buttons around the grid.

import { Detail } from "./detail.js";
import { Domains } from "./domains.js";
import { Duplicates } from "./duplicates.js";
import { Grid } from "./grid.js";
import { Training } from "./training.js";
import { byID, make, plural } from "./dom.js";
import { Samples, filters, needsCheck, reason, state, waits, words } from "./samples.js";

// The token is no longer needed; it should not remain in the address.
const params = new URLSearchParams(location.search);
const opened = params.get("sample");
history.replaceState(null, "", "/");

const samples = new Samples();
const grid = new Grid(byID("grid"), byID("sheet"));
const detail = new Detail(samples);
const duplicates = new Duplicates(samples);
const domains = new Domains(samples);
const training = new Training();
const view = { domain: "", filter: "all", why: "", search: "", split: "", order: "check" };

const reasons = [
  ["rejected-by-person", "I do not want it"],
  ["bad-mask", "the mask is wrong"],
  ["wrong-face", "not a face, or the wrong person"],
  ["blurred", "blurred"],
  ["turned", "the face is turned away"],
  ["covered", "something covers the face"],
  ["text", "text or subtitles in the picture"],
  ["duplicate-of", "there is a better copy"],
  ["bad-framing", "the crop is wrong"],
];

// --- what is shown

function apply() {
  grid.show(samples.select(view));
  const isEmpty = grid.items.length === 0;
  byID("empty").hidden = !isEmpty;
  byID("empty").textContent = !samples.all.length
    ? "There are no crops yet; run easel crop, easel mask and easel curate first."
    : view.filter === "check" && !view.search ? "Nothing is left to check." : "No sample matches.";
  chips();
}

function chips() {
  const all = samples.all;
  const inDomain = all.filter((item) => !view.domain || item.domain === view.domain);
  const domains = [["", "Both"], ["A", "A"], ["B", "B"]].map(([domain, title]) =>
    chip(title, all.filter((item) => !domain || item.domain === domain).length, view.domain === domain, () => {
      view.domain = domain;
      apply();
    }));
  byID("domains").replaceChildren(...domains);
  byID("filters").replaceChildren(
    ...Object.entries(filters).map(([name, { title, holds }]) =>
      chip(title, inDomain.filter(holds).length, view.filter === name, () => choose(name))));
  byID("reason-choice").hidden = view.filter !== "rejected";
  const counts = new Map();
  for (const item of inDomain) {
    if (state(item) === "rejected") counts.set(reason(item), (counts.get(reason(item)) ?? 0) + 1);
  }
  const options = [["", "for any reason"], ...[...counts].sort((a, b) => b[1] - a[1]).map(([code, count]) => [code, `${words(code)} (${count})`])];
  byID("reason").replaceChildren(...options.map(([code, title]) => new Option(title, code, false, code === view.why)));
  const left = all.filter(needsCheck).length;
  const cut = all.filter((item) => item.isCut).length;
  const kept = all.filter((item) => item.isCut && state(item) === "kept").length;
  const groups = duplicates.groups().filter((group) => !group.isSettled).length;
  const unwritten = all.filter(waits).length;
  const parts = [left ? `${left.toLocaleString("en")} to check` : "nothing left to check"];
  parts.push(`${plural(kept, "kept", "kept")} of ${plural(cut, "sample")}`);
  if (cut < all.length) parts.push(`${plural(all.length - cut, "face or image", "faces or images")} without a crop`);
  if (groups) parts.push(`${plural(groups, "group")} of duplicates to look at`);
  if (unwritten) parts.push(`${plural(unwritten, "decision")} not yet in the dataset: run easel curate`);
  byID("left").textContent = parts.join(" · ");
  for (const button of document.querySelectorAll("[data-do=undo]")) button.disabled = !samples.canUndo;
}

function chip(title, count, isOn, choose) {
  const pick = () => {
    choose();
    byID("grid").focus();
  };
  return make("button", { type: "button", "aria-pressed": isOn, onclick: pick }, title,
    make("b", { textContent: count.toLocaleString("en") }));
}

function choose(filter) {
  view.filter = filter;
  view.why = "";
  apply();
}

function say(text) {
  byID("said").textContent = text;
  byID("detail-said").textContent = text;
}

// --- views

const views = {
  samples: { part: document.querySelector("main"), show: apply },
  duplicates: { part: byID("duplicates"), show: () => duplicates.show() },
  domains: { part: byID("domains-view"), show: () => domains.show() },
  training: { part: byID("training"), show: () => training.show() },
};
let shown = "samples";

async function show(name) {
  shown = name;
  training.hide();
  for (const [other, { part }] of Object.entries(views)) part.hidden = other !== name;
  for (const part of [byID("shown"), document.querySelector(".search"), document.querySelector(".size")]) {
    part.hidden = name !== "samples";
  }
  for (const button of document.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", button.dataset.view === name);
  }
  for (const button of document.querySelectorAll("footer [data-do]")) {
    button.hidden = name !== "samples" && button.dataset.do !== "undo";
  }
  await settled(views[name].show());
  if (name === "samples") byID("grid").focus();
}

/** Opens a sample from another view. */
function look(id) {
  const item = samples.get(id);
  if (!item) return;
  if (!grid.has(id)) Object.assign(view, { filter: "all", why: "", search: "", split: "", domain: "" }), apply();
  grid.moveTo(id);
  detail.open(item);
}

// --- what is done

async function decide(keep, why) {
  const uncut = grid.targets.filter((id) => keep && !samples.get(id)?.isCut);
  const ids = grid.targets.filter((id) => !uncut.includes(id));
  if (uncut.length && !ids.length) {
    // What is not cut can only be kept by cutting it.
    if (uncut.length === 1) {
      open();
      detail.setMode("frame");
    }
    return say("There is no crop yet: draw a frame around the face, then choose Crop here");
  }
  if (!ids.length) return;
  const one = ids.length === 1 && !grid.selectedCount ? samples.get(ids[0]) : null;
  const what = keep ? "Kept" : why && why !== "rejected-by-person" ? `Rejected as ${words(why)}:` : "Rejected";
  say(`${what} ${one ? one.name : plural(ids.length, "sample")}`);
  const sent = samples.decide(ids, keep, why);
  if (one) {
    grid.move(grid.at + 1);
    if (detail.isOpen) detail.show(grid.current);
  } else grid.selectNone();
  await settled(sent);
}

async function undo() {
  if (!samples.canUndo) return say("There is nothing to undo");
  const undone = samples.undo();
  const ids = await settled(undone);
  if (!ids?.length) return;
  grid.moveTo(ids[0]);
  if (shown !== "samples") await settled(views[shown].show());
  if (detail.isOpen && samples.get(ids[0])) detail.show(samples.get(ids[0]));
  say(`Undone: ${ids.length === 1 ? samples.get(ids[0])?.name : plural(ids.length, "sample")}`);
}

async function settled(sent) {
  try {
    return await sent;
  } catch (error) {
    say(error.message);
  }
}

function open() {
  if (grid.current) detail.open(grid.current);
}

function go(step) {
  grid.move(grid.at + step);
  detail.show(grid.current);
}

function next() {
  const { items, at } = grid;
  const turned = [...items.keys()].map((index) => (at + 1 + index) % items.length);
  const found = turned.find((index) => needsCheck(items[index]));
  if (found === undefined) say("Nothing here is left to check");
  else grid.move(found);
}

function resize(step) {
  const input = byID("size");
  input.value = Number(input.value) + step;
  input.dispatchEvent(new Event("input"));
}

const actions = {
  keep: () => decide(true),
  reject: () => decide(false),
  "reject-as": () => grid.targets.length && byID("reasons").showModal(),
  undo,
  open,
};

for (const button of document.querySelectorAll("button[data-do]")) {
  button.addEventListener("click", () => {
    const action = actions[button.dataset.do];
    if (action) action();
    else button.closest("dialog").close();
  });
}
for (const button of document.querySelectorAll("[data-view]")) {
  button.addEventListener("click", () => show(button.dataset.view));
}
for (const part of [duplicates, domains]) {
  part.addEventListener("open", (event) => look(event.detail));
  part.addEventListener("say", (event) => say(event.detail));
}
domains.addEventListener("reject", async ({ detail: { ids, why } }) => {
  say(`Rejected ${plural(ids.length, "sample")}`);
  await settled(samples.decide(ids, false, why));
  domains.show();
});
for (const button of document.querySelectorAll("button[data-go]")) {
  button.addEventListener("click", () => go(Number(button.dataset.go)));
}
byID("ask-help").addEventListener("click", () => byID("help").showModal());
byID("reason").addEventListener("change", (event) => {
  view.why = event.target.value;
  apply();
});
byID("split").addEventListener("change", (event) => {
  view.split = event.target.value;
  apply();
});
byID("order").addEventListener("change", async (event) => {
  view.order = event.target.value;
  if (!["check", "file"].includes(view.order)) await settled(samples.loadMeasures());
  apply();
});
byID("search").addEventListener("input", (event) => {
  view.search = event.target.value;
  apply();
});
byID("size").addEventListener("input", (event) => {
  grid.size = Number(event.target.value);
  localStorage.setItem("size", event.target.value);
});
byID("reason-list").append(
  ...reasons.map(([code, title], index) =>
    make("li", {}, make("button", { type: "button", onclick: () => because(code) }, make("kbd", { textContent: index + 1 }), title))));

function because(code) {
  byID("reasons").close();
  decide(false, code);
}

// --- keys

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.isComposing) return;
  const isTyping = event.target.matches("input[type=search], select");
  if (isTyping) {
    if (event.key === "Escape" || event.key === "Enter") {
      if (event.key === "Escape" && event.target.id === "search") {
        event.target.value = view.search = "";
        apply();
      }
      byID("grid").focus();
      event.preventDefault();
    }
    return;
  }
  if (byID("reasons").open) {
    const chosen = reasons[Number(event.key) - 1];
    if (chosen) because(chosen[0]);
    return;
  }
  if (byID("help").open) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() !== "a") return;
  if (press(event)) event.preventDefault();
});

async function together() {
  const ids = grid.targets;
  if (ids.length < 2) return say("Select two or more samples that show the same picture");
  await duplicates.join(ids);
  grid.selectNone();
}

function press(event) {
  const onButton = event.target.closest("button, input, select");
  if (detail.isOpen) {
    if (!onButton?.matches("input, select") && detail.key(event)) return true;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step && !onButton?.matches("input")) return go(step), true;
  } else if (event.shiftKey && /^Digit[1-4]$/.test(event.code)) {
    return show(Object.keys(views)[Number(event.code.at(-1)) - 1]), true;
  } else if (shown !== "samples") {
    if (event.key.toLowerCase() === "u" && !event.ctrlKey) return undo(), true;
    if (event.key === "?") return byID("help").showModal(), true;
    return false;
  } else {
    if (event.ctrlKey || event.metaKey) return grid.selectAll(), true;
    if (!onButton?.matches("input") && grid.key(event)) return true;
    if (event.key === "Enter" && !onButton) return open(), true;
    if (event.key === " " && !onButton) return grid.toggle(), true;
    if (event.key === "Escape") return grid.selectNone(), true;
    if (event.key === "/") return byID("search").focus(), byID("search").select(), true;
    if (event.key === "+" || event.key === "=") return resize(16), true;
    if (event.key === "-") return resize(-16), true;
    const filter = Object.keys(filters)[Number(event.key) - 1];
    if (filter) return choose(filter), true;
  }
  switch (event.key.toLowerCase()) {
    case "k": decide(true); return true;
    case "r": event.shiftKey ? actions["reject-as"]() : decide(false); return true;
    case "u": undo(); return true;
    case "?": byID("help").showModal(); return true;
    case "g": if (!detail.isOpen) together(); return true;
    case "n": if (!detail.isOpen) next(); return true;
    case "a": case "b": {
      if (detail.isOpen) return false;
      const domain = event.key.toUpperCase();
      view.domain = view.domain === domain ? "" : domain;
      apply();
      return true;
    }
    default: return false;
  }
}

// --- what happens

samples.addEventListener("change", (event) => {
  grid.renew((id) => samples.get(id), event.detail);
  chips();
  if (shown === "duplicates" && !detail.isOpen) settled(duplicates.show());
  if (detail.isOpen && grid.current) detail.show(grid.current);
});
samples.addEventListener("say", (event) => say(event.detail));
grid.addEventListener("open", open);
grid.addEventListener("move", () => {
  if (grid.selectedCount) say(`${plural(grid.selectedCount, "sample")} selected`);
});
detail.addEventListener("say", (event) => say(event.detail));
detail.addEventListener("go", (event) => look(event.detail));
byID("detail").addEventListener("close", () => {
  detail.forget();
  if (shown === "samples") byID("grid").focus();
  else settled(views[shown].show());
});

// Swiping sideways goes to the next sample on a touch screen.
let stroke = null;
byID("detail").addEventListener("touchstart", (event) => (stroke = event.touches[0]), { passive: true });
byID("detail").addEventListener("touchend", (event) => {
  const [end] = event.changedTouches;
  const [dx, dy] = stroke ? [end.clientX - stroke.clientX, end.clientY - stroke.clientY] : [0, 0];
  stroke = null;
  if (Math.abs(dx) > 60 && Math.abs(dx) > 2 * Math.abs(dy)) go(dx < 0 ? 1 : -1);
});

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
  byID("name").textContent = samples.name;
  document.title = `${samples.name} – Easel review`;
  const measured = samples.measureNames.flatMap((name) => [[name, `${words(name)}, lowest first`], [`-${name}`, `${words(name)}, highest first`]]);
  byID("order").replaceChildren(
    ...[["check", "check first"], ["file", "by file and time"], ...measured].map(([value, title]) => new Option(title, value)));
  apply();
  if (opened && samples.get(opened)) {
    grid.moveTo(opened);
    open();
  }
  setTimeout(poll, 3000);
} catch (error) {
  byID("left").textContent = error.message;
}
