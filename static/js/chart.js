// Value over time. The figure names its data in data-chart; the table in it says the same without a script.

import uPlot from "../vendor/uplot.js";

const DAY = 86_400;
const HEIGHT = 320;
const MARK = 4; // half the width of the triangle that marks a flow

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 2, minimumFractionDigits: 2 });
const dated = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const plain = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const year = new Intl.DateTimeFormat("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });

const numbers = (texts) => texts.map((text) => (text === null ? null : Number(text)));

/** A colour of the page as a canvas understands it: variables hold light-dark(), which it does not. */
function colours(figure) {
  const probe = document.createElement("span");
  figure.append(probe);
  const of = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = Object.fromEntries(
    ["accent", "accent-soft", "ink-muted", "line", "warn", "gain", "loss"].map((name) => [name, of(name)]),
  );
  probe.remove();
  return found;
}

/** The labels of an axis, with as many decimals as its steps need: 1.25K, not 1.3K. */
function labels(ticks, step) {
  const largest = Math.max(...ticks.map(Math.abs), 1);
  const unit = 1000 ** Math.min(Math.floor(Math.log10(largest) / 3), 4);
  const isWhole = (places) => Math.abs((step / unit) * 10 ** places - Math.round((step / unit) * 10 ** places)) < 1e-6;
  const places = [0, 1, 2, 3, 4].find(isWhole) ?? 5;
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: places });
  return ticks.map((tick) => short.format(tick));
}

const widest = (texts) => Math.max(0, ...(texts ?? []).map((text) => text.length));

/** Triangles on the bottom line: up where money was paid in, down where it was paid out. */
function drawFlows(plot, flows, paint) {
  const { ctx, bbox } = plot;
  const size = MARK * devicePixelRatio;
  ctx.save();
  for (const [amounts, colour, direction] of [
    [flows.inflow, paint.gain, -1],
    [flows.outflow, paint.loss, 1],
  ]) {
    ctx.fillStyle = colour;
    amounts.forEach((amount, place) => {
      const x = plot.valToPos(plot.data[0][place], "x", true);
      if (!amount || x < bbox.left || x > bbox.left + bbox.width) return;
      const base = bbox.top + bbox.height - size * 2;
      ctx.beginPath();
      ctx.moveTo(x - size, base - direction * size);
      ctx.lineTo(x + size, base - direction * size);
      ctx.lineTo(x, base + direction * size);
      ctx.fill();
    });
  }
  ctx.restore();
}

function options(chart) {
  const { figure, data } = chart;
  const paint = (name) => () => chart.paint[name];
  const line = { width: 2, points: { show: false } };
  const axis = { stroke: paint("ink-muted"), grid: { stroke: paint("line"), width: 1 }, ticks: { show: false } };
  const font = `12px ${getComputedStyle(figure).fontFamily}`;
  const series = [
    {},
    { ...line, label: "Value", stroke: paint("accent"), fill: paint("accent-soft") },
  ];
  if (data.benchmark.length) {
    series.push({ ...line, label: data.benchmark_name, stroke: paint("warn"), dash: [6, 4] });
  }
  return {
    width: chart.canvas.clientWidth,
    height: HEIGHT,
    series,
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false }, points: { size: 7 } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    axes: [
      {
        ...axis,
        font,
        grid: { show: false },
        size: 32,
        space: 70,
        incrs: [1, 2, 7, 14, 30, 91, 182, 365, 730, 1825].map((days) => days * DAY),
        values: (_, ticks, __, ___, step) =>
          ticks.map((tick) => (step < 28 * DAY ? plain : year).format(tick * 1000)),
      },
      {
        ...axis,
        font,
        size: (_, texts) => Math.max(56, 16 + 7 * widest(texts)),
        values: (_, ticks, __, ___, step) => labels(ticks, step),
      },
    ],
    hooks: {
      draw: [(plot) => drawFlows(plot, data, chart.paint)],
      setCursor: [() => chart.tell()],
      setScale: [() => chart.mark()],
    },
  };
}

class Chart {
  constructor(figure, data) {
    this.figure = figure;
    this.data = { ...data, inflow: numbers(data.inflow), outflow: numbers(data.outflow) };
    this.canvas = figure.querySelector(".chart-canvas");
    this.tools = figure.querySelector(".chart-tools");
    this.paint = colours(figure);
    const days = data.day.map((day) => Date.parse(day) / 1000);
    const lines = [days, numbers(data.value)];
    if (data.benchmark.length) lines.push(numbers(data.benchmark));
    this.tip = document.createElement("output");
    this.tip.className = "chart-tip";
    this.tip.hidden = true;
    this.plot = new uPlot(options(this), lines, this.canvas);
    this.plot.over.append(this.tip);
    this.first = days[0];
    this.last = days[days.length - 1];
    this.listen();
    this.mark();
  }

  listen() {
    this.tools.hidden = false;
    this.figure.querySelector(".chart-key").hidden = false;
    this.tools.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button) this.show(button.value ? this.last - Number(button.value) * DAY : this.first, this.last);
    });
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "group");
    this.canvas.setAttribute("aria-label", "Chart: arrows read day by day, plus and minus zoom");
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    this.canvas.addEventListener("blur", () => this.plot.setCursor({ left: -10, top: -10 }));
    new ResizeObserver(() => {
      this.plot.setSize({ width: this.canvas.clientWidth, height: HEIGHT });
    }).observe(this.canvas);
    const repaint = () => {
      this.paint = colours(this.figure);
      this.plot.redraw(false);
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
    new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  show(min, max) {
    this.plot.setScale("x", { min: Math.max(min, this.first), max: Math.min(max, this.last) });
  }

  zoom(factor) {
    const { min, max } = this.plot.scales.x;
    const centre = this.place === undefined ? (min + max) / 2 : this.plot.data[0][this.place];
    const half = Math.max(((max - min) / 2) * factor, 3 * DAY);
    this.show(centre - half, centre + half);
  }

  press(event) {
    const last = this.plot.data[0].length - 1;
    const [from, to] = this.plot.series[0].idxs;
    const at = this.place ?? to;
    const moves = {
      ArrowLeft: () => this.read(at - 1),
      ArrowRight: () => this.read(this.place === undefined ? to : at + 1),
      Home: () => this.read(from),
      End: () => this.read(to),
      "+": () => this.zoom(0.5),
      "-": () => this.zoom(2),
      Escape: () => this.show(this.first, this.last),
    };
    if (!moves[event.key] || last < 0) return;
    event.preventDefault();
    moves[event.key]();
  }

  /** Moves the cursor to a day of the part that is shown. */
  read(place) {
    const [from, to] = this.plot.series[0].idxs;
    const inside = Math.min(Math.max(place, from), to);
    this.plot.setCursor({ left: this.plot.valToPos(this.plot.data[0][inside], "x"), top: 10 });
  }

  /** What is true on the day under the cursor. */
  tell() {
    const { idx, left } = this.plot.cursor;
    const isOn = idx !== null && idx !== undefined && left >= 0;
    this.tip.hidden = !isOn;
    this.place = isOn ? idx : undefined;
    if (!isOn) return;
    const { currency, benchmark_name: name, inflow, outflow } = this.data;
    const [days, values, compared] = this.plot.data;
    const money = (value) => (value === null ? "unknown" : `${whole.format(value)} ${currency}`);
    const lines = [dated.format(days[idx] * 1000), money(values[idx])];
    if (compared) lines.push(`${name} ${money(compared[idx])}`);
    if (inflow[idx]) lines.push(`Paid in ${money(inflow[idx])}`);
    if (outflow[idx]) lines.push(`Paid out ${money(outflow[idx])}`);
    this.tip.replaceChildren(
      ...lines.map((text) => Object.assign(document.createElement("span"), { textContent: text })),
    );
    const room = this.plot.over.clientWidth - this.tip.offsetWidth - 8;
    this.tip.style.transform = `translate(${Math.max(0, Math.min(left + 12, room))}px, 8px)`;
  }

  /** Says which button's part is shown. */
  mark() {
    if (!this.plot) return;
    const { min, max } = this.plot.scales.x;
    for (const button of this.tools.querySelectorAll("button")) {
      const start = button.value ? Math.max(this.last - Number(button.value) * DAY, this.first) : this.first;
      const isShown = Math.abs(min - start) < DAY && Math.abs(max - this.last) < DAY;
      button.setAttribute("aria-pressed", String(isShown));
    }
  }
}

async function load(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`The chart's data answered ${answer.status}.`);
  return answer.json();
}

async function draw(figure) {
  const address = figure.dataset.chart;
  figure.removeAttribute("data-chart");
  const canvas = figure.querySelector(".chart-canvas");
  try {
    const data = await load(address);
    if (data.day.length > 1) new Chart(figure, data);
    else canvas.textContent = "A chart needs two days; the table below has the one there is.";
  } catch (error) {
    canvas.textContent = "The chart could not be drawn. Reload the page to try again; the table below has its figures.";
    throw error;
  }
}

function enhance() {
  document.querySelectorAll("figure[data-chart]").forEach(draw);
}

enhance();
document.addEventListener("htmx:after:swap", enhance);
