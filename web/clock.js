import { locale } from './i18n.js';
import { createStore } from './store.js';

/** The reader's own time zone, as the browser knows it. */
export const readerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The present time, renewed every half minute for the clocks on the page. */
export const now = createStore(new Date());
setInterval(() => now.set(new Date()), 30_000);

const formats = new Map(); // making an Intl.DateTimeFormat costs more than using one a thousand times

function format(zone, options) {
  const key = `${locale()} ${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options }));
  return formats.get(key);
}

/** "09:00" on the clocks of `zone`. */
export const timeIn = (zone, instant) =>
  format(zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(instant));

/** "Fri 18 Dec" on the calendars of `zone`. */
export const dayIn = (zone, instant) =>
  format(zone, { weekday: 'short', day: 'numeric', month: 'short' }).format(new Date(instant));

/** "18 December 2020" on the calendars of `zone`. */
export const dateIn = (zone, instant) =>
  format(zone, { day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(instant));

/** "18–19 December 2020", from the one instant to the other. */
export const datesIn = (zone, first, last) =>
  format(zone, { day: 'numeric', month: 'long', year: 'numeric' }).formatRange(new Date(first), new Date(last));

/** The calendar day in `zone` as a key that sorts: "2020-12-18". */
export const dayKey = (zone, instant) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(new Date(instant));

/** "09:00–09:45", both ends on the clocks of `zone`. */
export const spanIn = (zone, start, end) => `${timeIn(zone, start)}–${timeIn(zone, end)}`;

/** Days between the calendars of two zones at one instant: 1 where `zone` is already a day ahead. */
export function dayShift(zone, fromZone, instant) {
  const days = (where) => Date.parse(dayKey(where, instant)) / 86_400_000;
  return days(zone) - days(fromZone);
}

/** Minutes that `zone` is ahead of UTC now, to put venues in the order of the sun. */
export function offsetOf(zone, instant = new Date()) {
  const parts = format(zone, { timeZoneName: 'longOffset' }).formatToParts(instant);
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(parts.find((p) => p.type === 'timeZoneName').value) ?? [];
  return sign ? Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) : 0;
}

/** Whether it is day (6 to 18 o'clock) in `zone`. */
export function isDay(zone, instant) {
  const hour = Number(timeIn(zone, instant).slice(0, 2));
  return hour >= 6 && hour < 18;
}
