// Going somewhere by a few letters of its name (Ctrl K).
import { useState } from 'preact/hooks';
import { fold } from '../irc.js';
import { clean } from '../text.js';
import { Dialog } from './dialog.js';
import { html, Icon } from './html.js';

export function Switcher({ chat, open, close, show }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const options = find(chat, text.trim());
  const chosen = Math.min(at, options.length - 1);
  function go(o) {
    close();
    if (o.buffer) open(o.buffer);
    else if (o.person) open(chat.buffer(o.person));
    else show('browse', { room: o.room });
  }
  function key(e) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) {
      e.preventDefault();
      setAt((chosen + step + options.length) % options.length);
    } else if (e.key === 'Enter' && options[chosen]) {
      e.preventDefault();
      go(options[chosen]);
    }
  }
  return html`<${Dialog} title="Go to…" close=${close} class="switcher">
    <input autofocus role="combobox" aria-label="Room or person" aria-expanded="true" aria-controls="options" aria-autocomplete="list" aria-activedescendant=${options.length ? `option-${chosen}` : undefined}
      placeholder="A room or a person" value=${text} autocapitalize="none" spellcheck=${false} onInput=${(e) => { setText(e.target.value); setAt(0); }} onKeyDown=${key} />
    <ul class="results" id="options" role="listbox" aria-label="Where to go">${options.map((o, i) => html`<li key=${o.key} id=${`option-${i}`} role="option" aria-selected=${i === chosen} class=${i === chosen ? 'chosen' : ''}
      onMouseMove=${() => setAt(i)} onClick=${() => go(o)}><${Icon} name=${o.icon} /><span class="name">${clean(o.name, 60)}${o.more && html`<small>${o.more}</small>`}</span>
      ${o.buffer?.unread > 0 && html`<span class="badge">${o.buffer.unread}</span>`}</li>`)}</ul>
    <p class="hint"><kbd>↑</kbd> <kbd>↓</kbd> choose, <kbd>Enter</kbd> goes there, <kbd>Esc</kbd> closes</p><//>`;
}

/** find lists what fits: what is unread first, then by how well it fits. */
function find(chat, text) {
  const want = fold(text.replace(/^[#@]/, ''));
  const options = chat.list().map((b) => ({ key: b.key, icon: b.isRoom ? 'hash' : 'person', name: b.name.replace(/^#/, ''), buffer: b }));
  const known = new Set([...chat.buffers.keys()]);
  const people = new Map();
  for (const b of chat.rooms()) for (const [key, m] of b.members) if (!known.has(key) && !chat.isMe(m.nick)) people.set(key, m.nick);
  for (const [key, nick] of people) options.push({ key: `p ${key}`, icon: 'person', name: nick, person: nick });
  const rank = (o) => (o.buffer ? 0 : 2) + (fold(o.name).startsWith(want) ? 0 : 1);
  const fitting = options.filter((o) => fold(o.name).includes(want))
    .sort((a, b) => (want === '' ? (b.buffer?.unread ? 1 : 0) - (a.buffer?.unread ? 1 : 0) : 0) || rank(a) - rank(b));
  const list = fitting.slice(0, 12);
  if (want && !text.includes(' ')) {
    if (!text.startsWith('@') && !list.some((o) => o.buffer?.isRoom && fold(o.name) === want)) list.push({ key: 'room', icon: 'plus', name: `#${text.replace(/^[#@]/, '')}`, more: 'Join or make this room', room: text.replace(/^[#@]/, '') });
    if (!text.startsWith('#') && !list.some((o) => fold(o.name) === want && o.icon === 'person')) list.push({ key: 'person', icon: 'person', name: text.replace(/^@/, ''), more: 'Write to them', person: text.replace(/^@/, '') });
  }
  return list;
}
