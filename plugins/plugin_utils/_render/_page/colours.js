// From a cell to its face: fill, hatch, glyph and bars, in the colours of the theme. Few faces, many cells.
const VIEWS = ["result", "times", "changes"];
const BUCKETS = 16; // of a share
const RAMP = 48; // steps of the colours for times
const NAMES = ["open", "blocked", "bad", "leak", "void", "stripe", "none", "dim", "healed", "still", "calm"];

/** The colours of the theme that is on, each as [red, green, blue]. */
function readPalette() {
  const css = getComputedStyle(document.documentElement);
  const read = (name) => {
    const digits = css.getPropertyValue(name).trim().slice(1);
    return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
  };
  const palette = Object.fromEntries(NAMES.map((name) => [name, read(`--cell-${name}`)]));
  for (const name of ["paper", "ink", "soft", "fail", "focus", "glyph", "glyph-strong", "glyph-void", "rtt-low", "rtt-mid", "rtt-high"]) {
    palette[name] = read(`--${name}`);
  }
  return palette;
}

const rgb = (colour) => `rgb(${colour.map(Math.round).join(" ")})`;
const mixed = (one, other, share) => one.map((value, at) => value + (other[at] - value) * share);
const pixel = ([red, green, blue]) => (255 << 24 | Math.round(blue) << 16 | Math.round(green) << 8 | Math.round(red)) >>> 0;
const isDark = ([red, green, blue]) => red * 0.3 + green * 0.59 + blue * 0.11 < 128;

/** Makes faces for what is shown; a cell's face is found by a number, so a million cells share some dozen faces. */
function facesFor(shown, palette) {
  const range = shown.view === "times" ? timesIn(shown.level) : null;
  const span = range ? Math.log(range.high / range.low) : 1;
  const faces = [];
  const rampAt = (time) => Math.min(Math.floor(Math.log(time / range.low) / span * RAMP), RAMP - 1);
  return {
    range,
    of(cell) {
      const { kinds, times, changes, marks } = shown.level;
      const dim = shown.dims && !marks[cell] ? 1 : 0;
      let base = kinds[cell], shares = 0;
      if (shown.view === "times" && times[cell]) base = 10 + rampAt(times[cell]);
      else if (shown.view === "changes" && base > SELF) base = 100 + changes[cell];
      else if (shown.view === "result" && shown.level.counts && base >= VOID) shares = sharesOf(shown.level, cell);
      const key = (base * 512 + shares) * 2 + dim;
      return faces[key] || (faces[key] = faceOf(shown.view, base, shares, dim, palette));
    },
  };
}

/** Shares of unexpected and of missing pairs as one number: BUCKETS + 1 steps each, at least one where there is any. */
function sharesOf(level, cell) {
  const { pairs, wrong, lack } = countsOf(level, cell);
  const step = (count) => (count ? Math.max(Math.round(count / pairs * BUCKETS), 1) : 0);
  return step(wrong) * (BUCKETS + 1) + step(lack);
}

function faceOf(view, base, shares, dim, palette) {
  const face = base >= 100 ? changeFace(base - 100, palette) : base >= 10 ? rampFace(base - 10, palette) : kindFace(view, base, palette);
  const wrong = Math.floor(shares / (BUCKETS + 1)) / BUCKETS, lack = shares % (BUCKETS + 1) / BUCKETS;
  if (shares && wrong < 1 && lack < 1) makePartial(face, wrong, lack, palette);
  if (dim) {
    face.fill = mixed(face.fill, palette.dim, 0.72);
    face.ink = mixed(face.ink, palette.dim, 0.6);
    for (const name of ["stripe", "single"]) if (face[name]) face[name] = mixed(face[name], palette.dim, 0.72);
  }
  const plain = face.single || face.fill;
  face.pixels = [pixel(plain), pixel(face.stripe || plain)];
  return face;
}

function kindFace(view, kind, palette) {
  const quiet = { fill: palette.none, ink: palette.soft, sign: CELLS[kind].sign };
  if (kind <= SELF) return quiet;
  if (view === "times" && kind >= BAD) {
    return { fill: palette.none, ink: palette.fail, sign: CELLS[kind].sign, single: mixed(palette.none, palette.bad, 0.5) };
  }
  if (kind === OPEN) return { fill: palette.open, ink: palette.glyph, sign: "" };
  if (kind === BLOCKED) return { fill: palette.blocked, ink: palette.glyph, sign: "–" };
  if (kind === VOID) return { fill: palette.void, stripe: palette.stripe, ink: palette["glyph-void"], sign: "?" };
  return { fill: kind === BAD ? palette.bad : palette.leak, ink: palette["glyph-strong"], sign: CELLS[kind].sign };
}

function changeFace(change, palette) {
  const fill = [palette.calm, palette.still, palette.healed, palette.bad][change];
  return { fill, ink: change ? palette["glyph-strong"] : palette.glyph, sign: CHANGES[change].sign };
}

function rampFace(step, palette) {
  const share = step / (RAMP - 1) * 2;
  const fill = share < 1 ? mixed(palette["rtt-low"], palette["rtt-mid"], share) : mixed(palette["rtt-mid"], palette["rtt-high"], share - 1);
  const ends = [palette.paper, palette.ink].sort((a, b) => isDark(a) - isDark(b));
  return { fill, ink: isDark(fill) ? ends[0] : ends[1], sign: "" };
}

/** Of some pairs only: the sign in the strong colour on a pale ground, and bars of the shares at the foot. */
function makePartial(face, wrong, lack, palette) {
  const strong = face.sign === "?" ? palette.stripe : face.fill;
  face.bars = [{ share: wrong, fill: strong }, { share: lack, fill: palette.stripe }];
  face.ink = face.sign === "?" ? palette["glyph-void"] : face.fill;
  face.fill = mixed(palette.none, strong, 0.2);
  face.ground = palette.paper;
  face.stripe = null;
  face.single = mixed(palette.none, strong, 0.55 + 0.45 * (wrong || lack));
  face.singleInk = palette["glyph-strong"];
}
