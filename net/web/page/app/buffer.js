// A Buffer is a room or a talk with one person, and what is known of it: a
// window on its history, its people, what is unread, what is being sent.
import { Topic } from './topic.js';
import { fold } from './irc.js';

/** most messages that a window holds; beyond, those at its far end are let go. */
export const most = 400;

const enough = 150; // for who reads the end: the fewer, the less a busy room costs

export class Buffer extends Topic {
  members = new Map(); // folded nick -> { nick, signs, account }
  people = new Topic(); // members and typing changed
  typing = new Map(); // nick -> when it is over
  joined = false;
  asked = false; // who of its people is away
  subject = ''; // the room's topic
  messages = []; // a contiguous piece of the history, the oldest first
  atStart = false; // nothing is before it
  atEnd = true; // nothing is after it
  loading = ''; // older or newer: being asked for
  stale = true; // there may be a gap before what comes next
  late = []; // what has come meanwhile
  held = false; // somebody reads above its end
  read = 0; // the time of the last message that was read
  divider = 0; // what was read when the buffer was opened
  unread = 0;
  mentions = 0;
  reactions = new Map(); // msgid -> Map of reaction -> Set of nicks
  replyTo = null; // a message
  last = 0; // when something was last said

  constructor(name, isRoom) {
    super();
    this.name = name;
    this.key = fold(name);
    this.isRoom = isRoom;
  }

  /** has tells whether a message is in the window. */
  has(id) {
    return id !== '' && this.messages.some((m) => m.id === id);
  }

  find(id) {
    return this.messages.find((m) => m.id === id);
  }

  /** append adds what was just said, unless the window does not reach so far. */
  append(m) {
    this.last = Math.max(this.last, m.time);
    if (!this.atEnd || this.has(m.id)) return;
    this.messages.push(this.dressed(m));
    if (!this.held && this.messages.length > 2 * enough) this.trim(enough);
    else if (this.messages.length > 3 * most) this.atEnd = false; // somebody reads further up
    this.changed();
  }

  /** trim lets go of the oldest, which can be had again. */
  trim(to = most) {
    if (this.messages.length <= to) return;
    this.messages = this.messages.slice(-to);
    this.atStart = false;
  }

  /** join adds a page at one end, and lets go of what is too much at the other. */
  join(page, end) {
    const fresh = page.filter((m) => !this.has(m.id)).map((m) => this.dressed(m));
    if (end === 'older') {
      this.messages = [...fresh, ...this.messages];
      if (this.messages.length > most) {
        this.messages = this.messages.slice(0, most);
        this.atEnd = false;
      }
    } else {
      this.messages = [...this.messages, ...fresh];
      this.trim();
    }
    this.changed();
  }

  /** replace puts another piece of the history into the window. */
  replace(page, atStart, atEnd) {
    this.messages = page.map((m) => this.dressed(m));
    this.atStart = atStart;
    this.atEnd = atEnd;
    this.changed();
  }

  /** change replaces a message that is in the window by a changed copy. */
  change(id, changes) {
    const i = this.messages.findIndex((m) => m.id === id);
    if (i < 0) return;
    this.messages[i] = { ...this.messages[i], ...changes };
    this.changed();
  }

  react(id, reaction, nick, on) {
    const all = this.reactions.get(id) ?? new Map();
    const who = new Set(all.get(reaction));
    if (on) who.add(nick);
    else who.delete(nick);
    if (who.size) all.set(reaction, who);
    else all.delete(reaction);
    this.reactions.delete(id);
    if (all.size) this.reactions.set(id, all);
    if (this.reactions.size > 5000) this.reactions.delete(this.reactions.keys().next().value);
    this.change(id, { reactions: [...all] });
  }

  /** dressed adds the reactions that came before their message. */
  dressed(m) {
    const all = this.reactions.get(m.id);
    return all ? { ...m, reactions: [...all] } : m;
  }

  member(nick) {
    return this.members.get(fold(nick));
  }

  enter(nick, more = {}) {
    this.members.set(fold(nick), { signs: '', ...this.member(nick), nick, ...more });
    this.people.changed();
  }

  leave(nick) {
    this.members.delete(fold(nick));
    this.typing.delete(nick);
    this.people.changed();
  }
}

/** firstId is the id of the oldest message that the server knows; lastId that of the newest. */
export const firstId = (buffer) => buffer.messages.find((m) => m.id)?.id;
export const lastId = (buffer) => buffer.messages.findLast((m) => m.id)?.id;
