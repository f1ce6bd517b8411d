// Presence is who is there, as far as the server has told: of those one talks
// with it is asked to (ircv3 monitor), of the members of rooms it tells by itself.
import { fold, nickOf } from './irc.js';

const MOST = 20000; // nicks of which it is remembered

export class Presence {
  #chat;
  #of = new Map(); // folded nick -> here, away or offline
  #watched = new Set(); // keys of talks that the server was told of

  constructor(chat) {
    this.#chat = chat;
  }

  /** of is empty when nothing is known. */
  of(nick) {
    return this.#of.get(fold(nick)) ?? '';
  }

  isAway(nick) {
    return this.of(nick) === 'away';
  }

  /** seen: somebody is there, if away or not. */
  seen(nick) {
    if (!this.isAway(nick)) this.note(nick, 'here');
  }

  note(nick, how) {
    const key = fold(nick);
    if (this.#of.get(key) === how) return;
    this.#of.delete(key);
    this.#of.set(key, how);
    if (this.#of.size > MOST) this.#of.delete(this.#of.keys().next().value); // who was heard of the longest ago
    for (const b of this.#chat.buffers.values()) if (b.key === key || b.members.has(key)) b.people.changed();
    if (this.#chat.buffers.has(key) || this.#chat.isMe(nick)) this.#chat.changed();
  }

  /** monitored takes a list of those who are online now, away or not, or no longer. */
  monitored(list, online) {
    for (const nick of list.split(',').map(nickOf)) {
      if (online) this.seen(nick);
      else this.note(nick, 'offline');
    }
  }

  /** moved: somebody is called otherwise now. */
  moved(from, to) {
    this.note(to, this.of(from) || 'here');
    this.note(from, 'offline');
  }

  /** forget is for a new connection: the server does not know what it has told. */
  forget() {
    this.#of.clear();
    this.#watched.clear();
  }

  /** watch has the server tell whether those one talks with are there. */
  watch(talks) {
    const most = Number(this.#chat.isupport.get('MONITOR') ?? 0);
    const fresh = talks.filter((b) => !this.#watched.has(b.key)).slice(0, Math.max(0, most - this.#watched.size));
    if (!fresh.length || !this.#chat.online) return;
    for (const b of fresh) this.#watched.add(b.key);
    for (let i = 0; i < fresh.length; i += 10) this.#ask('MONITOR', ['+', fresh.slice(i, i + 10).map((b) => b.name).join(',')]);
  }

  /** look asks about who is in a buffer, as nobody has told whether they are away. */
  look(b) {
    if (this.#chat.online) this.#ask('WHO', [b.name]);
  }

  #ask(command, params) {
    this.#chat.do(command, params).catch(() => {}); // who is refused knows less
  }
}
