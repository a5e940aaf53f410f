// What the page is about, what is chosen, and the sums over it. Every other script reads them here.

const PAGE = JSON.parse(document.getElementById("page-data").textContent);
const MEASURES = ["sales", "items", "revenue", "overpaid", "overpaid_sales", "friday_revenue", "friday_sales", "beyond", "free_sales"];
const NAMES = {
  from: "from", to: "to", country: "country", item_type_label: "kind", item_format: "format",
  currency: "currency", price_band: "price",
};

const choice = noChoice();
let metric = "revenue";
let sales = null;
let artists = null;
/** The sums under the choice, and those of all sales. */
let sums = null;
let whole = null;
const cards = {};
const byId = (id) => document.getElementById(id);

const dollars = (amountInCents) => amountInCents / 100;
const metricOf = (row) => (metric === "revenue" ? dollars(row.revenue) : row.sales);
/** A value of the bars, in short. */
const compactMetric = (value, isMoney = metric === "revenue") => `${isMoney ? "$" : ""}${compact.format(value)}`;
const share = (part, wholeValue) => (wholeValue ? part / wholeValue : null);

/** A mart of all sales, which no filter changes, as rows. */
const mart = (name) => PAGE.marts[name].rows.map((row) =>
  Object.fromEntries(row.map((value, index) => [PAGE.marts[name].columns[index], value])));

/** What is chosen, as pairs of a filter and one of its values. */
const chosen = () => Object.entries(choice).flatMap(([name, value]) =>
  (Array.isArray(value) ? value : [value]).filter((one) => one !== null).map((one) => [name, one]));

/** The rows of a dimension that fit the choice, that of the dimension itself among it. */
const fitting = (dimension) => sums.by[dimension].filter((row) => isAllowed(choice, dimension, row.label));

/** Sales of items that asked for nothing, as a column of their own. */
function addFreeSales(table) {
  const free = table.labels.price_band.indexOf("free");
  const { price_band: bands, sales: counts } = table.columns;
  table.columns.free_sales = counts.map((count, row) => (bands[row] === free ? count : 0));
}

function sumAll() {
  sums = sumUp(sales, MEASURES, choice);
  whole ??= chosen().length ? sumUp(sales, MEASURES, noChoice()) : sums;
}

/** Choose a value, or with `more` one more; choosing what is chosen alone takes it back. */
function choose(dimension, value, more = false) {
  if (dimension === "period") {
    const isSame = choice.from === value && choice.to === value;
    choice.from = isSame ? null : value;
    choice.to = isSame ? null : value;
  } else if (more) {
    const others = choice[dimension].filter((one) => one !== value);
    choice[dimension] = others.length < choice[dimension].length ? others : [...others, value];
  } else {
    const isSame = choice[dimension].length === 1 && choice[dimension][0] === value;
    choice[dimension] = isSame ? [] : [value];
  }
  return update();
}

function unchoose(name, value) {
  choice[name] = Array.isArray(choice[name]) ? choice[name].filter((one) => one !== value) : null;
  return update();
}
