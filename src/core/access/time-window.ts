/** When a rule is there: from one instant to another, on days of the week, at hours of the day in a time zone. */

export interface TimeWindow {
  /** RFC 3339; the first instant. */
  readonly from?: string;
  /** RFC 3339; the instant at which it ends. */
  readonly until?: string;
  /** `Mon`, `Tue` ... */
  readonly days?: readonly string[];
  /** `08:00-18:00`; `22:00-06:00` goes over midnight and begins on the named days. */
  readonly hours?: string;
  /** IANA name; UTC by default. */
  readonly timeZone?: string;
}

/** A time of the week where a clock hangs. */
interface WeekTime {
  /** 0 is Sunday. */
  readonly day: number;
  readonly minute: number;
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const minuteMs = 60_000;
const dayMinutes = 1440;

/** Compiles a window; the time zone's rules are looked up here, once, and by a call only when another minute has begun. */
export function timeWindow({ from, until, days, hours, timeZone = 'UTC' }: TimeWindow): (nowMs: number) => boolean {
  const fromMs = from === undefined ? -Infinity : Date.parse(from);
  const untilMs = until === undefined ? Infinity : Date.parse(until);
  const within = (nowMs: number) => nowMs >= fromMs && nowMs < untilMs;
  if (days === undefined && hours === undefined) return within;
  const onDay = weekdays.map((day) => days?.includes(day) ?? true);
  const [start = 0, end = dayMinutes] = (hours ?? '').split('-').filter(Boolean).map(minutesOf);
  const holdsAt = ({ day, minute }: WeekTime): boolean => {
    if (start < end) return minute >= start && minute < end && onDay[day] === true;
    return (minute >= start && onDay[day] === true) || (minute < end && onDay[(day + 6) % 7] === true);
  };
  const clock = clockIn(timeZone);
  let lastMinute = Number.NaN;
  let lastHolds = false;
  return (nowMs) => {
    if (!within(nowMs)) return false;
    const minute = Math.floor(nowMs / minuteMs);
    if (minute !== lastMinute) {
      lastHolds = holdsAt(clock(nowMs));
      lastMinute = minute;
    }
    return lastHolds;
  };
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/** Offsets of time zones are whole minutes, for all instants since 1972. */
function clockIn(timeZone: string): (nowMs: number) => WeekTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (nowMs) => {
    const parts = Object.fromEntries(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
    return { day: weekdays.indexOf(parts.weekday ?? ''), minute: Number(parts.hour) * 60 + Number(parts.minute) };
  };
}
