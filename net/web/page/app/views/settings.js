// Settings of this browser, and of the account.
import { useState } from 'preact/hooks';
import { useTopic } from '../topic.js';
import { read, write } from '../store.js';
import { applyTheme } from '../theme.js';
import { clean } from '../text.js';
import { commands } from '../commands.js';
import { Dialog } from './dialog.js';
import { html } from './html.js';

const keys = [
  ['Ctrl K', 'go to a room or person'], ['Alt ↑ ↓', 'the room above or below; with Shift: with something new'], ['Ctrl Shift F', 'search'],
  ['↑', 'in the empty message box: to the messages, then arrows from one to the next'], ['Tab', 'completes a name'], ['Shift Enter', 'a new line'], ['Esc', 'back to the message box'],
];

export function Settings({ chat, close }) {
  useTopic(chat);
  const [theme, setTheme] = useState(read('theme', 'system'));
  const [typing, setTyping] = useState(read('typing', true));
  const { notifier } = chat;
  const away = chat.presence.isAway(chat.nick);
  const tell = (error) => chat.tell(error.message, true);
  return html`<${Dialog} title="Settings" close=${close}>
    <p class="account"><strong>${clean(chat.nick || chat.account, 60)}</strong> <button type="button" onClick=${() => chat.do('AWAY', away ? [] : ['away']).catch(tell)}>${away ? 'I am back' : 'Say that I am away'}</button></p>
    <fieldset class="row"><legend>Colours</legend>${[['system', 'As the system'], ['light', 'Light'], ['dark', 'Dark']].map(([value, label]) => html`<label class="check" key=${value}>
      <input type="radio" name="theme" checked=${theme === value} onChange=${() => { write('theme', value); setTheme(value); applyTheme(); }} /><span>${label}</span></label>`)}</fieldset>
    <fieldset><legend>Notifications and privacy</legend>
      ${notifier.supported && html`<label class="check"><input type="checkbox" checked=${notifier.on} disabled=${notifier.denied} onChange=${(e) => notifier.turn(e.target.checked)} />
        <span>Notify me of mentions and direct messages<small>${notifier.denied ? 'The browser forbids it: allow notifications for this page in its settings.' : 'While another window or tab is in front.'}</small></span></label>`}
      ${chat.tagmsg && html`<label class="check"><input type="checkbox" checked=${typing} onChange=${(e) => { write('typing', e.target.checked); setTyping(e.target.checked); }} /><span>Let others see that I am typing</span></label>`}
    </fieldset>
    <details><summary>Keys</summary><dl>${keys.map(([key, what]) => html`<dt><kbd>${key}</kbd></dt><dd>${what}</dd>`)}</dl></details>
    <details><summary>Commands</summary><ul class="plain">${commands.map((c) => html`<li key=${c}><code>${c.split(' ')[0]}</code>${c.slice(c.indexOf(' '))}</li>`)}</ul></details>
    <p class="row end"><span class="none">Logging out removes drafts and what was not sent from this browser.</span><button type="button" class="danger" onClick=${() => chat.logOut()}>Log out</button></p><//>`;
}
