// A chart as a picture by itself: with its title, what its colours mean, the filters, and where it is from.

const MARGIN = 16;
const LINE = 18;

const svgElement = (tag, attributes, text = "") => {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.textContent = text;
  return made;
};

/** The picture as an SVG element, in the colours of the page. */
function pictureOf(card) {
  const drawn = card.root.querySelector(".chart svg");
  const [width, height] = [drawn.clientWidth, drawn.clientHeight];
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const font = getComputedStyle(document.body).fontFamily;
  const keys = [...card.root.querySelectorAll(".note .key")];
  const top = MARGIN + 24 + LINE * (keys.length + 1);
  const total = top + height + 2 * LINE + MARGIN;
  const picture = svgElement("svg", { xmlns: SVG, width: width + 2 * MARGIN, height: total, "font-family": font });
  const write = (y, text, attributes = {}) => picture.append(svgElement("text",
    { x: MARGIN, y, fill: colour("soft"), "font-size": 12, ...attributes }, text));
  picture.append(svgElement("rect", { width: "100%", height: "100%", fill: colour("card") }));
  write(MARGIN + 12, card.root.querySelector("h3").textContent, { fill: colour("ink"), "font-size": 16, "font-weight": 650 });
  write(MARGIN + 32, isOfAll(card.id) ? "All sales." : spokenChoice());
  keys.forEach((key, index) => {
    const y = MARGIN + 32 + LINE * (index + 1);
    picture.append(svgElement("rect", { x: MARGIN, y: y - 10, width: 11, height: 11, rx: 3, fill: getComputedStyle(key).backgroundColor }));
    write(y, key.nextSibling.textContent.trim(), { x: MARGIN + 17 });
  });
  const chart = drawn.cloneNode(true);
  for (const [name, value] of Object.entries({ x: MARGIN, y: top, width, height })) chart.setAttribute(name, value);
  picture.append(chart);
  write(top + height + LINE, byId("about-what").textContent);
  write(top + height + 2 * LINE, document.title);
  return picture;
}

function saveAs(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Save a card's chart as SVG, or, twice as fine as the screen, as PNG. */
async function savePicture(card, kind) {
  const picture = pictureOf(card);
  const text = new XMLSerializer().serializeToString(picture);
  if (kind === "svg") {
    saveAs(new Blob([text], { type: "image/svg+xml" }), `${card.id}.svg`);
    return;
  }
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = element("canvas", { width: 2 * image.width, height: 2 * image.height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => saveAs(blob, `${card.id}.png`), "image/png");
}
