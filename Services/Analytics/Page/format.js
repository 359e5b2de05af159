// Numbers and times as people read them, in the language of the page and the time zone of the city.

import { currentLanguage } from "./i18n.js";

let timeZone = "Asia/Shanghai";

/** Times are shown in the city's zone, wherever the screen hangs. */
export function setTimeZone(zone) {
  timeZone = zone ?? timeZone;
}

const locale = () => (currentLanguage() === "zh" ? "zh-CN" : "en-GB");

/** `9686` → `9,686`; nothing known → `—`. */
export const integer = (count) => (count == null ? "—" : new Intl.NumberFormat(locale()).format(count));

/**
 * A share as a percentage with one digit, `—` where there is nothing to divide by.
 * Only a full share reads 100 %: 9,685 of 9,686 is 99.9 %, since a rounded 100 would hide the one that is missing.
 */
export function percent(numerator, denominator) {
  if (!denominator) return "—";
  const tenths = Math.round((numerator / denominator) * 1000);
  const shown = tenths >= 1000 && numerator < denominator ? 999 : tenths;
  return `${(shown / 10).toFixed(1)}%`;
}

/** `09:41`, or `30 Nov 09:41` when that was on another day. */
export function moment(at, now) {
  const date = new Date(at);
  const time = dateFormat({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date);
  if (dayOf(date) === dayOf(now)) return time;
  return `${dateFormat({ month: "short", day: "numeric" }).format(date)} ${time}`;
}

/** `09:41:07` */
export const clock = (date) =>
  dateFormat({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(date);

/** The long form of an instant's date. */
export const longDate = (date) =>
  dateFormat({ year: "numeric", month: "short", day: "numeric", weekday: "short" }).format(date);

/** `YYYY-MM-DD` as `30 Nov`. */
export const shortDay = (day) => dayFormat({ month: "short", day: "numeric" }).format(new Date(`${day}T00:00Z`));

/** What the period from day to day is called: a month, a day, or from – to. */
export function periodName({ from, to }, today) {
  const date = (day, options) => dayFormat(options).format(new Date(`${day}T00:00Z`));
  if (from === to) return date(from, { year: "numeric", month: "short", day: "numeric" });
  const inOneMonth = from.slice(0, 7) === to.slice(0, 7);
  const wholeMonth = inOneMonth && from.endsWith("-01") && (to === today || to === lastDay(from));
  if (wholeMonth) return date(from, { year: "numeric", month: "long" });
  return `${date(from, { year: "numeric", month: "short", day: "numeric" })} – ${shortDay(to)}`;
}

/** The month that lies `months` after the month of `day`, as a period of days. */
export function monthBeside(day, months) {
  const [year, month] = day.split("-").map(Number);
  const from = new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10);
  return { from, to: lastDay(from) };
}

function lastDay(day) {
  const [year, month] = day.split("-").map(Number);
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}

const formats = new Map();

function dateFormat(options, zone = timeZone) {
  const key = `${locale()} ${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale(), { ...options, timeZone: zone }));
  return formats.get(key);
}

// Days without a time are read and written as UTC, so that no zone can shift them.
const dayFormat = (options) => dateFormat(options, "UTC");

const dayOf = (date) => dateFormat({ year: "numeric", month: "2-digit", day: "2-digit" }).format(date);
