// The data of the page: columns of numbers, each packed, and the texts that their codes stand for.

const ARRAYS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i32: Int32Array, f64: Float64Array };

/** The bytes that were packed. */
async function inflate(data) {
  const packed = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

/** Packed texts: a NUL, which no text has, ends each but the last. */
const decodeTexts = async (data) => new TextDecoder().decode(await inflate(data)).split("\0");

/** Texts of which each says how much it shares with the one before. */
async function decodeSortedTexts({ shared, rest }) {
  const [counts, rests] = await Promise.all([decodeColumn(shared), decodeTexts(rest)]);
  let before = "";
  return Array.from(counts, (count, place) => {
    before = before.slice(0, count) + rests[place];
    return before;
  });
}

/** One packed column as an array of numbers. Its bytes were sorted by place, which packs better. */
async function decodeColumn({ type, data }) {
  const planes = await inflate(data);
  const size = ARRAYS[type].BYTES_PER_ELEMENT;
  if (size === 1) return planes;
  const rows = planes.length / size;
  const bytes = new Uint8Array(planes.length);
  for (let place = 0; place < size; place += 1) {
    for (let row = 0; row < rows; row += 1) bytes[row * size + place] = planes[place * rows + row];
  }
  return new ARRAYS[type](bytes.buffer);
}

/** A packed table: `rows`, `labels` by column of codes, and `columns` of numbers. */
async function decodeTable(packed) {
  const names = Object.keys(packed.columns);
  const columns = await Promise.all(names.map((name) => decodeColumn(packed.columns[name])));
  return {
    rows: packed.rows,
    labels: packed.labels,
    columns: Object.fromEntries(names.map((name, index) => [name, columns[index]])),
  };
}
