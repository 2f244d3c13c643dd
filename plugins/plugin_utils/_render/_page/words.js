// Words and small pieces of the page. Text of the report goes into it as text only.
const RELATIONS = {
  same_host: "containers of one host", cross_host: "containers of two hosts", own_host: "a host and its own containers",
  other_host: "a host and another host's containers", host_to_host: "hosts", other_network: "endpoints of two networks",
};
const ONE_WAY = { outwards: "from a container to another host", inwards: "from a host to another host's container" };
const STATES = [
  "it replied", "nothing came back in time", "unreachable: an ICMP error, or the kernel found no neighbour",
  "the source's kernel refused to send", "one end has no known address", "the source could not be used",
  "one end has no link but lo", "the packet does not fit", "another device replied",
];
const CELLS = [
  { sign: "", css: "is-none", words: "not probed" },
  { sign: "·", css: "is-none", words: "itself" },
  { sign: "", css: "is-open", words: "reached" },
  { sign: "–", css: "is-blocked", words: "blocked, as expected" },
  { sign: "?", css: "is-void", words: "no data" },
  { sign: "✕", css: "is-bad", words: "blocked, must be open" },
  { sign: "!", css: "is-leak", words: "open, must be blocked" },
];
const CHANGES = [
  { sign: "", css: "is-calm", words: "as before" },
  { sign: "=", css: "is-still", words: "still broken" },
  { sign: "✓", css: "is-healed", words: "newly healed" },
  { sign: "✕", css: "is-bad", words: "newly broken" },
];

/** An element with attributes, and children: elements, or texts that stay texts. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const byId = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("en-US");
const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
const familyName = (family) => `IP${family.slice(2)}`;

/** Names as an enumeration, cut short when they are many. */
function named(names, shown = 8) {
  if (names.length > shown) return `${names.slice(0, shown).join(", ")} and ${number(names.length - shown)} more`;
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}` : names.join("");
}

/** A time in µs, with three digits. */
function duration(microseconds) {
  const milliseconds = microseconds / 1000;
  if (milliseconds >= 100) return `${number(Math.round(milliseconds))} ms`;
  return `${milliseconds.toFixed(milliseconds >= 10 ? 1 : milliseconds >= 1 ? 2 : 3)} ms`;
}

function percent(share) {
  return `${share > 0 && share < 0.01 ? "under 1" : Math.round(share * 100)} %`;
}

/** An ISO 8601 time in UTC as a person writes it. */
function moment(text) {
  return text.replace("T", " ").replace("Z", " UTC");
}

function blockName(block) {
  const networks = block.to_network === null ? block.network : `${block.network} → ${block.to_network}`;
  return `${networks}, ${familyName(block.family)}`;
}

/** The glyph of a kind of cell on its colour. */
function swatch(cell) {
  return make("span", { class: `swatch ${cell.css}`, "aria-hidden": "true" }, cell.sign);
}

/** How two endpoints stand to each other. */
function relationOf(source, target) {
  if (source.network !== target.network) return "other_network";
  const hosts = (source.container === null) + (target.container === null);
  if (hosts === 2) return "host_to_host";
  if (hosts === 1) return source.host === target.host ? "own_host" : "other_host";
  return source.host === target.host ? "same_host" : "cross_host";
}

/** The row of the report's relations that a pair belongs to, or undefined. */
function expectationOf(pair) {
  const relation = relationOf(pair.source, pair.target);
  const { network, to_network: to, family } = pair.block;
  const shim = relation === "own_host" && pair.why === null && pair.source.shim.includes(family);
  return REPORT.relations.find((row) => row.network === network && row.to_network === to && row.family === family &&
    row.relation === relation && row.expected === pair.expected && row.why === pair.why && row.shim === shim);
}
