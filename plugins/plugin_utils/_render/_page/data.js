// The embedded report unpacked: endpoints by number, blocks as flat arrays, and questions about single pairs.
const REPORT = JSON.parse(document.getElementById("data").textContent);

// What a cell can be. In an aggregate the highest number of its pairs wins, unexpected before missing before expected.
const NONE = 0, SELF = 1, OPEN = 2, BLOCKED = 3, VOID = 4, BAD = 5, LEAK = 6;
const KIND_OF_SIGN = { "o": OPEN, "-": BLOCKED, "?": VOID, "~": VOID, "X": BAD, "!": LEAK };
const EXPECTED_OF_SIGN = { "o": "open", "X": "open", "?": "open", "-": "blocked", "!": "blocked", "~": "blocked" };
const IMPLIED_STATE = { "o": "0", "!": "0", "-": "1", "X": "1", "?": ".", "~": "." };
const CALM = 0, STILL = 1, HEALED = 2, BROKEN = 3;

const DIGIT = new Uint8Array(128);
for (let n = 0; n < REPORT.alphabet.length; n++) DIGIT[REPORT.alphabet.charCodeAt(n)] = n;
const BASE = REPORT.alphabet.length;
const MICROSECONDS = Float32Array.from({ length: BASE * BASE }, (_, code) => 2 ** (code / REPORT.steps) - 1);

const ENDPOINTS = REPORT.endpoints.map(([network, host, container, ipv4, ipv6, macs, shim, state], index) => {
  const hostName = REPORT.hosts[host].name;
  const id = container === null ? hostName : `${hostName}/${container}`;
  const search = [id, ipv4, ipv6].filter(Boolean).join("\n").toLowerCase();
  return { index, id, network, host, hostName, container, ipv4, ipv6, macs, shim, state, search };
});
const CAUSES = new Map(REPORT.causes.map((cause) => [cause.id, cause]));
const BLOCKS = REPORT.blocks;
const RUN = /(.)\((\d+)\)/g;
for (const row of BLOCKS.flatMap((block) => block.rows)) {
  for (const key of ["signs", "states", "loss"]) if (row[key]) row[key] = row[key].replace(RUN, (_, sign, count) => sign.repeat(count));
}

/** The time in µs at a position of a row, or null; `which` is 0 for the average, 1 and 2 for minimum and maximum. */
function timeAt(row, position, which = 0) {
  const text = row.rtt && row.rtt[which];
  if (!text || text.charCodeAt(2 * position) === 32) return null;
  return MICROSECONDS[DIGIT[text.charCodeAt(2 * position)] * BASE + DIGIT[text.charCodeAt(2 * position + 1)]];
}

/** Calls back with each target of a row: its position, and the index of the endpoint. */
function eachTarget(row, visit) {
  let position = 0;
  for (const [first, last] of row.targets) for (let target = first; target <= last; target++) visit(position++, target);
}

/** Where a target stands in a row, or -1. */
function positionOf(row, target) {
  let start = 0;
  for (const [first, last] of row.targets) {
    if (target >= first && target <= last) return start + target - first;
    start += last - first + 1;
  }
  return -1;
}

/** The name whose ranges hold the position, or null. */
function nameAt(named, position) {
  for (const [name, ranges] of Object.entries(named || {})) if (holds(ranges, position)) return name;
  return null;
}

function holds(ranges, position) {
  return (ranges || []).some(([first, last]) => position >= first && position <= last);
}

function changeAt(row, position) {
  if (holds(row.newly_broken, position)) return BROKEN;
  if (holds(row.healed, position)) return HEALED;
  return REPORT.changes && "X!".includes(row.signs[position]) ? STILL : CALM;
}

/** The matrix of a block, endpoint by endpoint: axes of endpoints, and one array entry per cell. Made once. */
function matrixOf(block) {
  if (block.matrix) return block.matrix;
  const sources = new Set(), targets = new Set();
  for (const row of block.rows) {
    sources.add(row.source);
    eachTarget(row, (_, target) => targets.add(target));
  }
  if (block.to_network === null) for (const one of [...sources, ...targets]) { sources.add(one); targets.add(one); }
  const ascending = (set) => [...set].sort((a, b) => a - b).map((index) => ENDPOINTS[index]);
  const rows = ascending(sources), cols = ascending(targets);
  const place = new Map(cols.map((end, number) => [end.index, number]));
  const size = rows.length * cols.length;
  const matrix = {
    rows, cols, place, of: new Map(block.rows.map((row) => [row.source, row])),
    kinds: new Uint8Array(size), times: new Float32Array(size), changes: new Uint8Array(size), marks: new Uint8Array(size),
  };
  rows.forEach((end, number) => fillRow(matrix, matrix.of.get(end.index), end, number * cols.length));
  return (block.matrix = matrix);
}

function fillRow(matrix, row, end, start) {
  if (matrix.place.has(end.index)) matrix.kinds[start + matrix.place.get(end.index)] = SELF;
  if (!row) return;
  eachTarget(row, (position, target) => {
    const cell = start + matrix.place.get(target);
    matrix.kinds[cell] = KIND_OF_SIGN[row.signs[position]];
    matrix.times[cell] = timeAt(row, position) || 0;
    if (REPORT.changes && matrix.kinds[cell] > VOID) matrix.changes[cell] = STILL;
  });
  markRanges(matrix, row, row.healed, start, (cell) => { matrix.changes[cell] = HEALED; });
  markRanges(matrix, row, row.newly_broken, start, (cell) => { matrix.changes[cell] = BROKEN; });
}

/** Calls back with the cell of each position in ranges of a row whose cells begin at `start`. */
function markRanges(matrix, row, ranges, start, visit) {
  if (!ranges || !ranges.length) return;
  const targets = [];
  eachTarget(row, (_, target) => targets.push(target));
  for (const [first, last] of ranges) for (let n = first; n <= last; n++) visit(start + matrix.place.get(targets[n]));
}

/** Marks the pairs of a cause (null: of none) in the matrix of a block. */
function markCause(block, id) {
  const matrix = matrixOf(block);
  matrix.marks.fill(0);
  matrix.rows.forEach((end, number) => {
    const row = matrix.of.get(end.index);
    const ranges = id !== null && row && row.causes && row.causes[id];
    if (ranges) markRanges(matrix, row, ranges, number * matrix.cols.length, (cell) => { matrix.marks[cell] = 1; });
  });
}

/** How many pairs of a cause a block has. */
function pairsOfCause(block, id) {
  let pairs = 0;
  for (const row of block.rows) {
    for (const [first, last] of (row.causes && row.causes[id]) || []) pairs += last - first + 1;
  }
  return pairs;
}

/** The first pairs of a cause, over all blocks: `{block, source, target}` with endpoints. */
function examplesOf(id, limit) {
  const found = [];
  for (const block of BLOCKS) for (const row of block.rows) {
    if (!row.causes || !row.causes[id] || found.length >= limit) continue;
    eachTarget(row, (position, target) => {
      if (found.length < limit && holds(row.causes[id], position)) {
        found.push({ block, source: ENDPOINTS[row.source], target: ENDPOINTS[target] });
      }
    });
  }
  return found;
}

/** All that is known of one pair, or null where it was not probed. */
function pairOf(block, source, target) {
  const row = matrixOf(block).of.get(source.index);
  const position = row ? positionOf(row, target.index) : -1;
  if (position < 0) return null;
  const sign = row.signs[position];
  const state = row.states ? row.states[position] : IMPLIED_STATE[sign];
  return {
    block, source, target, sign, kind: KIND_OF_SIGN[sign], expected: EXPECTED_OF_SIGN[sign], state,
    observed: KIND_OF_SIGN[sign] === VOID ? "no data" : "o!".includes(sign) ? "open" : "blocked",
    times: state === "0" ? [0, 1, 2].map((which) => timeAt(row, position, which)) : null,
    loss: row.loss && row.loss[position] !== " " ? DIGIT[row.loss.charCodeAt(position)] / (BASE - 1) : 0,
    why: nameAt(row.why, position), cause: CAUSES.get(nameAt(row.causes, position)) || null,
    change: changeAt(row, position), back: signBack(block, source, target),
  };
}

/** The sign of the way back within the same network, or null. */
function signBack(block, source, target) {
  const row = block.to_network === null ? matrixOf(block).of.get(target.index) : null;
  const position = row ? positionOf(row, source.index) : -1;
  return position < 0 ? null : row.signs[position];
}
