
"use strict";
// Sorting tables by their headings, and folding their rows.
for (const table of document.querySelectorAll("table[data-shown]")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const shown = +table.dataset.shown;
  let isFolded = shown > 0 && body.rows.length > shown + 3;
  const fold = () => [...body.rows].forEach((row, i) => { row.hidden = isFolded && i >= shown; });
  const value = (row, column) => {
    const cell = row.cells[column];
    if (heads[column].className === "text") return cell.textContent;
    return "sort" in cell.dataset ? +cell.dataset.sort : NaN;
  };
  const compare = (a, b) => typeof a === "string" ? a.localeCompare(b, undefined, {numeric: true}) : a - b;
  if (isFolded) {
    const more = document.createElement("button");
    more.className = "more";
    more.textContent = `Show all ${body.rows.length}`;
    more.onclick = () => { isFolded = false; fold(); more.remove(); };
    table.after(more);
    fold();
  }
  if (body.rows.length > 1) heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.onclick = () => {
      const isText = head.className === "text";
      const old = head.getAttribute("aria-sort");
      const down = old ? old === "ascending" : !isText;
      heads.forEach(each => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].map(row => [value(row, column), row]);
      // What has no value stays last.
      rows.sort(([a], [b]) => Number.isNaN(a) || Number.isNaN(b) ? Number.isNaN(a) - Number.isNaN(b)
        : down ? compare(b, a) : compare(a, b));
      body.append(...rows.map(([, row]) => row));
      fold();
    };
  });
}
