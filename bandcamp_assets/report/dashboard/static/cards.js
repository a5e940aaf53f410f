// The cards that follow the filters: their marks and their tables, from the sums.

const ARTIST_MEASURES = ["sales", "revenue", "overpaid"];
const ARTIST_DIMENSIONS = ["country", "item_type_label", "currency"];
const COLUMNS = [
  { name: "sales", format: "count" },
  { name: "revenue_usd", format: "usd" },
  { name: "paid_above_price_usd", format: "usd" },
];
const figuresOf = (row) => [row.sales, dollars(row.revenue), dollars(row.overpaid)];

/** What a mark is: how much, which share, and how many. `rows` are what it is a part of. */
function tellOf(rows) {
  const [revenue, count] = ["revenue", "sales"].map((name) => rows.reduce((sum, row) => sum + row[name], 0));
  return (row) => [
    `${FORMATS.usd(dollars(row.revenue))}, ${FORMATS.share(share(row.revenue, revenue)) || "0%"} of what is paid`,
    `${FORMATS.count(row.sales)} sales, ${FORMATS.share(share(row.sales, count)) || "0%"} of all`,
    `${FORMATS.usd(share(dollars(row.revenue), row.sales)) || "–"} on average`,
  ].join("\n");
}

/** Rows of one dimension, the highest first, and the table beside them. */
function ranking(dimension, title, limit = Infinity) {
  const rows = sums.by[dimension].filter((row) => row.sales > 0).sort((a, b) => metricOf(b) - metricOf(a));
  const tell = tellOf(rows);
  const all = rows.reduce((sum, row) => sum + metricOf(row), 0);
  return [
    rows.slice(0, limit).map((row, place) => ({
      key: row.label, label: row.label, place, value: metricOf(row), text: `${row.label}\n${tell(row)}`,
      short: `${compactMetric(metricOf(row))} · ${FORMATS.share(share(metricOf(row), all)) || "0%"}`,
      tone: dimension === "item_type_label" ? toneOfKind(row.label) : null,
      selected: isAllowed(choice, dimension, row.label),
    })),
    {
      columns: [{ name: title, format: "text" }, ...COLUMNS],
      rows: rows.map((row) => [row.label, ...figuresOf(row)]),
      keys: rows.map((row) => row.label),
    },
    { reach: Math.max(...rows.map(metricOf), 0) || 1 },
  ];
}

const DATES = { day: "%-d %b", week: "%-d %b %Y", month: "%b %Y", year: "%Y" };

function showDays() {
  const tell = tellOf(sums.by.period);
  const top = Math.max(...sums.by.period.map(metricOf));
  const rows = sums.by.period.flatMap((row, place) => {
    const friday = metric === "revenue" ? dollars(row.friday_revenue) : row.friday_sales;
    const waived = row.friday_revenue ? `\n${FORMATS.usd(dollars(row.friday_revenue))} of it while Bandcamp waived its share` : "";
    const shown = { key: row.label, label: row.label, place, selected: isInside(choice, row.label), text: `${spokenPeriod(row.label)} (UTC)\n${tell(row)}${waived}` };
    return [
      { ...shown, part: "Bandcamp Friday", tone: "accent", order: 0, value: friday },
      { ...shown, part: "other", order: 1, value: metricOf(row) - friday,
        ...(metricOf(row) === top && top > 0 ? { short: compactMetric(top), top } : {}) },
    ];
  });
  return cards.days.show(rows, {
    columns: [{ name: PAGE.grain, format: "text" }, ...COLUMNS, { name: "bandcamp_friday_revenue_usd", format: "usd" }],
    rows: sums.by.period.map((row) => [row.label, ...figuresOf(row), dollars(row.friday_revenue)]),
    keys: sums.by.period.map((row) => row.label),
  }, { unit: metric === "revenue" ? "$" : "", dates: DATES[PAGE.grain] });
}

async function showMap() {
  // The borders are unpacked when they are first drawn: they are not what a reader waits for.
  const borders = cards.map.specification.data.find((data) => data.name === "world");
  borders.values ??= JSON.parse(await decodeTexts(byId("world").textContent));
  const [marks, table] = ranking("country", "country");
  const rows = marks.map((row) => ({ ...row, code: PAGE.countries[row.label] ?? null, value: Math.max(row.value, 0.01) }));
  return cards.map.show(rows, table);
}

function showPrices() {
  const rows = sums.by.price_band.filter((row) => row.sales > 0 && row.label !== "unknown");
  const selected = (row) => isAllowed(choice, "price_band", row.label);
  const paid = (row) => dollars(row.revenue) / row.sales;
  const asked = (row) => dollars(row.revenue - row.overpaid) / row.sales;
  const marks = rows.flatMap((row, place) => [["asked", asked(row)], ["paid", paid(row)]].map(([series, value]) => ({
    key: row.label, label: row.label, place, series, tone: series === "asked" ? "muted" : null, value, selected: selected(row),
    text: `Asking price ${row.label}\n${series} ${FORMATS.usd(value)} on average\n${FORMATS.count(row.sales)} sales`,
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
    text: `Asking price ${row.label}\n${FORMATS.share(share(row.overpaid_sales, row.sales))} of ${FORMATS.count(row.sales)} sales paid more`
      + `\n${FORMATS.usd(dollars(row.overpaid))} above the price in all`,
  }));
  return Promise.all([cards.prices.show(marks, table), cards.overpaying.show(above, table)]);
}

/** Rankings of artists are exact by revenue, of all sales or under one value of one filter. Otherwise none is shown. */
function artistsAreKnown() {
  const filters = chosen();
  return metric === "revenue" && filters.length <= 1 && filters.every(([name]) => ARTIST_DIMENSIONS.includes(name));
}

/** Labels are ranked of all sales, by revenue; otherwise their card leaves its place to the artists. */
const labelsAreKnown = () => cards.labels && metric === "revenue" && chosen().length === 0;

function showLabels() {
  if (cards.labels && cards.labels.root.hidden === labelsAreKnown()) {
    cards.labels.root.hidden = !labelsAreKnown();
    cards.artists.resize();
  }
  if (!labelsAreKnown()) return undefined;
  const rows = PAGE.labels.map(([label, ...figures]) => ({ label, ...Object.fromEntries(ARTIST_MEASURES.map((name, index) => [name, figures[index]])) }));
  return showNames("labels", "label", rows);
}

function showArtists() {
  const isKnown = artistsAreKnown();
  byId("artists-note").textContent = `${isKnown ? "The 10 highest."
    : "Ranked by US dollars, of all sales or under a single country, kind or currency. Under these filters it is not known."}${
    cards.labels && !labelsAreKnown() ? " Labels are ranked of all sales only, by US dollars." : ""}`;
  for (const part of [".chart", ".rows", ".save"]) cards.artists.root.querySelector(part).hidden = !isKnown;
  if (!isKnown) return undefined;
  const found = sumUp(artists, ARTIST_MEASURES, choice, "artist_name");
  const rows = found.groups.filter((row) => row.sales > 0).sort((a, b) => b.revenue - a.revenue).slice(0, 10);
  return showNames("artists", "artist", rows);
}

/** Rows of names, the highest first: a click shows who it is. */
function showNames(id, title, rows) {
  const tell = tellOf([sums.total]);
  return cards[id].show(
    rows.map((row, place) => ({
      key: row.label, label: row.label, place, value: dollars(row.revenue), text: `${row.label}\n${tell(row)}`, selected: true,
      short: `${compactMetric(dollars(row.revenue))} · ${FORMATS.share(share(row.revenue, sums.total.revenue)) || "0%"}`,
    })),
    {
      columns: [{ name: title, format: "text" }, ...COLUMNS],
      rows: rows.map((row) => [row.label, ...figuresOf(row)]),
      keys: rows.map((row) => row.label),
    },
    { reach: Math.max(...rows.map((row) => dollars(row.revenue)), 0) || 1 },
  );
}
