// What the page keeps in the browser: settings; and for each account drafts,
// the outbox and what was read, all of which logging out removes. A password
// is kept only when that was asked for, and only for this tab.

const prefix = 'greenroom:';

/** read gives a value back, or the other one. */
export function read(key, other, area = localStorage) {
  try {
    const text = area.getItem(prefix + key);
    return text === null ? other : JSON.parse(text);
  } catch {
    return other; // storage is forbidden, or holds what is not ours
  }
}

/** write keeps a value; undefined removes it. */
export function write(key, value, area = localStorage) {
  try {
    if (value === undefined) area.removeItem(prefix + key);
    else area.setItem(prefix + key, JSON.stringify(value));
  } catch {
    // Storage is forbidden or full: the page works without it.
  }
}

/** forget removes all that is kept for an account. */
export function forget(account) {
  for (const area of [localStorage, sessionStorage]) {
    try {
      for (const key of Object.keys(area)) if (key.startsWith(`${prefix}${account}:`)) area.removeItem(key);
    } catch {
      // There was nothing to be had.
    }
  }
  write('login', undefined, sessionStorage);
}

/** Kept is a value of an account that is written a moment after it changed. */
export class Kept {
  #timer = 0;
  #key;

  constructor(account, name, other) {
    this.#key = `${account}:${name}`;
    this.value = read(this.#key, other);
  }

  save() {
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.saveNow(), 300);
  }

  saveNow() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    write(this.#key, this.value);
  }

  /** drop keeps a save that is due from happening. */
  drop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }
}
