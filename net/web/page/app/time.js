// Times as people write them, in the reader's own manner.
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

export const atClock = (time) => clock.format(time);
export const inFull = (time) => full.format(time);
export const dayKey = (time) => new Date(time).toDateString();

export function dayName(time, now = Date.now()) {
  if (dayKey(time) === dayKey(now)) return 'Today';
  if (dayKey(time) === dayKey(now - 864e5)) return 'Yesterday';
  return (now - time < 300 * 864e5 ? day : dayOfYear).format(time);
}
