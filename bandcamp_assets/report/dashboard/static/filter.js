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

/** The measures of each row side by side, which is how they are read: made once for each table. */
function interleaved(table, measures) {
  const width = measures.length;
  const values = new Float64Array(table.rows * width);
  measures.forEach((name, measure) => {
    const column = table.columns[name];
    for (let row = 0; row < table.rows; row += 1) values[row * width + measure] = column[row];
  });
  return values;
}

/** Adds one row of `values` to one place of `sums`. */
function addRow(sums, start, values, from, width) {
  for (let measure = 0; measure < width; measure += 1) sums[start + measure] += values[from + measure];
}

/**
 * Sums of `measures` over the rows that the choice leaves; for one table always the same measures.
 *
 * Gives `total`, a sum for each measure; `by`, for each dimension of the table an array of sums for each code; and
 * `groups`, the sums for each code of the column `group`, under every choice.
 */
function sumUp(table, measures, choice, group = null) {
  table.values ??= interleaved(table, measures);
  const { values } = table;
  const used = DIMENSIONS.filter((name) => table.labels[name]);
  const everyAllowed = allowedCodes(choice, table.labels);
  const allowed = used.map((name) => everyAllowed[DIMENSIONS.indexOf(name)]);
  const codes = used.map((name) => table.columns[name]);
  const limited = used.map((_, index) => index).filter((index) => allowed[index] !== null);
  const groupCodes = group ? table.columns[group] : null;
  const width = measures.length;
  const total = new Float64Array(width);
  const by = used.map((name) => new Float64Array(table.labels[name].length * width));
  const grouped = new Float64Array(group ? table.labels[group].length * width : 0);
  for (let row = 0; row < table.rows; row += 1) {
    let refused = -1;
    let refusals = 0;
    for (let place = 0; place < limited.length && refusals < 2; place += 1) {
      const index = limited[place];
      if (allowed[index][codes[index][row]] === 0) {
        refused = index;
        refusals += 1;
      }
    }
    const from = row * width;
    if (refusals === 1) {
      addRow(by[refused], codes[refused][row] * width, values, from, width);
    } else if (refusals === 0) {
      for (let index = 0; index < used.length; index += 1) addRow(by[index], codes[index][row] * width, values, from, width);
      addRow(total, 0, values, from, width);
      if (groupCodes) addRow(grouped, groupCodes[row] * width, values, from, width);
    }
  }
  const named = (sums, start) => Object.fromEntries(measures.map((name, index) => [name, sums[start + index]]));
  const labelled = (column, sums) => table.labels[column].map((label, code) => ({ label, ...named(sums, code * width) }));
  return {
    total: named(total, 0),
    by: Object.fromEntries(used.map((name, index) => [name, labelled(name, by[index])])),
    groups: group ? labelled(group, grouped) : [],
  };
}
