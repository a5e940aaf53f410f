// The cards that no filter changes: they cannot be worked out from sums.

/** Whether a card is of all sales, whatever the filters. */
const isOfAll = (id) => id in PAGE.tables || ["concentration", "hours"].includes(id);

/** While there are filters, each card of all sales says that they do not change it. */
function showScope() {
  for (const [id, card] of Object.entries(cards)) {
    card.root.querySelector(".unfiltered").hidden = !isOfAll(id) || id === "published" || chosen().length === 0;
  }
}

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const spokenHour = (hour) => `${hour}:00 to ${hour + 1}:00`;

/** The busiest hour of the week, and which it is without Bandcamp Fridays. */
function busiestHours(hours) {
  const top = hours.reduce((best, row) => (row.revenue_usd_per_day > best.revenue_usd_per_day ? row : best), hours[0]);
  const ordinary = PAGE.busiest;
  const without = ordinary && mart("bandcamp_friday_effect").length
    ? ` Without Bandcamp Fridays: ${WEEKDAYS[ordinary.iso_weekday - 1]}, ${spokenHour(ordinary.pacific_hour)} US Pacific time, ${FORMATS.usd(ordinary.usd_per_day)}.` : "";
  return `Busiest: ${top.weekday_name}, ${spokenHour(top.hour_of_day)} UTC, ${FORMATS.usd(top.revenue_usd_per_day)}.${without}`;
}

const FRIDAYS_SHOWN = 4;

/** The latest Bandcamp Fridays, each above the days that it is compared with. */
function fridayMarks() {
  const rows = mart("bandcamp_friday_effect").filter((row) => row.revenue_ratio !== null);
  const dates = [...new Set(rows.map((row) => row.pacific_date))].slice(0, FRIDAYS_SHOWN);
  const mark = (date, name, value, tone, text) => ({
    label: `${date}|${name}`, value, tone, short: compactMetric(value, true), text: `${name}\n${FORMATS.usd(value)}${text}`,
  });
  return dates.flatMap((date) => {
    const beside = rows.filter((row) => row.pacific_date === date);
    const { revenue_usd: paid, hours_compared: hours } = beside[0];
    return [
      mark(date, plainDay(date), paid, "accent", ` in ${hours} hours (US Pacific)`),
      ...beside.map((row) => mark(date, row.baseline, row.average_revenue_usd, "muted",
        ` on average of ${row.days_compared}, over the same hours\nBandcamp Friday: ${FORMATS.ratio(row.revenue_ratio)}`)),
    ];
  }).map((row, place) => ({ ...row, place }));
}

function showWhole() {
  const lorenz = mart("income_lorenz").filter((row) => row.population === "artists");
  const hours = mart("hour_of_week_sales");
  if (hours.length) byId("hours-note").textContent = busiestHours(hours);
  const paid = hours.reduce((sum, row) => sum + row.revenue_usd, 0);
  return Promise.all([
    cards.concentration.show(
      lorenz.map((row) => ({
        percent: row.poorest_percent / 100, value: row.revenue_share,
        text: `The poorest ${row.poorest_percent}% take ${FORMATS.share(row.revenue_share)}`,
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
        text: `${row.weekday_name}, ${spokenHour(row.hour_of_day)} UTC\n${FORMATS.usd(row.revenue_usd_per_day)} an hour on average`
          + `\n${FORMATS.count(row.sales)} sales in all, ${FORMATS.share(share(row.revenue_usd, paid))} of what is paid`,
      })),
      {
        columns: [{ name: "weekday", format: "text" }, { name: "hour_utc", format: "count" },
          { name: "sales", format: "count" }, { name: "revenue_usd", format: "usd" },
          { name: "revenue_usd_per_day", format: "usd" }],
        rows: hours.map((row) => [row.weekday_name, row.hour_of_day, row.sales, row.revenue_usd, row.revenue_usd_per_day]),
      },
    ),
    ...Object.entries(PAGE.tables).filter(([id]) => cards[id]).map(([id, { mart: name, columns, where }]) => cards[id].show(id === "fridays" ? fridayMarks() : [], {
      columns: columns.map(([column, title, format]) => ({ name: title, format })),
      rows: mart(name).filter((row) => !where || row[where[0]] === where[1])
        .map((row) => columns.map(([column]) => row[column])),
    }, id === "fridays" ? { reach: Math.max(...fridayMarks().map((row) => row.value), 1) } : {})),
  ]);
}
