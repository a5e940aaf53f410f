// Artists and labels by name: found while one types, each with its figures of all sales. They are unpacked when they are
// first asked for.

const ROLES = ["artist", "label"];
const FOUND_SHOWN = 10;
const PARTS_SHOWN = 3;

/** All names with their figures; null until somebody asks. */
let directory = null;
/** Who is shown, as `role` and `name`, or null. */
let named = null;

/** A name as people type it: without accents, capital letters and characters that cannot be seen. */
const asTyped = (name) => (/^[\x20-\x7e]*$/.test(name) ? name : name.normalize("NFKD").replace(/[\p{M}\p{Cf}]/gu, "")).toLowerCase();
const withoutBandcamp = (host) => host.replace(/\.bandcamp\.com$/, "");

/** Names stand by role and name, so that an order by revenue that keeps ties is that of the mart. */
async function readDirectory() {
  const packed = JSON.parse(byId("names").textContent);
  const [texts, { columns }] = await Promise.all([decodeSortedTexts(packed.texts), decodeTable(packed)]);
  const ranks = new Uint32Array(packed.rows);
  const typed = [];
  const parts = {};
  for (const [role, count] of packed.roles) {
    const from = typed.length;
    parts[role] = { from, to: from + count };
    const order = Uint32Array.from({ length: count }, (_, index) => from + index);
    order.sort((a, b) => columns.revenue[b] - columns.revenue[a] || a - b).forEach((place, index) => { ranks[place] = index + 1; });
    for (let place = from; place < from + count; place += 1) {
      typed.push(asTyped(role === "label" ? withoutBandcamp(texts[place]) : texts[place]));
    }
  }
  return { texts, typed, columns, ranks, parts, isAll: packed.all };
}

const isLabel = (place) => place >= directory.parts.label.from;

/** The places of names that hold a text: first the text itself, then what begins with it; the highest revenue first. */
function lookUp(text) {
  const sought = withoutBandcamp(asTyped(text.trim()).replace(/^https?:\/\//, "").replace(/\/$/, ""));
  if (!sought) return [];
  const { typed, columns } = directory;
  const found = [];
  for (let place = 0; place < typed.length; place += 1) {
    const at = typed[place].indexOf(sought);
    if (at >= 0) found.push([place, at > 0 ? 2 : Number(typed[place].length > sought.length)]);
  }
  found.sort(([a, far], [b, near]) => far - near || columns.revenue[b] - columns.revenue[a]);
  return found.map(([place]) => place);
}

async function find() {
  const input = byId("find-text");
  directory ??= await readDirectory();
  const found = lookUp(input.value);
  byId("find-count").textContent = !input.value.trim() ? "" : found.length === 0 ? "No such name."
    : `${FORMATS.count(found.length)} found${found.length > FOUND_SHOWN ? `; the first ${FOUND_SHOWN}:` : ":"}`;
  byId("find-list").replaceChildren(...found.slice(0, FOUND_SHOWN).map((place) => {
    const [role, name] = [isLabel(place) ? "label" : "artist", directory.texts[place]];
    const paid = FORMATS.usd(dollars(directory.columns.revenue[place]));
    return element("li", {}, element("button", { type: "button", onclick: () => showName(role, name) },
      element("bdi", {}, name), element("small", {}, `${role}, ${paid}`)));
  }));
}

/** What an artist sold by country or kind; known of those that are ranked. */
function partsOf(artist, dimension) {
  const code = artists.labels.artist_name.indexOf(artist);
  const sold = new Float64Array(artists.labels[dimension].length);
  let all = 0;
  for (let row = 0; row < artists.rows; row += 1) {
    if (artists.columns.artist_name[row] !== code) continue;
    sold[artists.columns[dimension][row]] += artists.columns.revenue[row];
    all += artists.columns.revenue[row];
  }
  const parts = artists.labels[dimension].map((label, index) => [label, share(sold[index], all)]);
  return parts.filter(([, part]) => spokenShare(part) !== null).sort((a, b) => b[1] - a[1]).slice(0, PARTS_SHOWN);
}

/** A query for the rest. It names the rank, not the name: a name is somebody else's text, and no part of a command. */
function commandFor(role, rank) {
  const whose = role === "artist" ? "artist_name" : "lower(split_part(url, '/', 3))";
  return "bandcamp sql \"select artist_name, url, country, count(*) as sales, sum(amount_paid_usd) as paid_usd from fct_sales"
    + ` where ${whose} = (select seller_name from dashboard_names where seller_role = '${role}' and revenue_rank = ${rank})`
    + " group by all order by paid_usd desc\"";
}

function figuresOfName(place) {
  const value = (name) => directory.columns[name][place];
  const of = (part, of_) => FORMATS.share(share(part, of_)) || "–";
  return [
    ["Paid", FORMATS.usd(dollars(value("revenue"))), `${of(value("revenue"), whole.total.revenue)} of all that was paid`],
    ["Sales", FORMATS.count(value("sales")), `of ${FORMATS.count(value("items"))} different items`],
    ["Average sale", FORMATS.usd(share(dollars(value("revenue")), value("sales"))), `${FORMATS.usd(share(dollars(whole.total.revenue), whole.total.sales))} in all sales`],
    ["Paid beyond asking prices", FORMATS.usd(dollars(value("overpaid"))), `${of(value("overpaid"), value("revenue"))} of what is paid`],
  ];
}

/** Show who is named, with the figures of all sales; nothing if nobody is. */
async function showNamed() {
  const box = byId("find-shown");
  if (!box) return;
  box.hidden = named === null;
  if (named === null) return box.replaceChildren();
  directory ??= await readDirectory();
  const { role, name } = named;
  const { from, to } = directory.parts[role];
  const place = directory.texts.indexOf(name, from);
  const close = element("button", { type: "button", class: "close", onclick: closeNamed }, "Close");
  if (place < 0 || place >= to) {
    return box.replaceChildren(element("p", {}, `These sales have no ${role} `, element("bdi", {}, name), " to look up."), close);
  }
  const rank = directory.ranks[place];
  const count = directory.columns.artists[place];
  const parts = role === "label" ? [] : [["from", "country"], ["for", "item_type_label"]].map(([word, dimension]) =>
    [word, partsOf(name, dimension)]).filter(([, found]) => found.length);
  return box.replaceChildren(
    close,
    element("h4", {}, element("bdi", {}, name), " ", element("small", {}, `${role} ${FORMATS.count(rank)}${directory.isAll ? ` of ${FORMATS.count(to - from)}` : ""} by US dollars, of all sales`
      + (role === "label" ? `, with ${FORMATS.count(count)} artists` : ""))),
    element("dl", {}, ...figuresOfName(place).map(([label, figure, below]) =>
      element("div", {}, element("dt", {}, label), element("dd", {}, element("b", {}, figure), element("small", {}, below))))),
    ...parts.map(([word, found]) => element("p", {}, `Paid ${word} ${spokenList(found.map(([label, part]) => `${spokenCountry(label)} ${spokenShare(part)}`))}.`)),
    element("p", { class: "command" }, "Each item and country: ", element("code", {}, commandFor(role, rank))),
  );
}

function closeNamed() {
  named = null;
  writeAddress();
  byId("find-text").focus();
  return showNamed();
}

/** Look at one artist or label, here and in the address. */
async function showName(role, name) {
  named = { role, name };
  writeAddress();
  await showNamed();
  byId("find-shown").scrollIntoView({ block: "center" });
  byId("find-shown").focus({ preventScroll: true });
}

function listenToFinding() {
  if (!byId("find")) return;
  byId("find-text").addEventListener("input", find);
}
