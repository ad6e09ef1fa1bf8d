/** Times as `now()`, `strftime` and `to_datetime` have them. */
import { fail } from "../errors/fault.ts";
import { Callable, float, Instance } from "./values.ts";
import type { Value } from "./values.ts";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

interface Fields {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
  /** From 0, Sunday. */
  readonly weekday: number;
  /** From 1. */
  readonly yearday: number;
  /** Minutes east of Greenwich. */
  readonly offset: number;
  readonly zone: string;
}

/** A point in time. `utc` says how it is shown. */
export class Moment extends Instance {
  readonly type = "time";
  /** Since 1970, with fractions. */
  readonly seconds: number;
  readonly utc: boolean;
  /** It prints as a date alone, as YAML's `2026-01-31`. */
  readonly dateOnly: boolean;

  constructor(seconds: number, utc: boolean, dateOnly = false) {
    super();
    this.dateOnly = dateOnly;
    this.seconds = seconds;
    this.utc = utc;
    if (!Number.isFinite(new Date(seconds * 1000).getTime())) fail("the time is out of range");
  }

  override print(): string {
    if (this.dateOnly) return this.format("%Y-%m-%d");
    const { microsecond } = this.fields();
    return this.format(`%Y-%m-%d %H:%M:%S${microsecond === 0 ? "" : ".%f"}`);
  }

  attribute(name: string): Value | undefined {
    const fields = this.fields();
    switch (name) {
      case "year":
      case "month":
      case "day":
      case "hour":
      case "minute":
      case "second":
      case "microsecond":
        return fields[name];
      case "strftime":
        return new Callable("time.strftime", ([pattern]) => this.format(typeof pattern === "string" ? pattern : ""));
      case "isoformat":
        return new Callable("time.isoformat", () => this.print().replace(" ", "T"));
      case "timestamp":
        return new Callable("time.timestamp", () => float(this.seconds));
      case "weekday":
        return new Callable("time.weekday", () => (fields.weekday + 6) % 7);
      case "isoweekday":
        return new Callable("time.isoweekday", () => fields.weekday || 7);
      default:
        return undefined;
    }
  }

  fields(): Fields {
    const date = new Date(Math.floor(this.seconds) * 1000);
    const offset = this.utc ? 0 : -date.getTimezoneOffset();
    const shown = new Date(date.getTime() + offset * 60_000);
    return {
      year: shown.getUTCFullYear(),
      month: shown.getUTCMonth() + 1,
      day: shown.getUTCDate(),
      hour: shown.getUTCHours(),
      minute: shown.getUTCMinutes(),
      second: shown.getUTCSeconds(),
      microsecond: Math.round((this.seconds - Math.floor(this.seconds)) * 1e6) % 1e6,
      weekday: shown.getUTCDay(),
      yearday: Math.floor((shown.getTime() - Date.UTC(shown.getUTCFullYear(), 0, 1)) / 86_400_000) + 1,
      offset,
      zone: this.utc ? "UTC" : zoneName(date),
    };
  }

  /** strftime(3), in the C locale. */
  format(pattern: string): string {
    const fields = this.fields();
    return pattern.replace(/%[-_0^]?([a-zA-Z%])/g, (all: string, letter: string) => {
      const made = directive(letter, fields, this.seconds);
      return all.startsWith("%-") ? (made ?? all).replace(/^[0 ]+(?=.)/, "") : (made ?? all);
    });
  }
}

/** The difference of two times. */
export class Duration extends Instance {
  readonly type = "duration";
  readonly total: number;

  constructor(total: number) {
    super();
    this.total = total;
  }

  override print(): string {
    const days = Math.floor(this.total / 86_400);
    const rest = this.total - days * 86_400;
    const time = `${Math.floor(rest / 3600)}:${two(Math.floor(rest / 60) % 60)}:${two(Math.floor(rest) % 60)}`;
    return days === 0 ? time : `${days} day${Math.abs(days) === 1 ? "" : "s"}, ${time}`;
  }

  attribute(name: string): Value | undefined {
    const days = Math.floor(this.total / 86_400);
    if (name === "days") return days;
    if (name === "seconds") return Math.floor(this.total - days * 86_400);
    if (name === "microseconds") return Math.round((this.total - Math.floor(this.total)) * 1e6);
    if (name !== "total_seconds") return undefined;
    return new Callable("duration.total_seconds", () => float(this.total));
  }
}

function zoneName(date: Date): string {
  const zone = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(date);
  return zone.find((each) => each.type === "timeZoneName")?.value ?? "";
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}

function space(n: number): string {
  return String(n).padStart(2, " ");
}

type Directive = (fields: Fields, seconds: number) => string;

const DIRECTIVES: ReadonlyMap<string, Directive> = new Map<string, Directive>([
  ["Y", ({ year }) => String(year)],
  ["C", ({ year }) => two(Math.floor(year / 100))],
  ["y", ({ year }) => two(year % 100)],
  ["m", ({ month }) => two(month)],
  ["d", ({ day }) => two(day)],
  ["e", ({ day }) => space(day)],
  ["H", ({ hour }) => two(hour)],
  ["k", ({ hour }) => space(hour)],
  ["I", ({ hour }) => two(hour % 12 || 12)],
  ["l", ({ hour }) => space(hour % 12 || 12)],
  ["M", ({ minute }) => two(minute)],
  ["S", ({ second }) => two(second)],
  ["f", ({ microsecond }) => String(microsecond).padStart(6, "0")],
  ["p", ({ hour }) => (hour < 12 ? "AM" : "PM")],
  ["P", ({ hour }) => (hour < 12 ? "am" : "pm")],
  ["A", ({ weekday }) => DAYS[weekday] ?? ""],
  ["a", ({ weekday }) => (DAYS[weekday] ?? "").slice(0, 3)],
  ["B", ({ month }) => MONTHS[month - 1] ?? ""],
  ["b", ({ month }) => (MONTHS[month - 1] ?? "").slice(0, 3)],
  ["h", ({ month }) => (MONTHS[month - 1] ?? "").slice(0, 3)],
  ["j", ({ yearday }) => String(yearday).padStart(3, "0")],
  ["u", ({ weekday }) => String(weekday || 7)],
  ["w", ({ weekday }) => String(weekday)],
  ["U", ({ yearday, weekday }) => two(Math.floor((yearday + 6 - weekday) / 7))],
  ["W", ({ yearday, weekday }) => two(Math.floor((yearday + 6 - ((weekday + 6) % 7)) / 7))],
  ["V", (fields) => two(isoWeek(fields).week)],
  ["G", (fields) => String(isoWeek(fields).year)],
  ["Z", ({ zone }) => zone],
  [
    "z",
    ({ offset }) => `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`,
  ],
  ["s", (_, seconds) => String(Math.floor(seconds))],
  ["n", () => "\n"],
  ["t", () => "\t"],
  ["%", () => "%"],
]);

const COMBINED: ReadonlyMap<string, string> = new Map([
  ["F", "Y-m-d"],
  ["T", "H:M:S"],
  ["R", "H:M"],
  ["D", "m/d/y"],
  ["x", "m/d/y"],
  ["X", "H:M:S"],
  ["c", "a b e H:M:S Y"],
]);

function directive(letter: string, fields: Fields, seconds: number): string | undefined {
  const combined = COMBINED.get(letter);
  if (combined === undefined) return DIRECTIVES.get(letter)?.(fields, seconds);
  return combined.replace(/[a-zA-Z]/g, (each) => DIRECTIVES.get(each)?.(fields, seconds) ?? "");
}

/** The week of ISO 8601, and the year that it belongs to. */
function isoWeek({ year, month, day }: Fields): { readonly year: number; readonly week: number } {
  const date = new Date(Date.UTC(year, month - 1, day));
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * 86_400_000);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return { year: thursday.getUTCFullYear(), week: Math.floor((thursday.getTime() - first) / 604_800_000) + 1 };
}

const READ: ReadonlyMap<string, string> = new Map([
  ["Y", "(?<year>\\d{4})"],
  ["m", "(?<month>1[0-2]|0?[1-9])"],
  ["d", "(?<day>3[01]|[12]\\d|0?[1-9])"],
  ["H", "(?<hour>2[0-3]|[01]?\\d)"],
  ["M", "(?<minute>[0-5]?\\d)"],
  ["S", "(?<second>6[01]|[0-5]?\\d)"],
  ["f", "(?<fraction>\\d{1,6})"],
  ["b", `(?<short>${MONTHS.map((name) => name.slice(0, 3)).join("|")})`],
  ["B", `(?<name>${MONTHS.join("|")})`],
  ["z", "(?<zone>Z|[+-]\\d{2}:?\\d{2})"],
  ["%", "%"],
]);

/** strptime(3), for the common directives; without a zone the time is local. */
export function parseTime(text: string, pattern: string): Moment {
  if (pattern.length > 200) return fail("the format is too long");
  const source = pattern.replace(/%(.)|[\\^$.*+?()[\]{}|]/g, (all: string, letter?: string) => {
    if (letter === undefined) return `\\${all}`;
    return (
      READ.get(letter) ??
      fail(`\`%${letter}\` cannot be read`, { help: `it knows ${[...READ.keys()].map((k) => `%${k}`).join(" ")}` })
    );
  });
  const twice = /%([a-zA-Z]).*%\1/s.exec(pattern)?.[1];
  if (twice !== undefined) return fail(`the format has \`%${twice}\` twice`);
  const found = new RegExp(`^${source}$`, "i").exec(text)?.groups;
  if (found === undefined) return fail("the time is not of the format", { label: `expected ${pattern}` });
  const name = found["name"] ?? found["short"];
  const month = name === undefined ? Number(found["month"] ?? 1) : monthOf(name);
  const [year, day] = [Number(found["year"] ?? 1900), Number(found["day"] ?? 1)];
  const [hour, minute, second] = [found["hour"], found["minute"], found["second"]].map((each) => Number(each ?? 0));
  const fraction = Number(`0.${found["fraction"] ?? 0}`);
  const [h = 0, m = 0, s = 0] = [hour, minute, second];
  const local = new Date(year, month - 1, day, h, m, s).getTime() / 1000;
  const utc = Date.UTC(year, month - 1, day, h, m, s) / 1000;
  const zone = found["zone"];
  return zone === undefined ? new Moment(local + fraction, false) : new Moment(utc - offsetOf(zone) + fraction, true);
}

function monthOf(name: string): number {
  return MONTHS.findIndex((month) => month.toLowerCase().startsWith(name.toLowerCase())) + 1;
}

/** Seconds east of Greenwich. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60);
}
