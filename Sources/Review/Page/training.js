// The training run while it runs: losses, warnings, and sample sheets.

import * as server from "./server.js";
import { byID, make, plural } from "./dom.js";
import { Charts } from "./charts.js";
import { Sheets } from "./sheets.js";
import { Try } from "./try.js";

export class Training {
  #entries = [];
  #next = 0;
  #listed = null;
  #isShown = false;
  #timer = null;
  #charts = new Charts();
  #sheets;
  #try;

  constructor(compare) {
    this.#sheets = new Sheets(compare);
    this.#try = new Try(compare);
  }

  async show() {
    this.#isShown = true;
    clearTimeout(this.#timer);
    this.#charts.draw(this.#entries);
    await this.#look();
  }

  hide() {
    this.#isShown = false;
    clearTimeout(this.#timer);
  }

  async #look() {
    if (!this.#isShown) return;
    try {
      let news;
      let isNew = false;
      do {
        news = await server.run(this.#next);
        if (news.isRestarted) this.#entries = [];
        isNew ||= news.entries.length > 0 || news.isRestarted;
        this.#next = news.next;
        this.#entries.push(...news.entries);
      } while (news.entries.length);
      this.#try.list(news.checkpoints ?? []);
      byID("no-run").hidden = !!news.folder || news.sheets.length > 0 || news.checkpoints?.length > 0;
      byID("run").hidden = !byID("no-run").hidden;
      if (isNew) this.#show();
      if (news.sheets.join() !== this.#listed) {
        this.#listed = news.sheets.join();
        this.#sheets.list(news.sheets);
      }
    } catch (error) {
      byID("run-said").textContent = error.message;
    }
    if (this.#isShown) this.#timer = setTimeout(() => this.#look(), 4000);
  }

  #show() {
    const last = this.#entries.at(-1);
    const warned = this.#entries.flatMap(({ step, notes = [] }) => notes.map((text) => ({ step, text })));
    byID("run-said").textContent = last
      ? `step ${last.step.toLocaleString("en")}${warned.length ? `, ${plural(warned.length, "warning")}` : ""}` : "Nothing is logged yet.";
    byID("warnings").replaceChildren(...warned.slice(-5).reverse().map(({ step, text }) =>
      make("li", { textContent: `Step ${step.toLocaleString("en")}: ${text}` })));
    this.#charts.draw(this.#entries);
  }
}
