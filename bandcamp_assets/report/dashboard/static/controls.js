// The bar of filters: what is chosen, as chips, and how bars count. The lists to choose from are in `picker.js`.

const pickers = {};

function readControls() {
  for (const name of ["from", "to"]) choice[name] = byId(`filter-${name}`).value || null;
  metric = document.querySelector("input[name=metric]:checked").value;
  return update();
}

function writeControls() {
  for (const name of ["from", "to"]) byId(`filter-${name}`).value = choice[name] ?? "";
  for (const picker of Object.values(pickers)) picker.write();
  document.querySelector(`input[name=metric][value=${metric}]`).checked = true;
  byId("printed").textContent = `${spokenChoice()} Bars show ${metric === "revenue" ? "US dollars" : "sales"}.`;
  byId("toggle").textContent = chosen().length ? `Filters (${chosen().length})` : "Filters";
  byId("reset").disabled = chosen().length === 0;
  byId("chosen").replaceChildren(...chosen().map(([name, value]) => element("button", {
    type: "button", class: "chip", "aria-label": `Remove the filter ${NAMES[name]} ${value}`,
    onclick: () => unchoose(name, value),
  }, `${NAMES[name]}: ${value} ✕`)));
}

function fillControls() {
  for (const name of ["from", "to"]) {
    byId(`filter-${name}`).append(...sales.labels.period.map((value) => element("option", { value }, value)));
  }
  for (const dimension of DIMENSIONS.slice(1)) pickers[dimension] = new Picker(dimension);
}

function listenToControls() {
  for (const name of ["from", "to"]) byId(`filter-${name}`).addEventListener("change", readControls);
  for (const radio of document.querySelectorAll("input[name=metric]")) radio.addEventListener("change", readControls);
  byId("reset").addEventListener("click", () => { Object.assign(choice, noChoice()); update(); });
  byId("copy").addEventListener("click", copyLink);
  byId("toggle").addEventListener("click", () => {
    const isOpen = byId("filters").classList.toggle("open");
    byId("toggle").setAttribute("aria-expanded", String(isOpen));
  });
}
