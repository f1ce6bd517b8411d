// The grammar of IRC lines, as net/irc of the server reads and writes them:
// net/irc/testdata/vectors.json holds both to the same.

const encoder = new TextEncoder();

/** bytes is how long a text is on the wire. */
export const bytes = (text) => encoder.encode(text).length;

const escapes = { ':': ';', s: ' ', r: '\r', n: '\n' };

/** unescape reads a tag value (ircv3 message-tags: escaping). */
export function unescape(value) {
  return value.replace(/\\(.?)/gsu, (_, c) => escapes[c] ?? c);
}

/** escape writes a tag value. NUL has no escape and becomes a space. */
export function escape(value) {
  return value.replace(/[; \\\r\n\0]/g, (c) => ({ ';': '\\:', ' ': '\\s', '\\': '\\\\', '\r': '\\r', '\n': '\\n', '\0': '\\s' })[c]);
}

function parseTags(section) {
  const tags = new Map();
  for (const tag of section.split(';')) {
    const at = tag.indexOf('=');
    const key = at < 0 ? tag : tag.slice(0, at);
    if (key === '') continue;
    tags.delete(key); // all but the last are disregarded, its place too
    tags.set(key, at < 0 ? '' : unescape(tag.slice(at + 1)));
  }
  return tags;
}

const cut = (text) => {
  const at = text.indexOf(' ');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
};
const trim = (text) => text.replace(/^ +/, '');

/** parse takes a line apart; null when it has no command. */
export function parse(line) {
  let rest = line.replace(/\r?\n$/, '').replace(/\r$/, '');
  let tags = new Map();
  let source = '';
  let word;
  if (rest.startsWith('@')) {
    [word, rest] = cut(rest.slice(1));
    tags = parseTags(word);
  }
  rest = trim(rest);
  if (rest.startsWith(':')) {
    [source, rest] = cut(rest.slice(1));
    rest = trim(rest);
  }
  let command;
  [command, rest] = cut(rest);
  if (command === '') return null;
  const params = [];
  for (rest = trim(rest); rest !== ''; rest = trim(rest)) {
    if (rest.startsWith(':')) {
      params.push(rest.slice(1));
      break;
    }
    [word, rest] = cut(rest);
    params.push(word);
  }
  return { tags, source, command: /^[a-z0-9]+$/i.test(command) ? command.toUpperCase() : command, params };
}

const needsColon = (p) => p === '' || p.startsWith(':') || /[ \r\n\0]/.test(p);

/** format writes a line without its ending: one line with as many parameters, whatever they hold. */
export function format(command, params = [], tags = {}) {
  const head = Object.entries(tags)
    .filter(([key]) => key !== '')
    .map(([key, value]) => key.replace(/[; =\r\n\0]/g, '_') + (value === '' ? '' : `=${escape(String(value))}`))
    .join(';');
  const words = params.map((param, i) => {
    const p = String(param);
    if (i === params.length - 1 && (needsColon(p) || command === 'PRIVMSG' || command === 'NOTICE')) return `:${p.replace(/[\r\n\0]/g, ' ')}`;
    return p === '' ? '*' : p.replace(/^:/, '_').replace(/[ \r\n\0]/g, '_');
  });
  return (head ? `@${head} ` : '') + [command, ...words].join(' ');
}

/** nickOf is the nick in nick!user@host. */
export const nickOf = (source) => source.split(/[!@]/, 1)[0];

/** fold is the form under which names are compared: CASEMAPPING=ascii. */
export const fold = (name) => name.replace(/[A-Z]/g, (c) => c.toLowerCase());

/** parseISupport adds the tokens of a 005 to a Map. */
export function parseISupport(tokens, into) {
  for (const token of tokens) {
    const [, off, name, value = ''] = /^(-?)([^=]+)=?(.*)$/s.exec(token) ?? [];
    if (!name) continue;
    if (off) into.delete(name);
    else into.set(name, value.replace(/\\x([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))));
  }
  return into;
}

/** prefixes reads PREFIX=(ov)@+ into [['o', '@'], ['v', '+']], the highest first. */
export function prefixes(value) {
  const [, modes = '', signs = ''] = /^\(([^)]*)\)(.*)$/.exec(value ?? '(ov)@+') ?? [];
  return [...modes].map((mode, i) => [mode, signs[i] ?? '']);
}

/** parseModes reads the changes of a MODE line: [{ add, mode, arg }]. */
export function parseModes(params, chanModes = 'beI,k,l,imnst', prefixModes = 'ov') {
  const [list, always, set] = chanModes.split(',');
  const args = params.slice(1);
  const changes = [];
  let add = true;
  for (const mode of params[0] ?? '') {
    if (mode === '+' || mode === '-') {
      add = mode === '+';
      continue;
    }
    const takes = list.includes(mode) || always.includes(mode) || prefixModes.includes(mode) || (add && set.includes(mode));
    changes.push({ add, mode, arg: takes ? (args.shift() ?? '') : '' });
  }
  return changes;
}

/** split cuts a text into pieces of at most so many bytes, at spaces where that can be had, never within a character. */
export function split(text, most) {
  const pieces = [];
  while (bytes(text) > most) {
    let end = 0;
    let size = 0;
    let space = 0;
    for (const { segment } of segments(text)) {
      const n = bytes(segment);
      if (size + n > most) break;
      size += n;
      end += segment.length;
      if (segment === ' ') space = end;
    }
    if (end === 0) end = [...text][0].length; // one character that is longer than a line
    if (space > end / 2) end = space;
    pieces.push(text.slice(0, end));
    text = text.slice(end);
  }
  if (text !== '' || pieces.length === 0) pieces.push(text);
  return pieces;
}

function segments(text) {
  const head = text.slice(0, 1024);
  if (globalThis.Intl?.Segmenter) return new Intl.Segmenter().segment(head);
  return [...head].map((segment) => ({ segment }));
}
