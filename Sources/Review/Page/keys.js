// Keyboard shortcuts. Single letters can be switched off for users of speech input.

import { byID } from "./dom.js";

/** Listens for keys on behalf of the page. */
export function listen(page) {
  const { grid, map, detail, filters, reasons, because, choose, view, actions } = page;
  const letters = byID("letters");
  letters.checked = localStorage.getItem("letters") !== "off";
  letters.addEventListener("change", () => localStorage.setItem("letters", letters.checked ? "on" : "off"));

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || (event.altKey && !detail.isOpen)) return;
    if (byID("compare").open || byID("help").open || byID("unsaved").open || byID("limit-confirm").open || byID("saved-views").open || byID("learning").open) return;
    if (event.target.matches("input[type=search], select, textarea")) return typing(event);
    if (byID("reasons").open) {
      const chosen = reasons[Number(event.key) - 1];
      if (chosen) because(chosen[0]);
      return;
    }
    if ((event.ctrlKey || event.metaKey) && !control(event)) return;
    else if (!event.ctrlKey && !event.metaKey && !press(event)) return;
    event.preventDefault();
  });

  function typing(event) {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    if (event.key === "Escape" && event.target.id === "search" && view.search) {
      event.target.value = "";
      choose({ search: "" });
    } else if (event.target.id !== "search" && detail.isOpen) return;
    byID(map.isShown ? "map" : "grid").focus();
    event.preventDefault();
  }

  function control(event) {
    switch (event.key.toLowerCase()) {
      case "z": page.undo(event.shiftKey ? "after" : "before"); return true;
      case "y": page.undo("after"); return true;
      case "a":
        if (detail.isOpen || page.shown() !== "samples") return false;
        grid.selectAll();
        return true;
      default: return false;
    }
  }

  function press(event) {
    const onControl = event.target.closest("button, input, select, summary, a");
    const isLetter = /^[a-z]$/i.test(event.key);
    if (isLetter && !letters.checked) return false;
    if (detail.isOpen) return close(event, onControl);
    if (event.shiftKey && /^Digit[1-4]$/.test(event.code)) return page.show(page.views[Number(event.code.at(-1)) - 1]), true;
    if (event.key === "?") return byID("help").showModal(), true;
    if (page.shown() !== "samples") {
      if (event.key.toLowerCase() === "u") return page.undo(), true;
      return false;
    }
    if (!onControl?.matches("input") && (map.isShown ? map : grid).key(event)) return true;
    if (event.key === "Enter" && !onControl) return actions.open(), true;
    if (event.key === " " && !onControl) return grid.toggle(), true;
    if (event.key === "Escape") return grid.selectNone(), true;
    if (event.key === "/") return byID("search").focus(), byID("search").select(), true;
    if (event.key === "+" || event.key === "=") return page.resize(16), true;
    if (event.key === "-") return page.resize(-16), true;
    const filter = Object.keys(filters)[Number(event.key) - 1];
    if (filter) return choose({ filter, why: "" }), true;
    switch (event.key.toLowerCase()) {
      case "g": actions.together(); return true;
      case "c": actions.compare(); return true;
      case "p": page.switchMap(); return true;
      case "v": page.savedViews.open(); return true;
      case "a": case "b": {
        const domain = event.key.toUpperCase();
        choose({ domain: view.domain === domain ? "" : domain });
        return true;
      }
      default: return decision(event);
    }
  }

  // In the close view.
  function close(event, onControl) {
    const isInput = onControl?.matches("input, select");
    if (!isInput && !(onControl && [" ", "Enter"].includes(event.key)) && detail.key(event)) return true;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step && !isInput && !event.altKey) return page.actions.go(step), true;
    if (event.key === "?") return byID("help").showModal(), true;
    return decision(event);
  }

  function decision(event) {
    switch (event.key.toLowerCase()) {
      case "k": actions.keep(); return true;
      case "r": event.shiftKey ? actions["reject-as"]() : actions.reject(); return true;
      case "d": actions.rules(); return true;
      case "u": page.undo(); return true;
      case "n": actions.next(); return true;
      case "x": actions.similar(); return true;
      default: return false;
    }
  }
}
