// A Chat is everything of one signed-in account: its connection, its buffers,
// and what can be done. Views watch it and its buffers.
import { Topic } from './topic.js';
import { Connection } from './connection.js';
import { Buffer } from './buffer.js';
import { Kept, forget, read, write } from './store.js';
import { Outbox } from './outbox.js';
import { History } from './history.js';
import { Notifier } from './notify.js';
import { Presence } from './presence.js';
import { Reading } from './reading.js';
import { hear } from './lines.js';
import { fold, prefixes } from './irc.js';

export class Chat extends Topic {
  buffers = new Map(); // folded name -> Buffer
  current = null;
  isupport = new Map();
  nick = '';
  source = ''; // nick!user@host, as others see it
  tagmsg = true; // the server relays TAGMSG
  notices = []; // what the server has to say: { id, text, bad }
  over = ''; // why the session has ended
  settled = false; // since the last sign-in it is known which rooms we are in
  invitations = []; // { room, by }
  bringUp = null; // shows what is open where a screen has space for one thing alone

  constructor(who) {
    super();
    this.account = who.nick;
    this.guest = who.password === undefined;
    this.drafts = new Kept(fold(who.nick), 'drafts', {});
    this.hidden = new Kept(fold(who.nick), 'closed', {}); // talks that were closed, and when
    this.history = new History(this);
    this.outbox = new Outbox(this);
    this.notifier = new Notifier(this);
    this.presence = new Presence(this);
    this.reading = new Reading(this);
    this.connection = new Connection(who, {
      up: (nick) => this.#up(nick),
      hear: (m) => hear(this, m),
      down: () => this.#down(),
      refused: (error) => this.end(error.message),
    });
  }

  async start() {
    await this.connection.start();
    addEventListener('pagehide', this.#leave);
  }

  #leave = () => {
    this.drafts.saveNow();
    this.reading.saveNow();
    this.outbox.saveNow();
  };

  has(cap) {
    return this.connection.caps.has(cap);
  }

  get online() {
    return this.connection.online;
  }

  #up(nick) {
    this.nick = nick;
    this.isupport = new Map();
    this.settled = false;
    this.presence.forget();
    for (const b of this.buffers.values()) {
      b.stale = true;
      b.asked = false;
      b.members.clear();
    }
    this.changed();
    // What is sent now comes after the rooms of the account, which the server gives back first.
    this.connection.wire.ask('PING', ['ready']).then(() => this.#ready(), () => {});
  }

  /** ready: it is known which rooms the account is in. */
  async #ready() {
    this.settled = true;
    this.outbox.resume();
    for (const b of this.rooms()) if (!b.members.size) b.joined = false;
    if (!this.current) this.open(this.#lastOpen() ?? this.list()[0]);
    await this.history.findTalks();
    this.presence.watch([...this.buffers.values()].filter((b) => !b.isRoom));
    if (this.current && !this.current.isRoom) this.presence.look(this.current);
    await this.history.fillAll();
    this.changed();
  }

  /** lastOpen is what was open before a reload; a talk is not known yet, a room is if we are in it. */
  #lastOpen() {
    const name = read(`${fold(this.account)}:current`, '');
    return name && !this.isRoom(name) ? this.buffer(name) : this.buffers.get(fold(name));
  }

  #down() {
    for (const b of this.buffers.values()) b.typing.clear();
    this.outbox.paused();
    this.changed();
  }

  rooms() {
    return [...this.buffers.values()].filter((b) => b.isRoom);
  }

  /** list is what the sidebar shows: rooms by name, then talks, the latest first. */
  list() {
    const talks = [...this.buffers.values()].filter((b) => !b.isRoom && !this.#closed(b));
    return [
      ...this.rooms().sort((a, b) => a.key.localeCompare(b.key)),
      ...talks.sort((a, b) => b.last - a.last || a.key.localeCompare(b.key)),
    ];
  }

  #closed(b) {
    return b !== this.current && (this.hidden.value[b.key] ?? 0) >= Math.max(b.last, 1);
  }

  isRoom(name) {
    return (this.isupport.get('CHANTYPES') ?? '#').includes(name[0]);
  }

  isMe(nick) {
    return fold(nick) === fold(this.nick);
  }

  /** placeOf is the name of the buffer that a message belongs to: the room, or whom the talk is with. */
  placeOf(target, nick) {
    const name = target.replace(/^[~&@%+]+(?=#)/, '');
    return this.isRoom(name) || this.isMe(nick) ? name : nick;
  }

  /** buffer finds or makes the one of that name. */
  buffer(name) {
    const key = fold(name);
    let b = this.buffers.get(key);
    if (!b) {
      b = new Buffer(name, this.isRoom(name));
      b.read = this.reading.of(key);
      this.buffers.set(key, b);
      this.changed();
    }
    return b;
  }

  drop(b) {
    this.buffers.delete(b.key);
    if (this.current === b) this.open(this.list()[0] ?? null);
    this.changed();
  }

  /** open shows a buffer. */
  open(b) {
    if (this.current && this.current !== b) this.current.divider = 0;
    this.current = b ?? null;
    if (b) {
      b.divider = b.unread ? b.read : 0;
      write(`${fold(this.account)}:current`, b.name);
      if (!b.isRoom) delete this.hidden.value[b.key];
      if (!b.isRoom && this.settled) {
        this.presence.watch([b]);
        this.presence.look(b);
      }
      this.hidden.save();
      this.history.fill(b);
    }
    this.changed();
  }

  /** close leaves a room, or takes a talk off the list. */
  close(b) {
    if (b.isRoom && b.joined) return this.do('PART', [b.name]);
    if (b.isRoom) {
      this.drop(b);
      return Promise.resolve();
    }
    this.hidden.value[b.key] = Math.max(b.last, Date.now());
    this.hidden.save();
    if (this.current === b) this.open(this.list().find((it) => it !== b) ?? null);
    this.changed();
    return Promise.resolve();
  }

  /** do sends a command and resolves with its answer, or throws what the server says. */
  do(command, params, tags) {
    return this.online ? this.connection.wire.ask(command, params, tags) : Promise.reject(new Error('Not connected; try again when you are'));
  }

  async join(name, key) {
    const room = this.isRoom(name) ? name : `#${name}`;
    await this.do('JOIN', key ? [room, key] : [room]);
    this.open(this.buffer(room));
    this.bringUp?.();
  }

  /** talk opens a talk with somebody. */
  talk(nick) {
    this.open(this.buffer(nick));
    this.bringUp?.();
  }

  /** ranks are the signs of PREFIX, the highest first. */
  ranks() {
    return prefixes(this.isupport.get('PREFIX'));
  }

  /** isOperator tells whether we may remove people from a room, and the like. */
  isOperator(b) {
    const signs = b.member(this.nick)?.signs ?? '';
    const ranks = this.ranks();
    const voice = ranks.findIndex(([mode]) => mode === 'v' || mode === 'h');
    return ranks.slice(0, voice < 0 ? ranks.length : voice).some(([, sign]) => signs.includes(sign));
  }

  /** tell shows what the server, or the page, has to say. */
  tell(text, bad = false) {
    const notice = { id: Math.random(), text, bad };
    this.notices = [...this.notices.slice(-2), notice];
    this.changed();
    setTimeout(() => this.untell(notice.id), bad ? 12_000 : 6000);
  }

  untell(id) {
    this.notices = this.notices.filter((n) => n.id !== id);
    this.changed();
  }

  /** end is the end of the session: by us, or by the server for good. */
  end(reason = '') {
    removeEventListener('pagehide', this.#leave);
    this.connection.end();
    this.notifier.end();
    this.over = reason || 'ended';
    this.changed();
  }

  /** logOut also forgets what the browser keeps of the account. */
  logOut() {
    this.end('logged out');
    this.drafts.drop();
    this.reading.drop();
    this.hidden.drop();
    this.outbox.forget();
    forget(fold(this.account));
  }
}
