// What has been said and is not known to be stored.
import { clean } from '../text.js';
import { useTopic } from '../topic.js';
import { html, hue } from './html.js';
import { Rich } from './rich.js';

const states = { waiting: 'Waits for the connection', sending: 'Being stored…', refused: 'Not sent', unsure: 'Perhaps sent' };

export function Pending({ chat, buffer: b, entry, state }) {
  useTopic(chat.outbox);
  const stuck = state === 'refused' || state === 'unsure';
  function edit() {
    chat.drafts.value[b.key] = [chat.drafts.value[b.key], entry.text].filter(Boolean).join('\n');
    chat.drafts.save();
    chat.outbox.discard(entry);
    b.redraft?.();
  }
  return html`<div class=${`message head pending ${state}`} data-state=${state}>
    <span class=${`avatar ${hue(chat.nick)}`} aria-hidden="true">${(chat.nick[0] ?? '?').toUpperCase()}</span>
    <div class="body"><p class="by"><span class=${`nick ${hue(chat.nick)}`}>${clean(chat.nick, 40)}</span><span class="state">${states[state]}</span></p>
      <p class="text" dir="auto"><${Rich} text=${entry.text} /></p>
      ${stuck && html`<p class="why" role="alert">${clean(entry.why, 300)}</p>
        <p class="row"><button type="button" onClick=${() => chat.outbox.again(entry)}>Send again</button>
        <button type="button" onClick=${edit}>Edit</button><button type="button" onClick=${() => chat.outbox.discard(entry)}>Discard</button></p>`}
    </div></div>`;
}
