// The findings: what the page opens with, and the titles of its sections. Each is made of the sums under the filters, or
// of a mart of all sales, and then only told while nothing is filtered. What the sales do not bear out is not told.

/** "$1.35 million", or the dollars without cents. */
function spokenUsd(amount) {
  for (const [size, word] of [[1e9, "billion"], [1e6, "million"]]) {
    if (amount >= size) return `$${(amount / size).toFixed(2)} ${word}`;
  }
  return `$${wholeNumber.format(amount)}`;
}

/** A part in whole percent, or with a decimal where that says more; null for what would round to nothing. */
function spokenShare(part) {
  if (part === null || part < 0.0005) return null;
  return part < 0.1 ? `${(100 * part).toFixed(1)}%` : `${Math.round(100 * part)}%`;
}

const cents = (part) => (Math.round(100 * part) === 1 ? "1 cent" : `${Math.round(100 * part)} cents`);
const times = (ratio) => (ratio < 10 ? ratio.toFixed(1) : wholeNumber.format(ratio));
const plainDay = (day) => new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB",
  { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });

/** A period as a sentence begins with it. */
function spokenPeriod(label) {
  const written = (parts) => new Date(`${label}T00:00:00Z`).toLocaleDateString("en-GB", { timeZone: "UTC", ...parts });
  if (PAGE.grain === "year") return label.slice(0, 4);
  if (PAGE.grain === "month") return written({ month: "long", year: "numeric" });
  return PAGE.grain === "week" ? `The week of ${plainDay(label)}` : plainDay(label);
}

/** "A, B and C". */
const spokenList = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);
const spokenCountry = (name) => (name === "Unknown" ? "unknown countries"
  : /^(United|Netherlands$|Philippines$|Bahamas$|Gambia$|Maldives$)|Islands$|Republic$/.test(name) ? `the ${name}` : name);

/** The latest whole Bandcamp Friday, or the latest, against other Fridays, or else against other days. */
function fridayFinding() {
  if (chosen().length || !PAGE.marts.bandcamp_friday_effect) return null;
  const rows = mart("bandcamp_friday_effect").filter((row) => row.revenue_ratio !== null);
  const latest = rows.find((row) => row.hours_compared >= 24) ?? rows[0];
  if (!latest) return null;
  const same = rows.filter((row) => row.pacific_date === latest.pacific_date);
  const row = same.find((one) => one.baseline === "other Fridays") ?? latest;
  const kind = row.baseline === "other Fridays" ? "Friday" : "day";
  const others = row.days_compared === 1 ? `the one other ${kind}` : `${row.days_compared} other ${kind}s`;
  const isOne = new Set(rows.map((other) => other.pacific_date)).size === 1;
  const name = isOne ? "Bandcamp Friday" : `The Bandcamp Friday of ${plainDay(row.pacific_date)}`;
  return {
    card: "fridays", figure: `${times(row.revenue_ratio)} ×`,
    text: `${name} brought ${times(row.revenue_ratio)} times an ordinary ${kind}`,
    basis: `${spokenUsd(row.revenue_usd)} on ${plainDay(row.pacific_date)} (US Pacific). Over the same hours, ${others} within`
      + ` four weeks brought ${spokenUsd(row.average_revenue_usd)}${row.days_compared === 1 ? "" : " on average"}.`,
  };
}

/** The period that most was paid in, where one stands out. */
function peakFinding() {
  const rows = fitting("period").filter((row) => row.sales > 0);
  const top = rows.reduce((best, row) => (row.revenue > best.revenue ? row : best), rows[0]);
  const average = sums.total.revenue / rows.length;
  if (rows.length < 3 || top.revenue < 1.5 * average) return null;
  return {
    card: "days", figure: `${times(top.revenue / average)} ×`,
    text: `${spokenPeriod(top.label)} brought ${times(top.revenue / average)} times the average ${PAGE.grain}`,
    basis: `${spokenUsd(dollars(top.revenue))} (UTC). The ${rows.length} ${PAGE.grain}s with sales brought`
      + ` ${spokenUsd(dollars(average))} on average.`,
  };
}

function overpaidFinding() {
  const { overpaid, revenue, overpaid_sales: more, sales: count } = sums.total;
  const part = share(overpaid, revenue);
  if (part === null || part < 0.01) return null;
  return {
    card: "overpaying", figure: cents(part).replace(" cents", "¢").replace(" cent", "¢"),
    text: `Fans added ${spokenUsd(dollars(overpaid))} to asking prices: ${cents(part)} of every dollar`,
    basis: `${FORMATS.share(share(more, count))} of the sales paid more than asked. What was paid below the price is taken off.`,
  };
}

function sellersFinding() {
  const total = businessTotal(businessRows());
  const part = share(total.sellers, total.revenue);
  if (part === null || part < 0.01 || part > 1) return null;
  return {
    card: "business", figure: cents(part).replace(" cents", "¢").replace(" cent", "¢"),
    text: `${cents(part)} of each dollar ${Math.round(100 * part) === 1 ? "is" : "are"} left to sellers`,
    basis: `An estimate by ${assumptionsAreOurs() ? "published terms" : "your assumptions"}: ${spokenUsd(dollars(total.bandcamp))} to Bandcamp, ${spokenUsd(dollars(total.fees))} to payment processors.`,
  };
}

/** The part of the chosen countries, or else of the first. */
function countryFinding() {
  const rows = sums.by.country.filter((row) => row.revenue > 0).sort((a, b) => b.revenue - a.revenue);
  const all = rows.reduce((sum, row) => sum + row.revenue, 0);
  const told = choice.country.length ? rows.filter((row) => choice.country.includes(row.label)) : rows.slice(0, 1);
  const part = spokenShare(share(told.reduce((sum, row) => sum + row.revenue, 0), all));
  if (!told.length || part === null || rows.length < 2) return null;
  const next = rows.filter((row) => !told.includes(row)).slice(0, 2)
    .map((row) => [spokenCountry(row.label), spokenShare(row.revenue / all)]).filter(([, one]) => one !== null);
  const names = told.length > 3 ? `${told.length} countries` : spokenList(told.map((row) => spokenCountry(row.label)));
  return {
    card: "countries", figure: part, text: `${part} of the money comes from ${names}`,
    basis: `Of ${spokenUsd(dollars(all))} from all countries`
      + `${next.length ? `; ${spokenList(next.map(([name, one]) => `${one} from ${name}`))}` : ""}.`,
  };
}

function incomeFinding() {
  if (chosen().length) return null;
  const row = mart("income_concentration").find((one) => one.population === "artists");
  const [percent, part] = (row?.earners ?? 0) >= 1000 ? [1, row.top_1_percent_share]
    : (row?.earners ?? 0) >= 100 ? [10, row.top_10_percent_share] : [null, null];
  const spoken = spokenShare(part);
  if (spoken === null) return null;
  return {
    card: "concentration", figure: spoken, text: `The top ${percent}% of artists take ${spoken} of the money`,
    basis: `${FORMATS.count(row.earners)} artist names, before fees.`,
  };
}

function kindFinding() {
  const rows = fitting("item_type_label").filter((row) => PAGE.physical.includes(row.label));
  const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
  const [ofSales, ofMoney] = [share(sum("sales"), sums.total.sales), share(sum("revenue"), sums.total.revenue)].map(spokenShare);
  if (ofSales === null || ofMoney === null || sum("sales") === sums.total.sales) return null;
  return {
    card: "kinds", figure: ofMoney, text: `Physical items are ${ofSales} of the sales and ${ofMoney} of the money`,
    basis: `${FORMATS.count(sum("sales"))} sales and ${spokenUsd(dollars(sum("revenue")))} of what is shipped.`,
  };
}

/** The finding of each section; null where there is none. */
const findingsBySection = () => (sums.total.sales === 0 ? {} : {
  when: fridayFinding() ?? peakFinding(), "prices-paid": overpaidFinding(), "sellers-part": sellersFinding(),
  where: countryFinding(), who: incomeFinding(), what: kindFinding(),
});

/** The cards whose colour is that of what is waived or overpaid. */
const WAIVED = ["fridays", "overpaying"];

/** Go to a card without losing what the address says. */
function leadTo(id) {
  cards[id].fold(false);
  byId(id).scrollIntoView({ block: "center" });
  byId(id).focus({ preventScroll: true });
}

function showFindings() {
  const found = findingsBySection();
  for (const [id, one] of Object.entries(found)) {
    const title = document.querySelector(`#section-${id} .finding`);
    if (title) title.textContent = one?.text ?? "";
  }
  const told = Object.values(found).filter((one) => one && byId(one.card)).slice(0, 5);
  byId("findings").hidden = told.length === 0;
  byId("findings-scope").textContent = chosen().length
    ? `Of the ${FORMATS.count(sums.total.sales)} sales that the filters leave` : `Of all ${FORMATS.count(sums.total.sales)} sales`;
  byId("findings-list").replaceChildren(...told.map((one) => element("li", { class: WAIVED.includes(one.card) ? "accent" : null },
    element("span", { class: "big", "aria-hidden": "true" }, one.figure),
    element("a", { href: `#${one.card}`, onclick: (event) => { event.preventDefault(); leadTo(one.card); } }, one.text),
    element("small", {}, one.basis))));
}
