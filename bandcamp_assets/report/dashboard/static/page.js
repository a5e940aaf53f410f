// The page: what stands in it, and what happens when someone chooses.

const PAGE = JSON.parse(document.getElementById("page-data").textContent);
const WORLD = JSON.parse(document.getElementById("world").textContent);
const MEASURES = ["sales", "items", "revenue", "overpaid", "overpaid_sales", "friday_revenue", "friday_sales", "beyond"];
const ARTIST_MEASURES = ["sales", "revenue", "overpaid"];
const ARTIST_DIMENSIONS = ["country", "item_type_label", "currency"];
const NAMES = {
  from: "from", to: "to", country: "country", item_type_label: "kind", item_format: "format",
  currency: "currency", price_band: "price",
};

const choice = noChoice();
let metric = "revenue";
let sales = null;
let artists = null;
const cards = {};
const byId = (id) => document.getElementById(id);

const dollars = (amountInCents) => amountInCents / 100;
const metricOf = (row) => (metric === "revenue" ? dollars(row.revenue) : row.sales);
const metricText = (row) => (metric === "revenue" ? FORMATS.usd(dollars(row.revenue)) : FORMATS.count(row.sales));
const share = (part, wholeValue) => (wholeValue ? part / wholeValue : null);

/** A table of the marts as they stand, for what filters do not touch. */
const mart = (name) => PAGE.marts[name].rows.map((row) =>
  Object.fromEntries(row.map((value, index) => [PAGE.marts[name].columns[index], value])));

// ---- what is chosen -------------------------------------------------------------------------------------------

function choose(dimension, value) {
  if (dimension === "period") {
    const same = choice.from === value && choice.to === value;
    choice.from = same ? null : value;
    choice.to = same ? null : value;
  } else {
    choice[dimension] = choice[dimension] === value ? null : value;
  }
  return update();
}

function readControls() {
  for (const name of Object.keys(choice)) choice[name] = byId(`filter-${name}`).value || null;
  metric = document.querySelector("input[name=metric]:checked").value;
  return update();
}

function writeControls() {
  for (const [name, value] of Object.entries(choice)) byId(`filter-${name}`).value = value ?? "";
  const chosen = Object.entries(choice).filter(([, value]) => value !== null);
  byId("reset").disabled = chosen.length === 0;
  byId("chosen").replaceChildren(...chosen.map(([name, value]) => element("button", {
    type: "button", class: "chip", "aria-label": `Remove the filter ${NAMES[name]} ${value}`,
    onclick: () => { choice[name] = null; update(); },
  }, `${NAMES[name]}: ${value} ✕`)));
}

function fillControls() {
  for (const name of ["from", "to"]) addOptions(`filter-${name}`, sales.labels.period);
  for (const name of DIMENSIONS.slice(1)) {
    const ordered = name === "price_band" ? sales.labels[name] : [...sales.labels[name]].sort((a, b) => a.localeCompare(b));
    addOptions(`filter-${name}`, ordered);
  }
}

function addOptions(id, values) {
  byId(id).append(...values.map((value) => element("option", { value }, value)));
}

// ---- the cards ------------------------------------------------------------------------------------------------

const COLUMNS = [
  { name: "sales", format: "count" },
  { name: "revenue_usd", format: "usd" },
  { name: "paid_above_price_usd", format: "usd" },
];
const figuresOf = (row) => [row.sales, dollars(row.revenue), dollars(row.overpaid)];

/** Rows of one dimension, the highest first, and the table beside them. */
function ranking(dimension, title, limit = Infinity) {
  const rows = sums.by[dimension].filter((row) => row.sales > 0).sort((a, b) => metricOf(b) - metricOf(a));
  const none = choice[dimension] === null;
  return [
    rows.slice(0, limit).map((row, place) => ({
      key: row.label, label: row.label, place, value: metricOf(row), text: metricText(row),
      selected: none || choice[dimension] === row.label,
    })),
    {
      columns: [{ name: title, format: "text" }, ...COLUMNS],
      rows: rows.map((row) => [row.label, ...figuresOf(row)]),
      keys: rows.map((row) => row.label),
    },
  ];
}

function showDays() {
  const inside = (label) => (choice.from === null || label >= choice.from) && (choice.to === null || label <= choice.to);
  const rows = sums.by.period.flatMap((row, place) => {
    const friday = metric === "revenue" ? dollars(row.friday_revenue) : row.friday_sales;
    const shown = { key: row.label, label: row.label, place, selected: inside(row.label), text: metricText(row) };
    return [
      { ...shown, part: "Bandcamp Friday", order: 0, value: friday },
      { ...shown, part: "other", order: 1, value: metricOf(row) - friday },
    ];
  });
  return cards.days.show(rows, {
    columns: [{ name: PAGE.grain, format: "text" }, ...COLUMNS, { name: "bandcamp_friday_revenue_usd", format: "usd" }],
    rows: sums.by.period.map((row) => [row.label, ...figuresOf(row), dollars(row.friday_revenue)]),
    keys: sums.by.period.map((row) => row.label),
  });
}

function showMap() {
  const [, table] = ranking("country", "country");
  const rows = sums.by.country.filter((row) => row.sales > 0).map((row) => ({
    key: row.label, code: PAGE.countries[row.label] ?? null, value: Math.max(metricOf(row), 0.01), text: metricText(row),
    selected: choice.country === null || choice.country === row.label,
  }));
  return cards.map.show(rows, table);
}

function showPrices() {
  const rows = sums.by.price_band.filter((row) => row.sales > 0 && row.label !== "unknown");
  const selected = (row) => choice.price_band === null || choice.price_band === row.label;
  const paid = (row) => dollars(row.revenue) / row.sales;
  const asked = (row) => dollars(row.revenue - row.overpaid) / row.sales;
  const marks = rows.flatMap((row, place) => [["asked", asked(row)], ["paid", paid(row)]].map(([series, value]) => ({
    key: row.label, label: row.label, place, series, value, selected: selected(row),
    text: `${series} ${FORMATS.usd(value)} on average, ${FORMATS.count(row.sales)} sales`,
  })));
  const table = {
    columns: [
      { name: "asking_price_usd", format: "text" }, { name: "sales", format: "count" },
      { name: "average_asked_usd", format: "usd" }, { name: "average_paid_usd", format: "usd" },
      { name: "paid_more_share", format: "share" }, { name: "paid_above_price_usd", format: "usd" },
    ],
    rows: rows.map((row) => [row.label, row.sales, asked(row), paid(row), share(row.overpaid_sales, row.sales),
      dollars(row.overpaid)]),
    keys: rows.map((row) => row.label),
  };
  const above = rows.filter((row) => row.label !== "free").map((row, place) => ({
    key: row.label, label: row.label, place, value: share(row.overpaid_sales, row.sales), selected: selected(row),
    text: `${FORMATS.share(share(row.overpaid_sales, row.sales))} pay more, ${FORMATS.usd(dollars(row.overpaid))} in all`,
  }));
  return Promise.all([cards.prices.show(marks, table), cards.overpaying.show(above, table)]);
}

function showArtists() {
  const found = sumUp(artists, ARTIST_MEASURES, choice, "artist_name");
  const rows = found.groups.filter((row) => row.sales > 0).sort((a, b) => metricOf(b) - metricOf(a)).slice(0, 15);
  byId("artists-note").textContent = artistsNote();
  return cards.artists.show(
    rows.map((row, place) => ({ key: null, label: row.label, place, value: metricOf(row), text: metricText(row), selected: true })),
    { columns: [{ name: "artist", format: "text" }, ...COLUMNS], rows: rows.map((row) => [row.label, ...figuresOf(row)]) },
  );
}

function artistsNote() {
  const untouched = ["from", "to", "item_format", "price_band"].filter((name) => choice[name] !== null);
  const several = ARTIST_DIMENSIONS.filter((name) => choice[name] !== null).length > 1;
  return [
    metric === "sales" ? "Among the artists with the highest revenue." : "",
    untouched.length ? "Dates, formats and prices do not filter this list." : "",
    several && metric === "revenue" ? "Under several filters: among the artists that lead under one of them." : "",
  ].filter(Boolean).join(" ");
}

/** A percentage of whole cents in whole cents, halves up, as the marts have it; exact to a thousandth of a percent. */
function percentOf(amountInCents, percentage) {
  const parts = Math.round(percentage * 1000);
  return Math.floor((2 * amountInCents * parts + 100000) / 200000);
}

const assumption = (name) => Number(byId(`assume-${name}`).value) || 0;

function showBusiness() {
  const rows = sums.byKind.filter((row) => row.sales > 0).map((row) => {
    const physical = PAGE.physical.includes(row.label);
    const other = row.revenue - row.friday_revenue;
    const bandcamp = percentOf(other - row.beyond, assumption(physical ? "physical" : "digital"));
    const fees = percentOf(other, assumption("fee")) + percentOf(row.friday_revenue, assumption("fee"));
    return {
      label: row.label, sales: row.sales, revenue: dollars(row.revenue), bandcamp: dollars(bandcamp),
      fees: dollars(fees), sellers: dollars(row.revenue - bandcamp - fees),
    };
  }).sort((a, b) => b.revenue - a.revenue);
  const total = (name) => rows.reduce((sum, row) => sum + row[name], 0);
  const perSale = share(total("sellers"), total("sales"));
  const streams = perSale === null || !assumption("payout") ? null : (perSale / assumption("payout")) * 1000;
  byId("business-sellers").textContent = FORMATS.usd(total("sellers"));
  byId("business-share").textContent = FORMATS.share(share(total("sellers"), total("revenue")));
  byId("business-bandcamp").textContent = FORMATS.usd(total("bandcamp"));
  byId("business-fees").textContent = FORMATS.usd(total("fees"));
  byId("business-streams").textContent = FORMATS.count(streams);
  const parts = [["sellers", "to sellers"], ["fees", "payment fees"], ["bandcamp", "to Bandcamp"]];
  return cards.business.show(
    rows.flatMap((row, place) => parts.map(([name, part], order) => ({
      key: null, label: row.label, place, part: name, order, value: share(row[name], row.revenue) ?? 0,
      text: `${FORMATS.usd(row[name])} ${part}, ${FORMATS.share(share(row[name], row.revenue))}`,
    }))),
    {
      columns: [{ name: "kind", format: "text" }, { name: "sales", format: "count" }, { name: "revenue_usd", format: "usd" },
        { name: "to_sellers_usd", format: "usd" }, { name: "payment_fees_usd", format: "usd" },
        { name: "to_bandcamp_usd", format: "usd" }, { name: "sellers_share", format: "share" }],
      rows: rows.map((row) => [row.label, row.sales, row.revenue, row.sellers, row.fees, row.bandcamp,
        share(row.sellers, row.revenue)]),
    },
  );
}

function showFigures() {
  const { sales: count, items, revenue, overpaid, overpaid_sales: paidMore } = sums.total;
  const free = sums.byBand.find((row) => row.label === "free")?.sales ?? 0;
  const shown = {
    revenue: FORMATS.usd(dollars(revenue)),
    sales: FORMATS.count(count),
    items: FORMATS.count(items),
    average: FORMATS.usd(count ? dollars(revenue) / count : null) || "–",
    overpaid: FORMATS.usd(dollars(overpaid)),
    "overpaid-share": FORMATS.share(share(overpaid, revenue)) || "–",
    "paid-more": FORMATS.share(share(paidMore, count)) || "–",
    free: FORMATS.share(share(free, count)) || "–",
  };
  for (const [name, text] of Object.entries(shown)) byId(`figure-${name}`).textContent = text;
  byId("nothing").hidden = count > 0;
  byId("announcement").textContent = `${shown.sales} sales, ${shown.revenue}`;
}

// ---- all of it ------------------------------------------------------------------------------------------------

let sums = null;

/** Kinds and bands under every filter, their own among them, for what is not a chart of theirs. */
function addFiltered(found) {
  const under = (dimension) => found.by[dimension].filter((row) => choice[dimension] === null || row.label === choice[dimension]);
  return { ...found, byKind: under("item_type_label"), byBand: under("price_band") };
}

async function update() {
  const started = performance.now();
  sums = addFiltered(sumUp(sales, MEASURES, choice));
  writeControls();
  showFigures();
  await showDays();
  performance.mark("first-chart");
  await Promise.all([
    showMap(),
    cards.countries.show(...ranking("country", "country", 15)),
    cards.kinds.show(...ranking("item_type_label", "kind")),
    cards.formats.show(...ranking("item_format", "format")),
    cards.currencies.show(...ranking("currency", "currency", 12)),
    showPrices(),
    showArtists(),
    showBusiness(),
  ]);
  document.documentElement.dataset.milliseconds = String(Math.round(performance.now() - started));
  document.documentElement.dataset.updates = String(Number(document.documentElement.dataset.updates ?? 0) + 1);
}

/** What filters do not touch: it cannot be worked out from sums. */
function showWhole() {
  const lorenz = mart("income_lorenz").filter((row) => row.population === "artists");
  const hours = mart("hour_of_week_sales");
  return Promise.all([
    cards.concentration.show(
      lorenz.map((row) => ({
        percent: row.poorest_percent / 100, value: row.revenue_share,
        text: `The poorest ${row.poorest_percent} % take ${FORMATS.share(row.revenue_share)}`,
      })),
      {
        columns: [{ name: "poorest_percent", format: "count" }, { name: "artists", format: "count" },
          { name: "revenue_usd", format: "usd" }, { name: "revenue_share", format: "share" }],
        rows: lorenz.map((row) => [row.poorest_percent, row.earners, row.revenue_usd, row.revenue_share]),
      },
    ),
    cards.hours.show(
      hours.map((row) => ({
        day: row.iso_weekday, weekday: row.weekday_name.slice(0, 3), hour: row.hour_of_day, value: row.revenue_usd_per_day,
        text: `${row.weekday_name} ${row.hour_of_day}:00 UTC: ${FORMATS.usd(row.revenue_usd_per_day)} an hour`,
      })),
      {
        columns: [{ name: "weekday", format: "text" }, { name: "hour_utc", format: "count" },
          { name: "sales", format: "count" }, { name: "revenue_usd", format: "usd" },
          { name: "revenue_usd_per_day", format: "usd" }],
        rows: hours.map((row) => [row.weekday_name, row.hour_of_day, row.sales, row.revenue_usd, row.revenue_usd_per_day]),
      },
    ),
    ...Object.entries(PAGE.tables).map(([id, { mart: name, columns, where }]) => cards[id].show([], {
      columns: columns.map(([column, title, format]) => ({ name: title, format })),
      rows: mart(name).filter((row) => !where || row[where[0]] === where[1])
        .map((row) => columns.map(([column]) => row[column])),
    })),
  ]);
}

function makeCards() {
  const tooltip = new Tooltip();
  const chooses = {
    days: "period", map: "country", countries: "country", kinds: "item_type_label", formats: "item_format",
    currencies: "currency", prices: "price_band", overpaying: "price_band",
  };
  for (const [id, specification] of Object.entries(PAGE.charts)) {
    for (const data of specification.data) if (data.name === "world") data.values = WORLD;
    const dimension = chooses[id];
    cards[id] = new Card(id, specification, { tooltip, choose: dimension ? (key) => choose(dimension, key) : null });
  }
  for (const id of Object.keys(PAGE.tables)) cards[id] = new Card(id, null);
}

function listen() {
  for (const name of Object.keys(choice)) byId(`filter-${name}`).addEventListener("change", readControls);
  for (const radio of document.querySelectorAll("input[name=metric]")) radio.addEventListener("change", readControls);
  for (const name of ["digital", "physical", "fee", "payout"]) {
    byId(`assume-${name}`).addEventListener("input", () => showBusiness());
  }
  byId("reset").addEventListener("click", () => { Object.assign(choice, noChoice()); update(); });
  byId("theme").addEventListener("change", (event) => {
    if (event.target.value) document.documentElement.dataset.theme = event.target.value;
    else delete document.documentElement.dataset.theme;
    recolour();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  let waiting = null;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => Object.values(cards).forEach((card) => card.resize()), 100);
  });
}

const recolour = () => Promise.all(Object.values(cards).map((card) => card.recolour()));

async function begin() {
  [sales, artists] = await Promise.all([decodeTable(PAGE.sales), decodeTable(PAGE.artists)]);
  makeCards();
  fillControls();
  listen();
  await update();
  await showWhole();
  document.documentElement.dataset.ready = "yes";
}

begin().catch((error) => {
  byId("failure").hidden = false;
  byId("failure").textContent = `This page could not be drawn: ${error.message}. It needs a browser of 2023 or later.`;
  throw error;
});
