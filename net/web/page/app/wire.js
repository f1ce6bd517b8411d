// A Wire is one WebSocket with IRC on it: lines out, messages in, batches put
// together, and answers brought back to who asked (ircv3 batch,
// labeled-response).
import { format, parse } from './irc.js';
import { Lost, Refusal } from './refusal.js';

const silent = 45_000; // then the server is asked whether it is there
const patience = 15_000; // and has so long to answer

export class Wire {
  #socket;
  #batches = new Map(); // ref -> batch that is open
  #asked = new Map(); // label -> question
  #queue = []; // messages that nobody has read yet
  #reader = null;
  #label = 0;
  #timer = 0;
  #probing = false;
  ended = false;

  /** hear is called with each message once it is set; until then read gives them. */
  hear = null;

  constructor(url, closed) {
    this.#socket = new WebSocket(url, ['text.ircv3.net']);
    this.opened = new Promise((resolve, reject) => {
      this.#socket.onopen = resolve;
      this.#socket.onclose = () => {
        this.end('the connection was closed');
        reject(new Lost('the server cannot be reached; look whether you are on the network'));
      };
    });
    this.opened.catch(() => {}); // who waits for it is told, too
    this.#socket.onmessage = (e) => this.#line(String(e.data));
    this.closed = closed;
    this.#watch();
  }

  send(command, params, tags) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(format(command, params, tags));
  }

  /** ask sends a command and resolves with the messages of its answer. */
  ask(command, params, tags = {}) {
    return this.askWith((label) => this.send(command, params, { ...tags, label }));
  }

  /** askWith is ask for commands of several lines. */
  askWith(send) {
    if (this.ended) return Promise.reject(new Lost('not connected'));
    const label = (++this.#label).toString(36);
    return new Promise((resolve, reject) => {
      this.#asked.set(label, { resolve, reject });
      send(label);
    });
  }

  /** read resolves with the next message, before anybody hears. */
  read() {
    if (this.#queue.length) return Promise.resolve(this.#queue.shift());
    if (this.ended) return Promise.reject(new Lost(this.reason));
    return new Promise((resolve, reject) => (this.#reader = { resolve, reject }));
  }

  /** listen hands all messages to a function from now on. */
  listen(hear) {
    this.hear = hear;
    for (const m of this.#queue.splice(0)) hear(m);
  }

  /** probe asks whether the server is there. */
  probe(within = patience) {
    if (this.ended || this.#probing) return;
    this.#probing = true;
    this.send('PING', ['there']);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end('the server does not answer'), within);
  }

  end(reason) {
    if (this.ended) return;
    this.ended = true;
    this.reason = reason;
    clearTimeout(this.#timer);
    this.#socket.onmessage = null;
    this.#socket.close();
    for (const q of this.#asked.values()) q.reject(new Lost(reason));
    this.#asked.clear();
    this.#reader?.reject(new Lost(reason));
    this.closed?.(reason);
  }

  #watch() {
    clearTimeout(this.#timer);
    this.#probing = false;
    this.#timer = setTimeout(() => this.probe(), silent);
  }

  #line(text) {
    this.#watch();
    const m = parse(text);
    if (!m || this.ended) return;
    if (m.command === 'PING') this.send('PONG', m.params);
    else if (m.command === 'BATCH') this.#batch(m);
    else if (this.#batches.has(m.tags.get('batch'))) this.#batches.get(m.tags.get('batch')).messages.push(m);
    else this.#take(m);
  }

  #batch(m) {
    const ref = m.params[0].slice(1);
    if (m.params[0][0] === '+') {
      this.#batches.set(ref, { ...m, type: m.params[1], params: m.params.slice(2), messages: [] });
      return;
    }
    const batch = this.#batches.get(ref);
    if (!batch) return;
    this.#batches.delete(ref);
    const outer = this.#batches.get(batch.tags.get('batch'));
    const whole = batch.type === 'draft/multiline' ? joined(batch) : batch;
    if (outer) outer.messages.push(whole);
    else this.#take(whole);
  }

  /** take hands on what is complete, and answers who asked. */
  #take(m) {
    const label = m.tags.get('label');
    const all = m.messages && m.type === 'labeled-response' ? m.messages : [m];
    const question = label === undefined ? undefined : this.#asked.get(label);
    const refused = question && all.find(isRefusal);
    for (const one of all) if (!(question && isAnswer(one))) this.#tell(one);
    if (!question) return;
    this.#asked.delete(label);
    if (refused) question.reject(new Refusal(codeOf(refused), refused.params.at(-1)));
    else question.resolve(all);
  }

  #tell(m) {
    if (this.hear) this.hear(m);
    else if (this.#reader) {
      const { resolve } = this.#reader;
      this.#reader = null;
      resolve(m);
    } else this.#queue.push(m);
  }
}

/** joined is a multi-line message as one (ircv3 multiline). */
function joined(batch) {
  let text = '';
  batch.messages.forEach((m, i) => {
    text += (i > 0 && !m.tags.has('draft/multiline-concat') ? '\n' : '') + (m.params[1] ?? '');
  });
  const first = batch.messages[0];
  if (!first) return batch;
  return {
    tags: new Map([...first.tags, ...batch.tags]),
    source: batch.source || first.source, command: first.command, params: [first.params[0], text],
  };
}

const isRefusal = (m) => m.command === 'FAIL' || /^[45]\d\d$/.test(m.command ?? '') || /^90[24-6]$/.test(m.command ?? '');

/** isAnswer tells whether a message is for who asked, and no news for the others. */
const isAnswer = (m) => isRefusal(m) || m.type === 'chathistory' || m.type === 'soju.im/search' || m.command === 'ACK' || (m.command === 'NOTE' && m.params[0] === 'SEARCH');

const codeOf = (m) => (m.command === 'FAIL' ? m.params[1] : m.command);
