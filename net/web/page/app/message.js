// Messages as the page shows them, made of lines.
import { fold, nickOf } from './irc.js';

let local = 0;

/** of makes a message of a PRIVMSG or NOTICE. */
export function of(m, me) {
  const time = Date.parse(m.tags.get('time') ?? '') || Date.now();
  const [target, raw = ''] = m.params;
  const action = /^\x01ACTION ([\s\S]*?)\x01?$/.exec(raw);
  const nick = nickOf(m.source);
  const text = action ? action[1] : raw;
  const mine = fold(nick) === fold(me);
  return {
    id: m.tags.get('msgid') ?? '', key: m.tags.get('msgid') ?? `local-${++local}`,
    kind: action ? 'action' : m.command === 'NOTICE' ? 'notice' : 'say',
    time, nick, target, text, mine, bot: m.tags.has('bot'),
    reply: m.tags.get('+reply') ?? m.tags.get('+draft/reply') ?? '',
    mention: !mine && mentions(text, me),
  };
}

/** event is a line about what happened, such as somebody coming in. */
export function event(m, text, about = 'event') {
  const time = Date.parse(m.tags?.get('time') ?? '') || Date.now();
  const id = m.tags?.get('msgid') ?? '';
  return { id, key: id || `local-${++local}`, kind: 'event', about, time, nick: nickOf(m.source ?? ''), text };
}

/** mentions tells whether a text names somebody. */
export function mentions(text, nick) {
  const at = fold(text).indexOf(fold(nick));
  if (at < 0 || nick === '') return false;
  const word = /[\p{L}\p{N}_]/u;
  for (let i = at; i >= 0; i = fold(text).indexOf(fold(nick), i + 1)) {
    if (!word.test(text[i - 1] ?? ' ') && !word.test(text[i + nick.length] ?? ' ')) return true;
  }
  return false;
}
