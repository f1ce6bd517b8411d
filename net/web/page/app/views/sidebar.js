// The list of rooms and talks.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useTopic } from '../topic.js';
import { clean } from '../text.js';
import { html, hue, Icon, IconButton } from './html.js';

/** Sidebar is alone on a narrow screen: then it is the main thing. */
export function Sidebar({ chat, open, show, alone }) {
  useTopic(chat, chat.connection);
  const all = chat.list();
  const rooms = all.filter((b) => b.isRoom);
  const talks = all.filter((b) => !b.isRoom);
  return html`<div class="side" role=${alone ? 'main' : undefined}><nav class="sidebar" aria-label="Rooms and people">
    <header class="topbar"><h1>${clean(chat.isupport.get('NETWORK') ?? 'Greenroom', 40)}</h1>
      <${IconButton} icon="gear" label="Settings" onClick=${() => show('settings')} /></header>
    <button type="button" class="find" onClick=${() => show('switcher')}><${Icon} name="search" /><span>Go to…</span><kbd>Ctrl K</kbd></button>
    <${Lists} rev=${chat.rev}>
      ${chat.invitations.map((i) => html`<div key=${i.room} class="invitation"><p><strong>${clean(i.by, 40)}</strong> invites you to <strong>${clean(i.room, 60)}</strong></p>
        <p><button type="button" class="primary" onClick=${() => accept(chat, i)}>Join</button> <button type="button" onClick=${() => decline(chat, i)}>Not now</button></p></div>`)}
      <${Section} title="Rooms" add="Join or make a room" onAdd=${() => show('browse')}>
        ${rooms.map((b) => html`<${Entry} key=${b.key} chat=${chat} buffer=${b} open=${open} />`)}
        ${rooms.length === 0 && html`<li class="none">${chat.settled ? 'None yet' : '…'}</li>`}
      <//>
      <${Section} title="Direct messages" add="Write to somebody" onAdd=${() => show('switcher')}>
        ${talks.map((b) => html`<${Entry} key=${b.key} chat=${chat} buffer=${b} open=${open} />`)}
        ${talks.length === 0 && html`<li class="none">None yet</li>`}
      <//>
    <//>
    <footer><span class=${`dot ${chat.online ? 'on' : ''}`}></span><span class=${`me ${hue(chat.nick)}`}>${clean(chat.nick || chat.account, 40)}</span>
      <span class="state">${chat.online ? (chat.presence.isAway(chat.nick) ? 'away' : 'online') : 'not connected'}</span></footer>
  </nav></div>`;
}

/** Lists scroll; what is new beyond their lower edge is told of. */
function Lists({ children, rev }) {
  const box = useRef();
  const [below, setBelow] = useState(false);
  const under = () => [...box.current.querySelectorAll('.entry.unread')].find((e) => e.offsetTop + e.offsetHeight / 2 > box.current.scrollTop + box.current.clientHeight);
  const look = () => setBelow(Boolean(under()));
  useLayoutEffect(look, [rev]);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(look);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return html`<div class="lists-frame"><div class="lists" ref=${box} onScroll=${look}>${children}</div>
    ${below && html`<button type="button" class="below" onClick=${() => under()?.scrollIntoView({ block: 'center' })}><${Icon} name="down" />New further down</button>`}</div>`;
}

function Section({ title, add, onAdd, children }) {
  return html`<section aria-label=${title}><div class="section-head"><h2>${title}</h2><${IconButton} icon="plus" label=${add} onClick=${onAdd} /></div><ul>${children}</ul></section>`;
}

function Entry({ chat, buffer: b, open }) {
  useTopic(b, b.people);
  const current = chat.current === b;
  const badge = b.mentions || b.unread;
  const says = badge ? `, ${b.unread} unread${b.isRoom && b.mentions ? `, ${b.mentions} for you` : ''}` : '';
  const here = !b.isRoom && chat.presence.of(b.name) === 'here';
  return html`<li><button type="button" class=${`entry ${current ? 'current' : ''} ${b.unread ? 'unread' : ''} ${b.isRoom && !b.joined && chat.settled ? 'outside' : ''}`}
      title=${clean(b.name, 80)} aria-current=${current ? 'page' : undefined} onClick=${() => open(b)}>
    ${b.isRoom ? html`<${Icon} name="hash" />` : html`<span class=${`dot ${here ? 'on' : ''}`}></span>`}
    <span class="name">${b.isRoom ? clean(b.name.replace(/^#/, ''), 60) : clean(b.name, 60)}</span>
    ${chat.drafts.value[b.key] && !current && html`<span class="draft" title="Not sent yet"><${Icon} name="edit" /></span>`}
    ${badge > 0 && html`<span class=${`badge ${b.mentions ? 'loud' : ''}`} aria-hidden="true">${badge > 99 ? '99+' : badge}</span><span class="unseen">${says}</span>`}
  </button></li>`;
}

function decline(chat, invitation) {
  chat.invitations = chat.invitations.filter((i) => i !== invitation);
  chat.changed();
}

function accept(chat, invitation) {
  decline(chat, invitation);
  chat.join(invitation.room).catch((error) => chat.tell(error.message, true));
}
