// What the page says, in Chinese and English. Names of grids, categories and indicators come from the server as data.

const words = {
  title: ["网格指挥中心", "Grid command centre"],
  skipToFeed: ["跳到实时动态", "Skip to the live feed"],
  language: ["English", "中文"],
  languageLabel: ["Switch to English", "切换为中文"],

  periodShown: ["统计期", "Period shown"],
  earlier: ["上个月", "Previous month"],
  later: ["下个月", "Next month"],
  current: ["回到当前", "Back to now"],
  today: ["今日", "Today"],
  atPresent: ["此刻", "At present"],

  connecting: ["正在连接", "Connecting"],
  live: ["实时", "Live"],
  lost: ["连接中断", "Connection lost"],
  lostRetrying: [
    "连接中断，正在重试；下面是 {time} 的数据。",
    "Connection lost, retrying. Figures are as of {time}.",
  ],
  unreachable: ["暂时取不到数据，正在重试。", "No data can be reached at the moment, retrying."],
  refused: [
    "服务器没有给出数据（{status}）：{reason}。正在重试。",
    "The server gave no data ({status}): {reason}. Retrying.",
  ],

  figures: ["指标", "Indicators"],
  definition: ["口径：{name}", "Definition of {name}"],
  counted: ["分子 {numerator} ÷ 分母 {denominator}", "Numerator {numerator} ÷ denominator {denominator}"],
  policy: ["方案第 {version} 版", "Policy version {version}"],

  map: ["网格态势", "Grids"],
  mapHelp: [
    "用方向键在网格之间移动，回车只看该网格的动态，Esc 取消。",
    "Arrow keys move between grids, Enter shows only that grid's feed, Escape shows all again.",
  ],
  metric: ["着色依据", "Coloured by"],
  level: ["网格层级", "Grid level"],
  reported: ["上报", "Reported"],
  handled: ["已处置", "Handled"],
  open: ["在办", "Open"],
  overdue: ["超期", "Overdue"],
  onTime: ["按期", "On time"],
  leader: ["责任岗位", "Answerable"],
  noLeader: ["暂缺", "Vacant"],
  households: ["户数", "Households"],
  partOf: ["所属", "Part of"],
  specialGrid: ["专属网格", "Special grid"],
  gridHint: ["点按网格查看责任岗位与数据", "Point at a grid for who answers for it, and its figures"],
  legendNone: ["无", "None"],
  noGrids: ["还没有载入网格", "No grids have been loaded yet"],
  unplaced: ["另有 {count} 件未落图", "{count} more not on the map"],

  trend: ["逐日趋势", "Day by day"],
  onTheSpot: ["现场处置", "On the spot"],
  breached: ["超期", "Breached"],
  showDay: ["只看这一天", "show only this day"],

  warnings: ["预警督办", "Warnings"],
  noWarnings: ["当前没有预警", "No warnings at the moment"],

  feed: ["实时动态", "Live feed"],
  pause: ["暂停", "Pause"],
  resume: ["继续", "Resume"],
  resumeWith: ["继续（{count} 条新）", "Resume ({count} new)"],
  onlyGrid: ["只看 {grid}", "Only {grid}"],
  showAll: ["取消筛选", "show all"],
  noFeed: ["还没有动态，有新案卷时会出现在这里。", "Nothing yet. New cases will appear here."],
  feedSaid: ["{count} 条新动态。最新：{latest}", "{count} new in the feed. Latest: {latest}"],
  byCategory: ["问题类别", "By category"],
  bySource: ["上报来源", "By source"],
  others: ["其余 {count} 类", "{count} others"],
  nothing: ["本期还没有上报", "No reports in this period yet"],

  "colour.yellow": ["黄色", "Yellow"],
  "colour.red": ["红色", "Red"],
  "colour.breached": ["超期", "Breached"],
  "raised.yellow": ["黄色预警", "Yellow warning"],
  "raised.red": ["红色预警", "Red warning"],
  "raised.breached": ["已超期", "Breached"],

  "severity.general": ["一般", "General"],
  "severity.larger": ["较大", "Larger"],
  "severity.major": ["重大", "Major"],
  "path.finder": ["谁发现谁处置", "Finder handles"],
  "path.report-up": ["一键上报", "Reported up"],
  "path.command": ["一键下达", "Command"],

  "change.filed": ["立案", "Filed"],
  "change.dispatched": ["派遣", "Dispatched"],
  "change.accepted": ["接单", "Accepted"],
  "change.returned": ["回退", "Returned"],
  "change.handled": ["处置", "Handled"],
  "change.closed": ["结案", "Closed"],
  "change.merged": ["并案", "Merged"],
  "change.warned": ["预警", "Warning"],
  "change.breached": ["超期", "Breached"],
  "change.escalated": ["督办", "Escalated"],
  "change.command": ["指令", "Command"],

  "state.reported": ["已上报", "reported"],
  "state.pre-filing-verification": ["核实中", "being verified"],
  "state.filed": ["已立案", "filed"],
  "state.dispatched": ["待接单", "awaiting acceptance"],
  "state.accepted": ["已接单", "accepted"],
  "state.handling": ["处置中", "being handled"],
  "state.handled": ["待核查", "awaiting check"],
  "state.closing-check": ["核查中", "being checked"],
  "state.closed": ["已结案", "closed"],
  "state.declined": ["不予受理", "declined"],
  "state.returned": ["已回退", "returned"],
  "state.suspended": ["挂账", "suspended"],
  "state.reopened": ["返工", "reopened"],
  "state.merged": ["已并案", "merged"],
  "state.void": ["作废", "void"],
};

const remembered = "wangge.language";
let language = initialLanguage();

/** `zh` or `en`. */
export const currentLanguage = () => language;

/** Changes the language for this page and for later visits. */
export function setLanguage(next) {
  language = next;
  try {
    localStorage.setItem(remembered, next);
  } catch {
    // Storage may be switched off; then the choice lasts as long as the page.
  }
}

/** The phrase for `key`, its `{names}` filled in. */
export function say(key, values = {}) {
  const phrase = words[key][language === "zh" ? 0 : 1];
  return phrase.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** The word for a code the server sent, such as a state; a code this page does not know is shown as it is. */
export function sayCode(kind, code) {
  const slug = String(code ?? "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.hasOwn(words, `${kind}.${slug}`) ? say(`${kind}.${slug}`) : slug;
}

/** The side of a `{zh, en}` text for the current language, or the other where one is missing. */
export const pick = (text) => (language === "zh" ? text?.zh || text?.en : text?.en || text?.zh) ?? "";

/** Fills the static parts of the page and tells browser and screen reader which language it is in. */
export function translatePage() {
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = say(node.dataset.word);
  for (const node of document.querySelectorAll("[data-word-label]")) {
    node.setAttribute("aria-label", say(node.dataset.wordLabel));
  }
}

function initialLanguage() {
  try {
    const stored = localStorage.getItem(remembered);
    if (stored === "zh" || stored === "en") return stored;
  } catch {
    // As above.
  }
  return navigator.language?.toLowerCase().startsWith("zh") ? "zh" : "en";
}
