// What each line of the server changes.
import * as message from './message.js';
import { reaction } from './history.js';
import { offered, worthAsking } from './signin.js';
import { fold, nickOf, parseISupport, parseModes } from './irc.js';

/** hear takes one line, or a batch that is complete. */
export function hear(chat, m) {
  if (m.messages) {
    for (const one of m.messages) hear(chat, one);
    return;
  }
  (commands[m.command] ?? other)(chat, m, nickOf(m.source));
}

const commands = {
  PRIVMSG: said,
  NOTICE: said,
  TAGMSG: tagged,
  JOIN: came,
  PART: (chat, m, nick) => went(chat, m, nick, 'left', m.params[1]),
  KICK: kicked,
  QUIT: quit,
  NICK: renamed,
  TOPIC: subject,
  MODE: modes,
  AWAY: (chat, m, nick) => away(chat, nick, m.params.length > 0 && m.params[0] !== ''),
  REDACT: redacted,
  RENAME: roomRenamed,
  INVITE: invited,
  MARKREAD: marked,
  CAP: capabilities,
  FAIL: (chat, m) => chat.tell(m.params.at(-1), true),
  WARN: (chat, m) => chat.tell(m.params.at(-1)),
  NOTE: (chat, m) => chat.tell(m.params.at(-1)),
  ERROR: (chat, m) => chat.tell(m.params[0]),
  '005': (chat, m) => {
    parseISupport(m.params.slice(1, -1), chat.isupport);
    chat.changed();
  },
  301: (chat, m) => away(chat, m.params[1], true),
  305: (chat) => away(chat, chat.nick, false),
  306: (chat) => away(chat, chat.nick, true),
  332: (chat, m) => setSubject(chat.buffer(m.params[1]), m.params[2]),
  352: who,
  353: named,
  366: (chat, m) => chat.buffers.get(fold(m.params[1]))?.people.changed(),
  396: (chat, m) => {
    const at = chat.source.lastIndexOf('@');
    if (at > 0) chat.source = chat.source.slice(0, at + 1) + m.params[1];
  },
  730: (chat, m) => monitored(chat, m, false),
  731: (chat, m) => monitored(chat, m, true),
};

function other(chat, m) {
  if (/^[45]\d\d$/.test(m.command) && m.command !== '422') chat.tell(m.params.slice(1).join(' '), true);
}

const bufferOf = (chat, target, nick) => chat.buffer(chat.placeOf(target, nick));

function said(chat, m, nick) {
  if (!m.source.includes('!')) {
    chat.tell(m.params[1] ?? ''); // of the server itself
    return;
  }
  if (/^\x01(?!ACTION )/.test(m.params[1] ?? '')) return; // CTCP
  const b = bufferOf(chat, m.params[0], nick);
  const it = message.of(m, chat.nick);
  b.typing.delete(nick);
  if (it.mine) chat.source = m.source;
  if (b.stale) {
    b.late.push(it);
    b.last = Math.max(b.last, it.time);
    if (chat.settled) chat.history.fill(b);
  } else {
    const known = b.has(it.id);
    b.append(it);
    if (!known) news(chat, b, it);
  }
  b.people.changed();
  chat.changed();
}

/** news counts a message that has not been read. */
function news(chat, b, m) {
  if (m.mine || m.time <= b.read) return;
  b.unread++;
  if (!b.isRoom || m.mention) {
    b.mentions++;
    chat.notifier.of(b, m);
  }
  if (chat.current === b && b.unread === 1 && (document.hidden || !document.hasFocus())) b.divider = b.read || m.time - 1;
  chat.notifier.title();
}

function tagged(chat, m, nick) {
  const b = bufferOf(chat, m.params[0], nick);
  reaction(b, m);
  const state = m.tags.get('+typing');
  if (!state || chat.isMe(nick)) return;
  if (state === 'done') b.typing.delete(nick);
  else b.typing.set(nick, Date.now() + (state === 'paused' ? 30_000 : 6000));
  b.people.changed();
}

function came(chat, m, nick) {
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
  b.enter(nick, { away: false, account: m.params[1] });
  away(chat, nick, false);
  happened(chat, b, m, 'joined', 'join');
}

function happened(chat, b, m, text, about) {
  const it = message.event(m, text, about);
  if (b.stale) b.late.push(it);
  else b.append(it);
}

function went(chat, m, nick, text, reason) {
  const b = chat.buffers.get(fold(m.params[0]));
  if (!b) return;
  if (chat.isMe(nick)) {
    b.joined = false;
    chat.drop(b);
    return;
  }
  b.leave(nick);
  happened(chat, b, m, reason ? `${text} (${reason})` : text, 'part');
}

function kicked(chat, m, by) {
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

function quit(chat, m, nick) {
  for (const b of chat.rooms()) {
    if (!b.member(nick)) continue;
    b.leave(nick);
    happened(chat, b, m, 'went offline', 'part');
  }
  away(chat, nick, true);
}

function renamed(chat, m, nick) {
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
  const talk = chat.buffers.get(fold(nick));
  if (talk && !talk.isRoom && !chat.buffers.has(fold(next))) {
    chat.buffers.delete(talk.key);
    talk.name = next;
    talk.key = fold(next);
    chat.buffers.set(talk.key, talk);
  }
  chat.changed();
}

function setSubject(b, text) {
  b.subject = text;
  b.changed();
}

function subject(chat, m) {
  const b = chat.buffer(m.params[0]);
  setSubject(b, m.params[1] ?? '');
  happened(chat, b, m, b.subject ? `changed the topic: ${b.subject}` : 'removed the topic', 'topic');
}

function modes(chat, m, by) {
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

function away(chat, nick, is) {
  chat.away.set(fold(nick), is);
  for (const b of chat.buffers.values()) {
    const member = b.member(nick);
    if (member) member.away = is;
    if (member || b.key === fold(nick)) b.people.changed();
  }
  if (chat.buffers.has(fold(nick)) || chat.isMe(nick)) chat.changed();
}

function monitored(chat, m, off) {
  for (const target of m.params[1].split(',')) away(chat, nickOf(target), off);
}

function who(chat, m) {
  const [, room, , , , nick, flags] = m.params;
  const gone = flags.startsWith('G');
  const member = chat.buffers.get(fold(room))?.member(nick);
  if (member) member.away = gone;
  chat.away.set(fold(nick), gone);
  chat.buffers.get(fold(room))?.people.changed();
}

function named(chat, m) {
  const b = chat.buffer(m.params[2]);
  const signs = chat.ranks().map(([, sign]) => sign).join('');
  for (const word of m.params[3].split(' ').filter(Boolean)) {
    let i = 0;
    while (signs.includes(word[i])) i++;
    b.enter(nickOf(word.slice(i)), { signs: word.slice(0, i) });
  }
}

function redacted(chat, m, nick) {
  const b = bufferOf(chat, m.params[0], nick);
  b.change(m.params[1], { redacted: nick, text: '', reactions: [] });
  chat.count(b);
}

function roomRenamed(chat, m) {
  const [from, to] = m.params;
  const b = chat.buffers.get(fold(from));
  if (!b) return;
  chat.buffers.delete(b.key);
  b.name = to;
  b.key = fold(to);
  chat.buffers.set(b.key, b);
  happened(chat, b, m, `renamed the room to ${to}`, 'topic');
  chat.changed();
}

function invited(chat, m, by) {
  const [nick, room] = m.params;
  if (!chat.isMe(nick)) return;
  chat.invitations = [...chat.invitations.filter((i) => i.room !== room), { room, by }];
  chat.changed();
}

function marked(chat, m) {
  const time = Date.parse(m.params[1]?.replace(/^timestamp=/, '') ?? '');
  const b = chat.buffers.get(fold(m.params[0]));
  if (!b) return;
  if (time) chat.mark(b, time);
  else if (!b.read && b.isRoom) b.read = Date.now();
}

function capabilities(chat, m) {
  const [, sub, list = ''] = m.params;
  const { caps, wire } = chat.connection;
  if (sub === 'NEW') {
    chat.news = offered(list, chat.news ?? new Map());
    const ask = worthAsking(chat.news);
    if (ask.length) wire.send('CAP', ['REQ', ask.join(' ')]);
  } else if (sub === 'ACK') {
    for (const name of list.split(' ').filter(Boolean)) caps.set(name, chat.news?.get(name) ?? '');
  } else if (sub === 'DEL') {
    for (const name of list.split(' ')) caps.delete(name);
  }
  chat.changed();
}
