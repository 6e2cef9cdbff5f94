// Saved views: names for filters, searches and orders, kept with the dataset.

import * as address from "./address.js";
import * as server from "./server.js";
import { byID, make } from "./dom.js";

export class SavedViews extends EventTarget {
  #list = [];
  #dialog = byID("saved-views");

  constructor() {
    super();
    byID("ask-views").addEventListener("click", () => this.open());
    byID("view-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const name = byID("view-name").value.trim();
      if (name) this.#save([...this.#list.filter((view) => view.name !== name), { name, address: address.current() }]);
      byID("view-name").value = "";
    });
  }

  async load() {
    const { list = [] } = await server.views();
    this.#list = list.filter(({ name, address }) => typeof name === "string" && typeof address === "string");
  }

  open() {
    this.#draw();
    this.#dialog.showModal();
    byID("view-name").focus();
  }

  #draw() {
    byID("view-list").replaceChildren(...this.#list.map((view) => make("li", {},
      make("button", { type: "button", textContent: view.name, onclick: () => this.#show(view) }),
      make("button", {
        type: "button", className: "icon", textContent: "×", "aria-label": `Delete the view ${view.name}`,
        onclick: () => this.#save(this.#list.filter((other) => other !== view)),
      }))));
    byID("no-views").hidden = this.#list.length > 0;
  }

  #show(view) {
    this.#dialog.close();
    this.dispatchEvent(new CustomEvent("show", { detail: view.address }));
  }

  async #save(list) {
    const before = this.#list;
    this.#list = list;
    this.#draw();
    try {
      await server.saveViews({ list });
    } catch (error) {
      this.#list = before;
      this.#draw();
      this.dispatchEvent(new CustomEvent("say", { detail: error.message }));
    }
  }
}
