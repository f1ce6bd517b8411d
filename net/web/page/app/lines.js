// What each line of the server changes; of people, members.js tells.
import * as message from './message.js';
import * as members from './members.js';
import { reaction } from './history.js';
import { offered, worthAsking } from './signin.js';
import { fold, nickOf, parseISupport } from './irc.js';

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
  JOIN: members.came,
  PART: (chat, m, nick) => members.went(chat, m, nick, m.params[1]),
  KICK: members.kicked,
  QUIT: members.quit,
  NICK: members.renamed,
  TOPIC: subject,
  MODE: members.modes,
  AWAY: (chat, m, nick) => chat.presence.note(nick, m.params.length > 0 && m.params[0] !== '' ? 'away' : 'here'),
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
  301: (chat, m) => chat.presence.note(m.params[1], 'away'),
  305: (chat) => chat.presence.note(chat.nick, 'here'),
  306: (chat) => chat.presence.note(chat.nick, 'away'),
  332: (chat, m) => setSubject(chat.buffer(m.params[1]), m.params[2]),
  352: members.who,
  353: members.named,
  366: (chat, m) => chat.buffers.get(fold(m.params[1]))?.people.changed(),
  396: (chat, m) => {
    const at = chat.source.lastIndexOf('@');
    if (at > 0) chat.source = chat.source.slice(0, at + 1) + m.params[1];
  },
  730: (chat, m) => chat.presence.monitored(m.params[1], true),
  731: (chat, m) => chat.presence.monitored(m.params[1], false),
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
  else chat.presence.seen(nick);
  if (!b.isRoom && chat.settled) chat.presence.watch([b]);
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

function setSubject(b, text) {
  b.subject = text;
  b.changed();
}

function subject(chat, m) {
  const b = chat.buffer(m.params[0]);
  setSubject(b, m.params[1] ?? '');
  members.happened(chat, b, m, b.subject ? `changed the topic: ${b.subject}` : 'removed the topic', 'topic');
}

function redacted(chat, m, nick) {
  const b = bufferOf(chat, m.params[0], nick);
  b.change(m.params[1], { redacted: nick, text: '', reactions: [] });
  chat.reading.count(b);
}

function roomRenamed(chat, m) {
  const [from, to] = m.params;
  const b = chat.buffers.get(fold(from));
  if (!b) return;
  chat.buffers.delete(b.key);
  b.name = to;
  b.key = fold(to);
  chat.buffers.set(b.key, b);
  members.happened(chat, b, m, `renamed the room to ${to}`, 'topic');
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
  if (time) chat.reading.mark(b, time);
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
