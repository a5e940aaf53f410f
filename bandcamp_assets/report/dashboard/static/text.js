// Numbers and texts as people read them, and as a spreadsheet takes them.

const wholeNumber = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const twoPlaces = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat("en-US", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

const FORMATS = {
  text: (value) => String(value ?? ""),
  count: (value) => (value === null ? "" : wholeNumber.format(value)),
  usd: (value) => (value === null ? "" : `$${twoPlaces.format(value)}`),
  share: (value) => (value === null ? "" : percent.format(value)),
  ratio: (value) => (value === null ? "" : `${twoPlaces.format(value)} ×`),
  decimal: (value) => (value === null ? "" : twoPlaces.format(value)),
};

/** A cell of a CSV file. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(Math.round(value * 1e6) / 1e6);
  const text = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as CSV (RFC 4180), with a header. */
function toCsv(columns, rows) {
  const lines = [columns.map((column) => csvCell(column.name)), ...rows.map((row) => row.map(csvCell))];
  return lines.map((line) => line.join(",")).join("\r\n") + "\r\n";
}

/** A new element. Texts are set as text, never as HTML: names of artists may hold anything. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}
