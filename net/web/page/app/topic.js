// Topics are what views watch. Those that changed are told once a frame,
// however often they changed: a busy room costs no more than the screen shows.
import { useLayoutEffect, useState } from 'preact/hooks';

const due = new Set();
let waiting = false;

function flush() {
  if (!waiting) return;
  waiting = false;
  const now = [...due];
  due.clear();
  for (const tell of now) tell();
}

function schedule() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(flush);
  setTimeout(flush, 100); // a page that is not seen has no frames
}

/** Topic is something that changes. */
export class Topic {
  #watchers = new Set();
  rev = 0;

  /** watch returns what ends it. */
  watch(tell) {
    this.#watchers.add(tell);
    return () => this.#watchers.delete(tell);
  }

  changed() {
    this.rev++;
    for (const tell of this.#watchers) due.add(tell);
    if (this.#watchers.size) schedule();
  }
}

/** useTopic renders the component again when one of the topics has changed. */
export function useTopic(...topics) {
  const [, again] = useState(0);
  const seen = topics.map((t) => t?.rev);
  useLayoutEffect(() => {
    const tell = () => again((n) => n + 1);
    const ends = topics.filter(Boolean).map((t) => t.watch(tell));
    if (topics.some((t, i) => t?.rev !== seen[i])) tell();
    return () => ends.forEach((end) => end());
  }, topics);
}
