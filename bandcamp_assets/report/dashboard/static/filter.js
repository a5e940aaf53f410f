// What is chosen, and the sums over what is left. Each dimension is summed as if it were not chosen itself, so that
// its chart goes on showing what else there is to choose.

const DIMENSIONS = ["period", "country", "item_type_label", "item_format", "currency", "price_band"];

/** The first and the last period, and for each other dimension the values of which any fits; null or none: all. */
const noChoice = () => ({ from: null, to: null, ...Object.fromEntries(DIMENSIONS.slice(1).map((name) => [name, []])) });

const isInside = (choice, period) => (choice.from === null || period >= choice.from) && (choice.to === null || period <= choice.to);

/** Whether the choice allows a value of a dimension. */
const isAllowed = (choice, dimension, value) => (dimension === "period"
  ? isInside(choice, value) : choice[dimension].length === 0 || choice[dimension].includes(value));

/** For each dimension that the table has, which codes are allowed; null where all are. */
function allowedCodes(choice, labels) {
  return DIMENSIONS.map((dimension) => {
    if (labels[dimension] === undefined) return null;
    const isFree = dimension === "period" ? choice.from === null && choice.to === null : choice[dimension].length === 0;
    if (isFree) return null;
    return Uint8Array.from(labels[dimension], (label) => (isAllowed(choice, dimension, label) ? 1 : 0));
  });
}

/**
 * Sums of `measures` over the rows that the choice leaves.
 *
 * Gives `total`, a sum for each measure; `by`, for each dimension of the table an array of sums for each code; and
 * `groups`, the sums for each code of the column `group`, under every choice.
 */
function sumUp(table, measures, choice, group = null) {
  const allowed = allowedCodes(choice, table.labels);
  const used = DIMENSIONS.map((name, index) => (table.labels[name] ? index : -1)).filter((index) => index >= 0);
  const codes = DIMENSIONS.map((name) => table.columns[name]);
  const values = measures.map((name) => table.columns[name]);
  const width = measures.length;
  const total = new Float64Array(width);
  const by = DIMENSIONS.map((name) => new Float64Array((table.labels[name] ?? []).length * width));
  const grouped = new Float64Array(group ? table.labels[group].length * width : 0);
  for (let row = 0; row < table.rows; row += 1) {
    let refused = -1;
    let refusals = 0;
    for (const dimension of used) {
      if (allowed[dimension] !== null && allowed[dimension][codes[dimension][row]] === 0) {
        refused = dimension;
        refusals += 1;
        if (refusals > 1) break;
      }
    }
    if (refusals > 1) continue;
    for (const dimension of refusals === 0 ? used : [refused]) {
      const start = codes[dimension][row] * width;
      for (let measure = 0; measure < width; measure += 1) by[dimension][start + measure] += values[measure][row];
    }
    if (refusals === 0) {
      for (let measure = 0; measure < width; measure += 1) total[measure] += values[measure][row];
      if (group) {
        const start = table.columns[group][row] * width;
        for (let measure = 0; measure < width; measure += 1) grouped[start + measure] += values[measure][row];
      }
    }
  }
  const named = (sums, start) => Object.fromEntries(measures.map((name, index) => [name, sums[start + index]]));
  const labelled = (column, sums) => table.labels[column].map((label, code) => ({ label, ...named(sums, code * width) }));
  return {
    total: named(total, 0),
    by: Object.fromEntries(used.map((index) => [DIMENSIONS[index], labelled(DIMENSIONS[index], by[index])])),
    groups: group ? labelled(group, grouped) : [],
  };
}
