// What the map shows of a block: its endpoints, or its hosts with their pairs added up; and what a filter leaves of it.

/** Endpoints as rows and columns. */
function endpointLevel(block) {
  const matrix = matrixOf(block);
  return { name: "endpoints", block, rows: matrix.rows.map(endpointItem), cols: matrix.cols.map(endpointItem),
    kinds: matrix.kinds, times: matrix.times, changes: matrix.changes, marks: matrix.marks, counts: null };
}

function endpointItem(end) {
  const label = end.container === null ? end.hostName : end.container;
  return { id: end.id, label, host: end.hostName, isHost: end.container === null, end, search: end.search };
}

/** Hosts as rows and columns: `counts` has COUNTED numbers per cell. */
const COUNTED = 8; // pairs of each kind by its number, and the replied ones at 0 (no pair of a row has the kind NONE)
function hostLevel(block) {
  const matrix = matrixOf(block);
  const rows = hostItems(matrix.rows), cols = hostItems(matrix.cols);
  const size = rows.length * cols.length;
  const level = { name: "hosts", block, rows, cols, kinds: new Uint8Array(size), times: new Float32Array(size),
    changes: new Uint8Array(size), marks: new Uint8Array(size), counts: new Uint32Array(size * COUNTED) };
  const rowOf = placesOf(matrix.rows, rows), colOf = placesOf(matrix.cols, cols);
  for (let row = 0, cell = 0; row < matrix.rows.length; row++) {
    for (let col = 0; col < matrix.cols.length; col++, cell++) addPair(level, rowOf[row] * cols.length + colOf[col], matrix, cell);
  }
  for (let at = 0; at < size; at++) if (level.counts[at * COUNTED]) level.times[at] /= level.counts[at * COUNTED];
  return level;
}

function hostItems(ends) {
  const found = new Map();
  for (const end of ends) {
    if (!found.has(end.host)) {
      found.set(end.host, { id: end.hostName, label: end.hostName, host: end.hostName, isHost: true, ends: [], search: "" });
    }
    const item = found.get(end.host);
    item.ends.push(end);
    item.search += `${end.search}\n`;
  }
  return [...found.values()];
}

function placesOf(ends, items) {
  const places = new Map(items.map((item, at) => [item.host, at]));
  return Uint32Array.from(ends, (end) => places.get(end.hostName));
}

function addPair(level, at, matrix, cell) {
  const kind = matrix.kinds[cell];
  if (kind <= SELF) return;
  level.counts[at * COUNTED + kind]++;
  if (kind > level.kinds[at]) level.kinds[at] = kind;
  if (matrix.changes[cell] > level.changes[at]) level.changes[at] = matrix.changes[cell];
  if (matrix.marks[cell]) level.marks[at] = 1;
  if (matrix.times[cell]) {
    level.counts[at * COUNTED]++;
    level.times[at] += matrix.times[cell];
  }
}

/** The numbers of a cell of hosts. */
function countsOf(level, cell) {
  const of = (kind) => level.counts[cell * COUNTED + kind];
  const good = of(OPEN) + of(BLOCKED), wrong = of(BAD) + of(LEAK);
  return { pairs: good + wrong + of(VOID), good, wrong, open: of(OPEN), blocked: of(BLOCKED), bad: of(BAD), leak: of(LEAK), lack: of(VOID) };
}

/** The level behind filters: which rows and columns are shown, by their numbers in the level. */
function viewOf(level, { from, to, only, view, cause }) {
  let rows = matching(level.rows, from), cols = matching(level.cols, to);
  if (only) {
    const width = level.cols.length;
    const found = (cell) => (cause !== null ? level.marks[cell] : view === "changes" ? level.changes[cell] : level.kinds[cell] >= VOID);
    const keptRows = rows.filter((row) => cols.some((col) => found(row * width + col)));
    cols = cols.filter((col) => keptRows.some((row) => found(row * width + col)));
    rows = keptRows;
  }
  return { level, rows, cols, view, dims: cause !== null, cellAt: (r, c) => rows[r] * level.cols.length + cols[c] };
}

function matching(items, text) {
  const wanted = text.trim().toLowerCase();
  const exact = wanted.startsWith("=") ? wanted.slice(1) : null;
  const fits = (item) => (exact === null ? item.search.includes(wanted) : [item.id, item.host].some((name) => name.toLowerCase() === exact));
  return items.map((item, at) => (fits(item) ? at : -1)).filter((at) => at >= 0);
}

/** The shortest and longest time in the level, in µs; null when there is none. */
function timesIn(level) {
  let low = Infinity, high = 0;
  for (const time of level.times) {
    if (time > 0 && time < low) low = time;
    if (time > high) high = time;
  }
  return high ? { low, high: Math.max(high, low * 1.5) } : null;
}

/** A cell in words: for the tooltip, the table and the voice. */
function cellWords(shown, row, col) {
  const { level, view } = shown;
  const cell = shown.cellAt(row, col), kind = level.kinds[cell];
  const words = [];
  if (level.counts && kind > SELF) words.push(...countWords(countsOf(level, cell)));
  else words.push(CELLS[level.counts ? NONE : kind].words);
  if (view === "changes" && level.changes[cell]) words.push(CHANGES[level.changes[cell]].words);
  if (level.times[cell]) words.push(`${level.counts ? "round trip on average" : "round trip"} ${duration(level.times[cell])}`);
  return words;
}

function countWords(counts) {
  const parts = [`${number(counts.good)} of ${counted(counts.pairs, "pair")} as expected`];
  if (counts.bad) parts.push(`${number(counts.bad)} blocked, must be open`);
  if (counts.leak) parts.push(`${number(counts.leak)} open, must be blocked`);
  if (counts.lack) parts.push(`${number(counts.lack)} without data`);
  return parts;
}
