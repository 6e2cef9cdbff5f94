// Zooms and pans the content of a frame by wheel, pinch, double click, drag, and keys.

const largest = 16;

export class Zoom {
  #frame;
  #content;
  #canDrag;
  #pointers = new Map();
  #start = null;
  scale = 1;
  #x = 0;
  #y = 0;

  /** Zooms `content` within `frame`; `canDrag(event)` says whether one pointer pans. */
  constructor(frame, content, canDrag = () => true) {
    this.#frame = frame;
    this.#content = content;
    this.#canDrag = canDrag;
    frame.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    frame.addEventListener("pointerdown", (event) => this.#down(event), true);
    frame.addEventListener("pointermove", (event) => this.#move(event), true);
    for (const kind of ["pointerup", "pointercancel"]) frame.addEventListener(kind, (event) => this.#up(event), true);
    frame.addEventListener("dblclick", (event) => {
      if (!this.#canDrag(event)) return;
      if (this.scale > 1) this.reset();
      else this.by(3, event.clientX, event.clientY);
    });
  }

  /** Whether two fingers are down, which zoom and do not use a tool. */
  get isPinching() {
    return this.#pointers.size > 1;
  }

  reset() {
    [this.scale, this.#x, this.#y] = [1, 0, 0];
    this.#apply();
  }

  /** Scales by `factor` about a position on the screen, or about the centre. */
  by(factor, clientX, clientY) {
    const box = this.#frame.getBoundingClientRect();
    const [px, py] = [(clientX ?? box.left + box.width / 2) - box.left, (clientY ?? box.top + box.height / 2) - box.top];
    const next = Math.min(Math.max(this.scale * factor, 1), largest);
    const by = next / this.scale;
    this.#x = px - (px - this.#x) * by;
    this.#y = py - (py - this.#y) * by;
    this.scale = next;
    this.#apply();
  }

  /** + and - zoom, 0 shows all; while zoomed, Alt with the arrows pans. */
  key(event) {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (event.key === "+" || event.key === "=") this.by(1.4);
    else if (event.key === "-" || event.key === "_") this.by(1 / 1.4);
    else if (event.key === "0") this.reset();
    else if (event.altKey && step) this.#pan(...step);
    else return false;
    return true;
  }

  #pan(dx, dy) {
    this.#x += dx;
    this.#y += dy;
    this.#apply();
  }

  #wheel(event) {
    if (event.deltaY === 0) return;
    event.preventDefault();
    this.by(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), event.clientX, event.clientY);
  }

  #down(event) {
    this.#pointers.set(event.pointerId, [event.clientX, event.clientY]);
    const isPan = event.button === 1 || (this.#pointers.size === 1 && this.scale > 1 && this.#canDrag(event));
    this.#start = isPan || this.isPinching ? this.#middle() : null;
    if (isPan) {
      event.preventDefault();
      this.#frame.setPointerCapture(event.pointerId);
    }
  }

  #move(event) {
    if (!this.#pointers.has(event.pointerId)) return;
    this.#pointers.set(event.pointerId, [event.clientX, event.clientY]);
    if (!this.#start) return;
    const now = this.#middle();
    this.#pan(now.x - this.#start.x, now.y - this.#start.y);
    if (this.isPinching && this.#start.distance > 0) this.by(now.distance / this.#start.distance, now.x, now.y);
    this.#start = now;
  }

  #up(event) {
    this.#pointers.delete(event.pointerId);
    this.#start = null;
  }

  #middle() {
    const all = [...this.#pointers.values()];
    const mean = (index) => all.reduce((sum, place) => sum + place[index], 0) / all.length;
    const [[ax, ay], [bx, by]] = [all[0], all[1] ?? all[0]];
    return { x: mean(0), y: mean(1), distance: Math.hypot(ax - bx, ay - by) };
  }

  #apply() {
    const { clientWidth: width, clientHeight: height } = this.#frame;
    this.#x = Math.min(0, Math.max(this.#x, width - width * this.scale));
    this.#y = Math.min(0, Math.max(this.#y, height - height * this.scale));
    this.#content.style.transform = this.scale === 1 ? "" : `translate(${this.#x}px, ${this.#y}px) scale(${this.scale})`;
    this.#frame.classList.toggle("zoomed", this.scale > 1);
    this.#frame.dispatchEvent(new Event("zoom"));
  }
}
