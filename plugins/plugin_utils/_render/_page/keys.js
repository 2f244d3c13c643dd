// Pointer, wheel and keys of the heat map.
function listen({ map, canvas, point, leave, ask, moveTo, open, zoom, cellUnder, cursorNow, pageSize }) {
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerleave", leave);
  canvas.addEventListener("click", (event) => {
    const cell = cellUnder(event);
    if (!cell) return;
    moveTo(cell.row, cell.col);
    open();
  });
  map.addEventListener("scroll", () => { leave(); }, { passive: true });
  map.addEventListener("focus", () => { if (!cursorNow() && map.matches(":focus-visible")) moveTo(0, 0); });
  map.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1 : -1);
  }, { passive: false });
  map.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey) return;
    const { row, col } = cursorNow() || { row: 0, col: 0 };
    const far = 1e9, steps = {
      ArrowUp: [row - 1, col], ArrowDown: [row + 1, col], ArrowLeft: [row, col - 1], ArrowRight: [row, col + 1],
      PageUp: [row - pageSize(), col], PageDown: [row + pageSize(), col],
      Home: event.ctrlKey ? [0, 0] : [row, 0], End: event.ctrlKey ? [far, far] : [row, far],
    };
    if (steps[event.key]) moveTo(...steps[event.key]);
    else if (event.key === "Enter" || event.key === " ") open();
    else if (event.key === "+" || event.key === "=") zoom(1);
    else if (event.key === "-") zoom(-1);
    else if (event.key === "0") zoom(0);
    else return;
    event.preventDefault();
    ask();
  });
  byId("in").addEventListener("click", () => zoom(1));
  byId("out").addEventListener("click", () => zoom(-1));
  byId("fit").addEventListener("click", () => zoom(0));
}
