// A list of one filter's values, to choose several of: it can be searched, and tells how many sales each has.

class Picker {
  constructor(dimension) {
    this.dimension = dimension;
    this.root = byId(`filter-${dimension}`);
    this.search = this.root.querySelector("input");
    this.root.addEventListener("toggle", () => this.open());
    this.root.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
    this.search.addEventListener("input", () => this.find());
    document.addEventListener("pointerdown", (event) => { if (!this.root.contains(event.target)) this.root.open = false; });
  }

  /** The list is made when it is first opened: most readers open few. */
  open() {
    if (!this.root.open) return;
    this.options ??= this.makeOptions();
    this.write();
    this.search.value = "";
    this.find();
    if (!this.search.hidden) this.search.focus();
  }

  close() {
    this.root.open = false;
    this.root.querySelector("summary").focus();
  }

  makeOptions() {
    const values = sales.labels[this.dimension];
    const ordered = this.dimension === "price_band" ? values : [...values].sort((a, b) => a.localeCompare(b));
    const made = ordered.map((value) => {
      const box = element("input", { type: "checkbox", value, autocomplete: "off", onchange: () => choose(this.dimension, value, true) });
      const count = element("small", {});
      return { value, box, count, label: element("label", {}, box, element("span", {}, value), count) };
    });
    this.root.querySelector(".options").append(...made.map((one) => one.label));
    this.search.hidden = made.length < 12;
    return made;
  }

  find() {
    const sought = this.search.value.trim().toLowerCase();
    for (const { value, label } of this.options) label.hidden = !value.toLowerCase().includes(sought);
  }

  write() {
    const values = choice[this.dimension];
    this.root.querySelector(".value").textContent = values.length > 1 ? `${values.length} chosen` : values[0] ?? "all";
    if (!this.options || !this.root.open) return;
    const counts = new Map(sums.by[this.dimension].map((row) => [row.label, row.sales]));
    for (const { value, box, count } of this.options) {
      box.checked = values.includes(value);
      count.textContent = FORMATS.count(counts.get(value) ?? 0);
    }
  }
}
