// What the lines of the server tell of people: who is in a room, as what, and
// what they are called.
import * as message from './message.js';
import { fold, nickOf, parseModes } from './irc.js';

/** came: somebody has entered a room; if it is us, its members are told next. */
export function came(chat, m, nick) {
  const b = chat.buffer(m.params[0]);
  if (chat.isMe(nick)) {
    chat.source = m.source;
    b.joined = true;
    b.members.clear();
    b.missing = '';
    if (!b.read && !chat.has('draft/read-marker')) b.read = Date.now();
    b.enter(nick);
    b.changed();
    chat.changed();
    if (chat.current === b || chat.settled) chat.history.fill(b);
    return;
  }
  b.enter(nick, { account: m.params[1] });
  chat.presence.note(nick, 'here');
  happened(chat, b, m, 'joined', 'join');
}

/** went: somebody has left a room. */
export function went(chat, m, nick, reason) {
  const b = chat.buffers.get(fold(m.params[0]));
  if (!b) return;
  if (chat.isMe(nick)) {
    b.joined = false;
    chat.drop(b);
    return;
  }
  b.leave(nick);
  happened(chat, b, m, reason ? `left (${reason})` : 'left', 'part');
}

/** kicked: somebody was removed from a room. */
export function kicked(chat, m, by) {
  const [room, nick, reason] = m.params;
  const b = chat.buffers.get(fold(room));
  if (!b) return;
  const why = reason && reason !== nick ? `: ${reason}` : '';
  b.leave(nick);
  if (chat.isMe(nick)) {
    b.joined = false;
    b.members.clear();
    chat.tell(`${by} has removed you from ${room}${why}`, true);
  }
  happened(chat, b, m, `removed ${nick}${why}`, 'kick');
  chat.changed();
}

/** quit: somebody has gone offline. */
export function quit(chat, m, nick) {
  for (const b of chat.rooms()) {
    if (!b.member(nick)) continue;
    b.leave(nick);
    happened(chat, b, m, 'went offline', 'part');
  }
  chat.presence.note(nick, 'offline');
}

/** renamed: somebody is called otherwise now. */
export function renamed(chat, m, nick) {
  const next = m.params[0];
  if (chat.isMe(nick)) {
    chat.nick = next;
    chat.source = next + chat.source.slice(chat.source.indexOf('!'));
  }
  for (const b of chat.buffers.values()) {
    const member = b.member(nick);
    if (!member) continue;
    b.leave(nick);
    b.enter(next, { ...member, nick: next });
    happened(chat, b, m, `is now ${next}`, 'nick');
  }
  chat.presence.moved(nick, next);
  const talk = chat.buffers.get(fold(nick));
  if (talk && !talk.isRoom && !chat.buffers.has(fold(next))) {
    chat.buffers.delete(talk.key);
    talk.name = next;
    talk.key = fold(next);
    chat.buffers.set(talk.key, talk);
  }
  chat.changed();
}

/** modes changes roles; other modes are told of, too. */
export function modes(chat, m, by) {
  if (!chat.isRoom(m.params[0])) return;
  const b = chat.buffer(m.params[0]);
  const ranks = new Map(chat.ranks());
  for (const { add, mode, arg } of parseModes(m.params.slice(1), chat.isupport.get('CHANMODES'), [...ranks.keys()].join(''))) {
    const member = ranks.has(mode) && b.member(arg);
    if (!member) continue;
    const signs = [...ranks.values()].filter((s) => (s === ranks.get(mode) ? add : member.signs.includes(s)));
    b.enter(member.nick, { signs: signs.join('') });
  }
  happened(chat, b, { ...m, source: by || m.source }, `set ${m.params.slice(1).join(' ')}`, 'mode');
}

/** who is one of those in a room, or somebody who was asked about (RFC 2812 3.6.1). */
export function who(chat, m) {
  const [, , , , , nick, flags] = m.params;
  chat.presence.note(nick, flags.startsWith('G') ? 'away' : 'here');
}

/** named are members of a room, with the signs of their roles. */
export function named(chat, m) {
  const b = chat.buffer(m.params[2]);
  const signs = chat.ranks().map(([, sign]) => sign).join('');
  for (const word of m.params[3].split(' ').filter(Boolean)) {
    let i = 0;
    while (signs.includes(word[i])) i++;
    const nick = nickOf(word.slice(i));
    b.enter(nick, { signs: word.slice(0, i) });
    chat.presence.seen(nick);
  }
}

/** happened puts what is no message into the log of a buffer. */
export function happened(chat, b, m, text, about) {
  const it = message.event(m, text, about);
  if (b.stale) b.late.push(it);
  else b.append(it);
}
