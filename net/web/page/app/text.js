// What others have written is never markup. It is cut into pieces: text, links
// of http and https, mentions, and characters that would not be seen or would
// change the order of what is, which are named instead.

const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffc\ufffe\uffff]|[\u{e0000}-\u{e007f}]/u;
const formatting = /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04[0-9a-f]{0,6}|[\x02\x0f\x11\x16\x1d\x1e\x1f]/gi;
const link = /https?:\/\/[^\s<>"`{}|\\^\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+/giu;

/** pieces cuts a text: [{ kind: text|link|hidden|mention|code, text, href }]. */
export function pieces(text, me = '') {
  const out = [];
  const plain = text.replace(formatting, '');
  plain.split(/(`[^`\n]+`)/).forEach((part, i) => {
    if (i % 2) code(out, part.slice(1, -1));
    else links(out, part, me);
  });
  return out;
}

function code(out, text) {
  out.push({ kind: 'code', pieces: revealed([], text) });
}

function links(out, text, me) {
  let from = 0;
  for (const found of text.matchAll(link)) {
    const url = trimmed(found[0]);
    const href = safe(url);
    if (!href) continue;
    words(out, text.slice(from, found.index), me);
    out.push({ kind: 'link', text: url, href });
    from = found.index + url.length;
  }
  words(out, text.slice(from), me);
}

/** trimmed takes what ends a sentence rather than an address off its end. */
function trimmed(url) {
  let end = url.replace(/[.,;:!?'"*_~]+$/, '');
  while (end.endsWith(')') && end.split(')').length > end.split('(').length) end = end.slice(0, -1).replace(/[.,;:!?]+$/, '');
  return end;
}

/** safe is the address as the browser will ask for it; empty: none to follow, such as one that hides its host behind a name. */
export function safe(url) {
  try {
    const parsed = new URL(url);
    const harmless = (parsed.protocol === 'https:' || parsed.protocol === 'http:') && parsed.username === '' && parsed.password === '';
    return harmless ? parsed.href : '';
  } catch {
    return '';
  }
}

function words(out, text, me) {
  if (text === '') return;
  if (me === '') {
    revealed(out, text);
    return;
  }
  const name = me.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const parts = text.split(new RegExp(`(?<![\\p{L}\\p{N}_])(@?${name})(?![\\p{L}\\p{N}_])`, 'giu'));
  parts.forEach((part, i) => {
    if (i % 2) out.push({ kind: 'mention', text: part });
    else revealed(out, part);
  });
}

// A flag of a region is made of characters that are otherwise not to be seen.
const characters = /\u{1f3f4}[\u{e0020}-\u{e007f}]{1,6}|[\s\S]/gu;

function revealed(out, text) {
  let plain = '';
  for (const c of text.match(characters) ?? []) {
    if (c.length > 2 || !hidden.test(c)) {
      plain += c === '\t' ? ' ' : c;
      continue;
    }
    if (plain) out.push({ kind: 'text', text: plain });
    plain = '';
    out.push({ kind: 'hidden', text: nameOf(c) });
  }
  if (plain) out.push({ kind: 'text', text: plain });
  return out;
}

const names = new Map([
  ['\u202a', 'LRE'], ['\u202b', 'RLE'], ['\u202c', 'PDF'], ['\u202d', 'LRO'], ['\u202e', 'RLO'],
  ['\u2066', 'LRI'], ['\u2067', 'RLI'], ['\u2068', 'FSI'], ['\u2069', 'PDI'], ['\u200e', 'LRM'], ['\u200f', 'RLM'],
  ['\u200b', 'ZWSP'], ['\ufeff', 'BOM'], ['\u0007', 'BEL'], ['\u001b', 'ESC'], ['\u0000', 'NUL'], ['\u0009', 'TAB'],
]);

const nameOf = (c) => names.get(c) ?? `U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/** clean is a text on one line with nothing hidden in it: for titles, notifications and labels. */
export function clean(text, most = 200) {
  let out = '';
  for (const p of pieces(text)) for (const one of p.pieces ?? [p]) out += one.kind === 'hidden' ? `[${one.text}]` : one.text;
  out = out.replace(/\s+/g, ' ').trim();
  const signs = [...out];
  return signs.length > most ? `${signs.slice(0, most - 1).join('')}…` : out;
}
