// The details of one sample: measures with their limits, mask flags, and its history.

import { byID, make, number } from "./dom.js";
import { reason, state } from "./samples.js";
import { flagMeaning, words } from "./words.js";

/** Fills the table of measures and the story. */
export function showFacts(facts) {
  const { mask, item } = facts;
  const rows = facts.measures.map((measure) => ({ ...measure, kind: kind(measure, item) }));
  const rank = { broken: 0, near: 1, asked: 2, plain: 3 };
  rows.sort((a, b) => rank[a.kind] - rank[b.kind] || words(a.name).localeCompare(words(b.name)));
  const first = rows.filter(({ kind }) => kind !== "plain");
  byID("flags").replaceChildren(...(mask?.flags ?? []).flatMap((flag) => row({
    name: words(flag), value: "", asked: "mask", kind: "near", meaning: flagMeaning(flag),
  })));
  byID("measures").replaceChildren(...first.flatMap((measure) => line(measure)));
  byID("more-measures").replaceChildren(...rows.filter(({ kind }) => kind === "plain").flatMap((measure) => line(measure)));
  byID("more-measures").closest("details").hidden = first.length === rows.length;
  byID("story").replaceChildren(...story(facts).map((sentence) => make("li", { textContent: sentence })));
}

export function clearFacts() {
  for (const id of ["flags", "measures", "more-measures", "story"]) byID(id).replaceChildren();
}

function kind({ name, value, least, greatest }, item) {
  if (least === undefined) return "plain";
  if (value < least || value > (greatest ?? Infinity)) return "broken";
  return item.borderline.includes(name) ? "near" : "asked";
}

function line({ name, meaning, value, least, greatest, kind }) {
  const asked = least === undefined ? "" : greatest === undefined ? `at least ${number(least)}` : `${number(least)} to ${number(greatest)}`;
  return row({ name: words(name), value: number(value), asked, kind, meaning: meaning && `${meaning}. Name in the settings: ${name}.` });
}

// A row whose name shows or hides the explanation below it.
function row({ name, value, asked, kind, meaning }) {
  const text = make("td", { colSpan: 3, textContent: meaning });
  const below = make("tr", { className: "meaning", hidden: true }, text);
  const button = make("button", {
    type: "button", className: "explain", "aria-expanded": "false", disabled: !meaning,
    onclick: () => {
      below.hidden = !below.hidden;
      button.setAttribute("aria-expanded", !below.hidden);
    },
  }, name);
  return [
    make("tr", { className: kind }, make("th", { scope: "row" }, button), make("td", { textContent: value }),
      make("td", { className: "asked", textContent: kind === "broken" ? `${asked} (outside)` : kind === "near" && asked !== "mask" ? `${asked} (near)` : asked })),
    below,
  ];
}

/** What happened to a sample, one sentence a step. */
function story({ item, source, face, hasFace, size, scale, mask, maskDetail }) {
  const tilt = face.roll === undefined ? "" : `, tilted ${Math.round(face.roll)}°`;
  const steps = [
    `${source.path} was read${source.time === undefined ? "" : ` at ${number(source.time)} s`}.`,
    hasFace
      ? `${face.detector} found a face of ${Math.round(face.box[2])} × ${Math.round(face.box[3])} pixels${tilt}, ${Math.round(face.score * 100)} % certain.`
      : item.isCut ? "No face was found, and you drew the frame." : `${item.rule?.detail ?? words(item.rule?.why ?? "no-face")}.`,
  ];
  if (!item.isCut) return [...steps, "It has no crop. Draw a frame (F) to use it."];
  if (size) steps.push(`It was cropped to ${size} × ${size} pixels, ${scale > 1 ? "enlarged" : "scaled"} by ${number(scale)}.`);
  if (mask?.method) {
    const wrong = mask.flags.length ? `: ${mask.flags.map(words).join(", ")}` : ", no problem found";
    steps.push(`The mask (${mask.method}) keeps ${Math.round(mask.coverage * 100)} % of it${wrong}.`);
  } else steps.push(maskDetail ?? "There is no mask yet; run easel mask.");
  const { rule, person, split } = item;
  if (rule) steps.push(rule.keep ? "The rules keep it." : `The rules reject it: ${rule.detail ?? words(rule.why ?? "")}.`);
  if (person) steps.push(person.keep ? "You keep it." : `You rejected it: ${words(person.why ?? "")}.`);
  steps.push(split ? `It is in the dataset, for ${split === "test" ? "testing" : "training"}.` : "It is not in the dataset.");
  return steps;
}

/** The decision about a sample, who made it, and what the rules say. */
export function decisionLine(item) {
  const is = state(item);
  const made = item.person ?? item.rule;
  const text = { kept: "Kept", rejected: `Rejected: ${words(reason(item))}`, open: "Not decided yet" }[is];
  const who = item.person ? " by you" : made ? " by the rules" : "; run easel curate";
  const rules = item.person && item.rule && item.rule.keep !== item.person.keep
    ? ` (the rules say ${item.rule.keep ? "keep" : `reject: ${words(item.rule.why ?? "")}`})` : "";
  const detail = !item.person && made?.detail ? `: ${made.detail}` : "";
  return [make("span", { className: `state-${is}`, textContent: text }), `${who}${detail}${rules}`];
}
