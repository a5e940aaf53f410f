// What happens when the page opens, and when someone chooses.

async function update() {
  const started = performance.now();
  sumAll();
  writeControls();
  writeAddress();
  showFigures();
  if (sales.rows > 0) await showAll();
  document.documentElement.dataset.milliseconds = String(Math.round(performance.now() - started));
  document.documentElement.dataset.updates = String(Number(document.documentElement.dataset.updates ?? 0) + 1);
}

async function showAll() {
  showFindings();
  await showDays();
  performance.mark("first-chart");
  artists ??= await decodeTable(PAGE.artists);
  showScope();
  await Promise.all([
    showMap(),
    cards.countries.show(...ranking("country", "country", 15)),
    cards.kinds.show(...ranking("item_type_label", "kind")),
    cards.formats.show(...ranking("item_format", "format")),
    cards.currencies.show(...ranking("currency", "currency", 7)),
    showPrices(),
    showArtists(),
    showLabels(),
    showBusiness(),
  ]);
}

/** A card for each that stands on the page: those without anything to say were left out. */
function makeCards() {
  const tooltip = new Tooltip();
  const chooses = {
    days: "period", map: "country", countries: "country", kinds: "item_type_label", formats: "item_format",
    currencies: "currency", prices: "price_band", overpaying: "price_band",
  };
  for (const [id, specification] of Object.entries(PAGE.charts)) {
    if (!byId(id)) continue;
    const dimension = chooses[id];
    const chooseName = { artists: "artist", labels: "label" }[id];
    cards[id] = new Card(id, specification, {
      tooltip,
      choose: dimension ? (key, more) => choose(dimension, key, more) : chooseName ? (key) => showName(chooseName, key) : null,
    });
  }
  if (cards.days) {
    new Brush(cards.days.root.querySelector(".chart"), (from, to) => { Object.assign(choice, { from, to }); return update(); });
  }
  for (const id of Object.keys(PAGE.tables)) if (byId(id)) cards[id] ??= new Card(id, null);
}

/** On a narrow screen each section shows its first card, and the titles of the others. */
function foldCards() {
  if (!matchMedia("(max-width: 700px)").matches) return;
  for (const card of document.querySelectorAll("main .card:not(:first-child), .find + .cards .card")) cards[card.id].fold(true);
  for (const details of document.querySelectorAll(".assume")) details.open = false;
}

function listen() {
  listenToControls();
  listenToFinding();
  for (const name of ASSUMPTIONS) {
    byId(`assume-${name}`)?.addEventListener("input", () => {
      writeAddress();
      showFindings();
      showBusiness();
    });
  }
  window.addEventListener("hashchange", () => { readAddress(); update(); showNamed(); });
  window.addEventListener("beforeprint", () => layOut(true));
  window.addEventListener("afterprint", () => layOut(false));
  byId("theme").addEventListener("change", (event) => {
    if (event.target.value) document.documentElement.dataset.theme = event.target.value;
    else delete document.documentElement.dataset.theme;
    recolour();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  let waiting = null;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => Object.values(cards).forEach((card) => card.resize()), 100);
  });
}

/** Lay the page out for paper, in light colours and as wide as it prints; or for the screen again. */
let themeOnScreen = null;

function layOut(onPaper) {
  const root = document.documentElement;
  if (onPaper) themeOnScreen = root.dataset.theme ?? "";
  root.classList.toggle("paper", onPaper);
  root.dataset.theme = onPaper ? "light" : themeOnScreen;
  for (const card of Object.values(cards)) card.redraw();
}

const recolour = () => Promise.all(Object.values(cards).map((card) => card.recolour()));

async function begin() {
  sales = await decodeTable(PAGE.sales);
  addFreeSales(sales);
  makeCards();
  foldCards();
  fillControls();
  listen();
  readAddress();
  await update();
  if (sales.rows > 0) await showWhole();
  if (sales.rows > 0) await showNamed();
  document.documentElement.dataset.ready = "yes";
}

begin().catch((error) => {
  byId("failure").hidden = false;
  byId("failure").textContent = `This page could not be drawn: ${error.message}. It needs a browser of 2023 or later.`;
  throw error;
});
