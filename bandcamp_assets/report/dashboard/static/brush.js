// A range of periods, chosen by dragging over the bars of a chart.

const DRAG_PIXELS = 6;

/** Calls `choose` with the first and the last period between where the mouse went down and up. */
class Brush {
  constructor(box, chooseRange) {
    this.box = box;
    this.chooseRange = chooseRange;
    this.shade = element("div", { class: "brush", hidden: true });
    box.addEventListener("pointerdown", (event) => this.begin(event));
    box.addEventListener("pointermove", (event) => this.move(event));
    window.addEventListener("pointerup", (event) => this.end(event));
    // A drag ends with a click on whatever lies there, which is meant for nothing.
    box.addEventListener("click", (event) => { if (this.dragged) event.stopPropagation(); this.dragged = false; }, true);
  }

  begin(event) {
    if (event.pointerType === "touch" || event.button !== 0) return;
    this.from = event.clientX;
    this.dragged = false;
    this.box.append(this.shade);
    event.preventDefault();
  }

  move(event) {
    if (this.from === undefined) return;
    this.dragged ||= Math.abs(event.clientX - this.from) >= DRAG_PIXELS;
    this.shade.hidden = !this.dragged;
    const left = this.box.getBoundingClientRect().left;
    this.shade.style.left = `${Math.min(event.clientX, this.from) - left}px`;
    this.shade.style.width = `${Math.abs(event.clientX - this.from)}px`;
  }

  end(event) {
    if (this.from === undefined) return;
    const [low, high] = [Math.min(this.from, event.clientX), Math.max(this.from, event.clientX)];
    this.from = undefined;
    this.shade.hidden = true;
    if (!this.dragged) return;
    const inside = [...this.box.querySelectorAll("path[aria-roledescription=bar]")].filter((bar) => {
      const { left, right } = bar.getBoundingClientRect();
      return right >= low && left <= high;
    }).map((bar) => bar.__data__.datum.label).sort();
    if (inside.length) this.chooseRange(inside[0], inside.at(-1));
  }
}
