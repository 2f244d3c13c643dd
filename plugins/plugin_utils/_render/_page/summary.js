// The first screen: verdict, numbers, causes, failed checks, lost hosts, changes. And the table of relations.
const VERDICTS = { pass: ["✓", "pass", "Pass"], fail: ["✕", "is-bad", "Fail"], incomplete: ["?", "is-void", "Incomplete"] };
const TOPOLOGIES = {
  hosts: "Between two hosts only endpoints with the same number were probed, and each host with the first container of every other one",
  ring: "Each host was probed with the next ones on a ring of hosts only, and within a host each endpoint with the next one",
};
const EXAMPLES = 10; // pairs that a cause lists
const LINES = 6; // of a list beside the causes; the rest is folded away

function headline() {
  const { pairs, as_expected: good, unexpected_blocked: bad, unexpected_open: leak, no_data: lack } = REPORT.totals;
  if (!pairs) return "No pair was probed";
  if (good === pairs) return REPORT.verdict !== "pass" ? `All ${counted(pairs, "pair")} as expected, but not all checks` : `All ${counted(pairs, "pair")} as expected`;
  if (!bad && !leak) return `${number(lack)} of ${counted(pairs, "pair")} without data`;
  return `${number(bad + leak)} of ${counted(pairs, "pair")} not as expected`;
}

function drawHero() {
  const [sign, css, word] = VERDICTS[REPORT.verdict] || VERDICTS.incomplete;
  const badge = make("p", { class: `badge ${REPORT.verdict}` }, make("span", { class: `swatch ${css}`, "aria-hidden": "true" }, sign), word);
  byId("plain").remove();
  byId("verdict").textContent = headline();
  byId("hero").prepend(badge);
  byId("hero").append(...[lede(), shareBar(), facts()].filter(Boolean));
  byId("when").textContent = moment(REPORT.generated_at);
}

function lede() {
  const parts = [];
  const { asked, kind, limit } = REPORT.topology || {};
  if (TOPOLOGIES[kind]) {
    parts.push(`${TOPOLOGIES[kind]}, ${asked === "auto" ? `because all pairs would be more than the limit of ${number(limit)}` : "as it was asked for"}.`);
  }
  if (REPORT.verdict === "pass" && !parts.length) parts.push("Every container and host reaches what it must reach, and nothing else.");
  if (!REPORT.endpoints.length) parts.push("The run ended before the endpoints of the fleet were known.");
  return parts.length ? make("p", { class: "lede" }, parts.join(" ")) : null;
}

function shareBar() {
  const totals = REPORT.totals;
  const parts = [
    [totals.as_expected, { sign: "", css: "is-open", words: "as expected" }], [totals.unexpected_blocked, CELLS[BAD]],
    [totals.unexpected_open, CELLS[LEAK]], [totals.no_data, CELLS[VOID]],
  ].filter(([count]) => count);
  if (!parts.length) return null;
  const bars = parts.map(([count, cell]) => {
    const bar = make("span", { class: cell.css });
    bar.style.flex = `${count} 1 0`;
    return bar;
  });
  const items = parts.map(([count, cell]) => make("li", {}, swatch(cell), make("span", {}, make("b", {}, number(count)), ` ${cell.words}`)));
  return make("div", {}, make("div", { class: "share", "aria-hidden": "true" }, ...bars), make("ul", { class: "shares" }, ...items));
}

function facts() {
  const lost = REPORT.hosts.filter((host) => host.lost).length;
  const middle = slowest("p50"), most = slowest("p95");
  const rows = [
    ["Hosts", number(REPORT.hosts.length), lost ? `${number(lost)} without data` : ""],
    ["Endpoints", number(REPORT.endpoints.length), ""],
    ["Networks", number(REPORT.networks.length), REPORT.networks.length === 1 ? `${REPORT.networks[0].name}, ${REPORT.networks[0].words}` : ""],
    ["Round trip, median", middle === null ? null : duration(middle * 1000), REPORT.relations.length > 1 ? "of the slowest relation" : ""],
    ["95th percentile", most === null ? null : duration(most * 1000), REPORT.relations.length > 1 ? "of the slowest relation" : ""],
    ["Failed checks", REPORT.totals.failed_checks ? number(REPORT.totals.failed_checks) : null, ""],
  ].filter(([, value]) => value !== null);
  return make("dl", { class: "facts" }, ...rows.map(([name, value, more]) => make("div", {}, make("dt", {}, name), make("dd", {}, value, more && make("small", {}, more)))));
}

function slowest(key) {
  const found = REPORT.relations.filter((relation) => relation.rtt_ms).map((relation) => relation.rtt_ms[key]);
  return found.length ? Math.max(...found) : null;
}

/** Fills the place under the verdict: causes, and beside them what else is to be known. */
function drawFindings({ onCause, onPair }) {
  const side = [changesPart(), lostPart(), checksPart(), oneWayPart()].filter(Boolean);
  const causes = REPORT.causes.length ? causesPart(onCause, onPair) : null;
  const columns = [causes && make("div", { class: "column" }, causes), side.length && make("div", { class: causes ? "column" : "column alone" }, ...side)];
  byId("findings").append(...columns.filter(Boolean));
}

function part(id, title, ...content) {
  return make("section", { "aria-labelledby": id }, make("h2", { id }, title), ...content);
}

/** A list of which only the first lines are open to the eye at once. */
function folded(rows) {
  const list = make("ul", { class: "list" }, ...rows.slice(0, LINES));
  if (rows.length <= LINES) return list;
  const rest = make("details", {}, make("summary", {}, `and ${number(rows.length - LINES)} more`), make("ul", { class: "list" }, ...rows.slice(LINES)));
  return make("div", { class: "folded" }, list, rest);
}

function causesPart(onCause, onPair) {
  const cards = REPORT.causes.map((cause) => make("li", { class: "card", "data-cause": cause.id },
    make("h3", {}, cause.title),
    make("p", { class: "meta" }, `${named(cause.hosts)} · ${scopeOf(cause)} · ${named(cause.networks)}`),
    make("p", {}, cause.explanation),
    evidenceOf(cause),
    make("p", { class: "cure" }, make("b", {}, "Cure: "), `${cause.cure}.`),
    cause.pairs ? make("div", { class: "acts" }, make("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: () => onCause(cause.id) }, "Show on the map")) : null,
    cause.pairs ? examplePairs(cause, onPair) : null));
  return part("causes-title", REPORT.causes.length === 1 ? "Cause" : `${number(REPORT.causes.length)} causes`, make("ol", { class: "cards" }, ...cards));
}

function scopeOf(cause) {
  return [[cause.pairs, "pair"], [cause.checks, "check"]].filter(([count]) => count).map(([count, noun]) => counted(count, noun)).join(", ") || "no pair";
}

function examplePairs(cause, onPair) {
  const list = make("ul", { class: "pairs" });
  const fill = () => {
    if (list.childElementCount) return;
    const found = examplesOf(cause.id, EXAMPLES);
    list.append(...found.map(({ block, source, target }) => make("li", {},
      make("button", { type: "button", class: "link", onclick: () => onPair(block, source, target) }, `${source.id} → ${target.id}`), ` ${blockName(block)}`)));
    if (cause.pairs > found.length) list.append(make("li", { class: "meta" }, `and ${number(cause.pairs - found.length)} more`));
  };
  const details = make("details", { ontoggle: fill }, make("summary", {}, "Pairs"), list);
  details.addEventListener("fill", fill);
  return details;
}

function lostPart() {
  const lost = REPORT.hosts.filter((host) => host.lost);
  if (!lost.length) return null;
  const rows = lost.map((host) => make("li", {}, make("b", {}, host.name), make("span", { class: "meta" }, ` ${(host.reason || "").replace("_", " ")}`), host.detail && make("p", {}, host.detail)));
  return part("lost-title", `${counted(lost.length, "host")} without data`, folded(rows));
}

function checksPart() {
  const passed = Object.entries(REPORT.checks_passed).map(([kind, count]) => `${kind.replace("_", " ")} ${number(count)}`);
  if (!REPORT.checks.length && !passed.length) return null;
  const rows = REPORT.checks.map((check) => {
    const ends = [check.source, check.target].filter(Boolean).join(" → ") || check.host;
    const place = [ends, check.network, check.family && familyName(check.family)].filter(Boolean).join(" · ");
    return make("li", {}, make("b", {}, check.kind.replace("_", " ")), check.status !== "fail" && make("span", { class: "meta" }, " without data"), place && make("span", { class: "meta" }, ` ${place}`), make("p", {}, check.detail));
  });
  const failed = REPORT.checks.filter((check) => check.status === "fail").length, lacking = rows.length - failed;
  const title = [failed && `${counted(failed, "check")} failed`, lacking && `${counted(lacking, "check")} without data`].filter(Boolean).join(", ");
  return part("checks-title", title || "Checks",
    rows.length ? folded(rows) : null, passed.length ? make("p", { class: "meta" }, `Passed: ${passed.join(", ")}`) : null);
}

/** What the network modes show beside pairs, a list for each of them. */
function drawShown() {
  if (!REPORT.shown.length) return;
  const kinds = new Map(REPORT.networks.map((network) => [network.name, network.words]));
  for (const { network, rows } of REPORT.shown) {
    const items = rows.map(([passed, hosts, detail]) => make("li", {}, swatch(passed ? { sign: "✓", css: "is-open" } : CELLS[BAD]),
      make("span", {}, make("span", { class: "spoken" }, passed ? "as it must be: " : "not as it must be: "), hosts && make("b", {}, `${hosts}: `), detail)));
    byId("shown-body").append(make("section", { class: "mode" }, make("h3", {}, network, make("span", { class: "meta" }, ` ${kinds.get(network)}`)), make("ul", { class: "list" }, ...items)));
  }
  byId("shown").hidden = false;
}

function oneWayPart() {
  if (!REPORT.one_way.length) return null;
  const rows = REPORT.one_way.map((row) => make("li", {}, make("b", {}, `${row.source} → ${row.target}`),
    make("span", { class: "meta" }, ` ${row.network}, ${familyName(row.family)}: ${counted(row.pairs, "pair")} blocked, open the other way`)));
  return part("one-way-title", "One way only", folded(rows));
}

function changesPart() {
  const changes = REPORT.changes;
  if (!changes) return null;
  const numbers = [["is-bad", "✕", changes.newly_broken, "newly broken"], ["is-healed", "✓", changes.healed, "newly healed"], ["is-still", "=", changes.still_broken, "still broken"]];
  const rows = numbers.map(([css, sign, count, words]) => make("li", {}, swatch({ css, sign }), make("span", {}, make("b", {}, number(count)), ` ${words}`)));
  const ends = [["come", changes.endpoints_come], ["gone", changes.endpoints_gone]].filter(([, names]) => names.length)
    .map(([word, names]) => make("p", { class: "meta" }, `${counted(names.length, "endpoint")} ${word}: ${named(names)}`));
  const since = `${changes.baseline ? "Against the baseline of" : "Since"} ${moment(changes.since)}`;
  return part("changes-title", since, make("ul", { class: "shares" }, ...rows), ...ends);
}

function drawFoot() {
  byId("foot").textContent = `Made by dockerlan.fleet, ${moment(REPORT.generated_at)}. This file needs no network.`;
}
