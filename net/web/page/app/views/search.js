// Search in what was said, here or everywhere.
import { useRef, useState } from 'preact/hooks';
import { Finder } from '../finder.js';
import { clean, pieces } from '../text.js';
import { atClock, dayName } from '../time.js';
import { Dialog } from './dialog.js';
import { html, hue } from './html.js';

const hint = 'All of the words have to be in a message; those of four letters or more may be the beginning of one. from:bob, after:2026-01-31 and before:2026-01-31 narrow it.';

export function Search({ chat, buffer: b, open, close }) {
  const [text, setText] = useState('');
  const [everywhere, setEverywhere] = useState(false);
  const [state, setState] = useState({ found: [], says: hint });
  const finder = useRef(null);

  function run(event, all = everywhere) {
    event?.preventDefault();
    if (!text.trim()) return;
    try {
      finder.current = new Finder(chat, all ? null : b, text);
    } catch (error) {
      setState({ found: [], says: error.message });
      return;
    }
    next();
  }
  async function next() {
    const it = finder.current;
    setState({ found: it.found, says: 'Looking…', busy: true });
    let fault = '';
    await it.next().catch((error) => (fault = error.message));
    if (it !== finder.current) return; // something else has been asked for
    setState({ found: it.found, more: it.more && !fault, says: fault || summary(it) });
  }
  function look(all) {
    setEverywhere(all);
    if (finder.current) run(null, all);
  }
  function go({ where, message: m }) {
    const to = chat.buffer(where);
    close();
    open(to);
    chat.history.around(to, m.id).then((there) => {
      if (!there) return;
      to.jumpTo = m.id;
      to.changed();
    }, (error) => chat.tell(error.message, true));
  }
  return html`<${Dialog} title="Search" close=${close} class="search">
    <form role="search" onSubmit=${run}><span class="with-button"><input autofocus type="search" maxlength="200" aria-label="What to look for" placeholder="Words, or from:somebody words" value=${text} onInput=${(e) => setText(e.target.value)} />
      <button class="primary" disabled=${!text.trim() || state.busy}>Search</button></span>
      <fieldset class="row"><legend class="unseen">Where</legend>
        <label class="check"><input type="radio" name="where" checked=${!everywhere} onChange=${() => look(false)} /><span>In ${clean(b.name, 40)}</span></label>
        <label class="check"><input type="radio" name="where" checked=${everywhere} onChange=${() => look(true)} /><span>Everywhere</span></label></fieldset></form>
    <p class="hint" role="status">${clean(state.says, 300)}</p>
    <ul class="results messages">${state.found.map((it) => html`<${Hit} key=${it.message.key} hit=${it} words=${finder.current.words} go=${go} where=${everywhere} />`)}</ul>
    ${state.more && html`<p class="row"><button type="button" onClick=${next}>Look further back</button></p>`}<//>`;
}

function summary({ found, more, note }) {
  const many = found.length ? `${found.length}${more ? ', and there may be more' : ''}` : 'Nothing';
  return `${many} found.${note ? ` ${note}.` : ''}`;
}

function Hit({ hit, words, go, where }) {
  const { message: m } = hit;
  return html`<li><button type="button" onClick=${() => go(hit)}>
    <span class="by"><strong class=${hue(m.nick)}>${clean(m.nick, 40)}</strong>${where && html` <span class="tag">${clean(hit.where, 40)}</span>`} <time datetime=${new Date(m.time).toISOString()}>${dayName(m.time)}, ${atClock(m.time)}</time></span>
    <span class="text"><${Marked} text=${m.text} words=${words} /></span></button></li>`;
}

const shown = 240; // characters of a long message, about the first word

/** Marked shows a text, the words that were looked for marked. */
function Marked({ text, words }) {
  const plain = pieces(text).flatMap((p) => p.pieces ?? [p]).map((p) => (p.kind === 'hidden' ? `[${p.text}]` : p.text)).join('');
  if (!words.length) return plain.slice(0, shown);
  const any = new RegExp(`(?<![\\p{L}\\p{N}])(${words.join('|')})`, 'giu'); // words are letters and digits
  const from = plain.length > shown ? Math.max(0, plain.search(any) - 80) : 0;
  const parts = plain.slice(from, from + shown).split(any);
  return [from > 0 && '…', ...parts.map((part, i) => (i % 2 ? html`<mark>${part}</mark>` : part)), plain.length > from + shown && '…'];
}
