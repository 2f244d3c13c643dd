// Pictures of faces: a tile per face and size, or one pixel per cell where cells are too small for signs.
const TILE_MIN = 8; // px of a cell from which on it is a tile
const BARS_MIN = 18; // px from which on it has bars of its shares
const TEXT_MIN = 38; // px from which on a cell of hosts has its numbers
const LINE = 13; // px that a label needs
const FONT = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

function canvasOf(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(Math.round(width), 1);
  canvas.height = Math.max(Math.round(height), 1);
  return canvas;
}

/** The tile of a face: `size` CSS px with the gap to the next one, drawn once for a density of pixels. */
function tileOf(face, size, density, withText) {
  if (face.tile && face.tileFor === `${size} ${density}`) return face.tile;
  const canvas = canvasOf(size * density, size * density), pen = canvas.getContext("2d");
  pen.scale(density, density);
  const side = size - (size >= 16 ? 2 : 1);
  pen.beginPath();
  pen.roundRect(0, 0, side, side, Math.min(size / 7, 5));
  pen.clip();
  const barred = face.bars && size >= BARS_MIN;
  pen.fillStyle = rgb(face.bars && !barred ? face.single : face.fill);
  pen.fillRect(0, 0, side, side);
  if (face.stripe) drawStripes(pen, face, side);
  if (barred) drawBars(pen, face, side);
  drawSign(pen, face, side, withText);
  face.tile = canvas;
  face.tileFor = `${size} ${density}`;
  return canvas;
}

function drawStripes(pen, face, side) {
  pen.strokeStyle = rgb(face.stripe);
  pen.lineWidth = Math.max(side / 16, 1);
  const step = Math.max(side / 5, 4);
  pen.beginPath();
  for (let at = -side; at < side; at += step) {
    pen.moveTo(at, side);
    pen.lineTo(at + side, 0);
  }
  pen.stroke();
}

function drawBars(pen, face, side) {
  const height = Math.max(side * 0.14, 2);
  pen.fillStyle = rgb(face.ground);
  pen.fillRect(0, side - height, side, height);
  let left = 0;
  for (const { share, fill } of face.bars) {
    pen.fillStyle = rgb(fill);
    pen.fillRect(left, side - height, side * share, height);
    left += side * share;
  }
}

function drawSign(pen, face, side, withText) {
  if (!face.sign) return;
  const plate = face.stripe && side >= 14;
  const barred = face.bars && side >= BARS_MIN - 2;
  const middle = withText ? side * 0.33 : barred ? side * 0.44 : side / 2;
  const extent = Math.min(side * (withText ? 0.42 : 0.62), 24);
  if (plate) {
    pen.fillStyle = rgb(face.fill);
    pen.beginPath();
    pen.arc(side / 2, middle, extent * 0.56, 0, 7);
    pen.fill();
  }
  pen.fillStyle = rgb(face.bars && !barred ? face.singleInk : face.ink);
  pen.font = `700 ${extent}px ${FONT}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(face.sign, side / 2, middle + extent * 0.06);
}

/** Everything that is shown, one pixel per cell; missing data alternates, so that it is told apart without colour. */
function pictureOf(shown, faces) {
  const width = shown.cols.length, height = shown.rows.length;
  const canvas = canvasOf(width, height), pen = canvas.getContext("2d");
  const picture = pen.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let row = 0, at = 0; row < height; row++) {
    for (let col = 0; col < width; col++, at++) {
      pixels[at] = faces.of(shown.cellAt(row, col)).pixels[row + col & 1];
    }
  }
  pen.putImageData(picture, 0, 0);
  return canvas;
}

/** Labels of an axis that fit: host by host, or one for each item; `{text, at, strong}` with `at` in px. */
function labelsOf(items, shownAt, size) {
  const entries = size >= LINE ? eachItem(items, shownAt, size) : eachHost(items, shownAt, size);
  let last = -Infinity;
  return entries.filter((entry) => {
    const fits = entry.at - last >= LINE;
    if (fits) last = entry.at;
    return fits;
  });
}

function eachItem(items, shownAt, size) {
  let host = null;
  return shownAt.map((at, place) => {
    const item = items[at];
    const known = item.isHost || item.host === host;
    if (item.isHost) host = item.host;
    return { text: known ? item.label : item.id, indent: !item.isHost && known, at: (place + 0.5) * size, strong: item.isHost && Boolean(item.end), place };
  });
}

function eachHost(items, shownAt, size) {
  return groupsOf(items, shownAt).map(({ host, first, last }) => (
    { text: host, indent: false, at: (first + last + 1) / 2 * size, strong: false, place: first, last }));
}

/** Runs of rows (columns) of one host: `{host, first, last}`. */
function groupsOf(items, shownAt) {
  const groups = [];
  shownAt.forEach((at, place) => {
    const host = items[at].host, open = groups[groups.length - 1];
    if (open && open.host === host) open.last = place;
    else groups.push({ host, first: place, last: place });
  });
  return groups;
}

/** The text, cut with dots where it is wider than `width` px. */
function cutText(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let end = Math.min(text.length, Math.ceil(width / 3));
  while (end > 1 && pen.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}
