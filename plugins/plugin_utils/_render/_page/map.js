// The heat map: a canvas that stays in place over a sheet as large as all cells, so that scrolling is the browser's own.
const SIZES = [1, 2, 3, 4, 6, 8, 11, 14, 18, 22, 28, 36, 46, 60];

function heatMap({ onOpen, onSpeak }) {
  const map = byId("map"), sheet = byId("sheet"), canvas = byId("canvas"), tip = byId("tip"), pen = canvas.getContext("2d");
  let shown = null, faces = null, picture = null, palette = readPalette(), size = 8, chosenSize = null, left = 0, top = 0;
  let cursor = null, hover = null, asked = false, rowLabels = [], colLabels = [], upright = true, printing = false;

  function show(next) {
    shown = next;
    cursor = hover = null;
    tip.hidden = true;
    repaint();
    layout();
  }

  function repaint() {
    palette = readPalette();
    if (!shown) return;
    faces = facesFor(shown, palette);
    picture = null;
    ask();
  }

  /** Finds the size of the cells and of the canvas for the room there is. */
  function layout() {
    if (!shown) return;
    const room = printing ? 680 : map.parentElement.clientWidth;
    const tall = printing ? 900 : Math.max(innerHeight * 0.78, 320);
    measureHeads(room);
    const most = shown.level.counts ? 64 : 48;
    const fit = Math.floor(Math.min((room - left - 2) / Math.max(shown.cols.length, 1), (tall - top - 2) / Math.max(shown.rows.length, 1)));
    const least = shown.cols.length > 250 ? 1 : Math.min(Math.floor((room - left - 2) / Math.max(shown.cols.length, 1)), 16);
    size = (!printing && chosenSize) || Math.max(Math.min(Math.max(fit, least), most), 1);
    rowLabels = labelsOf(shown.level.rows, shown.rows, size);
    colLabels = labelsOf(shown.level.cols, shown.cols, size);
    pen.font = `500 12.5px ${FONT}`;
    upright = !colLabels.every(({ text }) => pen.measureText(text).width < size - 4);
    if (!upright) top = 28;
    const width = left + shown.cols.length * size, height = top + shown.rows.length * size;
    sheet.style.width = `${width}px`;
    sheet.style.height = `${height}px`;
    const bar = width > room && !printing ? 14 : 0;
    map.style.width = height > tall ? "" : `${Math.min(width, room)}px`;
    map.style.height = `${Math.min(height + bar, tall)}px`;
    if (printing) resize(width, height);
    else resize(Math.min(width, map.clientWidth), Math.min(height, map.clientHeight)); // without the scrollbars
  }

  function measureHeads(room) {
    pen.font = `600 12.5px ${FONT}`;
    const widest = (items, places) => Math.max(24, ...eachItem(items, places, 1).slice(0, 400).map(({ text }) => pen.measureText(text).width));
    left = Math.min(widest(shown.level.rows, shown.rows) + 26, room * 0.34, 240);
    top = Math.min(widest(shown.level.cols, shown.cols) + 24, 170);
  }

  function resize(width, height) {
    const density = devicePixelRatio || 1;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    draw();
  }

  function ask() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(draw);
  }

  function draw() {
    asked = false;
    if (!shown) return;
    const density = devicePixelRatio || 1, width = canvas.width / density, height = canvas.height / density;
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.fillStyle = rgb(palette.paper);
    pen.fillRect(0, 0, width, height);
    pen.save();
    pen.beginPath();
    pen.rect(left - 4, top - 4, width, height); // room for the ring of a first cell
    pen.clip();
    if (size >= TILE_MIN) drawTiles(width, height, density);
    else drawPicture();
    drawGroups(width, height);
    drawRing(hover, 1.5);
    drawRing(cursor, 2.5);
    pen.restore();
    drawHeads(width, height);
    if (!performance.getEntriesByName("map painted").length) performance.mark("map painted");
  }

  function drawPicture() {
    picture = picture || pictureOf(shown, faces);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(picture, left - map.scrollLeft, top - map.scrollTop, picture.width * size, picture.height * size);
  }

  function drawTiles(width, height, density) {
    const first = (scroll) => Math.max(Math.floor(scroll / size), 0);
    const rows = Math.min(Math.ceil((map.scrollTop + height - top) / size), shown.rows.length);
    const cols = Math.min(Math.ceil((map.scrollLeft + width - left) / size), shown.cols.length);
    const withText = Boolean(shown.level.counts) && size >= TEXT_MIN;
    for (let row = first(map.scrollTop); row < rows; row++) {
      for (let col = first(map.scrollLeft); col < cols; col++) {
        const cell = shown.cellAt(row, col), face = faces.of(cell);
        const x = left + col * size - map.scrollLeft, y = top + row * size - map.scrollTop;
        pen.drawImage(tileOf(face, size, density, withText), x, y, size, size);
        if (withText) drawNumbers(cell, face, x, y);
      }
    }
  }

  function drawNumbers(cell, face, x, y) {
    const { good, pairs } = countsOf(shown.level, cell);
    const times = shown.view === "times";
    if (!pairs || (times && !shown.level.times[cell])) return;
    const text = times ? (shown.level.times[cell] / 1000).toPrecision(2) : `${good}/${pairs}`;
    pen.font = `550 ${Math.min(size * 0.24, 13)}px ${FONT}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    if (face.stripe) {
      const half = pen.measureText(text).width / 2 + 3;
      pen.fillStyle = rgb(face.fill);
      pen.fillRect(x + size / 2 - 1 - half, y + size * 0.55, half * 2, size * 0.26);
    }
    pen.fillStyle = rgb(face.bars ? palette.ink : face.ink);
    pen.fillText(text, x + size / 2 - 1, y + size * (face.sign ? 0.68 : 0.48));
  }

  function drawGroups(width, height) {
    if (shown.level.counts || size < 3) return;
    pen.fillStyle = rgb(palette.paper);
    const thick = size >= TILE_MIN ? 3 : 1;
    for (const { first } of groupsOf(shown.level.rows, shown.rows).slice(1)) pen.fillRect(left, top + first * size - map.scrollTop - thick + 1, width, thick);
    for (const { first } of groupsOf(shown.level.cols, shown.cols).slice(1)) pen.fillRect(left + first * size - map.scrollLeft - thick + 1, top, thick, height);
  }

  function drawRing(at, thick) {
    if (!at) return;
    const side = Math.max(size - 1, 5);
    const x = left + at.col * size - map.scrollLeft - 0.5, y = top + at.row * size - map.scrollTop - 0.5;
    for (const [colour, grow, line] of [[palette.paper, 1.5, thick + 2], [thick > 2 ? palette.focus : palette.ink, 1, thick]]) {
      pen.strokeStyle = rgb(colour);
      pen.lineWidth = line;
      pen.strokeRect(x - grow + 0.5, y - grow + 0.5, side + grow * 2 - 1, side + grow * 2 - 1);
    }
  }

  function drawHeads(width, height) {
    const lit = hover || cursor;
    pen.fillStyle = rgb(palette.paper);
    pen.fillRect(0, 0, width, top - 4);
    pen.fillRect(0, 0, left - 4, height);
    pen.textBaseline = "middle";
    drawLabels(rowLabels, height - top, lit && lit.row, false);
    drawLabels(colLabels, width - left, lit && lit.col, true);
    pen.fillStyle = rgb(palette.paper);
    pen.fillRect(0, 0, left - 2, top - 2);
    pen.fillStyle = rgb(palette.soft);
    pen.font = `400 11.5px ${FONT}`;
    pen.textAlign = "right";
    if (pen.measureText("from ↓  to →").width < left - 12) pen.fillText("from ↓  to →", left - 10, top - 11);
  }

  function drawLabels(labels, room, lit, columns) {
    for (const { text, at, strong, indent, place, last } of labels) {
      const along = at - (columns ? map.scrollLeft : map.scrollTop);
      if (along < -size || along > room + size) continue;
      const isLit = lit !== null && lit !== undefined && lit >= place && lit <= (last ?? place);
      pen.fillStyle = rgb(isLit || strong ? palette.ink : palette.soft);
      pen.font = `${isLit || strong ? 620 : 450} 12.5px ${FONT}`;
      pen.save();
      if (!columns) {
        pen.textAlign = "left";
        pen.fillText(cutText(pen, text, left - 12 - (indent ? 12 : 0)), indent ? 12 : 0, top + along);
      } else if (upright) {
        pen.translate(left + along, top - 8);
        pen.rotate(-Math.PI / 2);
        pen.textAlign = "left";
        pen.fillText(cutText(pen, text, top - 12), 0, 0);
      } else {
        pen.textAlign = "center";
        pen.fillText(text, left + along - 1, top - 12);
      }
      pen.restore();
    }
  }

  /** The cell under a point of the window, or null. */
  function cellUnder(event) {
    const box = canvas.getBoundingClientRect();
    const x = event.clientX - box.left - left, y = event.clientY - box.top - top;
    if (x < 0 || y < 0) return null;
    const col = Math.floor((x + map.scrollLeft) / size), row = Math.floor((y + map.scrollTop) / size);
    return row < shown.rows.length && col < shown.cols.length ? { row, col } : null;
  }

  function point(event) {
    hover = shown && cellUnder(event);
    tip.hidden = !hover;
    if (hover) {
      const [title, words] = told(hover);
      tip.replaceChildren(make("b", {}, title), words);
      const x = Math.min(event.clientX + 16, innerWidth - tip.offsetWidth - 8);
      const below = event.clientY + 18, y = below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 12 : below;
      tip.style.left = `${Math.max(x, 8)}px`;
      tip.style.top = `${y}px`;
    }
    ask();
  }

  function told({ row, col }) {
    const { level } = shown;
    const title = `${level.rows[shown.rows[row]].id} → ${level.cols[shown.cols[col]].id}`;
    return [title, cellWords(shown, row, col).join(" · ")];
  }

  function moveTo(row, col) {
    if (!shown.rows.length || !shown.cols.length) return;
    cursor = { row: Math.max(0, Math.min(row, shown.rows.length - 1)), col: Math.max(0, Math.min(col, shown.cols.length - 1)) };
    const reveal = (place, scroll, room) => Math.min(place * size, Math.max(scroll, (place + 1) * size - room));
    map.scrollLeft = reveal(cursor.col, map.scrollLeft, map.clientWidth - left);
    map.scrollTop = reveal(cursor.row, map.scrollTop, map.clientHeight - top);
    onSpeak(told(cursor).join(": "));
    ask();
  }

  function open() {
    if (cursor) onOpen(shown, cursor.row, cursor.col);
  }

  function zoom(direction) {
    const index = direction > 0 ? SIZES.findIndex((one) => one > size) : SIZES.filter((one) => one < size).length - 1;
    chosenSize = direction ? SIZES[Math.max(index, 0)] || size : null;
    const { row, col } = cursor || { row: (map.scrollTop + map.clientHeight / 2) / size, col: (map.scrollLeft + map.clientWidth / 2) / size };
    layout();
    map.scrollTop = (row + 0.5) * size - (map.clientHeight - top) / 2;
    map.scrollLeft = (col + 0.5) * size - (map.clientWidth - left) / 2;
    ask();
  }

  listen({ map, canvas, point, leave: () => { hover = null; tip.hidden = true; ask(); }, ask, moveTo, open, zoom, cellUnder, cursorNow: () => cursor, pageSize: () => Math.max(Math.floor((map.clientHeight - top) / size), 1) });
  return { show, repaint, layout, moveTo, refit: () => { chosenSize = null; layout(); }, print: (on) => { printing = on; repaint(); layout(); } };
}
