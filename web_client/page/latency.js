// @ts-check

/** The latency overlay: where a frame's milliseconds go, on the server and in this browser. */

import { STAGES } from "../sdk/index.js";
import { make, readable } from "./dom.js";

const HISTORY = 60;
const SPARK_WIDTH = 120;
const SPARK_HEIGHT = 24;
const COLOURS = ["#7cc4ff", "#6fb1ff", "#8b93ff", "#a995ff", "#c88bff", "#ec8fd6", "#ff9d9d", "#ffb877", "#ffd479"];

/** What the browser's part says: label, field of `CallStats`, unit. @type {[string, keyof import("../sdk/index.js").CallStats, string][]} */
const BROWSER_FIELDS = [
  ["Round trip", "roundTripMs", "ms"],
  ["Frames in", "fps", "fps"],
  ["Jitter buffer", "jitterBufferMs", "ms"],
  ["Decode", "decodeMs", "ms"],
  ["Lost", "packetsLost", ""],
  ["Encode", "encodeMs", "ms"],
  ["Frames out", "sentFps", "fps"],
  ["Received", "receivedKbps", "kbit/s"],
  ["Sent", "sentKbps", "kbit/s"],
  ["Freezes", "freezes", ""],
];

export class LatencyOverlay {
  #root;
  #total = make("b", {}, "–");
  /** @type {Map<string, {bar: HTMLElement, value: HTMLElement}>} */
  #stages = new Map();
  /** @type {Map<string, HTMLElement>} */
  #fields = new Map();
  #line;
  /** @type {number[]} */
  #history = [];

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    const rows = make("div", { class: "stages" });
    STAGES.forEach((stage, index) => {
      const bar = make("i");
      bar.style.setProperty("--colour", COLOURS[index] ?? "#fff");
      const value = make("span", { "data-stage": stage }, "–");
      this.#stages.set(stage, { bar, value });
      rows.append(make("span", {}, readable(stage)), make("span", { class: "track" }, bar), value);
    });
    const list = make("dl", { "aria-label": "In this browser" });
    for (const [label, field] of BROWSER_FIELDS) {
      const value = make("dd", { "data-field": field }, "–");
      this.#fields.set(field, value);
      list.append(make("div", {}, make("dt", {}, label), value));
    }
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "spark");
    svg.setAttribute("viewBox", `0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    this.#line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    svg.append(this.#line);
    root.replaceChildren(
      make("h2", {}, "On the server", svg, make("span", {}, this.#total, " ", make("small", {}, "ms"))),
      rows,
      list,
    );
  }

  get shown() {
    return !this.#root.hidden;
  }

  /** @param {boolean} shown */
  set shown(shown) {
    this.#root.hidden = !shown;
  }

  /** Forgets the last call. */
  clear() {
    this.#history = [];
    this.#line.setAttribute("points", "");
    this.#total.textContent = "–";
    for (const { bar, value } of this.#stages.values()) {
      bar.style.inlineSize = "0";
      value.textContent = "–";
    }
    for (const value of this.#fields.values()) value.textContent = "–";
  }

  /** @param {import("../sdk/index.js").Timings} timings */
  showTimings({ stages, totalMs }) {
    this.#history = [...this.#history, totalMs].slice(-HISTORY);
    this.#total.textContent = totalMs.toFixed(1);
    const longest = Math.max(1, ...Object.values(stages));
    for (const stage of STAGES) {
      const row = this.#stages.get(stage);
      const milliseconds = stages[stage];
      if (!row) continue;
      row.value.textContent = milliseconds === undefined ? "–" : milliseconds.toFixed(1);
      row.bar.style.inlineSize = `${(100 * (milliseconds ?? 0)) / longest}%`;
    }
    this.#drawLine();
  }

  /** @param {import("../sdk/index.js").CallStats} stats */
  showStats(stats) {
    for (const [, field, unit] of BROWSER_FIELDS) {
      const element = this.#fields.get(field);
      const value = stats[field];
      if (!element) continue;
      const digits = unit === "ms" ? 1 : 0;
      element.textContent = typeof value === "number" ? `${value.toFixed(digits)} ${unit}`.trim() : "–";
    }
  }

  #drawLine() {
    const top = Math.max(10, ...this.#history);
    const points = this.#history.map((value, index) => {
      const x = (SPARK_WIDTH * (HISTORY - this.#history.length + index)) / (HISTORY - 1);
      return `${x.toFixed(1)},${(SPARK_HEIGHT * (1 - value / top)).toFixed(1)}`;
    });
    this.#line.setAttribute("points", points.join(" "));
  }
}
