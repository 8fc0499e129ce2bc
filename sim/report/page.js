
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

// Figures: gnuplot draws each curve as a group, with its key if it has one; data-panels has the panels' boxes and axes.
const SVG = "http://www.w3.org/2000/svg";
const units = {
  s: [[7200, 3600, "h"], [600, 60, "min"], [1, 1, "s"], [1e-3, 1e-3, "ms"], [0, 1e-6, "us"]],
  B: [[1e9, 1e9, "GB"], [1e6, 1e6, "MB"], [1e3, 1e3, "kB"], [0, 1, "B"]],
};
const scaled = [
  ["GB", "B", 1e9], ["MB", "B", 1e6], ["kB", "B", 1e3], ["ms", "s", 1e-3], ["min", "s", 60], ["h", "s", 3600],
];
const digits = number => String(+number.toPrecision(3));
// A size or a time in the unit that suits it; "/s" may follow.
const withUnit = (number, unit) => {
  const [, whole, after] = /^(.*?)(\/s)?$/.exec(unit);
  const [, base, per] = scaled.find(([name]) => name === whole) || ["", whole, 1];
  if (!(base in units)) return digits(number) + (unit ? " " + unit : "");
  const value = Math.abs(number * per);
  const [, divisor, name] = value ? units[base].find(([least]) => value >= least * 0.9995) : [0, 1, base];
  return `${digits(number * per / divisor)} ${name}${after || ""}`;
};
const make = (name, attributes, parent) => {
  const element = document.createElementNS(SVG, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  parent.append(element);
  return element;
};

// An axis from its ends in pixels and in values; `log` is the unit of one that is logarithmic, `label` its label.
const makeAxis = (from, to, [low, high, log], label) => {
  const [, name, unit] = /^(.*?)(?: \(([^)]*)\))?$/.exec(label);
  return {
    name: name,
    at: pixel => {
      const share = (pixel - from) / (to - from);
      return log ? low * (high / low) ** share : low + (high - low) * share;
    },
    pixel: value => {
      const share = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
      return from + (to - from) * share;
    },
    unit: unit,
    // What is smaller than the drawing shows is 0.
    text: value => withUnit(log ? value : Math.round(value / (high - low) * 5e3) * (high - low) / 5e3, log || unit),
  };
};

// What a curve shows at x: [y, y] of a line, [top, bottom] of what is filled, or undefined.
const crossings = (points, x, isClosed) => {
  const found = [];
  for (let i = isClosed ? 0 : 1; i < points.length; i++) {
    const [ax, ay] = points[i ? i - 1 : points.length - 1], [bx, by] = points[i];
    if (Math.min(ax, bx) > x || Math.max(ax, bx) < x) continue;
    found.push(ax === bx ? by : ay + (by - ay) * (x - ax) / (bx - ax));
  }
  return found;
};
const spanOf = (curve, x, panel) => {
  const areas = curve.areas.flatMap(points => crossings(points, x, true));
  if (areas.length) return [Math.min(...areas), Math.max(...areas)];
  const line = curve.lines.flatMap(points => crossings(points, x, false)).pop();
  if (line !== undefined) return [line, line];
  // A share keeps its last value.
  const [lastX, lastY] = panel.y.unit === "%" && curve.lines.length ? curve.lines.slice(-1)[0].slice(-1)[0] : [];
  return x > lastX ? [lastY, lastY] : undefined;
};

const numbers = text => text.match(/-?[\d.]+/g).map(Number);
const pairs = list => list.flatMap((value, i) => i % 2 ? [] : [[value, list[i + 1]]]);
// Keys are above the panel.
const readCurve = (curve, top) => {
  const isData = points => points.length > 0 && points.some(([, y]) => y > top - 1);
  const paths = [...curve.group.querySelectorAll("path")].map(path => path.getAttribute("d"));
  curve.lines = paths.flatMap(d => d.split("M").slice(1)).map(part => pairs(numbers(part))).filter(isData);
  curve.areas = [...curve.group.querySelectorAll("polygon")].map(area => pairs(numbers(area.getAttribute("points"))))
    .filter(isData);
  curve.points = [...curve.group.querySelectorAll("use")]
    .map(use => /translate\(([^,]+),([^)]+)\)/.exec(use.getAttribute("transform"))).filter(found => found)
    .map(found => [+found[1], +found[2]]).filter(([, y]) => y > top - 1);
};

const FAR_ABOVE = "(far above)"; // a curve that has only a key, as it would leave the panel
const nameOf = title => title
  .replace(/(: [\d.e+-]+ %|,? (at most|most|mean) .*|,? [\d.e+-]+ [kMG]?B(\/s)?( .*)?| \(\d+ \w+\))$/, "");

// The panels with their curves, in the order in which they are drawn.
const readFigure = (figure, svg, places) => {
  const labels = [...svg.querySelectorAll("text")].map(text => {
    const where = text.parentNode.getAttribute("transform") || "";
    const [x, y] = numbers(where + " 0 0");
    return {x, y, isTurned: where.includes("rotate"), anchor: text.parentNode.getAttribute("text-anchor"),
      text: text.textContent};
  });
  const below = Math.max(...places.map(place => place.box[3]));
  const panels = places.map(({box: [left, top, right, bottom], x, y, together, range}) => {
    const yLabel = labels.find(label => label.isTurned && label.x < left && label.y > top && label.y < bottom &&
      left - label.x < 90);
    const xLabel = labels.find(label => !label.isTurned && label.anchor === "middle" && label.y > below + 24 &&
      label.x > left && label.x < right) || labels.find(label => !label.isTurned && label.anchor === "middle" &&
      label.y > bottom + 24 && label.y < bottom + 50 && label.x > left && label.x < right);
    return {left, top, right, bottom, range, together: pairs(numbers(together + " 0 0")), curves: [],
      x: makeAxis(left, right, x, xLabel ? xLabel.text : ""), y: makeAxis(bottom, top, y, yLabel ? yLabel.text : "")};
  });
  const letters = [];
  for (const group of svg.querySelectorAll(`g[id^="${figure.id}-gnuplot_plot_"]`)) {
    const [, number, letter] = /_(\d+)([a-z]*)$/.exec(group.id);
    if (!letters.includes(letter)) letters.push(letter);
    const panel = panels[letters.indexOf(letter)];
    const text = group.querySelector("text");
    if (panel) panel.curves.push({group, number: +number, text, title: text ? text.textContent : ""});
  }
  return panels;
};

// A curve that is off keeps its key, which is above its panel.
const addKeys = (figure, svg, panel, index) => {
  const clip = make("clipPath", {id: `${figure.id}-keys-${index}`}, svg);
  make("rect", {x: 0, y: 0, width: svg.viewBox.baseVal.width, height: panel.top - 2}, clip);
  for (const curve of panel.curves.filter(each => each.text)) {
    const others = panel.together.filter(([, owner]) => owner === curve.number)
      .map(([number]) => panel.curves.find(each => each.number === number)).filter(each => each);
    const box = curve.text.getBoundingClientRect(), edge = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / edge.width;
    const key = make("rect", {class: "key", role: "button", tabindex: 0, "aria-pressed": "true",
      "aria-label": curve.title, "pointer-events": "all", fill: "none", x: (box.left - edge.left) * scale - 36,
      y: (box.top - edge.top) * scale, width: box.width * scale + 38, height: box.height * scale}, svg);
    curve.isOn = true;
    const toggle = () => {
      curve.isOn = !curve.isOn;
      key.setAttribute("aria-pressed", curve.isOn);
      curve.group.classList.toggle("off", !curve.isOn);
      if (curve.isOn) curve.group.removeAttribute("clip-path");
      else curve.group.setAttribute("clip-path", `url(#${clip.id})`);
      others.forEach(other => other.group.setAttribute("visibility", curve.isOn ? "visible" : "hidden"));
    };
    key.addEventListener("click", toggle);
    key.addEventListener("keydown", event => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      toggle();
    });
  }
};

// Colour of a curve's key.
const inkOf = curve => {
  const drawn = curve.group.querySelector("polygon, path[stroke], use") || curve.group;
  return getComputedStyle(drawn)[{polygon: "fill", use: "color"}[drawn.tagName] || "stroke"];
};

// The flow whose captured and shaped completions are at that point.
const flowAt = (panel, [x, y]) => {
  const table = [...document.querySelectorAll("#by-flow ~ table")][0];
  if (!table) return "";
  const heads = [...table.tHead.rows[0].cells].map(head => head.textContent);
  const from = heads.indexOf("captured"), to = heads.indexOf("shaped");
  const row = [...table.tBodies[0].rows].find(({cells}) =>
    Math.hypot(panel.x.pixel(Math.max(cells[from].dataset.sort, 1e-6)) - x,
      panel.y.pixel(Math.max(cells[to].dataset.sort, 1e-6)) - y) < 0.5);
  return row ? row.cells[0].textContent : "";
};

const readingsAt = (figure, panel, x, y) => {
  const readings = [];
  const shown = panel.curves.filter(curve => curve.text && curve.isOn);
  for (const curve of shown) {
    if (!curve.lines) readCurve(curve, panel.top);
    const span = spanOf(curve, x, panel);
    if (curve.title.endsWith(FAR_ABOVE)) continue;
    if (span) {
      const [high, low] = span.map(pixel => panel.y.at(pixel));
      const value = !curve.areas.length ? panel.y.text(high)
        : panel.range ? `${panel.y.text(low)} to ${panel.y.text(high)}` : panel.y.text(high - low);
      readings.push([inkOf(curve), nameOf(curve.title), value]);
    } else {
      const away = point => Math.hypot(point[0] - x, point[1] - y);
      const near = curve.points.filter(point => away(point) < 12).sort((a, b) => away(a) - away(b))[0];
      if (near)
        readings.push([inkOf(curve), figure.id === "flows" && flowAt(panel, near) || nameOf(curve.title),
          `${panel.x.text(panel.x.at(near[0]))}, ${panel.y.text(panel.y.at(near[1]))}`]);
    }
  }
  return readings;
};

for (const reading of document.querySelectorAll("figure > .reading")) {
  const figure = reading.parentNode, svg = figure.querySelector("svg");
  const panels = readFigure(figure, svg, JSON.parse(reading.dataset.panels));
  svg.setAttribute("role", "group");
  panels.forEach((panel, index) => addKeys(figure, svg, panel, index));
  const line = make("line", {class: "pointer", visibility: "hidden", "pointer-events": "none"}, svg);
  const hide = () => { reading.classList.remove("shown"); line.setAttribute("visibility", "hidden"); };
  const show = event => {
    const edge = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / edge.width;
    const x = (event.clientX - edge.left) * scale, y = (event.clientY - edge.top) * scale;
    const panel = panels.find(each => x >= each.left && x <= each.right && y >= each.top && y <= each.bottom);
    if (!panel) return hide();
    const head = document.createElement("span");
    head.textContent = panel.x.name.startsWith("flows") ? `flow ${Math.ceil(panel.x.at(x))} from the largest`
      : `${panel.x.name} ${panel.x.text(panel.x.at(x))}`;
    const rows = readingsAt(figure, panel, x, y).map(([ink, name, value]) => {
      const [row, strong, mark] = ["span", "b", "i"].map(each => document.createElement(each));
      mark.style.background = ink;
      strong.textContent = value;
      row.append(mark, `${name} `, strong);
      return row;
    });
    reading.replaceChildren(head, ...rows);
    reading.classList.add("shown");
    const isRight = event.clientX - edge.left > edge.width / 2;
    reading.style.left = isRight ? "auto" : `${event.clientX - edge.left + 14}px`;
    reading.style.right = isRight ? `${edge.right - event.clientX + 14}px` : "auto";
    reading.style.top = `${Math.min(event.clientY - edge.top, edge.height - reading.offsetHeight)}px`;
    for (const [key, at] of Object.entries({x1: x, x2: x, y1: panel.top, y2: panel.bottom})) line.setAttribute(key, at);
    line.setAttribute("visibility", "visible");
  };
  svg.addEventListener("pointermove", show);
  svg.addEventListener("pointerdown", show);
  // A finger leaves when it is lifted; what it touched stays to be read.
  svg.addEventListener("pointerleave", event => { if (event.pointerType !== "touch") hide(); });
}
