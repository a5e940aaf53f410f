// The bar of filters: lists, what is chosen, and how bars count.

function readControls() {
  for (const name of Object.keys(choice)) {
    const value = byId(`filter-${name}`).value || null;
    choice[name] = Array.isArray(choice[name]) ? [value].filter((one) => one !== null) : value;
  }
  metric = document.querySelector("input[name=metric]:checked").value;
  return update();
}

function writeControls() {
  for (const [name, value] of Object.entries(choice)) byId(`filter-${name}`).value = (Array.isArray(value) ? value[0] : value) ?? "";
  document.querySelector(`input[name=metric][value=${metric}]`).checked = true;
  byId("printed").textContent = `${spokenChoice()} Bars show ${metric === "revenue" ? "US dollars" : "sales"}.`;
  byId("reset").disabled = chosen().length === 0;
  byId("chosen").replaceChildren(...chosen().map(([name, value]) => element("button", {
    type: "button", class: "chip", "aria-label": `Remove the filter ${NAMES[name]} ${value}`,
    onclick: () => unchoose(name, value),
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

