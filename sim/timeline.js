// SPDX-License-Identifier: Apache-2.0

// The chart of a timeline: one row a track; sim/timeline_page.py says what `data` holds.

"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const canvas = document.getElementById("chart"), tip = document.getElementById("tip");
const LABEL = 90, RIGHT = 40, ROW = 26, GAP = 4, AXIS = 34, LEAST_CYCLES = 8;
const total = Math.max(1, data.total);
let from = 0, to = total, drag = null;

const element = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("en-US");
const end = (track, i) => (i + 1 < track.starts.length ? track.starts[i + 1] : data.total);
const text = (value) => String(value).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// Index of the segment that holds a cycle.
function at(track, cycle) {
  let low = 0, high = track.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (track.starts[middle] <= cycle) low = middle; else high = middle - 1;
  }
  return low;
}

// Calls use(index, start, end) for what of each segment is in view.
function visible(track, use) {
  if (!track.starts.length) return;
  for (let i = at(track, from); i < track.starts.length && track.starts[i] < to; i++)
    use(i, Math.max(from, track.starts[i]), Math.min(to, end(track, i)));
}

// How much of each pixel's column a track spends in each state.
function shares(track, columns) {
  const states = track.states.length, share = new Float32Array(columns * states);
  const scale = columns / (to - from);
  visible(track, (i, start, stop) => {
    const left = (start - from) * scale, right = (stop - from) * scale, code = track.codes[i];
    for (let column = Math.floor(left); column < columns && column < right; column++)
      share[column * states + code] += Math.min(right, column + 1) - Math.max(left, column);
  });
  return share;
}

function drawTrack(context, track, top, columns) {
  const states = track.states.length, share = shares(track, columns);
  let begun = 0, current = -1;
  const close = (column) => {
    if (current >= 0) {
      context.fillStyle = track.colors[current];
      context.fillRect(LABEL + begun, top, column - begun, ROW);
    }
  };
  for (let column = 0; column < columns; column++) {
    const own = share.subarray(column * states, (column + 1) * states);
    const only = own.findIndex((part) => part > 0.999);
    if (only !== current || only < 0) {
      close(column);
      begun = column;
      current = only;
    }
    if (only >= 0) continue;
    let y = top;
    own.forEach((part, code) => {
      if (part <= 0) return;
      context.fillStyle = track.colors[code];
      context.fillRect(LABEL + column, y, 1, part * ROW);
      y += part * ROW;
    });
  }
  close(columns);
}

function drawAxis(context, top, columns) {
  const rough = (to - from) / 10, magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].find((m) => m * magnitude >= rough) * magnitude);
  context.fillStyle = "#222";
  context.textAlign = "center";
  for (let cycle = Math.ceil(from / step) * step; cycle <= to; cycle += step) {
    const x = LABEL + (cycle - from) * columns / (to - from);
    context.fillRect(x, top, 1, 5);
    context.fillText(number(cycle), x, top + 18);
  }
}

function drawChart() {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth;
  const height = data.tracks.length * (ROW + GAP) + AXIS, columns = Math.max(1, Math.floor(width - LABEL - RIGHT));
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.font = "13px system-ui, sans-serif";
  data.tracks.forEach((track, row) => {
    const top = row * (ROW + GAP);
    drawTrack(context, track, top, columns);
    context.fillStyle = "#222";
    context.textAlign = "right";
    context.fillText(track.name, LABEL - 8, top + ROW / 2 + 5);
  });
  drawAxis(context, data.tracks.length * (ROW + GAP), columns);
}

function fillCauses() {
  const track = data.tracks[0], cycles = track.states.map(() => 0);
  visible(track, (i, start, stop) => { cycles[track.codes[i]] += stop - start; });
  const sum = cycles.reduce((a, b) => a + b, 0) || 1;
  const order = [...cycles.keys()].filter((code) => cycles[code] > 0).sort((a, b) => cycles[b] - cycles[a]);
  element("causes").innerHTML = order.map((code) =>
    `<tr><td><i style="background:${track.colors[code]}"></i>${text(track.states[code])}</td>` +
    `<td>${number(Math.round(cycles[code]))}</td><td>${(100 * cycles[code] / sum).toFixed(1)} %</td></tr>`).join("");
}

function fillConflicts() {
  const names = data.requesters, matrix = names.map(() => names.map(() => 0));
  for (const [start, loser, winner, count] of data.conflicts)
    if (start + data.bucket_cycles > from && start < to) matrix[loser][winner] += count;
  const most = Math.max(1, ...matrix.flat());
  const cell = (count) => `<td style="background:rgba(212,61,61,${count / most})">${count ? number(count) : ""}</td>`;
  element("conflicts").innerHTML = `<tr><th></th>${names.map((name) => `<th>${text(name)}</th>`).join("")}</tr>` +
    matrix.map((row, i) => `<tr><td>${text(names[i])}</td>${row.map(cell).join("")}</tr>`).join("");
}

function fillLegend() {
  const shown = new Map();
  for (const track of data.tracks)
    for (const code of new Set(track.codes)) shown.set(track.states[code], track.colors[code]);
  element("legend").innerHTML = [...shown].map(([state, color]) =>
    `<span><i style="background:${color}"></i>${text(state)}</span>`).join("");
}

function show(start, stop) {
  const length = Math.min(total, Math.max(Math.min(LEAST_CYCLES, total), stop - start));
  from = Math.min(Math.max(0, start), total - length);
  to = from + length;
  element("range").textContent = `cycles ${number(Math.floor(from))} to ${number(Math.ceil(to))} of ${number(data.total)}`;
  drawChart();
  fillCauses();
  fillConflicts();
}

const cyclesPerPixel = () => (to - from) / Math.max(1, canvas.clientWidth - LABEL - RIGHT);
const cycleAt = (event) => from + (event.clientX - canvas.getBoundingClientRect().left - LABEL) * cyclesPerPixel();

function hover(event) {
  const row = Math.floor((event.clientY - canvas.getBoundingClientRect().top) / (ROW + GAP)), track = data.tracks[row];
  const cycle = cycleAt(event);
  const inside = track && track.starts.length && cycle >= from && cycle < to;
  tip.style.visibility = inside ? "visible" : "hidden";
  if (!inside) return;
  const i = at(track, cycle), start = track.starts[i], stop = end(track, i);
  const about = track.grouped ? ` (order within ${number(Math.ceil(track.grouped))} cycles not kept)` : "";
  tip.textContent = `${track.name}: ${track.states[track.codes[i]]}, cycles ${number(start)} to ${number(stop - 1)}, ` +
    `${number(stop - start)} long${about}`;
  tip.style.left = `${Math.max(0, Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${event.clientY + 16}px`;
}

canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const cycle = Math.min(Math.max(cycleAt(event), from), to), factor = Math.exp(event.deltaY * 0.0015);
  show(cycle - (cycle - from) * factor, cycle + (to - cycle) * factor);
}, { passive: false });
canvas.addEventListener("pointerdown", (event) => {
  drag = { x: event.clientX, from, to };
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener("pointerup", () => { drag = null; });
canvas.addEventListener("pointermove", (event) => {
  hover(event);
  if (!drag) return;
  const moved = (drag.x - event.clientX) * cyclesPerPixel();
  show(drag.from + moved, drag.from + moved + (drag.to - drag.from));
});
canvas.addEventListener("pointerleave", () => { tip.style.visibility = "hidden"; });
canvas.addEventListener("dblclick", () => show(0, total));
element("whole").addEventListener("click", () => show(0, total));
window.addEventListener("resize", () => show(from, to));
fillLegend();
show(0, total);
