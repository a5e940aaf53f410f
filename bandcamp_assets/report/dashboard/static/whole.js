// The cards that no filter changes: they cannot be worked out from sums.

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
    ...Object.entries(PAGE.tables).filter(([id]) => cards[id]).map(([id, { mart: name, columns, where }]) => cards[id].show([], {
      columns: columns.map(([column, title, format]) => ({ name: title, format })),
      rows: mart(name).filter((row) => !where || row[where[0]] === where[1])
        .map((row) => columns.map(([column]) => row[column])),
    })),
  ]);
}
