// The comparison of domains A and B: mean images, and the positions of the faces' landmarks.

import * as server from "./server.js";
import { byID, draw } from "./dom.js";

export class Domains {
  #samples;
  #shown = "";

  constructor(samples) {
    this.#samples = samples;
    for (const domain of ["A", "B"]) {
      const image = byID(`mean-${domain}`);
      for (const kind of ["load", "error"]) image.addEventListener(kind, () => image.closest("figure").classList.remove("busy"));
    }
  }

  async show() {
    // The means depend on the kept samples and their images.
    const stamp = await digest(this.#samples.all.map((item) => `${item.id}${item.picture}${(item.person ?? item.rule)?.keep}`).join());
    if (stamp !== this.#shown) {
      this.#shown = stamp;
      for (const domain of ["A", "B"]) {
        const figure = byID(`mean-${domain}`).closest("figure");
        figure.hidden = !this.#samples.all.some((item) => item.domain === domain);
        if (figure.hidden) continue;
        figure.classList.add("busy");
        byID(`mean-${domain}`).src = `/image/mean/${domain}?v=${stamp}`;
      }
    }
    this.#marks(await server.framing());
  }

  #marks({ marks }) {
    const dots = (domain) => (marks[domain] ?? []).flatMap((points) =>
      points.map(([x, y]) => draw("circle", { class: `mark-${domain}`, cx: x, cy: y, r: 0.006 })));
    const means = Object.entries(marks).map(([domain, samples]) => {
      const eyes = samples.filter((points) => points.length >= 2).map(([left, right]) => (left[1] + right[1]) / 2);
      return [domain, eyes.reduce((sum, y) => sum + y, 0) / (eyes.length || 1), eyes.length];
    }).filter(([, , count]) => count).sort();
    byID("marks").replaceChildren(
      ...dots("A"), ...dots("B"),
      ...means.map(([domain, y]) => draw("line", { class: `line-${domain}`, x1: 0, x2: 1, y1: y, y2: y })));
    const said = means.map(([domain, y]) => `${domain}: eyes at ${(y * 100).toFixed(1)} % from the top`);
    if (means.length === 2) said.push(`${(Math.abs(means[0][1] - means[1][1]) * 100).toFixed(1)} % difference`);
    byID("marks-said").textContent = said.join(" · ") || "No landmarks are known.";
  }
}

async function digest(text) {
  let hash = 5381;
  for (let index = 0; index < text.length; index++) hash = ((hash * 33) ^ text.charCodeAt(index)) >>> 0;
  return hash.toString(36);
}
