// The frame: the list of rooms and talks, the one that is open, its people.
import { useEffect, useState } from 'preact/hooks';
import { useTopic } from '../topic.js';
import { clean } from '../text.js';
import { html, Icon, IconButton } from './html.js';
import { Sidebar } from './sidebar.js';
import { Header } from './header.js';
import { Log } from './log.js';
import { Composer } from './composer.js';
import { People } from './people.js';
import { fetchLater, lazy } from './lazy.js';
import { usePane } from './pane.js';

const Switcher = lazy(() => import('./switcher.js').then((m) => m.Switcher));
const Search = lazy(() => import('./search.js').then((m) => m.Search));
const Browse = lazy(() => import('./dialogs.js').then((m) => m.Browse));
const Invite = lazy(() => import('./dialogs.js').then((m) => m.Invite));
const Subject = lazy(() => import('./dialogs.js').then((m) => m.Subject));
const Confirm = lazy(() => import('./dialog.js').then((m) => m.Confirm));
const Settings = lazy(() => import('./settings.js').then((m) => m.Settings));

export function Shell({ chat }) {
  useTopic(chat, chat.connection);
  const [people, setPeople] = useState(true); // where there is space for them
  const isWide = useMedia('(min-width: 1000px)');
  const isNarrow = useMedia('(max-width: 699px)'); // as in frame.css
  const [pane, go] = usePane(isNarrow);
  const [dialog, setDialog] = useState(null); // { name, ... }
  const b = chat.current;
  const close = () => setDialog(null);
  const show = (name, more) => setDialog({ name, ...more });

  useEffect(() => {
    const key = (e) => shortcut(e, chat, show, dialog);
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, [dialog]);
  useEffect(fetchLater, []);
  useEffect(() => {
    chat.notifier.title();
  }, [b]);
  useEffect(() => {
    if (chat.settled && !b && chat.list().length) go('list');
  }, [chat.settled]);

  chat.bringUp = () => go('room');

  function open(buffer) {
    chat.open(buffer);
    go('room');
    if (matchMedia('(pointer: fine)').matches) requestAnimationFrame(() => document.getElementById('say')?.focus());
  }
  function togglePeople() {
    if (isWide) setPeople(!people);
    else go(pane === 'people' ? 'room' : 'people');
  }

  const shown = Boolean(b?.isRoom && b.joined) && (isWide ? people : pane === 'people');
  return html`<div class="shell" data-pane=${pane} data-people=${shown && isWide ? 'shown' : 'hidden'}>
    ${b && (!b.isRoom || b.joined) && html`<a class="skip" href="#say" onClick=${(e) => { e.preventDefault(); document.getElementById('say')?.focus(); }}>Skip to the message box</a>`}
    <${Sidebar} chat=${chat} open=${open} show=${show} alone=${isNarrow && pane === 'list'} />
    <main class="room" aria-label=${b ? clean(b.name, 80) : 'No room'}>
      <${Status} chat=${chat} />
      ${b
        ? html`<${Header} chat=${chat} buffer=${b} show=${show} togglePeople=${togglePeople} peopleShown=${shown} back=${() => go('list')} />
            <${Log} key=${`log ${b.key}`} chat=${chat} buffer=${b} show=${show} />
            <${Composer} key=${`say ${b.key}`} chat=${chat} buffer=${b} show=${show} />`
        : html`<${Nothing} chat=${chat} show=${show} back=${() => go('list')} />`}
    </main>
    ${shown && html`<${People} chat=${chat} buffer=${b} open=${open} show=${show} close=${togglePeople} />`}
    <${Notices} chat=${chat} />
    ${dialog?.name === 'switcher' && html`<${Switcher} chat=${chat} open=${open} close=${close} show=${show} />`}
    ${dialog?.name === 'search' && html`<${Search} chat=${chat} buffer=${b} close=${close} open=${open} />`}
    ${dialog?.name === 'browse' && html`<${Browse} chat=${chat} close=${close} name=${dialog.room} />`}
    ${dialog?.name === 'invite' && html`<${Invite} chat=${chat} buffer=${b} close=${close} />`}
    ${dialog?.name === 'subject' && html`<${Subject} chat=${chat} buffer=${b} close=${close} />`}
    ${dialog?.name === 'confirm' && html`<${Confirm} ...${dialog} close=${close} />`}
    ${dialog?.name === 'settings' && html`<${Settings} chat=${chat} close=${close} />`}
  </div>`;
}

/** useMedia tells whether a media query holds. */
function useMedia(query) {
  const [is, set] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const tell = () => set(media.matches);
    media.addEventListener('change', tell);
    return () => media.removeEventListener('change', tell);
  }, []);
  return is;
}

function shortcut(e, chat, show, dialog) {
  const ctrl = (e.ctrlKey || e.metaKey) && !e.altKey;
  if (ctrl && e.key.toLowerCase() === 'k') {
    e.preventDefault();
    show('switcher');
  } else if (ctrl && e.shiftKey && e.key.toLowerCase() === 'f') {
    e.preventDefault();
    if (chat.current) show('search');
  } else if (e.altKey && (e.key === 'ArrowUp' || e.key === 'ArrowDown')) {
    e.preventDefault();
    step(chat, e.key === 'ArrowUp' ? -1 : 1, e.shiftKey);
  } else if (e.key === 'Escape' && !dialog && !e.defaultPrevented) {
    const box = document.getElementById('say');
    if (chat.current?.replyTo) {
      chat.current.replyTo = null;
      chat.current.changed();
    }
    box?.focus();
  }
}

/** step opens the next buffer of the list; unread: the next with something new. */
function step(chat, by, unread) {
  const list = chat.list();
  const at = list.indexOf(chat.current);
  for (let i = 1; i <= list.length; i++) {
    const b = list[(at + by * i + list.length * i) % list.length];
    if (b && (!unread || b.unread)) return chat.open(b);
  }
}

/** Status says so when there is no connection, and what that means. */
function Status({ chat }) {
  const { state, reason, retryAt } = chat.connection;
  const [, tick] = useState(0);
  useEffect(() => {
    if (state !== 'waiting') return;
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [state]);
  const left = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  return html`<div role="status" class="status">${state === 'waiting' || (state === 'connecting' && chat.nick !== '')
    ? html`<div class="offline"><span><strong>Not connected</strong>: ${reason || 'trying again'}. What you write is kept and sent when the connection is back.</span>
        <button type="button" onClick=${() => chat.connection.tryNow()} disabled=${state !== 'waiting'}>${state === 'waiting' ? `Try now (${left} s)` : 'Connecting…'}</button></div>`
    : null}</div>`;
}

function Nothing({ chat, show, back }) {
  const many = chat.list().length > 0;
  return html`<div class="topbar only-narrow"><${IconButton} icon="back" label="Rooms and people" onClick=${back} /></div>
    <div class="empty"><svg viewBox="0 0 64 64" aria-hidden="true"><path d="M18 20h28a4 4 0 0 1 4 4v14a4 4 0 0 1-4 4H33l-9 8v-8h-6a4 4 0 0 1-4-4V24a4 4 0 0 1 4-4z" /></svg>
    <h1>${chat.settled ? (many ? 'Nothing is open' : `Welcome, ${clean(chat.nick, 40)}`) : 'Connecting…'}</h1>
    ${chat.settled && html`<p>${many ? 'Choose a room on the left, or look for one.' : 'Join a room to see what is going on, or make one for your team.'}</p>
      <p class="row"><button class="primary" type="button" onClick=${() => show('browse')}><${Icon} name="plus" /> Join or make a room</button>
      <button type="button" onClick=${() => show('switcher')}><${Icon} name="search" /> Find somebody</button></p>`}</div>`;
}

function Notices({ chat }) {
  return html`<div class="notices" role="alert">${chat.notices.map((n) => html`<div key=${n.id} class=${`notice ${n.bad ? 'bad' : ''}`}>
    <span>${clean(n.text, 400)}</span><${IconButton} icon="close" label="Dismiss" onClick=${() => chat.untell(n.id)} /></div>`)}</div>`;
}
