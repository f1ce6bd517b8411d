// A Finder looks for words in what was said in a buffer. Where the server
// cannot search, it reads the history backwards, a few pages at a time.
import { fold } from './irc.js';

const pagesAtOnce = 20;

export class Finder {
  found = []; // the latest first
  looked = 0;
  done = false;
  #chat;
  #buffer;
  #from = ''; // the point before which to look
  #stopped = false;

  constructor(chat, buffer, text) {
    this.#chat = chat;
    this.#buffer = buffer;
    const words = text.toLowerCase().split(/\s+/);
    this.by = fold(words.find((w) => w.startsWith('from:'))?.slice(5) ?? '');
    this.words = words.filter((w) => !w.startsWith('from:'));
  }

  stop() {
    this.#stopped = true;
  }

  fits(m) {
    const text = m.text.toLowerCase();
    return (!this.by || fold(m.nick) === this.by) && this.words.every((w) => text.includes(w));
  }

  /** more looks further back; tell hears how many messages have been looked at. */
  async more(tell) {
    if (!this.#chat.history.offered) {
      this.#keep(this.#buffer.messages);
      this.done = true;
      return;
    }
    const before = this.found.length;
    for (let i = 0; i < pagesAtOnce && !this.done && !this.#stopped && this.found.length < before + 50; i++) {
      const page = await this.#chat.history.back(this.#buffer, this.#from);
      this.#keep(page.messages);
      this.#from = page.messages[0]?.id ?? '';
      this.done = page.whole || !this.#from;
      tell(this.looked);
    }
  }

  #keep(messages) {
    this.looked += messages.length;
    this.found = [...this.found, ...messages.filter((m) => m.kind !== 'event' && !m.redacted && this.fits(m)).reverse()];
  }
}
