// The live feed: every change of every case, newest first.

import { byId, el, emptyRow, outside } from "./dom.js";
import { integer, moment } from "./format.js";
import { gridButton } from "./gridcard.js";
import { pick, say, sayCode } from "./i18n.js";

/** Rows on the page; older ones fall off the end. */
const rows = 80;
/** A screen reader hears a summary at most this often, in milliseconds: a busy city would drown its listener. */
const quiet = 10_000;
/** Changes whose name already says the state they lead to. */
const plain = new Set(["filed", "accepted", "returned", "closed", "merged"]);
const telling = ({ change, state }) => state !== change || !plain.has(change);

/**
 * @param {Object} options
 * @param {() => Date} options.now the city's clock
 * @param {(code: string|null) => void} options.choose called when a person picks a grid, or all
 * @param {(item: Object) => boolean} options.belongs whether an item belongs to the grid the feed is narrowed to
 */
export function createFeed({ now, choose, belongs }) {
  const list = byId("feed");
  const pause = byId("pause");
  const filter = byId("filter");
  let items = [];
  let waiting = null;
  let unsaid = [];
  let saidAt = 0;

  const row = (item) => el("li", {
    "data-testid": "feed-item", "data-id": item.id, "data-case": item.case, "data-change": item.change,
    "data-state": item.state, "data-severity": item.severity,
  },
  el("div", { class: "first" },
    el("span", { class: "change" }, sayCode("change", item.change)),
    el("span", { class: "badge", "data-severity": item.severity, title: sayCode("path", item.path) },
      sayCode("severity", item.severity)),
    telling(item) ? el("span", { class: "state" }, sayCode("state", item.state)) : null,
    el("time", { datetime: item.at }, moment(item.at, now()))),
  el("p", { class: "title" }, outside(pick(item.category), "bdi", { class: "category" }), " ", outside(item.title)),
  el("div", { class: "last" },
    gridButton(item.grid, choose),
    el("span", { class: "number" }, item.case)));

  function insert(item) {
    const older = [...list.children].find((each) => Number(each.dataset.id) < item.id);
    list.insertBefore(row(item), older ?? null);
  }

  function render() {
    const shown = items.filter(belongs).slice(0, rows);
    list.replaceChildren(...(shown.length ? shown.map(row) : [emptyRow(say("noFeed"))]));
    renderPause();
  }

  function renderPause() {
    pause.setAttribute("aria-pressed", String(waiting !== null));
    if (waiting === null) pause.textContent = say("pause");
    else pause.textContent = waiting.length ? say("resumeWith", { count: integer(waiting.length) }) : say("resume");
  }

  function announce() {
    if (unsaid.length === 0 || Date.now() - saidAt < quiet) return;
    const latest = unsaid.at(-1);
    byId("feed-said").textContent = say("feedSaid", {
      count: unsaid.length,
      latest: `${sayCode("change", latest.change)} ${pick(latest.category)} ${pick(latest.grid)}`,
    });
    unsaid = [];
    saidAt = Date.now();
  }

  /** Adds what the page does not have yet; the order of arrival does not matter. */
  function add(arrived) {
    const known = new Set([...items, ...(waiting ?? [])].map(({ id }) => id));
    const fresh = arrived.filter(({ id }) => !known.has(id));
    if (waiting) {
      waiting.push(...fresh);
      return renderPause();
    }
    items = [...items, ...fresh].sort((a, b) => b.id - a.id).slice(0, 4 * rows);
    const visible = fresh.filter(belongs);
    if (visible.length === 0) return announce();
    list.querySelector(".empty")?.remove();
    visible.forEach(insert);
    while (list.childElementCount > rows) list.lastElementChild.remove();
    unsaid.push(...visible);
    announce();
  }

  pause.addEventListener("click", () => {
    const missed = waiting;
    waiting = missed === null ? [] : null;
    if (missed) add(missed);
    renderPause();
  });
  filter.addEventListener("click", () => choose(null));

  return {
    add,
    render,
    /** Starts over with other items, such as those of one grid. */
    replace(next) {
      items = [...next].sort((a, b) => b.id - a.id);
      unsaid = [];
      render();
    },
    /** Shows what the feed is narrowed to; null for all. */
    setFilter(name) {
      filter.hidden = name === null;
      filter.replaceChildren(...(name === null ? [] : [
        el("span", {}, say("onlyGrid", { grid: name })), el("span", { "aria-hidden": "true" }, " ✕"),
        el("span", { class: "unseen" }, `, ${say("showAll")}`)]));
      render();
    },
  };
}
