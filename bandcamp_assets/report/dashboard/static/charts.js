// A card of the page: its chart, the same as a table, and its CSV file. Charts are drawn by Vega from specifications
// that were compiled when the page was made; expressions are interpreted, so that the page needs no `eval`.

const colours = () => {
  const style = getComputedStyle(document.documentElement);
  return PAGE.colours.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
};

/** Whether a click adds to what is chosen. */
const isForMore = (event) => event.shiftKey || event.ctrlKey || event.metaKey;

/** The colour of a kind of item, the same in every chart and table. */
const toneOfKind = (kind) => (PAGE.kinds.includes(kind) ? `kind${PAGE.kinds.indexOf(kind) + 1}` : null);

class Card {
  /**
   * `specification` is a compiled Vega one, or null for a card that is a table alone. `choose` is called with the key
   * of a clicked mark or table row; null where the card chooses nothing.
   */
  constructor(id, specification, { choose = null, tooltip = null } = {}) {
    this.id = id;
    this.root = document.getElementById(id);
    this.specification = specification;
    this.choose = choose;
    this.tooltip = tooltip;
    this.table = { columns: [], rows: [], keys: [] };
    this.details = this.root.querySelector(".rows");
    this.details?.addEventListener("toggle", () => this.drawTable());
    this.root.querySelector(".csv").addEventListener("click", () => this.saveCsv());
    this.root.querySelector(".fold").addEventListener("click", () => this.fold(!this.root.classList.contains("folded")));
    for (const kind of ["svg", "png"]) {
      this.root.querySelector(`.${kind}`)?.addEventListener("click", () => savePicture(this, kind));
    }
  }

  /** Rows for the chart, and the table: `columns` with name and format, `rows` of values, `keys` to choose by. */
  async show(rows, table, signals = {}) {
    this.table = table;
    this.drawTable();
    if (this.specification === null) return;
    this.waiting = [rows, signals];
    await this.draw();
  }

  /** Draw what waits to be drawn, unless the card is folded. */
  async draw() {
    const box = this.root.querySelector(".chart");
    if (!this.waiting || !box.clientWidth) return;
    const [rows, signals] = this.waiting;
    this.waiting = null;
    this.view ??= this.makeView();
    if (this.width === undefined) this.fit();
    for (const [name, value] of Object.entries(signals)) this.view.signal(name, value);
    this.root.querySelector(".scale")?.replaceChildren(...this.scale(rows));
    this.view.data("table", rows);
    await this.view.runAsync();
  }

  /** Fold the card to its title, or show all of it. Only a narrow screen does. */
  fold(isFolded) {
    this.root.classList.toggle("folded", isFolded);
    this.root.querySelector(".fold").setAttribute("aria-expanded", String(!isFolded));
    this.drawTable();
    return isFolded ? undefined : this.draw();
  }

  makeView() {
    const box = this.root.querySelector(".chart");
    const view = new vega.View(vega.parse(this.specification, null, { ast: true }), {
      expr: expressionInterpreter,
      renderer: "svg",
      container: box,
      hover: true,
      // Vega warns of scales without an extent: where nothing fits the choice there is none.
      logLevel: vega.Error,
      tooltip: (_handler, event, _item, value) => this.tooltip?.show(event, value),
    });
    if (this.choose) {
      view.addEventListener("click", (event, item) => {
        const key = item?.datum?.key;
        if (key !== undefined && key !== null) this.choose(key, isForMore(event));
      });
      box.classList.add("chooses");
    }
    for (const [name, value] of colours()) view.signal(name, value);
    return view;
  }

  fit() {
    this.width = this.root.querySelector(".chart").clientWidth;
    this.view.width(this.width);
  }

  async resize() {
    await this.draw();
    if (!this.view || this.root.querySelector(".chart").clientWidth === this.width) return;
    this.fit();
    await this.view.runAsync();
  }

  /** Draw anew in the present colours and width. All of it happens before the browser goes on, so also before it prints. */
  redraw() {
    this.draw();
    if (!this.view || !this.root.querySelector(".chart").clientWidth) return undefined;
    this.fit();
    return this.recolour();
  }

  async recolour() {
    if (!this.view) return;
    for (const [name, value] of colours()) this.view.signal(name, value);
    await this.view.runAsync();
  }

  /** What the colours of a map or heatmap stand for: the least and the most. */
  scale(rows) {
    const values = rows.map((row) => row.value);
    if (!values.length) return [];
    const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => compactMetric(value));
    return [low, element("span", { class: "ramp", "aria-hidden": "true" }), high];
  }

  drawTable() {
    if (this.details && !this.details.open) return;
    const box = this.root.querySelector(".table");
    const { columns, rows, keys = [] } = this.table;
    const head = element("tr", {}, ...columns.map((column) => element("th", { scope: "col", class: column.format === "text" ? null : "number" }, column.name)));
    const body = rows.map((row, index) => element("tr", {}, ...row.map((value, place) =>
      this.cell(columns[place], value, place === 0 ? keys[index] : undefined))));
    box.replaceChildren(element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
    box.classList.toggle("wide", box.scrollWidth > box.clientWidth + 1);
  }

  cell(column, value, key) {
    const text = FORMATS[column.format](value);
    const tone = column.name === "kind" ? toneOfKind(value) : null;
    const content = tone ? [element("span", { class: `key ${tone}`, "aria-hidden": "true" }), text] : [text];
    if (this.choose && key !== undefined && key !== null) {
      const button = element("button", { type: "button", onclick: (event) => this.choose(key, isForMore(event)) }, ...content);
      return element("th", { scope: "row" }, button);
    }
    return element("td", column.format === "text" ? {} : { class: "number" }, ...content);
  }

  saveCsv() {
    const blob = new Blob(["\ufeff", toCsv(this.table.columns, this.table.rows)], { type: "text/csv;charset=utf-8" });
    saveAs(blob, `${this.id}.csv`);
  }
}
