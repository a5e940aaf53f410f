// What is shown as the part of the address behind `#`: it is written at each choice, and read when the page opens.

const ASSUMPTIONS = ["digital", "physical", "fee", "payout"];

/** The present view, as the address says it; empty if nothing is chosen. */
function addressOfView() {
  const said = new URLSearchParams(chosen().map(([name, value]) => [NAMES[name], value]));
  if (metric !== "revenue") said.set("bars", metric);
  if (named) said.set(named.role, named.name);
  for (const name of ASSUMPTIONS) {
    const input = byId(`assume-${name}`);
    if (input && input.value !== input.defaultValue) said.set(name, input.value);
  }
  return String(said);
}

function writeAddress() {
  const said = addressOfView();
  if (said === location.hash.slice(1)) return;
  // An anchor alone is not a view: it stays as long as nothing is chosen.
  if (!said && location.hash && !location.hash.includes("=")) return;
  history.replaceState(null, "", said ? `#${said}` : location.href.split("#")[0]);
}

/** Show what the address says. What these sales do not have is named, and left out. */
function readAddress() {
  const said = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const missing = [];
  const known = (name, label) => said.getAll(name).filter((value) => {
    if (!sales.labels[label].includes(value)) missing.push(`${name} ${value}`);
    return sales.labels[label].includes(value);
  });
  for (const [dimension, name] of Object.entries(NAMES)) {
    const isTime = dimension === "from" || dimension === "to";
    const values = known(name, isTime ? "period" : dimension);
    choice[dimension] = isTime ? values[0] ?? null : [...new Set(values)];
  }
  const role = ROLES.find((one) => said.has(one));
  named = role ? { role, name: said.get(role) } : null;
  metric = said.get("bars") === "sales" ? "sales" : "revenue";
  for (const name of ASSUMPTIONS) {
    const input = byId(`assume-${name}`);
    if (input) input.value = said.get(name) ?? input.defaultValue;
  }
  byId("unknown").hidden = missing.length === 0;
  byId("unknown").textContent = `The address names what these sales do not have, and it is left out: ${missing.join(", ")}.`;
}

/** The filters as a sentence, for paper and pictures. */
function spokenChoice() {
  const values = Object.entries(choice).map(([name, value]) => [NAMES[name], Array.isArray(value) ? value.join(" or ") : value ?? ""]);
  const told = values.filter(([, value]) => value).map(([name, value]) => `${name} ${value}`);
  return told.length ? `Filters: ${told.join("; ")}.` : "All sales.";
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    byId("copied").textContent = "Copied";
    setTimeout(() => { byId("copied").textContent = ""; }, 2000);
  } catch {
    window.prompt("Copy this address:", location.href);
  }
}
