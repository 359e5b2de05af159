// The top of the page: which city, which period, what time it is there, and whether the figures are live.

import { byId, outside } from "./dom.js";
import { clock, longDate, monthBeside, moment, periodName } from "./format.js";
import { currentLanguage, pick, say } from "./i18n.js";

/**
 * @param {Object} options
 * @param {() => Date} options.now the city's clock
 * @param {(period: {from: string, to: string}|null) => void} options.choosePeriod null: what the server has as current
 * @param {() => void} options.switchLanguage
 */
export function createHeader({ now, choosePeriod, switchLanguage }) {
  let overview = null;
  let connection = "connecting";

  function render() {
    byId("language").textContent = say("language");
    byId("language").lang = currentLanguage() === "zh" ? "en" : "zh-Hans";
    byId("language").setAttribute("aria-label", say("languageLabel"));
    renderConnection();
    tick();
    if (!overview) return;
    const city = pick(overview.city.name);
    document.title = `${city} · ${say("title")}`;
    byId("city").replaceChildren(outside(city));
    byId("period").textContent = periodName(overview.period, overview.today);
    byId("later").disabled = monthBeside(overview.period.from, 1).from > overview.today;
  }

  function renderConnection() {
    const text = say(connection);
    if (byId("connection").dataset.state === connection && byId("connection").textContent === text) return;
    byId("connection").dataset.state = connection;
    byId("connection").textContent = text;
  }

  function tick() {
    byId("date").textContent = longDate(now());
    byId("clock").textContent = clock(now());
  }

  function step(months) {
    const month = monthBeside(overview.period.from, months);
    choosePeriod(month.from.slice(0, 7) === overview.today.slice(0, 7) ? null : month);
  }

  byId("earlier").addEventListener("click", () => overview && step(-1));
  byId("later").addEventListener("click", () => overview && step(1));
  byId("current").addEventListener("click", () => choosePeriod(null));
  byId("language").addEventListener("click", switchLanguage);
  setInterval(tick, 1000);

  return {
    render,
    setOverview(next, isCurrent) {
      overview = next;
      byId("current").hidden = isCurrent;
      render();
    },
    /** @param {"connecting"|"live"|"lost"} next */
    setConnection(next) {
      connection = next;
      renderConnection();
    },
  };
}

/** Says above the figures why they may be old; null takes the sentence away. */
export function showAlert(sentence) {
  const alert = byId("alert");
  const text = sentence ?? "";
  alert.hidden = !sentence;
  // Setting equal text again would make a screen reader say it again.
  if (alert.textContent !== text) alert.textContent = text;
}

/** The sentence for figures that stopped at `at`, or never came. */
export const lostSentence = (at, now) => (at ? say("lostRetrying", { time: moment(at, now) }) : say("unreachable"));
