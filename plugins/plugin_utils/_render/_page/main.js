// Puts the page together: the state of the controls, and what follows from it.
const SMALL = 48; // endpoints up to which the map begins with endpoints, not hosts
const VIEW_NAMES = { result: "Result", times: "Round trip", changes: "Changes" };
const state = { network: "0", family: "", level: "endpoints", view: "result", from: "", to: "", only: false, cause: null };
const pairKey = (block) => `${block.network}\n${block.to_network === null ? "" : block.to_network}`;
const networkPairs = [...new Map(BLOCKS.map((block) => [pairKey(block), block])).values()];
const levels = new Map();
let map = null, panel = null;

function blocksNow() {
  return BLOCKS.filter((block) => pairKey(block) === pairKey(networkPairs[Number(state.network)]));
}

function blockNow() {
  const blocks = blocksNow();
  return blocks.find((block) => block.family === state.family) || blocks[0];
}

function levelNow() {
  const block = blockNow(), key = `${BLOCKS.indexOf(block)} ${state.level} ${state.cause}`;
  if (!levels.has(key)) {
    levels.clear();
    markCause(block, state.cause);
    levels.set(key, state.level === "hosts" ? hostLevel(block) : endpointLevel(block));
  }
  return levels.get(key);
}

function refresh() {
  state.family = blockNow().family;
  drawChoices();
  const shown = viewOf(levelNow(), state);
  map.show(shown);
  offerTable(shown);
  drawLegend(shown);
  drawChosen(shown);
}

function change(values) {
  Object.assign(state, values);
  refresh();
}

function drawChoices() {
  const families = blocksNow().map((block) => [block.family, familyName(block.family)]);
  choice("family", families, state.family, (family) => change({ family }));
  choice("level", [["hosts", "Hosts"], ["endpoints", "Endpoints"]], state.level, (level) => change({ level }));
  const views = VIEWS.map((view) => [view, VIEW_NAMES[view], view === "changes" && !REPORT.changes]);
  choice("view", views, state.view, (view) => change({ view }));
  byId("family").hidden = families.length < 2;
  byId("from").value = state.from;
  byId("to").value = state.to;
  byId("only").checked = state.only;
}

function choice(name, options, value, onChoose) {
  const field = byId(name);
  if (field.dataset.options === JSON.stringify(options)) {
    for (const input of field.querySelectorAll("input")) input.checked = input.value === value;
    return;
  }
  field.dataset.options = JSON.stringify(options);
  const labels = options.map(([key, text, off]) => {
    const input = make("input", { type: "radio", name, value: key, disabled: Boolean(off), onchange: () => onChoose(key) });
    input.checked = key === value;
    return make("label", { title: off ? "There is no earlier report to compare with" : null }, input, make("span", {}, text));
  });
  field.replaceChildren(field.querySelector("legend"), make("div", { class: "row" }, ...labels));
}

function drawLegend(shown) {
  const used = new Set(), source = state.view === "changes" ? shown.level.changes : shown.level.kinds;
  for (const kind of source) used.add(kind);
  const words = state.view === "changes" ? CHANGES : CELLS;
  let cells = words.filter((_, kind) => used.has(kind) && !(words === CELLS && kind === NONE));
  const range = state.view === "times" ? timesIn(shown.level) : null;
  if (range) cells = cells.filter((cell) => cell !== CELLS[OPEN] && cell !== CELLS[LEAK]); // they have times
  const items = cells.map((cell) => make("li", {}, swatch(range && cell.sign && cell.css !== "is-void" && cell.css !== "is-blocked" ? { sign: cell.sign, css: "is-none" } : cell), cell.words));
  if (range) items.unshift(make("li", {}, duration(range.low), make("span", { class: "ramp" }), duration(range.high)));
  byId("legend").replaceChildren(...items);
}

function drawChosen(shown) {
  const cause = state.cause === null ? null : CAUSES.get(state.cause);
  const parts = [];
  if (cause) {
    parts.push(`Only the pairs of this cause stand out: ${cause.title}.`);
    parts.push(make("button", { type: "button", class: "quiet", onclick: () => change({ cause: null }) }, "Show all"));
  }
  if (!shown.rows.length || !shown.cols.length) parts.push("Nothing fits these filters.");
  else if (shown.rows.length < shown.level.rows.length || shown.cols.length < shown.level.cols.length) {
    parts.push(`${number(shown.rows.length)} of ${counted(shown.level.rows.length, "row")}, ${number(shown.cols.length)} of ${counted(shown.level.cols.length, "column")}.`);
  }
  byId("chosen").hidden = !parts.length;
  byId("chosen").replaceChildren(...parts);
  for (const card of document.querySelectorAll("[data-cause]")) {
    const lit = card.dataset.cause === state.cause;
    card.classList.toggle("lit", lit);
    for (const button of card.querySelectorAll("[aria-pressed]")) button.setAttribute("aria-pressed", lit);
  }
}

/** Highlights a cause, where it has pairs: in this block, or in the one that has the most of them. */
function showCause(id) {
  const most = [...BLOCKS].sort((a, b) => pairsOfCause(b, id) - pairsOfCause(a, id))[0];
  const block = pairsOfCause(blockNow(), id) ? blockNow() : most;
  change({ ...placeOf(block), cause: state.cause === id ? null : id, from: "", to: "" });
  byId("atlas").scrollIntoView({ block: "start" });
}

function placeOf(block) {
  return { network: String(networkPairs.findIndex((one) => pairKey(one) === pairKey(block))), family: block.family };
}

function showPair(block, source, target) {
  change({ ...placeOf(block), level: "endpoints", from: "", to: "", only: false });
  byId("network").value = state.network;
  panel.openPair(block, source, target);
  byId("atlas").scrollIntoView({ block: "start" });
}

function startAtlas() {
  const most = Math.max(...BLOCKS.map((block) => block.rows.length));
  state.level = most > SMALL ? "hosts" : "endpoints";
  const worst = [...BLOCKS].sort((a, b) => findingsOf(b) - findingsOf(a))[0];
  Object.assign(state, placeOf(worst));
  byId("atlas").hidden = false;
  panel = detailPanel({
    onCause: showCause, onClose: () => byId("map").focus({ preventScroll: true }), onLayout: () => map.layout(),
    onZoom: (from, to) => { panel.hide(); change({ level: "endpoints", from: `=${from}`, to: `=${to}` }); },
  });
  map = heatMap({ onOpen: panel.open, onSpeak: (text) => { byId("live").textContent = text; } });
  const select = byId("network");
  select.append(...networkPairs.map((block, at) => make("option", { value: at }, blockName(block).replace(/, IPv\d$/, ""))));
  select.value = state.network;
  byId("network-field").hidden = networkPairs.length < 2;
  listenToControls(select);
  refresh();
}

function findingsOf(block) {
  return REPORT.relations.filter((row) => row.network === block.network && row.to_network === block.to_network && row.family === block.family)
    .reduce((sum, row) => sum + row.unexpected + row.no_data, 0);
}

function listenToControls(select) {
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  select.addEventListener("change", () => change({ network: select.value }));
  for (const name of ["from", "to"]) byId(name).addEventListener("input", (event) => change({ [name]: event.target.value }));
  byId("only").addEventListener("change", (event) => change({ only: event.target.checked }));
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) map.layout(); width = innerWidth; });
}

/** The theme: the system's, or the one that was chosen on this page. Paper is light. */
function startTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)"), print = matchMedia("print");
  const names = ["system", "light", "dark"];
  let chosen = "system";
  const apply = () => {
    const dark = !print.matches && (chosen === "dark" || (chosen === "system" && system.matches));
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    byId("theme").textContent = `Theme: ${chosen}`;
    if (map) map.repaint();
  };
  byId("theme").addEventListener("click", () => { chosen = names[(names.indexOf(chosen) + 1) % names.length]; apply(); });
  system.addEventListener("change", apply);
  print.addEventListener("change", () => { apply(); preparePrint(print.matches); });
  apply();
}

function preparePrint(on) {
  for (const details of document.querySelectorAll(".card details, .folded details")) {
    details.dispatchEvent(new Event("fill"));
    if (on && !details.open) details.dataset.shut = "";
    if (on) details.open = true;
    else if ("shut" in details.dataset) { details.open = false; delete details.dataset.shut; }
  }
  if (map) map.print(on);
}

startTheme();
drawHero();
drawFindings({ onCause: showCause, onPair: showPair });
drawShown();
drawRelations();
drawFoot();
if (BLOCKS.some((block) => block.rows.length)) startAtlas();
