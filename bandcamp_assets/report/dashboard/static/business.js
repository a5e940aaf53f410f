// Where the money goes: what is left to sellers, by the assumptions that stand on the page.

/** A percentage of whole cents in whole cents, halves up, as the marts have it; exact to a thousandth of a percent. */
function percentOf(amountInCents, percentage) {
  const parts = Math.round(percentage * 1000);
  return Math.floor((2 * amountInCents * parts + 100000) / 200000);
}

const assumption = (name) => Number(byId(`assume-${name}`).value) || 0;

const assumptionsAreOurs = () => ["digital", "physical", "fee"].every((name) =>
  byId(`assume-${name}`).value === byId(`assume-${name}`).defaultValue);

/** For each kind of item its revenue, and the parts of sellers, Bandcamp and payment processors, in cents. */
function businessRows() {
  return fitting("item_type_label").filter((row) => row.sales > 0).map((row) => {
    const other = row.revenue - row.friday_revenue;
    const rate = assumption(PAGE.physical.includes(row.label) ? "physical" : "digital");
    const bandcamp = percentOf(other - row.beyond, rate);
    const fees = percentOf(other, assumption("fee")) + percentOf(row.friday_revenue, assumption("fee"));
    const waived = percentOf(row.friday_revenue, rate);
    return { label: row.label, sales: row.sales, revenue: row.revenue, bandcamp, fees, waived, sellers: row.revenue - bandcamp - fees };
  }).sort((a, b) => b.revenue - a.revenue);
}

/** The sums of all kinds. */
const businessTotal = (rows) => Object.fromEntries(["sales", "revenue", "bandcamp", "fees", "sellers", "waived"].map((name) =>
  [name, rows.reduce((sum, row) => sum + row[name], 0)]));

const PARTS = [["sellers", "to sellers"], ["fees", "payment fees"], ["bandcamp", "to Bandcamp"]];
const TONES = { sellers: null, fees: "muted", bandcamp: "bandcamp" };

function showBusiness() {
  if (!cards.business) return undefined;
  const rows = businessRows();
  const total = businessTotal(rows);
  const perSale = share(dollars(total.sellers), total.sales);
  const streams = perSale === null || !assumption("payout") ? null : (perSale / assumption("payout")) * 1000;
  for (const name of ["sellers", "bandcamp", "fees"]) byId(`business-${name}`).textContent = FORMATS.usd(dollars(total[name]));
  byId("business-fridays").hidden = total.waived === 0;
  byId("business-waived").textContent = FORMATS.usd(dollars(total.waived));
  byId("business-share").textContent = FORMATS.share(share(total.sellers, total.revenue));
  byId("business-sale").textContent = FORMATS.usd(perSale);
  byId("business-streams").textContent = FORMATS.count(streams);
  return cards.business.show(
    rows.flatMap((row, place) => PARTS.map(([name, part], order) => ({
      key: null, label: row.label, place, part: name, tone: TONES[name], order, value: share(row[name], row.revenue) ?? 0,
      text: `${row.label}\n${FORMATS.usd(dollars(row[name]))} ${part}, ${FORMATS.share(share(row[name], row.revenue))}`
        + `\nof ${FORMATS.usd(dollars(row.revenue))} paid in ${FORMATS.count(row.sales)} sales`,
    }))),
    {
      columns: [{ name: "kind", format: "text" }, { name: "sales", format: "count" }, { name: "revenue_usd", format: "usd" },
        { name: "to_sellers_usd", format: "usd" }, { name: "payment_fees_usd", format: "usd" },
        { name: "to_bandcamp_usd", format: "usd" }, { name: "sellers_share", format: "share" }],
      rows: rows.map((row) => [row.label, row.sales, ...["revenue", "sellers", "fees", "bandcamp"].map((name) => dollars(row[name])),
        share(row.sellers, row.revenue)]),
    },
  );
}
