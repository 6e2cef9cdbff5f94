// Suggestions to copy a corrected mask to similar samples: each before and after, for the user to select.

import * as server from "./server.js";
import { byID, make, plural } from "./dom.js";

export class Suggestions extends EventTarget {
  #samples;
  #item = null;
  #turn = 0;

  constructor(samples) {
    super();
    this.#samples = samples;
    byID("offer").addEventListener("click", () => this.#ask());
    byID("offers-take").addEventListener("click", () => this.#take());
    byID("offer-list").addEventListener("change", () => this.#count());
  }

  /** The current sample and the user's edits of it; null for none. */
  show(item, edits) {
    if (this.#item?.id !== item?.id || this.#item?.picture !== item?.picture) {
      this.#turn++;
      byID("offers").hidden = true;
      byID("offer-list").replaceChildren();
    }
    this.#item = item;
    byID("offer").disabled = !edits?.isPainted && !edits?.method;
    byID("offer").title = byID("offer").disabled ? "Correct this mask first" : "";
    const from = this.#samples.get(edits?.copiedFrom);
    byID("carried-from").hidden = !edits?.copiedFrom;
    byID("carried-from").textContent =
      `These strokes were copied from ${from?.name ?? edits?.copiedFrom}. If you paint here, they become your own.`;
  }

  async #ask() {
    const item = this.#item;
    const turn = ++this.#turn;
    byID("offers").hidden = false;
    byID("offers-take").hidden = true;
    byID("offer-list").replaceChildren();
    byID("offers-said").textContent = "Comparing with similar samples …";
    this.#reveal();
    let offers;
    try {
      offers = await server.suggestions(item.id);
    } catch (error) {
      if (turn === this.#turn) byID("offers-said").textContent = error.message;
      return;
    }
    if (turn !== this.#turn) return;
    const known = offers.filter(({ id }) => this.#samples.get(id));
    const agreeing = known.filter(({ refusal }) => !refusal);
    const refused = Map.groupBy(known.filter(({ refusal }) => refusal), ({ refusal }) => refusal);
    const others = [...refused].map(([why, list]) => `${list.length === 1 ? this.#samples.get(list[0].id).name : list.length}: ${why}`);
    byID("offers-said").replaceChildren(
      agreeing.length ? `The correction fits ${plural(agreeing.length, "similar sample")}.` : "The correction fits no similar sample.",
      ...(others.length ? [make("span", { className: "refused", textContent: `It does not fit ${others.join("; ")}.` })] : []));
    byID("offer-list").replaceChildren(...agreeing.map((offer) => this.#card(offer, item)));
    byID("offers-take").hidden = !agreeing.length;
    this.#count();
    this.#reveal();
  }

  // Scroll only the panes, because the browser would scroll the whole view.
  #reveal() {
    const panes = byID("offers").closest(".panes");
    panes.scrollTop += byID("offers").getBoundingClientRect().top - panes.getBoundingClientRect().top - 8;
  }

  #card(offer, from) {
    const item = this.#samples.get(offer.id);
    const strokes = offer.strokes ? `${offer.fitting} of ${plural(offer.strokes, "stroke")}, ` : "";
    return make("label", { className: "offer" },
      make("span", { className: "name", title: item.name },
        make("input", { type: "checkbox", checked: true, value: offer.id }), item.name),
      make("img", { className: "on-checks", src: server.picture("cutout", item), alt: "before" }),
      make("img", { className: "on-checks", src: server.suggested(item, from), alt: "after", loading: "lazy" }),
      make("small", { textContent: `${strokes}${Math.round(offer.agreement * 100)} % similar` }));
  }

  get #ticked() {
    return [...byID("offer-list").querySelectorAll("input:checked")].map((box) => box.value);
  }

  #count() {
    byID("offers-take").disabled = !this.#ticked.length;
  }

  // A single undo reverts all of it and restores earlier copies.
  async #take() {
    const from = this.#item;
    const ids = this.#ticked;
    const changes = [];
    byID("offers-take").disabled = true;
    try {
      for (const id of ids) {
        this.#say(`Copying … ${changes.length + 1} of ${ids.length}`);
        const { edits } = await server.sample(id);
        const { conflicts } = await this.#samples.work(id, (version) => server.edit(id, version, { kind: "copied", from: from.id }));
        if (!conflicts.length) changes.push({ id, before: edits.copiedFrom ?? null, after: from.id });
      }
      this.#say(`Copied to ${plural(changes.length, "sample")}`);
    } catch (error) {
      this.#say(error.message);
    } finally {
      if (changes.length) this.#samples.history.record({ kind: "copied", changes });
      byID("offers").hidden = this.#item?.id === from.id;
    }
  }

  #say(text) {
    this.dispatchEvent(new CustomEvent("say", { detail: text }));
  }
}
