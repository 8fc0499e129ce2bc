// Runs in a page that shows those of reports, each in a frame NAME-WIDTH-SCHEME as wide as its id says, and looks at
// them as a reader does. What is wrong is an error on the console; at the end the document's title is "checked", with
// the frames' number.
"use strict";
let where = "";
const bad = text => console.error(`${where}: ${text}`);
const equal = (what, got, wanted) => {
  if (got !== wanted) bad(`${what}: ${got}, not ${wanted}`);
};
const common = (a, b, from, to) => Math.min(a[to], b[to]) - Math.max(a[from], b[from]);

// No text of a figure is on another one or beyond its edge.
const checkTexts = svg => {
  const edge = svg.getBoundingClientRect(), scale = edge.width / svg.viewBox.baseVal.width;
  const texts = [...svg.querySelectorAll("text")].filter(text => text.textContent.trim());
  const boxes = texts.map(text => text.getBoundingClientRect());
  boxes.forEach((box, i) => {
    const name = `${svg.closest("figure").id}: ${texts[i].textContent}`;
    if (common(box, edge, "left", "right") < box.width - 1 || common(box, edge, "top", "bottom") < box.height - 1)
      bad(`${name} is cut off`);
    for (let j = 0; j < i; j++)
      if (common(box, boxes[j], "left", "right") > scale && common(box, boxes[j], "top", "bottom") > 3 * scale)
        bad(`${name} is on ${texts[j].textContent}`);
  });
};

// Texts differ from the paper as WCAG's level AA asks for.
const luminance = colour => colour.match(/[\d.]+/g).slice(0, 3).map(each => each / 255)
  .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
  .reduce((sum, each, i) => sum + each * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
const checkInk = (view, scheme) => {
  const paper = luminance(view.getComputedStyle(view.document.body).backgroundColor);
  equal("the paper is dark", paper < 0.2, scheme === "dark");
  for (const element of view.document.querySelectorAll("p, td, th, a, li, summary, figcaption, dt, svg text")) {
    const style = view.getComputedStyle(element);
    const isOnCell = element.closest("[id^=heat-gnuplot_plot_2]"); // the darkest of which is this
    const ground = isOnCell ? luminance("rgb(86, 180, 233)") : paper;
    if (contrast(luminance(element.tagName === "text" ? style.fill : style.color), ground) < 4.5)
      bad(`${element.textContent} is hardly to be read`);
  }
};

// Each heading sorts its table, the largest first, and then the smallest.
const checkTables = view => {
  for (const table of view.document.querySelectorAll("table")) {
    const rows = table.tBodies[0].rows, count = rows.length;
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = head.querySelector("button");
      equal(`${head.textContent} can be sorted`, button !== null, count > 1);
      if (!button || head.className === "text") return;
      const values = () => [...rows].map(row => row.cells[column].dataset.sort).filter(value => value !== undefined)
        .map(Number);
      for (const [order, sign] of [["descending", -1], ["ascending", 1]]) {
        button.click();
        equal(`order of ${head.textContent}`, head.getAttribute("aria-sort"), order);
        const sorted = values();
        if (sorted.some((value, i) => i > 0 && sign * (value - sorted[i - 1]) < 0))
          bad(`${head.textContent} is not ${order}: ${sorted}`);
      }
    });
    equal("rows after sorting", rows.length, count);
    const hidden = () => [...rows].filter(row => row.hidden).length;
    const more = table.nextElementSibling;
    if (more && more.className === "more") {
      equal("rows that are folded", hidden(), count - table.dataset.shown);
      more.click();
    }
    equal("rows that are hidden", hidden(), 0);
  }
};

// A key takes its curve, and nothing but it, from the panel, and brings it back; by the keyboard too.
const checkKeys = view => {
  for (const figure of view.document.querySelectorAll("figure")) {
    const keys = [...figure.querySelectorAll(".key")];
    const keyed = [...figure.querySelectorAll("g[id*=gnuplot_plot_]")].filter(group => group.querySelector("text"));
    equal(`keys of ${figure.id}`, keys.length, keyed.length);
    const clipped = () => keyed.filter(group => group.hasAttribute("clip-path")).length;
    for (const key of keys) {
      const curve = keyed.find(group => group.querySelector("text").textContent === key.getAttribute("aria-label"));
      if (!curve) bad(`${figure.id}: ${key.getAttribute("aria-label")} is no curve`);
      key.dispatchEvent(new view.MouseEvent("click"));
      equal(`${figure.id}: ${key.getAttribute("aria-label")} pressed`, key.getAttribute("aria-pressed"), "false");
      equal(`${figure.id}: curves that are off`, clipped(), 1);
      key.dispatchEvent(new view.KeyboardEvent("keydown", {key: "Enter"}));
      equal(`${figure.id}: curves that are off`, clipped(), 0);
    }
  }
};

// What is filled can be seen, and no more once it is off.
const checkSight = view => {
  const figure = view.document.querySelector("figure#backlog");
  if (!figure) return;
  const area = [...figure.querySelectorAll("polygon")].filter(each => each.getBoundingClientRect().height > 8).pop();
  area.scrollIntoView({behavior: "instant", block: "center"});
  const group = area.closest("g[id]"), box = area.getBoundingClientRect();
  const isSeen = () => {
    for (let x = box.left + 0.5; x < box.right; x++)
      if (group.contains(view.document.elementFromPoint(x, box.bottom - 1.5))) return true;
    return false;
  };
  const key = [...figure.querySelectorAll(".key")]
    .find(each => each.getAttribute("aria-label") === group.querySelector("text").textContent);
  equal("the backlog is seen", isSeen(), true);
  key.dispatchEvent(new view.MouseEvent("click"));
  equal("the backlog is seen when it is off", isSeen(), false);
  key.dispatchEvent(new view.MouseEvent("click"));
  equal("the backlog is seen when it is on again", isSeen(), true);
};

// Under the pointer in the middle of each panel stand a place on its axis and values of its curves.
const readings = (view, figure) => {
  const svg = figure.querySelector("svg"), reading = figure.querySelector(".reading");
  const edge = svg.getBoundingClientRect(), scale = edge.width / svg.viewBox.baseVal.width;
  return JSON.parse(reading.dataset.panels).map(({box: [left, top, right, bottom]}) => {
    svg.dispatchEvent(new view.PointerEvent("pointermove", {
      clientX: edge.left + scale * (left + right) / 2, clientY: edge.top + scale * (top + bottom) / 2}));
    const box = reading.getBoundingClientRect();
    if (box.left < 0 || box.right > view.innerWidth) bad(`${figure.id}: the values are beyond the edge`);
    return [...reading.children].map(each => each.textContent).join("; ");
  });
};
const checkReadings = view => {
  for (const figure of view.document.querySelectorAll("figure"))
    for (const text of readings(view, figure))
      if (/NaN|undefined|Infinity/.test(text) || !/\d/.test(text)) bad(`${figure.id}: reads '${text}'`);
};

const checkExactly = view => {
  const read = id => readings(view, view.document.querySelector(`figure#${id}`)).pop();
  equal("level", read("level"),
    "time 1.88 s; after the refill 61.5 kB; at the tick's end 52.8 kB; burst 65.5 kB");
  equal("rate", read("rate").split("; ").pop(), "limit 1.5 MB/s");
  const figure = view.document.querySelector("figure#flows"), svg = figure.querySelector("svg");
  const point = [...figure.querySelectorAll("g[id*=gnuplot_plot_2a] use")].pop().getBoundingClientRect();
  svg.dispatchEvent(new view.PointerEvent("pointermove", {
    clientX: (point.left + point.right) / 2, clientY: (point.top + point.bottom) / 2}));
  equal("a flow's point", figure.querySelector(".reading").lastChild.textContent,
    "192.0.2.17:57574 → 192.0.2.129:80 291 ms, 291 ms");
  equal("the checks are folded", view.document.querySelector("details").open, false);
};

addEventListener("load", () => {
  const frames = [...document.querySelectorAll("iframe")];
  for (const frame of frames) {
    const [name, width, scheme] = frame.id.split("-"), view = frame.contentWindow;
    where = frame.id;
    equal("width", view.document.documentElement.scrollWidth <= +width, true);
    for (const cell of view.document.querySelectorAll("td"))
      if (cell.scrollWidth > cell.clientWidth) bad(`${cell.dataset.label} ${cell.textContent} leaves its cell`);
    checkInk(view, scheme);
    if (width === "768") continue;
    view.document.querySelectorAll("figure svg").forEach(checkTexts);
    checkReadings(view);
    checkKeys(view);
    checkSight(view);
    if (name === "typical" && width === "1400") checkExactly(view);
    checkTables(view);
    equal("width in the end", view.document.documentElement.scrollWidth <= +width, true);
    if (name === "failed") equal("the checks are open", view.document.querySelector("details").open, true);
  }
  document.title = `checked ${frames.length}`;
});
