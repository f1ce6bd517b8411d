// Search in what was said here.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Finder } from '../finder.js';
import { clean, pieces } from '../text.js';
import { atClock, dayName } from '../time.js';
import { Dialog } from './dialog.js';
import { html, hue } from './html.js';

export function Search({ chat, buffer: b, close }) {
  const [text, setText] = useState('');
  const [state, setState] = useState(null); // { found, more, busy, fault, looked }
  const finder = useRef(null);
  useEffect(() => () => finder.current?.stop(), []);

  async function run(event) {
    event?.preventDefault();
    if (!text.trim()) return;
    finder.current?.stop();
    finder.current = new Finder(chat, b, text.trim());
    more();
  }
  async function more() {
    const it = finder.current;
    setState({ found: it.found, busy: true, looked: it.looked });
    try {
      await it.more((looked) => it === finder.current && setState({ found: it.found, busy: true, looked }));
      if (it === finder.current) setState({ found: it.found, more: !it.done, looked: it.looked });
    } catch (error) {
      if (it === finder.current) setState({ found: it.found, fault: error.message, looked: it.looked });
    }
  }
  function go(m) {
    close();
    chat.history.around(b, m.id).then((there) => {
      if (!there) return;
      b.jumpTo = m.id;
      b.changed();
    }, (error) => chat.tell(error.message, true));
  }
  return html`<${Dialog} title=${`Search in ${clean(b.name, 60)}`} close=${close} class="search">
    <form role="search" onSubmit=${run}><span class="with-button"><input autofocus type="search" aria-label="What to look for" placeholder="Words, or from:somebody words" value=${text} onInput=${(e) => setText(e.target.value)} />
      <button class="primary" disabled=${!text.trim()}>Search</button></span></form>
    <p class="hint" role="status">${!state ? 'All of the words have to be in a message. Capital letters make no difference.'
      : state.fault ? clean(state.fault)
      : state.busy ? `Looking… ${state.looked ? `${state.looked} messages so far` : ''}`
      : `${state.found.length || 'Nothing'} found${state.looked ? ` in ${state.looked} messages` : ''}.`}</p>
    <ul class="results messages">${state?.found.map((m) => html`<li key=${m.key}><button type="button" onClick=${() => go(m)}>
      <span class="by"><strong class=${hue(m.nick)}>${clean(m.nick, 40)}</strong> <time datetime=${new Date(m.time).toISOString()}>${dayName(m.time)}, ${atClock(m.time)}</time></span>
      <span class="text"><${Marked} text=${m.text} words=${finder.current.words} /></span></button></li>`)}</ul>
    ${state?.more && html`<p class="row"><button type="button" onClick=${more}>Look further back</button></p>`}<//>`;
}

/** Marked shows a text on one line, the words that were looked for marked. */
function Marked({ text, words }) {
  const plain = pieces(text).flatMap((p) => p.pieces ?? [p]).map((p) => (p.kind === 'hidden' ? `[${p.text}]` : p.text)).join('').slice(0, 400);
  const any = words.map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  return any ? plain.split(new RegExp(`(${any})`, 'giu')).map((part, i) => (i % 2 ? html`<mark>${part}</mark>` : part)) : plain;
}
