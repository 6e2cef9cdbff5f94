// Learning from corrected masks: offered after some corrections, with examples before and after; one undo takes it back.

import * as server from "./server.js";
import { byID, make, plural } from "./dom.js";

export class Learning extends EventTarget {
  #samples;
  #compare;
  #news = null;
  #timer = null;
  #dialog = byID("learning");

  constructor(samples, compare) {
    super();
    [this.#samples, this.#compare] = [samples, compare];
    byID("learn-open").addEventListener("click", () => this.#dialog.showModal());
    byID("learn-start").addEventListener("click", () => this.#ask("start"));
    byID("learn-use").addEventListener("click", () => this.#use());
    byID("learn-forget").addEventListener("click", () => this.#ask("forget"));
  }

  /** Asks the server how many masks are corrected and what it is doing. */
  async look() {
    if (!this.#samples.learns) return;
    clearTimeout(this.#timer);
    const before = this.#news?.state;
    this.#news = await server.learning().catch(() => null);
    this.#show();
    const { state } = this.#news ?? {};
    if (before === "learning" && state !== "learning") this.#say(this.#news?.problem ?? (state === "learned" ? "Learning is finished: compare the masks" : "Learning is finished: the result is not better"));
    if (before === "masking" && state !== "masking") {
      this.#say(this.#news?.problem ?? "The masks are made again");
      await this.#samples.poll();
    }
    if (state === "learning" || state === "masking") this.#timer = setTimeout(() => this.look(), 1500);
  }

  /** Deletes the learned network and restores the earlier masks: the undo of `use`. */
  async forget() {
    await this.#ask("forget");
  }

  async #ask(action) {
    this.#news = await server.learn(action);
    this.#show();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.look(), 300);
  }

  async #use() {
    await this.#ask("use");
    this.#samples.history.record({ kind: "learning" });
  }

  #show() {
    const { corrected = 0, offered = Infinity, state = "idle", seconds = 0, result, problem } = this.#news ?? {};
    const isWorking = state === "learning" || state === "masking";
    byID("learn-offer").hidden = !(corrected >= offered || isWorking || state === "learned");
    byID("learn-offer-said").textContent = state === "learning" ? "Learning from your corrections …"
      : state === "masking" ? "Making the masks again …"
        : state === "learned" ? "The mask network has learned from your corrections."
          : `${plural(corrected, "mask")} corrected. The mask network can learn from them.`;
    byID("learn-open").textContent = state === "learned" ? "Compare …" : isWorking ? "Show …" : "Learn …";
    const percent = (error) => `${(error * 100).toFixed(2)} %`;
    const measured = result && `Error on held-out masks: ${percent(result.errorBefore)} before, ${percent(result.errorAfter)} after.`;
    byID("learning-said").textContent = problem ?? (state === "learning" ? `Learning takes a few minutes; you can go on working. ${seconds} s so far.`
      : state === "masking" ? `Making the masks again: ${seconds} s so far.`
        : state === "learned" ? `${measured} Look at the examples, then choose.`
          : result && !result.isBetter ? `${measured} The result is not better, so it is not used. Correct more masks, and try again.`
            : result ? `${measured} The learned network is in use.`
              : "The built-in network is trained further on the masks that you corrected or accepted. Your corrections themselves do not change.");
    byID("learn-start").hidden = state !== "idle";
    byID("learn-start").disabled = corrected < 5;
    byID("learn-use").hidden = state !== "learned";
    byID("learn-forget").hidden = state !== "learned" && !(state === "idle" && result?.isBetter);
    byID("learn-forget").textContent = state === "learned" ? "Discard" : "Use the built-in network again";
    this.#examples(state === "learned" ? result.examples : []);
  }

  // Each example before and after; the browser asks for the masks only once.
  #examples(ids) {
    const key = ids.join();
    const host = byID("learning-examples");
    if (host.dataset.shown === key) return;
    host.dataset.shown = key;
    const stamp = Date.now();
    host.replaceChildren(...ids.map((id) => this.#samples.get(id)).filter(Boolean).map((item) => {
      const [before, after] = [server.picture("cutout", item), `${server.preview(item, "auto")}&t=${stamp}`];
      return make("button", {
        type: "button", className: "example", title: "Compare in large", "aria-label": `Compare the masks of ${item.name}`,
        onclick: () => this.#compare.open({ src: before, name: `${item.name}, before` }, { src: after, name: "after" }),
      }, make("img", { className: "on-checks", src: before, alt: "before" }), make("img", { className: "on-checks", src: after, alt: "after" }),
      make("span", { textContent: item.name }));
    }));
  }

  #say(text) {
    this.dispatchEvent(new CustomEvent("say", { detail: text }));
  }
}
