// What stands at the pointer.

/** The text of a mark, at the pointer. */
class Tooltip {
  constructor() {
    this.box = element("div", { class: "tooltip", hidden: true, "aria-hidden": "true" });
    document.body.append(this.box);
  }

  show(event, value) {
    if (!value) {
      this.box.hidden = true;
      return;
    }
    this.box.textContent = typeof value === "object"
      ? Object.entries(value).map(([name, text]) => `${name}: ${text}`).join("\n") : String(value);
    this.box.hidden = false;
    const left = Math.min(event.clientX + 14, window.innerWidth - this.box.offsetWidth - 8);
    const top = event.clientY + 18 + this.box.offsetHeight > window.innerHeight
      ? event.clientY - this.box.offsetHeight - 10 : event.clientY + 18;
    this.box.style.left = `${Math.max(8, left)}px`;
    this.box.style.top = `${top}px`;
  }
}
