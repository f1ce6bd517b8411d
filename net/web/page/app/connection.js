// A Connection stays: when its wire ends it makes another, later and later, and
// at once when the machine is back on the network.
import { Topic } from './topic.js';
import { Lost } from './refusal.js';
import { Wire } from './wire.js';
import { signIn } from './signin.js';

const first = 500; // milliseconds before the second attempt
const last = 20_000;

export const url = () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;

export class Connection extends Topic {
  /** state is connecting, online, waiting or ended. */
  state = 'connecting';
  reason = '';
  retryAt = 0;
  wire = null;
  caps = new Map();
  #attempts = 0;
  #timer = 0;

  /** up is called with each sign-in, hear with each message after it, down when it is lost. */
  constructor(who, { up, hear, down, refused }) {
    super();
    this.who = who;
    this.on = { up, hear, down, refused };
    this.wake = () => (this.state === 'online' ? this.wire.probe(5000) : this.tryNow());
    this.seen = () => document.visibilityState === 'visible' && this.wake();
    addEventListener('online', this.wake);
    document.addEventListener('visibilitychange', this.seen);
  }

  get online() {
    return this.state === 'online';
  }

  /** start resolves when signed in for the first time, or throws why not. */
  async start() {
    await this.#attempt();
    delete this.who.create;
  }

  async #attempt() {
    const wire = new Wire(url(), (reason) => this.#lost(wire, reason));
    this.wire = wire;
    this.#set('connecting');
    const timeout = setTimeout(() => wire.end('the server does not answer'), 30_000);
    try {
      const { nick, caps } = await signIn(wire, this.who);
      if (this.wire !== wire) return;
      this.caps = caps;
      this.#attempts = 0;
      this.#set('online');
      this.on.up(nick);
      wire.listen((m) => this.on.hear(m));
    } catch (error) {
      this.wire = null;
      wire.end('refused');
      throw error;
    } finally {
      clearTimeout(timeout);
    }
  }

  #lost(wire, reason) {
    if (this.wire !== wire || this.state !== 'online') return; // an attempt reports by itself
    this.wire = null;
    this.on.down();
    this.#later(reason);
  }

  #later(reason) {
    if (this.state === 'ended') return;
    const delay = Math.min(first * 2 ** this.#attempts++, last) * (0.5 + Math.random() / 2);
    this.retryAt = Date.now() + delay;
    this.#set('waiting', reason);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#again(), delay);
  }

  async #again() {
    try {
      await this.#attempt();
    } catch (error) {
      if (error instanceof Lost || !isFinal(error)) this.#later(error.message);
      else this.on.refused(error);
    }
  }

  tryNow() {
    if (this.state !== 'waiting') return;
    clearTimeout(this.#timer);
    this.#again();
  }

  /** end says goodbye for good. */
  end() {
    clearTimeout(this.#timer);
    removeEventListener('online', this.wake);
    document.removeEventListener('visibilitychange', this.seen);
    const { wire } = this;
    this.#set('ended');
    this.wire = null;
    wire?.send('QUIT', []);
    wire?.end('logged out');
  }

  #set(state, reason = '') {
    if (this.state === 'ended') return;
    this.state = state;
    this.reason = reason;
    this.changed();
  }
}

/** isFinal tells whether trying again with the same name and password is of no use. */
const isFinal = (error) => error.code === '904' && /wrong|suspended/i.test(error.message);
