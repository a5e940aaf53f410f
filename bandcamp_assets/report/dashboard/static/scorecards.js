// The headline figures: each with what it is compared with, and its course over time.

const SCORES = {
  revenue: { of: (row) => dollars(row.revenue), format: "usd", adds: true },
  sales: { of: (row) => row.sales, format: "count", adds: true },
  average: { of: (row) => share(dollars(row.revenue), row.sales), format: "usd" },
  overpaid: { of: (row) => dollars(row.overpaid), format: "usd", adds: true },
  "paid-more": { of: (row) => share(row.overpaid_sales, row.sales), format: "share" },
  free: { of: (row) => share(row.free_sales, row.sales), format: "share" },
};
const BELOW = {
  items: (row) => FORMATS.count(row.items),
  "overpaid-share": (row) => FORMATS.share(share(row.overpaid, row.revenue)) || "–",
};
const DAY = 24 * 3600 * 1000;
const dayBefore = (label, days) => new Date(Date.parse(label) - days * DAY).toISOString().slice(0, 10);
const shortDay = (label) => new Date(Date.parse(label)).toLocaleDateString("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });

/**
 * The last whole periods and as many before them. The first and the last period are left out, as the sales may begin
 * and end within them. Null where there are too few.
 */
function lastAndBefore() {
  const labels = sums.by.period.filter((row) => row.sales > 0).map((row) => row.label);
  const count = PAGE.grain === "day" ? 7 : 1;
  if (labels.length < 2 * count + 2) return null;
  if (PAGE.grain !== "day") {
    const [before, last] = labels.slice(-3, -1);
    return { last: [last, last], before: [before, before], name: `from ${before} to ${last}` };
  }
  const end = dayBefore(labels.at(-1), 1);
  const last = [dayBefore(end, 6), end];
  const before = [dayBefore(end, 13), dayBefore(end, 7)];
  if (before[0] <= labels[0]) return null;
  return { last, before, name: `on the week before (${shortDay(last[0])} to ${shortDay(last[1])})` };
}

/** The sums of the periods between two, both included. */
function sumBetween([from, to]) {
  const rows = sums.by.period.filter((row) => row.label >= from && row.label <= to);
  return Object.fromEntries(MEASURES.map((name) => [name, rows.reduce((sum, row) => sum + row[name], 0)]));
}

/** Under a filter, beside all sales; otherwise the last periods beside those before. */
function comparison({ of, format, adds }) {
  const now = of(sums.total);
  if (now === null) return "";
  if (chosen().length) {
    const all = of(whole.total);
    if (!adds) return all === null ? "" : `${FORMATS[format](all)} in all sales`;
    return all > 0 && now >= 0 ? `${FORMATS.share(now / all)} of all sales` : "";
  }
  const periods = lastAndBefore();
  if (!periods) return "";
  const [last, before] = [of(sumBetween(periods.last)), of(sumBetween(periods.before))];
  if (last === null || before === null || (format !== "share" && before <= 0)) return "";
  const change = format === "share" ? (last - before) * 100 : (last / before - 1) * 100;
  const sign = change >= 0.05 ? "+" : change <= -0.05 ? "−" : "±";
  return `${sign}${Math.abs(change).toFixed(1)}${format === "share" ? " points" : "%"} ${periods.name}`;
}

const SVG = "http://www.w3.org/2000/svg";

/** The course of a figure over time as a line; nothing for a single period. */
function sparkline(of) {
  const points = sums.by.period.map((row) => of(row)).map((value) => value ?? 0);
  if (points.length < 2) return [];
  const top = Math.max(...points, 0) || 1;
  const bottom = Math.min(...points, 0);
  const place = (value, index) => `${((100 * index) / (points.length - 1)).toFixed(1)},${(23 - (22 * (value - bottom)) / (top - bottom)).toFixed(1)}`;
  const drawn = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 100 24", preserveAspectRatio: "none", "aria-hidden": "true" })) drawn.setAttribute(name, value);
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points.map(place).join(" "));
  drawn.append(line);
  return [drawn];
}

function showFigures() {
  for (const [name, score] of Object.entries(SCORES)) {
    const figure = byId(`figure-${name}`);
    figure.textContent = FORMATS[score.format](score.of(sums.total)) || "–";
    figure.style.setProperty("--length", Math.max(12, figure.textContent.length));
    byId(`compared-${name}`).textContent = comparison(score);
    byId(`spark-${name}`).replaceChildren(...sparkline(score.of));
  }
  for (const [name, text] of Object.entries(BELOW)) byId(`figure-${name}`).textContent = text(sums.total);
  byId("nothing").hidden = sums.total.sales > 0;
  byId("announcement").textContent = `${FORMATS.count(sums.total.sales)} sales, ${FORMATS.usd(dollars(sums.total.revenue))}`;
}
