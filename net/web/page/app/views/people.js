// Who is in a room.
import { useEffect, useState } from 'preact/hooks';
import { useTopic } from '../topic.js';
import { clean } from '../text.js';
import { html, hue, IconButton } from './html.js';

const titles = { q: 'Owners', a: 'Administrators', o: 'Operators', h: 'Helpers', v: 'May speak' };

export function People({ chat, buffer: b, open, show, close }) {
  useTopic(b.people, chat);
  const [chosen, choose] = useState('');
  useEffect(() => {
    if (b.joined && chat.online && !b.asked) {
      b.asked = true;
      chat.presence.look(b);
    }
  }, [b, chat.online]);
  const groups = grouped(chat, b);
  return html`<aside class="people" aria-label="People">
    <header class="topbar"><h2>People <span class="count">${b.members.size}</span></h2>
      ${b.joined && html`<${IconButton} icon="invite" label="Invite somebody to this room" onClick=${() => show('invite')} />`}
      <${IconButton} icon="close" label="Hide the people" onClick=${close} /></header>
    <div class="lists">${groups.map(({ title, members }) => html`<section key=${title} aria-label=${title}><h3>${title} <span class="count">${members.length}</span></h3><ul>
      ${members.slice(0, 300).map((m) => html`<li key=${m.nick}><button type="button" class=${`person ${chat.presence.isAway(m.nick) ? 'away' : ''}`} title=${clean(m.nick, 80)} aria-expanded=${chosen === m.nick} onClick=${() => choose(chosen === m.nick ? '' : m.nick)}>
          <span class=${`avatar small ${hue(m.nick)}`} aria-hidden="true">${(m.nick[0] ?? '?').toUpperCase()}</span><span class="name">${clean(m.nick, 40)}</span>
          ${chat.presence.isAway(m.nick) && html`<span class="tag">away</span>`}${chat.isMe(m.nick) && html`<span class="tag">you</span>`}</button>
        ${chosen === m.nick && html`<${Actions} chat=${chat} buffer=${b} member=${m} open=${open} show=${show} />`}</li>`)}
      ${members.length > 300 && html`<li class="none">and ${members.length - 300} more; find them with Ctrl K</li>`}
    </ul></section>`)}</div></aside>`;
}

function grouped(chat, b) {
  const away = (m) => chat.presence.isAway(m.nick);
  const ranks = chat.ranks();
  const groups = new Map(ranks.map(([mode]) => [mode, []]));
  const rest = [];
  for (const m of [...b.members.values()].sort((x, y) => away(x) - away(y) || x.nick.localeCompare(y.nick))) {
    const rank = ranks.find(([, sign]) => m.signs.includes(sign));
    (rank ? groups.get(rank[0]) : rest).push(m);
  }
  return [...[...groups].map(([mode, members]) => ({ title: titles[mode] ?? mode, members })), { title: 'Members', members: rest }].filter((g) => g.members.length);
}

function Actions({ chat, buffer: b, member: m, open, show }) {
  const operator = chat.isOperator(b);
  const sign = chat.ranks().find(([mode]) => mode === 'o')?.[1] ?? '@';
  const is = m.signs.includes(sign);
  const run = (command, params) => chat.do(command, params).catch((error) => chat.tell(error.message, true));
  return html`<p class="row actions">
    ${!chat.isMe(m.nick) && html`<button type="button" onClick=${() => open(chat.buffer(m.nick))}>Write</button>`}
    ${operator && html`<button type="button" onClick=${() => run('MODE', [b.name, is ? '-o' : '+o', m.nick])}>${is ? 'No longer operator' : 'Make operator'}</button>`}
    ${operator && !chat.isMe(m.nick) && html`<button type="button" class="danger" onClick=${() => show('confirm', { text: `Remove ${clean(m.nick, 40)} from ${clean(b.name, 60)}?`, yes: 'Remove', act: () => run('KICK', [b.name, m.nick, 'Removed']) })}>Remove</button>`}
    ${chat.isMe(m.nick) && !operator && html`<span class="none">This is you.</span>`}
  </p>`;
}
