// The period day by day: reported as an area, handled on the spot as a line, and beneath them, on a scale of
// their own, the few that were breached as columns. A pointer or the arrow keys read one day.

import { byId, el, svg } from "./dom.js";
import { integer, shortDay } from "./format.js";
import { say } from "./i18n.js";

const lines = ["reported", "onTheSpot"];
const series = [...lines, "breached"];
const margin = { left: 44, right: 26, top: 10, bottom: 22 };
/** Height of the lane of breached columns and the gap above it. */
const lane = { height: 20, gap: 10 };

/**
 * Draws in `root` and redraws when that changes size.
 * @param {(day: string) => void} choose called when a person asks for one day alone
 */
export function createTrend(root, choose) {
  let days = [];
  /** Index of the day being read, or null. */
  let read = null;

  function render() {
    const { width, height } = root.getBoundingClientRect();
    if (width < 50 || height < 50) return;
    if (days.length === 0) {
      root.replaceChildren(el("p", { class: "empty" }, say("nothing")));
      return;
    }
    const hadFocus = root.contains(document.activeElement);
    const scale = scales(days, width, height);
    const cursor = svg("g", { class: "reading-line", "aria-hidden": "true" });
    const drawing = svg("svg", {
      viewBox: `0 0 ${width} ${height}`, role: "slider", tabindex: "0",
      "aria-label": `${say("trend")}, Enter: ${say("showDay")}`,
      "aria-valuemin": "0", "aria-valuemax": String(days.length - 1),
    }, ...axes(days, scale), ...columns(days, scale), ...curves(days, scale), cursor);

    const readDay = (i) => {
      read = i;
      showReading(days, i, drawing, cursor, scale);
    };
    listen(drawing, (event) => scale.dayAt(event.clientX - root.getBoundingClientRect().left), readDay);
    root.replaceChildren(drawing);
    if (hadFocus) drawing.focus();
    readDay(read !== null && read < days.length ? read : null);
  }

  function listen(drawing, dayAt, readDay) {
    drawing.addEventListener("pointermove", (event) => readDay(dayAt(event)));
    drawing.addEventListener("pointerleave", (event) => event.pointerType === "touch" || readDay(null));
    drawing.addEventListener("click", (event) => {
      const i = dayAt(event);
      // A finger cannot hover: its first tap reads the day, a second one chooses it.
      if (read === i) choose(days[i].day);
      else readDay(i);
    });
    drawing.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) readDay(Math.max(0, Math.min(days.length - 1, (read ?? days.length) + step)));
      else if (event.key === "Enter" && read !== null) choose(days[read].day);
      else if (event.key === "Escape") readDay(null);
      else return;
      event.preventDefault();
    });
  }

  new ResizeObserver(render).observe(root);
  return {
    render,
    /** Shows other days, rows of the overview's `byDay`. */
    setDays(next) {
      days = next;
      render();
    },
  };
}

/** Where days and counts lie on a drawing of this size. */
function scales(days, width, height) {
  const room = width - margin.left - margin.right;
  const ground = height - margin.bottom;
  const floor = ground - lane.height - lane.gap;
  const top = niceTop(Math.max(1, ...days.map(({ reported }) => reported)));
  const mostBreached = Math.max(0, ...days.map(({ breached }) => breached));
  return {
    width, ground, top, mostBreached,
    x: (i) => margin.left + ((i + 0.5) * room) / days.length,
    y: (count) => floor - (count / top) * (floor - margin.top),
    column: {
      width: Math.max(2, Math.min(10, (room / days.length) * 0.4)),
      height: (count) => (mostBreached ? (count / mostBreached) * lane.height : 0),
    },
    dayAt: (along) => Math.max(0, Math.min(days.length - 1, Math.floor(((along - margin.left) / room) * days.length))),
  };
}

function axes(days, { x, y, width, ground, top, mostBreached }) {
  const rule = (at, textAt, label, name) => svg("g", { class: "rule" },
    svg("line", { x1: margin.left, x2: width - margin.right, y1: at, y2: at }),
    svg("text", { class: name, x: margin.left - 8, y: textAt + 4, "text-anchor": "end" }, label));
  return [
    ...[0, top / 2, top].map((count) => rule(y(count), y(count), integer(count))),
    rule(ground, ground - lane.height / 2, `≤ ${integer(mostBreached)}`, "most"),
    ...dayTicks(days.length, width).map((i) =>
      svg("text", { x: x(i), y: ground + 17, "text-anchor": "middle" }, shortDay(days[i].day))),
  ];
}

function columns(days, { x, ground, column }) {
  return days.map(({ breached }, i) => svg("rect", {
    class: "breached", x: x(i) - column.width / 2, y: ground - column.height(breached),
    width: column.width, height: column.height(breached),
  }));
}

function curves(days, scale) {
  const { x, y } = scale;
  const path = (count) =>
    days.map((day, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(day[count]).toFixed(1)}`).join("");
  return [
    svg("path", { class: "area", d: `${path("reported")}L${x(days.length - 1)} ${y(0)}L${x(0)} ${y(0)}Z` }),
    ...lines.map((count) => svg("path", { class: `line ${count}`, d: path(count) })),
    // A line of one point draws nothing; its dots do.
    ...(days.length === 1 ? dots(days, 0, scale) : []),
  ];
}

const dots = (days, i, { x, y }) =>
  lines.map((count) => svg("circle", { class: `point ${count}`, cx: x(i), cy: y(days[i][count]), r: 3.5 }));

/** Marks day `i` and writes its counts; null only names the series. */
function showReading(days, i, drawing, cursor, scale) {
  const at = i ?? days.length - 1;
  const day = days[at];
  const spoken = [shortDay(day.day), ...series.map((count) => `${say(count)} ${integer(day[count])}`)];
  drawing.setAttribute("aria-valuenow", String(at));
  drawing.setAttribute("aria-valuetext", spoken.join(", "));
  cursor.replaceChildren(
    ...(i === null ? [] : [
      svg("line", { x1: scale.x(i), x2: scale.x(i), y1: margin.top, y2: scale.ground }),
      ...dots(days, i, scale),
    ]),
  );
  byId("trend-reading").replaceChildren(
    i === null ? "" : el("b", {}, shortDay(day.day)),
    ...series.map((count) =>
      el("span", { class: `key ${count}` }, say(count), i === null ? null : ` ${integer(day[count])}`)),
  );
}

/** The next round number at or above `count`, even where it is above one, so that its half is whole too. */
function niceTop(count) {
  const power = 10 ** Math.floor(Math.log10(count));
  return Math.max(2, [1, 2, 4, 6, 8, 10].find((step) => step * power >= count) * power);
}

/** Which days get their date written: as many as fit, the last always. */
function dayTicks(count, width) {
  const step = Math.max(1, Math.ceil(count / Math.max(2, Math.floor((width - margin.left) / 75))));
  return Array.from({ length: count }, (_, i) => i).filter((i) => (count - 1 - i) % step === 0);
}
