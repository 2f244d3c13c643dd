// What the panel says of one pair: what was expected and why, what was seen, and what is to blame.
function pairDetails(pair, { onCause, onPair }) {
  const cell = CELLS[pair.kind], rule = expectationOf(pair);
  const items = [
    ["Network", blockName(pair.block)],
    ["From", address(pair.source, pair.block.family)],
    ["To", address(pair.target, pair.block.family)],
    ["Relation", RELATIONS[relationOf(pair.source, pair.target)]],
    ["Expected", [pair.expected, note(pair.why || (rule && rule.reason))]],
    ["Observed", [pair.observed, note(pair.state === "." ? "the host brought no records" : STATES[pair.state])]],
    ["Round trip", pair.times && timesWords(pair.times)],
    ["Loss", pair.loss ? percent(pair.loss) : null],
    ["Way back", pair.back && wayBack(pair, onPair)],
    ["Last run", REPORT.changes && pair.change !== CALM ? CHANGES[pair.change].words : null],
    ["It needs", pair.kind === BAD && rule && rule.needs ? rule.needs : null],
  ];
  return [
    make("h3", {}, `${pair.source.id} → ${pair.target.id}`),
    make("p", { class: "is" }, swatch(cell), cell.words),
    definitions(items),
    pair.cause && causeCard(pair.cause, onCause),
  ];
}

function definitions(items) {
  return make("dl", {}, ...items.filter(([, value]) => value).map(([name, value]) => [make("dt", {}, name), make("dd", {}, ...[value].flat().filter(Boolean))]));
}

function note(text) {
  return text ? make("span", { class: "sub" }, text) : null;
}

function address(end, family) {
  const macs = end.macs.length ? note(named(end.macs, 3)) : null;
  const state = end.state ? note(end.state === "lost" ? "its host was lost" : "no link but lo") : null;
  return [make("span", { class: "mono" }, end[family] || "no known address"), macs, state];
}

function timesWords([average, low, high]) {
  if (average === null) return null;
  return [duration(average), low === null ? null : note(`${duration(low)} to ${duration(high)}`)];
}

function wayBack(pair, onPair) {
  const kind = KIND_OF_SIGN[pair.back];
  const oneWay = pair.kind === BAD && pair.back === "o" ? note("one-way: the answer's direction works") : null;
  const go = make("button", { type: "button", class: "link", onclick: () => onPair(pair.block, pair.target, pair.source) }, CELLS[kind].words);
  return [go, oneWay];
}

/** A cause in short, with a way to see all of its pairs. */
function causeCard(cause, onCause) {
  return make("div", { class: "card" },
    make("p", { class: "meta" }, "Cause"),
    make("h3", {}, cause.title),
    make("p", {}, cause.explanation),
    evidenceOf(cause),
    make("p", { class: "cure" }, make("b", {}, "Cure: "), `${cause.cure}.`),
    make("div", { class: "acts" }, make("button", { type: "button", class: "quiet", onclick: () => onCause(cause.id) }, "Show all of its pairs")));
}

function evidenceOf(cause) {
  return cause.evidence.length ? make("ul", { class: "evidence" }, ...cause.evidence.map((line) => make("li", {}, line))) : null;
}
