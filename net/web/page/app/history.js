// History asks the server for what was said (ircv3 chathistory): a page at
// either end of a buffer's window, and what was missed while nobody listened.
// One question at a time, so that a busy account does not spend its rate on it.
import * as message from './message.js';
import { fold, nickOf } from './irc.js';
import { firstId, lastId } from './buffer.js';

export class History {
  #chat;
  #turn = Promise.resolve();

  constructor(chat) {
    this.#chat = chat;
  }

  get offered() {
    return this.#chat.has('draft/chathistory');
  }

  get page() {
    return Math.min(Number(this.#chat.isupport.get('CHATHISTORY')) || 100, 100);
  }

  /** fillAll closes the gaps of all buffers, the one that is looked at first. */
  async fillAll() {
    const { current } = this.#chat;
    for (const b of [current, ...this.#chat.list().filter((it) => it !== current)]) if (b) await this.fill(b);
  }

  /** fill closes the gap between what the window holds and what comes from now on. */
  async fill(b) {
    if (!b.stale || b.filling || !this.#chat.online) return;
    if (!this.offered || (b.isRoom && !b.joined)) {
      this.#fresh(b);
      return;
    }
    b.filling = true;
    b.changed();
    try {
      const from = b.atEnd ? lastId(b) : undefined;
      await this.#marker(b);
      const page = await this.#ask(b, 'LATEST', [from ? `msgid=${from}` : '*']);
      if (from && page.whole) b.join(page.messages, 'newer');
      else if (b.atEnd || !b.messages.length) b.replace(page.messages, page.whole && !from, true);
      b.last = Math.max(b.last, page.messages.at(-1)?.time ?? 0);
      this.#fresh(b);
    } catch (error) {
      if (this.#chat.online) {
        b.missing = error.message;
        this.#fresh(b);
      }
    } finally {
      b.filling = false;
      b.changed();
    }
  }

  /** marker asks what was read of a talk; of a room it is told. */
  async #marker(b) {
    if (b.isRoom || !this.#chat.has('draft/read-marker')) return;
    await this.#chat.do('MARKREAD', [b.name]).catch(() => {});
  }

  /** fresh: from here on, what comes is shown at once. */
  #fresh(b) {
    b.stale = false;
    for (const m of b.late.splice(0)) {
      if (!b.has(m.id) && m.time > b.read && (m.mention || (!b.isRoom && m.mine === false))) this.#chat.notifier.of(b, m);
      b.append(m);
    }
    this.#chat.reading.count(b);
    if (this.#chat.current === b && b.unread && !b.divider) b.divider = b.read;
  }

  older(b) {
    return this.#more(b, 'older', 'BEFORE', firstId(b), !b.atStart);
  }

  newer(b) {
    return this.#more(b, 'newer', 'AFTER', lastId(b), !b.atEnd);
  }

  async #more(b, end, command, id, wanted) {
    if (!wanted || !id || b.loading || b.stale || !this.offered || !this.#chat.online) return;
    b.loading = end;
    b.changed();
    try {
      const page = await this.#ask(b, command, [`msgid=${id}`]);
      if (end === 'older') b.atStart = page.whole;
      else if (page.whole) b.atEnd = true;
      b.join(page.messages, end);
    } catch (error) {
      if (this.#chat.online) this.#chat.tell(error.message, true);
    } finally {
      b.loading = '';
      b.changed();
    }
  }

  /** latest lets the window hold the newest messages again. */
  async latest(b) {
    if (b.atEnd) return;
    const page = await this.#ask(b, 'LATEST', ['*']);
    b.replace(page.messages, page.whole, true);
    this.#chat.reading.count(b);
  }

  /** around lets the window hold a message, and what stands about it. */
  async around(b, id) {
    if (b.has(id)) return true;
    if (!this.offered) return false;
    const page = await this.#ask(b, 'AROUND', [`msgid=${id}`]);
    if (!page.messages.some((m) => m.id === id)) return false;
    b.replace(page.messages, false, false);
    return true;
  }

  /** findTalks learns with whom the account has talked. */
  async findTalks() {
    if (!this.offered || this.#chat.guest) return;
    const till = new Date(Date.now() + 864e5).toISOString();
    const lines = await this.#chat.do('CHATHISTORY', ['TARGETS', `timestamp=${till}`, 'timestamp=1970-01-01T00:00:00.000Z', '50']).catch(() => []);
    for (const m of lines.flatMap((it) => it.messages ?? [it])) {
      const [, name, time] = m.params;
      if (m.command !== 'CHATHISTORY' || !name || (this.#chat.isRoom(name) && !this.#chat.buffers.has(fold(name)))) continue;
      const b = this.#chat.buffer(name);
      b.last = Math.max(b.last, Date.parse(time) || 0);
    }
    this.#chat.changed();
  }

  /** ask resolves with a page: its messages, and whether there are no more that way. */
  #ask(b, command, points) {
    const limit = this.page;
    const run = async () => {
      const answer = await this.#chat.do('CHATHISTORY', [command, b.name, ...points, String(limit)]);
      return this.#read(b, answer.flatMap((m) => (m.type === 'chathistory' ? m.messages : [])), limit);
    };
    const turn = this.#turn.then(run, run);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #read(b, lines, limit) {
    const messages = [];
    for (const m of lines) {
      if (m.command === 'PRIVMSG' || m.command === 'NOTICE') messages.push(message.of(m, this.#chat.nick));
      else if (m.command === 'TAGMSG') reaction(b, m);
      else if (m.command === 'REDACT') redacted(messages, m);
      else if (m.command === 'TOPIC') messages.push(message.event(m, `changed the topic: ${m.params[1]}`, 'topic'));
    }
    return { messages, whole: lines.length < limit && !lines.some(elided) };
  }
}

/** elided tells a line of the server's own: so much was deleted here that the page ended early. */
const elided = (m) => m.command === 'NOTICE' && !m.source.includes('!');

function redacted(messages, m) {
  const i = messages.findIndex((it) => it.id === m.params[1]);
  if (i >= 0) messages[i] = { ...messages[i], redacted: nickOf(m.source), text: '' };
}

/** reaction notes what a TAGMSG says about a message (ircv3 react). */
export function reaction(b, m) {
  const to = m.tags.get('+reply') ?? m.tags.get('+draft/reply');
  const add = m.tags.get('+draft/react');
  const off = m.tags.get('+draft/unreact');
  if (to && (add || off)) b.react(to, add ?? off, nickOf(m.source), Boolean(add));
}
