// The panel beside the map: a pair, or all pairs from one host to another.
const LISTED = 12; // pairs of two hosts that are listed one by one

function detailPanel({ onCause, onZoom, onClose, onLayout }) {
  const panel = byId("panel"), stage = panel.parentElement;

  function open(...content) {
    const wasHidden = panel.hidden;
    const close = make("button", { type: "button", class: "quiet close", onclick: hide }, "Close");
    panel.replaceChildren(close, ...content.flat().filter(Boolean));
    panel.hidden = false;
    panel.scrollTop = 0;
    stage.classList.add("split");
    if (wasHidden) onLayout();
    panel.focus({ preventScroll: true });
  }

  function hide() {
    if (panel.hidden) return;
    panel.hidden = true;
    stage.classList.remove("split");
    onLayout();
    onClose();
  }

  function openPair(block, source, target) {
    const pair = pairOf(block, source, target);
    if (pair) open(pairDetails(pair, { onCause, onPair: openPair }));
    else open(make("h3", {}, `${source.id} → ${target.id}`), make("p", { class: "is" }, source === target ? "An endpoint does not probe itself." : "This pair was not probed."));
  }

  function openHosts(level, row, col) {
    const source = level.rows[row], target = level.cols[col], cell = row * level.cols.length + col;
    const counts = countsOf(level, cell);
    const time = level.times[cell] ? [["Round trip", `${duration(level.times[cell])} on average`]] : [];
    const pairs = pairsBetween(level.block, source, target);
    const wrong = pairs.filter((pair) => pair.kind >= VOID).sort((a, b) => b.kind - a.kind);
    open(
      make("h3", {}, `${source.id} → ${target.id}`),
      make("p", { class: "is" }, swatch(CELLS[level.kinds[cell]]), counts.pairs ? `${number(counts.good)} of ${counted(counts.pairs, "pair")} as expected` : "no pair was probed"),
      definitions([["Network", blockName(level.block)], ...tally(counts), ...time]),
      make("div", { class: "acts" }, make("button", { type: "button", class: "quiet", onclick: () => onZoom(source.id, target.id) }, "Show its endpoints")),
      causesOf(wrong, onCause),
      pairList(wrong, openPair),
    );
  }

  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  byId("map").addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  return {
    hide,
    open(shown, row, col) {
      const { level } = shown, source = level.rows[shown.rows[row]], target = level.cols[shown.cols[col]];
      if (level.counts) openHosts(level, shown.rows[row], shown.cols[col]);
      else openPair(level.block, source.end, target.end);
    },
    openPair,
  };
}

function tally(counts) {
  const kinds = [[OPEN, counts.open], [BLOCKED, counts.blocked], [BAD, counts.bad], [LEAK, counts.leak], [VOID, counts.lack]];
  return kinds.filter(([, count]) => count).map(([kind, count]) => [number(count), CELLS[kind].words]);
}

function pairsBetween(block, source, target) {
  return source.ends.flatMap((from) => target.ends.map((to) => pairOf(block, from, to)).filter(Boolean));
}

function causesOf(pairs, onCause) {
  const found = new Map();
  for (const { cause } of pairs) if (cause) found.set(cause, (found.get(cause) || 0) + 1);
  return [...found].sort((a, b) => b[1] - a[1]).map(([cause, count]) => make("div", { class: "card" },
    make("p", { class: "meta" }, `Cause of ${counted(count, "pair")} here`),
    make("h3", {}, cause.title),
    make("p", { class: "cure" }, make("b", {}, "Cure: "), `${cause.cure}.`),
    make("div", { class: "acts" }, make("button", { type: "button", class: "quiet", onclick: () => onCause(cause.id) }, "Show all of its pairs"))));
}

function pairList(pairs, onPair) {
  if (!pairs.length) return null;
  const rows = pairs.slice(0, LISTED).map((pair) => make("li", {},
    make("button", { type: "button", class: "link", onclick: () => onPair(pair.block, pair.source, pair.target) }, `${pair.source.id} → ${pair.target.id}`)));
  const rest = pairs.length - LISTED;
  return make("div", { class: "listed" }, make("h3", {}, "Not as expected"), make("ul", { class: "pairs" }, ...rows, rest > 0 && make("li", { class: "meta" }, `and ${number(rest)} more`)));
}
