// The head of what is open: its name, what it is about, and what can be done with it.
import { useTopic } from '../topic.js';
import { clean } from '../text.js';
import { Icon, IconButton, html } from './html.js';
import { Rich } from './rich.js';

export function Header({ chat, buffer: b, show, togglePeople, peopleShown, back }) {
  useTopic(b, b.people);
  return html`<header class="topbar">
    <${IconButton} icon="back" label="Rooms and people" class="only-narrow" onClick=${back} />
    <div class="title"><h1>${b.isRoom && html`<${Icon} name="hash" />`}${clean(b.isRoom ? b.name.replace(/^#/, '') : b.name, 80)}</h1>
      ${b.isRoom
        ? html`<div class="subject">${b.subject ? html`<span title=${clean(b.subject, 400)}><${Rich} text=${b.subject} /></span>` : html`<span class="none">No topic</span>`}
            ${b.joined && html`<${IconButton} icon="edit" label="Change the topic" onClick=${() => show('subject')} />`}</div>`
        : html`<div class="subject">${presences[chat.presence.of(b.name)]}</div>`}
    </div>
    <div class="tools">
      <${IconButton} icon="search" label="Search (Ctrl Shift F)" onClick=${() => show('search')} />
      ${b.isRoom && b.joined && html`<${IconButton} icon="invite" label="Invite somebody" onClick=${() => show('invite')} class="not-tiny" />`}
      ${b.isRoom && b.joined && html`<button type="button" class="icon-button with-count" aria-label=${`${b.members.size} people`} aria-expanded=${peopleShown} title="People" onClick=${togglePeople}>
        <${Icon} name="people" /><span>${b.members.size}</span></button>`}
      <${IconButton} icon=${b.isRoom ? 'leave' : 'close'} label=${b.isRoom ? 'Leave the room' : 'Take off the list'} onClick=${() => leave(chat, b, show)} />
    </div>
  </header>`;
}

const presences = { '': 'Direct message', here: 'Online', away: 'Away', offline: 'Offline' };

function leave(chat, b, show) {
  const act = () => chat.close(b).catch((error) => chat.tell(error.message, true));
  if (!b.isRoom || !b.joined) return act();
  show('confirm', { text: `Leave ${clean(b.name, 60)}? What was said stays, and you can come back.`, yes: 'Leave', act });
}
