// Tables: the relations, and the map once more as words for those who do not see it.
const TABLE_MAX = 40; // rows or columns up to which the map has a table

function tableOf(caption, heads, bodies) {
  const head = make("thead", {}, make("tr", {}, ...heads.map(([text, css]) => make("th", { scope: "col", class: css || null }, text))));
  return make("table", {}, caption && make("caption", { class: "spoken" }, caption), head, ...bodies.map((rows) => make("tbody", {}, ...rows)));
}

const RELATION_HEADS = [["Between"], ["Expected"], ["As expected", "n"], ["Unexpected", "n"], ["No data", "n"], ["Median", "n"], ["95 %", "n"], ["Longest", "n"]];

function drawRelations() {
  if (!REPORT.relations.length) return;
  const groups = new Map();
  for (const row of REPORT.relations) groups.set(blockName(row), [...(groups.get(blockName(row)) || []), row]);
  const bodies = [...groups].map(([name, rows]) => [
    make("tr", {}, make("th", { scope: "rowgroup", colspan: RELATION_HEADS.length, class: "group" }, name, make("span", { class: "meta" }, kindOf(rows[0])))), ...rows.map(relationRow)]);
  byId("relations-body").append(tableOf(null, RELATION_HEADS, bodies));
  byId("relations").hidden = false;
}

/** What kind of network a row is about; nothing for two of them. */
function kindOf(row) {
  return row.to_network === null ? ` ${REPORT.networks.find((network) => network.name === row.network).words}` : "";
}

function relationRow(row) {
  const why = row.why || row.reason, or = (count, css) => make("td", { class: count ? `n ${css}` : "n" }, count ? number(count) : "–");
  return make("tr", {},
    make("td", {}, row.way ? ONE_WAY[row.way] : RELATIONS[row.relation], row.shim && " with a shim"),
    make("td", {}, row.expected, why && make("div", { class: "meta" }, why)),
    make("td", { class: "n" }, `${number(row.as_expected)} of ${number(row.pairs)}`),
    or(row.unexpected, "wrong"), or(row.no_data, "lack"),
    ...["p50", "p95", "max"].map((key) => make("td", { class: "n" }, row.rtt_ms ? duration(row.rtt_ms[key] * 1000) : "–")));
}

/** Offers what is shown as a table, where that is not too large; it is made when it is opened. */
function offerTable(shown) {
  const details = byId("table"), small = shown.rows.length <= TABLE_MAX && shown.cols.length <= TABLE_MAX;
  details.hidden = !small || !shown.rows.length;
  const fill = () => {
    if (!details.open || details.hidden) return;
    const { rows, cols } = shown.level;
    const heads = [["From \\ to"], ...shown.cols.map((col) => [cols[col].id])];
    const body = shown.rows.map((row, r) => make("tr", {}, make("th", { scope: "row" }, rows[row].id),
      ...shown.cols.map((_, c) => make("td", {}, cellWords(shown, r, c).join(", ")))));
    byId("table-body").replaceChildren(tableOf(`Who reaches whom: ${blockName(shown.level.block)}`, heads, [body]));
  };
  details.ontoggle = fill;
  fill();
}
