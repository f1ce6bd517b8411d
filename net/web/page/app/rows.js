// Rows are what the log shows: messages with a head where the speaker changes,
// days, the line above what is new, and what happened, drawn together.
import { dayKey } from './time.js';

const together = 5 * 60_000; // what one says within this stands under one head

/** rowsOf makes rows of messages; those that are the same object twice are so in the result, too. */
export function rowsOf(messages, divider) {
  const rows = [];
  let before = null;
  let day = '';
  let divided = divider === 0;
  for (const m of messages) {
    const today = dayKey(m.time);
    if (today !== day) {
      rows.push({ kind: 'day', key: `day-${today}`, time: m.time });
      day = today;
      before = null;
    }
    if (!divided && m.time > divider && !m.mine) {
      if (m.kind !== 'event') {
        rows.push({ kind: 'new', key: 'new' });
        divided = true;
        before = null;
      }
    }
    if (m.kind === 'event') {
      happened(rows, m);
      before = null;
      continue;
    }
    const head = !before || before.nick !== m.nick || before.kind !== m.kind || m.time - before.time > together || m.reply !== '' || m.kind === 'action';
    rows.push({ kind: 'message', key: m.key, message: m, head });
    before = m;
  }
  return rows;
}

/** happened puts those who come and go into one row. */
function happened(rows, m) {
  const last = rows.at(-1);
  const quiet = m.about === 'join' || m.about === 'part' || m.about === 'nick';
  if (quiet && last?.kind === 'events') last.events.push(m);
  else rows.push({ kind: quiet ? 'events' : 'event', key: m.key, events: [m], message: m });
}

/** summary says in a few words who came and went. */
export function summary(events) {
  const by = new Map();
  for (const e of events) by.set(e.nick, [...(by.get(e.nick) ?? []), e.text.replace(/ \(.*\)$/, '')]);
  const groups = new Map();
  for (const [nick, texts] of by) {
    const what = texts.length > 1 && texts[0] === texts.at(-1) ? texts.at(-1) : [...new Set(texts)].join(', then ');
    groups.set(what, [...(groups.get(what) ?? []), nick]);
  }
  return [...groups].map(([what, nicks]) => ({ nicks: nicks.slice(0, 4), more: Math.max(0, nicks.length - 4), what }));
}
