// Reading is what the account has read of each buffer, on whatever device
// (ircv3 read-marker), and so what it has not.
import { Kept } from './store.js';
import { fold } from './irc.js';

const settle = 400; // milliseconds in which a marker may move on before the server is told

export class Reading {
  #chat;
  #kept;
  #telling = new Map(); // key of a buffer -> timer

  constructor(chat) {
    this.#chat = chat;
    this.#kept = new Kept(fold(chat.account), 'read', {});
  }

  /** of is the time of what was read last in the buffer of a key. */
  of(key) {
    return this.#kept.value[key] ?? 0;
  }

  /** seen notes that everything in the buffer has been read. */
  seen(b) {
    const m = b.messages.at(-1);
    if (!m || !b.atEnd || (m.time <= b.read && !b.unread)) return;
    this.mark(b, Math.max(b.read, m.time));
    if (this.#chat.has('draft/read-marker') && this.#chat.online) this.#tell(b);
  }

  #tell(b) {
    clearTimeout(this.#telling.get(b.key));
    this.#telling.set(b.key, setTimeout(() => {
      this.#telling.delete(b.key);
      if (this.#chat.online) this.#chat.do('MARKREAD', [b.name, `timestamp=${new Date(b.read).toISOString()}`]).catch(() => {}); // the next one tells it, too
    }, settle));
  }

  /** mark moves the marker of a buffer forward, here or as told by another device. */
  mark(b, time) {
    if (time < b.read) return;
    b.read = time;
    this.#kept.value[b.key] = time;
    this.#kept.save();
    this.count(b);
  }

  /** count finds out anew how much of a buffer has not been read. */
  count(b) {
    const fresh = b.messages.filter((m) => m.time > b.read && !m.mine && m.kind !== 'event');
    b.unread = fresh.length;
    b.mentions = b.isRoom ? fresh.filter((m) => m.mention).length : fresh.length;
    this.#chat.changed();
    this.#chat.notifier.title();
  }

  /** inAll counts over everything that is on the list. */
  inAll() {
    let unread = 0;
    let mentions = 0;
    for (const b of this.#chat.list()) {
      unread += b.unread;
      mentions += b.mentions;
    }
    return { unread, mentions };
  }

  saveNow() {
    this.#kept.saveNow();
  }

  drop() {
    this.#kept.drop();
  }
}
