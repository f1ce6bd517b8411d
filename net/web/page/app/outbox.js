// The outbox holds what has been said and is not known to be stored. Each
// message has an id of ours, under which the server stores it once, however
// often it is sent: so what was on its way when the connection ended is sent
// again. The outbox outlives the page; that of a tab that is gone is taken
// over by another.
import { Topic } from './topic.js';
import { bytes, fold, split } from './irc.js';
import { Lost } from './refusal.js';
import { read, write } from './store.js';

const remembered = 9 * 60_000; // the server knows an id for ten minutes

const newId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(36).padStart(2, '0')).join('');

/** space is how many bytes of text one message to a target may have. */
function space(chat, target) {
  const source = chat.source || `${chat.nick}!${'u'.repeat(16)}@${'h'.repeat(63)}`;
  return Number(chat.isupport.get('LINELEN') ?? 512) - bytes(`:${source} PRIVMSG ${target} :\r\n`);
}

export class Outbox extends Topic {
  entries = []; // { id, target, text, reply, state: waiting|sending|refused|unsure, why, sentAt }
  #chat;
  #tab = newId();
  #key;

  constructor(chat) {
    super();
    this.#chat = chat;
    this.#key = `${fold(chat.account)}:outbox:${this.#tab}`;
    navigator.locks?.request(this.#key, () => new Promise(() => {})); // held as long as the tab is there
    this.#adopt();
  }

  /** adopt takes over what tabs that are gone have left. */
  async #adopt() {
    const prefix = `${fold(this.#chat.account)}:outbox:`;
    const held = new Set(((await navigator.locks?.query())?.held ?? []).map((l) => l.name));
    let keys = [];
    try {
      keys = Object.keys(localStorage).map((k) => k.replace(/^greenroom:/, ''));
    } catch {
      return; // storage is forbidden
    }
    for (const key of keys) {
      if (!key.startsWith(prefix) || key === this.#key || held.has(key)) continue;
      this.entries.push(...read(key, []).map((e) => (e.state === 'sending' ? { ...e, state: 'waiting' } : e)));
      write(key, undefined);
    }
    if (this.entries.length) this.#changed();
    if (this.#chat.online) this.resume();
  }

  /** of are the entries of a buffer. */
  of(buffer) {
    return this.entries.filter((e) => fold(e.target) === buffer.key);
  }

  /** say puts a text in, and sends it when it can be. */
  say(target, text, reply = '') {
    for (const part of this.#parts(target, text)) {
      const entry = { id: newId(), target, text: part, reply, state: 'waiting', why: '', at: Date.now() };
      this.entries.push(entry);
      this.#send(entry);
    }
    this.#changed();
  }

  /** parts are the messages that a text has to be: one, where the server takes several lines in one. */
  #parts(target, text) {
    const limits = this.#multiline();
    const lines = text.split('\n');
    if (limits && lines.length <= limits.lines && new TextEncoder().encode(text).length <= limits.bytes) return [text];
    return lines.filter((line) => line.trim() !== '').flatMap((line) => split(line, space(this.#chat, target)));
  }

  /** multiline is what draft/multiline allows; null: nothing. */
  #multiline() {
    const value = this.#chat.connection.caps.get('draft/multiline');
    if (value === undefined) return null;
    const rules = Object.fromEntries(value.split(',').map((w) => w.split('=')));
    return { bytes: Number(rules['max-bytes']) || 4096, lines: Number(rules['max-lines']) || 32 };
  }

  async #send(entry) {
    if (!this.#chat.online || entry.state === 'sending') return;
    entry.state = 'sending';
    entry.sentAt ??= Date.now();
    this.#changed();
    try {
      await this.#post(entry);
      this.#remove(entry);
    } catch (error) {
      entry.state = error instanceof Lost ? 'waiting' : 'refused';
      entry.why = error.message;
      this.#changed();
    }
  }

  #post(entry) {
    const { wire } = this.#chat.connection;
    const tags = { '+greenroom/id': entry.id };
    if (entry.reply) tags['+draft/reply'] = entry.reply;
    const most = space(this.#chat, entry.target);
    const lines = entry.text.split('\n');
    if (lines.length === 1 && split(entry.text, most).length === 1) return wire.ask('PRIVMSG', [entry.target, entry.text], tags);
    return wire.askWith((label) => {
      const ref = `m${label}`;
      wire.send('BATCH', [`+${ref}`, 'draft/multiline', entry.target], { ...tags, label });
      for (const line of lines) {
        split(line, most).forEach((piece, i) => {
          wire.send('PRIVMSG', [entry.target, piece], i ? { batch: ref, 'draft/multiline-concat': '' } : { batch: ref });
        });
      }
      wire.send('BATCH', [`-${ref}`]);
    });
  }

  /** paused: the connection is gone. */
  paused() {
    for (const e of this.entries) if (e.state === 'sending') e.state = 'waiting';
    this.#changed();
  }

  /** resume sends what waits; of what was sent so long ago that the server may have forgotten, a person decides. */
  resume() {
    for (const e of this.entries) {
      if (e.state !== 'waiting') continue;
      if (e.sentAt && Date.now() - e.sentAt > remembered) {
        e.state = 'unsure';
        e.why = 'The connection was lost while this was being sent; look whether it is there';
      } else this.#send(e);
    }
    this.#changed();
  }

  again(entry) {
    if (entry.state === 'unsure') {
      entry.id = newId();
      entry.sentAt = undefined;
    }
    entry.state = 'waiting';
    this.#send(entry);
    this.#changed();
  }

  discard(entry) {
    this.#remove(entry);
  }

  #remove(entry) {
    this.entries = this.entries.filter((e) => e !== entry);
    this.#changed();
  }

  #changed() {
    this.saveNow();
    this.changed();
  }

  saveNow() {
    if (!this.forgotten) write(this.#key, this.entries.length ? this.entries : undefined);
  }

  forget() {
    this.forgotten = true;
    this.entries = [];
    write(this.#key, undefined);
  }
}
