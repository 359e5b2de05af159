// READ FIRST. The page asks for the overview, the grids and the latest changes, then follows the live stream.
// Every part draws itself from what it is given (header, figures, map, trend, bars, feed, warnings); this file gives.

import { fetchFeed, fetchGrids, fetchOverview, Refused } from "./api.js";
import { renderBars } from "./bars.js";
import { byId, el } from "./dom.js";
import { createFeed } from "./feed.js";
import { createFigures } from "./figures.js";
import { setTimeZone } from "./format.js";
import { GridTree } from "./grids.js";
import { createHeader, lostSentence, showAlert } from "./header.js";
import { currentLanguage, say, setLanguage, translatePage } from "./i18n.js";
import { follow } from "./live.js";
import { createMap } from "./map.js";
import { createTrend } from "./trend.js";
import { createWarnings } from "./warnings.js";

/** Changes asked for at once: enough to find the warnings that are still standing. */
const history = 200;
/** Live changes are shown in gulps this far apart, in milliseconds: a busy hour must not redraw the page for each. */
const gulp = 400;
/** The overview is asked for again this often in any case, and this soon after a change, in milliseconds. */
const calm = 60_000;
const busy = 5_000;

const state = {
  overview: null,
  /** The server's time minus this machine's, in milliseconds: a wall screen's own clock may be wrong. */
  skew: 0,
  /** When the overview was last heard of. */
  heardAt: null,
  /** A period the person chose, or null for what the server takes as current. */
  period: periodFromAddress(),
  /** Code of the grid that the feed is narrowed to. */
  chosen: null,
  tree: null,
  map: null,
  /** Live changes that wait to be shown. */
  arrived: [],
  /** Whether the feed has had its first items. */
  fed: false,
};

const now = () => new Date(Date.now() + state.skew);
const figures = createFigures(byId("figures"));
const trend = createTrend(byId("trend"), (day) => choosePeriod({ from: day, to: day }));
const warnings = createWarnings({ now, choose: chooseGrid });
const feed = createFeed({
  now,
  choose: chooseGrid,
  belongs: (item) => state.chosen === null || Boolean(item.grid && state.tree?.isWithin(item.grid.code, state.chosen)),
});
const header = createHeader({
  now,
  choosePeriod,
  switchLanguage() {
    setLanguage(currentLanguage() === "zh" ? "en" : "zh");
    renderAll();
  },
});

function renderAll() {
  translatePage();
  header.render();
  feed.setFilter(state.chosen && (state.tree?.name(state.chosen) ?? state.chosen));
  warnings.render();
  state.map?.render();
  trend.render();
  if (state.overview) renderOverview();
}

function renderOverview() {
  const { overview } = state;
  header.setOverview(overview, state.period === null);
  figures.render(overview);
  warnings.setCounts(overview.warnings);
  trend.setDays(overview.byDay ?? []);
  renderBars(byId("by-category"), overview.byCategory ?? [], 9);
  renderBars(byId("by-source"), overview.bySource ?? [], 7);
  state.map?.setFigures(overview.byGrid ?? []);
}

function takeOverview(overview) {
  // Another policy may mean other grids, and often another version of this page.
  if (state.overview && state.overview.policyVersion !== overview.policyVersion) location.reload();
  state.overview = overview;
  state.heardAt = overview.now;
  state.skew = Date.parse(overview.now) - Date.now();
  setTimeZone(overview.timeZone);
  document.body.dataset.state = "ready";
  renderOverview();
}

/** Lays the part of an overview that came by the stream over what is shown. */
function takePart(part) {
  // The stream speaks of the current period; while another is shown, ask for that one instead.
  if (!state.overview || state.period !== null) return askSoon(busy);
  const indicators = state.overview.indicators.map(
    (old) => part.indicators?.find((fresh) => fresh.id === old.id && fresh.scope === old.scope) ?? old,
  );
  takeOverview({ ...state.overview, now: now().toISOString(), ...part, indicators });
}

// One request at a time; whoever wants an earlier one moves it forward.
let asking = 0;
let askAt = Infinity;
let asked;

function askSoon(wait) {
  const at = Date.now() + wait;
  if (at >= askAt) return;
  clearTimeout(asking);
  askAt = at;
  asking = setTimeout(ask, wait);
}

async function ask() {
  const { period } = state;
  askAt = Infinity;
  // A slow answer is waited for, unless it is about a period that is no longer wanted.
  if (asked === period) return askSoon(1000);
  asked = period;
  try {
    if (!state.tree) takeGrids(await fetchGrids());
    const [overview, latest] = await Promise.all([fetchOverview(period), fetchFeed(null, history)]);
    if (period !== state.period) return;
    takeOverview(overview);
    takeFeed(latest);
    showAlert(null);
    askSoon(calm);
  } catch (error) {
    complain(error);
    askSoon(busy);
  } finally {
    if (asked === period) asked = undefined;
  }
}

function complain(error) {
  document.body.dataset.state = state.overview ? "stale" : "failed";
  showAlert(error instanceof Refused
    ? say("refused", { status: error.status, reason: error.reason })
    : lostSentence(state.heardAt, now()));
}

function takeGrids(collection) {
  state.tree = new GridTree(collection);
  if (state.tree.features.length > 0) state.map = createMap(state.tree, chooseGrid);
  else byId("legend").replaceChildren(el("span", { "data-word": "noGrids" }, say("noGrids")));
}

function takeFeed({ items }) {
  live.compare(Math.max(0, ...items.map(({ id }) => id)));
  // What happened before the page was opened is shown, but not read out.
  if (!state.fed && state.chosen === null) feed.replace(items);
  else feed.add(items);
  state.fed = true;
  warnings.add(items);
}

function takeArrived() {
  const items = state.arrived.splice(0);
  if (items.length === 0) return;
  feed.add(items);
  warnings.add(items);
  for (const item of items.filter(({ change }) => change === "filed").slice(-12)) state.map?.mark(item);
  askSoon(busy);
}

async function chooseGrid(code) {
  state.chosen = code;
  state.map?.setChosen(code);
  feed.setFilter(code && (state.tree?.name(code) ?? code));
  try {
    const { items } = await fetchFeed(code, history);
    if (state.chosen === code) feed.replace(items);
  } catch (error) {
    complain(error);
  }
}

function choosePeriod(period) {
  state.period = period;
  if (state.overview) document.body.dataset.state = "stale";
  const query = period ? `?${new URLSearchParams(period)}` : "";
  window.history.replaceState(null, "", `${location.pathname}${query}`);
  askSoon(0);
}

function periodFromAddress() {
  const query = new URLSearchParams(location.search);
  const [from, to] = [query.get("from"), query.get("to")];
  return from && to ? { from, to } : null;
}

renderAll();
setInterval(takeArrived, gulp);
document.addEventListener("visibilitychange", () => document.hidden || askSoon(0));
const live = follow({
  opened() {
    header.setConnection("live");
    askSoon(0);
  },
  lost() {
    header.setConnection("lost");
    askSoon(500); // Its answer, or its failure, says whether the figures are still fresh.
  },
  feed: (item) => state.arrived.push(item),
  overview: takePart,
});
askSoon(0);
