// A Finder asks the server for words in what was said (soju.im/search), in one
// buffer or everywhere: the newest that fit first, then those before. Where
// the server keeps no history, it looks at what the page has.
import * as message from './message.js';
import { escape, fold, nickOf } from './irc.js';

const search = 'soju.im/search';

export class Finder {
  found = []; // { where, message }, the latest first
  words = []; // to be marked
  more = true; // there may be others before those
  note = '';
  #chat;
  #buffer;
  #asked;
  #until = '';

  /** buffer is where to look; null: everywhere. */
  constructor(chat, buffer, text) {
    this.#chat = chat;
    this.#buffer = buffer;
    this.#asked = asked(text);
    this.words = this.#asked.text?.split(/[^\p{L}\p{N}]+/u).filter(Boolean) ?? [];
  }

  /** next looks further back. */
  async next() {
    if (!this.#chat.has(search)) {
      this.#lookHere();
      return;
    }
    const limit = this.#chat.history.page;
    const answer = await this.#chat.do('SEARCH', [written({ ...this.#asked, in: this.#buffer?.name, limit, before: this.#before() })]);
    const hits = answer.flatMap((m) => (m.type === search ? m.messages : []));
    const note = answer.find((m) => m.command === 'NOTE');
    this.note = note?.params.at(-1) ?? '';
    this.#until = note?.params[1] === 'INCOMPLETE' ? note.params[2] : '';
    const known = new Set(this.found.map((it) => it.message.id));
    const fresh = hits.map((m) => this.#hit(m)).filter((it) => !known.has(it.message.id));
    this.found = [...this.found, ...fresh.reverse()];
    this.more = Boolean(this.#until) || (hits.length >= limit && fresh.length > 0);
  }

  /** before is the time of the oldest that was found, itself included: others may be as old. */
  #before() {
    if (this.#until) return this.#until; // the server has looked as far as there
    const oldest = this.found.at(-1);
    return oldest ? new Date(oldest.message.time).toISOString() : this.#asked.before;
  }

  #hit(m) {
    return { where: this.#chat.placeOf(m.params[0], nickOf(m.source)), message: message.of(m, this.#chat.nick) };
  }

  #lookHere() {
    const { text = '', from = '' } = this.#asked;
    const words = text.toLowerCase().split(/\s+/);
    const fits = (m) => m.kind !== 'event' && !m.redacted && (!from || fold(m.nick) === fold(from)) && words.every((w) => m.text.toLowerCase().includes(w));
    for (const b of this.#buffer ? [this.#buffer] : this.#chat.list()) {
      this.found.push(...b.messages.filter(fits).map((m) => ({ where: b.name, message: m })));
    }
    this.found.sort((a, b) => b.message.time - a.message.time);
    this.more = false;
    this.note = 'This server keeps no history: only what the page has was looked through';
  }
}

/** asked reads what was typed: from:NAME, after:DAY and before:DAY bound it, the rest are words. */
function asked(text) {
  const terms = {};
  const words = [];
  for (const word of text.trim().split(/\s+/)) {
    const [, key, value] = /^(from|after|before):(.+)$/i.exec(word) ?? [];
    if (!key) words.push(word);
    else terms[key.toLowerCase()] = key.toLowerCase() === 'from' ? value : dayOf(value);
  }
  if (words.join('')) terms.text = words.join(' ');
  return terms;
}

function dayOf(value) {
  const day = new Date(`${value}T00:00`); // as the reader's clock has it
  if (Number.isNaN(day.valueOf())) throw new Error(`${value} is no day; write it as 2026-01-31`);
  return day.toISOString();
}

/** written are attributes, which look like message tags. */
const written = (terms) => Object.entries(terms).filter(([, value]) => value !== undefined).map(([key, value]) => `${key}=${escape(String(value))}`).join(';');
